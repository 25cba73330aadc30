//! Bonzo as far as the product needs it: prospects that are made, opted in and texted. The texts stand among Twilio's.
//! Bonzo tells what it hears to a hook that somebody enters there; here the base URL of an account names it, and people
//! answer whoever has one.

use std::collections::HashMap;
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
use crate::people;
use crate::twilio::{self, Status, Text};
use crate::world::{World, locked};
use crate::{Options, clock};

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().merge(account("/bonzo")).merge(account("/bonzo/hook/{sender}/{token}"))
}

/// The routes of an account, with its hook in the path or without one.
fn account(base: &str) -> Router<Arc<World>> {
    Router::new()
        .route(&format!("{base}/v3/prospects"), get(list))
        .route(&format!("{base}/v3/prospects/create-or-update-and-message"), post(text))
        .route(&format!("{base}/v3/prospects/{{id}}/opt-in/sms"), post(opt_in))
}

/// Where the product listens to this account, as a path below the webhook base.
fn hook(path: &HashMap<String, String>) -> Option<Box<str>> {
    let (sender, token) = (path.get("sender")?, path.get("token")?);
    Some(format!("/api/bonzo/inbound?sender={sender}&token={token}").into())
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

async fn opt_in(State(world): State<Arc<World>>, headers: HeaderMap) -> Response {
    turn_away(&headers).unwrap_or_else(|| {
        world.opted_in.fetch_add(1, Ordering::Relaxed);
        said(StatusCode::OK, &json!({ "success": true }))
    })
}

/// Without a message it only makes the prospect.
async fn text(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(path): Path<HashMap<String, String>>,
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
        hook: hook(&path),
        status: Status::Sent,
        error: None,
    };
    let phone = phone.to_owned();
    let keep = move |world: &Arc<World>| {
        let number = locked(&world.sms).add(text.clone(), |number| twilio::sid(world, number));
        if world.people_on() && text.hook.is_some() {
            people::receive_text(world, number, text);
        }
        self::prospect(&phone)
    };
    match world.faults.draw(Place::BonzoSend) {
        None => keep(&world),
        Some(hit) => twilio::suffer(&world, &cut, hit, keep).await,
    }
}

/// What Bonzo posts to a hook when somebody texts. A STOP also makes them one who wants no more.
pub(crate) fn event(world: &World, theirs: &str, words: &str) -> Value {
    let (high, low) = world.draw_id();
    let stops =
        matches!(words.trim().to_ascii_uppercase().as_str(), "STOP" | "UNSUBSCRIBE" | "CANCEL" | "QUIT");
    json!({
        "event": "messages.received", "resource": "message",
        "message": { "id": format!("{high:x}{low:x}"), "body": words, "direction": "inbound" },
        "prospect": { "id": digits(theirs), "phone": theirs, "dnc": stops, "last_response": words },
    })
}

fn digits(phone: &str) -> u64 {
    phone.trim_start_matches('+').parse().unwrap_or(1)
}

/// Known by the digits of their number.
fn prospect(phone: &str) -> Response {
    said(StatusCode::OK, &json!({ "data": { "id": digits(phone), "phone": phone } }))
}
