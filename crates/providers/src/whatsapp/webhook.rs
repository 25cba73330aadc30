//! What WhatsApp posts to us: messages that came in, and news of messages that went out.

use super::{codes, send::is_message_id};
use crate::{
    Class, Fail, Inbound, InboundMessage, InboundStatus,
    graph::{
        Item,
        batch::{bounded, entries, list, read},
        is_id,
    },
    inbound::{Delivery, InboundChoice, InboundRenumbering, InboundTemplate},
    text::{cut, visible, visible_line},
};
use domain::{Channel, approved::Standing};
use serde_json::{Value, json};

/// Bytes of one text that are kept; WhatsApp's have at most 4,096 characters.
const MAX_TEXT: usize = 64 * 1024;

/// The lists of a change that hold things to be taken out one by one.
const LISTS: [&str; 3] = ["messages", "statuses", "user_preferences"];

fn broken() -> Fail {
    Fail::new(
        Class::Permanent,
        "The WhatsApp webhook cannot be read: it is no JSON of the shape that Meta sends.",
    )
}

fn changes(entry: &Value) -> impl Iterator<Item = &Value> {
    list(entry, "changes")
}

/// Our numbers that a webhook is about, in E.164, each once. Read before its signature is checked, to know whose
/// secret has to fit.
pub fn numbers(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Some(webhook) = read(body) else { return found };
    for value in entries(&webhook).flat_map(changes).map(|change| &change["value"]) {
        if let Some(number) = number(value)
            && !found.contains(&number)
            && found.len() < 50
        {
            found.push(number);
        }
    }
    found
}

/// The fields that tell of templates, and what says in them where one stands.
const TEMPLATES: &str = "message_template_";

fn is_of_templates(change: &Value) -> bool {
    change["field"]
        .as_str()
        .is_some_and(|field| field.starts_with(TEMPLATES) || field == "template_category_update")
}

/// The WhatsApp Business Accounts of which a webhook tells something about templates, each once. Read before its
/// signature is checked, like the numbers.
pub fn accounts(body: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let Some(webhook) = read(body) else { return found };
    for entry in entries(&webhook).filter(|entry| changes(entry).any(is_of_templates)) {
        if let Some(account) = account(entry)
            && !found.contains(&account)
            && found.len() < 50
        {
            found.push(account);
        }
    }
    found
}

fn account(entry: &Value) -> Option<String> {
    entry["id"].as_str().filter(|id| is_id(id)).map(str::to_owned)
}

/// `15550783881` as `+15550783881`, however it is written.
fn number(value: &Value) -> Option<String> {
    full_number(value["metadata"]["display_phone_number"].as_str()?)
}

fn full_number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (5..=15).contains(&digits.len()).then(|| format!("+{digits}"))
}

/// The things in a webhook that concern one of our numbers, each as a webhook of its own.
pub fn split(body: &[u8], ours: &str) -> Vec<Item> {
    let Some(webhook) = read(body) else { return Vec::new() };
    let mut items = Vec::new();
    for entry in entries(&webhook) {
        for change in changes(entry) {
            let value = &change["value"];
            if is_of_templates(change) {
                // Nothing in it tells two apart that say the same at different times.
                let key = format!("templates:{}:{}", entry["time"], change);
                let entry = json!({ "id": entry["id"], "time": entry["time"], "changes": [change] });
                items.push(Item::new(key, &webhook["object"], entry));
                continue;
            }
            if number(value).is_none_or(|number| number != ours) {
                continue;
            }
            for name in LISTS {
                for thing in list(value, name) {
                    let key = format!("{name}:{}", key_of(name, thing));
                    let value = json!({
                        "messaging_product": value["messaging_product"], "metadata": value["metadata"],
                        "contacts": value["contacts"], name: [thing],
                    });
                    let change = json!({ "field": change["field"], "value": value });
                    let entry = json!({ "id": entry["id"], "changes": [change] });
                    items.push(Item::new(key, &webhook["object"], entry));
                }
            }
        }
    }
    bounded(items)
}

fn key_of(name: &str, thing: &Value) -> String {
    let text = |key: &str| thing[key].as_str().unwrap_or_default().to_owned();
    let key = match name {
        "statuses" => format!("{}:{}", text("id"), text("status")),
        "user_preferences" => {
            format!("{}{}:{}:{}", text("wa_id"), text("user_id"), text("value"), thing["timestamp"])
        }
        _ => text("id"),
    };
    cut(visible_line(&key), 400)
}

