//! Waits that end with a time of the day or with something that happens, splits, and gotos, in campaigns that run.

use crate::kit::*;
use overture::engagement;
use serde_json::{Value, json};

both! {
    a_wait_for_an_opening_ends_when_it_is_opened,
    a_wait_until_a_time_goes_by_the_zone_of_the_person,
    a_split_writes_to_each_person_one_variant,
    a_goto_writes_again_until_a_condition_leads_out,
    every_ready_funnel_runs_to_its_end,
    of_two_who_change_one_version_the_second_is_told,
}

fn node(key: &str, kind: &str, config: Value) -> Value {
    json!({ "key": key, "type": kind, "name": key, "config": config, "x": 0, "y": 0 })
}

/// The texts that left, with their recipients.
async fn texts(app: &TestApp) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = app
        .world
        .letters("sms")
        .await
        .iter()
        .map(|letter| (letter["to"][0].as_str().unwrap().into(), letter["text"].as_str().unwrap().into()))
        .collect();
    texts.sort();
    texts
}

async fn a_wait_for_an_opening_ends_when_it_is_opened(app: TestApp) {
    let graph = json!({
        "nodes": [
            email("E1", "Hello", "Hi"),
            node("W1", "wait", json!({ "event": "opened", "node": "E1", "timeout_seconds": 2 * DAY / SECOND })),
            sms("YES", "Opened"), sms("NO", "Not opened"),
        ],
        "edges": [
            edge("E1", "W1"),
            { "from": "W1", "to": "YES", "condition": { "event": "opened", "node": "E1", "happened": true } },
            edge("W1", "NO"),
        ],
    });
    let crowd = app.crowd(2).await;
    app.campaign(graph, &crowd).await;
    app.run_due().await;
    app.advance(HOUR).await;
    assert_eq!(texts(&app).await, [], "both wait");
    let first = app.sent().await.into_iter().find(|m| m["to_address"] == "p0@people.example").unwrap();
    let id = first["id"].as_str().unwrap().parse().unwrap();
    engagement::note_opened(&app.app, &id).await.unwrap();
    app.run_due().await;
    let opened = ("+14155550000".to_owned(), "Opened".to_owned());
    assert_eq!(texts(&app).await, std::slice::from_ref(&opened), "at once, and only who has opened it");
    app.advance(2 * DAY).await;
    assert_eq!(texts(&app).await, [opened, ("+14155550001".to_owned(), "Not opened".to_owned())]);
}

async fn a_wait_until_a_time_goes_by_the_zone_of_the_person(app: TestApp) {
    let graph = json!({
        "nodes": [node("W1", "wait", json!({ "until": "09:00" })), sms("T1", "Good morning")],
        "edges": [edge("W1", "T1")],
    });
    let zones = [("+14155550001", "Asia/Tokyo"), ("+14155550002", "America/New_York")];
    let mut people = Vec::new();
    for (phone, zone) in zones {
        people.push(app.contact(json!({ "phone": phone, "time_zone": zone })).await);
    }
    app.campaign(graph, &people).await;
    app.live(26 * HOUR, 30 * 60 * SECOND).await;
    let sent = app.sent().await;
    for (phone, zone) in zones {
        let message = sent.iter().find(|m| m["to_address"] == phone).unwrap();
        let at: jiff::Timestamp = message["sent_at"].as_str().unwrap().parse().unwrap();
        let local = at.to_zoned(domain::schedule::zone(zone).unwrap());
        assert_eq!((local.hour(), local.minute() < 31), (9, true), "{phone} at {local}");
    }
}

