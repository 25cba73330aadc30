//! The contacts that match, page by page or piece by piece, and how many they are.

use super::{COLUMNS, Contact, MERGE_COLUMNS, MergeData, Query, complete, orders, several};
use crate::{
    COUNTED, Db, Page, Result, Scope, Total,
    search::{Kind, Question},
    sort::{self, Key, Place, Way},
    sql::{Filter, binds, clamp, cursor, rows, scalar, split_cursor},
};
use domain::{
    Channel,
    ids::{ContactId, MemberId},
};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Contact>> {
    if let Some(question) = query.words_alone(scope) {
        return found(db, scope, question, limit, after).await;
    }
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

/// Those that have the words, as the index tells which are the newest: what is read of an import is read in its order.
async fn found(
    db: &Db,
    scope: &Scope,
    question: &Question,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Contact>> {
    let (limit, (n, id)) = (clamp(limit), split_cursor(after)?);
    // A cursor that was made while the words were still to be read holds no number.
    let sql = "select n as value from search_documents where workspace_id = $1 and kind = 'contact' and subject_id = $2";
    let before = match after {
        Some(_) => scalar(&db.reader(scope), sql, binds![scope.ws(), id]).await?.unwrap_or(n),
        None => i64::MAX,
    };
    let hits = question.next(db, scope, Kind::Contact, (before, limit + 1)).await?;
    let Page { data: hits, next_cursor } = Page::cut(hits, limit, |hit| cursor(hit.n, &hit.subject_id));
    let mut contacts = several(db, scope, hits.iter().map(|hit| hit.subject_id.as_str())).await?;
    let data = hits.iter().filter_map(|hit| contacts.remove(hit.subject_id.as_str())).collect();
    Ok(Page { data, next_cursor })
}

/// What the newest of them offer to merge tags; custom fields come with [`super::load_custom`].
pub async fn newest_merge_data(db: &Db, scope: &Scope, query: &Query, limit: i64) -> Result<Vec<MergeData>> {
    let mut filter = query.filter(scope, db.backend());
    let n = filter.next();
    filter.values.push(limit.into());
    let sql =
        format!("select {MERGE_COLUMNS} from contacts c where {} order by c.id desc limit ${n}", filter.sql);
    rows(&db.reader(scope), &sql, filter.values).await
}

/// What a list of contacts can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
    /// By a value.
    By(Sorted, Way),
}

/// What contacts are put in order by. Up to [`COUNTED`] of them are read and sorted; of more, an index is walked (`orders`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    /// Both names; capitals make no difference.
    Name,
    /// The account's name; capitals make no difference.
    Company,
    /// The last change.
    Changed,
    /// The score of the ICP profile that fits best.
    Score,
}

/// Both names of a contact `c` as they are sorted.
pub(super) const fn of_name() -> &'static str {
    "substr(lower(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), '')), 1, 100)"
}

/// The account's name of a contact `c` as it is sorted.
pub(super) const fn of_company() -> &'static str {
    "substr(lower(nullif(c.company, '')), 1, 100)"
}

impl Sorted {
    fn key(self) -> Key<'static> {
        let (sql, is_number) = match self {
            Sorted::Name => (of_name(), false),
            Sorted::Company => (of_company(), false),
            Sorted::Changed => ("c.updated_at", true),
            Sorted::Score => (
                "(select max(f.score) from icp_scores f where f.workspace_id = $1 and f.contact_id = c.id
                    and f.profile_id in (select i.id from icp_profiles i where i.workspace_id = $1 and i.gone_at is null))",
                true,
            ),
        };
        Key { sql, is_number }
    }
}

