//! Programs that come in with a key (P-X5): what their member may do, of that what the scopes name, and nothing once it
//! is revoked.

use crate::kit::{Answer, Client, FREE, TestApp};
use axum::body::Body;
use overture::{http::limits::Allowed, tool::Access};
use serde_json::{Value, json};
use store::api_key::KeyKind;

both!(
    a_program_comes_in_with_a_key,
    a_key_does_what_its_scopes_name,
    a_key_is_no_person,
    a_key_ends_with_its_time_its_member_and_its_revocation,
    a_key_belongs_to_a_member,
    who_asks_too_often_waits,
);

async fn make(client: &Client, scopes: &[&str]) -> Value {
    client.post("/api/api-keys", json!({ "name": "Nightly sync", "scopes": scopes })).await
}

/// A program with this key.
struct Program {
    client: Client,
    key: String,
}

impl Program {
    fn new(app: &TestApp, key: &Value) -> Self {
        let key = key["key"].as_str().unwrap().to_owned();
        Self { client: Client::anonymous(&app.app), key }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        let body = if method == "GET" || method == "DELETE" { String::new() } else { body.to_string() };
        self.client.raw(method, path, &headers, body).await
    }

    async fn status(&self, path: &str) -> String {
        self.call("GET", path, &json!({})).await.brief()
    }
}

