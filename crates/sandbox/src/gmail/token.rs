//! Codes, refresh tokens and access tokens.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Google, deny, refuse, said};
use crate::fault::{Kind, Place};
use crate::line::Cut;
use crate::twilio;
use crate::world::{World, locked};
use crate::{Options, clock};

/// How long an access token is good, in seconds.
const LASTS: i64 = 3_599;
/// How long a code is good, in milliseconds.
const CODE_LASTS: i64 = 10 * 60_000;

/// What somebody has consented to and not fetched yet.
pub(super) struct Code {
    pub(super) account: String,
    pub(super) redirect: String,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) until: i64,
}

impl Code {
    pub(super) fn new(account: String, redirect: String, challenge: String, scope: String) -> Code {
        Code { account, redirect, challenge, scope, until: clock::now_ms() + CODE_LASTS }
    }
}

/// The refresh token of an account, dated; one dated 0 is good until somebody revokes it.
pub(crate) fn refresh_token(account: &str, at: i64) -> String {
    format!("1//sandbox-{}.{at}", B64.encode(account.to_ascii_lowercase()))
}

fn access_token(account: &str, at: i64) -> String {
    format!("ya29.sandbox-{}.{at}", B64.encode(account.to_ascii_lowercase()))
}

/// The account and the date of a token.
fn read(token: &str, prefix: &str) -> Option<(String, i64)> {
    let (account, at) = token.strip_prefix(prefix)?.rsplit_once('.')?;
    let account = String::from_utf8(B64.decode(account).ok()?).ok()?;
    Some((account, at.parse().ok()?)).filter(|(account, _)| account.contains('@'))
}

/// Who asks the API; else the refusal.
pub(super) fn account(world: &World, headers: &HeaderMap) -> Result<String, Box<Response>> {
    let unknown = || Box::new(refuse(StatusCode::UNAUTHORIZED, "authError", "Invalid Credentials"));
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = given.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(unknown)?;
    let (account, at) = read(token, "ya29.sandbox-").ok_or_else(unknown)?;
    let is_good = world.google.with(&account, |mailbox| {
        mailbox.revoked_until.is_none_or(|until| at > until)
            && at > mailbox.access_until
            && clock::now_ms() < at + LASTS * 1_000
    });
    if is_good == Some(true) { Ok(account) } else { Err(unknown()) }
}

/// `POST /token`
pub(super) async fn give(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    body: Bytes,
) -> Response {
    let form: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let act = move |world: &Arc<World>| answer(&world.google, &form);
    match world.faults.draw(Place::GmailToken) {
        None => act(&world),
        Some(hit) => match hit.kind {
            Kind::Named(word) => deny(StatusCode::BAD_REQUEST, word),
            Kind::Status(status) => {
                deny(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), "server_error")
            }
            _ => twilio::suffer(&world, &cut, hit, act).await,
        },
    }
}

fn answer(google: &Google, form: &[(String, String)]) -> Response {
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    if field("client_id") != Options::GMAIL_CLIENT_ID
        || field("client_secret") != Options::GMAIL_CLIENT_SECRET
    {
        return deny(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    match field("grant_type") {
        "authorization_code" => {
            let code = locked(&google.codes).remove(field("code"));
            let challenge = B64.encode(Sha256::digest(field("code_verifier").as_bytes()));
            let good = code.filter(|code| {
                code.redirect == field("redirect_uri")
                    && code.challenge == challenge
                    && clock::now_ms() < code.until
            });
            let Some(code) = good else { return deny(StatusCode::BAD_REQUEST, "invalid_grant") };
            google.exchanged.fetch_add(1, Ordering::Relaxed);
            let at = google.tick();
            said(
                StatusCode::OK,
                &json!({
                    "access_token": access_token(&code.account, at), "expires_in": LASTS, "scope": code.scope,
                    "token_type": "Bearer", "refresh_token": refresh_token(&code.account, at),
                }),
            )
        }
        "refresh_token" => {
            let Some((account, at)) = read(field("refresh_token"), "1//sandbox-") else {
                return deny(StatusCode::BAD_REQUEST, "invalid_grant");
            };
            let is_good =
                google.with(&account, |mailbox| mailbox.revoked_until.is_none_or(|until| at > until));
            if is_good != Some(true) {
                return deny(StatusCode::BAD_REQUEST, "invalid_grant");
            }
            google.refreshed.fetch_add(1, Ordering::Relaxed);
            said(
                StatusCode::OK,
                &json!({
                    "access_token": access_token(&account, google.tick()), "expires_in": LASTS, "token_type": "Bearer",
                    "scope": "https://www.googleapis.com/auth/gmail.send https://www.googleapis.com/auth/gmail.readonly",
                }),
            )
        }
        _ => deny(StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    }
}
