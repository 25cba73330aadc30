//! Who agreed to be written to, on which channel, and how we know.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    event::{self, NewEvent},
    sql::{At, binds, items, listed, new_id, new_ids, rows, run, scalar, text_list},
    workspace,
};
use domain::{
    Channel,
    consent::ConsentState,
    ids::{ConsentId, ContactId, ImportId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::HashSet;

/// What somebody said about being written to.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Consent {
    /// Id.
    pub id: ConsentId,
    /// On which channel.
    pub channel: Channel,
    /// Whether they agreed.
    pub state: ConsentState,
    /// Where it comes from: a form, an event, a call.
    pub source: String,
    /// What shows it: the text they agreed to, an address on the web, an IP address.
    pub proof: Option<String>,
    /// When they said so.
    pub at: At,
    /// Until when it is good.
    pub expires_at: Option<At>,
    /// Who wrote it down.
    pub member_name: Option<String>,
    /// When it was written down.
    pub recorded_at: At,
}

/// A record to be written.
#[derive(Debug, Clone)]
pub struct NewConsent<'a> {
    /// On which channel.
    pub channel: Channel,
    /// Whether they agreed.
    pub state: ConsentState,
    /// Where it comes from.
    pub source: &'a str,
    /// What shows it.
    pub proof: Option<&'a str>,
    /// When they said so.
    pub at: i64,
    /// Until when it is good.
    pub expires_at: Option<i64>,
}

/// Writes down what somebody said. Those of their campaigns that waited for it go on.
pub async fn record(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    new: &NewConsent<'_>,
    now: i64,
) -> Result<()> {
    workspace::guards_changed(tx, scope).await?;
    // Held until the end, so that nobody erases them meanwhile.
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for key share" };
    let here = format!("select id as value from contacts where workspace_id = $1 and id = $2{lock}");
    scalar::<String>(tx, &here, binds![scope.ws(), contact]).await?.ok_or(Error::NotFound("contact"))?;
    let count = "select count(*) as value from consents where workspace_id = $1 and contact_id = $2";
    if scalar::<i64>(tx, count, binds![scope.ws(), contact]).await?.unwrap_or(0) >= domain::consent::MAX {
        return Err(Error::Conflict(format!(
            "a contact has at most {} records of consent",
            domain::consent::MAX
        )));
    }
    run(
        tx,
        "insert into consents (id, workspace_id, contact_id, channel, state, source, proof, at, expires_at, member_id, recorded_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        binds![
            new_id(ConsentId::from_uuid),
            scope.ws(),
            contact,
            new.channel,
            new.state,
            new.source,
            new.proof.map(str::to_owned),
            new.at,
            new.expires_at,
            scope.member.clone(),
            now
        ],
    )
    .await?;
    let kind = match new.state {
        ConsentState::Given => "consent_given",
        ConsentState::Withdrawn => "consent_withdrawn",
    };
    let fact = NewEvent {
        kind,
        contact_id: Some(contact.to_string()),
        data: Some(format!("{}: {}", new.channel, new.source)),
        ..NewEvent::default()
    };
    event::write(tx, scope, &[fact], now).await?;
    let sql = "update enrollments set status = 'active', due_at = $3, reason = null, detail = null
               where workspace_id = $1 and contact_id = $2 and status = 'paused' and reason = 'no_consent'";
    run(tx, sql, binds![scope.ws(), contact, now]).await?;
    Ok(())
}

/// What the people of a file agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// On which channels.
    pub channels: Vec<Channel>,
    /// Where it comes from.
    pub source: String,
    /// When they said so.
    pub at: i64,
}

/// Writes down what contacts agreed to by an import, once each, however many of its rows meet them. Nobody who took it
/// back, or who is not to be written to on the channel, agrees by being in a file. Campaigns that waited for it go on.
pub(crate) async fn agree<'a>(
    tx: &Tx,
    scope: &Scope,
    import: &str,
    agreed: &Agreed,
    contacts: impl Iterator<Item = &'a ContactId>,
    now: i64,
) -> Result<()> {
    let contacts: Vec<&str> = contacts.map(ContactId::as_str).collect();
    if contacts.is_empty() || agreed.channels.is_empty() {
        return Ok(());
    }
    // A consent lets messages go, and stops none: what is being claimed right now need not know.
    let each = contacts.iter().flat_map(|contact| agreed.channels.iter().map(move |on| (*contact, *on)));
    let new: Vec<Json> = new_ids(ConsentId::from_uuid)
        .zip(each)
        .map(|(id, (contact, channel))| json!({ "i": id, "c": contact, "h": channel }))
        .collect();
    let of = "k.workspace_id = $1 and k.contact_id = item.value->>'c' and k.channel = item.value->>'h'";
    let sql = format!(
        "insert into consents (id, workspace_id, contact_id, channel, state, source, at, member_id, recorded_at, import_id)
         select item.value->>'i', $1, item.value->>'c', item.value->>'h', 'given', $2, $3, $4, $5, $6 from {}
         where not exists (select 1 from consents k where {of} and k.import_id = $6)
           and coalesce((select k.state from consents k where {of} order by k.at desc, k.id desc limit 1), '') <> 'withdrawn'
           and (select count(*) from consents k where k.workspace_id = $1 and k.contact_id = item.value->>'c') < $8
           and not exists (select 1 from contacts c join suppressions s on s.workspace_id = c.workspace_id
               and s.channel in (item.value->>'h', 'all') and s.value_key in (c.email_key, c.phone)
             where c.workspace_id = $1 and c.id = item.value->>'c')
           and not exists (select 1 from contact_addresses a join suppressions s on s.workspace_id = a.workspace_id
               and s.channel in (item.value->>'h', 'all') and s.value_key = a.value_key
             where a.workspace_id = $1 and a.contact_id = item.value->>'c')",
        items(tx.get_database_backend(), 7)
    );
    let values = binds![
        scope.ws(),
        agreed.source.as_str(),
        agreed.at,
        scope.member.clone(),
        now,
        import,
        Json::Array(new).to_string(),
        domain::consent::MAX
    ];
    if run(tx, &sql, values).await? == 0 {
        return Ok(());
    }
    let sql = format!(
        "update enrollments set status = 'active', due_at = $3, reason = null, detail = null
         where workspace_id = $1 and contact_id in {} and status = 'paused' and reason = 'no_consent'",
        listed(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), text_list(contacts), now]).await?;
    Ok(())
}

