//! The job behind `execute-…`: slices of people in short transactions, each of which also writes how far it is and what
//! came of it. A worker that takes over goes on exactly there.

use super::Order;
use crate::{
    app::App,
    clock::boot_ms,
    error::Result,
    imports::view::share,
    loops::steps::{self, Stepped},
};
use domain::{CampaignStatus, EnrollmentStatus, funnel::Graph, ids::MessageId, message::Status};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use store::{
    Scope,
    campaign::execution::{self, Standing, Waiting, Whom},
    enrollment,
    job::{self, Job},
    member,
};

/// People per transaction.
const ROUND: i64 = 200;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

struct Run<'a> {
    app: &'a Arc<App>,
    job: Job,
    worker: &'a str,
    /// What whoever asked sees today.
    theirs: Scope,
    order: Order,
}

/// Runs the job until it is over, or somebody wished it to stop.
pub async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    run_in_rounds(app, job, worker, ROUND).await
}

/// [`run`] with a number of people per transaction.
pub async fn run_in_rounds(app: &Arc<App>, job: Job, worker: &str, limit: i64) -> Result<()> {
    let order: Order = serde_json::from_str(&job.parameters)?;
    let theirs = match &order.member_id {
        Some(member) => member::scope_of(&app.db, &job.workspace_id, member).await?,
        None => Scope::system(job.workspace_id.clone()),
    };
    let mut run = Run { app, job, worker, theirs, order };
    let graph = crate::courses::graph_of(app, &run.order.campaign_id).await?;
    let mut reported_at = 0;
    while run.round(&graph, limit).await? {
        if boot_ms() - reported_at >= REPORT_MS {
            reported_at = boot_ms();
            run.tell("job.progress", domain::JobStatus::Processing);
        }
    }
    Ok(())
}

