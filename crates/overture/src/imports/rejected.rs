//! The file of rejected rows: the rows as they were, each with its reason, to be corrected and imported again.

use super::{sniff::Sniffed, source::Encoding};
use crate::error::Result;
use csv::ByteRecord;
use std::{
    borrow::Cow,
    io::{Read, SeekFrom},
    path::{Path, PathBuf},
};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncSeekExt, AsyncWriteExt},
};

/// The column of the reasons.
pub const ERROR: &str = "_error";
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How rejected rows are written: like the file they come from, but in UTF-8.
#[derive(Debug, Clone)]
pub struct Layout {
    delimiter: u8,
    columns: Vec<String>,
    /// Where the reasons of an earlier import stand; new ones take their place.
    earlier: Option<usize>,
    /// Spreadsheets take UTF-8 for something else without this mark. It is set where the file came from one.
    has_mark: bool,
}

impl Layout {
    /// For the rows of a file.
    pub fn of(path: &Path, file: &Sniffed) -> std::io::Result<Self> {
        let mut head = [0; 3];
        let marked = std::fs::File::open(path)?.read(&mut head)? == 3 && head == BOM;
        Ok(Self {
            delimiter: file.delimiter,
            columns: file.columns.clone(),
            earlier: file.columns.iter().position(|name| name == ERROR),
            has_mark: marked || file.encoding != Encoding::Utf8,
        })
    }

    fn header(&self) -> Vec<u8> {
        let mut header = if self.has_mark { BOM.to_vec() } else { Vec::new() };
        self.write(&mut header, self.columns.iter().map(String::as_bytes), ERROR);
        header
    }

    /// Appends a row. Cells that it lacks are left empty; those it has too many stay, behind the reason.
    pub fn row(&self, out: &mut Vec<u8>, record: &ByteRecord, reason: &str) {
        self.write(out, record.iter(), reason);
    }

    fn write<'a>(&self, out: &mut Vec<u8>, mut cells: impl Iterator<Item = &'a [u8]>, reason: &str) {
        for index in 0..self.columns.len() {
            let cell = cells.next().unwrap_or_default();
            if self.earlier != Some(index) {
                self.cell(out, cell);
                out.push(self.delimiter);
            }
        }
        // The reasons are our own sentences and begin with a letter: no spreadsheet takes one for a formula.
        self.cell(out, reason.as_bytes());
        for cell in cells {
            out.push(self.delimiter);
            self.cell(out, cell);
        }
        out.extend_from_slice(b"\r\n");
    }

    /// A cell as it was. Only what would spoil the file as a whole is changed: text that is not UTF-8 is taken
    /// for what Windows writes, and NUL bytes are left out.
    fn cell(&self, out: &mut Vec<u8>, cell: &[u8]) {
        let text = match std::str::from_utf8(cell) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(cell).0,
        };
        let special = |byte: u8| matches!(byte, b'"' | b'\r' | b'\n' | 0) || byte == self.delimiter;
        if !text.bytes().any(special) && text.trim().len() == text.len() {
            out.extend_from_slice(text.as_bytes());
            return;
        }
        out.push(b'"');
        for byte in text.bytes().filter(|byte| *byte != 0) {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    }
}

/// The file itself. What is in it beyond the committed length never happened.
pub struct Rejected {
    path: PathBuf,
    layout: Layout,
    file: Option<File>,
    length: i64,
}

impl Rejected {
    /// Goes on behind what is committed.
    pub fn new(path: PathBuf, layout: Layout, committed: i64) -> Self {
        Self { path, layout, file: None, length: committed }
    }

    /// Forgets what was appended since the last commit.
    pub fn go_back(&mut self, committed: i64) {
        self.length = committed;
        self.file = None;
    }

    /// Appends rows and syncs them, since the commit that counts them comes next. The length to commit.
    pub async fn append(&mut self, rows: &[u8]) -> Result<i64> {
        if rows.is_empty() {
            return Ok(self.length);
        }
        let header = if self.length == 0 { self.layout.header() } else { Vec::new() };
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let mut file =
                    OpenOptions::new().create(true).write(true).truncate(false).open(&self.path).await?;
                let committed = u64::try_from(self.length).unwrap_or(0);
                file.set_len(committed).await?;
                file.seek(SeekFrom::Start(committed)).await?;
                self.file.insert(file)
            }
        };
        file.write_all(&header).await?;
        file.write_all(rows).await?;
        file.flush().await?;
        file.sync_data().await?;
        self.length += i64::try_from(header.len() + rows.len()).unwrap_or(0);
        Ok(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: &[&str], delimiter: u8, has_mark: bool) -> Layout {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let earlier = columns.iter().position(|name| name == ERROR);
        Layout { delimiter, columns, earlier, has_mark }
    }

    fn written(layout: &Layout, cells: &[&[u8]]) -> String {
        let mut out = layout.header();
        layout.row(&mut out, &ByteRecord::from(cells.to_vec()), "Line 2: no.");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn cells_stay_as_they_were_and_the_reason_has_a_column() {
        let two = layout(&["email", "name"], b',', false);
        assert_eq!(
            written(&two, &[b"=1+1", b"O\"Brien, J"]),
            "email,name,_error\r\n=1+1,\"O\"\"Brien, J\",Line 2: no.\r\n"
        );
        assert_eq!(written(&two, &[b" a "]), "email,name,_error\r\n\" a \",,Line 2: no.\r\n");
        assert_eq!(written(&two, &[b"a", b"b", b"c"]), "email,name,_error\r\na,b,Line 2: no.,c\r\n");
        assert_eq!(
            written(&two, &[b"a", b"M\xFCller\0"]),
            "email,name,_error\r\na,\"M\u{fc}ller\",Line 2: no.\r\n"
        );
    }

    #[test]
    fn a_second_rejection_takes_the_place_of_the_first() {
        let again = layout(&["email", ERROR, "name"], b';', true);
        let expected = "\u{feff}email;name;_error\r\na;b;Line 2: no.\r\n";
        assert_eq!(written(&again, &[b"a", b"Line 9: old.", b"b"]), expected);
    }

    #[tokio::test]
    async fn what_was_not_committed_is_cut_off() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("rejected.csv");
        let layout = layout(&["email"], b',', false);
        let mut rejected = Rejected::new(path.clone(), layout.clone(), 0);
        assert_eq!(rejected.append(b"").await.expect("nothing"), 0);
        assert!(!path.exists());
        let committed = rejected.append(b"one,x\r\n").await.expect("one");
        rejected.append(b"two,x\r\n").await.expect("two");
        rejected.go_back(committed);
        rejected.append(b"2,x\r\n").await.expect("again");
        drop(rejected);
        let mut resumed = Rejected::new(path.clone(), layout, committed);
        resumed.append(b"II,x\r\n").await.expect("resumed");
        assert_eq!(std::fs::read_to_string(path).expect("file"), "email,_error\r\none,x\r\nII,x\r\n");
    }
}
