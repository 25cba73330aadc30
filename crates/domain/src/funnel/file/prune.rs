//! The settings of a step without those that say what holds anyway.

use super::Action;
use serde_json::{Map, Value, json};

/// `config` of an action without the fields whose absence means the same. What remains gives the same action.
pub(super) fn config(action: &Action) -> Map<String, Value> {
    let Ok(Value::Object(mut whole)) = serde_json::to_value(action) else { return Map::new() };
    let Some(Value::Object(mut config)) = whole.remove("config") else { return Map::new() };
    let names: Vec<String> = config.keys().cloned().collect();
    for name in names {
        let Some(value) = config.shift_remove(&name) else { continue };
        if !is(action, &config) {
            config.insert(name, value);
        }
    }
    sorted_as(action, config)
}

/// In the order in which the action itself writes them: what was taken out and put back stands at the end.
fn sorted_as(action: &Action, mut config: Map<String, Value>) -> Map<String, Value> {
    let Ok(whole) = serde_json::to_value(action) else { return config };
    let order = whole.get("config").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    order.filter_map(|name| config.shift_remove(name).map(|value| (name.clone(), value))).collect()
}

/// Whether these settings give this action, to the byte.
fn is(action: &Action, config: &Map<String, Value>) -> bool {
    let read = serde_json::from_value::<Action>(json!({ "type": action.kind(), "config": config }));
    read.is_ok_and(|read| read == *action)
}
