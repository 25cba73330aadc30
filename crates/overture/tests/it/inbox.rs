//! The work in the inbox: whose a conversation is, until when it rests, its labels, and what members say in it to each
//! other.

use crate::{kit::*, receiving::letter};
use serde_json::{Value, json};

both! {
    every_view_counts_what_it_shows,
    a_conversation_is_asked_of_somebody_who_may_see_it,
    a_snoozed_conversation_comes_back_at_its_time,
    an_answer_brings_a_snoozed_conversation_back_unless_it_rests_in_any_case,
    labels_narrow_the_inbox,
    two_labels_become_one,
    a_page_asks_as_often_for_many_as_for_one,
    a_note_leaves_by_no_way,
    who_is_mentioned_finds_it_until_they_have_looked,
    a_colleagues_notes_are_not_there,
    what_is_done_to_many_is_done_to_all_or_none,
}

pub const BOB: &str = "+14155550178";

/// Somebody writes; the conversation.
pub async fn heard_from(app: &TestApp, sid: &str, from: &str, text: &str) -> String {
    app.deliver(Post::text(sid, from, text)).await;
    let all = app.received().await;
    let last = all.iter().rev().find(|m| m["text"] == text).unwrap_or_else(|| panic!("{all:#?}"));
    last["conversation_id"].as_str().unwrap().to_owned()
}

pub fn at(conversation: &str, verb: &str) -> String {
    format!("/api/conversations/{conversation}/{verb}")
}

pub async fn member_id(client: &Client) -> String {
    client.get("/api/auth/me").await["member"]["id"].as_str().unwrap().to_owned()
}

async fn shown(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/api/conversations?{query}")).await;
    page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect()
}

async fn every_view_counts_what_it_shows(app: TestApp) {
    let rita = app.member("rep").await;
    let ann = app.ann().await;
    rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Of Rita" })).await;
    let with_ann = heard_from(&app, "SM1", ANN, "From Ann").await;
    let with_bob = heard_from(&app, "SM2", BOB, "From Bob").await;
    let stranger = heard_from(&app, "SM3", "+14155550179", "From a stranger").await;
    let snoozed = heard_from(&app, "SM4", "+14155550180", "From a snoozed one").await;
    let done = heard_from(&app, "SM5", "+14155550181", "From one that is done").await;
    app.admin.post(&at(&snoozed, "snooze"), json!({ "until": "tomorrow 9am" })).await;
    app.admin.post(&at(&done, "done"), json!({})).await;
    app.admin.post(&at(&with_ann, "read"), json!({})).await;
    let me = member_id(&app.admin).await;
    app.admin.post(&at(&with_ann, "notes"), json!({ "text": "For me", "mention_ids": [me] })).await;
    let owner = app.admin.get(&format!("/api/contacts/{ann}")).await["owner_id"].clone();
    assert_eq!(owner, json!(me), "who makes a contact owns it");
    for (client, view, expected) in [
        (&app.admin, "open", vec![&stranger, &with_bob, &with_ann]),
        (&app.admin, "mine", vec![&with_ann]),
        (&app.admin, "unassigned", vec![&stranger]),
        (&app.admin, "unread", vec![&stranger, &with_bob]),
        (&app.admin, "snoozed", vec![&snoozed]),
        (&app.admin, "mentions", vec![&with_ann]),
        (&app.admin, "done", vec![&done]),
        (&app.admin, "unmatched", vec![&stranger]),
        (&rita, "open", vec![&with_bob]),
        (&rita, "mine", vec![&with_bob]),
        (&rita, "unassigned", vec![]),
        (&rita, "snoozed", vec![]),
        (&rita, "mentions", vec![]),
    ] {
        let page = client.get(&format!("/api/conversations?view={view}")).await;
        let mut found: Vec<&str> =
            page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect();
        let mut expected: Vec<&str> = expected.into_iter().map(String::as_str).collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{view}");
        assert_eq!(page["counts"][view], json!(expected.len()), "{view}: {}", page["counts"]);
    }
    let narrowed = shown(&app.admin, &format!("view=open&assignee_id={}", member_id(&rita).await)).await;
    assert_eq!(narrowed, [with_bob]);
}

