//! Webhooks: what they are told, that they hear it, and what happens when they do not.

use crate::kit::*;
use domain::ids::WebhookId;
use overture::webhooks::call;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{delivery, webhook};

both! {
    what_happens_is_told_with_ids_alone_and_signed,
    everything_that_can_be_chosen_is_told,
    only_what_was_asked_for_is_told_and_nothing_while_it_is_off,
    a_fact_that_is_rolled_back_is_not_told,
    what_fails_is_told_again_under_the_same_id_until_it_is_heard,
    a_kill_between_answer_and_record_repeats_and_loses_nothing,
    who_answers_gone_or_fails_for_days_is_switched_off,
    what_failed_can_be_told_again,
    contents_are_told_only_to_who_asks_for_them,
    for_a_day_after_a_change_both_secrets_sign,
    a_webhook_shows_no_secret_and_takes_no_private_address,
    deliveries_are_forgotten_after_a_month,
}

fn id(value: &Value) -> WebhookId {
    serde_json::from_value(value["id"].clone()).unwrap()
}

async fn deliveries(app: &TestApp, hook: &Value) -> Vec<Value> {
    let path = format!("/api/webhooks/{}/deliveries", hook["id"].as_str().unwrap());
    app.admin.get(&path).await["data"].as_array().unwrap().clone()
}

/// The only delivery, with its tries.
async fn only(app: &TestApp, hook: &Value) -> Value {
    let all = deliveries(app, hook).await;
    assert_eq!(all.len(), 1, "{all:#?}");
    app.admin.get(&format!("/api/deliveries/{}", all[0]["id"].as_str().unwrap())).await
}

async fn test(app: &TestApp, hook: &Value) -> Value {
    let path = format!("/api/webhooks/{}/test", hook["id"].as_str().unwrap());
    let made = app.admin.post(&path, json!({})).await;
    app.tell().await;
    made
}

async fn look(app: &TestApp, hook: &Value) -> Value {
    app.admin.get(&format!("/api/webhooks/{}", hook["id"].as_str().unwrap())).await
}

async fn what_happens_is_told_with_ids_alone_and_signed(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["message.sent", "message.received"]).await;
    let ann = app.ann().await;
    let campaign = app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    app.deliver(Post::text("SM1", ANN, "Yes please")).await;
    app.tell().await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 2, "{heard:#?}");
    // They are told at the same time: either may be first.
    let of = |kind: &str| heard.iter().find(|h| h.body["type"] == kind).unwrap();
    let (sent, received) = (of("message.sent"), of("message.received"));
    let secret = hook["secret"].as_str().unwrap();
    for one in &heard {
        assert_eq!((one.signed_with(secret), one.signatures.len()), (1, 1));
        assert!((one.seconds - app.app.real_ms() / 1_000).abs() < 60, "{one:?}");
        assert!(!one.text.contains("Yes please") && !one.text.contains("4155550123"), "{}", one.text);
    }
    assert_eq!(sent.body["timestamp"], "2026-06-15T10:00:00.000Z");
    let data = &sent.body["data"];
    assert_eq!((&data["contact_id"], &data["campaign_id"]), (&json!(ann), &json!(campaign)), "{sent:?}");
    assert_eq!((&data["node_key"], &data["message_id"]), (&json!("T1"), &app.only().await["id"]));
    assert_eq!(received.body["data"]["contact_id"], json!(ann));
    let all = deliveries(&app, &hook).await;
    assert!(all.iter().all(|d| d["status"] == "delivered" && d["answered"] == 204), "{all:#?}");
    assert_eq!(all.iter().filter(|d| d["id"] == sent.id.as_str()).count(), 1);
}

/// What the recipient's server says of a mail that it cannot deliver.
fn bounce_of(mail: &Value) -> String {
    let to = our_email(1).replace('@', &format!("+b-{}@", mail["id"].as_str().unwrap()));
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: {to}\r\nSubject: Undelivered\r\nMessage-ID: <dsn@mx.example>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; bob@people.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
    )
}

