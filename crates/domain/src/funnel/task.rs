//! A step that a person does: a call, a visit to a profile, a look at something.

use crate::text::words;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// What is to be done.
    pub enum TaskKind {
        /// Call somebody.
        Call = "call",
        /// Write to them, or look at them, on LinkedIn.
        Linkedin = "linkedin",
        /// Look something over.
        Review = "review",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// How a task ended.
    pub enum TaskOutcome {
        /// Somebody did it.
        Done = "done",
        /// Somebody decided against it.
        Skipped = "skipped",
    }
}

/// A task, as it is drawn. Whoever gets to it waits there until it is done or skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// What is to be done.
    pub kind: TaskKind,
    /// In one line, with merge tags of the contact and the campaign.
    pub title: String,
    /// What else there is to know, with merge tags.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub instructions: String,
    /// So long after somebody gets here it should be done, in seconds.
    #[serde(default = "a_day")]
    pub due_seconds: i64,
    /// So long after they got here they go on whether it is done or not, in seconds; where it is left out, they wait for
    /// as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<i64>,
}

const fn a_day() -> i64 {
    86_400
}

impl Task {
    /// When it should be done by somebody whose contact came at `arrived_at`; milliseconds, as everywhere.
    pub fn due_at(&self, arrived_at: i64) -> i64 {
        arrived_at.saturating_add(self.due_seconds.saturating_mul(1_000))
    }

    /// When they go on without it.
    pub fn until(&self, arrived_at: i64) -> Option<i64> {
        self.timeout_seconds.map(|seconds| arrived_at.saturating_add(seconds.saturating_mul(1_000)))
    }
}

/// A task that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When its contact had come to it: a circle leads to a task again, and then it is another one.
    pub arrived_at: i64,
    /// How it ended.
    pub outcome: TaskOutcome,
}
