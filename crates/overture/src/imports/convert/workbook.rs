//! Excel workbooks (.xlsx, .xlsm), read as a stream. Nothing is evaluated: a formula counts by the result that the
//! file holds, macros and links are not looked at.
//!
//! A workbook comes from strangers and is packed, so all that it could blow up is bounded: what is unpacked, how
//! much more that is than what was packed, shared strings (which lie in a file, not in memory), rows, columns, the
//! length of a cell, how deep its XML goes.

mod number;
mod package;
mod sheet;
mod strings;
mod styles;
mod xml;

use super::{Format, Origin, table::Table};
use crate::imports::source::ImportProblem;
use package::Package;
use sheet::{Found, Sheet};
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};
use strings::Strings;
use styles::Styles;
use xml::{Event, Xml, attribute, is};

/// Most sheets that are looked at.
const MAX_SHEETS: usize = 1_000;

/// One of its sheets.
struct Entry {
    name: String,
    part: String,
    is_hidden: bool,
}

/// Writes the rows of a sheet: of the one that is named, or of the first one that anything stands in.
pub fn convert(from: &Path, into: &Path, wanted: Option<&str>) -> Result<Origin, ImportProblem> {
    let mut package = Package::open(from)?;
    let main = main_part(&mut package)?;
    let (entries, counts_from_1904) = sheets(&mut package, &main)?;
    let names: Vec<String> =
        entries.iter().filter(|entry| !entry.is_hidden).map(|entry| entry.name.clone()).collect();
    let same = |entry: &&Entry| wanted.is_none_or(|wanted| entry.name.eq_ignore_ascii_case(wanted));
    let candidates: Vec<&Entry> =
        entries.iter().filter(same).filter(|entry| wanted.is_some() || !entry.is_hidden).collect();
    if let (Some(wanted), []) = (wanted, candidates.as_slice()) {
        let message =
            format!("The workbook has no sheet “{wanted}”. Its sheets are {}.", listed(names.iter()));
        return Err(ImportProblem::new("no_sheet", message));
    }
    let folder = into.parent().unwrap_or(Path::new("."));
    let styles = match package.part(&beside(&main, "styles.xml"))? {
        Some(part) => Styles::read(part, counts_from_1904)?,
        None => Styles::none(counts_from_1904),
    };
    let mut strings = match package.part(&beside(&main, "sharedStrings.xml"))? {
        Some(part) => Strings::read(part, folder)?,
        None => Strings::none(folder)?,
    };
    for entry in candidates {
        let Some(part) = package.part(&entry.part)? else { continue };
        let mut table = Table::create(into)?;
        let found = Sheet { strings: &mut strings, styles: &styles }.write(part, &mut table)?;
        table.close()?;
        if found.rows > 0 {
            let (sheet, notes) = (Some(entry.name.clone()), notes(entry, &entries, &found));
            return Ok(Origin { format: Format::Xlsx, sheet, sheets: names, notes });
        }
    }
    let hidden = entries.iter().filter(|entry| entry.is_hidden).map(|entry| &entry.name);
    let message = if wanted.is_none() && hidden.clone().next().is_some() {
        format!(
            "The sheets of this workbook are empty, but for hidden ones ({}), which are not read. Unhide them.",
            listed(hidden)
        )
    } else {
        "There is nothing in this workbook. Save it again, with its rows.".to_owned()
    };
    Err(ImportProblem::new("empty", message))
}

