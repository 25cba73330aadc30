//! Answers before they leave: typed, taken back, put off, and held against those of colleagues.

use crate::{
    inbox::{BOB, at, heard_from, member_id},
    kit::*,
};
use serde_json::{Value, json};

both! {
    an_answer_can_be_taken_back_until_it_leaves,
    what_is_taken_back_while_it_is_claimed_leaves_once_or_not_at_all,
    an_answer_leaves_at_its_time_unless_they_write_first,
    nobody_talks_over_a_colleague_unless_they_say_so,
    of_two_who_answer_at_once_one_is_told,
    what_is_typed_is_kept_and_overwrites_nothing_unseen,
}

async fn reply(client: &Client, conversation: &str, key: &str, more: Value) -> Answer {
    let mut body = json!({ "text": format!("Answer {key}"), "client_id": format!("client-{key}") });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    client.call("POST", &at(conversation, "reply"), &body).await
}

fn recall(message: &Value) -> String {
    format!("/api/messages/{}/recall", message["id"].as_str().unwrap())
}

async fn an_answer_can_be_taken_back_until_it_leaves(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    let held = reply(&app.admin, &id, "one", json!({ "undoable": true })).await.json();
    app.advance(9 * SECOND).await;
    assert_eq!(app.statuses().await, ["queued"]);
    let back = app.admin.post(&recall(&held), json!({})).await;
    assert_eq!((&back["status"], &back["text"]), (&json!("cancelled"), &json!("Answer one")));
    let list = app.admin.get("/api/conversations?view=all").await;
    assert_eq!(
        (&list["data"][0]["last_snippet"], &list["data"][0]["last_direction"]),
        (&json!("Hello"), &json!("in"))
    );
    let held = reply(&app.admin, &id, "two", json!({ "undoable": true })).await.json();
    app.advance(10 * SECOND).await;
    assert_eq!(app.message(&held["id"]).await["status"], "sent");
    let late = app.admin.call("POST", &recall(&held), &json!({})).await;
    assert_eq!(late.status, 409);
    assert!(late.json()["error"]["message"].as_str().unwrap().contains("cannot be taken back"));
    // Switched off, it leaves at once; and so does what a program sends.
    app.admin.patch("/api/settings", json!({ "undo_seconds": 0 })).await;
    reply(&app.admin, &id, "three", json!({ "undoable": true })).await;
    app.run_due().await;
    app.admin.patch("/api/settings", json!({ "undo_seconds": 30 })).await;
    reply(&app.admin, &id, "four", json!({})).await;
    app.run_due().await;
    assert_eq!(app.statuses().await, ["cancelled", "sent", "sent", "sent"]);
    assert_eq!(app.world.taken("sms").await, 3);
    for wrong in [json!(-1), json!(7), json!(3600)] {
        let answer = app.admin.call("PATCH", "/api/settings", &json!({ "undo_seconds": wrong })).await;
        assert_eq!(answer.status, 422);
    }
    // A campaign's message is no answer of a person.
    let ann = app.admin.get("/api/contacts").await["data"][0]["id"].as_str().unwrap().to_owned();
    app.admin.post("/api/sending/stop", json!({})).await;
    app.campaign(one_text(), &[ann]).await;
    app.run_due().await;
    let queued = app.sent().await.pop().unwrap();
    assert_eq!(queued["status"], "queued");
    assert_eq!(app.admin.call("POST", &recall(&queued), &json!({})).await.status, 409);
}

/// The claim and the taking back meet at the same moment, many times.
async fn what_is_taken_back_while_it_is_claimed_leaves_once_or_not_at_all(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    let mut held = Vec::new();
    for n in 0..24 {
        held.push(reply(&app.admin, &id, &format!("number-{n}"), json!({ "undoable": true })).await.json());
    }
    app.clock.advance(10 * SECOND);
    let other = app.node().await;
    let admin = &app.admin;
    let takes = futures::future::join_all(held.iter().map(|message| async move {
        (message, admin.call("POST", &recall(message), &json!({})).await.status.as_u16())
    }));
    let (taken, ..) = tokio::join!(takes, app.run_due(), other.run_due());
    app.run_due().await;
    let letters = json!(app.world.letters("sms").await).to_string();
    for (message, status) in taken {
        let now = app.message(&message["id"]).await;
        let left = letters.contains(&format!("\"{}\"", message["text"].as_str().unwrap()));
        let expected = if status == 200 { ("cancelled", false) } else { ("sent", true) };
        assert_eq!((now["status"].as_str().unwrap(), left), expected, "{status} {now}");
    }
    app.world.taken("sms").await;
}

