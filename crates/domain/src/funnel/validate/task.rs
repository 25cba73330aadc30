//! What is wrong with a task.

use super::Check;
use crate::{
    funnel::{graph::Node, task::Task},
    occasion,
    template::Template,
};

/// Longest title, in characters.
const MAX_TITLE_CHARS: usize = 200;
/// Longest instructions, in characters.
const MAX_INSTRUCTIONS_CHARS: usize = 10_000;
/// Longest time that is given for one, in seconds: 366 days.
const MAX_SECONDS: i64 = 366 * 86_400;

impl Check<'_> {
    pub(super) fn task(&mut self, node: &Node, task: &Task) {
        let key = Some(node.key.as_str());
        let Task { title, instructions, due_seconds, timeout_seconds, .. } = task;
        if self.text(node, "title", title, "The task has no title.") {
            self.tags_of_a_task(node, "title", title);
            if title.chars().count() > MAX_TITLE_CHARS || title.chars().any(char::is_control) {
                let message =
                    format!("The title is longer than {MAX_TITLE_CHARS} characters or than a line.");
                self.error(key, "task.title", message, "Shorten it; the rest belongs into the instructions.");
            }
        }
        if !instructions.is_empty() {
            self.template(node, "instructions", instructions);
            self.tags_of_a_task(node, "instructions", instructions);
            if instructions.chars().count() > MAX_INSTRUCTIONS_CHARS {
                let message =
                    format!("The instructions are longer than {MAX_INSTRUCTIONS_CHARS} characters.");
                self.error(key, "task.instructions", message, "Shorten them.");
            }
        }
        if !(0..=MAX_SECONDS).contains(due_seconds) {
            let message = "The time in which it should be done is less than nothing or longer than 366 days.";
            self.error(key, "task.due", message, "Choose 0 seconds to 366 days.");
        }
        if timeout_seconds.is_some_and(|seconds| !(1..=MAX_SECONDS).contains(&seconds)) {
            let message = "The longest time that it waits is less than a second or longer than 366 days.";
            self.error(key, "task.timeout", message, "Choose 1 second to 366 days, or no longest time.");
        }
        if timeout_seconds.is_some_and(|seconds| seconds > 0 && seconds < *due_seconds) {
            let message = "People go on before the task is due.";
            self.warn(key, "task.gone_before_due", message, "Let them wait at least until it is due.");
        }
    }

    /// A task is written by nobody and to nobody: of a sender and an unsubscribe link it knows nothing.
    fn tags_of_a_task(&mut self, node: &Node, place: &str, text: &str) {
        let Ok(template) = Template::parse(text) else { return };
        let is_known = |field: &str| {
            field.starts_with("contact.") || field.starts_with(occasion::PREFIX) || field == "campaign.name"
        };
        if let Some(other) = template.fields().find(|field| !is_known(field)) {
            let message = format!("The {place} names {other}, which a task does not know.");
            self.error(
                Some(&node.key),
                "task.merge_tag",
                message,
                "Name fields of the contact, the event, or the campaign.",
            );
        }
    }
}
