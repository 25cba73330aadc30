//! The rows of a sheet. The table gets a line for each, with the number that the row has in the sheet.

use super::{
    super::{table::Table, too_large},
    damaged,
    number::{iso, text_of},
    strings::Strings,
    styles::Styles,
    xml::{Event, Xml, add_text, attribute},
};
use crate::imports::{reader::COLUMN_LIMIT, source::ImportProblem};
use domain::import::UNCALCULATED;
use quick_xml::events::BytesStart;
use std::io::Read;

/// Most rows of a sheet; Excel has no more.
const ROW_LIMIT: u64 = 1_048_576;
/// Rows that are looked at to find the header: above it there may be a title.
const LOOK: usize = 20;

/// What is needed to read a sheet.
pub struct Sheet<'a> {
    /// The strings that its cells share.
    pub strings: &'a mut Strings,
    /// The looks of its cells.
    pub styles: &'a Styles,
}

/// What there was in a sheet.
#[derive(Debug, Default)]
pub struct Found {
    /// Rows in which something stands.
    pub rows: u64,
    /// Of these, those above the header.
    pub above: u64,
    /// Of these, those that are not shown.
    pub hidden: u64,
    /// Groups of merged cells.
    pub merged: u64,
}

/// A cell in the making.
#[derive(Default)]
struct Cell {
    column: usize,
    kind: String,
    style: Option<usize>,
    has_formula: bool,
    /// What stands in `v`, or in the texts of `is`.
    value: String,
    has_value: bool,
}

impl Sheet<'_> {
    /// Writes all rows of a sheet.
    pub fn write(mut self, part: impl Read, table: &mut Table) -> Result<Found, ImportProblem> {
        let mut xml = Xml::new(part);
        let mut rows = Rows { table, waiting: Vec::new(), width: None, found: Found::default() };
        let (mut number, mut is_hidden) = (0_u64, false);
        let (mut cells, mut filled): (Vec<String>, usize) = (Vec::new(), 0);
        let mut cell = Cell::default();
        let mut next_column = 0;
        let mut takes_text = false;
        while let Some(event) = xml.next()? {
            match &event {
                Event::Start(tag) => {
                    takes_text = false;
                    match tag.local_name().as_ref() {
                        b"row" => {
                            let given = attribute(tag, b"r")?.and_then(|text| text.parse().ok());
                            number = given.unwrap_or(number + 1).max(number + 1);
                            if number > ROW_LIMIT {
                                return Err(too_large("The sheet has more than 1,048,576 rows"));
                            }
                            is_hidden = matches!(attribute(tag, b"hidden")?.as_deref(), Some("1" | "true"));
                            next_column = 0;
                            filled = 0;
                        }
                        b"c" => {
                            cell.begin(tag, next_column)?;
                            next_column = cell.column + 1;
                        }
                        b"f" => cell.has_formula = true,
                        b"v" | b"t" => {
                            takes_text = true;
                            cell.has_value = true;
                        }
                        b"mergeCell" => rows.found.merged += 1,
                        _ => {}
                    }
                }
                Event::End(tag) => {
                    takes_text = false;
                    match tag.local_name().as_ref() {
                        b"c" => {
                            let text = self.text(&mut cell)?;
                            if !text.trim().is_empty() {
                                filled = keep(&mut cells, filled, cell.column, text)?;
                            }
                        }
                        b"row" if filled > 0 => {
                            rows.add(number, is_hidden, cells.get(..filled).unwrap_or_default())?;
                        }
                        _ => {}
                    }
                }
                other if takes_text => add_text(other, &mut cell.value)?,
                _ => {}
            }
        }
        rows.end()
    }

    /// What a cell shows.
    fn text(&mut self, cell: &mut Cell) -> Result<String, ImportProblem> {
        let value = std::mem::take(&mut cell.value);
        // A text may be empty; a number, a truth and an error may not.
        let is_text = matches!(cell.kind.as_str(), "str" | "inlineStr");
        if cell.has_formula && (!cell.has_value || (!is_text && value.trim().is_empty())) {
            return Ok(UNCALCULATED.to_owned());
        }
        Ok(match cell.kind.as_str() {
            "s" if value.trim().is_empty() => String::new(),
            "s" => {
                let place = value.trim().parse().map_err(|_| damaged())?;
                let mut text = String::new();
                self.strings.get(place, &mut text)?;
                unescaped(text)
            }
            "b" => match value.trim() {
                "1" | "true" => "TRUE".to_owned(),
                "" => String::new(),
                _ => "FALSE".to_owned(),
            },
            "d" => iso(&value),
            "str" | "inlineStr" | "e" => unescaped(value),
            _ if value.trim().is_empty() => String::new(),
            _ => text_of(&value, self.styles.look(cell.style), self.styles.counts_from_1904)
                .unwrap_or_else(|| value.trim().to_owned()),
        })
    }
}

