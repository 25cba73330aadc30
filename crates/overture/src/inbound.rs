//! What a stored event means: an answer, a receipt, a bounce. It is marked in the transaction of its effects, so that it
//! is applied once or not at all. On SQLite many share a transaction, which costs more than what most of them do.

mod answers;
mod news;
mod receipts;
mod recipients;
mod renumbering;

pub use answers::answered_by;
pub use news::tell_paused;
pub use receipts::arrived;
pub use recipients::recipients;

use crate::{app::App, error::Error};
use answers::answer;
use domain::{
    Channel,
    health::Harm,
    identity,
    ids::{InboundEventId, SenderId},
};
use news::{News, Told};
use providers::{Class, graph::Item, inbound::Inbound};
use receipts::{bounce, choice, complaint, echo, receipt, watermark};
use std::{collections::HashMap, sync::Arc};
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

/// What became of one.
pub type Outcome<T = ()> = Result<T, Trouble>;

/// Most events that share a transaction on SQLite. PostgreSQL gets each in one of its own: other nodes would wait for
/// what the first of them has locked, and in a ring with one that has the same conversations in another order.
const TOGETHER: usize = 64;
/// As many are applied also where somebody waits for their turn to write.
const AT_LEAST: usize = 4;

/// Applies the first of these events, as many as belong in one transaction; what became of each of them. There is at least one.
pub async fn handle(app: &Arc<App>, events: &[InboundEvent]) -> Vec<Outcome> {
    let most = if app.db.is_postgres() { 1 } else { TOGETHER };
    let events = &events[..events.len().min(most)];
    match together(app, events).await {
        Ok(outcomes) => outcomes,
        Err(error) if events.len() < 2 => vec![Err(Trouble::Later(error))],
        Err(error) => {
            // What one of them asks for may be why nothing could be kept.
            tracing::warn!(%error, "inbound events are applied one by one");
            let mut outcomes = Vec::with_capacity(events.len());
            for event in events {
                match together(app, std::slice::from_ref(event)).await {
                    Ok(outcome) => outcomes.extend(outcome),
                    Err(error) => outcomes.push(Err(Trouble::Later(error))),
                }
            }
            outcomes
        }
    }
}

/// One transaction. Of an event that cannot be applied nothing stays in it; a lone one needs no part of its own for that.
async fn together(app: &Arc<App>, events: &[InboundEvent]) -> Result<Vec<Outcome>, Error> {
    let readings = read_all(app, events).await;
    let tx = app.db.begin().await?;
    let (mut outcomes, mut heard) = (Vec::with_capacity(events.len()), Vec::new());
    for (event, reading) in events.iter().zip(readings) {
        if outcomes.len() >= AT_LEAST && app.db.is_awaited() {
            break;
        }
        let reading = match reading {
            Ok(reading) => reading,
            Err(trouble) => {
                outcomes.push(Err(trouble));
                continue;
            }
        };
        let scope = reading.scope.clone();
        let part = if events.len() > 1 { Some(store::part_of(&tx).await?) } else { None };
        match apply(app, part.as_ref().unwrap_or(&tx), event, reading).await {
            Ok(told) => {
                if let Some(part) = part {
                    app.commit(part).await?;
                }
                heard.push((scope, told));
                outcomes.push(Ok(()));
            }
            Err(trouble) => {
                match part {
                    Some(part) => part.rollback().await.map_err(store::Error::from)?,
                    None => return Ok(vec![Err(trouble)]),
                }
                outcomes.push(Err(trouble));
            }
        }
    }
    app.commit(tx).await?;
    heard.into_iter().for_each(|(scope, told)| told.announce(app, &scope));
    Ok(outcomes)
}

/// An event that is understood.
struct Reading {
    scope: Scope,
    sender: Sender,
    what: What,
}

enum What {
    /// More than one thing, each to become an event.
    Parts(Vec<Item>),
    Meanings(Vec<Inbound>),
}