async fn an_answer_leaves_at_its_time_unless_they_write_first(app: TestApp) {
    app.ann().await;
    let with_ann = heard_from(&app, "SM1", ANN, "Hello").await;
    let with_bob = heard_from(&app, "SM2", BOB, "Hello too").await;
    let put_off = json!({ "send_at": "tomorrow 9am" });
    let plain = reply(&app.admin, &with_ann, "plain", put_off.clone()).await.json();
    assert_eq!(
        (&plain["status"], &plain["scheduled_for"], &plain["unless_answered"]),
        (&json!("queued"), &json!("2026-06-16T09:00:00.000Z"), &json!(0))
    );
    assert!(plain["why"]["text"].as_str().is_some_and(|why| !why.is_empty()), "{plain}");
    let careful = json!({ "send_at": "tomorrow 9am", "unless_answered": true });
    let careful_ann = reply(&app.admin, &with_ann, "careful-ann", careful.clone()).await.json();
    let careful_bob = reply(&app.admin, &with_bob, "careful-bob", careful).await.json();
    for wrong in ["yesterday", "2020-01-01", ""] {
        let refused = reply(&app.admin, &with_ann, "wrong-time", json!({ "send_at": wrong })).await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
    app.advance(HOUR).await;
    heard_from(&app, "SM3", ANN, "One more thing").await;
    let withdrawn = app.message(&careful_ann["id"]).await;
    assert_eq!(
        (&withdrawn["status"], &withdrawn["error_code"]),
        (&json!("cancelled"), &json!("message.answered_first"))
    );
    app.advance(22 * HOUR - MINUTE).await;
    assert_eq!(app.world.taken("sms").await, 0);
    app.advance(2 * MINUTE).await;
    assert_eq!(app.message(&plain["id"]).await["status"], "sent");
    assert_eq!(app.message(&careful_bob["id"]).await["status"], "sent");
    assert_eq!(app.message(&careful_ann["id"]).await["status"], "cancelled");
    assert_eq!(app.world.taken("sms").await, 2);
    // Until then it can be taken back, and the guards are asked when it leaves.
    let third = reply(&app.admin, &with_ann, "third", put_off.clone()).await.json();
    app.admin.post(&recall(&third), json!({})).await;
    let fourth = reply(&app.admin, &with_bob, "fourth", put_off).await.json();
    app.deliver(Post::text("SM4", BOB, "STOP")).await;
    app.advance(2 * DAY).await;
    assert_eq!(app.message(&fourth["id"]).await["status"], "suppressed");
    assert_eq!(app.world.taken("sms").await, 2);
}

async fn nobody_talks_over_a_colleague_unless_they_say_so(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    let colleague = app.member("manager").await;
    let seen = app.admin.get(&at(&id, "messages")).await["data"][0]["id"].clone();
    let seen_all = json!({ "seen_message_id": seen });
    assert_eq!(reply(&colleague, &id, "colleague", seen_all.clone()).await.status, 200);
    app.advance(20 * SECOND).await;
    let refused = reply(&app.admin, &id, "mine-one", seen_all.clone()).await;
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status.as_u16(), &error["name"]), (409, &json!("conversation.colleague_answered")));
    assert!(error["message"].as_str().unwrap().starts_with("Rita Rep answered 20 seconds ago"), "{error}");
    assert_eq!(app.sent().await.len(), 1, "nothing was queued");
    // Who has seen it, or does not say what they have seen, is not asked again; one's own answer is no surprise.
    let newest = app.admin.get(&at(&id, "messages")).await["data"][0]["id"].clone();
    assert_eq!(reply(&app.admin, &id, "mine-one", json!({ "seen_message_id": newest })).await.status, 200);
    assert_eq!(reply(&app.admin, &id, "mine-two", json!({ "seen_message_id": newest })).await.status, 200);
    assert_eq!(reply(&colleague, &id, "blindly", json!({})).await.status, 200);
    // What was taken back was not said.
    let last = app.admin.get(&at(&id, "messages")).await["data"][0]["id"].clone();
    let held = reply(&colleague, &id, "held", json!({ "undoable": true })).await.json();
    colleague.post(&recall(&held), json!({})).await;
    assert_eq!(reply(&app.admin, &id, "mine-three", json!({ "seen_message_id": last })).await.status, 200);
}

