//! One run's world: a folder, a fresh database with one sender in it, the sink, and the nodes under test.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use tempfile::TempDir;
use tokio::process::Command;

use crate::database::{Database, Kind};
use crate::load::PUBLIC_URL;
use crate::programs::{Programs, Server, clean_command, output_of};
use crate::session::Account;
use crate::sink::{self, Sink};

/// What a run is made of.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Draws everything that is drawn.
    pub seed: u64,
    /// Where the state is.
    pub database: Kind,
    /// The planted bug, if one is to be caught.
    pub bug: Option<&'static str>,
    /// A claim's lease in milliseconds; the product's own is far longer than a test.
    pub lease_ms: u64,
    /// The settle window in milliseconds; must be longer than anything in the sink's mix.
    pub settle_ms: u64,
}

/// Records what a node does to its disk.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// The compiled shim.
    pub shim: PathBuf,
    /// Where it writes.
    pub log: PathBuf,
}

/// The world of one run. Its processes die with it.
pub struct Rig {
    /// What it is made of.
    pub plan: Plan,
    program: PathBuf,
    folder: TempDir,
    /// Where the state is.
    pub database: Database,
    /// The other side's ledger.
    pub sink: Sink,
    /// Who the client is.
    pub account: Account,
}

impl Rig {
    /// Sets everything up, down to the sender; starts no node.
    pub async fn new(programs: &Programs, plan: Plan) -> Result<Arc<Rig>> {
        let program = programs.overture(plan.bug)?;
        let folder = TempDir::with_prefix("chaos-").context("making a folder for the run")?;
        let label = format!("{}_{}", plan.seed, plan.bug.unwrap_or("good"));
        let database = Database::create(plan.database, programs.postgres.as_deref(), &label).await?;
        let sink = Sink::start(&programs.sandbox()?, folder.path(), plan.seed).await?;
        let mut seed = clean_command(&program);
        seed.args(["admin", "seed-chaos", "--count", "0", "--twilio-base", sink.base()]);
        seed.args(["--account-sid", sink::ACCOUNT_SID, "--auth-token", sink::AUTH_TOKEN]);
        seed.arg("--data-dir").arg(folder.path().join(DATA));
        seed.args(database.url().map(|url| ["--database", url]).into_iter().flatten());
        let line = output_of(&mut seed, "overture admin seed-chaos").await?;
        let account = line.lines().find_map(|line| serde_json::from_str(line).ok());
        let account = account.with_context(|| format!("seed-chaos printed no account: {line}"))?;
        Ok(Arc::new(Rig { plan, program, folder, database, sink, account }))
    }

    /// The nodes' data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join(DATA)
    }

    /// A place for other files of the run.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Imports people from a file before any node runs.
    pub async fn import(&self, file: &Path, more: &[&str]) -> Result<()> {
        let mut import = clean_command(&self.program);
        import.args(["import", "contacts"]).arg(file).args(more).arg("--data-dir").arg(self.data());
        import.args(self.database.url().map(|url| ["--database", url]).into_iter().flatten());
        output_of(&mut import, "overture import contacts").await.map(drop)
    }

    /// Starts node `number`, recorded if so wished.
    pub fn start(&self, number: usize, recorder: Option<&Recorder>) -> Result<Server> {
        let port_file = self.folder.path().join(format!("node-{number}.port"));
        let mut command = clean_command(&self.program);
        command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--public-url", PUBLIC_URL]);
        command.arg("--port-file").arg(&port_file).arg("--data-dir").arg(self.data());
        command.args(self.database.url().map(|url| ["--database", url]).into_iter().flatten());
        command.env("OVERTURE_SEND__LEASE_MS", self.plan.lease_ms.to_string());
        command.env("OVERTURE_SEND__SETTLE_MS", self.plan.settle_ms.to_string());
        // One in four of its answers is a failure by order: runs of them are chance.
        command.env("OVERTURE_SEND__REST_MS", "300");
        // Spares every start a sandbox of its own.
        command
            .env("OVERTURE_SANDBOX__HTTP", self.sink.base())
            .env("OVERTURE_SANDBOX__SMTP", self.sink.smtp());
        if let Some(bug) = self.plan.bug {
            command.env("OVERTURE_BUG", bug);
        }
        if let Some(recorder) = recorder {
            command.env("LD_PRELOAD", &recorder.shim).env("POWERCUT_LOG", &recorder.log);
            command.env("POWERCUT_DIR", self.data());
        }
        Server::start(&mut command, port_file, self.folder.path().join(format!("node-{number}.log")))
    }

    /// `overture admin check-integrity` on the data folder or a copy of it.
    pub fn check_command(&self, data: &Path) -> Command {
        let mut command = clean_command(&self.program);
        command.args(["admin", "check-integrity", "--data-dir"]).arg(data);
        command.args(self.database.url().map(|url| ["--database", url]).into_iter().flatten());
        command
    }

    /// Ends the run; with `keep`, its folder stays and is named.
    pub async fn close(self: Arc<Self>, keep: bool) -> Result<()> {
        let rig = Arc::into_inner(self).context("the run is not over")?;
        drop(rig.sink);
        if keep {
            println!("kept: {}", rig.folder.keep().display());
            return Ok(());
        }
        rig.database.remove().await
    }
}

const DATA: &str = "data";
