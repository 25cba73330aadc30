//! TikTok's business messaging as far as the product needs it: HTTP 200 whatever is wrong, and a code in the body that
//! says it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use domain::{Channel, limits};
use serde_json::{Value, json};

use crate::fault::{Kind, Place};
use crate::graph::{self, Chat};
use crate::line::Cut;
use crate::world::{World, locked};
use crate::{Options, clock};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/tiktok/business/message/send/", post(send))
        .route("/tiktok/business/get/", get(account))
        .route("/tiktok/tt_user/oauth2/refresh_token/", post(refresh))
}

/// A refusal as TikTok writes it.
pub(crate) fn refuse(code: u32, message: &str) -> Response {
    let body = json!({ "code": code, "message": message, "request_id": "sandbox", "data": {} });
    crate::twilio::json(StatusCode::OK, body.to_string().into_bytes())
}

/// How long an access is good, in seconds, and what renews it.
const LASTS: i64 = 86_400;
const RENEWABLE: i64 = 31_536_000;

/// Tokens that were given out. The first ones are good always: nobody has to fetch them.
#[derive(Default)]
pub(crate) struct Tokens {
    /// How often somebody has renewed an access; the number is in the tokens.
    given: u64,
}

impl Tokens {
    fn is_access(&self, token: &str) -> bool {
        token == Options::TIKTOK_TOKEN || (self.given > 0 && token == self.access())
    }

    fn access(&self) -> String {
        format!("{}.{}", Options::TIKTOK_TOKEN, self.given)
    }

    fn refresh(&self) -> String {
        match self.given {
            0 => Options::TIKTOK_REFRESH.to_owned(),
            given => format!("{}.{given}", Options::TIKTOK_REFRESH),
        }
    }

    /// New ones for the last ones: who shows older ones is too late.
    fn renew(&mut self, shown: &str) -> Option<Value> {
        if shown != self.refresh() {
            return None;
        }
        self.given += 1;
        Some(json!({
            "access_token": self.access(), "refresh_token": self.refresh(), "expires_in": LASTS,
            "refresh_token_expires_in": RENEWABLE, "scope": "message.list.read,message.list.send",
        }))
    }
}

/// `POST /tt_user/oauth2/refresh_token/`
async fn refresh(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    body: Bytes,
) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let act = move |world: &Arc<World>| {
        if request["client_id"] != Options::TIKTOK_APP
            || request["client_secret"] != Options::TIKTOK_SECRET
            || request["grant_type"] != "refresh_token"
        {
            return refuse(40_002, "Invalid client_id, client_secret or grant_type");
        }
        let shown = request["refresh_token"].as_str().unwrap_or_default();
        let Some(data) = locked(&world.tiktok_tokens).renew(shown) else {
            return refuse(40_105, "Refresh token is incorrect or has expired");
        };
        let body = json!({ "code": 0, "message": "OK", "request_id": "sandbox", "data": data });
        crate::twilio::json(StatusCode::OK, body.to_string().into_bytes())
    };
    match world.faults.draw(Place::TiktokToken) {
        None => act(&world),
        Some(hit) => match hit.kind {
            Kind::Code(code) => hit.refusal(refuse(code, "Ordered by the sandbox's fault API")),
            _ => crate::twilio::suffer(&world, &cut, hit, act).await,
        },
    }
}

fn turn_away(world: &World, headers: &HeaderMap) -> Option<Response> {
    let given = headers.get("access-token").and_then(|value| value.to_str().ok());
    let is_good = given.is_some_and(|token| locked(&world.tiktok_tokens).is_access(token));
    (!is_good).then(|| refuse(40_105, "Access token is incorrect or has been revoked"))
}

async fn account(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    turn_away(&world, &headers).unwrap_or_else(|| {
        let body =
            json!({ "code": 0, "message": "OK", "request_id": "sandbox", "data": { "username": "sandbox" } });
        crate::twilio::json(StatusCode::OK, body.to_string().into_bytes())
    })
}

async fn send(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers) {
        return answer;
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(chat) = read(&request) else {
        locked(&world.chats(Channel::Tiktok).shelf).ledger.refused += 1;
        return refuse(40_002, "Invalid parameters");
    };
    match world.faults.draw(Place::TiktokSend) {
        None => graph::accept(&world, chat),
        Some(hit) => graph::suffer(&world, &cut, hit, chat).await,
    }
}

fn read(request: &Value) -> Option<Chat> {
    let text = |path: &str| request.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let body = text("/text/body")?;
    let is_text = request["message_type"] == "TEXT" && request["recipient_type"] == "CONVERSATION";
    (is_text && body.chars().count() <= limits::of(Channel::Tiktok).max_length).then_some(())?;
    Some(Chat {
        at: clock::now_ms(),
        // TikTok takes no reference of ours: texts tell them apart.
        key: None,
        channel: Channel::Tiktok,
        to: text("/recipient")?.into(),
        from: text("/business_id")?.into(),
        body: body.into(),
        kind: "text".into(),
        status: graph::Status::Accepted,
    })
}
