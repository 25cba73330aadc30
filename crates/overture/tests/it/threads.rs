//! Conversations that are made one and taken apart again: nothing is lost, everything is counted, and what is written
//! afterwards lands where its conversation is.

use crate::{
    inbox::{BOB, at, heard_from, member_id},
    kit::*,
    receiving::letter,
    whatsapp::{ADA, OURS, ada_wrote, add_sender},
};
use serde_json::{Value, json};

both! {
    two_conversations_of_one_person_become_one_and_two_again,
    what_is_written_to_a_merged_conversation_lands_where_it_went,
    what_was_split_off_is_answered_where_it_is_and_comes_back,
    what_may_not_be_one_says_why,
    a_window_is_counted_by_the_channel_that_was_written_on,
    answers_and_merges_at_the_same_time_lose_nothing,
}

/// Ann writes a text message and a mail: both conversations.
pub async fn of_ann(app: &TestApp) -> (String, String) {
    app.ann().await;
    let text = heard_from(app, "SM1", ANN, "By text").await;
    app.advance(MINUTE).await;
    let mail = letter("ann@people.example", &our_email(1), "<one@people.example>", "", "By mail");
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    let mail = in_which(app, "By mail").await;
    (text, mail)
}

pub async fn in_which(app: &TestApp, text: &str) -> String {
    let all = app.received().await;
    let last = all
        .iter()
        .rev()
        .find(|m| m["text"].as_str().unwrap().trim() == text)
        .unwrap_or_else(|| panic!("{all:#?}"));
    last["conversation_id"].as_str().unwrap().to_owned()
}

async fn open(client: &Client) -> (Vec<String>, Value) {
    let page = client.get("/api/conversations?view=open").await;
    let ids = page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
    (ids, page["counts"].clone())
}

async fn texts(app: &TestApp, id: &str) -> Vec<String> {
    let page = app.admin.get(&at(id, "messages")).await;
    let said = page["data"].as_array().unwrap().iter().rev();
    said.map(|m| m["text"].as_str().unwrap().trim().to_owned()).collect()
}

async fn two_conversations_of_one_person_become_one_and_two_again(app: TestApp) {
    let (text, mail) = of_ann(&app).await;
    let me = member_id(&app.admin).await;
    let label = async |name: &str| app.admin.post("/api/labels", json!({ "name": name })).await["id"].clone();
    let (hot, cold) = (label("Hot").await, label("Cold").await);
    for (id, label) in [(&text, &hot), (&mail, &hot), (&mail, &cold)] {
        app.admin.post(&at(id, "labels"), json!({ "label_id": label })).await;
    }
    app.admin.post(&at(&mail, "notes"), json!({ "text": "By the mail", "mention_ids": [me] })).await;
    app.admin.call("PUT", &at(&mail, "draft"), &json!({ "text": "To the mail" })).await;
    app.admin.call("PUT", &at(&text, "draft"), &json!({ "text": "To the text" })).await;
    app.admin.post(&at(&text, "done"), json!({})).await;
    let shown = async |id: &str| {
        let mut shown = app.admin.get(&format!("/api/conversations/{id}")).await;
        for gone in ["contact", "rules"] {
            shown.as_object_mut().unwrap().remove(gone);
        }
        shown
    };
    let before = (shown(&text).await, shown(&mail).await, open(&app.admin).await);

    let one = app.admin.post(&at(&text, "merge"), json!({ "other_id": mail })).await;
    assert_eq!((&one["id"], &one["status"], &one["unread"]), (&json!(text), &json!("open"), &json!(2)));
    assert_eq!((&one["last_snippet"], &one["label_ids"]), (&json!("By mail"), &json!([hot, cold])));
    assert_eq!(texts(&app, &text).await, ["By text", "By mail"]);
    let (ids, counts) = open(&app.admin).await;
    assert_eq!((ids, &counts["open"], &counts["unread"]), (vec![text.clone()], &json!(1), &json!(1)));
    let all = app.admin.get("/api/conversations?view=all").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "{all}");
    let led = app.admin.get(&format!("/api/conversations/{mail}")).await;
    assert_eq!((&led["id"], &led["merged"][0]["id"]), (&json!(text), &json!(mail)), "the old one leads here");
    let notes = app.admin.get(&at(&mail, "notes")).await;
    assert_eq!(notes["data"][0]["body"], "By the mail");
    let drafts = app.admin.get(&at(&text, "drafts")).await;
    assert_eq!(drafts["data"][0]["text"], "To the text\n\nTo the mail");
    assert_eq!(app.admin.get("/api/conversations?view=mentions").await["data"][0]["id"], json!(text));
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    let found = app.admin.get("/api/conversations?view=all&search=mail").await;
    assert_eq!(found["data"][0]["id"], json!(text), "{found}");

    let two = app.admin.post(&at(&text, "unmerge"), json!({ "other_id": mail })).await;
    assert_eq!(two["other"]["id"], json!(mail));
    assert_eq!(
        (texts(&app, &text).await, texts(&app, &mail).await),
        (vec!["By text".into()], vec!["By mail".into()])
    );
    let after = (shown(&text).await, shown(&mail).await, open(&app.admin).await);
    // Nobody said that it is done again.
    let mut expected = before;
    expected.0["status"] = json!("open");
    assert_eq!((&after.0, &after.1), (&expected.0, &expected.1));
    assert_eq!(after.2.0, [mail.clone(), text.clone()]);
    let again = app.admin.call("POST", &at(&text, "unmerge"), &json!({ "other_id": mail })).await;
    assert_eq!(again.status, 404, "{}", again.json());
}

