//! Numbers of a workbook as the text that a person would have typed.

use jiff::civil::{Date, DateTime, date};

/// How a cell shows its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As a number.
    Plain,
    /// As a day, a time or both.
    Date {
        /// It shows a day.
        has_day: bool,
        /// It shows a time.
        has_time: bool,
    },
    /// With zeros before it, and perhaps a plus: codes and phone numbers.
    Padded {
        /// How many digits at least.
        digits: usize,
        /// A plus comes first.
        plus: bool,
    },
}

impl Look {
    /// By the code of a format, `dd/mm/yyyy` or `00000`.
    pub fn of(code: &str) -> Self {
        // Only the part for positive numbers counts; what is quoted, escaped or in brackets is no letter of it.
        let (mut plain, mut letters, mut is_literal) = (String::new(), code.chars(), false);
        let mut plus = false;
        while let Some(letter) = letters.next() {
            match letter {
                '"' => is_literal = !is_literal,
                '+' => plus |= plain.is_empty(),
                _ if is_literal => {}
                '\\' | '_' | '*' => plus |= letters.next() == Some('+') && plain.is_empty(),
                '[' => {
                    let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                    // `[h]` counts hours; `[Red]` and `[$-409]` are no times.
                    if matches!(inside.to_ascii_lowercase().trim_matches(|c| "hms".contains(c)), "") {
                        plain.push_str(&inside);
                    }
                }
                ';' => break,
                letter => plain.push(letter),
            }
        }
        let plain = plain.to_ascii_lowercase();
        if plain == "general" || plain == "@" {
            return Self::Plain;
        }
        if !plain.is_empty() && plain.bytes().all(|byte| matches!(byte, b'0' | b'#')) {
            let digits = plain.bytes().filter(|byte| *byte == b'0').count().min(40);
            return if digits > 1 || plus { Self::Padded { digits, plus } } else { Self::Plain };
        }
        let has_day = plain.contains(['d', 'y']) || (plain.contains('m') && !plain.contains(['h', 's']));
        let has_time = plain.contains(['h', 's']);
        if has_day || has_time { Self::Date { has_day, has_time } } else { Self::Plain }
    }
}

/// The number of a cell as text; `None` when it is none.
pub fn text_of(number: &str, look: Look, counts_from_1904: bool) -> Option<String> {
    let value: f64 = number.trim().parse().ok().filter(|value: &f64| value.is_finite())?;
    match look {
        Look::Plain => Some(plain(value)),
        Look::Padded { digits, plus } if value >= 0.0 && value.fract() == 0.0 => {
            let sign = if plus { "+" } else { "" };
            Some(format!("{sign}{:0>digits$}", plain(value)))
        }
        Look::Padded { .. } => Some(plain(value)),
        Look::Date { has_day, has_time } => {
            Some(moment(value, has_day, has_time, counts_from_1904).unwrap_or_else(|| plain(value)))
        }
    }
}

/// As Excel shows it in a wide cell: at most 15 digits, since it knows no more, and no exponent, which would make
/// another text of a phone number.
fn plain(value: f64) -> String {
    let known: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    if known != 0.0 && !(1e-12..1e21).contains(&known.abs()) {
        return format!("{known:e}");
    }
    let text = format!("{known}");
    if text == "-0" { "0".to_owned() } else { text }
}

/// A day as `2026-11-30`, a time as `14:05`, both with a space between.
fn moment(value: f64, has_day: bool, has_time: bool, counts_from_1904: bool) -> Option<String> {
    if !(0.0..3_000_000.0).contains(&value) {
        return None;
    }
    // Half a second is lost in the last digits of a number.
    let seconds = (value * 86_400.0).round() as i64;
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let time = || {
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        if seconds == 0 {
            format!("{hours:02}:{minutes:02}")
        } else {
            format!("{hours:02}:{minutes:02}:{seconds:02}")
        }
    };
    if !has_day {
        return Some(time());
    }
    let day = day(days, counts_from_1904)?.strftime("%Y-%m-%d").to_string();
    Some(if has_time && seconds != 0 { format!("{day} {}", time()) } else { day })
}

