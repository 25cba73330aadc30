//! Voicemail from end to end: consent and calling hours, a text that is spoken once, the recording that others fetch,
//! what becomes of a drop.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_text_is_spoken_dropped_and_reported_and_a_repeat_changes_nothing,
    the_same_text_is_never_paid_twice,
    who_has_not_agreed_gets_none_and_nothing_is_spoken,
    calling_hours_hold_it_where_they_are_and_from_coast_to_coast_where_nobody_knows,
    every_answer_of_both_services_has_its_status,
    a_lost_answer_waits_for_a_person_and_is_settled_by_a_postback,
    a_recording_is_fetched_whole_and_in_part_until_its_address_ends,
    a_postback_that_is_not_ours_leaves_no_trace,
    erasing_somebody_takes_what_was_spoken_for_them_alone,
    a_sender_is_connected_tested_and_shows_no_secret,
}

const OURS: &str = "+12025550199";
const SCRIPT: &str = "Hello Ada, this is Nora of Nordlys. I wanted to tell you about our open house on Friday. Call me when you like.";

/// Ten in the morning where she is: the clock begins at 10:00 UTC on a Monday in June.
async fn add_sender(app: &TestApp) -> String {
    let new = json!({ "provider": "slybroadcast", "name": "Nora", "address": OURS });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

async fn person(app: &TestApp, name: &str, phone: &str, zone: Option<&str>, agrees: bool) -> String {
    let email = format!("{}@people.example", name.to_lowercase());
    let mut new = json!({ "first_name": name, "email": email, "phone": phone });
    if let Some(zone) = zone {
        new["time_zone"] = json!(zone);
    }
    let id = app.admin.post("/api/contacts", new).await["id"].as_str().unwrap().to_owned();
    if agrees {
        let consent = json!({ "channel": "voicemail", "state": "given", "source": "Form on the web site" });
        app.admin.post(&format!("/api/contacts/{id}/consents"), consent).await;
    }
    id
}

async fn ada(app: &TestApp) -> String {
    person(app, "Ada", "+14155550123", Some("Europe/London"), true).await
}

async fn write(app: &TestApp, contact: &str, n: usize, text: &str) -> Answer {
    let body = json!({ "client_id": format!("client-{n:04}"), "channel": "voicemail", "contact_id": contact, "text": text });
    app.admin.call("POST", "/api/messages", &body).await
}

async fn written(app: &TestApp, contact: &str, n: usize, text: &str) -> Value {
    let answer = write(app, contact, n, text).await;
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.bytes));
    answer.json()
}

/// A postback to the address that came with an order.
fn told(drop: &Value, status: &str, reason: &str) -> Post {
    let address = drop["status_callback"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let phone = drop["to"][0].as_str().unwrap().trim_start_matches("+1");
    let var =
        format!("{}|{phone}|{status}|{reason}|2026-06-15 06:00:20|Verizon", drop["id"].as_str().unwrap());
    let body = form_urlencoded::Serializer::new(String::new()).append_pair("var", &var).finish();
    let form = "application/x-www-form-urlencoded".to_owned();
    Post { path: address.to_owned(), headers: vec![("content-type", form)], body: body.into_bytes() }
}

async fn drops(app: &TestApp) -> Vec<Value> {
    app.world.letters("voicemail").await
}

fn inside(address: &Value) -> &str {
    address.as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap()
}

async fn a_text_is_spoken_dropped_and_reported_and_a_repeat_changes_nothing(app: TestApp) {
    add_sender(&app).await;
    let ada = ada(&app).await;
    let message = written(&app, &ada, 1, SCRIPT).await["id"].clone();
    app.run_due().await;
    let sent = app.message(&message).await;
    let all = drops(&app).await;
    assert_eq!((all.len(), &all[0]["key"], &all[0]["to"][0]), (1, &message, &json!("+14155550123")));
    assert_eq!((&all[0]["from"], &all[0]["date"]), (&json!(OURS), &json!("now")));
    // Nine in the evening in London is four in the afternoon in New York.
    assert_eq!(all[0]["end"], "16:00:00");
    assert_eq!((&sent["status"], &sent["provider_message_id"]), (&json!("sent"), &all[0]["id"]));
    let anyone = Client::anonymous(&app.app);
    let heard = anyone.raw("GET", inside(&all[0]["audio"]), &[], "").await;
    assert_eq!((heard.status.as_u16(), heard.bytes[0]), (200, 0xff));
    for _ in 0..3 {
        let answer = told(&all[0], "OK", "").to(&anyone).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_ref()), (200, &b"OK"[..]));
        app.run_due().await;
    }
    // What comes late and says less does not take it back; nor does the same in the older form.
    let older = format!(
        "{}&c_session={}&c_phone=4155550123&c_dispo=OK",
        inside(&all[0]["status_callback"]),
        all[0]["id"].as_str().unwrap()
    );
    assert_eq!(anyone.raw("GET", &older, &[], "").await.status, 200);
    told(&all[0], "FAILED", "Too late").to(&anyone).await;
    app.run_due().await;
    assert_eq!(app.message(&message).await["status"], "delivered");
    assert_eq!(app.dead_letters().await, Vec::<Value>::new());
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (1, 1));
}

