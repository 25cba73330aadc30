//! What happens, told to the browser as it happens: Engine.IO 4 and Socket.IO 5 at `/socket.io/`.
//!
//! The official Socket.IO client connects with a websocket at once or by polling first. Who a client is
//! comes from its first request ([`Authenticate`]), and with that the rooms it is in: its workspace's and
//! its own. It asks only for conversations, and is let into those it may see. Events carry ids, not data;
//! the page fetches what it shows through the API. A client that cannot keep up gets `resync` and is cut,
//! and fetches everything when it is back, as it does after every connection.

mod frame;
mod hub;
mod packet;
mod polling;
mod session;
mod socket;
mod websocket;

#[cfg(test)]
mod tests;

pub use hub::{Hub, Settings};

use async_trait::async_trait;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::get,
};
use std::{ops::Deref, sync::Arc};

/// A room: those who are told. Reads as its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Audience(Box<str>);

impl Audience {
    /// Everybody of a workspace.
    pub fn workspace(id: &str) -> Self {
        Self(format!("workspace:{id}").into())
    }

    /// One member, on all of their devices.
    pub fn user(member_id: &str) -> Self {
        Self(format!("user:{member_id}").into())
    }

    /// One member who sees only what they own; with the id of a workspace, all of them in it.
    pub fn owner(id: &str) -> Self {
        Self(format!("own:{id}").into())
    }

    /// Those who have a conversation open.
    pub fn conversation(id: &str) -> Self {
        Self(format!("conversation:{id}").into())
    }

    /// The id behind the colon.
    pub fn id(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, id)| id)
    }
}

impl Deref for Audience {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Audience {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Who a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The workspace whose events it hears.
    pub workspace_id: String,
    /// The member who is signed in.
    pub member_id: String,
    /// Whether it hears everything of the workspace, or only of what the member owns.
    pub sees_all: bool,
    /// By which session; empty where it is none that could be ended.
    pub session_id: String,
    /// When the session ends, in milliseconds since the epoch; the connection is cut then. `None`: never.
    pub valid_until_ms: Option<i64>,
}

/// Answers who a client is and what it may hear. Implemented where the sessions are.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// Who sent these headers: a session cookie, an API key, or `Authorization: Bearer` with the token
    /// that a client handed over as `auth: {token}`. `None`: nobody we know.
    async fn identify(&self, headers: &HeaderMap) -> Option<Identity>;

    /// Whether the member may hear the events of the room, which is always a `conversation:`.
    async fn may_join(&self, who: &Identity, room: &str) -> bool;

    /// Tells everybody in the client's workspace who may hear of what `data` names.
    async fn tell(&self, who: &Identity, event: &str, data: serde_json::Value);
}

/// Everything a client's requests and its connection need.
struct Door {
    hub: Hub,
    auth: Arc<dyn Authenticate>,
    origins: Vec<String>,
}

/// The routes of `/socket.io/`. Pages of the same host may connect, and those of `allowed_origins`
/// (`https://app.example`); programs that send no `Origin` may too. A poll waits up to the ping interval,
/// so no timeout around these routes may be shorter.
pub fn router(hub: Hub, auth: Arc<dyn Authenticate>, allowed_origins: Vec<String>) -> Router {
    let door = Arc::new(Door { hub, auth, origins: allowed_origins });
    let methods = get(handle).post(handle);
    Router::new().route("/socket.io/", methods.clone()).route("/socket.io", methods).with_state(door)
}

/// What is wrong with a request, in the words of Engine.IO.
enum Failure {
    UnknownTransport,
    UnknownClient,
    BadMethod,
    BadRequest,
    Forbidden,
    BadVersion,
    Full,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code, message) = match self {
            Self::UnknownTransport => (StatusCode::BAD_REQUEST, 0, "Transport unknown"),
            Self::UnknownClient => (StatusCode::BAD_REQUEST, 1, "Session ID unknown"),
            Self::BadMethod => (StatusCode::BAD_REQUEST, 2, "Bad handshake method"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, 3, "Bad request"),
            Self::Forbidden => (StatusCode::FORBIDDEN, 4, "Forbidden: the page is of another origin"),
            Self::BadVersion => (StatusCode::BAD_REQUEST, 5, "Unsupported protocol version: use EIO=4"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, 3, "Too many connections, or shutting down"),
        };
        (status, Json(serde_json::json!({ "code": code, "message": message }))).into_response()
    }
}

async fn handle(State(door): State<Arc<Door>>, request: Request) -> Response {
    match route(door, request).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

async fn route(door: Arc<Door>, request: Request) -> Result<Response, Failure> {
    if !crate::http::origin::is_ours(request.headers(), request.uri(), &door.origins) {
        tracing::warn!("a page of another origin tried to listen; add its origin to the settings if it may");
        return Err(Failure::Forbidden);
    }
    let query = Query::of(request.uri());
    if query.version != "4" {
        return Err(Failure::BadVersion);
    }
    let websocket = match query.transport.as_str() {
        "polling" => false,
        "websocket" => true,
        _ => return Err(Failure::UnknownTransport),
    };
    let socket = match query.sid {
        None => None,
        Some(sid) => {
            let found = sid.parse().ok().and_then(|sid| door.hub.find(sid));
            Some(found.ok_or(Failure::UnknownClient)?)
        }
    };
    if socket.is_none() && !door.hub.has_room() {
        return Err(Failure::Full);
    }
    match (socket, websocket, request.method() == Method::POST) {
        (None, _, true) => Err(Failure::BadMethod),
        (_, true, true) => Err(Failure::BadRequest),
        (socket, true, false) => Ok(websocket::accept(door, socket, request)),
        (None, false, false) => Ok(polling::open(&door, request.into_parts().0.headers)),
        (Some(socket), false, false) => Ok(polling::poll(socket).await),
        (Some(socket), false, true) => Ok(polling::post(&door, socket, request.into_body()).await),
    }
}

#[derive(Default)]
struct Query {
    version: String,
    transport: String,
    sid: Option<String>,
}

impl Query {
    fn of(uri: &Uri) -> Self {
        let mut query = Self::default();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            match &*name {
                "EIO" => query.version = value.into_owned(),
                "transport" => query.transport = value.into_owned(),
                "sid" => query.sid = Some(value.into_owned()),
                _ => {}
            }
        }
        query
    }
}
