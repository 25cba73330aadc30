//! A funnel as a file: YAML for Git and for reading, JSON for programs, CSV for those who write sequences in a
//! spreadsheet. All three hold the whole graph; what is written by one is read back the same.
//!
//! The steps are written and read by what serde knows about [`Action`], so a new kind of node needs nothing here.

mod csv_file;
mod json;
mod places;
mod prune;
mod words;
mod yaml;
mod yaml_text;

use super::{Action, Edge, Graph, Node};
use crate::text::words;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What stands at the head of a file, so that a later form can be told from this one.
pub const FORM: &str = "funnel/1";
/// Longest file, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

words! {
    /// How a file is written.
    pub enum Format {
        /// Readable, and made to be compared line by line.
        Yaml = "yaml",
        /// For programs.
        Json = "json",
        /// One row for each step, for spreadsheets.
        Csv = "csv",
    }
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct FunnelFile {
    /// The name; a CSV file has none.
    pub name: Option<String>,
    /// What it is for; a CSV file does not say.
    pub description: Option<String>,
    /// The steps and the ways between them. Not validated.
    pub graph: Graph,
    /// The line on which each step begins, as far as the format tells.
    pub lines: BTreeMap<String, usize>,
}

/// Why a file cannot be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileError {
    /// From 1; `null` where it is about the whole file.
    pub line: Option<usize>,
    /// In characters from 1; in a CSV file the number of the column.
    pub column: Option<usize>,
    /// Key of the step it is about.
    pub node: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub fix: String,
}

impl FileError {
    fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { line: None, column: None, node: None, message: message.into(), fix: fix.into() }
    }

    fn at(self, line: usize, column: usize) -> Self {
        Self { line: (line > 0).then_some(line), column: (column > 0).then_some(column), ..self }
    }

    fn of(self, node: Option<&str>) -> Self {
        Self { node: node.map(str::to_owned), ..self }
    }
}

/// Writes a funnel. The same funnel always gives the same text.
pub fn write(format: Format, name: &str, description: &str, graph: &Graph) -> String {
    match format {
        Format::Yaml => yaml_text::write(name, description, graph),
        Format::Json => json::write(name, description, graph),
        Format::Csv => csv_file::write(graph),
    }
}

/// Reads a funnel. Whether a campaign could run on it is another question ([`super::validate()`]).
pub fn read(format: Format, text: &str) -> Result<FunnelFile, FileError> {
    if text.len() > MAX_BYTES {
        let message = format!("The file is larger than {} MB.", MAX_BYTES / 1024 / 1024);
        return Err(FileError::new(message, "Split it into several funnels."));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(FileError::new("The file is empty.", "Export a funnel to see what one looks like."));
    }
    match format {
        Format::Yaml => yaml::read(text),
        Format::Json => json::read(text),
        Format::Csv => csv_file::read(text),
    }
}

/// The format that a text is probably written in, where its name does not say.
pub fn guess(text: &str) -> Format {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let head = text.lines().next().unwrap_or_default().to_lowercase();
    let columns: Vec<&str> = head.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"')).collect();
    if text.starts_with('{') {
        Format::Json
    } else if columns.contains(&"key") && columns.contains(&"type") {
        Format::Csv
    } else {
        Format::Yaml
    }
}

#[cfg(test)]
pub(crate) mod tests;