/// Before the transaction, which others wait for.
async fn read_all(app: &App, events: &[InboundEvent]) -> Vec<Outcome<Reading>> {
    let mut senders: HashMap<SenderId, Sender> = HashMap::new();
    let mut readings = Vec::with_capacity(events.len());
    for event in events {
        readings.push(reading(app, event, &mut senders).await);
    }
    readings
}

async fn reading(
    app: &App,
    event: &InboundEvent,
    senders: &mut HashMap<SenderId, Sender>,
) -> Outcome<Reading> {
    let (Some(workspace), Some(id)) = (&event.workspace_id, &event.sender_id) else {
        return Err(Trouble::Dead("It names no sender of ours".into()));
    };
    let scope = Scope::system(workspace.clone());
    let sender = match senders.get(id) {
        Some(sender) => sender.clone(),
        None => {
            let sender = store::sender::get(&app.db, &scope, id).await?;
            senders.insert(id.clone(), sender.clone());
            sender
        }
    };
    let what = match parts(event, &sender) {
        Some(parts) => What::Parts(parts),
        None => What::Meanings(read(event, &sender).map_err(|fail| Trouble::Dead(fail.message))?),
    };
    Ok(Reading { scope, sender, what })
}

/// Does what an event says.
async fn apply(app: &App, tx: &Tx, event: &InboundEvent, reading: Reading) -> Outcome<Told> {
    let now = app.clock.now();
    let Reading { scope, sender, what } = reading;
    let mut told = Told::default();
    if !inbound_event::handled(tx, &event.id, now).await? {
        return Ok(told);
    }
    let meanings = match what {
        What::Meanings(meanings) => meanings,
        What::Parts(parts) => {
            take_apart(tx, event, &parts).await?;
            told.is_apart = true;
            return Ok(told);
        }
    };
    let paused = &mut told.paused;
    for meaning in meanings {
        let news = match meaning {
            Inbound::Message(m) => {
                let from = address_key(m.channel, &m.from);
                suppression::recognise(tx, &scope, [from.as_str()], &app.keys, now).await?;
                answer(tx, &scope, &sender, event, m, now, paused).await?
            }
            Inbound::Status(s) => receipt(tx, &scope, &sender, s, now, paused).await?,
            Inbound::Echo(e) => echo(tx, &scope, &sender, &e, now).await?,
            Inbound::Watermark(w) => {
                told.news.extend(watermark(tx, &scope, &sender, &w, now).await?);
                None
            }
            Inbound::Choice(c) => {
                choice(tx, &scope, &sender, &c, now).await?;
                None
            }
            Inbound::Renumbering(r) => {
                suppression::recognise(tx, &scope, [r.from.as_str(), r.to.as_str()], &app.keys, now).await?;
                told.moved.extend(renumbering::apply(tx, &scope, &r, now).await?);
                None
            }
            Inbound::Template(t) => {
                crate::approved::told(tx, &scope, &t, now).await?;
                None
            }
            Inbound::Bounce(b) => bounce(tx, &scope, b, now, paused).await?,
            Inbound::Complaint(c) => complaint(tx, &scope, c, now, paused).await?,
        };
        told.news.extend(news);
    }
    Ok(told)
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
async fn take_apart(tx: &Tx, event: &InboundEvent, parts: &[Item]) -> Outcome {
    let of = event.sender_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts: Vec<(InboundEventId, String, Vec<u8>)> = parts
        .iter()
        .map(|part| {
            // Ids of a platform may hold somebody's number; what is left of an erased event is its key.
            let key = format!("{of}:{}", crate::http::webhooks::digest(part.key.as_bytes()));
            (store::new_id(InboundEventId::from_uuid), key, part.body.clone())
        })
        .collect();
    Ok(inbound_event::store_parts(tx, event, &parts).await?)
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

fn address_key(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => identity::email(address).map_or_else(|_| address.trim().to_lowercase(), |e| e.key),
        Channel::Whatsapp => identity::whatsapp(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
        Channel::Messenger | Channel::Tiktok => address.trim().to_owned(),
        _ => identity::phone(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
    }
}
