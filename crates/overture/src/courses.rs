//! A running campaign as the engine holds it: graph, texts compiled once, senders, hours.

use crate::{app::App, error::Result, loops::steps::Thread};
use domain::{
    AddressKind, Channel,
    approval::{Approval, StepApproval},
    condition::Condition,
    consent,
    funnel::{self, Action, Graph},
    ids::{CampaignId, ContactId, ConversationId, MemberId, MessageId, SenderId, WebhookId, WorkspaceId},
    message::ApprovedTemplate,
    message::Policy,
    occasion::{self, Occasion},
    rotation,
    schedule::{self, Hours},
    template::Template,
};
use std::collections::{BTreeMap, HashMap, HashSet};
use store::{
    Scope,
    campaign::{self, senders::Seat, versions},
    contact::{Change, Column, MergeData},
    conversation::Open,
    custom_field::{self, CustomField},
    enrollment::Due,
    message::NewOutbound,
    sender::Sender,
    task::NewTask,
};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// A campaign's own copy of a funnel, ready to run.
pub struct Course {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The graph.
    pub graph: Graph,
    /// Whether it is the version that newcomers travel.
    pub is_current: bool,
    name: String,
    zone: String,
    hours: Hours,
    senders: HashMap<Channel, Vec<(Seat, Sender)>>,
    /// The own accounts of members, from which messages on Telegram leave.
    accounts: HashMap<MemberId, Sender>,
    /// Whose campaign it is.
    owner: Option<MemberId>,
    /// Which of its messages somebody looks over.
    approval: Approval,
    /// What it invites to.
    occasion: Option<Occasion>,
    /// Whether it leaves those alone who are in another campaign.
    pub is_exclusive: bool,
    /// The time that must lie between what another campaign wrote to somebody and its first message, in milliseconds.
    pub gap_ms: Option<i64>,
    /// Channels on which it writes only to those who agreed.
    consent: Vec<Channel>,
    texts: HashMap<String, Texts>,
    tasks: HashMap<String, TaskTexts>,
    /// The custom fields of the workspace, where it sets any.
    customs: Vec<CustomField>,
}

struct Texts {
    channel: Channel,
    thread: bool,
    approval: Option<StepApproval>,
    subject: Option<Template>,
    body: Template,
    /// The template that is sent instead, with its values.
    approved: Option<(ApprovedTemplate, Vec<Template>)>,
}

impl Texts {
    fn all(&self) -> impl Iterator<Item = &Template> {
        let values = self.approved.iter().flat_map(|(_, values)| values);
        self.subject.iter().chain([&self.body]).chain(values)
    }
}

struct TaskTexts {
    task: funnel::Task,
    title: Template,
    instructions: Template,
}

/// Who agreed to which channel, of those that are asked for.
pub type Agreed = HashMap<Channel, HashSet<ContactId>>;

/// How many people senders of campaigns were given in a batch.
pub type Assigned = BTreeMap<(WorkspaceId, CampaignId, SenderId), i64>;

/// What is known of the one who is written to, beside the contact.
#[derive(Clone, Copy, Default)]
pub struct Earlier<'a> {
    /// The thread of the e-mails before.
    pub thread: Option<&'a Thread>,
    /// The senders from which they were written before, by channel.
    pub senders: Option<&'a HashMap<Channel, SenderId>>,
}

/// What writing a node's message came to.
pub enum Drafted {
    /// Ready to be queued, with its thread.
    Message(Box<NewOutbound>, Box<Open>),
    /// Ready for somebody to look it over, with its thread.
    ForApproval(Box<NewOutbound>, Box<Open>),
    /// Merge fields without a value.
    Missing(Vec<String>),
    /// The contact has no address on the channel.
    NoAddress,
    /// The campaign has no sender for the channel.
    NoSender(Channel),
}

/// The graph of a campaign that newcomers travel.
pub async fn graph_of(app: &App, id: &CampaignId) -> Result<Graph> {
    Ok(current_of(app, id).await?.1)
}

/// The same with the number of its version.
pub async fn current_of(app: &App, id: &CampaignId) -> Result<(i64, Graph)> {
    let whole = versions::current(&app.db, id).await?.ok_or(store::Error::NotFound("campaign"))?;
    Ok((whole.version, serde_json::from_str(&whole.graph)?))
}

