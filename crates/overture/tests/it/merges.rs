//! Two contacts that are one person: folded into one, and taken apart again as if nothing had been.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    who_stays_has_what_both_had,
    an_undone_merge_leaves_both_as_they_were,
    what_came_after_a_merge_stays_with_the_survivor,
    merges_at_the_same_time_end_in_one_state,
    answers_and_merges_at_the_same_time_lose_nobody,
    nobody_is_sent_a_step_twice,
    a_message_in_doubt_of_a_run_that_ended_is_never_sent_again,
    who_writes_from_the_folded_address_is_the_survivor,
    only_who_sees_both_may_merge_them,
    merges_of_merges_are_undone_from_the_last,
    after_thirty_days_it_is_known_who_is_whom_and_nothing_else,
    who_is_erased_is_gone_from_merges_too,
    who_was_taken_apart_again_is_not_erased_with_the_other,
    a_merge_is_told,
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

async fn merge(client: &Client, survivor: &str, other: &str) -> Answer {
    let path = format!("/api/contacts/{survivor}/merge");
    client.call("POST", &path, &json!({ "other_id": other })).await
}

/// Merges them; the id of the merge.
async fn merged(app: &TestApp, survivor: &str, other: &str) -> String {
    let answer = merge(&app.admin, survivor, other).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    id(&answer.json()["merge"])
}

async fn undo(client: &Client, merge: &str) -> Answer {
    client.call("POST", &format!("/api/merges/{merge}/undo"), &json!({})).await
}

async fn undone(app: &TestApp, merge: &str) {
    let answer = undo(&app.admin, merge).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
}

async fn one(app: &TestApp, contact: &str) -> Value {
    app.admin.get(&format!("/api/contacts/{contact}")).await
}

/// Both files of all contacts, byte by byte.
async fn files(app: &TestApp) -> (String, String) {
    let file = async |kind: &str| {
        let answer = app.admin.call("GET", &format!("/api/contacts/export.{kind}"), &json!({})).await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.bytes).unwrap()
    };
    (file("csv").await, file("json").await)
}

/// What hangs on contacts, in a stable order.
async fn threads(app: &TestApp) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (list, what) in [("conversations?view=all&", "conversation"), ("messages?", "message")] {
        let page = app.admin.get(&format!("/api/{list}limit=200")).await;
        for row in page["data"].as_array().unwrap() {
            let row = (format!("{what} {}", id(row)), format!("{} {}", row["contact_id"], row["status"]));
            all.push(row);
        }
    }
    all.sort();
    all
}

