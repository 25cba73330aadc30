//! TikTok: what is sent, what each answer means, who signed a webhook and what it says.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use providers::{Api, Class, Found, Http, Inbound, Open, Outgoing, by_id, inbound::Delivery, tiktok};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

const OURS: &str = "biz-123";

fn api(url: &str) -> Box<dyn Api> {
    let credentials =
        json!({"access_token": "act.token", "app_secret": "secret", "base_url": url, "business_id": OURS});
    (by_id("tiktok").unwrap().connect)(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap()
}

fn message() -> Outgoing {
    Outgoing { text: "Hi Ada ✓".into(), from: OURS.into(), ..outgoing("tt-conv-1") }
}

fn said(code: i64, data: Value) -> Answer {
    Answer::json("200 OK", &json!({"code": code, "message": "?", "request_id": "r", "data": data}))
}

#[tokio::test]
async fn a_text_goes_into_the_conversation() {
    let server = Server::start(vec![said(0, json!({"message": {"message_id": "7012"}}))]).await;
    let receipt = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, "7012");
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /business/message/send/ HTTP/1.1"), "{request}");
    assert!(request.to_ascii_lowercase().contains("access-token: act.token"));
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(
        body,
        json!({"business_id": OURS, "recipient_type": "CONVERSATION", "recipient": "tt-conv-1", "message_type": "TEXT",
               "text": {"body": "Hi Ada ✓"}})
    );
    let closing = Arc::new(ClosesAfter::asking(1));
    assert_eq!(api(&server.url).send(&message(), closing).await.unwrap_err().class, Class::GaveBack);
    assert_eq!(api(&server.url).find(&message(), 0).await.unwrap(), Found::CannotKnow);
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{Config, Permanent, Reauth, Retry, Throttle, Unknown};
    let cases = vec![
        (said(40001, json!({})), Config),
        (said(40002, json!({})), Permanent),
        (said(40064, json!({})), Throttle),
        (said(40105, json!({})), Reauth),
        (said(50000, json!({})), Unknown),
        (said(50002, json!({})), Retry),
        (said(49999, json!({})), Permanent),
        (said(0, json!({})), Unknown),
        (said(0, json!({"message": {"message_id": ""}})), Unknown),
        (Answer::of("200 OK", "", ""), Unknown),
        (Answer::of("200 OK", "", "<html>"), Unknown),
        (Answer::json("400 Bad Request", &json!({"code": 40002})), Permanent),
        (Answer::of("401 Unauthorized", "", ""), Reauth),
        (Answer::of("404 Not Found", "", ""), Config),
        (Answer::of("429 Too Many Requests", "Retry-After: 7\r\n", ""), Throttle),
        (Answer::json("500 Oops", &json!({"code": 40002})), Unknown),
        (Answer::of("503 Service Unavailable", "", ""), Unknown),
        (Answer::Close, Unknown),
    ];
    for (answer, class) in cases {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        assert!(!format!("{fail:?}").contains("Ada") && !format!("{fail:?}").contains("act.token"));
        // A test leaves no doubt.
        let server = Server::start(vec![Answer::of("500 Oops", "", "")]).await;
        assert_eq!(api(&server.url).check().await.unwrap_err().class, Retry);
    }
}

