//! Macros: everything is done in a conversation, or nothing; their answers take the way of all answers; and what can be
//! taken back is.

use crate::{
    inbox::{BOB, at, heard_from, member_id},
    kit::*,
};
use serde_json::{Value, json};

both! {
    a_macro_does_all_of_it_or_nothing_and_is_undone,
    an_answer_of_a_macro_is_held_up_by_what_holds_up_answers,
    what_cannot_be_done_is_told_when_it_is_written,
}

async fn label(app: &TestApp, name: &str) -> Value {
    app.admin.post("/api/labels", json!({ "name": name })).await["id"].clone()
}

async fn made(app: &TestApp, steps: Value) -> String {
    let made = app.admin.post("/api/macros", json!({ "name": "Thanks", "steps": steps })).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn run(app: &TestApp, id: &str, ids: &[&String]) -> Answer {
    let body = json!({ "ids": ids, "client_id": "client-macro-1" });
    app.admin.call("POST", &format!("/api/macros/{id}/run"), &body).await
}

async fn shown(app: &TestApp, id: &str) -> Value {
    let mut shown = app.admin.get(&format!("/api/conversations/{id}")).await;
    for aside in ["contact", "rules", "merged"] {
        shown.as_object_mut().unwrap().remove(aside);
    }
    shown
}

async fn a_macro_does_all_of_it_or_nothing_and_is_undone(app: TestApp) {
    app.ann().await;
    app.contact(json!({ "phone": BOB, "last_name": "Bob" })).await;
    let ann = heard_from(&app, "SM1", ANN, "From Ann").await;
    let bob = heard_from(&app, "SM2", BOB, "From Bob").await;
    let (hot, cold) = (label(&app, "Hot").await, label(&app, "Cold").await);
    app.admin.post(&at(&ann, "labels"), json!({ "label_id": cold })).await;
    let manager = member_id(&app.member("manager").await).await;
    let id = made(
        &app,
        json!([
            { "kind": "reply", "text": "Thank you, {{ contact.first_name }}. {{ sender.name }}" },
            { "kind": "note", "text": "Thanked" },
            { "kind": "label", "label_id": hot },
            { "kind": "unlabel", "label_id": cold },
            { "kind": "assign", "assignee_id": manager },
            { "kind": "snooze", "until": "tomorrow 9am" },
        ]),
    )
    .await;
    let before = (shown(&app, &ann).await, shown(&app, &bob).await);
    let ran = run(&app, &id, &[&ann, &bob]).await.json();
    assert_eq!(ran["changed"], 1, "{ran}");
    let of = |id: &str| {
        ran["results"].as_array().unwrap().iter().find(|one| one["conversation_id"] == id).unwrap()
    };
    assert_eq!(of(&ann)["problem"], Value::Null);
    assert!(of(&bob)["problem"].as_str().unwrap().contains("contact.first_name"), "{ran}");
    assert_eq!(shown(&app, &bob).await, before.1, "of Bob nobody knows the name: nothing is done");
    let after = shown(&app, &ann).await;
    assert_eq!((&after["status"], &after["label_ids"]), (&json!("snoozed"), &json!([hot])));
    assert_eq!(after["assignee_id"], json!(manager));
    let answer = app.message(&of(&ann)["message_id"]).await;
    assert!(answer["text"].as_str().unwrap().starts_with("Thank you, Ann. "), "{answer}");
    assert_eq!(answer["status"], "queued", "it can be taken back");
    assert_eq!(app.admin.get(&at(&ann, "notes")).await["data"][0]["body"], "Thanked");

    let undo = format!("/api/macros/runs/{}/undo", ran["run_id"].as_str().unwrap());
    let undone = app.admin.post(&undo, json!({})).await;
    assert_eq!((&undone["changed"], &undone["left"]), (&json!(1), &json!(0)));
    assert_eq!(shown(&app, &ann).await, before.0);
    assert_eq!(app.admin.get(&at(&ann, "notes")).await["data"], json!([]));
    app.advance(HOUR).await;
    assert_eq!(app.world.letters("sms").await.len(), 0, "{:#?}", app.statuses().await);
    assert_eq!(app.admin.call("POST", &undo, &json!({})).await.status, 404, "once");
}

async fn an_answer_of_a_macro_is_held_up_by_what_holds_up_answers(app: TestApp) {
    app.ann().await;
    let ann = heard_from(&app, "SM1", ANN, "From Ann").await;
    let hot = label(&app, "Hot").await;
    let text = "Good bye, {{ contact.first_name }}";
    let steps =
        json!([{ "kind": "label", "label_id": hot }, { "kind": "reply", "text": text }, { "kind": "done" }]);
    let id = made(&app, steps).await;
    app.admin.post(&at(&ann, "block"), json!({})).await;
    let ran = run(&app, &id, &[&ann]).await.json();
    assert_eq!(ran["changed"], 0);
    assert!(ran["results"][0]["problem"].as_str().unwrap().contains("blocked"), "{ran}");
    let after = shown(&app, &ann).await;
    assert_eq!(
        (&after["status"], &after["label_ids"]),
        (&json!("open"), &json!([])),
        "nothing is done halfway"
    );
    app.admin.post(&at(&ann, "unblock"), json!({})).await;
    // The same twice is one answer.
    for _ in 0..2 {
        assert_eq!(run(&app, &id, &[&ann]).await.json()["changed"], 1);
    }
    app.advance(MINUTE).await;
    let letters = app.world.letters("sms").await;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert!(letters[0].to_string().contains("Good bye, Ann"), "{letters:#?}");
    // What it names is gone.
    app.admin.call("DELETE", &format!("/api/labels/{}", hot.as_str().unwrap()), &json!({})).await;
    let refused = run(&app, &id, &[&ann]).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("Change the macro"),
        "{}",
        refused.brief()
    );
}

async fn what_cannot_be_done_is_told_when_it_is_written(app: TestApp) {
    let note = json!({ "kind": "note", "text": "Hi" });
    for (name, steps, said) in [
        ("", json!([note]), "name"),
        ("One", json!([]), "1 to 10"),
        ("One", json!([{ "kind": "reply", "text": "{{ contact.frist_name }}" }]), "first_name"),
        ("One", json!([{ "kind": "snooze", "until": "some day" }]), "tomorrow 9am"),
        ("One", json!([{ "kind": "done" }, { "kind": "snooze", "until": "tomorrow 9am" }]), "put away once"),
    ] {
        let refused = app.admin.call("POST", "/api/macros", &json!({ "name": name, "steps": steps })).await;
        assert_eq!(refused.status, 422, "{name}: {steps}: {}", refused.brief());
        assert!(refused.json()["error"]["message"].as_str().unwrap().contains(said), "{}", refused.brief());
    }
    let id = made(&app, json!([note])).await;
    let twice = app.admin.call("POST", "/api/macros", &json!({ "name": "thanks", "steps": [note] })).await;
    assert_eq!(twice.status, 422, "{}", twice.brief());
    let path = format!("/api/macros/{id}");
    let changed = app.admin.call("PATCH", &path, &json!({ "name": "Thanks a lot" })).await.json();
    assert_eq!((&changed["name"], &changed["steps"]), (&json!("Thanks a lot"), &json!([note])));
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(app.admin.get("/api/macros").await["data"], json!([]));
}
