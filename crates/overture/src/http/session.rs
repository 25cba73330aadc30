//! Sessions in cookies, the check that an unsafe request was made by our own page, and the end of live connections
//! with their session. How a session begins and is renewed is in `auth`.

use super::{
    address::Address,
    callers::{self, Caller, Found},
};
use crate::{
    app::App,
    error::{Error, Kind, Result},
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
use store::{Scope, Sight, session::Session};

/// Name of the cookie with the access token. It lives as long as the session, so that the server can tell a session
/// that is to be renewed from none.
pub const COOKIE: &str = "overture_session";
/// Name of the cookie with the refresh token, which only `/api/auth` ever sees.
pub const REFRESH_COOKIE: &str = "overture_refresh";
/// An access token is good for a quarter of an hour of real time.
pub const ACCESS_MS: i64 = 15 * 60_000;
/// A session that is not refreshed ends after seven days of real time.
pub const REFRESH_MS: i64 = 7 * 24 * 3_600_000;
/// A CSRF token is good for an hour of real time.
const CSRF_MS: i64 = 3_600_000;
/// How often the sessions behind live connections are looked at: what ended on another node is cut here.
const WATCH: std::time::Duration = std::time::Duration::from_millis(700);

/// One cookie of a request; none where it comes twice, since nobody can say which one is meant.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(|(key, value)| (key == name).then_some(value));
    found.next().filter(|_| found.next().is_none())
}

/// A cookie that sets a token, or takes it away when `token` is empty.
pub fn cookie_of(app: &App, name: &str, token: &str, path: &str) -> String {
    let secure = if app.public_url().starts_with("https://") { "; Secure" } else { "" };
    let age = if token.is_empty() { 0 } else { REFRESH_MS / 1000 };
    format!("{name}={token}; Path={path}; HttpOnly; SameSite=Strict; Max-Age={age}{secure}")
}

/// Cuts the live connections whose sessions have ended, wherever that happened, or whose members see more or less
/// than when they came.
pub async fn cut_those_that_ended(app: &App) -> Result<()> {
    let connected = app.hub.sessions();
    if connected.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = connected.iter().map(|(session, _)| session.clone()).collect();
    let good = store::session::good(&app.db, &ids, app.real_ms()).await?;
    for (session, sees_all) in connected {
        if good.get(&session).map(|sight| *sight == Sight::Workspace) != Some(sees_all) {
            app.hub.disconnect_session(&session);
        }
    }
    Ok(())
}

/// Watches over the live connections of this node until `stop`.
pub async fn watch(app: Arc<App>, mut stop: crate::loops::Stop) {
    while !*stop.borrow() {
        if let Err(error) = cut_those_that_ended(&app).await {
            tracing::error!(%error, "the sessions of live connections could not be looked at");
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            _ = stop.changed() => {}
        }
    }
}

