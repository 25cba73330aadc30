//! Whether the process lives, and whether it can work.

use crate::{app::App, clock::real_ms};
use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

static STARTED: OnceLock<i64> = OnceLock::new();

/// `GET /health` (H13): 200 while the database answers.
pub async fn health(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let uptime = (real_ms() - STARTED.get_or_init(real_ms)) as f64 / 1000.0;
    match app.db.ping().await {
        Ok(()) => (
            StatusCode::OK,
            Json(json!({ "ok": true, "timestamp": domain::time::rfc3339(real_ms()), "uptime": uptime })),
        ),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "ok": false, "error": "Database unreachable" })))
        }
    }
}

/// `GET /ready`: 200 when this node can take work.
pub async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let before = real_ms();
    let ok = app.db.ping().await.is_ok();
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({ "ok": ok, "checks": { "database": { "ok": ok, "ms": real_ms() - before } } })))
}
