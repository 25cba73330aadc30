//! What this device was lent and how far it got, on disk before each step that matters.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
};

/// How far a message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was lent; nothing was done that reaches anybody.
    Taken,
    /// The key that sends it may have been pressed.
    Pressing,
    /// It was sent.
    Sent,
    /// It definitely was not sent.
    Failed,
    /// The server knows.
    Told,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Id of the message.
    pub id: String,
    /// The lease that it came with.
    pub lease: String,
    /// How far it got.
    pub step: Step,
    /// Why it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Beyond this size it begins anew as soon as the server knows everything in it, in bytes.
const LONG: u64 = 256 * 1024;

/// The journal of one relayer.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// What the server does not know yet, oldest first.
    open: Vec<Entry>,
}

impl Journal {
    /// Reads what is there. A last line that was cut off was never acted upon: a step is taken after its line is on
    /// disk.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .with_context(|| format!("cannot open the journal {}", path.display()))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        if text.last().is_some_and(|last| *last != b'\n') {
            file.write_all(b"\n")?;
            file.sync_all()?;
        }
        let mut journal = Self { file, open: Vec::new() };
        for line in text.split(|byte| *byte == b'\n') {
            if let Ok(entry) = serde_json::from_slice::<Entry>(line) {
                journal.follow(entry);
            }
        }
        Ok(journal)
    }

    /// What the server does not know yet.
    pub fn pending(&self) -> &[Entry] {
        &self.open
    }

    /// Writes a step down. It is on disk when this returns.
    pub fn write(&mut self, entry: Entry) -> Result<()> {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        self.file.write_all(&line).context("cannot write the journal")?;
        self.file.sync_data().context("cannot write the journal to disk")?;
        self.follow(entry);
        if self.open.is_empty() && self.file.seek(SeekFrom::End(0))? > LONG {
            self.file.set_len(0)?;
        }
        Ok(())
    }

    fn follow(&mut self, entry: Entry) {
        let same = |one: &Entry| one.id == entry.id && one.lease == entry.lease;
        match (self.open.iter().position(same), entry.step) {
            (Some(at), Step::Told) => {
                self.open.remove(at);
            }
            (None, Step::Told) => {}
            (Some(at), _) => self.open[at] = entry,
            (None, _) => self.open.push(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, step: Step) -> Entry {
        Entry { id: id.into(), lease: format!("{id}.1"), step, why: None }
    }

    #[test]
    fn what_was_begun_is_found_again_and_what_was_told_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        for (id, step) in [("a", Step::Taken), ("a", Step::Pressing), ("b", Step::Taken), ("a", Step::Sent)] {
            journal.write(entry(id, step)).unwrap();
        }
        journal.write(entry("a", Step::Told)).unwrap();
        drop(journal);
        // A line that was being written when the power went, at every length.
        let whole = std::fs::read(&path).unwrap();
        let more = serde_json::to_vec(&entry("b", Step::Pressing)).unwrap();
        for cut in 0..more.len() {
            std::fs::write(&path, [whole.as_slice(), &more[..cut]].concat()).unwrap();
            assert_eq!(Journal::open(&path).unwrap().pending(), [entry("b", Step::Taken)], "{cut}");
            let mut again = Journal::open(&path).unwrap();
            again.write(entry("c", Step::Taken)).unwrap();
            assert_eq!(Journal::open(&path).unwrap().pending().len(), 2);
        }
    }
}
