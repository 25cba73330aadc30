//! A program of somebody else that is told what happens.

use super::TestApp;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD as B64};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

/// One request.
#[derive(Debug, Clone)]
pub struct Heard {
    pub id: String,
    pub seconds: i64,
    pub signatures: Vec<String>,
    /// Of a step: what is the same however often it is told.
    pub key: Option<String>,
    pub text: String,
    pub body: Value,
}

impl Heard {
    /// How many of its signatures are made with this secret.
    pub fn signed_with(&self, secret: &str) -> usize {
        let key = B64.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{}", self.id, self.seconds, self.text).as_bytes());
        let expected = format!("v1,{}", B64.encode(mac.finalize().into_bytes()));
        self.signatures.iter().filter(|s| **s == expected).count()
    }
}

#[derive(Clone, Default)]
pub struct Receiver {
    pub url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

async fn hear(State(me): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let text = String::from_utf8(body.to_vec()).unwrap();
    me.heard.lock().unwrap().push(Heard {
        id: header("webhook-id"),
        seconds: header("webhook-timestamp").parse().unwrap(),
        signatures: header("webhook-signature").split(' ').map(str::to_owned).collect(),
        key: headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned()),
        body: serde_json::from_str(&text).unwrap(),
        text,
    });
    let answer = me.answers.lock().unwrap().pop_front().unwrap_or(204);
    let status = StatusCode::from_u16(answer).unwrap();
    match answer {
        204 => status.into_response(),
        302 => (status, [(LOCATION, me.url.as_str())]).into_response(),
        _ => (status, format!("sorry: {answer}")).into_response(),
    }
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let me = Self { url, ..Self::default() };
        let router = Router::new().route("/hook", post(hear)).with_state(me.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        me
    }

    /// Answers so next, then well again.
    pub fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    /// What it heard since it was asked last.
    pub fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    /// The kinds of what it heard since it was asked last.
    pub fn kinds(&self) -> Vec<String> {
        self.heard().iter().map(|h| h.body["type"].as_str().unwrap().to_owned()).collect()
    }
}

impl TestApp {
    /// A webhook to this receiver.
    pub async fn webhook(&self, receiver: &Receiver, kinds: &[&str]) -> Value {
        self.admin.post("/api/webhooks", json!({ "url": receiver.url, "kinds": kinds })).await
    }

    /// Tells webhooks what is due.
    pub async fn tell(&self) {
        while overture::loops::webhooks::drain(&self.app).await.unwrap() > 0 {}
    }
}
