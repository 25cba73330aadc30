//! The states of background work.

use crate::text::words;

words! {
    /// Where a job stands.
    pub enum JobStatus {
        /// Waiting for a worker.
        Queued = "queued",
        /// A worker has it.
        Processing = "processing",
        /// Done.
        Completed = "completed",
        /// Ended with an error that the user can act on.
        Failed = "failed",
        /// Stopped by a person.
        Cancelled = "cancelled",
        /// Failed too often; kept for a person to look at.
        Dead = "dead",
    }
}
