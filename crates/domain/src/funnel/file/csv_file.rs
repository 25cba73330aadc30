//! The CSV form, for those who write sequences in a spreadsheet: one row for each step.
//!
//! | column | what stands in it |
//! |---|---|
//! | `key`, `type`, `name` | of the step; `key` and `type` are needed |
//! | any other name, such as `subject`, `body`, `seconds` | a setting of the step; an empty cell is none |
//! | `next 1`, `if 1`, `next 2`, `if 2`, … | where ways lead from it, in the order in which they are tried, and for whom |
//! | `order` | only where the ways of the whole funnel are not in the order of its steps: the place of each |
//! | `x`, `y` | where it stands on the canvas; may be left out |
//!
//! A setting that is no text is JSON (`60`, `true`, `[1,2]`), and so is a text that could be taken for JSON (`"5"`). A cell
//! that a spreadsheet would take for a formula has an apostrophe before it, which does not count. A setting whose name
//! is that of another column is called `config.name`. Columns without a name, or with one that begins with `#`, are notes.

use super::{Action, Edge, FileError, FunnelFile, Graph, Node, prune, words, yaml, yaml_text::number};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The columns that are no settings.
const OWN: &[&str] = &["key", "type", "name", "x", "y", "order"];
/// What stands before the name of a setting whose name is that of another column.
const SETTING: &str = "config.";

pub(super) fn write(graph: &Graph) -> String {
    let configs: Vec<Map<String, Value>> =
        graph.nodes.iter().map(|node| prune::config(&node.action)).collect();
    let mut settings: Vec<&str> = Vec::new();
    for name in configs.iter().flat_map(Map::keys) {
        if !settings.contains(&name.as_str()) {
            settings.push(name);
        }
    }
    let ways: Vec<Vec<usize>> = graph.nodes.iter().map(|node| ways_of(graph, node)).collect();
    let most = ways.iter().map(Vec::len).max().unwrap_or(0);
    let in_order = ways.iter().flatten().copied().eq(0..graph.edges.len());
    let mut header = vec!["key".to_owned(), "type".into(), "name".into()];
    header.extend(settings.iter().map(|name| column_of(name)));
    header.extend((1..=most).flat_map(|n| [format!("next {n}"), format!("if {n}")]));
    header.extend((!in_order).then(|| "order".to_owned()));
    header.extend(["x".to_owned(), "y".to_owned()]);
    let mut rows = vec![header];
    for ((node, config), ways) in graph.nodes.iter().zip(&configs).zip(&ways) {
        let mut row = vec![guarded(&node.key), node.action.kind().to_owned(), guarded(&node.name)];
        row.extend(settings.iter().map(|name| config.get(*name).map(cell_of).unwrap_or_default()));
        for n in 0..most {
            let edge = ways.get(n).and_then(|at| graph.edges.get(*at));
            row.push(edge.map(|edge| guarded(&edge.to)).unwrap_or_default());
            let condition = edge.and_then(|edge| edge.condition.as_ref());
            row.push(condition.map(|condition| guarded(&words::write(condition))).unwrap_or_default());
        }
        if !in_order {
            let places: Vec<String> = ways.iter().map(|at| (at + 1).to_string()).collect();
            row.push(places.join(" "));
        }
        row.extend([number(node.x).to_string(), number(node.y).to_string()]);
        rows.push(row);
    }
    text_of(&rows)
}

fn ways_of(graph: &Graph, node: &Node) -> Vec<usize> {
    let ways = graph.edges.iter().enumerate().filter(|(_, edge)| edge.from == node.key);
    ways.map(|(at, _)| at).collect()
}

fn text_of(rows: &[Vec<String>]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail, and every row is as long as the header.
        let written = writer.write_record(row);
        debug_assert!(written.is_ok());
    }
    let bytes = writer.into_inner().unwrap_or_default();
    // Excel reads UTF-8 only where the mark is.
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}

fn column_of(setting: &str) -> String {
    let odd = setting.trim() != setting || setting.is_empty() || setting.to_lowercase() != setting;
    let taken = OWN.contains(&setting) || way_column(setting).is_some();
    if odd || taken || setting.starts_with(SETTING) || setting.starts_with('#') {
        format!("{SETTING}{setting}")
    } else {
        setting.to_owned()
    }
}

/// A setting as it stands in a cell.
fn cell_of(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() && serde_json::from_str::<Value>(text).is_err() => {
            guarded(text)
        }
        value => value.to_string(),
    }
}

/// What a spreadsheet takes for the beginning of a formula.
fn is_risky(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

fn guarded(text: &str) -> String {
    if is_risky(text) { format!("'{text}") } else { text.to_owned() }
}

fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_risky(text)).unwrap_or(cell)
}

