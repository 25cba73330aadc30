//! Many contacts go, and what it takes to bring them back is kept: a row of each table as it was.

use super::{BulkAction, act::Changed, undo};
use crate::{
    Result, Scope, Tx, contact,
    error::Error,
    sql::{binds, items, listed, rows, run, scalars, text_list},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, JsonValue, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// A row as it was, by column.
pub(super) type Row = Map<String, Json>;

/// What goes with a contact and comes back with it, in the order in which it can be written: each table, and of which
/// other table its rows name one that has to be there still.
pub(super) const TABLES: [(&str, Option<(&str, &str)>); 10] = [
    ("custom_values", Some(("field_id", "custom_fields"))),
    ("set_members", Some(("set_id", "contact_sets"))),
    ("contact_addresses", None),
    ("consents", None),
    ("icp_scores", Some(("profile_id", "icp_profiles"))),
    ("icp_changes", Some(("profile_id", "icp_profiles"))),
    ("import_changes", Some(("import_id", "imports"))),
    ("bulk_changes", Some(("bulk_action_id", "bulk_actions"))),
    ("enrollments", Some(("campaign_id", "campaigns"))),
    ("tasks", Some(("campaign_id", "campaigns"))),
];

/// A contact that was deleted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Image {
    /// Its own row.
    pub(super) contact: Row,
    /// Its rows in [`TABLES`].
    pub(super) rows: BTreeMap<String, Vec<Row>>,
    /// The merges that made it who it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) merges: Vec<Row>,
    /// Its threads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) threads: Vec<String>,
    /// Messages with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<Letter>,
    /// The targets that had become it, with where they stood.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) targets: Vec<(String, String)>,
}

/// A message with a contact that was deleted.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    #[serde(rename = "i")]
    pub(super) id: String,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub(super) enrollment: Option<String>,
    /// Where it stood, if it was withdrawn.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
}

/// A text in a row.
pub(super) fn text<'a>(row: &'a Row, column: &str) -> Option<&'a str> {
    row.get(column).and_then(Json::as_str)
}

async fn whole(tx: &Tx, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    let found: Vec<JsonValue> = rows(tx, sql, values).await?;
    Ok(found
        .into_iter()
        .filter_map(|row| if let JsonValue::Object(row) = row { Some(row) } else { None })
        .collect())
}

/// Holds what works on these people, in the order in which that takes it: enrollments, then threads; contacts come after.
pub(super) async fn hold_work(tx: &Tx, scope: &Scope, ids: &[String]) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        return Ok(());
    }
    let sql = format!(
        "select e.id as value from enrollments e where e.workspace_id = $1 and e.contact_id in {} order by e.id for update of e",
        listed(tx.get_database_backend(), 2)
    );
    scalars::<String>(tx, &sql, binds![scope.ws(), text_list(ids)]).await?;
    undo::hold_threads(tx, scope, ids).await?;
    Ok(())
}

/// Deletes contacts. Returns them with what it takes to bring each back.
pub(super) async fn delete(tx: &Tx, scope: &Scope, ids: &[String]) -> Result<Changed> {
    let messages = contact::messages_with(tx, scope, ids).await?;
    let mut images = images(tx, scope, ids).await?;
    for written in &messages {
        if let Some(image) = images.get_mut(&written.contact_id) {
            image.messages.push(Letter {
                id: written.id.clone(),
                enrollment: written.enrollment_id.clone(),
                status: written.is_withdrawn().then(|| written.status.clone()),
            });
        }
    }
    contact::remove(tx, scope, ids, &messages).await?;
    images.into_iter().map(|(id, image)| Ok((id, Some(serde_json::to_string(&image)?)))).collect()
}

async fn images(tx: &Tx, scope: &Scope, ids: &[String]) -> Result<BTreeMap<String, Image>> {
    #[derive(FromQueryResult)]
    struct Named {
        id: String,
        contact_id: String,
        state: String,
    }
    let (them, list) = (listed(tx.get_database_backend(), 2), text_list(ids));
    let of = || binds![scope.ws(), list.as_str()];
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    let sql = format!("select * from contacts where workspace_id = $1 and id in {them}");
    for row in whole(tx, &sql, of()).await? {
        let id = text(&row, "id").unwrap_or_default().to_owned();
        images.insert(id, Image { contact: row, ..Image::default() });
    }
    for (table, _) in TABLES {
        let sql = format!("select * from {table} where workspace_id = $1 and contact_id in {them}");
        for row in whole(tx, &sql, of()).await? {
            if let Some(image) = text(&row, "contact_id").and_then(|id| images.get_mut(id)) {
                image.rows.entry(table.to_owned()).or_default().push(row);
            }
        }
    }
    let sql = format!(
        "select id, contact_id, '' as state from conversations where workspace_id = $1 and contact_id in {them} order by id"
    );
    for thread in rows::<Named>(tx, &sql, of()).await? {
        if let Some(image) = images.get_mut(&thread.contact_id) {
            image.threads.push(thread.id);
        }
    }
    let sql = format!(
        "select id, contact_id, state from targets where workspace_id = $1 and contact_id in {them} order by id"
    );
    for target in rows::<Named>(tx, &sql, of()).await? {
        if let Some(image) = images.get_mut(&target.contact_id) {
            image.targets.push((target.id, target.state));
        }
    }
    merges(tx, scope, &mut images).await?;
    Ok(images)
}

