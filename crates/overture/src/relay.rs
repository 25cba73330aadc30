//! What a member's own device does with messages: it asks for those that were approved, and says what became of each.
//!
//! Handing a message out is the claim of every other channel: all guards are asked in the transaction that sets
//! `sending`, under a lease. Nobody is handed a message twice: a lease that ends without a word makes it `uncertain`, and
//! a person decides. What a device says is fenced by the number of the lease; word that a message has left is believed
//! however late it comes, since the other belief would send it twice.

use crate::{
    app::App,
    error::{Error, Result},
    guard,
};
use domain::{
    Channel, draft,
    ids::EventId,
    message::{Event, Status},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use store::{
    At, Scope,
    api_key::Grant,
    outbox::{self, Outcome, Terms},
    relay::{self, Carried},
};

/// How long a device has to say what became of a message, in real milliseconds.
pub const LEASE_MS: i64 = 120_000;
/// Most messages that a device is handed at once: they are typed one after the other.
const MOST: i64 = 10;
/// A message that did not leave is handed out again after this time, in milliseconds.
const AGAIN_MS: i64 = 2_000;

/// What a device may ask for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Most messages at once, 1 to 10; 10 where it is left out.
    #[serde(default, deserialize_with = "crate::http::input::literal")]
    pub limit: Option<i64>,
    /// The device knows that what is marked with `sandbox` is for practice and reaches nobody. While the workspace is in
    /// sandbox mode, others are handed nothing.
    #[serde(default, deserialize_with = "crate::http::input::literal")]
    pub practice: bool,
}

/// A message for a device, under a lease.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Handed {
    /// Id.
    id: String,
    /// Handle of the member whose device it is.
    employee_id: String,
    /// `approved`: it has not been sent as far as anybody knows.
    status: &'static str,
    /// How it travels.
    channel: Channel,
    /// To whom, with the @ before the name.
    contact_handle: String,
    /// The contact, where they are known.
    contact_id: Option<String>,
    /// What they are called, where they are known: by that a device recognises the chat.
    contact_name: Option<String>,
    /// What to send, as it is.
    text: String,
    /// Nobody has sent it.
    prepared_at: Option<At>,
    /// To be shown when saying what became of it.
    lease: String,
    /// For how long it is lent; after that nobody may send it any more. Counted from this answer, by the device's own
    /// stopwatch and not by its clock.
    lease_seconds: i64,
    /// The workspace is in sandbox mode: it is for practice and must not reach anybody.
    sandbox: bool,
}

/// What a device is handed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Batch {
    data: Vec<Handed>,
    next_cursor: Option<String>,
    /// How many more wait, as the rules allow.
    waiting: i64,
    /// For a device that does not know how late it is.
    server_time: String,
}

fn owner(grant: &Grant) -> String {
    format!("relayer-{}", grant.id)
}

fn lease(id: &str, attempt: i64) -> String {
    format!("{id}.{attempt}")
}

