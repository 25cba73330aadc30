//! The lists of contacts and companies: what is counted and how far, and that every order gives every row once, whatever
//! happens between two pages.

use crate::{
    imports::{claim, uploaded},
    kit::*,
    segments::settle,
};
use overture::imports::run::run_in_transactions;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::{
    Total,
    contact::{self, Order, Query, Sorted},
};

both! {
    a_list_counts_no_further_than_it_is_asked_to,
    many_are_counted_exactly_only_where_that_is_asked,
    many_are_in_the_same_order_as_few,
    every_order_of_contacts_gives_every_row_once,
    every_order_of_companies_gives_every_row_once,
    what_happens_between_two_pages_moves_no_other_row,
    a_contact_tells_the_score_of_the_profile_it_fits_best,
    a_rep_counts_and_orders_their_own,
    cursors_and_orders_that_are_none_are_refused,
}

const CONTACT_ORDERS: [&str; 10] = [
    "created_at",
    "-created_at",
    "name",
    "-name",
    "company",
    "-company",
    "updated_at",
    "-updated_at",
    "icp_score",
    "-icp_score",
];
const COMPANY_ORDERS: [&str; 6] = ["name", "-name", "created_at", "-created_at", "people", "-people"];

fn url(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The rest of a list behind a cursor, page by page.
async fn rest(client: &Client, path: &str, cursor: Option<String>) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), cursor);
    loop {
        let behind = cursor.map(|cursor| format!("&cursor={}", url(&cursor))).unwrap_or_default();
        let page = client.get(&format!("/api/{path}&limit=3{behind}")).await;
        all.extend(page["data"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
        assert!(all.len() < 200, "{path} never ends");
    }
}

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// People with equal, missing and odd names and companies; one minute between each.
async fn people(app: &TestApp) -> Vec<String> {
    let mut made = Vec::new();
    for (n, (first, last, company)) in [
        ("Ann", "Lee", "Acme"),
        ("ann", "lee", "acme"),
        ("Bo", "", "Beta"),
        ("", "", ""),
        ("Zoe", "Ox", "Acme"),
        ("", "", "Acme"),
        ("Ann", "Lee", ""),
        ("Cy=d", "100%", "Beta"),
        ("Mid", "Dle", "Gamma"),
        ("", "", "Beta"),
        ("Ann", "Lea", "Acme"),
    ]
    .into_iter()
    .enumerate()
    {
        let fields = json!({ "email": format!("p{n}@x.example"), "first_name": first, "last_name": last, "company": company, "title": first });
        made.push(app.contact(fields).await);
        app.clock.advance(if n % 3 == 0 { 0 } else { MINUTE });
    }
    made
}

/// What a row is ordered by.
fn key(order: &str, row: &Value) -> Option<Value> {
    let text = |value: &str| Some(value.to_lowercase()).filter(|text| !text.is_empty()).map(Value::from);
    match order.trim_start_matches('-') {
        "name" if row["email"].is_string() => {
            let name = |field: &str| row[field].as_str().unwrap_or_default();
            text(format!("{} {}", name("first_name"), name("last_name")).trim())
        }
        "name" => text(row["name"].as_str().unwrap()),
        "company" => text(row["company"].as_str().unwrap_or_default()),
        "people" => Some(row["contacts"].clone()),
        "created_at" => Some(row["id"].clone()),
        field => Some(row[field].clone()).filter(|value| !value.is_null()),
    }
}

fn assert_in_order(order: &str, rows: &[Value]) {
    let falls = order.starts_with('-');
    for pair in rows.windows(2) {
        let [one, next] = [&pair[0], &pair[1]].map(|row| (key(order, row), row["id"].as_str().unwrap()));
        let is_right = match (&one.0, &next.0) {
            (Some(Value::Number(a)), Some(Value::Number(b))) if a != b => (a.as_i64() > b.as_i64()) == falls,
            (Some(Value::String(a)), Some(Value::String(b))) if a != b => (a > b) == falls,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            // Of equals, the ids run the same way.
            _ => (one.1 > next.1) == falls,
        };
        assert!(is_right, "{order}: {one:?} before {next:?}");
    }
}

async fn every_order_of_contacts_gives_every_row_once(app: TestApp) {
    let made = people(&app).await;
    let criteria = json!([{ "label": "", "field": "title", "op": "is", "values": ["Ann"], "weight": 50 }]);
    app.admin.post("/api/icp-profiles", json!({ "name": "Anns", "criteria": criteria })).await;
    settle(&app).await;
    // One that has no score.
    let last = app.contact(json!({ "email": "last@x.example", "first_name": "Last" })).await;
    let expected: BTreeSet<&str> = made.iter().map(String::as_str).chain([last.as_str()]).collect();
    for order in CONTACT_ORDERS {
        for filter in ["", "&search=x.example", "&status=No%20Activity"] {
            let rows = rest(&app.admin, &format!("contacts?sort={order}{filter}"), None).await;
            let seen = ids(&rows);
            assert_eq!(seen.len(), expected.len(), "{order}{filter}");
            assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), expected, "{order}{filter}");
            assert_in_order(order, &rows);
        }
    }
    let plain = rest(&app.admin, "contacts?search=", None).await;
    assert_in_order("-created_at", &plain);
}

