//! Everything about one person: to hand it out, and to take it away.
//!
//! An erasure is one transaction. It takes its locks in the order in which work on a person takes them (raw events,
//! guards, enrollments, contact, threads), so that a send or an answer of the same person is either over before it
//! and erased with the rest, or comes after it and finds nobody.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    search::{self, Kind},
    sql::{At, binds, clamp, cursor, items, new_id, row, rows, run, scalar, split_cursor, text_list},
    suppression::{self, Fingerprint},
    workspace,
};
use domain::ids::{ContactId, ErasureId, InboundEventId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, JsonValue};
use std::collections::{BTreeMap, BTreeSet};

#[derive(FromQueryResult)]
struct Text {
    v: Option<String>,
}

/// Every address that a contact has, was written to at, or wrote from: e-mail addresses and phone numbers as compared.
/// One that they wrote from is not theirs if it is another contact's: somebody else answered for them.
pub async fn addresses(conn: &impl ConnectionTrait, scope: &Scope, id: &ContactId) -> Result<Vec<String>> {
    let found: Vec<Text> = rows(
        conn,
        "select email_key as v from contacts where workspace_id = $1 and id = $2
         union select phone from contacts where workspace_id = $1 and id = $2
         union select value_key from contact_addresses where workspace_id = $1 and contact_id = $2
         union select address_key from conversations where workspace_id = $1 and contact_id = $2 and split_from_id is null
         union select lower(m.from_address) from messages m
           where m.workspace_id = $1 and m.direction = 'in'
             and m.conversation_id in (select v.id from conversations v where v.workspace_id = $1 and v.contact_id = $2)
             and not exists (select 1 from contacts c where c.workspace_id = $1 and c.id <> $2
                               and (c.email_key = lower(m.from_address) or c.phone = m.from_address))
             and not exists (select 1 from contact_addresses a where a.workspace_id = $1 and a.contact_id <> $2
                               and a.kind in ('email', 'phone', 'whatsapp', 'messenger') and a.value_key = lower(m.from_address))",
        binds![scope.ws(), id],
    )
    .await?;
    let all: BTreeSet<String> = found.into_iter().filter_map(|t| t.v).filter(|v| !v.is_empty()).collect();
    Ok(all.into_iter().collect())
}

/// The same outside a transaction; there has to be such a contact.
pub async fn addresses_of(db: &Db, scope: &Scope, id: &ContactId) -> Result<Vec<String>> {
    crate::contact::get(db, scope, id).await?;
    addresses(&db.read, scope, id).await
}

/// The threads of a person: theirs, and those with one of their addresses that belong to nobody.
fn threads(addresses: &str) -> String {
    format!(
        "(select id from conversations where workspace_id = $1 and (contact_id = $2
            or contact_id is null and address_key in (select item.value->>'v' from {addresses})))"
    )
}

