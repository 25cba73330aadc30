//! A CSV file in the making: every row stands on the line that it is given.

use super::{MADE_LIMIT, too_large};
use crate::imports::{reader::CELL_LIMIT, source::ImportProblem};
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

/// The mark by which spreadsheets know UTF-8; the rejected rows get it as well.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The file, open for writing.
pub struct Table {
    out: BufWriter<File>,
    /// The line that comes next; the first is 1.
    line: u64,
    bytes: u64,
    limit: u64,
    row: Vec<u8>,
}

impl Table {
    /// Begins the file anew.
    pub fn create(path: &Path) -> Result<Self, ImportProblem> {
        Self::with_limit(path, MADE_LIMIT)
    }

    /// With a limit of bytes.
    pub fn with_limit(path: &Path, limit: u64) -> Result<Self, ImportProblem> {
        let mut out = BufWriter::with_capacity(256 * 1024, File::create(path)?);
        out.write_all(MARK)?;
        Ok(Self { out, line: 1, bytes: MARK.len() as u64, limit, row: Vec::new() })
    }

    /// Writes a row on this line, or on the next one if it is behind that. Blank lines come before it.
    pub fn row<'a>(&mut self, line: u64, cells: impl Iterator<Item = &'a str>) -> Result<(), ImportProblem> {
        self.row.clear();
        while self.line < line {
            self.row.push(b'\n');
            self.line += 1;
        }
        for (place, cell) in cells.enumerate() {
            if place > 0 {
                self.row.push(b',');
            }
            write_cell(&mut self.row, cell);
        }
        self.row.push(b'\n');
        self.line += 1;
        self.bytes += self.row.len() as u64;
        if self.bytes > self.limit {
            return Err(too_large("Unpacked, the file is larger than 2 GB"));
        }
        self.out.write_all(&self.row)?;
        Ok(())
    }

    /// Writes what is buffered and syncs it.
    pub fn close(mut self) -> Result<(), ImportProblem> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(())
    }
}

/// On one line, so that rows and lines stay the same thing. One that is too long stays so, for the reader to tell.
fn write_cell(out: &mut Vec<u8>, cell: &str) {
    let cell = match cell.char_indices().find(|(at, _)| *at > CELL_LIMIT + 8) {
        Some((at, _)) => cell.get(..at).unwrap_or_default(),
        None => cell,
    };
    let is_special = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n' | 0);
    if !cell.bytes().any(is_special) && !cell.starts_with("sep=") {
        out.extend_from_slice(cell.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in cell.bytes() {
        match byte {
            0 => {}
            b'\r' | b'\n' => out.push(b' '),
            b'"' => out.extend_from_slice(b"\"\""),
            other => out.push(other),
        }
    }
    out.push(b'"');
}