/// Takes back at most `limit` records that an import made. Returns how many.
pub(crate) async fn take_back(tx: &Tx, scope: &Scope, import: &ImportId, limit: i64) -> Result<u64> {
    let any = "select k.id as value from consents k where k.workspace_id = $1 and k.import_id = $2 limit 1";
    if scalar::<String>(tx, any, binds![scope.ws(), import]).await?.is_none() {
        return Ok(0);
    }
    workspace::guards_changed(tx, scope).await?;
    let sql = "delete from consents where workspace_id = $1 and import_id = $2 and id in
                 (select k.id from consents k where k.workspace_id = $1 and k.import_id = $2 order by k.id limit $3)";
    run(tx, sql, binds![scope.ws(), import, limit]).await
}

/// What a contact said, the newest first.
pub async fn of_contact(db: &Db, scope: &Scope, contact: &ContactId) -> Result<Vec<Consent>> {
    rows(
        &db.reader(scope),
        "select k.id, k.channel, k.state, k.source, k.proof, k.at, k.expires_at, u.name as member_name, k.recorded_at
         from consents k left join members m on m.id = k.member_id left join users u on u.id = m.user_id
         where k.workspace_id = $1 and k.contact_id = $2 order by k.at desc, k.id desc",
        binds![scope.ws(), contact],
    )
    .await
}

/// A condition that what the contact `contact` said last about the channel `channel` allows to write at `$n`.
pub(crate) fn is_given(workspace: &str, contact: &str, channel: &str, n: usize) -> String {
    format!(
        "coalesce((select k.state = 'given' and (k.expires_at is null or k.expires_at > ${n}) from consents k
           where k.workspace_id = {workspace} and k.contact_id = {contact} and k.channel = {channel}
           order by k.at desc, k.id desc limit 1), false)"
    )
}

/// Whether a contact has agreed to a channel.
pub async fn is_given_by(
    db: &Db,
    scope: &Scope,
    contact: &ContactId,
    channel: Channel,
    now: i64,
) -> Result<bool> {
    let given = is_given("c.workspace_id", "c.id", "$3", 4);
    let sql = format!(
        "select cast(case when {given} then 1 else 0 end as bigint) as value from contacts c where c.workspace_id = $1 and c.id = $2"
    );
    let found = scalar::<i64>(&db.reader(scope), &sql, binds![scope.ws(), contact, channel, now]).await?;
    Ok(found == Some(1))
}

/// Those of these contacts who agreed to a channel.
pub async fn given(
    tx: &Tx,
    workspace: &WorkspaceId,
    channel: Channel,
    contacts: impl IntoIterator<Item = &str>,
    now: i64,
) -> Result<HashSet<ContactId>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: ContactId,
    }
    let sql = format!(
        "select c.id from contacts c where c.workspace_id = $1 and c.id in {} and {}",
        listed(tx.get_database_backend(), 2),
        is_given("$1", "c.id", "$3", 4)
    );
    let found: Vec<Id> = rows(tx, &sql, binds![workspace, text_list(contacts), channel, now]).await?;
    Ok(found.into_iter().map(|row| row.id).collect())
}

/// How many of the matching contacts have not agreed to a channel.
pub async fn lacking(
    db: &Db,
    scope: &Scope,
    query: &crate::contact::Query,
    channel: Channel,
    now: i64,
) -> Result<i64> {
    let mut filter = query.filter(scope, db.backend());
    let n = filter.next();
    filter.values.extend(binds![channel, now]);
    let sql = format!(
        "select count(*) as value from contacts c where {} and not {}",
        filter.sql,
        is_given("$1", "c.id", &format!("${n}"), n + 1)
    );
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}

/// Takes all records of a contact away: it is going.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, contact: &str) -> Result<u64> {
    run(tx, "delete from consents where workspace_id = $1 and contact_id = $2", binds![scope.ws(), contact])
        .await
}
