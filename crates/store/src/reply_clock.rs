//! What each conversation waits for, kept beside it so that lists need not work it out: since when an answer is owed, when
//! that is due, and whether it is late.
//!
//! Whatever begins or ends a wait leaves a mark (schema step 34 has the triggers), and [`settle()`] reads the marked
//! conversations anew from what was said in them. So there is one place that knows, nobody can forget to tell it, and a
//! second look never harms.

mod settle;

pub use settle::{Settled, settle};

use crate::{
    Db, Result, Scope, Tx, notification,
    sql::{binds, rows, run, scalar, skip_locked},
    webhook,
};
use domain::ids::{ConversationId, WorkspaceId};
use sea_orm::FromQueryResult;

/// Conversations that become late in one transaction.
const SLICE: i64 = 200;

/// Whoever moves its messages holds the conversation first, and so does this.
async fn hold(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    let sql = "update conversations set last_at = last_at where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id]).await?;
    Ok(())
}

/// Somebody puts a conversation away: what nobody has answered needs no answer.
pub(crate) async fn set_aside(tx: &Tx, scope: &Scope, id: &ConversationId, now: i64) -> Result<()> {
    hold(tx, scope, id).await?;
    let sql = "update messages set set_aside_at = $3
               where workspace_id = $1 and conversation_id = $2 and direction = 'in' and set_aside_at is null";
    run(tx, sql, binds![scope.ws(), id, now]).await?;
    Ok(())
}

/// What was put away with a conversation the last time.
const LAST_ASIDE: &str = "workspace_id = $1 and conversation_id = $2 and direction = 'in' and set_aside_at =
      (select max(a.set_aside_at) from messages a where a.workspace_id = $1 and a.conversation_id = $2 and a.direction = 'in')";

/// Somebody opens it again: what was put away with it waits as before. Before its status changes.
pub(crate) async fn bring_back(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    hold(tx, scope, id).await?;
    let sql = format!(
        "update messages set set_aside_at = null where {LAST_ASIDE}
           and exists (select 1 from conversations v where v.workspace_id = $1 and v.id = $2 and v.status in ('done', 'snoozed'))"
    );
    run(tx, &sql, binds![scope.ws(), id]).await?;
    Ok(())
}

/// It has rested long enough: what was put away with it waits from now on.
pub(crate) async fn wake(tx: &Tx, scope: &Scope, id: &ConversationId, now: i64) -> Result<()> {
    let sql = format!("update messages set set_aside_at = null, woke_at = $3 where {LAST_ASIDE}");
    run(tx, &sql, binds![scope.ws(), id, now]).await?;
    // That it was late before is no reason to be silent the next time.
    let sql = "update conversations set told_since = null where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id]).await?;
    // They wrote while it rested in any case.
    let sql = "update messages set woke_at = $3 where workspace_id = $1 and conversation_id = $2 and direction = 'in'
                 and set_aside_at is null and woke_at is null and created_at >=
                   (select max(a.created_at) from messages a where a.workspace_id = $1 and a.conversation_id = $2 and a.woke_at = $3)";
    run(tx, sql, binds![scope.ws(), id, now]).await?;
    Ok(())
}

/// Marks what has become late, in every workspace, and tells whoever is to answer. Of several nodes one finds each. The
/// conversations, and whether there may be more.
pub async fn mark_late(db: &Db, now: i64) -> Result<(Vec<(WorkspaceId, ConversationId)>, bool)> {
    #[derive(FromQueryResult)]
    struct Late {
        workspace_id: WorkspaceId,
        id: ConversationId,
        owed_since: Option<i64>,
        told_since: Option<i64>,
    }
    let due = "due_at is not null and late_at is null and due_at <= $1";
    let sql = format!("select id as value from conversations where {due} limit 1");
    if scalar::<String>(&db.read, &sql, binds![now]).await?.is_none() {
        return Ok((Vec::new(), false));
    }
    let tx = db.begin().await?;
    let lock = skip_locked(sea_orm::ConnectionTrait::get_database_backend(&tx), "v");
    // What is marked may have been answered: it is read anew first.
    let sql = format!(
        "update conversations set late_at = $1 where {due} and id in (
           select v.id from conversations v where v.due_at is not null and v.late_at is null and v.due_at <= $1
             and not exists (select 1 from clock_marks k where k.workspace_id = v.workspace_id and k.conversation_id = v.id)
           order by v.due_at limit $2{lock})
         returning workspace_id, id, owed_since, told_since"
    );
    let late: Vec<Late> = rows(&tx, &sql, binds![now, SLICE]).await?;
    for one in late.iter().filter(|one| one.told_since != one.owed_since) {
        let scope = Scope::system(one.workspace_id.clone());
        let sql = "update conversations set told_since = owed_since where workspace_id = $1 and id = $2";
        run(&tx, sql, binds![scope.ws(), &one.id]).await?;
        notification::late(&tx, &scope, &one.id, now).await?;
        let of = "select contact_id as value from conversations where workspace_id = $1 and id = $2";
        let contact: Option<Option<String>> = scalar(&tx, of, binds![scope.ws(), &one.id]).await?;
        let contact = contact.flatten();
        let data = serde_json::json!({ "conversation_id": one.id, "contact_id": contact });
        webhook::tell(&tx, &scope, "conversation.late", contact, data, now).await?;
    }
    tx.commit().await?;
    let is_more = late.len() as i64 == SLICE;
    Ok((late.into_iter().map(|one| (one.workspace_id, one.id)).collect(), is_more))
}
