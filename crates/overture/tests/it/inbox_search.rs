//! The inbox searched by what was written in it.

use crate::{
    imports::uploaded,
    inbox::{BOB, at, heard_from},
    kit::*,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

both! {
    a_conversation_is_found_by_what_was_said_in_it,
    a_rep_finds_what_was_said_to_them_alone,
    a_question_is_nothing_but_words,
    pages_of_a_search_hold_every_conversation_once,
    words_go_with_the_person_and_change_with_the_draft,
}

/// Reads what was written since.
async fn read(app: &TestApp) {
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
}

fn url(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn page(client: &Client, search: &str, more: &str) -> Value {
    client.get(&format!("/api/conversations?view=all&search={}{more}", url(search))).await
}

fn ids(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap()).collect()
}

async fn a_conversation_is_found_by_what_was_said_in_it(app: TestApp) {
    app.ann().await;
    let ann = heard_from(&app, "SM1", ANN, "The old Invoice from José is late: 請求書です 👍").await;
    heard_from(&app, "SM2", ANN, "Never mind").await;
    let bob = heard_from(&app, "SM3", BOB, "No invoice here").await;
    read(&app).await;
    for (search, expected) in [
        ("invoice", vec![&bob, &ann]),
        ("INVOI", vec![&bob, &ann]),
        ("late invoice", vec![&ann]),
        ("jose late", vec![&ann]),
        ("請求", vec![&ann]),
        ("求書です", vec![&ann]),
        ("👍", vec![&ann]),
        ("invoice missing", vec![]),
        ("invoi here", vec![]),
        ("voice", vec![]),
        ("Ann", vec![&ann]),
        (ANN, vec![&ann]),
        ("(415) 555-0178", vec![&bob]),
        ("!?", vec![]),
    ] {
        let found = page(&app.admin, search, "").await;
        assert_eq!(ids(&found), expected, "{search}");
    }
    // The message that has the words, not the last one.
    let found = page(&app.admin, "invoice late", "").await;
    let hit = &found["data"][0]["found"];
    assert_eq!(hit["text"], "The old Invoice from José is late: 請求書です 👍");
    let thread = app.admin.get(&at(&ann, "messages")).await;
    assert_eq!(hit["message_id"], thread["data"][1]["id"]);
    assert_eq!(page(&app.admin, "ann", "").await["data"][0]["found"], json!(null), "it is her name");
    // Together with what else narrows the list.
    app.admin.post(&at(&ann, "done"), json!({})).await;
    for (more, expected) in [
        ("&view=done", vec![&ann]),
        ("&view=open", vec![&bob]),
        ("&channel=email", vec![]),
        ("&channel=sms&view=open", vec![&bob]),
    ] {
        let found = app.admin.get(&format!("/api/conversations?search=invoice{more}")).await;
        assert_eq!(ids(&found), expected, "{more}");
    }
}

async fn a_rep_finds_what_was_said_to_them_alone(app: TestApp) {
    let rita = app.member("rep").await;
    app.ann().await;
    rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Of Rita" })).await;
    let ann = heard_from(&app, "SM1", ANN, "A secret zeppelin").await;
    let bob = heard_from(&app, "SM2", BOB, "Another zeppelin").await;
    let (_, neighbour) = app.neighbour(2).await;
    read(&app).await;
    assert_eq!(ids(&page(&app.admin, "zeppelin", "").await), [&bob, &ann]);
    assert_eq!(ids(&page(&rita, "zeppelin", "").await), [&bob]);
    assert_eq!(ids(&page(&rita, ANN, "").await), [""; 0]);
    assert_eq!(ids(&page(&neighbour, "zeppelin", "").await), [""; 0]);
}

async fn a_question_is_nothing_but_words(app: TestApp) {
    let ann = heard_from(&app, "SM1", ANN, "near or not: say \"yes\" and 100% it's words").await;
    read(&app).await;
    let long = "word ".repeat(2_048);
    for search in [
        "\"yes\"",
        "\"",
        "'",
        "near(yes",
        "yes*",
        "NOT yes",
        "or",
        "say OR yes",
        "words:yes",
        "^say",
        "-yes",
        "it's",
        "100%",
        "_",
        "\\",
        "yes;",
        ":* & |",
        "!yes",
        "(yes)",
        "{words} : yes",
        "yes\u{202e}",
        "\u{200b}yes",
        "a' OR '1'='1",
        &long,
    ] {
        let answer = app
            .admin
            .call("GET", &format!("/api/conversations?view=all&search={}", url(search)), &json!({}))
            .await;
        assert_eq!(answer.status, 200, "{search}: {}", answer.brief());
    }
    for (search, is_there) in [
        ("\"yes\" & say", true),
        ("NOT yes", true),
        ("yes* or", true),
        ("NEAR(say)", true),
        ("say OR missing", false),
        ("-yes", true),
        ("words:say", true),
    ] {
        let found = page(&app.admin, search, "").await;
        assert_eq!(ids(&found) == [&ann], is_there, "{search}");
    }
}

/// Few are gathered and put in order, of many the inbox is walked: either way what is shown is the same.
async fn pages_of_a_search_hold_every_conversation_once(app: TestApp) {
    let mut expected = BTreeSet::new();
    for n in 0..7 {
        let id = heard_from(&app, &format!("SM{n}"), &format!("+1415555018{n}"), "many words").await;
        heard_from(&app, &format!("SN{n}"), &format!("+1415555018{n}"), "many more").await;
        expected.insert(id);
    }
    heard_from(&app, "SX", BOB, "of something else").await;
    read(&app).await;
    for are_many in [false, true] {
        if are_many {
            let rows: String = (0..2_001).map(|n| format!("many{n}@x.example,Many\n")).collect();
            let made = uploaded(&app.admin, format!("email,name\n{rows}")).await;
            let mapping = json!({ "mapping": { "email": "email", "name": "first_name" } });
            app.admin.post(&format!("/api/imports/{}/start", made["id"].as_str().unwrap()), mapping).await;
            while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
            read(&app).await;
        }
        let (mut seen, mut times, mut cursor) = (Vec::new(), Vec::new(), String::new());
        loop {
            let found = page(&app.admin, "many", &format!("&limit=3{cursor}")).await;
            seen.extend(ids(&found).into_iter().map(str::to_owned));
            for one in found["data"].as_array().unwrap() {
                assert_eq!(one["found"]["text"], "many more");
                times.push(one["last_at"].as_str().unwrap().to_owned());
            }
            let Some(next) = found["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={}", url(next));
        }
        assert_eq!(seen.len(), expected.len(), "many: {are_many}");
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), expected, "many: {are_many}");
        assert!(times.is_sorted_by(|one, other| one >= other), "the newest first: {times:?}");
    }
}

