//! Consent (P-C5, T-C5): on channels for which the workspace asks for it, campaigns write to nobody who has not agreed,
//! took it back, or agreed to something else.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    what_was_said_last_holds,
    a_record_that_makes_no_sense_is_refused,
    campaigns_write_to_those_who_agreed,
    who_takes_it_back_before_a_message_leaves_does_not_get_it,
    what_is_asked_for_no_more_lets_those_go_on_who_waited,
    consent_follows_a_merge_and_goes_with_the_person,
}

async fn say(app: &TestApp, contact: &str, more: Value) -> Value {
    let mut body = json!({ "channel": "sms", "state": "given", "source": "Form" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.admin.post(&format!("/api/contacts/{contact}/consents"), body).await
}

async fn ask_for_sms(app: &TestApp) {
    let settings = app.admin.patch("/api/settings", json!({ "consent_channels": ["sms", "sms"] })).await;
    assert_eq!(settings["consent_channels"], json!(["sms"]));
}

async fn person(app: &TestApp, n: usize) -> String {
    app.contact(
        json!({ "phone": format!("+1415555{:04}", 200 + n), "email": format!("p{n}@people.example"), "last_name": "Lee" }),
    )
    .await
}

async fn what_was_said_last_holds(app: TestApp) {
    let ann = app.ann().await;
    say(&app, &ann, json!({ "at": "2026-06-10T10:00:00Z", "proof": "I agree to get texts." })).await;
    // Written down later, said earlier.
    let now =
        say(&app, &ann, json!({ "at": "2026-06-01T10:00:00Z", "state": "withdrawn", "source": "Call" }))
            .await;
    assert_eq!(now["holds"], json!({ "sms": true }));
    let first = &now["data"][0];
    assert_eq!(
        (&first["source"], &first["proof"], &first["at"], &first["member_name"]),
        (
            &json!("Form"),
            &json!("I agree to get texts."),
            &json!("2026-06-10T10:00:00.000Z"),
            &json!("Rita Rep")
        )
    );
    let now = say(&app, &ann, json!({ "channel": "email", "expires_at": "2026-06-15T11:00:00Z" })).await;
    assert_eq!(now["holds"], json!({ "email": true, "sms": true }));
    let now = say(&app, &ann, json!({ "state": "withdrawn" })).await;
    assert_eq!(now["holds"], json!({ "email": true, "sms": false }));
    app.clock.advance(2 * HOUR);
    let now = app.admin.get(&format!("/api/contacts/{ann}/consents")).await;
    assert_eq!(
        (&now["holds"], now["data"].as_array().unwrap().len()),
        (&json!({ "email": false, "sms": false }), 4)
    );
    let told = app.admin.get(&format!("/api/contacts/{ann}/timeline")).await;
    assert_eq!(told["data"][0]["kind"], "consent_withdrawn");
}

async fn a_record_that_makes_no_sense_is_refused(app: TestApp) {
    let ann = app.ann().await;
    let path = format!("/api/contacts/{ann}/consents");
    for (fields, expected) in [
        (json!({ "source": "  " }), "consent.source_missing"),
        (json!({ "source": "x".repeat(201) }), "consent.too_long"),
        (json!({ "proof": "x".repeat(2001) }), "consent.too_long"),
        (json!({ "at": "2027-01-01T00:00:00Z" }), "consent.in_future"),
        (json!({ "expires_at": "2026-01-01T00:00:00Z" }), "consent.expires_before"),
        (json!({ "channel": "fax" }), "input.invalid"),
        (json!({ "state": "maybe" }), "input.invalid"),
        (json!({ "at": "yesterday" }), "input.invalid"),
    ] {
        let mut body = json!({ "channel": "sms", "state": "given", "source": "Form" });
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = app.admin.call("POST", &path, &body).await;
        let name = answer.json()["error"]["name"].clone();
        assert_eq!((answer.status.as_u16(), &name), (422, &json!(expected)), "{fields}");
    }
    assert_eq!(app.admin.get(&path).await["data"], json!([]));
}

async fn campaigns_write_to_those_who_agreed(app: TestApp) {
    ask_for_sms(&app).await;
    let table = [
        (json!(null), false),
        (json!({}), true),
        (json!({ "state": "withdrawn" }), false),
        (json!({ "channel": "email" }), false),
        (json!({ "at": "2026-06-01T10:00:00Z", "expires_at": "2026-06-15T09:00:00Z" }), false),
        (json!({ "expires_at": "2026-06-16T09:00:00Z" }), true),
    ];
    let mut people = Vec::new();
    for (n, (said, _)) in table.iter().enumerate() {
        let id = person(&app, n).await;
        if !said.is_null() {
            say(&app, &id, said.clone()).await;
        }
        people.push(id);
    }
    // Elsewhere somebody with the same number agreed.
    let (_, neighbour) = app.neighbour(2).await;
    let there = neighbour.post("/api/contacts", json!({ "phone": "+14155550200" })).await;
    let path = format!("/api/contacts/{}/consents", there["id"].as_str().unwrap());
    neighbour.post(&path, json!({ "channel": "sms", "state": "given", "source": "Form" })).await;
    let campaign = app.campaign(one_text(), &people).await;
    app.run_due().await;
    let sent = app.sent().await;
    let to = |message: &Value| people.iter().position(|id| message["contact_id"] == json!(id)).unwrap();
    let got: Vec<usize> = sent.iter().filter(|message| message["status"] == "sent").map(to).collect();
    assert_eq!((got.len(), got.iter().all(|place| table[*place].1)), (2, true), "{sent:#?}");
    assert_eq!(app.world.taken("sms").await, 2);
    let check = app.admin.get(&format!("/api/campaigns/{campaign}/check")).await;
    let line = check["lines"].as_array().unwrap().iter().find(|l| l["code"] == "consent").unwrap();
    assert!(line["text"].as_str().unwrap().starts_with("4 of 6 have not agreed to get texts"), "{line}");
    for person in app.people(&campaign).await {
        let place = people.iter().position(|id| person["contact_id"] == json!(id)).unwrap();
        let held = (&json!("paused"), &json!("no_consent"));
        assert_eq!((&person["status"], &person["reason"]) == held, !table[place].1, "{person}");
    }
    // Whoever agrees later gets it then; what a person writes needs no consent.
    say(&app, &people[0], json!({})).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 3);
    app.write("client-by-hand", "sms", "+14155550203", "Hello").await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 4);
}

