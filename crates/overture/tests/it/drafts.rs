//! The send queue: what waits for a person's yes, and what stands beside it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_draft_waits_is_changed_approved_and_sent,
    nobody_approves_a_text_that_they_have_not_read,
    a_yes_can_be_taken_back_until_its_time_is_over,
    a_no_has_a_reason_and_can_be_taken_back,
    what_stands_against_a_draft_is_said_beside_it,
    a_draft_that_is_held_comes_back_by_itself,
    several_are_approved_at_once_and_those_that_should_not_stay,
    a_rep_sees_and_approves_their_own_alone,
}

async fn draft(app: &TestApp, text: &str) -> Value {
    let ann = app.ann().await;
    app.admin.post("/api/drafts", json!({ "channel": "sms", "contact_id": ann, "text": text })).await
}

async fn queue(client: &Client, view: &str) -> Vec<Value> {
    let list = client.get(&format!("/api/drafts?view={view}")).await;
    list["data"].as_array().unwrap().clone()
}

fn path(draft: &Value, verb: &str) -> String {
    format!("/api/drafts/{}{verb}", draft["id"].as_str().unwrap())
}

fn codes(draft: &Value) -> Vec<&str> {
    draft["checks"].as_array().unwrap().iter().map(|check| check["code"].as_str().unwrap()).collect()
}

async fn a_draft_waits_is_changed_approved_and_sent(app: TestApp) {
    let made = draft(&app, "Hello Ann").await;
    assert_eq!((&made["status"], &made["checks"]), (&json!("draft"), &json!([])), "{made:#}");
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 0, "nobody has said yes");
    let counts = app.admin.get("/api/drafts").await["counts"].clone();
    assert_eq!((&counts["review"], &counts["approved"]), (&json!(1), &json!(0)));
    let edited = app.admin.patch(&path(&made, ""), json!({ "text": "Hello, Ann!" })).await;
    assert_eq!((&edited["text"], &edited["original_text"]), (&json!("Hello, Ann!"), &json!("Hello Ann")));
    let approved = app.admin.post(&path(&made, "/approve"), json!({})).await;
    assert_eq!((&approved["status"], &approved["prepared_at"]), (&json!("approved"), &Value::Null));
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1);
    let sent = app.admin.get(&path(&made, "")).await;
    assert_eq!((&sent["status"], &sent["text"]), (&json!("sent"), &json!("Hello, Ann!")));
    for (verb, body) in
        [("/approve", json!({})), ("/reject", json!({ "reason": "No" })), ("/reopen", json!({}))]
    {
        assert_eq!(app.admin.call("POST", &path(&made, verb), &body).await.brief(), "409 4002", "{verb}");
    }
    assert_eq!(app.admin.call("PATCH", &path(&made, ""), &json!({ "text": "x" })).await.brief(), "409 4002");
    assert_eq!(app.world.taken("sms").await, 1);
    // The same request again is the same draft.
    let again = json!({ "channel": "sms", "to": "+12025550111", "text": "Once", "client_id": "abcdefgh" });
    let first = app.admin.post("/api/drafts", again.clone()).await;
    assert_eq!(app.admin.post("/api/drafts", again).await["id"], first["id"]);
}

async fn nobody_approves_a_text_that_they_have_not_read(app: TestApp) {
    let made = draft(&app, "First").await;
    let read = made["revision"].clone();
    app.admin.patch(&path(&made, ""), json!({ "text": "Second" })).await;
    for (verb, body) in
        [("/approve", json!({ "revision": read })), ("/reject", json!({ "revision": read, "reason": "No" }))]
    {
        assert_eq!(app.admin.call("POST", &path(&made, verb), &body).await.brief(), "409 4002", "{verb}");
    }
    let seen = app.admin.get(&path(&made, "")).await["revision"].clone();
    let yes = json!({ "revision": seen, "text": "Third" });
    assert_eq!(app.admin.post(&path(&made, "/approve"), yes).await["text"], "Third");
    app.run_due().await;
    assert_eq!(app.only().await["text"], "Third");
}