async fn the_same_text_is_never_paid_twice(app: TestApp) {
    add_sender(&app).await;
    let mut people = vec![ada(&app).await];
    for n in 0..7 {
        people.push(
            person(&app, &format!("P{n}"), &format!("+1415555013{n}"), Some("Europe/London"), true).await,
        );
    }
    for (n, contact) in people.iter().enumerate() {
        written(&app, contact, n, SCRIPT).await;
    }
    app.run_due().await;
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (8, 1));
    // Spaces around it say nothing; another word says something else. It is found again on another node.
    let other = app.node().await;
    written(&app, &people[0], 20, &format!("  {SCRIPT}\n")).await;
    other.run_due().await;
    assert_eq!(app.world.spoken().await, 1);
    written(&app, &people[0], 21, &format!("{SCRIPT} Bye.")).await;
    app.run_due().await;
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (10, 2));
    // An order that was refused is tried again with the same recording.
    app.world.fault("slybroadcast", "status:429", 1).await;
    written(&app, &people[1], 22, &format!("{SCRIPT} Bye.")).await;
    app.run_due().await;
    app.advance(10 * MINUTE).await;
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (11, 2));
}

async fn who_has_not_agreed_gets_none_and_nothing_is_spoken(app: TestApp) {
    add_sender(&app).await;
    let bo = person(&app, "Bo", "+14155550124", Some("Europe/London"), false).await;
    let refused = write(&app, &bo, 1, SCRIPT).await;
    assert_eq!(refused.brief(), "409 4002");
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("consent"), "{:?}", refused.json());
    let stranger =
        json!({ "client_id": "client-0002", "channel": "voicemail", "to": "+14155550125", "text": SCRIPT });
    assert_eq!(app.admin.call("POST", "/api/messages", &stranger).await.brief(), "409 4002");
    let abroad =
        json!({ "client_id": "client-0003", "channel": "voicemail", "to": "+4790000001", "text": SCRIPT });
    assert_eq!(app.admin.call("POST", "/api/messages", &abroad).await.brief(), "422 4001");
    assert_eq!(write(&app, &bo, 4, &"a".repeat(1_501)).await.brief(), "422 4001");
    // Taken back while it waits: the guard asks again.
    let sender = app.admin.get("/api/senders").await;
    let sender =
        sender["data"].as_array().unwrap().iter().find(|s| s["channel"] == "voicemail").unwrap().clone();
    let path = format!("/api/senders/{}", sender["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "status": "paused" })).await;
    let ada = ada(&app).await;
    let message = written(&app, &ada, 5, SCRIPT).await["id"].clone();
    let back = json!({ "channel": "voicemail", "state": "withdrawn", "source": "Phone call" });
    app.clock.advance(SECOND);
    app.admin.post(&format!("/api/contacts/{ada}/consents"), back).await;
    app.admin.patch(&path, json!({ "status": "active" })).await;
    app.run_due().await;
    let dropped = app.message(&message).await;
    assert_eq!(
        (&dropped["status"], &dropped["error"]["code"]),
        (&json!("suppressed"), &json!("consent.missing"))
    );
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (0, 0));
}

