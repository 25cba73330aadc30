//! Due enrollments move: claimed, evaluated, and written with the messages that follow, in one
//! transaction. The rules are `domain::funnel`; here is only what surrounds them.

mod known;

pub use known::Thread;
pub(crate) use known::fields_of;
use known::{
    Before, agreed_of, course_of, courses_of, crowds_of, dates_of, facts_of, load_custom, load_platforms,
    parted_of, senders_of, standings_of, tasks_of, threads_of, written_of,
};

use crate::{
    app::App,
    courses::{Agreed, Assigned, Course, Drafted, Earlier},
    error::Result,
};
use domain::{
    Channel, EnrollmentStatus, ExitReason,
    condition::Facts,
    funnel::{self, Effect},
    ids::{
        CampaignId, ContactId, ConversationId, EnrollmentId, MemberId, MessageId, SenderId, WebhookId,
        WorkspaceId,
    },
};
use serde_json::json;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use store::{
    Scope, Tx,
    campaign::{self, crowd::Crowd, senders::Given, splits},
    contact::{self, Change, MergeData},
    conversation::{self, Open},
    enrollment::{self, Batch, Due, Move},
    event::{self, NewEvent},
    message::{self, NewOutbound},
    restored,
    task::{self, NewTask},
    webhook::{self, Fact},
};

/// Most enrollments in one transaction.
const BATCH: i64 = 1_000;
/// Most nodes in a row that may be skipped, for want of an address or because another version wrote them.
const SKIPS: usize = funnel::validate::MAX_NODES;

/// One batch. `true` when there may be more.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let mut batch = enrollment::take_due(&tx, now, BATCH).await?;
    if batch.due.is_empty() {
        return Ok(false);
    }
    let full = batch.due.len() as i64 == BATCH;
    let (mut plan, courses) = Plan::of(&app, &tx, &mut batch, None, now).await?;
    plan.write(&tx, now).await?;
    app.commit(tx).await?;
    plan.tell(&app, &courses);
    Ok(full)
}

/// What a step came to for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// Their message waits to leave.
    Queued,
    /// Their message waits for somebody to look it over.
    ToReview,
    /// They are held.
    Held(Option<String>, String),
    /// They went on without a message, or left.
    Passed(Option<String>, String),
    /// What comes next for them is no message of the channel.
    Elsewhere,
}

/// What steps came to that somebody asked for, once [`announce`](Self::announce) is called after the commit.
pub struct Stepped {
    plan: Plan,
    courses: known::Courses,
    /// By enrollment.
    pub came: Vec<(EnrollmentId, Came)>,
    queued: Vec<(MessageId, SenderId)>,
}

impl Stepped {
    /// The messages that wait to leave because of it, with their senders.
    pub fn queued(&self) -> impl Iterator<Item = (MessageId, SenderId)> + '_ {
        self.queued.iter().cloned()
    }

    /// Wakes what goes on with it, and tells the pages.
    pub fn announce(&self, app: &App) {
        self.plan.tell(app, &self.courses);
    }
}

/// The step of these due enrollments, if it is a message on `channel`: exactly what [`run`] would do. Who is due for
/// anything else stays due.
pub async fn take(app: &Arc<App>, tx: &Tx, batch: &mut Batch, channel: Channel, now: i64) -> Result<Stepped> {
    let (mut plan, courses) = Plan::of(app, tx, batch, Some(channel), now).await?;
    let drafts: HashSet<&EnrollmentId> =
        plan.drafts.messages.iter().filter_map(|(_, _, message)| message.enrollment_id.as_ref()).collect();
    let mut came: Vec<(EnrollmentId, Came)> = Vec::with_capacity(batch.due.len());
    for m in &plan.moves {
        let (why, text) = (m.reason.clone(), m.detail.clone().unwrap_or_default());
        let what = match m.status {
            EnrollmentStatus::Waiting if drafts.contains(&m.id) => Came::ToReview,
            EnrollmentStatus::Waiting => Came::Queued,
            EnrollmentStatus::Paused => Came::Held(why, text),
            EnrollmentStatus::Active if why.is_some() => Came::Held(why, text),
            _ => Came::Passed(why, text),
        };
        came.push((m.id.clone(), what));
    }
    came.extend(plan.elsewhere.iter().map(|id| (id.clone(), Came::Elsewhere)));
    let message =
        |(_, _, m): &(WorkspaceId, (String, String), NewOutbound)| (m.id.clone(), m.sender_id.clone());
    let queued = plan.queue.messages.iter().map(message).collect();
    plan.write(tx, now).await?;
    Ok(Stepped { plan, courses, came, queued })
}

