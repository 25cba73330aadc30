//! The jobs that do a bulk action and that undo it: slices of contacts in short transactions, each of which also says how
//! far it is. A worker that takes over goes on exactly there.

use super::Meant;
use crate::{
    app::App,
    clock::boot_ms,
    error::{Error, Kind, Result},
    imports::view::share,
    live,
};
use domain::{
    JobStatus,
    bulk::{Action, Change},
    ids::{BulkActionId, MemberId},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Scope,
    bulk::{self, BulkAction},
    contact::{self, Query},
    job::{self, Job},
    member,
};

/// Contacts per transaction.
const ROUND: i64 = 500;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

/// Which way it goes.
enum Way {
    /// The action, with those whom this finds.
    There(Box<Query>),
    /// Its undo.
    Back,
}

/// One of the two jobs, held by this worker.
struct Run<'a> {
    app: &'a Arc<App>,
    job: Job,
    worker: &'a str,
    /// The product's own.
    scope: Scope,
    /// Whoever asked.
    theirs: Scope,
    action: Action,
    way: Way,
    bulk: BulkAction,
}

/// Runs either job until it is over, or somebody wished it to stop. It goes on where it was.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    run_in_rounds(app, job, worker, ROUND).await
}

/// [`run`] with a number of contacts per transaction.
pub async fn run_in_rounds(app: &Arc<App>, job: Job, worker: &str, limit: i64) -> Result<()> {
    let parameters: Value = serde_json::from_str(&job.parameters)?;
    let id: BulkActionId = serde_json::from_value(parameters["bulk_action_id"].clone())?;
    let scope = Scope::system(job.workspace_id.clone());
    let bulk = bulk::get(&app.db, &scope, &id).await?;
    let action: Action = serde_json::from_str(&bulk.action)?;
    let is_back = job.kind == "bulk_undo";
    let by = if is_back { &bulk.undo_by } else { &bulk.owner_id };
    let theirs = sight_of(app, &scope, by.as_ref()).await?;
    let mut run = Run { app, job, worker, scope, theirs, action, way: Way::Back, bulk };
    if is_back && run.bulk.undo_job_id.as_ref() != Some(&run.job.id) {
        return run
            .stop(JobStatus::Cancelled, "Somebody asked again to undo this; the newer job does it")
            .await;
    }
    if !is_back {
        if run.bulk.undo_asked_at.is_some() {
            return run.stop(JobStatus::Cancelled, "What it had done was undone").await;
        }
        run.way = match run.meant().await {
            Ok(query) => Way::There(Box::new(query)),
            Err(error) => return run.fail(error).await,
        };
    }
    match run.go(limit).await {
        Err(error) => run.fail(error).await,
        done => done,
    }
}

/// What a member sees today, for whom this is done; the product itself sees everything.
async fn sight_of(app: &App, scope: &Scope, member: Option<&MemberId>) -> Result<Scope> {
    Ok(match member {
        Some(member) => member::scope_of(&app.db, &scope.workspace, member).await?,
        None => scope.clone(),
    })
}

