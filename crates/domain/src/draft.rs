//! What can be seen in the text of a draft before it goes to a person: data that did not make it into it, and what the
//! channel would not take. What the sending itself would say is [`crate::guard`].

use crate::{
    Channel, limits,
    message::{Event, Status},
};

/// How much a check stands in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Approved as it is, it would not leave, or should not.
    Stop,
    /// It would leave later than now.
    Wait,
    /// Worth a look.
    Note,
}

/// Something that a reviewer should know about a draft.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Check {
    /// Stable, for programs.
    pub code: String,
    /// In a word or two, for a list.
    pub label: String,
    /// For a person.
    pub text: String,
    /// How much it stands in the way.
    pub weight: Weight,
}

impl Check {
    /// A check.
    pub fn new(code: &str, label: &str, text: impl Into<String>, weight: Weight) -> Self {
        Self { code: code.into(), label: label.into(), text: text.into(), weight }
    }
}

/// A message to the same person on the same channel within this time is worth a look, in milliseconds.
pub const DUPLICATE_MS: i64 = 7 * 24 * 3_600_000;

/// How many times a relayed message is tried again after it definitely did not leave (requirements.md T08).
pub const RELAY_RETRIES: i64 = 2;

/// What becomes of a relayed message that definitely did not leave, when it has been tried so often since it was
/// approved, this time included.
pub fn after_relay_failed(tries: i64) -> Event {
    if tries > RELAY_RETRIES { Event::Fail } else { Event::Retry }
}

/// Whether a draft in this state can still be written on.
pub fn may_edit(status: Status) -> bool {
    matches!(status, Status::Draft | Status::Failed)
}

/// What is to be seen in the text alone.
pub fn of_text(channel: Channel, subject: Option<&str>, text: &str) -> Vec<Check> {
    let mut found = Vec::new();
    let parts = [subject.unwrap_or_default(), text];
    if parts.iter().any(|part| part.contains("{{") || part.contains("}}") || part.contains("{%")) {
        let why = "A merge tag is still in the text: it would be read as it stands.";
        found.push(Check::new("text.tag", "Merge tag left", why, Weight::Stop));
    } else if parts.iter().any(|part| has_gap(part)) {
        let why = "Something seems to be missing before a comma or a full stop, such as a first name.";
        found.push(Check::new("text.gap", "Missing data", why, Weight::Note));
    }
    if text.trim().is_empty() {
        found.push(Check::new("text.empty", "Empty", "There is no text.", Weight::Stop));
    }
    if channel == Channel::Email && subject.is_none_or(|subject| subject.trim().is_empty()) {
        found.push(Check::new("subject.missing", "No subject", "An e-mail needs a subject.", Weight::Stop));
    }
    let (length, longest) = (text.chars().count(), limits::of(channel).max_length);
    if length > longest {
        let why = format!("It has {length} characters; {} take at most {longest}.", channel.messages());
        found.push(Check::new("text.too_long", "Too long", why, Weight::Stop));
    }
    found
}

/// `Hi ,` and `at .`: a tag that gave nothing leaves the blank before it.
fn has_gap(text: &str) -> bool {
    let mut before = ' ';
    let mut blank = false;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends = matches!(c, ',' | '.' | '!' | '?') && rest.peek().is_none_or(|next| *next != '.');
        if blank && before.is_alphanumeric() && ends {
            return true;
        }
        if c == ' ' {
            blank = true;
        } else {
            blank = false;
            before = c;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_in_a_text_is_seen() {
        let cases: &[(Channel, Option<&str>, &str, &[&str])] = &[
            (Channel::Telegram, None, "Hi Ann, how are you?", &[]),
            (Channel::Telegram, None, "Hi {{ contact.first_name }}, hello", &["text.tag"]),
            (Channel::Telegram, None, "Hi , how are you?", &["text.gap"]),
            (Channel::Telegram, None, "We met at .", &["text.gap"]),
            (Channel::Telegram, None, "Hi! :) . And so on ...", &[]),
            (Channel::Telegram, None, " \n", &["text.empty"]),
            (Channel::Email, None, "Hello", &["subject.missing"]),
            (Channel::Email, Some("For {{ company }}"), "Hello", &["text.tag"]),
            (Channel::Email, Some("Hello"), "Hello", &[]),
        ];
        for (channel, subject, text, expected) in cases {
            let found: Vec<String> =
                of_text(*channel, *subject, text).into_iter().map(|check| check.code).collect();
            assert_eq!(found, *expected, "{text}");
        }
        assert_eq!(of_text(Channel::Telegram, None, &"x".repeat(4_097))[0].code, "text.too_long");
        assert_eq!(of_text(Channel::Telegram, None, &"ü".repeat(4_096)), vec![]);
    }

    #[test]
    fn two_retries_and_no_third() {
        let after: Vec<Event> = (1..=4).map(after_relay_failed).collect();
        assert_eq!(after, [Event::Retry, Event::Retry, Event::Fail, Event::Fail]);
    }
}
