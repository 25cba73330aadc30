//! The rows of a CSV file, one after another, in a few megabytes of memory whatever the file.
//!
//! The grammar is RFC 4180 with the habits of real files: any of LF, CR LF and CR ends a line, blank lines
//! do not count, a quote in the middle of an unquoted cell is a quote. What cannot be read as a row is
//! told with its line, and reading goes on; what makes the rest of the file doubtful ends it.

#[cfg(test)]
mod tests;

use super::{
    sniff::Sniffed,
    source::{Encoding, ImportProblem, Source},
};
use csv::ByteRecord;
use std::{fs::File, io::Read, path::Path};

/// Most bytes of one cell.
pub const CELL_LIMIT: usize = 64 * 1024;
/// Most lines that one row may go over.
pub const LINE_LIMIT: u64 = 1000;
/// Most columns of a file.
pub const COLUMN_LIMIT: usize = 2000;
/// Most bytes of one row.
const ROW_LIMIT: usize = 1024 * 1024;
/// The buffer at first; a long row makes it grow to that limit.
const BUFFER: usize = 128 * 1024;
/// What the decoder of another encoding needs to go on.
const SPACE: usize = 16;
const QUOTE: u8 = b'"';

const RAGGED: &str = "The row does not have as many cells as the header has columns.";
const NOT_UTF8: &str = "The row has characters that are not UTF-8.";
const TOO_LONG: &str = "The row is too long: a cell may have 64 KB, a row 1 MB and 1,000 lines.";
const MISQUOTED: &str = "A quote is not closed before other text follows.";

/// What came of reading on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// A row with as many cells as there are columns, all of them UTF-8, which began on this line.
    Row(u64),
    /// No row. The record holds what could be told apart of it, not always UTF-8, so that it can be given back.
    Bad {
        /// Where it began; the first line is 1.
        line: u64,
        /// What is wrong, in the same words for every row of its kind.
        cause: &'static str,
        /// A sentence for the person who brought the file.
        reason: String,
    },
    /// The file is over.
    End,
}

/// How many rows a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RowCount {
    /// Rows that can be read.
    pub rows: u64,
    /// Rows that cannot.
    pub bad: u64,
}

/// Reads a file's rows, after its header.
pub struct Rows<R = File> {
    scanner: Scanner<R>,
    columns: usize,
}

impl Rows<File> {
    /// Opens a file that [`super::sniff::sniff`] has looked at.
    pub fn open(path: &Path, sniffed: &Sniffed) -> Result<Self, ImportProblem> {
        Self::over(File::open(path)?, sniffed)
    }

    /// Reads the whole file once and counts, so that a file that ends badly can be refused before a row
    /// of it is imported.
    pub fn count(path: &Path, sniffed: &Sniffed) -> Result<RowCount, ImportProblem> {
        let mut rows = Self::open(path, sniffed)?;
        let (mut record, mut count) = (ByteRecord::new(), RowCount::default());
        loop {
            match rows.next(&mut record)? {
                RowOutcome::Row(_) => count.rows += 1,
                RowOutcome::Bad { .. } => count.bad += 1,
                RowOutcome::End => return Ok(count),
            }
        }
    }
}

impl<R: Read> Rows<R> {
    /// Reads from something else than a file, from its beginning.
    pub fn over(reader: R, sniffed: &Sniffed) -> Result<Self, ImportProblem> {
        let mut scanner = Scanner::new(reader, sniffed.encoding, sniffed.delimiter);
        scanner.next(&mut ByteRecord::new())?;
        scanner.cleaned = 0;
        Ok(Self { scanner, columns: sniffed.columns.len() })
    }

    /// The next row goes into `record`.
    pub fn next(&mut self, record: &mut ByteRecord) -> Result<RowOutcome, ImportProblem> {
        let (line, cells) = match self.scanner.next(record)? {
            Scan::Row { line, cells } => (line, cells),
            Scan::Bad { line, cause, reason } => return Ok(RowOutcome::Bad { line, cause, reason }),
            Scan::End => return Ok(RowOutcome::End),
        };
        let columns = self.columns;
        // Spreadsheets like to write empty cells behind the last column.
        if cells > columns && cells == record.len() && record.iter().skip(columns).all(<[u8]>::is_empty) {
            record.truncate(columns);
        } else if cells != columns {
            let plural = if cells == 1 { "" } else { "s" };
            let reason = format!("The row has {cells} cell{plural} where the header has {columns} columns.");
            return Ok(RowOutcome::Bad { line, cause: RAGGED, reason });
        }
        Ok(RowOutcome::Row(line))
    }

