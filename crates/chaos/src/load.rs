//! What the outside does to the product while it is being hurt: producers that post messages until they are
//! accepted, and a provider that posts every webhook twice at the same instant. What was answered 2xx goes
//! into the first of the three ledgers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::session::Session;
use crate::sink;

/// Most producers that still write to different people.
const MOST_PRODUCERS: u64 = 16;
/// Senders of webhooks at the same time; each sends two copies at once.
const HOOKERS: u64 = 3;
/// The longest pause between two requests of one of them, in milliseconds.
const LONGEST_PAUSE: u64 = 40;
/// Strangers who write to us: few, so that many first messages come at once.
const STRANGERS: u32 = 40;
/// The longest wait for what is under way: as long as a request may take.
const LONGEST_CALL: Duration = Duration::from_secs(2);
/// What a sender does not get accepted so long after the storm was not accepted.
const GRACE: Duration = Duration::from_secs(20);
/// The address that the node under test believes to have, which its signatures are made over.
pub const PUBLIC_URL: &str = "http://overture.test";

/// A message that was answered 2xx.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The id it got.
    pub id: String,
    /// Its text, which no other has.
    pub text: String,
    /// The length of the disk's log when the answer was here.
    pub position: u64,
}

/// A webhook that was answered 2xx.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// The provider's id of it.
    pub sid: String,
    /// Its text, which no other has.
    pub text: String,
    /// The length of the disk's log when the answer was here.
    pub position: u64,
}

/// The ledger of those who were answered.
#[derive(Default)]
pub struct Ledger {
    disk_log: Option<PathBuf>,
    accepted: Mutex<Vec<Accepted>>,
    acknowledged: Mutex<Vec<Acknowledged>>,
    refused: Mutex<Vec<String>>,
    given_up: AtomicU64,
}

impl Ledger {
    /// A ledger whose entries carry the length of this log at their instant.
    pub fn beside(disk_log: Option<PathBuf>) -> Ledger {
        Ledger { disk_log, ..Ledger::default() }
    }

    fn position(&self) -> u64 {
        let log = self.disk_log.as_deref().and_then(|log| std::fs::metadata(log).ok());
        log.map_or(0, |log| log.len())
    }

    /// All messages that were accepted.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All webhooks that were acknowledged.
    pub fn acknowledged(&self) -> Vec<Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests that got a 4xx which no well-formed request may get.
    pub fn refused(&self) -> Vec<String> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Requests that nobody answered until the end of all patience.
    pub fn given_up(&self) -> usize {
        usize::try_from(self.given_up.load(Ordering::Relaxed)).unwrap_or(usize::MAX)
    }

