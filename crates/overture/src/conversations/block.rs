//! Blocking and unblocking whoever a conversation is with.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::ids::ConversationId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::conversation::{self, Conversation};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_block",
            "POST /conversations/{id}/block",
            Access::Write,
            "Block whoever a conversation is with.",
            block,
        ),
        Tool::new(
            "conversation_unblock",
            "POST /conversations/{id}/unblock",
            Access::Write,
            "Unblock whoever a conversation is with.",
            unblock,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of a conversation with them.
    id: ConversationId,
}

/// What they have written and write stays, in the part `blocked`; nothing is sent to them.
async fn block(ctx: Ctx, input: One) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let changed = conversation::block(&tx, &ctx.scope, &id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    told(&ctx, &id, &changed).await
}

async fn unblock(ctx: Ctx, input: One) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let changed = conversation::unblock(&tx, &ctx.scope, &id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    told(&ctx, &id, &changed).await
}

async fn told(ctx: &Ctx, id: &ConversationId, changed: &[ConversationId]) -> Result<Conversation> {
    for one in changed {
        ctx.app.tell_conversation(&ctx.scope.workspace, one);
    }
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({}));
    Ok(conversation::get(&ctx.app.db, &ctx.scope, id).await?)
}

/// Why nothing can be written here.
pub(super) const WHY: &str = "This person is blocked. Unblock them to write to them";

/// Nobody answers somebody who is blocked: it would wait until they are not.
pub(super) fn require_open(found: &Conversation) -> Result<()> {
    match found.blocked_at {
        Some(_) => Err(Error::conflict("conversation.blocked", WHY)),
        None => Ok(()),
    }
}
