//! Calls to a provider at the speed that it allows ([`domain::api_rate`]), so that a burst does not run into its refusals:
//! every call of a connection takes a place in a bucket, and waits its turn where it is full. The nodes share the
//! buckets as they share the limits of who asks us, where Redis is configured. A provider that says that it has enough
//! shuts the bucket for as long as it says, for every sender of that connection.
//!
//! What finds no place in time goes back unsent: nothing is held against the message, and its sender makes a pause.

use crate::http::buckets::Buckets;
use async_trait::async_trait;
use domain::{api_rate, retry};
use providers::{
    Api, Class, Fail, Found, Gate, Mailbox, Outgoing, Poll, Receipt, Renewal, Renewed, Shelf, Template,
    elevenlabs,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// How long a call waits for its turn, where its message may wait for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// For how long a provider is left alone that says that it has enough and not for how long.
const ENOUGH: Duration = Duration::from_secs(1);

/// What a node has called so far, of one provider.
#[derive(Debug, Default)]
struct Counts {
    made: AtomicU64,
    waited: AtomicU64,
    given_back: AtomicU64,
    refused: AtomicU64,
}

/// The connections of one provider.
struct Pace {
    provider: &'static str,
    rate: api_rate::ApiRate,
    buckets: Buckets,
    /// Those that the provider shut here, until when.
    shut: Mutex<HashMap<String, Instant>>,
    counts: Counts,
}

/// The buckets of every provider that has a limit.
pub struct Paces {
    all: Vec<Pace>,
}

/// What a monitor reads of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Its id.
    pub provider: &'static str,
    /// Calls by what became of them: made, of these made after a wait, given back without a call, refused for speed.
    pub calls: [(&'static str, u64); 4],
    /// Connections that would have to wait now.
    pub full: usize,
}

impl Default for Paces {
    fn default() -> Self {
        let pace = |provider: &'static str| {
            let rate = api_rate::of(provider)?;
            let buckets = Buckets::new(provider, rate.burst, Duration::from_secs_f64(1.0 / rate.per_second));
            Some(Pace { provider, rate, buckets, shut: Mutex::default(), counts: Counts::default() })
        };
        Self { all: providers::all().iter().filter_map(|provider| pace(provider.id)).collect() }
    }
}

impl Paces {
    /// All of them, to be shared with other nodes.
    pub fn buckets(&self) -> impl Iterator<Item = &Buckets> {
        self.all.iter().map(|pace| &pace.buckets)
    }

    /// How a connection of a provider stands: what it may, and how long a call would wait now. `None` where nothing is
    /// counted.
    pub fn of(&self, provider: &str, connection: &str) -> Option<(api_rate::ApiRate, Duration)> {
        let pace = self.pace(provider)?;
        Some((pace.rate, pace.buckets.wait(connection, Instant::now())))
    }

    /// What a monitor reads.
    pub fn readings(&self) -> Vec<Reading> {
        let now = Instant::now();
        let read = |pace: &Pace| {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            Reading {
                provider: pace.provider,
                calls: [
                    ("made", count(&pace.counts.made)),
                    ("waited", count(&pace.counts.waited)),
                    ("given_back", count(&pace.counts.given_back)),
                    ("refused", count(&pace.counts.refused)),
                ],
                full: pace.buckets.full(now),
            }
        };
        self.all.iter().map(read).collect()
    }

    fn pace(&self, provider: &str) -> Option<&Pace> {
        self.all.iter().find(|pace| pace.provider == provider)
    }
}

impl Pace {
    /// Waits its turn; where that takes too long, for how long nothing can be called.
    async fn turn(&self, connection: &str, patience: Duration) -> Result<(), Duration> {
        let given_back = |wait| {
            self.counts.given_back.fetch_add(1, Ordering::Relaxed);
            Err(wait)
        };
        let wait = match self.buckets.reserve(connection.to_owned(), Instant::now(), patience) {
            Ok(wait) => wait,
            Err(wait) => return given_back(wait),
        };
        if !wait.is_zero() {
            self.counts.waited.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(wait).await;
        }
        // Shut meanwhile: the turn is worth nothing any more.
        if let Some(left) = self.shut_for(connection) {
            return given_back(left);
        }
        self.counts.made.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// For how long the provider itself wants nothing of a connection, as far as it said so here.
    fn shut_for(&self, connection: &str) -> Option<Duration> {
        let mut shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        shut.retain(|_, until| *until > now);
        shut.get(connection).map(|until| until.duration_since(now))
    }

    /// The provider has said what became of a call.
    fn heard<T>(&self, connection: &str, outcome: &Result<T, Fail>) {
        let Err(fail) = outcome else { return };
        let of_one = fail.code.as_deref().is_some_and(|code| self.rate.of_recipient.contains(&code));
        if fail.class != Class::Throttle || of_one {
            return;
        }
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
        let asked = fail.retry_after_ms.map(|ms| ms.clamp(0, retry::MAX_RETRY_AFTER_MS).unsigned_abs());
        let wait = asked.map_or(ENOUGH, Duration::from_millis).max(ENOUGH);
        let now = Instant::now();
        self.buckets.shut(connection, wait, now);
        let mut shut = self.shut.lock().unwrap_or_else(PoisonError::into_inner);
        let until = shut.entry(connection.to_owned()).or_insert(now + wait);
        *until = (*until).max(now + wait);
    }
}

/// An account that is called no faster than its provider allows.
pub struct Paced {
    api: Box<dyn Api>,
    provider: &'static str,
    /// What shares the limit.
    connection: String,
    paces: Arc<Paces>,
}

impl Paced {
    /// Around an account.
    pub fn new(api: Box<dyn Api>, provider: &'static str, connection: String, paces: Arc<Paces>) -> Self {
        Self { api, provider, connection, paces }
    }

    async fn turn(&self, patience: Duration) -> Result<(), Duration> {
        match self.paces.pace(self.provider) {
            Some(pace) => pace.turn(&self.connection, patience).await,
            None => Ok(()),
        }
    }

    fn heard<T>(&self, outcome: Result<T, Fail>) -> Result<T, Fail> {
        if let Some(pace) = self.paces.pace(self.provider) {
            pace.heard(&self.connection, &outcome);
        }
        outcome
    }

    /// A question, which can be asked again later.
    async fn asks<T>(&self, call: impl Future<Output = Result<T, Fail>>) -> Result<T, Fail> {
        if let Err(wait) = self.turn(PATIENCE).await {
            let message = format!(
                "Its provider takes no more calls of this account for {}; try again then.",
                spell(wait)
            );
            return Err(Fail { retry_after_ms: Some(ms(wait)), ..Fail::new(Class::Retry, message) });
        }
        self.heard(call.await)
    }
}

fn ms(wait: Duration) -> i64 {
    i64::try_from(wait.as_millis()).unwrap_or(i64::MAX).max(1)
}

fn spell(wait: Duration) -> String {
    match wait.as_secs() {
        0 => "a moment".to_owned(),
        seconds @ 1..120 => format!("{} seconds", seconds + 1),
        seconds => format!("{} minutes", seconds.div_ceil(60)),
    }
}

#[async_trait]
impl Api for Paced {
    async fn check(&self) -> Result<(), Fail> {
        self.asks(self.api.check()).await
    }

    async fn send(&self, message: &Outgoing, gate: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        if let Err(wait) = self.turn(PATIENCE.min(gate.patience())).await {
            let message = format!(
                "Its provider takes no more calls of this account for {}; the message keeps its place in the queue.",
                spell(wait)
            );
            return Err(Fail { retry_after_ms: Some(ms(wait)), ..Fail::new(Class::GaveBack, message) });
        }
        self.heard(self.api.send(message, gate).await)
    }

    async fn find(&self, message: &Outgoing, since_ms: i64) -> Result<Found, Fail> {
        self.asks(self.api.find(message, since_ms)).await
    }

    fn voice(&self) -> Option<&elevenlabs::Voice> {
        self.api.voice()
    }

    fn mailbox(&self) -> Option<&dyn Mailbox> {
        self.api.mailbox().map(|_| self as &dyn Mailbox)
    }

    fn shelf(&self) -> Option<&dyn Shelf> {
        self.api.shelf().map(|_| self as &dyn Shelf)
    }

    fn renewal(&self) -> Option<&dyn Renewal> {
        self.api.renewal().map(|_| self as &dyn Renewal)
    }
}

#[async_trait]
impl Renewal for Paced {
    async fn renew(&self) -> Result<Renewed, Fail> {
        match self.api.renewal() {
            Some(renewal) => self.asks(renewal.renew()).await,
            None => Err(Fail::new(Class::Config, "Nothing renews the access of this account.")),
        }
    }
}

#[async_trait]
impl Mailbox for Paced {
    async fn poll(&self, cursor: Option<&str>, since_ms: i64) -> Result<Poll, Fail> {
        match self.api.mailbox() {
            Some(mailbox) => self.asks(mailbox.poll(cursor, since_ms)).await,
            None => Err(Fail::new(Class::Config, "This account has no mailbox.")),
        }
    }
}

#[async_trait]
impl Shelf for Paced {
    fn account(&self) -> &str {
        self.api.shelf().map_or("", Shelf::account)
    }

    async fn templates(&self) -> Result<Vec<Template>, Fail> {
        match self.api.shelf() {
            Some(shelf) => self.asks(shelf.templates()).await,
            None => Err(Fail::new(Class::Config, "This account has no templates.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    /// Takes what comes, or says that it has enough.
    #[derive(Clone, Default)]
    struct Provider {
        calls: Arc<AtomicUsize>,
        refuses: Option<&'static str>,
    }

    #[async_trait]
    impl Api for Provider {
        async fn check(&self) -> Result<(), Fail> {
            Ok(())
        }

        async fn send(&self, _: &Outgoing, _: Arc<dyn Gate>) -> Result<Receipt, Fail> {
            self.calls.fetch_add(1, Ordering::SeqCst);
            match self.refuses {
                Some(code) => {
                    let slow = Fail::new(Class::Throttle, "enough").with_code(code);
                    Err(Fail { retry_after_ms: Some(10_000), ..slow })
                }
                None => Ok(Receipt { provider_message_id: "x".into() }),
            }
        }

        async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
            Ok(Found::CannotKnow)
        }
    }

    /// A message that may wait for so long.
    struct For(Duration);

    impl Gate for For {
        fn may_send(&self) -> bool {
            true
        }

        fn patience(&self) -> Duration {
            self.0
        }
    }

    fn account(
        paces: &Arc<Paces>,
        connection: &str,
        refuses: Option<&'static str>,
    ) -> (Provider, Arc<Paced>) {
        let provider = Provider { refuses, ..Provider::default() };
        let api = Paced::new(Box::new(provider.clone()), "whatsapp", connection.into(), paces.clone());
        (provider, Arc::new(api))
    }

    async fn send(api: &Paced, patience: Duration) -> Result<(), (Class, Option<i64>)> {
        let sent = api.send(&Outgoing::default(), Arc::new(For(patience))).await;
        sent.map(drop).map_err(|fail| (fail.class, fail.retry_after_ms))
    }

    /// The connection has no place for so long.
    fn fill(paces: &Paces, connection: &str, wait: Duration) {
        let buckets = &paces.pace("whatsapp").unwrap().buckets;
        buckets.reserve(connection.into(), Instant::now(), PATIENCE).unwrap();
        buckets.shut(connection, wait, Instant::now());
    }

    fn refused() -> Result<(), Fail> {
        Err(Fail { retry_after_ms: Some(10_000), ..Fail::new(Class::Throttle, "enough") })
    }

    #[test]
    fn a_burst_is_spread_over_what_the_provider_takes_in_a_second() {
        let (paces, start) = (Paces::default(), Instant::now());
        let buckets = &paces.pace("whatsapp").unwrap().buckets;
        let times: Vec<u128> =
            (0..240).map(|_| buckets.reserve("snd_1".into(), start, PATIENCE).unwrap().as_millis()).collect();
        // 80 at once, and the other 160 at 80 a second, in the order in which they came.
        assert_eq!(times.iter().filter(|at| **at == 0).count(), 80);
        assert!(times.is_sorted());
        for from in (0..2_000).step_by(100) {
            let window = times.iter().filter(|at| **at > from && **at <= from + 1_000).count();
            assert!(window <= 81, "{window} calls in the second after {from}");
        }
        assert_eq!(times.last(), Some(&2_000));
        // Another number has its own.
        assert_eq!(buckets.reserve("snd_2".into(), start, PATIENCE), Ok(Duration::ZERO));
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_the_message_may() {
        let paces = Arc::new(Paces::default());
        let (provider, api) = account(&paces, "snd_1", None);
        fill(&paces, "snd_1", Duration::from_secs(3));
        assert!(matches!(
            send(&api, Duration::from_secs(1)).await,
            Err((Class::GaveBack, Some(2_000..=3_000)))
        ));
        assert_eq!(provider.calls.load(Ordering::SeqCst), 0);
        fill(&paces, "snd_2", Duration::from_millis(20));
        let (provider, api) = account(&paces, "snd_2", None);
        send(&api, PATIENCE).await.unwrap();
        assert_eq!(provider.calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_provider_that_has_enough_is_left_alone_and_the_message_goes_back_unsent() {
        let paces = Arc::new(Paces::default());
        let (willing, api) = account(&paces, "snd_1", None);
        send(&api, PATIENCE).await.unwrap();
        let (slow, full) = account(&paces, "snd_1", Some("130429"));
        assert_eq!(send(&full, PATIENCE).await, Err((Class::Throttle, Some(10_000))));
        // The same connection, whoever asks through it.
        assert!(matches!(send(&api, PATIENCE).await, Err((Class::GaveBack, Some(8_000..=10_000)))));
        assert_eq!(api.check().await.unwrap_err().class, Class::Retry);
        assert_eq!((willing.calls.load(Ordering::SeqCst), slow.calls.load(Ordering::SeqCst)), (1, 1));
        let (_, wait) = paces.of("whatsapp", "snd_1").unwrap();
        assert!((8..=10).contains(&wait.as_secs()), "{wait:?}");
        let reading = paces.readings().into_iter().find(|reading| reading.provider == "whatsapp").unwrap();
        assert_eq!(reading.calls, [("made", 2), ("waited", 0), ("given_back", 2), ("refused", 1)]);
        assert_eq!(reading.full, 1);
        // After the ten seconds one call each eightieth of a second, and no burst.
        let (later, buckets) =
            (Instant::now() + Duration::from_secs(10), &paces.pace("whatsapp").unwrap().buckets);
        let waits: Vec<Duration> =
            (0..3).map(|_| buckets.reserve("snd_1".into(), later, PATIENCE).unwrap()).collect();
        assert!(waits.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(11)), "{waits:?}");
    }

    #[tokio::test]
    async fn who_waits_for_a_turn_does_not_call_when_the_provider_has_enough_meanwhile() {
        let paces = Arc::new(Paces::default());
        let (willing, api) = account(&paces, "snd_1", None);
        fill(&paces, "snd_1", Duration::from_millis(20));
        let waiting = tokio::spawn({
            let api = api.clone();
            async move { send(&api, PATIENCE).await }
        });
        tokio::task::yield_now().await;
        api.heard(refused()).unwrap_err();
        assert!(matches!(waiting.await.unwrap(), Err((Class::GaveBack, Some(_)))));
        assert_eq!(willing.calls.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn too_many_messages_to_one_person_hold_up_nobody_else() {
        let paces = Arc::new(Paces::default());
        let (_, refused) = account(&paces, "snd_1", Some("131056"));
        assert_eq!(send(&refused, PATIENCE).await, Err((Class::Throttle, Some(10_000))));
        let (willing, api) = account(&paces, "snd_1", None);
        send(&api, PATIENCE).await.unwrap();
        assert_eq!(willing.calls.load(Ordering::SeqCst), 1);
    }
}
