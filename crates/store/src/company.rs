//! Companies. A contact is one of a company's people by its `company_id`; the name on it is a copy, so that lists,
//! searches, rules and templates need no second table. Whoever writes such a copy, or changes what it is a copy of,
//! goes through `settled` or `unsettle` in `names`, so that the two never part.

mod names;
mod write;

pub use names::{ensure, key};
pub(crate) use names::{ensure_all, settled, unused_of_import};
pub use write::{create, delete, update};

use crate::{
    Db, Page, Result, Scope, Total,
    error::Error,
    scope::is_theirs,
    sort::{self, Key, Place, Way},
    sql::{At, Filter, binds, clamp, contains, listed, row, rows, text_list},
};
use domain::ids::{CompanyId, MemberId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use std::collections::HashMap;

/// A company in a list.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Company {
    /// Id.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// Web domain.
    pub domain: Option<String>,
    /// What it does, as written.
    pub industry: Option<String>,
    /// How many people work there.
    pub employee_count: Option<i64>,
    /// City.
    pub city: Option<String>,
    /// Country as written.
    pub country: Option<String>,
    /// Its page on LinkedIn.
    pub linkedin_url: Option<String>,
    /// Member it belongs to.
    pub owner_id: Option<MemberId>,
    /// How many contacts are with it, of those that may be seen.
    pub contacts: i64,
    /// Creation.
    pub created_at: At,
    /// When a member last wrote something about it.
    pub updated_at: Option<At>,
}

/// A company with what is going on there.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Detail {
    /// The company.
    #[sea_orm(nested)]
    #[serde(flatten)]
    pub company: Company,
    /// Notes.
    pub notes: Option<String>,
    /// Open conversations with its people, of those that may be seen.
    pub open_conversations: i64,
    /// When somebody last wrote to its people, or they to us.
    pub last_activity_at: Option<At>,
}

const COLUMNS: &str =
    "p.id, p.name, p.domain, p.industry, p.employee_count, p.city, p.country, p.linkedin_url, p.owner_id,
    p.created_at, p.updated_at";

/// The fields that a member may set, already checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Name.
    pub name: String,
    /// Web domain, as [`domain::company::domain`] reads it.
    pub domain: Option<String>,
    /// What it does.
    pub industry: Option<String>,
    /// How many people work there.
    pub employee_count: Option<i64>,
    /// City.
    pub city: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Its page on LinkedIn.
    pub linkedin_url: Option<String>,
    /// Member it belongs to.
    pub owner_id: Option<MemberId>,
    /// Notes.
    pub notes: Option<String>,
}

/// What a list of companies is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of the name or of the domain.
    pub search: Option<String>,
    /// Those of this member.
    pub owner: Option<MemberId>,
}

impl Query {
    /// The `where` clause over `companies p`.
    fn filter(&self, scope: &Scope) -> Filter {
        let mut filter = Filter::of(scope, "p.workspace_id");
        own(&mut filter, scope);
        if let Some(text) = self.search.as_deref().filter(|text| !text.trim().is_empty()) {
            let pattern = contains(text);
            let either = "(p.name_key like ? escape '\\' or p.domain like ? escape '\\')";
            filter.and(either, binds![pattern.as_str(), pattern.as_str()]);
        }
        if let Some(owner) = &self.owner {
            filter.and("p.owner_id = ?", binds![owner]);
        }
        filter
    }
}

/// Whoever sees their own book knows the companies that are in it, and their own.
fn own(filter: &mut Filter, scope: &Scope) {
    if let Some(me) = scope.only() {
        filter.and(
            "(p.owner_id = ? or exists
                (select 1 from contacts c where c.workspace_id = $1 and c.company_id = p.id and c.owner_id = ?))",
            binds![me, me],
        );
    }
}

