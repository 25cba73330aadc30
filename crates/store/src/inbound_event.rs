//! What providers told us, raw, before anything else happens to it. A repeat is harmless: the unique
//! key is the source and the provider's own key.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, clamp, cursor, now_ms, row, rows, run, scalar, skip_locked, split_cursor},
    sqlite::within_begun,
};
use domain::ids::{InboundEventId, SenderId, WorkspaceId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// A raw event to be stored.
#[derive(Debug, Clone)]
pub struct NewInboundEvent {
    /// Id.
    pub id: InboundEventId,
    /// Whose it is, where the sender tells.
    pub workspace_id: Option<WorkspaceId>,
    /// Which door: `twilio.message`, `twilio.status`, `email`, `whatsapp`, `messenger`.
    pub source: &'static str,
    /// The sender it came to.
    pub sender_id: Option<SenderId>,
    /// What makes a repeat a repeat.
    pub dedupe_key: String,
    /// Selected headers as JSON.
    pub headers: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: i64,
}

/// Of bodies up to this many bytes PostgreSQL is given many in one statement.
const SHORT: usize = 64 * 1024;

const INSERT: &str =
    "insert into inbound_events (id, workspace_id, source, sender_id, dedupe_key, headers, body, status, due_at, received_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'received', $8, $8) on conflict (source, dedupe_key) do nothing";

/// Stores a batch in one transaction. Returns how many were new.
pub async fn store(db: &Db, batch: &[NewInboundEvent]) -> Result<u64> {
    let mut tx = db.begin().await?;
    let new = if db.is_postgres() {
        let (short, long): (Vec<_>, Vec<_>) = batch.iter().partition(|event| event.body.len() <= SHORT);
        let mut new = at_once(&tx, &short).await?;
        for event in long {
            new += one(&tx, event).await?;
        }
        new
    } else {
        within_begun(&db.handle, &mut tx, |connection| {
            let mut statement = connection.prepare_cached(INSERT)?;
            batch.iter().try_fold(0, |new, e| {
                let changed = statement.execute(rusqlite::params![
                    e.id.as_str(),
                    e.workspace_id.as_ref().map(WorkspaceId::as_str),
                    e.source,
                    e.sender_id.as_ref().map(SenderId::as_str),
                    e.dedupe_key,
                    e.headers,
                    e.body,
                    e.received_at
                ])?;
                Ok(new + changed as u64)
            })
        })?
    };
    tx.commit().await?;
    Ok(new)
}

async fn one(tx: &Tx, e: &NewInboundEvent) -> Result<u64> {
    let values = binds![
        &e.id,
        e.workspace_id.clone(),
        e.source,
        e.sender_id.clone(),
        e.dedupe_key.as_str(),
        e.headers.as_str(),
        e.body.clone(),
        e.received_at
    ];
    run(tx, INSERT, values).await
}

/// Many with one statement of PostgreSQL: a round trip and a plan for each of them would cost more than the work itself.
/// In the order of their keys: two nodes that are told the same things at once must not wait for one another in a ring.
async fn at_once(tx: &Tx, batch: &[&NewInboundEvent]) -> Result<u64> {
    if batch.is_empty() {
        return Ok(0);
    }
    let mut batch = batch.to_vec();
    batch.sort_by(|a, b| (a.source, &a.dedupe_key).cmp(&(b.source, &b.dedupe_key)));
    let list = batch.iter().map(|e| {
        serde_json::json!({
            "id": e.id, "workspace": e.workspace_id, "source": e.source, "sender": e.sender_id, "key": e.dedupe_key,
            "headers": e.headers, "body": hex(&e.body), "at": e.received_at,
        })
    });
    let list = serde_json::Value::Array(list.collect()).to_string();
    let sql = "insert into inbound_events
                 (id, workspace_id, source, sender_id, dedupe_key, headers, body, status, due_at, received_at)
               select e.id, e.workspace, e.source, e.sender, e.key, e.headers, decode(e.body, 'hex'), 'received', e.at, e.at
               from json_to_recordset(cast($1 as json))
                 as e(id text, workspace text, source text, sender text, key text, headers text, body text, at bigint)
               on conflict (source, dedupe_key) do nothing";
    run(tx, sql, binds![list]).await
}

/// Bytes as text that both sides read fast.
fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Puts what an event was taken apart into in its place, in the transaction that marks it handled. A part that was
/// seen before is not seen again.
pub async fn store_parts(
    tx: &Tx,
    whole: &InboundEvent,
    parts: &[(InboundEventId, String, Vec<u8>)],
) -> Result<()> {
    for (id, key, body) in parts {
        run(
            tx,
            INSERT,
            binds![
                id,
                whole.workspace_id.clone(),
                whole.source.as_str(),
                whole.sender_id.clone(),
                key.as_str(),
                whole.headers.as_str(),
                body.clone(),
                whole.received_at.0
            ],
        )
        .await?;
    }
    Ok(())
}

/// When a provider last told something to each sender of the workspace.
pub async fn last_of_senders(db: &Db, scope: &Scope) -> Result<Vec<(SenderId, At)>> {
    #[derive(FromQueryResult)]
    struct Last {
        id: SenderId,
        at: Option<At>,
    }
    let sql = "select s.id, (select i.received_at from inbound_events i where i.workspace_id = $1 and i.sender_id = s.id
                              order by i.received_at desc limit 1) as at
               from senders s where s.workspace_id = $1";
    let found: Vec<Last> = rows(&db.reader(scope), sql, binds![scope.ws()]).await?;
    Ok(found.into_iter().filter_map(|last| Some((last.id, last.at?))).collect())
}