async fn a_conversation_is_asked_of_somebody_who_may_see_it(app: TestApp) {
    app.ann().await;
    let (rita, manager) = (app.member("rep").await, app.member("manager").await);
    let (rita_id, manager_id) = (member_id(&rita).await, member_id(&manager).await);
    let with_ann = heard_from(&app, "SM1", ANN, "From Ann").await;
    let stranger = heard_from(&app, "SM2", BOB, "From a stranger").await;
    let asked = app.admin.post(&at(&with_ann, "assign"), json!({ "assignee_id": manager_id })).await;
    assert_eq!((&asked["assignee_id"], &asked["assignee_name"]), (&json!(manager_id), &json!("Rita Rep")));
    assert_eq!(shown(&manager, "view=mine").await, std::slice::from_ref(&with_ann));
    assert_eq!(shown(&app.admin, "view=mine").await, Vec::<String>::new());
    // Ann is not hers: she would not see what she is asked to do.
    let refused = app.admin.call("POST", &at(&with_ann, "assign"), &json!({ "assignee_id": rita_id })).await;
    assert_eq!(refused.status, 409);
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("Hand the contact over"));
    assert_eq!(rita.call("GET", &format!("/api/conversations/{with_ann}"), &json!({})).await.status, 404);
    // A stranger is nobody's, and becomes hers.
    app.admin.post(&at(&stranger, "assign"), json!({ "assignee_id": rita_id })).await;
    assert_eq!(shown(&rita, "view=mine").await, std::slice::from_ref(&stranger));
    let (_, newcomer) = (app.member("rep").await, app.member("rep").await);
    let given = json!({ "assignee_id": member_id(&newcomer).await });
    assert_eq!(rita.call("POST", &at(&stranger, "assign"), &given).await.status, 409);
    // Handed over, it is the new owner's, whoever was asked before.
    let ann = app.admin.get(&format!("/api/conversations/{with_ann}")).await["contact_id"].clone();
    app.admin
        .post("/api/contacts/assign", json!({ "who": { "contact_ids": [ann] }, "owner_id": rita_id }))
        .await;
    assert_eq!(shown(&manager, "view=mine").await, Vec::<String>::new());
    assert_eq!(shown(&rita, "view=mine").await.len(), 2);
    let back = app.admin.post(&at(&with_ann, "assign"), json!({})).await;
    assert_eq!(back["assignee_id"], json!(rita_id), "asked of nobody, it is its owner's");
    app.admin.patch(&format!("/api/members/{manager_id}"), json!({ "disabled": true })).await;
    let gone = app.admin.call("POST", &at(&with_ann, "assign"), &json!({ "assignee_id": manager_id })).await;
    assert_eq!(gone.status, 422, "{}", gone.json());
}

async fn a_snoozed_conversation_comes_back_at_its_time(app: TestApp) {
    app.ann().await;
    app.admin.patch("/api/settings", json!({ "time_zone": "America/New_York" })).await;
    let id = heard_from(&app, "SM1", ANN, "From Ann").await;
    app.admin.post(&at(&id, "read"), json!({})).await;
    let wrong = app.admin.call("POST", &at(&id, "snooze"), &json!({ "until": "some day" })).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.json()["error"]["message"].as_str().unwrap().contains("tomorrow 9am"), "{}", wrong.json());
    // It is Monday, six in the morning in New York.
    let away = app.admin.post(&at(&id, "snooze"), json!({ "until": "tomorrow 9am" })).await;
    assert_eq!(
        (&away["status"], &away["snoozed_until"]),
        (&json!("snoozed"), &json!("2026-06-16T13:00:00.000Z"))
    );
    app.advance(27 * HOUR - MINUTE).await;
    assert_eq!(shown(&app.admin, "view=open").await, Vec::<String>::new());
    app.advance(2 * MINUTE).await;
    let back = app.admin.get(&format!("/api/conversations/{id}")).await;
    assert_eq!(
        (&back["status"], &back["snoozed_until"], &back["unread"]),
        (&json!("open"), &json!(null), &json!(1))
    );
    // Opened by hand before, nothing happens at its time.
    app.admin.post(&at(&id, "snooze"), json!({ "until": "in 2 days" })).await;
    app.admin.post(&at(&id, "reopen"), json!({})).await;
    app.admin.post(&at(&id, "done"), json!({})).await;
    app.advance(3 * DAY).await;
    assert_eq!(app.admin.get(&format!("/api/conversations/{id}")).await["status"], "done");
}

