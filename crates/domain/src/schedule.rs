//! Wall-clock rules: when a campaign may send, and which local day an instant belongs to.
//!
//! Whether a window is open is asked of the clock on the wall of the person written to. That makes it right
//! across daylight saving by construction: an hour that does not exist cannot be open, and an hour that comes
//! twice is judged twice by the same rule.

mod stretches;

pub use stretches::{Stretches, after_open, open_between};

use jiff::{
    Timestamp,
    civil::{DateTime, Time, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

const DAY_MINUTES: u16 = 24 * 60;

/// How far ahead an opening is looked for: a weekly window can lose one occurrence to a clock change.
const HORIZON_DAYS: i64 = 15;

/// The zones, compiled in: the answer must not depend on the files of the machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Hours of certain weekdays in which messages may leave.
///
/// JSON: `{"days":[1,2,3,4,5],"from":"09:00","until":"17:00"}`. A window whose `until` is before its `from`
/// runs over midnight and belongs to the day on which it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Wire", into = "Wire")]
#[schemars(with = "Wire")]
pub struct SendWindow {
    /// Weekdays, Monday is 1 and Sunday 7.
    pub days: Vec<u8>,
    /// Opens at this minute of the day, 0 to 1439.
    pub from: u16,
    /// Closes at this minute of the day, 1 to 1440; this minute itself is closed.
    pub until: u16,
}

/// Hours in which messages may leave.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SendWindow")]
struct Wire {
    /// Weekdays, Monday is 1 and Sunday 7.
    days: Vec<u8>,
    /// Opens at this time of the day, `09:00`.
    from: String,
    /// Closes at this time of the day, `17:00`; `24:00` is midnight.
    until: String,
}

/// What is wrong with a send window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct WindowError(String);

impl SendWindow {
    /// A window, checked.
    pub fn new(days: &[u8], from: u16, until: u16) -> Result<SendWindow, WindowError> {
        if days.is_empty() {
            return Err(WindowError("a send window needs at least one weekday".into()));
        }
        if let Some(day) = days.iter().find(|day| !(1..=7).contains(*day)) {
            return Err(WindowError(format!("{day} is not a weekday; Monday is 1 and Sunday is 7")));
        }
        if from >= DAY_MINUTES || until > DAY_MINUTES {
            return Err(WindowError("a send window lies between 00:00 and 24:00".into()));
        }
        if from == until {
            return Err(WindowError("a send window cannot close in the minute in which it opens".into()));
        }
        let mut days = days.to_vec();
        days.sort_unstable();
        days.dedup();
        Ok(SendWindow { days, from, until })
    }

    fn is_open(&self, weekday: u8, minute: u16) -> bool {
        let yesterday = if weekday == 1 { 7 } else { weekday - 1 };
        if self.from <= self.until {
            self.days.contains(&weekday) && (self.from..self.until).contains(&minute)
        } else {
            (self.days.contains(&weekday) && minute >= self.from)
                || (self.days.contains(&yesterday) && minute < self.until)
        }
    }
}

/// A day on which campaigns rest. JSON: `{"day":"2026-12-25","name":"Christmas"}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub day: jiff::civil::Date,
    /// What people call it; may be empty.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub name: String,
}

/// When messages may leave: in which hours, and on which days not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hours {
    /// The hours; none at all are all hours.
    pub windows: Vec<SendWindow>,
    /// Days on which nothing leaves, where the person written to is.
    pub holidays: Vec<jiff::civil::Date>,
}

impl Hours {
    /// Which minutes of a weekday (Monday is 1) are open.
    pub fn minutes(&self, weekday: u8) -> [bool; DAY_MINUTES as usize] {
        let mut minutes = [self.windows.is_empty(); DAY_MINUTES as usize];
        for (minute, open) in (0..).zip(&mut minutes) {
            *open |= self.windows.iter().any(|window| window.is_open(weekday, minute));
        }
        minutes
    }
}

/// Most days on which nothing leaves.
pub const MAX_HOLIDAYS: usize = 400;

impl TryFrom<Wire> for SendWindow {
    type Error = WindowError;
    fn try_from(wire: Wire) -> Result<Self, WindowError> {
        SendWindow::new(&wire.days, minute_of(&wire.from)?, minute_of(&wire.until)?)
    }
}

impl From<SendWindow> for Wire {
    fn from(window: SendWindow) -> Wire {
        Wire { days: window.days, from: clock(window.from), until: clock(window.until) }
    }
}

