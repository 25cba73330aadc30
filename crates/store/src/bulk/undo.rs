//! The way back: who is still as the action left them is afterwards as before; who was touched by somebody else since,
//! or is gone, is left alone and counted.

use super::{BulkAction, act::Owners, bring_back::bring_back, locked, require_set};
use crate::{
    Result, Scope, Tx, company, contact_set,
    error::Error,
    scope::is_theirs,
    sql::{binds, int, items, listed, rows, run, text_list},
    workspace,
};
use domain::{
    bulk::Change,
    ids::{JobId, MemberId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// Begins: remembers the job and who asked. An undo that is under way or over is [`Error::Conflict`].
pub async fn ask_undo(tx: &Tx, scope: &Scope, bulk: &BulkAction, job: &JobId, now: i64) -> Result<()> {
    let before = bulk.undo_job_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let changed = run(
        tx,
        "update bulk_actions set undo_job_id = $3, undo_by = $4, undo_asked_at = $5
         where workspace_id = $1 and id = $2 and undone_at is null and coalesce(undo_job_id, '') = $6",
        binds![scope.ws(), &bulk.id, job, scope.member.clone(), now, before],
    )
    .await?;
    if changed == 0 {
        return Err(Error::Conflict("somebody else is undoing this".into()));
    }
    Ok(())
}

#[derive(FromQueryResult)]
pub(super) struct Kept {
    pub(super) contact_id: String,
    pub(super) before: Option<String>,
    pub(super) written_at: i64,
}

/// Takes it back for at most `limit` further contacts, as far as `theirs` may see them, and writes how far it is.
/// `false` when there are no more: then it is undone.
pub async fn undo_on(
    tx: &Tx,
    theirs: &Scope,
    bulk: &mut BulkAction,
    change: Change<'_>,
    limit: i64,
    now: i64,
) -> Result<bool> {
    let scope = &Scope::system(theirs.workspace.clone());
    if matches!(change, Change::Gone) {
        // Before anything that others wait for.
        company::settled(tx, scope).await?;
        workspace::guards_changed(tx, scope).await?;
    }
    let kept: Vec<Kept> = rows(
        tx,
        "select contact_id, before, written_at from bulk_changes
         where workspace_id = $1 and bulk_action_id = $2 order by contact_id limit $3",
        binds![scope.ws(), &bulk.id, limit],
    )
    .await?;
    let is_more = kept.len() as i64 == limit;
    let back = match change {
        Change::Join(set) => leave(tx, theirs, set, &kept).await?,
        Change::Leave(set) => join(tx, theirs, set, &kept).await?,
        Change::Status(status) => set_status(tx, theirs, status, &kept, now).await?,
        Change::Owner(owner) => assign(tx, theirs, owner, &kept, now).await?,
        Change::Gone => bring_back(tx, theirs, &kept, now).await?,
    };
    contact_set::changed(tx, scope, back.iter().map(String::as_str)).await?;
    bulk.undone += back.len() as i64;
    bulk.left_alone += kept.len() as i64 - back.len() as i64;
    if !is_more {
        // Of whom nothing is kept, since they were deleted.
        bulk.left_alone = bulk.changed - bulk.undone;
    }
    let sql = format!(
        "delete from bulk_changes where workspace_id = $1 and bulk_action_id = $3 and contact_id in {}",
        listed(tx.get_database_backend(), 2)
    );
    let all = text_list(kept.iter().map(|kept| kept.contact_id.as_str()));
    run(tx, &sql, binds![scope.ws(), all, &bulk.id]).await?;
    let end = (!is_more).then_some(now);
    let sql = "update bulk_actions set undone = $3, left_alone = $4, undone_at = $5 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), &bulk.id, bulk.undone, bulk.left_alone, end]).await?;
    Ok(is_more)
}

#[derive(FromQueryResult)]
struct One {
    id: String,
}

/// Those of them that are there, that `theirs` may see, and of which the condition on `contacts c` holds, with its value
/// `$4`. Nobody else can change them any more.
async fn hold(tx: &Tx, theirs: &Scope, kept: &[Kept], condition: &str, value: &str) -> Result<Vec<String>> {
    let sql = format!(
        "select c.id from contacts c where c.workspace_id = $1 and c.id in {} and {} and {condition}{}",
        listed(tx.get_database_backend(), 2),
        is_theirs("c.owner_id", 3),
        locked(tx, "c")
    );
    let ids = text_list(kept.iter().map(|kept| kept.contact_id.as_str()));
    let held: Vec<One> = rows(tx, &sql, binds![theirs.ws(), ids, theirs.whose(), value]).await?;
    Ok(held.into_iter().map(|one| one.id).collect())
}

/// What is kept of these, as [`items`] with `w`, `c`, `b` and `t`. With the workspace in each, SQLite finds the row of each
/// item; else it walks the workspace.
fn as_items(scope: &Scope, kept: &[Kept], held: &[String]) -> String {
    let held: std::collections::HashSet<&str> = held.iter().map(String::as_str).collect();
    let list = kept.iter().filter(|kept| held.contains(kept.contact_id.as_str()));
    let list = list
        .map(|kept| json!({ "w": scope.ws(), "c": kept.contact_id, "b": kept.before, "t": kept.written_at }));
    Json::Array(list.collect()).to_string()
}

#[derive(FromQueryResult)]
struct Member {
    contact_id: String,
}

/// Out of the set again, whoever is in it since the action put them there.
async fn leave(tx: &Tx, theirs: &Scope, set: &str, kept: &[Kept]) -> Result<Vec<String>> {
    let held = hold(tx, theirs, kept, "$4 <> ''", set).await?;
    let sql = format!(
        "delete from set_members where workspace_id = $1 and set_id = $3 and contact_id in {}
           and (contact_id, at) in (select item.value->>'c', {} from {}) returning contact_id",
        listed(tx.get_database_backend(), 4),
        int("t"),
        items(tx.get_database_backend(), 2)
    );
    let values = binds![theirs.ws(), as_items(theirs, kept, &held), set, text_list(&held)];
    Ok(rows::<Member>(tx, &sql, values).await?.into_iter().map(|member| member.contact_id).collect())
}

/// Into the set again since when they were in it, unless somebody has put them there, or it is gone.
async fn join(tx: &Tx, theirs: &Scope, set: &str, kept: &[Kept]) -> Result<Vec<String>> {
    match require_set(tx, theirs, set).await {
        Err(Error::NotFound(_)) => return Ok(vec![]),
        outcome => outcome?,
    }
    let held = hold(tx, theirs, kept, "$4 <> ''", set).await?;
    // Without `where`, SQLite takes `on conflict` for what two tables are joined by.
    let sql = format!(
        "insert into set_members (workspace_id, set_id, contact_id, at)
         select $1, $3, item.value->>'c', {} from {} where true
         on conflict do nothing returning contact_id",
        int("b"),
        items(tx.get_database_backend(), 2)
    );
    let values = binds![theirs.ws(), as_items(theirs, kept, &held), set];
    Ok(rows::<Member>(tx, &sql, values).await?.into_iter().map(|member| member.contact_id).collect())
}

async fn set_status(tx: &Tx, theirs: &Scope, status: &str, kept: &[Kept], now: i64) -> Result<Vec<String>> {
    let held = hold(tx, theirs, kept, "c.status = $4", status).await?;
    let sql = format!(
        "update contacts as c set status = item.value->>'b',
           updated_at = case when c.updated_at < $2 then $2 else c.updated_at + 1 end from {}
         where c.workspace_id = item.value->>'w' and c.id = item.value->>'c'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![as_items(theirs, kept, &held), now]).await?;
    Ok(held)
}

#[derive(FromQueryResult)]
pub(super) struct Thread {
    id: String,
    contact_id: String,
    owner_id: Option<String>,
}

/// The threads of contacts. Nobody else can change them any more.
pub(super) async fn hold_threads(tx: &Tx, scope: &Scope, ids: &[String]) -> Result<Vec<Thread>> {
    let sql = format!(
        "select v.id, v.contact_id, v.owner_id from conversations v
         where v.workspace_id = $1 and v.contact_id in {}{}",
        listed(tx.get_database_backend(), 2),
        locked(tx, "v")
    );
    rows(tx, &sql, binds![scope.ws(), text_list(ids)]).await
}

/// Back to whom they belonged, with the threads that are still with the one who got them.
async fn assign(tx: &Tx, theirs: &Scope, owner: &MemberId, kept: &[Kept], now: i64) -> Result<Vec<String>> {
    let all: Vec<String> = kept.iter().map(|kept| kept.contact_id.clone()).collect();
    let threads = hold_threads(tx, theirs, &all).await?;
    let held = hold(tx, theirs, kept, "c.owner_id = $4", owner.as_str()).await?;
    let mut before: HashMap<&str, Owners> = HashMap::new();
    for kept in kept {
        let owners = serde_json::from_str(kept.before.as_deref().unwrap_or("{}"))
            .map_err(|error| Error::Unusable(format!("a kept owner is damaged: {error}")))?;
        before.insert(&kept.contact_id, owners);
    }
    let people = held.iter().map(|id| {
        let owners = before.get(id.as_str());
        json!({ "w": theirs.ws(), "i": id, "o": owners.and_then(|owners| owners.owner.as_deref()) })
    });
    let people = Json::Array(people.collect()).to_string();
    let is_held: std::collections::HashSet<&str> = held.iter().map(String::as_str).collect();
    let threads = threads.iter().filter_map(|thread| {
        let owners = before.get(thread.contact_id.as_str())?;
        let is_theirs = is_held.contains(thread.contact_id.as_str())
            && thread.owner_id.as_deref() == Some(owner.as_str());
        let had = owners.threads.get(&thread.id).unwrap_or(&owners.owner);
        is_theirs.then(|| json!({ "w": theirs.ws(), "i": thread.id, "o": had }))
    });
    let threads = Json::Array(threads.collect()).to_string();
    let list = items(tx.get_database_backend(), 1);
    let sql = format!(
        "update conversations as v set owner_id = item.value->>'o' from {list}
         where v.workspace_id = item.value->>'w' and v.id = item.value->>'i'"
    );
    run(tx, &sql, binds![threads]).await?;
    let sql = format!(
        "update contacts as c set owner_id = item.value->>'o',
           updated_at = case when c.updated_at < $2 then $2 else c.updated_at + 1 end from {list}
         where c.workspace_id = item.value->>'w' and c.id = item.value->>'i'"
    );
    run(tx, &sql, binds![people, now]).await?;
    Ok(held)
}
