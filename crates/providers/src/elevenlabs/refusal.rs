//! What a status other than 2xx of ElevenLabs means.

use crate::{Class, Fail, http::retry_after_ms};
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;

/// The class of `detail.status`, if we know it.
pub fn class_of(detail: &str) -> Option<Class> {
    Some(match detail {
        "invalid_api_key" => Class::Reauth,
        "quota_exceeded" | "voice_not_found" => Class::Config,
        "max_character_limit_exceeded" => Class::Permanent,
        "too_many_concurrent_requests" => Class::Throttle,
        "system_busy" => Class::Retry,
        _ => return None,
    })
}

fn meaning(detail: &str) -> Option<&'static str> {
    Some(match detail {
        "invalid_api_key" => "the API key is wrong",
        "missing_permissions" => "the API key may not do this",
        "quota_exceeded" => "the characters of this month are used up",
        "voice_not_found" => "there is no such voice in the account",
        "max_character_limit_exceeded" => "the text is longer than the model takes",
        "too_many_concurrent_requests" => "too many texts at once",
        "system_busy" => "the service is busy",
        _ => return None,
    })
}

/// `detail.status` of an error body; one about fields has none.
pub(super) fn says(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let status = body["detail"]["status"].as_str()?;
    let is_word = status.len() <= 64 && status.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_word.then(|| status.to_owned())
}

pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fail {
    let detail = says(body);
    let known = detail.as_deref().and_then(class_of);
    let class = known.unwrap_or(match status.as_u16() {
        401 => Class::Reauth,
        403 | 404 => Class::Config,
        429 => Class::Throttle,
        408 | 425 | 500..=599 => Class::Retry,
        _ => Class::Permanent,
    });
    if let (Some(detail), None) = (&detail, known) {
        tracing::warn!(detail, %status, "an ElevenLabs error that we do not know");
    }
    let said = match detail.as_deref().and_then(meaning) {
        Some(meaning) => meaning.to_owned(),
        None => format!("it answered {}", status.as_u16()),
    };
    let message = match class {
        Class::Retry | Class::Throttle => {
            format!("ElevenLabs refused for now: {said}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => {
            format!("ElevenLabs refused the login: {said}. Nothing was sent; correct the API key.")
        }
        Class::Config => {
            format!("ElevenLabs cannot speak for this sender: {said}. Nothing was sent; check the account.")
        }
        _ => format!("ElevenLabs did not take the text: {said}. Nothing was sent."),
    };
    let retry_after_ms =
        if matches!(class, Class::Throttle | Class::Retry) { retry_after_ms(headers) } else { None };
    Fail { class, code: detail.or_else(|| Some(status.as_u16().to_string())), message, retry_after_ms }
}
