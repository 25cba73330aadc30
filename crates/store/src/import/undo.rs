//! Undoing an import: contacts that it made go, those that it changed get their values back, and whoever has been
//! touched by somebody else since is left alone and counted. Companies that it was the first to name go as well, where
//! nobody is with them and nobody has written anything about them.
//!
//! It goes in small transactions, each of which also writes how far it is: a crash neither repeats nor skips a row.

use super::{Import, rows::CHANGED};
use crate::{
    Db, Result, Scope, Tx, company, consent, contact_set,
    custom_field::{self, CustomField, Setting},
    error::Error,
    search::{self, Kind},
    sql::{binds, items, rows, run, text_list},
};
use domain::{
    custom_field::Value,
    ids::{ContactId, CustomFieldId, ImportId, JobId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// How far an undo is, and what came of it so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Undone {
    /// Contacts that the import had made and that are gone.
    pub removed: i64,
    /// Contacts that have their earlier values back.
    pub restored: i64,
    /// Contacts that were left alone because somebody has changed them since.
    pub edited: i64,
    /// Contacts that were left alone because they are in a campaign, or there are messages with them.
    pub in_use: i64,
    /// What it wrote down that people agreed to is taken back. First of all, so that no consent of this import keeps a
    /// contact here that it made.
    is_consent_done: bool,
    /// The contacts that the import made are dealt with.
    is_made_done: bool,
    /// Those that it changed are dealt with: what is left are the companies that it was the first to name.
    is_restored: bool,
    /// The contact behind which it goes on.
    after: String,
}

impl Undone {
    /// All contacts that have been dealt with.
    pub fn done(&self) -> i64 {
        self.removed + self.restored + self.edited + self.in_use
    }
}

/// Begins: remembers the job. An undo that is under way or over is [`Error::Conflict`].
pub async fn ask(tx: &Tx, scope: &Scope, import: &Import, job: &JobId, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update imports set undo_job_id = $3, undo_asked_at = $4
         where workspace_id = $1 and id = $2 and undone_at is null and coalesce(undo_job_id, '') = $5",
        binds![
            scope.ws(),
            &import.id,
            job,
            now,
            import.undo_job_id.as_ref().map(ToString::to_string).unwrap_or_default()
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::Conflict("somebody else is undoing this import".into()));
    }
    Ok(())
}

/// Deals with at most `limit` further contacts or companies. `false` when there are no more.
pub async fn go_on(
    tx: &Tx,
    scope: &Scope,
    import: &Import,
    undone: &mut Undone,
    limit: i64,
    now: i64,
) -> Result<bool> {
    if undone.is_restored {
        return Ok(company::unused_of_import(tx, scope, &import.id, limit).await? > 0);
    }
    if !undone.is_consent_done {
        undone.is_consent_done =
            consent::take_back(tx, scope, &import.id, limit).await? < limit.unsigned_abs();
        return Ok(true);
    }
    // Before any contact is held.
    company::settled(tx, scope).await?;
    if undone.is_made_done {
        undone.is_restored = !restore(tx, scope, import, undone, limit, now).await?;
        return Ok(true);
    }
    if !remove(tx, scope, import, undone, limit).await? {
        undone.is_made_done = true;
        undone.after.clear();
    }
    Ok(true)
}

/// Writes how far it is, in the transaction of [`go_on`].
pub async fn advance(tx: &Tx, scope: &Scope, id: &ImportId, undone: &Undone, end: Option<i64>) -> Result<()> {
    let text = serde_json::to_string(undone).map_err(|error| Error::Unusable(error.to_string()))?;
    let sql = "update imports set undo = $3, undone_at = $4 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, text, end]).await?;
    Ok(())
}

/// Forgets what the undo of imports needs, of rows written before this moment.
pub async fn forget(db: &Db, before: i64) -> Result<u64> {
    let tx = db.begin().await?;
    let gone = run(&tx, "delete from import_changes where written_at < $1", binds![before]).await?;
    tx.commit().await?;
    Ok(gone)
}

#[derive(FromQueryResult)]
struct One {
    id: String,
}

#[derive(FromQueryResult)]
struct State {
    id: String,
    in_use: bool,
    edited: bool,
}

