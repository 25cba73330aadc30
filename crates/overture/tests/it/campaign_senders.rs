//! The senders of a campaign share its people, and everything that limits how much leaves: of a sender, of a campaign,
//! to a domain, on a holiday.

use crate::kit::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    senders_take_turns_and_follow_ups_come_from_the_same_one,
    people_are_shared_by_weight_and_a_newcomer_takes_its_share_from_then_on,
    what_waits_for_a_sender_that_goes_is_written_anew_from_one_that_stays,
    a_sender_that_does_not_work_is_given_nobody_new,
    two_workers_count_whom_a_sender_was_given,
    senders_of_a_campaign_are_checked,
    a_campaign_sends_no_more_than_its_cap_a_day_and_says_so,
    a_domain_gets_no_more_than_its_cap_an_hour_and_holds_up_nobody_else,
    a_new_mailbox_grows_into_its_cap,
    an_hourly_cap_is_spread_over_the_hour,
    nothing_leaves_on_a_holiday_unless_the_campaign_works_then,
    whatsapp_begins_with_its_template_filled_in,
    messenger_writes_to_those_who_wrote_there,
}

/// Two more numbers beside the first.
async fn numbers(app: &TestApp) -> [String; 3] {
    let more = |address| add_sender(&app.app, &app.scope, domain::Channel::Sms, address);
    let (two, three) = (more("+12025550182").await, more("+12025550183").await);
    [app.sms_sender.to_string(), two.to_string(), three.to_string()]
}

fn seats(given: &[(&str, i64)]) -> Value {
    let seat = |(id, weight): &(&str, i64)| json!({ "sender_id": id, "weight": weight });
    json!({ "senders": given.iter().map(seat).collect::<Vec<Value>>() })
}

/// How many messages left from each of our addresses.
async fn from(app: &TestApp) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for message in app.sent().await.iter().filter(|m| m["status"] == "sent" || m["status"] == "delivered") {
        *counts.entry(message["from_address"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

fn counts(expected: &[(&str, usize)]) -> BTreeMap<String, usize> {
    expected.iter().map(|(address, n)| ((*address).to_owned(), *n)).collect()
}

async fn senders_take_turns_and_follow_ups_come_from_the_same_one(app: TestApp) {
    let [one, two, three] = numbers(&app).await;
    let crowd = app.crowd(9).await;
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", DAY), sms("T2", "Still there?")]);
    let campaign = app.campaign_with(graph, &crowd, seats(&[(&one, 1), (&two, 1), (&three, 1)])).await;
    app.run_due().await;
    let ours = our_number(1);
    assert_eq!(from(&app).await, counts(&[(&ours, 3), ("+12025550182", 3), ("+12025550183", 3)]));
    app.advance(DAY).await;
    assert_eq!(from(&app).await, counts(&[(&ours, 6), ("+12025550182", 6), ("+12025550183", 6)]));
    let mut of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in app.sent().await {
        let text = |field: &str| message[field].as_str().unwrap().to_owned();
        of.entry(text("to_address")).or_default().push(text("from_address"));
    }
    assert!(of.values().all(|from| from.len() == 2 && from[0] == from[1]), "{of:?}");
    let shown = app.admin.get(&format!("/api/campaigns/{campaign}")).await["senders"].clone();
    let given: Vec<i64> = shown.as_array().unwrap().iter().map(|s| s["assigned"].as_i64().unwrap()).collect();
    assert_eq!(given, [3, 3, 3], "a follow-up is nobody new");
}

async fn people_are_shared_by_weight_and_a_newcomer_takes_its_share_from_then_on(app: TestApp) {
    let [one, two, three] = numbers(&app).await;
    let crowd = app.crowd(16).await;
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", DAY)]);
    let campaign = app.campaign_with(graph, &crowd[..8], seats(&[(&one, 3), (&two, 1)])).await;
    app.run_due().await;
    let ours = our_number(1);
    assert_eq!(from(&app).await, counts(&[(&ours, 6), ("+12025550182", 2)]));
    let with_three = seats(&[(&one, 3), (&two, 1), (&three, 4)]);
    app.admin.patch(&format!("/api/campaigns/{campaign}"), with_three).await;
    let more = json!({ "audience": { "contact_ids": &crowd[8..] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), more).await;
    app.run_due().await;
    assert_eq!(from(&app).await, counts(&[(&ours, 9), ("+12025550182", 3), ("+12025550183", 4)]));
}

async fn what_waits_for_a_sender_that_goes_is_written_anew_from_one_that_stays(app: TestApp) {
    let [one, two, _] = numbers(&app).await;
    let crowd = app.crowd(6).await;
    app.admin.patch(&format!("/api/senders/{two}"), json!({ "daily_cap": 1 })).await;
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", 2 * DAY), sms("T2", "Bye")]);
    let campaign = app.campaign_with(graph, &crowd, seats(&[(&one, 1), (&two, 1)])).await;
    app.run_due().await;
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 3), ("+12025550182", 1)]));
    app.admin.patch(&format!("/api/campaigns/{campaign}"), seats(&[(&one, 1)])).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 6, "everybody once");
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 5), ("+12025550182", 1)]));
    app.advance(2 * DAY).await;
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 11), ("+12025550182", 1)]));
}

