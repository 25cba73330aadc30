//! When, as people type it: `tomorrow 9am`, `in 3 days`, `next monday`, `24 dec 14:00`.

use jiff::{
    Span, Timestamp, ToSpan,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};

/// When a day that is named without a time begins for people.
const MORNING: i8 = 8;
const EVENING: i8 = 18;
/// How far ahead a moment may be.
const HORIZON_DAYS: i64 = 730;

/// Why a text is no moment, for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoMoment(String);

fn unknown() -> NoMoment {
    NoMoment(
        "Write a time such as \"tomorrow 9am\", \"in 3 days\", \"next monday\" or \"24 dec 14:00\"".into(),
    )
}

/// The instant that a text means for somebody at `zone`, in milliseconds. It lies after `now_ms`, by at most two years.
/// A day without a time is its morning at eight; an hour that a clock change leaves out is the one after it.
pub fn read(text: &str, zone: &TimeZone, now_ms: i64) -> Result<i64, NoMoment> {
    let now = Timestamp::from_millisecond(now_ms).map_err(|_| unknown())?;
    let at = match crate::time::parse_rfc3339(text.trim()) {
        Some(at) => at,
        None => Words::of(text).read(zone, now)?,
    };
    if at <= now_ms {
        return Err(NoMoment("That time has passed. Choose a later one".into()));
    }
    if at - now_ms > HORIZON_DAYS * 86_400_000 {
        return Err(NoMoment("That is more than two years away. Choose an earlier time".into()));
    }
    Ok(at)
}

/// The words of a text that say something, in small letters.
struct Words(Vec<String>);

/// What the words say of a day.
enum Day {
    /// A date.
    On(Date),
    /// A weekday: the next one, or this very day if the time is still to come and nobody said `next`.
    Next(Weekday, bool),
}

impl Words {
    fn of(text: &str) -> Self {
        let text: String = text.chars().take(80).flat_map(char::to_lowercase).collect();
        let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
        Self(words.filter(|w| !matches!(*w, "at" | "on" | "the" | "of")).map(str::to_owned).collect())
    }

    fn read(mut self, zone: &TimeZone, now: Timestamp) -> Result<i64, NoMoment> {
        if let Some(at) = self.span(zone, now)? {
            return Ok(at);
        }
        let time = self.time()?;
        let local = zone.to_datetime(now);
        let words: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let (day, usual) = match words.as_slice() {
            [] => {
                let time = time.ok_or_else(unknown)?;
                let day = if time > local.time() { local.date() } else { next(local.date())? };
                (Day::On(day), MORNING)
            }
            ["today"] if time.is_some() => (Day::On(local.date()), MORNING),
            ["tonight"] | ["this", "evening"] => (Day::On(local.date()), EVENING),
            ["tomorrow", "evening"] => (Day::On(next(local.date())?), EVENING),
            ["tomorrow"] | ["tomorrow", "morning"] => (Day::On(next(local.date())?), MORNING),
            ["next", "week"] => (Day::Next(Weekday::Monday, true), MORNING),
            ["next", "month"] => {
                let later = local.date().checked_add(1.month()).map_err(|_| unknown())?;
                (Day::On(later.first_of_month()), MORNING)
            }
            ["next", day] => (Day::Next(weekday(day).ok_or_else(unknown)?, true), MORNING),
            ["this", day] => (Day::Next(weekday(day).ok_or_else(unknown)?, false), MORNING),
            [day] if weekday(day).is_some() => (Day::Next(weekday(day).ok_or_else(unknown)?, false), MORNING),
            words => (Day::On(date(words, local.date()).ok_or_else(unknown)?), MORNING),
        };
        let time = time.unwrap_or_else(|| Time::constant(usual, 0, 0, 0));
        let date = match day {
            Day::On(date) => date,
            Day::Next(weekday, is_next) => {
                let today = local.date().weekday() == weekday;
                match today && !is_next && time > local.time() {
                    true => local.date(),
                    false => local.date().nth_weekday(1, weekday).map_err(|_| unknown())?,
                }
            }
        };
        let at = date.to_datetime(time).to_zoned(zone.clone()).map_err(|_| unknown())?;
        Ok(at.timestamp().as_millisecond())
    }

