//! Bulk statements on SQLite, without the driver's hand-over to another thread for each of them.
//!
//! An import runs several statements per row; handed over one by one they would cost more than the work itself.
//! Here they run on the thread that asks, on the very connection of the open transaction. Everything else, and
//! PostgreSQL, goes through [`sql`](crate::sql).

use crate::{Result, Tx, error::Error};
use rusqlite::{Connection, ffi};
use sea_orm::ConnectionTrait;
use std::{
    ptr::NonNull,
    sync::{
        Arc, Once,
        atomic::{AtomicPtr, Ordering},
    },
};

/// The connection of the pool of one that writes. Empty on PostgreSQL.
#[derive(Clone, Default)]
pub(crate) struct Handle(Arc<AtomicPtr<ffi::sqlite3>>);

impl Handle {
    /// The pool has made a connection, its first or one in place of a broken one.
    pub(crate) fn set(&self, connection: NonNull<ffi::sqlite3>) {
        self.0.store(connection.as_ptr(), Ordering::Release);
    }
}

/// Runs `work` inside the transaction, on this thread. It returns when the work is done: a caller that goes away
/// in the middle cannot leave it running.
///
/// Nothing else uses the connection meanwhile: the transaction is borrowed exclusively, and a statement that is
/// waited for first tells that the driver has worked off everything it was given, also what nobody waits for.
pub(crate) async fn within<R>(
    handle: &Handle,
    tx: &mut Tx,
    work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
) -> Result<R> {
    tx.execute_unprepared("select 1").await?;
    within_begun(handle, tx, work)
}

/// The same right behind the begin of the transaction, which was waited for: nothing else was given to the driver.
#[expect(unsafe_code, reason = "the raw handle of a connection that the borrowed transaction keeps open")]
pub(crate) fn within_begun<R>(
    handle: &Handle,
    _tx: &mut Tx,
    work: impl FnOnce(&Connection) -> rusqlite::Result<R>,
) -> Result<R> {
    let raw = handle.0.load(Ordering::Acquire);
    if raw.is_null() {
        return Err(Error::Unusable("bulk statements of SQLite were asked of another database".into()));
    }
    let run = || {
        // SAFETY: the pool has one connection, `raw` is the newest, and the transaction holds it, open, until the
        // borrow ends. The wrapper does not own it and finalizes its statements when it is dropped.
        let connection = unsafe { Connection::from_handle(raw) }?;
        connection.set_prepared_statement_cache_capacity(32);
        work(&connection)
    };
    let outcome = match tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(run),
        _ => run(),
    };
    outcome.map_err(|error| Error::Database(sea_orm::DbErr::Custom(error.to_string())))
}

/// Settings of the library for the whole process, before its first use: nobody reads its memory statistics,
/// and each allocation would take a lock to keep them.
#[expect(unsafe_code, reason = "sqlite3_config has no safe wrapper")]
pub(crate) fn configure() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the only other threads that could be inside SQLite come after this call, which `Once` orders.
        // When something in the process has used the library before, it answers SQLITE_MISUSE and changes nothing.
        let code = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0i32) };
        if code != ffi::SQLITE_OK {
            tracing::debug!(code, "SQLite keeps its memory statistics");
        }
    });
}
