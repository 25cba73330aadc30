//! The HTTP surface as a whole: every tool of the registry, walked.

use crate::kit::*;
use domain::ids::JobId;
use overture::people::{self, Founder};
use overture::{http::openapi, tool::Access};
use serde_json::{Value, json};
use std::collections::BTreeMap;

both! {
    of_two_who_use_the_setup_link_at_once_one_becomes_the_admin,
    another_workspace_is_not_there,
    ids_of_another_workspace_inside_an_input_are_not_there,
}

#[tokio::test]
async fn nobody_uses_a_tool_without_a_session() {
    let app = TestApp::sqlite().await;
    let mut stale = Client::anonymous(&app.app);
    stale.cookie = Some("overture_session=made-up".into());
    for (client, refusal) in [(Client::anonymous(&app.app), "401 401"), (stale, "401 1001")] {
        for tool in app.app.registry.iter() {
            let path = format!("/api{}", tool.path.replace("{id}", "anything"));
            let answer = client.call(tool.method, &path, &json!({})).await;
            assert_eq!(answer.brief(), refusal, "{}", tool.name);
            answer.assert_error_shape(tool.name);
        }
    }
}

#[tokio::test]
async fn an_unsafe_request_needs_the_token_of_its_session() {
    let app = TestApp::sqlite().await;
    let other = app.member("rep").await;
    for csrf in [None, Some(String::new()), Some("made-up".to_owned()), other.csrf.clone()] {
        let mut forged = app.admin.clone();
        forged.csrf = csrf;
        for tool in app.app.registry.iter().filter(|tool| tool.method != "GET") {
            let path = format!("/api{}", tool.path.replace("{id}", "anything"));
            let answer = forged.call(tool.method, &path, &json!({})).await;
            assert_eq!(answer.brief(), "403 1003", "{}", tool.name);
            answer.assert_error_shape(tool.name);
        }
        assert_eq!(forged.call("POST", "/api/auth/logout", &json!({})).await.brief(), "403 1003");
    }
}

