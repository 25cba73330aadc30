//! The audit log against whoever holds the database (P-X13): what is changed, removed or put in is found.

use crate::kit::*;
use overture::audit;
use sea_orm::{ConnectionTrait, DatabaseConnection};
use serde_json::{Value, json};
use store::Scope;

both! {
    the_database_itself_refuses_to_change_a_line,
    what_is_tampered_with_is_found,
    two_nodes_seal_one_chain,
    what_settings_and_rights_were_and_are_is_kept,
}

/// Somebody who got at the database with the rights of its owner.
async fn thief(app: &TestApp) -> DatabaseConnection {
    let url = match app.database() {
        store::Config::Sqlite { path, .. } => format!("sqlite://{}", path.display()),
        store::Config::Postgres { url, .. } => url,
    };
    sea_orm::Database::connect(url).await.unwrap()
}

/// Some deeds of a workspace's admin.
async fn deeds(client: &Client, count: usize) {
    for n in 0..count {
        client.post("/api/contacts", json!({ "email": format!("p{n}@people.example") })).await;
    }
}

async fn seal(app: &TestApp) {
    while audit::seal(&app.app).await.unwrap() {}
}

async fn the_database_itself_refuses_to_change_a_line(app: TestApp) {
    deeds(&app.admin, 2).await;
    seal(&app).await;
    let thief = thief(&app).await;
    for table in ["audit", "audit_seals"] {
        for statement in [format!("update {table} set workspace_id = 'x'"), format!("delete from {table}")] {
            let refused = thief.execute_unprepared(&statement).await.unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{statement}: {refused}");
        }
    }
    let verdict = app.admin.get("/api/audit/verification").await;
    assert_eq!((&verdict["whole"], &verdict["problems"]), (&json!(true), &json!([])), "{verdict}");
    let lines = app.admin.get("/api/audit?limit=200").await["data"].as_array().unwrap().len();
    assert_eq!((&verdict["lines"], &verdict["waiting"]), (&json!(lines), &json!(0)));
}

/// What is done to a workspace's log, and what is said of it. `{w}` is the workspace.
const TAMPERINGS: &[(&str, &str)] = &[
    ("update audit set action = 'contact_export' where id = {third}", "line 3 "),
    ("update audit set at = at - 60000 where id = {third}", "line 3 "),
    ("update audit set actor = null where id = {third}", "line 3 "),
    ("update audit set data = '{}' where id = {third}", "line 3 "),
    ("update audit_seals set hash = 'x' where {w} and number = 3", "line 3 "),
    ("delete from audit where id = {third}", "is gone"),
    ("delete from audit_seals where {w} and number = 3", "the seals from 3 to 3 are missing"),
    ("delete from audit_seals where {w} and number > 3", "the end was cut off"),
    ("delete from audit_seals where {w}", "the end was cut off"),
    ("update audit_chains set hash = 'x' where {w}", "does not end with its last seal"),
    ("update audit_chains set number = number - 1 where {w}", "does not end with its last seal"),
    (
        "insert into audit_pending (audit_id, workspace_id) select '0' || workspace_id, workspace_id from audit where id = {third}",
        "removed before they could be sealed",
    ),
    (
        "insert into audit (id, workspace_id, action, data, at) select 'aud_x' || workspace_id, workspace_id, 'x', '{}', 1 from audit where id = {third}",
        "put into the log past Overture",
    ),
];

