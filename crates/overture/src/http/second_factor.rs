//! Two-step sign-in as its owner sets it up. Each change needs the password again: an open browser alone is not its
//! owner.

use super::input::Input;
use super::{address::Address, proof, session};
use crate::{
    app::App,
    error::{Error, Result},
    second_factor,
};
use axum::{Extension, Json, extract::State};
use domain::ids::UserId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{identity, passkey, second_factor as factors, session::Session, user, user::User};

/// The password, once more; who has none sends none.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    #[serde(default)]
    pub(super) password: String,
}

async fn owner(app: &App, session: &Session, address: Address, again: Again) -> Result<User> {
    proof::owner(app, session, address, ("password", again.password)).await
}

async fn shown(app: &App, user: &UserId) -> Result<Value> {
    let since = factors::authenticator(&app.db, user).await?.and_then(|held| held.confirmed_at);
    let left = factors::codes_left(&app.db, user).await?;
    let held = user::get(&app.db, user).await?.ok_or_else(session::missing)?;
    let google = match &app.google {
        Some(google) => json!({ "email": identity::of_user(&app.db, user, google.issuer()).await? }),
        None => Value::Null,
    };
    let keys = passkey::of_user(&app.db, user).await?.into_iter();
    let key = |key: passkey::Passkey| json!({ "id": key.id, "name": key.name, "created_at": key.created_at, "used_at": key.used_at });
    let passkeys: Vec<Value> = keys.map(key).collect();
    Ok(json!({
        "on": since.is_some(), "since": since, "recovery_codes_left": left,
        "passkeys_possible": crate::passkeys::are_possible(app), "passkeys": passkeys,
        "has_password": held.password_hash.is_some(), "google": google,
    }))
}

/// `GET /api/profile/second-factor`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
) -> Result<Json<Value>> {
    Ok(Json(shown(&app, &session.user_id).await?))
}

/// `POST /api/profile/second-factor/begin`: a secret for an authenticator app. Nothing changes until a code of it
/// was shown.
pub async fn begin(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let user = owner(&app, &session, address, input).await?;
    let drawn = second_factor::begin(&app, &user).await?;
    let (size, path) = drawn.qr;
    Ok(Json(json!({ "secret": drawn.secret, "uri": drawn.uri, "qr": { "size": size, "path": path } })))
}

/// The first code of an app.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct First {
    code: String,
}

/// `POST /api/profile/second-factor/confirm`: the app shows that it has the secret, and recovery codes are told once.
pub async fn confirm(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<First>,
) -> Result<Json<Value>> {
    let user = &session.user_id;
    app.sign_ins.code(user.as_str())?;
    let Some(first) = second_factor::first_code(&app, user, &input.code).await? else {
        let message = "This is not the code that the app should show now. Is the time of your phone right?";
        return Err(Error::field("second_factor.wrong", "code", message).number(1002));
    };
    app.sign_ins.code_succeeded(user.as_str());
    let tx = app.db.begin().await?;
    let codes = second_factor::switch_on(&app, &tx, user, first).await?;
    proof::note(&app, &tx, &session, address, ("second_factor_on", session.user_id.as_str())).await?;
    app.commit(tx).await?;
    Ok(Json(json!({ "recovery_codes": codes })))
}

/// `POST /api/profile/second-factor/recovery-codes`: new ones; the old ones are good no more.
pub async fn new_codes(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let user = owner(&app, &session, address, input).await?;
    if !second_factor::is_on(&app, &user.id).await? {
        let message = "Two-step sign-in is off: there is nothing to recover";
        return Err(Error::conflict("second_factor.is_off", message));
    }
    let tx = app.db.begin().await?;
    let codes = second_factor::draw_codes(&app, &tx, &user.id).await?;
    proof::note(&app, &tx, &session, address, ("second_factor_codes", session.user_id.as_str())).await?;
    app.commit(tx).await?;
    Ok(Json(json!({ "recovery_codes": codes })))
}

/// `POST /api/profile/second-factor/off`: from now on the password is enough.
pub async fn off(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let user = owner(&app, &session, address, input).await?;
    let tx = app.db.begin().await?;
    if factors::remove(&tx, &user.id).await? {
        proof::note(&app, &tx, &session, address, ("second_factor_off", session.user_id.as_str())).await?;
    }
    app.commit(tx).await?;
    Ok(Json(shown(&app, &user.id).await?))
}
