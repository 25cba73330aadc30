use super::*;
use crate::schedule::{SendWindow, is_open, zone};
use jiff::civil::DateTime;
use proptest::prelude::*;

fn tz(name: &str) -> TimeZone {
    zone(name).unwrap_or_else(|| panic!("no zone {name}"))
}

fn at(zone: &TimeZone, local: &str) -> i64 {
    let local: DateTime = local.parse().unwrap();
    zone.to_ambiguous_timestamp(local).earlier().unwrap().as_millisecond()
}

fn shows(zone: &TimeZone, at_ms: i64) -> String {
    timestamp(at_ms).to_zoned(zone.clone()).strftime("%a %F %H:%M %:z").to_string()
}

fn hours(days: &[u8], from: u16, until: u16, holidays: &[&str]) -> Hours {
    let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
    Hours { windows: vec![SendWindow::new(days, from * 60, until * 60).unwrap()], holidays }
}

const WEEK: &[u8] = &[1, 2, 3, 4, 5];
const ALL: &[u8] = &[1, 2, 3, 4, 5, 6, 7];

#[test]
fn business_time_goes_by_across_weekends_holidays_and_clock_changes() {
    let office = hours(WEEK, 9, 17, &[]);
    let christmas = hours(WEEK, 9, 17, &["2026-12-24", "2026-12-25", "2026-12-28"]);
    let night = hours(ALL, 22, 6, &[]);
    let day_and_night = Hours::default();
    for (hours, zone, from, minutes, expected) in [
        (&office, "Europe/Oslo", "2026-11-23T10:00", 240, "Mon 2026-11-23 14:00 +01:00"),
        (&office, "Europe/Oslo", "2026-11-23T03:00", 60, "Mon 2026-11-23 10:00 +01:00"),
        // Up to the last minute of the day, not the first of the next.
        (&office, "Europe/Oslo", "2026-11-23T13:00", 240, "Mon 2026-11-23 17:00 +01:00"),
        (&office, "Europe/Oslo", "2026-11-23T13:00", 241, "Tue 2026-11-24 09:01 +01:00"),
        (&office, "Europe/Oslo", "2026-11-27T16:30", 180, "Mon 2026-11-30 11:30 +01:00"),
        (&office, "Europe/Oslo", "2026-11-28T12:00", 240, "Mon 2026-11-30 13:00 +01:00"),
        (&office, "America/New_York", "2026-11-27T16:30", 480, "Mon 2026-11-30 16:30 -05:00"),
        (&christmas, "Europe/Oslo", "2026-12-23T16:00", 120, "Tue 2026-12-29 10:00 +01:00"),
        (&christmas, "Europe/Oslo", "2026-12-24T12:00", 30, "Tue 2026-12-29 09:30 +01:00"),
        // Over the weekend in which clocks go forward, and the one in which they go back: office hours do not notice.
        (&office, "Europe/Oslo", "2026-03-27T16:00", 120, "Mon 2026-03-30 10:00 +02:00"),
        (&office, "America/New_York", "2026-10-30T16:00", 120, "Mon 2026-11-02 10:00 -05:00"),
        // Night hours do: the night of 28 March has seven of them, that of 24 October nine.
        (&night, "Europe/Oslo", "2026-03-28T22:00", 7 * 60, "Sun 2026-03-29 06:00 +02:00"),
        (&night, "Europe/Oslo", "2026-03-28T22:00", 7 * 60 + 1, "Sun 2026-03-29 22:01 +02:00"),
        (&night, "Europe/Oslo", "2026-10-24T22:00", 9 * 60, "Sun 2026-10-25 06:00 +01:00"),
        (&night, "Europe/Oslo", "2026-10-24T22:00", 5 * 60, "Sun 2026-10-25 02:00 +01:00"),
        (&day_and_night, "Europe/Oslo", "2026-03-29T01:30", 60, "Sun 2026-03-29 03:30 +02:00"),
        (&day_and_night, "Europe/Oslo", "2026-10-25T02:30", 60, "Sun 2026-10-25 02:30 +01:00"),
        // A day that Samoa left out.
        (&hours(ALL, 9, 17, &[]), "Pacific/Apia", "2011-12-29T16:00", 120, "Sat 2011-12-31 10:00 +14:00"),
    ] {
        let zone = tz(zone);
        let due = after_open(hours, &zone, at(&zone, from), minutes * MINUTE_MS).unwrap();
        assert_eq!(shows(&zone, due), expected, "{minutes} minutes from {from}");
        assert_eq!(open_between(hours, &zone, at(&zone, from), due), minutes * MINUTE_MS, "back from {from}");
    }
}

#[test]
fn hours_that_never_open_give_no_instant() {
    let zone = tz("Europe/Oslo");
    let holidays: Vec<_> = (0..1_200)
        .map(|n| jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(n)).unwrap())
        .collect();
    let closed = Hours { holidays, ..hours(WEEK, 9, 17, &[]) };
    assert_eq!(after_open(&closed, &zone, at(&zone, "2026-01-01T00:00"), MINUTE_MS), None);
}

proptest! {
    /// Whatever the hours, minute by minute the same answer as the clock on the wall gives.
    #[test]
    fn stretches_are_what_the_wall_clock_calls_open(
        days in proptest::sample::subsequence(ALL.to_vec(), 1..=7),
        from in 0_u16..1_440,
        length in 30_u16..1_440,
        name in proptest::sample::select(vec!["Europe/Oslo", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
        begin in 0_i64..(366 * 1_440),
        minutes in 1_i64..1_200,
        rest in 0_i64..366,
    ) {
        let until = (from + length) % 1_440;
        prop_assume!(until != from && until != 0);
        let zone = tz(name);
        let new_year = at(&tz("UTC"), "2026-01-01T00:00");
        let begin = new_year + begin * MINUTE_MS;
        let holiday = jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(rest)).unwrap();
        let hours = Hours { windows: vec![SendWindow::new(&days, from, until).unwrap()], holidays: vec![holiday] };
        let due = after_open(&hours, &zone, begin, minutes * MINUTE_MS).unwrap();
        let open = (0..(due - begin) / MINUTE_MS).filter(|n| is_open(&hours, &zone, begin + n * MINUTE_MS)).count();
        prop_assert_eq!(open as i64, minutes);
        prop_assert!(is_open(&hours, &zone, due - MINUTE_MS), "it is due at the end of an open minute");
    }
}
