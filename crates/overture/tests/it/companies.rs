//! Companies: what is known of them, that the name on a contact is always that of its company, and who sees which.

use crate::{
    imports::{claim, uploaded},
    kit::*,
    segments::settle,
};
use overture::imports::run::run_in_transactions;
use serde_json::{Value, json};

both! {
    a_company_is_made_read_changed_and_removed,
    what_cannot_be_used_is_told_field_by_field,
    no_two_companies_have_a_name_or_a_domain,
    another_name_becomes_that_of_the_people_too,
    the_people_of_a_company_that_goes_stay,
    companies_are_found_by_name_and_domain_page_by_page,
    a_company_tells_what_is_going_on_there,
    a_rep_knows_the_companies_of_their_book_and_their_own,
    a_contact_and_a_rename_at_once_agree,
    an_import_learns_of_a_name_that_changed_meanwhile,
    a_merge_that_is_undone_knows_the_new_name,
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap_or_else(|| panic!("no id: {of}"))
}

async fn named(app: &TestApp, name: &str) -> Value {
    app.admin.post("/api/companies", json!({ "name": name })).await
}

async fn people(app: &TestApp, company: &str) -> Vec<String> {
    let found = app.admin.get(&format!("/api/contacts?company_id={company}")).await;
    found["data"].as_array().unwrap().iter().map(|c| c["email"].as_str().unwrap().to_owned()).collect()
}

/// The name on every contact is that of its company, and who has no company has no name of one.
async fn assert_one_truth(app: &TestApp) {
    let all = app.admin.get("/api/companies?limit=200").await;
    let companies = all["data"].as_array().unwrap();
    let key = |value: &Value| value.as_str().map(store::company::key);
    for contact in app.admin.get("/api/contacts?limit=200").await["data"].as_array().unwrap() {
        let company = companies.iter().find(|company| company["id"] == contact["company_id"]);
        assert_eq!(company.and_then(|company| key(&company["name"])), key(&contact["company"]), "{contact}");
    }
}

async fn a_company_is_made_read_changed_and_removed(app: TestApp) {
    let given = json!({
        "name": "  Acme  Inc ", "domain": "https://www.ACME.example/about", "industry": "Tools", "employee_count": 250,
        "city": "Oslo", "country": "Norway", "linkedin_url": "https://www.linkedin.com/company/acme", "notes": "Old friends\nand new",
    });
    let made = app.admin.post("/api/companies", given).await;
    let expected = json!({
        "name": "Acme  Inc", "domain": "acme.example", "industry": "Tools", "employee_count": 250, "city": "Oslo",
        "country": "Norway", "linkedin_url": "https://www.linkedin.com/company/acme", "notes": "Old friends\nand new",
        "contacts": 0, "open_conversations": 0, "last_activity_at": null,
    });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(made[field], *value, "{field}");
    }
    let me = app.admin.get("/api/auth/me").await["member"]["id"].clone();
    assert_eq!(made["owner_id"], me, "whoever makes one owns it");
    let path = format!("/api/companies/{}", id(&made));
    assert_eq!(app.admin.get(&path).await, made);
    let cleared = json!({ "domain": "", "industry": " ", "employee_count": null, "owner_id": null, "notes": "", "linkedin_url": "" });
    let changed = app.admin.patch(&path, cleared).await;
    for field in ["domain", "industry", "employee_count", "owner_id", "notes", "linkedin_url"] {
        assert_eq!(changed[field], Value::Null, "{field}");
    }
    assert_eq!((&changed["city"], &changed["name"]), (&json!("Oslo"), &json!("Acme  Inc")));
    let gone = app.admin.call("DELETE", &path, &json!({})).await;
    assert_eq!(gone.json(), json!({ "id": made["id"], "deleted": true, "contacts": 0 }));
    assert_eq!(app.admin.call("GET", &path, &json!({})).await.brief(), "404 404");
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.brief(), "404 404");
}

