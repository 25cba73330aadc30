//! Actions on many contacts at once: counts are those of the database, a crash neither loses nor repeats anybody, and
//! the undo gives back exactly what was there, except to whom somebody else has touched since.

use crate::{
    imports::{Dice, claim},
    kit::*,
};
use overture::bulk_actions::run::run_in_rounds;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::job;

both! {
    what_is_done_is_counted_and_undone_to_the_letter,
    conversations_go_along_and_come_back_each_to_its_own,
    who_was_touched_since_is_left_alone_and_counted,
    a_killed_action_neither_loses_nor_repeats_anybody,
    what_decides_who_matches_can_be_changed,
    everybody_that_matches_is_who_the_list_shows,
    one_that_was_stopped_is_undone_as_far_as_it_came,
    two_who_undo_at_once_are_one,
    a_rep_acts_on_their_own_book_alone,
    it_can_be_undone_for_thirty_days,
    a_tag_that_is_gone_ends_it,
    who_is_erased_leaves_nothing_behind,
    what_makes_no_sense_is_refused,
}

/// More than are dealt with before the answer.
pub const CROWD: usize = 230;

pub async fn bulk(client: &Client, who: Value, action: Value) -> Value {
    client.post("/api/contacts/bulk", json!({ "who": who, "action": action })).await
}

pub fn path(bulk: &Value, action: &str) -> String {
    format!("/api/bulk-actions/{}{action}", bulk["id"].as_str().unwrap())
}

pub async fn look(app: &TestApp, bulk: &Value) -> Value {
    app.admin.get(&path(bulk, "")).await
}

/// Undoes one that is short enough to be undone before the answer.
pub async fn undo(client: &Client, bulk: &Value) -> Value {
    client.post(&path(bulk, "/undo"), json!({})).await["undo"].clone()
}

pub async fn named(app: &TestApp, nouns: &str, name: &str) -> String {
    let made = app.admin.post(&format!("/api/{nouns}"), json!({ "name": name })).await;
    made["id"].as_str().unwrap().to_owned()
}

pub async fn me(client: &Client) -> Value {
    client.get("/api/auth/me").await["member"]["id"].clone()
}