async fn a_sender_that_does_not_work_is_given_nobody_new(app: TestApp) {
    let [one, two, _] = numbers(&app).await;
    let crowd = app.crowd(6).await;
    let graph = chain(vec![sms("T1", "Hello"), wait("W1", DAY), sms("T2", "Bye")]);
    let campaign = app.campaign_with(graph, &crowd[..2], seats(&[(&one, 1), (&two, 1)])).await;
    app.run_due().await;
    app.admin.patch(&format!("/api/senders/{two}"), json!({ "status": "paused" })).await;
    let more = json!({ "audience": { "contact_ids": &crowd[2..] } });
    app.admin.post(&format!("/api/campaigns/{campaign}/people"), more).await;
    app.run_due().await;
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 5), ("+12025550182", 1)]));
    // Whom it wrote to waits for it: a follow-up from somebody else would be a surprise.
    app.advance(DAY).await;
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 10), ("+12025550182", 1)]));
    app.admin.patch(&format!("/api/senders/{two}"), json!({ "status": "active" })).await;
    app.run_due().await;
    assert_eq!(from(&app).await, counts(&[(&our_number(1), 10), ("+12025550182", 2)]));
}

async fn two_workers_count_whom_a_sender_was_given(app: TestApp) {
    let [one, two, _] = numbers(&app).await;
    let crowd = app.crowd(1_200).await;
    let campaign = app.campaign_with(one_text(), &crowd, seats(&[(&one, 1), (&two, 1)])).await;
    let other = app.node().await;
    let work = |app: std::sync::Arc<overture::app::App>| async move {
        while overture::loops::steps::run(app.clone()).await.unwrap() {}
    };
    tokio::join!(work(app.app.clone()), work(other.app.clone()));
    let shown = app.admin.get(&format!("/api/campaigns/{campaign}")).await["senders"].clone();
    let given: Vec<i64> = shown.as_array().unwrap().iter().map(|s| s["assigned"].as_i64().unwrap()).collect();
    assert_eq!(given.iter().sum::<i64>(), 1_200, "{given:?}");
    assert!(given.iter().all(|n| (350..=850).contains(n)), "{given:?}");
}

async fn senders_of_a_campaign_are_checked(app: TestApp) {
    let [one, two, _] = numbers(&app).await;
    let ann = app.ann().await;
    let (_, stranger) = app.neighbour(2).await;
    let theirs = stranger.get("/api/senders").await["data"][0]["id"].as_str().unwrap().to_owned();
    let campaign = app.campaign_with(one_text(), &[ann], seats(&[(&one, 1)])).await;
    let many: Vec<Value> = (0..101).map(|_| json!({ "sender_id": one })).collect();
    for (senders, expected) in [
        (json!([{ "sender_id": one }, { "sender_id": one }]), "422 4001"),
        (json!([{ "sender_id": one, "weight": 0 }]), "422 4001"),
        (json!([{ "sender_id": one, "weight": 101 }]), "422 4001"),
        (json!([{ "sender_id": theirs }]), "404 404"),
        (json!(many), "422 4001"),
        (json!("x"), "422 4001"),
    ] {
        let body = json!({ "senders": senders });
        let answer = app.admin.call("PATCH", &format!("/api/campaigns/{campaign}"), &body).await;
        assert_eq!(answer.brief(), expected, "{body}");
    }
    // Nobody can take the last one away: the first of the workspace serves then.
    let none = app.admin.patch(&format!("/api/campaigns/{campaign}"), json!({ "senders": [] })).await;
    assert_eq!(none["senders"].as_array().unwrap().len(), 1, "{none}");
    let two = app.admin.patch(&format!("/api/campaigns/{campaign}"), seats(&[(&two, 7)])).await;
    assert_eq!(two["senders"][0]["weight"], 7);
    let copy = app.admin.post(&format!("/api/campaigns/{campaign}/clone"), json!({})).await;
    assert_eq!(copy["senders"][0]["sender_id"], two["senders"][0]["sender_id"]);
    assert_eq!(copy["senders"][0]["assigned"], 0);
}

