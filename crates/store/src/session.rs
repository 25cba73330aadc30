//! Sessions: browsers that are signed in. They are found across tenants, by the hash of a token.
//!
//! An access token is good for minutes, a refresh token for days and for one use: the answer to it is a pair of new
//! ones. A refresh token that comes a second time was copied, and ends the session for both who have it.

use crate::{
    Db, Result, Scope, Sight, Tx,
    sql::{At, binds, items, row, rows, run, text_list},
};
use domain::ids::{MemberId, SessionId, UserId, WorkspaceId};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// The two tokens of a session, hashed, and until when they are good, in real milliseconds.
pub struct Tokens<'a> {
    /// Hash of the access token.
    pub access: &'a str,
    /// Its end.
    pub access_until: i64,
    /// Hash of the refresh token.
    pub refresh: &'a str,
    /// Its end, and that of the session.
    pub refresh_until: i64,
}

/// What is known of a browser.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// What it calls itself, shortened.
    pub agent: Option<String>,
    /// From where.
    pub address: Option<String>,
}

/// A session that is good now, with its member.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Session {
    /// Id of the session.
    pub session_id: SessionId,
    /// When it ends, unless it is refreshed.
    pub expires_at: At,
    /// When its access token ends.
    pub access_until: At,
    /// Who.
    pub user_id: UserId,
    /// As which member.
    pub id: MemberId,
    /// In which workspace.
    pub workspace_id: WorkspaceId,
    /// The user's address.
    pub email: String,
    /// The user's name.
    pub name: String,
    /// The member's handle.
    pub handle: String,
    /// The member's role.
    pub role: String,
    /// Who sees what in the workspace.
    pub visibility: String,
}

impl Session {
    /// What the member may see and do things as.
    pub fn scope(&self) -> Scope {
        let sight = Sight::of(&self.role, &self.visibility);
        Scope::member(self.workspace_id.clone(), self.id.clone(), sight)
    }
}

const SELECT: &str = "select s.id as session_id, s.expires_at, s.access_until, s.user_id, m.id, m.workspace_id, u.email, u.name, m.handle, m.role,
    w.visibility
  from sessions s join members m on m.id = s.member_id join users u on u.id = s.user_id join workspaces w on w.id = m.workspace_id";

/// Begins a session.
pub async fn open(
    tx: &Tx,
    id: &SessionId,
    (user, member, workspace): (&UserId, &MemberId, &WorkspaceId),
    tokens: &Tokens<'_>,
    origin: &Origin,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into sessions (id, user_id, workspace_id, member_id, access_hash, access_until, refresh_hash, refreshed_at, agent, address,
           created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8, $11)",
        binds![
            id,
            user,
            workspace,
            member,
            tokens.access,
            tokens.access_until,
            tokens.refresh,
            now,
            origin.agent.as_deref(),
            origin.address.as_deref(),
            tokens.refresh_until
        ],
    )
    .await?;
    Ok(())
}

/// The session of an access token that is not revoked; whether the token is still good is for the caller to see.
pub async fn by_access(db: &Db, access_hash: &str) -> Result<Option<Session>> {
    let sql = format!("{SELECT} where s.access_hash = $1 and s.revoked_at is null and m.disabled_at is null");
    row(&db.read, &sql, binds![access_hash]).await
}

/// What came of showing a refresh token.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on with new tokens.
    Renewed(Session),
    /// Another request has just done it, for the same browser: its tokens are on their way there.
    JustNow(Session),
    /// The token was used before: the session is ended.
    Stolen(SessionId),
    /// There is no such session, or not any more.
    Unknown,
}

/// Exchanges a refresh token for new tokens. One that was exchanged less than `grace_ms` ago is the second request
/// of a browser that made two at once.
pub async fn refresh(
    tx: &Tx,
    refresh_hash: &str,
    tokens: &Tokens<'_>,
    origin: &Origin,
    now: i64,
    grace_ms: i64,
) -> Result<Refreshed> {
    #[derive(FromQueryResult)]
    struct Held {
        id: SessionId,
        refreshed_at: i64,
    }
    let renewed = run(
        tx,
        "update sessions set access_hash = $2, access_until = $3, spent_hash = refresh_hash, refresh_hash = $4, expires_at = $5,
           refreshed_at = $6, address = coalesce($7, address)
         where refresh_hash = $1 and revoked_at is null and expires_at > $6
           and member_id in (select m.id from members m where m.id = sessions.member_id and m.disabled_at is null)",
        binds![
            refresh_hash,
            tokens.access,
            tokens.access_until,
            tokens.refresh,
            tokens.refresh_until,
            now,
            origin.address.as_deref()
        ],
    )
    .await?;
    if renewed == 1 {
        let found = row(tx, &format!("{SELECT} where s.refresh_hash = $1"), binds![tokens.refresh]).await?;
        return Ok(found.map_or(Refreshed::Unknown, Refreshed::Renewed));
    }
    let held: Option<Held> = row(
        tx,
        "select id, refreshed_at from sessions where spent_hash = $1 and revoked_at is null and expires_at > $2",
        binds![refresh_hash, now],
    )
    .await?;
    let Some(held) = held else { return Ok(Refreshed::Unknown) };
    if now - held.refreshed_at < grace_ms {
        let sql = format!("{SELECT} where s.id = $1 and m.disabled_at is null");
        let found = row(tx, &sql, binds![&held.id]).await?;
        return Ok(found.map_or(Refreshed::Unknown, Refreshed::JustNow));
    }
    end(tx, &held.id, now).await?;
    Ok(Refreshed::Stolen(held.id))
}

