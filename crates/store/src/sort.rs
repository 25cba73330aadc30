//! Lists that are ordered by a value of their rows, and the places in them behind which a page begins.

use crate::{
    Db, Result, Scope,
    error::Error,
    sql::{Filter, rows},
};
use sea_orm::{FromQueryResult, Value};

/// Which way a list runs. What has no value comes last either way; of equals, the newest comes first.
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

/// The ids of the next `limit` rows of `from where filter`, in their order. All that match are read and put in order:
/// whoever asks has made sure that they are few.
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
                &format!("(s.key {than} ? or (s.key = ? and s.id < ?) or s.key is null)"),
                vec![value.clone(), value, id()],
            ),
            None => behind.and("s.key is null and s.id < ?", vec![id()]),
        }
    }
    let n = behind.next();
    behind.values.push(limit.into());
    let sql = format!(
        "with s as materialized (select {id} as id, {} as key from {from} where {matching})
         select s.id, cast(s.key as text) as key from s where {} order by s.key {order} nulls last, s.id desc limit ${n}",
        key.sql, behind.sql
    );
    rows(&db.reader(scope), &sql, behind.values).await
}