/// What a column is for.
enum Column {
    Own(&'static str),
    Setting(String),
    Next(usize),
    If(usize),
    Note,
}

/// `next 2` as (`true`, 2), `if 2` as (`false`, 2).
fn way_column(name: &str) -> Option<(bool, usize)> {
    let (word, number) = match name.split_once([' ', '_']) {
        Some((word, number)) => (word, number.trim().parse().ok()?),
        None => (name, 1),
    };
    match word {
        "next" => Some((true, number)),
        "if" => Some((false, number)),
        _ => None,
    }
}

fn column(header: &str) -> Column {
    let header = header.trim();
    if let Some(setting) = header.strip_prefix(SETTING) {
        return Column::Setting(setting.to_owned());
    }
    let lower = header.to_lowercase();
    if lower.is_empty() || lower.starts_with('#') {
        return Column::Note;
    }
    if let Some(own) = OWN.iter().find(|own| **own == lower) {
        return Column::Own(own);
    }
    match way_column(&lower) {
        Some((true, number)) => Column::Next(number),
        Some((false, number)) => Column::If(number),
        None => Column::Setting(lower),
    }
}

pub(super) fn read(text: &str) -> Result<FunnelFile, FileError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut columns: Vec<Column> = Vec::new();
    let mut file =
        FunnelFile { name: None, description: None, graph: Graph::default(), lines: BTreeMap::new() };
    let mut places: Vec<usize> = Vec::new();
    let mut lines = Lines { text, at: 0, line: 1 };
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
            FileError::new("This row cannot be read.", "Correct the quotes in it.").at(line, 0)
        })?;
        let line = lines.of(&record);
        if columns.is_empty() {
            columns = header(&record).map_err(|error| error.at(line, 0))?;
            continue;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let row = Row::new(&columns, &record, line)?;
        let node = row.node()?;
        row.edges(&node.key, &mut file.graph.edges, &mut places)?;
        file.lines.entry(node.key.clone()).or_insert(line);
        file.graph.nodes.push(node);
    }
    let mut ordered: Vec<(usize, Edge)> = places.into_iter().zip(file.graph.edges).collect();
    ordered.sort_by_key(|(place, _)| *place);
    file.graph.edges = ordered.into_iter().map(|(_, edge)| edge).collect();
    Ok(file)
}

/// Counts lines by hand: the reader counts the end of a line with the row behind it.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    /// The line on which a row begins. Rows are asked for in their order.
    fn of(&mut self, record: &csv::StringRecord) -> usize {
        let bytes = self.text.as_bytes();
        let start = record.position().and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.at);
        let skipped = bytes.iter().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = (start + skipped).min(bytes.len());
        self.line += bytes.get(self.at..start).into_iter().flatten().filter(|byte| **byte == b'\n').count();
        self.at = start.max(self.at);
        self.line
    }
}

/// What stands between the cells: what is most often in the header, whatever a country's spreadsheet writes.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let often = |delimiter: u8| head.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| often(*delimiter)).unwrap_or(b',')
}

fn header(record: &csv::StringRecord) -> Result<Vec<Column>, FileError> {
    let columns: Vec<Column> = record.iter().map(column).collect();
    for needed in ["key", "type"] {
        if !columns.iter().any(|column| matches!(column, Column::Own(own) if *own == needed)) {
            let message = format!("There is no column {needed:?}.");
            return Err(FileError::new(
                message,
                "The first row names the columns: key, type, name, subject, body, next 1, if 1 …",
            ));
        }
    }
    let mut seen = BTreeSet::new();
    for (column, name) in columns.iter().zip(record.iter()) {
        let same = match column {
            Column::Note => continue,
            Column::Own(own) => (*own).to_owned(),
            Column::Setting(name) => format!("{SETTING}{name}"),
            Column::Next(n) => format!("next {n}"),
            Column::If(n) => format!("if {n}"),
        };
        if !seen.insert(same) {
            let short: String = name.chars().take(60).collect();
            return Err(FileError::new(
                format!("The column {short:?} is there twice."),
                "Take one of them out.",
            ));
        }
    }
    Ok(columns)
}

struct Row<'a> {
    cells: Vec<(usize, &'a Column, &'a str)>,
    line: usize,
    key: String,
}

impl<'a> Row<'a> {
    fn new(columns: &'a [Column], record: &'a csv::StringRecord, line: usize) -> Result<Self, FileError> {
        let cells = columns.iter().zip(record.iter()).enumerate();
        let cells = cells.map(|(at, (column, cell))| (at + 1, column, cell)).collect();
        let row = Row { cells, line, key: String::new() };
        let row = Row { key: row.own("key").trim().to_owned(), ..row };
        if let Some(cell) = record.iter().skip(columns.len()).find(|cell| !cell.trim().is_empty()) {
            let short: String = cell.chars().take(40).collect();
            let fix = "Put texts with the delimiter or a line break in them into double quotes.";
            return Err(row.wrong(
                columns.len() + 1,
                format!("There is {short:?} beyond the last column"),
                fix,
            ));
        }
        Ok(row)
    }

    fn wrong(&self, column: usize, message: String, fix: &str) -> FileError {
        let key = (!self.key.is_empty()).then_some(self.key.as_str());
        let of = key.map(|key| format!("The step {key:?}: ")).unwrap_or_default();
        FileError::new(format!("{of}{}.", message.trim_end_matches('.')), fix).at(self.line, column).of(key)
    }

