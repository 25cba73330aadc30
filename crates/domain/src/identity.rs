//! What makes two addresses the same: e-mail addresses and phone numbers in their one form.
//!
//! An import asks this a million times, so the usual case is one pass over the bytes and allocates nothing but
//! its result.

mod platform;

pub use platform::{page_scoped, tiktok, whatsapp};

use phonenumber::{Mode, country};
use std::fmt;

/// An e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// As it was written, without what surrounded it.
    pub display: String,
    /// What it is compared by: lower case, the domain in ASCII. Plus tags are kept.
    pub key: String,
}

/// A text that is not an address. Carries nothing of the text, so that it may be logged and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdentityError {
    /// Stable, for programs and for counting causes.
    pub code: &'static str,
    /// For a person.
    pub message: &'static str,
}

/// A good number of somebody whom a channel of the North American plan does not reach.
pub const NOT_IN_AMERICA: IdentityError =
    wrong("phone.country", "voicemails reach numbers in the US and Canada only, which begin with +1");

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message)
    }
}

impl std::error::Error for IdentityError {}

const fn wrong(code: &'static str, message: &'static str) -> IdentityError {
    IdentityError { code, message }
}

/// Spaces, and the characters nobody sees that come along when text is copied.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Reads an e-mail address.
///
/// Takes what people paste: surrounding spaces, `mailto:`, angle brackets with a name before them. Refuses what
/// no mail server here could deliver: quoted local parts, IP literals, domains without a dot.
pub fn email(text: &str) -> Result<Email, IdentityError> {
    let address = bare(text);
    if address.is_empty() {
        return Err(wrong("email.empty", "the e-mail address is empty"));
    }
    if address.len() > 1_000 {
        return Err(wrong("email.too_long", "the e-mail address is too long"));
    }
    let Some((local, domain)) = address.rsplit_once('@') else {
        return Err(wrong("email.no_at", "an e-mail address has an @ in it, like name@example.com"));
    };
    check_local(local)?;
    if domain.is_ascii() {
        check_domain(domain)?;
        if address.len() > 254 {
            return Err(wrong("email.too_long", "the e-mail address is longer than 254 characters"));
        }
        return Ok(Email { display: address.to_owned(), key: address.to_ascii_lowercase() });
    }
    let unreadable = wrong("email.domain", "the part after the @ is not a domain");
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| unreadable)?;
    check_domain(&ascii)?;
    let mut key = String::with_capacity(local.len() + 1 + ascii.len());
    key.push_str(local);
    key.push('@');
    key.push_str(&ascii);
    key.make_ascii_lowercase();
    if key.len() > 254 {
        return Err(wrong("email.too_long", "the e-mail address is longer than 254 characters"));
    }
    Ok(Email { display: address.to_owned(), key })
}

/// The address without what people put around it.
fn bare(text: &str) -> &str {
    let mut text = text.trim_matches(is_blank);
    if let (Some(open), true) = (text.rfind('<'), text.ends_with('>')) {
        text = text[open + 1..text.len() - 1].trim_matches(is_blank);
    }
    if text.len() > 7 && text.is_char_boundary(7) && text[..7].eq_ignore_ascii_case("mailto:") {
        text = text[7..].trim_matches(is_blank);
    }
    text
}

fn check_local(local: &str) -> Result<(), IdentityError> {
    if local.is_empty() {
        return Err(wrong("email.local", "there is nothing before the @"));
    }
    if local.len() > 64 {
        return Err(wrong("email.too_long", "the part before the @ is longer than 64 characters"));
    }
    let mut before = b'.';
    for &b in local.as_bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {}
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'
            | b'_' | b'`' | b'{' | b'|' | b'}' | b'~' => {}
            b'.' if before == b'.' => {
                return Err(wrong("email.dots", "a dot at the edge, or two dots in a row, before the @"));
            }
            b'.' => {}
            b' ' | b'\t' => return Err(wrong("email.space", "there is a space in the e-mail address")),
            b'@' => return Err(wrong("email.two_at", "there is more than one @; one address per cell")),
            b',' | b';' => {
                return Err(wrong("email.several", "there is more than one address; one address per cell"));
            }
            0x80.. => {
                return Err(wrong(
                    "email.not_ascii",
                    "there is a letter before the @ that mail servers do not take",
                ));
            }
            _ => {
                return Err(wrong(
                    "email.character",
                    "there is a character before the @ that does not belong there",
                ));
            }
        }
        before = b;
    }
    if before == b'.' {
        return Err(wrong("email.dots", "a dot at the edge, or two dots in a row, before the @"));
    }
    Ok(())
}