/// Messages with the threads that they belong to.
#[derive(Default)]
struct Letters {
    conversations: HashMap<WorkspaceId, HashMap<(String, String), Open>>,
    messages: Vec<(WorkspaceId, (String, String), NewOutbound)>,
}

impl Letters {
    fn add(&mut self, workspace: &WorkspaceId, message: NewOutbound, open: Open) {
        let key = (open.sender_id.to_string(), open.address_key.clone());
        self.conversations.entry(workspace.clone()).or_default().insert(key.clone(), open);
        self.messages.push((workspace.clone(), key, message));
    }

    /// The messages by workspace, each in its thread, which is there from now on. A thread that has nothing but a draft
    /// in it does not show in the inbox.
    async fn in_threads(
        &mut self,
        tx: &Tx,
        now: i64,
        are_drafts: bool,
    ) -> Result<HashMap<WorkspaceId, Vec<NewOutbound>>> {
        let mut threads: HashMap<(String, String), ConversationId> = HashMap::new();
        for (workspace, open) in &self.conversations {
            let list: Vec<Open> = open.values().cloned().collect();
            let scope = Scope::system(workspace.clone());
            let ensured = match are_drafts {
                true => conversation::ensure_for_drafts(tx, &scope, &list, now).await?,
                false => conversation::ensure(tx, &scope, &list, now).await?,
            };
            threads.extend(ensured.into_iter().map(|(sender, key, id)| ((sender.to_string(), key), id)));
        }
        let mut by_workspace: HashMap<WorkspaceId, Vec<NewOutbound>> = HashMap::new();
        for (workspace, key, mut message) in self.messages.drain(..) {
            if let Some(id) = threads.get(&key) {
                message.conversation_id = id.clone();
            }
            by_workspace.entry(workspace).or_default().push(message);
        }
        Ok(by_workspace)
    }
}

/// Everything that a batch will write.
#[derive(Default)]
struct Plan {
    moves: Vec<Move>,
    statuses: Vec<enrollment::StatusChange>,
    /// What else changes of contacts, by contact in the order of their ids: two that write at once never wait for one
    /// another.
    changes: BTreeMap<(WorkspaceId, ContactId), Vec<Change>>,
    passed: HashMap<(CampaignId, i64), i64>,
    queue: Letters,
    /// What somebody is to look over.
    drafts: Letters,
    events: HashMap<WorkspaceId, Vec<NewEvent>>,
    tasks: Vec<NewTask>,
    calls: Vec<(WebhookId, Fact)>,
    /// Splits at which chance decided, of those where one variant may win.
    contests: BTreeSet<(WorkspaceId, CampaignId, String)>,
    /// Whom senders of campaigns were given.
    assigned: Assigned,
    /// Who is written to.
    touched: HashSet<(WorkspaceId, ContactId)>,
    /// Whether messages wait to leave.
    has_queued: bool,
    /// Where somebody has something new to look over.
    reviewers: HashSet<WorkspaceId>,
    /// Only messages on this channel are written.
    only: Option<Channel>,
    /// Messages that their people may have got before a backup was restored, with the time of the backup.
    unsure: HashMap<String, i64>,
    /// Who is due for something else, and stays so.
    elsewhere: Vec<EnrollmentId>,
}

