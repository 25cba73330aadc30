//! Contacts.

mod change;
mod delete;
mod list;
mod merge_data;
pub(crate) mod orders;
mod search;
mod timeline;

pub use change::{Change, Column, change};
pub use delete::delete;
pub(crate) use delete::{DELETED, messages_with, remove};
pub use list::{
    Lacks, Order, Sorted, are_many, behind, count, count_upto, coverage, missing, newest_merge_data, ordered,
    page, slice, suppressed, without_device, worst_merge_data,
};
pub(crate) use merge_data::MERGE_COLUMNS;
pub use merge_data::{MergeData, load_custom, load_platforms, merge_data};
pub use search::{Query, Sought, sought, sought_again};
pub use timeline::{TimelineEntry, timeline};

use crate::{
    Db, Result, Scope, Tx, company,
    contact_address::{self, Further},
    contact_set::{self, SetKind, Tag},
    custom_field,
    error::Error,
    scope::is_theirs,
    search::Kind,
    sql::{At, Filter, binds, listed, rows, run, scalar, text_list},
};
use domain::ids::{CompanyId, ContactId, MemberId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// A person that messages go to.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Contact {
    /// Id.
    pub id: ContactId,
    /// Address as written.
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Both names, else the address.
    pub full_name: String,
    /// The account, where one is known.
    pub company_id: Option<CompanyId>,
    /// The account's name as written.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country as written.
    pub country: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Status of the events business (design.md section 4).
    pub status: String,
    /// Member it belongs to.
    pub owner_id: Option<MemberId>,
    /// Its addresses beside those above.
    #[sea_orm(skip)]
    pub addresses: Vec<Further>,
    /// Channels on which they must not be written to, at any of their addresses.
    #[sea_orm(skip)]
    pub suppressed: Vec<String>,
    /// Its tags by name.
    #[sea_orm(skip)]
    pub tags: Vec<Tag>,
    /// The values of its custom fields, by key.
    #[sea_orm(skip)]
    pub custom: BTreeMap<String, String>,
    /// Its score by the ICP profile that it fits best; none while no profile has scored it.
    #[sea_orm(skip)]
    pub icp_score: Option<i64>,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
    #[sea_orm(skip)]
    #[serde(skip)]
    email_key: Option<String>,
}

const COLUMNS: &str = "c.id, c.email, c.phone, c.first_name, c.last_name,
    coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone, '') as full_name,
    c.company_id, c.company, c.title, c.city, c.country, c.time_zone, c.status, c.owner_id, c.created_at, c.updated_at";

/// The fields a person or an import may set. Addresses are already normalised.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// Address as written.
    pub email: Option<String>,
    /// Normalised address.
    pub email_key: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The account's name.
    pub company: Option<String>,
    /// Job title.
    pub title: Option<String>,
    /// City.
    pub city: Option<String>,
    /// Country as written.
    pub country: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Status; `No Activity` when new and not given.
    pub status: Option<String>,
}

/// The zones whose clocks count for a contact: its own, if it has one, and the workspace's.
pub async fn zones(tx: &Tx, scope: &Scope, id: &ContactId) -> Result<(Option<String>, String)> {
    #[derive(FromQueryResult)]
    struct Zones {
        own: Option<String>,
        home: String,
    }
    let found: Option<Zones> = crate::sql::row(
        tx,
        "select c.time_zone as own, w.time_zone as home from contacts c join workspaces w on w.id = c.workspace_id
         where c.workspace_id = $1 and c.id = $2",
        binds![scope.ws(), id],
    )
    .await?;
    found.map(|zones| (zones.own, zones.home)).ok_or(Error::NotFound("contact"))
}

/// One contact.
pub async fn get(db: &Db, scope: &Scope, id: &ContactId) -> Result<Contact> {
    let mut found: Vec<Contact> = rows(
        &db.reader(scope),
        &format!(
            "select {COLUMNS} from contacts c where c.workspace_id = $1 and c.id = $2 and {}",
            is_theirs("c.owner_id", 3)
        ),
        binds![scope.ws(), id, scope.whose()],
    )
    .await?;
    complete(db, scope, &mut found).await?;
    found.pop().ok_or(Error::NotFound("contact"))
}

