//! The kill loop (T-S1, T-S2, T-W2) and the zombies (T-S5): nodes are hurt at random instants while the load
//! runs, then left in peace, and then judged.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::integrity::Integrity;
use crate::judge::{Patience, judge, quiet};
use crate::load::{Calm, Ledger, Load};
use crate::programs::{Programs, Server};
use crate::rig::{Plan, Rig};
use crate::session::{Board, Session};
use crate::sink::Mood;
use crate::verdict::{Fault, Findings};
use crate::zombie::{Pause, Zombies};

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
    /// The harm that a planted bug must do: the run ends when it is seen. Without one, the run waits until
    /// what is missing is surely lost.
    pub seeks: Option<Fault>,
    /// Keep and name the folder.
    pub keep: bool,
}

/// One storm at a time, and the machine to itself; while one waits for quiet, which is mostly for leases of
/// the dead to end, the next may begin.
pub static TURN: Semaphore = Semaphore::const_new(1);
/// Milliseconds a node lives before it is killed.
const LIFE_MS: RangeInclusive<u64> = 20..=700;
/// Of so many starts, one is killed before it is ready.
const EARLY_DEATHS: u32 = 5;
/// How often is looked whether the harm has been done.
const LOOK: Duration = Duration::from_millis(200);
/// The wait for everything to settle after the storm: twice the product's longest lease, the half minute that
/// an inbound event is held by a node that died over it.
const QUIET_LIMIT: Duration = Duration::from_secs(60);
/// The shorter wait that shows whether something was done twice.
const SHORT_QUIET_LIMIT: Duration = Duration::from_secs(12);
/// What is left for it where doubt is not what is looked for: longer than a call of the provider.
const SHORTEST_DOUBTS: Duration = Duration::from_secs(2);
/// Of each kind of request, so many must have been answered per second, or the run proves nothing.
const LEAST_PER_SECOND: u64 = 2;
/// So many times its length a storm may last until they are, on a machine with other work to do.
const LONGEST: u32 = 8;

impl Storm {
    /// Runs it and judges.
    pub async fn run(&self, programs: &Programs) -> Result<Findings> {
        let turn = TURN.acquire().await?;
        let begun = Instant::now();
        let rig = Rig::new(programs, self.plan.clone()).await?;
        let result = self.run_in(&rig, turn).await;
        rig.close(self.keep).await?;
        result.map(|findings| findings.after(begun.elapsed()))
    }

    async fn run_in(&self, rig: &Arc<Rig>, turn: SemaphorePermit<'_>) -> Result<Findings> {
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
        let time = Time::of(self.seconds);
        let least = LEAST_PER_SECOND * self.seconds;
        let answered = {
            let ledger = Arc::clone(&ledger);
            move || ledger.accepted().len().min(ledger.acknowledged().len()) as u64
        };
        let prover = tokio::spawn(prove(time.clone(), answered.clone(), least));
        let watcher = tokio::spawn(watch(Arc::clone(rig), time.clone(), self.seeks));
        let (mut servers, harms, pauses) = self.hurt(rig, &session, &ledger, load.calm(), &time).await?;
        watcher.abort();
        // Its share of the world is gone when it has ended, however it ended.
        watcher.await.ok();
        prover.abort();
        prover.await.ok();
        load.finish().await;
        drop(turn);
        rig.sink.set_mood(Mood::Good).await?;
        let patience = self.patience();
        if !time.is_enough() {
            quiet(&session, &ledger, patience).await.context("waiting for quiet")?;
        }
        let mut findings = judge(&session, &ledger, &rig.sink, patience, &pauses).await?;
        if answered() < least && self.seeks.is_none() {
            let text =
                format!("{} requests of a kind were answered, {least} would prove something", answered());
            findings.fault(Fault::TooLittle, text);
        }
        for server in &mut servers {
            server.still_runs()?;
        }
        for server in servers {
            server.kill().await?;
        }
        Integrity::of(rig.check_command(&rig.data())).await?.judge(&ledger, &mut findings);
        let word = if self.harm == Harm::Kill { "kills" } else { "pauses" };
        findings.count(word, usize::try_from(harms)?);
        Ok(findings)
    }

    /// A message that was in doubt at the end of the storm has settled after lease and settle window, unless
    /// its look-up died with its node: that one rests for a minute, and is not waited for.
    fn patience(&self) -> Patience {
        let settled =
            Duration::from_millis(self.plan.lease_ms + self.plan.settle_ms) + Duration::from_secs(3);
        match self.seeks {
            None => Patience { doubts: settled, limit: QUIET_LIMIT, is_final: true },
            Some(Fault::SentTwice) => Patience { doubts: settled, limit: SHORT_QUIET_LIMIT, is_final: false },
            Some(_) => Patience { doubts: SHORTEST_DOUBTS, limit: SHORT_QUIET_LIMIT, is_final: false },
        }
    }

