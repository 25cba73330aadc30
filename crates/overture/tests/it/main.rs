//! The product as a whole: an app in this process on a fresh database, the sandbox as the outside world, a
//! clock that is moved by hand. Every test that touches the database runs on SQLite and on PostgreSQL.
#![expect(
    clippy::disallowed_methods,
    reason = "tests find their database and talk to the sandbox by themselves"
)]

#[macro_use]
mod kit;

mod answers;
mod api_keys;
mod approved_templates;
mod assignment;
mod audit;
mod bent_webhooks;
mod blocked;
mod bonzo;
mod bulk;
mod campaign_approval;
mod campaign_rules;
mod campaign_senders;
mod campaign_versions;
mod campaigns;
mod commands;
mod companies;
mod consents;
mod contact_addresses;
mod contact_files;
mod contract;
mod custom_merge_tags;
mod domain_check;
mod drafts;
mod duplicates;
mod error_classes;
mod execute;
mod funnel_formats;
mod gmail;
mod google;
mod harm;
mod hostile;
mod http;
mod icp;
mod idempotency;
mod identity;
mod import_check;
mod import_indexes;
mod import_kinds;
mod import_mappings;
mod import_people;
mod import_undo;
mod imports;
mod inbox;
mod inbox_search;
mod isolation;
mod jobs;
mod keys;
mod limits;
mod lists;
mod logs;
mod merges;
mod messenger;
mod notifications;
mod parsers;
mod passkeys;
mod plans;
mod previews;
mod privacy;
mod quiet;
mod receiving;
mod relay;
mod relay_kill;
mod relayers;
mod resting;
mod search;
mod second_factor;
mod segments;
mod senders;
mod sending;
mod simulate;
mod simulation;
mod step_kinds;
mod store;
mod suppression_files;
mod targets;
mod tasks;
mod tiktok;
mod views;
mod voicemail;
mod walk;
mod ways;
mod webhooks;
mod whatsapp;