async fn every_order_of_companies_gives_every_row_once(app: TestApp) {
    people(&app).await;
    for name in ["Delta", "epsilon", "Æther", "= 1"] {
        app.admin.post("/api/companies", json!({ "name": name })).await;
    }
    for order in COMPANY_ORDERS {
        let rows = rest(&app.admin, &format!("companies?sort={order}"), None).await;
        let seen = ids(&rows);
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (7, 7), "{order}");
        assert_in_order(order, &rows);
    }
    let most = rest(&app.admin, "companies?sort=-people", None).await;
    assert_eq!((&most[0]["name"], &most[0]["contacts"]), (&json!("Acme"), &json!(5)));
    let plain = rest(&app.admin, "companies?search=", None).await;
    assert_in_order("name", &plain);
}

async fn what_happens_between_two_pages_moves_no_other_row(app: TestApp) {
    for order in CONTACT_ORDERS {
        let made = people_of(&app, order).await;
        let path = format!("contacts?sort={order}&search={}", url(&tag(order)));
        let first = app.admin.get(&format!("/api/{path}&limit=3")).await;
        let seen: Vec<String> =
            ids(first["data"].as_array().unwrap()).into_iter().map(str::to_owned).collect();
        // The page before ended with it.
        app.admin.call("DELETE", &format!("/api/contacts/{}", seen[2]), &json!({})).await;
        for (n, name) in ["Aaa", "Mmm", "Zzz", ""].into_iter().enumerate() {
            let email = format!("new{n}@{}.example", tag(order));
            app.contact(json!({ "email": email, "first_name": name, "company": name })).await;
        }
        let cursor = first["next_cursor"].as_str().map(str::to_owned);
        let later = rest(&app.admin, &path, cursor).await;
        let mut rest_of: Vec<&str> =
            ids(&later).into_iter().filter(|id| made.iter().any(|m| m == id)).collect();
        let all = rest_of.len();
        rest_of.sort_unstable();
        rest_of.dedup();
        assert_eq!(rest_of.len(), all, "{order}: a row came twice");
        let mut expected: Vec<&str> =
            made.iter().map(String::as_str).filter(|id| !seen.iter().any(|s| s == id)).collect();
        expected.sort_unstable();
        assert_eq!(rest_of, expected, "{order}");
        assert_in_order(order, &later);
    }
}

fn tag(order: &str) -> String {
    format!("t{}{}", order.replace(['-', '_'], ""), order.len())
}

/// Eight people whose addresses tell which order they are for.
async fn people_of(app: &TestApp, order: &str) -> Vec<String> {
    let mut made = Vec::new();
    for (n, name) in ["Bo", "", "Ann", "Bo", "", "Zoe", "Bo", ""].into_iter().enumerate() {
        let email = format!("p{n}@{}.example", tag(order));
        made.push(app.contact(json!({ "email": email, "first_name": name, "company": name })).await);
    }
    made
}