/// `09:30` for minute 570.
pub fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The minute of the day of a text like `9:30` or `24:00`.
fn minute_of(text: &str) -> Result<u16, WindowError> {
    let wrong = || {
        WindowError(format!(
            "{:?} is not a time of day such as 09:00",
            text.chars().take(20).collect::<String>()
        ))
    };
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(wrong)?;
    let number = |part: &str, len: std::ops::RangeInclusive<usize>| {
        (len.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u16>().ok())
            .flatten()
    };
    let (hours, minutes) =
        (number(hours, 1..=2).ok_or_else(wrong)?, number(minutes, 2..=2).ok_or_else(wrong)?);
    let minute = hours * 60 + minutes;
    if minutes > 59 || minute > DAY_MINUTES { Err(wrong()) } else { Ok(minute) }
}

/// A minute of the day on a wall clock. JSON: `"09:00"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Nine in the morning.
    pub const NINE: Self = Self(9 * 60);
    /// Noon.
    pub const NOON: Self = Self(12 * 60);

    /// The minute of the day, `None` where a day has no such minute.
    pub fn new(minute: u16) -> Option<Self> {
        (minute < DAY_MINUTES).then_some(Self(minute))
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&clock(self.0))
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&clock(self.0))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let minute = minute_of(&text).ok().and_then(TimeOfDay::new);
        minute.ok_or_else(|| {
            let shown: String = text.chars().take(20).collect();
            serde::de::Error::custom(format!("{shown:?} is not a time of day such as 09:00"))
        })
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$" })
    }
}

/// The first instant, from `at_ms` on, at which it is this time where `zone` is, on one of these weekdays (Monday is 1).
/// On a day that leaves the time out it is the instant after the gap; on one that has it twice, the first. `None` where
/// no day is allowed.
pub fn next_at(zone: &TimeZone, at_ms: i64, time: TimeOfDay, days: &[u8]) -> Option<i64> {
    let today = zone.to_datetime(timestamp(at_ms)).date();
    (0..=8).find_map(|ahead| {
        let date = today.checked_add(jiff::Span::new().days(ahead)).ok()?;
        let is_allowed = days.contains(&(date.weekday().to_monday_one_offset() as u8));
        let instant = is_allowed.then(|| at_minute(zone, date, time.0)).flatten()?;
        (instant >= at_ms).then_some(instant)
    })
}

/// The day that an instant belongs to where `zone` is.
pub fn local_date(zone: &TimeZone, at_ms: i64) -> jiff::civil::Date {
    zone.to_datetime(timestamp(at_ms)).date()
}

/// The minute of the day of an instant where `zone` is.
pub fn local_minute(zone: &TimeZone, at_ms: i64) -> u16 {
    let local = zone.to_datetime(timestamp(at_ms));
    u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs())
}

/// The instant of this time on this day where `zone` is. Where the day leaves the time out it is the instant after the
/// gap; where it comes twice, the first.
pub fn at(zone: &TimeZone, day: jiff::civil::Date, time: TimeOfDay) -> Option<i64> {
    at_minute(zone, day, time.0)
}

/// Whether messages may leave at this instant.
pub fn is_open(hours: &Hours, zone: &TimeZone, at_ms: i64) -> bool {
    if hours.windows.is_empty() && hours.holidays.is_empty() {
        return true;
    }
    let local = zone.to_datetime(timestamp(at_ms));
    let minute = local.hour() as u16 * 60 + local.minute() as u16;
    let weekday = local.weekday().to_monday_one_offset() as u8;
    let in_hours = hours.windows.is_empty() || hours.windows.iter().any(|w| w.is_open(weekday, minute));
    in_hours && !hours.holidays.contains(&local.date())
}

