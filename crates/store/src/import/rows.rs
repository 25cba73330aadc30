//! Writing the rows of a chunk: look up whom they meet, work out what that means, write it.

use super::{
    FieldRules, OnMatch,
    batch::{Batch, NONE, Row},
    indexes::{self, Index},
    merge::{Changed, Known, Plan, Rule, Span, Written, merge},
};
use crate::{
    Db, Result, Scope, Tx, company,
    consent::Agreed,
    contact::Fields,
    sql::{binds, items, new_ids, rows, run, scalar},
    sqlite::within,
};
use domain::{
    ids::{CompanyId, ContactId, CustomFieldId, MemberId},
    import::MatchBy,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde_json::{Map, Value as Json};
use std::collections::{HashMap, HashSet};

mod aside;
mod direct;
mod further;

/// What an import remembers from chunk to chunk, only to be faster. It may be thrown away at any time; after a
/// rolled back chunk it must be, because it may name companies that were rolled back too.
#[derive(Debug, Default)]
pub struct Memory {
    /// Ids by the name as it is written in the file.
    companies: HashMap<String, CompanyId, foldhash::fast::RandomState>,
    /// What [`company::settled`] said when they were learnt.
    settled: i64,
    /// Of the last chunk, few rows met a contact.
    meets_few: bool,
}

/// Most names that are kept: some 20 MB.
const NAMES: usize = 100_000;

/// What is to be written.
#[derive(Debug)]
pub struct Rows<'a> {
    /// Id of the import.
    pub import: &'a str,
    /// The accepted rows of a chunk, sealed.
    pub batch: Batch,
    /// What finds the contacts that they meet.
    pub match_by: MatchBy,
    /// What happens to these.
    pub on_match: OnMatch,
    /// What happens to single fields instead.
    pub by_field: Option<&'a FieldRules>,
    /// The custom fields that rows have values of.
    pub custom: &'a [CustomFieldId],
    /// The tags and lists that the contacts are put into.
    pub sets: &'a [String],
    /// Whom new contacts are given to, in turn; nobody named: who imports.
    pub owners: &'a [MemberId],
    /// New contacts that the import has made before, so that the turns go on.
    pub made_before: i64,
    /// What the contacts agreed to.
    pub agreed: Option<&'a Agreed>,
}

/// Writes the accepted rows of a chunk, one after the other.
///
/// `None`: somebody else made a contact with one of the addresses between our look and our write. Roll back,
/// drop `memory`, and write the chunk again; the other contact can be seen then. It cannot happen on SQLite,
/// where a write transaction is alone.
pub async fn write(
    db: &Db,
    tx: &mut Tx,
    scope: &Scope,
    rows: Rows<'_>,
    memory: &mut Memory,
    now: i64,
) -> Result<Option<Written>> {
    let Rows { import, batch, match_by, on_match, by_field, custom, sets, owners, made_before, agreed } =
        rows;
    let rule = Rule { match_by, on_match, by_field };
    let made = New { scope, import, now, custom, sets, owners, made_before, agreed };
    let settled = company::settled(tx, scope).await?;
    if settled != memory.settled {
        memory.companies.clear();
        memory.settled = settled;
    }
    if !db.is_postgres() {
        return write_directly(db, tx, made, batch, rule, memory).await;
    }
    let mut known = lookup(tx, scope, &batch, match_by).await?;
    further::look(tx, scope, &batch, &mut known).await?;
    aside::load(tx, &made, &mut known).await?;
    let suppressed = suppressed(tx, scope, &batch).await?;
    let mut plan = merge(known, batch, rule);
    plan.outcomes.suppressed = suppressed;
    let (refused, left) = split(std::mem::take(&mut plan.refused));
    if !refused.is_empty() {
        plan.outcomes.suppressed -= self::suppressed(tx, scope, &left).await?;
    }
    learn(tx, &made, memory, &plan).await?;
    let (inserted, ids) = insert(tx, &made, &plan.created, memory).await?;
    if inserted != plan.created.len() as u64 {
        return Ok(None);
    }
    update(tx, &made, &plan.changed, memory).await?;
    let created: Vec<(&ContactId, &Row)> = ids.iter().zip(&plan.created).collect();
    aside::write(tx, &made, &created, &plan.changed, &plan.met).await?;
    let ids = ids.first().cloned().zip(ids.last().cloned());
    Ok(Some(Written { outcomes: plan.outcomes, ids, refused }))
}