async fn a_list_counts_no_further_than_it_is_asked_to(app: TestApp) {
    app.crowd(5).await;
    for (most, total, total_is_capped) in [(0, 0, true), (4, 4, true), (5, 5, false), (6, 5, false)] {
        let counted = contact::count_upto(&app.app.db, &app.scope, &Query::default(), most).await.unwrap();
        assert_eq!(counted, Total { total, total_is_capped }, "{most}");
    }
}

async fn many_are_counted_exactly_only_where_that_is_asked(app: TestApp) {
    let lines: Vec<String> = (0..10_001).map(|n| format!("p{n}@many.example,P{n},{},C{n}", n % 2)).collect();
    let file = format!("email,first name,city,company\n{}\n", lines.join("\n"));
    let made = uploaded(&app.admin, file).await;
    let mapping =
        json!({ "email": "email", "first name": "first_name", "city": "city", "company": "company" });
    let start = format!("/api/imports/{}/start", made["id"].as_str().unwrap());
    app.admin.post(&start, json!({ "mapping": mapping })).await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 20_000).await.unwrap();
    for list in ["contacts", "companies"] {
        let page = app.admin.get(&format!("/api/{list}?limit=1")).await;
        assert_eq!((&page["total"], &page["total_is_capped"]), (&json!(10_000), &json!(true)), "{list}");
    }
    assert_eq!(app.admin.get("/api/contacts/count").await, json!({ "total": 10_001 }));
    // Pages alone are the same pages, however many fit; every second has a city, three are called so.
    for rule in [
        json!({ "field": "city", "op": "is", "value": "1" }),
        json!({ "field": "first_name", "op": "contains", "value": "P777" }),
    ] {
        for order in ["-created_at", "created_at", "name", "-company"] {
            let list = format!("contacts?limit=7&sort={order}&rule={}", url(&rule.to_string()));
            let counted = app.admin.get(&format!("/api/{list}")).await;
            let alone = app.admin.get(&format!("/api/{list}&total=false")).await;
            let wanted = json!({ "data": counted["data"], "next_cursor": counted["next_cursor"] });
            assert_eq!(alone, wanted, "{list}");
            assert!(!alone["data"].as_array().unwrap().is_empty(), "{list}");
        }
    }
    for (list, orders) in [("contacts", &CONTACT_ORDERS[..]), ("companies", &COMPANY_ORDERS[..])] {
        for order in orders {
            let answer =
                app.admin.call("GET", &format!("/api/{list}?sort={order}&limit=1"), &json!({})).await;
            let is_indexed = list == "contacts" || order.ends_with("created_at") || order.ends_with("name");
            if is_indexed {
                assert_eq!(answer.brief(), "200 0", "{list} {order}");
                continue;
            }
            assert_eq!(answer.brief(), "422 4001", "{list} {order}");
            let error = &answer.json()["error"];
            assert_eq!(
                (&error["name"], &error["fields"][0]["field"]),
                (&json!("sort.too_many"), &json!("sort"))
            );
            assert!(error["message"].as_str().unwrap().contains("10,000"), "{error}");
        }
    }
    // What is narrowed to fewer can be put in order.
    let rule = url(&json!({ "field": "city", "op": "is", "value": "1" }).to_string());
    let page = app.admin.get(&format!("/api/contacts?sort=-name&limit=2&rule={rule}")).await;
    assert_eq!((&page["total"], &page["total_is_capped"]), (&json!(5_000), &json!(false)));
    assert_eq!(page["data"][0]["first_name"], "P9999");
    let counted = app.admin.get(&format!("/api/contacts/count?rule={rule}")).await;
    assert_eq!(counted, json!({ "total": 5_000 }));
}

/// The ids of all pages in an order, as few that match are read or as many are.
async fn walked(
    app: &TestApp,
    scope: &store::Scope,
    query: &Query,
    order: Order,
    are_many: bool,
) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let after: Option<String> = cursor.take();
        let page = contact::ordered(&app.app.db, scope, query, (order, are_many), Some(3), after.as_deref());
        let page = page.await.unwrap();
        all.extend(page.data.iter().map(|contact| contact.id.to_string()));
        match page.next_cursor {
            Some(next) => {
                assert_eq!(page.data.len(), 3, "a page that is not the last is full");
                cursor = Some(next);
            }
            None => return all,
        }
    }
}