    /// Bytes of the file used up so far, for progress. Ahead of the row by what is buffered.
    pub fn bytes_read(&self) -> u64 {
        self.scanner.source.taken()
    }

    /// Rows from which hidden marks were taken that turn the direction of the text (U+202E and its kin).
    pub fn cleaned(&self) -> u64 {
        self.scanner.cleaned
    }
}

/// What the scanner found: a row may have any number of cells.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    Row { line: u64, cells: usize },
    Bad { line: u64, cause: &'static str, reason: String },
    End,
}

/// Cuts text into rows. A row is read whole in the buffer, or not at all.
pub(super) struct Scanner<R> {
    source: Source<R>,
    delimiter: u8,
    /// Bytes that end an unquoted cell, and those that matter in a quoted one.
    plain: [bool; 256],
    quoted: [bool; 256],
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    over: bool,
    line: u64,
    unquoted: Vec<u8>,
    cleaned: u64,
}

/// How reading one row from the buffer ended.
enum Attempt {
    Row {
        cells: usize,
        length: usize,
        lines: u64,
        blank: bool,
    },
    /// The buffer ends before the row does.
    More,
    /// Text follows a closing quote. Lines are counted from the row's first.
    Misquoted {
        opened: u64,
        broken: u64,
    },
    Unclosed {
        opened: u64,
    },
    Nul {
        line: u64,
    },
    TooLong,
}

impl<R: Read> Scanner<R> {
    pub fn new(reader: R, encoding: Encoding, delimiter: u8) -> Self {
        let among = |bytes: &[u8]| std::array::from_fn(|byte| bytes.contains(&(byte as u8)));
        Self {
            source: Source::new(reader, encoding),
            delimiter,
            plain: among(&[delimiter, b'\r', b'\n', 0]),
            quoted: among(&[QUOTE, b'\r', b'\n', 0]),
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            over: false,
            line: 0,
            unquoted: Vec::new(),
            cleaned: 0,
        }
    }

    /// The next row that is not blank.
    pub fn next(&mut self, record: &mut ByteRecord) -> Result<Scan, ImportProblem> {
        if self.line == 0 {
            self.line = 1;
            self.fill()?;
            // Excel may write `sep=;` before the header.
            if separator(self.buffer.get(self.start..self.end).unwrap_or_default()).is_some() {
                self.skip_line()?;
            }
        }
        loop {
            if self.start == self.end && (self.over || !self.fill()?) {
                return Ok(Scan::End);
            }
            let line = self.line;
            match self.attempt(record) {
                Attempt::Row { cells, length, lines, blank } => {
                    let valid =
                        !self.source.is_unchecked() || std::str::from_utf8(self.ahead(length)).is_ok();
                    // All marks that turn the text begin with this byte.
                    let suspicious = self.ahead(length).contains(&0xE2);
                    self.start += length;
                    self.line += lines;
                    if blank {
                        continue;
                    }
                    if !valid {
                        let reason = format!("{NOT_UTF8} Save the file as “CSV UTF-8”.");
                        return Ok(Scan::Bad { line, cause: NOT_UTF8, reason });
                    }
                    if suspicious && clean(record) {
                        self.cleaned += 1;
                    }
                    return Ok(Scan::Row { line, cells });
                }
                Attempt::More if self.end - self.start + SPACE <= self.buffer.len() => {
                    self.fill()?;
                }
                Attempt::More if self.buffer.len() < ROW_LIMIT => {
                    self.buffer.resize(self.buffer.len() * 2, 0);
                    self.fill()?;
                }
                Attempt::More | Attempt::TooLong => {
                    self.skip_row()?;
                    return Ok(Scan::Bad { line, cause: TOO_LONG, reason: TOO_LONG.to_owned() });
                }
                Attempt::Misquoted { opened, broken } => {
                    self.skip_line()?;
                    record.clear();
                    let cells = self.unquoted.split(|byte| *byte == self.delimiter);
                    cells.take(COLUMN_LIMIT).for_each(|cell| record.push_field(cell));
                    let reason = format!(
                        "The quote opened on line {} is not closed before other text follows on line {}. \
                         Close it, or double the quotes inside the cell.",
                        line + opened,
                        line + broken
                    );
                    return Ok(Scan::Bad { line, cause: MISQUOTED, reason });
                }
                Attempt::Unclosed { opened } => return Err(unclosed(line + opened)),
                Attempt::Nul { line: below } => return Err(nul(line + below)),
            }
        }
    }