/// A page in an order, of few or of many that match.
pub async fn ordered(
    db: &Db,
    scope: &Scope,
    query: &Query,
    (order, are_many): (Order, bool),
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Contact>> {
    let (sorted, way) = match order {
        Order::Newest => return page(db, scope, query, limit, after).await,
        Order::Oldest => return oldest(db, scope, query, limit, after).await,
        Order::By(sorted, way) => (sorted, way),
    };
    let limit = clamp(limit);
    let walked = match are_many {
        true => orders::walk(db, scope, query, (sorted, way), after, limit + 1).await?,
        false => None,
    };
    let found = match walked {
        Some(found) => found,
        None => {
            let (filter, key) = (query.filter(scope, db.backend()), sorted.key());
            sort::page(db, scope, ("contacts c", "c.id"), filter, (key, way), after, limit + 1).await?
        }
    };
    let Page { data: places, next_cursor } = Page::cut(found, limit, Place::cursor);
    let mut contacts = several(db, scope, places.iter().map(|place| place.id.as_str())).await?;
    let data = places.iter().filter_map(|place| contacts.remove(place.id.as_str())).collect();
    Ok(Page { data, next_cursor })
}

async fn oldest(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Contact>> {
    let limit = clamp(limit);
    let behind_id = match after {
        Some(_) => split_cursor(after)?.1,
        None => String::new(),
    };
    let found = behind(db, scope, query, &behind_id, limit + 1).await?;
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

/// How many match, all of them: what many match costs their reading.
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

/// How many match, counted no further than `most`.
pub async fn count_upto(db: &Db, scope: &Scope, query: &Query, most: i64) -> Result<Total> {
    if let Some(question) = query.words_alone(scope) {
        return question.count_upto(db, scope, Kind::Contact, most).await;
    }
    let filter = query.filter(scope, db.backend());
    Total::count(&db.reader(scope), &format!("contacts c where {}", filter.sql), filter.values, most).await
}

/// Of so many of the newest contacts one in [`DENSITY`] has to match for an index to be walked.
const LOOKED_AT: i64 = 5_000;
/// See [`LOOKED_AT`].
const DENSITY: i64 = 100;

/// Whether so many match that a page in an order comes sooner along an index than by putting all that match in order, told
/// without counting them: from the newest, where a rule is asked, which may have to be asked of everybody.
pub async fn are_many(db: &Db, scope: &Scope, query: &Query) -> Result<bool> {
    if query.rule.is_none() {
        return Ok(count_upto(db, scope, query, COUNTED).await?.total_is_capped);
    }
    let filter = query.walked(scope, db.backend(), true);
    let newest = format!(
        "(select * from contacts where workspace_id = $1 order by id desc limit {LOOKED_AT}) c where {}",
        filter.sql
    );
    let most = LOOKED_AT / DENSITY;
    Ok(Total::count(&db.reader(scope), &newest, filter.values, most).await?.total_is_capped)
}

/// Coverage of an audience: how many of the matching contacts lack a field.
pub async fn missing(db: &Db, scope: &Scope, query: &Query, column: &str) -> Result<i64> {
    if let Some(key) = column.strip_prefix(domain::template::CUSTOM) {
        return without_custom(db, scope, query, key).await;
    }
    let Some(expression) = value_of(column) else { return Ok(0) };
    let filter = query.filter(scope, db.backend());
    let sql =
        format!("select count(*) as value from contacts c where {} and {expression} is null", filter.sql);
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}

/// How many match, and how many of them lack each of the fields, in their order: those who match are read once.
pub async fn coverage(db: &Db, scope: &Scope, query: &Query, fields: &[String]) -> Result<(i64, Vec<i64>)> {
    let mut filter = query.filter(scope, db.backend());
    let mut sums = vec!["count(*)".to_owned()];
    for field in fields {
        let lacking = lacking(&mut filter, field).unwrap_or_else(|| "1 = 0".into());
        sums.push(format!("coalesce(sum(case when {lacking} then 1 else 0 end), 0)"));
    }
    let sums: Vec<String> = sums.into_iter().map(|sum| format!("cast({sum} as text)")).collect();
    let sql = format!("select {} as value from contacts c where {}", sums.join(" || ' ' || "), filter.sql);
    let all: Option<String> = scalar(&db.reader(scope), &sql, filter.values).await?;
    let mut counts = all.unwrap_or_default().split(' ').map(|n| n.parse().unwrap_or(0)).collect::<Vec<i64>>();
    counts.resize(fields.len() + 1, 0);
    let total = counts.remove(0);
    Ok((total, counts))
}

/// Whether `contacts c` lacks a field, as a condition; nothing where there is no such field.
fn lacking(filter: &mut Filter, field: &str) -> Option<String> {
    let Some(key) = field.strip_prefix(domain::template::CUSTOM) else {
        return value_of(field).map(|value| format!("{value} is null"));
    };
    let n = filter.next();
    filter.values.push(key.into());
    Some(format!(
        "not exists (select 1 from custom_values v join custom_fields f on f.workspace_id = v.workspace_id
           and f.id = v.field_id where v.workspace_id = $1 and v.contact_id = c.id and f.key = ${n})"
    ))
}

/// What a merge tag reads of `contacts c`; null where it has no value.
fn value_of(column: &str) -> Option<&'static str> {
    Some(match column {
        "contact.full_name" => "nullif(trim(coalesce(c.first_name, '') || coalesce(c.last_name, '')), '')",
        "contact.email" => "c.email",
        "contact.phone" => "c.phone",
        "contact.first_name" => "c.first_name",
        "contact.last_name" => "c.last_name",
        "contact.company" => "c.company",
        "contact.title" => "c.title",
        "contact.city" => "c.city",
        "contact.country" => "c.country",
        _ => return None,
    })
}

/// What somebody lacks.
pub struct Lacks<'a> {
    /// Fields that a text needs, as merge tags name them.
    pub fields: &'a [String],
    /// How it travels: an address that is missing counts less than any field.
    pub channel: Channel,
}