/// Whether a text is a domain that a server could have, in the letters of ASCII.
pub(crate) fn is_domain(text: &str) -> bool {
    check_domain(text).is_ok()
}

fn check_domain(domain: &str) -> Result<(), IdentityError> {
    let unreadable = Err(wrong("email.domain", "the part after the @ is not a domain, like example.com"));
    if domain.is_empty() {
        return Err(wrong("email.domain", "there is nothing after the @"));
    }
    if domain.len() > 253 {
        return Err(wrong("email.too_long", "the domain is longer than 253 characters"));
    }
    let mut labels = 0;
    let (mut len, mut letters, mut before) = (0, false, b'.');
    for &b in domain.as_bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' => letters = true,
            b'0'..=b'9' => {}
            b'-' if len > 0 => letters = true,
            b'.' if len > 0 && before != b'-' => {
                labels += 1;
                (len, letters, before) = (0, false, b'.');
                continue;
            }
            b' ' | b'\t' => return Err(wrong("email.space", "there is a space in the e-mail address")),
            b',' | b';' => {
                return Err(wrong("email.several", "there is more than one address; one address per cell"));
            }
            _ => return unreadable,
        }
        len += 1;
        if len > 63 {
            return unreadable;
        }
        before = b;
    }
    if len < 2 || before == b'-' || !letters {
        return unreadable;
    }
    if labels == 0 {
        return Err(wrong("email.no_dot", "the domain has no dot, like example.com"));
    }
    Ok(())
}

/// Reads a phone number and gives it in E.164 (`+15551234567`).
///
/// A number without a country code is one of `default_country` (ISO 3166, `US`). Numbers of the North American
/// plan are checked by its own rules, everybody else's by the phone number library. An extension is dropped.
/// Nothing is guessed: what lost digits or lacks an area code is refused.
pub fn phone(text: &str, default_country: &str) -> Result<String, IdentityError> {
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        return Err(wrong("phone.empty", "the phone number is empty"));
    }
    if text.len() > 100 {
        return Err(wrong("phone.too_long", "the phone number is too long"));
    }
    if lost_digits(text) {
        return Err(wrong(
            "phone.excel",
            "phone lost digits in Excel; format the column as text and export it again",
        ));
    }
    let number = Digits::read(text)?;
    let digits = number.digits();
    match (number.plus, digits) {
        (true, [b'0', ..]) => Err(wrong("phone.country", "no country code begins with 0")),
        (true, [b'1', rest @ ..]) => nanp(rest),
        (true, _) => abroad(&number, None),
        (false, [b'1', rest @ ..]) if rest.len() == 10 && is_nanp(default_country) => nanp(rest),
        (false, [b'0', b'1', b'1', rest @ ..]) if rest.len() >= 7 && is_nanp(default_country) => {
            phone_of(rest, default_country)
        }
        (false, [b'0', b'0', rest @ ..]) if !rest.is_empty() => phone_of(rest, default_country),
        (false, _) if is_nanp(default_country) => nanp(digits),
        (false, _) => abroad(&number, Some(default_country)),
    }
}

/// A number whose international prefix was dialled instead of written as `+`.
fn phone_of(digits: &[u8], default_country: &str) -> Result<String, IdentityError> {
    let mut text = String::with_capacity(digits.len() + 1);
    text.push('+');
    text.extend(digits.iter().map(|b| *b as char));
    phone(&text, default_country)
}

/// The digits of a number on the stack: at most 15 in E.164, some more with a dialled prefix.
struct Digits {
    plus: bool,
    len: usize,
    bytes: [u8; 20],
}

impl Digits {
    fn digits(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn read(text: &str) -> Result<Digits, IdentityError> {
        let mut number = Digits { plus: false, len: 0, bytes: [0; 20] };
        let mut rest = text.strip_prefix("tel:").unwrap_or(text);
        // What a spreadsheet makes of a number: 15551234567.0
        if let Some(whole) = rest.strip_suffix(".0")
            && whole.len() > 6
            && whole.bytes().all(|b| b.is_ascii_digit())
        {
            rest = whole;
        }
        for (at, c) in rest.char_indices() {
            match c {
                '0'..='9' if number.len == number.bytes.len() => {
                    return Err(wrong(
                        "phone.too_long",
                        "the phone number has more digits than any phone has",
                    ));
                }
                '0'..='9' => {
                    number.bytes[number.len] = c as u8;
                    number.len += 1;
                }
                '+' | '＋' if number.len == 0 && !number.plus => number.plus = true,
                '(' | ')' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}' => {}
                c if is_blank(c) => {}
                'x' | 'X' | 'e' | 'E' | '#' | ';' | ',' if number.len >= 7 && is_extension(&rest[at..]) => {
                    break;
                }
                ',' | ';' | '|' => {
                    return Err(wrong("phone.several", "there is more than one phone number; one per cell"));
                }
                c if c.is_alphabetic() => {
                    return Err(wrong("phone.letters", "there are letters in the phone number"));
                }
                _ => {
                    return Err(wrong(
                        "phone.character",
                        "there is a character that does not belong in a phone number",
                    ));
                }
            }
        }
        if number.len == 0 {
            return Err(wrong("phone.empty", "there are no digits in the phone number"));
        }
        Ok(number)
    }
}