    /// `in 3 days`, `2h`, `in a week`, `later today`: counted from now. Days keep the time of the clock on the wall,
    /// unless another is said behind them.
    fn span(&mut self, zone: &TimeZone, now: Timestamp) -> Result<Option<i64>, NoMoment> {
        if self.0 == ["later", "today"] || self.0 == ["later"] {
            return Ok(Some(now.as_millisecond() + 3 * 3_600_000));
        }
        if self.0.first().is_some_and(|word| word == "in") {
            self.0.remove(0);
        }
        // `2h` is two words.
        if let Some((digits, unit)) = self.0.first().and_then(|word| split_number(word))
            && unit_of(unit).is_some()
            // `9am` is a time, and so is `5` alone.
            && !matches!(unit, "am" | "pm")
        {
            let (digits, unit) = (digits.to_owned(), unit.to_owned());
            self.0.splice(0..1, [digits, unit]);
        }
        let [amount, unit, rest @ ..] = self.0.as_slice() else { return Ok(None) };
        let number = match amount.as_str() {
            "a" | "an" | "one" => Some(1),
            "two" => Some(2),
            "three" => Some(3),
            other => other.parse::<i64>().ok().filter(|n| (1..=100_000).contains(n)),
        };
        let (Some(number), Some(unit)) = (number, unit_of(unit)) else { return Ok(None) };
        let time = Words(rest.to_vec()).only_time()?;
        let from = now.to_zoned(zone.clone());
        let span = match unit {
            'n' => Span::new().try_minutes(number),
            'h' => Span::new().try_hours(number),
            'd' => Span::new().try_days(number),
            'w' => Span::new().try_weeks(number),
            _ => Span::new().try_months(number),
        };
        let span = span.map_err(|_| unknown())?;
        let mut at = from.checked_add(span).map_err(|_| unknown())?;
        if let Some(time) = time {
            if matches!(unit, 'n' | 'h') {
                return Err(unknown());
            }
            at = at.date().to_datetime(time).to_zoned(zone.clone()).map_err(|_| unknown())?;
        }
        Ok(Some(at.timestamp().as_millisecond()))
    }

    fn only_time(mut self) -> Result<Option<Time>, NoMoment> {
        let time = self.time()?;
        if self.0.is_empty() { Ok(time) } else { Err(unknown()) }
    }

    /// Takes the time of the day out of the words: `9am`, `9 am`, `14:30`, `2:30pm`, `noon`.
    fn time(&mut self) -> Result<Option<Time>, NoMoment> {
        for at in 0..self.0.len() {
            let next = self.0.get(at + 1).map(String::as_str);
            let half = next.filter(|word| matches!(*word, "am" | "pm")).map(str::to_owned);
            let Some(word) = self.0.get(at) else { continue };
            let joined = format!("{word}{}", half.as_deref().unwrap_or_default());
            if let Some(time) = time_of(&joined)? {
                self.0.drain(at..=at + usize::from(half.is_some()));
                return Ok(Some(time));
            }
        }
        Ok(None)
    }
}

fn next(day: Date) -> Result<Date, NoMoment> {
    day.tomorrow().map_err(|_| unknown())
}

fn split_number(word: &str) -> Option<(&str, &str)> {
    let end = word.find(|c: char| !c.is_ascii_digit())?;
    (end > 0).then(|| word.split_at(end))
}

/// Minutes, hours, days, weeks or months.
fn unit_of(word: &str) -> Option<char> {
    Some(match word {
        "m" | "min" | "mins" | "minute" | "minutes" => 'n',
        "h" | "hr" | "hrs" | "hour" | "hours" => 'h',
        "d" | "day" | "days" => 'd',
        "w" | "wk" | "week" | "weeks" => 'w',
        "month" | "months" => 'm',
        _ => return None,
    })
}