async fn words_go_with_the_person_and_change_with_the_draft(app: TestApp) {
    let ann = app.ann().await;
    heard_from(&app, "SM1", ANN, "Remember the zeppelin").await;
    read(&app).await;
    heard_from(&app, "SM2", ANN, "It is not read yet: a dirigible").await;
    assert_eq!(ids(&page(&app.admin, "zeppelin", "").await).len(), 1);
    app.admin.post(&format!("/api/contacts/{ann}/erase"), json!({ "confirm": "ann@people.example" })).await;
    read(&app).await;
    assert_eq!(store::search::messages_kept(&app.app.db).await.unwrap(), 0, "the words of who was erased");
    let bo = app.contact(json!({ "phone": BOB, "last_name": "Bo" })).await;
    let new = json!({ "channel": "sms", "contact_id": bo, "text": "An airship for you" });
    let draft = app.admin.post("/api/drafts", new).await["id"].as_str().unwrap().to_owned();
    read(&app).await;
    assert_eq!(ids(&page(&app.admin, "airship", "").await).len(), 1);
    app.admin.patch(&format!("/api/drafts/{draft}"), json!({ "text": "A balloon for you" })).await;
    read(&app).await;
    assert_eq!(ids(&page(&app.admin, "airship", "").await).len(), 0);
    assert_eq!(ids(&page(&app.admin, "balloon", "").await).len(), 1);
}