async fn everything_that_can_be_chosen_is_told(app: TestApp) {
    let receiver = Receiver::start().await;
    let all = app.admin.get("/api/webhooks").await["kinds"].clone();
    let all: Vec<&str> = all.as_array().unwrap().iter().map(|k| k["kind"].as_str().unwrap()).collect();
    app.webhook(&receiver, &all).await;
    let tx = app.app.db.begin().await.unwrap();
    let import = store::new_id(domain::ids::ImportId::from_uuid);
    let new = store::import::Upload { id: &import, file_name: "a.csv", bytes: 1, sniffed: "{}" };
    store::import::create(&tx, &app.scope, new, app.clock.now()).await.unwrap();
    store::import::finish(&tx, &app.scope, &import, "completed", None, app.clock.now()).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let ann = app.ann().await;
    let bob = app.contact(json!({ "email": "bob@people.example", "last_name": "B" })).await;
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let text = app.sent().await[0].clone();
    let (ours, sid) = (text["id"].as_str().unwrap(), text["provider_message_id"].as_str().unwrap());
    app.deliver(Post::status(sid, Some(ours), "delivered", None)).await;
    app.deliver(Post::status(sid, Some(ours), "read", None)).await;
    let slow = chain(vec![email("E1", "Hello", "See https://example.com/price"), wait("W1", HOUR)]);
    let second = app.campaign(slow, &[bob]).await;
    app.run_due().await;
    for (change, path) in [("pause", &second), ("resume", &second)] {
        app.admin.post(&format!("/api/campaigns/{path}/{change}"), json!({})).await;
    }
    let mail = app.sent().await.iter().find(|m| m["channel"] == "email").unwrap().clone();
    let seen = serde_json::from_value(mail["id"].clone()).unwrap();
    overture::engagement::note_opened(&app.app, &seen).await.unwrap();
    overture::engagement::note_clicked(&app.app, &seen, 0).await.unwrap();
    app.deliver(Post::mail(app.email_sender.as_str(), bounce_of(&mail))).await;
    app.deliver(Post::text("SM1", ANN, "STOP")).await;
    let thread = app.received().await[0]["conversation_id"].as_str().unwrap().to_owned();
    let cid = app.contact(json!({ "email": "cid@people.example" })).await;
    let merge = app.admin.post(&format!("/api/contacts/{ann}/merge"), json!({ "other_id": cid })).await;
    let undo = format!("/api/merges/{}/undo", merge["merge"]["id"].as_str().unwrap());
    app.admin.post(&undo, json!({})).await;
    for change in ["done", "reopen"] {
        app.admin.post(&format!("/api/conversations/{thread}/{change}"), json!({})).await;
    }
    app.admin.patch("/api/reply-times", crate::sla::day_and_night(1)).await;
    app.deliver(Post::text("SM2", "+14155550197", "Hello?")).await;
    app.advance(2 * MINUTE).await;
    app.world.fault("twilio", "accept_then_hang", 1).await;
    app.write("0196f0a1-0000-7000-8000-000000000001", "sms", "+14155550199", "one").await;
    app.send_once().await;
    app.world.fault("twilio", "code:21211", 1).await;
    app.write("0196f0a1-0000-7000-8000-000000000002", "sms", "+14155550198", "two").await;
    app.send_once().await;
    app.tell().await;
    let heard: BTreeSet<String> = receiver.kinds().into_iter().collect();
    assert_eq!(heard, all.iter().map(|kind| (*kind).to_owned()).collect());
}