/// Lets members through, with their context: people with a session, whose unsafe requests need the CSRF token too, and
/// programs with a key, which no page of a stranger can make a browser send.
pub async fn require(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response> {
    let address = request.extensions().get::<Address>().copied().unwrap_or(Address(None));
    let known = match callers::find(&app, request.headers(), address).await {
        Ok(Found::Good(known)) => known,
        refused => {
            app.limits.stranger(address)?;
            return Err(match refused {
                Err(error) => error,
                Ok(Found::Expired) => expired(),
                Ok(_) => missing(),
            });
        }
    };
    let mut ctx = Ctx {
        app: app.clone(),
        scope: known.caller.scope(),
        role: known.caller.role().to_owned(),
        session: None,
        console: false,
        key: None,
        address: address.0.map(|ip| ip.to_string()),
    };
    match &known.caller {
        Caller::Person(session) => {
            app.limits.member(session.id.as_str())?;
            if !matches!(*request.method(), Method::GET | Method::HEAD) {
                require_csrf_token(&app, session, request.headers())?;
            }
            ctx.session = Some(session.session_id.clone());
            request.extensions_mut().insert(session.clone());
        }
        Caller::Program { key, .. } => {
            app.limits.key(key.id.as_str())?;
            ctx.key = Some(key.clone());
        }
    }
    request.extensions_mut().insert(ctx);
    request.extensions_mut().insert(known);
    Ok(next.run(request).await)
}

fn require_csrf_token(app: &App, session: &Session, headers: &HeaderMap) -> Result<()> {
    let mut given = headers.get_all("x-csrf-token").iter();
    let given = match (given.next(), given.next()) {
        (Some(value), None) => value.to_str().unwrap_or(""),
        _ => "",
    };
    if is_csrf_token(app, session.session_id.as_str(), given) {
        return Ok(());
    }
    let message = "The request lacks a valid X-CSRF-Token. Get one from GET /api/csrf-token";
    Err(Error::new(Kind::Forbidden, "csrf.invalid", message).number(1003))
}

/// Lets people through, and no programs: what is behind it is about the session itself.
pub async fn require_person(request: Request, next: Next) -> Result<Response> {
    if request.extensions().get::<Session>().is_none() {
        return Err(Error::new(Kind::Forbidden, "person.needed", "Only a signed-in person can do this"));
    }
    Ok(next.run(request).await)
}

/// There is no session, and none to renew.
pub fn missing() -> Error {
    Error::new(Kind::Unauthenticated, "session.missing", "Sign in first").number(401)
}

/// The session has to be renewed, or is over.
pub fn expired() -> Error {
    let message = "Your session has expired. Please log in again.";
    Error::new(Kind::Unauthenticated, "session.expired", message)
}

/// `GET /api/csrf-token` (H12): bound to the session, good for an hour. Without one the token opens nothing, and is
/// given all the same, so that a page can ask before it signs in.
pub async fn csrf_token(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Json<Value>> {
    let session = callers::session(&app, &headers).await?;
    let bound_to = session.as_ref().map_or("nobody", |s| s.session_id.as_str());
    let until = app.real_ms() + CSRF_MS;
    Ok(Json(json!({ "token": format!("{until}.{}", app.keys.sign("csrf", &format!("{bound_to} {until}"))) })))
}

fn is_csrf_token(app: &App, session: &str, given: &str) -> bool {
    let Some((until, signature)) = given.split_once('.') else { return false };
    let in_time = until.parse::<i64>().is_ok_and(|until| app.real_ms() < until);
    app.keys.is_signed("csrf", &format!("{session} {until}"), signature) && in_time
}

/// Who a live connection is, by the same cookie.
pub struct Sockets(pub Arc<App>);

#[async_trait::async_trait]
impl Authenticate for Sockets {
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity> {
        let session = match callers::session(&self.0, headers).await {
            Ok(session) => session?,
            Err(error) => {
                tracing::error!(%error, "a live connection could not be authenticated");
                return None;
            }
        };
        Some(Identity {
            workspace_id: session.workspace_id.to_string(),
            member_id: session.id.to_string(),
            sees_all: session.scope().sight() == Sight::Workspace,
            session_id: session.session_id.to_string(),
            valid_until_ms: Some(session.expires_at.0),
        })
    }

    async fn may_join(&self, who: &Identity, room: &str) -> bool {
        let (Ok(workspace), Ok(member), Some(Ok(id))) = (
            who.workspace_id.parse(),
            who.member_id.parse(),
            room.strip_prefix("conversation:").map(str::parse),
        ) else {
            return false;
        };
        let sight = if who.sees_all { Sight::Workspace } else { Sight::Own };
        let scope = Scope::member(workspace, member, sight);
        store::conversation::get(&self.0.db, &scope, &id).await.is_ok()
    }

    async fn tell(&self, who: &Identity, event: &str, data: serde_json::Value) {
        if let Ok(workspace) = who.workspace_id.parse() {
            self.0.tell(&workspace, event, data);
        }
    }
}
