//! Contacts.

mod merge_data;
mod timeline;

pub(crate) use merge_data::MERGE_COLUMNS;
pub use merge_data::{MergeData, load_custom, merge_data};
pub use timeline::{TimelineEntry, timeline};

use crate::{
    Db, Page, Result, Scope, Tx, company, consent,
    contact_address::{self, Further},
    contact_set::{self, SetKind, Tag},
    custom_field,
    error::Error,
    merge,
    scope::is_theirs,
    search::{self, Kind, Question},
    segment::Clause,
    sql::{
        At, Filter, binds, clamp, contains_as_written, cursor, listed, rows, run, scalar, split_cursor,
        text_list,
    },
};
use domain::ids::{CampaignId, CompanyId, ContactId, MemberId};
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

/// What is looked for in a list of contacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sought {
    /// Words, of which the last may only be begun, in the index of words.
    Words(Question),
    /// Part of a name, address, company or city. What cannot be found in the index, or not yet: no contact is left out
    /// because its words are still to be read.
    Text(String),
}

/// How a text is looked for now; `None` when there is nothing in it.
pub async fn sought(db: &Db, scope: &Scope, text: Option<&str>) -> Result<Option<Sought>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    Ok(Some(match Question::of(text) {
        Some(question) if !search::is_behind(db, scope).await? => Sought::Words(question),
        _ => Sought::Text(text.to_owned()),
    }))
}

/// The same as it was understood before: in the index of words, or as part of a text.
pub fn sought_again(text: Option<&str>, in_words: bool) -> Option<Sought> {
    let text = text.filter(|text| !text.trim().is_empty())?;
    let question = Question::of(text).filter(|_| in_words);
    Some(question.map_or_else(|| Sought::Text(text.to_owned()), Sought::Words))
}

fn by_text(filter: &mut Filter, text: &str) {
    let columns = ["c.email_key", "c.first_name", "c.last_name", "c.company", "c.phone", "c.city"];
    let mut parts: Vec<String> =
        columns.iter().map(|c| format!("lower({c}) like lower(?) escape '\\'")).collect();
    parts.push("lower(c.first_name || ' ' || c.last_name) like lower(?) escape '\\'".into());
    let values = vec![sea_orm::Value::from(contains_as_written(text)); parts.len()];
    filter.and(&format!("({})", parts.join(" or ")), values);
}

/// What a list of contacts is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// By words.
    pub search: Option<Sought>,
    /// Exact status.
    pub status: Option<String>,
    /// Enrolled in this campaign.
    pub campaign: Option<CampaignId>,
    /// Created by this import.
    pub import: Option<String>,
    /// In the book of this member.
    pub owner: Option<MemberId>,
    /// Of this company.
    pub company: Option<CompanyId>,
    /// Exactly these.
    pub ids: Option<Vec<ContactId>>,
    /// In this tag, list or segment.
    pub set: Option<String>,
    /// Those that a rule finds.
    pub rule: Option<Clause>,
    /// With an id behind the first, up to and with the second.
    pub between: Option<(String, String)>,
}

