//! A route per tool: body, query and path become one JSON object.

use crate::{
    app::App,
    error::{Error, Kind, Result},
    tool::{Ctx, Tool},
};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{Query, RawPathParams, State},
    http::{HeaderMap, header},
    routing::{MethodFilter, on},
};
use serde_json::{Map, Value};
use std::{collections::HashMap, sync::Arc};

/// Routes for every tool of the registry.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let mut router = Router::new();
    for tool in app.registry.iter() {
        let name = tool.name;
        let schema = Arc::new(tool.input.clone());
        let handler = move |State(app): State<Arc<App>>,
                            Extension(ctx): Extension<Ctx>,
                            path: RawPathParams,
                            Query(query): Query<HashMap<String, String>>,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let text = query.into_iter().chain(path.iter().map(|(k, v)| (k.to_owned(), v.to_owned())));
            let input = merge(&schema, &headers, &body, text)?;
            Ok::<_, Error>(Json(app.registry.call(ctx, name, input).await?))
        };
        router = router.route(&format!("/api{}", tool.path), on(filter(tool), handler));
    }
    router
}

fn filter(tool: &Tool) -> MethodFilter {
    match tool.method {
        "GET" => MethodFilter::GET,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        "PATCH" => MethodFilter::PATCH,
        "DELETE" => MethodFilter::DELETE,
        other => unreachable!("{} has the method {other}", tool.name),
    }
}

/// One object from body, query and path. What comes from the address is text; it takes the type that the
/// schema asks for.
fn merge(
    schema: &Value,
    headers: &HeaderMap,
    body: &[u8],
    text: impl Iterator<Item = (String, String)>,
) -> Result<Value> {
    let mut input = if body.is_empty() { Map::new() } else { parse(headers, body)? };
    for (key, text) in text {
        let wanted = schema["properties"][&key]["type"].to_string();
        let value = if ["integer", "number", "boolean"].iter().any(|t| wanted.contains(t)) {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        } else {
            Value::String(text)
        };
        input.insert(key, value);
    }
    Ok(Value::Object(input))
}

fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Map<String, Value>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if !kind.starts_with("application/json") {
        let message = "Send JSON with the header Content-Type: application/json";
        return Err(Error::new(Kind::Invalid, "body.not_json", message).number(415));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message = format!("The body is not a JSON object: {error}");
        Error::new(Kind::Invalid, "body.malformed", message).number(400)
    })
}
