//! The names of companies and the copies of them on contacts.

use crate::{
    Result, Scope, Tx,
    error::Error,
    import::{Index, require},
    search::{self, Kind},
    sql::{binds, items, listed, new_id, rows, run, scalar},
};
use domain::ids::{CompanyId, ImportId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::BTreeMap;

/// How company names are compared.
pub fn key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Until the end of the transaction no company of the workspace gets another name or goes. Whoever writes the name of
/// a company on a contact begins with this, before anything that others wait for. Returns a number that differs from the
/// one of an earlier transaction if one did in between.
pub(crate) async fn settled(tx: &Tx, scope: &Scope) -> Result<i64> {
    hold(tx, scope, "_shared").await?;
    let sql = "select company_changes as value from workspaces where id = $1";
    Ok(scalar(tx, sql, binds![scope.ws()]).await?.unwrap_or(0))
}

/// The opposite: until the end of the transaction nobody writes the name of a company on a contact.
pub(super) async fn unsettle(tx: &Tx, scope: &Scope) -> Result<()> {
    hold(tx, scope, "").await
}

/// What others remember of names and ids is worth nothing any more. Names are [`unsettle`]d before.
pub(super) async fn forget(tx: &Tx, scope: &Scope) -> Result<()> {
    let sql = "update workspaces set company_changes = company_changes + 1 where id = $1";
    run(tx, sql, binds![scope.ws()]).await?;
    Ok(())
}

async fn hold(tx: &Tx, scope: &Scope, how: &str) -> Result<()> {
    // On SQLite a write transaction is alone.
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = format!(
            "select 1 as value from (select pg_advisory_xact_lock{how}(hashtextextended('companies ' || $1, 0))) held"
        );
        scalar::<i32>(tx, &sql, binds![scope.ws()]).await?;
    }
    Ok(())
}

/// The id of the company with this name, created when it is new.
pub async fn ensure(tx: &Tx, scope: &Scope, name: &str, now: i64) -> Result<CompanyId> {
    settled(tx, scope).await?;
    let known = ensure_all(tx, scope, &[name.to_owned()], None, now).await?.pop();
    let (_, id) = known.ok_or(Error::NotFound("company"))?;
    search::write(tx, scope, Kind::Company, [id.as_str()]).await?;
    Ok(id)
}

/// The ids of companies by key, creating those that are new. Names are [`settled`] before.
pub(crate) async fn ensure_all(
    tx: &Tx,
    scope: &Scope,
    names: &[String],
    import: Option<&str>,
    now: i64,
) -> Result<Vec<(String, CompanyId)>> {
    #[derive(FromQueryResult)]
    struct Known {
        name_key: String,
        id: CompanyId,
    }
    // Each once, in one order: two imports that name the same ones at once do not wait for one another.
    let names: BTreeMap<String, &str> = names.iter().rev().map(|name| (key(name), name.trim())).collect();
    let list: Vec<serde_json::Value> = names
        .iter()
        .map(|(key, name)| serde_json::json!({ "id": new_id(CompanyId::from_uuid), "name": name, "v": key }))
        .collect();
    let list = serde_json::Value::Array(list).to_string();
    let backend = tx.get_database_backend();
    let sql = format!(
        "insert into companies (id, workspace_id, name, name_key, import_id, created_at)
         select item.value->>'id', $1, item.value->>'name', item.value->>'v', $4, $3 from {} where true
         on conflict (workspace_id, name_key) do nothing",
        items(backend, 2)
    );
    run(tx, &sql, binds![scope.ws(), list.as_str(), now, import.map(str::to_owned)]).await?;
    let sql = match backend {
        DbBackend::Sqlite => format!(
            "select name_key, id from companies where workspace_id = $1 and name_key in {}",
            listed(backend, 2)
        ),
        // One by one, and in an order that only the index of their names has: of a workspace that filled since the
        // statistics were made PostgreSQL believes that it has none, and would read all of them for each name.
        _ => format!(
            "select k.name_key, k.id from {} cross join lateral
               (select p.name_key, p.id from companies p
                where p.workspace_id = $1 and p.name_key >= item.value->>'v' and p.name_key <= item.value->>'v'
                order by p.name_key limit 1) k",
            items(backend, 2)
        ),
    };
    let known: Vec<Known> = rows(tx, &sql, binds![scope.ws(), list]).await?;
    Ok(known.into_iter().map(|k| (k.name_key, k.id)).collect())
}

#[derive(FromQueryResult)]
struct Gone {
    id: String,
}

/// Removes at most `limit` companies that an import was the first to name, that nobody is with and nobody wrote
/// anything about. Returns how many.
pub(crate) async fn unused_of_import(tx: &Tx, scope: &Scope, import: &ImportId, limit: i64) -> Result<u64> {
    // Whoever names one of them on a contact meanwhile did so before, or finds it gone and makes it anew.
    unsettle(tx, scope).await?;
    require(tx, Index::Company).await?;
    let gone: Vec<Gone> = rows(
        tx,
        "delete from companies where workspace_id = $1 and id in
           (select p.id from companies p where p.workspace_id = $1 and p.import_id = $2 and p.updated_at is null
              and not exists (select 1 from contacts c where c.company_id = p.id) limit $3)
         returning id",
        binds![scope.ws(), import, limit],
    )
    .await?;
    if !gone.is_empty() {
        forget(tx, scope).await?;
        search::forget(tx, scope, Kind::Company, gone.iter().map(|row| row.id.as_str())).await?;
    }
    Ok(gone.len() as u64)
}