impl Course {
    /// Loads a version of a campaign; `None` when it is gone.
    pub async fn load(
        app: &App,
        workspace: &WorkspaceId,
        id: &CampaignId,
        version: i64,
    ) -> Result<Option<Self>> {
        let scope = Scope::system(workspace.clone());
        let Some(row) = campaign::for_engine(&app.db, id).await? else { return Ok(None) };
        let Some(graph) = versions::version(&app.db, id, version).await? else { return Ok(None) };
        let graph: Graph = serde_json::from_str(&graph)?;
        let mut senders: HashMap<Channel, Vec<(Seat, Sender)>> = HashMap::new();
        for (seat, sender) in campaign::senders::pool(&app.db, &scope, id).await? {
            senders.entry(sender.channel).or_default().push((seat, sender));
        }
        let workspace_row = store::workspace::get(&app.db, &scope).await?;
        let sets_custom = graph
            .nodes
            .iter()
            .any(|node| matches!(&node.action, Action::UpdateContact(update) if update.names_custom()));
        Ok(Some(Self {
            customs: if sets_custom { custom_field::list(&app.db, &scope).await? } else { Vec::new() },
            accounts: match graph.channels().contains(&Channel::Telegram) {
                true => store::relay::accounts(&app.db, &scope, Channel::Telegram).await?,
                false => HashMap::new(),
            },
            owner: row.owner_id,
            approval: row.approval,
            occasion: row.event.as_deref().map(serde_json::from_str).transpose()?,
            is_exclusive: row.exclusive == 1,
            gap_ms: row.gap_days.map(|days| days.saturating_mul(DAY_MS)),
            consent: workspace_row.consent_channels(),
            texts: texts_of(&graph),
            is_current: row.version == version,
            tasks: tasks_of(&graph),
            graph,
            name: row.name,
            zone: workspace_row.time_zone.clone(),
            hours: crate::guard::hours_of(&workspace_row, Some(&row.windows), row.on_holidays == 1),
            senders,
            workspace_id: workspace.clone(),
        }))
    }

    /// The channel of a node, if the workspace asks for consent to it and this person has not agreed.
    pub fn unagreed(&self, node: &str, contact: &MergeData, agreed: &Agreed) -> Option<Channel> {
        let channel = self.texts.get(node)?.channel;
        address_of(contact, channel)?;
        let is_agreed = || agreed.get(&channel).is_some_and(|who| who.contains(&contact.id));
        (consent::is_needed(&self.consent, channel, true) && !is_agreed()).then_some(channel)
    }

    /// The zone whose clock counts for somebody.
    pub fn zone_of(&self, contact: &MergeData) -> jiff::tz::TimeZone {
        schedule::zone_for(contact.time_zone.as_deref(), None, &self.zone)
    }

    /// The sender that writes to somebody on a channel: the one that wrote before, else the one whose turn it is.
    fn sender_for(
        &self,
        channel: Channel,
        due: &Due,
        contact: &MergeData,
        earlier: Earlier<'_>,
        assigned: &Assigned,
    ) -> Option<&Sender> {
        if channel == Channel::Telegram {
            let of = |member: &MemberId| self.accounts.get(member);
            return contact.owner_id.as_ref().and_then(of).or_else(|| self.owner.as_ref().and_then(of));
        }
        let seats = self.senders.get(&channel)?;
        let before = earlier.senders.and_then(|senders| senders.get(&channel));
        if let Some((_, sender)) = seats.iter().find(|(_, sender)| Some(&sender.id) == before) {
            return Some(sender);
        }
        let key = |sender: &Sender| (due.workspace_id.clone(), due.campaign_id.clone(), sender.id.clone());
        let seat = |(seat, sender): &(Seat, Sender)| rotation::Seat {
            weight: seat.weight,
            assigned: seat.assigned + assigned.get(&key(sender)).copied().unwrap_or(0),
            is_active: sender.status == "active",
        };
        let turn = match &seats[..] {
            [_] => 0,
            _ => rotation::next(&seats.iter().map(seat).collect::<Vec<_>>())?,
        };
        seats.get(turn).map(|(_, sender)| sender)
    }

    /// Whether chance parts people anywhere.
    pub fn has_splits(&self) -> bool {
        self.graph.nodes.iter().any(|node| matches!(node.action, Action::Split { .. }))
    }

    /// Whether one variant of this split may win.
    pub fn looks_for_a_winner(&self, node: &str) -> bool {
        let action = self.graph.node(node).map(|node| &node.action);
        matches!(action, Some(Action::Split { winner: Some(_), .. }))
    }

    /// Whether the senders of a channel share its people.
    pub fn shares_people(&self) -> bool {
        self.senders.values().any(|seats| seats.len() > 1)
    }

