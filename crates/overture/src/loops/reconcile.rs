//! Doubt is settled (reliability.md section 2, step 6): claims whose owner fell silent become uncertain. When the
//! owner is gone or has let go of them, and the settle window is over, the provider is asked; what it cannot
//! tell waits for a person.

use crate::{app::App, error::Result, loops::outbox::settle_ms};
use domain::message::Policy;
use providers::{Found, Outgoing};
use serde_json::json;
use std::sync::Arc;
use store::{
    Scope,
    doubt::{self, Doubtful, Settled},
};

/// Most look-ups in one round.
const BATCH: i64 = 50;
/// A node that lives and has not said for so long what became of a message, in milliseconds after its lease, is not
/// waited for any longer.
const SILENCE_MS: i64 = 10 * 60_000;

/// One round.
pub async fn run(app: Arc<App>) -> Result<bool> {
    for (workspace, conversation, message) in
        doubt::sweep(&app.db, |channel| settle_ms(&app, channel), app.clock.now()).await?
    {
        let data = json!({ "conversation_id": conversation, "message_id": message, "status": "uncertain" });
        app.tell(&workspace, "message:updated", data);
    }
    if doubt::was_swept(&app.db, &app.node).await? {
        let release = async |under_way| {
            doubt::release(&app.db, &app.node, under_way, |channel| settle_ms(&app, channel)).await
        };
        app.flights.with_all(release).await?;
    }
    doubt::give_up_waiting(&app.db, SILENCE_MS).await?;
    let doubtful = doubt::take_doubtful(&app.db, BATCH, app.config.lease_ms).await?;
    let full = doubtful.len() as i64 == BATCH;
    let looked = futures::future::join_all(doubtful.iter().map(|d| look_up(&app, d))).await;
    let mut settled = Vec::new();
    for (doubtful, found) in doubtful.iter().zip(looked) {
        match found {
            Ok(Some(found)) => settled.push((doubtful, found)),
            // Not answered: asked again when the look-up's own lease is over.
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(%error, message = %doubtful.id, "a doubtful message could not be looked up")
            }
        }
    }
    doubt::settle(&app.db, &settled, app.clock.now()).await?;
    for (doubtful, _) in &settled {
        app.tell(&doubtful.workspace_id, "message:updated", json!({ "message_id": doubtful.id }));
    }
    app.wake.outbox.notify_one();
    app.wake.steps.notify_one();
    Ok(full)
}

async fn look_up(app: &Arc<App>, doubtful: &Doubtful) -> Result<Option<Settled>> {
    let scope = Scope::system(doubtful.workspace_id.clone());
    let workspace = store::workspace::get(&app.db, &scope).await?;
    let sender = store::sender::get(&app.db, &scope, &doubtful.sender_id).await?;
    let Ok(api) = app.outside.api(&app.keys, &workspace, &sender) else { return Ok(None) };
    let outgoing = Outgoing {
        message_id: doubtful.id.to_string(),
        to: doubtful.to_address.clone(),
        from: doubtful.from_address.clone(),
        text: doubtful.body.clone(),
        rfc_message_id: doubtful.rfc_message_id.clone(),
        ..Outgoing::default()
    };
    // A minute's grace for clocks that differ.
    Ok(match api.find(&outgoing, doubtful.claimed_at - 60_000).await {
        Ok(Found::Sent(id)) => Some(Settled::Sent(id)),
        // Under another id it may be there.
        Ok(Found::Absent) if doubtful.is_retold && !api.finds_by_text() => Some(Settled::Unknowable),
        Ok(Found::Absent) => Some(Settled::Absent),
        Ok(Found::CannotKnow) if doubtful.policy == Policy::AtLeastOnce => Some(Settled::Absent),
        Ok(Found::CannotKnow) => Some(Settled::Unknowable),
        Err(fail) => {
            tracing::info!(class = %fail.class, message = %doubtful.id, "the provider did not answer a look-up");
            None
        }
    })
}