/// A raw event that is being handled.
#[derive(Debug, Clone, FromQueryResult)]
pub struct InboundEvent {
    /// Id.
    pub id: InboundEventId,
    /// Whose it is.
    pub workspace_id: Option<WorkspaceId>,
    /// Which door.
    pub source: String,
    /// The sender it came to.
    pub sender_id: Option<SenderId>,
    /// Selected headers as JSON.
    pub headers: String,
    /// The bytes.
    pub body: Vec<u8>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it came.
    pub received_at: At,
}

/// Takes due events under a lease, oldest first.
pub async fn claim(db: &Db, now: i64, lease_ms: i64, limit: i64) -> Result<Vec<InboundEvent>> {
    let clock = now_ms(db.backend());
    let tx = db.begin().await?;
    let sql = format!(
        "update inbound_events set attempts = attempts + 1, locked_until = {clock} + $2
         where id in (select i.id from inbound_events i where i.status = 'received' and i.due_at <= $1 and i.locked_until < {clock}
                      order by i.due_at, i.id limit $3{})
         returning id, workspace_id, source, sender_id, headers, body, attempts, received_at",
        skip_locked(db.backend(), "i")
    );
    let mut found: Vec<InboundEvent> = rows(&tx, &sql, binds![now, lease_ms, limit]).await?;
    tx.commit().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// Marks an event handled, in the transaction of its effects. `false` when another worker was first.
pub async fn handled(tx: &Tx, id: &InboundEventId, now: i64) -> Result<bool> {
    let changed = run(
        tx,
        "update inbound_events set status = 'handled', handled_at = $2, error = null where id = $1 and status = 'received'",
        binds![id, now],
    )
    .await?;
    Ok(changed == 1)
}

/// Puts a failed event back for later, or among the dead letters when `due_at` is `None`.
pub async fn failed(db: &Db, id: &InboundEventId, error: &str, due_at: Option<i64>) -> Result<()> {
    let tx = db.begin().await?;
    let status = if due_at.is_some() { "received" } else { "dead" };
    run(
        &tx,
        "update inbound_events set status = $2, error = $3, due_at = coalesce($4, due_at), locked_until = 0 where id = $1 and status = 'received'",
        binds![id, status, error, due_at],
    )
    .await?;
    tx.commit().await.map_err(Error::from)
}

/// An event that found no home, or failed.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct DeadLetter {
    /// Id.
    pub id: InboundEventId,
    /// Which door.
    pub source: String,
    /// Why.
    pub error: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it came.
    pub received_at: At,
}

/// Dead letters, newest first. Whose one would be is what nobody could find out: who sees only what they own sees
/// none.
pub async fn dead(
    db: &Db,
    scope: &Scope,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<DeadLetter>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let found: Vec<DeadLetter> = rows(
        &db.reader(scope),
        "select id, source, error, attempts, received_at from inbound_events
         where workspace_id = $1 and status = 'dead' and (received_at, id) < ($2, $3) and cast($5 as text) is null
         order by received_at desc, id desc limit $4",
        binds![scope.ws(), at, id, limit + 1, scope.whose()],
    )
    .await?;
    Ok(Page::cut(found, limit, |d| cursor(d.received_at.0, d.id.as_str())))
}

/// Makes a dead letter due again.
pub async fn replay(tx: &Tx, scope: &Scope, id: &InboundEventId, now: i64) -> Result<DeadLetter> {
    row(
        tx,
        "update inbound_events set status = 'received', attempts = 0, due_at = $3, locked_until = 0
         where workspace_id = $1 and id = $2 and status = 'dead' returning id, source, error, attempts, received_at",
        binds![scope.ws(), id, now],
    )
    .await?
    .ok_or(Error::NotFound("dead letter"))
}

/// How many wait to be handled, for the benchmark. Looks across tenants.
pub async fn waiting(db: &Db) -> Result<i64> {
    let sql = "select count(*) as value from inbound_events where status = 'received'";
    Ok(scalar(&db.read, sql, vec![]).await?.unwrap_or_default())
}

/// The keys of everything that was stored, for the power-cut test's ledger.
pub async fn keys(db: &Db) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Key {
        dedupe_key: String,
    }
    let found: Vec<Key> = rows(&db.read, "select dedupe_key from inbound_events", vec![]).await?;
    Ok(found.into_iter().map(|k| k.dedupe_key).collect())
}
