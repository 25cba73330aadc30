//! The product's clock: the one place that reads time.
//!
//! The product's instants run `speed` times as fast as real ones, so that a demo can live through a day
//! in minutes. Leases and timeouts are about machines and stay real: the database's clock for what nodes
//! share, and the boot clock, which counts sleep, for what one process checks by itself.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// The clock. Clones tell the same time.
#[derive(Debug, Clone)]
pub struct Clock {
    origin_real: i64,
    origin: i64,
    speed: f64,
    /// The present instant of a clock that is moved by hand.
    by_hand: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// Runs `speed` times as fast as real time from now on.
    pub fn new(speed: f64) -> Self {
        let now = real_ms();
        Self { origin_real: now, origin: now, speed: speed.clamp(0.01, 100_000.0), by_hand: None }
    }

    /// Goes on from an instant of the product's time, as after a restart of a demo.
    pub fn from(origin: i64, speed: f64) -> Self {
        Self { origin, ..Self::new(speed) }
    }

    /// Stands at an instant (milliseconds since the epoch) until [`advance`](Self::advance) moves it: for
    /// programs that play through days at once.
    pub fn manual(at: i64) -> Self {
        Self { by_hand: Some(Arc::new(AtomicI64::new(at))), ..Self::from(at, 1.0) }
    }

    /// Moves a clock made by [`manual`](Self::manual), and all its clones, by `ms` milliseconds. Any other
    /// clock goes by itself and is left alone.
    pub fn advance(&self, ms: i64) {
        if let Some(at) = &self.by_hand {
            at.fetch_add(ms, Ordering::SeqCst);
        }
    }

    /// Milliseconds since the epoch in the product's time.
    pub fn now(&self) -> i64 {
        if let Some(at) = &self.by_hand {
            return at.load(Ordering::SeqCst);
        }
        self.origin + ((real_ms() - self.origin_real) as f64 * self.speed) as i64
    }

    /// How many times as fast as real time.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Real time until an instant of the product's time; zero when it has passed.
    pub fn until(&self, at: i64) -> Duration {
        let ms = (at - self.now()).max(0) as f64 / self.speed;
        Duration::from_millis(ms.min(86_400_000.0) as u64)
    }
}

/// Real milliseconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
pub fn real_ms() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

/// Milliseconds since boot, counting sleep (CLOCK_BOOTTIME): a laptop that slept through its lease knows it.
#[expect(unsafe_code, reason = "clock_gettime has no safe wrapper in std")]
pub fn boot_ms() -> i64 {
    #[cfg(target_os = "linux")]
    const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
    let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `at` is a valid, writable timespec, and the clock id exists on this platform.
    unsafe { libc::clock_gettime(CLOCK, &mut at) };
    at.tv_sec * 1000 + at.tv_nsec / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_keeps_its_origin_and_scales_waits() {
        let clock = Clock::from(1_000_000, 60.0);
        let now = clock.now();
        assert!((1_000_000..1_060_000).contains(&now), "{now}");
        let wait = clock.until(clock.now() + 60_000).as_millis();
        assert!((900..=1_000).contains(&wait), "{wait}");
        assert_eq!(clock.until(0), Duration::ZERO);
    }

    #[test]
    fn a_clock_moved_by_hand_stands_still_between_and_takes_its_clones_along() {
        let clock = Clock::manual(5_000);
        let clone = clock.clone();
        clock.advance(250);
        assert_eq!((clock.now(), clone.now()), (5_250, 5_250));
        let other = Clock::from(1_000, 1.0);
        other.advance(1_000_000);
        assert!(other.now() < 100_000);
    }
}
