//! Live, a provider is called no faster than it allows, and one that has enough is left alone by every sender of its
//! account, on every node.

use crate::kit::*;
use overture::http::exchange::Exchange;
use serde_json::{Value, json};

both! {
    live_a_provider_that_has_enough_is_left_alone_by_all_senders_of_its_account,
    what_a_provider_told_one_node_the_other_hears,
}

/// A number of the stand-in's Twilio account, which is that of the workspace here.
async fn number(app: &TestApp, address: &str) -> String {
    let account = json!({
        "account_sid": sandbox::Options::ACCOUNT_SID, "auth_token": sandbox::Options::AUTH_TOKEN,
        "base_url": app.world.sandbox.http_url(),
    });
    let new = json!({ "provider": "twilio", "name": "Texts", "address": address, "credentials": account });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

async fn live(app: &TestApp) -> [String; 2] {
    let numbers = [number(app, "+12025550188").await, number(app, "+12025550189").await];
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    numbers
}

async fn text(app: &TestApp, sender: &str, number: u32) -> Value {
    let text = json!({
        "client_id": format!("client-{number:02}"), "channel": "sms", "sender_id": sender,
        "to": format!("+1415555{number:04}"), "text": "Hello",
    });
    let written = app.admin.post("/api/messages", text).await;
    app.send_once().await;
    app.message(&written["id"]).await
}

async fn enough(app: &TestApp) {
    let order = json!({ "provider": "twilio", "kind": "status:429", "count": 1, "retry_after": 90 });
    app.world.order(order).await;
}

async fn pace(app: &TestApp, sender: &str) -> Value {
    let all = app.admin.get("/api/senders").await;
    all["data"].as_array().unwrap().iter().find(|s| s["id"] == sender).unwrap()["pace"].clone()
}

async fn live_a_provider_that_has_enough_is_left_alone_by_all_senders_of_its_account(app: TestApp) {
    let [first, second] = live(&app).await;
    enough(&app).await;
    assert_eq!(pace(&app, &second).await["wait_ms"], 0);
    let refused = text(&app, &first, 1).await;
    assert_eq!((&refused["status"], &refused["attempt"]), (&json!("queued"), &json!(1)), "{refused}");
    // Nothing of the account is tried: not by the other number, and not when the first one's time has come, which on
    // the clock of the provider it has not.
    let waiting = text(&app, &second, 2).await;
    assert_eq!(waiting["status"], "queued", "{waiting}");
    app.advance(100 * SECOND).await;
    assert_eq!((app.statuses().await, app.world.taken("sms").await), (vec!["queued".to_owned(); 2], 0));
    assert_eq!(app.world.fired().await["status:429"], 1);
    let shown = pace(&app, &second).await;
    assert!(shown["wait_ms"].as_u64().is_some_and(|ms| (50_000..=90_000).contains(&ms)), "{shown}");
    assert_eq!((&shown["per_second"], &shown["shared_by"]), (&json!(100.0), &json!("the Twilio account")));
    let bearer = format!("Bearer {METRICS_TOKEN}");
    let page =
        Client::anonymous(&app.app).raw("GET", "/metrics", &[("authorization", bearer.as_str())], "").await;
    let page = String::from_utf8(page.bytes.to_vec()).unwrap();
    assert!(
        page.contains("overture_provider_calls_total{provider=\"twilio\",outcome=\"refused\"} 1"),
        "{page}"
    );
    assert!(page.contains("overture_provider_full{provider=\"twilio\"} 1"), "{page}");
    // In sandbox mode the stand-in takes whatever comes.
    app.admin.post("/api/settings/send-mode", json!({ "mode": "sandbox" })).await;
    app.advance(100 * SECOND).await;
    assert_eq!((app.statuses().await, app.world.taken("sms").await), (vec!["sent".to_owned(); 2], 2));
}

async fn what_a_provider_told_one_node_the_other_hears(app: TestApp) {
    let Some(redis) = Redis::start() else { return };
    let (a, b) = (app.node_sharing(&redis, FREE).await, app.node_sharing(&redis, FREE).await);
    let mut ends = [&a, &b].map(|node| Exchange::new(node.app.clone(), &redis.address()));
    let [first, second] = live(&a).await;
    assert_eq!(text(&b, &second, 1).await["status"], "sent");
    enough(&a).await;
    assert_eq!(text(&a, &first, 2).await["status"], "queued");
    for _ in 0..2 {
        for end in &mut ends {
            end.once().await.unwrap();
        }
    }
    assert_eq!(text(&b, &second, 3).await["status"], "queued");
    let shown = pace(&b, &second).await;
    assert!(shown["wait_ms"].as_u64().is_some_and(|ms| (50_000..=90_000).contains(&ms)), "{shown}");
    assert_eq!((&app.world.fired().await["status:429"], app.world.taken("sms").await), (&json!(1), 1));
}