impl Cell {
    fn begin(&mut self, tag: &BytesStart<'_>, next_column: usize) -> Result<(), ImportProblem> {
        self.column = next_column;
        self.kind.clear();
        self.style = None;
        self.has_formula = false;
        self.has_value = false;
        self.value.clear();
        if let Some(place) = attribute(tag, b"r")? {
            self.column = column(&place).ok_or_else(damaged)?;
        }
        if let Some(kind) = attribute(tag, b"t")? {
            self.kind = kind;
        }
        self.style = attribute(tag, b"s")?.and_then(|style| style.parse().ok());
        Ok(())
    }
}

/// Puts a text into its cell, with empty ones before it. How many cells of the row count then.
fn keep(cells: &mut Vec<String>, filled: usize, column: usize, text: String) -> Result<usize, ImportProblem> {
    if column >= COLUMN_LIMIT {
        return Err(too_large("Something stands beyond the 2,000th column of the sheet"));
    }
    while cells.len() <= column {
        cells.push(String::new());
    }
    for cell in cells.get_mut(filled..column).unwrap_or_default() {
        cell.clear();
    }
    if let Some(cell) = cells.get_mut(column) {
        *cell = text;
    }
    Ok(filled.max(column + 1))
}

/// The number of a column in `AB12`; the first is 0.
fn column(place: &str) -> Option<usize> {
    let mut number = 0_usize;
    for letter in place.bytes().take_while(u8::is_ascii_alphabetic).take(8) {
        number = number * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
    }
    number.checked_sub(1).filter(|number| *number < 16_384)
}

/// Excel writes letters that XML cannot hold as `_x000D_`.
fn unescaped(text: String) -> String {
    if !text.contains("_x") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let code = after.get(..4).filter(|_| after.as_bytes().get(4) == Some(&b'_'));
        let letter = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        match (letter, after.get(5..)) {
            (Some(letter), Some(behind)) => {
                out.push(letter);
                rest = behind;
            }
            _ => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Rows on their way into the table. The first ones wait until it is clear which of them is the header.
struct Rows<'a> {
    table: &'a mut Table,
    waiting: Vec<(u64, Vec<String>)>,
    /// Cells of the header, once it is known.
    width: Option<usize>,
    found: Found,
}

impl Rows<'_> {
    fn add(&mut self, number: u64, is_hidden: bool, cells: &[String]) -> Result<(), ImportProblem> {
        self.found.rows += 1;
        self.found.hidden += u64::from(is_hidden);
        if self.width.is_some() {
            return self.write(number, cells);
        }
        self.waiting.push((number, cells.to_vec()));
        if self.waiting.len() == LOOK { self.decide() } else { Ok(()) }
    }

    fn end(mut self) -> Result<Found, ImportProblem> {
        self.decide()?;
        Ok(self.found)
    }

    /// The header is the first row that is at least half as full as the fullest; what is above it is a title.
    fn decide(&mut self) -> Result<(), ImportProblem> {
        let waiting = std::mem::take(&mut self.waiting);
        let full = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
        let fullest = waiting.iter().map(|(_, cells)| full(cells)).max().unwrap_or(0);
        for (number, cells) in &waiting {
            if self.width.is_none() && full(cells) * 2 < fullest {
                self.found.above += 1;
                continue;
            }
            self.width.get_or_insert(cells.len());
            self.write(*number, cells)?;
        }
        Ok(())
    }

    /// With an empty cell for each that is not there.
    fn write(&mut self, number: u64, cells: &[String]) -> Result<(), ImportProblem> {
        let missing = self.width.unwrap_or(0).saturating_sub(cells.len());
        let cells = cells.iter().map(String::as_str);
        self.table.row(number, cells.chain(std::iter::repeat_n("", missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_letters_are_read() {
        assert_eq!(column("A1"), Some(0));
        assert_eq!(column("ab12"), Some(27));
        assert_eq!(column("XFD1048576"), Some(16_383));
        assert_eq!(column("XFE1"), None);
        assert_eq!(column("12"), None);
        assert_eq!(column("ZZZZZZZZZZZZZZZZZZZZ"), None);
        for (text, expected) in [
            ("a_x000D_b", "a\rb"),
            ("_x005F_x000D_", "_x000D_"),
            ("_x", "_x"),
            ("_x00", "_x00"),
            ("_xZZZZ_", "_xZZZZ_"),
            ("_x\u{e9}\u{e9}__", "_x\u{e9}\u{e9}__"),
            ("max_xl", "max_xl"),
        ] {
            assert_eq!(unescaped(text.to_owned()), expected, "{text}");
        }
    }
}
