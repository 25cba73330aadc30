//! What is wrong with a funnel. Every problem names its node, says what to do, and all of them are told at once.

use super::{
    graph::{Action, Edge, Graph, Node, WhatsappText},
    paths::Paths,
    wait::Wait,
};
use crate::{
    Channel, approved,
    condition::{self, Condition},
    custom_field::FieldKind,
    ids::WebhookId,
    limits,
    message::ApprovedTemplate,
    template::{self, Template},
    text::words,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashSet;

mod task;
mod update;
mod ways;

/// Most nodes of a funnel.
pub const MAX_NODES: usize = 1_000;
/// The code of a step that nothing can do yet: it may be kept, and no campaign starts with it.
pub const NOT_CONNECTED: &str = "node.not_connected";
/// Most edges of a funnel.
pub const MAX_EDGES: usize = 4_000;
/// Longest text message before its merge tags are filled in, in characters: ten segments.
pub const MAX_SMS_CHARS: usize = 1_530;
/// Longest subject, in characters.
pub const MAX_SUBJECT_CHARS: usize = 500;

words! {
    /// How bad a problem is.
    pub enum Severity {
        /// A campaign cannot run on it.
        Error = "error",
        /// It runs, but probably not as meant.
        Warning = "warning",
    }
}

/// Something wrong with a funnel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Problem {
    /// Key of the node it is about, `null` for the whole funnel.
    pub node: Option<String>,
    /// Stable, for programs.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub fix: String,
    /// Whether a campaign can run on it.
    pub severity: Severity,
}

/// A custom field that a funnel may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    /// Its key.
    pub key: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What may be chosen, where it is a choice.
    pub choices: Vec<String>,
}

/// What a funnel may name in its workspace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Its custom fields.
    pub customs: Vec<Custom>,
    /// Its webhooks.
    pub webhooks: Vec<Hook>,
    /// The templates that its WhatsApp accounts have, where anybody has asked for them.
    pub templates: Option<Vec<approved::Known>>,
}

/// A webhook that a funnel may tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Which.
    pub id: WebhookId,
    /// Whether it is told anything.
    pub is_on: bool,
}

/// Everything that is wrong with a funnel in a workspace without custom fields; an empty answer means that a campaign
/// can run on it.
pub fn validate(graph: &Graph) -> Vec<Problem> {
    validate_in(graph, &Known::default())
}

/// The same in a workspace of which this is known.
pub fn validate_in(graph: &Graph, known: &Known) -> Vec<Problem> {
    let paths = Paths::new(graph);
    let customs: Vec<String> = known.customs.iter().map(|custom| custom.key.clone()).collect();
    let mut check = Check { graph, known, customs: &customs, paths: &paths, problems: Vec::new() };
    if !check.size() {
        return check.problems;
    }
    check.keys();
    // What lies behind an e-mail can follow up in its thread.
    let is_email = |node: &usize| matches!(graph.nodes[*node].action, Action::EmailSend { .. });
    let behind = (0..graph.nodes.len()).filter(is_email).flat_map(|node| paths.next[node].iter().copied());
    let follows = paths.reach(behind, &paths.next);
    for (node, follows) in graph.nodes.iter().zip(follows) {
        check.node(node, follows);
    }
    for edge in &graph.edges {
        check.edge(edge);
    }
    check.shape();
    check.problems
}