async fn calling_hours_hold_it_where_they_are_and_from_coast_to_coast_where_nobody_knows(app: TestApp) {
    add_sender(&app).await;
    // 10:00 UTC is six in the morning in New York, and nobody knows where Cy is.
    let bo = person(&app, "Bo", "+12125550124", Some("America/New_York"), true).await;
    let cy = person(&app, "Cy", "+12125550125", None, true).await;
    let (bos, cys) = (
        written(&app, &bo, 1, SCRIPT).await["id"].clone(),
        written(&app, &cy, 2, SCRIPT).await["id"].clone(),
    );
    app.run_due().await;
    let held = app.message(&bos).await;
    assert_eq!(
        (&held["status"], &held["why"]["code"]),
        (&json!("queued"), &json!("calling.hours")),
        "{held:#}"
    );
    assert_eq!(app.world.spoken().await, 0);
    app.live(2 * HOUR - 1, 30 * MINUTE).await;
    assert_eq!(app.world.taken("voicemail").await, 0);
    app.advance(1).await;
    assert_eq!(app.message(&bos).await["status"], "sent");
    assert_eq!(app.message(&cys).await["status"], "queued");
    // Eight in Honolulu is 18:00 UTC.
    app.live(6 * HOUR - 1, HOUR).await;
    assert_eq!(app.message(&cys).await["status"], "queued");
    app.advance(1).await;
    assert_eq!(app.message(&cys).await["status"], "sent");
    let ends: Vec<Value> = drops(&app).await.iter().map(|drop| drop["end"].clone()).collect();
    // Nine in the evening in Newfoundland, and in New York.
    assert_eq!(ends, [json!("19:30:00"), json!("21:00:00")]);
}

