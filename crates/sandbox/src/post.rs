//! What goes out of the sandbox: signed webhooks, retried until they are taken, and the requests of people
//! who load a picture or follow a link. All of it is recorded.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use url::{Host, Url};

use crate::world::{World, locked};
use crate::{clock, sign};

/// How long a webhook that is not answered with 2xx is tried, and how long people wait for
/// `webhook_base`, in real time.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long one try may take: Twilio's limit.
const ONE_TRY: Duration = Duration::from_secs(15);
/// So many requests are under way at the same time.
const AT_ONCE: usize = 32;
/// So many records are kept.
const RECORDS: usize = 50_000;

/// Why something is posted; the spelling of `kind` in the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reason {
    Open,
    Click,
    Unsubscribe,
    EmailIn,
    SmsIn,
    SmsStatus,
    ChatIn,
    ChatStatus,
    RecordingFetched,
    VoicemailStatus,
}

/// What is posted.
pub(crate) enum Load {
    /// Nothing: a GET.
    Look,
    /// RFC 8058.
    OneClick,
    /// A raw mail, signed with the mail secret.
    Mail(Bytes),
    /// JSON, signed with the secret of the Meta app.
    Meta(Bytes),
    /// JSON, signed with the secret of the TikTok app.
    Tiktok(Bytes),
    /// A form, signed with the Twilio token.
    Form(Vec<(String, String)>),
    /// JSON that nobody signs.
    Json(Bytes),
    /// A form that nobody signs.
    Bare(Vec<(String, String)>),
}

/// Where it is posted.
pub(crate) enum Target {
    /// An address that the product wrote into its message.
    Given(String),
    /// A path, query included, under `webhook_base`.
    Door(String),
}

/// One thing to post.
pub(crate) struct Parcel {
    pub(crate) reason: Reason,
    /// The MessageSid or Message-ID it is about.
    pub(crate) key: String,
    pub(crate) target: Target,
    pub(crate) load: Load,
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Pending,
    Acked,
    GaveUp,
}

/// What is remembered of a parcel.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Record {
    pub(crate) id: u64,
    pub(crate) kind: Reason,
    pub(crate) key: String,
    pub(crate) url: Option<String>,
    pub(crate) state: State,
    pub(crate) attempts: u32,
    /// The last answer's HTTP status.
    pub(crate) status: Option<u16>,
    /// Why there was no answer at the last attempt.
    pub(crate) error: Option<String>,
    pub(crate) at: i64,
    pub(crate) acked_at: Option<i64>,
}

#[derive(Default)]
struct Book {
    records: VecDeque<Record>,
    next: u64,
    acked: u64,
    gave_up: u64,
    attempts: u64,
}

/// The way out.
pub(crate) struct Post {
    client: reqwest::Client,
    base: watch::Sender<Option<Url>>,
    at_once: Semaphore,
    book: Mutex<Book>,
}

