//! Many contacts deleted at once, and brought back: the rows of the database are afterwards those of before, nothing is
//! sent twice or to somebody who has gone, and who has moved on since is left alone.

use crate::{
    bulk::{CROWD, bulk, came_back, counts, look, me, named, path, undo, with_kills},
    imports::{Dice, claim},
    inbox::heard_from,
    kit::*,
    segments::settle,
    store::{claim as claim_messages, outcome},
};
use domain::message::Status;
use overture::bulk_actions::run::run_in_rounds;
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    who_was_deleted_comes_back_to_the_letter,
    many_go_as_one_goes,
    a_killed_deletion_and_a_killed_undo_lose_nobody,
    a_deletion_that_was_stopped_is_undone_as_far_as_it_came,
    who_has_moved_on_since_is_left_as_they_are,
    who_answered_meanwhile_is_not_written_to,
    nobody_is_sent_a_step_twice_after_an_undo,
    what_was_leaving_when_its_people_went_has_left,
    a_rep_deletes_and_brings_back_their_own,
    who_is_erased_is_not_kept_as_deleted_either,
}

fn delete() -> Value {
    json!({ "kind": "delete" })
}

/// Every row that has to do with people, as it is in the database.
async fn rows(app: &TestApp) -> BTreeMap<&'static str, Vec<String>> {
    let tables = [
        ("contacts", "*"),
        ("custom_values", "*"),
        ("set_members", "*"),
        ("contact_addresses", "*"),
        ("consents", "*"),
        ("icp_scores", "*"),
        ("icp_changes", "*"),
        ("import_changes", "*"),
        ("bulk_changes", "*"),
        ("enrollments", "*"),
        ("tasks", "*"),
        ("targets", "*"),
        ("merges", "*"),
        ("conversations", "*"),
        ("messages", "*"),
        ("events", "*"),
        ("search_documents", "kind, subject_id, words"),
    ];
    let tx = app.app.db.begin().await.unwrap();
    let mut all = BTreeMap::new();
    for (table, columns) in tables {
        let sql = format!("select {columns} from {table}");
        let statement = Statement::from_string(tx.get_database_backend(), sql);
        let found = tx.query_all_raw(statement).await.unwrap();
        let mut found: Vec<String> =
            found.iter().map(|row| JsonValue::from_query_result(row, "").unwrap().to_string()).collect();
        found.sort();
        all.insert(table, found);
    }
    all
}

fn assert_same(now: &BTreeMap<&str, Vec<String>>, before: &BTreeMap<&str, Vec<String>>) {
    for (table, rows) in before {
        assert_eq!(&now[table], rows, "{table}");
    }
}

