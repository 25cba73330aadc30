//! What an import writes beside the contacts themselves: values of custom fields, tags and lists, what
//! they agreed to, and what its undo will need.

use super::{Changed, Known, New, Row, changeable, is_among, list};
use crate::{
    Result, Tx, consent,
    custom_field::{self, Setting},
    sql::{binds, items, rows, run},
};
use domain::ids::ContactId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// Adds their custom values to the contacts that rows met, where rows have any.
pub(super) async fn load(tx: &Tx, made: &New<'_>, known: &mut [Known]) -> Result<()> {
    if made.custom.is_empty() || known.is_empty() {
        return Ok(());
    }
    #[derive(FromQueryResult)]
    struct Found {
        contact_id: String,
        field_id: String,
        value: String,
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "select contact_id, field_id, value from custom_values
         where workspace_id = $1 and contact_id {} and field_id {}",
        is_among(backend, 2),
        is_among(backend, 3)
    );
    let ids = list(known.iter().map(|contact| contact.id.as_str()));
    let fields = list(made.custom.iter().map(|field| field.as_str()));
    let mut all: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for found in rows::<Found>(tx, &sql, binds![made.scope.ws(), ids, fields]).await? {
        if let Some(place) = made.custom.iter().position(|field| field.as_str() == found.field_id) {
            all.entry(found.contact_id).or_default().push((place, found.value));
        }
    }
    for contact in known {
        contact.custom = all.remove(contact.id.as_str()).unwrap_or_default();
    }
    Ok(())
}

/// Writes it: for contacts that the rows made, for those that they changed, and for all that they met.
pub(super) async fn write(
    tx: &Tx,
    made: &New<'_>,
    created: &[(&ContactId, &Row)],
    changed: &[Changed],
    met: &[ContactId],
) -> Result<()> {
    if !made.custom.is_empty() {
        let new = created.iter().map(|(id, row)| (*id, &row.custom));
        let all = new.chain(changed.iter().map(|contact| (&contact.id, &contact.custom)));
        let settings: Vec<Setting<'_>> = all
            .flat_map(|(contact, values)| values.iter().map(move |(place, value)| (contact, *place, value)))
            .filter_map(|(contact, place, value)| {
                Some(Setting { contact, field: made.custom.get(place)?, value: Some(value) })
            })
            .collect();
        custom_field::set_all(tx, made.scope, &settings).await?;
    }
    let mut joined = BTreeMap::new();
    if !made.sets.is_empty() {
        join(tx, made, created.iter().map(|(id, _)| id.as_str()).collect()).await?;
        joined = join(tx, made, met.iter().map(ContactId::as_str).collect()).await?;
    }
    if let Some(agreed) = made.agreed {
        let all = created.iter().map(|(id, _)| *id).chain(met);
        consent::agree(tx, made.scope, made.import, agreed, all, made.now).await?;
    }
    remember(tx, made, changed, joined).await
}

/// Puts contacts into the sets. Returns those that each was not in before.
async fn join(tx: &Tx, made: &New<'_>, contacts: Vec<&str>) -> Result<BTreeMap<String, Vec<String>>> {
    let mut joined: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if contacts.is_empty() {
        return Ok(joined);
    }
    #[derive(FromQueryResult)]
    struct Member {
        contact_id: String,
        set_id: String,
    }
    let backend = tx.get_database_backend();
    // A set that somebody has deleted in the meantime stays deleted.
    let sql = format!(
        "insert into set_members (workspace_id, set_id, contact_id, at)
         select $1, s.id, item.value->>'v', $4 from contact_sets s, {}
         where s.workspace_id = $1 and s.id {}
         on conflict do nothing returning contact_id, set_id",
        items(backend, 2),
        is_among(backend, 3)
    );
    let sets = list(made.sets.iter().map(String::as_str));
    let values = binds![made.scope.ws(), crate::sql::text_list(contacts), sets, made.now];
    for Member { contact_id, set_id } in rows::<Member>(tx, &sql, values).await? {
        joined.entry(contact_id).or_default().push(set_id);
    }
    Ok(joined)
}

/// Keeps what the undo of the import will need. What was kept of a contact first is what it was before.
async fn remember(
    tx: &Tx,
    made: &New<'_>,
    changed: &[Changed],
    mut joined: BTreeMap<String, Vec<String>>,
) -> Result<()> {
    let mut kept: Vec<Json> = Vec::with_capacity(changed.len() + joined.len());
    for contact in changed {
        let custom: Map<String, Json> = made
            .custom
            .iter()
            .enumerate()
            .map(|(place, field)| {
                let was = contact.before.custom.iter().find(|(at, _)| *at == place);
                (field.to_string(), was.map(|(_, text)| text.as_str()).into())
            })
            .collect();
        let fields: Map<String, Json> = changeable(&contact.before.fields).collect();
        let sets = joined.remove(contact.id.as_str());
        kept.push(json!({ "c": contact.id, "b": { "fields": fields, "custom": custom }, "s": sets }));
    }
    kept.extend(joined.into_iter().map(|(contact, sets)| json!({ "c": contact, "s": sets })));
    if kept.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into import_changes (workspace_id, import_id, contact_id, at, before, sets, written_at)
         select $1, $2, item.value->>'c',
           case when item.value->>'b' is not null
             then (select c.updated_at from contacts c where c.workspace_id = $1 and c.id = item.value->>'c') end,
           item.value->>'b', item.value->>'s', $3
         from {} where true
         on conflict (workspace_id, import_id, contact_id) do update set
           at = coalesce(excluded.at, import_changes.at),
           before = coalesce(import_changes.before, excluded.before),
           sets = coalesce(import_changes.sets, excluded.sets)",
        items(tx.get_database_backend(), 4)
    );
    run(tx, &sql, binds![made.scope.ws(), made.import, made.now, Json::Array(kept).to_string()]).await?;
    Ok(())
}
