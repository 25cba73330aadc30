//! When somebody is back, as the note says that answers while they are away.
//!
//! Notes are written by people for people, in any words. So only a whole date counts: a day and a month, or a weekday
//! behind "until" or "on". Of several dates the last is the one on which they are back. What is not understood is not
//! guessed: nobody is written to later because of it, and nobody earlier.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Longest absence that is believed, in days: what lies further away is a date of something else.
const LONGEST: i64 = 200;

/// Names of months in the languages of the lexicon, and how they are shortened.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "jänner", "janvier", "enero", "janeiro", "gennaio"],
    &["feb", "february", "februar", "février", "febrero", "fevereiro", "febbraio"],
    &["mar", "march", "märz", "maerz", "mars", "marzo", "março"],
    &["apr", "april", "avril", "abril", "aprile"],
    &["may", "mai", "mayo", "maio", "maggio"],
    &["jun", "june", "juni", "juin", "junio", "junho", "giugno"],
    &["jul", "july", "juli", "juillet", "julio", "julho", "luglio"],
    &["aug", "august", "août", "aout", "agosto"],
    &["sep", "sept", "september", "septembre", "septiembre", "setembro", "settembre"],
    &["oct", "okt", "october", "oktober", "octobre", "octubre", "outubro", "ottobre"],
    &["nov", "november", "novembre", "noviembre", "novembro"],
    &["dec", "dez", "december", "dezember", "décembre", "diciembre", "dezembro", "dicembre"],
];

const DAYS: [(Weekday, &[&str]); 7] = [
    (Weekday::Monday, &["monday", "montag", "lundi", "lunes"]),
    (Weekday::Tuesday, &["tuesday", "dienstag", "mardi", "martes"]),
    (Weekday::Wednesday, &["wednesday", "mittwoch", "mercredi", "miércoles"]),
    (Weekday::Thursday, &["thursday", "donnerstag", "jeudi", "jueves"]),
    (Weekday::Friday, &["friday", "freitag", "vendredi", "viernes"]),
    (Weekday::Saturday, &["saturday", "samstag", "samedi", "sábado"]),
    (Weekday::Sunday, &["sunday", "sonntag", "dimanche", "domingo"]),
];

/// The date before which they are away, and not the one on which they are back.
const UNTIL: &[&str] = &[
    "until",
    "till",
    "til",
    "through",
    "thru",
    "to",
    "bis",
    "einschließlich",
    "jusqu'au",
    "au",
    "hasta",
    "al",
    "até",
    "fino",
];
/// What stands between these and the date.
const BETWEEN: &[&str] =
    &["and", "including", "the", "le", "el", "zum", "dem", "den", "einschließlich", "inklusive"];
/// What stands before a weekday that is meant as a date.
const BEFORE_A_DAY: &[&str] = &[
    "on",
    "until",
    "till",
    "til",
    "through",
    "next",
    "am",
    "bis",
    "ab",
    "nächsten",
    "jusqu'à",
    "hasta",
    "el",
    "back",
];

/// The first day on which they are back. `today` is the day of the note where it came from.
pub fn back_on(note: &str, today: Date) -> Option<Date> {
    let words: Vec<String> = super::written(note)
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ';' | ':' | '!' | '–' | '—'))
        .map(|word| {
            word.trim_matches(|c: char| !c.is_alphanumeric() && c != '.').replace('’', "'").to_lowercase()
        })
        .filter(|word| !word.is_empty())
        .take(400)
        .collect();
    let latest = today.checked_add(LONGEST.days()).ok()?;
    let mut back: Option<Date> = None;
    for (at, word) in words.iter().enumerate() {
        let found = numeric(word, today)
            .map(|date| (date, at))
            .or_else(|| in_words(&words, at, today))
            .or_else(|| weekday(&words, at, today).map(|date| (date, at)));
        let Some((named, first)) = found else { continue };
        let date = if is_until(&words[..first]) { named.tomorrow().ok()? } else { named };
        if date > today && date <= latest && back.is_none_or(|so_far| date > so_far) {
            back = Some(date);
        }
    }
    back
}

fn is_until(before: &[String]) -> bool {
    let mut words =
        before.iter().rev().skip_while(|word| BETWEEN.contains(&word.as_str()) || is_weekday(word));
    words.next().is_some_and(|word| UNTIL.contains(&word.as_str()))
}

fn is_weekday(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    DAYS.iter().any(|(_, names)| names.contains(&word))
}

