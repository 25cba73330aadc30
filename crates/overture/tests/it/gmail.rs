//! Gmail from end to end: consent, sending, what comes in, what Google forgets, and consent that is taken back.

use crate::kit::*;
use overture::loops;
use serde_json::{Value, json};
use store::Scope;

both! {
    only_the_browser_that_left_comes_back_with_an_account,
    a_mail_is_answered_and_the_answer_to_it_stays_in_its_thread,
    what_google_has_forgotten_is_read_by_date_once,
    consent_that_is_taken_back_waits_for_its_owner_and_loses_nothing,
    every_answer_of_google_has_its_status_and_nothing_is_taken_twice,
    many_who_need_a_token_at_once_fetch_one,
    live_the_workspaces_own_app_asks_and_its_secret_is_never_shown,
}

const OURS: &str = "sam.rep@gmail.com";
const ADA: &str = "ada@people.example";

/// A browser that was sent to the consent page.
struct Gone {
    door: String,
    cookie: String,
}

async fn gone(client: &Client, body: Value) -> Gone {
    let answer = client.call("POST", "/api/gmail/connect", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let text = answer.headers["set-cookie"].to_str().unwrap();
    assert!(text.contains("; Path=/api/gmail; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{text}");
    let door = answer.json()["url"].as_str().unwrap().to_owned();
    let sealed = cookie(&answer, "overture_gmail").unwrap();
    assert!(!door.contains(&sealed) && sealed.starts_with("v1."), "{sealed}");
    Gone { door, cookie: format!("overture_gmail={sealed}") }
}

/// Decides on the consent page; the query that Google sends back.
async fn consent(app: &TestApp, door: &str, account: &str, decision: &str) -> String {
    let (status, _) = app.world.follow(door).await;
    assert_eq!(status, 200, "{door}");
    let decide = door.replace("/o/oauth2/v2/auth?", "/consent?");
    let (status, to) = app
        .world
        .follow(&format!("{decide}&email={}&decision={decision}", account.replace('@', "%40")))
        .await;
    assert_eq!(status, 302);
    let to = to.unwrap();
    to.strip_prefix(&format!("{PUBLIC_URL}/api/gmail/callback?")).expect(&to).to_owned()
}

/// Comes back with a query; what became of it.
async fn back(app: &TestApp, cookies: Option<&str>, query: &str) -> String {
    let mut client = Client::anonymous(&app.app);
    client.cookie = cookies.map(str::to_owned);
    let answer = client.call("GET", &format!("/api/gmail/callback?{query}"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(answer.headers["set-cookie"].to_str().unwrap().starts_with("overture_gmail=;"));
    let page = String::from_utf8(answer.bytes.clone()).unwrap();
    let (_, rest) = page.split_once("url=/settings/senders?gmail=").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn connect_as(app: &TestApp, body: Value, account: &str) -> String {
    let gone = gone(&app.admin, body).await;
    let query = consent(app, &gone.door, account, "allow").await;
    back(app, Some(&gone.cookie), &query).await
}

/// Connects an account; its sender's id.
async fn connected(app: &TestApp) -> String {
    assert_eq!(connect_as(app, json!({}), OURS).await, "connected");
    sender(app).await["id"].as_str().unwrap().to_owned()
}

async fn sender(app: &TestApp) -> Value {
    let list = app.admin.get("/api/senders").await;
    let found: Vec<&Value> =
        list["data"].as_array().unwrap().iter().filter(|s| s["provider"] == "gmail").collect();
    assert_eq!(found.len(), 1, "{list:#}");
    found[0].clone()
}

async fn write(app: &TestApp, sender: &str, n: usize, to: &str) -> Value {
    let body = json!({ "client_id": format!("client-{n:04}"), "channel": "email", "sender_id": sender, "to": to,
                       "subject": "Hello", "text": format!("Message {n}") });
    app.admin.post("/api/messages", body).await["id"].clone()
}

/// Reads all mailboxes to their ends, and lets what came have its effects.
async fn read(app: &TestApp) {
    let mut rounds = 0;
    while loops::polls::run(app.app.clone()).await.unwrap() {
        rounds += 1;
        assert!(rounds < 200, "the mailbox has no end");
    }
    app.run_due().await;
}

fn mail(n: usize) -> String {
    format!(
        "From: Person {n} <p{n}@people.example>\r\nTo: {OURS}\r\nSubject: Question {n}\r\nMessage-ID: <q{n}@people.example>\r\n\r\nWhat about {n}?\r\n"
    )
}

async fn comes_in(app: &TestApp, n: usize, labels: &[&str]) -> Vec<Value> {
    app.world.at_google(json!({ "account": OURS, "mail": mail(n), "labels": labels })).await
}

async fn only_the_browser_that_left_comes_back_with_an_account(app: TestApp) {
    let path = "/api/gmail/connect";
    let rep = app.member("rep").await;
    assert_eq!(Client::anonymous(&app.app).call("POST", path, &json!({})).await.status, 401);
    assert_eq!(rep.call("POST", path, &json!({})).await.brief(), "403 1004");
    let smtp = json!({ "sender_id": app.email_sender });
    assert_eq!(app.admin.call("POST", path, &smtp).await.brief(), "422 4001");

    let (mine, other) = (gone(&app.admin, json!({})).await, gone(&app.admin, json!({})).await);
    for part in ["access_type=offline", "prompt=consent", "code_challenge_method=S256", "gmail.readonly"] {
        assert!(mine.door.contains(part), "{}", mine.door);
    }
    let query = consent(&app, &mine.door, OURS, "allow").await;
    let code: &str = query.split('&').find(|part| part.starts_with("code=")).unwrap();
    // Another browser, another question of the same one, no state, an answer without a code.
    for (cookies, query) in [
        (None, query.clone()),
        (Some(other.cookie.as_str()), query.clone()),
        (Some("overture_gmail=v1.nonsense"), query.clone()),
        (Some(&mine.cookie), code.to_owned()),
        (Some(&mine.cookie), format!("{code}&state=x")),
        (Some(&mine.cookie), query.replace(code, "code=")),
        (Some(&mine.cookie), query.replace(code, "code=4/sandbox-of-another")),
    ] {
        assert_eq!(back(&app, cookies, &query).await, "refused", "{query}");
    }
    let cancelled = consent(&app, &other.door, OURS, "deny").await;
    assert_eq!(back(&app, Some(&other.cookie), &cancelled).await, "cancelled");
    // Only one of the two boxes is ticked.
    let half = gone(&app.admin, json!({})).await;
    let less = half.door.replace("+https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fgmail.readonly", "");
    assert_ne!(less, half.door);
    let query_of_half = consent(&app, &less, OURS, "allow").await;
    assert_eq!(back(&app, Some(&half.cookie), &query_of_half).await, "scope");
    assert_eq!(app.admin.get("/api/senders").await["data"].as_array().unwrap().len(), 2);

    assert_eq!(back(&app, Some(&mine.cookie), &query).await, "connected");
    // A code is good once.
    assert_eq!(back(&app, Some(&mine.cookie), &query).await, "refused");
    let s = sender(&app).await;
    assert_eq!(
        (&s["address"], &s["connection"], &s["daily_cap"], &s["status"], &s["webhook_url"]),
        (&json!(OURS), &json!("connected"), &json!(500), &json!("active"), &Value::Null)
    );
    assert!(s["synced_at"].is_i64() || s["synced_at"].is_string(), "{s}");
    assert!(!s.to_string().contains("sandbox-"), "a token is shown: {s}");
    // The same account again is the same sender.
    assert_eq!(connect_as(&app, json!({}), "Sam.Rep@gmail.com").await, "connected");
    assert_eq!(sender(&app).await["id"], s["id"]);
    assert_eq!(connect_as(&app, json!({}), &our_email(1)).await, "taken");
    // Who has signed out meanwhile, or is an admin no more, comes back with nothing.
    let (ines, member) = invited(&app, "ines@acme.example", "admin").await;
    let gone_ines = gone(&ines, json!({})).await;
    let query = consent(&app, &gone_ines.door, "ines@gmail.com", "allow").await;
    let id = member["member"]["id"].as_str().unwrap_or_default().to_owned();
    app.admin.patch(&format!("/api/members/{id}"), json!({ "role": "rep" })).await;
    assert_eq!(back(&app, Some(&gone_ines.cookie), &query).await, "forbidden");
    app.admin.patch(&format!("/api/members/{id}"), json!({ "role": "admin" })).await;
    ines.post("/api/auth/logout", json!({})).await;
    assert_eq!(back(&app, Some(&gone_ines.cookie), &query).await, "refused");
    sender(&app).await;
    let log = app.admin.get("/api/audit?action=gmail").await;
    assert_eq!(log["data"].as_array().unwrap().len(), 2, "{log:#}");
}

async fn a_mail_is_answered_and_the_answer_to_it_stays_in_its_thread(app: TestApp) {
    let id = connected(&app).await;
    let first = write(&app, &id, 1, ADA).await;
    app.run_due().await;
    let letters = app.world.letters("email").await;
    assert_eq!((letters.len(), &letters[0]["from"], &letters[0]["to"][0]), (1, &json!(OURS), &json!(ADA)));
    let ours = app.world.at_google(json!({ "account": OURS })).await;
    let sent = app.message(&first).await;
    assert_eq!((&sent["status"], &sent["provider_message_id"]), (&json!("sent"), &ours[0]["id"]));
    assert_eq!(ours[0]["message_id"], letters[0]["key"], "our own Message-ID is kept");

    app.world.answers(ADA, "Yes, tell me more").await;
    for (n, label) in ["SENT", "DRAFT", "SPAM", "TRASH", "CHAT"].into_iter().enumerate() {
        comes_in(&app, n, &["INBOX", label]).await;
    }
    for _ in 0..2 {
        read(&app).await;
    }
    let received = app.received().await;
    assert_eq!(received.len(), 1, "{received:#?}");
    assert!(received[0]["text"].as_str().unwrap().starts_with("Yes, tell me more\n"), "{received:#?}");
    assert_eq!(received[0]["conversation_id"], sent["conversation_id"]);
    assert_eq!(app.dead_letters().await.len(), 0);

    let conversation = sent["conversation_id"].as_str().unwrap();
    let body = json!({ "text": "Gladly", "client_id": "client-again" });
    app.admin.post(&format!("/api/conversations/{conversation}/reply"), body).await;
    app.advance(MINUTE).await;
    let there = app.world.at_google(json!({ "account": OURS })).await;
    let last = there.last().unwrap();
    assert_eq!((&last["labels"], &last["thread"]), (&json!(["SENT"]), &ours[0]["thread"]));
    // Nothing was marked, moved or deleted.
    assert_eq!((there.len(), &there[1]["labels"]), (8, &json!(["INBOX", "UNREAD"])));
    let s = sender(&app).await;
    assert!(!s["synced_at"].is_null(), "{s}");
}

async fn what_google_has_forgotten_is_read_by_date_once(app: TestApp) {
    let id = connected(&app).await;
    read(&app).await;
    for n in 0..120 {
        comes_in(&app, n, &["INBOX"]).await;
    }
    app.world.at_google(json!({ "account": OURS, "expire_history": true })).await;
    comes_in(&app, 120, &["INBOX"]).await;
    // What goes wrong on the way is asked again, page by page.
    app.world.order(json!({ "provider": "gmail", "on": "read", "kind": "status:503", "count": 1 })).await;
    read(&app).await;
    // It is left alone for a while after that, which is over now.
    app.app.polls.answered(&id);
    read(&app).await;
    assert_eq!(app.received().await.len(), 121);
    comes_in(&app, 121, &["INBOX"]).await;
    read(&app).await;
    assert_eq!((app.received().await.len(), app.dead_letters().await.len()), (122, 0));
    assert_eq!(sender(&app).await["status"], "active");
}

async fn consent_that_is_taken_back_waits_for_its_owner_and_loses_nothing(app: TestApp) {
    let id = connected(&app).await;
    read(&app).await;
    let scope = Scope::system(app.scope.workspace.clone());
    let before = store::sender::list(&app.app.db, &scope).await.unwrap();
    let before = before.into_iter().find(|s| s.id.as_str() == id).unwrap();
    app.world.at_google(json!({ "account": OURS, "revoke": true })).await;
    let waiting = write(&app, &id, 1, ADA).await;
    app.send_once().await;
    let s = sender(&app).await;
    assert_eq!((&s["status"], &s["connection"]), (&json!("broken"), &json!("reconnect")));
    assert!(s["problem"].as_str().unwrap().contains("Reconnect"), "{s}");
    assert_eq!(app.message(&waiting).await["status"], "queued");
    // Asking again does no harm, and it is not asked for mail.
    let check = app.admin.post(&format!("/api/senders/{id}/check"), json!({})).await;
    assert_eq!((&check["ok"], &check["parts"][0]["code"]), (&json!(false), &json!("invalid_grant")));
    comes_in(&app, 7, &["INBOX"]).await;
    read(&app).await;
    app.advance(HOUR).await;
    assert_eq!((app.received().await.len(), app.world.taken("email").await), (0, 0));

    let again = json!({ "sender_id": id });
    assert_eq!(connect_as(&app, again.clone(), "another@gmail.com").await, "other_account");
    assert_eq!(connect_as(&app, again, OURS).await, "connected");
    // What a node that still held the old token hears says nothing of the new one.
    overture::senders::mark_broken(&app.app, &scope, &before, "Too late").await.unwrap();
    let s = sender(&app).await;
    assert_eq!(
        (&s["status"], &s["connection"], &s["problem"]),
        (&json!("active"), &json!("connected"), &Value::Null)
    );
    read(&app).await;
    app.advance(HOUR).await;
    assert_eq!(app.message(&waiting).await["status"], "sent");
    assert_eq!((app.received().await.len(), app.world.taken("email").await), (1, 1));

    // The poller finds it out as well as the dispatcher.
    app.world.at_google(json!({ "account": OURS, "revoke": true })).await;
    read(&app).await;
    assert_eq!(sender(&app).await["connection"], "reconnect");
}

async fn every_answer_of_google_has_its_status_and_nothing_is_taken_twice(app: TestApp) {
    let id = connected(&app).await;
    // Fault, status after the first attempt, status in the end, and whether it arrived.
    let table = [
        ("status:429", "queued", "sent", 1),
        ("says:rateLimitExceeded", "queued", "sent", 1),
        ("says:userRateLimitExceeded", "queued", "sent", 1),
        ("says:dailyLimitExceeded", "queued", "sent", 1),
        ("says:insufficientPermissions", "queued", "sent", 1),
        ("says:failedPrecondition", "queued", "sent", 1),
        ("says:accessNotConfigured", "queued", "sent", 1),
        // A token that ended early is renewed on the spot.
        ("says:authError", "sent", "sent", 1),
        ("says:invalidArgument", "failed", "failed", 0),
        ("status:400", "failed", "failed", 0),
        // Doubt is settled by asking for our Message-ID.
        ("status:500", "uncertain", "sent", 1),
        ("status:503", "uncertain", "sent", 1),
        ("html", "uncertain", "sent", 1),
        ("empty", "uncertain", "sent", 1),
        ("malformed", "uncertain", "sent", 1),
        ("reset", "uncertain", "sent", 1),
        ("timeout", "uncertain", "sent", 1),
        ("accept_then_500", "uncertain", "sent", 1),
        ("accept_then_garbage", "uncertain", "sent", 1),
        ("accept_then_reset", "uncertain", "sent", 1),
        ("accept_then_hang", "uncertain", "sent", 1),
    ];
    let (mut wrong, mut taken) = (Vec::new(), 0);
    for (n, (fault, first, last, arrives)) in table.iter().enumerate() {
        app.world.fault("gmail", fault, 1).await;
        let message = write(&app, &id, n, &format!("person{n}@people.example")).await;
        app.send_once().await;
        let then = app.message(&message).await["status"].clone();
        app.admin.post(&format!("/api/senders/{id}/check"), json!({})).await;
        app.run_due().await;
        app.advance(10 * MINUTE).await;
        let now = app.message(&message).await;
        taken += arrives;
        // Nothing may have been taken twice: `taken` looks.
        let counted = app.world.taken("email").await;
        if (then.as_str(), now["status"].as_str(), counted) != (Some(first), Some(last), taken) {
            wrong.push(format!("{fault}: {then}, then {}, {counted} taken, not {taken}", now["status"]));
            taken = counted;
        }
        app.world.clear_faults().await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let in_mailbox = app.world.at_google(json!({ "account": OURS })).await;
    let ours: Vec<&Value> = app_sent(&in_mailbox);
    let known = app.sent().await;
    for message in known.iter().filter(|m| m["status"] == "sent") {
        let id = &message["provider_message_id"];
        assert!(ours.contains(&id), "{message:#}");
    }
}

fn app_sent(mails: &[Value]) -> Vec<&Value> {
    mails.iter().map(|mail| &mail["id"]).collect()
}

async fn many_who_need_a_token_at_once_fetch_one(app: TestApp) {
    let id = connected(&app).await;
    let mut sent = 0;
    for round in 0..2 {
        for n in 0..20 {
            write(&app, &id, round * 20 + n, &format!("person{n}@people.example")).await;
        }
        let before = app.world.tokens_fetched().await;
        app.run_due().await;
        sent += 20;
        assert_eq!(app.world.taken("email").await, sent);
        assert_eq!(app.world.tokens_fetched().await - before, 1, "round {round}");
        app.world.at_google(json!({ "account": OURS, "expire_access": true })).await;
    }
    // Two nodes, each with a token that has just ended, at the same time.
    let other = app.node().await;
    for n in 0..20 {
        write(&app, &id, 100 + n, &format!("person{n}@people.example")).await;
    }
    let (one, two) = tokio::join!(loops::outbox::drain(&app.app), loops::outbox::drain(&other.app));
    assert_eq!(one.unwrap() + two.unwrap(), 20);
    let (one, two) = tokio::join!(loops::polls::run(app.app.clone()), loops::polls::run(other.app.clone()));
    // Whichever came first, neither sets the other back.
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    read(&app).await;
    app.run_due().await;
    assert_eq!(app.world.taken("email").await, sent + 20);
    assert_eq!(sender(&app).await["status"], "active");
}

async fn live_the_workspaces_own_app_asks_and_its_secret_is_never_shown(app: TestApp) {
    let id = connected(&app).await;
    app.admin.post("/api/settings/send-mode", json!({ "mode": "live", "confirm": "Workspace 1" })).await;
    // What the sandbox gave is nothing to the world.
    assert_eq!(sender(&app).await["connection"], "missing");
    let held = write(&app, &id, 1, ADA).await;
    read(&app).await;
    assert_eq!(sender(&app).await["connection"], "reconnect");
    assert_eq!(app.message(&held).await["status"], "queued");
    assert_eq!(app.admin.get("/api/google-app").await["needed"], true);
    assert_eq!(app.admin.call("POST", "/api/gmail/connect", &json!({})).await.brief(), "409 4002");
    let rep = app.member("rep").await;
    assert_eq!(rep.call("GET", "/api/google-app", &json!({})).await.brief(), "403 1004");

    let entered = |secret: Value| {
        json!({ "client_id": sandbox::Options::GMAIL_CLIENT_ID, "client_secret": secret,
                "base_url": format!("{}/google", app.world.sandbox.http_url()) })
    };
    let bad = app.admin.call("POST", "/api/google-app", &entered(json!("with blanks"))).await;
    assert_eq!(bad.brief(), "422 4001");
    app.admin.post("/api/google-app", entered(json!("wrong-secret"))).await;
    let shown = app.admin.get("/api/google-app").await;
    assert_eq!(
        (&shown["client_id"], &shown["redirect_url"]),
        (&json!(sandbox::Options::GMAIL_CLIENT_ID), &json!(format!("{PUBLIC_URL}/api/gmail/callback")))
    );
    assert!(!shown.to_string().contains("wrong-secret"));
    assert_eq!(connect_as(&app, json!({}), OURS).await, "app_refused");
    app.admin.post("/api/google-app", entered(json!(sandbox::Options::GMAIL_CLIENT_SECRET))).await;
    assert_eq!(connect_as(&app, json!({ "sender_id": id }), OURS).await, "connected");
    let s = sender(&app).await;
    assert_eq!(
        (&s["connection"], &s["account"]["saved"]),
        (&json!("connected"), &json!(["client_secret", "refresh_token"]))
    );
    assert!(!s.to_string().contains(sandbox::Options::GMAIL_CLIENT_SECRET) && !s.to_string().contains("1//"));
    comes_in(&app, 3, &["INBOX"]).await;
    read(&app).await;
    app.advance(HOUR).await;
    assert_eq!(app.message(&held).await["status"], "sent");
    assert_eq!(app.received().await.len(), 1);
    let check = app.admin.post(&format!("/api/senders/{id}/check"), json!({ "account": true })).await;
    assert_eq!((&check["ok"], &check["parts"][0]["what"]), (&json!(true), &json!("account")));
    // A secret that changes is that of the accounts, too.
    app.admin.post("/api/google-app", entered(json!("rotated"))).await;
    let check = app.admin.post(&format!("/api/senders/{id}/check"), json!({ "account": true })).await;
    assert_eq!((&check["ok"], &check["parts"][0]["code"]), (&json!(false), &json!("invalid_client")));
    app.admin.post("/api/google-app", entered(json!(sandbox::Options::GMAIL_CLIENT_SECRET))).await;
    let check = app.admin.post(&format!("/api/senders/{id}/check"), json!({ "account": true })).await;
    assert_eq!(check["ok"], true);
    let imap = json!({ "imap": { "host": "127.0.0.1", "port": 993, "username": "u", "password": "p" } });
    assert_eq!(app.admin.call("PATCH", &format!("/api/senders/{id}"), &imap).await.brief(), "422 4001");
}
