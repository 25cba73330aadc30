//! Campaigns whose messages somebody looks over: what is written waits in the send queue, and its campaign with it.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    nothing_of_a_campaign_leaves_before_somebody_says_so,
    only_the_first_message_to_each_is_looked_over_where_that_is_wanted,
    a_step_has_the_last_word_about_its_message,
    who_is_rejected_leaves_or_goes_on_and_both_can_be_taken_back,
    an_answer_and_an_opt_out_take_drafts_with_them,
    a_merge_that_is_undone_sends_nothing_that_nobody_approved,
    on_telegram_a_draft_waits_in_the_account_of_the_contacts_owner,
}

fn two_texts() -> Value {
    chain(vec![sms("T1", "Hello"), wait("W1", HOUR), sms("T2", "Still there?"), wait("W2", DAY)])
}

async fn drafts(app: &TestApp) -> Vec<Value> {
    app.admin.get("/api/drafts").await["data"].as_array().unwrap().clone()
}

fn path_of(draft: &Value) -> String {
    format!("/api/drafts/{}", draft["id"].as_str().unwrap())
}

async fn approve(app: &TestApp, draft: &Value) {
    app.admin.post(&format!("{}/approve", path_of(draft)), json!({})).await;
    app.run_due().await;
}

async fn with_policy(app: &TestApp, graph: Value, people: &[String], approval: &str) -> String {
    let campaign = app.campaign_with(graph, people, json!({ "approval": approval })).await;
    app.run_due().await;
    campaign
}

async fn nothing_of_a_campaign_leaves_before_somebody_says_so(app: TestApp) {
    let crowd = app.crowd(2).await;
    let campaign = with_policy(&app, two_texts(), &crowd, "all").await;
    let shown = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    assert_eq!((&shown["approval"], &shown["to_review"]), (&json!("all"), &json!(2)));
    let waiting = drafts(&app).await;
    assert_eq!((waiting.len(), app.world.taken("sms").await), (2, 0));
    assert!(waiting.iter().all(|draft| draft["campaign_id"] == json!(campaign)), "{waiting:?}");
    assert!(app.people(&campaign).await.iter().all(|person| person["status"] == "waiting"));
    // Days of waiting send nothing.
    app.live(3 * DAY, 6 * HOUR).await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (2, 0));
    approve(&app, &waiting[0]).await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (1, 1));
    // What follows for them is looked over too; the other one waits where they were.
    app.advance(2 * HOUR).await;
    let next = drafts(&app).await;
    assert_eq!((next.len(), app.world.taken("sms").await), (2, 1));
    assert_eq!(next.iter().filter(|draft| draft["text"] == "Still there?").count(), 1);
}

async fn only_the_first_message_to_each_is_looked_over_where_that_is_wanted(app: TestApp) {
    let ann = app.ann().await;
    with_policy(&app, two_texts(), &[ann], "first").await;
    approve(&app, &drafts(&app).await[0]).await;
    app.advance(2 * HOUR).await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (0, 2));
}

async fn a_step_has_the_last_word_about_its_message(app: TestApp) {
    let graph = |first: Value, second: Value| {
        let mut graph = two_texts();
        graph["nodes"][0]["config"]["approval"] = first;
        graph["nodes"][2]["config"]["approval"] = second;
        graph
    };
    let crowd = app.crowd(2).await;
    with_policy(&app, graph(json!("ask"), json!("send")), &crowd[..1], "none").await;
    with_policy(&app, graph(json!("send"), json!("ask")), &crowd[1..], "first").await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (1, 1));
    app.advance(2 * HOUR).await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (2, 1));
}