/// What may surprise somebody about what was read.
fn notes(entry: &Entry, all: &[Entry], found: &Found) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |count: u64, one: &str, many: &str| match count {
        0 => {}
        1 => notes.push(one.to_owned()),
        count => notes.push(format!("{count} {many}")),
    };
    say(found.above, "1 row above the header is left out.", "rows above the header are left out.");
    say(found.hidden, "1 hidden row is read as well.", "hidden rows are read as well.");
    say(
        found.merged,
        "1 group of merged cells counts as its first cell.",
        "groups of merged cells count as their first cells.",
    );
    let hidden: Vec<&String> = all
        .iter()
        .filter(|other| other.is_hidden && other.name != entry.name)
        .map(|other| &other.name)
        .collect();
    if !hidden.is_empty() {
        notes.push(format!("Hidden sheets are not read: {}.", listed(hidden.into_iter())));
    }
    notes
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let mut names: Vec<String> = names.take(21).map(|name| format!("“{name}”")).collect();
    if names.len() > 20 {
        names.truncate(20);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// The part that names the sheets.
fn main_part(package: &mut Package) -> Result<String, ImportProblem> {
    for other in ["xl/workbook.bin", "index/document.iwa", "content.xml"] {
        if package.has(other) {
            let message = match other {
                "xl/workbook.bin" => "This is a binary Excel workbook (.xlsb). Save it as .xlsx, or as CSV.",
                "content.xml" => "This is an OpenDocument file. Save it as .xlsx, or as CSV.",
                _ => "This is a Numbers file. Export it to Excel, or to CSV.",
            };
            return Err(ImportProblem::new("not_csv", message));
        }
    }
    let mut found = None;
    if let Some(part) = package.part("_rels/.rels")? {
        let mut xml = Xml::new(part);
        while let Some(event) = xml.next()? {
            if let Event::Start(tag) = &event
                && is(tag, b"Relationship")
                && attribute(tag, b"Type")?.is_some_and(|kind| kind.ends_with("/officeDocument"))
            {
                found = attribute(tag, b"Target")?.map(|target| resolved("", &target));
            }
        }
    }
    let main = found.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    if package.has(&main) && main.ends_with("workbook.xml") {
        return Ok(main);
    }
    let message =
        "This is a ZIP file without an Excel workbook in it. Unpack it first, and upload what is in it.";
    Err(ImportProblem::new("not_csv", message))
}

/// The sheets in their order, and whether days are counted from 1904.
fn sheets(package: &mut Package, main: &str) -> Result<(Vec<Entry>, bool), ImportProblem> {
    let (mut named, mut counts_from_1904) = (Vec::new(), false);
    if let Some(part) = package.part(main)? {
        let mut xml = Xml::new(part);
        while let Some(event) = xml.next()? {
            let Event::Start(tag) = &event else { continue };
            if is(tag, b"workbookPr") {
                counts_from_1904 =
                    matches!(attribute(tag, b"date1904")?.as_deref(), Some("1" | "true" | "on"));
            } else if is(tag, b"sheet") && named.len() < MAX_SHEETS {
                let name = attribute(tag, b"name")?.unwrap_or_default();
                let is_hidden = attribute(tag, b"state")?.is_some_and(|state| state != "visible");
                named.push((name, attribute(tag, b"id")?.unwrap_or_default(), is_hidden));
            }
        }
    }
    let mut targets = Vec::new();
    let (folder, file) = main.rsplit_once('/').unwrap_or(("", main));
    if let Some(part) = package.part(&resolved(folder, &format!("_rels/{file}.rels")))? {
        let mut xml = Xml::new(part);
        while let Some(event) = xml.next()? {
            if let Event::Start(tag) = &event
                && is(tag, b"Relationship")
                && targets.len() < MAX_SHEETS * 2
                && attribute(tag, b"Type")?.is_some_and(|kind| kind.ends_with("/worksheet"))
            {
                let id = attribute(tag, b"Id")?.unwrap_or_default();
                targets.push((id, resolved(folder, &attribute(tag, b"Target")?.unwrap_or_default())));
            }
        }
    }
    // Charts and dialogs are sheets too, but have no rows.
    let entries = named.into_iter().filter_map(|(name, id, is_hidden)| {
        let (_, part) = targets.iter().find(|(target, _)| *target == id)?;
        Some(Entry { name, part: part.clone(), is_hidden })
    });
    Ok((entries.collect(), counts_from_1904))
}

/// A part in the folder of another one.
fn beside(main: &str, name: &str) -> String {
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    resolved(folder, name)
}

/// The full name of a part that is named from a folder.
fn resolved(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            step => parts.push(step),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

/// Says what an old or a locked workbook needs. Both are Compound Files, which nothing else here is.
pub fn refuse_old(path: &Path, head: &[u8]) -> Result<(), ImportProblem> {
    if !head.starts_with(b"\xD0\xCF\x11\xE0") {
        return Ok(());
    }
    if is_locked(path, head).unwrap_or(false) {
        let message = "This workbook is protected with a password. Save it without one, and upload it again.";
        return Err(ImportProblem::new("workbook_locked", message));
    }
    let message = "This is an old Excel file (.xls). Open it and save it as .xlsx, or as “CSV UTF-8”.";
    Err(ImportProblem::new("not_csv", message))
}

/// Whether the directory of a Compound File names an encrypted package.
fn is_locked(path: &Path, head: &[u8]) -> std::io::Result<bool> {
    let number =
        |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let shift = u32::from(head.get(30).copied().unwrap_or(9)).clamp(9, 12);
    let start = (u64::from(number(48).unwrap_or(0)) + 1) << shift;
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(start))?;
    let mut directory = Vec::new();
    file.take(4096).read_to_end(&mut directory)?;
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    Ok(directory.windows(name.len()).any(|part| part == name))
}

/// A workbook that breaks the rules of its format.
fn damaged() -> ImportProblem {
    let message = "This workbook is damaged. Open it, save it as .xlsx again, and upload that.";
    ImportProblem::new("damaged", message)
}

#[cfg(test)]
mod tests;
