//! People move through funnels: waits, conditions, hours, pauses, stops.

use crate::kit::*;
use overture::loops;
use serde_json::{Value, json};

both! {
    whoever_was_taken_out_comes_in_again_when_a_person_says_so,
    the_launch_check_says_whose_owners_have_no_relayer,
    a_funnel_writes_waits_asks_and_writes_again,
    an_answer_ends_the_campaign_and_withdraws_what_is_queued,
    a_missing_value_holds_one_person_until_it_is_there,
    messages_leave_only_in_the_hours_of_the_recipient,
    hours_follow_the_clock_change,
    pausing_and_resuming_writes_to_everybody_exactly_once,
    the_emergency_stop_holds_on_every_node_and_nothing_expires_by_it,
    what_a_sleeping_node_missed_expires_and_the_funnel_goes_on,
    people_come_in_later_and_are_taken_out,
    a_campaign_whose_messages_come_back_pauses_by_itself,
    a_copy_has_the_steps_of_the_campaign_and_not_of_the_funnel,
}

async fn a_funnel_writes_waits_asks_and_writes_again(app: TestApp) {
    let graph = json!({
        "nodes": [
            email("E1", "Hello {{ contact.first_name }}", "Dear {{ contact.first_name }}"), wait("W1", DAY), condition("C1"),
            sms("T1", "Hi {{ contact.first_name }}"), follow_up("E2", "Second try"), exit("END"),
        ],
        "edges": [
            edge("E1", "W1"), edge("W1", "C1"),
            { "from": "C1", "to": "T1", "condition": { "field": "contact.city", "op": "is", "value": "Oslo" } },
            edge("C1", "E2"), edge("T1", "END"), edge("E2", "END"),
        ],
    });
    let ann = app
        .contact(json!({ "email": "ann@people.example", "phone": ANN, "first_name": "Ann", "city": "Oslo" }))
        .await;
    let ben =
        app.contact(json!({ "email": "ben@people.example", "first_name": "Ben", "city": "Rome" })).await;
    let campaign = app.campaign(graph, &[ann, ben]).await;
    app.run_due().await;
    assert_eq!(app.statuses().await, ["sent", "sent"]);
    let first = app.node_of(&campaign, "E1").await;
    assert_eq!((&first["sent"], &first["here"]), (&json!(2), &json!(0)));
    assert_eq!(app.node_of(&campaign, "W1").await["here"], 2);

    app.advance(DAY - SECOND).await;
    assert_eq!(app.world.taken("sms").await, 0, "nobody waits a second less than they should");
    app.advance(SECOND).await;
    assert_eq!((app.world.taken("email").await, app.world.taken("sms").await), (3, 1));
    assert_eq!(app.node_of(&campaign, "T1").await["sent"], 1);
    assert_eq!(app.node_of(&campaign, "E2").await["sent"], 1);
    let second = app.world.letters("email").await.remove(0);
    assert_eq!(
        (&second["to"][0], &second["subject"]),
        (&json!("ben@people.example"), &json!("Re: Hello Ben"))
    );
    let text = app.world.letters("sms").await.remove(0);
    assert_eq!((&text["to"][0], &text["text"]), (&json!(ANN), &json!("Hi Ann")));
    let state = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    assert_eq!((&state["status"], &state["counts"]["completed"]), (&json!("completed"), &json!(2)));
}

fn why(message: &Value) -> (&str, &str) {
    (message["why"]["code"].as_str().unwrap_or_default(), message["why"]["text"].as_str().unwrap_or_default())
}

async fn an_answer_ends_the_campaign_and_withdraws_what_is_queued(app: TestApp) {
    let ann = app.ann().await;
    let graph = chain(vec![sms("T1", "First"), wait("W1", HOUR), sms("T2", "Second")]);
    let campaign = app.campaign(graph, &[ann]).await;
    app.run_due().await;
    let sender = format!("/api/senders/{}", app.sms_sender);
    app.admin.patch(&sender, json!({ "status": "paused" })).await;
    app.advance(HOUR).await;
    assert_eq!(app.statuses().await, ["sent", "queued"]);
    assert_eq!(why(&app.sent().await[1]).0, "sender.paused");

    app.deliver(Post::text("SM1", ANN, "Call me tomorrow")).await;
    assert_eq!(app.statuses().await, ["sent", "cancelled"]);
    let person = app.people(&campaign).await.remove(0);
    assert_eq!((&person["status"], &person["reason"]), (&json!("exited"), &json!("replied")));
    assert_eq!(app.node_of(&campaign, "T1").await["replied"], 1);
    app.admin.patch(&sender, json!({ "status": "active" })).await;
    app.advance(DAY).await;
    assert_eq!(app.world.taken("sms").await, 1);
    let inbox = app.admin.get("/api/conversations?view=unread").await;
    assert_eq!(inbox["data"][0]["last_snippet"], "Call me tomorrow");
}

