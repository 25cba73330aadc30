//! Who may be one person.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    contacts_that_are_alike_are_found_with_the_reason,
    groups_come_in_pages_and_each_shows_its_newest,
    a_rep_is_shown_their_own_book,
}

/// The titles in each group.
fn groups(page: &Value) -> Vec<Vec<&str>> {
    let data = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
    let contacts = data.iter().map(|group| group["contacts"].as_array().unwrap());
    contacts.map(|contacts| contacts.iter().map(|c| c["title"].as_str().unwrap()).collect()).collect()
}

async fn person(client: &Client, title: &str, fields: Value) {
    let mut contact = json!({ "title": title });
    contact.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    client.post("/api/contacts", contact).await;
}

async fn contacts_that_are_alike_are_found_with_the_reason(app: TestApp) {
    let named = |first: &str, last: &str, email: &str, company: Option<&str>| json!({ "first_name": first, "last_name": last, "email": email, "company": company });
    for (title, fields) in [
        ("a", json!({ "phone": ANN })),
        ("b", json!({ "phone": ANN, "email": "b@people.example" })),
        ("c", json!({ "phone": "+14155550199" })),
        ("d", named("Ann", "Lee", "ann@acme.example", Some("Acme"))),
        ("e", named("ann", "LEE", "lee@ACME.example", None)),
        ("f", named("Ann", "Lee", "ann@gmail.com", Some("ACME"))),
        ("g", named("Ann", "Lee", "lee@gmail.com", Some("Other"))),
        ("h", named("Ann", "Loo", "loo@acme.example", Some("Acme"))),
    ] {
        person(&app.admin, title, fields).await;
    }
    for (query, reason, expected) in [
        ("", "phone", vec![vec!["b", "a"]]),
        ("?reason=phone", "phone", vec![vec!["b", "a"]]),
        ("?reason=name_and_domain", "name_and_domain", vec![vec!["e", "d"]]),
        ("?reason=name_and_company", "name_and_company", vec![vec!["f", "d"]]),
    ] {
        let page = app.admin.get(&format!("/api/contacts/duplicates{query}")).await;
        assert_eq!(groups(&page), expected, "{query}: {page}");
        assert_eq!((&page["data"][0]["reason"], &page["data"][0]["count"]), (&json!(reason), &json!(2)));
        assert_eq!(page["next_cursor"], json!(null));
    }
    let answer = app.admin.call("GET", "/api/contacts/duplicates?reason=looks", &json!({})).await;
    assert_eq!(answer.brief(), "422 4001");
}

async fn groups_come_in_pages_and_each_shows_its_newest(app: TestApp) {
    for n in 0..12 {
        person(&app.admin, &format!("p{n}"), json!({ "phone": ANN })).await;
    }
    for n in 0..4 {
        for half in ["x", "y"] {
            let phone = format!("+1415555020{n}");
            person(&app.admin, &format!("{half}{n}"), json!({ "phone": phone })).await;
        }
    }
    let first = app.admin.get("/api/contacts/duplicates?limit=2").await;
    assert_eq!(first["data"][0]["count"], 12);
    let shown = groups(&first);
    assert_eq!((shown[0].len(), shown[0][0], &shown[1]), (10, "p11", &vec!["y0", "x0"]));
    let cursor: String =
        form_urlencoded::byte_serialize(first["next_cursor"].as_str().unwrap().as_bytes()).collect();
    let second = app.admin.get(&format!("/api/contacts/duplicates?limit=2&cursor={cursor}")).await;
    assert_eq!(groups(&second), [["y1", "x1"], ["y2", "x2"]]);
}

async fn a_rep_is_shown_their_own_book(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    person(&rita, "hers", json!({ "phone": ANN })).await;
    person(&ron, "his", json!({ "phone": ANN })).await;
    for client in [&rita, &ron] {
        assert_eq!(client.get("/api/contacts/duplicates").await["data"], json!([]));
    }
    person(&ron, "too", json!({ "phone": ANN })).await;
    assert_eq!(groups(&ron.get("/api/contacts/duplicates").await), [["too", "his"]]);
    assert_eq!(app.admin.get("/api/contacts/duplicates").await["data"][0]["count"], 3);
}
