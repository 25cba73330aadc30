//! The binary as it is called: what its commands take from whom, and what they say.

use crate::kit::*;
use serde_json::{Value, json};
use std::{path::Path, process::Stdio};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

both! {
    what_waits_to_be_sent_can_be_listed,
}

/// A demo in a folder with this database in its environment and in its configuration file.
fn demo(folder: &Path, elsewhere: &str, flags: &[&str]) -> Child {
    std::fs::write(folder.join("overture.toml"), format!("[database]\nurl = \"{elsewhere}\"\n")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_overture"));
    command.args(["demo", "--json", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.join("data"));
    command.args(flags).current_dir(folder).kill_on_drop(true);
    command.env("OVERTURE_DATABASE__URL", elsewhere).env("DATABASE_URL", elsewhere);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test]
async fn a_demo_fills_no_database_that_its_command_line_does_not_name() {
    // No address of a database: whoever takes it ends at once.
    let elsewhere = "theirs";
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), elsewhere, &[]);
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let Some(line) = lines.next_line().await.unwrap() else {
        let ended = running.wait_with_output().await.unwrap();
        panic!("{}", String::from_utf8_lossy(&ended.stderr));
    };
    let said: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["login"]["email"], "demo@overture.example", "{said}");
    assert!(folder.path().join("data/overture.db").is_file());
    running.kill().await.unwrap();

    let named = demo(folder.path(), elsewhere, &["--database", elsewhere]);
    let ended = named.wait_with_output().await.unwrap();
    assert!(!ended.status.success(), "the flag decides");
    assert!(ended.stdout.is_empty(), "{}", String::from_utf8_lossy(&ended.stdout));
}

async fn what_waits_to_be_sent_can_be_listed(app: TestApp) {
    let first = app.write("0196f0a1-0000-7000-8000-000000000001", "sms", "+14155550101", "one").await;
    app.run_due().await;
    let second = app.write("0196f0a1-0000-7000-8000-000000000002", "sms", "+14155550102", "two").await;
    let queued = store::message::queued_ids(&app.app.db).await.unwrap();
    assert_eq!(json!(queued), json!([second["id"]]), "{first} {second}");
    assert_eq!(store::message::all_ids(&app.app.db).await.unwrap().len(), 2);
}

/// Runs an `admin` command on the data in this folder: whether it went well, and what it said.
async fn admin(folder: &Path, arguments: &[&str]) -> (bool, String) {
    command(folder, &[&["admin"], arguments].concat()).await
}

/// Runs a command on the data in this folder: whether it went well, and what it said.
async fn command(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overture"));
    command.args(arguments).arg("--data-dir").arg(folder).current_dir(folder);
    command.env_remove("DATABASE_URL").env_remove("OVERTURE_DATABASE__URL").stdin(Stdio::null());
    let ended = command.output().await.unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    (ended.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn a_person_is_exported_and_erased_at_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (made, said) =
        admin(here, &["seed-chaos", "--twilio-base", "http://127.0.0.1:9", "--count", "2"]).await;
    assert!(made, "{said}");
    let (exported, said) = admin(here, &["export-person", "Person0@Chaos.example"]).await;
    assert!(exported, "{said}");
    let all: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(all["contact"][0]["email"], "person0@chaos.example");
    let id = all["id"].as_str().unwrap();
    let (erased, said) = admin(here, &["erase-person", id]).await;
    assert!(!erased && said.contains("--yes"), "{said}");
    let (erased, said) = admin(here, &["erase-person", id, "--yes"]).await;
    assert!(erased, "{said}");
    let certificate: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&certificate["erased"]["contact"], &certificate["by"]), (&json!(1), &Value::Null));
    let (found, said) = admin(here, &["export-person", "person0@chaos.example"]).await;
    assert!(!found && said.contains("Nobody in this workspace"), "{said}");
    assert!(admin(here, &["export-person", "person1@chaos.example"]).await.0);
}