async fn a_yes_can_be_taken_back_until_its_time_is_over(app: TestApp) {
    let made = draft(&app, "Hello").await;
    let yes = json!({ "undo_seconds": 10 });
    app.admin.post(&path(&made, "/approve"), yes.clone()).await;
    app.advance(9 * SECOND).await;
    assert_eq!(app.world.taken("sms").await, 0);
    assert_eq!(app.admin.post(&path(&made, "/reopen"), json!({})).await["status"], "draft");
    app.advance(MINUTE).await;
    assert_eq!(app.world.taken("sms").await, 0, "it was taken back");
    app.admin.post(&path(&made, "/approve"), yes).await;
    app.advance(11 * SECOND).await;
    assert_eq!(app.world.taken("sms").await, 1);
    assert_eq!(app.admin.call("POST", &path(&made, "/reopen"), &json!({})).await.brief(), "409 4002");
    for seconds in [-1, 61] {
        let body = json!({ "undo_seconds": seconds });
        assert_eq!(app.admin.call("POST", &path(&made, "/approve"), &body).await.brief(), "422 4001");
    }
}

async fn a_no_has_a_reason_and_can_be_taken_back(app: TestApp) {
    let made = draft(&app, "Hello").await;
    for reason in ["", "  ", &"x".repeat(501)] {
        let refused = app.admin.call("POST", &path(&made, "/reject"), &json!({ "reason": reason })).await;
        assert_eq!(refused.brief(), "422 4001");
    }
    let no = app.admin.post(&path(&made, "/reject"), json!({ "reason": "Wrong\nperson" })).await;
    assert_eq!((&no["status"], &no["reject_reason"]), (&json!("rejected"), &json!("Wrong person")));
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 0);
    assert_eq!(queue(&app.admin, "rejected").await.len(), 1);
    assert_eq!(app.admin.call("POST", &path(&made, "/approve"), &json!({})).await.brief(), "409 4002");
    app.admin.post(&path(&made, "/reopen"), json!({})).await;
    assert_eq!(queue(&app.admin, "review").await.len(), 1);
}

async fn what_stands_against_a_draft_is_said_beside_it(app: TestApp) {
    let made = draft(&app, "Hi {{ contact.first_name }}").await;
    assert_eq!(codes(&made), ["text.tag"]);
    assert_eq!(app.admin.call("POST", &path(&made, "/approve"), &json!({})).await.brief(), "422 4001");
    let mended = app.admin.patch(&path(&made, ""), json!({ "text": "Hi Ann" })).await;
    assert_eq!(codes(&mended), Vec::<&str>::new());
    // The same rules that decide when it leaves.
    let ban = json!({ "channel": "sms", "value": mended["to_address"], "reason": "Asked us to stop" });
    app.admin.post("/api/suppressions", ban).await;
    let banned = app.admin.get(&path(&made, "")).await;
    assert_eq!((codes(&banned), &banned["send_at"]), (vec!["address.suppressed"], &Value::Null));
    app.admin.post(&path(&made, "/approve"), json!({})).await;
    app.run_due().await;
    assert_eq!(app.admin.get(&path(&made, "")).await["status"], "suppressed");
    assert_eq!(app.world.taken("sms").await, 0);
    // Somebody who was written to lately.
    let new = json!({ "channel": "sms", "to": "+12025550122", "text": "Hello" });
    app.admin.post("/api/drafts", new.clone()).await;
    assert_eq!(codes(&app.admin.post("/api/drafts", new).await), ["message.duplicate"]);
    // Nobody's device is at work.
    let by_telegram = json!({ "contact_handle": "@Ann_Lee", "text": "Hello" });
    let waits = app.admin.post("/api/drafts", by_telegram).await;
    assert_eq!(codes(&waits), ["relayer.away"], "{waits:#}");
}

