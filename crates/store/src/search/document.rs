//! Writing the words of contacts, companies and targets, and taking them away.

use super::{Kind, mark_of, spelling};
use crate::{
    Result, Scope, Tx,
    contact::orders,
    sql::{binds, items, listed, rows, run, text_list},
};
use domain::search::{MAX_WORDS, words};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::{BTreeSet, HashMap};

/// What the words of something are read from.
#[derive(FromQueryResult)]
struct Source {
    id: String,
    /// What people call it.
    names: String,
    /// What else it is found by.
    others: String,
    at: i64,
}

#[derive(FromQueryResult)]
struct Present {
    subject_id: String,
    words: String,
}

#[derive(FromQueryResult)]
struct Further {
    contact_id: String,
    value: String,
}

/// What there is of these. On PostgreSQL nobody can delete them until the end of the transaction, else their words could
/// outlive them.
async fn sources(tx: &Tx, scope: &Scope, kind: Kind, ids: &str) -> Result<Vec<Source>> {
    let backend = tx.get_database_backend();
    let lock = if backend == DbBackend::Sqlite { "" } else { " for key share of x" };
    let among = listed(backend, 2);
    let sql = match kind {
        Kind::Contact => format!(
            "select x.id, coalesce(x.first_name, '') || ' ' || coalesce(x.last_name, '') || ' ' || coalesce(x.company, '') as names,
               coalesce(x.email, '') || ' ' || coalesce(x.phone, '') || ' ' || coalesce(x.title, '') || ' ' || coalesce(x.city, '') as others,
               x.updated_at as at
             from contacts x where x.workspace_id = $1 and x.id in {among} order by x.id{lock}"
        ),
        Kind::Company => format!(
            "select x.id, x.name as names, coalesce(x.domain, '') as others, x.created_at as at
             from companies x where x.workspace_id = $1 and x.id in {among} order by x.id{lock}"
        ),
        Kind::Target => format!(
            "select x.id, x.name || ' ' || coalesce(x.company, '') as names,
               coalesce(x.title, '') || ' ' || coalesce(x.email, '') || ' ' || coalesce(x.telegram, '') || ' ' || coalesce(x.x, '') as others,
               x.updated_at as at
             from targets x where x.workspace_id = $1 and x.id in {among} order by x.id{lock}"
        ),
    };
    let mut found: Vec<Source> = rows(tx, &sql, binds![scope.ws(), ids]).await?;
    if kind == Kind::Contact {
        let sql = format!(
            "select contact_id, value from contact_addresses where workspace_id = $1 and contact_id in {among}
             order by kind, value_key"
        );
        let mut further: HashMap<String, String> = HashMap::new();
        for row in rows::<Further>(tx, &sql, binds![scope.ws(), ids]).await? {
            let text = further.entry(row.contact_id).or_default();
            text.push(' ');
            text.push_str(&row.value);
        }
        for source in &mut found {
            source.others.push_str(further.get(&source.id).map_or("", String::as_str));
        }
    }
    Ok(found)
}

/// Reads the words of these anew, in the transaction in which they were changed. Those that are not there any more lose
/// theirs.
pub(crate) async fn write<'a>(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    read(tx, scope, kind, ids, true).await
}

/// The same for some that were changed earlier: what somebody else has read since is newer, and stays.
pub(super) async fn write_late<'a>(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    read(tx, scope, kind, ids, false).await
}

async fn read<'a>(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    ids: impl IntoIterator<Item = &'a str>,
    is_newest: bool,
) -> Result<()> {
    let ids: BTreeSet<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let found = sources(tx, scope, kind, &text_list(&ids)).await?;
    let gone = ids.iter().copied().filter(|id| !found.iter().any(|source| source.id == *id));
    forget(tx, scope, kind, gone).await?;
    if kind == Kind::Contact {
        orders::write(tx, scope, &text_list(&ids), is_newest).await?;
    }
    let known = present(tx, scope, kind, &text_list(&ids)).await?;
    let known: HashMap<&str, &str> =
        known.iter().map(|row| (row.subject_id.as_str(), row.words.as_str())).collect();
    let mark = mark_of(scope, kind);
    let (mut changed, mut list, mut names, mut left) =
        (Vec::new(), Vec::new(), BTreeSet::new(), BTreeSet::new());
    for source in &found {
        let named = words(&source.names);
        let mut all = named.clone();
        all.extend(words(&source.others).into_iter().filter(|word| !named.contains(word)));
        all.truncate(MAX_WORDS);
        let text: Vec<String> = all.iter().map(|word| format!("{mark}{word}")).collect();
        let text = text.join(" ");
        let before = known.get(source.id.as_str()).copied();
        if before == Some(text.as_str()) {
            continue;
        }
        left.extend(lost(before.unwrap_or_default(), &text, &mark));
        names.extend(named);
        changed.push(source.id.as_str());
        list.push(serde_json::json!({ "s": source.id, "w": text, "t": source.at }));
    }
    if changed.is_empty() {
        return Ok(());
    }
    unindex(tx, scope, kind, &text_list(&changed)).await?;
    put(tx, scope, kind, &serde_json::Value::Array(list).to_string(), is_newest).await?;
    index(tx, scope, kind, &text_list(&changed)).await?;
    spelling::learn(tx, scope, &names).await?;
    spelling::unlearn(tx, scope, &left).await
}

