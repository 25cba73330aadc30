//! Macros, and what their runs did to conversations.

mod deed;

pub use deed::{Deed, Meaning, act, undo};

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::{
    ids::{MacroId, MacroRunId},
    macros::Step,
};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// Most macros of a workspace.
pub const MOST: i64 = 200;

/// Steps under a name.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Macro {
    /// Id.
    pub id: MacroId,
    /// Name.
    pub name: String,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

#[derive(FromQueryResult)]
struct Row {
    id: MacroId,
    name: String,
    steps: String,
    created_at: At,
    updated_at: At,
}

impl Row {
    fn read(self) -> Result<Macro> {
        let Row { id, name, steps, created_at, updated_at } = self;
        Ok(Macro { id, name, steps: serde_json::from_str(&steps)?, created_at, updated_at })
    }
}

const SELECT: &str = "select id, name, steps, created_at, updated_at from macros where workspace_id = $1";

/// All of the workspace, by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Macro>> {
    let sql = format!("{SELECT} order by name_key, id limit {MOST}");
    let found: Vec<Row> = rows(&db.reader(scope), &sql, binds![scope.ws()]).await?;
    found.into_iter().map(Row::read).collect()
}

/// One.
pub async fn get(db: &Db, scope: &Scope, id: &MacroId) -> Result<Macro> {
    let found: Option<Row> =
        row(&db.reader(scope), &format!("{SELECT} and id = $2"), binds![scope.ws(), id]).await?;
    found.ok_or(Error::NotFound("macro"))?.read()
}

/// Writes one, new or changed. [`Error::Exists`] where another has its name; [`Error::Conflict`] where there are too many.
pub async fn save(tx: &Tx, scope: &Scope, one: &Macro) -> Result<()> {
    let key = one.name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let sql = "insert into macros (id, workspace_id, name, name_key, steps, created_at, updated_at)
               select $2, $1, $3, $4, $5, $6, $7
               where exists (select 1 from macros m where m.workspace_id = $1 and m.id = $2)
                  or (select count(*) from macros m where m.workspace_id = $1) < $8
               on conflict (id) do update set name = excluded.name, name_key = excluded.name_key, steps = excluded.steps,
                 updated_at = excluded.updated_at where macros.workspace_id = $1";
    let steps = serde_json::to_string(&one.steps)?;
    let values =
        binds![scope.ws(), &one.id, one.name.as_str(), key, steps, one.created_at, one.updated_at, MOST];
    match run(tx, sql, values).await? {
        0 => Err(Error::Conflict(format!("a workspace has at most {MOST} macros. Remove one first"))),
        _ => Ok(()),
    }
}

/// Removes one. What its runs did stays.
pub async fn delete(tx: &Tx, scope: &Scope, id: &MacroId) -> Result<()> {
    match run(tx, "delete from macros where workspace_id = $1 and id = $2", binds![scope.ws(), id]).await? {
        0 => Err(Error::NotFound("macro")),
        _ => Ok(()),
    }
}

/// Keeps what a run did, for as long as it can be undone.
pub async fn keep(
    tx: &Tx,
    scope: &Scope,
    id: &MacroRunId,
    of: &MacroId,
    deeds: &[Deed],
    now: i64,
) -> Result<()> {
    let sql = "insert into macro_runs (id, workspace_id, macro_id, member_id, deeds, at) values ($2, $1, $3, $4, $5, $6)";
    let deeds = serde_json::to_string(deeds)?;
    run(tx, sql, binds![scope.ws(), id, of, scope.member.clone(), deeds, now]).await?;
    Ok(())
}

/// Takes what a run did since an instant, to undo it: once.
pub async fn take(tx: &Tx, scope: &Scope, id: &MacroRunId, since: i64) -> Result<Vec<Deed>> {
    #[derive(FromQueryResult)]
    struct Kept {
        deeds: String,
    }
    let sql = "delete from macro_runs where workspace_id = $1 and id = $2 and at >= $3 returning deeds";
    let kept: Kept =
        row(tx, sql, binds![scope.ws(), id, since]).await?.ok_or(Error::NotFound("run of a macro"))?;
    Ok(serde_json::from_str(&kept.deeds)?)
}

/// Forgets what it would take to undo runs before `before`, in all workspaces.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    let tx = db.begin().await?;
    let gone = run(&tx, "delete from macro_runs where at < $1", binds![before]).await?;
    tx.commit().await?;
    Ok(gone)
}
