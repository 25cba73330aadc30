//! The one answer to "may it leave now?", asked again in the transaction that sets `sending`, and to "why was
//! this not sent?", asked by a person.

use crate::text::words;
use crate::{CampaignStatus, Channel, ExitReason, limits, quiet, schedule, schedule::Hours};
use jiff::tz::TimeZone;

/// A message that comes due later than this after it could have left is not worth sending: two hours
/// (reliability.md P-S6).
pub const DEFAULT_LATENESS_MS: i64 = 2 * 3_600_000;

words! {
    /// What becomes of a campaign's message that comes due too late.
    #[derive(Default)]
    pub enum Lateness {
        /// It is not sent; the person goes on with the next step.
        #[default]
        Skip = "skip",
        /// It is sent all the same.
        Send = "send",
        /// A person decides.
        Ask = "ask",
    }
}

/// Everything the decision depends on.
#[derive(Debug, Clone)]
pub struct GuardFacts<'a> {
    /// The instant of the decision; all instants are milliseconds since the epoch.
    pub now: i64,
    /// When the message was due.
    pub due_at: i64,
    /// Not before this instant: a retry, or a person's wish.
    pub not_before: Option<i64>,
    /// The last instant until which something other than lateness is known to have held it: the end of a pause
    /// or of an emergency stop, a cap, or the last time its sender was seen at work on its queue. Lateness is
    /// counted from here; a long queue does not make its tail late, a node that slept does.
    pub held_until: Option<i64>,
    /// How late it may be, in milliseconds; `None` lets it leave however late.
    pub lateness_ms: Option<i64>,
    /// What becomes of it when it is later.
    pub lateness: Lateness,
    /// Since when a person is asked whether it is still to leave.
    pub late_since: Option<i64>,
    /// The emergency stop is on.
    pub sending_stopped: bool,
    /// `active`, `paused` or `broken`.
    pub sender_status: &'a str,
    /// What is wrong with the sender, in plain words.
    pub sender_problem: Option<&'a str>,
    /// Until when the sender rests because its provider does not answer, and what it did last.
    pub resting: Option<(i64, &'a str)>,
    /// Why the address must not be written to.
    pub suppressed: Option<&'a str>,
    /// The person is blocked in the inbox.
    pub is_blocked: bool,
    /// The channel on which consent is asked for and not given.
    pub consent_missing: Option<Channel>,
    /// How it travels.
    pub channel: Channel,
    /// When they last wrote in this conversation; only asked on channels that have a window.
    pub last_inbound: Option<i64>,
    /// How many messages before this one wait for their answer; only counted on channels that limit it.
    pub unanswered: i64,
    /// A person wrote the message, not a machine.
    pub is_person: bool,
    /// It is a template that the platform has approved.
    pub is_template: bool,
    /// Why the platform does not let the template be sent at the moment.
    pub template_problem: Option<&'a str>,
    /// Where the campaign stands; `None` for a message of no campaign.
    pub campaign_status: Option<CampaignStatus>,
    /// Why the enrollment ended, if it did.
    pub enrollment_over: Option<ExitReason>,
    /// When the campaign may send.
    pub hours: &'a Hours,
    /// The zone of the person written to, for the hours.
    pub zone: &'a TimeZone,
    /// Whether that is known to be theirs, and not only the workspace's.
    pub is_their_zone: bool,
    /// The zone of the sender, for its daily cap.
    pub sender_zone: &'a TimeZone,
    /// Messages of this sender on its local day of `now`.
    pub sent_today: i64,
    /// Most messages of this sender on a local day.
    pub daily_cap: Option<i64>,
    /// The first instant at which the sender's rate allows another message.
    pub next_slot_at: Option<i64>,
    /// Other caps that count for it.
    pub allowances: &'a [Allowance],
    /// The address that it goes to, as it is compared.
    pub to: &'a str,
    /// Whether texts of campaigns keep calling hours in the United States, too.
    pub are_texts_quiet: bool,
    /// Whether the narrower hours of states count.
    pub is_by_state: bool,
}

