//! The XML of a part, one piece after another. A piece and the depth are bounded, entities are not expanded.

use super::damaged;
use crate::imports::{reader::CELL_LIMIT, source::ImportProblem};
use quick_xml::{Reader, events::BytesStart, name::QName};
use std::io::{self, BufRead, BufReader, Read};

pub use quick_xml::events::Event;

/// Most bytes of a tag, or of text without a tag in it: a cell of 64 KB, each letter written as `&#x1F600;`.
const PIECE_LIMIT: u64 = 1024 * 1024;
/// The sheets of Excel go nine deep.
const DEPTH_LIMIT: usize = 100;

/// A part as XML.
pub struct Xml<R: Read> {
    reader: Reader<Bounded<BufReader<R>>>,
    buffer: Vec<u8>,
    depth: usize,
}

impl<R: Read> Xml<R> {
    /// From its beginning.
    pub fn new(part: R) -> Self {
        let inner = BufReader::with_capacity(64 * 1024, part);
        let mut reader = Reader::from_reader(Bounded { inner, used: 0 });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0 }
    }

    /// What comes next. `None` at the end.
    pub fn next(&mut self) -> Result<Option<Event<'_>>, ImportProblem> {
        self.buffer.clear();
        self.reader.get_mut().used = 0;
        let event = self.reader.read_event_into(&mut self.buffer).map_err(|error| match error {
            quick_xml::Error::Io(error) => cause(&error),
            _ => damaged(),
        })?;
        match &event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::Eof => return Ok(None),
            _ => {}
        }
        if self.depth > DEPTH_LIMIT {
            return Err(damaged());
        }
        Ok(Some(event))
    }
}

/// The problem that made reading stop.
fn cause(error: &io::Error) -> ImportProblem {
    error.get_ref().and_then(|inner| inner.downcast_ref::<ImportProblem>()).cloned().unwrap_or_else(damaged)
}

/// Adds the text of a piece, if it has some, as long as the text is no longer than a cell may be and a little more.
pub fn add_text(event: &Event<'_>, text: &mut String) -> Result<(), ImportProblem> {
    if text.len() > CELL_LIMIT {
        return Ok(());
    }
    match event {
        Event::Text(piece) => text.push_str(&piece.decode().map_err(|_| damaged())?),
        Event::CData(piece) => text.push_str(&piece.decode().map_err(|_| damaged())?),
        Event::GeneralRef(name) => {
            let known = match name.resolve_char_ref().map_err(|_| damaged())? {
                Some(letter) => letter,
                None => match &**name {
                    b"amp" => '&',
                    b"lt" => '<',
                    b"gt" => '>',
                    b"quot" => '"',
                    b"apos" => '\'',
                    // Entities of one's own are how XML is made to explode.
                    _ => return Err(damaged()),
                },
            };
            text.push(known);
        }
        _ => {}
    }
    Ok(())
}

/// Whether a tag is called so, whatever its prefix.
pub fn is(tag: &BytesStart<'_>, name: &[u8]) -> bool {
    tag.local_name().as_ref() == name
}

/// The value of an attribute, whatever its prefix.
pub fn attribute(tag: &BytesStart<'_>, name: &[u8]) -> Result<Option<String>, ImportProblem> {
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|_| damaged())?;
        let QName(full) = attribute.key;
        if full.rsplit(|byte| *byte == b':').next() == Some(name) {
            let value = std::str::from_utf8(&attribute.value).map_err(|_| damaged())?;
            let value = quick_xml::escape::unescape(value).map_err(|_| damaged())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}

/// Counts what is read for one piece.
struct Bounded<R> {
    inner: R,
    used: u64,
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into)
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used > PIECE_LIMIT {
            return Err(io::Error::other(damaged()));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.used += count as u64;
        self.inner.consume(count);
    }
}
