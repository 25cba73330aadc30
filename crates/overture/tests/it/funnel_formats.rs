//! Funnels as files: what is exported is imported the same, and what is not a funnel is refused with its place.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_funnel_goes_out_and_comes_in_again_without_loss,
    an_unchanged_funnel_gets_no_new_version,
    a_file_becomes_the_next_version_unless_there_is_a_newer_one,
    a_file_that_is_no_funnel_says_where,
    a_preview_says_what_a_file_would_become,
}

const FORMATS: [&str; 3] = ["yaml", "json", "csv"];

async fn samples(app: &TestApp) -> Vec<Value> {
    let funnels = app.admin.get("/api/funnels").await;
    let mut list = funnels["data"].as_array().unwrap().clone();
    let samples: Vec<Value> = serde_json::from_str(include_str!("../../samples/funnels.json")).unwrap();
    for sample in samples {
        let body = json!({ "name": sample["name"], "graph": sample["graph"] });
        list.push(app.admin.post("/api/funnels", body).await);
    }
    list
}

async fn exported(app: &TestApp, funnel: &Value, format: &str) -> String {
    let path = format!("/api/funnels/{}/export?format={format}", funnel["id"].as_str().unwrap());
    let file = app.admin.get(&path).await;
    assert!(file["file_name"].as_str().unwrap().ends_with(&format!(".{format}")), "{file}");
    file["text"].as_str().unwrap().to_owned()
}

async fn a_funnel_goes_out_and_comes_in_again_without_loss(app: TestApp) {
    let funnels = samples(&app).await;
    assert!(funnels.len() >= 8);
    for funnel in &funnels {
        for format in FORMATS {
            let text = exported(&app, funnel, format).await;
            let body = json!({ "text": text, "name": "Another" });
            let made = app.admin.post("/api/funnels/import", body).await;
            assert_eq!(made["graph"].to_string(), funnel["graph"].to_string(), "{format}");
            assert_eq!((&made["version"], &made["name"]), (&json!(1), &json!("Another")));
            assert_eq!(exported(&app, &made, "csv").await, exported(&app, funnel, "csv").await);
            let print = json!({ "graph": funnel["graph"], "name": funnel["name"], "description": funnel["description"], "format": format });
            assert_eq!(app.admin.post("/api/funnels/print", print).await["text"], text);
        }
    }
}

async fn an_unchanged_funnel_gets_no_new_version(app: TestApp) {
    let mut graph = one_text();
    // As a browser has it after somebody has moved a step.
    graph["nodes"][0]["x"] = json!(213.333_333_333_333_34);
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": graph })).await;
    let path = format!("/api/funnels/{}", funnel["id"].as_str().unwrap());
    for body in [
        json!({ "graph": funnel["graph"], "version": 1 }),
        json!({ "graph": funnel["graph"], "name": "F", "description": "" }),
        json!({ "graph": graph }),
    ] {
        let saved = app.admin.call("PUT", &path, &body).await;
        assert_eq!((saved.status.as_u16(), &saved.json()["version"]), (200, &json!(1)), "{body}");
        assert_eq!(saved.json()["graph"].to_string(), funnel["graph"].to_string());
    }
    for format in FORMATS {
        let body =
            json!({ "text": exported(&app, &funnel, format).await, "funnel_id": funnel["id"], "version": 1 });
        assert_eq!(app.admin.post("/api/funnels/import", body).await["version"], 1, "{format}");
    }
    let renamed = json!({ "graph": funnel["graph"], "name": "G" });
    assert_eq!(app.admin.call("PUT", &path, &renamed).await.json()["version"], 2);
    let stale = app.admin.call("PUT", &path, &json!({ "graph": funnel["graph"], "version": 1 })).await;
    assert_eq!(stale.status.as_u16(), 409, "who has an old version is told, also where nothing would change");
}

