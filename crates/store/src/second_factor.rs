//! What a person signs in with beside their password: the secret of an authenticator app, and recovery codes. They
//! belong to the user, in whatever workspace.

use crate::{
    Db, Result, Tx,
    sql::{At, binds, items, row, run, scalar, text_list},
};
use domain::ids::UserId;
use sea_orm::FromQueryResult;

/// An authenticator app.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Authenticator {
    /// The secret, sealed.
    pub secret: String,
    /// When a first code has shown that the app has it; none while it is being set up.
    pub confirmed_at: Option<At>,
}

/// The authenticator of a user, confirmed or not.
pub async fn authenticator(db: &Db, user: &UserId) -> Result<Option<Authenticator>> {
    let sql = "select secret, confirmed_at from authenticators where user_id = $1";
    row(&db.read, sql, binds![user]).await
}

/// Keeps a new secret until it is confirmed; false where there is a confirmed one.
pub async fn begin(tx: &Tx, user: &UserId, sealed: &str, now: i64) -> Result<bool> {
    let sql = "insert into authenticators (user_id, secret, created_at) values ($1, $2, $3)
       on conflict (user_id) do update set secret = excluded.secret, last_step = 0, created_at = excluded.created_at
       where authenticators.confirmed_at is null";
    Ok(run(tx, sql, binds![user, sealed, now]).await? == 1)
}

/// From now on codes of this secret are asked for; false where it is not the one being set up.
pub async fn confirm(tx: &Tx, user: &UserId, sealed: &str, step: i64, now: i64) -> Result<bool> {
    let sql = "update authenticators set confirmed_at = $4, last_step = $3
       where user_id = $1 and secret = $2 and confirmed_at is null";
    Ok(run(tx, sql, binds![user, sealed, step, now]).await? == 1)
}

/// Uses up the code of a time step, with all that came before it; false where it was used.
pub async fn use_step(tx: &Tx, user: &UserId, step: i64) -> Result<bool> {
    let sql = "update authenticators set last_step = $2
       where user_id = $1 and last_step < $2 and confirmed_at is not null";
    Ok(run(tx, sql, binds![user, step]).await? == 1)
}

/// Replaces all recovery codes by new ones.
pub async fn set_codes(tx: &Tx, user: &UserId, hashes: &[String], now: i64) -> Result<()> {
    run(tx, "delete from recovery_codes where user_id = $1", binds![user]).await?;
    let sql = format!(
        "insert into recovery_codes (user_id, code_hash, created_at) select $2, item.value->>'v', $3 from {}",
        items(sea_orm::ConnectionTrait::get_database_backend(tx), 1)
    );
    run(tx, &sql, binds![text_list(hashes), user, now]).await?;
    Ok(())
}

/// Uses up a recovery code; false where there is none, or not any more.
pub async fn use_code(tx: &Tx, user: &UserId, hash: &str, now: i64) -> Result<bool> {
    let sql =
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null";
    Ok(run(tx, sql, binds![user, hash, now]).await? == 1)
}

/// How many recovery codes are left.
pub async fn codes_left(db: &Db, user: &UserId) -> Result<i64> {
    let sql = "select count(*) as value from recovery_codes where user_id = $1 and used_at is null";
    Ok(scalar(&db.read, sql, binds![user]).await?.unwrap_or(0))
}

/// Takes all of it away; whether a second step had been asked for.
pub async fn remove(tx: &Tx, user: &UserId) -> Result<bool> {
    run(tx, "delete from recovery_codes where user_id = $1", binds![user]).await?;
    let on = "delete from authenticators where user_id = $1 and confirmed_at is not null";
    let was_on = run(tx, on, binds![user]).await? > 0;
    run(tx, "delete from authenticators where user_id = $1", binds![user]).await?;
    crate::second_step::end_all_of(tx, user).await?;
    Ok(was_on)
}
