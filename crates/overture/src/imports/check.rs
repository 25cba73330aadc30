//! The check of an import: what it would do, found out over all rows before it is started (see
//! [`store::import::Rehearsal`]). A job, so that it goes on when the page is closed; nothing of it is kept once the
//! import has been started.

use super::{
    Choices, Rules,
    about::About,
    convert::Format,
    folder,
    judge::{self, Chunk, Finding, Late, Task},
    people::{self, ImportConsent},
    rejected::Layout,
    source::ImportProblem,
    upload_path,
    view::{sentence, share},
};
use crate::{app::App, clock::boot_ms, error::Result, tool::Ctx};
use domain::{
    JobStatus,
    ids::{CustomFieldId, ImportId, JobId, MemberId},
    import::{ContactField, EMAIL_TAKEN, MatchBy, Target, WithoutKey},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};
use store::{
    Scope, custom_field,
    import::{self, Import, Rehearsal},
    job::{self, Job},
    member,
};
use tokio::sync::mpsc;

/// As the import itself does, so that also what depends on the order of new contacts is the same.
const CHUNK_ROWS: i64 = 8_000;
/// Causes that are told one by one; there are hardly more, unless a file has a thousand columns.
const MAX_CAUSES: usize = 100;
/// Examples of a cause.
pub(super) const MAX_EXAMPLES: usize = 5;
/// Least time between two reports, in real milliseconds.
const REPORT_MS: i64 = 400;
/// Rows after which the log of the rehearsal is moved to its place.
const CHECKPOINT_ROWS: i64 = 160_000;

/// What is stored of a check.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Checked {
    #[serde(default)]
    asked: Choices,
    #[serde(default)]
    found: Option<Found>,
}

/// What a check found.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Rows of the file.
    pub rows_read: i64,
    /// Rows that would make a contact.
    pub created: i64,
    /// Rows that would change a contact.
    pub updated: i64,
    /// Rows whose contact would need no change.
    pub unchanged: i64,
    /// Rows whose contact would be left alone, as asked.
    pub skipped: i64,
    /// Rows that would be rejected.
    pub failed: i64,
    /// Of the others, those whose address must not be written to.
    pub suppressed: i64,
    /// Of the others, those with the address of a row before them.
    pub duplicates: i64,
    /// Values that would be left out because they cannot be used.
    pub left_out: i64,
    /// Why rows would be rejected, the most frequent cause first.
    pub causes: Vec<CheckCause>,
}

/// Rows that would be rejected for one reason.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct CheckCause {
    /// A sentence.
    pub cause: String,
    /// The same for programs: `phone.invalid`, `row.no_address`, …
    pub code: String,
    /// The column that it is about; null where it is about the whole row.
    pub column: Option<String>,
    /// How many rows.
    pub count: i64,
    /// Some of them.
    pub examples: Vec<Example>,
}

/// A row that would be rejected.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Example {
    /// `Line 7`, `Row 7` or `Card 6`.
    pub place: String,
    /// What stands in the column; of a whole row its first cells.
    pub value: String,
}

/// The check of an import that is not started yet.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Check {
    /// `running`, `done`, `failed` or `cancelled`.
    status: &'static str,
    /// How much is done, 0 to 1.
    progress: f64,
    /// What it was asked.
    asked: Choices,
    /// What it found; null while it runs.
    found: Option<Found>,
    /// Why it failed.
    error: Option<String>,
}

