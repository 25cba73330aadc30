//! What the rows of a chunk do to the contacts they meet, worked out before anything is written, so that every
//! row has exactly one outcome and the counts are those of the database.

use super::{
    FieldRules, OnMatch,
    batch::{Batch, NONE, Row},
};
use crate::contact::Fields;
use domain::{custom_field::Value, ids::ContactId, import::MatchBy};
use std::collections::HashMap;

/// A contact that is there already.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// E-mail addresses of rows that are further addresses of the contact, as compared.
    pub(super) further: Vec<String>,
    /// Texts of custom fields, by place.
    pub(super) custom: Vec<(usize, String)>,
    /// Whoever imports may see it; one that they may not is left alone.
    pub(super) is_visible: bool,
}

/// What happens when a row meets a contact.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'a> {
    pub(super) match_by: MatchBy,
    pub(super) on_match: OnMatch,
    pub(super) by_field: Option<&'a FieldRules>,
}

impl Rule<'_> {
    /// Whether the contact stays as it is, whatever the row has.
    fn leaves_alone(&self) -> bool {
        let of_fields = self.by_field.into_iter().flat_map(|rules| rules.fields.iter().chain(&rules.custom));
        self.on_match == OnMatch::Skip && of_fields.flatten().all(|rule| *rule == OnMatch::Skip)
    }

    fn of_custom(&self, place: usize) -> OnMatch {
        let own = self.by_field.and_then(|rules| rules.custom.get(place).copied().flatten());
        own.unwrap_or(self.on_match)
    }
}

/// A contact as it was before the import changed it.
#[derive(Debug)]
pub(super) struct Before {
    pub(super) fields: Fields,
    pub(super) custom: Vec<(usize, String)>,
}

/// A contact that is there already, and differs now.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) id: ContactId,
    pub(super) fields: Fields,
    /// It has another company than before.
    pub(super) has_new_company: bool,
    /// Values of custom fields to write, by place.
    pub(super) custom: Vec<(usize, Value)>,
    pub(super) before: Before,
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
    /// Places in the batch of the rows that were refused, because another contact has their e-mail address
    /// ([`EMAIL_TAKEN`](domain::import::EMAIL_TAKEN)). Only where contacts are found by phone numbers.
    pub refused: Vec<usize>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// New contacts in the order of their e-mail addresses: neighbours in the index are written together, each page
    /// of it is touched once.
    pub(super) created: Vec<Row>,
    pub(super) changed: Vec<Changed>,
    /// Contacts that were there before and that a row met which was not skipped.
    pub(super) met: Vec<ContactId>,
    /// Rows that can make no contact, by their place.
    pub(super) refused: Vec<(usize, Row)>,
    pub(super) outcomes: Outcomes,
}

struct Entry {
    /// `None` for one that an earlier row of the batch makes.
    id: Option<ContactId>,
    fields: Fields,
    /// Texts of custom fields as they are now, and what is to be written of them.
    custom: Vec<(usize, String)>,
    new_custom: Vec<(usize, Value)>,
    rank: u32,
    is_visible: bool,
    is_met: bool,
    has_new_company: bool,
    /// Of one that was there before and has changed.
    before: Option<Box<Before>>,
}

impl Entry {
    fn new(
        id: Option<ContactId>,
        row: Row,
        custom: Vec<(usize, String)>,
        rank: u32,
        is_visible: bool,
    ) -> Self {
        Self {
            id,
            fields: row.fields,
            custom,
            new_custom: row.custom,
            rank,
            is_visible,
            is_met: false,
            has_new_company: false,
            before: None,
        }
    }

    /// Applies the custom values of a row; whether one of them changes something.
    fn set_custom(&mut self, values: Vec<(usize, Value)>, rule: Rule<'_>) -> bool {
        let mut changed = false;
        for (place, value) in values {
            // Of one that a row of this batch makes, what is to be written is all there is.
            let written = self.new_custom.iter().position(|(at, _)| *at == place);
            let stored = self.custom.iter().find(|(at, _)| *at == place).map(|(_, text)| text.as_str());
            let present = written.map(|at| self.new_custom[at].1.text.as_str()).or(stored);
            let is_kept = match rule.of_custom(place) {
                OnMatch::Overwrite => present == Some(value.text.as_str()),
                OnMatch::Fill => present.is_some(),
                OnMatch::Skip => true,
            };
            if is_kept {
                continue;
            }
            changed = true;
            match written {
                Some(at) => self.new_custom[at].1 = value,
                None => self.new_custom.push((place, value)),
            }
        }
        changed
    }
}

/// Contacts by what rows find them with.
struct Index {
    /// By rank of the address; [`NONE`] where there is no contact.
    by_email: Vec<u32>,
    /// The phone numbers that rows look for; these are all.
    by_phone: HashMap<String, Vec<usize>>,
    by: MatchBy,
}

impl Index {
    fn add(&mut self, rank: u32, fields: &Fields, at: usize) {
        self.add_email(rank, at);
        self.add_phone(fields, at);
    }

    fn add_email(&mut self, rank: u32, at: usize) {
        if let Some(place) = self.by_email.get_mut(rank as usize) {
            *place = at as u32;
        }
    }

    fn add_phone(&mut self, fields: &Fields, at: usize) {
        if self.by_phone.is_empty() {
            return;
        }
        if let Some(found) = fields.phone.as_ref().and_then(|phone| self.by_phone.get_mut(phone)) {
            found.push(at);
        }
    }

