//! Imports: an uploaded file, how its columns map, and what became of its rows.
//!
//! How far an import is (rows, counts, bytes of the file of rejected rows) changes only in the transaction that
//! writes the rows in question, so a crash can neither lose nor repeat one.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, clamp, cursor, now_ms, row, rows as all_rows, run, split_cursor},
};
use domain::{
    JobStatus,
    ids::{ContactId, ImportId, JobId, MemberId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

pub use batch::{Batch, Row};
pub(crate) use indexes::{Index, require};
pub use indexes::{bring_back, put_aside};
pub use merge::{Outcomes, Span, Written};
pub use rehearsal::Rehearsal;
pub use rows::{Memory, Rows, write};

mod batch;
mod indexes;
mod merge;
mod rehearsal;
mod rows;
pub mod undo;

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

/// What happens to single fields of a contact that exists, where that is another thing than to the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldRules {
    /// By field: [`CHANGEABLE`].
    pub fields: [Option<OnMatch>; 8],
    /// By place of the custom field.
    pub custom: Vec<Option<OnMatch>>,
}

/// The fields of a contact that a row may change, in the order of [`FieldRules::fields`].
pub const CHANGEABLE: [&str; 8] = rows::CHANGED;

/// One import.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Import {
    /// Id.
    pub id: ImportId,
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
    /// `uploaded`, `running`, `completed`, `failed`, `cancelled`. One whose job has ended without it has ended too.
    pub status: String,
    /// The job that runs it.
    pub job_id: Option<JobId>,
    /// Bytes of the file behind the last row whose outcome is written, for progress.
    pub position: i64,
    /// Bytes of the file of rejected rows that count; what is behind them was never committed.
    pub rejected_bytes: i64,
    /// Rows read, all outcomes.
    pub rows_read: i64,
    /// New contacts.
    pub created: i64,
    /// Rows that changed a contact.
    pub updated: i64,
    /// Rows whose contact needed no change.
    pub unchanged: i64,
    /// Rows whose contact was to be left alone.
    pub skipped: i64,
    /// Rows rejected.
    pub failed: i64,
    /// Of the accepted rows, those whose address is suppressed.
    pub suppressed: i64,
    /// The lowest id of its new contacts.
    pub first_contact_id: Option<ContactId>,
    /// The highest id of its new contacts.
    pub last_contact_id: Option<ContactId>,
    /// Rejections by cause, as a JSON object of counts.
    pub causes: String,
    /// Why it failed as a whole.
    pub error: Option<String>,
    /// Upload.
    pub created_at: At,
    /// Start.
    pub started_at: Option<At>,
    /// End.
    pub completed_at: Option<At>,
    /// The job that undoes it, the last one if there were several.
    pub undo_job_id: Option<JobId>,
    /// When that was asked for.
    pub undo_asked_at: Option<At>,
    /// Whether that job may still go on.
    pub is_being_undone: bool,
    /// When it was undone to its end.
    pub undone_at: Option<At>,
    /// How far the undo is: [`undo::Undone`] as JSON.
    pub undo: String,
    /// The job that checks what it would do, the last one.
    pub check_job_id: Option<JobId>,
    /// Where that job stands.
    pub check_status: Option<JobStatus>,
    /// Rows that it has read.
    pub check_done: Option<i64>,
    /// Why it failed.
    pub check_error: Option<String>,
    /// What it was asked, and what it found, as JSON; none once the import has been started.
    pub checked: Option<String>,
}

const SELECT: &str = "select i.id, i.owner_id, i.file_name, i.bytes, i.sniffed, i.mapping,
      case when i.status <> 'running' then i.status
           when j.status = 'cancelled' then 'cancelled'
           when j.status in ('failed', 'dead') then 'failed'
           else 'running' end as status,
      i.job_id, i.position, i.rejected_bytes, i.rows_read, i.created, i.updated, i.unchanged, i.skipped, i.failed, i.suppressed,
      i.first_contact_id, i.last_contact_id, i.causes, coalesce(i.error, case when j.status in ('failed', 'dead') then j.error end) as error,
      i.created_at, i.started_at, coalesce(i.completed_at, j.completed_at) as completed_at,
      i.undo_job_id, i.undo_asked_at, i.undone_at, i.undo,
      i.undone_at is null and coalesce(u.status, 'completed') not in ('completed', 'failed', 'dead', 'cancelled') as is_being_undone,
      i.check_job_id, i.checked, k.status as check_status, k.done as check_done, k.error as check_error
    from imports i left join jobs j on j.id = i.job_id left join jobs u on u.id = i.undo_job_id
      left join jobs k on k.id = i.check_job_id";

/// An uploaded file.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// Id of the import.
    pub id: &'a ImportId,
    /// Name as uploaded.
    pub file_name: &'a str,
    /// Size.
    pub bytes: i64,
    /// What was found out about it, as JSON.
    pub sniffed: &'a str,
}