/// `None` for a word that is no time at all.
fn time_of(word: &str) -> Result<Option<Time>, NoMoment> {
    match word {
        "noon" => return Ok(Some(Time::constant(12, 0, 0, 0))),
        "midnight" => return Ok(Some(Time::midnight())),
        _ => {}
    }
    let (digits, half) = match word.strip_suffix("am").or_else(|| word.strip_suffix("pm")) {
        Some(digits) => (digits, Some(word.ends_with("pm"))),
        None => (word, None),
    };
    let (hour, minute) = match digits.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, minute),
        None if half.is_some() => (digits, "0"),
        _ => return Ok(None),
    };
    let (Ok(hour), Ok(minute)) = (hour.parse::<i8>(), minute.parse::<i8>()) else { return Ok(None) };
    let wrong = || NoMoment(format!("There is no such time as {word}"));
    let hour = match half {
        Some(_) if !(1..=12).contains(&hour) => return Err(wrong()),
        Some(is_pm) => hour % 12 + if is_pm { 12 } else { 0 },
        None => hour,
    };
    Time::new(hour, minute, 0, 0).map(Some).map_err(|_| wrong())
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tues" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thur" | "thurs" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        "sun" | "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn month(word: &str) -> Option<i8> {
    let begins = |name: &&str| word.len() >= 3 && word.starts_with(*name);
    MONTHS.iter().position(begins).and_then(|at| i8::try_from(at + 1).ok())
}

/// `24`, `24th`, `24.`
fn day_of_month(word: &str) -> Option<i8> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (digits, tail) = word.split_at(end);
    matches!(tail, "" | "st" | "nd" | "rd" | "th" | ".").then(|| digits.parse().ok()).flatten()
}

/// `2026-12-24`, `24 dec`, `dec 24th 2027`, `24.12.`, `24.12.2026`; without a year it is the next such day.
fn date(words: &[&str], today: Date) -> Option<Date> {
    if let [one] = words {
        if let Ok(date) = one.parse::<Date>() {
            return (one.len() == 10).then_some(date);
        }
        let parts: Vec<&str> = one.split('.').collect();
        let [day, month, year @ ..] = parts.as_slice() else { return None };
        let year = year.first().filter(|year| !year.is_empty());
        return coming(year.copied(), month.parse().ok()?, day.parse().ok()?, today);
    }
    let (one, two, year) = match words {
        [one, two] => (one, two, None),
        [one, two, year] => (one, two, Some(*year)),
        _ => return None,
    };
    match (month(one), month(two)) {
        (None, Some(month)) => coming(year, month, day_of_month(one)?, today),
        (Some(month), None) => coming(year, month, day_of_month(two)?, today),
        _ => None,
    }
}

