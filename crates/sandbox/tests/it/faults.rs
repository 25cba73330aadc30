//! Failing on command: every fault does what it says, and counts what it took.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::kit::{Door, MESSAGES, Smtp, client, deaf, look, mail, order, text, text_with, until_received};

const FORM: &[(&str, &str)] = &[("To", "+15558675310"), ("From", "+15557122661"), ("Body", "Hi")];

async fn fault(sandbox: &sandbox::Sandbox, fault: Value) {
    let (status, answer) = order(sandbox, "/_sandbox/fault", fault).await;
    assert_eq!(status, 200, "{answer}");
}

async fn received(sandbox: &sandbox::Sandbox, channel: &str) -> u64 {
    look(sandbox, "/_sandbox/state").await["channels"][channel]["received"].as_u64().unwrap_or_default()
}

#[tokio::test]
async fn twilio_fails_as_ordered() {
    let sandbox = deaf().await;
    // What the client sees: a status and a body, or nothing (0); and how many texts were taken then.
    for (kind, status, body, taken) in [
        ("status:429", 429, "\"code\":20429", 0),
        ("status:500", 500, "\"code\":20500", 0),
        ("code:21610", 400, "\"code\":21610", 0),
        ("malformed", 200, "{\"sid\": \"SM", 0),
        ("empty", 200, "", 0),
        ("html", 200, "<!DOCTYPE html>", 0),
        ("reset", 0, "", 0),
        ("timeout", 0, "", 0),
        ("accept_then_500", 500, "\"code\":20500", 1),
        ("accept_then_garbage", 201, "garbage", 2),
        ("accept_then_reset", 0, "", 3),
        ("accept_then_hang", 0, "", 4),
        ("slow", 201, "\"queued\"", 5),
    ] {
        fault(&sandbox, json!({"provider": "twilio", "kind": kind, "count": 1, "delay_ms": 50})).await;
        match text(&sandbox, FORM).await {
            Ok(answer) => {
                assert_eq!(answer.status().as_u16(), status, "{kind}");
                let got = answer.bytes().await.expect("a body");
                assert!(String::from_utf8_lossy(&got).contains(body), "{kind}: {got:?}");
            }
            Err(error) => {
                assert_eq!(status, 0, "{kind}: {error}");
                assert!(!error.is_timeout() && !error.is_connect(), "{kind}: {error:?}");
            }
        }
        assert_eq!(received(&sandbox, "sms").await, taken, "{kind}");
    }
    let report = look(&sandbox, "/_sandbox/fault").await;
    assert_eq!(report["standing"], json!([]));
    assert_eq!(report["fired"]["slow"], 1);
}

#[tokio::test]
async fn late_apply_takes_it_after_the_client_was_dropped() {
    let sandbox = deaf().await;
    fault(&sandbox, json!([{"provider": "twilio", "kind": "late_apply", "count": 1, "delay_ms": 400}])).await;
    let began = Instant::now();
    text(&sandbox, FORM).await.expect_err("the connection is reset");
    assert!(began.elapsed() < Duration::from_millis(350));
    assert_eq!(received(&sandbox, "sms").await, 0);
    assert_eq!(look(&sandbox, &format!("{MESSAGES}?To=%2B15558675310")).await["messages"], json!([]));
    until_received(&sandbox, "sms", 1).await;
}

#[tokio::test]
async fn it_is_taken_even_if_the_client_hangs_up() {
    let sandbox = deaf().await;
    fault(&sandbox, json!({"provider": "twilio", "kind": "slow", "count": 1, "delay_ms": 500})).await;
    let send = tokio::time::timeout(Duration::from_millis(200), text(&sandbox, FORM));
    send.await.expect_err("the client leaves first");
    until_received(&sandbox, "sms", 1).await;
}

