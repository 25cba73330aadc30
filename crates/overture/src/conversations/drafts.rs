//! Answers that are being typed, kept so that neither a closed window nor a second one loses them, and shown to
//! colleagues so that not two of them write the same.

use crate::{
    error::{Error, Result},
    live::Audience,
    tool::{Access, Ctx, Tool},
};
use domain::ids::ConversationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::reply_draft::{self, ReplyDraft};

/// Longest text, in bytes: what an answer may have.
const LONGEST: usize = 256 * 1024;

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_draft",
            "PUT /conversations/{id}/draft",
            Access::Write,
            "Keep an answer that is being typed. It is not sent.",
            keep,
        ),
        Tool::new(
            "conversation_drafts",
            "GET /conversations/{id}/drafts",
            Access::Read,
            "Answers that members are typing in a conversation.",
            list,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Of {
    /// Id of the conversation.
    id: ConversationId,
}

#[derive(Serialize, JsonSchema)]
struct Drafts {
    data: Vec<ReplyDraft>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Of) -> Result<Drafts> {
    let found = store::conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(Drafts { data: reply_draft::list(&ctx.app.db, &ctx.scope, &found.id).await?, next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Keep {
    /// Id of the conversation.
    id: ConversationId,
    /// The text so far; without one there is no draft any more.
    text: String,
    /// The version that it was typed on top of; 0 for none. Where it has become another one, nothing is kept and that is
    /// told.
    #[serde(default)]
    version: i64,
}

#[derive(Serialize, JsonSchema)]
struct Kept {
    /// What to say with the next change.
    version: i64,
}

async fn keep(ctx: Ctx, input: Keep) -> Result<Kept> {
    if input.text.len() > LONGEST {
        return Err(Error::field("draft.text_invalid", "text", "Write a text of at most 256 KB"));
    }
    let Some(me) = ctx.scope.member.clone() else {
        return Err(Error::conflict("draft.nobodys", "Only a member types an answer"));
    };
    let text = if input.text.trim().is_empty() { "" } else { input.text.as_str() };
    let id = store::conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let (over, now) = (input.version.max(0), ctx.app.clock.now());
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let version = reply_draft::keep(&tx, &ctx.scope, &id, &me, text, over, now).await?;
    ctx.app.commit(tx).await?;
    // Whoever has it open hears of it; the list need not know of every letter.
    let room = Audience::conversation(id.as_str());
    let data = json!({ "conversation_id": id, "member_id": me });
    ctx.app.hub.publish(&room, "draft:updated", &data);
    Ok(Kept { version })
}
