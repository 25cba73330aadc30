//! `execute-sms` and its siblings: who is due is taken through the step by a job, exactly as the engine would.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    it_takes_who_is_due_once_and_says_what_became_of_everybody,
    it_passes_over_no_window_no_consent_and_no_approval,
    it_stops_when_asked_and_a_crash_neither_loses_nor_repeats_anybody,
}

/// Asks, and lets the job run; its result.
async fn execute(app: &TestApp, campaign: &str, channel: &str, body: Value) -> Value {
    let answer = app.admin.call("POST", &format!("/api/campaigns/{campaign}/execute-{channel}"), &body).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    let job = answer.json();
    assert_eq!((&job["status"], &job["campaign_id"]), (&json!("queued"), &json!(campaign)));
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    let job = app.admin.get(&format!("/api/jobs/{}", job["id"].as_str().unwrap())).await;
    assert_eq!((&job["status"], &job["progress"]), (&json!("completed"), &json!(1.0)), "{job}");
    job["result"].clone()
}

/// `[code, people]` of each reason.
fn told(result: &Value, field: &str) -> Vec<(String, i64)> {
    let all = result[field].as_array().unwrap().iter();
    all.map(|told| (told["code"].as_str().unwrap().to_owned(), told["people"].as_i64().unwrap())).collect()
}

async fn it_takes_who_is_due_once_and_says_what_became_of_everybody(app: TestApp) {
    let crowd = app.crowd(3).await;
    let stranger = app.ann().await;
    let graph =
        chain(vec![sms("T1", "Hello"), wait("W1", HOUR), email("E1", "Hi", "Still there?"), wait("W2", DAY)]);
    let campaign = app.campaign(graph, &crowd).await;
    let path = format!("/api/campaigns/{campaign}/execute-sms");
    let result = execute(&app, &campaign, "email", json!({})).await;
    assert_eq!((&result["queued"], told(&result, "skipped")), (&json!(0), vec![("other_step".into(), 3)]));

    let named = json!({ "contact_ids": [crowd[0], stranger, crowd[0]] });
    let result = execute(&app, &campaign, "sms", named).await;
    assert_eq!(
        (&result["queued"], told(&result, "skipped")),
        (&json!(1), vec![("not_in_campaign".into(), 1)])
    );
    let result = execute(&app, &campaign, "sms", json!({})).await;
    assert_eq!((&result["queued"], &result["already"]), (&json!(2), &json!(1)));
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 3, "each has had it once");

    let result = execute(&app, &campaign, "email", json!({ "contact_ids": crowd })).await;
    assert_eq!(told(&result, "skipped"), vec![("not_due".into(), 3)], "whoever is named is not hurried");
    app.clock.advance(HOUR);
    let result = execute(&app, &campaign, "email", json!({})).await;
    assert_eq!(result["queued"], 3);

    // The same request is the same job; what cannot be is said before there is one.
    let ask = async || {
        let headers = [("content-type", "application/json"), ("idempotency-key", "once")];
        app.admin.raw("POST", &path, &headers, "{}").await
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(
        (first.status, second.status, first.json()["id"] == second.json()["id"]),
        (first.status, first.status, true)
    );
    let rep = app.member("rep").await;
    assert_eq!(rep.call("POST", &path, &json!({})).await.status, 404);
    for (channel, body, expected) in [
        ("tiktok", json!({}), "409 campaign.no_such_step"),
        ("sms", json!({ "contact_ids": [] }), "422 contacts.number"),
        ("sms", json!({ "contact_ids": ["con_x"] }), "404 not_found"),
        ("sms", json!({ "now": true }), "422 input.invalid"),
    ] {
        let answer =
            app.admin.call("POST", &format!("/api/campaigns/{campaign}/execute-{channel}"), &body).await;
        let name = answer.json()["error"]["name"].as_str().unwrap().to_owned();
        assert_eq!(format!("{} {name}", answer.status.as_u16()), expected);
    }
    app.admin.post(&format!("/api/campaigns/{campaign}/pause"), json!({})).await;
    assert_eq!(app.admin.call("POST", &path, &json!({})).await.status, 409);
}

