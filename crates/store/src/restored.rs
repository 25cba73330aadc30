//! A database that seems to be a copy of an earlier time: what it says of itself, the hold on all sending until a person
//! has decided, and what becomes of messages that may have left already. When it is one is for [`domain::restored`] to
//! say; what is noted outside the database is the product's.

use crate::{
    Db, Result, Scope, Tx,
    sql::{At, binds, now_ms, row, rows, run, scalar, text_list},
    workspace,
};
use domain::{
    Channel,
    ids::{MessageId, SenderId, WorkspaceId},
    restored::{Answer, Why},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};

/// The mark of a message that was queued in the copy, in `error_code`.
pub(crate) const QUEUED: &str = "restored.queued";
/// The mark of one that was written after the restore and may have left before, under another id.
pub(crate) const RETOLD: &str = "restored.retold";

/// What the database says of itself.
#[derive(Debug, Clone, Default)]
pub struct Says {
    /// A name for the time since each restore that was noticed, the first for the installation itself.
    pub eras: Vec<String>,
    /// Which database of which server it was in; nothing on SQLite.
    pub place: Option<String>,
    /// The last sign of life of any node.
    pub life: Option<Life>,
    /// Whether there is anybody whose messages could leave.
    pub has_tenants: bool,
}

/// A sign of life.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Life {
    /// By the clock of the machine, in milliseconds since the epoch.
    pub real: i64,
    /// By the product's clock.
    pub at: i64,
    /// The node ended properly.
    pub ended: bool,
}

/// Reads what the database says of itself.
pub async fn says(db: &Db) -> Result<Says> {
    let eras = workspace::instance_value(db, "eras").await?;
    let life = workspace::instance_value(db, "life").await?;
    let tenants: Option<i64> = scalar(&db.read, "select count(*) as value from workspaces", vec![]).await?;
    Ok(Says {
        eras: eras.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        place: workspace::instance_value(db, "place").await?,
        life: life.and_then(|text| serde_json::from_str(&text).ok()),
        has_tenants: tenants.unwrap_or(0) > 0,
    })
}

/// Which database of which server this is, as PostgreSQL itself knows it: a dump that is read back has another place.
/// `None` on SQLite, and where the server does not say.
pub async fn place(db: &Db) -> Option<String> {
    if !db.is_postgres() {
        return None;
    }
    let sql = "select (select system_identifier from pg_control_system()) || ':' ||
           (select oid from pg_database where datname = current_database()) as value";
    match scalar(&db.read, sql, vec![]).await {
        Ok(place) => place,
        Err(error) => {
            tracing::info!(%error, "PostgreSQL does not say which server it is");
            None
        }
    }
}

/// How often messages of each sender were claimed, for all tenants.
pub async fn claims(db: &Db) -> Result<Vec<(SenderId, i64)>> {
    #[derive(FromQueryResult)]
    struct Claims {
        id: SenderId,
        claims: i64,
    }
    let all: Vec<Claims> = rows(&db.read, "select id, claims from senders", vec![]).await?;
    Ok(all.into_iter().map(|one| (one.id, one.claims)).collect())
}

/// Writes a sign of life.
pub async fn live(db: &Db, life: Life) -> Result<()> {
    let tx = db.begin().await?;
    workspace::set_instance_value(&tx, "life", Some(&serde_json::to_string(&life)?)).await?;
    tx.commit().await?;
    Ok(())
}

/// Begins a new era, with the place of the database. `false` where another node has done so since `before` was read.
pub async fn begin_era(tx: &Tx, before: &[String], era: &str, place: Option<&str>) -> Result<bool> {
    let eras: Vec<&str> = before.iter().map(String::as_str).chain([era]).collect();
    let eras = serde_json::to_string(&eras)?;
    let is_first = if before.is_empty() {
        let sql = "insert into instance (name, value) values ('eras', $1) on conflict (name) do nothing";
        run(tx, sql, binds![eras]).await?
    } else {
        let sql = "update instance set value = $1 where name = 'eras' and value = $2";
        run(tx, sql, binds![eras, serde_json::to_string(before)?]).await?
    } == 1;
    if is_first {
        workspace::set_instance_value(tx, "place", place).await?;
    }
    Ok(is_first)
}

