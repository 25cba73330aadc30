//! Speed and memory, measured on this machine and printed with its cores. Nothing here asserts a time.

mod engine;
mod imap;
mod import;
mod inbox;
mod load;
mod people;
mod send;
mod server;
mod smtp;
mod start;
mod webhook;

use anyhow::Context;
use clap::{Args, Subcommand};
use std::{path::Path, process::ExitCode};

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
    /// A mailbox in Dovecot that is read from its beginning, stored and applied
    Imap {
        /// Mails in it
        #[arg(long, default_value_t = 100_000)]
        mails: u64,
        /// How many of them are also applied
        #[arg(long, default_value_t = 10_000)]
        apply: u64,
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
        /// A folder in which what is filled is kept, and asked again the next time
        #[arg(long)]
        folder: Option<std::path::PathBuf>,
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
    /// Mail through the send loop to a mail server with TLS and a login, in this process
    Smtp {
        /// Mails
        #[arg(long, default_value_t = 20_000)]
        messages: u32,
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
    /// Signed texts of Twilio, stored durably and answered, then applied; the server is a process of its own
    Webhook {
        /// Contacts that write, and rows of the file that they come from
        #[arg(long, default_value_t = 200_000)]
        contacts: u64,
        /// Connections that ask at once
        #[arg(long, default_value_t = 128)]
        connections: u64,
        /// How long each load lasts
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// How often
        #[arg(long, default_value_t = 3)]
        rounds: u64,
        /// URL of another server that takes the same forms, signed with `perf-auth-token`; asked in turn with ours
        #[arg(long)]
        beside: Vec<String>,
        /// The server that is measured, where it is another build than this
        #[arg(long)]
        binary: Option<std::path::PathBuf>,
        /// postgres:// URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
}

/// Runs a benchmark.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Engine { people, waiting, database } => engine::run(people, waiting, database).await?,
        What::Imap { mails, apply, database } => imap::run(mails, apply, database).await?,
        What::Import { rows, database } => import::run(rows, database).await?,
        What::Inbox { conversations, messages, folder, database } => {
            inbox::run(inbox::Asked { conversations, messages, folder, database }).await?;
        }
        What::People { rows, database } => people::run(rows, database).await?,
        What::Send { messages, database } => send::run(messages, database).await?,
        What::Smtp { messages, database } => smtp::run(messages, database).await?,
        What::Start { rounds } => start::run(rounds).await?,
        What::Webhook { contacts, connections, seconds, rounds, beside, binary, database } => {
            let asked = webhook::Asked { contacts, connections, seconds, rounds, beside, binary, database };
            webhook::run(asked).await?;
        }
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

/// Does something with a folder of its own, which is gone afterwards, whatever came of it. Its name is short: sockets lie in
/// it too.
async fn in_folder<T>(work: impl AsyncFnOnce(&Path) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let folder = std::env::temp_dir().join(format!("overture-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = work(&folder).await;
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    outcome
}

/// Processor time of this process so far in milliseconds, `None` where the system does not tell.
pub fn cpu_ms() -> Option<i64> {
    cpu_of(std::process::id(), false)
}

/// Processor time of a process so far in milliseconds, also that of its children that have ended where asked for.
fn cpu_of(pid: u32, with_children: bool) -> Option<i64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name in parentheses, from the 12th field: user and system time in hundredths of a second, then those
    // of its children.
    let (_, fields) = stat.rsplit_once(')')?;
    let wanted = if with_children { 4 } else { 2 };
    let ticks: Vec<i64> =
        fields.split_whitespace().skip(11).take(wanted).map_while(|field| field.parse().ok()).collect();
    Some(ticks.iter().sum::<i64>() * 10)
}

/// Cores of the machine.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}