    fn ahead(&self, length: usize) -> &[u8] {
        self.buffer.get(self.start..self.start + length).unwrap_or_default()
    }

    /// Moves what is left to the front and reads on. `false` at the end of the file.
    fn fill(&mut self) -> Result<bool, ImportProblem> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        let space = self.buffer.get_mut(self.end..).unwrap_or_default();
        let filled = self.source.fill(space)?;
        self.end += filled;
        self.over = filled == 0;
        Ok(filled > 0)
    }

    /// Reads one row from the buffer, and changes nothing but the record.
    fn attempt(&mut self, record: &mut ByteRecord) -> Attempt {
        let text = self.buffer.get(self.start..self.end).unwrap_or_default();
        let unfinished = || if self.over { None } else { Some(Attempt::More) };
        record.clear();
        let (mut at, mut cells, mut lines, mut blank) = (0, 0, 0, true);
        loop {
            let from = at;
            if text.get(at) == Some(&QUOTE) {
                let opened = lines;
                let mut copied = at + 1;
                at += 1;
                self.unquoted.clear();
                let cell = loop {
                    at += run(text.get(at..).unwrap_or_default(), &self.quoted);
                    if at - from > CELL_LIMIT + 1 || lines >= LINE_LIMIT {
                        return Attempt::TooLong;
                    }
                    match (text.get(at), text.get(at + 1)) {
                        (None, _) => return unfinished().unwrap_or(Attempt::Unclosed { opened }),
                        (Some(&QUOTE), Some(&QUOTE)) => {
                            self.unquoted.extend_from_slice(text.get(copied..=at).unwrap_or_default());
                            at += 2;
                            copied = at;
                        }
                        (Some(&QUOTE), Some(next)) if !self.plain[usize::from(*next)] => {
                            return Attempt::Misquoted { opened, broken: lines };
                        }
                        (Some(&(QUOTE | b'\r')), None) if !self.over => return Attempt::More,
                        (Some(&QUOTE), _) => {
                            let rest = text.get(copied..at).unwrap_or_default();
                            at += 1;
                            if self.unquoted.is_empty() {
                                break rest;
                            }
                            self.unquoted.extend_from_slice(rest);
                            break self.unquoted.as_slice();
                        }
                        (Some(0), _) => return Attempt::Nul { line: lines },
                        (Some(b'\r'), Some(b'\n')) => at += 1,
                        (Some(_), _) => {
                            lines += 1;
                            at += 1;
                        }
                    }
                };
                blank &= cell.is_empty();
                if cells <= COLUMN_LIMIT {
                    record.push_field(cell);
                }
            } else {
                at += run(text.get(at..).unwrap_or_default(), &self.plain);
                if at - from > CELL_LIMIT {
                    return Attempt::TooLong;
                }
                let cell = text.get(from..at).unwrap_or_default();
                blank &= cell.is_empty();
                if cells <= COLUMN_LIMIT {
                    record.push_field(cell);
                }
            }
            cells += 1;
            match (text.get(at), text.get(at + 1)) {
                (Some(0), _) => return Attempt::Nul { line: lines },
                (Some(byte), _) if *byte == self.delimiter => at += 1,
                (None, _) | (Some(b'\r'), None) if !self.over => return Attempt::More,
                (Some(b'\r'), Some(b'\n')) => {
                    return Attempt::Row { cells, length: at + 2, lines: lines + 1, blank };
                }
                (end, _) => {
                    let length = at + usize::from(end.is_some());
                    return Attempt::Row { cells, length, lines: lines + 1, blank };
                }
            }
        }
    }

    /// Goes behind the end of the line on which the row began, and keeps its text.
    fn skip_line(&mut self) -> Result<(), ImportProblem> {
        self.line += 1;
        self.unquoted.clear();
        loop {
            let text = self.buffer.get(self.start..self.end).unwrap_or_default();
            let length = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(text.len());
            if self.unquoted.len() < ROW_LIMIT {
                self.unquoted.extend_from_slice(text.get(..length).unwrap_or_default());
            }
            self.start += length;
            match (text.get(length).copied(), text.get(length + 1).copied()) {
                (Some(b'\r'), Some(b'\n')) => {
                    self.start += 2;
                    return Ok(());
                }
                (Some(b'\r'), None) | (None, _) if self.fill()? => {}
                (Some(_), _) => {
                    self.start += 1;
                    return Ok(());
                }
                (None, _) => return Ok(()),
            }
        }
    }

    /// Goes behind the end of a row that is too long to be held. A quote that stays open over too many
    /// lines, or to the end, has swallowed the rows behind it: that ends the file.
    fn skip_row(&mut self) -> Result<(), ImportProblem> {
        enum Place {
            Begin,
            Plain,
            Quoted,
            Quote,
        }
        let (mut place, mut opened, mut was_return) = (Place::Begin, self.line, false);
        loop {
            if self.start == self.end && !self.fill()? {
                return if matches!(place, Place::Quoted) { Err(unclosed(opened)) } else { Ok(()) };
            }
            let Some(&byte) = self.buffer.get(self.start) else { return Ok(()) };
            let is_quoted =
                matches!(place, Place::Quoted) || (matches!(place, Place::Quote) && byte == QUOTE);
            let ends_line = byte == b'\n' || was_return;
            if ends_line && !is_quoted {
                self.line += 1;
                self.start += usize::from(byte == b'\n');
                return Ok(());
            }
            self.start += 1;
            if ends_line {
                self.line += 1;
                if self.line - opened > LINE_LIMIT {
                    return Err(unclosed(opened));
                }
            }
            was_return = byte == b'\r';
            place = match (place, byte) {
                (_, 0) => return Err(nul(self.line)),
                (Place::Begin, QUOTE) => {
                    opened = self.line;
                    Place::Quoted
                }
                (Place::Quoted, QUOTE) => Place::Quote,
                (Place::Quoted, _) | (Place::Quote, QUOTE) => Place::Quoted,
                (_, byte) if byte == self.delimiter => Place::Begin,
                (Place::Quote, byte) if byte != b'\r' => return Err(unclosed(opened)),
                _ => Place::Plain,
            };
        }
    }
}

