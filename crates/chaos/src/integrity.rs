//! The third ledger as the database itself has it, read when no node is there to explain it.

use std::collections::HashSet;

use anyhow::{Context, Result};
use serde::Deserialize;
use tokio::process::Command;

use crate::load::Ledger;
use crate::programs::output_of;
use crate::verdict::{Fault, Findings};

/// What `overture admin check-integrity` prints.
#[derive(Debug, Deserialize)]
pub struct Integrity {
    /// Whether the database is whole.
    pub ok: bool,
    /// The ids of all messages.
    pub messages: HashSet<String>,
    /// The ids of the messages that a node would send.
    pub queued: HashSet<String>,
    /// The keys of all inbound events.
    inbound: Vec<String>,
}

impl Integrity {
    /// Runs the command and reads what it prints.
    pub async fn of(mut check: Command) -> Result<Integrity> {
        let printed = output_of(&mut check, "overture admin check-integrity").await?;
        let line = printed.lines().find(|line| line.starts_with('{'));
        let line = line.with_context(|| format!("check-integrity printed no JSON: {printed}"))?;
        serde_json::from_str(line).context("reading what check-integrity printed")
    }

    /// The provider's ids of all webhooks that were stored.
    pub fn hooks(&self) -> HashSet<&str> {
        self.inbound.iter().filter_map(|key| sid_in(key)).collect()
    }

    /// What was acknowledged is stored, whether or not it has had its effect yet.
    pub fn judge(&self, ledger: &Ledger, findings: &mut Findings) {
        if !self.ok {
            findings.fault(Fault::Damaged, "the check of the whole database");
        }
        let stored = self.hooks();
        for hook in ledger.acknowledged().iter().filter(|hook| !stored.contains(hook.sid.as_str())) {
            findings.fault(Fault::HookLost, format!("{} was acknowledged and never stored", hook.sid));
        }
    }
}

/// A key of an inbound event holds the provider's id somewhere.
fn sid_in(key: &str) -> Option<&str> {
    let start = key.find("SM")?;
    key.get(start..start + 34)
}
