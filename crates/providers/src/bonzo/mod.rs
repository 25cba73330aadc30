//! Text messages through Bonzo, which keeps people as prospects and texts them from a number of its own. What is known of
//! its API comes from who uses it; its own documentation is closed.

mod send;
mod webhook;

pub use send::class_of;
pub use webhook::{parse, phone};

use crate::{
    Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt,
    http::{bounded_body, transport},
};
use async_trait::async_trait;
use domain::Channel;
use reqwest::{Method, RequestBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Where Bonzo is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://app.getbonzo.com/api";

/// Bytes of an answer that are read; a page of prospects is some hundred kilobytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A Bonzo account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Bonzo")]
struct Credentials {
    /// API key from the Bonzo settings: a long text in three parts with dots. The short Xcode is another one.
    #[schemars(title = "API key", length(min = 1), extend("format" = "password"))]
    api_key: String,
    /// Bonzo user to act for: an e-mail address or an ID. Only keys of a whole enterprise need it.
    #[serde(default)]
    #[schemars(title = "On behalf of")]
    on_behalf_of: String,
    /// Another address of the API, for a proxy or a test server.
    #[serde(default = "default_base_url")]
    #[schemars(title = "Base URL")]
    base_url: String,
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "bonzo",
        name: "Bonzo",
        channel: Channel::Sms,
        docs: "https://docs.getbonzo.com",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let c: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("Bonzo", error))?;
    let wrong = |why: &str| Err(Fail::credentials("Bonzo", why));
    let base = Url::parse(&c.base_url).map_err(|error| Fail::credentials("Bonzo", error))?;
    if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
        return wrong("the base URL is not a web address");
    }
    let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    if c.api_key.is_empty() || !is_plain(&c.api_key) {
        return wrong("the API key is empty or has spaces in it");
    }
    if !is_plain(&c.on_behalf_of) {
        return wrong("the user to act for has spaces in it");
    }
    let base = base.as_str().trim_end_matches('/').to_owned();
    Ok(Box::new(Bonzo { http: http.clone(), base, api_key: c.api_key, on_behalf_of: c.on_behalf_of }))
}

/// One account.
struct Bonzo {
    http: Http,
    /// Base URL without a slash at its end.
    base: String,
    api_key: String,
    on_behalf_of: String,
}

impl Bonzo {
    /// A request with our key. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request =
            self.http.client().request(method, format!("{}{path}", self.base)).bearer_auth(&self.api_key);
        match self.on_behalf_of.as_str() {
            "" => request,
            user => request.header("On-Behalf-Of", user),
        }
    }
}

#[async_trait]
impl Api for Bonzo {
    async fn check(&self) -> Result<(), Fail> {
        // Nothing is being sent, so nothing is in doubt.
        let usable = |fail: Fail| match fail.class {
            Class::Unknown => {
                Fail { class: Class::Retry, message: "Bonzo did not give a usable answer.".into(), ..fail }
            }
            _ => fail,
        };
        let request = self.request(Method::GET, "/v3/prospects?page=1&per_page=1");
        let response =
            request.send().await.map_err(|error| usable(transport("Bonzo", &error.without_url())))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if status.is_success() && serde_json::from_slice::<Value>(&body).is_ok() {
            return Ok(());
        }
        Err(usable(send::refusal(status, &headers, &body)))
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    /// A prospect can be found again, its texts cannot: nothing that Bonzo shows proves that one was not sent.
    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }
}
