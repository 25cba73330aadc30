//! ICP profiles: scores follow the people, their companies and the profiles, and say where they come from.

use crate::{
    imports::{claim, uploaded},
    kit::*,
    segments::settle,
};
use overture::imports::run::run_in_transactions;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

both! {
    the_first_profile_is_the_default_one_and_there_is_always_one,
    what_cannot_be_asked_is_told_where_it_is,
    a_score_tells_its_reasons,
    scores_follow_people_companies_and_profiles,
    the_history_tells_what_was_met_then_and_is_bounded,
    an_import_is_scored_by_walking,
    a_walk_goes_on_where_it_stopped,
    segments_ask_for_the_default_profile,
    a_preview_counts_without_writing,
    reps_read_and_see_their_own_people,
    scores_go_with_the_person_and_with_the_profile,
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap_or_else(|| panic!("no id: {of}"))
}

fn criterion(field: &str, op: &str, values: &[&str], weight: i64) -> Value {
    json!({ "label": "", "field": field, "op": op, "values": values, "weight": weight })
}

/// Leaders at companies of some size that make software.
fn criteria() -> Value {
    json!([
        { "label": "Decides", "field": "title", "op": "contains", "values": ["VP", "Head of"], "weight": 50 },
        criterion("company.industry", "is", &["Software", "Fintech"], 30),
        criterion("company.employee_count", "more_than", &["100"], 20),
        criterion("country", "is", &["Atlantis"], -100),
    ])
}

async fn profile(app: &TestApp, name: &str, criteria: Value) -> Value {
    app.admin.post("/api/icp-profiles", json!({ "name": name, "criteria": criteria })).await
}

async fn fit(client: &Client, contact: &str) -> Value {
    client.get(&format!("/api/contacts/{contact}/icp")).await["data"][0].clone()
}

/// The stored scores of a profile, by band.
async fn bands(app: &TestApp, profile: &Value) -> [i64; 4] {
    settle(app).await;
    let shown = app.admin.get(&format!("/api/icp-profiles/{}", id(profile))).await;
    assert_eq!(shown["is_ready"], true, "{shown}");
    ["strong", "good", "weak", "poor"].map(|band| shown["bands"][band].as_i64().unwrap())
}

async fn the_first_profile_is_the_default_one_and_there_is_always_one(app: TestApp) {
    let names = async || -> Vec<(String, bool)> {
        let all = app.admin.get("/api/icp-profiles").await;
        let one = |p: &Value| (p["name"].as_str().unwrap().to_owned(), p["is_default"].as_bool().unwrap());
        all["data"].as_array().unwrap().iter().map(one).collect()
    };
    let told =
        |all: &[(&str, bool)]| all.iter().map(|(name, is)| ((*name).to_owned(), *is)).collect::<Vec<_>>();
    let first = profile(&app, "Sales", criteria()).await;
    assert_eq!((&first["possible"], &first["version"]), (&json!(100), &json!(1)));
    let second = profile(&app, "Agencies", criteria()).await;
    assert_eq!(names().await, told(&[("Sales", true), ("Agencies", false)]));
    let (one, two) =
        (format!("/api/icp-profiles/{}", id(&first)), format!("/api/icp-profiles/{}", id(&second)));
    app.admin.patch(&two, json!({ "is_default": true })).await;
    assert_eq!(names().await, told(&[("Agencies", true), ("Sales", false)]));
    assert_eq!(app.admin.call("PATCH", &two, &json!({ "is_default": false })).await.brief(), "422 4001");
    assert_eq!(app.admin.call("PATCH", &one, &json!({ "name": " agencies" })).await.brief(), "409 4002");
    let same = json!({ "name": "SALES", "criteria": criteria() });
    assert_eq!(app.admin.call("POST", "/api/icp-profiles", &same).await.brief(), "409 4002");
    app.admin.call("DELETE", &two, &json!({})).await;
    assert_eq!(names().await, told(&[("Sales", true)]));
    assert_eq!(app.admin.call("GET", &two, &json!({})).await.brief(), "404 404");
    // The name is free at once, whatever is still being cleared away.
    profile(&app, "Agencies", criteria()).await;
    settle(&app).await;
    assert_eq!(names().await, told(&[("Sales", true), ("Agencies", false)]));
    app.admin
        .patch(&one, json!({ "name": "Sales 2", "criteria": [criterion("title", "exists", &[], 5)] }))
        .await;
    let changed = app.admin.get(&one).await;
    assert_eq!(
        (&changed["name"], &changed["version"], &changed["possible"]),
        (&json!("Sales 2"), &json!(2), &json!(5))
    );
}

