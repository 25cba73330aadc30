//! The enrollment machine: where somebody goes from here, and what has to happen on the way.
//!
//! It is a function of the graph, the place, the facts and the time. The caller writes what it answers in one
//! transaction: the effects, the new place and the instant when it is due again.

use super::{
    graph::{Action, Edge, Graph, Node},
    split::{Variant, pick},
    update::Changes,
    wait::{Rest, Resting},
};
use crate::{
    ExitReason,
    condition::{Facts, Happening},
};
use std::{borrow::Cow, collections::BTreeMap};

/// Most nodes that one step may pass through. A valid graph has a wait in every cycle, so only a graph that
/// was never validated gets there.
pub const MAX_HOPS: usize = 100;

/// What the caller has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Give the contact this status.
    SetStatus(String),
    /// Change the contact.
    Change(Changes),
    /// Give somebody the task of this node, unless they have it already.
    Task(String),
    /// Tell the webhook of this node.
    Call {
        /// Key of the node.
        node: String,
        /// When the person came to it.
        arrived_at: i64,
    },
    /// Remember the variant that somebody has from now on at a split.
    Give {
        /// Key of the split.
        node: String,
        /// Key of the variant.
        variant: String,
        /// Whether they have it because it won, and not by chance.
        has_won: bool,
    },
    /// Note that this node was passed over: nothing can do yet what it asks for.
    Skip(String),
    /// Write the message of this node.
    Send(String),
}

impl Effect {
    /// Notes it in what is known of the person, for what is asked after it.
    pub fn note(&self, facts: &mut Facts) {
        match self {
            Effect::SetStatus(status) => {
                facts.fields.insert("contact.status".into(), status.clone());
            }
            Effect::Change(changes) => changes.note(facts),
            Effect::Give { node, variant, .. } => {
                facts.variants.insert(node.clone(), variant.clone());
                facts.given.insert(node.clone(), variant.clone());
            }
            Effect::Task(_) | Effect::Call { .. } | Effect::Skip(_) | Effect::Send(_) => {}
        }
    }
}

/// The answer to "where now?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// What to do, in this order.
    pub effects: Vec<Effect>,
    /// The edges that were passed, as (from, to), for the counts of the funnel view.
    pub passed: Vec<(String, String)>,
    /// Key of the node the enrollment now stands on.
    pub at: String,
    /// When it came to stand there, in milliseconds since the epoch; hand it in again the next time.
    pub arrived_at: i64,
    /// When to evaluate again. `None` while a message is on its way (go on with [`after`]), at a task without a longest
    /// time, and at the end.
    pub due_at: Option<i64>,
    /// What would end its wait before that.
    pub awaits: Option<Happening>,
    /// Why it is over; `None` while it is not.
    pub end: Option<ExitReason>,
    /// What the exit node says about it.
    pub note: Option<String>,
}

/// The graph cannot be travelled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    /// The node is not in the graph.
    #[error("the funnel has no node {0:?}; the campaign's copy of it is damaged")]
    NoSuchNode(String),
    /// There is nothing to begin with.
    #[error("the funnel has no node to start with; draw one that no other node leads to")]
    NoStart,
    /// A cycle without a wait.
    #[error("{MAX_HOPS} nodes without a wait or a message, last {0:?}; put a wait into the cycle")]
    TooManyHops(String),
}

/// Puts somebody on the start node and goes as far as it goes.
pub fn enter(graph: &Graph, facts: &Facts, now: i64) -> Result<Advance, AdvanceError> {
    let start = super::graph::start(graph).ok_or(AdvanceError::NoStart)?;
    Journey::new(graph, facts, now).travel(start, now)
}

/// Evaluates from the node the enrollment stands on until it has to stop: at a wait, a message or the end.
///
/// `arrived_at` is when it came to stand there. A wait that was slept through ends now, and the waits behind
/// it count from now: somebody who is late gets the steps spaced as drawn, not in a burst.
pub fn advance(
    graph: &Graph,
    node_key: &str,
    arrived_at: i64,
    facts: &Facts,
    now: i64,
) -> Result<Advance, AdvanceError> {
    let node = find(graph, node_key)?;
    Journey::new(graph, facts, now).travel(node, arrived_at)
}

/// Goes on from a node whose message has left.
pub fn after(graph: &Graph, node_key: &str, facts: &Facts, now: i64) -> Result<Advance, AdvanceError> {
    let node = find(graph, node_key)?;
    let mut journey = Journey::new(graph, facts, now);
    match journey.leave(node)? {
        Some(next) => journey.travel(next, now),
        None => Ok(journey.finish(node, None)),
    }
}

struct Journey<'a> {
    graph: &'a Graph,
    /// What is known, with what the journey itself has changed.
    facts: Cow<'a, Facts>,
    now: i64,
    effects: Vec<Effect>,
    passed: Vec<(String, String)>,
}

impl<'a> Journey<'a> {
    fn new(graph: &'a Graph, facts: &'a Facts, now: i64) -> Self {
        Self { graph, facts: Cow::Borrowed(facts), now, effects: Vec::new(), passed: Vec::new() }
    }

