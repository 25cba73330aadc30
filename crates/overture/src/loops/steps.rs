//! Due enrollments move: claimed, evaluated, and written with the messages that follow, in one
//! transaction. The rules are `domain::funnel`; here is only what surrounds them.

use crate::{
    app::App,
    courses::{Agreed, Course, Drafted},
    error::Result,
};
use domain::{
    Channel, EnrollmentStatus, ExitReason,
    condition::Facts,
    funnel::{self, Closed, Effect},
    ids::{CampaignId, ContactId, ConversationId, MemberId, WebhookId, WorkspaceId},
    schedule,
    template::CUSTOM,
};
use serde_json::json;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use store::{
    Scope, Tx, consent,
    contact::{self, Change, MergeData},
    contact_set,
    conversation::{self, Open},
    enrollment::{self, Batch, Due, Move},
    event::{self, NewEvent},
    icp,
    message::{self, NewOutbound},
    task::{self, NewTask},
    webhook::{self, Fact},
};

/// Most enrollments in one transaction.
const BATCH: i64 = 500;
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
    let mut plan = Plan::default();
    let courses = courses_of(&app, &batch).await?;
    load_custom(&tx, &mut batch, &courses).await?;
    let agreed = agreed_of(&tx, &batch, &courses, now).await?;
    let threads = threads_of(&tx, &batch).await?;
    let written = written_of(&tx, &batch).await?;
    let mut tasks = tasks_of(&tx, &batch, &courses).await?;
    let standings = standings_of(&tx, &batch, &courses).await?;
    let (contacts, facts) = facts_of(&batch);
    for due in &batch.due {
        let Some(course) = course_of(&courses, due) else { continue };
        let Some(contact) = contacts.get(&due.contact_id) else { continue };
        let facts = Facts {
            tasks: tasks.remove(due.id.as_str()).unwrap_or_default(),
            scores: standings.scores.get(contact.id.as_str()).cloned().unwrap_or_default(),
            sets: standings.sets.get(contact.id.as_str()).cloned().unwrap_or_default(),
            dates: dates_of(contact),
            fields: fields_of(contact),
            events: facts.get(due.id.as_str()).cloned().unwrap_or_default(),
            zone: Some(course.zone_of(contact)),
            variants: funnel::chances(&course.graph, &format!("{} {}", due.campaign_id, due.contact_id)),
        };
        let before = Before { thread: threads.get(due.id.as_str()), written: written.get(due.id.as_str()) };
        plan.step(&app, course, due, contact, facts, before, &agreed, now);
    }
    plan.write(&tx, now).await?;
    app.commit(tx).await?;
    if !plan.messages.is_empty() {
        app.wake.outbox.notify_one();
    }
    plan.tell(&app);
    for ((campaign, _), course) in &courses {
        app.tell(&course.workspace_id, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    Ok(full)
}

/// Campaigns by id and version.
type Courses = HashMap<(CampaignId, i64), Arc<Course>>;

async fn courses_of(app: &Arc<App>, batch: &Batch) -> Result<Courses> {
    let mut courses = Courses::new();
    for due in &batch.due {
        let key = (due.campaign_id.clone(), due.version);
        if !courses.contains_key(&key)
            && let Some(course) = Course::load(app, &due.workspace_id, &due.campaign_id, due.version).await?
        {
            courses.insert(key, Arc::new(course));
        }
    }
    Ok(courses)
}

fn course_of<'a>(courses: &'a Courses, due: &Due) -> Option<&'a Arc<Course>> {
    courses.get(&(due.campaign_id.clone(), due.version))
}

/// Reads the custom fields of those whose campaign names any.
async fn load_custom(tx: &Tx, batch: &mut Batch, courses: &Courses) -> Result<()> {
    let names_custom = |due: &&Due| course_of(courses, due).is_some_and(|course| course.names_custom());
    let mut wanted: HashMap<WorkspaceId, HashSet<ContactId>> = HashMap::new();
    for due in batch.due.iter().filter(names_custom) {
        wanted.entry(due.workspace_id.clone()).or_default().insert(due.contact_id.clone());
    }
    for (workspace, ids) in wanted {
        let mut contacts: Vec<&mut MergeData> =
            batch.contacts.iter_mut().filter(|contact| ids.contains(&contact.id)).collect();
        contact::load_custom(tx, &workspace, &mut contacts).await?;
    }
    Ok(())
}

