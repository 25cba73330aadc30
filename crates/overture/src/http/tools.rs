//! A route per tool: body, query and path become one JSON object.

use super::input;
use crate::{
    app::App,
    error::{Error, Result},
    tool::{Ctx, Tool},
};
use axum::{
    Extension, Json, Router,
    body::Bytes,
    extract::{RawPathParams, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::{MethodFilter, on},
};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Routes for every tool of the registry.
pub fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let mut router = Router::new();
    for tool in app.registry.iter() {
        let name = tool.name;
        let status = StatusCode::from_u16(tool.status).unwrap_or(StatusCode::OK);
        let has_body = !matches!(tool.method, "GET" | "DELETE");
        let handler = move |State(app): State<Arc<App>>,
                            Extension(ctx): Extension<Ctx>,
                            path: RawPathParams,
                            uri: Uri,
                            headers: HeaderMap,
                            body: Bytes| async move {
            let body = if has_body { input::object(&headers, &body)? } else { Map::new() };
            let query = input::query(&uri)?;
            if let Some((name, _)) = query.first().filter(|_| has_body) {
                let message = format!("{name:?} stands in the address; put it into the body");
                return Err(Error::field("query.unexpected", name, message));
            }
            let input = merge(app.registry.get(name)?, body, &query, &path)?;
            Ok::<_, Error>((status, Json(app.registry.call(ctx, name, input).await?)))
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
    tool: &Tool,
    mut input: Map<String, Value>,
    query: &[(String, String)],
    path: &RawPathParams,
) -> Result<Value> {
    let query = query.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    for (name, text) in query.chain(path.iter()) {
        input::nul_free(name, text)?;
        let literal = tool.takes_literal(name) && !text.contains(char::is_whitespace) && text != "null";
        let value = literal.then(|| serde_json::from_str(text).ok()).flatten();
        let value = value.unwrap_or_else(|| Value::String(text.to_owned()));
        if input.insert(name.to_owned(), value).is_some() {
            return Err(Error::field("input.repeated", name, "This stands in the address already"));
        }
    }
    Ok(Value::Object(input))
}
