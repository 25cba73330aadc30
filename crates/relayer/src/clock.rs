//! A stopwatch that counts sleep: a laptop that was shut during a lease knows that the lease is over.

/// Milliseconds since boot.
#[expect(unsafe_code, reason = "clock_gettime has no safe wrapper in std")]
pub fn boot_ms() -> i64 {
    #[cfg(target_os = "linux")]
    const CLOCK: libc::clockid_t = libc::CLOCK_BOOTTIME;
    // On macOS this one counts sleep too.
    #[cfg(not(target_os = "linux"))]
    const CLOCK: libc::clockid_t = libc::CLOCK_MONOTONIC;
    let mut at = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `at` is a valid, writable timespec, and the clock id exists on this platform.
    unsafe { libc::clock_gettime(CLOCK, &mut at) };
    at.tv_sec * 1000 + at.tv_nsec / 1_000_000
}
