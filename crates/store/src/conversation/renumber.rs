//! Somebody is reached under another address now: their conversations go on under it, and what waits in them goes there.

use super::merge::{Thread, absorb, hold};
use crate::{
    Result, Scope, Tx,
    sql::{binds, listed, row, rows, run, scalar, text_list},
};
use domain::{
    Channel,
    ids::{ContactId, ConversationId, SenderId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Which address became which, both as they are compared, which on these channels is as they are written.
#[derive(Debug, Clone, Copy)]
pub struct Renumbered<'a> {
    /// On which channel.
    pub channel: Channel,
    /// What it was.
    pub from: &'a str,
    /// What it is now.
    pub to: &'a str,
}

/// The rows under an address, one for each of our senders.
const UNDER: &str = "from conversations k where k.workspace_id = $1 and k.channel = $2 and k.address_key = $3
    and k.sender_id in (select s.id from senders s where s.workspace_id = $1 and s.channel = $2)";

/// Whether anything was ever said under this address.
pub async fn is_under(tx: &Tx, scope: &Scope, channel: Channel, key: &str) -> Result<bool> {
    let sql = format!("select k.id as value {UNDER} limit 1");
    Ok(scalar::<String>(tx, &sql, binds![scope.ws(), channel, key]).await?.is_some())
}

/// Whom conversations under this address are with, where that is known.
pub async fn contact_under(tx: &Tx, scope: &Scope, channel: Channel, key: &str) -> Result<Option<ContactId>> {
    let sql = format!(
        "select k.contact_id as value {UNDER} and k.contact_id is not null order by k.last_at desc, k.id desc limit 1"
    );
    scalar(tx, &sql, binds![scope.ws(), channel, key]).await
}

#[derive(FromQueryResult)]
struct Row {
    id: ConversationId,
    sender_id: SenderId,
    merged_into_id: Option<ConversationId>,
}

/// Lets the conversations under an address go on under the new one, with `contact` where nobody was known. One that was
/// begun under the new address before the news came becomes a part of the older one. What waits there goes to the new
/// address; what is leaving or has left stays as it is. Returns the conversations in which that happened.
pub async fn renumber(
    tx: &Tx,
    scope: &Scope,
    way: &Renumbered<'_>,
    contact: Option<&ContactId>,
    now: i64,
) -> Result<Vec<ConversationId>> {
    let sql = format!("select k.id, k.sender_id, k.merged_into_id {UNDER} order by k.id");
    let under: Vec<Row> = rows(tx, &sql, binds![scope.ws(), way.channel, way.from]).await?;
    let mut touched = Vec::new();
    for older in under {
        if make_way(tx, scope, way, &older, contact, now).await? {
            let sql = "update conversations set address = $3, address_key = $3, contact_id = coalesce(contact_id, $4),
                         owner_id = coalesce(owner_id, (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = $4))
                       where workspace_id = $1 and id = $2";
            run(tx, sql, binds![scope.ws(), &older.id, way.to, contact.cloned()]).await?;
            let parts =
                "update conversations set address = $3 where workspace_id = $1 and split_from_id = $2";
            run(tx, parts, binds![scope.ws(), &older.id, way.to]).await?;
        }
        touched.push(older.merged_into_id.unwrap_or(older.id));
    }
    let of = listed(tx.get_database_backend(), 2);
    let sql = format!(
        "update messages set to_address = $4, to_key = $4 where workspace_id = $1 and direction = 'out' and channel = $5
           and to_key = $3 and status in ('queued', 'approved', 'draft') and conversation_id in
             (select k.id from conversations k where k.workspace_id = $1 and k.id in {of}
              union all select k.id from conversations k where k.workspace_id = $1 and k.split_from_id in {of})"
    );
    let ids = text_list(touched.iter().map(ConversationId::as_str));
    run(tx, &sql, binds![scope.ws(), ids, way.from, way.to, way.channel]).await?;
    Ok(touched)
}

/// Whether the new address is free for this conversation: what was begun under it becomes a part of the older one, unless
/// it is with somebody else or one of the two was merged.
async fn make_way(
    tx: &Tx,
    scope: &Scope,
    way: &Renumbered<'_>,
    older: &Row,
    contact: Option<&ContactId>,
    now: i64,
) -> Result<bool> {
    let sql = "select id, sender_id, merged_into_id from conversations
               where workspace_id = $1 and channel = $2 and sender_id = $3 and address_key = $4";
    let values = binds![scope.ws(), way.channel, &older.sender_id, way.to];
    let Some(newer) = row::<Row>(tx, sql, values).await? else { return Ok(true) };
    if older.merged_into_id.is_some() || newer.merged_into_id.is_some() {
        return Ok(false);
    }
    let [stays, goes]: [Thread; 2] = hold(tx, scope, [&older.id, &newer.id]).await?;
    if goes.contact_id.as_ref().is_some_and(|other| Some(other) != contact) {
        return Ok(false);
    }
    absorb(tx, scope, &stays, &goes, now).await?;
    // Nobody writes under this one any more, and it is not taken apart again.
    let sql =
        "update conversations set address_key = address_key || ' ' || id where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), &goes.id]).await?;
    Ok(true)
}
