//! Power cuts (T-D1). One node runs under the recorder of `shim/powercut.c`; then the disk is rebuilt as a
//! cut at random instants would have left it, the product opens it, and everything that was answered 2xx
//! before the cut must be there.

mod disk;
mod log;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::integrity::Integrity;
use crate::load::{Accepted, Acknowledged, Ledger, Load};
use crate::powercut::disk::{Disk, FATES, Fate};
use crate::powercut::log::Log;
use crate::programs::{Programs, output_of};
use crate::rig::{Plan, Recorder, Rig};
use crate::session::{Board, Session};
use crate::sink::{Line, Mood};
use crate::storm::TURN;
use crate::verdict::{Fault, Findings};

const SHIM: &str = include_str!("../shim/powercut.c");
/// Producers of messages.
const PRODUCERS: u64 = 4;
/// Databases that are opened at the same time.
const OPENED_AT_ONCE: usize = 2;
/// How often the length of the log is noted beside the time.
const TICK: Duration = Duration::from_millis(2);

/// A run with many cuts.
#[derive(Debug, Clone)]
pub struct PowerCuts {
    /// The world.
    pub plan: Plan,
    /// How long the load runs.
    pub seconds: u64,
    /// How many instants are tried.
    pub cuts: usize,
    /// Keep and name the folder.
    pub keep: bool,
}

/// What must be on the disk.
struct Promised {
    accepted: Vec<Accepted>,
    acknowledged: Vec<Acknowledged>,
    /// Message id and the length of the log by which it had left.
    left: Vec<(String, u64)>,
}

struct Cut {
    position: u64,
    fate: Fate,
}

impl PowerCuts {
    /// Records a run and tries all cuts.
    pub async fn run(&self, programs: &Programs) -> Result<Findings> {
        let _turn = TURN.acquire().await?;
        let begun = Instant::now();
        let rig = Rig::new(programs, self.plan.clone()).await?;
        let result = self.run_in(&rig).await;
        rig.close(self.keep).await?;
        result.map(|findings| findings.after(begun.elapsed()))
    }

    async fn run_in(&self, rig: &Arc<Rig>) -> Result<Findings> {
        let recorder = Recorder { shim: compile(rig.path()).await?, log: rig.path().join("disk.log") };
        let disk = Disk::of(&rig.data())?;
        let promised = self.record(rig, &recorder).await?;
        let end = std::fs::metadata(&recorder.log)
            .context("the recorder wrote no log: is the program static?")?
            .len();
        let mut findings = Findings::default();
        findings.count("accepted", promised.accepted.len());
        findings.count("webhooks", promised.acknowledged.len());
        findings.count("left", promised.left.len());
        findings.count("KB of writes and syncs", usize::try_from(end / 1024)?);
        if promised.accepted.is_empty() || promised.acknowledged.is_empty() {
            bail!("nothing was answered 2xx in {} seconds", self.seconds);
        }
        let cuts = self.draw_cuts(&promised, end);
        self.try_all(rig, &recorder, disk, &promised, cuts, &mut findings).await?;
        Ok(findings)
    }

    /// Runs one node under load and the recorder.
    async fn record(&self, rig: &Arc<Rig>, recorder: &Recorder) -> Result<Promised> {
        let board = Board::new(1);
        let session = Session::new(board.clone(), rig.account.clone())?;
        let ledger = Arc::new(Ledger::beside(Some(recorder.log.clone())));
        rig.sink.set_mood(Mood::Good).await?;
        let mut server = rig.start(0, Some(recorder))?;
        board.set(0, Some(server.address().await?));
        let load = Load::start(&session, &ledger, self.plan.seed, PRODUCERS);
        let mut clock = Clock::default();
        let end = Instant::now() + Duration::from_secs(self.seconds);
        while Instant::now() < end {
            clock.note(&recorder.log);
            sleep_until(Instant::now() + TICK).await;
        }
        load.finish().await;
        server.still_runs()?;
        let left = rig.sink.ledger().await?;
        server.kill().await?;
        Ok(Promised {
            accepted: ledger.accepted(),
            acknowledged: ledger.acknowledged(),
            left: clock.positions(&left),
        })
    }

    /// Half of the cuts at the very instant of an answer, where a late sync shows at once; half anywhere.
    fn draw_cuts(&self, promised: &Promised, end: u64) -> Vec<Cut> {
        let mut rng = StdRng::seed_from_u64(self.plan.seed);
        let accepted = promised.accepted.iter().map(|message| message.position);
        let answers: Vec<u64> =
            accepted.chain(promised.acknowledged.iter().map(|hook| hook.position)).collect();
        let mut cuts: Vec<Cut> = (0..self.cuts)
            .map(|number| {
                let position = match number % 2 {
                    0 => answers[rng.random_range(0..answers.len())],
                    _ => rng.random_range(0..=end),
                };
                Cut { position, fate: FATES[number / 2 % FATES.len()] }
            })
            .collect();
        cuts.sort_by_key(|cut| cut.position);
        cuts
    }

