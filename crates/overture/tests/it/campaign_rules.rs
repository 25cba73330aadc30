//! What becomes of late messages, and campaigns that take in whoever comes to their segment later.

use crate::kit::*;
use crate::segments::settle;
use serde_json::{Value, json};

both! {
    late_messages_are_skipped_sent_or_asked_about,
    an_answer_ends_what_a_person_was_asked_about,
    whoever_comes_to_the_segment_of_a_campaign_comes_in_once,
    a_campaign_follows_what_its_owner_sees_and_only_while_it_runs,
    only_a_set_can_be_followed,
    an_answer_ends_it_for_the_whole_company_where_that_is_wanted,
}

/// Messages that were due three hours before sending ran again.
async fn late(app: &TestApp, crowd: &[String], lateness: &str) -> String {
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", HOUR), sms("T2", "Still there?")]);
    let campaign = app.campaign_with(graph, crowd, json!({ "lateness": lateness })).await;
    // Written, and then nobody is there to send.
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    app.clock.advance(3 * HOUR);
    app.run_due().await;
    campaign
}

async fn late_messages_are_skipped_sent_or_asked_about(app: TestApp) {
    let crowd = app.crowd(3).await;
    let skipped = late(&app, &crowd, "skip").await;
    assert_eq!(app.node_of(&skipped, "T1").await["sent"], 0);
    let sent = late(&app, &crowd, "send").await;
    assert_eq!(app.node_of(&sent, "T1").await["sent"], 3);
    let asked = late(&app, &crowd, "ask").await;
    let path = format!("/api/campaigns/{asked}");
    let sent = async |node: &str| app.node_of(&asked, node).await["sent"].as_i64().unwrap();
    assert_eq!(sent("T1").await, 0, "nothing leaves before somebody says so");
    assert_eq!(app.admin.get(&path).await["late"], 3);
    let people = app.people(&asked).await;
    assert!(people.iter().all(|p| p["why"]["code"] == "message.late_asked"), "{people:?}");
    // Other settings, and days, change nothing about it.
    app.admin.patch(&path, json!({ "windows": [], "daily_cap": 5 })).await;
    app.advance(DAY).await;
    assert_eq!((sent("T1").await, &app.admin.get(&path).await["late"]), (0, &json!(3)));
    let rep = app.member("rep").await;
    let answer = rep.call("POST", &format!("{path}/late"), &json!({ "decision": "send" })).await;
    assert_eq!(answer.status, 404);
    let answer = app.admin.call("POST", &format!("{path}/late"), &json!({ "decision": "perhaps" })).await;
    assert_eq!(answer.brief(), "422 4001");
    let said = app.admin.post(&format!("{path}/late"), json!({ "decision": "send" })).await;
    assert_eq!(said["messages"], 3);
    app.run_due().await;
    assert_eq!(sent("T1").await, 3);
    // The same again has nothing to say; the next late ones are skipped, and people go on.
    let said = app.admin.post(&format!("{path}/late"), json!({ "decision": "send" })).await;
    assert_eq!(said["messages"], 0);
    app.clock.advance(HOUR);
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    app.clock.advance(3 * HOUR);
    app.run_due().await;
    assert_eq!(app.admin.get(&path).await["late"], 3);
    assert_eq!(app.admin.post(&format!("{path}/late"), json!({ "decision": "skip" })).await["messages"], 3);
    app.run_due().await;
    assert_eq!((sent("T1").await, sent("T2").await), (3, 0));
    app.world.taken("sms").await;
    assert!(app.people(&asked).await.iter().all(|p| p["status"] == "completed"));
}

