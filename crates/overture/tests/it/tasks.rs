//! Tasks: what people do between the steps of a campaign. One is written per visit, and the campaign waits for it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_task_holds_the_campaign_until_it_is_done,
    a_task_that_is_taken_back_is_open_again_and_nobody_moves,
    who_is_not_called_in_time_goes_on_and_the_task_with_them,
    a_step_that_does_not_come_to_its_end_leaves_nothing_behind,
    of_two_who_end_a_task_the_second_is_told,
    tasks_come_in_the_order_in_which_they_are_due,
    members_see_the_tasks_of_their_own_contacts,
    a_task_goes_with_its_contact,
    a_circle_makes_a_new_task_at_every_visit,
}

fn task(key: &str, config: Value) -> Value {
    let mut all = json!({ "kind": "call", "title": format!("Do {key}") });
    all.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
    json!({ "key": key, "type": "task", "name": key, "config": all, "x": 0, "y": 0 })
}

/// A call, and a text that depends on how it ended.
fn call_first(config: Value) -> Value {
    let asks = |outcome: &str| json!({ "task": "C1", "outcome": outcome });
    json!({
        "nodes": [task("C1", config), sms("YES", "As we said"), sms("NO", "We did not call"), sms("LATE", "Nobody called")],
        "edges": [
            { "from": "C1", "to": "YES", "condition": asks("done") },
            { "from": "C1", "to": "NO", "condition": asks("skipped") },
            edge("C1", "LATE"),
        ],
    })
}

async fn open(app: &TestApp) -> Vec<Value> {
    app.admin.get("/api/tasks").await["data"].as_array().unwrap().clone()
}

fn path(task: &Value, what: &str) -> String {
    format!("/api/tasks/{}/{what}", task["id"].as_str().unwrap())
}

async fn texts(app: &TestApp) -> Vec<String> {
    app.sent().await.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

async fn a_task_holds_the_campaign_until_it_is_done(app: TestApp) {
    app.admin.post("/api/custom-fields", json!({ "name": "Plan", "kind": "text" })).await;
    let ann = app.ann().await;
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "custom": { "plan": "Gold" } })).await;
    let config = json!({
        "title": "Call {{ contact.first_name }} about {{ contact.custom.plan }} in {{ campaign.name }}",
        "instructions": "Their job is {{ contact.title }}", "due_seconds": 3600,
    });
    let campaign = app.campaign(call_first(config), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    app.advance(40 * DAY).await;
    assert_eq!(texts(&app).await, Vec::<String>::new(), "it takes as long as it takes");
    let tasks = open(&app).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    let task = &tasks[0];
    assert_eq!(
        (&task["title"], &task["instructions"]),
        (&json!("Call Ann about Gold in Spring"), &json!("Their job is [Job title]"))
    );
    assert_eq!((&task["contact_id"], &task["contact_name"]), (&json!(ann), &json!("Ann Lee")));
    assert_eq!(
        (&task["campaign_id"], &task["due_at"]),
        (&json!(campaign), &json!("2026-06-15T11:00:00.000Z"))
    );
    let done = app.admin.post(&path(task, "complete"), json!({})).await;
    assert_eq!(done["status"], "done");
    app.run_due().await;
    assert_eq!(texts(&app).await, Vec::<String>::new(), "there is a moment to take it back");
    app.advance(15 * SECOND).await;
    assert_eq!(texts(&app).await, ["As we said"]);
    assert_eq!(app.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "completed");
    assert_eq!(open(&app).await, Vec::<Value>::new());
    let past = app.admin.get("/api/tasks?status=done").await;
    assert_eq!((&past["data"][0]["id"], &past["open"]), (&task["id"], &json!(0)));
    let page = app.admin.get(&format!("/api/contacts/{ann}/timeline")).await;
    let told: Vec<&Value> =
        page["data"].as_array().unwrap().iter().filter(|e| e["kind"] == "task_done").collect();
    assert_eq!((told.len(), &told[0]["text"]), (1, &task["title"]));
}

