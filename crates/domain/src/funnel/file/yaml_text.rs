//! Writes the YAML form. By hand, so that the text is stable, texts are blocks that can be read and compared, and
//! nothing stands unquoted that some reader of YAML takes for something else.

use super::{FORM, Graph, Node, prune};
use serde_json::Value;
use std::fmt::Write as _;

pub(super) fn write(name: &str, description: &str, graph: &Graph) -> String {
    let mut out = Text { out: format!("overture: {FORM}\n") };
    out.entry(0, "name", &Value::from(name));
    if !description.is_empty() {
        out.entry(0, "description", &Value::from(description));
    }
    if graph.nodes.is_empty() {
        out.line(0, "steps: []");
    } else {
        out.line(0, "steps:");
    }
    for (at, node) in graph.nodes.iter().enumerate() {
        if at > 0 {
            out.out.push('\n');
        }
        out.item(1, step(node));
    }
    if graph.edges.is_empty() {
        return out.out;
    }
    out.out.push('\n');
    out.line(0, "edges:");
    for edge in &graph.edges {
        let mut fields =
            vec![("from".to_owned(), edge.from.clone().into()), ("to".to_owned(), edge.to.clone().into())];
        if let Some(condition) = &edge.condition {
            fields.push(("condition".to_owned(), serde_json::to_value(condition).unwrap_or(Value::Null)));
        }
        out.item(1, fields);
    }
    out.out
}

fn step(node: &Node) -> Vec<(String, Value)> {
    let mut fields = vec![
        ("key".to_owned(), Value::from(node.key.clone())),
        ("type".to_owned(), Value::from(node.action.kind())),
    ];
    if !node.name.is_empty() {
        fields.push(("name".to_owned(), node.name.clone().into()));
    }
    let config = prune::config(&node.action);
    if !config.is_empty() {
        fields.push(("config".to_owned(), Value::Object(config)));
    }
    if node.x != 0.0 || node.y != 0.0 {
        fields.push(("at".to_owned(), Value::Array(vec![number(node.x), number(node.y)])));
    }
    fields
}

/// Without a fraction where there is none.
pub(super) fn number(at: f64) -> Value {
    let whole = at as i64;
    if whole as f64 == at { whole.into() } else { at.into() }
}

struct Text {
    out: String,
}

impl Text {
    fn line(&mut self, depth: usize, text: &str) {
        self.indent(depth);
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    /// One entry of a list that is a map. `depth` is that of its dash.
    fn item(&mut self, depth: usize, fields: Vec<(String, Value)>) {
        let mut dash = true;
        for (name, value) in fields {
            if dash {
                self.indent(depth);
                self.out.push_str("- ");
                dash = false;
            } else {
                self.indent(depth + 1);
            }
            self.named(depth + 1, &name, &value);
        }
    }

    fn entry(&mut self, depth: usize, name: &str, value: &Value) {
        self.indent(depth);
        self.named(depth, name, value);
    }

    /// The name and its value, where the line is already indented to `depth`.
    fn named(&mut self, depth: usize, name: &str, value: &Value) {
        let name = if is_plain(name) { name.to_owned() } else { quoted(name) };
        self.out.push_str(&name);
        self.out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.out.push('\n');
                for (name, value) in map {
                    self.entry(depth + 1, name, value);
                }
            }
            Value::Array(list) if !is_row(list) => {
                self.out.push('\n');
                for value in list {
                    self.listed(depth + 1, value);
                }
            }
            value => {
                self.out.push(' ');
                self.scalar(depth, value);
            }
        }
    }

    fn listed(&mut self, depth: usize, value: &Value) {
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.item(depth, map.iter().map(|(name, value)| (name.clone(), value.clone())).collect());
            }
            Value::Array(list) if !is_row(list) => {
                self.line(depth, "-");
                for value in list {
                    self.listed(depth + 1, value);
                }
            }
            value => {
                self.indent(depth);
                self.out.push_str("- ");
                self.scalar(depth, value);
            }
        }
    }

    /// What fits on the line, or a block below it.
    fn scalar(&mut self, depth: usize, value: &Value) {
        match value {
            Value::String(text) if is_plain(text) => self.out.push_str(text),
            Value::String(text) if is_block(text) => return self.block(depth, text),
            Value::String(text) => self.out.push_str(&quoted(text)),
            Value::Object(_) => self.out.push_str("{}"),
            Value::Array(list) => {
                let items: Vec<String> = list.iter().map(Value::to_string).collect();
                self.out.push('[');
                self.out.push_str(&items.join(", "));
                self.out.push(']');
            }
            value => self.out.push_str(&value.to_string()),
        }
        self.out.push('\n');
    }

    fn block(&mut self, depth: usize, text: &str) {
        let body = text.trim_end_matches('\n');
        let chomp = match text.len() - body.len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        };
        self.out.push_str(chomp);
        self.out.push('\n');
        for line in body.split('\n') {
            if !line.is_empty() {
                self.indent(depth + 1);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
    }
}

/// A list of numbers stands on one line.
fn is_row(list: &[Value]) -> bool {
    list.iter().all(|value| value.is_number() || value.is_boolean() || value.is_null())
}

/// Words that some version of YAML takes for something other than text.
const RESERVED: &[&str] =
    &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf", "infinity"];

/// Whether every reader takes it, unquoted, for this very text.
fn is_plain(text: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || " _-.,'\"!?()/@+&;%={}|*<>$".contains(c);
    text.starts_with(char::is_alphabetic)
        && text.len() <= 400
        && !text.ends_with(' ')
        && text.chars().all(inside)
        && !RESERVED.contains(&text.to_lowercase().as_str())
}

/// Whether it can be a block of lines.
fn is_block(text: &str) -> bool {
    let shown = |c: char| {
        c == '\n'
            || !(c.is_control()
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'))
    };
    let starts = !text.starts_with([' ', '\n']);
    let blank = |line: &str| !line.is_empty() && line.chars().all(char::is_whitespace);
    text.contains('\n') && starts && text.chars().all(shown) && !text.split('\n').any(blank)
}

/// In double quotes, with everything escaped that cannot be seen.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_hidden(c) => {
                // Writing to a text does not fail.
                let written = match c as u32 {
                    code @ 0..=0xff => write!(out, "\\x{code:02x}"),
                    code @ 0..=0xffff => write!(out, "\\u{code:04x}"),
                    code => write!(out, "\\U{code:08x}"),
                };
                debug_assert!(written.is_ok());
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c as u32, 0xfeff | 0x200b..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069 | 0xfff0..=0xffff | 0x1_fffe..)
            && !c.is_alphanumeric()
            && !is_emoji(c)
}

/// Pictures beyond the first plane are shown, not escaped.
fn is_emoji(c: char) -> bool {
    matches!(c as u32, 0x1_f000..=0x1_fbff)
}