impl Plan {
    /// What follows for a batch. With `only`, for those whose step is a message on that channel.
    async fn of(
        app: &Arc<App>,
        tx: &Tx,
        batch: &mut Batch,
        only: Option<Channel>,
        now: i64,
    ) -> Result<(Self, known::Courses)> {
        let mut plan = Plan { only, ..Plan::default() };
        let courses = courses_of(app, batch).await?;
        load_custom(tx, batch, &courses).await?;
        load_platforms(tx, batch, &courses).await?;
        let agreed = agreed_of(tx, batch, &courses, now).await?;
        let threads = threads_of(tx, batch).await?;
        let written = written_of(tx, batch).await?;
        let senders = senders_of(tx, batch, &courses).await?;
        let crowds = crowds_of(tx, batch, &courses, now).await?;
        let mut tasks = tasks_of(tx, batch, &courses).await?;
        let standings = standings_of(tx, batch, &courses).await?;
        let mut parted = parted_of(tx, batch, &courses).await?;
        let (contacts, facts) = facts_of(batch);
        for due in &batch.due {
            let Some(course) = course_of(&courses, due) else { continue };
            let Some(contact) = contacts.get(&due.contact_id) else { continue };
            let given = parted.given.remove(due.id.as_str()).unwrap_or_default();
            let seed = format!("{} {}", due.campaign_id, due.contact_id);
            let facts = Facts {
                tasks: tasks.remove(due.id.as_str()).unwrap_or_default(),
                scores: standings.scores.get(contact.id.as_str()).cloned().unwrap_or_default(),
                sets: standings.sets.get(contact.id.as_str()).cloned().unwrap_or_default(),
                dates: dates_of(contact).into_iter().chain(course.event_date()).collect(),
                fields: fields_of(contact),
                events: facts.get(due.id.as_str()).cloned().unwrap_or_default(),
                zone: Some(course.zone_of(contact)),
                variants: funnel::variants(&course.graph, &seed, &given),
                winners: parted.winners.get(&due.campaign_id).cloned().unwrap_or_default(),
                given,
            };
            let before = Before {
                earlier: Earlier {
                    thread: threads.get(due.id.as_str()),
                    senders: senders.get(due.id.as_str()),
                },
                written: written.get(due.id.as_str()),
                crowd: crowds.get(due.id.as_str()).copied().unwrap_or_default(),
            };
            plan.step(app, course, due, contact, facts, before, &agreed, now);
        }
        plan.has_queued = !plan.queue.messages.is_empty();
        plan.reviewers = plan.drafts.conversations.keys().cloned().collect();
        Ok((plan, courses))
    }

