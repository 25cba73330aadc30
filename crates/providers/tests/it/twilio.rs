//! What each answer of Twilio means for the message.

use crate::{
    ClosesAfter, outgoing,
    twilio_server::{Answer, Server},
};
use providers::{Api, Class, Found, Gate, Http, Open, Outgoing, by_id};
use serde_json::{Value, json};
use std::{
    slice,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Notify;

const SID: &str = "SM0123456789abcdef0123456789abcdef";

fn api(credentials: &Value, timeout: Duration) -> Box<dyn Api> {
    (by_id("twilio").unwrap().connect)(&Http::with_timeout(timeout), credentials).unwrap()
}

fn patient(server: &Server) -> Box<dyn Api> {
    api(&server.credentials(), Duration::from_secs(10))
}

fn sms() -> Outgoing {
    Outgoing {
        text: "Hi Ada & Bob, 100% sure? ✓ ".into(),
        status_callback: Some("https://overture.example/api/twilio/status?m=msg_1".into()),
        ..outgoing("+15558675310")
    }
}

fn created() -> Answer {
    Answer::json("201 Created", &json!({"sid": SID, "status": "queued", "error_code": null}))
}

#[tokio::test]
async fn a_text_is_posted_as_twilio_wants_it() {
    let server = Server::start(vec![created()]).await;
    let receipt = patient(&server).send(&sms(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, SID);
    let request = server.requests().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with(
            "POST /2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json HTTP/1.1"
        )
    );
    assert!(
        head.contains("authorization: Basic QUMwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjoxMjM0NQ=="),
        "{head}"
    );
    assert!(head.contains("content-type: application/x-www-form-urlencoded"), "{head}");
    let form: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(value("To"), Some("+15558675310"));
    assert_eq!(value("From"), Some("+15005550006"));
    assert_eq!(value("Body"), Some("Hi Ada & Bob, 100% sure? ✓ "));
    assert_eq!(value("StatusCallback"), sms().status_callback.as_deref());
    assert_eq!(value("MessagingServiceSid"), None);

    let service = Outgoing { from: "MG0123456789abcdef0123456789abcdef".into(), ..sms() };
    patient(&server).send(&service, Arc::new(Open)).await.unwrap();
    assert!(server.requests()[1].contains("MessagingServiceSid=MG0123456789abcdef0123456789abcdef"));
    assert!(!server.requests()[1].contains("From="));
}

#[tokio::test]
async fn the_class_of_every_answer() {
    use Class::{BadRecipient, Config, OptOut, Permanent, Reauth, Retry, Throttle, Unknown};
    let html = |status| Answer::of(status, "Content-Type: text/html\r\n", "<html><h1>Oops</h1></html>");
    let wait = |header| Answer::of("429 Too Many Requests", header, r#"{"code":20429,"status":429}"#);
    let cut = b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"sid\": \"SM01".to_vec();
    let hour = Some(3_600_000);
    let cases = vec![
        (Answer::error("400 Bad Request", 21610), OptOut, Some("21610"), None),
        (Answer::error("400 Bad Request", 21211), BadRecipient, Some("21211"), None),
        (Answer::error("400 Bad Request", 21617), Permanent, Some("21617"), None),
        (Answer::error("400 Bad Request", 21606), Config, Some("21606"), None),
        (Answer::error("400 Bad Request", 21611), Throttle, Some("21611"), None),
        (Answer::error("400 Bad Request", 99999), Permanent, Some("99999"), None),
        (Answer::error("400 Bad Request", 30001), Retry, Some("30001"), None),
        (html("400 Bad Request"), Permanent, Some("400"), None),
        (Answer::error("401 Unauthorized", 20003), Reauth, Some("20003"), None),
        (html("401 Unauthorized"), Reauth, Some("401"), None),
        (html("403 Forbidden"), Config, Some("403"), None),
        (Answer::error("404 Not Found", 20404), Config, Some("20404"), None),
        (html("408 Request Timeout"), Retry, Some("408"), None),
        (wait(""), Throttle, Some("20429"), None),
        (wait("Retry-After: 7\r\n"), Throttle, Some("20429"), Some(7_000)),
        (wait("Retry-After: 0\r\n"), Throttle, Some("20429"), Some(0)),
        (wait("Retry-After: 999999\r\n"), Throttle, Some("20429"), hour),
        (wait("Retry-After: soon\r\n"), Throttle, Some("20429"), None),
        (
            wait("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n"),
            Throttle,
            Some("20429"),
            Some(30_000),
        ),
        (html("429 Too Many Requests"), Throttle, Some("429"), None),
        (Answer::error("500 Internal Server Error", 20500), Unknown, Some("20500"), None),
        (html("502 Bad Gateway"), Unknown, Some("502"), None),
        (Answer::error("503 Service Unavailable", 20503), Retry, Some("20503"), None),
        (html("503 Service Unavailable"), Unknown, Some("503"), None),
        (html("504 Gateway Timeout"), Unknown, Some("504"), None),
        (Answer::of("302 Found", "Location: http://127.0.0.1:1/\r\n", ""), Unknown, Some("302"), None),
        (
            Answer::of("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n", ""),
            Unknown,
            Some("307"),
            None,
        ),
        (Answer::of("201 Created", "", ""), Unknown, None, None),
        (Answer::of("200 OK", "", "<html>hello</html>"), Unknown, None, None),
        (Answer::of("201 Created", "", "{\"sid\": 5}"), Unknown, None, None),
        (Answer::of("201 Created", "", "{\"sid\": \"../../etc\"}"), Unknown, None, None),
        (Answer::of("201 Created", "", &"[".repeat(100_000)), Unknown, None, None),
        (Answer::Raw(cut), Unknown, None, None),
        (Answer::Raw(b"HELLO\r\n\r\n".to_vec()), Unknown, None, None),
        (Answer::Close, Unknown, None, None),
    ];
    for (answer, class, code, wait) in cases {
        let server = Server::start(vec![answer.clone()]).await;
        let fail = patient(&server).send(&sms(), Arc::new(Open)).await.unwrap_err();
        let got = (fail.class, fail.code.as_deref(), fail.retry_after_ms);
        assert_eq!(got, (class, code, wait), "{answer:?} {fail:?}");
        assert_eq!(server.requests().len(), 1, "sent once, followed nowhere: {answer:?}");
        assert!(!fail.message.contains("+1555"), "no numbers in messages: {fail:?}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test that measures how long it takes")]
async fn silence_is_doubt_and_an_endless_answer_is_not_read() {
    let server = Server::start(vec![Answer::Hang]).await;
    let impatient = api(&server.credentials(), Duration::from_millis(300));
    assert_eq!(impatient.send(&sms(), Arc::new(Open)).await.unwrap_err().class, Class::Unknown);
    assert_eq!(impatient.find(&sms(), 0).await.unwrap(), Found::CannotKnow);
    assert_eq!(impatient.check().await.unwrap_err().class, Class::Retry);

    let server = Server::start(vec![Answer::Endless(100)]).await;
    let begun = Instant::now();
    assert_eq!(patient(&server).send(&sms(), Arc::new(Open)).await.unwrap_err().class, Class::Unknown);
    assert!(begun.elapsed() < Duration::from_secs(10), "stopped reading instead of running into the timeout");
}

#[tokio::test]
async fn without_a_connection_nothing_was_sent() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let plain = Server::start(vec![created()]).await;
    for base_url in [
        format!("http://127.0.0.1:{free}"),
        "http://twilio.invalid".to_owned(),
        // TLS to a server that does not speak it.
        plain.url.replace("http://", "https://"),
    ] {
        let mut credentials = plain.credentials();
        credentials["base_url"] = json!(base_url);
        let fail = api(&credentials, Duration::from_secs(10)).send(&sms(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, Class::Retry, "{base_url} {fail:?}");
    }
}

#[tokio::test]
async fn a_closed_gate_lets_nothing_out() {
    let server = Server::start(vec![created()]).await;
    let fail = patient(&server).send(&sms(), Arc::new(ClosesAfter::asking(0))).await.unwrap_err();
    assert_eq!(fail.class, Class::GaveBack);
    assert!(server.requests().is_empty());
}

/// Open until somebody closes it, and tells when it was first asked.
#[derive(Default)]
struct Switch {
    closed: AtomicBool,
    asked: Notify,
}

impl Gate for Switch {
    fn may_send(&self) -> bool {
        self.asked.notify_one();
        !self.closed.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn the_gate_is_asked_again_when_a_slow_server_has_accepted() {
    for closed in [true, false] {
        let (server, slow) = Server::slow(vec![created()]).await;
        let (api, switch) = (patient(&server), Arc::new(Switch::default()));
        let gate = switch.clone();
        let send = tokio::spawn(async move { api.send(&sms(), gate).await });
        switch.asked.notified().await;
        switch.closed.store(closed, Ordering::SeqCst);
        slow.accept();
        let sent = send.await.unwrap();
        if closed {
            assert_eq!(sent.unwrap_err().class, Class::GaveBack);
            assert!(server.requests().is_empty(), "no request came whole: {:?}", server.requests());
        } else {
            assert_eq!(sent.unwrap().provider_message_id, SID);
            let request = server.requests().remove(0);
            assert!(request.contains("content-length: ") && !request.contains("chunked"), "{request}");
        }
    }
}

const SINCE: i64 = 1_767_225_600_000;

fn listed(body: &str, created: &str) -> Value {
    json!({"sid": SID, "to": "+15558675310", "from": "+15005550006", "body": body,
           "direction": "outbound-api", "date_created": created, "status": "sent"})
}

fn list(messages: &[Value], next: Option<&str>) -> Answer {
    Answer::json("200 OK", &json!({"messages": messages, "next_page_uri": next}))
}

const AFTER: &str = "Thu, 01 Jan 2026 00:00:01 +0000";

#[tokio::test]
async fn finding_what_became_of_a_text() {
    let ours = listed("Hi Ada & Bob, 100% sure? ✓", AFTER);
    let trial = listed("Sent from your Twilio trial account - Hi Ada & Bob, 100% sure? ✓ ", AFTER);
    let mut inbound = ours.clone();
    inbound["direction"] = json!("inbound");
    let mut elsewhere = ours.clone();
    elsewhere["to"] = json!("+15550000000");
    let sent = || Found::Sent(SID.into());
    let next = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json?Page=1";
    let cases = vec![
        (vec![list(slice::from_ref(&ours), None)], sent(), 1),
        (vec![list(&[trial], None)], sent(), 1),
        (vec![list(&[ours.clone(), ours.clone()], None)], sent(), 1),
        (
            vec![list(&[listed("Something else", AFTER)], Some(next)), list(slice::from_ref(&ours), None)],
            sent(),
            2,
        ),
        // Still in Twilio's queue: no DateSent, so only the list without the day shows it.
        (vec![list(&[], None), list(slice::from_ref(&ours), None)], sent(), 2),
        (vec![list(&[], None)], Found::Absent, 2),
        (vec![list(&[listed("Something else", AFTER)], None)], Found::Absent, 2),
        (vec![list(&[listed(&sms().text, "Wed, 31 Dec 2025 23:00:00 +0000")], None)], Found::Absent, 2),
        (vec![list(&[inbound, elsewhere], None)], Found::Absent, 2),
        (vec![list(&[listed("", AFTER)], None)], Found::CannotKnow, 1),
        (vec![list(&[], Some("https://evil.example/steal"))], Found::CannotKnow, 1),
        (vec![list(&[], Some(next))], Found::CannotKnow, 20),
        (vec![Answer::error("500 Oops", 20500)], Found::CannotKnow, 1),
        (vec![Answer::error("401 Unauthorized", 20003)], Found::CannotKnow, 1),
        (vec![list(&[], None), Answer::of("200 OK", "", "<html>")], Found::CannotKnow, 2),
        (vec![Answer::Close], Found::CannotKnow, 1),
    ];
    for (case, (answers, found, asked)) in cases.into_iter().enumerate() {
        let server = Server::start(answers).await;
        assert_eq!(patient(&server).find(&sms(), SINCE).await.unwrap(), found, "case {case}");
        assert_eq!(server.requests().len(), asked, "case {case}");
        let first = server.requests()[0].lines().next().unwrap().to_owned();
        assert!(first.contains("?To=%2B15558675310&From=%2B15005550006&DateSent%3E=2025-12-30&"), "{first}");
    }
}

#[tokio::test]
async fn the_account_can_be_checked() {
    let good = Server::start(vec![list(&[], None)]).await;
    patient(&good).check().await.unwrap();
    let bad = Server::start(vec![Answer::error("401 Unauthorized", 20003)]).await;
    assert_eq!(patient(&bad).check().await.unwrap_err().class, Class::Reauth);
}

#[test]
fn credentials_that_cannot_be_used() {
    let provider = by_id("twilio").unwrap();
    for credentials in [
        json!({}),
        json!({"account_sid": "XX1", "auth_token": "x"}),
        json!({"account_sid": "AC/../../x", "auth_token": "x"}),
        json!({"account_sid": "AC1", "auth_token": ""}),
        json!({"account_sid": "AC1", "auth_token": "x", "base_url": "ftp://x"}),
        json!({"account_sid": "AC1", "auth_token": "x", "base_url": "nonsense"}),
    ] {
        let fail = (provider.connect)(&Http::new(), &credentials).err().unwrap();
        assert_eq!(fail.class, Class::Config, "{credentials}");
    }
    assert_eq!(provider.credentials["properties"]["auth_token"]["format"], "password");
}