/// Everything that can be seen of all contacts, by id, without when they changed.
async fn everybody(app: &TestApp) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let page = app.admin.get(&format!("/api/contacts?limit=200{cursor}")).await;
        for person in page["data"].as_array().unwrap() {
            let mut person = person.clone();
            person.as_object_mut().unwrap().remove("updated_at").unwrap();
            all.insert(person["id"].as_str().unwrap().to_owned(), person);
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

async fn on(app: &TestApp, set: &str) -> i64 {
    app.admin.get(&format!("/api/contacts?limit=1&set_id={set}")).await["total"].as_i64().unwrap()
}

async fn with_status(app: &TestApp, status: &str) -> i64 {
    app.admin.get(&format!("/api/contacts?limit=1&status={status}")).await["total"].as_i64().unwrap()
}

pub fn counts(bulk: &Value) -> [i64; 3] {
    ["total", "changed", "unchanged"].map(|name| bulk[name].as_i64().unwrap())
}

pub fn came_back(undo: &Value) -> (&str, i64, i64) {
    (undo["status"].as_str().unwrap(), undo["undone"].as_i64().unwrap(), undo["left_alone"].as_i64().unwrap())
}

async fn what_is_done_is_counted_and_undone_to_the_letter(app: TestApp) {
    let people = app.crowd(12).await;
    let manager = app.member("manager").await;
    let (tag, list) = (named(&app, "tags", "VIP").await, named(&app, "lists", "Fair").await);
    let some = json!({ "who": { "contact_ids": people[..3] } });
    app.admin.post(&format!("/api/tags/{tag}/contacts"), some.clone()).await;
    app.admin.post(&format!("/api/lists/{list}/contacts"), some).await;
    for (id, status) in [(&people[0], "New"), (&people[4], "Hot")] {
        app.admin.patch(&format!("/api/contacts/{id}"), json!({ "status": status })).await;
    }
    let give = json!({ "owner_id": me(&manager).await, "who": { "contact_ids": [people[7]] } });
    app.admin.post("/api/contacts/assign", give).await;
    app.clock.advance(HOUR);
    let before = everybody(&app).await;
    let exported = format!("/api/contacts/{}/export", people[1]);
    let sets = async || app.admin.get(&exported).await["tags_and_lists"].clone();
    let sets_before = sets().await;
    for (action, changed) in [
        (json!({ "kind": "add_tag", "tag_id": tag }), 9),
        (json!({ "kind": "remove_tag", "tag_id": tag }), 3),
        (json!({ "kind": "add_to_list", "list_id": list }), 9),
        (json!({ "kind": "remove_from_list", "list_id": list }), 3),
        (json!({ "kind": "set_status", "status": " New " }), 11),
        (json!({ "kind": "assign", "owner_id": me(&manager).await }), 11),
    ] {
        let done = bulk(&app.admin, json!({ "all": true }), action.clone()).await;
        assert_eq!(done["status"], "completed", "{done}");
        assert_eq!(counts(&done), [12, changed, 12 - changed], "{done}");
        assert_eq!(done["undo"]["status"], "possible", "{done}");
        let after = everybody(&app).await;
        let differ = after.iter().filter(|(id, person)| before[*id] != **person).count() as i64;
        let is_seen = !action["kind"].as_str().unwrap().contains("list");
        assert_eq!(differ, if is_seen { changed } else { 0 }, "{action}");
        match action["kind"].as_str().unwrap() {
            "add_to_list" => assert_eq!(on(&app, &list).await, 12),
            "remove_from_list" => assert_eq!(on(&app, &list).await, 0),
            "set_status" => assert_eq!(with_status(&app, "New").await, 12),
            _ => {}
        }
        app.clock.advance(MINUTE);
        let undone = undo(&app.admin, &done).await;
        assert_eq!(came_back(&undone), ("done", changed, 0), "{action}");
        assert_eq!(everybody(&app).await, before, "{action}");
        assert_eq!(sets().await, sets_before, "{action}");
        assert_eq!(on(&app, &list).await, 3, "{action}");
    }
    // Who is so already is no change, and then there is nothing to undo.
    let none =
        bulk(&app.admin, json!({ "contact_ids": people[..3] }), json!({ "kind": "add_tag", "tag_id": tag }))
            .await;
    assert_eq!((counts(&none), &none["undo"]), ([3, 0, 3], &Value::Null));
    assert_eq!(app.admin.call("POST", &path(&none, "/undo"), &json!({})).await.status.as_u16(), 409);
    let all = app.admin.get("/api/bulk-actions").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 7);
    assert_eq!((&all["data"][0]["id"], &all["data"][0]["target"]), (&none["id"], &json!("VIP")));
}

async fn conversations_go_along_and_come_back_each_to_its_own(app: TestApp) {
    let people = app.crowd(4).await;
    let (from, to) = (app.member("rep").await, app.member("rep").await);
    let mut threads = Vec::new();
    for (n, id) in people.iter().enumerate() {
        let message = json!({ "client_id": format!("by-hand-{n}"), "channel": "email", "contact_id": id, "subject": "Hi", "text": "Hi" });
        threads.push(app.admin.post("/api/messages", message).await["conversation_id"].clone());
    }
    // One contact is somebody else's, with their thread.
    let give = json!({ "owner_id": me(&from).await, "who": { "contact_ids": [people[0]] } });
    app.admin.post("/api/contacts/assign", give).await;
    // Whose a thread is tells who sees it.
    let owner = async |thread: &Value| -> &str {
        let path = format!("/api/conversations/{}", thread.as_str().unwrap());
        for (rep, name) in [(&from, "from"), (&to, "to")] {
            if rep.call("GET", &path, &json!({})).await.status == 200 {
                return name;
            }
        }
        "admin"
    };
    let owners = async || -> Vec<&str> {
        let mut all = Vec::new();
        for thread in &threads {
            all.push(owner(thread).await);
        }
        all
    };
    assert_eq!(owners().await, ["from", "admin", "admin", "admin"]);
    let new = me(&to).await;
    let done =
        bulk(&app.admin, json!({ "all": true }), json!({ "kind": "assign", "owner_id": new.clone() })).await;
    assert_eq!(counts(&done), [4, 4, 0]);
    assert_eq!(owners().await, ["to"; 4]);
    // A thread that begins meanwhile belongs to whoever has the contact, before and after.
    let text = json!({ "client_id": "by-hand-9", "channel": "sms", "contact_id": people[1], "text": "Hi" });
    let late = app.admin.post("/api/messages", text).await["conversation_id"].clone();
    assert_eq!(owner(&late).await, "to");
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 4, 0));
    assert_eq!(owners().await, ["from", "admin", "admin", "admin"]);
    assert_eq!(owner(&late).await, "admin");
}