/// What a list of companies can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The name.
    Name(Way),
    /// When they came: up is the oldest first.
    Age(Way),
    /// How many people are with them, of those that may be seen. They have to be counted for each company that matches:
    /// only for up to [`COUNTED`](crate::COUNTED) companies with [`PEOPLE`] people.
    People(Way),
}

/// Most people that are counted to put companies in order.
pub const PEOPLE: i64 = 50_000;

/// The people of the companies that a filter finds, as the rest of a statement over `contacts c`. On SQLite the
/// workspace is asked for in words that no index answers: by it all contacts would be walked, of whom most may have no
/// company. And they are asked for together, not company by company: while a large import has put the index of
/// companies aside, they are walked once.
fn people_of(backend: DbBackend, matching: &str, mine: &str) -> String {
    let workspace = match backend {
        DbBackend::Sqlite => "c.workspace_id || ''",
        _ => "c.workspace_id",
    };
    format!(
        "contacts c where {workspace} = $1 and c.company_id in (select p.id from companies p where {matching}) and {mine}"
    )
}

/// How many people are with the companies that match, counted no further than `most`.
pub async fn people_upto(db: &Db, scope: &Scope, query: &Query, most: i64) -> Result<Total> {
    let mut filter = query.filter(scope);
    let mine = is_theirs("c.owner_id", filter.next());
    filter.values.push(scope.whose().into());
    let people = people_of(db.backend(), &filter.sql, &mine);
    Total::count(&db.reader(scope), &people, filter.values, most).await
}

/// A page in an order.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    order: Order,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Company>> {
    let limit = clamp(limit);
    let places = places(db, scope, query, order, limit + 1, after).await?;
    let Page { data: places, next_cursor } = Page::cut(places, limit, Place::cursor);
    let mut found = several(db, scope, places.iter().map(|place| place.id.as_str())).await?;
    let data = places.iter().filter_map(|place| found.remove(place.id.as_str())).collect();
    Ok(Page { data, next_cursor })
}

async fn places(
    db: &Db,
    scope: &Scope,
    query: &Query,
    order: Order,
    limit: i64,
    after: Option<&str>,
) -> Result<Vec<Place>> {
    let mut filter = query.filter(scope);
    let (column, way) = match order {
        Order::Name(way) => ("p.name_key", way),
        Order::Age(way) => ("p.id", way),
        Order::People(way) => {
            let mine = is_theirs("c.owner_id", filter.next());
            filter.values.push(scope.whose().into());
            let people = people_of(db.backend(), &filter.sql, &mine);
            let counted = format!(
                "companies p left join (select c.company_id, count(*) as people from {people} group by c.company_id) k
                   on k.company_id = p.id"
            );
            let key = Key { sql: "coalesce(k.people, 0)", is_number: true };
            return sort::page(db, scope, (&counted, "p.id"), filter, (key, way), after, limit).await;
        }
    };
    let (than, word) = match way {
        Way::Up => (">", "asc"),
        Way::Down => ("<", "desc"),
    };
    if let Some(place) = after.map(Place::read).transpose()? {
        let value = match order {
            Order::Name(_) => place.key.unwrap_or_default(),
            _ => place.id,
        };
        filter.and(&format!("{column} {than} ?"), binds![value]);
    }
    let n = filter.next();
    filter.values.push(limit.into());
    // The names are in the cursor: by id alone a page could not go on behind a company that is gone.
    let sql = format!(
        "select p.id, p.name_key as key from companies p where {} order by {column} {word} limit ${n}",
        filter.sql
    );
    rows(&db.reader(scope), &sql, filter.values).await
}

