//! Indexes that a large import does without (store::import): nothing but time depends on them, and they come back.

use crate::{imports::import, kit::*};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use std::fmt::Write;
use store::import::{bring_back, put_aside};

/// Rows from which on an import is large.
const LARGE: i64 = 50_000;

async fn schema(app: &TestApp) -> DatabaseConnection {
    let store::Config::Sqlite { path, .. } = app.database() else { panic!("this is about SQLite") };
    Database::connect(format!("sqlite://{}", path.display())).await.unwrap()
}

/// The indexes of contacts with what makes them.
async fn indexes(schema: &DatabaseConnection) -> Vec<(String, String)> {
    let sql = "select name, sql from sqlite_schema where tbl_name = 'contacts' and sql like 'create%index%' order by name";
    let rows = schema.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
    let text = |row: &sea_orm::QueryResult, column| row.try_get::<String>("", column).unwrap();
    rows.iter().map(|row| (text(row, "name"), text(row, "sql").replacen(" if not exists", "", 1))).collect()
}

/// What is asked by company and by phone number.
async fn answers(app: &TestApp) -> Vec<Value> {
    let companies = app.admin.get("/api/companies").await;
    let company = companies["data"][0]["id"].as_str().unwrap();
    let people = app.admin.get(&format!("/api/contacts?company_id={company}")).await;
    let detail = app.admin.get(&format!("/api/companies/{company}")).await;
    let number = app.admin.get("/api/contacts?search=%2B12025550143").await;
    vec![companies, people, detail, number]
}

#[tokio::test]
async fn what_is_put_aside_is_missed_by_nobody_and_comes_back() {
    let app = TestApp::sqlite().await;
    for (email, phone) in [("ann@x.example", "+12025550143"), ("bob@x.example", "+12025550144")] {
        app.admin.post("/api/contacts", json!({ "email": email, "phone": phone, "company": "Acme" })).await;
    }
    let schema = schema(&app).await;
    let (there, known) = (indexes(&schema).await, answers(&app).await);
    assert_eq!(known[0]["data"][0]["contacts"], 2);

    put_aside(&app.app.db, LARGE - 1).await.unwrap();
    assert_eq!(indexes(&schema).await, there, "a small import leaves them");
    put_aside(&app.app.db, LARGE).await.unwrap();
    let left: Vec<String> = indexes(&schema).await.into_iter().map(|(name, _)| name).collect();
    assert!(
        !left.contains(&"contacts_phone".to_owned()) && !left.contains(&"contacts_company".to_owned()),
        "{left:?}"
    );
    assert_eq!(answers(&app).await, known, "without them");

    bring_back(&app.app.db).await.unwrap();
    assert_eq!(indexes(&schema).await, there, "as the schema has them");
    put_aside(&app.app.db, LARGE).await.unwrap();
    // As after a crash in the middle of an import.
    app.open().await.unwrap();
    assert_eq!(indexes(&schema).await, there, "when the database is opened");
}

#[tokio::test]
async fn an_import_brings_them_back_and_finds_by_phone_number_without_them() {
    let app = TestApp::sqlite().await;
    let schema = schema(&app).await;
    let there = indexes(&schema).await;
    let mut file = String::from("email,phone,company\n");
    for n in 0..LARGE {
        writeln!(file, "p{n}@x.example,+1202{:07},Firm {}", 2_000_000 + n, n % 7).unwrap();
    }
    // Known by their number alone: one that is in the database by then, one that is new, and that one again.
    file += ",+12022000001,\n,+12029990001,Firm 9\n,+12029990001,Firm 9\n";
    let done = import(&app, file, "fill", 8_000).await;
    let counts = ["created", "updated", "unchanged", "failed"].map(|count| done[count].as_i64().unwrap());
    assert_eq!(counts, [LARGE + 1, 0, 2, 0], "{done}");
    assert_eq!(indexes(&schema).await, there);
}
