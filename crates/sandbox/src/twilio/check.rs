//! What Twilio refuses, with its codes (providers.md section 1; magic test numbers included).

use axum::http::{HeaderMap, header};
use url::Url;

use super::{Status, Text, opt_out_slot};
use crate::world::{World, locked};
use crate::{clock, people};

/// Longer bodies are refused with 21617, in characters.
const LONGEST_BODY: usize = 1_600;

/// A 400 with this code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) message: String,
}

fn refuse<T>(code: u32, message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, message: message.into() })
}

/// Reads and checks the form of a send.
pub(crate) fn read(world: &World, headers: &HeaderMap, body: &[u8]) -> Result<Text, Refusal> {
    let is_form = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
    // As the real one: a body of another type is a body without parameters.
    let text = parse(if is_form { body } else { &[] })?;
    reach(world, &text)?;
    Ok(text)
}

/// The form itself: what can be judged without knowing anybody.
fn parse(body: &[u8]) -> Result<Text, Refusal> {
    let (mut to, mut from, mut service, mut text, mut callback) = (None, None, None, None, None);
    let mut has_content = false;
    for (name, value) in form_urlencoded::parse(body) {
        match &*name {
            "To" => to = Some(value),
            "From" => from = Some(value),
            "MessagingServiceSid" => service = Some(value),
            "Body" => text = Some(value),
            "MediaUrl" | "ContentSid" => has_content = !value.is_empty(),
            "StatusCallback" => callback = Some(value),
            "ValidityPeriod"
                if !value.parse::<u32>().is_ok_and(|seconds| (1..=36_000).contains(&seconds)) =>
            {
                return refuse(20001, format!("ValidityPeriod {value} is not within range 1 to 36000"));
            }
            _ => {}
        }
    }
    let Some(to) = to.filter(|to| !to.is_empty()) else {
        return refuse(21604, "A 'To' phone number is required.");
    };
    if !is_e164(&to) {
        return refuse(21211, format!("Invalid 'To' Phone Number: {to}"));
    }
    let (from, service) = (from.filter(|from| !from.is_empty()), service.filter(|sid| !sid.is_empty()));
    match (&from, &service) {
        (None, None) => return refuse(21603, "A 'From' phone number is required."),
        (Some(from), _) if !is_sender(from) => {
            return refuse(
                21212,
                format!(
                    "The 'From' number {from} is not a valid phone number, shortcode, \
                     or alphanumeric sender ID."
                ),
            );
        }
        (Some(from), _) if *from == to => return refuse(21266, "'To' and 'From' number cannot be the same"),
        (None, Some(sid)) if !is_sid("MG", sid) => {
            return refuse(21701, format!("The Messaging Service {sid} does not exist"));
        }
        _ => {}
    }
    let text = text.unwrap_or_default();
    if text.is_empty() && !has_content {
        return refuse(21602, "Message body is required.");
    }
    if text.chars().count() > LONGEST_BODY {
        return refuse(21617, "The concatenated message body exceeds the 1600 character limit.");
    }
    let mut key = None;
    if let Some(address) = callback.as_deref().filter(|address| !address.is_empty()) {
        let url = Url::parse(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            return refuse(21609, format!("The 'StatusCallback' URL {address} is not a valid URL."));
        };
        key = url.query_pairs().find(|(name, _)| name == "m").map(|(_, value)| value.into());
    }
    let at = clock::now_ms();
    Ok(Text {
        at,
        changed_at: at,
        key,
        to: to.into(),
        from: from.map(Into::into),
        service: service.map(Into::into),
        body: text.into(),
        callback: callback.filter(|address| !address.is_empty()).map(Into::into),
        hook: None,
        status: Status::Queued,
        error: None,
    })
}

/// What depends on who is at either end.
fn reach(world: &World, text: &Text) -> Result<(), Refusal> {
    let (to, from) = (&*text.to, text.our_number());
    match from {
        "+15005550001" => {
            return refuse(21212, format!("The 'From' number {from} is not a valid phone number."));
        }
        "+15005550007" => {
            return refuse(
                21606,
                format!(
                    "The 'From' phone number {from} is not a valid, message-capable Twilio phone number."
                ),
            );
        }
        "+15005550008" => {
            return refuse(
                21611,
                format!("This 'From' number {from} has exceeded the maximum number of queued messages."),
            );
        }
        _ => {}
    }
    match to {
        "+15005550001" => return refuse(21211, format!("Invalid 'To' Phone Number: {to}")),
        "+15005550002" => {
            return refuse(21612, format!("The 'To' phone number {to} is not currently reachable via SMS."));
        }
        "+15005550003" => {
            return refuse(
                21408,
                format!(
                    "Permission to send an SMS has not been enabled for the region indicated \
                     by the 'To' number: {to}"
                ),
            );
        }
        "+15005550009" => return refuse(21614, format!("'To' number is not a valid mobile number: {to}")),
        _ => {}
    }
    let opted_out = to == "+15005550004"
        || (world.people_on() && people::refuses_all_texts(to))
        || locked(&world.opted_out).contains(&opt_out_slot(from, to));
    if opted_out {
        return refuse(21610, "Attempt to send to unsubscribed recipient");
    }
    Ok(())
}

/// `+`, a country code, 8 to 15 digits in all; in the North American plan exactly 11.
pub(crate) fn is_e164(number: &str) -> bool {
    let Some(digits) = number.strip_prefix('+') else { return false };
    let plausible = (8..=15).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    let north_american = digits.starts_with('1');
    plausible && (!north_american || (digits.len() == 11 && !matches!(digits.as_bytes()[1], b'0' | b'1')))
}