#[test]
fn every_code_of_the_table_has_its_class() {
    let table: Value = serde_json::from_str(include_str!("../fixtures/more_error_classes.json")).unwrap();
    let mut seen = 0;
    for (code, class) in table["tiktok"]["codes"].as_object().unwrap() {
        let ours = match tiktok::class_of(code.parse().unwrap()) {
            None => "ok",
            Some(Class::Unknown) => "unknown_outcome",
            Some(class) => class.as_str(),
        };
        assert_eq!(ours, class, "{code}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn every_vector_verifies_for_five_minutes_and_nothing_near_it_does() {
    let vectors: Value = serde_json::from_str(include_str!("../fixtures/tiktok_signatures.json")).unwrap();
    let vector = &vectors["vectors"][0];
    let text = |key: &str| vector[key].as_str().unwrap();
    let (secret, body, header) = (text("app_secret"), text("raw_body").as_bytes(), text("header"));
    let now = vector["t"].as_i64().unwrap() * 1_000;
    assert_eq!(tiktok::sign(secret, body, now / 1_000), header);
    for (late, good) in [(0, true), (300_000, true), (-300_000, true), (301_000, false), (-301_000, false)] {
        assert_eq!(tiktok::verify(secret, body, header, now + late), good, "{late}");
    }
    let (t, s) = header.split_once(',').unwrap();
    assert!(tiktok::verify(secret, body, &format!("{s}, {t}"), now), "in any order");
    for (secret, body, header) in [
        ("wrong", body, header),
        ("", body, header),
        (secret, &body[1..], header),
        (secret, body, ""),
        (secret, body, t),
        (secret, body, s),
        (secret, body, "t=,s="),
        (secret, body, "t=99999999999999999999,s=00"),
        (secret, body, &header.replace("t=17", "t=18")),
        (secret, body, &format!("{header}0")),
    ] {
        assert!(!tiktok::verify(secret, body, header, now), "{header}");
    }
    assert!(!tiktok::verify("", body, &tiktok::sign("", body, now / 1_000), now));
    let found = tiktok::parse(body, OURS).unwrap();
    let [Inbound::Message(message)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((message.from.as_str(), message.text.as_str()), ("tt-conv-1", "hi"));
    assert_eq!((message.from_name.as_deref(), message.date_ms), (Some("alice"), Some(1_700_000_000_000)));
    assert_eq!(tiktok::account(body).as_deref(), Some(OURS));
}

fn webhook(event: &str, content: &Value) -> Vec<u8> {
    json!({"client_key": "1", "event": event, "create_time": 1, "user_openid": OURS, "content": content.to_string()})
        .to_string()
        .into_bytes()
}

#[test]
fn what_webhooks_say() {
    let base = json!({"conversation_id": "c1", "message_id": "m1", "timestamp": 5, "from": "alice",
                      "from_user": {"id": "u1"}, "to_user": {"id": OURS}});
    let with = |more: Value| {
        let mut content = base.clone();
        content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        content
    };
    for (content, text, files) in [
        (with(json!({"type": "text", "text": {"body": "Hi\u{202e}!"}})), "Hi!", 0),
        (with(json!({"type": "image", "image": {"media_id": "x"}})), "(picture)", 1),
        (
            with(json!({"type": "share_post", "share_post": {"embed_url": "https://t/1"}})),
            "(shared a video) https://t/1",
            0,
        ),
        (with(json!({"type": "what_comes_next"})), "(what_comes_next)", 0),
    ] {
        let found = tiktok::parse(&webhook("im_receive_msg", &content), OURS).unwrap();
        let [Inbound::Message(message)] = &found[..] else { panic!("{found:?}") };
        assert_eq!((message.text.as_str(), message.attachments), (text, files));
    }
    let ours = with(
        json!({"type": "text", "text": {"body": "Hello"}, "from_user": {"id": OURS}, "to_user": {"id": "u1"}}),
    );
    for event in ["im_send_msg", "im_receive_msg"] {
        let found = tiktok::parse(&webhook(event, &ours), OURS).unwrap();
        let [Inbound::Echo(echo)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(
            (echo.to.as_str(), echo.provider_message_id.as_str(), echo.text.as_str()),
            ("c1", "m1", "Hello")
        );
    }
    let read =
        json!({"conversation_id": "c1", "from_user": {"id": "u1"}, "read": {"last_read_timestamp": 77}});
    let found = tiktok::parse(&webhook("im_mark_read_msg", &read), OURS).unwrap();
    let [Inbound::Watermark(mark)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((mark.status, mark.before_ms, mark.from.as_str()), (Delivery::Read, 77, "c1"));
    // Of another account, of another kind, by ourselves: nothing.
    assert_eq!(tiktok::parse(&webhook("im_receive_msg", &base), "biz-9").unwrap(), []);
    assert_eq!(tiktok::parse(&webhook("what_comes_next", &base), OURS).unwrap(), []);
    let by_us =
        json!({"conversation_id": "c1", "from_user": {"id": OURS}, "read": {"last_read_timestamp": 77}});
    assert_eq!(tiktok::parse(&webhook("im_mark_read_msg", &by_us), OURS).unwrap(), []);
    for broken in [
        b"".to_vec(),
        b"[]".to_vec(),
        webhook("im_receive_msg", &json!("no object")),
        webhook("im_receive_msg", &json!({"conversation_id": "c1"})),
        webhook("im_receive_msg", &json!({"message_id": "m1", "type": "text"})),
        json!({"event": "im_send_msg", "user_openid": OURS, "content": "{"}).to_string().into_bytes(),
    ] {
        assert!(tiktok::parse(&broken, OURS).is_err(), "{}", String::from_utf8_lossy(&broken));
    }
}

fn renewing(url: &str) -> Box<dyn Api> {
    let credentials = json!({"access_token": "act.token", "app_secret": "secret", "app_id": "app", "refresh_token": "rft.token",
                             "base_url": url, "business_id": OURS});
    (by_id("tiktok").unwrap().connect)(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap()
}

#[tokio::test]
async fn an_access_is_renewed_with_the_app_and_for_this_account_only() {
    let given = json!({"access_token": "act.2", "refresh_token": "rft.2", "expires_in": 86_400,
                       "refresh_token_expires_in": 31_536_000, "open_id": OURS});
    let server = Server::start(vec![said(0, given.clone())]).await;
    let account = renewing(&server.url);
    let new = account.renewal().unwrap().renew().await.unwrap();
    assert_eq!(json!(new.fields), json!({"access_token": "act.2", "refresh_token": "rft.2"}));
    assert_eq!((new.lasts_ms, new.renewable_ms), (86_400_000, Some(31_536_000_000)));
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /tt_user/oauth2/refresh_token/ HTTP/1.1"), "{request}");
    assert!(!request.to_ascii_lowercase().contains("access-token:"), "the old one may have ended");
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(
        body,
        json!({"client_id": "app", "client_secret": "secret", "grant_type": "refresh_token", "refresh_token": "rft.token"})
    );
    assert!(api(&server.url).renewal().is_none(), "there is nothing to renew it with");

    use Class::{Config, Reauth, Retry, Throttle};
    let mut another = given;
    another["open_id"] = json!("biz-999");
    for (answer, class) in [
        (said(0, another), Config),
        (said(40105, json!({})), Reauth),
        (said(0, json!({"access_token": ""})), Retry),
        (Answer::of("429 Too Many Requests", "Retry-After: 7\r\n", ""), Throttle),
        (Answer::of("503 Service Unavailable", "", ""), Retry),
        (Answer::of("200 OK", "", "<html>"), Retry),
        (Answer::Close, Retry),
    ] {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail = renewing(&server.url).renewal().unwrap().renew().await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        assert!(!format!("{fail:?}").contains("rft.token") && !format!("{fail:?}").contains("secret"));
    }
}
