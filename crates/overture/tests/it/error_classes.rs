//! Every failure that the tables of error classes name, of every provider, on its way through the whole product: what
//! becomes of the message, of its sender and of the address, and that in the end nothing was taken twice.

use crate::kit::*;
use domain::ids::SenderId;
use serde_json::{Value, json};
use std::collections::BTreeSet;

both! {
    every_class_of_twilio_has_its_consequence,
    every_class_of_mail_servers_has_its_consequence,
    every_class_of_whatsapp_has_its_consequence,
    every_class_of_messenger_has_its_consequence,
    every_class_of_tiktok_has_its_consequence,
    every_class_of_bonzo_has_its_consequence,
    every_class_of_voicemail_has_its_consequence,
}

const TEXT_AND_MAIL: &str =
    include_str!("../../../providers/tests/fixtures/text_and_mail_error_classes.json");
const META: &str = include_str!("../../../providers/tests/fixtures/meta_error_classes.json");
const MORE: &str = include_str!("../../../providers/tests/fixtures/more_error_classes.json");

/// A failure that the sandbox is told to have, and the class that the table says.
#[derive(Debug)]
struct Case {
    provider: &'static str,
    kind: String,
    class: String,
}

/// One part of a table: each code as the sandbox's order for it.
fn cases(
    table: &str,
    provider: &'static str,
    part: &str,
    kind: impl Fn(&str) -> Option<String>,
) -> Vec<Case> {
    let table: Value = serde_json::from_str(table).unwrap();
    let codes = if part.is_empty() { &table[provider] } else { &table[provider][part] }.as_object().unwrap();
    let case = |(code, class): (&String, &Value)| {
        Some(Case { provider, kind: kind(code)?, class: class.as_str().unwrap().to_owned() })
    };
    codes.iter().filter_map(case).filter(|case| case.class != "ok").collect()
}

fn status(code: &str) -> Option<String> {
    Some(format!("status:{}", code.replace("5xx", "500")))
}

/// The first of a range stands for it.
fn code(code: &str) -> Option<String> {
    Some(format!("code:{}", code.split('-').next().unwrap()))
}

/// Who is written to in a case, and how.
struct Way<'a> {
    channel: &'static str,
    sender: SenderId,
    to: fn(usize) -> String,
    /// They have written before, where the channel wants that.
    before: Option<fn(usize) -> Post>,
    people: Option<&'a [String]>,
}

