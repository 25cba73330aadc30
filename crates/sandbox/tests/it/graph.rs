//! Meta's side: what is taken, what is refused, and the signed webhooks.

use hmac::{Hmac, KeyInit, Mac};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::kit::{Door, client, deaf, look, order, quick};

async fn post(sandbox: &Sandbox, token: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/graph/v23.0/12025550181/messages", sandbox.http_url());
    let answer = client().post(url).bearer_auth(token).json(body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn text(to: &str, key: &str) -> Value {
    json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": "text",
           "text": {"body": "Hi"}, "biz_opaque_callback_data": key})
}

fn page(to: &str, key: &str) -> Value {
    json!({"recipient": {"id": to}, "messaging_type": "RESPONSE", "message": {"text": "Hi", "metadata": key}})
}

#[tokio::test]
async fn what_is_wrong_with_a_message_is_refused_and_counted() {
    let sandbox = deaf().await;
    let good = text("+14155550123", "msg_1");
    assert_eq!(post(&sandbox, "wrong", &good).await.1["error"]["code"], 190);
    let without = |field: &str| {
        let mut body = good.clone();
        body.as_object_mut().expect("an object").remove(field);
        body
    };
    let mut long = good.clone();
    long["text"]["body"] = json!("x".repeat(4_097));
    let mut tag = page("7319203847", "msg_2");
    tag["messaging_type"] = json!("MESSAGE_TAG");
    for (body, code) in [
        (without("recipient_type"), 100),
        (without("to"), 100),
        (without("text"), 100),
        (without("type"), 100),
        (long, 100),
        (text("+12", "msg_1"), 131_009),
        (text("+14155550009", "msg_1"), 131_026),
        (page("", "msg_2"), 100),
        (page("73190009", "msg_2"), 100),
        (tag, 100),
    ] {
        let (status, answer) = post(&sandbox, Options::META_TOKEN, &body).await;
        assert_eq!((status, &answer["error"]["code"]), (400, &json!(code)), "{body}");
    }
    let (status, answer) = post(&sandbox, Options::META_TOKEN, &good).await;
    assert_eq!(status, 200);
    let channels = look(&sandbox, "/_sandbox/state").await["channels"].clone();
    assert_eq!((&channels["whatsapp"]["received"], &channels["whatsapp"]["refused"]), (&json!(1), &json!(7)));
    assert_eq!(
        (&channels["messenger"]["received"], &channels["messenger"]["refused"]),
        (&json!(0), &json!(3))
    );
    let kept = look(&sandbox, "/_sandbox/messages?channel=whatsapp").await["data"][0].clone();
    assert_eq!((&kept["id"], &kept["key"]), (&answer["messages"][0]["id"], &json!("msg_1")));
}

/// A body as it came, and whether Meta's secret signs it.
fn signed(body: &[u8], signature: &str) -> Option<Value> {
    let mut mac = Hmac::<Sha256>::new_from_slice(Options::META_SECRET.as_bytes()).expect("a key");
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    (signature == format!("sha256={hex}")).then(|| serde_json::from_slice(body).expect("JSON"))
}

#[tokio::test]
async fn people_read_and_answer_by_signed_webhooks() {
    let sandbox = quick().await;
    let door = Door::open().await;
    sandbox.set_webhook_base(&door.url("")).expect("a base");
    // Who answers, by the number.
    post(&sandbox, Options::META_TOKEN, &text("+14155550001", "msg_1")).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let knock = door.next(|knock| knock.path.starts_with("/webhooks/whatsapp")).await;
        let body = signed(&knock.body, knock.header("x-hub-signature-256")).expect("signed");
        let value = &body["entry"][0]["changes"][0]["value"];
        assert_eq!(value["metadata"]["display_phone_number"], "12025550181");
        match value["statuses"][0]["status"].as_str() {
            Some(status) => {
                assert_eq!(value["statuses"][0]["biz_opaque_callback_data"], "msg_1");
                seen.push(status.to_owned());
            }
            None => seen.push(value["messages"][0]["from"].as_str().expect("a writer").to_owned()),
        }
    }
    seen.sort();
    assert_eq!(seen, ["14155550001", "delivered", "read", "sent"]);
    // A page gets its own copy, with our id.
    post(&sandbox, Options::META_TOKEN, &page("73192030004", "msg_2")).await;
    let knock = door.next(|knock| knock.path.starts_with("/webhooks/facebook")).await;
    let body = signed(&knock.body, knock.header("x-hub-signature-256")).expect("signed");
    let copy = &body["entry"][0]["messaging"][0]["message"];
    assert_eq!((&copy["is_echo"], &copy["metadata"]), (&json!(true), &json!("msg_2")));
}

#[tokio::test]
async fn who_was_silent_for_too_long_is_written_to_by_template_only() {
    // A second is a day.
    let options = Options { people: false, speed: 86_400.0, ..Options::default() };
    let sandbox = crate::kit::start(options).await;
    let door = Door::open().await;
    sandbox.set_webhook_base(&door.url("")).expect("a base");
    let wrote = json!({"channel": "whatsapp", "to": "+14155550123", "sender": "+12025550181", "text": "Hi"});
    order(&sandbox, "/_sandbox/reply", wrote).await;
    let refused = async || post(&sandbox, Options::META_TOKEN, &text("+14155550123", "msg_1")).await.1;
    while refused().await["error"]["code"] != 131_047 {
        tokio::task::yield_now().await;
    }
    let mut template = text("+14155550123", "msg_2");
    template["type"] = json!("template");
    template["template"] = json!({"name": "hello_world", "language": {"code": "en_US"}});
    assert_eq!(post(&sandbox, Options::META_TOKEN, &template).await.0, 200);
}
