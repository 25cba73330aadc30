//! What an edge of a funnel may ask before it lets somebody pass. A condition is data: it is never text that
//! something evaluates.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    funnel::{Closed, TaskOutcome},
    ids::{IcpProfileId, SetId},
    text::words,
};

/// Deepest nesting of `all`, `any` and `not`.
pub const MAX_DEPTH: usize = 20;

words! {
    /// How a field is compared.
    pub enum Op {
        /// The same text; case and surrounding spaces do not count.
        Is = "is",
        /// Another text, or none.
        IsNot = "is_not",
        /// The value has this text in it; case does not count.
        Contains = "contains",
        /// There is a value.
        Exists = "exists",
        /// There is no value, or a blank one.
        Missing = "missing",
    }
}

words! {
    /// What can have happened to a message of this enrollment.
    pub enum Happening {
        /// Handed over.
        Sent = "sent",
        /// Arrived.
        Delivered = "delivered",
        /// Opened.
        Opened = "opened",
        /// A link was clicked.
        Clicked = "clicked",
        /// The person answered.
        Replied = "replied",
        /// It came back.
        Bounced = "bounced",
    }
}

/// A question about a contact and about what happened so far.
///
/// JSON is one of `{"field","op","value"}`, `{"event","node","happened"}`, `{"split","variant"}`, `{"task","outcome"}`,
/// `{"icp_at_least","icp_profile_id"}`, `{"set_id"}`,
/// `{"all":[..]}`, `{"any":[..]}`, `{"not":..}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Condition {
    /// Compares a field.
    Field {
        /// Name of the field, for example `contact.city`.
        field: String,
        /// How to compare.
        op: Op,
        /// What to compare with; not used by `exists` and `missing`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Asks whether something happened in this campaign.
    Event {
        /// What.
        event: Happening,
        /// Only to the message of this node; any message where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<String>,
        /// `false` asks for the opposite.
        happened: bool,
    },
    /// Asks which way chance has for this person.
    Variant {
        /// Key of the split.
        split: String,
        /// Key of its variant.
        variant: String,
    },
    /// Asks how a task ended, the last time that they came to it.
    Task {
        /// Key of the task.
        task: String,
        /// How.
        outcome: TaskOutcome,
    },
    /// Asks for the score of an ICP profile.
    Score {
        /// So many points of 100, or more. Who has no score has not.
        icp_at_least: i64,
        /// Of which profile; of the one that fits best where it is left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        icp_profile_id: Option<IcpProfileId>,
    },
    /// Asks whether they have a tag, or are in a list or a segment.
    Member {
        /// Which.
        set_id: SetId,
    },
    /// Every one holds; an empty list holds.
    All {
        /// The conditions.
        all: Vec<Condition>,
    },
    /// At least one holds; an empty list does not.
    Any {
        /// The conditions.
        any: Vec<Condition>,
    },
    /// The opposite.
    Not {
        /// The condition.
        not: Box<Condition>,
    },
}

/// What conditions are asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Values by field name (`contact.city`).
    pub fields: BTreeMap<String, String>,
    /// What happened in this enrollment ([`Happening`] in its spelling), and at which node's message.
    pub events: Vec<(String, Option<String>)>,
    /// The zone whose clock counts for this person; UTC where there is none.
    pub zone: Option<jiff::tz::TimeZone>,
    /// The variants of this person by split ([`crate::funnel::variants()`]): what they were given, else what chance has for
    /// them.
    pub variants: BTreeMap<String, String>,
    /// The variants that they were given before, by split. They keep them.
    pub given: BTreeMap<String, String>,
    /// The variants that have won, by split: whoever has none yet gets these.
    pub winners: BTreeMap<String, String>,
    /// The scores, by ICP profile.
    pub scores: BTreeMap<String, i64>,
    /// The tags, lists and segments that they are in, of those that are asked for.
    pub sets: BTreeSet<String>,
    /// The days in date fields, by field name (`contact.custom.renewal`).
    pub dates: BTreeMap<String, jiff::civil::Date>,
    /// The tasks that are over, by node; the last one where a circle led to it more than once.
    pub tasks: BTreeMap<String, Closed>,
}