/// People with everything that a contact can have.
async fn full(app: &TestApp) -> Vec<String> {
    app.admin.post("/api/custom-fields", json!({ "name": "Plan", "kind": "text" })).await;
    app.admin.post("/api/custom-fields", json!({ "name": "Seats", "kind": "number" })).await;
    let points = json!([{ "label": "", "field": "title", "op": "is", "values": ["CTO"], "weight": 50 }]);
    app.admin.post("/api/icp-profiles", json!({ "name": "Fit", "criteria": points })).await;
    let rule = json!({ "field": "city", "op": "is", "value": "Oslo" });
    app.admin.post("/api/segments", json!({ "name": "Oslo", "rule": rule })).await;
    let csv = "email,first_name,title\nimp@x.example,Imp,CTO\n";
    crate::imports::import(app, csv, "fill", 4_000).await;
    while overture::search::keep_up(app.app.clone()).await.unwrap() {}
    let ann = app
        .contact(json!({
            "email": "Ann@People.example", "phone": ANN, "first_name": "Ann", "last_name": "Lee", "company": "Acme",
            "title": "CTO", "city": "Oslo", "custom": { "plan": "Gold", "seats": "2.5" },
        }))
        .await;
    let other = app.contact(json!({ "email": "a.lee@other.example", "first_name": "Ann" })).await;
    app.admin.post(&format!("/api/contacts/{ann}/merge"), json!({ "other_id": other })).await;
    let number = json!({ "kind": "telegram", "value": "@ann_lee" });
    app.admin.post(&format!("/api/contacts/{ann}/addresses"), number).await;
    let said = json!({ "channel": "sms", "state": "given", "source": "Form" });
    app.admin.post(&format!("/api/contacts/{ann}/consents"), said).await;
    let target = app.admin.post("/api/targets", json!({ "name": "Ann Lee", "email": "t@x.example" })).await;
    let to = format!("/api/targets/{}/convert", target["id"].as_str().unwrap());
    app.admin.call("POST", &to, &json!({})).await;
    let people = [vec![ann], app.crowd(6).await].concat();
    for (nouns, name) in [("tags", "VIP"), ("lists", "Fair")] {
        let set = named(app, nouns, name).await;
        let some = json!({ "who": { "contact_ids": people[..3] } });
        app.admin.post(&format!("/api/{nouns}/{set}/contacts"), some).await;
    }
    bulk(&app.admin, json!({ "all": true }), json!({ "kind": "set_status", "status": "New" })).await;
    heard_from(app, "SM1", ANN, "Hello").await;
    settle(app).await;
    app.admin.patch(&format!("/api/contacts/{}", people[0]), json!({ "title": "CEO" })).await;
    // One campaign at a wait, one with its message queued, one that asks for a call.
    app.campaign(chain(vec![wait("W1", DAY), sms("T1", "Hi")]), &people[1..4]).await;
    app.run_due().await;
    app.admin.post("/api/sending/stop", json!({})).await;
    app.campaign(one_email(), &people[..5]).await;
    let call = json!({ "kind": "call", "title": "Call", "due_seconds": 3600 });
    let task = json!({ "key": "C1", "type": "task", "name": "C1", "config": call, "x": 0, "y": 0 });
    app.campaign(chain(vec![task, sms("T1", "Hi")]), &people[2..4]).await;
    app.run_due().await;
    app.write("by-hand-1", "email", "p3@people.example", "Good day").await;
    settle(app).await;
    app.clock.advance(HOUR);
    people
}

async fn total(app: &TestApp) -> i64 {
    app.admin.get("/api/contacts?limit=1").await["total"].as_i64().unwrap()
}

async fn who_was_deleted_comes_back_to_the_letter(app: TestApp) {
    full(&app).await;
    let everybody = total(&app).await;
    let before = rows(&app).await;
    for table in before.keys().filter(|table| **table != "import_changes") {
        assert!(!before[table].is_empty(), "the test has nothing in {table}");
    }
    for _ in 0..2 {
        let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(counts(&done), [everybody, everybody, 0]);
        assert_eq!((total(&app).await, &done["target"]), (0, &Value::Null));
        let gone = rows(&app).await;
        for table in [
            "contacts",
            "enrollments",
            "tasks",
            "merges",
            "icp_scores",
            "consents",
            "custom_values",
            "set_members",
        ] {
            assert!(gone[table].is_empty(), "{table}: {:?}", gone[table]);
        }
        assert!(!gone["search_documents"].iter().any(|row| row.contains("\"contact\"")));
        assert!(!app.statuses().await.contains(&"queued".to_owned()));
        app.clock.advance(MINUTE);
        let back = undo(&app.admin, &done).await;
        assert_eq!(came_back(&back), ("done", everybody, 0));
        assert_same(&rows(&app).await, &before);
    }
    // Segments and scores find nothing that became otherwise.
    settle(&app).await;
    assert_same(&rows(&app).await, &before);
    // What was asked for before the deletion can still be undone; one has answered since, which is another status.
    let all = app.admin.get("/api/bulk-actions").await["data"].clone();
    let set = all.as_array().unwrap().last().unwrap();
    assert_eq!(came_back(&undo(&app.admin, set).await), ("done", everybody - 1, 1));
    let merge = app.admin.get("/api/merges").await["data"][0]["id"].as_str().unwrap().to_owned();
    app.admin.post(&format!("/api/merges/{merge}/undo"), json!({})).await;
    assert_eq!(total(&app).await, everybody + 1);
}

