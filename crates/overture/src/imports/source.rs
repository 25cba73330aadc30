//! A file as UTF-8 text, whatever it was written in, a piece at a time.

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::{Deserialize, Serialize};
use std::{fmt, io::Read};

/// Why a file cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportProblem {
    /// Stable and greppable: `empty`, `quote_unclosed`, …
    pub code: String,
    /// What is wrong, where, and what to do, for the person who brought the file.
    pub message: String,
}

impl ImportProblem {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

impl From<std::io::Error> for ImportProblem {
    fn from(error: std::io::Error) -> Self {
        // A reader below may have told its own problem.
        if let Some(problem) = error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()) {
            return problem.clone();
        }
        Self::new("unreadable", format!("The file cannot be read: {error}. Upload it again."))
    }
}

impl fmt::Display for ImportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ImportProblem {}

/// What a file was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-16, low byte first: what Excel calls “Unicode text”.
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// UTF-16, high byte first.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
    /// Windows-1252, which contains Latin-1.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Encoding {
    /// The name, as it is shown and stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "windows-1252",
        }
    }

    fn decoder(self) -> Option<Decoder> {
        let encoding = match self {
            Self::Utf8 => return None,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        };
        Some(encoding.new_decoder_with_bom_removal())
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";
const RAW: usize = 64 * 1024;

/// Reads bytes and gives UTF-8. UTF-8 itself is passed on unchecked.
pub(super) struct Source<R> {
    reader: R,
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    raw_read: usize,
    at_start: bool,
    over: bool,
    taken: u64,
}

impl<R: Read> Source<R> {
    pub fn new(reader: R, encoding: Encoding) -> Self {
        let decoder = encoding.decoder();
        Self { reader, decoder, raw: Vec::new(), raw_read: 0, at_start: true, over: false, taken: 0 }
    }

    /// Whether the text may still be something else than UTF-8.
    pub fn is_unchecked(&self) -> bool {
        self.decoder.is_none()
    }

    /// Bytes of the file read so far.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Writes more text into `into`, as much as fits; 0 at the end.
    pub fn fill(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.decoder.is_some() { self.decode(into) } else { self.copy(into) }
    }

    fn copy(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let mut filled = read_full(&mut self.reader, into)?;
        self.taken += filled as u64;
        if std::mem::take(&mut self.at_start) && into.starts_with(BOM) {
            into.copy_within(BOM.len()..filled, 0);
            filled -= BOM.len();
        }
        Ok(filled)
    }

    fn decode(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let mut filled = 0;
        // A letter takes up to three bytes; with less room the decoder may not move.
        while !self.over && into.len() - filled >= 16 {
            if self.raw_read == self.raw.len() {
                self.raw.resize(RAW, 0);
                let read = read_full(&mut self.reader, &mut self.raw)?;
                self.raw.truncate(read);
                self.raw_read = 0;
                self.taken += read as u64;
            }
            let last = self.raw.is_empty();
            let (Some(decoder), Some(space)) = (&mut self.decoder, into.get_mut(filled..)) else { break };
            let rest = self.raw.get(self.raw_read..).unwrap_or_default();
            let (result, read, written, _) = decoder.decode_to_utf8(rest, space, last);
            self.raw_read += read;
            filled += written;
            self.over = last && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(filled)
    }
}

/// Reads until the buffer is full or the file is over.
pub(super) fn read_full(reader: &mut impl Read, into: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(space) = into.get_mut(filled..).filter(|space| !space.is_empty()) {
        match reader.read(space) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
