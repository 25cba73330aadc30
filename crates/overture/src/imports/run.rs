//! The job of an import. The file is read and judged on a thread of its own; each chunk is written in one
//! transaction together with its counts, its place in the file and the length of the rejected rows, so that
//! a crash at any moment neither loses nor repeats a row.

use super::{
    Rejections, Rules,
    reader::{RowOutcome, Rows},
    rejected_path,
    sniff::Sniffed,
    source::ImportProblem,
    upload_path,
};
use crate::{app::App, clock::boot_ms, error::Result, loops::LEASE_MS};
use domain::{JobStatus, ids::ImportId, import::Mapping};
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs::OpenOptions,
    io::{Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use store::{
    Scope,
    contact::Fields,
    import::{self, Companies, Import},
    job::{self, Job},
};
use tokio::sync::mpsc;

/// Rows in one transaction.
const CHUNK: usize = 10_000;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

/// Accepted and rejected rows that were read together.
#[derive(Default)]
struct Chunk {
    accepted: Vec<Fields>,
    /// The rejected rows as CSV, with their reasons.
    rejected: Vec<u8>,
    causes: BTreeMap<String, u64>,
    read: i64,
    failed: i64,
}

/// Runs an import job to its end, to its cancellation, or to an error that a retry may mend.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    let scope = Scope::system(job.workspace_id.clone());
    let parameters: serde_json::Value = serde_json::from_str(&job.parameters)?;
    let id: ImportId = serde_json::from_value(parameters["import_id"].clone())?;
    let mut import = import::get(&app.db, &scope, &id).await?;
    let scope = Scope { member: import.owner_id.clone(), ..scope };
    if import.status != "running" {
        return end(app, &scope, &job, worker, &import, JobStatus::Completed, None).await;
    }
    app.tell(&scope.workspace, "job.started", json!({ "job_id": job.id, "kind": job.kind, "progress": 0.0 }));
    let sniffed: Sniffed = serde_json::from_str(&import.sniffed)?;
    let rules: Rules = serde_json::from_str(import.mapping.as_deref().unwrap_or("{}"))?;
    let mapping = rules.check(&sniffed.columns, "US")?;
    let mut rejections: Rejections = serde_json::from_str(&import.causes).unwrap_or_default();
    let path = upload_path(app, &id);
    // The whole file is read once before the first row is written: a quote that never closes at its end must
    // not leave half of it imported.
    if rejections.total == 0 {
        match count(path.clone(), sniffed.clone()).await? {
            Ok(total) => rejections.total = total,
            Err(problem) => {
                return end(app, &scope, &job, worker, &import, JobStatus::Failed, Some(&problem.message))
                    .await;
            }
        }
    }
    let mut aside = Aside::open(
        rejected_path(app, &id),
        &sniffed.columns,
        u64::try_from(import.rejected_bytes).unwrap_or(0),
    )?;
    let (sender, mut chunks) = mpsc::channel(2);
    let done = import.rows_read;
    let reading = tokio::task::spawn_blocking(move || read(&path, &sniffed, &mapping, done, &sender));
    let mut companies = Companies::default();
    let mut reported = 0;
    while let Some(chunk) = chunks.recv().await {
        aside.append(&chunk.rejected)?;
        import.rejected_bytes = i64::try_from(aside.length).unwrap_or(i64::MAX);
        for (cause, times) in &chunk.causes {
            *rejections.by_cause.entry(cause.clone()).or_default() += times;
        }
        let cancelled =
            write(app, &scope, &job, worker, &mut import, chunk, &rules, &rejections, &mut companies).await?;
        if boot_ms() - reported >= REPORT_MS {
            reported = boot_ms();
            report(app, &scope, &job, &import, rejections.total);
        }
        if cancelled {
            drop(chunks);
            reading.await.map_err(anyhow::Error::from)?.map_err(anyhow::Error::from)?;
            return end(app, &scope, &job, worker, &import, JobStatus::Cancelled, None).await;
        }
    }
    match reading.await.map_err(anyhow::Error::from)? {
        Ok(()) => end(app, &scope, &job, worker, &import, JobStatus::Completed, None).await,
        Err(problem) => {
            end(app, &scope, &job, worker, &import, JobStatus::Failed, Some(&problem.message)).await
        }
    }
}

