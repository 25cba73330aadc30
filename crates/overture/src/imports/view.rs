//! An import as the pages see it.

use super::{
    about::About,
    check::{Check, check_of},
    convert::Format,
    people::{ImportConsent, OwnerRef},
    rules::{Rules, SetRef},
};
use crate::{app::App, error::Result};
use domain::{
    ids::{ImportId, JobId},
    import::{ContactField, UNDO_MS},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use store::{
    At,
    import::{Import, undo::Undone},
};

/// One import.
#[derive(Debug, Serialize, JsonSchema)]
pub struct View {
    /// Id.
    pub id: ImportId,
    /// Name of the file as uploaded.
    pub file_name: String,
    /// Its size.
    pub bytes: i64,
    /// What it was: `csv`, `xlsx` or `vcard`. Rows of the last two are read as CSV.
    pub format: Format,
    /// The sheet of a workbook that is read.
    pub sheet: Option<String>,
    /// The sheets of a workbook that are not hidden.
    pub sheets: Vec<String>,
    /// What was left out of the file, or may surprise; sentences.
    pub notes: Vec<String>,
    /// What it is written in: `UTF-8`, `UTF-16LE`, `UTF-16BE` or `windows-1252`.
    pub encoding: String,
    /// What stands between its cells.
    pub delimiter: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its first rows, long cells cut.
    pub rows_preview: Vec<Vec<String>>,
    /// Why nothing can be made of the file.
    pub problem: Option<Problem>,
    /// `uploaded`, `running`, `completed`, `failed` or `cancelled`.
    pub status: String,
    /// The job that runs it.
    pub job_id: Option<JobId>,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// Rows of the file below its header.
    pub total: i64,
    /// Rows whose outcome is known.
    pub rows_read: i64,
    /// Rows that made a contact.
    pub created: i64,
    /// Rows that changed a contact.
    pub updated: i64,
    /// Rows whose contact needed no change.
    pub unchanged: i64,
    /// Rows whose contact was left alone, as asked.
    pub skipped: i64,
    /// Rows that were rejected.
    pub failed: i64,
    /// Of the others, those whose address must not be written to.
    pub suppressed: i64,
    /// Rows per second of real time; null before it has begun.
    pub rows_per_second: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
    /// Where the rejected rows can be downloaded.
    pub rejected_url: Option<String>,
    /// Why rows were rejected, the most frequent cause first.
    pub causes: Vec<Cause>,
    /// Upload.
    pub created_at: At,
    /// Start.
    pub started_at: Option<At>,
    /// End.
    pub completed_at: Option<At>,
    /// Tags that its contacts got.
    pub tags: Vec<SetRef>,
    /// The list that its contacts were put on.
    pub list: Option<SetRef>,
    /// Whom its new contacts were given to, in turn; nobody: who imported.
    pub owners: Vec<OwnerRef>,
    /// What its contacts agreed to.
    pub consent: Option<ImportConsent>,
    /// What it would do; null before somebody asks, and once it has been started.
    pub check: Option<Check>,
    /// Undoing it; null while it is not over, or when it wrote nothing.
    pub undo: Option<Undo>,
}

/// Whether an import can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoStatus {
    /// It can.
    Possible,
    /// It is being undone.
    Running,
    /// It was undone.
    Done,
    /// It was over too long ago.
    Expired,
}

/// Undoing an import, and what came of it so far.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Undo {
    /// Whether it can be.
    pub status: UndoStatus,
    /// Until when.
    pub until: At,
    /// How much is done, 0 to 1.
    pub progress: f64,
    /// Contacts that it had made and that are gone.
    pub removed: i64,
    /// Contacts that have their earlier values back.
    pub restored: i64,
    /// Contacts left alone because somebody has changed them since.
    pub edited: i64,
    /// Contacts left alone because they are in a campaign, or there are messages with them.
    pub in_use: i64,
    /// When somebody asked for it.
    pub at: Option<At>,
}

/// A column of the file.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Column {
    /// Its name in the header.
    pub name: String,
    /// Some of its values.
    pub samples: Vec<String>,
    /// The field that it probably is.
    pub guess: Option<ContactField>,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
}

/// What is wrong with the file as a whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// A sentence.
    pub message: String,
}

/// Rejected rows with one cause.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Cause {
    /// A sentence.
    pub cause: String,
    /// How many.
    pub count: i64,
}