async fn who_was_touched_since_is_left_alone_and_counted(app: TestApp) {
    let people = app.crowd(8).await;
    let (to, other) = (app.member("manager").await, app.member("manager").await);
    let (tag, list) = (named(&app, "tags", "VIP").await, named(&app, "lists", "Fair").await);
    let all = json!({ "all": true });
    app.admin.post(&format!("/api/lists/{list}/contacts"), json!({ "who": all })).await;
    let tagged = bulk(&app.admin, all.clone(), json!({ "kind": "add_tag", "tag_id": tag })).await;
    let unlisted =
        bulk(&app.admin, all.clone(), json!({ "kind": "remove_from_list", "list_id": list })).await;
    let set = bulk(&app.admin, all.clone(), json!({ "kind": "set_status", "status": "New" })).await;
    let given = bulk(&app.admin, all.clone(), json!({ "kind": "assign", "owner_id": me(&to).await })).await;
    app.clock.advance(HOUR);
    let only = |id: &String| json!({ "who": { "contact_ids": [id] } });
    // One left the tag, one left it and came again, one came back on the list, two have another status, one another
    // owner, and one is gone.
    for id in [&people[0], &people[1]] {
        app.admin.post(&format!("/api/tags/{tag}/contacts/remove"), only(id)).await;
    }
    app.admin.post(&format!("/api/tags/{tag}/contacts"), only(&people[1])).await;
    app.admin.post(&format!("/api/lists/{list}/contacts"), only(&people[2])).await;
    for id in [&people[3], &people[4]] {
        app.admin.patch(&format!("/api/contacts/{id}"), json!({ "status": "Hot" })).await;
    }
    let give = json!({ "owner_id": me(&other).await, "who": { "contact_ids": [people[5]] } });
    app.admin.post("/api/contacts/assign", give).await;
    app.admin.call("DELETE", &format!("/api/contacts/{}", people[7]), &json!({})).await;
    assert_eq!(came_back(&undo(&app.admin, &tagged).await), ("done", 5, 3));
    assert_eq!(came_back(&undo(&app.admin, &unlisted).await), ("done", 6, 2));
    assert_eq!(came_back(&undo(&app.admin, &set).await), ("done", 5, 3));
    assert_eq!(came_back(&undo(&app.admin, &given).await), ("done", 6, 2));
    let now = everybody(&app).await;
    assert_eq!((on(&app, &tag).await, on(&app, &list).await), (1, 7));
    assert_eq!(now[&people[1]]["tags"][0]["name"], "VIP");
    assert_eq!(
        (&now[&people[3]]["status"], &now[&people[0]]["status"]),
        (&json!("Hot"), &json!("No Activity"))
    );
    assert_eq!(now[&people[5]]["owner_id"], me(&other).await);
    assert_eq!(now[&people[4]]["owner_id"], me(&app.admin).await);
}