/// The matching contacts, those first who lack most, and of those who lack as much the newest; custom fields come with
/// [`super::load_custom`]. All that match are read for it, once.
pub async fn worst_merge_data(
    db: &Db,
    scope: &Scope,
    query: &Query,
    lacks: Lacks<'_>,
    limit: i64,
    after: Option<&str>,
) -> Result<Page<MergeData>> {
    #[derive(FromQueryResult)]
    struct Place {
        id: ContactId,
        lacks: i64,
    }
    let (most, behind) = split_cursor(after)?;
    let mut filter = query.filter(scope, db.backend());
    let mut terms = vec!["0".to_owned()];
    for field in lacks.fields {
        if let Some(lacking) = lacking(&mut filter, field) {
            terms.push(format!("case when {lacking} then 2 else 0 end"));
        }
    }
    match lacks.channel {
        Channel::Email => terms.push("case when c.email is null then 1 else 0 end".into()),
        Channel::Sms | Channel::Voicemail => terms.push("case when c.phone is null then 1 else 0 end".into()),
        // Where they have none is known for a page at a time only.
        Channel::Whatsapp | Channel::Messenger | Channel::Tiktok | Channel::Telegram => {}
    }
    let n = filter.next();
    filter.values.extend(binds![most, behind, limit + 1]);
    let sql = format!(
        "select w.id, w.lacks from (select c.id, cast({} as bigint) as lacks from contacts c where {}) w
         where w.lacks < ${n} or (w.lacks = ${n} and w.id < ${}) order by w.lacks desc, w.id desc limit ${}",
        terms.join(" + "),
        filter.sql,
        n + 1,
        n + 2
    );
    let found: Vec<Place> = rows(&db.reader(scope), &sql, filter.values).await?;
    let places = Page::cut(found, limit, |place| cursor(place.lacks, place.id.as_str()));
    let ids: Vec<ContactId> = places.data.into_iter().map(|place| place.id).collect();
    let order: HashMap<String, usize> = ids.iter().enumerate().map(|(at, id)| (id.to_string(), at)).collect();
    let these = Query { ids: Some(ids), ..Query::default() };
    let mut data = newest_merge_data(db, scope, &these, limit).await?;
    data.sort_by_key(|contact| order.get(contact.id.as_str()).copied());
    Ok(Page { data, next_cursor: places.next_cursor })
}

/// A member without a device that carries messages, and how many of the people would be written to from theirs.
#[derive(Debug, Clone, FromQueryResult)]
pub struct WithoutDevice {
    /// Their name; `None` for contacts of nobody.
    pub name: Option<String>,
    /// How many people.
    pub people: i64,
}

/// The owners of the matching contacts who have no device that carries messages, most people first. What belongs to nobody
/// leaves from the device of `instead`.
pub async fn without_device(
    db: &Db,
    scope: &Scope,
    query: &Query,
    instead: Option<&MemberId>,
) -> Result<Vec<WithoutDevice>> {
    let mut filter = query.filter(scope, db.backend());
    let n = filter.values.len() + 1;
    filter.values.extend(binds![instead.cloned()]);
    let sql = format!(
        "select u.name, count(*) as people from contacts c
           left join members m on m.workspace_id = $1 and m.id = coalesce(c.owner_id, ${n}) left join users u on u.id = m.user_id
         where {} and not exists (select 1 from api_keys k where k.workspace_id = $1 and k.kind = 'relayer'
             and k.revoked_at is null and k.member_id = coalesce(c.owner_id, ${n}))
         group by m.id, u.name order by people desc, u.name limit 20",
        filter.sql
    );
    rows(&db.reader(scope), &sql, filter.values).await
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
