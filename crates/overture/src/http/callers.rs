//! Who sends a request: a browser with a session, or a program with an API key.
//!
//! Who was found is remembered for a moment, so that a page that asks ten things, or a program that asks
//! thousands, costs few queries. What this node changes about people counts at once, because it forgets everybody then;
//! what another node changes counts when the memory has faded.

use super::address::Address;
use crate::{
    api_keys::{self, Key},
    app::App,
    error::{Error, Kind, Result},
    keys::token_hash,
    passwords,
};
use axum::http::{HeaderMap, HeaderName, header};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{
    Scope,
    api_key::{self, Grant, KeyKind},
    session::{self, Session},
};
use tokio::time::Instant;

/// Where a relayer shows its key, and says for whom it works; where a program shows its own, beside `Authorization`.
const RELAYER_KEY: HeaderName = HeaderName::from_static("x-relayer-api-key");
const EMPLOYEE: HeaderName = HeaderName::from_static("x-employee-id");
const KEY_HEADER: HeaderName = HeaderName::from_static("x-api-key");
/// For so long it is not looked up again who somebody is.
const REMEMBERED: Duration = Duration::from_millis(300);
/// With so many who are remembered, everybody is forgotten.
const MANY: usize = 20_000;
/// How exact the last use of a key is, in real milliseconds.
const USE_MS: i64 = 60_000;

/// Somebody who was found.
pub enum Caller {
    /// A person in a browser.
    Person(Session),
    /// A program.
    Program {
        /// What it may see.
        grant: Grant,
        /// What it came in with.
        key: Arc<Key>,
    },
}

impl Caller {
    /// What they may see and do things as.
    pub fn scope(&self) -> Scope {
        match self {
            Caller::Person(session) => session.scope(),
            Caller::Program { grant, .. } => grant.scope(),
        }
    }

    /// `admin`, `manager` or `rep`.
    pub fn role(&self) -> &str {
        match self {
            Caller::Person(session) => &session.role,
            Caller::Program { grant, .. } => &grant.role,
        }
    }
}

/// Somebody who was found, and what they were told of themselves.
pub struct Known {
    /// Who.
    pub caller: Caller,
    /// The answer of `GET /api/auth/me`, without the instant.
    pub me: OnceLock<Value>,
}

/// What a request says about who sends it.
pub enum Found {
    /// Them.
    Good(Arc<Known>),
    /// There was a session: it may be renewed.
    Expired,
    /// Nothing.
    None,
}

/// Who was found lately, on this node.
#[derive(Default)]
pub struct Callers {
    generation: AtomicU64,
    found: Mutex<HashMap<String, (Instant, Arc<Known>)>>,
    /// Digests of keys whose hash was looked at, by the hash.
    proved: Mutex<HashMap<String, String>>,
    proving: tokio::sync::Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Callers {
    /// Forgets everybody: something about people has changed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        lock(&self.found).clear();
    }

    fn remembered(&self, token: &str) -> Option<Arc<Known>> {
        let found = lock(&self.found);
        let (at, known) = found.get(token)?;
        (at.elapsed() < REMEMBERED).then(|| known.clone())
    }

    /// Remembers, unless something has changed since `generation`.
    fn remember(&self, token: String, caller: Caller, generation: u64) -> Arc<Known> {
        let known = Arc::new(Known { caller, me: OnceLock::new() });
        let mut found = lock(&self.found);
        if self.generation.load(Ordering::SeqCst) == generation {
            if found.len() >= MANY {
                found.clear();
            }
            found.insert(token, (Instant::now(), known.clone()));
        }
        known
    }

    fn is_proved(&self, grant: &Grant, digest: &str) -> bool {
        let proved = lock(&self.proved);
        let known = proved.get(&grant.hash).map(String::as_bytes).unwrap_or_default();
        subtle::ConstantTimeEq::ct_eq(known, digest.as_bytes()).into()
    }

    fn prove(&self, grant: &Grant, digest: &str) {
        let mut proved = lock(&self.proved);
        if proved.len() >= MANY {
            proved.clear();
        }
        proved.insert(grant.hash.clone(), digest.to_owned());
    }
}

/// Who sends a request. Whoever shows a key is taken for the program alone, whatever cookies come along.
pub async fn find(app: &Arc<App>, headers: &HeaderMap, address: Address) -> Result<Found> {
    match shown_key(headers)? {
        Some(text) => program(app, KeyKind::Api, text, address).await.map(Found::Good),
        None => person(app, headers).await,
    }
}

/// The key of `Authorization: Bearer` or `X-API-Key`.
fn shown_key(headers: &HeaderMap) -> Result<Option<&str>> {
    let (bearer, plain) = (one(headers, &header::AUTHORIZATION)?, one(headers, &KEY_HEADER)?);
    match (bearer, plain) {
        (None, None) => Ok(None),
        (None, Some(key)) => Ok(Some(key)),
        (Some(text), None) => {
            let (scheme, key) = text.split_once(' ').ok_or_else(bad_key)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(bad_key());
            }
            Ok(Some(key.trim()))
        }
        // Nobody shows two: which one is meant?
        (Some(_), Some(_)) => Err(bad_key()),
    }
}