/// Those of these companies that may be seen, by id.
async fn several(
    db: &Db,
    scope: &Scope,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Company>> {
    let mut filter = Filter::of(scope, "p.workspace_id");
    own(&mut filter, scope);
    filter.sql += &format!(" and p.id in {}", listed(db.backend(), filter.next()));
    filter.values.push(text_list(ids).into());
    let sql =
        format!("select {COLUMNS}, cast(0 as bigint) as contacts from companies p where {}", filter.sql);
    let reader = db.reader(scope);
    let mut found: Vec<Company> = rows(&reader, &sql, filter.values).await?;
    count_people(&reader, scope, &mut found).await?;
    Ok(found.into_iter().map(|company| (company.id.as_str().to_owned(), company)).collect())
}

/// How many people each has, in one question: without an index (see [`import`](crate::import)) it reads the contacts
/// once, not once for each.
async fn count_people(conn: &impl ConnectionTrait, scope: &Scope, companies: &mut [Company]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Count {
        company_id: CompanyId,
        people: i64,
    }
    // Not by an index that begins with the workspace: SQLite would rather read all its contacts than those of a few companies.
    let sql = format!(
        "select c.company_id, count(*) as people from contacts c
         where c.workspace_id || '' = $1 and c.company_id in {} and {} group by c.company_id",
        listed(conn.get_database_backend(), 2),
        is_theirs("c.owner_id", 3),
    );
    let ids = text_list(companies.iter().map(|company| company.id.as_str()));
    let counts: Vec<Count> = rows(conn, &sql, binds![scope.ws(), ids, scope.whose()]).await?;
    let counts: HashMap<CompanyId, i64> =
        counts.into_iter().map(|count| (count.company_id, count.people)).collect();
    for company in companies {
        company.contacts = counts.get(&company.id).copied().unwrap_or(0);
    }
    Ok(())
}

/// How many match, counted no further than `most`.
pub async fn count_upto(db: &Db, scope: &Scope, query: &Query, most: i64) -> Result<Total> {
    let filter = query.filter(scope);
    Total::count(&db.reader(scope), &format!("companies p where {}", filter.sql), filter.values, most).await
}

/// One company.
pub async fn get(db: &Db, scope: &Scope, id: &CompanyId) -> Result<Detail> {
    let mut filter = Filter::of(scope, "p.workspace_id");
    own(&mut filter, scope);
    filter.and("p.id = ?", binds![id]);
    let n = filter.next();
    filter.values.push(scope.whose().into());
    let people = format!(
        "from contacts c where c.workspace_id = $1 and c.company_id = p.id and {}",
        is_theirs("c.owner_id", n)
    );
    let threads = format!(
        "from conversations v where v.workspace_id = $1 and {}
           and v.contact_id in (select c.id from contacts c where c.workspace_id = $1 and c.company_id = p.id)",
        is_theirs("v.owner_id", n)
    );
    let sql = format!(
        "select {COLUMNS}, p.notes, (select count(*) {people}) as contacts,
           (select count(*) {threads} and v.status = 'open' and v.inbound = 1) as open_conversations,
           (select max(v.last_at) {threads}) as last_activity_at
         from companies p where {}",
        filter.sql
    );
    row(&db.reader(scope), &sql, filter.values).await?.ok_or(Error::NotFound("company"))
}

/// The company that has this name, or this domain, already.
pub async fn namesake(
    db: &Db,
    scope: &Scope,
    name: &str,
    domain: Option<&str>,
    but: Option<&CompanyId>,
) -> Result<Option<Namesake>> {
    row(
        &db.reader(scope),
        "select p.id, p.name, case when p.name_key = $2 then 'name' else 'domain' end as field
         from companies p where p.workspace_id = $1 and (p.name_key = $2 or p.domain = $3) and p.id <> $4
         order by case when p.name_key = $2 then 0 else 1 end limit 1",
        binds![
            scope.ws(),
            key(name),
            domain.map(str::to_owned),
            but.map(|id| id.as_str().to_owned()).unwrap_or_default()
        ],
    )
    .await
}

/// Who has a name or a domain already.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Namesake {
    /// Id.
    pub id: CompanyId,
    /// Name.
    pub name: String,
    /// What is the same: `name` or `domain`.
    pub field: String,
}