async fn many_are_in_the_same_order_as_few(app: TestApp) {
    let tag = app.admin.post("/api/tags", json!({ "name": "T" })).await["id"].as_str().unwrap().to_owned();
    let points = json!([{ "label": "", "field": "title", "op": "is", "values": ["CTO"], "weight": 60 },
        { "label": "", "field": "city", "op": "is", "values": ["Oslo"], "weight": 40 }]);
    app.admin.post("/api/icp-profiles", json!({ "name": "Fit", "criteria": &points })).await;
    let mut made = Vec::new();
    for n in 0..22 {
        let name = ["Bo", "", "Ann", "bo", "Zoé", "Émile", ""][n % 7];
        let (title, city) = (["CTO", "", "Clerk"][n % 3], ["Oslo", "Bergen"][n % 2]);
        let person = json!({ "email": format!("p{n}@x.example"), "first_name": name, "company": (["Acme", "", "acme b"][n % 3]),
            "title": title, "city": city });
        made.push(app.contact(person).await);
        app.clock.advance(if n % 4 == 0 { SECOND } else { 0 });
    }
    settle(&app).await;
    // Some have no score yet.
    for n in 22..26 {
        made.push(app.contact(json!({ "email": format!("p{n}@x.example"), "first_name": "Bo" })).await);
    }
    app.admin
        .post(&format!("/api/tags/{tag}/contacts"), json!({ "who": { "contact_ids": made[3..20] } }))
        .await;
    for id in &made[5..12] {
        app.admin
            .patch(&format!("/api/contacts/{id}"), json!({ "status": "New", "first_name": "Cid" }))
            .await;
    }
    app.admin.call("DELETE", &format!("/api/contacts/{}", made[7]), &json!({})).await;
    let rita = app.member("rep").await;
    let owner: domain::ids::MemberId =
        rita.get("/api/auth/me").await["member"]["id"].as_str().unwrap().parse().unwrap();
    let give = json!({ "owner_id": owner, "who": { "contact_ids": ([&made[..7], &made[8..15]].concat()) } });
    app.admin.post("/api/contacts/assign", give).await;
    let hers = store::Scope::member(app.scope.workspace.clone(), owner, store::Sight::Own);
    let queries = [
        Query::default(),
        Query { status: Some("New".into()), ..Query::default() },
        Query { set: Some(tag), ..Query::default() },
        Query {
            search: contact::sought(&app.app.db, &app.scope, Some("bo")).await.unwrap(),
            ..Query::default()
        },
    ];
    let scopes = [(&app.scope, "all"), (&hers, "hers")];
    all_ways_are_alike(
        &app,
        &queries,
        &scopes,
        &[Sorted::Name, Sorted::Company, Sorted::Changed, Sorted::Score],
    )
    .await;
    // By the best of several, which are equal for some; and by none.
    let other = json!([{ "label": "", "field": "city", "op": "is", "values": ["Bergen"], "weight": 60 },
        { "label": "", "field": "title", "op": "is", "values": ["CTO"], "weight": 40 }]);
    for (name, points) in [("Other", &other), ("The same", &points)] {
        app.admin.post("/api/icp-profiles", json!({ "name": name, "criteria": points })).await;
    }
    settle(&app).await;
    all_ways_are_alike(&app, &queries, &scopes, &[Sorted::Score]).await;
    let profiles = app.admin.get("/api/icp-profiles").await;
    for profile in profiles["data"].as_array().unwrap() {
        app.admin
            .call("DELETE", &format!("/api/icp-profiles/{}", profile["id"].as_str().unwrap()), &json!({}))
            .await;
    }
    all_ways_are_alike(&app, &queries, &scopes, &[Sorted::Score]).await;
}

async fn all_ways_are_alike(
    app: &TestApp,
    queries: &[Query],
    scopes: &[(&store::Scope, &str)],
    orders: &[Sorted],
) {
    for &sorted in orders {
        for way in [store::Way::Up, store::Way::Down] {
            for (n, query) in queries.iter().enumerate() {
                for (scope, whose) in scopes {
                    let order = Order::By(sorted, way);
                    let few = walked(app, scope, query, order, false).await;
                    let many = walked(app, scope, query, order, true).await;
                    assert_eq!(many, few, "{sorted:?} {way:?}, query {n}, {whose}");
                    assert!(!few.is_empty(), "query {n}, {whose}");
                }
            }
        }
    }
}

