//! Messenger: what is sent, what each answer means, what webhooks say.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use providers::{Api, Class, Found, Http, Inbound, Open, Outgoing, by_id, inbound::Delivery, messenger};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const PAGE: &str = "104310000000001";
const MID: &str = "m_AG5Hz2Uq7tuwNEhXfYYKj8mJEM_QPpz5jdHK";

fn api(url: &str) -> Box<dyn Api> {
    let credentials = json!({"access_token": "EAAtoken", "app_secret": "secret", "base_url": url});
    (by_id("messenger").unwrap().connect)(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap()
}

fn message() -> Outgoing {
    Outgoing { text: "Hi Ada ✓".into(), from: PAGE.into(), ..outgoing("7319203847") }
}

fn created() -> Answer {
    Answer::json("200 OK", &json!({"recipient_id": "7319203847", "message_id": MID}))
}

fn error(status: &str, code: u32, subcode: Option<u32>) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"message": "no", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}}),
    )
}

#[tokio::test]
async fn a_text_is_posted_as_an_answer_and_late_as_a_persons() {
    let server = Server::start(vec![created()]).await;
    let api = api(&server.url);
    assert_eq!(api.send(&message(), Arc::new(Open)).await.unwrap().provider_message_id, MID);
    let late = Outgoing { late_answer: true, ..message() };
    api.send(&late, Arc::new(Open)).await.unwrap();
    let bodies: Vec<Value> = server
        .requests()
        .iter()
        .map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap())
        .collect();
    let text = json!({"text": "Hi Ada ✓", "metadata": "msg_01jd0m5s7x8y9z0a1b2c3d4e5f"});
    assert_eq!(
        bodies[0],
        json!({"recipient": {"id": "7319203847"}, "messaging_type": "RESPONSE", "message": text})
    );
    assert_eq!(
        bodies[1],
        json!({"recipient": {"id": "7319203847"}, "messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT", "message": text})
    );
    assert!(server.requests()[0].starts_with(&format!("POST /v23.0/{PAGE}/messages?appsecret_proof=")));
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{BadRecipient, Config, Permanent, Reauth, Retry, Throttle, Unknown, Window};
    let bad = "400 Bad Request";
    let cases = vec![
        (error(bad, 10, Some(2_018_278)), Window, Some("10/2018278")),
        (error("403 Forbidden", 10, Some(2_018_065)), Window, Some("10/2018065")),
        (error("403 Forbidden", 10, None), Config, Some("10")),
        (error(bad, 100, Some(2_018_001)), BadRecipient, Some("100/2018001")),
        (error(bad, 100, None), Permanent, Some("100")),
        (error(bad, 551, Some(1_545_041)), BadRecipient, Some("551/1545041")),
        (error("403 Forbidden", 200, Some(1_545_041)), BadRecipient, Some("200/1545041")),
        (error("401 Unauthorized", 190, Some(463)), Reauth, Some("190/463")),
        (error(bad, 613, None), Throttle, Some("613")),
        (error(bad, 1200, None), Retry, Some("1200")),
        (error("500 Internal Server Error", 2, None), Unknown, Some("2")),
        (error("500 Internal Server Error", 613, None), Throttle, Some("613")),
        (Answer::of("502 Bad Gateway", "", "<html>"), Unknown, Some("502")),
        (Answer::of("200 OK", "", "{\"message_id\": 5}"), Unknown, None),
        (Answer::of("200 OK", "", ""), Unknown, None),
        (Answer::Close, Unknown, None),
    ];
    for (answer, class, code) in cases {
        let server = Server::start(vec![answer.clone()]).await;
        let fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!((fail.class, fail.code.as_deref()), (class, code), "{answer:?}");
    }
    let server = Server::start(vec![created()]).await;
    let fail = api(&server.url).send(&message(), Arc::new(ClosesAfter::asking(1))).await.unwrap_err();
    assert_eq!(fail.class, Class::GaveBack);
}

#[tokio::test]
async fn doubt_is_settled_by_reading_the_conversation_back() {
    let listed = |text: &str, from: &str, at: &str| {
        let message = json!({"id": MID, "message": text, "from": {"id": from}, "created_time": at});
        Answer::json("200 OK", &json!({"data": [{"messages": {"data": [message]}}]}))
    };
    let at = "2025-12-31T23:59:50+0000";
    let since = 1_767_225_600_000;
    for (answer, expected) in [
        (listed("Hi Ada ✓", PAGE, at), Found::Sent(MID.into())),
        (listed("Hi Ada ✓", PAGE, "2025-12-31T22:00:00+0000"), Found::CannotKnow),
        (listed("Hi Ada ✓", "7319203847", at), Found::CannotKnow),
        (listed("Something else", PAGE, at), Found::CannotKnow),
        (Answer::json("200 OK", &json!({"data": []})), Found::CannotKnow),
        (error("403 Forbidden", 10, None), Found::CannotKnow),
        (Answer::Close, Found::CannotKnow),
    ] {
        let server = Server::start(vec![answer.clone()]).await;
        assert_eq!(api(&server.url).find(&message(), since).await.unwrap(), expected, "{answer:?}");
    }
}

fn webhook(thing: &Value) -> Vec<u8> {
    json!({"object": "page", "entry": [{"id": PAGE, "time": 1, "messaging": [thing]}]})
        .to_string()
        .into_bytes()
}