async fn who_is_rejected_leaves_or_goes_on_and_both_can_be_taken_back(app: TestApp) {
    let ann = app.ann().await;
    let campaign = with_policy(&app, two_texts(), &[ann], "first").await;
    let person = async || app.people(&campaign).await[0].clone();
    let draft = drafts(&app).await[0].clone();
    let reject = async |more: Value| {
        let mut body = json!({ "reason": "Not her" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.admin.post(&format!("{}/reject", path_of(&draft)), body).await
    };
    reject(json!({})).await;
    app.run_due().await;
    let gone = person().await;
    assert_eq!((&gone["status"], &gone["reason"]), (&json!("exited"), &json!("rejected")));
    assert_eq!(gone["detail"], "Not her");
    app.admin.post(&format!("{}/reopen", path_of(&draft)), json!({})).await;
    assert_eq!(person().await["status"], "waiting");
    // Where they are to go on without it, that can be taken back as long as they have not.
    reject(json!({ "afterwards": "go_on", "undo_seconds": 60 })).await;
    app.run_due().await;
    app.admin.post(&format!("{}/reopen", path_of(&draft)), json!({})).await;
    assert_eq!(person().await["status"], "waiting");
    app.live(2 * HOUR, HOUR).await;
    assert_eq!((person().await["status"].clone(), app.world.taken("sms").await), (json!("waiting"), 0));
    reject(json!({ "afterwards": "go_on" })).await;
    app.run_due().await;
    assert_eq!(person().await["node_key"], "W1");
    let late = app.admin.call("POST", &format!("{}/reopen", path_of(&draft)), &json!({})).await;
    assert_eq!(late.status, 409, "{}", late.json());
    app.advance(2 * HOUR).await;
    let all: Vec<(Value, Value)> =
        app.sent().await.iter().map(|m| (m["text"].clone(), m["status"].clone())).collect();
    let expected =
        [("Hello", "rejected"), ("Still there?", "sent")].map(|(text, status)| (json!(text), json!(status)));
    assert_eq!(all, expected, "the first was rejected, and the policy asks about no other");
}

async fn an_answer_and_an_opt_out_take_drafts_with_them(app: TestApp) {
    let ann = app.ann().await;
    with_policy(&app, two_texts(), std::slice::from_ref(&ann), "all").await;
    app.admin.post("/api/suppressions", json!({ "channel": "sms", "value": ANN })).await;
    app.run_due().await;
    assert_eq!(drafts(&app).await.len(), 0);
    let bob = app.contact(json!({ "phone": "+14155550199", "first_name": "Bob" })).await;
    with_policy(&app, two_texts(), &[bob], "first").await;
    assert_eq!(drafts(&app).await.len(), 1);
    app.deliver(Post::text("SM1", "+14155550199", "Who is this?")).await;
    app.run_due().await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (0, 0));
}

async fn a_merge_that_is_undone_sends_nothing_that_nobody_approved(app: TestApp) {
    let crowd = app.crowd(2).await;
    with_policy(&app, two_texts(), &crowd, "all").await;
    let merge = json!({ "other_id": crowd[1] });
    let merged = app.admin.post(&format!("/api/contacts/{}/merge", crowd[0]), merge).await;
    app.run_due().await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (1, 0), "{merged}");
    app.admin.post(&format!("/api/merges/{}/undo", merged["merge"]["id"].as_str().unwrap()), json!({})).await;
    app.run_due().await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (2, 0));
    app.live(DAY, 6 * HOUR).await;
    assert_eq!((drafts(&app).await.len(), app.world.taken("sms").await), (2, 0));
}

async fn on_telegram_a_draft_waits_in_the_account_of_the_contacts_owner(app: TestApp) {
    let rep = app.member("rep").await;
    let me = rep.get("/api/auth/me").await;
    let hers = rep.post("/api/contacts", json!({ "first_name": "Ann", "email": "ann@people.example" })).await
        ["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let nobody = app.contact(json!({ "first_name": "Noname", "email": "no@people.example" })).await;
    let address = json!({ "kind": "telegram", "value": "@ann_lee" });
    rep.post(&format!("/api/contacts/{hers}/addresses"), address).await;
    let step = json!({ "key": "G1", "type": "telegram_send", "name": "", "x": 0, "y": 0,
                       "config": { "body": "Hi {{ contact.first_name }}" } });
    let campaign = with_policy(&app, chain(vec![step]), &[hers, nobody], "none").await;
    let waiting = drafts(&app).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let draft = &waiting[0];
    assert_eq!((&draft["channel"], &draft["text"]), (&json!("telegram"), &json!("Hi Ann")));
    assert_eq!((&draft["contact_handle"], &draft["carrier_id"]), (&json!("@ann_lee"), &me["member"]["id"]));
    // What has no name there is passed over, as on every other channel.
    let people = app.people(&campaign).await;
    assert!(
        people.iter().any(|person| person["status"] == "exited" || person["status"] == "completed"),
        "{people:?}"
    );
    let theirs = rep.get("/api/drafts").await;
    assert_eq!(theirs["data"].as_array().unwrap().len(), 1, "the rep sees it");
}
