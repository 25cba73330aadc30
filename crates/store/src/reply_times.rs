//! Within how much business time a workspace wants to answer, and how well it has done so.

use crate::{
    Db, Result, Scope, Tx,
    scope::is_theirs,
    sql::{binds, row, run, scalar},
};
use domain::reply_times::ReplyTimes;
use sea_orm::FromQueryResult;
use serde::Serialize;

/// What the workspace wants; as nobody has chosen, off.
pub async fn get(db: &Db, scope: &Scope) -> Result<ReplyTimes> {
    let sql = "select times as value from reply_times where workspace_id = $1";
    let found: Option<String> = scalar(&db.reader(scope), sql, binds![scope.ws()]).await?;
    Ok(found.map(|text| serde_json::from_str(&text)).transpose()?.unwrap_or_default())
}

/// Changes it. What waits is looked at again, in the background.
pub async fn set(tx: &Tx, scope: &Scope, times: &ReplyTimes, now: i64) -> Result<()> {
    let sql = "insert into reply_times (workspace_id, times, on_since, changed_at) values ($1, $2, $3, $4)
               on conflict (workspace_id) do update set times = excluded.times, changed_at = excluded.changed_at,
                 on_since = case when excluded.on_since is null then null else coalesce(reply_times.on_since, excluded.on_since) end";
    let on_since = times.is_on.then_some(now);
    run(tx, sql, binds![scope.ws(), serde_json::to_string(times)?, on_since, now]).await?;
    mark_open(tx, scope).await
}

/// The days or the clock by which answers are due have changed: what waits is looked at again, in the background. What is
/// late by that was late before anybody could know it: nobody is told.
pub async fn look_again(tx: &Tx, scope: &Scope, now: i64) -> Result<()> {
    let sql = "update reply_times set changed_at = $2 where workspace_id = $1 and on_since is not null";
    match run(tx, sql, binds![scope.ws(), now]).await? {
        0 => Ok(()),
        _ => mark_open(tx, scope).await,
    }
}

async fn mark_open(tx: &Tx, scope: &Scope) -> Result<()> {
    let sql = "insert into clock_marks (workspace_id, conversation_id)
               select workspace_id, id from conversations
               where workspace_id = $1 and (status = 'open' and inbound = 1 or due_at is not null)";
    run(tx, sql, binds![scope.ws()]).await?;
    Ok(())
}

/// How well a workspace answers.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Kept {
    /// Answers that were given.
    pub answered: i64,
    /// Of these, how many left before they were due.
    pub in_time: i64,
    /// Of these, how many were the first in their conversation.
    pub first: i64,
    /// The first answers' median, in milliseconds of business time; null where there was none.
    #[sea_orm(skip)]
    pub median_first_ms: Option<i64>,
}

/// Of what was answered since an instant; who sees only their own sees how they did.
pub async fn kept(db: &Db, scope: &Scope, since: i64) -> Result<Kept> {
    let conn = db.reader(scope);
    let theirs = is_theirs("member_id", 3);
    let sql = format!("select count(*) as answered, coalesce(sum(case when answered_at <= due_at then 1 else 0 end), 0) as in_time,
                 cast(coalesce(sum(is_first), 0) as bigint) as first
               from answer_times where workspace_id = $1 and answered_at >= $2 and {theirs}");
    #[derive(FromQueryResult)]
    struct Sums {
        answered: i64,
        in_time: i64,
        first: i64,
    }
    let sums: Option<Sums> = row(&conn, &sql, binds![scope.ws(), since, scope.whose()]).await?;
    let sums = sums.unwrap_or(Sums { answered: 0, in_time: 0, first: 0 });
    let sql = format!(
        "select waited_ms as value from answer_times where workspace_id = $1 and answered_at >= $2 and {theirs} and is_first = 1
         order by waited_ms limit 1 offset $4"
    );
    let middle = (sums.first - 1).max(0) / 2;
    let median = scalar(&conn, &sql, binds![scope.ws(), since, scope.whose(), middle]).await?;
    Ok(Kept { answered: sums.answered, in_time: sums.in_time, first: sums.first, median_first_ms: median })
}
