//! Meta's Graph API as far as WhatsApp and Messenger need it: what it checks, what it answers, what it counts. A number
//! or a page is known by its own digits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use domain::{Channel, limits};
use serde_json::{Value, json};

use crate::fault::{Hit, Kind, Place};
use crate::line::Cut;
use crate::people;
use crate::shelf::{Item, Shelf};
use crate::twilio::{hang, sever};
use crate::world::{World, locked};
use crate::{clock, dice};

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Accepted,
    Sent,
    Delivered,
    Read,
    Failed(u32),
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Status::Accepted => "accepted",
            Status::Sent => "sent",
            Status::Delivered => "delivered",
            Status::Read => "read",
            Status::Failed(_) => "failed",
        }
    }
}

/// A message that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Chat {
    pub(crate) at: i64,
    /// The product's own id of the message.
    pub(crate) key: Option<Box<str>>,
    pub(crate) channel: Channel,
    pub(crate) to: Box<str>,
    /// The digits of our number, or our page.
    pub(crate) from: Box<str>,
    pub(crate) body: Box<str>,
    /// The name of the template, or of the tag.
    pub(crate) kind: Box<str>,
    pub(crate) status: Status,
}

impl Item for Chat {
    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn recipients(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.to)
    }

    fn at(&self) -> i64 {
        self.at
    }

    fn weight(&self) -> usize {
        size_of::<Chat>() + self.to.len() + self.body.len() + self.key.as_ref().map_or(0, |key| key.len())
    }
}

/// What is known of one product on the Graph API.
pub(crate) struct Chats {
    pub(crate) shelf: Mutex<Shelf<Chat>>,
    /// Hashes of (ours, theirs) -> when they last wrote, in milliseconds since the epoch.
    pub(crate) wrote: Mutex<HashMap<u64, i64>>,
}

impl Chats {
    pub(crate) fn new(keep: usize) -> Chats {
        Chats { shelf: Mutex::new(Shelf::new(keep)), wrote: Mutex::default() }
    }
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/graph/{version}/{id}", get(read))
        .route("/graph/{version}/{id}/messages", axum::routing::post(send))
        .route("/graph/{version}/{id}/conversations", get(conversations))
        .route("/graph/{version}/{id}/message_templates", get(crate::templates::list))
}

/// What the provider calls a message.
pub(crate) fn id_of(world: &World, channel: Channel, number: u64) -> String {
    let prefix = match channel {
        Channel::Whatsapp => "wamid.S",
        Channel::Tiktok => "tt_S",
        _ => "m_S",
    };
    format!("{prefix}{:032x}", world.sid_of(number))
}

pub(crate) fn slot(ours: &str, theirs: &str) -> u64 {
    dice::hash(1, &[ours.as_bytes(), theirs.as_bytes()])
}

pub(crate) fn json_of(status: StatusCode, value: &Value) -> Response {
    crate::twilio::json(status, value.to_string().into_bytes())
}

fn refuse(status: StatusCode, code: u32, subcode: Option<u32>, message: &str) -> Response {
    let mut error =
        json!({ "message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Sandbox" });
    if let Some(subcode) = subcode {
        error["error_subcode"] = json!(subcode);
    }
    json_of(status, &json!({ "error": error }))
}

/// What a request without the app's token is answered with.
pub(crate) fn turn_away(world: &World, headers: &HeaderMap) -> Option<Response> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer "));
    (token != Some(&world.options.meta_token))
        .then(|| refuse(StatusCode::UNAUTHORIZED, 190, None, "Invalid OAuth access token"))
}

async fn read(
    State(world): State<Arc<World>>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    turn_away(&world, &headers).unwrap_or_else(|| {
        let body = json!({ "id": id, "display_phone_number": format!("+{id}"), "name": "Sandbox" });
        json_of(StatusCode::OK, &body)
    })
}

/// What was refused, with its codes.
struct Refusal(u32, Option<u32>, String);

async fn send(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((_, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers) {
        return answer;
    }
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, 100, None, "The body is no JSON");
    };
    let is_whatsapp = request["messaging_product"] == "whatsapp";
    let chat = if is_whatsapp { whatsapp(&id, &request) } else { messenger(&id, &request) };
    let chat = chat.and_then(|chat| match (&*chat.kind, crate::templates::refusal(&world, &id, &request)) {
        ("template", Some((code, message))) => Err(Refusal(code, None, message)),
        _ => Ok(chat),
    });
    let chat = chat.and_then(|chat| in_window(&world, &chat, &request).map(|()| chat));
    let chat = match chat {
        Ok(chat) => chat,
        Err(Refusal(code, subcode, message)) => {
            let channel = if is_whatsapp { Channel::Whatsapp } else { Channel::Messenger };
            locked(&world.chats(channel).shelf).ledger.refused += 1;
            return refuse(StatusCode::BAD_REQUEST, code, subcode, &message);
        }
    };
    let place = if is_whatsapp { Place::WhatsappSend } else { Place::MessengerSend };
    match world.faults.draw(place) {
        // Nothing is awaited between here and the answer: a client that hangs up cannot stop it half way.
        None => accept(&world, chat),
        Some(hit) => suffer(&world, &cut, hit, chat).await,
    }
}

