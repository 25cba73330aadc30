//! A server in a process of its own, so that its processor time is not mixed with that of who asks it.

use super::{cpu_of, start};
use anyhow::{Context, Result};
use std::{net::SocketAddr, path::Path};
use store::Db;

/// A running server.
pub(super) struct Server {
    child: tokio::process::Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Server {
    /// Starts one on a data folder.
    pub async fn start(binary: &Path, folder: &Path, database: Option<&str>, role: &str) -> Result<Self> {
        let mut more = vec!["--role", role];
        more.extend(database.iter().flat_map(|url| ["--database", *url]));
        let (child, _) = start::start(binary, folder, folder, &more).await?;
        let address = std::fs::read_to_string(folder.join("port"))?;
        let address = address.trim().parse().with_context(|| format!("{address:?} is no address"))?;
        Ok(Self { child, address })
    }

    /// Its processor time so far in milliseconds.
    pub fn cpu_ms(&self) -> i64 {
        self.child.id().and_then(|pid| cpu_of(pid, false)).unwrap_or_default()
    }

    /// Its resident memory in MiB.
    pub fn resident_mib(&self) -> Result<f64> {
        start::resident_mib(self.child.id().context("the server ended")?)
    }

    /// Ends it as an operator does: what it has begun is finished.
    #[expect(unsafe_code, reason = "a signal to a process that this one has started")]
    pub async fn end(mut self) -> Result<()> {
        if let Some(pid) = self.child.id() {
            // SAFETY: the process is a child that has not been waited for, so the id is still its own.
            unsafe { libc::kill(i32::try_from(pid)?, libc::SIGTERM) };
        }
        self.child.wait().await?;
        Ok(())
    }
}

/// Where a PostgreSQL on this machine keeps its processor time.
pub(super) struct Postgres(u32);

impl Postgres {
    /// Found by the process that serves a connection of ours; `None` on SQLite and where it runs elsewhere.
    pub async fn find(db: &Db) -> Result<Option<Self>> {
        let Some(pid) = db.server_process().await? else { return Ok(None) };
        Ok(u32::try_from(pid).ok().and_then(parent).map(Self))
    }

    /// Processor time of all its processes so far in milliseconds, also of those that have ended.
    pub fn cpu_ms(&self) -> i64 {
        let children = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = children.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let alive: i64 =
            children.filter(|pid| parent(*pid) == Some(self.0)).filter_map(|pid| cpu_of(pid, false)).sum();
        alive + cpu_of(self.0, true).unwrap_or_default()
    }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
