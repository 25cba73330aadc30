//! Whatever a provider's webhook is bent into, and however well it is signed, it ends in one of three ways: stored and
//! handled, stored and a dead letter that says why, or refused with the right code before anything is stored.

#[path = "../../../../fuzz/bend.rs"]
mod bend;

use crate::kit::*;
use domain::ids::{MessageId, SenderId};
use overture::{http::voice_webhooks, loops};
use serde_json::json;
use std::{fs, path::Path};

both! {
    bent_mails_are_handled_or_dead_letters_or_refused,
    bent_forms_of_twilio_are_handled_or_dead_letters_or_refused,
    bent_webhooks_of_meta_are_handled_or_dead_letters_or_refused,
    bent_webhooks_of_tiktok_slybroadcast_and_bonzo_are_handled_or_dead_letters_or_refused,
}

/// The seeds of a reader, by name.
fn seeds(folder: &str, end: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|it| it == end)).collect();
    files.sort();
    assert!(!files.is_empty(), "{folder:?} has no seeds");
    files
        .into_iter()
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect()
}

/// Posts everything that is bent from the seeds, and lets it have its effects.
async fn post_all(app: &TestApp, seeds: &[(String, Vec<u8>)], post: impl Fn(&str, Vec<u8>) -> Post) {
    let anyone = Client::anonymous(&app.app);
    let (mut wrong, mut taken, mut refused) = (Vec::new(), 0, 0);
    for (seed, bytes) in seeds {
        for (n, (way, bent)) in bend::all(bytes).into_iter().enumerate() {
            // PostgreSQL is asked for what only it refuses, and for a few of the others.
            let is_of_encoding = way.contains("NUL") || way.contains("half a") || way.contains("Latin");
            if !app.is_sqlite() && !is_of_encoding && n % 6 != 0 {
                continue;
            }
            let post = post(seed, bent);
            let before = stored(app).await;
            let answer = post.to(&anyone).await;
            let now = stored(app).await;
            match answer.status.as_u16() {
                200 => taken += 1,
                400 | 401 | 403 | 413 => {
                    refused += 1;
                    answer.assert_error_shape(&post.path);
                    if now != before {
                        wrong.push(format!("{seed}, {way}: refused and stored"));
                    }
                }
                other => wrong.push(format!("{seed}, {way}: {other}")),
            }
        }
    }
    // What cannot be applied yet is tried again for some time.
    for _ in 0..8 {
        while loops::inbound::run(app.app.clone()).await.unwrap() {}
        app.clock.advance(HOUR);
    }
    let open = store::inbound_event::claim(&app.app.db, app.clock.now() + DAY, 1, 10).await.unwrap();
    wrong.extend(open.iter().map(|event| format!("{} is neither handled nor dead", event.id)));
    for letter in app.dead_letters().await {
        let why = letter["error"].as_str().unwrap_or_default().to_lowercase();
        let is_of_us =
            ["sql", "database", "byte sequence", "panic", "internal"].iter().any(|word| why.contains(word));
        if why.is_empty() || is_of_us {
            wrong.push(format!("a dead letter says {why:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let least = if app.is_sqlite() { 60 } else { 10 };
    assert!(taken >= least, "{taken} taken, {refused} refused");
}

async fn stored(app: &TestApp) -> usize {
    store::inbound_event::keys(&app.app.db).await.unwrap().len()
}

async fn add(app: &TestApp, provider: &str, address: &str) -> SenderId {
    let new = json!({ "provider": provider, "name": "Nora", "address": address });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().parse().unwrap()
}

async fn bent_mails_are_handled_or_dead_letters_or_refused(app: TestApp) {
    app.ann().await;
    let sender = app.email_sender.to_string();
    let mails = seeds("crates/providers/tests/fixtures", "eml");
    post_all(&app, &mails, |_, bent| Post::mail(&sender, bent)).await;
}

async fn bent_forms_of_twilio_are_handled_or_dead_letters_or_refused(app: TestApp) {
    app.ann().await;
    let path =
        |seed: &str| if seed == "status" { "/api/twilio/status?m=msg_1" } else { "/api/twilio/inbound-sms" };
    post_all(&app, &seeds("fuzz/seeds/twilio", "form"), |seed, bent| Post::twilio_bytes(path(seed), bent))
        .await;
}

async fn bent_webhooks_of_meta_are_handled_or_dead_letters_or_refused(app: TestApp) {
    let whatsapp = format!("/webhooks/whatsapp?sender={}", add(&app, "whatsapp", "+12025550181").await);
    let page = format!("/webhooks/facebook?sender={}", add(&app, "messenger", "104310000000001").await);
    post_all(&app, &seeds("fuzz/seeds/whatsapp", "json"), |_, bent| Post::meta(&whatsapp, bent)).await;
    post_all(&app, &seeds("fuzz/seeds/messenger", "json"), |_, bent| Post::meta(&page, bent)).await;
}

async fn bent_webhooks_of_tiktok_slybroadcast_and_bonzo_are_handled_or_dead_letters_or_refused(app: TestApp) {
    let tiktok = format!("/webhooks/tiktok?sender={}", add(&app, "tiktok", "biz-123").await);
    post_all(&app, &seeds("fuzz/seeds/tiktok", "json"), |_, bent| Post::tiktok(&tiktok, bent)).await;
    let slybroadcast = add(&app, "slybroadcast", "+12025550199").await;
    let message = store::new_id(MessageId::from_uuid);
    let postback = voice_webhooks::postback(&app.app, &slybroadcast, &message);
    let path = postback.strip_prefix(PUBLIC_URL).unwrap().to_owned();
    let form = ("content-type", "application/x-www-form-urlencoded".to_owned());
    post_all(&app, &seeds("fuzz/seeds/slybroadcast", "form"), |_, body| Post {
        path: path.clone(),
        headers: vec![form.clone()],
        body,
    })
    .await;
    let bonzo = add(&app, "bonzo", "+12025550177").await;
    let secret = app.admin.get(&format!("/api/senders/{bonzo}/webhook-secret")).await;
    let path = format!("/api/bonzo/inbound?sender={bonzo}&token={}", secret["secret"].as_str().unwrap());
    let json = ("content-type", "application/json".to_owned());
    post_all(&app, &seeds("fuzz/seeds/bonzo", "json"), |_, body| Post {
        path: path.clone(),
        headers: vec![json.clone()],
        body,
    })
    .await;
}
