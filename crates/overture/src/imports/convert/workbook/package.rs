//! The ZIP file that a workbook is: its parts by name, with a limit on all that can be blown up.

use super::{
    super::{WORKBOOK_LIMIT, too_large},
    damaged,
};
use crate::imports::source::ImportProblem;
use std::{
    cell::Cell,
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
    rc::Rc,
};
use zip::ZipArchive;

/// Most bytes of the list of parts: some 90,000 of them. Each takes memory.
const DIRECTORY_LIMIT: u64 = 4 * 1024 * 1024;
/// Most bytes that all parts together are unpacked.
const UNPACKED_LIMIT: u64 = 2 * 1024 * 1024 * 1024;
/// Sheets of a million equal rows are packed a hundred times smaller; zeros without end a thousand times.
const RATIO: u64 = 250;
/// What is small may be packed as well as it likes.
const SMALL: u64 = 16 * 1024 * 1024;

/// An open workbook.
pub struct Package {
    archive: ZipArchive<BufReader<Measured>>,
    /// Places by name in small letters: writers do not agree on the letters.
    places: HashMap<String, usize>,
    unpacked: Rc<Cell<u64>>,
    bytes: u64,
}

impl Package {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, ImportProblem> {
        let file = File::open(path)?;
        let bytes = file.metadata()?.len();
        if bytes > WORKBOOK_LIMIT {
            return Err(too_large("The workbook is larger than 256 MB"));
        }
        let left = Rc::new(Cell::new(DIRECTORY_LIMIT));
        let measured = Measured { file, left: left.clone() };
        let archive = ZipArchive::new(BufReader::new(measured)).map_err(|_| damaged())?;
        left.set(u64::MAX);
        let named = archive.file_names().enumerate().filter_map(|(at, name)| Some((at, name.ok()?)));
        let places = named.map(|(at, name)| (name.replace('\\', "/").to_lowercase(), at)).collect();
        Ok(Self { archive, places, unpacked: Rc::new(Cell::new(0)), bytes })
    }

    /// Whether there is such a part.
    pub fn has(&self, name: &str) -> bool {
        self.places.contains_key(&name.to_lowercase())
    }

    /// A part, unpacked while it is read.
    pub fn part(&mut self, name: &str) -> Result<Option<impl Read + use<'_>>, ImportProblem> {
        let Some(at) = self.places.get(&name.to_lowercase()) else { return Ok(None) };
        let file = self.archive.by_index(*at).map_err(|_| damaged())?;
        let packed = file.compressed_size().min(self.bytes);
        if file.size() > UNPACKED_LIMIT {
            return Err(bomb());
        }
        Ok(Some(Part { file, packed, read: 0, unpacked: self.unpacked.clone() }))
    }
}

/// A part with its limits.
struct Part<R> {
    file: R,
    packed: u64,
    read: u64,
    unpacked: Rc<Cell<u64>>,
}

impl<R: Read> Read for Part<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into).map_err(|_| io::Error::other(damaged()))?;
        self.read += read as u64;
        self.unpacked.set(self.unpacked.get() + read as u64);
        if self.unpacked.get() > UNPACKED_LIMIT || self.read > SMALL.max(self.packed.saturating_mul(RATIO)) {
            return Err(io::Error::other(bomb()));
        }
        Ok(read)
    }
}

fn bomb() -> ImportProblem {
    too_large("Unpacked, the workbook is too large to be a list of people (2 GB, or 250 times its size)")
}

/// A file of which only so many bytes are read.
struct Measured {
    file: File,
    left: Rc<Cell<u64>>,
}

impl Read for Measured {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        match self.left.get().checked_sub(read as u64) {
            Some(left) => self.left.set(left),
            None => return Err(io::Error::other("the list of parts is too long")),
        }
        Ok(read)
    }
}

impl Seek for Measured {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
