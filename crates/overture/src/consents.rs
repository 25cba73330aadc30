//! Consent of contacts: what they said about being written to, and how we know.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    Channel,
    consent::{ConsentState, MAX_PROOF, MAX_SOURCE, holds},
    ids::ContactId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    At,
    consent::{self, Consent, NewConsent},
    contact,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "consent_list",
            "GET /contacts/{id}/consents",
            Access::Read,
            "What a contact said about being written to, the newest first, and what holds now.",
            list,
        ),
        Tool::new(
            "consent_record",
            "POST /contacts/{id}/consents",
            Access::Write,
            "Write down that a contact agreed to be written to on a channel, or took it back.",
            record,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the contact.
    id: ContactId,
}

/// What a contact said.
#[derive(Serialize, JsonSchema)]
struct Consents {
    /// Everything, the newest first.
    data: Vec<Consent>,
    /// Whether they may be written to by what they said last, for each channel of which they said something.
    holds: BTreeMap<Channel, bool>,
}

async fn list(ctx: Ctx, input: One) -> Result<Consents> {
    contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let data = consent::of_contact(&ctx.app.db, &ctx.scope, &input.id).await?;
    let now = ctx.app.clock.now();
    let mut last = BTreeMap::new();
    for said in &data {
        let until = said.expires_at.map(|at| at.0);
        last.entry(said.channel).or_insert_with(|| holds(said.state, until, now));
    }
    Ok(Consents { data, holds: last })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Record {
    /// Id of the contact.
    id: ContactId,
    /// On which channel.
    channel: Channel,
    /// Whether they agreed, or took it back.
    state: ConsentState,
    /// Where it comes from: a form, an event, a call.
    source: String,
    /// What shows it: the text they agreed to, an address on the web, an IP address.
    proof: Option<String>,
    /// When they said so; now when left out.
    at: Option<At>,
    /// Until when it is good; for ever when left out.
    expires_at: Option<At>,
}

async fn record(ctx: Ctx, input: Record) -> Result<Consents> {
    let now = ctx.app.clock.now();
    let source = line("source", &input.source, MAX_SOURCE)?;
    if source.is_empty() {
        let message = "Say where this comes from: a form, an event, a call";
        return Err(Error::field("consent.source_missing", "source", message));
    }
    let proof = input.proof.as_deref().map(|proof| line("proof", proof, MAX_PROOF)).transpose()?;
    let at = input.at.map_or(now, |at| at.0);
    if at > now {
        return Err(Error::field("consent.in_future", "at", "This is in the future. Say when they said so"));
    }
    let expires_at = input.expires_at.map(|until| until.0);
    if expires_at.is_some_and(|until| until <= at) {
        let message = "This is before they said so. Say until when it is good";
        return Err(Error::field("consent.expires_before", "expires_at", message));
    }
    contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let new = NewConsent {
        channel: input.channel,
        state: input.state,
        source: &source,
        proof: proof.as_deref().filter(|proof| !proof.is_empty()),
        at,
        expires_at,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    consent::record(&tx, &ctx.scope, &input.id, &new, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.steps.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": input.id }));
    list(ctx, One { id: input.id }).await
}

/// A text on one line, if it is not too long.
fn line(field: &str, text: &str, most: usize) -> Result<String> {
    let text = domain::template::one_line(text.trim());
    if text.chars().count() > most {
        return Err(Error::field("consent.too_long", field, format!("Write at most {most} characters")));
    }
    Ok(text)
}
