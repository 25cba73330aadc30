//! What a member's device carries (reliability.md section 2): lent under a lease with every guard asked again, told of
//! once, and never handed out twice.

use crate::kit::*;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

both! {
    a_message_is_approved_lent_and_sent,
    a_lease_that_ends_is_in_doubt_and_never_lent_again,
    it_is_tried_twice_more_and_approved_again_by_a_person,
    the_guards_are_asked_again_when_it_is_lent,
    a_device_speaks_only_of_what_it_was_lent,
    late_word_that_it_left_is_believed,
    a_program_that_knows_no_leases_works,
    two_devices_that_ask_at_once_share_nothing,
    in_sandbox_mode_only_a_device_that_knows_of_it_is_handed_anything,
}

/// A rep with a device.
struct Rep {
    client: Client,
    key: String,
    employee: String,
}

impl Rep {
    async fn of(app: &TestApp) -> Self {
        let client = app.member("rep").await;
        let (key, employee) = device(&client, "Laptop").await;
        Self { client, key, employee }
    }

    async fn approved(&self, handle: &str, text: &str) -> String {
        let new = json!({ "contact_handle": handle, "text": text });
        let id = self.client.post("/api/drafts", new).await["id"].as_str().unwrap().to_owned();
        self.approve(&id).await;
        id
    }

    async fn approve(&self, id: &str) -> Value {
        self.client.post(&format!("/api/drafts/{id}/approve"), json!({})).await
    }

    async fn asks(&self, app: &TestApp, method: &str, path: &str, body: &str) -> Answer {
        let headers = [
            ("x-relayer-api-key", self.key.as_str()),
            ("x-employee-id", self.employee.as_str()),
            ("content-type", "application/json"),
        ];
        Client::anonymous(&app.app)
            .raw(method, &format!("/api/relayer{path}"), &headers, body.to_owned())
            .await
    }

    async fn polls(&self, app: &TestApp) -> Vec<Value> {
        let answer = self.asks(app, "GET", "/approved-pending?practice=true", "").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].as_array().unwrap().clone()
    }

    async fn says(&self, app: &TestApp, what: &str, id: &str, body: Value) -> Answer {
        self.asks(app, "POST", &format!("/{what}/{id}"), &body.to_string()).await
    }

    async fn status(&self, id: &str) -> Value {
        self.client.get(&format!("/api/drafts/{id}")).await["status"].clone()
    }
}

async fn device(client: &Client, name: &str) -> (String, String) {
    let made = client.post("/api/relayers", json!({ "name": name })).await;
    (made["key"].as_str().unwrap().to_owned(), made["employee_id"].as_str().unwrap().to_owned())
}

/// As if so much time had gone by since it was lent, on the clock of the database.
async fn lease_ends(app: &TestApp, id: &str) {
    let tx = app.app.db.begin().await.unwrap();
    let sql = format!("update messages set lease_until = 1 where id = '{id}' and status = 'sending'");
    tx.execute_unprepared(&sql).await.unwrap();
    app.app.commit(tx).await.unwrap();
    overture::loops::reconcile::run(app.app.clone()).await.unwrap();
}

