//! One person's data: all of it handed out, all of it gone, and the address still not written to.

use crate::kit::*;
use domain::ids::ContactId;
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};
use store::{Scope, erasure};

both! {
    an_export_holds_everything_about_one_person_and_nothing_about_others,
    who_is_erased_is_nowhere_and_a_certificate_says_so,
    an_erased_address_that_comes_back_is_still_not_written_to,
    a_claim_knows_an_erased_address_that_nobody_else_recognised,
    who_is_being_written_to_is_not_erased_in_that_moment,
    answers_and_sends_at_the_same_time_leave_nothing_behind,
    late_news_about_who_was_erased_is_not_kept,
    what_somebody_wrote_from_another_address_goes_with_them,
    an_erasure_has_to_be_confirmed_and_is_for_admins,
    allowing_an_erased_address_by_hand_lasts,
}

const EMAIL: &str = "ann.secret@people.example";
const NUMBER: &str = "4155550123";

fn contact_id(text: &str) -> ContactId {
    text.parse().unwrap()
}

/// Ann, to whom everything has happened that leaves a trace; her id and the campaign's.
async fn ann_with_a_past(app: &TestApp, receiver: &Receiver) -> (String, String) {
    let new = json!({ "url": receiver.url, "kinds": ["message.received", "message.sent"], "include_content": true });
    app.admin.post("/api/webhooks", new).await;
    let ann = app
        .contact(json!({ "email": EMAIL, "phone": ANN, "first_name": "Ann", "last_name": "Secretive" }))
        .await;
    let bob = app.contact(json!({ "email": "bob@people.example", "last_name": "Bob" })).await;
    app.admin.post("/api/custom-fields", json!({ "name": "Private", "kind": "text" })).await;
    let private = json!({ "custom": { "private": format!("also {EMAIL}") } });
    app.admin.patch(&format!("/api/contacts/{ann}"), private).await;
    let rule = json!({ "field": "custom.private", "op": "exists" });
    app.admin.post("/api/segments", json!({ "name": "Private people", "rule": rule })).await;
    while overture::segments::keep_up(app.app.clone()).await.unwrap() {}
    let graph = chain(vec![
        email("E1", "Hello", "Dear {{ contact.last_name | default(\"you\") }}"),
        wait("W1", HOUR),
        email("E2", "Again", "Hi"),
    ]);
    let campaign = app.campaign(graph, &[ann.clone(), bob]).await;
    app.run_due().await;
    app.deliver(Post::text("SM1", ANN, "Call me, says Ann Secretive")).await;
    let mail = format!(
        "From: Ann <{EMAIL}>\r\nTo: {}\r\nSubject: Re: Hello\r\nMessage-ID: <1@x>\r\nDate: Mon, 15 Jun 2026 11:00:00 +0000\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nStop writing to me.\r\n",
        our_email(1)
    );
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    app.tell().await;
    let file = format!(
        "email,phone,first_name\nnot-an-address,(415) 555-0123,Ann\n{EMAIL} {EMAIL},,Ann\nbroken,,Bob\n"
    );
    let upload =
        app.admin.raw("POST", "/api/imports?name=people.csv", &[("content-type", "text/csv")], file).await;
    let import = upload.json();
    let start = format!("/api/imports/{}/start", import["id"].as_str().unwrap());
    let mapping = json!({ "email": "email", "phone": "ignore", "first_name": "first_name" });
    app.admin.post(&start, json!({ "mapping": mapping })).await;
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    (ann, campaign)
}

async fn erase(app: &TestApp, id: &str) -> Value {
    app.admin.post(&format!("/api/contacts/{id}/erase"), json!({ "confirm": EMAIL })).await
}

