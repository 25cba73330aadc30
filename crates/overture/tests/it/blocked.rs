//! Whoever is blocked: nothing of theirs is lost, nothing of theirs is in the way, and nothing is sent to them.

use crate::{
    inbox::{BOB, at, heard_from},
    kit::*,
};
use serde_json::{Value, json};

both! {
    what_the_blocked_write_is_kept_out_of_the_way,
    nothing_is_sent_to_the_blocked_until_they_are_not,
    a_stranger_is_blocked_by_their_address,
    a_block_follows_the_person,
}

const VIEWS: [&str; 10] =
    ["open", "mine", "unread", "unassigned", "snoozed", "mentions", "done", "unmatched", "uncertain", "all"];

async fn held(client: &Client, view: &str) -> (Vec<String>, Value) {
    let page = client.get(&format!("/api/conversations?view={view}")).await;
    let ids = page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
    (ids, page["counts"].clone())
}

async fn what_the_blocked_write_is_kept_out_of_the_way(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    let label = app.admin.post("/api/labels", json!({ "name": "Hot" })).await["id"].clone();
    app.admin.post(&at(&id, "labels"), json!({ "label_id": label })).await;
    let before = held(&app.admin, "open").await;
    assert_eq!(app.admin.get("/api/notifications").await["data"][0]["times"], 1);
    let blocked = app.admin.post(&at(&id, "block"), json!({})).await;
    assert!(blocked["blocked_at"].is_string(), "{blocked}");
    assert_eq!(heard_from(&app, "SM2", ANN, "Two").await, id, "it is stored where it belongs");
    for view in VIEWS {
        let (ids, counts) = held(&app.admin, view).await;
        assert_eq!(ids, Vec::<String>::new(), "{view}");
        assert!(view == "all" || counts[view] == 0, "{view}: {counts}");
    }
    let (ids, counts) = held(&app.admin, "blocked").await;
    assert_eq!((ids, &counts["blocked"]), (vec![id.clone()], &json!(1)));
    assert_eq!(app.admin.get("/api/stats").await["waiting_replies"], 0);
    assert_eq!(app.admin.get("/api/labels").await["data"][0]["open"], 0);
    let told = app.admin.get("/api/notifications").await;
    assert_eq!(told["data"], json!([]), "{told}");
    let thread = app.admin.get(&at(&id, "messages")).await;
    assert_eq!(thread["data"].as_array().unwrap().len(), 2, "nothing is lost");
    let refused =
        app.admin.call("POST", &at(&id, "reply"), &json!({ "text": "No", "client_id": "client-1" })).await;
    assert_eq!(refused.status, 409);
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("Unblock"), "{}", refused.brief());
    app.admin.post(&at(&id, "unblock"), json!({})).await;
    let (ids, counts) = held(&app.admin, "open").await;
    assert_eq!((&ids, &counts["unread"], &counts["blocked"]), (&before.0, &json!(1), &json!(0)));
    assert_eq!(app.admin.get(&format!("/api/conversations/{id}")).await["unread"], 2);
    assert_eq!(app.admin.get("/api/notifications").await["data"][0]["times"], 1, "what was told before");
}

async fn nothing_is_sent_to_the_blocked_until_they_are_not(app: TestApp) {
    let ann = app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    app.admin.post(&at(&id, "block"), json!({})).await;
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.write("client-by-hand", "sms", ANN, "By hand").await;
    app.advance(DAY).await;
    assert_eq!(app.world.letters("sms").await.len(), 0, "{:#?}", app.statuses().await);
    let queued: Vec<Value> =
        app.sent().await.into_iter().filter(|message| message["status"] == "queued").collect();
    assert_eq!(queued.len(), 2, "{queued:#?}");
    for message in &queued {
        let path = format!("/api/messages/{}", message["id"].as_str().unwrap());
        let why = app.admin.get(&path).await;
        assert!(why.to_string().contains("person.blocked"), "{why}");
    }
    // What waited for it is not late.
    app.admin.post(&at(&id, "unblock"), json!({})).await;
    app.advance(MINUTE).await;
    assert_eq!(app.world.letters("sms").await.len(), 2, "{:#?}", app.statuses().await);
}

async fn a_stranger_is_blocked_by_their_address(app: TestApp) {
    let id = heard_from(&app, "SM1", BOB, "Buy").await;
    let other = heard_from(&app, "SM2", "+14155550179", "Hello").await;
    let blocked = json!({ "ids": [id], "action": { "kind": "block" } });
    app.admin.post("/api/conversations/bulk", blocked).await;
    add_sender(&app.app, &app.scope, domain::Channel::Sms, "+14155550999").await;
    let params = [("MessageSid", "SM3"), ("From", BOB), ("To", "+14155550999"), ("Body", "Buy now")];
    app.deliver(Post::twilio("/api/twilio/inbound-sms", &params)).await;
    assert_eq!(held(&app.admin, "open").await.0, [other]);
    assert_eq!(held(&app.admin, "blocked").await.0.len(), 2);
    // Who they are is found out: from now on it is theirs to be blocked or not.
    let bob = app.contact(json!({ "email": "bob@people.example" })).await;
    app.admin.post(&at(&id, "link"), json!({ "contact_id": bob })).await;
    assert!(held(&app.admin, "open").await.0.contains(&id));
    let rep = app.member("rep").await;
    assert_eq!(rep.call("POST", &at(&id, "block"), &json!({})).await.status, 404);
}

async fn a_block_follows_the_person(app: TestApp) {
    let ann = app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    let bob = app.contact(json!({ "phone": BOB, "last_name": "Bob" })).await;
    let his = heard_from(&app, "SM2", BOB, "Hello too").await;
    app.admin.post(&at(&id, "block"), json!({})).await;
    // On another channel, too.
    let mail = crate::receiving::letter("ann@people.example", &our_email(1), "<1@x>", "", "By mail");
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    assert_eq!(held(&app.admin, "open").await.0, std::slice::from_ref(&his));
    // Bob turns out to be Ann.
    let merged = app.admin.post(&format!("/api/contacts/{bob}/merge"), json!({ "other_id": ann })).await;
    assert_eq!(held(&app.admin, "open").await.0, Vec::<String>::new());
    assert_eq!(held(&app.admin, "blocked").await.0.len(), 3);
    // And then not.
    let undo = format!("/api/merges/{}/undo", merged["merge"]["id"].as_str().unwrap());
    app.admin.post(&undo, json!({})).await;
    assert_eq!(held(&app.admin, "open").await.0, [his]);
    assert_eq!(held(&app.admin, "blocked").await.0.len(), 2);
}
