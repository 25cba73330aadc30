//! A text as contacts would get it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    who_lacks_most_is_shown_first,
    all_are_paged_through_those_who_lack_most_first,
    of_a_draft_those_are_shown_whom_it_would_take,
    a_preview_is_what_is_then_sent,
    a_text_that_cannot_be_filled_in_says_where,
}

async fn preview(app: &TestApp, body: Value) -> Value {
    app.admin.post("/api/messages/preview", body).await
}

async fn who_lacks_most_is_shown_first(app: TestApp) {
    app.contact(json!({ "email": "full@people.example", "first_name": "Fay", "city": "Oslo" })).await;
    app.contact(json!({ "email": "half@people.example", "first_name": "Hal" })).await;
    app.contact(json!({ "phone": "+14155550123" })).await;
    let text = "Hi {{ contact.first_name }} in {{ contact.city }}{{ contact.title | default(\"\") }}";
    let answer =
        preview(&app, json!({ "channel": "email", "subject": "For {{ contact.first_name }}", "body": text }))
            .await;
    let people = answer["people"].as_array().unwrap();
    let lacks: Vec<usize> = people.iter().map(|one| one["missing"].as_array().unwrap().len()).collect();
    assert_eq!(lacks, [2, 1, 0], "{answer}");
    assert_eq!(people[0]["to"], Value::Null);
    assert_eq!(people[1]["body"], "Hi Hal in \u{e000}contact.city\u{e001}");
    assert_eq!((&people[2]["subject"], &people[2]["body"]), (&json!("For Fay"), &json!("Hi Fay in Oslo")));
    let gaps =
        json!([{ "field": "contact.city", "count": 2 }, { "field": "contact.first_name", "count": 1 }]);
    assert_eq!((&answer["missing"], &answer["total"]), (&gaps, &json!(3)));
    let only = json!({ "channel": "sms", "body": text, "contact_id": people[1]["contact_id"] });
    let answer = preview(&app, only).await;
    assert_eq!((&answer["total"], &answer["people"][0]["name"]), (&json!(1), &json!("Hal")));
}

/// Every name, page by page.
async fn paged(app: &TestApp, body: &Value) -> Vec<String> {
    let (mut names, mut body) = (Vec::new(), body.clone());
    loop {
        let page = preview(app, body.clone()).await;
        names.extend(
            page["people"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => body["cursor"] = json!(next),
            None => return names,
        }
    }
}

async fn all_are_paged_through_those_who_lack_most_first(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Plan", "kind": "text" })).await;
    // The one who lacks most is the oldest of many, behind the first page.
    app.contact(json!({ "phone": "+14155550198", "last_name": "Worst" })).await;
    app.contact(json!({ "phone": "+14155550199", "last_name": "Poor", "custom": { "plan": "Gold" } })).await;
    let crowd = app.crowd(60).await;
    let best = json!({ "email": "best@people.example", "last_name": "Best", "city": "Rome", "custom": { "plan": "Gold" } });
    app.contact(best).await;
    let text = "{{ contact.last_name }}, {{ contact.city }}, {{ contact.custom.plan }}";
    let body = json!({ "channel": "email", "body": text });
    let names = paged(&app, &body).await;
    assert_eq!(names.len(), 63);
    assert_eq!((names[0].as_str(), names[1].as_str()), ("Worst", "Number59"), "{names:?}");
    assert_eq!((names[61].as_str(), names[62].as_str()), ("Poor", "Best"), "{names:?}");
    assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 63, "nobody comes twice");
    assert_eq!(paged(&app, &json!({ "channel": "email", "body": text, "search": "poor" })).await, ["Poor"]);
    // Of a campaign, once somebody is in it.
    let campaign = app.campaign(one_text(), &crowd[..2]).await;
    let answer = preview(&app, json!({ "channel": "email", "body": text, "campaign_id": campaign })).await;
    assert_eq!((&answer["whose"], &answer["total"]), (&json!("campaign"), &json!(2)));
    let other = app.neighbour(2).await.1;
    let body = json!({ "channel": "email", "body": text, "campaign_id": campaign });
    assert_eq!(other.call("POST", "/api/messages/preview", &body).await.status, 404);
}

async fn of_a_draft_those_are_shown_whom_it_would_take(app: TestApp) {
    let crowd = app.crowd(5).await;
    let list = app.admin.post("/api/lists", json!({ "name": "Guests" })).await["id"].clone();
    let path = format!("/api/lists/{}/contacts", list.as_str().unwrap());
    app.admin.post(&path, json!({ "who": { "contact_ids": [crowd[1], crowd[3]] } })).await;
    let funnel = app.admin.post("/api/funnels", json!({ "name": "Invite", "graph": one_text() })).await;
    let asked = json!({ "name": "Draft", "funnel_id": funnel["id"], "audience": { "set_id": list } });
    let draft = app.admin.post("/api/campaigns", asked).await["id"].clone();
    let body = json!({ "channel": "sms", "body": "{{ contact.last_name }} in {{ contact.city }}", "campaign_id": draft });
    let answer = preview(&app, body.clone()).await;
    assert_eq!((&answer["whose"], &answer["total"]), (&json!("audience"), &json!(2)), "{answer}");
    assert_eq!(answer["missing"], json!([{ "field": "contact.city", "count": 2 }]));
    let names: Vec<_> = answer["people"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names.len(), 2);
    let mut one = body.clone();
    one["contact_id"] = crowd[3].as_str().into();
    assert_eq!(preview(&app, one.clone()).await["total"], 1);
    one["contact_id"] = crowd[0].as_str().into();
    assert_eq!(preview(&app, one).await["total"], 0, "they are not on the list");
    // A rep is shown their own of it alone.
    let rep = app.member("rep").await;
    assert_eq!(rep.call("POST", "/api/messages/preview", &body).await.status, 404);
}

async fn a_preview_is_what_is_then_sent(app: TestApp) {
    let ann = app.ann().await;
    let text = "Hello {{ contact.first_name | upper }} {{ contact.city | default(\"there\") }}";
    let answer = preview(&app, json!({ "channel": "sms", "body": text, "contact_id": ann })).await;
    app.campaign(json!({ "nodes": [sms("T1", text)], "edges": [] }), &[ann]).await;
    app.run_due().await;
    assert_eq!(app.sent().await[0]["text"], answer["people"][0]["body"]);
    assert_eq!(app.sent().await[0]["to_address"], answer["people"][0]["to"]);
}

async fn a_text_that_cannot_be_filled_in_says_where(app: TestApp) {
    let body = json!({ "channel": "sms", "body": "Hello {{ contact.first_nam }}" });
    let refused = app.admin.call("POST", "/api/messages/preview", &body).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["error"]["fields"][0]["field"]),
        (422, &json!("body"))
    );
}
