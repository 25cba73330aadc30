//! Two conversations with one person that are made one, and one that is taken apart.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
    tries::in_tries,
};
use domain::ids::{ConversationId, MessageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::conversation::{self, Conversation, Part};

/// Most messages that are chosen one by one.
const MOST: usize = 500;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_merge",
            "POST /conversations/{id}/merge",
            Access::Write,
            "Make another conversation with the same contact a part of this one.",
            merge,
        ),
        Tool::new(
            "conversation_split",
            "POST /conversations/{id}/split",
            Access::Write,
            "Move messages into a conversation of their own. Merging it undoes that.",
            split,
        ),
        Tool::new(
            "conversation_unmerge",
            "POST /conversations/{id}/unmerge",
            Access::Write,
            "Take a conversation out again that was merged into this one.",
            unmerge,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Both {
    /// Id of the conversation that stays.
    id: ConversationId,
    /// The one that becomes a part of it, and leads there from then on. It is with the same contact: where two contacts
    /// turn out to be one person, `contact_merge` comes first.
    other_id: ConversationId,
}

async fn merge(ctx: Ctx, input: Both) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let other = conversation::follow(&ctx.app.db, &ctx.scope, &input.other_id).await?;
    if id == other {
        let message = "These are one conversation. Name another one";
        return Err(Error::field("conversation.same", "other_id", message));
    }
    let now = ctx.app.clock.now();
    in_tries("a merge of conversations", || async {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        conversation::merge(&tx, &ctx.scope, &id, &other, now).await?;
        ctx.app.commit(tx).await
    })
    .await?;
    told(&ctx, [&id, &other]);
    Ok(conversation::get(&ctx.app.db, &ctx.scope, &id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Apart {
    /// Id of the conversation that stays.
    id: ConversationId,
    /// The one that was merged into it.
    other_id: ConversationId,
}

/// Two conversations again.
#[derive(Serialize, JsonSchema)]
struct Two {
    /// The one that stayed.
    conversation: Conversation,
    /// The one that is there again.
    other: Conversation,
}

async fn unmerge(ctx: Ctx, input: Apart) -> Result<Two> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let other = input.other_id;
    in_tries("the undoing of a merge of conversations", || async {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        conversation::unmerge(&tx, &ctx.scope, &id, &other).await?;
        ctx.app.commit(tx).await
    })
    .await?;
    told(&ctx, [&id, &other]);
    both(&ctx, &id, &other).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Split {
    /// Id of the conversation.
    id: ConversationId,
    /// This message and all after it go.
    from_message_id: Option<MessageId>,
    /// These messages go, 1 to 500; instead of `from_message_id`.
    message_ids: Option<Vec<MessageId>>,
}

async fn split(ctx: Ctx, input: Split) -> Result<Two> {
    let part = match (&input.from_message_id, &input.message_ids) {
        (Some(from), None) => Part::From(from),
        (None, Some(ids)) if (1..=MOST).contains(&ids.len()) => Part::Chosen(ids),
        _ => {
            let message = format!("Name the first message that goes, or 1 to {MOST} that do");
            return Err(Error::field("conversation.split", "from_message_id", message));
        }
    };
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let to = store::new_id(ConversationId::from_uuid);
    let now = ctx.app.clock.now();
    in_tries("a split of a conversation", || async {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        conversation::split(&tx, &ctx.scope, &id, part, &to, now).await?;
        ctx.app.commit(tx).await
    })
    .await?;
    told(&ctx, [&id, &to]);
    both(&ctx, &id, &to).await
}

async fn both(ctx: &Ctx, id: &ConversationId, other: &ConversationId) -> Result<Two> {
    Ok(Two {
        conversation: conversation::get(&ctx.app.db, &ctx.scope, id).await?,
        other: conversation::get(&ctx.app.db, &ctx.scope, other).await?,
    })
}

fn told(ctx: &Ctx, ids: [&ConversationId; 2]) {
    for id in ids {
        ctx.app.tell_conversation(&ctx.scope.workspace, id);
    }
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({}));
}
