//! A new key in the place of the one before (P-X4): nothing that was sealed, signed or hashed is lost, nothing is
//! forgotten under the old key, and servers go on meanwhile.

use crate::{
    kit::*,
    second_factor::{enrol, second},
};
use overture::{
    engagement,
    keys::{Keys, key_of, rotation},
    outside,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};
use store::sealed::{self, COLUMNS};
use tokio::process::Command;

both! {
    what_was_sealed_signed_and_hashed_outlives_its_key,
    a_value_in_another_row_is_worth_nothing,
    a_rotation_that_is_cut_short_is_finished_by_the_next,
    a_rotation_may_be_killed_at_any_moment,
}

const INES: &str = "ines@acme.example";
const BOX: &str = "box-secret";

/// A workspace that holds a secret in every column that may hold one, and who enrolled a second factor.
async fn with_secrets(app: &TestApp) -> (String, Value, (String, Vec<String>)) {
    let account = json!({ "host": "127.0.0.1", "port": 25, "username": "me", "password": "pw" });
    let mailbox = json!({ "host": "127.0.0.1", "port": 993, "username": "me", "password": BOX });
    let new = json!({
        "provider": "smtp", "name": "Sales", "address": "sales@own.example", "credentials": account, "imap": mailbox,
    });
    let sender = app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned();
    let google = json!({ "client_id": "1.apps.googleusercontent.com", "client_secret": "of-google" });
    app.admin.post("/api/google-app", google).await;
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    app.admin.post(&format!("/api/webhooks/{}/rotate", hook["id"].as_str().unwrap()), json!({})).await;
    app.admin.post("/api/push", PushService::start().await.ear("desk").subscription()).await;
    let (ines, _) = invited(app, INES, "rep").await;
    (sender, hook, enrol(&ines).await)
}

/// Every sealed value, by its column and row.
async fn values(app: &TestApp) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for column in COLUMNS {
        let mut after = String::new();
        loop {
            let rows = sealed::page(&app.app.db, column, &after).await.unwrap();
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.id);
            for row in rows {
                all.insert((format!("{}.{}", column.table, column.name), row.id), row.sealed);
            }
        }
    }
    all
}

