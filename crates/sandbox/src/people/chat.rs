//! What somebody does about a message on WhatsApp, Messenger or TikTok: it arrives, they read it, some answer, some opt
//! out. Everything is told by webhooks that Meta or TikTok would have signed.

use std::sync::Arc;

use bytes::Bytes;
use domain::Channel;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::dialogue::{self, Medium};
use super::habit::{self, Texter};
use super::{Met, wait_for};
use crate::clock;
use crate::dice::Dice;
use crate::graph::{self, Chat, Status, slot};
use crate::post::{self, Load, Parcel, Reason, Record, Target};
use crate::world::{World, locked};

/// A message was accepted: the network and its recipient begin to act. A page gets its copy even when nobody is
/// there.
pub(crate) fn receive(world: &Arc<World>, number: u64, chat: Chat) {
    let teller = Arc::clone(world);
    if !world.people_on() {
        if chat.channel != Channel::Whatsapp {
            world.spawn(async move { echo(&teller, number, &chat).await });
        }
        return;
    }
    let seed = world.options.seed;
    let (texter, asked) = habit::texter(seed, &chat.to);
    let will_answer = move |met: Met| matches!(texter, Texter::Answers(_)) && met.said < dialogue::TURNS;
    let met = world.people.meet(&chat.to, will_answer);
    world.spawn_person(async move {
        let accepted = Instant::now();
        let mut dice = Dice::about(seed, &chat.to, &format!("chat {}", met.received));
        let mut draw = || if asked { 0.2 } else { dice.unit() };
        if chat.channel != Channel::Whatsapp {
            echo(&teller, number, &chat).await;
        }
        let (sent, arrived, read) = (1.0 + draw(), 2.5 + 2.0 * draw(), 6.0 + 10.0 * draw());
        let answer = 12.0 + 40.0 * draw();
        if let Texter::Unreachable(_) = texter {
            if wait_for(&teller, accepted, arrived).await {
                report(&teller, number, &chat, Status::Failed(131_026)).await;
            }
            return;
        }
        for (after, status) in [(sent, Status::Sent), (arrived, Status::Delivered), (read, Status::Read)] {
            if !wait_for(&teller, accepted, after).await {
                return;
            }
            report(&teller, number, &chat, status).await;
        }
        let line = match texter {
            Texter::Answers(mood) if will_answer(met) => {
                dialogue::line(Medium::Text, mood, seed, &chat.to, met.said)
            }
            Texter::Stops if met.received == 1 => Some("STOP"),
            _ => None,
        };
        if let Some(line) = line
            && wait_for(&teller, accepted, answer).await
        {
            write(&teller, chat.channel, &chat.to, &chat.from, line).await;
        }
    });
}

/// The status moves on and is reported.
async fn report(world: &Arc<World>, number: u64, chat: &Chat, status: Status) {
    graph::progress(world, chat.channel, number, status);
    world.people.count(status.word());
    let id = graph::id_of(world, chat.channel, number);
    let body = match (chat.channel, status) {
        (Channel::Whatsapp, _) => {
            whatsapp(&chat.from, &json!({ "statuses": [status_of(chat, &id, status)] }))
        }
        (Channel::Tiktok, Status::Read) => {
            let read = json!({ "read": { "last_read_timestamp": clock::now_ms() } });
            tiktok("im_mark_read_msg", &chat.from, &chat.to, true, &read)
        }
        (Channel::Tiktok, _) => return,
        (_, Status::Delivered) => messenger(
            &chat.from,
            &chat.to,
            &json!({ "delivery": { "mids": [id], "watermark": clock::now_ms() } }),
        ),
        (_, Status::Read) => {
            messenger(&chat.from, &chat.to, &json!({ "read": { "watermark": clock::now_ms() } }))
        }
        // Messenger tells neither that it sent nor that it failed.
        _ => return,
    };
    deliver(world, chat.channel, Reason::ChatStatus, id, &body).await;
}

fn status_of(chat: &Chat, id: &str, status: Status) -> Value {
    let mut value = json!({
        "id": id, "status": status.word(), "timestamp": (clock::now_ms() / 1_000).to_string(),
        "recipient_id": chat.to.trim_start_matches('+'),
    });
    if let Some(key) = &chat.key {
        value["biz_opaque_callback_data"] = json!(key);
    }
    if let Status::Failed(code) = status {
        value["errors"] = json!([{ "code": code, "title": "Message undeliverable" }]);
    }
    value
}

