//! Whole conversations as they were, many in two statements: what a measurement fills an inbox with.
//!
//! The product writes no message like this. What it sends goes through [`crate::outbox`], and what it hears through
//! [`crate::message::receive`]; here nothing is checked, nothing leaves, and nobody is told.

use crate::{
    Result, Scope, Tx,
    sql::{binds, int, items, run},
};
use domain::{
    Channel,
    ids::{ContactId, ConversationId, MemberId, MessageId, SenderId},
};
use sea_orm::ConnectionTrait;
use serde::Serialize;

/// A conversation that has been going on; somebody has written in it.
#[derive(Debug, Clone, Serialize)]
pub struct Thread {
    /// Id, new.
    pub id: ConversationId,
    /// With whom.
    pub contact_id: ContactId,
    /// Who was asked to answer.
    pub assignee_id: Option<MemberId>,
    /// On which channel.
    pub channel: Channel,
    /// From which of our senders.
    pub sender_id: SenderId,
    /// Their address, normalised, and in no other thread.
    pub address: String,
    /// `open` or `done`.
    pub status: &'static str,
    /// Messages that nobody has opened.
    pub unread: i64,
    /// First words of the last message.
    pub snippet: String,
    /// `in` or `out`: which way the last message went.
    pub last_direction: &'static str,
    /// When.
    pub last_at: i64,
}

/// A message of one of these, sent or received.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// Id, new.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// With whom.
    pub contact_id: ContactId,
    /// The sender of the thread.
    pub sender_id: SenderId,
    /// On which channel.
    pub channel: Channel,
    /// `in` or `out`.
    pub direction: &'static str,
    /// From which address.
    pub from: String,
    /// To which.
    pub to: String,
    /// The text.
    pub body: String,
    /// When it was written, and where it is ours, sent.
    pub at: i64,
}

/// Writes them down. Their words are found once [`crate::search::keep_up`] has read them.
pub async fn write(tx: &Tx, scope: &Scope, threads: &[Thread], said: &[Said]) -> Result<()> {
    let from = items(tx.get_database_backend(), 2);
    let sql = format!(
        "insert into conversations (id, workspace_id, contact_id, owner_id, assignee_id, channel, sender_id, address, address_key,
           status, unread, inbound, last_snippet, last_direction, last_kind, last_at, created_at)
         select item.value->>'id', $1, item.value->>'contact_id',
           (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = item.value->>'contact_id'),
           item.value->>'assignee_id', item.value->>'channel', item.value->>'sender_id', item.value->>'address',
           item.value->>'address', item.value->>'status', {}, 1, item.value->>'snippet', item.value->>'last_direction',
           'question', {at}, {at}
         from {from} where true",
        int("unread"),
        at = int("last_at"),
    );
    run(tx, &sql, binds![scope.ws(), serde_json::to_string(threads)?]).await?;
    let sql = format!(
        "insert into messages (id, workspace_id, conversation_id, contact_id, sender_id, channel, direction, status, policy, kind,
           dedupe_key, from_address, to_address, to_key, body, created_at, sent_at)
         select item.value->>'id', $1, item.value->>'conversation_id', item.value->>'contact_id', item.value->>'sender_id',
           item.value->>'channel', item.value->>'direction',
           case when item.value->>'direction' = 'in' then 'received' else 'sent' end, 'at_most_once',
           case when item.value->>'direction' = 'in' then 'question' end, 'past:' || (item.value->>'id'),
           item.value->>'from', item.value->>'to', item.value->>'to', item.value->>'body', {at},
           case when item.value->>'direction' = 'out' then {at} end
         from {from} where true",
        at = int("at"),
    );
    run(tx, &sql, binds![scope.ws(), serde_json::to_string(said)?]).await?;
    let ids: Vec<MessageId> = said.iter().map(|one| one.id.clone()).collect();
    crate::search::note_messages(tx, scope, &ids).await
}