async fn what_is_written_to_a_merged_conversation_lands_where_it_went(app: TestApp) {
    let (text, mail) = of_ann(&app).await;
    app.admin.post(&at(&text, "merge"), json!({ "other_id": mail })).await;
    app.admin.post(&at(&text, "read"), json!({})).await;
    // An answer to the old thread, a new mail, a message that we write to the old address, a campaign.
    let sent = app.write("client-by-mail", "email", "ann@people.example", "We write").await;
    assert_eq!(sent["conversation_id"], json!(text));
    let more = "References: <one@people.example>\r\n";
    let again = letter("ann@people.example", &our_email(1), "<two@people.example>", more, "By mail again");
    app.deliver(Post::mail(app.email_sender.as_str(), again)).await;
    assert_eq!(in_which(&app, "By mail again").await, text);
    let shown = app.admin.get(&format!("/api/conversations/{text}")).await;
    assert_eq!((&shown["unread"], &shown["last_snippet"]), (&json!(1), &json!("By mail again")));
    // An old link still works.
    app.admin.post(&at(&mail, "done"), json!({})).await;
    assert_eq!(app.admin.get(&format!("/api/conversations/{text}")).await["status"], "done");
    let answer = json!({ "text": "An answer", "client_id": "client-answer" });
    let answer = app.admin.post(&at(&mail, "reply"), answer).await;
    assert_eq!((&answer["conversation_id"], &answer["channel"]), (&json!(text), &json!("sms")));
    // Taken apart, each has what was written under its address.
    app.admin.post(&at(&text, "unmerge"), json!({ "other_id": mail })).await;
    assert_eq!(texts(&app, &text).await, ["By text", "An answer"]);
    assert_eq!(texts(&app, &mail).await, ["By mail", "We write", "By mail again"]);
    let shown = app.admin.get(&format!("/api/conversations/{mail}")).await;
    assert_eq!((&shown["status"], &shown["last_snippet"]), (&json!("open"), &json!("By mail again")));
    assert_eq!(heard_from(&app, "SM2", ANN, "By text again").await, text);
}

async fn what_was_split_off_is_answered_where_it_is_and_comes_back(app: TestApp) {
    let ann = app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "About the house").await;
    app.advance(MINUTE).await;
    heard_from(&app, "SM2", ANN, "About the car").await;
    app.advance(MINUTE).await;
    heard_from(&app, "SM3", ANN, "Which colour?").await;
    let said = app.admin.get(&at(&id, "messages")).await;
    let car = said["data"][1]["id"].clone();
    let all = json!({ "from_message_id": said["data"][2]["id"] });
    let refused = app.admin.call("POST", &at(&id, "split"), &all).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    let two = app.admin.post(&at(&id, "split"), json!({ "from_message_id": car })).await;
    let new = two["other"]["id"].as_str().unwrap().to_owned();
    let of = |c: &Value| (c["unread"].clone(), c["last_snippet"].clone(), c["contact_id"].clone());
    assert_eq!(of(&two["conversation"]), (json!(1), json!("About the house"), json!(ann)));
    assert_eq!(of(&two["other"]), (json!(2), json!("Which colour?"), json!(ann)));
    assert_eq!(two["other"]["split_from_id"], json!(id));
    assert_eq!(open(&app.admin).await.0, [new.clone(), id.clone()]);
    // Who answers in one writes in it, and is answered in it.
    let answer = json!({ "text": "Red", "client_id": "client-red-1" });
    let answer = app.admin.post(&at(&new, "reply"), answer).await;
    assert_eq!(answer["conversation_id"], json!(new));
    app.advance(MINUTE).await;
    assert_eq!(heard_from(&app, "SM4", ANN, "Red is fine").await, new);
    let answer = json!({ "text": "It has a garden", "client_id": "client-house" });
    app.admin.post(&at(&id, "reply"), answer).await;
    app.advance(MINUTE).await;
    assert_eq!(heard_from(&app, "SM5", ANN, "A big one?").await, id);
    app.admin.post(&at(&id, "merge"), json!({ "other_id": new })).await;
    let whole = [
        "About the house",
        "About the car",
        "Which colour?",
        "Red",
        "Red is fine",
        "It has a garden",
        "A big one?",
    ];
    assert_eq!(texts(&app, &id).await, whole);
    assert_eq!(heard_from(&app, "SM6", ANN, "Hello?").await, id);
    app.admin.post(&format!("/api/contacts/{ann}/erase"), json!({ "confirm": "ann@people.example" })).await;
    let left = app.admin.get("/api/conversations?view=all").await;
    assert_eq!(left["data"], json!([]), "nothing of them is left in a corner");
}

