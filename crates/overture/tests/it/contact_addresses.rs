//! Further addresses of contacts: whose they are, and that everything which looks for a person looks there too.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_contact_has_further_addresses,
    an_address_belongs_to_one_contact,
    whoever_may_not_see_the_other_contact_is_not_told_who_it_is,
    two_at_once_do_not_get_the_same_address,
    who_writes_from_a_further_address_is_known,
    a_suppressed_further_address_is_shown_and_ends_campaigns,
    further_addresses_go_with_the_person,
}

fn known(contact: &Value) -> Vec<(&str, &str)> {
    let all = contact["addresses"].as_array().unwrap_or_else(|| panic!("{contact}"));
    all.iter().map(|a| (a["kind"].as_str().unwrap(), a["value"].as_str().unwrap())).collect()
}

async fn give(client: &Client, id: &str, kind: &str, value: &str) -> Answer {
    let path = format!("/api/contacts/{id}/addresses");
    client.call("POST", &path, &json!({ "kind": kind, "value": value })).await
}

async fn take(client: &Client, id: &str, kind: &str, value: &str) -> Answer {
    let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    client.call("DELETE", &format!("/api/contacts/{id}/addresses/{kind}/{value}"), &json!({})).await
}

async fn a_contact_has_further_addresses(app: TestApp) {
    let ann = app.ann().await;
    for (kind, value) in [
        ("email", "Ann.Two@people.example"),
        ("phone", "(415) 555-0199"),
        ("telegram", "@Ann_Lee"),
        ("whatsapp", ANN),
    ] {
        let answer = give(&app.admin, &ann, kind, value).await;
        assert_eq!(answer.status, 200, "{kind} {value}: {}", answer.json());
    }
    let shown = app.admin.get(&format!("/api/contacts/{ann}")).await;
    let all = [
        ("email", "Ann.Two@people.example"),
        ("phone", "+14155550199"),
        ("telegram", "@Ann_Lee"),
        ("whatsapp", ANN),
    ];
    assert_eq!(known(&shown), all);
    assert_eq!(shown["addresses"][0]["source"], "member");
    let listed = app.admin.get("/api/contacts").await;
    assert_eq!(listed["data"][0]["addresses"], shown["addresses"]);
    for (kind, value, expected) in [
        ("email", "ann", "422 4001"),
        ("phone", "12", "422 4001"),
        ("fax", "12", "422 4001"),
        ("telegram", "a b", "422 4001"),
        ("email", "ANN.two@people.example", "409 4002"),
        ("email", "ann@people.example", "409 4002"),
        ("phone", ANN, "409 4002"),
    ] {
        assert_eq!(give(&app.admin, &ann, kind, value).await.brief(), expected, "{kind} {value}");
    }
    assert_eq!(take(&app.admin, &ann, "telegram", "ann_lee").await.status, 200);
    assert_eq!(take(&app.admin, &ann, "telegram", "ann_lee").await.brief(), "404 404");
    assert_eq!(take(&app.admin, &ann, "email", "ann.two@people.example").await.status, 200);
    // What becomes the contact's own address is no further one.
    app.admin.patch(&format!("/api/contacts/{ann}"), json!({ "phone": "+14155550199" })).await;
    assert_eq!(known(&app.admin.get(&format!("/api/contacts/{ann}")).await), [("whatsapp", ANN)]);
    for n in 1..50 {
        assert_eq!(give(&app.admin, &ann, "telegram", &format!("ann{n}")).await.status, 200);
    }
    assert_eq!(give(&app.admin, &ann, "telegram", "ann50").await.brief(), "409 4002", "there is a bound");
}

async fn an_address_belongs_to_one_contact(app: TestApp) {
    let ann = app.ann().await;
    let bob = app.contact(json!({ "email": "bob@people.example" })).await;
    for (kind, value) in [("email", "ann.two@people.example"), ("telegram", "ann")] {
        assert_eq!(give(&app.admin, &ann, kind, value).await.status, 200);
    }
    for (kind, value) in
        [("email", "ann@people.example"), ("email", "Ann.two@people.example"), ("telegram", "@Ann")]
    {
        let answer = give(&app.admin, &bob, kind, value).await;
        assert_eq!(answer.brief(), "409 4002", "{value}");
        assert_eq!(answer.json()["error"]["name"], "contact.exists");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.ends_with(&format!(": Ann Lee ({ann})")), "{message}");
    }
    let taken = json!({ "email": "ann.two@people.example" });
    for (method, path) in [("POST", "/api/contacts".to_owned()), ("PATCH", format!("/api/contacts/{bob}"))] {
        let answer = app.admin.call(method, &path, &taken).await;
        assert_eq!(answer.brief(), "409 4002", "{method}");
        assert_eq!(answer.json()["error"]["fields"][0]["field"], "email");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains(&ann), "{}", answer.json());
    }
    // A phone number may be shared: only as a further one it has one owner.
    assert_eq!(give(&app.admin, &bob, "phone", ANN).await.status, 200);
    app.admin.patch(&format!("/api/contacts/{ann}"), taken).await;
}