/// Reads `POST /webhooks/whatsapp`, after its signature was verified, as far as it concerns our number `ours`. Unknown
/// fields and kinds are ignored, as Meta adds new ones.
pub fn parse(body: &[u8], ours: &str) -> Result<Vec<Inbound>, Fail> {
    let webhook = read(body).ok_or_else(broken)?;
    let mut found = Vec::new();
    for entry in entries(&webhook) {
        found.extend(changes(entry).filter_map(|change| template_of(entry, change)).map(Inbound::Template));
    }
    for change in entries(&webhook).flat_map(changes) {
        let value = &change["value"];
        if number(value).is_none_or(|number| number != ours) {
            continue;
        }
        match change["field"].as_str() {
            Some("messages") => {
                for message in list(value, "messages") {
                    if let Some(renumbering) = renumbering_of(message, ours) {
                        found.push(Inbound::Renumbering(renumbering));
                        continue;
                    }
                    found.extend(message_of(value, message, ours)?.map(Inbound::Message));
                }
                for status in list(value, "statuses") {
                    found.push(Inbound::Status(status_of(status)?));
                }
            }
            Some("user_preferences") => {
                found.extend(list(value, "user_preferences").filter_map(choice_of).map(Inbound::Choice));
            }
            // Copies of what the business wrote on its phone (`smb_message_echoes`), news of the account: nobody
            // answered.
            _ => {}
        }
    }
    Ok(found)
}

fn text_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Seconds since the epoch, as text or as a number, in milliseconds.
fn instant(value: &Value) -> Option<i64> {
    let seconds = value["timestamp"].as_i64().or_else(|| value["timestamp"].as_str()?.parse().ok())?;
    (0..=4_102_444_800).contains(&seconds).then(|| seconds * 1_000)
}

/// Who somebody is: their number, else the id by which this business knows them.
fn person(number: Option<&str>, user_id: Option<&str>) -> Option<String> {
    let number = number.filter(|text| text.bytes().all(|b| b.is_ascii_digit())).and_then(full_number);
    let id = || domain::identity::whatsapp(user_id?, "US").ok();
    number.or_else(id)
}

fn message_of(value: &Value, message: &Value, ours: &str) -> Result<Option<InboundMessage>, Fail> {
    let wrong = |why: &str| Fail::new(Class::Permanent, format!("The WhatsApp webhook {why}."));
    let id = text_at(message, "/id")
        .filter(|id| is_message_id(id))
        .ok_or_else(|| wrong("names no message (id is missing)"))?;
    let sender = text_at(message, "/from");
    let user_id = text_at(message, "/from_user_id").or_else(|| text_at(value, "/contacts/0/user_id"));
    let from = person(sender, user_id).ok_or_else(|| wrong("does not say who wrote (from is missing)"))?;
    // In a group nobody writes to us alone.
    if message.get("group_id").is_some() || from == ours {
        return Ok(None);
    }
    let Some((text, attachments)) = words_of(message) else { return Ok(None) };
    let mut headers = Vec::new();
    if let Some(id) = user_id {
        headers.push(("whatsapp-user-id".to_owned(), cut(visible_line(id), 200)));
    }
    let text = cut(visible(&text), MAX_TEXT);
    Ok(Some(InboundMessage {
        channel: Channel::Whatsapp,
        from,
        from_name: text_at(value, "/contacts/0/profile/name").map(|name| cut(visible_line(name), 200)),
        to: vec![ours.to_owned()],
        subject: None,
        text_full: text.clone(),
        text,
        html: None,
        provider_message_id: id.to_owned(),
        in_reply_to: text_at(message, "/context/id")
            .or_else(|| text_at(message, "/reaction/message_id"))
            .filter(|id| id.len() <= 300)
            .map(str::to_owned),
        references: Vec::new(),
        our_tag: None,
        auto_submitted: None,
        precedence: None,
        headers,
        date_ms: instant(message),
        attachments,
    }))
}

