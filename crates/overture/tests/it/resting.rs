//! A provider that does not answer is left alone for a while: nothing is lost by it, and nothing is sent twice.

use crate::kit::*;
use domain::breaker::FLOOR;
use serde_json::{Value, json};

both! {
    a_sender_whose_provider_is_down_rests_and_loses_nothing,
    of_two_nodes_one_tries_one_message_when_a_rest_is_over,
    what_may_have_left_counts_as_a_failure_and_is_never_sent_again,
    a_connection_that_answers_in_between_does_not_rest,
    a_provider_that_names_a_time_is_left_alone_until_then,
    a_sender_that_is_tested_and_answers_rests_no_longer,
}

/// The sender as its page shows it.
async fn sender(app: &TestApp) -> Value {
    let all = app.admin.get("/api/senders").await;
    let senders = all["data"].as_array().unwrap();
    senders.iter().find(|s| s["id"] == app.sms_sender.as_str()).unwrap().clone()
}

/// How often a fault has struck.
async fn struck(app: &TestApp, kind: &str) -> u64 {
    app.world.fired().await[kind].as_u64().unwrap_or(0)
}

async fn down(app: &TestApp, kind: &str) {
    app.world.order(json!({ "provider": "twilio", "kind": kind })).await;
}

fn seconds_left(app: &TestApp, resting: &Value) -> i64 {
    let until: jiff::Timestamp = resting["until"].as_str().unwrap().parse().unwrap();
    (until.as_millisecond() - app.clock.now()) / SECOND
}

async fn a_sender_whose_provider_is_down_rests_and_loses_nothing(app: TestApp) {
    let crowd = app.crowd(20).await;
    down(&app, "status:503").await;
    app.campaign(one_text(), &crowd).await;
    // Before the rest, nobody looks: half a minute of a dispatcher that comes by again and again.
    app.run_due().await;
    let first = struck(&app, "status:503").await;
    let resting = sender(&app).await["resting"].clone();
    assert_eq!(resting["state"], "resting", "{resting}");
    assert!(resting["failures"].as_i64().unwrap() >= FLOOR, "{resting}");
    assert!(resting["reason"].as_str().unwrap().contains("Twilio"), "{resting}");
    let left = seconds_left(&app, &resting);
    assert!((20..=30).contains(&left), "{resting}");
    let waiting = app.sent().await;
    assert!(waiting.iter().all(|m| m["status"] == "queued"), "{waiting:#?}");
    let why = &waiting[0]["why"];
    assert_eq!(why["code"], "sender.resting", "{why}");
    let monitor = async || {
        let bearer = format!("Bearer {METRICS_TOKEN}");
        let headers = [("authorization", bearer.as_str())];
        let answer = Client::anonymous(&app.app).raw("GET", "/metrics", &headers, "").await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.bytes.to_vec()).unwrap()
    };
    let page = monitor().await;
    assert!(page.contains("overture_senders{provider=\"twilio\",connection=\"open\"} 1"), "{page}");
    assert!(page.contains("overture_senders{provider=\"smtp\",connection=\"closed\"} 1"), "{page}");
    assert_eq!(Client::anonymous(&app.app).raw("GET", "/metrics", &[], "").await.status, 401);

    app.advance((left - 1) * SECOND).await;
    assert_eq!(struck(&app, "status:503").await, first, "nothing is tried while it rests");
    app.advance(2 * SECOND).await;
    assert_eq!(struck(&app, "status:503").await, first + 1, "then one message is");
    let resting = sender(&app).await["resting"].clone();
    assert!((55..=60).contains(&seconds_left(&app, &resting)), "the next rest is longer: {resting}");

    // Longer than a campaign's message may be late, and far more often than a message is tried.
    app.live(6 * HOUR, MINUTE).await;
    let tried = struck(&app, "status:503").await - first;
    assert!((20..=40).contains(&tried), "{tried}");
    assert_eq!(app.statuses().await, vec!["queued"; 20]);
    app.world.clear_faults().await;
    app.live(20 * MINUTE, MINUTE).await;
    assert_eq!(app.statuses().await, vec!["sent"; 20]);
    assert_eq!(app.world.taken("sms").await, 20);
    assert_eq!(sender(&app).await["resting"], Value::Null);
    assert!(!monitor().await.contains("connection=\"open\"} 1"));
}

