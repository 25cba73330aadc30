//! The little that stands between our SQL text and the driver.

use crate::error::{Error, Result};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value};
use serde::{Deserialize, Serialize};

/// Collects bind values: `binds![scope.ws(), id, 5i64]`.
macro_rules! binds {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use binds;

fn statement(conn: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    #[cfg(feature = "plans")]
    crate::plans::note(sql, &values);
    Statement::from_sql_and_values(conn.get_database_backend(), sql, values)
}

/// All rows, decoded.
pub(crate) async fn rows<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>> {
    let found = conn.query_all_raw(statement(conn, sql, values)).await?;
    Ok(found.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The first row, decoded.
pub(crate) async fn row<T: FromQueryResult>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>> {
    match conn.query_one_raw(statement(conn, sql, values)).await? {
        Some(found) => Ok(Some(T::from_query_result(&found, "")?)),
        None => Ok(None),
    }
}

/// One value of one row: the column must be called `value`.
pub(crate) async fn scalar<T: sea_orm::TryGetable>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<T>> {
    match conn.query_one_raw(statement(conn, sql, values)).await? {
        Some(found) => Ok(Some(found.try_get("", "value")?)),
        None => Ok(None),
    }
}

/// One value of each row: the column must be called `value`.
pub(crate) async fn scalars<T: sea_orm::TryGetable>(
    conn: &impl ConnectionTrait,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<T>> {
    let found = conn.query_all_raw(statement(conn, sql, values)).await?;
    Ok(found.iter().map(|row| row.try_get("", "value")).collect::<std::result::Result<_, _>>()?)
}

/// Runs a statement; the number of rows it changed.
pub(crate) async fn run(conn: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64> {
    Ok(conn.execute_raw(statement(conn, sql, values)).await?.rows_affected())
}

/// `from` clause that turns the JSON array in `$n` into rows called `item`, each with a column `value`.
/// On both databases `item.value->>'field'` then gives the field as text.
pub(crate) fn items(backend: DbBackend, n: usize) -> String {
    match backend {
        // The binary form, in which a field is found without writing the item out and parsing it again.
        DbBackend::Sqlite => format!("jsonb_each(${n}) as item"),
        _ => format!("jsonb_array_elements(cast(${n} as jsonb)) as item(value)"),
    }
}

/// Subquery of the texts in a [`text_list`] in `$n`, in a column `v`. Unlike [`items`], row-level security lets an index
/// serve for it: no function stands between the list and the column that it is compared with.
///
/// Where the key of a table is its `id` alone, SQLite takes `workspace_id = $1 and id in (…)` for a walk over the whole
/// workspace. What is done often names the list first: `from {listed} as among cross join messages m`.
pub(crate) fn listed(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Sqlite => format!("(select item.value->>'v' as v from jsonb_each(${n}) as item)"),
        _ => format!("(select t.v from jsonb_to_recordset(cast(${n} as jsonb)) as t(v text))"),
    }
}

/// That a column is one of the texts of a [`text_list`] in `$n`. On PostgreSQL each is looked up in an index of the column,
/// where it might read the whole table for a subquery: what it believes of a table that fills and empties is soon wrong.
pub(crate) fn is_one_of(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Sqlite => format!("in {}", listed(backend, n)),
        _ => format!("= any (array{})", listed(backend, n)),
    }
}

/// Until the end of the transaction PostgreSQL walks an index in order for the first rows of a queue, however few it
/// believes to be left after the conditions, instead of reading all that waits to sort it.
pub(crate) async fn walk_in_order(tx: &impl ConnectionTrait) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("set local enable_sort = off").await?;
    }
    Ok(())
}

/// An integer field of an item.
pub(crate) fn int(field: &str) -> String {
    format!("cast(item.value->>'{field}' as bigint)")
}

/// Locks the rows of a claim where there are other writers to skip. No claim changes a key: the weaker lock lets
/// rows that refer to the claimed ones be written meanwhile. The stronger one would let a claim (sender, then
/// guards), a suppression (guards, then enrollments) and a step (enrollment, then a row naming the sender) wait
/// for one another in a ring.
pub(crate) fn skip_locked(backend: DbBackend, of: &str) -> String {
    match backend {
        DbBackend::Sqlite => String::new(),
        _ => format!(" for no key update of {of} skip locked"),
    }
}

/// The database's own clock in milliseconds: the authority for leases that nodes share.
pub(crate) fn now_ms(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "cast(unixepoch('subsec') * 1000 as integer)",
        _ => "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
    }
}

/// A JSON list of texts for [`items`], each as `{"v": text}`.
pub(crate) fn text_list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let list: Vec<serde_json::Value> =
        values.into_iter().map(|v| serde_json::json!({ "v": v.as_ref() })).collect();
    serde_json::Value::Array(list).to_string()
}

/// A new id: the only place that draws one.
#[expect(clippy::disallowed_methods, reason = "the one place that draws ids")]
pub fn new_id<T>(make: impl FnOnce(uuid::Uuid) -> T) -> T {
    make(uuid::Uuid::now_v7())
}