/// Everything that is stored of a person, as rows by the name of what they are.
pub async fn everything(
    db: &Db,
    scope: &Scope,
    id: &ContactId,
    addresses: &[String],
) -> Result<BTreeMap<&'static str, Vec<JsonValue>>> {
    let list = items(db.backend(), 3);
    let threads = threads(&list);
    let of_messages =
        format!("select id from messages where workspace_id = $1 and conversation_id in {threads}");
    let queries = [
        ("contact", "select * from contacts where workspace_id = $1 and id = $2 and $3 <> ''".to_owned()),
        (
            "further_addresses",
            "select * from contact_addresses where workspace_id = $1 and contact_id = $2 and $3 <> '' order by kind, value_key".to_owned(),
        ),
        (
            "merged_contacts",
            "select id, other_id, image, at, undone_at from merges where workspace_id = $1 and survivor_id = $2 and $3 <> '' order by id".to_owned(),
        ),
        (
            "consents",
            "select id, channel, state, source, proof, at, expires_at, recorded_at from consents
             where workspace_id = $1 and contact_id = $2 and $3 <> '' order by at, id".to_owned(),
        ),
        (
            "suppressions",
            format!("select * from suppressions where workspace_id = $1 and $2 <> '' and value_key in (select item.value->>'v' from {list}) order by id"),
        ),
        (
            "enrollments",
            "select e.*, p.name as campaign_name from enrollments e join campaigns p on p.id = e.campaign_id
             where e.workspace_id = $1 and e.contact_id = $2 and $3 <> '' order by e.id".to_owned(),
        ),
        (
            "custom_fields",
            "select f.key, f.name, v.value from custom_values v join custom_fields f on f.id = v.field_id
             where v.workspace_id = $1 and v.contact_id = $2 and $3 <> '' order by f.position".to_owned(),
        ),
        (
            "tags_and_lists",
            "select s.kind, s.name, m.at from set_members m join contact_sets s on s.id = m.set_id
             where m.workspace_id = $1 and m.contact_id = $2 and $3 <> '' order by s.kind, s.name".to_owned(),
        ),
        (
            "tasks",
            "select id, campaign_id, kind, title, instructions, due_at, status, done_at, created_at from tasks
             where workspace_id = $1 and contact_id = $2 and $3 <> '' order by id".to_owned(),
        ),
        (
            "targets",
            format!("select * from targets where workspace_id = $1 and (contact_id = $2 or lower(email) in (select item.value->>'v' from {list})) order by id"),
        ),
        (
            "icp_scores",
            "select i.name as profile, s.score, s.at from icp_scores s join icp_profiles i on i.id = s.profile_id
             where s.workspace_id = $1 and s.contact_id = $2 and $3 <> '' and i.gone_at is null order by i.name".to_owned(),
        ),
        (
            "icp_score_changes",
            "select i.name as profile, h.before, h.score, h.at from icp_changes h join icp_profiles i on i.id = h.profile_id
             where h.workspace_id = $1 and h.contact_id = $2 and $3 <> '' and i.gone_at is null order by h.id".to_owned(),
        ),
        (
            "values_before_imports",
            "select import_id, before, written_at from import_changes
             where workspace_id = $1 and contact_id = $2 and $3 <> '' and before is not null order by written_at".to_owned(),
        ),
        (
            "values_before_bulk_actions",
            "select r.bulk_action_id, b.action, r.before, r.written_at from bulk_changes r join bulk_actions b on b.id = r.bulk_action_id
             where r.workspace_id = $1 and r.contact_id = $2 and $3 <> '' order by r.written_at".to_owned(),
        ),
        ("deleted_contacts", crate::bulk::deleted_with(&list)),
        ("conversations", format!("select * from conversations where workspace_id = $1 and id in {threads} order by id")),
        (
            "notes",
            format!("select id, conversation_id, author_id, body, created_at from notes where workspace_id = $1 and conversation_id in {threads} order by created_at, id"),
        ),
        (
            "reply_drafts",
            format!("select conversation_id, member_id, body, updated_at from reply_drafts where workspace_id = $1 and conversation_id in {threads} order by conversation_id, member_id"),
        ),
        ("messages", format!("select * from messages where workspace_id = $1 and conversation_id in {threads} order by created_at, id")),
        (
            "events",
            format!("select * from events where workspace_id = $1 and (contact_id = $2 or message_id in ({of_messages})) order by at, id"),
        ),
        (
            "recordings",
            format!("select u.message_id, r.id, r.bytes, r.duration_ms, r.created_at from recording_uses u
                     join recordings r on r.workspace_id = u.workspace_id and r.id = u.recording_id
                     where u.workspace_id = $1 and $2 <> '' and u.message_id in ({of_messages}) order by r.created_at, u.message_id"),
        ),
        (
            "webhook_deliveries",
            format!("select id, webhook_id, kind, data, status, attempt, created_at, done_at from deliveries
                     where workspace_id = $1 and (contact_id = $2 or message_id in ({of_messages})) order by created_at, id"),
        ),
    ];
    let mut all = BTreeMap::new();
    for (name, sql) in queries {
        let values = binds![scope.ws(), id, text_list(addresses)];
        all.insert(name, rows::<JsonValue>(&db.read, &sql, values).await?);
    }
    Ok(all)
}

/// What a provider told us, as it came.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Raw {
    /// Id.
    pub id: InboundEventId,
    /// Which door.
    pub source: String,
    /// When.
    pub received_at: At,
    /// Selected headers as JSON.
    pub headers: String,
    /// The bytes.
    pub body: Vec<u8>,
}

/// Raw events of a workspace in the order of their ids, after one of them.
pub async fn raw_events(db: &Db, scope: &Scope, after: &str) -> Result<Vec<Raw>> {
    rows(
        &db.read,
        "select id, source, received_at, headers, body from inbound_events
         where workspace_id = $1 and id > $2 and length(body) > 0 order by id limit 200",
        binds![scope.ws(), after],
    )
    .await
}

