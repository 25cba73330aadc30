//! Messages leave, once, whatever the provider and other nodes do.

use crate::kit::*;
use domain::Channel;
use overture::engagement;
use serde_json::{Value, json};
use std::collections::HashMap;

both! {
    two_nodes_keep_a_daily_cap_to_the_message_and_go_on_the_next_day,
    two_nodes_keep_the_pace_of_a_sender,
    after_a_suppression_no_message_to_that_address_begins,
    stop_counts_for_one_number_until_start_and_only_as_the_whole_text,
    only_a_post_to_a_genuine_link_unsubscribes,
    every_answer_of_twilio_has_its_status_and_no_text_is_taken_twice,
    every_fault_of_a_mail_server_has_its_status_and_no_mail_is_taken_twice,
    one_client_id_is_one_message,
}

async fn two_nodes_keep_a_daily_cap_to_the_message_and_go_on_the_next_day(app: TestApp) {
    let crowd = app.crowd(25).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "daily_cap": 10 })).await;
    app.campaign(one_text(), &crowd).await;
    let other = app.node().await;
    for day in [10, 20, 25] {
        tokio::join!(app.run_due(), other.run_due());
        tokio::join!(other.run_due(), app.run_due());
        assert_eq!(app.world.taken("sms").await, day);
        if let Some(waiting) = app.sent().await.iter().find(|m| m["status"] == "queued") {
            assert_eq!(waiting["why"]["code"], "sender.daily_cap", "{waiting}");
        }
        // To the next midnight.
        app.clock.advance(if day == 10 { 14 * HOUR } else { DAY });
    }
    assert_eq!(app.statuses().await, vec!["sent"; 25]);
}

async fn two_nodes_keep_the_pace_of_a_sender(app: TestApp) {
    let crowd = app.crowd(30).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "rate_per_minute": 60 })).await;
    app.campaign(one_text(), &crowd).await;
    let other = app.node().await;
    for _ in 0..20 {
        tokio::join!(app.run_due(), other.run_due());
        app.clock.advance(SECOND / 2);
    }
    // Ten seconds at one a second, and the second that a dispatcher may have looked away.
    let taken = app.world.taken("sms").await;
    assert!((9..=12).contains(&taken), "{taken}");
    let waiting = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    assert!(matches!(waiting["why"]["code"].as_str(), None | Some("sender.rate")), "{waiting}");
}

async fn after_a_suppression_no_message_to_that_address_begins(app: TestApp) {
    let crowd = app.crowd(120).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "rate_per_minute": 6000 })).await;
    app.world.order(json!({ "provider": "twilio", "kind": "slow", "delay_ms": 15 })).await;
    app.campaign(one_text(), &crowd).await;
    let other = app.node().await;
    let sending = async {
        for _ in 0..40 {
            app.clock.advance(25);
            tokio::join!(app.send_once(), other.send_once());
        }
    };
    let suppressing = async {
        let mut since = HashMap::new();
        for n in 100..120 {
            let to = format!("+1415555{n:04}");
            let done = app.admin.post("/api/suppressions", json!({ "channel": "sms", "value": to })).await;
            if done["in_flight"] == 0 {
                since.insert(to, overture::clock::real_ms());
            }
        }
        since
    };
    let (since, ()) = tokio::join!(suppressing, sending);
    app.run_due().await;
    let times = app.world.times("sms").await;
    for message in app.sent().await {
        let Some(since) = since.get(message["to_address"].as_str().unwrap()) else { continue };
        match times.get(message["id"].as_str().unwrap()) {
            Some(at) => assert!(at <= since, "{} ms after the suppression: {message}", at - since),
            None => assert_eq!(message["status"], "suppressed", "{message}"),
        }
    }
    app.world.taken("sms").await;
}

