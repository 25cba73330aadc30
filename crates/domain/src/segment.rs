//! The rule of a segment: a question about contacts that a database answers for all of them at once. A rule is
//! data; nothing in it is evaluated as text.

use crate::{
    condition::Happening,
    custom_field::{self, FieldKind},
    ids::{CampaignId, ListId, MemberId, TagId},
    text::words,
};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// Deepest nesting of `all`, `any` and `not`.
pub const MAX_DEPTH: usize = 8;
/// Most questions in one rule.
pub const MAX_QUESTIONS: usize = 50;
/// Longest time back that an event may be asked for, in days.
pub const MAX_DAYS: i64 = 3_650;

words! {
    /// How a field is compared.
    pub enum Op {
        /// The same; case does not count.
        Is = "is",
        /// Another value, or none.
        IsNot = "is_not",
        /// The value has this text in it; case does not count.
        Contains = "contains",
        /// The value begins with this text; case does not count.
        StartsWith = "starts_with",
        /// A larger number.
        MoreThan = "more_than",
        /// A smaller number.
        LessThan = "less_than",
        /// An earlier day.
        Before = "before",
        /// A later day.
        After = "after",
        /// Within so many days before today, today included.
        WithinDays = "within_days",
        /// There is a value.
        Exists = "exists",
        /// There is no value.
        Missing = "missing",
    }
}

/// One question, or several put together.
///
/// JSON is one of `{"field","op","value"}`, `{"set_id"}`, `{"event","campaign_id","within_days"}`, `{"all":[..]}`,
/// `{"any":[..]}`, `{"not":..}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Rule {
    /// Compares a field: one of [`FIELDS`], or `custom.` and the key of a custom field.
    Field {
        /// Its name.
        field: String,
        /// How.
        op: Op,
        /// With what; not with `exists` and `missing`.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Asks whether somebody has a tag or is on a list.
    In {
        /// Id of the tag or list.
        set_id: String,
    },
    /// Asks whether something happened with a message of a campaign.
    Event {
        /// What.
        event: Happening,
        /// In this campaign; in any where it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        campaign_id: Option<CampaignId>,
        /// In the last so many days; at any time where it is left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        within_days: Option<i64>,
    },
    /// Every one holds; an empty list holds.
    All {
        /// The rules.
        all: Vec<Rule>,
    },
    /// At least one holds; an empty list does not.
    Any {
        /// The rules.
        any: Vec<Rule>,
    },
    /// The opposite.
    Not {
        /// The rule.
        not: Box<Rule>,
    },
}

/// What every contact has, by name. Instants are asked for by the day.
pub const FIELDS: &[(&str, FieldKind)] = &[
    ("email", FieldKind::Text),
    ("phone", FieldKind::Text),
    ("first_name", FieldKind::Text),
    ("last_name", FieldKind::Text),
    ("company", FieldKind::Text),
    ("title", FieldKind::Text),
    ("city", FieldKind::Text),
    ("country", FieldKind::Text),
    ("time_zone", FieldKind::Text),
    ("status", FieldKind::Text),
    ("owner_id", FieldKind::Choice),
    ("created_at", FieldKind::Date),
    ("updated_at", FieldKind::Date),
    (SCORE, FieldKind::Number),
];

/// How well somebody fits the default ICP profile, from 0 to 100.
pub const SCORE: &str = "icp_score";

/// What stands before the key of a custom field.
pub const CUSTOM: &str = "custom.";

/// Whether a field of this kind can be asked this.
pub fn takes(kind: FieldKind, op: Op) -> bool {
    match op {
        Op::Is | Op::Exists | Op::Missing => true,
        Op::IsNot => kind != FieldKind::Boolean,
        Op::Contains | Op::StartsWith => matches!(kind, FieldKind::Text | FieldKind::Url),
        Op::MoreThan | Op::LessThan => kind == FieldKind::Number,
        Op::Before | Op::After | Op::WithinDays => kind == FieldKind::Date,
    }
}

/// A mistake in a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `rule.all[1].value`.
    pub path: String,
    /// What is wrong and what would do.
    pub message: String,
}