    /// Signs in while nobody is hurt: a slow password hash would spend the storm on it.
    async fn sign_in(&self, rig: &Rig, board: &Board, session: &Session) -> Result<()> {
        let mut server = rig.start(0, None)?;
        board.set(0, Some(server.address().await?));
        session.get("/api/auth/me", Instant::now() + Duration::from_secs(30)).await?;
        board.set(0, None);
        server.kill().await
    }

    /// Hurts the nodes for the storm's time. Returns them running, how often one was hurt, and its pauses.
    async fn hurt(
        &self,
        rig: &Arc<Rig>,
        session: &Session,
        ledger: &Arc<Ledger>,
        calm: Calm,
        time: &Time,
    ) -> Result<(Vec<Server>, u64, Vec<Pause>)> {
        if self.harm == Harm::Pause {
            let zombies = Zombies { rig, session, ledger, calm, time };
            let (servers, pauses) = zombies.walk(self.nodes, self.plan.seed).await?;
            return Ok((servers, pauses.len() as u64, pauses));
        }
        let (servers, kills) = kill(rig, session.board(), time, self.nodes, LIFE_MS).await?;
        Ok((servers, kills, Vec::new()))
    }
}

/// Kills so many nodes again and again, each at instants of its own, for the storm's time. Returns them running, and how
/// often one was killed.
pub async fn kill(
    rig: &Arc<Rig>,
    board: &Board,
    time: &Time,
    nodes: usize,
    life_ms: RangeInclusive<u64>,
) -> Result<(Vec<Server>, u64)> {
    let mut tasks = JoinSet::new();
    for number in 0..nodes {
        let rng = StdRng::seed_from_u64(rig.plan.seed.wrapping_mul(7_919).wrapping_add(number as u64));
        let (rig, board, time) = (Arc::clone(rig), board.clone(), time.clone());
        let node = Node { number, rng, rig, board, time, life_ms: life_ms.clone(), kills: 0 };
        tasks.spawn(node.killed_again_and_again());
    }
    let (mut servers, mut kills) = (Vec::new(), 0);
    while let Some(node) = tasks.join_next().await {
        let (server, killed) = node.context("a node's task panicked")??;
        servers.push(server);
        kills += killed;
    }
    Ok((servers, kills))
}

/// When a storm is over: at its end, if enough has happened until then to prove something, or when enough was seen.
#[derive(Clone)]
pub struct Time {
    end: Instant,
    latest: Instant,
    proves: Arc<AtomicBool>,
    enough: Arc<AtomicBool>,
}

impl Time {
    /// So many seconds, and longer where not enough has happened until then.
    pub fn of(seconds: u64) -> Time {
        let (now, length) = (Instant::now(), Duration::from_secs(seconds));
        Time {
            end: now + length,
            latest: now + LONGEST * length,
            proves: Arc::default(),
            enough: Arc::default(),
        }
    }

    /// Whether it is.
    pub fn is_over(&self) -> bool {
        let now = Instant::now();
        let late = now >= self.latest || self.proves.load(Ordering::Relaxed);
        (now >= self.end && late) || self.is_enough()
    }

    /// Enough has happened: its seconds are all.
    pub fn proves(&self) {
        self.proves.store(true, Ordering::Relaxed);
    }

    /// Whether enough was seen.
    pub fn is_enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }
}

/// Tells when enough requests have been answered for the storm to prove something.
async fn prove(time: Time, answered: impl Fn() -> u64 + Send, least: u64) {
    while answered() < least {
        sleep(LOOK).await;
    }
    time.proves();
}

/// Ends the storm when the outside has seen the harm that is looked for. Only a message that was sent twice
/// can be seen from there.
async fn watch(rig: Arc<Rig>, time: Time, seeks: Option<Fault>) {
    while seeks == Some(Fault::SentTwice) && !time.is_enough() {
        // A sink that does not answer is told of by whoever needs its answer.
        if rig.sink.twice().await.is_ok_and(|times| times > 0) {
            time.enough.store(true, Ordering::Relaxed);
        }
        sleep(LOOK).await;
    }
}

struct Node {
    number: usize,
    rng: StdRng,
    rig: Arc<Rig>,
    board: Board,
    time: Time,
    life_ms: RangeInclusive<u64>,
    kills: u64,
}

impl Node {
    async fn killed_again_and_again(mut self) -> Result<(Server, u64)> {
        loop {
            let mut server = self.rig.start(self.number, None)?;
            if self.time.is_over() {
                let address = server.address().await?;
                self.board.set(self.number, Some(address));
                return Ok((server, self.kills));
            }
            if !self.rng.random_ratio(1, EARLY_DEATHS) {
                let address = server.address().await?;
                self.board.set(self.number, Some(address));
            }
            sleep(Duration::from_millis(self.rng.random_range(self.life_ms.clone()))).await;
            server.still_runs()?;
            server.kill().await?;
            self.board.set(self.number, None);
            self.kills += 1;
        }
    }
}