    fn find(&self, rank: u32, row: &Fields, entries: &[Entry]) -> Option<usize> {
        match (self.by, rank, &row.phone) {
            (MatchBy::EmailThenPhone, NONE, Some(phone)) | (MatchBy::Phone, _, Some(phone)) => {
                oldest(entries, self.by_phone.get(phone), phone)
            }
            (_, NONE, _) | (MatchBy::Phone, _, None) => None,
            _ => self.with_email(rank),
        }
    }

    fn with_email(&self, rank: u32) -> Option<usize> {
        self.by_email.get(rank as usize).filter(|at| **at != NONE).map(|at| *at as usize)
    }

    /// Whether a row that finds nobody cannot make a contact: somebody has its e-mail address.
    fn is_taken(&self, rank: u32) -> bool {
        self.by == MatchBy::Phone && self.with_email(rank).is_some()
    }
}

/// Works through the rows in their order. `known` holds every contact that has the e-mail address of
/// a row, as its own or a further one, or the phone number of a row that looks for it.
pub(super) fn merge(known: Vec<Known>, batch: Batch, rule: Rule<'_>) -> Plan {
    let leaves_alone = rule.leaves_alone();
    let mut entries: Vec<Entry> = Vec::with_capacity(known.len() + batch.len());
    let mut index = Index {
        by_email: vec![NONE; batch.emails().len()],
        by_phone: batch.phones(rule.match_by).map(|phone| (phone.to_owned(), Vec::new())).collect(),
        by: rule.match_by,
    };
    for Known { id, fields, further, custom, is_visible } in known {
        let rank = fields.email_key.as_deref().and_then(|email| batch.rank(email)).unwrap_or(NONE);
        index.add(rank, &fields, entries.len());
        for rank in further.iter().filter_map(|email| batch.rank(email)) {
            index.add_email(rank, entries.len());
        }
        let row = Row { fields, custom: Vec::new() };
        entries.push(Entry::new(Some(id), row, custom, rank, is_visible));
    }
    let (mut outcomes, mut refused) = (Outcomes::default(), Vec::new());
    for (place, (row, rank)) in batch.rows.into_iter().zip(batch.ranks).enumerate() {
        let Some(at) = index.find(rank, &row.fields, &entries) else {
            if index.is_taken(rank) {
                refused.push((place, row));
                continue;
            }
            outcomes.created += 1;
            index.add(rank, &row.fields, entries.len());
            entries.push(Entry::new(None, row, Vec::new(), rank, true));
            continue;
        };
        let entry = &mut entries[at];
        if leaves_alone || !entry.is_visible {
            outcomes.skipped += 1;
            continue;
        }
        entry.is_met = true;
        let was = (entry.fields.phone.clone(), entry.fields.company.clone());
        let before =
            entry.before.is_none().then(|| entry.id.is_some().then(|| entry.fields.clone())).flatten();
        let mut changed = match (rule.by_field, rule.on_match) {
            (Some(rules), on_match) => apply(&mut entry.fields, row.fields, &rules.fields, on_match),
            (None, OnMatch::Overwrite) => overwrite(&mut entry.fields, row.fields),
            (None, OnMatch::Fill | OnMatch::Skip) => fill(&mut entry.fields, row.fields),
        };
        changed |= entry.set_custom(row.custom, rule);
        if !changed {
            outcomes.unchanged += 1;
            continue;
        }
        outcomes.updated += 1;
        if let Some(fields) = before {
            entry.before = Some(Box::new(Before { fields, custom: entry.custom.clone() }));
        }
        let (phone, company) = was;
        entry.has_new_company |= entry.fields.company != company;
        if entry.fields.phone != phone {
            index.add_phone(&entry.fields, at);
        }
    }
    Plan { refused, ..plan(entries, outcomes) }
}

fn plan(mut entries: Vec<Entry>, outcomes: Outcomes) -> Plan {
    let mut order: Vec<(u32, u32)> =
        entries.iter().enumerate().map(|(at, entry)| (entry.rank, at as u32)).collect();
    order.sort_unstable();
    let mut plan = Plan { outcomes, created: Vec::with_capacity(entries.len()), ..Plan::default() };
    for (_, at) in order {
        let entry = &mut entries[at as usize];
        let fields = std::mem::take(&mut entry.fields);
        let custom = std::mem::take(&mut entry.new_custom);
        let Some(id) = entry.id.take() else {
            plan.created.push(Row { fields, custom });
            continue;
        };
        if entry.is_met {
            plan.met.push(id.clone());
        }
        if let Some(before) = entry.before.take() {
            let has_new_company = entry.has_new_company;
            plan.changed.push(Changed { id, fields, has_new_company, custom, before: *before });
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

/// The same, field by field.
fn apply(old: &mut Fields, new: Fields, rules: &[Option<OnMatch>; 8], default: OnMatch) -> bool {
    let mut rules = rules.iter();
    let mut set = |old: &mut Option<String>, new: Option<String>| {
        let rule = rules.next().copied().flatten().unwrap_or(default);
        let changes = match rule {
            OnMatch::Skip => false,
            OnMatch::Fill => old.is_none() && new.is_some(),
            OnMatch::Overwrite => new.is_some() && *old != new,
        };
        if changes {
            *old = new;
        }
        changes
    };
    // In the order of `CHANGED`.
    each_field!(old, new, set, [phone, first_name, last_name, company, title, city, country, time_zone])
}
