//! Bonzo as far as the product needs it: prospects that are made, opted in and texted. The texts stand among Twilio's; nobody
//! answers them, since Bonzo tells what it hears to an address that somebody enters there.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::fault::Place;
use crate::line::Cut;
use crate::twilio::{self, Status, Text};
use crate::world::{World, locked};
use crate::{Options, clock};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/bonzo/v3/prospects", get(list))
        .route("/bonzo/v3/prospects/create-or-update-and-message", post(text))
        .route("/bonzo/v3/prospects/{id}/opt-in/sms", post(opt_in))
}

fn said(status: StatusCode, body: &Value) -> Response {
    twilio::json(status, body.to_string().into_bytes())
}

fn turn_away(headers: &HeaderMap) -> Option<Response> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_ours = given.and_then(|value| value.strip_prefix("Bearer ")) == Some(Options::BONZO_KEY);
    (!is_ours).then(|| said(StatusCode::UNAUTHORIZED, &json!({ "message": "Unauthenticated." })))
}

async fn list(headers: HeaderMap) -> Response {
    turn_away(&headers).unwrap_or_else(|| said(StatusCode::OK, &json!({ "data": [] })))
}

async fn opt_in(State(world): State<Arc<World>>, Path(_): Path<String>, headers: HeaderMap) -> Response {
    turn_away(&headers).unwrap_or_else(|| {
        world.opted_in.fetch_add(1, Ordering::Relaxed);
        said(StatusCode::OK, &json!({ "success": true }))
    })
}

/// Without a message it only makes the prospect.
async fn text(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = turn_away(&headers) {
        return answer;
    }
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let phone = request["phone"].as_str().unwrap_or_default();
    if !phone.starts_with('+') || phone.ends_with("0009") {
        let wrong = json!({ "message": "The given data was invalid.", "errors": { "phone": ["The phone is invalid."] } });
        return said(StatusCode::UNPROCESSABLE_ENTITY, &wrong);
    }
    let prospect = prospect(phone);
    let Some(words) = request["message"].as_str().filter(|words| !words.is_empty()) else { return prospect };
    let text = Text {
        at: clock::now_ms(),
        changed_at: clock::now_ms(),
        key: None,
        to: phone.into(),
        from: Some("bonzo".into()),
        service: None,
        body: words.into(),
        callback: None,
        status: Status::Sent,
        error: None,
    };
    let phone = phone.to_owned();
    let keep = move |world: &Arc<World>| {
        locked(&world.sms).add(text, |number| twilio::sid(world, number));
        self::prospect(&phone)
    };
    match world.faults.draw(Place::BonzoSend) {
        None => keep(&world),
        Some(hit) => twilio::suffer(&world, &cut, hit, keep).await,
    }
}

/// Known by the digits of their number.
fn prospect(phone: &str) -> Response {
    let id: u64 = phone.trim_start_matches('+').parse().unwrap_or(1);
    said(StatusCode::OK, &json!({ "data": { "id": id, "phone": phone } }))
}
