//! The product's clock: the one place that reads time.
//!
//! The product's instants run `speed` times as fast as real ones, so that a demo can live through a day
//! in minutes. Leases and timeouts are about machines and stay real: the database's clock for what nodes
//! share, and the boot clock, which counts sleep, for what one process checks by itself.

use std::time::Duration;

/// The clock. Copies tell the same time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    origin_real: i64,
    origin: i64,
    speed: f64,
}

impl Clock {
    /// Runs `speed` times as fast as real time from now on.
    pub fn new(speed: f64) -> Self {
        let now = real_ms();
        Self { origin_real: now, origin: now, speed: speed.clamp(0.01, 100_000.0) }
    }

    /// Goes on from an instant of the product's time, as after a restart of a demo.
    pub fn from(origin: i64, speed: f64) -> Self {
        Self { origin, ..Self::new(speed) }
    }

    /// Milliseconds since the epoch in the product's time.
    pub fn now(&self) -> i64 {
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
}
