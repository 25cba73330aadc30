//! Conversations that are nobody's find somebody by themselves, and leave who goes away.

use crate::{
    inbox::{at, heard_from, member_id},
    kit::*,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    conversations_go_round_among_those_who_are_there,
    whoever_has_the_fewest_gets_the_next,
    two_nodes_at_once_give_everybody_the_same,
}

async fn assigned(app: &TestApp, conversation: &str) -> Value {
    app.admin.get(&format!("/api/conversations/{conversation}")).await["assignee_id"].clone()
}

async fn strangers(app: &TestApp, numbers: std::ops::Range<u32>) -> Vec<String> {
    let mut all = Vec::new();
    for n in numbers {
        let text = format!("Hello from {n}");
        all.push(heard_from(app, &format!("SM{n}"), &format!("+1415555{n:04}"), &text).await);
    }
    all
}

async fn among(app: &TestApp, mode: &str, members: &[&String]) {
    app.admin.patch("/api/assignment", json!({ "mode": mode, "member_ids": members })).await;
}

async fn conversations_go_round_among_those_who_are_there(app: TestApp) {
    let (mia, rita) = (app.member("manager").await, app.member("rep").await);
    let (m, r) = (member_id(&mia).await, member_id(&rita).await);
    let unassigned = strangers(&app, 200..201).await;
    assert_eq!(assigned(&app, &unassigned[0]).await, Value::Null, "it is off");
    let empty = app.admin.call("PATCH", "/api/assignment", &json!({ "mode": "turns" })).await;
    assert_eq!(empty.status, 422, "{}", empty.brief());
    assert_eq!(mia.call("PATCH", "/api/assignment", &json!({ "mode": "off" })).await.status, 403);
    among(&app, "turns", &[&m, &r]).await;
    // A rep who sees only their own has a stranger as their own, and no contact of somebody else.
    let got = strangers(&app, 201..205).await;
    for (n, conversation) in got.iter().enumerate() {
        assert_eq!(assigned(&app, conversation).await, json!([&m, &r][n % 2]), "{n}");
    }
    assert_eq!(rita.get("/api/conversations?view=mine").await["data"].as_array().unwrap().len(), 2);
    assert_eq!(rita.get("/api/notifications").await["data"][0]["kind"], "assigned");
    app.ann().await;
    let anns = heard_from(&app, "SM1", ANN, "I have an owner").await;
    assert_eq!(assigned(&app, &anns).await, json!(member_id(&app.admin).await));
    // Who goes away hands round what waits for an answer, and gets nothing more.
    app.admin.post(&at(&got[3], "done"), json!({})).await;
    let path = |id: &str| format!("/api/members/{id}/away");
    assert_eq!(rita.call("POST", &path(&m), &json!({ "away": true })).await.status, 403);
    let away = rita.post(&path(&r), json!({ "away": true })).await;
    assert_eq!((&away["away"], &away["handed"]), (&json!(true), &json!(1)), "{away}");
    assert_eq!(assigned(&app, &got[1]).await, json!(m));
    assert_eq!(assigned(&app, &got[3]).await, json!(r), "what is done stays theirs");
    let next = strangers(&app, 205..207).await;
    assert_eq!((assigned(&app, &next[0]).await, assigned(&app, &next[1]).await), (json!(m), json!(m)));
    // So does an owner, to somebody who may see it.
    let me = member_id(&app.admin).await;
    assert_eq!(app.admin.post(&path(&me), json!({ "away": true })).await["handed"], 1);
    assert_eq!(assigned(&app, &anns).await, json!(m));
    app.admin.post(&path(&me), json!({ "away": false })).await;
    rita.post(&path(&r), json!({ "away": false })).await;
    assert_eq!(assigned(&app, &strangers(&app, 207..208).await[0]).await, json!(r));
    // So does who may no longer come in; with nobody left, they are nobody's.
    rita.post(&path(&r), json!({ "away": true })).await;
    app.admin.patch(&format!("/api/members/{m}"), json!({ "disabled": true })).await;
    let pool = app.admin.get("/api/conversations?view=unassigned").await;
    assert_eq!(pool["counts"]["unassigned"], 7, "{}", pool["counts"]);
    assert_eq!(assigned(&app, &strangers(&app, 208..209).await[0]).await, Value::Null);
}

async fn whoever_has_the_fewest_gets_the_next(app: TestApp) {
    let (mia, max) = (app.member("manager").await, app.member("manager").await);
    let (m, x) = (member_id(&mia).await, member_id(&max).await);
    among(&app, "load", &[&m, &x]).await;
    let got = strangers(&app, 200..203).await;
    let mut whose = Vec::new();
    for conversation in &got {
        whose.push(assigned(&app, conversation).await);
    }
    assert_eq!(whose, [json!(m), json!(x), json!(m)]);
    for conversation in [&got[0], &got[2]] {
        app.admin.post(&at(conversation, "done"), json!({})).await;
    }
    let more = strangers(&app, 203..205).await;
    // In turns it would have been Max; both have one then, and it is his.
    assert_eq!((assigned(&app, &more[0]).await, assigned(&app, &more[1]).await), (json!(m), json!(x)));
}

async fn two_nodes_at_once_give_everybody_the_same(app: TestApp) {
    let other = app.node().await;
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(member_id(&app.member("manager").await).await);
    }
    among(&app, "turns", &members.iter().collect::<Vec<_>>()).await;
    for round in 0..3 {
        for n in 0..6 {
            let number = format!("+1415555{:04}", 300 + round * 6 + n);
            let post = Post::text(&format!("SM9{round}{n}"), &number, "Hello");
            assert_eq!(post.to(&Client::anonymous(&app.app)).await.status, 200);
        }
        tokio::join!(app.run_due(), other.run_due());
    }
    let all = app.admin.get("/api/conversations?view=open&limit=200").await;
    let mut shares: BTreeMap<String, usize> = BTreeMap::new();
    for conversation in all["data"].as_array().unwrap() {
        *shares.entry(conversation["assignee_id"].as_str().unwrap_or("nobody").to_owned()).or_default() += 1;
    }
    assert_eq!(shares.len(), 3, "{shares:?}");
    assert!(shares.values().all(|share| *share == 6), "{shares:?}");
}
