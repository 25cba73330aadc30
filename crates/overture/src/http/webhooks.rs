//! What providers tell us. The signature is checked over what was sent, the raw event is stored, and
//! only then the answer is 2xx. Nothing else happens in the request; the inbound loop does the rest.

use super::{doors::Door, input::Asked};
use crate::{
    app::App,
    error::{Error, Kind, Result},
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use domain::{Channel, ids::InboundEventId};
use hmac::{Hmac, KeyInit, Mac};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Scope, inbound_event::NewInboundEvent, sender::Sender, workspace::Workspace};

const TWIML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>";

pub(super) fn refused() -> Error {
    let message = "The signature does not fit. Check that the auth token and the public URL are the ones the provider signs with";
    Error::new(Kind::Unauthenticated, "signature.invalid", message).number(1006)
}

fn form(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn field<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
}

pub(super) async fn workspace_of(app: &App, sender: &Sender) -> Result<Workspace> {
    Ok(store::workspace::get(&app.db, &Scope::system(sender.workspace_id.clone())).await?)
}

/// Verifies a Twilio form against the token of the number it concerns.
async fn verified(
    app: &App,
    number: Option<&str>,
    url: &str,
    headers: &HeaderMap,
    params: &[(String, String)],
) -> Result<Arc<Door>> {
    let number = number.ok_or_else(refused)?;
    let signature = headers.get("x-twilio-signature").and_then(|v| v.to_str().ok()).ok_or_else(refused)?;
    let fits = |door: &Arc<Door>| providers::twilio::verify(&door.token, url, params, signature);
    if let Some(door) = app.doors.remembered(number).filter(fits) {
        return Ok(door);
    }
    app.doors.look_up(app, number).await?.filter(fits).ok_or_else(refused)
}

/// `POST /api/twilio/inbound-sms` (H20, M07, M09).
pub async fn twilio_message(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let params = form(&body);
    let url = address(&app, "/api/twilio/inbound-sms", query.as_deref());
    let door = verified(&app, field(&params, "To"), &url, &headers, &params).await?;
    let key = field(&params, "MessageSid").map_or_else(|| digest(&body), str::to_owned);
    keep(&app, "twilio.message", &door.sender, key, json!({}), body).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml")], TWIML).into_response())
}

/// Query of the door for receipts.
#[derive(Deserialize, JsonSchema)]
pub struct StatusQuery {
    /// Our message.
    m: Option<String>,
}

/// `POST /api/twilio/status?m=<our message id>`
pub async fn twilio_status(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    Asked(ours): Asked<StatusQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let params = form(&body);
    let url = address(&app, "/api/twilio/status", query.as_deref());
    let door = verified(&app, field(&params, "From"), &url, &headers, &params).await?;
    let state = field(&params, "MessageStatus").unwrap_or("unknown");
    let key =
        format!("{}:{state}", field(&params, "MessageSid").map_or_else(|| digest(&body), str::to_owned));
    keep(&app, "twilio.status", &door.sender, key, json!({ "m": ours.m }), body).await?;
    Ok(([(header::CONTENT_TYPE, "text/xml")], TWIML).into_response())
}

fn address(app: &App, path: &str, query: Option<&str>) -> String {
    let base = app.public_url();
    match query {
        Some(query) if !query.is_empty() => format!("{base}{path}?{query}"),
        _ => format!("{base}{path}"),
    }
}

/// Query of the mail door.
#[derive(Deserialize, JsonSchema)]
pub struct MailQuery {
    sender: Option<String>,
}

/// `POST /webhooks/email`: one raw message (message/rfc822), signed `X-Overture-Signature: sha256=<hex>`
/// with HMAC-SHA256 over the body. The mailbox it came to is named by `?sender=` or by its recipients.
pub async fn email(
    State(app): State<Arc<App>>,
    Asked(query): Asked<MailQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let sender = match query.sender.as_deref().map(str::parse) {
        Some(Ok(id)) => store::sender::by_id(&app.db, &id).await?,
        Some(Err(_)) => None,
        None => recipient(&app, &body).await?,
    };
    let sender = sender.filter(|s| s.channel == Channel::Email).ok_or_else(refused)?;
    let workspace = workspace_of(&app, &sender).await?;
    let secrets = app.outside.email_secrets(&app.keys, &workspace, &sender);
    let given = headers.get("x-overture-signature").and_then(|v| v.to_str().ok()).ok_or_else(refused)?;
    if !secrets.iter().any(|secret| is_signed(secret, &body, given)) {
        return Err(refused());
    }
    keep(&app, "email", &sender, format!("{}:{}", sender.id, digest(&body)), json!({}), body).await?;
    Ok(axum::Json(json!({ "success": true })).into_response())
}

/// Whether a raw mail was signed with this secret: `sha256=` and the HMAC-SHA256 of the body in hexadecimal.
pub fn is_signed(secret: &str, body: &[u8], given: &str) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    let ours: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
    let given = given.strip_prefix("sha256=").unwrap_or("");
    subtle::ConstantTimeEq::ct_eq(ours.as_bytes(), given.as_bytes()).into()
}

/// The mailbox among the recipients of a message, without its `+tag`.
async fn recipient(app: &App, raw: &[u8]) -> Result<Option<Sender>> {
    let head = &raw[..raw.len().min(256 * 1024)];
    for address in crate::inbound::recipients(head) {
        if let Some(sender) = store::sender::by_address(&app.db, Channel::Email, &address).await? {
            return Ok(Some(sender));
        }
    }
    Ok(None)
}

pub(crate) fn digest(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(16).map(|b| format!("{b:02x}")).collect()
}

/// Stores the raw event; returns when it is durable.
pub(super) async fn keep(
    app: &App,
    source: &'static str,
    sender: &Sender,
    key: String,
    headers: serde_json::Value,
    body: Bytes,
) -> Result<()> {
    let id = store::new_id(InboundEventId::from_uuid);
    #[cfg(feature = "planted-bugs")]
    let key = if crate::planted("check_then_insert") { format!("{key}:{id}") } else { key };
    let event = NewInboundEvent {
        id,
        workspace_id: Some(sender.workspace_id.clone()),
        source,
        sender_id: Some(sender.id.clone()),
        dedupe_key: key,
        headers: headers.to_string(),
        body: body.into(),
        received_at: app.clock.now(),
    };
    app.intake.store(event).await?;
    app.wake.inbound.notify_one();
    Ok(())
}
