//! Reply times: who waits for an answer since when, what ends that, and who is told once that it is late.

use crate::{
    inbox::{BOB, at, heard_from},
    kit::*,
    threads::of_ann,
};
use overture::loops;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

both! {
    a_wait_begins_with_their_message_and_ends_with_ours,
    what_needs_no_answer_is_not_waited_for,
    what_is_put_away_waits_no_more_until_that_is_undone,
    what_rested_counts_from_when_it_comes_back,
    what_is_late_is_told_once_by_one_of_two_nodes,
    an_answer_on_its_way_when_the_time_is_up_is_marked_by_nobody_before_it_is_read,
    a_wait_moves_with_the_messages,
    other_times_and_days_are_worked_out_for_what_waits,
    what_cannot_be_kept_is_refused_and_a_preview_changes_nothing,
}

/// Monday to Friday, 9 to 17, by UTC: four hours to the first answer and eight to later ones.
fn office() -> Value {
    json!({
        "is_on": true, "windows": [{ "days": [1, 2, 3, 4, 5], "from": "09:00", "until": "17:00" }], "time_zone": "UTC",
        "rests_on_holidays": true, "first_minutes": 240, "later_minutes": 480, "hot_minutes": null, "channels": [],
    })
}

/// At any hour: so many minutes to every answer.
pub fn day_and_night(minutes: u32) -> Value {
    let mut times = office();
    for (field, value) in
        [("windows", json!([])), ("first_minutes", json!(minutes)), ("later_minutes", json!(minutes))]
    {
        times[field] = value;
    }
    times
}

async fn keep(app: &TestApp, times: Value) {
    app.admin.patch("/api/reply-times", times).await;
    app.run_due().await;
}

async fn shown(app: &TestApp, id: &str) -> Value {
    app.admin.get(&format!("/api/conversations/{id}")).await
}

/// When an answer is due, as hours after [`MONDAY`].
async fn due(app: &TestApp, id: &str) -> Option<i64> {
    let found = shown(app, id).await;
    let at = |name: &str| {
        let at: Option<store::At> = serde_json::from_value(found[name].clone()).unwrap();
        at.map(|at| at.0 - MONDAY)
    };
    assert_eq!(at("due_at").is_some(), at("owed_since").is_some(), "{found}");
    at("due_at").map(|ms| ms / HOUR)
}