/// A phone number, a short code of 3 to 6 digits, or 1 to 11 letters, digits and blanks with a letter.
fn is_sender(from: &str) -> bool {
    let short_code = (3..=6).contains(&from.len()) && from.bytes().all(|byte| byte.is_ascii_digit());
    let name = (1..=11).contains(&from.len())
        && from.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b' ')
        && from.bytes().any(|byte| byte.is_ascii_alphabetic());
    is_e164(from) || short_code || name
}

fn is_sid(prefix: &str, sid: &str) -> bool {
    let hex = |digits: &str| digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    sid.strip_prefix(prefix).is_some_and(hex)
}

/// The filters of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) to: Option<String>,
    pub(crate) from: Option<String>,
    /// Inclusive, in milliseconds since the epoch.
    pub(crate) sent_from: Option<i64>,
    /// Exclusive.
    pub(crate) sent_until: Option<i64>,
    pub(crate) page: usize,
    pub(crate) page_size: usize,
    /// The filters as they came, for the links to the other pages.
    pub(crate) query: String,
}

const DAY_MS: i64 = 86_400_000;

/// Reads the query of a list.
pub(crate) fn filter(query: &str) -> Result<Filter, Refusal> {
    let mut filter = Filter { page_size: 50, ..Filter::default() };
    let mut links = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let instant = || match clock::parse(&value) {
            Some(at) => Ok(at),
            None => refuse(20001, format!("{name} {value} is not a date")),
        };
        let number = |low: usize, high: usize| match value.parse::<usize>() {
            Ok(number) if number >= low => Ok(number.min(high)),
            _ => refuse(20001, format!("{name} {value} is not within range")),
        };
        match &*name {
            "To" => filter.to = Some(value.to_string()),
            "From" => filter.from = Some(value.to_string()),
            "DateSent>" | "DateSent>=" => filter.sent_from = Some(instant()?),
            // A day is meant to its end.
            "DateSent<" | "DateSent<=" => {
                filter.sent_until = Some(instant()? + if value.contains('T') { 1 } else { DAY_MS });
            }
            "DateSent" => {
                filter.sent_from = Some(instant()?);
                filter.sent_until = Some(instant()? + DAY_MS);
            }
            "PageSize" => filter.page_size = number(1, 1_000)?,
            "Page" => filter.page = number(0, 1_000_000)?,
            _ => {}
        }
        if !matches!(&*name, "Page" | "PageSize" | "PageToken") {
            links.append_pair(&name, &value);
        }
    }
    filter.query = links.finish();
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(form: &str) -> u32 {
        parse(form.as_bytes()).expect_err("must be refused").code
    }

    #[test]
    fn what_is_missing_or_wrong_has_its_own_code() {
        let ok = "To=%2B15558675310&From=%2B15557122661&Body=Hi";
        assert_eq!(&*parse(ok.as_bytes()).expect("a text").body, "Hi");
        assert_eq!(code("From=%2B15557122661&Body=Hi"), 21604);
        assert_eq!(code("To=&From=%2B15557122661&Body=Hi"), 21604);
        assert_eq!(code("To=5558675310&From=%2B15557122661&Body=Hi"), 21211);
        assert_eq!(code("To=%2B1555867531&From=%2B15557122661&Body=Hi"), 21211);
        assert_eq!(code("To=%2B15558675310&Body=Hi"), 21603);
        assert_eq!(code("To=%2B15558675310&From=%2B1&Body=Hi"), 21212);
        assert_eq!(code("To=%2B15558675310&From=%2B15558675310&Body=Hi"), 21266);
        assert_eq!(code("To=%2B15558675310&From=%2B15557122661"), 21602);
        assert_eq!(code("To=%2B15558675310&MessagingServiceSid=MG1&Body=Hi"), 21701);
        assert_eq!(code(&format!("{ok}&StatusCallback=not-a-url")), 21609);
        assert_eq!(code(&format!("{ok}&ValidityPeriod=abc")), 20001);
        let long = "x".repeat(1_601);
        assert_eq!(code(&format!("To=%2B15558675310&From=%2B15557122661&Body={long}")), 21617);
    }

    #[test]
    fn the_key_is_m_of_the_callback() {
        let form =
            "To=%2B15558675310&From=12345&Body=Hi&StatusCallback=http%3A%2F%2Fh%2Fs%3Fa%3D1%26m%3Dmsg_7";
        assert_eq!(parse(form.as_bytes()).expect("a text").key.as_deref(), Some("msg_7"));
    }

    #[test]
    fn phone_numbers() {
        for good in ["+15558675310", "+4915112345678", "+33612345678", "+85212345678"] {
            assert!(is_e164(good), "{good}");
        }
        for bad in [
            "",
            "+",
            "15558675310",
            "+1555867531",
            "+155586753100",
            "+10558675310",
            "+0123456789",
            "+49 151 1",
        ] {
            assert!(!is_e164(bad), "{bad}");
        }
    }

    #[test]
    fn filters_of_every_spelling() {
        let read = |query| filter(query).expect("a filter");
        let exact = read("To=%2B1555&DateSent>=2026-11-21&PageSize=5000");
        assert_eq!((exact.to.as_deref(), exact.page_size), (Some("+1555"), 1_000));
        assert_eq!(exact.sent_from, read("DateSent%3E%3D=2026-11-21T00:00:00Z").sent_from);
        assert!(exact.sent_from.is_some());
        assert_eq!(filter("DateSent>=soon").expect_err("no date").code, 20001);
        assert_eq!(filter("PageSize=0").expect_err("no page").code, 20001);
    }
}
