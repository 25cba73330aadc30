//! What an import puts beside the standard fields (custom fields, tags, a list), and its undo (P01, ux.md 1.6): who
//! was not touched since is afterwards as before, to the letter; who was stays, and is counted.

use crate::{
    imports::{Dice, claim, look, uploaded},
    kit::*,
};
use overture::imports::{run::run_in_transactions, undo::run_in_rounds};
use serde_json::{Value, json};
use std::task::Poll;
use store::job;

both! {
    columns_become_custom_fields_tags_and_a_list,
    who_has_a_further_address_is_met_by_it,
    a_field_that_changes_under_an_import_ends_it,
    bad_rules_are_told_where_they_are_wrong,
    what_an_import_did_is_undone_to_the_letter,
    who_was_touched_since_stays_and_is_counted,
    a_killed_undo_goes_on_where_it_stopped,
    an_undo_that_was_stopped_can_be_asked_for_again,
    an_import_is_undone_once_and_for_thirty_days,
}

/// Fields, a list, and two people who are known already.
async fn world(app: &TestApp) -> String {
    for field in [
        json!({ "name": "Seats", "kind": "number" }),
        json!({ "name": "Plan", "kind": "choice", "choices": ["Gold", "Silver"] }),
    ] {
        app.admin.post("/api/custom-fields", field).await;
    }
    let known = json!({ "email": "ann@x.example", "city": "Oslo", "custom": { "seats": "5" } });
    app.admin.post("/api/contacts", known).await;
    app.admin.post("/api/contacts", json!({ "email": "bob@x.example", "company": "Acme" })).await;
    app.admin.post("/api/lists", json!({ "name": "Fair" })).await["id"].as_str().unwrap().to_owned()
}

/// Starts an import with everything that there is to choose.
async fn start(app: &TestApp, file: &str, on_match: &str, list: Option<&str>, tags: &[&str]) -> Value {
    let made = uploaded(&app.admin, file).await;
    let mapping = json!({
        "email": "email", "first": "first_name", "company": "company", "seats": "custom.seats", "plan": "custom.plan",
    });
    let rules = json!({
        "mapping": mapping, "default_country": "US", "on_match": on_match, "tags": tags, "list_id": list,
    });
    app.admin.post(&path(&made, "start"), rules).await;
    made
}

async fn import(
    app: &TestApp,
    file: &str,
    on_match: &str,
    list: Option<&str>,
    tags: &[&str],
    rows: i64,
) -> Value {
    let made = start(app, file, on_match, list, tags).await;
    run_in_transactions(&app.app, claim(app, "tester").await.unwrap(), "tester", rows).await.unwrap();
    look(app, &made).await
}

fn path(import: &Value, action: &str) -> String {
    format!("/api/imports/{}/{action}", import["id"].as_str().unwrap())
}

async fn undo(app: &TestApp, import: &Value, limit: i64) -> Value {
    let asked = app.admin.post(&path(import, "undo"), json!({})).await;
    assert_eq!(asked["undo"]["status"], "running", "{asked}");
    run_in_rounds(&app.app, claim(app, "tester").await.unwrap(), "tester", limit).await.unwrap();
    look(app, import).await["undo"].clone()
}

/// Everything that can be seen of all contacts, without when they changed.
async fn everybody(app: &TestApp) -> Vec<Value> {
    let mut people = app.admin.get("/api/contacts?limit=200").await["data"].as_array().unwrap().clone();
    for person in &mut people {
        person.as_object_mut().unwrap().remove("updated_at").unwrap();
    }
    people.sort_by_key(|person| person["id"].to_string());
    people
}

async fn person(app: &TestApp, email: &str) -> Value {
    let found = app.admin.get(&format!("/api/contacts?search={email}")).await;
    found["data"][0].clone()
}

