//! Idle connections of one account. A new connection costs several round trips; servers allow many
//! messages on one.

use super::line::Line;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Connections kept per account: as many as its messages leave over at once. With fewer the others would shake hands and
/// log in for every single message.
const MAX_IDLE: usize = 10;
/// How long a connection may rest before it is not trusted any more.
const IDLE: Duration = Duration::from_secs(30);
/// Messages per connection; many servers hang up at 100.
const MAX_SENT: u32 = 90;

#[derive(Default)]
pub(super) struct Pool {
    idle: Mutex<Vec<Line>>,
}

impl Pool {
    /// The connection that was used last, ready for a message that must be through by `deadline`.
    pub(super) fn take(&self, deadline: Instant) -> Option<Line> {
        let mut idle = self.lock();
        idle.retain(|line| line.idle_since.elapsed() < IDLE);
        let mut line = idle.pop()?;
        line.set_deadline(deadline);
        Some(line)
    }

    /// Keeps a connection that is in a known state; one too many is closed.
    pub(super) fn put(&self, mut line: Line) {
        line.idle_since = Instant::now();
        let mut idle = self.lock();
        if idle.len() < MAX_IDLE && line.sent < MAX_SENT {
            idle.push(line);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Line>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