/// Ann, with something of everything, and Bob, who is the same person and has more.
async fn ann_and_bob(app: &TestApp) -> (String, String) {
    for name in ["Plan", "Size"] {
        app.admin.post("/api/custom-fields", json!({ "name": name, "kind": "text" })).await;
    }
    let ann = app.contact(json!({
        "email": "ann@people.example", "phone": ANN, "first_name": "Ann", "last_name": "Lee", "custom": { "plan": "Gold" },
    }));
    let ann = ann.await;
    app.clock.advance(MINUTE);
    let bob = app.contact(json!({
        "email": "Bob@people.example", "phone": "+14155550199", "first_name": "Anna", "city": "Oslo", "company": "Acme",
        "status": "Messaged", "custom": { "plan": "Silver", "size": "50" },
    }));
    let bob = bob.await;
    let telegram = json!({ "kind": "telegram", "value": "@bob" });
    app.admin.post(&format!("/api/contacts/{bob}/addresses"), telegram).await;
    for (kind, name, who) in
        [("tags", "Hot", vec![&bob]), ("tags", "Both", vec![&ann, &bob]), ("lists", "Fair", vec![&bob])]
    {
        let set = id(&app.admin.post(&format!("/api/{kind}"), json!({ "name": name })).await);
        let who = json!({ "who": { "contact_ids": who } });
        app.admin.post(&format!("/api/{kind}/{set}/contacts"), who).await;
    }
    app.clock.advance(MINUTE);
    (ann, bob)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

async fn who_stays_has_what_both_had(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let rule = json!({ "field": "city", "op": "is", "value": "Oslo" });
    let segment = id(&app.admin.post("/api/segments", json!({ "name": "Oslo", "rule": rule })).await);
    let settle = async || while overture::segments::keep_up(app.app.clone()).await.unwrap() {};
    settle().await;
    app.write("client-0001", "sms", "+14155550199", "Hello").await;
    app.run_due().await;
    app.deliver(Post::text("SM1", "+14155550199", "Yes")).await;
    let answer = merge(&app.admin, &ann, &bob).await;
    let stays = answer.json()["contact"].clone();
    assert_eq!(stays, one(&app, &ann).await);
    let known = |name: &str| stays[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        ["email", "phone", "first_name", "last_name", "city", "company", "status"].map(known),
        ["ann@people.example", ANN, "Ann", "Lee", "Oslo", "Acme", "Needs BDR"]
    );
    assert_eq!(stays["custom"], json!({ "plan": "Gold", "size": "50" }));
    assert_eq!(names(&stays["tags"]), ["Both", "Hot"]);
    let addresses: Vec<[&Value; 3]> = stays["addresses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| [&a["kind"], &a["value"], &a["source"]])
        .collect();
    let expected = [
        ["email", "Bob@people.example", "merge"],
        ["phone", "+14155550199", "merge"],
        ["telegram", "@bob", "member"],
    ];
    assert_eq!(json!(addresses), json!(expected));
    // The old id leads to who stayed; nothing else can be done with it.
    assert_eq!(one(&app, &bob).await, stays);
    for (method, path) in [
        ("PATCH", format!("/api/contacts/{bob}")),
        ("DELETE", format!("/api/contacts/{bob}")),
        ("GET", format!("/api/contacts/{bob}/timeline")),
        ("POST", format!("/api/contacts/{bob}/addresses")),
    ] {
        let body = json!({ "kind": "email", "value": "x@people.example" });
        let body = if method == "PATCH" { json!({ "city": "Bergen" }) } else { body };
        assert_eq!(app.admin.call(method, &path, &body).await.brief(), "404 404", "{method} {path}");
    }
    assert_eq!(app.admin.get("/api/contacts").await["total"], 1);
    assert!(threads(&app).await.iter().all(|(_, whose)| whose.contains(&ann)), "{:?}", threads(&app).await);
    let told = app.admin.get(&format!("/api/contacts/{ann}/timeline")).await;
    let kinds: Vec<&str> =
        told["data"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["merged", "replied", "sent"], "{told}");
    settle().await;
    let found = app.admin.get(&format!("/api/contacts?set_id={segment}")).await;
    assert_eq!((&found["total"], &found["data"][0]["id"]), (&json!(1), &json!(ann)));
    let merges = app.admin.get("/api/merges").await;
    assert_eq!(
        (&merges["data"][0]["survivor_id"], &merges["data"][0]["other_id"]),
        (&json!(ann), &json!(bob))
    );
    assert_eq!(merges["data"][0], answer.json()["merge"]);
    assert_eq!(merge(&app.admin, &ann, &ann).await.brief(), "422 4001");
    assert_eq!(merge(&app.admin, &ann, &bob).await.brief(), "404 404");
}

async fn an_undone_merge_leaves_both_as_they_were(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let graph = || {
        chain(vec![
            email("E1", "Hello", "Dear {{ contact.city }}"),
            wait("W", DAY),
            email("E2", "Again", "Hi"),
        ])
    };
    let both = app.campaign(graph(), &[ann.clone(), bob.clone()]).await;
    let his = app.campaign(graph(), std::slice::from_ref(&bob)).await;
    app.run_due().await;
    app.deliver(Post::text("SM1", "+14155550199", "Yes")).await;
    app.write("client-0001", "email", "bob@people.example", "Hello").await;
    let (shown, hung) = (files(&app).await, threads(&app).await);
    let people = (app.people(&both).await, app.people(&his).await);
    app.clock.advance(HOUR);
    for (survivor, other) in [(&ann, &bob), (&bob, &ann)] {
        let merge = merged(&app, survivor, other).await;
        assert_ne!(files(&app).await, shown);
        assert_eq!((app.people(&both).await.len(), app.people(&his).await.len()), (1, 1));
        app.clock.advance(HOUR);
        undone(&app, &merge).await;
        assert_eq!(files(&app).await, shown, "{survivor} stayed");
        assert_eq!(threads(&app).await, hung, "{survivor} stayed");
        assert_eq!((app.people(&both).await, app.people(&his).await), people, "{survivor} stayed");
        assert_eq!(undo(&app.admin, &merge).await.brief(), "409 4002");
        assert_eq!(id(&one(&app, other).await), **other, "the old id is a contact again");
    }
    assert_eq!(app.admin.get("/api/merges").await["data"].as_array().unwrap().len(), 2);
}

async fn what_came_after_a_merge_stays_with_the_survivor(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let merge = merged(&app, &ann, &bob).await;
    let hot = app.admin.get("/api/tags?search=hot").await["data"][0].clone();
    let who = json!({ "who": { "contact_ids": [ann] } });
    app.admin.post(&format!("/api/tags/{}/contacts/remove", id(&hot)), who).await;
    let path = format!("/api/contacts/{ann}");
    app.admin.patch(&path, json!({ "city": "Bergen", "custom": { "size": "60" } })).await;
    app.deliver(Post::text("SM1", "+14155550199", "It is me")).await;
    // Somebody takes the folded address away and gives it to somebody else.
    let gone = format!("{path}/addresses/email/bob@people.example");
    assert_eq!(app.admin.call("DELETE", &gone, &json!({})).await.status, 200);
    app.contact(json!({ "email": "bob@people.example", "last_name": "New" })).await;
    undone(&app, &merge).await;
    let (stays, back) = (one(&app, &ann).await, one(&app, &bob).await);
    assert_eq!((&stays["city"], &stays["custom"]["size"]), (&json!("Bergen"), &json!("60")));
    assert_eq!((&stays["company"], &stays["addresses"]), (&json!(null), &json!([])));
    assert_eq!(names(&stays["tags"]), ["Both"]);
    assert_eq!((&back["city"], &back["custom"]["size"]), (&json!("Oslo"), &json!("50")));
    assert_eq!((&back["email"], &back["phone"]), (&json!(null), &json!("+14155550199")));
    assert_eq!(names(&back["tags"]), ["Both"], "the other was taken off meanwhile");
    assert_eq!(app.received().await[0]["contact_id"], json!(ann));
}

async fn merges_at_the_same_time_end_in_one_state(app: TestApp) {
    let other = app.node().await;
    for round in 0..10 {
        let make = async |name: &str| {
            app.contact(json!({ "email": format!("{name}{round}@people.example"), "first_name": name })).await
        };
        let (ann, bob) = (make("ann").await, make("bob").await);
        let turned = round % 2 == 0;
        let (one_way, way_back) =
            if turned { ((&ann, &bob), (&bob, &ann)) } else { ((&ann, &bob), (&ann, &bob)) };
        let (first, second) = tokio::join!(
            merge(&app.admin, one_way.0, one_way.1),
            merge(&other.admin, way_back.0, way_back.1),
        );
        let mut said = [first.status.as_u16(), second.status.as_u16()];
        said.sort_unstable();
        assert!(matches!(said, [200, 404 | 409]), "{said:?} {} {}", first.json(), second.json());
        let stays = if first.status == 200 { one_way.0 } else { way_back.0 };
        for name in [&ann, &bob] {
            assert_eq!(id(&one(&app, name).await), **stays);
        }
    }
    assert_eq!(app.admin.get("/api/contacts").await["total"], 10);
    assert_eq!(app.admin.get("/api/merges").await["data"].as_array().unwrap().len(), 10);
}

async fn answers_and_merges_at_the_same_time_lose_nobody(app: TestApp) {
    let other = app.node().await;
    let graph = chain(vec![sms("T1", "Hello"), wait("W", DAY), sms("T2", "Again")]);
    for round in 0..8 {
        let number = format!("+1415555020{round}");
        let ann = app.contact(json!({ "email": format!("ann{round}@people.example") })).await;
        let bob = app.contact(json!({ "phone": number })).await;
        let campaign = app.campaign(graph.clone(), std::slice::from_ref(&bob)).await;
        app.run_due().await;
        let post = Post::text(&format!("SM{round}"), &number, "Yes, call me");
        assert_eq!(post.to(&Client::anonymous(&app.app)).await.status, 200);
        let (done, ()) = tokio::join!(merge(&app.admin, &ann, &bob), other.run_due());
        assert_eq!(done.status, 200, "{}", done.json());
        app.run_due().await;
        app.advance(MINUTE).await;
        let person = &app.people(&campaign).await[0];
        assert_eq!((&person["contact_id"], &person["reason"]), (&json!(ann), &json!("replied")), "{round}");
        assert_eq!(app.received().await.last().unwrap()["contact_id"], json!(ann), "{round}");
    }
}

/// Who was sent which subjects.
async fn letters(app: &TestApp) -> Vec<String> {
    let sent = app.sent().await;
    let left = sent.iter().filter(|m| m["status"] == "sent");
    left.map(|m| {
        format!("{} {}", m["to_address"].as_str().unwrap_or_default(), m["subject"].as_str().unwrap())
    })
    .collect()
}

async fn nobody_is_sent_a_step_twice(app: TestApp) {
    // Bob lacks what the first step needs: it is held, while Ann gets it.
    let graph = chain(vec![
        email("E1", "One", "Dear {{ contact.last_name }}"),
        wait("W", DAY),
        email("E2", "Two", "Hi"),
    ]);
    for (round, survives) in ["ann", "bob"].into_iter().enumerate() {
        let ann =
            app.contact(json!({ "email": format!("ann{round}@people.example"), "last_name": "Lee" })).await;
        let bob = app.contact(json!({ "email": format!("bob{round}@people.example") })).await;
        let campaign = app.campaign(graph.clone(), &[ann.clone(), bob.clone()]).await;
        app.run_due().await;
        let before = letters(&app).await.len();
        let (stays, goes) = if survives == "ann" { (&ann, &bob) } else { (&bob, &ann) };
        merged(&app, stays, goes).await;
        app.run_due().await;
        assert_eq!(letters(&app).await.len(), before, "the first step is not sent again");
        app.advance(2 * DAY).await;
        let all = letters(&app).await;
        assert_eq!(all.len(), before + 1, "{all:?}");
        let last = all.last().unwrap();
        assert!(last.ends_with("Two") && last.contains(&format!("{survives}{round}@")), "{last}");
        assert_eq!(app.people(&campaign).await.len(), 1);
    }
    assert_eq!(app.world.taken("email").await, 4);
    // Both wait to be sent the same: one of them is.
    let crowd = app.crowd(2).await;
    app.campaign(one_email(), &crowd).await;
    while overture::loops::steps::run(app.app.clone()).await.unwrap() {}
    merged(&app, &crowd[0], &crowd[1]).await;
    app.run_due().await;
    assert_eq!(app.world.taken("email").await, 5, "{:#?}", app.sent().await);
    let statuses: Vec<String> = app.statuses().await.into_iter().filter(|s| s != "sent").collect();
    assert_eq!(statuses, ["cancelled"]);
}

async fn a_message_in_doubt_of_a_run_that_ended_is_never_sent_again(app: TestApp) {
    let ann = app.contact(json!({ "email": "ann@people.example", "last_name": "Lee" })).await;
    let bob = app.contact(json!({ "email": "bob@people.example", "last_name": "Lee" })).await;
    app.world.fault("smtp", "drop_before_reply", 1).await;
    app.campaign(one_email(), &[ann.clone(), bob.clone()]).await;
    app.run_due().await;
    let sent = app.sent().await;
    let doubtful = sent.iter().find(|m| m["status"] == "uncertain").unwrap_or_else(|| panic!("{sent:#?}"));
    let (goes, stays) = if doubtful["contact_id"] == json!(ann) { (&ann, &bob) } else { (&bob, &ann) };
    let taken = app.world.taken("email").await;
    merged(&app, stays, goes).await;
    let decide = format!("/api/messages/{}/decide", id(doubtful));
    app.admin.post(&decide, json!({ "decision": "resend" })).await;
    app.advance(HOUR).await;
    assert_eq!(app.world.taken("email").await, taken);
    assert_eq!(app.message(&doubtful["id"]).await["status"], "cancelled");
}

async fn who_writes_from_the_folded_address_is_the_survivor(app: TestApp) {
    let ann = app.ann().await;
    let bob = app.contact(json!({ "email": "bob@people.example", "phone": "+14155550199" })).await;
    let graph = chain(vec![wait("W", DAY), email("E", "Hello", "Hi")]);
    let campaign = app.campaign(graph, std::slice::from_ref(&ann)).await;
    app.run_due().await;
    merged(&app, &ann, &bob).await;
    app.deliver(Post::text("SM1", "+14155550199", "Yes, call me")).await;
    let mail = "From: bob@people.example\r\nTo: hello@w1.example\r\nSubject: Hi\r\nMessage-ID: <1@x>\r\n\r\nHello\r\n";
    app.deliver(Post::mail(app.email_sender.as_str(), mail)).await;
    for message in app.received().await {
        assert_eq!(message["contact_id"], json!(ann), "{message}");
    }
    assert_eq!(app.people(&campaign).await[0]["reason"], "replied");
    let taken = app.admin.call("POST", "/api/contacts", &json!({ "email": "bob@people.example" })).await;
    assert_eq!(taken.brief(), "409 4002");
}

async fn only_who_sees_both_may_merge_them(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let make = async |client: &Client, name: &str| {
        id(&client.post("/api/contacts", json!({ "email": format!("{name}@people.example") })).await)
    };
    let (hers, his, too) = (make(&rita, "hers").await, make(&ron, "his").await, make(&ron, "too").await);
    for (client, stays, goes) in [(&ron, &his, &hers), (&ron, &hers, &his), (&rita, &hers, &his)] {
        assert_eq!(merge(client, stays, goes).await.brief(), "404 404");
    }
    let his_own = merge(&ron, &his, &too).await;
    assert_eq!(his_own.status, 200, "{}", his_own.json());
    let his_own = id(&his_own.json()["merge"]);
    assert_eq!(undo(&rita, &his_own).await.brief(), "404 404");
    assert_eq!(rita.get("/api/merges").await["data"], json!([]));
    let answer = rita.call("GET", &format!("/api/contacts/{too}"), &json!({})).await;
    assert_eq!(answer.brief(), "404 404", "who stayed is not hers");
    assert_eq!(undo(&ron, &his_own).await.status, 200);
    // An admin sees both; whoever keeps the survivor cannot bring a colleague's contact back.
    let across = merged(&app, &hers, &his).await;
    assert_eq!(ron.call("GET", &format!("/api/contacts/{his}"), &json!({})).await.brief(), "404 404");
    assert_eq!(undo(&rita, &across).await.brief(), "404 404");
    undone(&app, &across).await;
    assert_eq!(ron.get(&format!("/api/contacts/{his}")).await["email"], "his@people.example");
}

async fn merges_of_merges_are_undone_from_the_last(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let cid = app.contact(json!({ "phone": "+14155550177", "title": "CTO" })).await;
    app.deliver(Post::text("SM1", "+14155550199", "Yes")).await;
    let (shown, hung) = (files(&app).await, threads(&app).await);
    let first = merged(&app, &ann, &bob).await;
    let between = (files(&app).await, threads(&app).await);
    let second = merged(&app, &cid, &ann).await;
    assert_eq!(id(&one(&app, &bob).await), cid, "from one to the next");
    assert!(threads(&app).await.iter().all(|(_, whose)| whose.contains(&cid)));
    let refused = undo(&app.admin, &first).await;
    assert_eq!(refused.brief(), "409 4002");
    assert!(
        refused.json()["error"]["message"].as_str().unwrap().contains("merged again"),
        "{}",
        refused.json()
    );
    undone(&app, &second).await;
    assert_eq!((files(&app).await, threads(&app).await), between);
    undone(&app, &first).await;
    assert_eq!((files(&app).await, threads(&app).await), (shown, hung));
}

async fn after_thirty_days_it_is_known_who_is_whom_and_nothing_else(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let merge = merged(&app, &ann, &bob).await;
    app.clock.advance(29 * DAY);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    assert!(app.admin.get("/api/merges").await["data"][0]["undo_until"].is_string());
    app.clock.advance(DAY);
    assert_eq!(undo(&app.admin, &merge).await.brief(), "409 4002");
    assert_eq!(app.admin.get("/api/merges").await["data"][0]["undo_until"], json!(null));
    app.clock.advance(1);
    overture::loops::upkeep::forget(app.app.clone()).await.unwrap();
    let export = app.admin.get(&format!("/api/contacts/{ann}/export")).await;
    assert_eq!(export["merged_contacts"][0]["image"], json!(null), "{export}");
    assert_eq!(id(&one(&app, &bob).await), ann);
}

async fn who_is_erased_is_gone_from_merges_too(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let cid = app.contact(json!({ "email": "cid@people.example" })).await;
    merged(&app, &ann, &bob).await;
    merged(&app, &cid, &ann).await;
    let export = app.admin.get(&format!("/api/contacts/{cid}/export")).await;
    assert!(
        export["merged_contacts"][0]["image"].as_str().unwrap().contains("ann@people.example"),
        "{export}"
    );
    let confirm = json!({ "confirm": "cid@people.example" });
    let erased = app.admin.post(&format!("/api/contacts/{cid}/erase"), confirm).await;
    assert_eq!(erased["erased"]["merges"], 2, "{erased}");
    assert_eq!(app.admin.get("/api/merges").await["data"], json!([]));
    for gone in [&ann, &bob, &cid] {
        let answer = app.admin.call("GET", &format!("/api/contacts/{gone}"), &json!({})).await;
        assert_eq!(answer.brief(), "404 404");
    }
    let back = app.contact(json!({ "email": "bob@people.example" })).await;
    assert_eq!(one(&app, &back).await["suppressed"], json!(["all"]));
}

async fn who_was_taken_apart_again_is_not_erased_with_the_other(app: TestApp) {
    let (ann, bob) = ann_and_bob(&app).await;
    let cid = app.contact(json!({ "email": "cid@people.example" })).await;
    let mistaken = merged(&app, &ann, &bob).await;
    undone(&app, &mistaken).await;
    let right = merged(&app, &bob, &cid).await;
    let confirm = json!({ "confirm": "ann@people.example" });
    let erased = app.admin.post(&format!("/api/contacts/{ann}/erase"), confirm).await;
    assert_eq!(erased["erased"]["merges"], 1, "{erased}");
    undone(&app, &right).await;
    for there in [&bob, &cid] {
        assert_eq!(id(&one(&app, there).await), **there);
    }
}

async fn a_merge_is_told(app: TestApp) {
    let receiver = Receiver::start().await;
    app.webhook(&receiver, &["contact.merged", "contact.unmerged"]).await;
    let (ann, bob) = ann_and_bob(&app).await;
    let merge = merged(&app, &ann, &bob).await;
    app.tell().await;
    let mut heard = receiver.heard();
    undone(&app, &merge).await;
    app.tell().await;
    heard.extend(receiver.heard());
    assert_eq!(heard.len(), 2);
    for (told, kind) in heard.iter().zip(["contact.merged", "contact.unmerged"]) {
        assert_eq!(told.body["type"], kind);
        let data = &told.body["data"];
        let ids = (&data["contact_id"], &data["merged_id"], &data["merge_id"]);
        assert_eq!(ids, (&json!(ann), &json!(bob), &json!(merge)), "{data}");
        assert!(!told.body.to_string().contains("people.example"), "ids and nothing else");
    }
}
