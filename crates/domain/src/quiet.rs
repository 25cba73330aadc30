//! Hours in which the law of a state lets nobody be called or texted, as dated data. It stands on top of the federal hours
//! ([`crate::schedule::calling_hours`]): of both the narrower holds.
//!
//! This is data and no legal advice: each rule names its statute, so that whoever keeps it can look, and says from when
//! and until when it holds. A new law is a new line; one that changes gets an end, and its successor a beginning.

use crate::schedule::{Hours, SendWindow};
use crate::text::words;
use jiff::civil::{Date, Weekday, date};

words! {
    /// When texts of campaigns keep calling hours in the United States, and whether the narrower hours of states count.
    /// What counts as a call keeps the federal hours whatever is chosen.
    #[derive(Default)]
    pub enum QuietHours {
        /// Both, as soon as messages reach real people.
        #[default]
        Live = "live",
        /// Both, in the sandbox as well.
        Always = "always",
        /// The federal hours only, for texts as soon as messages reach real people: an admin has decided so.
        Federal = "federal",
    }
}

/// What a state lets be done, while it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// The state, for people.
    pub state: &'static str,
    /// Its postal code.
    pub code: &'static str,
    /// Allowed from and until these minutes of the day, Monday to Saturday.
    pub days: (u16, u16),
    /// The same on Sundays; `None` on no minute of them.
    pub sundays: Option<(u16, u16)>,
    /// Whether nobody may be called on legal holidays.
    pub rests_on_holidays: bool,
    /// Where it stands.
    pub statute: &'static str,
    /// The first day on which it holds.
    pub from: Date,
    /// The first day on which it holds no more.
    pub until: Option<Date>,
}

const H: u16 = 60;
/// What was in force before anybody could have used this.
const LONG_SINCE: Date = date(2000, 1, 1);

const fn rule(
    state: &'static str,
    code: &'static str,
    days: (u16, u16),
    statute: &'static str,
    from: Date,
) -> Rule {
    Rule { state, code, days, sundays: Some(days), rests_on_holidays: false, statute, from, until: None }
}

/// The rules that are narrower than the federal ones.
pub const RULES: &[Rule] = &[
    // Neither on Sundays nor on holidays.
    Rule {
        sundays: None,
        rests_on_holidays: true,
        ..rule("Alabama", "AL", (8 * H, 20 * H), "Ala. Code § 8-19A-14", LONG_SINCE)
    },
    // Until nine in the evening before that.
    Rule {
        until: Some(date(2023, 10, 1)),
        ..rule("Connecticut", "CT", (9 * H, 21 * H), "Conn. Gen. Stat. § 42-288a", LONG_SINCE)
    },
    rule("Connecticut", "CT", (9 * H, 20 * H), "Conn. Gen. Stat. § 42-288a", date(2023, 10, 1)),
    rule("Florida", "FL", (8 * H, 20 * H), "Fla. Stat. § 501.616(6)(a)", date(2021, 7, 1)),
    rule("Kentucky", "KY", (10 * H, 21 * H), "Ky. Rev. Stat. § 367.46955", LONG_SINCE),
    Rule {
        sundays: None,
        rests_on_holidays: true,
        ..rule(
            "Louisiana",
            "LA",
            (8 * H, 20 * H),
            "La. Rev. Stat. § 45:844.11 and the orders of its Public Service Commission",
            LONG_SINCE,
        )
    },
    rule("Maryland", "MD", (8 * H, 20 * H), "Md. Code, Com. Law § 14-4502", date(2024, 1, 1)),
    rule("Massachusetts", "MA", (8 * H, 20 * H), "Mass. Gen. Laws ch. 159C § 3", LONG_SINCE),
    rule("Oklahoma", "OK", (8 * H, 20 * H), "Okla. Stat. tit. 15 § 775C.4", date(2022, 11, 1)),
    // On Sundays from noon.
    Rule {
        sundays: Some((12 * H, 21 * H)),
        ..rule("Texas", "TX", (9 * H, 21 * H), "Tex. Bus. & Com. Code § 301.051", date(2009, 4, 1))
    },
    rule("Washington", "WA", (8 * H, 20 * H), "Wash. Rev. Code § 80.36.390", date(2022, 6, 9)),
];

