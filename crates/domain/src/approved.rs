//! Texts that a platform approves before they may be sent: where one stands, what it consists of, and whether what is
//! to stand in its places fits. The words of the platform are Meta's; unknown ones never mean that it may be sent.

use crate::{
    message::{ApprovedTemplate, Place, PlacePart},
    text::words,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Longest body with its values filled in, in characters.
const MAX_BODY: usize = 1_024;
/// Longest header with its value filled in, in characters.
const MAX_HEADER: usize = 60;

words! {
    /// Where a template stands at the platform.
    pub enum Standing {
        /// It may be sent.
        Approved = "approved",
        /// The platform looks at it.
        Pending = "pending",
        /// The platform does not allow it.
        Rejected = "rejected",
        /// Too many people did not like it: it rests for a while.
        Paused = "paused",
        /// It is switched off for good.
        Disabled = "disabled",
        /// It is gone, or about to be.
        Deleted = "deleted",
        /// A word that we do not know.
        Unknown = "unknown",
    }
}

impl Standing {
    /// What Meta calls it, in a list or in a webhook. `None` where that says nothing about whether it may be sent.
    pub fn of_meta(word: &str) -> Option<Self> {
        Some(match word {
            "APPROVED" | "REINSTATED" | "UNPAUSED" | "UNLOCKED" => Self::Approved,
            "PENDING" | "IN_APPEAL" | "LIMIT_EXCEEDED" => Self::Pending,
            "REJECTED" => Self::Rejected,
            "PAUSED" | "LOCKED" => Self::Paused,
            "DISABLED" | "ARCHIVED" => Self::Disabled,
            "DELETED" | "PENDING_DELETION" => Self::Deleted,
            // A warning: it is still sent.
            "FLAGGED" => return None,
            _ => Self::Unknown,
        })
    }

    /// Why it may not be sent, for a person.
    const fn why_not(self) -> Option<&'static str> {
        Some(match self {
            Self::Approved => return None,
            Self::Pending => "WhatsApp has not approved it yet",
            Self::Rejected => "WhatsApp rejected it",
            Self::Paused => "WhatsApp paused it",
            Self::Disabled => "WhatsApp switched it off",
            Self::Deleted => "it is no longer there",
            Self::Unknown => "WhatsApp does not say that it is approved",
        })
    }
}

/// A template as the platform has it, as far as whoever sends it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why, in the platform's words.
    pub reason: Option<String>,
    /// What it consists of.
    pub layout: Layout,
}

/// What a template consists of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Layout {
    /// The line above the text.
    pub header: Option<String>,
    /// The text, with its places.
    pub body: String,
    /// The line below it.
    pub footer: Option<String>,
    /// What stands on its buttons.
    pub buttons: Vec<String>,
    /// Where values belong, in their order.
    pub places: Vec<Place>,
    /// Why we cannot send it whatever its values are.
    pub lacks: Option<String>,
}

/// Reads the components of a template as Meta lists them.
pub fn layout(components: &Value) -> Layout {
    let mut it = Layout::default();
    for component in components.as_array().into_iter().flatten() {
        let text = || component["text"].as_str().unwrap_or_default().to_owned();
        match component["type"].as_str().unwrap_or_default() {
            "HEADER" if component["format"].as_str().unwrap_or("TEXT") == "TEXT" => {
                it.header = Some(text());
                places(&text(), PlacePart::Header, None, &mut it.places);
            }
            "HEADER" => it.lacks = Some("It begins with a picture or a file; only texts can be sent.".into()),
            "BODY" => {
                it.body = text();
                places(&text(), PlacePart::Body, None, &mut it.places);
            }
            "FOOTER" => it.footer = Some(text()),
            "BUTTONS" => buttons(component, &mut it),
            other => it.lacks = Some(format!("It has a part that cannot be sent from here: {other}.")),
        }
    }
    // As the platform counts them, whatever the order of the list.
    it.places.sort_by_key(|place| place.part);
    it
}

fn buttons(component: &Value, it: &mut Layout) {
    for (index, button) in component["buttons"].as_array().into_iter().flatten().enumerate() {
        it.buttons.push(button["text"].as_str().unwrap_or_default().to_owned());
        match button["type"].as_str().unwrap_or_default() {
            "QUICK_REPLY" | "PHONE_NUMBER" | "VOICE_CALL" => {}
            "URL" => {
                let index = u8::try_from(index).ok();
                places(button["url"].as_str().unwrap_or_default(), PlacePart::Button, index, &mut it.places);
            }
            other => it.lacks = Some(format!("It has a button that cannot be sent from here: {other}.")),
        }
    }
}

