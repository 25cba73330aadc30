//! A first look at a file: what it is written in, what stands between its cells, which columns it has.

use super::{
    reader::{COLUMN_LIMIT, Scan, Scanner, separator},
    source::{Encoding, ImportProblem, Source, read_full},
};
use csv::ByteRecord;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek},
    path::Path,
};

/// What may stand between cells. The first of equals wins.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Rows that are looked at to find the delimiter, and rows that are shown.
const LOOK: usize = 50;
const PREVIEW: usize = 10;
/// Letters of a cell that are shown.
const PREVIEW_CELL: usize = 200;

/// What is known of a file before it is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sniffed {
    /// What it is written in.
    pub encoding: Encoding,
    /// What stands between cells: `,`, `;`, TAB or `|`.
    pub delimiter: u8,
    /// The names in the header, each of them once. A column without a name is `Column 3`.
    pub columns: Vec<String>,
    /// The first rows that can be read, ten at most, long cells cut.
    pub preview: Vec<Vec<String>>,
    /// The size of the file.
    pub bytes: u64,
}

/// Looks at a file; the problem says why it cannot be imported.
pub fn sniff(path: &Path) -> Result<Sniffed, ImportProblem> {
    sniff_from(&mut File::open(path)?)
}

/// Looks at something else than a file.
pub fn sniff_from<R: Read + Seek>(reader: &mut R) -> Result<Sniffed, ImportProblem> {
    reader.rewind()?;
    let mut head = vec![0; 64 * 1024];
    let filled = read_full(reader, &mut head)?;
    head.truncate(filled);
    refuse_other_formats(&head)?;
    reader.rewind()?;
    let (encoding, bytes) = match marked(&head) {
        Some(encoding) => (encoding, reader.seek(std::io::SeekFrom::End(0))?),
        None => guess_encoding(reader)?,
    };
    let delimiter = guess_delimiter(reader, encoding)?;
    look(reader, encoding, delimiter, bytes)
}

/// Looks at a file that was made here: there is nothing to guess.
pub fn sniff_made(path: &Path) -> Result<Sniffed, ImportProblem> {
    let mut file = File::open(path)?;
    let bytes = file.metadata()?.len();
    look(&mut file, Encoding::Utf8, b',', bytes)
}

fn look<R: Read + Seek>(
    reader: &mut R,
    encoding: Encoding,
    delimiter: u8,
    bytes: u64,
) -> Result<Sniffed, ImportProblem> {
    let mut scanner = scanner(reader, encoding, delimiter)?;
    let mut record = ByteRecord::new();
    let columns = match scanner.next(&mut record)? {
        Scan::Row { cells, .. } => header(&record, cells)?,
        Scan::Bad { line, reason, .. } => {
            return Err(ImportProblem::new(
                "header_unreadable",
                format!("Line {line}, the header: {reason}"),
            ));
        }
        Scan::End => {
            return Err(ImportProblem::new("empty", "The file is empty. Export it again, with its rows."));
        }
    };
    let (mut preview, mut rows) = (Vec::new(), 0);
    while rows < LOOK && preview.len() < PREVIEW {
        match scanner.next(&mut record)? {
            Scan::Row { cells, .. } if cells == columns.len() => {
                preview.push(
                    record.iter().map(|cell| text(cell).chars().take(PREVIEW_CELL).collect()).collect(),
                );
            }
            Scan::Row { .. } | Scan::Bad { .. } => {}
            Scan::End => break,
        }
        rows += 1;
    }
    if rows == 0 {
        let message = "The file has a header but no rows below it. Export it again, with its rows.";
        return Err(ImportProblem::new("only_header", message));
    }
    Ok(Sniffed { encoding, delimiter, columns, preview, bytes })
}

fn scanner<R: Read + Seek>(
    reader: &mut R,
    encoding: Encoding,
    delimiter: u8,
) -> Result<Scanner<&mut R>, ImportProblem> {
    reader.rewind()?;
    Ok(Scanner::new(reader, encoding, delimiter))
}

fn text(cell: &[u8]) -> String {
    String::from_utf8_lossy(cell).trim().to_owned()
}

/// Files that people call CSV although they are not, and that nothing can be made of.
fn refuse_other_formats(head: &[u8]) -> Result<(), ImportProblem> {
    let message = match head {
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => {
            "This is a ZIP file without an Excel workbook in it. Unpack it first, and upload what is in it."
        }
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            "This is an old Excel file (.xls). Open it and save it as .xlsx, or as “CSV UTF-8”."
        }
        [0x1F, 0x8B, ..] => "This is a compressed file. Unpack it first.",
        [b'%', b'P', b'D', b'F', ..] => "This is a PDF file. Export the contacts as CSV.",
        _ => return Ok(()),
    };
    Err(ImportProblem::new("not_csv", message))
}

/// The encoding that a byte order mark names.
fn marked(head: &[u8]) -> Option<Encoding> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Some(Encoding::Utf8),
        [0xFF, 0xFE, ..] => Some(Encoding::Utf16Le),
        [0xFE, 0xFF, ..] => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// Judges by the whole file, since the first accent may stand in its last row, and says how long it is.
