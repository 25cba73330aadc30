//! Twilio's Messages resource: what it checks, what it answers, what it counts.

mod check;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{get, post};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::fault::{Hit, Kind, Place};
use crate::line::Cut;
use crate::people;
use crate::shelf::Item;
use crate::world::{World, locked};
use crate::{clock, dice};
pub(crate) use wire::{json, page, segments};

/// The one account.
pub(crate) struct Credentials {
    account_sid: String,
    /// The base64 part of the `Authorization` header.
    basic: String,
}

impl Credentials {
    pub(crate) fn new(account_sid: &str, auth_token: &str) -> Credentials {
        let basic = BASE64_STANDARD.encode(format!("{account_sid}:{auth_token}"));
        Credentials { account_sid: account_sid.to_owned(), basic }
    }
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Queued,
    Sent,
    Delivered,
    Undelivered,
}

impl Status {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Sent => "sent",
            Status::Delivered => "delivered",
            Status::Undelivered => "undelivered",
        }
    }
}

/// A text that was accepted.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) at: i64,
    pub(crate) changed_at: i64,
    /// The product's own id of the message: `m` in the query of its StatusCallback.
    pub(crate) key: Option<Box<str>>,
    pub(crate) to: Box<str>,
    pub(crate) from: Option<Box<str>>,
    pub(crate) service: Option<Box<str>>,
    pub(crate) body: Box<str>,
    pub(crate) callback: Option<Box<str>>,
    /// Where Bonzo tells what is answered.
    pub(crate) hook: Option<Box<str>>,
    pub(crate) status: Status,
    pub(crate) error: Option<u32>,
}

impl Text {
    /// The number it leaves from; a messaging service picks one of its pool.
    pub(crate) fn our_number(&self) -> &str {
        self.from.as_deref().unwrap_or("+15005550006")
    }
}

impl Item for Text {
    fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn recipients(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.to)
    }

    fn at(&self) -> i64 {
        self.at
    }

    fn weight(&self) -> usize {
        let texts =
            [Some(&self.to), Some(&self.body), self.key.as_ref(), self.from.as_ref(), self.callback.as_ref()];
        size_of::<Text>() + texts.iter().flatten().map(|text| text.len()).sum::<usize>()
    }
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(send).get(list))
        .route("/2010-04-01/Accounts/{account}/Messages/{file}", get(one))
        .route("/2010-04-01/Accounts/{file}", get(account))
        .fallback(async |uri: Uri| wire::not_found(uri.path()))
}

/// `SM` and 32 hexadecimal digits.
pub(crate) fn sid(world: &World, number: u64) -> String {
    format!("SM{:032x}", world.sid_of(number))
}

/// The hash by which an opt-out is remembered.
pub(crate) fn opt_out_slot(ours: &str, theirs: &str) -> u64 {
    dice::hash(0, &[ours.as_bytes(), theirs.as_bytes()])
}

/// What a request without the account's credentials is answered with.
fn turn_away(world: &World, headers: &HeaderMap, account: &str, uri: &Uri) -> Option<Response> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let known = given.and_then(|value| value.split_once(' ')).is_some_and(|(scheme, credentials)| {
        scheme.eq_ignore_ascii_case("basic") && credentials.trim() == world.credentials.basic
    });
    if !known {
        return Some(wire::refuse(StatusCode::UNAUTHORIZED, 20003, "Authenticate"));
    }
    (account != world.credentials.account_sid).then(|| wire::not_found(uri.path()))
}

async fn send(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(account): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers, &account, &uri) {
        return answer;
    }
    let text = match check::read(&world, &headers, &body) {
        Ok(text) => text,
        Err(refusal) => {
            locked(&world.sms).ledger.refused += 1;
            return wire::refuse(StatusCode::BAD_REQUEST, refusal.code, &refusal.message);
        }
    };
    match world.faults.draw(Place::TwilioSend) {
        // Nothing is awaited between here and the answer: a client that hangs up cannot stop it half way.
        None => accept(&world, text),
        Some(hit) => suffer(&world, &cut, hit, move |world| accept(world, text)).await,
    }
}

/// Counts and keeps the text, lets its recipient know, and answers 201.
fn accept(world: &Arc<World>, text: Text) -> Response {
    let mut answer = text.clone();
    let number = locked(&world.sms).add(text, |number| sid(world, number));
    if world.people_on() {
        people::receive_text(world, number, answer.clone());
    }
    // Whatever has happened to it since, the answer to a creation says queued.
    answer.status = Status::Queued;
    wire::created(world, number, &answer)
}