/// Remembers an uploaded file.
pub async fn create(tx: &Tx, scope: &Scope, upload: Upload<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into imports (id, workspace_id, owner_id, file_name, bytes, sniffed, status, created_at)
         values ($1, $2, $3, $4, $5, $6, 'uploaded', $7)",
        binds![
            upload.id,
            scope.ws(),
            scope.member.clone(),
            upload.file_name,
            upload.bytes,
            upload.sniffed,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Starts it; only once.
pub async fn start(
    tx: &Tx,
    scope: &Scope,
    id: &ImportId,
    mapping: &str,
    job: &JobId,
    now: i64,
) -> Result<()> {
    let changed = run(
        tx,
        "update imports set status = 'running', mapping = $3, job_id = $4, started_at = $5, checked = null
         where workspace_id = $1 and id = $2 and status = 'uploaded'",
        binds![scope.ws(), id, mapping, job, now],
    )
    .await?;
    if changed == 0 {
        return Err(Error::Conflict("this import has been started or cancelled already".into()));
    }
    Ok(())
}

/// The job of an import, as one that a worker has already.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Id of the job.
    pub job: &'a JobId,
    /// Who has it.
    pub worker: &'a str,
    /// For how long at first.
    pub lease_ms: i64,
}

/// Starts it with a job that no other node takes unless the worker dies. For imports from the command line.
pub async fn start_claimed(
    tx: &Tx,
    scope: &Scope,
    id: &ImportId,
    mapping: &str,
    claim: Claim<'_>,
    now: i64,
) -> Result<()> {
    let clock = now_ms(tx.get_database_backend());
    crate::job::enqueue(tx, scope, claim.job, "import", &serde_json::json!({ "import_id": id }), now).await?;
    run(
        tx,
        &format!(
            "update jobs set status = 'processing', locked_by = $2, locked_until = {clock} + $3, attempt = 1, started_at = $4
             where id = $1"
        ),
        binds![claim.job, claim.worker, claim.lease_ms, now],
    )
    .await?;
    start(tx, scope, id, mapping, claim.job, now).await
}

/// A check has been asked for. It takes the place of the one before.
pub async fn ask_check(tx: &Tx, scope: &Scope, id: &ImportId, job: &JobId, asked: &str) -> Result<()> {
    let sql = "update imports set check_job_id = $3, checked = $4
               where workspace_id = $1 and id = $2 and status = 'uploaded'";
    if run(tx, sql, binds![scope.ws(), id, job, asked]).await? == 0 {
        return Err(Error::Conflict("this import has been started or cancelled already".into()));
    }
    Ok(())
}

/// Writes what a check found. `false` when nobody wants to know any more.
pub async fn set_checked(tx: &Tx, scope: &Scope, id: &ImportId, job: &JobId, found: &str) -> Result<bool> {
    let sql = "update imports set checked = $4
               where workspace_id = $1 and id = $2 and status = 'uploaded' and check_job_id = $3";
    Ok(run(tx, sql, binds![scope.ws(), id, job, found]).await? > 0)
}

/// Writes how far an import is, in the transaction that writes its rows.
pub async fn advance(tx: &Tx, scope: &Scope, import: &Import) -> Result<()> {
    run(
        tx,
        "update imports set rows_read = $3, created = $4, updated = $5, unchanged = $6, skipped = $7, failed = $8, suppressed = $9,
           causes = $10, position = $11, rejected_bytes = $12, first_contact_id = $13, last_contact_id = $14
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            &import.id,
            import.rows_read,
            import.created,
            import.updated,
            import.unchanged,
            import.skipped,
            import.failed,
            import.suppressed,
            import.causes.as_str(),
            import.position,
            import.rejected_bytes,
            import.first_contact_id.clone(),
            import.last_contact_id.clone()
        ],
    )
    .await?;
    Ok(())
}

/// After rows were taken out of what is shown of a file.
pub async fn set_sniffed(tx: &Tx, scope: &Scope, id: &ImportId, sniffed: &str) -> Result<()> {
    let sql = "update imports set sniffed = $3 where workspace_id = $1 and id = $2 and status <> 'running'";
    run(tx, sql, binds![scope.ws(), id, sniffed]).await?;
    Ok(())
}

/// After rows were taken out of the file of rejected ones, of an import that is over.
pub async fn set_rejected_bytes(tx: &Tx, scope: &Scope, id: &ImportId, bytes: i64) -> Result<()> {
    run(
        tx,
        "update imports set rejected_bytes = $3 where workspace_id = $1 and id = $2 and status <> 'running'",
        binds![scope.ws(), id, bytes],
    )
    .await?;
    Ok(())
}

/// Ends it, unless it has ended.
pub async fn finish(
    tx: &Tx,
    scope: &Scope,
    id: &ImportId,
    status: &str,
    error: Option<&str>,
    now: i64,
) -> Result<()> {
    let ended = run(
        tx,
        "update imports set status = $3, error = $4, completed_at = $5, checked = null
         where workspace_id = $1 and id = $2 and status in ('uploaded', 'running')",
        binds![scope.ws(), id, status, error.map(str::to_owned), now],
    )
    .await?;
    if ended == 0 {
        return Ok(());
    }
    crate::icp::walk_all(tx, scope).await?;
    crate::segment::walk_all(tx, scope).await?;
    crate::search::after_import(tx, scope, id).await?;
    let data = serde_json::json!({ "import_id": id, "status": status });
    crate::webhook::tell(tx, scope, "import.completed", None, data, now).await
}

/// One import.
pub async fn get(db: &Db, scope: &Scope, id: &ImportId) -> Result<Import> {
    let sql = format!("{SELECT} where i.workspace_id = $1 and i.id = $2 and {}", is_theirs("i.owner_id", 3));
    row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()])
        .await?
        .ok_or(Error::NotFound("import"))
}

/// Newest first.
pub async fn page(db: &Db, scope: &Scope, limit: Option<i64>, after: Option<&str>) -> Result<Page<Import>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let found: Vec<Import> = all_rows(
        &db.reader(scope),
        &format!(
            "{SELECT} where i.workspace_id = $1 and (i.created_at, i.id) < ($2, $3) and {}
             order by i.created_at desc, i.id desc limit $4",
            is_theirs("i.owner_id", 5)
        ),
        binds![scope.ws(), at, id, limit + 1, scope.whose()],
    )
    .await?;
    Ok(Page::cut(found, limit, |i| cursor(i.created_at.0, i.id.as_str())))
}
