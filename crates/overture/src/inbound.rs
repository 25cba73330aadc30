//! What a stored event means: an answer, a receipt, a bounce. One transaction per event, so that it is
//! applied once or not at all.

mod answers;
mod receipts;
mod renumbering;

pub use answers::answered_by;
pub use receipts::arrived;

use crate::{app::App, error::Error};
use answers::answer;
use domain::{
    Channel,
    health::Harm,
    identity,
    ids::{ConversationId, InboundEventId, MessageId},
    message::Status,
};
use providers::{Class, graph::Item, inbound::Inbound};
use receipts::{bounce, choice, complaint, echo, receipt, watermark};
use serde_json::json;
use std::sync::Arc;
use store::{
    Scope, Tx,
    campaign::health::{self, Of, Paused},
    inbound_event::{self, InboundEvent},
    message::Sent,
    sender::Sender,
    suppression,
};

/// Why an event was not applied.
#[derive(Debug)]
pub enum Trouble {
    /// It never will be; a person may look at it.
    Dead(String),
    /// It may be the next time.
    Later(Error),
    /// Another node has just received the same message in another event. Nothing of this one is kept; when it is
    /// looked at again, it is a copy.
    Overtaken,
}

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Trouble::Later(error.into())
    }
}

type Outcome<T = ()> = Result<T, Trouble>;

/// What to tell the pages after the commit.
enum News {
    Message(ConversationId, MessageId),
    Status(ConversationId, MessageId, Status),
}

/// Applies one event.
pub async fn handle(app: &Arc<App>, event: &InboundEvent) -> Outcome {
    let (Some(workspace), Some(sender)) = (&event.workspace_id, &event.sender_id) else {
        return Err(Trouble::Dead("It names no sender of ours".into()));
    };
    let scope = Scope::system(workspace.clone());
    let sender = store::sender::get(&app.db, &scope, sender).await?;
    let now = app.clock.now();
    if let Some(parts) = parts(event, &sender) {
        return take_apart(app, event, &parts, now).await;
    }
    let meanings = read(event, &sender).map_err(|fail| Trouble::Dead(fail.message))?;
    let tx = app.db.begin().await?;
    if !inbound_event::handled(&tx, &event.id, now).await? {
        return Ok(());
    }
    let mut news = Vec::new();
    let mut paused = Paused::default();
    let mut moved: Vec<ConversationId> = Vec::new();
    for meaning in meanings {
        let told = match meaning {
            Inbound::Message(m) => {
                let from = address_key(m.channel, &m.from);
                suppression::recognise(&tx, &scope, [from.as_str()], &app.keys, now).await?;
                answer(&tx, &scope, &sender, event, m, now, &mut paused).await?
            }
            Inbound::Status(s) => receipt(&tx, &scope, &sender, s, now, &mut paused).await?,
            Inbound::Echo(e) => echo(&tx, &scope, &sender, &e, now).await?,
            Inbound::Watermark(w) => {
                news.extend(watermark(&tx, &scope, &sender, &w, now).await?);
                None
            }
            Inbound::Choice(c) => {
                choice(&tx, &scope, &sender, &c, now).await?;
                None
            }
            Inbound::Renumbering(r) => {
                suppression::recognise(&tx, &scope, [r.from.as_str(), r.to.as_str()], &app.keys, now).await?;
                moved.extend(renumbering::apply(&tx, &scope, &r, now).await?);
                None
            }
            Inbound::Template(t) => {
                crate::approved::told(&tx, &scope, &t, now).await?;
                None
            }
            Inbound::Bounce(b) => bounce(&tx, &scope, b, now, &mut paused).await?,
            Inbound::Complaint(c) => complaint(&tx, &scope, c, now, &mut paused).await?,
        };
        news.extend(told);
    }
    app.commit(tx).await?;
    for conversation in &moved {
        app.tell_conversation(&scope.workspace, conversation);
    }
    if !moved.is_empty() {
        app.tell(&scope.workspace, "contacts:updated", json!({}));
    }
    announce(app, &scope, news);
    tell_paused(app, &scope, &paused);
    Ok(())
}

