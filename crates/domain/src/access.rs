//! Access to an account that ends by itself, and when to renew it: early enough that a provider that is away for hours
//! does no harm.

use crate::retry;

/// The part of its life after which an access is renewed.
const SPENT: f64 = 0.5;
/// It is asked again at the latest after this long, in milliseconds.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// No access is renewed more often than this, however short its life, in milliseconds.
pub const SHORTEST_MS: i64 = 5 * 60_000;

/// When to renew an access that was given at `now` for `lasts_ms`.
pub fn due_at(now: i64, lasts_ms: i64) -> i64 {
    let half = (lasts_ms.max(0) as f64 * SPENT) as i64;
    now.saturating_add(half.clamp(SHORTEST_MS, LONGEST_MS))
}

/// When to try again after so many failures in a row for a passing reason. `jitter` is a number from 0 to 1.
pub fn try_again_at(now: i64, failures: i64, asked_ms: Option<i64>, jitter: f64) -> i64 {
    let failures = u32::try_from(failures).unwrap_or(u32::MAX);
    // Not at once, however the dice fall.
    now.saturating_add(retry::delay_ms(failures, asked_ms, jitter).max(retry::BASE_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_day_is_renewed_at_noon_and_nothing_all_the_time() {
        assert_eq!(due_at(1_000, 24 * HOUR), 1_000 + 12 * HOUR);
        assert_eq!(due_at(0, 60 * 24 * HOUR), 24 * HOUR);
        for life in [i64::MIN, -1, 0, 1, 60_000] {
            assert_eq!(due_at(0, life), SHORTEST_MS);
        }
        assert!(due_at(i64::MAX, i64::MAX) > 0);
    }

    #[test]
    fn a_provider_that_is_away_is_asked_for_hours_before_the_access_ends() {
        let (mut now, mut tries) = (due_at(0, 24 * HOUR), 0);
        while now < 24 * HOUR {
            tries += 1;
            now = try_again_at(now, tries, None, 1.0);
        }
        assert!((100..200).contains(&tries), "{tries}");
        assert_eq!(try_again_at(0, 1, Some(90_000), 0.0), 90_000);
        assert_eq!(try_again_at(0, 1, None, 0.0), retry::BASE_MS);
    }
}
