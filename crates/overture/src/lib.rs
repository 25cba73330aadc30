//! Overture: contacts in, campaigns out, every answer in one inbox.
//!
//! The files at this level are the product's features; `loops` is its own work, `http` its doors. Rules
//! are in `domain`, statements in `store`, external APIs in `providers`.

pub mod access;
pub mod announce;
pub mod api_keys;
pub mod app;
pub mod approved;
pub mod assignment;
pub mod audit;
pub mod bench;
pub mod bulk_actions;
pub mod campaigns;
pub mod cli;
pub mod clock;
pub mod companies;
pub mod config;
pub mod consents;
pub mod contact_addresses;
pub mod contact_files;
pub mod contact_sets;
pub mod contacts;
pub mod conversations;
pub mod courses;
pub mod custom_fields;
pub mod dead_letters;
pub mod dns;
pub mod drafts;
pub mod egress;
pub mod engagement;
pub mod error;
pub mod funnel_files;
pub mod funnels;
pub mod gmail;
pub mod google;
pub mod guard;
pub mod http;
pub mod icp;
pub mod imports;
pub mod inbound;
pub mod intake;
pub mod jobs;
pub mod keys;
pub mod labels;
pub mod live;
pub mod loops;
pub mod macros;
pub mod media;
pub mod member_mail;
pub mod merges;
pub mod messages;
pub mod notes;
pub mod notifications;
pub mod openid;
pub mod outside;
pub mod paced;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod previews;
pub mod privacy;
pub mod push;
pub mod recordings;
pub mod relay;
pub mod relayers;
pub mod reply_times;
pub mod restored;
pub mod samples;
pub mod search;
pub mod second_factor;
pub mod segments;
pub mod senders;
pub mod settings;
pub mod shape;
pub mod simulate;
pub mod snippets;
pub mod spreadsheet;
pub mod stats;
pub mod suppressions;
pub mod targets;
pub mod tasks;
pub mod team;
pub mod tool;
pub mod tools;
mod tries;
pub mod views;
pub mod webhooks;
pub mod witness;

/// Whether a fault was planted for the kill loop to find (`OVERTURE_BUG`).
#[cfg(feature = "planted-bugs")]
pub fn planted(name: &str) -> bool {
    static BUG: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "planted faults are no configuration")]
    let bug = BUG.get_or_init(|| std::env::var("OVERTURE_BUG").ok());
    bug.as_deref() == Some(name)
}
