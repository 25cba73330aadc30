//! Speed and memory, measured on this machine and printed with its cores. Nothing here asserts a time.

mod engine;
mod import;
mod inbox;
mod people;
mod send;
mod start;

use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Flags of `bench`.
#[derive(Args)]
pub struct BenchArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Queued to recorded as sent, against a local HTTP sink that answers at once
    Send {
        /// Messages
        #[arg(long, default_value_t = 100_000)]
        messages: u32,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// People who are due to messages recorded as sent, against a sink that answers at once and costs nothing
    Engine {
        /// Rows of the file that people come from; each gets two messages
        #[arg(long, default_value_t = 100_000)]
        people: u64,
        /// Enrollments beside them that are not due
        #[arg(long, default_value_t = 0)]
        waiting: u64,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// A file of contacts, from the first look at it to the last row in the database
    Import {
        /// Rows of the file
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// The inbox over HTTP at full load: list with filters, thread, search in messages
    Inbox {
        /// Conversations, each with a contact
        #[arg(long, default_value_t = 200_000)]
        conversations: u64,
        /// Messages in them
        #[arg(long, default_value_t = 2_000_000)]
        messages: u64,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// Lists, searches and segments over many contacts
    People {
        /// Rows of the file that they come from
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// From start to the first 200 on /health, and idle memory
    Start {
        /// How often
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

/// Runs a benchmark.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Engine { people, waiting, database } => engine::run(people, waiting, database).await?,
        What::Import { rows, database } => import::run(rows, database).await?,
        What::Inbox { conversations, messages, database } => {
            inbox::run(conversations, messages, database).await?;
        }
        What::People { rows, database } => people::run(rows, database).await?,
        What::Send { messages, database } => send::run(messages, database).await?,
        What::Start { rounds } => start::run(rounds).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Peak resident memory of this process in MiB, `None` where the system does not tell.
pub fn peak_memory_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// Processor time of this process so far in milliseconds, `None` where the system does not tell.
pub fn cpu_ms() -> Option<i64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in parentheses, the 12th and 13th field: user and system time in hundredths of a second.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Vec<i64> =
        fields.split_whitespace().skip(11).take(2).map_while(|field| field.parse().ok()).collect();
    Some(ticks.iter().sum::<i64>() * 10)
}

/// Cores of the machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}
