//! Custom fields, tags, lists and segments (P09, E17): what a rule finds is what the rule says, on both databases, and
//! a segment follows whatever changes.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_rule_finds_exactly_whom_it_describes,
    letters_beyond_ascii_are_found_as_they_were_written,
    a_segment_follows_what_changes,
    a_segment_is_computed_in_slices_and_says_nothing_of_its_first_members,
    custom_fields_hold_what_their_kind_allows,
    a_field_gets_another_kind_only_where_all_values_fit,
    what_segments_ask_for_is_not_taken_away,
    tags_and_lists_are_put_on_many_at_once,
    members_see_the_sets_but_only_their_own_people_in_them,
    bad_rules_are_refused_where_they_are_wrong,
    a_campaign_is_for_a_segment,
}

/// Runs the loop of segments until it finds nothing more.
pub async fn settle(app: &TestApp) {
    let mut rounds = 0;
    while overture::segments::keep_up(app.app.clone()).await.expect("segments are kept up") {
        rounds += 1;
        assert!(rounds < 500, "it never comes to an end");
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

/// First names of those in a set.
async fn members(client: &Client, set: &str) -> Vec<String> {
    names(&client.get(&format!("/api/contacts?set_id={set}&limit=200")).await)
}

fn names(page: &Value) -> Vec<String> {
    let data = page["data"].as_array().unwrap_or_else(|| panic!("{page}"));
    let mut names: Vec<String> =
        data.iter().map(|c| c["first_name"].as_str().unwrap_or("-").to_owned()).collect();
    names.sort_unstable();
    names
}

/// Ann of Oslo, Bob of Bergen, and Cid of nowhere, with some of everything that rules ask for.
async fn three(app: &TestApp) -> (String, [String; 3]) {
    let fields = [
        ("Company size", json!({ "name": "Company size", "kind": "number" })),
        ("Since", json!({ "name": "Since", "kind": "date" })),
        ("Plan", json!({ "name": "Plan", "kind": "choice", "choices": ["Gold", "Silver"] })),
        ("Vip", json!({ "name": "Vip", "kind": "boolean" })),
        ("Notes", json!({ "name": "Notes", "kind": "text" })),
    ];
    for (name, field) in fields {
        let made = app.admin.post("/api/custom-fields", field).await;
        assert_eq!(made["name"], name, "{made}");
    }
    let people = [
        json!({ "email": "Ann.Lee@Example.com", "first_name": "Ann", "last_name": "Lee", "city": "Oslo", "company": "Acme", "phone": "+4790000001",
                "custom": { "company_size": "50", "since": "2020-02-29", "plan": "gold", "vip": "yes", "notes": "Likes 100% cotton_shirts" } }),
        json!({ "email": "bob@example.org", "first_name": "Bob", "last_name": "Bell", "city": "bergen", "title": "CTO",
                "custom": { "company_size": "9.5", "since": "2021-01-01", "plan": "Silver", "vip": "no" } }),
        json!({ "phone": "+4790000003", "first_name": "Cid" }),
    ];
    let mut ids = Vec::new();
    for person in people {
        ids.push(id(&app.admin.post("/api/contacts", person).await));
    }
    let tag = id(&app.admin.post("/api/tags", json!({ "name": "Hot lead" })).await);
    let who = json!({ "who": { "contact_ids": [ids[0], ids[2]] } });
    assert_eq!(app.admin.post(&format!("/api/tags/{tag}/contacts"), who).await["changed"], 2);
    (tag, ids.try_into().expect("three people"))
}

async fn a_rule_finds_exactly_whom_it_describes(app: TestApp) {
    let (tag, ids) = three(&app).await;
    let me = app.admin.get(&format!("/api/contacts/{}", ids[0])).await["owner_id"].clone();
    let q = |field: &str, op: &str, value: &str| json!({ "field": field, "op": op, "value": value });
    let has = |field: &str, op: &str| json!({ "field": field, "op": op });
    let everybody = ["Ann", "Bob", "Cid"].as_slice();
    let cases: Vec<(Value, &[&str])> = vec![
        (q("city", "is", "oslo"), &["Ann"]),
        (q("city", "is_not", "Oslo"), &["Bob", "Cid"]),
        (q("city", "contains", "ER"), &["Bob"]),
        (q("city", "starts_with", "BER"), &["Bob"]),
        (q("city", "starts_with", "er"), &[]),
        (has("city", "exists"), &["Ann", "Bob"]),
        (has("city", "missing"), &["Cid"]),
        (q("email", "is", "ann.lee@example.COM"), &["Ann"]),
        (q("email", "contains", "@example."), &["Ann", "Bob"]),
        (q("phone", "is", "+4790000003"), &["Cid"]),
        (q("company", "is", "ACME"), &["Ann"]),
        (q("owner_id", "is", me.as_str().unwrap()), everybody),
        (has("owner_id", "missing"), &[]),
        (q("custom.company_size", "is", "50.0"), &["Ann"]),
        (q("custom.company_size", "more_than", "9.4"), &["Ann", "Bob"]),
        (q("custom.company_size", "less_than", "10"), &["Bob"]),
        (q("custom.company_size", "is_not", "50"), &["Bob", "Cid"]),
        (has("custom.company_size", "missing"), &["Cid"]),
        (q("custom.since", "before", "2021-01-01"), &["Ann"]),
        (q("custom.since", "after", "2020-02-29"), &["Bob"]),
        (q("custom.since", "within_days", "3650"), &["Ann", "Bob"]),
        (q("custom.plan", "is", "GOLD"), &["Ann"]),
        (q("custom.plan", "is_not", "Gold"), &["Bob", "Cid"]),
        (q("custom.vip", "is", "true"), &["Ann"]),
        (q("custom.vip", "is", "false"), &["Bob"]),
        // The wildcards of `like` are letters here.
        (q("custom.notes", "contains", "100%"), &["Ann"]),
        (q("custom.notes", "contains", "cotton_"), &["Ann"]),
        (q("custom.notes", "contains", "1%0"), &[]),
        (q("custom.notes", "contains", "cotton-"), &[]),
        (q("custom.notes", "starts_with", "likes"), &["Ann"]),
        (q("created_at", "within_days", "1"), everybody),
        (q("created_at", "before", "2001-01-01"), &[]),
        (q("created_at", "after", "2001-01-01"), everybody),
        (json!({ "set_id": tag }), &["Ann", "Cid"]),
        (json!({ "event": "opened" }), &[]),
        (json!({ "not": { "event": "opened", "within_days": 30 } }), everybody),
        (json!({ "all": [] }), everybody),
        (json!({ "any": [] }), &[]),
        (json!({ "not": q("city", "is", "Oslo") }), &["Bob", "Cid"]),
        (json!({ "not": q("city", "contains", "er") }), &["Ann", "Cid"]),
        (json!({ "all": [{ "set_id": tag }, has("email", "missing")] }), &["Cid"]),
        (
            json!({ "any": [q("title", "is", "cto"), { "all": [{ "set_id": tag }, q("city", "is", "Oslo")] }] }),
            &["Ann", "Bob"],
        ),
    ];
    for (rule, expected) in cases {
        let found = app.admin.post("/api/segments/preview", json!({ "rule": rule })).await;
        assert_eq!(names(&json!({ "data": found["sample"] })), expected, "{rule}");
        assert_eq!(found["contacts"], expected.len(), "{rule}");
        // The list says the same, and so does the opposite of the opposite.
        let text = url(&rule.to_string());
        assert_eq!(names(&app.admin.get(&format!("/api/contacts?rule={text}")).await), expected, "{rule}");
        let twice = json!({ "rule": { "not": { "not": rule } } });
        let again = app.admin.post("/api/segments/preview", twice).await;
        assert_eq!(again["contacts"], expected.len(), "twice not: {rule}");
        let opposite = app.admin.post("/api/segments/preview", json!({ "rule": { "not": rule } })).await;
        assert_eq!(opposite["contacts"], 3 - expected.len(), "not: {rule}");
    }
}

fn url(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02x}")).collect()
}

async fn letters_beyond_ascii_are_found_as_they_were_written(app: TestApp) {
    let person =
        json!({ "email": "asa@example.com", "first_name": "Åsa", "city": "Ålesund", "company": "ÆØÅ as" });
    app.admin.post("/api/contacts", person).await;
    for (field, op, value) in [
        ("city", "is", "Ålesund"),
        ("city", "is", "ÅLESUND"),
        ("city", "contains", "Åle"),
        ("city", "starts_with", "Ål"),
        ("company", "is", "ÆØÅ AS"),
        ("first_name", "contains", "Å"),
    ] {
        let rule = json!({ "rule": { "field": field, "op": op, "value": value } });
        let found = app.admin.post("/api/segments/preview", rule).await;
        assert_eq!(found["contacts"], 1, "{field} {op} {value}");
    }
    for search in ["Ålesund", "Åsa", "ÆØÅ"] {
        let found = app.admin.get(&format!("/api/contacts?search={}", url(search))).await;
        assert_eq!(found["total"], 1, "{search}");
    }
}

async fn a_segment_follows_what_changes(app: TestApp) {
    let (tag, ids) = three(&app).await;
    let rule = json!({ "any": [{ "field": "city", "op": "is", "value": "Oslo" }, { "set_id": tag },
                               { "field": "custom.company_size", "op": "more_than", "value": "100" },
                               { "event": "sent", "within_days": 30 }] });
    let segment = app.admin.post("/api/segments", json!({ "name": "Follow", "rule": rule })).await;
    assert_eq!(segment["is_ready"], false);
    settle(&app).await;
    let segment = id(&segment);
    let path = format!("/api/segments/{segment}");
    assert_eq!(app.admin.get(&path).await["is_ready"], true);
    assert_eq!(members(&app.admin, &segment).await, ["Ann", "Cid"]);
    // Bob comes in by a custom field, and goes again.
    let bob = format!("/api/contacts/{}", ids[1]);
    app.admin.patch(&bob, json!({ "custom": { "company_size": "101" } })).await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Ann", "Bob", "Cid"]);
    app.admin.patch(&bob, json!({ "custom": { "company_size": null } })).await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Ann", "Cid"]);
    let timeline = app.admin.get(&format!("{bob}/timeline")).await;
    let told: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(told, ["segment_left", "segment_entered"], "{timeline}");
    // Cid goes with the tag, comes back with a city; a new person is asked as well; one who is deleted is gone.
    let who = json!({ "who": { "contact_ids": [ids[2]] } });
    app.admin.post(&format!("/api/tags/{tag}/contacts/remove"), who).await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Ann"]);
    app.admin.patch(&format!("/api/contacts/{}", ids[2]), json!({ "city": "Oslo" })).await;
    app.admin
        .post("/api/contacts", json!({ "email": "eve@example.com", "first_name": "Eve", "city": "Oslo" }))
        .await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Ann", "Cid", "Eve"]);
    let gone = app.admin.call("DELETE", &format!("/api/contacts/{}", ids[0]), &json!({})).await;
    assert_eq!(gone.status, 200);
    assert_eq!(members(&app.admin, &segment).await, ["Cid", "Eve"]);
    assert_eq!(app.admin.get(&path).await["contacts"], 2);
    // What is sent is an event; thirty days later it is none any more.
    app.campaign(one_email(), &[ids[1].clone()]).await;
    app.live(60_000, 1_000).await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Bob", "Cid", "Eve"]);
    app.advance(30 * 86_400_000).await;
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Cid", "Eve"]);
    // Another rule is asked of everybody.
    let rule = json!({ "field": "city", "op": "is", "value": "bergen" });
    assert_eq!(app.admin.patch(&path, json!({ "rule": rule })).await["is_ready"], false);
    settle(&app).await;
    assert_eq!(members(&app.admin, &segment).await, ["Bob"]);
}

async fn a_segment_is_computed_in_slices_and_says_nothing_of_its_first_members(app: TestApp) {
    // More than a slice, by the door for many.
    let mut csv = String::from("email,first_name,city\n");
    for n in 0..11_000 {
        csv += &format!("p{n}@example.com,P{n},{}\n", if n % 2 == 0 { "Oslo" } else { "Rome" });
    }
    let rule = json!({ "field": "city", "op": "is", "value": "Oslo" });
    let before = id(&app.admin.post("/api/segments", json!({ "name": "Before", "rule": rule })).await);
    settle(&app).await;
    assert_eq!(app.admin.get(&format!("/api/segments/{before}")).await["contacts"], 0);
    crate::imports::import(&app, csv, "fill", 4_000).await;
    let after = id(&app.admin.post("/api/segments", json!({ "name": "After", "rule": rule })).await);
    settle(&app).await;
    for segment in [&before, &after] {
        let got = app.admin.get(&format!("/api/segments/{segment}")).await;
        assert_eq!((&got["contacts"], &got["is_ready"]), (&json!(5_500), &json!(true)), "{got}");
    }
    // Of those who were imported, one entered a segment that was there; nobody entered one by its being made.
    let one = app.admin.get("/api/contacts?search=p10@example.com").await["data"][0].clone();
    let timeline = app.admin.get(&format!("/api/contacts/{}/timeline", id(&one))).await;
    let told: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().filter_map(|e| e["text"].as_str()).collect();
    assert_eq!(told, ["Before"], "{timeline}");
}

async fn custom_fields_hold_what_their_kind_allows(app: TestApp) {
    let (_, ids) = three(&app).await;
    let ann = format!("/api/contacts/{}", ids[0]);
    let custom = app.admin.get(&ann).await["custom"].clone();
    let expected = json!({ "company_size": "50", "since": "2020-02-29", "plan": "Gold", "vip": "true", "notes": "Likes 100% cotton_shirts" });
    assert_eq!(custom, expected);
    let bad = json!({ "custom": { "company_size": "many", "since": "tomorrow", "plan": "Bronze", "vip": "perhaps", "shoe": "43" } });
    let refused = app.admin.call("PATCH", &ann, &bad).await;
    assert_eq!(refused.brief(), "422 4001");
    let answer = refused.json();
    let told: Vec<&str> =
        answer["error"]["fields"].as_array().unwrap().iter().filter_map(|f| f["field"].as_str()).collect();
    assert_eq!(told, ["custom.company_size", "custom.plan", "custom.shoe", "custom.since", "custom.vip"]);
    assert_eq!(app.admin.get(&ann).await["custom"], expected, "nothing of it was written");
    // What is not named stays; null and an empty text clear.
    app.admin.patch(&ann, json!({ "custom": { "plan": null, "notes": "" }, "city": "Bodo" })).await;
    let now = app.admin.get(&ann).await;
    assert_eq!(now["custom"], json!({ "company_size": "50", "since": "2020-02-29", "vip": "true" }));
    // An erased person leaves no value behind, and what is handed out has them.
    let handed = app.admin.get(&format!("{ann}/export")).await;
    assert!(handed.to_string().contains("2020-02-29"), "{handed}");
    let taken = app
        .admin
        .call("POST", "/api/custom-fields", &json!({ "name": "Company SIZE", "kind": "text" }))
        .await;
    assert_eq!(taken.status, 409);
    for bad in [
        json!({ "name": " ", "kind": "text" }),
        json!({ "name": "A", "key": "Not a key", "kind": "text" }),
        json!({ "name": "2026", "kind": "text" }),
        json!({ "name": "A", "kind": "choice" }),
        json!({ "name": "A", "kind": "choice", "choices": [" "] }),
        json!({ "name": "A", "kind": "text", "choices": ["x"] }),
        json!({ "name": "A", "kind": "formula" }),
    ] {
        let refused = app.admin.call("POST", "/api/custom-fields", &bad).await;
        assert_eq!(refused.brief(), "422 4001", "{bad}");
    }
}

async fn a_field_gets_another_kind_only_where_all_values_fit(app: TestApp) {
    let (_, ids) = three(&app).await;
    let fields = app.admin.get("/api/custom-fields").await;
    let field = |key: &str| {
        id(fields["data"].as_array().unwrap().iter().find(|f| f["key"] == key).expect("the field"))
    };
    let notes = format!("/api/custom-fields/{}", field("notes"));
    let refused = app.admin.call("PATCH", &notes, &json!({ "kind": "number" })).await;
    assert_eq!(refused.status, 409);
    assert!(text(&refused).contains("Likes 100% cotton_shirts"), "{refused:?}");
    app.admin.patch(&format!("/api/contacts/{}", ids[0]), json!({ "custom": { "notes": "0012" } })).await;
    let rule = json!({ "rule": { "field": "custom.notes", "op": "is", "value": "12" } });
    assert_eq!(app.admin.post("/api/segments/preview", rule.clone()).await["contacts"], 0, "other letters");
    let now = app.admin.patch(&notes, json!({ "kind": "number", "name": "Count" })).await;
    assert_eq!(
        (&now["kind"], &now["name"], &now["key"]),
        (&json!("number"), &json!("Count"), &json!("notes"))
    );
    assert_eq!(app.admin.post("/api/segments/preview", rule).await["contacts"], 1, "the same number");
    // A choice that somebody has cannot go; one that nobody has can.
    let plan = format!("/api/custom-fields/{}", field("plan"));
    assert_eq!(app.admin.call("PATCH", &plan, &json!({ "choices": ["Gold"] })).await.status, 409);
    let more = app.admin.patch(&plan, json!({ "choices": ["gold", "Silver", "Bronze"] })).await;
    assert_eq!(more["choices"], json!(["gold", "Silver", "Bronze"]));
    assert_eq!(
        app.admin.get(&format!("/api/contacts/{}", ids[0])).await["custom"]["plan"],
        "gold",
        "as it is written now"
    );
}

async fn what_segments_ask_for_is_not_taken_away(app: TestApp) {
    let (tag, _) = three(&app).await;
    let rule = json!({ "all": [{ "set_id": tag }, { "not": { "field": "custom.vip", "op": "is", "value": "true" } }] });
    let segment = id(&app.admin.post("/api/segments", json!({ "name": "Needs both", "rule": rule })).await);
    let fields = app.admin.get("/api/custom-fields").await;
    let vip = id(fields["data"].as_array().unwrap().iter().find(|f| f["key"] == "vip").expect("the field"));
    for path in [format!("/api/tags/{tag}"), format!("/api/custom-fields/{vip}")] {
        let refused = app.admin.call("DELETE", &path, &json!({})).await;
        assert_eq!(refused.status, 409, "{path}");
        assert!(text(&refused).contains("Needs both"), "{refused:?}");
    }
    assert_eq!(app.admin.call("DELETE", &format!("/api/segments/{segment}"), &json!({})).await.status, 200);
    for path in [format!("/api/tags/{tag}"), format!("/api/custom-fields/{vip}")] {
        assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200, "{path}");
    }
    let all = app.admin.get("/api/contacts").await;
    assert_eq!(all["total"], 3);
    assert!(
        all["data"]
            .as_array()
            .unwrap()
            .iter()
            .all(|c| c["tags"] == json!([]) && c["custom"]["vip"].is_null())
    );
    settle(&app).await;
}