async fn a_campaign_sends_no_more_than_its_cap_a_day_and_says_so(app: TestApp) {
    let [one, two, _] = numbers(&app).await;
    let crowd = app.crowd(25).await;
    let mut more = seats(&[(&one, 1), (&two, 1)]);
    more["daily_cap"] = json!(10);
    let campaign = app.campaign_with(one_text(), &crowd, more).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 10, "over both senders");
    let waits = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    let why = app.message(&waits["id"]).await["why"].clone();
    assert_eq!(why["code"], "campaign.daily_cap", "{why}");
    assert!(
        why["text"].as_str().unwrap().starts_with("The campaign has sent its 10 messages for today"),
        "{why}"
    );
    // By hand one may still write.
    app.write("by-hand-1", "sms", "+14155550199", "Hi").await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 11);
    app.live(DAY, HOUR).await;
    assert_eq!(app.world.taken("sms").await, 21);
    app.admin.patch(&format!("/api/campaigns/{campaign}"), json!({ "daily_cap": null })).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 26, "without a cap the rest leaves at once");
    for cap in [json!(0), json!(-1), json!(1_000_001), json!("x")] {
        let answer = app
            .admin
            .call("PATCH", &format!("/api/campaigns/{campaign}"), &json!({ "daily_cap": cap }))
            .await;
        assert_eq!(answer.brief(), "422 4001", "{cap}");
    }
}

async fn a_domain_gets_no_more_than_its_cap_an_hour_and_holds_up_nobody_else(app: TestApp) {
    let sender = app.email_sender.to_string();
    app.admin.patch(&format!("/api/senders/{sender}"), json!({ "domain_cap": 3 })).await;
    let mut people = app.crowd(600).await;
    people.push(app.contact(json!({ "email": "last@elsewhere.example", "last_name": "Last" })).await);
    app.campaign(one_email(), &people).await;
    app.run_due().await;
    assert_eq!(app.world.taken("email").await, 4, "three there and the one elsewhere behind them");
    let waits = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    let why = app.message(&waits["id"]).await["why"].clone();
    assert_eq!(why["code"], "sender.domain_cap", "{why}");
    assert!(why["text"].as_str().unwrap().contains("3 messages to people.example for this hour"), "{why}");
    app.live(2 * HOUR, 20 * MINUTE).await;
    assert_eq!(app.world.taken("email").await, 10);
    app.admin.patch(&format!("/api/senders/{sender}"), json!({ "domain_cap": null })).await;
    app.live(HOUR, 20 * MINUTE).await;
    assert_eq!(app.world.taken("email").await, 601);
}

async fn a_new_mailbox_grows_into_its_cap(app: TestApp) {
    let sender = app.sms_sender.to_string();
    let path = format!("/api/senders/{sender}");
    let caps = json!({ "daily_cap": 8, "ramp": { "start": 2, "step": 3 } });
    let changed = app.admin.patch(&path, caps.clone()).await;
    assert_eq!((&changed["cap_today"], &changed["ramp"]["step"]), (&json!(2), &json!(3)));
    let crowd = app.crowd(30).await;
    app.campaign(one_text(), &crowd).await;
    app.run_due().await;
    let mut taken = vec![app.world.taken("sms").await];
    for day in 0..4 {
        app.live(DAY, 2 * HOUR).await;
        if day == 0 {
            // The same again does not begin anew.
            app.admin.patch(&path, caps.clone()).await;
        }
        taken.push(app.world.taken("sms").await);
    }
    assert_eq!(taken, [2, 7, 15, 23, 30], "2, 5, 8, 8 and the rest");
    for ramp in
        [json!({ "start": 0, "step": 1 }), json!({ "start": 1, "step": 0 }), json!({ "start": 1 }), json!(1)]
    {
        let answer = app.admin.call("PATCH", &path, &json!({ "ramp": ramp })).await;
        assert_eq!(answer.brief(), "422 4001", "{ramp}");
    }
    assert_eq!(app.admin.patch(&path, json!({ "ramp": null })).await["cap_today"], 8);
}

async fn an_hourly_cap_is_spread_over_the_hour(app: TestApp) {
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "hourly_cap": 6 })).await;
    let crowd = app.crowd(10).await;
    app.campaign(one_text(), &crowd).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1);
    app.live(30 * MINUTE, MINUTE).await;
    assert_eq!(app.world.taken("sms").await, 4);
    app.live(30 * MINUTE, MINUTE).await;
    assert_eq!(app.world.taken("sms").await, 7);
}

