//! What members write about companies.

use super::{
    Fields,
    names::{forget, key, unsettle},
};
use crate::{
    Result, Scope, Tx, contact_set,
    error::Error,
    search::{self, Kind},
    sql::{binds, rows, run, scalar},
};
use domain::ids::CompanyId;
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

/// Creates a company. One with its name or domain is [`Error::Exists`].
pub async fn create(tx: &Tx, scope: &Scope, id: &CompanyId, f: &Fields, now: i64) -> Result<()> {
    run(
        tx,
        "insert into companies (id, workspace_id, name, name_key, domain, industry, employee_count, city, country,
           linkedin_url, owner_id, notes, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        binds![
            id,
            scope.ws(),
            f.name.as_str(),
            key(&f.name),
            f.domain.clone(),
            f.industry.clone(),
            f.employee_count,
            f.city.clone(),
            f.country.clone(),
            f.linkedin_url.clone(),
            f.owner_id.clone(),
            f.notes.clone(),
            now
        ],
    )
    .await?;
    search::write(tx, scope, Kind::Company, [id.as_str()]).await
}

/// Overwrites all fields of a company. Another name becomes that of its people too. One with its name or domain is
/// [`Error::Exists`].
pub async fn update(tx: &Tx, scope: &Scope, id: &CompanyId, f: &Fields, now: i64) -> Result<()> {
    unsettle(tx, scope).await?;
    let sql = "select name as value from companies where workspace_id = $1 and id = $2";
    let before: String = scalar(tx, sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("company"))?;
    let is_renamed = before != f.name;
    let changed = run(
        tx,
        "update companies set name = $3, name_key = $4, domain = $5, industry = $6, employee_count = $7, city = $8,
           country = $9, linkedin_url = $10, owner_id = $11, notes = $12, updated_at = $13
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            id,
            f.name.as_str(),
            key(&f.name),
            f.domain.clone(),
            f.industry.clone(),
            f.employee_count,
            f.city.clone(),
            f.country.clone(),
            f.linkedin_url.clone(),
            f.owner_id.clone(),
            f.notes.clone(),
            now
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("company"));
    }
    search::write(tx, scope, Kind::Company, [id.as_str()]).await?;
    if is_renamed {
        forget(tx, scope).await?;
        on_people(tx, scope, id, "company = $4", Some(&f.name), now).await?;
    } else {
        tell_people(tx, scope, id).await?;
    }
    Ok(())
}

/// Removes a company. Its people stay, without a company; returns how many they are.
pub async fn delete(tx: &Tx, scope: &Scope, id: &CompanyId, now: i64) -> Result<u64> {
    unsettle(tx, scope).await?;
    forget(tx, scope).await?;
    let people = on_people(tx, scope, id, "company = $4, company_id = null", None, now).await?;
    search::forget(tx, scope, Kind::Company, [id.as_str()]).await?;
    match run(tx, "delete from companies where workspace_id = $1 and id = $2", binds![scope.ws(), id]).await?
    {
        0 => Err(Error::NotFound("company")),
        _ => Ok(people),
    }
}

#[derive(FromQueryResult)]
struct Person {
    id: String,
}

async fn people(tx: &Tx, scope: &Scope, id: &CompanyId) -> Result<Vec<Person>> {
    // In the order in which everybody takes several contacts.
    let lock = match tx.get_database_backend() {
        DbBackend::Sqlite => "",
        _ => " for no key update",
    };
    let sql =
        format!("select id from contacts where workspace_id = $1 and company_id = $2 order by id{lock}");
    rows(tx, &sql, binds![scope.ws(), id]).await
}

/// Writes something on all people of a company. Their time of change rises as with any other change.
async fn on_people(
    tx: &Tx,
    scope: &Scope,
    id: &CompanyId,
    what: &str,
    value: Option<&str>,
    now: i64,
) -> Result<u64> {
    let people = people(tx, scope, id).await?;
    let sql = format!(
        "update contacts set {what}, updated_at = case when updated_at < $3 then $3 else updated_at + 1 end
         where workspace_id = $1 and company_id = $2"
    );
    let changed = run(tx, &sql, binds![scope.ws(), id, now, value.map(str::to_owned)]).await?;
    contact_set::changed(tx, scope, people.iter().map(|person| person.id.as_str())).await?;
    search::write(tx, scope, Kind::Contact, people.iter().map(|person| person.id.as_str())).await?;
    Ok(changed)
}

/// What is known of their company is known of its people.
async fn tell_people(tx: &Tx, scope: &Scope, id: &CompanyId) -> Result<()> {
    let sql = "select id from contacts where workspace_id = $1 and company_id = $2 order by id";
    let people: Vec<Person> = rows(tx, sql, binds![scope.ws(), id]).await?;
    contact_set::changed(tx, scope, people.iter().map(|person| person.id.as_str())).await
}
