//! Whose work a conversation is, and until when it rests.

use super::change;
use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    reply_clock,
    scope::is_theirs,
    sql::{binds, rows, run, scalar},
};
use domain::ids::{ConversationId, MemberId, WorkspaceId};
use sea_orm::FromQueryResult;

/// Asks a member to answer; with nobody, it is its owner's again. One of a stranger becomes the member's own, so that
/// they see it. [`Error::Conflict`] for a member who sees only their own (`theirs_only`) where the contact is not theirs.
pub async fn assign(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    member: Option<&MemberId>,
    theirs_only: bool,
    now: i64,
) -> Result<()> {
    if let Some(member) = member.filter(|_| theirs_only) {
        // Who sees only their own gives nothing away that they would not see any more.
        let sql = "update conversations set owner_id = $3
                   where workspace_id = $1 and id = $2 and contact_id is null";
        if scope.only().is_none() {
            run(tx, sql, binds![scope.ws(), id, member]).await?;
        }
        let sql = "select cast(1 as bigint) as value from conversations where workspace_id = $1 and id = $2 and owner_id = $3";
        if scalar::<i64>(tx, sql, binds![scope.ws(), id, member]).await?.is_none() {
            let text = "they see only their own contacts, and this one is not theirs. Hand the contact over to them instead";
            return Err(Error::Conflict(text.into()));
        }
    }
    let sql = format!(
        "update conversations set assignee_id = $3 where workspace_id = $1 and id = $2 and {}",
        is_theirs("owner_id", 4)
    );
    change(tx, &sql, binds![scope.ws(), id, member.cloned(), scope.whose()]).await?;
    match member {
        Some(member) => crate::notification::assigned(tx, scope, id, member, now).await,
        None => Ok(()),
    }
}

/// Puts a conversation away until `until`. With `wakes_on_answer` it comes back when its contact writes.
pub async fn rest(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    until: i64,
    wakes_on_answer: bool,
    now: i64,
) -> Result<()> {
    reply_clock::set_aside(tx, scope, id, now).await?;
    let sql = "update conversations set status = 'snoozed', snoozed_until = $3, wakes_on_answer = $4
               where workspace_id = $1 and id = $2";
    change(tx, sql, binds![scope.ws(), id, until, i64::from(wakes_on_answer)]).await
}

/// Opens what has rested long enough, in every workspace, as something new: unread. Which they were.
pub async fn wake_due(db: &Db, now: i64) -> Result<Vec<(WorkspaceId, ConversationId)>> {
    #[derive(FromQueryResult)]
    struct Woken {
        workspace_id: WorkspaceId,
        id: ConversationId,
    }
    let due = "select cast(1 as bigint) as value from conversations where status = 'snoozed' and snoozed_until <= $1 limit 1";
    if scalar::<i64>(&db.read, due, binds![now]).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db.begin().await?;
    let sql = "update conversations set status = 'open', snoozed_until = null,
                 unread = case when unread = 0 then 1 else unread end
               where status = 'snoozed' and snoozed_until <= $1 returning workspace_id, id";
    let woken: Vec<Woken> = rows(&tx, sql, binds![now]).await?;
    for one in &woken {
        reply_clock::wake(&tx, &Scope::system(one.workspace_id.clone()), &one.id, now).await?;
    }
    tx.commit().await?;
    Ok(woken.into_iter().map(|woken| (woken.workspace_id, woken.id)).collect())
}
