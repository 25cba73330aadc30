//! Reads the YAML form, within limits: no anchors and aliases, no second document, no depth and size without end.

use super::{
    Action, Edge, FileError, FunnelFile, Graph, Node,
    json::{check_form, sentence},
    places::{Body, Tree},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NAMES: &[&str] = &["overture", "name", "description", "steps", "edges"];

pub(super) fn read(text: &str) -> Result<FunnelFile, FileError> {
    let root = parse(text)?;
    let Some(entries) = root.entries() else {
        let fix = "Begin with `steps:`, or export a funnel to see what one looks like.";
        return Err(
            FileError::new("The file is not a map with `steps` in it.", fix).at(root.line, root.column)
        );
    };
    if let Some(entry) = entries.iter().find(|entry| !NAMES.contains(&entry.name.as_str())) {
        let short: String = entry.name.chars().take(60).collect();
        let fix = match crate::template::nearest(&short, NAMES.iter().copied()) {
            Some(near) => format!("Write `{near}`, or take it out."),
            None => format!("There is {}.", NAMES.join(", ")),
        };
        let message = format!("A funnel has no {short:?}.");
        return Err(FileError::new(message, fix).at(entry.line, entry.column));
    }
    if let Some(form) = root.get("overture") {
        check_form(form.text()).map_err(|error| error.at(form.line, form.column))?;
    }
    let Some(steps) = root.get("steps") else {
        return Err(
            FileError::new("There are no `steps`.", "List them under `steps:`.").at(root.line, root.column)
        );
    };
    let mut lines = BTreeMap::new();
    let mut graph = Graph::default();
    for step in list(steps, "steps")? {
        let node = node(step)?;
        lines.entry(node.key.clone()).or_insert(step.line);
        graph.nodes.push(node);
    }
    if let Some(edges) = root.get("edges") {
        for tree in list(edges, "edges")? {
            let from = tree.get("from").and_then(Tree::text);
            graph.edges.push(typed::<Edge>(tree, tree.value(), "An edge", from)?);
        }
    }
    Ok(FunnelFile { name: said(&root, "name")?, description: said(&root, "description")?, graph, lines })
}

/// Stack for reading, in bytes: each level of a nest takes some forty kilobytes of it in a debug build, and a file from
/// a stranger must not depend on how much the caller has left.
const STACK: usize = 8 * 1024 * 1024;

fn parse(text: &str) -> Result<Tree, FileError> {
    let read = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parse_here(text));
        thread.ok().and_then(|thread| thread.join().ok())
    });
    read.unwrap_or_else(|| Err(FileError::new("The file could not be read just now.", "Try it again.")))
}

fn parse_here(text: &str) -> Result<Tree, FileError> {
    let mut budget = serde_saphyr::Budget::default();
    (budget.max_aliases, budget.max_anchors, budget.max_merge_keys) = (0, 0, 0);
    // The deepest condition that a funnel may have is 42 deep; each level takes its part of the stack.
    (budget.max_depth, budget.max_documents) = (48, 1);
    // A step is some ten nodes, and 1,000 steps and 4,000 edges are the limit of a funnel.
    (budget.max_nodes, budget.max_events) = (200_000, 500_000);
    let options = serde_saphyr::options! { budget: Some(budget), with_snippet: false, strict_booleans: true };
    serde_saphyr::from_str_with_options::<Tree>(text, options).map_err(|error| {
        let error = wrong(&error);
        let node = error.line.and_then(|line| step_at(text, line));
        error.of(node.as_deref())
    })
}

/// The key of the step that a line belongs to, as far as can be told of a text that is no YAML.
fn step_at(text: &str, line: usize) -> Option<String> {
    let mut key = None;
    for line in text.lines().take(line) {
        let entry = line.trim_start().trim_start_matches("- ");
        if !line.starts_with([' ', '-']) && !line.trim().is_empty() {
            key = None;
        } else if let Some(named) = entry.strip_prefix("key:") {
            key = Some(named.trim().trim_matches(['"', '\'']).chars().take(64).collect());
        }
    }
    key
}

