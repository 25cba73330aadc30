//! Accepted rows of a file, many of them in little memory, in the order in which they are written fastest.
//!
//! The index of e-mail addresses of a million contacts is larger than the cache of the database. Rows in the order of a
//! file hit it at random: each reads one page and writes another. The more neighbours are written together, the fewer
//! pages are touched, so a window holds as many rows as it can: as bytes, a quarter of what they take as texts.

use domain::{custom_field::Value, identity::Email, import::Row};
use store::{contact::Fields, import};

/// Most rows of a window.
pub(super) const MOST_ROWS: usize = 64 * 1024;
/// Most bytes of a window, but for its last row.
const MOST_BYTES: usize = 16 * 1024 * 1024;

/// Rows as bytes.
#[derive(Debug)]
pub(super) struct Window {
    bytes: Vec<u8>,
    places: Vec<Place>,
    most: usize,
}

/// Where a row begins, and the beginning of its e-mail address, which tells most rows apart without a look at them.
#[derive(Debug, Clone, Copy)]
struct Place {
    prefix: u64,
    at: u32,
}

impl Window {
    /// One for no more than so many rows, of which [`MOST_ROWS`] is the most.
    pub(super) fn of(most: usize) -> Self {
        Self { bytes: Vec::new(), places: Vec::new(), most: most.min(MOST_ROWS) }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: &Row<'_>) {
        let at = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let key = row.email.as_ref().map(|email| email.key.as_str());
        self.places.push(Place { prefix: prefix(key.unwrap_or_default()), at });
        write_row(&mut self.bytes, row);
    }

