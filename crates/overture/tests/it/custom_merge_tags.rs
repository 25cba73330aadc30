//! Merge tags with custom fields: written as people write values, held where there is none, and what becomes of a
//! campaign whose field changes under it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    values_are_written_as_people_write_them,
    who_has_no_value_is_held_until_there_is_one,
    a_key_that_is_no_field_is_refused_by_name,
    a_field_that_changes_under_a_campaign_has_a_defined_end,
    the_launch_check_counts_who_lacks_a_value,
    fields_of_another_workspace_are_not_read,
}

async fn field(app: &TestApp, name: &str, kind: &str) -> String {
    let choices = if kind == "choice" { json!(["Gold", "Silver"]) } else { Value::Null };
    let body = json!({ "name": name, "kind": kind, "choices": choices });
    app.admin.post("/api/custom-fields", body).await["id"].as_str().unwrap().to_owned()
}

async fn person(app: &TestApp, n: usize, custom: Value) -> String {
    let phone = format!("+1415555{:04}", 300 + n);
    app.contact(json!({ "phone": phone, "email": format!("p{n}@people.example"), "custom": custom })).await
}

fn text(body: &str) -> Value {
    chain(vec![sms("T", body)])
}

async fn texts(app: &TestApp) -> Vec<String> {
    app.run_due().await;
    let mut all: Vec<String> =
        app.sent().await.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

async fn values_are_written_as_people_write_them(app: TestApp) {
    for (name, kind) in
        [("Seats", "number"), ("Renewal", "date"), ("Tier", "choice"), ("Signed", "boolean"), ("Site", "url")]
    {
        field(&app, name, kind).await;
    }
    let ann = person(
        &app,
        1,
        json!({ "seats": "12500", "renewal": "2026-09-01", "tier": "gold", "signed": "true", "site": "https://x.example/a" }),
    )
    .await;
    let body = "{{ contact.custom.seats }} {{ contact.custom.tier | upper }} seats until {{ contact.custom.renewal }}, \
                signed: {{ contact.custom.signed }}, {{ contact.custom.site }}";
    app.campaign(text(body), &[ann]).await;
    assert_eq!(
        texts(&app).await,
        ["12,500 GOLD seats until 1 September 2026, signed: yes, https://x.example/a"]
    );
}

async fn who_has_no_value_is_held_until_there_is_one(app: TestApp) {
    field(&app, "Seats", "number").await;
    let (with, without) = (person(&app, 1, json!({ "seats": "5" })).await, person(&app, 2, json!({})).await);
    let both = [with, without.clone()];
    let campaign = app.campaign(text("{{ contact.custom.seats }} seats"), &both).await;
    app.campaign(text("{{ contact.custom.seats | default(\"some\") }}"), &both).await;
    assert_eq!(texts(&app).await, ["5", "5 seats", "some"]);
    let held: Vec<Value> =
        app.people(&campaign).await.into_iter().filter(|person| person["status"] == "paused").collect();
    assert_eq!((held.len(), &held[0]["reason"]), (1, &json!("missing_value")), "{held:?}");
    assert_eq!(held[0]["contact_id"], json!(without));
    assert_eq!(held[0]["detail"], "No value for contact.custom.seats");
    let path = format!("/api/contacts/{without}");
    app.admin.patch(&path, json!({ "custom": { "seats": "7" } })).await;
    assert_eq!(texts(&app).await, ["5", "5 seats", "7 seats", "some"]);
}

async fn a_key_that_is_no_field_is_refused_by_name(app: TestApp) {
    field(&app, "Seats", "number").await;
    let named =
        |problem: &Value| problem["message"].as_str().unwrap().contains("there is no custom field seat;");
    let graph = text("{{ contact.custom.seat }}");
    let found = app.admin.post("/api/funnels/validate", json!({ "graph": graph })).await;
    let problem = &found["problems"][0];
    assert_eq!((&problem["code"], named(problem)), (&json!("template.invalid"), true), "{found}");
    assert_eq!(problem["fix"], "Write contact.custom.seats instead.");
    let refused = app.admin.call("POST", "/api/funnels", &json!({ "name": "F", "graph": graph })).await;
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status.as_u16(), named(&error)), (422, true), "{error}");
    let snippet = json!({ "name": "S", "channel": "sms", "body": "{{ contact.custom.seat }}" });
    let refused = app.admin.call("POST", "/api/snippets", &snippet).await;
    let error = refused.json()["error"].clone();
    assert_eq!((refused.status.as_u16(), &error["fields"][0]["field"]), (422, &json!("body")), "{error}");
    let good =
        app.admin.post("/api/funnels/validate", json!({ "graph": text("{{ contact.custom.seats }}") })).await;
    assert_eq!(good["problems"], json!([]));
}

