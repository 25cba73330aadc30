//! Buckets that fill up and run empty with time: the one way in which anything is limited here.
//!
//! Each node fills its own, so that no request waits for another machine. Beside the level stands what the other nodes
//! have not been told yet; where they share their limits, `exchange` tells it and brings back the level of all.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// With so many buckets, those that are empty again are thrown away.
const MANY: usize = 10_000;

/// So long after somebody came to a bucket the others are asked about it.
const FOLLOWED: Duration = Duration::from_secs(10);

/// Buckets by key: each holds `most` attempts, and loses one every `period`.
pub struct Buckets {
    name: &'static str,
    most: f64,
    period: Duration,
    held: Mutex<HashMap<String, Held>>,
}

struct Held {
    /// As far as this node knows.
    level: f64,
    /// When it was that.
    at: Instant,
    /// The part of the level that came in here and that no other node knows; below zero where more was taken out.
    untold: f64,
    /// When somebody came last.
    came: Instant,
}

/// What a node has to say about one bucket.
#[derive(Debug, Clone)]
pub struct Word {
    /// Of the bucket.
    pub key: String,
    /// What came in here since the last word; below zero where more was taken out.
    pub more: f64,
    /// The whole level, as far as this node knows.
    pub level: f64,
}

impl Buckets {
    /// Buckets that hold `most`, and lose one every `period`. The nodes find each other's by the name.
    pub fn new(name: &'static str, most: u32, period: Duration) -> Self {
        Self { name, most: f64::from(most), period, held: Mutex::default() }
    }