/// The places of refused rows, and the rows.
fn split(refused: Vec<(usize, Row)>) -> (Vec<usize>, Batch) {
    let (mut places, mut left) = (Vec::with_capacity(refused.len()), Batch::default());
    for (place, row) in refused {
        places.push(place);
        left.push(row);
    }
    (places, left)
}

/// The same on SQLite. While few rows meet a contact, most are written without a look before: the index of e-mail
/// addresses tells at no cost whether there is one, and only those that clash are looked up and merged with the others.
async fn write_directly(
    db: &Db,
    tx: &mut Tx,
    mut made: New<'_>,
    batch: Batch,
    rule: Rule<'_>,
    memory: &mut Memory,
) -> Result<Option<Written>> {
    let rows = batch.len();
    if batch.phones(rule.match_by).next().is_some() {
        // Each of these rows looks for its phone number.
        indexes::require(tx, Index::Phone).await?;
    }
    let suppressed =
        within(&db.handle, tx, |connection| direct::suppressed(connection, made.scope, &batch)).await?;
    let (mut plain, mut rest) = set_apart(tx, &made, batch, rule, memory).await?;
    let first =
        within(&db.handle, tx, |connection| direct::insert(connection, &made, &plain, memory)).await?;
    if !first.clashes.is_empty() {
        rest.extend(first.clashes.iter().map(|at| std::mem::take(&mut plain[*at])));
    }
    let put_in = plain.len() - first.clashes.len();
    made.made_before += put_in as i64;

    let mut known =
        within(&db.handle, tx, |connection| direct::look(connection, made.scope, &rest, rule.match_by))
            .await?;
    further::look(tx, made.scope, &rest, &mut known).await?;
    aside::load(tx, &made, &mut known).await?;
    let mut plan = merge(known, rest, rule);
    plan.outcomes.created += put_in as i64;
    plan.outcomes.suppressed = suppressed;
    let (refused, left) = split(std::mem::take(&mut plan.refused));
    if !refused.is_empty() {
        plan.outcomes.suppressed -=
            within(&db.handle, tx, |connection| direct::suppressed(connection, made.scope, &left)).await?;
    }
    learn(tx, &made, memory, &plan).await?;
    let second =
        within(&db.handle, tx, |connection| direct::insert(connection, &made, &plan.created, memory)).await?;
    if !second.clashes.is_empty() {
        return Ok(None);
    }
    update(tx, &made, &plan.changed, memory).await?;
    let of_plain = first.made.iter().map(|(id, at)| (id, &plain[*at]));
    let of_plan = second.made.iter().map(|(id, at)| (id, &plan.created[*at]));
    let created: Vec<(&ContactId, &Row)> = of_plain.chain(of_plan).collect();
    aside::write(tx, &made, &created, &plan.changed, &plan.met).await?;
    memory.meets_few = plan.outcomes.created * 5 > rows as i64 * 4;
    let ids = match (first.span, second.span) {
        (Some((lowest, _)), Some((_, highest))) => Some((lowest, highest)),
        (first, second) => first.or(second),
    };
    let outcomes = plan.outcomes;
    // Tens of thousands of texts of another thread are given back beside the writing of the next ones.
    drop(tokio::task::spawn_blocking(move || drop((plain, plan))));
    Ok(Some(Written { outcomes, ids, refused }))
}

/// The rows that may be written without a look before, in the order of the index, and the others.
async fn set_apart(
    tx: &Tx,
    made: &New<'_>,
    batch: Batch,
    rule: Rule<'_>,
    memory: &Memory,
) -> Result<(Vec<Row>, Batch)> {
    let mut trusted = memory.trusted(&batch, rule.match_by);
    if !trusted.contains(&true) {
        return Ok((Vec::new(), batch));
    }
    // Whoever has one of the addresses as a further one is met, and no index of contacts tells.
    let mut known = Vec::new();
    further::look(tx, made.scope, &batch, &mut known).await?;
    for rank in known.iter().flat_map(|contact| &contact.further).filter_map(|email| batch.rank(email)) {
        trusted[rank as usize] = false;
    }
    Ok(batch.set_apart(&trusted))
}