fn wrong<T>(message: &str) -> Result<T, Refusal> {
    Err(Refusal(100, None, format!("(#100) {message}")))
}

fn text_of<'a>(value: &'a Value, path: &str, most: usize) -> Result<&'a str, Refusal> {
    match value.pointer(path).and_then(Value::as_str) {
        Some(text) if !text.is_empty() && text.chars().count() <= most => Ok(text),
        _ => wrong(&format!("Param {path} must be a text of 1 to {most} characters")),
    }
}

fn whatsapp(id: &str, request: &Value) -> Result<Chat, Refusal> {
    if request["recipient_type"] != "individual" {
        return wrong("Param recipient_type must be individual");
    }
    let to = text_of(request, "/to", 20).or_else(|_| text_of(request, "/recipient", 140))?;
    if let Some(digits) = to.strip_prefix('+')
        && !(7..=15).contains(&digits.len())
    {
        return Err(Refusal(131009, None, "Parameter value is not valid: to".into()));
    }
    let (body, kind) = match request["type"].as_str() {
        Some("text") => (text_of(request, "/text/body", limits::of(Channel::Whatsapp).max_length)?, "text"),
        Some("template") => {
            text_of(request, "/template/language/code", 10)?;
            (text_of(request, "/template/name", 512)?, "template")
        }
        _ => return wrong("Param type must be text or template"),
    };
    let key = request["biz_opaque_callback_data"].as_str();
    if key.is_some_and(|key| key.len() > 512) {
        return wrong("Param biz_opaque_callback_data is longer than 512 characters");
    }
    if to.ends_with("0009") {
        return Err(Refusal(131026, None, "Message undeliverable".into()));
    }
    Ok(chat(Channel::Whatsapp, id, to, body, kind, key))
}

fn messenger(id: &str, request: &Value) -> Result<Chat, Refusal> {
    let to = text_of(request, "/recipient/id", 32)?;
    let body = text_of(request, "/message/text", limits::of(Channel::Messenger).max_length)?;
    let kind = match (request["messaging_type"].as_str(), request["tag"].as_str()) {
        (Some(kind @ ("RESPONSE" | "UPDATE")), None) => kind,
        (Some("MESSAGE_TAG"), Some(tag @ "HUMAN_AGENT")) => tag,
        _ => return wrong("Param messaging_type must be RESPONSE, UPDATE, or MESSAGE_TAG with a tag"),
    };
    if to.ends_with("0009") {
        return Err(Refusal(100, Some(2_018_001), "No matching user found".into()));
    }
    Ok(chat(Channel::Messenger, id, to, body, kind, request["message"]["metadata"].as_str()))
}

fn chat(channel: Channel, from: &str, to: &str, body: &str, kind: &str, key: Option<&str>) -> Chat {
    Chat {
        at: clock::now_ms(),
        key: key.map(Into::into),
        channel,
        to: to.into(),
        from: from.into(),
        body: body.into(),
        kind: kind.into(),
        status: Status::Accepted,
    }
}

/// Somebody who has been silent for too long is not written to. Of who has not written since the sandbox runs nothing
/// is known: they may have written before.
fn in_window(world: &World, chat: &Chat, request: &Value) -> Result<(), Refusal> {
    let Some(wrote) = locked(&world.chats(chat.channel).wrote).get(&slot(&chat.from, &chat.to)).copied()
    else {
        return Ok(());
    };
    let silent = ((chat.at - wrote) as f64 * world.options.speed) as i64;
    let window = limits::window(chat.channel, Some(0), silent);
    if window.lets(&*chat.kind == "HUMAN_AGENT", request["type"] == "template") {
        return Ok(());
    }
    Err(match chat.channel {
        Channel::Whatsapp => Refusal(131047, None, "Re-engagement message".into()),
        _ => Refusal(10, Some(2_018_278), "This message is sent outside of allowed window.".into()),
    })
}

