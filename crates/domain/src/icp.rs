//! How well somebody fits the ideal customer of a workspace: criteria on the contact and its company, each with a
//! weight, and the points that come of them, each with its reason.
//!
//! Nothing here depends on the time: a score changes when the person, the company or the profile does.

use crate::{
    custom_field::{self, FieldKind, days},
    segment::{CUSTOM, Op, takes},
};
use serde::{Deserialize, Serialize};

/// Most criteria of a profile.
pub const MAX_CRITERIA: usize = 30;
/// Most values of a criterion.
pub const MAX_VALUES: usize = 20;
/// The heaviest that a criterion may be, for or against.
pub const MAX_WEIGHT: i64 = 100;
/// Longest label, in characters.
pub const MAX_LABEL: usize = 100;
/// The best score.
pub const BEST: i64 = 100;

/// What stands before the name of a field of the company.
pub const COMPANY: &str = "company.";

/// What can be asked for, beside custom fields (`custom.` and the key).
pub const FIELDS: &[(&str, FieldKind)] = &[
    ("title", FieldKind::Text),
    ("city", FieldKind::Text),
    ("country", FieldKind::Text),
    ("time_zone", FieldKind::Text),
    ("status", FieldKind::Text),
    ("email", FieldKind::Text),
    ("phone", FieldKind::Text),
    ("company.name", FieldKind::Text),
    ("company.domain", FieldKind::Text),
    ("company.industry", FieldKind::Text),
    ("company.employee_count", FieldKind::Number),
    ("company.city", FieldKind::Text),
    ("company.country", FieldKind::Text),
    ("company.linkedin_url", FieldKind::Url),
];

/// A question that is worth points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What it is called where a score is explained; empty for the words of the rule.
    #[serde(default)]
    pub label: String,
    /// A field of the contact (`title`), of its company (`company.industry`), or `custom.` and the key of a custom
    /// field.
    pub field: String,
    /// How it is compared: as in the rules of segments, but for `within_days`.
    pub op: Op,
    /// With what: any one of these is enough. None with `exists` and `missing`.
    #[serde(default)]
    pub values: Vec<String>,
    /// How many points it is worth, from -100 (speaks against) to 100.
    pub weight: i64,
}

/// Why there are points, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reason {
    /// What the criterion is called; empty where nobody named it.
    pub label: String,
    /// The field that was looked at.
    pub field: String,
    /// How it was compared.
    pub op: Op,
    /// With what.
    pub values: Vec<String>,
    /// Whether it is so.
    pub is_met: bool,
    /// What the criterion is worth.
    pub weight: i64,
    /// What it brought: the weight, or nothing.
    pub points: i64,
}

/// How well somebody fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// From 0 to 100: points reached of points possible.
    pub score: i64,
    /// The places of the criteria that are met, rising.
    pub met: Vec<usize>,
}

/// A mistake in a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `criteria[1].values`.
    pub path: String,
    /// What is wrong and what would do.
    pub message: String,
}

/// The kind of a field by name; `custom` knows the custom fields by key.
fn kind_of(field: &str, custom: &dyn Fn(&str) -> Option<FieldKind>) -> Option<FieldKind> {
    match field.strip_prefix(CUSTOM) {
        Some(key) => custom(key),
        None => FIELDS.iter().find(|(name, _)| *name == field).map(|(_, kind)| *kind),
    }
}

/// Everything that is wrong with the criteria of a profile.
pub fn problems(criteria: &[Criterion], custom: &dyn Fn(&str) -> Option<FieldKind>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |path: String, message: String| problems.push(Problem { path, message });
    if criteria.len() > MAX_CRITERIA {
        refuse("criteria".into(), format!("A profile has at most {MAX_CRITERIA} criteria"));
    }
    if !criteria.iter().any(|criterion| criterion.weight > 0) {
        refuse(
            "criteria".into(),
            "At least one criterion speaks for somebody: give it a positive weight".into(),
        );
    }
    for (at, criterion) in criteria.iter().enumerate() {
        let path = |part: &str| format!("criteria[{at}].{part}");
        if criterion.weight == 0 || !(-MAX_WEIGHT..=MAX_WEIGHT).contains(&criterion.weight) {
            refuse(path("weight"), format!("Write a weight from -{MAX_WEIGHT} to {MAX_WEIGHT}, but not 0"));
        }
        if criterion.label.chars().count() > MAX_LABEL {
            refuse(path("label"), format!("Write at most {MAX_LABEL} characters"));
        }
        let Some(kind) = kind_of(&criterion.field, custom) else {
            refuse(path("field"), format!("There is no field {}", criterion.field));
            continue;
        };
        if criterion.op == Op::WithinDays || !takes(kind, criterion.op) {
            refuse(path("op"), format!("A field of the kind {kind} cannot be asked {}", criterion.op));
        } else if let Err(message) = check_values(criterion, kind) {
            refuse(path("values"), message);
        }
    }
    problems
}

