//! Merge tags: `Hi {{ contact.first_name | default("there") }}`.
//!
//! An engine of our own, because a general one can be made to exhaust memory. It has no loops, no statements
//! and no nesting; a value is put in as it is and never read as a template again. A template is compiled once
//! into literal parts and tags, and rendering is one walk over them.

use crate::custom_field::is_key;
use std::{borrow::Cow, fmt};

/// What stands before the key of a custom field.
pub const CUSTOM: &str = "contact.custom.";

/// Every field a template may name, with what the editor calls it. The custom fields of the workspace come besides, as
/// `contact.custom.` and their key.
pub const FIELDS: &[(&str, &str)] = &[
    ("contact.first_name", "First name"),
    ("contact.last_name", "Last name"),
    ("contact.full_name", "Full name"),
    ("contact.email", "E-mail"),
    ("contact.phone", "Phone"),
    ("contact.company", "Company"),
    ("contact.title", "Job title"),
    ("contact.city", "City"),
    ("contact.country", "Country"),
    ("sender.name", "Sender's name"),
    ("sender.address", "Sender's address"),
    ("campaign.name", "Campaign"),
    ("event.name", "Event"),
    ("event.type", "In person or virtual"),
    ("event.date", "Day of the event"),
    ("event.time", "Time of the event"),
    ("event.place", "Place of the event"),
    ("unsubscribe_url", "Unsubscribe link"),
];

/// Spellings of older templates, and the field they mean.
const ALIASES: &[(&str, &str)] = &[("contact.name", "contact.full_name")];

const FILTERS: &[&str] = &["default", "upper", "lower", "title", "trim"];

/// Longest template and longest rendered text, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;

/// A text with merge tags, compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Tag { field: Cow<'static, str>, filters: Vec<Filter> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Filter {
    Default(String),
    Upper,
    Lower,
    Title,
    Trim,
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct TemplateError {
    /// What, and what to do about it.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// A text that cannot be rendered for this person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The fields that have neither a value nor a default; empty when the text only became too long.
    pub fields: Vec<String>,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fields.is_empty() {
            write!(f, "the text is longer than {} KB with the values filled in; shorten it", MAX_BYTES / 1024)
        } else {
            write!(f, "missing {}; fill it in or give the merge tag a default", self.fields.join(", "))
        }
    }
}

impl std::error::Error for Missing {}

impl Template {
    /// Compiles a text; the error names the place. Custom fields are taken as they are written: one that is gone has
    /// no value.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        Self::compile(text, None)
    }

    /// The same for a text that is being written: of custom fields it may name those with these keys.
    pub fn parse_for(text: &str, customs: &[String]) -> Result<Template, TemplateError> {
        Self::compile(text, Some(customs))
    }

    fn compile(text: &str, customs: Option<&[String]>) -> Result<Template, TemplateError> {
        if text.len() > MAX_BYTES {
            let message = format!("the text is longer than {} KB; shorten it", MAX_BYTES / 1024);
            return Err(TemplateError { message, line: 1, column: 1, suggestion: None });
        }
        let mut parts = Vec::new();
        let mut literal = 0;
        let mut at = 0;
        while let Some(mark) = next_mark(text, at) {
            match &text[mark..mark + 2] {
                "{{" => {
                    if literal < mark {
                        parts.push(Part::Text(text[literal..mark].to_owned()));
                    }
                    let (part, end) = Tag { text, customs, open: mark, at: mark + 2 }.parse()?;
                    parts.push(part);
                    at = end;
                    literal = end;
                }
                "{%" => {
                    return Err(fail(
                        text,
                        mark,
                        "merge tags have no loops or statements; use {{ field }}",
                        None,
                    ));
                }
                _ => return Err(fail(text, mark, "}} without a {{ before it", None)),
            }
        }
        if literal < text.len() {
            parts.push(Part::Text(text[literal..].to_owned()));
        }
        Ok(Template { parts })
    }

    /// The fields it names, in order, repeats included.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Tag { field, .. } => Some(field.as_ref()),
            Part::Text(_) => None,
        })
    }

    /// Whether it names a custom field.
    pub fn names_custom(&self) -> bool {
        self.fields().any(|field| field.starts_with(CUSTOM))
    }

    /// The fields that must have a value, because they have no default.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Tag { field, filters } => {
                (!filters.iter().any(|filter| matches!(filter, Filter::Default(_)))).then_some(field.as_ref())
            }
            Part::Text(_) => None,
        })
    }

    /// Fills the values in as they are.
    pub fn render(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<String, Missing> {
        self.fill(values, |value| Cow::Borrowed(value))
    }

    /// Fills the values in with `& < > " '` escaped; the template's own text is HTML and stays as it is.
    pub fn render_html(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<String, Missing> {
        self.fill(values, escape_html)
    }

    /// Renders one line, for a subject or another header: line breaks and control characters, the template's
    /// and the values', become single spaces, so that no value can add a header.
    pub fn render_line(&self, values: &dyn Fn(&str) -> Option<String>) -> Result<String, Missing> {
        self.render(values).map(|text| one_line(&text))
    }

    fn fill(
        &self,
        values: &dyn Fn(&str) -> Option<String>,
        write: fn(&str) -> Cow<'_, str>,
    ) -> Result<String, Missing> {
        let mut out = String::with_capacity(256);
        let mut missing: Vec<String> = Vec::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Tag { field, filters } => match apply(filters, values(field)) {
                    Some(value) => out.push_str(&write(&value)),
                    None if missing.iter().any(|known| known == field) => {}
                    None => missing.push(field.clone().into_owned()),
                },
            }
            if out.len() > MAX_BYTES {
                return Err(Missing { fields: Vec::new() });
            }
        }
        if missing.is_empty() { Ok(out) } else { Err(Missing { fields: missing }) }
    }
}

