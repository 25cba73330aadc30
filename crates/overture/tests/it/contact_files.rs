//! Contacts as a file: which, in what order, and that a spreadsheet takes nothing in it for a formula.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_csv_has_a_row_for_each_contact_in_the_order_of_ids,
    a_file_holds_whom_the_query_finds,
    a_file_of_three_thousand_is_read_in_pieces,
    a_file_shows_no_more_than_the_list,
}

/// The records of a CSV, the header first.
fn records(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!(answer.status, 200, "{}", answer.json());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.bytes.as_slice());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

async fn file(client: &Client, query: &str) -> Vec<Vec<String>> {
    records(&client.call("GET", &format!("/api/contacts/export.csv{query}"), &json!({})).await)
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

async fn a_csv_has_a_row_for_each_contact_in_the_order_of_ids(app: TestApp) {
    for (name, kind) in [("Plan", "text"), ("Since", "date")] {
        app.admin.post("/api/custom-fields", json!({ "name": name, "kind": kind })).await;
    }
    let ann = app.admin.post("/api/contacts", json!({
        "email": "Ann.Lee@people.example", "phone": ANN, "first_name": "=HYPERLINK(\"http://x\")", "last_name": "Lee, Jr",
        "company": "+Acme", "title": "@CTO", "city": "-Oslo", "country": "Norge \u{e5}", "time_zone": "Europe/Oslo",
        "custom": { "since": "2020-02-29", "plan": "=1+1" },
    })).await;
    let bob = app.admin.post("/api/contacts", json!({ "phone": "+14155550124", "status": "Declined" })).await;
    let who = json!({ "who": { "contact_ids": [id(&ann)] } });
    for (kind, name) in [("tags", "Warm"), ("tags", "=Hot"), ("lists", "Fair"), ("lists", "@All")] {
        let set = id(&app.admin.post(&format!("/api/{kind}"), json!({ "name": name })).await);
        app.admin.post(&format!("/api/{kind}/{set}/contacts"), who.clone()).await;
    }
    let answer = app.admin.call("GET", "/api/contacts/export.csv", &json!({})).await;
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"contacts.csv\"");
    let rows = records(&answer);
    assert_eq!(
        rows[0].join(","),
        "id,email,phone,first_name,last_name,company,title,city,country,time_zone,status,tags,lists,created_at,plan,since"
    );
    let expected = [
        ann["id"].as_str().unwrap(),
        "Ann.Lee@people.example",
        ANN,
        "'=HYPERLINK(\"http://x\")",
        "Lee, Jr",
        "'+Acme",
        "'@CTO",
        "'-Oslo",
        "Norge \u{e5}",
        "Europe/Oslo",
        "No Activity",
        "'=Hot; Warm",
        "'@All; Fair",
        ann["created_at"].as_str().unwrap(),
        "'=1+1",
        "2020-02-29",
    ];
    assert_eq!(rows[1], expected);
    assert_eq!((rows[2][0].as_str(), rows[2][10].as_str()), (bob["id"].as_str().unwrap(), "Declined"));
    assert_eq!(rows.len(), 3);
    let answer = app.admin.call("GET", "/api/contacts/export.json", &json!({})).await;
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"contacts.json\"");
    let mut listed = app.admin.get("/api/contacts").await["data"].as_array().unwrap().clone();
    listed.reverse();
    assert_eq!(answer.json(), json!(listed));
    let taken = app.admin.get("/api/audit?action=contact_file").await;
    assert_eq!(taken["data"].as_array().unwrap().len(), 2, "{taken}");
}

async fn a_file_holds_whom_the_query_finds(app: TestApp) {
    let ann = app.ann().await;
    let crowd = app.crowd(3).await;
    let tag = id(&app.admin.post("/api/tags", json!({ "name": "Hot" })).await);
    let who = json!({ "who": { "contact_ids": [crowd[1], ann] } });
    app.admin.post(&format!("/api/tags/{tag}/contacts"), who).await;
    app.admin.patch(&format!("/api/contacts/{}", crowd[2]), json!({ "status": "Declined" })).await;
    let rule = r#"{"all":[{"field":"last_name","op":"is","value":"Number0"}]}"#;
    let coded: String = form_urlencoded::byte_serialize(rule.as_bytes()).collect();
    let cases: [(String, Vec<&String>); 5] = [
        ("?search=ann@&sort=-created_at".into(), vec![&ann]),
        (format!("?set_id={tag}"), vec![&ann, &crowd[1]]),
        ("?status=Declined".into(), vec![&crowd[2]]),
        (format!("?rule={coded}"), vec![&crowd[0]]),
        ("?search=nobody".into(), vec![]),
    ];
    for (query, expected) in cases {
        let listed = app.admin.get(&format!("/api/contacts{query}")).await;
        assert_eq!(listed["total"], expected.len(), "{query}: {listed}");
        let rows = file(&app.admin, &query).await;
        assert_eq!(rows[1..].iter().map(|row| &row[0]).collect::<Vec<_>>(), expected, "{query}");
        let array = app.admin.get(&format!("/api/contacts/export.json{query}")).await;
        assert_eq!(array.as_array().unwrap().len(), expected.len(), "{query}: {array}");
    }
    for (query, expected) in [
        ("?limit=3", "422 4001"),
        ("?cursor=x", "422 4001"),
        ("?sort=nothing", "422 4001"),
        ("?rule=x", "422 4001"),
    ] {
        for kind in ["csv", "json"] {
            let path = format!("/api/contacts/export.{kind}{query}");
            assert_eq!(app.admin.call("GET", &path, &json!({})).await.brief(), expected, "{path}");
        }
    }
}

async fn a_file_of_three_thousand_is_read_in_pieces(app: TestApp) {
    let crowd = app.crowd(3_000).await;
    let rows = file(&app.admin, "").await;
    assert_eq!(rows.len(), 3_001);
    assert!(rows[1..].iter().map(|row| &row[0]).eq(crowd.iter()), "each once, in the order of ids");
    let array = app.admin.get("/api/contacts/export.json").await;
    let ids = array.as_array().unwrap().iter().map(|contact| contact["id"].as_str().unwrap());
    assert!(ids.eq(crowd.iter()));
}

async fn a_file_shows_no_more_than_the_list(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    rita.post("/api/contacts", json!({ "email": "hers@people.example" })).await;
    let his = id(&ron.post("/api/contacts", json!({ "email": "his@people.example" })).await);
    let rows = file(&ron, "").await;
    assert_eq!(rows[1..].iter().map(|row| &row[0]).collect::<Vec<_>>(), [&his]);
    let array = ron.get("/api/contacts/export.json").await;
    assert_eq!((array.as_array().unwrap().len(), array[0]["id"].as_str()), (1, Some(his.as_str())));
    assert_eq!(file(&app.admin, "").await.len(), 3);
    let key = app.admin.post("/api/api-keys", json!({ "name": "N", "scopes": ["snippet:read"] })).await;
    let narrow = Client::anonymous(&app.app).with_key(key["key"].as_str().unwrap());
    let key = app.admin.post("/api/api-keys", json!({ "name": "N", "scopes": ["contact:read"] })).await;
    let wide = Client::anonymous(&app.app).with_key(key["key"].as_str().unwrap());
    for kind in ["csv", "json"] {
        let path = format!("/api/contacts/export.{kind}");
        assert_eq!(narrow.call("GET", &path, &json!({})).await.brief(), "403 1004");
        assert_eq!(wide.call("GET", &path, &json!({})).await.status, 200);
    }
}
