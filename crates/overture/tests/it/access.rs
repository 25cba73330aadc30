//! Access that ends by itself: it is renewed before it does, by one node, with tokens that nobody is shown, and where the
//! provider refuses, a person is asked and nothing is lost.

use crate::kit::*;
use overture::access;
use serde_json::{Value, json};

both! {
    an_access_is_renewed_before_it_ends_and_by_one_node,
    what_is_refused_is_shown_and_waits_for_new_tokens_and_then_leaves,
    a_provider_that_is_away_is_asked_again_and_new_tokens_are_not_overwritten,
}

const OURS: &str = "biz-123";

fn tokens(app: &TestApp, refresh_token: &str) -> Value {
    json!({
        "access_token": "an-old-token", "app_secret": sandbox::Options::TIKTOK_SECRET, "app_id": sandbox::Options::TIKTOK_APP,
        "refresh_token": refresh_token, "base_url": format!("{}/tiktok", app.world.sandbox.http_url()),
    })
}

/// A live account whose access token has ended, with what renews it.
async fn add_sender(app: &TestApp, refresh_token: &str) -> String {
    let new = json!({ "provider": "tiktok", "name": "Nordlys", "address": OURS, "credentials": tokens(app, refresh_token) });
    let made = app.admin.post("/api/senders", new).await;
    assert_eq!(made["access"]["state"], "renewing", "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn live(app: &TestApp) {
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
}

async fn shown(app: &TestApp, id: &str) -> Value {
    let all = app.admin.get("/api/senders").await;
    all["data"].as_array().unwrap().iter().find(|s| s["id"] == id).unwrap().clone()
}

async fn credentials(app: &TestApp, id: &str) -> Value {
    let sender = store::sender::get(&app.app.db, &app.scope, &id.parse().unwrap()).await.unwrap();
    overture::outside::stored(&app.app.keys, &sender).unwrap()
}

async fn works(app: &TestApp, id: &str) -> bool {
    app.admin.post(&format!("/api/senders/{id}/check"), json!({})).await["ok"] == true
}

async fn round(app: &TestApp) {
    while access::run(app.app.clone()).await.unwrap() {}
}

async fn fault(app: &TestApp, kind: &str) {
    app.world.order(json!({ "provider": "tiktok", "kind": kind, "on": "token", "count": 1 })).await;
}

async fn an_access_is_renewed_before_it_ends_and_by_one_node(app: TestApp) {
    let id = add_sender(&app, sandbox::Options::TIKTOK_REFRESH).await;
    // While nothing leaves for the world, nobody asks it either.
    round(&app).await;
    assert_eq!(credentials(&app, &id).await["access_token"], "an-old-token");
    live(&app).await;
    assert!(!works(&app, &id).await);
    // Whoever has taken it in hand has it alone until the lease ends.
    let (sender, now) = (id.parse().unwrap(), app.clock.now());
    let take =
        async || store::access::take(&app.app.db, &app.scope, &sender, (now, now + MINUTE)).await.unwrap();
    assert_eq!((take().await, take().await), (true, false));
    round(&app).await;
    assert_eq!(credentials(&app, &id).await["access_token"], "an-old-token");
    app.clock.advance(MINUTE);
    let other = app.node().await;
    let (a, b) = tokio::join!(access::run(app.app.clone()), access::run(other.app.clone()));
    assert!(a.is_ok() && b.is_ok());
    // A second renewal would have had the first one's token.
    assert!(works(&app, &id).await);
    let first = credentials(&app, &id).await;
    assert!(first["refresh_token"].as_str().unwrap().ends_with(".1"), "{first}");
    let told = shown(&app, &id).await;
    assert_eq!((&told["access"]["state"], &told["status"]), (&json!("renewing"), &json!("active")));
    assert!(told["access"]["ends_at"].is_string() && told["access"]["renewed_at"].is_string(), "{told}");
    assert_eq!(told["account"]["saved"], json!(["access_token", "app_secret", "refresh_token"]));
    for secret in ["sandbox-tiktok-token", "sandbox-tiktok-refresh", sandbox::Options::TIKTOK_SECRET] {
        assert!(!told.to_string().contains(secret), "{told}");
    }
    // Not again before half of it is over, and then before it ends.
    app.clock.advance(11 * HOUR);
    round(&app).await;
    assert_eq!(credentials(&app, &id).await, first);
    app.clock.advance(2 * HOUR);
    round(&app).await;
    assert!(credentials(&app, &id).await["refresh_token"].as_str().unwrap().ends_with(".2"));
    assert!(works(&app, &id).await);
    // Taken away, nothing renews it.
    let less = json!({ "credentials": { "refresh_token": null } });
    let changed = app.admin.patch(&format!("/api/senders/{id}"), less).await;
    assert_eq!(changed["access"], Value::Null, "{changed}");
    app.clock.advance(24 * HOUR);
    round(&app).await;
    assert!(credentials(&app, &id).await["access_token"].as_str().unwrap().ends_with(".2"));
    // And one needs the app beside it.
    let alone = json!({ "credentials": { "refresh_token": "rft.x", "app_id": null } });
    let refused = app.admin.call("PATCH", &format!("/api/senders/{id}"), &alone).await;
    assert_eq!(refused.status, 422);
    assert!(refused.json().to_string().contains("app ID"), "{}", refused.json());
}

async fn what_is_refused_is_shown_and_waits_for_new_tokens_and_then_leaves(app: TestApp) {
    let id = add_sender(&app, "rft.of.yesterday").await;
    let said = json!({
        "client_key": "1", "event": "im_receive_msg", "create_time": 1, "user_openid": OURS,
        "content": json!({ "conversation_id": "0:1:2:3", "message_id": "m1", "type": "text", "text": { "body": "Hi" },
                           "from_user": { "id": "u1" }, "to_user": { "id": OURS } }).to_string(),
    });
    app.deliver(Post::tiktok("/webhooks/tiktok", said.to_string())).await;
    let conversation = app.received().await[0]["conversation_id"].as_str().unwrap().to_owned();
    live(&app).await;
    round(&app).await;
    let broken = shown(&app, &id).await;
    assert_eq!((&broken["status"], &broken["access"]["state"]), (&json!("broken"), &json!("reauthorise")));
    assert!(broken["problem"].as_str().unwrap().contains("Authorise the app again"), "{broken}");
    // What waits for it waits, and TikTok is not asked in vain.
    let reply = json!({ "text": "Hello", "client_id": "client-01" });
    app.admin.post(&format!("/api/conversations/{conversation}/reply"), reply).await;
    app.clock.advance(24 * HOUR);
    round(&app).await;
    app.run_due().await;
    assert_eq!((app.statuses().await, app.world.taken("tiktok").await), (vec!["queued".to_owned()], 0));
    let new = json!({ "credentials": { "refresh_token": sandbox::Options::TIKTOK_REFRESH } });
    app.admin.patch(&format!("/api/senders/{id}"), new).await;
    round(&app).await;
    let mended = shown(&app, &id).await;
    assert_eq!(
        (&mended["status"], &mended["problem"], &mended["access"]["state"]),
        (&json!("active"), &Value::Null, &json!("renewing"))
    );
    app.run_due().await;
    assert_eq!((app.statuses().await, app.world.taken("tiktok").await), (vec!["sent".to_owned()], 1));
}

async fn a_provider_that_is_away_is_asked_again_and_new_tokens_are_not_overwritten(app: TestApp) {
    let id = add_sender(&app, sandbox::Options::TIKTOK_REFRESH).await;
    live(&app).await;
    for (n, kind) in ["status:503", "code:40100", "html", "reset"].into_iter().enumerate() {
        fault(&app, kind).await;
        round(&app).await;
        let told = shown(&app, &id).await;
        assert_eq!(
            (&told["status"], &told["access"]["state"]),
            (&json!("active"), &json!("delayed")),
            "{n} {kind}"
        );
        // In the same moment it is not asked again.
        round(&app).await;
        app.clock.advance(HOUR);
    }
    assert_eq!(app.world.fired().await.as_object().unwrap().len(), 4);
    // A refusal of the access makes it be renewed at once, and the sender sends again.
    round(&app).await;
    assert_eq!(shown(&app, &id).await["access"]["state"], "renewing");
    let sender = store::sender::get(&app.app.db, &app.scope, &id.parse().unwrap()).await.unwrap();
    app.clock.advance(2 * HOUR);
    overture::senders::mark_broken(&app.app, &app.scope, &sender, "TikTok refused the login").await.unwrap();
    assert_eq!(shown(&app, &id).await["status"], "broken");
    round(&app).await;
    assert_eq!(shown(&app, &id).await["status"], "active");
    assert!(credentials(&app, &id).await["refresh_token"].as_str().unwrap().ends_with(".2"));
    // What somebody enters while it is renewed stays, whatever came of that.
    let stale = store::access::Renewed { credentials: "x", due_at: 0, ends_at: 0, renewable_until: None };
    let tx = app.app.db.begin_for(&app.scope).await.unwrap();
    assert!(!store::access::renewed(&tx, &app.scope, &sender, stale, 0).await.unwrap());
    assert!(!store::access::refused(&tx, &app.scope, &sender, "no").await.unwrap());
    // And so does what was renewed while somebody changes something else.
    let key = overture::messages::Address::parse(sender.channel, OURS, "US").unwrap().key;
    store::sender::save_settings(&tx, &app.scope, &sender, &key, app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(shown(&app, &id).await["status"], "active");
    assert!(credentials(&app, &id).await["refresh_token"].as_str().unwrap().ends_with(".2"));
}
