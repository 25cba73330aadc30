//! When a connection rests: after a run of failures that are the provider's and no message's, nothing is tried over it
//! for a while; then one message is, and what becomes of that one decides.

/// So many failures in a row, and no fewer, open it.
pub const FLOOR: i64 = 5;
/// How long it rests at first, in milliseconds.
pub const REST_MS: i64 = 30_000;
/// How often the rest doubles at most: 32 times the first, 16 minutes.
const MOST_DOUBLINGS: i64 = 5;

/// How a connection has done lately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    pub failures: i64,
    /// How often it began to rest since it last answered; 0 while it is closed.
    pub trips: i64,
    /// Until when it rests, in milliseconds since the epoch.
    pub until: i64,
}

/// Whether messages may be tried over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As many as there are.
    Closed,
    /// None before that instant, in milliseconds since the epoch.
    Open(i64),
    /// One, to see whether it answers again.
    HalfOpen,
}

impl Breaker {
    /// Whether messages may be tried at `now`.
    pub fn state(self, now: i64) -> State {
        match (self.trips, self.until > now) {
            (0, _) => State::Closed,
            (_, true) => State::Open(self.until),
            (_, false) => State::HalfOpen,
        }
    }

    /// After one more failure at `now`: of the message that was let through to see, or of another one. `rest_ms` is how
    /// long it rests at first, `asked_ms` how long the provider asked to be left alone.
    pub fn after_failure(self, now: i64, is_probe: bool, rest_ms: i64, asked_ms: Option<i64>) -> Self {
        let failures = self.failures.saturating_add(1);
        // What was under way before it opened says nothing new.
        let opens = match self.state(now) {
            State::Closed => failures >= FLOOR,
            State::Open(_) | State::HalfOpen => is_probe,
        };
        if !opens {
            return Self { failures, ..self };
        }
        let rest = rest_ms << self.trips.clamp(0, MOST_DOUBLINGS);
        let until = now.saturating_add(rest.max(asked_ms.unwrap_or(0)));
        Self { failures, trips: self.trips.saturating_add(1), until }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(mut breaker: Breaker, times: i64, now: i64) -> Breaker {
        for _ in 0..times {
            breaker = breaker.after_failure(now, false, REST_MS, None);
        }
        breaker
    }

    #[test]
    fn it_opens_at_the_floor_and_not_before() {
        let four = failed(Breaker::default(), FLOOR - 1, 7);
        assert_eq!(four.state(7), State::Closed);
        assert_eq!(failed(four, 1, 7).state(7), State::Open(7 + REST_MS));
    }

    #[test]
    fn what_was_under_way_when_it_opened_does_not_lengthen_the_rest() {
        let open = failed(Breaker::default(), FLOOR, 0);
        assert_eq!(failed(open, 100, 5).state(5), State::Open(REST_MS));
        assert_eq!(failed(open, 100, REST_MS).state(REST_MS), State::HalfOpen);
    }

    #[test]
    fn each_probe_that_fails_doubles_the_rest_up_to_sixteen_minutes() {
        let mut breaker = failed(Breaker::default(), FLOOR, 0);
        let mut rests = Vec::new();
        for _ in 0..8 {
            let now = breaker.until;
            assert_eq!(breaker.state(now - 1), State::Open(now));
            assert_eq!(breaker.state(now), State::HalfOpen);
            breaker = breaker.after_failure(now, true, REST_MS, None);
            rests.push((breaker.until - now) / 1_000);
        }
        assert_eq!(rests, [60, 120, 240, 480, 960, 960, 960, 960]);
    }

    #[test]
    fn what_the_provider_asks_for_is_never_undercut() {
        let nearly = failed(Breaker::default(), FLOOR - 1, 0);
        let open = nearly.after_failure(0, false, REST_MS, Some(120_000));
        assert_eq!(open.state(0), State::Open(120_000));
        assert_eq!(nearly.after_failure(0, false, REST_MS, Some(5)).state(0), State::Open(REST_MS));
    }
}
