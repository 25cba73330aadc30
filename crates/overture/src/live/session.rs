//! What a client may say, and what comes of it.
//!
//! | event | argument | what happens |
//! |---|---|---|
//! | `authenticate` | `{token}` or nothing | `authenticated`; a token of the same member renews the session |
//! | `join:inbox` | nothing, or the own workspace | acknowledged: every client is in its own rooms from the start |
//! | `join:conversation`, `leave:conversation` | `{id}` | in or out, if the member may see it |
//! | `typing:start`, `typing:stop` | `{conversation_id}` | told to the others in that conversation, and as `presence:typing` and `presence:paused` to whoever may see it |
//! | `viewing` | `{conversation_id}` | told to whoever may see it as `presence:viewing`; leaving is `presence:left` |
//!
//! Where the client asked for an acknowledgement it gets `{ok}` or `{ok, error}`; where it did not, the
//! events `joined` and `left`, or `error`. An event that is not in the table is an `error`, never more.

use super::{
    Audience, Door, Identity,
    frame::{Frame, Refusal},
    packet::{self, Packet},
    socket::Socket,
};
use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use serde_json::{Value, json};
use std::sync::Arc;

const UNAUTHORIZED: &str = "unauthorized";
const NOT_YOURS: &str = "There is no such conversation, or you may not see it.";
const TOO_MUCH: Refusal = Refusal { code: 4429, reason: "too many messages" };

/// Counts a message; a client that says too much is sent away. `false` when it was.
pub(super) fn allow(socket: &Socket) -> bool {
    let allowed = socket.allow();
    if !allowed {
        socket.close(TOO_MUCH);
    }
    allowed
}

/// Binary data is of no use here.
pub(super) fn refuse_binary(socket: &Socket) {
    complain(socket, None, "Binary data is not accepted.");
}

/// Takes one Engine.IO packet from a client.
pub(super) async fn receive(door: &Door, socket: &Arc<Socket>, text: &str) {
    let mut letters = text.chars();
    match letters.next() {
        Some('4') => message(door, socket, letters.as_str()).await,
        Some('3') => socket.pong(),
        Some('2') => socket.send(Frame::text("3")),
        Some('1') => socket.close(Refusal { code: 1000, reason: "" }),
        Some('5' | '6') => {}
        _ => socket.close(Refusal { code: 1002, reason: "unknown Engine.IO packet" }),
    }
}

async fn message(door: &Door, socket: &Arc<Socket>, text: &str) {
    match packet::parse(text) {
        Err(problem) => complain(socket, None, problem),
        Ok(Packet::Connect { namespace, auth }) => connect(door, socket, &namespace, &auth).await,
        Ok(Packet::Disconnect) => socket.close(Refusal { code: 1000, reason: "" }),
        Ok(Packet::Ack) => {}
        Ok(Packet::Event { name, args, ack }) => match socket.identity() {
            Some(who) => {
                let outcome = event(door, socket, who, &name, &args).await;
                answer(socket, &name, ack, outcome);
            }
            None => socket.close(Refusal { code: 4401, reason: "connect first" }),
        },
    }
}

async fn connect(door: &Door, socket: &Arc<Socket>, namespace: &str, auth: &Value) {
    if namespace != "/" {
        return socket.send(Frame::text(&packet::connect_error(namespace, "Invalid namespace")));
    }
    let Some(mut headers) = socket.headers() else { return };
    if let Some(token) = auth.get("token").and_then(Value::as_str) {
        bear(&mut headers, token);
    }
    match identify(door, &headers).await {
        Some(identity) => door.hub.admit(socket, identity),
        // The connection is cut when the time to sign in is over; the official client leaves at once.
        None => socket.send(Frame::text(&packet::connect_error("/", UNAUTHORIZED))),
    }
}

async fn identify(door: &Door, headers: &HeaderMap) -> Option<Identity> {
    let identity = door.auth.identify(headers).await?;
    let expired = identity.valid_until_ms.is_some_and(|until| until <= door.hub.now_ms());
    (!expired).then_some(identity)
}

fn bear(headers: &mut HeaderMap, token: &str) {
    if let Ok(value) = HeaderValue::try_from(format!("Bearer {token}")) {
        headers.insert(AUTHORIZATION, value);
    }
}

