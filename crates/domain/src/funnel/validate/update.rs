//! What is wrong with a step that changes the contact.

use super::Check;
use crate::{
    custom_field,
    funnel::{
        graph::Node,
        update::{SETTABLE, Update},
    },
    import::MAX_VALUE,
    schedule,
    template::{self, CUSTOM, Template},
};
use std::collections::HashSet;

/// Most fields, and most tags, of one step.
const MOST: usize = 50;
/// Longest name of a tag, in characters.
const MAX_TAG_CHARS: usize = 100;

impl Check<'_> {
    pub(super) fn update(&mut self, node: &Node, update: &Update) {
        let key = Some(node.key.as_str());
        let Update { set, status, owner_id, add_tags, remove_tags } = update;
        if set.is_empty() && status.is_none() && owner_id.is_none() && add_tags.len() + remove_tags.len() == 0
        {
            self.error(key, "update.nothing", "It changes nothing.", "Choose what it changes.");
        }
        if set.len() > MOST || add_tags.len() + remove_tags.len() > MOST {
            let message = format!("It changes more than {MOST} fields or tags.");
            self.error(key, "update.too_much", message, "Spread them over several steps.");
            return;
        }
        if status.as_ref().is_some_and(|status| status.trim().is_empty() || status.chars().count() > 60) {
            let fix = "Name a status of at most 60 characters, or take the setting out.";
            self.error(key, "update.status", "The status to set is blank or too long.", fix);
        }
        for (field, text) in set {
            self.setting(node, field, text);
        }
        self.tags(node, add_tags, remove_tags);
    }

    /// One field with the text that it gets.
    fn setting(&mut self, node: &Node, field: &str, text: &str) {
        let key = Some(node.key.as_str());
        let custom = field.strip_prefix(CUSTOM);
        let is_known = match custom {
            Some(custom) => self.customs.iter().any(|known| known == custom),
            None => SETTABLE.iter().any(|(known, _)| *known == field),
        };
        if !is_known {
            let short: String = field.chars().take(60).collect();
            let message = format!("It sets {short:?}, which is no field that a step can set.");
            let fix = match template::nearest(field, SETTABLE.iter().map(|(known, _)| *known)) {
                Some(near) => format!("Did you mean {near}?"),
                None => "Choose one from the list.".into(),
            };
            self.error(key, "update.field", message, fix);
            return;
        }
        let found = self.problems.len();
        self.template(node, "new value", text);
        let Ok(template) = Template::parse(text) else { return };
        if self.problems.len() > found {
            return;
        }
        if let Some(other) = template.fields().find(|field| !field.starts_with("contact.")) {
            let message =
                format!("The new value of {field} names {other}, which does not belong to the contact.");
            self.error(key, "update.merge_tag", message, "Name fields of the contact only.");
        } else if template.fields().next().is_none()
            && let Some(complaint) = self.unfit(field, text)
        {
            let message = format!("The new value of {field} does not fit: {complaint}.");
            self.error(key, "update.value", message, "Write another, or leave it empty to clear the field.");
        }
    }

    /// Why a text without merge tags cannot be the value of a field.
    fn unfit(&self, field: &str, text: &str) -> Option<String> {
        if let Some(custom) = field.strip_prefix(CUSTOM) {
            let known = self.known.customs.iter().find(|known| known.key == custom)?;
            return known.kind.read(text, &known.choices).err();
        }
        let longest = MAX_VALUE.min(custom_field::MAX_VALUE);
        if text.chars().count() > longest {
            return Some(format!("Write at most {longest} characters"));
        }
        let is_zone = || text.trim().is_empty() || schedule::zone(text.trim()).is_some();
        (field == "contact.time_zone" && !is_zone())
            .then(|| "This is not an IANA time zone such as Europe/Oslo".to_owned())
    }

    fn tags(&mut self, node: &Node, add: &[String], remove: &[String]) {
        let key = Some(node.key.as_str());
        let mut seen = HashSet::new();
        for name in add.iter().chain(remove) {
            let short: String = name.chars().take(60).collect();
            if name.trim().is_empty() || name.chars().count() > MAX_TAG_CHARS {
                let fix = format!("Use 1 to {MAX_TAG_CHARS} characters.");
                self.error(key, "update.tag", format!("{short:?} cannot be the name of a tag."), fix);
            } else if !seen.insert(name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()) {
                let message = format!("It names the tag {short:?} twice.");
                self.error(key, "update.tag_twice", message, "Keep it once.");
            }
        }
    }
}
