use super::*;
use proptest::prelude::*;

fn tz(name: &str) -> TimeZone {
    zone(name).unwrap_or_else(|| panic!("no zone {name}"))
}

/// The (first) instant at which the wall clock shows this.
fn at(zone: &TimeZone, local: &str) -> i64 {
    let local: DateTime = local.parse().unwrap();
    zone.to_ambiguous_timestamp(local).earlier().unwrap().as_millisecond()
}

fn shows(zone: &TimeZone, at_ms: i64) -> String {
    timestamp(at_ms).to_zoned(zone.clone()).strftime("%a %F %H:%M:%S %:z").to_string()
}

fn window(days: &[u8], from: &str, until: &str) -> SendWindow {
    SendWindow::new(days, minute_of(from).unwrap(), minute_of(until).unwrap()).unwrap()
}

const ALL_DAYS: &[u8] = &[1, 2, 3, 4, 5, 6, 7];

fn hours(windows: &[SendWindow]) -> Hours {
    Hours { windows: windows.to_vec(), holidays: vec![] }
}

#[test]
fn nothing_leaves_on_a_holiday_where_the_person_is() {
    let days = |days: &[&str]| days.iter().map(|day| day.parse().unwrap()).collect();
    let office = [window(&[1, 2, 3, 4, 5], "09:00", "17:00")];
    let night = [window(ALL_DAYS, "22:00", "02:00")];
    // Christmas 2026 is a Friday, Boxing Day a Saturday.
    let christmas = ["2026-12-24", "2026-12-25", "2026-12-26"];
    let shutdown: Vec<String> = (1..=28).map(|day| format!("2027-02-{day:02}")).collect();
    let shutdown: Vec<&str> = shutdown.iter().map(String::as_str).collect();
    for (windows, holidays, zone, asked, expected) in [
        (&office[..], &christmas[..], "Europe/Berlin", "2026-12-23T16:59", "2026-12-23T16:59"),
        (&office, &christmas, "Europe/Berlin", "2026-12-23T17:00", "2026-12-28T09:00"),
        (&office, &christmas, "America/New_York", "2026-12-25T12:00", "2026-12-28T09:00"),
        (&[], &christmas, "Asia/Tokyo", "2026-12-24T00:00", "2026-12-27T00:00"),
        (&night, &christmas, "Europe/Berlin", "2026-12-23T23:59", "2026-12-23T23:59"),
        (&night, &christmas, "Europe/Berlin", "2026-12-24T00:00", "2026-12-27T00:00"),
        (&office, &shutdown, "Europe/London", "2027-01-31T12:00", "2027-03-01T09:00"),
        // Midnight does not exist where the clocks go forward at midnight.
        (&[], &["2026-09-05"], "America/Santiago", "2026-09-05T12:00", "2026-09-06T01:00"),
    ] {
        let hours = Hours { windows: windows.to_vec(), holidays: days(holidays) };
        let zone = tz(zone);
        let found = next_open(&hours, &zone, at(&zone, asked)).expect(asked);
        let shown = timestamp(found).to_zoned(zone.clone()).strftime("%FT%H:%M").to_string();
        assert_eq!(shown, expected, "{asked} {holidays:?}");
    }
}

/// reliability.md T-T1. Each row: zone, window, asked at, opens at.
#[test]
fn windows_open_right_when_the_clocks_change() {
    let rows = [
        // Closed in the hour that does not exist, which is not a hour: it opens when the clock has jumped.
        ("America/New_York", "02:30", "17:00", "2027-03-14T01:59", "Sun 2027-03-14 03:00:00 -04:00"),
        ("America/New_York", "09:00", "17:00", "2027-03-13T17:00", "Sun 2027-03-14 09:00:00 -04:00"),
        // Swallowed whole by the jump: the next day's.
        ("America/New_York", "02:15", "02:45", "2027-03-14T01:59", "Mon 2027-03-15 02:15:00 -04:00"),
        // The hour that comes twice: open in both, and in between closed.
        ("America/New_York", "01:30", "02:00", "2027-11-07T00:00", "Sun 2027-11-07 01:30:00 -04:00"),
        ("America/New_York", "09:00", "17:00", "2027-11-06T17:00", "Sun 2027-11-07 09:00:00 -05:00"),
        ("Europe/London", "01:30", "17:00", "2027-03-28T00:59", "Sun 2027-03-28 02:00:00 +01:00"),
        ("Europe/London", "09:00", "17:00", "2027-10-30T20:00", "Sun 2027-10-31 09:00:00 +00:00"),
        ("Africa/Cairo", "00:00", "06:00", "2027-04-29T23:59", "Fri 2027-04-30 01:00:00 +03:00"),
        ("Africa/Cairo", "00:00", "00:30", "2027-04-29T23:59", "Sat 2027-05-01 00:00:00 +03:00"),
        ("America/Santiago", "00:30", "06:00", "2027-09-04T23:59", "Sun 2027-09-05 01:00:00 -03:00"),
        ("Australia/Lord_Howe", "02:15", "03:00", "2027-10-03T01:59", "Sun 2027-10-03 02:30:00 +11:00"),
        ("Asia/Kathmandu", "09:00", "17:00", "2027-03-14T17:00", "Mon 2027-03-15 09:00:00 +05:45"),
        ("Pacific/Kiritimati", "09:00", "17:00", "2027-03-14T17:00", "Mon 2027-03-15 09:00:00 +14:00"),
        ("Africa/Casablanca", "02:30", "17:00", "2024-04-14T01:59", "Sun 2024-04-14 03:00:00 +01:00"),
        ("America/Phoenix", "02:30", "17:00", "2027-03-14T01:59", "Sun 2027-03-14 02:30:00 -07:00"),
    ];
    for (name, from, until, asked, opens) in rows {
        let zone = tz(name);
        let found = next_open(&hours(&[window(ALL_DAYS, from, until)]), &zone, at(&zone, asked)).unwrap();
        assert_eq!(shows(&zone, found), opens, "{name} {from} {asked}");
    }
}