/// What became of an event: what to tell the client, or what is wrong.
type Outcome = Result<Option<(&'static str, Value)>, &'static str>;

async fn event(door: &Door, socket: &Arc<Socket>, who: &Identity, name: &str, args: &[Value]) -> Outcome {
    let arg = args.first().unwrap_or(&Value::Null);
    match name {
        "authenticate" => authenticate(door, socket, who, arg).await,
        "join:inbox" => {
            if names_another(who, arg) {
                return Err("You can only join the inbox of your own workspace.");
            }
            Ok(Some(("joined", json!({ "room": Audience::workspace(&who.workspace_id).as_ref() }))))
        }
        "join:conversation" => {
            let room = conversation(arg)?;
            if !socket.is_in(&room) && !door.auth.may_join(who, &room).await {
                return Err(NOT_YOURS);
            }
            door.hub.join(socket, &room)?;
            Ok(Some(("joined", json!({ "room": room.as_ref() }))))
        }
        "leave:conversation" => {
            let room = conversation(arg)?;
            if socket.is_in(&room) {
                door.auth.tell(who, "presence:left", presence(who, &room)).await;
            }
            door.hub.leave(socket, &room);
            Ok(Some(("left", json!({ "room": room.as_ref() }))))
        }
        "typing:start" | "typing:stop" => {
            let room = conversation(arg)?;
            if !socket.is_in(&room) {
                return Err("Join the conversation first.");
            }
            let data = presence(who, &room);
            door.hub.publish_except(&room, name, &data, Some(&who.member_id));
            let seen = if name == "typing:start" { "presence:typing" } else { "presence:paused" };
            door.auth.tell(who, seen, data).await;
            Ok(None)
        }
        "viewing" => {
            let room = conversation(arg)?;
            if !socket.is_in(&room) {
                return Err("Join the conversation first.");
            }
            door.auth.tell(who, "presence:viewing", presence(who, &room)).await;
            Ok(None)
        }
        _ => Err("There is no such event."),
    }
}

/// Who is where. Nothing of it is kept: pages forget what is not told again.
fn presence(who: &Identity, room: &Audience) -> Value {
    json!({ "conversation_id": room.id(), "member_id": who.member_id })
}

async fn authenticate(door: &Door, socket: &Socket, who: &Identity, arg: &Value) -> Outcome {
    if let Some(token) = arg.get("token").unwrap_or(arg).as_str() {
        let mut headers = HeaderMap::new();
        bear(&mut headers, token);
        match identify(door, &headers).await {
            Some(now) if now.member_id == who.member_id && now.workspace_id == who.workspace_id => {
                socket.extend(now.valid_until_ms);
            }
            _ => return Err("The token is not valid for the member of this connection."),
        }
    }
    Ok(Some(("authenticated", json!({ "member_id": who.member_id, "workspace_id": who.workspace_id }))))
}

/// Whether a client asks for rooms of somebody else: no argument can widen what it is told.
fn names_another(who: &Identity, arg: &Value) -> bool {
    let own = |value: &Value| value.as_str().is_some_and(|id| id == who.workspace_id || id == who.member_id);
    match arg {
        Value::Null => false,
        Value::Object(fields) => !fields.values().all(own),
        other => !own(other),
    }
}

/// The room of the conversation that the argument names: its id, or an object that carries it.
fn conversation(arg: &Value) -> Result<Audience, &'static str> {
    let id = ["conversation_id", "conversationId", "id"].iter().find_map(|name| arg.get(name)).unwrap_or(arg);
    let id = id.as_str().ok_or("Say which conversation: {\"id\": \"…\"}.")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(plain) {
        return Err(NOT_YOURS);
    }
    Ok(Audience::conversation(id))
}

fn answer(socket: &Socket, name: &str, ack: Option<u64>, outcome: Outcome) {
    match (outcome, ack) {
        (Ok(Some((event @ "authenticated", data))), Some(number)) => {
            socket.send(Frame::text(&packet::ack(number, &json!({ "ok": true }))));
            socket.send(Frame::text(&packet::emit(event, &data)));
        }
        (Ok(_), Some(number)) => socket.send(Frame::text(&packet::ack(number, &json!({ "ok": true })))),
        (Ok(Some((event, data))), None) => socket.send(Frame::text(&packet::emit(event, &data))),
        (Ok(None), None) => {}
        (Err(problem), Some(number)) => {
            socket.send(Frame::text(&packet::ack(number, &json!({ "ok": false, "error": problem }))));
        }
        (Err(problem), None) => complain(socket, Some(name), problem),
    }
}

/// The `error` event. The name is repeated so that a client knows what was refused; never more of it
/// than a name has.
fn complain(socket: &Socket, event: Option<&str>, problem: &str) {
    let event = event.map(|name| name.chars().take(64).collect::<String>());
    socket.send(Frame::text(&packet::emit("error", &json!({ "event": event, "message": problem }))));
}