/// What is known of a custom field that rules ask for.
#[derive(Debug, Clone, Copy)]
pub struct Defined<'a> {
    /// What it holds.
    pub kind: FieldKind,
    /// What it may hold, of a choice.
    pub choices: &'a [String],
}

impl Rule {
    /// Calls `visit` for this rule and everything inside it, with its place and depth (1 for itself).
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Rule, &str, usize)) {
        let mut open = vec![(self, "rule".to_owned(), 1)];
        while let Some((rule, path, depth)) = open.pop() {
            visit(rule, &path, depth);
            let (word, inner) = match rule {
                Rule::All { all } => ("all", all),
                Rule::Any { any } => ("any", any),
                Rule::Not { not } => {
                    open.push((not, format!("{path}.not"), depth + 1));
                    continue;
                }
                Rule::Field { .. } | Rule::In { .. } | Rule::Event { .. } => continue,
            };
            let each = inner.iter().enumerate();
            open.extend(each.map(|(at, rule)| (rule, format!("{path}.{word}[{at}]"), depth + 1)));
        }
    }

    /// Everything that is wrong with it. `custom` knows the custom fields by key.
    pub fn problems<'a>(&'a self, custom: &dyn Fn(&str) -> Option<Defined<'a>>) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut questions = 0;
        self.walk(&mut |rule, path, depth| {
            let mut refuse =
                |at: &str, message: String| problems.push(Problem { path: format!("{path}{at}"), message });
            questions += 1;
            if depth > MAX_DEPTH {
                refuse("", format!("Rules may be nested {MAX_DEPTH} deep"));
            }
            match rule {
                Rule::Field { field, op, value } => {
                    let Some(defined) = kind_of(field, custom) else {
                        refuse(".field", format!("There is no field {field}"));
                        return;
                    };
                    if !takes(defined.kind, *op) {
                        refuse(".op", format!("A field of the kind {} cannot be asked {op}", defined.kind));
                    } else if let Err(message) = check_value(field, defined, *op, value.as_deref()) {
                        refuse(".value", message);
                    }
                }
                Rule::In { set_id: set } => {
                    if set.parse::<TagId>().is_err() && set.parse::<ListId>().is_err() {
                        refuse(".set_id", "Name a tag or a list".into());
                    }
                }
                Rule::Event { within_days: Some(days), .. } if !(1..=MAX_DAYS).contains(days) => {
                    refuse(".within_days", format!("Write a number of days from 1 to {MAX_DAYS}"));
                }
                Rule::Event { .. } | Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. } => {}
            }
        });
        if questions > MAX_QUESTIONS {
            let message = format!("A rule has at most {MAX_QUESTIONS} questions");
            problems.push(Problem { path: "rule".into(), message });
        }
        problems
    }

    /// Whether its answer changes as time passes, though nothing else does.
    pub fn depends_on_time(&self) -> bool {
        let mut depends = false;
        self.walk(&mut |rule, _, _| {
            depends |= matches!(
                rule,
                Rule::Event { within_days: Some(_), .. } | Rule::Field { op: Op::WithinDays, .. }
            );
        });
        depends
    }

    /// The ids of everything that it names.
    pub fn ids(&self) -> Vec<&str> {
        let mut ids = Vec::new();
        self.walk(&mut |rule, _, _| match rule {
            Rule::In { set_id } => ids.push(set_id.as_str()),
            Rule::Event { campaign_id: Some(id), .. } => ids.push(id.as_str()),
            Rule::Field { field, value: Some(value), .. } if field == "owner_id" => ids.push(value.trim()),
            _ => {}
        });
        ids
    }

    /// Whether it asks for this custom field, tag or list.
    pub fn names(&self, what: &str) -> bool {
        let mut found = false;
        self.walk(&mut |rule, _, _| {
            found |= match rule {
                Rule::Field { field, .. } => field.strip_prefix(CUSTOM) == Some(what),
                Rule::In { set_id: set } => set == what,
                _ => false,
            };
        });
        found
    }
}