async fn only_what_was_asked_for_is_told_and_nothing_while_it_is_off(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    let ann = app.ann().await;
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let (_, neighbour) = app.neighbour(2).await;
    neighbour.post("/api/contacts", json!({ "email": "eve@people.example" })).await;
    app.tell().await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 1, "{heard:#?}");
    assert_eq!(heard[0].body["data"]["contact_id"], json!(ann));
    app.admin.patch(&path, json!({ "active": false })).await;
    app.contact(json!({ "email": "bob@people.example" })).await;
    app.tell().await;
    assert_eq!(
        app.admin.call("POST", &format!("{path}/test"), &json!({})).await.brief(),
        "409 4002",
        "nobody is told while it is off"
    );
    app.admin.patch(&path, json!({ "active": true })).await;
    app.tell().await;
    assert!(receiver.heard().is_empty());
    app.contact(json!({ "email": "cid@people.example" })).await;
    app.tell().await;
    assert_eq!(receiver.kinds(), ["contact.created"]);
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    app.contact(json!({ "email": "dan@people.example" })).await;
    app.tell().await;
    assert!(receiver.heard().is_empty());
    assert_eq!(app.admin.call("GET", &path, &json!({})).await.brief(), "404 404");
}

async fn a_fact_that_is_rolled_back_is_not_told(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.suppressed"]).await;
    let suppress = async |commit: bool| {
        let tx = app.app.db.begin().await.unwrap();
        store::suppression::add(&tx, &app.scope, "email", "a@b.example", None, "r", "member", 1)
            .await
            .unwrap();
        if commit {
            app.app.commit(tx).await.unwrap();
        }
    };
    suppress(false).await;
    app.tell().await;
    assert!(deliveries(&app, &hook).await.is_empty());
    suppress(true).await;
    suppress(true).await;
    app.tell().await;
    assert_eq!(receiver.kinds(), ["contact.suppressed"], "once, for it was suppressed once");
}

async fn what_fails_is_told_again_under_the_same_id_until_it_is_heard(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    receiver.answer(&[500, 302, 404]);
    app.ann().await;
    app.tell().await;
    let first = receiver.heard().remove(0);
    for wait in [5 * SECOND, 5 * MINUTE] {
        app.clock.advance(wait * 8 / 10);
        app.tell().await;
        assert!(receiver.heard().is_empty(), "not before its time");
        app.clock.advance(wait * 4 / 10);
        app.tell().await;
        let again = receiver.heard();
        assert_eq!(again.len(), 1);
        assert_eq!((&again[0].id, &again[0].text), (&first.id, &first.text));
    }
    let shown = look(&app, &hook).await;
    assert_eq!((&shown["pending"], &shown["failed"], &shown["active"]), (&json!(1), &json!(0), &json!(true)));
    assert!(shown["failing_since"].is_string() && shown["problem"].is_null(), "{shown}");
    app.clock.advance(34 * MINUTE);
    app.tell().await;
    assert_eq!(receiver.heard().len(), 1);
    let done = only(&app, &hook).await;
    let tries: Vec<(i64, i64, &str, bool)> = done["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| {
            let number = |name: &str| a[name].as_i64().unwrap();
            (number("number"), number("answered"), a["answer"].as_str().unwrap(), a["problem"].is_string())
        })
        .collect();
    let expected =
        [(4, 204, "", false), (3, 404, "sorry: 404", true), (2, 302, "", true), (1, 500, "sorry: 500", true)];
    assert_eq!(tries, expected);
    assert_eq!(done["status"], "delivered");
    assert_eq!(done["request"], first.text.as_str());
    assert!(look(&app, &hook).await["failing_since"].is_null());
}