async fn an_answer_ends_what_a_person_was_asked_about(app: TestApp) {
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", HOUR), sms("T2", "Still there?"), wait("W2", DAY)]);
    let ann = app.ann().await;
    let campaign = app.campaign_with(graph, &[ann], json!({ "lateness": "ask" })).await;
    app.run_due().await;
    app.clock.advance(HOUR);
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    app.clock.advance(3 * HOUR);
    app.run_due().await;
    let path = format!("/api/campaigns/{campaign}");
    assert_eq!(app.admin.get(&path).await["late"], 1);
    app.deliver(Post::text("SM1", ANN, "Yes please")).await;
    app.run_due().await;
    assert_eq!(app.people(&campaign).await[0]["status"], "exited");
    assert_eq!(app.admin.get(&path).await["late"], 0);
    assert_eq!(app.admin.post(&format!("{path}/late"), json!({ "decision": "send" })).await["messages"], 0);
    app.advance(DAY).await;
    assert_eq!(app.world.taken("sms").await, 1);
}

async fn segment(app: &TestApp) -> String {
    let rule = json!({ "all": [{ "field": "city", "op": "is", "value": "Oslo" }] });
    let made = app.admin.post("/api/segments", json!({ "name": "Oslo", "rule": rule })).await;
    settle(app).await;
    made["id"].as_str().unwrap().to_owned()
}

/// A campaign for a segment that takes in whoever comes to it.
async fn following(app: &TestApp, set: &str) -> String {
    let graph = chain(vec![sms("T1", "Hello")]);
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": graph })).await;
    let audience = json!({ "set_id": set });
    let body = json!({ "name": "C", "funnel_id": funnel["id"], "audience": audience, "continuous": true });
    let id = app.admin.post("/api/campaigns", body).await["id"].as_str().unwrap().to_owned();
    app.admin.post(&format!("/api/campaigns/{id}/start"), json!({})).await;
    id
}

async fn person(app: &TestApp, n: usize, city: &str) -> String {
    app.contact(json!({ "phone": format!("+1415555{n:04}"), "city": city })).await
}

async fn look(app: &TestApp) {
    settle(app).await;
    app.advance(10_000).await;
    app.run_due().await;
}

async fn whoever_comes_to_the_segment_of_a_campaign_comes_in_once(app: TestApp) {
    let set = segment(&app).await;
    let first = person(&app, 1, "Oslo").await;
    let other = person(&app, 2, "Bergen").await;
    settle(&app).await;
    let campaign = following(&app, &set).await;
    look(&app).await;
    assert_eq!(app.world.taken("sms").await, 1);
    let path = format!("/api/campaigns/{campaign}");
    assert_eq!(app.admin.get(&path).await["status"], "active", "it goes on although everybody is through");
    app.admin.patch(&format!("/api/contacts/{other}"), json!({ "city": "Oslo" })).await;
    person(&app, 3, "Oslo").await;
    look(&app).await;
    assert_eq!(app.world.taken("sms").await, 3);
    // Out of it and in again is no reason to be written to again.
    app.admin.patch(&format!("/api/contacts/{first}"), json!({ "city": "Bergen" })).await;
    look(&app).await;
    app.admin.patch(&format!("/api/contacts/{first}"), json!({ "city": "Oslo" })).await;
    look(&app).await;
    assert_eq!(app.world.taken("sms").await, 3);
    // Whoever comes while it is paused comes in when it is resumed.
    app.admin.post(&format!("{path}/pause"), json!({})).await;
    person(&app, 4, "Oslo").await;
    look(&app).await;
    app.advance(DAY).await;
    assert_eq!(app.people(&campaign).await.len(), 3);
    app.admin.post(&format!("{path}/resume"), json!({})).await;
    look(&app).await;
    assert_eq!((app.people(&campaign).await.len(), app.world.taken("sms").await), (4, 4));
    // When it follows no more, it comes to its end.
    app.admin.patch(&path, json!({ "continuous": false })).await;
    person(&app, 5, "Oslo").await;
    look(&app).await;
    assert_eq!(app.admin.get(&path).await["status"], "completed");
    assert_eq!(app.world.taken("sms").await, 4);
}