/// Runs the waiting job with workers that die somewhere in the middle; returns how many did.
pub async fn with_kills(app: &TestApp, bulk: &Value, dice: &mut Dice, done: impl Fn(&Value) -> i64) -> u32 {
    let mut kills = 0;
    loop {
        let worker = format!("worker {kills}");
        let job = claim(app, &worker).await.expect("the job");
        let id = job.id.clone();
        let running = run_in_rounds(&app.app, job, &worker, 3);
        let until = done(&look(app, bulk).await) + i64::try_from(dice.below(40)).unwrap();
        let enough = async {
            while done(&look(app, bulk).await) < until {}
            for _ in 0..dice.below(60) {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = running => {
                outcome.unwrap();
                return kills;
            }
            () = enough => {}
        }
        kills += 1;
        assert!(kills < 500, "it never comes to an end");
        // What it was in the middle of is rolled back before the next one looks.
        job::retry(&app.app.db, &id, &worker, "killed", 0).await.unwrap();
    }
}

async fn a_killed_action_neither_loses_nor_repeats_anybody(app: TestApp) {
    let people = app.crowd(CROWD).await;
    let tag = named(&app, "tags", "VIP").await;
    app.admin
        .post(&format!("/api/tags/{tag}/contacts"), json!({ "who": { "contact_ids": people[..30] } }))
        .await;
    app.clock.advance(HOUR);
    let before = everybody(&app).await;
    let mut dice = Dice(7);
    let asked = bulk(&app.admin, json!({ "all": true }), json!({ "kind": "add_tag", "tag_id": tag })).await;
    assert_eq!((asked["status"].as_str(), &asked["undo"]), (Some("queued"), &Value::Null), "{asked}");
    let early = app.admin.call("POST", &path(&asked, "/undo"), &json!({})).await;
    assert_eq!(early.status.as_u16(), 409, "{}", early.json());
    let of = |bulk: &Value| bulk["changed"].as_i64().unwrap() + bulk["unchanged"].as_i64().unwrap();
    let kills = with_kills(&app, &asked, &mut dice, of).await;
    let done = look(&app, &asked).await;
    assert_eq!(
        (done["status"].as_str(), counts(&done)),
        (Some("completed"), [230, 200, 30]),
        "{kills} kills"
    );
    assert_eq!(on(&app, &tag).await, 230);
    let job = app.admin.get(&format!("/api/jobs/{}", done["job_id"].as_str().unwrap())).await;
    assert_eq!(
        (&job["done"], &job["total"], &job["result"]["changed"]),
        (&json!(230), &json!(230), &json!(200))
    );
    assert_eq!(job["bulk_action_id"], done["id"]);
    // Its undo has two hundred to go, which is done at once: so one more is needed.
    let more =
        bulk(&app.admin, json!({ "all": true }), json!({ "kind": "set_status", "status": "New" })).await;
    with_kills(&app, &more, &mut dice, of).await;
    assert_eq!(with_status(&app, "New").await, 230);
    let asked = undo(&app.admin, &more).await;
    assert_eq!(asked["status"], "running", "{asked}");
    let of = |bulk: &Value| bulk["undo"]["undone"].as_i64().unwrap();
    let back = with_kills(&app, &more, &mut dice, of).await;
    assert_eq!(came_back(&look(&app, &more).await["undo"]), ("done", 230, 0), "{back} kills");
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 200, 0));
    assert_eq!(everybody(&app).await, before, "{kills} and {back} kills");
    assert!(kills > 0 && back > 0, "{kills} and {back} kills");
}

async fn what_decides_who_matches_can_be_changed(app: TestApp) {
    app.crowd(CROWD).await;
    let who = json!({ "status": "No Activity" });
    let asked = bulk(&app.admin, who, json!({ "kind": "set_status", "status": "New" })).await;
    // Who comes later is not meant.
    app.clock.advance(SECOND);
    let late = app.contact(json!({ "email": "late@x.example" })).await;
    run_in_rounds(&app.app, claim(&app, "tester").await.unwrap(), "tester", 7).await.unwrap();
    let done = look(&app, &asked).await;
    assert_eq!((counts(&done), done["progress"].as_f64()), ([230, 230, 0], Some(1.0)), "{done}");
    assert_eq!(with_status(&app, "New").await, 230);
    assert_eq!(app.admin.get(&format!("/api/contacts/{late}")).await["status"], "No Activity");
}

