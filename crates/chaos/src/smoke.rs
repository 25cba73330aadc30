//! Everything once, short enough for every change: the storms on both databases, the zombies, the power cuts,
//! and every planted bug, each of which the same run must catch.

use tokio::task::JoinSet;

use crate::campaign::CampaignStorm;
use crate::database::Kind;
use crate::powercut::PowerCuts;
use crate::programs::Programs;
use crate::rig::Plan;
use crate::storm::{Harm, Storm};
use crate::verdict::{Fault, Findings, Report};

/// A bug that can be planted, the promise that it breaks, and the run that shows it.
#[derive(Debug, Clone, Copy)]
pub struct Bug {
    /// As `OVERTURE_BUG` knows it.
    pub name: &'static str,
    /// The promise that it breaks.
    pub breaks: Fault,
    shown_by: Shown,
}

impl Bug {
    /// Prints whether a run with this bug in it saw the harm.
    pub fn must_show(&self, name: &str, result: &anyhow::Result<Findings>, report: &mut Report) {
        match result {
            Ok(findings) => report.line(self.is_shown_in(result), name, findings),
            Err(error) => report.line(false, name, format!("{error:#}")),
        }
    }

    fn is_shown_in(&self, result: &anyhow::Result<Findings>) -> bool {
        result.as_ref().is_ok_and(|findings| findings.times(self.breaks) > 0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Kills,
    Pauses,
    Cuts,
}

const BUGS: [Bug; 8] = [
    Bug { name: "mark_sent_first", breaks: Fault::Lost, shown_by: Shown::Kills },
    Bug { name: "requeue_on_boot", breaks: Fault::SentTwice, shown_by: Shown::Kills },
    Bug { name: "retry_on_doubt", breaks: Fault::SentTwice, shown_by: Shown::Kills },
    Bug { name: "no_settle", breaks: Fault::SentTwice, shown_by: Shown::Kills },
    Bug { name: "ack_before_commit", breaks: Fault::HookLost, shown_by: Shown::Kills },
    Bug { name: "check_then_insert", breaks: Fault::HookTwice, shown_by: Shown::Kills },
    Bug { name: "no_deadline", breaks: Fault::SentTwice, shown_by: Shown::Pauses },
    Bug { name: "sync_normal", breaks: Fault::CutLost, shown_by: Shown::Cuts },
];
/// Seeds that a bug may hide from before it counts as missed. The first one nearly always shows it.
const BUG_SEEDS: u64 = 3;

/// The planted bug of this name.
pub fn bug(name: &str) -> Result<Bug, String> {
    BUGS.into_iter().find(|bug| bug.name == name).ok_or_else(|| {
        let names: Vec<&str> = BUGS.iter().map(|bug| bug.name).collect();
        format!("there is no planted bug {name}; there are {}", names.join(", "))
    })
}

/// A storm of kills, or of pauses.
pub fn storm(
    harm: Harm,
    database: Kind,
    nodes: usize,
    seed: u64,
    seconds: u64,
    bug: Option<&'static str>,
) -> Storm {
    let (lease_ms, settle_ms) = match harm {
        // Longer than the latest apply of the sink, with room for a busy machine.
        Harm::Kill => (1_500, 3_000),
        // Short, since a pause must outlast both, so that a zombie finds its message in other hands; but a burst of
        // requests must be over before the first of them is given up, and doubt has to rest for longer than the
        // slow sink takes on a machine with other work to do, or others send what it has.
        Harm::Pause => (1_200, 2_000),
    };
    let plan = Plan { seed, database, bug, lease_ms, settle_ms };
    Storm { plan, harm, nodes, seconds, seeks: None, keep: false }
}

/// A recorded run and its cuts.
pub fn power_cuts(seed: u64, seconds: u64, cuts: usize, bug: Option<&'static str>) -> PowerCuts {
    let plan = Plan { seed, database: Kind::Sqlite, bug, lease_ms: 1_500, settle_ms: 3_000 };
    PowerCuts { plan, seconds, cuts, keep: false }
}

/// Runs all of it; true where everything passed.
pub async fn smoke(programs: &Programs, first_seed: u64, keep: bool) -> bool {
    let mut report = Report::default();
    let mut storms = vec![
        ("kill sqlite", storm(Harm::Kill, Kind::Sqlite, 1, first_seed, 15, None)),
        ("kill sqlite", storm(Harm::Kill, Kind::Sqlite, 1, first_seed + 1, 15, None)),
        ("pause sqlite two nodes", storm(Harm::Pause, Kind::Sqlite, 2, first_seed, 20, None)),
    ];
    if programs.postgres.is_some() {
        storms.insert(
            0,
            ("kill postgres two nodes", storm(Harm::Kill, Kind::Postgres, 2, first_seed, 15, None)),
        );
        storms
            .push(("pause postgres two nodes", storm(Harm::Pause, Kind::Postgres, 2, first_seed, 20, None)));
    } else {
        println!("SKIPPED kill and pause on postgres: OVERTURE_TEST_POSTGRES is not set");
    }
    let mut running = JoinSet::new();
    for (name, storm) in storms {
        let programs = programs.clone();
        running.spawn(async move {
            let name = format!("{name} seed {}", storm.plan.seed);
            (name, Storm { keep, ..storm }.run(&programs).await)
        });
    }
    while let Some(joined) = running.join_next().await {
        match joined {
            Ok((name, result)) => report.must_be_clean(&name, &result),
            Err(error) => report.line(false, "a storm", error),
        }
    }
    if programs.postgres.is_some() {
        let campaign = CampaignStorm { seed: first_seed, seconds: 20, people: 5_000, keep };
        report.must_be_clean(&format!("campaign seed {first_seed}"), &campaign.run(programs).await);
    }
    let cuts = PowerCuts { keep, ..power_cuts(first_seed, 8, 200, None) };
    report.must_be_clean(&format!("powercut seed {first_seed}"), &cuts.run(programs).await);
    if programs.has_bugs() {
        catch_all(programs, first_seed, &mut report).await;
    } else {
        println!("SKIPPED the planted bugs: OVERTURE_BUGGY_BIN is not set");
    }
    report.close()
}

async fn catch_all(programs: &Programs, first_seed: u64, report: &mut Report) {
    let (mut caught, mut tried) = (0, 0);
    for bug in &BUGS {
        if bug.shown_by == Shown::Pauses && programs.postgres.is_none() {
            println!("SKIPPED the planted bug {}: OVERTURE_TEST_POSTGRES is not set", bug.name);
            continue;
        }
        tried += 1;
        let mut seed = first_seed;
        let mut result = run_with(programs, bug, seed).await;
        while seed + 1 < first_seed + BUG_SEEDS && !bug.is_shown_in(&result) {
            seed += 1;
            result = run_with(programs, bug, seed).await;
        }
        bug.must_show(
            &format!("bug {} (seed {} of up to {BUG_SEEDS})", bug.name, seed + 1 - first_seed),
            &result,
            report,
        );
        caught += usize::from(bug.is_shown_in(&result));
    }
    report.line(caught == tried, "planted bugs", format!("{caught} of {tried} bugs caught"));
}

async fn run_with(programs: &Programs, bug: &Bug, seed: u64) -> anyhow::Result<Findings> {
    let (name, seeks) = (Some(bug.name), Some(bug.breaks));
    match bug.shown_by {
        Shown::Kills => {
            Storm { seeks, ..storm(Harm::Kill, Kind::Sqlite, 1, seed, 8, name) }.run(programs).await
        }
        Shown::Pauses => {
            Storm { seeks, ..storm(Harm::Pause, Kind::Postgres, 2, seed, 15, name) }.run(programs).await
        }
        Shown::Cuts => power_cuts(seed, 4, 30, name).run(programs).await,
    }
}