/// Takes the words of these away, in the transaction in which they go.
pub(crate) async fn forget<'a>(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    ids: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let ids = ids.into_iter().collect::<BTreeSet<_>>();
    if ids.is_empty() {
        return Ok(());
    }
    let ids = text_list(&ids);
    if kind == Kind::Contact {
        orders::forget(tx, scope, &ids).await?;
    }
    let going = present(tx, scope, kind, &ids).await?;
    if going.is_empty() {
        return Ok(());
    }
    unindex(tx, scope, kind, &ids).await?;
    let sql = format!(
        "delete from search_documents where workspace_id = $1 and kind = $2 and subject_id in {}",
        listed(tx.get_database_backend(), 3)
    );
    run(tx, &sql, binds![scope.ws(), kind.as_str(), ids]).await?;
    let mark = mark_of(scope, kind);
    let left: BTreeSet<String> = going.iter().flat_map(|row| lost(&row.words, "", &mark)).collect();
    spelling::unlearn(tx, scope, &left).await
}

async fn present(tx: &Tx, scope: &Scope, kind: Kind, ids: &str) -> Result<Vec<Present>> {
    let sql = format!(
        "select subject_id, words from search_documents where workspace_id = $1 and kind = $2 and subject_id in {}",
        listed(tx.get_database_backend(), 3)
    );
    rows(tx, &sql, binds![scope.ws(), kind.as_str(), ids]).await
}

/// The words that were there and are not any more.
fn lost(before: &str, after: &str, mark: &str) -> Vec<String> {
    let kept: BTreeSet<&str> = after.split(' ').collect();
    let gone = before.split(' ').filter(|word| !kept.contains(word));
    gone.filter_map(|word| word.strip_prefix(mark)).map(str::to_owned).collect()
}

/// SQLite's index has to be told what it forgets, as it learnt it.
async fn unindex(tx: &Tx, scope: &Scope, kind: Kind, ids: &str) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let sql = format!(
        "insert into search_index (search_index, rowid, words) select 'delete', n, words from search_documents
         where workspace_id = $1 and kind = $2 and subject_id in {}",
        listed(DbBackend::Sqlite, 3)
    );
    run(tx, &sql, binds![scope.ws(), kind.as_str(), ids]).await?;
    Ok(())
}

async fn index(tx: &Tx, scope: &Scope, kind: Kind, ids: &str) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Sqlite {
        return Ok(());
    }
    let sql = format!(
        "insert into search_index (rowid, words) select n, words from search_documents
         where workspace_id = $1 and kind = $2 and subject_id in {}",
        listed(DbBackend::Sqlite, 3)
    );
    run(tx, &sql, binds![scope.ws(), kind.as_str(), ids]).await?;
    Ok(())
}

async fn put(tx: &Tx, scope: &Scope, kind: Kind, list: &str, is_newest: bool) -> Result<()> {
    let backend = tx.get_database_backend();
    let (column, value, set) = match backend {
        DbBackend::Sqlite => ("", "", ""),
        _ => (
            ", vector",
            ", array_to_tsvector(array_remove(string_to_array(item.value->>'w', ' '), ''))",
            ", vector = excluded.vector",
        ),
    };
    let sql = format!(
        "insert into search_documents (workspace_id, kind, subject_id, words, at{column})
         select $1, $2, item.value->>'s', item.value->>'w', {at}{value} from {from} where true
         on conflict (workspace_id, kind, subject_id) do update set words = excluded.words, at = excluded.at{set}
           where search_documents.at <= excluded.at or {is_newest}",
        at = crate::sql::int("t"),
        from = items(backend, 3),
    );
    run(tx, &sql, binds![scope.ws(), kind.as_str(), list]).await?;
    Ok(())
}
