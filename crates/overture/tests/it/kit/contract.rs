//! The API description, held against what really is answered: every answer of every test is looked at.

use super::Answer;
use overture::{http::openapi, tools};
use serde_json::{Map, Value};
use std::sync::OnceLock;

/// The API description.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| openapi::document(&tools::all()))
}

/// The description of an operation by what was asked for.
pub fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let asked: Vec<&str> = path.split('/').collect();
    let fits = |known: &str| {
        let known: Vec<&str> = known.split('/').collect();
        known.len() == asked.len() && known.iter().zip(&asked).all(|(k, a)| k == a || k.starts_with('{'))
    };
    let paths = document()["paths"].as_object().unwrap();
    // What is written out comes before what is in braces.
    let mut found: Vec<&String> = paths.keys().filter(|path| fits(path)).collect();
    found.sort_by_key(|path| path.matches('{').count());
    paths[*found.first()?].get(method.to_lowercase())
}

/// Panics where an answer is not one that the description tells of.
pub fn assert_told(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let status = answer.status.as_u16();
    // That we are broken, or shutting down, is nothing that an address promises.
    if status >= 500 && operation["responses"][status.to_string()].is_null() {
        return;
    }
    let what = format!("{method} {path} ({}) answered {status}", operation["operationId"]);
    let told = resolved(&operation["responses"][status.to_string()]);
    assert!(told.is_object(), "{what}, which the API description does not tell of: {}", answer.json());
    let Some(content) = told["content"].as_object() else { return };
    let kind = answer.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let bare = |kind: &str| kind.split(';').next().unwrap_or("").trim().to_owned();
    let told = content.iter().find(|(told, _)| bare(told) == bare(kind));
    let (kind, told) =
        told.unwrap_or_else(|| panic!("{what} as {kind:?}, and not as one of {:?}", content.keys()));
    if kind == "application/json" {
        let mut wrong = Vec::new();
        check(&told["schema"], &answer.json(), "", &mut wrong);
        assert!(wrong.is_empty(), "{what}, which does not fit its schema: {wrong:?} in {}", answer.json());
    }
}

/// What a reference leads to.
pub fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(place) => document().pointer(place.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

/// The part of JSON Schema that our schemas are written in.
fn check(schema: &'static Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    let schema = resolved(schema);
    for word in ["anyOf", "oneOf"] {
        let Some(ways) = schema[word].as_array() else { continue };
        let mut misfits: Vec<Vec<String>> = Vec::new();
        for way in ways {
            let mut wrong = Vec::new();
            check(way, value, at, &mut wrong);
            misfits.push(wrong);
        }
        if misfits.iter().all(|wrong| !wrong.is_empty()) {
            wrong.push(format!("{at} fits none of {misfits:?}"));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        check(part, value, at, wrong);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![],
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is(kind, value)) {
        wrong.push(format!("{at} is {value} and not {kinds:?}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        wrong.push(format!("{at} is {value} and not {}", schema["const"]));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at} is {value} and none of {}", schema["enum"]));
    }
    let id = schema["pattern"].as_str().and_then(|pattern| pattern.strip_prefix('^')?.split_once("_[0-7]"));
    if let (Some((prefix, _)), Some(text)) = (id, value.as_str())
        && !text.starts_with(&format!("{prefix}_"))
    {
        wrong.push(format!("{at} is {text:?} and no id of {prefix}"));
    }
    if schema["format"] == "date-time"
        && value.as_str().is_some_and(|text| !text.ends_with('Z') || text.len() < 20)
    {
        wrong.push(format!("{at} is {value} and no instant"));
    }
    if let Some(object) = value.as_object() {
        fields(schema, object, at, wrong);
    }
    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            check(&schema["items"], item, &format!("{at}/{n}"), wrong);
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn fields(schema: &'static Value, object: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !object.contains_key(name) {
            wrong.push(format!("{at}/{name} is missing"));
        }
    }
    for (name, value) in object {
        let place = format!("{at}/{name}");
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(known), _) => check(known, value, &place, wrong),
            (None, Value::Bool(false)) => wrong.push(format!("{place} is not told of")),
            (None, other) if other.is_object() => check(other, value, &place, wrong),
            _ => {}
        }
    }
}
