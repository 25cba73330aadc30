//! What is wrong with the steps that only lead on: waits, splits and gotos.

use super::Check;
use crate::{
    condition::Condition,
    custom_field::FieldKind,
    funnel::{
        graph::{Edge, Node},
        split::{Variant, Winner},
        wait::Wait,
    },
    inbound::ReplyKind,
    occasion,
    template::CUSTOM,
};
use std::collections::HashSet;

/// Longest wait, in seconds: 366 days.
const MAX_WAIT_SECONDS: i64 = 366 * 86_400;
/// Most days before or after a day.
const MAX_OFFSET_DAYS: i32 = 366;
/// Most variants of a split.
const MAX_VARIANTS: usize = 10;
/// Largest weight of a variant.
const MAX_WEIGHT: u32 = 1_000_000;

/// People of each variant that a winner may ask for. Of fewer nothing can be said.
const SAMPLE: std::ops::RangeInclusive<u32> = 20..=1_000_000;
/// Most hours that people may be given to answer before they count.
const MAX_ANSWER_HOURS: u32 = 720;
/// How certain a winner may be asked to be, in percent.
const CONFIDENCE: std::ops::RangeInclusive<u8> = 80..=99;

impl Check<'_> {
    pub(super) fn wait(&mut self, node: &Node, wait: &Wait) {
        let key = Some(node.key.as_str());
        let seconds = match wait {
            Wait::For { seconds } => *seconds,
            Wait::Event { node: asked, timeout_seconds, .. } => {
                if let Some(problem) =
                    asked.as_deref().and_then(|asked| self.no_message_of("It waits for", asked))
                {
                    self.error(key, "wait.node", problem, "Choose a node that sends a message.");
                }
                *timeout_seconds
            }
            Wait::Date { date, offset_days, .. } => {
                let custom = date.strip_prefix(CUSTOM);
                let is_date = |known: &&crate::funnel::Custom| {
                    known.kind == FieldKind::Date && custom == Some(known.key.as_str())
                };
                if date != occasion::DATE && !self.known.customs.iter().any(|known| is_date(&known)) {
                    let shown: String = date.chars().take(60).collect();
                    let message =
                        format!("It waits for the day in {shown:?}, which is no field that holds dates.");
                    self.error(
                        key,
                        "wait.date",
                        message,
                        "Choose the day of the event, or a custom field that holds dates.",
                    );
                }
                if !(-MAX_OFFSET_DAYS..=MAX_OFFSET_DAYS).contains(offset_days) {
                    let message =
                        format!("It waits until {} days beside the day.", offset_days.unsigned_abs());
                    self.error(key, "wait.offset", message, format!("Use at most {MAX_OFFSET_DAYS} days."));
                }
                return;
            }
            Wait::Until { days, .. } => {
                if days.is_empty() {
                    self.error(key, "wait.no_day", "It waits for no day.", "Choose at least one weekday.");
                }
                if let Some(day) = days.iter().find(|day| !(1..=7).contains(*day)) {
                    let message = format!("{day} is not a weekday.");
                    self.error(key, "wait.day", message, "Monday is 1 and Sunday is 7.");
                }
                return;
            }
        };
        if seconds < 1 {
            let message = format!("It waits {seconds} seconds.");
            self.error(key, "wait.too_short", message, "Wait at least one second.");
        } else if seconds > MAX_WAIT_SECONDS {
            self.error(key, "wait.too_long", "It waits longer than 366 days.", "Wait at most 366 days.");
        }
    }

    pub(super) fn split(&mut self, node: &Node, variants: &[Variant], winner: Option<&Winner>) {
        let key = Some(node.key.as_str());
        if let Some(winner) = winner {
            self.winner(node, variants, winner);
        }
        if !(2..=MAX_VARIANTS).contains(&variants.len()) {
            let message = format!("It has {} variants.", variants.len());
            self.error(key, "split.variants", message, format!("Give it 2 to {MAX_VARIANTS}."));
        }
        let mut seen = HashSet::new();
        for variant in variants {
            let shown: String = variant.key.chars().take(20).collect();
            if variant.key.trim().is_empty() || variant.key.chars().count() > 20 {
                let message = format!("{shown:?} cannot be the key of a variant.");
                self.error(key, "split.key", message, "Use 1 to 20 characters.");
            }
            if !seen.insert(variant.key.as_str()) {
                let message = format!("Two variants have the key {shown:?}.");
                self.error(key, "split.duplicate_key", message, "Give one of them another key.");
            }
            if variant.weight > MAX_WEIGHT {
                let message = format!("The variant {shown:?} has a weight of {}.", variant.weight);
                self.error(key, "split.weight", message, format!("Use at most {MAX_WEIGHT}."));
            }
        }
        if variants.iter().all(|variant| variant.weight == 0) {
            self.error(key, "split.no_weight", "No variant has a weight.", "Give one at least 1.");
        }
        let edges: Vec<&Edge> = self.graph.edges.iter().filter(|edge| edge.from == node.key).collect();
        if edges.iter().any(|edge| edge.condition.is_none()) {
            return;
        }
        let is_led = |variant: &Variant| {
            edges.iter().any(|edge| {
                matches!(&edge.condition, Some(Condition::Variant { split, variant: asked })
                    if *split == node.key && *asked == variant.key)
            })
        };
        for variant in variants.iter().filter(|variant| variant.weight > 0 && !is_led(variant)) {
            let message = format!("No edge is for the variant {:?}: these people end here.", variant.key);
            self.error(key, "split.no_edge", message, "Draw an edge for it, or one without a condition.");
        }
    }

    fn winner(&mut self, node: &Node, variants: &[Variant], winner: &Winner) {
        let key = Some(node.key.as_str());
        if !SAMPLE.contains(&winner.sample) {
            let message = format!("A winner is looked for among {} people of each variant.", winner.sample);
            let fix = format!("Ask for {} to {}.", SAMPLE.start(), SAMPLE.end());
            self.error(key, "split.sample", message, fix);
        }
        if !CONFIDENCE.contains(&winner.confidence) {
            let message = format!("A winner is to be {} % certain.", winner.confidence);
            let fix = format!("Ask for {} to {} %.", CONFIDENCE.start(), CONFIDENCE.end());
            self.error(key, "split.confidence", message, fix);
        }
        if winner.answer_hours > MAX_ANSWER_HOURS {
            let message = format!("People are given {} hours to answer.", winner.answer_hours);
            let fix = format!("Give them at most {MAX_ANSWER_HOURS}, thirty days.");
            self.error(key, "split.answer_hours", message, fix);
        }
        if winner.answers.is_empty() {
            self.error(
                key,
                "split.no_answers",
                "No answer counts for a winner.",
                "Choose at least one kind.",
            );
        }
        let counts = |kind: &&ReplyKind| kind.is_person() && **kind != ReplyKind::Unsubscribe;
        if let Some(kind) = winner.answers.iter().find(|kind| !counts(kind)) {
            let message = format!("{kind} counts as an answer for a winner, and nobody wins by that.");
            self.error(key, "split.answers", message, "Choose what interested people write.");
        }
        if variants.iter().filter(|variant| variant.weight > 0).count() == 1 {
            let message = "Only one variant has a weight, so none can win.";
            self.error(key, "split.no_contest", message, "Give another one a weight, or look for no winner.");
        }
        let Some(at) = self.paths.index.get(node.key.as_str()) else { return };
        let behind = self.paths.next.get(*at).into_iter().flatten().copied();
        let reached = self.paths.reach(behind, &self.paths.next);
        let writes =
            self.graph.nodes.iter().zip(reached).any(|(node, is)| is && node.action.channel().is_some());
        if !writes {
            let message = "Nobody is written to behind it, so nobody answers and none can win.";
            self.error(key, "split.no_message", message, "Put a message behind it, or look for no winner.");
        }
    }

    pub(super) fn goto(&mut self, node: &Node, to: &str) {
        let key = Some(node.key.as_str());
        if to == node.key {
            self.error(key, "goto.itself", "It leads to itself.", "Choose another node.");
        } else if !self.paths.index.contains_key(to) {
            let shown: String = to.chars().take(64).collect();
            let message = format!("It leads to {shown:?}, which does not exist.");
            self.error(key, "goto.nothing", message, "Choose a node of the funnel.");
        }
    }
}