async fn a_missing_value_holds_one_person_until_it_is_there(app: TestApp) {
    let ann = app.contact(json!({ "email": "ann@people.example", "first_name": "Ann" })).await;
    let blank = app.contact(json!({ "email": "who@people.example", "first_name": "  " })).await;
    let graph = chain(vec![email("E1", "Hello", "Dear {{ contact.first_name }},")]);
    let campaign = app.campaign(graph, &[ann, blank.clone()]).await;
    app.run_due().await;
    let held: Vec<Value> =
        app.people(&campaign).await.into_iter().filter(|p| p["status"] == "paused").collect();
    assert_eq!(held.len(), 1);
    assert_eq!((&held[0]["contact_id"], &held[0]["reason"]), (&json!(blank), &json!("missing_value")));
    assert!(held[0]["why"]["text"].as_str().unwrap().contains("contact.first_name"), "{held:?}");
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("email").await, 1);

    app.admin.patch(&format!("/api/contacts/{blank}"), json!({ "first_name": "Bea" })).await;
    app.run_due().await;
    let greetings: Vec<String> =
        app.sent().await.iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(greetings, ["Dear Ann,", "Dear Bea,"]);
    assert_eq!(app.world.taken("email").await, 2);
}

async fn messages_leave_only_in_the_hours_of_the_recipient(app: TestApp) {
    let far = app.contact(json!({ "phone": ANN, "last_name": "Lee", "time_zone": "America/New_York" })).await;
    let near =
        app.contact(json!({ "phone": "+14155550124", "last_name": "Ray", "time_zone": "Europe/Oslo" })).await;
    let office = json!({ "windows": [{ "days": [1, 2, 3, 4, 5], "from": "09:00", "until": "17:00" }] });
    app.campaign_with(one_text(), &[far, near], office).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1);
    let waiting = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    assert_eq!(waiting["to_address"], ANN);
    let (code, text) = why(&waiting);
    assert!(matches!(code, "message.scheduled" | "window.closed"), "{waiting}");
    assert!(text.contains("09:00") || text.contains("13:00"), "{text}");
    // It is six in the morning in New York.
    app.advance(3 * HOUR - SECOND).await;
    assert_eq!(app.world.taken("sms").await, 1);
    app.advance(SECOND).await;
    assert_eq!(app.world.taken("sms").await, 2);
}

async fn hours_follow_the_clock_change(app: TestApp) {
    let ann = app.contact(json!({ "phone": ANN, "last_name": "Lee", "time_zone": "America/New_York" })).await;
    // Saturday, 31 October 2026, 18:00 in New York; the clocks go back that night.
    app.clock.advance(138 * DAY + 12 * HOUR);
    let days = json!({ "windows": [{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "until": "17:00" }] });
    app.campaign_with(one_text(), &[ann], days).await;
    app.run_due().await;
    // Nine o'clock is 14:00 UTC on Sunday; the day before it was 13:00.
    app.advance(15 * HOUR).await;
    assert_eq!(app.statuses().await, ["queued"]);
    app.advance(HOUR - SECOND).await;
    assert_eq!(app.statuses().await, ["queued"]);
    app.advance(SECOND).await;
    assert_eq!(app.statuses().await, ["sent"]);
}

async fn pausing_and_resuming_writes_to_everybody_exactly_once(app: TestApp) {
    let crowd = app.crowd(60).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "rate_per_minute": 60 })).await;
    let campaign = app.campaign(one_text(), &crowd).await;
    for _ in 0..20 {
        app.advance(SECOND).await;
        app.admin.post(&format!("/api/campaigns/{campaign}/pause"), json!({})).await;
        let before = app.world.taken("sms").await;
        // Longer than a message may be late.
        app.advance(3 * HOUR).await;
        assert_eq!(app.world.taken("sms").await, before, "a paused campaign wrote");
        app.admin.post(&format!("/api/campaigns/{campaign}/resume"), json!({})).await;
    }
    app.live(MINUTE, SECOND).await;
    assert_eq!(app.statuses().await, vec!["sent"; 60]);
    let mut to: Vec<String> =
        app.world.letters("sms").await.iter().map(|m| m["to"][0].as_str().unwrap().to_owned()).collect();
    to.sort();
    to.dedup();
    assert_eq!((app.world.taken("sms").await, to.len()), (60, 60));
    assert_eq!(app.admin.get(&format!("/api/campaigns/{campaign}")).await["status"], "completed");
}