impl Memory {
    /// By rank of the e-mail address: whether its row may be written without a look before. It must be the only one
    /// with that address, so that what it clashes with can be merged with it alone; its company must exist, so that
    /// none is made for nobody; and no row of the batch may look for a phone number, which the row could change.
    fn trusted(&self, batch: &Batch, by: MatchBy) -> Vec<bool> {
        let may_be = self.meets_few && by != MatchBy::Phone && !batch.ranks.contains(&NONE);
        let mut trusted = vec![may_be; batch.emails().len()];
        if !trusted.contains(&true) {
            return trusted;
        }
        let mut seen = vec![false; trusted.len()];
        for (row, rank) in batch.rows.iter().zip(&batch.ranks) {
            let rank = *rank as usize;
            let is_known = row.fields.company.as_ref().is_none_or(|name| self.companies.contains_key(name));
            trusted[rank] &= is_known && !seen[rank];
            seen[rank] = true;
        }
        trusted
    }
}

/// What all new contacts of an import have in common.
struct New<'a> {
    scope: &'a Scope,
    import: &'a str,
    now: i64,
    custom: &'a [CustomFieldId],
    sets: &'a [String],
    owners: &'a [MemberId],
    made_before: i64,
    agreed: Option<&'a Agreed>,
}

impl New<'_> {
    /// Whether more than the contacts themselves is written, so that their ids are wanted.
    fn wants_ids(&self) -> bool {
        !self.custom.is_empty() || !self.sets.is_empty() || self.agreed.is_some()
    }

    /// Whether owners take turns.
    fn takes_turns(&self) -> bool {
        self.owners.len() > 1
    }

    /// The owner of the contact that is the nth new one of the chunk.
    fn owner(&self, nth: usize) -> Option<&MemberId> {
        if self.owners.is_empty() {
            return self.scope.member.as_ref();
        }
        let turn = usize::try_from(self.made_before).unwrap_or(0) + nth;
        self.owners.get(turn % self.owners.len())
    }
}

/// A JSON list of texts.
pub(super) fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    Json::Array(texts.map(Json::from).collect()).to_string()
}

/// Behind a column: that it is one of the texts in the JSON list `$n`. What PostgreSQL believes of how many rows a workspace
/// has may be long past: it begins at the list, whatever that is.
pub(super) fn is_among(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Sqlite => format!("in (select value from json_each(${n}))"),
        _ => format!(
            "= any (array(select value from jsonb_array_elements_text(cast(${n} as jsonb)) as t(value)))"
        ),
    }
}

/// A contact that rows may meet.
#[derive(FromQueryResult)]
pub(super) struct Found {
    pub(super) id: ContactId,
    pub(super) owner_id: Option<MemberId>,
    pub(super) email: Option<String>,
    pub(super) email_key: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) company: Option<String>,
    pub(super) title: Option<String>,
    pub(super) city: Option<String>,
    pub(super) country: Option<String>,
    pub(super) time_zone: Option<String>,
}

pub(super) const FOUND: &str =
    "c.id, c.owner_id, c.email, c.email_key, c.phone, c.first_name, c.last_name, c.company, c.title, c.city,
    c.country, c.time_zone";

impl Found {
    fn known(self, scope: &Scope) -> Known {
        Known {
            is_visible: scope.may_see(self.owner_id.as_ref().map(MemberId::as_str)),
            id: self.id,
            fields: Fields {
                email: self.email,
                email_key: self.email_key,
                phone: self.phone,
                first_name: self.first_name,
                last_name: self.last_name,
                company: self.company,
                title: self.title,
                city: self.city,
                country: self.country,
                time_zone: self.time_zone,
                status: None,
            },
            further: Vec::new(),
            custom: Vec::new(),
        }
    }
}

