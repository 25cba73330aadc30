//! A fresh database for every run.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};
use tokio::process::Command;
use url::Url;

use crate::programs::output_of;

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The embedded one, a file in the data folder.
    Sqlite,
    /// A database of its own on the server that `--postgres` names.
    Postgres,
}

impl Kind {
    /// As in the name of a part.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Sqlite => "sqlite",
            Kind::Postgres => "postgres",
        }
    }
}

/// The database of one run.
pub enum Database {
    /// In the data folder, which is thrown away with everything in it.
    Sqlite,
    /// On a server, to be dropped at the end.
    Postgres {
        /// With the name of the new database.
        url: Url,
        server: Url,
        name: String,
    },
}

impl Database {
    /// Makes an empty database. `label` is part of its name.
    pub async fn create(kind: Kind, server: Option<&str>, label: &str) -> Result<Database> {
        if kind == Kind::Sqlite {
            return Ok(Database::Sqlite);
        }
        let server = server.context("no PostgreSQL server: set OVERTURE_TEST_POSTGRES to the URL of one")?;
        let server = Url::parse(server).context("OVERTURE_TEST_POSTGRES is not a URL")?;
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("chaos_{label}_{}_{number}", std::process::id());
        run_sql(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        run_sql(&server, &format!("CREATE DATABASE {name}")).await?;
        let mut url = server.clone();
        url.set_path(&name);
        Ok(Database::Postgres { url, server, name })
    }

    /// What `--database` gets; none for SQLite.
    pub fn url(&self) -> Option<&str> {
        match self {
            Database::Sqlite => None,
            Database::Postgres { url, .. } => Some(url.as_str()),
        }
    }

    /// Ends the session by which the node with this process id shows that it lives, as the server does when it
    /// hears nothing from the node's machine any more.
    pub async fn give_up(&self, pid: u32) -> Result<()> {
        let Database::Postgres { url, .. } = self else { bail!("a SQLite database gives no node up") };
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'overture {pid}-%'"
        );
        run_sql(url, &sql).await
    }

    /// Drops what was made.
    pub async fn remove(self) -> Result<()> {
        match self {
            Database::Sqlite => Ok(()),
            Database::Postgres { server, name, .. } => {
                run_sql(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await
            }
        }
    }
}

async fn run_sql(server: &Url, sql: &str) -> Result<()> {
    let mut psql = Command::new(psql()?);
    psql.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql, server.as_str()]);
    output_of(&mut psql, "psql").await.map(drop)
}

/// From the path, else from where Debian keeps the servers' programs.
fn psql() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        places.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    let programs = places.into_iter().map(|place| place.join("psql"));
    programs
        .into_iter()
        .find(|path| path.is_file())
        .context("psql is not installed: install postgresql-client")
}