/// The first instant, from `at_ms` on, at which a message may leave; `None` if no window ever opens.
///
/// What is open changes only where a window opens, where a holiday ends and where the zone's clock jumps, so these are
/// the only instants to try.
pub fn next_open(hours: &Hours, zone: &TimeZone, at_ms: i64) -> Option<i64> {
    if is_open(hours, zone, at_ms) {
        return Some(at_ms);
    }
    let at = timestamp(at_ms);
    let today = zone.to_datetime(at).date();
    let days =
        HORIZON_DAYS + hours.holidays.iter().filter(|day| **day >= today).take(MAX_HOLIDAYS).count() as i64;
    let horizon = at_ms.saturating_add((days + 1) * 86_400_000);
    let jumps = zone
        .following(at)
        .map(|jump| jump.timestamp().as_millisecond())
        .take_while(|jump| *jump <= horizon)
        .take(16);
    let mut best = jumps.filter(|jump| is_open(hours, zone, *jump)).min();
    let mut opens_on = days;
    for ahead in 0..=days {
        // One day more than where a window opens: no zone shifts by more than a day.
        if ahead > opens_on + 1 {
            break;
        }
        let Ok(date) = today.checked_add(jiff::Span::new().days(ahead)) else { break };
        // A day after a holiday may begin in the middle of a window.
        let is_after = date.yesterday().is_ok_and(|before| hours.holidays.contains(&before));
        for from in hours.windows.iter().map(|window| window.from).chain(is_after.then_some(0)) {
            let Ok(time) = Time::new((from / 60) as i8, (from % 60) as i8, 0, 0) else {
                continue;
            };
            let begin = (from == 0).then(|| at_minute(zone, date, 0)).flatten();
            for instant in instants(zone, date.to_datetime(time)).chain(begin) {
                if instant >= at_ms && best.is_none_or(|best| instant < best) && is_open(hours, zone, instant)
                {
                    best = Some(instant);
                    opens_on = opens_on.min(ahead);
                }
            }
        }
    }
    best
}

/// Where the hours are open at this instant: when they close. `None` where they are closed, or never close.
pub fn closes_at(hours: &Hours, zone: &TimeZone, at_ms: i64) -> Option<i64> {
    if !is_open(hours, zone, at_ms) || hours.windows.is_empty() {
        return None;
    }
    let mut end = at_ms;
    for (from, until) in Stretches::new(hours, zone, at_ms) {
        if from > end {
            return Some(end);
        }
        end = end.max(until);
    }
    None
}

/// The instants at which the wall clock shows this; two where the hour comes twice.
fn instants(zone: &TimeZone, local: DateTime) -> impl Iterator<Item = i64> {
    let earlier = zone.to_ambiguous_timestamp(local).earlier().ok();
    let later = zone.to_ambiguous_timestamp(local).later().ok();
    earlier
        .into_iter()
        .chain(later.filter(|later| Some(*later) != earlier))
        .map(|instant| instant.as_millisecond())
}

/// The instant of this minute on the local day of `day_of_ms`: once per local day, the first of two where the
/// hour comes twice, the first instant after the gap where it does not exist.
pub fn daily_at(zone: &TimeZone, day_of_ms: i64, minute: u16) -> i64 {
    let date = zone.to_datetime(timestamp(day_of_ms)).date();
    at_minute(zone, date, minute.min(DAY_MINUTES - 1)).unwrap_or(day_of_ms)
}

/// The same on a date; `None` outside the calendar.
fn at_minute(zone: &TimeZone, date: jiff::civil::Date, minute: u16) -> Option<i64> {
    let time = Time::new((minute / 60) as i8, (minute % 60) as i8, 0, 0).ok()?;
    let wanted = date.to_datetime(time);
    let instant = zone.to_ambiguous_timestamp(wanted).compatible().ok()?;
    if zone.to_datetime(instant) == wanted {
        return Some(instant.as_millisecond());
    }
    // In a gap: the instant at which the clock jumped over it. One second later is safely behind the jump.
    let behind = instant.checked_add(jiff::SignedDuration::from_secs(1)).unwrap_or(instant);
    Some(zone.preceding(behind).next().map_or(instant, |jump| jump.timestamp()).as_millisecond())
}

/// The local day of an instant as the number yyyymmdd, for daily caps.
pub fn local_day(zone: &TimeZone, at_ms: i64) -> i32 {
    let date = zone.to_datetime(timestamp(at_ms)).date();
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}

/// The instant at which the next local day begins.
pub fn next_day(zone: &TimeZone, at_ms: i64) -> i64 {
    let now = timestamp(at_ms).to_zoned(zone.clone());
    now.tomorrow()
        .and_then(|tomorrow| tomorrow.start_of_day())
        .map_or(at_ms.saturating_add(86_400_000), |start| start.timestamp().as_millisecond())
}

/// How many local days lie between the days of two instants; 0 on the same day, negative where the second is earlier.
pub fn days_between(zone: &TimeZone, from_ms: i64, to_ms: i64) -> i64 {
    let days = local_date(zone, from_ms).until(local_date(zone, to_ms));
    days.map_or(0, |span| i64::from(span.get_days()))
}

/// The zone of this IANA name (`America/New_York`), `None` if there is none.
pub fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name.trim()).ok()
}

