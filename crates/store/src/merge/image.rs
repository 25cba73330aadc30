//! What it takes to bring a contact back that was folded into another.

use crate::{Result, Tx, sql::run};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A row as it was, by column.
pub(super) type Row = Map<String, Json>;

/// Everything that a merge changed and no marker tells. What moved as a whole (conversations, messages, events,
/// enrollments) carries the id of the merge instead, however much it is.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Image {
    /// The row of the other contact.
    pub(super) other: Row,
    /// What the survivor got.
    pub(super) filled: Vec<Filled>,
    /// When the survivor was changed last, before.
    pub(super) updated_at: i64,
    /// And by the merge.
    pub(super) merged_at: i64,
    /// Further addresses of the other.
    pub(super) addresses: Vec<Kept>,
    /// Its own addresses that became further ones of the survivor, as kind and key.
    pub(super) made: Vec<(String, String)>,
    /// Values of its custom fields.
    pub(super) custom: Vec<Kept>,
    /// What it was in.
    pub(super) sets: Vec<Kept>,
    /// Enrollments that made way for another of the same campaign.
    pub(super) ended: Vec<Row>,
    /// The survivor is blocked because the other was.
    #[serde(default)]
    pub(super) blocks: bool,
}

/// A field of the survivor.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Filled {
    pub(super) column: String,
    pub(super) before: Option<String>,
    pub(super) value: Option<String>,
}

/// A row of the other contact.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) row: Row,
    /// The survivor got it, since it had none.
    pub(super) moved: bool,
}

/// A text in a row.
pub(super) fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Json::as_str)
}

/// A number in a row.
pub(super) fn number(row: &Row, column: &str) -> i64 {
    row.get(column).and_then(Json::as_i64).unwrap_or(0)
}

/// Writes a row as it was, unless one with its key is there. `false` if it was.
pub(super) async fn restore(tx: &Tx, table: &str, row: &Row) -> Result<bool> {
    let mut columns: Vec<&str> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    for (column, value) in row {
        let value = match value {
            Json::String(text) => Value::from(text.as_str()),
            Json::Number(n) => n.as_i64().map_or_else(|| Value::from(n.as_f64()), Value::from),
            // What is null is so by itself.
            _ => continue,
        };
        columns.push(column);
        values.push(value);
    }
    let places: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
    let sql = format!(
        "insert into {table} ({}) values ({}) on conflict do nothing",
        columns.join(", "),
        places.join(", ")
    );
    Ok(run(tx, &sql, values).await? == 1)
}