async fn nothing_leaves_on_a_holiday_unless_the_campaign_works_then(app: TestApp) {
    let today = overture_day(app.clock.now());
    let holidays = json!([{ "day": today, "name": "Founders' day" }, { "day": today, "name": "twice" }]);
    let settings = app.admin.patch("/api/settings", json!({ "holidays": holidays })).await;
    assert_eq!(settings["holidays"], json!([{ "day": today, "name": "Founders' day" }]));
    let crowd = app.crowd(2).await;
    let rests = app.campaign(one_text(), &crowd[..1]).await;
    app.campaign_with(one_text(), &crowd[1..], json!({ "on_holidays": true })).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1, "the one that works on holidays");
    let waits = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    assert_eq!(waits["campaign_id"], json!(rests));
    // The holiday is taken back: what waits for tomorrow is looked at again.
    app.admin.patch("/api/settings", json!({ "holidays": [] })).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 2);
    for holidays in [json!([{ "day": "2026-02-30" }]), json!([{ "day": "soon" }]), json!([{}]), json!("x")] {
        let answer = app.admin.call("PATCH", "/api/settings", &json!({ "holidays": holidays })).await;
        assert_eq!(answer.brief(), "422 4001", "{holidays}");
    }
    let many: Vec<Value> = (0..401).map(|n| json!({ "day": format!("{}-01-01", 2030 + n) })).collect();
    let answer = app.admin.call("PATCH", "/api/settings", &json!({ "holidays": many })).await;
    assert_eq!(answer.brief(), "422 4001");
}

fn overture_day(at: i64) -> String {
    domain::schedule::day_of(&domain::schedule::zone("UTC").unwrap(), at)
}

fn chat(key: &str, kind: &str, config: Value) -> Value {
    json!({ "key": key, "type": kind, "name": key, "config": config, "x": 0, "y": 0 })
}

async fn whatsapp_begins_with_its_template_filled_in(app: TestApp) {
    let new = json!({ "provider": "whatsapp", "name": "Nora", "address": "+12025550190" });
    app.admin.post("/api/senders", new).await;
    let (ann, nobody) = (app.ann().await, app.contact(json!({ "email": "no@phone.example" })).await);
    let template = json!({ "name": "welcome", "language": "en_US", "values": ["{{ contact.first_name }}"] });
    let config = json!({ "body": "Hello {{ contact.first_name }}", "template": template });
    let graph = chain(vec![chat("C1", "whatsapp_send", config)]);
    let campaign = app.campaign_with(graph, &[ann, nobody], json!({})).await;
    app.run_due().await;
    let letters = app.world.letters("whatsapp").await;
    assert_eq!(letters.len(), 1, "{letters:#?}");
    assert!(letters[0].to_string().contains("welcome"), "{}", letters[0]);
    assert_eq!(app.only().await["text"], "Hello Ann");
    assert_eq!(app.node_of(&campaign, "C1").await["sent"], 1);
    // A text without a template is refused by the window, and says why.
    let bob = app.contact(json!({ "phone": "+14155550142" })).await;
    let graph = chain(vec![chat("C1", "whatsapp_send", json!({ "body": "Hello" }))]);
    let campaign = app.campaign_with(graph, &[bob], json!({})).await;
    app.run_due().await;
    assert_eq!(app.world.taken("whatsapp").await, 1);
    let people = app.people(&campaign).await;
    assert_eq!(people[0]["status"], "failed", "{people:?}");
    assert!(people[0].to_string().contains("approved template"), "{people:?}");
}

async fn messenger_writes_to_those_who_wrote_there(app: TestApp) {
    let new = json!({ "provider": "messenger", "name": "Page", "address": "102030405060" });
    app.admin.post("/api/senders", new).await;
    let (ann, bob) = (app.ann().await, app.contact(json!({ "email": "bob@people.example" })).await);
    let further = json!({ "kind": "messenger", "value": "7234567890123456" });
    app.admin.post(&format!("/api/contacts/{ann}/addresses"), further).await;
    let graph =
        chain(vec![chat("C1", "messenger_send", json!({ "body": "Hello" })), email("E1", "Hi", "There")]);
    let campaign = app.campaign_with(graph, &[ann, bob], json!({})).await;
    app.run_due().await;
    // She has an id there but has not written: the platform would refuse it, so the guard does. He goes on by e-mail.
    assert_eq!(app.world.taken("messenger").await, 0);
    let people = app.people(&campaign).await;
    let failed: Vec<&Value> = people.iter().filter(|p| p["status"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{people:?}");
    assert!(failed[0].to_string().contains("only they can begin"), "{failed:?}");
    assert_eq!(app.world.taken("email").await, 1);
}