async fn what_cannot_be_asked_is_told_where_it_is(app: TestApp) {
    for (criteria, field) in [
        (json!([]), "criteria"),
        (json!([criterion("title", "exists", &[], -5)]), "criteria"),
        (json!([criterion("shoe", "exists", &[], 5)]), "criteria[0].field"),
        (json!([criterion("title", "more_than", &["5"], 5)]), "criteria[0].op"),
        (json!([criterion("title", "is", &[], 5)]), "criteria[0].values"),
        (
            json!([criterion("title", "exists", &[], 5), criterion("title", "is", &["a"], 500)]),
            "criteria[1].weight",
        ),
    ] {
        for path in ["/api/icp-profiles", "/api/icp-profiles/preview"] {
            let mut input = json!({ "criteria": criteria });
            if path == "/api/icp-profiles" {
                input["name"] = "P".into();
            }
            let answer = app.admin.call("POST", path, &input).await;
            assert_eq!(answer.brief(), "422 4001", "{criteria}");
            assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{criteria}");
        }
    }
    // What a profile asks for stays.
    let field = app.admin.post("/api/custom-fields", json!({ "name": "Seats", "kind": "number" })).await;
    profile(&app, "Seats", json!([criterion("custom.seats", "more_than", &["5"], 5)])).await;
    let answer = app.admin.call("DELETE", &format!("/api/custom-fields/{}", id(&field)), &json!({})).await;
    assert_eq!(answer.brief(), "409 4002");
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("Seats"), "{}", answer.json());
}

async fn a_score_tells_its_reasons(app: TestApp) {
    profile(&app, "Sales", criteria()).await;
    let company = json!({ "name": "Acme", "industry": "software", "employee_count": 40 });
    app.admin.post("/api/companies", company).await;
    let ann = app.contact(json!({ "email": "a@x.example", "title": "vp sales", "company": "Acme" })).await;
    let fit = fit(&app.admin, &ann).await;
    assert_eq!(
        (&fit["score"], &fit["name"], &fit["is_default"]),
        (&json!(80), &json!("Sales"), &json!(true))
    );
    let told: Vec<(&str, &str, bool, i64)> = fit["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| {
            let text = |name: &str| r[name].as_str().unwrap();
            (text("label"), text("field"), r["is_met"].as_bool().unwrap(), r["points"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("Decides", "title", true, 50),
            ("", "company.industry", true, 30),
            ("", "company.employee_count", false, 0),
            ("", "country", false, 0),
        ]
    );
    assert_eq!(fit["reasons"][0]["values"], json!(["VP", "Head of"]));
    let nobody = store::new_id(domain::ids::ContactId::from_uuid);
    assert_eq!(
        app.admin.call("GET", &format!("/api/contacts/{nobody}/icp"), &json!({})).await.brief(),
        "404 404"
    );
}

async fn scores_follow_people_companies_and_profiles(app: TestApp) {
    let sales = profile(&app, "Sales", criteria()).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 0]);
    let ann =
        app.contact(json!({ "email": "a@x.example", "title": "Head of Growth", "company": "Acme" })).await;
    app.contact(json!({ "email": "b@x.example", "title": "Clerk", "company": "Acme" })).await;
    assert_eq!(bands(&app, &sales).await, [0, 1, 0, 1]);
    let company =
        app.admin.get(&format!("/api/contacts/{ann}")).await["company_id"].as_str().unwrap().to_owned();
    let acme = format!("/api/companies/{company}");
    app.admin.patch(&acme, json!({ "industry": "Fintech" })).await;
    assert_eq!(bands(&app, &sales).await, [1, 0, 1, 0], "what is known of a company is known of its people");
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "country": "Atlantis" })).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 1, 1]);
    let path = format!("/api/icp-profiles/{}", id(&sales));
    app.admin.patch(&path, json!({ "criteria": [criterion("title", "is", &["Clerk"], 1)] })).await;
    assert_eq!(bands(&app, &sales).await, [1, 0, 0, 1], "with other criteria everybody is scored anew");
    app.admin.post("/api/custom-fields", json!({ "name": "Seats", "kind": "number" })).await;
    app.admin.patch(&path, json!({ "criteria": [criterion("custom.seats", "more_than", &["5"], 1)] })).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 2]);
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "custom": { "seats": "6" } })).await;
    assert_eq!(bands(&app, &sales).await, [1, 0, 0, 1]);
    // A company that goes takes its part of the score along.
    app.admin.patch(&path, json!({ "criteria": [criterion("company.industry", "exists", &[], 1)] })).await;
    assert_eq!(bands(&app, &sales).await, [2, 0, 0, 0]);
    app.admin.call("DELETE", &acme, &json!({})).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 2]);
}