impl Facts {
    /// The value of a field, without surrounding spaces; a blank value is no value.
    pub fn value(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

impl Condition {
    /// Whether the facts satisfy it.
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Condition::Field { field, op, value } => {
                let found = facts.value(field);
                let wanted = value.as_deref().unwrap_or("").trim();
                match op {
                    Op::Is => found.is_some_and(|found| same(found, wanted)),
                    Op::IsNot => !found.is_some_and(|found| same(found, wanted)),
                    Op::Contains => {
                        found.is_some_and(|found| found.to_lowercase().contains(&wanted.to_lowercase()))
                    }
                    Op::Exists => found.is_some(),
                    Op::Missing => found.is_none(),
                }
            }
            Condition::Event { event, node, happened } => {
                let found = facts.events.iter().any(|(kind, at)| {
                    kind == event.as_str() && (node.is_none() || node.as_deref() == at.as_deref())
                });
                found == *happened
            }
            Condition::Variant { split, variant } => facts.variants.get(split) == Some(variant),
            Condition::Task { task, outcome } => {
                facts.tasks.get(task).is_some_and(|closed| closed.outcome == *outcome)
            }
            Condition::Score { icp_at_least, icp_profile_id } => {
                let score = match icp_profile_id {
                    Some(profile) => facts.scores.get(profile.as_str()),
                    None => facts.scores.values().max(),
                };
                score.is_some_and(|score| score >= icp_at_least)
            }
            Condition::Member { set_id } => facts.sets.contains(set_id.as_str()),
            Condition::All { all } => all.iter().all(|condition| condition.holds(facts)),
            Condition::Any { any } => any.iter().any(|condition| condition.holds(facts)),
            Condition::Not { not } => !not.holds(facts),
        }
    }

    /// Calls `visit` for this condition and everything inside it, with the depth (1 for itself).
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Condition, usize)) {
        let mut open = vec![(self, 1)];
        while let Some((condition, depth)) = open.pop() {
            visit(condition, depth);
            match condition {
                Condition::All { all: inner } | Condition::Any { any: inner } => {
                    open.extend(inner.iter().map(|condition| (condition, depth + 1)));
                }
                Condition::Not { not } => open.push((not, depth + 1)),
                Condition::Field { .. }
                | Condition::Event { .. }
                | Condition::Variant { .. }
                | Condition::Task { .. }
                | Condition::Score { .. }
                | Condition::Member { .. } => {}
            }
        }
    }
}

/// Equal but for case.
fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && a.to_lowercase() == b.to_lowercase())
}

