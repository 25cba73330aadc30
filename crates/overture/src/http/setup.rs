//! First-run setup, sign-in and sign-out.

use super::session::{SESSION_MS, set_cookie};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::{token, token_hash},
    people::{self, Founder},
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope,
    member::{self, Session},
    workspace,
};

/// `GET /api/setup`: whether the first admin is still to be created.
pub async fn needed(State(app): State<Arc<App>>) -> Result<Json<Value>> {
    Ok(Json(json!({ "needed": member::count(&app.db).await? == 0 })))
}

/// What the setup page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    token: String,
    name: String,
    email: String,
    password: String,
    workspace: String,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    default_country: Option<String>,
}

/// `POST /api/setup`: the holder of the one-time link becomes the first admin.
pub async fn set_up(State(app): State<Arc<App>>, Json(input): Json<SetUp>) -> Result<Response> {
    if member::count(&app.db).await? > 0 {
        return Err(Error::conflict("setup.done", "This installation has an admin already. Sign in"));
    }
    if !people::is_setup_token(&app, &input.token).await? {
        return Err(people::link_refused());
    }
    let founder = Founder {
        name: input.name,
        email: input.email,
        password: input.password,
        workspace: input.workspace,
        time_zone: input.time_zone.unwrap_or_else(|| "UTC".into()),
        default_country: input.default_country.unwrap_or_else(|| "US".into()),
    };
    let (workspace_id, member_id) = people::found_by_link(&app, founder).await?;
    open_session(&app, Scope::member(workspace_id, member_id)).await
}

/// What the sign-in page sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    username: Option<String>,
    password: String,
}

/// `POST /api/auth/login` (H01). Unknown names cost the same time as wrong passwords.
pub async fn log_in(State(app): State<Arc<App>>, Json(input): Json<LogIn>) -> Result<Response> {
    let name = input.email.or(input.username).unwrap_or_default().trim().to_lowercase();
    let found = member::for_sign_in(&app.db, &name).await?.filter(|m| m.disabled_at.is_none());
    let hash = found.as_ref().and_then(|m| m.password_hash.clone());
    if !people::verify(hash, input.password).await? {
        let message = "E-mail and password do not match";
        return Err(Error::new(Kind::Unauthenticated, "credentials.wrong", message).number(1002));
    }
    let member = found.ok_or_else(|| Error::not_found("member"))?;
    open_session(&app, Scope::member(member.workspace_id, member.id)).await
}

async fn open_session(app: &Arc<App>, scope: Scope) -> Result<Response> {
    let member_id = scope.member.clone().ok_or_else(|| Error::not_found("member"))?;
    let secret = token();
    let id = store::new_id(domain::ids::SessionId::from_uuid);
    let now = app.real_ms();
    let tx = app.db.begin().await?;
    member::open_session(&tx, &scope, &member_id, &id, &token_hash(&secret), now, now + SESSION_MS).await?;
    app.commit(tx).await?;
    let session = member::session(&app.db, &token_hash(&secret), now)
        .await?
        .ok_or_else(|| Error::not_found("session"))?;
    let mut response = Json(me_of(app, &session).await?).into_response();
    let cookie =
        HeaderValue::from_str(&set_cookie(app, &secret)).map_err(|e| Error::from(anyhow::Error::from(e)))?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

/// `POST /api/auth/logout`
pub async fn log_out(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
) -> Result<Response> {
    let scope = Scope::member(session.workspace_id.clone(), session.id.clone());
    let tx = app.db.begin().await?;
    member::end_session(&tx, &scope, &session.session_id, app.real_ms()).await?;
    app.commit(tx).await?;
    app.hub.disconnect_member(session.id.as_str());
    let mut headers = HeaderMap::new();
    headers.insert(
        header::SET_COOKIE,
        HeaderValue::from_str(&set_cookie(&app, "")).map_err(|e| Error::from(anyhow::Error::from(e)))?,
    );
    Ok((headers, Json(json!({ "success": true }))).into_response())
}

/// `GET /api/auth/me`
pub async fn me(State(app): State<Arc<App>>, Extension(session): Extension<Session>) -> Result<Json<Value>> {
    Ok(Json(me_of(&app, &session).await?))
}

async fn me_of(app: &App, session: &Session) -> Result<Value> {
    let scope = Scope::member(session.workspace_id.clone(), session.id.clone());
    let workspace = workspace::get(&app.db, &scope).await?;
    Ok(json!({
        "member": { "id": session.id, "name": session.name, "email": session.email, "handle": session.handle, "role": session.role },
        "workspace": {
            "id": workspace.id, "name": workspace.name, "time_zone": workspace.time_zone, "default_country": workspace.default_country,
            "send_mode": workspace.send_mode, "sending_stopped": workspace.stopped_at.is_some(),
        },
        "demo": app.demo,
        "speed": app.clock.speed(),
        "now": domain::time::rfc3339(app.clock.now()),
    }))
}
