//! What a status other than 2xx of the Graph API means.

use super::Product;
use crate::{Class, Fail, http::retry_after_ms};
use reqwest::{StatusCode, header::HeaderMap};
use serde::Deserialize;

/// Meta's error body.
#[derive(Deserialize)]
struct Refused {
    error: Named,
}

#[derive(Deserialize)]
struct Named {
    code: Option<u32>,
    error_subcode: Option<u32>,
    #[serde(default)]
    is_transient: bool,
}

/// A definite no is believed only where it cannot come from a machine between Meta and us that does not know what
/// Meta did, and where Meta says so itself: `500` with one of its codes for "something went wrong" may have sent.
pub(super) fn refusal(product: Product, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fail {
    let named = serde_json::from_slice::<Refused>(body).ok().map(|refused| refused.error);
    let numbers = named.as_ref().and_then(|named| named.code.map(|code| (code, named.error_subcode)));
    let known = numbers.and_then(|(code, sub)| (product.class_of)(code, sub));
    let is_transient = named.as_ref().is_some_and(|named| named.is_transient);
    let class = match status.as_u16() {
        429 => Class::Throttle,
        // The server gave up waiting for our request, so it never had it whole.
        408 | 425 => Class::Retry,
        400..=499 => match known {
            Some(class) => class,
            None if is_transient => Class::Retry,
            None => by_status(status),
        },
        500..=599 => match known {
            // Meta itself says that it is not available. Any other 503 may come from a proxy that lost the answer of
            // a Meta that had taken the message.
            Some(Class::Retry) if status == StatusCode::SERVICE_UNAVAILABLE => Class::Retry,
            None | Some(Class::Retry) => Class::Unknown,
            Some(class) => class,
        },
        _ => Class::Unknown,
    };
    if let (Some((code, sub)), None) = (numbers, known) {
        tracing::warn!(code, sub, %status, product = product.name, "an error code that we do not know");
    }
    let code = numbers.map(|(code, sub)| spelt(code, sub));
    let retry_after_ms =
        if matches!(class, Class::Throttle | Class::Retry) { retry_after_ms(headers) } else { None };
    let said = match numbers.and_then(|(code, sub)| (product.meaning)(code, sub)) {
        Some(meaning) => meaning.to_owned(),
        None => format!("it answered {}", status.as_u16()),
    };
    let message = words(product.name, class, &said);
    Fail { class, code: code.or_else(|| Some(status.as_u16().to_string())), message, retry_after_ms }
}

/// `131047`, or `10/2018278` with a subcode.
fn spelt(code: u32, sub: Option<u32>) -> String {
    match sub {
        Some(sub) => format!("{code}/{sub}"),
        None => code.to_string(),
    }
}

fn by_status(status: StatusCode) -> Class {
    match status.as_u16() {
        401 => Class::Reauth,
        403 | 404 => Class::Config,
        _ => Class::Permanent,
    }
}

fn words(name: &str, class: Class, said: &str) -> String {
    match class {
        Class::Unknown => {
            format!("{name} did not give a usable answer ({said}); the message may have been sent.")
        }
        Class::Retry | Class::Throttle => {
            format!("{name} refused for now: {said}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => {
            format!("{name} refused the login: {said}. Nothing was sent; reconnect the account.")
        }
        Class::Config => {
            format!("{name} does not accept this sender: {said}. Nothing was sent; check the account.")
        }
        Class::Window => format!("The window is closed: {said}. Nothing was sent."),
        _ => format!("{name} refused the message: {said}. Nothing was sent."),
    }
}
