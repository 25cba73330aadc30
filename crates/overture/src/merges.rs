//! Contacts that turned out to be one person: found, folded into one, and taken apart again.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, NameCursor, Tool},
    tries::in_tries,
};
use domain::ids::{ContactId, MergeId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Page,
    contact::{self, Contact},
    merge::{self, Group, Merge, Reason},
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "contact_duplicates",
            "GET /contacts/duplicates",
            Access::Read,
            "Contacts that may be one person, among the 100,000 newest.",
            duplicates,
        ),
        Tool::new(
            "contact_merge",
            "POST /contacts/{id}/merge",
            Access::Write,
            "Fold another contact into this one: they are one person.",
            fold,
        ),
        Tool::new("merge_list", "GET /merges", Access::Read, "List merges of contacts, newest first.", list),
        Tool::new(
            "merge_undo",
            "POST /merges/{id}/undo",
            Access::Write,
            "Take a merge back, within 30 days: both contacts are there again.",
            undo,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fold {
    /// Who stays.
    id: ContactId,
    /// Who is folded into them, and is no contact of its own any more.
    other_id: ContactId,
}

/// What became of two contacts.
#[derive(Serialize, JsonSchema)]
struct Folded {
    /// By which it can be undone.
    merge: Merge,
    /// Who stayed, as they are now.
    contact: Contact,
}

async fn fold(ctx: Ctx, input: Fold) -> Result<Folded> {
    if input.id == input.other_id {
        let message = "This is the same contact. Name another one";
        return Err(Error::field("merge.same", "other_id", message));
    }
    let id = store::new_id(MergeId::from_uuid);
    let now = ctx.app.clock.now();
    in_tries("a merge", || async {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        merge::merge(&tx, &ctx.scope, &id, &input.id, &input.other_id, now).await?;
        ctx.app.commit(tx).await
    })
    .await?;
    tell(&ctx, &input.id);
    Ok(Folded {
        merge: merge::get(&ctx.app.db, &ctx.scope, &id, now).await?,
        contact: contact::get(&ctx.app.db, &ctx.scope, &input.id).await?,
    })
}

fn tell(ctx: &Ctx, contact: &ContactId) {
    ctx.app.wake.steps.notify_one();
    ctx.app.wake.outbox.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": contact }));
    for event in ["conversation:updated", "stats:updated"] {
        ctx.app.tell(&ctx.scope.workspace, event, json!({}));
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the merge.
    id: MergeId,
}

/// Two contacts again.
#[derive(Serialize, JsonSchema)]
struct Undone {
    /// The merge that was taken back.
    merge: Merge,
    /// Who had stayed.
    contact: Contact,
    /// Who is there again.
    other: Contact,
}

async fn undo(ctx: Ctx, input: One) -> Result<Undone> {
    let now = ctx.app.clock.now();
    let (survivor, other) = in_tries("the undoing of a merge", || async {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        let both = merge::undo(&tx, &ctx.scope, &input.id, now).await?;
        ctx.app.commit(tx).await?;
        Ok(both)
    })
    .await?;
    tell(&ctx, &survivor);
    tell(&ctx, &other);
    Ok(Undone {
        merge: merge::get(&ctx.app.db, &ctx.scope, &input.id, now).await?,
        contact: contact::get(&ctx.app.db, &ctx.scope, &survivor).await?,
        other: contact::get(&ctx.app.db, &ctx.scope, &other).await?,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Page<Merge>> {
    let now = ctx.app.clock.now();
    Ok(merge::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref(), now).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Alike {
    /// What they have in common; the phone number, if nothing is said.
    reason: Option<Reason>,
    /// Groups per page, 1 to 50.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<NameCursor>,
}

async fn duplicates(ctx: Ctx, input: Alike) -> Result<Page<Group>> {
    let reason = input.reason.unwrap_or(Reason::Phone);
    let cursor = input.cursor.as_ref().map(NameCursor::as_str);
    Ok(merge::duplicates(&ctx.app.db, &ctx.scope, reason, input.limit, cursor).await?)
}
