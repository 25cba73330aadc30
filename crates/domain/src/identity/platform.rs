//! What people are called on platforms: a WhatsApp number or business-scoped id, a page-scoped id on Messenger, a
//! conversation on TikTok.

use super::{IdentityError, is_blank, phone, wrong};

/// Longest id of a platform, in bytes.
const MAX_ID: usize = 140;

/// Reads who somebody is on WhatsApp: a phone number, given in E.164, or the id by which one business knows somebody
/// who shows no number (`US.13491208655302741918`).
///
/// A number that the phone library does not know is taken as it is when it is written in full: WhatsApp has told it.
pub fn whatsapp(text: &str, default_country: &str) -> Result<String, IdentityError> {
    let text = text.trim_matches(is_blank);
    if is_business_scoped(text) {
        return Ok(text.to_owned());
    }
    phone(text, default_country).or_else(|error| match text.strip_prefix('+') {
        Some(digits) if is_full_number(digits) => Ok(text.to_owned()),
        _ => Err(error),
    })
}

/// Reads a page-scoped id of Messenger: digits, and another one on every page.
pub fn page_scoped(text: &str) -> Result<String, IdentityError> {
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        return Err(wrong("messenger.empty", "the id is empty"));
    }
    if text.len() > 32 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong(
            "messenger.invalid",
            "an id on Messenger is a number, as in 7319203847; a name or a link cannot be written to",
        ));
    }
    Ok(text.to_owned())
}

/// Reads an id of TikTok's: of a business account, or of a conversation, which is all that can be written to there.
pub fn tiktok(text: &str) -> Result<String, IdentityError> {
    let text = text.trim_matches(is_blank);
    if text.is_empty() {
        return Err(wrong("tiktok.empty", "the id is empty"));
    }
    let is_id = text.len() <= 200
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-:.=+/~".contains(&b))
        && text.bytes().any(|b| b.is_ascii_alphanumeric());
    if !is_id {
        return Err(wrong(
            "tiktok.invalid",
            "an id on TikTok is one word of letters and digits; a name or a link cannot be written to",
        ));
    }
    Ok(text.to_owned())
}

/// `CC.id` or `CC.ENT.id`.
fn is_business_scoped(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else { return false };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && !id.is_empty()
        && text.len() <= MAX_ID
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_full_number(digits: &str) -> bool {
    (7..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_somebody_is_on_whatsapp() {
        for (text, expected) in [
            ("+1 (202) 555-0123", Some("+12025550123")),
            ("202 555 0123", Some("+12025550123")),
            ("+15550783881", Some("+15550783881")),
            ("+972123456789", Some("+972123456789")),
            (" US.13491208655302741918 ", Some("US.13491208655302741918")),
            ("US.ENT.11815799212886844830", Some("US.ENT.11815799212886844830")),
            ("us.1349", None),
            ("US.", None),
            ("US.13 49", None),
            ("Ann", None),
            ("", None),
            ("+0123456789", None),
            ("+12", None),
        ] {
            assert_eq!(whatsapp(text, "US").ok().as_deref(), expected, "{text:?}");
        }
        assert!(whatsapp(&format!("US.{}", "1".repeat(200)), "US").is_err());
    }

    #[test]
    fn what_an_id_of_tiktok_is() {
        for (text, expected) in [
            (" biz-123 ", Some("biz-123")),
            ("0:1:7012:7013", Some("0:1:7012:7013")),
            ("bW9yZQ==", Some("bW9yZQ==")),
            ("@ada", None),
            ("ada lee", None),
            ("https://tiktok.com/@ada", None),
            ("::", None),
            ("", None),
        ] {
            assert_eq!(tiktok(text).ok().as_deref(), expected, "{text:?}");
        }
        assert!(tiktok(&"1".repeat(201)).is_err());
    }

    #[test]
    fn who_somebody_is_on_messenger() {
        for (text, expected) in
            [(" 7319203847 ", Some("7319203847")), ("ann.lee", None), ("", None), ("12 34", None)]
        {
            assert_eq!(page_scoped(text).ok().as_deref(), expected, "{text:?}");
        }
        assert!(page_scoped(&"1".repeat(33)).is_err());
    }
}
