//! Invitations: links by which one more person comes into a workspace, once.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::ids::{InvitationId, MemberId, WorkspaceId};
use sea_orm::FromQueryResult;

/// An invitation that nobody has used or withdrawn.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Invitation {
    /// Id.
    pub id: InvitationId,
    /// Where it leads.
    pub workspace_id: WorkspaceId,
    /// The workspace's name.
    pub workspace: String,
    /// Whom it is for, where it says so.
    pub email: Option<String>,
    /// As what.
    pub role: String,
    /// The name of who made it.
    pub invited_by: String,
    /// Creation.
    pub created_at: At,
    /// End, in real milliseconds.
    pub expires_at: At,
}

const SELECT: &str = "select i.id, i.workspace_id, w.name as workspace, i.email, i.role, u.name as invited_by, i.created_at, i.expires_at
  from invitations i join workspaces w on w.id = i.workspace_id join members m on m.id = i.invited_by join users u on u.id = m.user_id
  where i.accepted_at is null and i.withdrawn_at is null";

/// What a new invitation says.
pub struct NewInvitation<'a> {
    /// Id.
    pub id: &'a InvitationId,
    /// Who makes it.
    pub by: &'a MemberId,
    /// Whom it is for: as entered, and normalised.
    pub email: Option<(&'a str, &'a str)>,
    /// `admin`, `manager` or `rep`.
    pub role: &'a str,
    /// Hash of the token in its link.
    pub token_hash: &'a str,
    /// End, in real milliseconds.
    pub expires_at: i64,
}

/// Makes one. An earlier one for the same address is withdrawn.
pub async fn create(tx: &Tx, scope: &Scope, new: NewInvitation<'_>, now: i64) -> Result<()> {
    if let Some((_, key)) = new.email {
        run(
            tx,
            "update invitations set withdrawn_at = $3 where workspace_id = $1 and email_key = $2 and accepted_at is null and withdrawn_at is null",
            binds![scope.ws(), key, now],
        )
        .await?;
    }
    run(
        tx,
        "insert into invitations (id, workspace_id, invited_by, email, email_key, role, token_hash, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        binds![
            new.id,
            scope.ws(),
            new.by,
            new.email.map(|(email, _)| email),
            new.email.map(|(_, key)| key),
            new.role,
            new.token_hash,
            now,
            new.expires_at
        ],
    )
    .await?;
    Ok(())
}

/// The open ones, newest first.
pub async fn all(db: &Db, scope: &Scope) -> Result<Vec<Invitation>> {
    let sql = format!("{SELECT} and i.workspace_id = $1 order by i.id desc limit 200");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// The open one with this token. Looks across tenants.
pub async fn by_token(db: &Db, token_hash: &str, now: i64) -> Result<Option<Invitation>> {
    let sql = format!("{SELECT} and i.token_hash = $1 and i.expires_at > $2");
    row(&db.read, &sql, binds![token_hash, now]).await
}

/// Withdraws one.
pub async fn withdraw(tx: &Tx, scope: &Scope, id: &InvitationId, now: i64) -> Result<()> {
    let sql = "update invitations set withdrawn_at = $3 where workspace_id = $1 and id = $2 and accepted_at is null and withdrawn_at is null";
    match run(tx, sql, binds![scope.ws(), id, now]).await? {
        0 => Err(Error::NotFound("invitation")),
        _ => Ok(()),
    }
}

/// Uses one up: of two who use it at once, one comes too late.
pub async fn accept(tx: &Tx, id: &InvitationId, now: i64) -> Result<bool> {
    let sql = "update invitations set accepted_at = $2 where id = $1 and accepted_at is null and withdrawn_at is null and expires_at > $2";
    Ok(run(tx, sql, binds![id, now]).await? == 1)
}
