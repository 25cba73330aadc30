//! Buckets that fill up and run empty with time: the one way in which anything is limited here. Each node counts for
//! itself.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// With so many buckets, those that are empty again are thrown away.
const MANY: usize = 10_000;

/// Buckets by key: each holds `most` attempts, and loses one every `period`.
pub struct Buckets<K> {
    most: f64,
    period: Duration,
    levels: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Hash + Eq> Buckets<K> {
    /// Buckets that hold `most`, and lose one every `period`.
    pub fn new(most: u32, period: Duration) -> Self {
        Self { most: f64::from(most), period, levels: Mutex::default() }
    }

    fn level(&self, (level, at): (f64, Instant), now: Instant) -> f64 {
        let lost = now.saturating_duration_since(at).as_secs_f64() / self.period.as_secs_f64();
        (level - lost).max(0.0)
    }

    /// Fills in one attempt; where the bucket is full, how long it takes until one fits.
    pub fn fill(&self, key: K, now: Instant) -> Option<Duration> {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if levels.len() >= MANY {
            levels.retain(|_, held| self.level(*held, now) > 0.0);
        }
        let held = levels.entry(key).or_insert((0.0, now));
        let level = self.level(*held, now);
        if level + 1.0 > self.most {
            return Some(self.period.mul_f64(level + 1.0 - self.most));
        }
        *held = (level + 1.0, now);
        None
    }

    /// Takes one attempt out again.
    pub fn take_back(&self, key: &K, now: Instant) {
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = levels.get_mut(key) {
            *held = ((self.level(*held, now) - 1.0).max(0.0), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_strangers_is_bounded() {
        let (buckets, start) = (Buckets::new(3, Duration::from_secs(1)), Instant::now());
        for n in 0..5 * MANY {
            buckets.fill(n, start + Duration::from_millis(n as u64));
        }
        assert!(buckets.levels.lock().unwrap().len() <= MANY);
    }
}
