//! The strings that the cells of a workbook share. A large one has millions of them, so they lie in a file without a
//! name, in pages; cells ask for them mostly in the order in which they stand there.

use super::{
    super::too_large,
    damaged,
    xml::{Event, Xml, add_text, is},
};
use crate::imports::{reader::CELL_LIMIT, source::ImportProblem};
use std::{
    collections::HashMap,
    fs::File,
    io::{BufWriter, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Most strings.
const LIMIT: usize = 20_000_000;
/// Most bytes of them all.
const BYTES_LIMIT: u64 = 2 * 1024 * 1024 * 1024;
/// Strings of a page.
const PAGE: usize = 64;
/// Bytes of pages that are kept.
const KEPT: usize = 16 * 1024 * 1024;

/// All strings.
pub struct Strings {
    file: File,
    /// Where each page begins, and where the last one ends.
    pages: Vec<u64>,
    count: usize,
    kept: HashMap<usize, Vec<u8>>,
    kept_bytes: usize,
}

impl Strings {
    /// For a workbook without any.
    pub fn none(folder: &Path) -> Result<Self, ImportProblem> {
        let file = tempfile::tempfile_in(folder)?;
        Ok(Self { file, pages: vec![0], count: 0, kept: HashMap::new(), kept_bytes: 0 })
    }

    /// Reads the part that holds them.
    pub fn read(part: impl Read, folder: &Path) -> Result<Self, ImportProblem> {
        let mut strings = Self::none(folder)?;
        let mut out = BufWriter::with_capacity(256 * 1024, &strings.file);
        let (mut xml, mut text, mut bytes) = (Xml::new(part), String::new(), 0_u64);
        let (mut is_text, mut is_hint, mut pages, mut count) = (false, false, vec![0], 0);
        while let Some(event) = xml.next()? {
            match &event {
                Event::Start(tag) if is(tag, b"si") => text.clear(),
                Event::Start(tag) if is(tag, b"rPh") => is_hint = true,
                Event::Start(tag) => is_text = is(tag, b"t"),
                Event::End(tag) => {
                    is_text = false;
                    match tag.local_name().as_ref() {
                        b"rPh" => is_hint = false,
                        b"si" => {
                            let kept =
                                text.as_bytes().get(..text.len().min(CELL_LIMIT + 8)).unwrap_or_default();
                            // Cut in the middle of a letter, perhaps; it is too long for a cell anyway.
                            let length = u32::try_from(kept.len()).unwrap_or(0);
                            out.write_all(&length.to_le_bytes())?;
                            out.write_all(kept)?;
                            bytes += 4 + u64::from(length);
                            count += 1;
                            if count % PAGE == 0 {
                                pages.push(bytes);
                            }
                            if count > LIMIT || bytes > BYTES_LIMIT {
                                return Err(too_large(
                                    "The workbook has more than 20 million texts, or 2 GB of them",
                                ));
                            }
                        }
                        _ => {}
                    }
                }
                other if is_text && !is_hint => add_text(other, &mut text)?,
                _ => {}
            }
        }
        out.flush()?;
        drop(out);
        if pages.last() != Some(&bytes) {
            pages.push(bytes);
        }
        strings.pages = pages;
        strings.count = count;
        Ok(strings)
    }

    /// Writes the string at a place into `text`.
    pub fn get(&mut self, place: usize, text: &mut String) -> Result<(), ImportProblem> {
        if place >= self.count {
            return Err(damaged());
        }
        let page = self.page(place / PAGE)?;
        let mut rest = page;
        for _ in 0..place % PAGE {
            rest = cut(rest)?.1;
        }
        text.push_str(&String::from_utf8_lossy(cut(rest)?.0));
        Ok(())
    }

    fn page(&mut self, number: usize) -> Result<&[u8], ImportProblem> {
        if !self.kept.contains_key(&number) {
            let (Some(from), Some(to)) = (self.pages.get(number), self.pages.get(number + 1)) else {
                return Err(damaged());
            };
            let mut page = vec![0; usize::try_from(to - from).map_err(|_| damaged())?];
            self.file.seek(SeekFrom::Start(*from))?;
            self.file.read_exact(&mut page)?;
            if self.kept_bytes + page.len() > KEPT {
                self.kept.clear();
                self.kept_bytes = 0;
            }
            self.kept_bytes += page.len();
            self.kept.insert(number, page);
        }
        self.kept.get(&number).map(Vec::as_slice).ok_or_else(damaged)
    }
}

/// The first string of a page, and the others.
fn cut(page: &[u8]) -> Result<(&[u8], &[u8]), ImportProblem> {
    let (length, rest) = page.split_first_chunk::<4>().ok_or_else(damaged)?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)
}
