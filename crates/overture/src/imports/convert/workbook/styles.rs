//! How the numbers of a workbook are shown, as far as that changes what they mean: as a day, or with leading zeros.

use super::{
    damaged,
    number::Look,
    xml::{Event, Xml, attribute, is},
};
use crate::imports::source::ImportProblem;
use std::{collections::HashMap, io::Read};

/// Excel itself stops at 65,490.
const LIMIT: usize = 100_000;

/// The looks of cells, by the number that a cell gives.
pub struct Styles {
    looks: Vec<Look>,
    /// Days are counted from 1904, as old Macs did.
    pub counts_from_1904: bool,
}

impl Styles {
    /// For a workbook without any.
    pub fn none(counts_from_1904: bool) -> Self {
        Self { looks: Vec::new(), counts_from_1904 }
    }

    /// Reads the part that holds them.
    pub fn read(part: impl Read, counts_from_1904: bool) -> Result<Self, ImportProblem> {
        let (mut xml, mut own, mut looks, mut in_cells) = (Xml::new(part), HashMap::new(), Vec::new(), false);
        while let Some(event) = xml.next()? {
            match &event {
                Event::Start(tag) if is(tag, b"numFmt") && own.len() < LIMIT => {
                    let id = attribute(tag, b"numFmtId")?.unwrap_or_default();
                    own.insert(id, Look::of(&attribute(tag, b"formatCode")?.unwrap_or_default()));
                }
                Event::Start(tag) if is(tag, b"cellXfs") => in_cells = true,
                Event::End(tag) if tag.local_name().as_ref() == b"cellXfs" => in_cells = false,
                Event::Start(tag) if in_cells && is(tag, b"xf") => {
                    let id = attribute(tag, b"numFmtId")?.unwrap_or_default();
                    let look = own.get(&id).copied().unwrap_or_else(|| built_in(&id));
                    if looks.len() >= LIMIT {
                        return Err(damaged());
                    }
                    looks.push(look);
                }
                _ => {}
            }
        }
        Ok(Self { looks, counts_from_1904 })
    }

    /// The look of a cell.
    pub fn look(&self, style: Option<usize>) -> Look {
        style.and_then(|style| self.looks.get(style)).copied().unwrap_or(Look::Plain)
    }
}

/// The formats that every workbook has.
fn built_in(id: &str) -> Look {
    let (has_day, has_time) = match id.parse().unwrap_or(0) {
        14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => (true, false),
        22 => (true, true),
        18..=21 | 32..=35 | 45..=47 | 55 | 56 => (false, true),
        _ => return Look::Plain,
    };
    Look::Date { has_day, has_time }
}
