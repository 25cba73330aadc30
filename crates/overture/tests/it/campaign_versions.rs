//! The steps of a running campaign are changed: who goes over, who stays, and that nobody is written a step again.

use crate::kit::*;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

both! {
    a_new_version_counts_for_those_under_way_and_for_newcomers,
    what_was_written_is_not_written_again_wherever_the_step_now_stands,
    people_on_a_step_that_is_gone_go_on_stay_or_end,
    a_text_that_waits_is_written_anew_and_one_that_left_is_not,
    a_text_that_needs_less_lets_go_of_who_was_held,
    a_shorter_wait_ends_at_once_for_who_waited_long_enough,
    a_draft_of_two_people_is_lost_by_neither,
    an_earlier_version_comes_back_by_the_same_way,
    a_step_on_another_channel_needs_a_sender,
    campaigns_from_before_there_were_versions_keep_their_steps,
}

/// What left, in order: to whom and which words.
async fn texts(app: &TestApp) -> Vec<(String, String)> {
    let letters = app.world.letters("sms").await;
    let mut texts: Vec<(String, String)> = letters
        .iter()
        .map(|letter| (letter["to"][0].as_str().unwrap().into(), letter["text"].as_str().unwrap().into()))
        .collect();
    texts.sort();
    texts
}

async fn words(app: &TestApp) -> Vec<String> {
    texts(app).await.into_iter().map(|(_, text)| text).collect()
}

async fn draft(app: &TestApp, campaign: &str, graph: Value) -> Value {
    let answer =
        app.admin.call("PUT", &format!("/api/campaigns/{campaign}/draft"), &json!({ "graph": graph })).await;
    assert_eq!(answer.status, 200, "{}", answer.brief());
    answer.json()
}

async fn publish(app: &TestApp, campaign: &str, graph: Value, choices: Value) -> Value {
    draft(app, campaign, graph).await;
    app.admin.post(&format!("/api/campaigns/{campaign}/publish"), json!({ "choices": choices })).await
}

fn one_two() -> Value {
    chain(vec![sms("T1", "One"), wait("W1", DAY), sms("T2", "Two")])
}

