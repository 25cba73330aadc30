//! The job of an import.
//!
//! A thread reads and judges, this task writes. Each chunk is one transaction: its rows, its counts, how far it is
//! in the file and how long the file of rejected rows is. A crash at any moment neither loses nor repeats a row;
//! whoever takes the job over skips the rows that are counted and goes on.

use super::{
    Rules,
    about::About,
    judge::{self, Chunk, Task},
    rejected::{Layout, Rejected},
    rejected_path,
    source::ImportProblem,
    upload_path,
};
use crate::{app::App, clock::boot_ms, error::Result};
use domain::{
    JobStatus,
    ids::{CustomFieldId, ImportId, MemberId},
    import::{CustomTarget, EMAIL_TAKEN},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use store::{
    Scope, Tx,
    consent::Agreed,
    custom_field,
    import::{self, FieldRules, Import, Memory},
    job::{self, Job},
    member, suppression,
};
use tokio::{sync::mpsc, task::JoinHandle};

/// Most rows in one transaction. Pages of an index that are hit at random are written once per transaction, so
/// fewer and larger ones write much less.
const TRANSACTION_ROWS: i64 = 100_000;
/// A transaction takes no further rows after so many real milliseconds, or as soon as somebody else on this node
/// waits for a turn to write.
const TRANSACTION_MS: i64 = 700;
/// Most rows that are read ahead and written at a stretch.
const CHUNK_ROWS: i64 = 4_000;
/// How long an open transaction waits for rows to be read.
const READ_AHEAD: Duration = Duration::from_millis(50);
/// Rows after which the database may move what was written to its place.
const CHECKPOINT_ROWS: i64 = 160_000;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

/// Runs the job of an import until it has ended: with all rows, at somebody's wish, or with a problem of the file.
///
/// An error means that it has not ended and may be tried again later; so does dropping the future. When another
/// worker has taken the job over, it is left to that one.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    run_in_transactions(app, job, worker, TRANSACTION_ROWS).await
}

