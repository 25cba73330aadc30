//! People who sign in. A user belongs to no workspace; what they may see there is their membership's.

use crate::{
    Db, Result, Tx,
    sql::{binds, row, run, scalar},
};
use domain::ids::UserId;
use sea_orm::FromQueryResult;

/// A person who signs in.
#[derive(Debug, Clone, FromQueryResult)]
pub struct User {
    /// Id.
    pub id: UserId,
    /// Address as entered.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Argon2id, PHC string format.
    pub password_hash: Option<String>,
}

const COLUMNS: &str = "u.id, u.email, u.name, u.password_hash";

/// What a new user starts with.
pub struct NewUser<'a> {
    /// Id.
    pub id: &'a UserId,
    /// Address as entered.
    pub email: &'a str,
    /// Normalised address.
    pub email_key: &'a str,
    /// Full name.
    pub name: &'a str,
    /// PHC string; none for who signs in elsewhere.
    pub password_hash: Option<&'a str>,
}

/// Adds a user. [`Error::Exists`](crate::Error::Exists) where the address has one.
pub async fn create(tx: &Tx, new: NewUser<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into users (id, email, email_key, name, password_hash, created_at) values ($1, $2, $3, $4, $5, $6)",
        binds![new.id, new.email, new.email_key, new.name, new.password_hash, now],
    )
    .await?;
    Ok(())
}

/// How many this installation has; setup is open while it is none.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(scalar(&db.read, "select count(*) as value from users", vec![]).await?.unwrap_or(0))
}

/// One user.
pub async fn get(db: &Db, id: &UserId) -> Result<Option<User>> {
    row(&db.read, &format!("select {COLUMNS} from users u where u.id = $1"), binds![id]).await
}

/// By normalised address.
pub async fn by_email(db: &Db, email_key: &str) -> Result<Option<User>> {
    row(&db.read, &format!("select {COLUMNS} from users u where u.email_key = $1"), binds![email_key]).await
}

/// For sign-in: by normalised address, else by a handle that only one user has, in whatever workspace.
pub async fn for_sign_in(db: &Db, name: &str) -> Result<Option<User>> {
    if let Some(user) = by_email(db, name).await? {
        return Ok(Some(user));
    }
    let sql = format!(
        "select {COLUMNS} from users u where u.id in (select user_id from members where handle = $1)
           and (select count(distinct user_id) from members where handle = $1) = 1"
    );
    row(&db.read, &sql, binds![name]).await
}

/// Changes the name.
pub async fn rename(tx: &Tx, id: &UserId, name: &str) -> Result<()> {
    run(tx, "update users set name = $2 where id = $1", binds![id, name]).await?;
    Ok(())
}

/// Changes the password.
pub async fn set_password(tx: &Tx, id: &UserId, password_hash: &str) -> Result<()> {
    run(tx, "update users set password_hash = $2 where id = $1", binds![id, password_hash]).await?;
    Ok(())
}
