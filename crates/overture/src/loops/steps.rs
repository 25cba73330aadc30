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
    funnel::{self, Effect},
    ids::{CampaignId, ContactId, ConversationId, WorkspaceId},
    schedule,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};
use store::{
    Scope, Tx, consent,
    contact::{self, MergeData},
    conversation::{self, Open},
    enrollment::{self, Batch, Due, Move},
    event::{self, NewEvent},
    message::{self, NewOutbound},
};

/// Most enrollments in one transaction.
const BATCH: i64 = 500;
/// Most nodes in a row that may be skipped for want of an address.
const SKIPS: usize = 20;

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
    let (contacts, facts) = facts_of(&batch);
    for due in &batch.due {
        let Some(course) = courses.get(&due.campaign_id) else { continue };
        let Some(contact) = contacts.get(&due.contact_id) else { continue };
        let facts = Facts {
            fields: fields_of(contact),
            events: facts.get(due.id.as_str()).cloned().unwrap_or_default(),
            zone: Some(course.zone_of(contact)),
            variants: funnel::chances(&course.graph, &format!("{} {}", due.campaign_id, due.contact_id)),
        };
        let thread = threads.get(due.id.as_str());
        plan.step(&app, course, due, contact, facts, thread, &agreed, now);
    }
    plan.write(&tx, now).await?;
    app.commit(tx).await?;
    if !plan.messages.is_empty() {
        app.wake.outbox.notify_one();
    }
    for (campaign, course) in &courses {
        app.tell(&course.workspace_id, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    Ok(full)
}

async fn courses_of(app: &Arc<App>, batch: &Batch) -> Result<HashMap<CampaignId, Arc<Course>>> {
    let mut courses = HashMap::new();
    for due in &batch.due {
        if !courses.contains_key(&due.campaign_id)
            && let Some(course) = Course::load(app, &due.workspace_id, &due.campaign_id).await?
        {
            courses.insert(due.campaign_id.clone(), Arc::new(course));
        }
    }
    Ok(courses)
}

/// Reads the custom fields of those whose campaign names any.
async fn load_custom(tx: &Tx, batch: &mut Batch, courses: &HashMap<CampaignId, Arc<Course>>) -> Result<()> {
    let names_custom = |due: &&Due| courses.get(&due.campaign_id).is_some_and(|course| course.names_custom());
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
async fn agreed_of(
    tx: &Tx,
    batch: &Batch,
    courses: &HashMap<CampaignId, Arc<Course>>,
    now: i64,
) -> Result<Agreed> {
    let mut asked: BTreeMap<(WorkspaceId, Channel), Vec<&str>> = BTreeMap::new();
    for due in &batch.due {
        for channel in courses.get(&due.campaign_id).into_iter().flat_map(|course| course.consent_channels())
        {
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
    names.filter_map(|name| contact.field(name).map(|value| (name.to_owned(), value))).collect()
}

/// Everything that a batch will write.
#[derive(Default)]
struct Plan {
    moves: Vec<Move>,
    statuses: Vec<enrollment::StatusChange>,
    passed: HashMap<(CampaignId, i64), i64>,
    conversations: HashMap<WorkspaceId, HashMap<(String, String), Open>>,
    messages: Vec<(WorkspaceId, (String, String), NewOutbound)>,
    events: HashMap<WorkspaceId, Vec<NewEvent>>,
}

impl Plan {
    #[expect(clippy::too_many_arguments, reason = "the inputs of one step, each from another place")]
    fn step(
        &mut self,
        app: &App,
        course: &Course,
        due: &Due,
        contact: &MergeData,
        facts: Facts,
        thread: Option<&Thread>,
        agreed: &Agreed,
        now: i64,
    ) {
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
                match effect {
                    Effect::SetStatus(status) => self.statuses.push(enrollment::StatusChange {
                        workspace_id: due.workspace_id.clone(),
                        contact_id: due.contact_id.clone(),
                        status: status.clone(),
                    }),
                    Effect::Send(node) => send = Some(node.clone()),
                }
            }
            let Some(node) = send else { return self.moves.push(moved(due, &advance, now)) };
            if let Some(channel) = course.unagreed(&node, contact, agreed) {
                let detail = format!("They have not agreed to get {} from campaigns", channel.messages());
                let hold = held(due, &node, ExitReason::NoConsent, &detail, advance.arrived_at);
                return self.moves.push(hold);
            }
            match course.draft(app, &node, due, contact, thread, now) {
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
                    self.skipped(due, &node);
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

    fn count(&mut self, course: &Course, campaign: &CampaignId, passed: &[(String, String)]) {
        for (from, to) in passed {
            if let Some(position) = course.graph.edges.iter().position(|e| e.from == *from && e.to == *to) {
                *self.passed.entry((campaign.clone(), position as i64)).or_default() += 1;
            }
        }
    }

    fn skipped(&mut self, due: &Due, node: &str) {
        let event =
            NewEvent { kind: "skipped", data: Some("No address on this channel".into()), ..facts(due, node) };
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
        awaits: advance.awaits.map(|event| event.as_str()),
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
