//! A card: its lines become the values that a contact has.

use super::lines;
use domain::{import::ContactField, schedule};

/// The columns, in the order of [`Card::values`].
pub const COLUMNS: [&str; 12] = [
    "Full name",
    "First name",
    "Last name",
    "E-mail",
    "Phone",
    "Company",
    "Title",
    "City",
    "Country",
    "Time zone",
    "Other e-mail",
    "Other phone",
];
const FULL_NAME: usize = 0;
const FIRST_NAME: usize = 1;
const LAST_NAME: usize = 2;
const EMAIL: usize = 3;
const PHONE: usize = 4;
const COMPANY: usize = 5;
const TITLE: usize = 6;
const CITY: usize = 7;
const COUNTRY: usize = 8;
const TIME_ZONE: usize = 9;
const OTHER_EMAIL: usize = 10;
const OTHER_PHONE: usize = 11;

/// What a column is.
pub fn field_of(column: &str) -> Option<ContactField> {
    use ContactField as F;
    let fields = [
        F::FullName,
        F::FirstName,
        F::LastName,
        F::Email,
        F::Phone,
        F::Company,
        F::Title,
        F::City,
        F::Country,
        F::TimeZone,
    ];
    COLUMNS.iter().zip(fields).find(|(name, _)| **name == column).map(|(_, field)| field)
}

/// Most addresses of one kind that are looked at.
const MOST: usize = 100;
/// How little an address without a preference is preferred; vCard 4.0 counts from 1 to 100.
const UNSAID: u32 = 1_000;

/// What a card says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// By column; empty where there is nothing.
    pub values: [String; COLUMNS.len()],
    /// It stands for several people.
    pub is_group: bool,
    /// Its time zone is a number of hours.
    pub has_offset: bool,
}

impl Card {
    /// Whether no contact can be made of it.
    pub fn is_empty(&self) -> bool {
        self.values.iter().all(String::is_empty)
    }

    /// Whether it has more addresses than a contact of one's own.
    pub fn has_further(&self) -> bool {
        [OTHER_EMAIL, OTHER_PHONE]
            .iter()
            .any(|at| self.values.get(*at).is_some_and(|value| !value.is_empty()))
    }
}

/// An address that a card has, and how much it is preferred: less is more.
type Address = (u32, String);

/// A card in the making.
#[derive(Default)]
struct Draft {
    card: Card,
    emails: Vec<Address>,
    phones: Vec<Address>,
    place: Option<u32>,
}

/// Takes lines and gives cards.
#[derive(Default)]
pub struct Reading {
    draft: Option<Draft>,
    /// Cards inside this one, of assistants, which are no people of this file.
    depth: usize,
    is_agent: bool,
}

impl Reading {
    /// Takes a line. The card that ended with it, or before it: of one that has no end, the next one is the end.
    pub fn line(&mut self, line: &[u8]) -> Option<Card> {
        let property = Property::read(line)?;
        let is_agent = std::mem::take(&mut self.is_agent);
        let is_card = property.value.trim_ascii().eq_ignore_ascii_case(b"VCARD");
        match property.name.as_str() {
            "BEGIN" if is_card && (is_agent || self.depth > 0) => {
                self.depth += 1;
                None
            }
            "BEGIN" if is_card => self.draft.replace(Draft::default()).map(Draft::finish),
            "END" if is_card && self.depth > 0 => {
                self.depth -= 1;
                None
            }
            "END" if is_card => self.draft.take().map(Draft::finish),
            _ if self.depth > 0 => None,
            "AGENT" => {
                self.is_agent = property.value.trim_ascii().is_empty();
                None
            }
            _ => {
                if let Some(draft) = &mut self.draft {
                    draft.add(&property);
                }
                None
            }
        }
    }

    /// The card that the file ends in.
    pub fn end(self) -> Option<Card> {
        self.draft.map(Draft::finish)
    }
}

impl Draft {
    fn add(&mut self, property: &Property<'_>) {
        let (column, part) = match property.name.as_str() {
            "FN" => (FULL_NAME, None),
            "N" => {
                let parts = property.parts();
                let part = |at: usize| parts.get(at).map(|part| part.trim().to_owned()).unwrap_or_default();
                let (last, first, middle) = (part(0), part(1), part(2));
                self.set(LAST_NAME, last);
                self.set(FIRST_NAME, [first, middle].join(" ").trim().to_owned());
                return;
            }
            "EMAIL" if self.emails.len() < MOST => {
                let text = property.text();
                let address = without_prefix(text.trim(), "mailto:").trim().to_owned();
                return self.emails.push((property.preference(), address));
            }
            "TEL" if self.phones.len() < MOST && !property.is_of(&["FAX", "PAGER", "MODEM"]) => {
                let text = property.text();
                let number = without_prefix(text.trim(), "tel:");
                let number = number.split(";ext=").next().unwrap_or_default().trim().to_owned();
                return self.phones.push((property.preference(), number));
            }
            "ORG" => (COMPANY, Some(0)),
            "TITLE" => (TITLE, None),
            "ADR" => {
                let preference = property.preference();
                let parts = property.parts();
                let part = |at: usize| parts.get(at).map(|part| part.trim().to_owned()).unwrap_or_default();
                if self.place.is_none_or(|place| preference < place) && !(part(3) + &part(6)).is_empty() {
                    self.place = Some(preference);
                    self.card.values[CITY] = part(3);
                    self.card.values[COUNTRY] = part(6);
                }
                return;
            }
            "TZ" => {
                let zone = property.text();
                let zone = zone.trim();
                if schedule::zone(zone).is_some() {
                    self.set(TIME_ZONE, zone.to_owned());
                } else {
                    self.card.has_offset |= !zone.is_empty();
                }
                return;
            }
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => {
                self.card.is_group |= property.text().trim().eq_ignore_ascii_case("group");
                return;
            }
            _ => return,
        };
        let value = match part {
            Some(at) => property.parts().into_iter().nth(at).unwrap_or_default(),
            None => property.text(),
        };
        self.set(column, value.trim().to_owned());
    }

