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
    a_webhook_is_told_once_per_visit_with_a_key_that_stays_the_same,
    a_webhook_that_is_told_ids_alone_gets_no_contact_from_a_step_either,
    a_webhook_that_is_off_holds_nobody,
    a_webhook_of_another_workspace_cannot_be_named,
    what_has_no_provider_can_be_kept_but_not_started,
    a_wait_for_a_date_ends_on_the_day_in_the_zone_of_the_person,
    a_date_that_is_changed_is_waited_for_as_it_is_then,
    a_way_asks_for_the_score_and_for_tags_lists_and_segments,
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

fn call(key: &str, hook: &Value) -> Value {
    node(key, "webhook", json!({ "webhook_id": hook["id"] }))
}

/// What the endpoint was told by steps.
fn steps(receiver: &Receiver) -> Vec<Heard> {
    receiver.heard().into_iter().filter(|heard| heard.body["type"] == "campaign.step").collect()
}

async fn a_webhook_is_told_once_per_visit_with_a_key_that_stays_the_same(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["import.completed"]).await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "include_content": true })).await;
    let ann = app.ann().await;
    let graph = json!({
        "nodes": [call("H1", &hook), wait("W1", DAY), node("Q1", "condition", json!({})), exit("END"),
                  node("BACK", "goto", json!({ "node": "H1" }))],
        "edges": [edge("H1", "W1"), edge("W1", "Q1"), edge("Q1", "BACK"),
                  { "from": "Q1", "to": "END", "condition": { "field": "contact.city", "op": "exists" } }],
    });
    // The step dies right before its end: nobody is told of what did not happen.
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.fail_moves(true).await;
    assert!(overture::loops::steps::run(app.app.clone()).await.is_err());
    app.tell().await;
    assert_eq!(steps(&receiver).len(), 0);
    app.fail_moves(false).await;
    receiver.answer(&[503]);
    app.run_due().await;
    app.tell().await;
    app.advance(10 * SECOND).await;
    app.tell().await;
    let first = steps(&receiver);
    assert_eq!(first.len(), 2, "refused, and heard: {first:#?}");
    assert_eq!((&first[0].id, first[0].key.as_deref()), (&first[1].id, first[1].key.as_deref()));
    assert!(
        first[0].key.as_deref().is_some_and(|key| key.starts_with("enr_") && key.contains(":H1:")),
        "{first:?}"
    );
    let data = &first[1].body["data"];
    assert_eq!(
        (&data["contact"]["id"], &data["contact"]["email"]),
        (&json!(ann), &json!("ann@people.example"))
    );
    assert_eq!((&data["campaign_id"], &data["campaign_name"]), (&json!(campaign), &json!("Spring")));
    assert_eq!(first[1].signed_with(hook["secret"].as_str().unwrap()), 1);
    app.advance(DAY).await;
    app.tell().await;
    let second = steps(&receiver);
    assert_eq!(second.len(), 1, "the circle leads to it again: {second:#?}");
    assert!(second[0].key != first[0].key && second[0].id != first[0].id, "{second:?}");
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "city": "Oslo" })).await;
    app.advance(DAY).await;
    app.tell().await;
    assert_eq!(steps(&receiver).len(), 0, "the way out was taken");
    assert_eq!(app.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "completed");
}

async fn a_webhook_that_is_told_ids_alone_gets_no_contact_from_a_step_either(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["import.completed"]).await;
    let ann = app.ann().await;
    app.campaign(chain(vec![call("H1", &hook)]), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    app.tell().await;
    let told = steps(&receiver);
    assert_eq!((told.len(), &told[0].body["data"]["contact_id"]), (1, &json!(ann)));
    assert!(!told[0].text.contains("people.example"), "{}", told[0].text);
    let shown = app.admin.get("/api/funnels/webhooks").await;
    assert_eq!(shown["data"][0]["id"], hook["id"]);
    assert!(!shown.to_string().contains("secret") && shown["data"][0].get("url").is_none(), "{shown}");
}