/// What an allowance is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allowed {
    /// Messages of the campaign in a local day.
    Campaign,
    /// Messages of the sender to this recipient domain in an hour.
    Domain(String),
}

/// So many messages until an instant, and how many of them were used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// What it is for.
    pub of: Allowed,
    /// Most messages.
    pub most: i64,
    /// How many were claimed.
    pub used: i64,
    /// When it begins anew.
    pub until: i64,
}

/// Why a message does not leave.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Reason {
    /// Stable, for programs.
    pub code: &'static str,
    /// For a person.
    pub text: String,
}

/// What becomes of a message that is about to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may leave.
    Go,
    /// It stays queued.
    Hold {
        /// When to ask again; `None` until somebody changes something.
        until: Option<i64>,
        /// Why.
        reason: Reason,
    },
    /// Never: the address must not be written to.
    Suppress(Reason),
    /// Never: what it was for is over.
    Cancel(Reason),
    /// Never: too late.
    Expire(Reason),
    /// A person decides whether it is still to leave.
    Ask(Reason),
    /// Never: the channel does not take it any more, or not yet.
    Refuse(Reason),
}

impl Verdict {
    /// Why it does not leave; `None` if it may.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Verdict::Go => None,
            Verdict::Hold { reason, .. }
            | Verdict::Suppress(reason)
            | Verdict::Cancel(reason)
            | Verdict::Expire(reason)
            | Verdict::Ask(reason)
            | Verdict::Refuse(reason) => Some(reason),
        }
    }
}

/// Decides. The first rule that objects wins; the order is from the widest stop to the shortest wait.
pub fn decide(facts: &GuardFacts<'_>) -> Verdict {
    RULES.iter().find_map(|rule| rule(facts)).unwrap_or(Verdict::Go)
}

/// Everything that objects, in the order of [`decide`]: for a person who is asked whether a message may go, and has to
/// see all that stands against it at once.
pub fn objections(facts: &GuardFacts<'_>) -> Vec<Verdict> {
    RULES.iter().filter_map(|rule| rule(facts)).collect()
}