/// Lends a device what its member approved.
pub async fn lend(app: &Arc<App>, grant: &Grant, ask: &Ask) -> Result<Batch> {
    let limit = match ask.limit.unwrap_or(MOST) {
        n @ 1..=MOST => n,
        _ => {
            let message = format!("Write a number from 1 to {MOST}");
            return Err(Error::field("relayer.limit_invalid", "limit", message));
        }
    };
    let scope = Scope::system(grant.workspace_id.clone());
    let empty = || Batch {
        data: vec![],
        next_cursor: None,
        waiting: 0,
        server_time: domain::time::rfc3339(app.real_ms()),
    };
    let Some(account) = relay::account(&app.db, &scope, &grant.member_id, Channel::Telegram).await? else {
        return Ok(empty());
    };
    let mode = store::workspace::get(&app.db, &scope).await?.send_mode;
    if mode != "live" && !ask.practice {
        // It would type them for real.
        return Ok(empty());
    }
    let now = app.clock.now();
    store::draft::promote_of(&app.db, &account.id, now).await?;
    let owner = owner(grant);
    let terms =
        Terms { owner: &owner, lease_ms: LEASE_MS, limit, probe_ms: LEASE_MS, now, prints: &app.keys };
    let pacing = guard::Pacing::relayed(&app.clock);
    let claim = outbox::claim(
        &app.db,
        &account.id,
        terms,
        |workspace, sender| pacing.allowed(workspace, sender),
        |workspace, sender, candidate| guard::counters(workspace, sender, candidate, now),
        |workspace, sender, candidate, counts| guard::rule(workspace, sender, candidate, counts, now),
        |workspace, sender, used| pacing.used(workspace, sender, used),
    );
    let mut batch = empty();
    if let Some(claim) = claim.await? {
        if claim.claims > 0
            && !app.witness.note(&account.id, claim.claims)
            && crate::restored::went_back(app).await?
        {
            return Ok(batch);
        }
        for (id, conversation) in &claim.dropped {
            told(app, grant, conversation.as_str(), id.as_str(), "message:updated");
        }
        let sandbox = claim.workspace.send_mode != "live";
        let ids: Vec<&str> = claim.messages.iter().map(|message| message.id.as_str()).collect();
        let mut names = known(relay::names(&app.db, &scope, &ids).await);
        for message in claim.messages {
            told(app, grant, message.conversation_id.as_str(), message.id.as_str(), "message:updated");
            batch.data.push(Handed {
                lease: lease(message.id.as_str(), message.attempt),
                id: message.id.to_string(),
                employee_id: grant.handle.clone(),
                status: "approved",
                channel: message.channel,
                contact_handle: message.to_address,
                contact_id: message.contact_id.map(|id| id.to_string()),
                contact_name: names.remove(message.id.as_str()),
                text: message.body,
                prepared_at: None,
                lease_seconds: LEASE_MS / 1_000,
                sandbox,
            });
        }
    }
    batch.waiting = known(relay::waiting(&app.db, &scope, &account.id).await);
    Ok(batch)
}

/// What would be good to know as well. The messages are lent by now: without it they are handed over all the same.
fn known<T: Default>(asked: store::Result<T>) -> T {
    asked.unwrap_or_else(|error| {
        tracing::warn!(%error, "what goes with lent messages could not be read");
        T::default()
    })
}

/// What a device knows about a message that it was lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// It was tried and definitely did not leave.
    #[default]
    Failed,
    /// It was never tried: it goes back.
    NotBegun,
    /// It may have left.
    Unknown,
}

/// What a device says with a message.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Report {
    /// The lease that it came with. A program that knows of none speaks of the last one.
    pub lease: Option<String>,
    /// What went wrong, for a person.
    pub error: Option<String>,
    /// How sure the device is that it did not leave.
    pub outcome: Failure,
}

/// What has become of a message, in the words of relayers.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Told {
    success: bool,
    /// Id.
    id: String,
    /// `approved` (it will be handed out again), `prepared` (sent), `failed`, `uncertain`, or how it ended otherwise.
    status: String,
    /// When it was sent.
    prepared_at: Option<At>,
    /// How often it was tried since it was approved.
    tries: i64,
}

/// The device sent it.
pub async fn prepared(app: &Arc<App>, grant: &Grant, id: &str, report: &Report) -> Result<Told> {
    let scope = Scope::system(grant.workspace_id.clone());
    let carried = lent(app, grant, id, report).await?;
    if !carried.status.has_left() {
        let now = app.clock.now();
        let tx = app.db.begin_for(&scope).await?;
        let sent = store::message::sent_by_id(&tx, &scope, id).await?.ok_or_else(unknown)?;
        match store::message::apply(&tx, &scope, &sent, Event::Sent, None, None, now).await? {
            Some(_) => outbox::left(&tx, &scope, &sent, now).await?,
            None => return Err(over(sent.status)),
        }
        app.commit(tx).await?;
        app.wake.steps.notify_one();
    }
    told(app, grant, carried.conversation_id.as_str(), id, "message:sent");
    now_is(app, grant, id).await
}

