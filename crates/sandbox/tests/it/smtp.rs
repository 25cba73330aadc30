//! The mail server, driven by hand.

use base64::{Engine, prelude::BASE64_STANDARD};
use sandbox::Options;

use crate::kit::{Door, Smtp, deaf, look, mail, start};

#[tokio::test]
async fn a_mail_is_taken_and_shown() {
    let (sandbox, door) = (deaf().await, Door::open().await);
    let mut client = Smtp::ready(&sandbox).await;
    for id in ["a@overture.example", "b@overture.example", "a@overture.example"] {
        let answer = client.send("ann@x.test", &mail(id, "Ann Lee <ann@x.test>", &door)).await;
        assert!(answer.starts_with("250 2.0.0 Ok: queued as "), "{answer:?}");
    }
    assert!(client.ask("QUIT").await.starts_with("221 "));
    let state = look(&sandbox, "/_sandbox/state").await;
    let email = &state["channels"]["email"];
    assert_eq!(
        (&email["received"], &email["distinct"], &email["duplicates"]),
        (&3.into(), &2.into(), &1.into())
    );
    let shown = look(&sandbox, "/_sandbox/messages?channel=email&to=ANN@x.test&limit=1").await;
    let shown = &shown["data"][0];
    assert_eq!((&shown["key"], &shown["subject"]), (&"a@overture.example".into(), &"Hello there".into()));
    assert_eq!(shown["from"], "bounce+7@overture.example");
    assert!(shown["text"].as_str().is_some_and(|text| text.contains("will you come?")));
    let ledger = look(&sandbox, "/_sandbox/ledger?channel=email").await;
    assert_eq!(ledger["keys"]["a@overture.example"], 2);
}

#[tokio::test]
async fn it_insists_on_order_and_on_auth_where_told_to() {
    let sandbox = start(Options { people: false, smtp_auth_required: true, ..Options::default() }).await;
    let (mut client, _) = Smtp::connect(&sandbox).await;
    assert!(client.ask("MAIL FROM:<a@x.test>").await.starts_with("503 "));
    client.ask("EHLO x").await;
    assert!(client.ask("MAIL FROM:<a@x.test>").await.starts_with("530 5.7.0"));
    let plain = |user: &str, password: &str| BASE64_STANDARD.encode(format!("\0{user}\0{password}"));
    assert!(client.ask(&format!("AUTH PLAIN {}", plain("sandbox", "wrong"))).await.starts_with("535 5.7.8"));
    assert!(client.ask("AUTH PLAIN !!!").await.starts_with("501 "));
    assert!(client.ask("AUTH XOAUTH2 x").await.starts_with("504 "));
    assert!(client.ask("AUTH LOGIN").await.starts_with("334 VXNlcm5hbWU6"));
    assert!(client.ask(&BASE64_STANDARD.encode("sandbox")).await.starts_with("334 UGFzc3dvcmQ6"));
    assert!(client.ask(&BASE64_STANDARD.encode("sandbox")).await.starts_with("235 "));
    assert!(client.ask("RCPT TO:<b@x.test>").await.starts_with("503 "));
    assert!(client.ask("MAIL FROM:<a@x.test> SIZE=99999999").await.starts_with("552 5.3.4"));
    assert!(client.ask("MAIL FROM:<a@x.test> SIZE=10 BODY=8BITMIME").await.starts_with("250 "));
    assert!(client.ask("MAIL FROM:<a@x.test>").await.starts_with("503 "));
    assert!(client.ask("DATA").await.starts_with("503 "));
    assert!(client.ask("RCPT TO:<nobody>").await.starts_with("501 5.1.3"));
    assert!(client.ask("RCPT TO:b@x.test").await.starts_with("501 5.1.3"));
    assert!(client.ask("RSET").await.starts_with("250 "));
    assert!(client.ask("RCPT TO:<b@x.test>").await.starts_with("503 "));
    assert!(client.ask("NOOP").await.starts_with("250 "));
    assert!(client.ask("TURN").await.starts_with("500 "));
    assert!(client.ask("").await.starts_with("500 "));
}