async fn of_two_nodes_one_tries_one_message_when_a_rest_is_over(app: TestApp) {
    let crowd = app.crowd(20).await;
    down(&app, "status:503").await;
    app.campaign(one_text(), &crowd).await;
    let other = app.node().await;
    tokio::join!(app.run_due(), other.run_due());
    tokio::join!(app.run_due(), other.run_due());
    for _ in 0..3 {
        let before = struck(&app, "status:503").await;
        let left = seconds_left(&app, &sender(&app).await["resting"]);
        app.clock.advance((left + 1) * SECOND);
        tokio::join!(app.send_once(), other.send_once(), app.send_once(), other.send_once());
        assert_eq!(struck(&app, "status:503").await, before + 1);
    }
    // Its node dies with the message on its way: another one is tried when that is clear.
    let before = struck(&app, "status:503").await;
    let left = seconds_left(&app, &sender(&app).await["resting"]);
    app.clock.advance((left + 1) * SECOND);
    app.lose_a_claim(&app.sms_sender).await;
    app.send_once().await;
    assert_eq!(struck(&app, "status:503").await, before, "one is on its way already");
    assert_eq!(sender(&app).await["resting"]["state"], "trying");
    app.clock.advance(31 * SECOND);
    other.send_once().await;
    assert_eq!(struck(&app, "status:503").await, before + 1);
}

async fn what_may_have_left_counts_as_a_failure_and_is_never_sent_again(app: TestApp) {
    let crowd = app.crowd(12).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "rate_per_minute": 60 })).await;
    down(&app, "accept_then_reset").await;
    app.campaign(one_text(), &crowd).await;
    for _ in 0..40 {
        app.send_once().await;
        app.clock.advance(SECOND / 2);
    }
    let struck = struck(&app, "accept_then_reset").await;
    assert!((FLOOR as u64..FLOOR as u64 + 3).contains(&struck), "{struck}");
    assert_eq!(sender(&app).await["resting"]["state"], "resting");
    app.world.clear_faults().await;
    app.live(3 * MINUTE, 5 * SECOND).await;
    assert_eq!(app.statuses().await, vec!["sent"; 12]);
    assert_eq!(app.world.taken("sms").await, 12);
}

async fn a_connection_that_answers_in_between_does_not_rest(app: TestApp) {
    for n in 0..3 * FLOOR {
        let fault = if n % FLOOR == FLOOR - 1 { "code:21211" } else { "status:503" };
        app.world.fault("twilio", fault, 1).await;
        app.write(&format!("client-{n:02}"), "sms", &format!("+1415555{n:04}"), "Hello").await;
        app.send_once().await;
        assert_eq!(sender(&app).await["resting"], Value::Null, "after {n}");
    }
}

async fn a_provider_that_names_a_time_is_left_alone_until_then(app: TestApp) {
    let order = json!({ "provider": "twilio", "kind": "status:429", "count": 1, "retry_after": 90 });
    app.world.order(order).await;
    let first = app.write("client-01", "sms", "+14155550001", "Hello").await;
    app.send_once().await;
    let second = app.write("client-02", "sms", "+14155550002", "Hello").await;
    app.advance(85 * SECOND).await;
    for message in [&first, &second] {
        assert_eq!(app.message(&message["id"]).await["status"], "queued");
    }
    assert_eq!(sender(&app).await["resting"], Value::Null, "it answers: it is only too fast");
    app.advance(7 * SECOND).await;
    assert_eq!(app.statuses().await, ["sent", "sent"]);
    assert_eq!(app.world.taken("sms").await, 2);
}

async fn a_sender_that_is_tested_and_answers_rests_no_longer(app: TestApp) {
    let crowd = app.crowd(8).await;
    down(&app, "status:503").await;
    app.campaign(one_text(), &crowd).await;
    app.run_due().await;
    assert_eq!(sender(&app).await["resting"]["state"], "resting");
    app.world.clear_faults().await;
    let check = app.admin.post(&format!("/api/senders/{}/check", app.sms_sender), json!({})).await;
    assert_eq!(check["ok"], true, "{check}");
    assert_eq!(sender(&app).await["resting"], Value::Null);
    app.live(MINUTE, 10 * SECOND).await;
    assert_eq!(app.statuses().await, vec!["sent"; 8]);
}