/// The area codes of the states that have a rule, by the North American Numbering Plan.
const AREA_CODES: &[(&str, &[u16])] = &[
    ("AL", &[205, 251, 256, 334, 659, 938]),
    ("CT", &[203, 475, 860, 959]),
    (
        "FL",
        &[
            239, 305, 321, 324, 352, 386, 407, 448, 561, 645, 656, 689, 727, 728, 754, 772, 786, 813, 850,
            863, 904, 941, 954,
        ],
    ),
    ("KY", &[270, 364, 502, 606, 859]),
    ("LA", &[225, 318, 337, 457, 504, 985]),
    ("MA", &[339, 351, 413, 508, 617, 774, 781, 857, 978]),
    ("MD", &[227, 240, 301, 410, 443, 667]),
    ("OK", &[405, 539, 572, 580, 918]),
    (
        "TX",
        &[
            210, 214, 254, 281, 325, 346, 361, 409, 430, 432, 469, 512, 621, 682, 713, 726, 737, 806, 817,
            830, 832, 903, 915, 936, 940, 945, 956, 972, 979,
        ],
    ),
    ("WA", &[206, 253, 360, 425, 509, 564]),
];

/// Codes that belong to no place: toll-free and personal numbers. Whoever has one may be anywhere.
const NOWHERE: &[u16] = &[
    500, 521, 522, 523, 524, 525, 526, 527, 528, 529, 533, 544, 566, 577, 588, 800, 822, 833, 844, 855, 866,
    877, 888,
];

/// Whether a number is one of the North American plan: nobody is let off because their code is Canadian.
pub fn is_american(number: &str) -> bool {
    area_code(number).is_some()
}

/// The area code of a North American number (`+14155550123`).
fn area_code(number: &str) -> Option<u16> {
    let digits = number.strip_prefix("+1").filter(|digits| digits.len() == 10)?;
    digits.get(..3)?.parse().ok()
}

/// The rules that hold on a day for whoever has this number: those of the state of its area code; where that says nothing
/// about a place, all of them.
pub fn rules_for(number: &str, day: Date) -> impl Iterator<Item = &'static Rule> {
    let code = area_code(number);
    let is_anywhere = code.is_some_and(|code| NOWHERE.contains(&code));
    let state =
        AREA_CODES.iter().find_map(|(state, codes)| code.filter(|code| codes.contains(code)).map(|_| *state));
    RULES.iter().filter(move |rule| {
        let is_in_force = rule.from <= day && rule.until.is_none_or(|until| day < until);
        is_in_force && (is_anywhere || state == Some(rule.code))
    })
}

impl Rule {
    /// When somebody may be called or texted, around a day.
    pub fn hours(&self, day: Date) -> Hours {
        let window = |days: Vec<u8>, (from, until): (u16, u16)| SendWindow { days, from, until };
        let mut windows = vec![window((1..=6).collect(), self.days)];
        windows.extend(self.sundays.map(|sunday| window(vec![7], sunday)));
        let holidays = match self.rests_on_holidays {
            true => (day.year()..=day.year().saturating_add(1)).flat_map(legal_holidays).collect(),
            false => Vec::new(),
        };
        Hours { windows, holidays }
    }

    /// What it says, for people.
    pub fn in_words(&self) -> String {
        let clock = |minute: u16| format!("{}:{:02}", minute / 60, minute % 60);
        let span = |(from, until): (u16, u16)| format!("{} to {}", clock(from), clock(until));
        let sundays = match self.sundays {
            None if self.rests_on_holidays => ", and not on Sundays and holidays".to_owned(),
            None => ", and not on Sundays".to_owned(),
            Some(sunday) if sunday != self.days => format!(", on Sundays from {}", span(sunday)),
            Some(_) => String::new(),
        };
        format!(
            "{} lets people be called and texted from {}{sundays} ({})",
            self.state,
            span(self.days),
            self.statute
        )
    }
}

/// The legal holidays of the United States in a year (5 U.S.C. § 6103), and where one is on a weekend the weekday on which
/// it is kept.
pub fn legal_holidays(year: i16) -> Vec<Date> {
    let nth = |month: i8, n: i8, weekday: Weekday| {
        Date::new(year, month, 1).and_then(|first| first.nth_weekday_of_month(n, weekday)).ok()
    };
    let fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)];
    let fixed = fixed.into_iter().filter_map(|(month, day)| Date::new(year, month, day).ok());
    let kept = |day: Date| match day.weekday() {
        Weekday::Saturday => day.yesterday().ok(),
        Weekday::Sunday => day.tomorrow().ok(),
        _ => None,
    };
    let movable = [
        nth(1, 3, Weekday::Monday),
        nth(2, 3, Weekday::Monday),
        nth(5, -1, Weekday::Monday),
        nth(9, 1, Weekday::Monday),
        nth(10, 2, Weekday::Monday),
        nth(11, 4, Weekday::Thursday),
    ];
    fixed.flat_map(|day| [Some(day), kept(day)]).chain(movable).flatten().collect()
}

#[cfg(test)]
mod tests;
