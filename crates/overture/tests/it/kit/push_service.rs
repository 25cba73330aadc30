//! A push service, and a browser that opens what comes from it with an implementation of RFC 8291 of its own.

use aes_gcm::{Aes128Gcm, KeyInit as _, aead::Aead};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use hmac::{Hmac, Mac};
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToEncodedPoint};
use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = <Hmac<sha2::Sha256> as hmac::KeyInit>::new_from_slice(key).unwrap();
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

/// HKDF (RFC 5869) for up to 32 bytes.
fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut out = hmac(&hmac(salt, ikm), &[info, &[1]].concat());
    out.truncate(length);
    out
}

/// A browser that is heard in.
#[derive(Clone)]
pub struct Ear {
    secret: SecretKey,
    auth: Vec<u8>,
    pub endpoint: String,
}

impl Ear {
    pub fn of(endpoint: &str, secret: &[u8], auth: &[u8]) -> Self {
        let secret = SecretKey::from_slice(secret).unwrap();
        Self { secret, auth: auth.to_vec(), endpoint: endpoint.into() }
    }

    pub fn p256dh(&self) -> Vec<u8> {
        self.secret.public_key().to_encoded_point(false).as_bytes().to_vec()
    }

    /// What the page tells the product.
    pub fn subscription(&self) -> Value {
        json!({ "endpoint": self.endpoint, "p256dh": B64.encode(self.p256dh()), "auth": B64.encode(&self.auth) })
    }

    /// Opens a body (RFC 8188 with the keys of RFC 8291); `None` where it is not for this browser.
    pub fn open(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_at(16);
        let (record, rest) = rest.split_at(4);
        let (theirs, sealed) = rest[1..].split_at(usize::from(rest[0]));
        assert!(sealed.len() <= u32::from_be_bytes(record.try_into().unwrap()) as usize, "one record");
        let public = PublicKey::from_sec1_bytes(theirs).unwrap();
        let shared = p256::ecdh::diffie_hellman(self.secret.to_nonzero_scalar(), public.as_affine());
        let info = [b"WebPush: info\0", self.p256dh().as_slice(), theirs].concat();
        let ikm = hkdf(&self.auth, shared.raw_secret_bytes(), &info, 32);
        let key = hkdf(salt, &ikm, b"Content-Encoding: aes128gcm\0", 16);
        let nonce: [u8; 12] = hkdf(salt, &ikm, b"Content-Encoding: nonce\0", 12).try_into().unwrap();
        let cipher = Aes128Gcm::new_from_slice(&key).unwrap();
        let mut plain = cipher.decrypt(&nonce.into(), sealed).ok()?;
        while plain.pop()? != 2 {}
        Some(plain)
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Pushed {
    pub to: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Clone, Default)]
pub struct PushService {
    pub url: String,
    taken: Arc<Mutex<Vec<Pushed>>>,
    answers: Arc<Mutex<VecDeque<u16>>>,
}

async fn take(
    State(me): State<PushService>,
    Path(to): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    me.taken.lock().unwrap().push(Pushed { to, headers, body: body.to_vec() });
    let answer = me.answers.lock().unwrap().pop_front().unwrap_or(201);
    if answer == 0 {
        // It has it, and says nothing.
        std::future::pending::<()>().await;
    }
    StatusCode::from_u16(answer).unwrap()
}

impl PushService {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let me = Self { url, ..Self::default() };
        let router = Router::new().route("/to/{name}", post(take)).with_state(me.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        me
    }

    /// A browser of this name at this service.
    pub fn ear(&self, name: &str) -> Ear {
        let secret = hmac(b"browser", name.as_bytes());
        Ear::of(&format!("{}/to/{name}", self.url), &secret, &secret[..16])
    }

    /// Answers so next, then well again; 0: not at all.
    pub fn answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    /// What it took since it was asked last, by name.
    pub fn taken(&self) -> Vec<Pushed> {
        let mut taken = std::mem::take(&mut *self.taken.lock().unwrap());
        taken.sort_by(|a, b| a.to.cmp(&b.to));
        taken
    }
}
