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

/// Adds a version; older ones stay as they are. Returns its number.
pub async fn update(
    tx: &Tx,
    scope: &Scope,
    id: &FunnelId,
    name: Option<&str>,
    description: Option<&str>,
    graph: &str,
    now: i64,
) -> Result<i64> {
    let version: i64 = crate::sql::scalar(
        tx,
        "update funnels set version = version + 1, name = coalesce($3, name), description = coalesce($4, description), updated_at = $5
         where workspace_id = $1 and id = $2 returning version as value",
        binds![scope.ws(), id, name.map(str::to_owned), description.map(str::to_owned), now],
    )
    .await?
    .ok_or(Error::NotFound("funnel"))?;
    add_version(tx, scope, id, version, graph, now).await?;
    Ok(version)
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