impl Query {
    /// The `where` clause over `contacts c`.
    pub(crate) fn filter(&self, scope: &Scope, backend: sea_orm::DbBackend) -> Filter {
        let mut filter = Filter::of(scope, "c.workspace_id");
        filter.own(scope, "c.owner_id");
        match &self.search {
            Some(Sought::Words(question)) => {
                let (hits, value) = question.hits(scope, backend, Kind::Contact);
                filter.and(&format!("c.id in {hits}"), vec![value]);
            }
            Some(Sought::Text(text)) => by_text(&mut filter, text),
            None => {}
        }
        if let Some(status) = &self.status {
            filter.and("c.status = ?", binds![status.as_str()]);
            // The index leaves out what most contacts are.
            if status != "No Activity" {
                filter.and("c.status <> 'No Activity'", vec![]);
            }
        }
        if let Some(campaign) = &self.campaign {
            filter
                .and("c.id in (select contact_id from enrollments where campaign_id = ?)", binds![campaign]);
        }
        if let Some(owner) = &self.owner {
            filter.and("c.owner_id = ?", binds![owner]);
        }
        if let Some(company) = &self.company {
            filter.and("c.company_id = ?", binds![company]);
        }
        if let Some(import) = &self.import {
            // There is no index of imports: their contacts lie together.
            filter.and(
                "c.import_id = ?
                 and c.id >= (select i.first_contact_id from imports i where i.workspace_id = c.workspace_id and i.id = ?)
                 and c.id <= (select i.last_contact_id from imports i where i.workspace_id = c.workspace_id and i.id = ?)",
                binds![import.as_str(), import.as_str(), import.as_str()],
            );
        }
        if let Some(set) = &self.set {
            let among =
                "c.id in (select m.contact_id from set_members m where m.workspace_id = $1 and m.set_id = ?)";
            filter.and(among, binds![set.as_str()]);
        }
        if let Some(rule) = &self.rule {
            filter.and(&rule.sql, rule.values.clone());
        }
        if let Some((after, upto)) = &self.between {
            filter.and("c.id > ? and c.id <= ?", binds![after.as_str(), upto.as_str()]);
        }
        if let Some(ids) = &self.ids {
            filter.sql += &format!(" and c.id in {}", listed(backend, filter.next()));
            filter.values.push(text_list(ids.iter().map(|i| i.as_str())).into());
        }
        filter
    }
}

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Contact>> {
    let (limit, (_, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = query.filter(scope, db.backend());
    filter.and("c.id < ?", binds![id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("select {COLUMNS} from contacts c where {} order by c.id desc limit ${n}", filter.sql);
    let mut found: Vec<Contact> = rows(&db.reader(scope), &sql, filter.values).await?;
    complete(db, scope, &mut found).await?;
    Ok(Page::cut(found, limit, |c| cursor(c.created_at.0, c.id.as_str())))
}

/// The next `limit` that match behind an id, in the order of ids: a file is written in such pieces.
pub async fn behind(db: &Db, scope: &Scope, query: &Query, after: &str, limit: i64) -> Result<Vec<Contact>> {
    let mut filter = query.filter(scope, db.backend());
    filter.and("c.id > ?", binds![after]);
    let n = filter.next();
    filter.values.push(limit.into());
    let sql = format!("select {COLUMNS} from contacts c where {} order by c.id limit ${n}", filter.sql);
    let mut found: Vec<Contact> = rows(&db.reader(scope), &sql, filter.values).await?;
    complete(db, scope, &mut found).await?;
    Ok(found)
}

/// The last id of the next `rows` that match behind an id; `None` when there are no further ones behind these.
pub async fn slice(db: &Db, scope: &Scope, query: &Query, after: &str, rows: i64) -> Result<Option<String>> {
    let mut filter = query.filter(scope, db.backend());
    filter.and("c.id > ?", binds![after]);
    let n = filter.next();
    filter.values.push((rows - 1).into());
    let sql = format!(
        "select c.id as value from contacts c where {} order by c.id limit 1 offset ${n}",
        filter.sql
    );
    scalar(&db.reader(scope), &sql, filter.values).await
}

/// How many match.
pub async fn count(db: &Db, scope: &Scope, query: &Query) -> Result<i64> {
    let filter = query.filter(scope, db.backend());
    Ok(scalar(
        &db.reader(scope),
        &format!("select count(*) as value from contacts c where {}", filter.sql),
        filter.values,
    )
    .await?
    .unwrap_or(0))
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
) -> Result<HashMap<ContactId, Contact>> {
    let mut filter = Filter::of(scope, "c.workspace_id");
    filter.own(scope, "c.owner_id");
    filter.sql += &format!(" and c.id in {}", listed(db.backend(), filter.next()));
    filter.values.push(text_list(ids).into());
    let sql = format!("select {COLUMNS} from contacts c where {}", filter.sql);
    let mut found: Vec<Contact> = rows(&db.reader(scope), &sql, filter.values).await?;
    complete(db, scope, &mut found).await?;
    Ok(found.into_iter().map(|contact| (contact.id.clone(), contact)).collect())
}

/// The ids of the contacts of the workspace `$1` whose own address `$2` is. Two searches: with an `or` SQLite walks the
/// workspace.
const OWN_ADDRESS: &str = "select id from contacts where workspace_id = $1 and email_key = $2
    union all select id from contacts where workspace_id = $1 and phone = $2";

/// The same for further addresses.
const FURTHER_ADDRESS: &str = "select contact_id as id from contact_addresses
    where workspace_id = $1 and kind in ('email', 'phone') and value_key = $2";

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
    for contact in contacts {
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
    search::write(tx, scope, Kind::Contact, [id.as_str()]).await?;
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
    search::write(tx, scope, Kind::Contact, [id.as_str()]).await?;
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
        "update conversations set owner_id = ${to}
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

/// Removes a contact: its queued messages are withdrawn and its enrollments end; its conversations stay.
pub async fn delete(tx: &Tx, scope: &Scope, id: &ContactId) -> Result<()> {
    let of = || binds![scope.ws(), id];
    crate::workspace::guards_changed(tx, scope).await?;
    run(
        tx,
        "update messages set status = 'cancelled', error_text = 'The contact was deleted' where workspace_id = $1 and contact_id = $2 and status = 'queued'",
        of(),
    )
    .await?;
    run(tx, "update messages set contact_id = null, enrollment_id = null where workspace_id = $1 and contact_id = $2", of()).await?;
    run(tx, "update conversations set contact_id = null where workspace_id = $1 and contact_id = $2", of())
        .await?;
    run(tx, "delete from enrollments where workspace_id = $1 and contact_id = $2", of()).await?;
    contact_set::forget(tx, scope, id.as_str()).await?;
    contact_address::forget(tx, scope, id).await?;
    consent::forget(tx, scope, id.as_str()).await?;
    crate::target::let_go(tx, scope, id).await?;
    merge::forget(tx, scope, id).await?;
    search::forget(tx, scope, Kind::Contact, [id.as_str()]).await?;
    match run(tx, "delete from contacts where workspace_id = $1 and id = $2", of()).await? {
        0 => Err(Error::NotFound("contact")),
        _ => Ok(()),
    }
}

/// Coverage of an audience: how many of the matching contacts lack a field.
pub async fn missing(db: &Db, scope: &Scope, query: &Query, column: &str) -> Result<i64> {
    if let Some(key) = column.strip_prefix(domain::template::CUSTOM) {
        return without_custom(db, scope, query, key).await;
    }
    let expression = match column {
        "contact.full_name" => "nullif(trim(coalesce(c.first_name, '') || coalesce(c.last_name, '')), '')",
        "contact.email" => "c.email",
        "contact.phone" => "c.phone",
        "contact.first_name" => "c.first_name",
        "contact.last_name" => "c.last_name",
        "contact.company" => "c.company",
        "contact.title" => "c.title",
        "contact.city" => "c.city",
        "contact.country" => "c.country",
        _ => return Ok(0),
    };
    let filter = query.filter(scope, db.backend());
    let sql =
        format!("select count(*) as value from contacts c where {} and {expression} is null", filter.sql);
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}

/// How many of the matching contacts have no value of the custom field with this key; all where there is no such field.
async fn without_custom(db: &Db, scope: &Scope, query: &Query, key: &str) -> Result<i64> {
    let mut filter = query.filter(scope, db.backend());
    let n = filter.next();
    filter.values.push(key.into());
    let sql = format!(
        "select count(*) as value from contacts c where {} and not exists
           (select 1 from custom_values v join custom_fields f on f.workspace_id = v.workspace_id and f.id = v.field_id
            where v.workspace_id = $1 and v.contact_id = c.id and f.key = ${n})",
        filter.sql
    );
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}

/// How many of the matching contacts are suppressed on a channel.
pub async fn suppressed(db: &Db, scope: &Scope, query: &Query) -> Result<i64> {
    let filter = query.filter(scope, db.backend());
    let sql = format!(
        "select count(*) as value from contacts c where {} and exists
           (select 1 from suppressions s where s.workspace_id = $1 and s.value_key in (c.email_key, c.phone))",
        filter.sql
    );
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}
