//! Contacts that may be one person.

use crate::{
    Db, Page, Result, Scope,
    contact::{self, Contact},
    sql::{Filter, binds, listed, rows, text_list},
};
use domain::{ids::ContactId, merge::FREE_MAILERS};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};

/// So many contacts are looked at, the newest that may be seen.
pub const LOOKED_AT: i64 = 100_000;
/// Most groups of a page.
const GROUPS: i64 = 50;
/// Contacts that are shown of a group, the newest.
const SHOWN: i64 = 10;

/// Why contacts may be one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They have the same phone number.
    Phone,
    /// They have the same name, and e-mail addresses of one company.
    NameAndDomain,
    /// They have the same name and the same company.
    NameAndCompany,
}

/// Contacts that may be one person.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Group {
    /// Why.
    pub reason: Reason,
    /// How many there are.
    pub count: i64,
    /// The newest ten of them.
    pub contacts: Vec<Contact>,
    #[serde(skip)]
    key: String,
}

impl Reason {
    /// What they have in common, of a contact `c`, and which contacts have it.
    fn key(self, backend: DbBackend) -> (String, String) {
        let name = "lower(trim(c.first_name)) || ' ' || lower(trim(c.last_name))";
        let named = "c.first_name is not null and c.last_name is not null";
        let (at, collate) = match backend {
            DbBackend::Sqlite => ("instr(c.email_key, '@')", ""),
            _ => ("strpos(c.email_key, '@')", " collate \"C\""),
        };
        let domain = format!("substr(c.email_key, {at} + 1)");
        let (key, clause) = match self {
            Self::Phone => ("c.phone".to_owned(), "c.phone is not null".to_owned()),
            Self::NameAndDomain => (
                format!("{name} || '@' || {domain}"),
                format!("{named} and c.email_key is not null and {domain} not in {}", listed(backend, 2)),
            ),
            Self::NameAndCompany => (
                format!("{name} || ', ' || lower(trim(c.company))"),
                format!("{named} and c.company is not null"),
            ),
        };
        // As long as a cursor may be.
        (format!("(substr({key}, 1, 400){collate})"), clause)
    }
}

/// A page of groups, in the order of what they have in common. Both databases read the 100,000 newest contacts for
/// it and no more: no index could tell, and none is kept for a list that is asked for now and then.
pub async fn duplicates(
    db: &Db,
    scope: &Scope,
    reason: Reason,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Group>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: ContactId,
        k: String,
        n: i64,
    }
    let limit = limit.unwrap_or(GROUPS).clamp(1, GROUPS);
    let reader = db.reader(scope);
    let (key, clause) = reason.key(reader.get_database_backend());
    let mut filter = Filter::of(scope, "x.workspace_id");
    // What is listed is the second value of every reason's clause.
    filter.values.push(text_list(FREE_MAILERS).into());
    filter.and("cast($2 as text) is not null", vec![]);
    filter.own(scope, "x.owner_id");
    let n = filter.next();
    filter.values.extend(binds![LOOKED_AT, after.unwrap_or(""), limit + 1, SHOWN]);
    let sql = format!(
        "with keyed as (
           select c.id, {key} as k from (select * from contacts x where {} order by x.id desc limit ${n}) c where {clause}),
         groups as (select k, count(*) as n from keyed where k > ${} group by k having count(*) > 1 order by k limit ${}),
         ranked as (select e.id, e.k, g.n, row_number() over (partition by e.k order by e.id desc) as place
                    from keyed e join groups g on g.k = e.k)
         select id, k, n from ranked where place <= ${} order by k, id desc",
        filter.sql,
        n + 1,
        n + 2,
        n + 3
    );
    let found: Vec<Found> = rows(&reader, &sql, filter.values).await?;
    let mut contacts = contact::several(db, scope, found.iter().map(|f| f.id.as_str())).await?;
    let mut groups: Vec<Group> = Vec::new();
    for Found { id, k, n } in found {
        if groups.last().is_none_or(|group| group.key != k) {
            groups.push(Group { reason, count: n, contacts: vec![], key: k });
        }
        if let (Some(group), Some(contact)) = (groups.last_mut(), contacts.remove(id.as_str())) {
            group.contacts.push(contact);
        }
    }
    Ok(Page::cut(groups, limit, |group| group.key.clone()))
}
