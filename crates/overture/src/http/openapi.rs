//! The OpenAPI 3.1 document, derived from the registry.

use crate::{app::App, tool::Registry};
use axum::{Json, extract::State};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `GET /api/openapi.json`
pub async fn serve(State(app): State<Arc<App>>) -> Json<Value> {
    Json(document(&app.registry))
}

/// The document.
pub fn document(registry: &Registry) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for tool in registry.iter() {
        let props = tool.input["properties"].as_object().cloned().unwrap_or_default();
        let required: Vec<&str> =
            tool.input["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let in_path = |key: &str| tool.path.contains(&format!("{{{key}}}"));
        let has_body = tool.method != "GET" && tool.method != "DELETE";
        let parameters: Vec<Value> = props
            .iter()
            .filter(|(key, _)| !has_body || in_path(key))
            .map(|(key, schema)| {
                let place = if in_path(key) { "path" } else { "query" };
                json!({ "name": key, "in": place, "required": in_path(key) || required.contains(&key.as_str()), "schema": schema })
            })
            .collect();
        let mut operation = json!({
            "operationId": tool.name,
            "summary": tool.about,
            "parameters": parameters,
            "x-access": tool.access,
            "x-scope": tool.scope(),
            "responses": {
                "200": { "description": "Done", "content": { "application/json": { "schema": tool.output } } },
                "default": { "description": "Error", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } } },
            },
        });
        if has_body {
            let body: Map<String, Value> =
                props.iter().filter(|(k, _)| !in_path(k)).map(|(k, v)| (k.clone(), v.clone())).collect();
            let needed: Vec<&&str> = required.iter().filter(|k| !in_path(k)).collect();
            let mut schema = json!({ "type": "object", "properties": body, "additionalProperties": false });
            if !needed.is_empty() {
                schema["required"] = json!(needed);
            }
            operation["requestBody"] = json!({ "content": { "application/json": { "schema": schema } } });
        }
        paths.entry(format!("/api{}", tool.path)).or_insert_with(|| json!({}))[tool.method.to_lowercase()] =
            operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Overture", "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" } },
        "paths": paths,
        "components": { "schemas": { "Error": error() } },
    })
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["success", "error", "timestamp", "request_id"],
        "properties": {
            "success": { "const": false },
            "error": {
                "type": "object",
                "required": ["code", "name", "message", "details", "fields"],
                "properties": {
                    "code": { "type": "integer" }, "name": { "type": "string" }, "message": { "type": "string" }, "details": { "type": "string" },
                    "fields": { "type": "array", "items": { "type": "object", "properties": {
                        "field": { "type": "string" }, "message": { "type": "string" } } } },
                },
            },
            "timestamp": { "type": "string", "format": "date-time" },
            "request_id": { "type": "string" },
        },
    })
}