    #[expect(clippy::too_many_arguments, reason = "the inputs of one step, each from another place")]
    fn step(
        &mut self,
        app: &App,
        course: &Course,
        due: &Due,
        contact: &MergeData,
        mut facts: Facts,
        before: Before<'_>,
        agreed: &Agreed,
        now: i64,
    ) {
        let mut contact = Cow::Borrowed(contact);
        let mut next = if due.wrote == 1 {
            funnel::after(&course.graph, &due.node_key, &facts, now)
        } else {
            funnel::advance(&course.graph, &due.node_key, due.arrived_at, &facts, now)
        };
        if let (Some(only), Ok(advance)) = (self.only, &next) {
            let is_meant = |effect: &Effect| match effect {
                Effect::Send(node) => course.graph.node(node).and_then(|n| n.action.channel()) == Some(only),
                _ => false,
            };
            if !advance.effects.iter().any(is_meant) {
                return self.elsewhere.push(due.id.clone());
            }
        }
        for _ in 0..SKIPS {
            let advance = match next {
                Ok(advance) => advance,
                Err(error) => {
                    return self.moves.push(ended(
                        due,
                        EnrollmentStatus::Failed,
                        None,
                        &error.to_string(),
                        now,
                    ));
                }
            };
            self.count(course, &due.campaign_id, &advance.passed);
            let mut send = None;
            for effect in &advance.effects {
                effect.note(&mut facts);
                match effect {
                    Effect::SetStatus(status) => self.set_status(due, status),
                    Effect::Change(changes) => {
                        course.note(changes, contact.to_mut());
                        self.change(course, due, changes);
                    }
                    Effect::Task(node) => {
                        self.tasks.extend(course.task(node, due, &contact, advance.arrived_at));
                    }
                    Effect::Give { node, variant, has_won } => {
                        self.give(course, due, node, variant, *has_won);
                    }
                    Effect::Call { node, arrived_at } => self.call(course, due, node, *arrived_at),
                    Effect::Skip(node) => self.skipped(due, node, "Nothing can do this step yet"),
                    Effect::Send(node) => send = Some(node.clone()),
                }
            }
            let Some(node) = send else {
                let waits_for_a_date = advance.end.is_none() && course.waits_for_a_date(&advance.at);
                let awaits =
                    if waits_for_a_date { Some("date") } else { advance.awaits.map(|event| event.as_str()) };
                return self.moves.push(Move { awaits, ..moved(due, &advance, now) });
            };
            if before.has(course, &node) {
                self.skipped(due, &node, "They got this message before the campaign was changed");
                next = funnel::after(&course.graph, &node, &facts, now);
                continue;
            }
            if due.visit == 0
                && let Some(way) = self.crowded(course, due, &node, before.crowd, advance.arrived_at, now)
            {
                return self.moves.push(way);
            }
            if let Some(channel) = course.unagreed(&node, &contact, agreed) {
                let detail = format!("They have not agreed to get {} from campaigns", channel.messages());
                let hold = held(due, &node, ExitReason::NoConsent, &detail, advance.arrived_at);
                return self.moves.push(hold);
            }
            match course.draft(app, &node, due, &contact, before.earlier, &mut self.assigned, now) {
                Drafted::Message(message, open) => {
                    self.touched.insert((due.workspace_id.clone(), due.contact_id.clone()));
                    if let Some(since) = due.unsure_since {
                        self.unsure.insert(message.id.to_string(), since);
                    }
                    self.queue.add(&due.workspace_id, *message, *open);
                    return self.moves.push(waits(due, &node, advance.arrived_at));
                }
                Drafted::ForApproval(message, open) => {
                    self.touched.insert((due.workspace_id.clone(), due.contact_id.clone()));
                    self.drafts.add(&due.workspace_id, *message, *open);
                    return self.moves.push(waits(due, &node, advance.arrived_at));
                }
                Drafted::Missing(fields) => {
                    let detail = format!("No value for {}", fields.join(", "));
                    return self.moves.push(held(
                        due,
                        &node,
                        ExitReason::MissingValue,
                        &detail,
                        advance.arrived_at,
                    ));
                }
                Drafted::NoSender(channel) => {
                    let detail = format!("The campaign has no working sender for {channel}");
                    return self.moves.push(held(
                        due,
                        &node,
                        ExitReason::NoAddress,
                        &detail,
                        advance.arrived_at,
                    ));
                }
                Drafted::NoAddress => {
                    self.skipped(due, &node, "No address on this channel");
                    next = funnel::after(&course.graph, &node, &facts, now);
                }
            }
        }
        self.moves.push(ended(
            due,
            EnrollmentStatus::Exited,
            Some(ExitReason::NoAddress),
            "No address for any of the next steps",
            now,
        ));
    }

    /// Ways of older versions are not counted: they are drawn nowhere.
    fn count(&mut self, course: &Course, campaign: &CampaignId, passed: &[(String, String)]) {
        if !course.is_current {
            return;
        }
        for (from, to) in passed {
            if let Some(position) = course.graph.edges.iter().position(|e| e.from == *from && e.to == *to) {
                *self.passed.entry((campaign.clone(), position as i64)).or_default() += 1;
            }
        }
    }

    /// A status that comes after other changes of the same person is written after them.
    fn set_status(&mut self, due: &Due, status: &str) {
        let who = (due.workspace_id.clone(), due.contact_id.clone());
        if let Some(changes) = self.changes.get_mut(&who) {
            return changes.push(Change { status: Some(status.to_owned()), ..Change::default() });
        }
        let (workspace_id, contact_id) = who;
        self.statuses.push(enrollment::StatusChange { workspace_id, contact_id, status: status.to_owned() });
    }

    fn change(&mut self, course: &Course, due: &Due, changes: &funnel::Changes) {
        let (change, said) = course.change(changes);
        let who = (due.workspace_id.clone(), due.contact_id.clone());
        self.changes.entry(who).or_default().push(change);
        let event = NewEvent { kind: "contact_changed", data: Some(said), ..facts(due, &changes.node) };
        self.events.entry(due.workspace_id.clone()).or_default().push(event);
    }