async fn everybody_that_matches_is_who_the_list_shows(app: TestApp) {
    let people = app.crowd(20).await;
    let (tag, list) = (named(&app, "tags", "VIP").await, named(&app, "lists", "Fair").await);
    app.admin
        .post(&format!("/api/lists/{list}/contacts"), json!({ "who": { "contact_ids": people[..7] } }))
        .await;
    let campaign = app.campaign(one_email(), &people[3..8]).await;
    let rule =
        json!({ "all": [{ "set_id": list }, { "field": "last_name", "op": "is_not", "value": "Number2" }] });
    let asked = |rule: &Value| rule.to_string().replace('"', "%22").replace('{', "%7B").replace('}', "%7D");
    for (who, query) in [
        (json!({ "search": "number1" }), "search=number1".to_owned()),
        (json!({ "search": "number1", "set_id": list }), format!("search=number1&set_id={list}")),
        (json!({ "campaign_id": campaign }), format!("campaign_id={campaign}")),
        (json!({ "rule": rule }), format!("rule={}", asked(&rule))),
        (
            json!({ "owner_id": me(&app.admin).await }),
            format!("owner_id={}", me(&app.admin).await.as_str().unwrap()),
        ),
    ] {
        let shown = app.admin.get(&format!("/api/contacts?limit=200&{query}")).await;
        let mut shown: Vec<String> =
            shown["data"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect();
        let done = bulk(&app.admin, who.clone(), json!({ "kind": "add_tag", "tag_id": tag })).await;
        let tagged = app.admin.get(&format!("/api/contacts?limit=200&set_id={tag}")).await;
        let mut tagged: Vec<String> =
            tagged["data"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect();
        shown.sort();
        tagged.sort();
        assert!(!shown.is_empty());
        assert_eq!(tagged, shown, "{who}");
        assert_eq!(counts(&done)[1] as usize, shown.len(), "{who}");
        undo(&app.admin, &done).await;
        assert_eq!(on(&app, &tag).await, 0);
    }
}

async fn one_that_was_stopped_is_undone_as_far_as_it_came(app: TestApp) {
    app.crowd(CROWD).await;
    let before = everybody(&app).await;
    let asked =
        bulk(&app.admin, json!({ "all": true }), json!({ "kind": "set_status", "status": "New" })).await;
    let job = claim(&app, "first").await.unwrap();
    let id = job.id.clone();
    let some = async { while look(&app, &asked).await["changed"] == 0 {} };
    tokio::select! {
        outcome = run_in_rounds(&app.app, job, "first", 2) => outcome.unwrap(),
        () = some => {}
    }
    job::retry(&app.app.db, &id, "first", "killed", 0).await.unwrap();
    let second = claim(&app, "second").await.unwrap();
    app.admin.post(&format!("/api/jobs/{id}/cancel"), json!({})).await;
    run_in_rounds(&app.app, second, "second", 2).await.unwrap();
    let stopped = look(&app, &asked).await;
    let changed = stopped["changed"].as_i64().unwrap();
    assert_eq!(stopped["status"], "cancelled", "{stopped}");
    assert!(changed > 0 && changed < 230, "{stopped}");
    assert_eq!(with_status(&app, "New").await, changed);
    assert_eq!(came_back(&undo(&app.admin, &asked).await), ("done", changed, 0));
    assert_eq!(everybody(&app).await, before);
}

async fn two_who_undo_at_once_are_one(app: TestApp) {
    app.crowd(40).await;
    let tag = named(&app, "tags", "VIP").await;
    let before = everybody(&app).await;
    for _ in 0..3 {
        let done =
            bulk(&app.admin, json!({ "all": true }), json!({ "kind": "add_tag", "tag_id": tag })).await;
        let (way, nothing) = (path(&done, "/undo"), json!({}));
        let ask = || app.admin.call("POST", &way, &nothing);
        let (first, second, third) = tokio::join!(ask(), ask(), ask());
        let mut statuses = [first, second, third].map(|answer| answer.status.as_u16());
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409]);
        assert_eq!(came_back(&look(&app, &done).await["undo"]), ("done", 40, 0));
        assert_eq!(everybody(&app).await, before);
    }
}

