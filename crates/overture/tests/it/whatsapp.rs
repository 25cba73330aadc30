//! WhatsApp from end to end: the address that Meta calls, what people write, the window, what becomes of ours.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    meta_is_told_that_the_address_is_ours_only_with_our_token,
    a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace,
    copies_of_a_message_in_any_wrapping_are_one_message,
    broken_bodies_are_dead_letters_or_refused_and_never_a_server_error,
    a_person_writes_and_is_answered_in_the_window_and_not_after_it,
    a_queued_answer_fails_when_the_window_closes_before_it_leaves,
    a_template_begins_a_conversation_and_nothing_else_does,
    every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice,
    doubt_is_settled_by_the_news_that_names_our_message,
    news_in_any_order_come_to_the_same_and_a_failure_says_why,
    stop_is_obeyed_per_sender_and_start_takes_it_back,
    one_app_with_two_numbers_tells_each_its_own,
    a_sender_shows_its_door_its_token_and_the_last_event,
    a_text_that_is_too_long_is_refused,
    erasing_somebody_takes_what_was_told_of_them,
}

pub const OURS: &str = "+12025550181";
pub const ADA: &str = "+14155550123";

pub async fn add_sender(app: &TestApp, address: &str) -> String {
    let new = json!({ "provider": "whatsapp", "name": "Nora", "address": address });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

fn webhook(ours: &str, value: &Value) -> Value {
    let mut value = value.clone();
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] =
        json!({ "display_phone_number": ours.trim_start_matches('+'), "phone_number_id": "1" });
    json!({ "object": "whatsapp_business_account", "entry": [
        { "id": "1", "changes": [{ "field": "messages", "value": value }] }
    ] })
}

fn message(id: &str, from: &str, text: &str) -> Value {
    json!({ "id": id, "from": from.trim_start_matches('+'), "timestamp": "1697043223", "type": "text",
            "text": { "body": text } })
}

fn says(ours: &str, id: &str, text: &str) -> Post {
    let contact = json!({ "profile": { "name": "Ada on WhatsApp" }, "wa_id": "14155550123" });
    let body = webhook(ours, &json!({ "contacts": [contact], "messages": [message(id, ADA, text)] }));
    Post::meta("/webhooks/whatsapp", body.to_string())
}

fn status(id: &str, ours: Option<&Value>, status: &str, code: Option<u32>) -> Post {
    let mut thing =
        json!({ "id": id, "status": status, "timestamp": "1697043223", "recipient_id": "14155550123" });
    if let Some(ours) = ours {
        thing["biz_opaque_callback_data"] = ours.clone();
    }
    if let Some(code) = code {
        thing["errors"] = json!([{ "code": code, "title": "no" }]);
    }
    Post::meta("/webhooks/whatsapp", webhook(OURS, &json!({ "statuses": [thing] })).to_string())
}

/// Ada has written; the conversation with her.
pub async fn ada_wrote(app: &TestApp) -> String {
    assert_eq!(says(OURS, "wamid.ada1", "Hi there").to(&Client::anonymous(&app.app)).await.status, 200);
    app.run_due().await;
    conversation(app).await["id"].as_str().unwrap().to_owned()
}

async fn conversation(app: &TestApp) -> Value {
    let inbox = app.admin.get("/api/conversations?view=all&channel=whatsapp").await;
    assert_eq!(inbox["data"].as_array().unwrap().len(), 1, "{inbox:#}");
    inbox["data"][0].clone()
}

async fn reply(app: &TestApp, conversation: &str, n: usize) -> Answer {
    let body = json!({ "text": format!("Answer {n}"), "client_id": format!("client-{n:04}") });
    app.admin.call("POST", &format!("/api/conversations/{conversation}/reply"), &body).await
}

async fn meta_is_told_that_the_address_is_ours_only_with_our_token(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let secret = app.admin.get(&format!("/api/senders/{sender}/webhook-secret")).await;
    let token = secret["secret"].as_str().unwrap();
    let anyone = Client::anonymous(&app.app);
    let ask = async |sender: &str, token: &str, mode: &str| {
        let path = format!(
            "/webhooks/whatsapp?sender={sender}&hub.mode={mode}&hub.verify_token={token}&hub.challenge=1158201444"
        );
        let answer = anyone.raw("GET", &path, &[], "").await;
        (answer.status.as_u16(), String::from_utf8_lossy(&answer.bytes).into_owned())
    };
    assert_eq!(ask(&sender, token, "subscribe").await, (200, "1158201444".to_owned()));
    for (sender, token, mode) in [
        (sender.as_str(), "wrong", "subscribe"),
        (sender.as_str(), "", "subscribe"),
        (sender.as_str(), token, "unsubscribe"),
        (app.sms_sender.as_str(), token, "subscribe"),
        ("snd_nonsense", token, "subscribe"),
        ("", token, "subscribe"),
    ] {
        let (status, body) = ask(sender, token, mode).await;
        assert_eq!(status, 403, "{sender} {token} {mode}");
        assert!(!body.contains("1158201444"), "{body}");
    }
    assert_eq!(anyone.raw("GET", "/webhooks/whatsapp", &[], "").await.status, 403);
}

