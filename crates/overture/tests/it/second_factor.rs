//! The second step of signing in: codes of an app, recovery codes, and who may switch it off.

use crate::kit::*;
use overture::{keys::token_hash, tool::Ctx};
use serde_json::{Value, json};
use std::process::Command;
use store::{second_factor, second_step};

both! {
    a_password_alone_opens_nothing_once_a_second_step_is_asked_for,
    a_code_is_good_once,
    five_wrong_codes_end_the_first_step,
    a_recovery_code_is_good_once_and_new_ones_replace_it,
    an_invitation_asks_for_the_second_step_too,
    an_admin_resets_only_who_is_nowhere_else,
    the_second_step_has_to_be_taken_in_time,
}

/// The code that an app with this secret shows, so many time steps from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    let seconds = overture::clock::real_ms() / 1000 + steps * 30;
    totp.generate(seconds.unsigned_abs()).to_string()
}

/// Six digits that no step near now has.
fn wrong(secret: &str) -> String {
    let near: Vec<String> = (-3..=3).map(|step| code(secret, step)).collect();
    (0..).map(|n| format!("{n:06}")).find(|guess| !near.contains(guess)).unwrap()
}

/// Sets it up; the secret and the recovery codes. The code of this time step is used up by it.
pub async fn enrol(client: &Client) -> (String, Vec<String>) {
    let begun = client.post("/api/profile/second-factor/begin", json!({ "password": PASSWORD })).await;
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let confirmed =
        client.post("/api/profile/second-factor/confirm", json!({ "code": code(&secret, 0) })).await;
    let codes: Vec<String> = serde_json::from_value(confirmed["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

/// Gets the password right; the token for the second step.
async fn first_step(app: &TestApp, name: &str) -> String {
    let answer = log_in(app, name, PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.json());
    assert!(answer.headers.get("set-cookie").is_none(), "a session before the second step");
    answer.json()["second_factor"]["token"].as_str().unwrap().to_owned()
}

pub async fn second(app: &TestApp, token: &str, code: &str) -> Answer {
    let body = json!({ "token": token, "code": code });
    Client::anonymous(&app.app).call("POST", "/api/auth/second-factor", &body).await
}

async fn state(client: &Client) -> (Value, Value) {
    let state = client.get("/api/profile/second-factor").await;
    (state["on"].clone(), state["recovery_codes_left"].clone())
}

const INES: &str = "ines@acme.example";

async fn a_password_alone_opens_nothing_once_a_second_step_is_asked_for(app: TestApp) {
    let (ines, me) = invited(&app, INES, "rep").await;
    assert_eq!(state(&ines).await, (json!(false), json!(0)));
    let begin = "/api/profile/second-factor/begin";
    let refused = ines.call("POST", begin, &json!({ "password": "another horse battery" })).await;
    assert_eq!(
        (refused.brief().as_str(), &refused.json()["error"]["fields"][0]["field"]),
        ("422 1002", &json!("password"))
    );
    let begun = ines.post(begin, json!({ "password": PASSWORD })).await;
    let secret = begun["secret"].as_str().unwrap();
    let uri = begun["uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Overture:ines%40acme.example?"), "{uri}");
    assert!(uri.contains(secret), "{uri}");
    assert!(begun["qr"]["path"].as_str().unwrap().len() > 1000);
    // Begun is not done: nobody is shut out by a code that they never scanned.
    browser(&app, &log_in(&app, INES, PASSWORD).await).await;
    let confirm = "/api/profile/second-factor/confirm";
    let refused = ines.call("POST", confirm, &json!({ "code": wrong(secret) })).await;
    assert_eq!(refused.brief(), "422 1002");

    let (secret, _) = enrol(&ines).await;
    assert_eq!(state(&ines).await, (json!(true), json!(10)));
    let id = me["member"]["id"].as_str().unwrap().parse().unwrap();
    let user = store::member::get(&app.app.db, &app.scope, &id).await.unwrap().user_id;
    let held = second_factor::authenticator(&app.app.db, &user).await.unwrap().unwrap();
    assert!(!held.secret.contains(&secret), "it lies in the database as it is");
    assert_eq!(ines.call("POST", begin, &json!({ "password": PASSWORD })).await.brief(), "409 4002");
    let again = ines.call("POST", confirm, &json!({ "code": code(&secret, 1) })).await;
    assert_eq!(again.brief(), "409 4002");

    let token = first_step(&app, INES).await;
    for path in ["/api/auth/me", "/api/contacts", "/api/profile/second-factor"] {
        let mut thief = Client::anonymous(&app.app);
        thief.cookie = Some(format!("overture_session={token}; overture_refresh={token}"));
        assert_eq!(thief.call("GET", path, &json!({})).await.brief(), "401 1001", "{path}");
        assert_eq!(thief.call("POST", "/api/auth/refresh", &json!({})).await.brief(), "401 1001");
    }
    let answer = second(&app, &token, &format!(" {} ", code(&secret, 1))).await;
    browser(&app, &answer).await.get("/api/contacts").await;
    assert_eq!(second(&app, &token, &code(&secret, 1)).await.brief(), "401 1002", "the token is used up");

    let off = "/api/profile/second-factor/off";
    assert_eq!(ines.call("POST", off, &json!({ "password": "wrong horse" })).await.brief(), "422 1002");
    let pending = first_step(&app, INES).await;
    ines.post(off, json!({ "password": PASSWORD })).await;
    assert_eq!(state(&ines).await, (json!(false), json!(0)));
    assert_eq!(second(&app, &pending, &code(&secret, 1)).await.brief(), "401 1002");
    browser(&app, &log_in(&app, INES, PASSWORD).await).await;
    let log = app.admin.get("/api/audit?action=second_factor").await;
    let actions: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["second_factor_off", "second_factor_on"]);
}

async fn a_code_is_good_once(app: TestApp) {
    let (ines, _) = invited(&app, INES, "rep").await;
    let (secret, _) = enrol(&ines).await;
    let used = code(&secret, 1);
    let (one, two) = (first_step(&app, INES).await, first_step(&app, INES).await);
    let (first, other) = tokio::join!(second(&app, &one, &used), second(&app, &two, &used));
    let mut briefs = [first.brief(), other.brief()];
    briefs.sort_unstable();
    assert_eq!(briefs, ["200 0", "422 1002"], "the same code opened two sessions");
    let token = first_step(&app, INES).await;
    for seen in [&used, &code(&secret, 0), &code(&secret, -1), &code(&secret, 4)] {
        assert_eq!(second(&app, &token, seen).await.brief(), "422 1002");
    }
}

async fn five_wrong_codes_end_the_first_step(app: TestApp) {
    let (ines, _) = invited(&app, INES, "rep").await;
    let (secret, codes) = enrol(&ines).await;
    let token = first_step(&app, INES).await;
    let mut briefs = Vec::new();
    for _ in 0..5 {
        briefs.push(second(&app, &token, &wrong(&secret)).await.brief());
    }
    assert_eq!(briefs, ["422 1002", "422 1002", "422 1002", "422 1002", "401 1002"]);
    for right in [&code(&secret, 1), &codes[0]] {
        assert_eq!(second(&app, &token, right).await.brief(), "401 1002");
    }
    // Tried at once they count one by one.
    let (token, guess) = (first_step(&app, INES).await, wrong(&secret));
    let tries = (0..8).map(|_| second(&app, &token, &guess));
    let answers = futures::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| answer.brief() == "422 1002").count();
    assert!(looked_at <= 5, "{looked_at}");

    // Whoever knows the password cannot go on for ever with new tokens, nor shut out who has a recovery code.
    let mut guesses = 0;
    let waits = loop {
        let token = first_step(&app, INES).await;
        let brief = second(&app, &token, &wrong(&secret)).await.brief();
        guesses += 1;
        if brief == "429 3001" || guesses > 40 {
            break brief;
        }
    };
    assert_eq!(waits, "429 3001");
    assert!(guesses < 16, "{guesses}");
    let token = first_step(&app, INES).await;
    browser(&app, &second(&app, &token, &codes[0]).await).await;
}

