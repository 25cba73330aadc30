//! Which nodes live.
//!
//! A node holds a lock that is taken from it when its process ends, and only then: on SQLite that of a file in
//! the folder `nodes` beside the database, on PostgreSQL an advisory lock of a session of its own. So others can
//! tell a node that is gone from one that only stands still (a paused container, a laptop that sleeps), which may
//! come back in the middle of a request and finish it. A lease that has run out cannot tell the two apart.
//!
//! On PostgreSQL a node whose machine or network is gone loses its session after [`KEEPALIVE`]; it may then
//! still live, and what stands between it and its provider is the age of its claims alone.

use crate::{
    Db,
    error::{Error, Result},
    sql::{binds, scalar},
};
use sea_orm::sqlx::{self, ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Seconds of silence, seconds between the server's questions, and how many may stay unanswered, before
/// PostgreSQL gives a session up.
const KEEPALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
/// How often a node makes sure that its session is still there.
const LOOK: Duration = Duration::from_secs(2);
/// The first half of every advisory lock of ours; the second is the node's name, hashed.
const LOCK_SPACE: i32 = 0x4f56;

/// Where the locks are.
#[derive(Clone)]
pub(crate) enum Register {
    Folder(PathBuf),
    Server(Box<PgConnectOptions>),
}

/// A node's proof that it lives, for as long as this value does.
#[derive(Debug)]
pub struct Presence {
    _lock: Lock,
}

#[derive(Debug)]
enum Lock {
    File(#[expect(dead_code, reason = "held, not read")] File),
    Session(tokio::task::JoinHandle<()>),
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Lock::Session(keeping) = self {
            keeping.abort();
        }
    }
}

impl Db {
    /// Shows all other nodes that this one lives. To be called before its first claim.
    pub async fn appear(&self, node: &str) -> Result<Presence> {
        let lock = match &self.register {
            Register::Folder(folder) => Lock::File(lock_file(folder, node).map_err(|error| {
                let place = folder.display();
                Error::Unusable(format!(
                    "cannot write into the folder {place}: {error}. Check that it is writable and not on a network drive"
                ))
            })?),
            Register::Server(options) => {
                let options = session_options(options, node);
                let session = lock_session(&options, node).await.map_err(|error| {
                    Error::Unusable(format!(
                        "cannot hold a session at PostgreSQL for this node: {error}. Each node needs one connection beside its pool"
                    ))
                })?;
                Lock::Session(tokio::spawn(keep(session, options, node.to_owned())))
            }
        };
        Ok(Presence { _lock: lock })
    }

    /// Whether any node lives.
    pub async fn is_anybody_alive(&self) -> Result<bool> {
        match &self.register {
            Register::Folder(folder) => {
                let Ok(entries) = std::fs::read_dir(folder) else { return Ok(false) };
                Ok(entries.flatten().any(|entry| is_locked(&entry.path())))
            }
            Register::Server(_) => {
                let sql = "select count(*) as value from pg_locks where locktype = 'advisory' and granted and classid::bigint = $1
                     and database = (select oid from pg_database where datname = current_database())";
                let held: Option<i64> = scalar(&self.read, sql, binds![i64::from(LOCK_SPACE)]).await?;
                Ok(held != Some(0))
            }
        }
    }

    /// Whether a node lives. One that cannot be asked about counts as alive.
    pub async fn is_alive(&self, node: &str) -> Result<bool> {
        match &self.register {
            Register::Folder(folder) => Ok(is_locked(&folder.join(node))),
            Register::Server(_) => {
                // Taken for the moment of this statement where nobody holds it.
                let sql = "select pg_try_advisory_xact_lock($1, hashtext($2)) as value";
                let free: Option<bool> = scalar(&self.read, sql, binds![LOCK_SPACE, node]).await?;
                Ok(free != Some(true))
            }
        }
    }
}

fn session_options(options: &PgConnectOptions, node: &str) -> PgConnectOptions {
    options.clone().application_name(&format!("overture {node}")).options(KEEPALIVE)
}

async fn lock_session(options: &PgConnectOptions, node: &str) -> Result<PgConnection, sqlx::Error> {
    let mut session = options.connect().await?;
    let sql = "select pg_try_advisory_lock($1, hashtext($2))";
    let locked: bool = sqlx::query_scalar(sql).bind(LOCK_SPACE).bind(node).fetch_one(&mut session).await?;
    if locked {
        return Ok(session);
    }
    Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::WouldBlock, "another session holds this node's lock")))
}

/// Looks after the session, and takes a new one when it is lost.
async fn keep(mut session: PgConnection, options: PgConnectOptions, node: String) {
    loop {
        tokio::time::sleep(LOOK).await;
        let Err(error) = session.ping().await else { continue };
        tracing::warn!(%error, "the session that shows that this node lives was lost");
        session = loop {
            match lock_session(&options, &node).await {
                Ok(session) => break session,
                Err(error) => tracing::warn!(%error, "there is no new one yet"),
            }
            tokio::time::sleep(LOOK).await;
        };
    }
}

fn lock_file(folder: &Path, node: &str) -> io::Result<File> {
    std::fs::create_dir_all(folder)?;
    clear(folder)?;
    let path = folder.join(node);
    loop {
        let file = File::create(&path)?;
        file.lock()?;
        // Another node that clears the folder may have taken the file away before it was locked.
        if path.try_exists()? {
            return Ok(file);
        }
    }
}

/// Takes away what nodes left that are gone.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Ok(file) = File::open(&path) else { continue };
        if file.try_lock().is_ok() {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn is_locked(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock().is_err(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}
