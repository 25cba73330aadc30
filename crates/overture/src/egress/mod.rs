//! The way to addresses that somebody typed in: webhooks, and whatever else members may point at a server.
//! Nobody may use us to reach what only we can reach (our own machine, its network, a cloud's metadata).
//!
//! A URL is read once and judged by its parts; every address that DNS gives for its host is judged inside the
//! resolver that the connection is made with, so that what is connected to is what was judged; and the address of
//! the connected socket is judged once more. Redirects are not followed, no proxy of the environment is used.

mod addresses;
mod resolver;
#[cfg(test)]
mod tests;

pub use resolver::Lookup;

use crate::config::Config;
use futures::{StreamExt, future::BoxFuture};
use ipnet::IpNet;
use reqwest::header::{HeaderMap, LOCATION};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use url::{Host, Url};

/// So much of an answer is read, in bytes; the rest is hung up on.
pub const MOST_OF_AN_ANSWER: usize = 64 * 1024;
/// So many redirects a reading request follows.
const HOPS: usize = 3;
/// The longest URL that anybody needs.
const LONGEST_URL: usize = 2_000;

/// What is allowed beside the public internet on its usual ports.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Networks of ours that may be reached although they are not public.
    pub private: Vec<IpNet>,
    /// Ports beside 80 and 443.
    pub ports: Vec<u16>,
}

impl Rules {
    /// Whether a connection to this address may be made.
    pub fn allows(&self, address: IpAddr) -> bool {
        addresses::is_public(address) || self.private.iter().any(|net| net.contains(&address))
    }

    /// Reads a URL once; what is returned is what will be asked for.
    pub fn check(&self, text: &str) -> Result<Url, Refused> {
        if text.len() > LONGEST_URL {
            return Err(Refused("The address is too long".into()));
        }
        let url = Url::parse(text.trim()).map_err(|_| {
            Refused("This is not a web address. Write one like https://example.com/hook".into())
        })?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refused("Only addresses that begin with https:// or http:// can be called".into()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused("Leave name and password out of the address".into()));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !matches!(port, 80 | 443) && !self.ports.contains(&port) {
            let text = format!(
                "Port {port} is not allowed. Use 80 or 443, or have egress.allow_ports name it in the configuration"
            );
            return Err(Refused(text));
        }
        let literal = match url.host() {
            None => return Err(Refused("The address names no server".into())),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        };
        match literal {
            Some(address) if !self.allows(address) => Err(Refused::private()),
            _ => Ok(url),
        }
    }
}

/// An address that is not called, and why in words for whoever entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub String);

impl Refused {
    fn private() -> Self {
        let text = "The address leads into a private network, which is not allowed. If it is one of yours, have \
                    egress.allow_private name it in the configuration";
        Refused(text.into())
    }
}

impl Refused {
    /// Whether no connection was made, so that surely nothing was sent.
    pub fn is_before_sending(&self) -> bool {
        *self == Refused::private() || self.0 == NO_CONNECTION
    }
}

/// What is said where no connection could be made.
const NO_CONNECTION: &str =
    "No connection could be made. Check the name, the port and the certificate of the server";

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// What the other side answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The beginning of its body.
    pub body: Vec<u8>,
    location: Option<String>,
}

/// The client for such addresses.
#[derive(Clone)]
pub struct Egress {
    client: reqwest::Client,
    rules: Arc<Rules>,
}

impl Egress {
    /// As configured, asking the system's resolver.
    pub fn new(config: &Config) -> Self {
        let rules = Rules { private: config.egress_private.clone(), ports: config.egress_ports.clone() };
        Self::with_lookup(rules, Arc::new(resolver::System))
    }

    /// The same with another source of addresses.
    ///
    /// # Panics
    /// Never in practice: only if the bundled TLS configuration could not be used.
    #[expect(clippy::disallowed_methods, reason = "the one client for addresses that members enter")]
    pub fn with_lookup(rules: Rules, lookup: Arc<dyn Lookup>) -> Self {
        let rules = Arc::new(rules);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(providers::tls_config())
            .dns_resolver(resolver::Guarded::new(rules.clone(), lookup))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .no_gzip()
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            // Every request asks for its address anew.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("overture/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("the bundled TLS configuration is valid");
        Self { client, rules }
    }

    /// Judges a URL as it was entered; its host's addresses are judged when it is called.
    pub fn check(&self, url: &str) -> Result<Url, Refused> {
        self.rules.check(url)
    }

    /// Posts. A redirect is an answer like any other: it is not followed.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: impl Into<reqwest::Body>,
        timeout: Duration,
    ) -> Result<Answer, Refused> {
        let url = self.check(url)?;
        let request = self.client.post(url).headers(headers).body(body).timeout(timeout);
        self.send(request).await
    }

    /// Reads, following at most three redirects, each judged like the first address. `timeout` is for all together.
    pub async fn get(&self, url: &str, timeout: Duration) -> Result<Answer, Refused> {
        let following: BoxFuture<'_, _> = Box::pin(async move {
            let mut url = self.check(url)?;
            for _ in 0..=HOPS {
                let answer = self.send(self.client.get(url.clone()).timeout(timeout)).await?;
                let Some(next) = answer.location.as_ref().filter(|_| (300..400).contains(&answer.status))
                else {
                    return Ok(answer);
                };
                let next = url.join(next).map_err(|_| Refused("It redirects to nowhere".into()))?;
                url = self.check(next.as_str())?;
            }
            Err(Refused(format!("It redirects more than {HOPS} times")))
        });
        match tokio::time::timeout(timeout, following).await {
            Ok(done) => done,
            Err(_) => Err(Refused("There was no answer in time".into())),
        }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, Refused> {
        let response = request.send().await.map_err(|error| in_words(&error))?;
        // The resolver let nothing else through; this holds whatever else may choose an address.
        if !response.remote_addr().is_some_and(|peer| self.rules.allows(peer.ip())) {
            return Err(Refused::private());
        }
        let status = response.status().as_u16();
        let location = response.headers().get(LOCATION).and_then(|l| l.to_str().ok()).map(str::to_owned);
        let mut body = Vec::new();
        let mut parts = response.bytes_stream();
        // What comes after the status may break off or never end; the status was said.
        while let Some(Ok(part)) = parts.next().await {
            let room = MOST_OF_AN_ANSWER - body.len();
            body.extend_from_slice(&part[..part.len().min(room)]);
            if body.len() == MOST_OF_AN_ANSWER {
                break;
            }
        }
        Ok(Answer { status, body, location })
    }
}

/// Without the address: whoever entered it knows it, and a log must not.
fn in_words(error: &reqwest::Error) -> Refused {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return refused.clone();
        }
        source = cause.source();
    }
    let text = if error.is_timeout() {
        "There was no answer in time"
    } else if error.is_connect() {
        NO_CONNECTION
    } else {
        "The connection broke before there was an answer"
    };
    Refused(text.into())
}
