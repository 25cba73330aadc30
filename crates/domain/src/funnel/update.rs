//! What a step changes of a contact.

use super::graph::Node;
use crate::{
    condition::Facts,
    ids::MemberId,
    template::{CUSTOM, Template},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fields of a contact that a step can set, with what the editor calls them; custom fields come besides, as
/// `contact.custom.` and their key. Addresses are not among them: they are what a person is known by.
pub const SETTABLE: &[(&str, &str)] = &[
    ("contact.first_name", "First name"),
    ("contact.last_name", "Last name"),
    ("contact.company", "Company"),
    ("contact.title", "Job title"),
    ("contact.city", "City"),
    ("contact.country", "Country"),
    ("contact.time_zone", "Time zone"),
];

/// What to change, as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Update {
    /// Texts by field (`contact.title`, `contact.custom.plan`), with merge tags of the contact. An empty text clears
    /// the field; one whose merge tag has no value leaves the field as it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The contact status to set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The member who gets the contact, with its conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<MemberId>,
    /// Names of tags to put on; one that is not there yet is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_tags: Vec<String>,
    /// Names of tags to take off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_tags: Vec<String>,
}

/// What to change of one person: merge tags are filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Key of the node.
    pub node: String,
    /// Values by field; `None` clears one.
    pub set: BTreeMap<String, Option<String>>,
    /// The status to set.
    pub status: Option<String>,
    /// Who gets the contact.
    pub owner_id: Option<MemberId>,
    /// Names of tags to put on.
    pub add_tags: Vec<String>,
    /// Names of tags to take off.
    pub remove_tags: Vec<String>,
}

impl Update {
    /// What it comes to for somebody.
    pub(super) fn of(&self, node: &Node, facts: &Facts) -> Changes {
        let value = |text: &String| {
            let template = Template::parse(text).ok()?;
            let text = template.render_line(&|field| facts.value(field).map(str::to_owned)).ok()?;
            Some(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
        };
        Changes {
            node: node.key.clone(),
            set: self.set.iter().filter_map(|(field, text)| Some((field.clone(), value(text)?))).collect(),
            status: self.status.clone(),
            owner_id: self.owner_id.clone(),
            add_tags: self.add_tags.clone(),
            remove_tags: self.remove_tags.clone(),
        }
    }

    /// Whether a text of it, or a field that it sets, is a custom one.
    pub fn names_custom(&self) -> bool {
        self.set.iter().any(|(field, text)| {
            field.starts_with(CUSTOM) || Template::parse(text).is_ok_and(|template| template.names_custom())
        })
    }
}

impl Changes {
    /// Notes them in what is known of the person, for what comes after in the same step.
    pub fn note(&self, facts: &mut Facts) {
        let status = self.status.iter().map(|status| ("contact.status".to_owned(), Some(status.clone())));
        for (field, value) in self.set.clone().into_iter().chain(status) {
            match value {
                Some(value) => facts.fields.insert(field, value),
                None => facts.fields.remove(&field),
            };
        }
        for (field, value) in self.set.iter().filter(|(field, _)| field.starts_with(CUSTOM)) {
            match value.as_deref().map(str::parse::<jiff::civil::Date>) {
                Some(Ok(day)) => facts.dates.insert(field.clone(), day),
                Some(Err(_)) => continue,
                None => facts.dates.remove(field),
            };
        }
        let names = ["contact.first_name", "contact.last_name"];
        if names.iter().any(|name| self.set.contains_key(*name)) {
            let both: Vec<&str> = names.iter().filter_map(|name| facts.value(name)).collect();
            let both = both.join(" ");
            facts.fields.insert("contact.full_name".into(), both);
        }
    }
}