async fn what_was_sealed_signed_and_hashed_outlives_its_key(app: TestApp) {
    let (sender, _, (_, codes)) = with_secrets(&app).await;
    let before = values(&app).await;
    let columns: std::collections::BTreeSet<&str> =
        before.keys().map(|(column, _)| column.as_str()).collect();
    assert_eq!(columns.len(), COLUMNS.len(), "a column without a value: {columns:?}");
    let ann = app.contact(json!({ "email": "ann@people.example", "last_name": "Lee" })).await;
    app.campaign(one_email(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let url =
        engagement::unsubscribe_url(&app.app, &app.only().await["id"].as_str().unwrap().parse().unwrap());
    let link = url.strip_prefix(PUBLIC_URL).unwrap().to_owned();
    app.admin.post(&format!("/api/contacts/{ann}/erase"), json!({ "confirm": "ann@people.example" })).await;
    let check = app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;

    // Somebody at the command line, beside the running server.
    let command = Keys::open(&app.folder().join("keys")).unwrap();
    let old = command.ids().remove(0);
    let new = command.add().unwrap();
    let moved = rotation::rewrap_all(&app.app.db, &command).await.unwrap();
    assert_eq!((moved.moved, moved.changed_meanwhile), (before.len() as u64, 0));
    assert!(moved.unreadable.is_empty(), "{:?}", moved.unreadable);
    let after = values(&app).await;
    assert!(before.keys().eq(after.keys()));
    for (place, sealed) in &after {
        assert_eq!(key_of(sealed), Some(new.as_str()), "{place:?}");
        let secret = |text: &str| text.rsplit('.').next().unwrap().to_owned();
        assert_eq!(secret(sealed), secret(&before[place]), "{place:?}: the secret itself stays as it was");
    }
    let counts = rotation::counts(&app.app.db).await.unwrap();
    assert_eq!(counts, BTreeMap::from([(new.clone(), before.len() as u64)]));

    // The server that runs: what is sealed opens, what is hashed is found, what is signed is ours.
    let again = app.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
    assert_eq!(again["parts"], check["parts"]);
    let token =
        log_in(&app, INES, PASSWORD).await.json()["second_factor"]["token"].as_str().unwrap().to_owned();
    assert_eq!(second(&app, &token, &codes[0]).await.status, 200);
    let anonymous = Client::anonymous(&app.app);
    assert_eq!(anonymous.call("GET", &link, &json!({})).await.status, 200, "{link}");
    let back = app.contact(json!({ "email": "ann@people.example" })).await;
    let list = app.admin.get("/api/suppressions").await;
    let known = list["data"].as_array().unwrap().iter().any(|line| line["value"] == "ann@people.example");
    assert!(known, "{back} was erased: {list:#}");

    // Without the old key everything stored is still there; what it has signed is not.
    command.remove(&old).unwrap();
    let without = app.node().await;
    let again = without.admin.post(&format!("/api/senders/{sender}/check"), json!({})).await;
    assert_eq!(again["parts"], check["parts"]);
    let stranger = Client::anonymous(&without.app);
    assert_eq!(stranger.call("GET", &link, &json!({})).await.status, 404, "{link}");
}

async fn a_value_in_another_row_is_worth_nothing(app: TestApp) {
    with_secrets(&app).await;
    let all = values(&app).await;
    let place = |column: &str, id: &str| match column {
        "senders.credentials" => format!("senders/{id}/credentials"),
        "senders.mailbox" => format!("senders/{id}/mailbox"),
        "workspaces.google_app" => format!("workspaces/{id}/google_app"),
        "push_keys.secret" => format!("push_keys/{id}/secret"),
        "push_subscriptions.secret" => format!("push_subscriptions/{id}/secret"),
        "authenticators.secret" => format!("users/{id}/authenticator"),
        _ => format!("webhooks/{id}/secret"),
    };
    for ((column, id), sealed) in &all {
        assert!(app.app.keys.unseal(&place(column, id), sealed).is_ok(), "{column} {id}");
        for (other_column, other_id) in all.keys().filter(|key| place(&key.0, &key.1) != place(column, id)) {
            assert!(app.app.keys.unseal(&place(other_column, other_id), sealed).is_err(), "{column} {id}");
        }
    }
}

async fn a_rotation_that_is_cut_short_is_finished_by_the_next(app: TestApp) {
    with_secrets(&app).await;
    let command = Keys::open(&app.folder().join("keys")).unwrap();
    let count = values(&app).await.len() as u64;
    // Killed after the key was added and one value was moved.
    command.add().unwrap();
    let (column, row) = (&COLUMNS[0], sealed::page(&app.app.db, &COLUMNS[0], "").await.unwrap().remove(0));
    let place = format!("users/{}/authenticator", row.id);
    let moved = command.rewrap(&place, &row.sealed).unwrap().unwrap();
    assert!(sealed::replace(&app.app.db, column, &row.id, &row.sealed, &moved).await.unwrap());
    assert!(
        !sealed::replace(&app.app.db, column, &row.id, &row.sealed, &moved).await.unwrap(),
        "it is another one now"
    );
    let outcome = rotation::rewrap_all(&app.app.db, &command).await.unwrap();
    assert_eq!(outcome.moved, count - 1);
    assert_eq!(rotation::rewrap_all(&app.app.db, &command).await.unwrap().moved, 0);
    assert_eq!(
        rotation::counts(&app.app.db).await.unwrap(),
        BTreeMap::from([(command.ids().remove(0), count)])
    );
}

/// How many secrets there are, and how often a rotation of them is killed.
const MANY: usize = 300;
const KILLS: usize = 50;
/// With fewer kills between two secrets the test proves little.
const LEAST_HALFWAY: usize = 5;

/// `overture keys rotate`, beside the running server.
fn rotate(app: &TestApp) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overture"));
    command.args(["keys", "rotate", "--data-dir"]).arg(app.folder()).current_dir(app.folder());
    if let store::Config::Postgres { url, .. } = app.database() {
        command.arg("--database").arg(url);
    }
    command.env_remove("DATABASE_URL").env_remove("OVERTURE_DATABASE__URL").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Every sender's secret, as these keys open it.
async fn opened(app: &TestApp, keys: &Keys) -> BTreeMap<String, String> {
    let open = |((_, id), sealed): ((String, String), String)| {
        let plain = keys.unseal(&outside::place(&id), &sealed);
        let plain = plain.unwrap_or_else(|error| panic!("the secret of {id} is lost: {error:#}"));
        (id, plain)
    };
    values(app).await.into_iter().map(open).collect()
}

async fn a_rotation_may_be_killed_at_any_moment(app: TestApp) {
    for n in 0..MANY {
        let address = format!("s{n}@own.example");
        add_sender(&app.app, &app.scope, domain::Channel::Email, &address).await;
    }
    let credentials = COLUMNS.iter().find(|column| column.name == "credentials").unwrap();
    for (n, ((_, id), old)) in values(&app).await.into_iter().enumerate() {
        let new = app.app.keys.seal(&outside::place(&id), &format!("secret {n}")).unwrap();
        assert!(sealed::replace(&app.app.db, credentials, &id, &old, &new).await.unwrap());
    }
    let file = app.folder().join("keys");
    let secrets = opened(&app, &Keys::open(&file).unwrap()).await;
    assert!(secrets.len() >= MANY && secrets.values().all(|secret| secret.starts_with("secret ")));

    let start = Instant::now();
    let whole = rotate(&app).output().await.unwrap();
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stderr));
    let takes = start.elapsed().min(Duration::from_millis(800));

    let (mut before, mut halfway, mut seed) = (BTreeMap::new(), 0, 20_260_615_u64);
    for turn in 0..4 * KILLS {
        // On a machine with other work to do, many die before they have begun.
        if turn >= KILLS && halfway >= LEAST_HALFWAY {
            break;
        }
        // A linear congruential generator: the same moments, as far as a machine repeats itself.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = (seed >> 33) as f64 / f64::from(1_u32 << 31);
        let mut running = rotate(&app).spawn().unwrap();
        tokio::time::sleep(takes.mul_f64(part)).await;
        running.kill().await.unwrap();
        let keys = Keys::open(&file).unwrap();
        assert_eq!(opened(&app, &keys).await, secrets, "after kill {turn}, {part:.3} of the way");
        let counts = rotation::counts(&app.app.db).await.unwrap();
        halfway += usize::from(counts.len() > 1 && counts != before);
        before = counts;
    }
    assert!(halfway >= LEAST_HALFWAY, "only {halfway} were killed between two secrets");

    let last = rotate(&app).output().await.unwrap();
    assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
    let keys = Keys::open(&file).unwrap();
    for keys in [&keys, &app.app.keys] {
        assert_eq!(opened(&app, keys).await, secrets);
    }
    let all = secrets.len() as u64;
    assert_eq!(rotation::counts(&app.app.db).await.unwrap(), BTreeMap::from([(keys.ids().remove(0), all)]));
}
