//! Sign-ins between their two steps. They are found across tenants, by the hash of a token that only the browser
//! has which got the first step right.

use crate::{
    Db, Result, Tx,
    sql::{binds, row, run},
};
use domain::ids::UserId;
use sea_orm::FromQueryResult;

/// A sign-in that waits for its second step.
#[derive(Debug, Clone, FromQueryResult)]
pub struct SecondStep {
    /// Who has got the first step right.
    pub user_id: UserId,
    /// The invitation that they accept, by the hash of its token.
    pub invitation_hash: Option<String>,
    /// The handle that they chose there.
    pub handle: Option<String>,
    /// How many codes were tried with it.
    pub tries: i64,
}

/// Begins to wait.
pub async fn open(tx: &Tx, token_hash: &str, step: &SecondStep, until: i64) -> Result<()> {
    let sql = "insert into second_steps (token_hash, user_id, invitation_hash, handle, expires_at) values ($1, $2, $3, $4, $5)";
    let (invitation, handle) = (step.invitation_hash.as_deref(), step.handle.as_deref());
    run(tx, sql, binds![token_hash, &step.user_id, invitation, handle, until]).await?;
    Ok(())
}

/// The one with this token, if it still waits.
pub async fn get(db: &Db, token_hash: &str, now: i64) -> Result<Option<SecondStep>> {
    let sql = "select user_id, invitation_hash, handle, tries from second_steps
       where token_hash = $1 and ended_at is null and expires_at > $2";
    row(&db.read, sql, binds![token_hash, now]).await
}

/// Counts one more try; false where there were `most` already, or it waits no more.
pub async fn count(tx: &Tx, token_hash: &str, most: i64, now: i64) -> Result<bool> {
    let sql = "update second_steps set tries = tries + 1
       where token_hash = $1 and ended_at is null and expires_at > $3 and tries < $2";
    Ok(run(tx, sql, binds![token_hash, most, now]).await? == 1)
}

/// The second step was right: nobody else can take it with the same token.
pub async fn end(tx: &Tx, token_hash: &str, now: i64) -> Result<bool> {
    let sql = "update second_steps set ended_at = $2 where token_hash = $1 and ended_at is null";
    Ok(run(tx, sql, binds![token_hash, now]).await? == 1)
}

/// What the first step was has changed: whoever got it right before has to begin again.
pub async fn end_all_of(tx: &Tx, user: &UserId) -> Result<()> {
    run(tx, "delete from second_steps where user_id = $1", binds![user]).await?;
    Ok(())
}

/// Forgets those that ended before an instant.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    run(&db.write, "delete from second_steps where expires_at < $1", binds![before]).await
}