async fn tags_and_lists_are_put_on_many_at_once(app: TestApp) {
    let people = app.crowd(25).await;
    let list = id(&app.admin.post("/api/lists", json!({ "name": "Fair 2026" })).await);
    let path = format!("/api/lists/{list}/contacts");
    let all = json!({ "who": { "all": true } });
    assert_eq!(app.admin.post(&path, json!({ "who": { "contact_ids": people[..5] } })).await["changed"], 5);
    assert_eq!(app.admin.post(&path, all.clone()).await["changed"], 20, "five were on it");
    assert_eq!(app.admin.post(&path, all.clone()).await["changed"], 0);
    let listed = app.admin.get("/api/lists").await;
    assert_eq!(listed["data"][0]["contacts"], 25);
    let some = json!({ "who": { "set_id": list, "contact_ids": people[..3] } });
    assert_eq!(app.admin.post(&format!("{path}/remove"), some).await["changed"], 3);
    assert_eq!(app.admin.get(&format!("/api/contacts?set_id={list}")).await["total"], 22);
    // Names are told apart without case and spaces, each kind by itself.
    let twice = app.admin.call("POST", "/api/lists", &json!({ "name": " fair   2026 " })).await;
    assert_eq!(twice.status, 409);
    let tag = app.admin.post("/api/tags", json!({ "name": "Fair 2026" })).await;
    for n in 0..5 {
        app.admin.post("/api/tags", json!({ "name": format!("Tag {n}") })).await;
    }
    let first = app.admin.get("/api/tags?limit=4").await;
    let cursor = url(first["next_cursor"].as_str().expect("there is more"));
    let second = app.admin.get(&format!("/api/tags?limit=4&cursor={cursor}")).await;
    let mut seen: Vec<&str> = Vec::new();
    for page in [&first, &second] {
        seen.extend(page["data"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()));
    }
    assert_eq!(seen, ["Fair 2026", "Tag 0", "Tag 1", "Tag 2", "Tag 3", "Tag 4"]);
    assert_eq!(app.admin.get("/api/tags?search=AG%203").await["data"].as_array().unwrap().len(), 1);
    let renamed = app.admin.patch(&format!("/api/tags/{}", id(&tag)), json!({ "name": "Fair" })).await;
    assert_eq!(renamed["name"], "Fair");
}

