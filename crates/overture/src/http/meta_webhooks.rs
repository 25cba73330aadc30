//! What Meta tells us of WhatsApp and Messenger. One app of Meta's has one address for all its numbers and pages, so a
//! webhook may concern several senders: each whose secret signs it gets it, and reads only what is its own.

use super::{
    input::Asked,
    webhooks::{digest, keep, refused, workspace_of},
};
use crate::{
    app::App,
    error::{Error, Kind, Result},
    outside,
};
use axum::{
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::Channel;
use providers::graph::Handshake;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use store::sender::Sender;

/// Query of the doors.
#[derive(Deserialize, JsonSchema)]
pub struct Query {
    /// The sender whose address this is.
    sender: Option<String>,
}

/// Query of the handshake.
#[derive(Deserialize, JsonSchema)]
pub struct Opening {
    /// The sender whose address this is.
    sender: Option<String>,
    #[serde(flatten)]
    handshake: Handshake,
}

/// `GET /webhooks/whatsapp`
pub async fn whatsapp_handshake(app: State<Arc<App>>, query: Asked<Opening>) -> Result<String> {
    handshake(app, query, Channel::Whatsapp).await
}

/// `GET /webhooks/facebook`
pub async fn messenger_handshake(app: State<Arc<App>>, query: Asked<Opening>) -> Result<String> {
    handshake(app, query, Channel::Messenger).await
}

/// Meta asks whether the address is ours, and shows the token that the member entered beside it.
async fn handshake(
    State(app): State<Arc<App>>,
    Asked(query): Asked<Opening>,
    channel: Channel,
) -> Result<String> {
    let wrong = || {
        let message = "The verify token does not fit. Copy it and the address anew from Settings, Senders";
        Error::new(Kind::Forbidden, "webhook.token_wrong", message).number(1006)
    };
    let sender = named(&app, query.sender.as_deref(), channel).await?.ok_or_else(wrong)?;
    let tokens = outside::verify_tokens(&app.keys, &sender);
    query.handshake.answer(&tokens).map(str::to_owned).ok_or_else(wrong)
}

/// `POST /webhooks/whatsapp`
pub async fn whatsapp(
    app: State<Arc<App>>,
    query: Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let numbers = providers::whatsapp::numbers(&body);
    let accounts = providers::whatsapp::accounts(&body);
    take(app, query, headers, body, ("whatsapp", Channel::Whatsapp, numbers, accounts)).await
}

/// `POST /webhooks/facebook`
pub async fn messenger(
    app: State<Arc<App>>,
    query: Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let pages = providers::messenger::pages(&body);
    take(app, query, headers, body, ("messenger", Channel::Messenger, pages, vec![])).await
}

async fn take(
    State(app): State<Arc<App>>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
    (source, channel, addresses, accounts): (&'static str, Channel, Vec<String>, Vec<String>),
) -> Result<Response> {
    let given = headers.get("x-hub-signature-256").and_then(|v| v.to_str().ok()).ok_or_else(refused)?;
    let mut concerned: Vec<Sender> =
        named(&app, query.sender.as_deref(), channel).await?.into_iter().collect();
    for address in addresses {
        if let Some(sender) = store::sender::by_address(&app.db, channel, &address).await?
            && concerned.iter().all(|other| other.id != sender.id)
        {
            concerned.push(sender);
        }
    }
    for account in accounts {
        for id in store::approved::senders_of(&app.db, &account).await? {
            if concerned.iter().all(|other| other.id != id)
                && let Some(sender) = store::sender::by_id(&app.db, &id).await?
            {
                concerned.push(sender);
            }
        }
    }
    let mut is_signed = false;
    for sender in concerned {
        let workspace = workspace_of(&app, &sender).await?;
        let secret = app.outside.meta_secret(&app.keys, &workspace, &sender);
        if !secret.is_some_and(|secret| providers::graph::verify(&secret, &body, given)) {
            continue;
        }
        is_signed = true;
        let key = format!("{}:{}", sender.id, digest(&body));
        keep(&app, source, &sender, key, json!({}), body.clone()).await?;
    }
    if !is_signed {
        return Err(refused());
    }
    Ok(axum::Json(json!({ "success": true })).into_response())
}

async fn named(app: &App, id: Option<&str>, channel: Channel) -> Result<Option<Sender>> {
    let Some(Ok(id)) = id.map(str::parse) else { return Ok(None) };
    Ok(store::sender::by_id(&app.db, &id).await?.filter(|sender| sender.channel == channel))
}
