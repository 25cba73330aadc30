//! Words for the JSON schemas of answers that are written with `json!`. Every object is closed: an answer with a field
//! that its schema does not name is as wrong as one that lacks a field, and the tests look at every answer.

use crate::tool::schema;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// The schema of a type.
pub fn of<T: JsonSchema>() -> Value {
    schema::<T>()
}

/// Text.
pub fn text() -> Value {
    json!({ "type": "string" })
}

/// One of these words.
pub fn one_of(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

/// A whole number.
pub fn integer() -> Value {
    json!({ "type": "integer" })
}

/// A number.
pub fn number() -> Value {
    json!({ "type": "number" })
}

/// True or false.
pub fn truth() -> Value {
    json!({ "type": "boolean" })
}

/// An instant, in RFC 3339.
pub fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// Whatever somebody else has made: a stored document, the options of a browser's own interface.
pub fn anything() -> Value {
    json!({ "type": "object" })
}

/// This, or null.
pub fn or_null(shape: Value) -> Value {
    json!({ "anyOf": [shape, { "type": "null" }] })
}

/// Several of these.
pub fn list_of(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// A page of a list, with the cursor of the next one.
pub fn page(of: Value) -> Value {
    object([("data", list_of(of)), ("next_cursor", or_null(text()))])
}

/// An object with these fields and no others. A name that ends in `?` may be absent.
pub fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, shape) in fields {
        match name.strip_suffix('?') {
            Some(name) => properties.insert(name.to_owned(), shape),
            None => {
                required.push(name.to_owned());
                properties.insert(name.to_owned(), shape)
            }
        };
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// An object with any names, whose values are these.
pub fn map(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

/// An object, and these fields beside its own.
pub fn with<const N: usize>(mut base: Value, fields: [(&str, Value); N]) -> Value {
    let more = object(fields);
    for (name, shape) in more["properties"].as_object().into_iter().flatten() {
        base["properties"][name] = shape.clone();
    }
    let needed = more["required"].as_array().cloned().unwrap_or_default();
    match base["required"].as_array_mut() {
        Some(names) => {
            names.extend(needed.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>())
        }
        None => base["required"] = needed.into(),
    }
    base
}
