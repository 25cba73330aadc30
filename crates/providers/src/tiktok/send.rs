//! Writing into a conversation, and what each answer means: HTTP 200 says nothing, the code in the body does.

use super::{MAX_ANSWER, Tiktok, codes};
use crate::{
    Class, Fail, Gate, Outgoing, Receipt, gated,
    http::{bounded_body, retry_after_ms, transport},
};
use reqwest::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HeaderMap},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The shape of every answer.
#[derive(Deserialize)]
struct Said {
    code: i64,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    message: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    message_id: String,
}

impl Tiktok {
    pub(super) async fn post(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        let body = json!({
            "business_id": message.from,
            "recipient_type": "CONVERSATION",
            "recipient": message.to,
            "message_type": "TEXT",
            "text": { "body": message.text },
        });
        let request =
            self.request(Method::POST, "/business/message/send/").header(CONTENT_TYPE, "application/json");
        let response = gated::send("TikTok", request, body.to_string(), gate).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        let said = understood(status, &headers, &body)?;
        match said.data.message.filter(|message| is_message_id(&message.message_id)) {
            Some(message) => Ok(Receipt { provider_message_id: message.message_id }),
            None => Err(Fail::new(
                Class::Unknown,
                "TikTok said yes, but its answer holds no message id; the message may have been sent.",
            )),
        }
    }

    /// Asks for the account's name, to see whether the token is good.
    pub(super) async fn ask(&self) -> Result<(), Fail> {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("business_id", &self.business_id)
            .append_pair("fields", r#"["username","display_name"]"#)
            .finish();
        let request = self.request(Method::GET, &format!("/business/get/?{query}"));
        let response = request.send().await.map_err(|error| transport("TikTok", &error.without_url()))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        understood(status, &headers, &body).map(drop)
    }
}

/// Whether it can be sent as a header, and is not endless.
pub(super) fn is_token(token: &str) -> bool {
    (1..=4_000).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

pub(super) fn is_message_id(id: &str) -> bool {
    (1..=300).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The answer, if it says that all is well.
fn understood(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<Said, Fail> {
    let said = serde_json::from_slice::<Said>(body).ok();
    let code = said.as_ref().map(|said| said.code);
    let known = code.and_then(codes::class_of);
    let class = match (status.as_u16(), code) {
        (200, Some(0)) => return said.ok_or_else(|| Fail::new(Class::Unknown, "TikTok's answer was lost.")),
        (429, _) => Class::Throttle,
        // TikTok itself says what it made of it. A code that nobody knows is a no, and is looked at in the log.
        (200..=499, Some(code)) if code != 0 => known.unwrap_or(Class::Permanent),
        (408 | 425, _) => Class::Retry,
        (401, _) => Class::Reauth,
        (403 | 404, _) => Class::Config,
        (400..=499, _) => Class::Permanent,
        // Whatever a server with a fault, or a machine before it, says: it may have been taken.
        _ => Class::Unknown,
    };
    if let (Some(code), None) = (code, known) {
        tracing::warn!(code, %status, "a TikTok code that we do not know");
    }
    let said = match code.and_then(codes::meaning) {
        Some(meaning) => meaning.to_owned(),
        None => format!("it answered {}", code.filter(|code| *code != 0).unwrap_or(status.as_u16().into())),
    };
    let message = match class {
        Class::Unknown => {
            format!("TikTok did not give a usable answer ({said}); the message may have been sent.")
        }
        Class::Retry | Class::Throttle => {
            format!("TikTok refused for now: {said}. Nothing was sent; it is tried again.")
        }
        Class::Reauth => {
            format!("TikTok refused the login: {said}. Nothing was sent; reconnect the account.")
        }
        Class::Config => {
            format!("TikTok does not accept this sender: {said}. Nothing was sent; check the account.")
        }
        _ => format!("TikTok refused the message: {said}. Nothing was sent."),
    };
    let retry_after_ms =
        if matches!(class, Class::Throttle | Class::Retry) { retry_after_ms(headers) } else { None };
    let code =
        code.filter(|code| *code != 0).map_or_else(|| status.as_u16().to_string(), |code| code.to_string());
    Err(Fail { class, code: Some(code), message, retry_after_ms })
}