/// Who agreed to be written to, where a campaign asks for it.
async fn agreed_of(tx: &Tx, batch: &Batch, courses: &Courses, now: i64) -> Result<Agreed> {
    let mut asked: BTreeMap<(WorkspaceId, Channel), Vec<&str>> = BTreeMap::new();
    for due in &batch.due {
        for channel in course_of(courses, due).into_iter().flat_map(|course| course.consent_channels()) {
            asked.entry((due.workspace_id.clone(), channel)).or_default().push(due.contact_id.as_str());
        }
    }
    let mut agreed = Agreed::new();
    for ((workspace, channel), contacts) in asked {
        let given = consent::given(tx, &workspace, channel, contacts, now).await?;
        agreed.entry(channel).or_default().extend(given);
    }
    Ok(agreed)
}

/// What a follow-up answers: Message-ID and references of the e-mail before it, subject of the first.
#[derive(Debug, Clone, Default)]
pub struct Thread {
    /// The last Message-ID.
    pub last: String,
    /// All of them.
    pub references: Vec<String>,
    /// The subject it began with.
    pub subject: Option<String>,
}

async fn threads_of(tx: &Tx, batch: &Batch) -> Result<HashMap<String, Thread>> {
    let written: Vec<&str> = batch.due.iter().filter(|d| d.visit > 0).map(|d| d.id.as_str()).collect();
    let mut threads: HashMap<String, Thread> = HashMap::new();
    if written.is_empty() {
        return Ok(threads);
    }
    for (enrollment, rfc_id, _, subject) in message::thread_of(tx, &written).await? {
        let thread = threads.entry(enrollment.to_string()).or_default();
        thread.subject = thread.subject.take().or(subject);
        thread.references.push(rfc_id.clone());
        thread.last = rfc_id;
    }
    Ok(threads)
}

/// The messages that somebody was written who was taken over into another version, by node.
async fn written_of(tx: &Tx, batch: &Batch) -> Result<HashMap<String, HashSet<String>>> {
    let moved: Vec<&str> = batch.due.iter().filter(|due| due.moves > 0).map(|due| due.id.as_str()).collect();
    let mut written: HashMap<String, HashSet<String>> = HashMap::new();
    if !moved.is_empty() {
        for (enrollment, node) in message::nodes_written(tx, &moved).await? {
            written.entry(enrollment.to_string()).or_default().insert(node);
        }
    }
    Ok(written)
}

/// What somebody was written before.
#[derive(Clone, Copy)]
struct Before<'a> {
    thread: Option<&'a Thread>,
    /// The nodes whose message they were written, of those who came from another version.
    written: Option<&'a HashSet<String>>,
}

impl Before<'_> {
    /// Whether another version has written this message already. A node that a way leads back to is meant to be passed
    /// again.
    fn has(&self, course: &Course, node: &str) -> bool {
        self.written.is_some_and(|nodes| nodes.contains(node)) && !funnel::returns(&course.graph, node)
    }
}

/// Scores, and the sets that somebody is in, by contact.
#[derive(Default)]
struct Standings {
    scores: HashMap<String, BTreeMap<String, i64>>,
    sets: HashMap<String, BTreeSet<String>>,
}

/// Reads of both what the campaigns of a batch ask for.
async fn standings_of(tx: &Tx, batch: &Batch, courses: &Courses) -> Result<Standings> {
    let mut scored: BTreeMap<&WorkspaceId, Vec<&str>> = BTreeMap::new();
    let mut members: BTreeMap<&WorkspaceId, (Vec<&str>, BTreeSet<&str>)> = BTreeMap::new();
    let asked: HashMap<_, _> = courses.iter().map(|(key, course)| (key, course.asks())).collect();
    for due in &batch.due {
        let Some((scores, sets)) = asked.get(&(due.campaign_id.clone(), due.version)) else { continue };
        if *scores {
            scored.entry(&due.workspace_id).or_default().push(due.contact_id.as_str());
        }
        if !sets.is_empty() {
            let of = members.entry(&due.workspace_id).or_default();
            of.0.push(due.contact_id.as_str());
            of.1.extend(sets);
        }
    }
    let mut found = Standings::default();
    for (workspace, contacts) in scored {
        for (contact, profile, score) in icp::all_of(tx, workspace, contacts).await? {
            found.scores.entry(contact).or_default().insert(profile, score);
        }
    }
    for (workspace, (contacts, sets)) in members {
        for (contact, set) in contact_set::memberships(tx, workspace, contacts, sets).await? {
            found.sets.entry(contact).or_default().insert(set);
        }
    }
    Ok(found)
}

