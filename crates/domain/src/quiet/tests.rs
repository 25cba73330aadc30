use super::*;
use crate::schedule::{self, is_open, next_open};
use std::collections::HashSet;

fn at(zone: &str, local: &str) -> i64 {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    local.to_zoned(schedule::zone(zone).unwrap()).unwrap().timestamp().as_millisecond()
}

/// Whether somebody with this number in this zone may be called at this local time.
fn may(number: &str, zone: &str, local: &str) -> bool {
    let (zone_name, zone) = (zone, schedule::zone(zone).unwrap());
    let now = at(zone_name, local);
    let day = schedule::local_date(&zone, now);
    is_open(schedule::calling_hours(), &zone, now)
        && rules_for(number, day).all(|rule| is_open(&rule.hours(day), &zone, now))
}

#[test]
fn each_state_to_the_minute() {
    let (fl, tx, al, ct, ny) =
        ("+13055550123", "+12145550123", "+12055550123", "+12035550123", "+12125550123");
    for (number, zone, local, expected) in [
        (fl, "America/New_York", "2026-11-23T07:59", false),
        (fl, "America/New_York", "2026-11-23T08:00", true),
        (fl, "America/New_York", "2026-11-23T19:59", true),
        (fl, "America/New_York", "2026-11-23T20:00", false),
        // The west of Florida is an hour behind.
        ("+18505550123", "America/Chicago", "2026-11-23T19:59", true),
        // Before the law the federal hours held.
        (fl, "America/New_York", "2021-06-30T20:30", true),
        (fl, "America/New_York", "2021-07-01T20:30", false),
        (tx, "America/Chicago", "2026-11-23T08:59", false),
        (tx, "America/Chicago", "2026-11-23T09:00", true),
        (tx, "America/Chicago", "2026-11-22T11:59", false),
        (tx, "America/Chicago", "2026-11-22T12:00", true),
        (tx, "America/Chicago", "2026-11-22T20:59", true),
        (tx, "America/Chicago", "2026-11-22T21:00", false),
        // Sundays, Thanksgiving, and the Friday on which the Fourth of July of 2026 is kept.
        (al, "America/Chicago", "2026-11-22T12:00", false),
        (al, "America/Chicago", "2026-11-26T12:00", false),
        (al, "America/Chicago", "2026-07-03T12:00", false),
        (al, "America/Chicago", "2026-11-27T12:00", true),
        (ct, "America/New_York", "2023-09-30T20:30", true),
        (ct, "America/New_York", "2023-10-01T20:30", false),
        (ct, "America/New_York", "2026-11-23T08:30", false),
        ("+14105550123", "America/New_York", "2023-12-31T20:30", true),
        ("+14105550123", "America/New_York", "2024-01-01T20:30", false),
        ("+14055550123", "America/Chicago", "2026-11-23T20:00", false),
        ("+12065550123", "America/Los_Angeles", "2026-11-23T20:00", false),
        // A state without a rule of its own, and a number that says nothing about a place.
        (ny, "America/New_York", "2026-11-22T20:59", true),
        (ny, "America/New_York", "2026-11-22T21:00", false),
        ("+18005550123", "America/New_York", "2026-11-23T09:59", false),
        ("+18005550123", "America/New_York", "2026-11-23T10:00", true),
        ("+18005550123", "America/New_York", "2026-11-23T20:00", false),
        ("+18005550123", "America/New_York", "2026-11-22T12:00", false),
    ] {
        assert_eq!(may(number, zone, local), expected, "{number} {local} {zone}");
    }
}

#[test]
fn hours_are_those_of_the_wall_also_when_the_clocks_change() {
    let new_york = schedule::zone("America/New_York").unwrap();
    let florida = |local: &str| {
        let now = at("America/New_York", local);
        let day = schedule::local_date(&new_york, now);
        let hours = rules_for("+13055550123", day).next().unwrap().hours(day);
        let opens = next_open(&hours, &new_york, now).unwrap();
        (opens - now) / 60_000
    };
    // An ordinary night is twelve hours long, that of the 14th of March 2027 eleven, that of the 7th of November thirteen.
    assert_eq!(florida("2027-03-12T20:00"), 12 * 60);
    assert_eq!(florida("2027-03-13T20:00"), 11 * 60);
    assert_eq!(florida("2027-11-06T20:00"), 13 * 60);
}

#[test]
fn the_data_is_whole() {
    let mut seen = HashSet::new();
    for (state, codes) in AREA_CODES {
        assert!(RULES.iter().any(|rule| rule.code == *state), "{state} has no rule");
        assert!(codes.iter().all(|code| seen.insert(*code)), "a code of {state} is told twice");
    }
    assert!(NOWHERE.iter().all(|code| seen.insert(*code)));
    for rule in RULES {
        assert!(AREA_CODES.iter().any(|(state, _)| *state == rule.code), "{} has no number", rule.state);
        assert!(rule.until.is_none_or(|until| rule.from < until), "{}", rule.state);
        assert!(rule.statute.contains('§'), "{}", rule.state);
        let others = RULES.iter().filter(|other| other.code == rule.code && *other != rule);
        for other in others {
            let apart = rule.until.is_some_and(|until| until <= other.from)
                || other.until.is_some_and(|until| until <= rule.from);
            assert!(apart, "two rules of {} hold on the same day", rule.state);
        }
    }
    assert_eq!(rules_for("+442071838750", date(2026, 11, 23)).count(), 0);
    assert_eq!(rules_for("", date(2026, 11, 23)).count(), 0);
    let texas = RULES.iter().find(|rule| rule.code == "TX").unwrap();
    assert_eq!(
        texas.in_words(),
        "Texas lets people be called and texted from 9:00 to 21:00, on Sundays from 12:00 to 21:00 (Tex. Bus. & Com. Code § 301.051)"
    );
}
