//! From where a request comes, also behind proxies.

use crate::app::App;
use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, header::USER_AGENT},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// The client's address; none where there is no connection, as in tests.
#[derive(Debug, Clone, Copy)]
pub struct Address(pub Option<IpAddr>);

impl Address {
    /// As text, the same for all who have none.
    pub fn text(self) -> String {
        self.0.map_or_else(|| "local".to_owned(), |address| address.to_string())
    }
}

impl Address {
    /// The network that one customer of a provider has: an IPv4 address, or 64 bits of an IPv6 address.
    pub fn network(self) -> String {
        match self.0 {
            Some(IpAddr::V6(address)) => {
                let bits = u128::from(address) & !u128::from(u64::MAX);
                format!("{}/64", std::net::Ipv6Addr::from(bits))
            }
            _ => self.text(),
        }
    }
}

/// Finds the client's address and keeps it with the request.
pub async fn find(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let address = peer.map(|peer| behind(peer, request.headers(), &app.config.trusted_proxies));
    request.extensions_mut().insert(Address(address));
    next.run(request).await
}

/// The last address that a proxy of ours vouches for: `X-Forwarded-For` is believed from the right, as far as the
/// proxies go. What stands further left was written by the client.
fn behind(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let trusted = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let told = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(|text| text.trim().parse::<IpAddr>().ok())
        .collect::<Vec<_>>();
    let mut address = peer.to_canonical();
    for told in told.into_iter().rev() {
        if !trusted(&address) {
            break;
        }
        let Some(told) = told else { break };
        address = told.to_canonical();
    }
    address
}

/// What a browser is called, in words: `Firefox on Linux`. More is not kept of it.
pub fn browser(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?;
    let first = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Each of them also claims to be those below it.
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (one, other) => one.or(other).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_what_a_proxy_of_ours_says_is_believed() {
        let proxies: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let cases: [(&str, &[&str], &str); 9] = [
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["1.2.3.4", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", &["1.2.3.4, nonsense, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("::1", &["2001:db8::1"], "2001:db8::1"),
            ("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
        ];
        for (peer, told, expected) in cases {
            let found = behind(peer.parse().unwrap(), &headers("x-forwarded-for", told), &proxies);
            assert_eq!(found.to_string(), expected, "{peer} {told:?}");
        }
    }

    #[test]
    fn browsers_have_a_name() {
        for (agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
        ] {
            assert_eq!(browser(&headers("user-agent", &[agent])).as_deref(), Some(name));
        }
        assert_eq!(browser(&headers("user-agent", &["curl/8.5.0"])), None);
    }
}