/// The zone whose clock counts for a message: the contact's, else the sender's, else the workspace's. A name
/// that is no zone is passed over; UTC is the last resort.
pub fn zone_for(contact: Option<&str>, sender: Option<&str>, workspace: &str) -> TimeZone {
    [contact, sender, Some(workspace)]
        .into_iter()
        .flatten()
        .filter(|name| !name.trim().is_empty())
        .find_map(zone)
        .unwrap_or(TimeZone::UTC)
}

/// The first instant, from `at_ms` on, at which all of these are open; `None` if that never is.
pub fn next_open_of_all(all: &[(&Hours, &TimeZone)], at_ms: i64) -> Option<i64> {
    let mut at = at_ms;
    // Each round ends later than it began, at an opening of one of them: a fortnight has no more of those that matter.
    for _ in 0..64 {
        let next = all.iter().try_fold(at, |at, (hours, zone)| next_open(hours, zone, at))?;
        if next == at {
            return Some(at);
        }
        at = next;
    }
    None
}

/// The hours in which the law lets anybody be called: eight to nine in the evening, every day (47 CFR 64.1200).
pub fn calling_hours() -> &'static Hours {
    static HOURS: LazyLock<Hours> = LazyLock::new(|| {
        let window = SendWindow { days: (1..=7).collect(), from: 8 * 60, until: 21 * 60 };
        Hours { windows: vec![window], holidays: Vec::new() }
    });
    &HOURS
}

/// The instant of a moment on the clock of `zone`, such as `2026-11-27T16:30`: the first of two, and the one after a gap.
pub fn instant_of(zone: &TimeZone, text: &str) -> Option<i64> {
    let local: DateTime = text.trim().parse().ok()?;
    Some(zone.to_ambiguous_timestamp(local).compatible().ok()?.as_millisecond())
}

/// When a window that is open at an instant closes: the next time that its last minute is over. Of windows that do not run
/// over midnight.
pub fn closes(window: &SendWindow, zone: &TimeZone, at_ms: i64) -> Option<i64> {
    next_at(zone, at_ms, TimeOfDay::new(window.until)?, &window.days)
}

/// Where somebody with a North American number may be when nobody knows: the first and the last zone of the plan.
pub fn calling_coasts() -> &'static [TimeZone] {
    static COASTS: LazyLock<Vec<TimeZone>> =
        LazyLock::new(|| ["America/St_Johns", "Pacific/Honolulu"].into_iter().filter_map(zone).collect());
    &COASTS
}

/// The day of an instant where `zone` is, as `2026-11-30`.
pub fn day_of(zone: &TimeZone, at_ms: i64) -> String {
    zone.to_datetime(timestamp(at_ms)).date().to_string()
}

/// The instant in milliseconds at which a day (`2026-11-30`) begins where `zone` is, so many days later. `None` for what
/// is no day, or too far from now.
pub fn day_start(zone: &TimeZone, day: &str, days_later: i64) -> Option<i64> {
    let date: jiff::civil::Date = day.trim().parse().ok()?;
    let date = date.checked_add(jiff::Span::new().try_days(days_later).ok()?).ok()?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond())
}

/// An instant in words for a person: `Monday 09:00 (New York time)`; with the date when it is not within a
/// week of `now_ms`, and `today` when it is.
pub fn in_words(zone: &TimeZone, at_ms: i64, now_ms: i64) -> String {
    let local = zone.to_datetime(timestamp(at_ms));
    let today = zone.to_datetime(timestamp(now_ms)).date();
    let days = today.until(local.date()).map_or(i32::MAX, |span| span.get_days());
    let time = clock(local.hour() as u16 * 60 + local.minute() as u16);
    let day = match days {
        0 => "today".to_owned(),
        1..=6 => weekday(local.weekday()).to_owned(),
        _ => format!("{} {}", weekday(local.weekday()), local.date()),
    };
    format!("{day} {time} ({})", zone_in_words(zone))
}

/// A day in words for a person: `today`, `Monday`, and with the date when it is not within a week of `today`.
pub fn day_in_words(day: jiff::civil::Date, today: jiff::civil::Date) -> String {
    match today.until(day).map_or(i32::MAX, |span| span.get_days()) {
        0 => "today".to_owned(),
        1..=6 => weekday(day.weekday()).to_owned(),
        _ => format!("{} {day}", weekday(day.weekday())),
    }
}

fn zone_in_words(zone: &TimeZone) -> String {
    match zone.iana_name() {
        Some(name) if name != "UTC" && name.contains('/') => {
            let city = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
            format!("{city} time")
        }
        Some(name) => name.to_owned(),
        None => "UTC".to_owned(),
    }
}

const fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// An instant outside the calendar counts as its edge.
fn timestamp(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests;
