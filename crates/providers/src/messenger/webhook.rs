//! What Messenger posts to us: messages that came in, copies of our own, and news of messages that went out.

use super::send::is_message_id;
use crate::{
    Class, Fail, Inbound, InboundMessage, InboundStatus,
    graph::{
        Item,
        batch::{bounded, entries, list, read},
    },
    inbound::{Delivery, InboundWatermark},
    text::{cut, visible, visible_line},
};
use domain::Channel;
use serde_json::{Value, json};

/// Bytes of one text that are kept; Messenger's have at most 2,000 characters.
const MAX_TEXT: usize = 64 * 1024;

fn wrong(why: &str) -> Fail {
    Fail::new(Class::Permanent, format!("The Messenger webhook {why}."))
}

fn text_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// An id of a page or of a person: digits, as text or as a number.
fn id_at(value: &Value, path: &str) -> Option<String> {
    let value = value.pointer(path)?;
    let id =
        value.as_str().map_or_else(|| value.as_u64().map(|id| id.to_string()), |id| Some(id.to_owned()))?;
    domain::identity::page_scoped(&id).ok()
}

/// Our pages that a webhook is about, each once. Read before its signature is checked, to know whose secret has to
/// fit.
pub fn pages(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Some(webhook) = read(body) else { return found };
    for page in entries(&webhook).filter_map(|entry| id_at(entry, "/id")) {
        if !found.contains(&page) && found.len() < 50 {
            found.push(page);
        }
    }
    found
}

/// The things in a webhook that concern one of our pages, each as a webhook of its own.
pub fn split(body: &[u8], ours: &str) -> Vec<Item> {
    let Some(webhook) = read(body) else { return Vec::new() };
    let mut items = Vec::new();
    for entry in entries(&webhook).filter(|entry| id_at(entry, "/id").as_deref() == Some(ours)) {
        for thing in list(entry, "messaging") {
            let entry = json!({ "id": entry["id"], "time": entry["time"], "messaging": [thing] });
            items.push(Item::new(key_of(thing), &webhook["object"], entry));
        }
    }
    bounded(items)
}

fn key_of(thing: &Value) -> String {
    let from = id_at(thing, "/sender/id").unwrap_or_default();
    let key = if let Some(mid) = text_at(thing, "/message/mid") {
        format!("message:{mid}")
    } else if thing.get("delivery").is_some() {
        format!("delivery:{from}:{}:{}", thing["delivery"]["watermark"], thing["delivery"]["mids"])
    } else if thing.get("read").is_some() {
        format!("read:{from}:{}", thing["read"]["watermark"])
    } else {
        format!("other:{from}:{}", thing["timestamp"])
    };
    cut(visible_line(&key), 400)
}

/// Reads `POST /webhooks/facebook`, after its signature was verified, as far as it concerns our page `ours`. Unknown
/// fields and kinds are ignored, as Meta adds new ones.
pub fn parse(body: &[u8], ours: &str) -> Result<Vec<Inbound>, Fail> {
    let webhook =
        read(body).ok_or_else(|| wrong("cannot be read: it is no JSON of the shape that Meta sends"))?;
    let mut found = Vec::new();
    for entry in entries(&webhook).filter(|entry| id_at(entry, "/id").as_deref() == Some(ours)) {
        for thing in list(entry, "messaging") {
            found.extend(meaning_of(thing, ours)?);
        }
    }
    Ok(found)
}

fn meaning_of(thing: &Value, ours: &str) -> Result<Vec<Inbound>, Fail> {
    if let Some(message) = thing.get("message").filter(|message| message.is_object()) {
        let from = id_at(thing, "/sender/id").ok_or_else(|| wrong("does not say who wrote"))?;
        if message["is_echo"] == true || from == ours {
            return Ok(echo(message).into_iter().collect());
        }
        return Ok(message_of(thing, message, from, ours)?.map(Inbound::Message).into_iter().collect());
    }
    if let Some(postback) = thing.get("postback").filter(|postback| postback.is_object()) {
        let from = id_at(thing, "/sender/id").ok_or_else(|| wrong("does not say who wrote"))?;
        return Ok(postback_of(thing, postback, from, ours).map(Inbound::Message).into_iter().collect());
    }
    Ok(receipts(thing))
}

