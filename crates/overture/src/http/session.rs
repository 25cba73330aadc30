//! Sessions in cookies, and the check that an unsafe request was made by our own page.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    keys::token_hash,
    live::{Authenticate, Identity},
    tool::Ctx,
};
use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::Response,
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Scope, member::Session};

/// Name of the session cookie.
pub const COOKIE: &str = "overture_session";
/// A session ends after seven days of real time.
pub const SESSION_MS: i64 = 7 * 24 * 3_600_000;

/// The session of a request, if it has a good one.
pub async fn find(app: &App, headers: &HeaderMap) -> Result<Option<Session>> {
    match cookie(headers, COOKIE) {
        Some(token) if token.len() <= 128 => {
            Ok(store::member::session(&app.db, &token_hash(token), app.real_ms()).await?)
        }
        _ => Ok(None),
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// The cookie that sets a session, or ends it when `token` is empty.
pub fn set_cookie(app: &App, token: &str) -> String {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let age = if token.is_empty() { 0 } else { SESSION_MS / 1000 };
    format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

/// Lets signed-in members through, with their context; unsafe methods need the CSRF token too.
pub async fn require(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response> {
    let session = find(&app, request.headers()).await?.ok_or_else(unauthenticated)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let given = request.headers().get("x-csrf-token").and_then(|v| v.to_str().ok()).unwrap_or("");
        if !app.keys.is_signed("csrf", session.session_id.as_str(), given) {
            let message = "The request lacks a valid X-CSRF-Token. Get one from GET /api/csrf-token";
            return Err(Error::new(Kind::Forbidden, "csrf.invalid", message).number(1003));
        }
    }
    let ctx = Ctx {
        app: app.clone(),
        scope: Scope::member(session.workspace_id.clone(), session.id.clone()),
        role: session.role.clone(),
    };
    request.extensions_mut().insert(ctx);
    request.extensions_mut().insert(session);
    Ok(next.run(request).await)
}

fn unauthenticated() -> Error {
    Error::new(Kind::Unauthenticated, "session.missing", "Sign in first")
}

/// `GET /api/csrf-token` (H12): bound to the session. Without one the token opens nothing, and is given all
/// the same, so that a page can ask before it signs in.
pub async fn csrf_token(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Json<Value>> {
    let session = find(&app, &headers).await?;
    let bound_to = session.as_ref().map_or("nobody", |s| s.session_id.as_str());
    Ok(Json(json!({ "token": app.keys.sign("csrf", bound_to) })))
}

/// Who a live connection is, by the same cookie.
pub struct Sockets(pub Arc<App>);

#[async_trait::async_trait]
impl Authenticate for Sockets {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let session = match find(&self.0, headers).await {
            Ok(session) => session?,
            Err(error) => {
                tracing::error!(%error, "a live connection could not be authenticated");
                return None;
            }
        };
        Some(Identity {
            workspace_id: session.workspace_id.to_string(),
            member_id: session.id.to_string(),
            valid_until_ms: Some(session.expires_at.0),
        })
    }

    async fn may_join(&self, who: &Identity, room: &str) -> bool {
        let (Ok(workspace), Some(Ok(id))) =
            (who.workspace_id.parse(), room.strip_prefix("conversation:").map(str::parse))
        else {
            return false;
        };
        store::conversation::get(&self.0.db, &Scope::system(workspace), &id).await.is_ok()
    }
}