/// The check of an import, if one was asked for.
pub fn check_of(import: &Import, rows: i64) -> Result<Option<Check>> {
    let Some(text) = &import.checked else { return Ok(None) };
    let Checked { asked, found } = serde_json::from_str(text)?;
    let status = match (found.is_some(), import.check_status) {
        (true, _) => "done",
        (false, Some(JobStatus::Failed | JobStatus::Dead)) => "failed",
        (false, Some(JobStatus::Cancelled | JobStatus::Completed)) => "cancelled",
        (false, _) => "running",
    };
    let progress = if found.is_some() { 1.0 } else { share(import.check_done.unwrap_or(0), rows) };
    Ok(Some(Check { status, progress, asked, found, error: import.check_error.clone() }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// Id of the import.
    id: ImportId,
    /// Column name to field, `custom.key` for a custom one; `ignore` or nothing leaves a column out.
    mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code; the workspace's when left out.
    default_country: Option<String>,
    /// What finds the contact of a row; `email_then_phone` when left out.
    match_by: Option<MatchBy>,
    /// What happens to a row that does not have it, where that is one field alone; `create` when left out.
    without_key: Option<WithoutKey>,
    /// What happens when a row meets a contact that exists; `fill` when left out.
    on_match: Option<import::OnMatch>,
    /// Column name to what happens instead of `on_match` with its value, when a row meets a contact that exists.
    #[serde(default)]
    on_match_columns: BTreeMap<String, import::OnMatch>,
    /// Names of columns whose values are left out where they cannot be used, instead of refusing their rows.
    #[serde(default)]
    leave_out: Vec<String>,
    /// Ids of the members that the new contacts are to be given to. They change no number, and are only looked at.
    #[serde(default)]
    owner_ids: Vec<MemberId>,
    /// What the people of the file agreed to. It changes no number, and is only looked at.
    consent: Option<ImportConsent>,
}

pub(super) async fn ask(ctx: Ctx, input: Ask) -> Result<super::view::View> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let Ask { id, mapping, default_country, on_match, on_match_columns, leave_out, .. } = input;
    people::owners(&ctx, &input.owner_ids).await?;
    input.consent.map(|consent| consent.settled(ctx.app.clock.now())).transpose()?;
    let found = import::get(db, scope, &id).await?;
    let about: About = serde_json::from_str(&found.sniffed)?;
    let asked = Choices {
        mapping,
        default_country,
        match_by: input.match_by.unwrap_or_else(super::rules::email_then_phone),
        without_key: input.without_key.unwrap_or_else(super::rules::made_anyway),
        on_match: on_match.unwrap_or(import::OnMatch::Fill),
        on_match_columns,
        leave_out,
    };
    let workspace = store::workspace::get(db, scope).await?;
    let rules = Rules::chosen(asked.clone())
        .with_custom(custom_field::list(db, scope).await?)
        .settled(&about, &workspace.default_country)?;
    let (job, now) = (store::new_id(JobId::from_uuid), ctx.app.clock.now());
    let checked = serde_json::to_string(&Checked { asked, found: None })?;
    let tx = db.begin_for(scope).await?;
    let parameters = json!({ "import_id": id, "rules": rules });
    job::enqueue(&tx, scope, &job, "import_check", &parameters, now).await?;
    import::ask_check(&tx, scope, &id, &job, &checked).await?;
    ctx.app.commit(tx).await?;
    let data = json!({ "job_id": job, "kind": "import_check", "import_id": id, "progress": 0.0 });
    ctx.app.tell(&scope.workspace, "job.queued", data);
    ctx.app.wake.jobs.notify_one();
    super::view::view(&ctx.app, import::get(db, scope, &id).await?)
}

/// Runs the job. After a crash it begins anew: nothing has been written that it would have to go on from.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    let parameters: Value = serde_json::from_str(&job.parameters)?;
    let id: ImportId = serde_json::from_value(parameters["import_id"].clone())?;
    let system = Scope::system(job.workspace_id.clone());
    let import = import::get(&app.db, &system, &id).await?;
    let scope = match &import.owner_id {
        Some(owner) => member::scope_of(&app.db, &system.workspace, owner).await?,
        None => system,
    };
    let run = Run {
        app,
        scope,
        rules: serde_json::from_value(parameters["rules"].clone())?,
        about: serde_json::from_str(&import.sniffed)?,
        worker,
        reported_at: 0,
        import,
        job,
    };
    run.work_off().await
}

struct Run<'a> {
    app: &'a Arc<App>,
    scope: Scope,
    rules: Rules,
    about: About,
    worker: &'a str,
    reported_at: i64,
    import: Import,
    job: Job,
}

/// The rows that the database would refuse, as a finding.
fn late(kept: &[Late], refused: &[usize]) -> Finding {
    let shown = refused.iter().filter_map(|place| kept.get(*place)).take(MAX_EXAMPLES);
    Finding {
        code: EMAIL_TAKEN.code,
        count: refused.len() as i64,
        examples: shown.map(|row| (row.line, row.email.clone())).collect(),
    }
}