/// How many bytes come before one that matters.
fn run(text: &[u8], matters: &[bool; 256]) -> usize {
    text.iter().position(|byte| matters[usize::from(*byte)]).unwrap_or(text.len())
}

/// The delimiter that the line `sep=;` announces.
pub(super) fn separator(text: &[u8]) -> Option<u8> {
    let (name, rest) = text.split_first_chunk::<4>()?;
    match rest {
        [delimiter, b'\r' | b'\n', ..] if name.eq_ignore_ascii_case(b"sep=") => Some(*delimiter),
        _ => None,
    }
}

/// Takes out the marks that turn the direction of the text: U+202A to U+202E, U+2066 to U+2069. In a name
/// they make one thing look like another. `true` if there were any.
fn clean(record: &mut ByteRecord) -> bool {
    let turns = |letter: char| matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let cells: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
    if !cells.iter().any(|cell| cell.contains(turns)) {
        return false;
    }
    let cleaned: ByteRecord = cells.iter().map(|cell| cell.replace(turns, "")).collect();
    *record = cleaned;
    true
}

fn unclosed(line: u64) -> ImportProblem {
    let message = format!(
        "The quote opened on line {line} is never closed (a cell may go over 1,000 lines). \
         Close it and upload the file again."
    );
    ImportProblem::new("quote_unclosed", message)
}

fn nul(line: u64) -> ImportProblem {
    let message = format!(
        "Line {line} has a NUL byte, so this is not a text file, or it is damaged. Save it as CSV again."
    );
    ImportProblem::new("nul_byte", message)
}
