//! The schema, as numbered steps that are only ever added to.
//!
//! One text serves both databases. `{key}` is a text column that is compared and sorted byte by byte,
//! `{blob}` one of raw bytes, `{serial}` a number that the database gives. Every tenant table leads its indexes with `workspace_id` except those
//! that the engine claims from, which lead with exactly the claim's order.

use crate::{
    error::{Error, Result},
    sql::{binds, run, scalar},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, TransactionTrait};

struct Step {
    name: &'static str,
    text: &'static str,
    /// What the two databases do each in a way of its own, after the text.
    apart: Option<Apart>,
    /// Tables of which no line is ever changed or deleted.
    append_only: &'static [&'static str],
}

struct Apart {
    sqlite: &'static str,
    postgres: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        name: "first_schema",
        text: include_str!("schema/0001_first_schema.sql"),
        apart: None,
        append_only: &["audit", "audit_seals"],
    },
    Step {
        name: "sets_of_contacts",
        text: include_str!("schema/0002_sets_of_contacts.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "undo_of_imports",
        text: include_str!("schema/0003_undo_of_imports.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "further_addresses_and_merges",
        text: include_str!("schema/0004_further_addresses_and_merges.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "search",
        text: include_str!("schema/0005_search.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0005_search.sqlite.sql"),
            postgres: include_str!("schema/0005_search.postgres.sql"),
        }),
        append_only: &[],
    },
    Step {
        name: "saved_mappings",
        text: include_str!("schema/0006_saved_mappings.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "companies",
        text: include_str!("schema/0007_companies.sql"),
        apart: None,
        append_only: &[],
    },
    Step { name: "icp", text: include_str!("schema/0008_icp.sql"), apart: None, append_only: &[] },
    Step { name: "targets", text: include_str!("schema/0009_targets.sql"), apart: None, append_only: &[] },
    Step {
        name: "bulk_actions",
        text: include_str!("schema/0010_bulk_actions.sql"),
        apart: None,
        append_only: &[],
    },
    Step { name: "consents", text: include_str!("schema/0011_consents.sql"), apart: None, append_only: &[] },
    Step {
        name: "lists_and_views",
        text: include_str!("schema/0012_lists_and_views.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "consents_of_imports",
        text: include_str!("schema/0013_consents_of_imports.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "waits_for_events",
        text: include_str!("schema/0014_waits_for_events.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "versions_of_campaigns",
        text: include_str!("schema/0015_versions_of_campaigns.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0015_versions_of_campaigns.sqlite.sql"),
            postgres: include_str!("schema/0015_versions_of_campaigns.postgres.sql"),
        }),
        append_only: &[],
    },
    Step { name: "tasks", text: include_str!("schema/0016_tasks.sql"), apart: None, append_only: &[] },
    Step {
        name: "chat_channels",
        text: include_str!("schema/0017_chat_channels.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "bounces_of_campaigns",
        text: include_str!("schema/0018_bounces_of_campaigns.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "senders_of_campaigns",
        text: include_str!("schema/0019_senders_of_campaigns.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "recordings",
        text: include_str!("schema/0020_recordings.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "work_in_the_inbox",
        text: include_str!("schema/0021_work_in_the_inbox.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "send_queue",
        text: include_str!("schema/0022_send_queue.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "followers_and_lateness",
        text: include_str!("schema/0023_followers_and_lateness.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "mailboxes_at_google",
        text: include_str!("schema/0024_mailboxes_at_google.sql"),
        apart: None,
        append_only: &[],
    },
    Step { name: "rests", text: include_str!("schema/0025_rests.sql"), apart: None, append_only: &[] },
    Step {
        name: "words_and_notifications",
        text: include_str!("schema/0026_words_and_notifications.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0026_words_and_notifications.sqlite.sql"),
            postgres: include_str!("schema/0026_words_and_notifications.postgres.sql"),
        }),
        append_only: &[],
    },
    Step {
        name: "campaign_rules",
        text: include_str!("schema/0027_campaign_rules.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "order_in_the_inbox",
        text: include_str!("schema/0028_order_in_the_inbox.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "thresholds_of_harm",
        text: include_str!("schema/0029_thresholds_of_harm.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "approved_templates",
        text: include_str!("schema/0030_approved_templates.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "threads_and_macros",
        text: include_str!("schema/0031_threads_and_macros.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "access_that_ends",
        text: include_str!("schema/0032_access_that_ends.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "winners_of_splits",
        text: include_str!("schema/0033_winners_of_splits.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "reply_times",
        text: include_str!("schema/0034_reply_times.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0034_reply_times.sqlite.sql"),
            postgres: include_str!("schema/0034_reply_times.postgres.sql"),
        }),
        append_only: &[],
    },
    Step {
        name: "deleted_and_sorted_contacts",
        text: include_str!("schema/0035_deleted_and_sorted_contacts.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "push_and_mail_to_members",
        text: include_str!("schema/0036_push_and_mail_to_members.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "restored_databases",
        text: include_str!("schema/0037_restored_databases.sql"),
        apart: None,
        append_only: &[],
    },
    Step {
        name: "words_by_kind",
        text: include_str!("schema/0038_words_by_kind.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0038_words_by_kind.sqlite.sql"),
            postgres: include_str!("schema/0038_words_by_kind.postgres.sql"),
        }),
        append_only: &[],
    },
    Step {
        name: "counts_of_the_inbox",
        text: include_str!("schema/0039_counts_of_the_inbox.sql"),
        apart: Some(Apart {
            sqlite: include_str!("schema/0039_counts_of_the_inbox.sqlite.sql"),
            postgres: include_str!("schema/0039_counts_of_the_inbox.postgres.sql"),
        }),
        append_only: &[],
    },
    Step {
        name: "inbox_from_its_top",
        text: include_str!("schema/0040_inbox_from_its_top.sql"),
        apart: None,
        append_only: &[],
    },
];

/// Brings the database up to the newest step. Nodes that start together wait for one another. Returns whether
/// row-level security stands behind what members ask.
pub(crate) async fn migrate(db: &DatabaseConnection) -> Result<bool> {
    let backend = db.get_database_backend();
    let tx = db.begin().await?;
    if backend == DbBackend::Postgres {
        tx.execute_unprepared("select pg_advisory_xact_lock(7236511)").await?;
    }
    tx.execute_unprepared(
        "create table if not exists schema_steps (step bigint primary key, name text not null, applied_at bigint not null)",
    )
    .await?;
    let done: i64 =
        scalar(&tx, "select coalesce(max(step), 0) as value from schema_steps", vec![]).await?.unwrap_or(0);
    let newest = STEPS.len() as i64;
    if done > newest {
        return Err(Error::Unusable(format!(
            "this database was made by a newer version of Overture (schema step {done}, this program knows {newest}). Start the newer version, or restore the backup made before the upgrade"
        )));
    }
    for (index, step) in STEPS.iter().enumerate().skip(usize::try_from(done).unwrap_or(0)) {
        let apart = step.apart.as_ref().map_or("", |apart| apart.of(backend));
        for text in [step.text, apart] {
            for statement in render(text, backend).split(";\n").map(str::trim).filter(|s| !s.is_empty()) {
                tx.execute_unprepared(statement).await?;
            }
        }
        for statement in step.append_only.iter().flat_map(|table| protect(table, backend)) {
            tx.execute_unprepared(&statement).await?;
        }
        let sql = format!(
            "insert into schema_steps (step, name, applied_at) values ($1, $2, {})",
            crate::sql::now_ms(backend)
        );
        run(&tx, &sql, binds![index as i64 + 1, step.name]).await?;
    }
    let is_walled = backend == DbBackend::Postgres && crate::wall::raise(&tx).await?;
    tx.commit().await?;
    Ok(is_walled)
}

impl Apart {
    fn of(&self, backend: DbBackend) -> &'static str {
        match backend {
            DbBackend::Sqlite => self.sqlite,
            _ => self.postgres,
        }
    }
}

/// Triggers that refuse to change or delete what a table holds, whoever asks.
fn protect(table: &str, backend: DbBackend) -> Vec<String> {
    if backend == DbBackend::Sqlite {
        return ["update", "delete"]
            .map(|verb| {
                format!(
                    "create trigger {table}_no_{verb} before {verb} on {table}
                     begin select raise(abort, 'the table {table} is append-only'); end"
                )
            })
            .to_vec();
    }
    vec![
        "create or replace function append_only() returns trigger language plpgsql as $$
         begin raise exception 'the table % is append-only', tg_table_name; end $$"
            .to_owned(),
        format!(
            "create trigger {table}_append_only before update or delete or truncate on {table}
             for each statement execute function append_only()"
        ),
    ]
}

fn render(text: &str, backend: DbBackend) -> String {
    let (key, blob, serial) = match backend {
        DbBackend::Sqlite => ("text", "blob", "integer primary key"),
        _ => ("text collate \"C\"", "bytea", "bigint generated always as identity primary key"),
    };
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("--")).collect();
    lines.join("\n").replace("{key}", key).replace("{blob}", blob).replace("{serial}", serial)
}
