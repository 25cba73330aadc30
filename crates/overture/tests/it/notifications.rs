//! What members are told of.

use crate::{
    inbox::{BOB, at, heard_from, member_id},
    kit::*,
};
use serde_json::{Value, json};

both! {
    who_is_concerned_is_told_and_nobody_else,
    what_happens_again_is_one_line_until_it_is_seen,
    what_somebody_muted_is_not_told,
    a_yes_that_is_needed_is_told_once_for_all,
}

async fn told(client: &Client) -> Vec<(String, i64)> {
    let page = client.get("/api/notifications?unseen=true").await;
    let lines = page["data"].as_array().unwrap();
    assert_eq!(page["unseen"], json!(lines.len()));
    lines.iter().map(|n| (n["kind"].as_str().unwrap().to_owned(), n["times"].as_i64().unwrap())).collect()
}

fn line(kind: &str, times: i64) -> (String, i64) {
    (kind.to_owned(), times)
}

async fn who_is_concerned_is_told_and_nobody_else(app: TestApp) {
    let (rita, ron) = (app.member("manager").await, app.member("rep").await);
    app.ann().await;
    let ann = heard_from(&app, "SM1", ANN, "Hello").await;
    assert_eq!(told(&app.admin).await, [line("reply", 1)], "the owner of the contact");
    let hers = member_id(&rita).await;
    app.admin.post(&at(&ann, "assign"), json!({ "assignee_id": hers })).await;
    app.admin
        .post(
            &at(&ann, "notes"),
            json!({ "text": "Rita, look", "mention_ids": [hers, member_id(&app.admin).await] }),
        )
        .await;
    assert_eq!(told(&rita).await, [line("mention", 1), line("assigned", 1)]);
    assert_eq!(told(&app.admin).await, [line("reply", 1)], "nobody is told of what they did themselves");
    heard_from(&app, "SM2", ANN, "Again").await;
    assert_eq!(told(&rita).await[0], line("reply", 1), "who is to answer is told, no longer the owner");
    let page = rita.get("/api/notifications").await;
    let named: Vec<&Value> = page["data"].as_array().unwrap().iter().map(|n| &n["contact_name"]).collect();
    assert_eq!(named, [&json!("Ann Lee"); 3]);
    assert_eq!(page["data"][1]["actor_name"], "Rita Rep");
    assert_eq!(told(&ron).await, []);
    let (_, neighbour) = app.neighbour(2).await;
    assert_eq!(told(&neighbour).await, []);
    // What is another member's is not there.
    let id = page["data"][0]["id"].clone();
    assert_eq!(ron.call("POST", "/api/notifications/seen", &json!({ "ids": [id] })).await.status, 404);
    assert_eq!(app.admin.post("/api/notifications/seen", json!({ "ids": [id] })).await["seen"], 0);
    assert_eq!(told(&rita).await.len(), 3);
    // They page, and go with the person.
    let first = rita.get("/api/notifications?limit=2").await;
    let next = first["next_cursor"].as_str().unwrap();
    let rest = rita.get(&format!("/api/notifications?limit=2&cursor={next}")).await;
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &json!(null)));
    let contact = app.admin.get(&format!("/api/conversations/{ann}")).await["contact_id"].clone();
    let erase = format!("/api/contacts/{}/erase", contact.as_str().unwrap());
    app.admin.post(&erase, json!({ "confirm": "ann@people.example" })).await;
    assert_eq!(rita.get("/api/notifications").await["data"], json!([]));
}

async fn what_happens_again_is_one_line_until_it_is_seen(app: TestApp) {
    app.ann().await;
    app.contact(json!({ "phone": BOB, "last_name": "Bob" })).await;
    let ann = heard_from(&app, "SM1", ANN, "One").await;
    heard_from(&app, "SM2", ANN, "Two").await;
    heard_from(&app, "SM3", BOB, "Other").await;
    assert_eq!(told(&app.admin).await, [line("reply", 1), line("reply", 2)]);
    app.admin.post(&at(&ann, "read"), json!({})).await;
    assert_eq!(told(&app.admin).await, [line("reply", 1)], "opening the conversation is seeing it");
    heard_from(&app, "SM4", ANN, "Three").await;
    assert_eq!(told(&app.admin).await, [line("reply", 1), line("reply", 1)]);
    assert_eq!(app.admin.post("/api/notifications/seen", json!({})).await["seen"], 2);
    assert_eq!(told(&app.admin).await, []);
    let all = app.admin.get("/api/notifications").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 3, "what was seen is still listed");
    assert!(all["data"][0]["seen_at"].is_string());
}

async fn what_somebody_muted_is_not_told(app: TestApp) {
    app.ann().await;
    let quiet = json!({ "muted": ["reply"], "quiet_from": 0, "quiet_until": 1439 });
    let chosen = app.admin.patch("/api/notifications/choices", quiet.clone()).await;
    for (name, value) in quiet.as_object().unwrap() {
        assert_eq!(chosen[name], *value);
    }
    assert_eq!(app.admin.get("/api/notifications/choices").await, chosen);
    heard_from(&app, "SM1", ANN, "Hello").await;
    let page = app.admin.get("/api/notifications").await;
    assert_eq!((&page["data"], &page["is_quiet"]), (&json!([]), &json!(true)));
    for wrong in [
        json!({ "muted": ["nothing"] }),
        json!({ "muted": [], "quiet_from": 5 }),
        json!({ "muted": [], "quiet_from": 5, "quiet_until": 5 }),
        json!({ "muted": [], "quiet_from": -1, "quiet_until": 1440 }),
    ] {
        let answer = app.admin.call("PATCH", "/api/notifications/choices", &wrong).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.brief());
    }
    app.admin.patch("/api/notifications/choices", json!({ "muted": [] })).await;
    heard_from(&app, "SM2", ANN, "Again").await;
    assert_eq!(told(&app.admin).await, [line("reply", 1)]);
    assert_eq!(app.admin.get("/api/notifications").await["is_quiet"], false);
}

async fn a_yes_that_is_needed_is_told_once_for_all(app: TestApp) {
    let rita = app.member("rep").await;
    let bob = rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Bob" })).await["id"].clone();
    for text in ["One", "Two"] {
        app.admin.post("/api/drafts", json!({ "channel": "sms", "contact_id": bob, "text": text })).await;
    }
    assert_eq!(told(&rita).await, [line("approval", 2)]);
    assert_eq!(rita.get("/api/notifications").await["data"][0]["conversation_id"], json!(null));
    assert_eq!(told(&app.admin).await, []);
}