/// A copy of a message of the page. One of ours carries our id: it proves that Messenger has it. Anybody else's was
/// written by a person in the page's inbox, and is no answer to anything.
fn echo(message: &Value) -> Option<Inbound> {
    let mid = text_at(message, "/mid").filter(|mid| is_message_id(mid))?;
    let ours = text_at(message, "/metadata").filter(|id| id.starts_with("msg_") && id.len() <= 100)?;
    Some(Inbound::Status(InboundStatus {
        our_message_id: Some(ours.to_owned()),
        provider_message_id: mid.to_owned(),
        status: Delivery::Sent,
        code: None,
        class: None,
        said: None,
        at_ms: None,
    }))
}

fn message_of(
    thing: &Value,
    message: &Value,
    from: String,
    ours: &str,
) -> Result<Option<InboundMessage>, Fail> {
    let mid = text_at(message, "/mid")
        .filter(|mid| is_message_id(mid))
        .ok_or_else(|| wrong("names no message (mid is missing)"))?;
    let kinds: Vec<&str> =
        list(message, "attachments").map(|file| text_at(file, "/type").unwrap_or("file")).take(50).collect();
    let notes = kinds.iter().map(|kind| format!("[{}]", word_of(kind)));
    let parts: Vec<String> = text_at(message, "/text").map(str::to_owned).into_iter().chain(notes).collect();
    if message["is_deleted"] == true {
        return Ok(None);
    }
    let text = if parts.is_empty() {
        "[A message of a kind that Messenger does not pass on]".to_owned()
    } else {
        parts.join("\n")
    };
    let attachments = u32::try_from(kinds.len()).unwrap_or(u32::MAX);
    let answered = text_at(message, "/reply_to/mid").filter(|mid| mid.len() <= 300).map(str::to_owned);
    Ok(Some(InboundMessage { in_reply_to: answered, attachments, ..plain(thing, from, ours, mid, &text) }))
}

fn word_of(kind: &str) -> &'static str {
    match kind {
        "image" => "Picture",
        "video" => "Video",
        "audio" => "Audio",
        "location" => "Location",
        _ => "File",
    }
}

/// Somebody pressed a button: its words are what they said.
fn postback_of(thing: &Value, postback: &Value, from: String, ours: &str) -> Option<InboundMessage> {
    let title = text_at(postback, "/title")?;
    let made = format!("postback:{from}:{}", thing["timestamp"]);
    let mid = text_at(postback, "/mid").filter(|mid| is_message_id(mid)).unwrap_or(&made);
    Some(plain(thing, from, ours, mid, title))
}

fn plain(thing: &Value, from: String, ours: &str, id: &str, text: &str) -> InboundMessage {
    let text = cut(visible(text), MAX_TEXT);
    InboundMessage {
        channel: Channel::Messenger,
        from,
        from_name: None,
        to: vec![ours.to_owned()],
        subject: None,
        text_full: text.clone(),
        text,
        html: None,
        provider_message_id: id.to_owned(),
        in_reply_to: None,
        references: Vec::new(),
        our_tag: None,
        auto_submitted: None,
        precedence: None,
        headers: Vec::new(),
        date_ms: thing["timestamp"].as_i64().filter(|at| (0..=4_102_444_800_000).contains(at)),
        attachments: 0,
    }
}

/// What arrived or was read: by the ids of messages, else everything up to an instant.
fn receipts(thing: &Value) -> Vec<Inbound> {
    let Some(from) = id_at(thing, "/sender/id") else { return Vec::new() };
    let upto = |name: &str, status| {
        let before_ms =
            thing[name]["watermark"].as_i64().filter(|at| (0..=4_102_444_800_000).contains(at))?;
        Some(Inbound::Watermark(InboundWatermark {
            channel: Channel::Messenger,
            from: from.clone(),
            status,
            before_ms,
        }))
    };
    if thing["delivery"].is_object() {
        let mids: Vec<Inbound> = list(&thing["delivery"], "mids")
            .filter_map(Value::as_str)
            .filter(|mid| is_message_id(mid))
            .take(1_000)
            .map(|mid| {
                Inbound::Status(InboundStatus {
                    our_message_id: None,
                    provider_message_id: mid.to_owned(),
                    status: Delivery::Delivered,
                    code: None,
                    class: None,
                    said: None,
                    at_ms: None,
                })
            })
            .collect();
        return if mids.is_empty() {
            upto("delivery", Delivery::Delivered).into_iter().collect()
        } else {
            mids
        };
    }
    upto("read", Delivery::Read).into_iter().collect()
}
