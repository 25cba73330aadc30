//! Whose work a conversation is, until when it rests, and the labels that it carries.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    ids::{ConversationId, LabelId, MemberId},
    moment, schedule,
};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{
    conversation::{self, Conversation},
    label, member,
};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_assign",
            "POST /conversations/{id}/assign",
            Access::Write,
            "Ask a member to answer in a conversation.",
            assign,
        ),
        Tool::new(
            "conversation_label",
            "POST /conversations/{id}/labels",
            Access::Write,
            "Put a label on a conversation.",
            put_label,
        ),
        Tool::new(
            "conversation_snooze",
            "POST /conversations/{id}/snooze",
            Access::Write,
            "Put a conversation away until a moment.",
            snooze,
        ),
        Tool::new(
            "conversation_unlabel",
            "POST /conversations/{id}/labels/remove",
            Access::Write,
            "Take a label off a conversation.",
            take_label,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Assign {
    /// Id of the conversation.
    id: ConversationId,
    /// Who is to answer; left out, it is the owner of the contact again.
    assignee_id: Option<MemberId>,
}

async fn assign(ctx: Ctx, input: Assign) -> Result<Conversation> {
    let mut theirs_only = false;
    if let Some(who) = &input.assignee_id {
        if member::get(&ctx.app.db, &ctx.scope, who).await?.disabled_at.is_some() {
            let message = "They may no longer come in. Choose somebody else";
            return Err(Error::field("conversation.assignee_disabled", "assignee_id", message));
        }
        theirs_only = member::scope_of(&ctx.app.db, &ctx.scope.workspace, who).await?.only().is_some();
    }
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    conversation::assign(&tx, &ctx.scope, &id, input.assignee_id.as_ref(), theirs_only, ctx.app.clock.now())
        .await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Snooze {
    /// Id of the conversation.
    id: ConversationId,
    /// Until when: an RFC 3339 instant, or words on the workspace's clock such as `tomorrow 9am`, `in 3 days`, `next
    /// monday`, `24 dec 14:00`.
    until: String,
    /// Whether it rests even when its contact writes; else that brings it back.
    #[serde(default)]
    in_any_case: bool,
}

async fn snooze(ctx: Ctx, input: Snooze) -> Result<Conversation> {
    let until = moment_of(&ctx, "until", &input.until).await?;
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    conversation::rest(&tx, &ctx.scope, &id, until, !input.in_any_case, now).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id).await
}

/// The instant that somebody typed, on the clock of the workspace.
pub(crate) async fn moment_of(ctx: &Ctx, field: &str, text: &str) -> Result<i64> {
    let zone = store::workspace::get(&ctx.app.db, &ctx.scope).await?.time_zone;
    moment::read(text, &schedule::zone_for(None, None, &zone), ctx.app.clock.now())
        .map_err(|error| Error::field("moment.invalid", field, error.to_string()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Labelled {
    /// Id of the conversation.
    id: ConversationId,
    /// Which label.
    label_id: LabelId,
}

async fn put_label(ctx: Ctx, input: Labelled) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::put(&tx, &ctx.scope, &id, &input.label_id).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id).await
}

async fn take_label(ctx: Ctx, input: Labelled) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::take(&tx, &ctx.scope, &id, &input.label_id).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id).await
}

/// Tells everybody, and answers how it is now.
async fn changed(ctx: &Ctx, id: &ConversationId) -> Result<Conversation> {
    ctx.app.tell_conversation(&ctx.scope.workspace, id);
    Ok(conversation::get(&ctx.app.db, &ctx.scope, id).await?)
}
