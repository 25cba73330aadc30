//! Bonzo: what is posted, and what each answer means.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use providers::{Api, Class, Found, Http, Open, Outgoing, bonzo, by_id};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn api(url: &str) -> Box<dyn Api> {
    let credentials = json!({"api_key": "a.b.c", "on_behalf_of": "rep@overture.example", "base_url": url});
    (by_id("bonzo").unwrap().connect)(&Http::with_timeout(Duration::from_secs(10)), &credentials).unwrap()
}

fn message() -> Outgoing {
    Outgoing { text: "Hi Ada".into(), ..outgoing("+14155550123") }
}

fn prospect() -> Answer {
    Answer::json("200 OK", &json!({"data": {"id": 42}}))
}

#[tokio::test]
async fn a_prospect_is_made_and_texted_in_one_request() {
    let server = Server::start(vec![prospect()]).await;
    let receipt = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, "prospect:42:msg_01jd0m5s7x8y9z0a1b2c3d4e5f");
    let request = &server.requests()[0];
    assert!(request.starts_with("POST /v3/prospects/create-or-update-and-message HTTP/1.1"), "{request}");
    let lower = request.to_ascii_lowercase();
    assert!(
        lower.contains("authorization: bearer a.b.c") && lower.contains("on-behalf-of: rep@overture.example")
    );
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, json!({"phone": "+14155550123", "message": "Hi Ada", "send_as": "owner"}));
    let closing = Arc::new(ClosesAfter::asking(1));
    assert_eq!(api(&server.url).send(&message(), closing).await.unwrap_err().class, Class::GaveBack);
    assert_eq!(api(&server.url).find(&message(), 0).await.unwrap(), Found::CannotKnow);
}

#[tokio::test]
async fn who_has_agreed_is_opted_in_first_and_a_failure_there_leaves_no_doubt() {
    let agreed = Outgoing { is_agreed: true, ..message() };
    let server = Server::start(vec![prospect()]).await;
    api(&server.url).send(&agreed, Arc::new(Open)).await.unwrap();
    let paths: Vec<String> =
        server.requests().iter().map(|request| request.split(' ').nth(1).unwrap().to_owned()).collect();
    let text = "/v3/prospects/create-or-update-and-message";
    assert_eq!(paths, [text, "/v3/prospects/42/opt-in/sms", text]);
    assert!(!server.requests()[0].contains("Hi Ada"), "the first only makes the prospect");
    for answer in [Answer::of("500 Oops", "", ""), Answer::Close, Answer::of("200 OK", "", "<html>")] {
        let server = Server::start(vec![answer]).await;
        assert_eq!(api(&server.url).send(&agreed, Arc::new(Open)).await.unwrap_err().class, Class::Retry);
    }
    let hostile = Server::start(vec![Answer::json("200 OK", &json!({"data": {"id": "../../admin"}}))]).await;
    assert_eq!(api(&hostile.url).send(&agreed, Arc::new(Open)).await.unwrap_err().class, Class::Retry);
    assert_eq!(hostile.requests().len(), 1);
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{BadRecipient, Config, Permanent, Reauth, Throttle, Unknown};
    let invalid = |field: &str| {
        Answer::json(
            "422 Unprocessable",
            &json!({"message": "no", "errors": {field: ["+14155550123 is invalid"]}}),
        )
    };
    let cases = vec![
        (Answer::json("401 Unauthorized", &json!({"message": "Unauthenticated."})), Reauth),
        (Answer::of("403 Forbidden", "", ""), Config),
        (Answer::of("404 Not Found", "", ""), Config),
        (Answer::of("429 Too Many Requests", "Retry-After: 3\r\n", ""), Throttle),
        (invalid("phone"), BadRecipient),
        (invalid("message"), Permanent),
        (Answer::of("500 Oops", "", ""), Unknown),
        (Answer::of("503 Busy", "", ""), Unknown),
        (Answer::of("302 Found", "Location: /login\r\n", ""), Unknown),
        (Answer::of("200 OK", "", ""), Unknown),
        (Answer::json("200 OK", &json!({"data": {}})), Unknown),
        (Answer::Close, Unknown),
    ];
    for (answer, class) in cases {
        let what = format!("{answer:?}");
        let server = Server::start(vec![answer]).await;
        let fail = api(&server.url).send(&message(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "{what}: {fail}");
        assert!(!format!("{fail:?}").contains("4155550123") && !format!("{fail:?}").contains("a.b.c"));
    }
    let table: Value = serde_json::from_str(include_str!("../fixtures/more_error_classes.json")).unwrap();
    for (status, class) in table["bonzo"]["http"].as_object().unwrap() {
        let ours = match bonzo::class_of(status.parse().unwrap_or(502)) {
            Class::Unknown => "unknown_outcome",
            class => class.as_str(),
        };
        assert_eq!(ours, class, "{status}");
    }
}