/// What is left of deleted contacts is the same, whichever way they went.
async fn many_go_as_one_goes(app: TestApp) {
    let people = full(&app).await;
    let before = rows(&app).await;
    let done = bulk(&app.admin, json!({ "contact_ids": people }), delete()).await;
    let mut many = rows(&app).await;
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 7, 0));
    assert_same(&rows(&app).await, &before);
    for id in &people {
        app.admin.call("DELETE", &format!("/api/contacts/{id}"), &json!({})).await;
    }
    let mut one_by_one = rows(&app).await;
    many.remove("bulk_changes");
    one_by_one.remove("bulk_changes");
    assert_same(&one_by_one, &many);
}

async fn a_killed_deletion_and_a_killed_undo_lose_nobody(app: TestApp) {
    let people = app.crowd(CROWD).await;
    app.admin.post("/api/sending/stop", json!({})).await;
    app.campaign(one_email(), &people[..60]).await;
    app.run_due().await;
    let before = rows(&app).await;
    let mut dice = Dice(11);
    let asked = bulk(&app.admin, json!({ "search": "number" }), delete()).await;
    assert_eq!(asked["status"], "queued", "{asked}");
    let kills = with_kills(&app, &asked, &mut dice, |bulk| bulk["changed"].as_i64().unwrap()).await;
    let done = look(&app, &asked).await;
    assert_eq!((counts(&done), total(&app).await), ([230, 230, 0], 0), "{kills} kills");
    assert_eq!(app.statuses().await, vec!["cancelled"; 60]);
    undo(&app.admin, &asked).await;
    let of = |bulk: &Value| bulk["undo"]["undone"].as_i64().unwrap();
    let back = with_kills(&app, &asked, &mut dice, of).await;
    assert_eq!(came_back(&look(&app, &asked).await["undo"]), ("done", 230, 0), "{back} kills");
    assert_same(&rows(&app).await, &before);
    assert!(kills > 0 && back > 0, "{kills} and {back} kills");
}

async fn a_deletion_that_was_stopped_is_undone_as_far_as_it_came(app: TestApp) {
    app.crowd(CROWD).await;
    let before = rows(&app).await;
    let asked = bulk(&app.admin, json!({ "all": true }), delete()).await;
    let job = claim(&app, "first").await.unwrap();
    let id = job.id.clone();
    let some = async { while look(&app, &asked).await["changed"] == 0 {} };
    tokio::select! {
        outcome = run_in_rounds(&app.app, job, "first", 2) => outcome.unwrap(),
        () = some => {}
    }
    store::job::retry(&app.app.db, &id, "first", "killed", 0).await.unwrap();
    let second = claim(&app, "second").await.unwrap();
    app.admin.post(&format!("/api/jobs/{id}/cancel"), json!({})).await;
    run_in_rounds(&app.app, second, "second", 2).await.unwrap();
    let stopped = look(&app, &asked).await;
    let changed = stopped["changed"].as_i64().unwrap();
    assert!(changed > 0 && changed < 230 && stopped["status"] == "cancelled", "{stopped}");
    assert_eq!(total(&app).await, 230 - changed);
    assert_eq!(came_back(&undo(&app.admin, &asked).await), ("done", changed, 0));
    assert_same(&rows(&app).await, &before);
}