type Rule = fn(&GuardFacts<'_>) -> Option<Verdict>;

/// From the widest stop to the shortest wait.
const RULES: [Rule; 17] = [
    stopped,
    sender,
    resting,
    suppressed,
    consent,
    campaign,
    enrollment,
    blocked,
    late,
    allowance,
    template,
    scheduled,
    window,
    reply_window,
    unanswered,
    cap,
    rate,
];

fn stopped(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let text = "The emergency stop is on: nothing leaves this workspace until an admin resumes sending.";
    facts.sending_stopped.then(|| hold(None, "sending.stopped", text))
}

fn sender(facts: &GuardFacts<'_>) -> Option<Verdict> {
    match facts.sender_status {
        "active" => None,
        "paused" => {
            Some(hold(None, "sender.paused", "The sender is paused; resume it under Settings, Senders."))
        }
        _ => {
            let problem =
                facts.sender_problem.map_or("it could not connect", str::trim).trim_end_matches('.');
            Some(hold(
                None,
                "sender.broken",
                format!("The sender does not work: {problem}. Repair it under Settings, Senders."),
            ))
        }
    }
}

fn resting(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let (until, why) = facts.resting?;
    let why = why.trim().trim_end_matches('.');
    let text = format!(
        "The provider of this sender does not answer, so the sender rests; then one message is tried. Last: {why}."
    );
    Some(hold(Some(until.max(facts.now)), "sender.resting", text))
}

fn consent(facts: &GuardFacts<'_>) -> Option<Verdict> {
    facts.consent_missing.map(|channel| {
        let what = channel.messages();
        let text = match limits::of(channel).is_call {
            true => format!(
                "This person has not agreed to get {what}, or has taken it back. The law takes a spoken message for a call: \
                 write their consent down on the contact first."
            ),
            false => format!("This person has not agreed to get {what} from campaigns, or has taken it back."),
        };
        Verdict::Suppress(Reason { code: "consent.missing", text })
    })
}

fn suppressed(facts: &GuardFacts<'_>) -> Option<Verdict> {
    facts.suppressed.map(|why| {
        let why = why.trim().trim_end_matches('.');
        let text = if why.is_empty() {
            "This address must not be written to.".to_owned()
        } else {
            format!("This address must not be written to: {why}.")
        };
        Verdict::Suppress(Reason { code: "address.suppressed", text })
    })
}

/// How long a message waits for its template before it is looked at again, where nobody tells of it: milliseconds.
pub const TEMPLATE_AGAIN_MS: i64 = 15 * 60_000;

fn template(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let problem = facts.template_problem?;
    let text = format!("{problem} The message waits until WhatsApp lets it be sent, or until you cancel it.");
    Some(hold(Some(facts.now.saturating_add(TEMPLATE_AGAIN_MS)), "template.blocked", text))
}

fn campaign(facts: &GuardFacts<'_>) -> Option<Verdict> {
    match facts.campaign_status? {
        CampaignStatus::Active => None,
        CampaignStatus::Paused => Some(hold(
            None,
            "campaign.paused",
            "The campaign is paused; the message leaves when it is resumed.",
        )),
        CampaignStatus::Draft | CampaignStatus::Scheduled => {
            Some(hold(None, "campaign.not_started", "The campaign has not started yet."))
        }
        CampaignStatus::Completed | CampaignStatus::Archived => {
            Some(cancel("campaign.over", "The campaign is over.".to_owned()))
        }
    }
}

fn enrollment(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let (code, text) = match facts.enrollment_over? {
        ExitReason::Replied => {
            ("enrollment.replied", "They answered, so the campaign writes nothing more to them.")
        }
        ExitReason::ColleagueReplied => (
            "enrollment.colleague_replied",
            "Somebody else of their company answered, which ends it for all of them.",
        ),
        ExitReason::OptedOut => ("enrollment.opted_out", "They asked not to be written to."),
        ExitReason::Bounced => {
            ("enrollment.bounced", "An earlier message came back: the address does not work.")
        }
        ExitReason::InAnother => (
            "enrollment.in_another",
            "Another campaign that runs has written to them, and this one leaves them alone.",
        ),
        ExitReason::Rejected => ("enrollment.rejected", "Somebody looked the message over and said no."),
        ExitReason::Crowded => ("enrollment.crowded", "Another campaign wrote to them not long enough ago."),
        ExitReason::Finished => ("enrollment.finished", "The campaign had already ended for this person."),
        ExitReason::Removed => ("enrollment.removed", "Somebody took this person out of the campaign."),
        ExitReason::NoAddress => ("enrollment.no_address", "The contact has no address on this channel."),
        ExitReason::MissingValue => {
            ("enrollment.missing_value", "A merge tag has no value for this contact.")
        }
        ExitReason::NoConsent => ("enrollment.no_consent", "They have not agreed to be written to."),
        ExitReason::SendFailed => {
            ("enrollment.send_failed", "An earlier message of this campaign could not be sent.")
        }
    };
    Some(cancel(code, text.to_owned()))
}

/// What waits for them is not late: it leaves when they are unblocked.
fn blocked(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let text = "This person is blocked: nothing is sent to them until somebody unblocks them in the inbox.";
    facts.is_blocked.then(|| hold(None, "person.blocked", text))
}

/// Late is what could have left, and did not because nobody was there to send it. Hours in which the campaign
/// may not send, and whatever the caller knows to have held it, do not count.
fn late(facts: &GuardFacts<'_>) -> Option<Verdict> {
    if facts.late_since.is_some() {
        let text = "It came due too late; the campaign's page asks whether it is still to leave.";
        return Some(Verdict::Ask(Reason { code: "message.late_asked", text: text.into() }));
    }
    let lateness = facts.lateness_ms.filter(|_| facts.lateness != Lateness::Send)?;
    let ready = [Some(facts.due_at), facts.not_before, facts.held_until].into_iter().flatten().max()?;
    let could = next_open(facts, ready)?;
    let late = facts.now.saturating_sub(could);
    (late > lateness).then(|| {
        let due = schedule::in_words(facts.zone, could, facts.now);
        let allowed = duration(lateness);
        if facts.lateness == Lateness::Ask {
            let text = format!("It was due {due}, more than {allowed} ago: the campaign's page asks whether it is still to leave.");
            return Verdict::Ask(Reason { code: "message.late_asked", text });
        }
        let text = format!(
            "It was due {due}, but sending was not running then; a message more than {allowed} late is not sent."
        );
        Verdict::Expire(Reason { code: "message.late", text })
    })
}

fn scheduled(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let until = facts.not_before.filter(|until| *until > facts.now)?;
    let until = next_open(facts, until).unwrap_or(until);
    let is_campaign_open = schedule::is_open(facts.hours, facts.zone, facts.now);
    if keeps_calling_hours(facts) && is_campaign_open && next_open(facts, facts.now) == Some(until) {
        // It was put off to the end of hours that the law keeps quiet: those are why.
        return window(facts);
    }
    let text = format!("It is to leave {}.", schedule::in_words(facts.zone, until, facts.now));
    Some(hold(Some(until), "message.scheduled", text))
}

/// Whether the law has hours for it: what counts as a call, and what a campaign texts to a number of the United States. An
/// answer that a person writes solicits nobody.
fn keeps_calling_hours(facts: &GuardFacts<'_>) -> bool {
    let is_text = facts.channel == Channel::Sms && facts.are_texts_quiet && !facts.is_person;
    limits::of(facts.channel).is_call || is_text && quiet::is_american(facts.to)
}

/// Where they are, or, where nobody knows, from where to where they may be.
fn zones<'a>(facts: &GuardFacts<'a>) -> &'a [TimeZone] {
    if facts.is_their_zone { std::slice::from_ref(facts.zone) } else { schedule::calling_coasts() }
}