async fn a_webhook_without_a_good_signature_is_refused_and_leaves_no_trace(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let anyone = Client::anonymous(&app.app);
    let genuine = says(OURS, "wamid.ada1", "Hi");
    let named = Post { path: format!("/webhooks/whatsapp?sender={sender}"), ..genuine.clone() };
    for post in [genuine.clone(), named] {
        let mut bare = post.clone();
        bare.headers.remove(0);
        let mut wrong = post.clone();
        wrong.headers[0].1 = "sha256=00".into();
        let mut of_another = post.clone();
        of_another.headers[0].1 = providers::graph::sign("another secret", &post.body);
        let mut altered = post.clone();
        altered.body.push(b' ');
        for refused in [bare, wrong, of_another, altered] {
            let answer = refused.to(&anyone).await;
            assert_eq!(answer.brief(), "401 1006", "{refused:?}");
            answer.assert_error_shape(&refused.path);
        }
    }
    let nobody = says("+12025550999", "wamid.ada1", "Hi");
    assert_eq!(nobody.to(&anyone).await.brief(), "401 1006", "signed, but for no number of ours");
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    assert_eq!(genuine.to(&anyone).await.status, 200);
}

async fn copies_of_a_message_in_any_wrapping_are_one_message(app: TestApp) {
    add_sender(&app, OURS).await;
    let other = app.node().await;
    let (here, there) = (Client::anonymous(&app.app), Client::anonymous(&other.app));
    let alone = says(OURS, "wamid.ada1", "Hello");
    let both = [message("wamid.ada1", ADA, "Hello"), message("wamid.ada2", ADA, "Are you there?")];
    let packed = Post::meta("/webhooks/whatsapp", webhook(OURS, &json!({ "messages": both })).to_string());
    let copies =
        (0..20).map(|n| if n % 2 == 0 { &alone } else { &packed }.to(if n % 4 < 2 { &here } else { &there }));
    for answer in futures::future::join_all(copies).await {
        assert_eq!(answer.status, 200);
    }
    tokio::join!(app.run_due(), other.run_due());
    app.run_due().await;
    let texts: Vec<Value> = app.received().await.iter().map(|m| m["text"].clone()).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
    assert_eq!(conversation(&app).await["unread"], 2);
}

async fn broken_bodies_are_dead_letters_or_refused_and_never_a_server_error(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let named = format!("/webhooks/whatsapp?sender={sender}");
    let good = webhook(OURS, &json!({ "messages": [message("wamid.ada1", ADA, "Hello")] })).to_string();
    let no_id = webhook(OURS, &json!({ "messages": [{ "from": "14155550123", "type": "text" }] }));
    let long = webhook(OURS, &json!({ "messages": [message("wamid.long", ADA, &"a".repeat(1 << 20))] }));
    let unknown = json!({ "object": "whatsapp_business_account", "new": [], "entry": [
        { "id": "1", "changes": [{ "field": "what_comes_next", "value": { "x": 1 } }] }
    ] });
    let table: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", vec![], 200),
        ("cut short", good.as_bytes()[..good.len() / 2].to_vec(), 200),
        ("not UTF-8", [&b"{\"entry\": \""[..], b"\xff\xfe", b"\"}"].concat(), 200),
        ("noise", vec![0x80; 4096], 200),
        ("nested deep", "[".repeat(50_000).into_bytes(), 200),
        ("message without an id", no_id.to_string().into_bytes(), 200),
        ("a kind nobody knows", unknown.to_string().into_bytes(), 200),
        ("a text of 1 MB", long.to_string().into_bytes(), 200),
        ("26 MB", vec![b'a'; 26 << 20], 413),
    ];
    for (what, body, status) in table {
        let answer = Post::meta(&named, body).to(&Client::anonymous(&app.app)).await;
        assert_eq!(answer.status, status, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
        app.run_due().await;
    }
    // Nothing, cut short, not UTF-8, noise, nested, without an id.
    let dead = app.dead_letters().await;
    assert_eq!(dead.len(), 6, "{dead:#?}");
    assert_eq!(app.received().await.len(), 1, "the long one is cut, and kept");
}

