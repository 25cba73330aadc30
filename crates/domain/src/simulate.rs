//! A rehearsal: one person, or many, sent through a funnel on a clock that only this knows, by the code that sends real
//! people through it: [`crate::funnel::advance()`], [`crate::guard`] and [`crate::schedule`].
//!
//! What people do, open, click, answer, is made up from a [`Scenario`]; the same scenario and seed give the same story.

use crate::{
    CampaignStatus, Channel, ExitReason,
    condition::{Facts, Happening},
    funnel::{self, Action, Advance, Closed, Effect, Graph, TaskOutcome},
    guard::{self, GuardFacts, Verdict},
    schedule::Hours,
    template::Template,
    text::words,
};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

pub mod people;
mod scenario;
mod summary;

pub use scenario::{Answers, Scenario};
pub use summary::{StepCount, Summary, summary};

/// Most people of one rehearsal.
pub const MAX_PEOPLE: usize = 1_000;
/// Longest rehearsal of one person, in days.
pub const MAX_DAYS: i64 = 730;
/// Most things that happen to one person.
const MAX_ENTRIES: usize = 400;
/// Most nodes in a row that may be skipped for want of an address, as for real people.
const SKIPS: usize = 20;

/// Somebody to rehearse with.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Person {
    /// Names the person where chance decides, as `{campaign} {contact}` does for real ones.
    pub seed: String,
    /// What to call them.
    pub name: String,
    /// Values by field (`contact.city`).
    pub fields: BTreeMap<String, String>,
    /// The zone whose clock counts.
    pub zone: Option<TimeZone>,
    /// The channels on which they can be reached.
    pub reach: BTreeMap<Channel, Reach>,
}

/// How somebody can be reached on a channel.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// The address.
    pub address: String,
    /// Why it must not be written to.
    pub suppressed: Option<String>,
    /// Consent is asked for on this channel, and not given.
    pub consent_missing: bool,
}

/// What holds for everybody.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// When it begins, in milliseconds since the epoch.
    pub start: i64,
    /// The hours in which messages leave; none are all hours.
    pub hours: Hours,
    /// Values that belong to no contact: `sender.name`, `campaign.name`.
    pub values: BTreeMap<String, String>,
    /// Days that belong to no contact: `event.date`.
    pub dates: BTreeMap<String, jiff::civil::Date>,
}

words! {
    /// What happens to somebody.
    pub enum What {
        /// A message leaves.
        Sent = "sent",
        /// A message is ready and has to wait for its hour.
        Later = "later",
        /// A step is passed over: there is no address on its channel.
        Skipped = "skipped",
        /// It rests.
        Waits = "waits",
        /// The contact's status changes.
        Status = "status",
        /// Opened.
        Opened = "opened",
        /// A link was clicked.
        Clicked = "clicked",
        /// The person answered.
        Replied = "replied",
        /// It came back.
        Bounced = "bounced",
        /// The contact is changed.
        Changes = "changes",
        /// Somebody of the team gets something to do.
        Task = "task",
        /// A webhook is told.
        Calls = "calls",
        /// The step is passed over, since nothing can do yet what it asks for.
        PassesOver = "passes_over",
        /// It is over.
        Ends = "ends",
    }
}

words! {
    /// How it ends for somebody.
    pub enum Outcome {
        /// At the end of the funnel.
        Finished = "finished",
        /// They answered.
        Replied = "replied",
        /// Their address does not work.
        Bounced = "bounced",
        /// A merge tag has no value.
        MissingValue = "missing_value",
        /// They have not agreed.
        NoConsent = "no_consent",
        /// They must not be written to.
        Suppressed = "suppressed",
        /// No address for any of the next steps.
        NoAddress = "no_address",
        /// A message can never leave, such as where no hour is a sending hour.
        Held = "held",
        /// It goes on for longer than is looked at.
        TooLong = "too_long",
        /// The funnel cannot be travelled.
        Failed = "failed",
    }
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Entry {
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// What.
    pub what: What,
    /// At which step.
    pub node: Option<String>,
    /// On which channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// To which address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The subject as it would arrive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text as it would arrive; or why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Until when it rests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// What happens to one person, from the first step to the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// In the order of time.
    pub entries: Vec<Entry>,
    /// How it ends.
    pub outcome: Outcome,
    /// Where.
    pub at: Option<String>,
    /// When, in milliseconds since the epoch.
    pub ended_at: i64,
    /// The ways that were gone, as (from, to).
    pub passed: Vec<(String, String)>,
}

struct Texts {
    channel: Channel,
    thread: bool,
    is_template: bool,
    subject: Option<Template>,
    body: Option<Template>,
}

/// A funnel, ready to be rehearsed.
pub struct Stage<'a> {
    graph: &'a Graph,
    setting: &'a Setting,
    scenario: &'a Scenario,
    texts: HashMap<&'a str, Texts>,
}