#[tokio::test]
async fn looking_up_fails_only_where_it_is_ordered() {
    let sandbox = deaf().await;
    fault(&sandbox, json!({"faults": [{"provider": "twilio", "kind": "status:500", "on": "find"}]})).await;
    assert_eq!(text(&sandbox, FORM).await.expect("an answer").status(), 201);
    assert_eq!(look(&sandbox, MESSAGES).await["code"], 20500);
    let cleared =
        client().delete(format!("{}/_sandbox/fault", sandbox.http_url())).send().await.expect("an answer");
    assert_eq!(cleared.status(), 200);
    assert_eq!(look(&sandbox, MESSAGES).await["messages"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn the_mix_of_the_kill_loop_takes_exactly_what_it_says() {
    let sandbox = deaf().await;
    let mix = json!([
        {"provider": "twilio", "kind": "accept_then_500", "probability": 0.08},
        {"provider": "twilio", "kind": "status:502", "probability": 0.05},
        {"provider": "twilio", "kind": "status:429", "probability": 0.05},
        {"provider": "twilio", "kind": "accept_then_hang", "probability": 0.04, "delay_ms": 20},
        {"provider": "twilio", "kind": "late_apply", "probability": 0.05, "delay_ms": 20},
        {"provider": "twilio", "kind": "accept_then_garbage", "probability": 0.03},
    ]);
    fault(&sandbox, mix).await;
    let client = client();
    for n in 0..300 {
        let callback = format!("http://127.0.0.1:9/s?m=msg_{n}");
        let mut form = FORM.to_vec();
        form.push(("StatusCallback", &callback));
        // Errors are what was ordered; the ledger is what counts.
        drop(text_with(&client, &sandbox, &form).await);
    }
    let fired = look(&sandbox, "/_sandbox/fault").await["fired"].clone();
    let count = |kind: &str| fired[kind].as_u64().unwrap_or_default();
    let refused = count("status:502") + count("status:429");
    assert!(refused > 5 && count("late_apply") > 3 && count("accept_then_500") > 5, "{fired}");
    let sms = until_received(&sandbox, "sms", 300 - refused).await;
    assert_eq!((&sms["duplicates"], &sms["distinct"]), (&0.into(), &(300 - refused).into()));
}

#[tokio::test]
async fn the_mail_server_fails_as_ordered() {
    let (sandbox, door) = (deaf().await, Door::open().await);
    for (kind, on, reply, kept) in [
        ("smtp:450", None, "450 4.2.1", 0),
        ("smtp:550", None, "550 5.1.1", 0),
        ("smtp:421", Some("data"), "421 4.3.2", 0),
        ("smtp:554", Some("data"), "554 5.7.1", 0),
        ("drop_before_reply", None, "", 0),
        ("timeout", None, "", 0),
        ("reset", None, "", 0),
        ("close_after_data", None, "", 1),
        ("accept_then_reset", None, "", 2),
        ("accept_then_hang", None, "", 3),
        ("slow", None, "250 2.0.0", 4),
    ] {
        let mut order = json!({"provider": "smtp", "kind": kind, "count": 1, "delay_ms": 50});
        if let Some(on) = on {
            order["on"] = on.into();
        }
        fault(&sandbox, order).await;
        let mut client = Smtp::ready(&sandbox).await;
        let got =
            client.send("ann@x.test", &mail(&format!("{kind}@overture.example"), "ann@x.test", &door)).await;
        assert!(got.starts_with(reply) && got.is_empty() == reply.is_empty(), "{kind}: {got:?}");
        assert_eq!(received(&sandbox, "email").await, kept, "{kind}");
    }
    fault(&sandbox, json!({"provider": "smtp", "kind": "late_apply", "count": 1, "delay_ms": 300})).await;
    let mut client = Smtp::ready(&sandbox).await;
    assert_eq!(client.send("ann@x.test", &mail("late@overture.example", "ann@x.test", &door)).await, "");
    assert_eq!(received(&sandbox, "email").await, 4);
    until_received(&sandbox, "email", 5).await;
}

#[tokio::test]
async fn the_mail_server_greets_badly() {
    let sandbox = deaf().await;
    fault(&sandbox, json!({"provider": "smtp", "kind": "smtp:421", "count": 1})).await;
    let (_, greeting) = Smtp::connect(&sandbox).await;
    assert!(greeting.starts_with("421 4.3.2 "), "{greeting:?}");
    fault(&sandbox, json!({"provider": "smtp", "kind": "greet_hang", "count": 1, "delay_ms": 300})).await;
    let began = Instant::now();
    let (_, greeting) = Smtp::connect(&sandbox).await;
    assert_eq!(greeting, "");
    assert!(began.elapsed() >= Duration::from_millis(300));
    Smtp::ready(&sandbox).await;
}