async fn what_cannot_be_used_is_told_field_by_field(app: TestApp) {
    let long = "x".repeat(501);
    for (input, field) in [
        (json!({}), "name"),
        (json!({ "name": "  " }), "name"),
        (json!({ "name": long }), "name"),
        (json!({ "name": "A", "domain": "acme" }), "domain"),
        (json!({ "name": "A", "domain": "ann@acme.com" }), "domain"),
        (json!({ "name": "A", "employee_count": -1 }), "employee_count"),
        (json!({ "name": "A", "employee_count": 10_000_001 }), "employee_count"),
        (json!({ "name": "A", "linkedin_url": "javascript:alert(1)" }), "linkedin_url"),
        (json!({ "name": "A", "industry": long }), "industry"),
        (json!({ "name": "A", "notes": "x".repeat(10_001) }), "notes"),
    ] {
        let answer = app.admin.call("POST", "/api/companies", &input).await;
        assert_eq!(answer.brief(), "422 4001", "{input}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{input}");
    }
    let odd = app.admin.post("/api/companies", json!({ "name": "A\u{7}B", "notes": "a\u{7}b\nc" })).await;
    assert_eq!((&odd["name"], &odd["notes"]), (&json!("A B"), &json!("ab\nc")));
}

async fn no_two_companies_have_a_name_or_a_domain(app: TestApp) {
    let acme = app.admin.post("/api/companies", json!({ "name": "Acme", "domain": "acme.example" })).await;
    let beta = named(&app, "Beta").await;
    let path = format!("/api/companies/{}", id(&beta));
    for (method, path, input, field) in [
        ("POST", "/api/companies", json!({ "name": " ACME" }), "name"),
        ("POST", "/api/companies", json!({ "name": "Other", "domain": "WWW.acme.example" }), "domain"),
        ("PATCH", path.as_str(), json!({ "name": "acme" }), "name"),
        ("PATCH", path.as_str(), json!({ "domain": "acme.example" }), "domain"),
    ] {
        let answer = app.admin.call(method, path, &input).await;
        assert_eq!(answer.brief(), "409 4002", "{input}");
        let error = &answer.json()["error"];
        assert_eq!((&error["name"], &error["fields"][0]["field"]), (&json!("company.exists"), &json!(field)));
        let told = format!("A company with this {field} exists already: Acme ({})", id(&acme));
        assert_eq!(error["message"], told);
    }
    // A company may be written anew over itself, in other letters too.
    app.admin
        .patch(&format!("/api/companies/{}", id(&acme)), json!({ "name": "ACME", "domain": "acme.example" }))
        .await;
    // Whoever may not see the other is not told which it is.
    let ron = app.member("rep").await;
    let answer = ron.call("POST", "/api/companies", &json!({ "name": "acme" })).await;
    assert_eq!(answer.brief(), "409 4002");
    assert!(!String::from_utf8_lossy(&answer.bytes).contains(id(&acme)), "{}", answer.json());
    let other = app.neighbour(3).await.1;
    other.post("/api/companies", json!({ "name": "Acme", "domain": "acme.example" })).await;
}

