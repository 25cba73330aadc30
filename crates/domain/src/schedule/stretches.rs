//! Open hours as stretches of time, and counting in them: what "four hours of business time" from an instant is.
//!
//! A stretch is what [`is_open`](super::is_open) calls open, by construction: the time is cut where the zone's clock
//! jumps and where a local day ends, and in each piece the wall clock runs evenly. An hour that does not exist counts
//! nothing, one that comes twice counts twice.

use super::{DAY_MINUTES, Hours, timestamp};
use jiff::{SignedDuration, tz::TimeZone};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How far ahead is looked: many weeks of narrow hours, and every holiday that may be kept.
const HORIZON_MS: i64 = 900 * DAY_MS;

/// The stretches of open time from an instant on, in order: from and until, in milliseconds. They end after some years.
pub struct Stretches<'a> {
    hours: &'a Hours,
    zone: &'a TimeZone,
    /// Of each weekday from Monday on, which minutes are open: from and until.
    week: [Vec<(i64, i64)>; 7],
    at: i64,
    horizon: i64,
    /// What is left of the piece before `at`, the earliest last.
    ready: Vec<(i64, i64)>,
}

impl<'a> Stretches<'a> {
    /// From `from_ms` on.
    pub fn new(hours: &'a Hours, zone: &'a TimeZone, from_ms: i64) -> Self {
        let week = std::array::from_fn(|day| runs(&hours.minutes(day as u8 + 1)));
        Self {
            hours,
            zone,
            week,
            at: from_ms,
            horizon: from_ms.saturating_add(HORIZON_MS),
            ready: Vec::new(),
        }
    }

    /// Reads the piece that begins at `at`, in which the clock does not jump and the day does not change.
    fn read(&mut self) {
        let begin = timestamp(self.at);
        let offset = i64::from(self.zone.to_offset(begin).seconds()) * 1_000;
        let jump =
            self.zone.following(begin).next().map_or(i64::MAX, |jump| jump.timestamp().as_millisecond());
        let midnight = (self.at + offset).div_euclid(DAY_MS) * DAY_MS - offset;
        let end = jump.min(midnight + DAY_MS);
        let day = begin
            .checked_add(SignedDuration::from_millis(offset))
            .unwrap_or(jiff::Timestamp::MAX)
            .to_zoned(TimeZone::UTC)
            .date();
        if !self.hours.holidays.contains(&day) {
            let runs = &self.week[day.weekday().to_monday_zero_offset() as usize];
            for (from, until) in runs.iter().rev() {
                let (from, until) =
                    ((midnight + from * MINUTE_MS).max(self.at), (midnight + until * MINUTE_MS).min(end));
                if from < until {
                    self.ready.push((from, until));
                }
            }
        }
        self.at = end;
    }
}

impl Iterator for Stretches<'_> {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        while self.ready.is_empty() {
            if self.at >= self.horizon {
                return None;
            }
            self.read();
        }
        self.ready.pop()
    }
}

/// The runs of open minutes of a day.
fn runs(minutes: &[bool; DAY_MINUTES as usize]) -> Vec<(i64, i64)> {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for (minute, _) in (0_i64..).zip(minutes).filter(|(_, open)| **open) {
        match found.last_mut().filter(|(_, until)| *until == minute) {
            Some((_, until)) => *until += 1,
            None => found.push((minute, minute + 1)),
        }
    }
    found
}

/// The instant at which so much open time has gone by since `from_ms`; `None` where that is years away, or never.
pub fn after_open(hours: &Hours, zone: &TimeZone, from_ms: i64, open_ms: i64) -> Option<i64> {
    let mut left = open_ms;
    for (from, until) in Stretches::new(hours, zone, from_ms) {
        if until - from >= left {
            return Some(from + left);
        }
        left -= until - from;
    }
    None
}

/// How much of the time between two instants is open, in milliseconds; 0 where the second is not later.
pub fn open_between(hours: &Hours, zone: &TimeZone, from_ms: i64, until_ms: i64) -> i64 {
    let stretches = Stretches::new(hours, zone, from_ms).take_while(|(from, _)| *from < until_ms);
    stretches.map(|(from, until)| until.min(until_ms) - from).sum()
}

#[cfg(test)]
mod tests;
