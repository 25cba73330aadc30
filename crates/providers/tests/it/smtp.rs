//! What each thing that a mail server can do means for the message.

use crate::{
    ClosesAfter, outgoing,
    smtp_server::{Act, Script, Server},
};
use providers::{Api, Class, Found, Http, Open, Outgoing, by_id};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn api(credentials: &Value, timeout: Duration) -> Box<dyn Api> {
    (by_id("smtp").unwrap().connect)(&Http::with_timeout(timeout), credentials).unwrap()
}

fn patient(credentials: &Value) -> Box<dyn Api> {
    api(credentials, Duration::from_secs(10))
}

fn mail() -> Outgoing {
    outgoing("ada@people.example")
}

#[tokio::test]
async fn a_mail_arrives_exactly_as_it_was_rendered() {
    let server = Server::start(Script::default()).await;
    let receipt = patient(&server.credentials()).send(&mail(), Arc::new(Open)).await.unwrap();
    assert_eq!(receipt.provider_message_id, mail().rfc_message_id.unwrap());
    let rendered = String::from_utf8(providers::smtp::render(&mail()).unwrap()).unwrap();
    assert!(rendered.contains("\r\n.\r\n"), "the text has a lone dot, to be stuffed");
    assert_eq!(server.mails(), [rendered]);
    assert!(server.commands().iter().any(|command| command == "MAIL FROM:<rep@overture.example>"));
    assert!(server.commands().iter().any(|command| command == "RCPT TO:<ada@people.example>"));
}

#[tokio::test]
async fn the_class_of_everything_that_goes_wrong() {
    use Act::{Close, Hang, Say, SayAndClose};
    use Class::{BadRecipient, Config, Permanent, Retry, Unknown};
    let cases = [
        ("GREETING", Hang, Retry),
        ("GREETING", Close, Retry),
        ("GREETING", Say("421 too busy"), Retry),
        ("GREETING", Say("450 later"), Retry),
        ("GREETING", Say("554 go away"), Config),
        ("GREETING", Say("HTTP/1.1 400 Bad Request"), Retry),
        ("EHLO", Say("421 bye"), Retry),
        ("EHLO", Say("450 later"), Retry),
        ("EHLO", Say("550 not you"), Config),
        ("EHLO", Close, Retry),
        ("EHLO", Hang, Retry),
        ("MAIL", SayAndClose("421 bye"), Retry),
        ("MAIL", Say("450 later"), Retry),
        ("MAIL", Say("550 not you"), Config),
        ("MAIL", Hang, Retry),
        ("RCPT", SayAndClose("421 bye"), Retry),
        ("RCPT", Say("450 4.2.0 later"), Retry),
        ("RCPT", Say("451 4.7.1 greylisted"), Retry),
        ("RCPT", Say("550 5.1.1 no such user"), BadRecipient),
        ("RCPT", Say("550 no such user"), BadRecipient),
        ("RCPT", Say("550 5.7.1 relaying denied"), Permanent),
        ("RCPT", Say("552 5.2.2 mailbox full"), Permanent),
        ("RCPT", Say("550-5.1.1 no such\r\n550 5.1.1 user"), BadRecipient),
        ("RCPT", Say("garbage"), Retry),
        ("RCPT", Close, Retry),
        ("RCPT", Hang, Retry),
        ("DATA", Say("421 bye"), Retry),
        ("DATA", Say("450 later"), Retry),
        ("DATA", Say("550 no"), Permanent),
        ("DATA", Say("250 what"), Retry),
        ("DATA", Close, Retry),
        ("DATA", Hang, Retry),
        ("DOT", SayAndClose("421 bye"), Retry),
        ("DOT", Say("450 later"), Retry),
        ("DOT", Say("550 spam"), Permanent),
        ("DOT", Say("550 5.7.26 unauthenticated"), Config),
        ("DOT", Say("garbage"), Unknown),
        ("DOT", Say("354 what"), Unknown),
        ("DOT", Close, Unknown),
        ("DOT", Hang, Unknown),
    ];
    for (stage, act, expected) in cases {
        let server = Server::start(Script::at(stage, act)).await;
        let timeout = if matches!(act, Hang) { Duration::from_millis(300) } else { Duration::from_secs(10) };
        let result = api(&server.credentials(), timeout).send(&mail(), Arc::new(Open)).await;
        let fail = result.unwrap_err();
        assert_eq!(fail.class, expected, "{stage} {act:?} {fail:?}");
        // The content crossed the border exactly when the answer is allowed to be doubtful.
        assert_eq!(server.mails().len(), usize::from(stage == "DOT"), "{stage} {act:?}");
        assert!(!fail.message.contains('@'), "no addresses in messages: {fail:?}");
    }
}