impl Post {
    pub(crate) fn new() -> anyhow::Result<Post> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(ONE_TRY)
            .user_agent("overture-sandbox")
            .build()
            .context("cannot set up the HTTP client of the sandbox")?;
        let (base, book) = (watch::Sender::new(None), Mutex::new(Book::default()));
        Ok(Post { client, base, at_once: Semaphore::new(AT_ONCE), book })
    }

    pub(crate) fn set_base(&self, base: &str) -> anyhow::Result<()> {
        let url = Url::parse(base).with_context(|| format!("the webhook base {base:?} is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            bail!("the webhook base {base:?} must look like http://127.0.0.1:3000");
        }
        self.base.send_replace(Some(url));
        Ok(())
    }

    pub(crate) fn base(&self) -> Option<String> {
        self.base.borrow().as_ref().map(|url| url.as_str().trim_end_matches('/').to_owned())
    }

    /// Counts, for the state.
    pub(crate) fn report(&self) -> serde_json::Value {
        let book = locked(&self.book);
        let pending = book.next - book.acked - book.gave_up;
        serde_json::json!({
            "pending": pending, "acked": book.acked, "gave_up": book.gave_up, "attempts": book.attempts,
        })
    }

    /// The records, newest first.
    pub(crate) fn records(&self, wanted: impl Fn(&Record) -> bool, limit: usize) -> Vec<Record> {
        let book = locked(&self.book);
        book.records.iter().rev().filter(|record| wanted(record)).take(limit).cloned().collect()
    }

    /// Where to connect to, and the URL to sign. An address outside this machine is reached through the
    /// webhook base: the sandbox never talks to anybody else.
    async fn route(&self, target: &Target) -> Option<(Url, String)> {
        if let Target::Given(text) = target {
            let url = Url::parse(text).ok()?;
            if is_loopback(&url) {
                return Some((url, text.clone()));
            }
        }
        let mut watched = self.base.subscribe();
        let base =
            tokio::time::timeout(PATIENCE, watched.wait_for(Option::is_some)).await.ok()?.ok()?.clone()?;
        match target {
            Target::Given(text) => {
                let given = Url::parse(text).ok()?;
                let mut inside = base.join(given.path()).ok()?;
                inside.set_query(given.query());
                Some((inside, text.clone()))
            }
            Target::Door(path) => {
                let text = format!("{}{path}", base.as_str().trim_end_matches('/'));
                Some((Url::parse(&text).ok()?, text))
            }
        }
    }

    fn open_record(&self, parcel: &Parcel) -> u64 {
        let mut book = locked(&self.book);
        let id = book.next;
        book.next += 1;
        book.records.push_back(Record {
            id,
            kind: parcel.reason,
            key: parcel.key.clone(),
            url: None,
            state: State::Pending,
            attempts: 0,
            status: None,
            error: None,
            at: clock::now_ms(),
            acked_at: None,
        });
        if book.records.len() > RECORDS {
            book.records.pop_front();
        }
        id
    }

    /// What was handed over on this machine, and so needed no posting.
    pub(crate) fn handed_over(&self, parcel: &Parcel) -> Option<Record> {
        let id = self.open_record(parcel);
        self.settle(id, State::Acked)
    }

    fn note(&self, id: u64, change: impl FnOnce(&mut Book, &mut Record)) -> Option<Record> {
        let mut book = locked(&self.book);
        let first = book.next - book.records.len() as u64;
        let index = usize::try_from(id.checked_sub(first)?).ok()?;
        let mut record = book.records.get(index)?.clone();
        change(&mut book, &mut record);
        book.records[index] = record.clone();
        Some(record)
    }

    fn settle(&self, id: u64, state: State) -> Option<Record> {
        {
            let mut book = locked(&self.book);
            match state {
                State::Acked => book.acked += 1,
                State::GaveUp => book.gave_up += 1,
                State::Pending => {}
            }
        }
        self.note(id, |_, record| {
            record.state = state;
            record.acked_at = (state == State::Acked).then(clock::now_ms);
        })
    }

    async fn attempt(&self, id: u64, world: &World, url: &Url, signed: &str, parcel: &Parcel) -> bool {
        let token = &world.options.auth_token;
        let request = match &parcel.load {
            Load::Look => self.client.get(url.clone()),
            Load::OneClick => self
                .client
                .post(url.clone())
                .header("content-type", "application/x-www-form-urlencoded")
                .body("List-Unsubscribe=One-Click"),
            Load::Mail(raw) => self
                .client
                .post(url.clone())
                .header("content-type", "message/rfc822")
                .header("x-overture-signature", sign::mail(&world.options.email_secret, raw))
                .body(raw.clone()),
            Load::Meta(raw) => self
                .client
                .post(url.clone())
                .header("content-type", "application/json")
                // The same form as that of posted mails: `sha256=` and the HMAC of the raw body.
                .header("x-hub-signature-256", sign::mail(&world.options.meta_secret, raw))
                .body(raw.clone()),
            Load::Tiktok(raw) => self
                .client
                .post(url.clone())
                .header("content-type", "application/json")
                .header("tiktok-signature", sign::tiktok(raw, clock::now_ms() / 1_000))
                .body(raw.clone()),
            Load::Json(raw) => {
                self.client.post(url.clone()).header("content-type", "application/json").body(raw.clone())
            }
            Load::Bare(params) => self.client.post(url.clone()).form(params),
            Load::Form(params) => self
                .client
                .post(url.clone())
                .header("x-twilio-signature", sign::twilio(token, signed, params))
                .header("i-twilio-idempotency-token", format!("{:?}-{}-{id}", parcel.reason, parcel.key))
                .form(params),
        };
        let answer = {
            // Closed never: the semaphore lives as long as `self`.
            let _turn = self.at_once.acquire().await;
            request.send().await
        };
        let looking = matches!(parcel.load, Load::Look);
        let (status, error) = match answer {
            Ok(answer) => (Some(answer.status()), None),
            Err(error) => (None, Some(error.without_url().to_string())),
        };
        self.note(id, |book, record| {
            book.attempts += 1;
            record.attempts += 1;
            record.status = status.map(|status| status.as_u16());
            record.error = error;
        });
        status.is_some_and(|status| status.is_success() || (looking && status.is_redirection()))
    }
}

