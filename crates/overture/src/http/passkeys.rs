//! Passkeys as their owner makes them, and as the way in.

use super::input::Input;
use super::{
    address::Address,
    auth::{Asker, last_place, sign_in},
    proof, second_step,
};
use crate::{
    app::App,
    error::{Error, Result},
    passkeys::{self, Question},
};
use axum::{
    Extension, Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use domain::ids::PasskeyId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{passkey, session::Session};

use super::second_factor::Again;

fn shown(asked: Question) -> Json<Value> {
    Json(json!({ "question": asked.question, "options": asked.options }))
}

/// `POST /api/profile/passkeys/begin`: what to ask a device for.
pub async fn begin(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let user = proof::owner(&app, &session, address, ("password", input.password)).await?;
    Ok(shown(passkeys::ask_for_new(&app, &user).await?))
}

/// What a device answered to whoever makes a passkey.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct New {
    question: String,
    name: String,
    credential: Value,
}

/// `POST /api/profile/passkeys`
pub async fn add(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Input(input): Input<New>,
) -> Result<Json<Value>> {
    let name = input.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("passkey.name_invalid", "name", "Write between 1 and 100 characters"));
    }
    let tx = app.db.begin().await?;
    let new = (input.question.as_str(), &input.credential, name);
    let id = passkeys::add(&app, &tx, &session.user_id, new).await?;
    proof::note(&app, &tx, &session, address, ("passkey_create", id.as_str())).await?;
    app.commit(tx).await?;
    Ok(Json(json!({ "id": id, "name": name })))
}

/// `POST /api/profile/passkeys/{id}/remove`
pub async fn remove(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Extension(address): Extension<Address>,
    Path(id): Path<String>,
    Input(input): Input<Again>,
) -> Result<Json<Value>> {
    let id: PasskeyId = id.parse().map_err(|_| Error::not_found("passkey"))?;
    let user = proof::owner(&app, &session, address, ("password", input.password)).await?;
    let tx = app.db.begin().await?;
    if !passkey::remove(&tx, &user.id, &id).await? {
        return Err(Error::not_found("passkey"));
    }
    proof::note(&app, &tx, &session, address, ("passkey_delete", id.as_str())).await?;
    app.commit(tx).await?;
    Ok(Json(json!({ "id": id })))
}

/// `POST /api/auth/passkey/begin`: what to ask a device for that somebody signs in with.
pub async fn ask(State(app): State<Arc<App>>) -> Result<Json<Value>> {
    Ok(shown(passkeys::ask_who(&app)?))
}

/// What a device answered to whoever signs in; at the second step with the token of the first.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    question: String,
    credential: Value,
    #[serde(default)]
    token: Option<String>,
}

/// `POST /api/auth/passkey`: in, without a password. The device has made sure who holds it: that is both steps.
pub async fn enter(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Input(input): Input<Answer>,
) -> Result<Response> {
    let asker = Asker::of(address, &headers);
    let tx = app.db.begin().await?;
    let user = passkeys::who(&app, &tx, &input.question, &input.credential).await?;
    let (workspace, member) = match &input.token {
        Some(token) => second_step::take_as(&app, &tx, token, &user, &asker).await?,
        None => {
            let place = last_place(&app, &user).await?;
            (place.workspace_id, place.member_id)
        }
    };
    app.commit(tx).await?;
    sign_in(&app, &asker, &workspace, &member).await
}
