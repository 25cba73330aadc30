//! `/_sandbox/*`: how any program looks at the outside world, breaks it and makes it speak.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Channel;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault::Order;
use crate::gmail::Delivery;
use crate::graph::{self, Chat};
use crate::ledger::Count;
use crate::mail::{Mail, header_section};
use crate::people::{self, Wish};
use crate::post::Record;
use crate::shelf::{Item, Shelf};
use crate::twilio::{self, Text};
use crate::voice;
use crate::world::{World, locked};

/// The most items of one answer.
const MOST: usize = 1_000;
/// How long a request waits for its reply to be taken; the reply goes on trying without it.
const WAIT_FOR_ACK: std::time::Duration = std::time::Duration::from_secs(5);

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/_sandbox/state", get(state))
        .route("/_sandbox/messages", get(messages))
        .route("/_sandbox/ledger", get(ledger))
        .route("/_sandbox/webhooks", get(webhooks))
        .route("/_sandbox/fault", get(faults).post(order_fault).delete(clear_faults))
        .route("/_sandbox/reply", post(reply))
        .route("/_sandbox/config", post(config))
        .route("/_sandbox/gmail", post(order_gmail))
        .route("/_sandbox/template", post(crate::templates::order))
        .merge(crate::dns::routes())
}

/// An answer that says what is wrong with the request.
struct Wrong(StatusCode, String);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn wrong<T>(message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong(StatusCode::BAD_REQUEST, message.into()))
}

type Answer = Result<Json<Value>, Wrong>;

fn body<T>(given: Result<Json<T>, JsonRejection>) -> Result<T, Wrong> {
    match given {
        Ok(Json(value)) => Ok(value),
        Err(rejection) => wrong(rejection.body_text()),
    }
}

async fn state(State(world): State<Arc<World>>) -> Json<Value> {
    let channel = |ledger: Value, kept: usize| {
        let mut ledger = ledger;
        ledger["kept"] = kept.into();
        ledger
    };
    let email = {
        let shelf = locked(&world.email);
        channel(counts(&shelf), shelf.len())
    };
    let sms = {
        let shelf = locked(&world.sms);
        channel(counts(&shelf), shelf.len())
    };
    let chats = |of: Channel| {
        let shelf = locked(&world.chats(of).shelf);
        channel(counts(&shelf), shelf.len())
    };
    let voicemail = {
        let shelf = locked(&world.voicemails.shelf);
        channel(counts(&shelf), shelf.len())
    };
    let spoken = |count: &std::sync::atomic::AtomicU64| count.load(std::sync::atomic::Ordering::Relaxed);
    Json(json!({
        "seed": world.options.seed,
        "speed": world.options.speed,
        "people": world.people_on(),
        "people_busy": world.busy_people(),
        "started_at": world.started_at,
        "webhook_base": world.post.base(),
        "channels": {"email": email, "sms": sms, "whatsapp": chats(Channel::Whatsapp), "messenger": chats(Channel::Messenger), "tiktok": chats(Channel::Tiktok), "voicemail": voicemail},
        "spoken": {"texts": spoken(&world.voicemails.texts), "letters": spoken(&world.voicemails.letters)},
        "opted_in": spoken(&world.opted_in),
        "acts": world.people.report(),
        "gmail": world.google.report(),
        "webhooks": world.post.report(),
        "faults": world.faults.report(),
    }))
}

fn counts<T: Item>(shelf: &Shelf<T>) -> Value {
    let ledger = &shelf.ledger;
    json!({
        "received": ledger.received,
        "distinct": ledger.distinct(),
        "duplicates": ledger.duplicates(),
        "refused": ledger.refused,
        "first_at": ledger.first_at,
        "last_at": ledger.last_at,
        "ledger_complete": ledger.complete(),
    })
}

/// The channels that the sandbox carries.
fn carried(channel: &str) -> Result<Channel, Wrong> {
    match channel.parse() {
        Ok(
            channel @ (Channel::Email
            | Channel::Sms
            | Channel::Whatsapp
            | Channel::Messenger
            | Channel::Tiktok
            | Channel::Voicemail),
        ) => Ok(channel),
        _ => wrong(format!(
            "the sandbox carries the channels email, sms, whatsapp, messenger, tiktok and voicemail, not {channel:?}"
        )),
    }
}

#[derive(Deserialize)]
struct Wanted {
    channel: Option<String>,
    to: Option<String>,
    from: Option<String>,
    key: Option<String>,
    limit: Option<usize>,
}