    /// What they are called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How long it takes until one attempt has run out.
    pub fn period(&self) -> Duration {
        self.period
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings what is held up to now. Others need not hear of what has run out meanwhile.
    fn settle(&self, held: &mut Held, now: Instant) {
        let lost = now.saturating_duration_since(held.at).as_secs_f64() / self.period.as_secs_f64();
        held.level = (held.level - lost).max(0.0);
        held.untold = held.untold.min(held.level);
        held.at = now;
    }

    /// Fills in one attempt; where the bucket is full, how long it takes until one fits.
    pub fn fill(&self, key: String, now: Instant) -> Option<Duration> {
        self.forget_the_empty(now);
        let mut all = self.lock();
        let held = all.entry(key).or_insert(Held { level: 0.0, at: now, untold: 0.0, came: now });
        self.settle(held, now);
        held.came = now;
        if held.level + 1.0 > self.most {
            return Some(self.wait_of(held));
        }
        held.level += 1.0;
        held.untold += 1.0;
        None
    }

    /// Takes a place in the order of coming, and tells how long it is until it is there; where that is longer than
    /// `longest`, takes none and tells how long it would have been.
    pub fn reserve(&self, key: String, now: Instant, longest: Duration) -> Result<Duration, Duration> {
        self.forget_the_empty(now);
        let mut all = self.lock();
        let held = all.entry(key).or_insert(Held { level: 0.0, at: now, untold: 0.0, came: now });
        self.settle(held, now);
        held.came = now;
        let wait = self.wait_of(held);
        if wait > longest {
            return Err(wait);
        }
        held.level += 1.0;
        held.untold += 1.0;
        Ok(wait)
    }

    /// Nothing fits for so long, whatever it holds; then one attempt each period.
    pub fn shut(&self, key: &str, wait: Duration, now: Instant) {
        if let Some(held) = self.lock().get_mut(key) {
            self.settle(held, now);
            let level = self.most - 1.0 + wait.as_secs_f64() / self.period.as_secs_f64();
            let more = (level - held.level).max(0.0);
            held.level += more;
            held.untold += more;
            held.came = now;
        }
    }

    /// How long it takes until the next attempt fits.
    pub fn wait(&self, key: &str, now: Instant) -> Duration {
        self.lock().get_mut(key).map_or(Duration::ZERO, |held| {
            self.settle(held, now);
            self.wait_of(held)
        })
    }

    /// How many of them nothing fits into.
    pub fn full(&self, now: Instant) -> usize {
        let mut all = self.lock();
        let waits = all.values_mut().map(|held| {
            self.settle(held, now);
            self.wait_of(held)
        });
        waits.filter(|wait| !wait.is_zero()).count()
    }

    fn wait_of(&self, held: &Held) -> Duration {
        self.period.mul_f64((held.level + 1.0 - self.most).max(0.0))
    }

    fn forget_the_empty(&self, now: Instant) {
        let mut all = self.lock();
        if all.len() >= MANY {
            all.retain(|_, held| {
                self.settle(held, now);
                held.level > 0.0
            });
        }
    }

    /// Takes one attempt out again.
    pub fn take_back(&self, key: &str, now: Instant) {
        if let Some(held) = self.lock().get_mut(key) {
            self.settle(held, now);
            held.level = (held.level - 1.0).max(0.0);
            held.untold = (held.untold - 1.0).max(-self.most);
            held.came = now;
        }
    }

    /// What the others are to be told, and asked about: a word about every bucket that somebody came to lately.
    pub fn words(&self, now: Instant) -> Vec<Word> {
        let mut words = Vec::new();
        let lately = |held: &Held| now.saturating_duration_since(held.came) < FOLLOWED;
        for (key, held) in self.lock().iter_mut().filter(|(_, held)| lately(held)) {
            self.settle(held, now);
            words.push(Word { key: key.clone(), more: held.untold, level: held.level });
            held.untold = 0.0;
        }
        words
    }

    /// Whom one speaks to may have forgotten everything: the next words are about every bucket.
    pub fn begin_anew(&self, now: Instant) {
        self.lock().values_mut().for_each(|held| held.came = now);
    }

    /// The level of all nodes, that of the last word included. What came in here since then is on top.
    pub fn learn(&self, key: &str, level: f64, now: Instant) {
        if let Some(held) = self.lock().get_mut(key) {
            self.settle(held, now);
            held.level = (level + held.untold).max(0.0);
        }
    }

    /// Nobody heard the last word: it is still to be told.
    pub fn unsay(&self, word: &Word) {
        if let Some(held) = self.lock().get_mut(&word.key) {
            held.untold = (held.untold + word.more).max(-self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn what_is_remembered_of_strangers_is_bounded() {
        let (buckets, start) = (Buckets::new("b", 3, SECOND), Instant::now());
        for n in 0..5 * MANY {
            buckets.fill(n.to_string(), start + Duration::from_millis(n as u64));
        }
        assert!(buckets.lock().len() <= MANY);
    }

    fn word(buckets: &Buckets, now: Instant) -> Option<(f64, f64)> {
        let words = buckets.words(now);
        assert!(words.len() <= 1, "{words:?}");
        words.first().map(|word| (word.more, word.level))
    }

    #[test]
    fn a_word_is_said_once_and_the_answer_counts_with_what_came_meanwhile() {
        let (buckets, now) = (Buckets::new("b", 5, SECOND), Instant::now());
        let fill = |now| buckets.fill("k".into(), now).is_none();
        assert!(fill(now) && fill(now));
        assert_eq!(word(&buckets, now), Some((2.0, 2.0)));
        assert_eq!(word(&buckets, now), Some((0.0, 2.0)));
        assert!(fill(now));
        // Two of ours and one of another node, as the others know it; and the one that came meanwhile.
        buckets.learn("k", 3.0, now);
        assert!(fill(now));
        assert!(!fill(now), "five is the most");
        assert_eq!(word(&buckets, now), Some((2.0, 5.0)));
        buckets.take_back("k", now);
        assert_eq!(word(&buckets, now), Some((-1.0, 4.0)));
        assert!(fill(now) && !fill(now));
        assert_eq!(word(&buckets, now), Some((1.0, 5.0)));
        assert_eq!(word(&buckets, now + FOLLOWED), None, "nobody comes any more");
        buckets.begin_anew(now + SECOND);
        assert_eq!(word(&buckets, now + FOLLOWED), Some((0.0, 0.0)));
    }

    #[test]
    fn what_nobody_heard_is_said_again_unless_it_has_run_out() {
        let (buckets, now) = (Buckets::new("b", 10, SECOND), Instant::now());
        for _ in 0..6 {
            buckets.fill("k".into(), now);
        }
        let unheard = buckets.words(now).remove(0);
        buckets.unsay(&unheard);
        assert_eq!(word(&buckets, now + 2 * SECOND), Some((4.0, 4.0)));
        // For hours nobody hears: what is told then is what is in the bucket, and not all that ever was.
        for n in 0..100 {
            let at = now + (n + 10) * SECOND;
            buckets.fill("k".into(), at);
            buckets.unsay(&buckets.words(at).remove(0));
        }
        assert_eq!(word(&buckets, now + 109 * SECOND), Some((1.0, 1.0)));
    }
}