    fn refuse(&self, what: String) {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

/// Holds the load back for a moment.
#[derive(Clone, Default)]
pub struct Calm(Arc<Turns>);

#[derive(Default)]
struct Turns {
    held: AtomicBool,
    under_way: AtomicU64,
}

impl Calm {
    /// Lets nobody begin anything new, and waits a moment for what is under way.
    pub async fn begin(&self) {
        self.0.held.store(true, Ordering::SeqCst);
        let start = Instant::now();
        while self.0.under_way.load(Ordering::SeqCst) > 0 && start.elapsed() < LONGEST_CALL {
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Everybody goes on.
    pub fn end(&self) {
        self.0.held.store(false, Ordering::SeqCst);
    }

    /// Waits for the calm to end, and is under way until the turn is dropped.
    async fn turn(&self) -> Turn {
        loop {
            self.0.under_way.fetch_add(1, Ordering::SeqCst);
            let turn = Turn(Arc::clone(&self.0));
            if !self.0.held.load(Ordering::SeqCst) {
                return turn;
            }
            drop(turn);
            sleep(Duration::from_millis(5)).await;
        }
    }
}

struct Turn(Arc<Turns>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The load, while it runs.
pub struct Load {
    calm: Calm,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Load {
    /// Lets so many producers of messages, and the senders of webhooks, begin. All draws come from `seed`.
    pub fn start(session: &Session, ledger: &Arc<Ledger>, seed: u64, producers: u64) -> Load {
        let (calm, stop) = (Calm::default(), Arc::new(AtomicBool::new(false)));
        let mut tasks = JoinSet::new();
        for number in 0..producers + HOOKERS {
            let rng = StdRng::seed_from_u64(seed.wrapping_mul(1_000).wrapping_add(number));
            let who = Sender {
                number,
                seed,
                rng,
                session: session.clone(),
                ledger: Arc::clone(ledger),
                calm: calm.clone(),
                stop: Arc::clone(&stop),
            };
            match number < producers {
                true => tasks.spawn(who.produce()),
                false => tasks.spawn(who.hook()),
            };
        }
        Load { calm, stop, tasks }
    }

    /// What holds it back.
    pub fn calm(&self) -> Calm {
        self.calm.clone()
    }

    /// Lets everybody finish what they have begun.
    pub async fn finish(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.tasks.join_all().await;
    }
}

struct Sender {
    number: u64,
    seed: u64,
    rng: StdRng,
    session: Session,
    ledger: Arc<Ledger>,
    calm: Calm,
    stop: Arc<AtomicBool>,
}

impl Sender {
    async fn pause(&mut self) {
        sleep(Duration::from_millis(self.rng.random_range(1..=LONGEST_PAUSE))).await;
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Posts messages, each under one id until somebody says 2xx.
    async fn produce(mut self) {
        let mut count = 0;
        while !self.stopped() {
            count += 1;
            let text = format!("storm {} message {} of producer {}", self.seed, count, self.number);
            let body = json!({
                "client_id": uuid::Builder::from_random_bytes(self.rng.random()).into_uuid(),
                "channel": "sms",
                "sender_id": self.session.sender_id(),
                // The sandbox's people have manners by their last digits below 1000.
                "to": format!("+1202555{}", 1000 + (self.number + MOST_PRODUCERS * count) % 9000),
                "text": text,
            });
            let node = self.session.board().draw(&mut self.rng);
            let turn = self.calm.turn().await;
            let answer = self.until_decided(node, &body).await;
            drop(turn);
            match answer {
                Some(answer) if answer.status.is_success() => {
                    let position = self.ledger.position();
                    let Some(id) = answer.body["id"].as_str() else {
                        self.ledger.refuse(format!("a 2xx without an id: {}", answer.body));
                        continue;
                    };
                    let accepted = Accepted { id: id.to_owned(), text, position };
                    self.ledger.accepted.lock().unwrap_or_else(PoisonError::into_inner).push(accepted);
                }
                Some(answer) => {
                    self.ledger.refuse(format!("POST /api/messages: {} {}", answer.status, answer.body))
                }
                None => {
                    self.ledger.given_up.fetch_add(1, Ordering::Relaxed);
                }
            }
            self.pause().await;
        }
    }

    /// Short patience again and again, so that the end of the storm is noticed.
    async fn until_decided(&self, node: usize, body: &serde_json::Value) -> Option<crate::session::Answer> {
        let mut last_call = None;
        loop {
            let soon = Instant::now() + Duration::from_millis(500);
            let answer = self.session.ask(node, Method::POST, "/api/messages", Some(body), soon).await;
            if answer.is_some() {
                return answer;
            }
            if self.stopped() && *last_call.get_or_insert(Instant::now() + GRACE) < Instant::now() {
                return None;
            }
        }
    }

    /// Posts texts of strangers as Twilio does, two copies at the same instant, each until a 2xx.
    async fn hook(mut self) {
        let mut count = 0;
        while !self.stopped() {
            count += 1;
            let text = format!("storm {} answer {} by way of {}", self.seed, count, self.number);
            let sid = format!("SM{:032x}", self.rng.random::<u128>());
            let from = format!("+1212555{:04}", 1000 + self.rng.random_range(0..STRANGERS));
            let form: BTreeMap<&str, &str> = BTreeMap::from([
                ("AccountSid", sink::ACCOUNT_SID),
                ("ApiVersion", "2010-04-01"),
                ("Body", &text),
                ("From", &from),
                ("MessageSid", &sid),
                ("NumMedia", "0"),
                ("NumSegments", "1"),
                ("SmsMessageSid", &sid),
                ("SmsSid", &sid),
                ("SmsStatus", "received"),
                ("To", sink::OUR_NUMBER),
            ]);
            let node = self.session.board().draw(&mut self.rng);
            let turn = self.calm.turn().await;
            let (one, two) = tokio::join!(self.copy(node, &form), self.copy(node + 1, &form));
            match [one, two].into_iter().flatten().min() {
                Some(position) => {
                    let acknowledged = Acknowledged { sid, text, position };
                    self.ledger
                        .acknowledged
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(acknowledged);
                }
                None => {
                    self.ledger.given_up.fetch_add(1, Ordering::Relaxed);
                }
            }
            drop(turn);
            self.pause().await;
        }
    }

    /// Posts one copy until a 2xx, and returns the length of the disk's log then.
    async fn copy(&self, mut node: usize, form: &BTreeMap<&str, &str>) -> Option<u64> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let signature = signature(sink::AUTH_TOKEN, &format!("{PUBLIC_URL}{PATH}"), form);
        let mut last_call = None;
        loop {
            let soon = Instant::now() + Duration::from_millis(500);
            if let Some(base) = self.session.base(node, soon).await {
                let request = self.session.http().post(format!("{base}{PATH}"));
                let request = request.header("Content-Type", "application/x-www-form-urlencoded");
                let request = request.header("X-Twilio-Signature", &signature).body(body.clone());
                match request.send().await.map(|answer| answer.status()) {
                    Ok(status) if status.is_success() => return Some(self.ledger.position()),
                    Ok(status) if status.is_client_error() && status.as_u16() != 429 => {
                        self.ledger.refuse(format!("POST {PATH}: {status}"));
                        return None;
                    }
                    // Down, killed under us, or not able just now: what a provider meets with patience.
                    Ok(_) | Err(_) => sleep(Duration::from_millis(20)).await,
                }
                node += 1;
            }
            if self.stopped() && *last_call.get_or_insert(Instant::now() + GRACE) < Instant::now() {
                return None;
            }
        }
    }
}

const PATH: &str = "/api/twilio/inbound-sms";

/// Twilio's: HMAC-SHA1 with the auth token over the URL and the sorted names and values.
fn signature(token: &str, url: &str, form: &BTreeMap<&str, &str>) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(token.as_bytes()).expect("any length is a key");
    mac.update(url.as_bytes());
    for (name, value) in form {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of Twilio's documentation of webhook security.
    #[test]
    fn the_signature_is_the_published_one() {
        let form = BTreeMap::from([
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ]);
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        assert_eq!(signature("12345", url, &form), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    }
}
