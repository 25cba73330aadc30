//! A webhook of Meta holds as many things as Meta likes: each is taken out as a webhook of its own, so that one that
//! cannot be understood yet does not hold up the others.

use serde_json::{Value, json};

/// Most things that are taken out of one webhook; Meta's own limit is a thousand.
const MOST: usize = 2_000;

/// One thing, as a webhook of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What makes a repeat of it a repeat, whatever it was packed with.
    pub key: String,
    /// The webhook that holds nothing else.
    pub body: Vec<u8>,
}

impl Item {
    pub(crate) fn new(key: String, object: &Value, entry: Value) -> Item {
        Item { key, body: json!({ "object": object, "entry": [entry] }).to_string().into_bytes() }
    }
}

/// The entries of a webhook; what is no JSON or has none holds nothing.
pub(crate) fn entries(webhook: &Value) -> impl Iterator<Item = &Value> {
    webhook["entry"].as_array().into_iter().flatten()
}

pub(crate) fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

pub(crate) fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Value>(body).ok().filter(Value::is_object)
}

/// No more than anybody sends.
pub(crate) fn bounded(mut items: Vec<Item>) -> Vec<Item> {
    items.truncate(MOST);
    items
}
