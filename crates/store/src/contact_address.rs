//! Addresses of a contact beside its own e-mail address and phone number.

use crate::{
    Result, Scope, Tx,
    error::Error,
    search::{self, Kind},
    sql::{At, binds, listed, row, rows, run, scalar, text_list},
};
use domain::{
    AddressKind,
    address::Address,
    ids::{ContactId, MemberId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// A further address of a contact.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Further {
    #[serde(skip)]
    contact_id: String,
    /// What it is one of.
    pub kind: AddressKind,
    /// As written.
    pub value: String,
    #[serde(skip)]
    pub(crate) value_key: String,
    /// Where it comes from: `member` or `merge`; `moved` is one that a platform says they have now, `former` one that they
    /// left for it, where they are not written to.
    pub source: String,
    /// Since when; of a former one, since when it is one.
    pub created_at: At,
}

/// The further addresses of contacts, by contact.
pub(crate) async fn of_contacts(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    ids: impl IntoIterator<Item = &str>,
) -> Result<BTreeMap<String, Vec<Further>>> {
    let sql = format!(
        "select a.contact_id, a.kind, a.value, a.value_key, a.source, a.created_at
         from {} as among cross join contact_addresses a
         where a.workspace_id = $1 and a.contact_id = among.v order by a.kind, a.value_key",
        listed(conn.get_database_backend(), 2)
    );
    let mut all: BTreeMap<String, Vec<Further>> = BTreeMap::new();
    for further in rows::<Further>(conn, &sql, binds![scope.ws(), text_list(ids)]).await? {
        all.entry(further.contact_id.clone()).or_default().push(further);
    }
    Ok(all)
}

/// Lets one at a time decide whose an e-mail address is: no index spans own and further addresses.
pub async fn hold(tx: &Tx, scope: &Scope, key: &str) -> Result<()> {
    // On SQLite a write transaction is alone.
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "select 1 as value from (select pg_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))) held";
        scalar::<i32>(tx, sql, binds![scope.ws(), key]).await?;
    }
    Ok(())
}

/// Who has an address.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Holder {
    /// Who.
    pub id: ContactId,
    /// Their name, else nothing.
    pub name: String,
    /// Whose book they are in.
    pub owner_id: Option<MemberId>,
}

/// Who has an address of a kind, as a further one; an e-mail address also as their own.
pub async fn holder(tx: &Tx, scope: &Scope, kind: AddressKind, key: &str) -> Result<Option<Holder>> {
    let own = "union all select id from contacts where workspace_id = $1 and email_key = $2 and $3 = 'email'";
    let sql = format!(
        "select c.id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name, c.owner_id
         from contacts c where c.workspace_id = $1 and c.id in
           (select contact_id from contact_addresses where workspace_id = $1 and kind = $3 and value_key = $2 {own})
         limit 1"
    );
    row(tx, &sql, binds![scope.ws(), key, kind]).await
}

/// Gives a contact a further address. One that somebody has as a further one is [`Error::Exists`].
pub async fn add(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    kind: AddressKind,
    address: &Address,
    source: &str,
    now: i64,
) -> Result<()> {
    // Held until the end, so that nobody folds them into another meanwhile.
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for key share" };
    let here = format!("select id as value from contacts where workspace_id = $1 and id = $2{lock}");
    scalar::<String>(tx, &here, binds![scope.ws(), contact]).await?.ok_or(Error::NotFound("contact"))?;
    let count = "select count(*) as value from contact_addresses where workspace_id = $1 and contact_id = $2";
    if scalar::<i64>(tx, count, binds![scope.ws(), contact]).await?.unwrap_or(0) >= domain::address::MAX {
        let text = format!(
            "a contact has at most {} further addresses. Remove one that is not used any more",
            domain::address::MAX
        );
        return Err(Error::Conflict(text));
    }
    run(
        tx,
        "insert into contact_addresses (workspace_id, kind, value, value_key, contact_id, source, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        binds![scope.ws(), kind, address.value.as_str(), address.key.as_str(), contact, source, now],
    )
    .await?;
    changed(tx, scope, contact).await
}

/// Takes a further address from a contact.
pub async fn remove(tx: &Tx, scope: &Scope, contact: &ContactId, kind: AddressKind, key: &str) -> Result<()> {
    let sql = "delete from contact_addresses where workspace_id = $1 and contact_id = $2 and kind = $3 and value_key = $4";
    match run(tx, sql, binds![scope.ws(), contact, kind, key]).await? {
        0 => Err(Error::NotFound("address of this contact")),
        _ => changed(tx, scope, contact).await,
    }
}

pub(crate) async fn changed(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<()> {
    search::write(tx, scope, Kind::Contact, [contact.as_str()]).await?;
    crate::contact_set::changed(tx, scope, [contact.as_str()]).await
}

/// What has become a contact's own address is no further one.
pub(crate) async fn tidy(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<()> {
    let own =
        |column: &str| format!("(select c.{column} from contacts c where c.workspace_id = $1 and c.id = $2)");
    let sql = format!(
        "delete from contact_addresses where workspace_id = $1 and contact_id = $2
           and (kind = 'email' and value_key = {} or kind = 'phone' and value_key = {})",
        own("email_key"),
        own("phone")
    );
    run(tx, &sql, binds![scope.ws(), contact]).await?;
    Ok(())
}

/// Takes all further addresses from a contact: it is going.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<u64> {
    let sql = "delete from contact_addresses where workspace_id = $1 and contact_id = $2";
    run(tx, sql, binds![scope.ws(), contact]).await
}
