//! A bulk action as the pages see it.

use crate::{error::Result, imports::view::share};
use domain::{
    JobStatus,
    bulk::{Action, Course, UNDO_MS, UndoStatus},
    ids::{BulkActionId, JobId, MemberId},
};
use schemars::JsonSchema;
use serde::Serialize;
use store::{At, bulk::BulkAction};

/// One action on many contacts.
#[derive(Debug, Serialize, JsonSchema)]
pub struct View {
    /// Id.
    pub id: BulkActionId,
    /// The job that does it.
    pub job_id: JobId,
    /// Who asked for it.
    pub owner_id: Option<MemberId>,
    /// What is done to each contact.
    pub action: Action,
    /// The name of the tag, list or member that it names; null once that is gone, or where it names none.
    pub target: Option<String>,
    /// Where it stands.
    pub status: JobStatus,
    /// Why it failed.
    pub error: Option<String>,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// How many contacts there were when it was asked for.
    pub total: i64,
    /// Contacts that it changed.
    pub changed: i64,
    /// Contacts that were so already.
    pub unchanged: i64,
    /// When it was asked for.
    pub created_at: At,
    /// When it was over.
    pub completed_at: Option<At>,
    /// Undoing it; null while it is not over, or when it changed nobody.
    pub undo: Option<Undo>,
}

/// Undoing a bulk action, and what came of it so far.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undo {
    /// Whether it can be.
    pub status: UndoStatus,
    /// Until when.
    pub until: At,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// Contacts that are as before.
    pub undone: i64,
    /// Contacts left alone because somebody has changed them since, or because they are gone.
    pub left_alone: i64,
    /// The job that does it, the last one if there were several.
    pub job_id: Option<JobId>,
    /// When somebody asked for it.
    pub at: Option<At>,
}

/// What can be undone of an action, once it is over.
pub fn undo_of(bulk: &BulkAction, now: i64) -> Option<Undo> {
    let course = Course {
        over_at: bulk.over_at.map(|at| at.0),
        changed: bulk.changed,
        is_being_undone: bulk.is_being_undone,
        undone_at: bulk.undone_at.map(|at| at.0),
    };
    let status = course.undo(now)?;
    let is_done = status == UndoStatus::Done;
    Some(Undo {
        status,
        until: At(course.over_at? + UNDO_MS),
        progress: if is_done { 1.0 } else { share(bulk.undone + bulk.left_alone, bulk.changed) },
        undone: bulk.undone,
        left_alone: bulk.left_alone,
        job_id: bulk.undo_job_id.clone(),
        at: bulk.undo_asked_at,
    })
}

/// The view of a stored action.
pub fn view(bulk: BulkAction, now: i64) -> Result<View> {
    let is_done = bulk.status == JobStatus::Completed;
    Ok(View {
        undo: undo_of(&bulk, now),
        action: serde_json::from_str(&bulk.action)?,
        progress: if is_done { 1.0 } else { share(bulk.done(), bulk.total) },
        id: bulk.id,
        job_id: bulk.job_id,
        owner_id: bulk.owner_id,
        target: bulk.target,
        status: bulk.status,
        error: bulk.error,
        total: bulk.total,
        changed: bulk.changed,
        unchanged: bulk.unchanged,
        created_at: bulk.created_at,
        completed_at: bulk.over_at,
    })
}
