//! Gmail: what is sent, what each answer means, and how a mailbox is read page by page.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use base64::{Engine, engine::general_purpose::URL_SAFE};
use providers::{Api, Class, Found, Http, Open, Outgoing, by_id};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn api(url: &str) -> Box<dyn Api> {
    let credentials = json!({"client_id": "id", "client_secret": "s3cret", "refresh_token": "1//refresh", "base_url": url,
                             "address": "sam@gmail.com"});
    (by_id("gmail").unwrap().connect)(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap()
}

fn message() -> Outgoing {
    Outgoing {
        text: "Hi Ada ✓".into(),
        from: "sam@gmail.com".into(),
        rfc_message_id: Some("m1@gmail.com".into()),
        ..outgoing("ada@people.example")
    }
}

fn token(name: &str) -> Answer {
    Answer::json(
        "200 OK",
        &json!({"access_token": name, "expires_in": 3599, "scope": "", "token_type": "Bearer"}),
    )
}

fn ok(body: Value) -> Answer {
    Answer::json("200 OK", &body)
}

fn refused(status: &str, reason: &str) -> Answer {
    Answer::json(
        status,
        &json!({"error": {"code": 0, "message": "about ada@people.example", "errors": [{"reason": reason}]}}),
    )
}

#[tokio::test]
async fn a_mail_goes_as_it_is_into_the_thread_that_it_follows() {
    let answers = vec![
        token("a1"),
        ok(json!({"messages": [{"id": "18c0", "threadId": "18b0"}]})),
        ok(json!({"id": "18c1", "threadId": "18b0", "labelIds": ["SENT"]})),
        ok(json!({"resultSizeEstimate": 0})),
    ];
    let server = Server::start(answers).await;
    let follows = Outgoing { in_reply_to: Some("q@people.example".into()), ..message() };
    let gmail = api(&server.url);
    let receipt = gmail.send(&follows, Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, "18c1");
    assert_eq!(gmail.find(&message(), 0).await.unwrap(), Found::Absent);
    let requests = server.requests();
    assert!(requests[0].starts_with("POST /token HTTP/1.1"), "{}", requests[0]);
    assert!(requests[0].contains("grant_type=refresh_token&refresh_token=1%2F%2Frefresh"));
    assert!(requests[1].contains("q=rfc822msgid%3Aq%40people.example"), "{}", requests[1]);
    assert!(requests[2].starts_with("POST /gmail/v1/users/me/messages/send HTTP/1.1"), "{}", requests[2]);
    assert!(requests[2].to_ascii_lowercase().contains("authorization: bearer a1"));
    let body: Value = serde_json::from_str(requests[2].split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["threadId"], "18b0");
    let raw = URL_SAFE.decode(body["raw"].as_str().unwrap()).unwrap();
    assert_eq!(raw, providers::smtp::render(&follows).unwrap());
}

#[tokio::test]
async fn a_closed_gate_gives_back_and_a_token_that_ended_is_renewed_once() {
    let server = Server::start(vec![token("a1")]).await;
    let closing = Arc::new(ClosesAfter::asking(1));
    assert_eq!(api(&server.url).send(&message(), closing).await.unwrap_err().class, Class::GaveBack);
    let answers = vec![
        token("a1"),
        refused("401 Unauthorized", "authError"),
        token("a2"),
        ok(json!({"id": "18c1", "threadId": "18c1"})),
    ];
    let server = Server::start(answers).await;
    api(&server.url).send(&message(), Arc::new(Open)).await.unwrap();
    assert!(server.requests()[3].to_ascii_lowercase().contains("authorization: bearer a2"));
    let again = vec![
        token("a1"),
        refused("401 Unauthorized", "authError"),
        token("a2"),
        refused("401 Unauthorized", "authError"),
    ];
    let server = Server::start(again).await;
    assert_eq!(api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err().class, Class::Reauth);
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{Config, Permanent, Reauth, Retry, Throttle, Unknown};
    let sending = vec![
        (refused("403 Forbidden", "rateLimitExceeded"), Throttle),
        (refused("429 Too Many Requests", "userRateLimitExceeded"), Throttle),
        (refused("403 Forbidden", "insufficientPermissions"), Reauth),
        (refused("400 Bad Request", "failedPrecondition"), Config),
        (refused("400 Bad Request", "invalidArgument"), Permanent),
        (ok(json!({})), Unknown),
        (Answer::of("200 OK", "", "<html>"), Unknown),
        (Answer::of("503 Service Unavailable", "", ""), Unknown),
        (Answer::Close, Unknown),
    ];
    for (answer, class) in sending {
        let what = format!("{answer:?}");
        let server = Server::start(vec![token("a1"), answer]).await;
        let fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        assert!(!format!("{fail:?}").contains("ada@") && !format!("{fail:?}").contains("a1"), "{fail:?}");
    }
    // Without a token nothing can have been sent.
    for (answer, class) in [
        (Answer::json("400 Bad Request", &json!({"error": "invalid_grant"})), Reauth),
        (Answer::json("401 Unauthorized", &json!({"error": "invalid_client"})), Config),
        (Answer::of("500 Oops", "", ""), Retry),
        (Answer::of("200 OK", "", "<html>"), Retry),
        (Answer::Close, Retry),
    ] {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
    }
}

#[tokio::test]
async fn a_page_without_mails_and_a_mail_that_is_gone_do_not_end_the_reading() {
    let added =
        |id: &str| json!({"messagesAdded": [{"message": {"id": id, "labelIds": ["INBOX"]}}], "id": "12"});
    let raw = |text: &str| json!({"id": "x", "labelIds": ["INBOX"], "raw": URL_SAFE.encode(text).trim_end_matches('=')});
    let answers = vec![
        token("a1"),
        ok(json!({"nextPageToken": "p2", "historyId": "20"})),
        ok(json!({"history": [added("aa"), added("bb")], "historyId": "20"})),
        refused("404 Not Found", "notFound"),
        ok(raw("From: a@b.example\r\n\r\nHi")),
        // Forgotten; by date, and then on from where the history stood.
        refused("404 Not Found", "notFound"),
        ok(json!({"emailAddress": "sam@gmail.com", "historyId": "99"})),
        ok(json!({"messages": [{"id": "cc", "threadId": "cc"}]})),
        ok(raw("From: c@b.example\r\n\r\nHo!")),
    ];
    let server = Server::start(answers).await;
    let gmail = api(&server.url);
    let mailbox = gmail.mailbox().unwrap();
    let mut seen = Vec::new();
    let mut cursor = "h:7".to_owned();
    for expected in ["h:7&p2", "h:20", "b:1000:99", "h:99"] {
        let poll = mailbox.poll(Some(&cursor), 1_000_000).await.unwrap();
        assert_eq!((poll.cursor.as_str(), poll.more), (expected, expected != "h:20"), "after {cursor}");
        cursor = poll.cursor;
        seen.extend(poll.messages);
    }
    assert_eq!(seen, [b"From: a@b.example\r\n\r\nHi".to_vec(), b"From: c@b.example\r\n\r\nHo!".to_vec()]);
    assert!(server.requests()[2].contains("pageToken=p2"));
}