/// Many new ids, rising: drawn as one, then counted up in the bits that are random (RFC 9562, 6.2, method 2).
pub(crate) fn new_ids<T>(make: impl Fn(uuid::Uuid) -> T) -> impl Iterator<Item = T> {
    let first: u128 = new_id(|uuid| uuid.as_u128());
    // Without the uppermost random bit there is room to count.
    let first = first & !(1 << 61);
    (0..).map(move |n: u128| make(uuid::Uuid::from_u128(first + n)))
}

/// An instant: milliseconds since the epoch in the database, RFC 3339 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At(pub i64);

impl From<At> for Value {
    fn from(at: At) -> Value {
        Value::from(at.0)
    }
}

impl sea_orm::TryGetable for At {
    fn try_get_by<I: sea_orm::ColIdx>(row: &QueryResult, index: I) -> Result<Self, sea_orm::TryGetError> {
        i64::try_get_by(row, index).map(At)
    }
}

impl sea_orm::sea_query::Nullable for At {
    fn null() -> Value {
        Value::BigInt(None)
    }
}

impl Serialize for At {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        domain::time::rfc3339(self.0).serialize(s)
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        domain::time::parse_rfc3339(&text)
            .map(At)
            .ok_or_else(|| serde::de::Error::custom("not an RFC 3339 instant"))
    }
}

impl schemars::JsonSchema for At {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// One page of a list.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Pass it as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the one row too many that tells whether there is a next page.
    pub(crate) fn cut(mut data: Vec<T>, limit: i64, key: impl Fn(&T) -> String) -> Self {
        let more = data.len() as i64 > limit;
        data.truncate(usize::try_from(limit).unwrap_or(0));
        let next_cursor = if more { data.last().map(key) } else { None };
        Self { data, next_cursor }
    }
}

/// Up to so many rows a list counts what matches: what is beyond would be counted for nobody.
pub const COUNTED: i64 = 10_000;

/// How many rows of a list match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Total {
    /// How many match in all; where more than 10,000 do, 10,000.
    pub total: i64,
    /// Whether more match than `total` says.
    pub total_is_capped: bool,
}

impl Total {
    /// Counts the rows of a `table where …` no further than to see that there are more than `most`.
    pub(crate) async fn count(
        conn: &impl ConnectionTrait,
        matching: &str,
        mut values: Vec<Value>,
        most: i64,
    ) -> Result<Self> {
        values.push((most + 1).into());
        let sql = format!(
            "select count(*) as value from (select 1 as one from {matching} limit ${}) as counted",
            values.len()
        );
        let found: i64 = scalar(conn, &sql, values).await?.unwrap_or(0);
        Ok(Self { total: found.min(most), total_is_capped: found > most })
    }
}

/// Splits a cursor `<instant>.<id>` made by [`cursor`].
pub(crate) fn split_cursor(cursor: Option<&str>) -> Result<(i64, String)> {
    match cursor {
        None => Ok((i64::MAX, "~".into())),
        Some(text) => {
            let (at, id) = text.split_once('.').ok_or(Error::BadCursor)?;
            if id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(Error::BadCursor);
            }
            Ok((at.parse().map_err(|_| Error::BadCursor)?, id.to_owned()))
        }
    }
}

/// The place after a row in a list that runs from new to old.
pub(crate) fn cursor(at: i64, id: &str) -> String {
    format!("{at}.{id}")
}

/// Limits of a list as a caller may ask for them.
pub(crate) fn clamp(limit: Option<i64>) -> i64 {
    limit.unwrap_or(50).clamp(1, 200)
}

/// A `where` clause that grows, with its bind values numbered as they come.
pub(crate) struct Filter {
    pub(crate) sql: String,
    pub(crate) values: Vec<Value>,
}

impl Filter {
    /// Starts with the workspace: there is no filter without one.
    pub(crate) fn of(scope: &crate::Scope, column: &str) -> Self {
        Self { sql: format!("{column} = $1"), values: binds![scope.ws()] }
    }

    /// Narrows it to what the scope's member owns, if they see nothing else.
    pub(crate) fn own(&mut self, scope: &crate::Scope, owner: &str) {
        if let Some(me) = scope.only() {
            self.and(&format!("{owner} = ?"), binds![me]);
        }
    }

    /// Adds ` and clause`, in which each `?` takes the next value.
    pub(crate) fn and(&mut self, clause: &str, values: Vec<Value>) {
        let mut numbered = String::with_capacity(clause.len() + 8);
        let mut next = self.values.len();
        for c in clause.chars() {
            if c == '?' {
                next += 1;
                numbered += &format!("${next}");
            } else {
                numbered.push(c);
            }
        }
        self.sql += " and ";
        self.sql += &numbered;
        self.values.extend(values);
    }

    /// The number that the next value would have.
    pub(crate) fn next(&self) -> usize {
        self.values.len() + 1
    }
}

/// `%text%` for `like … escape '\'`, with the wildcards of the text made literal.
pub(crate) fn contains(text: &str) -> String {
    contains_as_written(&text.to_lowercase())
}

/// The same in the letters of the text, for `lower(column) like lower(pattern)`: SQLite's `lower` knows the letters of
/// ASCII alone, and what one side folds the other must fold as well.
pub(crate) fn contains_as_written(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.trim().chars().take(100) {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}