async fn who_has_moved_on_since_is_left_as_they_are(app: TestApp) {
    let people = app.crowd(5).await;
    let (tag, list) = (named(&app, "tags", "VIP").await, named(&app, "lists", "Fair").await);
    let field = app.admin.post("/api/custom-fields", json!({ "name": "Plan", "kind": "text" })).await;
    let some = json!({ "who": { "contact_ids": people } });
    for set in [format!("/api/tags/{tag}"), format!("/api/lists/{list}")] {
        app.admin.post(&format!("{set}/contacts"), some.clone()).await;
    }
    let values = json!({ "company": "Acme", "custom": { "plan": "Gold" } });
    app.admin.patch(&format!("/api/contacts/{}", people[2]), values).await;
    let thread = heard_from(&app, "SM1", "+14155550003", "Hello").await;
    let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
    // One is there again, one is a further address of somebody, a tag and a field are gone, a company has another name,
    // and a thread was given to somebody else.
    let again = app.contact(json!({ "email": "P0@people.example", "first_name": "New" })).await;
    let further = json!({ "kind": "email", "value": "p1@people.example" });
    app.admin.post(&format!("/api/contacts/{again}/addresses"), further).await;
    app.admin.call("DELETE", &format!("/api/tags/{tag}"), &json!({})).await;
    let field = field["id"].as_str().unwrap();
    app.admin.call("DELETE", &format!("/api/custom-fields/{field}"), &json!({})).await;
    let company = app.admin.get("/api/companies").await["data"][0]["id"].as_str().unwrap().to_owned();
    app.admin.patch(&format!("/api/companies/{company}"), json!({ "name": "Acme Group" })).await;
    app.admin.post(&format!("/api/conversations/{thread}/link"), json!({ "contact_id": again })).await;
    let back = undo(&app.admin, &done).await;
    assert_eq!(came_back(&back), ("done", 3, 2));
    let one = async |id: &str| app.admin.get(&format!("/api/contacts/{id}")).await;
    assert_eq!(one(&again).await["first_name"], "New");
    let third = one(&people[2]).await;
    assert_eq!((&third["company"], &third["company_id"]), (&json!("Acme Group"), &json!(company)));
    assert_eq!((&third["tags"], &third["custom"]), (&json!([]), &json!({})));
    assert_eq!(app.admin.get(&format!("/api/contacts?set_id={list}")).await["total"], 3);
    let thread = app.admin.get(&format!("/api/conversations/{thread}")).await;
    assert_eq!(thread["contact_id"], json!(again), "{thread}");
    for gone in &people[..2] {
        assert_eq!(app.admin.call("GET", &format!("/api/contacts/{gone}"), &json!({})).await.status, 404);
    }
    assert_eq!(app.admin.call("POST", &path(&done, "/undo"), &json!({})).await.status, 409);
}

async fn who_answered_meanwhile_is_not_written_to(app: TestApp) {
    let people = app.crowd(2).await;
    let campaign =
        app.campaign(chain(vec![sms("T1", "One"), wait("W1", DAY), sms("T2", "Two")]), &people).await;
    app.run_due().await;
    let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
    assert_eq!(app.people(&campaign).await.len(), 0);
    app.clock.advance(HOUR);
    heard_from(&app, "SM1", "+14155550001", "Tell me more").await;
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 2, 0));
    app.advance(2 * DAY).await;
    let mut texts: Vec<(String, String)> = Vec::new();
    for message in app.sent().await {
        texts.push((message["contact_id"].to_string(), message["text"].as_str().unwrap().to_owned()));
    }
    texts.retain(|(_, text)| text == "Two");
    assert_eq!(texts, [(json!(people[0]).to_string(), "Two".to_owned())]);
    let answer = &app.received().await[0];
    assert_eq!(answer["contact_id"], json!(people[1]), "{answer}");
}

async fn nobody_is_sent_a_step_twice_after_an_undo(app: TestApp) {
    let people = app.crowd(20).await;
    app.admin.post("/api/sending/stop", json!({})).await;
    app.campaign(chain(vec![sms("T1", "One"), wait("W1", MINUTE), sms("T2", "Two")]), &people).await;
    app.run_due().await;
    let by_hand = app.write("by-hand-1", "email", "p0@people.example", "Good day").await;
    let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
    app.admin.post("/api/sending/resume", json!({})).await;
    app.advance(3 * HOUR).await;
    assert_eq!((app.world.taken("sms").await, app.world.taken("email").await), (0, 0));
    undo(&app.admin, &done).await;
    app.advance(HOUR).await;
    app.advance(DAY).await;
    let texts: Vec<Value> = app.world.letters("sms").await;
    let mut seen = std::collections::BTreeSet::new();
    for text in &texts {
        assert!(seen.insert((text["to"].to_string(), text["text"].to_string())), "twice: {text}");
    }
    // What came due while they were gone is too late by its campaign's rule; the next step goes on from there.
    let of = |text: &str| texts.iter().filter(|letter| letter.to_string().contains(text)).count();
    assert_eq!((of("One"), of("Two")), (0, 20), "{texts:#?}");
    // What was written by hand three hours ago is not meant any more.
    assert_eq!(app.message(&by_hand["id"]).await["status"], "cancelled");
}