/// A few broken letters do not make a file Windows-1252: their rows are told later.
fn guess_encoding<R: Read>(reader: &mut R) -> Result<(Encoding, u64), ImportProblem> {
    let mut buffer = vec![0; 256 * 1024];
    let (mut kept, mut bytes, mut letters, mut broken) = (0, 0_u64, 0_u64, 0_u64);
    loop {
        let read = read_full(reader, buffer.get_mut(kept..).unwrap_or_default())?;
        if read == 0 {
            broken += u64::from(kept > 0);
            break;
        }
        let end = kept + read;
        if bytes == 0
            && let Some(wide) = unmarked_wide(buffer.get(..end).unwrap_or_default())
        {
            return Ok((wide, read as u64 + std::io::copy(reader, &mut std::io::sink())?));
        }
        bytes += read as u64;
        let mut rest = buffer.get(..end).unwrap_or_default();
        kept = loop {
            let error = match std::str::from_utf8(rest) {
                Ok(text) => {
                    letters += wide_letters(text.as_bytes());
                    break 0;
                }
                Err(error) => error,
            };
            let (valid, bad) = rest.split_at(error.valid_up_to());
            letters += wide_letters(valid);
            match error.error_len() {
                Some(length) => {
                    broken += 1;
                    rest = bad.get(length..).unwrap_or_default();
                }
                // A letter is cut by the end of the buffer, and looked at again with what follows.
                None => break bad.len(),
            }
        };
        buffer.copy_within(end - kept..end, 0);
    }
    Ok((if broken > letters { Encoding::Windows1252 } else { Encoding::Utf8 }, bytes))
}

fn wide_letters(text: &[u8]) -> u64 {
    if text.is_ascii() { 0 } else { text.iter().filter(|byte| **byte >= 0xC0).count() as u64 }
}

/// UTF-16 without its mark: every other byte of western text is zero.
fn unmarked_wide(head: &[u8]) -> Option<Encoding> {
    let head = head.get(..head.len().min(4096)).unwrap_or_default();
    let (pairs, _) = head.as_chunks::<2>();
    let zeros = |place: usize| pairs.iter().filter(|pair| pair[place] == 0).count();
    let (high, low) = (zeros(0), zeros(1));
    let (most, few) = (pairs.len() * 2 / 5, pairs.len() / 20);
    match pairs.len() {
        0 | 1 => None,
        _ if low > most && high <= few => Some(Encoding::Utf16Le),
        _ if high > most && low <= few => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The delimiter that cuts the header into many cells, and the rows below into as many.
fn guess_delimiter<R: Read + Seek>(reader: &mut R, encoding: Encoding) -> Result<u8, ImportProblem> {
    reader.rewind()?;
    let mut start = vec![0; 64];
    let filled = Source::new(&mut *reader, encoding).fill(&mut start)?;
    if let Some(announced) = separator(start.get(..filled).unwrap_or_default()) {
        return Ok(announced);
    }
    let mut best = (1.0, DELIMITERS[0]);
    for delimiter in DELIMITERS {
        let score = fit(scanner(reader, encoding, delimiter)?);
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    Ok(best.1)
}

/// The header's cells, times the share of rows that have as many. A file that ends in an error is judged
/// by what comes before it; the error is told when the file is read.
fn fit<R: Read>(mut scanner: Scanner<R>) -> f64 {
    let mut record = ByteRecord::new();
    let Ok(Scan::Row { cells: header, .. }) = scanner.next(&mut record) else { return 0.0 };
    if header < 2 {
        return 0.0;
    }
    let (mut seen, mut same) = (1.0, 1.0);
    for _ in 0..LOOK {
        match scanner.next(&mut record) {
            Ok(Scan::Row { cells, .. }) => {
                seen += 1.0;
                same += f64::from(u8::from(cells == header));
            }
            Ok(Scan::Bad { .. }) => seen += 1.0,
            Ok(Scan::End) | Err(_) => break,
        }
    }
    header as f64 * same / seen
}

/// The names of the columns, if the first row holds names.
fn header(record: &ByteRecord, cells: usize) -> Result<Vec<String>, ImportProblem> {
    if cells > COLUMN_LIMIT {
        let message =
            format!("The file has {cells} columns; 2,000 are the most. Delete those you do not need.");
        return Err(ImportProblem::new("too_many_columns", message));
    }
    let names: Vec<String> = record
        .iter()
        .enumerate()
        .map(|(place, cell)| match text(cell) {
            blank if blank.is_empty() => format!("Column {}", place + 1),
            name => name,
        })
        .collect();
    if let Some(value) = names.iter().find(|name| is_data(name)) {
        let value: String = value.chars().take(60).collect();
        let message = format!(
            "The first row holds data (“{value}”), not the names of the columns. Add a first row with names, \
             such as: email, first name, last name."
        );
        return Err(ImportProblem::new("no_header", message));
    }
    let mut places = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        if let Some(first) = places.insert(name.to_lowercase(), place + 1) {
            let message = format!(
                "Two columns are called “{name}”: the columns {first} and {}. Rename one of them.",
                place + 1
            );
            return Err(ImportProblem::new("duplicate_column", message));
        }
    }
    Ok(names)
}

/// Whether a cell of the first row is what no column is called: an e-mail address, a phone number.
fn is_data(cell: &str) -> bool {
    let is_email =
        cell.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain.contains('.'));
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let is_number =
        digits >= 7 && cell.chars().all(|letter| letter.is_ascii_digit() || " +-()./".contains(letter));
    is_email || is_number
}
