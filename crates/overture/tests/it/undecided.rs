//! Deciding about many uncertain messages at once: what was counted and no more, each of them once.

use crate::kit::*;
use overture::{loops, restored};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::restored::Life;

both! {
    what_was_counted_is_decided_about_and_nothing_else,
    of_two_who_decide_at_once_each_message_follows_one,
    what_comes_into_doubt_again_needs_a_word_of_its_own,
    a_rep_decides_about_their_own,
}

fn mail() -> Value {
    chain(vec![email("E1", "One", "One for {{ contact.last_name }}")])
}

/// How often everybody was written to.
async fn letters(app: &TestApp) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    for letter in app.world.letters("email").await {
        *all.entry(letter["to"][0].as_str().unwrap().to_owned()).or_default() += 1;
    }
    all
}

/// A node on a database that was silent while mails waited in it: nobody can be asked whether they have left.
async fn in_doubt(app: &TestApp) -> TestApp {
    loops::steps::run(app.app.clone()).await.unwrap();
    let life = Life { real: app.app.real_ms() - 5 * HOUR, at: app.clock.now(), ended: false };
    store::restored::live(&app.app.db, life).await.unwrap();
    app.end().await;
    let now = app.node().await;
    restored::notice(&now.app).await.unwrap().expect("a restore is noticed");
    now.admin.post("/api/sending/restored", json!({ "answer": "check" })).await;
    now.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&now).await, BTreeMap::new());
    now
}

async fn look(app: &TestApp, which: &str) -> Value {
    // What was settled within the very millisecond is of the next look.
    loop {
        let found = app.admin.get(&format!("/api/messages/undecided?{which}")).await;
        if found["messages"] != 0 {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

fn asked(decision: &str, which: Value, look: &Value) -> Value {
    json!({ "decision": decision, "which": which, "as_of": look["as_of"], "messages": look["messages"] })
}

async fn what_was_counted_is_decided_about_and_nothing_else(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(8).await;
    let first = app.campaign(mail(), &people[..5]).await;
    app.campaign(mail(), &people[5..]).await;
    let app = in_doubt(&app).await;
    let all = look(&app, "").await;
    assert_eq!((&all["messages"], &all["people"], &all["looked_up"]), (&json!(8), &json!(8), &json!(0)));
    let sizes: Vec<i64> =
        all["groups"].as_array().unwrap().iter().map(|group| group["messages"].as_i64().unwrap()).collect();
    assert_eq!(sizes, [5, 3]);
    let which = json!({ "campaign_id": first });
    let told = look(&app, &format!("campaign_id={first}")).await;
    assert_eq!(told["messages"], 5);

    // Somebody says more of one of them in between.
    let page = app.admin.get("/api/messages?status=uncertain&limit=200").await;
    let one = page["data"].as_array().unwrap().iter().find(|m| m["campaign_id"] == json!(first)).unwrap();
    let path = format!("/api/messages/{}/decide", one["id"].as_str().unwrap());
    app.admin.post(&path, json!({ "decision": "sent" })).await;
    let fewer = json!({ "decision": "resend", "which": which, "as_of": told["as_of"], "messages": 3 });
    let refused = app.admin.call("POST", "/api/messages/decide", &fewer).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["error"]["name"]),
        (409, &json!("message.more_uncertain"))
    );
    let done = app.admin.post("/api/messages/decide", asked("resend", which.clone(), &told)).await;
    assert_eq!((&done["decided"], &done["left_alone"]), (&json!(4), &json!(1)), "{done}");
    assert_eq!(done["status"], "completed");
    app.live(HOUR, 10 * MINUTE).await;
    let left = letters(&app).await;
    assert_eq!((left.len(), left.values().all(|n| *n == 1)), (4, true), "{left:?}");
    let again = app.admin.call("POST", "/api/messages/decide", &asked("resend", which, &told)).await;
    assert_eq!(
        (again.status.as_u16(), &again.json()["error"]["name"]),
        (409, &json!("message.not_uncertain"))
    );

    let rest = look(&app, "channel=email").await;
    let done = app.admin.post("/api/messages/decide", asked("drop", json!({}), &rest)).await;
    assert_eq!(done["decided"], 3);
    app.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&app).await, left);
    let audit = app.admin.get("/api/audit?limit=50").await;
    let deeds = audit["data"].as_array().unwrap().iter().filter(|line| line["action"] == "message_decided");
    assert_eq!(deeds.count(), 2);
}