/// Removes contacts that the import made, as far as nobody has had to do with them since.
async fn remove(tx: &Tx, scope: &Scope, import: &Import, undone: &mut Undone, limit: i64) -> Result<bool> {
    let Some(last) = &import.last_contact_id else { return Ok(false) };
    // Locked before anything is asked about them: who enrolls one of them afterwards finds nobody.
    let sql = format!(
        "select c.id from contacts c where c.workspace_id = $1 and c.id > $2 and c.id <= $3 and c.import_id = $4
         order by c.id limit $5{}",
        lock(tx)
    );
    let values = binds![scope.ws(), undone.after.as_str(), last, &import.id, limit];
    let ids: Vec<String> = rows::<One>(tx, &sql, values).await?.into_iter().map(|one| one.id).collect();
    let Some(end) = ids.last() else { return Ok(false) };
    undone.after.clone_from(end);
    let backend = tx.get_database_backend();
    let sql = format!(
        "select c.id,
           exists (select 1 from conversations v where v.workspace_id = $1 and v.contact_id = c.id)
             or exists (select 1 from enrollments e where e.workspace_id = $1 and e.contact_id = c.id) as in_use,
           (c.updated_at <> c.created_at and not exists
             (select 1 from import_changes r
              where r.workspace_id = $1 and r.import_id = $3 and r.contact_id = c.id and r.at = c.updated_at))
           or exists (select 1 from targets t where t.workspace_id = $1 and t.contact_id = c.id)
           or exists (select 1 from contact_addresses a where a.workspace_id = $1 and a.contact_id = c.id)
           or exists (select 1 from consents k where k.workspace_id = $1 and k.contact_id = c.id)
           or exists (select 1 from merges g where g.workspace_id = $1 and g.survivor_id = c.id and g.undone_at is null)
           or exists (select 1 from set_members m join contact_sets s on s.id = m.set_id and s.kind <> 'segment'
                      where m.workspace_id = $1 and m.contact_id = c.id and m.set_id not in {}) as edited
         from contacts c where c.workspace_id = $1 and c.id in {}",
        crate::sql::listed(backend, 4),
        crate::sql::listed(backend, 2)
    );
    let sets = text_list(sets_of(import)?);
    let values = binds![scope.ws(), text_list(&ids), &import.id, sets];
    let states: Vec<State> = rows(tx, &sql, values).await?;
    undone.in_use += states.iter().filter(|state| state.in_use).count() as i64;
    undone.edited += states.iter().filter(|state| state.edited && !state.in_use).count() as i64;
    let free: Vec<String> =
        states.into_iter().filter(|state| !state.in_use && !state.edited).map(|state| state.id).collect();
    undone.removed += free.len() as i64;
    search::forget(tx, scope, Kind::Contact, free.iter().map(String::as_str)).await?;
    let free = text_list(free);
    for table in
        ["set_members", "custom_values", "import_changes", "icp_scores", "icp_changes", "bulk_changes"]
    {
        let sql = format!(
            "delete from {table} where workspace_id = $1 and contact_id in {}",
            crate::sql::listed(backend, 2)
        );
        run(tx, &sql, binds![scope.ws(), free.as_str()]).await?;
    }
    let sql =
        format!("delete from contacts where workspace_id = $1 and id in {}", crate::sql::listed(backend, 2));
    run(tx, &sql, binds![scope.ws(), free]).await?;
    Ok(true)
}

/// The tags and lists that the rules of an import name.
fn sets_of(import: &Import) -> Result<Vec<String>> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Named {
        id: String,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Sets {
        tags: Vec<Named>,
        list: Option<Named>,
    }
    let sets: Option<Sets> = serde_json::from_str(import.mapping.as_deref().unwrap_or("null"))
        .map_err(|error| Error::Unusable(error.to_string()))?;
    Ok(sets
        .map(|sets| sets.tags.into_iter().chain(sets.list).map(|set| set.id).collect())
        .unwrap_or_default())
}

#[derive(FromQueryResult)]
struct Change {
    contact_id: String,
    before: Option<String>,
    sets: Option<String>,
    is_same: bool,
    is_made_here: bool,
}

#[derive(Deserialize)]
struct Before {
    fields: Map<String, Json>,
    custom: BTreeMap<CustomFieldId, Option<String>>,
}

