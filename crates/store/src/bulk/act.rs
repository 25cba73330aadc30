//! The next slice of an action. Whom it visits is decided by their ids alone, so that nobody is visited twice when the
//! action itself decides who matches.

use super::{BulkAction, delete, locked, require_set};
use crate::{
    Result, Scope, Tx,
    contact::Query,
    contact_set,
    sql::{binds, items, listed, rows, run, text_list},
    workspace,
};
use domain::{
    bulk::Change,
    ids::{ContactId, ConversationId, MemberId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

#[derive(FromQueryResult)]
struct One {
    id: String,
}

/// Who changed, and what they had before.
pub(super) type Changed = Vec<(String, Option<String>)>;

/// Does it to at most `limit` further contacts of those that `theirs` may see and `query` finds, and writes how far it
/// is. `false` when there are no more. A tag or list that is gone is [`Error::NotFound`](crate::Error::NotFound).
pub async fn go_on(
    tx: &Tx,
    theirs: &Scope,
    bulk: &mut BulkAction,
    (query, change): (&Query, Change<'_>),
    limit: i64,
    now: i64,
) -> Result<bool> {
    let scope = &Scope::system(theirs.workspace.clone());
    if let Change::Join(set) | Change::Leave(set) = change {
        require_set(tx, scope, set).await?;
    }
    if matches!(change, Change::Gone) {
        workspace::guards_changed(tx, scope).await?;
    }
    let next = next(tx, theirs, bulk, query, limit).await?;
    let Some(last) = next.last() else { return Ok(false) };
    bulk.after.clone_from(last);
    if matches!(change, Change::Owner(_)) {
        // Whoever takes an answer in holds the thread before the contact.
        super::undo::hold_threads(tx, scope, &next).await?;
    }
    if matches!(change, Change::Gone) {
        delete::hold_work(tx, scope, &next).await?;
    }
    let held = hold(tx, theirs, query, change, &next).await?;
    let changed = match change {
        Change::Join(set) => join(tx, scope, set, &held, now).await?,
        Change::Leave(set) => leave(tx, scope, set, &held).await?,
        Change::Status(status) => set_status(tx, scope, status, &held, now).await?,
        Change::Owner(owner) => assign(tx, scope, owner, &held, now).await?,
        Change::Gone => delete::delete(tx, scope, &held).await?,
    };
    remember(tx, scope, bulk, &changed, now).await?;
    if matches!(change, Change::Gone) {
        delete::note_addresses(tx, scope, bulk, &changed).await?;
    } else {
        contact_set::changed(tx, scope, changed.iter().map(|(id, _)| id.as_str())).await?;
    }
    bulk.changed += changed.len() as i64;
    bulk.unchanged += held.len() as i64 - changed.len() as i64;
    let sql = "update bulk_actions set after = $3, changed = $4, unchanged = $5 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), &bulk.id, bulk.after.as_str(), bulk.changed, bulk.unchanged]).await?;
    Ok(next.len() as i64 == limit)
}

/// The ids of the next ones.
async fn next(tx: &Tx, theirs: &Scope, bulk: &BulkAction, query: &Query, limit: i64) -> Result<Vec<String>> {
    let query = Query { between: Some((bulk.after.clone(), bulk.upto.clone())), ..query.clone() };
    let mut filter = query.filter(theirs, tx.get_database_backend());
    let n = filter.next();
    filter.values.push(limit.into());
    let sql = format!("select c.id from contacts c where {} order by c.id limit ${n}", filter.sql);
    Ok(rows::<One>(tx, &sql, filter.values).await?.into_iter().map(|one| one.id).collect())
}

/// Those of them that still match now that nobody else can change them.
async fn hold(
    tx: &Tx,
    theirs: &Scope,
    query: &Query,
    change: Change<'_>,
    ids: &[String],
) -> Result<Vec<String>> {
    let backend = tx.get_database_backend();
    let mut filter = query.filter(theirs, backend);
    filter.sql += &format!(" and c.id in {}", listed(backend, filter.next()));
    filter.values.push(text_list(ids).into());
    // Whoever goes must not be referred to meanwhile either.
    let lock = match change {
        Change::Gone if backend != DbBackend::Sqlite => " order by c.id for update of c".to_owned(),
        _ => locked(tx, "c"),
    };
    let sql = format!("select c.id from contacts c where {}{lock}", filter.sql);
    Ok(rows::<One>(tx, &sql, filter.values).await?.into_iter().map(|one| one.id).collect())
}

async fn join(tx: &Tx, scope: &Scope, set: &str, ids: &[String], now: i64) -> Result<Changed> {
    #[derive(FromQueryResult)]
    struct Joined {
        contact_id: String,
    }
    let sql = format!(
        "insert into set_members (workspace_id, set_id, contact_id, at)
         select $1, $3, c.id, $4 from contacts c where c.workspace_id = $1 and c.id in {} order by c.id
         on conflict do nothing returning contact_id",
        listed(tx.get_database_backend(), 2)
    );
    let joined: Vec<Joined> = rows(tx, &sql, binds![scope.ws(), text_list(ids), set, now]).await?;
    Ok(joined.into_iter().map(|joined| (joined.contact_id, None)).collect())
}

async fn leave(tx: &Tx, scope: &Scope, set: &str, ids: &[String]) -> Result<Changed> {
    #[derive(FromQueryResult)]
    struct Left {
        contact_id: String,
        at: i64,
    }
    let sql = format!(
        "delete from set_members where workspace_id = $1 and set_id = $3 and contact_id in {} returning contact_id, at",
        listed(tx.get_database_backend(), 2)
    );
    let left: Vec<Left> = rows(tx, &sql, binds![scope.ws(), text_list(ids), set]).await?;
    Ok(left.into_iter().map(|left| (left.contact_id, Some(left.at.to_string()))).collect())
}

async fn set_status(tx: &Tx, scope: &Scope, status: &str, ids: &[String], now: i64) -> Result<Changed> {
    #[derive(FromQueryResult)]
    struct Had {
        id: String,
        status: String,
    }
    let among = listed(tx.get_database_backend(), 2);
    let others = format!("workspace_id = $1 and id in {among} and status <> $3");
    let sql = format!("select id, status from contacts where {others}");
    let had: Vec<Had> = rows(tx, &sql, binds![scope.ws(), text_list(ids), status]).await?;
    let sql = format!(
        "update contacts set status = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
         where {others}"
    );
    run(tx, &sql, binds![scope.ws(), text_list(ids), status, now]).await?;
    Ok(had.into_iter().map(|had| (had.id, Some(had.status))).collect())
}

/// Whose a contact and its threads were.
#[derive(Serialize, Deserialize)]
pub(super) struct Owners {
    pub(super) owner: Option<String>,
    /// Threads that were somebody else's than the contact.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) threads: BTreeMap<String, Option<String>>,
}

async fn assign(tx: &Tx, scope: &Scope, owner: &MemberId, ids: &[String], now: i64) -> Result<Changed> {
    #[derive(FromQueryResult)]
    struct Had {
        id: ContactId,
        owner_id: Option<String>,
    }
    #[derive(FromQueryResult)]
    struct Thread {
        id: ConversationId,
        contact_id: String,
        owner_id: Option<String>,
    }
    let among = listed(tx.get_database_backend(), 2);
    let sql = format!(
        "select id, owner_id from contacts where workspace_id = $1 and id in {among} and coalesce(owner_id, '') <> $3"
    );
    let had: Vec<Had> = rows(tx, &sql, binds![scope.ws(), text_list(ids), owner]).await?;
    let mut before: BTreeMap<String, Owners> = had
        .into_iter()
        .map(|had| (had.id.to_string(), Owners { owner: had.owner_id, threads: BTreeMap::new() }))
        .collect();
    let going = || text_list(before.keys());
    let sql = format!(
        "select id, contact_id, owner_id from conversations where workspace_id = $1 and contact_id in {among}"
    );
    let threads: Vec<Thread> = rows(tx, &sql, binds![scope.ws(), going()]).await?;
    let sql = format!(
        "update conversations set owner_id = $3, assignee_id = null where workspace_id = $1 and contact_id in {among}"
    );
    run(tx, &sql, binds![scope.ws(), going(), owner]).await?;
    let sql = format!(
        "update contacts set owner_id = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
         where workspace_id = $1 and id in {among}"
    );
    run(tx, &sql, binds![scope.ws(), going(), owner, now]).await?;
    for thread in threads {
        if let Some(owners) = before.get_mut(&thread.contact_id)
            && owners.owner != thread.owner_id
        {
            owners.threads.insert(thread.id.to_string(), thread.owner_id);
        }
    }
    before.into_iter().map(|(id, owners)| Ok((id, Some(serde_json::to_string(&owners)?)))).collect()
}

/// Keeps what it takes to undo it.
async fn remember(tx: &Tx, scope: &Scope, bulk: &BulkAction, changed: &Changed, now: i64) -> Result<()> {
    if changed.is_empty() {
        return Ok(());
    }
    let list: Vec<Json> = changed.iter().map(|(id, before)| json!({ "c": id, "b": before })).collect();
    let sql = format!(
        "insert into bulk_changes (workspace_id, bulk_action_id, contact_id, before, written_at)
         select $1, $3, item.value->>'c', item.value->>'b', $4 from {}",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), Json::Array(list).to_string(), &bulk.id, now]).await?;
    Ok(())
}
