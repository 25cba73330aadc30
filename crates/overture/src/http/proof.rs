//! That an open browser is used by its owner: asked before what an open browser alone must not do.

use super::{address::Address, session};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    passwords,
};
use store::{
    Tx,
    audit::Deed,
    session::{self as sessions, Session},
    user::{self, User},
};

/// Who has no password has signed in as short a time ago, in real milliseconds.
const FRESH_MS: i64 = 10 * 60_000;

/// The person behind a session, if they know its password; `field` is where they typed it.
pub async fn owner(
    app: &App,
    session: &Session,
    address: Address,
    (field, password): (&str, String),
) -> Result<User> {
    let user = user::get(&app.db, &session.user_id).await?.ok_or_else(session::missing)?;
    if user.password_hash.is_none() {
        return if is_fresh(app, session).await? { Ok(user) } else { Err(stale()) };
    }
    let attempt = app.sign_ins.attempt(&address.text(), user.id.as_str(), true)?;
    if !passwords::verify(user.password_hash.clone(), password).await? {
        let message = "This is not your password";
        return Err(Error::field("credentials.wrong", field, message).number(1002));
    }
    app.sign_ins.succeeded(attempt);
    Ok(user)
}

/// Writes down, in the same transaction, what somebody did to their own ways in.
pub async fn note(
    app: &App,
    tx: &Tx,
    session: &Session,
    address: Address,
    (action, subject): (&'static str, &str),
) -> Result<()> {
    let address = address.0.map(|address| address.to_string());
    let deed = Deed { action, subject, address: address.as_deref(), data: &serde_json::json!({}) };
    Ok(store::audit::write(tx, &session.scope(), deed, app.clock.now()).await?)
}

async fn is_fresh(app: &App, session: &Session) -> Result<bool> {
    let now = app.real_ms();
    let mine = sessions::of_user(&app.db, &session.user_id, now).await?;
    Ok(mine.iter().any(|line| line.id == session.session_id && now - line.created_at.0 < FRESH_MS))
}

fn stale() -> Error {
    let message = "You have no password here. Sign out, sign in again, and do this within ten minutes";
    Error::new(Kind::Forbidden, "credentials.stale", message)
}