/// Gives contacts that were there before the import their values back, and takes them out of the sets that it put
/// them into.
async fn restore(
    tx: &Tx,
    scope: &Scope,
    import: &Import,
    undone: &mut Undone,
    limit: i64,
    now: i64,
) -> Result<bool> {
    let sql = format!(
        "select r.contact_id, r.before, r.sets, coalesce(c.updated_at = r.at, false) as is_same,
           coalesce(c.import_id = r.import_id, false) as is_made_here
         from import_changes r join contacts c on c.workspace_id = r.workspace_id and c.id = r.contact_id
         where r.workspace_id = $1 and r.import_id = $2 and r.contact_id > $3
         order by r.contact_id limit $4{}",
        lock(tx)
    );
    let values = binds![scope.ws(), &import.id, undone.after.as_str(), limit];
    let changes: Vec<Change> = rows(tx, &sql, values).await?;
    let Some(end) = changes.last() else { return Ok(false) };
    undone.after.clone_from(&end.contact_id);
    let changes: Vec<Change> = changes.into_iter().filter(|change| !change.is_made_here).collect();
    let mut back: Vec<(ContactId, Before)> = Vec::new();
    for change in &changes {
        let Some(before) = &change.before else { continue };
        if !change.is_same {
            undone.edited += 1;
            continue;
        }
        let damaged =
            |error: &dyn std::fmt::Display| Error::Unusable(format!("a kept contact is damaged: {error}"));
        let id = change.contact_id.parse().map_err(|error| damaged(&error))?;
        back.push((id, serde_json::from_str(before).map_err(|error| damaged(&error))?));
    }
    undone.restored += back.len() as i64;
    leave_sets(tx, scope, &changes).await?;
    write_back(tx, scope, &back, now).await?;
    search::write(tx, scope, Kind::Contact, back.iter().map(|(id, _)| id.as_str())).await?;
    contact_set::changed(tx, scope, changes.iter().map(|change| change.contact_id.as_str())).await?;
    Ok(true)
}

async fn leave_sets(tx: &Tx, scope: &Scope, changes: &[Change]) -> Result<()> {
    let mut left = Vec::new();
    for change in changes {
        let sets: Vec<String> = serde_json::from_str(change.sets.as_deref().unwrap_or("[]"))
            .map_err(|error| Error::Unusable(error.to_string()))?;
        left.extend(sets.into_iter().map(|set| json!({ "c": change.contact_id, "s": set })));
    }
    if left.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "delete from set_members where workspace_id = $1 and (set_id, contact_id) in
           (select item.value->>'s', item.value->>'c' from {})",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), Json::Array(left).to_string()]).await?;
    Ok(())
}

async fn write_back(tx: &Tx, scope: &Scope, back: &[(ContactId, Before)], now: i64) -> Result<()> {
    if back.is_empty() {
        return Ok(());
    }
    let name = |before: &Before| before.fields.get("company").and_then(Json::as_str).map(str::to_owned);
    let mut names: Vec<String> = back.iter().filter_map(|(_, before)| name(before)).collect();
    names.sort_unstable();
    names.dedup();
    let companies: BTreeMap<String, String> = company::ensure_all(tx, scope, &names, None, now)
        .await?
        .into_iter()
        .map(|(key, id)| (key, id.to_string()))
        .collect();
    let list = back.iter().map(|(id, before)| {
        let mut item = before.fields.clone();
        let company = name(before).and_then(|name| companies.get(&company::key(&name)));
        item.insert("workspace_id".into(), scope.ws().into());
        item.insert("id".into(), id.as_str().into());
        item.insert("company_id".into(), company.map(String::as_str).into());
        Json::Object(item)
    });
    let sets: Vec<String> =
        CHANGED.iter().map(|column| format!("{column} = item.value->>'{column}'")).collect();
    let sql = format!(
        "update contacts as c set {}, company_id = item.value->>'company_id', updated_at = c.updated_at + 1 from {}
         where c.workspace_id = item.value->>'workspace_id' and c.id = item.value->>'id'",
        sets.join(", "),
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![Json::Array(list.collect()).to_string()]).await?;
    let fields = custom_field::list_in(tx, scope).await?;
    let mut values: Vec<(&ContactId, &CustomFieldId, Option<Value>)> = Vec::new();
    for (contact, before) in back {
        for (id, text) in &before.custom {
            // A field that holds something else by now, or is gone, has nothing to get back.
            if let Some(value) =
                fields.iter().find(|field| field.id == *id).and_then(|field| read(field, text))
            {
                values.push((contact, id, value));
            }
        }
    }
    let settings: Vec<Setting<'_>> = values
        .iter()
        .map(|(contact, field, value)| Setting { contact, field, value: value.as_ref() })
        .collect();
    custom_field::set_all(tx, scope, &settings).await
}

/// A value as the field holds it now; `None` when it would not.
fn read(field: &CustomField, text: &Option<String>) -> Option<Option<Value>> {
    field.kind.read(text.as_deref().unwrap_or_default(), &field.choices()).ok()
}

/// Where there are other writers.
fn lock(tx: &Tx) -> &'static str {
    match tx.get_database_backend() {
        DbBackend::Sqlite => "",
        _ => " for update of c",
    }
}