fn check_values(criterion: &Criterion, kind: FieldKind) -> Result<(), String> {
    let values: Vec<&str> = criterion.values.iter().map(|value| value.trim()).collect();
    if matches!(criterion.op, Op::Exists | Op::Missing) {
        return if values.is_empty() {
            Ok(())
        } else {
            Err(format!("Leave the values out with {}", criterion.op))
        };
    }
    if values.is_empty() || values.iter().any(|value| value.is_empty()) {
        return Err("Write a value".into());
    }
    let is_range = matches!(criterion.op, Op::MoreThan | Op::LessThan | Op::Before | Op::After);
    if is_range && values.len() > 1 {
        return Err(format!("Write one value with {}", criterion.op));
    }
    if values.len() > MAX_VALUES {
        return Err(format!("Write at most {MAX_VALUES} values"));
    }
    for value in values {
        if value.chars().count() > custom_field::MAX_VALUE {
            return Err(format!("Write at most {} characters", custom_field::MAX_VALUE));
        }
        if matches!(kind, FieldKind::Number | FieldKind::Date | FieldKind::Boolean) {
            kind.read(value, &[])?;
        }
    }
    Ok(())
}

/// What somebody gets. `fact` tells the fields of the contact and its company by name; a custom field that is gone
/// brings no points.
pub fn score<'a>(
    criteria: &[Criterion],
    custom: &dyn Fn(&str) -> Option<FieldKind>,
    fact: &dyn Fn(&str) -> Option<&'a str>,
) -> Score {
    let is_met = |criterion: &Criterion| {
        let kind = kind_of(&criterion.field, custom)?;
        Some(holds(criterion, kind, fact(&criterion.field).map(str::trim).filter(|text| !text.is_empty())))
    };
    let met: Vec<usize> = criteria
        .iter()
        .enumerate()
        .filter(|(_, criterion)| is_met(criterion) == Some(true))
        .map(|(at, _)| at)
        .collect();
    let possible: i64 = criteria.iter().map(|criterion| criterion.weight.max(0)).sum();
    let reached: i64 = met.iter().filter_map(|at| criteria.get(*at)).map(|criterion| criterion.weight).sum();
    // To the nearest whole number.
    let score = if possible > 0 { (reached * BEST * 2 + possible).div_euclid(possible * 2) } else { 0 };
    Score { score: score.clamp(0, BEST), met }
}

fn holds(criterion: &Criterion, kind: FieldKind, fact: Option<&str>) -> bool {
    let any = |is: &dyn Fn(&str) -> bool| criterion.values.iter().any(|value| is(value.trim()));
    let number = |text: &str| match kind {
        FieldKind::Date => days(text),
        FieldKind::Number | FieldKind::Boolean => {
            kind.read(text, &[]).ok().flatten().and_then(|value| value.number)
        }
        FieldKind::Text | FieldKind::Choice | FieldKind::Url => None,
    };
    let key = |text: &str| text.trim().to_lowercase();
    let is_same = |fact: &str| {
        any(&|value| match (number(fact), number(value)) {
            (Some(fact), Some(value)) => fact == value,
            _ => key(fact) == key(value),
        })
    };
    let compare = |is: &dyn Fn(f64, f64) -> bool| {
        fact.and_then(number)
            .is_some_and(|fact| any(&|value| number(value).is_some_and(|value| is(fact, value))))
    };
    match criterion.op {
        Op::Exists => fact.is_some(),
        Op::Missing => fact.is_none(),
        Op::Is => fact.is_some_and(is_same),
        Op::IsNot => !fact.is_some_and(is_same),
        Op::Contains => fact.is_some_and(|fact| any(&|value| key(fact).contains(&key(value)))),
        Op::StartsWith => fact.is_some_and(|fact| any(&|value| key(fact).starts_with(&key(value)))),
        Op::MoreThan | Op::After => compare(&|fact, value| fact > value),
        Op::LessThan | Op::Before => compare(&|fact, value| fact < value),
        Op::WithinDays => false,
    }
}

/// The reasons of a score, in the order of the criteria.
pub fn reasons(criteria: &[Criterion], met: &[usize]) -> Vec<Reason> {
    let one = |(at, criterion): (usize, &Criterion)| {
        let is_met = met.contains(&at);
        Reason {
            label: criterion.label.clone(),
            field: criterion.field.clone(),
            op: criterion.op,
            values: criterion.values.clone(),
            is_met,
            weight: criterion.weight,
            points: if is_met { criterion.weight } else { 0 },
        }
    };
    criteria.iter().enumerate().map(one).collect()
}

/// Whether a profile asks for this custom field, by key.
pub fn names(criteria: &[Criterion], key: &str) -> bool {
    criteria.iter().any(|criterion| criterion.field.strip_prefix(CUSTOM) == Some(key))
}

#[cfg(test)]
mod tests;