async fn count(path: PathBuf, sniffed: Sniffed) -> Result<Result<u64, ImportProblem>> {
    let counted = tokio::task::spawn_blocking(move || Rows::count(&path, &sniffed))
        .await
        .map_err(anyhow::Error::from)?;
    Ok(counted.map(|count| count.rows + count.bad))
}

/// Writes one chunk; `true` when somebody asked to stop.
#[expect(clippy::too_many_arguments, reason = "the state of one run, each part from another place")]
async fn write(
    app: &Arc<App>,
    scope: &Scope,
    job: &Job,
    worker: &str,
    import: &mut Import,
    chunk: Chunk,
    rules: &Rules,
    rejections: &Rejections,
    companies: &mut Companies,
) -> Result<bool> {
    loop {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let total = i64::try_from(rejections.total).unwrap_or(i64::MAX);
        let state =
            job::progress(&tx, &job.id, worker, import.rows_read + chunk.read, total, LEASE_MS).await?;
        let written = import::write(
            &tx,
            scope,
            import.id.as_str(),
            chunk.accepted.clone(),
            rules.on_match,
            companies,
            now,
        )
        .await?;
        let Some(outcomes) = written else {
            // Somebody else made one of these contacts in between: it can be seen now.
            *companies = Companies::default();
            continue;
        };
        let mut next = import.clone();
        next.rows_read += chunk.read;
        next.created += outcomes.created;
        next.updated += outcomes.updated;
        next.unchanged += outcomes.unchanged;
        next.skipped += outcomes.skipped;
        next.suppressed += outcomes.suppressed;
        next.failed += chunk.failed;
        next.causes = serde_json::to_string(rejections)?;
        import::advance(&tx, scope, &next).await?;
        app.commit(tx).await?;
        *import = next;
        return Ok(state.cancel_requested == 1);
    }
}

fn report(app: &App, scope: &Scope, job: &Job, import: &Import, total: u64) {
    let progress = if total > 0 { import.rows_read as f64 / total as f64 } else { 0.0 };
    let data = json!({ "job_id": job.id, "kind": job.kind, "import_id": import.id, "progress": progress, "done": import.rows_read, "total": total });
    app.tell(&scope.workspace, "job.progress", data);
}

async fn end(
    app: &Arc<App>,
    scope: &Scope,
    job: &Job,
    worker: &str,
    import: &Import,
    status: JobStatus,
    error: Option<&str>,
) -> Result<()> {
    let now = app.clock.now();
    let result = json!({
        "created": import.created, "updated": import.updated, "unchanged": import.unchanged, "skipped": import.skipped,
        "failed": import.failed, "suppressed": import.suppressed, "rows_read": import.rows_read,
    });
    let tx = app.db.begin().await?;
    if import.status == "running" {
        import::finish(&tx, scope, &import.id, status.as_str(), error, now).await?;
    }
    job::finish(&tx, &job.id, worker, status, Some(&result), error, now).await?;
    app.commit(tx).await?;
    let event = if status == JobStatus::Completed { "job.completed" } else { "job.failed" };
    app.tell(&scope.workspace, event, json!({ "job_id": job.id, "kind": job.kind, "import_id": import.id, "progress": 1.0, "status": status }));
    app.tell(&scope.workspace, "contacts:updated", json!({}));
    app.tell(&scope.workspace, "stats:updated", json!({}));
    Ok(())
}

