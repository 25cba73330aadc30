//! Rehearsals: what is foretold is what happens.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    what_is_rehearsed_is_what_a_campaign_then_does,
    a_thousand_made_up_people_are_counted,
    what_would_keep_a_message_back_is_told,
    what_cannot_be_rehearsed_says_why,
}

/// Sent messages as (recipient, text), in the order of their texts.
fn sent_of(story: &Value) -> Vec<(i64, String)> {
    let entries = story["entries"].as_array().unwrap().iter();
    let sent = entries.filter(|entry| entry["what"] == "sent");
    sent.map(|entry| (entry["at_ms"].as_i64().unwrap(), entry["text"].as_str().unwrap().to_owned())).collect()
}

async fn what_is_rehearsed_is_what_a_campaign_then_does(app: TestApp) {
    let samples: Vec<Value> = serde_json::from_str(include_str!("../../samples/funnels.json")).unwrap();
    let people = app.crowd(2).await;
    for sample in samples.iter().take(4) {
        let campaign = app.campaign(sample["graph"].clone(), &people).await;
        let body = json!({ "campaign_id": campaign, "contact_id": people[0] });
        let told = app.admin.post("/api/funnels/simulate", body).await;
        let story = &told["stories"][0];
        assert_eq!(story["outcome"], "finished", "{}: {story}", sample["name"]);
        app.live(40 * DAY, 8 * HOUR).await;
        let path = format!("/api/campaigns/{campaign}");
        assert_eq!(app.admin.get(&path).await["status"], "completed");
        let messages = app.sent().await;
        let mine =
            messages.iter().filter(|m| m["campaign_id"] == json!(campaign) && m["contact_id"] == people[0]);
        // Oldest first. Who sends is known only to the campaign, and comes last in these texts.
        let happened: Vec<String> = mine.map(|m| m["text"].as_str().unwrap().to_owned()).collect();
        let foretold = sent_of(story);
        assert_eq!(foretold.len(), happened.len(), "{}: {happened:?}", sample["name"]);
        for ((_, told), text) in foretold.iter().zip(&happened) {
            let known = told.split("Your sender").next().unwrap();
            assert!(text.starts_with(known) && known.len() > 5, "{}: {told:?} but {text:?}", sample["name"]);
        }
    }
}

async fn a_thousand_made_up_people_are_counted(app: TestApp) {
    let funnels = app.admin.get("/api/funnels").await;
    let funnel = match funnels["data"].as_array().unwrap().first() {
        Some(funnel) => funnel.clone(),
        None => app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await,
    };
    let body = json!({
        "funnel_id": funnel["id"], "people": 1000,
        "scenario": { "all": { "opened": 50, "replied": 10, "after_seconds": 3600 }, "seed": 3 },
    });
    let told = app.admin.post("/api/funnels/simulate", body.clone()).await;
    let summary = &told["summary"];
    let ended: i64 = summary["outcomes"].as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
    assert_eq!((ended, &summary["people"]), (1000, &json!(1000)));
    assert_eq!(
        summary["steps"].as_array().unwrap().len(),
        funnel["graph"]["nodes"].as_array().unwrap().len()
    );
    assert_eq!(told["stories"].as_array().unwrap().len(), 20);
    assert_eq!(
        app.admin.post("/api/funnels/simulate", body).await["summary"],
        *summary,
        "the same seed, the same story"
    );
    // Nothing was written and nothing left.
    assert_eq!(app.sent().await.len(), 0);
}

async fn what_would_keep_a_message_back_is_told(app: TestApp) {
    let ann = app.ann().await;
    let told = |graph: Value| json!({ "graph": graph, "contact_id": ann });
    let missing = json!({ "nodes": [email("E1", "Hi", "In {{ contact.city }}?")], "edges": [] });
    let answer = app.admin.post("/api/funnels/simulate", told(missing)).await;
    let story = &answer["stories"][0];
    assert_eq!(story["outcome"], "missing_value", "{story}");
    let last = story["entries"].as_array().unwrap().last().unwrap().clone();
    assert!(last["text"].as_str().unwrap().contains("contact.city"), "{last}");
    let hours = json!({
        "graph": one_text(), "contact_id": ann, "starts_ms": 1_767_600_000_000_i64,
        "windows": [{ "days": [3], "from": "09:00", "until": "10:00" }],
    });
    let answer = app.admin.post("/api/funnels/simulate", hours).await;
    let entries = answer["stories"][0]["entries"].as_array().unwrap().clone();
    let whats: Vec<&str> = entries.iter().map(|entry| entry["what"].as_str().unwrap()).collect();
    assert_eq!(whats, ["later", "sent", "ends"], "{entries:?}");
    let phone = app.admin.get(&format!("/api/contacts/{ann}")).await["phone"].clone();
    let entry = json!({ "channel": "sms", "value": phone, "reason": "Opted out" });
    app.admin.post("/api/suppressions", entry).await;
    let answer = app.admin.post("/api/funnels/simulate", told(one_text())).await;
    assert_eq!(answer["stories"][0]["outcome"], "suppressed");
}

async fn what_cannot_be_rehearsed_says_why(app: TestApp) {
    let refused = async |body: Value| {
        let answer = app.admin.call("POST", "/api/funnels/simulate", &body).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.json());
        answer.json()["error"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(json!({})).await, "simulate.what");
    assert_eq!(refused(json!({ "graph": { "nodes": [] } })).await, "funnel.invalid");
    assert_eq!(refused(json!({ "graph": one_text(), "people": 1001 })).await, "people.invalid");
    refused(json!({ "graph": one_text(), "scenario": { "all": { "opened": 300 } } })).await;
    let gone = app.ann().await;
    app.admin.call("DELETE", &format!("/api/contacts/{gone}"), &json!({})).await;
    refused(json!({ "graph": one_text(), "contact_id": gone })).await;
}
