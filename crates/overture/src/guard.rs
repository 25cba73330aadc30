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
    guard::{self, Allowance, Allowed, GuardFacts, Verdict},
    ids::{MessageId, SenderId, WorkspaceId},
    message::Status,
    pace,
    quiet::{self, QuietHours},
    schedule,
};
use jiff::tz::TimeZone;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};
use store::{
    Scope,
    outbox::{Candidate, Ruling},
    rest::Rest,
    send_count::{Counter, Counts},
    sender::Sender,
    workspace::Workspace,
};

const HOUR: i64 = 3_600_000;

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
        let slots = pace::slots(self.now, sender.next_slot_at, rate_of(sender), self.burst_ms);
        let cap = daily_cap(workspace, sender, self.now);
        slots.min(pace::left_today(self.today(workspace), sender.day, sender.sent_today, cap))
    }

    /// Counts what was claimed: reserved before it is sent, so that no race exceeds a cap.
    pub fn used(&self, workspace: &Workspace, sender: &mut Sender, used: i64) {
        let today = self.today(workspace);
        sender.sent_today = if sender.day == today { sender.sent_today + used } else { used };
        sender.day = today;
        sender.next_slot_at =
            pace::next_slot(self.now, sender.next_slot_at, rate_of(sender), self.burst_ms, used);
        let cap = daily_cap(workspace, sender, self.now);
        if pace::left_today(today, sender.day, sender.sent_today, cap) == 0 {
            let zone = schedule::zone_for(None, None, &workspace.time_zone);
            sender.next_slot_at = sender.next_slot_at.max(schedule::next_day(&zone, self.now));
        }
    }
}

/// How often a sender may write.
pub fn rate_of(sender: &Sender) -> pace::Rate {
    pace::Rate { per_minute: sender.rate_per_minute, per_hour: sender.hourly_cap, jitter: sender.jitter == 1 }
}

/// Most messages of a sender on the local day of `now`: while it is new, less than its cap.
pub fn daily_cap(workspace: &Workspace, sender: &Sender, now: i64) -> Option<i64> {
    match ramp_of(workspace, sender, now) {
        Some(ramp) => Some(ramp.cap(sender.daily_cap)),
        None => sender.daily_cap,
    }
}

/// How far a sender is warmed up at `now`, where it is.
pub fn ramp_of(workspace: &Workspace, sender: &Sender, now: i64) -> Option<pace::Ramp> {
    let (start, step) = (sender.ramp_start?, sender.ramp_step?);
    let zone = schedule::zone_for(None, None, &workspace.time_zone);
    Some(pace::Ramp { start, step, days: schedule::days_between(&zone, sender.ramp_since?, now) })
}

/// When the messages of a campaign may leave.
pub fn hours_of(workspace: &Workspace, windows: Option<&str>, on_holidays: bool) -> schedule::Hours {
    let windows = windows.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let days = || workspace.holidays().into_iter().map(|holiday| holiday.day).collect();
    schedule::Hours { windows, holidays: if on_holidays { Vec::new() } else { days() } }
}

/// The caps beyond the sender's own under which a message falls, with what each allows.
fn allowances(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    now: i64,
) -> Vec<(Counter, Allowed, i64)> {
    let mut all = Vec::new();
    if let (Some(campaign), Some(cap)) = (&candidate.campaign_id, candidate.campaign_cap) {
        let zone = schedule::zone_for(None, None, &workspace.time_zone);
        let until_at = schedule::next_day(&zone, now);
        all.push((Counter { subject: format!("campaign:{campaign}"), until_at }, Allowed::Campaign, cap));
    }
    if let Some(cap) = sender.domain_cap
        && let Some((_, domain)) = candidate.to_key.rsplit_once('@')
    {
        let until_at = (now.div_euclid(HOUR) + 1) * HOUR;
        let subject = format!("domain:{}:{domain}", sender.id);
        all.push((Counter { subject, until_at }, Allowed::Domain(domain.to_owned()), cap));
    }
    all
}

