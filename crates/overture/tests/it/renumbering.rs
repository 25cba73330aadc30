//! People who take WhatsApp along to another number: the same person, the same conversation, the same wishes.

use crate::{
    kit::*,
    whatsapp::{OURS, add_sender},
};
use serde_json::{Value, json};

both! {
    a_person_with_a_new_number_is_the_same_person_in_the_same_conversation,
    what_waits_leaves_once_to_the_new_number_and_what_had_left_stays_as_it_was,
    an_opt_out_of_the_old_number_holds_for_the_new_one_until_they_take_it_back,
    the_news_and_the_messages_around_it_come_to_the_same_in_every_order,
    older_news_after_newer_ones_and_a_way_back_end_where_they_are,
    whoever_has_the_old_number_next_is_somebody_else,
    a_number_that_is_another_contacts_makes_nobody_one,
    news_of_a_stranger_become_a_dead_letter_and_erasing_takes_both_numbers,
}

/// What the webhooks are dated around, in seconds.
const THEN: i64 = 1_781_500_000;

fn post(messages: &[Value]) -> Post {
    let ours = OURS.trim_start_matches('+');
    let value = json!({
        "messaging_product": "whatsapp", "messages": messages,
        "metadata": { "display_phone_number": ours, "phone_number_id": "1" },
    });
    let entry = json!({ "id": "1", "changes": [{ "field": "messages", "value": value }] });
    Post::meta(
        "/webhooks/whatsapp",
        json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string(),
    )
}

fn says(id: &str, from: &str, at: i64, text: &str) -> Value {
    json!({ "id": format!("wamid.person{id}"), "from": &from[1..], "timestamp": (THEN + at).to_string(), "type": "text",
            "text": { "body": text } })
}

fn moves(from: &str, to: &str, at: i64) -> Value {
    json!({ "id": format!("wamid.move{at}{}", &from[1..]), "from": &from[1..], "timestamp": (THEN + at).to_string(),
            "type": "system",
            "system": { "body": format!("They changed from {} to {}", &from[1..], &to[1..]), "wa_id": &to[1..],
                        "type": "user_changed_number" } })
}

async fn comes(app: &TestApp, messages: &[Value]) {
    assert_eq!(post(messages).to(&Client::anonymous(&app.app)).await.status, 200);
    app.run_due().await;
}

/// A number of the person with this number of ours.
fn number(person: usize, which: usize) -> String {
    format!("+1415555{:04}", 1_000 + person * 10 + which)
}

/// A contact who is known by a WhatsApp number alone.
async fn person(app: &TestApp, whatsapp: &str) -> String {
    let id = app
        .admin
        .post(
            "/api/contacts",
            json!({ "first_name": "Ada", "email": format!("a{}@p.example", &whatsapp[1..]) }),
        )
        .await;
    let id = id["id"].as_str().unwrap().to_owned();
    let address = json!({ "kind": "whatsapp", "value": whatsapp });
    app.admin.post(&format!("/api/contacts/{id}/addresses"), address).await;
    id
}

async fn threads(app: &TestApp, contact: &str) -> Vec<Value> {
    let all = app.admin.get("/api/conversations?view=all&channel=whatsapp&limit=200").await;
    all["data"].as_array().unwrap().iter().filter(|thread| thread["contact_id"] == contact).cloned().collect()
}

/// The numbers of a contact: `+1… former`.
async fn numbers(app: &TestApp, contact: &str) -> Vec<String> {
    let contact = app.admin.get(&format!("/api/contacts/{contact}")).await;
    let all = contact["addresses"].as_array().unwrap().iter();
    let mut all: Vec<String> = all
        .map(|one| format!("{} {}", one["value"].as_str().unwrap(), one["source"].as_str().unwrap()))
        .collect();
    all.sort();
    all
}

