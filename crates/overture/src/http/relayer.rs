//! What relayers ask. They come in with `X-Relayer-API-Key` and `X-Employee-ID`, and with nothing else: neither a session
//! nor an API key opens this, and their key opens nothing but this.

use super::{
    address::Address,
    callers,
    input::{Asked, Input},
};
use crate::{
    app::App,
    error::Result,
    relay::{self, Ask, Batch, Report, Told},
    relayers,
};
use axum::{
    Extension, Json,
    extract::{Path, Request, State},
    middleware::Next,
    response::Response,
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::api_key::Grant;

/// Lets relayers through.
pub async fn require(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Result<Response> {
    let address = request.extensions().get::<Address>().copied().unwrap_or(Address(None));
    let grant = match callers::relayer(&app, request.headers(), address).await {
        Ok(grant) => grant,
        Err(refused) => {
            app.limits.stranger(address)?;
            return Err(refused);
        }
    };
    app.limits.key(grant.id.as_str())?;
    request.extensions_mut().insert(grant);
    Ok(next.run(request).await)
}

/// `POST /api/relayer/heartbeat`: that a relayer is there is known by its having asked; it is told what it needs to notice
/// that its own clock is wrong, or that it works for somebody else than it thinks.
pub async fn heartbeat(State(app): State<Arc<App>>, Extension(grant): Extension<Grant>) -> Json<Value> {
    Json(json!({
        "success": true, "employee_id": grant.handle, "device": grant.name,
        "server_time": domain::time::rfc3339(app.real_ms()),
    }))
}

/// `GET /api/relayer/approved-pending`: what the member has approved, lent to their device.
pub async fn approved_pending(
    State(app): State<Arc<App>>,
    Extension(grant): Extension<Grant>,
    Asked(ask): Asked<Ask>,
) -> Result<Json<Batch>> {
    relay::lend(&app, &grant, &ask).await.map(Json)
}

/// `POST /api/relayer/mark-prepared/{id}`: the device has sent it.
pub async fn mark_prepared(
    State(app): State<Arc<App>>,
    Extension(grant): Extension<Grant>,
    Path(id): Path<String>,
    Input(report): Input<Report>,
) -> Result<Json<Told>> {
    relay::prepared(&app, &grant, &id, &report).await.map(Json)
}

/// `POST /api/relayer/mark-failed/{id}`: the device has not sent it, or cannot tell.
pub async fn mark_failed(
    State(app): State<Arc<App>>,
    Extension(grant): Extension<Grant>,
    Path(id): Path<String>,
    Input(report): Input<Report>,
) -> Result<Json<Told>> {
    relay::failed(&app, &grant, &id, &report).await.map(Json)
}

/// `POST /api/relayer/pair`: a device trades the code that its member reads to it for a key of its own.
pub async fn pair(State(app): State<Arc<App>>, Input(code): Input<relayers::Code>) -> Result<Json<Value>> {
    relayers::trade(&app, &code).await.map(Json)
}