    async fn try_all(
        &self,
        rig: &Arc<Rig>,
        recorder: &Recorder,
        mut disk: Disk,
        promised: &Promised,
        cuts: Vec<Cut>,
        findings: &mut Findings,
    ) -> Result<()> {
        let mut rng = StdRng::seed_from_u64(self.plan.seed.wrapping_add(1));
        let mut log = Log::open(&recorder.log)?;
        let mut ahead = log.next()?;
        let mut opened = JoinSet::new();
        findings.count("cuts", cuts.len());
        for cut in cuts {
            while let Some((position, deed)) = ahead.take_if(|(position, _)| *position <= cut.position) {
                disk.apply(position, deed)?;
                ahead = log.next()?;
            }
            let folder = TempDir::with_prefix_in("cut-", rig.path()).context("making a folder for a cut")?;
            disk.write_after_cut(cut.fate, &mut rng, folder.path())?;
            let check = rig.check_command(folder.path());
            opened.spawn(async move { (cut, Integrity::of(check).await, folder) });
            if opened.len() == OPENED_AT_ONCE {
                judge_next(&mut opened, promised, findings).await?;
            }
        }
        while !opened.is_empty() {
            judge_next(&mut opened, promised, findings).await?;
        }
        Ok(())
    }
}

type Opened = JoinSet<(Cut, Result<Integrity>, TempDir)>;

async fn judge_next(opened: &mut Opened, promised: &Promised, findings: &mut Findings) -> Result<()> {
    let Some(joined) = opened.join_next().await else { return Ok(()) };
    let (cut, integrity, _folder) = joined.context("a check panicked")?;
    let Cut { position, fate } = cut;
    let found = match integrity {
        Ok(found) if found.ok => found,
        Ok(_) => {
            findings.fault(Fault::CutDamaged, format!("cut at {position}, {fate:?}"));
            return Ok(());
        }
        Err(error) => {
            findings.fault(Fault::CutDamaged, format!("cut at {position}, {fate:?}: {error:#}"));
            return Ok(());
        }
    };
    let keys = found.hooks();
    let hooks = promised.acknowledged.iter().filter(|hook| hook.position <= position);
    let lost_hooks = hooks.filter(|hook| !keys.contains(hook.sid.as_str())).count();
    let messages = promised.accepted.iter().filter(|message| message.position <= position);
    let lost = messages.filter(|message| !found.messages.contains(&message.id)).count();
    if lost + lost_hooks > 0 {
        let text = format!("cut at {position}, {fate:?}: {lost} messages and {lost_hooks} webhooks");
        findings.fault(Fault::CutLost, text);
    }
    let left = promised.left.iter().filter(|(_, by)| *by <= position);
    let forgotten = left.filter(|(id, _)| found.queued.contains(id)).count();
    if forgotten > 0 {
        findings.fault(Fault::CutForgotSending, format!("cut at {position}, {fate:?}: {forgotten} messages"));
    }
    Ok(())
}

async fn compile(folder: &Path) -> Result<PathBuf> {
    let (source, shim) = (folder.join("powercut.c"), folder.join("powercut.so"));
    std::fs::write(&source, SHIM).context("writing the recorder's source")?;
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&shim).arg(&source);
    output_of(&mut cc, "cc (the C compiler that Rust links with)").await?;
    Ok(shim)
}

/// Which length the log had when.
#[derive(Default)]
struct Clock(Vec<(i64, u64)>);

impl Clock {
    fn note(&mut self, log: &Path) {
        let Ok(now) = SystemTime::now().duration_since(UNIX_EPOCH) else { return };
        let (Ok(now), Ok(log)) = (i64::try_from(now.as_millis()), std::fs::metadata(log)) else { return };
        self.0.push((now, log.len()));
    }

    /// By which length each message had surely left: the first one that was noted after its instant.
    fn positions(&self, left: &HashMap<String, Line>) -> Vec<(String, u64)> {
        let position = |at: i64| {
            let later = self.0.partition_point(|(noted, _)| *noted <= at);
            self.0.get(later).map(|(_, length)| *length)
        };
        left.iter().filter_map(|(id, line)| Some((id.clone(), position(line.first_at)?))).collect()
    }
}