async fn a_program_comes_in_with_a_key(app: TestApp) {
    let key = make(&app.admin, &["contact:*", "*:read"]).await;
    let program = Program::new(&app, &key);
    assert_eq!(program.status("/api/contacts").await, "200 0");
    let plain = [("x-api-key", program.key.as_str())];
    assert_eq!(program.client.raw("GET", "/api/contacts", &plain, Body::empty()).await.status, 200);
    // Also many requests at once, on a node that has never seen the key.
    let fresh = Program::new(&app.node().await, &key);
    let many = futures::future::join_all((0..40).map(|_| fresh.status("/api/contacts"))).await;
    assert!(many.iter().all(|status| status == "200 0"), "{many:?}");
    // Without a cookie there is nothing to forge: no CSRF token is asked for.
    let made = program.call("POST", "/api/contacts", &json!({ "email": "ann@people.example" })).await;
    assert_eq!(made.status, 200, "{made:?}");
    let me = program.call("GET", "/api/auth/me", &json!({})).await.json();
    assert_eq!(me["key"]["scopes"], json!(["*:read", "contact:*"]));
    assert_eq!(me["member"]["role"], "admin");
    // Its text was shown once, and is nowhere.
    let list = app.admin.get("/api/api-keys").await;
    assert!(!list.to_string().contains(&program.key), "{list}");
    let prefix = key["prefix"].as_str().unwrap();
    let secret = program.key.split_once(&format!("{prefix}_")).unwrap().1;
    assert!(secret.len() > 30, "{secret}");
    let stored = store::api_key::by_prefix(&app.app.db, KeyKind::Api, prefix).await.unwrap().unwrap();
    assert!(stored.hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"), "{}", stored.hash);
    assert!(!format!("{stored:?}").contains(secret));
    // What it did is written down as its deed.
    let deeds = app.admin.get("/api/audit?action=contact_create").await;
    assert_eq!(deeds["data"][0]["key_id"], key["id"], "{deeds}");
    for wrong in [
        format!("{}x", program.key),
        program.key.replace(secret, &"A".repeat(43)),
        program.key.replace(prefix, "aaaaaaaaaaaa"),
        program.key.to_uppercase(),
        "x".repeat(10_000),
        "ovk_".into(),
        String::new(),
    ] {
        for header in ["x-api-key", "authorization"] {
            let value = if header == "x-api-key" { wrong.clone() } else { format!("Bearer {wrong}") };
            let answer =
                program.client.raw("GET", "/api/contacts", &[(header, value.as_str())], Body::empty()).await;
            assert_eq!(answer.brief(), "401 1005", "{header}: {wrong}");
            answer.assert_error_shape(header);
        }
    }
    for scheme in ["Basic", "Bearer", "", "Token"] {
        let value = format!("{scheme}{}", if scheme == "Bearer" { "" } else { " abc" });
        let answer = program
            .client
            .raw("GET", "/api/contacts", &[("authorization", value.as_str())], Body::empty())
            .await;
        assert_eq!(answer.brief(), "401 1005", "{value:?}");
    }
    // A wrong key is not made good by a session.
    let answer = app.admin.raw("GET", "/api/contacts", &[("x-api-key", "ovk_nonsense")], Body::empty()).await;
    assert_eq!(answer.brief(), "401 1005");
}

async fn a_key_does_what_its_scopes_name(app: TestApp) {
    let only = Program::new(&app, &make(&app.admin, &["snippet:read"]).await);
    let other = Program::new(&app, &make(&app.admin, &["*"]).await);
    for tool in app.app.registry.iter().filter(|tool| !tool.path.contains("stop")) {
        let path = format!("/api{}", tool.path.replace("{id}", app.sms_sender.as_str()));
        let refused = only.call(tool.method, &path, &json!({})).await;
        let is_allowed = tool.scope() == "snippet:read";
        assert_eq!(refused.brief() == "403 1004", !is_allowed, "{} {refused:?}", tool.name);
        if !is_allowed {
            assert_eq!(refused.json()["error"]["name"], "key.scope_missing", "{}", tool.name);
        }
        if tool.method == "GET" {
            let answer = other.call("GET", &path, &json!({})).await.json();
            assert_ne!(answer["error"]["name"], "key.scope_missing", "{}", tool.name);
        }
    }
    for (method, path) in [
        ("POST", "/api/imports?name=a.csv"),
        ("GET", "/api/imports/imp_00000000000000000000000000/rejected.csv"),
        ("GET", "/api/audit.csv"),
    ] {
        assert_eq!(only.call(method, path, &json!({})).await.brief(), "403 1004", "{path}");
    }
    for wrong in
        [json!([]), json!(["contact"]), json!(["contacts:read"]), json!(["contact:own"]), json!(["* *"])]
    {
        let asked = json!({ "name": "N", "scopes": wrong });
        assert_eq!(app.admin.call("POST", "/api/api-keys", &asked).await.brief(), "422 4001", "{asked}");
    }
    // A scope gives nothing that the member has not.
    let rep = app.member("rep").await;
    let all = Program::new(&app, &make(&rep, &["*"]).await);
    for tool in app.app.registry.iter().filter(|tool| tool.access >= Access::Manage) {
        let path = format!("/api{}", tool.path.replace("{id}", app.sms_sender.as_str()));
        assert_eq!(all.call(tool.method, &path, &json!({})).await.brief(), "403 1004", "{}", tool.name);
    }
    app.ann().await;
    let seen = all.call("GET", "/api/contacts", &json!({})).await.json();
    assert_eq!(seen["total"], 0, "a rep's key sees the rep's book");
}

async fn a_key_is_no_person(app: TestApp) {
    let key = make(&app.admin, &["*"]).await;
    let program = Program::new(&app, &key);
    for (method, path, body) in [
        ("POST", "/api/api-keys", json!({ "name": "More", "scopes": ["*"] })),
        ("DELETE", &format!("/api/api-keys/{}", key["id"].as_str().unwrap()), json!({})),
        ("POST", "/api/auth/logout", json!({})),
        ("POST", "/api/auth/logout-everywhere", json!({})),
        ("POST", "/api/auth/switch", json!({ "workspace_id": app.scope.workspace })),
        ("POST", "/api/profile/password", json!({ "current": "a", "password": "b" })),
        ("PATCH", "/api/profile", json!({ "name": "Eve" })),
        ("GET", "/api/sessions", json!({})),
    ] {
        let answer = program.call(method, path, &body).await;
        assert_eq!(answer.brief(), "403 1004", "{method} {path}");
        assert_eq!(answer.json()["error"]["name"], "person.needed", "{method} {path}");
    }
}

async fn a_key_ends_with_its_time_its_member_and_its_revocation(app: TestApp) {
    let node = app.node().await;
    let (rep, key) = {
        let rep = app.member("rep").await;
        let key = make(&rep, &["*"]).await;
        (rep, key)
    };
    let here = Program::new(&app, &key);
    let there = Program::new(&node, &key);
    assert_eq!(
        (here.status("/api/contacts").await, there.status("/api/contacts").await),
        ("200 0".into(), "200 0".into())
    );
    let member = rep.get("/api/auth/me").await["member"]["id"].as_str().unwrap().to_owned();
    app.admin.patch(&format!("/api/members/{member}"), json!({ "disabled": true })).await;
    assert_eq!(here.status("/api/contacts").await, "401 1005");
    assert!(ends_within_a_second(&there).await);
    let key = make(&app.admin, &["*"]).await;
    let (here, there) = (Program::new(&app, &key), Program::new(&node, &key));
    assert_eq!(
        (here.status("/api/contacts").await, there.status("/api/contacts").await),
        ("200 0".into(), "200 0".into())
    );
    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(here.status("/api/contacts").await, "401 1005");
    assert!(ends_within_a_second(&there).await);
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.brief(), "404 404");
    // One whose time is over.
    let text = format!("ovk_{}_{}", "expiredkey00", "s".repeat(43));
    let hash = overture::passwords::hash(text.clone()).await.unwrap();
    let id = store::new_id(domain::ids::ApiKeyId::from_uuid);
    let mut new = store::api_key::NewApiKey {
        id: &id,
        kind: KeyKind::Api,
        name: "Old",
        prefix: "expiredkey00",
        hash: &hash,
        scopes: "*",
        expires_at: Some(app.app.real_ms() - 1),
    };
    let tx = app.app.db.begin().await.unwrap();
    store::api_key::create(&tx, &app.scope, new, 0).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let over = Program { client: Client::anonymous(&app.app), key: text };
    assert_eq!(over.status("/api/contacts").await, "401 1005");
    // The same with time left comes in: it was the time.
    let text = format!("ovk_{}_{}", "expiredkey01", "s".repeat(43));
    let hash = overture::passwords::hash(text.clone()).await.unwrap();
    let id = store::new_id(domain::ids::ApiKeyId::from_uuid);
    new = store::api_key::NewApiKey {
        id: &id,
        kind: KeyKind::Api,
        name: "Good",
        prefix: "expiredkey01",
        hash: &hash,
        scopes: "*",
        expires_at: Some(app.app.real_ms() + 60_000),
    };
    let tx = app.app.db.begin().await.unwrap();
    store::api_key::create(&tx, &app.scope, new, 0).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let good = Program { client: Client::anonymous(&app.app), key: text };
    assert_eq!(good.status("/api/contacts").await, "200 0");
}

