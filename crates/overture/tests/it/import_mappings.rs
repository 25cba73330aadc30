//! What the columns of a file became is remembered for the next file with such columns, and can be saved.

use crate::{
    imports::{claim, uploaded},
    kit::TestApp,
};
use overture::imports::run::run_in_transactions;
use serde_json::{Value, json};

both!(
    a_file_with_the_same_columns_is_mapped_as_last_time,
    saved_mappings_are_chosen_renamed_and_deleted,
    what_is_gone_is_left_out_and_told,
);

async fn fitting(app: &TestApp, import: &Value) -> Vec<Value> {
    let path = format!("/api/imports/{}/mappings", import["id"].as_str().unwrap());
    app.admin.get(&path).await["data"].as_array().unwrap().clone()
}

async fn start(app: &TestApp, import: &Value, body: Value) {
    let path = format!("/api/imports/{}/start", import["id"].as_str().unwrap());
    app.admin.post(&path, body).await;
    let job = claim(app, "tester").await.expect("a job");
    run_in_transactions(&app.app, job, "tester", 100).await.unwrap();
}

async fn a_file_with_the_same_columns_is_mapped_as_last_time(app: TestApp) {
    let list = app.admin.post("/api/lists", json!({ "name": "Guests" })).await;
    let first = uploaded(&app.admin, "Mail,Name,Notes\na@x.example,Ann,x\n").await;
    assert_eq!(fitting(&app, &first).await, Vec::<Value>::new());
    start(
        &app,
        &first,
        json!({ "mapping": { "Mail": "email", "Name": "company", "Notes": "ignore" }, "default_country": "NO",
            "on_match": "overwrite", "tags": ["VIP"], "list_id": list["id"] }),
    )
    .await;
    let again = uploaded(&app.admin, "notes;NAME; mail ;_error\nx;Bob;b@x.example;Line 2: no\n").await;
    let found = fitting(&app, &again).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let last = &found[0];
    assert_eq!((last["name"].clone(), last["is_same_header"].clone()), (Value::Null, json!(true)));
    assert_eq!(last["mapping"], json!({ "NAME": "company", "mail": "email", "notes": "ignore" }));
    assert_eq!(
        ["default_country", "on_match", "tags", "list_id"].map(|name| last[name].clone()),
        [json!("NO"), json!("overwrite"), json!(["VIP"]), list["id"].clone()]
    );
    assert_eq!(last["notes"], json!([]));
    // The newest use counts, and one header has one.
    start(&app, &again, json!({ "mapping": { "mail": "email", "NAME": "full_name" } })).await;
    let third = uploaded(&app.admin, "Mail,Name,Notes\nc@x.example,Cid,x\n").await;
    let found = fitting(&app, &third).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["mapping"], json!({ "Mail": "email", "Name": "full_name" }));
    assert_eq!(found[0]["tags"], json!([]));
    // It has no name, so it is no saved mapping that could be renamed or deleted.
    let path = format!("/api/mappings/{}", found[0]["id"].as_str().unwrap());
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.brief(), "404 404");
    let other = uploaded(&app.admin, "Mail,Name\nd@x.example,Dan\n").await;
    assert_eq!(fitting(&app, &other).await, Vec::<Value>::new());
}

async fn saved_mappings_are_chosen_renamed_and_deleted(app: TestApp) {
    let made = uploaded(&app.admin, "Mail,Who,Where\na@x.example,Ann,Oslo\n").await;
    let body = |name: &str| {
        json!({ "name": name, "import_id": made["id"], "mapping": { "Mail": "email", "Who": "first_name", "Where": "city" },
            "tags": ["Fair"] })
    };
    let saved = app.admin.post("/api/mappings", body("Trade fair")).await;
    app.admin.post("/api/mappings", body("Another one")).await;
    let again = app.admin.call("POST", "/api/mappings", &body("trade  FAIR")).await;
    assert_eq!(again.status, 409, "{}", again.json());
    assert_eq!(again.json()["error"]["fields"][0]["field"], "name");
    for (body, field) in [
        (body(" "), "name"),
        (body(&"x".repeat(61)), "name"),
        (json!({ "name": "N", "import_id": made["id"], "mapping": { "Mail": "e-mail" } }), "mapping.Mail"),
        (
            json!({ "name": "N", "import_id": made["id"], "mapping": { "Who": "email", "Mail": "email" } }),
            "mapping.Who",
        ),
    ] {
        let refused = app.admin.call("POST", "/api/mappings", &body).await;
        assert_eq!(refused.status, 422, "{body}");
        assert_eq!(refused.json()["error"]["fields"][0]["field"], field, "{}", refused.json());
    }
    // Those that fit more columns come first; one that fits none does not come.
    let part = uploaded(&app.admin, "WHO,Mail,Room\nAnn,a@x.example,1\n").await;
    let found = fitting(&app, &part).await;
    assert_eq!(
        found.iter().map(|one| one["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Another one", "Trade fair"]
    );
    assert_eq!(found[1]["mapping"], json!({ "Mail": "email", "WHO": "first_name" }));
    assert_eq!(
        (found[1]["is_same_header"].clone(), found[1]["notes"].clone()),
        (json!(false), json!(["Not in this file: Where."]))
    );
    let none = uploaded(&app.admin, "x,y\nAnn,a@x.example\n").await;
    assert_eq!(fitting(&app, &none).await, Vec::<Value>::new());
    let path = format!("/api/mappings/{}", saved["id"].as_str().unwrap());
    let renamed = app.admin.call("PATCH", &path, &json!({ "name": "Fairs" })).await.json();
    assert_eq!(renamed["name"], "Fairs");
    let clash = app.admin.call("PATCH", &path, &json!({ "name": "another one" })).await;
    assert_eq!(clash.status, 409);
    app.admin.call("DELETE", &path, &json!({})).await;
    let left = app.admin.get("/api/mappings").await;
    assert_eq!(left["data"].as_array().unwrap().len(), 1);
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.brief(), "404 404");
}

async fn what_is_gone_is_left_out_and_told(app: TestApp) {
    let field = app.admin.post("/api/custom-fields", json!({ "name": "Room", "kind": "text" })).await;
    let list = app.admin.post("/api/lists", json!({ "name": "Guests" })).await;
    let first = uploaded(&app.admin, "Mail,Room\na@x.example,1\n").await;
    let body = json!({ "mapping": { "Mail": "email", "Room": "custom.room" }, "tags": ["VIP", "Old"], "list_id": list["id"] });
    start(&app, &first, body).await;
    let tags = app.admin.get("/api/tags?search=Old").await;
    for path in [
        format!("/api/custom-fields/{}", field["id"].as_str().unwrap()),
        format!("/api/lists/{}", list["id"].as_str().unwrap()),
        format!("/api/tags/{}", tags["data"][0]["id"].as_str().unwrap()),
    ] {
        assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200, "{path}");
    }
    let again = uploaded(&app.admin, "Mail,Room\nb@x.example,2\n").await;
    let last = &fitting(&app, &again).await[0];
    assert_eq!(last["mapping"], json!({ "Mail": "email" }));
    assert_eq!((last["tags"].clone(), last["list_id"].clone()), (json!(["VIP"]), Value::Null));
    assert_eq!(
        last["notes"],
        json!([
            "The field “Room” is gone; Room is left out.",
            "The tag “Old” is gone.",
            "The list “Guests” is gone."
        ])
    );
}