impl<'a> Stage<'a> {
    /// Compiles the texts once for everybody.
    pub fn new(graph: &'a Graph, setting: &'a Setting, scenario: &'a Scenario) -> Self {
        let texts = graph.nodes.iter().filter_map(|node| Some((node.key.as_str(), texts_of(&node.action)?)));
        Self { graph, setting, scenario, texts: texts.collect() }
    }

    /// Sends somebody through.
    pub fn play(&self, person: &Person) -> Story {
        let facts = Facts {
            dates: self.setting.dates.clone(),
            fields: person.fields.clone(),
            zone: person.zone.clone(),
            variants: funnel::chances(self.graph, &person.seed),
            ..Facts::default()
        };
        let now = self.setting.start;
        let story = Story {
            entries: Vec::new(),
            outcome: Outcome::Failed,
            at: None,
            ended_at: now,
            passed: Vec::new(),
        };
        let mut run =
            Run { stage: self, person, facts, now, coming: BTreeMap::new(), subject: None, visits: 0, story };
        let (outcome, why) = run.play();
        run.finish(outcome, why)
    }
}

/// The texts of an action that writes a message.
fn texts_of(action: &Action) -> Option<Texts> {
    let message = action.message()?;
    Some(Texts {
        channel: message.channel,
        thread: message.thread,
        is_template: message.template.is_some(),
        subject: message.subject.and_then(|text| Template::parse(text).ok()),
        body: Template::parse(message.body).ok(),
    })
}

type End = (Outcome, Option<String>);

struct Run<'a> {
    stage: &'a Stage<'a>,
    person: &'a Person,
    facts: Facts,
    now: i64,
    /// What is going to happen, by its time and number.
    coming: BTreeMap<(i64, usize), (Happening, String)>,
    /// The subject that a thread began with.
    subject: Option<String>,
    visits: usize,
    story: Story,
}

