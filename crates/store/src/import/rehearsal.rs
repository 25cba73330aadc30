//! An import without consequences: the rows are written to a database of its own, by the very code that writes them to
//! the real one, after whomever they meet was copied there. So its counts are those of the import, and the real
//! database is only read.

use super::{
    Memory, Rows, Written,
    rows::{FOUND, Found, is_among, list},
};
use crate::{
    Config, Db, Result, Scope, Tx,
    custom_field::{self, CustomField},
    error::Error,
    sql::{binds, items, new_id, rows, run},
    suppression::{self, Fingerprint},
};
use domain::ids::SuppressionId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde_json::{Value as Json, json};
use std::path::Path;

/// The other database.
pub struct Rehearsal {
    db: Db,
    scope: Scope,
    memory: Memory,
}

/// What rows meet in the real database.
struct Lent {
    contacts: Vec<Json>,
    addresses: Vec<Json>,
    values: Vec<Json>,
    suppressed: Vec<String>,
}

#[derive(FromQueryResult)]
struct Address {
    contact_id: String,
    value: String,
    value_key: String,
}

#[derive(FromQueryResult)]
struct Value {
    contact_id: String,
    field_id: String,
    value: String,
    value_key: String,
    number: Option<f64>,
}

impl Rehearsal {
    /// Makes the database in an empty folder, which is the caller's to remove.
    pub async fn begin(folder: &Path, scope: &Scope, import: &str, fields: &[CustomField]) -> Result<Self> {
        let path = folder.join("rehearsal.db");
        let db = Db::open(&Config::Sqlite { path, sync_full: false }).await?;
        let tx = db.begin().await?;
        run(
            &tx,
            "insert into workspaces (id, name, time_zone, default_country, created_at) values ($1, '', 'UTC', 'US', 0)",
            binds![scope.ws()],
        )
        .await?;
        run(
            &tx,
            "insert into imports (id, workspace_id, file_name, bytes, sniffed, status, created_at)
             values ($2, $1, '', 0, '', 'running', 0)",
            binds![scope.ws(), import],
        )
        .await?;
        for field in fields {
            custom_field::create(&tx, scope, field).await?;
        }
        tx.commit().await?;
        Ok(Self { db, scope: scope.clone(), memory: Memory::default() })
    }

    /// What these rows would do, after those before them. Their sets, what they agreed to and whose they become are left
    /// aside: these change no outcome.
    pub async fn write(
        &mut self,
        real: &Db,
        prints: &dyn Fingerprint,
        chunk: Rows<'_>,
        now: i64,
    ) -> Result<Written> {
        let lent = self.borrow(real, prints, &chunk).await?;
        let mut tx = self.db.begin().await?;
        self.take(&tx, lent).await?;
        let chunk = Rows { sets: &[], owners: &[], agreed: None, ..chunk };
        let written = super::write(&self.db, &mut tx, &self.scope, chunk, &mut self.memory, now).await?;
        let Some(written) = written else {
            return Err(Error::Conflict("nobody else writes to the database of a rehearsal".into()));
        };
        tx.commit().await?;
        Ok(written)
    }

    /// Moves what is written to its place, so that the log stays short.
    pub async fn checkpoint(&self) -> Result<()> {
        self.db.checkpoint().await
    }