async fn an_export_holds_everything_about_one_person_and_nothing_about_others(app: TestApp) {
    let receiver = Receiver::start().await;
    let (ann, campaign) = ann_with_a_past(&app, &receiver).await;
    let all = app.admin.get(&format!("/api/contacts/{ann}/export")).await;
    let count = |name: &str| all[name].as_array().unwrap_or_else(|| panic!("{name}: {all:#}")).len();
    assert_eq!((count("contact"), &all["contact"][0]["email"]), (1, &json!(EMAIL)));
    assert_eq!(all["contact"][0]["created_at"], "2026-06-15T10:00:00.000Z");
    assert_eq!((count("enrollments"), &all["enrollments"][0]["campaign_id"]), (1, &json!(campaign)));
    assert_eq!((count("conversations"), count("messages"), count("raw_events")), (2, 3, 2), "{all:#}");
    assert!(
        count("events") >= 4 && count("webhook_deliveries") == 3 && count("suppressions") == 1,
        "{all:#}"
    );
    assert_eq!(count("rejected_rows"), 2);
    let text = all.to_string();
    assert!(text.contains("Call me, says Ann") && text.contains("Dear Secretive"));
    assert!(!text.contains("bob@people.example"), "{all:#}");
    let audit = app.admin.get("/api/audit?action=contact_export").await;
    assert_eq!(audit["data"][0]["subject"], json!(ann), "who takes it along is written down");
}

/// The names of the files below a folder that hold any of these texts.
fn files_with(folder: &Path, texts: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, texts));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let holds = |text: &&str| bytes.windows(text.len()).any(|w| w.eq_ignore_ascii_case(text.as_bytes()));
        found
            .extend(texts.iter().filter(|text| holds(text)).map(|text| format!("{} {text}", path.display())));
    }
    found
}

