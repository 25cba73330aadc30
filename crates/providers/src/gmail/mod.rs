//! Gmail, through its API: mail of a Google account that somebody has connected. What is sent are the same bytes as over
//! SMTP, what came in is read raw, and of a mail in doubt Gmail itself knows whether it left.
//!
//! Nothing in the mailbox is changed: we hold the scopes to send and to read, and neither marks, moves nor deletes.

mod access;
mod cursor;
mod history;
pub mod oauth;
mod refusal;
mod send;

pub use refusal::class_of;

use crate::{Api, Class, Fail, Found, Gate, Http, Mailbox, Outgoing, Poll, Provider, Receipt};
use access::Access;
use async_trait::async_trait;
use domain::Channel;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// A Google account that was connected, and the app that it was connected with.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "Gmail")]
struct Credentials {
    /// Client ID of the Google app.
    #[schemars(title = "Client ID", length(min = 1))]
    client_id: String,
    /// Client secret of the Google app.
    #[schemars(title = "Client secret", length(min = 1), extend("format" = "password"))]
    client_secret: String,
    /// What Google gave when the account was connected.
    #[schemars(title = "Refresh token", length(min = 1), extend("format" = "password"))]
    refresh_token: String,
    /// Another address of Google, for a proxy or a test server.
    #[schemars(title = "Base URL")]
    base_url: Option<String>,
    /// Which account, as the sender's address says.
    #[serde(default)]
    #[schemars(skip)]
    address: String,
}

/// The entry in the list of providers.
pub fn provider() -> Provider {
    Provider {
        id: "gmail",
        name: "Gmail",
        channel: Channel::Email,
        docs: "https://developers.google.com/workspace/gmail/api/guides",
        credentials: schemars::schema_for!(Credentials).to_value(),
        connect,
    }
}

fn connect(http: &Http, credentials: &Value) -> Result<Box<dyn Api>, Fail> {
    let it: Credentials =
        serde_json::from_value(credentials.clone()).map_err(|error| Fail::credentials("Gmail", error))?;
    if it.refresh_token.is_empty() {
        return Err(Fail::credentials("Gmail", "there is no refresh token; connect the account"));
    }
    let app = oauth::App { client_id: it.client_id, client_secret: it.client_secret, base_url: it.base_url };
    let base = app.api()?;
    let access = Access::new(http.clone(), app, it.refresh_token);
    Ok(Box::new(Gmail { http: http.clone(), base, access, address: it.address }))
}

/// The base URL if it is a web address, without a slash at its end.
fn base_of(url: &str) -> Result<String, Fail> {
    let base = Url::parse(url).map_err(|error| Fail::credentials("Gmail", error))?;
    if !matches!(base.scheme(), "https" | "http") || base.host().is_none() {
        return Err(Fail::credentials("Gmail", "the base URL is not a web address"));
    }
    Ok(base.as_str().trim_end_matches('/').to_owned())
}

/// One account.
struct Gmail {
    http: Http,
    /// Where `/gmail/v1` is, without a slash at its end.
    base: String,
    access: Access,
    address: String,
}

/// Nothing was being sent, so nothing is in doubt.
fn of_a_question(fail: Fail) -> Fail {
    match fail.class {
        Class::Unknown => Fail {
            class: Class::Retry,
            message: "Gmail did not give a usable answer; it is asked again.".into(),
            ..fail
        },
        _ => fail,
    }
}

#[async_trait]
impl Api for Gmail {
    async fn check(&self) -> Result<(), Fail> {
        let (address, _) = self.profile().await?;
        if !self.address.is_empty() && !address.eq_ignore_ascii_case(&self.address) {
            return Err(Fail::new(
                Class::Config,
                "The connected Google account has another address than this sender. Connect the right one.",
            ));
        }
        Ok(())
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.deliver(message, gate).await
    }

    async fn find(&self, message: &Outgoing, _: i64) -> Result<Found, Fail> {
        let Some(id) = &message.rfc_message_id else { return Ok(Found::CannotKnow) };
        Ok(match self.by_message_id(id).await? {
            Some(found) => Found::Sent(found.id),
            None => Found::Absent,
        })
    }

    fn mailbox(&self) -> Option<&dyn Mailbox> {
        Some(self)
    }
}

#[async_trait]
impl Mailbox for Gmail {
    async fn poll(&self, cursor: Option<&str>, since_ms: i64) -> Result<Poll, Fail> {
        self.read(cursor, since_ms).await
    }
}

/// The address of the account that a fresh access token opens, and where its history stands: what there is to know right
/// after somebody has connected it.
pub async fn whose(http: &Http, app: &oauth::App, access_token: &str) -> Result<(String, String), Fail> {
    let base = app.api()?;
    let access = Access::given(http.clone(), app.clone(), access_token);
    let (address, history) =
        Gmail { http: http.clone(), base, access, address: String::new() }.profile().await?;
    Ok((address, cursor::Cursor::after(history).to_string()))
}
