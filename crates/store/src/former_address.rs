//! Addresses that a contact has left for another one. They are kept, so that what was said there stays theirs and what
//! is still on its way from there finds them, but nobody is written to there, and who writes from there is not known by it.

use crate::{
    Result, Scope, Tx,
    contact_address::changed,
    sql::{binds, row, run},
};
use domain::{AddressKind, address::Address, ids::ContactId};
use sea_orm::FromQueryResult;

/// What a contact's further address says of where it comes from, once it is a former one.
pub const FORMER: &str = "former";
/// The same of the one that took its place.
const MOVED: &str = "moved";

/// An address that somebody leaves.
#[derive(Debug, Clone, Copy)]
pub struct Former<'a> {
    /// As it is compared.
    pub key: &'a str,
    /// Since when, in milliseconds.
    pub since: i64,
}

/// An address that somebody has left.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Left {
    /// Since when, in milliseconds.
    pub since: i64,
    /// The address that took its place, as it is compared; `None` where that is another contact's.
    pub now: Option<String>,
}

/// What is known of an address that somebody has left.
pub async fn find(tx: &Tx, scope: &Scope, kind: AddressKind, key: &str) -> Result<Option<Left>> {
    let sql = format!(
        "select f.created_at as since, (select n.value_key from contact_addresses n
           where n.workspace_id = $1 and n.contact_id = f.contact_id and n.kind = f.kind and n.source = '{MOVED}'
           order by n.created_at desc, n.value_key limit 1) as now
         from contact_addresses f where f.workspace_id = $1 and f.kind = $2 and f.value_key = $3 and f.source = '{FORMER}'"
    );
    row(tx, &sql, binds![scope.ws(), kind, key]).await
}

/// Marks an address of a contact as left, also one that so far was only their phone number.
pub async fn mark(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    kind: AddressKind,
    key: &str,
    since: i64,
) -> Result<()> {
    put(tx, scope, contact, kind, (key, key), FORMER, since).await?;
    changed(tx, scope, contact).await
}

/// The new address takes the place of the one that is left, at which the contact is written to from now on.
pub async fn replace(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    kind: AddressKind,
    former: Former<'_>,
    new: &Address,
) -> Result<()> {
    // Of several, the oldest is written to.
    let sql = "select created_at as since, cast(null as text) as now from contact_addresses
               where workspace_id = $1 and contact_id = $2 and kind = $3 and value_key = $4";
    let before: Option<Left> = row(tx, sql, binds![scope.ws(), contact, kind, former.key]).await?;
    put(tx, scope, contact, kind, (former.key, former.key), FORMER, former.since).await?;
    let since = before.map_or(former.since, |before| before.since);
    put(tx, scope, contact, kind, (new.value.as_str(), new.key.as_str()), MOVED, since).await?;
    changed(tx, scope, contact).await
}

async fn put(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    kind: AddressKind,
    (value, key): (&str, &str),
    source: &str,
    at: i64,
) -> Result<()> {
    // One that is somebody else's stays theirs: the caller has looked, and holds the address.
    let sql = "insert into contact_addresses (workspace_id, kind, value, value_key, contact_id, source, created_at)
               values ($1, $2, $3, $4, $5, $6, $7)
               on conflict (workspace_id, kind, value_key) do update set source = excluded.source, created_at = excluded.created_at
               where contact_addresses.contact_id = excluded.contact_id";
    run(tx, sql, binds![scope.ws(), kind, value, key, contact, source, at]).await?;
    Ok(())
}