    /// Whether it writes on a platform on which people have other addresses than e-mail and phone.
    pub fn needs_platforms(&self) -> bool {
        self.texts.values().any(|texts| AddressKind::of_channel(texts.channel).is_some())
    }

    /// Writes the message of a node for one person.
    #[expect(clippy::too_many_arguments, reason = "the inputs of one text, each from another place")]
    pub fn draft(
        &self,
        app: &App,
        node: &str,
        due: &Due,
        contact: &MergeData,
        earlier: Earlier<'_>,
        assigned: &mut Assigned,
        now: i64,
    ) -> Drafted {
        let Some(texts) = self.texts.get(node) else { return Drafted::NoAddress };
        let Some((to_address, to_key)) = address_of(contact, texts.channel) else {
            return Drafted::NoAddress;
        };
        let Some(sender) = self.sender_for(texts.channel, due, contact, earlier, assigned) else {
            return Drafted::NoSender(texts.channel);
        };
        let id = store::new_id(MessageId::from_uuid);
        let values = |field: &str| self.value(app, field, contact, sender, &id);
        let rendered = (|| {
            let subject = texts.subject.as_ref().map(|s| s.render_line(&values)).transpose()?;
            Ok::<_, domain::template::Missing>((
                subject.filter(|s| !s.trim().is_empty()),
                texts.body.render(&values)?,
                texts.approved.as_ref().map(|approved| filled(approved, &values)).transpose()?,
            ))
        })();
        let (mut subject, body, approved) = match rendered {
            Ok(texts) => texts,
            Err(missing) => return Drafted::Missing(missing.fields),
        };
        let thread = earlier.thread.filter(|t| texts.thread && !t.last.is_empty());
        if subject.is_none() && texts.channel == Channel::Email {
            let first = thread.and_then(|t| t.subject.clone()).unwrap_or_else(|| self.name.clone());
            subject =
                Some(if first.to_lowercase().starts_with("re:") { first } else { format!("Re: {first}") });
        }
        let zone = self.zone_of(contact);
        let open = Open {
            id: store::new_id(ConversationId::from_uuid),
            contact_id: Some(contact.id.clone()),
            channel: texts.channel,
            sender_id: sender.id.clone(),
            address: to_address.clone(),
            address_key: to_key.clone(),
            subject: subject.clone(),
            snippet: snippet(&body),
            campaign_id: Some(due.campaign_id.clone()),
        };
        let message = NewOutbound {
            conversation_id: open.id.clone(),
            contact_id: Some(contact.id.clone()),
            campaign_id: Some(due.campaign_id.clone()),
            enrollment_id: Some(due.id.clone()),
            node_key: Some(node.to_owned()),
            sender_id: sender.id.clone(),
            channel: texts.channel,
            policy: Policy::AtMostOnce,
            dedupe_key: format!("step:{}:{node}:{}", due.id, due.visit),
            from_address: sender.address.clone(),
            to_address,
            to_key,
            subject,
            body,
            approved,
            rfc_message_id: (texts.channel == Channel::Email).then(|| rfc_message_id(&id, &sender.address)),
            in_reply_to: thread.map(|t| t.last.clone()),
            reference_ids: thread.map(|t| t.references.join(" ")),
            not_before: schedule::next_open(&self.hours, &zone, now).unwrap_or(now),
            due_at: now,
            author_id: None,
            id,
        };
        let takes_turns = texts.channel != Channel::Telegram;
        if takes_turns && earlier.senders.is_none_or(|before| !before.contains_key(&texts.channel)) {
            let given = (due.workspace_id.clone(), due.campaign_id.clone(), sender.id.clone());
            *assigned.entry(given).or_default() += 1;
        }
        if self.approval.asks(texts.approval, texts.channel, due.visit == 0) {
            // To be looked over at any hour; the hours count when it leaves.
            let message = NewOutbound { not_before: now, ..message };
            return Drafted::ForApproval(Box::new(message), Box::new(open));
        }
        Drafted::Message(Box::new(message), Box::new(open))
    }

    fn value(
        &self,
        app: &App,
        field: &str,
        contact: &MergeData,
        sender: &Sender,
        id: &MessageId,
    ) -> Option<String> {
        match field {
            "sender.name" => Some(sender.name.clone()),
            "sender.address" => Some(sender.address.clone()),
            "campaign.name" => Some(self.name.clone()),
            field if field.starts_with(occasion::PREFIX) => self.of_event(field),
            "unsubscribe_url" => Some(crate::engagement::unsubscribe_url(app, id)),
            _ => contact.field(field),
        }
    }