async fn the_emergency_stop_holds_on_every_node_and_nothing_expires_by_it(app: TestApp) {
    let crowd = app.crowd(20).await;
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "rate_per_minute": 60 })).await;
    app.campaign(one_text(), &crowd).await;
    app.live(3 * SECOND, SECOND).await;
    let rep = app.member("rep").await;
    rep.post("/api/sending/stop", json!({ "reason": "Wrong text" })).await;
    let before = app.world.taken("sms").await;
    assert!((1..20).contains(&before), "{before}");
    app.live(HOUR, 20 * MINUTE).await;
    let restarted = app.node().await;
    restarted.advance(3 * HOUR).await;
    assert_eq!(app.world.taken("sms").await, before, "something left after the stop");
    let waiting = app.sent().await.into_iter().find(|m| m["status"] == "queued").unwrap();
    assert_eq!(why(&waiting).0, "sending.stopped");

    assert_eq!(rep.call("POST", "/api/sending/resume", &json!({})).await.brief(), "403 1004");
    restarted.admin.post("/api/sending/resume", json!({})).await;
    restarted.live(MINUTE, SECOND).await;
    assert_eq!(app.statuses().await, vec!["sent"; 20]);
    assert_eq!(app.world.taken("sms").await, 20);
}

async fn what_a_sleeping_node_missed_expires_and_the_funnel_goes_on(app: TestApp) {
    let ann = app.ann().await;
    let graph = chain(vec![sms("T1", "Good morning"), wait("W1", MINUTE), sms("T2", "Still there?")]);
    let campaign = app.campaign(graph, &[ann]).await;
    while loops::steps::run(app.app.clone()).await.unwrap() {}
    app.advance(4 * HOUR).await;
    let late = app.only().await;
    assert_eq!(late["status"], "expired");
    assert_eq!(late["error"]["code"], "message.late");
    assert!(late["error"]["message"].as_str().unwrap().contains("not running"), "{late}");
    assert_eq!(app.world.taken("sms").await, 0);
    app.advance(MINUTE).await;
    assert_eq!(app.statuses().await, ["expired", "sent"]);
    assert_eq!(app.people(&campaign).await[0]["status"], "completed");
}

async fn people_come_in_later_and_are_taken_out(app: TestApp) {
    let crowd = app.crowd(4).await;
    let graph = chain(vec![sms("T1", "First"), wait("W1", HOUR), sms("T2", "Second")]);
    let campaign = app.campaign(graph, &crowd[..2]).await;
    let path = |rest: &str| format!("/api/campaigns/{campaign}/{rest}");
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 2);
    let who = |ids: &[String]| json!({ "audience": { "contact_ids": ids } });
    let added = app.admin.post(&path("people"), who(&crowd)).await;
    assert_eq!(added, json!({ "enrolled": 2 }), "whoever is in stays where they are");
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 4);
    // The second message of each is queued.
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "status": "paused" })).await;
    app.advance(HOUR).await;
    let out = json!({ "contact_ids": [crowd[0], crowd[0], crowd[3]] });
    assert_eq!(app.admin.post(&path("people/remove"), out.clone()).await, json!({ "removed": 2 }));
    assert_eq!(app.admin.post(&path("people/remove"), out).await, json!({ "removed": 0 }));
    let withdrawn = app.statuses().await.into_iter().filter(|status| status == "cancelled").count();
    assert_eq!(withdrawn, 2, "what was queued for them");
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "status": "active" })).await;
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("sms").await, 6, "the second text reaches the two who are left");
    let people = app.people(&campaign).await;
    let mut reasons: Vec<&str> = people.iter().map(|p| p["reason"].as_str().unwrap()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["finished", "finished", "removed", "removed"]);
    // It is over: nobody comes in any more, and those who were taken out never again.
    let answer = app.admin.call("POST", &path("people"), &who(&crowd)).await;
    assert_eq!(answer.status, 409, "{answer:?}");
}

async fn whoever_was_taken_out_comes_in_again_when_a_person_says_so(app: TestApp) {
    let crowd = app.crowd(2).await;
    let campaign = app.campaign(chain(vec![sms("T1", "First"), wait("W1", DAY)]), &crowd).await;
    let path = |rest: &str| format!("/api/campaigns/{campaign}/{rest}");
    app.run_due().await;
    app.admin.post(&path("people/remove"), json!({ "contact_ids": [crowd[0]] })).await;
    let come = |again: bool| json!({ "audience": { "contact_ids": crowd }, "again": again });
    assert_eq!(app.admin.post(&path("people"), come(false)).await, json!({ "enrolled": 0 }));
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("sms").await, 2);
    assert_eq!(app.admin.post(&path("people"), come(true)).await, json!({ "enrolled": 1 }));
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 3, "they begin at the first step");
    // Whoever answered left by their own will: nobody brings them back.
    app.deliver(Post::text("SM1", "+14155550001", "Yes please")).await;
    assert_eq!(app.admin.post(&path("people"), come(true)).await, json!({ "enrolled": 0 }));
}

