//! What TikTok posts to us: messages that came in, copies of our own, and how far somebody has read.

use super::send::is_message_id;
use crate::{
    Class, Fail, Inbound, InboundMessage,
    inbound::{Delivery, InboundEcho, InboundWatermark},
    text::{cut, visible, visible_line},
};
use domain::Channel;
use serde_json::Value;

/// Bytes of one text that are kept; TikTok's have at most 6,000 characters.
const MAX_TEXT: usize = 64 * 1024;

fn wrong(why: &str) -> Fail {
    Fail::new(Class::Permanent, format!("The TikTok webhook {why}."))
}

fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Value>(body).ok().filter(Value::is_object)
}

fn text_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Our account that a webhook is about. Read before its signature is checked, to know whose secret has to fit.
pub fn account(body: &[u8]) -> Option<String> {
    let webhook = read(body)?;
    text_at(&webhook, "/user_openid").and_then(|id| domain::identity::tiktok(id).ok())
}

/// Reads `POST /webhooks/tiktok`, after its signature was verified, as far as it concerns our account `ours`. Unknown
/// events and kinds are ignored.
pub fn parse(body: &[u8], ours: &str) -> Result<Vec<Inbound>, Fail> {
    let webhook = read(body).ok_or_else(|| wrong("cannot be read: it is no JSON object"))?;
    if text_at(&webhook, "/user_openid") != Some(ours) {
        return Ok(Vec::new());
    }
    let event = webhook["event"].as_str().unwrap_or_default();
    if !matches!(event, "im_receive_msg" | "im_send_msg" | "im_mark_read_msg") {
        return Ok(Vec::new());
    }
    // JSON inside JSON; newer apps may say it as it is.
    let content = match &webhook["content"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        content => content.clone(),
    };
    if !content.is_object() {
        return Err(wrong("has no content that can be read"));
    }
    let conversation = text_at(&content, "/conversation_id")
        .and_then(|id| domain::identity::tiktok(id).ok())
        .ok_or_else(|| wrong("names no conversation (conversation_id is missing)"))?;
    if event == "im_mark_read_msg" {
        return Ok(read_up_to(&content, conversation, ours).into_iter().collect());
    }
    let id = text_at(&content, "/message_id")
        .filter(|id| is_message_id(id))
        .ok_or_else(|| wrong("names no message (message_id is missing)"))?;
    let Some((text, attachments)) = words_of(&content) else { return Ok(Vec::new()) };
    let text = cut(visible(&text), MAX_TEXT);
    // The same event tells of what came in and of what went out: only the addressee tells them apart.
    if text_at(&content, "/to_user/id") != Some(ours) {
        let echo = InboundEcho {
            channel: Channel::Tiktok,
            to: conversation,
            provider_message_id: id.to_owned(),
            text,
        };
        return Ok(vec![Inbound::Echo(echo)]);
    }
    let name = text_at(&content, "/from").map(|name| cut(visible_line(name), 200));
    let mut headers = Vec::new();
    if let Some(user) = text_at(&content, "/from_user/id") {
        headers.push(("tiktok-user-id".to_owned(), cut(visible_line(user), 200)));
    }
    Ok(vec![Inbound::Message(InboundMessage {
        channel: Channel::Tiktok,
        from: conversation,
        from_name: name,
        to: vec![ours.to_owned()],
        subject: None,
        text_full: text.clone(),
        text,
        html: None,
        provider_message_id: id.to_owned(),
        in_reply_to: text_at(&content, "/referenced_message_info/referenced_message_id")
            .filter(|id| is_message_id(id))
            .map(str::to_owned),
        references: Vec::new(),
        our_tag: None,
        auto_submitted: None,
        precedence: None,
        headers,
        date_ms: instant(&content["timestamp"]),
        attachments,
    })])
}

/// Milliseconds since the epoch, as a number or as text.
fn instant(value: &Value) -> Option<i64> {
    let at = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    (0..=4_102_444_800_000).contains(&at).then_some(at)
}

/// What somebody has read, unless it is we who have.
fn read_up_to(content: &Value, conversation: String, ours: &str) -> Option<Inbound> {
    if text_at(content, "/from_user/id") == Some(ours) {
        return None;
    }
    let before_ms = instant(content.pointer("/read/last_read_timestamp")?)?;
    Some(Inbound::Watermark(InboundWatermark {
        channel: Channel::Tiktok,
        from: conversation,
        status: Delivery::Read,
        before_ms,
    }))
}

/// The words of a message, and how many files came along; `None` for what is no message.
fn words_of(content: &Value) -> Option<(String, u32)> {
    Some(match content["type"].as_str()?.to_ascii_lowercase().as_str() {
        "text" => (text_at(content, "/text/body").unwrap_or_default().to_owned(), 0),
        "image" => ("(picture)".to_owned(), 1),
        "video" => ("(video)".to_owned(), 1),
        "sticker" | "emoji" => ("(sticker)".to_owned(), 1),
        "share_post" => {
            let link = text_at(content, "/share_post/embed_url").unwrap_or_default();
            (format!("(shared a video) {link}").trim_end().to_owned(), 0)
        }
        "" => return None,
        kind => (format!("({})", cut(visible_line(kind), 40)), 0),
    })
}
