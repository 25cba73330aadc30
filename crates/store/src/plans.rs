//! What the database does for a statement: for the test that reads the plans of everything that is asked. Not in a
//! release.

use crate::{Db, Result, Scope, sql::rows};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TransactionTrait, Value};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A statement as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its text.
    pub sql: String,
    values: Vec<Value>,
}

static LOG: Mutex<Option<Vec<Asked>>> = Mutex::new(None);

fn log() -> MutexGuard<'static, Option<Vec<Asked>>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on statements of this process are kept.
pub fn listen() {
    *log() = Some(Vec::new());
}

/// What was kept, each text once. Nothing is kept any more.
pub fn heard() -> Vec<Asked> {
    let mut all = log().take().unwrap_or_default();
    all.sort_by(|one, other| one.sql.cmp(&other.sql));
    all.dedup_by(|one, other| one.sql == other.sql);
    all
}

/// How many of them name one of these tables, as often as they were sent. Nothing is kept any more.
pub fn counted(tables: &[&str]) -> usize {
    let all = log().take().unwrap_or_default();
    all.iter().filter(|asked| tables.iter().any(|table| asked.sql.contains(table))).count()
}

pub(crate) fn note(sql: &str, values: &[Value]) {
    if let Some(all) = log().as_mut() {
        all.push(Asked { sql: sql.to_owned(), values: values.to_vec() });
    }
}

/// The lines of the plan of a statement, as the product's own loops would run it. On PostgreSQL with every other way
/// preferred to reading a whole table, since a test's tables are too small for an index to pay.
pub async fn plan(db: &Db, asked: &Asked) -> Result<Vec<String>> {
    let tx = db.write.begin().await?;
    let backend = tx.get_database_backend();
    if backend == DbBackend::Postgres {
        tx.execute_unprepared(
            "set local enable_seqscan = off; set local plan_cache_mode = force_custom_plan",
        )
        .await?;
    }
    let lines = if backend == DbBackend::Sqlite {
        #[derive(FromQueryResult)]
        struct Line {
            detail: String,
        }
        let sql = format!("explain query plan {}", asked.sql);
        let found: Vec<Line> = rows(&tx, &sql, asked.values.clone()).await?;
        found.into_iter().map(|line| line.detail).collect()
    } else {
        let sql = format!("explain (costs off) {}", asked.sql);
        let found =
            tx.query_all_raw(Statement::from_sql_and_values(backend, &sql, asked.values.clone())).await?;
        found.iter().map(|row| row.try_get("", "QUERY PLAN")).collect::<Result<_, _>>()?
    };
    tx.rollback().await?;
    Ok(lines)
}

/// The names of the tables of tenant data.
pub async fn tables(db: &Db) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Table {
        name: String,
    }
    let sql = match db.backend() {
        DbBackend::Sqlite => {
            "select m.name from sqlite_master m where m.type = 'table' and exists
            (select 1 from pragma_table_info(m.name) c where c.name = 'workspace_id') order by 1"
        }
        _ => {
            "select cast(table_name as text) as name from information_schema.columns
              where table_schema = current_schema() and column_name = 'workspace_id' order by 1"
        }
    };
    let all: Vec<Table> =
        rows(&db.reader(&Scope::system(crate::new_id(domain::ids::WorkspaceId::from_uuid))), sql, vec![])
            .await?;
    Ok(all.into_iter().map(|table| table.name).collect())
}