impl Run<'_> {
    async fn work_off(mut self) -> Result<()> {
        let path = upload_path(self.app, &self.import.id);
        if !self.is_wanted(0).await? {
            return Ok(());
        }
        if !path.exists() {
            let text = "The uploaded file is not there any more. Upload it again";
            return self.end(JobStatus::Failed, None, Some(text)).await;
        }
        let columns = &self.about.file.columns;
        let task = Task {
            path: path.clone(),
            file: self.about.file.clone(),
            format: self.about.format(),
            mapping: self.rules.check(columns, "US")?,
            layout: Layout::of(&path, &self.about.file)?,
            done: 0,
            chunk_rows: CHUNK_ROWS,
            examples: MAX_EXAMPLES,
            keeps_late: self.rules.may_refuse_late(),
            order: self.rules.order(),
        };
        let fields = custom_field::list(&self.app.db, &self.scope).await?;
        let place = tempfile::Builder::new().prefix("check-").tempdir_in(folder(self.app))?;
        let rehearsal = Rehearsal::begin(place.path(), &self.scope, self.import.id.as_str(), &fields).await?;
        let (sender, chunks) = mpsc::channel(1);
        let reading = tokio::task::spawn_blocking(move || judge::read(&task, &sender));
        let outcome = self.count(rehearsal, chunks).await;
        let read: Result<(), ImportProblem> = reading.await.map_err(anyhow::Error::from)?;
        match (outcome?, read) {
            (None, _) => Ok(()),
            (Some(_), Err(problem)) => self.end(JobStatus::Failed, None, Some(&problem.message)).await,
            (Some(found), Ok(())) => self.end(JobStatus::Completed, Some(found), None).await,
        }
    }

    /// Nothing when nobody wants to know any more.
    async fn count(
        &mut self,
        mut rehearsal: Rehearsal,
        mut chunks: mpsc::Receiver<Chunk>,
    ) -> Result<Option<Found>> {
        let custom: Vec<CustomFieldId> = self.rules.custom.iter().map(|field| field.id.clone()).collect();
        let (mut found, mut seen, hasher) = (Found::default(), HashSet::new(), RandomState::new());
        let mut findings: BTreeMap<(Option<usize>, &'static str), Finding> = BTreeMap::new();
        let by_field = self.rules.by_field();
        let email = self.column_of(ContactField::Email);
        let silence = Duration::from_millis(self.app.config.lease_ms.unsigned_abs() / 3);
        let mut moved = 0;
        loop {
            let chunk = match tokio::time::timeout(silence, chunks.recv()).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(_) if self.is_wanted(found.rows_read).await? => continue,
                Err(_) => return Ok(None),
            };
            found.rows_read += chunk.read;
            found.failed += chunk.failed;
            found.left_out += chunk.left_out;
            for key in chunk.accepted.match_keys(self.rules.match_by) {
                found.duplicates += i64::from(!seen.insert(hasher.hash_one(key)));
            }
            for (key, finding) in chunk.findings {
                if findings.len() < MAX_CAUSES || findings.contains_key(&key) {
                    findings.entry(key).or_default().join(finding, MAX_EXAMPLES);
                }
            }
            let rows = import::Rows {
                import: self.import.id.as_str(),
                batch: chunk.accepted,
                match_by: self.rules.match_by,
                on_match: self.rules.on_match,
                by_field: by_field.as_ref(),
                custom: &custom,
                sets: &[],
                owners: &[],
                made_before: 0,
                agreed: None,
            };
            let now = self.app.clock.now();
            let import::Written { outcomes, refused, .. } =
                rehearsal.write(&self.app.db, &self.app.keys, rows, now).await?;
            if !refused.is_empty() {
                found.failed += refused.len() as i64;
                let finding = late(&chunk.late, &refused);
                findings.entry((email, EMAIL_TAKEN.message)).or_default().join(finding, MAX_EXAMPLES);
            }
            found.created += outcomes.created;
            found.updated += outcomes.updated;
            found.unchanged += outcomes.unchanged;
            found.skipped += outcomes.skipped;
            found.suppressed += outcomes.suppressed;
            if found.rows_read - moved >= CHECKPOINT_ROWS {
                moved = found.rows_read;
                rehearsal.checkpoint().await?;
            }
            if boot_ms() - self.reported_at >= REPORT_MS && !self.is_wanted(found.rows_read).await? {
                return Ok(None);
            }
        }
        found.causes = self.causes(findings);
        Ok(Some(found))
    }

    /// The column that is a field.
    fn column_of(&self, field: ContactField) -> Option<usize> {
        let is_it = |to: &String| to == field.as_str();
        let name = self.rules.mapping.iter().find(|(_, to)| is_it(to)).map(|(column, _)| column)?;
        self.about.file.columns.iter().position(|column| column == name)
    }

    fn causes(&self, findings: BTreeMap<(Option<usize>, &'static str), Finding>) -> Vec<CheckCause> {
        let columns = &self.about.file.columns;
        let format: Format = self.about.format();
        let cause = |((column, cause), finding): ((Option<usize>, &'static str), Finding)| CheckCause {
            cause: sentence(cause),
            code: finding.code.to_owned(),
            column: column.and_then(|at| columns.get(at)).cloned(),
            count: finding.count,
            examples: finding
                .examples
                .into_iter()
                .map(|(line, value)| Example { place: format.place(line), value })
                .collect(),
        };
        let mut causes: Vec<CheckCause> = findings.into_iter().map(cause).collect();
        causes.sort_by_key(|cause| std::cmp::Reverse(cause.count));
        causes
    }

    /// Reports how far it is, and keeps the job. `false`, and the job is over, when somebody asked to stop, asked anew
    /// or started the import, or when another worker has it.
    async fn is_wanted(&mut self, done: i64) -> Result<bool> {
        self.reported_at = boot_ms();
        let system = Scope::system(self.scope.workspace.clone());
        let now = import::get(&self.app.db, &system, &self.import.id).await?;
        let is_current = now.status == "uploaded" && now.check_job_id.as_ref() == Some(&self.job.id);
        let tx = self.app.db.begin().await?;
        let lease = self.app.config.lease_ms;
        let held = match job::progress(&tx, &self.job.id, self.worker, done, self.about.rows, lease).await {
            Err(store::Error::Conflict(_)) => return Ok(false),
            held => held?,
        };
        let is_wanted = is_current && held.cancel_requested == 0;
        if !is_wanted {
            let at = self.app.clock.now();
            job::finish(&tx, &self.job.id, self.worker, JobStatus::Cancelled, None, None, at).await?;
        }
        self.app.commit(tx).await?;
        let event = if is_wanted { "job.progress" } else { "job.completed" };
        self.tell(event, share(done, self.about.rows));
        Ok(is_wanted)
    }

    async fn end(&self, status: JobStatus, found: Option<Found>, error: Option<&str>) -> Result<()> {
        let now = self.app.clock.now();
        let tx = self.app.db.begin().await?;
        // The lease is what another worker would have taken over.
        match job::progress(
            &tx,
            &self.job.id,
            self.worker,
            self.about.rows,
            self.about.rows,
            self.app.config.lease_ms,
        )
        .await
        {
            Err(store::Error::Conflict(_)) => return Ok(()),
            held => held?,
        };
        if let Some(found) = found {
            let asked: Checked = serde_json::from_str(self.import.checked.as_deref().unwrap_or("{}"))?;
            let text = serde_json::to_string(&Checked { found: Some(found), ..asked })?;
            import::set_checked(&tx, &self.scope, &self.import.id, &self.job.id, &text).await?;
        }
        job::finish(&tx, &self.job.id, self.worker, status, None, error, now).await?;
        self.app.commit(tx).await?;
        self.tell(if error.is_some() { "job.failed" } else { "job.completed" }, 1.0);
        Ok(())
    }

    fn tell(&self, event: &str, progress: f64) {
        let data = json!({
            "job_id": self.job.id, "kind": self.job.kind, "import_id": self.import.id, "progress": progress,
            "total": self.about.rows,
        });
        self.app.tell(&self.scope.workspace, event, data);
    }
}

/// Where a field stands in the file.
pub(super) fn column_of(mapping: &domain::import::Mapping, field: Target) -> Option<usize> {
    mapping.columns().iter().find(|(_, target)| *target == field).map(|(index, _)| *index)
}