/// Raw events that came at `since` or after, seen from inside the transaction.
pub async fn raw_events_since(tx: &Tx, scope: &Scope, since: i64) -> Result<Vec<Raw>> {
    rows(
        tx,
        "select id, source, received_at, headers, body from inbound_events
         where workspace_id = $1 and received_at >= $2 and length(body) > 0 order by id",
        binds![scope.ws(), since],
    )
    .await
}

/// Takes the contents of raw events away. What makes a repeat a repeat stays; what waited is not applied any more.
pub async fn forget_raw(tx: &Tx, scope: &Scope, ids: &[InboundEventId], now: i64) -> Result<u64> {
    let sql = format!(
        "update inbound_events set body = $3, headers = '{{}}', error = null, handled_at = coalesce(handled_at, $4), status = 'handled'
         where workspace_id = $1 and id in (select item.value->>'v' from {})",
        items(tx.get_database_backend(), 2)
    );
    let list = text_list(ids.iter().map(InboundEventId::as_str));
    run(tx, &sql, binds![scope.ws(), list, Vec::<u8>::new(), now]).await
}

/// Takes a person out of everything, with the raw events that are theirs. Returns how much there was of what, and
/// leaves each address as a fingerprint on the suppression list.
pub async fn erase(
    tx: &Tx,
    scope: &Scope,
    id: &ContactId,
    raw: &[InboundEventId],
    prints: &dyn Fingerprint,
    now: i64,
) -> Result<BTreeMap<&'static str, i64>> {
    let mut counts = BTreeMap::new();
    let mut count = |name: &'static str, rows: u64| {
        counts.insert(name, i64::try_from(rows).unwrap_or(i64::MAX));
    };
    // Whoever applies one of these events holds its row: it is waited for before anything that it needs is held.
    count("raw_events", forget_raw(tx, scope, raw, now).await?);
    workspace::guards_changed(tx, scope).await?;
    let of = || binds![scope.ws(), id];
    count(
        "enrollments",
        run(tx, "delete from enrollments where workspace_id = $1 and contact_id = $2", of()).await?,
    );
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for update" };
    let here = format!("select id as value from contacts where workspace_id = $1 and id = $2{lock}");
    scalar::<String>(tx, &here, of()).await?.ok_or(Error::NotFound("contact"))?;
    let addresses = addresses(tx, scope, id).await?;
    let threads = threads(&items(tx.get_database_backend(), 3));
    let all = || binds![scope.ws(), id, text_list(&addresses)];
    let locked = format!(
        "select id as v from conversations where workspace_id = $1 and id in {threads} order by id{lock}"
    );
    rows::<Text>(tx, &locked, all()).await?;
    let of_messages = format!("workspace_id = $1 and (contact_id = $2 or conversation_id in {threads})");
    let flying = format!("select count(*) as value from messages where {of_messages} and status = 'sending'");
    if scalar::<i64>(tx, &flying, all()).await?.unwrap_or(0) > 0 {
        let text = "a message to this person is being sent right now. Try again in a minute";
        return Err(Error::Conflict(text.into()));
    }
    let told = format!(
        "workspace_id = $1 and (contact_id = $2 or message_id in (select id from messages where {of_messages}))"
    );
    let tries = format!(
        "delete from delivery_attempts where workspace_id = $1 and delivery_id in (select id from deliveries where {told})"
    );
    run(tx, &tries, all()).await?;
    count("webhook_deliveries", run(tx, &format!("delete from deliveries where {told}"), all()).await?);
    count("events", run(tx, &format!("delete from events where {told}"), all()).await?);
    count("recordings", forget_recordings(tx, &of_messages, all(), now).await?);
    let theirs: Vec<Text> =
        rows(tx, &format!("select id as v from messages where {of_messages}"), all()).await?;
    count("messages", run(tx, &format!("delete from messages where {of_messages}"), all()).await?);
    // After the messages: whoever reads their words holds them, and is waited for.
    search::forget_messages(tx, scope, &text_list(theirs.into_iter().filter_map(|text| text.v))).await?;
    for table in ["notifications", "notices", "mentions", "conversation_labels", "reply_drafts", "notes"] {
        let sql = format!("delete from {table} where workspace_id = $1 and conversation_id in {threads}");
        let gone = run(tx, &sql, all()).await?;
        if matches!(table, "notes" | "reply_drafts") {
            count(table, gone);
        }
    }
    let sql = format!(
        "delete from conversation_merges where workspace_id = $1 and (other_id in {threads} or into_id in {threads})"
    );
    run(tx, &sql, all()).await?;
    let sql = format!("delete from conversations where workspace_id = $1 and id in {threads}");
    count("conversations", run(tx, &sql, all()).await?);
    count("sets_and_fields", crate::contact_set::forget(tx, scope, id.as_str()).await?);
    count("further_addresses", crate::contact_address::forget(tx, scope, id).await?);
    count("consents", crate::consent::forget(tx, scope, id.as_str()).await?);
    count("targets", crate::target::forget(tx, scope, id, &text_list(&addresses)).await?);
    count("merges", crate::merge::forget(tx, scope, id).await?);
    search::forget(tx, scope, Kind::Contact, [id.as_str()]).await?;
    count("deleted_contacts", crate::bulk::forget_deleted(tx, scope, &addresses).await?);
    count("contact", run(tx, "delete from contacts where workspace_id = $1 and id = $2", of()).await?);
    count("addresses_kept_as_fingerprints", suppression::conceal(tx, scope, &addresses, prints, now).await?);
    Ok(counts)
}