async fn a_person_writes_and_is_answered_in_the_window_and_not_after_it(app: TestApp) {
    add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    let thread = conversation(&app).await;
    assert_eq!(
        (&thread["channel"], &thread["address"], &thread["contact_name"]),
        (&json!("whatsapp"), &json!(ADA), &json!("Ada on WhatsApp"))
    );
    let rules = app.admin.get(&format!("/api/conversations/{id}")).await["rules"].clone();
    assert_eq!((&rules["max_length"], &rules["closed"]), (&json!(4096), &json!(null)));
    assert!(rules["open_until"].is_string(), "{rules}");
    assert_eq!(reply(&app, &id, 1).await.status, 200);
    app.run_due().await;
    let letters = app.world.letters("whatsapp").await;
    assert_eq!(letters.len(), 1);
    let sent = app.only().await;
    assert_eq!((&letters[0]["key"], &letters[0]["to"][0]), (&sent["id"], &json!(ADA)));
    assert_eq!((&sent["status"], &sent["provider_message_id"]), (&json!("sent"), &letters[0]["id"]));
    // At 24 hours to the millisecond it is still open, a millisecond later it is not.
    app.clock.advance(DAY);
    assert_eq!(reply(&app, &id, 2).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.taken("whatsapp").await, 2);
    app.clock.advance(1);
    let refused = reply(&app, &id, 3).await;
    assert_eq!(refused.brief(), "409 2004");
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("window is closed"));
    let rules = app.admin.get(&format!("/api/conversations/{id}")).await["rules"].clone();
    assert!(rules["closed"].as_str().unwrap().contains("24 hours"), "{rules}");
    assert_eq!(app.world.taken("whatsapp").await, 2);
    // They write again, and it is open again.
    says(OURS, "wamid.ada2", "Still there?").to(&Client::anonymous(&app.app)).await;
    app.run_due().await;
    assert_eq!(reply(&app, &id, 4).await.status, 200);
    app.run_due().await;
    assert_eq!(app.world.taken("whatsapp").await, 3);
}

async fn a_queued_answer_fails_when_the_window_closes_before_it_leaves(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    app.admin.patch(&format!("/api/senders/{sender}"), json!({ "status": "paused" })).await;
    assert_eq!(reply(&app, &id, 1).await.status, 200);
    app.run_due().await;
    assert_eq!(app.only().await["why"]["code"], "sender.paused");
    app.clock.advance(DAY + 1);
    app.admin.patch(&format!("/api/senders/{sender}"), json!({ "status": "active" })).await;
    app.run_due().await;
    let failed = app.only().await;
    assert_eq!(
        (&failed["status"], &failed["error"]["code"]),
        (&json!("failed"), &json!("channel.window_closed"))
    );
    assert!(failed["error"]["message"].as_str().unwrap().contains("window is closed"), "{failed:#}");
    assert_eq!(app.world.taken("whatsapp").await, 0);
}