async fn members_see_the_sets_but_only_their_own_people_in_them(app: TestApp) {
    let (ines, ron) = (app.member("rep").await, app.member("rep").await);
    let hers =
        id(&ines.post("/api/contacts", json!({ "email": "hers@example.com", "first_name": "Hers" })).await);
    let his =
        id(&ron.post("/api/contacts", json!({ "email": "his@example.com", "first_name": "His" })).await);
    let tag = id(&app.admin.post("/api/tags", json!({ "name": "Both" })).await);
    let path = format!("/api/tags/{tag}/contacts");
    app.admin.post(&path, json!({ "who": { "contact_ids": [hers, his] } })).await;
    let segment =
        id(&app.admin.post("/api/segments", json!({ "name": "Both", "rule": { "set_id": tag } })).await);
    settle(&app).await;
    for (client, name) in [(&ines, "Hers"), (&ron, "His")] {
        assert_eq!(members(client, &tag).await, [name]);
        assert_eq!(members(client, &segment).await, [name]);
        assert_eq!(client.get("/api/tags").await["data"][0]["contacts"], 1);
        assert_eq!(client.get(&format!("/api/segments/{segment}")).await["contacts"], 1);
        let found = client.post("/api/segments/preview", json!({ "rule": { "set_id": tag } })).await;
        assert_eq!((&found["contacts"], &found["sample"][0]["first_name"]), (&json!(1), &json!(name)));
    }
    // What is his she can neither name nor sweep along.
    let named = ines.call("POST", &path, &json!({ "who": { "contact_ids": [his] } })).await;
    assert_eq!(named.status, 404);
    let swept = ines.post(&format!("{path}/remove"), json!({ "who": { "all": true } })).await;
    assert_eq!(swept["changed"], 1);
    assert_eq!(members(&app.admin, &tag).await, ["His"]);
    for (method, path) in
        [("DELETE", format!("/api/tags/{tag}")), ("DELETE", format!("/api/segments/{segment}"))]
    {
        assert_eq!(ines.call(method, &path, &json!({})).await.status, 403);
    }
    // Another workspace knows none of it.
    let (_, stranger) = app.neighbour(2).await;
    for path in [format!("/api/segments/{segment}"), format!("/api/contacts?set_id={tag}")] {
        assert_eq!(stranger.call("GET", &path, &json!({})).await.status, 404, "{path}");
    }
    let foreign = stranger.call("POST", "/api/segments/preview", &json!({ "rule": { "set_id": tag } })).await;
    assert_eq!(foreign.status, 404);
}