async fn a_task_that_is_taken_back_is_open_again_and_nobody_moves(app: TestApp) {
    let ann = app.ann().await;
    app.campaign(call_first(json!({ "timeout_seconds": 2 * DAY / SECOND })), &[ann]).await;
    app.run_due().await;
    let task = open(&app).await.remove(0);
    app.admin.post(&path(&task, "skip"), json!({})).await;
    assert_eq!(app.admin.get("/api/tasks").await["open"], 0);
    assert_eq!(app.admin.post(&path(&task, "reopen"), json!({})).await["status"], "open");
    let again = app.admin.call("POST", &path(&task, "reopen"), &json!({})).await;
    assert_eq!(again.status, 409, "{}", again.json());
    app.advance(DAY).await;
    assert_eq!((texts(&app).await.len(), open(&app).await.len()), (0, 1));
    app.admin.post(&path(&task, "skip"), json!({})).await;
    app.advance(15 * SECOND).await;
    assert_eq!(texts(&app).await, ["We did not call"]);
    let late = app.admin.call("POST", &path(&task, "reopen"), &json!({})).await;
    assert_eq!(late.status, 409);
    assert!(late.json()["error"]["message"].as_str().unwrap().contains("has gone on"), "{}", late.json());
}

async fn who_is_not_called_in_time_goes_on_and_the_task_with_them(app: TestApp) {
    let ann = app.ann().await;
    app.campaign(call_first(json!({ "timeout_seconds": 2 * DAY / SECOND })), &[ann]).await;
    app.run_due().await;
    let task = open(&app).await.remove(0);
    app.advance(2 * DAY).await;
    assert_eq!(texts(&app).await, ["Nobody called"]);
    assert_eq!(open(&app).await, Vec::<Value>::new());
    let late = app.admin.call("POST", &path(&task, "complete"), &json!({})).await;
    assert_eq!(late.status, 409, "{}", late.json());
}

/// The step fails right before its end, as where a node dies there: when it is taken up again, it is as if it had never
/// been tried.
async fn a_step_that_does_not_come_to_its_end_leaves_nothing_behind(app: TestApp) {
    let ann = app.ann().await;
    let change = json!({ "key": "U1", "type": "update_contact", "name": "U1", "x": 0, "y": 0,
                         "config": { "set": { "contact.title": "Chief" }, "add_tags": ["Called"] } });
    let graph = chain(vec![change, task("C1", json!({}))]);
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.fail_moves(true).await;
    assert!(overture::loops::steps::run(app.app.clone()).await.is_err());
    let contact = app.admin.get(&format!("/api/contacts/{ann}")).await;
    assert_eq!((&contact["title"], &contact["tags"]), (&Value::Null, &json!([])));
    assert_eq!(app.people(&campaign).await[0]["node_key"], "U1");
    assert_eq!(app.admin.get("/api/tags").await["data"], json!([]));
    app.fail_moves(false).await;
    app.run_due().await;
    assert_eq!(open(&app).await.len(), 1);
    let page = app.admin.get(&format!("/api/contacts/{ann}/timeline")).await;
    let told = page["data"].as_array().unwrap().iter().filter(|e| e["kind"] == "contact_changed").count();
    assert_eq!(told, 1);
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["title"], "Chief");
}

async fn of_two_who_end_a_task_the_second_is_told(app: TestApp) {
    let ann = app.ann().await;
    app.campaign(call_first(json!({})), &[ann]).await;
    app.run_due().await;
    let task = open(&app).await.remove(0);
    let (complete, skip) = (path(&task, "complete"), path(&task, "skip"));
    let nothing = json!({});
    let (one, other) =
        tokio::join!(app.admin.call("POST", &complete, &nothing), app.admin.call("POST", &skip, &nothing));
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "{} {}", one.json(), other.json());
    app.advance(15 * SECOND).await;
    assert_eq!(texts(&app).await.len(), 1);
}