/// The rules of states that hold for it on a day.
fn state_rules(facts: &GuardFacts<'_>, at: i64) -> Vec<&'static quiet::Rule> {
    if !facts.is_by_state || !keeps_calling_hours(facts) {
        return Vec::new();
    }
    quiet::rules_for(facts.to, schedule::local_date(facts.zone, at)).collect()
}

/// From an instant on, the first at which every hour is open that has to be: the campaign's, and for what counts as a call
/// the calling hours where they are. Of whom nobody knows where they are, they have to be open from coast to coast.
fn next_open(facts: &GuardFacts<'_>, at: i64) -> Option<i64> {
    let mut all = vec![(facts.hours, facts.zone)];
    if !keeps_calling_hours(facts) {
        return schedule::next_open_of_all(&all, at);
    }
    let day = schedule::local_date(facts.zone, at);
    let of_states: Vec<Hours> = state_rules(facts, at).into_iter().map(|rule| rule.hours(day)).collect();
    for zone in zones(facts) {
        all.push((schedule::calling_hours(), zone));
        all.extend(of_states.iter().map(|hours| (hours, zone)));
    }
    schedule::next_open_of_all(&all, at)
}

/// The rule of a state that is shut now.
fn shut_by_state(facts: &GuardFacts<'_>) -> Option<&'static quiet::Rule> {
    let day = schedule::local_date(facts.zone, facts.now);
    let is_shut = |rule: &&quiet::Rule| {
        let hours = rule.hours(day);
        zones(facts).iter().any(|zone| !schedule::is_open(&hours, zone, facts.now))
    };
    state_rules(facts, facts.now).into_iter().find(is_shut)
}

fn window(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let until = next_open(facts, facts.now);
    if until == Some(facts.now) {
        return None;
    }
    let is_campaigns = !schedule::is_open(facts.hours, facts.zone, facts.now);
    Some(match until {
        Some(until) if is_campaigns => {
            let opens = schedule::in_words(facts.zone, until, facts.now);
            hold(
                Some(until),
                "window.closed",
                format!("Outside the sending hours of this campaign; opens {opens}."),
            )
        }
        Some(until) => {
            let opens = schedule::in_words(facts.zone, until, facts.now);
            let where_they_are = match facts.is_their_zone {
                true => "",
                false => {
                    ". Their time zone is not known, so it waits until that is so everywhere; set it on the contact"
                }
            };
            let is_federal_shut = zones(facts)
                .iter()
                .any(|zone| !schedule::is_open(schedule::calling_hours(), zone, facts.now));
            if let Some(rule) = shut_by_state(facts).filter(|_| !is_federal_shut) {
                let text = format!("{}{where_they_are}. It leaves {opens}.", rule.in_words());
                return Some(hold(Some(until), "calling.state_hours", text));
            }
            let text = format!(
                "The law takes it for a call, which is allowed from 8:00 to 21:00 where they are{where_they_are}. It leaves {opens}."
            );
            hold(Some(until), "calling.hours", text)
        }
        None => hold(None, "window.never", "The sending hours of this campaign never open; change them."),
    })
}

/// What the platform lets us write before they answer.
fn unanswered(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let most = limits::of(facts.channel).unanswered.filter(|most| facts.unanswered >= *most)?;
    let text = limits::why_unanswered(facts.channel, most);
    Some(Verdict::Refuse(Reason { code: "channel.unanswered", text }))
}

/// The channel's own window. After every rule that only waits: what is due next week is judged next week.
fn reply_window(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let window = limits::window(facts.channel, facts.last_inbound, facts.now);
    if window.lets(facts.is_person, facts.is_template) {
        return None;
    }
    let text = limits::why_closed(facts.channel, window, facts.is_person)?;
    Some(Verdict::Refuse(Reason { code: "channel.window_closed", text }))
}

fn cap(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let cap = facts.daily_cap.filter(|cap| facts.sent_today >= *cap)?;
    let tomorrow = schedule::next_day(facts.sender_zone, facts.now);
    let until = next_open(facts, tomorrow).unwrap_or(tomorrow);
    let opens = schedule::in_words(facts.zone, until, facts.now);
    let text = format!("The sender has reached its {cap} messages for today; it goes on {opens}.");
    Some(hold(Some(until), "sender.daily_cap", text))
}

/// Before what is scheduled: a message that was put off because of a cap is asked about while it waits.
fn allowance(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let over = facts.allowances.iter().filter(|allowance| allowance.used >= allowance.most);
    let Allowance { of, most, until, .. } = over.max_by_key(|allowance| allowance.until)?;
    let until = next_open(facts, *until).unwrap_or(*until);
    let opens = schedule::in_words(facts.zone, until, facts.now);
    Some(match of {
        Allowed::Campaign => {
            let text = format!("The campaign has sent its {most} messages for today; it goes on {opens}.");
            hold(Some(until), "campaign.daily_cap", text)
        }
        Allowed::Domain(domain) => {
            let text = format!(
                "The sender has written its {most} messages to {domain} for this hour; it goes on {opens}."
            );
            hold(Some(until), "sender.domain_cap", text)
        }
    })
}

fn rate(facts: &GuardFacts<'_>) -> Option<Verdict> {
    let until = facts.next_slot_at.filter(|until| *until > facts.now)?;
    let text = format!(
        "The sender keeps its pace; this one is next in {}.",
        duration(until.saturating_sub(facts.now))
    );
    Some(hold(Some(until), "sender.rate", text))
}

fn hold(until: Option<i64>, code: &'static str, text: impl Into<String>) -> Verdict {
    Verdict::Hold { until, reason: Reason { code, text: text.into() } }
}

fn cancel(code: &'static str, text: String) -> Verdict {
    Verdict::Cancel(Reason { code, text })
}

/// `2 hours`, `90 seconds`, in the largest unit that is a whole number of at least two, or one.
fn duration(ms: i64) -> String {
    let seconds = ms.saturating_add(999) / 1_000;
    let (count, unit) = match seconds {
        s if s > 0 && s % 86_400 == 0 => (s / 86_400, "day"),
        s if s > 0 && s % 3_600 == 0 => (s / 3_600, "hour"),
        s if s > 0 && s % 60 == 0 => (s / 60, "minute"),
        s if s >= 7_200 => (s / 3_600, "hour"),
        s if s >= 120 => (s / 60, "minute"),
        s => (s, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

#[cfg(test)]
mod tests;
