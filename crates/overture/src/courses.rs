//! A running campaign as the engine holds it: graph, texts compiled once, senders, hours.

use crate::{
    app::App,
    error::Result,
    loops::steps::{self, Thread},
};
use domain::{
    Channel, consent,
    funnel::{Action, Graph},
    ids::{CampaignId, ContactId, ConversationId, MessageId, SenderId, WorkspaceId},
    message::Policy,
    schedule::{self, SendWindow},
    template::Template,
};
use std::collections::{HashMap, HashSet};
use store::{
    Scope, campaign, contact::MergeData, conversation::Open, enrollment::Due, message::NewOutbound,
    sender::Sender,
};

/// A campaign's own copy of a funnel, ready to run.
pub struct Course {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The graph.
    pub graph: Graph,
    name: String,
    zone: String,
    windows: Vec<SendWindow>,
    senders: HashMap<Channel, Sender>,
    /// Channels on which it writes only to those who agreed.
    consent: Vec<Channel>,
    texts: HashMap<String, Texts>,
}

struct Texts {
    channel: Channel,
    thread: bool,
    subject: Option<Template>,
    body: Template,
}

/// Who agreed to which channel, of those that are asked for.
pub type Agreed = HashMap<Channel, HashSet<ContactId>>;

/// What writing a node's message came to.
pub enum Drafted {
    /// Ready to be queued, with its thread.
    Message(Box<NewOutbound>, Box<Open>),
    /// Merge fields without a value.
    Missing(Vec<String>),
    /// The contact has no address on the channel.
    NoAddress,
    /// The campaign has no sender for the channel.
    NoSender(Channel),
}

/// The graph of a campaign, from its rows.
pub async fn graph_of(app: &App, id: &CampaignId) -> Result<Graph> {
    let (nodes, edges) = campaign::graph(&app.db, id).await?;
    let mut graph = Graph::default();
    for row in nodes {
        graph.nodes.push(serde_json::from_str(&row.node)?);
    }
    for row in edges {
        let condition = row.condition.as_deref().map(serde_json::from_str).transpose()?;
        graph.edges.push(domain::funnel::Edge { from: row.from_key, to: row.to_key, condition });
    }
    Ok(graph)
}

impl Course {
    /// Loads a campaign; `None` when it is gone.
    pub async fn load(app: &App, workspace: &WorkspaceId, id: &CampaignId) -> Result<Option<Self>> {
        let scope = Scope::system(workspace.clone());
        let Some(row) = campaign::for_engine(&app.db, id).await? else { return Ok(None) };
        let graph = graph_of(app, id).await?;
        let mut senders = HashMap::new();
        for sender in [&row.email_sender_id, &row.sms_sender_id].into_iter().flatten() {
            let sender = store::sender::get(&app.db, &scope, sender).await?;
            senders.insert(sender.channel, sender);
        }
        let workspace_row = store::workspace::get(&app.db, &scope).await?;
        Ok(Some(Self {
            consent: workspace_row.consent_channels(),
            texts: texts_of(&graph),
            graph,
            name: row.name,
            zone: workspace_row.time_zone,
            windows: serde_json::from_str(&row.windows)?,
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

    /// Writes the message of a node for one person.
    pub fn draft(
        &self,
        app: &App,
        node: &str,
        due: &Due,
        contact: &MergeData,
        thread: Option<&Thread>,
        now: i64,
    ) -> Drafted {
        let Some(texts) = self.texts.get(node) else { return Drafted::NoAddress };
        let Some((to_address, to_key)) = address_of(contact, texts.channel) else {
            return Drafted::NoAddress;
        };
        let Some(sender) = self.senders.get(&texts.channel) else { return Drafted::NoSender(texts.channel) };
        let id = store::new_id(MessageId::from_uuid);
        let values = |field: &str| self.value(app, field, contact, sender, &id);
        let rendered = (|| {
            let subject = texts.subject.as_ref().map(|s| s.render_line(&values)).transpose()?;
            Ok::<_, domain::template::Missing>((
                subject.filter(|s| !s.trim().is_empty()),
                texts.body.render(&values)?,
            ))
        })();
        let (mut subject, body) = match rendered {
            Ok(texts) => texts,
            Err(missing) => return Drafted::Missing(missing.fields),
        };
        let thread = thread.filter(|t| texts.thread && !t.last.is_empty());
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
            approved: None,
            rfc_message_id: (texts.channel == Channel::Email).then(|| rfc_message_id(&id, &sender.address)),
            in_reply_to: thread.map(|t| t.last.clone()),
            reference_ids: thread.map(|t| t.references.join(" ")),
            not_before: steps::not_before(&self.windows, &zone, now),
            due_at: now,
            author_id: None,
            id,
        };
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
            "unsubscribe_url" => Some(crate::engagement::unsubscribe_url(app, id)),
            _ => contact.field(field),
        }
    }

    /// The channels on which it writes only to those who agreed.
    pub fn consent_channels(&self) -> impl Iterator<Item = Channel> + '_ {
        let asks = |channel: &Channel| self.texts.values().any(|texts| texts.channel == *channel);
        self.consent.iter().copied().filter(asks)
    }

    /// Whether a text of it names a custom field.
    pub fn names_custom(&self) -> bool {
        let of = |texts: &Texts| texts.subject.iter().chain([&texts.body]).any(Template::names_custom);
        self.texts.values().any(of)
    }

    /// The sender that serves a channel in this campaign.
    pub fn sender(&self, channel: Channel) -> Option<&SenderId> {
        self.senders.get(&channel).map(|s| &s.id)
    }
}

/// Where somebody is written to on a channel: as written, and as it is compared.
fn address_of(contact: &MergeData, channel: Channel) -> Option<(String, String)> {
    match channel {
        Channel::Email => contact.email.clone().zip(contact.email_key.clone()),
        _ => contact.phone.clone().zip(contact.phone.clone()),
    }
}

fn texts_of(graph: &Graph) -> HashMap<String, Texts> {
    let mut texts = HashMap::new();
    for node in &graph.nodes {
        let (channel, thread, subject, body) = match &node.action {
            Action::EmailSend { subject, body, thread, .. } => (Channel::Email, *thread, Some(subject), body),
            Action::SmsSend { body } => (Channel::Sms, false, None, body),
            _ => continue,
        };
        // A campaign starts only on a graph whose texts parse; a row damaged since writes nothing.
        let (Ok(subject), Ok(body)) =
            (subject.map(|s| Template::parse(s)).transpose(), Template::parse(body))
        else {
            continue;
        };
        texts.insert(node.key.clone(), Texts { channel, thread, subject, body });
    }
    texts
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
