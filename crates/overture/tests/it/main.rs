//! The product as a whole: an app in this process on a fresh database, the sandbox as the outside world, a
//! clock that is moved by hand. Every test that touches the database runs on SQLite and on PostgreSQL.
#![expect(
    clippy::disallowed_methods,
    reason = "tests find their database and talk to the sandbox by themselves"
)]

#[macro_use]
mod kit;

mod campaigns;
mod commands;
mod http;
mod identity;
mod imports;
mod jobs;
mod privacy;
mod receiving;
mod senders;
mod sending;
mod store;
mod webhooks;