async fn a_new_version_counts_for_those_under_way_and_for_newcomers(app: TestApp) {
    let people = app.crowd(3).await;
    let campaign = app.campaign(one_two(), &people[..2]).await;
    app.run_due().await;
    assert_eq!(words(&app).await, ["One", "One"]);

    let next = chain(vec![sms("T1", "First"), wait("W1", DAY), sms("T2", "Second"), sms("T3", "Third")]);
    let shown = draft(&app, &campaign, next.clone()).await;
    assert_eq!((&shown["is_draft"], &shown["version"]), (&json!(true), &json!(1)));
    app.advance(HOUR).await;
    let plan = app.admin.get(&format!("/api/campaigns/{campaign}/draft/check")).await;
    assert_eq!(
        (&plan["untouched"], &plan["places"]),
        (&json!(2), &json!([])),
        "both rest where nothing changed"
    );
    let fates: Vec<&str> =
        plan["changes"].as_array().unwrap().iter().map(|c| c["fate"].as_str().unwrap()).collect();
    assert_eq!(fates, ["changed", "changed", "added"]);
    let done =
        app.admin.post(&format!("/api/campaigns/{campaign}/publish"), json!({ "note": "Better" })).await;
    assert_eq!(done, json!({ "version": 2, "moved": 2, "stayed": 0, "ended": 0 }));
    let late = json!({ "audience": { "contact_ids": [people[2]] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), late).await;
    app.run_due().await;
    assert_eq!(words(&app).await, ["One", "One", "First"]);
    app.advance(2 * DAY).await;
    let mut left = words(&app).await;
    left.sort();
    assert_eq!(left, ["First", "One", "One", "Second", "Second", "Second", "Third", "Third", "Third"]);
    let versions = app.admin.get(&format!("/api/campaigns/{campaign}/versions")).await;
    let newest = &versions["data"][0];
    assert_eq!(
        (&newest["version"], &newest["note"], &newest["moved"]),
        (&json!(2), &json!("Better"), &json!(2))
    );
    let campaign = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    assert_eq!((&campaign["version"], &campaign["has_draft"]), (&json!(2), &json!(false)));
}

async fn what_was_written_is_not_written_again_wherever_the_step_now_stands(app: TestApp) {
    let people = app.crowd(2).await;
    let campaign = app.campaign(one_two(), &people[..1]).await;
    app.run_due().await;
    let turned = chain(vec![wait("W1", DAY), sms("T1", "One"), sms("T2", "Two")]);
    publish(&app, &campaign, turned, json!([])).await;
    let late = json!({ "audience": { "contact_ids": [people[1]] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), late).await;
    app.advance(2 * DAY).await;
    let both = ["+14155550000", "+14155550001"].map(str::to_owned);
    let expected: Vec<(String, String)> =
        both.into_iter().flat_map(|to| [(to.clone(), "One".into()), (to, "Two".into())]).collect();
    assert_eq!(texts(&app).await, expected, "each text once, to who had it before and to who had not");
}

async fn people_on_a_step_that_is_gone_go_on_stay_or_end(app: TestApp) {
    let graph = || {
        chain(vec![sms("T1", "One"), wait("W1", DAY), sms("T2", "Two"), wait("W2", DAY), sms("T3", "Three")])
    };
    let without = || chain(vec![sms("T1", "One"), sms("T2", "Second"), wait("W2", DAY), sms("T3", "Third")]);
    let crowd = app.crowd(3).await;
    let mut campaigns = Vec::new();
    for person in &crowd {
        campaigns.push(app.campaign(graph(), std::slice::from_ref(person)).await);
    }
    app.run_due().await;
    draft(&app, &campaigns[0], without()).await;
    let plan = app.admin.get(&format!("/api/campaigns/{}/draft/check", campaigns[0])).await;
    let place = &plan["places"][0];
    assert_eq!(
        (&place["node"], &place["fate"], &place["people"], &place["proposed"], &place["to"]),
        (&json!("W1"), &json!("removed"), &json!(1), &json!("move"), &json!("T2"))
    );
    let choice = |verdict: &str| json!([{ "version": 1, "node": "W1", "do": verdict }]);
    let wrong = json!([{ "version": 1, "node": "W1", "do": "move", "to": "nowhere" }]);
    let refused = app
        .admin
        .call("POST", &format!("/api/campaigns/{}/publish", campaigns[0]), &json!({ "choices": wrong }))
        .await;
    assert_eq!(refused.status, 422, "{}", refused.brief());
    let moved = app.admin.post(&format!("/api/campaigns/{}/publish", campaigns[0]), json!({})).await;
    let stayed = publish(&app, &campaigns[1], without(), choice("stay")).await;
    let ended = publish(&app, &campaigns[2], without(), choice("end")).await;
    assert_eq!([&moved["moved"], &stayed["stayed"], &ended["ended"]], [&json!(1), &json!(1), &json!(1)]);
    app.run_due().await;
    let at_once = texts(&app).await;
    assert_eq!(at_once.iter().filter(|(_, text)| text == "Second").count(), 1, "who goes on goes on now");
    app.advance(DAY).await;
    app.advance(DAY).await;
    let of = |person: usize, all: &[(String, String)]| -> Vec<String> {
        all.iter().filter(|(to, _)| *to == format!("+1415555000{person}")).map(|(_, t)| t.clone()).collect()
    };
    let all = texts(&app).await;
    assert_eq!(of(0, &all), ["One", "Second", "Third"]);
    assert_eq!(of(1, &all), ["One", "Three", "Two"], "as drawn when they came");
    assert_eq!(of(2, &all), ["One"]);
    let person = app.people(&campaigns[2]).await.remove(0);
    assert_eq!((&person["status"], &person["reason"]), (&json!("exited"), &json!("removed")));
}

async fn a_text_that_waits_is_written_anew_and_one_that_left_is_not(app: TestApp) {
    let people = app.crowd(2).await;
    let campaign = app.campaign(one_two(), &people[..1]).await;
    app.run_due().await;
    let sender = format!("/api/senders/{}", app.sms_sender);
    app.admin.patch(&sender, json!({ "status": "paused" })).await;
    let late = json!({ "audience": { "contact_ids": [people[1]] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), late).await;
    app.run_due().await;
    assert_eq!(app.statuses().await, ["sent", "queued"]);
    let better = chain(vec![sms("T1", "One, but better"), wait("W1", DAY), sms("T2", "Two")]);
    publish(&app, &campaign, better, json!([])).await;
    app.run_due().await;
    assert_eq!(app.statuses().await, ["sent", "cancelled", "queued"]);
    app.admin.patch(&sender, json!({ "status": "active" })).await;
    app.run_due().await;
    app.advance(2 * DAY).await;
    let expected = [
        ("+14155550000", "One"),
        ("+14155550000", "Two"),
        ("+14155550001", "One, but better"),
        ("+14155550001", "Two"),
    ];
    let expected = expected.map(|(to, text)| (to.to_owned(), text.to_owned()));
    assert_eq!(texts(&app).await, expected);
}

async fn a_text_that_needs_less_lets_go_of_who_was_held(app: TestApp) {
    let who = app.contact(json!({ "phone": ANN, "last_name": "Lee" })).await;
    let campaign = app.campaign(chain(vec![sms("T1", "Dear {{ contact.first_name }}")]), &[who]).await;
    app.run_due().await;
    assert_eq!(app.people(&campaign).await[0]["status"], "paused");
    let mended = chain(vec![sms("T1", "Dear {{ contact.first_name | default(\"friend\") }}")]);
    publish(&app, &campaign, mended, json!([])).await;
    app.run_due().await;
    assert_eq!(words(&app).await, ["Dear friend"]);
}

async fn a_shorter_wait_ends_at_once_for_who_waited_long_enough(app: TestApp) {
    let people = app.crowd(1).await;
    let campaign = app.campaign(one_two(), &people).await;
    app.run_due().await;
    app.advance(2 * HOUR).await;
    let sooner = chain(vec![sms("T1", "One"), wait("W1", HOUR), sms("T2", "Two")]);
    publish(&app, &campaign, sooner, json!([])).await;
    app.run_due().await;
    assert_eq!(words(&app).await, ["One", "Two"]);
}

async fn a_draft_of_two_people_is_lost_by_neither(app: TestApp) {
    let people = app.crowd(1).await;
    let campaign = app.campaign(one_two(), &people).await;
    let path = format!("/api/campaigns/{campaign}/draft");
    let first = app.admin.get(&path).await;
    assert_eq!((&first["is_draft"], &first["edit"]), (&json!(false), &json!(0)));
    let put = |edit: i64, text: &'static str| {
        let body = json!({ "graph": chain(vec![sms("T1", text)]), "edit": edit });
        let (client, path) = (&app.admin, path.clone());
        async move { client.call("PUT", &path, &body).await }
    };
    assert_eq!(put(0, "Mine").await.status, 200);
    let second = put(0, "Yours").await;
    assert_eq!(
        (second.status.as_u16(), second.json()["error"]["name"].as_str()),
        (409, Some("campaign.draft_newer"))
    );
    assert_eq!(app.admin.get(&path).await["graph"]["nodes"][0]["config"]["body"], "Mine");
    let stale = json!({ "edit": 0 });
    let refused = app.admin.call("POST", &format!("/api/campaigns/{campaign}/publish"), &stale).await;
    assert_eq!(refused.status, 409, "{}", refused.brief());

    let broken = json!({ "nodes": [sms("T1", "Hi {{ contact.")], "edges": [] });
    let shown = draft(&app, &campaign, broken).await;
    assert!(!shown["problems"].as_array().unwrap().is_empty(), "a draft may have problems");
    let refused = app.admin.call("POST", &format!("/api/campaigns/{campaign}/publish"), &json!({})).await;
    assert_eq!(refused.status, 422, "{}", refused.brief());
    let gone = app.admin.call("DELETE", &path, &Value::Null).await;
    assert_eq!((gone.status.as_u16(), &gone.json()["is_draft"]), (200, &json!(false)));
    let nothing = app.admin.call("POST", &format!("/api/campaigns/{campaign}/publish"), &json!({})).await;
    assert_eq!(
        (nothing.status.as_u16(), nothing.json()["error"]["name"].as_str()),
        (409, Some("campaign.no_draft"))
    );
    app.run_due().await;
    app.advance(2 * DAY).await;
    assert_eq!(words(&app).await, ["One", "Two"], "what was only drawn changes nothing");
    let over = app.admin.call("PUT", &path, &json!({ "graph": one_two() })).await;
    assert_eq!((over.status.as_u16(), over.json()["error"]["name"].as_str()), (409, Some("campaign.over")));
}

async fn an_earlier_version_comes_back_by_the_same_way(app: TestApp) {
    let people = app.crowd(2).await;
    let campaign = app.campaign(one_two(), &people[..1]).await;
    app.run_due().await;
    let other = chain(vec![sms("T1", "One"), wait("W1", DAY), sms("T9", "Nine")]);
    publish(&app, &campaign, other, json!([])).await;
    let path = format!("/api/campaigns/{campaign}/versions");
    let shown = app.admin.get(&format!("{path}/2")).await;
    let fates: Vec<(&str, &str)> = shown["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["node"].as_str().unwrap(), c["fate"].as_str().unwrap()))
        .collect();
    assert_eq!(fates, [("W1", "rerouted"), ("T9", "added"), ("T2", "removed")]);
    app.admin.post(&format!("{path}/1/restore"), json!({})).await;
    let done = app.admin.post(&format!("/api/campaigns/{campaign}/publish"), json!({})).await;
    assert_eq!((&done["version"], &done["moved"]), (&json!(3), &json!(1)));
    app.advance(2 * DAY).await;
    assert_eq!(words(&app).await, ["One", "Two"]);
    let gone = app.admin.call("GET", &format!("{path}/9"), &Value::Null).await;
    assert_eq!(gone.status, 404, "{}", gone.brief());
}

async fn a_step_on_another_channel_needs_a_sender(app: TestApp) {
    let people = app.crowd(1).await;
    let campaign = app.campaign(one_two(), &people).await;
    let with_mail = chain(vec![sms("T1", "One"), wait("W1", DAY), email("E1", "Hello", "Hi")]);
    publish(&app, &campaign, with_mail, json!([])).await;
    app.run_due().await;
    app.advance(2 * DAY).await;
    assert_eq!((app.world.taken("sms").await, app.world.taken("email").await), (1, 1));
}

async fn campaigns_from_before_there_were_versions_keep_their_steps(app: TestApp) {
    let mut graph = one_two();
    graph["nodes"].as_array_mut().unwrap().push(sms("T3", "Three"));
    graph["edges"].as_array_mut().unwrap().insert(
        0,
        json!({ "from": "T1", "to": "T3", "condition": { "field": "contact.city", "op": "is", "value": "Oslo" } }),
    );
    let people = app.crowd(1).await;
    let campaign = app.campaign(graph, &people).await;
    let path = format!("/api/campaigns/{campaign}/versions/1");
    let before = app.admin.get(&path).await;
    let tx = app.app.db.begin().await.unwrap();
    let fill = match tx.get_database_backend() {
        DbBackend::Sqlite => {
            include_str!("../../../store/src/schema/0015_versions_of_campaigns.sqlite.sql")
        }
        _ => include_str!("../../../store/src/schema/0015_versions_of_campaigns.postgres.sql"),
    };
    tx.execute_unprepared("delete from campaign_versions").await.unwrap();
    tx.execute_unprepared(fill).await.unwrap();
    app.app.commit(tx).await.unwrap();
    assert_eq!(app.admin.get(&path).await["graph"], before["graph"]);
}