async fn a_kill_between_answer_and_record_repeats_and_loses_nothing(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    app.ann().await;
    let to = webhook::get(&app.app.db, &app.scope, &id(&hook)).await.unwrap();
    // A node with a lease that ends at once: it claims, is answered, and is killed before it writes that down.
    let due = delivery::claim(&app.app.db, &to.id, "killed", 0, 10, app.clock.now()).await.unwrap();
    let killed = call::deliver(&app.app, &to, due[0].clone()).await;
    assert_eq!((killed.problem.clone(), killed.answered), (None, Some(204)));
    let first = receiver.heard().remove(0);
    tick();
    app.tell().await;
    let again = receiver.heard();
    assert_eq!(again.len(), 1, "at least once");
    assert_eq!(
        (&again[0].id, &again[0].text),
        (&first.id, &first.text),
        "the receiver can tell that it is a repeat"
    );
    // Should it only have stood still, what it writes later changes nothing.
    let late = delivery::Outcome { problem: Some("late".into()), ..killed };
    delivery::record(&app.app.db, "killed", &to.id, &[late], app.clock.now()).await.unwrap();
    assert_eq!(only(&app, &hook).await["status"], "delivered");
    app.tell().await;
    assert!(receiver.heard().is_empty());
    // While a lease lasts nobody else takes it.
    app.contact(json!({ "email": "bob@people.example" })).await;
    let held = delivery::claim(&app.app.db, &to.id, "other", 60_000, 10, app.clock.now()).await.unwrap();
    assert_eq!(held.len(), 1);
    app.tell().await;
    assert!(receiver.heard().is_empty());
}

async fn who_answers_gone_or_fails_for_days_is_switched_off(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    receiver.answer(&[410]);
    test(&app, &hook).await;
    let off = look(&app, &hook).await;
    assert_eq!((&off["active"], &off["failed"]), (&json!(false), &json!(1)));
    assert!(off["problem"].as_str().unwrap().contains("410"), "{off}");
    let on = app.admin.patch(&path, json!({ "active": true })).await;
    assert_eq!(
        (&on["active"], &on["problem"], &on["failing_since"]),
        (&json!(true), &Value::Null, &Value::Null)
    );
    receiver.heard();
    receiver.answer(&[500; 400]);
    let mut tries = 0;
    for day in 0..6 {
        test(&app, &hook).await;
        for _ in 0..24 {
            app.clock.advance(HOUR);
            app.tell().await;
        }
        tries += receiver.heard().len();
        let expected = day < 5;
        assert_eq!(look(&app, &hook).await["active"], expected, "day {day}");
        if !expected {
            break;
        }
    }
    assert!(tries > 20, "{tries}");
    assert!(look(&app, &hook).await["problem"].as_str().unwrap().contains("five days"));
    let waiting = look(&app, &hook).await["pending"].as_i64().unwrap();
    assert!(waiting > 0);
    app.tell().await;
    assert!(receiver.heard().is_empty());
}

async fn what_failed_can_be_told_again(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    receiver.answer(&[500; 20]);
    app.ann().await;
    app.tell().await;
    app.clock.advance(HOUR);
    app.contact(json!({ "email": "bob@people.example" })).await;
    for _ in 0..90 {
        app.clock.advance(HOUR);
        app.tell().await;
    }
    let failed = app.admin.get(&format!("{path}/deliveries?status=failed")).await;
    assert_eq!(failed["data"].as_array().unwrap().len(), 2, "ten tries each: {failed:#}");
    assert_eq!(failed["data"][0]["attempt"], 10);
    assert_eq!(receiver.heard().len(), 20);
    let since = failed["data"][0]["created_at"].clone();
    let again = app.admin.post(&format!("{path}/recover"), json!({ "since": since })).await;
    assert_eq!(again["redelivered"], 1, "the older one is left alone");
    app.tell().await;
    assert_eq!(receiver.heard()[0].id, failed["data"][0]["id"]);
    let older = failed["data"][1]["id"].as_str().unwrap();
    app.admin.post(&format!("/api/deliveries/{older}/redeliver"), json!({})).await;
    app.tell().await;
    assert_eq!(receiver.heard()[0].id, older);
    assert!(deliveries(&app, &hook).await.iter().all(|d| d["status"] == "delivered" && d["attempt"] == 11));
    // One that was heard can be told once more as well.
    app.admin.post(&format!("/api/deliveries/{older}/redeliver"), json!({})).await;
    app.tell().await;
    assert_eq!(receiver.heard()[0].id, older);
}