    fn travel(mut self, from: &'a Node, arrived_at: i64) -> Result<Advance, AdvanceError> {
        let (mut node, mut arrived_at) = (from, arrived_at);
        for _ in 0..MAX_HOPS {
            if node.action.channel().is_some() {
                self.effects.push(Effect::Send(node.key.clone()));
                return Ok(self.stop(node, arrived_at, None));
            }
            match &node.action {
                Action::Stage { status } => {
                    if let Some(status) = status {
                        self.change(Effect::SetStatus(status.clone()));
                    }
                }
                Action::Wait(wait) => match wait.rest(arrived_at, &self.facts, self.now) {
                    Resting::Over => {}
                    Resting::Until(Rest { until, awaits }) => {
                        return Ok(Advance { awaits, ..self.stop(node, arrived_at, Some(until)) });
                    }
                    Resting::Leave(why) => return Ok(self.finish(node, Some(why.to_owned()))),
                },
                Action::UpdateContact(update) => {
                    let changes = update.of(node, &self.facts);
                    self.change(Effect::Change(changes));
                }
                Action::Task(task) => {
                    let is_closed =
                        self.facts.tasks.get(&node.key).is_some_and(|closed| closed.arrived_at == arrived_at);
                    let until = task.until(arrived_at);
                    if !is_closed && until.is_none_or(|until| until > self.now) {
                        self.effects.push(Effect::Task(node.key.clone()));
                        return Ok(self.stop(node, arrived_at, until));
                    }
                }
                Action::Webhook { .. } => {
                    self.effects.push(Effect::Call { node: node.key.clone(), arrived_at });
                }
                // A message has left above. No campaign starts with one of the others; a row that was damaged since does
                // nothing there.
                Action::EmailSend { .. }
                | Action::SmsSend { .. }
                | Action::VoicemailDrop(_)
                | Action::WhatsappSend(_)
                | Action::MessengerSend(_)
                | Action::TiktokSend(_)
                | Action::TelegramSend(_)
                | Action::AiDraft { .. }
                | Action::Enrich {} => self.effects.push(Effect::Skip(node.key.clone())),
                Action::Split { variants, .. } => self.part(node, variants),
                Action::Condition {} => {}
                Action::Goto { node: to } => {
                    (node, arrived_at) = (find(self.graph, to)?, self.now);
                    continue;
                }
                Action::Exit { reason } => return Ok(self.finish(node, reason.clone())),
            }
            match self.leave(node)? {
                Some(next) => (node, arrived_at) = (next, self.now),
                None => return Ok(self.finish(node, None)),
            }
        }
        Err(AdvanceError::TooManyHops(node.key.clone()))
    }

    /// Gives somebody their variant, unless they have one: they keep it, whatever has won since. Who has none gets the
    /// winner, else what chance has for them.
    fn part(&mut self, node: &Node, variants: &[Variant]) {
        let is_offered = |key: &&String| variants.iter().any(|variant| variant.key == **key);
        if self.facts.given.get(&node.key).filter(is_offered).is_some() {
            return;
        }
        let winner = self.facts.winners.get(&node.key).filter(is_offered);
        if let Some(variant) = winner.or_else(|| self.facts.variants.get(&node.key)) {
            let (variant, has_won) = (variant.clone(), winner.is_some());
            self.change(Effect::Give { node: node.key.clone(), variant, has_won });
        }
    }

    fn change(&mut self, effect: Effect) {
        effect.note(self.facts.to_mut());
        self.effects.push(effect);
    }

    /// The node behind the first edge whose condition holds, else behind the edge without one.
    fn leave(&mut self, node: &Node) -> Result<Option<&'a Node>, AdvanceError> {
        let mut otherwise: Option<&'a Edge> = None;
        let mut chosen: Option<&'a Edge> = None;
        for edge in self.graph.edges.iter().filter(|edge| edge.from == node.key) {
            match &edge.condition {
                Some(condition) if condition.holds(&self.facts) => {
                    chosen = Some(edge);
                    break;
                }
                Some(_) => {}
                None => otherwise = otherwise.or(Some(edge)),
            }
        }
        let Some(edge) = chosen.or(otherwise) else { return Ok(None) };
        let next = find(self.graph, &edge.to)?;
        self.passed.push((edge.from.clone(), edge.to.clone()));
        Ok(Some(next))
    }

    fn stop(self, at: &Node, arrived_at: i64, due_at: Option<i64>) -> Advance {
        let Journey { effects, passed, .. } = self;
        Advance {
            effects,
            passed,
            at: at.key.clone(),
            arrived_at,
            due_at,
            awaits: None,
            end: None,
            note: None,
        }
    }

    fn finish(self, at: &Node, note: Option<String>) -> Advance {
        let (now, end) = (self.now, Some(ExitReason::Finished));
        Advance { end, note, ..self.stop(at, now, None) }
    }
}

fn find<'a>(graph: &'a Graph, key: &str) -> Result<&'a Node, AdvanceError> {
    graph.node(key).ok_or_else(|| AdvanceError::NoSuchNode(key.to_owned()))
}

/// The variant that chance has for somebody at every split, for [`Facts::variants`]. `seed` names the person in the
/// campaign.
pub fn chances(graph: &Graph, seed: &str) -> BTreeMap<String, String> {
    let split = |node: &Node| match &node.action {
        Action::Split { variants, .. } => {
            pick(variants, &node.key, seed).map(|variant| (node.key.clone(), variant.key.clone()))
        }
        _ => None,
    };
    graph.nodes.iter().filter_map(split).collect()
}

/// The same where somebody was given variants before, by split: those that are still offered are theirs.
pub fn variants(graph: &Graph, seed: &str, given: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_offered = |split: &str, key: &str| {
        graph.node(split).is_some_and(|node| match &node.action {
            Action::Split { variants, .. } => variants.iter().any(|variant| variant.key == key),
            _ => false,
        })
    };
    let theirs = given.iter().filter(|(split, key)| is_offered(split, key));
    chances(graph, seed).into_iter().chain(theirs.map(|(split, key)| (split.clone(), key.clone()))).collect()
}
