//! Hurts the real `overture` and judges by three ledgers: the client's 2xx, the sink's count, the database
//! through the API (reliability.md section 4). Everything that is drawn comes from one printed seed.

mod campaign;
mod database;
mod integrity;
mod judge;
mod load;
mod powercut;
mod programs;
mod rig;
mod session;
mod sink;
mod smoke;
mod storm;
mod verdict;
mod zombie;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::campaign::CampaignStorm;
use crate::database::Kind;
use crate::powercut::PowerCuts;
use crate::programs::Programs;
use crate::smoke::Bug;
use crate::storm::{Harm, Storm};
use crate::verdict::{Findings, Report};

#[derive(Parser)]
#[command(about = "Kill loop, zombie nodes and power cuts, judged by three ledgers")]
struct Args {
    #[command(flatten)]
    programs: Programs,
    /// Keep and name the folder of every run.
    #[arg(long, global = true)]
    keep: bool,
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// Everything once, in less than ten minutes.
    Smoke {
        /// The first of the seeds.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// kill -9 at random, with messages, double webhooks and a bad provider (T-S1, T-S2, T-W2).
    Kill(Run),
    /// SIGSTOP at random: nodes that come back from the dead (T-S5).
    Pause(Run),
    /// kill -9 at random under a campaign on three channels, on PostgreSQL.
    Campaign {
        /// Draws the faults and the instants.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How long the nodes are hurt.
        #[arg(long, default_value_t = 20)]
        seconds: u64,
        /// How many people it writes to.
        #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(1..=8_999))]
        people: u32,
    },
    /// Power cuts at random, on SQLite (T-D1).
    Powercut {
        /// Draws the load and the cuts.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How long the load runs.
        #[arg(long, default_value_t = 8)]
        seconds: u64,
        /// How many instants are tried.
        #[arg(long, default_value_t = 200)]
        cuts: usize,
        /// A planted bug; needs OVERTURE_BUGGY_BIN.
        #[arg(long, value_parser = smoke::bug)]
        bug: Option<Bug>,
    },
}

#[derive(clap::Args)]
struct Run {
    /// Draws the load, the faults and the instants.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long the nodes are hurt.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
    /// Where the state is.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// How many nodes share it; default: one for kills on SQLite, else two.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=8))]
    nodes: Option<u8>,
    /// A planted bug; needs OVERTURE_BUGGY_BIN.
    #[arg(long, value_parser = smoke::bug)]
    bug: Option<Bug>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("cannot install the TLS library's provider: it is installed already");
    }
    let passed = match args.part {
        Part::Smoke { seed } => smoke::smoke(&args.programs, seed, args.keep).await,
        Part::Kill(run) => one_storm(&args.programs, Harm::Kill, &run, args.keep).await,
        Part::Pause(run) => one_storm(&args.programs, Harm::Pause, &run, args.keep).await,
        Part::Campaign { seed, seconds, people } => {
            let campaign = CampaignStorm { seed, seconds, people, keep: args.keep };
            tell(&format!("campaign seed {seed}"), None, &campaign.run(&args.programs).await)
        }
        Part::Powercut { seed, seconds, cuts, bug } => {
            let cuts = PowerCuts {
                keep: args.keep,
                ..smoke::power_cuts(seed, seconds, cuts, bug.map(|bug| bug.name))
            };
            tell(&format!("powercut seed {seed}"), bug, &cuts.run(&args.programs).await)
        }
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn one_storm(programs: &Programs, harm: Harm, run: &Run, keep: bool) -> bool {
    let alone = harm == Harm::Kill && run.database == Kind::Sqlite;
    let nodes = run.nodes.map_or(if alone { 1 } else { 2 }, usize::from);
    let bug = run.bug.map(|bug| bug.name);
    let seeks = run.bug.map(|bug| bug.breaks);
    let storm = Storm { keep, seeks, ..smoke::storm(harm, run.database, nodes, run.seed, run.seconds, bug) };
    let word = if harm == Harm::Kill { "kill" } else { "pause" };
    let name = format!("{word} {} {nodes} node(s) seed {}", run.database.name(), run.seed);
    tell(&name, run.bug, &storm.run(programs).await)
}

/// One line and the last one: a good build must be clean, a planted bug must show.
fn tell(name: &str, bug: Option<Bug>, result: &anyhow::Result<Findings>) -> bool {
    let mut report = Report::default();
    match bug {
        None => report.must_be_clean(name, result),
        Some(bug) => bug.must_show(&format!("{name} with {}", bug.name), result, &mut report),
    }
    report.close()
}