async fn another_name_becomes_that_of_the_people_too(app: TestApp) {
    let ann = app.contact(json!({ "email": "ann@x.example", "company": "Acme" })).await;
    app.contact(json!({ "email": "bob@x.example", "company": " acme " })).await;
    app.contact(json!({ "email": "cid@x.example", "company": "Beta" })).await;
    let company =
        app.admin.get(&format!("/api/contacts/{ann}")).await["company_id"].as_str().unwrap().to_owned();
    let rule = json!({ "field": "company", "op": "is", "value": "Acme Corp" });
    let segment = app.admin.post("/api/segments", json!({ "name": "Them", "rule": rule })).await;
    settle(&app).await;
    let before = app.admin.get(&format!("/api/contacts/{ann}")).await["updated_at"].clone();
    app.admin.patch(&format!("/api/companies/{company}"), json!({ "name": "Acme Corp" })).await;
    settle(&app).await;
    let ann = app.admin.get(&format!("/api/contacts/{ann}")).await;
    assert_eq!((&ann["company"], ann["company_id"].as_str()), (&json!("Acme Corp"), Some(company.as_str())));
    assert!(ann["updated_at"].as_str() > before.as_str(), "it is a change like any other");
    assert_eq!(people(&app, &company).await, ["bob@x.example", "ann@x.example"]);
    let found = app.admin.get(&format!("/api/segments/{}", id(&segment))).await;
    assert_eq!(found["contacts"], 2, "segments hear of it");
    assert_one_truth(&app).await;
    // The old name is free.
    let new = app.contact(json!({ "email": "dan@x.example", "company": "Acme" })).await;
    assert_ne!(app.admin.get(&format!("/api/contacts/{new}")).await["company_id"], json!(company));
}

async fn the_people_of_a_company_that_goes_stay(app: TestApp) {
    let ann = app.contact(json!({ "email": "ann@x.example", "company": "Acme" })).await;
    app.contact(json!({ "email": "bob@x.example", "company": "Acme" })).await;
    let company =
        app.admin.get(&format!("/api/contacts/{ann}")).await["company_id"].as_str().unwrap().to_owned();
    let rep = app.member("rep").await;
    let path = format!("/api/companies/{company}");
    assert_eq!(rep.call("DELETE", &path, &json!({})).await.brief(), "403 1004");
    let gone = app.admin.call("DELETE", &path, &json!({})).await.json();
    assert_eq!(gone["contacts"], 2);
    let ann = app.admin.get(&format!("/api/contacts/{ann}")).await;
    assert_eq!((&ann["company"], &ann["company_id"]), (&Value::Null, &Value::Null));
    assert_eq!(app.admin.get("/api/contacts").await["total"], 2);
    assert_one_truth(&app).await;
}

async fn companies_are_found_by_name_and_domain_page_by_page(app: TestApp) {
    for (name, domain) in [
        ("Ærlig AS", "aerlig.example"),
        ("Beta 100%", "b.example"),
        ("alpha", "first.example"),
        ("Gamma", "Bücher.example"),
    ] {
        app.admin.post("/api/companies", json!({ "name": name, "domain": domain })).await;
    }
    let names = async |query: &str| {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = app.admin.get(&format!("/api/companies?limit=1&{query}{cursor}")).await;
            all.extend(
                page["data"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()),
            );
            let Some(next) = page["next_cursor"].as_str() else {
                assert_eq!(page["total"], all.len(), "{query}");
                return all;
            };
            cursor =
                format!("&cursor={}", form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>());
        }
    };
    assert_eq!(names("").await, ["alpha", "Beta 100%", "Gamma", "Ærlig AS"]);
    for (query, expected) in [
        ("search=FIRST", vec!["alpha"]),
        ("search=%C3%86RL", vec!["Ærlig AS"]),
        ("search=0%25", vec!["Beta 100%"]),
        ("search=%25", vec!["Beta 100%"]),
        ("search=b%C3%BCch", vec!["Gamma"]),
        ("search=nobody", vec![]),
    ] {
        assert_eq!(names(query).await, expected, "{query}");
    }
    let me = app.admin.get("/api/auth/me").await["member"]["id"].as_str().unwrap().to_owned();
    assert_eq!(names(&format!("owner_id={me}")).await.len(), 4);
}

