//! A database per test: a file in a folder of its own, or a database of its own on the test server.

use std::{path::Path, process::Command};

/// Where the PostgreSQL server for tests is; `cargo xtask test` sets it.
const SERVER: &str = "OVERTURE_TEST_POSTGRES";

pub enum Database {
    Sqlite,
    /// Dropped with the value.
    Postgres {
        server: String,
        name: String,
    },
}

impl Database {
    pub fn sqlite() -> Self {
        Self::Sqlite
    }

    pub fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(SERVER) else {
            assert!(std::env::var("CI").is_err(), "{SERVER} must be set in CI: nothing may be skipped there");
            eprintln!("SKIPPED: {SERVER} is not set, so this was not tested on PostgreSQL");
            return None;
        };
        Some(Self::create(server))
    }

    fn create(server: String) -> Self {
        let name = store::new_id(|id| format!("it_{}", id.simple()));
        psql(&server, &format!("create database {name}"));
        Self::Postgres { server, name }
    }

    /// A second one of the same kind.
    pub fn another(&self) -> Self {
        match self {
            Self::Sqlite => Self::Sqlite,
            Self::Postgres { server, .. } => Self::create(server.clone()),
        }
    }

    /// Keeps what is in it now, which nobody has open, under another name.
    pub fn keep_copy(&self, folder: &Path) {
        match self {
            Self::Sqlite => {
                std::fs::copy(folder.join("overture.db"), folder.join("kept.db")).unwrap();
            }
            Self::Postgres { server, name } => {
                psql(server, &format!("create database {name}_kept template {name}"))
            }
        }
    }

    /// Puts the kept copy in its place, which nobody has open.
    pub fn put_back(&self, folder: &Path) {
        match self {
            Self::Sqlite => {
                for end in ["-wal", "-shm"] {
                    std::fs::remove_file(folder.join(format!("overture.db{end}"))).ok();
                }
                std::fs::rename(folder.join("kept.db"), folder.join("overture.db")).unwrap();
            }
            Self::Postgres { server, name } => {
                psql(server, &format!("drop database {name} with (force)"));
                psql(server, &format!("alter database {name}_kept rename to {name}"));
            }
        }
    }

    pub fn config(&self, folder: &Path) -> store::Config {
        match self {
            // Commits are not synced, on neither database: no test here pulls a plug.
            Self::Sqlite => store::Config::Sqlite { path: folder.join("overture.db"), sync_full: false },
            Self::Postgres { server, name } => {
                let (head, _) = server.rsplit_once('/').expect("the server's URL ends in a database");
                store::Config::Postgres {
                    url: format!("{head}/{name}?options=-csynchronous_commit%3Doff"),
                    max_connections: 6,
                    idle_in_transaction: std::time::Duration::from_secs(10),
                }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            psql(server, &format!("drop database if exists {name} with (force)"));
        }
    }
}

fn psql(server: &str, sql: &str) {
    let told =
        Command::new(program()).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, server]).output();
    let told = told.expect("psql starts; install the PostgreSQL client");
    assert!(told.status.success(), "{sql}: {}", String::from_utf8_lossy(&told.stderr));
}

/// Debian keeps the newest `psql` beside the server; elsewhere it is in the PATH.
fn program() -> std::path::PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|v| v.path().join("bin/psql")).filter(|p| p.is_file()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| "psql".into())
}
