//! The guards as the claim asks them, and the stop that every send asks last. The rules are
//! `domain::guard` and `domain::pace`; here their facts are put together, for the claim and for the
//! question "why was this not sent?" alike.

use crate::{
    app::App,
    clock::{Clock, boot_ms},
    error::Result,
};
use domain::{
    ExitReason, consent,
    guard::{self, GuardFacts, Verdict},
    ids::{MessageId, WorkspaceId},
    message::Status,
    pace, schedule,
};
use std::{
    collections::HashSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};
use store::{
    Scope,
    outbox::{Candidate, Ruling},
    sender::Sender,
    workspace::Workspace,
};

/// The pace of one claim.
#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    now: i64,
    burst_ms: i64,
}

impl Pacing {
    /// A dispatcher looks every half second of real time; what a sender may do in that time is not lost.
    pub fn at(clock: &Clock) -> Self {
        Self { now: clock.now(), burst_ms: (1_000.0 * clock.speed()) as i64 }
    }

    /// A device asks when it has nothing more to do; what its account may send in a minute it may be handed at once.
    pub fn relayed(clock: &Clock) -> Self {
        Self { now: clock.now(), burst_ms: (60_000.0 * clock.speed()) as i64 }
    }

    fn today(&self, workspace: &Workspace) -> i64 {
        i64::from(schedule::local_day(&schedule::zone_for(None, None, &workspace.time_zone), self.now))
    }

    /// How many messages the sender may send now.
    pub fn allowed(&self, workspace: &Workspace, sender: &Sender) -> i64 {
        let slots = pace::slots(self.now, sender.next_slot_at, sender.rate_per_minute, self.burst_ms);
        slots.min(pace::left_today(self.today(workspace), sender.day, sender.sent_today, sender.daily_cap))
    }

    /// Counts what was claimed: reserved before it is sent, so that no race exceeds a cap.
    pub fn used(&self, workspace: &Workspace, sender: &mut Sender, used: i64) {
        let today = self.today(workspace);
        sender.sent_today = if sender.day == today { sender.sent_today + used } else { used };
        sender.day = today;
        sender.next_slot_at =
            pace::next_slot(self.now, sender.next_slot_at, sender.rate_per_minute, self.burst_ms, used);
        if pace::left_today(today, sender.day, sender.sent_today, sender.daily_cap) == 0 {
            let zone = schedule::zone_for(None, None, &workspace.time_zone);
            sender.next_slot_at = sender.next_slot_at.max(schedule::next_day(&zone, self.now));
        }
    }
}

fn verdict(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    now: i64,
    asked_by_claim: bool,
) -> Verdict {
    judged(workspace, sender, candidate, now, asked_by_claim, guard::decide)
}

/// Everything that would object if the message were to leave now, for who looks it over before.
pub fn objections(workspace: &Workspace, sender: &Sender, draft: &Candidate, now: i64) -> Vec<Verdict> {
    // What nobody has approved is not late.
    let draft = Candidate { due_at: now, ..draft.clone() };
    judged(workspace, sender, &draft, now, false, guard::objections)
}

