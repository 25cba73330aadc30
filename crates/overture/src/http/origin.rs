//! Which pages may make a browser ask us something (G02, G19, P-X7).
//!
//! A browser says with every request that could change something from which page it comes. A page of another origin
//! is refused, before anybody looks at cookies; programs say nothing and are let through to where their key is asked
//! for. Pages of the origins in `server.allowed_origins` may ask, and read the answers.

use crate::{
    app::App,
    error::{Error, Kind, Result},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header},
    middleware::Next,
    response::Response,
};
use std::{sync::Arc, time::Duration};
use tower_http::cors::CorsLayer;

/// How long a browser need not ask again whether it may.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Whether a request comes from a page of this host, of one of these origins, or from no page at all.
pub fn is_ours(headers: &HeaderMap, uri: &Uri, allowed: &[String]) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).into_iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => return true,
        (Some(origin), None) => origin.to_str().unwrap_or("null"),
        (Some(_), Some(_)) => return false,
    };
    if allowed.iter().any(|other| other.trim_end_matches('/').eq_ignore_ascii_case(origin)) {
        return true;
    }
    let Some((scheme, page)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let mut hosts = headers.get_all(header::HOST).into_iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok(),
        (None, _) => uri.authority().map(|authority| authority.as_str()),
        _ => None,
    };
    let bare = |host: &str| host.strip_suffix(port).unwrap_or(host).to_ascii_lowercase();
    host.is_some_and(|host| !page.is_empty() && bare(host) == bare(page))
}

/// The origins whose pages may ask: those of the configuration, and our own address behind a proxy.
pub fn allowed(app: &App) -> Vec<String> {
    let own = app.config.public_url.as_deref().and_then(|url| {
        let (scheme, rest) = url.split_once("://")?;
        Some(format!("{scheme}://{}", rest.split('/').next()?))
    });
    app.config.allowed_origins.iter().cloned().chain(own).collect()
}

/// Refuses what a page of another origin sends.
pub async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Result<Response> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads || is_ours(request.headers(), request.uri(), &allowed(&app)) {
        return Ok(next.run(request).await);
    }
    let message = "CORS Error: a page of another origin may not do this. Add its origin to server.allowed_origins if it may";
    Err(Error::new(Kind::Forbidden, "origin.foreign", message).number(403))
}

/// Tells browsers which pages may read the answers.
pub fn cors(app: &App) -> CorsLayer {
    let origins = app.config.allowed_origins.iter();
    let origins: Vec<HeaderValue> =
        origins.filter_map(|origin| origin.trim_end_matches('/').parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            HeaderName::from_static("x-csrf-token"),
            HeaderName::from_static("x-api-key"),
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([HeaderName::from_static("x-request-id"), header::RETRY_AFTER])
        .max_age(REMEMBERED)
}