/// The kind of a field by name.
fn kind_of<'a>(field: &str, custom: &dyn Fn(&str) -> Option<Defined<'a>>) -> Option<Defined<'a>> {
    if let Some(key) = field.strip_prefix(CUSTOM) {
        return custom(key);
    }
    let (_, kind) = FIELDS.iter().find(|(name, _)| *name == field)?;
    Some(Defined { kind: *kind, choices: &[] })
}

fn check_value(field: &str, defined: Defined<'_>, op: Op, value: Option<&str>) -> Result<(), String> {
    let value = value.map(str::trim).filter(|value| !value.is_empty());
    if matches!(op, Op::Exists | Op::Missing) {
        return if value.is_none() { Ok(()) } else { Err(format!("Leave the value out with {op}")) };
    }
    let value = value.ok_or("Write a value")?;
    if value.chars().count() > custom_field::MAX_VALUE {
        return Err(format!("Write at most {} characters", custom_field::MAX_VALUE));
    }
    match op {
        Op::WithinDays => {
            let days: Option<i64> = value.parse().ok();
            let fits = days.is_some_and(|days| (1..=MAX_DAYS).contains(&days));
            if fits { Ok(()) } else { Err(format!("Write a number of days from 1 to {MAX_DAYS}")) }
        }
        Op::Contains | Op::StartsWith => Ok(()),
        _ if field == "owner_id" => match value.parse::<MemberId>() {
            Ok(_) => Ok(()),
            Err(_) => Err("Name a member".into()),
        },
        // A choice that is gone can still be asked for: nobody has it, or who had it before.
        _ if defined.kind == FieldKind::Choice || defined.kind == FieldKind::Url => Ok(()),
        _ => defined.kind.read(value, defined.choices).map(drop),
    }
}

/// Read by hand, because an untagged enum can only say that no variant fits.
impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        struct Wire {
            field: Option<String>,
            op: Option<Op>,
            value: Option<String>,
            set_id: Option<String>,
            event: Option<Happening>,
            campaign_id: Option<CampaignId>,
            within_days: Option<i64>,
            all: Option<Vec<Rule>>,
            any: Option<Vec<Rule>>,
            not: Option<Box<Rule>>,
        }
        let wire = Wire::deserialize(d)?;
        let about_field = wire.op.is_some() || wire.value.is_some();
        let about_event = wire.campaign_id.is_some() || wire.within_days.is_some();
        match (wire.field, wire.set_id, wire.event, wire.all, wire.any, wire.not) {
            (Some(field), None, None, None, None, None) if !about_event => {
                let op = wire.op.ok_or_else(|| D::Error::missing_field("op"))?;
                Ok(Rule::Field { field, op, value: wire.value })
            }
            _ if about_field => {
                Err(D::Error::custom("`op` and `value` belong to a question about a `field`"))
            }
            (None, None, Some(event), None, None, None) => {
                Ok(Rule::Event { event, campaign_id: wire.campaign_id, within_days: wire.within_days })
            }
            _ if about_event => {
                Err(D::Error::custom("`campaign_id` and `within_days` belong to a question about an `event`"))
            }
            (None, Some(set), None, None, None, None) => Ok(Rule::In { set_id: set }),
            (None, None, None, Some(all), None, None) => Ok(Rule::All { all }),
            (None, None, None, None, Some(any), None) => Ok(Rule::Any { any }),
            (None, None, None, None, None, Some(not)) => Ok(Rule::Not { not }),
            _ => Err(D::Error::custom(
                "a rule has exactly one of `field`, `set_id`, `event`, `all`, `any` and `not`",
            )),
        }
    }
}