async fn an_answer_brings_a_snoozed_conversation_back_unless_it_rests_in_any_case(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    app.admin.post(&at(&id, "snooze"), json!({ "until": "next monday" })).await;
    heard_from(&app, "SM2", ANN, "Two").await;
    let back = app.admin.get(&format!("/api/conversations/{id}")).await;
    assert_eq!((&back["status"], &back["snoozed_until"]), (&json!("open"), &json!(null)));
    app.admin.post(&at(&id, "snooze"), json!({ "until": "in 3 days", "in_any_case": true })).await;
    heard_from(&app, "SM3", ANN, "Three").await;
    let rests = app.admin.get(&format!("/api/conversations/{id}")).await;
    assert_eq!((&rests["status"], &rests["unread"]), (&json!("snoozed"), &json!(3)));
    app.advance(3 * DAY + MINUTE).await;
    assert_eq!(app.admin.get(&format!("/api/conversations/{id}")).await["status"], "open");
}

async fn labels_narrow_the_inbox(app: TestApp) {
    app.ann().await;
    let (one, two) = (heard_from(&app, "SM1", ANN, "One").await, heard_from(&app, "SM2", BOB, "Two").await);
    let hot = app.admin.post("/api/labels", json!({ "name": "Hot lead", "color": "red" })).await;
    let cold = app.admin.post("/api/labels", json!({ "name": "Cold" })).await;
    assert_eq!((&hot["color"], &cold["color"]), (&json!("red"), &json!("grey")));
    let twice = app.admin.call("POST", "/api/labels", &json!({ "name": " hot  LEAD" })).await;
    assert_eq!(twice.status, 409, "{}", twice.json());
    for (status, name) in [(422, ""), (422, "x".repeat(41).as_str())] {
        assert_eq!(app.admin.call("POST", "/api/labels", &json!({ "name": name })).await.status, status);
    }
    let label = json!({ "label_id": hot["id"] });
    app.admin.post(&at(&one, "labels"), label.clone()).await;
    let carries = app.admin.post(&at(&one, "labels"), label.clone()).await;
    assert_eq!(carries["label_ids"], json!([hot["id"]]), "a second time changes nothing");
    app.admin.post(&at(&one, "labels"), json!({ "label_id": cold["id"] })).await;
    let with = async |label: &Value| {
        shown(&app.admin, &format!("view=open&label_id={}", label["id"].as_str().unwrap())).await
    };
    assert_eq!((with(&hot).await, with(&cold).await), (vec![one.clone()], vec![one.clone()]));
    assert_eq!(app.admin.get("/api/labels").await["data"][1]["open"], 1);
    let left = app.admin.post(&at(&one, "labels/remove"), label).await;
    assert_eq!(left["label_ids"], json!([cold["id"]]));
    app.admin.post(&at(&two, "labels"), json!({ "label_id": cold["id"] })).await;
    let path = format!("/api/labels/{}", cold["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "name": "Later", "color": "blue" })).await;
    let rep = app.member("rep").await;
    assert_eq!(rep.call("DELETE", &path, &json!({})).await.status, 403);
    assert_eq!(rep.get("/api/labels").await["data"][1]["open"], 0, "of what they see");
    app.admin.call("DELETE", &path, &json!({})).await;
    assert_eq!(app.admin.get(&format!("/api/conversations/{two}")).await["label_ids"], json!([]));
    assert_eq!(app.admin.get("/api/labels").await["data"].as_array().unwrap().len(), 1);
}

/// Everything that reaches anybody outside is looked through for the words of a note.
async fn two_labels_become_one(app: TestApp) {
    let one = heard_from(&app, "SM1", ANN, "One").await;
    let both = heard_from(&app, "SM2", BOB, "Both").await;
    let label = async |name: &str| app.admin.post("/api/labels", json!({ "name": name })).await["id"].clone();
    let (price, pricing) = (label("Price").await, label("Pricing").await);
    for (conversation, label) in [(&one, &price), (&both, &price), (&both, &pricing)] {
        app.admin.post(&at(conversation, "labels"), json!({ "label_id": label })).await;
    }
    app.admin.post(&at(&one, "done"), json!({})).await;
    let merge = format!("/api/labels/{}/merge", price.as_str().unwrap());
    let same = app.admin.call("POST", &merge, &json!({ "into_id": price })).await;
    assert_eq!(same.status, 422, "{}", same.brief());
    let rep = app.member("rep").await;
    assert_eq!(rep.call("POST", &merge, &json!({ "into_id": pricing })).await.status, 403);
    let kept = app.admin.post(&merge, json!({ "into_id": pricing })).await;
    assert_eq!((&kept["conversations"], &kept["open"]), (&json!(2), &json!(1)));
    let all = app.admin.get("/api/labels").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1);
    for id in [&one, &both] {
        let labels = app.admin.get(&format!("/api/conversations/{id}")).await["label_ids"].clone();
        assert_eq!(labels, json!([pricing]));
    }
    // A view of the inbox says how much it holds.
    let query = format!("part=all&label={}", pricing.as_str().unwrap());
    let view = json!({ "name": "Prices", "page": "inbox", "query": query, "is_shared": true });
    app.admin.post("/api/views", view).await;
    assert_eq!(rep.get("/api/views").await["data"][0]["query"], query);
    let count = format!("/api/conversations/count?view=all&label_id={}", pricing.as_str().unwrap());
    assert_eq!(app.admin.get(&count).await, json!({ "total": 2, "total_is_capped": false }));
    assert_eq!(rep.get(&count).await["total"], 0);
    assert_eq!(app.admin.get("/api/conversations/count?search=both").await["total"], 0, "not read yet");
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    assert_eq!(app.admin.get("/api/conversations/count?search=both").await["total"], 1);
    assert_eq!(app.admin.get("/api/conversations/count?search=!").await["total"], 0);
}

/// How many statements a page of the inbox and of a thread costs must not depend on what is on it.
async fn a_page_asks_as_often_for_many_as_for_one(app: TestApp) {
    app.ann().await;
    let label = app.admin.post("/api/labels", json!({ "name": "Price" })).await["id"].clone();
    let first = heard_from(&app, "SM0", ANN, "Hello").await;
    app.admin.post(&at(&first, "labels"), json!({ "label_id": label })).await;
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    let pages = [
        "/api/conversations?view=all".to_owned(),
        "/api/conversations?view=all&search=hello".into(),
        at(&first, "messages"),
        "/api/notifications".into(),
    ];
    let tables = ["conversations", "messages", "message_words", "labels", "contacts", "notifications"];
    let mut costs = Vec::new();
    for amount in [1, 12] {
        for n in 1..amount {
            let from = format!("+141555501{n:02}");
            app.contact(json!({ "phone": from, "last_name": "Somebody" })).await;
            let one = heard_from(&app, &format!("SM{n}"), &from, &format!("Hello {n}")).await;
            app.admin.post(&at(&one, "labels"), json!({ "label_id": label })).await;
            heard_from(&app, &format!("SA{n}"), ANN, &format!("Hello again {n}")).await;
        }
        while overture::search::keep_up(app.app.clone()).await.unwrap() {}
        let mut cost = Vec::new();
        for page in &pages {
            store::plans::listen();
            let found = app.admin.get(page).await;
            cost.push(store::plans::counted(&tables));
            assert_eq!(found["data"].as_array().unwrap().len(), amount, "{page}");
        }
        costs.push(cost);
    }
    assert_eq!(costs[0], costs[1], "statements of {pages:?}");
    assert!(costs[0].iter().all(|cost| (1..=6).contains(cost)), "{costs:?}");
}

async fn a_note_leaves_by_no_way(app: TestApp) {
    const SECRET: &str = "they will pay double";
    let receiver = Receiver::start().await;
    let kinds = app.admin.get("/api/webhooks").await["kinds"].clone();
    let kinds: Vec<&str> = kinds.as_array().unwrap().iter().map(|k| k["kind"].as_str().unwrap()).collect();
    app.webhook(&receiver, &kinds).await;
    let ann = app.ann().await;
    app.campaign(
        chain(vec![email("E1", "Hello", "Dear {{ contact.last_name }}")]),
        std::slice::from_ref(&ann),
    )
    .await;
    app.run_due().await;
    let mail = letter("ann@people.example", &our_email(1), "<1@x>", "", "Hello back");
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    let by_mail = app.received().await[0]["conversation_id"].as_str().unwrap().to_owned();
    let by_text = heard_from(&app, "SM1", ANN, "And a text").await;
    for (id, key) in [(&by_mail, "client-mail"), (&by_text, "client-text")] {
        let note = app.admin.post(&at(id, "notes"), json!({ "text": SECRET })).await;
        // What can be done with a message cannot be done with a note.
        for verb in ["decide", "cancel", "approve", "send"] {
            let path = format!("/api/messages/{}/{verb}", note["id"].as_str().unwrap());
            let answer = app.admin.call("POST", &path, &json!({ "decision": "resend" })).await;
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        }
        app.admin.post(&at(id, "reply"), json!({ "text": "A real answer", "client_id": key })).await;
        app.admin.post(&at(id, "snooze"), json!({ "until": "in 1 hour" })).await;
        app.admin.post(&at(id, "done"), json!({})).await;
    }
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.advance(DAY).await;
    app.tell().await;
    assert_eq!(app.statuses().await.len(), 4);
    for channel in ["email", "sms"] {
        let letters = app.world.letters(channel).await;
        assert_eq!(letters.len(), 2, "{channel}: {letters:#?}");
        assert!(!json!(letters).to_string().contains(SECRET), "{letters:#?}");
    }
    let told: Vec<String> = receiver.heard().iter().map(|heard| format!("{heard:?}")).collect();
    assert!(told.len() > 4 && !told.iter().any(|text| text.contains(SECRET)), "{told:#?}");
    for path in ["/api/messages?limit=200", &at(&by_mail, "messages"), "/api/conversations?view=all"] {
        assert!(!app.admin.get(path).await.to_string().contains(SECRET), "{path}");
    }
    // It is there for those whom it is for, and for the person whom it is about if they ask.
    assert_eq!(app.admin.get(&at(&by_mail, "notes")).await["data"][0]["body"], SECRET);
    let export = app.admin.get(&format!("/api/contacts/{ann}/export")).await;
    assert_eq!(export["notes"].as_array().unwrap().len(), 2);
    let erased = app
        .admin
        .post(&format!("/api/contacts/{ann}/erase"), json!({ "confirm": "ann@people.example" }))
        .await;
    assert_eq!(erased["erased"]["notes"], 2, "{erased}");
}

async fn who_is_mentioned_finds_it_until_they_have_looked(app: TestApp) {
    app.ann().await;
    let (manager, rep) = (app.member("manager").await, app.member("rep").await);
    let id = heard_from(&app, "SM1", ANN, "One").await;
    let (manager_id, rep_id) = (member_id(&manager).await, member_id(&rep).await);
    let note = json!({ "text": "Look at this, @Rita Rep", "mention_ids": [manager_id, manager_id] });
    let note = app.admin.post(&at(&id, "notes"), note).await;
    assert_eq!(note["mention_ids"], json!([manager_id]));
    let mentions = async |client: &Client| {
        let page = client.get("/api/conversations?view=mentions").await;
        (page["data"].as_array().unwrap().len(), page["counts"]["mentions"].as_i64().unwrap())
    };
    assert_eq!((mentions(&manager).await, mentions(&app.admin).await), ((1, 1), (0, 0)));
    assert_eq!(manager.get(&format!("/api/conversations/{id}")).await["mentioned"], true);
    manager.post(&at(&id, "read"), json!({})).await;
    assert_eq!(mentions(&manager).await, (1, 0), "seen, and still to be found");
    assert_eq!(manager.get(&format!("/api/conversations/{id}")).await["mentioned"], false);
    // Who does not see the conversation is not told of it.
    let unseen = json!({ "text": "And you?", "mention_ids": [rep_id] });
    let refused = app.admin.call("POST", &at(&id, "notes"), &unseen).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    assert_eq!(app.admin.get(&at(&id, "notes")).await["data"].as_array().unwrap().len(), 1);
    let path = format!("/api/notes/{}", note["id"].as_str().unwrap());
    assert_eq!(manager.call("DELETE", &path, &json!({})).await.status, 200, "a manager may");
    assert_eq!(mentions(&manager).await, (0, 0));
}

async fn a_colleagues_notes_are_not_there(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Of Rita" })).await;
    let id = heard_from(&app, "SM1", BOB, "One").await;
    let note = rita.post(&at(&id, "notes"), json!({ "text": "Hers" })).await;
    for (method, path) in [
        ("GET", at(&id, "notes")),
        ("POST", at(&id, "notes")),
        ("DELETE", format!("/api/notes/{}", note["id"].as_str().unwrap())),
        ("POST", at(&id, "snooze")),
        ("POST", at(&id, "assign")),
    ] {
        let body = json!({ "text": "x", "until": "tomorrow" });
        let body = if path.ends_with("notes") { json!({ "text": "x" }) } else { body };
        let body = if path.ends_with("assign") { json!({}) } else { body };
        let body = if path.ends_with("snooze") { json!({ "until": "tomorrow" }) } else { body };
        let answer = ron.call(method, &path, &body).await;
        assert_eq!(answer.brief(), "404 404", "{method} {path}");
    }
    assert_eq!(rita.get(&at(&id, "notes")).await["data"].as_array().unwrap().len(), 1);
    // A note by a manager stays when the rep whose conversation it is wants it gone.
    let by_admin = app.admin.post(&at(&id, "notes"), json!({ "text": "From above" })).await;
    let path = format!("/api/notes/{}", by_admin["id"].as_str().unwrap());
    assert_eq!(rita.call("DELETE", &path, &json!({})).await.status, 409);
}

async fn what_is_done_to_many_is_done_to_all_or_none(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Of Rita" })).await;
    app.ann().await;
    let hers = heard_from(&app, "SM1", BOB, "One").await;
    let ours = heard_from(&app, "SM2", ANN, "Two").await;
    let label = app.admin.post("/api/labels", json!({ "name": "Later" })).await["id"].clone();
    let both = json!([hers, ours, hers]);
    let act = async |client: &Client, ids: &Value, action: Value| {
        let body = json!({ "ids": ids, "action": action });
        let answer = client.call("POST", "/api/conversations/bulk", &body).await;
        (answer.status.as_u16(), answer.json()["changed"].clone())
    };
    let status = async |id: &str| app.admin.get(&format!("/api/conversations/{id}")).await["status"].clone();
    let labelled = json!({ "kind": "label", "label_id": label });
    assert_eq!(act(&app.admin, &both, labelled).await, (200, json!(2)));
    assert_eq!(shown(&app.admin, &format!("label_id={}", label.as_str().unwrap())).await.len(), 2);
    assert_eq!(act(&app.admin, &both, json!({ "kind": "unlabel", "label_id": label })).await.0, 200);
    assert_eq!(act(&app.admin, &both, json!({ "kind": "snooze", "until": "tomorrow 9am" })).await.0, 200);
    assert_eq!((status(&hers).await, status(&ours).await), (json!("snoozed"), json!("snoozed")));
    assert_eq!(act(&app.admin, &both, json!({ "kind": "reopen" })).await.0, 200);
    assert_eq!(act(&app.admin, &both, json!({ "kind": "read" })).await.0, 200);
    assert_eq!(app.admin.get("/api/conversations").await["counts"]["unread"], 0);
    // One of two cannot be given to her, so neither is.
    let given = json!({ "kind": "assign", "assignee_id": member_id(&rita).await });
    app.admin.post(&at(&hers, "assign"), json!({ "assignee_id": member_id(&app.admin).await })).await;
    assert_eq!(act(&app.admin, &both, given.clone()).await.0, 409);
    assert_eq!(shown(&rita, "view=mine").await, Vec::<String>::new());
    assert_eq!(act(&app.admin, &json!([hers]), given).await.0, 200);
    // What a rep may not see is in no list of theirs, and the whole list is refused.
    assert_eq!(act(&ron, &both, json!({ "kind": "done" })).await.0, 404);
    assert_eq!(act(&rita, &both, json!({ "kind": "done" })).await.0, 404);
    assert_eq!((status(&hers).await, status(&ours).await), (json!("open"), json!("open")));
    assert_eq!(act(&rita, &json!([hers]), json!({ "kind": "done" })).await.0, 200);
    assert_eq!((status(&hers).await, status(&ours).await), (json!("done"), json!("open")));
    for wrong in [json!([]), json!(vec![ours; 201])] {
        let expected = if wrong.as_array().unwrap().is_empty() { 422 } else { 200 };
        assert_eq!(act(&app.admin, &wrong, json!({ "kind": "done" })).await.0, expected);
    }
}
