//! What is known of a batch of due enrollments, read for all of them at once before the first one moves.

use crate::{
    app::App,
    courses::{Agreed, Course, Earlier},
    error::Result,
};
use domain::{
    Channel,
    funnel::{self, Closed},
    ids::{CampaignId, ContactId, SenderId, WorkspaceId},
    template::CUSTOM,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use store::{
    Tx,
    campaign::{
        crowd::{self, Crowd},
        splits,
    },
    consent,
    contact::{self, MergeData},
    contact_set,
    enrollment::{Batch, Due},
    icp, message, task,
};

/// Campaigns by id and version.
pub(super) type Courses = HashMap<(CampaignId, i64), Arc<Course>>;

pub(super) async fn courses_of(app: &Arc<App>, batch: &Batch) -> Result<Courses> {
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

pub(super) fn course_of<'a>(courses: &'a Courses, due: &Due) -> Option<&'a Arc<Course>> {
    courses.get(&(due.campaign_id.clone(), due.version))
}

/// Reads the custom fields of those whose campaign names any.
pub(super) async fn load_custom(tx: &Tx, batch: &mut Batch, courses: &Courses) -> Result<()> {
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

/// Reads what people are called on platforms, of those whose campaign writes there.
pub(super) async fn load_platforms(tx: &Tx, batch: &mut Batch, courses: &Courses) -> Result<()> {
    let needs = |due: &&Due| course_of(courses, due).is_some_and(|course| course.needs_platforms());
    let mut wanted: HashMap<WorkspaceId, HashSet<ContactId>> = HashMap::new();
    for due in batch.due.iter().filter(needs) {
        wanted.entry(due.workspace_id.clone()).or_default().insert(due.contact_id.clone());
    }
    for (workspace, ids) in wanted {
        let mut contacts: Vec<&mut MergeData> =
            batch.contacts.iter_mut().filter(|contact| ids.contains(&contact.id)).collect();
        contact::load_platforms(tx, &workspace, &mut contacts).await?;
    }
    Ok(())
}

/// From which senders people were written before, where the senders of their campaign share them.
pub(super) async fn senders_of(
    tx: &Tx,
    batch: &Batch,
    courses: &Courses,
) -> Result<HashMap<String, HashMap<Channel, SenderId>>> {
    let shared =
        |due: &&Due| due.visit > 0 && course_of(courses, due).is_some_and(|course| course.shares_people());
    let asked: Vec<&str> = batch.due.iter().filter(shared).map(|due| due.id.as_str()).collect();
    let mut senders: HashMap<String, HashMap<Channel, SenderId>> = HashMap::new();
    if !asked.is_empty() {
        for (enrollment, channel, sender) in message::senders_of(tx, &asked).await? {
            senders.entry(enrollment.to_string()).or_default().insert(channel, sender);
        }
    }
    Ok(senders)
}

/// Who agreed to be written to, where a campaign asks for it.
pub(super) async fn agreed_of(tx: &Tx, batch: &Batch, courses: &Courses, now: i64) -> Result<Agreed> {
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

pub(super) async fn threads_of(tx: &Tx, batch: &Batch) -> Result<HashMap<String, Thread>> {
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
pub(super) async fn written_of(tx: &Tx, batch: &Batch) -> Result<HashMap<String, HashSet<String>>> {
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
pub(super) struct Before<'a> {
    pub(super) earlier: Earlier<'a>,
    /// The nodes whose message they were written, of those who came from another version.
    pub(super) written: Option<&'a HashSet<String>>,
    /// What other campaigns do with them, where theirs asks.
    pub(super) crowd: Crowd,
}

impl Before<'_> {
    /// Whether another version has written this message already. A node that a way leads back to is meant to be passed
    /// again.
    pub(super) fn has(&self, course: &Course, node: &str) -> bool {
        self.written.is_some_and(|nodes| nodes.contains(node)) && !funnel::returns(&course.graph, node)
    }
}

/// What other campaigns do with those who have not been written to yet, by enrollment, where their campaign asks.
pub(super) async fn crowds_of(
    tx: &Tx,
    batch: &Batch,
    courses: &Courses,
    now: i64,
) -> Result<HashMap<String, Crowd>> {
    let mut asked: BTreeMap<(&WorkspaceId, &CampaignId, i64), Vec<&Due>> = BTreeMap::new();
    for due in batch.due.iter().filter(|due| due.visit == 0) {
        let Some(course) = course_of(courses, due) else { continue };
        if course.is_exclusive || course.gap_ms.is_some() {
            let key = (&due.workspace_id, &due.campaign_id, now - course.gap_ms.unwrap_or(0));
            asked.entry(key).or_default().push(due);
        }
    }
    let mut crowds = HashMap::new();
    for ((workspace, campaign, since), dues) in asked {
        let contacts: Vec<&str> = dues.iter().map(|due| due.contact_id.as_str()).collect();
        let around = crowd::around(tx, workspace, campaign, &contacts, since, now).await?;
        for due in dues {
            if let Some(crowd) = around.get(&due.contact_id) {
                crowds.insert(due.id.to_string(), *crowd);
            }
        }
    }
    Ok(crowds)
}

/// Scores, and the sets that somebody is in, by contact.
#[derive(Default)]
pub(super) struct Standings {
    pub(super) scores: HashMap<String, BTreeMap<String, i64>>,
    pub(super) sets: HashMap<String, BTreeSet<String>>,
}

/// Reads of both what the campaigns of a batch ask for.
pub(super) async fn standings_of(tx: &Tx, batch: &Batch, courses: &Courses) -> Result<Standings> {
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
pub(super) async fn tasks_of(
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

pub(super) type Happened = HashMap<String, Vec<(String, Option<String>)>>;

pub(super) fn facts_of(batch: &Batch) -> (HashMap<ContactId, &MergeData>, Happened) {
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

pub(super) fn dates_of(contact: &MergeData) -> BTreeMap<String, jiff::civil::Date> {
    let day = |(key, text): (&String, &String)| Some((format!("{CUSTOM}{key}"), text.parse().ok()?));
    contact.dates.iter().filter_map(day).collect()
}

/// Who has which variant of a split, and which have won.
#[derive(Default)]
pub(super) struct Parted {
    /// By enrollment and split.
    pub(super) given: HashMap<String, BTreeMap<String, String>>,
    /// By campaign and split.
    pub(super) winners: HashMap<CampaignId, BTreeMap<String, String>>,
}

/// Reads of both what the campaigns of a batch ask for.
pub(super) async fn parted_of(tx: &Tx, batch: &Batch, courses: &Courses) -> Result<Parted> {
    let mut asked: BTreeMap<&WorkspaceId, (Vec<&str>, BTreeSet<&str>)> = BTreeMap::new();
    let has_splits: HashSet<_> =
        courses.iter().filter(|(_, course)| course.has_splits()).map(|(key, _)| key).collect();
    for due in &batch.due {
        if has_splits.contains(&(due.campaign_id.clone(), due.version)) {
            let of = asked.entry(&due.workspace_id).or_default();
            of.0.push(due.id.as_str());
            of.1.insert(due.campaign_id.as_str());
        }
    }
    let mut found = Parted::default();
    for (workspace, (enrollments, campaigns)) in asked {
        for splits::Given { enrollment_id, node_key, variant } in
            splits::given(tx, workspace, &enrollments).await?
        {
            found.given.entry(enrollment_id.to_string()).or_default().insert(node_key, variant);
        }
        let campaigns: Vec<&str> = campaigns.into_iter().collect();
        for split in splits::of_campaigns(tx, workspace, &campaigns).await? {
            if let Some(winner) = split.winner {
                found.winners.entry(split.campaign_id).or_default().insert(split.node_key, winner);
            }
        }
    }
    Ok(found)
}