async fn every_answer_of_both_services_has_its_status(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = ada(&app).await;
    // Who says it, what, status after the first attempt, status in the end, and whether it was dropped.
    let table = [
        ("elevenlabs", "says:system_busy", "queued", "sent", 1),
        ("elevenlabs", "says:too_many_concurrent_requests", "queued", "sent", 1),
        ("elevenlabs", "status:500", "queued", "sent", 1),
        ("elevenlabs", "html", "queued", "sent", 1),
        ("elevenlabs", "reset", "queued", "sent", 1),
        ("elevenlabs", "timeout", "queued", "sent", 1),
        ("elevenlabs", "says:quota_exceeded", "queued", "sent", 1),
        ("elevenlabs", "says:invalid_api_key", "queued", "sent", 1),
        ("elevenlabs", "says:voice_not_found", "queued", "sent", 1),
        ("elevenlabs", "says:max_character_limit_exceeded", "failed", "failed", 0),
        ("elevenlabs", "status:422", "failed", "failed", 0),
        ("slybroadcast", "says:c_uid", "queued", "sent", 1),
        ("slybroadcast", "says:c_password", "queued", "sent", 1),
        ("slybroadcast", "says:c_callerid", "queued", "sent", 1),
        ("slybroadcast", "says:balance", "queued", "sent", 1),
        ("slybroadcast", "status:429", "queued", "sent", 1),
        ("slybroadcast", "says:bad_audio", "failed", "failed", 0),
        ("slybroadcast", "says:other", "failed", "failed", 0),
        ("slybroadcast", "status:500", "uncertain", "uncertain", 0),
        ("slybroadcast", "html", "uncertain", "uncertain", 0),
        ("slybroadcast", "empty", "uncertain", "uncertain", 0),
        ("slybroadcast", "malformed", "uncertain", "uncertain", 0),
        ("slybroadcast", "reset", "uncertain", "uncertain", 0),
        ("slybroadcast", "timeout", "uncertain", "uncertain", 0),
        ("slybroadcast", "accept_then_500", "uncertain", "uncertain", 1),
        ("slybroadcast", "accept_then_garbage", "uncertain", "uncertain", 1),
        ("slybroadcast", "accept_then_hang", "uncertain", "uncertain", 1),
        ("slybroadcast", "says:c_phone", "failed", "failed", 0),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (n, (who, fault, first, last, arrives)) in table.iter().enumerate() {
        app.world.fault(who, fault, 1).await;
        // Every text is another one, so that it has to be spoken.
        let message = written(&app, &ada, n, &format!("{SCRIPT} {n}")).await["id"].clone();
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        // A sender that the provider refuses waits for its owner.
        app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
        app.run_due().await;
        app.advance(2 * MINUTE).await;
        let now = app.message(&message).await;
        taken += arrives;
        let counted = app.world.taken("voicemail").await;
        if (then.as_str(), now["status"].as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!(
                "{who} {fault}: {then}, then {}, {counted} taken: {}",
                now["status"], now["error"]
            ));
        }
        if *last == "uncertain" && now["needs_decision"] != true {
            wrong.push(format!("{who} {fault}: it does not wait for a person"));
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let suppressed = app.admin.get("/api/suppressions").await;
    assert_eq!(
        (&suppressed["data"][0]["value"], &suppressed["data"][0]["channel"]),
        (&json!("+14155550123"), &json!("voicemail"))
    );
    let bo = person(&app, "Bo", "+14155550124", Some("Europe/London"), true).await;
    let short = written(&app, &bo, 99, "Hi Bo").await["id"].clone();
    app.run_due().await;
    let short = app.message(&short).await;
    assert_eq!((&short["status"], &short["error"]["code"]), (&json!("failed"), &json!("audio.too_short")));
}

async fn a_lost_answer_waits_for_a_person_and_is_settled_by_a_postback(app: TestApp) {
    add_sender(&app).await;
    let ada = ada(&app).await;
    app.world.fault("slybroadcast", "accept_then_hang", 1).await;
    let message = written(&app, &ada, 1, SCRIPT).await["id"].clone();
    app.run_due().await;
    app.advance(HOUR).await;
    let doubtful = app.message(&message).await;
    assert_eq!((&doubtful["status"], &doubtful["needs_decision"]), (&json!("uncertain"), &json!(true)));
    app.deliver(told(&drops(&app).await[0], "FAILED", "Not a mobile number")).await;
    let settled = app.message(&message).await;
    assert_eq!((&settled["status"], &settled["needs_decision"]), (&json!("failed"), &json!(false)));
    assert!(settled["error"]["message"].as_str().unwrap().contains("Not a mobile number"), "{settled:#}");
    app.advance(HOUR).await;
    assert_eq!((app.world.taken("voicemail").await, app.world.spoken().await), (1, 1));
}

/// A voicemail has left; the address of what it says.
pub async fn spoken(app: &TestApp) -> String {
    add_sender(app).await;
    let ada = ada(app).await;
    written(app, &ada, 1, SCRIPT).await;
    app.run_due().await;
    let address = drops(app).await[0]["audio"].clone();
    inside(&address).to_owned()
}

/// Another text is written to the same person; its message.
pub async fn write_another(app: &TestApp) -> Value {
    let found = app.admin.get("/api/contacts?search=Ada").await;
    let ada = found["data"][0]["id"].as_str().unwrap();
    written(app, ada, 2, &format!("{SCRIPT} Until then.")).await["id"].clone()
}

/// How many voicemails have left.
pub async fn dropped(app: &TestApp) -> usize {
    drops(app).await.len()
}

/// What [`spoken`] told can be fetched in every way that players ask for.
pub async fn is_fetched_whole_and_in_part(app: &TestApp, address: &str) {
    let anyone = Client::anonymous(&app.app);
    let get = async |range: &str| {
        let headers: Vec<(&str, &str)> = if range.is_empty() { vec![] } else { vec![("range", range)] };
        anyone.raw("GET", address, &headers, "").await
    };
    let whole = get("").await;
    let length = whole.bytes.len();
    assert_eq!((whole.status.as_u16(), length), (200, SCRIPT.len() * 16_000 / 15));
    assert_eq!(whole.headers["content-length"], length.to_string().as_str());
    for (range, first, last) in [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, length - 1),
        ("bytes=-10", length - 10, length - 1),
        ("bytes=-9999999", 0, length - 1),
        ("bytes=100-9999999", 100, length - 1),
    ] {
        let part = get(range).await;
        assert_eq!(part.status.as_u16(), 206, "{range}");
        assert!(part.bytes[..] == whole.bytes[first..=last], "{range}: other bytes");
        assert_eq!(
            part.headers["content-range"],
            format!("bytes {first}-{last}/{length}").as_str(),
            "{range}"
        );
        assert_eq!(part.headers["content-length"], (last - first + 1).to_string().as_str(), "{range}");
    }
    for range in ["bytes=9999999-", "bytes=-0"] {
        let beyond = get(range).await;
        assert_eq!(beyond.brief(), "416 416", "{range}");
        assert_eq!(beyond.headers["content-range"], format!("bytes */{length}").as_str());
    }
}

async fn a_recording_is_fetched_whole_and_in_part_until_its_address_ends(app: TestApp) {
    let address = spoken(&app).await;
    is_fetched_whole_and_in_part(&app, &address).await;
    let message = app.only().await["id"].clone();
    let anyone = Client::anonymous(&app.app);
    let get = async |path: &str| anyone.raw("GET", path, &[], "").await;
    let nothing = [
        address.split('?').next().unwrap().to_owned(),
        address.replace("signature=", "signature=x"),
        address.replace("until=1", "until=2"),
        address.replace(".mp3", ".wav"),
        address.replace("rec_", "rec_0"),
        "/media/vm/..%2f..%2foverture.db?until=1&signature=x".to_owned(),
        "/media/vm/x.mp3?until=99999999999999999999&signature=".to_owned(),
    ];
    for path in &nothing {
        let answer = get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        answer.assert_error_shape(path);
    }
    // Who sees the message hears it; the address ends after a day, to the millisecond.
    assert_eq!(get(inside(&app.message(&message).await["recording_url"])).await.status, 200);
    app.clock.advance(DAY);
    assert_eq!(get(&address).await.status, 200);
    app.clock.advance(1);
    assert_eq!(get(&address).await.status, 404);
}

async fn a_postback_that_is_not_ours_leaves_no_trace(app: TestApp) {
    let sender = add_sender(&app).await;
    let ada = ada(&app).await;
    let message = written(&app, &ada, 1, SCRIPT).await["id"].clone();
    let other = written(&app, &ada, 2, SCRIPT).await["id"].clone();
    app.run_due().await;
    let genuine = told(&drops(&app).await[0], "FAILED", "");
    let anyone = Client::anonymous(&app.app);
    let (a, b) = (message.as_str().unwrap(), other.as_str().unwrap());
    let swapped =
        if genuine.path.contains(a) { genuine.path.replace(a, b) } else { genuine.path.replace(b, a) };
    for path in [
        "/webhooks/slybroadcast".to_owned(),
        format!("/webhooks/slybroadcast?sender={sender}&m={a}"),
        format!("/webhooks/slybroadcast?sender={sender}&m={a}&token="),
        genuine.path.replace(sender.as_str(), app.sms_sender.as_str()),
        genuine.path.replace("token=", "token=x"),
        swapped,
        "/webhooks/slybroadcast?sender=%00&token=%ff&m=%F0%9F".to_owned(),
    ] {
        let refused = Post { path, ..genuine.clone() };
        let answer = refused.to(&anyone).await;
        assert!(matches!(answer.status.as_u16(), 401 | 422), "{} {}", refused.path, answer.status);
        answer.assert_error_shape(&refused.path);
    }
    assert!(store::inbound_event::keys(&app.app.db).await.unwrap().is_empty());
    // What is ours and cannot be read is kept for a person, and is no error of ours.
    for body in [&b""[..], b"var=", b"var=x|y|z", b"\xff\xfe\x00", b"var=1|2", &[b'a'; 60_000]] {
        let broken = Post { body: body.to_vec(), ..genuine.clone() };
        assert_eq!(broken.to(&anyone).await.status, 200, "{body:?}");
    }
    app.run_due().await;
    assert_eq!(app.dead_letters().await.len(), 6);
    assert_eq!(app.statuses().await, ["sent", "sent"]);
}

async fn erasing_somebody_takes_what_was_spoken_for_them_alone(app: TestApp) {
    add_sender(&app).await;
    let ada = ada(&app).await;
    let bo = person(&app, "Bo", "+14155550124", Some("Europe/London"), true).await;
    written(&app, &ada, 1, SCRIPT).await;
    let own = format!("{SCRIPT} Yours alone.");
    written(&app, &ada, 2, &own).await;
    written(&app, &bo, 3, SCRIPT).await;
    app.run_due().await;
    app.deliver(told(&drops(&app).await[2], "OK", "")).await;
    let addresses: Vec<String> =
        drops(&app).await.iter().map(|drop| inside(&drop["audio"]).to_owned()).collect();
    let export = app.admin.get(&format!("/api/contacts/{ada}/export")).await;
    assert_eq!(export["recordings"].as_array().map(Vec::len), Some(2), "{export:#}");
    let files = || {
        let folder = app.folder().join("media/vm").join(app.scope.workspace.as_str());
        std::fs::read_dir(folder).unwrap().count()
    };
    assert_eq!(files(), 2);
    let erased = app
        .admin
        .post(&format!("/api/contacts/{ada}/erase"), json!({ "confirm": "ada@people.example" }))
        .await;
    assert_eq!((&erased["erased"]["recordings"], files()), (&json!(1), 1), "{erased:#}");
    let anyone = Client::anonymous(&app.app);
    let mut left = Vec::new();
    for address in &addresses {
        left.push(anyone.raw("GET", address, &[], "").await.status.as_u16());
    }
    left.sort_unstable();
    assert_eq!(left, [200, 200, 404]);
    // What nobody has used for long goes as well.
    app.clock.advance(91 * DAY);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    assert_eq!(files(), 0);
    app.clock.advance(-91 * DAY);
    written(&app, &bo, 4, SCRIPT).await;
    app.run_due().await;
    assert_eq!(app.world.spoken().await, 3);
}

async fn a_sender_is_connected_tested_and_shows_no_secret(app: TestApp) {
    let sender = add_sender(&app).await;
    let path = format!("/api/senders/{sender}");
    let report = app.admin.post(&format!("{path}/check"), json!({})).await;
    assert_eq!((&report["ok"], &report["parts"][0]["what"]), (&json!(true), &json!("sandbox")));
    let account = json!({ "uid": "rep@overture.example", "password": "sly-secret", "elevenlabs_api_key": "xi-secret", "voice_id": "21m00Tcm" });
    app.admin.patch(&path, json!({ "credentials": account })).await;
    let list = app.admin.get("/api/senders").await;
    let shown = list["data"].as_array().unwrap().iter().find(|s| s["id"] == sender.as_str()).unwrap();
    assert_eq!(shown["account"]["saved"], json!(["password", "elevenlabs_api_key"]));
    assert!(!list.to_string().contains("sly-secret") && !list.to_string().contains("xi-secret"));
    assert_eq!((&shown["webhook_url"], &shown["limits"]["is_call"]), (&json!(null), &json!(true)));
    let refused = app.admin.call("PATCH", &path, &json!({ "credentials": { "voice_id": "../x" } })).await;
    assert_eq!(refused.brief(), "422 4001");
    // A number that Slybroadcast could not call from.
    let abroad = json!({ "provider": "slybroadcast", "name": "Nora", "address": "+4790000001" });
    assert_eq!(app.admin.call("POST", "/api/senders", &abroad).await.brief(), "422 4001");
}
