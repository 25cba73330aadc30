//! What the rows of a chunk do to the contacts they meet, worked out before anything is written, so that every
//! row has exactly one outcome and the counts are those of the database.

use super::{
    OnMatch,
    batch::{Batch, NONE},
};
use crate::contact::Fields;
use domain::ids::ContactId;
use std::collections::HashMap;

/// A contact that is there already.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// Whoever imports may see it; one that they may not is left alone.
    pub(super) is_visible: bool,
}

/// A contact that is there already, and differs now.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// It has another company than before.
    pub(super) has_new_company: bool,
}

/// Rows by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Made a new contact.
    pub created: i64,
    /// Changed a contact, also one that an earlier row made.
    pub updated: i64,
    /// Met a contact that needed no change.
    pub unchanged: i64,
    /// Met a contact that is to be left alone.
    pub skipped: i64,
    /// Of these rows, those whose address is suppressed.
    pub suppressed: i64,
}

/// The lowest and the highest id of what was made.
pub type Span = (ContactId, ContactId);

/// What a chunk has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows by outcome.
    pub outcomes: Outcomes,
    /// The lowest and the highest id of its new contacts.
    pub ids: Option<Span>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// New contacts in the order of their e-mail addresses: neighbours in the index are written together, each page
    /// of it is touched once.
    pub(super) created: Vec<Fields>,
    pub(super) changed: Vec<Changed>,
    pub(super) outcomes: Outcomes,
}

struct Entry {
    /// `None` for one that an earlier row of the batch makes.
    id: Option<ContactId>,
    fields: Fields,
    rank: u32,
    is_visible: bool,
    is_changed: bool,
    has_new_company: bool,
}

/// Contacts by what rows find them with.
struct Index {
    /// By rank of the address; [`NONE`] where there is no contact.
    by_email: Vec<u32>,
    by_phone: HashMap<String, Vec<usize>>,
    /// Only rows without an e-mail address look for a phone number; most files have none.
    keeps_phones: bool,
}

impl Index {
    fn add(&mut self, rank: u32, fields: &Fields, at: usize) {
        if let Some(place) = self.by_email.get_mut(rank as usize) {
            *place = at as u32;
        }
        self.add_phone(fields, at);
    }

    fn add_phone(&mut self, fields: &Fields, at: usize) {
        if let Some(phone) = fields.phone.as_ref().filter(|_| self.keeps_phones) {
            self.by_phone.entry(phone.clone()).or_default().push(at);
        }
    }

    fn find(&self, rank: u32, row: &Fields, entries: &[Entry]) -> Option<usize> {
        match (rank, &row.phone) {
            (NONE, Some(phone)) => oldest(entries, self.by_phone.get(phone), phone),
            (NONE, None) => None,
            _ => self.by_email.get(rank as usize).filter(|at| **at != NONE).map(|at| *at as usize),
        }
    }
}

/// Works through the rows in the order of the file. `known` holds every contact that has the e-mail address of
/// a row, or the phone number of a row without an e-mail address.
pub(super) fn merge(known: Vec<Known>, batch: Batch, on_match: OnMatch) -> Plan {
    let mut entries: Vec<Entry> = Vec::with_capacity(known.len() + batch.len());
    let mut index = Index {
        by_email: vec![NONE; batch.emails().len()],
        by_phone: HashMap::new(),
        keeps_phones: batch.ranks.contains(&NONE),
    };
    for Known { id, fields, is_visible } in known {
        let rank = fields.email_key.as_deref().and_then(|email| batch.rank(email)).unwrap_or(NONE);
        index.add(rank, &fields, entries.len());
        entries.push(Entry {
            id: Some(id),
            fields,
            rank,
            is_visible,
            is_changed: false,
            has_new_company: false,
        });
    }
    let mut outcomes = Outcomes::default();
    for (row, rank) in batch.rows.into_iter().zip(batch.ranks) {
        let Some(at) = index.find(rank, &row, &entries) else {
            outcomes.created += 1;
            index.add(rank, &row, entries.len());
            entries.push(Entry {
                id: None,
                fields: row,
                rank,
                is_visible: true,
                is_changed: false,
                has_new_company: false,
            });
            continue;
        };
        let entry = &mut entries[at];
        let fields = &mut entry.fields;
        let (phone, company) = (fields.phone.clone(), fields.company.clone());
        let on_match = if entry.is_visible { on_match } else { OnMatch::Skip };
        let changed = match on_match {
            OnMatch::Skip => {
                outcomes.skipped += 1;
                continue;
            }
            OnMatch::Fill => fill(fields, row),
            OnMatch::Overwrite => overwrite(fields, row),
        };
        if !changed {
            outcomes.unchanged += 1;
            continue;
        }
        outcomes.updated += 1;
        entry.is_changed = true;
        entry.has_new_company |= fields.company != company;
        if fields.phone != phone {
            index.add_phone(fields, at);
        }
    }
    plan(entries, outcomes)
}

fn plan(mut entries: Vec<Entry>, outcomes: Outcomes) -> Plan {
    let mut order: Vec<(u32, u32)> =
        entries.iter().enumerate().map(|(at, entry)| (entry.rank, at as u32)).collect();
    order.sort_unstable();
    let mut plan = Plan { outcomes, created: Vec::with_capacity(entries.len()), ..Plan::default() };
    for (_, at) in order {
        let Entry { id, fields, is_changed, has_new_company, .. } = &mut entries[at as usize];
        match id.take() {
            None => plan.created.push(std::mem::take(fields)),
            Some(id) if *is_changed => plan.changed.push(Changed {
                id,
                fields: std::mem::take(fields),
                has_new_company: *has_new_company,
            }),
            Some(_) => {}
        }
    }
    plan
}

/// Of the contacts that have a phone number now, the one that was there first.
fn oldest(entries: &[Entry], candidates: Option<&Vec<usize>>, phone: &str) -> Option<usize> {
    let has_it = |at: &usize| entries[*at].fields.phone.as_deref() == Some(phone);
    let age = |at: &usize| (entries[*at].id.is_none(), entries[*at].id.clone(), *at);
    candidates?.iter().copied().filter(has_it).min_by_key(age)
}

/// Applies a rule to every field that a row may change.
macro_rules! each_field {
    ($old:ident, $new:ident, $merge:expr, [$($field:ident),+]) => {{
        let mut changed = false;
        $(changed |= $merge(&mut $old.$field, $new.$field);)+
        changed
    }};
}

fn fill(old: &mut Fields, new: Fields) -> bool {
    let set = |old: &mut Option<String>, new: Option<String>| {
        let changes = old.is_none() && new.is_some();
        if changes {
            *old = new;
        }
        changes
    };
    each_field!(old, new, set, [phone, first_name, last_name, company, title, city, country, time_zone])
}

fn overwrite(old: &mut Fields, new: Fields) -> bool {
    let set = |old: &mut Option<String>, new: Option<String>| {
        let changes = new.is_some() && *old != new;
        if changes {
            *old = new;
        }
        changes
    };
    each_field!(old, new, set, [phone, first_name, last_name, company, title, city, country, time_zone])
}
