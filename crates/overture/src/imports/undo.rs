//! The job that undoes an import (see [`store::import::undo`]).

use super::{
    One,
    view::{UndoStatus, View, share, undo_of, view},
};
use crate::{
    app::App,
    clock::boot_ms,
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    JobStatus,
    ids::{ImportId, JobId},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope,
    import::{
        self, Import,
        undo::{self, Undone},
    },
    job::{self, Job},
};

/// Contacts per transaction.
const ROUND: i64 = 1_000;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

pub(super) async fn ask(ctx: Ctx, input: One) -> Result<View> {
    let found = import::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let undo = undo_of(&ctx.app, &found)?;
    let refused = match undo.map(|undo| undo.status) {
        Some(UndoStatus::Possible) => None,
        Some(UndoStatus::Running) => Some(("import.undone", "This import is being undone already")),
        Some(UndoStatus::Done) => Some(("import.undone", "This import has been undone already")),
        Some(UndoStatus::Expired) => Some((
            "import.undo_expired",
            "This import was over more than 30 days ago. Delete its contacts instead",
        )),
        None if found.completed_at.is_none() || found.status == "running" => {
            Some(("import.not_over", "This import is not over yet. Stop it first, or wait for its end"))
        }
        None => Some(("import.undone", "This import has written nothing that could be undone")),
    };
    if let Some((code, message)) = refused {
        return Err(Error::conflict(code, message));
    }
    let job = store::new_id(JobId::from_uuid);
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    job::enqueue(&tx, &ctx.scope, &job, "import_undo", &json!({ "import_id": found.id }), now).await?;
    undo::ask(&tx, &ctx.scope, &found, &job, now).await?;
    ctx.app.commit(tx).await?;
    let data = json!({ "job_id": job, "kind": "import_undo", "import_id": found.id, "progress": 0.0 });
    ctx.app.tell(&ctx.scope.workspace, "job.queued", data);
    ctx.app.wake.jobs.notify_one();
    view(&ctx.app, import::get(&ctx.app.db, &ctx.scope, &found.id).await?)
}

/// Runs the job until the import is undone, or somebody wished it to stop. It goes on where it was.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    run_in_rounds(app, job, worker, ROUND).await
}

/// [`run`] with a number of contacts per transaction.
pub async fn run_in_rounds(app: &Arc<App>, job: Job, worker: &str, limit: i64) -> Result<()> {
    let parameters: Value = serde_json::from_str(&job.parameters)?;
    let id: ImportId = serde_json::from_value(parameters["import_id"].clone())?;
    let scope = Scope::system(job.workspace_id.clone());
    let import = import::get(&app.db, &scope, &id).await?;
    if import.undo_job_id.as_ref() != Some(&job.id) {
        let tx = app.db.begin().await?;
        let text = "Somebody asked again to undo this import; the newer job does it";
        job::finish(&tx, &job.id, worker, JobStatus::Cancelled, None, Some(text), app.clock.now()).await?;
        app.commit(tx).await?;
        return Ok(());
    }
    let mut undone: Undone = serde_json::from_str(&import.undo)?;
    let total = import.created + import.updated;
    let mut reported_at = 0;
    loop {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let held = job::progress(&tx, &job.id, worker, undone.done(), total, app.config.lease_ms).await;
        let held = match held {
            Err(store::Error::Conflict(text)) => {
                tracing::info!(import = %id, "{text}: the undo goes on elsewhere");
                return Ok(());
            }
            held => held?,
        };
        if held.cancel_requested != 0 {
            job::finish(&tx, &job.id, worker, JobStatus::Cancelled, None, None, now).await?;
            app.commit(tx).await?;
            tell(app, &job, &import, &undone, "job.completed", JobStatus::Cancelled);
            return Ok(());
        }
        let is_more = undo::go_on(&tx, &scope, &import, &mut undone, limit, now).await?;
        undo::advance(&tx, &scope, &id, &undone, (!is_more).then_some(now)).await?;
        if !is_more {
            let result = json!({
                "import_id": id, "removed": undone.removed, "restored": undone.restored, "edited": undone.edited,
                "in_use": undone.in_use,
            });
            job::finish(&tx, &job.id, worker, JobStatus::Completed, Some(&result), None, now).await?;
        }
        app.commit(tx).await?;
        if !is_more {
            break;
        }
        if boot_ms() - reported_at >= REPORT_MS {
            reported_at = boot_ms();
            tell(app, &job, &import, &undone, "job.progress", JobStatus::Processing);
        }
    }
    tell(app, &job, &import, &undone, "job.completed", JobStatus::Completed);
    app.wake.segments.notify_one();
    app.tell(&scope.workspace, "contacts:updated", json!({}));
    app.tell(&scope.workspace, "stats:updated", json!({}));
    Ok(())
}

fn tell(app: &App, job: &Job, import: &Import, undone: &Undone, event: &str, status: JobStatus) {
    let (done, total) = (undone.done(), import.created + import.updated);
    let data = json!({
        "job_id": job.id, "kind": job.kind, "import_id": import.id, "done": done, "total": total,
        "progress": share(done, total), "status": status,
    });
    app.tell(&job.workspace_id, event, data);
}
