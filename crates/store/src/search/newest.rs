//! The newest things that have the words of a question, and how many have them, without gathering all of these.
//!
//! SQLite's index hands them out newest first, one by one. PostgreSQL's has no order: there, what has the words is sorted,
//! all of it for a list, and a bounded part for the search box.

use super::{Kind, Question, Term, mark_of, spelling};
use crate::{
    Db, Result, Scope, Total, Tx,
    sql::{Filter, binds, rows, scalar},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Value};
use std::collections::HashSet;

/// Most words that the beginning of one is taken for.
const BEGUN: i64 = 20;
/// Of more than these PostgreSQL's search box does not find out which are the newest.
const GATHERED: i64 = 5_000;

/// One that has the words. Numbers are given in the order in which things are first read: a later one is newer.
#[derive(Debug, Clone, FromQueryResult)]
pub(crate) struct Hit {
    pub(crate) n: i64,
    pub(crate) subject_id: String,
}

/// From where on, and how many.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Those with a lower number.
    before: i64,
    limit: i64,
    /// Of how many that have the words the newest are found out, at least.
    gathered: i64,
}

impl Question {
    /// What the search box looks at: the newest of those that have these very words; where these are fewer than `enough`,
    /// also of names that begin so, and then of anything that does.
    pub(super) async fn candidates(
        &self,
        db: &Db,
        scope: &Scope,
        kind: Kind,
        (enough, most): (usize, i64),
    ) -> Result<Vec<String>> {
        let part = Part { before: i64::MAX, limit: most, gathered: GATHERED };
        let mut found = self.finished().part(db, scope, kind, part).await?;
        if found.len() < enough
            && let Some(names) = self.in_names(db, scope).await?
        {
            found.extend(names.part(db, scope, kind, part).await?);
        }
        if found.len() < enough && self.is_begun() {
            found.extend(self.part(db, scope, kind, part).await?);
        }
        let mut seen = HashSet::new();
        Ok(found.into_iter().map(|hit| hit.subject_id).filter(|id| seen.insert(id.clone())).collect())
    }

    /// The next of a list, newest first.
    pub(crate) async fn next(
        &self,
        db: &Db,
        scope: &Scope,
        kind: Kind,
        (before, limit): (i64, i64),
    ) -> Result<Vec<Hit>> {
        self.part(db, scope, kind, Part { before, limit, gathered: i64::MAX }).await
    }

    /// How many things of a kind have the words, counted no further than `most`.
    pub(crate) async fn count_upto(&self, db: &Db, scope: &Scope, kind: Kind, most: i64) -> Result<Total> {
        let part = Part { before: i64::MAX, limit: most + 1, gathered: most + 1 };
        let (matching, values) = self.matching(scope, db.backend(), kind, part);
        let sql = format!("select count(*) as value from (select f.n from {matching}) as counted");
        let found: i64 = scalar(&db.reader(scope), &sql, values).await?.unwrap_or(0);
        Ok(Total { total: found.min(most), total_is_capped: found > most })
    }

    /// Whether anything of a kind has just these words.
    pub(super) async fn is_met(&self, tx: &Tx, scope: &Scope, kind: Kind) -> Result<bool> {
        let part = Part { before: i64::MAX, limit: 1, gathered: 1 };
        let (matching, values) = self.matching(scope, tx.get_database_backend(), kind, part);
        let sql = format!("select f.n as value from {matching} limit 1");
        Ok(scalar::<i64>(tx, &sql, values).await?.is_some())
    }

    /// Whether anything of a kind answers it.
    pub(super) async fn is_answered(&self, db: &Db, scope: &Scope, kind: Kind) -> Result<bool> {
        Ok(!self.candidates(db, scope, kind, (1, 1)).await?.is_empty())
    }

    async fn part(&self, db: &Db, scope: &Scope, kind: Kind, part: Part) -> Result<Vec<Hit>> {
        let (matching, values) = self.matching(scope, db.backend(), kind, part);
        let sql = format!("select f.n, f.subject_id from {matching} order by f.n desc limit {}", part.limit);
        rows(&db.reader(scope), &sql, values).await
    }

    /// What is found, as a table `f`, and the values in it.
    fn matching(&self, scope: &Scope, backend: DbBackend, kind: Kind, part: Part) -> (String, Vec<Value>) {
        let mark = mark_of(scope, kind);
        let parts = self.parted();
        let (before, last) = parts.as_ref().map_or((self, None), |(before, last)| (before, Some(last)));
        let text = before.text(&mark, backend);
        if backend != DbBackend::Sqlite {
            let rest = last.map(|last| last.text(&mark, backend));
            let values = binds![scope.ws(), kind.as_str(), text, rest, part.before, part.gathered];
            let sql = "search_some($1, $2, cast($3 as tsquery), cast($4 as tsquery), $5, $6) as f";
            return (sql.to_owned(), values);
        }
        // A cross join is done in the order in which it is written: the words first, then what has them.
        let mut filter = Filter {
            sql: "search_index match $2 and d.workspace_id = $1 and d.kind = $3 and search_index.rowid < $4"
                .to_owned(),
            values: binds![scope.ws(), text, kind.as_str(), part.before],
        };
        if let Some(last) = last {
            let (has, values) = last.has(&mark, backend, "d");
            filter.and(&has, values);
        }
        let sql = format!(
            "(select d.n, d.subject_id from search_index cross join search_documents d on d.n = search_index.rowid
              where {} order by search_index.rowid desc limit {}) as f",
            filter.sql, part.limit
        );
        (sql, filter.values)
    }

    /// Whether any of its words may be the beginning of one.
    fn is_begun(&self) -> bool {
        self.0.iter().flatten().any(|term| term.is_begun)
    }

    /// The same with its last word as it stands.
    fn finished(&self) -> Self {
        let whole = |term: &Term| Term { word: term.word.clone(), is_begun: false };
        Self(self.0.iter().map(|terms| terms.iter().map(whole).collect()).collect())
    }

    /// The same with names that begin like its last word in place of that. `None` where there are none, or it is whole.
    async fn in_names(&self, db: &Db, scope: &Scope) -> Result<Option<Self>> {
        let Some((last, before)) = self.0.split_last() else { return Ok(None) };
        let [Term { word, is_begun: true }] = last.as_slice() else { return Ok(None) };
        let names = spelling::beginning(db, scope, word, BEGUN).await?;
        if names.is_empty() {
            return Ok(None);
        }
        let mut terms = before.to_vec();
        terms.push(names.into_iter().map(|word| Term { word, is_begun: false }).collect());
        Ok(Some(Self(terms)))
    }
}