async fn what_may_not_be_one_says_why(app: TestApp) {
    let (text, mail) = of_ann(&app).await;
    app.contact(json!({ "phone": BOB, "last_name": "Bob" })).await;
    let bob = heard_from(&app, "SM2", BOB, "From Bob").await;
    let stranger = heard_from(&app, "SM3", "+14155550179", "From a stranger").await;
    let merge = async |one: &str, other: &str| {
        app.admin.call("POST", &at(one, "merge"), &json!({ "other_id": other })).await
    };
    for (one, other, status, said) in [
        (&text, &bob, 409, "merge the contacts first"),
        (&text, &stranger, 409, "Say whose it is first"),
        (&text, &text, 422, "one conversation"),
    ] {
        let refused = merge(one, other).await;
        assert_eq!(refused.status, status, "{}", refused.json());
        assert!(refused.json()["error"]["message"].as_str().unwrap().contains(said), "{}", refused.json());
    }
    // A merge of contacts on which one of conversations stands is not undone under it.
    let contact = async |id: &str| {
        app.admin.get(&format!("/api/conversations/{id}")).await["contact_id"].as_str().unwrap().to_owned()
    };
    let (ann, his) = (contact(&text).await, contact(&bob).await);
    let folded = app.admin.post(&format!("/api/contacts/{ann}/merge"), json!({ "other_id": his })).await;
    assert_eq!(merge(&text, &bob).await.status, 200);
    assert_eq!(merge(&mail, &text).await.status, 200);
    let undo = format!("/api/merges/{}/undo", folded["merge"]["id"].as_str().unwrap());
    let refused = app.admin.call("POST", &undo, &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("in the inbox"),
        "{}",
        refused.json()
    );
    // What was in the middle leads where the last one is, and is taken out with what it had.
    assert_eq!(heard_from(&app, "SM4", BOB, "Bob again").await, mail);
    app.admin.post(&at(&mail, "unmerge"), json!({ "other_id": text })).await;
    assert_eq!(texts(&app, &mail).await, ["By mail"]);
    assert_eq!(texts(&app, &text).await, ["By text", "From Bob", "Bob again"]);
    app.admin.post(&at(&text, "unmerge"), json!({ "other_id": bob })).await;
    assert_eq!(texts(&app, &bob).await, ["From Bob", "Bob again"]);
    app.admin.post(&undo, json!({})).await;
    assert_eq!(contact(&bob).await, his);
}

async fn a_window_is_counted_by_the_channel_that_was_written_on(app: TestApp) {
    app.contact(json!({ "phone": ADA, "last_name": "Ada" })).await;
    add_sender(&app, OURS).await;
    let chat = ada_wrote(&app).await;
    let text = heard_from(&app, "SM1", ADA, "By text").await;
    app.admin.post(&at(&chat, "merge"), json!({ "other_id": text })).await;
    let answer = async |id: &str| {
        let body = json!({ "text": "An answer", "client_id": id });
        app.admin.call("POST", &at(&chat, "reply"), &body).await
    };
    assert_eq!(answer("client-in-time").await.json()["channel"], "whatsapp");
    app.advance(25 * HOUR).await;
    assert_eq!(heard_from(&app, "SM2", ADA, "By text again").await, chat);
    let refused = answer("client-too-late").await;
    assert_eq!(refused.status, 409, "a text message opens no window: {}", refused.brief());
    let split = json!({ "message_ids": [app.admin.get(&at(&chat, "messages")).await["data"][3]["id"]] });
    let refused = app.admin.call("POST", &at(&chat, "split"), &split).await;
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("WhatsApp"), "{}", refused.brief());
}

async fn answers_and_merges_at_the_same_time_lose_nothing(app: TestApp) {
    let (text, mail) = of_ann(&app).await;
    let other = app.node().await;
    for round in 0..6 {
        let (verb, expected) = if round % 2 == 0 { ("merge", &text) } else { ("unmerge", &mail) };
        let said = format!("Round {round}");
        let raw =
            letter("ann@people.example", &our_email(1), &format!("<r{round}@people.example>"), "", &said);
        let post = Post::mail(app.email_sender.as_str(), raw);
        assert_eq!(post.to(&Client::anonymous(&app.app)).await.status, 200);
        let (path, body) = (at(&text, verb), json!({ "other_id": mail }));
        let (done, ()) = tokio::join!(app.admin.call("POST", &path, &body), other.run_due());
        assert_eq!(done.status, 200, "{}", done.json());
        app.run_due().await;
        app.advance(MINUTE).await;
        assert_eq!(&in_which(&app, &said).await, expected, "{round}");
    }
    assert_eq!(texts(&app, &text).await, ["By text"]);
    assert_eq!(texts(&app, &mail).await.len(), 7);
    for (id, unread) in [(&text, 1), (&mail, 7)] {
        assert_eq!(app.admin.get(&format!("/api/conversations/{id}")).await["unread"], unread);
    }
}
