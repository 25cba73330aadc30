//! Google as far as the product needs it: the consent page, tokens, and mailboxes with a history. Tokens say themselves
//! whom they open, so that an account that was connected before the sandbox was started anew still is.

mod api;
mod consent;
mod mailbox;
mod token;

pub(crate) use mailbox::Delivery;
pub(crate) use token::refresh_token;

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::clock;
use crate::fault::{Hit, Kind};
use crate::line::Cut;
use crate::twilio;
use crate::world::{World, locked};

use mailbox::Mailbox;
use token::Code;

/// So many mailboxes are kept; mail to further ones is refused.
const MAILBOXES: usize = 10_000;

/// Everything at Google.
pub(crate) struct Google {
    boxes: Mutex<HashMap<String, Mailbox>>,
    codes: Mutex<HashMap<String, Code>>,
    /// The last instant that a token was dated: no two have the same.
    last: AtomicI64,
    exchanged: AtomicU64,
    refreshed: AtomicU64,
    /// Mailboxes begin their history here, after that of an earlier run.
    started_at: u64,
}

impl Google {
    pub(crate) fn new(started_at: i64) -> Google {
        Google {
            boxes: Mutex::default(),
            codes: Mutex::default(),
            last: AtomicI64::new(0),
            exchanged: AtomicU64::new(0),
            refreshed: AtomicU64::new(0),
            started_at: u64::try_from(started_at).unwrap_or(1),
        }
    }

    /// Now, in milliseconds, and never the same twice.
    fn tick(&self) -> i64 {
        let now = clock::now_ms();
        let next = |last: i64| Some(now.max(last + 1));
        let last = self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).unwrap_or(now);
        now.max(last + 1)
    }

    /// Does something with a mailbox, which is there as soon as somebody asks for it.
    fn with<T>(&self, account: &str, act: impl FnOnce(&mut Mailbox) -> T) -> Option<T> {
        let mut boxes = locked(&self.boxes);
        let account = account.to_ascii_lowercase();
        if boxes.len() >= MAILBOXES && !boxes.contains_key(&account) {
            return None;
        }
        Some(act(boxes.entry(account).or_insert_with(|| Mailbox::new(self.started_at))))
    }

    /// The account that a mail to this address lands in, if it is one of Google's that somebody has opened. What stands
    /// behind a plus belongs to the address before it.
    pub(crate) fn account_of(&self, address: &str) -> Option<String> {
        let (local, domain) = address.rsplit_once('@')?;
        let bare = local.split('+').next().unwrap_or(local);
        let account = format!("{bare}@{domain}").to_ascii_lowercase();
        locked(&self.boxes).contains_key(&account).then_some(account)
    }

    /// Puts a mail into a mailbox.
    pub(crate) fn deliver(&self, world: &World, account: &str, delivery: Delivery) {
        let id = id_of(world);
        self.with(account, |mailbox| {
            mailbox.add(id, delivery);
        });
    }

    /// What somebody orders over the control API: everything is revoked, access tokens end early, the history forgets.
    pub(crate) fn order(&self, account: &str, revoke: bool, expire_access: bool, forget: bool) {
        let now = self.tick();
        self.with(account, |mailbox| {
            if revoke {
                mailbox.revoked_until = Some(now);
            }
            if expire_access {
                mailbox.access_until = now;
            }
            if forget {
                mailbox.forget();
            }
        });
    }

    /// What lies in a mailbox, oldest first.
    pub(crate) fn mails_of(&self, account: &str) -> Vec<Value> {
        let shown = |mailbox: &mut Mailbox| {
            let one = |kept: &mailbox::Kept| {
                json!({
                    "id": kept.id, "thread": kept.thread, "labels": kept.labels, "message_id": kept.message_id,
                })
            };
            mailbox.mails.iter().map(one).collect()
        };
        self.with(account, shown).unwrap_or_default()
    }

    pub(crate) fn report(&self) -> Value {
        json!({
            "accounts": locked(&self.boxes).len(),
            "exchanged": self.exchanged.load(Ordering::Relaxed),
            "refreshed": self.refreshed.load(Ordering::Relaxed),
        })
    }
}

pub(crate) fn routes() -> Router<Arc<World>> {
    Router::new()
        .route("/google/o/oauth2/v2/auth", get(consent::page))
        .route("/google/consent", get(consent::decide))
        .route("/google/token", post(token::give))
        .route("/google/gmail/v1/users/me/profile", get(api::profile))
        .route("/google/gmail/v1/users/me/messages", get(api::list))
        .route("/google/gmail/v1/users/me/messages/send", post(api::send))
        .route("/google/gmail/v1/users/me/messages/{id}", get(api::one))
        .route("/google/gmail/v1/users/me/history", get(api::history))
}

fn id_of(world: &World) -> String {
    format!("{:016x}", world.draw_id().0)
}

fn said(status: StatusCode, body: &Value) -> Response {
    twilio::json(status, body.to_string().into_bytes())
}

/// A refusal of the API, as Google writes it.
fn refuse(status: StatusCode, reason: &str, message: &str) -> Response {
    let error = json!({
        "code": status.as_u16(), "message": message, "status": reason.to_ascii_uppercase(),
        "errors": [{ "message": message, "domain": "global", "reason": reason }],
    });
    said(status, &json!({ "error": error }))
}

/// A refusal of the token endpoint.
fn deny(status: StatusCode, error: &str) -> Response {
    said(status, &json!({ "error": error, "error_description": "Ordered, or not good any more." }))
}

/// What Google answers to the API when it says this word.
fn refusal(word: &str) -> Response {
    let (status, message) = match word {
        "invalidArgument" => (400, "Invalid To header"),
        "failedPrecondition" => (400, "Mail service not enabled"),
        "authError" => (401, "Invalid Credentials"),
        "userRateLimitExceeded" => (429, "User-rate limit exceeded.  (Mail sending)"),
        _ => (403, "Ordered by the sandbox's fault API"),
    };
    refuse(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN), word, message)
}

/// Answers as a fault wants it.
async fn suffer(
    world: &Arc<World>,
    cut: &Cut,
    hit: Hit,
    act: impl FnOnce(&Arc<World>) -> Response + Send + 'static,
) -> Response {
    match hit.kind {
        Kind::Status(status) => refuse(
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            "backendError",
            "Ordered by the sandbox's fault API",
        ),
        Kind::Named(word) => refusal(word),
        Kind::AcceptThen500 => {
            act(world);
            refuse(StatusCode::INTERNAL_SERVER_ERROR, "backendError", "Backend Error")
        }
        Kind::AcceptThenGarbage => {
            act(world);
            twilio::json(StatusCode::OK, b"\x00\xff<<garbage>>{\"id\":".to_vec())
        }
        _ => twilio::suffer(world, cut, hit, act).await,
    }
}
