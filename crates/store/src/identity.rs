//! Accounts elsewhere that people sign in with. One is known by who issued it and by the name it has there, never by
//! its e-mail address, which can pass to somebody else.

use crate::{
    Db, Result, Tx,
    sql::{binds, row, run, scalar},
};
use domain::ids::UserId;
use sea_orm::FromQueryResult;

/// An account elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// Who issued it.
    pub issuer: &'a str,
    /// Its name there, which never changes.
    pub subject: &'a str,
    /// The address it had when it was connected, for people to recognise it by.
    pub email: &'a str,
}

/// Whose it is.
pub async fn owner(db: &Db, issuer: &str, subject: &str) -> Result<Option<UserId>> {
    let sql = "select user_id as value from identities where issuer = $1 and subject = $2";
    scalar(&db.read, sql, binds![issuer, subject]).await
}

/// Connects it with a user. [`Error::Exists`](crate::Error::Exists) where it is somebody's already, or the user has
/// another one of the same issuer.
pub async fn connect(tx: &Tx, user: &UserId, new: Identity<'_>, now: i64) -> Result<()> {
    let sql =
        "insert into identities (issuer, subject, user_id, email, created_at) values ($1, $2, $3, $4, $5)";
    run(tx, sql, binds![new.issuer, new.subject, user, new.email, now]).await?;
    Ok(())
}

/// The address of the one that a user has with an issuer.
pub async fn of_user(db: &Db, user: &UserId, issuer: &str) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Held {
        email: String,
    }
    let sql = "select email from identities where user_id = $1 and issuer = $2";
    let held: Option<Held> = row(&db.read, sql, binds![user, issuer]).await?;
    Ok(held.map(|held| held.email))
}

/// Takes it away; whether there was one.
pub async fn disconnect(tx: &Tx, user: &UserId, issuer: &str) -> Result<bool> {
    let sql = "delete from identities where user_id = $1 and issuer = $2";
    Ok(run(tx, sql, binds![user, issuer]).await? > 0)
}
