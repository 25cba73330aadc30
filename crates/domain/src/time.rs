//! Instants on the wire: RFC 3339 in UTC with milliseconds. Inside, they are milliseconds since the epoch.

/// `2026-01-01T00:00:00.000Z`. An instant outside the calendar's range is shown at its edge.
pub fn rfc3339(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    });
    format!("{at:.3}")
}

/// Milliseconds since the epoch of an RFC 3339 text, `None` when it is none.
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_the_wire() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
        assert_eq!(parse_rfc3339(&rfc3339(1_767_225_600_123)), Some(1_767_225_600_123));
        assert_eq!(parse_rfc3339("yesterday"), None);
        assert!(rfc3339(i64::MAX).starts_with("9999"));
    }
}
