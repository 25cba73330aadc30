//! The same request again (J11, T-S3): one effect, one answer.

use crate::kit::{Answer, Client, TestApp};
use serde_json::{Value, json};

both!(
    the_same_request_again_gets_the_first_answer,
    of_many_at_once_one_has_an_effect,
    what_did_nothing_can_be_sent_again,
    a_key_belongs_to_its_caller,
    a_request_without_an_answer_is_not_made_again,
);

async fn post(client: &Client, key: &str, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    client.raw("POST", path, &headers, body.to_string()).await
}

async fn total(app: &TestApp) -> Value {
    app.admin.get("/api/contacts").await["total"].clone()
}

async fn the_same_request_again_gets_the_first_answer(app: TestApp) {
    // Without an address nothing else would keep it from being made twice.
    let ann = json!({ "phone": "+14155550101", "first_name": "Ann" });
    let first = post(&app.admin, "k1", "/api/contacts", &ann).await;
    assert_eq!(first.status, 200);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let again = post(&app.admin, "k1", "/api/contacts", &ann).await;
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(total(&app).await, 1);
    // Another body, or another path, is another request.
    for (path, body) in
        [("/api/contacts", json!({ "phone": "+14155550102" })), ("/api/snippets", ann.clone())]
    {
        assert_eq!(post(&app.admin, "k1", path, &body).await.brief(), "422 4003", "{path}");
    }
    assert_eq!(post(&app.admin, "k2", "/api/contacts", &ann).await.status, 200);
    assert_eq!(total(&app).await, 2);
    for (key, expected) in
        [("".to_owned(), "400 400"), ("x".repeat(256), "400 400"), ("x".repeat(255), "200 0")]
    {
        let body = json!({ "phone": "+14155550103" });
        assert_eq!(post(&app.admin, &key, "/api/contacts", &body).await.brief(), expected);
    }
    // An answer that shows a secret shows it again, and is not kept in plain text.
    let asked = json!({ "name": "Sync", "scopes": ["*"] });
    let key = post(&app.admin, "k3", "/api/api-keys", &asked).await.json();
    assert_eq!(post(&app.admin, "k3", "/api/api-keys", &asked).await.json(), key);
    let member = app.scope.member.clone().unwrap().to_string();
    let request = store::idempotency::Request { caller: &member, key: "k3", fingerprint: "" };
    let kept = store::idempotency::begin(&app.app.db, &app.scope, request, 0).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains(key["key"].as_str().unwrap()));
    // After a day it is forgotten.
    let later = app.app.real_ms() + overture::http::idempotency::KEPT_MS;
    store::idempotency::forget(&app.app.db, later - overture::http::idempotency::KEPT_MS + 60_000)
        .await
        .unwrap();
    assert!(!post(&app.admin, "k1", "/api/contacts", &ann).await.headers.contains_key("idempotent-replayed"));
}

async fn of_many_at_once_one_has_an_effect(app: TestApp) {
    let body = json!({ "phone": "+14155550101" });
    let asked = (0..40).map(|_| post(&app.admin, "k1", "/api/contacts", &body));
    let answers = futures::future::join_all(asked).await;
    let good: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(!good.is_empty());
    assert!(good.iter().all(|answer| answer.bytes == good[0].bytes));
    let refused = answers.iter().filter(|answer| answer.status != 200);
    for answer in refused {
        assert_eq!(
            (answer.brief().as_str(), &answer.json()["error"]["name"]),
            ("409 4002", &json!("idempotency.unanswered"))
        );
    }
    assert_eq!(total(&app).await, 1);
}

async fn what_did_nothing_can_be_sent_again(app: TestApp) {
    assert_eq!(
        post(&app.admin, "k1", "/api/contacts", &json!({ "email": "nonsense" })).await.brief(),
        "422 4001"
    );
    assert_eq!(
        post(&app.admin, "k1", "/api/contacts", &json!({ "email": "ann@people.example" })).await.status,
        200
    );
    // What came to nothing because of what is there does so again.
    let twice = json!({ "email": "ann@people.example" });
    assert_eq!(post(&app.admin, "k2", "/api/contacts", &twice).await.brief(), "409 4002");
    assert_eq!(post(&app.admin, "k2", "/api/contacts", &twice).await.headers["idempotent-replayed"], "true");
}

async fn a_key_belongs_to_its_caller(app: TestApp) {
    let rep = app.member("rep").await;
    let (_, stranger) = app.neighbour(2).await;
    for (n, client) in [&app.admin, &rep, &stranger].into_iter().enumerate() {
        let body = json!({ "phone": format!("+1415555010{n}") });
        let answer = post(client, "shared-key", "/api/contacts", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(!answer.headers.contains_key("idempotent-replayed"));
    }
}

async fn a_request_without_an_answer_is_not_made_again(app: TestApp) {
    let body = json!({ "phone": "+14155550101" });
    post(&app.admin, "k1", "/api/contacts", &body).await;
    let member = app.scope.member.clone().unwrap().to_string();
    // As a server leaves it that dies while it works.
    let first = post(&app.admin, "k1", "/api/contacts", &body).await;
    assert_eq!(first.status, 200);
    let request = store::idempotency::Request { caller: &member, key: "k1", fingerprint: "" };
    let earlier = store::idempotency::begin(&app.app.db, &app.scope, request, 0).await.unwrap().unwrap();
    let lost = store::idempotency::Request { caller: &member, key: "k9", fingerprint: &earlier.fingerprint };
    assert!(store::idempotency::begin(&app.app.db, &app.scope, lost, 0).await.unwrap().is_none());
    let answer = post(&app.admin, "k9", "/api/contacts", &body).await;
    assert_eq!(answer.brief(), "409 4002");
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("not known"), "{answer:?}");
    assert_eq!(total(&app).await, 1);
}