/// Posts it, and again with growing pauses until it is taken or patience ends; a look is tried once. Goes
/// on by itself when the caller stops waiting.
pub(crate) async fn send(world: &Arc<World>, parcel: Parcel) -> Option<Record> {
    let id = world.post.open_record(&parcel);
    let (world, (done, outcome)) = (Arc::clone(world), tokio::sync::oneshot::channel());
    world.clone().spawn(async move {
        let state = if deliver(&world, id, &parcel).await { State::Acked } else { State::GaveUp };
        // Nobody may be waiting any more.
        drop(done.send(world.post.settle(id, state)));
    });
    outcome.await.ok().flatten()
}

async fn deliver(world: &World, id: u64, parcel: &Parcel) -> bool {
    let Some((url, signed)) = world.post.route(&parcel.target).await else {
        tracing::debug!(key = parcel.key, "nowhere to post to");
        return false;
    };
    world.post.note(id, |_, record| record.url = Some(signed.clone()));
    let began = Instant::now();
    let mut pause = Duration::from_secs(1);
    loop {
        if world.post.attempt(id, world, &url, &signed, parcel).await {
            return true;
        }
        if matches!(parcel.load, Load::Look) || began.elapsed() + pause > PATIENCE || !world.rest(pause).await
        {
            return false;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_outside_is_ever_reached() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let post = Post::new().expect("a client");
        post.set_base("http://127.0.0.1:3000/").expect("a base");
        let route = async |target| post.route(&target).await.map(|(url, signed)| (url.to_string(), signed));
        let pair = |url: &str, signed: &str| Some((url.to_owned(), signed.to_owned()));
        assert_eq!(
            route(Target::Given("https://crm.example.com/t/o/x?y=1".into())).await,
            pair("http://127.0.0.1:3000/t/o/x?y=1", "https://crm.example.com/t/o/x?y=1")
        );
        assert_eq!(
            route(Target::Given("http://localhost:9/t/c/x".into())).await,
            pair("http://localhost:9/t/c/x", "http://localhost:9/t/c/x")
        );
        assert_eq!(
            route(Target::Door("/webhooks/email?sender=snd_1".into())).await,
            pair(
                "http://127.0.0.1:3000/webhooks/email?sender=snd_1",
                "http://127.0.0.1:3000/webhooks/email?sender=snd_1"
            )
        );
        assert!(post.set_base("nonsense").is_err());
        assert!(post.set_base("ftp://127.0.0.1").is_err());
    }
}
