//! Tags, lists and segments: named sets of contacts. Of a tag and a list, people decide what is in it; of a segment,
//! its rule does ([`segment`](crate::segment)).

use crate::{
    Db, Result, Scope, Tx,
    contact::Query,
    error::Error,
    sql::{At, binds, contains, items, new_id, row, rows, run, scalar},
};
use domain::ids::WorkspaceId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who decides what is in a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    /// People; it is shown on every contact.
    Tag,
    /// People.
    List,
    /// A rule.
    Segment,
}

impl SetKind {
    /// As stored, and as people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::List => "list",
            Self::Segment => "segment",
        }
    }
}

/// A set of contacts.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ContactSet {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Of a segment: its rule as JSON.
    pub rule: Option<String>,
    /// Of a segment: how far it is computed, if it is not up to date.
    pub walk_after: Option<String>,
    /// Of a segment: since when it is computed.
    pub ready_at: Option<At>,
    /// How many contacts are in it, of those that may be seen.
    pub contacts: i64,
    /// Creation.
    pub created_at: At,
    /// Last change of its name or rule.
    pub updated_at: At,
}

/// How names of sets are compared.
fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// How many contacts of the set `s` may be seen: those of the member in `$n`, or all where it is null.
fn size(n: usize) -> String {
    format!(
        "case when cast(${n} as text) is null
           then (select count(*) from set_members m where m.workspace_id = $1 and m.set_id = s.id)
           else (select count(*) from contacts c where c.workspace_id = $1 and c.owner_id = ${n}
                   and exists (select 1 from set_members m where m.workspace_id = $1 and m.set_id = s.id and m.contact_id = c.id))
         end as contacts"
    )
}

const COLUMNS: &str = "s.id, s.name, s.rule, s.walk_after, s.ready_at, s.created_at, s.updated_at";

/// Sets of a kind by name, whose name has the text in it.
pub async fn page(
    db: &Db,
    scope: &Scope,
    kind: SetKind,
    search: &str,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<crate::Page<ContactSet>> {
    let limit = crate::sql::clamp(limit);
    let sql = format!(
        "select {COLUMNS}, {} from contact_sets s
         where s.workspace_id = $1 and s.kind = $2 and s.name_key > $3 and s.name_key like $4 escape '\\'
         order by s.name_key limit $5",
        size(6)
    );
    let values =
        binds![scope.ws(), kind.as_str(), after.unwrap_or(""), contains(search), limit + 1, scope.whose()];
    let found: Vec<ContactSet> = rows(&db.reader(scope), &sql, values).await?;
    Ok(crate::Page::cut(found, limit, |set| name_key(&set.name)))
}

/// One set of a kind.
pub async fn get(db: &Db, scope: &Scope, kind: SetKind, id: &str) -> Result<ContactSet> {
    let sql = format!(
        "select {COLUMNS}, {} from contact_sets s where s.workspace_id = $1 and s.kind = $2 and s.id = $3",
        size(4)
    );
    row(&db.reader(scope), &sql, binds![scope.ws(), kind.as_str(), id, scope.whose()])
        .await?
        .ok_or(Error::NotFound(kind.as_str()))
}

/// How many sets of a kind there are.
pub async fn count(db: &Db, scope: &Scope, kind: SetKind) -> Result<i64> {
    let sql = "select count(*) as value from contact_sets where workspace_id = $1 and kind = $2";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), kind.as_str()]).await?.unwrap_or(0))
}

/// Creates a set. One with this name is [`Error::Exists`].
pub async fn create(
    tx: &Tx,
    scope: &Scope,
    kind: SetKind,
    id: &str,
    name: &str,
    rule: Option<&str>,
    now: i64,
) -> Result<()> {
    // Walking begins before every id.
    let walk = rule.map(|_| "");
    run(
        tx,
        "insert into contact_sets (id, workspace_id, kind, name, name_key, rule, walk_after, created_by, created_at, updated_at)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $9)",
        binds![
            scope.ws(),
            id,
            kind.as_str(),
            name.trim(),
            name_key(name),
            rule.map(str::to_owned),
            walk.map(str::to_owned),
            scope.member.clone(),
            now
        ],
    )
    .await?;
    Ok(())
}