    fn own(&self, name: &str) -> &'a str {
        let found =
            self.cells.iter().find(|(_, column, _)| matches!(column, Column::Own(own) if *own == name));
        found.map_or("", |(_, _, cell)| unguarded(cell))
    }

    fn place_of(&self, name: &str) -> usize {
        let is = |column: &Column| match column {
            Column::Own(own) => *own == name,
            Column::Setting(setting) => setting == name,
            _ => false,
        };
        self.cells.iter().find(|(_, column, _)| is(column)).map_or(0, |(at, _, _)| *at)
    }

    fn node(&self) -> Result<Node, FileError> {
        if self.key.is_empty() {
            return Err(self.wrong(
                self.place_of("key"),
                "There is no key in this row".into(),
                "Give the step a key of its own, such as `first`.",
            ));
        }
        let (x, y) = (self.number("x")?, self.number("y")?);
        Ok(Node { key: self.key.clone(), name: self.own("name").to_owned(), action: self.action()?, x, y })
    }

    fn number(&self, name: &str) -> Result<f64, FileError> {
        let cell = self.own(name).trim();
        if cell.is_empty() {
            return Ok(0.0);
        }
        let number = cell.parse::<f64>().ok().filter(|number| number.is_finite());
        number.ok_or_else(|| {
            let short: String = cell.chars().take(40).collect();
            self.wrong(
                self.place_of(name),
                format!("{name} is {short:?}"),
                "Write a number, or leave the cell empty.",
            )
        })
    }

    fn action(&self) -> Result<Action, FileError> {
        let mut config = Map::new();
        let mut loose = Vec::new();
        for (_, column, cell) in &self.cells {
            let Column::Setting(name) = column else { continue };
            if cell.is_empty() {
                continue;
            }
            let text = Value::from(unguarded(cell));
            let read = serde_json::from_str::<Value>(cell).ok();
            if let Some(Value::Number(_) | Value::Bool(_) | Value::Null) = read {
                loose.push((name.clone(), text.clone()));
            }
            config.insert(name.clone(), read.unwrap_or(text));
        }
        let kind = self.own("type").trim();
        let first = match action(kind, &config) {
            Ok(action) => return Ok(action),
            Err(error) => error,
        };
        // Somebody who writes 5 into the column of texts means the text.
        let mut all = config.clone();
        for (name, text) in loose {
            let mut one = config.clone();
            one.insert(name.clone(), text.clone());
            all.insert(name, text);
            if let Some(action) = [&one, &all].into_iter().find_map(|config| action(kind, config).ok()) {
                return Ok(action);
            }
        }
        let (message, at) = first;
        let named = message.split('`').nth(1).map_or(0, |name| self.place_of(name));
        let column = at.map(|name| self.place_of(&name)).filter(|at| *at > 0).unwrap_or(named);
        // What no setting is named for is the kind itself.
        let column = if column == 0 && message.starts_with("unknown variant") {
            self.place_of("type")
        } else {
            column
        };
        Err(self.wrong(column, message.clone(), yaml::fix_for(&message)))
    }

    fn edges(&self, from: &str, edges: &mut Vec<Edge>, places: &mut Vec<usize>) -> Result<(), FileError> {
        /// Where a way leads, and the place and the words of what it asks.
        type Way<'a> = (Option<&'a str>, Option<(usize, &'a str)>);
        let mut ways: BTreeMap<usize, Way<'_>> = BTreeMap::new();
        for (at, column, cell) in &self.cells {
            let cell = unguarded(cell).trim();
            match column {
                Column::Next(n) if !cell.is_empty() => ways.entry(*n).or_default().0 = Some(cell),
                Column::If(n) if !cell.is_empty() => ways.entry(*n).or_default().1 = Some((*at, cell)),
                _ => {}
            }
        }
        let mut order = self.own("order").split_whitespace();
        for (n, (next, condition)) in ways {
            let Some(to) = next else {
                let at = condition.map_or(0, |(at, _)| at);
                let message = format!("There is an `if {n}` without a `next {n}`");
                return Err(self.wrong(at, message, "Name the step that the way leads to."));
            };
            let read =
                |(at, cell)| words::read(cell).map_err(|why| self.wrong(at, why, "Correct the condition."));
            let condition = condition.map(read).transpose()?;
            let place = order.next().map(str::parse).transpose().map_err(|_| {
                self.wrong(
                    self.place_of("order"),
                    "`order` is not a row of numbers".into(),
                    "Leave the column out.",
                )
            })?;
            places.push(place.unwrap_or(usize::MAX));
            edges.push(Edge { from: from.to_owned(), to: to.to_owned(), condition });
        }
        Ok(())
    }
}

/// The action, or why not and which setting it is about.
fn action(kind: &str, config: &Map<String, Value>) -> Result<Action, (String, Option<String>)> {
    let whole = json!({ "type": kind, "config": config });
    serde_path_to_error::deserialize(whole).map_err(|error| {
        let at = error.path().iter().nth(1).map(ToString::to_string);
        (error.inner().to_string(), at)
    })
}