async fn a_rep_acts_on_their_own_book_alone(app: TestApp) {
    let people = app.crowd(5).await;
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let give = async |to: &Client, ids: &[String]| {
        let give = json!({ "owner_id": me(to).await, "who": { "contact_ids": ids } });
        app.admin.post("/api/contacts/assign", give).await;
    };
    give(&rita, &people[..3]).await;
    give(&ron, &people[3..]).await;
    let set = json!({ "kind": "set_status", "status": "New" });
    let hers = bulk(&rita, json!({ "all": true }), set.clone()).await;
    assert_eq!(counts(&hers), [3, 3, 0]);
    let now = everybody(&app).await;
    for (n, id) in people.iter().enumerate() {
        assert_eq!(now[id]["status"], if n < 3 { "New" } else { "No Activity" });
    }
    // What is a colleague's cannot be named, read, undone, or handed over.
    let others = json!({ "who": { "contact_ids": people[2..4] }, "action": set });
    assert_eq!(rita.call("POST", "/api/contacts/bulk", &others).await.brief(), "404 404");
    assert_eq!(ron.call("GET", &path(&hers, ""), &json!({})).await.brief(), "404 404");
    assert_eq!(ron.call("POST", &path(&hers, "/undo"), &json!({})).await.brief(), "404 404");
    assert_eq!(ron.get("/api/bulk-actions").await["data"], json!([]));
    let assign = json!({ "kind": "assign", "owner_id": me(&rita).await });
    let take = json!({ "who": { "all": true }, "action": assign });
    assert_eq!(rita.call("POST", "/api/contacts/bulk", &take).await.brief(), "403 1004");
    // One is a colleague's by now: it stays as it is.
    give(&ron, &people[..1]).await;
    assert_eq!(came_back(&undo(&rita, &hers).await), ("done", 2, 1));
    assert_eq!(everybody(&app).await[&people[0]]["status"], "New");
    // Handed over by a manager, it is not for a rep to take back, nor for a key that may not hand over.
    let given = bulk(&app.admin, json!({ "all": true }), assign.clone()).await;
    assert_eq!(rita.call("POST", &path(&given, "/undo"), &json!({})).await.brief(), "404 404");
    let asked = json!({ "name": "Sync", "scopes": ["contact:write", "bulk:write"] });
    let key = app.admin.post("/api/api-keys", asked).await["key"].as_str().unwrap().to_owned();
    let program = Client::anonymous(&app.app).with_key(&key);
    assert_eq!(program.call("POST", "/api/contacts/bulk", &take).await.brief(), "403 1004");
    assert_eq!(program.call("POST", &path(&given, "/undo"), &json!({})).await.brief(), "403 1004");
    let (_, stranger) = app.neighbour(2).await;
    assert_eq!(stranger.call("POST", &path(&given, "/undo"), &json!({})).await.brief(), "404 404");
    assert_eq!(came_back(&undo(&app.admin, &given).await).0, "done");
}

async fn it_can_be_undone_for_thirty_days(app: TestApp) {
    app.crowd(3).await;
    let action = json!({ "kind": "set_status", "status": "New" });
    let done = bulk(&app.admin, json!({ "search": "number" }), action).await;
    app.clock.advance(domain::bulk::UNDO_MS);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    assert_eq!(look(&app, &done).await["undo"]["status"], "possible");
    app.clock.advance(1);
    assert_eq!(look(&app, &done).await["undo"]["status"], "expired");
    assert_eq!(app.admin.call("POST", &path(&done, "/undo"), &json!({})).await.status.as_u16(), 409);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    let kept = store::bulk::forget(&app.app.db, i64::MAX).await.unwrap();
    assert_eq!(kept, 0, "what the undo needed is still there");
    assert_eq!(with_status(&app, "New").await, 3);
}