/// Gives a set another name. One with this name is [`Error::Exists`].
pub async fn rename(tx: &Tx, scope: &Scope, kind: SetKind, id: &str, name: &str, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update contact_sets set name = $4, name_key = $5, updated_at = $6 where workspace_id = $1 and kind = $2 and id = $3",
        binds![scope.ws(), kind.as_str(), id, name.trim(), name_key(name), now],
    )
    .await?;
    if changed == 0 { Err(Error::NotFound(kind.as_str())) } else { Ok(()) }
}

/// Removes a set; its contacts stay.
pub async fn delete(tx: &Tx, scope: &Scope, kind: SetKind, id: &str) -> Result<()> {
    // First the set, so that two who delete it, or change what is in it, stand in one line.
    let lock = match tx.get_database_backend() {
        sea_orm::DbBackend::Sqlite => "",
        _ => " for update",
    };
    let here = format!(
        "select id as value from contact_sets where workspace_id = $1 and kind = $2 and id = $3{lock}"
    );
    scalar::<String>(tx, &here, binds![scope.ws(), kind.as_str(), id])
        .await?
        .ok_or(Error::NotFound(kind.as_str()))?;
    let of = || binds![scope.ws(), id];
    run(tx, "delete from set_members where workspace_id = $1 and set_id = $2", of()).await?;
    run(tx, "delete from contact_sets where workspace_id = $1 and id = $2", of()).await?;
    Ok(())
}

/// The id of the tag or list with this name, which is created with `id` when there is none.
pub async fn ensure(tx: &Tx, scope: &Scope, kind: SetKind, id: &str, name: &str, now: i64) -> Result<String> {
    run(
        tx,
        "insert into contact_sets (id, workspace_id, kind, name, name_key, created_by, created_at, updated_at)
         values ($2, $1, $3, $4, $5, $6, $7, $7) on conflict (workspace_id, kind, name_key) do nothing",
        binds![scope.ws(), id, kind.as_str(), name.trim(), name_key(name), scope.member.clone(), now],
    )
    .await?;
    named(tx, scope, kind, name).await?.ok_or(Error::NotFound(kind.as_str()))
}

/// The id of the set of a kind with this name, if there is one.
pub async fn named(tx: &Tx, scope: &Scope, kind: SetKind, name: &str) -> Result<Option<String>> {
    let sql = "select id as value from contact_sets where workspace_id = $1 and kind = $2 and name_key = $3";
    scalar(tx, sql, binds![scope.ws(), kind.as_str(), name_key(name)]).await
}

/// Puts contacts into a set. Returns how many were not in it.
pub async fn add(tx: &Tx, scope: &Scope, set: &str, who: &Query, now: i64) -> Result<u64> {
    let mut filter = who.filter(scope, tx.get_database_backend());
    let n = filter.next();
    let news = format!(
        "not exists (select 1 from set_members m where m.workspace_id = $1 and m.set_id = ${n} and m.contact_id = c.id)"
    );
    let clause = format!("{} and {news}", filter.sql);
    filter.values.push(set.into());
    changed_where(tx, scope, &clause, filter.values.clone()).await?;
    filter.values.push(now.into());
    let sql = format!(
        "insert into set_members (workspace_id, set_id, contact_id, at)
         select $1, ${n}, c.id, ${} from contacts c where {clause} order by c.id on conflict do nothing",
        n + 1
    );
    run(tx, &sql, filter.values).await
}

/// Takes contacts out of a set. Returns how many were in it.
pub async fn remove(tx: &Tx, scope: &Scope, set: &str, who: &Query) -> Result<u64> {
    let mut filter = who.filter(scope, tx.get_database_backend());
    let n = filter.next();
    filter.values.push(set.into());
    let clause = format!(
        "{} and exists (select 1 from set_members m where m.workspace_id = $1 and m.set_id = ${n} and m.contact_id = c.id)",
        filter.sql
    );
    changed_where(tx, scope, &clause, filter.values.clone()).await?;
    let sql = format!(
        "delete from set_members where workspace_id = $1 and set_id = ${n}
           and contact_id in (select c.id from contacts c where {clause})"
    );
    run(tx, &sql, filter.values).await
}