async fn what_is_tampered_with_is_found(app: TestApp) {
    let mut places: Vec<Scope> = Vec::new();
    for n in 0..TAMPERINGS.len() {
        let (scope, client) = app.neighbour(u32::try_from(n).unwrap() + 2).await;
        deeds(&client, 4).await;
        places.push(scope);
    }
    deeds(&app.admin, 4).await;
    seal(&app).await;
    let thief = thief(&app).await;
    let off: &[&str] = match thief.get_database_backend() {
        sea_orm::DbBackend::Sqlite => &[
            "drop trigger audit_no_update",
            "drop trigger audit_no_delete",
            "drop trigger audit_seals_no_update",
            "drop trigger audit_seals_no_delete",
        ],
        _ => &["alter table audit disable trigger all", "alter table audit_seals disable trigger all"],
    };
    for statement in off {
        thief.execute_unprepared(statement).await.unwrap();
    }
    for (scope, (statement, finding)) in places.iter().zip(TAMPERINGS) {
        let before = audit::verify(&app.app, &scope.workspace).await.unwrap();
        assert!(before.problems.is_empty(), "{before:?}");
        let own = format!("workspace_id = '{}'", scope.workspace);
        let third = format!("(select audit_id from audit_seals where {own} and number = 3)");
        let statement = statement.replace("{w}", &own).replace("{third}", &third);
        thief.execute_unprepared(&statement).await.unwrap();
        let after = audit::verify(&app.app, &scope.workspace).await.unwrap();
        assert!(after.problems.iter().any(|it| it.contains(finding)), "{statement}: {after:?}");
    }
    // Nobody touched this one; and a member is told of their own.
    let before = app.admin.get("/api/audit/verification").await;
    assert_eq!(before["whole"], true);
    // What was done to the others does not keep this one from being sealed.
    app.admin.post("/api/contacts", json!({ "email": "later@people.example" })).await;
    seal(&app).await;
    let after = app.admin.get("/api/audit/verification").await;
    assert_eq!((&after["whole"], &after["waiting"]), (&json!(true), &json!(0)), "{after}");
    assert!(after["lines"].as_i64() > before["lines"].as_i64(), "{after}");
    let rep = app.member("rep").await;
    assert_eq!(rep.call("GET", "/api/audit/verification", &json!({})).await.status, 403);
}

async fn two_nodes_seal_one_chain(app: TestApp) {
    let second = app.node().await;
    let (mut sealed, work) = (0, 30);
    let write = deeds(&app.admin, work);
    let seal_some = async |node: &TestApp| {
        for _ in 0..60 {
            audit::seal(&node.app).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(write, seal_some(&app), seal_some(&second));
    seal(&app).await;
    let verdict = audit::verify(&second.app, &app.scope.workspace).await.unwrap();
    sealed += verdict.end.number;
    assert!(verdict.problems.is_empty(), "{verdict:?}");
    assert!(sealed >= work as i64, "{verdict:?}");
}

async fn what_settings_and_rights_were_and_are_is_kept(app: TestApp) {
    let (_, member) = invited(&app, "rae@acme.example", "rep").await;
    let member = member["member"]["id"].as_str().unwrap().to_owned();
    app.admin.patch(&format!("/api/members/{member}"), json!({ "role": "manager" })).await;
    app.admin.patch("/api/settings", json!({ "visibility": "shared", "name": "=Acme" })).await;
    let field = app.admin.post("/api/custom-fields", json!({ "name": "Plan", "kind": "text" })).await;
    let path = format!("/api/custom-fields/{}", field["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "kind": "choice", "choices": ["x".repeat(150), "y".repeat(150)] })).await;
    let ann = app.ann().await;
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "first_name": "Anna", "city": "Oslo" })).await;
    let log = app.admin.get("/api/audit?limit=200").await;
    let changes = |action: &str| {
        let line = log["data"].as_array().unwrap().iter().find(|line| line["action"] == action);
        line.unwrap_or_else(|| panic!("no {action}"))["changes"].clone()
    };
    let change = |field: &str, from: Value, to: Value| json!({ "field": field, "from": from, "to": to });
    assert_eq!(changes("member_update"), json!([change("role", json!("rep"), json!("manager"))]));
    let name = app.admin.get("/api/settings").await["name"].clone();
    assert_eq!(name, "=Acme");
    let settings = changes("settings_update");
    assert_eq!(settings[1], change("visibility", json!("private"), json!("shared")), "{settings}");
    assert_eq!(settings[0]["to"], "=Acme");
    // What is long is not kept, only that it changed.
    let long =
        json!([change("kind", json!("text"), json!("choice")), change("choices", json!([]), json!("…"))]);
    assert_eq!(changes("field_update"), long);
    // Of a contact nothing is kept: the log is for ever, and they may ask to be forgotten.
    assert_eq!(changes("contact_update"), json!([]));
    assert!(!log.to_string().contains("Anna") && !log.to_string().contains("Oslo"));
    let file = app.admin.call("GET", "/api/audit.csv", &json!({})).await;
    let file = String::from_utf8_lossy(&file.bytes).into_owned();
    assert!(file.contains("role from rep to manager"), "{file}");
    seal(&app).await;
    assert_eq!(app.admin.get("/api/audit/verification").await["whole"], true);
}
