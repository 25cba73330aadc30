//! The real relayer, killed at random moments, against the real server and a Telegram that counts: nothing is typed
//! twice, and what was in flight is reported as uncertain.

use crate::kit::*;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How often it is killed.
const KILLS: usize = 50;

/// The product on a port of its own.
async fn serve(app: &TestApp) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = overture::http::router(app.app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn relay(folder: &Path, verb: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overture"));
    command.args(["relay", verb, "--dir"]).arg(folder).args(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn start(folder: &Path, chats: &Path) -> Child {
    let driver = format!("fake:{}", chats.display());
    relay(folder, "run", &["--driver", &driver, "--poll", "0.02"]).spawn().unwrap()
}

/// How often each message was typed.
fn typed(chats: &Path) -> BTreeMap<String, usize> {
    let mut typed = BTreeMap::new();
    for line in std::fs::read_to_string(chats).unwrap_or_default().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        *typed.entry(line["id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    typed
}

/// As if so much time had gone by since anything was lent, on the clock of the database.
async fn leases_end(app: &TestApp) {
    let tx = app.app.db.begin().await.unwrap();
    tx.execute_unprepared("update messages set lease_until = 1 where status = 'sending'").await.unwrap();
    app.app.commit(tx).await.unwrap();
    overture::loops::reconcile::run(app.app.clone()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_kills_the_relayer_nothing_is_typed_twice() {
    let app = TestApp::sqlite().await;
    let server = serve(&app).await;
    let ines = app.member("rep").await;
    let code = ines.post("/api/relayers/pairing", json!({ "name": "Laptop" })).await["code"].clone();
    let folder = tempfile::tempdir().unwrap();
    let (home, chats) = (folder.path().join("home"), folder.path().join("chats"));
    let lowercase = code.as_str().unwrap().to_lowercase();
    let pair = || relay(&home, "pair", &["--server", &server, &lowercase]).status().unwrap();
    assert!(pair().success());
    assert!(!pair().success(), "a code is good for once");
    let mut random = StdRng::seed_from_u64(20_261_122);
    let mut made = 0;
    for _ in 0..KILLS {
        for _ in 0..3 {
            made += 1;
            let new = json!({ "contact_handle": format!("ann{made}"), "text": "Hello" });
            let id = ines.post("/api/drafts", new).await["id"].as_str().unwrap().to_owned();
            ines.post(&format!("/api/drafts/{id}/approve"), json!({})).await;
        }
        // What the account may send in a minute is no part of this.
        app.clock.advance(MINUTE);
        let mut process = start(&home, &chats);
        tokio::time::sleep(Duration::from_millis(random.random_range(0..400))).await;
        process.kill().unwrap();
        process.wait().unwrap();
    }
    // Then it is left alone until nothing waits any more.
    let mut process = start(&home, &chats);
    let until = std::time::Instant::now() + Duration::from_secs(60);
    let waiting =
        async || ines.get("/api/drafts?view=approved&limit=1").await["data"].as_array().unwrap().len();
    let mut asked = 0;
    while waiting().await > 0 {
        assert!(std::time::Instant::now() < until, "something is never carried");
        // What was given back counts in the cap of its day.
        app.clock.advance(HOUR);
        asked += 1;
        // What was lent in the moment of a kill nobody knows of but the server: its lease ends.
        if asked % 40 == 0 {
            leases_end(&app).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let typed = typed(&chats);
    let (mut uncertain, mut sent, mut cursor) = (0, 0, String::new());
    loop {
        let page = app.admin.get(&format!("/api/drafts?view=all&limit=200{cursor}")).await;
        for draft in page["data"].as_array().unwrap() {
            let times = typed.get(draft["id"].as_str().unwrap()).copied().unwrap_or(0);
            match (draft["status"].as_str().unwrap(), times) {
                ("sent", 1) => sent += 1,
                ("uncertain", 0 | 1) => uncertain += 1,
                other => panic!("{other:?}: {draft:#}"),
            }
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(sent + uncertain, made, "none is lost");
    assert!(uncertain > 0, "it was never killed in the middle of a message: {sent} sent");
    assert!(sent > uncertain, "{sent} sent, {uncertain} uncertain");
    println!("{made} messages, {KILLS} kills: {sent} sent once, {uncertain} uncertain");
}
