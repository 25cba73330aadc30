//! The accepted messages of a channel: all of them counted, the latest of them kept.

use std::collections::{HashMap, VecDeque};

use crate::dice;
use crate::ledger::Ledger;

/// The kept messages of a channel may weigh so many bytes together.
const KEPT_BYTES: usize = 256 << 20;

/// What can be kept.
pub(crate) trait Item {
    /// What makes two of them duplicates; without one, no other is its duplicate.
    fn key(&self) -> Option<&str>;
    /// Whom it went to.
    fn recipients(&self) -> impl Iterator<Item = &str>;
    /// When it was accepted, in milliseconds since the epoch.
    fn at(&self) -> i64;
    /// About how many bytes it takes.
    fn weight(&self) -> usize;
}

/// A channel's messages, numbered from 0 in the order of acceptance.
pub(crate) struct Shelf<T> {
    pub(crate) ledger: Ledger,
    kept: VecDeque<T>,
    next: u64,
    limit: usize,
    bytes: usize,
    /// Hash of a recipient -> the numbers of what they got, oldest first.
    by_recipient: HashMap<u64, VecDeque<u64>>,
}

impl<T: Item> Shelf<T> {
    pub(crate) fn new(limit: usize) -> Shelf<T> {
        let (ledger, kept, by_recipient) = (Ledger::default(), VecDeque::new(), HashMap::new());
        Shelf { ledger, kept, next: 0, limit: limit.max(1), bytes: 0, by_recipient }
    }

    /// Counts a message and keeps it; the oldest make room. `own_key` names a message that has no key.
    pub(crate) fn add(&mut self, item: T, own_key: impl FnOnce(u64) -> String) -> u64 {
        let number = self.next;
        self.next += 1;
        match item.key() {
            Some(key) => self.ledger.enter(key, item.at()),
            None => self.ledger.enter(&own_key(number), item.at()),
        }
        for recipient in item.recipients() {
            self.by_recipient.entry(slot(recipient)).or_default().push_back(number);
        }
        self.bytes += item.weight();
        self.kept.push_back(item);
        while self.kept.len() > self.limit || (self.bytes > KEPT_BYTES && self.kept.len() > 1) {
            self.drop_oldest();
        }
        number
    }

    fn drop_oldest(&mut self) {
        let Some(item) = self.kept.pop_front() else { return };
        self.bytes -= item.weight();
        for recipient in item.recipients() {
            let slot = slot(recipient);
            if let Some(numbers) = self.by_recipient.get_mut(&slot) {
                numbers.pop_front();
                if numbers.is_empty() {
                    self.by_recipient.remove(&slot);
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.kept.len()
    }

    fn first_number(&self) -> u64 {
        self.next - self.kept.len() as u64
    }

    pub(crate) fn get(&self, number: u64) -> Option<&T> {
        self.kept.get(usize::try_from(number.checked_sub(self.first_number())?).ok()?)
    }

    pub(crate) fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        let index = number.checked_sub(self.first_number())?;
        self.kept.get_mut(usize::try_from(index).ok()?)
    }

    /// The kept messages, newest first; only those to one recipient if one is given.
    pub(crate) fn newest<'a>(&'a self, to: Option<&'a str>) -> Box<dyn Iterator<Item = (u64, &'a T)> + 'a> {
        let numbered = |number: u64| self.get(number).map(|item| (number, item));
        match to {
            None => Box::new((self.first_number()..self.next).rev().filter_map(numbered)),
            Some(to) => {
                let numbers = self.by_recipient.get(&slot(to)).into_iter().flatten().rev();
                let same = move |(_, item): &(u64, &T)| item.recipients().any(|r| r.eq_ignore_ascii_case(to));
                Box::new(numbers.copied().filter_map(numbered).filter(same))
            }
        }
    }
}

fn slot(recipient: &str) -> u64 {
    dice::hash(0, &[recipient.to_ascii_lowercase().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Note(String, &'static str, i64);

    impl Item for Note {
        fn key(&self) -> Option<&str> {
            (!self.0.is_empty()).then_some(&self.0)
        }
        fn recipients(&self) -> impl Iterator<Item = &str> {
            std::iter::once(self.1)
        }
        fn at(&self) -> i64 {
            self.2
        }
        fn weight(&self) -> usize {
            100
        }
    }

    #[test]
    fn the_oldest_go_and_the_count_stays() {
        let mut shelf = Shelf::new(3);
        for n in 0..10 {
            let to = if n % 2 == 0 { "even" } else { "odd" };
            shelf.add(Note(format!("k{}", n / 2), to, n), |number| number.to_string());
        }
        assert_eq!((shelf.ledger.received, shelf.ledger.distinct(), shelf.len()), (10, 5, 3));
        let numbers = |to| shelf.newest(to).map(|(number, _)| number).collect::<Vec<_>>();
        assert_eq!(numbers(None), [9, 8, 7]);
        assert_eq!(numbers(Some("ODD")), [9, 7]);
        assert_eq!(numbers(Some("nobody")), [0u64; 0]);
        assert!(shelf.get(6).is_none());
        assert_eq!(shelf.by_recipient.values().map(VecDeque::len).sum::<usize>(), 3);
    }

    #[test]
    fn what_has_no_key_is_a_duplicate_of_nothing() {
        let mut shelf = Shelf::new(3);
        shelf.add(Note(String::new(), "x", 1), |number| format!("own:{number}"));
        shelf.add(Note(String::new(), "x", 2), |number| format!("own:{number}"));
        assert_eq!((shelf.ledger.distinct(), shelf.ledger.duplicates()), (2, 0));
    }
}
