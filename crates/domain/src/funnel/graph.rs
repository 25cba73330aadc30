//! The graph of a funnel as it is stored, sent and drawn.

use super::{
    split::{Variant, Winner},
    task::Task,
    update::Update,
    wait::Wait,
};
use crate::{
    Channel,
    approval::StepApproval,
    condition::Condition,
    ids::WebhookId,
    message::ApprovedTemplate,
    occasion::{DATE, PREFIX},
    template::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use std::fmt;

/// A funnel: nodes, and the edges between them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Graph {
    /// The nodes, in the order of the editor.
    pub nodes: Vec<Node>,
    /// The edges; where several leave one node, their order is the order in which they are tried.
    #[serde(default)]
    pub edges: Vec<Edge>,
}

/// One box of the funnel. JSON: `{"key","type","name","config":{..},"x","y"}`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(extend("unevaluatedProperties" = false))]
pub struct Node {
    /// Unique in the graph; never changes while the funnel is edited.
    pub key: String,
    /// What a person calls it.
    #[serde(default)]
    pub name: String,
    /// What it does: `type` and `config`.
    #[serde(flatten)]
    pub action: Action,
    /// Left edge on the canvas, in pixels, to a hundredth.
    #[serde(default)]
    pub x: f64,
    /// Top edge on the canvas, in pixels, to a hundredth.
    #[serde(default)]
    pub y: f64,
}

/// What happens when somebody reaches a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "config", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// A named place; may give the contact a status.
    Stage {
        /// The contact status to set, for example `Messaged`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
    },
    /// Writes an e-mail.
    EmailSend {
        /// Subject with merge tags; may stay empty where `thread` is set.
        #[serde(default)]
        subject: String,
        /// Text with merge tags.
        body: String,
        /// The snippet that subject and body were copied from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snippet_id: Option<String>,
        /// A follow-up in the thread of the e-mail before it.
        #[serde(default)]
        thread: bool,
        /// Whether somebody looks it over first, whatever the campaign says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<StepApproval>,
    },
    /// Writes a text message.
    SmsSend {
        /// Text with merge tags.
        body: String,
        /// Whether somebody looks it over first, whatever the campaign says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval: Option<StepApproval>,
    },
    /// Rests.
    Wait(Wait),
    /// Parts the ways: its edges carry the conditions.
    Condition {},
    /// Parts the ways by chance, always the same way for one person. Its edges ask for the variants.
    Split {
        /// The ways.
        variants: Vec<Variant>,
        /// When one of them has won, for all who come later. Left out, only a person decides that.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        winner: Option<Winner>,
    },
    /// Changes the contact.
    UpdateContact(Update),
    /// Has a person do something, and waits for it.
    Task(Task),
    /// Tells a webhook of the workspace about the contact, until it has heard it; nobody waits for that.
    Webhook {
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        webhook_id: Option<WebhookId>,
    },
    /// Leaves a voice message without ringing.
    VoicemailDrop(ChatText),
    /// Writes on WhatsApp.
    WhatsappSend(WhatsappText),
    /// Writes on Messenger.
    MessengerSend(ChatText),
    /// Writes on TikTok.
    TiktokSend(ChatText),
    /// Writes on Telegram.
    TelegramSend(ChatText),
    /// Has a text drafted, for a person to look over.
    AiDraft {
        /// What it is to be about, with merge tags.
        instructions: String,
    },
    /// Looks up what is not known of the contact.
    Enrich {},
    /// Goes on at another node, without an edge drawn across the canvas.
    Goto {
        /// Its key.
        node: String,
    },
    /// Ends the campaign for this person.
    Exit {
        /// Why, in the words of the one who drew it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// A message that is nothing but text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatText {
    /// Text with merge tags; of a voice message, what it says.
    pub body: String,
    /// Whether somebody looks it over first, whatever the campaign says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<StepApproval>,
}

/// A message on WhatsApp.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhatsappText {
    /// Text with merge tags; with a template, what it says.
    pub body: String,
    /// The approved template that is sent instead, which may begin a conversation. Its values have merge tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<ApprovedTemplate>,
    /// Whether somebody looks it over first, whatever the campaign says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<StepApproval>,
}

/// The message of a step, before its merge tags are filled in.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// How it travels.
    pub channel: Channel,
    /// Subject of an e-mail; may be empty where it follows up.
    pub subject: Option<&'a str>,
    /// Text.
    pub body: &'a str,
    /// Whether it follows up in the thread of the e-mail before it.
    pub thread: bool,
    /// The approved template that is sent instead of the text.
    pub template: Option<&'a ApprovedTemplate>,
    /// Whether somebody looks it over first, whatever the campaign says.
    pub approval: Option<StepApproval>,
}

impl ChatText {
    fn on(&self, channel: Channel) -> Written<'_> {
        Written::text(channel, &self.body, self.approval)
    }
}

impl<'a> Written<'a> {
    const fn text(channel: Channel, body: &'a str, approval: Option<StepApproval>) -> Self {
        Written { channel, subject: None, body, thread: false, template: None, approval }
    }

    /// All its texts with merge tags.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> {
        let values = self.template.iter().flat_map(|template| template.values.iter().map(String::as_str));
        self.subject.into_iter().chain([self.body]).chain(values)
    }
}

/// A way from one node to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Key of the node it leaves.
    pub from: String,
    /// Key of the node it leads to.
    pub to: String,
    /// Who may pass; an edge without one takes everybody that no other edge took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
}