/// Answers as a fault wants it.
pub(crate) async fn suffer(
    world: &Arc<World>,
    cut: &Cut,
    hit: Hit,
    act: impl FnOnce(&Arc<World>) -> Response + Send + 'static,
) -> Response {
    match hit.kind {
        Kind::Status(status) => hit.refusal(wire::failure(status)),
        Kind::Code(code) => {
            // The codes that are a status of HTTP in other words come with it.
            let status = code.checked_sub(20_000).and_then(|status| u16::try_from(status).ok());
            let status = status.filter(|status| (401..=599).contains(status));
            let status = status.and_then(|status| StatusCode::from_u16(status).ok());
            let status = status.unwrap_or(StatusCode::BAD_REQUEST);
            hit.refusal(wire::refuse(status, code, "Ordered by the sandbox's fault API"))
        }
        Kind::Malformed => {
            wire::json(StatusCode::OK, br#"{"sid": "SM0123456789abcdef", "status": "que"#.to_vec())
        }
        Kind::Empty => wire::json(StatusCode::OK, Vec::new()),
        Kind::Html => wire::page(),
        Kind::AcceptThen500 => {
            act(world);
            wire::failure(500)
        }
        Kind::AcceptThenGarbage => {
            act(world);
            wire::json(StatusCode::CREATED, b"\x00\xff<<garbage>>{{\"sid\":".to_vec())
        }
        Kind::AcceptThenHang => {
            act(world);
            hang(world, cut, hit).await
        }
        Kind::AcceptThenReset => {
            act(world);
            sever(cut)
        }
        Kind::LateApply => {
            let late = Arc::clone(world);
            world.spawn(async move {
                if late.rest(hit.delay).await {
                    act(&late);
                }
            });
            sever(cut)
        }
        Kind::Slow => {
            let slow = Arc::clone(world);
            // A task of its own: it happens even if the client hangs up while it waits.
            let work = tokio::spawn(async move { slow.rest(hit.delay).await.then(|| act(&slow)) });
            match work.await {
                Ok(Some(answer)) => answer,
                Ok(None) | Err(_) => sever(cut),
            }
        }
        Kind::Timeout => hang(world, cut, hit).await,
        Kind::Reset
        | Kind::GreetHang
        | Kind::Named(_)
        | Kind::Subcode(..)
        | Kind::Smtp(_)
        | Kind::Enhanced(..)
        | Kind::CloseAfterData
        | Kind::DropBeforeReply => sever(cut),
    }
}

pub(crate) async fn hang(world: &World, cut: &Cut, hit: Hit) -> Response {
    world.rest(hit.delay).await;
    sever(cut)
}

/// The answer that is never written, because its connection is cut.
pub(crate) fn sever(cut: &Cut) -> Response {
    cut.now();
    wire::json(StatusCode::OK, Vec::new())
}

async fn list(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers, &account, &uri) {
        return answer;
    }
    let filter = match check::filter(query.as_deref().unwrap_or_default()) {
        Ok(filter) => filter,
        Err(refusal) => return wire::refuse(StatusCode::BAD_REQUEST, refusal.code, &refusal.message),
    };
    let answer = move |world: &Arc<World>| wire::page_of(world, &filter);
    match world.faults.draw(Place::TwilioFind) {
        None => answer(&world),
        Some(hit) => suffer(&world, &cut, hit, answer).await,
    }
}

async fn one(
    State(world): State<Arc<World>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path((account, file)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Some(answer) = turn_away(&world, &headers, &account, &uri) {
        return answer;
    }
    let path = uri.path().to_owned();
    let answer = move |world: &Arc<World>| {
        let digits =
            file.strip_suffix(".json").and_then(|sid| sid.strip_prefix("SM")).filter(|d| d.len() == 32);
        let number =
            digits.and_then(|d| u128::from_str_radix(d, 16).ok()).and_then(|sid| world.number_of(sid));
        let text = number.and_then(|number| Some((number, locked(&world.sms).get(number)?.clone())));
        match text {
            Some((number, text)) => wire::found(world, number, &text),
            None => wire::not_found(&path),
        }
    };
    match world.faults.draw(Place::TwilioFind) {
        None => answer(&world),
        Some(hit) => suffer(&world, &cut, hit, answer).await,
    }
}

async fn account(
    State(world): State<Arc<World>>,
    Path(file): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(account) = file.strip_suffix(".json") else { return wire::not_found(uri.path()) };
    turn_away(&world, &headers, account, &uri).unwrap_or_else(|| wire::account(&world))
}

/// Moves a kept text on; what is not kept any more needs no status.
pub(crate) fn progress(world: &World, number: u64, status: Status, error: Option<u32>) {
    if let Some(text) = locked(&world.sms).get_mut(number) {
        text.status = status;
        text.error = error;
        text.changed_at = clock::now_ms();
    }
}