    /// Whether no further row should come.
    pub(super) fn is_full(&self) -> bool {
        self.places.len() >= self.most || self.bytes.len() >= MOST_BYTES
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Puts them into the order of their e-mail addresses; those with the same one stay in the order of the file.
    pub(super) fn sort(&mut self) {
        let bytes = &self.bytes;
        let key = |place: &Place| Reader { bytes, at: place.at as usize }.text().unwrap_or_default();
        self.places.sort_unstable_by(|a, b| {
            a.prefix.cmp(&b.prefix).then_with(|| key(a).cmp(key(b))).then_with(|| a.at.cmp(&b.at))
        });
    }

    /// The rows from a place on, each with its size in bytes.
    pub(super) fn rows(&self, from: usize) -> impl Iterator<Item = (import::Row, usize)> {
        self.places.iter().skip(from).map(|place| {
            let mut reader = Reader { bytes: &self.bytes, at: place.at as usize };
            let row = reader.row();
            (row, reader.at - place.at as usize)
        })
    }
}

/// The first eight bytes, in an order that is theirs.
fn prefix(key: &str) -> u64 {
    let mut first = [0; 8];
    for (to, from) in first.iter_mut().zip(key.bytes()) {
        *to = from;
    }
    u64::from_be_bytes(first)
}

/// The e-mail address as compared comes first. What is written is that address again only where it differs.
fn write_row(out: &mut Vec<u8>, row: &Row<'_>) {
    let (key, display) =
        row.email.as_ref().map(|Email { key, display }| (key.as_str(), display.as_str())).unzip();
    write_text(out, key);
    write_text(out, display.filter(|display| Some(*display) != key));
    write_text(out, row.phone.as_deref());
    for text in
        [&row.first_name, &row.last_name, &row.company, &row.title, &row.city, &row.country, &row.time_zone]
    {
        write_text(out, text.as_deref());
    }
    write_number(out, row.custom.len() as u64);
    for (place, Value { text, key, number }) in &row.custom {
        write_number(out, *place as u64);
        write_text(out, Some(text));
        write_text(out, Some(key));
        write_number(out, u64::from(number.is_some()));
        out.extend_from_slice(&number.unwrap_or_default().to_bits().to_le_bytes());
    }
}

/// Nothing is 0, a text of n bytes n + 1.
fn write_text(out: &mut Vec<u8>, text: Option<&str>) {
    write_number(out, text.map_or(0, |text| text.len() as u64 + 1));
    out.extend_from_slice(text.unwrap_or_default().as_bytes());
}

/// Seven bits to a byte, the lowest first.
fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads what [`write_row`] wrote. There is nothing else in a window, so what cannot be read does not happen, and would
/// read as nothing.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> u64 {
        let (mut number, mut shift) = (0, 0);
        while let Some(byte) = self.bytes.get(self.at) {
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        number
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let taken = self.bytes.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        taken
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()).ok()?.checked_sub(1)?;
        std::str::from_utf8(self.take(length)).ok()
    }

    fn owned(&mut self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    fn row(&mut self) -> import::Row {
        let email_key = self.owned();
        let fields = Fields {
            email: self.owned().or_else(|| email_key.clone()),
            email_key,
            phone: self.owned(),
            first_name: self.owned(),
            last_name: self.owned(),
            company: self.owned(),
            title: self.owned(),
            city: self.owned(),
            country: self.owned(),
            time_zone: self.owned(),
            status: None,
        };
        let values = self.number();
        let custom = (0..values).map(|_| self.custom()).collect();
        import::Row { fields, custom }
    }

    fn custom(&mut self) -> (usize, Value) {
        let place = usize::try_from(self.number()).unwrap_or_default();
        let (text, key) = (self.owned().unwrap_or_default(), self.owned().unwrap_or_default());
        let is_number = self.number() == 1;
        let bits = self.take(8).try_into().map(u64::from_le_bytes).unwrap_or_default();
        (place, Value { text, key, number: is_number.then(|| f64::from_bits(bits)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::identity;
    use proptest::{collection::vec, option, prelude::*};

    fn text() -> impl Strategy<Value = Option<String>> {
        option::of("[a-zA-Z\u{e9}\u{1f600} ]{0,200}")
    }

    fn value() -> impl Strategy<Value = (usize, Value)> {
        (0..300_usize, ".{0,9}", ".{0,9}", option::of(any::<f64>().prop_filter("equal", |n| !n.is_nan())))
            .prop_map(|(place, text, key, number)| (place, Value { text, key, number }))
    }

    fn row() -> impl Strategy<Value = Row<'static>> {
        let email =
            option::of("[a-cA-C]{1,9}@[a-b]\\.example".prop_map(|text| identity::email(&text).unwrap()));
        let texts = vec(text().prop_map(|text| text.map(std::borrow::Cow::Owned)), 7);
        (email, text(), texts, vec(value(), 0..3)).prop_map(|(email, phone, texts, custom)| {
            let mut texts = texts.into_iter();
            let mut next = || texts.next().flatten();
            Row {
                email,
                phone,
                first_name: next(),
                last_name: next(),
                company: next(),
                title: next(),
                city: next(),
                country: next(),
                time_zone: next(),
                custom,
                ..Row::default()
            }
        })
    }

    fn said(row: &Row<'_>) -> (Fields, Vec<(usize, Value)>) {
        let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
        let fields = Fields {
            email: row.email.as_ref().map(|email| email.display.clone()),
            email_key: row.email.as_ref().map(|email| email.key.clone()),
            phone: row.phone.clone(),
            first_name: text(&row.first_name),
            last_name: text(&row.last_name),
            company: text(&row.company),
            title: text(&row.title),
            city: text(&row.city),
            country: text(&row.country),
            time_zone: text(&row.time_zone),
            status: None,
        };
        (fields, row.custom.clone())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_goes_in_comes_out_in_order(rows in vec(row(), 0..60)) {
            let mut window = Window::of(MOST_ROWS);
            for row in &rows {
                window.push(row);
            }
            let as_is: Vec<_> = window.rows(0).map(|(row, _)| (row.fields, row.custom)).collect();
            let mut wanted: Vec<_> = rows.iter().map(said).collect();
            prop_assert_eq!(as_is, wanted.clone());
            window.sort();
            wanted.sort_by(|a, b| a.0.email_key.cmp(&b.0.email_key));
            let sorted: Vec<_> = window.rows(0).map(|(row, _)| (row.fields, row.custom)).collect();
            prop_assert_eq!(sorted, wanted);
        }
    }
}