async fn bad_rules_are_refused_where_they_are_wrong(app: TestApp) {
    let deep = (0..200).fold(json!({ "all": [] }), |inner, _| json!({ "not": inner }));
    let cases = [
        (json!({ "all": [{ "field": "salary", "op": "is", "value": "1" }] }), "rule.all[0].field"),
        (json!({ "field": "custom.gone", "op": "exists" }), "rule.field"),
        (
            json!({ "any": [{ "all": [] }, { "field": "city", "op": "before", "value": "2026-01-01" }] }),
            "rule.any[1].op",
        ),
        (json!({ "field": "city", "op": "resembles", "value": "x" }), "rule"),
        (json!({ "field": "city", "op": "is", "value": 7 }), "rule"),
        (json!({ "all": [], "any": [] }), "rule"),
        (json!({ "within_days": 3 }), "rule"),
        (json!([]), "rule"),
        (json!("city = 'Oslo' or 1 = 1"), "rule"),
        (deep, "rule"),
    ];
    for (rule, place) in cases {
        for (method, path, body) in [
            ("POST", "/api/segments/preview", json!({ "rule": rule })),
            ("POST", "/api/segments", json!({ "name": "Bad", "rule": rule })),
        ] {
            let refused = app.admin.call(method, path, &body).await;
            assert!([400, 422].contains(&refused.status.as_u16()), "{path} {rule}: {refused:?}");
            refused.assert_error_shape(path);
            let answer = refused.json();
            let field = answer["error"]["fields"][0]["field"].as_str().unwrap_or_default();
            // One that is too deep to be read is no rule at all.
            assert!(refused.status == 400 || field.starts_with(place), "{rule}: {field} instead of {place}");
        }
        let listed = app
            .admin
            .call("GET", &format!("/api/contacts?rule={}", url(&rule.to_string())), &json!({}))
            .await;
        assert!([400, 422].contains(&listed.status.as_u16()), "{rule}: {listed:?}");
    }
    assert_eq!(app.admin.get("/api/segments").await["data"], json!([]));
    // One that contradicts itself is no mistake: it finds nobody.
    let rule = json!({ "all": [{ "field": "city", "op": "exists" }, { "field": "city", "op": "missing" }] });
    assert_eq!(app.admin.post("/api/segments/preview", json!({ "rule": rule })).await["contacts"], 0);
}

async fn a_campaign_is_for_a_segment(app: TestApp) {
    let (tag, _) = three(&app).await;
    let rule = json!({ "all": [{ "set_id": tag }, { "field": "email", "op": "exists" }] });
    let segment = id(&app.admin.post("/api/segments", json!({ "name": "Mail", "rule": rule })).await);
    settle(&app).await;
    let campaign = app.campaign_with(one_email(), &[], json!({ "audience": { "set_id": segment } })).await;
    let people = app.people(&campaign).await;
    assert_eq!(people.len(), 1, "{people:?}");
    assert_eq!(people[0]["contact_name"], "Ann Lee", "{people:?}");
}