/// By hand as well: what is read, and not what a derived reader would take.
impl JsonSchema for Rule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let own = generator.subschema_for::<Rule>();
        let (tag, list_id) = (generator.subschema_for::<TagId>(), generator.subschema_for::<ListId>());
        let happening = generator.subschema_for::<Happening>();
        let campaign = generator.subschema_for::<Option<CampaignId>>();
        let days = serde_json::json!({ "type": ["integer", "null"], "minimum": 1, "maximum": MAX_DAYS });
        let text = || serde_json::json!({ "type": "string" });
        let closed = |required: &[&str], properties: serde_json::Value| serde_json::json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties });
        let list = serde_json::json!({ "type": "array", "items": own.clone() });
        schemars::json_schema!({
            "description": "A question about contacts, or several put together.",
            "anyOf": [
                closed(&["field", "op"], serde_json::json!({
                    "field": text(), "op": { "type": "string", "enum": Op::ALL }, "value": { "type": ["string", "null"] },
                })),
                closed(&["set_id"], serde_json::json!({ "set_id": { "anyOf": [tag, list_id] } })),
                closed(&["event"], serde_json::json!({ "event": happening, "campaign_id": campaign, "within_days": days })),
                closed(&["all"], serde_json::json!({ "all": list })),
                closed(&["any"], serde_json::json!({ "any": list })),
                closed(&["not"], serde_json::json!({ "not": own })),
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const TAG: &str = "tag_01jd0m3v7c8e2t5n9q4r6s8w0x";

    fn problems(rule: Value) -> Vec<String> {
        let rule: Rule = serde_json::from_value(rule).unwrap();
        let size = |key: &str| (key == "size").then_some(Defined { kind: FieldKind::Number, choices: &[] });
        rule.problems(&size).into_iter().map(|p| p.path).collect()
    }

    #[test]
    fn a_good_rule_has_no_problem() {
        let rule = json!({ "all": [
            { "field": "city", "op": "is", "value": "Oslo" },
            { "any": [{ "field": "custom.size", "op": "more_than", "value": "50" }, { "set_id": TAG }] },
            { "not": { "event": "opened", "within_days": 30 } },
            { "field": "created_at", "op": "within_days", "value": "7" },
            { "field": "title", "op": "missing" },
        ]});
        assert_eq!(problems(rule.clone()), Vec::<String>::new());
        let rule: Rule = serde_json::from_value(rule).unwrap();
        assert!(rule.depends_on_time() && rule.names("size") && rule.names(TAG) && !rule.names("city"));
    }

    #[test]
    fn every_mistake_is_told_where_it_is() {
        let cases = [
            (json!({ "field": "shoe_size", "op": "is", "value": "43" }), "rule.field"),
            (json!({ "field": "custom.gone", "op": "exists" }), "rule.field"),
            (json!({ "field": "city", "op": "more_than", "value": "3" }), "rule.op"),
            (json!({ "not": { "field": "city", "op": "is" } }), "rule.not.value"),
            (json!({ "field": "city", "op": "is", "value": "  " }), "rule.value"),
            (json!({ "field": "city", "op": "exists", "value": "x" }), "rule.value"),
            (
                json!({ "all": [{ "field": "custom.size", "op": "is", "value": "many" }] }),
                "rule.all[0].value",
            ),
            (json!({ "field": "created_at", "op": "before", "value": "yesterday" }), "rule.value"),
            (json!({ "field": "owner_id", "op": "is", "value": "me" }), "rule.value"),
            (json!({ "set_id": "con_1" }), "rule.set_id"),
            (json!({ "event": "opened", "within_days": 0 }), "rule.within_days"),
        ];
        for (rule, path) in cases {
            assert_eq!(problems(rule.clone()), [path], "{rule}");
        }
        let deep = (0..MAX_DEPTH).fold(json!({ "all": [] }), |inner, _| json!({ "not": inner }));
        assert_eq!(problems(deep).len(), 1);
        let many: Vec<Value> = (0..MAX_QUESTIONS).map(|_| json!({ "set_id": TAG })).collect();
        assert_eq!(problems(json!({ "any": many })), ["rule"]);
    }

    #[test]
    fn unknown_members_are_refused() {
        for rule in [
            json!({ "field": "city", "op": "is", "value": "x", "case": true }),
            json!({ "all": [], "any": [] }),
        ] {
            assert!(serde_json::from_value::<Rule>(rule.clone()).is_err(), "{rule}");
        }
    }
}
