//! The one place that reads the time and spells instants.

use jiff::{Timestamp, tz::TimeZone};

/// Milliseconds since the Unix epoch, UTC.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// As mail headers and Twilio's JSON have it: `Sat, 21 Nov 2026 04:58:39 +0000`.
pub(crate) fn rfc2822(at_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// As Meta's JSON has it: `2026-11-21T04:58:39+0000`.
pub(crate) fn iso8601(at_ms: i64) -> String {
    let instant = Timestamp::from_millisecond(at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

/// An instant or a day in ISO 8601, as Twilio's `DateSent` filters take it; a day is its first millisecond.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant.as_millisecond());
    }
    let day: jiff::civil::Date = text.parse().ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_spelled_as_twilio_does() {
        assert_eq!(rfc2822(1_566_622_905_000), "Sat, 24 Aug 2019 05:01:45 +0000");
        assert_eq!(parse("2019-08-24T05:01:45Z"), Some(1_566_622_905_000));
        assert_eq!(parse("2019-08-24"), Some(1_566_604_800_000));
        assert_eq!(parse("yesterday"), None);
    }
}