/// What somebody wrote, and how many files came along; `None` for what says nothing.
fn words_of(message: &Value) -> Option<(String, u32)> {
    let at = |path: &str| text_at(message, path);
    let kind = at("/type").unwrap_or_default();
    let file = |what: &str| {
        let name = at(&format!("/{kind}/filename")).map(|name| format!(" {name}")).unwrap_or_default();
        let caption = at(&format!("/{kind}/caption")).map(|text| format!("\n{text}")).unwrap_or_default();
        Some((format!("[{what}{name}]{caption}"), 1))
    };
    let plain = |text: Option<&str>| text.map(|text| (text.to_owned(), 0));
    match kind {
        "text" => plain(at("/text/body")),
        "button" => plain(at("/button/text")),
        "interactive" => plain(
            at("/interactive/button_reply/title")
                .or_else(|| at("/interactive/list_reply/title"))
                .or(Some("[Answered a form]")),
        ),
        // A reaction that is taken back has no emoji.
        "reaction" => at("/reaction/emoji").map(|emoji| (format!("Reacted with {emoji}"), 0)),
        "image" => file("Picture"),
        "video" => file("Video"),
        "audio" => file("Audio"),
        "sticker" => file("Sticker"),
        "document" => file("Document"),
        "location" => {
            let (latitude, longitude) = (&message["location"]["latitude"], &message["location"]["longitude"]);
            let name = at("/location/name").map(|name| format!(" {name}")).unwrap_or_default();
            Some((format!("[Location{name} {latitude}, {longitude}]"), 0))
        }
        "contacts" => Some(("[Contact card]".to_owned(), 1)),
        "order" => Some(("[Order]".to_owned(), 0)),
        // News of an account, of a chat that was opened; a number that changed was read before.
        "system" | "request_welcome" | "ephemeral" => None,
        _ => Some(("[A message of a kind that WhatsApp does not pass on]".to_owned(), 0)),
    }
}

/// Somebody has another number now. The oldest form of this names it `new_wa_id`, and who changed it `customer`.
fn renumbering_of(message: &Value, ours: &str) -> Option<InboundRenumbering> {
    let kind = text_at(message, "/system/type").filter(|_| text_at(message, "/type") == Some("system"))?;
    if !matches!(kind, "user_changed_number" | "customer_changed_number") {
        return None;
    }
    let number = |path: &str| person(text_at(message, path), None);
    let from = number("/from").or_else(|| number("/system/customer"))?;
    let to = number("/system/wa_id").or_else(|| number("/system/new_wa_id"))?;
    if from == to || from == ours || to == ours {
        return None;
    }
    Some(InboundRenumbering { channel: Channel::Whatsapp, from, to, at_ms: instant(message) })
}

fn status_of(status: &Value) -> Result<InboundStatus, Fail> {
    let wrong = |why: &str| Fail::new(Class::Permanent, format!("The WhatsApp webhook {why}."));
    let id = text_at(status, "/id")
        .filter(|id| is_message_id(id))
        .ok_or_else(|| wrong("names no message (id is missing)"))?;
    let said = text_at(status, "/status").ok_or_else(|| wrong("holds no status"))?;
    // One that we do not know counts as "WhatsApp has it", never as a failure.
    let reached = match said {
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "read" | "played" => Delivery::Read,
        "failed" => Delivery::Failed,
        _ => Delivery::Accepted,
    };
    let failed = reached == Delivery::Failed;
    let code =
        status.pointer("/errors/0/code").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok());
    let code = code.filter(|_| failed);
    Ok(InboundStatus {
        our_message_id: text_at(status, "/biz_opaque_callback_data")
            .filter(|id| id.len() <= 100)
            .map(str::to_owned),
        provider_message_id: id.to_owned(),
        status: reached,
        class: failed.then(|| code.and_then(codes::class_of).unwrap_or(Class::Permanent)),
        said: code.and_then(codes::meaning).map(str::to_owned),
        code: code.map(|code| code.to_string()),
        at_ms: instant(status),
    })
}

/// News about a template. Whatever is told of one, its account is read again; where it stands is known at once.
fn template_of(entry: &Value, change: &Value) -> Option<InboundTemplate> {
    if !is_of_templates(change) {
        return None;
    }
    let value = &change["value"];
    let standing = match change["field"].as_str() {
        Some("message_template_status_update") => text_at(value, "/event").and_then(Standing::of_meta),
        _ => None,
    };
    // `NONE` is how Meta says that there is no reason.
    let reason = text_at(value, "/reason").filter(|reason| *reason != "NONE");
    let told = text_at(value, "/other_info/description").or(reason);
    Some(InboundTemplate {
        account: account(entry)?,
        name: cut(visible_line(text_at(value, "/message_template_name").unwrap_or_default()), 512),
        language: cut(visible_line(text_at(value, "/message_template_language").unwrap_or_default()), 20),
        standing,
        reason: told.map(|reason| cut(visible_line(reason), 500)),
    })
}

/// Somebody switched off marketing messages of this business in WhatsApp, or on again.
fn choice_of(preference: &Value) -> Option<InboundChoice> {
    if text_at(preference, "/category") != Some("marketing_messages") {
        return None;
    }
    let from = person(text_at(preference, "/wa_id"), text_at(preference, "/user_id"))?;
    let wants = match text_at(preference, "/value")? {
        "stop" => false,
        "resume" => true,
        _ => return None,
    };
    Some(InboundChoice { channel: Channel::Whatsapp, from, wants })
}
