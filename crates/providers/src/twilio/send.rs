//! Creating a message, and what each answer to it means.

use super::{MAX_ANSWER, Twilio, codes};
use crate::{
    Class, Fail, Gate, Outgoing, Receipt, gated,
    http::{bounded_body, retry_after_ms},
};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::Deserialize;
use std::sync::Arc;

/// The created message; everything else in it comes again by callback.
#[derive(Deserialize)]
struct Created {
    sid: String,
}

/// Twilio's error body.
#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
}

impl Twilio {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let mut form = vec![("To", message.to.as_str()), ("Body", message.text.as_str())];
        let from = if message.from.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        form.push((from, &message.from));
        if let Some(callback) = &message.status_callback {
            form.push(("StatusCallback", callback));
        }
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .request(Method::POST, &self.messages_path())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = gated::send("Twilio", request, form, gate).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        // Only the numbers in an error body are used, and a definite status is definite without them.
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if status.is_success() { created(&body) } else { Err(refusal(status, &headers, &body)) }
    }
}

fn created(body: &[u8]) -> Result<Receipt, Fail> {
    let sid = serde_json::from_slice::<Created>(body).ok().map(|created| created.sid);
    match sid.filter(|sid| is_message_sid(sid)) {
        Some(sid) => Ok(Receipt { provider_message_id: sid }),
        None => Err(Fail::new(
            Class::Unknown,
            "Twilio said yes, but its answer was cut short or holds no message SID; the text may have been sent.",
        )),
    }
}

/// `SM…` or `MM…`: letters and digits, as long as Twilio's are at most.
pub(super) fn is_message_sid(sid: &str) -> bool {
    (sid.starts_with("SM") || sid.starts_with("MM"))
        && (10..=64).contains(&sid.len())
        && sid.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What a status other than 2xx means. A definite no is believed only where it cannot come from a machine
/// between Twilio and us that does not know what Twilio did.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fail {
    let parsed = serde_json::from_slice::<Refused>(body).ok();
    let code = parsed.as_ref().and_then(|refused| refused.code).map(|code| code.to_string());
    let known = code.as_deref().and_then(codes::class_of);
    let class = match status.as_u16() {
        429 => Class::Throttle,
        // The server gave up waiting for our request, so it never had it whole.
        408 | 425 => Class::Retry,
        400..=499 => match known {
            Some(Class::Unknown) | None => by_status(status),
            Some(class) => class,
        },
        // Twilio itself says that it is not available. Any other 503 may come from a proxy that lost the
        // answer of a Twilio that had taken the message.
        503 if parsed.is_some() => Class::Retry,
        _ => Class::Unknown,
    };
    if code.is_some() && known.is_none() {
        tracing::warn!(code, %status, "a Twilio error code that we do not know");
    }
    let retry_after_ms =
        if matches!(class, Class::Throttle | Class::Retry) { retry_after_ms(headers) } else { None };
    let said = match code.as_deref().and_then(codes::meaning) {
        Some(meaning) => meaning.to_owned(),
        None => format!("it answered {}", status.as_u16()),
    };
    let message = match class {
        Class::Unknown => {
            format!("Twilio did not give a usable answer ({said}); the text may have been sent.")
        }
        Class::Retry | Class::Throttle => {
            format!("Twilio refused for now: {said}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => {
            format!("Twilio refused the login: {said}. Nothing was sent; reconnect the account.")
        }
        Class::Config => {
            format!("Twilio does not accept this sender: {said}. Nothing was sent; check the account.")
        }
        _ => format!("Twilio refused the text: {said}. Nothing was sent."),
    };
    Fail { class, code: code.or_else(|| Some(status.as_u16().to_string())), message, retry_after_ms }
}

fn by_status(status: StatusCode) -> Class {
    match status.as_u16() {
        401 => Class::Reauth,
        403 | 404 => Class::Config,
        _ => Class::Permanent,
    }
}