/// A tag on a contact.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Tag {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// The tags and the lists of contacts, by contact.
pub(crate) async fn of_contacts(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    kind: SetKind,
    ids: impl IntoIterator<Item = &str>,
) -> Result<BTreeMap<String, Vec<Tag>>> {
    #[derive(FromQueryResult)]
    struct Found {
        contact_id: String,
        id: String,
        name: String,
    }
    let sql = format!(
        "select m.contact_id, s.id, s.name from set_members m join contact_sets s on s.id = m.set_id and s.kind = $3
         where m.workspace_id = $1 and m.contact_id in {} order by s.name_key",
        crate::sql::listed(conn.get_database_backend(), 2)
    );
    let values = binds![scope.ws(), crate::sql::text_list(ids), kind.as_str()];
    let mut all: BTreeMap<String, Vec<Tag>> = BTreeMap::new();
    for Found { contact_id, id, name } in rows::<Found>(conn, &sql, values).await? {
        all.entry(contact_id).or_default().push(Tag { id, name });
    }
    Ok(all)
}

/// Which of these sets contacts are in, as (contact, set).
pub async fn memberships<'a>(
    tx: &Tx,
    workspace: &WorkspaceId,
    contacts: impl IntoIterator<Item = &'a str>,
    sets: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<(String, String)>> {
    #[derive(FromQueryResult)]
    struct In {
        contact_id: String,
        set_id: String,
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "select contact_id, set_id from set_members where workspace_id = $1 and contact_id in {} and set_id in {}",
        crate::sql::listed(backend, 2),
        crate::sql::listed(backend, 3)
    );
    let values = binds![workspace, crate::sql::text_list(contacts), crate::sql::text_list(sets)];
    let found: Vec<In> = rows(tx, &sql, values).await?;
    Ok(found.into_iter().map(|one| (one.contact_id, one.set_id)).collect())
}

/// The names of the lists that contacts are on, by contact.
pub async fn lists_of<'a>(
    db: &Db,
    scope: &Scope,
    contacts: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, Vec<String>>> {
    let lists = of_contacts(&db.reader(scope), scope, SetKind::List, contacts).await?;
    let names = |lists: Vec<Tag>| lists.into_iter().map(|list| list.name).collect();
    Ok(lists.into_iter().map(|(contact, lists)| (contact, names(lists))).collect())
}

/// Notes that something about these contacts changed, for the segments and ICP profiles, if there are any.
pub(crate) async fn changed<'a>(
    tx: &Tx,
    scope: &Scope,
    contacts: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let contacts: std::collections::BTreeSet<&str> = contacts.into_iter().collect();
    if contacts.is_empty() {
        return Ok(());
    }
    if !any_follower(tx, scope).await? {
        return Ok(());
    }
    let list: Vec<serde_json::Value> = contacts
        .into_iter()
        .map(|contact| serde_json::json!({ "i": new_id(|uuid| uuid.simple().to_string()), "c": contact }))
        .collect();
    let sql = format!(
        "insert into changed_contacts (id, workspace_id, contact_id)
         select item.value->>'i', $1, item.value->>'c' from {}",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), serde_json::Value::Array(list).to_string()]).await?;
    Ok(())
}

/// The same for all contacts `c` of a clause.
async fn changed_where(tx: &Tx, scope: &Scope, clause: &str, mut values: Vec<sea_orm::Value>) -> Result<()> {
    if !any_follower(tx, scope).await? {
        return Ok(());
    }
    values.push(new_id(|uuid| uuid.simple().to_string()).into());
    let sql = format!(
        "insert into changed_contacts (id, workspace_id, contact_id)
         select ${} || c.id, $1, c.id from contacts c where {clause}",
        values.len()
    );
    run(tx, &sql, values).await?;
    Ok(())
}

/// Whether a segment or an ICP profile wants to know.
async fn any_follower(tx: &Tx, scope: &Scope) -> Result<bool> {
    let sql = "select 'yes' as value where exists (select 1 from contact_sets where workspace_id = $1 and kind = 'segment')
                 or exists (select 1 from icp_profiles where workspace_id = $1)";
    Ok(scalar::<String>(tx, sql, binds![scope.ws()]).await?.is_some())
}

/// Takes a contact out of every set, with the values of its custom fields, its scores, its tasks, and what imports and
/// bulk actions keep of it: it is going.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, contact: &str) -> Result<u64> {
    let of = || binds![scope.ws(), contact];
    let mut gone = 0;
    for table in [
        "set_members",
        "custom_values",
        "import_changes",
        "icp_scores",
        "icp_changes",
        "bulk_changes",
        "tasks",
    ] {
        let sql = format!("delete from {table} where workspace_id = $1 and contact_id = $2");
        gone += run(tx, &sql, of()).await?;
    }
    Ok(gone)
}
