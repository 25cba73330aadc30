//! Counting what was accepted: exact for ever, in little memory.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::dice::wide_hash;

/// The texts of so many distinct keys are remembered for `/_sandbox/ledger`; beyond it, keys are only
/// counted.
const SPELLED_KEYS: usize = 1_000_000;

/// How often every key was accepted.
#[derive(Default)]
pub(crate) struct Ledger {
    counts: HashMap<u128, Count, BuildHasherDefault<AsIs>>,
    spelled: Vec<Box<str>>,
    pub(crate) received: u64,
    /// Requests that were understood and refused.
    pub(crate) refused: u64,
    /// When the first message was accepted, in milliseconds since the epoch.
    pub(crate) first_at: Option<i64>,
    /// When the last one was.
    pub(crate) last_at: Option<i64>,
}

/// How often a key was accepted, and when, in milliseconds since the epoch.
#[derive(Clone, Copy)]
pub(crate) struct Count {
    pub(crate) times: u32,
    pub(crate) first_at: i64,
    pub(crate) last_at: i64,
}

impl Ledger {
    pub(crate) fn enter(&mut self, key: &str, at: i64) {
        let spelled = &mut self.spelled;
        let count = self.counts.entry(wide_hash(key)).or_insert_with(|| {
            if spelled.len() < SPELLED_KEYS {
                spelled.push(key.into());
            }
            Count { times: 0, first_at: at, last_at: at }
        });
        count.times += 1;
        // What is applied late was accepted early.
        count.last_at = count.last_at.max(at);
        self.received += 1;
        self.first_at.get_or_insert(at);
        self.last_at = Some(at);
    }

    pub(crate) fn distinct(&self) -> u64 {
        self.counts.len() as u64
    }

    /// Acceptances beyond the first of their key.
    pub(crate) fn duplicates(&self) -> u64 {
        self.received - self.distinct()
    }

    /// Whether [`Ledger::lines`] names every key.
    pub(crate) fn complete(&self) -> bool {
        self.spelled.len() == self.counts.len()
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, Count)> {
        self.spelled.iter().filter_map(|key| Some((&**key, *self.counts.get(&wide_hash(key))?)))
    }
}

/// The keys are hashes already.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 ^= u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distinct_and_duplicates_are_exact() {
        let mut ledger = Ledger::default();
        for n in 0..5_000 {
            ledger.enter(&format!("msg_{n}"), n);
            if n % 5 == 0 {
                ledger.enter(&format!("msg_{n}"), n + 1);
            }
        }
        assert_eq!((ledger.received, ledger.distinct(), ledger.duplicates()), (6_000, 5_000, 1_000));
        assert_eq!((ledger.first_at, ledger.last_at), (Some(0), Some(4_999)));
        assert!(ledger.complete());
        assert_eq!(ledger.lines().filter(|(_, count)| count.times == 2).count(), 1_000);
        let (key, count) = ledger.lines().nth(7).unwrap();
        assert_eq!((key, count.times, count.first_at, count.last_at), ("msg_7", 1, 7, 7));
    }
}