    /// Remembers which variant somebody has.
    fn give(&mut self, course: &Course, due: &Due, node: &str, variant: &str, has_won: bool) {
        let kind = if has_won { splits::AS_WINNER } else { splits::BY_CHANCE };
        let event = NewEvent { kind, data: Some(variant.to_owned()), ..facts(due, node) };
        self.events.entry(due.workspace_id.clone()).or_default().push(event);
        if !has_won && course.is_current && course.looks_for_a_winner(node) {
            self.contests.insert((due.workspace_id.clone(), due.campaign_id.clone(), node.to_owned()));
        }
    }

    /// Tells a webhook that somebody came to a node: once per visit, by which others know a repeat.
    fn call(&mut self, course: &Course, due: &Due, node: &str, arrived_at: i64) {
        let Some(webhook) = course.webhook(node) else { return };
        let data = json!({
            "enrollment_id": due.id, "campaign_id": due.campaign_id, "campaign_name": course.name(),
            "contact_id": due.contact_id, "node_key": node,
            "idempotency_key": format!("{}:{node}:{arrived_at}", due.id),
        });
        let fact = Fact {
            workspace: due.workspace_id.clone(),
            kind: domain::webhook::STEP,
            contact: Some(due.contact_id.to_string()),
            message: None,
            data,
        };
        self.calls.push((webhook.clone(), fact));
    }

    /// What becomes of the first message to somebody whom other campaigns write to.
    fn crowded(
        &self,
        course: &Course,
        due: &Due,
        node: &str,
        crowd: Crowd,
        arrived_at: i64,
        now: i64,
    ) -> Option<Move> {
        let who = (due.workspace_id.clone(), due.contact_id.clone());
        let is_just_written = self.touched.contains(&who);
        if course.is_exclusive && (crowd.is_elsewhere || is_just_written) {
            let why = "Another campaign that runs has written to them";
            return Some(ended(due, EnrollmentStatus::Exited, Some(ExitReason::InAnother), why, now));
        }
        let last = if is_just_written { Some(now) } else { crowd.written_at };
        let until = last?.saturating_add(course.gap_ms?);
        (until > now).then(|| Move {
            status: EnrollmentStatus::Active,
            due_at: Some(until),
            ..held(due, node, ExitReason::Crowded, "Another campaign wrote to them not long ago", arrived_at)
        })
    }

    fn skipped(&mut self, due: &Due, node: &str, why: &str) {
        let event = NewEvent { kind: "skipped", data: Some(why.to_owned()), ..facts(due, node) };
        self.events.entry(due.workspace_id.clone()).or_default().push(event);
    }

    /// Wakes what goes on with it, and tells the pages.
    fn tell(&self, app: &App, courses: &known::Courses) {
        if self.has_queued {
            app.wake.outbox.notify_one();
        }
        for workspace in &self.reviewers {
            app.tell(workspace, "drafts:updated", json!({}));
        }
        self.tell_of_contacts(app);
        for ((campaign, _), course) in courses {
            app.tell(&course.workspace_id, "campaign:updated", json!({ "campaign_id": campaign }));
        }
    }

    /// Tells the pages whose contacts changed.
    fn tell_of_contacts(&self, app: &App) {
        let workspaces: HashSet<&WorkspaceId> = self.changes.keys().map(|(workspace, _)| workspace).collect();
        for workspace in workspaces {
            app.tell(workspace, "contacts:updated", json!({}));
        }
        let owners: HashSet<&MemberId> =
            self.changes.values().flatten().filter_map(|change| change.owner.as_ref()).collect();
        for owner in owners {
            let book = crate::live::Audience::owner(owner.as_str());
            app.hub.publish(&book, "contacts:updated", &json!({}));
        }
        if !self.calls.is_empty() {
            app.wake.webhooks.notify_one();
        }
        for task in &self.tasks {
            crate::tasks::tell(app, &task.workspace_id, &task.contact_id);
        }
        if !self.changes.is_empty() || !self.statuses.is_empty() {
            app.wake.segments.notify_one();
        }
    }

