//! When to try again after a failure that definitely sent nothing: exponential backoff with full jitter.

/// Attempts before a message or a job is given up.
pub const MAX_ATTEMPTS: u32 = 6;
/// First step of the ladder, in milliseconds.
pub const BASE_MS: i64 = 1_000;
/// Longest step of the ladder, in milliseconds.
pub const CAP_MS: i64 = 5 * 60_000;
/// Longest `Retry-After` that is believed, in milliseconds: one day.
pub const MAX_RETRY_AFTER_MS: i64 = 24 * 3_600_000;

/// Milliseconds to wait after failed attempt number `attempt` (the first is 1).
///
/// `jitter` is a number from 0 to 1 that the caller drew. Full jitter spreads the second attempts of many
/// messages that failed together over the whole step. A provider's own `retry_after` (milliseconds) is never
/// undercut: the jitter then comes on top of it, within one base step.
pub fn delay_ms(attempt: u32, retry_after: Option<i64>, jitter: f64) -> i64 {
    let jitter = if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.5 };
    match retry_after {
        Some(told) => told.clamp(0, MAX_RETRY_AFTER_MS) + (BASE_MS as f64 * jitter) as i64,
        None => {
            let doublings = attempt.saturating_sub(1).min(20);
            let step = (BASE_MS << doublings).min(CAP_MS);
            (step as f64 * jitter) as i64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ladder_doubles_up_to_its_cap() {
        let steps: Vec<i64> = (1..=11).map(|attempt| delay_ms(attempt, None, 1.0) / 1000).collect();
        assert_eq!(steps, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(delay_ms(u32::MAX, None, 1.0), CAP_MS);
        assert_eq!(delay_ms(0, None, 1.0), BASE_MS);
        assert_eq!(delay_ms(3, None, 0.0), 0);
    }

    #[test]
    fn retry_after_is_never_undercut_and_never_believed_without_end() {
        assert_eq!(delay_ms(1, Some(30_000), 0.0), 30_000);
        assert_eq!(delay_ms(1, Some(30_000), 1.0), 31_000);
        assert_eq!(delay_ms(1, Some(i64::MAX), 0.0), MAX_RETRY_AFTER_MS);
        assert_eq!(delay_ms(1, Some(-5), 0.0), 0);
    }

    #[test]
    fn a_broken_jitter_is_tamed() {
        for jitter in [f64::NAN, f64::INFINITY, -1.0, 7.0] {
            let delay = delay_ms(4, None, jitter);
            assert!((0..=8_000).contains(&delay), "{jitter}: {delay}");
        }
    }
}