/// Lets go of what was spoken for these messages and for no others; the files go after the commit.
async fn forget_recordings(
    tx: &Tx,
    of_messages: &str,
    mut binds: Vec<sea_orm::Value>,
    now: i64,
) -> Result<u64> {
    let theirs = format!("select id from messages where {of_messages}");
    let forget_uses =
        format!("delete from recording_uses where workspace_id = $1 and message_id in ({theirs})");
    let uses = format!(
        "select recording_id from recording_uses where workspace_id = $1 and message_id in ({theirs})"
    );
    let sql = format!(
        "update recordings set gone_at = $4, text_key = id
         where workspace_id = $1 and gone_at is null and id in ({uses})
           and not exists (select 1 from recording_uses o where o.workspace_id = $1 and o.recording_id = recordings.id
             and o.message_id not in ({theirs}))"
    );
    let only = binds.clone();
    binds.push(now.into());
    let forgotten = run(tx, &sql, binds).await?;
    run(tx, &forget_uses, only).await?;
    Ok(forgotten)
}

/// That somebody was erased, when and by whom. It says nothing about the person.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Erasure {
    /// Id.
    pub id: ErasureId,
    /// Id that the contact had, which now names nobody.
    pub contact_id: String,
    /// Who did it; none is somebody at the command line.
    pub member_id: Option<String>,
    /// Their name.
    pub member_name: Option<String>,
    /// How much of what, as JSON.
    pub counts: String,
    /// When.
    pub at: At,
}

const SELECT: &str = "select e.id, e.contact_id, e.member_id, u.name as member_name, e.counts, e.at
    from erasures e left join members m on m.id = e.member_id left join users u on u.id = m.user_id";

/// Writes the certificate, in the transaction of the erasure.
pub async fn certify(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    counts: &BTreeMap<&'static str, i64>,
    now: i64,
) -> Result<ErasureId> {
    let id = new_id(ErasureId::from_uuid);
    run(
        tx,
        "insert into erasures (id, workspace_id, contact_id, member_id, counts, at) values ($1, $2, $3, $4, $5, $6)",
        binds![&id, scope.ws(), contact, scope.member.clone(), serde_json::to_string(counts)?, now],
    )
    .await?;
    Ok(id)
}

/// One certificate.
pub async fn get(db: &Db, scope: &Scope, id: &ErasureId) -> Result<Erasure> {
    row(&db.read, &format!("{SELECT} where e.workspace_id = $1 and e.id = $2"), binds![scope.ws(), id])
        .await?
        .ok_or(Error::NotFound("erasure certificate"))
}

/// Newest first.
pub async fn page(db: &Db, scope: &Scope, limit: Option<i64>, after: Option<&str>) -> Result<Page<Erasure>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let sql = format!(
        "{SELECT} where e.workspace_id = $1 and (e.at, e.id) < ($2, $3) order by e.at desc, e.id desc limit $4"
    );
    let found: Vec<Erasure> = rows(&db.read, &sql, binds![scope.ws(), at, id, limit + 1]).await?;
    Ok(Page::cut(found, limit, |e| cursor(e.at.0, e.id.as_str())))
}