    fn of_event(&self, field: &str) -> Option<String> {
        self.occasion.as_ref()?.field(field)
    }

    /// The day of the event that it invites to, by its name.
    pub fn event_date(&self) -> Option<(String, jiff::civil::Date)> {
        Some((occasion::DATE.to_owned(), self.occasion.as_ref()?.date))
    }

    /// The channels on which it writes only to those who agreed.
    pub fn consent_channels(&self) -> impl Iterator<Item = Channel> + '_ {
        let writes = |channel: &Channel| self.texts.values().any(|texts| texts.channel == *channel);
        let needs = |channel: &Channel| consent::is_needed(&self.consent, *channel, true);
        Channel::ALL.iter().copied().filter(needs).filter(writes)
    }

    /// Whether a text of it names a custom field.
    pub fn names_custom(&self) -> bool {
        let of = |texts: &Texts| texts.all().any(Template::names_custom);
        let of_task = |task: &TaskTexts| task.title.names_custom() || task.instructions.names_custom();
        self.waits_for_dates()
            || !self.customs.is_empty()
            || self.texts.values().any(of)
            || self.tasks.values().any(of_task)
    }

    /// The task of a node for one person; where a merge tag has no value, what it asks for stands in brackets.
    pub fn task(&self, node: &str, due: &Due, contact: &MergeData, arrived_at: i64) -> Option<NewTask> {
        let TaskTexts { task, title, instructions } = self.tasks.get(node)?;
        let value = |field: &str| {
            let value = match field {
                "campaign.name" => Some(self.name.clone()),
                field if field.starts_with(occasion::PREFIX) => self.of_event(field),
                field => contact.field(field),
            };
            let label = domain::template::FIELDS.iter().find(|(known, _)| *known == field);
            value.or_else(|| Some(format!("[{}]", label.map_or(field, |(_, label)| label))))
        };
        Some(NewTask {
            workspace_id: due.workspace_id.clone(),
            contact_id: due.contact_id.clone(),
            campaign_id: due.campaign_id.clone(),
            enrollment_id: due.id.clone(),
            node_key: node.to_owned(),
            arrived_at,
            kind: task.kind,
            title: title.render_line(&value).unwrap_or_else(|_| task.title.clone()),
            instructions: instructions.render(&value).unwrap_or_else(|_| task.instructions.clone()),
            due_at: task.due_at(arrived_at),
            until_at: task.until(arrived_at),
        })
    }

    /// The webhook that a node tells.
    pub fn webhook(&self, node: &str) -> Option<&WebhookId> {
        match &self.graph.node(node)?.action {
            Action::Webhook { webhook_id } => webhook_id.as_ref(),
            _ => None,
        }
    }

    /// The name of the campaign.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn waits_for_dates(&self) -> bool {
        self.graph.nodes.iter().any(|node| self.waits_for_a_date(&node.key))
    }

    /// Whether whoever stands on a node waits for a day that may be changed.
    pub fn waits_for_a_date(&self, node: &str) -> bool {
        let action = self.graph.node(node).map(|node| &node.action);
        matches!(action, Some(Action::Wait(wait)) if wait.is_for_a_date())
    }

    /// What its ways ask for beside fields and events: whether for scores, and for which tags, lists and segments.
    pub fn asks(&self) -> (bool, Vec<&str>) {
        let (mut scores, mut sets) = (false, Vec::new());
        for condition in self.graph.edges.iter().filter_map(|edge| edge.condition.as_ref()) {
            condition.walk(&mut |part, _| match part {
                Condition::Score { .. } => scores = true,
                Condition::Member { set_id } => sets.push(set_id.as_str()),
                _ => {}
            });
        }
        (scores, sets)
    }

    /// Whether it has tasks.
    pub fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// What a step changes of somebody, in the form in which it is written down, and the same in words. A value that
    /// does not fit its field leaves the field as it is.
    pub fn change(&self, changes: &funnel::Changes) -> (Change, String) {
        let funnel::Changes { set, status, owner_id, add_tags, remove_tags, .. } = changes;
        let mut change = Change {
            status: status.clone(),
            owner: owner_id.clone(),
            add_tags: add_tags.clone(),
            remove_tags: remove_tags.clone(),
            ..Change::default()
        };
        let mut said = Vec::new();
        for (field, value) in set {
            if let Some(column) = Column::of(field) {
                let longest = domain::import::MAX_VALUE;
                change.columns.push((column, value.as_ref().map(|v| v.chars().take(longest).collect())));
                let known = funnel::SETTABLE.iter().find(|(known, _)| known == field);
                said.push(known.map_or(field.as_str(), |(_, label)| label).to_owned());
            } else if let Some(custom) = self.custom(field) {
                match custom.kind.read(value.as_deref().unwrap_or_default(), &custom.choices()) {
                    Ok(value) => {
                        change.custom.push((custom.id.clone(), value));
                        said.push(custom.name.clone());
                    }
                    Err(why) => said.push(format!("not {} ({})", custom.name, why.to_lowercase())),
                }
            }
        }
        said.extend(status.iter().map(|status| format!("Status {status}")));
        said.extend(owner_id.iter().map(|_| "Owner".to_owned()));
        said.extend(add_tags.iter().map(|tag| format!("Tag {tag} put on")));
        said.extend(remove_tags.iter().map(|tag| format!("Tag {tag} taken off")));
        (change, said.join(", "))
    }

    /// A custom field by its name in funnels.
    fn custom(&self, field: &str) -> Option<&CustomField> {
        let key = field.strip_prefix(domain::template::CUSTOM)?;
        self.customs.iter().find(|custom| custom.key == key)
    }

    /// What texts say of somebody once a step has changed them.
    pub fn note(&self, changes: &funnel::Changes, contact: &mut MergeData) {
        for (field, value) in &changes.set {
            let written = match (self.custom(field), value) {
                (Some(custom), Some(value)) => match custom.kind.read(value, &custom.choices()) {
                    Ok(read) => read.map(|read| custom.kind.written(&read.text)),
                    Err(_) => continue,
                },
                (_, value) => value.clone(),
            };
            contact.set(field, written);
        }
        if let Some(status) = &changes.status {
            contact.status.clone_from(status);
        }
    }
}

