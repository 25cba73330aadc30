//! The queue of what webhooks are told: claimed in place under a lease, recorded with every attempt.
//!
//! A node that dies between the other side's answer and the record leaves a lease that ends: the delivery is made
//! again under the same id. At least once, never lost.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    sql::{At, Filter, binds, clamp, cursor, now_ms, row, rows, run, scalar, skip_locked, split_cursor},
};
use domain::ids::{DeliveryId, MessageId, WebhookId, WorkspaceId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// A delivery as it is listed.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Delivery {
    /// Id, also of the message that the endpoint gets.
    pub id: DeliveryId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// What happened.
    pub kind: String,
    /// `pending`, `delivered` or `failed`.
    pub status: String,
    /// How often it was tried.
    pub attempt: i64,
    /// The last answer's status, if there was an answer.
    pub answered: Option<i64>,
    /// When it is tried next, while it is pending.
    pub due_at: At,
    /// When it happened.
    pub created_at: At,
    /// When it was delivered or given up.
    pub done_at: Option<At>,
    /// What is told, as JSON.
    #[serde(skip)]
    pub data: String,
    /// The message it is about.
    #[serde(skip)]
    pub message_id: Option<MessageId>,
}

const COLUMNS: &str =
    "id, webhook_id, kind, status, attempt, answered, due_at, created_at, done_at, data, message_id";

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    webhook: &WebhookId,
    status: Option<&str>,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Delivery>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = Filter::of(scope, "workspace_id");
    filter.and("webhook_id = ?", binds![webhook]);
    if let Some(status) = status {
        filter.and("status = ?", binds![status]);
        // The index leaves out what most deliveries are.
        if status != "delivered" {
            filter.and("status <> 'delivered'", vec![]);
        }
    }
    filter.and("(created_at, id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!(
        "select {COLUMNS} from deliveries where {} order by created_at desc, id desc limit ${n}",
        filter.sql
    );
    let found: Vec<Delivery> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |d| cursor(d.created_at.0, d.id.as_str())))
}

/// One.
pub async fn get(db: &Db, scope: &Scope, id: &DeliveryId) -> Result<Delivery> {
    row(
        &db.reader(scope),
        &format!("select {COLUMNS} from deliveries where workspace_id = $1 and id = $2"),
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("delivery"))
}

/// One try.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Attempt {
    /// Counted from 1.
    pub number: i64,
    /// When.
    pub at: At,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The answer's status, if there was an answer.
    pub answered: Option<i64>,
    /// The beginning of the answer.
    pub answer: String,
    /// What went wrong.
    pub problem: Option<String>,
}

/// The tries of a delivery, newest first.
pub async fn attempts(db: &Db, scope: &Scope, id: &DeliveryId) -> Result<Vec<Attempt>> {
    rows(
        &db.reader(scope),
        "select number, at, duration_ms, answered, answer, problem from delivery_attempts
         where workspace_id = $1 and delivery_id = $2 order by number desc limit 100",
        binds![scope.ws(), id],
    )
    .await
}

/// How many deliveries of a webhook are not done, by status.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Open {
    /// Which.
    pub webhook_id: WebhookId,
    /// `pending` or `failed`.
    pub status: String,
    /// How many.
    pub count: i64,
}

/// The deliveries of a workspace that wait or failed.
pub async fn open(db: &Db, scope: &Scope) -> Result<Vec<Open>> {
    rows(
        &db.reader(scope),
        "select webhook_id, status, count(*) as count from deliveries where workspace_id = $1 and status <> 'delivered'
         group by webhook_id, status",
        binds![scope.ws()],
    )
    .await
}

/// Makes a delivery due now, with all its tries before it.
pub async fn redeliver(tx: &Tx, scope: &Scope, id: &DeliveryId, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update deliveries set status = 'pending', tries = 0, due_at = $3, done_at = null
         where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, now],
    )
    .await?;
    if changed == 0 { Err(Error::NotFound("delivery")) } else { Ok(()) }
}

/// Makes everything due now that failed and happened at `since` or after. Returns how much.
pub async fn redeliver_failed(
    tx: &Tx,
    scope: &Scope,
    webhook: &WebhookId,
    since: i64,
    now: i64,
) -> Result<u64> {
    run(
        tx,
        "update deliveries set status = 'pending', tries = 0, due_at = $4, done_at = null
         where workspace_id = $1 and webhook_id = $2 and status = 'failed' and status <> 'delivered' and created_at >= $3",
        binds![scope.ws(), webhook, since, now],
    )
    .await
}

/// The webhooks, of whatever workspace, that are switched on and have something due.
pub async fn waiting(db: &Db, now: i64) -> Result<Vec<(WorkspaceId, WebhookId)>> {
    #[derive(FromQueryResult)]
    struct Found {
        workspace_id: WorkspaceId,
        id: WebhookId,
    }
    let sql = format!(
        "select h.workspace_id, h.id from webhooks h where h.status = 'active' and exists
           (select 1 from deliveries d where d.webhook_id = h.id and d.status = 'pending' and d.due_at <= $1
              and d.locked_until < {})
         order by h.id",
        now_ms(db.backend())
    );
    let found: Vec<Found> = rows(&db.read, &sql, binds![now]).await?;
    Ok(found.into_iter().map(|f| (f.workspace_id, f.id)).collect())
}

