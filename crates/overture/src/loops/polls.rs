//! Mailboxes that are read, over IMAP or through the account's own API. What is read is stored raw, like a webhook; only
//! then the place in the mailbox moves on, so that nothing is skipped whatever happens in between.

use crate::{app::App, error::Result, senders, senders::account};
use anyhow::Context;
use domain::ids::InboundEventId;
use futures::StreamExt;
use providers::{Class, Fail, Poll};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Scope, inbound_event::NewInboundEvent, sender::Sender, workspace::Workspace};

/// Mailboxes that are read at once: one that hangs holds up few others.
const AT_ONCE: usize = 8;
/// Where the provider has forgotten how far we are, everything is read from so long before the last time.
const OVERLAP_MS: i64 = 24 * 3_600_000;
/// How often it is written down that there was nothing new, in real milliseconds.
const SELDOM_MS: i64 = 60_000;
/// Before a place in the sandbox's mailbox, which is none in that of the world.
const SANDBOX: &str = "sandbox ";

/// A place in a mailbox, as it is kept while a workspace is in this mode.
pub fn place(workspace: &Workspace, cursor: &str) -> String {
    if workspace.send_mode == "live" { cursor.to_owned() } else { format!("{SANDBOX}{cursor}") }
}

/// One round over all polled mailboxes.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let due = |sender: &Sender| app.polls.may_ask(sender.id.as_str(), app.real_ms());
    let senders: Vec<Sender> = store::sender::polled(&app.db).await?.into_iter().filter(due).collect();
    let visits = futures::stream::iter(senders).map(|sender| {
        let app = app.clone();
        async move {
            match poll(&app, &sender).await {
                Ok(more) => {
                    app.polls.answered(sender.id.as_str());
                    more
                }
                Err(error) => {
                    let wait_ms = app.polls.failed(sender.id.as_str(), app.real_ms());
                    tracing::warn!(%error, sender = %sender.id, wait_ms, "a mailbox could not be read; it is tried again");
                    false
                }
            }
        }
    });
    // To the last of them: the first that has more to read must not break off the visits to the others.
    Ok(visits.buffer_unordered(AT_ONCE).fold(false, |any, more| async move { any || more }).await)
}

async fn poll(app: &Arc<App>, sender: &Sender) -> Result<bool> {
    let now = app.real_ms();
    let Some(polled) = visit(app, sender, now).await? else { return Ok(false) };
    let events: Vec<NewInboundEvent> =
        polled.messages.into_iter().map(|raw| event(sender, raw, app.clock.now())).collect();
    store::inbound_event::store(&app.db, &events).await?;
    let at_end = (!polled.more).then_some(now);
    let moved = sender.poll_cursor.as_deref() != Some(polled.cursor.as_str());
    let is_stale = at_end.is_some_and(|now| sender.synced_at.is_none_or(|at| now - at >= SELDOM_MS));
    if moved || is_stale {
        let tx = app.db.begin().await?;
        let way = (sender.poll_cursor.as_deref(), polled.cursor.as_str());
        store::sender::set_poll_cursor(&tx, &sender.id, way, at_end).await?;
        app.commit(tx).await?;
    }
    if !events.is_empty() {
        app.wake.inbound.notify_one();
    }
    Ok(polled.more)
}

fn event(sender: &Sender, raw: Vec<u8>, now: i64) -> NewInboundEvent {
    let digest: String = Sha256::digest(&raw).iter().take(16).map(|b| format!("{b:02x}")).collect();
    NewInboundEvent {
        id: store::new_id(InboundEventId::from_uuid),
        workspace_id: Some(sender.workspace_id.clone()),
        source: "email",
        sender_id: Some(sender.id.clone()),
        dedupe_key: format!("{}:{digest}", sender.id),
        headers: "{}".into(),
        body: raw,
        received_at: now,
    }
}

/// What a mailbox holds that is new; `None` where there is none to read.
async fn visit(app: &Arc<App>, sender: &Sender, now: i64) -> Result<Option<Poll>> {
    if sender.provider != "gmail" {
        let Some(credentials) = account::mailbox(app, sender)? else { return Ok(None) };
        let polled = providers::imap::poll(&credentials, sender.poll_cursor.as_deref()).await;
        return Ok(Some(polled.map_err(anyhow::Error::from)?));
    }
    let scope = Scope::system(sender.workspace_id.clone());
    let workspace = store::workspace::get(&app.db, &scope).await?;
    // One that nobody has connected yet has nothing to be read, and nothing is wrong with it.
    if workspace.send_mode == "live" && account::unseal(app, sender)?.is_none() {
        return Ok(None);
    }
    match through_api(app, &workspace, sender, now).await {
        Ok(polled) => Ok(polled),
        // It would be refused every time: its owner is told, and asked to connect it again.
        Err(fail) if matches!(fail.class, Class::Reauth | Class::Config) => {
            tracing::warn!(class = %fail.class, sender = %sender.id, "a mailbox cannot be read until somebody mends its sender");
            senders::mark_broken(app, &scope, sender, &fail.message).await?;
            Ok(None)
        }
        Err(fail) => Err(anyhow::Error::from(fail)).context("the mailbox of an account").map_err(Into::into),
    }
}

async fn through_api(
    app: &App,
    workspace: &Workspace,
    sender: &Sender,
    now: i64,
) -> Result<Option<Poll>, Fail> {
    let api = app.outside.api(&app.keys, workspace, sender)?;
    let Some(mailbox) = api.mailbox() else { return Ok(None) };
    let stored = sender.poll_cursor.as_deref();
    let in_sandbox = workspace.send_mode != "live";
    let known = match stored {
        Some(stored) if in_sandbox => stored.strip_prefix(SANDBOX),
        stored => stored.filter(|stored| !stored.starts_with(SANDBOX)),
    };
    let since = sender.synced_at.unwrap_or(now) - OVERLAP_MS;
    let mut polled = mailbox.poll(known, since).await?;
    polled.cursor = place(workspace, &polled.cursor);
    Ok(Some(polled))
}
