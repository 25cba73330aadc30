//! What profiles look at: contacts with their companies and custom fields.

use crate::{
    Db, Result, Scope, custom_field,
    error::Error,
    segment::Who,
    sql::{Filter, binds, rows},
};
use domain::{
    custom_field::FieldKind,
    icp::{self, Criterion, Score},
    ids::ContactId,
    segment::CUSTOM,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeMap;

#[derive(FromQueryResult)]
struct Found {
    id: ContactId,
    email: Option<String>,
    phone: Option<String>,
    title: Option<String>,
    city: Option<String>,
    country: Option<String>,
    time_zone: Option<String>,
    status: String,
    company: Option<String>,
    domain: Option<String>,
    industry: Option<String>,
    employee_count: Option<i64>,
    company_city: Option<String>,
    company_country: Option<String>,
    linkedin_url: Option<String>,
}

/// A contact as profiles see it.
#[derive(Debug, Clone)]
pub struct Person {
    /// Which contact.
    pub id: ContactId,
    fields: BTreeMap<&'static str, String>,
    custom: BTreeMap<String, String>,
}

impl Person {
    /// What they get.
    pub fn score(&self, criteria: &[Criterion], kinds: &BTreeMap<String, FieldKind>) -> Score {
        icp::score(criteria, &|key| kinds.get(key).copied(), &|field| {
            let value = match field.strip_prefix(CUSTOM) {
                Some(key) => self.custom.get(key),
                None => self.fields.get(field),
            };
            value.map(String::as_str)
        })
    }
}

impl From<Found> for Person {
    fn from(found: Found) -> Self {
        let fields = [
            ("email", found.email),
            ("phone", found.phone),
            ("title", found.title),
            ("city", found.city),
            ("country", found.country),
            ("time_zone", found.time_zone),
            ("status", Some(found.status)),
            ("company.name", found.company),
            ("company.domain", found.domain),
            ("company.industry", found.industry),
            ("company.employee_count", found.employee_count.map(|count| count.to_string())),
            ("company.city", found.company_city),
            ("company.country", found.company_country),
            ("company.linkedin_url", found.linkedin_url),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        Self { id: found.id, fields, custom: BTreeMap::new() }
    }
}

/// Some contacts of a workspace.
pub(super) async fn load(conn: &impl ConnectionTrait, scope: &Scope, who: &Who) -> Result<Vec<Person>> {
    let mut filter = Filter::of(scope, "c.workspace_id");
    filter.own(scope, "c.owner_id");
    let chosen = who.condition(conn.get_database_backend(), "c.id", filter.next());
    filter.sql += &format!(" and {chosen}");
    filter.values.extend(who.values());
    let sql = format!(
        "select c.id, c.email, c.phone, c.title, c.city, c.country, c.time_zone, c.status, c.company, p.domain, p.industry,
           p.employee_count, p.city as company_city, p.country as company_country, p.linkedin_url
         from contacts c left join companies p on p.id = c.company_id where {}",
        filter.sql
    );
    let found: Vec<Found> = rows(conn, &sql, filter.values).await?;
    let mut people: Vec<Person> = found.into_iter().map(Person::from).collect();
    let ids: Vec<String> = people.iter().map(|person| person.id.to_string()).collect();
    let mut custom = custom_field::of_contacts(conn, scope, ids.iter().map(String::as_str)).await?;
    for person in &mut people {
        person.custom = custom.remove(person.id.as_str()).unwrap_or_default();
    }
    Ok(people)
}

/// One contact.
pub async fn one(db: &Db, scope: &Scope, id: &ContactId) -> Result<Person> {
    let who = Who::These(vec![id.to_string()]);
    load(&db.reader(scope), scope, &who).await?.pop().ok_or(Error::NotFound("contact"))
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// The newest contacts that may be seen.
pub async fn newest(db: &Db, scope: &Scope, limit: i64) -> Result<Vec<Person>> {
    let mut filter = Filter::of(scope, "c.workspace_id");
    filter.own(scope, "c.owner_id");
    let n = filter.next();
    filter.values.extend(binds![limit]);
    let sql = format!("select c.id from contacts c where {} order by c.id desc limit ${n}", filter.sql);
    let ids: Vec<Id> = rows(&db.reader(scope), &sql, filter.values).await?;
    let who = Who::These(ids.into_iter().map(|row| row.id).collect());
    load(&db.reader(scope), scope, &who).await
}