fn tags(person: &Value) -> Vec<&str> {
    person["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect()
}

fn numbers(undo: &Value) -> [i64; 4] {
    ["removed", "restored", "edited", "in_use"].map(|name| undo[name].as_i64().unwrap())
}

const FILE: &str = "email,first,company,seats,plan
ann@x.example,Ann,Beta,12,gold
bob@x.example,Bob,,,
cid@x.example,Cid,Beta,7,Silver
dan@x.example,Dan,,many,Gold
eve@x.example,Eve,,,Bronze
cid@x.example,,,8,
";

async fn columns_become_custom_fields_tags_and_a_list(app: TestApp) {
    let list = world(&app).await;
    app.admin.post("/api/tags", json!({ "name": "Spring" })).await;
    for (on_match, rows, ann, cid) in [("overwrite", 2, "12", "8"), ("fill", 100, "5", "7")] {
        let before = everybody(&app).await;
        let done = import(&app, FILE, on_match, Some(&list), &["spring", "VIP"], rows).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(done["list"], json!({ "id": list, "name": "Fair" }));
        assert_eq!(done["tags"][1]["name"], "VIP");
        let causes: Vec<&str> =
            done["causes"].as_array().unwrap().iter().map(|cause| cause["cause"].as_str().unwrap()).collect();
        assert_eq!(
            causes,
            ["Plan: not one of the choices", "Seats: not a number such as 12 or 3.5"],
            "{done}"
        );
        let ann_now = person(&app, "ann@x").await;
        assert_eq!((ann_now["custom"]["seats"].as_str(), tags(&ann_now)), (Some(ann), vec!["Spring", "VIP"]));
        assert_eq!(ann_now["custom"]["plan"], "Gold");
        let cid_now = person(&app, "cid@x").await;
        assert_eq!((cid_now["custom"]["seats"].as_str(), tags(&cid_now)), (Some(cid), vec!["Spring", "VIP"]));
        let on_list = app.admin.get(&format!("/api/contacts?set_id={list}")).await;
        assert_eq!(on_list["data"].as_array().unwrap().len(), 3, "{on_list}");
        let undone = undo(&app, &done, 1).await;
        assert_eq!((undone["status"].as_str(), numbers(&undone)), (Some("done"), [1, 2, 0, 0]), "{on_match}");
        assert_eq!(everybody(&app).await, before, "{on_match}");
    }
    // Who is left alone gets nothing.
    import(&app, FILE, "skip", Some(&list), &["Late"], 3).await;
    assert_eq!(tags(&person(&app, "ann@x").await), Vec::<&str>::new());
    assert_eq!(tags(&person(&app, "cid@x").await), ["Late"]);
}

async fn who_has_a_further_address_is_met_by_it(app: TestApp) {
    world(&app).await;
    // Enough rows that meet nobody: the next chunks are written without a look before.
    let mut file = String::from("email,first,company,seats,plan\n");
    for n in 0..20 {
        file += &format!("p{n}@x.example,P{n},,,\n");
    }
    import(&app, &file, "fill", None, &[], 5).await;
    let ann = person(&app, "ann@x").await["id"].as_str().unwrap().to_owned();
    let address = json!({ "kind": "email", "value": "Ann@home.example" });
    app.admin.post(&format!("/api/contacts/{ann}/addresses"), address).await;
    let file =
        "email,first,company,seats,plan\nq1@x.example,Q,,,\nann@HOME.example,Ann,Beta,,\nq2@x.example,Q,,,\n";
    for rows in [1, 50] {
        let done = import(&app, file, "overwrite", None, &[], rows).await;
        let met: Vec<i64> =
            ["created", "updated", "unchanged"].iter().map(|name| done[name].as_i64().unwrap()).collect();
        assert_eq!(met, [2, 1, 0], "chunks of {rows}: {done}");
        let now = person(&app, "ann@x").await;
        assert_eq!((now["company"].as_str(), now["email"].as_str()), (Some("Beta"), Some("ann@x.example")));
        undo(&app, &done, 10).await;
        assert_eq!(person(&app, "ann@x").await["company"], Value::Null, "chunks of {rows}");
    }
}

async fn a_field_that_changes_under_an_import_ends_it(app: TestApp) {
    world(&app).await;
    let fields = app.admin.get("/api/custom-fields").await["data"].clone();
    let id = |at: usize| fields[at]["id"].as_str().unwrap();
    let made = start(&app, FILE, "fill", None, &[]).await;
    app.admin.patch(&format!("/api/custom-fields/{}", id(0)), json!({ "kind": "text" })).await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 2).await.unwrap();
    let failed = look(&app, &made).await;
    assert_eq!(
        (failed["status"].as_str(), failed["created"].as_i64()),
        (Some("failed"), Some(0)),
        "{failed}"
    );
    assert!(failed["error"].as_str().unwrap().contains("The field Seats was changed"), "{failed}");
    // One that is deleted is not missed.
    let made = start(&app, FILE, "fill", None, &[]).await;
    app.admin.call("DELETE", &format!("/api/custom-fields/{}", id(1)), &json!({})).await;
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 2).await.unwrap();
    let done = look(&app, &made).await;
    assert_eq!(done["status"], "completed", "{done}");
    assert_eq!(person(&app, "cid@x").await["custom"], json!({ "seats": "7" }));
}