/// Stops the sending of every workspace that has anything to send, until a person has decided. Returns them.
pub async fn hold(tx: &Tx, why: Why, text: &str, since: Option<Life>, now: i64) -> Result<Vec<WorkspaceId>> {
    #[derive(FromQueryResult)]
    struct Held {
        id: WorkspaceId,
    }
    let sql = "update workspaces set restored_at = $1, restored_why = $2, copied_at = $3, copied_real_at = $4,
           was_stopped = case when stopped_at is null then 0 else 1 end, stopped_at = coalesce(stopped_at, $1),
           stop_reason = coalesce(stop_reason, $5), guard_version = guard_version + 1
         where restored_at is null
           and (exists (select 1 from messages m where m.workspace_id = workspaces.id and m.status in ('approved', 'queued', 'sending', 'uncertain'))
             or exists (select 1 from enrollments e where e.workspace_id = workspaces.id and e.status in ('active', 'waiting', 'paused')))
         returning id";
    let (at, real) = (since.map(|life| life.at), since.map(|life| life.real));
    let held: Vec<Held> = rows(tx, sql, binds![now, why, at, real, text]).await?;
    Ok(held.into_iter().map(|held| held.id).collect())
}

/// What a workspace is held for.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Hold {
    /// Since when.
    pub restored_at: At,
    /// Why.
    pub restored_why: Why,
    /// The last sign of life in the copy.
    pub copied_at: Option<At>,
    /// The same by the clock of the machines.
    pub copied_real_at: Option<At>,
    /// 1 where somebody had stopped all sending before.
    pub was_stopped: i64,
}

/// What the scope's workspace is held for, if it is.
pub async fn get(db: &Db, scope: &Scope) -> Result<Option<Hold>> {
    let sql = "select restored_at, restored_why, copied_at, copied_real_at, was_stopped from workspaces
         where id = $1 and restored_at is not null";
    row(&db.reader(scope), sql, binds![scope.ws()]).await
}

/// Messages of a channel that may have left.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Pending {
    /// The channel.
    pub channel: Channel,
    /// Who carries them.
    pub provider: String,
    /// How many wait, due by now.
    pub queued: i64,
    /// Of how many nobody can say whether they left.
    pub in_doubt: i64,
}

/// What may have left, by channel and provider: what is due by `now`, and what was in doubt in the copy already.
pub async fn pending(db: &Db, scope: &Scope, now: i64) -> Result<Vec<Pending>> {
    let sql = "select m.channel, s.provider, count(*) - count(case when m.status in ('sending', 'uncertain') then 1 end) as queued,
           count(case when m.status in ('sending', 'uncertain') then 1 end) as in_doubt
         from messages m join senders s on s.id = m.sender_id
         where m.workspace_id = $1 and (m.status in ('sending', 'uncertain')
           or (m.status in ('approved', 'queued') and (m.not_before <= $2 or m.late_since is not null)))
         group by m.channel, s.provider order by m.channel, s.provider";
    rows(&db.reader(scope), sql, binds![scope.ws(), now]).await
}

/// How many people of campaigns were due for a step by `now`: they may have been written to.
pub async fn people(db: &Db, scope: &Scope, now: i64) -> Result<i64> {
    let sql = "select count(*) as value from enrollments
         where workspace_id = $1 and (status = 'waiting' or (status = 'active' and due_at <= $2))";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), now]).await?.unwrap_or(0))
}

/// A person has decided. Returns how many messages it was about. What waited is late by as much as it was before it was
/// held, and not by the hold.
pub async fn decide(tx: &Tx, scope: &Scope, hold: &Hold, answer: Answer, now: i64) -> Result<u64> {
    let sql = "update messages set due_at = due_at + ($2 - $3)
         where workspace_id = $1 and status in ('approved', 'queued') and due_at <= $3";
    run(tx, sql, binds![scope.ws(), now, hold.restored_at]).await?;
    let changed = match answer {
        Answer::Continue => 0,
        Answer::Check => doubt(tx, scope, hold, now).await?,
        Answer::Cancel => cancel(tx, scope, hold, now).await?,
    };
    let sql = "update workspaces set restored_at = null, restored_why = null, copied_at = null, copied_real_at = null,
           stopped_at = case when was_stopped = 1 then stopped_at end, stop_reason = case when was_stopped = 1 then stop_reason end,
           was_stopped = 0, guard_version = guard_version + 1 where id = $1";
    run(tx, sql, binds![scope.ws()]).await?;
    Ok(changed)
}