/// Reads the rows that are not committed yet and judges them. Ends early when nobody listens any more.
fn read(
    path: &Path,
    sniffed: &Sniffed,
    mapping: &Mapping,
    done: i64,
    chunks: &mpsc::Sender<Chunk>,
) -> Result<(), ImportProblem> {
    let mut rows = Rows::open(path, sniffed)?;
    let mut record = csv::ByteRecord::new();
    let mut seen = 0;
    let mut chunk = Chunk::default();
    loop {
        let outcome = rows.next(&mut record)?;
        if matches!(outcome, RowOutcome::End) {
            break;
        }
        seen += 1;
        if seen <= done {
            continue;
        }
        chunk.read += 1;
        let reason = match outcome {
            RowOutcome::Bad { line, reason } => Some((reason.clone(), format!("Line {line}: {reason}"))),
            RowOutcome::Row(line) => match mapping.row_bytes(|index| record.get(index)) {
                Ok(row) => {
                    chunk.accepted.push(fields(row));
                    None
                }
                Err(problem) => Some((problem.to_string(), format!("Line {line}: {problem}"))),
            },
            RowOutcome::End => None,
        };
        if let Some((cause, told)) = reason {
            chunk.failed += 1;
            // A cause that carries numbers of its own would make a group per row.
            let group: String =
                cause.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).take(120).collect();
            *chunk.causes.entry(group).or_default() += 1;
            append_rejected(&mut chunk.rejected, &record, sniffed.columns.len(), &told);
        }
        if chunk.read as usize >= CHUNK && chunks.blocking_send(std::mem::take(&mut chunk)).is_err() {
            return Ok(());
        }
    }
    if chunk.read > 0 && chunks.blocking_send(chunk).is_err() {
        tracing::debug!("the import was stopped before its last chunk");
    }
    Ok(())
}

fn fields(row: domain::import::Row<'_>) -> Fields {
    let text = |value: Option<std::borrow::Cow<'_, str>>| value.map(std::borrow::Cow::into_owned);
    let (email, email_key) = row.email.map_or((None, None), |e| (Some(e.display), Some(e.key)));
    Fields {
        email,
        email_key,
        phone: row.phone,
        first_name: text(row.first_name),
        last_name: text(row.last_name),
        company: text(row.company),
        title: text(row.title),
        city: text(row.city),
        country: text(row.country),
        time_zone: text(row.time_zone),
        status: None,
    }
}

/// The row as it was, padded to the header, with the reason behind it.
fn append_rejected(out: &mut Vec<u8>, record: &csv::ByteRecord, columns: usize, reason: &str) {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let mut cells: Vec<&[u8]> = record.iter().collect();
    cells.resize(columns.max(cells.len()), b"");
    cells.push(reason.as_bytes());
    if writer.write_record(&cells).is_ok()
        && let Ok(line) = writer.into_inner()
    {
        out.extend_from_slice(&line);
    }
}

/// The file of rejected rows, never longer than what is committed plus the chunk at hand.
struct Aside {
    file: Option<std::fs::File>,
    path: PathBuf,
    header: Vec<u8>,
    length: u64,
}

impl Aside {
    fn open(path: PathBuf, columns: &[String], committed: u64) -> Result<Self> {
        let mut header = Vec::new();
        let record = csv::ByteRecord::from(columns.iter().map(String::as_bytes).collect::<Vec<_>>());
        append_rejected(&mut header, &record, columns.len(), "_error");
        let mut aside = Self { file: None, path, header, length: committed };
        if committed > 0 {
            let mut file = OpenOptions::new().write(true).open(&aside.path)?;
            file.set_len(committed)?;
            file.seek(std::io::SeekFrom::End(0))?;
            aside.file = Some(file);
        }
        Ok(aside)
    }

    /// Appends and syncs: what the commit will count must be there after a power cut.
    fn append(&mut self, rows: &[u8]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            let mut file = std::fs::File::create(&self.path)?;
            file.write_all(&self.header)?;
            self.length = self.header.len() as u64;
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_all(rows)?;
            file.sync_data()?;
            self.length += rows.len() as u64;
        }
        Ok(())
    }
}
