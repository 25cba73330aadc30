//! What Bonzo tells us. It signs nothing: its hook is entered with an address that has a token, or sends that as a header.

use super::{
    input::Asked,
    webhooks::{digest, keep, refused},
};
use crate::{app::App, error::Result, outside};
use axum::{
    body::Bytes,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Query of the door.
#[derive(Deserialize, JsonSchema)]
pub struct Query {
    /// The sender whose address this is.
    sender: Option<String>,
    /// Proves that the address is ours.
    token: Option<String>,
}

/// `POST /api/bonzo/inbound`
pub async fn inbound(
    State(app): State<Arc<App>>,
    Asked(query): Asked<Query>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    let header = headers.get("x-bonzo-token").and_then(|value| value.to_str().ok());
    let token = query.token.as_deref().or(header).ok_or_else(refused)?;
    let id = query.sender.as_deref().and_then(|id| id.parse().ok()).ok_or_else(refused)?;
    let sender = store::sender::by_id(&app.db, &id).await?.filter(|sender| sender.provider == "bonzo");
    let sender = sender.ok_or_else(refused)?;
    if !outside::is_bonzo_token(&app.keys, &sender, token) {
        return Err(refused());
    }
    let key = format!("{}:{}", sender.id, digest(&body));
    keep(&app, "bonzo", &sender, key, json!({}), body).await?;
    Ok(axum::Json(json!({ "success": true })).into_response())
}
