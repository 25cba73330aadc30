//! Funnels and their versions.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::ids::FunnelId;
use sea_orm::FromQueryResult;

/// A template graph with its newest version.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Funnel {
    /// Id.
    pub id: FunnelId,
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Newest version.
    pub version: i64,
    /// The graph of that version as JSON.
    pub graph: String,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

const SELECT: &str = "select f.id, f.name, f.description, f.version, v.graph, f.created_at, f.updated_at
    from funnels f join funnel_versions v on v.funnel_id = f.id and v.version = f.version";

/// All funnels by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Funnel>> {
    rows(
        &db.reader(scope),
        &format!("{SELECT} where f.workspace_id = $1 order by f.name, f.id limit 500"),
        binds![scope.ws()],
    )
    .await
}

/// One funnel.
pub async fn get(db: &Db, scope: &Scope, id: &FunnelId) -> Result<Funnel> {
    row(
        &db.reader(scope),
        &format!("{SELECT} where f.workspace_id = $1 and f.id = $2"),
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("funnel"))
}

/// Creates a funnel with version 1.
pub async fn create(
    tx: &Tx,
    scope: &Scope,
    id: &FunnelId,
    name: &str,
    description: &str,
    graph: &str,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into funnels (id, workspace_id, name, description, version, created_at, updated_at) values ($1, $2, $3, $4, 1, $5, $5)",
        binds![id, scope.ws(), name, description, now],
    )
    .await?;
    add_version(tx, scope, id, 1, graph, now).await
}

/// What a new version of a funnel brings.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The version that was changed; any where it is not said.
    pub of: Option<i64>,
    /// Another name.
    pub name: Option<&'a str>,
    /// Another description.
    pub description: Option<&'a str>,
    /// The graph as JSON.
    pub graph: &'a str,
}

/// Adds a version; older ones stay as they are. Returns its number, `None` where another version than the one that was
/// changed is the newest.
pub async fn update(
    tx: &Tx,
    scope: &Scope,
    id: &FunnelId,
    change: Change<'_>,
    now: i64,
) -> Result<Option<i64>> {
    let version: i64 = crate::sql::scalar(
        tx,
        "update funnels set version = version + 1, name = coalesce($3, name), description = coalesce($4, description), updated_at = $5
         where workspace_id = $1 and id = $2 returning version as value",
        binds![
            scope.ws(),
            id,
            change.name.map(str::to_owned),
            change.description.map(str::to_owned),
            now
        ],
    )
    .await?
    .ok_or(Error::NotFound("funnel"))?;
    // The row is locked from here on: of two who changed the same version, one is the first.
    if change.of.is_some_and(|of| of != version - 1) {
        return Ok(None);
    }
    add_version(tx, scope, id, version, change.graph, now).await?;
    Ok(Some(version))
}

async fn add_version(
    tx: &Tx,
    scope: &Scope,
    id: &FunnelId,
    version: i64,
    graph: &str,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into funnel_versions (workspace_id, funnel_id, version, graph, created_at) values ($1, $2, $3, $4, $5)",
        binds![scope.ws(), id, version, graph, now],
    )
    .await?;
    Ok(())
}