fn wrong(error: &serde_saphyr::Error) -> FileError {
    use serde_saphyr::{Error, budget::BudgetBreach as Breach};
    let place = error.location();
    let number = |at: u64| usize::try_from(at).unwrap_or(0);
    let (line, column) = place.map_or((0, 0), |at| (number(at.line()), number(at.column())));
    let told = error.without_snippet().to_string();
    let (message, fix) = match error.without_snippet() {
        Error::Budget {
            breach: Breach::Aliases { .. } | Breach::Anchors { .. } | Breach::MergeKeys { .. },
            ..
        } => (
            "The file uses anchors or aliases (`&`, `*`, `<<`).".to_owned(),
            "Write each step out; put a text that begins with & or * in quotes.",
        ),
        Error::Budget { breach: Breach::Depth { .. }, .. } => {
            ("It is nested too deeply.".to_owned(), "Make the condition flatter.")
        }
        Error::Budget { breach: Breach::Documents { .. }, .. } => (
            "There is more than one document in the file.".to_owned(),
            "Put each funnel into a file of its own.",
        ),
        Error::Budget { .. } => ("The file is too large.".to_owned(), "Split it into several funnels."),
        Error::NonFiniteFloat { .. } => ("This is not a number.".to_owned(), "Write one."),
        Error::DuplicateMappingKey { key, .. } => (
            format!(
                "There is {:?} twice.",
                key.as_deref().unwrap_or_default().chars().take(60).collect::<String>()
            ),
            "Take one of them out.",
        ),
        _ if told.contains("Tabs ") || told.contains("tab character") => {
            (sentence(&unplaced(&told)), "Indent with spaces; YAML takes no tabs.")
        }
        _ => (sentence(&unplaced(&told)), "Correct the YAML there; a text with : or # in it needs quotes."),
    };
    FileError::new(message, fix).at(line, column)
}

/// Without the place, which is told apart.
fn unplaced(told: &str) -> String {
    let told = told.strip_prefix("error: ").unwrap_or(told);
    let end = [" at line ", " (line ", " at byte "].iter().filter_map(|mark| told.find(mark)).min();
    told.get(..end.unwrap_or(told.len())).unwrap_or(told).lines().next().unwrap_or_default().to_owned()
}

fn list<'a>(tree: &'a Tree, what: &str) -> Result<&'a [Tree], FileError> {
    match &tree.body {
        Body::List(list) => Ok(list),
        Body::Plain(Value::Null) => Ok(&[]),
        _ => {
            let fix = "Begin each entry with a dash.";
            Err(FileError::new(format!("`{what}` is not a list."), fix).at(tree.line, tree.column))
        }
    }
}

fn said(root: &Tree, name: &str) -> Result<Option<String>, FileError> {
    match root.get(name) {
        None => Ok(None),
        Some(Tree { body: Body::Plain(Value::Null), .. }) => Ok(None),
        Some(tree) => match tree.text() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(FileError::new(format!("`{name}` is not a text."), "Put it in quotes.")
                .at(tree.line, tree.column)),
        },
    }
}

fn node(tree: &Tree) -> Result<Node, FileError> {
    let key = tree.get("key").and_then(Tree::text);
    let what = match key {
        Some(key) => format!("The step {:?}", key.chars().take(64).collect::<String>()),
        None => "A step".to_owned(),
    };
    let config = tree.get("config").filter(|config| config.entries().is_some());
    if let (Some(kind), Some(config)) = (tree.get("type").and_then(Tree::text), config) {
        // First the settings alone, since their path is lost inside a node.
        let whole = json!({ "type": kind, "config": config.value() });
        typed::<Action>(tree, whole, &what, key)?;
    }
    let mut value = tree.value();
    if let (Some(at), Value::Object(fields)) = (tree.get("at"), &mut value) {
        let (x, y) = place(at).ok_or_else(|| {
            let error =
                FileError::new(format!("{what}: `at` is no place."), "Write it as [x, y], or leave it out.");
            error.at(at.line, at.column).of(key)
        })?;
        fields.shift_remove("at");
        fields.insert("x".to_owned(), x);
        fields.insert("y".to_owned(), y);
    }
    typed::<Node>(tree, value, &what, key)
}

/// Where a step stands on the canvas: two numbers.
fn place(at: &Tree) -> Option<(Value, Value)> {
    match &at.body {
        Body::List(list) => match list.as_slice() {
            [Tree { body: Body::Plain(x), .. }, Tree { body: Body::Plain(y), .. }]
                if x.is_number() && y.is_number() =>
            {
                Some((x.clone(), y.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// Reads what the tree holds; an error knows its place.
fn typed<T: DeserializeOwned>(
    tree: &Tree,
    value: Value,
    what: &str,
    key: Option<&str>,
) -> Result<T, FileError> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let told = error.inner().to_string();
        let unknown = told.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
        let (line, column) = tree.place(error.path(), unknown);
        let prefix = key.map(|key| format!("node {key:?}: ")).unwrap_or_default();
        let message = told.strip_prefix(&prefix).unwrap_or(&told);
        let fix = fix_for(message);
        FileError::new(format!("{what}: {}.", message.trim_end_matches('.')), fix).at(line, column).of(key)
    })
}

/// What to do about what serde says.
pub(super) fn fix_for(message: &str) -> &'static str {
    if message.starts_with("unknown field") {
        "Correct the spelling, or take it out."
    } else if message.starts_with("missing field") {
        "Write it."
    } else if message.starts_with("unknown variant") {
        "Choose one of these."
    } else if message.starts_with("invalid type") && message.contains("expected a string") {
        "Put it in quotes."
    } else if message.starts_with("invalid type: string") {
        "Write a number, without quotes."
    } else {
        "Correct the value."
    }
}