async fn a_split_writes_to_each_person_one_variant(app: TestApp) {
    let graph = json!({
        "nodes": [
            node("S1", "split", json!({ "variants": [{ "key": "a", "weight": 1 }, { "key": "b", "weight": 1 }] })),
            sms("A", "First {{ contact.last_name }}"), sms("B", "Other {{ contact.last_name }}"),
            wait("W1", HOUR), condition("C1"), sms("A2", "First again"), sms("B2", "Other again"),
        ],
        "edges": [
            { "from": "S1", "to": "A", "condition": { "split": "S1", "variant": "a" } },
            { "from": "S1", "to": "B", "condition": { "split": "S1", "variant": "b" } },
            edge("A", "W1"), edge("B", "W1"), edge("W1", "C1"),
            { "from": "C1", "to": "A2", "condition": { "split": "S1", "variant": "a" } },
            edge("C1", "B2"),
        ],
    });
    let crowd = app.crowd(60).await;
    let campaign = app.campaign(graph, &crowd).await;
    app.run_due().await;
    let first = texts(&app).await;
    let of_a = first.iter().filter(|(_, text)| text.starts_with("First")).count() as i64;
    assert_eq!(first.len(), 60);
    assert!((10..=50).contains(&of_a), "{of_a} of 60");
    assert_eq!(app.node_of(&campaign, "A").await["sent"], of_a);
    assert_eq!(app.node_of(&campaign, "B").await["sent"], 60 - of_a);
    app.advance(HOUR).await;
    assert_eq!(app.node_of(&campaign, "A2").await["sent"], of_a, "who got A is asked as A later");
    for (to, text) in texts(&app).await {
        let before = &first.iter().find(|(earlier, _)| *earlier == to).unwrap().1;
        assert_eq!(&before[..5], &text[..5], "{to}");
    }
}

async fn a_goto_writes_again_until_a_condition_leads_out(app: TestApp) {
    let graph = json!({
        "nodes": [
            sms("T1", "Hello?"), wait("W1", DAY), condition("C1"), node("BACK", "goto", json!({ "node": "T1" })), exit("END"),
        ],
        "edges": [
            edge("T1", "W1"), edge("W1", "C1"), edge("C1", "BACK"),
            { "from": "C1", "to": "END", "condition": { "field": "contact.city", "op": "exists" } },
        ],
    });
    let ann = app.ann().await;
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    app.advance(DAY).await;
    app.advance(DAY).await;
    assert_eq!(app.world.taken("sms").await, 3);
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "city": "Oslo" })).await;
    app.advance(DAY).await;
    assert_eq!(app.world.taken("sms").await, 3);
    let state = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    assert_eq!(state["status"], "completed");
}

/// Every funnel that a new workspace has leads everybody to its end, also who has no phone number and who opens nothing.
async fn every_ready_funnel_runs_to_its_end(app: TestApp) {
    let samples: Vec<Value> = serde_json::from_str(include_str!("../../samples/funnels.json")).unwrap();
    assert!(samples.len() >= 8, "{}", samples.len());
    let mut people = app.crowd(3).await;
    people.push(app.contact(json!({ "email": "only@people.example", "time_zone": "Asia/Tokyo" })).await);
    let mut campaigns = Vec::new();
    for sample in &samples {
        campaigns.push((app.campaign(sample["graph"].clone(), &people).await, sample));
    }
    app.live(40 * DAY, 8 * HOUR).await;
    for (campaign, sample) in campaigns {
        let state = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
        assert_eq!(
            (&state["status"], &state["counts"]["completed"], &state["counts"]["failed_messages"]),
            (&json!("completed"), &json!(4), &json!(0)),
            "{}: {state}",
            sample["name"]
        );
    }
}

async fn of_two_who_change_one_version_the_second_is_told(app: TestApp) {
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await;
    let path = format!("/api/funnels/{}", funnel["id"].as_str().unwrap());
    let change = |text: &str, version: Value| {
        let mut graph = one_text();
        graph["nodes"][0]["config"]["body"] = json!(text);
        json!({ "graph": graph, "version": version })
    };
    let (mine, theirs) = (change("Mine", json!(1)), change("Theirs", json!(1)));
    let (saved, other) =
        tokio::join!(app.admin.call("PUT", &path, &mine), app.admin.call("PUT", &path, &theirs));
    let mut answers = [saved.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409]);
    let now = app.admin.get(&path).await;
    let first = if saved.status.is_success() { "Mine" } else { "Theirs" };
    assert_eq!((&now["version"], &now["graph"]["nodes"][0]["config"]["body"]), (&json!(2), &json!(first)));
    // Who does not say a version writes over any.
    let third = app.admin.call("PUT", &path, &change("Third", Value::Null)).await;
    assert_eq!(third.json()["version"], 3);
}
