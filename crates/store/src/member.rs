//! Members and their sessions. Sign-in looks across tenants, by e-mail or by the hash of a token.

use crate::{
    Db, Result, Scope, Tx,
    sql::{At, binds, row, run, scalar},
};
use domain::ids::{MemberId, SessionId, WorkspaceId};
use sea_orm::FromQueryResult;

/// A person in a workspace.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Member {
    /// Id.
    pub id: MemberId,
    /// Their workspace.
    pub workspace_id: WorkspaceId,
    /// Address as entered.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Short unique name; the relayer sends it as employee id.
    pub handle: String,
    /// `admin`, `manager` or `rep`.
    pub role: String,
    /// Argon2id, PHC string format.
    pub password_hash: Option<String>,
    /// Set when they may no longer sign in.
    pub disabled_at: Option<At>,
}

const COLUMNS: &str =
    "m.id, m.workspace_id, m.email, m.name, m.handle, m.role, m.password_hash, m.disabled_at";

/// What a new member starts with.
pub struct NewMember<'a> {
    /// Id.
    pub id: &'a MemberId,
    /// Address as entered.
    pub email: &'a str,
    /// Normalised address.
    pub email_key: &'a str,
    /// Full name.
    pub name: &'a str,
    /// Short unique name.
    pub handle: &'a str,
    /// `admin`, `manager` or `rep`.
    pub role: &'a str,
    /// PHC string.
    pub password_hash: &'a str,
}

/// Adds a member.
pub async fn create(tx: &Tx, scope: &Scope, new: NewMember<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into members (id, workspace_id, email, email_key, name, handle, role, password_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        binds![new.id, scope.ws(), new.email, new.email_key, new.name, new.handle, new.role, new.password_hash, now],
    )
    .await?;
    Ok(())
}

/// How many members this installation has; setup is open while it is none.
pub async fn count(db: &Db) -> Result<i64> {
    Ok(scalar(&db.read, "select count(*) as value from members", vec![]).await?.unwrap_or(0))
}

/// For sign-in: by normalised e-mail or by handle.
pub async fn for_sign_in(db: &Db, name: &str) -> Result<Option<Member>> {
    row(
        &db.read,
        &format!(
            "select {COLUMNS} from members m where m.email_key = $1 or m.handle = $1 order by m.id limit 1"
        ),
        binds![name],
    )
    .await
}

/// Stores a session under the hash of its token.
pub async fn open_session(
    tx: &Tx,
    scope: &Scope,
    member: &MemberId,
    id: &SessionId,
    token_hash: &str,
    now: i64,
    expires_at: i64,
) -> Result<()> {
    run(
        tx,
        "insert into sessions (id, workspace_id, member_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)",
        binds![id, scope.ws(), member, token_hash, now, expires_at],
    )
    .await?;
    Ok(())
}

/// A session that is good now, with its member.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Session {
    /// Id of the session.
    pub session_id: SessionId,
    /// When it ends.
    pub expires_at: At,
    /// The member's id.
    pub id: MemberId,
    /// The member's workspace.
    pub workspace_id: WorkspaceId,
    /// The member's address.
    pub email: String,
    /// The member's name.
    pub name: String,
    /// The member's handle.
    pub handle: String,
    /// The member's role.
    pub role: String,
}

/// Finds a good session by the hash of its token.
pub async fn session(db: &Db, token_hash: &str, now: i64) -> Result<Option<Session>> {
    row(
        &db.read,
        "select s.id as session_id, s.expires_at, m.id, m.workspace_id, m.email, m.name, m.handle, m.role
         from sessions s join members m on m.id = s.member_id
         where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and m.disabled_at is null",
        binds![token_hash, now],
    )
    .await
}

/// Ends a session at once.
pub async fn end_session(tx: &Tx, scope: &Scope, id: &SessionId, now: i64) -> Result<()> {
    run(
        tx,
        "update sessions set revoked_at = $3 where workspace_id = $1 and id = $2 and revoked_at is null",
        binds![scope.ws(), id, now],
    )
    .await?;
    Ok(())
}
