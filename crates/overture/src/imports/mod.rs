//! Imports: a file becomes contacts, with one outcome per row.
//!
//! The file is uploaded and looked at ([`sniff`]), its columns are mapped, and a job ([`run`]) writes it in
//! chunks. What is counted is what the database did; rejected rows come back as a file.

pub mod reader;
pub mod run;
pub mod sniff;
pub mod source;

use crate::{
    app::App,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    ids::{ImportId, JobId},
    import::{ContactField, Mapping, guess_field},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sniff::Sniffed;
use std::{collections::BTreeMap, path::PathBuf};
use store::import::{self, Import, OnMatch};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "import_cancel",
            "POST /imports/{id}/cancel",
            Access::Write,
            "Stop a running import; what is written stays.",
            cancel,
        ),
        Tool::new("import_get", "GET /imports/{id}", Access::Read, "Read one import with its progress.", get),
        Tool::new("import_list", "GET /imports", Access::Read, "List imports, newest first.", list),
        Tool::new(
            "import_start",
            "POST /imports/{id}/start",
            Access::Write,
            "Map the columns and start.",
            start,
        ),
    ]
}

/// Where an uploaded file lies.
pub fn upload_path(app: &App, id: &ImportId) -> PathBuf {
    app.files().join("imports").join(format!("{id}.upload"))
}

/// Where its rejected rows lie.
pub fn rejected_path(app: &App, id: &ImportId) -> PathBuf {
    app.files().join("imports").join(format!("{id}.rejected.csv"))
}

/// How the columns map and what the rules are.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Column name to field; `ignore` or nothing leaves a column out.
    pub mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code; the workspace's when left out.
    #[serde(default)]
    pub default_country: Option<String>,
    /// What happens when a row meets a contact that exists.
    #[serde(default = "fill")]
    pub on_match: OnMatch,
}

fn fill() -> OnMatch {
    OnMatch::Fill
}

impl Rules {
    /// Checks the mapping against the header of the file.
    pub fn check(&self, columns: &[String], workspace_country: &str) -> Result<Mapping> {
        let mut problems = Vec::new();
        let mut pairs = Vec::new();
        for (column, field) in &self.mapping {
            match field.parse::<ContactField>() {
                Ok(field) => pairs.push((column.clone(), field)),
                Err(error) => problems
                    .push(FieldError { field: format!("mapping.{column}"), message: error.to_string() }),
            }
        }
        let country = self.default_country.as_deref().filter(|c| !c.is_empty()).unwrap_or(workspace_country);
        let mapping = Mapping::new(columns, &pairs, country).map_err(|found| {
            for problem in found {
                let field =
                    problem.column.map_or_else(|| "mapping".to_owned(), |column| format!("mapping.{column}"));
                problems.push(FieldError { field, message: problem.message });
            }
        });
        match mapping {
            Ok(mapping) if problems.is_empty() => Ok(mapping),
            _ => {
                let first = problems.first().map_or("", |p| p.message.as_str());
                let mut error = Error::new(
                    Kind::Invalid,
                    "import.mapping_invalid",
                    format!("The columns cannot be mapped like this. {first}"),
                );
                error.fields = problems;
                Err(error)
            }
        }
    }
}

/// Rejections so far, kept with the counts.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rejections {
    /// Rows by cause, in plain words.
    pub by_cause: BTreeMap<String, u64>,
    /// Rows of the whole file, once they were counted.
    pub total: u64,
}

