//! How fast a sender may write: evenly spaced slots with a small allowance for a dispatcher that looked
//! away (the generic cell rate algorithm), and a cap per local day, which a new mailbox reaches step by step.

/// How often a sender may write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// Most messages a minute.
    pub per_minute: Option<i64>,
    /// Most messages an hour; they are spread over it.
    pub per_hour: Option<i64>,
    /// Whether the pauses between messages differ, by up to a third either way, as a person's do.
    pub jitter: bool,
}

impl Rate {
    /// The pause between two messages in milliseconds; `None` where any number may go at once.
    fn spacing(self) -> Option<i64> {
        let minute = self.per_minute.map(|rate| 60_000 / rate.clamp(1, 60_000));
        let hour = self.per_hour.map(|rate| 3_600_000 / rate.clamp(1, 3_600_000));
        minute.max(hour)
    }
}

/// How many messages may go now. `burst_ms` is how far back unused slots still count.
pub fn slots(now: i64, next_slot_at: i64, rate: Rate, burst_ms: i64) -> i64 {
    let Some(spacing) = rate.spacing() else { return i64::MAX };
    let start = next_slot_at.max(now - burst_ms);
    if start > now { 0 } else { (now - start) / spacing + 1 }
}

/// The first free slot after `used` messages were given theirs. Without a rate it is now: the sender was
/// seen at work, which is what lateness is counted from.
pub fn next_slot(now: i64, next_slot_at: i64, rate: Rate, burst_ms: i64, used: i64) -> i64 {
    let Some(spacing) = rate.spacing() else { return next_slot_at.max(now) };
    let next = next_slot_at.max(now - burst_ms) + used * spacing;
    if rate.jitter { next + swing(next, spacing / 3) } else { next }
}

/// A number from `-most` to `most` that looks like chance and is the same for the same seed (the finaliser of
/// splitmix64).
fn swing(seed: i64, most: i64) -> i64 {
    let mut x = seed.cast_unsigned().wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let width = (2 * most + 1).max(1).cast_unsigned();
    ((x ^ (x >> 31)) % width).cast_signed() - most.max(0)
}

/// How a new mailbox is warmed up: so many messages on its first day, so many more on each day after it, until its
/// daily cap is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// Messages on the first day.
    pub start: i64,
    /// How many more on each further day.
    pub step: i64,
    /// Local days since the first one; 0 on it.
    pub days: i64,
}

impl Ramp {
    /// Most messages on that day, of a sender that may write so many once it is warm.
    pub fn cap(self, daily_cap: Option<i64>) -> i64 {
        let today = self.start.saturating_add(self.step.saturating_mul(self.days.max(0)));
        daily_cap.map_or(today, |cap| cap.min(today))
    }
}

/// How many of a daily cap are left, given what was counted on `counted_day` (yyyymmdd, local).
pub fn left_today(today: i64, counted_day: i64, sent: i64, cap: Option<i64>) -> i64 {
    match cap {
        None => i64::MAX,
        Some(cap) if today == counted_day => (cap - sent).max(0),
        Some(cap) => cap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_spaced_and_never_saved_up_beyond_the_burst() {
        let rate = Rate { per_minute: Some(60), ..Rate::default() };
        assert_eq!(slots(10_000, 0, rate, 2_000), 3);
        let next = next_slot(10_000, 0, rate, 2_000, 3);
        assert_eq!(next, 11_000);
        assert_eq!(slots(10_500, next, rate, 2_000), 0);
        assert_eq!(slots(11_000, next, rate, 2_000), 1);
        assert_eq!(slots(1_000_000, next, rate, 2_000), 3);
        assert_eq!(slots(0, 50, Rate::default(), 0), i64::MAX);
    }

    #[test]
    fn over_an_hour_the_rate_holds_however_often_the_dispatcher_looks() {
        let minute = Rate { per_minute: Some(30), ..Rate::default() };
        let hour = Rate { per_minute: Some(600), per_hour: Some(45), ..Rate::default() };
        for (rate, most) in [(minute, 30 * 60), (hour, 45)] {
            for (step, jitter) in [(7, false), (100, true), (1_900, false), (1_900, true), (60_000, false)] {
                let rate = Rate { jitter, ..rate };
                let (mut next, mut sent, mut now) = (0, 0, 1_000_000);
                while now < 1_000_000 + 3_600_000 {
                    let n = slots(now, next, rate, 2_000);
                    next = next_slot(now, next, rate, 2_000, n);
                    sent += n;
                    now += step;
                }
                // Pauses that differ even out, all but a few.
                let allowed = most + 2 + if jitter { most / 20 } else { 0 };
                let is_seen_often = step < 2_000;
                let full = !is_seen_often || sent >= most * 9 / 10;
                assert!(sent <= allowed && full, "{sent} of {most} at {step}");
            }
        }
    }

    #[test]
    fn pauses_differ_by_a_third_at_most() {
        let rate = Rate { per_minute: Some(1), per_hour: None, jitter: true };
        let mut pauses = Vec::new();
        let mut now = 0;
        for _ in 0..200 {
            let next = next_slot(now, now, rate, 0, 1);
            pauses.push(next - now);
            now = next;
        }
        assert!(pauses.iter().all(|pause| (40_000..=80_000).contains(pause)), "{pauses:?}");
        let mean: i64 = pauses.iter().sum::<i64>() / 200;
        assert!((56_000..=64_000).contains(&mean), "{mean}");
        assert!(pauses.iter().any(|pause| *pause < 48_000) && pauses.iter().any(|pause| *pause > 72_000));
    }

    #[test]
    fn a_new_mailbox_grows_into_its_cap() {
        let ramp = |days| Ramp { start: 5, step: 3, days };
        assert_eq!([0, 1, 10].map(|d| ramp(d).cap(Some(20))), [5, 8, 20]);
        assert_eq!(ramp(10).cap(None), 35);
        assert_eq!(ramp(-1).cap(Some(20)), 5);
        assert_eq!(Ramp { start: i64::MAX, step: i64::MAX, days: i64::MAX }.cap(Some(9)), 9);
    }

    #[test]
    fn a_new_day_has_the_whole_cap() {
        assert_eq!(left_today(20_260_101, 20_260_101, 80, Some(100)), 20);
        assert_eq!(left_today(20_260_102, 20_260_101, 80, Some(100)), 100);
        assert_eq!(left_today(20_260_101, 20_260_101, 180, Some(100)), 0);
    }
}
