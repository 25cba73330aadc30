//! Making a prospect and texting it in one request, and what each answer means.

use super::{Bonzo, MAX_ANSWER};
use crate::{
    Class, Fail, Gate, Outgoing, Receipt, gated,
    http::{bounded_body, retry_after_ms},
};
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap},
};
use serde_json::{Value, json};
use std::sync::Arc;

impl Bonzo {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        if message.is_agreed {
            self.opt_in(message).await?;
        }
        let body = json!({ "phone": message.to, "message": message.text, "send_as": "owner" });
        let request = self
            .request(Method::POST, "/v3/prospects/create-or-update-and-message")
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json");
        let response = gated::send("Bonzo", request, body.to_string(), gate).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if !status.is_success() {
            return Err(refusal(status, &headers, &body));
        }
        match prospect(&body) {
            // It names the person and not the text; ours makes it one of a kind.
            Some(id) => Ok(Receipt { provider_message_id: format!("prospect:{id}:{}", message.message_id) }),
            None => Err(Fail::new(
                Class::Unknown,
                "Bonzo said yes, but its answer was cut short or names no prospect; the text may have been sent.",
            )),
        }
    }

    /// Whoever has agreed to texts here is told to Bonzo as such, which refuses to text anybody else. Repeats do no
    /// harm, and no failure leaves a doubt: nothing was being sent.
    async fn opt_in(&self, message: &Outgoing) -> Result<(), Fail> {
        let certain = |fail: Fail| match fail.class {
            Class::Unknown => Fail {
                class: Class::Retry,
                message:
                    "Bonzo did not answer whether they may be texted. Nothing was sent; it is tried again."
                        .into(),
                ..fail
            },
            _ => fail,
        };
        let ask = async |path: String, body: Value| {
            let request = self.request(Method::POST, &path).header(ACCEPT, "application/json").json(&body);
            let response = request
                .send()
                .await
                .map_err(|error| certain(crate::http::transport("Bonzo", &error.without_url())))?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
            if status.is_success() { Ok(body) } else { Err(certain(refusal(status, &headers, &body))) }
        };
        let known =
            ask("/v3/prospects/create-or-update-and-message".into(), json!({ "phone": message.to })).await?;
        let Some(id) = prospect(&known) else {
            return Err(Fail::new(
                Class::Retry,
                "Bonzo named no prospect. Nothing was sent; it is tried again.",
            ));
        };
        ask(format!("/v3/prospects/{id}/opt-in/sms"), json!({})).await.map(drop)
    }
}

/// The id in `{data: {id}}`, or in the object itself; digits or letters, as it becomes part of a path.
fn prospect(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let id = body.pointer("/data/id").or_else(|| body.get("id"))?;
    let id = id.as_u64().map(|id| id.to_string()).or_else(|| id.as_str().map(str::to_owned))?;
    let is_name = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_name.then_some(id)
}

/// The class of an HTTP status. Bonzo has no codes of its own.
pub fn class_of(status: u16) -> Class {
    match status {
        401 => Class::Reauth,
        403 | 404 => Class::Config,
        // The server gave up waiting for our request, so it never had it whole.
        408 | 425 => Class::Retry,
        429 => Class::Throttle,
        400..=499 => Class::Permanent,
        _ => Class::Unknown,
    }
}

pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Fail {
    let errors = serde_json::from_slice::<Value>(body).ok().unwrap_or_default();
    // A field that is wrong is named; what was in it is not repeated.
    let is_phone = status.as_u16() == 422 && errors["errors"].get("phone").is_some();
    let class = if is_phone { Class::BadRecipient } else { class_of(status.as_u16()) };
    let said = match status.as_u16() {
        401 => "the API key is wrong".to_owned(),
        422 if is_phone => "it does not take this number".to_owned(),
        429 => "too many requests".to_owned(),
        status => format!("it answered {status}"),
    };
    let message = match class {
        Class::Unknown => {
            format!("Bonzo did not give a usable answer ({said}); the text may have been sent.")
        }
        Class::Retry | Class::Throttle => {
            format!("Bonzo refused for now: {said}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => format!("Bonzo refused the login: {said}. Nothing was sent; reconnect the account."),
        Class::Config => {
            format!("Bonzo does not accept this sender: {said}. Nothing was sent; check the account.")
        }
        _ => format!("Bonzo refused the text: {said}. Nothing was sent."),
    };
    let retry_after_ms =
        if matches!(class, Class::Throttle | Class::Retry) { retry_after_ms(headers) } else { None };
    Fail { class, code: Some(status.as_u16().to_string()), message, retry_after_ms }
}
