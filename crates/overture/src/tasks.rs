//! What people are to do in campaigns: lists of it, and what becomes of it.

use crate::{
    app::App,
    error::Result,
    tool::{Access, Ctx, Tool},
};
use domain::{
    funnel::{TaskKind, TaskOutcome},
    ids::{CampaignId, ContactId, MemberId, TaskId, WorkspaceId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    At,
    task::{self, Task, Wanted},
};

/// So long a campaign waits before it goes on from a task that is done or skipped, in real milliseconds: longer than the
/// page offers the way back.
const GRACE_MS: i64 = 15_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "task_complete",
            "POST /tasks/{id}/complete",
            Access::Write,
            "Say that a task is done: its contact goes on in the campaign.",
            complete,
        ),
        Tool::new(
            "task_list",
            "GET /tasks",
            Access::Read,
            "List what people are to do in campaigns, by when it is due, or what is done.",
            list,
        ),
        Tool::new(
            "task_reopen",
            "POST /tasks/{id}/reopen",
            Access::Write,
            "Open a task again, within fifteen seconds of its end.",
            reopen,
        ),
        Tool::new(
            "task_skip",
            "POST /tasks/{id}/skip",
            Access::Write,
            "Leave a task out: its contact goes on in the campaign.",
            skip,
        ),
    ]
}

/// Which tasks.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Shown {
    /// To be done, the one that is due first at the top.
    #[default]
    Open,
    /// Done or skipped, the last one at the top.
    Done,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// `open` where it is left out.
    #[serde(default)]
    status: Shown,
    /// Only of this kind.
    kind: Option<TaskKind>,
    /// Only of this campaign.
    campaign_id: Option<CampaignId>,
    /// Only about this contact.
    contact_id: Option<ContactId>,
    /// Only about contacts of this member.
    owner_id: Option<MemberId>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Tasks {
    data: Vec<Task>,
    next_cursor: Option<String>,
    /// How many are to be done in all, however the list is narrowed.
    open: i64,
    /// How many of these should have been done by now.
    due: i64,
}

async fn list(ctx: Ctx, input: List) -> Result<Tasks> {
    let List { status, kind, campaign_id, contact_id, owner_id, limit, cursor } = input;
    let wanted = Wanted { kind, campaign: campaign_id, contact: contact_id, owner: owner_id };
    let (db, after) = (&ctx.app.db, cursor.as_deref());
    let page = match status {
        Shown::Open => task::to_do(db, &ctx.scope, &wanted, limit, after).await?,
        Shown::Done => task::done(db, &ctx.scope, &wanted, limit, after).await?,
    };
    let (open, due) = task::counts(db, &ctx.scope, ctx.app.clock.now()).await?;
    Ok(Tasks { data: page.data, next_cursor: page.next_cursor, open, due })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: TaskId,
}

/// A task that is over.
#[derive(Serialize, JsonSchema)]
struct Over {
    #[serde(flatten)]
    task: Task,
    /// Until when it can be opened again; then its contact goes on.
    undo_until: At,
}

async fn close(ctx: Ctx, input: One, outcome: TaskOutcome) -> Result<Over> {
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let goes_on_at = now + (GRACE_MS as f64 * ctx.app.clock.speed()) as i64;
    task::close(&tx, &ctx.scope, &input.id, outcome, goes_on_at, now).await?;
    ctx.app.commit(tx).await?;
    let task = changed(&ctx, &input.id).await?;
    ctx.app.wake.steps.notify_one();
    Ok(Over { task, undo_until: At(goes_on_at) })
}

async fn complete(ctx: Ctx, input: One) -> Result<Over> {
    close(ctx, input, TaskOutcome::Done).await
}

async fn skip(ctx: Ctx, input: One) -> Result<Over> {
    close(ctx, input, TaskOutcome::Skipped).await
}

async fn reopen(ctx: Ctx, input: One) -> Result<Task> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    task::reopen(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}

async fn changed(ctx: &Ctx, id: &TaskId) -> Result<Task> {
    let task = task::get(&ctx.app.db, &ctx.scope, id).await?;
    tell(&ctx.app, &ctx.scope.workspace, &task.contact_id);
    Ok(task)
}

/// Tells whoever may see a contact that what is to be done about it has changed.
pub fn tell(app: &App, workspace: &WorkspaceId, contact: &ContactId) {
    app.tell(workspace, "tasks:updated", json!({ "contact_id": contact }));
}