    /// The first value counts.
    fn set(&mut self, column: usize, value: String) {
        if let Some(place) = self.card.values.get_mut(column).filter(|place| place.is_empty()) {
            *place = value;
        }
    }

    fn finish(mut self) -> Card {
        if self.card.is_group {
            return Card { is_group: true, ..Card::default() };
        }
        (self.card.values[EMAIL], self.card.values[OTHER_EMAIL]) = chosen(self.emails);
        (self.card.values[PHONE], self.card.values[OTHER_PHONE]) = chosen(self.phones);
        self.card
    }
}

/// The preferred address, the first of equals, and the others.
fn chosen(mut all: Vec<Address>) -> (String, String) {
    all.retain(|(_, address)| !address.is_empty());
    let mut seen: Vec<String> = Vec::new();
    all.retain(|(_, address)| {
        let key = address.to_lowercase();
        let is_new = !seen.contains(&key);
        seen.push(key);
        is_new
    });
    all.sort_by_key(|(preference, _)| *preference);
    let mut all = all.into_iter().map(|(_, address)| address);
    let own = all.next().unwrap_or_default();
    (own, all.collect::<Vec<_>>().join(", "))
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> &'a str {
    match text.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => text.get(prefix.len()..).unwrap_or_default(),
        _ => text,
    }
}

/// A line of a card: `item1.TEL;TYPE=cell,pref:+1 415 555 0100`.
struct Property<'a> {
    /// In capitals, without its group.
    name: String,
    /// `TYPE=CELL` as two words, in capitals; in 2.1 the first one may be missing.
    parameters: Vec<(String, String)>,
    value: &'a [u8],
}

impl<'a> Property<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let mut is_quoted = false;
        let colon = line.iter().position(|byte| {
            is_quoted ^= *byte == b'"';
            *byte == b':' && !is_quoted
        });
        // A quote that is never closed does not swallow the value.
        let colon = colon.or_else(|| line.iter().position(|byte| *byte == b':'))?;
        let head = String::from_utf8_lossy(line.get(..colon)?).to_uppercase();
        let mut words = head.split(';');
        let name = words.next()?.rsplit('.').next()?.trim().to_owned();
        let parameters = words.take(50).map(|word| match word.split_once('=') {
            Some((name, value)) => (name.trim().to_owned(), value.trim().trim_matches('"').to_owned()),
            None => (String::new(), word.trim().to_owned()),
        });
        Some(Self { name, parameters: parameters.collect(), value: line.get(colon + 1..)? })
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is of one of these types.
    fn is_of(&self, types: &[&str]) -> bool {
        let types_of = self.parameters.iter().filter(|(name, _)| name.is_empty() || name == "TYPE");
        types_of.flat_map(|(_, value)| value.split(',')).any(|word| types.contains(&word.trim_matches('"')))
    }

    fn preference(&self) -> u32 {
        match self.parameter("PREF").and_then(|number| number.parse().ok()) {
            Some(number) => number,
            None if self.is_of(&["PREF"]) => 1,
            None => UNSAID,
        }
    }

    /// The value, decoded but with its escapes.
    fn raw(&self) -> String {
        let is_quoted =
            self.parameter("ENCODING") == Some("QUOTED-PRINTABLE") || self.is_of(&["QUOTED-PRINTABLE"]);
        lines::text(self.value, is_quoted, self.parameter("CHARSET"))
    }

    fn text(&self) -> String {
        plain(&self.raw())
    }

    /// The value between its semicolons.
    fn parts(&self) -> Vec<String> {
        let raw = self.raw();
        let (mut parts, mut part, mut letters) = (Vec::new(), String::new(), raw.chars());
        while let Some(letter) = letters.next() {
            match letter {
                ';' => parts.push(plain(&std::mem::take(&mut part))),
                '\\' => {
                    part.push(letter);
                    part.extend(letters.next());
                }
                letter => part.push(letter),
            }
            if parts.len() > MOST {
                break;
            }
        }
        parts.push(plain(&part));
        parts
    }
}

/// Undoes `\,`, `\;`, `\\` and `\n`.
fn plain(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let (mut out, mut letters) = (String::with_capacity(text.len()), text.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            letter => out.push(letter),
        }
    }
    out
}