async fn a_message_is_approved_lent_and_sent(app: TestApp) {
    let rep = Rep::of(&app).await;
    let draft =
        rep.client.post("/api/drafts", json!({ "contact_handle": "@Ann", "text": "Hi\n\nthere" })).await;
    let id = draft["id"].as_str().unwrap();
    assert!(rep.polls(&app).await.is_empty(), "nobody has said yes");
    assert_eq!(rep.approve(id).await["status"], "approved");
    app.run_due().await;
    assert_eq!(rep.status(id).await, "approved", "no dispatcher touches it");
    let lent = rep.polls(&app).await;
    assert_eq!(lent.len(), 1);
    let it = &lent[0];
    assert_eq!(
        (
            &it["id"],
            &it["employee_id"],
            &it["status"],
            &it["contact_handle"],
            &it["text"],
            &it["prepared_at"]
        ),
        (
            &json!(id),
            &json!(rep.employee),
            &json!("approved"),
            &json!("@Ann"),
            &json!("Hi\n\nthere"),
            &Value::Null
        )
    );
    assert_eq!((&it["sandbox"], &it["lease_seconds"]), (&json!(true), &json!(120)));
    assert_eq!(rep.status(id).await, "sending");
    assert!(rep.polls(&app).await.is_empty(), "it is lent once");
    let told = rep.says(&app, "mark-prepared", id, json!({ "lease": it["lease"] })).await;
    assert_eq!((told.status.as_u16(), &told.json()["status"]), (200, &json!("prepared")), "{told:?}");
    let again = rep.says(&app, "mark-prepared", id, json!({ "lease": it["lease"] })).await;
    assert_eq!(again.json(), told.json(), "the same word again");
    let sent = rep.client.get(&format!("/api/drafts/{id}")).await;
    assert_eq!((&sent["status"], &sent["prepared_at"]), (&json!("sent"), &told.json()["prepared_at"]));
    assert_eq!(rep.says(&app, "mark-failed", id, json!({ "lease": it["lease"] })).await.brief(), "409 4002");
    assert!(rep.polls(&app).await.is_empty());
}

async fn a_lease_that_ends_is_in_doubt_and_never_lent_again(app: TestApp) {
    let rep = Rep::of(&app).await;
    let id = rep.approved("ann", "Hello").await;
    assert_eq!(rep.polls(&app).await.len(), 1);
    lease_ends(&app, &id).await;
    assert_eq!(rep.status(&id).await, "uncertain");
    for _ in 0..3 {
        app.advance(HOUR).await;
        assert!(rep.polls(&app).await.is_empty());
    }
    assert_eq!(app.message(&json!(id)).await["needs_decision"], true, "nobody can be asked but a person");
    assert_eq!(
        rep.client.call("POST", &format!("/api/drafts/{id}/approve"), &json!({})).await.brief(),
        "409 4002"
    );
    rep.client.post(&format!("/api/messages/{id}/decide"), json!({ "decision": "resend" })).await;
    assert_eq!(rep.polls(&app).await.len(), 1, "a person said so");
}

async fn it_is_tried_twice_more_and_approved_again_by_a_person(app: TestApp) {
    let rep = Rep::of(&app).await;
    let id = rep.approved("ann", "Hello").await;
    for (n, expected) in ["approved", "approved", "failed"].iter().enumerate() {
        let lent = rep.polls(&app).await;
        let report = json!({ "lease": lent[0]["lease"], "error": "Telegram is\nnot open" });
        let told = rep.says(&app, "mark-failed", &id, report.clone()).await;
        assert_eq!(
            (&told.json()["status"], &told.json()["tries"]),
            (&json!(expected), &json!(n + 1)),
            "{told:?}"
        );
        let again = rep.says(&app, "mark-failed", &id, report).await;
        assert_eq!(again.json()["tries"], json!(n + 1), "the same word again counts once");
        assert!(rep.polls(&app).await.is_empty(), "not at once");
        app.clock.advance(5 * SECOND);
    }
    assert!(rep.polls(&app).await.is_empty());
    let failed = rep.client.get(&format!("/api/drafts/{id}")).await;
    assert_eq!(
        (&failed["status"], &failed["error_text"]),
        (&json!("failed"), &json!("Telegram is not open"))
    );
    let retried = rep.approve(&id).await;
    assert_eq!(
        (&retried["status"], &retried["prepared_at"], &retried["tries"]),
        (&json!("approved"), &Value::Null, &json!(0))
    );
    let lent = rep.polls(&app).await;
    // What was never begun goes back, and is no try.
    let back = json!({ "lease": lent[0]["lease"], "outcome": "not_begun" });
    assert_eq!(rep.says(&app, "mark-failed", &id, back).await.json()["tries"], 0);
    let lent = rep.polls(&app).await;
    let doubt = json!({ "lease": lent[0]["lease"], "outcome": "unknown" });
    assert_eq!(rep.says(&app, "mark-failed", &id, doubt).await.json()["status"], "uncertain");
    app.advance(HOUR).await;
    assert!(rep.polls(&app).await.is_empty());
}

