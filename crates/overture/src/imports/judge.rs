//! Reading a file and judging its rows, on a thread of its own, a chunk at a time.

use super::{
    check::column_of,
    convert::Format,
    reader::{RowOutcome, Rows},
    rejected::Layout,
    sniff::Sniffed,
    source::ImportProblem,
};
use csv::ByteRecord;
use domain::import::{EMAIL_TAKEN, Mapping, Row, Target};
use std::{borrow::Cow, collections::BTreeMap, path::PathBuf};
use store::{
    contact::Fields,
    import::{self, Batch},
};
use tokio::sync::mpsc;

/// Most bytes of a file whose rows are held in one chunk.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Letters of an example.
const SHOWN: usize = 120;

/// Rows that are written in one transaction.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Rows that can become contacts, in the order of the file.
    pub accepted: Batch,
    /// The same rows as what would be told of them, where the database may refuse some.
    pub late: Vec<Late>,
    /// The others, as lines of the file of rejected rows.
    pub rejected: Vec<u8>,
    /// How many were rejected, by cause.
    pub causes: BTreeMap<String, i64>,
    /// How many were rejected.
    pub failed: i64,
    /// All rows.
    pub read: i64,
    /// Values that were left out, as asked for.
    pub left_out: i64,
    /// The rejected ones by column and cause, where examples are asked for.
    pub findings: BTreeMap<(Option<usize>, &'static str), Finding>,
    /// Bytes of the file that were used up when it was complete.
    pub position: i64,
}

/// A row that the database may refuse ([`EMAIL_TAKEN`]).
#[derive(Debug)]
pub struct Late {
    /// Where it stands.
    pub line: u64,
    /// Its e-mail address.
    pub email: String,
    /// Its line in the file of rejected rows.
    pub told: Vec<u8>,
}

/// Rejected rows of one column and one cause.
#[derive(Debug, Default)]
pub struct Finding {
    /// The cause for programs.
    pub code: &'static str,
    /// How many.
    pub count: i64,
    /// The first of them: line, and what stands there.
    pub examples: Vec<(u64, String)>,
}

impl Finding {
    /// Adds those that come later in the file.
    pub fn join(&mut self, later: Finding, most: usize) {
        self.code = later.code;
        self.count += later.count;
        self.examples.extend(later.examples);
        self.examples.truncate(most);
    }
}

/// What to read, and how.
pub struct Task {
    /// The file.
    pub path: PathBuf,
    /// How to read it.
    pub file: Sniffed,
    /// What it was when it was uploaded.
    pub format: Format,
    /// What its columns are.
    pub mapping: Mapping,
    /// How rejected rows are written.
    pub layout: Layout,
    /// Rows whose outcome is known already.
    pub done: i64,
    /// Most rows of a chunk.
    pub chunk_rows: i64,
    /// How many rejected rows are told of each cause.
    pub examples: usize,
    /// Whether the database may refuse rows.
    pub keeps_late: bool,
}

impl Task {
    /// An accepted row, in case that the database refuses it.
    fn late(&self, record: &ByteRecord, line: u64) -> Late {
        let column = EMAIL_TAKEN.field.and_then(|field| column_of(&self.mapping, field));
        let field = EMAIL_TAKEN.field.map(|field| self.mapping.name(field)).unwrap_or_default();
        let reason = format!("{}: {field}: {EMAIL_TAKEN}", self.format.place(line));
        let mut told = Vec::new();
        self.layout.row(&mut told, record, &reason);
        Late { line, email: self.shown(record, column), told }
    }

    /// What stands in a cell, or at the beginning of a row, cut to what can be shown.
    fn shown(&self, record: &ByteRecord, column: Option<usize>) -> String {
        let text = match column {
            Some(at) => String::from_utf8_lossy(record.get(at).unwrap_or_default()).into_owned(),
            None => {
                let filled = record.iter().filter(|cell| !cell.is_empty()).take(3);
                filled.map(String::from_utf8_lossy).collect::<Vec<_>>().join(", ")
            }
        };
        text.chars().filter(|letter| !letter.is_control()).take(SHOWN).collect()
    }
}