/// The contacts that the rows meet, locked: there are other writers.
async fn lookup(tx: &Tx, scope: &Scope, batch: &Batch, by: MatchBy) -> Result<Vec<Known>> {
    let find = |column: &str| {
        format!(
            // By the address: the indexes that begin with the workspace are none for `workspace_id || ''`.
            "select {FOUND} from contacts c where c.workspace_id || '' = $1 and c.{column} {} order by c.id for update",
            is_among(DbBackend::Postgres, 2)
        )
    };
    let mut found: Vec<Found> = Vec::new();
    let keys = list(batch.emails());
    if keys.len() > 2 {
        found.extend(rows::<Found>(tx, &find("email_key"), binds![scope.ws(), keys]).await?);
    }
    let phones = list(batch.phones(by));
    if phones.len() > 2 {
        let by_phone: Vec<Found> = rows(tx, &find("phone"), binds![scope.ws(), phones]).await?;
        let seen: HashSet<ContactId> = found.iter().map(|contact| contact.id.clone()).collect();
        found.extend(by_phone.into_iter().filter(|contact| !seen.contains(&contact.id)));
    }
    Ok(found.into_iter().map(|found| found.known(scope)).collect())
}

/// How many rows have an address that is suppressed on some channel.
async fn suppressed(tx: &Tx, scope: &Scope, batch: &Batch) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Hit {
        value_key: String,
    }
    let any = "select 1 as value from suppressions where workspace_id = $1 limit 1";
    if scalar::<i32>(tx, any, binds![scope.ws()]).await?.is_none() {
        return Ok(0);
    }
    let addresses = list(batch.addresses());
    let sql = format!(
        "select distinct value_key from suppressions where workspace_id = $1 and value_key {}",
        is_among(tx.get_database_backend(), 2)
    );
    let hits: Vec<Hit> = rows(tx, &sql, binds![scope.ws(), addresses]).await?;
    let hits: HashSet<String> = hits.into_iter().map(|hit| hit.value_key).collect();
    let is_hit = |key: &Option<String>| key.as_ref().is_some_and(|key| hits.contains(key));
    Ok(batch.rows.iter().filter(|row| is_hit(&row.fields.email_key) || is_hit(&row.fields.phone)).count()
        as i64)
}

/// Makes sure that every company of the plan has an id in `memory`.
async fn learn(tx: &Tx, made: &New<'_>, memory: &mut Memory, plan: &Plan) -> Result<()> {
    let moved = plan.changed.iter().filter(|contact| contact.has_new_company).map(|contact| &contact.fields);
    let names = plan
        .created
        .iter()
        .map(|row| &row.fields)
        .chain(moved)
        .filter_map(|fields| fields.company.as_deref());
    if memory.companies.len() > NAMES {
        memory.companies.clear();
    }
    let unknown: HashSet<&str> = names.filter(|name| !memory.companies.contains_key(*name)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let mut unknown: Vec<String> = unknown.into_iter().map(str::to_owned).collect();
    // The same order in every transaction, so that two never wait for each other.
    unknown.sort_unstable();
    let ids: HashMap<String, CompanyId> =
        company::ensure_all(tx, made.scope, &unknown, Some(made.import), made.now)
            .await?
            .into_iter()
            .collect();
    for name in unknown {
        if let Some(id) = ids.get(&company::key(&name)) {
            memory.companies.insert(name, id.clone());
        }
    }
    Ok(())
}

/// The columns of a new contact that differ from row to row, in the order of [`cells`].
const COLUMNS: &str = "id, email, email_key, phone, first_name, last_name, company, company_id, title, city, country, time_zone";
const WIDTH: usize = 12;

fn cells<'a>(id: &'a ContactId, f: &'a Fields, memory: &'a Memory) -> [Option<&'a str>; WIDTH] {
    let company_id = f.company.as_ref().and_then(|name| memory.companies.get(name)).map(CompanyId::as_str);
    [
        Some(id.as_str()),
        f.email.as_deref(),
        f.email_key.as_deref(),
        f.phone.as_deref(),
        f.first_name.as_deref(),
        f.last_name.as_deref(),
        f.company.as_deref(),
        company_id,
        f.title.as_deref(),
        f.city.as_deref(),
        f.country.as_deref(),
        f.time_zone.as_deref(),
    ]
}