/// Day 60 is 29 February 1900, which never was; the days before it are one further on.
fn day(number: i64, counts_from_1904: bool) -> Option<Date> {
    let (start, days) = match (counts_from_1904, number) {
        (true, days) => (date(1904, 1, 1), days),
        (false, days @ 0..60) => (date(1899, 12, 31), days),
        (false, days) => (date(1899, 12, 30), days),
    };
    start.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// What a cell of the kind `d` holds: `2026-11-30T00:00:00` is a day.
pub fn iso(text: &str) -> String {
    match text.trim().trim_end_matches('Z').parse::<DateTime>() {
        Ok(at) if at.time() == jiff::civil::Time::midnight() => at.date().to_string(),
        Ok(at) => at.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => text.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Look = Look::Date { has_day: true, has_time: false };
    const BOTH: Look = Look::Date { has_day: true, has_time: true };
    const TIME: Look = Look::Date { has_day: false, has_time: true };

    #[test]
    fn a_format_says_what_a_number_means() {
        for (code, look) in [
            ("General", Look::Plain),
            ("0.00", Look::Plain),
            ("#,##0", Look::Plain),
            ("0", Look::Plain),
            ("@", Look::Plain),
            ("\"days\" 0", Look::Plain),
            ("[Red]0.0", Look::Plain),
            ("#,##0 \\d\\a\\y", Look::Plain),
            ("dd/mm/yyyy", DAY),
            ("[$-409]d\\-mmm\\-yy;@", DAY),
            ("mmm", DAY),
            ("yyyy-mm-dd hh:mm", BOTH),
            ("[h]:mm:ss", TIME),
            ("mm:ss.0", TIME),
            ("00000", Look::Padded { digits: 5, plus: false }),
            ("\"+\"0", Look::Padded { digits: 1, plus: true }),
            ("\\+#", Look::Padded { digits: 0, plus: true }),
        ] {
            assert_eq!(Look::of(code), look, "{code}");
        }
    }

    #[test]
    fn a_number_is_what_somebody_would_have_typed() {
        let plus = Look::Padded { digits: 1, plus: true };
        for (number, look, expected) in [
            ("4.7912345678E10", Look::Plain, "47912345678"),
            ("4791234567", Look::Plain, "4791234567"),
            ("0.30000000000000004", Look::Plain, "0.3"),
            ("-12.5", Look::Plain, "-12.5"),
            ("-0", Look::Plain, "0"),
            ("1E+20", Look::Plain, "100000000000000000000"),
            ("1E+300", Look::Plain, "1e300"),
            ("42", Look::Padded { digits: 5, plus: false }, "00042"),
            ("4791234567", plus, "+4791234567"),
            ("-3", plus, "-3"),
            ("46356", DAY, "2026-11-30"),
            ("46356.75", BOTH, "2026-11-30 18:00"),
            ("46356", BOTH, "2026-11-30"),
            ("46355.9999999", DAY, "2026-11-30"),
            ("1", DAY, "1900-01-01"),
            ("59", DAY, "1900-02-28"),
            ("61", DAY, "1900-03-01"),
            ("0.5", TIME, "12:00"),
            ("0.500011574", TIME, "12:00:01"),
            ("-5", DAY, "-5"),
            ("99999999", DAY, "99999999"),
        ] {
            assert_eq!(text_of(number, look, false).as_deref(), Some(expected), "{number} {look:?}");
        }
        assert_eq!(text_of("44894", DAY, true).as_deref(), Some("2026-11-30"));
        assert_eq!(text_of("NaN", DAY, false), None);
        assert_eq!(text_of("1e999", Look::Plain, false), None);
        assert_eq!(text_of("x", Look::Plain, false), None);
        assert_eq!(iso("2026-11-30T00:00:00Z"), "2026-11-30");
        assert_eq!(iso("2026-11-30T18:05:00"), "2026-11-30 18:05");
        assert_eq!(iso("2026-11-30"), "2026-11-30");
        assert_eq!(iso("soon"), "soon");
    }
}
