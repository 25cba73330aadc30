//! Saved views: whose they are, who sees them and who may change them.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_view_is_saved_listed_changed_and_deleted,
    a_private_view_is_its_members_alone,
    a_shared_view_is_for_managers_to_change,
    what_cannot_be_saved_is_told_field_by_field,
}

fn path(view: &Value) -> String {
    format!("/api/views/{}", view["id"].as_str().unwrap_or_else(|| panic!("no id: {view}")))
}

async fn saved(client: &Client, name: &str, is_shared: bool) -> Value {
    let view = json!({ "name": name, "page": "contacts", "query": "?status=Replied&sort=name", "is_shared": is_shared });
    client.post("/api/views", view).await
}

async fn names(client: &Client) -> Vec<String> {
    let all = client.get("/api/views").await;
    all["data"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
}

async fn a_view_is_saved_listed_changed_and_deleted(app: TestApp) {
    let me = app.admin.get("/api/auth/me").await["member"]["id"].clone();
    let view = saved(&app.admin, "  Hot   ones ", false).await;
    let expected = json!({
        "id": view["id"], "name": "Hot   ones", "page": "contacts", "query": "status=Replied&sort=name",
        "is_shared": false, "is_pinned": false, "member_id": me, "can_change": true,
        "created_at": view["created_at"], "updated_at": view["updated_at"],
    });
    assert_eq!(view, expected);
    saved(&app.admin, "cold ones", false).await;
    assert_eq!(names(&app.admin).await, ["cold ones", "Hot   ones"]);
    let change = json!({ "name": "Hottest", "query": "q=a%26b", "is_pinned": true, "is_shared": true });
    let changed = app.admin.patch(&path(&view), change).await;
    assert_eq!(
        ["name", "query", "is_pinned", "is_shared"].map(|field| changed[field].clone()),
        [json!("Hottest"), json!("q=a%26b"), json!(true), json!(true)]
    );
    assert_eq!(app.admin.get(&path(&view)).await, changed);
    let unpinned = app.admin.patch(&path(&view), json!({ "is_pinned": false })).await;
    assert_eq!((&unpinned["name"], &unpinned["is_pinned"]), (&json!("Hottest"), &json!(false)));
    let gone = app.admin.call("DELETE", &path(&view), &json!({})).await;
    assert_eq!(gone.json(), json!({ "id": view["id"], "deleted": true }));
    assert_eq!(app.admin.call("GET", &path(&view), &json!({})).await.brief(), "404 404");
    assert_eq!(app.admin.call("DELETE", &path(&view), &json!({})).await.brief(), "404 404");
    assert_eq!(names(&app.admin).await, ["cold ones"]);
}

async fn a_private_view_is_its_members_alone(app: TestApp) {
    let (rita, ron, boss) = (app.member("rep").await, app.member("rep").await, app.member("manager").await);
    let hers = saved(&rita, "Hers", false).await;
    let (_, stranger) = app.neighbour(3).await;
    for other in [&ron, &boss, &app.admin, &stranger] {
        assert!(names(other).await.is_empty());
        for (method, input) in
            [("GET", json!({})), ("PATCH", json!({ "name": "Mine" })), ("DELETE", json!({}))]
        {
            assert_eq!(other.call(method, &path(&hers), &input).await.brief(), "404 404", "{method}");
        }
        // A name is taken only among one's own.
        saved(other, "Hers", false).await;
    }
    assert_eq!(names(&rita).await, ["Hers"]);
    assert_eq!(rita.get(&path(&hers)).await["name"], "Hers");
}

async fn a_shared_view_is_for_managers_to_change(app: TestApp) {
    let (rita, ron, boss) = (app.member("rep").await, app.member("rep").await, app.member("manager").await);
    let hers = saved(&rita, "Hers", true).await;
    let (_, stranger) = app.neighbour(3).await;
    assert!(names(&stranger).await.is_empty());
    for (other, may) in [(&rita, true), (&ron, false), (&boss, true), (&app.admin, true)] {
        assert_eq!(names(other).await, ["Hers"]);
        assert_eq!(other.get(&path(&hers)).await["can_change"], may);
    }
    for (method, input) in [("PATCH", json!({ "query": "" })), ("DELETE", json!({}))] {
        assert_eq!(ron.call(method, &path(&hers), &input).await.brief(), "403 1004", "{method}");
    }
    boss.patch(&path(&hers), json!({ "is_pinned": true })).await;
    assert_eq!(ron.get(&path(&hers)).await["is_pinned"], true);
    // Taken back from the others, it is hers alone again, whoever did it.
    let back = boss.patch(&path(&hers), json!({ "is_shared": false })).await;
    assert_eq!((&back["is_shared"], &back["can_change"]), (&json!(false), &json!(false)));
    assert!(names(&boss).await.is_empty());
    assert_eq!(names(&rita).await, ["Hers"]);
    // A key sees what its member sees.
    let key = app.admin.post("/api/api-keys", json!({ "name": "K", "scopes": ["view:read"] })).await;
    let program = Client::anonymous(&app.app).with_key(key["key"].as_str().unwrap());
    assert!(names(&program).await.is_empty());
}

async fn what_cannot_be_saved_is_told_field_by_field(app: TestApp) {
    let view = saved(&app.admin, "One", false).await;
    saved(&app.admin, "Two", false).await;
    let with = |field: &str, value: Value| {
        let mut view = json!({ "name": "New", "page": "contacts", "query": "" });
        view[field] = value;
        view
    };
    for (input, field) in [
        (with("name", json!("  ")), "name"),
        (with("name", json!("x".repeat(101))), "name"),
        (with("page", json!("jobs")), "page"),
        (with("query", json!("x".repeat(20_001))), "query"),
        (with("query", json!("a=\nb")), "query"),
        (with("query", json!("a#b")), "query"),
        (with("owner", json!("me")), "owner"),
    ] {
        let answer = app.admin.call("POST", "/api/views", &input).await;
        assert_eq!(answer.brief(), "422 4001", "{input}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field);
    }
    for (method, path, name) in [("POST", "/api/views".to_owned(), " ONE"), ("PATCH", path(&view), "two")] {
        let mut input = json!({ "name": name });
        if method == "POST" {
            input = with("name", json!(name));
        }
        let answer = app.admin.call(method, &path, &input).await;
        assert_eq!(answer.brief(), "409 4002", "{name}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], "name");
    }
    // The lists have names of their own.
    let other = json!({ "name": "One", "page": "companies", "query": "" });
    app.admin.post("/api/views", other).await;
}