#[test]
fn the_second_pass_of_an_hour_is_open_too() {
    let zone = tz("America/New_York");
    let half_past_one = [window(ALL_DAYS, "01:30", "01:45")];
    let first = at(&zone, "2027-11-07T01:30");
    let between = first + 15 * 60_000;
    assert!(
        is_open(&hours(&half_past_one), &zone, first) && !is_open(&hours(&half_past_one), &zone, between)
    );
    let second = next_open(&hours(&half_past_one), &zone, between).unwrap();
    assert_eq!(second - first, 3_600_000);
    // A window that the jump back reopens without a window boundary.
    let until_a_quarter = [window(ALL_DAYS, "00:30", "01:15")];
    let reopened = next_open(&hours(&until_a_quarter), &zone, first).unwrap();
    assert_eq!(shows(&zone, reopened), "Sun 2027-11-07 01:00:00 -05:00");
}

#[test]
fn a_weekly_window_that_loses_its_day_opens_a_week_later() {
    let zone = tz("America/New_York");
    let sundays = [window(&[7], "02:15", "02:45")];
    let found = next_open(&hours(&sundays), &zone, at(&zone, "2027-03-08T00:00")).unwrap();
    assert_eq!(shows(&zone, found), "Sun 2027-03-21 02:15:00 -04:00");
}

#[test]
fn windows_over_midnight_belong_to_the_day_they_open_on() {
    let zone = tz("Europe/Berlin");
    let friday_night = [window(&[5], "22:00", "02:00")];
    assert!(is_open(&hours(&friday_night), &zone, at(&zone, "2027-06-04T23:00")));
    assert!(is_open(&hours(&friday_night), &zone, at(&zone, "2027-06-05T01:59")));
    assert!(!is_open(&hours(&friday_night), &zone, at(&zone, "2027-06-05T02:00")));
    assert!(!is_open(&hours(&friday_night), &zone, at(&zone, "2027-06-05T23:00")));
    let monday = [window(&[1], "22:00", "02:00")];
    assert!(is_open(&hours(&monday), &zone, at(&zone, "2027-06-08T01:00")));
}

#[test]
fn no_windows_are_always_open_and_some_never() {
    assert_eq!(next_open(&hours(&[]), &TimeZone::UTC, 42), Some(42));
    for never in
        [SendWindow { days: vec![], from: 0, until: 60 }, SendWindow { days: vec![1], from: 60, until: 60 }]
    {
        assert_eq!(next_open(&hours(&[never]), &TimeZone::UTC, 42), None);
    }
}

#[test]
fn of_several_windows_the_first_to_open_counts() {
    let zone = TimeZone::UTC;
    let windows =
        [window(&[1], "09:00", "10:00"), window(&[1], "07:00", "08:00"), window(&[2], "06:00", "07:00")];
    let found = next_open(&hours(&windows), &zone, at(&zone, "2027-06-07T08:30")).unwrap();
    assert_eq!(shows(&zone, found), "Mon 2027-06-07 09:00:00 +00:00");
    let found = next_open(&hours(&windows), &zone, at(&zone, "2027-06-07T10:00")).unwrap();
    assert_eq!(shows(&zone, found), "Tue 2027-06-08 06:00:00 +00:00");
}

