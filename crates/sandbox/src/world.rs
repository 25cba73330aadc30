//! What the servers, the people and the control API share.

use std::collections::HashSet;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::Channel;
use tokio::sync::{Semaphore, watch};

use crate::fault::Faults;
use crate::gmail::Google;
use crate::graph::Chats;
use crate::mail::Mail;
use crate::people::People;
use crate::post::Post;
use crate::shelf::Shelf;
use crate::twilio::{Credentials, Text};
use crate::voice::Voicemails;
use crate::{Options, clock, dice};

/// So many people may have something in mind at the same time; who comes later stays silent, and is counted
/// as `overlooked`.
const BUSY_PEOPLE: usize = 100_000;

/// The one shared state of a sandbox.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) started_at: i64,
    pub(crate) credentials: Credentials,
    pub(crate) faults: Faults,
    pub(crate) sms: Mutex<Shelf<Text>>,
    pub(crate) email: Mutex<Shelf<Arc<Mail>>>,
    whatsapp: Chats,
    messenger: Chats,
    tiktok: Chats,
    pub(crate) templates: crate::templates::Templates,
    pub(crate) google: Google,
    pub(crate) voicemails: Voicemails,
    /// Connections that the mail server has taken.
    pub(crate) mail_connections: AtomicU64,
    /// Mails that it has accepted.
    pub(crate) mails_accepted: AtomicU64,
    /// How often somebody was opted in at Bonzo.
    pub(crate) opted_in: AtomicU64,
    pub(crate) tiktok_tokens: Mutex<crate::tiktok::Tokens>,
    /// Hashes of (our number, their number): what Twilio refuses with 21610 after a STOP.
    pub(crate) opted_out: Mutex<HashSet<u64>>,
    pub(crate) people: People,
    pub(crate) post: Post,
    pub(crate) dns: crate::dns::Table,
    people_on: AtomicBool,
    busy: Arc<Semaphore>,
    /// Makes ids of this run differ from those of another run with the same seed: the product may remember
    /// the earlier run's.
    nonce: u64,
    drawn_ids: AtomicU64,
    stop: watch::Sender<bool>,
}

impl World {
    pub(crate) fn new(options: Options) -> anyhow::Result<Arc<World>> {
        let started_at = clock::now_ms();
        let post = Post::new()?;
        if let Some(base) = &options.webhook_base {
            post.set_base(base)?;
        }
        Ok(Arc::new(World {
            started_at,
            credentials: Credentials::new(&options.account_sid, &options.auth_token),
            faults: Faults::new(options.seed),
            sms: Mutex::new(Shelf::new(options.keep)),
            email: Mutex::new(Shelf::new(options.keep)),
            whatsapp: Chats::new(options.keep),
            messenger: Chats::new(options.keep),
            tiktok: Chats::new(options.keep),
            templates: crate::templates::Templates::default(),
            google: Google::new(started_at),
            voicemails: Voicemails::new(options.keep),
            opted_in: AtomicU64::new(0),
            mail_connections: AtomicU64::new(0),
            mails_accepted: AtomicU64::new(0),
            tiktok_tokens: Mutex::default(),
            opted_out: Mutex::new(HashSet::new()),
            people: People::default(),
            post,
            dns: crate::dns::Table::default(),
            people_on: AtomicBool::new(options.people),
            busy: Arc::new(Semaphore::new(BUSY_PEOPLE)),
            nonce: dice::hash(started_at as u64 ^ u64::from(std::process::id()) << 48, &[]),
            drawn_ids: AtomicU64::new(0),
            stop: watch::Sender::new(false),
            options,
        }))
    }

    /// What is known of a platform for chats.
    pub(crate) fn chats(&self, channel: Channel) -> &Chats {
        match channel {
            Channel::Whatsapp => &self.whatsapp,
            Channel::Tiktok => &self.tiktok,
            _ => &self.messenger,
        }
    }

    pub(crate) fn people_on(&self) -> bool {
        self.people_on.load(Ordering::Relaxed)
    }

    pub(crate) fn set_people(&self, on: bool) {
        self.people_on.store(on, Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns once the sandbox is told to stop.
    pub(crate) async fn stopped(&self) {
        // The sender lives in `self`, so waiting cannot fail before it succeeds.
        drop(self.stop.subscribe().wait_for(|stop| *stop).await);
    }

    /// Lets real time pass; false if the sandbox stopped meanwhile.
    pub(crate) async fn rest(&self, duration: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(duration) => true,
            () = self.stopped() => false,
        }
    }

    /// Runs something that ends when the sandbox stops.
    pub(crate) fn spawn(self: &Arc<Self>, task: impl Future<Output = ()> + Send + 'static) {
        let world = Arc::clone(self);
        tokio::spawn(async move {
            tokio::select! {
                () = task => {}
                () = world.stopped() => {}
            }
        });
    }

    /// Runs what a person does about a message, unless too many are busy already.
    pub(crate) fn spawn_person(self: &Arc<Self>, story: impl Future<Output = ()> + Send + 'static) {
        match Arc::clone(&self.busy).try_acquire_owned() {
            Ok(permit) => self.spawn(async move {
                story.await;
                drop(permit);
            }),
            Err(_) => self.people.count("overlooked"),
        }
    }

    /// How many people have something in mind.
    pub(crate) fn busy_people(&self) -> usize {
        BUSY_PEOPLE - self.busy.available_permits()
    }

    /// 128 bits for an id that no other run and no other call has.
    pub(crate) fn draw_id(&self) -> (u64, u64) {
        let count = self.drawn_ids.fetch_add(1, Ordering::Relaxed);
        (
            dice::hash(self.nonce, &[b"id", &count.to_le_bytes()]),
            dice::hash(self.nonce, &[&count.to_le_bytes()]),
        )
    }

    /// The low half names the number, the high half proves that it is of this run.
    pub(crate) fn sid_of(&self, number: u64) -> u128 {
        u128::from(dice::hash(self.nonce, &[b"sid", &number.to_le_bytes()])) << 64
            | u128::from(number ^ self.nonce)
    }

    /// The number of a message of this run, from what [`World::sid_of`] made of it.
    pub(crate) fn number_of(&self, sid: u128) -> Option<u64> {
        let number = sid as u64 ^ self.nonce;
        (self.sid_of(number) == sid).then_some(number)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the options: they hold secrets.
        f.debug_struct("World").field("seed", &self.options.seed).finish_non_exhaustive()
    }
}

/// The lock. A panic elsewhere must not take the whole sandbox with it: every holder leaves the value whole.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
