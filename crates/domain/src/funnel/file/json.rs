//! The JSON form: as the API has a funnel, with its name.

use super::{Edge, FORM, FileError, FunnelFile, Graph, Node};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Out<'a> {
    overture: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    steps: &'a [Node],
    edges: &'a [Edge],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    overture: Option<String>,
    name: Option<String>,
    description: Option<String>,
    // As the API calls them.
    #[serde(alias = "nodes")]
    steps: Vec<Node>,
    #[serde(default)]
    edges: Vec<Edge>,
}

pub(super) fn write(name: &str, description: &str, graph: &Graph) -> String {
    let out = Out { overture: FORM, name, description, steps: &graph.nodes, edges: &graph.edges };
    // Only a map with keys that are no text cannot be written, and there is none.
    let mut text = serde_json::to_string_pretty(&out).unwrap_or_default();
    text.push('\n');
    text
}

pub(super) fn read(text: &str) -> Result<FunnelFile, FileError> {
    let read: In = serde_json::from_str(text).map_err(|error| wrong(&error))?;
    check_form(read.overture.as_deref())?;
    let graph = Graph { nodes: read.steps, edges: read.edges };
    Ok(FunnelFile { name: read.name, description: read.description, graph, lines: BTreeMap::new() })
}

/// Refuses a form of a later version.
pub(super) fn check_form(form: Option<&str>) -> Result<(), FileError> {
    match form {
        None => Ok(()),
        Some(form) if form.trim() == FORM => Ok(()),
        Some(other) => {
            let short: String = other.chars().take(40).collect();
            let message = format!("The file says that it is {short:?}, which this version cannot read.");
            Err(FileError::new(message, format!("Write `overture: {FORM}`, or update Overture.")))
        }
    }
}

fn wrong(error: &serde_json::Error) -> FileError {
    let told = error.to_string();
    let message = told.split(" at line ").next().unwrap_or(&told).to_owned();
    let node = message
        .strip_prefix("node \"")
        .and_then(|rest| rest.split_once("\": "))
        .map(|(node, _)| node.to_owned());
    let fix = match error.classify() {
        serde_json::error::Category::Data => "Correct the value.",
        _ => "Correct the JSON there.",
    };
    FileError::new(sentence(&message), fix).at(error.line(), error.column()).of(node.as_deref())
}

/// A message of a reader as a sentence.
pub(super) fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let rest = letters.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}