/// A null is not the same as nothing: what is named is told from what is not.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// Read by hand, because an untagged enum can only say "did not match any variant".
impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Wire {
            #[serde(deserialize_with = "given")]
            field: Option<String>,
            #[serde(deserialize_with = "given")]
            op: Option<Op>,
            #[serde(deserialize_with = "given")]
            value: Option<Option<String>>,
            #[serde(deserialize_with = "given")]
            event: Option<Happening>,
            #[serde(deserialize_with = "given")]
            node: Option<Option<String>>,
            #[serde(deserialize_with = "given")]
            happened: Option<bool>,
            #[serde(deserialize_with = "given")]
            split: Option<String>,
            #[serde(deserialize_with = "given")]
            variant: Option<String>,
            #[serde(deserialize_with = "given")]
            task: Option<String>,
            #[serde(deserialize_with = "given")]
            outcome: Option<TaskOutcome>,
            #[serde(deserialize_with = "given")]
            icp_at_least: Option<i64>,
            #[serde(deserialize_with = "given")]
            icp_profile_id: Option<Option<IcpProfileId>>,
            #[serde(deserialize_with = "given")]
            set_id: Option<SetId>,
            #[serde(deserialize_with = "given")]
            all: Option<Vec<Condition>>,
            #[serde(deserialize_with = "given")]
            any: Option<Vec<Condition>>,
            #[serde(deserialize_with = "given")]
            not: Option<Box<Condition>>,
        }
        let wire = Wire::deserialize(d)?;
        let kinds = [
            wire.field.is_some(),
            wire.event.is_some(),
            wire.split.is_some(),
            wire.task.is_some(),
            wire.icp_at_least.is_some(),
            wire.set_id.is_some(),
            wire.all.is_some(),
            wire.any.is_some(),
            wire.not.is_some(),
        ];
        if kinds.iter().filter(|given| **given).count() != 1 {
            return Err(D::Error::custom(
                "a condition has exactly one of `field`, `event`, `split`, `task`, `icp_at_least`, `set_id`, `all`, `any` and `not`",
            ));
        }
        if wire.field.is_none() && (wire.op.is_some() || wire.value.is_some()) {
            return Err(D::Error::custom("`op` and `value` belong to a condition on a `field`"));
        }
        if wire.event.is_none() && (wire.node.is_some() || wire.happened.is_some()) {
            return Err(D::Error::custom("`node` and `happened` belong to a condition on an `event`"));
        }
        if wire.split.is_none() && wire.variant.is_some() {
            return Err(D::Error::custom("`variant` belongs to a condition on a `split`"));
        }
        if wire.task.is_none() && wire.outcome.is_some() {
            return Err(D::Error::custom("`outcome` belongs to a condition on a `task`"));
        }
        if wire.icp_at_least.is_none() && wire.icp_profile_id.is_some() {
            return Err(D::Error::custom("`icp_profile_id` belongs to a condition on `icp_at_least`"));
        }
        Ok(if let Some(field) = wire.field {
            let op = wire.op.ok_or_else(|| D::Error::missing_field("op"))?;
            let value = wire.value.flatten();
            if matches!(op, Op::Is | Op::IsNot | Op::Contains) && value.is_none() {
                return Err(D::Error::missing_field("value"));
            }
            Condition::Field { field, op, value }
        } else if let Some(event) = wire.event {
            Condition::Event { event, node: wire.node.flatten(), happened: wire.happened.unwrap_or(true) }
        } else if let Some(split) = wire.split {
            let variant = wire.variant.ok_or_else(|| D::Error::missing_field("variant"))?;
            Condition::Variant { split, variant }
        } else if let Some(task) = wire.task {
            let outcome = wire.outcome.ok_or_else(|| D::Error::missing_field("outcome"))?;
            Condition::Task { task, outcome }
        } else if let Some(icp_at_least) = wire.icp_at_least {
            Condition::Score { icp_at_least, icp_profile_id: wire.icp_profile_id.flatten() }
        } else if let Some(set_id) = wire.set_id {
            Condition::Member { set_id }
        } else if let Some(all) = wire.all {
            Condition::All { all }
        } else if let Some(any) = wire.any {
            Condition::Any { any }
        } else if let Some(not) = wire.not {
            Condition::Not { not }
        } else {
            return Err(D::Error::custom("an empty condition"));
        })
    }
}

/// By hand as well: what is read, and not what a derived reader would take.
impl JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (happening, own) =
            (generator.subschema_for::<Happening>(), generator.subschema_for::<Condition>());
        let outcome = generator.subschema_for::<TaskOutcome>();
        let (profile, set) =
            (generator.subschema_for::<Option<IcpProfileId>>(), generator.subschema_for::<SetId>());
        let text = || serde_json::json!({ "type": "string" });
        let or_null = || serde_json::json!({ "type": ["string", "null"] });
        let closed = |required: &[&str], properties: serde_json::Value| serde_json::json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
        let op = |words: &[Op]| serde_json::json!({ "type": "string", "enum": words });
        let all = serde_json::json!({ "type": "array", "items": own.clone() });
        schemars::json_schema!({
            "description": "A question about a contact and about what happened so far.",
            "anyOf": [
                closed(&["field", "op", "value"], serde_json::json!({
                    "field": text(), "op": op(&[Op::Is, Op::IsNot, Op::Contains]), "value": text(),
                })),
                closed(&["field", "op"], serde_json::json!({
                    "field": text(), "op": op(&[Op::Exists, Op::Missing]), "value": or_null(),
                })),
                closed(&["event"], serde_json::json!({ "event": happening, "node": or_null(), "happened": { "type": "boolean" } })),
                closed(&["split", "variant"], serde_json::json!({ "split": text(), "variant": text() })),
                closed(&["task", "outcome"], serde_json::json!({ "task": text(), "outcome": outcome })),
                closed(&["icp_at_least"], serde_json::json!({ "icp_at_least": { "type": "integer" }, "icp_profile_id": profile })),
                closed(&["set_id"], serde_json::json!({ "set_id": set })),
                closed(&["all"], serde_json::json!({ "all": all })),
                closed(&["any"], serde_json::json!({ "any": all })),
                closed(&["not"], serde_json::json!({ "not": own })),
            ],
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
