//! The web UI, built into the binary, with each file compressed beforehand.

use crate::error::{Error, Kind};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::borrow::Cow;

#[derive(rust_embed::RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// Paths that belong to programs: an unknown one is a 404 in JSON, never the page.
const PROGRAMS: &[&str] =
    &["/api/", "/webhooks/", "/socket.io", "/media/", "/t/", "/u/", "/metrics", "/assets/"];

/// A file, or the page, whose router knows the rest.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let is_page = !PROGRAMS.iter().any(|p| path.starts_with(p)) && !path.contains("..");
    let file = path.trim_start_matches('/');
    if method != Method::GET && method != Method::HEAD {
        return Error::not_found("address").into_response();
    }
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip"));
    match find(file, gzip).or_else(|| if is_page { find("index.html", gzip) } else { None }) {
        Some((bytes, kind, packed)) => answer(&headers, file, bytes, &kind, packed),
        None if is_page => {
            (StatusCode::OK, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], NO_UI).into_response()
        }
        None => Error::not_found("address").into_response(),
    }
}

const NO_UI: &str = "<!doctype html><html lang=en><title>Overture</title><main><h1>Overture runs</h1><p>This binary was built without the web interface. \
    Run <code>npm install &amp;&amp; npm run build</code> in <code>web/</code>, then build it again. The API is at <a href=/api/openapi.json>/api</a>.</p></main>";

fn find(file: &str, gzip: bool) -> Option<(Cow<'static, [u8]>, String, bool)> {
    let kind = || Files::get(file).map(|f| f.metadata.mimetype().to_owned());
    if gzip && let Some(packed) = Files::get(&format!("{file}.gz")) {
        return Some((packed.data, kind()?, true));
    }
    let plain = Files::get(file)?;
    let kind = plain.metadata.mimetype().to_owned();
    Some((plain.data, kind, false))
}

fn answer(headers: &HeaderMap, file: &str, bytes: Cow<'static, [u8]>, kind: &str, packed: bool) -> Response {
    let tag = format!("\"{:x}-{}\"", fingerprint(&bytes), bytes.len());
    let cache = if file.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    if headers.get(header::IF_NONE_MATCH).is_some_and(|v| v.as_bytes() == tag.as_bytes()) {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let body = match bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let kind = if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() };
    let mut response =
        ([(header::CONTENT_TYPE, kind), (header::ETAG, tag), (header::CACHE_CONTROL, cache.into())], body)
            .into_response();
    if packed {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

/// FNV-1a: names a version of a file, guards nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A known address with a method it does not take.
pub async fn wrong_method() -> Response {
    let message = "This address does not take this method";
    let mut response = Error::new(Kind::Invalid, "method.not_allowed", message).number(405).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