/// One statement for all, the rows as a JSON list of lists. Returns how many were written, and the ids.
async fn insert(tx: &Tx, made: &New<'_>, created: &[Row], memory: &Memory) -> Result<(u64, Vec<ContactId>)> {
    let ids: Vec<ContactId> = new_ids(ContactId::from_uuid).take(created.len()).collect();
    if ids.is_empty() {
        return Ok((0, ids));
    }
    let owner = made.owner(0).map(ToString::to_string);
    let item = |(nth, (id, row)): (usize, (&ContactId, &Row))| {
        let cells = cells(id, &row.fields, memory);
        let turn = made.owner(nth).filter(|_| made.takes_turns()).map(MemberId::as_str);
        Json::Array(cells.into_iter().chain(turn.map(Some)).map(Json::from).collect())
    };
    let batch: Vec<Json> = ids.iter().zip(created).enumerate().map(item).collect();
    let values: Vec<String> = (0..WIDTH).map(|i| format!("item.value->>{i}")).collect();
    let sql = format!(
        "insert into contacts (workspace_id, owner_id, status, import_id, created_at, updated_at, {COLUMNS})
         select $1, coalesce(item.value->>{WIDTH}, $2), 'No Activity', $3, $4, $4, {} from {}
         on conflict (workspace_id, email_key) do nothing",
        values.join(", "),
        items(tx.get_database_backend(), 5)
    );
    let values = binds![made.scope.ws(), owner, made.import, made.now, Json::Array(batch).to_string()];
    Ok((run(tx, &sql, values).await?, ids))
}

/// Writes contacts that were there before. What was held for a missing value goes on.
async fn update(tx: &Tx, made: &New<'_>, changed: &[Changed], memory: &Memory) -> Result<()> {
    let (scope, now) = (made.scope, made.now);
    if changed.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let object = |contact: &Changed| {
        let f = &contact.fields;
        let company_id = f
            .company
            .as_ref()
            .filter(|_| contact.has_new_company)
            .and_then(|name| memory.companies.get(name));
        let mut object = Map::new();
        object.insert("workspace_id".into(), scope.ws().into());
        object.insert("id".into(), contact.id.as_str().into());
        object.insert("company_id".into(), company_id.map(CompanyId::as_str).into());
        object.extend(changeable(f));
        Json::Object(object)
    };
    let batch = Json::Array(changed.iter().map(object).collect()).to_string();
    let sets: Vec<String> =
        CHANGED.iter().map(|column| format!("{column} = item.value->>'{column}'")).collect();
    // The workspace is in the items: with it as a value, SQLite would walk the workspace and look for each contact
    // in the list.
    run(
        tx,
        &format!(
            "update contacts as c set {}, company_id = coalesce(item.value->>'company_id', c.company_id), {CHANGED_AT}
             from {} where c.workspace_id = item.value->>'workspace_id' and c.id = item.value->>'id'",
            sets.join(", "),
            items(backend, 1)
        ),
        binds![batch, now],
    )
    .await?;
    let ids = list(changed.iter().map(|contact| contact.id.as_str()));
    run(
        tx,
        &format!(
            "update enrollments set status = 'active', due_at = $3, reason = null, detail = null
             where workspace_id = $1 and contact_id {} and status = 'paused' and reason in ('missing_value', 'no_address')",
            is_among(backend, 2)
        ),
        binds![scope.ws(), ids, now],
    )
    .await?;
    Ok(())
}

/// The time of change always rises, as in [`contact::update`](crate::contact::update).
const CHANGED_AT: &str = "updated_at = case when c.updated_at < $2 then $2 else c.updated_at + 1 end";

/// The columns of a known contact that a row may change.
pub(in crate::import) const CHANGED: [&str; 8] =
    ["phone", "first_name", "last_name", "company", "title", "city", "country", "time_zone"];

/// These columns of a contact, by name.
fn changeable(f: &Fields) -> impl Iterator<Item = (String, Json)> {
    let fields =
        [&f.phone, &f.first_name, &f.last_name, &f.company, &f.title, &f.city, &f.country, &f.time_zone];
    CHANGED.iter().zip(fields).map(|(name, value)| ((*name).to_owned(), value.as_deref().into()))
}