    /// Reads whom the rows may meet. All of them, also those whom the member may not see: rows skip these.
    async fn borrow(&self, real: &Db, prints: &dyn Fingerprint, chunk: &Rows<'_>) -> Result<Lent> {
        let (conn, backend, ws) = (&real.read, real.backend(), self.scope.ws());
        let phones = list(chunk.batch.phones(chunk.match_by));
        let emails = list(chunk.batch.emails());
        let sql = format!(
            "select contact_id, value, value_key from contact_addresses
             where workspace_id = $1 and kind = 'email' and value_key {}",
            is_among(backend, 2)
        );
        let addresses: Vec<Address> = rows(conn, &sql, binds![ws, emails.as_str()]).await?;
        let owners = list(addresses.iter().map(|address| address.contact_id.as_str()));
        let mut contacts: Vec<Found> = Vec::new();
        for (column, keys) in [("email_key", &emails), ("phone", &phones), ("id", &owners)] {
            if keys.len() > 2 {
                // By the address, as `lookup` in `rows` does.
                let plain = if column == "id" || backend == DbBackend::Sqlite { "" } else { " || ''" };
                let sql = format!(
                    "select {FOUND} from contacts c where c.workspace_id{plain} = $1 and c.{column} {}",
                    is_among(backend, 2)
                );
                contacts.extend(rows::<Found>(conn, &sql, binds![ws, keys.as_str()]).await?);
            }
        }
        let mut values = Vec::new();
        if !chunk.custom.is_empty() && !contacts.is_empty() {
            let sql = format!(
                "select contact_id, field_id, value, value_key, number from custom_values
                 where workspace_id = $1 and contact_id {} and field_id {}",
                is_among(backend, 2),
                is_among(backend, 3)
            );
            let ids = list(contacts.iter().map(|contact| contact.id.as_str()));
            let fields = list(chunk.custom.iter().map(|field| field.as_str()));
            values = rows::<Value>(conn, &sql, binds![ws, ids, fields]).await?;
        }
        let suppressed = suppression::hits(real, &self.scope, chunk.batch.addresses(), prints).await?;
        Ok(Lent {
            contacts: contacts.iter().map(contact).collect(),
            addresses: addresses.iter().map(|a| json!([a.contact_id, a.value, a.value_key])).collect(),
            values: values
                .iter()
                .map(|v| json!([v.contact_id, v.field_id, v.value, v.value_key, v.number]))
                .collect(),
            suppressed: suppressed.into_iter().collect(),
        })
    }

    /// Copies it here. Who is here already has been met before, and is as the rows have made them.
    async fn take(&self, tx: &Tx, lent: Lent) -> Result<()> {
        let (backend, ws) = (tx.get_database_backend(), self.scope.ws());
        let cell = |n: usize| format!("item.value->>{n}");
        // Values of somebody who is here already were copied with them.
        if !lent.values.is_empty() {
            let sql = format!(
                "insert into custom_values (workspace_id, contact_id, field_id, value, value_key, number)
                 select $1, {}, {}, {}, {}, {} from {}
                 where not exists (select 1 from contacts c where c.workspace_id = $1 and c.id = {}) on conflict do nothing",
                cell(0), cell(1), cell(2), cell(3), cell(4), items(backend, 2), cell(0)
            );
            run(tx, &sql, binds![ws, Json::Array(lent.values).to_string()]).await?;
        }
        if !lent.contacts.is_empty() {
            let cells: Vec<String> = (0..12).map(cell).collect();
            let sql = format!(
                "insert into contacts (workspace_id, status, created_at, updated_at, id, owner_id, email, email_key, phone,
                   first_name, last_name, company, title, city, country, time_zone)
                 select $1, 'No Activity', 0, 0, {} from {} where true on conflict do nothing",
                cells.join(", "),
                items(backend, 2)
            );
            run(tx, &sql, binds![ws, Json::Array(lent.contacts).to_string()]).await?;
        }
        if !lent.addresses.is_empty() {
            let sql = format!(
                "insert into contact_addresses (workspace_id, kind, contact_id, value, value_key, source, created_at)
                 select $1, 'email', {}, {}, {}, '', 0 from {} where true on conflict do nothing",
                cell(0),
                cell(1),
                cell(2),
                items(backend, 2)
            );
            run(tx, &sql, binds![ws, Json::Array(lent.addresses).to_string()]).await?;
        }
        for key in lent.suppressed {
            run(
                tx,
                "insert into suppressions (id, workspace_id, channel, value_key, reason, source, created_at)
                 values ($2, $1, 'all', $3, '', '', 0) on conflict do nothing",
                binds![ws, new_id(SuppressionId::from_uuid), key],
            )
            .await?;
        }
        Ok(())
    }
}

fn contact(found: &Found) -> Json {
    json!([
        found.id,
        found.owner_id,
        found.email,
        found.email_key,
        found.phone,
        found.first_name,
        found.last_name,
        found.company,
        found.title,
        found.city,
        found.country,
        found.time_zone
    ])
}