async fn it_passes_over_no_window_no_consent_and_no_approval(app: TestApp) {
    let crowd = app.crowd(2).await;
    let graph = || chain(vec![sms("T1", "Hello {{ contact.first_name }}")]);
    // A value is missing: held, and tried again when it is there.
    let campaign = app.campaign(graph(), &crowd).await;
    app.run_due().await;
    let result = execute(&app, &campaign, "sms", json!({})).await;
    assert_eq!((&result["queued"], told(&result, "held")), (&json!(0), vec![("missing_value".into(), 2)]));
    for id in &crowd {
        app.admin.patch(&format!("/api/contacts/{id}"), json!({ "first_name": "Bo" })).await;
    }
    // Nobody agreed.
    app.admin.patch("/api/settings", json!({ "consent_channels": ["sms"] })).await;
    let result = execute(&app, &campaign, "sms", json!({})).await;
    assert_eq!((&result["queued"], told(&result, "held")), (&json!(0), vec![("no_consent".into(), 2)]));
    app.admin.patch("/api/settings", json!({ "consent_channels": [] })).await;
    // Somebody looks it over first.
    let looked = app.campaign_with(graph(), &crowd, json!({ "approval": "all" })).await;
    let result = execute(&app, &looked, "sms", json!({})).await;
    assert_eq!((&result["queued"], &result["to_review"]), (&json!(0), &json!(2)));
    // A window that is shut: it waits for its opening, and the answer says so.
    let shut = json!({ "windows": [{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "03:00", "until": "04:00" }] });
    let later = app.campaign_with(graph(), &crowd, shut).await;
    let result = execute(&app, &later, "sms", json!({})).await;
    assert_eq!(
        (&result["queued"], told(&result, "waiting")),
        (&json!(2), vec![("message.scheduled".into(), 2)])
    );
    let taken = app.world.taken("sms").await;
    app.run_due().await;
    assert_eq!(app.node_of(&later, "T1").await["sent"], 0);
    assert_eq!(
        app.world.taken("sms").await - taken,
        2,
        "only those of the campaign that nothing holds any more"
    );
}

async fn it_stops_when_asked_and_a_crash_neither_loses_nor_repeats_anybody(app: TestApp) {
    let crowd = app.crowd(5).await;
    let campaign = app.campaign(chain(vec![sms("T1", "Hello")]), &crowd).await;
    let ask = async || {
        let answer =
            app.admin.call("POST", &format!("/api/campaigns/{campaign}/execute-sms"), &json!({})).await;
        format!("/api/jobs/{}", answer.json()["id"].as_str().unwrap())
    };
    let job = ask().await;
    let held = store::job::claim(&app.app.db, &app.app.node, 30_000, app.clock.now()).await.unwrap().unwrap();
    app.admin.post(&format!("{job}/cancel"), json!({})).await;
    overture::loops::jobs::work(&app.app, held).await.unwrap();
    let stopped = app.admin.get(&job).await;
    assert_eq!((&stopped["status"], &stopped["result"]["queued"]), (&json!("cancelled"), &json!(0)));

    let job = ask().await;
    app.fail_moves(true).await;
    overture::loops::jobs::run(app.app.clone()).await.unwrap();
    let failed = app.admin.get(&job).await;
    assert_eq!((&failed["status"], &failed["done"]), (&json!("queued"), &json!(0)));
    app.fail_moves(false).await;
    app.clock.advance(HOUR);
    let again =
        store::job::claim(&app.app.db, &app.app.node, 30_000, app.clock.now()).await.unwrap().unwrap();
    overture::campaigns::execute::run::run_in_rounds(&app.app, again, &app.app.node, 2).await.unwrap();
    let done = app.admin.get(&job).await;
    assert_eq!(
        (&done["status"], &done["result"]["queued"], &done["done"]),
        (&json!("completed"), &json!(5), &json!(5))
    );
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 5);
}
