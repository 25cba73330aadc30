//! What the rows of a chunk do to the contacts they meet, worked out before anything is written, so that every
//! row has exactly one outcome and the counts are those of the database.

use super::OnMatch;
use crate::{contact::Fields, sql::new_id};
use domain::ids::ContactId;
use std::collections::HashMap;

/// A contact that is there already, or that an earlier row of the chunk makes.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// Its company is to be looked up: it is new, or a row has just named another.
    pub(super) names_company: bool,
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

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) created: Vec<Known>,
    pub(super) updated: Vec<Known>,
    pub(super) outcomes: Outcomes,
}

struct Entry {
    known: Known,
    is_new: bool,
    is_changed: bool,
}

/// Works through the rows in the order of the file. `known` holds every contact that has the e-mail address of
/// a row, or the phone number of a row without an e-mail address.
pub(super) fn merge(known: Vec<Known>, rows: Vec<Fields>, on_match: OnMatch) -> Plan {
    let mut entries: Vec<Entry> = Vec::with_capacity(known.len() + rows.len());
    let mut by_email: HashMap<String, usize> = HashMap::with_capacity(known.len() + rows.len());
    // Phone numbers are looked up only by rows without an e-mail address; most files have none.
    let by_phone_needed = rows.iter().any(|row| row.email_key.is_none());
    let mut by_phone: HashMap<String, Vec<usize>> = HashMap::new();
    let remember_phone = |by_phone: &mut HashMap<String, Vec<usize>>, entries: &[Entry], at: usize| {
        if let Some(phone) = entries[at].known.fields.phone.as_ref().filter(|_| by_phone_needed) {
            by_phone.entry(phone.clone()).or_default().push(at);
        }
    };
    for known in known {
        if let Some(key) = &known.fields.email_key {
            by_email.insert(key.clone(), entries.len());
        }
        entries.push(Entry { known, is_new: false, is_changed: false });
        remember_phone(&mut by_phone, &entries, entries.len() - 1);
    }
    let mut outcomes = Outcomes::default();
    for row in rows {
        let met = match (&row.email_key, &row.phone) {
            (Some(key), _) => by_email.get(key).copied(),
            (None, Some(phone)) => oldest(&entries, by_phone.get(phone), phone),
            (None, None) => None,
        };
        let Some(at) = met else {
            outcomes.created += 1;
            if let Some(key) = &row.email_key {
                by_email.insert(key.clone(), entries.len());
            }
            let known = Known { id: new_id(ContactId::from_uuid), names_company: row.company.is_some(), fields: row };
            entries.push(Entry { known, is_new: true, is_changed: false });
            remember_phone(&mut by_phone, &entries, entries.len() - 1);
            continue;
        };
        if on_match == OnMatch::Skip {
            outcomes.skipped += 1;
            continue;
        }
        let fields = &mut entries[at].known.fields;
        let (phone, company) = (fields.phone.clone(), fields.company.clone());
        let changed = if on_match == OnMatch::Fill { fill(fields, row) } else { overwrite(fields, row) };
        if !changed {
            outcomes.unchanged += 1;
            continue;
        }
        outcomes.updated += 1;
        let (has_new_phone, has_new_company) = (fields.phone != phone, fields.company != company);
        entries[at].is_changed = true;
        entries[at].known.names_company |= has_new_company;
        if has_new_phone {
            remember_phone(&mut by_phone, &entries, at);
        }
    }
    let mut plan = Plan { outcomes, ..Plan::default() };
    for entry in entries {
        match (entry.is_new, entry.is_changed) {
            (true, _) => plan.created.push(entry.known),
            (false, true) => plan.updated.push(entry.known),
            (false, false) => {}
        }
    }
    plan
}

/// Of the contacts that have a phone number now, the one that was there first.
fn oldest(entries: &[Entry], candidates: Option<&Vec<usize>>, phone: &str) -> Option<usize> {
    let has_it = |at: &&usize| entries[**at].known.fields.phone.as_deref() == Some(phone);
    candidates?.iter().filter(has_it).min_by_key(|at| (entries[**at].is_new, &entries[**at].known.id)).copied()
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