/// The places `{{1}}` or `{{first_name}}` of a text: numbered ones by number, named ones as they come, each once.
fn places(text: &str, part: PlacePart, button: Option<u8>, found: &mut Vec<Place>) {
    let mut numbers = BTreeSet::new();
    let mut names: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else { break };
        let inside = inside.trim();
        match inside.parse::<u16>() {
            Ok(number) => {
                numbers.insert(number);
            }
            Err(_) if !inside.is_empty() && names.iter().all(|name| name != inside) => {
                names.push(inside.to_owned());
            }
            Err(_) => {}
        }
        rest = behind;
    }
    let numbered = numbers.into_iter().map(|_| None);
    found.extend(numbered.chain(names.into_iter().map(Some)).map(|name| Place { part, button, name }));
}

/// The template that is meant, in the language that is meant.
pub fn find<'a>(known: &'a [Known], meant: &ApprovedTemplate) -> Option<&'a Known> {
    known.iter().find(|one| one.name == meant.name && one.language == meant.language)
}

/// Why a template cannot be sent, of those that the platform has; `None` where it can. Says nothing of its values.
pub fn refusal(known: &[Known], meant: &ApprovedTemplate) -> Option<String> {
    let called = format!("{} ({})", meant.name, meant.language);
    let Some(found) = find(known, meant) else {
        let other = known.iter().find(|one| one.name == meant.name).map(|one| &one.language);
        let hint = other.map(|language| format!("; there is one in {language}")).unwrap_or_default();
        return Some(format!("WhatsApp has no template {called}{hint}."));
    };
    if let Some(why) = found.standing.why_not() {
        let reason = found.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        return Some(format!("The template {called} cannot be sent: {why}{}.", reason.trim_end_matches('.')));
    }
    found.layout.lacks.as_ref().map(|lacks| format!("The template {called} cannot be sent. {lacks}"))
}

/// What is wrong with the number of values.
pub fn wrong_count(layout: &Layout, values: usize) -> Option<String> {
    let places = layout.places.len();
    if places == values {
        return None;
    }
    let count = |n: usize, one: &str, many: &str| match n {
        0 => format!("no {one}"),
        1 => format!("1 {one}"),
        n => format!("{n} {many}"),
    };
    Some(format!(
        "The template has {}, and {} given.",
        count(places, "place for a value", "places for values"),
        match values {
            0 => "no value is".to_owned(),
            1 => "1 value is".to_owned(),
            n => format!("{n} values are"),
        }
    ))
}

/// What is wrong with values that are filled in: too few, too many, or of a form that the platform refuses.
pub fn wrong_values(layout: &Layout, values: &[String]) -> Option<String> {
    if let Some(wrong) = wrong_count(layout, values.len()) {
        return Some(wrong);
    }
    for (number, (place, value)) in layout.places.iter().zip(values).enumerate() {
        let which = match &place.name {
            Some(name) => format!("The value of {{{{{name}}}}}"),
            None => format!("Value {}", number + 1),
        };
        if value.trim().is_empty() {
            return Some(format!("{which} is missing."));
        }
        if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
            return Some(format!("{which} has a line break, a tab or more than four blanks in a row."));
        }
        if place.part == PlacePart::Button && value.chars().any(char::is_whitespace) {
            return Some(format!("{which} becomes part of a link and must have no blanks."));
        }
    }
    let length = |text: &str, part: PlacePart| {
        let of_part = layout.places.iter().zip(values).filter(|(place, _)| place.part == part);
        let values: usize = of_part.map(|(_, value)| value.chars().count()).sum();
        fixed(text) + values
    };
    if length(&layout.body, PlacePart::Body) > MAX_BODY {
        return Some(format!("With these values the text is longer than {MAX_BODY} characters."));
    }
    let header = layout.header.as_deref().unwrap_or_default();
    (length(header, PlacePart::Header) > MAX_HEADER)
        .then(|| format!("With this value the header is longer than {MAX_HEADER} characters."))
}

/// The characters of a text that are there whatever its values are.
fn fixed(text: &str) -> usize {
    let (mut count, mut rest) = (0, text);
    while let Some((before, after)) = rest.split_once("{{") {
        count += before.chars().count();
        rest = after.split_once("}}").map_or("", |(_, behind)| behind);
    }
    count + rest.chars().count()
}

#[cfg(test)]
mod tests;
