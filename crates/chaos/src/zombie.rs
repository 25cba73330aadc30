//! Nodes that stand still and come back (T-S5). Most pauses fall upon a node with a backlog, which is where a
//! zombie does harm.
//!
//! A node that stands still shows that it lives, and others wait for it: it is stopped in the middle of a burst of
//! requests, some of them perhaps between the last question and the bytes. One that PostgreSQL has given up,
//! as when its network fails, is not waited for: its pause lasts until others have taken its work over.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::database::Kind;
use crate::load::{Calm, Ledger};
use crate::programs::Server;
use crate::rig::Rig;
use crate::session::Session;
use crate::sink::Mood;
use crate::storm::Time;

/// Milliseconds between two pauses.
const AWAKE_MS: std::ops::RangeInclusive<u64> = 100..=600;
/// Of so many pauses, all but one come upon a node that has just taken a backlog, about every second one of them
/// upon one that is given up, where it can be.
const UNPREPARED: u32 = 5;
/// Milliseconds that any other node stands still.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 200..=2_500;
/// A backlog: more than a node sends to one provider at a time, so that claims wait for their turn.
const BACKLOG: usize = 200;
/// The longest wait for a backlog, and for the node to take it.
const BACKLOG_LIMIT: Duration = Duration::from_secs(4);
/// Requests of a backlog that have come to the provider when a node is stopped in the middle of them. A node's first
/// claim is small: by then it has made the second one, and waits for every answer, because the provider is
/// silent. So it holds no lock that would keep others from taking over.
const BURST: std::ops::RangeInclusive<u64> = 33..=48;
/// As many requests as a node has under way at one provider: the rest wait for their turn, and nothing moves.
const SEATS: u64 = 128;
/// Milliseconds that a node stands still for longer than a claim and its doubt last.
const BEYOND_DOUBT_MS: std::ops::RangeInclusive<u64> = 300..=1_000;
/// Of a backlog, what has begun is looked up first and harms nobody. The pause of a node that was given up lasts
/// until so many more have left by way of others.
const TAKEN_OVER: u64 = 30;
/// The longest pause, on a machine with other work to do.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// So many pauses are worth a run that takes longer, up to a limit, on a machine with other work to do.
const LEAST_PAUSES: usize = 6;
const LONGEST_WALK: Duration = Duration::from_secs(75);
/// How often is looked whether something has happened.
const LOOK: Duration = Duration::from_millis(20);

/// What is needed to stop nodes.
pub struct Zombies<'a> {
    /// The world.
    pub rig: &'a Rig,
    /// For orders.
    pub session: &'a Session,
    /// What was accepted.
    pub ledger: &'a Arc<Ledger>,
    /// Holds the load back.
    pub calm: Calm,
    /// How long it goes on.
    pub time: &'a Time,
}

/// What happens to a node.
#[derive(Debug, Clone, Copy)]
enum Harm {
    /// It stands still for a moment, whatever it does.
    Unprepared,
    /// It stands still in the middle of a burst of requests, for longer than its claims last.
    Still,
    /// It stands still, and PostgreSQL gives it up.
    GivenUp,
}