#[tokio::test]
async fn a_large_mail_that_is_cut_off_before_its_dot_was_not_sent() {
    let server = Server::start(Script::at("CONTENT", Act::Close)).await;
    // Far more than the buffers of both sockets hold, so that the break is felt while writing.
    let large = Outgoing {
        text: "word word word word word word word word word word\n".repeat(200_000),
        html: None,
        ..mail()
    };
    let fail = patient(&server.credentials()).send(&large, Arc::new(Open)).await.unwrap_err();
    assert_eq!(fail.class, Class::Retry, "{fail:?}");
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_host_that_does_not_exist() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for credentials in [
        json!({"host": "127.0.0.1", "port": free, "security": "none"}),
        json!({"host": "mail.invalid", "port": 25, "security": "none"}),
    ] {
        let fail = patient(&credentials).send(&mail(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, Class::Retry, "{fail:?}");
    }
}

#[tokio::test]
async fn a_closed_gate_lets_nothing_out() {
    for asked in 0..4 {
        let server = Server::start(Script::default()).await;
        let api = patient(&server.credentials());
        let fail = api.send(&mail(), Arc::new(ClosesAfter::asking(asked))).await.unwrap_err();
        assert_eq!(fail.class, Class::GaveBack, "asked {asked} times");
        api.send(&mail(), Arc::new(Open)).await.unwrap();
        assert_eq!(server.mails().len(), 1, "only the second one: asked {asked} times");
        // Asked the last time, what is missing is only the dot.
        assert_eq!(server.heard.lock().unwrap().unfinished > 0, asked == 3);
    }
}

#[tokio::test]
async fn a_connection_is_reused_also_after_a_refusal() {
    let server = Server::start(Script::at("RCPT", Act::Say("550 5.1.1 no such user"))).await;
    let api = patient(&server.credentials());
    for _ in 0..3 {
        assert_eq!(api.send(&mail(), Arc::new(Open)).await.unwrap_err().class, Class::BadRecipient);
    }
    assert_eq!(server.heard.lock().unwrap().connections, 1);
    assert_eq!(server.commands().iter().filter(|command| *command == "RSET").count(), 2);
}

#[tokio::test]
async fn a_connection_that_died_while_idle_costs_nothing() {
    let server = Server::start(Script { close_after_mails: Some(1), ..Script::default() }).await;
    let api = patient(&server.credentials());
    for _ in 0..3 {
        api.send(&mail(), Arc::new(Open)).await.unwrap();
    }
    assert_eq!(server.mails().len(), 3, "each exactly once");
    assert_eq!(server.heard.lock().unwrap().connections, 3);
}

#[tokio::test]
async fn many_at_once_share_few_connections() {
    let server = Server::start(Script::default()).await;
    let api = patient(&server.credentials());
    for _ in 0..10 {
        let mail = mail();
        let sends = (0..4).map(|_| api.send(&mail, Arc::new(Open)));
        for result in futures::future::join_all(sends).await {
            result.unwrap();
        }
    }
    assert_eq!(server.mails().len(), 40);
    assert!(server.heard.lock().unwrap().connections <= 4);
}

fn secured(server: &Server, security: &str, accept: bool) -> Value {
    json!({"host": "127.0.0.1", "port": server.port, "security": security, "accept_invalid_certs": accept,
           "username": "sandbox", "password": "s3cret"})
}

#[tokio::test]
async fn starttls_and_tls_and_both_logins() {
    for (implicit_tls, auth, heard) in [
        (false, "AUTH PLAIN LOGIN", "AUTH PLAIN AHNhbmRib3gAczNjcmV0"),
        (false, "AUTH LOGIN", "login sandbox s3cret"),
        (true, "AUTH=LOGIN PLAIN", "AUTH PLAIN AHNhbmRib3gAczNjcmV0"),
    ] {
        let script = Script { implicit_tls, ..Script::offering(&["STARTTLS", auth]) };
        let server = Server::start(script).await;
        let api = patient(&secured(&server, if implicit_tls { "tls" } else { "starttls" }, true));
        api.check().await.unwrap();
        api.send(&mail(), Arc::new(Open)).await.unwrap();
        assert!(server.heard.lock().unwrap().secured);
        assert!(server.commands().iter().any(|command| command == heard), "{:?}", server.commands());
        assert_eq!(server.mails().len(), 1);
    }
}

#[tokio::test]
async fn encryption_and_login_that_fail() {
    let with = |act| Script::offering(&["STARTTLS", "AUTH PLAIN"]).and("STARTTLS", act);
    let auth = |act| Script::offering(&["STARTTLS", "AUTH PLAIN"]).and("AUTH", act);
    let cases = [
        (with(Act::Say("454 no TLS now")), true, Class::Retry),
        (with(Act::Say("502 what is that")), true, Class::Config),
        (with(Act::Close), true, Class::Retry),
        (Script::offering(&["AUTH PLAIN"]), true, Class::Config),
        (Script::offering(&["STARTTLS", "AUTH PLAIN"]), false, Class::Config),
        (Script::offering(&["STARTTLS", "AUTH CRAM-MD5"]), true, Class::Config),
        (Script::offering(&["STARTTLS"]), true, Class::Config),
        (auth(Act::Say("535 5.7.8 wrong")), true, Class::Reauth),
        (auth(Act::Say("535 wrong")), true, Class::Reauth),
        (auth(Act::Say("454 4.7.0 later")), true, Class::Retry),
        (auth(Act::Close), true, Class::Retry),
    ];
    for (case, (script, accept, class)) in cases.into_iter().enumerate() {
        let server = Server::start(script).await;
        let api = patient(&secured(&server, "starttls", accept));
        let fail = api.send(&mail(), Arc::new(Open)).await.unwrap_err();
        assert_eq!(fail.class, class, "case {case}: {fail:?}");
        assert_eq!(api.check().await.unwrap_err().class, class, "case {case}");
        assert!(!server.commands().iter().any(|command| command.starts_with("MAIL")), "case {case}");
    }
}

#[tokio::test]
async fn what_the_server_offers_is_used_and_respected() {
    let server = Server::start(Script::offering(&["SIZE 100000", "DSN"])).await;
    let api = patient(&server.credentials());
    let bounced = Outgoing { envelope_from: Some("bounce+b-x@overture.example".into()), ..mail() };
    api.send(&bounced, Arc::new(Open)).await.unwrap();
    let size = providers::smtp::render(&bounced).unwrap().len();
    let expected = format!(
        "MAIL FROM:<bounce+b-x@overture.example> SIZE={size} RET=HDRS ENVID=msg_01jd0m5s7x8y9z0a1b2c3d4e5f"
    );
    assert!(server.commands().contains(&expected), "{:?}", server.commands());

    let large = Outgoing { text: "word ".repeat(40_000), ..mail() };
    assert_eq!(api.send(&large, Arc::new(Open)).await.unwrap_err().class, Class::Permanent);
    assert_eq!(server.mails().len(), 1);
    assert_eq!(api.find(&large, 0).await.unwrap(), Found::CannotKnow);
}

#[test]
fn credentials_that_cannot_be_used() {
    let connect = by_id("smtp").unwrap().connect;
    for credentials in [
        json!(null),
        json!({"host": "smtp.example.com"}),
        json!({"host": "", "port": 25}),
        json!({"host": "a b", "port": 25}),
        json!({"host": "smtp.example.com", "port": 70000}),
        json!({"host": "smtp.example.com", "port": 25, "security": "maybe"}),
        json!({"host": "smtp.example.com", "port": 25, "accept_invalid_certs": true}),
        json!({"host": "smtp.example.com", "port": 25, "username": "x"}),
        json!({"host": "smtp.example.com", "port": 25, "security": "none", "username": "x", "password": "y"}),
        json!({"host": "smtp.example.com", "port": 25, "username": "x\u{0}", "password": "y"}),
    ] {
        let fail = connect(&Http::new(), &credentials).err().unwrap();
        assert_eq!(fail.class, Class::Config, "{credentials}");
    }
}
