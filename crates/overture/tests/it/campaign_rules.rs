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
    an_exclusive_campaign_leaves_those_alone_whom_another_one_writes_to,
    the_first_message_waits_until_another_campaigns_is_long_enough_ago,
    texts_name_the_event_and_reminders_follow_its_day,
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

/// The people of a campaign, as status and reason, by contact.
async fn standing(app: &TestApp, campaign: &str, contact: &str) -> (String, String) {
    let people = app.people(campaign).await;
    let said = |person: &Value, what: &str| person[what].as_str().unwrap_or_default().to_owned();
    let found = people.iter().find(|person| person["contact_id"] == contact);
    found.map_or_else(Default::default, |person| (said(person, "status"), said(person, "reason")))
}

async fn an_exclusive_campaign_leaves_those_alone_whom_another_one_writes_to(app: TestApp) {
    let crowd = app.crowd(3).await;
    let long = || chain(vec![sms("T1", "Hello"), wait("W1", 30 * DAY), sms("T2", "Bye")]);
    let first = app.campaign(long(), &crowd[..1]).await;
    app.run_due().await;
    let alone = app.campaign_with(long(), &crowd, json!({ "exclusive": true })).await;
    app.run_due().await;
    assert_eq!(app.people(&alone).await.len(), 2, "whoever is in another one does not come in");
    assert_eq!(app.world.taken("sms").await, 3);
    // Whom another one wrote to between coming in and the first message leaves.
    let slow = chain(vec![wait("W0", HOUR), sms("T1", "Hello")]);
    let dan = app.contact(json!({ "phone": "+14155550188" })).await;
    let waiting = app.campaign_with(slow, std::slice::from_ref(&dan), json!({ "exclusive": true })).await;
    app.run_due().await;
    app.campaign(long(), std::slice::from_ref(&dan)).await;
    app.run_due().await;
    app.advance(2 * HOUR).await;
    assert_eq!(standing(&app, &waiting, &dan).await, ("exited".into(), "in_another".into()));
    assert_eq!(app.world.taken("sms").await, 4);
    // A campaign that is over is no reason.
    app.admin.post(&format!("/api/campaigns/{first}/pause"), json!({})).await;
    app.admin.post(&format!("/api/campaigns/{first}/archive"), json!({})).await;
    let body = json!({ "audience": { "contact_ids": [&crowd[0]] } });
    app.admin.post(&format!("/api/campaigns/{alone}/people"), body).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 5);
}

async fn the_first_message_waits_until_another_campaigns_is_long_enough_ago(app: TestApp) {
    let dan = app.contact(json!({ "phone": "+14155550188" })).await;
    let one = std::slice::from_ref(&dan);
    let two = || chain(vec![sms("T1", "Hello"), wait("W1", HOUR), sms("T2", "Still there?")]);
    app.campaign(two(), one).await;
    let second = app.campaign_with(two(), one, json!({ "gap_days": 3 })).await;
    // Both come due in the same moment.
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1);
    assert_eq!(standing(&app, &second, &dan).await, ("active".into(), "crowded".into()));
    app.advance(2 * HOUR).await;
    assert_eq!(app.world.taken("sms").await, 2, "the other one goes on");
    app.live(3 * DAY - 2 * HOUR, 5 * HOUR).await;
    assert_eq!(app.world.taken("sms").await, 2, "its last message was two hours later");
    app.advance(3 * HOUR).await;
    assert_eq!(app.world.taken("sms").await, 3);
    // Its own messages are no reason to wait.
    app.advance(2 * HOUR).await;
    assert_eq!(app.world.taken("sms").await, 4);
    let wrong = json!({ "gap_days": 0 });
    let refused = app.admin.call("PATCH", &format!("/api/campaigns/{second}"), &wrong).await;
    assert_eq!(refused.brief(), "422 4001");
}

async fn texts_name_the_event_and_reminders_follow_its_day(app: TestApp) {
    let ann = app.ann().await;
    let remind = json!({ "key": "W1", "type": "wait", "name": "", "x": 0, "y": 0,
                         "config": { "date": "event.date", "offset_days": -1, "at": "10:00" } });
    let graph = chain(vec![
        sms("T1", "{{ event.name }}: {{ event.date }} at {{ event.time }}"),
        remind,
        sms("T2", "Tomorrow!"),
    ]);
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": graph })).await;
    let body = json!({ "name": "C", "funnel_id": funnel["id"], "audience": { "contact_ids": [&ann] } });
    let id = app.admin.post("/api/campaigns", body).await["id"].as_str().unwrap().to_owned();
    let path = format!("/api/campaigns/{id}");
    let refused = app.admin.call("POST", &format!("{path}/start"), &json!({})).await;
    assert_eq!(refused.status, 409, "{}", refused.json());
    let event = |date: &str| json!({ "event": { "name": "Dinner", "type": "In-Person", "date": date, "time": "18:30" } });
    let wrong = json!({ "event": { "name": " ", "type": "Virtual", "date": "2026-06-20" } });
    assert_eq!(app.admin.call("PATCH", &path, &wrong).await.brief(), "422 4001");
    let shown = app.admin.patch(&path, event("2026-06-25")).await;
    assert_eq!((&shown["event"]["name"], &shown["event"]["type"]), (&json!("Dinner"), &json!("In-Person")));
    app.admin.post(&format!("{path}/start"), json!({})).await;
    app.run_due().await;
    let said = app.sent().await[0]["text"].clone();
    assert_eq!(said, "Dinner: Thursday, 25 June 2026 at 18:30");
    // The event comes sooner while they wait for its day.
    app.admin.patch(&path, event("2026-06-22")).await;
    app.live(5 * DAY, 6 * HOUR).await;
    assert_eq!(app.sent().await.len(), 1, "the first day passed");
    app.live(2 * DAY, HOUR).await;
    let sent = app.sent().await;
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[1]["sent_at"].as_str().is_some_and(|at| at.starts_with("2026-06-21T10:")), "{}", sent[1]);
}
