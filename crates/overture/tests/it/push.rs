//! Members hear outside of the page: by push in their browsers, by e-mail, and not in their quiet hours.

use crate::{
    inbox::{BOB, at, heard_from, member_id},
    kit::*,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use overture::loops::notices;
use p256::ecdsa::{Signature, VerifyingKey, signature::Verifier};
use serde_json::{Value, json};
use store::notice;

both! {
    each_browser_of_who_is_told_hears_it_once_encrypted_and_signed,
    what_surely_did_not_leave_is_tried_again_and_nothing_else,
    a_node_that_dies_loses_nothing_and_repeats_nothing,
    who_leaves_hears_no_more,
    in_quiet_hours_push_is_dropped_and_mail_waits_for_their_end,
    in_live_mode_mail_goes_through_the_server_of_the_installation,
    only_what_was_chosen_and_may_be_seen_comes,
    a_browser_is_entered_by_itself_with_good_keys,
    choices_are_kept_as_they_are_unless_they_are_named,
}

/// The example of RFC 8291, appendix A: what the tests open pushes with opens it.
#[test]
fn the_example_of_the_standard_opens() {
    let bytes = |text: &str| B64.decode(text).unwrap();
    let ear = Ear::of(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        &bytes("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
        &bytes("BTBZMqHH6r4Tts7J_aSIgg"),
    );
    let public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    assert_eq!(B64.encode(ear.p256dh()), public);
    let body = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
    assert_eq!(ear.open(&bytes(body)).unwrap(), b"When I grow up, I want to be a watermelon");
}

async fn hear(client: &Client, ear: &Ear) -> Value {
    client.post("/api/push", ear.subscription()).await
}

/// Says all that is due now.
async fn say(app: &TestApp) {
    while notices::round(&app.app).await.unwrap() > 0 {}
}

/// What was said to a browser.
fn said(ear: &Ear, pushed: &Pushed) -> Value {
    serde_json::from_slice(&ear.open(&pushed.body).expect("it is for this browser")).unwrap()
}

async fn each_browser_of_who_is_told_hears_it_once_encrypted_and_signed(app: TestApp) {
    let service = PushService::start().await;
    let (desk, phone) = (service.ear("desk"), service.ear("phone"));
    let key = hear(&app.admin, &desk).await["public_key"].as_str().unwrap().to_owned();
    let second = Client::of(&app.app, &app.scope).await;
    assert_eq!(hear(&second, &phone).await, json!({ "public_key": key, "browsers": 2, "here": true }));
    let rita = app.member("rep").await;
    hear(&rita, &service.ear("rita")).await;
    app.ann().await;
    let ann = heard_from(&app, "SM1", ANN, "Yes, tell me more").await;
    say(&app).await;
    let taken = service.taken();
    assert_eq!(taken.iter().map(|p| p.to.as_str()).collect::<Vec<_>>(), ["desk", "phone"]);
    for (pushed, ear, other) in [(&taken[0], &desk, &phone), (&taken[1], &phone, &desk)] {
        let told = said(ear, pushed);
        assert_eq!(
            (&told["title"], &told["text"], &told["path"]),
            (&json!("Ann Lee wrote"), &json!("Yes, tell me more"), &json!(format!("/inbox/all/{ann}")))
        );
        assert!(other.open(&pushed.body).is_none(), "no other browser opens it");
        let header = |name: &str| pushed.headers[name].to_str().unwrap();
        assert_eq!((header("content-encoding"), header("ttl")), ("aes128gcm", "86400"));
        // RFC 8292: signed with the key that the browser was given, for this service, for less than a day.
        let (token, public) =
            header("authorization").strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let verifying = VerifyingKey::from_sec1_bytes(&B64.decode(public).unwrap()).unwrap();
        let signature = Signature::from_slice(&B64.decode(signature).unwrap()).unwrap();
        verifying.verify(signed.as_bytes(), &signature).unwrap();
        let claims = B64.decode(signed.split_once('.').unwrap().1).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!((&claims["aud"], &claims["sub"]), (&json!(service.url), &json!(PUBLIC_URL)));
        let left = claims["exp"].as_i64().unwrap() - app.app.real_ms() / 1_000;
        assert!((3_600..86_400).contains(&left), "{left}");
    }
    say(&app).await;
    assert!(service.taken().is_empty(), "once");
    // Another node knows the same keys, and nothing is left in the clear.
    let node = app.node().await;
    assert_eq!(overture::push::signer_key(&node.app).await.unwrap(), key);
    for column in store::sealed::COLUMNS.iter().filter(|column| column.table.starts_with("push_")) {
        for row in store::sealed::page(&app.app.db, column, "").await.unwrap() {
            assert!(row.sealed.starts_with("v1."), "{column:?}");
        }
    }
}

async fn what_surely_did_not_leave_is_tried_again_and_nothing_else(app: TestApp) {
    let service = PushService::start().await;
    let desk = service.ear("desk");
    hear(&app.admin, &desk).await;
    app.ann().await;
    service.answer(&[503, 429]);
    heard_from(&app, "SM1", ANN, "One").await;
    for expected in [1, 1, 1, 0] {
        say(&app).await;
        assert_eq!(service.taken().len(), expected);
        app.clock.advance(HOUR);
        forgive(&app, &service);
    }
    // It may have arrived: nobody knows, and nothing is repeated.
    service.answer(&[0]);
    heard_from(&app, "SM2", ANN, "Two").await;
    say(&app).await;
    app.clock.advance(HOUR);
    forgive(&app, &service);
    say(&app).await;
    assert_eq!(service.taken().len(), 1);
    // The browser is gone for good.
    service.answer(&[410]);
    heard_from(&app, "SM3", ANN, "Three").await;
    say(&app).await;
    assert_eq!(service.taken().len(), 1);
    assert_eq!(app.admin.get("/api/push").await["browsers"], 0);
    heard_from(&app, "SM4", ANN, "Four").await;
    say(&app).await;
    assert!(service.taken().is_empty());
}

/// The service has been left alone for long enough.
fn forgive(app: &TestApp, service: &PushService) {
    app.app.push_services.answered(&service.url);
}

async fn a_node_that_dies_loses_nothing_and_repeats_nothing(app: TestApp) {
    let service = PushService::start().await;
    let (desk, phone) = (service.ear("desk"), service.ear("phone"));
    hear(&app.admin, &desk).await;
    hear(&Client::of(&app.app, &app.scope).await, &phone).await;
    app.ann().await;
    heard_from(&app, "SM1", ANN, "Hello").await;
    let claim = notice::claim_push(&app.app.db, "gone", 60_000, 10, app.clock.now()).await.unwrap();
    assert_eq!(claim.len(), 2);
    let leaving = [claim[0].id.clone()];
    assert!(notice::begin(&app.app.db, "gone", &leaving).await.unwrap());
    say(&app).await;
    assert!(service.taken().is_empty(), "what another node holds is its own");
    assert!(!notice::begin(&app.app.db, &app.app.node, &leaving).await.unwrap());
    // It died: its lease ends.
    let tx = app.app.db.begin().await.unwrap();
    use sea_orm::ConnectionTrait;
    tx.execute_unprepared("update notices set locked_until = 1").await.unwrap();
    app.app.commit(tx).await.unwrap();
    say(&app).await;
    let taken = service.taken();
    assert_eq!(taken.len(), 1, "what was leaving may have arrived; the other one surely did not");
    // Two nodes at work take nothing twice.
    for n in 0..20 {
        let phone = format!("+141555501{n:02}");
        app.contact(json!({ "phone": phone, "last_name": "Ray" })).await;
        heard_from(&app, &format!("SN{n}"), &phone, "Hi").await;
    }
    let node = app.node().await;
    let both = tokio::join!(notices::round(&app.app), notices::round(&node.app));
    both.0.unwrap();
    both.1.unwrap();
    say(&app).await;
    let mut heard: Vec<String> = service
        .taken()
        .iter()
        .map(|p| format!("{} {}", p.to, said(if p.to == "desk" { &desk } else { &phone }, p)["path"]))
        .collect();
    assert_eq!(heard.len(), 40);
    heard.sort();
    heard.dedup();
    assert_eq!(heard.len(), 40);
}

async fn who_leaves_hears_no_more(app: TestApp) {
    let service = PushService::start().await;
    let rita = app.member("manager").await;
    let hers = member_id(&rita).await;
    app.ann().await;
    let ann = heard_from(&app, "SM0", ANN, "Hello").await;
    app.admin.post(&at(&ann, "assign"), json!({ "assignee_id": hers })).await;
    say(&app).await;
    hear(&rita, &service.ear("rita")).await;
    heard_from(&app, "SM1", ANN, "One").await;
    say(&app).await;
    assert_eq!(service.taken().len(), 1);
    // She switches it off, on again, and signs out.
    assert_eq!(rita.call("DELETE", "/api/push", &json!({})).await.json()["here"], false);
    heard_from(&app, "SM2", ANN, "Two").await;
    hear(&rita, &service.ear("rita")).await;
    heard_from(&app, "SM3", ANN, "Three").await;
    rita.post("/api/auth/logout", json!({})).await;
    say(&app).await;
    assert!(service.taken().is_empty());
    // Somebody else signs in with the same browser: it is theirs, wherever they are.
    let (_, neighbour) = app.neighbour(2).await;
    hear(&app.admin, &service.ear("shared")).await;
    hear(&neighbour, &service.ear("shared")).await;
    assert_eq!(app.admin.get("/api/push").await["browsers"], 0);
    // Who may no longer come in.
    let ron = app.member("manager").await;
    let his = member_id(&ron).await;
    app.admin.post(&at(&ann, "assign"), json!({ "assignee_id": his })).await;
    hear(&ron, &service.ear("ron")).await;
    heard_from(&app, "SM4", ANN, "Four").await;
    app.admin.patch(&format!("/api/members/{his}"), json!({ "disabled": true })).await;
    say(&app).await;
    assert!(service.taken().is_empty());
    for table in ["push_subscriptions", "notices"] {
        let sql = format!("select count(*) as value from {table} where member_id = '{his}'");
        assert_eq!(count(&app, &sql).await, 0, "{table}");
    }
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    use sea_orm::ConnectionTrait;
    let tx = app.app.db.begin().await.unwrap();
    let backend = tx.get_database_backend();
    let row = tx.query_one_raw(sea_orm::Statement::from_string(backend, sql)).await.unwrap().unwrap();
    row.try_get("", "value").unwrap()
}

/// What came by mail to members, newest first.
async fn mail(app: &TestApp) -> Vec<Value> {
    let mut letters = app.world.letters("email").await;
    letters.retain(|letter| letter["to"][0].as_str().unwrap().ends_with("@team.example"));
    letters
}

async fn in_quiet_hours_push_is_dropped_and_mail_waits_for_their_end(app: TestApp) {
    let service = PushService::start().await;
    let desk = service.ear("desk");
    hear(&app.admin, &desk).await;
    app.ann().await;
    app.contact(json!({ "phone": BOB, "first_name": "Bob", "last_name": "Ray" })).await;
    // It is Monday, 10:00 in UTC and 12:00 in Oslo, where quiet begins at 11:30.
    let quiet = json!({
        "muted": [], "mail": ["reply"], "quiet_from": 690, "quiet_until": 780, "quiet_days": [1], "time_zone": "Europe/Oslo",
    });
    app.admin.patch("/api/notifications/choices", quiet).await;
    heard_from(&app, "SM1", ANN, "One").await;
    heard_from(&app, "SM2", ANN, "Two").await;
    say(&app).await;
    app.clock.advance(30 * MINUTE);
    heard_from(&app, "SM3", BOB, "Three").await;
    say(&app).await;
    app.clock.advance(29 * MINUTE);
    say(&app).await;
    assert!(service.taken().is_empty() && mail(&app).await.is_empty());
    app.clock.advance(MINUTE);
    say(&app).await;
    let letters = mail(&app).await;
    assert_eq!(letters.len(), 1, "one mail for all of it: {letters:#?}");
    assert_eq!(letters[0]["subject"], "2 things in Workspace 1");
    assert!(service.taken().is_empty(), "what was pushed too late would only disturb");
    assert_eq!(app.admin.get("/api/notifications?unseen=true").await["unseen"], 2);
    // Outside of them push comes at once, and mail when nothing more has come for a while.
    heard_from(&app, "SM4", ANN, "Four").await;
    say(&app).await;
    assert_eq!(service.taken().len(), 1);
    app.clock.advance(MINUTE);
    heard_from(&app, "SM5", BOB, "Five").await;
    say(&app).await;
    assert_eq!(mail(&app).await.len(), 1);
    app.clock.advance(2 * MINUTE);
    say(&app).await;
    assert_eq!(mail(&app).await.len(), 2);
    app.clock.advance(DAY);
    say(&app).await;
    assert_eq!(mail(&app).await.len(), 2, "each is said once");
    // What was looked at meanwhile needs no mail.
    let ann = heard_from(&app, "SM6", ANN, "Six").await;
    app.admin.post(&at(&ann, "read"), json!({})).await;
    app.clock.advance(DAY);
    say(&app).await;
    assert_eq!(mail(&app).await.len(), 2);
    // None of it is a message of the workspace.
    assert!(app.sent().await.is_empty());
}

async fn in_live_mode_mail_goes_through_the_server_of_the_installation(app: TestApp) {
    let mode = async |mode: &str| {
        let asked = json!({ "mode": mode, "confirm": "Workspace 1" });
        app.admin.post("/api/settings/send-mode", asked).await;
    };
    let node = app.node_with_mail().await;
    app.ann().await;
    app.admin.patch("/api/notifications/choices", json!({ "muted": [], "mail": ["reply"] })).await;
    heard_from(&app, "SM1", ANN, "Nobody is written to").await;
    mode("live").await;
    app.clock.advance(HOUR);
    say(&app).await;
    assert!(mail(&app).await.is_empty(), "no server is set up on this node");
    mode("sandbox").await;
    heard_from(&app, "SM2", ANN, "Hello").await;
    mode("live").await;
    assert_eq!(node.admin.get("/api/notifications/choices").await["mail_goes"], "out");
    app.clock.advance(HOUR);
    // A server that does not take it is asked again later.
    app.world.fault("smtp", "smtp:451", 1).await;
    say(&node).await;
    assert!(mail(&app).await.is_empty());
    app.clock.advance(HOUR);
    say(&node).await;
    let letters = mail(&app).await;
    assert_eq!((letters.len(), &letters[0]["from"]), (1, &json!("overture@company.example")));
    let text = letters[0].to_string();
    assert!(text.contains("Ann Lee wrote") && text.contains(&format!("{PUBLIC_URL}/inbox/all/")), "{text}");
    assert!(app.sent().await.is_empty());
}

async fn only_what_was_chosen_and_may_be_seen_comes(app: TestApp) {
    let service = PushService::start().await;
    let desk = service.ear("desk");
    hear(&app.admin, &desk).await;
    app.ann().await;
    let choose = json!({ "muted": ["reply"], "push": ["reply"], "mail": [] });
    app.admin.patch("/api/notifications/choices", choose).await;
    heard_from(&app, "SM1", ANN, "By push alone").await;
    say(&app).await;
    assert_eq!(said(&desk, &service.taken()[0])["text"], "By push alone");
    assert_eq!(app.admin.get("/api/notifications").await["data"], json!([]));
    heard_from(&app, "SM2", ANN, "Not wanted any more").await;
    app.admin.patch("/api/notifications/choices", json!({ "muted": [], "push": ["mention"] })).await;
    say(&app).await;
    assert!(service.taken().is_empty());
    // What she may not see any more is not said.
    let rita = app.member("rep").await;
    let ear = service.ear("rita");
    hear(&rita, &ear).await;
    let hers = member_id(&rita).await;
    let bob = rita.post("/api/contacts", json!({ "phone": BOB, "last_name": "Bob" })).await["id"].clone();
    heard_from(&app, "SM3", BOB, "For her").await;
    let assign = json!({ "who": { "contact_ids": [bob] }, "owner_id": member_id(&app.admin).await });
    app.admin.post("/api/contacts/assign", assign).await;
    say(&app).await;
    assert!(service.taken().is_empty(), "{hers} has handed it over");
    // Who is erased is not spoken of.
    let all = json!({ "muted": [], "push": ["reply"], "mail": ["reply"] });
    app.admin.patch("/api/notifications/choices", all).await;
    heard_from(&app, "SM4", ANN, "Forget me").await;
    let people = app.admin.get("/api/contacts").await;
    let ann =
        people["data"].as_array().unwrap().iter().find(|c| c["first_name"] == "Ann").unwrap()["id"].clone();
    let erase = format!("/api/contacts/{}/erase", ann.as_str().unwrap());
    app.admin.post(&erase, json!({ "confirm": "ann@people.example" })).await;
    app.clock.advance(HOUR);
    say(&app).await;
    assert!(service.taken().is_empty() && mail(&app).await.is_empty());
}

async fn a_browser_is_entered_by_itself_with_good_keys(app: TestApp) {
    let service = PushService::start().await;
    let ear = service.ear("desk");
    let with = |field: &str, value: &str| {
        let mut body = ear.subscription();
        body[field] = json!(value);
        body
    };
    for (wrong, field) in [
        (with("p256dh", "AAAA"), "p256dh"),
        (with("p256dh", "not base64!"), "p256dh"),
        (with("auth", "AAAA"), "p256dh"),
        (with("endpoint", "http://169.254.169.254/latest"), "endpoint"),
        (with("endpoint", "http://push.example/1"), "endpoint"),
        (with("endpoint", "file:///etc/passwd"), "endpoint"),
    ] {
        let answer = app.admin.call("POST", "/api/push", &wrong).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.brief());
        assert_eq!(answer.json()["error"]["fields"][0]["field"], field, "{wrong}");
    }
    let asked = json!({ "name": "Program", "scopes": ["push:*"] });
    let key = app.admin.post("/api/api-keys", asked).await["key"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    for (method, body) in [("POST", ear.subscription().to_string()), ("DELETE", String::new())] {
        let answer = Client::anonymous(&app.app).raw(method, "/api/push", &headers, body).await;
        assert_eq!(answer.status, 403, "a program is no browser: {}", answer.brief());
    }
    assert_eq!(hear(&app.admin, &ear).await["browsers"], 1);
    assert_eq!(hear(&app.admin, &service.ear("desk again")).await["browsers"], 1, "one per browser");
}

async fn choices_are_kept_as_they_are_unless_they_are_named(app: TestApp) {
    let path = "/api/notifications/choices";
    let kinds = json!(["mention", "assigned", "reply", "approval", "late"]);
    let usual = json!({
        "muted": [], "push": kinds, "mail": [], "quiet_from": null, "quiet_until": null, "quiet_days": [1, 2, 3, 4, 5, 6, 7],
        "time_zone": null, "mail_goes": "sandbox",
    });
    assert_eq!(app.admin.get(path).await, usual);
    let changed = json!({ "muted": [], "mail": ["late", "mention"], "quiet_days": [7, 6], "time_zone": "Asia/Kathmandu" });
    let now = app.admin.patch(path, changed).await;
    assert_eq!((&now["mail"], &now["quiet_days"]), (&json!(["late", "mention"]), &json!([6, 7])));
    let now = app.admin.patch(path, json!({ "muted": ["late"], "push": [] })).await;
    assert_eq!((&now["mail"], &now["time_zone"]), (&json!(["late", "mention"]), &json!("Asia/Kathmandu")));
    assert_eq!((&now["push"], &now["muted"]), (&json!([]), &json!(["late"])));
    assert_eq!(
        app.admin.patch(path, json!({ "muted": [], "time_zone": "" })).await["time_zone"],
        json!(null)
    );
    for wrong in [
        json!({ "muted": [], "quiet_days": [] }),
        json!({ "muted": [], "quiet_days": [8] }),
        json!({ "muted": [], "time_zone": "Mars" }),
        json!({ "muted": [], "push": ["nothing"] }),
    ] {
        assert_eq!(app.admin.call("PATCH", path, &wrong).await.status, 422, "{wrong}");
    }
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    assert_eq!(app.admin.get(path).await["mail_goes"], "nowhere");
}
