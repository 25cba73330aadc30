//! The lines of a file of cards, unfolded. A line may be as long as it likes (a photo), of which the beginning is
//! kept.

use crate::imports::{
    reader::CELL_LIMIT,
    source::{Encoding, ImportProblem, Source},
};
use encoding_rs::WINDOWS_1252;
use std::{
    borrow::Cow,
    fs::File,
    io::{Read, Seek},
};

/// Most bytes of a line that are kept: a value of 64 KB, each byte of it written as `=C3`.
const KEPT: usize = 4 * CELL_LIMIT;
const BUFFER: usize = 64 * 1024;

/// Text, whatever it was written in.
pub fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE.decode_without_bom_handling(rest).0,
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE.decode_without_bom_handling(rest).0,
        _ => String::from_utf8_lossy(bytes),
    }
}

/// Reads lines.
pub struct Lines<R> {
    source: Source<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The line after the last one that was given, already read.
    ahead: Option<Vec<u8>>,
}

impl Lines<File> {
    /// From the beginning of a file.
    pub fn new(mut file: File) -> Result<Self, ImportProblem> {
        let mut mark = [0; 2];
        let read = file.read(&mut mark)?;
        file.rewind()?;
        Ok(Self::over(file, mark.get(..read).unwrap_or_default()))
    }
}

impl<R: Read> Lines<R> {
    /// From something that begins with these bytes.
    pub fn over(reader: R, mark: &[u8]) -> Self {
        let encoding = match mark {
            [0xFF, 0xFE] => Encoding::Utf16Le,
            [0xFE, 0xFF] => Encoding::Utf16Be,
            _ => Encoding::Utf8,
        };
        let source = Source::new(reader, encoding);
        Self { source, buffer: vec![0; BUFFER], start: 0, end: 0, ahead: None }
    }

    /// The next line with all that was folded into it. Bytes that are no UTF-8 stay, for its character set to tell.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>, ImportProblem> {
        let Some(mut line) = self.take()? else { return Ok(None) };
        let is_soft = is_quoted_printable(&line);
        while let Some(next) = self.take()? {
            let soft = is_soft && line.last() == Some(&b'=');
            match next.first() {
                _ if soft => {
                    line.pop();
                    append(&mut line, &next);
                }
                Some(b' ' | b'\t') => append(&mut line, next.get(1..).unwrap_or_default()),
                _ => {
                    self.ahead = Some(next);
                    break;
                }
            }
        }
        Ok(Some(line))
    }

    fn take(&mut self) -> Result<Option<Vec<u8>>, ImportProblem> {
        match self.ahead.take() {
            Some(line) => Ok(Some(line)),
            None => self.physical(),
        }
    }

    /// What stands before the next end of a line.
    fn physical(&mut self) -> Result<Option<Vec<u8>>, ImportProblem> {
        let mut line = Vec::new();
        loop {
            if self.start == self.end {
                self.start = 0;
                self.end = self.source.fill(&mut self.buffer)?;
                if self.end == 0 {
                    return Ok((!line.is_empty()).then_some(line));
                }
            }
            let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
            match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
                None => {
                    append(&mut line, rest);
                    self.start = self.end;
                }
                Some(at) => {
                    append(&mut line, rest.get(..at).unwrap_or_default());
                    self.start += at + 1;
                    // Of CR LF the second one ends a line of nothing, which is skipped like all of them.
                    if !line.is_empty() {
                        return Ok(Some(line));
                    }
                }
            }
        }
    }
}

fn append(line: &mut Vec<u8>, more: &[u8]) {
    let room = KEPT.saturating_sub(line.len());
    line.extend_from_slice(more.get(..more.len().min(room)).unwrap_or_default());
}

/// Whether the value of a line is written with `=C3`; then a `=` at its end goes on in the next line.
fn is_quoted_printable(line: &[u8]) -> bool {
    let head = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let head = head.get(..head.len().min(1000)).unwrap_or_default().to_ascii_uppercase();
    head.windows(16).any(|word| word == b"QUOTED-PRINTABLE")
}

/// The text of a value: `=C3` undone, and its letters in the character set that it names.
pub fn text(value: &[u8], is_quoted: bool, charset: Option<&str>) -> String {
    let bytes = if is_quoted { Cow::Owned(unquoted(value)) } else { Cow::Borrowed(value) };
    let named = charset.and_then(|name| encoding_rs::Encoding::for_label(name.trim().as_bytes()));
    match (std::str::from_utf8(&bytes), named) {
        (_, Some(charset)) if charset != encoding_rs::UTF_8 => {
            charset.decode_without_bom_handling(&bytes).0.into_owned()
        }
        (Ok(text), _) => text.to_owned(),
        (Err(_), _) => WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
    }
}

fn unquoted(value: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut out, mut at) = (Vec::with_capacity(value.len()), 0);
    while let Some(byte) = value.get(at) {
        match (byte, digit(value.get(at + 1)), digit(value.get(at + 2))) {
            (b'=', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    out
}
