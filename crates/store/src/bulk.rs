//! Actions on many contacts: what was asked, how far it is, and what it takes to undo it.
//!
//! How far one is (the contact behind which it goes on, its counts, whom it changed) is written in the transaction that
//! changes the contacts in question, so a crash can neither lose nor repeat one.

mod act;
mod bring_back;
mod delete;
mod undo;

pub use act::go_on;
pub(crate) use delete::{deleted_with, forget_deleted};
pub use undo::{ask_undo, undo_on};

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, clamp, cursor, row, rows, run, scalar, split_cursor},
};
use domain::{
    JobStatus,
    ids::{BulkActionId, JobId, MemberId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

/// One action on many contacts.
#[derive(Debug, Clone, FromQueryResult)]
pub struct BulkAction {
    /// Id.
    pub id: BulkActionId,
    /// Who asked; it acts on what they see.
    pub owner_id: Option<MemberId>,
    /// The job that does it.
    pub job_id: JobId,
    /// [`domain::bulk::Action`] as JSON.
    pub action: String,
    /// The name of the tag, list or member that it names, as long as there is one.
    pub target: Option<String>,
    /// With whom, as JSON; `{}` once it is over.
    pub audience: String,
    /// Where it stands.
    pub status: JobStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// The id behind which it goes on.
    pub after: String,
    /// The highest id that it reaches.
    pub upto: String,
    /// How many matched when it was asked for.
    pub total: i64,
    /// Contacts that it changed.
    pub changed: i64,
    /// Contacts that were so already.
    pub unchanged: i64,
    /// When it was asked for.
    pub created_at: At,
    /// When it was over, also because it was stopped or given up.
    pub over_at: Option<At>,
    /// The job that undoes it, the last one if there were several.
    pub undo_job_id: Option<JobId>,
    /// Who asked for that.
    pub undo_by: Option<MemberId>,
    /// When.
    pub undo_asked_at: Option<At>,
    /// Whether that job may still go on.
    pub is_being_undone: bool,
    /// When it was undone to its end.
    pub undone_at: Option<At>,
    /// Contacts that are as before.
    pub undone: i64,
    /// Contacts that were not as it had left them, or are gone.
    pub left_alone: i64,
}

impl BulkAction {
    /// Contacts that have been looked at.
    pub fn done(&self) -> i64 {
        self.changed + self.unchanged
    }
}

const SELECT: &str = "select b.id, b.owner_id, b.job_id, b.action, coalesce(s.name, y.name) as target, b.audience,
      case when b.completed_at is null then coalesce(j.status, 'dead') else 'completed' end as status,
      case when b.completed_at is null and j.status in ('failed', 'dead') then j.error end as error,
      b.after, b.upto, b.total, b.changed, b.unchanged, b.created_at,
      coalesce(b.completed_at, j.completed_at) as over_at,
      b.undo_job_id, b.undo_by, b.undo_asked_at, b.undone_at, b.undone, b.left_alone,
      b.undone_at is null and coalesce(u.status, 'completed') not in ('completed', 'failed', 'dead', 'cancelled') as is_being_undone
    from bulk_actions b left join jobs j on j.id = b.job_id left join jobs u on u.id = b.undo_job_id
      left join contact_sets s on s.workspace_id = b.workspace_id and s.id = b.target_id
      left join members m on m.workspace_id = b.workspace_id and m.id = b.target_id left join users y on y.id = m.user_id";

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Id of the action.
    pub id: &'a BulkActionId,
    /// The job that does it.
    pub job: &'a JobId,
    /// What, as JSON.
    pub action: &'a str,
    /// The tag, list or member in it.
    pub target: Option<&'a str>,
    /// With whom, as JSON.
    pub audience: &'a str,
    /// How many there are.
    pub total: i64,
}

/// Remembers what was asked for; it reaches up to the newest contact that there is now.
pub async fn create(tx: &Tx, scope: &Scope, asked: Asked<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into bulk_actions (id, workspace_id, owner_id, job_id, action, target_id, audience, upto, total, created_at)
         values ($2, $1, $3, $4, $5, $6, $7,
           coalesce((select id from contacts where workspace_id = $1 order by id desc limit 1), ''), $8, $9)",
        binds![
            scope.ws(),
            asked.id,
            scope.member.clone(),
            asked.job,
            asked.action,
            asked.target,
            asked.audience,
            asked.total,
            now
        ],
    )
    .await?;
    Ok(())
}

/// One of them.
pub async fn get(db: &Db, scope: &Scope, id: &BulkActionId) -> Result<BulkAction> {
    let sql = format!("{SELECT} where b.workspace_id = $1 and b.id = $2 and {}", is_theirs("b.owner_id", 3));
    row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()])
        .await?
        .ok_or(Error::NotFound("bulk action"))
}

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<BulkAction>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let sql = format!(
        "{SELECT} where b.workspace_id = $1 and (b.created_at, b.id) < ($2, $3) and {}
         order by b.created_at desc, b.id desc limit $5",
        is_theirs("b.owner_id", 4)
    );
    let values = binds![scope.ws(), at, id, scope.whose(), limit + 1];
    let found: Vec<BulkAction> = rows(&db.reader(scope), &sql, values).await?;
    Ok(Page::cut(found, limit, |b| cursor(b.created_at.0, b.id.as_str())))
}

/// Notes that it is over, in the transaction that ends its job: with whom is not asked any more.
pub async fn end(tx: &Tx, scope: &Scope, id: &BulkActionId, completed_at: Option<i64>) -> Result<()> {
    let sql =
        "update bulk_actions set audience = '{}', completed_at = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, completed_at]).await?;
    Ok(())
}

/// Forgets what the undo of actions needs that changed somebody before this moment, and what was searched for then.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    let tx = db.begin().await?;
    let gone = run(&tx, "delete from bulk_changes where written_at < $1", binds![before]).await?;
    let sql = "update bulk_actions set audience = '{}' where created_at < $1 and audience <> '{}'";
    run(&tx, sql, binds![before]).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Refuses to go on with a tag or list that is gone, and keeps it from going until the end of the transaction.
async fn require_set(tx: &Tx, scope: &Scope, set: &str) -> Result<()> {
    let lock = if is_sqlite(tx) { "" } else { " for key share" };
    let sql = format!("select id as value from contact_sets where workspace_id = $1 and id = $2{lock}");
    match scalar::<String>(tx, &sql, binds![scope.ws(), set]).await? {
        Some(_) => Ok(()),
        None => Err(Error::NotFound("tag or list")),
    }
}

/// For an end of a query of `table`: in the order of ids, and nobody else changes them meanwhile.
fn locked(tx: &Tx, table: &str) -> String {
    let order = format!(" order by {table}.id");
    if is_sqlite(tx) { order } else { format!("{order} for no key update of {table}") }
}

fn is_sqlite(tx: &Tx) -> bool {
    tx.get_database_backend() == DbBackend::Sqlite
}
