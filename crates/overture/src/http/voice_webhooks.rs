//! What Slybroadcast tells us. It signs nothing: each order carries an address that nobody else knows, and that is all
//! the proof there is.

use super::{
    input::Asked,
    webhooks::{digest, keep, refused},
};
use crate::{app::App, error::Result};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use domain::ids::{MessageId, SenderId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use store::sender::Sender;

const PURPOSE: &str = "slybroadcast postback";

/// Query of the door.
#[derive(Deserialize, JsonSchema)]
pub struct Query {
    /// The sender whose address this is.
    sender: Option<String>,
    /// Proves that the address is ours.
    token: Option<String>,
    /// Our message.
    m: Option<String>,
}

/// Where Slybroadcast tells what became of a message.
pub fn postback(app: &App, sender: &SenderId, message: &MessageId) -> String {
    let token = app.keys.sign(PURPOSE, &signed(sender, message.as_str()));
    format!("{}/webhooks/slybroadcast?sender={sender}&token={token}&m={message}", app.public_url())
}

fn signed(sender: &SenderId, message: &str) -> String {
    format!("{sender} {message}")
}

/// `POST /webhooks/slybroadcast`
pub async fn slybroadcast(app: State<Arc<App>>, query: Asked<Query>, body: Bytes) -> Result<Response> {
    take(app, query, body).await
}

/// `GET /webhooks/slybroadcast`: the same in the query, as older accounts have it.
pub async fn slybroadcast_asked(
    app: State<Arc<App>>,
    query: Asked<Query>,
    RawQuery(raw): RawQuery,
) -> Result<Response> {
    let raw = raw.unwrap_or_default();
    let told = form_urlencoded::parse(raw.as_bytes())
        .filter(|(name, _)| matches!(name.as_ref(), "var" | "c_session" | "c_phone" | "c_dispo"));
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
    take(app, query, body.into()).await
}

async fn take(State(app): State<Arc<App>>, Asked(query): Asked<Query>, body: Bytes) -> Result<Response> {
    let sender = named(&app, &query).await?.ok_or_else(refused)?;
    let ours = query.m.as_deref().unwrap_or_default();
    let key = format!("{}:{}", sender.id, digest(&[ours.as_bytes(), b"\n", &body].concat()));
    keep(&app, "slybroadcast", &sender, key, json!({ "m": ours }), body).await?;
    Ok("OK".into_response())
}

/// The sender, if the token is that of its address and of this message.
async fn named(app: &App, query: &Query) -> Result<Option<Sender>> {
    let (Some(sender), Some(token), Some(message)) = (&query.sender, &query.token, &query.m) else {
        return Ok(None);
    };
    let Ok(id) = sender.parse::<SenderId>() else { return Ok(None) };
    if !app.keys.is_signed(PURPOSE, &signed(&id, message), token) {
        return Ok(None);
    }
    Ok(store::sender::by_id(&app.db, &id).await?.filter(|sender| sender.provider == "slybroadcast"))
}
