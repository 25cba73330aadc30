//! Access of senders that ends by itself: when it is renewed, and what came of it. The tokens themselves are in the
//! sealed credentials of the sender.

use crate::{
    Db, Result, Scope, Tx,
    sender::{self, Sender},
    sql::{At, binds, row, rows, run},
};
use domain::ids::{SenderId, WorkspaceId};
use sea_orm::FromQueryResult;

/// How long an access lasts.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Access {
    /// Whose.
    pub sender_id: SenderId,
    /// When it is renewed next.
    pub due_at: At,
    /// When it ends, as far as its provider has said so.
    pub ends_at: Option<At>,
    /// Until when it can be renewed, as far as its provider has said so.
    pub renewable_until: Option<At>,
    /// When it was renewed last.
    pub renewed_at: Option<At>,
    /// Times in a row that it could not be renewed for a passing reason.
    pub failures: i64,
    /// 1 where the provider refuses to renew it.
    pub is_refused: i64,
}

const COLUMNS: &str = "sender_id, due_at, ends_at, renewable_until, renewed_at, failures, is_refused";

/// Of all senders of a workspace whose access ends by itself.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Access>> {
    let sql = format!("select {COLUMNS} from sender_access where workspace_id = $1");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// Of one sender.
pub async fn get(db: &Db, scope: &Scope, sender: &SenderId) -> Result<Option<Access>> {
    let sql = format!("select {COLUMNS} from sender_access where workspace_id = $1 and sender_id = $2");
    row(&db.reader(scope), &sql, binds![scope.ws(), sender]).await
}

/// Somebody has entered what renews it: it is renewed at once, and nothing is known of it before.
pub async fn begin(tx: &Tx, scope: &Scope, sender: &SenderId, now: i64) -> Result<()> {
    let sql = "insert into sender_access (workspace_id, sender_id, due_at) values ($1, $2, $3)
               on conflict (workspace_id, sender_id) do update set due_at = excluded.due_at, ends_at = null,
                 renewable_until = null, failures = 0, is_refused = 0";
    run(tx, sql, binds![scope.ws(), sender, now]).await?;
    Ok(())
}

/// Nothing renews it any more.
pub async fn end(tx: &Tx, scope: &Scope, sender: &SenderId) -> Result<()> {
    let sql = "delete from sender_access where workspace_id = $1 and sender_id = $2";
    run(tx, sql, binds![scope.ws(), sender]).await?;
    Ok(())
}

/// The provider refused the access before it had ended: it is renewed at once, unless it was since `since`.
pub async fn hurry(tx: &Tx, scope: &Scope, sender: &SenderId, (now, since): (i64, i64)) -> Result<()> {
    let sql = "update sender_access set due_at = $3
               where workspace_id = $1 and sender_id = $2 and due_at > $3 and is_refused = 0 and coalesce(renewed_at, 0) < $4";
    run(tx, sql, binds![scope.ws(), sender, now, since]).await?;
    Ok(())
}

/// A sender whose access is to be renewed.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Due {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The sender.
    pub sender_id: SenderId,
}

/// Those of all workspaces that are live, whose turn it is. The access of the others is nobody's business meanwhile.
pub async fn due(db: &Db, now: i64) -> Result<Vec<Due>> {
    let sql =
        "select a.workspace_id, a.sender_id from sender_access a join workspaces w on w.id = a.workspace_id
               where a.due_at <= $1 and a.is_refused = 0 and w.send_mode = 'live' order by a.due_at limit 20";
    rows(&db.read, sql, binds![now]).await
}

/// Takes the renewal in hand until `until`, so that no other node does the same; false where one has it.
pub async fn take(db: &Db, scope: &Scope, sender: &SenderId, (now, until): (i64, i64)) -> Result<bool> {
    let sql = "update sender_access set due_at = $4
               where workspace_id = $1 and sender_id = $2 and due_at <= $3 and is_refused = 0";
    Ok(run(&db.write, sql, binds![scope.ws(), sender, now, until]).await? > 0)
}

/// What a provider gave.
#[derive(Debug, Clone, Copy)]
pub struct Renewed<'a> {
    /// The sender's credentials with it, sealed.
    pub credentials: &'a str,
    /// When it is renewed next.
    pub due_at: i64,
    /// When it ends.
    pub ends_at: i64,
    /// Until when it can be renewed.
    pub renewable_until: Option<i64>,
}

/// Keeps a new access, if the sender still has the credentials that it was given for; false where somebody has entered
/// others meanwhile. A sender that was refused for its old access sends again.
pub async fn renewed(tx: &Tx, scope: &Scope, s: &Sender, new: Renewed<'_>, now: i64) -> Result<bool> {
    if !sender::swap_credentials(tx, scope, &s.id, (&s.credentials, new.credentials)).await? {
        return Ok(false);
    }
    let sql =
        "update sender_access set due_at = $3, ends_at = $4, renewable_until = $5, renewed_at = $6, failures = 0
               where workspace_id = $1 and sender_id = $2";
    let values = binds![scope.ws(), &s.id, new.due_at, new.ends_at, new.renewable_until, now];
    run(tx, sql, values).await?;
    let sql = "update senders set status = 'active', problem = null
               where workspace_id = $1 and id = $2 and status = 'broken'";
    if run(tx, sql, binds![scope.ws(), &s.id]).await? > 0 {
        sender::release(tx, scope, &s.id, now).await?;
        crate::workspace::guards_changed(tx, scope).await?;
    }
    Ok(true)
}

/// It could not be renewed for a passing reason: it is tried again at `due_at`.
pub async fn failed(tx: &Tx, scope: &Scope, sender: &SenderId, due_at: i64) -> Result<()> {
    let sql = "update sender_access set due_at = $3, failures = failures + 1
               where workspace_id = $1 and sender_id = $2 and is_refused = 0";
    run(tx, sql, binds![scope.ws(), sender, due_at]).await?;
    Ok(())
}

/// The provider refuses to renew it, as it was when it was asked: a person has to give it anew. False where somebody
/// has entered other credentials meanwhile.
pub async fn refused(tx: &Tx, scope: &Scope, s: &Sender, problem: &str) -> Result<bool> {
    if !sender::break_down(tx, scope, s, problem).await? {
        return Ok(false);
    }
    let sql = "update sender_access set is_refused = 1 where workspace_id = $1 and sender_id = $2";
    run(tx, sql, binds![scope.ws(), &s.id]).await?;
    Ok(true)
}
