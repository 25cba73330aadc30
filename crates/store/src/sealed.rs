//! Where stored secrets stand, in every workspace: for whoever replaces the key they are sealed with. What they say is
//! no business of this crate.

use crate::{
    Db, Result,
    sql::{binds, rows, run},
};
use sea_orm::FromQueryResult;

/// Values that are read at once.
const PAGE: i64 = 200;

/// A column that holds sealed values.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// The table's key.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

const fn column(table: &'static str, id: &'static str, name: &'static str) -> Column {
    Column { table, id, name }
}

/// All of them, but for the answers that are kept for a day ([`crate::idempotency`]).
pub const COLUMNS: &[Column] = &[
    column("authenticators", "user_id", "secret"),
    column("push_keys", "id", "secret"),
    column("push_subscriptions", "id", "secret"),
    column("senders", "id", "credentials"),
    column("senders", "id", "mailbox"),
    column("webhooks", "id", "secret"),
    column("webhooks", "id", "old_secret"),
    column("workspaces", "id", "google_app"),
];

/// One sealed value.
#[derive(Debug, FromQueryResult)]
pub struct Row {
    /// Key of its row.
    pub id: String,
    /// The value.
    pub sealed: String,
}

/// The next values of a column, by the key of their rows.
pub async fn page(db: &Db, column: &Column, after: &str) -> Result<Vec<Row>> {
    let Column { table, id, name } = column;
    let sql = format!(
        "select {id} as id, {name} as sealed from {table} where {id} > $1 and {name} is not null order by {id} limit $2"
    );
    rows(&db.read, &sql, binds![after, PAGE]).await
}

/// Puts a value in the place of another one; false where somebody else has done so before.
pub async fn replace(db: &Db, column: &Column, id: &str, old: &str, new: &str) -> Result<bool> {
    let Column { table, id: key, name } = column;
    let sql = format!("update {table} set {name} = $3 where {key} = $1 and {name} = $2");
    Ok(run(&db.write, &sql, binds![id, old, new]).await? == 1)
}

#[derive(FromQueryResult)]
struct Count {
    key: String,
    count: i64,
}

/// How many values each key seals, by the key's id.
pub async fn counts(db: &Db) -> Result<Vec<(String, u64)>> {
    let answers = column("idempotency_keys", "value", "answer");
    let all: Vec<String> = COLUMNS
        .iter()
        .chain([&answers])
        .map(|Column { table, name, .. }| {
            format!("select substr({name}, 4, 8) as key from {table} where {name} is not null")
        })
        .collect();
    let sql = format!(
        "select key, count(*) as count from ({}) sealed group by key order by key",
        all.join(" union all ")
    );
    let counts: Vec<Count> = rows(&db.read, &sql, binds![]).await?;
    Ok(counts.into_iter().map(|it| (it.key, u64::try_from(it.count).unwrap_or_default())).collect())
}