async fn of_two_who_decide_at_once_each_message_follows_one(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(330).await;
    app.campaign(mail(), &people).await;
    let app = in_doubt(&app).await;
    let told = look(&app, "").await;
    assert_eq!(told["messages"], 330);
    let mut jobs = Vec::new();
    for decision in ["resend", "sent"] {
        let asked = app.admin.post("/api/messages/decide", asked(decision, json!({}), &told)).await;
        assert_eq!(asked["status"], "queued", "so many are not done while somebody waits");
        jobs.push(asked["job_id"].as_str().unwrap().to_owned());
    }
    let (one, other) = tokio::join!(loops::jobs::run(app.app.clone()), loops::jobs::run(app.app.clone()));
    assert!(one.unwrap() && other.unwrap());
    let mut decided = Vec::new();
    for job in &jobs {
        let job = app.admin.get(&format!("/api/jobs/{job}")).await;
        assert_eq!(job["status"], "completed", "{job}");
        decided.push(job["result"]["decided"].as_u64().unwrap());
    }
    assert_eq!(decided.iter().sum::<u64>(), 330, "{decided:?}");
    app.live(24 * HOUR, HOUR).await;
    let left = letters(&app).await;
    assert_eq!((left.len() as u64, left.values().all(|n| *n == 1)), (decided[0], true), "{left:?}");
}

async fn what_comes_into_doubt_again_needs_a_word_of_its_own(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(3).await;
    app.campaign(mail(), &people).await;
    let app = in_doubt(&app).await;
    let told = look(&app, "").await;
    app.admin.post("/api/messages/decide", asked("resend", json!({}), &told)).await;
    // They leave, and again nobody knows what became of one.
    app.live(HOUR, 10 * MINUTE).await;
    let once = letters(&app).await;
    assert_eq!(once.len(), 3);
    let tx = app.app.db.begin().await.unwrap();
    let sql = "update messages set status = 'uncertain', needs_decision = 0, lease_until = 0, settle_at = 1, sent_at = null
         where id in (select id from messages where status = 'sent' limit 1)";
    tx.execute_unprepared(sql).await.unwrap();
    app.app.commit(tx).await.unwrap();
    app.live(HOUR, 10 * MINUTE).await;
    let doubt = look(&app, "").await;
    assert_eq!(doubt["messages"], 1);
    let old = app.admin.call("POST", "/api/messages/decide", &asked("resend", json!({}), &told)).await;
    assert_eq!(old.json()["error"]["name"], "message.not_uncertain", "that word was for the first time");
    app.live(HOUR, 10 * MINUTE).await;
    assert_eq!(letters(&app).await, once);
    let done = app.admin.post("/api/messages/decide", asked("sent", json!({}), &doubt)).await;
    assert_eq!(done["decided"], 1);
}

async fn a_rep_decides_about_their_own(app: TestApp) {
    restored::notice(&app.app).await.unwrap();
    let people = app.crowd(2).await;
    app.campaign(mail(), &people).await;
    let app = in_doubt(&app).await;
    let told = look(&app, "").await;
    let rep = app.member("rep").await;
    assert_eq!(rep.get("/api/messages/undecided").await["messages"], 0);
    let refused = rep.call("POST", "/api/messages/decide", &asked("resend", json!({}), &told)).await;
    assert_eq!(refused.status, 409);
}
