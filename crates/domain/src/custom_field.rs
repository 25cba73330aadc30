//! Fields that a workspace defines for its contacts, and how their values are read.

use crate::text::words;
use jiff::civil::Date;

/// Most characters of a value.
pub const MAX_VALUE: usize = 2_000;
/// Most choices of a field.
pub const MAX_CHOICES: usize = 200;
/// Most fields of a workspace.
pub const MAX_FIELDS: i64 = 200;

words! {
    /// What a field holds.
    pub enum FieldKind {
        /// Any words.
        Text = "text",
        /// A decimal number.
        Number = "number",
        /// A day, `2026-11-30`.
        Date = "date",
        /// One of the choices.
        Choice = "choice",
        /// `true` or `false`.
        Boolean = "boolean",
        /// An address in the web.
        Url = "url",
    }
}

/// A value as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// As it is shown.
    pub text: String,
    /// As it is compared: without case, and no longer than an index takes.
    pub key: String,
    /// By which it is ordered, where it has an order other than that of letters.
    pub number: Option<f64>,
}

impl Value {
    fn new(text: String, number: Option<f64>) -> Self {
        Self { key: key(&text), text, number }
    }
}

/// How texts are compared: without case, the first 200 characters.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase().chars().take(200).collect()
}

/// The days since 1970 of a date in the form `2026-11-30`.
pub fn days(text: &str) -> Option<f64> {
    let date: Date = text.trim().parse().ok().filter(|_| text.trim().len() == 10)?;
    let epoch = Date::constant(1970, 1, 1);
    Some(f64::from((date - epoch).get_days()))
}

impl FieldKind {
    /// Reads what somebody wrote. `None` for nothing; an error says what would do.
    pub fn read(self, text: &str, choices: &[String]) -> Result<Option<Value>, String> {
        let text = crate::template::one_line(text.trim());
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > MAX_VALUE {
            return Err(format!("Write at most {MAX_VALUE} characters"));
        }
        let value = match self {
            FieldKind::Text => Value::new(text, None),
            FieldKind::Number => {
                let number = number(&text).ok_or("Write a number such as 12 or 3.5")?;
                Value::new(text, Some(number))
            }
            FieldKind::Date => {
                let day = days(&text).ok_or("Write a day as 2026-11-30")?;
                Value::new(text, Some(day))
            }
            FieldKind::Choice => {
                let same = |choice: &&String| key(choice) == key(&text);
                let choice = choices
                    .iter()
                    .find(same)
                    .ok_or_else(|| format!("Choose one of {}", choices.join(", ")))?;
                Value::new(choice.clone(), None)
            }
            FieldKind::Boolean => match key(&text).as_str() {
                "true" | "yes" | "1" => Value::new("true".into(), Some(1.0)),
                "false" | "no" | "0" => Value::new("false".into(), Some(0.0)),
                _ => return Err("Write true or false".into()),
            },
            FieldKind::Url => {
                let is_web = ["https://", "http://"].iter().any(|scheme| key(&text).starts_with(scheme));
                if !is_web || text.contains(' ') || text.len() < 11 {
                    return Err("Write an address that begins with https:// or http://".into());
                }
                Value::new(text, None)
            }
        };
        Ok(Some(value))
    }
}

impl FieldKind {
    /// A stored value as people write it in a text: `31 May 2026`, `12,500`, `yes`.
    pub fn written(self, text: &str) -> String {
        let written = match self {
            FieldKind::Number => grouped(text),
            FieldKind::Date => text.parse::<Date>().ok().map(|day| day.strftime("%-d %B %Y").to_string()),
            FieldKind::Boolean if text == "true" => Some("yes".to_owned()),
            FieldKind::Boolean => Some("no".to_owned()),
            FieldKind::Text | FieldKind::Choice | FieldKind::Url => None,
        };
        written.unwrap_or_else(|| text.to_owned())
    }

    /// Why a value of a file cannot be used, without a word of the value or of the field.
    pub const fn complaint(self) -> &'static str {
        match self {
            FieldKind::Text => "the value cannot be used",
            FieldKind::Number => "not a number such as 12 or 3.5",
            FieldKind::Date => "not a day such as 2026-11-30",
            FieldKind::Choice => "not one of the choices",
            FieldKind::Boolean => "neither true nor false",
            FieldKind::Url => "not an address that begins with https:// or http://",
        }
    }
}

/// Of a finite decimal number; words such as `inf` are none.
fn number(text: &str) -> Option<f64> {
    let is_decimal =
        text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|number| is_decimal && number.is_finite())
}

