//! The accepted rows of a chunk, with their e-mail addresses in the order of the database's index, so that the
//! thread that writes need neither sort nor hash. Sealing is for the thread that reads the file.

use crate::contact::Fields;
use domain::{custom_field::Value, import::MatchBy};

/// Stands for "no e-mail address".
pub(super) const NONE: u32 = u32::MAX;

/// What one row says of its contact.
#[derive(Debug, Default)]
pub struct Row {
    /// The fields that every contact has.
    pub fields: Fields,
    /// Values of custom fields, by the place of the field among [`super::Rows::custom`].
    pub custom: Vec<(usize, Value)>,
}

/// Rows in the order in which they take effect.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) rows: Vec<Row>,
    /// By row: the place of its e-mail address among the different ones of the batch.
    pub(super) ranks: Vec<u32>,
    /// By place: the first row that has the address.
    firsts: Vec<u32>,
}

impl Batch {
    /// With room for so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), ..Self::default() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// All addresses of all rows.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .flat_map(|row| [row.fields.email_key.as_deref(), row.fields.phone.as_deref()])
            .flatten()
    }

    /// By row that has one: what finds its contact.
    pub fn match_keys(&self, by: MatchBy) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| &row.fields).filter_map(move |row| match by {
            MatchBy::EmailThenPhone => row.email_key.as_deref().or(row.phone.as_deref()),
            MatchBy::Email => row.email_key.as_deref(),
            MatchBy::Phone => row.phone.as_deref(),
        })
    }

    /// The phone numbers that rows look for.
    pub(super) fn phones(&self, by: MatchBy) -> impl Iterator<Item = &str> {
        let looks = move |row: &&crate::contact::Fields| match by {
            MatchBy::EmailThenPhone => row.email_key.is_none(),
            MatchBy::Email => false,
            MatchBy::Phone => true,
        };
        self.rows.iter().map(|row| &row.fields).filter(looks).filter_map(|row| row.phone.as_deref())
    }

    /// Works out the order of the e-mail addresses. Nothing is added afterwards.
    pub fn seal(&mut self) {
        let key = |row: &u32| self.rows[*row as usize].fields.email_key.as_deref();
        let mut order: Vec<u32> = (0..self.rows.len() as u32).filter(|row| key(row).is_some()).collect();
        order.sort_unstable_by(|a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
        let mut ranks = vec![NONE; self.rows.len()];
        let mut firsts: Vec<u32> = Vec::with_capacity(order.len());
        for row in order {
            if firsts.last().is_none_or(|first| key(first) != key(&row)) {
                firsts.push(row);
            }
            ranks[row as usize] = firsts.len() as u32 - 1;
        }
        self.ranks = ranks;
        self.firsts = firsts;
    }

    /// Takes out the rows whose address is named by its place, each of which is the only one with it. They come in the
    /// order of their addresses.
    pub(super) fn set_apart(mut self, named: &[bool]) -> (Vec<Row>, Self) {
        let is_named = |rank: u32| named.get(rank as usize).copied().unwrap_or(false);
        let apart = self.firsts.iter().enumerate().filter(|(rank, _)| is_named(*rank as u32));
        let apart: Vec<Row> = apart.map(|(_, row)| std::mem::take(&mut self.rows[*row as usize])).collect();
        let mut rest = Self::with_capacity(self.rows.len() - apart.len());
        let left = self.rows.into_iter().zip(self.ranks).filter(|(_, rank)| !is_named(*rank));
        rest.rows.extend(left.map(|(row, _)| row));
        rest.seal();
        (apart, rest)
    }

    /// Adds rows to a sealed batch.
    pub(super) fn extend(&mut self, rows: impl Iterator<Item = Row>) {
        self.rows.extend(rows);
        self.seal();
    }

    /// The different e-mail addresses, in order.
    pub(super) fn emails(&self) -> impl ExactSizeIterator<Item = &str> {
        self.firsts.iter().map(|row| self.rows[*row as usize].fields.email_key.as_deref().unwrap_or_default())
    }

    /// The place of an address among [`emails`](Self::emails).
    pub(super) fn rank(&self, email: &str) -> Option<u32> {
        let key = |row: &u32| self.rows[*row as usize].fields.email_key.as_deref().unwrap_or_default();
        self.firsts.binary_search_by(|row| key(row).cmp(email)).ok().map(|place| place as u32)
    }
}
