//! Direct messages of TikTok business accounts, and their webhooks. Whoever writes to us does so in a conversation, and
//! only into that can be answered.

mod codes;
mod renew;
mod send;
mod signature;
mod webhook;

pub use codes::class_of;
pub use signature::{sign, verify};
pub use webhook::{account, parse};

use crate::{Api, Class, Fail, Found, Gate, Http, Outgoing, Provider, Receipt, Renewal};
use async_trait::async_trait;
use domain::Channel;
use reqwest::{Method, RequestBuilder};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// Where TikTok's API is, unless the credentials say otherwise.
pub const BASE_URL: &str = "https://business-api.tiktok.com/open_api/v1.3";

/// Bytes of an answer that are read; TikTok's own are a few kilobytes.
const MAX_ANSWER: usize = 1024 * 1024;

/// A business account on TikTok.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "TikTok")]
struct Credentials {
    /// Access token of the business account, with the scopes message.list.read and message.list.send.
    #[schemars(title = "Access token", length(min = 1), extend("format" = "password"))]
    access_token: String,
    /// Secret of the app in the TikTok developer portal. It signs TikTok's webhooks.
    #[schemars(title = "App secret", length(min = 1), extend("format" = "password"))]
    app_secret: String,
    /// App ID: the client key of the app in the TikTok developer portal. With a refresh token it renews the access
    /// token by itself.
    #[serde(default)]
    #[schemars(title = "App ID")]
    app_id: Option<String>,
    /// Refresh token that came with the access token. The access token ends after a day; with this it is renewed before
    /// it does.
    #[serde(default)]
    #[schemars(title = "Refresh token", extend("format" = "password"))]
    refresh_token: Option<String>,
    /// Another address of the API, for a proxy or a test server.
    #[serde(default = "default_base_url")]
    #[schemars(title = "Base URL")]
    base_url: String,
    /// Which account, as the sender's address says.
    #[serde(default)]
    #[schemars(skip)]
    business_id: String,
}

fn default_base_url() -> String {
    BASE_URL.to_owned()
}

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "tiktok",
        name: "TikTok",
        channel: Channel::Tiktok,
        docs: "https://business-api.tiktok.com/portal/docs",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let c: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("TikTok", error))?;
    let wrong = |why: &str| Err(Fail::credentials("TikTok", why));
    let base = Url::parse(&c.base_url).map_err(|error| Fail::credentials("TikTok", error))?;
    if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
        return wrong("the base URL is not a web address");
    }
    if !send::is_token(&c.access_token) {
        return wrong("the access token is empty or has spaces in it");
    }
    if c.app_secret.trim().is_empty() {
        return wrong("the app secret is empty; without it nobody could tell TikTok's webhooks from others");
    }
    let given =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let key = match (given(c.app_id), given(c.refresh_token)) {
        (Some(app_id), Some(refresh_token)) if send::is_token(&refresh_token) => {
            Some(renew::Key { app_id, app_secret: c.app_secret, refresh_token })
        }
        (_, Some(refresh_token)) if !send::is_token(&refresh_token) => {
            return wrong("the refresh token has spaces in it");
        }
        (None, Some(_)) => return wrong("the refresh token needs the app ID beside it"),
        _ => None,
    };
    let base = base.as_str().trim_end_matches('/').to_owned();
    Ok(Box::new(Tiktok {
        http: http.clone(),
        base,
        access_token: c.access_token,
        business_id: c.business_id,
        key,
    }))
}

/// One account.
struct Tiktok {
    http: Http,
    /// Base URL without a slash at its end.
    base: String,
    access_token: String,
    business_id: String,
    /// What renews the access, where it was given.
    key: Option<renew::Key>,
}

impl Tiktok {
    /// A request with our token. `path` begins with a slash: it can never lead to another host.
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .client()
            .request(method, format!("{}{path}", self.base))
            .header("Access-Token", &self.access_token)
    }
}

#[async_trait]
impl Api for Tiktok {
    async fn check(&self) -> Result<(), Fail> {
        match self.ask().await {
            // Nothing was being sent, so nothing is in doubt.
            Err(fail) if fail.class == Class::Unknown => Err(Fail {
                class: Class::Retry,
                message: "TikTok did not give a usable answer.".into(),
                ..fail
            }),
            outcome => outcome,
        }
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.post(message, gate).await
    }

    /// There is no list of what was sent: only the copy that TikTok posts to us can tell.
    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }

    fn renewal(&self) -> Option<&dyn Renewal> {
        self.key.is_some().then_some(self)
    }
}
