//! Contacts go: what is queued for them is withdrawn, their enrollments end, their conversations stay.

use crate::{
    Result, Scope, Tx,
    error::Error,
    merge,
    search::{self, Kind},
    sql::{binds, items, listed, rows, run, scalars, text_list},
    workspace,
};
use domain::ids::ContactId;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value as Json, json};

/// What is said of a message that was withdrawn because its contact went.
pub(crate) const DELETED: &str = "The contact was deleted";

/// What goes with a contact. Addresses and consents are its own; the rest is what others keep of it.
const THEIRS: [&str; 10] = [
    "enrollments",
    "set_members",
    "custom_values",
    "import_changes",
    "icp_scores",
    "icp_changes",
    "bulk_changes",
    "tasks",
    "contact_addresses",
    "consents",
];

/// Removes a contact: its queued messages are withdrawn and its enrollments end; its conversations stay.
pub async fn delete(tx: &Tx, scope: &Scope, id: &ContactId) -> Result<()> {
    workspace::guards_changed(tx, scope).await?;
    let only = [id.to_string()];
    let messages = messages_with(tx, scope, &only).await?;
    match remove(tx, scope, &only, &messages).await? {
        0 => Err(Error::NotFound("contact")),
        _ => Ok(()),
    }
}

/// A message with somebody who is to go.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Written {
    pub(crate) id: String,
    pub(crate) contact_id: String,
    pub(crate) enrollment_id: Option<String>,
    pub(crate) status: String,
}

impl Written {
    /// Whether it is withdrawn when its contact goes.
    pub(crate) fn is_withdrawn(&self) -> bool {
        matches!(self.status.as_str(), "queued" | "draft" | "approved")
    }
}

/// All messages with these contacts. There is no index of messages by contact: they lie in their threads, are written by
/// their enrollments, have events, or wait to be sent to one of their addresses.
pub(crate) async fn messages_with(tx: &Tx, scope: &Scope, contacts: &[String]) -> Result<Vec<Written>> {
    let them = listed(tx.get_database_backend(), 2);
    let sql = format!(
        "select m.id, m.contact_id, m.enrollment_id, m.status from (
           select b.id from conversations v join messages b on b.workspace_id = $1 and b.conversation_id = v.id
             where v.workspace_id = $1 and v.contact_id in {them}
           union select b.id from enrollments e join messages b on b.enrollment_id = e.id
             where e.workspace_id = $1 and e.contact_id in {them}
           union select x.message_id from events x where x.workspace_id = $1 and x.contact_id in {them} and x.message_id is not null
           union select b.id from contacts c join messages b on b.workspace_id = $1 and b.to_key = c.email_key and b.status = 'queued'
             where c.workspace_id = $1 and c.id in {them}
           union select b.id from contacts c join messages b on b.workspace_id = $1 and b.to_key = c.phone and b.status = 'queued'
             where c.workspace_id = $1 and c.id in {them}
         ) among cross join messages m where m.id = among.id and m.workspace_id = $1 and m.contact_id in {them}
         order by m.id"
    );
    rows(tx, &sql, binds![scope.ws(), text_list(contacts)]).await
}

/// Removes contacts with what is theirs, whose messages these are. Returns how many there were. The caller has taken
/// [`guards_changed`](workspace::guards_changed) before anything else.
pub(crate) async fn remove(tx: &Tx, scope: &Scope, ids: &[String], messages: &[Written]) -> Result<u64> {
    let backend = tx.get_database_backend();
    let (them, list) = (listed(backend, 2), text_list(ids));
    let of = || binds![scope.ws(), list.as_str()];
    // With the workspace in each, SQLite finds the row of each item; else it walks the workspace.
    let all: Vec<Json> = messages.iter().map(|m| json!({ "w": scope.ws(), "i": m.id })).collect();
    let sql = format!(
        "update messages as m set contact_id = null, enrollment_id = null,
           error_text = case when m.status in ('queued', 'draft', 'approved') then $2 else m.error_text end,
           status = case when m.status in ('queued', 'draft', 'approved') then 'cancelled' else m.status end
         from {} where m.workspace_id = item.value->>'w' and m.id = item.value->>'i'",
        items(backend, 1)
    );
    run(tx, &sql, binds![Json::Array(all).to_string(), DELETED]).await?;
    let sql = format!(
        "update conversations set contact_id = null where workspace_id = $1 and contact_id in {them}"
    );
    run(tx, &sql, of()).await?;
    // That somebody meant to write to them stays, as what is not to be done again.
    let sql = format!(
        "update targets set contact_id = null, state = 'dropped' where workspace_id = $1 and contact_id in {them}"
    );
    run(tx, &sql, of()).await?;
    for table in THEIRS {
        let sql = format!("delete from {table} where workspace_id = $1 and contact_id in {them}");
        run(tx, &sql, of()).await?;
    }
    let sql = format!(
        "select distinct survivor_id as value from merges where workspace_id = $1 and survivor_id in {them}"
    );
    for survivor in scalars::<ContactId>(tx, &sql, of()).await? {
        merge::forget(tx, scope, &survivor).await?;
    }
    search::forget(tx, scope, Kind::Contact, ids.iter().map(String::as_str)).await?;
    let sql = format!("delete from contacts where workspace_id = $1 and id in {them}");
    run(tx, &sql, of()).await
}