async fn the_history_tells_what_was_met_then_and_is_bounded(app: TestApp) {
    let sales = profile(&app, "Sales", criteria()).await;
    let ann = app.contact(json!({ "email": "a@x.example", "title": "Clerk" })).await;
    settle(&app).await;
    assert_eq!(fit(&app.admin, &ann).await["history"], json!([]), "the first score is no change");
    let path = format!("/api/contacts/{ann}");
    app.admin.patch(&path, json!({ "title": "VP" })).await;
    settle(&app).await;
    let twice = json!([criterion("title", "is", &["VP"], 1), criterion("title", "is", &["Boss"], 3)]);
    app.admin.patch(&format!("/api/icp-profiles/{}", id(&sales)), json!({ "criteria": twice })).await;
    settle(&app).await;
    let now = fit(&app.admin, &ann).await;
    let told: Vec<(i64, i64, usize, &str)> = now["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|h| {
            let reasons = h["reasons"].as_array().unwrap();
            (
                h["before"].as_i64().unwrap(),
                h["score"].as_i64().unwrap(),
                reasons.len(),
                reasons[0]["label"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [(50, 25, 1, ""), (0, 50, 1, "Decides")], "by the criteria of their time: {now}");
    assert_eq!(now["score"], 25);
    assert!(now["since"].is_string(), "{now}");
    for n in 0..60 {
        let title = if n % 2 == 0 { "Boss" } else { "VP" };
        app.admin.patch(&path, json!({ "title": title })).await;
        settle(&app).await;
    }
    let now = fit(&app.admin, &ann).await;
    assert_eq!(now["history"].as_array().unwrap().len(), 50);
    assert_eq!(now["history"][0]["score"], 25);
}

async fn an_import_is_scored_by_walking(app: TestApp) {
    let sales = profile(&app, "Sales", json!([criterion("title", "is", &["VP"], 1)])).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 0]);
    let mut file = String::from("email,title\n");
    for n in 0..40 {
        file += &format!("p{n}@x.example,{}\n", if n % 4 == 0 { "VP" } else { "Clerk" });
    }
    let made = uploaded(&app.admin, file.as_str()).await;
    let mapping = json!({ "mapping": { "email": "email", "title": "title" } });
    app.admin.post(&format!("/api/imports/{}/start", id(&made)), mapping).await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 7).await.unwrap();
    assert_eq!(bands(&app, &sales).await, [10, 0, 0, 30]);
}