async fn run(app: &TestApp, way: &Way<'_>, mut cases: Vec<Case>) {
    // PostgreSQL is asked for one of each class: what differs there are the statements, not the codes.
    if !app.is_sqlite() {
        let mut seen = BTreeSet::new();
        cases.retain(|case| seen.insert(case.class.clone()));
    }
    // After a throttle the clock moves on, and what waits leaves.
    cases.sort_by_key(|case| case.class == "throttle");
    let mut wrong = Vec::new();
    let mut written = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        if let Some(before) = way.before {
            app.deliver(before(n)).await;
        }
        let blocked = suppressed(app).await;
        let mut order = json!({ "provider": case.provider, "kind": case.kind, "count": 1 });
        if case.class == "throttle" && case.provider != "smtp" {
            order["retry_after"] = json!(40);
        }
        app.world.order(order).await;
        // Spoken, it has to last longer than five seconds.
        let text =
            format!("This is text number {n}. {}", "It says that our open house is on Friday. ".repeat(4));
        let mut body = json!({ "client_id": format!("client-{n:04}"), "channel": way.channel, "sender_id": way.sender,
                               "subject": "Hello", "text": text });
        match way.people {
            Some(people) => body["contact_id"] = json!(people[n % people.len()]),
            None => body["to"] = json!((way.to)(n)),
        }
        let message = app.admin.post("/api/messages", body).await;
        app.send_once().await;
        app.world.clear_faults().await;
        let then = app.message(&message["id"]).await;
        let (then_sender, newly) = (status_of_sender(app, way).await, suppressed(app).await - blocked);
        let (expected, expected_sender, expected_newly) = match case.class.as_str() {
            "retry" | "throttle" => ("queued", "active", 0),
            "reauth" | "config" => ("queued", "broken", 0),
            "permanent" | "window" => ("failed", "active", 0),
            "opt_out" | "bad_recipient" => ("failed", "active", 1),
            "unknown_outcome" => ("uncertain", "active", 0),
            other => panic!("{other} is no class"),
        };
        let class = case.class.replace("unknown_outcome", "unknown");
        if (&then["status"], &then["error"]["class"]) != (&json!(expected), &json!(class))
            || then_sender != expected_sender
            || newly != expected_newly
        {
            let (status, error) = (&then["status"], &then["error"]);
            wrong.push(format!("{case:?}: {status} {error}, sender {then_sender}, {newly} suppressed"));
        }
        mend(app, way).await;
        if case.class == "throttle" && case.provider != "smtp" {
            app.advance(39 * SECOND).await;
            let waits = app.message(&message["id"]).await;
            if waits["status"] != "queued" {
                wrong.push(format!("{case:?}: sent before the time that was named"));
            }
            app.advance(3 * SECOND).await;
        }
        written.push(message["id"].clone());
    }
    app.advance(10 * MINUTE).await;
    mend(app, way).await;
    // A mail server that says that the day's limit is reached is left alone for a day.
    app.advance(if way.channel == "email" { 25 * HOUR } else { 10 * MINUTE }).await;
    for (case, id) in cases.iter().zip(&written) {
        let now = app.message(id).await;
        let fits = match case.class.as_str() {
            "retry" | "throttle" | "reauth" | "config" => now["status"] == "sent",
            // Nobody can tell, or the provider could.
            "unknown_outcome" => now["status"] == "sent" || now["needs_decision"] == true,
            _ => now["status"] == "failed",
        };
        if !fits {
            let (status, error, why) = (&now["status"], &now["error"], &now["why"]);
            wrong.push(format!("{case:?}: in the end {status} {error} {why}"));
        }
    }
    app.world.taken(way.channel).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn suppressed(app: &TestApp) -> usize {
    app.admin.get("/api/suppressions?limit=200").await["data"].as_array().unwrap().len()
}

async fn status_of_sender(app: &TestApp, way: &Way<'_>) -> String {
    let all = app.admin.get("/api/senders").await;
    let senders = all["data"].as_array().unwrap();
    let ours = senders.iter().find(|s| s["id"] == way.sender.as_str()).unwrap();
    assert_eq!(ours["status"] == "broken", ours["problem"].is_string(), "{ours}");
    ours["status"].as_str().unwrap().to_owned()
}

/// Somebody looks after the account; a run of failures is not what is asked here.
async fn mend(app: &TestApp, way: &Way<'_>) {
    app.admin.patch(&format!("/api/senders/{}", way.sender), json!({ "status": "active" })).await;
    store::rest::answered(&app.app.db, &app.scope, &way.sender, app.clock.now()).await.unwrap();
}

async fn add(app: &TestApp, provider: &str, address: &str) -> SenderId {
    let new = json!({ "provider": provider, "name": "Nora", "address": address });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().parse().unwrap()
}

fn phone(n: usize) -> String {
    format!("+1415555{n:04}")
}

async fn every_class_of_twilio_has_its_consequence(app: TestApp) {
    let mut all = cases(TEXT_AND_MAIL, "twilio", "http", status);
    all.extend(cases(TEXT_AND_MAIL, "twilio", "codes", code));
    let way = Way { channel: "sms", sender: app.sms_sender.clone(), to: phone, before: None, people: None };
    run(&app, &way, all).await;
}

async fn every_class_of_mail_servers_has_its_consequence(app: TestApp) {
    let mut all = cases(TEXT_AND_MAIL, "smtp", "codes", |code| Some(format!("smtp:{code}")));
    all.extend(cases(TEXT_AND_MAIL, "smtp", "enhanced", |code| {
        let basic = if code.starts_with('4') { 451 } else { 550 };
        Some(format!("smtp:{basic}/{}", code.replace("4.x.x", "4.3.0")))
    }));
    let to = |n| format!("p{n}@people.example");
    let way = Way { channel: "email", sender: app.email_sender.clone(), to, before: None, people: None };
    run(&app, &way, all).await;
}

/// Numbers that end with 0009 are not on the sandbox's WhatsApp.
fn on_whatsapp(n: usize) -> String {
    phone(n + 100)
}

