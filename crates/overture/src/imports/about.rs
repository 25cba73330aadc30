//! What is known of a file before it is imported. It is found out once, when the file comes in, and kept with the
//! import: a file that cannot be read to its end is refused before the first row of it is written.

use super::{
    convert::{Format, Origin, convert},
    reader::Rows,
    sniff::{Sniffed, sniff, sniff_made},
    source::ImportProblem,
};
use crate::error::Error;
use domain::import::{ContactField, guess_field, header_problems};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is known of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// How to read it.
    pub file: Sniffed,
    /// Rows below the header, those that cannot be read among them.
    pub rows: i64,
    /// What each column probably is; no field is guessed twice.
    pub guesses: Vec<Option<Guess>>,
    /// Where the rows come from.
    #[serde(default)]
    pub origin: Origin,
}

impl About {
    fn of(path: &Path, file: Sniffed, origin: Origin) -> Result<Self, ImportProblem> {
        if let Some(problem) = header_problems(&file.columns).into_iter().next() {
            return Err(ImportProblem { code: "header".to_owned(), message: problem.message });
        }
        let count = Rows::count(path, &file)?;
        let rows = i64::try_from(count.rows + count.bad).unwrap_or(i64::MAX);
        let guesses = guess(&file, &origin);
        Ok(Self { file, rows, guesses, origin })
    }

    /// What people call a row of the file.
    pub fn format(&self) -> Format {
        self.origin.format
    }
}

/// What a column probably is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Guess {
    /// The field.
    pub field: ContactField,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
}

/// Takes in a file of any kind that can be read. One that is no CSV file becomes one at `made`, and what is said is
/// about that; nothing is written otherwise.
pub fn take_in(path: &Path, made: &Path, sheet: Option<&str>) -> Result<About, ImportProblem> {
    match convert(path, made, sheet)? {
        None => examine(path),
        Some(origin) => About::of(made, sniff_made(made)?, origin),
    }
}

/// Reads a whole CSV file, twice: its encoding is judged by all of it, and so is whether its quotes close.
pub fn examine(path: &Path) -> Result<About, ImportProblem> {
    About::of(path, sniff(path)?, Origin::default())
}

/// Of two columns that look like one field, the surer one has it.
fn guess(file: &Sniffed, origin: &Origin) -> Vec<Option<Guess>> {
    let of = |(index, name): (usize, &String)| {
        if let Some(known) = origin.field_of(name) {
            return known.map(|field| Guess { field, confidence: 1.0 });
        }
        let cells: Vec<&str> =
            file.preview.iter().filter_map(|row| row.get(index)).map(String::as_str).collect();
        guess_field(name, &cells).map(|(field, confidence)| Guess { field, confidence })
    };
    let all: Vec<Option<Guess>> = file.columns.iter().enumerate().map(of).collect();
    let is_best = |at: usize, guess: &Guess| {
        let rivals = all.iter().enumerate().filter_map(|(other, rival)| Some((other, rival.as_ref()?)));
        !rivals.filter(|(other, rival)| *other != at && rival.field == guess.field).any(|(other, rival)| {
            rival.confidence > guess.confidence || (rival.confidence == guess.confidence && other < at)
        })
    };
    let mut kept = all.clone();
    for (at, guess) in all.iter().enumerate() {
        if guess.as_ref().is_some_and(|guess| !is_best(at, guess)) {
            kept[at] = None;
        }
    }
    kept
}

/// The error for the person who brought the file.
pub fn refused(problem: ImportProblem) -> Error {
    let name = match problem.code.as_str() {
        "empty" | "only_header" | "no_header" => "import.empty",
        "duplicate_column" | "too_many_columns" | "header_unreadable" | "header" => "import.header_invalid",
        "not_csv" => "import.not_csv",
        "nul_byte" => "import.nul_byte",
        "quote_unclosed" => "import.quote_unclosed",
        "too_large" => "import.too_large",
        "workbook_locked" => "import.workbook_locked",
        "damaged" => "import.damaged",
        "no_sheet" => return Error::field("import.no_sheet", "sheet", problem.message),
        _ => "import.unreadable",
    };
    Error::field(name, "file", problem.message)
}