/// `x12`, `ext. 12`, `extension 12`, `;ext=12`, `,12`, `#12`.
fn is_extension(text: &str) -> bool {
    let rest = text.trim_start_matches([';', ',', '#', ' ']);
    let word = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let known =
        ["", "x", "ext", "extn", "extension"].iter().any(|known| rest[..word].eq_ignore_ascii_case(known));
    let number = rest[word..].trim_start_matches(['.', ':', '=', ' ']);
    known && (1..=7).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
}

/// `1.5551E+10`: a spreadsheet has rounded it, the digits are gone.
fn lost_digits(text: &str) -> bool {
    let text = text.trim_start_matches('+');
    let Some(e) = text.find(['e', 'E']) else { return false };
    let (mantissa, exponent) = (&text[..e], text[e + 1..].trim_start_matches('+'));
    mantissa.starts_with(|c: char| c.is_ascii_digit())
        && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',')
        && (1..=3).contains(&exponent.len())
        && exponent.bytes().all(|b| b.is_ascii_digit())
}

/// Ten digits of the North American Numbering Plan: NXX-NXX-XXXX, where N is 2 to 9, no area code has 9 in the
/// middle, and neither area code nor exchange ends in 11.
fn nanp(digits: &[u8]) -> Result<String, IdentityError> {
    if digits.len() < 10 {
        return Err(wrong("phone.too_short", "the phone number is too short; is the area code missing?"));
    }
    if digits.len() > 10 {
        return Err(wrong(
            "phone.too_long",
            "the phone number has too many digits for a North American number",
        ));
    }
    let service = |group: &[u8]| group[1] == b'1' && group[2] == b'1';
    if digits[0] < b'2' || digits[1] == b'9' || service(&digits[..3]) {
        return Err(wrong("phone.area_code", "there is no such area code"));
    }
    if digits[3] < b'2' || service(&digits[3..6]) {
        return Err(wrong("phone.invalid", "there is no such phone number"));
    }
    let mut number = String::with_capacity(12);
    number.push_str("+1");
    number.extend(digits.iter().map(|b| *b as char));
    Ok(number)
}

/// Any other number, by the phone number library. `country` is where a number without `+` belongs.
fn abroad(number: &Digits, country: Option<&str>) -> Result<String, IdentityError> {
    let digits = number.digits();
    if digits.len() > 15 {
        return Err(wrong("phone.too_long", "the phone number has more than 15 digits"));
    }
    let home = match country {
        Some(code) => match code.trim().to_ascii_uppercase().parse::<country::Id>() {
            Ok(id) => Some(id),
            Err(_) => {
                return Err(wrong(
                    "phone.default_country",
                    "the default country is not a country code such as US",
                ));
            }
        },
        None => None,
    };
    let mut text = String::with_capacity(16);
    if number.plus {
        text.push('+');
    }
    text.extend(digits.iter().map(|b| *b as char));
    let parsed = phonenumber::parse(home, &text)
        .map_err(|_| wrong("phone.invalid", "there is no such phone number"))?;
    if !phonenumber::is_valid(&parsed) {
        return Err(if digits.len() < 8 {
            wrong("phone.too_short", "the phone number is too short; is the area code missing?")
        } else {
            wrong("phone.invalid", "there is no such phone number")
        });
    }
    Ok(parsed.format().mode(Mode::E164).to_string())
}

/// Countries that share the country code 1.
fn is_nanp(country: &str) -> bool {
    const COUNTRIES: [&str; 25] = [
        "US", "CA", "AG", "AI", "AS", "BB", "BM", "BS", "DM", "DO", "GD", "GU", "JM", "KN", "KY", "LC", "MP",
        "MS", "PR", "SX", "TC", "TT", "VC", "VG", "VI",
    ];
    COUNTRIES.iter().any(|code| code.eq_ignore_ascii_case(country))
}

/// Whether this is the code of a country (ISO 3166, two letters) that phone numbers can belong to.
pub fn is_country(code: &str) -> bool {
    code.trim().to_ascii_uppercase().parse::<country::Id>().is_ok()
}

#[cfg(test)]
mod tests;