impl Action {
    /// The spelling of `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Action::Stage { .. } => "stage",
            Action::EmailSend { .. } => "email_send",
            Action::SmsSend { .. } => "sms_send",
            Action::Wait { .. } => "wait",
            Action::Condition {} => "condition",
            Action::Split { .. } => "split",
            Action::UpdateContact(_) => "update_contact",
            Action::Task(_) => "task",
            Action::Webhook { .. } => "webhook",
            Action::VoicemailDrop(_) => "voicemail_drop",
            Action::WhatsappSend(_) => "whatsapp_send",
            Action::MessengerSend(_) => "messenger_send",
            Action::TiktokSend(_) => "tiktok_send",
            Action::TelegramSend(_) => "telegram_send",
            Action::AiDraft { .. } => "ai_draft",
            Action::Enrich {} => "enrich",
            Action::Goto { .. } => "goto",
            Action::Exit { .. } => "exit",
        }
    }

    /// What it writes, `None` where it writes nothing. A provider for one more channel makes its kind of step answer
    /// here, and no longer in [`Action::lacks`].
    pub fn message(&self) -> Option<Written<'_>> {
        match self {
            Action::EmailSend { subject, body, thread, approval, .. } => Some(Written {
                subject: Some(subject),
                thread: *thread,
                ..Written::text(Channel::Email, body, *approval)
            }),
            Action::SmsSend { body, approval } => Some(Written::text(Channel::Sms, body, *approval)),
            Action::WhatsappSend(whatsapp) => {
                let template = whatsapp.template.as_ref();
                Some(Written {
                    template,
                    ..Written::text(Channel::Whatsapp, &whatsapp.body, whatsapp.approval)
                })
            }
            Action::MessengerSend(chat) => Some(chat.on(Channel::Messenger)),
            Action::VoicemailDrop(chat) => Some(chat.on(Channel::Voicemail)),
            Action::TiktokSend(chat) => Some(chat.on(Channel::Tiktok)),
            Action::TelegramSend(chat) => Some(chat.on(Channel::Telegram)),
            Action::Stage { .. }
            | Action::Wait(_)
            | Action::Condition {}
            | Action::Split { .. }
            | Action::UpdateContact(_)
            | Action::Task(_)
            | Action::Webhook { .. }
            | Action::AiDraft { .. }
            | Action::Enrich {}
            | Action::Goto { .. }
            | Action::Exit { .. } => None,
        }
    }

    /// The channel it writes on, `None` where it writes nothing.
    pub fn channel(&self) -> Option<Channel> {
        self.message().map(|message| message.channel)
    }

    /// What it would take to do this that is not there yet, in the words of people; `None` for what can be done. Such a
    /// step can be drawn and kept, but no campaign starts with it.
    pub const fn lacks(&self) -> Option<&'static str> {
        match self {
            Action::AiDraft { .. } => Some("AI drafts"),
            Action::Enrich {} => Some("enrichment"),
            _ => None,
        }
    }
}

impl Graph {
    /// The node with this key.
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.key == key)
    }

    /// The edges that leave a node, in the order in which they are tried.
    pub fn edges_from<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| edge.from == key)
    }

    /// Whether a text or a wait of it needs the event that a campaign invites to.
    pub fn names_event(&self) -> bool {
        let names = |text: &str| {
            Template::parse(text).is_ok_and(|text| text.required().any(|field| field.starts_with(PREFIX)))
        };
        self.nodes.iter().any(|node| match &node.action {
            Action::Wait(Wait::Date { date, .. }) => date == DATE,
            Action::Task(task) => names(&task.title) || names(&task.instructions),
            action => action.message().is_some_and(|message| message.texts().any(names)),
        })
    }

    /// The channels it writes on, each once.
    pub fn channels(&self) -> Vec<Channel> {
        let mut channels: Vec<Channel> = self.nodes.iter().filter_map(|node| node.action.channel()).collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }
}

/// Where everybody begins: the first node that no edge leads to. A goto may lead back to it.
pub fn start(graph: &Graph) -> Option<&Node> {
    let targets: std::collections::HashSet<&str> =
        graph.edges.iter().filter(|edge| edge.from != edge.to).map(|edge| edge.to.as_str()).collect();
    graph.nodes.iter().find(|node| !targets.contains(node.key.as_str()))
}

/// Read by hand: serde cannot refuse unknown fields beside a flattened one, and a misspelt field that is
/// silently dropped is a message that is never sent.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            key: String,
            #[serde(rename = "type")]
            kind: String,
            #[serde(default)]
            name: String,
            #[serde(default)]
            config: Config,
            #[serde(default)]
            x: f64,
            #[serde(default)]
            y: f64,
        }
        let Wire { key, kind, name, config, x, y } = Wire::deserialize(d)?;
        let action = Action::deserialize(serde_json::json!({ "type": kind, "config": config.0 }))
            .map_err(|error| de::Error::custom(format!("node {key:?}: {error}")))?;
        Ok(Node { key, name, action, x: place(x), y: place(y) })
    }
}

/// A place on the canvas: to a hundredth of a pixel, and not out of the world. Such a number is the same again after it
/// was written and read, which one of seventeen digits need not be, and a funnel that is opened and saved is unchanged.
fn place(at: f64) -> f64 {
    // Adding zero takes the sign from a zero.
    (at.clamp(-1e7, 1e7) * 100.0).round() / 100.0 + 0.0
}

/// A JSON object in which a key that comes twice is an error, where `serde_json::Map` keeps the last.
#[derive(Default)]
struct Config(Map<String, Value>);

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Config;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the settings of the node")
            }
            fn visit_unit<E>(self) -> Result<Config, E> {
                Ok(Config::default())
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Config, A::Error> {
                let mut config = Map::new();
                while let Some((key, value)) = entries.next_entry::<String, Value>()? {
                    if config.contains_key(&key) {
                        return Err(de::Error::custom(format!("duplicate field `{key}`")));
                    }
                    config.insert(key, value);
                }
                Ok(Config(config))
            }
        }
        d.deserialize_any(Visitor)
    }
}