async fn what_was_leaving_when_its_people_went_has_left(app: TestApp) {
    let people = app.crowd(3).await;
    let campaign =
        app.campaign(chain(vec![sms("T1", "One"), wait("W1", MINUTE), sms("T2", "Two")]), &people).await;
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    let leaving = claim_messages(&app, &app.app.db, "node", 60_000).await;
    assert_eq!(leaving.len(), 3);
    let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
    let ends = leaving.iter().zip([Status::Sent, Status::Failed, Status::Uncertain]);
    let outcomes: Vec<_> =
        ends.map(|(message, status)| outcome(&app, message, message.attempt, status)).collect();
    store::outbox::record(&app.app.db, "node", &outcomes, app.clock.now()).await.unwrap();
    undo(&app.admin, &done).await;
    let mut stand: Vec<String> =
        app.people(&campaign).await.iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect();
    stand.sort();
    assert_eq!(stand, ["active", "failed", "waiting"]);
}

async fn a_rep_deletes_and_brings_back_their_own(app: TestApp) {
    let people = app.crowd(4).await;
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let give = async |to: &Client, ids: &[String]| {
        let give = json!({ "owner_id": me(to).await, "who": { "contact_ids": ids } });
        app.admin.post("/api/contacts/assign", give).await;
    };
    give(&rita, &people[..2]).await;
    give(&ron, &people[2..]).await;
    let others = json!({ "who": { "contact_ids": people[1..3] }, "action": delete() });
    assert_eq!(rita.call("POST", "/api/contacts/bulk", &others).await.brief(), "404 404");
    let hers = bulk(&rita, json!({ "all": true }), delete()).await;
    assert_eq!((counts(&hers), total(&app).await), ([2, 2, 0], 2));
    assert_eq!(ron.call("POST", &path(&hers, "/undo"), &json!({})).await.brief(), "404 404");
    assert_eq!(came_back(&undo(&rita, &hers).await), ("done", 2, 0));
    // Of whom a manager deleted, a rep brings nobody back.
    let all = bulk(&app.admin, json!({ "all": true }), delete()).await;
    assert_eq!(rita.call("POST", &path(&all, "/undo"), &json!({})).await.brief(), "404 404");
    let (_, stranger) = app.neighbour(2).await;
    assert_eq!(stranger.call("POST", &path(&all, "/undo"), &json!({})).await.brief(), "404 404");
    assert_eq!(came_back(&undo(&app.admin, &all).await), ("done", 4, 0));
}

async fn who_is_erased_is_not_kept_as_deleted_either(app: TestApp) {
    app.crowd(3).await;
    let done = bulk(&app.admin, json!({ "all": true }), delete()).await;
    for (n, address) in
        [json!({ "email": "p0@people.example" }), json!({ "phone": "+14155550001" })].iter().enumerate()
    {
        let again = app.contact(address.clone()).await;
        let export = app.admin.get(&format!("/api/contacts/{again}/export")).await;
        assert_eq!(export["deleted_contacts"].as_array().unwrap().len(), 1, "{export}");
        let confirm = address.as_object().unwrap().values().next().unwrap();
        let erased =
            app.admin.post(&format!("/api/contacts/{again}/erase"), json!({ "confirm": confirm })).await;
        assert_eq!(erased["erased"]["deleted_contacts"], 1, "{n}: {erased}");
    }
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 1, 2));
    app.clock.advance(domain::bulk::UNDO_MS + 1);
    let last = bulk(&app.admin, json!({ "all": true }), delete()).await;
    app.clock.advance(domain::bulk::UNDO_MS + 1);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    assert_eq!(store::bulk::forget(&app.app.db, i64::MAX).await.unwrap(), 0, "somebody is still kept");
    assert_eq!(look(&app, &last).await["undo"]["status"], "expired");
}
