//! Reading a file and judging its rows, on a thread of its own, a chunk at a time.

use super::{
    check::column_of,
    convert::Format,
    reader::{RowOutcome, Rows},
    rejected::Layout,
    sniff::Sniffed,
    sorted,
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
pub(super) const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// Letters of an example.
const SHOWN: usize = 120;

/// Rows that are written in one transaction.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Rows that can become contacts.
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
    /// Most rows of a chunk; in the order of addresses, those that are refused do not count.
    pub chunk_rows: i64,
    /// How many rejected rows are told of each cause.
    pub examples: usize,
    /// Whether the database may refuse rows, which only those in the order of the file can be told of.
    pub keeps_late: bool,
    /// In which order they come.
    pub order: Order,
}

/// In which order the rows of a file come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they stand in it.
    File,
    /// Near enough to that of their e-mail addresses, and those without one last (see [`sorted`]).
    Address,
}

impl Task {
    /// Tells of a row that is refused.
    fn refuse(
        &self,
        told: &mut Chunk,
        record: &ByteRecord,
        line: u64,
        reason: &str,
        (column, message, code): (Option<usize>, &'static str, &'static str),
    ) {
        if self.examples > 0 {
            let finding = told.findings.entry((column, message)).or_default();
            finding.code = code;
            finding.count += 1;
            if finding.examples.len() < self.examples {
                finding.examples.push((line, self.shown(record, column)));
            }
        }
        self.layout.row(&mut told.rejected, record, &format!("{}: {reason}", self.format.place(line)));
        told.failed += 1;
    }

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

/// A file whose rows are judged one after the other.
pub(super) struct Judge<'a> {
    task: &'a Task,
    rows: Rows,
    record: ByteRecord,
}

/// What is to be done with a row.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
pub(super) enum Verdict<'a> {
    /// It can become a contact; the line where it stands.
    Accepted(Row<'a>, u64),
    /// It cannot. The reason is told already.
    Refused,
    /// There is no further one.
    End,
}

impl<'a> Judge<'a> {
    pub(super) fn open(task: &'a Task) -> Result<Self, ImportProblem> {
        Ok(Self { task, rows: Rows::open(&task.path, &task.file)?, record: ByteRecord::new() })
    }

    /// Goes past so many rows. `false` when the file ends before.
    fn skip(&mut self, rows: i64) -> Result<bool, ImportProblem> {
        for _ in 0..rows {
            if self.rows.next(&mut self.record)? == RowOutcome::End {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Judges the next row. Why it is refused goes into `told`, and so does how many values of it were left out.
    pub(super) fn next(&mut self, told: &mut Chunk) -> Result<Verdict<'_>, ImportProblem> {
        let Self { task, rows, record } = self;
        let (line, cause, reason, found) = match rows.next(record)? {
            RowOutcome::End => return Ok(Verdict::End),
            RowOutcome::Bad { line, cause, reason } => {
                (line, Cow::Borrowed(cause), reason, (None, cause, "row.unreadable"))
            }
            RowOutcome::Row(line) => match task.mapping.row_bytes(|index| record.get(index)) {
                Ok(row) => {
                    told.left_out += i64::from(row.left_out);
                    return Ok(Verdict::Accepted(row, line));
                }
                Err(problem) => {
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
                }
            },
        };
        task.refuse(told, record, line, &reason, found);
        match told.causes.get_mut(cause.as_ref()) {
            Some(count) => *count += 1,
            None => drop(told.causes.insert(cause.into_owned(), 1)),
        }
        Ok(Verdict::Refused)
    }

    /// Bytes of the file that are used up.
    pub(super) fn position(&self) -> i64 {
        i64::try_from(self.rows.bytes_read()).unwrap_or(i64::MAX)
    }
}

/// Reads the file to its end, or until nobody listens any more.
pub fn read(task: &Task, chunks: &mpsc::Sender<Chunk>) -> Result<(), ImportProblem> {
    match task.order {
        Order::File => read_in_order(task, chunks),
        Order::Address => sorted::read(task, chunks),
    }
}

fn read_in_order(task: &Task, chunks: &mpsc::Sender<Chunk>) -> Result<(), ImportProblem> {
    let mut judge = Judge::open(task)?;
    if !judge.skip(task.done)? {
        return Ok(());
    }
    let (mut chunk, mut bytes) = (Chunk::default(), 0);
    loop {
        match judge.next(&mut chunk)? {
            Verdict::End => break,
            Verdict::Refused => {}
            Verdict::Accepted(row, line) => {
                chunk.accepted.push(contact(row));
                if task.keeps_late {
                    chunk.late.push(task.late(&judge.record, line));
                }
            }
        }
        chunk.read += 1;
        bytes += judge.record.as_slice().len();
        if chunk.read >= task.chunk_rows || bytes >= CHUNK_BYTES {
            chunk.position = judge.position();
            bytes = 0;
            if !chunk.hand_over(chunks) {
                return Ok(());
            }
        }
    }
    chunk.position = judge.position();
    if chunk.read > 0 && !chunk.hand_over(chunks) {
        tracing::debug!("the import ended before its last chunk");
    }
    Ok(())
}

impl Chunk {
    /// Gives it away and begins the next one. `false` when nobody listens any more.
    pub(super) fn hand_over(&mut self, chunks: &mpsc::Sender<Chunk>) -> bool {
        self.accepted.seal();
        let next = Chunk {
            accepted: Batch::with_capacity(self.accepted.len()),
            position: self.position,
            ..Chunk::default()
        };
        chunks.blocking_send(std::mem::replace(self, next)).is_ok()
    }
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
