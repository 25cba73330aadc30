//! Conditions in the words of a spreadsheet: `opened`, `not replied first`, `contact.city is Boston`. Only what is read
//! back the same is written so; everything else is compact JSON.

use crate::condition::{Condition, Happening, Op};

/// A condition for a cell.
pub(super) fn write(condition: &Condition) -> String {
    let words = in_words(condition);
    match words {
        Some(words) if read(&words).as_ref() == Ok(condition) => words,
        _ => serde_json::to_string(condition).unwrap_or_default(),
    }
}

fn in_words(condition: &Condition) -> Option<String> {
    Some(match condition {
        Condition::Event { event, node, happened } => {
            let not = if *happened { "" } else { "not " };
            let node = node.as_ref().map(|node| format!(" {node}")).unwrap_or_default();
            format!("{not}{event}{node}")
        }
        Condition::Variant { split, variant } => format!("{split} = {variant}"),
        Condition::Field { field, op, value: None } => format!("{field} {}", op.as_str()),
        Condition::Field { field, op: Op::IsNot, value: Some(value) } => format!("{field} is not {value}"),
        Condition::Field { field, op, value: Some(value) } => format!("{field} {op} {value}"),
        Condition::Task { .. }
        | Condition::Score { .. }
        | Condition::Member { .. }
        | Condition::All { .. }
        | Condition::Any { .. }
        | Condition::Not { .. } => return None,
    })
}

/// A condition from a cell.
pub(super) fn read(cell: &str) -> Result<Condition, String> {
    let cell = cell.trim();
    if cell.starts_with('{') {
        return serde_json::from_str(cell).map_err(|error| error.to_string());
    }
    let mut parts = cell.split_whitespace();
    let (first, second, rest) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let (event, node, more, happened) = if first == "not" {
        (second.unwrap_or_default(), rest, parts.next(), false)
    } else {
        (first, second, rest, true)
    };
    if let Ok(event) = event.parse::<Happening>()
        && more.is_none()
    {
        return Ok(Condition::Event { event, node: node.map(str::to_owned), happened });
    }
    if let (Some("="), Some(variant), None) = (second, rest, parts.next()) {
        return Ok(Condition::Variant { split: first.to_owned(), variant: variant.to_owned() });
    }
    field(cell).ok_or_else(|| {
        let short: String = cell.chars().take(60).collect();
        format!("{short:?} is no condition: write `opened`, `not replied STEP`, `contact.city is Boston`, `SPLIT = VARIANT` or JSON")
    })
}

fn field(cell: &str) -> Option<Condition> {
    let (field, rest) = cell.split_once(' ')?;
    let (op, value) = rest.split_once(' ').map_or((rest, None), |(op, value)| (op, Some(value)));
    let (op, value) = match (op.parse::<Op>().ok()?, value) {
        (Op::Is, Some(value)) => match value.strip_prefix("not ") {
            Some(value) => (Op::IsNot, Some(value)),
            None => (Op::Is, Some(value)),
        },
        other => other,
    };
    let needs = matches!(op, Op::Is | Op::IsNot | Op::Contains);
    (needs == value.is_some()).then(|| Condition::Field {
        field: field.to_owned(),
        op,
        value: value.map(str::to_owned),
    })
}