async fn a_webhook_that_is_off_holds_nobody(app: TestApp) {
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["import.completed"]).await;
    let path = format!("/api/webhooks/{}", hook["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "active": false })).await;
    let ann = app.ann().await;
    let campaign = app.campaign(chain(vec![call("H1", &hook)]), &[ann]).await;
    let lines = app.admin.get(&format!("/api/campaigns/{campaign}/check")).await["lines"].to_string();
    assert!(lines.contains("switched off"), "{lines}");
    app.run_due().await;
    app.admin.patch(&path, json!({ "active": true })).await;
    app.tell().await;
    assert_eq!(steps(&receiver).len(), 0, "what happens while it is off is not told later");
    assert_eq!(app.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "completed");
}

async fn a_webhook_of_another_workspace_cannot_be_named(app: TestApp) {
    let (_, stranger) = app.neighbour(2).await;
    let theirs = stranger
        .post("/api/webhooks", json!({ "url": "https://hooks.example/in", "kinds": ["import.completed"] }))
        .await;
    let body = json!({ "name": "F", "graph": chain(vec![call("H1", &theirs)]) });
    let refused = app.admin.call("POST", "/api/funnels", &body).await;
    assert_eq!(refused.status, 404, "{}", refused.json());
}

async fn what_has_no_provider_can_be_kept_but_not_started(app: TestApp) {
    let ann = app.ann().await;
    for (kind, what) in [("ai_draft", "AI drafts"), ("enrich", "enrichment")] {
        let config = if kind == "enrich" { json!({}) } else { json!({ "instructions": "Hi" }) };
        let graph = chain(vec![node("X1", kind, config)]);
        let funnel = app.admin.post("/api/funnels", json!({ "name": what, "graph": graph })).await;
        let body = json!({ "name": what, "funnel_id": funnel["id"], "audience": { "contact_ids": [&ann] } });
        let campaign = app.admin.post("/api/campaigns", body).await["id"].as_str().unwrap().to_owned();
        let refused = app.admin.call("POST", &format!("/api/campaigns/{campaign}/start"), &json!({})).await;
        assert_eq!(refused.status, 409, "{}", refused.json());
        let why = refused.json().to_string();
        assert!(why.contains(&format!("No provider for {what} is connected yet.")), "{why}");
    }
}

/// A text a day before the renewal, at nine.
fn before_renewal() -> Value {
    let config = json!({ "date": "contact.custom.renewal", "offset_days": -1, "if_none": "leave" });
    chain(vec![node("W1", "wait", config), sms("T1", "Tomorrow it ends")])
}

async fn a_wait_for_a_date_ends_on_the_day_in_the_zone_of_the_person(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Renewal", "kind": "date" })).await;
    let person = |n: usize, zone: &str, custom: Value| json!({ "phone": format!("+1415555010{n}"), "time_zone": zone, "custom": custom });
    let on = json!({ "renewal": "2026-06-18" });
    let mut people = Vec::new();
    for (n, zone, custom) in
        [(1, "Asia/Tokyo", on.clone()), (2, "America/New_York", on), (3, "UTC", json!({}))]
    {
        people.push(app.contact(person(n, zone, custom)).await);
    }
    let campaign = app.campaign(before_renewal(), &people).await;
    app.live(4 * DAY, HOUR).await;
    let sent = app.sent().await;
    let at = |n: usize| {
        let phone = format!("+1415555010{n}");
        sent.iter()
            .find(|m| m["to_address"] == phone)
            .map(|m| m["sent_at"].as_str().unwrap()[..13].to_owned())
    };
    assert_eq!((at(1).as_deref(), at(2).as_deref()), (Some("2026-06-17T00"), Some("2026-06-17T13")));
    assert_eq!(at(3), None);
    let state = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    assert_eq!(state["status"], "completed", "who has no such day has left: {state}");
}

async fn a_date_that_is_changed_is_waited_for_as_it_is_then(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Renewal", "kind": "date" })).await;
    let ann =
        app.contact(json!({ "phone": ANN, "time_zone": "UTC", "custom": { "renewal": "2026-09-01" } })).await;
    app.campaign(before_renewal(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "custom": { "renewal": "2026-06-18" } })).await;
    app.live(2 * DAY, HOUR).await;
    assert_eq!(app.only().await["sent_at"].as_str().unwrap()[..13], *"2026-06-17T09");
}

async fn a_way_asks_for_the_score_and_for_tags_lists_and_segments(app: TestApp) {
    let criteria = json!([{ "label": "", "field": "title", "op": "is", "values": ["VP"], "weight": 1 }]);
    let profile = app.admin.post("/api/icp-profiles", json!({ "name": "Sales", "criteria": criteria })).await;
    let rule = json!({ "field": "city", "op": "is", "value": "Oslo" });
    let oslo = app.admin.post("/api/segments", json!({ "name": "Oslo", "rule": rule })).await;
    let tag = app.admin.post("/api/tags", json!({ "name": "Hot" })).await;
    let mut people = Vec::new();
    for (n, fields) in
        [json!({ "title": "VP" }), json!({}), json!({ "city": "Oslo" }), json!({})].iter().enumerate()
    {
        let mut all = json!({ "phone": format!("+1415555020{n}"), "last_name": "X" });
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        people.push(app.contact(all).await);
    }
    let who = json!({ "who": { "contact_ids": [people[1]] } });
    app.admin.post(&format!("/api/tags/{}/contacts", tag["id"].as_str().unwrap()), who).await;
    settle(&app).await;
    let way = |to: &str, condition: Value| json!({ "from": "Q1", "to": to, "condition": condition });
    let graph = json!({
        "nodes": [condition("Q1"), sms("A", "Fits"), sms("B", "Hot"), sms("C", "Oslo"), sms("D", "Else")],
        "edges": [
            way("A", json!({ "icp_at_least": 60, "icp_profile_id": profile["id"] })),
            way("B", json!({ "all": [{ "set_id": tag["id"] }, { "not": { "icp_at_least": 60 } }] })),
            way("C", json!({ "set_id": oslo["id"] })),
            edge("Q1", "D"),
        ],
    });
    app.campaign(graph, &people).await;
    app.run_due().await;
    let sent = app.sent().await;
    let told = |n: usize| {
        let phone = format!("+1415555020{n}");
        sent.iter().find(|m| m["to_address"] == phone).unwrap()["text"].as_str().unwrap().to_owned()
    };
    assert_eq!([0, 1, 2, 3].map(told), ["Fits", "Hot", "Oslo", "Else"]);
    let (_, stranger) = app.neighbour(2).await;
    let theirs = stranger.post("/api/tags", json!({ "name": "Theirs" })).await;
    let graph = json!({ "nodes": [condition("Q1"), exit("A"), exit("B")],
                        "edges": [way("A", json!({ "set_id": theirs["id"] })), edge("Q1", "B")] });
    let refused = app.admin.call("POST", "/api/funnels", &json!({ "name": "F", "graph": graph })).await;
    assert_eq!(refused.status, 404, "{}", refused.json());
}
