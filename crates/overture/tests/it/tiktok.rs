//! TikTok from end to end: who signs, what people write, 48 hours, ten messages, copies of our own.

use crate::kit::*;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

both! {
    a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace,
    somebody_writes_is_answered_within_48_hours_and_reads_it,
    ten_messages_wait_for_an_answer_and_no_eleventh_leaves,
    copies_of_our_own_settle_doubt_and_are_no_answers,
    every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice,
    broken_bodies_are_dead_letters_or_nothing_and_never_a_server_error,
    stop_is_obeyed_and_erasing_takes_what_was_told,
}

const OURS: &str = "biz-123";
const THREAD: &str = "0:1:7012:7013";

async fn add_sender(app: &TestApp) -> String {
    let new = json!({ "provider": "tiktok", "name": "Nordlys", "address": OURS });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

fn event(kind: &str, content: &Value) -> Post {
    let body = json!({ "client_key": "1", "event": kind, "create_time": 1, "user_openid": OURS, "content": content.to_string() });
    Post::tiktok("/webhooks/tiktok", body.to_string())
}

fn says(id: &str, text: &str) -> Post {
    event(
        "im_receive_msg",
        &json!({ "conversation_id": THREAD, "message_id": id, "type": "text", "text": { "body": text },
                 "timestamp": 1_697_043_223_000_i64, "from": "ada.lee", "to": "nordlys",
                 "from_user": { "id": "u1" }, "to_user": { "id": OURS } }),
    )
}

fn copy(id: &str, text: &str) -> Post {
    event(
        "im_send_msg",
        &json!({ "conversation_id": THREAD, "message_id": id, "type": "text", "text": { "body": text },
                 "from_user": { "id": OURS }, "to_user": { "id": "u1" } }),
    )
}

async fn conversation(app: &TestApp) -> Value {
    let inbox = app.admin.get("/api/conversations?view=all&channel=tiktok").await;
    assert_eq!(inbox["data"].as_array().unwrap().len(), 1, "{inbox:#}");
    inbox["data"][0].clone()
}

async fn ada_wrote(app: &TestApp) -> String {
    app.deliver(says("m1", "Hi there")).await;
    conversation(app).await["id"].as_str().unwrap().to_owned()
}

async fn reply(app: &TestApp, conversation: &str, n: usize) -> Answer {
    let body = json!({ "text": format!("Answer {n}"), "client_id": format!("client-{n:04}") });
    app.admin.call("POST", &format!("/api/conversations/{conversation}/reply"), &body).await
}

async fn a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace(app: TestApp) {
    let sender = add_sender(&app).await;
    let anyone = Client::anonymous(&app.app);
    let genuine = says("m1", "Hi");
    let named = Post { path: format!("/webhooks/tiktok?sender={sender}"), ..genuine.clone() };
    for post in [genuine.clone(), named] {
        let mut bare = post.clone();
        bare.headers.remove(0);
        let mut wrong = post.clone();
        wrong.headers[0].1 = "t=1,s=00".into();
        let mut old = post.clone();
        let at = overture::clock::real_ms() / 1_000 - 301;
        old.headers[0].1 = providers::tiktok::sign(sandbox::Options::TIKTOK_SECRET, &post.body, at);
        let mut of_another = post.clone();
        of_another.headers[0].1 = providers::tiktok::sign("another", &post.body, at + 301);
        let mut altered = post.clone();
        altered.body.push(b' ');
        for refused in [bare, wrong, old, of_another, altered] {
            let answer = refused.to(&anyone).await;
            assert_eq!(answer.brief(), "401 1006", "{refused:?}");
            answer.assert_error_shape(&refused.path);
        }
    }
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    assert_eq!(genuine.to(&anyone).await.status, 200);
}

async fn somebody_writes_is_answered_within_48_hours_and_reads_it(app: TestApp) {
    add_sender(&app).await;
    let id = ada_wrote(&app).await;
    // Told again, in the same words or packed anew.
    app.deliver(says("m1", "Hi there")).await;
    assert_eq!((app.received().await.len(), app.dead_letters().await.len()), (1, 0));
    let thread = conversation(&app).await;
    assert_eq!((&thread["address"], &thread["contact_name"]), (&json!(THREAD), &json!("ada.lee")));
    assert_eq!(reply(&app, &id, 1).await.status, 200);
    app.run_due().await;
    let letters = app.world.letters("tiktok").await;
    assert_eq!((letters.len(), &letters[0]["to"][0], &letters[0]["from"]), (1, &json!(THREAD), &json!(OURS)));
    let sent = app.only().await;
    assert_eq!((&sent["status"], &sent["provider_message_id"]), (&json!("sent"), &letters[0]["id"]));
    let read = json!({ "conversation_id": THREAD, "from_user": { "id": "u1" }, "read": { "last_read_timestamp": overture::clock::real_ms() } });
    app.deliver(event("im_mark_read_msg", &read)).await;
    assert_eq!(app.only().await["status"], "read");
    app.clock.advance(2 * DAY);
    assert_eq!(reply(&app, &id, 2).await.status, 200);
    app.run_due().await;
    app.clock.advance(1);
    let refused = reply(&app, &id, 3).await;
    assert_eq!(refused.brief(), "409 2004");
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("48 hours"),
        "{:?}",
        refused.json()
    );
    assert_eq!(app.world.taken("tiktok").await, 2);
    // Nobody is written to who has not written.
    let cold =
        json!({ "client_id": "client-cold", "channel": "tiktok", "to": "another-thread", "text": "Hi" });
    assert_eq!(app.admin.call("POST", "/api/messages", &cold).await.brief(), "409 2004");
    let person = app.contact(json!({ "email": "ada@people.example" })).await;
    let by_name =
        json!({ "client_id": "client-name", "channel": "tiktok", "contact_id": person, "text": "Hi" });
    assert_eq!(app.admin.call("POST", "/api/messages", &by_name).await.brief(), "422 4001");
}

