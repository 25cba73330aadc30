//! Members: who is in a workspace, and as what.

use crate::{
    Db, Result, Scope, Sight, Tx,
    error::Error,
    sql::{At, binds, listed, row, rows, run, scalar, text_list},
};
use domain::ids::{MemberId, UserId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// A person in a workspace.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Member {
    /// Id.
    pub id: MemberId,
    /// Who they are.
    pub user_id: UserId,
    /// Address as entered.
    pub email: String,
    /// Full name.
    pub name: String,
    /// Short unique name; the relayer sends it as employee id.
    pub handle: String,
    /// `admin`, `manager` or `rep`.
    pub role: String,
    /// Set when they may no longer come in.
    pub disabled_at: Option<At>,
    /// Since when they are in it.
    pub created_at: At,
    /// When a browser of theirs last showed itself here, to a quarter of an hour.
    pub seen_at: Option<At>,
    /// Since when they are away.
    pub away_since: Option<At>,
    /// 1 where they are asked for a second step when they sign in, else 0.
    pub second_factor: i64,
}

const SELECT: &str = "select m.id, m.user_id, u.email, u.name, m.handle, m.role, m.disabled_at, m.away_since, m.created_at,
    (select max(s.refreshed_at) from sessions s where s.workspace_id = m.workspace_id and s.member_id = m.id) as seen_at,
    (select count(*) from authenticators a where a.user_id = m.user_id and a.confirmed_at is not null) as second_factor
  from members m join users u on u.id = m.user_id";

/// What a new member starts with.
pub struct NewMember<'a> {
    /// Id.
    pub id: &'a MemberId,
    /// Who they are.
    pub user: &'a UserId,
    /// Short unique name.
    pub handle: &'a str,
    /// `admin`, `manager` or `rep`.
    pub role: &'a str,
}

/// Adds a member. [`Error::Exists`] where the user is one already, or another has the handle.
pub async fn create(tx: &Tx, scope: &Scope, new: NewMember<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into members (id, workspace_id, user_id, handle, role, created_at) values ($1, $2, $3, $4, $5, $6)",
        binds![new.id, scope.ws(), new.user, new.handle, new.role, now],
    )
    .await?;
    Ok(())
}

/// Everybody in the workspace, also who may no longer come in. A workspace has as many members as a company has
/// people: one page.
pub async fn all(db: &Db, scope: &Scope) -> Result<Vec<Member>> {
    let sql = format!("{SELECT} where m.workspace_id = $1 order by m.id");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// One member.
pub async fn get(db: &Db, scope: &Scope, id: &MemberId) -> Result<Member> {
    let sql = format!("{SELECT} where m.workspace_id = $1 and m.id = $2");
    row(&db.reader(scope), &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("member"))
}

/// What a member may see and do things as, also one who may no longer come in.
pub async fn scope_of(db: &Db, workspace: &WorkspaceId, id: &MemberId) -> Result<Scope> {
    #[derive(FromQueryResult)]
    struct Standing {
        role: String,
        visibility: String,
    }
    let sql = "select m.role, w.visibility from members m join workspaces w on w.id = m.workspace_id
         where m.workspace_id = $1 and m.id = $2";
    let found: Option<Standing> = row(&db.read, sql, binds![workspace, id]).await?;
    let found = found.ok_or(Error::NotFound("member"))?;
    Ok(Scope::member(workspace.clone(), id.clone(), Sight::of(&found.role, &found.visibility)))
}

/// What is to be changed of a member.
#[derive(Debug, Default)]
pub struct Change<'a> {
    /// `admin`, `manager` or `rep`.
    pub role: Option<&'a str>,
    /// Short unique name.
    pub handle: Option<&'a str>,
    /// Whether they may no longer come in.
    pub disabled: Option<bool>,
}

/// Changes a member. [`Error::Exists`] where another has the handle, [`Error::Conflict`] where no admin would be
/// left: two admins who demote each other at once leave one.
pub async fn update(tx: &Tx, scope: &Scope, id: &MemberId, change: &Change<'_>, now: i64) -> Result<()> {
    crate::workspace::lock_for_team(tx, scope).await?;
    let changed = run(
        tx,
        "update members set role = coalesce($3, role), handle = coalesce($4, handle),
           disabled_at = case $5 when 1 then coalesce(disabled_at, $6) when 0 then null else disabled_at end
         where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, change.role, change.handle, change.disabled.map_or(-1, i64::from), now],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("member"));
    }
    let admins: Option<i64> = scalar(
        tx,
        "select count(*) as value from members where workspace_id = $1 and role = 'admin' and disabled_at is null",
        binds![scope.ws()],
    )
    .await?;
    if admins.unwrap_or(0) == 0 {
        return Err(Error::Conflict("this is the last admin".into()));
    }
    Ok(())
}

/// Those of these members who may come in, in the same order.
pub async fn present(tx: &Tx, scope: &Scope, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: MemberId,
    }
    let sql = format!(
        "select m.id from members m where m.workspace_id = $1 and m.disabled_at is null and m.id in {}",
        listed(tx.get_database_backend(), 2)
    );
    let found: Vec<Id> =
        rows(tx, &sql, binds![scope.ws(), text_list(ids.iter().map(MemberId::as_str))]).await?;
    Ok(ids.iter().filter(|id| found.iter().any(|member| member.id == **id)).cloned().collect())
}

/// Whether a user is in the workspace, by normalised address.
pub async fn has_email(db: &Db, scope: &Scope, email_key: &str) -> Result<bool> {
    let sql = "select count(*) as value from members m join users u on u.id = m.user_id where m.workspace_id = $1 and u.email_key = $2";
    let found: Option<i64> = scalar(&db.reader(scope), sql, binds![scope.ws(), email_key]).await?;
    Ok(found.unwrap_or(0) > 0)
}

/// Whether somebody in the workspace has this handle.
pub async fn has_handle(db: &Db, scope: &Scope, handle: &str) -> Result<bool> {
    let sql = "select count(*) as value from members where workspace_id = $1 and handle = $2";
    let found: Option<i64> = scalar(&db.reader(scope), sql, binds![scope.ws(), handle]).await?;
    Ok(found.unwrap_or(0) > 0)
}

/// In how many workspaces a user is, also where they may no longer come in. Looks across tenants.
pub async fn places(tx: &Tx, user: &UserId) -> Result<i64> {
    let sql = "select count(*) as value from members where user_id = $1";
    Ok(scalar(tx, sql, binds![user]).await?.unwrap_or(0))
}

/// A workspace that a user may enter.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Membership {
    /// As whom.
    pub member_id: MemberId,
    /// Where.
    pub workspace_id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// With which role.
    pub role: String,
    /// When a browser of theirs was last there; 0 for never.
    pub seen_at: i64,
}

/// The workspaces that a user may enter, by name. Looks across tenants.
pub async fn memberships(db: &Db, user: &UserId) -> Result<Vec<Membership>> {
    rows(
        &db.read,
        "select m.id as member_id, m.workspace_id, w.name, m.role,
           coalesce((select max(s.refreshed_at) from sessions s where s.workspace_id = m.workspace_id and s.member_id = m.id), 0) as seen_at
         from members m join workspaces w on w.id = m.workspace_id
         where m.user_id = $1 and m.disabled_at is null order by w.name, m.workspace_id",
        binds![user],
    )
    .await
}
