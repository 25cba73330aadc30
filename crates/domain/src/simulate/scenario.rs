//! What people do with what they get.

use super::{BTreeMap, Deserialize, Happening, JsonSchema, Serialize};
use crate::funnel::chance;

/// How likely people do something, and after how long.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// How many of a hundred open it.
    #[schemars(range(min = 0, max = 100))]
    pub opened: u8,
    /// How many of a hundred click a link in it.
    #[schemars(range(min = 0, max = 100))]
    pub clicked: u8,
    /// How many of a hundred answer; that ends it for them.
    #[schemars(range(min = 0, max = 100))]
    pub replied: u8,
    /// How many of a hundred addresses do not work; that ends it for them.
    #[schemars(range(min = 0, max = 100))]
    pub bounced: u8,
    /// How long after it was sent they do so, in seconds; an answer takes twice as long as an opening.
    #[schemars(range(min = 0, max = 31_536_000))]
    pub after_seconds: i64,
}

/// What people do: with every message, or with that of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// With every message.
    pub all: Answers,
    /// With the messages of these steps instead, by key.
    pub steps: BTreeMap<String, Answers>,
    /// Another number, another chance; the same number, the same story.
    #[schemars(range(min = 0, max = 4_294_967_295_i64))]
    pub seed: u32,
}

impl Scenario {
    /// What somebody does with the message of a step, and after how many seconds. Who clicks has opened it before, and
    /// who does not get it does nothing.
    pub(super) fn after(&self, node: &str, seed: &str) -> Vec<(Happening, i64)> {
        let answers = self.steps.get(node).unwrap_or(&self.all);
        let does = |happening: Happening, percent: u8| {
            chance(node, &format!("{} {seed} {happening}", self.seed)) % 100 < u64::from(percent)
        };
        let after = answers.after_seconds.clamp(0, 31_536_000);
        if does(Happening::Bounced, answers.bounced) {
            return vec![(Happening::Bounced, 0)];
        }
        let clicked = does(Happening::Clicked, answers.clicked);
        let mut all = Vec::new();
        if clicked || does(Happening::Opened, answers.opened) {
            all.push((Happening::Opened, after));
        }
        if clicked {
            all.push((Happening::Clicked, after.saturating_add(30)));
        }
        if does(Happening::Replied, answers.replied) {
            all.push((Happening::Replied, after.saturating_mul(2).max(after.saturating_add(60))));
        }
        all
    }
}