async fn ten_messages_wait_for_an_answer_and_no_eleventh_leaves(app: TestApp) {
    let sender = add_sender(&app).await;
    let id = ada_wrote(&app).await;
    let path = format!("/api/senders/{sender}");
    app.admin.patch(&path, json!({ "status": "paused" })).await;
    // Ten may be written, the page says why there is no eleventh, and it says so too when they have left.
    for n in 0..10 {
        assert_eq!(reply(&app, &id, n).await.status, 200, "{n}");
    }
    let refused = reply(&app, &id, 10).await;
    assert_eq!(refused.brief(), "409 2004");
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("10 messages"),
        "{:?}",
        refused.json()
    );
    let rules = app.admin.get(&format!("/api/conversations/{id}")).await["rules"].clone();
    assert!(rules["closed"].as_str().unwrap().contains("10 messages"), "{rules}");
    // As if two had been written at once on two nodes: the guard counts again.
    let tenth = app.sent().await[9]["id"].clone();
    set_status(&app, &tenth, "failed").await;
    assert_eq!(reply(&app, &id, 11).await.status, 200);
    set_status(&app, &tenth, "queued").await;
    app.admin.patch(&path, json!({ "status": "active" })).await;
    app.run_due().await;
    assert_eq!(app.world.taken("tiktok").await, 10);
    let codes: Vec<Value> = app.sent().await.iter().map(|m| m["error"]["code"].clone()).collect();
    assert_eq!(codes.last(), Some(&json!("channel.unanswered")));
    // They answer, and ten more may follow.
    app.deliver(says("m2", "Go on")).await;
    assert_eq!(reply(&app, &id, 20).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.taken("tiktok").await, 11);
}

async fn set_status(app: &TestApp, message: &Value, status: &str) {
    let tx = app.app.db.begin().await.unwrap();
    let sql = format!("update messages set status = '{status}' where id = '{}'", message.as_str().unwrap());
    tx.execute_unprepared(&sql).await.unwrap();
    app.app.commit(tx).await.unwrap();
}