impl Run<'_> {
    /// One slice. `false` when the job is over, or another worker has it.
    async fn round(&mut self, graph: &Graph, limit: i64) -> Result<bool> {
        let app = self.app;
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let (done, total, lease) = (self.order.done, self.order.total, app.config.lease_ms);
        let held = match job::progress(&tx, &self.job.id, self.worker, done, total, lease).await {
            Err(store::Error::Conflict(text)) => {
                tracing::info!(job = %self.job.id, "{text}: it goes on elsewhere");
                return Ok(false);
            }
            held => held?,
        };
        if held.cancel_requested != 0 {
            return self.end(tx, domain::JobStatus::Cancelled, None, now).await;
        }
        let campaign = store::campaign::get(&app.db, &self.theirs, &self.order.campaign_id).await;
        match campaign.map(|campaign| campaign.status) {
            Ok(CampaignStatus::Active) => {}
            Ok(status) => {
                let why = format!("The campaign is {status} now, so nothing more of it was written");
                return self.end(tx, domain::JobStatus::Failed, Some(&why), now).await;
            }
            Err(store::Error::NotFound(_)) => {
                return self
                    .end(
                        tx,
                        domain::JobStatus::Failed,
                        Some("The campaign is gone, so it could not go on"),
                        now,
                    )
                    .await;
            }
            Err(error) => return Err(error.into()),
        }
        let Order { campaign_id, named, after, upto, .. } = &self.order;
        let whom = Whom { campaign: campaign_id, named: named.as_deref(), after, upto };
        let people = execution::slice(&tx, &self.theirs, whom, limit).await?;
        let Some(last) = people.last().map(|person| person.contact_id.to_string()) else {
            self.order.done = self.order.total;
            return self.end(tx, domain::JobStatus::Completed, None, now).await;
        };
        let (stepped, waiting) = self.deal(&tx, graph, &people, now).await?;
        self.order.after = last;
        self.order.done += people.len() as i64;
        self.order.total = self.order.total.max(self.order.done);
        self.note(&tx).await?;
        app.commit(tx).await?;
        if let Some(stepped) = &stepped {
            stepped.announce(app);
        }
        // Told for people, and lost where a worker dies here: what was counted above is not.
        self.reasons(stepped.as_ref(), &waiting).await?;
        Ok(true)
    }

    /// Takes a slice through its step. Returns what follows from it, and the messages that were under way before.
    async fn deal(
        &mut self,
        tx: &store::Tx,
        graph: &Graph,
        people: &[Standing],
        now: i64,
    ) -> Result<(Option<Stepped>, Vec<Waiting>)> {
        let (app, channel) = (self.app, self.order.channel);
        let stands_there = |person: &&Standing| {
            graph.node(&person.node_key).and_then(|node| node.action.channel()) == Some(channel)
        };
        let of = |status: EnrollmentStatus| people.iter().filter(move |person| person.status == status);
        let again: Vec<_> = of(EnrollmentStatus::Paused).filter(stands_there).map(|p| &p.id).collect();
        execution::try_again(tx, &self.theirs, &again, now).await?;
        let are_due = of(EnrollmentStatus::Active).filter(|p| p.due_at.is_some_and(|due| due <= now));
        let asked: Vec<_> = are_due.map(|p| &p.id).chain(again).collect();
        let wait: Vec<_> = of(EnrollmentStatus::Waiting).map(|p| &p.id).collect();
        let waiting: Vec<Waiting> = match wait.is_empty() {
            true => Vec::new(),
            false => execution::waiting(tx, &self.theirs, &wait).await?,
        };
        let mut batch =
            enrollment::take_these(tx, &self.theirs, &self.order.campaign_id, &asked, now).await?;
        let stepped = match batch.due.is_empty() {
            true => None,
            false => Some(steps::take(app, tx, &mut batch, channel, now).await?),
        };
        let came: HashMap<_, _> =
            stepped.iter().flat_map(|stepped| &stepped.came).map(|(id, came)| (id, came)).collect();
        let on_channel: HashSet<_> =
            waiting.iter().filter(|m| m.channel == channel).map(|m| &m.enrollment_id).collect();
        let tally = &mut self.order.tally;
        let asked: HashSet<_> = asked.into_iter().collect();
        for person in people {
            match (person.status, came.get(&person.id)) {
                (_, Some(came)) => tally.came(came),
                (EnrollmentStatus::Waiting, _) if on_channel.contains(&person.id) => tally.already(),
                (EnrollmentStatus::Waiting, _) => {
                    tally.skip("other_message", "They wait for a message of another step to leave");
                }
                (EnrollmentStatus::Active | EnrollmentStatus::Paused, _) if asked.contains(&person.id) => {
                    tally.skip("moving", "They are moving on by themselves at this moment");
                }
                (EnrollmentStatus::Active, _) => tally.skip("not_due", "Their next step is not due yet"),
                (EnrollmentStatus::Paused, _) => tally.skip("other_step", "They are held at another step"),
                _ => tally.skip("over", "The campaign is over for them"),
            }
        }
        Ok((stepped, waiting.into_iter().filter(|m| m.channel == channel).collect()))
    }

    /// Counts why messages that wait cannot leave at once.
    async fn reasons(&mut self, stepped: Option<&Stepped>, waiting: &[Waiting]) -> Result<()> {
        let scope = Scope::system(self.job.workspace_id.clone());
        let queued = waiting.iter().filter(|m| m.status == Status::Queued);
        let mut messages: Vec<(MessageId, _)> = queued.map(|m| (m.id.clone(), m.sender_id.clone())).collect();
        messages.extend(stepped.into_iter().flat_map(Stepped::queued));
        let reasons = crate::guard::whys(self.app, &scope, &messages).await?;
        // Whose turn comes in a moment is not held.
        for reason in reasons.values().filter(|reason| reason.code != "sender.rate") {
            self.order.tally.waits(reason);
        }
        Ok(())
    }

    async fn note(&self, tx: &store::Tx) -> Result<()> {
        let result = self.order.tally.result(&self.order.campaign_id, self.order.channel);
        let parameters = serde_json::to_value(&self.order)?;
        Ok(job::note(tx, &self.job.id, self.worker, &parameters, &result).await?)
    }

    /// Ends it: what was written stays. Whom it named is not kept.
    async fn end(
        &mut self,
        tx: store::Tx,
        status: domain::JobStatus,
        why: Option<&str>,
        now: i64,
    ) -> Result<bool> {
        let (app, job) = (self.app, &self.job.id);
        self.order.named = None;
        self.note(&tx).await?;
        let Order { done, total, campaign_id, channel, tally, .. } = &self.order;
        job::progress(&tx, job, self.worker, *done, *total, app.config.lease_ms).await?;
        let result = tally.result(campaign_id, *channel);
        job::finish(&tx, job, self.worker, status, Some(&result), why, now).await?;
        app.commit(tx).await?;
        self.tell("job.completed", status);
        Ok(false)
    }

    fn tell(&self, event: &str, status: domain::JobStatus) {
        let Order { done, total, campaign_id, .. } = &self.order;
        let data = json!({
            "job_id": self.job.id, "kind": super::KIND, "campaign_id": campaign_id, "done": done, "total": total,
            "progress": share(*done, *total), "status": status,
        });
        self.app.tell(&self.job.workspace_id, event, data);
    }
}