async fn changes(app: &TestApp, contact: &str) -> Vec<String> {
    let page = app.admin.get(&format!("/api/contacts/{contact}/timeline")).await;
    let all = page["data"].as_array().unwrap().iter().filter(|line| line["kind"] == "number_changed");
    all.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

async fn reply(app: &TestApp, thread: &Value, n: usize) -> Answer {
    let body = json!({ "text": format!("Answer {n}"), "client_id": format!("client-{n:04}") });
    let path = format!("/api/conversations/{}/reply", thread["id"].as_str().unwrap());
    app.admin.call("POST", &path, &body).await
}

async fn a_person_with_a_new_number_is_the_same_person_in_the_same_conversation(app: TestApp) {
    add_sender(&app, OURS).await;
    let (old, new) = (number(1, 0), number(1, 1));
    let ada = person(&app, &old).await;
    comes(&app, &[says("1", &old, 0, "Hi")]).await;
    let before = threads(&app, &ada).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    // Twice the same, once packed with something else.
    comes(&app, &[moves(&old, &new, 10)]).await;
    comes(&app, &[moves(&old, &new, 10), says("2", &new, 20, "It is still me")]).await;
    let after = threads(&app, &ada).await;
    assert_eq!((after.len(), &after[0]["id"], &after[0]["unread"]), (1, &before[0]["id"], &json!(2)));
    assert_eq!(after[0]["address"], new);
    assert_eq!(numbers(&app, &ada).await, [format!("{old} former"), format!("{new} moved")]);
    assert_eq!(changes(&app, &ada).await, [format!("WhatsApp number changed from {old} to {new}")]);
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
    // Whoever writes to the contact writes to where they are now.
    let body =
        json!({ "client_id": "client-0001", "channel": "whatsapp", "contact_id": ada, "text": "Hello" });
    app.admin.post("/api/messages", body).await;
    app.run_due().await;
    let letters = app.world.letters("whatsapp").await;
    assert_eq!((letters.len(), &letters[0]["to"][0]), (1, &json!(new)));
    assert_eq!(app.only().await["conversation_id"], before[0]["id"]);
}

async fn what_waits_leaves_once_to_the_new_number_and_what_had_left_stays_as_it_was(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let (old, new) = (number(1, 0), number(1, 1));
    let ada = person(&app, &old).await;
    comes(&app, &[says("1", &old, 0, "Hi")]).await;
    let thread = threads(&app, &ada).await.remove(0);
    assert_eq!(reply(&app, &thread, 1).await.status, 200);
    app.run_due().await;
    let path = format!("/api/senders/{sender}");
    app.admin.patch(&path, json!({ "status": "paused" })).await;
    assert_eq!(reply(&app, &thread, 2).await.status, 200);
    app.run_due().await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    app.admin.patch(&path, json!({ "status": "active" })).await;
    app.run_due().await;
    let mut left: Vec<(Value, Value)> =
        app.world.letters("whatsapp").await.iter().map(|l| (l["text"].clone(), l["to"][0].clone())).collect();
    left.sort_by_key(|(text, _)| text.to_string());
    assert_eq!(left, [(json!("Answer 1"), json!(old)), (json!("Answer 2"), json!(new))]);
    let sent = app.sent().await;
    assert_eq!(
        sent.iter().map(|m| m["to_address"].clone()).collect::<Vec<_>>(),
        [json!(old), json!(new)],
        "{sent:#?}"
    );
    // An answer from the new number to what was sent to the old one is one to it.
    comes(&app, &[says("2", &new, 20, "Thanks")]).await;
    assert_eq!(threads(&app, &ada).await.len(), 1);
}

async fn an_opt_out_of_the_old_number_holds_for_the_new_one_until_they_take_it_back(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let (old, new) = (number(1, 0), number(1, 1));
    let ada = person(&app, &old).await;
    comes(&app, &[says("1", &old, 0, "STOP")]).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    let thread = threads(&app, &ada).await.remove(0);
    assert_eq!(thread["address"], new);
    assert_eq!(reply(&app, &thread, 1).await.brief(), "409 4002");
    let listed = app.admin.get("/api/suppressions").await;
    let mut values: Vec<(Value, Value)> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["value"].clone(), s["sender_id"].clone()))
        .collect();
    values.sort_by_key(|(value, _)| value.to_string());
    assert_eq!(values, [(json!(old), json!(sender)), (json!(new), json!(sender))]);
    comes(&app, &[says("2", &new, 20, "START")]).await;
    // The old news once more are no new opt-out.
    comes(&app, &[moves(&old, &new, 10), says("3", &new, 30, "Hello?")]).await;
    assert_eq!(reply(&app, &thread, 2).await.status, 200);
    // One that was said before the change and comes after it is one.
    comes(&app, &[says("4", &old, 5, "STOP")]).await;
    assert_eq!(reply(&app, &thread, 3).await.brief(), "409 4002");
    assert_eq!(threads(&app, &ada).await.len(), 1);
}

async fn the_news_and_the_messages_around_it_come_to_the_same_in_every_order(app: TestApp) {
    add_sender(&app, OURS).await;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (n, order) in orders.into_iter().enumerate() {
        let (old, new) = (number(n, 0), number(n, 1));
        let ada = person(&app, &old).await;
        let things = [
            says(&format!("{n}a"), &old, 0, "First"),
            moves(&old, &new, 10),
            says(&format!("{n}b"), &new, 20, "Second"),
        ];
        for which in order {
            comes(&app, &[things[which].clone()]).await;
        }
        let found = threads(&app, &ada).await;
        assert_eq!(found.len(), 1, "{order:?}: {found:#?}");
        assert_eq!((&found[0]["address"], &found[0]["unread"]), (&json!(new), &json!(2)), "{order:?}");
        let said =
            app.admin.get(&format!("/api/conversations/{}/messages", found[0]["id"].as_str().unwrap())).await;
        assert_eq!(said["data"].as_array().unwrap().len(), 2, "{order:?}");
        assert_eq!(numbers(&app, &ada).await, [format!("{old} former"), format!("{new} moved")], "{order:?}");
        assert_eq!(changes(&app, &ada).await.len(), 1, "{order:?}");
    }
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
}

