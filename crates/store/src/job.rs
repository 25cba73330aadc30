//! Background work. A worker that dies leaves a lease that ends; the next one goes on from the last
//! committed step.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, clamp, cursor, now_ms, row, rows, run, skip_locked, split_cursor},
};
use domain::{
    JobStatus,
    ids::{JobId, WorkspaceId},
};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// One piece of background work.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Job {
    /// Id.
    pub id: JobId,
    /// What kind, for example `import`.
    pub kind: String,
    /// Where it stands.
    pub status: JobStatus,
    /// How much is done.
    pub done: i64,
    /// Of how much; 0 while unknown.
    pub total: i64,
    /// JSON of the outcome.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// How often it was started.
    pub attempt: i64,
    /// Creation.
    pub created_at: At,
    /// First start.
    pub started_at: Option<At>,
    /// End.
    pub completed_at: Option<At>,
    /// What to do, as JSON.
    #[serde(skip)]
    pub parameters: String,
    /// A person asked it to stop.
    #[serde(skip)]
    pub cancel_requested: i64,
    /// Whose work.
    #[serde(skip)]
    pub workspace_id: WorkspaceId,
}

const COLUMNS: &str =
    "id, kind, status, done, total, result, error, attempt, created_at, started_at, completed_at, parameters,
    cancel_requested, workspace_id";

/// Puts work into the queue, in the transaction of what caused it.
pub async fn enqueue(
    tx: &Tx,
    scope: &Scope,
    id: &JobId,
    kind: &str,
    parameters: &serde_json::Value,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into jobs (id, workspace_id, kind, status, parameters, due_at, created_by, created_at) values ($1, $2, $3, 'queued', $4, $5, $6, $5)",
        binds![id, scope.ws(), kind, parameters.to_string(), now, scope.member.clone()],
    )
    .await?;
    Ok(())
}

/// Takes one due job under a lease, also one whose worker died.
pub async fn claim(db: &Db, worker: &str, lease_ms: i64, now: i64) -> Result<Option<Job>> {
    let clock = now_ms(db.backend());
    let tx = db.begin().await?;
    let sql = format!(
        "update jobs set status = 'processing', locked_by = $1, locked_until = {clock} + $2, attempt = attempt + 1,
           started_at = coalesce(started_at, $3)
         where id in (select j.id from jobs j where j.status in ('queued', 'processing') and j.due_at <= $3 and j.locked_until < {clock}
                      order by j.priority desc, j.due_at, j.id limit 1{})
         returning {COLUMNS}",
        skip_locked(db.backend(), "j")
    );
    let found = row(&tx, &sql, binds![worker, lease_ms, now]).await?;
    tx.commit().await?;
    Ok(found)
}

/// Takes a job that has just been put into the queue, in the same transaction: whoever asked for it does it at once. Should
/// they die, it is taken over as any other.
pub async fn take(tx: &Tx, scope: &Scope, id: &JobId, worker: &str, lease_ms: i64, now: i64) -> Result<Job> {
    let clock = now_ms(sea_orm::ConnectionTrait::get_database_backend(tx));
    let sql = format!(
        "update jobs set status = 'processing', locked_by = $3, locked_until = {clock} + $4, attempt = attempt + 1, started_at = $5
         where workspace_id = $1 and id = $2 and status = 'queued' returning {COLUMNS}"
    );
    row(tx, &sql, binds![scope.ws(), id, worker, lease_ms, now]).await?.ok_or(Error::NotFound("job"))
}

/// Reports progress and extends the lease. The row tells whether to go on: [`Error::Conflict`] when
/// another worker has the job.
pub async fn progress(
    tx: &Tx,
    id: &JobId,
    worker: &str,
    done: i64,
    total: i64,
    lease_ms: i64,
) -> Result<Job> {
    let clock = now_ms(sea_orm::ConnectionTrait::get_database_backend(tx));
    row(
        tx,
        &format!(
            "update jobs set done = $3, total = $4, locked_until = {clock} + $5
             where id = $1 and locked_by = $2 and status = 'processing' returning {COLUMNS}"
        ),
        binds![id, worker, done, total, lease_ms],
    )
    .await?
    .ok_or_else(|| Error::Conflict("another worker has this job".into()))
}