async fn a_campaign_follows_what_its_owner_sees_and_only_while_it_runs(app: TestApp) {
    let set = segment(&app).await;
    let rep = app.member("rep").await;
    let mine = rep.post("/api/contacts", json!({ "phone": "+14155550001", "city": "Oslo" })).await;
    settle(&app).await;
    let funnel =
        app.admin.post("/api/funnels", json!({ "name": "F", "graph": chain(vec![sms("T1", "Hi")]) })).await;
    let body =
        json!({ "name": "C", "funnel_id": funnel["id"], "audience": { "set_id": set }, "continuous": true });
    let id = rep.post("/api/campaigns", body).await["id"].as_str().unwrap().to_owned();
    person(&app, 2, "Oslo").await;
    look(&app).await;
    assert_eq!(app.people(&id).await.len(), 0, "a draft takes nobody in");
    rep.post(&format!("/api/campaigns/{id}/start"), json!({})).await;
    rep.post("/api/contacts", json!({ "phone": "+14155550003", "city": "Oslo" })).await;
    person(&app, 4, "Oslo").await;
    look(&app).await;
    let people = app.people(&id).await;
    assert_eq!(people.len(), 2, "only those of the rep: {people:?}");
    assert!(people.iter().any(|p| p["contact_id"] == mine["id"]), "{people:?}");
}

async fn only_a_set_can_be_followed(app: TestApp) {
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await;
    let body = |audience: Value| json!({ "name": "C", "funnel_id": funnel["id"], "audience": audience, "continuous": true });
    let refused = app.admin.call("POST", "/api/campaigns", &body(json!({ "all": true }))).await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["error"]["name"].as_str()),
        (422, Some("campaign.follows_nothing"))
    );
    let set = segment(&app).await;
    person(&app, 1, "Oslo").await;
    let made = app.admin.post("/api/campaigns", body(json!({ "set_id": set }))).await;
    let path = format!("/api/campaigns/{}", made["id"].as_str().unwrap());
    let refused = app.admin.call("PATCH", &path, &json!({ "audience": { "all": true } })).await;
    assert_eq!(refused.status, 422, "{}", refused.json());
    let both = json!({ "audience": { "all": true }, "continuous": false });
    assert_eq!(app.admin.patch(&path, both).await["continuous"], false);
}

async fn an_answer_ends_it_for_the_whole_company_where_that_is_wanted(app: TestApp) {
    let person = |phone: &str, company: &str| json!({ "phone": phone, "company": company });
    let ann = app.contact(person(ANN, "Fjordworks")).await;
    let bob = app.contact(person("+14155550142", "Fjordworks")).await;
    let cleo = app.contact(person("+14155550143", "Elsewhere")).await;
    let dan = app.contact(json!({ "phone": "+14155550144" })).await;
    let all = [ann, bob.clone(), cleo, dan];
    let graph = || chain(vec![sms("T1", "Hello"), wait("W1", DAY), sms("T2", "Still there?")]);
    let ends = app.campaign_with(graph(), &all, json!({ "ends_for_company": true })).await;
    let goes_on = app.campaign(graph(), &all).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 8);
    app.deliver(Post::text("SM1", ANN, "Call me next week")).await;
    app.run_due().await;
    let reasons = async |campaign: &str| {
        let mut all: Vec<String> = app
            .people(campaign)
            .await
            .iter()
            .map(|p| p["reason"].as_str().unwrap_or("-").to_owned())
            .collect();
        all.sort();
        all
    };
    assert_eq!(reasons(&ends).await, ["-", "-", "colleague_replied", "replied"]);
    assert_eq!(reasons(&goes_on).await, ["-", "-", "-", "replied"]);
    app.advance(DAY).await;
    assert_eq!(app.world.taken("sms").await, 8 + 2 + 3);
    let status = app.admin.get(&format!("/api/contacts/{bob}")).await["status"].clone();
    assert_eq!(status, "No Activity", "nobody has to look at whoever did not write");
}
