//! Uploads that are no CSV file become one, once, so that everything behind it reads only that.
//!
//! What a file is, its first bytes say, not its name. A line of the CSV file is a row of the sheet, or a card, so
//! that what is said of a line later can be said of that.

mod cards;
mod table;
mod workbook;

use super::source::{ImportProblem, read_full};
use domain::import::ContactField;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fs::File, path::Path};

/// Most bytes of a workbook as it is uploaded.
pub const WORKBOOK_LIMIT: u64 = 256 * 1024 * 1024;
/// Most bytes of the CSV file that is made.
const MADE_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// What an uploaded file was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text with something between the cells.
    #[default]
    Csv,
    /// An Excel workbook.
    Xlsx,
    /// Cards of an address book.
    Vcard,
}

impl Format {
    /// Judges by the first bytes. Whether a ZIP file is a workbook, its insides say.
    pub fn of(head: &[u8]) -> Self {
        if head.starts_with(b"PK\x03\x04") {
            Self::Xlsx
        } else if cards::begins(head) {
            Self::Vcard
        } else {
            Self::Csv
        }
    }

    /// What people call a row of it: `Line 7`, `Row 7`, `Card 6`.
    pub fn place(self, line: u64) -> String {
        match self {
            Self::Csv => format!("Line {line}"),
            Self::Xlsx => format!("Row {line}"),
            Self::Vcard => format!("Card {}", line.saturating_sub(1)),
        }
    }
}

impl Origin {
    /// What a column is, where there is nothing to guess.
    pub fn field_of(&self, column: &str) -> Option<Option<ContactField>> {
        (self.format == Format::Vcard).then(|| cards::field_of(column))
    }
}

/// Where the rows of an import come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// What the file was.
    pub format: Format,
    /// The sheet that is read.
    pub sheet: Option<String>,
    /// The sheets that there are to choose from.
    #[serde(default)]
    pub sheets: Vec<String>,
    /// What was left out, or may surprise; sentences.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Writes the rows of a file that is no CSV file as one to `into`. `None`: it is one already, as far as its first
/// bytes say, and nothing was written.
pub fn convert(from: &Path, into: &Path, sheet: Option<&str>) -> Result<Option<Origin>, ImportProblem> {
    let mut head = vec![0; 4096];
    let filled = read_full(&mut File::open(from)?, &mut head)?;
    head.truncate(filled);
    match Format::of(&head) {
        Format::Xlsx => workbook::convert(from, into, sheet).map(Some),
        Format::Vcard => cards::convert(from, into).map(Some),
        Format::Csv => {
            workbook::refuse_old(from, &head)?;
            Ok(None)
        }
    }
}

/// The file would be too large as CSV.
fn too_large(what: &str) -> ImportProblem {
    let message = format!("{what}. Split the file and import the parts.");
    ImportProblem::new("too_large", message)
}
