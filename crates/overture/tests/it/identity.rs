//! Who comes in, for how long, and as what (E01 to E06, G07 to G10, P-X2, P-X6, P-X12).

use crate::kit::*;
use domain::ids::{SessionId, UserId};
use overture::{
    keys::{self, token_hash},
    tool::Access,
};
use serde_json::{Value, json};
use store::session::{self, Refreshed, Tokens};

both! {
    a_bcrypt_hash_is_accepted_once_and_replaced,
    a_session_goes_on_with_new_tokens_and_a_copied_one_ends_it,
    an_expired_session_says_so_and_is_renewed,
    who_is_disabled_is_out_at_once_and_comes_back_only_by_signing_in,
    an_admin_is_always_left,
    an_invitation_lets_one_person_in,
    who_has_an_account_joins_with_its_password_and_switches,
    a_new_password_ends_all_other_sessions,
    sessions_are_seen_and_ended_by_their_owner_alone,
    what_was_done_is_written_down_for_admins,
}

fn refresh_token(client: &Client) -> String {
    client.cookie.as_deref().unwrap().split("overture_refresh=").nth(1).unwrap().to_owned()
}

async fn a_session_goes_on_with_new_tokens_and_a_copied_one_ends_it(app: TestApp) {
    let (first, _) = invited(&app, "ines@acme.example", "rep").await;
    let renewed = first.call("POST", "/api/auth/refresh", &json!({})).await;
    let second = browser(&app, &renewed).await;
    assert_eq!(second.get("/api/auth/me").await["member"]["role"], "rep");
    assert_ne!(second.cookie, first.cookie);
    assert_eq!(first.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
    for text in renewed.headers.get_all("set-cookie") {
        let text = text.to_str().unwrap();
        assert!(text.contains("; HttpOnly; SameSite=Strict; "), "{text}");
        assert!(!text.starts_with("overture_refresh") || text.contains("; Path=/api/auth; "), "{text}");
    }

    // The second of two tabs that woke up together gets no tokens of its own, and ends nothing.
    let again = first.call("POST", "/api/auth/refresh", &json!({})).await;
    assert_eq!((again.status.as_u16(), cookie(&again, "overture_session")), (200, None));
    assert_eq!(second.call("GET", "/api/auth/me", &json!({})).await.status, 200);

    // Later, whoever shows it has copied it.
    let later = app.app.real_ms() + 11_000;
    let hashes = [keys::token(), keys::token()].map(|token| token_hash(&token));
    let tokens = Tokens { access: &hashes[0], access_until: 0, refresh: &hashes[1], refresh_until: 0 };
    let tx = app.app.db.begin().await.unwrap();
    let used = token_hash(&refresh_token(&first));
    let refreshed = session::refresh(&tx, &used, &tokens, &Default::default(), later, 10_000).await.unwrap();
    assert!(matches!(refreshed, Refreshed::Stolen(_)), "{refreshed:?}");
    app.app.commit(tx).await.unwrap();
    for client in [&first, &second] {
        assert_eq!(client.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
        assert_eq!(client.call("POST", "/api/auth/refresh", &json!({})).await.brief(), "401 1001");
    }
    let nobody = Client::anonymous(&app.app);
    assert_eq!(nobody.call("POST", "/api/auth/refresh", &json!({})).await.brief(), "401 401");
}

async fn an_expired_session_says_so_and_is_renewed(app: TestApp) {
    let me = store::member::get(&app.app.db, &app.scope, &app.scope.member.clone().unwrap()).await.unwrap();
    let (access, refresh, now) = (keys::token(), keys::token(), app.app.real_ms());
    let hashes = [token_hash(&access), token_hash(&refresh)];
    let tokens =
        Tokens { access: &hashes[0], access_until: now, refresh: &hashes[1], refresh_until: now + 60_000 };
    let tx = app.app.db.begin().await.unwrap();
    let id = store::new_id(SessionId::from_uuid);
    let who = (&me.user_id, &me.id, &app.scope.workspace);
    session::open(&tx, &id, who, &tokens, &Default::default(), now).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let mut client = Client::anonymous(&app.app);
    client.cookie = Some(format!("overture_session={access}; overture_refresh={refresh}"));
    let refused = client.call("GET", "/api/contacts", &json!({})).await;
    assert_eq!(
        (refused.brief().as_str(), &refused.json()["error"]["name"]),
        ("401 1001", &json!("session.expired"))
    );
    let renewed = client.call("POST", "/api/auth/refresh", &json!({})).await;
    browser(&app, &renewed).await.get("/api/contacts").await;
}

async fn who_is_disabled_is_out_at_once_and_comes_back_only_by_signing_in(app: TestApp) {
    let (rep, me) = invited(&app, "ines@acme.example", "rep").await;
    let path = format!("/api/members/{}", me["member"]["id"].as_str().unwrap());
    assert_eq!(rep.call("PATCH", &path, &json!({ "role": "admin" })).await.brief(), "403 1004");
    let out = app.admin.patch(&path, json!({ "disabled": true })).await;
    assert_eq!((&out["disabled"], &out["you"]), (&json!(true), &json!(false)));
    assert_eq!(rep.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
    assert_eq!(rep.call("POST", "/api/auth/refresh", &json!({})).await.brief(), "401 1001");
    assert_eq!(log_in(&app, "ines@acme.example", PASSWORD).await.brief(), "401 1002");
    app.admin.patch(&path, json!({ "disabled": false })).await;
    assert_eq!(rep.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
    browser(&app, &log_in(&app, " INES@acme.example ", PASSWORD).await).await.get("/api/members").await;
}

async fn an_admin_is_always_left(app: TestApp) {
    let me = app.scope.member.clone().unwrap();
    let path = format!("/api/members/{me}");
    for change in [json!({ "role": "rep" }), json!({ "disabled": true })] {
        let refused = app.admin.call("PATCH", &path, &change).await;
        assert_eq!(
            (refused.brief().as_str(), &refused.json()["error"]["name"]),
            ("409 4002", &json!("member.last_admin"))
        );
    }
    let (other, them) = invited(&app, "ines@acme.example", "admin").await;
    let their_path = format!("/api/members/{}", them["member"]["id"].as_str().unwrap());
    // Each demotes the other, at once.
    let (demote, by_me) = (json!({ "role": "rep" }), app.admin.clone());
    let (one, two) =
        tokio::join!(by_me.call("PATCH", &their_path, &demote), other.call("PATCH", &path, &demote));
    let done = [one.status, two.status].iter().filter(|status| **status == 200).count();
    assert_eq!(done, 1, "{} {}", one.brief(), two.brief());
    let taken = app.admin.get("/api/members").await["data"].as_array().unwrap().clone();
    assert_eq!(taken.iter().filter(|member| member["role"] == "admin").count(), 1, "{taken:?}");
}

async fn an_invitation_lets_one_person_in(app: TestApp) {
    let made = app.admin.post("/api/invitations", json!({ "role": "manager" })).await;
    assert_eq!(made["email"], Value::Null);
    let token = made["url"].as_str().unwrap().split_once("/invite#").unwrap().1.to_owned();
    let open = app.admin.get("/api/invitations").await["data"][0].clone();
    assert_eq!((&open["id"], &open["expired"], open.get("url")), (&made["id"], &json!(false), None));
    let nobody = Client::anonymous(&app.app);
    let says = nobody.post("/api/auth/invitation", json!({ "token": token })).await;
    assert_eq!((&says["role"], &says["has_account"]), (&json!("manager"), &json!(false)));
    let accept = |email: &str, password: &str| json!({ "token": token, "email": email, "name": "Mara", "handle": "mara", "password": password });
    for (body, field) in [
        (accept("nonsense", PASSWORD), "email"),
        (accept("mara@acme.example", "password123"), "password"),
        (accept("mara@acme.example", "mara"), "password"),
        (json!({ "token": token, "email": "mara@acme.example", "password": PASSWORD }), "name"),
        (json!({ "token": token, "password": PASSWORD }), "email"),
    ] {
        let refused = nobody.call("POST", "/api/auth/invitation/accept", &body).await;
        assert_eq!(
            (refused.status.as_u16(), &refused.json()["error"]["fields"][0]["field"]),
            (422, &json!(field))
        );
    }
    let (mara, rosa) = (accept("mara@acme.example", PASSWORD), accept("rosa@acme.example", PASSWORD));
    let (one, other) = tokio::join!(
        nobody.call("POST", "/api/auth/invitation/accept", &mara),
        nobody.call("POST", "/api/auth/invitation/accept", &rosa),
    );
    let mut briefs = [one.brief(), other.brief()];
    briefs.sort_unstable();
    assert_eq!(briefs, ["200 0", "403 1004"]);
    assert_eq!(app.admin.get("/api/members").await["data"].as_array().unwrap().len(), 2);
    assert_eq!(app.admin.get("/api/invitations").await["data"], json!([]));

    let made =
        app.admin.post("/api/invitations", json!({ "email": "late@acme.example", "role": "rep" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    app.admin.call("DELETE", &format!("/api/invitations/{}", made["id"].as_str().unwrap()), &json!({})).await;
    let late = nobody.call("POST", "/api/auth/invitation", &json!({ "token": token })).await;
    assert_eq!(
        (late.brief().as_str(), &late.json()["error"]["name"]),
        ("403 1004", &json!("invitation.invalid"))
    );
}

async fn who_has_an_account_joins_with_its_password_and_switches(app: TestApp) {
    let (rep, here) = invited(&app, "ines@acme.example", "rep").await;
    let (_, other) = app.neighbour(2).await;
    let made = other.post("/api/invitations", json!({ "email": "Ines@acme.example", "role": "admin" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let nobody = Client::anonymous(&app.app);
    assert_eq!(nobody.post("/api/auth/invitation", json!({ "token": token })).await["has_account"], true);
    let wrong = json!({ "token": token, "password": "another horse battery" });
    assert_eq!(nobody.call("POST", "/api/auth/invitation/accept", &wrong).await.brief(), "422 1002");
    let right = json!({ "token": token, "password": PASSWORD });
    let answer = nobody.call("POST", "/api/auth/invitation/accept", &right).await;
    let there = browser(&app, &answer).await;
    assert_eq!(answer.json()["workspaces"].as_array().unwrap().len(), 2);
    assert_eq!(answer.json()["member"]["role"], "admin");

    // They come back to where they were last.
    let again = log_in(&app, "ines@acme.example", PASSWORD).await.json();
    assert_eq!(again["workspace"], answer.json()["workspace"]);

    // One place at a time, and what is at the other is not there.
    let contact = there.post("/api/contacts", json!({ "email": "con@tact.example" })).await;
    let path = format!("/api/contacts/{}", contact["id"].as_str().unwrap());
    assert_eq!(rep.call("GET", &path, &json!({})).await.status, 404);
    let moved =
        rep.post("/api/auth/switch", json!({ "workspace_id": answer.json()["workspace"]["id"] })).await;
    assert_eq!(
        (&moved["member"]["role"], &moved["workspace"]),
        (&json!("admin"), &answer.json()["workspace"])
    );
    rep.get(&path).await;
    let back = rep.post("/api/auth/switch", json!({ "workspace_id": here["workspace"]["id"] })).await;
    assert_eq!(back["member"], here["member"]);
    assert_eq!(rep.call("GET", &path, &json!({})).await.status, 404);
    let foreign = json!({ "workspace_id": here["workspace"]["id"] });
    assert_eq!(other.call("POST", "/api/auth/switch", &foreign).await.status, 404);
}

async fn a_new_password_ends_all_other_sessions(app: TestApp) {
    let (here, _) = invited(&app, "ines@acme.example", "rep").await;
    let there = browser(&app, &log_in(&app, "ines@acme.example", PASSWORD).await).await;
    let change = |current: &str, password: &str| json!({ "current": current, "password": password });
    for (body, brief, field) in [
        (change("another horse battery", "a much better one"), "422 1002", "current"),
        (change(PASSWORD, "short"), "422 4001", "password"),
        (change(PASSWORD, "ines@acme.example"), "422 4001", "password"),
    ] {
        let refused = here.call("POST", "/api/profile/password", &body).await;
        assert_eq!(
            (refused.brief().as_str(), &refused.json()["error"]["fields"][0]["field"]),
            (brief, &json!(field))
        );
    }
    here.post("/api/profile/password", change(PASSWORD, "a much better one")).await;
    here.get("/api/auth/me").await;
    assert_eq!(there.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
    assert_eq!(log_in(&app, "ines@acme.example", PASSWORD).await.brief(), "401 1002");
    let again = browser(&app, &log_in(&app, "ines@acme.example", "a much better one").await).await;
    again.post("/api/auth/logout-everywhere", json!({})).await;
    for client in [&here, &again] {
        assert_eq!(client.call("GET", "/api/auth/me", &json!({})).await.brief(), "401 1001");
    }
}

async fn sessions_are_seen_and_ended_by_their_owner_alone(app: TestApp) {
    let (here, _) = invited(&app, "ines@acme.example", "rep").await;
    let there = browser(&app, &log_in(&app, "ines@acme.example", PASSWORD).await).await;
    let mine = here.get("/api/sessions").await["data"].as_array().unwrap().clone();
    assert_eq!(
        mine.iter().map(|line| line["current"].clone()).collect::<Vec<_>>(),
        [json!(false), json!(true)]
    );
    assert!(!serde_json::to_string(&mine).unwrap().contains("hash"));
    let path = format!("/api/sessions/{}", mine[0]["id"].as_str().unwrap());
    assert_eq!(app.admin.call("DELETE", &path, &json!({})).await.status, 404);
    assert_eq!(here.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(here.call("DELETE", &path, &json!({})).await.status, 404);
    assert_eq!(there.call("GET", "/api/sessions", &json!({})).await.brief(), "401 1001");
    assert_eq!(here.get("/api/sessions").await["data"].as_array().unwrap().len(), 1);
    let now = app.app.real_ms();
    assert_eq!(session::forget(&app.app.db, now - 60_000).await.unwrap(), 0);
    assert_eq!(session::forget(&app.app.db, now + 1).await.unwrap(), 1, "the one that ended");
    here.get("/api/sessions").await;
}

async fn what_was_done_is_written_down_for_admins(app: TestApp) {
    let (rep, me) = invited(&app, "ines@acme.example", "rep").await;
    rep.patch("/api/profile", json!({ "name": "=HYPERLINK(\"evil\")" })).await;
    let contact = rep.post("/api/contacts", json!({ "email": "secret@person.example" })).await;
    let (_, other) = app.neighbour(2).await;
    // Looking changes nothing, except where a secret is shown.
    app.admin.get("/api/invitations").await;
    app.admin.get(&format!("/api/senders/{}/webhook-secret", app.email_sender)).await;
    let log = app.admin.get("/api/audit").await["data"].as_array().unwrap().clone();
    assert_eq!(
        (&log[0]["action"], &log[0]["subject"]),
        (&json!("sender_webhook_secret"), &json!(app.email_sender))
    );
    let log = log[1..].to_vec();
    let lines: Vec<(&str, &str)> = log
        .iter()
        .map(|line| (line["action"].as_str().unwrap(), line["actor"]["name"].as_str().unwrap()))
        .collect();
    let ines = "=HYPERLINK(\"evil\")";
    assert_eq!(
        lines,
        [
            ("contact_create", ines),
            ("profile_update", ines),
            ("invitation_accept", ines),
            ("invitation_create", "Rita Rep")
        ]
    );
    assert_eq!((&log[0]["subject"], &log[0]["fields"]), (&contact["id"], &json!(["email"])));
    assert!(!json!(log).to_string().contains("secret@"), "values are nobody's to read here");

    let found = async |query: &str| {
        let page = app.admin.get(&format!("/api/audit?{query}")).await;
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["action"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let member = me["member"]["id"].as_str().unwrap();
    assert_eq!(found(&format!("actor={member}")).await.len(), 3);
    assert_eq!(found("action=invitation").await, ["invitation_accept", "invitation_create"]);
    assert_eq!(found("action=invitation_accept").await, ["invitation_accept"]);
    assert_eq!(found("action=invit").await, Vec::<String>::new());
    assert_eq!(found(&format!("subject={}", contact["id"].as_str().unwrap())).await, ["contact_create"]);
    let first = app.admin.get("/api/audit?limit=4").await;
    let next =
        app.admin.get(&format!("/api/audit?limit=4&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((next["data"][0].clone(), next["next_cursor"].clone()), (log[3].clone(), Value::Null));

    let file = app.admin.call("GET", "/api/audit.csv?action=profile", &json!({})).await;
    let text = String::from_utf8(file.bytes.clone()).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.contains("\"'=HYPERLINK(\"\"evil\"\")\",profile_update,"), "{text}");
    assert_eq!(found("action=audit").await, ["audit_export"]);
    for path in ["/api/audit", "/api/audit.csv"] {
        assert_eq!(rep.call("GET", path, &json!({})).await.brief(), "403 1004", "{path}");
    }
    assert_eq!(other.get("/api/audit").await["data"], json!([]));
}

#[tokio::test]
async fn what_is_for_admins_is_refused_to_all_others() {
    let app = TestApp::sqlite().await;
    let (rep, manager) = (app.member("rep").await, app.member("manager").await);
    let admins = app.app.registry.iter().filter(|tool| tool.access == Access::Admin).collect::<Vec<_>>();
    assert!(admins.len() > 8, "{}", admins.len());
    for tool in admins {
        let path = format!("/api{}", tool.path.replace("{id}", "anything"));
        for client in [&rep, &manager] {
            assert_eq!(
                client.call(tool.method, &path, &json!({})).await.brief(),
                "403 1004",
                "{}",
                tool.name
            );
        }
    }
}

#[tokio::test]
async fn guessing_is_slowed_down_whether_the_account_exists_or_not() {
    let app = TestApp::sqlite().await;
    invited(&app, "ines@acme.example", "rep").await;
    for name in ["ines@acme.example", "nobody@acme.example"] {
        let mut briefs = Vec::new();
        for _ in 0..8 {
            let answer = log_in(&app, name, "wrong horse battery").await;
            briefs.push(answer.brief());
            if answer.status == 429 {
                answer.assert_error_shape(name);
                let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
                assert!((1..=16).contains(&wait), "{wait}");
            }
        }
        assert_eq!(briefs[..6], vec!["401 1002"; 6], "{name}");
        assert_eq!(briefs[6..], vec!["429 3001"; 2], "{name}");
    }
}

#[tokio::test]
async fn the_token_against_forged_requests_ends_after_an_hour() {
    let app = TestApp::sqlite().await;
    let session = app.admin.get("/api/auth/me").await["session"]["id"].as_str().unwrap().to_owned();
    let signed = |until: i64| format!("{until}.{}", app.app.keys.sign("csrf", &format!("{session} {until}")));
    let (now, mut client) = (app.app.real_ms(), app.admin.clone());
    let (good, over) = (signed(now + 60_000), signed(now - 1));
    let stretched = format!("{}.{}", now + 60_000, over.split_once('.').unwrap().1);
    for (token, status) in [(good, 200), (over, 403), (stretched, 403), ("x".into(), 403), (".".into(), 403)]
    {
        client.csrf = Some(token.clone());
        let answer = client.call("PATCH", "/api/profile", &json!({ "name": "Rita" })).await;
        assert_eq!(answer.status.as_u16(), status, "{token}");
    }
}

/// A handle that two people have in two workspaces is nobody's name.
#[tokio::test]
async fn a_handle_signs_in_where_it_is_one_persons() {
    let app = TestApp::sqlite().await;
    let (rep, me) = invited(&app, "ines@acme.example", "rep").await;
    assert_eq!(rep.patch("/api/profile", json!({ "handle": "In.es" })).await["handle"], "in.es");
    browser(&app, &log_in(&app, "in.es", PASSWORD).await).await;
    let taken = app.admin.call("PATCH", "/api/profile", &json!({ "handle": "in.es" })).await;
    assert_eq!(
        (taken.brief().as_str(), &taken.json()["error"]["fields"][0]["field"]),
        ("409 4002", &json!("handle"))
    );
    let (there, other) = app.neighbour(2).await;
    other.patch("/api/profile", json!({ "handle": "in.es" })).await;
    assert_eq!(log_in(&app, "in.es", PASSWORD).await.brief(), "401 1002");
    // In both workspaces the same person: still theirs.
    let user: UserId =
        store::member::get(&app.app.db, &app.scope, &me["member"]["id"].as_str().unwrap().parse().unwrap())
            .await
            .unwrap()
            .user_id;
    other.patch("/api/profile", json!({ "handle": "else" })).await;
    let member = join(&app.app, &there.workspace, &user, "rep").await;
    other.patch(&format!("/api/members/{member}"), json!({ "handle": "in.es" })).await;
    browser(&app, &log_in(&app, "in.es", PASSWORD).await).await;
}

#[tokio::test]
async fn a_page_of_another_origin_changes_nothing() {
    let app = TestApp::sqlite().await;
    let login = json!({ "email": "ines@acme.example", "password": "x" }).to_string();
    let ask = async |client: &Client, method: &str, path: &str, origin: &str, body: &str| {
        let headers = [("origin", origin), ("host", "overture.test"), ("content-type", "application/json")];
        client.raw(method, path, &headers, body.to_owned()).await
    };
    let nobody = Client::anonymous(&app.app);
    for (origin, ours) in [
        ("https://evil.example", false),
        ("null", false),
        ("https://overture.test.evil.example", false),
        ("https://overture.test", true),
        ("https://partner.example", true),
    ] {
        let refused = ask(&nobody, "POST", "/api/auth/login", origin, &login).await;
        assert_eq!(refused.brief(), if ours { "401 1002" } else { "403 403" }, "{origin}");
        refused.assert_error_shape(origin);
        let changed = ask(&app.admin, "PATCH", "/api/profile", origin, r#"{"name":"Rita"}"#).await;
        assert_eq!(changed.status.as_u16(), if ours { 200 } else { 403 }, "{origin}");
        // What is read is kept from the page by the browser, which asks us whose it may be.
        let read = ask(&app.admin, "GET", "/api/auth/me", origin, "").await;
        let may_read = read.headers.get("access-control-allow-origin").map(|value| value.to_str().unwrap());
        assert_eq!(may_read, (origin == "https://partner.example").then_some(origin));
    }
    let headers = [("origin", "https://partner.example"), ("access-control-request-method", "PATCH")];
    let asked = nobody.raw("OPTIONS", "/api/profile", &headers, "").await;
    assert_eq!(
        (asked.status.as_u16(), &asked.headers["access-control-allow-credentials"]),
        (200, &"true".parse().unwrap())
    );
}

/// Users of an earlier system bring their bcrypt hashes (G08): each is good once, and then it is one of ours.
async fn a_bcrypt_hash_is_accepted_once_and_replaced(app: TestApp) {
    let member =
        store::member::get(&app.app.db, &app.scope, app.scope.member.as_ref().unwrap()).await.unwrap();
    let old = bcrypt::hash_with_salt("marked horse battery", 5, [7; 16]).unwrap();
    let old = old.format_for_version(bcrypt::Version::TwoY);
    let tx = app.app.db.begin().await.unwrap();
    store::user::set_password(&tx, &member.user_id, &old).await.unwrap();
    app.app.commit(tx).await.unwrap();
    let enter = async |password: &str| {
        let body = json!({ "email": member.email, "password": password });
        Client::anonymous(&app.app).call("POST", "/api/auth/login", &body).await.brief()
    };
    assert_eq!(enter("marked horse").await, "401 1002");
    let hash = async || {
        store::user::get(&app.app.db, &member.user_id).await.unwrap().unwrap().password_hash.unwrap()
    };
    assert_eq!(hash().await, old);
    assert_eq!(enter("marked horse battery").await, "200 0");
    let new = hash().await;
    assert!(new.starts_with("$argon2id$"), "{new}");
    assert_eq!(enter("marked horse battery").await, "200 0");
    assert_eq!(hash().await, new);
    assert_eq!(enter("marked horse").await, "401 1002");
}