async fn messages(State(world): State<Arc<World>>, Query(wanted): Query<Wanted>) -> Answer {
    let limit = wanted.limit.unwrap_or(50).min(MOST);
    let channels = match &wanted.channel {
        Some(channel) => vec![carried(channel)?],
        None => {
            vec![
                Channel::Email,
                Channel::Sms,
                Channel::Whatsapp,
                Channel::Messenger,
                Channel::Tiktok,
                Channel::Voicemail,
            ]
        }
    };
    let to = wanted.to.as_deref();
    let same = |filter: &Option<String>, value: &str| {
        filter.as_deref().is_none_or(|filter| filter.eq_ignore_ascii_case(value))
    };
    let mut found: Vec<(i64, Value)> = Vec::new();
    if channels.contains(&Channel::Email) {
        let mails: Vec<(u64, Arc<Mail>)> = {
            let shelf = locked(&world.email);
            let matching = shelf.newest(to).filter(|(_, mail)| {
                same(&wanted.from, &mail.from)
                    && same(&wanted.key, mail.message_id.as_deref().unwrap_or_default())
            });
            matching.take(limit).map(|(number, mail)| (number, Arc::clone(mail))).collect()
        };
        found.extend(mails.iter().map(|(number, mail)| (mail.at, shown_mail(*number, mail))));
    }
    if channels.contains(&Channel::Sms) {
        let texts: Vec<(u64, Text)> = {
            let shelf = locked(&world.sms);
            let matching = shelf.newest(to).filter(|(_, text)| {
                same(&wanted.from, text.our_number())
                    && same(&wanted.key, text.key.as_deref().unwrap_or_default())
            });
            matching.take(limit).map(|(number, text)| (number, text.clone())).collect()
        };
        found.extend(texts.iter().map(|(number, text)| (text.at, shown_text(&world, *number, text))));
    }
    if channels.contains(&Channel::Voicemail) {
        let shelf = locked(&world.voicemails.shelf);
        let matching = shelf.newest(to).filter(|(_, drop)| {
            same(&wanted.from, &drop.from) && same(&wanted.key, drop.key.as_deref().unwrap_or_default())
        });
        found.extend(matching.take(limit).map(|(number, drop)| (drop.at, shown_drop(&world, number, drop))));
    }
    for channel in
        channels.into_iter().filter(|c| matches!(c, Channel::Whatsapp | Channel::Messenger | Channel::Tiktok))
    {
        let shelf = locked(&world.chats(channel).shelf);
        let matching = shelf.newest(to).filter(|(_, chat)| {
            same(&wanted.from, &chat.from) && same(&wanted.key, chat.key.as_deref().unwrap_or_default())
        });
        found.extend(matching.take(limit).map(|(number, chat)| (chat.at, shown_chat(&world, number, chat))));
    }
    found.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    found.truncate(limit);
    Ok(Json(json!({"data": found.into_iter().map(|(_, shown)| shown).collect::<Vec<_>>()})))
}

fn shown_mail(number: u64, mail: &Mail) -> Value {
    let letter = mail.letter();
    json!({
        "channel": Channel::Email,
        "key": mail.message_id,
        "id": format!("{number:010X}"),
        "at": mail.at,
        "from": mail.from,
        "to": mail.to,
        "tls": mail.tls,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "reply_to": letter.reply_to,
        "references": letter.references,
        "headers": String::from_utf8_lossy(header_section(&mail.raw)),
        "raw": String::from_utf8_lossy(&mail.raw),
    })
}

fn shown_text(world: &World, number: u64, text: &Text) -> Value {
    json!({
        "channel": Channel::Sms,
        "key": text.key,
        "id": twilio::sid(world, number),
        "at": text.at,
        "from": text.our_number(),
        "to": [&*text.to],
        "text": text.body,
        "status": text.status.word(),
        "error_code": text.error,
        "status_callback": text.callback,
    })
}

fn shown_drop(world: &World, number: u64, drop: &voice::Drop) -> Value {
    json!({
        "channel": Channel::Voicemail,
        "key": drop.key,
        "id": voice::session(world, number),
        "at": drop.at,
        "from": drop.from,
        "to": [&*drop.to],
        "audio": drop.audio,
        "date": drop.date,
        "end": drop.end,
        "status": drop.status,
        "status_callback": drop.callback,
    })
}