async fn late(app: &TestApp) -> Vec<String> {
    let page = app.admin.get("/api/conversations?view=late").await;
    let ids: Vec<String> =
        page["data"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(page["counts"]["late"], json!(ids.len()), "{page}");
    let counted = app.admin.get("/api/conversations/count?view=late").await;
    assert_eq!(counted["total"], json!(ids.len()));
    ids
}

async fn answer(app: &TestApp, id: &str, key: &str) {
    app.admin.post(&at(id, "reply"), json!({ "text": "Here you are", "client_id": key })).await;
    app.run_due().await;
}

/// How often the admin was told that something is late.
async fn told(app: &TestApp) -> i64 {
    let page = app.admin.get("/api/notifications").await;
    let lines = page["data"].as_array().unwrap().iter().filter(|line| line["kind"] == "late");
    lines.map(|line| line["times"].as_i64().unwrap()).sum()
}

async fn a_wait_begins_with_their_message_and_ends_with_ours(app: TestApp) {
    app.ann().await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    assert_eq!(due(&app, &id).await, None, "off as it comes");
    keep(&app, office()).await;
    assert_eq!(due(&app, &id).await, Some(4));
    app.advance(HOUR).await;
    heard_from(&app, "SM2", ANN, "Two").await;
    assert_eq!(due(&app, &id).await, Some(4), "the oldest counts");
    // A campaign is nobody's answer.
    let bystander = app.contact(json!({ "phone": BOB, "last_name": "Bob" })).await;
    let with_bob = heard_from(&app, "SM3", BOB, "Three").await;
    app.campaign(one_text(), &[bystander]).await;
    app.run_due().await;
    assert_eq!(app.world.letters("sms").await.len(), 1, "the campaign wrote");
    app.advance(MINUTE).await;
    heard_from(&app, "SM5", BOB, "Three again").await;
    assert_eq!(due(&app, &with_bob).await, Some(5));
    answer(&app, &id, "client-sla-1").await;
    assert_eq!(due(&app, &id).await, None);
    app.advance(HOUR).await;
    heard_from(&app, "SM4", ANN, "Four").await;
    // From 12:00 on five hours today and three tomorrow: 12:00 on Tuesday.
    assert_eq!(due(&app, &id).await, Some(26), "a later answer");
    app.advance(5 * DAY).await;
    assert_eq!(late(&app).await, [with_bob.clone(), id.clone()], "the one that waits longest comes first");
    let page = app.admin.get("/api/conversations?view=late&limit=1").await;
    let next =
        format!("/api/conversations?view=late&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(
        (&page["data"][0]["id"], &app.admin.get(&next).await["data"][0]["id"]),
        (&json!(with_bob), &json!(id))
    );
    answer(&app, &id, "client-sla-2").await;
    assert_eq!(late(&app).await, [with_bob]);
    let report = app.admin.get("/api/reply-times/report").await;
    assert_eq!(
        report,
        json!({ "answered": 2, "in_time": 1, "first": 1, "median_first_ms": HOUR + MINUTE }),
        "once each, however often they are read"
    );
    let rita = app.member("rep").await;
    assert_eq!(
        rita.get("/api/reply-times/report").await["answered"],
        0,
        "a rep sees how they did themselves"
    );
}

async fn what_needs_no_answer_is_not_waited_for(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    assert_eq!(due(&app, &id).await, Some(4));
    // Somebody finds out that a machine wrote it.
    for (kind, expected) in [
        ("out_of_office", None),
        ("answer", Some(4)),
        ("auto_reply", None),
        ("question", Some(4)),
        ("bounce", None),
    ] {
        let sql = format!("update messages set kind = '{kind}' where conversation_id = '{id}'");
        let tx = app.app.db.begin().await.unwrap();
        tx.execute_unprepared(&sql).await.unwrap();
        app.app.commit(tx).await.unwrap();
        app.run_due().await;
        assert_eq!(due(&app, &id).await, expected, "{kind}");
    }
    let bob = heard_from(&app, "SM2", BOB, "Two").await;
    assert_eq!(due(&app, &bob).await, Some(4));
    app.advance(MINUTE).await;
    heard_from(&app, "SM3", BOB, "STOP").await;
    assert_eq!(due(&app, &bob).await, None, "who wants to hear nothing waits for nothing");
    let third = heard_from(&app, "SM4", "+14155550179", "Three").await;
    app.admin.post(&at(&third, "block"), json!({})).await;
    app.run_due().await;
    assert_eq!(due(&app, &third).await, None);
    app.advance(DAY).await;
    assert_eq!(late(&app).await, Vec::<String>::new());
    app.admin.post(&at(&third, "unblock"), json!({})).await;
    app.run_due().await;
    assert_eq!(late(&app).await, [third]);
}

async fn what_is_put_away_waits_no_more_until_that_is_undone(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    app.advance(HOUR).await;
    for (away, body) in
        [("done", json!({})), ("snooze", json!({ "until": "tomorrow 9am" })), ("block", json!({}))]
    {
        app.admin.post(&at(&id, away), body).await;
        assert_eq!(due(&app, &id).await, None, "{away}: at once");
        app.run_due().await;
        assert_eq!(due(&app, &id).await, None, "{away}");
        let undo = if away == "block" { "unblock" } else { "reopen" };
        app.admin.post(&at(&id, undo), json!({})).await;
        app.run_due().await;
        assert_eq!(due(&app, &id).await, Some(4), "{undo} after {away}");
    }
    // What was put away is not owed when they write again, and closing that and opening it again brings that back alone.
    app.admin.post(&at(&id, "done"), json!({})).await;
    app.advance(HOUR).await;
    heard_from(&app, "SM2", ANN, "Two").await;
    assert_eq!(due(&app, &id).await, Some(6));
    app.admin.post(&at(&id, "done"), json!({})).await;
    app.admin.post(&at(&id, "reopen"), json!({})).await;
    app.admin.post(&at(&id, "reopen"), json!({})).await;
    app.run_due().await;
    assert_eq!(due(&app, &id).await, Some(6));
    // Who is told that it is late, closes it and opens it again, is told no second time.
    app.advance(5 * HOUR).await;
    assert_eq!((late(&app).await, told(&app).await), (vec![id.clone()], 1));
    app.admin.post(&at(&id, "done"), json!({})).await;
    app.run_due().await;
    assert_eq!(late(&app).await, Vec::<String>::new());
    app.admin.post(&at(&id, "reopen"), json!({})).await;
    app.run_due().await;
    assert_eq!((late(&app).await, told(&app).await), (vec![id.clone()], 1));
    // An answer that leaves after the conversation was closed is an answer.
    app.admin
        .post(&at(&id, "reply"), json!({ "text": "Here", "client_id": "client-sla-1", "undoable": true }))
        .await;
    app.admin.post(&at(&id, "done"), json!({})).await;
    app.advance(MINUTE).await;
    assert_eq!(app.admin.get("/api/reply-times/report").await["answered"], 1);
}

async fn what_rested_counts_from_when_it_comes_back(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    app.advance(MINUTE).await;
    app.admin.post(&at(&id, "snooze"), json!({ "until": "tomorrow 9am", "in_any_case": true })).await;
    app.advance(HOUR).await;
    heard_from(&app, "SM2", ANN, "Two").await;
    assert_eq!(due(&app, &id).await, None, "it rests in any case");
    app.advance(22 * HOUR - MINUTE).await;
    assert_eq!((due(&app, &id).await, late(&app).await), (Some(27), vec![]), "from nine on, four hours");
    // They write while it rests, and that brings it back: this is what is owed.
    app.admin.post(&at(&id, "snooze"), json!({ "until": "in 3 days" })).await;
    app.advance(HOUR).await;
    heard_from(&app, "SM3", ANN, "Three").await;
    assert_eq!(due(&app, &id).await, Some(28));
}

async fn what_is_late_is_told_once_by_one_of_two_nodes(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let hook = app.admin.post(
        "/api/webhooks",
        json!({ "url": "https://hooks.example/late", "kinds": ["conversation.late"] }),
    );
    let hook = hook.await;
    let mut ids = vec![heard_from(&app, "SM0", ANN, "From Ann").await];
    for n in 1..8 {
        ids.push(heard_from(&app, &format!("SM{n}"), &format!("+1415555018{n}"), "Hello").await);
    }
    let other = app.node().await;
    app.clock.advance(4 * HOUR - SECOND);
    loops::clocks::run(app.app.clone()).await.unwrap();
    assert_eq!(late(&app).await.len(), 0, "not a second too early");
    app.clock.advance(SECOND);
    for _ in 0..4 {
        let (one, two) =
            tokio::join!(loops::clocks::run(app.app.clone()), loops::clocks::run(other.app.clone()));
        one.unwrap();
        two.unwrap();
    }
    assert_eq!(late(&app).await.len(), ids.len());
    assert_eq!(told(&app).await, 1, "whoever is to answer Ann; the others are nobody's");
    let path = format!("/api/webhooks/{}/deliveries", hook["id"].as_str().unwrap());
    let told = app.admin.get(&path).await;
    assert_eq!(told["data"].as_array().unwrap().len(), ids.len(), "{told}");
}

async fn an_answer_on_its_way_when_the_time_is_up_is_marked_by_nobody_before_it_is_read(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let id = heard_from(&app, "SM1", ANN, "One").await;
    app.clock.advance(4 * HOUR - MINUTE);
    app.admin.post(&at(&id, "reply"), json!({ "text": "Here", "client_id": "client-sla-1" })).await;
    app.send_once().await;
    app.clock.advance(2 * MINUTE);
    // A node that has not yet read what was said looks for what is late.
    let (marked, _) = store::reply_clock::mark_late(&app.app.db, app.clock.now()).await.unwrap();
    assert_eq!(marked, vec![]);
    app.run_due().await;
    assert_eq!((due(&app, &id).await, told(&app).await), (None, 0));
    assert_eq!(app.admin.get("/api/reply-times/report").await["in_time"], 1);
}

async fn a_wait_moves_with_the_messages(app: TestApp) {
    let (text, mail) = of_ann(&app).await;
    keep(&app, office()).await;
    app.admin.post(&at(&text, "done"), json!({})).await;
    app.advance(HOUR).await;
    assert_eq!((due(&app, &text).await, due(&app, &mail).await), (None, Some(4)));
    app.admin.post(&at(&text, "merge"), json!({ "other_id": mail })).await;
    app.run_due().await;
    let since = shown(&app, &text).await["owed_since"].clone();
    assert_eq!(since, json!(domain::time::rfc3339(MONDAY + MINUTE)), "not since what was put away");
    assert_eq!(due(&app, &text).await, Some(4));
    app.advance(4 * HOUR).await;
    assert_eq!((late(&app).await, told(&app).await), (vec![text.clone()], 1));
    app.admin.post(&at(&text, "unmerge"), json!({ "other_id": mail })).await;
    app.run_due().await;
    assert_eq!((due(&app, &text).await, due(&app, &mail).await), (None, Some(4)));
    assert_eq!(late(&app).await, [mail]);
}

async fn other_times_and_days_are_worked_out_for_what_waits(app: TestApp) {
    app.ann().await;
    keep(&app, office()).await;
    let id = heard_from(&app, "SM1", ANN, "Yes, I am interested").await;
    let with = |changes: Value| {
        let mut times = office();
        times.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        times
    };
    let sms = json!([{ "channel": "sms", "first_minutes": 60, "later_minutes": 60 }]);
    for (changes, expected) in [
        (json!({ "first_minutes": 480 }), Some(24)),
        (json!({ "first_minutes": 480, "hot_minutes": 120 }), Some(2)),
        (json!({ "channels": sms }), Some(1)),
        (json!({ "time_zone": "America/New_York" }), Some(7)),
        (json!({ "windows": [], "first_minutes": 600 }), Some(10)),
        (json!({ "is_on": false }), None),
        (json!({}), Some(4)),
    ] {
        keep(&app, with(changes.clone())).await;
        assert_eq!(due(&app, &id).await, expected, "{changes}");
    }
    app.admin
        .patch("/api/settings", json!({ "holidays": [{ "day": "2026-06-15" }, { "day": "2026-06-16" }] }))
        .await;
    app.run_due().await;
    assert_eq!(due(&app, &id).await, Some(51), "from Wednesday at nine");
    keep(&app, with(json!({ "rests_on_holidays": false }))).await;
    assert_eq!(due(&app, &id).await, Some(4));
    // What is late by times that nobody could know is shown, but nobody is woken for it.
    app.advance(2 * HOUR).await;
    keep(&app, with(json!({ "rests_on_holidays": false, "first_minutes": 60 }))).await;
    assert_eq!((late(&app).await, told(&app).await), (vec![id.clone()], 0));
    keep(&app, with(json!({ "is_on": false }))).await;
    assert_eq!(late(&app).await, Vec::<String>::new());
}

async fn what_cannot_be_kept_is_refused_and_a_preview_changes_nothing(app: TestApp) {
    let usual = app.admin.get("/api/reply-times").await;
    assert_eq!(
        (&usual["is_on"], &usual["first_minutes"], &usual["later_minutes"]),
        (&json!(false), &json!(240), &json!(480))
    );
    let with = |field: &str, value: Value| {
        let mut times = office();
        times[field] = value;
        times
    };
    let window = json!([{ "days": [1], "from": "09:00", "until": "09:05" }]);
    for (field, value, said) in [
        ("windows", json!([{ "days": [], "from": "09:00", "until": "17:00" }]), "weekday"),
        ("time_zone", json!("Mars/Base"), "IANA"),
        ("first_minutes", json!(0), ""),
        ("windows", window, "longer hours"),
        ("hot_minutes", json!(0), ""),
        (
            "channels",
            json!([{ "channel": "sms", "first_minutes": 1, "later_minutes": 1 }, { "channel": "sms", "first_minutes": 1, "later_minutes": 1 }]),
            "two lines",
        ),
    ] {
        let refused = app.admin.call("PATCH", "/api/reply-times", &with(field, value.clone())).await;
        assert_eq!(refused.status, 422, "{field} {value}: {}", refused.brief());
        assert!(refused.json().to_string().contains(said), "{}", refused.brief());
    }
    let manager = app.member("manager").await;
    assert_eq!(manager.call("PATCH", "/api/reply-times", &office()).await.status, 403);
    let asked = json!({ "times": with("first_minutes", json!(180)), "moments": ["2026-11-27T16:30"] });
    let seen = manager.post("/api/reply-times/preview", asked).await;
    assert_eq!(seen["time_zone"], "UTC");
    assert_eq!(seen["data"][0]["came_at"], "2026-11-27T16:30:00.000Z");
    assert_eq!(seen["data"][0]["first_due_at"], "2026-11-30T11:30:00.000Z");
    let refused = json!({ "times": office(), "moments": ["on Friday"] });
    assert_eq!(manager.call("POST", "/api/reply-times/preview", &refused).await.status, 422);
    assert_eq!(app.admin.get("/api/reply-times").await, usual);
    // The change stands in the log with what it was and is.
    app.admin.patch("/api/reply-times", office()).await;
    let log = app.admin.get("/api/audit?action=reply_times_update").await;
    assert!(log.to_string().contains("is_on"), "{log}");
}