#[tokio::test]
async fn what_the_web_can_do_the_command_line_can_do_as_a_member() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (made, said) =
        admin(here, &["seed-chaos", "--twilio-base", "http://127.0.0.1:9", "--count", "1"]).await;
    assert!(made, "{said}");
    let call = async |arguments: &[&str]| admin(here, &[&["call"], arguments].concat()).await;
    let (good, said) = call(&["invitation_create", r#"{"email":"ines@acme.example","role":"rep"}"#]).await;
    assert!(good && said.contains("/invite#"), "{said}");
    let (good, said) = call(&["contact_list"]).await;
    let listed: Value = serde_json::from_str(&said).unwrap_or_default();
    assert!(good && listed["total"] == 1, "{said}");
    let (good, said) = call(&["audit_list", r#"{"action":"invitation_create"}"#]).await;
    let lines: Value = serde_json::from_str(&said).unwrap_or_default();
    assert!(good && lines["data"][0]["address"] == "command line", "{said}");
    for (arguments, told) in [
        (&["nothing_like_it"][..], "tool"),
        (&["invitation_create", r#"{"role":"king"}"#], "role: unknown variant"),
        (&["contact_list", "no json"], "no JSON object"),
        (&["contact_list", "[]"], "no JSON object"),
        (&["contact_list", "--as", "nobody"], "handle"),
        (&["contact_list", "--workspace", "wsp_x"], "wsp_"),
    ] {
        let (good, said) = call(arguments).await;
        assert!(!good && said.contains(told), "{arguments:?}: {said}");
    }
    let (good, said) = admin(here, &["verify-audit"]).await;
    assert!(good && said.contains("\"problems\":[]"), "{said}");
}

#[tokio::test]
async fn an_import_at_the_command_line_knows_the_key_the_owners_and_the_consent() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let seed = ["seed-chaos", "--twilio-base", "http://127.0.0.1:9", "--count", "1"];
    let (made, said) = admin(here, &seed).await;
    assert!(made, "{said}");
    let call = async |tool: &str, input: &str| {
        let (good, said) = admin(here, &["call", tool, input]).await;
        assert!(good, "{said}");
        serde_json::from_str::<Value>(&said).unwrap()
    };
    let members = call("member_list", "{}").await;
    let (email, id) = (members["data"][0]["email"].clone(), members["data"][0]["id"].clone());
    let file = here.join("fair.csv");
    std::fs::write(&file, "email,phone\na@x.example,+14155552671\nb@x.example,\na@x.example,+14155552672\n")
        .unwrap();
    let import =
        ["import", "contacts", file.to_str().unwrap(), "--match", "phone", "--without-key", "reject"];
    for (more, told) in [
        (&["--owner", "nobody@x.example"][..], "nobody who may come in"),
        (&["--consent-channel", "sms"], "--consent-source"),
        (&["--consent-channel", "pigeon", "--consent-source", "Fair"], "pigeon"),
        (
            &["--consent-channel", "sms", "--consent-source", "Fair", "--consent-at", "soon"],
            "2026-05-31T14:00:00Z",
        ),
        (&["--consent-channel", "sms", "--consent-source", " "], "Say where this comes from"),
    ] {
        let (good, said) = command(here, &[&import[..], more].concat()).await;
        assert!(!good && said.contains(told), "{more:?}: {said}");
    }
    let owner = ["--owner", email.as_str().unwrap()];
    let consent =
        ["--consent-channel", "sms", "--consent-source", "Fair", "--consent-at", "2026-05-31T14:00:00Z"];
    let (_, said) = command(here, &[&import[..], &owner, &consent, &["--json"]].concat()).await;
    let line = said.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{said}"));
    let done: Value = serde_json::from_str(line).unwrap();
    assert_eq!(
        (&done["created"], &done["failed"], &done["owners"][0]["id"]),
        (&json!(1), &json!(2), &id),
        "{done}"
    );
    let found = call("contact_list", r#"{"search":"a@x.example"}"#).await;
    let contact = &found["data"][0];
    assert_eq!(contact["owner_id"], id, "{found}");
    let said = call("consent_list", &json!({ "id": contact["id"] }).to_string()).await;
    assert_eq!(said["holds"], json!({ "sms": true }), "{said}");
}