async fn of_two_who_answer_at_once_one_is_told(app: TestApp) {
    app.ann().await;
    let other = app.node().await;
    let colleague = app.member("manager").await;
    for round in 0..6 {
        let id = heard_from(&app, &format!("SM{round}"), ANN, &format!("Hello {round}")).await;
        let seen = app.admin.get(&at(&id, "messages")).await["data"][0]["id"].clone();
        let seen = json!({ "seen_message_id": seen });
        let (here, there) = (format!("here-{round}"), format!("there-{round}"));
        let (one, two) =
            tokio::join!(reply(&other.admin, &id, &here, seen.clone()), reply(&colleague, &id, &there, seen));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}");
    }
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 6);
}

async fn what_is_typed_is_kept_and_overwrites_nothing_unseen(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "Hello").await;
    let keep = async |client: &Client, text: &str, version: i64| {
        let answer =
            client.call("PUT", &at(&id, "draft"), &json!({ "text": text, "version": version })).await;
        (answer.status.as_u16(), answer.json()["version"].as_i64())
    };
    assert_eq!(keep(&app.admin, "Half a", 0).await, (200, Some(1)));
    assert_eq!(keep(&app.admin, "Half a sentence", 1).await, (200, Some(2)));
    // Another window that has not seen it.
    assert_eq!(keep(&app.admin, "Other words", 0).await.0, 409);
    assert_eq!(keep(&app.admin, "Other words", 1).await.0, 409);
    assert_eq!(keep(&app.admin, "", 1).await.0, 409);
    let colleague = app.member("manager").await;
    assert_eq!(keep(&colleague, "A colleague's", 0).await, (200, Some(1)));
    let drafts = app.admin.get(&at(&id, "drafts")).await;
    let typed: Vec<(&str, &str)> = drafts["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (d["member_id"].as_str().unwrap(), d["text"].as_str().unwrap()))
        .collect();
    let (me, her) = (member_id(&app.admin).await, member_id(&colleague).await);
    assert_eq!(typed.len(), 2);
    assert!(
        typed.contains(&(&me, "Half a sentence")) && typed.contains(&(&her, "A colleague's")),
        "{typed:?}"
    );
    let rep = app.member("rep").await;
    assert_eq!(rep.call("GET", &at(&id, "drafts"), &json!({})).await.status, 404);
    // Sent, it is gone, and what was still under way does not bring it back.
    reply(&app.admin, &id, "sent", json!({})).await;
    assert_eq!(keep(&app.admin, "Half a sentence.", 2).await.0, 409);
    assert_eq!(app.admin.get(&at(&id, "drafts")).await["data"].as_array().unwrap().len(), 1);
    assert_eq!(keep(&app.admin, "The next one", 0).await, (200, Some(1)));
    assert_eq!(keep(&app.admin, "  ", 1).await, (200, Some(0)));
    assert_eq!(keep(&app.admin, "", 0).await, (200, Some(0)));
    // Nothing of it is a message: it is nowhere among those, and nothing leaves.
    app.advance(DAY).await;
    assert_eq!(app.sent().await.len(), 1);
    assert_eq!(app.world.taken("sms").await, 1);
    let huge = "x".repeat(256 * 1024 + 1);
    assert_eq!(keep(&app.admin, &huge, 0).await.0, 422);
}
