//! Text messages through Twilio's REST API of 2010, and its webhooks.

mod codes;
mod lookup;
mod send;
mod signature;
mod webhook;

pub use codes::class_of;
pub use signature::{sign, verify, verify_body, verify_sha256};
pub use webhook::{inbound, status};

use crate::{Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt};
use async_trait::async_trait;
use domain::Channel;
use reqwest::{Method, RequestBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Where Twilio is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://api.twilio.com";

/// Bytes of an answer that are read; Twilio's own are a few kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// A Twilio account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Twilio")]
struct Credentials {
    /// Account SID from the Twilio console; it begins with AC.
    #[schemars(title = "Account SID", regex(pattern = "^AC[0-9A-Za-z]{1,62}$"))]
    account_sid: String,
    /// Auth token from the Twilio console. It also signs Twilio's webhooks.
    #[schemars(title = "Auth token", length(min = 1), extend("format" = "password"))]
    auth_token: String,
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
        id: "twilio",
        name: "Twilio",
        channel: Channel::Sms,
        docs: "https://www.twilio.com/docs/messaging/api/message-resource",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let credentials: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("Twilio", error))?;
    let wrong = |why: &str| Err(Fail::credentials("Twilio", why));
    let sid = &credentials.account_sid;
    if !sid.starts_with("AC") || sid.len() > 64 || !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return wrong("the account SID does not look like AC followed by letters and digits");
    }
    if credentials.auth_token.is_empty() {
        return wrong("the auth token is empty");
    }
    let base = Url::parse(&credentials.base_url).map_err(|error| Fail::credentials("Twilio", error))?;
    if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
        return wrong("the base URL is not a web address");
    }
    let base = base.as_str().trim_end_matches('/').to_owned();
    Ok(Box::new(Twilio { http: http.clone(), credentials, base }))
}

/// One account.
struct Twilio {
    http: Http,
    credentials: Credentials,
    /// Base URL without a slash at its end.
    base: String,
}

impl Twilio {
    fn messages_path(&self) -> String {
        format!("/2010-04-01/Accounts/{}/Messages.json", self.credentials.account_sid)
    }

    /// A request with our credentials. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .client()
            .request(method, format!("{}{path}", self.base))
            .basic_auth(&self.credentials.account_sid, Some(&self.credentials.auth_token))
    }
}

#[async_trait]
impl Api for Twilio {
    async fn check(&self) -> Result<(), Fail> {
        match self.list(&format!("{}?PageSize=1", self.messages_path())).await {
            Ok(_) => Ok(()),
            // Nothing was being sent, so nothing is in doubt.
            Err(fail) if fail.class == Class::Unknown => Err(Fail {
                class: Class::Retry,
                message: "Twilio did not give a usable answer.".into(),
                ..fail
            }),
            Err(fail) => Err(fail),
        }
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    async fn find(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail> {
        self.look_up(message, since_ms).await
    }

    fn finds_by_text(&self) -> bool {
        true
    }
}
