//! Opening the database.
//!
//! SQLite has one writer: a pool of a single connection, so waiting for the pool is waiting for the
//! turn, and a fixed set of readers. Every commit is synced (`synchronous=FULL`); batches make that
//! cheap. A checkpoint runs on a connection of its own, off the writer's path. PostgreSQL has one pool.

use crate::{
    error::{Error, Result},
    presence::Register,
    schema,
    sqlite::Handle,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait,
    sqlx::{
        self,
        postgres::{PgConnectOptions, PgPoolOptions},
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous},
    },
};
use std::{
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// How long SQLite waits for what another process holds.
const BUSY: Duration = Duration::from_secs(15);

/// A write transaction. Dropped without commit, it is rolled back.
pub type Tx = DatabaseTransaction;

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Config {
    /// A file; the folder must exist.
    Sqlite {
        /// Path of the database file.
        path: PathBuf,
        /// `false` only to prove that the power-cut test catches what it must.
        sync_full: bool,
    },
    /// `postgres://…`
    Postgres {
        /// Connection URL.
        url: String,
        /// Most connections of this node.
        max_connections: u32,
        /// How long a transaction may wait for its next statement before the server rolls it back. A node that is
        /// stopped in the middle of one (a paused machine, a laptop that sleeps) would else hold its locks, and keep
        /// the other nodes from the very rows that they are to take over.
        idle_in_transaction: Duration,
    },
}

/// The open database. Clones share the pools.
#[derive(Clone)]
pub struct Db {
    pub(crate) read: DatabaseConnection,
    pub(crate) write: DatabaseConnection,
    /// Connections of members on PostgreSQL (see [`crate::wall`]).
    pub(crate) walled: Option<DatabaseConnection>,
    checkpoint: Option<DatabaseConnection>,
    pub(crate) handle: Handle,
    pub(crate) register: Register,
    waiting: Arc<AtomicUsize>,
}

/// A part of a transaction that can be rolled back alone (a savepoint). Committed, it is kept when the whole is.
pub async fn part_of(tx: &Tx) -> Result<Tx> {
    Ok(tx.begin().await?)
}

impl Db {
    /// Opens the database and brings its schema up to date.
    pub async fn open(config: &Config) -> Result<Self> {
        let mut db = match config {
            Config::Sqlite { path, sync_full } => Self::open_sqlite(path, *sync_full).await?,
            Config::Postgres { url, max_connections, idle_in_transaction } => {
                Self::open_postgres(url, *max_connections, *idle_in_transaction).await?
            }
        };
        db.walled = match config {
            Config::Postgres { max_connections, .. } if schema::migrate(&db.write).await? => {
                db.open_walled(*max_connections)
            }
            Config::Postgres { .. } => None,
            Config::Sqlite { .. } => {
                schema::migrate(&db.write).await?;
                crate::import::bring_back(&db).await?;
                None
            }
        };
        Ok(db)
    }

    async fn open_sqlite(path: &std::path::Path, sync_full: bool) -> Result<Self> {
        crate::sqlite::configure();
        let handle = Handle::default();
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // Of a new database. Fewer, larger pages make an import into several indexes a tenth cheaper.
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if sync_full { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(256)
            .pragma("wal_autocheckpoint", "0")
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "memory");
        let options = sqlx::ConnectOptions::disable_statement_logging(options);
        let pool = |max: u32, min: u32| {
            SqlitePoolOptions::new()
                .max_connections(max)
                .min_connections(min)
                .idle_timeout(None)
                .max_lifetime(None)
                .acquire_timeout(Duration::from_secs(60))
        };
        let unusable = |e: sqlx::Error| {
            Error::Unusable(format!(
                "cannot open the database {}: {e}. Check that the folder exists, is writable and that the file is an Overture database",
                path.display()
            ))
        };
        let known = handle.clone();
        let writer = pool(1, 1).after_connect(move |connection, _| {
            let known = known.clone();
            Box::pin(async move {
                known.set(connection.lock_handle().await?.as_raw_handle());
                Ok(())
            })
        });
        // What is changed or deleted leaves nothing behind in a page that is written anyway.
        let writing = options.clone().pragma("cache_size", "-24000").pragma("secure_delete", "fast");
        let write = connect_sqlite(&writer, &writing).await.map_err(unusable)?;
        let reading = options.clone().pragma("query_only", "on");
        let read = connect_sqlite(&pool(3, 1), &reading).await.map_err(unusable)?;
        let checkpoint = connect_sqlite(&pool(1, 0), &options).await.map_err(unusable)?;
        Ok(Self {
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            walled: None,
            checkpoint: Some(SqlxSqliteConnector::from_sqlx_sqlite_pool(checkpoint)),
            handle,
            register: Register::Folder(path.with_file_name("nodes")),
            waiting: Arc::default(),
        })
    }

    async fn open_postgres(url: &str, max_connections: u32, idle: Duration) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|e| Error::Unusable(format!("database.url is not a PostgreSQL URL: {e}")))?
            .application_name("overture")
            .options([("idle_in_transaction_session_timeout", idle.as_millis().to_string())]);
        let options = sqlx::ConnectOptions::disable_statement_logging(options);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone())
            .await
            .map_err(|e| {
                Error::Unusable(format!(
                    "cannot reach PostgreSQL: {e}. Check database.url and that the server runs"
                ))
            })?;
        let conn = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self {
            read: conn.clone(),
            write: conn,
            walled: None,
            checkpoint: None,
            handle: Handle::default(),
            register: Register::Server(Box::new(options)),
            waiting: Arc::default(),
        })
    }

    /// Half as many connections again, for what members ask.
    fn open_walled(&self, max_connections: u32) -> Option<DatabaseConnection> {
        let Register::Server(options) = &self.register else { return None };
        let options = options.as_ref().clone().options([("role", crate::wall::ROLE)]);
        let pool = PgPoolOptions::new()
            .max_connections((max_connections / 2).max(2))
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options);
        Some(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    /// Whether members' statements run behind row-level security.
    pub fn is_walled(&self) -> bool {
        self.walled.is_some()
    }

    /// Which of the two databases this is.
    pub fn is_postgres(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Postgres
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a write transaction; on SQLite it holds the write lock from the start.
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let _waiting = Waiting::one(&self.waiting);
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Whether somebody on this node waits for the turn to write (on PostgreSQL: for a connection), so that long
    /// work had better end its transaction.
    pub fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Moves committed pages from the log into the database file (SQLite; nothing on PostgreSQL).
    pub async fn checkpoint(&self) -> Result<()> {
        if let Some(conn) = &self.checkpoint {
            conn.execute_unprepared("pragma wal_checkpoint(passive)").await?;
        }
        Ok(())
    }

    /// Lets SQLite overwrite from here on also pages that are not needed any more, or no longer. Then also moves everything out of its log and
    /// empties that; what a reader holds on to stays until the next time. PostgreSQL leaves it to its vacuum.
    pub async fn shred(&self, deleted: bool) -> Result<()> {
        let Some(conn) = &self.checkpoint else { return Ok(()) };
        if deleted {
            self.write.execute_unprepared("pragma secure_delete = on").await?;
            return Ok(());
        }
        self.write.execute_unprepared("pragma secure_delete = fast").await?;
        conn.execute_unprepared("pragma wal_checkpoint(truncate)").await?;
        Ok(())
    }

    /// Answers when the database answers.
    pub async fn ping(&self) -> Result<()> {
        self.read.execute_unprepared("select 1").await?;
        Ok(())
    }

    /// The process that serves a connection of ours on PostgreSQL, for the benchmarks; `None` on SQLite.
    pub async fn server_process(&self) -> Result<Option<i64>> {
        if !self.is_postgres() {
            return Ok(None);
        }
        crate::sql::scalar(&self.read, "select cast(pg_backend_pid() as bigint) as value", vec![]).await
    }

    /// SQLite's own integrity check; on PostgreSQL that the database answers.
    pub async fn integrity(&self) -> Result<String> {
        if self.is_postgres() {
            self.ping().await?;
            return Ok("ok".into());
        }
        let found: Option<String> = crate::sql::scalar(
            &self.write,
            "select integrity_check as value from pragma_integrity_check limit 1",
            vec![],
        )
        .await?;
        Ok(found.unwrap_or_default())
    }

    /// Closes the pools after what is running.
    pub async fn close(self) -> Result<()> {
        if let Some(conn) = &self.checkpoint {
            conn.execute_unprepared("pragma wal_checkpoint(truncate)").await?;
            conn.close_by_ref().await?;
        }
        if let Some(conn) = &self.walled {
            conn.close_by_ref().await?;
        }
        self.read.close_by_ref().await?;
        self.write.close_by_ref().await?;
        Ok(())
    }
}

/// Connects a pool to a file. Where two nodes make a new database at once, each would turn on its log, and SQLite tells
/// one of them at once that the file is locked, without the patience of [`BUSY`], since both would wait for each other
/// (<https://www.sqlite.org/c3ref/busy_handler.html>). The same may happen when the last node of a file ends.
async fn connect_sqlite(
    pool: &SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, sqlx::Error> {
    const PAUSE: Duration = Duration::from_millis(20);
    for _ in 0..BUSY.as_millis() / PAUSE.as_millis() {
        match pool.clone().connect_with(options.clone()).await {
            Err(error) if is_busy(&error) => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
    pool.clone().connect_with(options.clone()).await
}

/// Whether SQLite says that somebody else has the file; the lower byte of a code is its kind
/// (<https://www.sqlite.org/rescode.html>).
fn is_busy(error: &sqlx::Error) -> bool {
    const SQLITE_BUSY: i32 = 5;
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == SQLITE_BUSY)
}

/// Counts one who waits, also one who gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn one(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn many_make_one_new_database_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..40 {
            let path = folder.path().join(format!("{round}.db"));
            let opening = (0..6).map(|_| {
                let path = path.clone();
                tokio::spawn(async move { Db::open_sqlite(&path, true).await })
            });
            for opened in futures::future::join_all(opening.collect::<Vec<_>>()).await {
                opened.unwrap().unwrap().close().await.unwrap();
            }
        }
    }
}
