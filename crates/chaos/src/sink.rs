//! The second ledger: the sandbox as the provider, in a process that is never hurt. It goes on applying what it has
//! taken when the caller dies, and counts every message by the reference in its StatusCallback.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::programs::{Server, clean_command};

/// The account that the product signs in with, also in sandbox mode.
pub const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// Its token, which also signs the webhooks.
pub const AUTH_TOKEN: &str = "sandbox-twilio-token";
/// The number that the product sends from.
pub const OUR_NUMBER: &str = "+12025550100";
/// After so many milliseconds a request is applied that was cut off at once.
const LATE_MS: u64 = 1_200;

/// What the provider does to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Answers everything well.
    Good,
    /// Answers everything well and slowly.
    Slow,
    /// Takes nothing and answers nothing.
    Silent,
    /// 30 % of all requests go wrong, in every way that matters.
    Bad,
}

/// What the sink has of one message.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// How often it was applied.
    pub times: u64,
    /// When first, in milliseconds since the epoch.
    pub first_at: i64,
    /// When last.
    pub last_at: i64,
}

/// The running sandbox.
pub struct Sink {
    _server: Server,
    base: String,
    smtp: String,
    http: Client,
}

/// What the sink has of one channel.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Count {
    /// Different messages.
    pub distinct: u64,
    /// Messages that were applied again.
    pub duplicates: u64,
}

impl Sink {
    /// Starts it, with nobody living in it.
    pub async fn start(program: &Path, folder: &Path, seed: u64) -> Result<Sink> {
        let port_file = folder.join("sink.port");
        let mut command = clean_command(program);
        command.args(["--http", "127.0.0.1:0", "--smtp", "127.0.0.1:0", "--people", "off"]);
        command.args(["--twilio-token", AUTH_TOKEN, "--account-sid", ACCOUNT_SID]);
        command.arg("--seed").arg(seed.to_string()).arg("--port-file").arg(&port_file);
        let mut server = Server::start(&mut command, port_file, folder.join("sink.log"))?;
        let base = server.address().await.context("starting the sandbox")?;
        let smtp = server.told("smtp")?;
        Ok(Sink { _server: server, base, smtp, http: Client::builder().no_proxy().build()? })
    }

    /// Its base URL, for Twilio's API.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where its mail server listens.
    pub fn smtp(&self) -> &str {
        &self.smtp
    }

    /// What it has of a channel.
    pub async fn count(&self, channel: &str) -> Result<Count> {
        let state = self.state().await?;
        let count = serde_json::from_value(state["channels"][channel].clone());
        count.with_context(|| format!("the sink's state has no {channel}"))
    }

    /// Changes what it does from now on.
    pub async fn set_mood(&self, mood: Mood) -> Result<()> {
        let faults = format!("{}/_sandbox/fault", self.base);
        self.http.delete(&faults).send().await?.error_for_status().context("clearing the sink's faults")?;
        let fault = |kind: &str, probability: f64, delay_ms: Option<u64>| {
            let mut fault = json!({ "provider": "twilio", "kind": kind, "probability": probability });
            if let Some(delay) = delay_ms {
                fault["delay_ms"] = json!(delay);
            }
            fault
        };
        let orders: Vec<Value> = match mood {
            Mood::Good => return Ok(()),
            Mood::Slow => vec![fault("slow", 1.0, Some(200))],
            Mood::Silent => vec![fault("timeout", 1.0, None)],
            Mood::Bad => vec![
                fault("accept_then_500", 0.08, None),
                fault("status:502", 0.05, None),
                fault("status:429", 0.05, None),
                fault("accept_then_hang", 0.04, None),
                fault("late_apply", 0.05, Some(LATE_MS)),
                fault("accept_then_garbage", 0.03, None),
            ],
        };
        for order in orders {
            let answer = self.http.post(&faults).json(&order).send().await?;
            let status = answer.status();
            let text = answer.text().await?;
            ensure!(status.is_success(), "the sink refused the fault {order}: {status} {text}");
        }
        Ok(())
    }

    /// How many requests to send have come so far in the silent mood.
    pub async fn unanswered(&self) -> Result<u64> {
        Ok(self.state().await?["faults"]["fired"]["timeout"].as_u64().unwrap_or(0))
    }

    /// How many messages it has applied again.
    pub async fn twice(&self) -> Result<u64> {
        let state = self.state().await?;
        state["channels"]["sms"]["duplicates"].as_u64().context("the sink's state has no duplicates")
    }

    async fn state(&self) -> Result<Value> {
        let url = format!("{}/_sandbox/state", self.base);
        Ok(self.http.get(url).send().await?.error_for_status()?.json().await?)
    }

    /// Everything it has applied, by our reference.
    pub async fn ledger(&self) -> Result<HashMap<String, Line>> {
        let url = format!("{}/_sandbox/ledger?channel=sms&times=1", self.base);
        let ledger: Ledger = self.http.get(url).send().await?.error_for_status()?.json().await?;
        ensure!(ledger.complete, "the sink counted more messages than it can name: make the run shorter");
        let line = |(key, times): (String, u64)| {
            let instant = |of: &HashMap<String, i64>| {
                of.get(&key).copied().with_context(|| format!("{key} has no instant"))
            };
            let (first_at, last_at) = (instant(&ledger.times)?, instant(&ledger.last_times)?);
            Ok((key, Line { times, first_at, last_at }))
        };
        ledger.keys.into_iter().map(line).collect()
    }
}

/// What `/_sandbox/ledger` answers.
#[derive(Deserialize)]
struct Ledger {
    complete: bool,
    keys: HashMap<String, u64>,
    times: HashMap<String, i64>,
    last_times: HashMap<String, i64>,
}