async fn contents_are_told_only_to_who_asks_for_them(app: TestApp) {
    let receiver = Receiver::start().await;
    let new = json!({ "url": receiver.url, "kinds": ["message.received"], "include_content": true });
    app.admin.post("/api/webhooks", new).await;
    app.ann().await;
    app.deliver(Post::text("SM1", ANN, "Yes please")).await;
    app.tell().await;
    let content = receiver.heard().remove(0).body["data"]["content"].clone();
    assert_eq!((&content["text"], &content["from"]), (&json!("Yes please"), &json!(ANN)), "{content}");
    assert_eq!((&content["channel"], &content["direction"]), (&json!("sms"), &json!("in")));
}

async fn for_a_day_after_a_change_both_secrets_sign(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    let path = format!("/api/webhooks/{}/rotate", hook["id"].as_str().unwrap());
    let turned = app.admin.post(&path, json!({})).await;
    let (old, new) = (hook["secret"].as_str().unwrap(), turned["secret"].as_str().unwrap());
    assert_ne!(old, new);
    assert!(turned["old_secret_until"].is_string());
    test(&app, &hook).await;
    let heard = receiver.heard().remove(0);
    assert_eq!((heard.signed_with(old), heard.signed_with(new), heard.signatures.len()), (1, 1, 2));
    // The day is over.
    let stored = webhook::get(&app.app.db, &app.scope, &id(&hook)).await.unwrap();
    let tx = app.app.db.begin().await.unwrap();
    webhook::rotate(&tx, &app.scope, &id(&hook), &stored.secret, app.app.real_ms()).await.unwrap();
    app.app.commit(tx).await.unwrap();
    tick();
    test(&app, &hook).await;
    let heard = receiver.heard().remove(0);
    assert_eq!((heard.signed_with(old), heard.signed_with(new), heard.signatures.len()), (0, 1, 1));
}

async fn a_webhook_shows_no_secret_and_takes_no_private_address(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    let secret = hook["secret"].as_str().unwrap();
    for text in [
        app.admin.get("/api/webhooks").await.to_string(),
        look(&app, &hook).await.to_string(),
        app.admin.get("/api/audit").await.to_string(),
    ] {
        assert!(!text.contains(secret) && !text.contains("whsec_"), "{text}");
    }
    let refused = async |new: Value, field: &str| {
        let answer = app.admin.call("POST", "/api/webhooks", &new).await;
        assert_eq!(answer.brief(), "422 4001", "{new}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{new}");
    };
    let kinds = json!(["contact.created"]);
    for url in
        ["http://10.0.0.1/", "http://127.0.0.2:8080/", "ftp://example.com", "https://a:b@example.com/", ""]
    {
        refused(json!({ "url": url, "kinds": kinds }), "url").await;
    }
    refused(json!({ "url": "https://example.com", "kinds": [] }), "kinds").await;
    refused(json!({ "url": "https://example.com", "kinds": ["webhook.test"] }), "kinds").await;
    refused(
        json!({ "url": "https://example.com", "kinds": kinds, "description": "x".repeat(201) }),
        "description",
    )
    .await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    assert_eq!(
        app.admin.call("PATCH", &path, &json!({ "url": "http://169.254.169.254/" })).await.brief(),
        "422 4001"
    );
    for _ in 1..20 {
        app.webhook(&receiver, &["contact.created"]).await;
    }
    let one_more = json!({ "url": receiver.url, "kinds": kinds });
    assert_eq!(app.admin.call("POST", "/api/webhooks", &one_more).await.brief(), "409 4002");
}

async fn deliveries_are_forgotten_after_a_month(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    test(&app, &hook).await;
    app.clock.advance(20 * DAY);
    let kept = test(&app, &hook).await["id"].clone();
    app.clock.advance(11 * DAY);
    while overture::loops::upkeep::forget(app.app.clone()).await.unwrap() {}
    assert_eq!(only(&app, &hook).await["id"], kept);
}
