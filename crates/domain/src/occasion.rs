//! The event that a campaign invites to: a dinner, a webinar. Texts name it by merge tags (`event.name`), and steps wait
//! for days before and after it (`event.date`).

use crate::{schedule, schedule::TimeOfDay, text::words};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

words! {
    /// How people take part.
    pub enum EventType {
        /// They come to a place.
        InPerson = "In-Person",
        /// They take part from where they are.
        Virtual = "Virtual",
    }
}

/// What stands before the name of each of its merge tags.
pub const PREFIX: &str = "event.";
/// Its day, as a step names it that waits for it.
pub const DATE: &str = "event.date";

/// What a campaign invites to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// What it is called, in at most 200 characters.
    pub name: String,
    /// How people take part.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// On which day it begins.
    #[schemars(with = "String", extend("format" = "date"))]
    pub date: Date,
    /// At what time, where it takes place.
    #[serde(default)]
    pub time: Option<TimeOfDay>,
    /// The zone of that time, by its IANA name.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The address of the place, or the link, in at most 500 characters.
    #[serde(default)]
    pub place: Option<String>,
}

impl Occasion {
    /// What is wrong with it, as the field and a sentence; `None` when a campaign can invite to it.
    pub fn wrong(&self) -> Option<(&'static str, &'static str)> {
        if self.name.trim().is_empty() || self.name.chars().count() > 200 {
            return Some(("event.name", "Write a name of 1 to 200 characters"));
        }
        if !(1970..=9000).contains(&self.date.year()) {
            return Some(("event.date", "Choose the day on which it begins"));
        }
        if self.time_zone.as_deref().is_some_and(|zone| schedule::zone(zone).is_none()) {
            return Some(("event.time_zone", "Choose a time zone such as Europe/Berlin"));
        }
        if self.place.as_deref().is_some_and(|place| place.chars().count() > 500) {
            return Some(("event.place", "Write at most 500 characters"));
        }
        None
    }

    /// The value of a merge tag, `None` where it has none.
    pub fn field(&self, name: &str) -> Option<String> {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        match name.strip_prefix(PREFIX)? {
            "name" => filled(&self.name),
            "type" => Some(self.kind.to_string()),
            "date" => Some(self.date.strftime("%A, %-d %B %Y").to_string()),
            "time" => {
                let time = self.time?.to_string();
                Some(match &self.time_zone {
                    Some(zone) => format!("{time} ({})", zone.replace('_', " ")),
                    None => time,
                })
            }
            "place" => self.place.as_deref().and_then(filled),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_tags_are_what_people_read() {
        let occasion: Occasion = serde_json::from_str(
            r#"{"name":"Founders' dinner","type":"In-Person","date":"2026-12-03","time":"18:30","time_zone":"America/New_York"}"#,
        )
        .unwrap();
        let said = |name: &str| occasion.field(name);
        assert_eq!(said("event.name").as_deref(), Some("Founders' dinner"));
        assert_eq!(said("event.date").as_deref(), Some("Thursday, 3 December 2026"));
        assert_eq!(said("event.time").as_deref(), Some("18:30 (America/New York)"));
        assert_eq!(said("event.type").as_deref(), Some("In-Person"));
        assert_eq!(said("event.place"), None, "a place that is not said holds the message back");
        assert_eq!(said("contact.name"), None);
        assert_eq!(occasion.wrong(), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let whole = Occasion {
            name: "Dinner".into(),
            kind: EventType::Virtual,
            date: Date::constant(2026, 12, 3),
            time: None,
            time_zone: None,
            place: None,
        };
        let cases = [
            (Occasion { name: " ".into(), ..whole.clone() }, "event.name"),
            (Occasion { time_zone: Some("Mars/Olympus".into()), ..whole.clone() }, "event.time_zone"),
            (Occasion { place: Some("x".repeat(501)), ..whole }, "event.place"),
        ];
        for (occasion, field) in cases {
            assert_eq!(occasion.wrong().map(|(field, _)| field), Some(field));
        }
    }
}