/// Those of these contacts that may be seen, by id.
pub(crate) async fn several(
    db: &Db,
    scope: &Scope,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Contact>> {
    let mut filter = Filter::of(scope, "c.workspace_id");
    filter.own(scope, "c.owner_id");
    filter.sql += &format!(" and c.id in {}", listed(db.backend(), filter.next()));
    filter.values.push(text_list(ids).into());
    let sql = format!("select {COLUMNS} from contacts c where {}", filter.sql);
    let mut found: Vec<Contact> = rows(&db.reader(scope), &sql, filter.values).await?;
    complete(db, scope, &mut found).await?;
    Ok(found.into_iter().map(|contact| (contact.id.as_str().to_owned(), contact)).collect())
}

/// The ids of the contacts of the workspace `$1` whose own address `$2` is. Two searches: with an `or` SQLite walks the
/// workspace.
const OWN_ADDRESS: &str = "select id from contacts where workspace_id = $1 and email_key = $2
    union all select id from contacts where workspace_id = $1 and phone = $2";

/// The same for further addresses.
const FURTHER_ADDRESS: &str = "select contact_id as id from contact_addresses
    where workspace_id = $1 and kind in ('email', 'phone', 'whatsapp', 'messenger') and value_key = $2 and source <> 'former'";

/// The ids of the contacts of the workspace `$1` that have the address `$2`, as their own or as a further one.
pub(crate) fn have_address() -> String {
    format!("({OWN_ADDRESS} union all {FURTHER_ADDRESS})")
}

/// The contact with this address; for a phone number, the one written to most recently. Whose own it is comes before
/// who has it as a further one.
pub async fn by_address(conn: &impl ConnectionTrait, scope: &Scope, key: &str) -> Result<Option<ContactId>> {
    for among in [OWN_ADDRESS, FURTHER_ADDRESS] {
        let found: Option<ContactId> = scalar(
            conn,
            &format!(
                "select c.id as value from contacts c where c.workspace_id = $1 and c.id in ({among})
                 order by (select max(last_at) from conversations v where v.workspace_id = $1 and v.contact_id = c.id) desc nulls last, c.id desc
                 limit 1"
            ),
            binds![scope.ws(), key],
        )
        .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// [`by_address`] outside a transaction.
pub async fn find(db: &Db, scope: &Scope, key: &str) -> Result<Option<ContactId>> {
    by_address(&db.reader(scope), scope, key).await
}

/// Adds what lies in other tables.
async fn complete(db: &Db, scope: &Scope, contacts: &mut [Contact]) -> Result<()> {
    let ids = || contacts.iter().map(|contact| contact.id.as_str());
    let mut further = contact_address::of_contacts(&db.reader(scope), scope, ids()).await?;
    for contact in contacts.iter_mut() {
        contact.addresses = further.remove(contact.id.as_str()).unwrap_or_default();
    }
    mark_suppressed(db, scope, contacts).await?;
    let ids = || contacts.iter().map(|contact| contact.id.as_str());
    let mut tags = contact_set::of_contacts(&db.reader(scope), scope, SetKind::Tag, ids()).await?;
    let mut values = custom_field::of_contacts(&db.reader(scope), scope, ids()).await?;
    let scores = crate::icp::best_of(&db.reader(scope), scope, ids()).await?;
    for contact in contacts {
        contact.icp_score = scores.get(contact.id.as_str()).copied();
        contact.tags = tags.remove(contact.id.as_str()).unwrap_or_default();
        contact.custom = values.remove(contact.id.as_str()).unwrap_or_default();
    }
    Ok(())
}

async fn mark_suppressed(db: &Db, scope: &Scope, contacts: &mut [Contact]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Hit {
        channel: String,
        value_key: String,
    }
    for contact in contacts.iter_mut() {
        contact.email_key = contact.email.as_deref().map(str::to_lowercase);
    }
    let own = contacts.iter().flat_map(|c| [c.email_key.as_deref(), c.phone.as_deref()]).flatten();
    let further = contacts.iter().flat_map(|c| &c.addresses).map(|further| further.value_key.as_str());
    let keys: Vec<&str> = own.chain(further).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select channel, value_key from suppressions where workspace_id = $1
         and value_key in {} order by channel",
        listed(db.backend(), 2)
    );
    let hits: Vec<Hit> = rows(&db.reader(scope), &sql, binds![scope.ws(), text_list(keys)]).await?;
    for hit in hits {
        for contact in contacts.iter_mut() {
            let is_theirs = [&contact.email_key, &contact.phone]
                .iter()
                .any(|k| k.as_deref() == Some(hit.value_key.as_str()))
                || contact.addresses.iter().any(|further| further.value_key == hit.value_key);
            if is_theirs && !contact.suppressed.contains(&hit.channel) {
                contact.suppressed.push(hit.channel.clone());
            }
        }
    }
    Ok(())
}

/// Creates a contact.
pub async fn create(tx: &Tx, scope: &Scope, id: &ContactId, f: &Fields, now: i64) -> Result<()> {
    let company_id = match &f.company {
        Some(name) => Some(company::ensure(tx, scope, name, now).await?),
        None => None,
    };
    run(
        tx,
        "insert into contacts (id, workspace_id, owner_id, email, email_key, phone, first_name, last_name, company_id, company,
           title, city, country, time_zone, status, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        binds![
            id,
            scope.ws(),
            scope.member.clone(),
            f.email.clone(),
            f.email_key.clone(),
            f.phone.clone(),
            f.first_name.clone(),
            f.last_name.clone(),
            company_id,
            f.company.clone(),
            f.title.clone(),
            f.city.clone(),
            f.country.clone(),
            f.time_zone.clone(),
            f.status.as_deref().unwrap_or("No Activity"),
            now
        ],
    )
    .await?;
    contact_set::changed(tx, scope, [id.as_str()]).await?;
    crate::search::write(tx, scope, Kind::Contact, [id.as_str()]).await?;
    let data = serde_json::json!({ "contact_id": id, "owner_id": scope.member });
    crate::webhook::tell(tx, scope, "contact.created", Some(id.to_string()), data, now).await
}

/// The name of a contact's company as it is until the end of the transaction, for whoever changes something else.
pub async fn company_now(tx: &Tx, scope: &Scope, id: &ContactId) -> Result<Option<String>> {
    company::settled(tx, scope).await?;
    let sql = "select company as value from contacts where workspace_id = $1 and id = $2";
    scalar::<Option<String>>(tx, sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("contact"))
}

/// Overwrites all fields of a contact. Its time of change always rises: whoever remembers the time knows whether
/// somebody has changed it since. Enrollments that were held for a missing value become due again.
pub async fn update(tx: &Tx, scope: &Scope, id: &ContactId, f: &Fields, now: i64) -> Result<()> {
    let company_id = match &f.company {
        Some(name) => Some(company::ensure(tx, scope, name, now).await?),
        None => None,
    };
    let changed = run(
        tx,
        "update contacts set email = $3, email_key = $4, phone = $5, first_name = $6, last_name = $7, company_id = $8, company = $9,
           title = $10, city = $11, country = $12, time_zone = $13, status = coalesce($14, status),
           updated_at = case when updated_at < $15 then $15 else updated_at + 1 end
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            id,
            f.email.clone(),
            f.email_key.clone(),
            f.phone.clone(),
            f.first_name.clone(),
            f.last_name.clone(),
            company_id,
            f.company.clone(),
            f.title.clone(),
            f.city.clone(),
            f.country.clone(),
            f.time_zone.clone(),
            f.status.clone(),
            now
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("contact"));
    }
    contact_address::tidy(tx, scope, id).await?;
    contact_set::changed(tx, scope, [id.as_str()]).await?;
    crate::search::write(tx, scope, Kind::Contact, [id.as_str()]).await?;
    go_on(tx, scope, id, now).await
}

/// Enrollments that were held for a missing value become due again.
async fn go_on(tx: &Tx, scope: &Scope, id: &ContactId, now: i64) -> Result<()> {
    run(
        tx,
        "update enrollments set status = 'active', due_at = $3, reason = null, detail = null
         where workspace_id = $1 and contact_id = $2 and status = 'paused' and reason in ('missing_value', 'no_address')",
        binds![scope.ws(), id, now],
    )
    .await?;
    Ok(())
}

/// Sets the status of one contact, as a funnel or an answer does.
pub async fn set_status(tx: &Tx, scope: &Scope, id: &ContactId, status: &str, now: i64) -> Result<()> {
    run(
        tx,
        "update contacts set status = $3, updated_at = case when updated_at < $4 then $4 else updated_at + 1 end
         where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, status, now],
    )
    .await?;
    contact_set::changed(tx, scope, [id.as_str()]).await
}

/// Hands contacts over to a member, with their conversations. Returns how many changed hands.
pub async fn assign(tx: &Tx, scope: &Scope, query: &Query, owner: &MemberId, now: i64) -> Result<u64> {
    let mut filter = query.filter(scope, tx.get_database_backend());
    filter.and("coalesce(c.owner_id, '') <> ?", binds![owner]);
    let to = filter.next() - 1;
    let conversations = format!(
        "update conversations set owner_id = ${to}, assignee_id = null
         where workspace_id = $1 and contact_id in (select c.id from contacts c where {})",
        filter.sql
    );
    run(tx, &conversations, filter.values.clone()).await?;
    let contacts = format!(
        "update contacts as c set owner_id = ${to},
               updated_at = case when updated_at < ${n} then ${n} else updated_at + 1 end where {}",
        filter.sql,
        n = to + 1
    );
    filter.values.push(now.into());
    let assigned = run(tx, &contacts, filter.values).await?;
    if assigned > 0 {
        crate::segment::walk_all(tx, scope).await?;
    }
    Ok(assigned)
}
