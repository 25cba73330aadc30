//! The rows of a file of suppressed addresses: which column is what, and what a row says.

use super::file::address;
use crate::{
    error::{Error, Result},
    imports::{
        about::About,
        convert::Format,
        reader::{RowOutcome, Rows},
        sniff::Sniffed,
        source::ImportProblem,
    },
    messages::Address,
    spreadsheet::meant,
};
use csv::ByteRecord;
use domain::{Channel, time::parse_rfc3339};
use std::path::{Path, PathBuf};
use store::{sender::Sender, suppression::NewEntry};
use tokio::sync::mpsc;

/// The column of the reasons in a file of rejected rows.
pub const ERROR: &str = "_error";
/// Rows that are written in one transaction.
const CHUNK_ROWS: usize = 500;
/// Longest reason and longest source, in characters.
const MAX_TEXT: usize = 500;

/// What rows are read by.
pub struct Context {
    /// Of phone numbers without a country code.
    pub country: String,
    /// Senders that an entry may be about.
    pub senders: Vec<Sender>,
    /// No entry is younger.
    pub now: i64,
}

/// Rows on their way to the list.
#[derive(Default)]
pub struct Chunk {
    /// What they say.
    pub entries: Vec<NewEntry>,
    /// Those that say nothing that can be used.
    pub bad: Vec<Bad>,
}

/// A row that cannot be used.
pub struct Bad {
    /// Where it stands.
    pub place: String,
    /// Why; a sentence.
    pub reason: String,
    /// Its cells, as they are given back.
    pub cells: Vec<String>,
}

/// A file that is about to be read.
pub struct Reading {
    path: PathBuf,
    file: Sniffed,
    format: Format,
    columns: Columns,
    context: Context,
}

/// Places of columns.
struct Columns {
    value: usize,
    channel: Option<usize>,
    sender: Option<usize>,
    reason: Option<usize>,
    source: Option<usize>,
    since: Option<usize>,
    error: Option<usize>,
}

impl Columns {
    fn of(names: &[String]) -> Result<Self> {
        let place = |wanted: &[&str]| {
            wanted
                .iter()
                .find_map(|want| names.iter().position(|name| name.trim().eq_ignore_ascii_case(want)))
        };
        let value = place(&["value", "address", "email", "e-mail", "email address", "phone", "number"]);
        let value = value.ok_or_else(|| {
            let message = format!(
                "No column of the file says which addresses are meant. Name it value, email or phone; there are {}",
                names.join(", ")
            );
            Error::field("suppression.no_address_column", "file", message)
        })?;
        Ok(Self {
            value,
            channel: place(&["channel", "kind"]),
            sender: place(&["sender"]),
            reason: place(&["reason"]),
            source: place(&["source"]),
            since: place(&["since", "created_at", "time", "date"]),
            error: place(&[ERROR]),
        })
    }
}

impl Reading {
    /// Finds its columns.
    pub fn new(path: &Path, about: About, context: Context) -> Result<Self> {
        let (format, file) = (about.format(), about.file);
        Ok(Self { path: path.to_owned(), columns: Columns::of(&file.columns)?, file, format, context })
    }

    /// The names of its columns.
    pub fn columns(&self) -> &[String] {
        &self.file.columns
    }

    /// Reads it to its end, or until nobody listens any more.
    pub fn read(&self, chunks: &mpsc::Sender<Chunk>) -> Result<(), ImportProblem> {
        let mut rows = Rows::open(&self.path, &self.file)?;
        let (mut record, mut chunk) = (ByteRecord::new(), Chunk::default());
        loop {
            match rows.next(&mut record)? {
                RowOutcome::End => break,
                RowOutcome::Bad { line, reason, .. } => chunk.bad.push(self.bad(&record, line, reason)),
                RowOutcome::Row(line) => match self.entry(&record) {
                    Ok(entry) => chunk.entries.push(entry),
                    Err(reason) => chunk.bad.push(self.bad(&record, line, reason)),
                },
            }
            if chunk.entries.len() + chunk.bad.len() >= CHUNK_ROWS
                && chunks.blocking_send(std::mem::take(&mut chunk)).is_err()
            {
                return Ok(());
            }
        }
        if chunk.entries.len() + chunk.bad.len() > 0 && chunks.blocking_send(chunk).is_err() {
            tracing::debug!("whoever sent the file went away before its last rows");
        }
        Ok(())
    }

