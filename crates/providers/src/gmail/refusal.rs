//! What an answer of the Gmail API means for a message.

use crate::{Class, Fail, http::retry_after_ms};
use jiff::{Timestamp, fmt::rfc2822};
use reqwest::{
    StatusCode,
    header::{DATE, HeaderMap},
};
use serde_json::Value;

/// Longest pause that is believed: the daily limit of an account ends within a day.
const MAX_WAIT_MS: i64 = 24 * 3_600_000;

/// The class of a refusal by its HTTP status, Google's word for it (`errors[0].reason`), and its sentence.
pub fn class_of(status: u16, reason: &str, sentence: &str) -> Class {
    match (status, reason) {
        (400, "failedPrecondition") => Class::Config,
        (400, _) if is_bad_recipient(sentence) => Class::BadRecipient,
        (401, _) => Class::Reauth,
        (_, "rateLimitExceeded" | "userRateLimitExceeded" | "dailyLimitExceeded" | "quotaExceeded")
        | (429, _) => Class::Throttle,
        (403, "insufficientPermissions" | "authError" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT") => Class::Reauth,
        // The API is turned off, the domain's policy forbids it, delegation is denied: somebody has to change it.
        (403, _) => Class::Config,
        (408 | 425, _) => Class::Retry,
        (400..=499, _) => Class::Permanent,
        // A server with a fault, or a machine before it, may have taken the mail; also at 503.
        _ => Class::Unknown,
    }
}

/// Google has no word of its own for it, only these sentences.
fn is_bad_recipient(sentence: &str) -> bool {
    ["Invalid To header", "Recipient address required"].iter().any(|known| sentence.contains(known))
}

fn meaning(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "failedPrecondition" => "Gmail is not turned on for this account",
        "rateLimitExceeded" | "userRateLimitExceeded" => "too much at once, or the account's daily limit",
        "dailyLimitExceeded" | "quotaExceeded" => "the daily limit is reached",
        "insufficientPermissions" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" => {
            "not everything was allowed at the consent"
        }
        "accessNotConfigured" | "SERVICE_DISABLED" => {
            "the Gmail API is not enabled in the Google Cloud project of the app"
        }
        "domainPolicy" => "the administrator of its Google Workspace forbids it",
        "invalidArgument" => "something in it is not as it should be",
        _ => return None,
    })
}

/// The failure that an answer other than a good one is. What Google writes is not repeated: it may name somebody.
pub(super) fn refused(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fail {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &said["error"];
    let word = |path: &str| error.pointer(path).and_then(Value::as_str).filter(|word| !word.is_empty());
    let reason = word("/errors/0/reason").or_else(|| word("/details/0/reason")).unwrap_or_default();
    let sentence = word("/message").unwrap_or_default();
    let class = class_of(status.as_u16(), reason, sentence);
    let code = match reason {
        "" => status.as_u16().to_string(),
        reason => reason.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect(),
    };
    let why = match meaning(reason) {
        Some(meaning) => meaning.to_owned(),
        None if class == Class::BadRecipient => "it does not take the recipient's address".to_owned(),
        None => format!("it answered {}", status.as_u16()),
    };
    let message = match class {
        Class::Unknown => {
            format!("Gmail did not give a usable answer ({why}); the message may have been sent.")
        }
        Class::Retry | Class::Throttle => {
            format!("Gmail refused for now: {why}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => {
            format!("Gmail refused the access ({why}). Nothing was sent; reconnect the account.")
        }
        Class::Config => format!("Gmail does not let this account send: {why}. Nothing was sent."),
        _ => format!("Gmail refused the message: {why}. Nothing was sent."),
    };
    let retry_after_ms = match class {
        Class::Throttle => retry_after_ms(headers).or_else(|| told(sentence, headers)),
        Class::Retry => retry_after_ms(headers),
        _ => None,
    };
    Fail { class, code: Some(code), message, retry_after_ms }
}

/// "User-rate limit exceeded. Retry after 2026-11-22T23:10:00.000Z": an instant, measured against the answer's own date.
fn told(sentence: &str, headers: &HeaderMap) -> Option<i64> {
    let at: Timestamp = sentence.split_once("Retry after ")?.1.split_whitespace().next()?.parse().ok()?;
    let date = rfc2822::parse(headers.get(DATE)?.to_str().ok()?).ok()?.timestamp();
    Some((at.as_millisecond() - date.as_millisecond()).clamp(0, MAX_WAIT_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_every_refusal() {
        use Class::{BadRecipient, Config, Permanent, Reauth, Retry, Throttle, Unknown};
        for (status, reason, sentence, class) in [
            (400, "failedPrecondition", "Mail service not enabled", Config),
            (400, "invalidArgument", "Invalid To header", BadRecipient),
            (400, "invalidArgument", "Recipient address required", BadRecipient),
            (400, "invalidArgument", "Invalid value for ByteString", Permanent),
            (400, "", "", Permanent),
            (401, "authError", "Invalid Credentials", Reauth),
            (403, "rateLimitExceeded", "", Throttle),
            (403, "userRateLimitExceeded", "", Throttle),
            (403, "dailyLimitExceeded", "", Throttle),
            (403, "quotaExceeded", "", Throttle),
            (429, "rateLimitExceeded", "", Throttle),
            (429, "userRateLimitExceeded", "User-rate limit exceeded (Mail sending)", Throttle),
            (429, "", "", Throttle),
            (403, "insufficientPermissions", "", Reauth),
            (403, "domainPolicy", "", Config),
            (403, "accessNotConfigured", "", Config),
            (403, "", "", Config),
            (404, "notFound", "", Permanent),
            (408, "", "", Retry),
            (413, "uploadTooLarge", "", Permanent),
            (302, "", "", Unknown),
            (500, "backendError", "", Unknown),
            (502, "", "", Unknown),
            (503, "backendError", "", Unknown),
            (504, "", "", Unknown),
        ] {
            assert_eq!(class_of(status, reason, sentence), class, "{status} {reason} {sentence}");
        }
    }

    #[test]
    fn the_wait_that_stands_in_the_sentence_is_kept() {
        let headers = HeaderMap::from_iter([(DATE, "Sun, 22 Nov 2026 23:00:00 GMT".parse().unwrap())]);
        let body = r#"{"error":{"code":429,"message":"User-rate limit exceeded.  Retry after 2026-11-22T23:10:00.000Z (Mail sending)",
            "errors":[{"reason":"userRateLimitExceeded"}]}}"#;
        let fail = refused(StatusCode::TOO_MANY_REQUESTS, &headers, body.as_bytes());
        assert_eq!((fail.class, fail.retry_after_ms), (Class::Throttle, Some(600_000)));
        assert_eq!(fail.code.as_deref(), Some("userRateLimitExceeded"));
    }

    #[test]
    fn what_google_writes_is_not_repeated() {
        let body = r#"{"error":{"code":400,"message":"Invalid To header: ann@people.example","errors":[{"reason":"invalidArgument"}]}}"#;
        let fail = refused(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes());
        assert_eq!(fail.class, Class::BadRecipient);
        assert!(!format!("{fail:?}").contains("ann@"), "{fail:?}");
    }
}