async fn bad_rules_are_told_where_they_are_wrong(app: TestApp) {
    let list = world(&app).await;
    let made = uploaded(&app.admin, FILE).await;
    let (_, stranger) = app.neighbour(2).await;
    let theirs = stranger.post("/api/lists", json!({ "name": "Theirs" })).await["id"].clone();
    let tag = app.admin.post("/api/tags", json!({ "name": "No list" })).await["id"].clone();
    let many: Vec<String> = (0..21).map(|n| format!("T{n}")).collect();
    let good = json!({ "email": "email" });
    for (rules, field) in [
        (json!({ "mapping": { "email": "email", "seats": "custom.nothing" } }), "mapping.seats"),
        (
            json!({ "mapping": { "email": "email", "seats": "custom.seats", "plan": "custom.seats" } }),
            "mapping.seats",
        ),
        (json!({ "mapping": good, "tags": many }), "tags"),
        (json!({ "mapping": good, "tags": [" "] }), "tags"),
        (json!({ "mapping": good, "list_id": tag }), "list_id"),
    ] {
        let answer = app.admin.call("POST", &path(&made, "start"), &rules).await;
        assert_eq!(answer.status.as_u16(), 422, "{rules}: {}", answer.json());
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{}", answer.json());
    }
    for list in [json!("lst_nothing"), theirs] {
        let rules = json!({ "mapping": good, "list_id": list });
        let answer = app.admin.call("POST", &path(&made, "start"), &rules).await;
        assert_eq!(answer.status.as_u16(), 404, "{rules}: {}", answer.json());
    }
    assert!(claim(&app, "tester").await.is_none());
    assert_eq!(app.admin.get("/api/tags").await["data"].as_array().unwrap().len(), 1, "tags of nobody");
    let (tags, list) = (["A", "a ", "B"], Some(list.as_str()));
    let made = start(&app, FILE, "fill", list, &tags).await;
    assert_eq!(look(&app, &made).await["tags"].as_array().unwrap().len(), 2);
}

/// Random files over random people, in chunks of random size, each undone in rounds of random size.
/// The names of all companies, in order.
async fn companies(app: &TestApp) -> Vec<String> {
    let all = app.admin.get("/api/companies?limit=200").await;
    let name = |company: &Value| company["name"].as_str().unwrap().to_owned();
    all["data"].as_array().unwrap().iter().map(name).collect()
}

async fn what_an_import_did_is_undone_to_the_letter(app: TestApp) {
    let seed = 0x0DD_5EED;
    let mut dice = Dice(seed);
    let list = world(&app).await;
    for round in 0..12 {
        let (before, known) = (everybody(&app).await, companies(&app).await);
        let mut file = String::from("email,first,company,seats,plan\n");
        for _ in 0..1 + dice.below(60) {
            let who = ["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal"][dice.below(8) as usize];
            let first = dice.pick(&["", "Zo\u{eb}", "=1+1", "Lee"]);
            let company = dice.pick(&["", "Acme", "acme ", "Beta"]);
            let seats = dice.pick(&["", "1", "2.5", "none"]);
            let plan = dice.pick(&["", "gold", "Silver"]);
            file += &format!("{who}@x.example,{first},{company},{seats},{plan}\n");
        }
        let on_match = dice.pick(&["skip", "fill", "overwrite"]);
        let (on_list, tags): (_, &[&str]) =
            if dice.below(2) == 0 { (Some(list.as_str()), &["One", "Two"]) } else { (None, &[]) };
        let rows = 1 + i64::try_from(dice.below(20)).unwrap();
        let done = import(&app, &file, on_match, on_list, tags, rows).await;
        let what = format!("seed {seed:#x}, round {round}, {on_match}, chunks of {rows}:\n{file}");
        let after = everybody(&app).await;
        if done["undo"].is_null() {
            assert_eq!(after, before, "{what}");
            continue;
        }
        // Every other round stays, so that the next meets people who have something already.
        if round % 3 == 2 {
            continue;
        }
        let undone = undo(&app, &done, 1 + i64::try_from(dice.below(5)).unwrap()).await;
        assert_eq!(everybody(&app).await, before, "{what}");
        assert_eq!(companies(&app).await, known, "{what}");
        let made = done["created"].as_i64().unwrap();
        assert_eq!((numbers(&undone)[0], numbers(&undone)[2..].to_vec()), (made, vec![0, 0]), "{what}");
    }
}