async fn the_guards_are_asked_again_when_it_is_lent(app: TestApp) {
    let rep = Rep::of(&app).await;
    let (ann, bob) = (rep.approved("ann", "Hello").await, rep.approved("bob", "Hello").await);
    let ban = json!({ "channel": "telegram", "value": "@ann", "reason": "Asked us to stop" });
    let banned = app.admin.call("POST", "/api/suppressions", &ban).await;
    assert_eq!(banned.status, 200, "{banned:?}");
    app.admin.post("/api/sending/stop", json!({ "reason": "Wait" })).await;
    assert!(rep.polls(&app).await.is_empty(), "sending is stopped");
    app.admin.post("/api/sending/resume", json!({})).await;
    let lent = rep.polls(&app).await;
    assert_eq!(lent.len(), 1);
    assert_eq!(lent[0]["id"], json!(bob));
    assert_eq!(rep.status(&ann).await, "suppressed");
    // A cap of the account holds here as everywhere.
    let account =
        rep.client.get(&format!("/api/drafts/{bob}")).await["sender_id"].as_str().unwrap().to_owned();
    app.admin.patch(&format!("/api/senders/{account}"), json!({ "daily_cap": 1 })).await;
    rep.approved("cem", "Hello").await;
    assert!(rep.polls(&app).await.is_empty(), "one a day");
    app.clock.advance(DAY);
    assert_eq!(rep.polls(&app).await.len(), 1);
}

