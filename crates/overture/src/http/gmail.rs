//! The way to Google's consent page and back ([`super::round_trip`]). Whoever comes back has no session's cookies with
//! them: the errand names the session that asked, which must still be there, and its member still an admin.

use super::{
    address::Address,
    input::{Asked, Input},
    round_trip::{Back, RoundTrip},
};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    gmail::{self, Errand},
    openid::Attempt,
};
use axum::{Extension, extract::State, http::HeaderMap, response::Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use domain::ids::{MemberId, SenderId, SessionId, UserId, WorkspaceId};
use providers::gmail::oauth;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{sender, session::Session};

const TRIP: RoundTrip = RoundTrip { cookie: "overture_gmail", path: "/api/gmail", place: "cookies/gmail" };
/// The page that people come from and go back to.
const PAGE: &str = "/settings/senders";

#[derive(Serialize, Deserialize)]
struct Pending {
    session: SessionId,
    user: UserId,
    workspace: WorkspaceId,
    member: MemberId,
    name: String,
    sender: Option<SenderId>,
}

/// What is to be connected.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The sender that is to be connected again; left out, the one with the account's address, or a new one.
    #[serde(default)]
    sender_id: Option<SenderId>,
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
        session: session.session_id.clone(),
        user: session.user_id.clone(),
        workspace: session.workspace_id.clone(),
        member: session.id.clone(),
        name: session.name.clone(),
        sender: input.sender_id,
    };
    TRIP.leave(&app, &url, attempt, pending)
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
    TRIP.end(&app, &format!("{PAGE}?gmail={word}"))
}

async fn arrive(app: &Arc<App>, headers: &HeaderMap, back: &Back, from: Option<&str>) -> Result<()> {
    let (attempt, pending): (Attempt, Pending) = TRIP.arrive(app, headers, back).map_err(refused)?;
    let open = store::session::of_user(&app.db, &pending.user, app.real_ms()).await?;
    if !open.iter().any(|line| line.id == pending.session) {
        return Err(refused("the session that asked has ended"));
    }
    if back.error.is_some() {
        return Err(Error::new(Kind::Forbidden, "gmail.cancelled", "Google was left without consent"));
    }
    let code = back.code.as_deref().ok_or_else(|| refused("there is no code"))?;
    let scope = store::member::scope_of(&app.db, &pending.workspace, &pending.member).await?;
    gmail::require_admin(app, &scope, &pending.member).await?;
    let google = gmail::app::in_use(app, &scope).await?;
    let redirect = gmail::app::redirect(app);
    let consent = gmail::fetch(app, &google, (code, &attempt.verifier, &redirect)).await?;
    let errand = Errand { scope: &scope, name: &pending.name, sender: pending.sender.as_ref(), from };
    gmail::keep(app, &errand, &google, consent).await.map(drop)
}
