//! Somebody who talks HTTP to the product, without a socket.

use super::sign_in;
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode},
};
use overture::{app::App, http, http::session::COOKIE};
use serde_json::{Value, json};
use std::sync::Arc;
use store::Scope;
use tower::ServiceExt;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The number of the error.
    pub fn code(&self) -> u64 {
        self.json()["error"]["code"].as_u64().unwrap_or(0)
    }

    /// Status and error number: `401 1006`.
    pub fn brief(&self) -> String {
        format!("{} {}", self.status.as_u16(), self.code())
    }

    /// The shape that every error has.
    pub fn assert_error_shape(&self, what: &str) {
        let body = self.json();
        let text = String::from_utf8_lossy(&self.bytes);
        assert_eq!(body["success"], false, "{what}: {text}");
        assert!(body["error"]["code"].is_u64(), "{what}: {text}");
        for field in ["name", "message", "details"] {
            assert!(body["error"][field].as_str().is_some_and(|t| !t.is_empty()), "{what} {field}: {text}");
        }
        assert!(body["error"]["fields"].is_array(), "{what}: {text}");
        assert!(body["timestamp"].as_str().is_some_and(|t| t.ends_with('Z')), "{what}: {text}");
        assert_eq!(body["request_id"].as_str(), self.headers["x-request-id"].to_str().ok(), "{what}: {text}");
    }
}

/// A browser, signed in or not.
#[derive(Clone)]
pub struct Client {
    router: Router,
    pub cookie: Option<String>,
    pub csrf: Option<String>,
    key: Option<String>,
}

impl Client {
    /// Nobody.
    pub fn anonymous(app: &Arc<App>) -> Self {
        Self { router: http::router(app.clone()), cookie: None, csrf: None, key: None }
    }

    /// A member.
    pub async fn of(app: &Arc<App>, scope: &Scope) -> Self {
        let secret = sign_in(app, scope).await;
        let mut client = Self { cookie: Some(format!("{COOKIE}={secret}")), ..Self::anonymous(app) };
        let token = client.get("/api/csrf-token").await;
        client.csrf = Some(token["token"].as_str().unwrap().to_owned());
        client
    }

    /// A program with this key.
    pub fn with_key(self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap().to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, bytes };
        super::contract::assert_told(&method, &path, &answer);
        answer
    }

    /// A request with this client's cookie and token.
    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-csrf-token", csrf);
        }
        if let Some(key) = &self.key {
            request = request.header("x-api-key", key);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        if method == "GET" || method == "DELETE" {
            return self.raw(method, path, &[], Body::empty()).await;
        }
        self.raw(method, path, &[("content-type", "application/json")], body.to_string()).await
    }

    async fn ok(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, body).await;
        let text = String::from_utf8_lossy(&answer.bytes);
        assert_eq!(answer.status, StatusCode::OK, "{method} {path} {body}: {text}");
        answer.json()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.ok("GET", path, &json!({})).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.ok("POST", path, &body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Value {
        self.ok("PATCH", path, &body).await
    }
}