fn from_person(more: Value) -> Value {
    let mut thing = json!({"sender": {"id": "7319203847"}, "recipient": {"id": PAGE}, "timestamp": 1_697_043_223_000_i64});
    thing.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    thing
}

#[test]
fn messages_and_postbacks_become_words() {
    for (thing, text, attachments) in [
        (json!({"message": {"mid": MID, "text": "hi"}}), Some("hi"), 0),
        (json!({"message": {"mid": MID, "text": "Yes", "quick_reply": {"payload": "y"}}}), Some("Yes"), 0),
        (
            json!({"message": {"mid": MID, "attachments": [{"type": "image"}, {"type": "new"}]}}),
            Some("[Picture]\n[File]"),
            2,
        ),
        (
            json!({"message": {"mid": MID, "what": 1}}),
            Some("[A message of a kind that Messenger does not pass on]"),
            0,
        ),
        (json!({"postback": {"mid": MID, "title": "Get started", "payload": "x"}}), Some("Get started"), 0),
        (json!({"postback": {"title": "Get started"}}), Some("Get started"), 0),
        (json!({"reaction": {"emoji": "x"}}), None, 0),
        (json!({"optin": {"type": "x"}}), None, 0),
    ] {
        let read = messenger::parse(&webhook(&from_person(thing.clone())), PAGE).unwrap().pop();
        let read = match read {
            Some(Inbound::Message(message)) => Some((message.text, message.attachments)),
            None => None,
            other => panic!("{other:?}"),
        };
        assert_eq!(read, text.map(|text| (text.to_owned(), attachments)), "{thing}");
    }
}

/// A copy of our own message proves that it left, and is never taken for an answer.
#[test]
fn an_echo_is_never_an_answer() {
    let echo = |message: Value| {
        let thing = json!({"sender": {"id": PAGE}, "recipient": {"id": "7319203847"}, "message": message});
        messenger::parse(&webhook(&thing), PAGE).unwrap()
    };
    let ours = json!({"mid": MID, "is_echo": true, "app_id": 1, "text": "Hi", "metadata": "msg_1"});
    let [Inbound::Status(status)] = &echo(ours)[..] else { panic!() };
    assert_eq!((status.our_message_id.as_deref(), status.status), (Some("msg_1"), Delivery::Sent));
    assert_eq!(status.provider_message_id, MID);
    assert_eq!(echo(json!({"mid": MID, "is_echo": true, "text": "By hand, in the page's inbox"})), []);
    assert_eq!(echo(json!({"mid": MID, "text": "Without the mark"})), []);
    let marked = from_person(json!({"message": {"mid": MID, "is_echo": true, "text": "Hi"}}));
    assert_eq!(messenger::parse(&webhook(&marked), PAGE).unwrap(), []);
}

#[test]
fn deliveries_name_messages_and_readings_an_instant() {
    let read = |thing: Value| messenger::parse(&webhook(&from_person(thing)), PAGE).unwrap();
    let delivered = read(json!({"delivery": {"mids": [MID, "m_other"], "watermark": 5}}));
    assert_eq!(delivered.len(), 2);
    assert!(
        matches!(&delivered[0], Inbound::Status(s) if s.status == Delivery::Delivered && s.provider_message_id == MID)
    );
    for (thing, status) in [
        (json!({"delivery": {"watermark": 1_697_043_223_000_i64}}), Delivery::Delivered),
        (json!({"read": {"watermark": 1_697_043_223_000_i64}}), Delivery::Read),
    ] {
        let [Inbound::Watermark(mark)] = &read(thing)[..] else { panic!() };
        assert_eq!(
            (mark.status, mark.from.as_str(), mark.before_ms),
            (status, "7319203847", 1_697_043_223_000)
        );
    }
    assert_eq!(read(json!({"read": {"watermark": "soon"}})), []);
}

#[test]
fn a_batch_is_taken_apart_and_only_ours_is_taken() {
    let thing = |mid: &str| from_person(json!({"message": {"mid": mid, "text": "hi"}}));
    let body = json!({"object": "page", "entry": [
        {"id": PAGE, "messaging": [thing("m_1"), thing("m_2")]},
        {"id": "999", "messaging": [thing("m_3")]},
        {"id": PAGE, "standby": [thing("m_4")]},
    ]})
    .to_string();
    assert_eq!(messenger::pages(body.as_bytes()), [PAGE, "999"]);
    let items = messenger::split(body.as_bytes(), PAGE);
    let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["message:m_1", "message:m_2"]);
    for item in &items {
        assert_eq!(messenger::split(&item.body, PAGE), std::slice::from_ref(item));
    }
}

#[test]
fn what_cannot_be_read_is_refused_and_never_panics() {
    for body in [&b""[..], b"{", b"[]", b"\xff\xfe{}", b"{\"entry\": [1, {\"id\": {}, \"messaging\": 5}]}"] {
        assert!(messenger::parse(body, PAGE).map_or(true, |found| found.is_empty()), "{body:?}");
        assert_eq!(messenger::split(body, PAGE), []);
        assert_eq!(messenger::pages(body), Vec::<String>::new());
    }
    let no_mid = webhook(&from_person(json!({"message": {"text": "hi"}})));
    assert_eq!(messenger::parse(&no_mid, PAGE).unwrap_err().class, Class::Permanent);
}
