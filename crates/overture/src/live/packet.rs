//! Engine.IO 4 and Socket.IO 5 packets: small texts whose first letters say what they are.
//!
//! An Engine.IO message (`4`) carries a Socket.IO packet: a type, `/namespace,` where it is not the main
//! one, the number of an acknowledgement where one is wanted, and JSON.

use serde_json::Value;

/// Engine.IO: what the server sends first. `upgrades` names the better transports, for pollers.
pub(super) fn open(sid: &str, upgrades: &[&str], ping_interval_ms: u128, ping_timeout_ms: u128) -> String {
    let max = super::frame::MESSAGE_LIMIT;
    format!(
        r#"0{{"sid":"{sid}","upgrades":{upgrades:?},"pingInterval":{ping_interval_ms},"pingTimeout":{ping_timeout_ms},"maxPayload":{max}}}"#
    )
}

/// Engine.IO: the connection ends.
pub(super) const CLOSE: &str = "1";
/// Engine.IO: are you there? The client answers `3`.
pub(super) const PING: &str = "2";
/// Engine.IO: a client tries a new websocket.
pub(super) const PROBE: &str = "2probe";
/// Engine.IO: the new websocket works.
pub(super) const PROBED: &str = "3probe";
/// Engine.IO: from now on, the new websocket is the one.
pub(super) const UPGRADE: &str = "5";
/// Engine.IO: an answer to a poll that has nothing to say.
pub(super) const NOTHING: &str = "6";
/// Engine.IO: stands between the packets of one poll.
pub(super) const SEPARATOR: char = '\u{1e}';

/// A Socket.IO packet from a client.
#[derive(Debug, PartialEq)]
pub(super) enum Packet {
    /// Asks to be let in, with what the client calls `auth`.
    Connect { namespace: String, auth: Value },
    /// Leaves.
    Disconnect,
    /// Says something.
    Event { name: String, args: Vec<Value>, ack: Option<u64> },
    /// Answers something we said; we never ask for that.
    Ack,
}

/// Reads a Socket.IO packet; the error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<Packet, &'static str> {
    let mut letters = text.chars();
    let kind = letters.next().ok_or("The packet is empty.")?;
    let rest = letters.as_str();
    if matches!(kind, '5' | '6') {
        return Err("Binary data is not accepted.");
    }
    let (namespace, rest) = match rest.strip_prefix('/') {
        None => ("/", rest),
        Some(_) => rest.split_once(',').unwrap_or((rest, "")),
    };
    match kind {
        '0' => {
            let auth = if rest.is_empty() { Value::Null } else { json(rest)? };
            Ok(Packet::Connect { namespace: namespace.to_owned(), auth })
        }
        '1' => Ok(Packet::Disconnect),
        '2' => event(rest),
        '3' => Ok(Packet::Ack),
        _ => Err("The packet has an unknown type."),
    }
}

fn event(text: &str) -> Result<Packet, &'static str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, data) = text.split_at(digits);
    let ack = match number {
        "" => None,
        number => Some(number.parse().map_err(|_| "The number of the acknowledgement is too large.")?),
    };
    let Value::Array(mut args) = json(data)? else {
        return Err("An event is a JSON list that begins with its name.");
    };
    if args.is_empty() {
        return Err("The event has no name.");
    }
    match args.remove(0) {
        Value::String(name) => Ok(Packet::Event { name, args, ack }),
        _ => Err("The name of an event is a text."),
    }
}

fn json(text: &str) -> Result<Value, &'static str> {
    serde_json::from_str(text).map_err(|_| "The packet is not JSON.")
}

/// Tells the client that it is in.
pub(super) fn connected(sid: &str) -> String {
    format!(r#"40{{"sid":"{sid}"}}"#)
}

/// Tells the client why it is not let in.
pub(super) fn connect_error(namespace: &str, message: &str) -> String {
    let data = serde_json::json!({ "message": message });
    match namespace {
        "/" => format!("44{data}"),
        other => format!("44{other},{data}"),
    }
}

/// An event for clients.
pub(super) fn emit(event: &str, data: &Value) -> String {
    format!("42[{},{data}]", Value::from(event))
}

/// The answer to the event that carried this number.
pub(super) fn ack(number: u64, data: &Value) -> String {
    format!("43{number}[{data}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn packets_of_the_official_client_are_understood() {
        let connect = |namespace: &str, auth| Packet::Connect { namespace: namespace.into(), auth };
        let event = |name: &str, args, ack| Packet::Event { name: name.into(), args, ack };
        for (text, expected) in [
            ("0", connect("/", Value::Null)),
            (r#"0{"token":"t"}"#, connect("/", json!({ "token": "t" }))),
            (r#"0/admin,{"token":"t"}"#, connect("/admin", json!({ "token": "t" }))),
            ("0/admin", connect("/admin", Value::Null)),
            ("1", Packet::Disconnect),
            (r#"2["join:inbox"]"#, event("join:inbox", vec![], None)),
            (r#"212["a",{"id":1},null]"#, event("a", vec![json!({ "id": 1 }), Value::Null], Some(12))),
            (r#"2/admin,3["a"]"#, event("a", vec![], Some(3))),
            ("30[]", Packet::Ack),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_is_an_error_and_never_a_panic() {
        let deep = format!("2{}", "[".repeat(10_000));
        for text in [
            "",
            "9",
            "2",
            "2{}",
            "2[]",
            "2[1]",
            "2[[\"a\"]]",
            "2[null]",
            "2\"a\"",
            "2[\"a\"",
            "0{",
            "5",
            "51-[\"a\"]",
            "6",
            "\u{1f600}",
            "299999999999999999999[\"a\"]",
            "2[\"\\ud800\"]",
            &deep,
        ] {
            assert!(parse(text).is_err(), "{}", &text.chars().take(40).collect::<String>());
        }
    }

    #[test]
    fn what_the_server_says_is_spelled_as_the_protocol_wants() {
        assert_eq!(
            open("a1", &["websocket"], 25_000, 20_000),
            r#"0{"sid":"a1","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}"#
        );
        assert_eq!(
            open("a1", &[], 1, 2),
            r#"0{"sid":"a1","upgrades":[],"pingInterval":1,"pingTimeout":2,"maxPayload":65536}"#
        );
        assert_eq!(connected("a1"), r#"40{"sid":"a1"}"#);
        assert_eq!(connect_error("/", "unauthorized"), r#"44{"message":"unauthorized"}"#);
        assert_eq!(connect_error("/x", "no"), r#"44/x,{"message":"no"}"#);
        assert_eq!(
            emit("new:message", &json!({ "message_id": "msg_1" })),
            r#"42["new:message",{"message_id":"msg_1"}]"#
        );
        assert_eq!(ack(7, &json!({ "ok": true })), r#"437[{"ok":true}]"#);
    }
}