fn shown_chat(world: &World, number: u64, chat: &Chat) -> Value {
    json!({
        "channel": chat.channel,
        "key": chat.key,
        "id": graph::id_of(world, chat.channel, number),
        "at": chat.at,
        "from": chat.from,
        "to": [&*chat.to],
        "text": chat.body,
        "kind": chat.kind,
        "status": chat.status.word(),
    })
}

#[derive(Deserialize)]
struct LedgerWanted {
    channel: String,
    #[serde(default)]
    times: Option<String>,
}

async fn ledger(State(world): State<Arc<World>>, Query(wanted): Query<LedgerWanted>) -> Answer {
    let with_times = wanted.times.is_some_and(|value| matches!(&*value, "1" | "true"));
    let channel = carried(&wanted.channel)?;
    Ok(Json(match channel {
        Channel::Email => ledger_of(&locked(&world.email), channel, with_times),
        Channel::Whatsapp | Channel::Messenger | Channel::Tiktok => {
            ledger_of(&locked(&world.chats(channel).shelf), channel, with_times)
        }
        Channel::Voicemail => ledger_of(&locked(&world.voicemails.shelf), channel, with_times),
        _ => ledger_of(&locked(&world.sms), channel, with_times),
    }))
}

fn ledger_of<T: Item>(shelf: &Shelf<T>, channel: Channel, with_times: bool) -> Value {
    let ledger = &shelf.ledger;
    let keys: serde_json::Map<_, _> =
        ledger.lines().map(|(key, count)| (key.to_owned(), count.times.into())).collect();
    let mut answer = json!({
        "channel": channel,
        "complete": ledger.complete(),
        "first_at": ledger.first_at,
        "last_at": ledger.last_at,
        "keys": keys,
    });
    if with_times {
        let instants = |of: fn(&Count) -> i64| -> Value {
            ledger.lines().map(|(key, count)| (key.to_owned(), Value::from(of(&count)))).collect()
        };
        answer["times"] = instants(|count| count.first_at);
        answer["last_times"] = instants(|count| count.last_at);
    }
    answer
}

#[derive(Deserialize)]
struct WebhooksWanted {
    kind: Option<String>,
    state: Option<String>,
    key: Option<String>,
    limit: Option<usize>,
}

async fn webhooks(State(world): State<Arc<World>>, Query(wanted): Query<WebhooksWanted>) -> Json<Value> {
    // The spelling in the records is the one of their JSON.
    let spelled =
        |value: Value, filter: &Option<String>| filter.as_deref().is_none_or(|filter| value == filter);
    let matches = |record: &Record| {
        spelled(json!(record.kind), &wanted.kind)
            && spelled(json!(record.state), &wanted.state)
            && wanted.key.as_deref().is_none_or(|key| record.key == key)
    };
    let records = world.post.records(matches, wanted.limit.unwrap_or(100).min(50 * MOST));
    Json(json!({"data": records}))
}

