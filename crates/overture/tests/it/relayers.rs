//! Keys of relayers (P-X5, W06): one member, one device, and nothing but what relayers ask.

use crate::kit::*;
use serde_json::{Value, json};

both! {
    a_relayer_comes_in_for_its_own_member_alone,
    a_relayer_key_opens_nothing_else_and_nothing_else_opens_its_door,
    a_relayer_is_shut_out_at_once,
}

/// Makes the key of a device.
async fn make(client: &Client, device: &str) -> Value {
    client.post("/api/relayers", json!({ "name": device })).await
}

async fn beat(app: &TestApp, key: &str, employee: &str) -> Answer {
    let headers = [("x-relayer-api-key", key), ("x-employee-id", employee)];
    Client::anonymous(&app.app).raw("POST", "/api/relayer/heartbeat", &headers, "").await
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field}: {value}"))
}

async fn a_relayer_comes_in_for_its_own_member_alone(app: TestApp) {
    let (ines, ron) = (app.member("rep").await, app.member("rep").await);
    let (hers, his) = (make(&ines, "Laptop").await, make(&ron, "Desktop").await);
    let (her_key, her_id) = (text(&hers, "key"), text(&hers, "employee_id"));
    let good = beat(&app, her_key, her_id).await;
    assert_eq!(good.status, 200, "{good:?}");
    assert_eq!((&good.json()["employee_id"], &good.json()["device"]), (&json!(her_id), &json!("Laptop")));
    // Another one's handle, none, one in other letters: the key is hers, and is taken for nobody else.
    for employee in [text(&his, "employee_id"), "", "nobody", &her_id.to_uppercase(), &"x".repeat(5_000)] {
        let refused = beat(&app, her_key, employee).await;
        assert_eq!(refused.status, 403, "{employee}");
        refused.assert_error_shape(employee);
    }
    for key in ["", "ovr_", "ovr_abcdefghijkl_x", &her_key.replace("ovr_", "ovk_"), &format!("{her_key}x")] {
        assert_eq!(beat(&app, key, her_id).await.brief(), "401 1005", "{key}");
    }
    let twice =
        [("x-relayer-api-key", her_key), ("x-employee-id", her_id), ("x-relayer-api-key", text(&his, "key"))];
    let refused = Client::anonymous(&app.app).raw("POST", "/api/relayer/heartbeat", &twice, "").await;
    assert_eq!(refused.brief(), "401 1005", "two keys at once");
    // She sees hers, an admin both; and the team's totals know who is at work.
    assert_eq!(ines.get("/api/relayers").await["data"].as_array().unwrap().len(), 1);
    let all = app.admin.get("/api/relayers").await;
    assert_eq!(all["data"].as_array().unwrap().len(), 2);
    assert!(!all.to_string().contains(her_key));
    until_seen(&app, &hers["id"]).await;
    let totals = app.admin.get("/api/team/totals").await;
    let active: i64 =
        totals["data"].as_array().unwrap().iter().map(|it| it["active_relayers"].as_i64().unwrap()).sum();
    assert_eq!(active, 1, "{totals:#}");
    assert_eq!(app.admin.get("/api/api-keys").await["data"], json!([]), "they are no API keys");
}

/// A visit is written down beside the request.
async fn until_seen(app: &TestApp, id: &Value) {
    let seen = async || {
        let all = app.admin.get("/api/relayers").await;
        all["data"].as_array().unwrap().iter().any(|it| it["id"] == *id && it["active"] == true)
    };
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !seen().await {
        assert!(std::time::Instant::now() < until, "nobody wrote down that {id} was there");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

async fn a_relayer_key_opens_nothing_else_and_nothing_else_opens_its_door(app: TestApp) {
    let made = make(&app.admin, "Laptop").await;
    let (key, employee) = (text(&made, "key"), text(&made, "employee_id"));
    let anonymous = Client::anonymous(&app.app);
    let bearer = format!("Bearer {key}");
    for headers in [
        vec![("x-api-key", key)],
        vec![("authorization", bearer.as_str())],
        vec![("x-relayer-api-key", key), ("x-employee-id", employee)],
    ] {
        for path in ["/api/contacts", "/api/auth/me", "/api/relayers"] {
            assert_eq!(anonymous.raw("GET", path, &headers, "").await.status, 401, "{path} {headers:?}");
        }
    }
    let api = app.admin.post("/api/api-keys", json!({ "name": "All", "scopes": ["*"] })).await;
    let plain = text(&api, "key");
    assert_eq!(beat(&app, plain, employee).await.brief(), "401 1005");
    let refused = anonymous.raw("POST", "/api/relayer/heartbeat", &[("x-api-key", plain)], "").await;
    assert_eq!(refused.brief(), "401 1005");
    assert_eq!(app.admin.call("POST", "/api/relayer/heartbeat", &json!({})).await.brief(), "401 1005");
    // A program makes no device's key, and revokes none.
    let program = [("x-api-key", plain), ("content-type", "application/json")];
    let refused = anonymous.raw("POST", "/api/relayers", &program, r#"{"name":"x"}"#).await;
    assert_eq!(refused.status, 403, "{refused:?}");
}

async fn a_relayer_is_shut_out_at_once(app: TestApp) {
    let ines = app.member("rep").await;
    let made = make(&ines, "Laptop").await;
    let (key, employee) = (text(&made, "key"), text(&made, "employee_id"));
    assert_eq!(beat(&app, key, employee).await.status, 200);
    let path = format!("/api/relayers/{}", text(&made, "id"));
    assert_eq!(app.member("rep").await.call("DELETE", &path, &json!({})).await.status, 404, "a colleague's");
    let not_theirs = format!("/api/api-keys/{}", text(&made, "id"));
    assert_eq!(ines.call("DELETE", &not_theirs, &json!({})).await.status, 404, "it is no API key");
    assert_eq!(beat(&app, key, employee).await.status, 200);
    assert_eq!(ines.call("DELETE", &path, &json!({})).await.status, 200);
    assert_eq!(beat(&app, key, employee).await.brief(), "401 1005");
}
