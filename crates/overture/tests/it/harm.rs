//! Complaints and opt-outs (RFC 5965), and the thresholds at which a campaign and a sender pause by themselves.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_complaint_suppresses_counts_once_and_pauses_campaign_and_sender,
    whoever_lets_it_go_on_begins_a_fresh_sample_and_thresholds_have_bounds,
}

/// What a mailbox provider passes on about a message of ours.
fn report(id: &str, kind: &str) -> String {
    let to = our_email(1).replace('@', &format!("+b-{id}@"));
    format!(
        "From: fbl@mailbox.example\r\nTo: {to}\r\nSubject: FW: Hello\r\nMessage-ID: <{id}.{kind}@mailbox.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nAn abuse report.\r\n\
         --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: {kind}\r\nVersion: 1\r\n\r\n--b--\r\n"
    )
}

async fn reported(app: &TestApp, id: &str, kind: &str) {
    app.deliver(Post::mail(app.email_sender.as_str(), report(id, kind))).await;
}

async fn sender(app: &TestApp) -> Value {
    let all = app.admin.get("/api/senders").await;
    all["data"].as_array().unwrap().iter().find(|s| s["id"] == app.email_sender.as_str()).unwrap().clone()
}

fn count(health: &Value, harm: &str) -> i64 {
    let all = health["counts"].as_array().unwrap();
    all.iter().find(|count| count["harm"] == harm).unwrap()["messages"].as_i64().unwrap()
}

async fn a_complaint_suppresses_counts_once_and_pauses_campaign_and_sender(app: TestApp) {
    // 99 messages are too few to say anything.
    let crowd = app.crowd(100).await;
    let graph = || chain(vec![email("E1", "Hello", "Hi"), wait("W1", DAY), email("E2", "Again", "Hi")]);
    let campaign = app.campaign(graph(), &crowd[..99]).await;
    app.run_due().await;
    let path = format!("/api/campaigns/{campaign}");
    let ids: Vec<String> =
        app.sent().await.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect();
    reported(&app, &ids[0], "abuse").await;
    reported(&app, &ids[0], "fraud").await;
    reported(&app, &ids[1], "not-spam").await;
    let health = app.admin.get(&format!("{path}/health")).await;
    assert_eq!(
        (count(&health, "complained"), count(&health, "bounced"), &health["tried"]),
        (1, 0, &json!(99))
    );
    assert_eq!(health["messages"].as_array().unwrap().len(), 1, "{health}");
    assert_eq!(app.admin.get(&path).await["status"], "active");
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(suppressed["data"].as_array().unwrap().len(), 1, "{suppressed}");
    assert_eq!(app.received().await, Vec::<Value>::new(), "a report is no answer");
    let people = app.people(&campaign).await;
    let left: Vec<&Value> = people.iter().filter(|p| p["status"] == "exited").collect();
    assert_eq!((left.len(), &left[0]["reason"]), (1, &json!("opted_out")));
    let statuses = app.statuses().await;
    assert!(statuses.iter().all(|status| status == "sent"), "it arrived: nothing came back");

    let later = chain(vec![wait("W1", HOUR), email("E1", "Hello", "Hi")]);
    let other = app.campaign(later, &crowd[5..7]).await;
    // One more message, one more complaint: 2 of 100.
    let enroll = json!({ "audience": { "contact_ids": [crowd[99]] } });
    app.admin.post(&format!("{path}/people"), enroll).await;
    app.run_due().await;
    reported(&app, &ids[2], "abuse").await;
    let state = app.admin.get(&path).await;
    assert_eq!(state["status"], "paused");
    assert!(state["problem"].as_str().unwrap().contains("marked as spam, 2 of 100"), "{state}");
    let s = sender(&app).await;
    assert_eq!(
        (&s["status"], s["problem"].as_str().unwrap().contains("2 of 100")),
        (&json!("paused"), true),
        "{s}"
    );
    // Nothing more leaves, of this campaign or from this sender.
    let taken = app.world.taken("email").await;
    app.advance(DAY).await;
    assert_eq!(app.world.taken("email").await, taken);
    assert_eq!(app.people(&other).await[0]["why"]["code"], "sender.paused");
    // A report that names nothing of ours is kept for a person to look at.
    reported(&app, "msg_01jd0m5s7x8y9z0a1b2c3d4e5f", "abuse").await;
    assert_eq!(app.dead_letters().await.len(), 1);
    let rep = app.member("rep").await;
    assert_eq!(rep.call("GET", &format!("{path}/health"), &json!({})).await.status, 404);
}

async fn whoever_lets_it_go_on_begins_a_fresh_sample_and_thresholds_have_bounds(app: TestApp) {
    let settings = app.admin.get("/api/settings").await;
    let usual = settings["thresholds"].clone();
    assert_eq!(usual["complaints"], json!({ "most_per_10000": 30, "sample": 100 }));
    let with = |part: &str, most: i64, sample: i64| {
        let mut all = usual.clone();
        all[part] = json!({ "most_per_10000": most, "sample": sample });
        json!({ "thresholds": all })
    };
    for wrong in [with("bounces", 0, 50), with("complaints", 101, 100), with("opt_outs", 1_000, 1)] {
        let answer = app.admin.call("PATCH", "/api/settings", &wrong).await;
        assert_eq!(answer.json()["error"]["name"], "workspace.thresholds_invalid", "{wrong}");
    }
    // With a smaller sample, fewer bounces are enough.
    app.admin.patch("/api/settings", with("bounces", 1_000, 20)).await;
    let crowd = app.crowd(26).await;
    let campaign = app.campaign(chain(vec![sms("T1", "Hello"), wait("W1", DAY)]), &crowd[..20]).await;
    let path = format!("/api/campaigns/{campaign}");
    app.run_due().await;
    let three_come_back = async |people: &[String]| {
        app.world.fault("twilio", "code:21211", 3).await;
        app.admin.post(&format!("{path}/people"), json!({ "audience": { "contact_ids": people } })).await;
        app.run_due().await;
        app.admin.get(&path).await
    };
    let state = three_come_back(&crowd[20..23]).await;
    assert_eq!(state["status"], "paused", "{state}");
    let health = app.admin.get(&format!("{path}/health")).await;
    assert_eq!((count(&health, "bounced"), &health["tried"]), (3, &json!(23)), "{health}");
    assert_eq!(
        (&health["counts"][0]["is_passed"], health["messages"].as_array().unwrap().len()),
        (&json!(true), 3)
    );
    // Resumed: nothing of before counts, and three of three are too few to say anything.
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "status": "active" })).await;
    app.clock.advance(60_000);
    app.admin.post(&format!("{path}/resume"), json!({})).await;
    let health = app.admin.get(&format!("{path}/health")).await;
    assert_eq!(
        (count(&health, "bounced"), &health["tried"], &health["messages"]),
        (0, &json!(0), &json!([]))
    );
    let state = three_come_back(&crowd[23..]).await;
    assert_eq!((&state["status"], &state["problem"]), (&json!("active"), &Value::Null));
    let health = app.admin.get(&format!("{path}/health")).await;
    assert_eq!((count(&health, "bounced"), &health["tried"]), (3, &json!(3)), "{health}");
}