async fn tasks_come_in_the_order_in_which_they_are_due(app: TestApp) {
    let crowd = app.crowd(5).await;
    app.campaign(chain(vec![task("C1", json!({ "due_seconds": 7200 }))]), &crowd[..3]).await;
    app.campaign(chain(vec![task("R1", json!({ "kind": "review", "due_seconds": 3600 }))]), &crowd[3..])
        .await;
    app.run_due().await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.admin.get(&format!("/api/tasks?limit=2{cursor}")).await;
        assert_eq!((&page["open"], &page["due"]), (&json!(5), &json!(0)));
        seen.extend(
            page["data"].as_array().unwrap().iter().map(|task| task["kind"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["review", "review", "call", "call", "call"]);
    app.advance(HOUR).await;
    let reviews = app.admin.get("/api/tasks?kind=review").await;
    assert_eq!((reviews["data"].as_array().unwrap().len(), &reviews["due"]), (2, &json!(2)));
    let of_one = app.admin.get(&format!("/api/tasks?contact_id={}", crowd[0])).await;
    assert_eq!(of_one["data"].as_array().unwrap().len(), 1);
    assert_eq!(app.admin.call("GET", "/api/tasks?cursor=x", &json!({})).await.status, 422);
}

async fn members_see_the_tasks_of_their_own_contacts(app: TestApp) {
    let rep = app.member("rep").await;
    let me = rep.get("/api/auth/me").await["member"]["id"].clone();
    let crowd = app.crowd(2).await;
    let who = json!({ "owner_id": me, "who": { "contact_ids": [crowd[0]] } });
    app.admin.post("/api/contacts/assign", who).await;
    app.campaign(chain(vec![task("C1", json!({}))]), &crowd).await;
    app.run_due().await;
    let mine = rep.get("/api/tasks").await;
    assert_eq!((mine["data"].as_array().unwrap().len(), &mine["open"]), (1, &json!(1)), "{mine}");
    assert_eq!(mine["data"][0]["contact_id"], json!(crowd[0]));
    let all = open(&app).await;
    let theirs = all.iter().find(|task| task["contact_id"] == json!(crowd[1])).unwrap();
    for what in ["complete", "skip", "reopen"] {
        assert_eq!(rep.call("POST", &path(theirs, what), &json!({})).await.status, 404, "{what}");
    }
    rep.post(&path(&mine["data"][0], "complete"), json!({})).await;
    assert_eq!(open(&app).await.len(), 1);
}

async fn a_task_goes_with_its_contact(app: TestApp) {
    let crowd = app.crowd(4).await;
    let campaign = app.campaign(chain(vec![task("C1", json!({}))]), &crowd[..3]).await;
    app.run_due().await;
    // Folded into another, the task is about the other.
    app.admin.post(&format!("/api/contacts/{}/merge", crowd[3]), json!({ "other_id": crowd[2] })).await;
    let about: Vec<Value> = open(&app).await.iter().map(|task| task["contact_id"].clone()).collect();
    assert!(about.contains(&json!(crowd[3])) && !about.contains(&json!(crowd[2])), "{about:?}");
    let file = app.admin.get(&format!("/api/contacts/{}/export", crowd[0])).await;
    assert_eq!(file["tasks"].as_array().map(Vec::len), Some(1), "{file}");
    app.admin.call("DELETE", &format!("/api/contacts/{}", crowd[0]), &json!({})).await;
    assert_eq!(open(&app).await.len(), 2);
    let out = json!({ "contact_ids": [crowd[1]] });
    app.admin.post(&format!("/api/campaigns/{campaign}/people/remove"), out).await;
    assert_eq!(open(&app).await.len(), 1, "who is taken out is not called");
}

async fn a_circle_makes_a_new_task_at_every_visit(app: TestApp) {
    let graph = json!({
        "nodes": [task("C1", json!({})), wait("W1", DAY), condition("Q1"), exit("END"),
                  { "key": "BACK", "type": "goto", "name": "BACK", "config": { "node": "C1" }, "x": 0, "y": 0 }],
        "edges": [edge("C1", "W1"), edge("W1", "Q1"), edge("Q1", "BACK"),
                  { "from": "Q1", "to": "END", "condition": { "task": "C1", "outcome": "skipped" } }],
    });
    let ann = app.ann().await;
    let campaign = app.campaign(graph, &[ann]).await;
    app.run_due().await;
    for (what, open_then) in [("complete", 1), ("skip", 0)] {
        let task = open(&app).await.remove(0);
        app.admin.post(&path(&task, what), json!({})).await;
        app.advance(DAY + 15 * SECOND).await;
        app.advance(DAY).await;
        assert_eq!(open(&app).await.len(), open_then, "{what}");
    }
    assert_eq!(app.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "completed");
}
