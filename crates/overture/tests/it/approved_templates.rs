//! WhatsApp's templates: read from the account page by page, offered and taken only where they are approved, and what
//! waits for one that no longer is.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    templates_are_read_and_only_what_is_approved_is_taken,
    a_template_that_may_no_longer_be_sent_holds_its_messages_and_lets_them_go,
}

const OURS: &str = "+12025550181";
const ADA: &str = "+14155550123";

async fn add_sender(app: &TestApp) -> String {
    let new = json!({ "provider": "whatsapp", "name": "Nora", "address": OURS });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

async fn read(app: &TestApp) {
    while overture::approved::run(app.app.clone()).await.unwrap() {}
}

async fn write(app: &TestApp, n: usize, template: Value) -> Answer {
    let body = json!({
        "client_id": format!("client-{n:04}"), "channel": "whatsapp", "to": ADA, "text": "Hello Ada", "template": template,
    });
    app.admin.call("POST", "/api/messages", &body).await
}

fn welcome() -> Value {
    json!({ "name": "welcome", "language": "en_US", "values": ["Ada"] })
}

/// Meta tells where a template stands.
async fn meta_says(app: &TestApp, event: &str, reason: &str, time: i64) {
    let value = json!({
        "event": event, "message_template_id": 1, "message_template_name": "welcome",
        "message_template_language": "en_US", "reason": reason,
    });
    let change = json!({ "field": "message_template_status_update", "value": value });
    let entry = json!({ "id": OURS.trim_start_matches('+'), "time": time, "changes": [change] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [entry] });
    // Without naming the sender: the account says whose it is.
    let post = Post::meta("/webhooks/whatsapp", body.to_string());
    assert_eq!(post.to(&Client::anonymous(&app.app)).await.status, 200);
    app.run_due().await;
}

async fn templates_are_read_and_only_what_is_approved_is_taken(app: TestApp) {
    let sender = add_sender(&app).await;
    // Nothing is known yet, so nothing is said against any.
    assert_eq!(write(&app, 1, welcome()).await.status, 200);
    read(&app).await;
    let all = app.admin.get("/api/senders/templates").await;
    let names: Vec<String> = all["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| {
            format!(
                "{} {} {} {}",
                t["name"].as_str().unwrap(),
                t["language"].as_str().unwrap(),
                t["standing"].as_str().unwrap(),
                t["usable"]
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            "autumn_news en_US pending false",
            "hello_world en_US approved true",
            "offer_ready en_US approved true",
            "welcome de approved true",
            "welcome en_US approved true",
            "win_a_car en_US rejected false",
        ]
    );
    assert_eq!(all["data"][5]["reason"], "PROMOTIONAL");
    assert_eq!(all["data"][2]["layout"]["places"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&all["accounts"][0]["sender_id"], &all["accounts"][0]["problem"]),
        (&json!(sender), &json!(null))
    );
    assert!(all["accounts"][0]["synced_at"].is_string());
    let offer = |values: &[&str]| json!({ "name": "offer_ready", "language": "en_US", "values": values });
    for (template, why) in [
        (json!({ "name": "autumn_news", "language": "en_US", "values": ["Ada"] }), "not approved it yet"),
        (json!({ "name": "win_a_car", "language": "en_US", "values": ["Ada"] }), "rejected it: PROMOTIONAL"),
        (json!({ "name": "nothing", "language": "en_US" }), "has no template nothing"),
        (json!({ "name": "offer_ready", "language": "de" }), "there is one in en_US"),
        (json!({ "name": "welcome", "language": "en_US" }), "no value is given"),
        (offer(&["Ada", "Ada", "Friday"]), "3 values are given"),
        (offer(&["Ada", "Ada", "Fri\nday", "x"]), "line break"),
        (offer(&["Ada", "Ada", "Friday", "a b"]), "part of a link"),
    ] {
        let refused = write(&app, 2, template.clone()).await;
        assert_eq!(refused.brief(), "422 4001", "{template}");
        assert!(
            refused.json()["error"]["message"].as_str().unwrap().contains(why),
            "{template}: {}",
            refused.json()
        );
    }
    // The stand-in refuses what does not come part by part.
    let mut given = offer(&["Ada", "Ada", "Friday", "lamp-7"]);
    given["places"] = json!([{ "part": "body" }, { "part": "body" }, { "part": "body" }, { "part": "body" }]);
    assert_eq!(write(&app, 3, given).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.taken("whatsapp").await, 2, "{:#?}", app.sent().await);
    // A campaign's step is held to the same.
    let problems = async |template: Value| {
        let config = json!({ "body": "Hello", "template": template });
        let step =
            json!({ "key": "a", "type": "whatsapp_send", "name": "a", "config": config, "x": 0, "y": 0 });
        app.admin.post("/api/funnels/validate", json!({ "graph": chain(vec![step]) })).await.to_string()
    };
    assert!(
        problems(json!({ "name": "win_a_car", "language": "en_US", "values": ["{{ contact.first_name }}"] }))
            .await
            .contains("whatsapp.template_refused")
    );
    assert!(
        problems(json!({ "name": "welcome", "language": "en_US", "values": [] }))
            .await
            .contains("whatsapp.template_values")
    );
    let fits = problems(json!({ "name": "welcome", "language": "en_US", "values": ["{{ contact.first_name | default(\"there\") }}"] })).await;
    assert!(!fits.contains("whatsapp.template"), "{fits}");
    // By button a change is seen at once; one that is gone is gone.
    app.world.template(OURS, "hello_world", "DELETED", None).await;
    let synced = app.admin.post(&format!("/api/senders/{sender}/templates/sync"), json!({})).await;
    assert_eq!(synced["data"].as_array().unwrap().len(), 5);
    let refused =
        app.admin.call("POST", &format!("/api/senders/{}/templates/sync", app.sms_sender), &json!({})).await;
    assert_eq!(refused.brief(), "422 4001");
}

async fn a_template_that_may_no_longer_be_sent_holds_its_messages_and_lets_them_go(app: TestApp) {
    let sender = add_sender(&app).await;
    read(&app).await;
    let path = format!("/api/senders/{sender}");
    app.admin.patch(&path, json!({ "status": "paused" })).await;
    assert_eq!(write(&app, 1, welcome()).await.status, 200);
    app.world.template(OURS, "welcome", "PAUSED", None).await;
    meta_says(&app, "PAUSED", "NONE", 1).await;
    app.admin.patch(&path, json!({ "status": "active" })).await;
    app.run_due().await;
    let held = app.message(&app.only().await["id"]).await;
    assert_eq!(
        (&held["status"], &held["why"]["code"]),
        (&json!("queued"), &json!("template.blocked")),
        "{held:#}"
    );
    assert!(held["why"]["text"].as_str().unwrap().contains("WhatsApp paused it"), "{held:#}");
    app.clock.advance(20 * MINUTE);
    app.run_due().await;
    assert_eq!(app.world.taken("whatsapp").await, 0);
    // It is read again on the news, and by itself after that; news that came too late change nothing for long.
    read(&app).await;
    assert_eq!(app.admin.get("/api/senders/templates").await["data"][4]["standing"], "paused");
    meta_says(&app, "APPROVED", "NONE", 0).await;
    read(&app).await;
    assert_eq!(app.admin.get("/api/senders/templates").await["data"][4]["standing"], "paused");
    // It may be sent again: at once, not when the quarter of an hour is over.
    app.world.template(OURS, "welcome", "APPROVED", None).await;
    meta_says(&app, "APPROVED", "NONE", 2).await;
    assert_eq!((app.world.taken("whatsapp").await, &app.only().await["status"]), (1, &json!("sent")));
    // Nobody told of a pause: WhatsApp refuses the message, which waits, and its sender goes on.
    read(&app).await;
    app.world.template(OURS, "welcome", "PAUSED", None).await;
    assert_eq!(write(&app, 2, welcome()).await.status, 200);
    app.run_due().await;
    let held = app.sent().await.pop().unwrap();
    let held = app.message(&held["id"]).await;
    assert_eq!(
        (&held["status"], &held["why"]["code"]),
        (&json!("queued"), &json!("template.blocked")),
        "{held:#}"
    );
    let senders = app.admin.get("/api/senders").await;
    assert!(senders["data"].as_array().unwrap().iter().all(|s| s["status"] == "active"), "{senders:#}");
    assert_eq!(app.world.taken("whatsapp").await, 1);
}