async fn a_tag_that_is_gone_ends_it(app: TestApp) {
    app.crowd(CROWD).await;
    let (tag, other) = (named(&app, "tags", "VIP").await, named(&app, "tags", "Cold").await);
    let asked = bulk(&app.admin, json!({ "all": true }), json!({ "kind": "add_tag", "tag_id": tag })).await;
    app.admin.call("DELETE", &format!("/api/tags/{tag}"), &json!({})).await;
    run_in_rounds(&app.app, claim(&app, "tester").await.unwrap(), "tester", 7).await.unwrap();
    let failed = look(&app, &asked).await;
    assert_eq!((failed["status"].as_str(), counts(&failed)), (Some("failed"), [230, 0, 0]), "{failed}");
    assert!(failed["error"].as_str().unwrap().contains("does not exist"), "{failed}");
    assert_eq!((&failed["target"], &failed["undo"]), (&Value::Null, &Value::Null));
    // Nobody can go back into a tag that is gone.
    let some = json!({ "search": "number22" });
    let added = bulk(&app.admin, some.clone(), json!({ "kind": "add_tag", "tag_id": other })).await;
    let removed = bulk(&app.admin, some, json!({ "kind": "remove_tag", "tag_id": other })).await;
    assert_eq!((counts(&added)[1], counts(&removed)[1]), (11, 11));
    app.admin.call("DELETE", &format!("/api/tags/{other}"), &json!({})).await;
    assert_eq!(came_back(&undo(&app.admin, &removed).await), ("done", 0, 11));
    assert_eq!(came_back(&undo(&app.admin, &added).await), ("done", 0, 11));
}

async fn who_is_erased_leaves_nothing_behind(app: TestApp) {
    let people = app.crowd(3).await;
    let action = json!({ "kind": "set_status", "status": "New" });
    let done = bulk(&app.admin, json!({ "all": true }), action).await;
    let export = app.admin.get(&format!("/api/contacts/{}/export", people[0])).await;
    assert_eq!(export["values_before_bulk_actions"][0]["before"], "No Activity", "{export}");
    let erase = json!({ "confirm": "p0@people.example" });
    app.admin.post(&format!("/api/contacts/{}/erase", people[0]), erase).await;
    // One that is folded into another is no contact any more, and its value goes with the one that it became.
    let merge = json!({ "other_id": people[2] });
    app.admin.post(&format!("/api/contacts/{}/merge", people[1]), merge).await;
    let erase = json!({ "confirm": "p1@people.example" });
    app.admin.post(&format!("/api/contacts/{}/erase", people[1]), erase).await;
    assert_eq!(store::bulk::forget(&app.app.db, i64::MAX).await.unwrap(), 0, "what they had is still kept");
    assert_eq!(came_back(&undo(&app.admin, &done).await), ("done", 0, 3));
}

async fn what_makes_no_sense_is_refused(app: TestApp) {
    app.crowd(2).await;
    let tag = named(&app, "tags", "VIP").await;
    let (_, stranger) = app.neighbour(2).await;
    let theirs = stranger.post("/api/tags", json!({ "name": "VIP" })).await["id"].clone();
    let gone = app.member("rep").await;
    let disabled = me(&gone).await;
    app.admin
        .patch(&format!("/api/members/{}", disabled.as_str().unwrap()), json!({ "disabled": true }))
        .await;
    let all = json!({ "all": true });
    for (who, action, expected) in [
        (json!({}), json!({ "kind": "add_tag", "tag_id": tag }), "422 4001"),
        (json!({ "search": "nobody" }), json!({ "kind": "add_tag", "tag_id": tag }), "422 4001"),
        (all.clone(), json!({ "kind": "add_tag", "tag_id": theirs }), "404 404"),
        (all.clone(), json!({ "kind": "add_tag", "tag_id": "VIP" }), "422 4001"),
        (all.clone(), json!({ "kind": "add_tag" }), "422 4001"),
        (all.clone(), json!({ "kind": "erase" }), "422 4001"),
        (all.clone(), json!({ "kind": "set_status", "status": " " }), "422 4001"),
        (all.clone(), json!({ "kind": "set_status", "status": "x".repeat(501) }), "422 4001"),
        (all.clone(), json!({ "kind": "assign", "owner_id": disabled }), "422 4001"),
        (
            json!({ "rule": { "field": "nope", "op": "is", "value": "x" } }),
            json!({ "kind": "add_tag", "tag_id": tag }),
            "422 4001",
        ),
    ] {
        let asked = json!({ "who": who, "action": action });
        assert_eq!(app.admin.call("POST", "/api/contacts/bulk", &asked).await.brief(), expected, "{asked}");
    }
    assert_eq!(app.admin.get("/api/bulk-actions").await["data"], json!([]));
}