async fn who_takes_it_back_before_a_message_leaves_does_not_get_it(app: TestApp) {
    ask_for_sms(&app).await;
    let ann = app.ann().await;
    say(&app, &ann, json!({})).await;
    let campaign = app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    assert_eq!(app.statuses().await, ["queued"]);
    say(&app, &ann, json!({ "state": "withdrawn" })).await;
    let message = app.sent().await[0].clone();
    let why = app.admin.get(&format!("/api/messages/{}", message["id"].as_str().unwrap())).await;
    assert!(why.to_string().contains("has not agreed"), "{why}");
    app.run_due().await;
    let message = app.only().await;
    assert_eq!(
        (&message["status"], &message["error_code"]),
        (&json!("suppressed"), &json!("consent.missing"))
    );
    assert_eq!(app.world.taken("sms").await, 0);
    assert_eq!(app.people(&campaign).await[0]["status"], "exited");
}

async fn what_is_asked_for_no_more_lets_those_go_on_who_waited(app: TestApp) {
    ask_for_sms(&app).await;
    let ann = app.ann().await;
    app.campaign(one_text(), &[ann]).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 0);
    app.admin.patch("/api/settings", json!({ "consent_channels": [] })).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 1);
}

async fn consent_follows_a_merge_and_goes_with_the_person(app: TestApp) {
    let (ann, other) = (person(&app, 1).await, person(&app, 2).await);
    say(&app, &ann, json!({ "at": "2026-06-01T10:00:00Z" })).await;
    say(&app, &other, json!({ "state": "withdrawn", "proof": "Mail of Otto Secretive" })).await;
    let path = format!("/api/contacts/{ann}");
    let merge = app.admin.post(&format!("{path}/merge"), json!({ "other_id": other })).await;
    let both = app.admin.get(&format!("{path}/consents")).await;
    assert_eq!((both["data"].as_array().unwrap().len(), &both["holds"]), (2, &json!({ "sms": false })));
    app.admin.post(&format!("/api/merges/{}/undo", merge["merge"]["id"].as_str().unwrap()), json!({})).await;
    let again = app.admin.get(&format!("{path}/consents")).await;
    assert_eq!((again["data"].as_array().unwrap().len(), &again["holds"]), (1, &json!({ "sms": true })));
    let export = app.admin.get(&format!("/api/contacts/{other}/export")).await;
    assert_eq!(export["consents"][0]["proof"], "Mail of Otto Secretive");
    let erased = app
        .admin
        .post(&format!("/api/contacts/{other}/erase"), json!({ "confirm": "p2@people.example" }))
        .await;
    assert_eq!(erased["erased"]["consents"], 1);
}