/// Tells the pages what paused by itself.
pub fn tell_paused(app: &App, scope: &Scope, paused: &Paused) {
    if let Some(campaign) = &paused.campaign {
        app.tell(&scope.workspace, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    if paused.sender.is_some() {
        app.tell(&scope.workspace, "stats:updated", json!({}));
    }
}

/// Counts what happened to a message that had left.
pub async fn harmed(tx: &Tx, scope: &Scope, sent: &Sent, harm: Harm, now: i64) -> store::Result<Paused> {
    let of = Of { campaign: sent.campaign_id.as_ref(), sender: &sent.sender_id, had_left: true };
    health::harmed(tx, scope, of, harm, now).await
}

/// What a webhook of Meta holds, where it is more than one thing: one that cannot be applied yet must not hold up the
/// others.
fn parts(event: &InboundEvent, sender: &Sender) -> Option<Vec<Item>> {
    let parts = match event.source.as_str() {
        "whatsapp" => providers::whatsapp::split(&event.body, &sender.address),
        "messenger" => providers::messenger::split(&event.body, &sender.address),
        _ => return None,
    };
    (parts.len() > 1).then_some(parts)
}

/// Puts the parts in the place of the whole.
async fn take_apart(app: &Arc<App>, event: &InboundEvent, parts: &[Item], now: i64) -> Outcome {
    let of = event.sender_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts: Vec<(InboundEventId, String, Vec<u8>)> = parts
        .iter()
        .map(|part| {
            // Ids of a platform may hold somebody's number; what is left of an erased event is its key.
            let key = format!("{of}:{}", crate::http::webhooks::digest(part.key.as_bytes()));
            (store::new_id(InboundEventId::from_uuid), key, part.body.clone())
        })
        .collect();
    let tx = app.db.begin().await?;
    if inbound_event::handled(&tx, &event.id, now).await? {
        inbound_event::store_parts(&tx, event, &parts).await?;
        app.commit(tx).await?;
        app.wake.inbound.notify_one();
    }
    Ok(())
}

fn read(event: &InboundEvent, sender: &Sender) -> Result<Vec<Inbound>, providers::Fail> {
    let params = || form_urlencoded::parse(&event.body).into_owned().collect::<Vec<(String, String)>>();
    let headers: serde_json::Value = serde_json::from_str(&event.headers).unwrap_or_default();
    match event.source.as_str() {
        "twilio.message" => providers::twilio::inbound(&params()),
        "twilio.status" => providers::twilio::status(&params(), headers["m"].as_str()),
        "slybroadcast" => providers::slybroadcast::parse(&params(), headers["m"].as_str()),
        "email" => providers::mime::parse(&event.body),
        "whatsapp" => providers::whatsapp::parse(&event.body, &sender.address),
        "messenger" => providers::messenger::parse(&event.body, &sender.address),
        "bonzo" => providers::bonzo::parse(&event.body, &crate::http::webhooks::digest(&event.body)),
        "tiktok" => providers::tiktok::parse(&event.body, &sender.address),
        other => Err(providers::Fail::new(Class::Permanent, format!("Nobody reads events of {other}"))),
    }
}

fn announce(app: &Arc<App>, scope: &Scope, news: Vec<News>) {
    if news.is_empty() {
        return;
    }
    for item in news {
        match item {
            News::Message(conversation, message) => {
                app.tell(
                    &scope.workspace,
                    "new:message",
                    json!({ "conversation_id": conversation, "message_id": message }),
                );
                app.tell_conversation(&scope.workspace, &conversation);
            }
            News::Status(conversation, message, status) => {
                let event = match status {
                    Status::Delivered => "message:delivered",
                    Status::Read => "message:read",
                    Status::Failed => "message:failed",
                    _ => "message:sent",
                };
                app.tell(
                    &scope.workspace,
                    event,
                    json!({ "conversation_id": conversation, "message_id": message, "status": status }),
                );
            }
        }
    }
    app.tell(&scope.workspace, "stats:updated", json!({}));
    app.wake.steps.notify_one();
    app.wake.outbox.notify_one();
}

fn address_key(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => identity::email(address).map_or_else(|_| address.trim().to_lowercase(), |e| e.key),
        Channel::Whatsapp => identity::whatsapp(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
        Channel::Messenger | Channel::Tiktok => address.trim().to_owned(),
        _ => identity::phone(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
    }
}

/// The addresses that a raw mail was sent to, normalised and without `+tag`. Reads headers only.
pub fn recipients(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            wanted = matches!(name.as_str(), "to" | "cc" | "delivered-to" | "x-original-to" | "envelope-to");
        }
        if wanted {
            let words = line.split(|c: char| {
                c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | ':' | '(' | ')')
            });
            found.extend(words.filter(|w| w.contains('@')).filter_map(without_tag));
        }
        if found.len() >= 50 {
            break;
        }
    }
    found
}

fn without_tag(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let plain = format!("{}@{domain}", local.split('+').next()?);
    identity::email(&plain).ok().map(|e| e.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_read_from_folded_headers_without_their_tags() {
        let raw = b"From: a@b.c\r\nTo: \"Sales, Nordlys\" <Hello+r-msg_1@Demo.example>,\r\n other@x.org\r\nSubject: to: no@no.no\r\n\r\nTo: body@b.org\r\n";
        assert_eq!(recipients(raw), ["hello@demo.example", "other@x.org"]);
        assert!(recipients(b"").is_empty());
        assert!(recipients(&[0xff, 0xfe, 0x00]).is_empty());
    }
}