async fn a_recovery_code_is_good_once_and_new_ones_replace_it(app: TestApp) {
    let (ines, _) = invited(&app, INES, "rep").await;
    let (_, codes) = enrol(&ines).await;
    let token = first_step(&app, INES).await;
    let typed = codes[0].to_uppercase().replace('-', " ");
    browser(&app, &second(&app, &token, &typed).await).await;
    assert_eq!(state(&ines).await, (json!(true), json!(9)));
    let (one, two) = (first_step(&app, INES).await, first_step(&app, INES).await);
    assert_eq!(second(&app, &one, &codes[0]).await.brief(), "422 1002");
    let (first, other) = tokio::join!(second(&app, &one, &codes[1]), second(&app, &two, &codes[1]));
    let mut briefs = [first.brief(), other.brief()];
    briefs.sort_unstable();
    assert_eq!(briefs, ["200 0", "422 1002"], "the same code opened two sessions");

    let path = "/api/profile/second-factor/recovery-codes";
    assert_eq!(ines.call("POST", path, &json!({ "password": "wrong horse" })).await.brief(), "422 1002");
    let new = ines.post(path, json!({ "password": PASSWORD })).await;
    assert_eq!(state(&ines).await, (json!(true), json!(10)));
    let token = first_step(&app, INES).await;
    assert_eq!(second(&app, &token, &codes[2]).await.brief(), "422 1002", "an old one");
    browser(&app, &second(&app, &token, new["recovery_codes"][0].as_str().unwrap()).await).await;
    let log = app.admin.get("/api/audit?action=second_factor_recovery").await;
    assert_eq!(log["data"].as_array().unwrap().len(), 3);

    // Nobody else's.
    let (olga, _) = invited(&app, "olga@acme.example", "rep").await;
    let (_, others) = enrol(&olga).await;
    let token = first_step(&app, INES).await;
    assert_eq!(second(&app, &token, &others[0]).await.brief(), "422 1002");
}

