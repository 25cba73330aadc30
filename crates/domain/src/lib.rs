//! The words and the rules of Overture.
//!
//! Everything here is a pure function of its arguments: no IO, no async, no clock, no randomness.
//! Instants come in as milliseconds since the Unix epoch, UTC.

mod text;

pub mod access;
pub mod address;
pub mod api_rate;
pub mod approval;
pub mod approved;
pub mod breaker;
pub mod bulk;
pub mod campaign;
pub mod channel;
pub mod company;
pub mod condition;
pub mod consent;
pub mod contest;
pub mod conversation;
pub mod custom_field;
pub mod draft;
pub mod forecast;
pub mod funnel;
pub mod guard;
pub mod health;
pub mod icp;
pub mod identity;
pub mod ids;
pub mod import;
pub mod inbound;
pub mod job;
pub mod limits;
pub mod macros;
pub mod mail_domain;
pub mod merge;
pub mod message;
pub mod moment;
pub mod occasion;
pub mod overlay;
pub mod pace;
pub mod quiet;
pub mod reply_times;
pub mod restored;
pub mod retry;
pub mod rotation;
pub mod schedule;
pub mod search;
pub mod segment;
pub mod simulate;
pub mod target;
pub mod template;
pub mod time;
pub mod webhook;

pub use address::AddressKind;
pub use campaign::{CampaignStatus, EnrollmentStatus, ExitReason};
pub use channel::Channel;
pub use job::JobStatus;

/// A text that is none of the values of an enumeration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}")]
pub struct UnknownWord {
    /// The enumeration.
    pub kind: &'static str,
    /// What was found instead.
    pub text: String,
}