/// A header that says who asks: two of them say nothing.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(|text| Some(text.trim())).map_err(|_| bad_key()),
        _ => Err(bad_key()),
    }
}

fn bad_key() -> Error {
    let message = "This API key is not valid: it was mistyped, revoked, or its time is over";
    Error::new(Kind::Unauthenticated, "key.invalid", message).number(1005)
}

/// The member's device that a relayer runs on: by its key, and the employee id that it says it works for must be that of
/// the key's member. The key alone decides whose messages it sees; the header is how a mix-up of two devices is noticed.
pub async fn relayer(app: &Arc<App>, headers: &HeaderMap, address: Address) -> Result<Grant> {
    let text = one(headers, &RELAYER_KEY)?.ok_or_else(bad_key)?;
    let known = program(app, KeyKind::Relayer, text, address).await?;
    let Caller::Program { grant, .. } = &known.caller else { return Err(bad_key()) };
    if one(headers, &EMPLOYEE)? != Some(grant.handle.as_str()) {
        let message = "X-Employee-ID is not the handle of the member whom this relayer key belongs to. Send the employee id that was shown with the key";
        return Err(Error::new(Kind::Forbidden, "relayer.employee_mismatch", message));
    }
    Ok(grant.clone())
}

async fn program(app: &Arc<App>, kind: KeyKind, text: &str, address: Address) -> Result<Arc<Known>> {
    let prefix = api_keys::prefix(kind, text).ok_or_else(bad_key)?;
    let digest = api_keys::digest(text);
    let is_over = |grant: &Grant| grant.expires_at.is_some_and(|at| at.0 <= app.real_ms());
    if let Some(known) = app.callers.remembered(&digest)
        && let Caller::Program { grant, .. } = &known.caller
    {
        return if is_over(grant) { Err(bad_key()) } else { Ok(known) };
    }
    let generation = app.callers.generation.load(Ordering::SeqCst);
    let grant = api_key::by_prefix(&app.db, kind, prefix)
        .await?
        .filter(|grant| !is_over(grant))
        .ok_or_else(bad_key)?;
    if !app.callers.is_proved(&grant, &digest) {
        // A program that starts with many requests at once has one of them looked at, and the others wait for it.
        let _turn = app.callers.proving.lock().await;
        if !app.callers.is_proved(&grant, &digest) {
            // Whoever guesses at the secret part is slowed down like one who guesses at a password.
            let attempt = app.sign_ins.attempt(&address.text(), grant.id.as_str(), true)?;
            if !passwords::verify(Some(grant.hash.clone()), text.to_owned()).await? {
                return Err(bad_key());
            }
            app.sign_ins.succeeded(attempt);
            app.callers.prove(&grant, &digest);
        }
    }
    note_use(app, &grant);
    let key = Key { id: grant.id.clone(), name: grant.name.clone(), scopes: grant.scopes.clone() };
    Ok(app.callers.remember(digest, Caller::Program { grant, key: Arc::new(key) }, generation))
}

/// Writes down, beside the request, that the key was used.
fn note_use(app: &Arc<App>, grant: &Grant) {
    let (now, app) = (app.real_ms(), app.clone());
    if grant.last_used_at.is_some_and(|at| now - at.0 < USE_MS) {
        return;
    }
    let id = grant.id.clone();
    tokio::spawn(async move {
        if let Err(error) = api_key::used(&app.db, &id, now).await {
            tracing::warn!(%error, key = %id, "the use of a key could not be written down");
        }
    });
}

async fn person(app: &App, headers: &HeaderMap) -> Result<Found> {
    let Some(token) =
        super::session::cookie(headers, super::session::COOKIE).filter(|token| !token.is_empty())
    else {
        return Ok(Found::None);
    };
    if token.len() > 128 {
        return Ok(Found::None);
    }
    let hash = token_hash(token);
    let known = match app.callers.remembered(&hash) {
        Some(known) => Some(known),
        None => {
            let generation = app.callers.generation.load(Ordering::SeqCst);
            let session = session::by_access(&app.db, &hash).await?;
            session.map(|session| app.callers.remember(hash, Caller::Person(session), generation))
        }
    };
    // A token that is not known any more was perhaps renewed by another tab a moment ago.
    Ok(match known {
        Some(known) if is_good(app, &known.caller) => Found::Good(known),
        _ => Found::Expired,
    })
}

fn is_good(app: &App, caller: &Caller) -> bool {
    matches!(caller, Caller::Person(session) if session.access_until.0 > app.real_ms())
}

/// The session of a request, if a person sends it who is signed in.
pub async fn session(app: &App, headers: &HeaderMap) -> Result<Option<Session>> {
    match person(app, headers).await? {
        Found::Good(known) => Ok(match &known.caller {
            Caller::Person(session) => Some(session.clone()),
            Caller::Program { .. } => None,
        }),
        _ => Ok(None),
    }
}