/// Who was folded into them, and into those, and what imports and bulk actions keep of these.
async fn merges(tx: &Tx, scope: &Scope, images: &mut BTreeMap<String, Image>) -> Result<()> {
    let them = listed(tx.get_database_backend(), 2);
    let of = |ids: &[String]| binds![scope.ws(), text_list(ids)];
    // Each survivor with the contact of today that it is part of.
    let mut survivors: BTreeMap<String, String> = images.keys().map(|id| (id.clone(), id.clone())).collect();
    while !survivors.is_empty() {
        let ids: Vec<String> = survivors.keys().cloned().collect();
        let sql =
            format!("select * from merges where workspace_id = $1 and survivor_id in {them} order by id");
        let mut folded = BTreeMap::new();
        for row in whole(tx, &sql, of(&ids)).await? {
            let Some(contact) = text(&row, "survivor_id").and_then(|id| survivors.get(id)) else { continue };
            if row.get("undone_at").is_none_or(Json::is_null) {
                folded.insert(text(&row, "other_id").unwrap_or_default().to_owned(), contact.clone());
            }
            if let Some(image) = images.get_mut(contact) {
                image.merges.push(row);
            }
        }
        let ids: Vec<String> = folded.keys().cloned().collect();
        for table in ["import_changes", "bulk_changes"] {
            if ids.is_empty() {
                break;
            }
            let sql = format!("select * from {table} where workspace_id = $1 and contact_id in {them}");
            for row in whole(tx, &sql, of(&ids)).await? {
                let contact = text(&row, "contact_id").and_then(|id| folded.get(id));
                if let Some(image) = contact.and_then(|id| images.get_mut(id)) {
                    image.rows.entry(table.to_owned()).or_default().push(row);
                }
            }
        }
        survivors = folded;
    }
    Ok(())
}

/// Notes by which addresses those are found that were just deleted.
pub(super) async fn note_addresses(
    tx: &Tx,
    scope: &Scope,
    bulk: &BulkAction,
    changed: &Changed,
) -> Result<()> {
    let mut list = Vec::new();
    for (id, before) in changed {
        let image: Image = read(before.as_deref())?;
        let own = |column: &str| text(&image.contact, column).map(str::to_owned);
        list.push(
            json!({ "w": scope.ws(), "b": &bulk.id, "c": id, "e": own("email_key"), "p": own("phone") }),
        );
    }
    let sql = format!(
        "update bulk_changes as r set email_key = item.value->>'e', phone = item.value->>'p' from {}
         where r.workspace_id = item.value->>'w' and r.bulk_action_id = item.value->>'b' and r.contact_id = item.value->>'c'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![Json::Array(list).to_string()]).await?;
    Ok(())
}

/// Reads what was kept of a contact.
pub(super) fn read(before: Option<&str>) -> Result<Image> {
    serde_json::from_str(before.unwrap_or("{}"))
        .map_err(|error| Error::Unusable(format!("a deleted contact that is kept is damaged: {error}")))
}

/// For an export of what is stored of a person: what is kept of deleted contacts with one of the addresses in the
/// [`text_list`] in `$3`, of the workspace `$1`. `$2` is not asked for.
pub(crate) fn deleted_with(list: &str) -> String {
    let among = format!("(select item.value->>'v' from {list})");
    format!(
        "select contact_id, before, written_at from bulk_changes where workspace_id = $1 and $2 <> '' and email_key in {among}
         union select contact_id, before, written_at from bulk_changes where workspace_id = $1 and $2 <> '' and phone in {among}"
    )
}

/// A person is erased: what is kept of deleted contacts with one of these addresses goes as well.
pub(crate) async fn forget_deleted(tx: &Tx, scope: &Scope, addresses: &[String]) -> Result<u64> {
    let among = listed(tx.get_database_backend(), 2);
    let mut gone = 0;
    for column in ["email_key", "phone"] {
        let sql = format!("delete from bulk_changes where workspace_id = $1 and {column} in {among}");
        gone += run(tx, &sql, binds![scope.ws(), text_list(addresses)]).await?;
    }
    Ok(gone)
}
