//! Messenger from end to end: what people write to the page, its own copies, the two windows, what was read.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    meta_is_told_that_the_address_is_ours_only_with_our_token,
    a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace,
    a_person_writes_and_is_answered_as_an_answer_then_as_a_person_then_not_at_all,
    a_copy_of_our_own_message_is_no_answer_and_settles_doubt,
    doubt_is_settled_by_reading_the_conversation_back,
    what_arrived_and_was_read_is_shown,
    nobody_is_written_to_who_has_not_written,
    a_stranger_who_is_linked_is_known_the_next_time,
    every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice,
    broken_bodies_are_dead_letters_or_refused_and_never_a_server_error,
}

const PAGE: &str = "104310000000001";
const BOB: &str = "7319203847";

async fn add_page(app: &TestApp) -> String {
    let new = json!({ "provider": "messenger", "name": "Nordlys", "address": PAGE });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

fn webhook(things: &Value) -> Post {
    let body = json!({ "object": "page", "entry": [{ "id": PAGE, "time": 1, "messaging": things }] });
    Post::meta("/webhooks/facebook", body.to_string())
}

fn from_bob(more: &Value) -> Value {
    let mut thing = more.clone();
    thing["sender"] = json!({ "id": BOB });
    thing["recipient"] = json!({ "id": PAGE });
    thing["timestamp"] = json!(1_697_043_223_000_i64);
    thing
}

fn says(mid: &str, text: &str) -> Post {
    webhook(&json!([from_bob(&json!({ "message": { "mid": mid, "text": text } }))]))
}

async fn conversation(app: &TestApp) -> Value {
    let inbox = app.admin.get("/api/conversations?view=all&channel=messenger").await;
    assert_eq!(inbox["data"].as_array().unwrap().len(), 1, "{inbox:#}");
    inbox["data"][0].clone()
}

async fn bob_wrote(app: &TestApp) -> String {
    assert_eq!(says("m_bob1", "Hi there").to(&Client::anonymous(&app.app)).await.status, 200);
    app.run_due().await;
    conversation(app).await["id"].as_str().unwrap().to_owned()
}

async fn reply(app: &TestApp, conversation: &str, n: usize) -> Answer {
    let body = json!({ "text": format!("Answer {n}"), "client_id": format!("client-{n:04}") });
    app.admin.call("POST", &format!("/api/conversations/{conversation}/reply"), &body).await
}

async fn meta_is_told_that_the_address_is_ours_only_with_our_token(app: TestApp) {
    let sender = add_page(&app).await;
    let secret = app.admin.get(&format!("/api/senders/{sender}/webhook-secret")).await;
    let token = secret["secret"].as_str().unwrap();
    let anyone = Client::anonymous(&app.app);
    for (token, expected) in [(token, 200), ("wrong", 403)] {
        let path = format!(
            "/webhooks/facebook?sender={sender}&hub.mode=subscribe&hub.verify_token={token}&hub.challenge=42"
        );
        assert_eq!(anyone.raw("GET", &path, &[], "").await.status, expected);
    }
    let elsewhere = format!(
        "/webhooks/whatsapp?sender={sender}&hub.mode=subscribe&hub.verify_token={token}&hub.challenge=42"
    );
    assert_eq!(anyone.raw("GET", &elsewhere, &[], "").await.status, 403);
}

async fn a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace(app: TestApp) {
    add_page(&app).await;
    let anyone = Client::anonymous(&app.app);
    let post = says("m_bob1", "Hi");
    let mut bare = post.clone();
    bare.headers.remove(0);
    let mut wrong = post.clone();
    wrong.headers[0].1 = providers::graph::sign("another secret", &post.body);
    let mut altered = post.clone();
    altered.body.push(b'\n');
    for refused in [bare, wrong, altered] {
        assert_eq!(refused.to(&anyone).await.brief(), "401 1006", "{refused:?}");
    }
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    for _ in 0..3 {
        assert_eq!(post.to(&anyone).await.status, 200);
    }
    app.run_due().await;
    assert_eq!(app.received().await.len(), 1);
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
}

async fn a_person_writes_and_is_answered_as_an_answer_then_as_a_person_then_not_at_all(app: TestApp) {
    add_page(&app).await;
    let id = bob_wrote(&app).await;
    let rules = async || app.admin.get(&format!("/api/conversations/{id}")).await["rules"].clone();
    assert_eq!(rules().await["max_length"], 2000);
    assert_eq!(reply(&app, &id, 1).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.letters("messenger").await[0]["kind"], "RESPONSE");
    app.clock.advance(DAY + 1);
    assert!(rules().await["note"].as_str().unwrap().contains("a person's answer"));
    assert_eq!(reply(&app, &id, 2).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.letters("messenger").await[0]["kind"], "HUMAN_AGENT");
    app.clock.advance(6 * DAY);
    let refused = reply(&app, &id, 3).await;
    assert_eq!(refused.brief(), "409 2004");
    assert!(rules().await["closed"].as_str().unwrap().contains("7 days"));
    assert_eq!(app.world.taken("messenger").await, 2);
}

async fn a_copy_of_our_own_message_is_no_answer_and_settles_doubt(app: TestApp) {
    add_page(&app).await;
    let id = bob_wrote(&app).await;
    app.world.fault("messenger", "accept_then_hang", 1).await;
    let ours = reply(&app, &id, 1).await.json()["id"].clone();
    app.send_once().await;
    assert_eq!(app.message(&ours).await["status"], "uncertain");
    let mid = app.world.letters("messenger").await[0]["id"].clone();
    let echo = |mid: &Value, more: Value| {
        let mut message = json!({ "mid": mid, "is_echo": true, "app_id": 1, "text": "Answer 1" });
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        webhook(&json!([{ "sender": { "id": PAGE }, "recipient": { "id": BOB }, "message": message }]))
    };
    let anyone = Client::anonymous(&app.app);
    echo(&mid, json!({ "metadata": ours })).to(&anyone).await;
    echo(&json!("m_byhand"), json!({})).to(&anyone).await;
    app.run_due().await;
    let settled = app.message(&ours).await;
    assert_eq!((&settled["status"], &settled["provider_message_id"]), (&json!("sent"), &mid));
    assert_eq!(app.received().await.len(), 1, "only Bob has written");
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
    assert_eq!(app.world.taken("messenger").await, 1);
}

async fn doubt_is_settled_by_reading_the_conversation_back(app: TestApp) {
    add_page(&app).await;
    let id = bob_wrote(&app).await;
    app.world.fault("messenger", "accept_then_500", 1).await;
    let ours = reply(&app, &id, 1).await.json()["id"].clone();
    app.send_once().await;
    assert_eq!(app.message(&ours).await["status"], "uncertain");
    app.advance(MINUTE).await;
    assert_eq!(app.message(&ours).await["status"], "sent");
    assert_eq!(app.world.taken("messenger").await, 1);
}

async fn what_arrived_and_was_read_is_shown(app: TestApp) {
    add_page(&app).await;
    let id = bob_wrote(&app).await;
    let anyone = Client::anonymous(&app.app);
    let (first, second) =
        (reply(&app, &id, 1).await.json()["id"].clone(), reply(&app, &id, 2).await.json()["id"].clone());
    app.run_due().await;
    let mid = app.message(&first).await["provider_message_id"].clone();
    webhook(&json!([from_bob(&json!({ "delivery": { "mids": [mid], "watermark": 1 } }))])).to(&anyone).await;
    app.run_due().await;
    assert_eq!(app.message(&first).await["status"], "delivered");
    assert_eq!(app.message(&second).await["status"], "sent");
    let read = |at: i64| webhook(&json!([from_bob(&json!({ "read": { "watermark": at } }))]));
    read(1).to(&anyone).await;
    app.run_due().await;
    assert_eq!(app.message(&first).await["status"], "delivered", "read long before it was written");
    read(overture::clock::real_ms()).to(&anyone).await;
    app.run_due().await;
    assert_eq!(app.message(&first).await["status"], "read");
    assert_eq!(app.message(&second).await["status"], "read");
}

async fn nobody_is_written_to_who_has_not_written(app: TestApp) {
    add_page(&app).await;
    let write = async |to: &str| {
        let body = json!({ "client_id": "client-0001", "channel": "messenger", "to": to, "text": "Hi" });
        app.admin.call("POST", "/api/messages", &body).await
    };
    let refused = write(BOB).await;
    assert_eq!(refused.brief(), "409 2004");
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("only they can begin"));
    assert_eq!(write("ann.lee").await.brief(), "422 4001");
    assert_eq!(app.sent().await, Vec::<Value>::new());
}

