//! The kill loop (T-S1, T-S2, T-W2) and the zombies (T-S5): nodes are hurt at random instants while the load
//! runs, then left in peace, and then judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::judge::{Patience, judge, quiet};
use crate::load::{Ledger, Load};
use crate::programs::{Programs, Server};
use crate::rig::{Plan, Rig};
use crate::session::{Board, Session};
use crate::sink::Mood;
use crate::verdict::{Fault, Findings};

/// How a node is hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// kill -9 and a restart at once.
    Kill,
    /// SIGSTOP, often for longer than a lease, and SIGCONT.
    Pause,
}

/// A storm.
#[derive(Debug, Clone)]
pub struct Storm {
    /// The world that it comes over.
    pub plan: Plan,
    /// How nodes are hurt.
    pub harm: Harm,
    /// How many nodes share the database.
    pub nodes: usize,
    /// How long they are hurt.
    pub seconds: u64,
    /// Wait until what is missing is surely lost.
    pub patient: bool,
    /// Keep and name the folder.
    pub keep: bool,
}

/// Milliseconds a node lives before it is killed.
const LIFE_MS: std::ops::RangeInclusive<u64> = 20..=700;
/// Of so many starts, one is killed before it is ready.
const EARLY_DEATHS: u32 = 5;
/// Milliseconds between two pauses.
const AWAKE_MS: std::ops::RangeInclusive<u64> = 100..=600;
/// Of so many pauses, all but one come upon a node that has just taken a backlog.
const UNPREPARED: u32 = 4;
/// A backlog: more than a node sends to one provider at a time, so that claims wait for their turn.
const BACKLOG: usize = 250;
/// The longest wait for a backlog.
const BACKLOG_LIMIT: Duration = Duration::from_secs(4);
/// Milliseconds from the end of a stop to the pause: about as long as a backlog takes to leave.
const TAKING_MS: std::ops::RangeInclusive<u64> = 20..=250;
/// Milliseconds that a node with a backlog stands still: longer than lease and settle window together.
const LONG_PAUSE_MS: std::ops::RangeInclusive<u64> = 1_800..=2_800;
/// Milliseconds that any other paused node stands still.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 200..=3_500;
/// The wait for everything to settle after the storm: twice the product's longest lease, the half minute that
/// an inbound event is held by a node that died over it.
const QUIET_LIMIT: Duration = Duration::from_secs(60);
/// The shorter wait that shows whether something was done twice.
const SHORT_QUIET_LIMIT: Duration = Duration::from_secs(12);
/// Of each kind of request, so many must have been answered per second, or the run proves nothing.
const LEAST_PER_SECOND: u64 = 2;

impl Storm {
    /// Runs it and judges.
    pub async fn run(&self, programs: &Programs) -> Result<Findings> {
        let rig = Rig::new(programs, self.plan.clone()).await?;
        let result = self.run_in(&rig).await;
        rig.close(self.keep).await?;
        result
    }

