//! What every answer carries: a request id and the headers that tell browsers what a page may do.

use crate::error::{Body, Error, Kind};
use axum::{
    body::Body as HttpBody,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Response as HttpResponse, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// The page may load its own scripts, styles and pictures and nothing else. Styles may be inline because
/// the canvas and virtual lists position their elements so.
const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/// Gives the request an id, and the answer its headers; an error's body learns the id too.
pub async fn dress(request: Request, next: Next) -> Response {
    let id = store::new_id(|uuid| uuid.simple().to_string());
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let route = response.extensions_mut().remove::<Route>().map(|route| route.0);
    response = shape(response);
    if let Some(Body(mut body)) = response.extensions_mut().remove::<Body>() {
        body["request_id"] = id.clone().into();
        let status = response.status();
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        response = HttpResponse::from_parts(parts, HttpBody::from(body.to_string()));
        *response.status_mut() = status;
    }
    // The pattern, not the path: that may hold the token of a link.
    tracing::debug!(request_id = %id, %method, route, status = response.status().as_u16(), "request");
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", value);
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The pattern of the address that was asked for, such as `/u/{token}`.
#[derive(Clone)]
struct Route(String);

/// Tells the outermost layer which route a request took; only a route's own layer knows.
pub async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// Answers that the framework gives by itself (a body too large, a missing content type, a bad path) get
/// the shape that all errors have.
fn shape(response: Response) -> Response {
    let status = response.status();
    let framework =
        status.is_client_error() && response.extensions().get::<Body>().is_none() && !is_json(&response);
    if !framework {
        return response;
    }
    let (kind, name, message) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            (Kind::TooLarge, "body.too_large", "The body is too large for this address")
        }
        StatusCode::REQUEST_TIMEOUT => (Kind::Unavailable, "timeout", "This took too long. Try again"),
        StatusCode::NOT_FOUND => (Kind::NotFound, "not_found", "There is nothing at this address"),
        _ => (Kind::Invalid, "request.invalid", "The request cannot be understood"),
    };
    let mut shaped = Error::new(kind, name, message).number(status.as_u16()).into_response();
    *shaped.status_mut() = status;
    shaped
}

fn is_json(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    kind.starts_with("application/json") || kind.starts_with("text/html") || kind.starts_with("text/xml")
}

/// A panic is our mistake: the caller gets an honest 500 and the log the place.
pub fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> HttpResponse<HttpBody> {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("?");
    Error::from(anyhow::anyhow!("panic: {text}")).into_response()
}
