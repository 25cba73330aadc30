//! Lists that are ordered by a value of their rows, and the places in them behind which a page begins.

use crate::{
    Db, Result, Scope,
    error::Error,
    sql::{Filter, rows},
};
use sea_orm::{DbBackend, FromQueryResult, Value};

/// Which way a list runs. What has no value comes last either way; of equals, the ids run the same way, so that one index
/// serves both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the smallest.
    Up,
    /// From the largest.
    Down,
}

/// A value to order rows by.
pub(crate) struct Key<'a> {
    /// SQL over the row.
    pub(crate) sql: &'a str,
    /// Whether it is a number; else it is a text.
    pub(crate) is_number: bool,
}

/// A row, by its id, and the value that it had when it was read: where the row is now makes no difference.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Place {
    pub(crate) id: String,
    pub(crate) key: Option<String>,
}

impl Place {
    /// `<id>` for a row without a value, else `<id>=<value>`.
    pub(crate) fn cursor(&self) -> String {
        match &self.key {
            Some(key) => format!("{}={key}", self.id),
            None => self.id.clone(),
        }
    }

    /// Reads what [`cursor`](Self::cursor) wrote.
    pub(crate) fn read(cursor: &str) -> Result<Self> {
        let (id, key) = match cursor.split_once('=') {
            Some((id, key)) => (id, Some(key.to_owned())),
            None => (cursor, None),
        };
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(Error::BadCursor);
        }
        Ok(Self { id: id.to_owned(), key })
    }

    fn key_value(&self, is_number: bool) -> Result<Option<Value>> {
        let Some(key) = &self.key else { return Ok(None) };
        Ok(Some(if is_number {
            key.parse::<i64>().map_err(|_| Error::BadCursor)?.into()
        } else {
            key.as_str().into()
        }))
    }
}

/// The ids of the next `limit` rows of `from where filter`, in their order. All that match are read and put in order: with
/// many it takes as long as reading them.
pub(crate) async fn page(
    db: &Db,
    scope: &Scope,
    (from, id): (&str, &str),
    filter: Filter,
    (key, way): (Key<'_>, Way),
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Place>> {
    let Filter { sql: matching, values } = filter;
    let mut behind = Filter { sql: "1 = 1".to_owned(), values };
    let (than, order) = match way {
        Way::Up => (">", "asc"),
        Way::Down => ("<", "desc"),
    };
    if let Some(place) = after.map(Place::read).transpose()? {
        let id = || Value::from(place.id.as_str());
        match place.key_value(key.is_number)? {
            Some(value) => behind.and(
                &format!("(s.key {than} ? or (s.key = ? and s.id {than} ?) or s.key is null)"),
                vec![value.clone(), value, id()],
            ),
            None => behind.and(&format!("s.key is null and s.id {than} ?"), vec![id()]),
        }
    }
    let n = behind.next();
    behind.values.push(limit.into());
    // As SQLite compares texts, and as the keys are compared that an index holds.
    let collate = if key.is_number || db.backend() == DbBackend::Sqlite { "" } else { " collate \"C\"" };
    let sql = format!(
        "with s as materialized (select {id} as id, ({}){collate} as key from {from} where {matching})
         select s.id, cast(s.key as text) as key from s where {} order by s.key {order} nulls last, s.id {order} limit ${n}",
        key.sql, behind.sql
    );
    rows(&db.reader(scope), &sql, behind.values).await
}

/// Rows in the order of an index.
pub(crate) struct Walk<'a> {
    /// Those that have a key: apart from one another, each in its order.
    pub(crate) keyed: Vec<Leg<'a>>,
    /// The key, as the index has it, before the id.
    pub(crate) key: &'a str,
    /// Whether it is a number; else it is a text.
    pub(crate) is_number: bool,
    /// Those that have none, where there can be such; they come last, in the order of their ids.
    pub(crate) without: Option<Leg<'a>>,
}

/// A part of what is walked. Tables that are cross joined are read in the order in which they are written.
pub(crate) struct Leg<'a> {
    pub(crate) from: String,
    /// What joins them; nothing, if it is one.
    pub(crate) on: String,
    pub(crate) id: &'a str,
}

/// The ids of the next `limit` rows that match, read along an index until there are enough of them.
pub(crate) async fn walk(
    db: &Db,
    scope: &Scope,
    walk: Walk<'_>,
    filter: Filter,
    way: Way,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<Place>> {
    let (than, order) = match way {
        Way::Up => (">", "asc"),
        Way::Down => ("<", "desc"),
    };
    let after = after.map(Place::read).transpose()?;
    let Walk { keyed, key, is_number, without } = walk;
    let mut found: Vec<Place> = Vec::new();
    let is_in_the_keyed = after.as_ref().is_none_or(|place| place.key.is_some());
    if is_in_the_keyed {
        for leg in &keyed {
            let mut behind = leg.filter(&filter);
            if let Some(place) = &after
                && let Some(value) = place.key_value(is_number)?
            {
                behind.and(
                    &format!("({key}, {}) {than} (?, ?)", leg.id),
                    vec![value, Value::from(place.id.as_str())],
                );
            }
            let by = format!("{key} {order}, {} {order}", leg.id);
            found.extend(leg.rows(db, scope, behind, key, &by, limit).await?);
        }
        if keyed.len() > 1 {
            merge(&mut found, is_number, way);
            found.truncate(usize::try_from(limit).unwrap_or_default());
        }
    }
    let left = limit - found.len() as i64;
    let Some(leg) = without.filter(|_| left > 0) else { return Ok(found) };
    let mut behind = leg.filter(&filter);
    if let Some(place) = after.filter(|_| !is_in_the_keyed) {
        behind.and(&format!("{} {than} ?", leg.id), vec![place.id.into()]);
    }
    let by = format!("{} {order}", leg.id);
    found.extend(leg.rows(db, scope, behind, "null", &by, left).await?);
    Ok(found)
}

impl Leg<'_> {
    /// What joins its tables, and what is asked for.
    fn filter(&self, matching: &Filter) -> Filter {
        let sql = if self.on.is_empty() {
            matching.sql.clone()
        } else {
            format!("{} and {}", self.on, matching.sql)
        };
        Filter { sql, values: matching.values.clone() }
    }

    async fn rows(
        &self,
        db: &Db,
        scope: &Scope,
        behind: Filter,
        key: &str,
        by: &str,
        limit: i64,
    ) -> Result<Vec<Place>> {
        let n = behind.next();
        let Filter { sql, mut values } = behind;
        values.push(limit.into());
        let sql = format!(
            "select {} as id, cast({key} as text) as key from {} where {sql} order by {by} limit ${n}",
            self.id, self.from
        );
        rows(&db.reader(scope), &sql, values).await
    }
}

/// Puts what was read along several indexes into one order: numbers by their size, texts as the indexes compare them.
fn merge(found: &mut [Place], is_number: bool, way: Way) {
    found.sort_by_cached_key(|place| {
        let number = place.key.as_deref().filter(|_| is_number).and_then(|key| key.parse::<i64>().ok());
        (number, place.key.clone(), place.id.clone())
    });
    if way == Way::Down {
        found.reverse();
    }
}