/// [`run`] with a number of rows per transaction.
pub async fn run_in_transactions(app: &Arc<App>, job: Job, worker: &str, rows: i64) -> Result<()> {
    let parameters: Value = serde_json::from_str(&job.parameters)?;
    let id: ImportId = serde_json::from_value(parameters["import_id"].clone())?;
    let scope = Scope::system(job.workspace_id.clone());
    let import = import::get(&app.db, &scope, &id).await?;
    let scope = match &import.owner_id {
        Some(owner) => member::scope_of(&app.db, &scope.workspace, owner).await?,
        None => scope,
    };
    let rules: Rules = serde_json::from_str(import.mapping.as_deref().unwrap_or("null"))?;
    let run = Run {
        app: app.clone(),
        scope,
        about: serde_json::from_str(&import.sniffed)?,
        custom: rules.custom.iter().map(|field| field.id.clone()).collect(),
        sets: rules.sets(),
        agreed: rules.consent.as_ref().map(|consent| consent.agreed(app.clock.now())),
        by_field: rules.by_field(),
        rules,
        causes: serde_json::from_str(&import.causes)?,
        worker: worker.to_owned(),
        memory: Memory::default(),
        reported_at: 0,
        moving: None,
        job,
        import,
    };
    let outcome = run.work_off(rows).await;
    // Whoever goes on with it decides anew.
    import::bring_back(&app.db).await?;
    match outcome {
        Err(Stop::Lost(text)) => {
            tracing::info!(import = %id, "{text}: the import goes on elsewhere");
            Ok(())
        }
        Err(Stop::Failed(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Why a run ends without an end of the import.
enum Stop {
    /// Another worker has the job.
    Lost(String),
    Failed(crate::error::Error),
}

impl<E: Into<crate::error::Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(error.into())
    }
}

/// How the import ends.
enum End {
    Completed,
    Cancelled,
    Failed(String),
}

/// What became of a chunk.
enum Written {
    Done,
    /// Somebody else made one of its contacts in between: it is to be judged again.
    Again,
    Cancelled,
    /// Somebody has changed what a custom field holds; its name.
    Changed(String),
}

struct Run {
    app: Arc<App>,
    scope: Scope,
    job: Job,
    worker: String,
    import: Import,
    about: About,
    rules: Rules,
    /// Ids of the custom fields, and of the tags and the list, of the rules.
    custom: Vec<CustomFieldId>,
    sets: Vec<String>,
    by_field: Option<FieldRules>,
    agreed: Option<Agreed>,
    causes: BTreeMap<String, i64>,
    memory: Memory,
    reported_at: i64,
    moving: Option<JoinHandle<()>>,
}

impl Run {
    async fn work_off(mut self, transaction_rows: i64) -> Result<(), Stop> {
        if self.import.status != "running" {
            let end = if self.import.status == "completed" { End::Completed } else { End::Cancelled };
            return self.end(end).await;
        }
        self.tell("job.started", json!({}));
        let path = upload_path(&self.app, &self.import.id);
        if !path.exists() {
            let text = "The uploaded file is not there any more. Upload it again. Several nodes must share one folder of files";
            return self.end(End::Failed(text.into())).await;
        }
        let mapping = self.rules.check(&self.about.file.columns, "US")?;
        let layout = Layout::of(&path, &self.about.file)?;
        import::put_aside(&self.app.db, self.about.rows - self.import.rows_read).await?;
        let target = rejected_path(&self.app, &self.import.id);
        let mut rejected = Rejected::new(target, layout.clone(), self.import.rejected_bytes);
        loop {
            let task = Task {
                path: path.clone(),
                file: self.about.file.clone(),
                format: self.about.format(),
                mapping: mapping.clone(),
                layout: layout.clone(),
                done: self.import.rows_read,
                chunk_rows: transaction_rows.min(CHUNK_ROWS),
                examples: 0,
                keeps_late: self.rules.may_refuse_late(),
                order: self.rules.order(),
            };
            let (sender, mut chunks) = mpsc::channel(1);
            let reading = tokio::task::spawn_blocking(move || judge::read(&task, &sender));
            let outcome = self.write_all(&mut chunks, transaction_rows, &mut rejected).await?;
            // Without a listener the thread ends at its next chunk.
            drop(chunks);
            let read: Result<(), ImportProblem> = reading.await.map_err(anyhow::Error::from)?;
            match (outcome, read) {
                (Written::Again, _) => {
                    self.memory = Memory::default();
                    rejected.go_back(self.import.rejected_bytes);
                }
                (Written::Cancelled, _) => return self.end(End::Cancelled).await,
                (Written::Changed(name), _) => {
                    let text = format!(
                        "The field {name} was changed while its values were being imported. What was read before stays. Import the file again"
                    );
                    return self.end(End::Failed(text)).await;
                }
                (Written::Done, Ok(())) => return self.end(End::Completed).await,
                (Written::Done, Err(problem)) => return self.end(End::Failed(problem.message)).await,
            }
        }
    }

    async fn write_all(
        &mut self,
        chunks: &mut mpsc::Receiver<Chunk>,
        transaction_rows: i64,
        rejected: &mut Rejected,
    ) -> Result<Written, Stop> {
        let silence = Duration::from_millis(self.app.config.lease_ms.unsigned_abs() / 3);
        let mut moved = self.import.rows_read;
        loop {
            let chunk = match tokio::time::timeout(silence, chunks.recv()).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(Written::Done),
                // The reader is still on its way past rows that are done.
                Err(_) => {
                    let tx = self.app.db.begin().await?;
                    let is_wanted = self.hold(&tx, self.import.rows_read).await?;
                    self.app.commit(tx).await?;
                    if !is_wanted {
                        return Ok(Written::Cancelled);
                    }
                    continue;
                }
            };
            match self.write(chunk, chunks, transaction_rows, rejected).await? {
                Written::Done => {}
                other => return Ok(other),
            }
            if self.import.rows_read - moved >= CHECKPOINT_ROWS {
                moved = self.import.rows_read;
                self.checkpoint();
            }
            if boot_ms() - self.reported_at >= REPORT_MS {
                self.reported_at = boot_ms();
                self.tell("job.progress", json!({}));
            }
        }
    }

    /// Beside the writing, unless the last one is still under way.
    fn checkpoint(&mut self) {
        if self.moving.as_ref().is_none_or(JoinHandle::is_finished) {
            let db = self.app.db.clone();
            self.moving = Some(tokio::spawn(async move {
                if let Err(error) = db.checkpoint().await {
                    tracing::warn!(%error, "the log of the database could not be moved to its place");
                }
            }));
        }
    }

    /// Extends the lease, which fences the transaction: another worker cannot have the job before it ends.
    /// `false` when somebody asked to stop.
    async fn hold(&self, tx: &Tx, done: i64) -> Result<bool, Stop> {
        match job::progress(tx, &self.job.id, &self.worker, done, self.about.rows, self.app.config.lease_ms)
            .await
        {
            Ok(job) => Ok(job.cancel_requested == 0),
            Err(store::Error::Conflict(text)) => Err(Stop::Lost(text)),
            Err(error) => Err(error.into()),
        }
    }

    /// One transaction: a chunk, and those after it that are read already and fit in.
    async fn write(
        &mut self,
        chunk: Chunk,
        chunks: &mut mpsc::Receiver<Chunk>,
        transaction_rows: i64,
        rejected: &mut Rejected,
    ) -> Result<Written, Stop> {
        let mut tx = self.app.db.begin().await?;
        if !self.hold(&tx, self.import.rows_read).await? {
            return Ok(Written::Cancelled);
        }
        if let Some(name) = self.changed_field(&tx).await? {
            return Ok(Written::Changed(name));
        }
        let owners = self.owners(&tx).await?;
        let began = boot_ms();
        let mut next = self.import.clone();
        let mut causes = self.causes.clone();
        let mut chunk = Some(chunk);
        while let Some(rows) = chunk.take() {
            if !self.write_chunk(&mut tx, rows, &owners, &mut next, &mut causes, rejected).await? {
                return Ok(Written::Again);
            }
            let room = next.rows_read - self.import.rows_read < transaction_rows;
            if room && boot_ms() - began < TRANSACTION_MS && !self.app.db.is_awaited() {
                chunk = tokio::time::timeout(READ_AHEAD, chunks.recv()).await.unwrap_or(None);
            }
        }
        next.causes = serde_json::to_string(&causes)?;
        import::advance(&tx, &self.scope, &next).await?;
        self.hold(&tx, next.rows_read).await?;
        self.app.commit(tx).await?;
        if next.updated > self.import.updated || self.agreed.is_some() {
            // People may have got what their message waited for.
            self.app.wake.steps.notify_one();
        }
        self.import = next;
        self.causes = causes;
        Ok(Written::Done)
    }

    /// Whom new contacts are given to. Who may no longer come in takes no turn, and where nobody is left, they are the
    /// importer's, as they are where that is somebody who may only have their own.
    async fn owners(&self, tx: &Tx) -> Result<Vec<MemberId>, Stop> {
        if self.rules.owners.is_empty() || self.scope.only().is_some() {
            return Ok(Vec::new());
        }
        let named: Vec<MemberId> = self.rules.owners.iter().map(|owner| owner.id.clone()).collect();
        Ok(member::present(tx, &self.scope, &named).await?)
    }

    /// A custom field that does not hold any more what the rows were judged by. One that is gone is not written.
    async fn changed_field(&self, tx: &Tx) -> Result<Option<String>, Stop> {
        if self.rules.custom.is_empty() {
            return Ok(None);
        }
        let fields = custom_field::list_in(tx, &self.scope).await?;
        let differs = |wanted: &&CustomTarget| {
            let now = fields.iter().find(|field| field.id == wanted.id);
            now.is_some_and(|now| now.kind != wanted.kind || now.choices() != wanted.choices)
        };
        Ok(self.rules.custom.iter().find(differs).map(|field| field.name.clone()))
    }

    /// The rows of a chunk, counted in `next` and `causes`. `false` when somebody else made one of its contacts
    /// in between.
    async fn write_chunk(
        &mut self,
        tx: &mut Tx,
        mut chunk: Chunk,
        owners: &[MemberId],
        next: &mut Import,
        causes: &mut BTreeMap<String, i64>,
        rejected: &mut Rejected,
    ) -> Result<bool, Stop> {
        next.rows_read += chunk.read;
        next.failed += chunk.failed;
        next.position = chunk.position;
        for (cause, count) in chunk.causes {
            *causes.entry(cause).or_default() += count;
        }
        let now = self.app.clock.now();
        suppression::recognise(tx, &self.scope, chunk.accepted.addresses(), &self.app.keys, now).await?;
        let rows = import::Rows {
            import: next.id.as_str(),
            batch: chunk.accepted,
            match_by: self.rules.match_by,
            on_match: self.rules.on_match,
            by_field: self.by_field.as_ref(),
            custom: &self.custom,
            sets: &self.sets,
            owners,
            made_before: next.created,
            agreed: self.agreed.as_ref(),
        };
        let written = import::write(&self.app.db, tx, &self.scope, rows, &mut self.memory, now).await?;
        let Some(import::Written { outcomes, ids, refused }) = written else { return Ok(false) };
        if !refused.is_empty() {
            next.failed += refused.len() as i64;
            *causes.entry(EMAIL_TAKEN.message.to_owned()).or_default() += refused.len() as i64;
            let lines = refused.iter().filter_map(|place| chunk.late.get(*place));
            chunk.rejected.extend(lines.flat_map(|row| &row.told));
        }
        if let Some((first, last)) = ids {
            // Another node, whose clock may be behind, can have written the chunks before.
            next.first_contact_id =
                Some(next.first_contact_id.take().map_or_else(|| first.clone(), |id| id.min(first.clone())));
            next.last_contact_id = next.last_contact_id.take().max(Some(last));
        }
        next.created += outcomes.created;
        next.updated += outcomes.updated;
        next.unchanged += outcomes.unchanged;
        next.skipped += outcomes.skipped;
        next.suppressed += outcomes.suppressed;
        // On disk before the commit that counts it.
        next.rejected_bytes = rejected.append(&chunk.rejected).await?;
        Ok(true)
    }

    async fn end(&self, end: End) -> Result<(), Stop> {
        let (status, error) = match &end {
            End::Completed => (JobStatus::Completed, None),
            End::Cancelled => (JobStatus::Cancelled, None),
            End::Failed(text) => (JobStatus::Failed, Some(text.as_str())),
        };
        let import = &self.import;
        let result = json!({
            "import_id": import.id, "rows_read": import.rows_read, "created": import.created, "updated": import.updated,
            "unchanged": import.unchanged, "skipped": import.skipped, "failed": import.failed, "suppressed": import.suppressed,
        });
        let now = self.app.clock.now();
        import::bring_back(&self.app.db).await?;
        let tx = self.app.db.begin().await?;
        self.hold(&tx, import.rows_read).await?;
        import::finish(&tx, &self.scope, &import.id, status.as_str(), error, now).await?;
        job::finish(&tx, &self.job.id, &self.worker, status, Some(&result), error, now).await?;
        self.app.commit(tx).await?;
        super::forget_upload(&self.app, &import.id).await;
        let event = if matches!(end, End::Failed(_)) { "job.failed" } else { "job.completed" };
        self.tell(event, json!({ "status": status, "result": result }));
        self.app.tell(&self.scope.workspace, "contacts:updated", json!({}));
        self.app.tell(&self.scope.workspace, "stats:updated", json!({}));
        Ok(())
    }

    fn tell(&self, event: &str, more: Value) {
        let (done, total) = (self.import.rows_read, self.about.rows);
        let mut data = json!({
            "job_id": self.job.id, "kind": self.job.kind, "import_id": self.import.id, "done": done, "total": total,
            "progress": super::view::share(done, total),
        });
        if let (Some(data), Value::Object(more)) = (data.as_object_mut(), more) {
            data.extend(more);
        }
        self.app.tell(&self.scope.workspace, event, data);
    }
}