async fn a_device_speaks_only_of_what_it_was_lent(app: TestApp) {
    let (ines, ron) = (Rep::of(&app).await, Rep::of(&app).await);
    let hers = ines.approved("ann", "Between us").await;
    assert!(ron.polls(&app).await.is_empty(), "each gets their own");
    let lent = ines.polls(&app).await;
    let lease = &lent[0]["lease"];
    let unknown = store::new_id(domain::ids::MessageId::from_uuid).to_string();
    for what in ["mark-prepared", "mark-failed"] {
        // Another's key with the right id and lease; ids that are none.
        let refused = ron.says(&app, what, &hers, json!({ "lease": lease })).await;
        assert_eq!(refused.status, 404);
        assert!(!refused.json().to_string().contains("Between us"));
        for id in [unknown.as_str(), "1", "msg_", "%27", "..%2fx", "%00"] {
            assert_eq!(ines.says(&app, what, id, json!({})).await.status, 404, "{what} {id}");
        }
        let forged = format!("{hers}.99");
        for lease in [json!(forged), json!(""), json!(unknown)] {
            assert_eq!(
                ines.says(&app, what, &hers, json!({ "lease": lease })).await.brief(),
                "409 4002",
                "{lease}"
            );
        }
        for body in ["{", "[]", r#"{"lease":7}"#, r#"{"outcome":"maybe"}"#, "\u{0}", r#"{"error":"\u0000"}"#]
        {
            let refused = ines.asks(&app, "POST", &format!("/{what}/{hers}"), body).await;
            assert!([400, 422].contains(&refused.status.as_u16()), "{body} {refused:?}");
        }
    }
    for query in ["limit=0", "limit=11", "limit=x", "other=1"] {
        assert_eq!(ines.asks(&app, "GET", &format!("/approved-pending?{query}"), "").await.status, 422);
    }
    // A second device of hers was not lent it.
    let (key, employee) = device(&ines.client, "Desktop").await;
    let second = Rep { client: app.member("rep").await, key, employee };
    assert_eq!(second.says(&app, "mark-prepared", &hers, json!({})).await.brief(), "409 4002");
    // What its clock says does not matter: the moment is ours.
    let an_hour_off = json!({ "lease": lease, "prepared_at": domain::time::rfc3339(MONDAY + HOUR) });
    let told = ines.says(&app, "mark-prepared", &hers, an_hour_off).await;
    assert_eq!(told.json()["prepared_at"], json!(domain::time::rfc3339(MONDAY)), "{told:?}");
    // Somebody who may not come in any more is told nothing.
    ines.approved("bob", "Between us").await;
    let me = ines.client.get("/api/auth/me").await["member"]["id"].as_str().unwrap().to_owned();
    app.admin.patch(&format!("/api/members/{me}"), json!({ "disabled": true })).await;
    let refused = ines.asks(&app, "GET", "/approved-pending", "").await;
    assert_eq!(refused.brief(), "401 1005");
    assert!(!refused.json().to_string().contains("Between us"));
}

async fn late_word_that_it_left_is_believed(app: TestApp) {
    let rep = Rep::of(&app).await;
    let id = rep.approved("ann", "Hello").await;
    let lent = rep.polls(&app).await;
    lease_ends(&app, &id).await;
    // A person says to send it again; then the device comes back and says that it had.
    rep.client.post(&format!("/api/messages/{id}/decide"), json!({ "decision": "resend" })).await;
    let told = rep.says(&app, "mark-prepared", &id, json!({ "lease": lent[0]["lease"] })).await;
    assert_eq!(told.json()["status"], "prepared", "{told:?}");
    assert!(rep.polls(&app).await.is_empty(), "and it is not sent again");
    // Handed out anew meanwhile, the first lease says nothing any more.
    let other = rep.approved("bob", "Hello").await;
    let first = rep.polls(&app).await;
    lease_ends(&app, &other).await;
    rep.client.post(&format!("/api/messages/{other}/decide"), json!({ "decision": "resend" })).await;
    assert_eq!(rep.polls(&app).await.len(), 1);
    let old = rep.says(&app, "mark-prepared", &other, json!({ "lease": first[0]["lease"] })).await;
    assert_eq!(old.brief(), "409 4002");
    assert_eq!(rep.status(&other).await, "sending");
}

async fn a_program_that_knows_no_leases_works(app: TestApp) {
    let rep = Rep::of(&app).await;
    let id = rep.approved("ann", "Hello").await;
    assert_eq!(rep.asks(&app, "POST", &format!("/mark-prepared/{id}"), "").await.status, 404, "not lent yet");
    assert_eq!(rep.polls(&app).await.len(), 1);
    let told = rep.asks(&app, "POST", &format!("/mark-prepared/{id}"), "").await;
    assert_eq!((told.status.as_u16(), &told.json()["status"]), (200, &json!("prepared")));
}

async fn two_devices_that_ask_at_once_share_nothing(app: TestApp) {
    let rep = Rep::of(&app).await;
    let (key, employee) = device(&rep.client, "Desktop").await;
    let second = Rep { client: app.member("rep").await, key, employee };
    let mut approved = vec![];
    for n in 0..12 {
        approved.push(rep.approved(&format!("ann{n}"), "Hello").await);
    }
    let mut lent = vec![];
    for _ in 0..3 {
        let (one, other) = tokio::join!(rep.polls(&app), second.polls(&app));
        lent.extend(one.into_iter().chain(other).map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    lent.sort();
    approved.sort();
    assert_eq!(lent, approved, "each once");
}

async fn in_sandbox_mode_only_a_device_that_knows_of_it_is_handed_anything(app: TestApp) {
    let rep = Rep::of(&app).await;
    let id = rep.approved("ann", "Hello").await;
    for query in ["", "?limit=5", "?practice=false"] {
        let answer = rep.asks(&app, "GET", &format!("/approved-pending{query}"), "").await;
        assert_eq!((answer.status.as_u16(), &answer.json()["data"]), (200, &json!([])), "{query}");
    }
    assert_eq!(rep.status(&id).await, "approved", "it goes on waiting");
    let lent = rep.polls(&app).await;
    assert_eq!((lent.len(), &lent[0]["sandbox"]), (1, &json!(true)));
}