/// A number with commas between its thousands, from 10,000 on: what is shorter may be a year or a house number. Digits
/// behind the point stay as they were written.
fn grouped(text: &str) -> Option<String> {
    let number = number(text)?;
    // What somebody wrote with an exponent is written out.
    let plain =
        if text.contains(['e', 'E']) { number.to_string() } else { text.trim_start_matches('+').to_owned() };
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, behind) = digits.split_once('.').map_or((digits, ""), |(whole, behind)| (whole, behind));
    let mut out = sign.to_owned();
    for (at, digit) in whole.chars().enumerate() {
        let left = whole.len() - at;
        if at > 0 && left % 3 == 0 && whole.len() > 4 {
            out.push(',');
        }
        out.push(digit);
    }
    if !behind.is_empty() {
        out.extend([".", behind]);
    }
    Some(out)
}

/// The key of a field with this name: `company_size` for `Company size`.
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for c in name.trim().to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => key.push(c),
            _ if !key.is_empty() && !key.ends_with('_') => key.push('_'),
            _ => {}
        }
    }
    key.truncate(40);
    key.trim_end_matches('_').to_owned()
}

/// Whether a text can be the key of a field: letters of ASCII, digits and `_`, a letter first, at most 40.
pub fn is_key(key: &str) -> bool {
    key.len() <= 40
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_kind() {
        let choices = ["Gold".to_owned(), "Silver".to_owned()];
        let read = |kind: FieldKind, text: &str| {
            kind.read(text, &choices).map(|value| value.map(|v| (v.text, v.number)))
        };
        let good = [
            (FieldKind::Text, "  Two\nlines ", "Two lines", None),
            (FieldKind::Number, "-12.50", "-12.50", Some(-12.5)),
            (FieldKind::Date, "1970-01-11", "1970-01-11", Some(10.0)),
            (FieldKind::Date, "2024-02-29", "2024-02-29", Some(19782.0)),
            (FieldKind::Choice, "gold", "Gold", None),
            (FieldKind::Boolean, "Yes", "true", Some(1.0)),
            (FieldKind::Url, "https://example.com/a", "https://example.com/a", None),
        ];
        for (kind, text, shown, number) in good {
            assert_eq!(read(kind, text), Ok(Some((shown.to_owned(), number))), "{kind} {text}");
        }
        let bad = [
            (FieldKind::Number, "inf"),
            (FieldKind::Number, "1e999"),
            (FieldKind::Number, "12 EUR"),
            (FieldKind::Date, "2026-02-30"),
            (FieldKind::Date, "30.11.2026"),
            (FieldKind::Date, "20261130"),
            (FieldKind::Choice, "Bronze"),
            (FieldKind::Boolean, "maybe"),
            (FieldKind::Url, "javascript:alert(1)"),
            (FieldKind::Url, "https://a b.example"),
        ];
        for (kind, text) in bad {
            assert!(read(kind, text).is_err(), "{kind} {text}");
        }
        for kind in FieldKind::ALL {
            assert_eq!(read(*kind, " \t "), Ok(None), "{kind}");
        }
    }

    #[test]
    fn keys_come_from_names() {
        assert_eq!(key_of("  Company size (2026)! "), "company_size_2026");
        assert!(is_key("company_size_2026") && is_key("a"));
        for bad in ["", "2nd", "_a", "A", "a b", "é", &"a".repeat(41)] {
            assert!(!is_key(bad), "{bad}");
        }
    }

    #[test]
    fn values_are_written_as_people_write_them() {
        let table = [
            (FieldKind::Number, "2026", "2026"),
            (FieldKind::Number, "12500", "12,500"),
            (FieldKind::Number, "-1234567.50", "-1,234,567.50"),
            (FieldKind::Number, "+3.5", "3.5"),
            (FieldKind::Number, "1e6", "1,000,000"),
            (FieldKind::Number, "2.5e-1", "0.25"),
            (FieldKind::Number, ".5", ".5"),
            (FieldKind::Number, "12 or so", "12 or so"),
            (FieldKind::Date, "2026-05-01", "1 May 2026"),
            (FieldKind::Date, "soon", "soon"),
            (FieldKind::Boolean, "true", "yes"),
            (FieldKind::Boolean, "false", "no"),
            (FieldKind::Choice, "Gold", "Gold"),
            (FieldKind::Text, "12500", "12500"),
            (FieldKind::Url, "https://x.example/1", "https://x.example/1"),
        ];
        for (kind, stored, expected) in table {
            assert_eq!(kind.written(stored), expected, "{kind} {stored}");
        }
    }
}
