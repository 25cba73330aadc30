//! Macros: steps that a member would otherwise do one after the other in a conversation, kept under a name.

use crate::ids::{LabelId, MemberId};
use serde::{Deserialize, Serialize};

/// Most steps of one.
pub const MOST_STEPS: usize = 10;
/// Longest text of a step, in characters.
pub const LONGEST: usize = 10_000;
/// What a run did is remembered for so long, in milliseconds: until then it can be undone.
pub const UNDO_MS: i64 = 24 * 3_600_000;

/// One thing that is done to a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// It is answered.
    Reply {
        /// The text, with merge tags.
        text: String,
    },
    /// Colleagues read it.
    Note {
        /// The text.
        text: String,
    },
    /// A label is put on.
    Label {
        /// Which.
        label_id: LabelId,
    },
    /// A label is taken off.
    Unlabel {
        /// Which.
        label_id: LabelId,
    },
    /// Somebody is asked to answer.
    Assign {
        /// Who; left out, it is the owner of the contact again.
        assignee_id: Option<MemberId>,
    },
    /// It is put away until a moment.
    Snooze {
        /// Until when, as in `conversation_snooze`: `tomorrow 9am`.
        until: String,
    },
    /// It is done.
    Done,
}

impl Step {
    const fn is_answer(&self) -> bool {
        matches!(self, Self::Reply { .. })
    }

    const fn puts_away(&self) -> bool {
        matches!(self, Self::Snooze { .. } | Self::Done)
    }
}

/// What is wrong with the steps of a macro, in words; `None` where nothing is.
pub fn problem(steps: &[Step]) -> Option<&'static str> {
    let times = |is: fn(&Step) -> bool| steps.iter().filter(|step| is(step)).count();
    let has_text = |step: &Step| match step {
        Step::Reply { text } | Step::Note { text } | Step::Snooze { until: text } => {
            !text.trim().is_empty() && text.chars().count() <= LONGEST
        }
        _ => true,
    };
    let repeats =
        steps.iter().enumerate().any(|(at, step)| steps.iter().skip(at + 1).any(|later| later == step));
    if steps.is_empty() || steps.len() > MOST_STEPS {
        Some("A macro has 1 to 10 steps")
    } else if !steps.iter().all(has_text) {
        Some("A step has no text, or one of more than 10,000 characters")
    } else if times(Step::is_answer) > 1 {
        Some("A macro answers once: join the texts")
    } else if times(Step::puts_away) > 1 {
        Some("A conversation is put away once: choose between done and snooze")
    } else if times(|step| matches!(step, Step::Assign { .. })) > 1 {
        Some("One member is asked to answer: leave the other out")
    } else if repeats {
        Some("A step stands there twice")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_to_a_conversation_is_said() {
        let says = |text: &str| Step::Reply { text: text.into() };
        let until = |text: &str| Step::Snooze { until: text.into() };
        let note = |text: &str| Step::Note { text: text.into() };
        for (steps, expected) in [
            (vec![], Some("1 to 10")),
            (vec![says("Hi"), Step::Done], None),
            (vec![says("Hi"), says("Ho")], Some("answers once")),
            (vec![says(" ")], Some("no text")),
            (vec![note(&"a".repeat(LONGEST + 1))], Some("no text")),
            (vec![until("tomorrow"), Step::Done], Some("put away once")),
            (
                vec![Step::Assign { assignee_id: None }, Step::Assign { assignee_id: None }],
                Some("One member"),
            ),
            (vec![note("One"), note("One")], Some("twice")),
            (vec![note("One"), note("Two")], None),
            ((0..11).map(|n| note(&n.to_string())).collect(), Some("1 to 10")),
        ] {
            let said = problem(&steps);
            assert_eq!(said.is_some(), expected.is_some(), "{steps:?}: {said:?}");
            assert!(said.unwrap_or_default().contains(expected.unwrap_or_default()), "{steps:?}: {said:?}");
        }
    }
}
