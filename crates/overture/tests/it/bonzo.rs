//! Texts through Bonzo from end to end: the prospect, the opt-in, the hook that nobody can guess, who wants no more.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_text_makes_a_prospect_and_says_who_has_agreed,
    a_hook_brings_answers_and_opt_outs_and_only_with_its_token,
    every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice,
}

const OURS: &str = "+12025550177";
const ADA: &str = "+14155550123";

async fn add_sender(app: &TestApp) -> String {
    let new = json!({ "provider": "bonzo", "name": "Nora", "address": OURS });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

async fn write(app: &TestApp, sender: &str, n: usize, contact: &str) -> Answer {
    let body = json!({ "client_id": format!("client-{n:04}"), "channel": "sms", "sender_id": sender, "contact_id": contact,
                       "text": format!("Hello {n}") });
    app.admin.call("POST", "/api/messages", &body).await
}

async fn ada(app: &TestApp) -> String {
    app.contact(json!({ "first_name": "Ada", "email": "ada@people.example", "phone": ADA })).await
}

async fn hook(app: &TestApp, sender: &str, event: &Value) -> Post {
    let secret = app.admin.get(&format!("/api/senders/{sender}/webhook-secret")).await;
    let path = format!("/api/bonzo/inbound?sender={sender}&token={}", secret["secret"].as_str().unwrap());
    Post {
        path,
        headers: vec![("content-type", "application/json".into())],
        body: event.to_string().into_bytes(),
    }
}

fn says(id: u64, text: &str) -> Value {
    json!({ "event": "messages.received", "message": { "id": id, "body": text },
            "prospect": { "id": 7, "first_name": "Ada", "phone": ADA, "dnc": false } })
}

async fn a_text_makes_a_prospect_and_says_who_has_agreed(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = ada(&app).await;
    assert_eq!(write(&app, &sender, 1, &ada).await.status, 200);
    app.run_due().await;
    let sent = app.only().await;
    assert_eq!(sent["status"], "sent");
    assert!(sent["provider_message_id"].as_str().unwrap().starts_with("prospect:14155550123:"), "{sent:#}");
    assert_eq!((app.world.taken("sms").await, app.world.opted_in().await), (1, 0));
    let consent = json!({ "channel": "sms", "state": "given", "source": "Form" });
    app.admin.post(&format!("/api/contacts/{ada}/consents"), consent).await;
    assert_eq!(write(&app, &sender, 2, &ada).await.status, 200);
    app.run_due().await;
    assert_eq!((app.world.taken("sms").await, app.world.opted_in().await), (2, 1));
    let report = app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
    assert_eq!((&report["ok"], &report["parts"][0]["what"]), (&json!(true), &json!("sandbox")));
}

async fn a_hook_brings_answers_and_opt_outs_and_only_with_its_token(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = ada(&app).await;
    write(&app, &sender, 1, &ada).await;
    app.run_due().await;
    let genuine = hook(&app, &sender, &says(9, "Yes please")).await;
    let anyone = Client::anonymous(&app.app);
    let twilio = app.sms_sender.as_str();
    for path in [
        "/api/bonzo/inbound".to_owned(),
        format!("/api/bonzo/inbound?sender={sender}"),
        format!("/api/bonzo/inbound?sender={sender}&token="),
        genuine.path.replace("token=", "token=x"),
        genuine.path.replace(sender.as_str(), twilio),
    ] {
        let answer = Post { path, ..genuine.clone() }.to(&anyone).await;
        assert_eq!(answer.brief(), "401 1006");
    }
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    for _ in 0..3 {
        app.deliver(genuine.clone()).await;
    }
    let received = app.received().await;
    assert_eq!((received.len(), &received[0]["text"]), (1, &json!("Yes please")));
    assert_eq!(
        received[0]["conversation_id"],
        app.only().await["conversation_id"],
        "in the thread that it answers"
    );
    // They want no more, as Bonzo knows.
    let out = json!({ "event": "prospects.updated", "prospect": { "id": 7, "phone": ADA, "dnc": true } });
    app.deliver(hook(&app, &sender, &out).await).await;
    let listed = app.admin.get("/api/suppressions").await;
    assert_eq!(
        (&listed["data"][0]["channel"], &listed["data"][0]["sender_id"]),
        (&json!("sms"), &json!(sender))
    );
    for body in [&b""[..], b"[]", b"{}", b"\xff\xfe", &[b'['; 4096]] {
        let broken = Post { body: body.to_vec(), ..genuine.clone() };
        assert_eq!(broken.to(&anyone).await.status, 200);
    }
    app.run_due().await;
    assert_eq!(app.dead_letters().await.len(), 5);
}

async fn every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = ada(&app).await;
    let table = [
        ("status:401", "queued", "sent", 1),
        ("status:403", "queued", "sent", 1),
        ("status:404", "queued", "sent", 1),
        ("status:429", "queued", "sent", 1),
        ("status:422", "failed", "failed", 0),
        ("status:500", "uncertain", "uncertain", 0),
        ("status:503", "uncertain", "uncertain", 0),
        ("html", "uncertain", "uncertain", 0),
        ("empty", "uncertain", "uncertain", 0),
        ("malformed", "uncertain", "uncertain", 0),
        ("reset", "uncertain", "uncertain", 0),
        ("timeout", "uncertain", "uncertain", 0),
        ("accept_then_500", "uncertain", "uncertain", 1),
        ("accept_then_garbage", "uncertain", "uncertain", 1),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (n, (fault, first, last, arrives)) in table.iter().enumerate() {
        app.world.fault("bonzo", fault, 1).await;
        let message = write(&app, &sender, n, &ada).await.json()["id"].clone();
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
        app.run_due().await;
        app.advance(2 * MINUTE).await;
        let now = app.message(&message).await;
        taken += arrives;
        let counted = app.world.taken("sms").await;
        if (then.as_str(), now["status"].as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!("{fault}: {then}, then {}, {counted} taken", now["status"]));
        }
        if *last == "uncertain" && now["needs_decision"] != true {
            wrong.push(format!("{fault}: it does not wait for a person"));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
