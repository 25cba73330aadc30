//! Fields that a workspace defines for its contacts, and the values of these.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, items, row, rows, run, scalar, text_list},
};
use domain::{
    custom_field::{FieldKind, Value},
    ids::{ContactId, CustomFieldId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeMap;

/// A field that a workspace defines.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CustomField {
    /// Id.
    pub id: CustomFieldId,
    /// By which programs and files name it.
    pub key: String,
    /// By which people do.
    pub name: String,
    /// What it holds.
    pub kind: FieldKind,
    /// What may be chosen, as a JSON list of texts.
    choices: String,
    /// Its place among the others.
    pub position: i64,
    /// Creation.
    pub created_at: At,
}

impl CustomField {
    /// A new one.
    pub fn new(id: CustomFieldId, key: String, name: String, kind: FieldKind, now: i64) -> Self {
        Self { id, key, name, kind, choices: "[]".into(), position: 0, created_at: At(now) }
    }

    /// What may be chosen.
    pub fn choices(&self) -> Vec<String> {
        serde_json::from_str(&self.choices).unwrap_or_default()
    }

    /// Sets what may be chosen.
    pub fn set_choices(&mut self, choices: &[String]) {
        self.choices = serde_json::Value::from(choices).to_string();
    }
}

const SELECT: &str = "select id, key, name, kind, choices, position, created_at from custom_fields";

/// All fields of the workspace in their order.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<CustomField>> {
    list_in(&db.reader(scope), scope).await
}

/// The same inside a transaction.
pub async fn list_in(conn: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<CustomField>> {
    let sql = format!("{SELECT} where workspace_id = $1 order by position, id limit 1000");
    rows(conn, &sql, binds![scope.ws()]).await
}

/// One field.
pub async fn get(db: &Db, scope: &Scope, id: &CustomFieldId) -> Result<CustomField> {
    let sql = format!("{SELECT} where workspace_id = $1 and id = $2");
    row(&db.reader(scope), &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("custom field"))
}

/// Adds a field behind the others.
pub async fn create(tx: &Tx, scope: &Scope, field: &CustomField) -> Result<()> {
    run(
        tx,
        "insert into custom_fields (id, workspace_id, key, name, kind, choices, position, created_at)
         values ($2, $1, $3, $4, $5, $6,
           (select coalesce(max(position), 0) + 1 from custom_fields where workspace_id = $1), $7)",
        binds![
            scope.ws(),
            &field.id,
            field.key.as_str(),
            field.name.as_str(),
            field.kind,
            field.choices.as_str(),
            field.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Writes what may change of a field.
pub async fn update(tx: &Tx, scope: &Scope, field: &CustomField) -> Result<()> {
    let changed = run(
        tx,
        "update custom_fields set name = $3, kind = $4, choices = $5, position = $6 where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            &field.id,
            field.name.as_str(),
            field.kind,
            field.choices.as_str(),
            field.position
        ],
    )
    .await?;
    if changed == 0 { Err(Error::NotFound("custom field")) } else { Ok(()) }
}

/// Removes a field with all its values. Returns how many there were.
pub async fn delete(tx: &Tx, scope: &Scope, id: &CustomFieldId) -> Result<u64> {
    let of = || binds![scope.ws(), id];
    let values = run(tx, "delete from custom_values where workspace_id = $1 and field_id = $2", of()).await?;
    match run(tx, "delete from custom_fields where workspace_id = $1 and id = $2", of()).await? {
        0 => Err(Error::NotFound("custom field")),
        _ => Ok(values),
    }
}

/// How many contacts have a value of a field.
pub async fn used(db: &Db, scope: &Scope, id: &CustomFieldId) -> Result<i64> {
    let sql = "select count(*) as value from custom_values where workspace_id = $1 and field_id = $2";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), id]).await?.unwrap_or(0))
}

/// The same of every field that has any.
pub async fn all_used(db: &Db, scope: &Scope) -> Result<BTreeMap<String, i64>> {
    #[derive(FromQueryResult)]
    struct Group {
        field_id: String,
        contacts: i64,
    }
    let sql =
        "select field_id, count(*) as contacts from custom_values where workspace_id = $1 group by field_id";
    let found: Vec<Group> = rows(&db.reader(scope), sql, binds![scope.ws()]).await?;
    Ok(found.into_iter().map(|group| (group.field_id, group.contacts)).collect())
}