    fn bad(&self, record: &ByteRecord, line: u64, reason: String) -> Bad {
        let cells = record.iter().enumerate().filter(|(at, _)| Some(*at) != self.columns.error);
        let shown = |cell: &[u8]| String::from_utf8_lossy(cell).chars().take(MAX_TEXT).collect::<String>();
        Bad {
            place: self.format.place(line),
            reason,
            cells: cells.map(|(_, cell)| address(&meant(&shown(cell)))).collect(),
        }
    }

    /// What a row says, or why it cannot be used.
    fn entry(&self, record: &ByteRecord) -> Result<NewEntry, String> {
        let cell = |at: Option<usize>| {
            let text = String::from_utf8_lossy(at.and_then(|at| record.get(at)).unwrap_or_default());
            meant(text.trim()).trim().to_owned()
        };
        let (value, since) = (cell(Some(self.columns.value)), cell(self.columns.since));
        if value.is_empty() {
            return Err("There is no address".to_owned());
        }
        let channel = channel(&cell(self.columns.channel))?;
        let by = channel.unwrap_or(if value.contains('@') { Channel::Email } else { Channel::Sms });
        let address = Address::parse(by, &value, &self.context.country).map_err(|error| error.message)?;
        let sender = cell(self.columns.sender);
        let sender = if sender.is_empty() { None } else { Some(self.sender(&sender, channel)?) };
        let text = |at, otherwise: &str| {
            let is_shown = |c: &char| *c == '\n' || !c.is_control();
            let text: String = cell(at).chars().filter(is_shown).take(MAX_TEXT).collect();
            if text.is_empty() { otherwise.to_owned() } else { text }
        };
        Ok(NewEntry {
            channel: channel.map_or("all", Channel::as_str).to_owned(),
            value_key: address.key,
            sender: sender.map(|sender| sender.id.clone()),
            reason: text(self.columns.reason, "From a file"),
            source: text(self.columns.source, "file"),
            at: if since.is_empty() { self.context.now } else { self.instant(&since)? },
        })
    }

    /// The sender with this address.
    fn sender(&self, wanted: &str, channel: Option<Channel>) -> Result<&Sender, String> {
        let is_it = |sender: &&Sender| {
            channel.is_none_or(|channel| sender.channel == channel)
                && (sender.address.eq_ignore_ascii_case(wanted) || sender.id.as_str() == wanted)
        };
        self.context.senders.iter().find(is_it).ok_or_else(|| {
            format!("There is no sender {wanted} here. Leave the cell empty to suppress the address for all senders")
        })
    }

    fn instant(&self, text: &str) -> Result<i64, String> {
        let at = parse_rfc3339(text).or_else(|| parse_rfc3339(&format!("{text}T00:00:00Z")));
        match at {
            Some(at) if at > self.context.now => Err("The time is in the future".to_owned()),
            Some(at) => Ok(at),
            None => Err("The time must look like 2026-05-31 or 2026-05-31T14:00:00Z".to_owned()),
        }
    }
}

/// A channel as people write it; nothing stands for all of them.
fn channel(text: &str) -> Result<Option<Channel>, String> {
    match text.to_ascii_lowercase().as_str() {
        "" | "all" | "any" | "any channel" | "everything" => Ok(None),
        "e-mail" | "mail" => Ok(Some(Channel::Email)),
        "text" | "phone" => Ok(Some(Channel::Sms)),
        word => word.parse().map(Some).map_err(|_| {
            let known: Vec<&str> = Channel::ALL.iter().map(|channel| channel.as_str()).collect();
            format!("{text:?} is no channel. Write all, or one of {}", known.join(", "))
        }),
    }
}