async fn stop_counts_for_one_number_until_start_and_only_as_the_whole_text(app: TestApp) {
    let second = add_sender(&app.app, &app.scope, Channel::Sms, "+12025550199").await;
    let from = |sender: &domain::ids::SenderId, id: &str| json!({ "client_id": id, "channel": "sms", "sender_id": sender, "to": ANN, "text": format!("Text {id}") });
    let send = async |sender: &domain::ids::SenderId, id: &str| {
        let message = app.admin.post("/api/messages", from(sender, id)).await;
        app.run_due().await;
        app.message(&message["id"]).await["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(send(&app.sms_sender, "client-1").await, "sent");
    assert_eq!(send(&second, "client-2").await, "sent");
    app.deliver(Post::text("SM1", ANN, "Please stop by on Monday")).await;
    assert_eq!(send(&app.sms_sender, "client-3").await, "sent");
    app.deliver(Post::text("SM2", ANN, " Stop. ")).await;
    assert_eq!(send(&app.sms_sender, "client-4").await, "suppressed");
    assert_eq!(send(&second, "client-5").await, "sent");
    app.deliver(Post::text("SM3", ANN, "start on Monday")).await;
    assert_eq!(send(&app.sms_sender, "client-6").await, "suppressed");
    app.deliver(Post::text("SM4", ANN, "START")).await;
    assert_eq!(send(&app.sms_sender, "client-7").await, "sent");
    assert_eq!(app.world.taken("sms").await, 5);
}

async fn only_a_post_to_a_genuine_link_unsubscribes(app: TestApp) {
    let ann = app.ann().await;
    app.campaign(
        chain(vec![email("E1", "Hello", "Hi"), wait("W1", HOUR), email("E2", "Again", "Hi")]),
        &[ann],
    )
    .await;
    app.run_due().await;
    let id = app.only().await["id"].as_str().unwrap().parse().unwrap();
    let url = engagement::unsubscribe_url(&app.app, &id);
    let path = url.strip_prefix(PUBLIC_URL).unwrap();
    let scanner = Client::anonymous(&app.app);
    for method in ["GET", "HEAD"] {
        assert_eq!(scanner.raw(method, path, &[], "").await.status, 200);
    }
    let letter = app.world.letters("email").await.remove(0);
    assert!(letter["headers"].to_string().contains("List-Unsubscribe=One-Click"), "{}", letter["headers"]);
    assert!(letter["headers"].to_string().contains(&url), "{}", letter["headers"]);

    let (head, signature) = path.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let opening =
        letter["html"].as_str().unwrap().split("/t/o/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for token in [forged, format!("/u/{opening}"), "/u/x".to_owned(), "/u/msg_1.".to_owned()] {
        for method in ["GET", "POST"] {
            scanner.raw(method, &token, &[], "").await.assert_error_shape(&token);
        }
    }
    assert_eq!(app.admin.get("/api/suppressions").await["data"], json!([]));

    let form = [("content-type", "application/x-www-form-urlencoded")];
    for _ in 0..2 {
        assert_eq!(scanner.raw("POST", path, &form, "List-Unsubscribe=One-Click").await.status, 200);
    }
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(suppressed["data"].as_array().unwrap().len(), 1);
    assert_eq!(suppressed["data"][0]["value"], "ann@people.example");
    app.advance(DAY).await;
    assert_eq!(app.world.taken("email").await, 1);
}

/// What one message came to: its status after the first attempt, its status in the end.
async fn outcome(app: &TestApp, n: usize, channel: &str, to: &str) -> (String, Value) {
    let message = app.write(&format!("client-{n}"), channel, to, &format!("Text number {n}")).await;
    app.send_once().await;
    let first = app.message(&message["id"]).await["status"].as_str().unwrap().to_owned();
    app.run_due().await;
    app.advance(10 * MINUTE).await;
    (first, app.message(&message["id"]).await)
}

async fn every_answer_of_twilio_has_its_status_and_no_text_is_taken_twice(app: TestApp) {
    let table = [
        ("status:429", "queued", "sent"),
        ("status:500", "uncertain", "sent"),
        ("code:21610", "failed", "failed"),
        ("html", "uncertain", "sent"),
        ("empty", "uncertain", "sent"),
        ("malformed", "uncertain", "sent"),
        ("reset", "uncertain", "sent"),
        ("timeout", "uncertain", "sent"),
        ("accept_then_500", "uncertain", "sent"),
        ("accept_then_reset", "uncertain", "sent"),
        ("accept_then_garbage", "uncertain", "sent"),
        ("accept_then_hang", "uncertain", "sent"),
    ];
    let mut wrong = Vec::new();
    for (n, (fault, first, last)) in table.iter().enumerate() {
        app.world.fault("twilio", fault, 1).await;
        let (then, now) = outcome(&app, n, "sms", &format!("+1415555{n:04}")).await;
        if (then.as_str(), now["status"].as_str().unwrap()) != (*first, *last) {
            wrong.push(format!("{fault}: {then}, then {now}"));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(app.world.taken("sms").await, table.len() as u64 - 1);
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(suppressed["data"][0]["value"], "+14155550002");
    assert_eq!(suppressed["data"].as_array().unwrap().len(), 1);
}

async fn every_fault_of_a_mail_server_has_its_status_and_no_mail_is_taken_twice(app: TestApp) {
    let table = [
        ("greet_hang", "queued", "sent", 1),
        ("smtp:421", "queued", "sent", 1),
        ("smtp:450", "queued", "sent", 1),
        ("smtp:550", "failed", "failed", 0),
        ("close_after_data", "uncertain", "uncertain", 1),
        ("drop_before_reply", "uncertain", "uncertain", 0),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    let mut doubtful = Vec::new();
    for (n, (fault, first, last, arrives)) in table.iter().enumerate() {
        // A node of its own, so that no connection is open already.
        let node = app.node().await;
        app.world.fault("smtp", fault, 1).await;
        let (then, now) = outcome(&node, n, "email", &format!("p{n}@people.example")).await;
        taken += arrives;
        let arrived = app.world.taken("email").await;
        if (then.as_str(), now["status"].as_str().unwrap(), arrived) != (*first, *last, taken) {
            wrong.push(format!("{fault}: {then}, then {arrived} taken, {now}"));
        }
        if *last == "uncertain" {
            assert_eq!(now["needs_decision"], true, "{now}");
            doubtful.push(now["id"].clone());
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(suppressed["data"][0]["value"], "p3@people.example");
    for (id, decision) in doubtful.iter().zip(["sent", "resend"]) {
        app.admin
            .post(&format!("/api/messages/{}/decide", id.as_str().unwrap()), json!({ "decision": decision }))
            .await;
        app.run_due().await;
        assert_eq!(app.message(id).await["status"], "sent");
    }
    assert_eq!(app.world.taken("email").await, taken + 1);
}

async fn one_client_id_is_one_message(app: TestApp) {
    let first = app.write("double-click", "sms", ANN, "Hello").await;
    let again = app.write("double-click", "sms", ANN, "Hello").await;
    assert_eq!(first["id"], again["id"]);
    let other = json!({ "client_id": "double-click", "channel": "sms", "to": ANN, "text": "Bye" });
    assert_eq!(app.admin.call("POST", "/api/messages", &other).await.brief(), "409 4003");

    let clicks = (0..50).map(|_| app.write("fifty-clicks", "email", "ann@people.example", "Hello"));
    let ids: std::collections::HashSet<String> =
        futures::future::join_all(clicks).await.iter().map(|m| m["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    app.run_due().await;
    assert_eq!(app.statuses().await, ["sent", "sent"]);
    assert_eq!((app.world.taken("sms").await, app.world.taken("email").await), (1, 1));
}
