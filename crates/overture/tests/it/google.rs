//! Signing in with a Google account, against a real OpenID provider: who gets in, and which answers open nothing.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    an_account_elsewhere_opens_only_what_its_owner_connected_it_with,
    an_answer_that_does_not_fit_opens_nothing,
    an_invitation_is_accepted_with_it_and_takes_over_nobody,
    the_second_step_is_asked_for_here_too,
}

const INES: &str = "ines@acme.example";

/// A browser that was sent to the issuer.
struct Gone {
    door: String,
    cookie: String,
}

async fn gone(client: &Client, path: &str, body: Value) -> Gone {
    let answer = client.call("POST", path, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let text = answer.headers["set-cookie"].to_str().unwrap();
    assert!(text.contains("; Path=/api/auth/google; HttpOnly; SameSite=Lax; Max-Age=600; Secure"), "{text}");
    let door = answer.json()["url"].as_str().unwrap().to_owned();
    assert!(door.contains("code_challenge_method=S256") && door.contains("nonce="), "{door}");
    let sealed = cookie(&answer, "overture_google").unwrap();
    assert!(!door.contains(&sealed) && sealed.starts_with("v1."), "{sealed}");
    Gone { door, cookie: format!("overture_google={sealed}") }
}

async fn to_sign_in(app: &TestApp, next: &str) -> Gone {
    gone(&Client::anonymous(&app.app), "/api/auth/google", json!({ "next": next })).await
}

/// Comes back with a query; where the page leads, and the answer.
async fn back(app: &TestApp, cookie: &str, query: &str) -> (String, Answer) {
    let mut client = Client::anonymous(&app.app);
    client.cookie = Some(cookie.to_owned());
    let answer = client.call("GET", &format!("/api/auth/google/callback?{query}"), &json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let page = String::from_utf8(answer.bytes.clone()).unwrap();
    let (_, rest) = page.split_once("content=\"0; url=").unwrap();
    let target = rest.split('"').next().unwrap().replace("&amp;", "&");
    assert!(target.starts_with('/') && !target.starts_with("//"), "{target}");
    let cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    assert!(cookies.into_iter().any(|text| text.starts_with("overture_google=;")), "the cookie stays");
    (target, answer)
}

/// Goes there and comes back; where the page leads, if it gives no session.
async fn refused(app: &TestApp, issuer: &Issuer, subject: &str) -> String {
    let gone = to_sign_in(app, "/").await;
    let query = issuer.sign_in(&gone.door, subject).await;
    let (target, answer) = back(app, &gone.cookie, &query).await;
    assert_eq!(cookie(&answer, "overture_session"), None, "{target}");
    target
}

fn claims(email: &str) -> Value {
    json!({ "email": email, "email_verified": true, "name": "Ines Elsewhere", "hd": "acme.example" })
}

async fn connected(app: &TestApp, issuer: &Issuer, client: &Client, subject: &str) -> String {
    let gone = gone(client, "/api/profile/google", json!({ "password": PASSWORD })).await;
    let query = issuer.sign_in(&gone.door, subject).await;
    back(app, &gone.cookie, &query).await.0
}

async fn an_account_elsewhere_opens_only_what_its_owner_connected_it_with(app: TestApp) {
    let Some(issuer) = Issuer::start() else { return };
    let app = app.node_with_google(issuer.config(&["acme.example"])).await;
    let (ines, _) = invited(&app, INES, "rep").await;
    issuer.account("ines", &claims("Ines@acme.example")).await;
    issuer.account("thief", &claims(INES)).await;
    issuer.account("olga", &claims("olga@acme.example")).await;
    let nobody = Client::anonymous(&app.app);
    assert_eq!(nobody.get("/api/setup").await["google"], true);
    // The same address is not the same person.
    assert_eq!(refused(&app, &issuer, "ines").await, "/login?google=unknown&next=%2F");

    let path = "/api/profile/google";
    assert_eq!(nobody.call("POST", path, &json!({ "password": PASSWORD })).await.status, 401);
    assert_eq!(ines.call("POST", path, &json!({ "password": "wrong horse" })).await.brief(), "422 1002");
    assert_eq!(connected(&app, &issuer, &ines, "olga").await, "/settings/security?google=other_address");
    assert_eq!(connected(&app, &issuer, &ines, "ines").await, "/settings/security?google=connected");
    assert_eq!(connected(&app, &issuer, &ines, "thief").await, "/settings/security?google=taken");
    let state = ines.get("/api/profile/second-factor").await;
    assert_eq!(
        (&state["google"]["email"], &state["has_password"]),
        (&json!("Ines@acme.example"), &json!(true))
    );

    for (next, target) in [
        ("/settings/team?invite=1", "/settings/team?invite=1"),
        ("//evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("https://evil.example", "/"),
    ] {
        let gone = to_sign_in(&app, next).await;
        let query = issuer.sign_in(&gone.door, "ines").await;
        let (led, answer) = back(&app, &gone.cookie, &query).await;
        assert_eq!(led, target);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let session = cookie(&answer, "overture_session").unwrap();
        let text = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .filter(|v| v.to_str().unwrap().contains("SameSite=Strict"));
        assert_eq!(text.count(), 2);
        let mut client = Client::anonymous(&app.app);
        client.cookie = Some(format!("overture_session={session}"));
        assert_eq!(client.get("/api/auth/me").await["member"]["email"], INES);
    }
    // Another account with her address, and her account after it got another address.
    assert_eq!(refused(&app, &issuer, "thief").await, "/login?google=unknown&next=%2F");
    issuer.account("ines", &claims("renamed@acme.example")).await;
    let gone = to_sign_in(&app, "/").await;
    let query = issuer.sign_in(&gone.door, "ines").await;
    assert!(cookie(&back(&app, &gone.cookie, &query).await.1, "overture_session").is_some());

    ines.post("/api/profile/google/off", json!({ "password": PASSWORD })).await;
    assert_eq!(refused(&app, &issuer, "ines").await, "/login?google=unknown&next=%2F");
    let log = app.admin.get("/api/audit?action=identity").await;
    let actions: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["identity_disconnect", "identity_connect"]);
}

async fn an_answer_that_does_not_fit_opens_nothing(app: TestApp) {
    let Some(issuer) = Issuer::start() else { return };
    let app = app.node_with_google(issuer.config(&["acme.example"])).await;
    let (ines, _) = invited(&app, INES, "rep").await;
    issuer.account("ines", &claims(INES)).await;
    assert_eq!(connected(&app, &issuer, &ines, "ines").await, "/settings/security?google=connected");
    let opens = async |cookies: &str, query: &str| {
        let (target, answer) = back(&app, cookies, query).await;
        (target, cookie(&answer, "overture_session").is_some())
    };
    let nothing = |target: &str| (target.to_owned(), false);
    let (mine, other) = (to_sign_in(&app, "/").await, to_sign_in(&app, "/").await);
    let query = issuer.sign_in(&mine.door, "ines").await;
    let (code, state) = query.split_once("&state=").unwrap();

    // Another state, none, another browser, no browser of ours.
    for (cookies, query) in [
        (mine.cookie.as_str(), format!("{code}&state=x{state}")),
        (&mine.cookie, code.to_owned()),
        (&other.cookie, query.clone()),
        ("", query.clone()),
        ("overture_google=v1.AAAA", query.clone()),
        (&format!("{}A", mine.cookie), query.clone()),
    ] {
        assert_eq!(opens(cookies, &query).await, nothing("/login?google=refused"), "{cookies} {query}");
    }
    // A code that was given for another question: its token has another nonce.
    let (_, other_state) = other.door.split_once("&state=").unwrap();
    let other_state = other_state.split('&').next().unwrap();
    let injected = format!("{code}&state={other_state}");
    assert_eq!(opens(&other.cookie, &injected).await, nothing("/login?google=refused&next=%2F"));
    // It was used by that; a fresh one is good once.
    let query = issuer.sign_in(&mine.door, "ines").await;
    assert_eq!(opens(&mine.cookie, &query).await, ("/".into(), true));
    assert_eq!(opens(&mine.cookie, &query).await, nothing("/login?google=refused&next=%2F"));
    assert_eq!(
        opens(&mine.cookie, &format!("state={state}")).await,
        nothing("/login?google=refused&next=%2F")
    );
    // The provider forgets the state when it is left, as it must not.
    let cancelled = format!("{}&state={state}", issuer.cancel(&mine.door).await);
    assert_eq!(opens(&mine.cookie, &cancelled).await, nothing("/login?google=cancelled&next=%2F"));

    for (changed, word) in [
        (json!({ "email_verified": false }), "unverified"),
        (json!({ "hd": "evil.example" }), "domain"),
        (json!({ "hd": null }), "domain"),
    ] {
        let mut account = claims(INES);
        account.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        issuer.account("ines", &account).await;
        assert_eq!(refused(&app, &issuer, "ines").await, format!("/login?google={word}&next=%2F"));
    }
    // Where it is not configured, nothing is there.
    let plain = app.node().await;
    let nobody = Client::anonymous(&plain.app);
    assert_eq!(nobody.call("POST", "/api/auth/google", &json!({})).await.status, 404);
    assert_eq!(nobody.get("/api/setup").await["google"], false);
}

async fn an_invitation_is_accepted_with_it_and_takes_over_nobody(app: TestApp) {
    let Some(issuer) = Issuer::start() else { return };
    let app = app.node_with_google(issuer.config(&[])).await;
    issuer.account("mara", &claims("mara@acme.example")).await;
    issuer.account("ines", &claims(INES)).await;
    let invite = async |email: Option<&str>| {
        let made = app.admin.post("/api/invitations", json!({ "email": email, "role": "rep" })).await;
        made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned()
    };
    let accept = async |token: &str, subject: &str| {
        let nobody = Client::anonymous(&app.app);
        let gone = gone(&nobody, "/api/auth/google", json!({ "invitation": token })).await;
        let query = issuer.sign_in(&gone.door, subject).await;
        back(&app, &gone.cookie, &query).await
    };
    let token = invite(Some("Mara@acme.example")).await;
    let (target, _) = accept(&token, "ines").await;
    assert_eq!(target, format!("/invite?google=other_address#{token}"));
    let (target, answer) = accept(&token, "mara").await;
    assert_eq!(target, "/");
    let mara = browser(&app, &answer).await;
    let me = mara.get("/api/auth/me").await["member"].clone();
    assert_eq!(
        (&me["name"], &me["role"], &me["handle"]),
        (&json!("Ines Elsewhere"), &json!("rep"), &json!("mara"))
    );
    assert_eq!(accept(&token, "mara").await.0, format!("/invite?google=ended#{token}"));

    // She has no password yet: nobody guesses it, and she chooses one while her sign-in is fresh.
    for guess in ["", "none", PASSWORD] {
        assert_eq!(log_in(&app, "mara@acme.example", guess).await.brief(), "401 1002");
    }
    let off = mara.call("POST", "/api/profile/google/off", &json!({})).await;
    assert_eq!((off.brief().as_str(), &off.json()["error"]["name"]), ("409 4002", &json!("google.only_way")));
    mara.post("/api/profile/password", json!({ "password": PASSWORD })).await;
    browser(&app, &log_in(&app, "mara@acme.example", PASSWORD).await).await;
    assert_eq!(mara.call("POST", "/api/profile/google/off", &json!({})).await.brief(), "422 1002");

    // Ines has a password account: the same address opens nothing, and an invitation of hers neither.
    invited(&app, INES, "rep").await;
    let (_, other) = app.neighbour(2).await;
    let made = other.post("/api/invitations", json!({ "email": INES, "role": "admin" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap();
    let (target, answer) = accept(token, "ines").await;
    assert_eq!(target, format!("/invite?google=has_account#{token}"));
    assert_eq!(cookie(&answer, "overture_session"), None);
    // Mara's is connected: she comes into another workspace as the one that she is, also by an open invitation.
    let made = other.post("/api/invitations", json!({ "role": "rep" })).await;
    let (target, answer) = accept(made["url"].as_str().unwrap().split('#').nth(1).unwrap(), "mara").await;
    assert_eq!(target, "/");
    assert_eq!(
        browser(&app, &answer).await.get("/api/auth/me").await["workspaces"].as_array().unwrap().len(),
        2
    );
}

async fn the_second_step_is_asked_for_here_too(app: TestApp) {
    let Some(issuer) = Issuer::start() else { return };
    let app = app.node_with_google(issuer.config(&[])).await;
    let (ines, _) = invited(&app, INES, "rep").await;
    issuer.account("ines", &claims(INES)).await;
    assert_eq!(connected(&app, &issuer, &ines, "ines").await, "/settings/security?google=connected");
    let (_, codes) = crate::second_factor::enrol(&ines).await;
    let target = refused(&app, &issuer, "ines").await;
    let (page, token) = target.split_once("#step=").unwrap();
    assert_eq!(page, "/login?next=%2F");
    browser(&app, &crate::second_factor::second(&app, token, &codes[0]).await).await;

    let (_, other) = app.neighbour(2).await;
    let made = other.post("/api/invitations", json!({ "email": INES, "role": "rep" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap();
    let gone = gone(&Client::anonymous(&app.app), "/api/auth/google", json!({ "invitation": token })).await;
    let query = issuer.sign_in(&gone.door, "ines").await;
    let (target, answer) = back(&app, &gone.cookie, &query).await;
    assert_eq!(cookie(&answer, "overture_session"), None);
    let step = target.strip_prefix("/login#step=").unwrap();
    let entered = crate::second_factor::second(&app, step, &codes[1]).await;
    assert_eq!(
        browser(&app, &entered).await.get("/api/auth/me").await["workspaces"].as_array().unwrap().len(),
        2
    );
}