async fn every_class_of_whatsapp_has_its_consequence(app: TestApp) {
    let sender = add(&app, "whatsapp", "+12025550181").await;
    let wrote = |n: usize| {
        let from = on_whatsapp(n).trim_start_matches('+').to_owned();
        let message = json!({ "id": format!("wamid.case{n:03}"), "from": from, "timestamp": "1", "type": "text", "text": { "body": "Hi" } });
        let value = json!({ "messaging_product": "whatsapp", "messages": [message],
            "metadata": { "display_phone_number": "12025550181", "phone_number_id": "1" } });
        let body = json!({ "object": "whatsapp_business_account", "entry": [
            { "id": "1", "changes": [{ "field": "messages", "value": value }] }
        ] });
        Post::meta("/webhooks/whatsapp", body.to_string())
    };
    let way = Way { channel: "whatsapp", sender, to: on_whatsapp, before: Some(wrote), people: None };
    run(&app, &way, cases(META, "whatsapp", "", code)).await;
}

async fn every_class_of_messenger_has_its_consequence(app: TestApp) {
    const PAGE: &str = "104310000000001";
    let sender = add(&app, "messenger", PAGE).await;
    let wrote = |n: usize| {
        let thing = json!({ "sender": { "id": format!("73192{n:05}") }, "recipient": { "id": PAGE }, "timestamp": 1,
                            "message": { "mid": format!("m_case{n:03}"), "text": "Hi" } });
        let body = json!({ "object": "page", "entry": [{ "id": PAGE, "time": 1, "messaging": [thing] }] });
        Post::meta("/webhooks/facebook", body.to_string())
    };
    let to = |n| format!("73192{n:05}");
    let way = Way { channel: "messenger", sender, to, before: Some(wrote), people: None };
    run(&app, &way, cases(META, "messenger", "", code)).await;
}

async fn every_class_of_tiktok_has_its_consequence(app: TestApp) {
    const OURS: &str = "biz-123";
    let sender = add(&app, "tiktok", OURS).await;
    let wrote = |n: usize| {
        let content = json!({ "conversation_id": format!("0:1:7012:{n:04}"), "message_id": format!("m{n}"), "type": "text",
            "text": { "body": "Hi" }, "timestamp": 1, "from": "ada.lee", "to": "nordlys",
            "from_user": { "id": format!("u{n}") }, "to_user": { "id": OURS } });
        let body = json!({ "client_key": "1", "event": "im_receive_msg", "create_time": 1, "user_openid": OURS,
                           "content": content.to_string() });
        Post::tiktok("/webhooks/tiktok", body.to_string())
    };
    let to = |n| format!("0:1:7012:{n:04}");
    let way = Way { channel: "tiktok", sender, to, before: Some(wrote), people: None };
    run(&app, &way, cases(MORE, "tiktok", "codes", code)).await;
}

async fn every_class_of_bonzo_has_its_consequence(app: TestApp) {
    let sender = add(&app, "bonzo", "+12025550177").await;
    let way = Way { channel: "sms", sender, to: phone, before: None, people: None };
    run(&app, &way, cases(MORE, "bonzo", "http", status)).await;
}

async fn every_class_of_voicemail_has_its_consequence(app: TestApp) {
    let sender = add(&app, "slybroadcast", "+12025550199").await;
    let mut all = cases(MORE, "elevenlabs", "http", status);
    all.extend(cases(MORE, "elevenlabs", "detail_status", |word| Some(format!("says:{word}"))));
    all.extend(cases(MORE, "slybroadcast", "error_text", |word| {
        Some(format!("says:{}", word.to_lowercase().replace(' ', "_")))
    }));
    let mut people = Vec::new();
    for n in 0..all.len() {
        let new = json!({ "first_name": "Ada", "email": format!("p{n}@people.example"), "phone": phone(n), "time_zone": "Europe/London" });
        let id = app.contact(new).await;
        let consent = json!({ "channel": "voicemail", "state": "given", "source": "Form on the web site" });
        app.admin.post(&format!("/api/contacts/{id}/consents"), consent).await;
        people.push(id);
    }
    let way = Way { channel: "voicemail", sender, to: phone, before: None, people: Some(&people) };
    run(&app, &way, all).await;
}