/// What another node has changed counts here when what is remembered has faded.
async fn ends_within_a_second(program: &Program) -> bool {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(1);
    while std::time::Instant::now() < until {
        if program.status("/api/contacts").await == "401 1005" {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    false
}

async fn a_key_belongs_to_a_member(app: TestApp) {
    let (rita, ron) = (app.member("rep").await, app.member("rep").await);
    let key = make(&rita, &["contact:read"]).await;
    assert_eq!(ron.get("/api/api-keys").await["data"], json!([]));
    let path = format!("/api/api-keys/{}", key["id"].as_str().unwrap());
    assert_eq!(ron.call("DELETE", &path, &json!({})).await.brief(), "404 404");
    let (_, stranger) = app.neighbour(2).await;
    assert_eq!(stranger.get("/api/api-keys").await["data"], json!([]));
    assert_eq!(stranger.call("DELETE", &path, &json!({})).await.brief(), "404 404");
    let all = app.admin.get("/api/api-keys").await;
    assert_eq!((&all["data"][0]["id"], &all["data"][0]["yours"]), (&key["id"], &json!(false)));
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(rita.get("/api/api-keys").await["data"], json!([]));
}

async fn who_asks_too_often_waits(app: TestApp) {
    let node = app.node_allowing(Allowed { strangers: 5, member: 8, key: 8, ..FREE }).await;
    let stranger = Client::anonymous(&node.app);
    for _ in 0..5 {
        assert_eq!(stranger.call("GET", "/api/contacts", &json!({})).await.brief(), "401 401");
    }
    for (method, path) in [
        ("GET", "/api/contacts"),
        ("POST", "/api/auth/login"),
        ("POST", "/api/auth/invitation"),
        ("GET", "/api/setup"),
    ] {
        let answer = stranger.call(method, path, &json!({})).await;
        assert_eq!(answer.brief(), "429 3001", "{path}");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=181).contains(&wait), "{wait}");
        answer.assert_error_shape(path);
    }
    // Nobody who is in is in their way, nor are they in anybody's. One of their requests went for the token.
    for _ in 0..7 {
        node.admin.get("/api/contacts").await;
    }
    assert_eq!(node.admin.call("GET", "/api/contacts", &json!({})).await.brief(), "200 0");
    assert_eq!(node.admin.call("GET", "/api/contacts", &json!({})).await.brief(), "429 3001");
    let program = Program::new(&node, &make(&app.admin, &["*"]).await);
    for _ in 0..8 {
        assert_eq!(program.status("/api/contacts").await, "200 0");
    }
    assert_eq!(program.status("/api/contacts").await, "429 3001");
    // Answers of providers and links in mails are never turned away.
    for path in ["/health", "/t/o/nonsense", "/u/nonsense"] {
        for _ in 0..20 {
            assert_ne!(stranger.call("GET", path, &json!({})).await.status, 429, "{path}");
        }
    }
}
