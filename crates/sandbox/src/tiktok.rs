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

use crate::fault::Place;
use crate::graph::{self, Chat};
use crate::line::Cut;
use crate::world::{World, locked};
use crate::{Options, clock};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/tiktok/business/message/send/", post(send))
        .route("/tiktok/business/get/", get(account))
}

/// A refusal as TikTok writes it.
pub(crate) fn refuse(code: u32, message: &str) -> Response {
    let body = json!({ "code": code, "message": message, "request_id": "sandbox", "data": {} });
    crate::twilio::json(StatusCode::OK, body.to_string().into_bytes())
}

fn turn_away(headers: &HeaderMap) -> Option<Response> {
    let given = headers.get("access-token").and_then(|value| value.to_str().ok());
    (given != Some(Options::TIKTOK_TOKEN))
        .then(|| refuse(40_105, "Access token is incorrect or has been revoked"))
}

async fn account(headers: HeaderMap) -> Response {
    turn_away(&headers).unwrap_or_else(|| {
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
    if let Some(answer) = turn_away(&headers) {
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
