//! What members say to each other in a conversation.

use crate::{
    contacts::Gone,
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::ids::{ConversationId, MemberId, NoteId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    member,
    note::{self, Note},
};

/// Longest note, in characters.
const LONGEST: usize = 10_000;
/// Most members who are mentioned in one.
const MOST_MENTIONS: usize = 50;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_note",
            "POST /conversations/{id}/notes",
            Access::Write,
            "Write a note to colleagues in a conversation. It is sent to nobody.",
            create,
        ),
        Tool::new(
            "conversation_notes",
            "GET /conversations/{id}/notes",
            Access::Read,
            "Notes of a conversation, oldest first.",
            list,
        ),
        Tool::new("note_delete", "DELETE /notes/{id}", Access::Write, "Remove a note.", delete),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Of {
    /// Id of the conversation.
    id: ConversationId,
}

#[derive(Serialize, JsonSchema)]
struct Notes {
    data: Vec<Note>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Of) -> Result<Notes> {
    let found = store::conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(Notes { data: note::list(&ctx.app.db, &ctx.scope, &found.id).await?, next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Id of the conversation.
    id: ConversationId,
    /// What colleagues are to read.
    text: String,
    /// Members who are to look at it: it stands in their view of mentions.
    #[serde(default)]
    mention_ids: Vec<MemberId>,
}

async fn create(ctx: Ctx, input: Create) -> Result<Note> {
    let text = input.text.trim();
    if text.is_empty() || text.chars().count() > LONGEST {
        return Err(Error::field("note.text_invalid", "text", "Write a note of 1 to 10,000 characters"));
    }
    let mut mentions = input.mention_ids;
    mentions.sort();
    mentions.dedup();
    if mentions.len() > MOST_MENTIONS {
        return Err(Error::field("note.mentions", "mention_ids", "Mention at most 50 members"));
    }
    let thread = store::conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    for who in &mentions {
        require_reader(&ctx, &thread, who).await?;
    }
    let id = store::new_id(NoteId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    note::create(&tx, &ctx.scope, &id, &thread, text, &mentions, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell_conversation(&ctx.scope.workspace, &thread);
    Ok(note::get(&ctx.app.db, &ctx.scope, &id).await?)
}

/// Who cannot see a conversation is not told of it.
async fn require_reader(ctx: &Ctx, conversation: &ConversationId, who: &MemberId) -> Result<()> {
    let theirs = member::scope_of(&ctx.app.db, &ctx.scope.workspace, who).await?;
    let owners = store::owners_of(&ctx.app.db, &ctx.scope, &[conversation.as_str()]).await?;
    if theirs.may_see(owners.get(conversation.as_str()).map(String::as_str)) {
        return Ok(());
    }
    let name = member::get(&ctx.app.db, &ctx.scope, who).await?.name;
    let message = format!(
        "{name} sees only their own contacts, and this one is not theirs. Leave the mention out, or hand the contact over"
    );
    Err(Error::conflict("note.mention_unseen", message))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the note.
    id: NoteId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let found = note::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if found.author_id != ctx.scope.member && ctx.role == "rep" {
        let message = "A colleague wrote this note. They, or a manager, can remove it";
        return Err(Error::conflict("note.of_a_colleague", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    note::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell_conversation(&ctx.scope.workspace, &found.conversation_id);
    Ok(Gone { id: input.id.to_string(), deleted: true })
}
