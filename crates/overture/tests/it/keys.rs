//! A new key in the place of the one before (P-X4): nothing that was sealed, signed or hashed is lost, nothing is
//! forgotten under the old key, and servers go on meanwhile.

use crate::{
    kit::*,
    second_factor::{enrol, second},
};
use overture::{
    engagement,
    keys::{Keys, key_of, rotation},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use store::sealed::{self, COLUMNS};

both! {
    what_was_sealed_signed_and_hashed_outlives_its_key,
    a_value_in_another_row_is_worth_nothing,
    a_rotation_that_is_cut_short_is_finished_by_the_next,
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
    let receiver = Receiver::start().await;
    let hook = app.webhook(&receiver, &["contact.created"]).await;
    app.admin.post(&format!("/api/webhooks/{}/rotate", hook["id"].as_str().unwrap()), json!({})).await;
    let (ines, _) = invited(app, INES, "rep").await;
    (sender, hook, enrol(&ines).await)
}

/// Every sealed value, by its column and row.
async fn values(app: &TestApp) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for column in COLUMNS {
        for row in sealed::page(&app.app.db, column, "").await.unwrap() {
            all.insert((format!("{}.{}", column.table, column.name), row.id), row.sealed);
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