async fn who_is_erased_is_nowhere_and_a_certificate_says_so(app: TestApp) {
    let receiver = Receiver::start().await;
    let (ann, campaign) = ann_with_a_past(&app, &receiver).await;
    app.clock.advance(HOUR);
    let certificate = erase(&app, &ann).await;
    let erased = &certificate["erased"];
    assert_eq!(
        (&erased["contact"], &erased["enrollments"], &erased["conversations"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!(
        (&erased["messages"], &erased["raw_events"], &erased["rejected_rows"]),
        (&json!(3), &json!(2), &json!(2))
    );
    assert_eq!(
        (&erased["webhook_deliveries"], &erased["addresses_kept_as_fingerprints"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(certificate["by"]["name"], "Rita Rep");
    assert_eq!(certificate["at"], "2026-06-15T11:00:00.000Z");
    let path = format!("/api/erasures/{}", certificate["id"].as_str().unwrap());
    assert_eq!(app.admin.get(&path).await, certificate);
    assert_eq!(app.admin.get("/api/erasures").await["data"], json!([certificate]));
    assert_eq!(app.admin.call("GET", &format!("/api/contacts/{ann}"), &json!({})).await.brief(), "404 404");
    // Nothing that can be read says who it was.
    let texts = ["ann.secret", NUMBER, "ecretive", "Call me, says"];
    for tool in app.app.registry.iter().filter(|t| t.method == "GET" && !t.path.contains("{id}")) {
        let seen = app.admin.call("GET", &format!("/api{}", tool.path), &json!({})).await;
        let seen = String::from_utf8_lossy(&seen.bytes).into_owned();
        assert!(!texts.iter().any(|text| seen.contains(text)), "{}: {seen}", tool.name);
    }
    let raw = erasure::raw_events(&app.app.db, &app.scope, "").await.unwrap();
    assert!(raw.is_empty(), "{raw:?}");
    let audit = app.admin.get("/api/audit?action=contact_erase").await;
    assert_eq!(
        (&audit["data"][0]["subject"], &audit["data"][0]["fields"]),
        (&json!(ann), &json!(["confirm"]))
    );
    let suppressions = app.admin.get("/api/suppressions").await;
    let list = suppressions["data"].as_array().unwrap();
    assert!(
        list.len() == 2 && list.iter().all(|s| s["value"].as_str().unwrap().starts_with("erased:")),
        "{list:#?}"
    );
    // On SQLite not in the files either: neither in free pages nor in the log.
    assert_eq!(files_with(app.folder(), &texts), Vec::<String>::new());
    // The campaign goes on for everybody else.
    app.run_due().await;
    let letters = app.world.letters("email").await;
    assert_eq!(letters.iter().filter(|l| l["to"][0] == "bob@people.example").count(), 2, "{campaign}");
    assert_eq!(letters.iter().filter(|l| l["to"][0] == EMAIL).count(), 1);
}

async fn an_erased_address_that_comes_back_is_still_not_written_to(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "phone": ANN })).await;
    erase(&app, &ann).await;
    // A stranger is not taken for her.
    let bob = app.contact(json!({ "email": "bob@people.example" })).await;
    assert_eq!(app.admin.get(&format!("/api/contacts/{bob}")).await["suppressed"], json!([]));
    // By an import.
    let file = format!("email,last_name\n{},Lee\n", EMAIL.to_uppercase());
    let upload =
        app.admin.raw("POST", "/api/imports?name=a.csv", &[("content-type", "text/csv")], file).await;
    let start = format!("/api/imports/{}/start", upload.json()["id"].as_str().unwrap());
    app.admin.post(&start, json!({ "mapping": { "email": "email", "last_name": "last_name" } })).await;
    while overture::loops::jobs::run(app.app.clone()).await.unwrap() {}
    let list = app.admin.get("/api/contacts?search=ann.secret").await;
    assert_eq!((&list["total"], &list["data"][0]["suppressed"]), (&json!(1), &json!(["all"])), "{list:#}");
    let again = list["data"][0]["id"].as_str().unwrap().to_owned();
    app.campaign(one_email(), std::slice::from_ref(&again)).await;
    app.run_due().await;
    assert_eq!(app.world.taken("email").await, 0);
    // By writing to us: her answer is taken, and she is not answered by a machine.
    app.deliver(Post::text("SM9", ANN, "Who are you?")).await;
    assert_eq!(app.received().await.len(), 1);
    app.admin.patch(&format!("/api/contacts/{again}"), json!({ "phone": ANN })).await;
    app.campaign(one_text(), &[again]).await;
    app.run_due().await;
    assert_eq!(app.world.taken("sms").await, 0);
    // Elsewhere she is a stranger.
    let (scope, neighbour) = app.neighbour(2).await;
    let theirs = neighbour.post("/api/contacts", json!({ "email": EMAIL })).await;
    assert_eq!(theirs["suppressed"], json!([]), "{}", scope.workspace);
}

async fn a_claim_knows_an_erased_address_that_nobody_else_recognised(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "phone": ANN })).await;
    erase(&app, &ann).await;
    let fields = store::contact::Fields {
        email: Some(EMAIL.into()),
        email_key: Some(EMAIL.into()),
        last_name: Some("Lee".into()),
        ..Default::default()
    };
    let id = store::new_id(ContactId::from_uuid);
    let tx = app.app.db.begin().await.unwrap();
    store::contact::create(&tx, &app.scope, &id, &fields, app.clock.now()).await.unwrap();
    app.app.commit(tx).await.unwrap();
    app.campaign(one_email(), &[id.to_string()]).await;
    app.run_due().await;
    assert_eq!(app.world.taken("email").await, 0);
    assert_eq!(app.statuses().await, ["suppressed"]);
}