/// What may have left is in doubt from now on, and so is what people get who may be further than the copy knows.
async fn doubt(tx: &Tx, scope: &Scope, hold: &Hold, now: i64) -> Result<u64> {
    mark_people(tx, scope, hold, now).await?;
    let sql = "update messages set status = 'uncertain', settle_at = 0, lease_until = 0, needs_decision = 0, late_since = null,
           claimed_at = $3, error_class = 'unknown', error_code = $4,
           error_text = 'A backup was restored, and this message may have left before'
         where workspace_id = $1 and status in ('approved', 'queued') and (not_before <= $2 or late_since is not null)";
    run(tx, sql, binds![scope.ws(), now, hold.copied_real_at.unwrap_or_default(), QUEUED]).await
}

async fn cancel(tx: &Tx, scope: &Scope, hold: &Hold, now: i64) -> Result<u64> {
    mark_people(tx, scope, hold, now).await?;
    let sql = "update campaigns set status = 'paused', problem = 'A backup was restored, and somebody decided that nothing goes on by itself'
         where workspace_id = $1 and status = 'active'";
    run(tx, sql, binds![scope.ws()]).await?;
    let sql = "update messages set status = 'cancelled', late_since = null, error_code = $3,
           error_text = 'A backup was restored, and somebody decided that what may have left before is not sent'
         where workspace_id = $1 and status in ('approved', 'queued') and (not_before <= $2 or late_since is not null)";
    let cancelled = run(tx, sql, binds![scope.ws(), now, QUEUED]).await?;
    // Whoever waited for one goes on behind it, once their campaign does.
    let sql = "update enrollments set status = 'active', due_at = $2, detail = 'A message was cancelled after a backup was restored'
         where workspace_id = $1 and status = 'waiting'
           and exists (select 1 from messages m where m.enrollment_id = enrollments.id and m.status = 'cancelled' and m.error_code = $3)
           and not exists (select 1 from messages m where m.enrollment_id = enrollments.id
             and m.status in ('draft', 'approved', 'queued', 'sending', 'uncertain'))";
    run(tx, sql, binds![scope.ws(), now, QUEUED]).await?;
    Ok(cancelled)
}

async fn mark_people(tx: &Tx, scope: &Scope, hold: &Hold, now: i64) -> Result<()> {
    let sql = "update enrollments set unsure_since = $3
         where workspace_id = $1 and (status = 'waiting' or (status = 'active' and due_at <= $2))";
    run(tx, sql, binds![scope.ws(), now, hold.copied_real_at.unwrap_or_default()]).await?;
    Ok(())
}

/// Messages that were just written to people who may have got them before: in doubt instead of queued.
pub async fn retell(tx: &Tx, scope: &Scope, messages: &[(&MessageId, i64)]) -> Result<()> {
    let ids = text_list(messages.iter().map(|(id, _)| id.as_str()));
    let since = messages.iter().map(|(_, since)| *since).min().unwrap_or(0);
    let backend = tx.get_database_backend();
    let sql = format!(
        "update messages set status = 'uncertain', settle_at = {}, lease_until = 0, claimed_at = $3, error_class = 'unknown',
           error_code = $4, error_text = 'A backup was restored, and this person may have got this message before'
         where workspace_id = $1 and status = 'queued' and id in {}",
        now_ms(backend),
        crate::sql::listed(backend, 2)
    );
    run(tx, &sql, binds![scope.ws(), ids, since, RETOLD]).await?;
    Ok(())
}

/// A message is known not to have left: its person has got no further than the database knows.
pub(crate) async fn is_sure(tx: &Tx, scope: &Scope, message: &MessageId) -> Result<()> {
    let sql =
        "update enrollments set unsure_since = null where workspace_id = $1 and unsure_since is not null
           and id = (select m.enrollment_id from messages m where m.workspace_id = $1 and m.id = $2)";
    run(tx, sql, binds![scope.ws(), message]).await?;
    Ok(())
}
