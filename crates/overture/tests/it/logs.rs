//! No secret and nobody's words or addresses in the logs (P-X11): everything is asked with marked texts in every
//! place, at the most talkative level, and what was logged is searched for the marks.

use crate::kit::*;
use serde_json::{Map, Value, json};
use std::{
    io,
    sync::{Arc, Mutex},
};

both!(nothing_that_was_said_is_in_the_logs,);

/// Where the log goes.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const WORDS: &str = "MARKEDWORDS";
const ADDRESS: &str = "marked.person@people.example";
const PHONE: &str = "+14155559876";
const PASSWORD: &str = "marked horse battery staple";

/// An input with a mark in every text that its schema has.
fn marked(schema: &Value) -> Value {
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let value = |name: &str, schema: &Value| match schema["type"].to_string() {
        _ if name == "email" || name == "value" => json!(ADDRESS),
        _ if name == "phone" || name == "to" => json!(PHONE),
        kind if kind.contains("string") => json!(WORDS),
        kind if kind.contains("integer") => json!(7),
        kind if kind.contains("boolean") => json!(true),
        kind if kind.contains("array") => json!([WORDS]),
        _ => json!({ "text": WORDS, "email": ADDRESS }),
    };
    let fields = fields.iter().filter(|(name, _)| *name != "id");
    Value::Object(fields.map(|(name, schema)| (name.clone(), value(name, schema))).collect::<Map<_, _>>())
}

async fn nothing_that_was_said_is_in_the_logs(app: TestApp) {
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(
            "overture=trace,store=trace,providers=trace,domain=trace,tower_http=trace,sqlx=debug",
        )
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let anonymous = Client::anonymous(&app.app);
    // Ways in, right and wrong.
    for (path, body) in [
        ("/api/auth/login", json!({ "email": ADDRESS, "password": PASSWORD })),
        ("/api/auth/login", json!({ "username": WORDS, "password": PASSWORD })),
        ("/api/auth/invitation", json!({ "token": WORDS })),
        ("/api/auth/invitation/accept", json!({ "token": WORDS, "email": ADDRESS, "password": PASSWORD })),
        ("/api/setup", json!({ "token": WORDS, "email": ADDRESS, "password": PASSWORD })),
    ] {
        anonymous.call("POST", path, &body).await;
    }
    for header in
        ["authorization", "x-api-key", "cookie", "x-csrf-token", "idempotency-key", "x-forwarded-for"]
    {
        anonymous.raw("GET", "/api/contacts", &[(header, WORDS)], axum::body::Body::empty()).await;
    }
    for path in ["/t/o/", "/t/c/", "/u/", "/api/nothing/", "/nothing/"] {
        anonymous.call("GET", &format!("{path}{WORDS}"), &json!({})).await;
    }
    let key = app.admin.post("/api/api-keys", json!({ "name": WORDS, "scopes": ["*"] })).await;
    let key = key["key"].as_str().unwrap().to_owned();
    anonymous.raw("GET", "/api/contacts", &[("x-api-key", &key)], axum::body::Body::empty()).await;
    let invitation = app.admin.post("/api/invitations", json!({ "role": "rep", "email": ADDRESS })).await;
    let link = invitation["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    anonymous.call("POST", "/api/auth/invitation", &json!({ "token": link })).await;
    // Every tool, with marks in every text; most of it is refused, some of it is done.
    for tool in app.app.registry.iter() {
        let path = format!("/api{}", tool.path.replace("{id}", app.sms_sender.as_str()));
        let query =
            if tool.method == "GET" { format!("?search={WORDS}&cursor={ADDRESS}") } else { String::new() };
        app.admin.call(tool.method, &format!("{path}{query}"), &marked(&tool.input())).await;
    }
    app.admin.call("POST", "/api/sending/resume", &json!({})).await;
    // The main job, with a provider that fails in every way.
    let contact = json!({ "email": ADDRESS, "phone": PHONE, "last_name": WORDS });
    app.admin.call("POST", "/api/contacts", &contact).await;
    let faults = [
        ("twilio", "status:429"),
        ("twilio", "status:500"),
        ("twilio", "malformed"),
        ("twilio", "html"),
        ("twilio", "reset"),
        ("smtp", "smtp:450"),
        ("smtp", "close_after_data"),
        ("smtp", "smtp:550"),
    ];
    for (n, (provider, fault)) in faults.into_iter().enumerate() {
        app.world.fault(provider, fault, 1).await;
        let (channel, to) = if provider == "smtp" { ("email", ADDRESS) } else { ("sms", PHONE) };
        let message = json!({ "client_id": format!("client-{n}"), "channel": channel, "to": to, "subject": WORDS, "text": WORDS });
        app.admin.call("POST", "/api/messages", &message).await;
        app.run_due().await;
    }
    app.world.clear_faults().await;
    app.deliver(Post::text("SM1", PHONE, &format!("{WORDS} yes"))).await;
    let mail = format!("From: {ADDRESS}\r\nSubject: {WORDS}\r\n\r\n{WORDS}\r\n");
    Post::mail(app.email_sender.as_str(), mail).to(&anonymous).await;
    Post::mail(app.email_sender.as_str(), WORDS).to(&anonymous).await;
    app.run_due().await;
    tracing::info!(target: "overture", "the end of what was heard");
    let log = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("the end of what was heard") && log.lines().count() > 100,
        "{} lines",
        log.lines().count()
    );
    let cookie = app.admin.cookie.clone().unwrap();
    let secrets = [
        WORDS,
        ADDRESS,
        PHONE,
        &PHONE[1..],
        PASSWORD,
        key.as_str(),
        link.as_str(),
        cookie.split_once('=').unwrap().1,
        app.admin.csrf.as_deref().unwrap(),
    ];
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret:?} is in the log: {line:?}");
    }
}