/// Writes down how far it is, and what came of it so far, in the transaction that did it.
pub async fn note(
    tx: &Tx,
    id: &JobId,
    worker: &str,
    parameters: &serde_json::Value,
    result: &serde_json::Value,
) -> Result<()> {
    let sql = "update jobs set parameters = $3, result = $4 where id = $1 and locked_by = $2";
    run(tx, sql, binds![id, worker, parameters.to_string(), result.to_string()]).await?;
    Ok(())
}

/// Ends a job.
pub async fn finish(
    tx: &Tx,
    id: &JobId,
    worker: &str,
    status: JobStatus,
    result: Option<&serde_json::Value>,
    error: Option<&str>,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "update jobs set status = $3, result = $4, error = $5, completed_at = $6, locked_until = 0 where id = $1 and locked_by = $2",
        binds![id, worker, status, result.map(|r| r.to_string()), error.map(str::to_owned), now],
    )
    .await?;
    Ok(())
}

/// Gives a job back for a later try.
pub async fn retry(db: &Db, id: &JobId, worker: &str, error: &str, due_at: i64) -> Result<()> {
    let tx = db.begin().await?;
    run(
        &tx,
        "update jobs set status = 'queued', error = $3, due_at = $4, locked_until = 0 where id = $1 and locked_by = $2",
        binds![id, worker, error, due_at],
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Asks a job to stop; one that has not started stops at once.
pub async fn cancel(tx: &Tx, scope: &Scope, id: &JobId, now: i64) -> Result<Job> {
    row(
        tx,
        &format!(
            "update jobs set cancel_requested = 1,
               status = case when status = 'queued' then 'cancelled' else status end,
               completed_at = case when status = 'queued' then $3 else completed_at end
             where workspace_id = $1 and id = $2 and status in ('queued', 'processing') returning {COLUMNS}"
        ),
        binds![scope.ws(), id, now],
    )
    .await?
    .ok_or(Error::NotFound("running job"))
}

/// Gives a job that was given up a new beginning: it goes on from its last committed step.
pub async fn revive(tx: &Tx, scope: &Scope, id: &JobId, now: i64) -> Result<Job> {
    row(
        tx,
        &format!(
            "update jobs set status = 'queued', attempt = 0, due_at = $3, completed_at = null, locked_until = 0, cancel_requested = 0
             where workspace_id = $1 and id = $2 and status = 'dead' returning {COLUMNS}"
        ),
        binds![scope.ws(), id, now],
    )
    .await?
    .ok_or(Error::NotFound("job that was given up"))
}

/// One job.
pub async fn get(db: &Db, scope: &Scope, id: &JobId) -> Result<Job> {
    row(
        &db.reader(scope),
        &format!(
            "select {COLUMNS} from jobs where workspace_id = $1 and id = $2 and {}",
            is_theirs("created_by", 3)
        ),
        binds![scope.ws(), id, scope.whose()],
    )
    .await?
    .ok_or(Error::NotFound("job"))
}

/// Newest first.
pub async fn page(db: &Db, scope: &Scope, limit: Option<i64>, after: Option<&str>) -> Result<Page<Job>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let found: Vec<Job> = rows(
        &db.reader(scope),
        &format!(
            "select {COLUMNS} from jobs where workspace_id = $1 and (created_at, id) < ($2, $3) and {}
             order by created_at desc, id desc limit $4",
            is_theirs("created_by", 5)
        ),
        binds![scope.ws(), at, id, limit + 1, scope.whose()],
    )
    .await?;
    Ok(Page::cut(found, limit, |j| cursor(j.created_at.0, j.id.as_str())))
}