/// A claimed delivery.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Due {
    /// Id.
    pub id: DeliveryId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// What happened.
    pub kind: String,
    /// What is told, as JSON.
    pub data: String,
    /// The message it is about.
    pub message_id: Option<MessageId>,
    /// Tries since it was last asked for, with this one.
    pub tries: i64,
    /// Tries in all, with this one: the fence.
    pub attempt: i64,
    /// When it happened.
    pub created_at: At,
}

/// Takes due deliveries of one webhook under a lease, oldest first.
pub async fn claim(
    db: &Db,
    webhook: &WebhookId,
    owner: &str,
    lease_ms: i64,
    limit: i64,
    now: i64,
) -> Result<Vec<Due>> {
    let clock = now_ms(db.backend());
    let tx = db.begin().await?;
    let sql = format!(
        "update deliveries set claimed_by = $2, locked_until = {clock} + $3, tries = tries + 1, attempt = attempt + 1
         where id in (select d.id from deliveries d where d.webhook_id = $1 and d.status = 'pending' and d.due_at <= $4
                        and d.locked_until < {clock} order by d.due_at, d.id limit $5{})
         returning id, workspace_id, kind, data, message_id, tries, attempt, created_at",
        skip_locked(db.backend(), "d")
    );
    let mut found: Vec<Due> = rows(&tx, &sql, binds![webhook, owner, lease_ms, now, limit]).await?;
    tx.commit().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

/// What became of a try.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What was tried.
    pub due: Due,
    /// When it began.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// The answer's status.
    pub answered: Option<i64>,
    /// The beginning of the answer.
    pub answer: String,
    /// What went wrong; nothing means that it was delivered.
    pub problem: Option<String>,
    /// When it is tried again, if it failed and is not given up.
    pub again_at: Option<i64>,
}

/// Records tries of one webhook, and what they say about it. Returns the problem for which it was switched off now.
/// A try that took longer than its lease is recorded, but decides nothing: the delivery is another's by then.
pub async fn record(
    db: &Db,
    owner: &str,
    webhook: &WebhookId,
    outcomes: &[Outcome],
    now: i64,
) -> Result<Option<String>> {
    let tx = db.begin().await?;
    let (mut well, mut gone) = (false, false);
    for o in outcomes {
        well |= o.problem.is_none();
        gone |= o.answered == Some(410);
        let status = match (&o.problem, o.again_at) {
            (None, _) => "delivered",
            (Some(_), Some(_)) => "pending",
            (Some(_), None) => "failed",
        };
        let mine = run(
            &tx,
            "update deliveries set status = $4, answered = $5, due_at = coalesce($6, due_at), locked_until = 0,
               done_at = case when $4 = 'pending' then null else $7 end
             where id = $1 and attempt = $2 and claimed_by = $3",
            binds![&o.due.id, o.due.attempt, owner, status, o.answered, o.again_at, now],
        )
        .await?;
        if mine == 0 && !exists(&tx, &o.due.id).await? {
            continue;
        }
        run(
            &tx,
            "insert into delivery_attempts (delivery_id, workspace_id, number, at, duration_ms, answered, answer, problem)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (delivery_id, number) do nothing",
            binds![
                &o.due.id,
                &o.due.workspace_id,
                o.due.attempt,
                o.at,
                o.duration_ms,
                o.answered,
                o.answer.as_str(),
                o.problem.clone()
            ],
        )
        .await?;
    }
    let off = judge(&tx, webhook, well, gone, outcomes.iter().any(|o| o.problem.is_some()), now).await?;
    tx.commit().await?;
    Ok(off)
}

/// It may have been erased while it was under way.
async fn exists(tx: &Tx, id: &DeliveryId) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from deliveries where id = $1";
    Ok(scalar::<i64>(tx, sql, binds![id]).await?.is_some())
}

async fn judge(
    tx: &Tx,
    webhook: &WebhookId,
    well: bool,
    gone: bool,
    badly: bool,
    now: i64,
) -> Result<Option<String>> {
    run(
        tx,
        "update webhooks set succeeded_at = case when $2 = 1 then $4 else succeeded_at end,
           failed_at = case when $3 = 1 then $4 else failed_at end,
           failing_since = case when $2 = 1 then null when $3 = 1 then coalesce(failing_since, $4) else failing_since end
         where id = $1",
        binds![webhook, i64::from(well), i64::from(badly), now],
    )
    .await?;
    let problem = if gone {
        "It answered 410 Gone, which says that nobody listens there any more"
    } else {
        "Nothing could be delivered for five days"
    };
    let off = run(
        tx,
        "update webhooks set status = 'off', problem = $2
         where id = $1 and status = 'active' and ($3 = 1 or failing_since <= $4)",
        binds![webhook, problem, i64::from(gone), now - domain::webhook::GIVEN_UP_MS],
    )
    .await?;
    Ok((off == 1).then(|| problem.to_owned()))
}

/// Forgets deliveries from before an instant, some at a time. Returns how many.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    let old = "select id from deliveries where created_at < $1 order by created_at limit 1000";
    let tx = db.begin().await?;
    let sql = format!("delete from delivery_attempts where delivery_id in ({old})");
    run(&tx, &sql, binds![before]).await?;
    let gone = run(&tx, &format!("delete from deliveries where id in ({old})"), binds![before]).await?;
    tx.commit().await?;
    Ok(gone)
}