async fn a_company_tells_what_is_going_on_there(app: TestApp) {
    let ann = app.ann().await;
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "company": "Acme" })).await;
    let company =
        app.admin.get(&format!("/api/contacts/{ann}")).await["company_id"].as_str().unwrap().to_owned();
    let path = format!("/api/companies/{company}");
    let shown = app.admin.get(&path).await;
    assert_eq!((&shown["contacts"], &shown["open_conversations"]), (&json!(1), &json!(0)));
    assert_eq!(shown["last_activity_at"], Value::Null);
    app.deliver(Post::text("SM1", ANN, "Hello")).await;
    app.run_due().await;
    let shown = app.admin.get(&path).await;
    assert_eq!(shown["open_conversations"], 1, "{shown}");
    assert!(shown["last_activity_at"].is_string(), "{shown}");
    let theirs = app.admin.get(&format!("/api/conversations?company_id={company}")).await;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1);
    let beta = named(&app, "Beta").await;
    let nobodys = app.admin.get(&format!("/api/conversations?company_id={}", id(&beta))).await;
    assert_eq!(nobodys["data"], json!([]));
    let inbox = app.admin.get("/api/conversations").await;
    app.admin.post(&format!("/api/conversations/{}/done", id(&inbox["data"][0])), json!({})).await;
    assert_eq!(app.admin.get(&path).await["open_conversations"], 0);
}

async fn a_rep_knows_the_companies_of_their_book_and_their_own(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let hers = rita.post("/api/contacts", json!({ "email": "a@x.example", "company": "Acme" })).await;
    let both = ron.post("/api/contacts", json!({ "email": "b@x.example", "company": "Shared" })).await;
    rita.post("/api/contacts", json!({ "email": "c@x.example", "company": "Shared" })).await;
    rita.post("/api/companies", json!({ "name": "Empty" })).await;
    let names = async |who: &Client| -> Vec<(String, i64)> {
        let page = who.get("/api/companies").await;
        let one = |c: &Value| (c["name"].as_str().unwrap().to_owned(), c["contacts"].as_i64().unwrap());
        assert_eq!(page["total"], page["data"].as_array().unwrap().len());
        page["data"].as_array().unwrap().iter().map(one).collect()
    };
    let told = |all: &[(&str, i64)]| all.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(names(&ron).await, told(&[("Shared", 1)]));
    assert_eq!(names(&rita).await, told(&[("Acme", 1), ("Empty", 0), ("Shared", 1)]));
    assert_eq!(names(&app.admin).await, told(&[("Acme", 1), ("Empty", 0), ("Shared", 2)]));
    let acme = format!("/api/companies/{}", hers["company_id"].as_str().unwrap());
    for (method, input) in [("GET", json!({})), ("PATCH", json!({ "city": "Oslo" }))] {
        assert_eq!(ron.call(method, &acme, &input).await.brief(), "404 404", "{method}");
    }
    let of = format!("/api/contacts?company_id={}", hers["company_id"].as_str().unwrap());
    assert_eq!(ron.call("GET", &of, &json!({})).await.brief(), "404 404");
    // What is nobody's may be taken; what is somebody's is handed over by managers.
    let shared = format!("/api/companies/{}", both["company_id"].as_str().unwrap());
    let me = |of: Value| of["member"]["id"].as_str().unwrap().to_owned();
    let (rita_id, ron_id) = (me(rita.get("/api/auth/me").await), me(ron.get("/api/auth/me").await));
    let give = async |who: &Client, to: &str| {
        who.call("PATCH", &shared, &json!({ "owner_id": to })).await.status.as_u16()
    };
    assert_eq!(give(&ron, &rita_id).await, 403);
    assert_eq!(give(&ron, &ron_id).await, 200);
    assert_eq!(give(&rita, &rita_id).await, 403);
    assert_eq!(give(&app.admin, &rita_id).await, 200);
    // The name is the company's, whoever its people belong to.
    ron.patch(&shared, json!({ "name": "Shared Ltd" })).await;
    assert_one_truth(&app).await;
}

