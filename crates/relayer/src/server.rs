//! The server, as a device sees it.

use crate::account::Account;
use providers::Http;
use reqwest::{Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::time::Duration;

/// Why the server did not do what was asked.
#[derive(Debug)]
pub enum Fault {
    /// It could not be reached, or could not answer just now.
    Unreachable(String),
    /// It says no, in its own words.
    Refused(u16, String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Unreachable(why) => write!(f, "Cannot reach server: {why}"),
            Fault::Refused(status, why) => write!(f, "The server refused ({status}): {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// A message that was lent to this device.
#[derive(Debug, Clone, Deserialize)]
pub struct Lent {
    /// Id.
    pub id: String,
    /// To whom, with the @ before the name.
    pub contact_handle: String,
    /// What they are called, where the server knows.
    #[serde(default)]
    pub contact_name: Option<String>,
    /// What to send.
    pub text: String,
    /// To be shown when saying what became of it.
    pub lease: String,
    /// For how long it is lent, from the answer on.
    pub lease_seconds: i64,
    /// For practice: it must not reach anybody.
    #[serde(default)]
    pub sandbox: bool,
}

#[derive(Deserialize)]
struct Batch {
    data: Vec<Lent>,
}

/// What pairing answers.
#[derive(Debug, Deserialize)]
pub struct Paired {
    /// The key of this device.
    pub key: String,
    /// The member's handle.
    pub employee_id: String,
    /// What this device is called.
    pub device: String,
}

/// Who the server takes this device for.
#[derive(Debug, Deserialize)]
pub struct Known {
    /// The member's handle.
    pub employee_id: String,
    /// What this device is called.
    pub device: String,
    /// The server's time.
    pub server_time: String,
}

/// What a device says of a message that it did not send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It definitely did not leave.
    Failed,
    /// It was never tried.
    NotBegun,
    /// It may have left.
    Unknown,
}

/// A connection to the server as one account.
#[derive(Debug, Clone)]
pub struct Server {
    http: Http,
    account: Account,
}

impl Server {
    /// As this account.
    pub fn new(account: Account) -> Self {
        Self { http: Http::with_timeout(Duration::from_secs(10)), account }
    }

    /// Trades a code, once, for the key of a device.
    pub async fn pair(server: &str, code: &str) -> Result<Paired, Fault> {
        let account = Account {
            server: server.into(),
            key: String::new(),
            employee_id: String::new(),
            device: String::new(),
        };
        Self::new(account).ask(Method::POST, "pair", Some(json!({ "code": code }))).await
    }

    /// Says that this device is there.
    pub async fn heartbeat(&self) -> Result<Known, Fault> {
        self.ask(Method::POST, "heartbeat", None).await
    }

    /// What the member approved, lent to this device.
    pub async fn approved(&self, limit: usize) -> Result<Vec<Lent>, Fault> {
        let batch: Batch =
            self.ask(Method::GET, &format!("approved-pending?practice=true&limit={limit}"), None).await?;
        Ok(batch.data)
    }

    /// It was sent.
    pub async fn prepared(&self, id: &str, lease: &str) -> Result<(), Fault> {
        let body = json!({ "lease": lease });
        self.ask::<Value>(Method::POST, &format!("mark-prepared/{id}"), Some(body)).await.map(drop)
    }

    /// It was not sent, or nobody knows.
    pub async fn failed(&self, id: &str, lease: &str, word: Word, why: &str) -> Result<(), Fault> {
        let outcome = match word {
            Word::Failed => "failed",
            Word::NotBegun => "not_begun",
            Word::Unknown => "unknown",
        };
        let body = json!({ "lease": lease, "outcome": outcome, "error": why });
        self.ask::<Value>(Method::POST, &format!("mark-failed/{id}"), Some(body)).await.map(drop)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        what: &str,
        body: Option<Value>,
    ) -> Result<T, Fault> {
        let Account { server, key, employee_id, .. } = &self.account;
        let address = format!("{}/api/relayer/{what}", server.trim_end_matches('/'));
        let mut request = self.http.client().request(method, address);
        if !key.is_empty() {
            request = request.header("X-Relayer-API-Key", key).header("X-Employee-ID", employee_id);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let unreachable = |error: reqwest::Error| Fault::Unreachable(error.without_url().to_string());
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let value: Value = match answer.json().await {
            Ok(value) => value,
            Err(error) if status.is_success() => return Err(unreachable(error)),
            Err(_) => Value::Null,
        };
        if status.is_success() {
            return serde_json::from_value(value)
                .map_err(|error| Fault::Unreachable(format!("its answer is not understood ({error})")));
        }
        let why = value["error"]["message"].as_str().unwrap_or("it did not say why").to_owned();
        Err(match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Fault::Unreachable(why),
            status if status.is_server_error() => Fault::Unreachable(format!("{status}: {why}")),
            status => Fault::Refused(status.as_u16(), why),
        })
    }
}