impl Run<'_> {
    fn play(&mut self) -> End {
        let graph = self.stage.graph;
        let last = self.stage.setting.start.saturating_add(MAX_DAYS * 86_400_000);
        let mut next = funnel::enter(graph, &self.facts, self.now);
        let mut skips = 0;
        loop {
            let advance = match next {
                Ok(advance) => advance,
                Err(error) => return (Outcome::Failed, Some(error.to_string())),
            };
            if self.story.entries.len() > MAX_ENTRIES || self.now > last {
                return (Outcome::TooLong, None);
            }
            let send = self.take(&advance);
            if advance.end.is_some() {
                return (Outcome::Finished, advance.note);
            }
            next = if let Some(node) = send {
                match self.write(&node) {
                    Err(end) => return end,
                    Ok(true) => skips = 0,
                    Ok(false) => skips += 1,
                }
                if skips > SKIPS {
                    return (Outcome::NoAddress, None);
                }
                funnel::after(graph, &node, &self.facts, self.now)
            } else {
                if let Err(end) = self.rest(&advance) {
                    return end;
                }
                funnel::advance(graph, &advance.at, advance.arrived_at, &self.facts, self.now)
            };
        }
    }

    /// Takes what an evaluation says; answers the node whose message is to be written.
    fn take(&mut self, advance: &Advance) -> Option<String> {
        self.story.passed.extend(advance.passed.iter().cloned());
        self.story.at = Some(advance.at.clone());
        let mut send = None;
        for effect in &advance.effects {
            effect.note(&mut self.facts);
            match effect {
                Effect::SetStatus(status) => {
                    self.tell(What::Status, None, |entry| entry.text = Some(status.clone()));
                }
                Effect::Change(changes) => self.tell(What::Changes, Some(&changes.node), |_| {}),
                // Nothing has won yet in a rehearsal: everybody has what chance has for them.
                Effect::Give { .. } => {}
                Effect::Task(node) => self.tell(What::Task, Some(node), |_| {}),
                Effect::Call { node, .. } => self.tell(What::Calls, Some(node), |_| {}),
                Effect::Skip(node) => self.tell(What::PassesOver, Some(node), |_| {}),
                Effect::Send(node) => send = Some(node.clone()),
            }
        }
        send
    }

    fn tell(&mut self, what: What, node: Option<&str>, fill: impl FnOnce(&mut Entry)) {
        let mut entry = Entry {
            at_ms: self.now,
            what,
            node: node.map(str::to_owned),
            channel: None,
            to: None,
            subject: None,
            text: None,
            until_ms: None,
        };
        fill(&mut entry);
        self.story.entries.push(entry);
    }

    /// Rests until it is due, or until what it waits for happens.
    fn rest(&mut self, advance: &Advance) -> Result<(), End> {
        // Somebody does a task when it should be done, if nobody goes on without it before.
        let task = self.stage.graph.node(&advance.at).and_then(|node| match &node.action {
            Action::Task(task) => Some(task.due_at(advance.arrived_at)),
            _ => None,
        });
        let due = advance.due_at.into_iter().chain(task).min();
        let Some(due) = due else { return Err((Outcome::Failed, None)) };
        self.tell(What::Waits, Some(&advance.at), |entry| entry.until_ms = Some(due));
        while let Some(happening) = self.next_before(due)? {
            if advance.awaits == Some(happening) {
                return Ok(());
            }
        }
        self.now = due.max(self.now);
        if task == Some(due) {
            let closed = Closed { arrived_at: advance.arrived_at, outcome: TaskOutcome::Done };
            self.facts.tasks.insert(advance.at.clone(), closed);
        }
        Ok(())
    }

    /// Lets the next thing happen that comes before an instant.
    fn next_before(&mut self, until: i64) -> Result<Option<Happening>, End> {
        let Some(entry) = self.coming.first_entry().filter(|entry| entry.key().0 <= until) else {
            return Ok(None);
        };
        let ((at, _), (happening, node)) = entry.remove_entry();
        self.now = at.max(self.now);
        self.happens(happening, &node);
        match happening {
            Happening::Replied => Err((Outcome::Replied, None)),
            Happening::Bounced => Err((Outcome::Bounced, None)),
            _ => Ok(Some(happening)),
        }
    }

    fn happens(&mut self, happening: Happening, node: &str) {
        let what = match happening {
            Happening::Opened => What::Opened,
            Happening::Clicked => What::Clicked,
            Happening::Replied => What::Replied,
            Happening::Bounced => What::Bounced,
            Happening::Sent | Happening::Delivered => return,
        };
        self.facts.events.push((happening.to_string(), Some(node.to_owned())));
        self.tell(what, Some(node), |_| {});
    }

    /// Writes the message of a node; `false` where the step is skipped for want of an address.
    fn write(&mut self, node: &str) -> Result<bool, End> {
        let stage = self.stage;
        let Some(texts) = stage.texts.get(node) else { return Err((Outcome::Failed, None)) };
        let channel = texts.channel;
        let Some(reach) = self.person.reach.get(&channel) else {
            let why = format!("No address for {}.", channel.messages());
            self.tell(What::Skipped, Some(node), |entry| {
                (entry.channel, entry.text) = (Some(channel), Some(why))
            });
            return Ok(false);
        };
        if reach.consent_missing {
            let why = format!("They have not agreed to get {} from campaigns.", channel.messages());
            return Err((Outcome::NoConsent, Some(why)));
        }
        let (subject, body) = self.fill(texts)?;
        self.leave(node, texts, reach)?;
        let address = reach.address.clone();
        if self.subject.is_none() {
            self.subject.clone_from(&subject);
        }
        self.tell(What::Sent, Some(node), |entry| {
            (entry.channel, entry.to, entry.subject, entry.text) =
                (Some(channel), Some(address), subject, Some(body));
        });
        for happening in [Happening::Sent, Happening::Delivered] {
            self.facts.events.push((happening.to_string(), Some(node.to_owned())));
        }
        let seed = format!("{} {}", self.person.seed, self.visits);
        for (happening, after) in stage.scenario.after(node, &seed) {
            let at = self.now.saturating_add(after.saturating_mul(1_000));
            self.coming.insert((at, self.visits * 10 + happening as usize), (happening, node.to_owned()));
        }
        self.visits += 1;
        Ok(true)
    }

    fn fill(&self, texts: &Texts) -> Result<(Option<String>, String), End> {
        let values = |field: &str| match self.facts.fields.get(field) {
            Some(value) => Some(value.clone()).filter(|value| !value.trim().is_empty()),
            None => self.stage.setting.values.get(field).cloned(),
        };
        let lacks = |missing: crate::template::Missing| {
            (Outcome::MissingValue, Some(format!("No value for {}.", missing.fields.join(", "))))
        };
        let body = texts.body.as_ref().map(|body| body.render(&values)).transpose().map_err(lacks)?;
        let subject =
            texts.subject.as_ref().map(|subject| subject.render_line(&values)).transpose().map_err(lacks)?;
        let mut subject = subject.filter(|subject| !subject.trim().is_empty());
        if subject.is_none() && texts.thread {
            let first = self.subject.clone().unwrap_or_default();
            subject =
                Some(if first.to_lowercase().starts_with("re:") { first } else { format!("Re: {first}") });
        }
        Ok((subject, body.unwrap_or_default()))
    }

    /// Asks the guard until the message may leave; what happens meanwhile happens.
    fn leave(&mut self, node: &str, texts: &Texts, reach: &Reach) -> Result<(), End> {
        let channel = texts.channel;
        let (hours, due_at) = (&self.stage.setting.hours, self.now);
        let zone = self.facts.zone.clone().unwrap_or(TimeZone::UTC);
        // The hours may say no several times on the way, never for ever.
        for _ in 0..20 {
            let facts = GuardFacts {
                now: self.now,
                due_at,
                not_before: None,
                held_until: None,
                lateness_ms: None,
                lateness: guard::Lateness::Send,
                late_since: None,
                sending_stopped: false,
                sender_status: "active",
                sender_problem: None,
                resting: None,
                suppressed: reach.suppressed.as_deref(),
                is_blocked: false,
                consent_missing: reach.consent_missing.then_some(channel),
                channel,
                last_inbound: None,
                unanswered: 0,
                is_person: false,
                is_template: texts.is_template,
                template_problem: None,
                campaign_status: Some(CampaignStatus::Active),
                enrollment_over: None::<ExitReason>,
                hours,
                zone: &zone,
                is_their_zone: self.facts.zone.is_some(),
                sender_zone: &zone,
                sent_today: 0,
                daily_cap: None,
                next_slot_at: None,
                allowances: &[],
                // People who are made up have no number, so nobody knows in which state they would be.
                to: "",
                are_texts_quiet: false,
                is_by_state: true,
            };
            match guard::decide(&facts) {
                Verdict::Go => return Ok(()),
                Verdict::Hold { until: Some(until), reason } => {
                    self.tell(What::Later, Some(node), |entry| {
                        (entry.channel, entry.text, entry.until_ms) =
                            (Some(channel), Some(reason.text), Some(until));
                    });
                    while self.next_before(until)?.is_some() {}
                    self.now = until;
                }
                Verdict::Hold { until: None, reason }
                | Verdict::Cancel(reason)
                | Verdict::Expire(reason)
                | Verdict::Ask(reason)
                | Verdict::Refuse(reason) => {
                    return Err((Outcome::Held, Some(reason.text)));
                }
                Verdict::Suppress(reason) => return Err((Outcome::Suppressed, Some(reason.text))),
            }
        }
        Err((Outcome::Held, None))
    }

    /// Ends it, and lets happen what still comes: people open a last message too.
    fn finish(mut self, outcome: Outcome, why: Option<String>) -> Story {
        self.story.outcome = outcome;
        self.story.ended_at = self.now;
        let at = self.story.at.clone();
        self.tell(What::Ends, at.as_deref(), |entry| entry.text = why);
        if outcome == Outcome::Finished {
            while let Some(((time, _), (happening, node))) = self.coming.pop_first() {
                self.now = time.max(self.now);
                self.happens(happening, &node);
            }
        }
        self.story
    }
}

#[cfg(test)]
mod tests;