async fn who_is_being_written_to_is_not_erased_in_that_moment(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "phone": ANN, "last_name": "Lee" })).await;
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    let terms = store::outbox::Terms {
        owner: &app.app.node,
        lease_ms: 30_000,
        limit: 5,
        probe_ms: 30_000,
        now: app.clock.now(),
        prints: &app.app.keys,
    };
    let go = |_: &_, _: &_, _: &_, _: &_| store::outbox::Ruling::Go;
    let claim = store::outbox::claim(
        &app.app.db,
        &app.sms_sender,
        terms,
        |_, _| 9,
        |_, _, _| vec![],
        go,
        |_, _, _| {},
    );
    assert_eq!(claim.await.unwrap().unwrap().messages.len(), 1);
    let path = format!("/api/contacts/{ann}/erase");
    let refused = app.admin.call("POST", &path, &json!({ "confirm": EMAIL })).await;
    assert_eq!(refused.brief(), "409 4002");
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("Try again"));
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["email"], EMAIL, "all of it or nothing");
}

async fn answers_and_sends_at_the_same_time_leave_nothing_behind(app: TestApp) {
    let other = app.node().await;
    let ann = app.contact(json!({ "email": EMAIL, "phone": ANN, "last_name": "Lee" })).await;
    let crowd = app.crowd(20).await;
    let graph = chain(vec![sms("T1", "One"), wait("W1", SECOND), sms("T2", "Two")]);
    let mut people = crowd;
    people.push(ann.clone());
    app.campaign(graph, &people).await;
    app.run_due().await;
    for n in 0..30 {
        let answer = Post::text(&format!("SM{n}"), ANN, "Yes").to(&Client::anonymous(&app.app)).await;
        assert_eq!(answer.status, 200);
    }
    app.clock.advance(SECOND);
    let inbound = |app: std::sync::Arc<overture::app::App>| async move {
        // As the loops themselves: what fails is said and tried again.
        while overture::loops::inbound::run(app.clone()).await.unwrap_or(false) {}
        while overture::loops::steps::run(app.clone()).await.unwrap_or(false) {}
        overture::loops::outbox::drain(&app).await.unwrap();
    };
    let (mut erased, mut rounds) = (None, 0);
    while erased.is_none() {
        rounds += 1;
        assert!(rounds < 50, "it was never possible");
        let body = json!({ "confirm": EMAIL });
        let path = format!("/api/contacts/{ann}/erase");
        let (answer, ..) = tokio::join!(
            app.admin.call("POST", &path, &body),
            tokio::spawn(inbound(app.app.clone())),
            tokio::spawn(inbound(other.app.clone())),
        );
        match answer.status.as_u16() {
            200 => erased = Some(answer.json()),
            409 => {}
            _ => panic!("{}", String::from_utf8_lossy(&answer.bytes)),
        }
    }
    let taken = app.world.letters("sms").await.iter().filter(|l| l["to"] == ANN).count();
    app.advance(MINUTE).await;
    app.advance(HOUR).await;
    let after = app.world.letters("sms").await.iter().filter(|l| l["to"] == ANN).count();
    assert_eq!(after, taken, "nothing is sent to her any more");
    let id = contact_id(&ann);
    let none = store::erasure::everything(&app.app.db, &app.scope, &id, &[]).await.unwrap();
    assert!(none.values().all(Vec::is_empty), "{none:#?}");
    // What she wrote and was not applied before she was erased was hers too.
    let left = store::erasure::everything(&app.app.db, &app.scope, &id, &[ANN.into()]).await.unwrap();
    assert!(left["messages"].is_empty() && left["conversations"].is_empty(), "{left:#?}");
    assert_eq!(app.admin.get("/api/contacts?search=people.example&limit=200").await["total"], 20);
}

