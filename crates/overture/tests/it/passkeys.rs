//! Passkeys: who makes one, whom it lets in, and which answers open nothing.

use crate::{kit::*, second_factor};
use serde_json::{Value, json};

both! {
    a_passkey_is_made_by_its_owner_and_lets_them_in,
    an_answer_that_does_not_fit_opens_nothing,
    a_passkey_is_a_second_step_of_its_owner_alone,
}

const INES: &str = "ines@acme.example";

pub async fn user_id(app: &TestApp, me: &Value) -> String {
    let id = me["member"]["id"].as_str().unwrap().parse().unwrap();
    store::member::get(&app.app.db, &app.scope, &id).await.unwrap().user_id.to_string()
}

/// Makes a passkey on a device; the answer.
pub async fn make(client: &Client, device: &Device) -> Answer {
    let asked = client.post("/api/profile/passkeys/begin", json!({ "password": PASSWORD })).await;
    let made = device.make(&asked["options"]);
    let body = json!({ "question": asked["question"], "name": "Phone", "credential": made });
    client.call("POST", "/api/profile/passkeys", &body).await
}

async fn asked(app: &TestApp) -> Value {
    Client::anonymous(&app.app).post("/api/auth/passkey/begin", json!({})).await
}

async fn enter(app: &TestApp, asked: &Value, credential: &Value) -> Answer {
    let body = json!({ "question": asked["question"], "credential": credential });
    Client::anonymous(&app.app).call("POST", "/api/auth/passkey", &body).await
}

async fn a_passkey_is_made_by_its_owner_and_lets_them_in(app: TestApp) {
    let (ines, me) = invited(&app, INES, "rep").await;
    assert_eq!(Client::anonymous(&app.app).get("/api/setup").await["passkeys"], true);
    let begin = "/api/profile/passkeys/begin";
    assert_eq!(ines.call("POST", begin, &json!({ "password": "wrong horse" })).await.brief(), "422 1002");
    let options = ines.post(begin, json!({ "password": PASSWORD })).await["options"].clone();
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("overture.test"), &json!(INES)));
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");

    let device = Device::new(1, &user_id(&app, &me).await);
    for (lie, what) in [
        (Device { origin: "https://evil.example".into(), ..device.clone() }, "origin"),
        (Device { site: "evil.example".into(), ..device.clone() }, "site"),
        (Device { verified: false, ..device.clone() }, "verified"),
    ] {
        assert_eq!(make(&ines, &lie).await.brief(), "401 1002", "{what}");
    }
    let made = make(&ines, &device).await;
    assert_eq!(made.status, 200, "{}", made.json());
    assert_eq!(make(&ines, &device).await.brief(), "409 4002", "the same key pair");
    // A question to Ines is not one to Olga.
    let (olga, _) = invited(&app, "olga@acme.example", "rep").await;
    let question = ines.post(begin, json!({ "password": PASSWORD })).await;
    let theirs = Device::new(2, "usr").make(&question["options"]);
    let body = json!({ "question": question["question"], "name": "Mine", "credential": theirs });
    assert_eq!(olga.call("POST", "/api/profile/passkeys", &body).await.brief(), "401 1002");
    assert_eq!(olga.get("/api/profile/second-factor").await["passkeys"], json!([]));

    let question = asked(&app).await;
    assert_eq!(question["options"]["userVerification"], "required");
    let there = browser(&app, &enter(&app, &question, &device.answer(&question["options"])).await).await;
    assert_eq!(there.get("/api/auth/me").await["member"]["email"], INES);
    let mine = there.get("/api/profile/second-factor").await["passkeys"].clone();
    assert_eq!((&mine[0]["name"], mine.as_array().unwrap().len()), (&json!("Phone"), 1));
    assert!(mine[0]["used_at"].is_string() && !mine.to_string().contains("fixed"), "{mine}");

    let path = format!("/api/profile/passkeys/{}/remove", mine[0]["id"].as_str().unwrap());
    assert_eq!(ines.call("POST", &path, &json!({ "password": "wrong horse" })).await.brief(), "422 1002");
    assert_eq!(olga.call("POST", &path, &json!({ "password": PASSWORD })).await.status, 404);
    ines.post(&path, json!({ "password": PASSWORD })).await;
    let question = asked(&app).await;
    let late = enter(&app, &question, &device.answer(&question["options"])).await;
    assert_eq!(late.brief(), "401 1002");
    let log = app.admin.get("/api/audit?action=passkey").await;
    let actions: Vec<&str> =
        log["data"].as_array().unwrap().iter().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["passkey_delete", "passkey_create"]);
}

