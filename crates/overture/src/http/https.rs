//! Encryption on the way here. Overture does not end TLS; where the address that the world knows (`server.public_url`)
//! is `https://`, a proxy does, and browsers are told never to come without again (RFC 6797).

use crate::{
    app::App,
    error::{Error, Kind},
};
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use ipnet::IpNet;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// A year.
const HSTS: &str = "max-age=31536000";

/// Sends who came to the proxy without encryption to the address with it. Health checks come from the proxy itself.
pub async fn require(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some(public_url) = app.config.public_url.as_deref().filter(|url| url.starts_with("https://")) else {
        return next.run(request).await;
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let is_check = matches!(request.uri().path(), "/health" | "/ready");
    if !is_check && came_plain(peer, request.headers(), &app.config.trusted_proxies) {
        return away(public_url, &request);
    }
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    response
}

/// Whether a proxy of ours says that the client came to it without encryption.
fn came_plain(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &[IpNet]) -> bool {
    let is_ours = peer.is_some_and(|peer| proxies.iter().any(|net| net.contains(&peer.to_canonical())));
    let told = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    is_ours && told.is_some_and(|told| told.trim().eq_ignore_ascii_case("http"))
}

/// What was sent in the clear is not taken: a secret in it has been read by others already.
fn away(public_url: &str, request: &Request) -> Response {
    let place = request.uri().path_and_query().map_or("/", |place| place.as_str());
    let target = format!("{}{place}", public_url.trim_end_matches('/'));
    match (request.method(), HeaderValue::from_str(&target)) {
        (&Method::GET | &Method::HEAD, Ok(target)) => {
            (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, target)]).into_response()
        }
        _ => {
            let message = format!("Use {public_url}: what is sent without encryption can be read on the way");
            Error::new(Kind::Forbidden, "https.required", message).number(403).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_of_ours_can_say_that_a_client_came_plain() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let headers = |told: &str| {
            HeaderMap::from_iter([("x-forwarded-proto".parse().unwrap(), told.parse().unwrap())])
        };
        for (peer, told, plain) in [
            (Some("10.1.1.1"), "http", true),
            (Some("::ffff:10.1.1.1"), "HTTP", true),
            (Some("10.1.1.1"), "https", false),
            (Some("10.1.1.1"), "https, http", false),
            (Some("203.0.113.1"), "http", false),
            (None, "http", false),
        ] {
            let peer = peer.map(|text| text.parse().unwrap());
            assert_eq!(came_plain(peer, &headers(told), &proxies), plain, "{peer:?} {told}");
        }
        assert!(!came_plain(Some("10.1.1.1".parse().unwrap()), &HeaderMap::new(), &proxies));
    }

    #[test]
    fn a_page_is_sent_on_and_a_secret_is_not_taken() {
        let request = |method: &str| {
            Request::builder().method(method).uri("/inbox?view=open").body(axum::body::Body::empty()).unwrap()
        };
        let sent = away("https://o.example/", &request("GET"));
        assert_eq!(sent.status(), 308);
        assert_eq!(sent.headers()["location"], "https://o.example/inbox?view=open");
        assert_eq!(away("https://o.example", &request("POST")).status(), 403);
    }
}