async fn a_contact_and_a_rename_at_once_agree(app: TestApp) {
    let company = named(&app, "Name 0").await;
    let path = format!("/api/companies/{}", id(&company));
    let dan = app.contact(json!({ "email": "dan@x.example", "company": "Name 0" })).await;
    let dan = format!("/api/contacts/{dan}");
    for round in 0..8 {
        let next = json!({ "name": format!("Name {}", round + 1) });
        let (one, two) = (
            json!({ "email": format!("a{round}@x.example"), "company": format!("Name {round}") }),
            json!({ "email": format!("b{round}@x.example"), "company": format!("Name {round}") }),
        );
        let city = json!({ "city": format!("City {round}") });
        let (renamed, first, second, moved) = tokio::join!(
            app.admin.call("PATCH", &path, &next),
            app.admin.call("POST", "/api/contacts", &one),
            app.admin.call("POST", "/api/contacts", &two),
            app.admin.call("PATCH", &dan, &city),
        );
        assert_eq!([renamed.status, first.status, second.status, moved.status], [200; 4]);
        // Whoever changes something else of a contact does not bring an old name back.
        assert_eq!(app.admin.get(&dan).await["company_id"], company["id"], "round {round}");
        assert_one_truth(&app).await;
    }
}

async fn an_import_learns_of_a_name_that_changed_meanwhile(app: TestApp) {
    let acme = named(&app, "Acme").await;
    let beta = named(&app, "Beta").await;
    let mut file = String::from("email,company\n");
    for n in 0..150 {
        file += &format!("p{n}@x.example,{}\n", ["Acme", "Beta"][n % 2]);
    }
    let made = uploaded(&app.admin, file.as_str()).await;
    let mapping = json!({ "mapping": { "email": "email", "company": "company" } });
    app.admin.post(&format!("/api/imports/{}/start", id(&made)), mapping).await;
    let job = claim(&app, "tester").await.unwrap();
    let app = &app;
    let meddle = async {
        // As soon as the first row is there.
        while app.admin.get("/api/contacts").await["total"].as_i64() < Some(1) {
            tick();
            tokio::task::yield_now().await;
        }
        app.admin.patch(&format!("/api/companies/{}", id(&acme)), json!({ "name": "Acme Corp" })).await;
        app.admin.call("DELETE", &format!("/api/companies/{}", id(&beta)), &json!({})).await
    };
    let (ran, gone) = tokio::join!(run_in_transactions(&app.app, job, "tester", 1), meddle);
    ran.unwrap();
    assert_eq!(gone.status, 200);
    assert_eq!(app.admin.get("/api/contacts").await["total"], 150);
    assert_one_truth(app).await;
}

async fn a_merge_that_is_undone_knows_the_new_name(app: TestApp) {
    for (deletes, expected) in [(false, json!("Acme Corp")), (true, Value::Null)] {
        let n = u8::from(deletes);
        let stays = app.contact(json!({ "email": format!("stays{n}@x.example") })).await;
        let goes = app.contact(json!({ "email": format!("goes{n}@x.example"), "company": "Acme" })).await;
        let company =
            app.admin.get(&format!("/api/contacts/{goes}")).await["company_id"].as_str().unwrap().to_owned();
        let merged =
            app.admin.post(&format!("/api/contacts/{stays}/merge"), json!({ "other_id": goes })).await;
        let merge = id(&merged["merge"]).to_owned();
        let path = format!("/api/companies/{company}");
        if deletes {
            app.admin.call("DELETE", &path, &json!({})).await;
        } else {
            app.admin.patch(&path, json!({ "name": "Acme Corp" })).await;
        }
        app.admin.post(&format!("/api/merges/{merge}/undo"), json!({})).await;
        let back = app.admin.get(&format!("/api/contacts/{goes}")).await;
        assert_eq!(back["company"], expected);
        let stays = app.admin.get(&format!("/api/contacts/{stays}")).await;
        assert_eq!(
            (&stays["company"], &stays["company_id"]),
            (&Value::Null, &Value::Null),
            "deletes: {deletes}"
        );
        assert_one_truth(&app).await;
    }
}