/// The device did not send it, or does not know.
pub async fn failed(app: &Arc<App>, grant: &Grant, id: &str, report: &Report) -> Result<Told> {
    let scope = Scope::system(grant.workspace_id.clone());
    let carried = lent(app, grant, id, report).await?;
    let is_lent = matches!(carried.status, Status::Sending | Status::Uncertain);
    if !is_lent {
        // The same word again; another one would contradict what is known.
        return match carried.status {
            Status::Queued | Status::Approved | Status::Failed => now_is(app, grant, id).await,
            status => Err(over(status)),
        };
    }
    let (now, owner) = (app.clock.now(), owner(grant));
    let status = match report.outcome {
        Failure::NotBegun => Status::Queued,
        Failure::Unknown => Status::Uncertain,
        Failure::Failed => {
            let tries = relay::count_try(&app.db, &scope, &carried.id, &owner, carried.attempt).await?;
            match draft::after_relay_failed(tries.ok_or_else(old_lease)?) {
                Event::Retry => Status::Queued,
                _ => Status::Failed,
            }
        }
    };
    let outcome = outcome(grant, &carried, report, status, now);
    if outbox::record(&app.db, &owner, &[outcome], now).await?.is_empty() {
        return Err(old_lease());
    }
    let event = if status == Status::Failed { "message:failed" } else { "message:updated" };
    told(app, grant, carried.conversation_id.as_str(), id, event);
    now_is(app, grant, id).await
}

fn outcome(grant: &Grant, carried: &Carried, report: &Report, status: Status, now: i64) -> Outcome {
    let why = report.error.as_deref().map(domain::template::one_line).unwrap_or_default();
    let why: String = why.trim().chars().take(500).collect();
    let text = match (why.is_empty(), report.outcome) {
        (false, _) => why,
        (true, Failure::Unknown) => "The device cannot tell whether it was sent".into(),
        (true, _) => "The device could not send it".into(),
    };
    let is_back = report.outcome == Failure::NotBegun;
    Outcome {
        id: carried.id.clone(),
        workspace_id: grant.workspace_id.clone(),
        attempt: carried.attempt,
        spared: 0,
        status,
        provider_message_id: None,
        not_before: (status == Status::Queued && !is_back).then_some(now + AGAIN_MS),
        settle_ms: Channel::Telegram.settle_ms(),
        code: (!is_back).then(|| "relayer.failed".into()),
        class: None,
        text: (!is_back).then_some(text),
        contact_id: carried.contact_id.clone(),
        campaign_id: carried.campaign_id.clone(),
        enrollment_id: carried.enrollment_id.clone(),
        node_key: carried.node_key.clone(),
        event_id: store::new_id(EventId::from_uuid),
    }
}

/// The message that a device speaks of, if it was lent it, and under this lease.
async fn lent(app: &App, grant: &Grant, id: &str, report: &Report) -> Result<Carried> {
    let scope = Scope::system(grant.workspace_id.clone());
    if !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Err(unknown());
    }
    let carried = relay::carried(&app.db, &scope, &grant.member_id, id).await?.ok_or_else(unknown)?;
    if carried.claimed_by.as_deref() != Some(owner(grant).as_str()) {
        return Err(match carried.claimed_by {
            None => unknown(),
            Some(_) => old_lease(),
        });
    }
    match &report.lease {
        Some(shown) if *shown != lease(id, carried.attempt) => Err(old_lease()),
        _ => Ok(carried),
    }
}

async fn now_is(app: &App, grant: &Grant, id: &str) -> Result<Told> {
    let scope = Scope::system(grant.workspace_id.clone());
    let now = relay::carried(&app.db, &scope, &grant.member_id, id).await?.ok_or_else(unknown)?;
    let status = match now.status {
        status if status.has_left() => "prepared".to_owned(),
        Status::Queued | Status::Approved => "approved".to_owned(),
        other => other.to_string(),
    };
    Ok(Told { success: true, id: id.to_owned(), status, prepared_at: now.sent_at, tries: now.tries })
}

fn unknown() -> Error {
    Error::not_found("message")
}

fn old_lease() -> Error {
    let message =
        "This lease is over: the message was handed out again, or to another device. Do not send it";
    Error::conflict("relayer.lease_over", message)
}

fn over(status: Status) -> Error {
    Error::conflict("relayer.message_over", format!("This message is {status} already"))
}

fn told(app: &App, grant: &Grant, conversation: &str, message: &str, event: &str) {
    let data = json!({ "conversation_id": conversation, "message_id": message });
    app.tell(&grant.workspace_id, event, data.clone());
    app.tell(&grant.workspace_id, "drafts:updated", data);
}