/// Done of a total, 0 to 1.
pub fn share(done: i64, total: i64) -> f64 {
    if total > 0 { (done as f64 / total as f64).min(1.0) } else { 0.0 }
}

/// What can be undone of an import, once it is over.
pub fn undo_of(app: &App, import: &Import) -> Result<Option<Undo>> {
    let Some(over) = import.completed_at.filter(|_| import.status != "running") else { return Ok(None) };
    let rules: Option<Rules> = serde_json::from_str(import.mapping.as_deref().unwrap_or("null"))?;
    let says_more = rules.is_some_and(|rules| !rules.sets().is_empty() || rules.consent.is_some());
    if import.created + import.updated == 0 && !(says_more && import.unchanged > 0) {
        return Ok(None);
    }
    let undone: Undone = serde_json::from_str(&import.undo)?;
    let until = At(over.0 + UNDO_MS);
    let status = match (import.undone_at, import.is_being_undone) {
        (Some(_), _) => UndoStatus::Done,
        (None, true) => UndoStatus::Running,
        (None, false) if app.clock.now() > until.0 => UndoStatus::Expired,
        (None, false) => UndoStatus::Possible,
    };
    let is_done = status == UndoStatus::Done;
    Ok(Some(Undo {
        status,
        until,
        progress: if is_done { 1.0 } else { share(undone.done(), import.created + import.updated) },
        removed: undone.removed,
        restored: undone.restored,
        edited: undone.edited,
        in_use: undone.in_use,
        at: import.undo_asked_at,
    }))
}

/// The view of a stored import.
pub fn view(app: &App, import: Import) -> Result<View> {
    let undo = undo_of(app, &import)?;
    let rules: Option<Rules> = serde_json::from_str(import.mapping.as_deref().unwrap_or("null"))?;
    let (tags, list, owners, consent) =
        rules.map(|rules| (rules.tags, rules.list, rules.owners, rules.consent)).unwrap_or_default();
    let about: About = serde_json::from_str(&import.sniffed)?;
    let check = check_of(&import, about.rows)?;
    let columns = about.file.columns.iter().enumerate().map(|(index, name)| {
        let cells =
            about.file.preview.iter().filter_map(|row| row.get(index)).filter(|cell| !cell.is_empty());
        let guess = about.guesses.get(index).copied().flatten();
        Column {
            name: name.clone(),
            samples: cells.take(3).cloned().collect(),
            guess: guess.map(|guess| guess.field),
            confidence: guess.map_or(0.0, |guess| guess.confidence),
        }
    });
    let columns = columns.collect();
    let counted: BTreeMap<String, i64> = serde_json::from_str(&import.causes)?;
    let mut causes: Vec<Cause> =
        counted.into_iter().map(|(cause, count)| Cause { cause: sentence(&cause), count }).collect();
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
    let is_over = import.status == "completed";
    Ok(View {
        file_name: import.file_name,
        bytes: import.bytes,
        format: about.origin.format,
        sheet: about.origin.sheet,
        sheets: about.origin.sheets,
        notes: about.origin.notes,
        encoding: about.file.encoding.to_string(),
        delimiter: char::from(about.file.delimiter).to_string(),
        columns,
        rows_preview: about.file.preview,
        problem: import.error.clone().map(|message| Problem { message }),
        progress: if is_over { 1.0 } else { share(import.rows_read, about.rows) },
        total: about.rows,
        rows_per_second: import.started_at.filter(|_| import.rows_read > 0).map(|from| {
            let until = import.completed_at.map_or_else(|| app.clock.now(), |at| at.0);
            // The clock of a demo runs fast; people and machines do not.
            let seconds = (until - from.0).max(1) as f64 / 1000.0 / app.clock.speed();
            (import.rows_read as f64 / seconds).round()
        }),
        rejected_url: (import.rejected_bytes > 0).then(|| format!("/api/imports/{}/rejected.csv", import.id)),
        causes,
        id: import.id,
        status: import.status,
        job_id: import.job_id,
        rows_read: import.rows_read,
        created: import.created,
        updated: import.updated,
        unchanged: import.unchanged,
        skipped: import.skipped,
        failed: import.failed,
        suppressed: import.suppressed,
        error: import.error,
        created_at: import.created_at,
        started_at: import.started_at,
        completed_at: import.completed_at,
        tags,
        list,
        owners,
        consent,
        check,
        undo,
    })
}

/// Begins with a capital.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}
