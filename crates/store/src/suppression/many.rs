//! Many entries at once: those of a file, a slice in one transaction.

use super::{Effect, tell};
use crate::{
    Result, Scope, Tx, import,
    sql::{binds, items, listed, new_ids, rows, run, scalar, text_list},
    webhook::{self, Ears, OVER},
    workspace,
};
use domain::ids::{SenderId, SuppressionId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value as Json, json};

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// A channel, or `all`.
    pub channel: String,
    /// The normalised address.
    pub value_key: String,
    /// The only sender that it is about, if it is about one.
    pub sender: Option<SenderId>,
    /// Why.
    pub reason: String,
    /// Where it came from.
    pub source: String,
    /// Since when.
    pub at: i64,
}

/// What became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Added {
    /// Entries that were not on the list. The others stay as they are.
    pub new: u64,
    /// What happened to messages to the new ones.
    pub effect: Effect,
}

#[derive(FromQueryResult)]
struct New {
    channel: String,
    value_key: String,
    sender_id: String,
    reason: String,
    source: String,
}

/// Suppresses addresses as [`add`](super::add) does one: queued messages to the new ones are withdrawn, their running
/// enrollments end.
pub async fn add_all(tx: &Tx, scope: &Scope, entries: &[NewEntry], now: i64) -> Result<Added> {
    workspace::guards_changed(tx, scope).await?;
    // Whose each number is, is asked below; a large import may have put the index of numbers aside.
    import::require(tx, import::Index::Phone).await?;
    let new = write(tx, scope, entries).await?;
    let mut effect = Effect { withdrawn: 0, in_flight: 0 };
    if new.is_empty() {
        return Ok(Added { new: 0, effect });
    }
    let backend = tx.get_database_backend();
    let list: Vec<Json> = new
        .iter()
        .map(|n| json!({ "c": n.channel, "k": n.value_key, "s": n.sender_id, "r": n.reason }))
        .collect();
    let list = Json::Array(list).to_string();
    let keys = text_list(new.iter().map(|entry| entry.value_key.as_str()));
    // The queue of these addresses is looked at first, by its index; which entry reaches a message is asked of few.
    let reach = |state: &str, item: usize, n: usize| {
        format!(
            "from {} where m.workspace_id = $1 and m.status = '{state}' and m.to_key in {} and m.to_key = item.value->>'k'
               and (item.value->>'c' = 'all' or item.value->>'c' = m.channel)
               and (item.value->>'s' = '' or item.value->>'s' = m.sender_id)",
            items(backend, item),
            listed(backend, n)
        )
    };
    let sql = format!(
        "update messages as m set status = 'suppressed', error_code = 'suppressed', error_text = item.value->>'r' {}",
        reach("queued", 2, 3)
    );
    effect.withdrawn = run(tx, &sql, binds![scope.ws(), list.as_str(), keys.as_str()]).await?;
    let sql = format!(
        "select count(*) as value {}",
        reach("sending", 2, 3).replacen("from ", "from messages m, ", 1)
    );
    effect.in_flight = scalar(tx, &sql, binds![scope.ws(), list.as_str(), keys.as_str()]).await?.unwrap_or(0);
    let among = listed(backend, 2);
    let sql = format!(
        "update enrollments set status = 'exited', reason = 'opted_out', due_at = null, completed_at = $3
         where workspace_id = $1 and status in ('active', 'waiting', 'paused') and contact_id in
           (select id from contacts where workspace_id = $1 and email_key in {among}
            union all select id from contacts where workspace_id = $1 and phone in {among}
            union all select contact_id from contact_addresses
              where workspace_id = $1 and kind in ('email', 'phone', 'whatsapp', 'messenger') and value_key in {among})
         returning {OVER}"
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![scope.ws(), keys, now]).await?;
    webhook::tell_over(tx, &over, now).await?;
    if Ears::of(tx, [&scope.workspace]).await?.want("contact.suppressed") {
        for entry in &new {
            tell(tx, scope, &entry.channel, &entry.value_key, &entry.sender_id, &entry.source, now).await?;
        }
    }
    Ok(Added { new: new.len() as u64, effect })
}

/// Writes those that are not there; these are what comes back.
async fn write(tx: &Tx, scope: &Scope, entries: &[NewEntry]) -> Result<Vec<New>> {
    let item = |(id, entry): (SuppressionId, &NewEntry)| {
        json!({
            "i": id, "c": entry.channel, "k": entry.value_key, "s": entry.sender.as_ref().map_or("", |s| s.as_str()),
            "r": entry.reason, "f": entry.source, "t": entry.at,
        })
    };
    let mut sorted: Vec<&NewEntry> = entries.iter().collect();
    // The same order in every transaction, so that two never wait for each other.
    sorted.sort_by(|one, other| (&one.value_key, &one.channel).cmp(&(&other.value_key, &other.channel)));
    let list: Vec<Json> = new_ids(SuppressionId::from_uuid).zip(sorted).map(item).collect();
    let sql = format!(
        "insert into suppressions (id, workspace_id, channel, value_key, sender_id, reason, source, author_id, created_at)
         select item.value->>'i', $1, item.value->>'c', item.value->>'k', item.value->>'s', item.value->>'r',
           item.value->>'f', $2, cast(item.value->>'t' as bigint)
         from {} where true
         on conflict (workspace_id, channel, value_key, sender_id) do nothing
         returning channel, value_key, sender_id, reason, source",
        items(tx.get_database_backend(), 3)
    );
    rows(tx, &sql, binds![scope.ws(), scope.member.clone(), Json::Array(list).to_string()]).await
}