/// The tasks that are over, by enrollment and node.
async fn tasks_of(
    tx: &Tx,
    batch: &Batch,
    courses: &Courses,
) -> Result<HashMap<String, BTreeMap<String, Closed>>> {
    let mut asked: BTreeMap<WorkspaceId, Vec<&str>> = BTreeMap::new();
    let has_tasks = |due: &&Due| course_of(courses, due).is_some_and(|course| course.has_tasks());
    for due in batch.due.iter().filter(has_tasks) {
        asked.entry(due.workspace_id.clone()).or_default().push(due.id.as_str());
    }
    let mut found: HashMap<String, BTreeMap<String, Closed>> = HashMap::new();
    for (workspace, enrollments) in asked {
        for task::Over { enrollment_id, node_key, arrived_at, status } in
            task::over(tx, &workspace, &enrollments).await?
        {
            let closed = Closed { arrived_at, outcome: status };
            found.entry(enrollment_id.to_string()).or_default().insert(node_key, closed);
        }
    }
    Ok(found)
}

type Happened = HashMap<String, Vec<(String, Option<String>)>>;

fn facts_of(batch: &Batch) -> (HashMap<ContactId, &MergeData>, Happened) {
    let contacts = batch.contacts.iter().map(|c| (c.id.clone(), c)).collect();
    let mut facts: Happened = HashMap::new();
    for known in &batch.events {
        facts
            .entry(known.enrollment_id.to_string())
            .or_default()
            .push((known.kind.clone(), known.node_key.clone()));
    }
    (contacts, facts)
}

/// What conditions may ask of a contact.
pub(crate) fn fields_of(contact: &MergeData) -> BTreeMap<String, String> {
    let names = domain::template::FIELDS.iter().map(|(name, _)| *name).chain(["contact.status"]);
    let customs = contact.custom.iter().map(|(key, value)| (format!("{CUSTOM}{key}"), value.clone()));
    names
        .filter_map(|name| contact.field(name).map(|value| (name.to_owned(), value)))
        .chain(customs)
        .collect()
}

fn dates_of(contact: &MergeData) -> BTreeMap<String, jiff::civil::Date> {
    let day = |(key, text): (&String, &String)| Some((format!("{CUSTOM}{key}"), text.parse().ok()?));
    contact.dates.iter().filter_map(day).collect()
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
    conversations: HashMap<WorkspaceId, HashMap<(String, String), Open>>,
    messages: Vec<(WorkspaceId, (String, String), NewOutbound)>,
    events: HashMap<WorkspaceId, Vec<NewEvent>>,
    tasks: Vec<NewTask>,
    calls: Vec<(WebhookId, Fact)>,
}

impl Plan {
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
            if let Some(channel) = course.unagreed(&node, &contact, agreed) {
                let detail = format!("They have not agreed to get {} from campaigns", channel.messages());
                let hold = held(due, &node, ExitReason::NoConsent, &detail, advance.arrived_at);
                return self.moves.push(hold);
            }
            match course.draft(app, &node, due, &contact, before.thread, now) {
                Drafted::Message(message, open) => {
                    return self.send(due, &node, *message, *open, advance.arrived_at);
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

    fn skipped(&mut self, due: &Due, node: &str, why: &str) {
        let event = NewEvent { kind: "skipped", data: Some(why.to_owned()), ..facts(due, node) };
        self.events.entry(due.workspace_id.clone()).or_default().push(event);
    }

    fn send(&mut self, due: &Due, node: &str, message: NewOutbound, open: Open, arrived_at: i64) {
        let key = (open.sender_id.to_string(), open.address_key.clone());
        self.conversations.entry(due.workspace_id.clone()).or_default().insert(key.clone(), open);
        self.messages.push((due.workspace_id.clone(), key, message));
        self.moves.push(Move {
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
        });
    }

    /// Tells the pages whose contacts changed.
    fn tell(&self, app: &App) {
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
        let mut threads: HashMap<(String, String), ConversationId> = HashMap::new();
        for (workspace, open) in &self.conversations {
            let list: Vec<Open> = open.values().cloned().collect();
            for (sender, key, id) in
                conversation::ensure(tx, &Scope::system(workspace.clone()), &list, now).await?
            {
                threads.insert((sender.to_string(), key), id);
            }
        }
        let mut by_workspace: HashMap<WorkspaceId, Vec<NewOutbound>> = HashMap::new();
        for (workspace, key, message) in &mut self.messages {
            if let Some(id) = threads.get(key) {
                message.conversation_id = id.clone();
            }
            by_workspace.entry(workspace.clone()).or_default().push(message.clone());
        }
        for (workspace, messages) in &by_workspace {
            message::queue(tx, &Scope::system(workspace.clone()), messages, now).await?;
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

/// The first instant at which a message for this person may leave.
pub fn not_before(windows: &[schedule::SendWindow], zone: &jiff::tz::TimeZone, now: i64) -> i64 {
    schedule::next_open(windows, zone, now).unwrap_or(now)
}
