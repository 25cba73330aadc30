//! Kinds of steps that do something else than write or wait: each happens exactly once, with the move of the person.

use crate::kit::*;
use crate::segments::settle;
use serde_json::{Value, json};

both! {
    a_step_changes_the_contact_once_with_all_that_follows_from_it,
    what_a_step_changes_is_in_the_message_behind_it,
    a_value_that_does_not_fit_leaves_the_field_as_it_is,
    a_step_hands_a_contact_over_with_its_conversations,
    a_status_that_a_stage_sets_reaches_the_segments,
    the_owner_that_a_step_names_is_a_member_of_the_workspace,
}

fn node(key: &str, kind: &str, config: Value) -> Value {
    json!({ "key": key, "type": kind, "name": key, "config": config, "x": 0, "y": 0 })
}

fn update(key: &str, config: Value) -> Value {
    node(key, "update_contact", config)
}

/// What happened to somebody, newest first, of one kind.
async fn history(app: &TestApp, contact: &str, kind: &str) -> Vec<Value> {
    let page = app.admin.get(&format!("/api/contacts/{contact}/timeline?limit=200")).await;
    page["data"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).cloned().collect()
}

async fn a_step_changes_the_contact_once_with_all_that_follows_from_it(app: TestApp) {
    for field in [
        json!({ "name": "Plan", "kind": "choice", "choices": ["Gold", "Silver"] }),
        json!({ "name": "Note", "kind": "text" }),
    ] {
        app.admin.post("/api/custom-fields", field).await;
    }
    let rule = json!({ "all": [{ "field": "custom.plan", "op": "is", "value": "Gold" }] });
    let gold = app.admin.post("/api/segments", json!({ "name": "Gold", "rule": rule })).await;
    settle(&app).await;
    let ann = app
        .contact(
            json!({ "email": "ann@people.example", "first_name": "Ann", "last_name": "Lee", "city": "Oslo",
                         "custom": { "note": "before" } }),
        )
        .await;
    let who = json!({ "who": { "contact_ids": [&ann] } });
    let cold = app.admin.post("/api/tags", json!({ "name": "Cold" })).await;
    app.admin.post(&format!("/api/tags/{}/contacts", cold["id"].as_str().unwrap()), who).await;
    let graph = chain(vec![
        update(
            "U1",
            json!({
                "set": { "contact.title": "Head of {{ contact.city | upper }}", "contact.company": "Fjordworks",
                         "contact.custom.plan": "gold", "contact.custom.note": "", "contact.country": "{{ contact.phone }}" },
                "status": "Engaged", "add_tags": ["Hot lead"], "remove_tags": ["cold", "never there"],
            }),
        ),
        wait("W1", DAY),
    ]);
    app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let now = app.admin.get(&format!("/api/contacts/{ann}")).await;
    assert_eq!((&now["title"], &now["company"]), (&json!("Head of OSLO"), &json!("Fjordworks")));
    assert_eq!((&now["status"], &now["country"]), (&json!("Engaged"), &Value::Null), "no phone, no change");
    assert_eq!(now["custom"], json!({ "plan": "Gold" }), "an empty text clears a field");
    let tags: Vec<&str> =
        now["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    assert_eq!(tags, ["Hot lead"]);
    assert!(now["company_id"].as_str().is_some_and(|id| id.starts_with("cmp_")), "{now}");
    // What is looked for, and what is computed, follows.
    let found = app.admin.get("/api/contacts?search=fjordworks").await;
    assert_eq!(found["data"][0]["id"], json!(ann));
    settle(&app).await;
    let set = format!("/api/contacts?set_id={}", gold["id"].as_str().unwrap());
    assert_eq!(app.admin.get(&set).await["data"][0]["id"], json!(ann));
    let told = history(&app, &ann, "contact_changed").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        told[0]["text"],
        "Company, Note, Plan, Job title, Status Engaged, Tag Hot lead put on, Tag cold taken off, Tag never there taken off"
    );
    // Whoever changes it back keeps that: the step is over.
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "title": "Owner" })).await;
    app.advance(DAY).await;
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["title"], "Owner");
    assert_eq!(history(&app, &ann, "contact_changed").await.len(), 1);
}

async fn what_a_step_changes_is_in_the_message_behind_it(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Renewal", "kind": "date" })).await;
    let graph = chain(vec![
        update(
            "U1",
            json!({ "set": { "contact.last_name": "Chang", "contact.custom.renewal": "2026-09-01" } }),
        ),
        sms("T1", "{{ contact.full_name }} until {{ contact.custom.renewal }}"),
    ]);
    let ann = app.ann().await;
    app.campaign(graph, &[ann]).await;
    app.run_due().await;
    assert_eq!(app.only().await["text"], "Ann Chang until 1 September 2026");
}

async fn a_value_that_does_not_fit_leaves_the_field_as_it_is(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Renewal", "kind": "date" })).await;
    let body = json!({ "phone": ANN, "title": "soon", "custom": { "renewal": "2026-09-01" } });
    let ann = app.contact(body).await;
    let graph =
        chain(vec![update("U1", json!({ "set": { "contact.custom.renewal": "{{ contact.title }}" } }))]);
    app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["custom"]["renewal"], "2026-09-01");
    let told = history(&app, &ann, "contact_changed").await;
    assert_eq!(told[0]["text"], "not Renewal (write a day as 2026-11-30)");
}

async fn a_step_hands_a_contact_over_with_its_conversations(app: TestApp) {
    let rep = app.member("rep").await;
    let me = rep.get("/api/auth/me").await;
    let member = me["member"]["id"].as_str().unwrap().to_owned();
    let ann = app.ann().await;
    let graph = chain(vec![sms("T1", "Hello"), update("U1", json!({ "owner_id": member }))]);
    app.campaign(graph, std::slice::from_ref(&ann)).await;
    assert_eq!(rep.call("GET", &format!("/api/contacts/{ann}"), &json!({})).await.status, 404);
    app.run_due().await;
    assert_eq!(rep.get(&format!("/api/contacts/{ann}")).await["owner_id"], json!(member));
    let thread = app.only().await["conversation_id"].as_str().unwrap().to_owned();
    assert_eq!(rep.get(&format!("/api/conversations/{thread}")).await["id"], json!(thread));
}

async fn a_status_that_a_stage_sets_reaches_the_segments(app: TestApp) {
    let rule = json!({ "all": [{ "field": "status", "op": "is", "value": "Engaged" }] });
    let engaged = app.admin.post("/api/segments", json!({ "name": "Engaged", "rule": rule })).await;
    settle(&app).await;
    let ann = app.ann().await;
    settle(&app).await;
    let graph = chain(vec![node("S1", "stage", json!({ "status": "Engaged" })), wait("W1", DAY)]);
    app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    settle(&app).await;
    let set = format!("/api/contacts?set_id={}", engaged["id"].as_str().unwrap());
    assert_eq!(app.admin.get(&set).await["data"][0]["id"], json!(ann));
}

async fn the_owner_that_a_step_names_is_a_member_of_the_workspace(app: TestApp) {
    let (other, _) = app.neighbour(2).await;
    let stranger = other.member.unwrap();
    let graph = chain(vec![update("U1", json!({ "owner_id": stranger }))]);
    let refused = app.admin.call("POST", "/api/funnels", &json!({ "name": "F", "graph": graph })).await;
    assert_eq!(refused.status, 404, "{}", refused.json());
}