fn coming(year: Option<&str>, month: i8, day: i8, today: Date) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year.parse().ok()?, month, day).ok();
    }
    // The 29th of February may be years away.
    (today.year()..=today.year().checked_add(8)?)
        .filter_map(|year| Date::new(year, month, day).ok())
        .find(|date| *date >= today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::zone;

    /// Wednesday, 25 March 2026, 14:30 in Oslo, four days before its clocks go forward.
    const NOW: &str = "2026-03-25T13:30:00Z";

    fn at(text: &str, zone_name: &str, now: &str) -> Result<String, NoMoment> {
        let (zone, now) = (zone(zone_name).unwrap(), crate::time::parse_rfc3339(now).unwrap());
        let at = read(text, &zone, now)?;
        Ok(zone.to_datetime(Timestamp::from_millisecond(at).unwrap()).strftime("%a %F %H:%M").to_string())
    }

    #[test]
    fn what_people_type_is_read_on_the_clock_of_their_wall() {
        for (text, expected) in [
            ("tomorrow 9am", "Thu 2026-03-26 09:00"),
            ("Tomorrow at 9 AM", "Thu 2026-03-26 09:00"),
            ("tomorrow", "Thu 2026-03-26 08:00"),
            ("9am tomorrow", "Thu 2026-03-26 09:00"),
            ("tomorrow evening", "Thu 2026-03-26 18:00"),
            ("tonight", "Wed 2026-03-25 18:00"),
            ("today 5pm", "Wed 2026-03-25 17:00"),
            ("17:45", "Wed 2026-03-25 17:45"),
            ("9am", "Thu 2026-03-26 09:00"),
            ("12am", "Thu 2026-03-26 00:00"),
            ("12:30pm", "Thu 2026-03-26 12:30"),
            ("noon", "Thu 2026-03-26 12:00"),
            ("later today", "Wed 2026-03-25 17:30"),
            ("in 2 hours", "Wed 2026-03-25 16:30"),
            ("2h", "Wed 2026-03-25 16:30"),
            ("in 90 minutes", "Wed 2026-03-25 16:00"),
            ("30m", "Wed 2026-03-25 15:00"),
            ("in 3 days", "Sat 2026-03-28 14:30"),
            ("3 days 9am", "Sat 2026-03-28 09:00"),
            // The clocks go forward on Sunday: a day is a day on the wall, an hour is an hour.
            ("in 5 days", "Mon 2026-03-30 14:30"),
            ("in 120 hours", "Mon 2026-03-30 15:30"),
            ("in a week", "Wed 2026-04-01 14:30"),
            ("in 1 month", "Sat 2026-04-25 14:30"),
            ("monday", "Mon 2026-03-30 08:00"),
            ("next monday", "Mon 2026-03-30 08:00"),
            ("next week", "Mon 2026-03-30 08:00"),
            ("next tue 3pm", "Tue 2026-03-31 15:00"),
            ("wed 5pm", "Wed 2026-03-25 17:00"),
            ("wednesday", "Wed 2026-04-01 08:00"),
            ("next wed 5pm", "Wed 2026-04-01 17:00"),
            ("next month", "Wed 2026-04-01 08:00"),
            // The hour that Oslo leaves out.
            ("sunday 2:30", "Sun 2026-03-29 03:30"),
            ("24 dec", "Thu 2026-12-24 08:00"),
            ("dec 24th 14:00", "Thu 2026-12-24 14:00"),
            ("24 december 2027", "Fri 2027-12-24 08:00"),
            ("1 feb", "Mon 2027-02-01 08:00"),
            ("24.12.", "Thu 2026-12-24 08:00"),
            ("24.12.2026 9:00", "Thu 2026-12-24 09:00"),
            ("2026-04-02", "Thu 2026-04-02 08:00"),
            ("2026-04-02 21:15", "Thu 2026-04-02 21:15"),
            ("2026-04-02T09:00:00Z", "Thu 2026-04-02 11:00"),
        ] {
            assert_eq!(at(text, "Europe/Oslo", NOW).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_same_words_are_another_moment_elsewhere() {
        let millis = |name| read("tomorrow 9am", &zone(name).unwrap(), 1_774_445_400_000).unwrap();
        assert_eq!(crate::time::rfc3339(millis("Europe/Oslo")), "2026-03-26T08:00:00.000Z");
        assert_eq!(crate::time::rfc3339(millis("America/New_York")), "2026-03-26T13:00:00.000Z");
        assert_eq!(crate::time::rfc3339(millis("Asia/Kolkata")), "2026-03-26T03:30:00.000Z");
        // There it is tomorrow already.
        assert_eq!(crate::time::rfc3339(millis("Pacific/Kiritimati")), "2026-03-26T19:00:00.000Z");
    }

    #[test]
    fn what_is_no_moment_is_refused_with_what_to_write() {
        for bad in [
            "",
            "soon",
            "in",
            "in days",
            "in 0 days",
            "5",
            "25:00",
            "9:5",
            "13pm",
            "0am",
            "monday monday",
            "32 dec",
            "30 feb 2027",
            "tomorrow 9am 10am",
            "in 2 hours 9am",
            "next",
            "today",
            "2026-13-01",
            "in 99999999999999999999 days",
            "in 100000 months",
            "🦀",
            "9am\u{0}",
        ] {
            assert!(at(bad, "Europe/Oslo", NOW).is_err(), "{bad}");
        }
        for past in ["today 9am", "2026-03-01", "2020-01-01T00:00:00Z", "1 mar 2026"] {
            let said = at(past, "Europe/Oslo", NOW).unwrap_err().to_string();
            assert!(said.contains("passed"), "{past}: {said}");
        }
        let said = at("1 jan 2030", "Europe/Oslo", NOW).unwrap_err().to_string();
        assert!(said.contains("two years"), "{said}");
    }
}
