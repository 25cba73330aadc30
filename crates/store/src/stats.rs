//! Numbers for the dashboard, aggregated by the database.

use crate::{
    Db, Result, Scope,
    scope::is_theirs,
    sql::{binds, items, row, rows},
};
use domain::ids::MemberId;
use sea_orm::FromQueryResult;

/// Standing numbers.
#[derive(Debug, Clone, Copy, Default, FromQueryResult)]
pub struct Now {
    /// Contacts.
    pub contacts: i64,
    /// Campaigns that run.
    pub campaigns_active: i64,
    /// Conversations with unread answers.
    pub waiting_replies: i64,
    /// Messages that wait.
    pub queued: i64,
    /// Messages being sent.
    pub sending: i64,
    /// Messages that need a decision or are being looked up.
    pub uncertain: i64,
    /// People ever enrolled.
    pub enrolled: i64,
    /// Running imports and other jobs.
    pub jobs: i64,
}

/// Standing numbers of the workspace.
pub async fn now(db: &Db, scope: &Scope) -> Result<Now> {
    // `<> 'sending'` lets SQLite see that the partial index of states serves.
    let found: Option<Now> = row(
        &db.reader(scope),
        &format!(
            "select (select count(*) from contacts where workspace_id = $1 and {own}) as contacts,
               (select count(*) from campaigns where workspace_id = $1 and status = 'active' and {own}) as campaigns_active,
               (select count(*) from conversations
                where workspace_id = $1 and status = 'open' and inbound = 1 and unread > 0 and blocked_at is null and {own}) as waiting_replies,
               (select count(*) from messages where workspace_id = $1 and status = 'queued' and status <> 'sending' and {concerns}) as queued,
               (select count(*) from messages where workspace_id = $1 and status = 'sending' and {concerns}) as sending,
               (select count(*) from messages
                where workspace_id = $1 and status = 'uncertain' and status <> 'sending' and {concerns}) as uncertain,
               (select count(*) from enrollments where workspace_id = $1 and {concerns}) as enrolled,
               (select count(*) from jobs where workspace_id = $1 and status in ('queued', 'processing') and {made}) as jobs",
            own = is_theirs("owner_id", 2),
            concerns = concerns(2),
            made = is_theirs("created_by", 2),
        ),
        binds![scope.ws(), scope.whose()],
    )
    .await?;
    Ok(found.unwrap_or_default())
}

/// A condition that a row is about a contact of the member in `$n`, which is null for those who see everything.
pub(crate) fn concerns(n: usize) -> String {
    format!(
        "(cast(${n} as text) is null or contact_id in
           (select c.id from contacts c where c.workspace_id = $1 and c.owner_id = ${n}))"
    )
}

/// The numbers of one member's book.
#[derive(Debug, Clone, FromQueryResult, serde::Serialize, schemars::JsonSchema)]
pub struct Book {
    /// Whose.
    pub member_id: MemberId,
    /// Contacts in it.
    pub contacts: i64,
    /// Messages that left for these contacts since the instant asked for.
    pub sent: i64,
    /// Conversations with an answer that nobody has opened.
    pub waiting_replies: i64,
}

/// The books of all members, also of those who may no longer come in.
pub async fn books(db: &Db, scope: &Scope, since: i64) -> Result<Vec<Book>> {
    rows(
        &db.reader(scope),
        "select m.id as member_id,
           (select count(*) from contacts c where c.workspace_id = $1 and c.owner_id = m.id) as contacts,
           coalesce(s.sent, 0) as sent,
           (select count(*) from conversations v where v.workspace_id = $1 and v.owner_id = m.id
              and v.inbound = 1 and v.status = 'open' and v.unread > 0 and v.blocked_at is null) as waiting_replies
         from members m left join (select c.owner_id, count(*) as sent from events e
                                   join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
                                   where e.workspace_id = $1 and e.at >= $2 and e.kind = 'sent' group by c.owner_id) s
           on s.owner_id = m.id
         where m.workspace_id = $1 order by m.id",
        binds![scope.ws(), since],
    )
    .await
}

/// Facts by kind since an instant.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Kind {
    /// `sent`, `opened`, …
    pub kind: String,
    /// How many.
    pub times: i64,
}

/// Facts by kind since `since`.
pub async fn facts(db: &Db, scope: &Scope, since: i64) -> Result<Vec<Kind>> {
    rows(
        &db.reader(scope),
        &format!(
            "select kind, count(*) as times from events where workspace_id = $1 and at >= $2 and {} group by kind",
            concerns(3)
        ),
        binds![scope.ws(), since, scope.whose()],
    )
    .await
}

/// One bar of a chart.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Bucket {
    /// Its place among the bounds that were asked for.
    pub place: i64,
    /// `sent` or `received`.
    pub kind: String,
    /// How many.
    pub times: i64,
}

/// Sent and received messages between consecutive bounds: `bounds[i] <= at < bounds[i + 1]`. The bounds
/// come from the workspace's calendar, so that a day is a local day.
pub async fn buckets(db: &Db, scope: &Scope, bounds: &[i64]) -> Result<Vec<Bucket>> {
    let list: Vec<serde_json::Value> = bounds
        .windows(2)
        .enumerate()
        .map(|(place, pair)| serde_json::json!({ "place": place, "from": pair[0], "until": pair[1] }))
        .collect();
    let sql = format!(
        "select {place} as place, v.kind, count(*) as times from {items} join events v
           on v.workspace_id = $1 and v.at >= {from} and v.at < {until} and v.kind in ('sent', 'received')
             and {concerns}
         group by 1, 2",
        concerns = concerns(3),
        place = crate::sql::int("place"),
        from = crate::sql::int("from"),
        until = crate::sql::int("until"),
        items = items(db.backend(), 2)
    );
    let values = binds![scope.ws(), serde_json::Value::Array(list).to_string(), scope.whose()];
    rows(&db.reader(scope), &sql, values).await
}

/// Answers classed as positive.
pub async fn positive(db: &Db, scope: &Scope) -> Result<i64> {
    Ok(crate::sql::scalar(
        &db.reader(scope),
        &format!(
            "select count(*) as value from events where workspace_id = $1 and kind = 'replied' and data = 'positive' and {}",
            concerns(2)
        ),
        binds![scope.ws(), scope.whose()],
    )
    .await?
    .unwrap_or(0))
}
