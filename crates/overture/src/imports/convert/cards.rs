//! Address books: vCard 2.1, 3.0 and 4.0, and what programs make of them. A card becomes a row.
//!
//! The file is read twice: the first time tells which columns there are, so that a mapping shows none that is empty.

mod card;
mod lines;

use super::{Format, Origin, table::Table};
use crate::imports::source::ImportProblem;
use card::{COLUMNS, Card, Reading};
use domain::import::ContactField;
use lines::Lines;
use std::{fs::File, path::Path};

/// Whether a file begins as one with cards does.
pub fn begins(head: &[u8]) -> bool {
    let text = lines::decoded(head);
    let mut words = text.trim_start_matches('\u{feff}').trim_start().chars();
    let start: String = words.by_ref().take(40).filter(|letter| !letter.is_whitespace()).collect();
    start.to_ascii_uppercase().starts_with("BEGIN:VCARD")
}

/// What a column of cards is. The further addresses are for a person to place.
pub fn field_of(column: &str) -> Option<ContactField> {
    card::field_of(column)
}

/// Writes every card as a row. The first card is on line 2.
pub fn convert(from: &Path, into: &Path) -> Result<Origin, ImportProblem> {
    let mut used = [false; COLUMNS.len()];
    let mut sum = Sum::default();
    each(from, |card| {
        for (used, value) in used.iter_mut().zip(&card.values) {
            *used |= !value.is_empty();
        }
        sum.add(card);
        Ok(())
    })?;
    let chosen = || COLUMNS.iter().zip(used).filter(|(_, used)| *used).map(|(name, _)| *name);
    let mut table = Table::create(into)?;
    if sum.people > 0 {
        table.row(1, chosen())?;
        let mut line = 1;
        each(from, |card| {
            line += 1;
            let values = card.values.iter().zip(used).filter(|(_, used)| *used);
            if card.is_empty() { Ok(()) } else { table.row(line, values.map(|(value, _)| value.as_str())) }
        })?;
    }
    table.close()?;
    if sum.people == 0 {
        let message =
            "No card of this file has a name, an e-mail address or a phone number. Export it again.";
        return Err(ImportProblem::new("empty", message));
    }
    Ok(Origin { format: Format::Vcard, sheet: None, sheets: Vec::new(), notes: sum.notes() })
}

fn each(from: &Path, mut take: impl FnMut(&Card) -> Result<(), ImportProblem>) -> Result<(), ImportProblem> {
    let mut lines = Lines::new(File::open(from)?)?;
    let mut reading = Reading::default();
    while let Some(line) = lines.next()? {
        if let Some(card) = reading.line(&line) {
            take(&card)?;
        }
    }
    match reading.end() {
        Some(card) => take(&card),
        None => Ok(()),
    }
}

/// What is said of all cards together.
#[derive(Default)]
struct Sum {
    people: u64,
    empty: u64,
    groups: u64,
    further: u64,
    offsets: u64,
}

impl Sum {
    fn add(&mut self, card: &Card) {
        self.people += u64::from(!card.is_empty());
        self.empty += u64::from(card.is_empty() && !card.is_group);
        self.groups += u64::from(card.is_group);
        self.further += u64::from(card.has_further());
        self.offsets += u64::from(card.has_offset);
    }

    fn notes(&self) -> Vec<String> {
        let cards = |count: u64| if count == 1 { "1 card".to_owned() } else { format!("{count} cards") };
        let verb = |count: u64, one: &'static str, many: &'static str| if count == 1 { one } else { many };
        let mut notes = Vec::new();
        if self.further > 0 {
            notes.push(format!(
                "{} {} more than one address. The others are in columns of their own, and left out unless you choose a field for them.",
                cards(self.further),
                verb(self.further, "has", "have")
            ));
        }
        if self.offsets > 0 {
            notes.push(format!(
                "{} {} the time zone only as an offset, which changes in summer; it is left out.",
                cards(self.offsets),
                verb(self.offsets, "has", "have")
            ));
        }
        if self.groups > 0 {
            notes.push(format!(
                "{} {} a group, not a person, and left out.",
                cards(self.groups),
                verb(self.groups, "is", "are")
            ));
        }
        if self.empty > 0 {
            notes.push(format!(
                "{} {} nothing that a contact has, and {} left out.",
                cards(self.empty),
                verb(self.empty, "has", "have"),
                verb(self.empty, "is", "are")
            ));
        }
        notes
    }
}

#[cfg(test)]
mod tests;