async fn a_walk_goes_on_where_it_stopped(app: TestApp) {
    let crowd = app.crowd(30).await;
    let sales = profile(&app, "Sales", json!([criterion("title", "is", &["VP"], 1)])).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 30]);
    let path = format!("/api/icp-profiles/{}", id(&sales));
    app.admin.patch(&path, json!({ "criteria": [criterion("email", "exists", &[], 1)] })).await;
    assert_eq!(app.admin.get(&path).await["is_ready"], false);
    // As if it had stopped there.
    let sql = format!("update icp_profiles set walk_after = '{}' where id = '{}'", crowd[9], id(&sales));
    let tx = app.app.db.begin().await.unwrap();
    tx.execute_unprepared(&sql).await.unwrap();
    app.app.commit(tx).await.unwrap();
    assert_eq!(bands(&app, &sales).await, [20, 0, 0, 10], "those before are not asked again");
}

async fn segments_ask_for_the_default_profile(app: TestApp) {
    let rule = |op: &str, value: &str| json!({ "field": "icp_score", "op": op, "value": value });
    let hot =
        app.admin.post("/api/segments", json!({ "name": "Hot", "rule": rule("more_than", "74") })).await;
    let middling = json!({ "all": [rule("more_than", "24"), rule("less_than", "75")] });
    let middling = app.admin.post("/api/segments", json!({ "name": "Middling", "rule": middling })).await;
    let unknown = json!({ "field": "icp_score", "op": "missing" });
    let unknown = app.admin.post("/api/segments", json!({ "name": "Unknown", "rule": unknown })).await;
    let sizes = async || -> [i64; 3] {
        settle(&app).await;
        let mut sizes = [0; 3];
        for (at, set) in [&hot, &middling, &unknown].into_iter().enumerate() {
            let shown = app.admin.get(&format!("/api/segments/{}", id(set))).await;
            assert_eq!(shown["is_ready"], true);
            sizes[at] = shown["contacts"].as_i64().unwrap();
        }
        sizes
    };
    let ann = app.contact(json!({ "email": "a@x.example", "title": "VP" })).await;
    app.contact(json!({ "email": "b@x.example", "title": "Clerk" })).await;
    assert_eq!(sizes().await, [0, 0, 2], "without a profile nobody has a score");
    let sales = profile(&app, "Sales", criteria()).await;
    assert_eq!(sizes().await, [0, 1, 0]);
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "title": "Nobody" })).await;
    assert_eq!(sizes().await, [0, 0, 0], "at once with the score");
    let clerks = profile(&app, "Clerks", json!([criterion("title", "is", &["Clerk"], 1)])).await;
    assert_eq!(sizes().await, [0, 0, 0]);
    app.admin.patch(&format!("/api/icp-profiles/{}", id(&clerks)), json!({ "is_default": true })).await;
    assert_eq!(sizes().await, [1, 0, 0]);
    for profile in [&clerks, &sales] {
        app.admin.call("DELETE", &format!("/api/icp-profiles/{}", id(profile)), &json!({})).await;
    }
    assert_eq!(sizes().await, [0, 0, 2]);
}

async fn a_preview_counts_without_writing(app: TestApp) {
    for (name, title) in [("a", "VP"), ("b", "Head of Sales"), ("c", "Clerk")] {
        app.contact(json!({ "email": format!("{name}@x.example"), "title": title })).await;
    }
    let found = app.admin.post("/api/icp-profiles/preview", json!({ "criteria": criteria() })).await;
    assert_eq!((&found["contacts"], &found["looked_at"]), (&json!(3), &json!(3)));
    assert_eq!(found["bands"], json!({ "strong": 0, "good": 2, "weak": 0, "poor": 1 }));
    assert_eq!(found["met"], json!([2, 0, 0, 0]));
    let best: Vec<(&str, i64)> = found["best"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["contact"]["email"].as_str().unwrap(), s["score"].as_i64().unwrap()))
        .collect();
    assert_eq!(best, [("b@x.example", 50), ("a@x.example", 50), ("c@x.example", 0)]);
    assert_eq!(app.admin.get("/api/icp-profiles").await["data"], json!([]));
}