impl Run<'_> {
    async fn meant(&self) -> Result<Query> {
        let Meant { who, in_words } = serde_json::from_str(&self.bulk.audience)?;
        let search = contact::sought_again(who.search.as_deref(), in_words);
        who.meaning(&self.app.db, &self.theirs, search, self.bulk.created_at.0).await
    }

    async fn go(&mut self, limit: i64) -> Result<()> {
        let app = self.app;
        let mut reported_at = 0;
        loop {
            let now = app.clock.now();
            let tx = app.db.begin().await?;
            let (done, total) = self.numbers();
            let lease = app.config.lease_ms;
            let held = match job::progress(&tx, &self.job.id, self.worker, done, total, lease).await {
                Err(store::Error::Conflict(text)) => {
                    tracing::info!(job = %self.job.id, "{text}: the bulk action goes on elsewhere");
                    return Ok(());
                }
                held => held?,
            };
            if held.cancel_requested != 0 {
                drop(tx);
                return self.stop(JobStatus::Cancelled, "").await;
            }
            let is_more = self.round(&tx, limit, now).await?;
            if !is_more {
                self.finish(&tx, JobStatus::Completed, None, now).await?;
            }
            app.commit(tx).await?;
            if !is_more {
                break;
            }
            if boot_ms() - reported_at >= REPORT_MS {
                reported_at = boot_ms();
                self.tell("job.progress", JobStatus::Processing);
            }
        }
        self.tell_end(JobStatus::Completed);
        Ok(())
    }

    async fn round(&mut self, tx: &store::Tx, limit: i64, now: i64) -> Result<bool> {
        let change = self.action.change();
        Ok(match &self.way {
            Way::There(query) => {
                bulk::go_on(tx, &self.theirs, &mut self.bulk, (query, change), limit, now).await?
            }
            Way::Back => bulk::undo_on(tx, &self.theirs, &mut self.bulk, change, limit, now).await?,
        })
    }

    /// Writes the end of the job, with that of the action.
    async fn finish(&self, tx: &store::Tx, status: JobStatus, why: Option<&str>, now: i64) -> Result<()> {
        let (done, total) = self.numbers();
        job::progress(tx, &self.job.id, self.worker, done, total, self.app.config.lease_ms).await?;
        let BulkAction { id, changed, unchanged, undone, left_alone, .. } = &self.bulk;
        let result = match self.way {
            Way::There(_) => json!({ "bulk_action_id": id, "changed": changed, "unchanged": unchanged }),
            Way::Back => json!({ "bulk_action_id": id, "undone": undone, "left_alone": left_alone }),
        };
        if self.job.kind == "bulk" {
            bulk::end(tx, &self.scope, id, (status == JobStatus::Completed).then_some(now)).await?;
        }
        Ok(job::finish(tx, &self.job.id, self.worker, status, Some(&result), why, now).await?)
    }

    /// Ends it before its time: what is done stays, and can be undone.
    async fn stop(&self, status: JobStatus, why: &str) -> Result<()> {
        let now = self.app.clock.now();
        let tx = self.app.db.begin().await?;
        self.finish(&tx, status, Some(why).filter(|why| !why.is_empty()), now).await?;
        self.app.commit(tx).await?;
        self.tell_end(status);
        Ok(())
    }

    /// What the action needs is gone: trying again would not help. Anything else may be over in a moment.
    async fn fail(&self, error: Error) -> Result<()> {
        match error.kind {
            Kind::NotFound | Kind::Invalid => {
                let why = format!("{}, so it could not go on", error.message);
                self.stop(JobStatus::Failed, &why).await
            }
            _ => Err(error),
        }
    }

    /// How many contacts are dealt with, of how many.
    fn numbers(&self) -> (i64, i64) {
        let BulkAction { changed, undone, left_alone, total, .. } = &self.bulk;
        match self.job.kind.as_str() {
            "bulk" => (self.bulk.done(), *total.max(&self.bulk.done())),
            _ => (undone + left_alone, *changed),
        }
    }

    fn tell(&self, event: &str, status: JobStatus) {
        let (done, total) = self.numbers();
        let data = json!({
            "job_id": self.job.id, "kind": self.job.kind, "bulk_action_id": self.bulk.id, "done": done,
            "total": total, "progress": share(done, total), "status": status,
        });
        self.app.tell(&self.job.workspace_id, event, data);
    }

    fn tell_end(&self, status: JobStatus) {
        self.tell("job.completed", status);
        let app = self.app;
        app.wake.segments.notify_one();
        app.tell(&self.scope.workspace, "contacts:updated", json!({}));
        if let Change::Owner(owner) = self.action.change() {
            app.tell(&self.scope.workspace, "stats:updated", json!({}));
            let book = live::Audience::owner(owner.as_str());
            app.hub.publish(&book, "contacts:updated", &json!({}));
        }
    }
}
