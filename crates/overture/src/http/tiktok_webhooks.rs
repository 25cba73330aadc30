//! What TikTok tells us. One app has one address for all its accounts: whose event it is stands in the event.

use super::{
    input::Asked,
    webhooks::{digest, keep, refused, workspace_of},
};
use crate::{app::App, error::Result};
use axum::{
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use domain::Channel;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use store::sender::Sender;

/// Query of the door.
#[derive(Deserialize, JsonSchema)]
pub struct Query {
    /// The sender whose address this is.
    sender: Option<String>,
}

/// `POST /webhooks/tiktok`
pub async fn tiktok(
    State(app): State<Arc<App>>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let given = headers.get("tiktok-signature").and_then(|v| v.to_str().ok()).ok_or_else(refused)?;
    let sender = concerned(&app, query.sender.as_deref(), &body).await?.ok_or_else(refused)?;
    let workspace = workspace_of(&app, &sender).await?;
    let secret = app.outside.tiktok_secret(&app.keys, &workspace, &sender).ok_or_else(refused)?;
    // TikTok's clock is the world's, whatever ours says in a demo.
    if !providers::tiktok::verify(&secret, &body, given, app.real_ms()) {
        return Err(refused());
    }
    let key = format!("{}:{}", sender.id, digest(&body));
    keep(&app, "tiktok", &sender, key, json!({}), body).await?;
    Ok(axum::Json(json!({ "success": true })).into_response())
}

/// Whose event it is: of the account that it names, else of the address that it came to.
async fn concerned(app: &App, id: Option<&str>, body: &[u8]) -> Result<Option<Sender>> {
    if let Some(account) = providers::tiktok::account(body)
        && let Some(sender) = store::sender::by_address(&app.db, Channel::Tiktok, &account).await?
    {
        return Ok(Some(sender));
    }
    let Some(Ok(id)) = id.map(str::parse) else { return Ok(None) };
    Ok(store::sender::by_id(&app.db, &id).await?.filter(|sender| sender.channel == Channel::Tiktok))
}