/// Reads the file to its end, or until nobody listens any more.
pub fn read(task: &Task, chunks: &mpsc::Sender<Chunk>) -> Result<(), ImportProblem> {
    let mut rows = Rows::open(&task.path, &task.file)?;
    let mut record = ByteRecord::new();
    for _ in 0..task.done {
        if rows.next(&mut record)? == RowOutcome::End {
            return Ok(());
        }
    }
    let (mut chunk, mut bytes) = (Chunk::default(), 0);
    loop {
        let verdict = match rows.next(&mut record)? {
            RowOutcome::End => break,
            RowOutcome::Bad { line, cause, reason } => {
                let finding = (None, cause, "row.unreadable");
                Err((line, Cow::Borrowed(cause), reason, finding))
            }
            RowOutcome::Row(line) => {
                task.mapping.row_bytes(|index| record.get(index)).map(|row| (line, row)).map_err(|problem| {
                    let field = problem
                        .field
                        .map(|field| format!("{}: ", task.mapping.name(field)))
                        .unwrap_or_default();
                    let reason = format!("{field}{problem}");
                    // Fields of one kind fail for the same reason; which of them it is tells where to look.
                    let cause = match problem.field {
                        Some(Target::Custom(_)) => Cow::Owned(reason.clone()),
                        _ => Cow::Borrowed(problem.message),
                    };
                    let column = problem.field.and_then(|field| column_of(&task.mapping, field));
                    (line, cause, reason, (column, problem.message, problem.code))
                })
            }
        };
        match verdict {
            Ok((line, row)) => {
                if task.keeps_late {
                    chunk.late.push(task.late(&record, line));
                }
                chunk.left_out += i64::from(row.left_out);
                chunk.accepted.push(contact(row));
            }
            Err((line, cause, reason, (column, message, code))) => {
                if task.examples > 0 {
                    let finding = chunk.findings.entry((column, message)).or_default();
                    finding.code = code;
                    finding.count += 1;
                    if finding.examples.len() < task.examples {
                        finding.examples.push((line, task.shown(&record, column)));
                    }
                }
                task.layout.row(
                    &mut chunk.rejected,
                    &record,
                    &format!("{}: {reason}", task.format.place(line)),
                );
                match chunk.causes.get_mut(cause.as_ref()) {
                    Some(count) => *count += 1,
                    None => drop(chunk.causes.insert(cause.into_owned(), 1)),
                }
                chunk.failed += 1;
            }
        }
        chunk.read += 1;
        bytes += record.as_slice().len();
        if chunk.read >= task.chunk_rows || bytes >= CHUNK_BYTES {
            chunk.position = i64::try_from(rows.bytes_read()).unwrap_or(i64::MAX);
            chunk.accepted.seal();
            let room = Chunk { accepted: Batch::with_capacity(chunk.accepted.len()), ..Chunk::default() };
            bytes = 0;
            if chunks.blocking_send(std::mem::replace(&mut chunk, room)).is_err() {
                return Ok(());
            }
        }
    }
    chunk.position = i64::try_from(rows.bytes_read()).unwrap_or(i64::MAX);
    chunk.accepted.seal();
    if chunk.read > 0 && chunks.blocking_send(chunk).is_err() {
        tracing::debug!("the import ended before its last chunk");
    }
    Ok(())
}

fn contact(row: Row<'_>) -> import::Row {
    let text = |value: Option<Cow<'_, str>>| value.map(Cow::into_owned);
    let (email, email_key) = row.email.map(|email| (email.display, email.key)).unzip();
    let fields = Fields {
        email,
        email_key,
        phone: row.phone,
        first_name: text(row.first_name),
        last_name: text(row.last_name),
        company: text(row.company),
        title: text(row.title),
        city: text(row.city),
        country: text(row.country),
        time_zone: text(row.time_zone),
        status: None,
    };
    import::Row { fields, custom: row.custom }
}