async fn faults(State(world): State<Arc<World>>) -> Json<Value> {
    Json(world.faults.report())
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Orders {
    Many(Vec<Order>),
    Listed { faults: Vec<Order> },
    One(Order),
}

async fn order_fault(State(world): State<Arc<World>>, given: Result<Json<Value>, JsonRejection>) -> Answer {
    let value = body(given)?;
    let orders = match serde_json::from_value(value) {
        Ok(Orders::Many(orders) | Orders::Listed { faults: orders }) => orders,
        Ok(Orders::One(order)) => vec![order],
        Err(_) => {
            return wrong(
                "a fault is {provider: \"twilio\"|\"whatsapp\"|\"messenger\"|\"tiktok\"|\"bonzo\"|\"slybroadcast\"|\"elevenlabs\"|\"gmail\"|\"smtp\", kind, probability?, count?, delay_ms?, on?}; \
                 give one, a list, or {faults: [...]}",
            );
        }
    };
    match world.faults.order(orders) {
        Ok(()) => Ok(Json(world.faults.report())),
        Err(message) => wrong(message),
    }
}

async fn clear_faults(State(world): State<Arc<World>>) -> Json<Value> {
    world.faults.clear();
    Json(world.faults.report())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReplyOrder {
    channel: String,
    /// The person who writes.
    to: String,
    #[serde(default)]
    text: String,
    kind: Option<Wish>,
    /// Our address, if the person has received nothing yet.
    sender: Option<String>,
}

async fn reply(State(world): State<Arc<World>>, given: Result<Json<ReplyOrder>, JsonRejection>) -> Answer {
    let order = body(given)?;
    let (wish, sender) = (order.kind.unwrap_or(Wish::Answer), order.sender.as_deref());
    if wish == Wish::Answer && order.text.is_empty() {
        return wrong("an answer needs a text");
    }
    let nothing_yet = || {
        let message = format!("{} has received nothing; say in \"sender\" whom to write to", order.to);
        Err(Wrong(StatusCode::NOT_FOUND, message))
    };
    let task = match carried(&order.channel)? {
        Channel::Email => {
            let last = locked(&world.email).newest(Some(&order.to)).next().map(|(_, mail)| Arc::clone(mail));
            if last.is_none() && (sender.is_none() || matches!(wish, Wish::Bounce | Wish::Unsubscribe)) {
                return nothing_yet();
            }
            let (world, order) =
                (Arc::clone(&world), (order.to.clone(), order.sender.clone(), order.text.clone()));
            tokio::spawn(async move {
                people::write_mail(&world, &order.0, last, order.1.as_deref(), wish, &order.2).await
            })
        }
        Channel::Voicemail => return wrong("nobody answers a voicemail on its channel"),
        channel @ (Channel::Whatsapp | Channel::Messenger | Channel::Tiktok) => {
            if wish != Wish::Answer {
                return wrong("a message can only be answered: write STOP to opt out");
            }
            let last = locked(&world.chats(channel).shelf)
                .newest(Some(&order.to))
                .next()
                .map(|(_, chat)| chat.from.to_string());
            let Some(ours) = order.sender.clone().or(last) else { return nothing_yet() };
            let (world, theirs, text) = (Arc::clone(&world), order.to.clone(), order.text.clone());
            tokio::spawn(async move { people::write_chat(&world, channel, &theirs, &ours, &text).await })
        }
        _ => {
            if wish != Wish::Answer {
                return wrong("a text can only be answered: write STOP to opt out");
            }
            let last = locked(&world.sms).newest(Some(&order.to)).next().map(|(_, text)| text.clone());
            let (world, theirs, words) = (Arc::clone(&world), order.to.clone(), order.text.clone());
            match (order.sender.clone(), last) {
                (Some(ours), _) => {
                    tokio::spawn(async move { people::write_text(&world, &theirs, &ours, &words).await })
                }
                (None, Some(last)) => {
                    tokio::spawn(async move { people::answer_text(&world, &last, &words).await })
                }
                (None, None) => return nothing_yet(),
            }
        }
    };
    // Nothing is lost by not waiting longer: the posting goes on.
    match tokio::time::timeout(WAIT_FOR_ACK, task).await {
        Ok(Ok(Some(record))) => Ok(Json(json!({"webhook": record}))),
        Ok(Ok(None)) => wrong(format!("{} cannot do that about the last message they got", order.to)),
        Ok(Err(_)) | Err(_) => Ok(Json(json!({"webhook": {"state": "pending"}}))),
    }
}

/// What happens to somebody's account at Google.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GmailOrder {
    account: String,
    /// They take the consent back: no token is good any more.
    #[serde(default)]
    revoke: bool,
    /// Access tokens end early.
    #[serde(default)]
    expire_access: bool,
    /// The history of changes is forgotten so far.
    #[serde(default)]
    expire_history: bool,
    /// A raw mail comes in, with these labels.
    #[serde(default)]
    mail: Option<String>,
    #[serde(default)]
    labels: Vec<String>,
}

async fn order_gmail(
    State(world): State<Arc<World>>,
    given: Result<Json<GmailOrder>, JsonRejection>,
) -> Answer {
    let order = body(given)?;
    world.google.order(&order.account, order.revoke, order.expire_access, order.expire_history);
    if let Some(raw) = order.mail {
        let delivery = Delivery { raw: raw.into(), labels: order.labels, thread: None };
        world.google.deliver(&world, &order.account, delivery);
    }
    Ok(Json(json!({"mails": world.google.mails_of(&order.account)})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    webhook_base: Option<String>,
    people: Option<bool>,
}

async fn config(State(world): State<Arc<World>>, given: Result<Json<Change>, JsonRejection>) -> Answer {
    let change = body(given)?;
    if let Some(base) = &change.webhook_base
        && let Err(error) = world.post.set_base(base)
    {
        return wrong(format!("{error:#}"));
    }
    if let Some(on) = change.people {
        world.set_people(on);
    }
    Ok(Json(json!({"webhook_base": world.post.base(), "people": world.people_on()})))
}