async fn who_was_touched_since_stays_and_is_counted(app: TestApp) {
    let list = world(&app).await;
    let mut file =
        String::from("email,first,company,seats,plan\nann@x.example,Ann,,,gold\nbob@x.example,Bob,,,\n");
    for n in 0..8 {
        file += &format!("p{n}@x.example,P{n},,{n},\n");
    }
    let done = import(&app, &file, "overwrite", Some(&list), &["Mine"], 3).await;
    let of = async |name: &str| person(&app, &format!("{name}@x")).await["id"].as_str().unwrap().to_owned();
    // At the same instant of the clock as the import, which proves that it is not the time that tells.
    app.admin.patch(&format!("/api/contacts/{}", of("ann").await), json!({ "city": "Bergen" })).await;
    app.admin
        .patch(&format!("/api/contacts/{}", of("p0").await), json!({ "custom": { "seats": "99" } }))
        .await;
    let tag =
        app.admin.post("/api/tags", json!({ "name": "Theirs" })).await["id"].as_str().unwrap().to_owned();
    let who = json!({ "who": { "contact_ids": [of("p1").await] } });
    app.admin.post(&format!("/api/tags/{tag}/contacts"), who).await;
    app.campaign(one_email(), &[of("p2").await]).await;
    app.run_due().await;
    app.admin
        .post(
            "/api/messages",
            json!({ "client_id": "by-hand-1", "channel": "email", "contact_id": of("p3").await, "subject": "Hi", "text": "Hi" }),
        )
        .await;
    let address = json!({ "kind": "telegram", "value": "@pfour" });
    app.admin.post(&format!("/api/contacts/{}/addresses", of("p4").await), address).await;
    let undone = undo(&app, &done, 2).await;
    assert_eq!(numbers(&undone), [3, 1, 4, 2], "{undone}");
    let mut left: Vec<String> =
        everybody(&app).await.iter().map(|p| p["email"].as_str().unwrap().to_owned()).collect();
    left.sort();
    let expected = ["ann", "bob", "p0", "p1", "p2", "p3", "p4"].map(|name| format!("{name}@x.example"));
    assert_eq!(left, expected);
    let ann = person(&app, "ann@x").await;
    assert_eq!(
        (ann["first_name"].as_str(), ann["city"].as_str()),
        (Some("Ann"), Some("Bergen")),
        "an edit is lost"
    );
    // Of those who were there before, nobody keeps the tag of the import.
    assert_eq!(tags(&ann), Vec::<&str>::new());
    assert_eq!(person(&app, "bob@x").await["first_name"], Value::Null);
    assert_eq!(tags(&person(&app, "p1@x").await), ["Mine", "Theirs"]);
}