    async fn write(&mut self, tx: &Tx, now: i64) -> Result<()> {
        let mut queue = std::mem::take(&mut self.queue);
        for (workspace, messages) in queue.in_threads(tx, now, false).await? {
            let scope = Scope::system(workspace);
            message::queue(tx, &scope, &messages, now).await?;
            let unsure = |message: &NewOutbound| self.unsure.get(message.id.as_str()).copied();
            let retold: Vec<_> =
                messages.iter().filter_map(|message| Some((&message.id, unsure(message)?))).collect();
            if !retold.is_empty() {
                restored::retell(tx, &scope, &retold).await?;
            }
        }
        let mut drafts = std::mem::take(&mut self.drafts);
        for (workspace, messages) in drafts.in_threads(tx, now, true).await? {
            message::draft(tx, &Scope::system(workspace), &messages, now).await?;
        }
        for (workspace, events) in &self.events {
            event::write(tx, &Scope::system(workspace.clone()), events, now).await?;
        }
        enrollment::set_contact_status(tx, &self.statuses, now).await?;
        for ((workspace, contact), changes) in &self.changes {
            for change in changes {
                contact::change(tx, &Scope::system(workspace.clone()), contact, change, now).await?;
            }
        }
        task::open(tx, &self.tasks, now).await?;
        webhook::tell_named(tx, &self.calls, now).await?;
        splits::watch(tx, &self.contests, now).await?;
        let mut given: BTreeMap<&WorkspaceId, Vec<Given>> = BTreeMap::new();
        for ((workspace, campaign_id, sender_id), people) in &self.assigned {
            let (campaign_id, sender_id) = (campaign_id.clone(), sender_id.clone());
            given.entry(workspace).or_default().push(Given { campaign_id, sender_id, people: *people });
        }
        for (workspace, given) in given {
            campaign::senders::count(tx, workspace, &given).await?;
        }
        let passed: Vec<_> =
            self.passed.iter().map(|((campaign, edge), n)| (campaign.clone(), *edge, *n)).collect();
        enrollment::count_passed(tx, &passed).await?;
        Ok(enrollment::apply(tx, &self.moves).await?)
    }
}

fn facts(due: &Due, node: &str) -> NewEvent {
    NewEvent {
        kind: "",
        message_id: None,
        enrollment_id: Some(due.id.to_string()),
        campaign_id: Some(due.campaign_id.to_string()),
        contact_id: Some(due.contact_id.to_string()),
        node_key: Some(node.to_owned()),
        data: None,
    }
}

fn moved(due: &Due, advance: &funnel::Advance, now: i64) -> Move {
    let over = advance.end;
    Move {
        id: due.id.clone(),
        node_key: advance.at.clone(),
        arrived_at: advance.arrived_at,
        status: match over {
            None => EnrollmentStatus::Active,
            Some(ExitReason::Finished) => EnrollmentStatus::Completed,
            Some(_) => EnrollmentStatus::Exited,
        },
        due_at: if over.is_some() { None } else { advance.due_at },
        awaits: None,
        visit: due.visit,
        wrote: 0,
        reason: over.map(|r| r.to_string()),
        detail: advance.note.clone(),
        completed_at: over.map(|_| now),
    }
}

/// The message of a node is written; what follows waits until it has left.
fn waits(due: &Due, node: &str, arrived_at: i64) -> Move {
    Move {
        id: due.id.clone(),
        node_key: node.to_owned(),
        arrived_at,
        status: EnrollmentStatus::Waiting,
        due_at: None,
        awaits: None,
        visit: due.visit + 1,
        wrote: 1,
        reason: None,
        detail: None,
        completed_at: None,
    }
}

fn held(due: &Due, node: &str, reason: ExitReason, detail: &str, arrived_at: i64) -> Move {
    Move {
        id: due.id.clone(),
        node_key: node.to_owned(),
        arrived_at,
        status: EnrollmentStatus::Paused,
        due_at: None,
        awaits: None,
        visit: due.visit,
        wrote: 0,
        reason: Some(reason.to_string()),
        detail: Some(detail.to_owned()),
        completed_at: None,
    }
}

fn ended(due: &Due, status: EnrollmentStatus, reason: Option<ExitReason>, detail: &str, now: i64) -> Move {
    Move {
        id: due.id.clone(),
        node_key: due.node_key.clone(),
        arrived_at: due.arrived_at,
        status,
        due_at: None,
        awaits: None,
        visit: due.visit,
        wrote: 0,
        reason: reason.map(|r| r.to_string()),
        detail: Some(detail.to_owned()),
        completed_at: Some(now),
    }
}