/// T-T1: once per local day, the first of two, the first instant after a gap.
#[test]
fn a_daily_time_comes_once_a_day_in_every_zone() {
    let zones = [
        "America/New_York",
        "Europe/London",
        "Africa/Cairo",
        "America/Santiago",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "Africa/Casablanca",
        "America/Phoenix",
    ];
    for name in zones {
        let zone = tz(name);
        for minute in [0, 30, 150] {
            let mut noon = at(&zone, "2027-01-01T12:00");
            let mut before = i64::MIN;
            for _ in 0..365 {
                let fires = daily_at(&zone, noon, minute);
                assert_eq!(local_day(&zone, fires), local_day(&zone, noon), "{name} {minute}");
                assert!(fires > before, "{name} {minute}: {}", shows(&zone, fires));
                before = fires;
                noon = next_day(&zone, noon) + 12 * 3_600_000;
            }
        }
    }
    let shown = |name, day: &str, minute| {
        let zone = tz(name);
        shows(&zone, daily_at(&zone, at(&zone, day), minute))
    };
    assert_eq!(shown("America/New_York", "2027-03-14T12:00", 150), "Sun 2027-03-14 03:00:00 -04:00");
    assert_eq!(shown("America/New_York", "2027-03-14T12:00", 120), "Sun 2027-03-14 03:00:00 -04:00");
    assert_eq!(shown("America/New_York", "2027-11-07T12:00", 90), "Sun 2027-11-07 01:30:00 -04:00");
    assert_eq!(shown("Africa/Cairo", "2027-04-30T12:00", 0), "Fri 2027-04-30 01:00:00 +03:00");
    assert_eq!(shown("Australia/Lord_Howe", "2027-10-03T12:00", 135), "Sun 2027-10-03 02:30:00 +11:00");
}

#[test]
fn local_days_turn_at_local_midnight() {
    let zone = tz("Africa/Cairo");
    let last = at(&zone, "2027-04-29T23:59");
    assert_eq!(local_day(&zone, last), 20_270_429);
    assert_eq!(shows(&zone, next_day(&zone, last)), "Fri 2027-04-30 01:00:00 +03:00");
    assert_eq!(local_day(&zone, next_day(&zone, last)), 20_270_430);
    let kiritimati = tz("Pacific/Kiritimati");
    assert_eq!(local_day(&kiritimati, at(&TimeZone::UTC, "2027-01-01T11:00")), 20_270_102);
}

#[test]
fn the_edges_of_the_calendar_do_not_panic() {
    let windows = [window(&[1], "09:00", "10:00")];
    for at in [i64::MIN, i64::MAX, 0, -1] {
        next_open(&hours(&windows), &tz("America/New_York"), at);
        local_day(&TimeZone::UTC, at);
        next_day(&tz("Africa/Cairo"), at);
        daily_at(&tz("Africa/Cairo"), at, 30);
        in_words(&TimeZone::UTC, at, 0);
        in_words(&TimeZone::UTC, 0, at);
    }
}

#[test]
fn the_zone_is_the_contacts_else_the_senders_else_the_workspaces() {
    let name = |zone: TimeZone| zone.iana_name().unwrap_or("UTC").to_owned();
    assert_eq!(name(zone_for(Some("Asia/Tokyo"), Some("Europe/Paris"), "UTC")), "Asia/Tokyo");
    assert_eq!(name(zone_for(Some("Mars/Olympus"), Some("Europe/Paris"), "UTC")), "Europe/Paris");
    assert_eq!(name(zone_for(Some(" "), None, "America/Chicago")), "America/Chicago");
    assert_eq!(name(zone_for(None, None, "../../etc/passwd")), "UTC");
}

#[test]
fn instants_in_words() {
    let zone = tz("America/New_York");
    let now = at(&zone, "2027-06-04T18:00");
    let say = |local| in_words(&zone, at(&zone, local), now);
    assert_eq!(say("2027-06-04T19:00"), "today 19:00 (New York time)");
    assert_eq!(say("2027-06-07T09:00"), "Monday 09:00 (New York time)");
    assert_eq!(say("2027-07-05T09:00"), "Monday 2027-07-05 09:00 (New York time)");
    assert_eq!(in_words(&TimeZone::UTC, now, now), "today 22:00 (UTC)");
}

