//! Senders: what is stored of them, what is shown, and what a test of one tells.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_sender_shows_its_account_without_its_secrets_and_keeps_what_is_not_given,
    an_account_that_lacks_a_field_is_refused_by_the_name_of_the_field,
    a_test_tells_what_is_wrong_with_the_account_itself_only_when_a_person_asks,
    a_number_without_a_good_token_fails_its_test,
    a_limit_can_be_set_and_taken_away,
    a_mailbox_is_read_only_while_live,
    live_a_sender_without_an_account_keeps_a_campaign_from_starting,
    live_what_a_refused_account_holds_up_leaves_when_it_is_mended,
}

/// The sandbox's mail server, as if it were somebody's own.
fn mail_account(app: &TestApp) -> Value {
    let at = app.world.sandbox.smtp_addr;
    json!({
        "host": at.ip().to_string(), "port": at.port(), "security": "starttls", "accept_invalid_certs": true,
        "username": "sandbox", "password": "sandbox",
    })
}

fn mailbox(host: &str) -> Value {
    json!({ "host": host, "port": 993, "username": "me", "password": "box-secret" })
}

async fn create(app: &TestApp, credentials: Value) -> String {
    let new = json!({ "provider": "smtp", "name": "Sales", "address": "sales@own.example", "credentials": credentials });
    app.admin.post("/api/senders", new).await["id"].as_str().unwrap().to_owned()
}

async fn shown(app: &TestApp, id: &str) -> Value {
    let list = app.admin.get("/api/senders").await;
    list["data"].as_array().unwrap().iter().find(|s| s["id"] == id).unwrap().clone()
}

