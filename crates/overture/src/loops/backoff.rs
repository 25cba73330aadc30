//! What is asked again and again, and does not answer, is asked less and less often: the ladder of
//! [`domain::retry`] with full jitter. Each node keeps its own, since each asks by itself.

use domain::retry;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Those that did not answer lately, by key.
#[derive(Default)]
pub struct Backoff {
    held: Mutex<HashMap<String, Held>>,
    chance: RandomState,
}

struct Held {
    failures: u32,
    not_before: i64,
}

impl Backoff {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it may be asked at `now`, in milliseconds.
    pub fn may_ask(&self, key: &str, now: i64) -> bool {
        self.lock().get(key).is_none_or(|held| held.not_before <= now)
    }

    /// It answered.
    pub fn answered(&self, key: &str) {
        self.lock().remove(key);
    }

    /// It did not. Returns for how long it is left alone, in milliseconds.
    pub fn failed(&self, key: &str, now: i64) -> i64 {
        let mut all = self.lock();
        let held = all.entry(key.to_owned()).or_insert(Held { failures: 0, not_before: now });
        held.failures = held.failures.saturating_add(1);
        // Keyed by chance at the start of the node: two nodes do not ask at the same time.
        let drawn = self.chance.hash_one((key, held.failures)) % 1_000;
        let wait = retry::delay_ms(held.failures, None, drawn as f64 / 1_000.0);
        held.not_before = now + wait;
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_answer_is_asked_less_and_less_often_until_it_does() {
        let backoff = Backoff::default();
        let (mut now, mut longest) = (0, 0);
        for failure in 1..=40 {
            assert!(backoff.may_ask("a", now), "{failure}");
            let wait = backoff.failed("a", now);
            let most = (retry::BASE_MS << (failure - 1).min(20)).min(retry::CAP_MS);
            assert!((0..=most).contains(&wait), "{failure}: {wait}");
            assert!(wait == 0 || !backoff.may_ask("a", now + wait - 1));
            assert!(backoff.may_ask("b", now), "others are not meant");
            (now, longest) = (now + wait, longest.max(wait));
        }
        assert!(longest > retry::CAP_MS / 3, "{longest}");
        backoff.failed("a", now);
        backoff.answered("a");
        assert!(backoff.may_ask("a", now));
    }
}