async fn the_launch_check_says_whose_owners_have_no_relayer(app: TestApp) {
    let ines = app.member("rep").await;
    let hers =
        ines.post("/api/contacts", json!({ "last_name": "Hers", "phone": "+12025550191" })).await["id"]
            .clone();
    let his = app.contact(json!({ "last_name": "His", "phone": "+12025550192" })).await;
    app.admin.post("/api/relayers", json!({ "name": "Laptop" })).await;
    let hello = json!({ "key": "G1", "type": "telegram_send", "name": "G1", "config": { "body": "Hello" }, "x": 0.0, "y": 0.0 });
    let graph = chain(vec![hello]);
    let funnel = app.admin.post("/api/funnels", json!({ "name": "F", "graph": graph })).await;
    let body = json!({ "name": "C", "funnel_id": funnel["id"], "audience": { "contact_ids": [hers, his] } });
    let id = app.admin.post("/api/campaigns", body).await["id"].as_str().unwrap().to_owned();
    let line = async || {
        let check = app.admin.get(&format!("/api/campaigns/{id}/check")).await;
        let lines = check["lines"].as_array().unwrap().clone();
        lines.into_iter().find(|line| line["code"] == "relayer").unwrap()
    };
    let said = line().await;
    assert_eq!((&said["state"], &said["link"]), (&json!("warn"), &json!("relayers")), "{said}");
    assert!(said["text"].as_str().unwrap().starts_with("Telegram messages to 1 person"), "{said}");
    ines.post("/api/relayers", json!({ "name": "Phone" })).await;
    assert_eq!(line().await["state"], "ok");
}

async fn a_copy_has_the_steps_of_the_campaign_and_not_of_the_funnel(app: TestApp) {
    let crowd = app.crowd(1).await;
    let campaign = app.campaign(one_text(), &crowd).await;
    let was = app.admin.get(&format!("/api/campaigns/{campaign}")).await;
    let funnel = format!("/api/funnels/{}", was["funnel_id"].as_str().unwrap());
    app.admin.call("PUT", &funnel, &json!({ "graph": one_email() })).await;
    let copy = app.admin.post(&format!("/api/campaigns/{campaign}/clone"), json!({})).await;
    assert_eq!((&copy["name"], &copy["status"]), (&json!("Copy of Spring"), &json!("draft")));
    for same in ["audience", "windows", "on_holidays", "funnel_version"] {
        assert_eq!(copy[same], was[same], "{same}");
    }
    let id = copy["id"].as_str().unwrap();
    let graph = app.admin.get(&format!("/api/campaigns/{id}/funnel")).await;
    assert_eq!(graph["nodes"][0]["type"], "sms_send", "{graph}");
    app.run_due().await;
    app.admin.post(&format!("/api/campaigns/{id}/start"), json!({})).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 2);
}

async fn a_campaign_whose_messages_come_back_pauses_by_itself(app: TestApp) {
    let crowd = app.crowd(62).await;
    let few = app.campaign(one_text(), &crowd[..2]).await;
    app.world.fault("twilio", "code:21211", 2).await;
    app.run_due().await;
    let state = app.admin.get(&format!("/api/campaigns/{few}")).await;
    assert_eq!((&state["status"], &state["problem"]), (&json!("completed"), &Value::Null), "two say nothing");

    let campaign = app.campaign(one_text(), &crowd[2..60]).await;
    app.world.fault("twilio", "code:21211", 55).await;
    app.run_due().await;
    let path = format!("/api/campaigns/{campaign}");
    let state = app.admin.get(&path).await;
    assert_eq!(state["status"], "paused");
    assert!(state["problem"].as_str().unwrap().contains("came back"), "{state}");
    app.world.clear_faults().await;
    let left = app.world.taken("sms").await;
    let late = json!({ "audience": { "contact_ids": [crowd[60], crowd[61]] } });
    app.admin.post(&format!("{path}/people"), late).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, left, "nothing leaves before somebody has looked");

    // Its sender wrote nothing but what came back, and paused as well.
    app.admin.patch(&format!("/api/senders/{}", app.sms_sender), json!({ "status": "active" })).await;
    app.admin.post(&format!("{path}/resume"), json!({})).await;
    app.world.fault("twilio", "code:21211", 1).await;
    app.run_due().await;
    let state = app.admin.get(&path).await;
    assert_eq!((&state["status"], &state["problem"]), (&json!("completed"), &Value::Null), "it counts anew");
    assert_eq!(app.world.taken("sms").await, left + 1);
}