async fn copies_of_our_own_settle_doubt_and_are_no_answers(app: TestApp) {
    add_sender(&app).await;
    let id = ada_wrote(&app).await;
    app.world.fault("tiktok", "accept_then_hang", 1).await;
    let message = reply(&app, &id, 1).await.json()["id"].clone();
    app.send_once().await;
    assert_eq!(app.message(&message).await["status"], "uncertain");
    // What somebody typed on their phone is another text and settles nothing.
    app.deliver(copy("phone1", "Typed on a phone")).await;
    assert_eq!(app.message(&message).await["status"], "uncertain");
    let known = app.world.letters("tiktok").await[0]["id"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        app.deliver(copy(&known, "Answer 1")).await;
    }
    let settled = app.message(&message).await;
    assert_eq!((&settled["status"], &settled["provider_message_id"]), (&json!("sent"), &json!(known)));
    // Two of the same words in doubt: a copy says of neither which it is.
    for n in [7, 8] {
        app.world.fault("tiktok", "reset", 1).await;
        let body = json!({ "text": "The same", "client_id": format!("client-{n:04}") });
        app.admin.post(&format!("/api/conversations/{id}/reply"), body).await;
        app.send_once().await;
    }
    app.deliver(copy("m9", "The same")).await;
    assert_eq!(app.statuses().await, ["sent", "uncertain", "uncertain"]);
    assert_eq!((app.received().await.len(), app.dead_letters().await.len()), (1, 0));
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("tiktok").await, 1);
}

async fn every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice(app: TestApp) {
    let sender = add_sender(&app).await;
    let id = ada_wrote(&app).await;
    // Fault, status after the first attempt, status in the end: nobody but a person or a copy settles doubt.
    let table = [
        ("status:429", "queued", "sent", 1),
        ("code:40064", "queued", "sent", 1),
        ("code:40100", "queued", "sent", 1),
        ("code:50002", "queued", "sent", 1),
        ("code:40001", "queued", "sent", 1),
        ("code:40105", "queued", "sent", 1),
        ("code:40002", "failed", "failed", 0),
        ("code:49999", "failed", "failed", 0),
        ("code:50000", "uncertain", "uncertain", 0),
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
        // They answer every time, so that none of these is one too many.
        app.deliver(says(&format!("again{n}"), "Go on")).await;
        app.world.fault("tiktok", fault, 1).await;
        let written = reply(&app, &id, n).await;
        assert_eq!(written.status, 200, "{fault}: {}", String::from_utf8_lossy(&written.bytes));
        let message = written.json()["id"].clone();
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
        app.run_due().await;
        app.advance(2 * MINUTE).await;
        let now = app.message(&message).await;
        taken += arrives;
        let counted = app.world.taken("tiktok").await;
        if (then.as_str(), now["status"].as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!("{fault}: {then}, then {}, {counted} taken", now["status"]));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn broken_bodies_are_dead_letters_or_nothing_and_never_a_server_error(app: TestApp) {
    let sender = add_sender(&app).await;
    let named = format!("/webhooks/tiktok?sender={sender}");
    let broken = json!({ "event": "im_receive_msg", "user_openid": OURS, "content": "{" }).to_string();
    let other = json!({ "event": "im_receive_msg", "user_openid": "biz-9", "content": "{}" }).to_string();
    for body in [&b""[..], b"[]", b"\xff\xfe", &[0x80; 4096], broken.as_bytes(), other.as_bytes()] {
        let answer = Post::tiktok(&named, body).to(&Client::anonymous(&app.app)).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
        app.run_due().await;
    }
    app.deliver(event("what_comes_next", &json!({}))).await;
    // Nothing, a list, noise twice, content that broke off; of another account is nobody's here.
    assert_eq!(app.dead_letters().await.len(), 5);
    assert_eq!(app.received().await, Vec::<Value>::new());
}

async fn stop_is_obeyed_and_erasing_takes_what_was_told(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = app.contact(json!({ "first_name": "Ada", "email": "ada@people.example" })).await;
    let id = ada_wrote(&app).await;
    app.admin.post(&format!("/api/conversations/{id}/link"), json!({ "contact_id": ada })).await;
    app.deliver(says("m2", "STOP")).await;
    let listed = app.admin.get("/api/suppressions").await;
    assert_eq!(
        (&listed["data"][0]["channel"], &listed["data"][0]["sender_id"]),
        (&json!("tiktok"), &json!(sender))
    );
    assert_eq!(reply(&app, &id, 1).await.brief(), "409 4002");
    let erased = app
        .admin
        .post(&format!("/api/contacts/{ada}/erase"), json!({ "confirm": "ada@people.example" }))
        .await;
    assert_eq!(
        (&erased["erased"]["raw_events"], &erased["erased"]["messages"]),
        (&json!(2), &json!(2)),
        "{erased:#}"
    );
    assert_eq!(app.received().await, Vec::<Value>::new());
}