async fn an_invitation_asks_for_the_second_step_too(app: TestApp) {
    let (ines, _) = invited(&app, INES, "rep").await;
    let (secret, codes) = enrol(&ines).await;
    let (_, other) = app.neighbour(2).await;
    let made = other.post("/api/invitations", json!({ "email": INES, "role": "admin" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let nobody = Client::anonymous(&app.app);
    let accept = async |handle: &str| {
        let body = json!({ "token": token, "password": PASSWORD, "handle": handle });
        nobody.call("POST", "/api/auth/invitation/accept", &body).await
    };
    other.patch("/api/profile", json!({ "handle": "boss" })).await;
    assert_eq!(accept("boss").await.brief(), "409 4002");
    let asked = accept("ines").await;
    assert_eq!((asked.brief().as_str(), asked.headers.get("set-cookie")), ("200 0", None));
    assert_eq!(other.get("/api/members").await["data"].as_array().unwrap().len(), 1, "in without a code");
    let step = asked.json()["second_factor"]["token"].as_str().unwrap().to_owned();
    assert_eq!(second(&app, &step, &wrong(&secret)).await.brief(), "422 1002");
    let entered = second(&app, &step, &code(&secret, 1)).await;
    browser(&app, &entered).await;
    assert_eq!(
        (&entered.json()["member"]["role"], &entered.json()["member"]["handle"]),
        (&json!("admin"), &json!("ines"))
    );

    // What was withdrawn meanwhile opens nothing, and costs no code.
    let (_, third) = app.neighbour(3).await;
    let made = third.post("/api/invitations", json!({ "email": INES, "role": "rep" })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let body = json!({ "token": token, "password": PASSWORD });
    let asked = nobody.call("POST", "/api/auth/invitation/accept", &body).await.json();
    third.call("DELETE", &format!("/api/invitations/{}", made["id"].as_str().unwrap()), &json!({})).await;
    let late = second(&app, asked["second_factor"]["token"].as_str().unwrap(), &codes[0]).await;
    assert_eq!(late.json()["error"]["name"], "invitation.invalid");
    assert_eq!(state(&ines).await, (json!(true), json!(10)));
}

async fn an_admin_resets_only_who_is_nowhere_else(app: TestApp) {
    let (ines, me) = invited(&app, INES, "rep").await;
    let (_, _) = enrol(&ines).await;
    let id = me["member"]["id"].as_str().unwrap();
    let on = async || {
        let members = app.admin.get("/api/members").await["data"].as_array().unwrap().clone();
        members.iter().find(|member| member["id"] == id).unwrap()["second_factor"].clone()
    };
    assert_eq!(on().await, true);
    let path = format!("/api/members/{id}/reset-second-factor");
    let manager = app.member("manager").await;
    assert_eq!(manager.call("POST", &path, &json!({})).await.brief(), "403 1004");
    let (there, other) = app.neighbour(2).await;
    assert_eq!(other.call("POST", &path, &json!({})).await.status, 404);
    let own = format!("/api/members/{}/reset-second-factor", app.scope.member.clone().unwrap());
    assert_eq!(app.admin.call("POST", &own, &json!({})).await.brief(), "403 1004");
    let program = Ctx {
        app: app.app.clone(),
        scope: app.scope.clone(),
        role: "admin".into(),
        key: None,
        session: None,
        console: false,
        address: None,
    };
    let refused = app.app.registry.call(program, "member_reset_second_factor", json!({ "id": id })).await;
    assert_eq!(refused.unwrap_err().name, "person.needed");

    let user = store::member::get(&app.app.db, &app.scope, &id.parse().unwrap()).await.unwrap().user_id;
    let pending = first_step(&app, INES).await;
    assert_eq!(app.admin.post(&path, json!({})).await["second_factor"], false);
    assert_eq!(on().await, false);
    assert_eq!(app.admin.get("/api/audit?action=member_reset_second_factor").await["data"][0]["subject"], id);
    let gone = second_step::get(&app.app.db, &token_hash(&pending), app.app.real_ms()).await.unwrap();
    assert!(gone.is_none(), "{gone:?}");
    browser(&app, &log_in(&app, INES, PASSWORD).await).await;

    enrol(&ines).await;
    join(&app.app, &there.workspace, &user, "rep").await;
    let refused = app.admin.call("POST", &path, &json!({})).await;
    assert_eq!(
        (refused.brief().as_str(), &refused.json()["error"]["name"]),
        ("409 4002", &json!("second_factor.elsewhere"))
    );
    assert_eq!(on().await, true);
}

async fn the_second_step_has_to_be_taken_in_time(app: TestApp) {
    let (ines, _) = invited(&app, INES, "rep").await;
    enrol(&ines).await;
    let hash = token_hash(&first_step(&app, INES).await);
    let (db, now) = (&app.app.db, app.app.real_ms());
    assert!(second_step::get(db, &hash, now + 4 * MINUTE).await.unwrap().is_some());
    assert!(second_step::get(db, &hash, now + 5 * MINUTE + SECOND).await.unwrap().is_none());
    let tx = db.begin().await.unwrap();
    assert!(!second_step::count(&tx, &hash, 5, now + 5 * MINUTE + SECOND).await.unwrap());
    app.app.commit(tx).await.unwrap();
    assert_eq!(second_step::forget(db, now).await.unwrap(), 0);
    assert_eq!(second_step::forget(db, now + 6 * MINUTE).await.unwrap(), 1);

    // A new password ends what the old one began.
    let token = first_step(&app, INES).await;
    ines.post("/api/profile/password", json!({ "current": PASSWORD, "password": "a much better one" })).await;
    assert!(second_step::get(db, &token_hash(&token), now).await.unwrap().is_none());
}

#[tokio::test]
async fn the_command_line_lets_somebody_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let overture = |args: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_overture"));
        command.args(args).arg("--data-dir").arg(folder.path()).current_dir(folder.path());
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let made = overture(&["admin", "create", "--email", INES], &format!("{PASSWORD}\n"));
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let path = folder.path().join("overture.db");
    let db = store::Db::open(&store::Config::Sqlite { path, sync_full: false }).await.unwrap();
    let user = store::user::by_email(&db, INES).await.unwrap().unwrap();
    let tx = db.begin().await.unwrap();
    assert!(second_factor::begin(&tx, &user.id, "sealed", 1).await.unwrap());
    assert!(second_factor::confirm(&tx, &user.id, "sealed", 1, 1).await.unwrap());
    tx.commit().await.unwrap();
    for was_on in [true, false] {
        let reset = overture(&["admin", "reset-second-factor", "Ines@acme.example"], "");
        let said: Value = serde_json::from_slice(&reset.stdout).unwrap();
        assert_eq!(said, json!({ "email": INES, "was_on": was_on }));
    }
    assert!(second_factor::authenticator(&db, &user.id).await.unwrap().is_none());
    let unknown = overture(&["admin", "reset-second-factor", "nobody@acme.example"], "");
    assert!(!unknown.status.success());
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("nobody here signs in as"));
}
