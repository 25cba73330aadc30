//! One thing done to many conversations: all of it, or nothing.

use super::work::moment_of;
use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::ids::{ConversationId, LabelId, MemberId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{conversation, label, member, note, notification};

/// Most conversations at once: what a list shows on one page.
const MOST: usize = 200;

pub(super) fn tools() -> Vec<Tool> {
    vec![Tool::new(
        "conversation_bulk",
        "POST /conversations/bulk",
        Access::Write,
        "Do one thing to many conversations.",
        run,
    )]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Many {
    /// Which conversations, 1 to 200.
    ids: Vec<ConversationId>,
    /// What is done to each.
    action: Action,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    /// Put away.
    Done,
    /// Open again.
    Reopen,
    /// Seen.
    Read,
    /// Whoever they are with is blocked.
    Block,
    /// And is not any more.
    Unblock,
    /// Somebody is asked to answer.
    Assign {
        /// Who; left out, it is the owner of each contact again.
        assignee_id: Option<MemberId>,
    },
    /// A label is put on.
    Label { label_id: LabelId },
    /// A label is taken off.
    Unlabel { label_id: LabelId },
    /// Put away until a moment.
    Snooze {
        /// Until when, as in `conversation_snooze`.
        until: String,
    },
}

#[derive(Serialize, JsonSchema)]
struct Changed {
    /// How many conversations it was done to.
    changed: usize,
}

async fn run(ctx: Ctx, input: Many) -> Result<Changed> {
    let ids = conversation::follow_all(&ctx.app.db, &ctx.scope, &input.ids).await?;
    if ids.is_empty() || ids.len() > MOST {
        let message = format!("Choose 1 to {MOST} conversations");
        return Err(Error::field("conversation.too_many", "ids", message));
    }
    let (scope, now) = (&ctx.scope, ctx.app.clock.now());
    let until = match &input.action {
        Action::Snooze { until } => moment_of(&ctx, "action.until", until).await?,
        _ => 0,
    };
    let theirs_only = match &input.action {
        Action::Assign { assignee_id: Some(who) } => {
            member::scope_of(&ctx.app.db, &scope.workspace, who).await?.only().is_some()
        }
        _ => false,
    };
    let tx = ctx.app.db.begin_for(scope).await?;
    for id in &ids {
        match &input.action {
            Action::Done => conversation::set_status(&tx, scope, id, "done", now).await?,
            Action::Reopen => conversation::set_status(&tx, scope, id, "open", now).await?,
            Action::Read => {
                conversation::mark_read(&tx, scope, id).await?;
                note::seen(&tx, scope, id, now).await?;
                notification::see_in(&tx, scope, id, now).await?;
            }
            Action::Block => drop(conversation::block(&tx, scope, id, now).await?),
            Action::Unblock => drop(conversation::unblock(&tx, scope, id, now).await?),
            Action::Assign { assignee_id } => {
                conversation::assign(&tx, scope, id, assignee_id.as_ref(), theirs_only, now).await?;
            }
            Action::Label { label_id } => label::put(&tx, scope, id, label_id).await?,
            Action::Unlabel { label_id } => label::take(&tx, scope, id, label_id).await?,
            Action::Snooze { .. } => conversation::rest(&tx, scope, id, until, true, now).await?,
        }
    }
    ctx.app.commit(tx).await?;
    for id in &ids {
        ctx.app.tell_conversation(&scope.workspace, id);
    }
    Ok(Changed { changed: ids.len() })
}