async fn reps_read_and_see_their_own_people(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let hers = rita.post("/api/contacts", json!({ "email": "a@x.example", "title": "VP" })).await;
    ron.post("/api/contacts", json!({ "email": "b@x.example", "title": "VP" })).await;
    let sales = profile(&app, "Sales", criteria()).await;
    settle(&app).await;
    let path = format!("/api/icp-profiles/{}", id(&sales));
    for (who, people) in [(&rita, 1), (&app.admin, 2)] {
        assert_eq!(who.get(&path).await["bands"]["good"], people);
        let preview = who.post("/api/icp-profiles/preview", json!({ "criteria": criteria() })).await;
        assert_eq!((&preview["contacts"], &preview["bands"]["good"]), (&json!(people), &json!(people)));
    }
    assert_eq!(fit(&rita, id(&hers)).await["score"], 50);
    assert_eq!(
        ron.call("GET", &format!("/api/contacts/{}/icp", id(&hers)), &json!({})).await.brief(),
        "404 404"
    );
    for (method, path, input) in [
        ("POST", "/api/icp-profiles", json!({ "name": "X", "criteria": criteria() })),
        ("PATCH", path.as_str(), json!({ "name": "X" })),
        ("DELETE", path.as_str(), json!({})),
    ] {
        assert_eq!(rita.call(method, path, &input).await.brief(), "403 1004", "{method}");
    }
}

async fn scores_go_with_the_person_and_with_the_profile(app: TestApp) {
    let sales = profile(&app, "Sales", criteria()).await;
    let mut people = Vec::new();
    for n in 0..5 {
        people.push(app.contact(json!({ "email": format!("p{n}@x.example"), "title": "VP" })).await);
    }
    assert_eq!(bands(&app, &sales).await, [0, 5, 0, 0]);
    for person in &people {
        app.admin.patch(&format!("/api/contacts/{person}"), json!({ "title": "Clerk" })).await;
    }
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 5]);
    let exported = app.admin.get(&format!("/api/contacts/{}/export", people[0])).await;
    assert_eq!(exported["icp_scores"][0]["score"], 0, "{exported}");
    assert_eq!(exported["icp_score_changes"][0]["before"], 50);
    // Deleted, erased, folded into another.
    app.admin.call("DELETE", &format!("/api/contacts/{}", people[0]), &json!({})).await;
    app.admin.post(&format!("/api/contacts/{}/erase", people[1]), json!({ "confirm": "p1@x.example" })).await;
    let merge = json!({ "other_id": people[3] });
    let merge = app.admin.post(&format!("/api/contacts/{}/merge", people[2]), merge).await;
    let left = async |table: &str| -> i64 {
        let sql = format!("select count(*) as value from {table}");
        let tx = app.app.db.begin().await.unwrap();
        let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await.unwrap();
        row.unwrap().try_get("", "value").unwrap()
    };
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 2]);
    assert_eq!((left("icp_scores").await, left("icp_changes").await), (2, 2));
    app.admin.post(&format!("/api/merges/{}/undo", id(&merge["merge"])), json!({})).await;
    assert_eq!(bands(&app, &sales).await, [0, 0, 0, 3], "who comes back is scored again");
    app.admin.call("DELETE", &format!("/api/icp-profiles/{}", id(&sales)), &json!({})).await;
    settle(&app).await;
    for table in ["icp_scores", "icp_changes", "icp_versions", "icp_profiles"] {
        assert_eq!(left(table).await, 0, "{table}");
    }
}