#[tokio::test]
async fn tls_begins_a_new_conversation() {
    let (sandbox, door) = (deaf().await, Door::open().await);
    let mut client = Smtp::ready(&sandbox).await.start_tls().await;
    assert!(client.ask("MAIL FROM:<a@x.test>").await.starts_with("503 "));
    let extensions = client.ask("EHLO x").await;
    assert!(!extensions.contains("STARTTLS") && extensions.contains("250-SIZE 26214400"), "{extensions:?}");
    let plain = BASE64_STANDARD.encode("\0sandbox\0sandbox");
    assert!(client.ask("AUTH PLAIN").await.starts_with("334"));
    assert!(client.ask(&plain).await.starts_with("235 "));
    assert!(
        client
            .send("ann@x.test", &mail("tls@overture.example", "ann@x.test", &door))
            .await
            .starts_with("250 ")
    );
    let shown = look(&sandbox, "/_sandbox/messages?channel=email").await;
    assert_eq!(shown["data"][0]["tls"], true);
}

#[tokio::test]
async fn commands_sent_ahead_are_answered_in_order_and_never_cross_into_tls() {
    let sandbox = deaf().await;
    let mut client = Smtp::ready(&sandbox).await;
    client.say("MAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nRCPT TO:<c@x.test>\r\nDATA\r\n").await;
    for start in ["250 2.1.0", "250 2.1.5", "250 2.1.5", "354 "] {
        let reply = client.reply().await;
        assert!(reply.starts_with(start), "{reply:?}");
    }
    client.say("Message-ID: <p@x>\r\n\r\nHi\r\n.\r\nQUIT\r\n").await;
    assert!(client.reply().await.starts_with("250 "));
    assert!(client.reply().await.starts_with("221 "));
    let shown = look(&sandbox, "/_sandbox/messages?to=c@x.test").await;
    assert_eq!(shown["data"][0]["to"], serde_json::json!(["b@x.test", "c@x.test"]));
}

#[tokio::test]
async fn dots_are_unstuffed_and_only_crlf_ends_a_line() {
    let sandbox = deaf().await;
    let mut client = Smtp::ready(&sandbox).await;
    let body = "Message-ID: <d@x>\r\n\r\n..one\r\n...two\r\nthree\n.\nfour\n.\r\nfive\r\n.. \r\n.";
    for command in ["MAIL FROM:<a@x.test>", "RCPT TO:<b@x.test>", "DATA"] {
        client.ask(command).await;
    }
    client.say(&format!("{body}\r\n")).await;
    assert!(client.reply().await.starts_with("250 "));
    let shown = look(&sandbox, "/_sandbox/messages?channel=email").await;
    let raw = shown["data"][0]["raw"].as_str().unwrap_or_default();
    assert_eq!(raw, "Message-ID: <d@x>\r\n\r\n.one\r\n..two\r\nthree\n.\nfour\n.\r\nfive\r\n. \r\n");
}

#[tokio::test]
async fn too_much_is_refused_and_the_conversation_goes_on() {
    let (sandbox, door) = (deaf().await, Door::open().await);
    let mut client = Smtp::ready(&sandbox).await;
    let line = format!("{}\r\n", "x".repeat(998));
    let huge = format!("Message-ID: <huge@x>\r\n\r\n{}", line.repeat(26 * 1024 * 1024 / line.len()));
    assert!(client.send("ann@x.test", &huge).await.starts_with("552 5.3.4"));
    assert!(client.send("ann@x.test", &mail("ok@x", "ann@x.test", &door)).await.starts_with("250 "));
    assert_eq!(look(&sandbox, "/_sandbox/state").await["channels"]["email"]["received"], 1);
}
