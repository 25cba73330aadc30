//! Passkeys: key pairs whose private half never leaves a person's device. Sign-in finds them across tenants.

use crate::{
    Db, Result, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::ids::{PasskeyId, UserId};
use sea_orm::FromQueryResult;

/// A passkey.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Passkey {
    /// Id.
    pub id: PasskeyId,
    /// Whose.
    pub user_id: UserId,
    /// Its name on the device, base64url.
    pub credential: String,
    /// What its owner calls it.
    pub name: String,
    /// The public key and what never changes about it, base64url.
    pub fixed: String,
    /// What changes with its use, base64url.
    pub moving: String,
    /// Since when.
    pub created_at: At,
    /// When somebody last signed in with it.
    pub used_at: Option<At>,
}

const SELECT: &str = "select id, user_id, credential, name, fixed, moving, created_at, used_at from passkeys";

/// Adds one. [`Error::Exists`] where it is somebody's already.
pub async fn create(tx: &Tx, new: &Passkey) -> Result<()> {
    let sql = "insert into passkeys (id, user_id, credential, name, fixed, moving, created_at) values ($1, $2, $3, $4, $5, $6, $7)";
    let (credential, name) = (new.credential.as_str(), new.name.as_str());
    let (fixed, moving) = (new.fixed.as_str(), new.moving.as_str());
    run(tx, sql, binds![&new.id, &new.user_id, credential, name, fixed, moving, new.created_at]).await?;
    Ok(())
}

/// The one with this name on its device.
pub async fn by_credential(db: &Db, credential: &str) -> Result<Option<Passkey>> {
    row(&db.read, &format!("{SELECT} where credential = $1"), binds![credential]).await
}

/// Those of a user, oldest first.
pub async fn of_user(db: &Db, user: &UserId) -> Result<Vec<Passkey>> {
    rows(&db.read, &format!("{SELECT} where user_id = $1 order by id"), binds![user]).await
}

/// Somebody signed in with it; [`Error::NotFound`] where it was taken away meanwhile.
pub async fn used(tx: &Tx, id: &PasskeyId, moving: &str, now: i64) -> Result<()> {
    let sql = "update passkeys set moving = $2, used_at = $3 where id = $1";
    match run(tx, sql, binds![id, moving, now]).await? {
        0 => Err(Error::NotFound("passkey")),
        _ => Ok(()),
    }
}

/// Takes one away from its owner; whether there was one.
pub async fn remove(tx: &Tx, user: &UserId, id: &PasskeyId) -> Result<bool> {
    Ok(run(tx, "delete from passkeys where user_id = $1 and id = $2", binds![user, id]).await? == 1)
}

/// Takes all of them away.
pub async fn remove_all(tx: &Tx, user: &UserId) -> Result<()> {
    run(tx, "delete from passkeys where user_id = $1", binds![user]).await?;
    Ok(())
}

/// Uses up a question that a device has answered; false where it was answered before.
pub async fn answer(tx: &Tx, question: &str, until: i64) -> Result<bool> {
    let sql = "insert into passkey_answers (question_hash, until) values ($1, $2) on conflict (question_hash) do nothing";
    Ok(run(tx, sql, binds![question, until]).await? == 1)
}

/// Forgets questions that are too old to be answered anyway.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    run(&db.write, "delete from passkey_answers where until < $1", binds![before]).await
}
