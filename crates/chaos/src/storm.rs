//! The kill loop (T-S1, T-S2, T-W2) and the zombies (T-S5): nodes are hurt at random instants while the load
//! runs, then left in peace, and then judged.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::judge::{judge, quiet};
use crate::load::{Ledger, Load};
use crate::programs::{Programs, Server};
use crate::rig::{Plan, Rig};
use crate::session::{Board, Session};
use crate::sink::Mood;
use crate::verdict::Findings;

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
    /// Keep the folder where a promise was broken.
    pub keep: bool,
}

/// Milliseconds a node lives before it is killed.
const LIFE_MS: std::ops::RangeInclusive<u64> = 20..=700;
/// Of so many starts, one is killed before it is ready.
const EARLY_DEATHS: u32 = 5;
/// Milliseconds between two pauses.
const AWAKE_MS: std::ops::RangeInclusive<u64> = 100..=600;
/// Milliseconds that a paused node stands still.
const PAUSE_MS: std::ops::RangeInclusive<u64> = 200..=3_500;
/// The longest wait for everything to settle after the storm.
const QUIET_LIMIT: Duration = Duration::from_secs(60);
/// The shorter one where a bug was planted, which may well leave things that never settle.
const QUIET_LIMIT_WITH_BUG: Duration = Duration::from_secs(12);

impl Storm {
    /// Runs it and judges.
    pub async fn run(&self, programs: &Programs) -> Result<Findings> {
        let rig = Rig::new(programs, self.plan.clone()).await?;
        let result = self.run_in(&rig).await;
        let broken = !result.as_ref().is_ok_and(Findings::is_clean);
        rig.close(broken && self.keep).await?;
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
        let load = Load::start(&session, &ledger, self.plan.seed, producers);
        let harms = Arc::new(AtomicU64::new(0));
        let mut servers = self.hurt(rig, &board, &harms).await?;
        load.finish().await;
        rig.sink.set_mood(Mood::Good).await?;
        let doubt_limit =
            Duration::from_millis(2 * (self.plan.lease_ms + self.plan.settle_ms)) + Duration::from_secs(6);
        let limit = if self.plan.bug.is_some() { QUIET_LIMIT_WITH_BUG } else { QUIET_LIMIT };
        quiet(&session, &ledger, doubt_limit, limit).await.context("waiting for quiet")?;
        let mut findings = judge(&session, &ledger, &rig.sink).await?;
        for server in &mut servers {
            server.still_runs()?;
        }
        let harms = usize::try_from(harms.load(Ordering::Relaxed)).unwrap_or(usize::MAX);
        findings.count(if self.harm == Harm::Kill { "kills" } else { "pauses" }, harms);
        Ok(findings)
    }

    /// Hurts the nodes for the storm's time, and returns them running.
    async fn hurt(&self, rig: &Arc<Rig>, board: &Board, harms: &Arc<AtomicU64>) -> Result<Vec<Server>> {
        let end = Instant::now() + Duration::from_secs(self.seconds);
        if self.harm == Harm::Pause {
            return self.pause_in_turns(rig, board, harms, end).await;
        }
        let mut tasks = JoinSet::new();
        for number in 0..self.nodes {
            let rng = StdRng::seed_from_u64(self.plan.seed.wrapping_mul(7_919).wrapping_add(number as u64));
            let node = Node {
                number,
                rng,
                rig: Arc::clone(rig),
                board: board.clone(),
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

    /// One node at a time stands still, so that another is there to take its work over.
    async fn pause_in_turns(
        &self,
        rig: &Rig,
        board: &Board,
        harms: &AtomicU64,
        end: Instant,
    ) -> Result<Vec<Server>> {
        let mut rng = StdRng::seed_from_u64(self.plan.seed.wrapping_mul(7_919));
        let mut servers = Vec::new();
        for number in 0..self.nodes {
            let mut server = rig.start(number, None)?;
            board.set(number, Some(server.address().await?));
            servers.push(server);
        }
        while Instant::now() < end {
            sleep(Duration::from_millis(rng.random_range(AWAKE_MS))).await;
            let server = &mut servers[rng.random_range(0..self.nodes)];
            server.still_runs()?;
            server.pause()?;
            sleep(Duration::from_millis(rng.random_range(PAUSE_MS))).await;
            server.resume()?;
            harms.fetch_add(1, Ordering::Relaxed);
        }
        Ok(servers)
    }
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