async fn late_news_about_who_was_erased_is_not_kept(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "phone": ANN, "last_name": "Lee" })).await;
    app.campaign(one_text(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let text = app.only().await;
    erase(&app, &ann).await;
    let late = |to: &str| {
        let path = format!("/api/twilio/status?m={}", text["id"].as_str().unwrap());
        let from = our_number(1);
        Post::twilio(
            &path,
            &[
                ("MessageSid", &format!("SM{to}")),
                ("From", &from),
                ("To", to),
                ("MessageStatus", "delivered"),
            ],
        )
    };
    app.deliver(late(ANN)).await;
    app.deliver(late("+14155550777")).await;
    for _ in 0..40 {
        app.advance(HOUR).await;
    }
    let dead = app.dead_letters().await;
    assert_eq!(dead.len(), 1, "only the one about a stranger: {dead:#?}");
    let raw = erasure::raw_events(&app.app.db, &app.scope, "").await.unwrap();
    let bodies: Vec<String> = raw.iter().map(|r| String::from_utf8_lossy(&r.body).into_owned()).collect();
    assert!(!bodies.iter().any(|body| body.contains(NUMBER)), "{bodies:?}");
    assert_eq!(bodies.len(), 1);
}

async fn what_somebody_wrote_from_another_address_goes_with_them(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "last_name": "Lee" })).await;
    app.contact(json!({ "email": "bob@people.example", "last_name": "Bob" })).await;
    app.campaign(one_email(), std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let letters = app.world.letters("email").await;
    let answers = letters[0]["key"].as_str().unwrap();
    for (n, from) in ["Ann.Home@private.example", "bob@people.example"].iter().enumerate() {
        let mail = format!(
            "From: {from}\r\nTo: {}\r\nSubject: Re: Hello\r\nMessage-ID: <{n}@x>\r\nIn-Reply-To: {answers}\r\n\
             MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nYes\r\n",
            our_email(1)
        );
        app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    }
    assert_eq!(app.received().await.len(), 2);
    erase(&app, &ann).await;
    assert!(app.received().await.is_empty());
    let raw = erasure::raw_events(&app.app.db, &app.scope, "").await.unwrap();
    assert_eq!(raw.len(), 1, "what somebody else wrote stays as they wrote it");
    assert!(String::from_utf8_lossy(&raw[0].body).contains("bob@people.example"));
    let home = app.admin.post("/api/contacts", json!({ "email": "ann.home@private.example" })).await;
    assert_eq!(home["suppressed"], json!(["all"]));
    let bob = app.admin.get("/api/contacts?search=bob").await;
    assert_eq!(bob["data"][0]["suppressed"], json!([]));
}

async fn an_erasure_has_to_be_confirmed_and_is_for_admins(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL, "first_name": "Ann", "last_name": "Lee" })).await;
    let path = format!("/api/contacts/{ann}/erase");
    for confirm in ["", "yes", "Ann"] {
        let refused = app.admin.call("POST", &path, &json!({ "confirm": confirm })).await;
        assert_eq!(refused.brief(), "422 4001", "{confirm}");
    }
    for role in ["rep", "manager"] {
        let member = app.member(role).await;
        assert_eq!(member.call("POST", &path, &json!({ "confirm": "Ann Lee" })).await.brief(), "403 1004");
        let export = format!("/api/contacts/{ann}/export");
        assert_eq!(member.call("GET", &export, &json!({})).await.brief(), "403 1004");
    }
    app.admin.post(&path, json!({ "confirm": " ann LEE " })).await;
    assert_eq!(app.admin.call("POST", &path, &json!({ "confirm": "Ann Lee" })).await.brief(), "404 404");
}

async fn allowing_an_erased_address_by_hand_lasts(app: TestApp) {
    let ann = app.contact(json!({ "email": EMAIL })).await;
    erase(&app, &ann).await;
    let again = app.contact(json!({ "email": EMAIL, "last_name": "Lee" })).await;
    let plain = app.admin.get("/api/suppressions").await["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["value"] == EMAIL)
        .unwrap()["id"]
        .clone();
    let path = format!("/api/suppressions/{}", plain.as_str().unwrap());
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    app.campaign(one_email(), &[again]).await;
    app.run_due().await;
    assert_eq!(app.statuses().await, ["sent"]);
    let values: BTreeSet<String> = app.admin.get("/api/suppressions").await["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["value"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(values, BTreeSet::new(), "{:?}", Scope::system(app.scope.workspace.clone()).workspace);
}
