//! What is wrong with the steps that only lead on: waits, splits and gotos.

use super::Check;
use crate::{
    condition::Condition,
    custom_field::FieldKind,
    funnel::{
        graph::{Edge, Node},
        split::Variant,
        wait::Wait,
    },
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

    pub(super) fn split(&mut self, node: &Node, variants: &[Variant]) {
        let key = Some(node.key.as_str());
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
