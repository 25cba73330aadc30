//! The words of messages. Whoever writes a message notes that, which costs a line; they are read in slices a moment
//! later, so that a campaign at full speed waits for no index.

use super::{Question, mark};
use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, is_one_of, items, listed, rows, run, scalar, skip_locked, text_list},
};
use domain::{
    ids::{MessageId, WorkspaceId},
    search::text_words,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::{BTreeMap, BTreeSet};

/// Messages that are read in one transaction.
const SLICE: i64 = 500;

/// Notes that messages were written, or written anew, in the transaction in which that happens.
pub(crate) async fn note(tx: &Tx, scope: &Scope, ids: &[MessageId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into message_changes (workspace_id, message_id) select $1, item.value->>'v' from {} where true",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), text_list(ids.iter().map(MessageId::as_str))]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Change {
    n: i64,
    workspace_id: WorkspaceId,
    message_id: String,
}

/// Reads the next slice, in a transaction of its own. Returns whether there is more.
pub(super) async fn keep_up(db: &Db) -> Result<bool> {
    let waiting = "select n as value from message_changes limit 1";
    if scalar::<i64>(&db.read, waiting, vec![]).await?.is_none() {
        return Ok(false);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "select x.n, x.workspace_id, x.message_id from message_changes x order by x.n limit $1{}",
        skip_locked(tx.get_database_backend(), "x")
    );
    let changes: Vec<Change> = rows(&tx, &sql, binds![SLICE]).await?;
    // One that was written anew before anybody read it is read once.
    let mut by_workspace: BTreeMap<&WorkspaceId, BTreeSet<&str>> = BTreeMap::new();
    for change in &changes {
        by_workspace.entry(&change.workspace_id).or_default().insert(&change.message_id);
    }
    for (workspace, ids) in by_workspace {
        read(&tx, &Scope::system(workspace.clone()), &ids).await?;
    }
    let done: Vec<String> = changes.iter().map(|change| change.n.to_string()).collect();
    let sql = format!(
        "delete from message_changes where n in (select {} from {})",
        crate::sql::int("v"),
        items(tx.get_database_backend(), 1)
    );
    run(&tx, &sql, binds![text_list(done)]).await?;
    tx.commit().await?;
    Ok(changes.len() as i64 == SLICE)
}

/// What the words of a message are read from: what it says, and who the other side is.
#[derive(FromQueryResult)]
struct Source {
    id: String,
    conversation_id: String,
    text: String,
}

/// Reads these anew. On PostgreSQL nobody can delete them until the end of the transaction, else their words could
/// outlive them.
async fn read(tx: &Tx, scope: &Scope, ids: &BTreeSet<&str>) -> Result<()> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Sqlite { "" } else { " for key share of m" };
    // SQLite begins at the list. PostgreSQL may believe that a workspace has next to no conversations and walk over them all
    // for each message: the index that begins with the workspace is none for `workspace_id || ''`.
    let (from, id) = match backend {
        DbBackend::Sqlite => {
            (format!("{} as among cross join messages m", listed(backend, 2)), "= among.v".into())
        }
        _ => ("messages m".to_owned(), is_one_of(backend, 2)),
    };
    let sql = format!(
        "select m.id, m.conversation_id,
           coalesce(m.subject, '') || ' ' || m.body || ' ' || v.address || ' ' || coalesce(v.their_name, '') as text
         from {from} join conversations v on v.workspace_id || '' = m.workspace_id and v.id = m.conversation_id
         where m.workspace_id = $1 and m.id {id} order by m.id{lock}"
    );
    let ids = text_list(ids);
    let found: Vec<Source> = rows(tx, &sql, binds![scope.ws(), ids.as_str()]).await?;
    forget(tx, scope, &ids).await?;
    let mark = mark(scope);
    let list: Vec<serde_json::Value> = found
        .iter()
        .map(|source| {
            let words: Vec<String> =
                text_words(&source.text).iter().map(|word| format!("{mark}{word}")).collect();
            serde_json::json!({ "m": source.id, "c": source.conversation_id, "w": words.join(" ") })
        })
        .collect();
    let (column, value) = match backend {
        DbBackend::Sqlite => ("words", "item.value->>'w'"),
        _ => ("vector", "array_to_tsvector(array_remove(string_to_array(item.value->>'w', ' '), ''))"),
    };
    let sql = format!(
        "insert into message_words (workspace_id, conversation_id, message_id, {column})
         select $1, item.value->>'c', item.value->>'m', {value} from {} where true",
        items(backend, 2)
    );
    run(tx, &sql, binds![scope.ws(), serde_json::Value::Array(list).to_string()]).await?;
    if backend == DbBackend::Sqlite {
        let sql = format!(
            "insert into message_index (rowid, words) select n, words from message_words
             where workspace_id = $1 and message_id {}",
            is_one_of(backend, 2)
        );
        run(tx, &sql, binds![scope.ws(), ids]).await?;
    }
    Ok(())
}

/// Takes the words of these away: a [`text_list`] of messages, in the transaction in which they go, after they went.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, ids: &str) -> Result<()> {
    let backend = tx.get_database_backend();
    let among = is_one_of(backend, 2);
    if backend == DbBackend::Sqlite {
        // SQLite's index has to be told what it forgets, as it learnt it.
        let sql = format!(
            "insert into message_index (message_index, rowid, words) select 'delete', n, words from message_words
             where workspace_id = $1 and message_id {among}"
        );
        run(tx, &sql, binds![scope.ws(), ids]).await?;
    }
    let sql = format!("delete from message_words where workspace_id = $1 and message_id {among}");
    run(tx, &sql, binds![scope.ws(), ids]).await?;
    Ok(())
}

/// How many messages have words, for the test of an erasure. On SQLite an index that says anything else than the words is
/// an error.
pub async fn kept(db: &Db) -> Result<i64> {
    if db.backend() == DbBackend::Sqlite {
        let sql = "insert into message_index (message_index, rank) values ('integrity-check', 1)";
        run(&db.write, sql, vec![]).await?;
    }
    Ok(scalar(&db.read, "select count(*) as value from message_words", vec![]).await?.unwrap_or(0))
}

impl Question {
    /// A subquery of the conversations in which a message has the words, for a [`crate::sql::Filter`] of the workspace
    /// `$1`, with its value.
    pub(crate) fn threads(&self, scope: &Scope, backend: DbBackend) -> (&'static str, sea_orm::Value) {
        let sql = match backend {
            // A cross join is done in the order in which it is written: the words first, then what has them.
            DbBackend::Sqlite => {
                "select w.conversation_id from message_index cross join message_words w on w.n = message_index.rowid
                 where message_index match ? and w.workspace_id = $1"
            }
            _ => "select message_hits($1, cast(? as tsquery))",
        };
        (sql, self.text(&mark(scope), backend).into())
    }
}
