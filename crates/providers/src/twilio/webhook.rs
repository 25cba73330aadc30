//! What Twilio posts to us: texts that came in, and news of texts that went out.

use super::codes;
use crate::{
    Class, Fail, Inbound, InboundMessage, InboundStatus,
    inbound::Delivery,
    text::{cut, visible, visible_line},
};
use domain::Channel;

/// Media addresses kept per message; Twilio sends at most 10.
const MAX_MEDIA: u32 = 10;
/// Bytes of one field that are kept; a text has at most 1,600 characters.
const MAX_FIELD: usize = 64 * 1024;

fn field<'a>(params: &'a [(String, String)], name: &str) -> Option<&'a str> {
    params.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
}

fn message_sid(params: &[(String, String)]) -> Result<String, Fail> {
    ["MessageSid", "SmsMessageSid", "SmsSid"]
        .iter()
        .find_map(|name| field(params, name))
        .filter(|sid| sid.len() <= 64 && sid.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .map(str::to_owned)
        .ok_or_else(|| {
            Fail::new(Class::Permanent, "The Twilio webhook names no message (MessageSid is missing).")
        })
}

/// `whatsapp:+1…` travels through the same door.
fn address(text: &str) -> (Channel, String) {
    match text.split_once(':') {
        Some(("whatsapp", number)) => (Channel::Whatsapp, visible_line(number)),
        _ => (Channel::Sms, visible_line(text)),
    }
}

/// Reads `POST /api/twilio/inbound-sms`, after its signature was verified. Unknown fields are ignored, as
/// Twilio adds new ones without notice.
pub fn inbound(params: &[(String, String)]) -> Result<Vec<Inbound>, Fail> {
    let provider_message_id = message_sid(params)?;
    let from = field(params, "From").ok_or_else(|| {
        Fail::new(Class::Permanent, "The Twilio webhook does not say who wrote (From is missing).")
    })?;
    let (channel, from) = address(from);
    let text = cut(visible(field(params, "Body").unwrap_or_default()), MAX_FIELD);
    let attachments =
        field(params, "NumMedia").and_then(|count| count.parse().ok()).unwrap_or(0).min(MAX_MEDIA);
    let mut headers = Vec::new();
    if let Some(kind) = field(params, "OptOutType") {
        headers.push(("opt-out-type".to_owned(), visible_line(kind)));
    }
    for index in 0..attachments {
        if let Some(url) = field(params, &format!("MediaUrl{index}")) {
            headers.push(("media-url".to_owned(), cut(visible_line(url), 2_000)));
        }
    }
    Ok(vec![Inbound::Message(InboundMessage {
        channel,
        from,
        from_name: field(params, "ProfileName").map(|name| cut(visible_line(name), 200)),
        to: field(params, "To").map(|to| address(to).1).into_iter().collect(),
        subject: None,
        text_full: text.clone(),
        text,
        html: None,
        provider_message_id,
        in_reply_to: None,
        references: Vec::new(),
        our_tag: None,
        auto_submitted: None,
        precedence: None,
        headers,
        date_ms: None,
        attachments,
    })])
}

/// Reads `POST /api/twilio/status`, after its signature was verified. `our_message_id` is `m` of the
/// callback address. A status that we do not know counts as "Twilio has it", never as a failure.
pub fn status(params: &[(String, String)], our_message_id: Option<&str>) -> Result<Vec<Inbound>, Fail> {
    let provider_message_id = message_sid(params)?;
    let said = field(params, "MessageStatus").or_else(|| field(params, "SmsStatus")).ok_or_else(|| {
        Fail::new(Class::Permanent, "The Twilio webhook holds no status (MessageStatus is missing).")
    })?;
    let status = match said.to_ascii_lowercase().as_str() {
        "delivered" => Delivery::Delivered,
        "read" => Delivery::Read,
        "sent" | "partially_delivered" => Delivery::Sent,
        "undelivered" | "failed" | "canceled" => Delivery::Failed,
        // News of a message that came in, which is not ours to follow.
        "receiving" | "received" => return Ok(Vec::new()),
        _ => Delivery::Accepted,
    };
    let failed = status == Delivery::Failed;
    let code = field(params, "ErrorCode")
        .filter(|code| failed && *code != "0")
        .map(|code| cut(visible_line(code), 20));
    let class = failed.then(|| code.as_deref().and_then(codes::class_of).unwrap_or(Class::Permanent));
    Ok(vec![Inbound::Status(InboundStatus {
        our_message_id: our_message_id.map(str::to_owned),
        provider_message_id,
        status,
        code,
        class,
        said: None,
        at_ms: None,
    })])
}