/// An import as the pages see it.
pub fn view(import: &Import) -> Result<Value> {
    let sniffed: Sniffed = serde_json::from_str(&import.sniffed)?;
    let rejections: Rejections = serde_json::from_str(&import.causes).unwrap_or_default();
    let columns: Vec<Value> = sniffed
        .columns
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let cells: Vec<&str> =
                sniffed.preview.iter().filter_map(|row| row.get(index)).map(String::as_str).filter(|c| !c.is_empty()).collect();
            let guess = guess_field(name, &cells);
            let samples: Vec<&&str> = cells.iter().take(3).collect();
            json!({ "name": name, "samples": samples, "guess": guess.map(|g| g.0), "confidence": guess.map_or(0.0, |g| g.1) })
        })
        .collect();
    let read = import.rows_read as f64;
    let progress = match import.status.as_str() {
        "completed" => 1.0,
        _ if rejections.total > 0 => (read / rejections.total as f64).min(1.0),
        _ => 0.0,
    };
    let mut causes: Vec<(&String, &u64)> = rejections.by_cause.iter().collect();
    causes.sort_by(|a, b| b.1.cmp(a.1));
    let causes: Vec<Value> =
        causes.into_iter().map(|(cause, count)| json!({ "cause": cause, "count": count })).collect();
    let seconds = match (import.started_at, import.completed_at) {
        (Some(from), Some(until)) => Some((until.0 - from.0).max(1) as f64 / 1000.0),
        _ => None,
    };
    Ok(json!({
        "id": import.id, "file_name": import.file_name, "bytes": import.bytes, "encoding": sniffed.encoding,
        "delimiter": char::from(sniffed.delimiter).to_string(), "columns": columns, "rows_preview": sniffed.preview, "problem": null,
        "status": import.status, "job_id": import.job_id, "progress": progress, "total": rejections.total,
        "rows_read": import.rows_read, "created": import.created, "updated": import.updated, "unchanged": import.unchanged,
        "skipped": import.skipped, "failed": import.failed, "suppressed": import.suppressed,
        "rows_per_second": seconds.map(|s| (read / s).round()), "error": import.error, "causes": causes,
        "rejected_url": (import.failed > 0).then(|| format!("/api/imports/{}/rejected.csv", import.id)),
        "created_at": import.created_at, "started_at": import.started_at, "completed_at": import.completed_at,
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Value> {
    let page = import::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?;
    let data = page.data.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the import.
    id: ImportId,
}

async fn get(ctx: Ctx, input: One) -> Result<Value> {
    view(&import::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
struct Start {
    /// Id of the import.
    id: ImportId,
    #[serde(flatten)]
    rules: Rules,
}

async fn start(ctx: Ctx, input: Start) -> Result<Value> {
    begin(&ctx, &input.id, &input.rules).await?;
    view(&import::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

/// Checks the rules and queues the job, in one transaction.
pub async fn begin(ctx: &Ctx, id: &ImportId, rules: &Rules) -> Result<JobId> {
    let found = import::get(&ctx.app.db, &ctx.scope, id).await?;
    let sniffed: Sniffed = serde_json::from_str(&found.sniffed)?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    rules.check(&sniffed.columns, &workspace.default_country)?;
    let rules = Rules {
        default_country: rules.default_country.clone().or(Some(workspace.default_country)),
        ..rules.clone()
    };
    let job = store::new_id(JobId::from_uuid);
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin().await?;
    store::job::enqueue(&tx, &ctx.scope, &job, "import", &json!({ "import_id": id }), now).await?;
    import::start(&tx, &ctx.scope, id, &serde_json::to_string(&rules)?, &job, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(
        &ctx.scope.workspace,
        "job.queued",
        json!({ "job_id": job, "kind": "import", "progress": 0.0 }),
    );
    ctx.app.wake.jobs.notify_one();
    Ok(job)
}

async fn cancel(ctx: Ctx, input: One) -> Result<Value> {
    let found = import::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let job =
        found.job_id.ok_or_else(|| Error::conflict("import.not_running", "This import does not run"))?;
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin().await?;
    let job = store::job::cancel(&tx, &ctx.scope, &job, now).await?;
    if job.status == domain::JobStatus::Cancelled {
        import::finish(&tx, &ctx.scope, &input.id, "cancelled", None, now).await?;
    }
    ctx.app.commit(tx).await?;
    view(&import::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}
