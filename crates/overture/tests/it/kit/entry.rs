//! How people of a test come in.

use super::{Answer, Client, TestApp};
use serde_json::{Value, json};

/// What everybody here signs in with.
pub const PASSWORD: &str = "correct horse battery";

/// The value of a cookie that an answer sets.
pub fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let found = cookies.filter_map(|text| text.strip_prefix(&format!("{name}="))).next()?;
    Some(found.split(';').next().unwrap().to_owned())
}

/// A browser as an answer leaves it.
pub async fn browser(app: &TestApp, answer: &Answer) -> Client {
    assert_eq!(answer.status, 200, "{}", answer.json());
    let mut client = Client::anonymous(&app.app);
    let (access, refresh) =
        (cookie(answer, "overture_session").unwrap(), cookie(answer, "overture_refresh").unwrap());
    client.cookie = Some(format!("overture_session={access}; overture_refresh={refresh}"));
    client.csrf = client.get("/api/csrf-token").await["token"].as_str().map(str::to_owned);
    client
}

/// Invites somebody and lets them in.
pub async fn invited(app: &TestApp, email: &str, role: &str) -> (Client, Value) {
    let made = app.admin.post("/api/invitations", json!({ "email": email, "role": role })).await;
    let token = made["url"].as_str().unwrap().split('#').nth(1).unwrap().to_owned();
    let accept = json!({ "token": token, "name": "Ines Invited", "password": PASSWORD });
    let answer = Client::anonymous(&app.app).call("POST", "/api/auth/invitation/accept", &accept).await;
    (browser(app, &answer).await, answer.json())
}

pub async fn log_in(app: &TestApp, name: &str, password: &str) -> Answer {
    let body = json!({ "email": name, "password": password });
    Client::anonymous(&app.app).call("POST", "/api/auth/login", &body).await
}
