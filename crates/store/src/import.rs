//! Imports: an uploaded file, how its columns map, and what became of its rows.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, clamp, cursor, row, run, split_cursor},
};
use domain::ids::MemberId;
use sea_orm::FromQueryResult;

pub use merge::Outcomes;
pub use rows::{Companies, write};

mod merge;
mod rows;

/// What happens when a row meets a contact that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMatch {
    /// The contact stays as it is.
    Skip,
    /// What is empty is set.
    Fill,
    /// Everything that the row has is set.
    Overwrite,
}

/// One import. Its counts change in the transactions that write its rows.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Import {
    /// `imp_…`
    pub id: String,
    /// Who uploaded it.
    pub owner_id: Option<MemberId>,
    /// Name of the file as uploaded.
    pub file_name: String,
    /// Its size.
    pub bytes: i64,
    /// What was found out about the file, as JSON.
    pub sniffed: String,
    /// Mapping and rules, as JSON, once started.
    pub mapping: Option<String>,
    /// `uploaded`, `running`, `completed`, `failed`, `cancelled`.
    pub status: String,
    /// The job that runs it.
    pub job_id: Option<String>,
    /// Rows read, all outcomes.
    pub rows_read: i64,
    /// New contacts.
    pub created: i64,
    /// Changed contacts.
    pub updated: i64,
    /// Matching contacts that needed no change.
    pub unchanged: i64,
    /// Matching contacts left alone, repeats within the file.
    pub skipped: i64,
    /// Rows rejected.
    pub failed: i64,
    /// Of the accepted rows, those whose address is suppressed.
    pub suppressed: i64,
    /// Rejections by cause, as JSON.
    pub causes: String,
    /// Why it failed as a whole.
    pub error: Option<String>,
    /// Upload.
    pub created_at: At,
    /// Start.
    pub started_at: Option<At>,
    /// End.
    pub completed_at: Option<At>,
}

const COLUMNS: &str = "id, owner_id, file_name, bytes, sniffed, mapping, status, job_id, rows_read, created, updated, unchanged,
    skipped, failed, suppressed, causes, error, created_at, started_at, completed_at";

/// Remembers an uploaded file.
pub async fn create(tx: &Tx, scope: &Scope, id: &str, file_name: &str, bytes: i64, sniffed: &str, now: i64) -> Result<()> {
    run(
        tx,
        "insert into imports (id, workspace_id, owner_id, file_name, bytes, sniffed, status, created_at) values ($1, $2, $3, $4, $5, $6, 'uploaded', $7)",
        binds![id, scope.ws(), scope.member.clone(), file_name, bytes, sniffed, now],
    )
    .await?;
    Ok(())
}

/// Starts it; only once.
pub async fn start(tx: &Tx, scope: &Scope, id: &str, mapping: &str, job: &str, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update imports set status = 'running', mapping = $3, job_id = $4, started_at = $5 where workspace_id = $1 and id = $2 and status = 'uploaded'",
        binds![scope.ws(), id, mapping, job, now],
    )
    .await?;
    if changed == 0 {
        return Err(Error::Conflict("this import has been started already".into()));
    }
    Ok(())
}

/// Adds the outcome of a chunk, in the chunk's own transaction: a crash can neither lose nor repeat it.
pub async fn add(tx: &Tx, scope: &Scope, delta: &Import) -> Result<()> {
    run(
        tx,
        "update imports set rows_read = $3, created = $4, updated = $5, unchanged = $6, skipped = $7, failed = $8, suppressed = $9, causes = $10
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            delta.id.as_str(),
            delta.rows_read,
            delta.created,
            delta.updated,
            delta.unchanged,
            delta.skipped,
            delta.failed,
            delta.suppressed,
            delta.causes.as_str()
        ],
    )
    .await?;
    Ok(())
}

/// Ends it.
pub async fn finish(tx: &Tx, scope: &Scope, id: &str, status: &str, error: Option<&str>, now: i64) -> Result<()> {
    run(
        tx,
        "update imports set status = $3, error = $4, completed_at = $5 where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, status, error.map(str::to_owned), now],
    )
    .await?;
    Ok(())
}

/// One import.
pub async fn get(db: &Db, scope: &Scope, id: &str) -> Result<Import> {
    row(&db.read, &format!("select {COLUMNS} from imports where workspace_id = $1 and id = $2"), binds![scope.ws(), id])
        .await?
        .ok_or(Error::NotFound("import"))
}

/// Newest first.
pub async fn page(db: &Db, scope: &Scope, limit: Option<i64>, after: Option<&str>) -> Result<Page<Import>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let found: Vec<Import> = crate::sql::rows(
        &db.read,
        &format!(
            "select {COLUMNS} from imports where workspace_id = $1 and (created_at, id) < ($2, $3) order by created_at desc, id desc limit $4"
        ),
        binds![scope.ws(), at, id, limit + 1],
    )
    .await?;
    Ok(Page::cut(found, limit, |i| cursor(i.created_at.0, &i.id)))
}