    async fn run_in(&self, rig: &Arc<Rig>) -> Result<Findings> {
        let board = Board::new(self.nodes);
        let session = Session::new(board.clone(), rig.account.clone())?;
        let ledger = Arc::new(Ledger::default());
        let (mood, producers) = match self.harm {
            Harm::Kill => (Mood::Bad, 4),
            // More than a slow provider takes: every node is caught with claims whose turn has not come.
            Harm::Pause => (Mood::Slow, 16),
        };
        rig.sink.set_mood(mood).await?;
        self.sign_in(rig, &board, &session).await.context("signing in")?;
        let load = Load::start(&session, &ledger, self.plan.seed, producers);
        let harms = Arc::new(AtomicU64::new(0));
        let mut servers = self.hurt(rig, &session, &ledger, &harms).await?;
        load.finish().await;
        rig.sink.set_mood(Mood::Good).await?;
        let patience = Patience {
            doubts: Duration::from_millis(2 * (self.plan.lease_ms + self.plan.settle_ms))
                + Duration::from_secs(6),
            limit: if self.patient { QUIET_LIMIT } else { SHORT_QUIET_LIMIT },
            is_final: self.patient,
        };
        quiet(&session, &ledger, patience).await.context("waiting for quiet")?;
        let mut findings = judge(&session, &ledger, &rig.sink, patience).await?;
        let least = LEAST_PER_SECOND * self.seconds;
        let answered = ledger.accepted().len().min(ledger.acknowledged().len());
        if (answered as u64) < least {
            let text = format!("{answered} requests of a kind were answered, {least} would prove something");
            findings.fault(Fault::TooLittle, text);
        }
        for server in &mut servers {
            server.still_runs()?;
        }
        let harms = usize::try_from(harms.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        findings.count(if self.harm == Harm::Kill { "kills" } else { "pauses" }, harms);
        Ok(findings)
    }

    /// Signs in while nobody is hurt: a slow password hash would spend the storm on it.
    async fn sign_in(&self, rig: &Rig, board: &Board, session: &Session) -> Result<()> {
        let mut server = rig.start(0, None)?;
        board.set(0, Some(server.address().await?));
        session.get("/api/auth/me", Instant::now() + Duration::from_secs(30)).await?;
        board.set(0, None);
        server.kill().await
    }

    /// Hurts the nodes for the storm's time, and returns them running.
    async fn hurt(
        &self,
        rig: &Arc<Rig>,
        session: &Session,
        ledger: &Ledger,
        harms: &Arc<AtomicU64>,
    ) -> Result<Vec<Server>> {
        let end = Instant::now() + Duration::from_secs(self.seconds);
        if self.harm == Harm::Pause {
            return self.pause_in_turns(rig, session, ledger, harms, end).await;
        }
        let mut tasks = JoinSet::new();
        for number in 0..self.nodes {
            let rng = StdRng::seed_from_u64(self.plan.seed.wrapping_mul(7_919).wrapping_add(number as u64));
            let node = Node {
                number,
                rng,
                rig: Arc::clone(rig),
                board: session.board().clone(),
                harms: Arc::clone(harms),
                end,
            };
            tasks.spawn(node.killed_again_and_again());
        }
        let mut servers = Vec::new();
        while let Some(server) = tasks.join_next().await {
            servers.push(server.context("a node's task panicked")??);
        }
        Ok(servers)
    }

    /// One node at a time stands still, so that another is there to take its work over. Most pauses come
    /// right after an emergency stop was lifted: then the node holds claims whose turn has not come, which
    /// is where a zombie does harm.
    async fn pause_in_turns(
        &self,
        rig: &Rig,
        session: &Session,
        ledger: &Ledger,
        harms: &AtomicU64,
        end: Instant,
    ) -> Result<Vec<Server>> {
        let mut rng = StdRng::seed_from_u64(self.plan.seed.wrapping_mul(7_919));
        let mut servers = Vec::new();
        for number in 0..self.nodes {
            let mut server = rig.start(number, None)?;
            session.board().set(number, Some(server.address().await?));
            servers.push(server);
        }
        while Instant::now() < end {
            let number = rng.random_range(0..self.nodes);
            let (wait, pause) = match rng.random_ratio(1, UNPREPARED) {
                true => (AWAKE_MS, PAUSE_MS),
                false => {
                    give_backlog(session, ledger, number).await?;
                    (TAKING_MS, LONG_PAUSE_MS)
                }
            };
            sleep(Duration::from_millis(rng.random_range(wait))).await;
            let server = &mut servers[number];
            server.still_runs()?;
            server.pause()?;
            sleep(Duration::from_millis(rng.random_range(pause))).await;
            server.resume()?;
            harms.fetch_add(1, Ordering::Relaxed);
        }
        Ok(servers)
    }
}

/// Stops all sending until a backlog has gathered, and lifts the stop at this node, which takes it.
async fn give_backlog(session: &Session, ledger: &Ledger, number: usize) -> Result<()> {
    order(session, number, "/api/sending/stop").await?;
    let (start, before) = (Instant::now(), ledger.accepted().len());
    while start.elapsed() < BACKLOG_LIMIT && ledger.accepted().len() < before + BACKLOG {
        sleep(Duration::from_millis(20)).await;
    }
    order(session, number, "/api/sending/resume").await
}

async fn order(session: &Session, number: usize, path: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    let answer = session.ask(number, Method::POST, path, Some(&json!({})), deadline).await;
    let answer = answer.with_context(|| format!("no node answered POST {path}"))?;
    ensure!(answer.status.is_success(), "POST {path} was answered {}: {}", answer.status, answer.body);
    Ok(())
}

struct Node {
    number: usize,
    rng: StdRng,
    rig: Arc<Rig>,
    board: Board,
    harms: Arc<AtomicU64>,
    end: Instant,
}

impl Node {
    async fn killed_again_and_again(mut self) -> Result<Server> {
        loop {
            let mut server = self.rig.start(self.number, None)?;
            if Instant::now() >= self.end {
                let address = server.address().await?;
                self.board.set(self.number, Some(address));
                return Ok(server);
            }
            if !self.rng.random_ratio(1, EARLY_DEATHS) {
                let address = server.address().await?;
                self.board.set(self.number, Some(address));
            }
            sleep(Duration::from_millis(self.rng.random_range(LIFE_MS))).await;
            server.still_runs()?;
            server.kill().await?;
            self.board.set(self.number, None);
            self.harms.fetch_add(1, Ordering::Relaxed);
        }
    }
}
