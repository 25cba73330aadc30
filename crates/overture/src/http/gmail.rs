//! The way to Google's consent page and back. As in [`super::google`], what has to come back with the browser lies in one
//! sealed cookie: the session's own cookies are not sent when another site leads here. The cookie names the session that
//! asked, which must still be there, and its member still an admin.

use super::{address::Address, input::Asked, input::Input, session};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    gmail::{self, Errand},
    openid::Attempt,
};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use domain::ids::{MemberId, SenderId, SessionId, UserId, WorkspaceId};
use providers::gmail::oauth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{sender, session::Session};

const COOKIE: &str = "overture_gmail";
const PATH: &str = "/api/gmail";
const PLACE: &str = "cookies/gmail";
/// How long the way there and back may take, in real milliseconds.
const WAIT_MS: i64 = 10 * 60_000;
/// The page that people come from and go back to.
const PAGE: &str = "/settings/senders";

#[derive(Serialize, Deserialize)]
struct Pending {
    attempt: Attempt,
    session: SessionId,
    user: UserId,
    workspace: WorkspaceId,
    member: MemberId,
    name: String,
    sender: Option<SenderId>,
    until: i64,
}

/// What is to be connected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The sender that is to be connected again; left out, the one with the account's address, or a new one.
    #[serde(default)]
    sender_id: Option<SenderId>,
}

fn cookie_of(app: &App, sealed: &str) -> Result<HeaderValue> {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let age = if sealed.is_empty() { 0 } else { WAIT_MS / 1000 };
    // Lax: the way back begins at another site.
    let text = format!("{COOKIE}={sealed}; Path={PATH}; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).map_err(|error| Error::from(anyhow::Error::from(error)))
}

/// `POST /api/gmail/connect`: where to send the browser.
pub async fn connect(
    State(app): State<Arc<App>>,
    Extension(session): Extension<Session>,
    Input(input): Input<Connect>,
) -> Result<Response> {
    let scope = session.scope();
    gmail::require_admin(&app, &scope, &session.id).await?;
    let known = match &input.sender_id {
        None => None,
        Some(id) => Some(sender::get(&app.db, &scope, id).await?),
    };
    if known.as_ref().is_some_and(|s| s.provider != "gmail") {
        let message = "This sender is not one of Gmail's";
        return Err(Error::field("gmail.other_provider", "sender_id", message));
    }
    let google = gmail::app::in_use(&app, &scope).await?;
    let attempt = Attempt::draw();
    let challenge = B64.encode(Sha256::digest(attempt.verifier.as_bytes()));
    let url = google
        .door(&oauth::Errand {
            redirect: &gmail::app::redirect(&app),
            state: &attempt.state,
            challenge: &challenge,
            address: known.as_ref().map(|s| s.address.as_str()),
        })
        .map_err(|fail| Error::new(Kind::Upstream, "gmail.app_refused", fail.message))?;
    let pending = Pending {
        attempt,
        session: session.session_id.clone(),
        user: session.user_id.clone(),
        workspace: session.workspace_id.clone(),
        member: session.id.clone(),
        name: session.name.clone(),
        sender: input.sender_id,
        until: app.real_ms() + WAIT_MS,
    };
    let sealed = app.keys.seal(PLACE, &serde_json::to_string(&pending)?)?;
    let mut response = Json(json!({ "url": url })).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie_of(&app, &sealed)?);
    Ok(response)
}

/// What Google sends back.
#[derive(Deserialize, JsonSchema)]
pub struct Back {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
}

fn refused(why: &'static str) -> Error {
    let message = "The answer of Google does not fit. Begin again";
    Error::new(Kind::Forbidden, "gmail.refused", message).because(anyhow::anyhow!(why))
}

/// `GET /api/gmail/callback`: always a page that leads on, never an error to read.
pub async fn callback(
    State(app): State<Arc<App>>,
    Extension(address): Extension<Address>,
    headers: HeaderMap,
    Asked(back): Asked<Back>,
) -> Result<Response> {
    let from = address.0.map(|address| address.to_string());
    let word = match arrive(&app, &headers, &back, from.as_deref()).await {
        Ok(()) => "connected".to_owned(),
        Err(error) => {
            tracing::warn!(%error, "a Google account was not connected");
            error.name.strip_prefix("gmail.").unwrap_or("failed").to_owned()
        }
    };
    let mut response = super::google::page(&format!("{PAGE}?gmail={word}")).into_response();
    let into = response.headers_mut();
    into.append(header::SET_COOKIE, cookie_of(&app, "")?);
    into.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What this browser left for, if it is this browser that left and its answer that comes back.
async fn pending(app: &App, headers: &HeaderMap, back: &Back) -> Result<Pending> {
    let sealed = session::cookie(headers, COOKIE).filter(|sealed| !sealed.is_empty());
    let sealed = sealed.ok_or_else(|| refused("this browser did not leave, or too long ago"))?;
    let opened = app.keys.unseal(PLACE, sealed).map_err(|_| refused("the cookie is not ours"))?;
    let pending: Pending = serde_json::from_str(&opened)?;
    let state = back.state.as_deref().unwrap_or_default();
    let same: bool = subtle::ConstantTimeEq::ct_eq(state.as_bytes(), pending.attempt.state.as_bytes()).into();
    let now = app.real_ms();
    if !same || now >= pending.until {
        return Err(refused("the answer belongs to another question, or comes too late"));
    }
    let open = store::session::of_user(&app.db, &pending.user, now).await?;
    if !open.iter().any(|line| line.id == pending.session) {
        return Err(refused("the session that asked has ended"));
    }
    Ok(pending)
}

async fn arrive(app: &Arc<App>, headers: &HeaderMap, back: &Back, from: Option<&str>) -> Result<()> {
    let pending = pending(app, headers, back).await?;
    if back.error.is_some() {
        return Err(Error::new(Kind::Forbidden, "gmail.cancelled", "Google was left without consent"));
    }
    let code = back.code.as_deref().ok_or_else(|| refused("there is no code"))?;
    let scope = store::member::scope_of(&app.db, &pending.workspace, &pending.member).await?;
    gmail::require_admin(app, &scope, &pending.member).await?;
    let google = gmail::app::in_use(app, &scope).await?;
    let redirect = gmail::app::redirect(app);
    let consent = gmail::fetch(app, &google, (code, &pending.attempt.verifier, &redirect)).await?;
    let errand = Errand { scope: &scope, name: &pending.name, sender: pending.sender.as_ref(), from };
    gmail::keep(app, &errand, &google, consent).await.map(drop)
}
