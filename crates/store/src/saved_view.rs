//! Saved views: what a list showed, under a name. One belongs to the member who made it, and nobody else sees it, not
//! even an admin, until it is shared with the workspace.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run, scalar},
};
use domain::ids::{MemberId, ViewId};
use sea_orm::FromQueryResult;

/// A saved view.
#[derive(Debug, Clone, FromQueryResult)]
pub struct SavedView {
    /// Id.
    pub id: ViewId,
    /// Whose it is.
    pub member_id: MemberId,
    /// The list: `contacts`, `companies`.
    pub page: String,
    /// Name; a member has one of it for each list.
    pub name: String,
    /// What stands behind the question mark of the list's address.
    pub query: String,
    /// 1 if everybody in the workspace sees it.
    pub is_shared: i64,
    /// 1 if it stands at the edge of every page.
    pub is_pinned: i64,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

/// What can be changed.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// Name.
    pub name: &'a str,
    /// Address.
    pub query: &'a str,
    /// Seen by everybody.
    pub is_shared: bool,
    /// At the edge of every page.
    pub is_pinned: bool,
}

const SELECT: &str =
    "select v.id, v.member_id, v.page, v.name, v.query, v.is_shared, v.is_pinned, v.created_at, v.updated_at
    from saved_views v where v.workspace_id = $1 and (v.member_id = $2 or v.is_shared = 1)";

/// Who asks; nobody has no views of their own.
fn me(scope: &Scope) -> &str {
    scope.member.as_ref().map_or("", |member| member.as_str())
}

/// How names are compared.
fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Those that may be seen, by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<SavedView>> {
    let sql = format!("{SELECT} order by v.name_key, v.id limit 1000");
    rows(&db.reader(scope), &sql, binds![scope.ws(), me(scope)]).await
}

/// One that may be seen.
pub async fn get(db: &Db, scope: &Scope, id: &ViewId) -> Result<SavedView> {
    let sql = format!("{SELECT} and v.id = $3");
    row(&db.reader(scope), &sql, binds![scope.ws(), me(scope), id]).await?.ok_or(Error::NotFound("view"))
}

/// How many a member has.
pub async fn count(db: &Db, scope: &Scope, member: &MemberId) -> Result<i64> {
    let sql = "select count(*) as value from saved_views where workspace_id = $1 and member_id = $2";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), member]).await?.unwrap_or(0))
}

/// Saves one of the member's. Another one of theirs with this name is [`Error::Exists`].
pub async fn create(
    tx: &Tx,
    scope: &Scope,
    id: &ViewId,
    member: &MemberId,
    page: &str,
    fields: Fields<'_>,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into saved_views (id, workspace_id, member_id, page, name, name_key, query, is_shared, is_pinned, created_at, updated_at)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        binds![
            scope.ws(),
            id,
            member,
            page,
            fields.name,
            name_key(fields.name),
            fields.query,
            i64::from(fields.is_shared),
            i64::from(fields.is_pinned),
            now
        ],
    )
    .await?;
    Ok(())
}

/// Changes one that may be seen. Another one of its owner's with this name is [`Error::Exists`].
pub async fn update(tx: &Tx, scope: &Scope, id: &ViewId, fields: Fields<'_>, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update saved_views set name = $4, name_key = $5, query = $6, is_shared = $7, is_pinned = $8, updated_at = $9
         where workspace_id = $1 and (member_id = $2 or is_shared = 1) and id = $3",
        binds![
            scope.ws(),
            me(scope),
            id,
            fields.name,
            name_key(fields.name),
            fields.query,
            i64::from(fields.is_shared),
            i64::from(fields.is_pinned),
            now
        ],
    )
    .await?;
    if changed == 0 { Err(Error::NotFound("view")) } else { Ok(()) }
}

/// Removes one that may be seen.
pub async fn delete(tx: &Tx, scope: &Scope, id: &ViewId) -> Result<()> {
    let sql =
        "delete from saved_views where workspace_id = $1 and (member_id = $2 or is_shared = 1) and id = $3";
    if run(tx, sql, binds![scope.ws(), me(scope), id]).await? == 0 {
        return Err(Error::NotFound("view"));
    }
    Ok(())
}