async fn an_answer_that_does_not_fit_opens_nothing(app: TestApp) {
    let (ines, me) = invited(&app, INES, "rep").await;
    let (olga, she) = invited(&app, "olga@acme.example", "rep").await;
    let (mine, hers) =
        (Device::new(1, &user_id(&app, &me).await), Device::new(2, &user_id(&app, &she).await));
    assert_eq!(make(&ines, &mine).await.status, 200);
    assert_eq!(make(&olga, &hers).await.status, 200);
    for (lie, what) in [
        (Device { origin: "https://evil.example".into(), ..mine.clone() }, "origin"),
        (Device { origin: "https://overture.test:8443".into(), ..mine.clone() }, "port"),
        (Device { site: "evil.example".into(), ..mine.clone() }, "site"),
        (Device { verified: false, ..mine.clone() }, "verified"),
        (Device { honest: false, ..mine.clone() }, "signature"),
        (Device { owner: hers.owner.clone(), ..mine.clone() }, "owner"),
        (Device { credential: vec![3; 16], ..mine.clone() }, "unknown"),
    ] {
        let question = asked(&app).await;
        let refused = enter(&app, &question, &lie.answer(&question["options"])).await;
        assert_eq!(refused.brief(), "401 1002", "{what}");
        assert_eq!(cookie(&refused, "overture_session"), None, "{what}");
        refused.assert_error_shape(what);
    }
    let (question, other) = (asked(&app).await, asked(&app).await);
    let answer = mine.answer(&question["options"]);
    assert_eq!(enter(&app, &other, &answer).await.brief(), "401 1002", "another question");
    for question in [json!({ "question": "v1.AAAA" }), json!({ "question": "" })] {
        assert_eq!(enter(&app, &question, &answer).await.brief(), "401 1002");
    }
    assert_eq!(enter(&app, &question, &json!({ "id": "x" })).await.brief(), "401 1002");
    // The right one is good once, also for two who show it together.
    let (one, two) = tokio::join!(enter(&app, &question, &answer), enter(&app, &question, &answer));
    let mut briefs = [one.brief(), two.brief()];
    briefs.sort_unstable();
    assert_eq!(briefs, ["200 0", "401 1002"]);
    assert_eq!(enter(&app, &question, &answer).await.brief(), "401 1002", "shown again");
    // Who may enter no workspace does not come in with it either.
    let path = format!("/api/members/{}", me["member"]["id"].as_str().unwrap());
    app.admin.patch(&path, json!({ "disabled": true })).await;
    let question = asked(&app).await;
    assert_eq!(enter(&app, &question, &mine.answer(&question["options"])).await.brief(), "401 1002");
}

async fn a_passkey_is_a_second_step_of_its_owner_alone(app: TestApp) {
    let (ines, me) = invited(&app, INES, "rep").await;
    let (olga, she) = invited(&app, "olga@acme.example", "rep").await;
    let (mine, hers) =
        (Device::new(1, &user_id(&app, &me).await), Device::new(2, &user_id(&app, &she).await));
    assert_eq!(make(&ines, &mine).await.status, 200);
    assert_eq!(make(&olga, &hers).await.status, 200);
    second_factor::enrol(&ines).await;
    let first = log_in(&app, INES, PASSWORD).await.json()["second_factor"].clone();
    assert_eq!(first["kinds"], json!(["totp", "recovery", "passkey"]));
    let nobody = Client::anonymous(&app.app);
    let with = async |device: &Device, token: &Value| {
        let question = asked(&app).await;
        let credential = device.answer(&question["options"]);
        let body = json!({ "question": question["question"], "credential": credential, "token": token });
        nobody.call("POST", "/api/auth/passkey", &body).await
    };
    assert_eq!(with(&hers, &first["token"]).await.brief(), "401 1002", "somebody else's");
    browser(&app, &with(&mine, &first["token"]).await).await;
    assert_eq!(with(&mine, &first["token"]).await.brief(), "401 1002", "the first step is used up");

    // It is lost with the phone: a reset takes it away too.
    let path = format!("/api/members/{}/reset-second-factor", me["member"]["id"].as_str().unwrap());
    app.admin.post(&path, json!({})).await;
    let question = asked(&app).await;
    assert_eq!(enter(&app, &question, &mine.answer(&question["options"])).await.brief(), "401 1002");
}
