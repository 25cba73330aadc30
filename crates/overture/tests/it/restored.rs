//! A database that is a copy of an earlier time sends nothing until an admin has said what becomes of what may have left,
//! and then nobody gets anything twice, as far as anybody can know.

use crate::kit::*;
use domain::restored::Why;
use overture::{keys::token, restored};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::restored::Life;

both! {
    a_backup_of_six_hours_ago_sends_nothing_without_consent_and_nothing_twice,
    what_cannot_be_asked_about_is_for_a_person,
    what_may_have_left_can_be_cancelled,
    a_stop_of_before_outlives_the_answer_and_lateness_counts_without_the_hold,
    a_node_that_starts_again_goes_on_and_one_that_fell_silent_asks,
    a_database_that_goes_back_under_a_running_node_is_noticed_by_its_claim,
}

/// What everybody got, by address and text.
async fn letters(app: &TestApp) -> BTreeMap<(String, String), usize> {
    let mut all = BTreeMap::new();
    for channel in ["sms", "email"] {
        for letter in app.world.letters(channel).await {
            let to = letter["to"][0].as_str().unwrap().to_owned();
            let text = letter["text"].as_str().unwrap().trim().to_owned();
            *all.entry((to, text)).or_default() += 1;
        }
    }
    all
}

async fn uncertain(app: &TestApp) -> Vec<Value> {
    let page = app.admin.get("/api/messages?limit=200&status=uncertain").await;
    page["data"].as_array().unwrap().clone()
}

fn nothing_twice(letters: &BTreeMap<(String, String), usize>) {
    assert!(letters.values().all(|count| *count == 1), "somebody got something twice: {letters:#?}");
}

/// The next node on this database; what it noticed.
async fn next(app: &TestApp) -> (TestApp, Option<Why>) {
    let next = app.node().await;
    let why = restored::notice(&next.app).await.unwrap();
    (next, why)
}

async fn decide(app: &TestApp, answer: &str) -> Value {
    app.admin.post("/api/sending/restored", json!({ "answer": answer })).await
}

fn texts() -> Value {
    chain(vec![
        sms("T1", "One for {{ contact.last_name }}"),
        wait("W1", HOUR),
        sms("T2", "Two for {{ contact.last_name }}"),
        wait("W2", 24 * HOUR),
        sms("T3", "Three for {{ contact.last_name }}"),
    ])
}

async fn a_backup_of_six_hours_ago_sends_nothing_without_consent_and_nothing_twice(app: TestApp) {
    assert_eq!(restored::notice(&app.app).await.unwrap(), None);
    let people = app.crowd(6).await;
    app.campaign(texts(), &people[..4]).await;
    app.run_due().await;
    // Two more are in the queue when the backup is made.
    app.campaign_with(texts(), &people[4..], json!({ "lateness": "send" })).await;
    overture::loops::steps::run(app.app.clone()).await.unwrap();
    app.back_up().await;

    let (then, why) = next(&app).await;
    assert_eq!(why, None);
    then.live(6 * HOUR, 30 * MINUTE).await;
    let left = letters(&then).await;
    assert_eq!(left.len(), 12, "{left:#?}");
    then.restore().await;

    let (now, why) = next(&app).await;
    assert_eq!(why, Some(Why::Behind));
    now.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await, left, "something left before anybody had agreed");
    let me = now.admin.get("/api/auth/me").await;
    assert_eq!(me["workspace"]["sending_restored"], true);
    let refused = now.admin.call("POST", "/api/sending/resume", &json!({})).await;
    assert_eq!(refused.json()["error"]["name"], "sending.restored");
    let rep = now.member("rep").await;
    let answer = json!({ "answer": "continue" });
    assert_eq!(rep.call("POST", "/api/sending/restored", &answer).await.status, 403);
    let look = now.admin.get("/api/sending/restored").await;
    assert_eq!((&look["why"], &look["people"]), (&json!("behind"), &json!(6)), "{look:#}");
    assert_eq!(
        look["messages"],
        json!([{ "channel": "sms", "queued": 2, "in_doubt": 0, "can_be_asked": true }])
    );
    // A restart does not change anything about it.
    now.end().await;
    let (now, why) = next(&app).await;
    assert_eq!(why, None);
    now.advance(MINUTE).await;
    assert_eq!(letters(&now).await, left);

    assert_eq!(decide(&now, "check").await["messages"], 2);
    now.live(2 * HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await, left, "what had left has left again");
    assert_eq!(uncertain(&now).await, Vec::<Value>::new());
    now.live(30 * HOUR, HOUR).await;
    let all = letters(&now).await;
    nothing_twice(&all);
    assert_eq!(all.len(), 18, "everybody gets the third text: {all:#?}");
    let audit = now.admin.get("/api/audit?limit=50").await;
    let actions: Vec<&str> =
        audit["data"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"sending_held") && actions.contains(&"sending_restored_decide"), "{actions:?}");
}