/// `2026-12-03`, `3.12.2026`, `3.12.`, `12/3/2026`, `3/12`. Where day and month could be either way, it is the later of
/// the two: nobody minds a message that comes after they are back.
fn numeric(word: &str, today: Date) -> Option<Date> {
    let parts: Vec<i16> = word
        .split(['.', '/', '-'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let dotted = word.contains('.');
    match parts[..] {
        [year, month, day] if year > 1900 => date(year, month, day),
        [one, other, year] => {
            let year = if year < 100 { year + 2000 } else { year };
            either(one, other, dotted, &|month, day| date(year, month, day))
        }
        [one, other] if word.contains('/') || word.ends_with('.') => {
            either(one, other, dotted, &|month, day| next(month, day, today))
        }
        _ => None,
    }
}

fn either(one: i16, other: i16, dotted: bool, date: &dyn Fn(i16, i16) -> Option<Date>) -> Option<Date> {
    let european = date(other, one);
    if dotted { european } else { european.max(date(one, other)) }
}

/// `3 December`, `3rd of December 2026`, `December 3rd, 2026`, `3. Dezember`, and with which word it begins.
fn in_words(words: &[String], at: usize, today: Date) -> Option<(Date, usize)> {
    let month = month(&words[at])?;
    let word = |n: usize| words.get(n).map(String::as_str);
    let of = usize::from(at.checked_sub(1).and_then(word).is_some_and(|word| matches!(word, "of" | "de")));
    let before = at.checked_sub(1 + of);
    let (day, first, rest) = match (before.and_then(word).and_then(day), before) {
        (Some(day), Some(first)) => (day, first, at + 1),
        _ => (word(at + 1).and_then(day)?, at, at + 2),
    };
    let year = |text: &str| text.trim_end_matches('.').parse::<i16>().ok();
    let date = match word(rest).and_then(year).filter(|year| (2000..3000).contains(year)) {
        Some(year) => date(year, month, day),
        None => next(month, day, today),
    };
    Some((date?, first))
}

fn month(word: &str) -> Option<i16> {
    let word = word.trim_end_matches('.');
    let found = MONTHS.iter().position(|names| names.contains(&word))?;
    i16::try_from(found + 1).ok()
}

fn day(word: &str) -> Option<i16> {
    let digits = word.trim_end_matches(|c: char| c == '.' || c.is_alphabetic());
    let ending = word[digits.len()..].trim_end_matches('.');
    let ordinal = matches!(ending, "" | "st" | "nd" | "rd" | "th" | "er" | "º");
    digits.parse().ok().filter(|day| ordinal && (1..=31).contains(day))
}

/// The next one behind a word that makes a date of it.
fn weekday(words: &[String], at: usize, today: Date) -> Option<Date> {
    let word = words[at].trim_end_matches('.');
    let (wanted, _) = DAYS.iter().find(|(_, names)| names.contains(&word))?;
    let before = at.checked_sub(1).and_then(|n| words.get(n))?;
    // `Monday, 3 December` is a date in words.
    let is_dated =
        words[at + 1..].iter().take(2).any(|word| month(word).is_some() || numeric(word, today).is_some());
    if !BEFORE_A_DAY.contains(&before.as_str()) || is_dated {
        return None;
    }
    today.nth_weekday(1, *wanted).ok()
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The next such day.
fn next(month: i16, day: i16, today: Date) -> Option<Date> {
    let this = date(today.year(), month, day);
    match this {
        Some(this) if this >= today => Some(this),
        _ => date(today.year() + 1, month, day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    /// Monday.
    const TODAY: Date = date(2026, 6, 15);

    #[test]
    fn what_notes_say() {
        for (note, back) in [
            ("I am out of the office and will be back on 3 July.", Some(date(2026, 7, 3))),
            ("Out of office until July 3rd, 2026. Call Ann.", Some(date(2026, 7, 4))),
            ("On leave from 16 June to 26 June, with no access to mail.", Some(date(2026, 6, 27))),
            ("I return on Monday, July 6.", Some(date(2026, 7, 6))),
            ("I'm away through Friday", Some(date(2026, 6, 20))),
            ("I will be back on Monday.", Some(date(2026, 6, 22))),
            ("Ich bin bis einschließlich 3. Juli nicht im Büro.", Some(date(2026, 7, 4))),
            ("Ab dem 06.07.2026 bin ich wieder erreichbar.", Some(date(2026, 7, 6))),
            ("Ich bin bis zum 3.7. im Urlaub", Some(date(2026, 7, 4))),
            ("Je suis absente jusqu'au 3 juillet inclus.", Some(date(2026, 7, 4))),
            ("Estaré fuera de la oficina hasta el 3 de julio.", Some(date(2026, 7, 4))),
            ("Back 2026-07-03", Some(date(2026, 7, 3))),
            ("Returning 07/20/2026", Some(date(2026, 7, 20))),
            ("Returning 7/8/2026", Some(date(2026, 8, 7))),
            ("Back on 3 December", Some(date(2026, 12, 3))),
            ("I am out today and answer tomorrow.", None),
            ("I was away until 3 June.", None),
            ("Our office is closed. Mondays are quiet. In March we march, and you may set out.", None),
            ("Since 12 May 2026 I work elsewhere", None),
            ("", None),
        ] {
            assert_eq!(back_on(note, TODAY), back, "{note}");
        }
    }

    #[test]
    fn what_we_wrote_ourselves_is_not_asked() {
        let note = "I am away.\n\nOn Mon, 15 June 2026, Dana wrote:\n> We meet until 3 July.";
        assert_eq!(back_on(note, TODAY), None);
    }

    proptest! {
        /// Whatever somebody writes, the answer is a day to come that is not far away.
        #[test]
        fn any_text(note in "(\\PC{0,20}|until |back |[0-9]{1,4}[./-]|July |3rd |monday ){0,12}") {
            if let Some(back) = back_on(&note, TODAY) {
                prop_assert!(back > TODAY && back <= TODAY.saturating_add(LONGEST.days()));
            }
        }
    }
}