async fn a_sender_shows_its_account_without_its_secrets_and_keeps_what_is_not_given(app: TestApp) {
    let id = create(&app, mail_account(&app)).await;
    let path = format!("/api/senders/{id}");
    app.admin.patch(&path, json!({ "imap": mailbox("127.0.0.1") })).await;
    let sender = shown(&app, &id).await;
    assert_eq!(sender["account"]["saved"], json!(["password"]));
    assert_eq!(sender["account"]["fields"]["username"], "sandbox");
    assert_eq!(sender["mailbox"]["fields"], json!({ "host": "127.0.0.1", "port": 993, "username": "me" }));
    let text = app.admin.get("/api/senders").await.to_string();
    assert!(!text.contains("box-secret") && !text.contains(r#""sandbox","security""#), "{text}");
    // Another field is changed: the password stays and still fits.
    app.admin.patch(&path, json!({ "credentials": { "host": "localhost" } })).await;
    let report = app.admin.post(&format!("{path}/check"), json!({ "account": true })).await;
    assert_eq!((&report["parts"][0]["what"], &report["parts"][0]["ok"]), (&json!("account"), &json!(true)));
    assert_eq!((&report["parts"][1]["what"], &report["parts"][1]["ok"]), (&json!("mailbox"), &json!(false)));
    assert_eq!(report["problem"], report["parts"][1]["problem"]);
    app.admin.patch(&path, json!({ "imap": null })).await;
    assert_eq!(shown(&app, &id).await["mailbox"], json!(null));
    let refused = app.admin.call("PATCH", &path, &json!({ "credentials": { "password": null } })).await;
    assert_eq!(refused.brief(), "422 4001");
}

async fn an_account_that_lacks_a_field_is_refused_by_the_name_of_the_field(app: TestApp) {
    let fields = async |new: Value| -> Vec<String> {
        let answer = app.admin.call("POST", "/api/senders", &new).await;
        assert_eq!(answer.status, 422, "{new}");
        answer.json()["error"]["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| f["field"].as_str().unwrap().to_owned())
            .collect()
    };
    let smtp = |more: Value| {
        let mut new = json!({ "provider": "smtp", "name": "Sales", "address": "sales@own.example" });
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        new
    };
    assert_eq!(fields(smtp(json!({ "credentials": { "port": 587 } }))).await, ["credentials.host"]);
    assert_eq!(
        fields(smtp(json!({ "imap": { "host": "h", "port": 993, "username": "me", "password": "" } }))).await,
        ["imap.password"]
    );
    assert_eq!(fields(smtp(json!({ "address": "no address" }))).await, ["address"]);
    assert_eq!(fields(smtp(json!({ "name": " " }))).await, ["name"]);
    assert_eq!(fields(smtp(json!({ "daily_cap": 0 }))).await, ["daily_cap"]);
    let text = json!({ "provider": "twilio", "name": "Sales", "address": "+12025550188", "credentials": { "account_sid": "XY", "auth_token": "t" } });
    assert_eq!(fields(text).await, ["credentials"]);
    create(&app, json!({})).await;
    let twice = app.admin.call("POST", "/api/senders", &smtp(json!({}))).await;
    assert_eq!(
        (twice.status.as_u16(), &twice.json()["error"]["fields"][0]["field"]),
        (409, &json!("address"))
    );
}

async fn a_test_tells_what_is_wrong_with_the_account_itself_only_when_a_person_asks(app: TestApp) {
    let id = create(&app, mail_account(&app)).await;
    let path = format!("/api/senders/{id}");
    app.admin.patch(&path, json!({ "credentials": { "password": "wrong" } })).await;
    let check =
        async |account: bool| app.admin.post(&format!("{path}/check"), json!({ "account": account })).await;
    let sandbox = check(false).await;
    assert_eq!((&sandbox["ok"], &sandbox["parts"][0]["what"]), (&json!(true), &json!("sandbox")));
    let own = check(true).await;
    assert_eq!((&own["ok"], &own["parts"][0]["what"]), (&json!(false), &json!("account")));
    assert!(own["problem"].as_str().unwrap().contains("password"), "{own}");
    assert!(!own.to_string().contains("wrong\""), "{own}");
    let none =
        app.admin.post(&format!("/api/senders/{}/check", app.email_sender), json!({ "account": true })).await;
    assert!(none["problem"].as_str().unwrap().contains("no account of its own"), "{none}");
    assert_eq!(app.world.taken("email").await, 0);
}

async fn a_number_without_a_good_token_fails_its_test(app: TestApp) {
    let account = json!({
        "account_sid": sandbox::Options::ACCOUNT_SID, "auth_token": "nonsense", "base_url": app.world.sandbox.http_url(),
    });
    let new =
        json!({ "provider": "twilio", "name": "Texts", "address": "(202) 555-0188", "credentials": account });
    let made = app.admin.post("/api/senders", new).await;
    assert_eq!(made["address"], "+12025550188");
    assert_eq!(made["webhook_url"], format!("{PUBLIC_URL}/api/twilio/inbound-sms"));
    let path = format!("/api/senders/{}", made["id"].as_str().unwrap());
    let wrong = app.admin.post(&format!("{path}/check"), json!({ "account": true })).await;
    assert_eq!(wrong["ok"], false, "{wrong}");
    let token = json!({ "credentials": { "auth_token": sandbox::Options::AUTH_TOKEN } });
    app.admin.patch(&path, token).await;
    let right = app.admin.post(&format!("{path}/check"), json!({ "account": true })).await;
    assert_eq!(right["ok"], true, "{right}");
}

async fn a_limit_can_be_set_and_taken_away(app: TestApp) {
    let path = format!("/api/senders/{}", app.sms_sender);
    let set = app.admin.patch(&path, json!({ "rate_per_minute": 30, "daily_cap": 200 })).await;
    assert_eq!((&set["rate_per_minute"], &set["daily_cap"]), (&json!(30), &json!(200)));
    let kept = app.admin.patch(&path, json!({ "rate_per_minute": null })).await;
    assert_eq!((&kept["rate_per_minute"], &kept["daily_cap"]), (&json!(null), &json!(200)));
}

async fn a_mailbox_is_read_only_while_live(app: TestApp) {
    let path = format!("/api/senders/{}", app.email_sender);
    app.admin.patch(&path, json!({ "imap": mailbox("127.0.0.1") })).await;
    let polled = async || store::sender::polled(&app.app.db).await.unwrap().len();
    assert_eq!(polled().await, 0);
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    assert_eq!(polled().await, 1);
    app.admin.post("/api/settings/send-mode", json!({ "mode": "sandbox" })).await;
    assert_eq!(polled().await, 0);
}

async fn live_a_sender_without_an_account_keeps_a_campaign_from_starting(app: TestApp) {
    let ann = app.ann().await;
    let funnel =
        app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await["id"].clone();
    let audience = json!({ "contact_ids": [ann] });
    let campaign = app
        .admin
        .post("/api/campaigns", json!({ "name": "C", "funnel_id": funnel, "audience": audience }))
        .await;
    let check = format!("/api/campaigns/{}/check", campaign["id"].as_str().unwrap());
    assert_eq!(app.admin.get(&check).await["ready"], true);
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    let live = app.admin.get(&check).await;
    assert_eq!(live["ready"], false);
    let line = live["lines"].as_array().unwrap().iter().find(|l| l["state"] == "error").unwrap();
    assert_eq!((&line["code"], &line["link"]), (&json!("sender"), &json!("senders")));
    assert!(line["text"].as_str().unwrap().contains("sandbox only"), "{line}");
}

async fn live_what_a_refused_account_holds_up_leaves_when_it_is_mended(app: TestApp) {
    let id = create(&app, mail_account(&app)).await;
    let path = format!("/api/senders/{id}");
    app.admin.patch(&path, json!({ "credentials": { "password": "wrong" } })).await;
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    let letter = json!({
        "client_id": "client-live", "channel": "email", "sender_id": id, "to": "ann@people.example", "subject": "Hi", "text": "Hello",
    });
    app.admin.post("/api/messages", letter).await;
    app.run_due().await;
    let broken = shown(&app, &id).await;
    assert_eq!(broken["status"], "broken");
    assert!(broken["problem"].as_str().unwrap().contains("password"), "{broken}");
    let waiting = app.only().await;
    assert_eq!((&waiting["status"], app.world.taken("email").await), (&json!("queued"), 0));
    assert!(waiting["why"]["text"].as_str().is_some_and(|text| !text.is_empty()), "{waiting}");
    // A test that fails changes nothing; one that succeeds lets it send again.
    let check = async || app.admin.post(&format!("{path}/check"), json!({})).await["ok"].clone();
    assert_eq!(check().await, false);
    assert_eq!(shown(&app, &id).await["status"], "broken");
    app.admin.patch(&path, json!({ "credentials": { "password": "sandbox" } })).await;
    assert_eq!(check().await, true);
    assert_eq!(shown(&app, &id).await["status"], "active");
    app.advance(HOUR).await;
    assert_eq!((app.statuses().await, app.world.taken("email").await), (vec!["sent".to_owned()], 1));
}