async fn whoever_may_not_see_the_other_contact_is_not_told_who_it_is(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let hers =
        rita.post("/api/contacts", json!({ "email": "hers@people.example", "first_name": "Hilda" })).await;
    let hers = hers["id"].as_str().unwrap();
    assert_eq!(give(&rita, hers, "email", "two@people.example").await.status, 200);
    let his = ron.post("/api/contacts", json!({ "email": "his@people.example" })).await;
    let his = his["id"].as_str().unwrap();
    for taken in ["hers@people.example", "two@people.example"] {
        let answers = [
            give(&ron, his, "email", taken).await,
            ron.call("POST", "/api/contacts", &json!({ "email": taken })).await,
            ron.call("PATCH", &format!("/api/contacts/{his}"), &json!({ "email": taken })).await,
        ];
        for answer in answers {
            let said = String::from_utf8_lossy(&answer.bytes).into_owned();
            assert_eq!(answer.brief(), "409 4002", "{said}");
            assert!(!said.contains(hers) && !said.contains("Hilda"), "{said}");
        }
    }
    assert_eq!(give(&ron, hers, "telegram", "x").await.brief(), "404 404");
    assert_eq!(take(&ron, hers, "email", "two@people.example").await.brief(), "404 404");
}

async fn two_at_once_do_not_get_the_same_address(app: TestApp) {
    let (ann, bob) = (app.ann().await, app.contact(json!({ "email": "bob@people.example" })).await);
    for round in 0..8 {
        let wanted = format!("new{round}@people.example");
        let own = json!({ "email": wanted });
        let path = format!("/api/contacts/{bob}");
        let (further, created, changed) = tokio::join!(
            give(&app.admin, &ann, "email", &wanted),
            app.admin.call("POST", "/api/contacts", &own),
            app.admin.call("PATCH", &path, &own),
        );
        let got = [further, created, changed].iter().filter(|answer| answer.status == 200).count();
        assert_eq!(got, 1, "{wanted}");
    }
}

async fn who_writes_from_a_further_address_is_known(app: TestApp) {
    let ann = app.ann().await;
    for (kind, value) in [("phone", "+14155550199"), ("email", "two@people.example")] {
        assert_eq!(give(&app.admin, &ann, kind, value).await.status, 200);
    }
    app.deliver(Post::text("SM1", "+14155550199", "Hello")).await;
    let mail = "From: two@people.example\r\nTo: hello@w1.example\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n";
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    let inbox = app.admin.get("/api/conversations").await;
    let whose: Vec<&Value> = inbox["data"].as_array().unwrap().iter().map(|c| &c["contact_id"]).collect();
    assert_eq!(whose, [&json!(ann), &json!(ann)]);
    // Whose own number it is comes first.
    let cid = app.contact(json!({ "phone": "+14155550177" })).await;
    assert_eq!(give(&app.admin, &ann, "phone", "+14155550177").await.status, 200);
    app.deliver(Post::text("SM2", "+14155550177", "Hello")).await;
    assert_eq!(app.received().await.last().unwrap()["contact_id"], json!(cid));
}

async fn a_suppressed_further_address_is_shown_and_ends_campaigns(app: TestApp) {
    let ann = app.ann().await;
    assert_eq!(give(&app.admin, &ann, "email", "two@people.example").await.status, 200);
    let graph = chain(vec![wait("W", DAY), email("E", "Hello", "Hi")]);
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    let stop = json!({ "channel": "email", "value": "Two@people.example", "reason": "asked" });
    app.admin.post("/api/suppressions", stop).await;
    assert_eq!(app.admin.get(&format!("/api/contacts/{ann}")).await["suppressed"], json!(["email"]));
    assert_eq!(app.people(&campaign).await[0]["status"], "exited");
    let rep = app.member("rep").await;
    assert_eq!(rep.get("/api/suppressions").await["data"], json!([]));
}

async fn further_addresses_go_with_the_person(app: TestApp) {
    let ann = app.ann().await;
    let two = "two.secret@people.example";
    assert_eq!(give(&app.admin, &ann, "email", two).await.status, 200);
    let all = app.admin.get(&format!("/api/contacts/{ann}/export")).await;
    assert_eq!(all["further_addresses"][0]["value"], two, "{all}");
    let confirm = json!({ "confirm": "ann@people.example" });
    let erased = app.admin.post(&format!("/api/contacts/{ann}/erase"), confirm).await;
    assert_eq!(erased["erased"]["further_addresses"], 1, "{erased}");
    assert_eq!(erased["erased"]["addresses_kept_as_fingerprints"], 3, "{erased}");
    // It is recognised when it comes back, also as a further address.
    let bob = app.contact(json!({ "email": "bob@people.example" })).await;
    let answer = give(&app.admin, &bob, "email", two).await;
    assert_eq!(answer.json()["suppressed"], json!(["all"]), "{}", answer.json());
    app.admin.call("DELETE", &format!("/api/contacts/{bob}"), &json!({})).await;
    app.contact(json!({ "email": two })).await;
}
