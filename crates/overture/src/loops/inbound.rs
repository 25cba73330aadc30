//! Stored raw events are handled, oldest first. What fails is tried again; what keeps failing becomes a dead letter with
//! its reason.

use crate::{
    app::App,
    error::Result,
    inbound::{self, Trouble},
    privacy,
};
use domain::retry;
use std::sync::Arc;
use store::inbound_event::{self, InboundEvent};

/// Most events in one round.
const BATCH: i64 = 200;

/// One round. `true` when there may be more.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let events = inbound_event::claim(&app.db, app.clock.now(), app.config.lease_ms, BATCH).await?;
    let mut more = events.len() as i64 == BATCH;
    let mut rest = &events[..];
    while !rest.is_empty() {
        let outcomes = inbound::handle(&app, rest).await;
        let (done, others) = rest.split_at(outcomes.len());
        for (event, outcome) in done.iter().zip(outcomes) {
            if let Err(trouble) = outcome {
                more |= put_back(&app, event, trouble).await?;
            }
        }
        rest = others;
    }
    Ok(more)
}

/// What becomes of an event that was not applied. `true` when it is due at once.
async fn put_back(app: &Arc<App>, event: &InboundEvent, trouble: Trouble) -> Result<bool> {
    match trouble {
        Trouble::Overtaken => {
            let why = "Another node received the same message at that moment";
            inbound_event::failed(&app.db, &event.id, why, Some(app.clock.now())).await?;
            return Ok(true);
        }
        Trouble::Dead(_) if privacy::dropped(app, event).await? => {}
        Trouble::Dead(why) => {
            tracing::warn!(event = %event.id, why, "an inbound event is a dead letter");
            inbound_event::failed(&app.db, &event.id, &why, None).await?;
        }
        Trouble::Later(error) => {
            tracing::warn!(event = %event.id, %error, "an inbound event is tried again");
            let attempt = u32::try_from(event.attempts).unwrap_or(u32::MAX);
            if attempt >= retry::MAX_ATTEMPTS && privacy::dropped(app, event).await? {
                return Ok(false);
            }
            let due = (attempt < retry::MAX_ATTEMPTS)
                .then(|| app.clock.now() + retry::delay_ms(attempt, None, 0.5));
            inbound_event::failed(&app.db, &event.id, &error.to_string(), due).await?;
        }
    }
    Ok(false)
}
