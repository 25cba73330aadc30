//! What Overture remembers: one schema on SQLite and PostgreSQL, and every statement that touches it.
//!
//! The connection never leaves this crate, so a query that is not here does not exist. Functions on
//! tenant data take a [`Scope`]; the few that work across tenants (claims, migrations, sign-in) say so
//! in their name or their documentation. Ids are text, instants are milliseconds since the epoch: one
//! SQL text serves both databases, and bulk statements take a whole batch as one JSON value.

mod connect;
mod error;
mod presence;
pub mod saved_mapping;
mod schema;
mod scope;
mod sort;
mod sql;
mod sqlite;
mod wall;

pub mod access;
pub mod api_key;
pub mod approved;
pub mod assignment;
pub mod audit;
pub mod bulk;
pub mod campaign;
pub mod company;
pub mod consent;
pub mod contact;
pub mod contact_address;
pub mod contact_set;
pub mod conversation;
pub mod custom_field;
pub mod delivery;
pub mod doubt;
pub mod draft;
pub mod enrollment;
pub mod erasure;
pub mod event;
pub mod former_address;
pub mod funnel;
pub mod icp;
pub mod idempotency;
pub mod identity;
pub mod import;
pub mod inbound_event;
pub mod invitation;
pub mod job;
pub mod label;
pub mod macros;
pub mod member;
pub mod merge;
pub mod message;
pub mod note;
pub mod notice;
pub mod notification;
pub mod outbox;
pub mod passkey;
pub mod past;
#[cfg(feature = "plans")]
pub mod plans;
pub mod push;
pub mod recording;
pub mod relay;
pub mod reply_clock;
pub mod reply_draft;
pub mod reply_times;
pub mod rest;
pub mod restored;
pub mod saved_view;
pub mod sealed;
pub mod search;
pub mod second_factor;
pub mod second_step;
pub mod segment;
pub mod send_count;
pub mod sender;
pub mod session;
pub mod snippet;
pub mod stats;
pub mod suppression;
pub mod target;
pub mod task;
pub mod undecided;
pub mod user;
pub mod webhook;
pub mod workspace;

pub use connect::{Config, Db, Tx, part_of};
pub use error::{Error, Result};
pub use presence::Presence;
pub use scope::{Scope, Sight, owners_of, require_visible};
pub use sort::Way;
pub use sql::{At, COUNTED, Page, Total, new_id};
