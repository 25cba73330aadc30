//! The rep's own device. It asks the server for messages that its member has approved, sends each through a [`driver`],
//! and says what became of it.
//!
//! Between the server's lease and the key press that cannot be taken back stands the [`journal`]: what is about to be
//! sent is on disk before it is sent. Whatever kills the process, nothing is sent a second time: what was in flight is
//! reported as uncertain, and a person looks into the chat.

pub mod account;
pub mod carry;
mod clock;
pub mod driver;
pub mod journal;
pub mod server;