/// `& < > " '` as entities.
pub fn escape_html(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text on one line: every run of line breaks and control characters becomes one space.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

fn apply(filters: &[Filter], value: Option<String>) -> Option<String> {
    let mut value = value.filter(|value| !value.trim().is_empty());
    for filter in filters {
        value = match (filter, value) {
            (Filter::Default(text), None) => Some(text.clone()),
            (_, None) => None,
            (Filter::Default(_), value) => value,
            (Filter::Upper, Some(value)) => Some(value.to_uppercase()),
            (Filter::Lower, Some(value)) => Some(value.to_lowercase()),
            (Filter::Title, Some(value)) => Some(title(&value)),
            (Filter::Trim, Some(value)) => Some(value.trim().to_owned()),
        };
    }
    value
}

/// The first letter of every word upper case, the rest lower case.
fn title(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut inside = false;
    for c in value.chars() {
        if !c.is_alphanumeric() && c != '\'' && c != '’' {
            inside = false;
            out.push(c);
        } else if inside {
            out.extend(c.to_lowercase());
        } else {
            inside = true;
            out.extend(c.to_uppercase());
        }
    }
    out
}

/// Where the next `{{`, `{%` or `}}` begins.
fn next_mark(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len().saturating_sub(1)).find(|&i| matches!(&bytes[i..i + 2], b"{{" | b"{%" | b"}}"))
}

/// One tag while it is read.
struct Tag<'a> {
    text: &'a str,
    /// The keys that there are; `None` where any will do.
    customs: Option<&'a [String]>,
    /// Where its `{{` is.
    open: usize,
    /// The next byte to read.
    at: usize,
}

impl<'a> Tag<'a> {
    fn parse(mut self) -> Result<(Part, usize), TemplateError> {
        let name_at = self.skip_spaces();
        let name = self.word();
        if name.is_empty() {
            return Err(match self.rest() {
                rest if rest.starts_with("}}") => {
                    self.fail(self.open, "an empty merge tag; name a field", None)
                }
                _ => self.unexpected("the name of a field"),
            });
        }
        let field = self.field(name_at, name)?;
        let mut filters = Vec::new();
        loop {
            self.skip_spaces();
            let rest = self.rest();
            if rest.starts_with("}}") {
                return Ok((Part::Tag { field, filters }, self.at + 2));
            }
            if !rest.starts_with('|') {
                return Err(self.unexpected("}} or |"));
            }
            self.at += 1;
            filters.push(self.filter()?);
        }
    }