async fn a_draft_that_is_held_comes_back_by_itself(app: TestApp) {
    let made = draft(&app, "Hello").await;
    let later = domain::time::rfc3339(MONDAY + HOUR);
    app.admin.patch(&path(&made, ""), json!({ "not_before": later })).await;
    assert_eq!((queue(&app.admin, "review").await.len(), queue(&app.admin, "held").await.len()), (0, 1));
    app.advance(HOUR).await;
    assert_eq!((queue(&app.admin, "review").await.len(), queue(&app.admin, "held").await.len()), (1, 0));
    // Approved for later, it leaves then.
    let later = domain::time::rfc3339(MONDAY + 2 * HOUR);
    app.admin.post(&path(&made, "/approve"), json!({ "not_before": later })).await;
    app.advance(HOUR - SECOND).await;
    assert_eq!(app.world.taken("sms").await, 0);
    app.advance(2 * SECOND).await;
    assert_eq!(app.world.taken("sms").await, 1);
}

async fn several_are_approved_at_once_and_those_that_should_not_stay(app: TestApp) {
    let mut ids = vec![];
    for (n, text) in ["One", "Two {{ x }}", "Three"].iter().enumerate() {
        let new = json!({ "channel": "sms", "to": format!("+1202555013{n}"), "text": text });
        ids.push(app.admin.post("/api/drafts", new).await["id"].clone());
    }
    for body in [json!({ "ids": ids, "count": 2 }), json!({ "ids": [], "count": 0 })] {
        assert_eq!(app.admin.call("POST", "/api/drafts/approve", &body).await.brief(), "422 4001");
    }
    let done = app.admin.post("/api/drafts/approve", json!({ "ids": ids, "count": 3 })).await;
    assert_eq!(done["approved"], json!([ids[0], ids[2]]));
    assert_eq!(done["refused"][0]["id"], ids[1]);
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 2);
    // Pages of the queue, oldest first, hold each once.
    for n in 0..5 {
        app.clock.advance(SECOND);
        let new = json!({ "channel": "sms", "to": format!("+1202555014{n}"), "text": format!("{n}") });
        app.admin.post("/api/drafts", new).await;
    }
    let (mut seen, mut cursor) = (vec![], String::new());
    loop {
        let page = app.admin.get(&format!("/api/drafts?limit=2{cursor}")).await;
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["Two {{ x }}", "0", "1", "2", "3", "4"]);
}

async fn a_rep_sees_and_approves_their_own_alone(app: TestApp) {
    let (ines, ron) = (app.member("rep").await, app.member("rep").await);
    let hers = ines.post("/api/drafts", json!({ "contact_handle": "ann", "text": "Hello" })).await;
    assert_eq!((&hers["contact_handle"], &hers["channel"]), (&json!("@ann"), &json!("telegram")));
    assert_eq!(queue(&ines, "review").await.len(), 1);
    assert_eq!(queue(&ron, "review").await.len(), 0);
    assert_eq!(ron.get("/api/drafts").await["counts"]["review"], 0);
    for (method, verb, body) in [
        ("GET", "", json!({})),
        ("PATCH", "", json!({ "text": "Mine" })),
        ("POST", "/approve", json!({})),
        ("POST", "/reject", json!({ "reason": "No" })),
        ("POST", "/reopen", json!({})),
    ] {
        assert_eq!(ron.call(method, &path(&hers, verb), &body).await.status, 404, "{method} {verb}");
    }
    let both = json!({ "ids": [hers["id"]], "count": 1 });
    assert_eq!(ron.call("POST", "/api/drafts/approve", &both).await.status, 404);
    // Nor does he write from her account.
    let from_hers = json!({ "contact_handle": "bob", "text": "Hi", "sender_id": hers["sender_id"] });
    assert_eq!(ron.call("POST", "/api/drafts", &from_hers).await.status, 422);
    assert_eq!(app.admin.get("/api/drafts").await["counts"]["review"], 1, "an admin sees it");
    assert_eq!(ines.post(&path(&hers, "/approve"), json!({})).await["status"], "approved");
}