/// Goes on in another workspace.
pub async fn move_to(tx: &Tx, id: &SessionId, member: &MemberId, workspace: &WorkspaceId) -> Result<()> {
    run(
        tx,
        "update sessions set member_id = $2, workspace_id = $3 where id = $1",
        binds![id, member, workspace],
    )
    .await?;
    crate::push::leave(tx, id).await?;
    Ok(())
}

/// Ends a session at once.
pub async fn end(tx: &Tx, id: &SessionId, now: i64) -> Result<()> {
    run(tx, "update sessions set revoked_at = $2 where id = $1 and revoked_at is null", binds![id, now])
        .await?;
    crate::push::leave(tx, id).await?;
    Ok(())
}

/// Ends one session of a user; whether there was one.
pub async fn end_of(tx: &Tx, user: &UserId, id: &SessionId, now: i64) -> Result<bool> {
    let sql = "update sessions set revoked_at = $3 where user_id = $1 and id = $2 and revoked_at is null";
    let ended = run(tx, sql, binds![user, id, now]).await? == 1;
    if ended {
        crate::push::leave(tx, id).await?;
    }
    Ok(ended)
}

/// Ends all sessions of a user, or all but one.
pub async fn end_all_of(tx: &Tx, user: &UserId, except: Option<&SessionId>, now: i64) -> Result<u64> {
    let sql = "update sessions set revoked_at = $3 where user_id = $1 and id <> $2 and revoked_at is null";
    let ended = run(tx, sql, binds![user, except.map_or("", |id| id.as_str()), now]).await?;
    crate::push::leave_ended_of(tx, user).await?;
    Ok(ended)
}

/// Ends all sessions that are at a workspace as this member.
pub async fn end_all_at(tx: &Tx, scope: &crate::Scope, member: &MemberId, now: i64) -> Result<u64> {
    let sql = "update sessions set revoked_at = $3 where workspace_id = $1 and member_id = $2 and revoked_at is null";
    let ended = run(tx, sql, binds![scope.ws(), member, now]).await?;
    crate::push::leave_all_of(tx, scope, member).await?;
    Ok(ended)
}

/// A session as its owner sees it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    /// Id.
    pub id: SessionId,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// From where it last came.
    pub address: Option<String>,
    /// Sign-in.
    pub created_at: At,
    /// Last refreshed, which a browser in use does every quarter of an hour.
    pub seen_at: At,
}

/// The good sessions of a user, newest first.
pub async fn of_user(db: &Db, user: &UserId, now: i64) -> Result<Vec<Line>> {
    rows(
        &db.read,
        "select id, agent, address, created_at, refreshed_at as seen_at from sessions
         where user_id = $1 and revoked_at is null and expires_at > $2 order by id desc limit 200",
        binds![user, now],
    )
    .await
}

/// Whether a user has signed in from an address before.
pub async fn has_come_from(db: &Db, user: &UserId, address: &str) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from sessions where user_id = $1 and address = $2 limit 1";
    let found: Option<i64> = crate::sql::scalar(&db.read, sql, binds![user, address]).await?;
    Ok(found.is_some())
}

/// Of these sessions, those that are good now, each with what its member sees.
pub async fn good(db: &Db, ids: &[String], now: i64) -> Result<HashMap<String, Sight>> {
    #[derive(FromQueryResult)]
    struct Good {
        id: String,
        role: String,
        visibility: String,
    }
    let sql = format!(
        "select s.id, m.role, w.visibility from {} join sessions s on s.id = item.value->>'v'
           join members m on m.id = s.member_id join workspaces w on w.id = m.workspace_id
         where s.revoked_at is null and s.expires_at > $2 and m.disabled_at is null",
        items(db.backend(), 1)
    );
    let good: Vec<Good> = rows(&db.read, &sql, binds![text_list(ids), now]).await?;
    Ok(good.into_iter().map(|s| (s.id, Sight::of(&s.role, &s.visibility))).collect())
}

/// Forgets sessions that ended before an instant.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    let sql = "delete from sessions where expires_at < $1 or revoked_at < $1";
    run(&db.write, sql, binds![before]).await
}
