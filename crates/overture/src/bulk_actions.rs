//! One action on many contacts, as a job that can be stopped and undone.
//!
//! Whoever asks for a page of contacts or fewer gets it done before the answer; what is more goes on in the background
//! ([`run`]). For 30 days it can be undone: who was touched by somebody else since is left alone, and counted.

pub mod run;
mod view;

use crate::{
    api_keys,
    campaigns::Audience,
    error::{Error, Result},
    loops,
    tool::{self, Access, Ctx, Tool},
};
use domain::{
    bulk::{Action, UndoStatus},
    ids::{BulkActionId, JobId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Page,
    bulk::{self, Asked},
    contact::{self, Sought},
    contact_set::{self, SetKind},
    job, member,
};
use view::{View, undo_of, view};

/// So many contacts are dealt with before the answer: a page of the list.
const AT_ONCE: i64 = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let (read, write) = (Access::Read, Access::Write);
    vec![
        Tool::new("bulk_get", "GET /bulk-actions/{id}", read, "Read one bulk action with its progress.", get),
        Tool::new("bulk_list", "GET /bulk-actions", read, "List bulk actions, newest first.", list),
        Tool::new(
            "bulk_undo",
            "POST /bulk-actions/{id}/undo",
            write,
            "Undo a bulk action: who is still as it left them is as before. Who was changed by somebody else since is left alone.",
            undo,
        )
        .refuses(&[403]),
        Tool::new(
            "contact_bulk",
            "POST /contacts/bulk",
            write,
            "Do one thing to many contacts, deleting them included, as a job that can be undone for 30 days. Handing them over is for managers.",
            ask,
        )
        .refuses(&[403]),
    ]
}

/// Whom an action is for, as its job remembers it.
#[derive(Serialize, Deserialize)]
struct Meant {
    who: Audience,
    /// Whether the text in it was looked for in the index of words: later it may be behind, and would find others.
    in_words: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// Which contacts.
    who: Audience,
    /// What is done to each.
    action: Action,
}

async fn ask(ctx: Ctx, input: Ask) -> Result<View> {
    let action =
        input.action.tidy().map_err(|message| Error::field("bulk.status", "action.status", message))?;
    require_right(&ctx, &action)?;
    let target = checked_target(&ctx, &action).await?;
    let query = input.who.query(&ctx).await?;
    let total = contact::count(&ctx.app.db, &ctx.scope, &query).await?;
    if total == 0 {
        let message =
            "Nobody matches. They may have been changed or deleted meanwhile: look at the list again";
        return Err(Error::field("bulk.nobody", "who", message));
    }
    let meant = Meant { who: input.who, in_words: matches!(query.search, Some(Sought::Words(_))) };
    let (id, job) = (store::new_id(BulkActionId::from_uuid), store::new_id(JobId::from_uuid));
    let (action, audience) = (serde_json::to_string(&action)?, serde_json::to_string(&meant)?);
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let asked =
        Asked { id: &id, job: &job, action: &action, target: target.as_deref(), audience: &audience, total };
    bulk::create(&tx, &ctx.scope, asked, now).await?;
    start(&ctx, tx, "bulk", &id, &job, total).await?;
    look(&ctx, &id).await
}

/// Puts the job into the queue, and does it at once if it is short.
async fn start(
    ctx: &Ctx,
    tx: store::Tx,
    kind: &str,
    id: &BulkActionId,
    job: &JobId,
    total: i64,
) -> Result<()> {
    let (app, scope) = (&ctx.app, &ctx.scope);
    let now = app.clock.now();
    job::enqueue(&tx, scope, job, kind, &json!({ "bulk_action_id": id }), now).await?;
    if total <= AT_ONCE {
        let held = job::take(&tx, scope, job, &app.node, app.config.lease_ms, now).await?;
        app.commit(tx).await?;
        return loops::jobs::work(app, held).await;
    }
    app.commit(tx).await?;
    let data = json!({ "job_id": job, "kind": kind, "bulk_action_id": id, "progress": 0.0 });
    app.tell(&scope.workspace, "job.queued", data);
    app.wake.jobs.notify_one();
    Ok(())
}

/// Handing contacts over is for those who may do it one by one.
fn require_right(ctx: &Ctx, action: &Action) -> Result<()> {
    if !action.is_for_managers() {
        return Ok(());
    }
    if let Some(key) = &ctx.key {
        api_keys::require_scope(key, &tool::scope_of("contact", Access::Manage))?;
    }
    match ctx.role.as_str() {
        "admin" | "manager" => Ok(()),
        _ => Err(tool::for_managers()),
    }
}

/// The id of what the action names; it has to be there.
async fn checked_target(ctx: &Ctx, action: &Action) -> Result<Option<String>> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    Ok(match action {
        Action::AddTag { tag_id } | Action::RemoveTag { tag_id } => {
            Some(contact_set::get(db, scope, SetKind::Tag, tag_id.as_str()).await?.id)
        }
        Action::AddToList { list_id } | Action::RemoveFromList { list_id } => {
            Some(contact_set::get(db, scope, SetKind::List, list_id.as_str()).await?.id)
        }
        Action::SetStatus { .. } | Action::Delete {} => None,
        Action::Assign { owner_id } => {
            let owner = member::get(db, scope, owner_id).await?;
            if owner.disabled_at.is_some() {
                let message = "This member may no longer come in. Choose somebody else";
                return Err(Error::field("member.disabled", "action.owner_id", message));
            }
            Some(owner.id.to_string())
        }
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the bulk action.
    id: BulkActionId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    look(&ctx, &input.id).await
}

async fn look(ctx: &Ctx, id: &BulkActionId) -> Result<View> {
    view(bulk::get(&ctx.app.db, &ctx.scope, id).await?, ctx.app.clock.now())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Page<View>> {
    let page = bulk::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?;
    let now = ctx.app.clock.now();
    let data = page.data.into_iter().map(|bulk| view(bulk, now)).collect::<Result<_>>()?;
    Ok(Page { data, next_cursor: page.next_cursor })
}

async fn undo(ctx: Ctx, input: One) -> Result<View> {
    let found = bulk::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    require_right(&ctx, &serde_json::from_str(&found.action)?)?;
    let now = ctx.app.clock.now();
    let refused = match undo_of(&found, now).map(|undo| undo.status) {
        Some(UndoStatus::Possible) => None,
        Some(UndoStatus::Running) => Some(("bulk.undone", "This is being undone already")),
        Some(UndoStatus::Done) => Some(("bulk.undone", "This has been undone already")),
        Some(UndoStatus::Expired) => {
            Some(("bulk.undo_expired", "This was over more than 30 days ago. Do the opposite instead"))
        }
        None if found.over_at.is_none() => {
            Some(("bulk.not_over", "This is not over yet. Stop its job first, or wait for its end"))
        }
        None => Some(("bulk.undone", "This has changed nobody, so there is nothing to undo")),
    };
    if let Some((code, message)) = refused {
        return Err(Error::conflict(code, message));
    }
    let job = store::new_id(JobId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    bulk::ask_undo(&tx, &ctx.scope, &found, &job, now).await?;
    start(&ctx, tx, "bulk_undo", &found.id, &job, found.changed).await?;
    look(&ctx, &found.id).await
}