/// The different values of a field with how many contacts have each, at most `limit` of them.
pub async fn different(tx: &Tx, scope: &Scope, id: &CustomFieldId, limit: i64) -> Result<Vec<(String, i64)>> {
    #[derive(FromQueryResult)]
    struct Group {
        value: String,
        contacts: i64,
    }
    let sql =
        "select value, count(*) as contacts from custom_values where workspace_id = $1 and field_id = $2
               group by value order by value limit $3";
    let found: Vec<Group> = rows(tx, sql, binds![scope.ws(), id, limit]).await?;
    Ok(found.into_iter().map(|group| (group.value, group.contacts)).collect())
}

/// Writes every value of a field anew that is written like `from`.
pub async fn rewrite(tx: &Tx, scope: &Scope, id: &CustomFieldId, from: &str, to: &Value) -> Result<u64> {
    run(
        tx,
        "update custom_values set value = $4, value_key = $5, number = $6
         where workspace_id = $1 and field_id = $2 and value = $3",
        binds![scope.ws(), id, from, to.text.as_str(), to.key.as_str(), to.number],
    )
    .await
}

/// The values of contacts, by contact and key of the field.
pub(crate) async fn of_contacts(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    ids: impl IntoIterator<Item = &str>,
) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    #[derive(FromQueryResult)]
    struct Found {
        contact_id: String,
        key: String,
        value: String,
    }
    let sql = format!(
        "select v.contact_id, f.key, v.value from custom_values v join custom_fields f on f.id = v.field_id
         where v.workspace_id = $1 and v.contact_id in {}",
        crate::sql::listed(conn.get_database_backend(), 2)
    );
    let found: Vec<Found> = rows(conn, &sql, binds![scope.ws(), text_list(ids)]).await?;
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for Found { contact_id, key, value } in found {
        all.entry(contact_id).or_default().insert(key, value);
    }
    Ok(all)
}

/// A value that a contact gets, or loses.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Which contact.
    pub contact: &'a ContactId,
    /// Which field.
    pub field: &'a CustomFieldId,
    /// Its value; `None` clears it.
    pub value: Option<&'a Value>,
}

/// Most settings in one statement.
const BATCH: usize = 5_000;

/// Sets and clears values of one contact.
pub async fn set(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    values: &[(CustomFieldId, Option<Value>)],
) -> Result<()> {
    let settings: Vec<Setting<'_>> =
        values.iter().map(|(field, value)| Setting { contact, field, value: value.as_ref() }).collect();
    set_all(tx, scope, &settings).await
}

/// Sets and clears values of many contacts; no value comes twice. A field that is not there any more is passed over.
pub async fn set_all(tx: &Tx, scope: &Scope, settings: &[Setting<'_>]) -> Result<()> {
    let backend = tx.get_database_backend();
    let clear = format!(
        "delete from custom_values where workspace_id = $1 and (contact_id, field_id) in
           (select item.value->>'c', item.value->>'f' from {})",
        items(backend, 2)
    );
    let write = format!(
        "insert into custom_values (workspace_id, contact_id, field_id, value, value_key, number)
         select $1, item.value->>'c', f.id, item.value->>'v', item.value->>'k', cast(item.value->>'n' as double precision)
         from {} join custom_fields f on f.workspace_id = $1 and f.id = item.value->>'f' where true
         on conflict (workspace_id, contact_id, field_id) do update
           set value = excluded.value, value_key = excluded.value_key, number = excluded.number",
        items(backend, 2)
    );
    for batch in settings.chunks(BATCH) {
        let (mut given, mut cleared) = (Vec::new(), Vec::new());
        for Setting { contact, field, value } in batch {
            match value {
                Some(value) => given.push(serde_json::json!({
                    "c": contact, "f": field, "v": value.text, "k": value.key, "n": value.number
                })),
                None => cleared.push(serde_json::json!({ "c": contact, "f": field })),
            }
        }
        for (sql, list) in [(&clear, cleared), (&write, given)] {
            if !list.is_empty() {
                run(tx, sql, binds![scope.ws(), serde_json::Value::Array(list).to_string()]).await?;
            }
        }
        look_again(tx, scope, batch).await?;
    }
    Ok(())
}

/// Whoever waits for a day looks at it again: it may be another one now.
async fn look_again(tx: &Tx, scope: &Scope, batch: &[Setting<'_>]) -> Result<()> {
    let sql = "select id as value from enrollments where workspace_id = $1 and awaits = 'date' limit 1";
    if scalar::<String>(tx, sql, binds![scope.ws()]).await?.is_none() {
        return Ok(());
    }
    let sql = format!(
        "update enrollments set due_at = arrived_at where workspace_id = $1 and awaits = 'date' and status = 'active'
           and contact_id in {}",
        crate::sql::listed(tx.get_database_backend(), 2)
    );
    let who = text_list(batch.iter().map(|setting| setting.contact.as_str()));
    run(tx, &sql, binds![scope.ws(), who]).await?;
    Ok(())
}