async fn a_template_begins_a_conversation_and_nothing_else_does(app: TestApp) {
    add_sender(&app, OURS).await;
    let write = async |n: usize, more: Value| {
        let mut body = json!({ "client_id": format!("client-{n:04}"), "channel": "whatsapp", "to": ADA, "text": "Hello Ada" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.admin.call("POST", "/api/messages", &body).await
    };
    let closed = write(1, json!({})).await;
    assert_eq!(closed.brief(), "409 2004");
    let template = json!({ "name": "welcome", "language": "en_US", "values": ["Ada"] });
    assert_eq!(write(2, json!({ "template": template })).await.status, 200);
    app.run_due().await;
    let letters = app.world.letters("whatsapp").await;
    assert_eq!(
        (letters.len(), &letters[0]["kind"], &letters[0]["text"]),
        (1, &json!("template"), &json!("welcome"))
    );
    assert_eq!(app.only().await["text"], "Hello Ada");
    for wrong in [
        json!({ "name": "Not A Name", "language": "en_US" }),
        json!({ "name": "welcome", "language": "" }),
        json!({ "name": "welcome", "language": "en_US", "values": [""] }),
    ] {
        assert_eq!(write(3, json!({ "template": wrong })).await.brief(), "422 4001", "{wrong}");
    }
    let sms = json!({ "channel": "sms", "template": template });
    assert_eq!(write(4, sms).await.brief(), "422 4001", "only where a platform approves texts");
}

async fn every_answer_of_the_api_has_its_status_and_nothing_is_taken_twice(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    // Fault, status after the first attempt, status in the end: nobody but a person or a webhook settles doubt.
    let table = [
        ("status:429", "queued", "sent", 1),
        ("code:130429", "queued", "sent", 1),
        ("code:131056", "queued", "sent", 1),
        ("code:131047", "failed", "failed", 0),
        ("code:131051", "failed", "failed", 0),
        ("code:190", "queued", "sent", 1),
        ("code:131042", "queued", "sent", 1),
        ("code:131000", "uncertain", "uncertain", 0),
        ("status:500", "uncertain", "uncertain", 0),
        ("status:503", "uncertain", "uncertain", 0),
        ("html", "uncertain", "uncertain", 0),
        ("empty", "uncertain", "uncertain", 0),
        ("malformed", "uncertain", "uncertain", 0),
        ("reset", "uncertain", "uncertain", 0),
        ("timeout", "uncertain", "uncertain", 0),
        ("accept_then_500", "uncertain", "uncertain", 1),
        ("accept_then_hang", "uncertain", "uncertain", 1),
        ("accept_then_garbage", "uncertain", "uncertain", 1),
        ("code:131026", "failed", "failed", 0),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (n, (fault, first, last, arrives)) in table.iter().enumerate() {
        app.world.fault("whatsapp", fault, 1).await;
        let written = reply(&app, &id, n).await;
        assert_eq!(written.status, 200, "{fault}: {}", String::from_utf8_lossy(&written.bytes));
        let message = written.json()["id"].clone();
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        // A sender that the provider refuses waits for its owner.
        app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
        app.run_due().await;
        app.advance(2 * MINUTE).await;
        let now = app.message(&message).await;
        taken += arrives;
        let counted = app.world.taken("whatsapp").await;
        if (then.as_str(), now["status"].as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!("{fault}: {then}, then {}, {counted} taken", now["status"]));
        }
        if *last == "uncertain" && now["needs_decision"] != true {
            wrong.push(format!("{fault}: it does not wait for a person"));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(
        (&suppressed["data"][0]["value"], &suppressed["data"][0]["channel"]),
        (&json!(ADA), &json!("whatsapp"))
    );
}

async fn doubt_is_settled_by_the_news_that_names_our_message(app: TestApp) {
    add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    app.world.fault("whatsapp", "accept_then_hang", 1).await;
    let message = reply(&app, &id, 1).await.json()["id"].clone();
    app.send_once().await;
    assert_eq!(app.message(&message).await["status"], "uncertain");
    let known = app.world.letters("whatsapp").await[0]["id"].as_str().unwrap().to_owned();
    status(&known, Some(&message), "sent", None).to(&Client::anonymous(&app.app)).await;
    app.run_due().await;
    let settled = app.message(&message).await;
    assert_eq!((&settled["status"], &settled["provider_message_id"]), (&json!("sent"), &json!(known)));
    assert_eq!(settled["needs_decision"], false);
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("whatsapp").await, 1);
}

async fn news_in_any_order_come_to_the_same_and_a_failure_says_why(app: TestApp) {
    add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    let anyone = Client::anonymous(&app.app);
    let orders =
        [["sent", "delivered", "read"], ["read", "delivered", "sent"], ["delivered", "read", "read"]];
    for (n, order) in orders.iter().enumerate() {
        let message = reply(&app, &id, n).await.json()["id"].clone();
        app.run_due().await;
        let known = app.message(&message).await["provider_message_id"].as_str().unwrap().to_owned();
        for word in order {
            status(&known, Some(&message), word, None).to(&anyone).await;
            app.run_due().await;
        }
        assert_eq!(app.message(&message).await["status"], "read", "{order:?}");
    }
    let message = reply(&app, &id, 9).await.json()["id"].clone();
    app.run_due().await;
    let known = app.message(&message).await["provider_message_id"].as_str().unwrap().to_owned();
    status(&known, None, "failed", Some(131_049)).to(&anyone).await;
    app.run_due().await;
    let failed = app.message(&message).await;
    assert_eq!((&failed["status"], &failed["error"]["code"]), (&json!("failed"), &json!("131049")));
    assert!(failed["error"]["message"].as_str().unwrap().contains("marketing messages"), "{failed:#}");
}

async fn stop_is_obeyed_per_sender_and_start_takes_it_back(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    let anyone = Client::anonymous(&app.app);
    says(OURS, "wamid.ada2", "STOP").to(&anyone).await;
    app.run_due().await;
    let listed = app.admin.get("/api/suppressions").await;
    assert_eq!(
        (&listed["data"][0]["channel"], &listed["data"][0]["sender_id"]),
        (&json!("whatsapp"), &json!(sender))
    );
    assert_eq!(reply(&app, &id, 1).await.brief(), "409 4002");
    assert_eq!(app.world.taken("whatsapp").await, 0);
    says(OURS, "wamid.ada3", "stop by on Monday").to(&anyone).await;
    app.run_due().await;
    says(OURS, "wamid.ada4", "START").to(&anyone).await;
    app.run_due().await;
    assert_eq!(app.admin.get("/api/suppressions").await["data"], json!([]));
    assert_eq!(reply(&app, &id, 2).await.status, 200);
}

async fn one_app_with_two_numbers_tells_each_its_own(app: TestApp) {
    let (first, second) = (add_sender(&app, OURS).await, add_sender(&app, "+12025550182").await);
    let mut body = webhook(OURS, &json!({ "messages": [message("wamid.one1", ADA, "To the first")] }));
    let other =
        webhook("+12025550182", &json!({ "messages": [message("wamid.two2", ADA, "To the second")] }));
    body["entry"].as_array_mut().unwrap().push(other["entry"][0].clone());
    let path = format!("/webhooks/whatsapp?sender={first}");
    assert_eq!(Post::meta(&path, body.to_string()).to(&Client::anonymous(&app.app)).await.status, 200);
    app.run_due().await;
    let mut got: Vec<(String, String)> = app
        .received()
        .await
        .iter()
        .map(|m| (m["sender_id"].as_str().unwrap().into(), m["text"].as_str().unwrap().into()))
        .collect();
    got.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(got, [(first, "To the first".to_owned()), (second, "To the second".to_owned())]);
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
}

async fn a_sender_shows_its_door_its_token_and_the_last_event(app: TestApp) {
    let sender = add_sender(&app, OURS).await;
    let shown = async || {
        let list = app.admin.get("/api/senders").await;
        list["data"].as_array().unwrap().iter().find(|s| s["id"] == sender.as_str()).unwrap().clone()
    };
    let before = shown().await;
    assert_eq!(before["webhook_url"], format!("{PUBLIC_URL}/webhooks/whatsapp?sender={sender}"));
    assert_eq!((&before["last_event_at"], &before["rate_per_minute"]), (&json!(null), &json!(4800)));
    assert_eq!(before["limits"]["starts"], "template");
    ada_wrote(&app).await;
    assert!(shown().await["last_event_at"].is_string());
    let report = app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
    assert_eq!((&report["ok"], &report["parts"][0]["what"]), (&json!(true), &json!("sandbox")));
    // Credentials are sealed, and never shown again.
    let path = format!("/api/senders/{sender}");
    let account =
        json!({ "phone_number_id": "1063", "access_token": "EAAsecret", "app_secret": "app-secret" });
    app.admin.patch(&path, json!({ "credentials": account })).await;
    let after = shown().await;
    assert_eq!(after["account"]["saved"], json!(["access_token", "app_secret"]));
    assert!(!after.to_string().contains("EAAsecret") && !after.to_string().contains("app-secret"));
    let refused = app.admin.call("PATCH", &path, &json!({ "credentials": { "app_secret": null } })).await;
    assert_eq!(refused.json()["error"]["fields"][0]["field"], "credentials.app_secret");
}

async fn a_text_that_is_too_long_is_refused(app: TestApp) {
    add_sender(&app, OURS).await;
    let id = ada_wrote(&app).await;
    for (length, expected) in [(4_096, 200), (4_097, 422)] {
        let body = json!({ "text": "ä".repeat(length), "client_id": format!("client-{length}") });
        let answer = app.admin.call("POST", &format!("/api/conversations/{id}/reply"), &body).await;
        assert_eq!(answer.status, expected, "{length}");
    }
}

async fn erasing_somebody_takes_what_was_told_of_them(app: TestApp) {
    add_sender(&app, OURS).await;
    let ada = json!({ "first_name": "Ada", "email": "ada@people.example", "phone": ADA });
    let ada = app.admin.post("/api/contacts", ada).await["id"].as_str().unwrap().to_owned();
    ada_wrote(&app).await;
    assert_eq!(conversation(&app).await["contact_id"], ada.as_str(), "found by the phone number");
    let erased = app
        .admin
        .post(&format!("/api/contacts/{ada}/erase"), json!({ "confirm": "ada@people.example" }))
        .await;
    assert_eq!(
        (&erased["erased"]["raw_events"], &erased["erased"]["messages"]),
        (&json!(1), &json!(1)),
        "{erased:#}"
    );
    let keys = store::inbound_event::keys(&app.app.db).await.unwrap();
    assert!(keys.iter().all(|key| !format!("{key:?}").contains("14155550123")), "{keys:?}");
    assert_eq!(app.received().await, Vec::<Value>::new());
}
