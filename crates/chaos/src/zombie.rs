//! Nodes that stand still and come back (T-S5). Most pauses fall between a claim and its sending, which is
//! where a zombie does harm, and last until others have taken its work over.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::load::{Calm, Ledger};
use crate::programs::Server;
use crate::rig::Rig;
use crate::session::Session;
use crate::sink::Mood;
use crate::storm::Time;

/// Milliseconds between two pauses.
const AWAKE_MS: std::ops::RangeInclusive<u64> = 100..=600;
/// Of so many pauses, all but one come upon a node that has just taken a backlog.
const UNPREPARED: u32 = 5;
/// Milliseconds that any other node stands still.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 200..=2_500;
/// A backlog: more than a node sends to one provider at a time, so that claims wait for their turn.
const BACKLOG: usize = 200;
/// The longest wait for a backlog, and for the node to take it.
const BACKLOG_LIMIT: Duration = Duration::from_secs(4);
/// Requests of a backlog that have come to the provider when the pause comes. A node's first claim is small:
/// by then it has made the second one, and waits for every answer, because the provider is silent. So it holds
/// no lock that would keep others from taking over.
const BEGUN: std::ops::RangeInclusive<u64> = 33..=48;
/// Of a backlog, what has begun is looked up first and harms nobody. The pause lasts until so many more have
/// left by way of others.
const TAKEN_OVER: u64 = 30;
/// The longest pause, on a machine with other work to do.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// So many pauses are worth a run that takes longer, up to a limit, on a machine with other work to do.
const LEAST_PAUSES: u64 = 6;
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
    /// Returns them running, and how often one was stopped.
    pub async fn walk(&self, nodes: usize, seed: u64) -> Result<(Vec<Server>, u64)> {
        let mut rng = StdRng::seed_from_u64(seed.wrapping_mul(7_919));
        let (mut servers, mut addresses, mut pauses) = (Vec::new(), Vec::new(), 0);
        for number in 0..nodes {
            let mut server = self.rig.start(number, None)?;
            addresses.push(Some(server.address().await?));
            self.session.board().set(number, addresses[number].clone());
            servers.push(server);
        }
        let start = Instant::now();
        let lacks = |pauses| pauses < LEAST_PAUSES && start.elapsed() < LONGEST_WALK;
        while !self.time.is_enough() && (!self.time.is_over() || lacks(pauses)) {
            let number = rng.random_range(0..nodes);
            let server = &mut servers[number];
            if rng.random_ratio(1, UNPREPARED) {
                sleep(Duration::from_millis(rng.random_range(AWAKE_MS))).await;
                server.still_runs()?;
                server.pause()?;
                sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
                server.resume()?;
            } else {
                let backlog = self.give_backlog(number, rng.random_range(BEGUN)).await?;
                server.still_runs()?;
                server.pause()?;
                // As a load balancer does. Otherwise half of all requests wait for the one that stands still,
                // and the next backlog comes late.
                self.session.board().set(number, None);
                self.until_taken_over(&backlog).await?;
                server.resume()?;
                self.session.board().set(number, addresses[number].clone());
                backlog.lifted.await.context("lifting the stop panicked")??;
            }
            pauses += 1;
        }
        Ok((servers, pauses))
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