/// The counters under which a message falls.
pub fn counters(workspace: &Workspace, sender: &Sender, candidate: &Candidate, now: i64) -> Vec<Counter> {
    allowances(workspace, sender, candidate, now).into_iter().map(|(counter, ..)| counter).collect()
}

fn verdict(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    counts: &Counts,
    now: i64,
    asked_by_claim: bool,
) -> Verdict {
    judged(workspace, sender, candidate, counts, now, asked_by_claim, guard::decide)
}

/// Only who asks why is told of a rest; the claim has asked for it already.
fn verdict_with(
    workspace: &Workspace,
    sender: &Sender,
    rest: Option<&Rest>,
    candidate: &Candidate,
    counts: &Counts,
    now: i64,
) -> Verdict {
    let resting = rest.filter(|rest| rest.trips > 0).map(|rest| (rest.until_at.0, rest.reason.as_str()));
    judged(workspace, sender, candidate, counts, now, false, |facts| {
        guard::decide(&GuardFacts { resting, ..facts.clone() })
    })
}

/// Everything that would object if the message were to leave now, for who looks it over before.
pub fn objections(workspace: &Workspace, sender: &Sender, draft: &Candidate, now: i64) -> Vec<Verdict> {
    // What nobody has approved is not late.
    let draft = Candidate { due_at: now, ..draft.clone() };
    judged(workspace, sender, &draft, &Counts::new(), now, false, guard::objections)
}

/// Puts the facts together and lets the rules judge them.
fn judged<T>(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    counts: &Counts,
    now: i64,
    asked_by_claim: bool,
    judge: impl FnOnce(&GuardFacts<'_>) -> T,
) -> T {
    let is_campaign = candidate.campaign_id.is_some();
    let hours =
        hours_of(workspace, candidate.windows.as_deref(), !is_campaign || candidate.on_holidays == Some(1));
    let allowances: Vec<Allowance> = allowances(workspace, sender, candidate, now)
        .into_iter()
        .map(|(counter, of, most)| {
            let used = counts.get(&counter).copied().unwrap_or(0);
            Allowance { of, most, used, until: counter.until_at }
        })
        .collect();
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
        lateness: candidate.lateness.unwrap_or(guard::Lateness::Skip),
        late_since: candidate.late_since,
        sending_stopped: workspace.stopped_at.is_some(),
        sender_status: &sender.status,
        sender_problem: sender.problem.as_deref(),
        resting: None,
        suppressed: candidate.suppressed.as_deref(),
        is_blocked: candidate.is_blocked,
        consent_missing: (is_needed && !candidate.is_agreed).then_some(candidate.channel),
        channel: candidate.channel,
        last_inbound: candidate.last_inbound,
        unanswered: candidate.unanswered,
        is_person: candidate.author_id.is_some(),
        is_template: candidate.approved.is_some(),
        template_problem: candidate.template_problem.as_deref(),
        campaign_status: candidate.campaign_status,
        enrollment_over: is_over.then(|| {
            candidate.enrollment_reason.as_deref().and_then(|r| r.parse().ok()).unwrap_or(ExitReason::Removed)
        }),
        hours: &hours,
        zone: &zone,
        is_their_zone: their_zone(candidate).is_some(),
        sender_zone: &sender_zone,
        sent_today: if sender.day == today { sender.sent_today } else { 0 },
        // The claim has asked pace and cap for the whole batch already.
        daily_cap: if asked_by_claim { None } else { daily_cap(workspace, sender, now) },
        next_slot_at: if asked_by_claim { None } else { Some(sender.next_slot_at) },
        allowances: &allowances,
        to: &candidate.to_key,
        are_texts_quiet: is_campaign
            && (workspace.send_mode == "live" || workspace.quiet_hours == QuietHours::Always),
        is_by_state: workspace.quiet_hours != QuietHours::Federal,
    })
}

/// Where they are, if anybody knows.
fn their_zone(candidate: &Candidate) -> Option<TimeZone> {
    candidate.contact_zone.as_deref().and_then(schedule::zone)
}