async fn older_news_after_newer_ones_and_a_way_back_end_where_they_are(app: TestApp) {
    add_sender(&app, OURS).await;
    let (a, b, c) = (number(1, 0), number(1, 1), number(1, 2));
    let ada = person(&app, &a).await;
    comes(&app, &[says("1", &a, 0, "Hi")]).await;
    comes(&app, &[moves(&b, &c, 20)]).await;
    comes(&app, &[moves(&a, &b, 10)]).await;
    app.advance(HOUR).await;
    app.advance(HOUR).await;
    let there = [format!("{a} former"), format!("{b} former"), format!("{c} moved")];
    assert_eq!(numbers(&app, &ada).await, there);
    assert_eq!(threads(&app, &ada).await[0]["address"], c);
    // Back to the first, and all that was told before once more.
    comes(&app, &[moves(&c, &a, 30)]).await;
    let home = [format!("{a} moved"), format!("{b} former"), format!("{c} former")];
    assert_eq!(numbers(&app, &ada).await, home);
    for old in [moves(&a, &b, 10), moves(&b, &c, 20), moves(&c, &a, 30)] {
        comes(&app, &[old]).await;
    }
    // The same news in another wrapping is another event.
    comes(&app, &[moves(&a, &b, 10), moves(&b, &c, 20), says("2", &a, 40, "Home")]).await;
    app.advance(DAY).await;
    assert_eq!(numbers(&app, &ada).await, home);
    let found = threads(&app, &ada).await;
    assert_eq!((found.len(), &found[0]["address"], &found[0]["unread"]), (1, &json!(a), &json!(2)));
    assert_eq!(changes(&app, &ada).await.len(), 3);
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
}

async fn whoever_has_the_old_number_next_is_somebody_else(app: TestApp) {
    add_sender(&app, OURS).await;
    let (old, new) = (number(1, 0), number(1, 1));
    let ada = person(&app, &old).await;
    comes(&app, &[says("1", &old, 0, "Hi")]).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    comes(&app, &[says("2", &old, 9, "Written before, and late")]).await;
    comes(&app, &[says("3", &old, 11, "Who are you?")]).await;
    let theirs = threads(&app, &ada).await;
    assert_eq!((theirs.len(), &theirs[0]["unread"]), (1, &json!(2)), "{theirs:#?}");
    let all = app.admin.get("/api/conversations?view=all&channel=whatsapp").await;
    let other: Vec<&Value> =
        all["data"].as_array().unwrap().iter().filter(|t| t["contact_id"].is_null()).collect();
    assert_eq!(
        (other.len(), &other[0]["address"], &other[0]["unread"]),
        (1, &json!(old), &json!(1)),
        "{all:#}"
    );
}

async fn a_number_that_is_another_contacts_makes_nobody_one(app: TestApp) {
    add_sender(&app, OURS).await;
    let (old, new) = (number(1, 0), number(1, 1));
    let (ada, bob) = (person(&app, &old).await, person(&app, &new).await);
    comes(&app, &[says("1", &old, 0, "STOP")]).await;
    comes(&app, &[says("2", &new, 1, "I am Bob")]).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    comes(&app, &[moves(&old, &new, 10), says("3", &new, 20, "Hello?")]).await;
    assert_eq!(numbers(&app, &bob).await, [format!("{new} member")]);
    let told = changes(&app, &ada).await;
    assert!(told.len() == 1 && told[0].contains("another contact has"), "{told:?}");
    let thread = threads(&app, &bob).await.remove(0);
    assert_eq!(thread["unread"], 2);
    assert_eq!(threads(&app, &ada).await[0]["address"], old);
    // Whoever asked for no more is not written to under another name.
    assert_eq!(reply(&app, &thread, 1).await.brief(), "409 4002");
}

async fn news_of_a_stranger_become_a_dead_letter_and_erasing_takes_both_numbers(app: TestApp) {
    add_sender(&app, OURS).await;
    comes(&app, &[moves(&number(9, 0), &number(9, 1), 10)]).await;
    for _ in 0..20 {
        app.advance(HOUR).await;
    }
    let dead = app.dead_letters().await;
    assert!(dead.len() == 1 && dead[0]["error"].as_str().unwrap().contains("Nobody here"), "{dead:#?}");
    let (old, new) = (number(1, 0), number(1, 1));
    let ada = person(&app, &old).await;
    comes(&app, &[says("1", &old, 0, "Hi")]).await;
    comes(&app, &[moves(&old, &new, 10)]).await;
    comes(&app, &[says("2", &new, 20, "Hi again")]).await;
    let erase = json!({ "confirm": format!("a{}@p.example", &old[1..]) });
    let erased = app.admin.post(&format!("/api/contacts/{ada}/erase"), erase).await;
    assert_eq!(
        (&erased["erased"]["raw_events"], &erased["erased"]["messages"]),
        (&json!(3), &json!(2)),
        "{erased:#}"
    );
    // Both numbers are known as erased when they come back.
    for (n, from) in [&old, &new].into_iter().enumerate() {
        let body = json!({ "client_id": format!("client-1{n:03}"), "channel": "whatsapp", "to": from, "text": "Hello" });
        let refused = app.admin.call("POST", "/api/messages", &body).await;
        assert_ne!(refused.status, 200, "{from}");
    }
}
