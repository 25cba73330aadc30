//! Stored raw events are handled: each in one transaction with its effects. What fails is tried again;
//! what keeps failing becomes a dead letter with its reason.

use crate::{app::App, error::Result, inbound, privacy};
use domain::retry;
use std::sync::Arc;
use store::inbound_event;

/// Most events in one round.
const BATCH: i64 = 200;

/// One round. `true` when there may be more.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let events = inbound_event::claim(&app.db, app.clock.now(), app.config.lease_ms, BATCH).await?;
    let mut more = events.len() as i64 == BATCH;
    for event in &events {
        match inbound::handle(&app, event).await {
            Ok(()) => {}
            Err(inbound::Trouble::Overtaken) => {
                let why = "Another node received the same message at that moment";
                inbound_event::failed(&app.db, &event.id, why, Some(app.clock.now())).await?;
                more = true;
            }
            Err(inbound::Trouble::Dead(_)) if privacy::dropped(&app, event).await? => {}
            Err(inbound::Trouble::Dead(why)) => {
                tracing::warn!(event = %event.id, why, "an inbound event is a dead letter");
                inbound_event::failed(&app.db, &event.id, &why, None).await?;
            }
            Err(inbound::Trouble::Later(error)) => {
                tracing::warn!(event = %event.id, %error, "an inbound event is tried again");
                let attempt = u32::try_from(event.attempts).unwrap_or(u32::MAX);
                if attempt >= retry::MAX_ATTEMPTS && privacy::dropped(&app, event).await? {
                    continue;
                }
                let due = (attempt < retry::MAX_ATTEMPTS)
                    .then(|| app.clock.now() + retry::delay_ms(attempt, None, 0.5));
                inbound_event::failed(&app.db, &event.id, &error.to_string(), due).await?;
            }
        }
    }
    Ok(more)
}