/// The copy of a page's own message.
async fn echo(world: &Arc<World>, number: u64, chat: &Chat) {
    let id = graph::id_of(world, chat.channel, number);
    if chat.channel == Channel::Tiktok {
        let text = json!({ "message_id": id, "type": "text", "text": { "body": &*chat.body } });
        let copy = tiktok("im_send_msg", &chat.from, &chat.to, false, &text);
        deliver(world, chat.channel, Reason::ChatStatus, id, &copy).await;
        return;
    }
    let mut message = json!({ "mid": id, "is_echo": true, "app_id": 1, "text": &*chat.body });
    if let Some(key) = &chat.key {
        message["metadata"] = json!(key);
    }
    let thing = json!({
        "sender": { "id": &*chat.from }, "recipient": { "id": &*chat.to }, "timestamp": clock::now_ms(), "message": message,
    });
    deliver(world, chat.channel, Reason::ChatStatus, id, &page(&chat.from, &thing)).await;
}

fn whatsapp(ours: &str, more: &Value) -> Value {
    let mut value = more.clone();
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({ "display_phone_number": ours, "phone_number_id": ours });
    let change = json!({ "field": "messages", "value": value });
    json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [change] }] })
}

fn messenger(ours: &str, theirs: &str, more: &Value) -> Value {
    let mut thing = more.clone();
    thing["sender"] = json!({ "id": theirs });
    thing["recipient"] = json!({ "id": ours });
    thing["timestamp"] = json!(clock::now_ms());
    page(ours, &thing)
}

/// What is told of a conversation; its content is JSON inside JSON.
fn tiktok(event: &str, ours: &str, conversation: &str, is_theirs: bool, more: &Value) -> Value {
    let them = format!("user-{conversation}");
    let (from, to) = if is_theirs { (them.as_str(), ours) } else { (ours, them.as_str()) };
    let mut content = more.clone();
    content["conversation_id"] = json!(conversation);
    content["timestamp"] = json!(clock::now_ms());
    content["from_user"] = json!({ "id": from });
    content["to_user"] = json!({ "id": to });
    json!({
        "client_key": "sandbox", "event": event, "create_time": clock::now_ms() / 1_000, "user_openid": ours,
        "content": content.to_string(),
    })
}

fn page(ours: &str, thing: &Value) -> Value {
    json!({ "object": "page", "entry": [{ "id": ours, "time": clock::now_ms(), "messaging": [thing] }] })
}

/// Somebody writes to our number or page, which opens the window.
pub(crate) async fn write(
    world: &Arc<World>,
    channel: Channel,
    theirs: &str,
    ours: &str,
    body: &str,
) -> Option<Record> {
    let ours = ours.trim_start_matches('+');
    locked(&world.chats(channel).wrote).insert(slot(ours, theirs), clock::now_ms());
    world.people.count("answered");
    let (high, low) = world.draw_id();
    let (id, webhook) = match channel {
        Channel::Whatsapp => {
            let id = format!("wamid.P{high:016x}{low:016x}");
            let number = theirs.trim_start_matches('+');
            let name = format!("Person {}", &number[number.len().saturating_sub(4)..]);
            let message = json!({
                "from": number, "id": id, "timestamp": (clock::now_ms() / 1_000).to_string(), "type": "text",
                "text": { "body": body },
            });
            let contact =
                json!({ "profile": { "name": name }, "wa_id": number, "user_id": format!("US.{number}") });
            (id, whatsapp(ours, &json!({ "contacts": [contact], "messages": [message] })))
        }
        Channel::Tiktok => {
            let id = format!("tt_P{high:016x}{low:016x}");
            let text = json!({
                "message_id": id, "type": "text", "text": { "body": body }, "from": format!("person.{theirs}"),
            });
            (id, tiktok("im_receive_msg", ours, theirs, true, &text))
        }
        _ => {
            let id = format!("m_P{high:016x}{low:016x}");
            let message = json!({ "message": { "mid": id, "text": body } });
            (id, messenger(ours, theirs, &message))
        }
    };
    deliver(world, channel, Reason::ChatIn, id, &webhook).await
}

async fn deliver(
    world: &Arc<World>,
    channel: Channel,
    reason: Reason,
    key: String,
    body: &Value,
) -> Option<Record> {
    let door = match channel {
        Channel::Whatsapp => "/webhooks/whatsapp",
        Channel::Tiktok => "/webhooks/tiktok",
        _ => "/webhooks/facebook",
    };
    let load = match channel {
        Channel::Tiktok => Load::Tiktok(Bytes::from(body.to_string())),
        _ => Load::Meta(Bytes::from(escaped(&body.to_string()))),
    };
    post::send(world, Parcel { reason, key, target: Target::Door(door.to_owned()), load }).await
}

/// As Meta writes it: letters beyond ASCII and slashes are escaped, which is what a signature over anything but the raw
/// bytes stumbles over.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_read_back_as_what_they_were() {
        let value = json!({ "text": "café 😀 https://x.y \"q\" \\" });
        let text = escaped(&value.to_string());
        assert!(text.is_ascii() && text.contains("\\u00e9") && text.contains("\\/"), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }
}
