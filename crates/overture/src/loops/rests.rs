//! What every answer of a provider, and every silence, means for the connection that it came over: after a run of
//! failures that are the provider's own the sender rests ([`domain::breaker`]). The state is in the database, for all
//! nodes; here is what a node knows at once, so that what it has claimed already stays as well.

use crate::app::App;
use domain::ids::{SenderId, WorkspaceId};
use providers::{Class, Fail, Receipt};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use store::{Scope, rest};

/// A sender at work on this node, until it has nothing more to do.
#[derive(Default)]
pub struct Run {
    /// Failures stand against it.
    is_troubled: AtomicBool,
    /// It rests: nothing more leaves.
    rests: AtomicBool,
    /// The provider named a time before which it wants to hear nothing more.
    is_slowed: AtomicBool,
}

impl Run {
    /// What is known of it when a batch is claimed.
    pub fn begin(&self, failures: i64) {
        if failures > 0 {
            self.is_troubled.store(true, Ordering::Release);
        }
    }

    /// Whether it began to rest since it is at work.
    pub fn rests(&self) -> bool {
        self.rests.load(Ordering::Acquire)
    }

    /// Whether more may leave.
    pub fn goes_on(&self) -> bool {
        !self.rests() && !self.is_slowed.load(Ordering::Acquire)
    }
}

/// Whose connection an answer came over.
pub struct Connection<'a> {
    /// Its workspace.
    pub workspace: &'a WorkspaceId,
    /// The sender.
    pub sender: &'a SenderId,
    /// The message was let through to see whether anybody answers.
    pub is_probe: bool,
    /// The sender at work.
    pub run: &'a Run,
}

/// Takes note of what came of a message.
pub async fn note(app: &Arc<App>, connection: &Connection<'_>, result: &Result<Receipt, Fail>) {
    let noted = match result {
        Ok(_) => answered(app, connection).await,
        Err(fail) => match fail.class {
            Class::Retry | Class::Unknown => failed(app, connection, fail).await,
            Class::GaveBack => given_back(app, connection, fail).await,
            Class::Throttle => match answered(app, connection).await {
                Ok(()) => slowed(app, connection, fail).await,
                failed => failed,
            },
            // Whatever it refuses, it is there.
            _ => answered(app, connection).await,
        },
    };
    if let Err(error) = noted {
        tracing::error!(%error, sender = %connection.sender, "how a sender does could not be written down");
    }
}

async fn answered(app: &Arc<App>, connection: &Connection<'_>) -> store::Result<()> {
    let run = connection.run;
    if !run.is_troubled.load(Ordering::Acquire) {
        return Ok(());
    }
    let scope = Scope::system(connection.workspace.clone());
    let had_rested = rest::answered(&app.db, &scope, connection.sender, app.clock.now()).await?;
    run.is_troubled.store(false, Ordering::Release);
    run.rests.store(false, Ordering::Release);
    if had_rested {
        tracing::info!(sender = %connection.sender, "a sender's provider answers again");
        changed(app, connection);
    }
    Ok(())
}

async fn failed(app: &Arc<App>, connection: &Connection<'_>, fail: &Fail) -> store::Result<()> {
    let run = connection.run;
    // Enough was said of what was under way when it began to rest.
    if run.rests() && !connection.is_probe {
        return Ok(());
    }
    run.is_troubled.store(true, Ordering::Release);
    let now = app.clock.now();
    let failure = rest::Failure {
        reason: &fail.message,
        is_probe: connection.is_probe,
        asked_ms: fail.retry_after_ms,
        rest_ms: app.config.rest_ms,
    };
    let scope = Scope::system(connection.workspace.clone());
    let after = rest::failed(&app.db, &scope, connection.sender, failure, now).await?;
    if matches!(after.state(now), domain::breaker::State::Open(_)) && !run.rests.swap(true, Ordering::AcqRel)
    {
        let seconds = (after.until - now) / 1_000;
        tracing::warn!(sender = %connection.sender, failures = after.failures, seconds, "a sender rests");
        changed(app, connection);
    }
    Ok(())
}

/// Nothing was tried: that says nothing about the provider, but where there is no place for a while, nothing else of the
/// sender has one.
async fn given_back(app: &Arc<App>, connection: &Connection<'_>, fail: &Fail) -> store::Result<()> {
    if connection.is_probe {
        let scope = Scope::system(connection.workspace.clone());
        rest::not_tried(&app.db, &scope, connection.sender, app.clock.now()).await?;
    }
    slowed(app, connection, fail).await
}

/// The whole account is too fast, not this message alone: nothing of it leaves before the provider wants it.
async fn slowed(app: &Arc<App>, connection: &Connection<'_>, fail: &Fail) -> store::Result<()> {
    let Some(asked) = fail.retry_after_ms.filter(|asked| *asked > 0) else { return Ok(()) };
    connection.run.is_slowed.store(true, Ordering::Release);
    let scope = Scope::system(connection.workspace.clone());
    let until = app.clock.now() + asked.min(domain::retry::MAX_RETRY_AFTER_MS);
    store::sender::slow_down(&app.db, &scope, connection.sender, until).await
}

fn changed(app: &Arc<App>, connection: &Connection<'_>) {
    app.tell(connection.workspace, "stats:updated", json!({ "sender_id": connection.sender }));
    app.wake.outbox.notify_one();
}
