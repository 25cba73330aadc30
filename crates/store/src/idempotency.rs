//! Requests that carry an `Idempotency-Key`: which were made, and what was answered.

use crate::{
    Db, Result, Scope,
    error::Error,
    sql::{At, binds, row, run},
};
use sea_orm::FromQueryResult;

/// Which request: who makes it (a member or an API key) and the key they drew.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Id of the member or of the API key.
    pub caller: &'a str,
    /// The key.
    pub key: &'a str,
    /// Digest of what is asked.
    pub fingerprint: &'a str,
}

/// What is known of a request that was made before.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Earlier {
    /// Digest of what was asked.
    pub fingerprint: String,
    /// Status of the answer; `None` until there is one.
    pub status: Option<i64>,
    /// The answer, encrypted.
    pub answer: Option<String>,
    /// When it came, in real milliseconds.
    pub created_at: At,
}

/// Writes down that a request is being made; `None` where it was not made before.
pub async fn begin(db: &Db, scope: &Scope, request: Request<'_>, now: i64) -> Result<Option<Earlier>> {
    let tx = db.begin_for(scope).await?;
    let new = run(
        &tx,
        "insert into idempotency_keys (workspace_id, caller, value, fingerprint, created_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, caller, value) do nothing",
        binds![scope.ws(), request.caller, request.key, request.fingerprint, now],
    )
    .await?;
    if new == 1 {
        tx.commit().await?;
        return Ok(None);
    }
    let sql = "select fingerprint, status, answer, created_at from idempotency_keys
         where workspace_id = $1 and caller = $2 and value = $3";
    let earlier: Option<Earlier> = row(&tx, sql, binds![scope.ws(), request.caller, request.key]).await?;
    tx.commit().await?;
    earlier.map(Some).ok_or_else(|| Error::Conflict("the request before has just been refused".into()))
}

/// Writes down what was answered.
pub async fn answered(db: &Db, scope: &Scope, request: Request<'_>, status: i64, answer: &str) -> Result<()> {
    let tx = db.begin_for(scope).await?;
    run(
        &tx,
        "update idempotency_keys set status = $4, answer = $5 where workspace_id = $1 and caller = $2 and value = $3",
        binds![scope.ws(), request.caller, request.key, status, answer],
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a request that did nothing: it may be made again with the same key.
pub async fn withdraw(db: &Db, scope: &Scope, request: Request<'_>) -> Result<()> {
    let tx = db.begin_for(scope).await?;
    let sql = "delete from idempotency_keys where workspace_id = $1 and caller = $2 and value = $3 and status is null";
    run(&tx, sql, binds![scope.ws(), request.caller, request.key]).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets requests that were made before an instant, in every workspace.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    run(&db.write, "delete from idempotency_keys where created_at < $1", binds![before]).await
}
