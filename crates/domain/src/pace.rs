//! How fast a sender may write: evenly spaced slots with a small allowance for a dispatcher that looked
//! away (the generic cell rate algorithm), and a cap per local day.

/// How many messages may go now. `burst_ms` is how far back unused slots still count.
pub fn slots(now: i64, next_slot_at: i64, per_minute: Option<i64>, burst_ms: i64) -> i64 {
    let Some(spacing) = spacing(per_minute) else { return i64::MAX };
    let start = next_slot_at.max(now - burst_ms);
    if start > now { 0 } else { (now - start) / spacing + 1 }
}

/// The first free slot after `used` messages were given theirs. Without a rate it is now: the sender was
/// seen at work, which is what lateness is counted from.
pub fn next_slot(now: i64, next_slot_at: i64, per_minute: Option<i64>, burst_ms: i64, used: i64) -> i64 {
    match spacing(per_minute) {
        Some(spacing) => next_slot_at.max(now - burst_ms) + used * spacing,
        None => next_slot_at.max(now),
    }
}

fn spacing(per_minute: Option<i64>) -> Option<i64> {
    per_minute.map(|rate| 60_000 / rate.clamp(1, 60_000))
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
        let rate = Some(60);
        assert_eq!(slots(10_000, 0, rate, 2_000), 3);
        let next = next_slot(10_000, 0, rate, 2_000, 3);
        assert_eq!(next, 11_000);
        assert_eq!(slots(10_500, next, rate, 2_000), 0);
        assert_eq!(slots(11_000, next, rate, 2_000), 1);
        assert_eq!(slots(1_000_000, next, rate, 2_000), 3);
        assert_eq!(slots(0, 50, None, 0), i64::MAX);
    }

    #[test]
    fn over_an_hour_the_rate_holds_however_often_the_dispatcher_looks() {
        for step in [7, 100, 1_900, 60_000] {
            let (mut next, mut sent, mut now) = (0, 0, 1_000_000);
            while now < 1_000_000 + 3_600_000 {
                let n = slots(now, next, Some(30), 2_000);
                next = next_slot(now, next, Some(30), 2_000, n);
                sent += n;
                now += step;
            }
            assert!(sent <= 30 * 60 + 2, "{sent} at {step}");
        }
    }

    #[test]
    fn a_new_day_has_the_whole_cap() {
        assert_eq!(left_today(20_260_101, 20_260_101, 80, Some(100)), 20);
        assert_eq!(left_today(20_260_102, 20_260_101, 80, Some(100)), 100);
        assert_eq!(left_today(20_260_101, 20_260_101, 180, Some(100)), 0);
    }
}