async fn a_contact_tells_the_score_of_the_profile_it_fits_best(app: TestApp) {
    let ann = app.ann().await;
    let shown = async || app.admin.get(&format!("/api/contacts/{ann}")).await["icp_score"].clone();
    assert_eq!(shown().await, Value::Null);
    let mut profiles = Vec::new();
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "title": "CEO", "country": "Norway" })).await;
    for (name, title, country) in [("Half", "CEO", "Nowhere"), ("Whole", "CEO", "Norway")] {
        let criterion = |field: &str, value: &str| json!({ "label": "", "field": field, "op": "is", "values": [value], "weight": 50 });
        let criteria = json!([criterion("title", title), criterion("country", country)]);
        profiles
            .push(app.admin.post("/api/icp-profiles", json!({ "name": name, "criteria": criteria })).await);
    }
    settle(&app).await;
    assert_eq!(shown().await, json!(100));
    let list = app.admin.get("/api/contacts?sort=-icp_score").await;
    assert_eq!(list["data"][0]["icp_score"], 100);
    app.admin
        .call("DELETE", &format!("/api/icp-profiles/{}", profiles[1]["id"].as_str().unwrap()), &json!({}))
        .await;
    assert_eq!(shown().await, json!(50), "a profile that is gone is worth nothing, before its scores are");
}

async fn a_rep_counts_and_orders_their_own(app: TestApp) {
    let rita = app.member("rep").await;
    people(&app).await;
    for (name, company) in [("Rose", "Gamma"), ("Alf", "Gamma"), ("Ada", "Acme")] {
        let email = format!("{name}@hers.example");
        rita.post("/api/contacts", json!({ "email": email, "first_name": name, "company": company })).await;
    }
    assert_eq!(rita.get("/api/contacts/count").await["total"], 3);
    assert_eq!(app.admin.get("/api/contacts/count").await["total"], 14);
    for order in CONTACT_ORDERS {
        let page = rita.get(&format!("/api/contacts?sort={order}")).await;
        assert_eq!((&page["total"], page["data"].as_array().unwrap().len()), (&json!(3), 3), "{order}");
    }
    for order in COMPANY_ORDERS {
        let page = rita.get(&format!("/api/companies?sort={order}")).await;
        assert_eq!((&page["total"], page["data"].as_array().unwrap().len()), (&json!(2), 2), "{order}");
        assert_in_order(order, page["data"].as_array().unwrap());
    }
    // Most of hers are with one of which the workspace has fewer people than of the other.
    for (who, first) in [(&rita, "Gamma"), (&app.admin, "Acme")] {
        assert_eq!(who.get("/api/companies?sort=-people").await["data"][0]["name"], first);
    }
    let (_, other) = app.neighbour(3).await;
    assert_eq!(other.get("/api/contacts/count").await["total"], 0);
}

async fn cursors_and_orders_that_are_none_are_refused(app: TestApp) {
    people(&app).await;
    for query in [
        "contacts?sort=nothing",
        "contacts?sort=email",
        "contacts?sort=name&cursor=a%20b",
        "contacts?sort=name&cursor=",
        "contacts?sort=updated_at&cursor=con_1%3Dname",
        "contacts?sort=created_at&cursor=con_1",
        "contacts?cursor=con_1%3Dname",
        "companies?sort=size",
        "companies?cursor=%3D",
        "companies?sort=people&cursor=cmp_1%3Dmany",
    ] {
        let answer = app.admin.call("GET", &format!("/api/{query}"), &json!({})).await;
        assert_eq!(answer.brief(), "422 4001", "{query}: {}", answer.json());
    }
    let long = "x".repeat(601);
    let answer = app.admin.call("GET", &format!("/api/contacts?sort=name&cursor={long}"), &json!({})).await;
    assert_eq!(answer.brief(), "422 4001");
}