async fn a_stranger_who_is_linked_is_known_the_next_time(app: TestApp) {
    add_page(&app).await;
    let id = bob_wrote(&app).await;
    assert_eq!(conversation(&app).await["contact_id"], json!(null));
    let bob =
        app.admin.post("/api/contacts", json!({ "first_name": "Bob", "email": "bob@people.example" })).await;
    app.admin.post(&format!("/api/conversations/{id}/link"), json!({ "contact_id": bob["id"] })).await;
    let contact = app.admin.get(&format!("/api/contacts/{}", bob["id"].as_str().unwrap())).await;
    assert_eq!(
        (&contact["addresses"][0]["kind"], &contact["addresses"][0]["value"]),
        (&json!("messenger"), &json!(BOB))
    );
    let write = json!({ "client_id": "client-0001", "channel": "messenger", "contact_id": bob["id"], "text": "Hi Bob" });
    assert_eq!(app.admin.call("POST", "/api/messages", &write).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.letters("messenger").await[0]["to"][0], BOB);
}

async fn every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice(app: TestApp) {
    let sender = add_page(&app).await;
    let id = bob_wrote(&app).await;
    let table = [
        ("status:429", "queued", "sent", 1),
        ("code:613", "queued", "sent", 1),
        ("code:1200", "queued", "sent", 1),
        ("code:190", "queued", "sent", 1),
        ("code:2018278", "failed", "failed", 0),
        ("code:100", "failed", "failed", 0),
        ("status:500", "uncertain", "uncertain", 0),
        ("reset", "uncertain", "uncertain", 0),
        ("accept_then_reset", "uncertain", "sent", 1),
        ("accept_then_garbage", "uncertain", "sent", 1),
        ("code:2018001", "failed", "failed", 0),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (n, (fault, first, last, arrives)) in table.iter().enumerate() {
        app.world.fault("messenger", fault, 1).await;
        let message = reply(&app, &id, n).await.json()["id"].clone();
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
        app.run_due().await;
        app.advance(2 * MINUTE).await;
        let now = app.message(&message).await["status"].clone();
        taken += arrives;
        let counted = app.world.taken("messenger").await;
        if (then.as_str(), now.as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!("{fault}: {then}, then {now}, {counted} taken"));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn broken_bodies_are_dead_letters_or_refused_and_never_a_server_error(app: TestApp) {
    let sender = add_page(&app).await;
    let named = format!("/webhooks/facebook?sender={sender}");
    let table: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", vec![], 200),
        ("cut short", b"{\"object\": \"page\", \"entry\": [{\"id\"".to_vec(), 200),
        ("not UTF-8", [&b"{\"entry\": \""[..], b"\xff\xfe", b"\"}"].concat(), 200),
        ("no mid", webhook(&json!([from_bob(&json!({ "message": { "text": "x" } }))])).body, 200),
        ("unknown", webhook(&json!([from_bob(&json!({ "what_comes_next": 1 }))])).body, 200),
        ("26 MB", vec![b'a'; 26 << 20], 413),
    ];
    for (what, body, status) in table {
        let answer = Post::meta(&named, body).to(&Client::anonymous(&app.app)).await;
        assert_eq!(answer.status, status, "{what}");
        app.run_due().await;
    }
    assert_eq!(app.dead_letters().await.len(), 4);
    assert_eq!(app.received().await, Vec::<Value>::new());
}