async fn a_killed_undo_goes_on_where_it_stopped(app: TestApp) {
    let list = world(&app).await;
    let mut file =
        String::from("email,first,company,seats,plan\nann@x.example,Ann,,1,gold\nbob@x.example,Bob,,2,\n");
    for n in 0..60 {
        file += &format!("p{n}@x.example,P{n},,{n},\n");
    }
    let before = everybody(&app).await;
    let done = import(&app, &file, "overwrite", Some(&list), &["Mine"], 20).await;
    app.admin.post(&path(&done, "undo"), json!({})).await;
    let mut dice = Dice(11);
    let mut kills = 0;
    loop {
        let worker = format!("worker {kills}");
        let job = claim(&app, &worker).await.expect("the job");
        let id = job.id.clone();
        // Killed after so many of its steps, wherever that is: before, in or after a transaction.
        let mut steps = dice.below(80);
        let outcome = {
            let mut running = std::pin::pin!(run_in_rounds(&app.app, job, &worker, 1));
            std::future::poll_fn(|context| {
                if steps == 0 {
                    return Poll::Ready(None);
                }
                steps -= 1;
                running.as_mut().poll(context).map(Some)
            })
            .await
        };
        if let Some(outcome) = outcome {
            outcome.unwrap();
            break;
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end");
        // What it was in the middle of is rolled back before the next one looks.
        job::retry(&app.app.db, &id, &worker, "killed", 0).await.unwrap();
    }
    let undone = look(&app, &done).await["undo"].clone();
    assert_eq!(
        (undone["status"].as_str(), numbers(&undone)),
        (Some("done"), [60, 2, 0, 0]),
        "after {kills} kills"
    );
    assert!(kills > 3, "{kills} kills");
    assert_eq!(everybody(&app).await, before, "after {kills} kills");
}

async fn an_undo_that_was_stopped_can_be_asked_for_again(app: TestApp) {
    world(&app).await;
    let before = everybody(&app).await;
    let done = import(&app, FILE, "overwrite", None, &[], 10).await;
    let asked = app.admin.post(&path(&done, "undo"), json!({})).await;
    let again = app.admin.call("POST", &path(&done, "undo"), &json!({})).await;
    assert_eq!((again.status.as_u16(), &asked["undo"]["status"]), (409, &json!("running")));
    let first = claim(&app, "tester").await.unwrap();
    app.admin.post(&format!("/api/jobs/{}/cancel", first.id), json!({})).await;
    run_in_rounds(&app.app, first.clone(), "tester", 1).await.unwrap();
    let stopped = look(&app, &done).await["undo"].clone();
    assert_eq!((stopped["status"].as_str(), numbers(&stopped)), (Some("possible"), [0, 0, 0, 0]));
    // The next job is given up, and comes back when a third has been asked for: it leaves the work to that one.
    app.admin.post(&path(&done, "undo"), json!({})).await;
    let second = claim(&app, "tester").await.unwrap();
    let tx = app.app.db.begin().await.unwrap();
    let now = app.clock.now();
    job::finish(&tx, &second.id, "tester", domain::JobStatus::Dead, None, Some("no"), now).await.unwrap();
    app.app.commit(tx).await.unwrap();
    app.admin.post(&path(&done, "undo"), json!({})).await;
    app.admin.post(&format!("/api/jobs/{}/retry", second.id), json!({})).await;
    for _ in 0..2 {
        let job = claim(&app, "tester").await.unwrap();
        run_in_rounds(&app.app, job, "tester", 1).await.unwrap();
    }
    let undone = look(&app, &done).await["undo"].clone();
    assert_eq!((undone["status"].as_str(), numbers(&undone)), (Some("done"), [1, 2, 0, 0]));
    assert_eq!(everybody(&app).await, before);
    let old = app.admin.get(&format!("/api/jobs/{}", second.id)).await;
    assert_eq!(old["status"], "cancelled", "{old}");
}

async fn an_import_is_undone_once_and_for_thirty_days(app: TestApp) {
    world(&app).await;
    let file = "email,first,company,seats,plan\nann@x.example,Ann,,,\nnew@x.example,New,,,\n";
    let waiting = start(&app, file, "fill", None, &[]).await;
    let early = app.admin.call("POST", &path(&waiting, "undo"), &json!({})).await;
    assert_eq!(
        (early.status.as_u16(), early.json()["error"]["code"].clone()),
        (409, json!(4002)),
        "{}",
        early.json()
    );
    run_in_transactions(&app.app, claim(&app, "tester").await.unwrap(), "tester", 5).await.unwrap();
    let done = look(&app, &waiting).await;
    assert_eq!(done["undo"]["status"], "possible");
    let (_, stranger) = app.neighbour(2).await;
    assert_eq!(stranger.call("POST", &path(&done, "undo"), &json!({})).await.status.as_u16(), 404);
    app.clock.advance(domain::import::UNDO_MS + 1);
    assert_eq!(look(&app, &done).await["undo"]["status"], "expired");
    let late = app.admin.call("POST", &path(&done, "undo"), &json!({})).await;
    assert_eq!(late.status.as_u16(), 409);
    // Personal data is not kept for longer than it is of use.
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    let kept = store::import::undo::forget(&app.app.db, i64::MAX).await.unwrap();
    assert_eq!(kept, 0, "what the undo needed is still there");
    let next =
        import(&app, "email,first,company,seats,plan\nzed@x.example,Zed,,,\n", "fill", None, &[], 5).await;
    undo(&app, &next, 5).await;
    let twice = app.admin.call("POST", &path(&next, "undo"), &json!({})).await;
    assert_eq!(twice.status.as_u16(), 409);
    let nothing = import(&app, file, "skip", None, &[], 5).await;
    assert_eq!(nothing["undo"], Value::Null, "{nothing}");
}