async fn a_file_becomes_the_next_version_unless_there_is_a_newer_one(app: TestApp) {
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await;
    let text = exported(&app, &funnel, "yaml").await;
    let body = |to: &str, version: i64| {
        let text = text.replace("name: F", "name: G").replace("body: ", &format!("body: {to} "));
        json!({ "text": text, "funnel_id": funnel["id"], "version": version })
    };
    let next = app.admin.post("/api/funnels/import", body("Mine", 1)).await;
    assert_eq!((&next["version"], &next["name"], &next["id"]), (&json!(2), &json!("G"), &funnel["id"]));
    assert!(next["graph"]["nodes"][0]["config"]["body"].as_str().unwrap().starts_with("Mine "));
    let stale = app.admin.call("POST", "/api/funnels/import", &body("Theirs", 1)).await;
    assert_eq!((stale.status.as_u16(), &stale.json()["error"]["name"]), (409, &json!("funnel.newer")));
    let gone = json!({ "text": text, "funnel_id": "fun_00000000000000000000000000" });
    assert!(app.admin.call("POST", "/api/funnels/import", &gone).await.status.is_client_error());
}

async fn a_file_that_is_no_funnel_says_where(app: TestApp) {
    let bomb = "a: &a [x,x]\nb: &b [*a,*a]\n";
    let nest = format!("steps: {}", "[".repeat(47));
    let deep = format!("steps: {}{}", "[".repeat(46), "]".repeat(46));
    for (text, place) in [
        (
            "steps:\n  - key: a\n    type: wait\n    config:\n      seconds: soon\n",
            "Line 5, column 16: The step \"a\": invalid type: string \"soon\"",
        ),
        ("steps:\n\t- key: a\n", "Line 2"),
        (bomb, "anchors or aliases"),
        (&nest, "Line 1"),
        (&deep, "Line 1"),
        (&"- ".repeat(50_000), "Line 1"),
        ("key,type\na,exitt\n", "Line 2, column 2: The step \"a\": unknown variant `exitt`"),
        ("{\"steps\": 5}", "Line 1"),
        ("", "empty"),
        ("\u{0}\u{1}", ""),
        ("steps: []\nname: F\n", "empty"),
    ] {
        let refused =
            app.admin.call("POST", "/api/funnels/import", &json!({ "text": text, "name": "F" })).await;
        assert_eq!(refused.status.as_u16(), 422, "{text}: {}", refused.json());
        let error = &refused.json()["error"];
        assert!(error["message"].as_str().unwrap().contains(place), "{error}");
    }
    let funnels = app.admin.get("/api/funnels").await;
    assert!(funnels["data"].as_array().unwrap().iter().all(|funnel| funnel["name"] != "F"));
    let unnamed = json!({ "text": "key,type,body\na,sms_send,Hi\n" });
    let refused = app.admin.call("POST", "/api/funnels/import", &unnamed).await;
    assert_eq!(refused.json()["error"]["name"], "name.invalid");
}

async fn a_preview_says_what_a_file_would_become(app: TestApp) {
    let text = "key,type,body,next 1\na,sms_send,Hi {{ contact.first_nam }},b\n\nb,exit,,\nc,exit,,\n";
    let parsed = app.admin.post("/api/funnels/parse", json!({ "text": text })).await;
    assert_eq!((&parsed["format"], &parsed["error"]), (&json!("csv"), &Value::Null));
    assert_eq!(parsed["graph"]["nodes"].as_array().unwrap().len(), 3);
    let found: Vec<(&str, i64)> = parsed["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["code"].as_str().unwrap(), it["line"].as_i64().unwrap()))
        .collect();
    assert_eq!(found, [("template.invalid", 2), ("graph.two_starts", 5)], "{parsed}");
    let parsed = app.admin.post("/api/funnels/parse", json!({ "text": "steps:\n  - key: a\n" })).await;
    assert_eq!(
        (&parsed["graph"], &parsed["error"]["line"], &parsed["error"]["node"]),
        (&Value::Null, &json!(2), &json!("a"))
    );
}
