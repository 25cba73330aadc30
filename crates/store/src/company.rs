//! Companies, as contacts name them.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    search::{self, Kind},
    sql::{At, binds, clamp, items, listed, new_id, rows, run},
};
use domain::ids::CompanyId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;

/// The id of the company with this name, created when it is new.
pub async fn ensure(tx: &Tx, scope: &Scope, name: &str, now: i64) -> Result<CompanyId> {
    let known = ensure_all(tx, scope, &[name.to_owned()], now).await?.pop();
    let (_, id) = known.ok_or(Error::NotFound("company"))?;
    search::write(tx, scope, Kind::Company, [id.as_str()]).await?;
    Ok(id)
}

/// How company names are compared.
pub fn key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The ids of companies by key, creating those that are new.
pub async fn ensure_all(
    tx: &Tx,
    scope: &Scope,
    names: &[String],
    now: i64,
) -> Result<Vec<(String, CompanyId)>> {
    #[derive(FromQueryResult)]
    struct Known {
        name_key: String,
        id: CompanyId,
    }
    let list: Vec<serde_json::Value> = names
        .iter()
        .map(|name| {
            serde_json::json!({ "id": new_id(CompanyId::from_uuid), "name": name.trim(), "v": key(name) })
        })
        .collect();
    let list = serde_json::Value::Array(list).to_string();
    let backend = tx.get_database_backend();
    run(
        tx,
        &format!(
            "insert into companies (id, workspace_id, name, name_key, created_at)
             select item.value->>'id', $1, item.value->>'name', item.value->>'v', $3 from {} where true
             on conflict (workspace_id, name_key) do nothing",
            items(backend, 2)
        ),
        binds![scope.ws(), list.as_str(), now],
    )
    .await?;
    let known: Vec<Known> = rows(
        tx,
        &format!(
            "select name_key, id from companies where workspace_id = $1 and name_key in {}",
            listed(backend, 2)
        ),
        binds![scope.ws(), list],
    )
    .await?;
    Ok(known.into_iter().map(|k| (k.name_key, k.id)).collect())
}

/// A company in a list.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Company {
    /// Id.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// Web domain.
    pub domain: Option<String>,
    /// How many contacts name it.
    pub contacts: i64,
    /// Creation.
    pub created_at: At,
}

/// Companies by name.
pub async fn page(db: &Db, scope: &Scope, limit: Option<i64>, after: Option<&str>) -> Result<Page<Company>> {
    let limit = clamp(limit);
    // The contacts are walked once for the page: an index of companies would cost every import more than this list
    // is worth.
    let found: Vec<Company> = rows(
        &db.reader(scope),
        &format!(
            "with listed as (select id, name, name_key, domain, created_at from companies
                             where workspace_id = $1 and name_key > $2 and {known} order by name_key limit $3)
             select p.id, p.name, p.domain, p.created_at, coalesce(n.contacts, 0) as contacts
             from listed p left join (select company_id, count(*) as contacts from contacts
                                      where workspace_id = $1 and company_id in (select id from listed) and {mine}
                                      group by company_id) n
               on n.company_id = p.id
             order by p.name_key",
            mine = is_theirs("owner_id", 4),
            // Whoever sees their own book knows the companies that are in it.
            known = "(cast($4 as text) is null or id in
                      (select c.company_id from contacts c where c.workspace_id = $1 and c.owner_id = $4))",
        ),
        binds![scope.ws(), after.unwrap_or(""), limit + 1, scope.whose()],
    )
    .await?;
    Ok(Page::cut(found, limit, |c| key(&c.name)))
}