async fn what_cannot_be_asked_about_is_for_a_person(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(2).await;
    let mails = chain(vec![email("E1", "One", "One"), wait("W1", HOUR), email("E2", "Two", "Two")]);
    app.campaign(mails, &people).await;
    app.run_due().await;
    app.back_up().await;
    let (then, _) = next(&app).await;
    then.live(6 * HOUR, 30 * MINUTE).await;
    let left = letters(&then).await;
    assert_eq!(left.len(), 4);
    then.restore().await;

    let (now, _) = next(&app).await;
    decide(&now, "check").await;
    now.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await, left);
    // The second mails were written again: nobody can tell, so they wait for somebody who can.
    let doubtful = uncertain(&now).await;
    assert_eq!(doubtful.len(), 2);
    assert!(doubtful.iter().all(|message| message["needs_decision"] == true), "{doubtful:#?}");
    for message in &doubtful {
        let path = format!("/api/messages/{}/decide", message["id"].as_str().unwrap());
        now.admin.post(&path, json!({ "decision": "sent" })).await;
    }
    now.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await, left);
}

async fn what_may_have_left_can_be_cancelled(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(2).await;
    let campaign = app.campaign(texts(), &people).await;
    overture::loops::steps::run(app.app.clone()).await.unwrap();
    app.back_up().await;
    let (then, _) = next(&app).await;
    then.live(HOUR / 2, 10 * MINUTE).await;
    let left = letters(&then).await;
    then.restore().await;

    let (now, _) = next(&app).await;
    assert_eq!(decide(&now, "cancel").await["messages"], 2);
    now.live(3 * HOUR, 30 * MINUTE).await;
    assert_eq!(letters(&now).await, left);
    assert_eq!(now.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "paused");
    // Nobody is stranded: with the campaign they go on behind it.
    now.admin.post(&format!("/api/campaigns/{campaign}/resume"), json!({})).await;
    now.live(2 * HOUR, 10 * MINUTE).await;
    let all = letters(&now).await;
    nothing_twice(&all);
    assert_eq!(all.len(), 4, "{all:#?}");
}

async fn a_stop_of_before_outlives_the_answer_and_lateness_counts_without_the_hold(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(1).await;
    app.campaign(texts(), &people).await;
    overture::loops::steps::run(app.app.clone()).await.unwrap();
    app.admin.post("/api/sending/stop", json!({ "reason": "Lunch" })).await;
    let life = Life { real: app.app.real_ms() - 5 * HOUR, at: app.clock.now(), ended: false };
    store::restored::live(&app.app.db, life).await.unwrap();
    app.end().await;
    // It was off for an hour, and somebody answers two days later.
    app.clock.advance(HOUR);
    let (now, why) = next(&app).await;
    assert_eq!(why, Some(Why::Silent));
    now.live(48 * HOUR, 4 * HOUR).await;
    decide(&now, "continue").await;
    now.advance(MINUTE).await;
    assert!(letters(&now).await.is_empty(), "somebody had stopped all sending before");
    let settings = now.admin.get("/api/settings").await;
    assert_eq!((&settings["stop_reason"], &settings["sending_restored"]), (&json!("Lunch"), &json!(false)));
    now.admin.post("/api/sending/resume", json!({})).await;
    now.advance(MINUTE).await;
    assert_eq!(letters(&now).await.len(), 1, "it was an hour late, not two days");
}

async fn a_node_that_starts_again_goes_on_and_one_that_fell_silent_asks(app: TestApp) {
    assert_eq!(restored::notice(&app.app).await.unwrap(), None);
    let people = app.crowd(1).await;
    app.campaign(texts(), &people).await;
    app.run_due().await;
    app.end().await;
    let (now, why) = next(&app).await;
    assert_eq!(why, None, "it was killed and started again");
    let life = |ended| Life { real: now.app.real_ms() - 5 * HOUR, at: now.clock.now(), ended };
    store::restored::live(&now.app.db, life(true)).await.unwrap();
    assert_eq!(restored::notice(&now.app).await.unwrap(), None, "it was switched off");
    store::restored::live(&now.app.db, life(false)).await.unwrap();
    let presence = now.app.db.appear(&token()).await.unwrap();
    assert_eq!(restored::notice(&now.app).await.unwrap(), None, "another node is at work");
    drop(presence);
    // PostgreSQL sees the end of a session a moment later.
    while now.app.db.is_anybody_alive().await.unwrap() {
        tokio::task::yield_now().await;
    }
    store::restored::live(&now.app.db, life(false)).await.unwrap();
    assert_eq!(restored::notice(&now.app).await.unwrap(), Some(Why::Silent));
    decide(&now, "continue").await;
    now.live(2 * HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await.len(), 2);

    // Its folder is lost, or it is another machine's.
    now.end().await;
    std::fs::remove_dir_all(now.folder().join("witness")).unwrap();
    let (_, why) = next(&app).await;
    assert_eq!(why, app.is_sqlite().then_some(Why::Moved));
}

async fn a_database_that_goes_back_under_a_running_node_is_noticed_by_its_claim(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    app.write("written-one", "sms", ANN, "One").await;
    app.run_due().await;
    assert_eq!(letters(&app).await.len(), 1);
    let tx = app.app.db.begin().await.unwrap();
    tx.execute_unprepared("update senders set claims = 0").await.unwrap();
    app.app.commit(tx).await.unwrap();
    app.write("written-two", "sms", ANN, "Two").await;
    app.run_due().await;
    assert_eq!(letters(&app).await.len(), 1, "it left from a database that had gone back");
    assert_eq!(app.admin.get("/api/sending/restored").await["why"], "behind");
    // Whether what was claimed then has left is looked up, as ever, once its lease is over.
    assert_eq!(app.admin.get("/api/sending/restored").await["messages"][0]["in_doubt"], 1);
}