/// Puts the facts together and lets the rules judge them.
fn judged<T>(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    now: i64,
    asked_by_claim: bool,
    judge: impl FnOnce(&GuardFacts<'_>) -> T,
) -> T {
    let windows: Vec<schedule::SendWindow> =
        candidate.windows.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let zone = schedule::zone_for(candidate.contact_zone.as_deref(), None, &workspace.time_zone);
    let sender_zone = schedule::zone_for(None, None, &workspace.time_zone);
    // An enrollment that is gone made way for another of the same person in the same campaign.
    let is_gone = candidate.enrollment_id.is_some() && candidate.enrollment_status.is_none();
    let is_over = is_gone || candidate.enrollment_status.is_some_and(|s| s.is_over());
    let today = i64::from(schedule::local_day(&sender_zone, now));
    let asked_for = workspace.consent_channels();
    let is_needed = consent::is_needed(&asked_for, candidate.channel, candidate.campaign_id.is_some());
    judge(&GuardFacts {
        now,
        due_at: candidate.due_at,
        not_before: Some(candidate.not_before),
        // The time until which the message was known to be held: its own earliest instant, and the sender's
        // rate. What lies between is a node that slept.
        held_until: Some(candidate.not_before.max(sender.next_slot_at)),
        lateness_ms: candidate.lateness_ms,
        sending_stopped: workspace.stopped_at.is_some(),
        sender_status: &sender.status,
        sender_problem: sender.problem.as_deref(),
        suppressed: candidate.suppressed.as_deref(),
        consent_missing: (is_needed && !candidate.is_agreed).then_some(candidate.channel),
        channel: candidate.channel,
        last_inbound: candidate.last_inbound,
        is_person: candidate.author_id.is_some(),
        is_template: candidate.approved.is_some(),
        campaign_status: candidate.campaign_status,
        enrollment_over: is_over.then(|| {
            candidate.enrollment_reason.as_deref().and_then(|r| r.parse().ok()).unwrap_or(ExitReason::Removed)
        }),
        windows: &windows,
        zone: &zone,
        sender_zone: &sender_zone,
        sent_today: if sender.day == today { sender.sent_today } else { 0 },
        // The claim has asked pace and cap for the whole batch already.
        daily_cap: if asked_by_claim { None } else { sender.daily_cap },
        next_slot_at: if asked_by_claim { None } else { Some(sender.next_slot_at) },
    })
}

/// What the claim does with a candidate.
pub fn rule(workspace: &Workspace, sender: &Sender, candidate: &Candidate, now: i64) -> Ruling {
    match verdict(workspace, sender, candidate, now, true) {
        Verdict::Go => Ruling::Go,
        Verdict::Hold { until, .. } => Ruling::Hold(until),
        Verdict::Suppress(reason) => Ruling::Drop(Status::Suppressed, reason.code, reason.text),
        Verdict::Cancel(reason) => Ruling::Drop(Status::Cancelled, reason.code, reason.text),
        Verdict::Expire(reason) => Ruling::Drop(Status::Expired, reason.code, reason.text),
        Verdict::Refuse(reason) => Ruling::Drop(Status::Failed, reason.code, reason.text),
    }
}

/// Why a queued message has not left; `None` when it may leave at any moment or is not queued.
pub async fn why(app: &App, scope: &Scope, id: &MessageId) -> Result<Option<guard::Reason>> {
    let Some((candidate, sender)) = store::outbox::candidate(&app.db, scope, id, app.clock.now()).await?
    else {
        return Ok(None);
    };
    let workspace = store::workspace::get(&app.db, scope).await?;
    let sender = store::sender::get(&app.db, scope, &sender).await?;
    Ok(verdict(&workspace, &sender, &candidate, app.clock.now(), false).reason().cloned())
}

/// The stops of all workspaces as this node knows them. A node that could not read them for a while
/// sends nothing (reliability.md P-S4).
#[derive(Default)]
pub struct Stops {
    stopped: Mutex<HashSet<WorkspaceId>>,
    read_boot: AtomicI64,
}

/// How long the last reading is good for, in real milliseconds.
const GOOD_MS: i64 = 900;

impl Stops {
    /// Whether a send of this workspace may start right now.
    pub fn may_send(&self, workspace: &WorkspaceId) -> bool {
        let fresh = boot_ms() - self.read_boot.load(Ordering::Acquire) < GOOD_MS;
        fresh && !self.stopped.lock().unwrap_or_else(PoisonError::into_inner).contains(workspace)
    }

    /// Told at once on the node where somebody pressed stop; the others read it.
    pub fn stop(&self, workspace: &WorkspaceId) {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace.clone());
    }

    /// Reads the stops of all workspaces.
    pub async fn read(&self, app: &App) -> Result<()> {
        let before = boot_ms();
        let all = store::workspace::all(&app.db).await?;
        let stopped = all.into_iter().filter(|w| w.stopped_at.is_some()).map(|w| w.id).collect();
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = stopped;
        self.read_boot.store(before, Ordering::Release);
        Ok(())
    }
}