/// A node stood still.
#[derive(Debug, Clone, Copy)]
pub struct Pause {
    /// Which one.
    pub node: usize,
    /// From when, in milliseconds since the epoch.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

/// A backlog that a node has begun to send.
struct Backlog {
    ids: HashSet<String>,
    /// So many requests had come to the silent provider before it.
    before: u64,
    /// The order that let it begin: it may have been stopped over its answer.
    lifted: JoinHandle<Result<()>>,
}

impl Zombies<'_> {
    /// Starts the nodes and stops one of them at a time, so that another is there to take its work over.
    /// Returns them running, and when one was stopped.
    pub async fn walk(&self, nodes: usize, seed: u64) -> Result<(Vec<Server>, Vec<Pause>)> {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(7_919));
        let (mut servers, mut addresses, mut pauses) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..nodes {
            let mut server = self.rig.start(number, None)?;
            addresses.push(Some(server.address().await?));
            self.session.board().set(number, addresses[number].clone());
            servers.push(server);
        }
        let start = Instant::now();
        let lacks = |pauses| pauses < LEAST_PAUSES && start.elapsed() < LONGEST_WALK;
        while !self.time.is_enough() && (!self.time.is_over() || lacks(pauses.len())) {
            let number = rng.random_range(0..nodes);
            let harm = self.draw(&mut rng);
            let server = &mut servers[number];
            let backlog = match harm {
                Harm::Unprepared => {
                    sleep(Duration::from_millis(rng.random_range(AWAKE_MS))).await;
                    None
                }
                Harm::Still => Some(self.give_backlog(number, rng.random_range(BURST)).await?),
                Harm::GivenUp => Some(self.give_backlog(number, SEATS).await?),
            };
            server.still_runs()?;
            let from = now_ms()?;
            server.pause()?;
            if backlog.is_some() {
                // As a load balancer does. Otherwise half of all requests wait for the one that stands still,
                // and the next backlog comes late.
                self.session.board().set(number, None);
            }
            match (&backlog, harm) {
                (Some(backlog), Harm::GivenUp) => {
                    self.rig.database.give_up(server.pid()?).await?;
                    self.until_taken_over(backlog).await?;
                }
                (Some(_), _) => self.beyond_doubt(&mut rng).await?,
                (None, _) => sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await,
            }
            server.resume()?;
            pauses.push(Pause { node: number, from, until: now_ms()? });
            self.session.board().set(number, addresses[number].clone());
            if let Some(backlog) = backlog {
                backlog.lifted.await.context("lifting the stop panicked")??;
            }
        }
        Ok((servers, pauses))
    }

    /// Only nodes that were given up can show a planted bug.
    fn draw(&self, rng: &mut StdRng) -> Harm {
        let postgres = self.rig.plan.database == Kind::Postgres;
        match rng.random_range(0..UNPREPARED) {
            0 => Harm::Unprepared,
            n if postgres && (n % 2 == 0 || self.rig.plan.bug.is_some()) => Harm::GivenUp,
            _ => Harm::Still,
        }
    }

    /// Lets the provider answer again and the load go on, until others have long had the chance to take over what
    /// a node that stands still has begun.
    async fn beyond_doubt(&self, rng: &mut StdRng) -> Result<()> {
        self.rig.sink.set_mood(Mood::Slow).await?;
        self.calm.end();
        let more = rng.random_range(BEYOND_DOUBT_MS);
        sleep(Duration::from_millis(self.rig.plan.lease_ms + self.rig.plan.settle_ms + more)).await;
        Ok(())
    }

    /// Stops all sending until a backlog has gathered, lifts the stop at this node, which takes it, and waits
    /// until so many of its requests have come to the provider, which is silent from then on.
    async fn give_backlog(&self, number: usize, begun: u64) -> Result<Backlog> {
        order(self.session, number, "/api/sending/stop").await?;
        let (start, before) = (Instant::now(), self.ledger.accepted().len());
        let lacks = || self.ledger.accepted().len() < before + BACKLOG;
        while start.elapsed() < BACKLOG_LIMIT && lacks() && !self.time.is_enough() {
            sleep(LOOK).await;
        }
        // Requests would wake the other nodes, which would take their share, and hold locks at this one.
        self.calm.begin().await;
        let ids = self.ledger.accepted().split_off(before).into_iter().map(|message| message.id).collect();
        self.rig.sink.set_mood(Mood::Silent).await?;
        let (start, before) = (Instant::now(), self.rig.sink.unanswered().await?);
        let session = self.session.clone();
        let lifted = tokio::spawn(async move { order(&session, number, "/api/sending/resume").await });
        while start.elapsed() < BACKLOG_LIMIT && self.rig.sink.unanswered().await? < before + begun {
            sleep(LOOK / 20).await;
        }
        Ok(Backlog { ids, before, lifted })
    }

    /// Lets the provider answer again, waits until others have sent what the node that stands still would send
    /// when it comes back, and only then lets the load go on: that is quicker.
    async fn until_taken_over(&self, backlog: &Backlog) -> Result<()> {
        let begun = self.rig.sink.unanswered().await? - backlog.before;
        self.rig.sink.set_mood(Mood::Slow).await?;
        let enough = (begun + TAKEN_OVER).min(backlog.ids.len() as u64);
        let start = Instant::now();
        while start.elapsed() < LONGEST_PAUSE {
            let left = self.rig.sink.ledger().await?;
            let taken = backlog.ids.iter().filter(|id| left.contains_key(*id)).count() as u64;
            if taken >= enough {
                break;
            }
            sleep(2 * LOOK).await;
        }
        self.calm.end();
        Ok(())
    }
}

async fn order(session: &Session, number: usize, path: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer = session.ask(number, Method::POST, path, Some(&json!({})), deadline).await;
    let answer = answer.with_context(|| format!("no node answered POST {path}"))?;
    ensure!(answer.status.is_success(), "POST {path} was answered {}: {}", answer.status, answer.body);
    Ok(())
}

fn now_ms() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?)
}