#[tokio::test]
async fn bad_bodies_are_refused_in_the_one_shape() {
    let app = TestApp::sqlite().await;
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let long = format!("{{\"first_name\":\"{}\",\"phone\":\"+14155550123\"}}", "a".repeat(100_000));
    let huge = format!("{{\"email\":\"{}\"}}", "a".repeat(2 << 20));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", b"".to_vec()),
        ("not JSON", b"email=a@b.example".to_vec()),
        ("cut short", br#"{"email":"a@b.exam"#.to_vec()),
        ("a list", b"[]".to_vec()),
        ("a text", br#""hello""#.to_vec()),
        ("null", b"null".to_vec()),
        ("not UTF-8", b"{\"email\":\"\xff\xfe@x.example\"}".to_vec()),
        ("nested without end", deep.into_bytes()),
        ("wrong type", br#"{"email":5}"#.to_vec()),
        ("unknown field", br#"{"email":"a@b.example","role":"admin"}"#.to_vec()),
        ("no address", br#"{"first_name":"Ann"}"#.to_vec()),
        ("no e-mail address", br#"{"email":"nobody"}"#.to_vec()),
        ("two @", br#"{"email":"a@b@c.example"}"#.to_vec()),
        ("no zone", br#"{"email":"a@b.example","time_zone":"Mars/North"}"#.to_vec()),
        ("Excel's phone", br#"{"phone":"1.5551E+10"}"#.to_vec()),
        ("a lone surrogate", br#"{"email":"\ud800@x.example"}"#.to_vec()),
        ("a long value", long.into_bytes()),
        ("2 MB", huge.into_bytes()),
    ];
    for (what, body) in bodies {
        let answer =
            app.admin.raw("POST", "/api/contacts", &[("content-type", "application/json")], body).await;
        assert!(answer.status.is_client_error(), "{what}: {}", answer.brief());
        answer.assert_error_shape(what);
    }
    let form = [("content-type", "text/plain")];
    let answer = app.admin.raw("POST", "/api/contacts", &form, r#"{"email":"a@b.example"}"#).await;
    assert!(answer.status.is_client_error());
    answer.assert_error_shape("text/plain");
    let fields = app.admin.call("POST", "/api/contacts", &json!({ "email": "x", "phone": "1" })).await.json();
    let named: Vec<&Value> =
        fields["error"]["fields"].as_array().unwrap().iter().map(|f| &f["field"]).collect();
    assert_eq!(named, ["email", "phone"]);
    assert_eq!(app.admin.get("/api/contacts").await["total"], 0);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_told_in_json() {
    let app = TestApp::sqlite().await;
    for (method, path, status) in [
        ("GET", "/api/nope", 404),
        ("POST", "/api/nope", 404),
        ("GET", "/api/contacts/con_nope/nope", 404),
        ("GET", "/webhooks/nope", 404),
        ("DELETE", "/api/stats", 405),
        ("PUT", "/api/contacts", 405),
        ("GET", "/api/auth/login", 405),
        ("GET", "/webhooks/email", 405),
        ("POST", "/health", 405),
    ] {
        let answer = app.admin.call(method, path, &json!({})).await;
        assert_eq!(answer.status, status, "{method} {path}");
        answer.assert_error_shape(path);
    }
    let ready = app.admin.get("/ready").await;
    assert_eq!(ready["ok"], true);
}

#[tokio::test]
async fn a_tampered_cursor_is_an_input_error() {
    let app = TestApp::sqlite().await;
    let cursors = ["x", "1", "1.", "99999999999999999999.con_1", "1.con_1'--", "-.%20", "1.%00"];
    let lists = app
        .app
        .registry
        .iter()
        .filter(|t| t.method == "GET" && t.input()["properties"]["cursor"].is_object());
    for tool in lists.filter(|t| !t.path.contains('{')) {
        // A text may be anything, but no longer than one.
        let is_name = tool.input()["properties"]["cursor"]["maxLength"].is_number();
        let cursors = if is_name {
            vec!["%00".to_owned(), "x".repeat(601)]
        } else {
            cursors.map(str::to_owned).to_vec()
        };
        for cursor in cursors.iter().filter(|c| *c != "1.") {
            let answer =
                app.admin.call("GET", &format!("/api{}?cursor={cursor}", tool.path), &json!({})).await;
            assert_eq!(answer.brief(), "422 4001", "{} {cursor}", tool.name);
        }
        for limit in ["0", "-1", "1000000"] {
            app.admin.get(&format!("/api{}?limit={limit}", tool.path)).await;
        }
    }
}

#[tokio::test]
async fn only_an_admin_uses_an_admins_tools() {
    let app = TestApp::sqlite().await;
    let id = app.sms_sender.to_string();
    for role in ["rep", "manager"] {
        let member = app.member(role).await;
        for tool in app.app.registry.iter().filter(|tool| tool.access == Access::Admin) {
            let path = format!("/api{}", tool.path.replace("{id}", &id));
            let answer = member.call(tool.method, &path, &json!({})).await;
            assert_eq!(answer.brief(), "403 1004", "{role} {}", tool.name);
            answer.assert_error_shape(tool.name);
        }
    }
}

/// One of everything in another workspace: its id by the noun of the tools that take it.
pub async fn furnished(app: &TestApp) -> BTreeMap<&'static str, String> {
    let (scope, client) = app.neighbour(2).await;
    let text = |value: &Value| value["id"].as_str().unwrap().to_owned();
    let contact =
        text(&client.post("/api/contacts", json!({ "email": "eve@people.example", "phone": ANN })).await);
    let funnel = text(&client.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await);
    let audience = json!({ "contact_ids": [contact] });
    let campaign = json!({ "name": "C", "funnel_id": funnel, "audience": audience });
    let campaign = text(&client.post("/api/campaigns", campaign).await);
    let message = json!({ "client_id": "client-1", "channel": "sms", "to": ANN, "text": "Hi" });
    let message = client.post("/api/messages", message).await;
    let suppression = json!({ "channel": "email", "value": "never@people.example" });
    let suppression = text(&client.post("/api/suppressions", suppression).await);
    let snippet =
        text(&client.post("/api/snippets", json!({ "name": "S", "channel": "sms", "body": "Hi" })).await);
    let tag = text(&client.post("/api/tags", json!({ "name": "T" })).await);
    let list = text(&client.post("/api/lists", json!({ "name": "L" })).await);
    let rule = json!({ "set_id": tag });
    let segment = text(&client.post("/api/segments", json!({ "name": "S", "rule": rule })).await);
    let field = text(&client.post("/api/custom-fields", json!({ "name": "F", "kind": "text" })).await);
    let senders = client.get("/api/senders").await;
    let job = store::new_id(JobId::from_uuid);
    let tx = app.app.db.begin().await.unwrap();
    store::job::enqueue(&tx, &scope, &job, "import", &json!({}), app.clock.now()).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let post = Post::mail(senders["data"][0]["id"].as_str().unwrap(), "");
    assert_eq!(post.to(&Client::anonymous(&app.app)).await.status, 200);
    overture::loops::inbound::run(app.app.clone()).await.unwrap();
    let dead = client.get("/api/dead-letters").await;
    let invitation = client.post("/api/invitations", json!({ "role": "rep" })).await;
    let session = client.get("/api/auth/me").await["session"].clone();
    let hook = json!({ "url": "http://127.0.0.1:9999/", "kinds": ["message.sent"] });
    let hook = text(&client.post("/api/webhooks", hook).await);
    let delivery = client.post(&format!("/api/webhooks/{hook}/test"), json!({})).await;
    let person = client.post("/api/contacts", json!({ "email": "gone@people.example" })).await;
    let erase = format!("/api/contacts/{}/erase", text(&person));
    let erasure = text(&client.post(&erase, json!({ "confirm": "gone@people.example" })).await);
    let (one, two) = (json!({ "email": "one@people.example" }), json!({ "email": "two@people.example" }));
    let (one, two) =
        (text(&client.post("/api/contacts", one).await), text(&client.post("/api/contacts", two).await));
    let merge = client.post(&format!("/api/contacts/{one}/merge"), json!({ "other_id": two })).await;
    let company = text(&client.post("/api/companies", json!({ "name": "Eve Inc" })).await);
    let target = text(&client.post("/api/targets", json!({ "name": "Eve" })).await);
    let fits = json!([{ "field": "title", "op": "exists", "weight": 5 }]);
    let profile = text(&client.post("/api/icp-profiles", json!({ "name": "Eve", "criteria": fits })).await);
    let tagged =
        json!({ "who": { "contact_ids": [contact] }, "action": { "kind": "add_tag", "tag_id": tag } });
    let bulk = text(&client.post("/api/contacts/bulk", tagged).await);
    let label = text(&client.post("/api/labels", json!({ "name": "Eve" })).await);
    let notes = format!("/api/conversations/{}/notes", message["conversation_id"].as_str().unwrap());
    let note = text(&client.post(&notes, json!({ "text": "Eve" })).await);
    let steps = json!({ "name": "Eve", "steps": [{ "kind": "note", "text": "Eve" }] });
    let macro_id = text(&client.post("/api/macros", steps).await);
    let asked = json!({ "ids": [message["conversation_id"]], "client_id": "client-of-eve" });
    let ran = client.post(&format!("/api/macros/{macro_id}/run"), asked).await;
    BTreeMap::from([
        ("macro", macro_id),
        ("run", ran["run_id"].as_str().unwrap().to_owned()),
        ("bulk", bulk),
        ("label", label),
        ("note", note),
        ("merge", text(&merge["merge"])),
        ("company", company),
        ("profile", profile),
        ("target", target),
        ("tag", tag),
        ("list", list),
        ("segment", segment),
        ("field", field),
        ("erasure", erasure),
        ("webhook", hook),
        ("delivery", text(&delivery)),
        ("contact", contact),
        ("funnel", funnel),
        ("campaign", campaign),
        ("message", text(&message)),
        ("conversation", message["conversation_id"].as_str().unwrap().to_owned()),
        ("suppression", suppression),
        ("snippet", snippet),
        ("sender", text(&senders["data"][0])),
        ("job", job.to_string()),
        ("dead", text(&dead["data"][0])),
        ("invitation", text(&invitation)),
        ("member", scope.member.unwrap().to_string()),
        ("session", text(&session)),
        ("key", text(&client.post("/api/api-keys", json!({ "name": "K", "scopes": ["*"] })).await)),
    ])
}

async fn another_workspace_is_not_there(app: TestApp) {
    let theirs = furnished(&app).await;
    let ours = app.ann().await;
    let label = app.admin.post("/api/labels", json!({ "name": "Ours" })).await["id"].clone();
    for tool in app.app.registry.iter().filter(|tool| tool.path.contains("{id}")) {
        let noun = match tool.name {
            "delivery_list" => "webhook",
            "macro_undo" => "run",
            name => name.split('_').next().unwrap(),
        };
        let Some(id) = theirs.get(noun) else { continue };
        // What each needs to get as far as looking for its object.
        let body = match tool.name {
            "contact_erase" => json!({ "confirm": "eve@people.example" }),
            "conversation_link" => json!({ "contact_id": ours }),
            "conversation_label" | "conversation_unlabel" => json!({ "label_id": label }),
            "conversation_merge" | "conversation_unmerge" => json!({ "other_id": theirs["conversation"] }),
            "conversation_split" => json!({ "from_message_id": theirs["message"] }),
            "macro_run" => json!({ "ids": [theirs["conversation"]], "client_id": "client-3" }),
            "conversation_draft" => json!({ "text": "Hi" }),
            "conversation_note" => json!({ "text": "Hi" }),
            "conversation_snooze" => json!({ "until": "tomorrow" }),
            "conversation_reply" => json!({ "text": "Hi", "client_id": "client-2" }),
            "funnel_update" => json!({ "graph": one_text() }),
            "message_decide" => json!({ "decision": "resend" }),
            "webhook_recover" => json!({ "since": "2026-06-15T00:00:00Z" }),
            _ => json!({}),
        };
        let answer =
            app.admin.call(tool.method, &format!("/api{}", tool.path.replace("{id}", id)), &body).await;
        let text = String::from_utf8_lossy(&answer.bytes);
        assert_eq!(answer.brief(), "404 404", "{} {text}", tool.name);
        assert!(!text.contains("eve@") && !text.contains(id), "{} {text}", tool.name);
    }
    for tool in app.app.registry.iter().filter(|t| t.method == "GET" && !t.path.contains("{id}")) {
        let answer = app.admin.call("GET", &format!("/api{}", tool.path), &json!({})).await;
        let text = String::from_utf8_lossy(&answer.bytes);
        let leaked = theirs.values().find(|id| text.contains(id.as_str()));
        assert!(leaked.is_none() && !text.contains("eve@"), "{} shows {leaked:?}", tool.name);
    }
}

async fn ids_of_another_workspace_inside_an_input_are_not_there(app: TestApp) {
    let theirs = furnished(&app).await;
    let ours = app.ann().await;
    let funnel =
        app.admin.post("/api/funnels", json!({ "name": "F", "graph": one_text() })).await["id"].clone();
    app.deliver(Post::text("SM1", ANN, "Hello")).await;
    let thread = app.admin.get("/api/conversations").await["data"][0]["id"].as_str().unwrap().to_owned();
    let audience = json!({ "contact_ids": [ours] });
    let attempts = [
        (
            "/api/messages".to_owned(),
            json!({ "client_id": "client-3", "channel": "sms", "contact_id": theirs["contact"], "text": "Hi" }),
        ),
        (
            "/api/messages".to_owned(),
            json!({ "client_id": "client-4", "channel": "email", "sender_id": theirs["sender"], "to": "a@b.example", "subject": "S", "text": "Hi" }),
        ),
        (
            "/api/campaigns".to_owned(),
            json!({ "name": "C", "funnel_id": theirs["funnel"], "audience": audience }),
        ),
        (
            "/api/campaigns".to_owned(),
            json!({ "name": "C", "funnel_id": funnel, "audience": audience, "senders": [{ "sender_id": theirs["sender"] }] }),
        ),
        (format!("/api/conversations/{thread}/link"), json!({ "contact_id": theirs["contact"] })),
    ];
    for (path, body) in attempts {
        let answer = app.admin.call("POST", &path, &body).await;
        assert_eq!(answer.brief(), "404 404", "{path} {body}");
    }
    let audience = json!({ "contact_ids": [theirs["contact"]] });
    let campaign = json!({ "name": "C", "funnel_id": funnel, "audience": audience });
    assert_eq!(app.admin.call("POST", "/api/campaigns", &campaign).await.brief(), "404 404");
    let found =
        app.admin.call("GET", &format!("/api/contacts?campaign_id={}", theirs["campaign"]), &json!({})).await;
    assert_eq!(found.brief(), "404 404");
}

async fn of_two_who_use_the_setup_link_at_once_one_becomes_the_admin(app: TestApp) {
    let tx = app.app.db.begin().await.unwrap();
    store::workspace::set_instance_value(&tx, "setup_token", Some("printed.0")).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let founder = |email: &str| Founder {
        name: "Rita".into(),
        email: email.into(),
        password: "correct horse battery".into(),
        workspace: "Acme".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    let (one, other) = tokio::join!(
        people::found_by_link(&app.app, founder("rita@acme.example")),
        people::found_by_link(&app.app, founder("eve@acme.example")),
    );
    assert!(one.is_ok() != other.is_ok(), "{:?} {:?}", one.is_ok(), other.is_ok());
    let late = one.err().or(other.err()).unwrap();
    assert_eq!(late.name, "setup.token");
}

#[tokio::test]
async fn the_openapi_document_names_every_tool() {
    let app = TestApp::sqlite().await;
    let served = Client::anonymous(&app.app).get("/api/openapi.json").await;
    assert_eq!(served, openapi::document(&app.app.registry));
    let mut list = String::new();
    for tool in app.app.registry.iter() {
        let operation = &served["paths"][format!("/api{}", tool.path)][tool.method.to_lowercase()];
        assert_eq!(operation["operationId"], tool.name);
        let answered = if operation["responses"]["202"].is_object() { "202" } else { "200" };
        let schema = &operation["responses"][answered]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{}", tool.name);
        let access = serde_json::to_value(tool.access).unwrap();
        list += &format!("{} {} {} {}\n", tool.name, tool.method, tool.path, access.as_str().unwrap());
    }
    insta::assert_snapshot!(list);
}
