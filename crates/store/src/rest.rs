//! Connections that rest because their provider does not answer: the state of the circuit breaker, one line per
//! sender, shared by all nodes. The rules are those of [`domain::breaker`].

use crate::{
    Db, Result, Scope, Tx,
    sender::{self, Sender},
    sql::{At, binds, row, rows, run, scalar},
};
use domain::{
    breaker::{Breaker, State},
    ids::SenderId,
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// How a connection has done lately.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Rest {
    /// Whose connection.
    pub sender_id: SenderId,
    /// Failures in a row.
    pub failures: i64,
    /// How often it began to rest since it last answered; 0 while messages are tried as always.
    pub trips: i64,
    /// Until when nothing is tried.
    pub until_at: At,
    /// 1 while one message is tried.
    pub is_trying: i64,
    /// What the provider did last, in plain words.
    pub reason: String,
    /// Since when it fails.
    pub since_at: At,
}

const COLUMNS: &str = "sender_id, failures, trips, until_at, is_trying, reason, since_at";

impl Rest {
    /// As the rules see it.
    pub fn breaker(&self) -> Breaker {
        Breaker { failures: self.failures, trips: self.trips, until: self.until_at.0 }
    }
}

/// One failure that is the provider's and no message's.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// In plain words.
    pub reason: &'a str,
    /// It was the message that was let through to see.
    pub is_probe: bool,
    /// How long the provider asked to be left alone, in milliseconds.
    pub asked_ms: Option<i64>,
    /// How long a connection rests at first, in milliseconds.
    pub rest_ms: i64,
}

/// Of all senders of a workspace that fail at the moment.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Rest>> {
    let sql = format!("select {COLUMNS} from sender_rests where workspace_id = $1");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// Of one sender; `None` where it is well.
pub async fn of(conn: &impl ConnectionTrait, scope: &Scope, sender: &SenderId) -> Result<Option<Rest>> {
    let sql = format!("select {COLUMNS} from sender_rests where workspace_id = $1 and sender_id = $2");
    row(conn, &sql, binds![scope.ws(), sender]).await
}

/// The same outside a transaction.
pub async fn get(db: &Db, scope: &Scope, sender: &SenderId) -> Result<Option<Rest>> {
    of(&db.reader(scope), scope, sender).await
}

/// How many messages a claim may take at `now`, and whether the one is to see whether the provider answers again.
/// Returns also how many failures in a row stand.
pub(crate) async fn lets(tx: &Tx, scope: &Scope, sender: &Sender, now: i64) -> Result<(i64, bool, i64)> {
    let Some(rest) = of(tx, scope, &sender.id).await? else { return Ok((i64::MAX, false, 0)) };
    Ok(match rest.breaker().state(now) {
        State::Closed => (i64::MAX, false, rest.failures),
        State::Open(_) => (0, false, rest.failures),
        State::HalfOpen => (1, true, rest.failures),
    })
}

/// One message is tried: all others wait until it is known what became of it, or until `until` where nobody tells.
pub(crate) async fn trying(tx: &Tx, scope: &Scope, sender: &SenderId, until: i64) -> Result<()> {
    let sql =
        "update sender_rests set is_trying = 1, until_at = $3 where workspace_id = $1 and sender_id = $2";
    run(tx, sql, binds![scope.ws(), sender, until]).await?;
    Ok(())
}

/// Counts a failure. Returns how the connection stands then.
pub async fn failed(
    db: &Db,
    scope: &Scope,
    sender: &SenderId,
    failure: Failure<'_>,
    now: i64,
) -> Result<Breaker> {
    let tx = db.begin().await?;
    // The line is ours until the end: of two nodes that fail at once the second sees what the first has written.
    let sql = "insert into sender_rests (workspace_id, sender_id, failures, reason, since_at) values ($1, $2, 0, $3, $4)
               on conflict (workspace_id, sender_id) do update set reason = excluded.reason";
    run(&tx, sql, binds![scope.ws(), sender, failure.reason, now]).await?;
    let before = of(&tx, scope, sender).await?.map(|rest| rest.breaker()).unwrap_or_default();
    // The rest that a probe stands in is its own waiting for an answer.
    let before = if failure.is_probe { Breaker { until: now, ..before } } else { before };
    let after = before.after_failure(now, failure.is_probe, failure.rest_ms, failure.asked_ms);
    let sql = "update sender_rests set failures = $3, trips = $4, until_at = $5, is_trying = case when $6 = 1 then 0 else is_trying end
               where workspace_id = $1 and sender_id = $2";
    let values =
        binds![scope.ws(), sender, after.failures, after.trips, after.until, i64::from(failure.is_probe)];
    run(&tx, sql, values).await?;
    tx.commit().await?;
    Ok(after)
}

/// The provider answered: messages are tried as always. What waited is not late because of it. Whether it had rested.
pub async fn answered(db: &Db, scope: &Scope, sender: &SenderId, now: i64) -> Result<bool> {
    let tx = db.begin().await?;
    let sql = "delete from sender_rests where workspace_id = $1 and sender_id = $2 returning trips as value";
    let trips: Option<i64> = scalar(&tx, sql, binds![scope.ws(), sender]).await?;
    let had_rested = trips.is_some_and(|trips| trips > 0);
    if had_rested {
        sender::release(&tx, scope, sender, now).await?;
    }
    tx.commit().await?;
    Ok(had_rested)
}

/// The message that was to show whether it answers was not tried after all: another one may be at once.
pub async fn not_tried(db: &Db, scope: &Scope, sender: &SenderId, now: i64) -> Result<()> {
    let tx = db.begin().await?;
    let sql = "update sender_rests set is_trying = 0, until_at = $3 where workspace_id = $1 and sender_id = $2 and is_trying = 1";
    run(&tx, sql, binds![scope.ws(), sender, now]).await?;
    tx.commit().await?;
    Ok(())
}

/// How many senders of a provider rest at `now`, of all workspaces, by whether they are being tried.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Resting {
    /// Provider id.
    pub provider: String,
    /// Its senders.
    pub senders: i64,
    /// Those that rest.
    pub resting: i64,
    /// Those of which one message may be, or is, tried.
    pub trying: i64,
}

/// Senders by provider, of all workspaces.
pub async fn by_provider(db: &Db, now: i64) -> Result<Vec<Resting>> {
    let sql = "select s.provider, count(*) as senders,
                 count(case when r.trips > 0 and r.is_trying = 0 and r.until_at > $1 then 1 end) as resting,
                 count(case when r.trips > 0 and (r.is_trying = 1 or r.until_at <= $1) then 1 end) as trying
               from senders s left join sender_rests r on r.sender_id = s.id group by s.provider order by s.provider";
    rows(&db.read, sql, binds![now]).await
}
