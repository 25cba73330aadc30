//! The records of `shim/powercut.c`, read one by one.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

const MAGIC: u32 = 0x4352_5750;
const HEADER_BYTES: usize = 32;
/// No single write is longer; a longer one means that the log is not one.
const LONGEST: u64 = 1 << 30;

/// What a program did to its disk.
#[derive(Debug, PartialEq, Eq)]
pub enum Deed {
    /// Made and opened a file that was not there.
    OpenNew { file: u32, path: PathBuf },
    /// Opened a file that was there.
    OpenOld { file: u32, path: PathBuf },
    /// Wrote bytes.
    Write { file: u32, offset: u64, data: Vec<u8> },
    /// Set a file's length.
    Truncate { file: u32, length: u64 },
    /// Made durable what was recorded on this file before `begun`, a length of the log.
    Sync { file: u32, begun: u64 },
    /// Removed a name.
    Unlink { path: PathBuf },
    /// Gave a file another name.
    Rename { from: PathBuf, to: PathBuf },
    /// Made durable the names in a folder, as of `begun`.
    SyncFolder { path: PathBuf, begun: u64 },
}

/// Reads a log from its start.
pub struct Log {
    input: BufReader<File>,
    position: u64,
}

impl Log {
    /// Opens the log at `path`.
    pub fn open(path: &Path) -> Result<Log> {
        let file = File::open(path).with_context(|| format!("opening the disk's log {}", path.display()))?;
        Ok(Log { input: BufReader::with_capacity(1 << 20, file), position: 0 })
    }

    /// The next deed, with the length of the log behind it. A last record that is cut short did not happen.
    pub fn next(&mut self) -> Result<Option<(u64, Deed)>> {
        let mut header = [0; HEADER_BYTES];
        if !self.fill(&mut header)? {
            return Ok(None);
        }
        let small =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let large = |at: usize| u64::from(small(at)) | u64::from(small(at + 4)) << 32;
        ensure!(small(0) == MAGIC, "the disk's log is damaged at byte {}", self.position);
        let (op, file, name, offset, data) = (small(4), small(8), small(12), large(16), large(24));
        ensure!(data < LONGEST && name < 1 << 16, "the disk's log is damaged at byte {}", self.position);
        let (mut path, mut bytes) = (vec![0; name as usize], vec![0; usize::try_from(data)?]);
        if !self.fill(&mut path)? || !self.fill(&mut bytes)? {
            return Ok(None);
        }
        self.position += HEADER_BYTES as u64 + u64::from(name) + data;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).context("a path that is not UTF-8");
        let path = PathBuf::from(text(path)?);
        let deed = match op {
            1 => Deed::OpenNew { file, path },
            2 => Deed::OpenOld { file, path },
            3 => Deed::Write { file, offset, data: bytes },
            4 => Deed::Truncate { file, length: offset },
            5 => Deed::Sync { file, begun: offset },
            6 => Deed::Unlink { path },
            7 => Deed::Rename { from: path, to: PathBuf::from(text(bytes)?) },
            8 => Deed::SyncFolder { path, begun: offset },
            9 => bail!("the program used {} on its data, which the recorder cannot follow", path.display()),
            other => bail!("the disk's log has an unknown record {other}"),
        };
        Ok(Some((self.position, deed)))
    }

    /// False at the end of the log.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool> {
        match self.input.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error).context("reading the disk's log"),
        }
    }
}
