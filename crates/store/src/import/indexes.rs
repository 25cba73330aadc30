//! Indexes that SQLite goes without while a large file fills a small database.
//!
//! An import writes its contacts in the order of their e-mail addresses, and at the end of the index of changes; others
//! are hit at random, and once one is larger than the cache, each row reads one page of it and writes another. To build
//! it from all rows at the end takes a tenth of that. Nothing but speed depends on these indexes: until they are back, whoever asks for a phone
//! number or for the people of a company has the contacts read one by one.
//!
//! They are back when the import ends, however it ends, and at the latest when the database is next opened.

use crate::{Db, Result, Tx, sql::scalar};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend};

/// Fewer rows than these are written as fast with the indexes.
const LARGE: i64 = 50_000;

/// One that can be put aside.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Index {
    /// Contacts by phone number.
    Phone,
    /// The people of a company.
    Company,
}

/// Puts them aside for an import that has so many rows before it, if these are as many as there are contacts.
pub async fn put_aside(db: &Db, rows: i64) -> Result<()> {
    if db.is_postgres() || rows < LARGE {
        return Ok(());
    }
    // No less than there are, and told without counting them.
    let present: Option<i64> =
        scalar(&db.read, "select coalesce(max(rowid), 0) as value from contacts", vec![]).await?;
    if rows < present.unwrap_or(0) {
        return Ok(());
    }
    for index in Index::ALL {
        db.write.execute_unprepared(&format!("drop index if exists {}", index.name())).await?;
    }
    sort_in_files(&db.write).await
}

/// Brings them back where they are missing.
pub async fn bring_back(db: &Db) -> Result<()> {
    if db.is_postgres() || !are_missing(&db.write).await? {
        return Ok(());
    }
    sort_in_files(&db.write).await?;
    for index in Index::ALL {
        db.write.execute_unprepared(&index.statement()).await?;
    }
    db.write.execute_unprepared("pragma temp_store = memory").await?;
    Ok(())
}

/// Brings one of them back within a transaction that asks it often.
pub(crate) async fn require(tx: &Tx, index: Index) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        tx.execute_unprepared(&index.statement()).await?;
    }
    Ok(())
}

impl Index {
    const ALL: [Index; 2] = [Index::Phone, Index::Company];

    const fn name(self) -> &'static str {
        match self {
            Index::Phone => "contacts_phone",
            Index::Company => "contacts_company",
        }
    }

    /// As the schema has it.
    fn statement(self) -> String {
        let what = match self {
            Index::Phone => "(phone) where phone is not null",
            Index::Company => "(company_id) where company_id is not null",
        };
        format!("create index if not exists {} on contacts {what}", self.name())
    }
}

/// An index of all rows is sorted in bounded memory, whatever their number.
async fn sort_in_files(writer: &DatabaseConnection) -> Result<()> {
    writer.execute_unprepared("pragma temp_store = file").await?;
    Ok(())
}

async fn are_missing(conn: &impl ConnectionTrait) -> Result<bool> {
    let names = Index::ALL.map(|index| format!("'{}'", index.name())).join(", ");
    let sql =
        format!("select count(*) as value from sqlite_schema where type = 'index' and name in ({names})");
    let there: Option<i64> = scalar(conn, &sql, vec![]).await?;
    Ok(there.unwrap_or(0) < Index::ALL.len() as i64)
}