    fn field(&self, at: usize, name: &str) -> Result<Cow<'static, str>, TemplateError> {
        if let Some(key) = name.strip_prefix(CUSTOM) {
            return self.custom(at, name, key);
        }
        let known = FIELDS.iter().map(|(field, _)| (*field, *field)).chain(ALIASES.iter().copied());
        if let Some((_, field)) = known.into_iter().find(|(spelling, _)| *spelling == name) {
            return Ok(Cow::Borrowed(field));
        }
        let near = nearest(name, FIELDS.iter().map(|(field, _)| *field));
        let hint = match near {
            Some(near) => format!("did you mean {near}?"),
            None => "choose one from the list of fields".to_owned(),
        };
        Err(self.fail(at, &format!("there is no field {}; {hint}", shorten(name)), near))
    }

    fn custom(&self, at: usize, name: &str, key: &str) -> Result<Cow<'static, str>, TemplateError> {
        let is_known = self.customs.is_none_or(|customs| customs.iter().any(|custom| custom == key));
        if is_known && is_key(key) {
            return Ok(Cow::Owned(name.to_owned()));
        }
        let near = nearest(key, self.customs.unwrap_or_default().iter().map(String::as_str));
        let near = near.map(|near| format!("{CUSTOM}{near}"));
        let hint = match &near {
            Some(near) => format!("did you mean {near}?"),
            None => "choose one from the list of fields".to_owned(),
        };
        Err(self.fail(at, &format!("there is no custom field {}; {hint}", shorten(key)), near.as_deref()))
    }

    fn filter(&mut self) -> Result<Filter, TemplateError> {
        let at = self.skip_spaces();
        let name = self.word();
        let filter = match name {
            "default" => return Ok(Filter::Default(self.argument()?)),
            "upper" => Filter::Upper,
            "lower" => Filter::Lower,
            "title" => Filter::Title,
            "trim" => Filter::Trim,
            "" => return Err(self.unexpected("the name of a filter")),
            name => {
                let near = nearest(name, FILTERS.iter().copied());
                let message =
                    format!("there is no filter {}; there are {}", shorten(name), FILTERS.join(", "));
                return Err(self.fail(at, &message, near));
            }
        };
        Ok(filter)
    }

    /// `("text")`, with either kind of quotes and `\` before a quote or a `\`.
    fn argument(&mut self) -> Result<String, TemplateError> {
        let usage = "default needs a text: default(\"there\")";
        self.skip_spaces();
        let at = self.at;
        if !self.rest().starts_with('(') {
            return Err(self.fail(at, usage, None));
        }
        self.at += 1;
        let at = self.skip_spaces();
        let quote = match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => quote,
            // What a word processor makes of a quote.
            Some('“' | '”' | '„' | '‘' | '’') => {
                return Err(self.fail(at, "curly quotes; write straight ones: default(\"there\")", None));
            }
            _ => return Err(self.fail(at, usage, None)),
        };
        self.at += 1;
        let mut out = String::new();
        let mut chars = self.rest().char_indices();
        let end = loop {
            match chars.next() {
                None => return Err(self.fail(at, "a quote that is never closed", None)),
                Some((i, c)) if c == quote => break i + 1,
                Some((_, '\\')) => match chars.next() {
                    Some((_, c)) if c == quote || c == '\\' => out.push(c),
                    Some((_, c)) => out.extend(['\\', c]),
                    None => return Err(self.fail(at, "a quote that is never closed", None)),
                },
                Some((_, c)) => out.push(c),
            }
        };
        self.at += end;
        self.skip_spaces();
        if !self.rest().starts_with(')') {
            return Err(self.unexpected(")"));
        }
        self.at += 1;
        Ok(out)
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Moves past spaces and says where it stands then.
    fn skip_spaces(&mut self) -> usize {
        let rest = self.rest();
        let spaces = rest.len() - rest.trim_start().len();
        self.at += spaces;
        self.at
    }

    /// Reads letters, digits, `_` and `.`; may be empty.
    fn word(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn unexpected(&self, wanted: &str) -> TemplateError {
        let rest = self.rest();
        if rest.starts_with("{{") {
            return self.fail(self.at, "a merge tag inside a merge tag; close the first one with }}", None);
        }
        match rest.chars().next() {
            None => self.fail(self.open, "a {{ that is never closed; add }}", None),
            Some(found) => self.fail(self.at, &format!("expected {wanted}, found {found:?}"), None),
        }
    }

    fn fail(&self, at: usize, message: &str, suggestion: Option<&str>) -> TemplateError {
        fail(self.text, at, message, suggestion)
    }
}

fn fail(text: &str, at: usize, message: &str, suggestion: Option<&str>) -> TemplateError {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    TemplateError {
        message: message.to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        suggestion: suggestion.map(str::to_owned),
    }
}

fn shorten(name: &str) -> String {
    let mut short: String = name.chars().take(40).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

/// The known word that was probably meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let word = word.as_str();
    if word.len() > 60 {
        return None;
    }
    let tail = |text: &'a str| text.rsplit('.').next().unwrap_or(text);
    let known: Vec<&'a str> = known.collect();
    let begun = known.iter().find(|known| known.starts_with(word) && word.len() > 8 && !word.ends_with('.'));
    let near = known
        .iter()
        .map(|known| {
            let apart = distance(word, known).min(distance(word, tail(known)));
            (apart, known)
        })
        .filter(|(apart, known)| *apart <= 1 + tail(known).len() / 4)
        .min_by_key(|(apart, _)| *apart)
        .map(|(_, known)| *known);
    near.or(begun.copied())
}

/// Edits between two words, where swapping two neighbours is one edit.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests;
