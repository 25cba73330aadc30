//! Deciding about many uncertain messages at once: counted first, then done in short transactions by a job. Only what was
//! counted is decided about; what others or the provider have settled since is left as it is.

use super::deciding::{Decision, settle};
use crate::{
    app::App,
    clock::boot_ms,
    error::{Error, Result},
    loops,
    tool::Ctx,
};
use domain::{
    Channel, JobStatus,
    ids::{CampaignId, JobId, MemberId, SenderId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    At, Scope, audit,
    job::{self, Job},
    member,
    undecided::{self, Group, Which},
};

/// The kind of its job.
pub(crate) const KIND: &str = "message_decide_many";
/// So many messages are decided about before the answer.
const AT_ONCE: i64 = 200;
/// Messages per transaction.
const ROUND: i64 = 100;
/// Most groups that are named.
const GROUPS: i64 = 500;
/// Least time between two reports to the pages, in real milliseconds.
const REPORT_MS: i64 = 250;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Meant {
    /// Only those on this channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<Channel>,
    /// Only those from this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender_id: Option<SenderId>,
    /// Only those of this campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign_id: Option<CampaignId>,
    /// Only those that belong to no campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by_hand: Option<bool>,
}

impl Meant {
    fn which(&self) -> Result<Which> {
        let by_hand = self.by_hand == Some(true);
        if by_hand && self.campaign_id.is_some() {
            let message = "What belongs to no campaign cannot be of one. Name either";
            return Err(Error::field("message.which", "by_hand", message));
        }
        Ok(Which {
            channel: self.channel,
            sender: self.sender_id.clone(),
            campaign: self.campaign_id.clone(),
            by_hand,
        })
    }
}

/// The uncertain messages that only a person can settle.
#[derive(Serialize, JsonSchema)]
pub(super) struct Undecided {
    /// What a decision is about: pass it on with it. What comes into doubt later is not meant.
    as_of: At,
    /// How many match.
    messages: i64,
    /// How many people they are for.
    people: i64,
    /// How many more may still be settled without anybody.
    looked_up: i64,
    /// Where all of them are, matching or not: by campaign and sender, the most first.
    groups: Vec<Group>,
}

/// `GET /messages/undecided`
pub(super) async fn look(ctx: Ctx, input: Meant) -> Result<Undecided> {
    let found = undecided::look(&ctx.app.db, &ctx.scope, &input.which()?).await?;
    Ok(Undecided {
        as_of: At(found.as_of),
        messages: found.messages,
        people: found.people,
        looked_up: found.looked_up,
        groups: undecided::groups(&ctx.app.db, &ctx.scope, GROUPS).await?,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    /// What became of them.
    decision: Decision,
    /// Which of them; all where nothing is named.
    which: Meant,
    /// `as_of` of the look at which they were counted.
    as_of: At,
    /// How many there were then: if there are more, nothing is done.
    #[schemars(range(min = 1))]
    messages: i64,
}

/// What its job remembers.
#[derive(Serialize, Deserialize)]
struct Task {
    decision: Decision,
    which: Meant,
    as_of: i64,
    /// Whose word it is; of the product where there is none.
    member_id: Option<MemberId>,
    /// How many there were.
    messages: i64,
}

/// What became of a decision about many.
#[derive(Serialize, JsonSchema)]
pub(super) struct Asked {
    /// The job that does it.
    job_id: JobId,
    /// Where it stands.
    status: JobStatus,
    /// How many messages were decided about so far.
    decided: i64,
    /// How many were left as they are: somebody else, or a receipt, had settled them. Known at the end.
    left_alone: i64,
}

/// `POST /messages/decide`
pub(super) async fn ask(ctx: Ctx, input: Ask) -> Result<Asked> {
    let (app, scope, now) = (&ctx.app, &ctx.scope, ctx.app.clock.now());
    let found = undecided::look_as_of(&app.db, scope, &input.which.which()?, input.as_of.0).await?;
    if found.messages == 0 {
        let message = "None of these messages is in doubt any more. Look again";
        return Err(Error::conflict("message.not_uncertain", message));
    }
    if found.messages > input.messages {
        let message = format!(
            "These are {} messages by now, and you were told of {}. Nothing was done: look again",
            found.messages, input.messages
        );
        return Err(Error::conflict("message.more_uncertain", message));
    }
    let id = store::new_id(JobId::from_uuid);
    let task = Task {
        decision: input.decision,
        which: input.which,
        as_of: input.as_of.0,
        member_id: scope.member.clone(),
        messages: input.messages,
    };
    let tx = app.db.begin_for(scope).await?;
    job::enqueue(&tx, scope, &id, KIND, &serde_json::to_value(&task)?, now).await?;
    if found.messages <= AT_ONCE {
        let held = job::take(&tx, scope, &id, &app.node, app.config.lease_ms, now).await?;
        app.commit(tx).await?;
        loops::jobs::work(app, held).await?;
    } else {
        app.commit(tx).await?;
        app.tell(&scope.workspace, "job.queued", json!({ "job_id": id, "kind": KIND, "progress": 0.0 }));
        app.wake.jobs.notify_one();
    }
    let job = job::get(&app.db, &Scope::system(scope.workspace.clone()), &id).await?;
    let left_alone = if job.status == JobStatus::Completed { task.messages - job.done } else { 0 };
    Ok(Asked { job_id: id, status: job.status, decided: job.done, left_alone })
}

/// Does what a person said, some messages at a time. A worker that takes over goes on with what is left.
pub(crate) async fn run(app: &Arc<App>, job: Job, worker: &str) -> Result<()> {
    let task: Task = serde_json::from_str(&job.parameters)?;
    let which = task.which.which()?;
    let system = Scope::system(job.workspace_id.clone());
    let theirs = match &task.member_id {
        Some(member) => member::scope_of(&app.db, &system.workspace, member).await?,
        None => system,
    };
    let (mut done, mut reported_at) = (job.done, 0);
    loop {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let lease = app.config.lease_ms;
        let held = match job::progress(&tx, &job.id, worker, done, task.messages, lease).await {
            Err(store::Error::Conflict(text)) => {
                tracing::info!(job = %job.id, "{text}: the decision is carried out elsewhere");
                return Ok(());
            }
            held => held?,
        };
        if held.cancel_requested != 0 {
            return end(app, tx, &job, worker, &task, done, JobStatus::Cancelled).await;
        }
        let mut settled = 0;
        let some = undecided::take(&tx, &theirs, &which, task.as_of, ROUND).await?;
        for id in &some {
            settled += i64::from(settle(&tx, &theirs, id, task.decision, now).await?);
        }
        if settled > 0 {
            done += settled;
            told(&tx, &theirs, &job, &task, settled, now).await?;
            job::progress(&tx, &job.id, worker, done, task.messages, lease).await?;
            app.commit(tx).await?;
            app.wake.outbox.notify_one();
            app.wake.steps.notify_one();
        } else if undecided::look_as_of(&app.db, &theirs, &which, task.as_of).await?.messages == 0 {
            return end(app, tx, &job, worker, &task, done, JobStatus::Completed).await;
        }
        if boot_ms() - reported_at >= REPORT_MS {
            reported_at = boot_ms();
            tell(app, &job, &task, done, "job.progress", JobStatus::Processing);
        }
    }
}

/// The audit log keeps every part of it in the transaction that did it.
async fn told(tx: &store::Tx, scope: &Scope, job: &Job, task: &Task, settled: i64, now: i64) -> Result<()> {
    let data = json!({ "decision": task.decision, "which": task.which, "messages": settled });
    let deed =
        audit::Deed { action: "message_decided", subject: job.id.as_str(), address: None, data: &data };
    Ok(audit::write(tx, scope, deed, now).await?)
}

async fn end(
    app: &Arc<App>,
    tx: store::Tx,
    job: &Job,
    worker: &str,
    task: &Task,
    done: i64,
    status: JobStatus,
) -> Result<()> {
    let result = json!({ "decided": done, "left_alone": (task.messages - done).max(0) });
    job::finish(&tx, &job.id, worker, status, Some(&result), None, app.clock.now()).await?;
    app.commit(tx).await?;
    tell(app, job, task, done, "job.completed", status);
    app.tell(&job.workspace_id, "message:updated", json!({}));
    app.tell(&job.workspace_id, "stats:updated", json!({}));
    Ok(())
}

fn tell(app: &App, job: &Job, task: &Task, done: i64, event: &str, status: JobStatus) {
    let progress = if task.messages > 0 { done as f64 / task.messages as f64 } else { 1.0 };
    let data: Value = json!({
        "job_id": job.id, "kind": KIND, "done": done, "total": task.messages, "progress": progress.min(1.0),
        "status": status,
    });
    app.tell(&job.workspace_id, event, data);
}