/// The instant at which calling hours end where they are, or, where nobody knows, where they end first.
pub fn calls_until(candidate: &Candidate, now: i64) -> Option<i64> {
    let theirs: Vec<TimeZone> = their_zone(candidate).into_iter().collect();
    let zones = if theirs.is_empty() { schedule::calling_coasts() } else { &theirs };
    let day = zones.first().map(|zone| schedule::local_date(zone, now))?;
    let mut all = vec![schedule::calling_hours().clone()];
    all.extend(quiet::rules_for(&candidate.to_key, day).map(|rule| rule.hours(day)));
    // Hours that are shut now are those that an admin passed over.
    let closes = |zone: &TimeZone, hours: &schedule::Hours| {
        let is_open = |open: &&schedule::SendWindow| {
            let hours = schedule::Hours { windows: vec![(*open).clone()], holidays: Vec::new() };
            schedule::is_open(&hours, zone, now)
        };
        hours.windows.iter().filter(is_open).filter_map(|open| schedule::closes(open, zone, now)).min()
    };
    zones.iter().flat_map(|zone| all.iter().filter_map(move |hours| closes(zone, hours))).min()
}

/// What the claim does with a candidate.
pub fn rule(
    workspace: &Workspace,
    sender: &Sender,
    candidate: &Candidate,
    counts: &Counts,
    now: i64,
) -> Ruling {
    match verdict(workspace, sender, candidate, counts, now, true) {
        Verdict::Go => Ruling::Go,
        Verdict::Hold { until, .. } => Ruling::Hold(until),
        Verdict::Ask(_) => Ruling::Ask,
        Verdict::Suppress(reason) => Ruling::Drop(Status::Suppressed, reason.code, reason.text),
        Verdict::Cancel(reason) => Ruling::Drop(Status::Cancelled, reason.code, reason.text),
        Verdict::Expire(reason) => Ruling::Drop(Status::Expired, reason.code, reason.text),
        Verdict::Refuse(reason) => Ruling::Drop(Status::Failed, reason.code, reason.text),
    }
}

/// Why each of these queued messages has not left; those that may leave at any moment, or are not queued, have no reason.
pub async fn whys(
    app: &App,
    scope: &Scope,
    messages: &[(MessageId, SenderId)],
) -> Result<HashMap<MessageId, guard::Reason>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let now = app.clock.now();
    let workspace = store::workspace::get(&app.db, scope).await?;
    let ids: Vec<&MessageId> = messages.iter().map(|(id, _)| id).collect();
    let of: HashMap<&MessageId, &SenderId> = messages.iter().map(|(id, sender)| (id, sender)).collect();
    let mut by_sender: BTreeMap<&SenderId, Vec<Candidate>> = BTreeMap::new();
    for candidate in store::outbox::candidates_among(&app.db, scope, &ids, now).await? {
        if let Some(sender) = of.get(&candidate.id) {
            by_sender.entry(sender).or_default().push(candidate);
        }
    }
    let (mut waiting, mut asked) = (Vec::with_capacity(by_sender.len()), BTreeSet::new());
    for (id, mut candidates) in by_sender {
        store::approved::mind_these(&app.db, scope, id, &workspace.send_mode, &mut candidates).await?;
        let sender = store::sender::get(&app.db, scope, id).await?;
        let rest = store::rest::get(&app.db, scope, id).await?;
        asked.extend(candidates.iter().flat_map(|one| counters(&workspace, &sender, one, now)));
        waiting.push((sender, rest, candidates));
    }
    let counts = store::send_count::read(&app.db, scope, &asked.into_iter().collect::<Vec<_>>()).await?;
    let mut reasons = HashMap::new();
    for (sender, rest, candidates) in &waiting {
        for candidate in candidates {
            let verdict = verdict_with(&workspace, sender, rest.as_ref(), candidate, &counts, now);
            if let Some(reason) = verdict.reason() {
                reasons.insert(candidate.id.clone(), reason.clone());
            }
        }
    }
    Ok(reasons)
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