async fn a_field_that_changes_under_a_campaign_has_a_defined_end(app: TestApp) {
    let seats = field(&app, "Seats", "text").await;
    let path = format!("/api/custom-fields/{seats}");
    let crowd =
        [person(&app, 1, json!({ "seats": "12500" })).await, person(&app, 2, json!({ "seats": "3" })).await];
    let graph = chain(vec![
        sms("A", "a {{ contact.custom.seats }}"),
        wait("W1", DAY),
        sms("B", "b {{ contact.custom.seats }}"),
        wait("W2", DAY),
        sms("C", "c {{ contact.custom.seats }}"),
        wait("W3", DAY),
        sms("D", "d {{ contact.custom.seats | default(\"none\") }}"),
    ]);
    let campaign = app.campaign(graph, &crowd).await;
    assert_eq!(texts(&app).await, ["a 12500", "a 3"]);
    // Another name, another kind: the key stays, and the value is written as what it is now.
    app.admin.patch(&path, json!({ "name": "Chairs", "kind": "number" })).await;
    app.advance(DAY).await;
    assert_eq!(texts(&app).await[2..], ["b 12,500", "b 3"]);
    // Gone: they are held, and it is said why.
    app.admin.call("DELETE", &path, &json!({})).await;
    app.advance(DAY).await;
    assert_eq!(texts(&app).await.len(), 4);
    for person in app.people(&campaign).await {
        assert_eq!(
            (&person["status"], &person["reason"]),
            (&json!("paused"), &json!("missing_value")),
            "{person}"
        );
        assert_eq!(person["detail"], "No value for contact.custom.seats");
    }
    let check = app.admin.get(&format!("/api/campaigns/{campaign}/check")).await;
    assert!(check.to_string().contains("there is no custom field seats"), "{check}");
    // Somebody makes it again, and writes values.
    field(&app, "Seats", "number").await;
    app.admin.patch(&format!("/api/contacts/{}", crowd[0]), json!({ "custom": { "seats": "4" } })).await;
    assert_eq!(texts(&app).await[4..], ["c 4"]);
    app.admin.call("DELETE", &format!("/api/custom-fields/{}", field_id(&app).await), &json!({})).await;
    app.advance(DAY).await;
    assert_eq!(texts(&app).await[5..], ["d none"]);
}

async fn field_id(app: &TestApp) -> String {
    app.admin.get("/api/custom-fields").await["data"][0]["id"].as_str().unwrap().to_owned()
}

async fn the_launch_check_counts_who_lacks_a_value(app: TestApp) {
    field(&app, "Seats", "number").await;
    let crowd = [
        person(&app, 1, json!({ "seats": "5" })).await,
        person(&app, 2, json!({})).await,
        person(&app, 3, json!({})).await,
    ];
    let graph = text("{{ contact.custom.seats }}");
    let funnel = app.admin.post("/api/funnels", json!({ "name": "Funnel", "graph": graph })).await;
    let draft = json!({ "name": "Spring", "funnel_id": funnel["id"], "audience": { "contact_ids": crowd } });
    let id = app.admin.post("/api/campaigns", draft).await["id"].as_str().unwrap().to_owned();
    let check = app.admin.get(&format!("/api/campaigns/{id}/check")).await;
    assert_eq!(
        check["audience"]["missing"],
        json!([{ "field": "contact.custom.seats", "count": 2 }]),
        "{check}"
    );
    let line = check["lines"].as_array().unwrap().iter().find(|line| line["code"] == "coverage").unwrap();
    assert!(line["text"].as_str().unwrap().starts_with("2 of 3 have no contact.custom.seats"), "{line}");
}

async fn fields_of_another_workspace_are_not_read(app: TestApp) {
    let neighbour = app.neighbour(7).await.1;
    neighbour.post("/api/custom-fields", json!({ "name": "Seats", "kind": "number" })).await;
    let graph = text("{{ contact.custom.seats }}");
    let found = app.admin.post("/api/funnels/validate", json!({ "graph": graph })).await;
    assert_eq!(found["problems"][0]["code"], "template.invalid", "{found}");
    let theirs = neighbour.post("/api/funnels/validate", json!({ "graph": graph })).await;
    assert_eq!(theirs["problems"], json!([]));
}
