//! What DNS says in the sandbox: a table, asked and changed over the control API. Nobody outside is asked.

use crate::world::{World, locked};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What is said to a question; nothing is a server that does not answer.
type Said = Option<Vec<String>>;

/// Entries by name and kind (`TXT`, `MX`).
#[derive(Default)]
pub(crate) struct Table(Mutex<BTreeMap<(String, String), Said>>);

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new().route("/_sandbox/dns", get(ask).post(set))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    name: String,
    kind: String,
}

fn key(name: &str, kind: &str) -> (String, String) {
    (name.trim_end_matches('.').to_lowercase(), kind.to_uppercase())
}

async fn ask(State(world): State<Arc<World>>, Query(question): Query<Question>) -> Response {
    let key = key(&question.name, &question.kind);
    let set = locked(&world.dns.0).get(&key).cloned();
    match set.unwrap_or_else(|| Some(usual(&key.0, &key.1))) {
        Some(values) => Json(json!({ "values": values })).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": "no answer" }))).into_response(),
    }
}

/// What a domain says of which nobody has said anything: mails of a service that has set it up, and watches only.
fn usual(name: &str, kind: &str) -> Vec<String> {
    let is_domain = !name.contains('_') && name.contains('.');
    let text = match kind {
        "MX" if is_domain => format!("mx.{name}"),
        "TXT" if is_domain => "v=spf1 mx ~all".to_owned(),
        "TXT" if name.starts_with("default._domainkey.") => {
            format!("v=DKIM1; k=rsa; p={}", "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A".repeat(12))
        }
        "TXT" if name.starts_with("_dmarc.") && name.matches('.').count() > 1 => {
            "v=DMARC1; p=none".to_owned()
        }
        _ => return vec![],
    };
    vec![text]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    kind: String,
    /// `null`: nobody answers.
    values: Option<Vec<String>>,
}

async fn set(State(world): State<Arc<World>>, Json(entry): Json<Entry>) -> Response {
    locked(&world.dns.0).insert(key(&entry.name, &entry.kind), entry.values);
    Json(json!({ "ok": true })).into_response()
}
