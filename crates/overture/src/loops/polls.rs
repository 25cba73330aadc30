//! Mailboxes that are read over IMAP. What is read is stored raw, like a webhook; only then the place in
//! the mailbox moves on, so that nothing is skipped whatever happens in between.

use crate::{app::App, error::Result, senders::account};
use domain::ids::InboundEventId;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{inbound_event::NewInboundEvent, sender::Sender};

/// One round over all polled mailboxes.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let mut more = false;
    for sender in store::sender::polled(&app.db).await? {
        if !app.polls.may_ask(sender.id.as_str(), app.real_ms()) {
            continue;
        }
        match poll(&app, &sender).await {
            Ok(again) => {
                app.polls.answered(sender.id.as_str());
                more |= again;
            }
            Err(error) => {
                let wait_ms = app.polls.failed(sender.id.as_str(), app.real_ms());
                tracing::warn!(%error, sender = %sender.id, wait_ms, "a mailbox could not be read; it is tried again")
            }
        }
    }
    Ok(more)
}

async fn poll(app: &Arc<App>, sender: &Sender) -> Result<bool> {
    let Some(credentials) = account::mailbox(app, sender)? else { return Ok(false) };
    let polled = providers::imap::poll(&credentials, sender.poll_cursor.as_deref())
        .await
        .map_err(anyhow::Error::from)?;
    let now = app.clock.now();
    let events: Vec<NewInboundEvent> = polled
        .messages
        .into_iter()
        .map(|raw| {
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
        })
        .collect();
    store::inbound_event::store(&app.db, &events).await?;
    if sender.poll_cursor.as_deref() != Some(polled.cursor.as_str()) {
        let tx = app.db.begin().await?;
        store::sender::set_poll_cursor(&tx, &sender.id, &polled.cursor).await?;
        app.commit(tx).await?;
    }
    if !events.is_empty() {
        app.wake.inbound.notify_one();
    }
    Ok(polled.more)
}