/// Where somebody is written to on a channel: as written, and as it is compared.
pub(crate) fn address_of(contact: &MergeData, channel: Channel) -> Option<(String, String)> {
    let on_platform = || contact.platforms.get(&AddressKind::of_channel(channel)?).cloned();
    let phone = || contact.phone.clone().zip(contact.phone.clone());
    match channel {
        Channel::Email => contact.email.clone().zip(contact.email_key.clone()),
        Channel::Sms | Channel::Voicemail => phone(),
        Channel::Whatsapp => on_platform().or_else(phone),
        Channel::Messenger | Channel::Tiktok | Channel::Telegram => on_platform(),
    }
}

/// The approved template with its values filled in, in the form in which it is kept.
fn filled(
    (approved, values): &(ApprovedTemplate, Vec<Template>),
    known: &impl Fn(&str) -> Option<String>,
) -> std::result::Result<String, domain::template::Missing> {
    let values =
        values.iter().map(|value| value.render_line(known)).collect::<std::result::Result<_, _>>()?;
    let filled = ApprovedTemplate { values, places: vec![], ..approved.clone() };
    Ok(serde_json::json!(filled).to_string())
}

fn texts_of(graph: &Graph) -> HashMap<String, Texts> {
    let text = |node: &funnel::Node| {
        let message = node.action.message()?;
        // A campaign starts only on a graph whose texts parse; a row damaged since writes nothing.
        let parse = |text: &str| Template::parse(text).ok();
        let approved = match message.template {
            None => None,
            Some(template) => {
                let values = template.values.iter().map(|value| parse(value)).collect::<Option<Vec<_>>>()?;
                Some((template.clone(), values))
            }
        };
        let subject = match message.subject {
            None => None,
            Some(subject) => Some(parse(subject)?),
        };
        let domain::funnel::Written { channel, thread, approval, .. } = message;
        let body = parse(message.body)?;
        Some((node.key.clone(), Texts { channel, thread, approval, subject, body, approved }))
    };
    graph.nodes.iter().filter_map(text).collect()
}

fn tasks_of(graph: &Graph) -> HashMap<String, TaskTexts> {
    let task = |node: &funnel::Node| match &node.action {
        Action::Task(task) => {
            let (title, instructions) =
                (Template::parse(&task.title).ok()?, Template::parse(&task.instructions).ok()?);
            Some((node.key.clone(), TaskTexts { task: task.clone(), title, instructions }))
        }
        _ => None,
    };
    graph.nodes.iter().filter_map(task).collect()
}

/// The Message-ID of an e-mail: our id at the sender's domain, fixed before the first attempt.
pub fn rfc_message_id(id: &MessageId, sender: &str) -> String {
    format!("{id}@{}", sender.split_once('@').map_or("overture.invalid", |(_, domain)| domain))
}

/// The first words of a text, on one line.
pub fn snippet(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(140).collect()
}