struct Check<'a> {
    graph: &'a Graph,
    known: &'a Known,
    customs: &'a [String],
    paths: &'a Paths<'a>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn error(
        &mut self,
        node: Option<&str>,
        code: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.push(node, code, message.into(), fix.into(), Severity::Error);
    }

    fn warn(
        &mut self,
        node: Option<&str>,
        code: &'static str,
        message: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.push(node, code, message.into(), fix.into(), Severity::Warning);
    }

    fn push(
        &mut self,
        node: Option<&str>,
        code: &'static str,
        message: String,
        fix: String,
        severity: Severity,
    ) {
        self.problems.push(Problem { node: node.map(str::to_owned), code, message, fix, severity });
    }

    /// Whether the rest can be looked at in reasonable time.
    fn size(&mut self) -> bool {
        let (nodes, edges) = (self.graph.nodes.len(), self.graph.edges.len());
        if nodes == 0 {
            self.error(None, "graph.empty", "The funnel is empty.", "Add a first node.");
        }
        if nodes > MAX_NODES {
            let message = format!("The funnel has {nodes} nodes; {MAX_NODES} is the limit.");
            self.error(None, "graph.too_many_nodes", message, "Split it into several funnels.");
        }
        if edges > MAX_EDGES {
            let message = format!("The funnel has {edges} edges; {MAX_EDGES} is the limit.");
            self.error(None, "graph.too_many_edges", message, "Split it into several funnels.");
        }
        (1..=MAX_NODES).contains(&nodes) && edges <= MAX_EDGES
    }

    fn keys(&mut self) {
        let mut seen = HashSet::new();
        for node in &self.graph.nodes {
            let key = node.key.as_str();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            if key.is_empty() || key.len() > 64 || !key.chars().all(plain) {
                let fix = "Use 1 to 64 letters, digits, `-`, `_` or `.`.";
                self.error(Some(key), "node.key", format!("{key:?} cannot be the key of a node."), fix);
            }
            if !seen.insert(key) {
                let message = format!("Two nodes have the key {key:?}.");
                self.error(Some(key), "node.duplicate_key", message, "Give one of them another key.");
            }
            if node.name.chars().count() > 200 {
                let message = "The name is longer than 200 characters.";
                self.error(Some(key), "node.name", message, "Shorten it.");
            }
        }
    }

    fn node(&mut self, node: &Node, follows_email: bool) {
        let key = Some(node.key.as_str());
        match &node.action {
            Action::Stage { status } => {
                if status
                    .as_ref()
                    .is_some_and(|status| status.trim().is_empty() || status.chars().count() > 60)
                {
                    let fix = "Name a status of at most 60 characters, or take the setting out.";
                    self.error(key, "stage.status", "The status to set is blank or too long.", fix);
                }
            }
            Action::EmailSend { subject, body, thread, .. } => {
                if subject.trim().is_empty() {
                    if !*thread {
                        self.error(key, "email.no_subject", "The e-mail has no subject.", "Write one.");
                    }
                } else {
                    self.subject(node, subject);
                }
                if *thread && !follows_email {
                    let message = "It is to follow up in the thread of an earlier e-mail, but no e-mail comes before it.";
                    self.warn(
                        key,
                        "email.no_thread",
                        message,
                        "Draw an e-mail before it, or start a new thread.",
                    );
                    if subject.trim().is_empty() {
                        let message =
                            "The e-mail has no subject, and no e-mail before it whose subject it could take.";
                        self.error(key, "email.no_subject", message, "Write a subject.");
                    }
                }
                self.text(node, "body", body, "The e-mail has no text.");
            }
            Action::SmsSend { body, .. } => {
                if self.text(node, "body", body, "The text message has no text.")
                    && body.chars().count() > MAX_SMS_CHARS
                {
                    let message =
                        format!("The text message is longer than {MAX_SMS_CHARS} characters, ten segments.");
                    self.error(key, "sms.too_long", message, "Shorten it.");
                }
            }
            Action::Wait(wait) => self.wait(node, wait),
            Action::Split { variants, winner } => self.split(node, variants, winner.as_ref()),
            Action::Webhook { webhook_id } => self.webhook(node, webhook_id.as_ref()),
            Action::WhatsappSend(whatsapp) => self.whatsapp(node, whatsapp),
            Action::MessengerSend(chat) => {
                self.chat(node, &chat.body, limits::of(Channel::Messenger).max_length);
            }
            Action::VoicemailDrop(chat) => {
                self.chat(node, &chat.body, limits::of(Channel::Voicemail).max_length);
            }
            Action::TiktokSend(chat) => self.chat(node, &chat.body, limits::of(Channel::Tiktok).max_length),
            Action::TelegramSend(chat) => {
                self.chat(node, &chat.body, limits::of(Channel::Telegram).max_length);
            }
            Action::AiDraft { instructions } => {
                self.text(node, "instructions", instructions, "It does not say what to write.");
            }
            Action::Enrich {} => {}
            Action::UpdateContact(update) => self.update(node, update),
            Action::Task(task) => self.task(node, task),
            Action::Goto { node: to } => self.goto(node, to),
            Action::Condition {} | Action::Exit { .. } => {}
        }
        if let Some(what) = node.action.lacks() {
            let message = format!("No provider for {what} is connected yet.");
            self.warn(key, NOT_CONNECTED, message, "Take the step out to start the campaign.");
        }
        self.ways_out(node);
    }

    fn chat(&mut self, node: &Node, body: &str, longest: usize) {
        if self.text(node, "body", body, "The message has no text.") && body.chars().count() > longest {
            let message = format!("The message is longer than {longest} characters.");
            self.error(Some(&node.key), "text.too_long", message, "Shorten it.");
        }
    }

    fn whatsapp(&mut self, node: &Node, whatsapp: &WhatsappText) {
        let key = Some(node.key.as_str());
        self.chat(node, &whatsapp.body, limits::of(Channel::Whatsapp).max_length);
        match &whatsapp.template {
            None => {
                let message = "Without an approved template it reaches only people who wrote to you in the last 24 hours.";
                self.warn(
                    key,
                    "whatsapp.no_template",
                    message,
                    "Name the template that may begin a conversation.",
                );
            }
            Some(template) => {
                if let Some(wrong) = template.wrong() {
                    self.error(key, "whatsapp.template", format!("{wrong}."), "Correct the template.");
                } else if let Some(known) = &self.known.templates {
                    self.approved(key, known, template);
                }
                for value in &template.values {
                    self.template(node, "values", value);
                }
            }
        }
    }

    /// A template has to be one that WhatsApp has approved, with as many values as it has places.
    fn approved(&mut self, key: Option<&str>, known: &[approved::Known], template: &ApprovedTemplate) {
        if let Some(refusal) = approved::refusal(known, template) {
            self.error(key, "whatsapp.template_refused", refusal, "Choose one that is approved.");
            return;
        }
        let found = approved::find(known, template);
        if let Some(wrong) =
            found.and_then(|found| approved::wrong_count(&found.layout, template.values.len()))
        {
            self.error(key, "whatsapp.template_values", wrong, "Give each place a value.");
        }
    }

    fn webhook(&mut self, node: &Node, id: Option<&WebhookId>) {
        let key = Some(node.key.as_str());
        let Some(id) = id else {
            self.error(key, "webhook.none", "It tells no webhook.", "Choose one.");
            return;
        };
        match self.known.webhooks.iter().find(|hook| hook.id == *id) {
            None => {
                let message = "The webhook that it tells does not exist.";
                self.error(key, "webhook.nothing", message, "Choose another.");
            }
            Some(hook) if !hook.is_on => {
                let message = "The webhook that it tells is switched off: nobody is told.";
                self.warn(key, "webhook.off", message, "An admin can switch it on under Settings, Webhooks.");
            }
            Some(_) => {}
        }
    }

    /// Why nothing can happen to the message of a node.
    fn no_message_of(&self, asks: &str, node: &str) -> Option<String> {
        match self.paths.index.get(node) {
            None => Some(format!("{asks} the message of the node {node:?}, which does not exist.")),
            Some(at) if self.graph.nodes[*at].action.channel().is_some() => None,
            Some(_) => Some(format!("{asks} the message of {node:?}, which sends none.")),
        }
    }

    fn subject(&mut self, node: &Node, subject: &str) {
        let key = Some(node.key.as_str());
        if subject.chars().any(char::is_control) {
            let message = "There is a line break or a control character in the subject.";
            self.error(key, "email.subject_lines", message, "Write the subject on one line.");
        }
        if subject.chars().count() > MAX_SUBJECT_CHARS {
            let message = format!("The subject is longer than {MAX_SUBJECT_CHARS} characters.");
            self.error(key, "email.subject_long", message, "Shorten it.");
        }
        self.template(node, "subject", subject);
    }

    /// Whether there is a text to look at further.
    fn text(&mut self, node: &Node, field: &str, text: &str, empty: &str) -> bool {
        if text.trim().is_empty() {
            self.error(Some(&node.key), "text.empty", empty, "Write one.");
            return false;
        }
        self.template(node, field, text);
        true
    }

    fn template(&mut self, node: &Node, field: &str, text: &str) {
        if let Err(error) = Template::parse_for(text, self.customs) {
            let fix = match &error.suggestion {
                Some(meant) => format!("Write {meant} instead."),
                None => format!("Correct the {field} at line {}, column {}.", error.line, error.column),
            };
            let message = format!("In the {field}, {error}");
            let end = if message.ends_with('?') { "" } else { "." };
            self.error(Some(&node.key), "template.invalid", format!("{message}{end}"), fix);
        }
    }

    fn ways_out(&mut self, node: &Node) {
        let key = Some(node.key.as_str());
        let edges: Vec<&Edge> = self.graph.edges.iter().filter(|edge| edge.from == node.key).collect();
        let defaults = edges.iter().filter(|edge| edge.condition.is_none()).count();
        if defaults > 1 {
            let message = "Several edges without a condition leave it; only the first would ever be taken.";
            self.error(key, "edge.two_defaults", message, "Keep one, or give the others conditions.");
        }
        match node.action {
            Action::Exit { .. } if !edges.is_empty() => {
                self.warn(key, "exit.goes_on", "Edges leave an exit; nobody takes them.", "Take them out.");
            }
            Action::Exit { .. } => {}
            Action::Goto { .. } if !edges.is_empty() => {
                self.warn(key, "goto.goes_on", "Edges leave a goto; nobody takes them.", "Take them out.");
            }
            // A split looks after its ways itself.
            Action::Goto { .. } | Action::Split { .. } => {}
            Action::Condition {} if defaults == 0 => {
                let message = "It has no edge for those for whom no condition holds.";
                self.error(key, "condition.no_default", message, "Draw an edge without a condition from it.");
            }
            Action::Condition {} if edges.len() == defaults => {
                let message = "It decides nothing: no edge from it has a condition.";
                self.warn(
                    key,
                    "condition.pointless",
                    message,
                    "Give an edge a condition, or take the node out.",
                );
            }
            _ if defaults == 0 && !edges.is_empty() => {
                let message = "Those for whom no condition holds end here.";
                self.warn(
                    key,
                    "edge.no_default",
                    message,
                    "Draw an edge without a condition if they should go on.",
                );
            }
            _ => {}
        }
    }

    fn edge(&mut self, edge: &Edge) {
        let known = |key: &str| self.paths.index.contains_key(key);
        let (from, to) = (known(&edge.from), known(&edge.to));
        if !to {
            let message =
                format!("An edge leads from {:?} to {:?}, which does not exist.", edge.from, edge.to);
            self.error(
                from.then_some(&edge.from),
                "edge.to_nothing",
                message,
                "Lead it to a node or take it out.",
            );
        }
        if !from {
            let message = format!("An edge begins at {:?}, which does not exist.", edge.from);
            self.error(to.then_some(&edge.to), "edge.from_nothing", message, "Take it out.");
        }
        if edge.from == edge.to {
            let message = format!("An edge leads from {:?} back to itself.", edge.from);
            self.error(Some(&edge.from), "edge.to_itself", message, "Take it out, or put a wait in between.");
        }
        if let Some(condition) = &edge.condition {
            self.condition(edge, condition);
        }
    }

    fn condition(&mut self, edge: &Edge, condition: &Condition) {
        let mut found: Vec<(&'static str, String, String)> = Vec::new();
        let mut parts = 0;
        condition.walk(&mut |condition, depth| {
            parts += 1;
            if depth == condition::MAX_DEPTH + 1 {
                let message = format!("A condition is nested deeper than {}.", condition::MAX_DEPTH);
                found.push(("condition.too_deep", message, "Make it flatter.".into()));
            }
            match condition {
                // Enough to begin with.
                _ if found.len() >= 20 => {}
                Condition::Field { field, .. } if !is_condition_field(field) => {
                    let near = template::nearest(field, condition_fields());
                    let fix = near
                        .map_or("Choose one from the list.".into(), |near| format!("Did you mean {near}?"));
                    let short: String = field.chars().take(60).collect();
                    found.push((
                        "condition.unknown_field",
                        format!("A condition asks for {short:?}, which is no field."),
                        fix,
                    ));
                }
                Condition::Event { node: Some(node), .. } => {
                    let problem = self.no_message_of("A condition asks what became of", node);
                    let fix = "Choose a node that sends a message.";
                    found.extend(problem.map(|problem| ("condition.node", problem, fix.to_owned())));
                }
                Condition::Variant { split, variant } => {
                    let at = self.paths.index.get(split.as_str()).map(|at| &self.graph.nodes[*at].action);
                    let has = matches!(at, Some(Action::Split { variants, .. }) if variants.iter().any(|v| v.key == *variant));
                    if !has {
                        let short = |text: &str| text.chars().take(64).collect::<String>();
                        let message = format!(
                            "A condition asks for the variant {:?} of {:?}, which does not exist.",
                            short(variant),
                            short(split)
                        );
                        found.push(("condition.variant", message, "Choose a variant of a split.".into()));
                    }
                }
                Condition::Task { task, .. } => {
                    let at = self.paths.index.get(task.as_str()).map(|at| &self.graph.nodes[*at].action);
                    if !matches!(at, Some(Action::Task(_))) {
                        let short: String = task.chars().take(64).collect();
                        let message = format!("A condition asks for the task {short:?}, which does not exist.");
                        found.push(("condition.task", message, "Choose a task.".into()));
                    }
                }
                Condition::Score { icp_at_least, .. } if !(0..=100).contains(icp_at_least) => {
                    let message = format!("A condition asks for a score of at least {icp_at_least}.");
                    found.push(("condition.score", message, "Scores are from 0 to 100.".into()));
                }
                Condition::All { all: inner } | Condition::Any { any: inner } if inner.is_empty() => {
                    let message = "A condition has an empty list of conditions.";
                    found.push(("condition.empty", message.into(), "Fill it or take it out.".into()));
                }
                _ => {}
            }
        });
        if parts > 200 {
            found.push((
                "condition.too_long",
                format!("A condition has {parts} parts; 200 is the limit."),
                "Split it.".into(),
            ));
        }
        for (code, message, fix) in found {
            self.error(Some(&edge.from), code, message, fix);
        }
    }

    fn shape(&mut self) {
        let (graph, paths) = (self.graph, self.paths);
        let starts = (0..graph.nodes.len()).filter(|node| !paths.led_to[*node]);
        // Behind the first, a node that a goto names is none.
        let starts: Vec<usize> = starts
            .enumerate()
            .filter(|(n, node)| *n == 0 || !paths.named[*node])
            .map(|(_, node)| node)
            .collect();
        let key = |node: usize| Some(graph.nodes[node].key.as_str());
        let Some((first, others)) = starts.split_first() else {
            let message = "The funnel has no start: an edge leads to every node.";
            self.error(None, "graph.no_start", message, "Draw a first node that nothing leads to.");
            self.cycles();
            return;
        };
        for other in others {
            let message =
                format!("The funnel has two starts: nothing leads to {:?} either.", graph.nodes[*other].key);
            let fix =
                format!("Draw an edge to it, or take it out; {:?} is the start.", graph.nodes[*first].key);
            self.error(key(*other), "graph.two_starts", message, fix);
        }
        let reached = paths.reach(starts.iter().copied(), &paths.next);
        for node in (0..graph.nodes.len()).filter(|node| !reached[*node]) {
            let message = format!("Nobody ever gets to {:?}.", graph.nodes[node].key);
            self.error(
                key(node),
                "node.unreachable",
                message,
                "Draw an edge to it from a node that people get to.",
            );
        }
        let ends = (0..graph.nodes.len()).filter(|node| paths.next[*node].is_empty());
        let ending = paths.reach(ends, &paths.before);
        let trapped = (0..graph.nodes.len()).find(|node| reached[*node] && !ending[*node]);
        if let Some(node) = trapped {
            let message = format!("Whoever gets to {:?} goes round for ever.", graph.nodes[node].key);
            self.error(key(node), "graph.no_end", message, "Draw an edge out of the circle, to an exit.");
        }
        self.cycles();
    }

    fn cycles(&mut self) {
        let (graph, paths) = (self.graph, self.paths);
        // Another wait may be over before it begins.
        let waits = |node: usize| matches!(graph.nodes[node].action, Action::Wait(Wait::For { .. }));
        if let Some(cycle) = paths.cycle(&waits) {
            let names: Vec<&str> = cycle.iter().take(8).map(|node| graph.nodes[*node].key.as_str()).collect();
            let more = if cycle.len() > names.len() { " → …" } else { "" };
            let message =
                format!("There is a circle without a wait: {}{more} → {}.", names.join(" → "), names[0]);
            self.error(Some(names[0]), "graph.cycle_without_wait", message, "Put a wait into it.");
        }
    }
}

/// Fields a condition may ask for: those of the templates that belong to the contact, and some more.
fn condition_fields() -> impl Iterator<Item = &'static str> {
    let of_templates =
        template::FIELDS.iter().map(|(field, _)| *field).filter(|field| field.starts_with("contact."));
    of_templates.chain(["contact.status", "contact.time_zone"])
}

fn is_condition_field(field: &str) -> bool {
    condition_fields().any(|known| known == field)
}
