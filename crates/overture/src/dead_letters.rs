//! Inbound events that found no home, or failed (I11).

use crate::{
    error::Result,
    tool::{Access, Ctx, Tool},
};
use domain::ids::InboundEventId;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{
    Page,
    inbound_event::{self, DeadLetter},
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "dead_letter_list",
            "GET /dead-letters",
            Access::Read,
            "List dead letters, newest first.",
            list,
        ),
        Tool::new(
            "dead_letter_replay",
            "POST /dead-letters/{id}/replay",
            Access::Write,
            "Handle a dead letter again.",
            replay,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Page<DeadLetter>> {
    Ok(inbound_event::dead(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: InboundEventId,
}

async fn replay(ctx: Ctx, input: One) -> Result<DeadLetter> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let letter = inbound_event::replay(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.inbound.notify_one();
    Ok(letter)
}
