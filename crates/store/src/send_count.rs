//! What was claimed under a cap that spans more than a sender's own counter: of a campaign in a local day, to a
//! recipient domain in an hour.

use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, int, items, rows, run},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is counted, and when its hour or day is over, in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Counter {
    /// `campaign:<id>` or `domain:<sender>:<domain>`.
    pub subject: String,
    /// When it begins anew.
    pub until_at: i64,
}

/// How much was claimed, by counter.
pub type Counts = BTreeMap<Counter, i64>;

#[derive(FromQueryResult)]
struct Row {
    subject: String,
    until_at: i64,
    sent: i64,
}

fn counts(found: Vec<Row>) -> Counts {
    found
        .into_iter()
        .map(|row| (Counter { subject: row.subject, until_at: row.until_at }, row.sent))
        .collect()
}

#[derive(Serialize)]
struct Item<'a> {
    #[serde(flatten)]
    counter: &'a Counter,
    sent: i64,
}

/// How much was claimed under some counters; those that are left out have counted nothing.
pub async fn read(db: &Db, scope: &Scope, asked: &[Counter]) -> Result<Counts> {
    if asked.is_empty() {
        return Ok(Counts::new());
    }
    let sql = format!(
        "select s.subject, s.until_at, s.sent from {} join send_counts s on s.workspace_id = $2
           and s.subject = item.value->>'subject' and s.until_at = {}",
        items(db.backend(), 1),
        int("until_at")
    );
    Ok(counts(rows(&db.reader(scope), &sql, binds![serde_json::to_string(asked)?, scope.ws()]).await?))
}

/// The same, held until the end of the transaction: nobody else claims under them meanwhile. They are taken in one
/// order, so that two never wait for one another.
pub async fn hold(tx: &Tx, scope: &Scope, asked: impl Iterator<Item = Counter>) -> Result<Counts> {
    add(tx, scope, &asked.map(|counter| (counter, 0)).collect()).await
}

/// Counts what was claimed. Returns how much it is now.
pub async fn add(tx: &Tx, scope: &Scope, used: &Counts) -> Result<Counts> {
    if used.is_empty() {
        return Ok(Counts::new());
    }
    let list: Vec<Item<'_>> = used.iter().map(|(counter, sent)| Item { counter, sent: *sent }).collect();
    let sql = format!(
        "insert into send_counts (workspace_id, subject, until_at, sent)
         select $2, item.value->>'subject', {}, {} from {} where true
         on conflict (workspace_id, subject, until_at) do update set sent = send_counts.sent + excluded.sent
         returning subject, until_at, sent",
        int("until_at"),
        int("sent"),
        items(tx.get_database_backend(), 1)
    );
    Ok(counts(rows(tx, &sql, binds![serde_json::to_string(&list)?, scope.ws()]).await?))
}

/// Forgets hours and days that were over at `now`, of all workspaces.
pub async fn sweep(db: &Db, now: i64) -> Result<u64> {
    let tx = db.begin().await?;
    let gone = run(&tx, "delete from send_counts where until_at < $1", binds![now]).await?;
    tx.commit().await?;
    Ok(gone)
}