/// Counts and keeps the message, lets its recipient know, and answers 200.
pub(crate) fn accept(world: &Arc<World>, chat: Chat) -> Response {
    let channel = chat.channel;
    let number =
        locked(&world.chats(channel).shelf).add(chat.clone(), |number| id_of(world, channel, number));
    let id = id_of(world, channel, number);
    let answer = match channel {
        Channel::Whatsapp => json!({
            "messaging_product": "whatsapp", "messages": [{ "id": id }],
            "contacts": [{ "input": chat.to, "wa_id": chat.to.trim_start_matches('+') }],
        }),
        Channel::Tiktok => json!({
            "code": 0, "message": "OK", "request_id": "sandbox", "data": { "message": { "message_id": id } },
        }),
        _ => json!({ "recipient_id": chat.to, "message_id": id }),
    };
    people::receive_chat(world, number, chat);
    json_of(StatusCode::OK, &answer)
}

/// Answers as a fault wants it.
pub(crate) async fn suffer(world: &Arc<World>, cut: &Cut, hit: Hit, chat: Chat) -> Response {
    match hit.kind {
        Kind::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            hit.refusal(crate::twilio::json(status, b"{}".to_vec()))
        }
        Kind::Code(code) if chat.channel == Channel::Tiktok => {
            hit.refusal(crate::tiktok::refuse(code, "Ordered by the sandbox's fault API"))
        }
        Kind::Code(code) => {
            // A subcode of Messenger is ordered by itself.
            let (code, subcode) = match code {
                2_018_278 | 2_018_065 => (10, Some(code)),
                2_018_001 => (100, Some(code)),
                1_545_041 => (551, Some(code)),
                code => (code, None),
            };
            let why = "Ordered by the sandbox's fault API";
            hit.refusal(refuse(StatusCode::BAD_REQUEST, code, subcode, why))
        }
        Kind::Subcode(code, subcode) => {
            let why = "Ordered by the sandbox's fault API";
            hit.refusal(refuse(StatusCode::BAD_REQUEST, code, Some(subcode), why))
        }
        Kind::Malformed => {
            crate::twilio::json(StatusCode::OK, br#"{"messages": [{"id": "wamid.SAA"#.to_vec())
        }
        Kind::Empty => crate::twilio::json(StatusCode::OK, Vec::new()),
        Kind::Html => crate::twilio::page(),
        Kind::AcceptThen500 => {
            accept(world, chat);
            crate::twilio::json(StatusCode::INTERNAL_SERVER_ERROR, b"{}".to_vec())
        }
        Kind::AcceptThenGarbage => {
            accept(world, chat);
            crate::twilio::json(StatusCode::OK, b"\x00\xff<<garbage>>{{\"id\":".to_vec())
        }
        Kind::AcceptThenHang => {
            accept(world, chat);
            hang(world, cut, hit).await
        }
        Kind::AcceptThenReset => {
            accept(world, chat);
            sever(cut)
        }
        Kind::LateApply => {
            let late = Arc::clone(world);
            world.spawn(async move {
                if late.rest(hit.delay).await {
                    accept(&late, chat);
                }
            });
            sever(cut)
        }
        Kind::Slow => {
            let slow = Arc::clone(world);
            // A task of its own: it happens even if the client hangs up while it waits.
            let work = tokio::spawn(async move { slow.rest(hit.delay).await.then(|| accept(&slow, chat)) });
            match work.await {
                Ok(Some(answer)) => answer,
                Ok(None) | Err(_) => sever(cut),
            }
        }
        Kind::Timeout => hang(world, cut, hit).await,
        Kind::Reset
        | Kind::GreetHang
        | Kind::Named(_)
        | Kind::Smtp(_)
        | Kind::Enhanced(..)
        | Kind::CloseAfterData
        | Kind::DropBeforeReply => sever(cut),
    }
}

/// A page's conversation with somebody, as it can be read back.
async fn conversations(
    State(world): State<Arc<World>>,
    Path((_, page)): Path<(String, String)>,
    query: axum::extract::Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers) {
        return answer;
    }
    let person = query.get("user_id").map(String::as_str).unwrap_or_default();
    let messages: Vec<Value> = {
        let shelf = locked(&world.chats(Channel::Messenger).shelf);
        let theirs = shelf.newest(Some(person)).filter(|(_, chat)| *chat.from == *page).take(50);
        theirs
            .map(|(number, chat)| {
                json!({
                    "id": id_of(&world, Channel::Messenger, number), "message": &*chat.body, "from": { "id": page },
                    "created_time": clock::iso8601(chat.at),
                })
            })
            .collect()
    };
    json_of(StatusCode::OK, &json!({ "data": [{ "id": "t_1", "messages": { "data": messages } }] }))
}

/// Moves a kept message on.
pub(crate) fn progress(world: &World, channel: Channel, number: u64, status: Status) {
    if let Some(chat) = locked(&world.chats(channel).shelf).get_mut(number) {
        chat.status = status;
    }
}