#[test]
fn windows_on_the_wire() {
    let text = r#"{"days":[1,2,3],"from":"09:00","until":"24:00"}"#;
    let read: SendWindow = serde_json::from_str(text).unwrap();
    assert_eq!(read, SendWindow { days: vec![1, 2, 3], from: 540, until: 1440 });
    assert_eq!(serde_json::to_string(&read).unwrap(), text);
    let refused = |text: &str| serde_json::from_str::<SendWindow>(text).unwrap_err().to_string();
    for (text, why) in [
        (r#"{"days":[],"from":"09:00","until":"17:00"}"#, "at least one weekday"),
        (r#"{"days":[0],"from":"09:00","until":"17:00"}"#, "0 is not a weekday"),
        (r#"{"days":[8],"from":"09:00","until":"17:00"}"#, "8 is not a weekday"),
        (r#"{"days":[1],"from":"9","until":"17:00"}"#, "not a time of day"),
        (r#"{"days":[1],"from":"soon","until":"17:00"}"#, "not a time of day"),
        (r#"{"days":[1],"from":"24:01","until":"17:00"}"#, "not a time of day"),
        (r#"{"days":[1],"from":"99:99","until":"17:00"}"#, "not a time of day"),
        (r#"{"days":[1],"from":"24:00","until":"17:00"}"#, "between 00:00 and 24:00"),
        (r#"{"days":[1],"from":"-1:30","until":"17:00"}"#, "not a time of day"),
        (r#"{"days":[1],"from":"09:00","until":"09:00"}"#, "cannot close"),
        (r#"{"days":[1],"from":"09:00","until":"17:00","to":"1"}"#, "unknown field"),
    ] {
        assert!(refused(text).contains(why), "{text}: {}", refused(text));
    }
}

fn any_window() -> impl Strategy<Value = SendWindow> {
    (prop::collection::vec(1u8..=7, 1..5), 0u16..1440, 1u16..=1440)
        .prop_filter_map("empty", |(days, from, until)| SendWindow::new(&days, from, until).ok())
}

/// Asked of the wall clock alone, another way than the code does.
fn wall_clock_allows(windows: &[SendWindow], zone: &TimeZone, at_ms: i64) -> bool {
    let local = timestamp(at_ms).to_zoned(zone.clone());
    let day = i32::from(local.weekday().to_monday_one_offset()) - 1;
    let now = day * 1440 + i32::from(local.hour()) * 60 + i32::from(local.minute());
    windows.iter().any(|w| {
        let length = (i32::from(w.until) - i32::from(w.from)).rem_euclid(1440);
        let length = if length == 0 { 1440 } else { length };
        w.days.iter().any(|opens| {
            let open = (i32::from(*opens) - 1) * 1440 + i32::from(w.from);
            (now - open).rem_euclid(7 * 1440) < length
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// T-C4: nothing leaves outside a window, in any zone, at any instant; and the opening that is named is the
    /// first one.
    #[test]
    fn never_outside_a_window(
        windows in prop::collection::vec(any_window(), 1..4),
        name in prop::sample::select(vec![
            "America/New_York", "Europe/London", "Africa/Cairo", "America/Santiago", "Australia/Lord_Howe",
            "Asia/Kathmandu", "Pacific/Kiritimati", "Africa/Casablanca", "America/Phoenix", "Asia/Tehran",
            "Pacific/Apia", "America/Sao_Paulo", "Antarctica/Troll", "UTC",
        ]),
        at_ms in 1_104_537_600_000i64..2_524_608_000_000,
        probe in 0.0f64..1.0,
    ) {
        let zone = tz(name);
        let opens = next_open(&hours(&windows), &zone, at_ms).unwrap();
        prop_assert!(opens >= at_ms);
        prop_assert!(wall_clock_allows(&windows, &zone, opens));
        let before = at_ms + ((opens - at_ms) as f64 * probe) as i64;
        prop_assert!(before == opens || !wall_clock_allows(&windows, &zone, before));
        prop_assert!(opens == at_ms || !wall_clock_allows(&windows, &zone, opens - 1));
    }
}

#[test]
fn hours_close_when_the_clock_says_so() {
    let oslo = tz("Europe/Oslo");
    let nights = hours(&[window(&[1, 2, 3, 4, 5, 6, 7], "22:00", "07:00")]);
    let ends = |hours: &Hours, zone: &TimeZone, local: &str| {
        closes_at(hours, zone, at(zone, local)).map(|end| shows(zone, end))
    };
    let morning = Some("Tue 2027-06-08 07:00:00 +02:00".to_owned());
    assert_eq!(ends(&nights, &oslo, "2027-06-07T22:00"), morning);
    assert_eq!(ends(&nights, &oslo, "2027-06-08T06:59"), morning);
    assert_eq!(ends(&nights, &oslo, "2027-06-08T07:00"), None);
    // In the night in which an hour is left out it ends at the same time on the wall.
    assert_eq!(ends(&nights, &oslo, "2027-03-27T23:00"), Some("Sun 2027-03-28 07:00:00 +02:00".into()));
    let weekend = hours(&[window(&[6], "08:00", "24:00"), window(&[7], "00:00", "20:00")]);
    assert_eq!(ends(&weekend, &oslo, "2027-06-12T09:00"), Some("Sun 2027-06-13 20:00:00 +02:00".into()));
    assert_eq!(ends(&hours(&[]), &oslo, "2027-06-12T09:00"), None, "always open never closes");
}
