//! Messages that are about something else get a conversation of their own, with the same person on the same channel. It
//! is undone by merging it again.

use super::{
    merge::{Thread, hold, move_words},
    place::{WAY, Way, refresh, unread_in},
};
use crate::{
    Result, Scope, Tx,
    error::Error,
    sql::{binds, listed, rows, run, scalar, text_list},
};
use domain::{
    Channel,
    conversation::is_counted,
    ids::{ConversationId, MessageId, SenderId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Which messages of a conversation.
#[derive(Debug, Clone, Copy)]
pub enum Part<'a> {
    /// This one and all after it.
    From(&'a MessageId),
    /// These.
    Chosen(&'a [MessageId]),
}

#[derive(FromQueryResult)]
struct Said {
    id: String,
    channel: Channel,
    sender_id: SenderId,
    direction: String,
    from_address: String,
    to_key: String,
    subject: Option<String>,
}

/// Moves a part of a conversation into the new one `to`. [`Error::Conflict`] where nothing would be left, or the channel
/// has one conversation with each person.
pub async fn split(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    part: Part<'_>,
    to: &ConversationId,
    now: i64,
) -> Result<()> {
    let [thread, _] = hold(tx, scope, [id, id]).await?;
    if thread.merged_into_id.is_some() {
        return Err(Error::NotFound("conversation"));
    }
    if thread.contact_id.is_none() {
        return Err(Error::Conflict("nobody knows yet who this is with. Say whose it is first".into()));
    }
    let said = said(tx, scope, id, part).await?;
    let Some(first) = said.first() else { return Err(Error::NotFound("message in this conversation")) };
    if is_counted(first.channel) {
        let name = first.channel.name();
        let why = format!(
            "{name} has one conversation with each person, by which it counts how much may be written. It cannot be split"
        );
        return Err(Error::Conflict(why));
    }
    let under = under(tx, scope, &thread, first).await?;
    let ids: Vec<String> = said.iter().map(|one| one.id.clone()).collect();
    let fresh = unread_in(tx, scope, &thread).await?;
    let unread = fresh.iter().filter(|one| ids.contains(one)).count() as i64;
    let status = if thread.status == "done" { "done" } else { "open" };
    let sql = "insert into conversations (id, workspace_id, contact_id, owner_id, channel, sender_id, address, address_key, subject,
                 status, unread, assignee_id, last_at, created_at, blocked_at, split_from_id)
               select $3, $1, v.contact_id, v.owner_id, $5, $6, $7, $8, $9, $10, $11, v.assignee_id, $12, $12, v.blocked_at, $4
               from conversations v where v.workspace_id = $1 and v.id = $2";
    let values = binds![
        scope.ws(),
        id,
        to,
        &under.id,
        under.channel,
        &under.sender_id,
        under.address.as_str(),
        // Its messages are found under the address of the other.
        format!("{}#{to}", under.address_key),
        first.subject.clone(),
        status,
        unread,
        now
    ];
    run(tx, sql, values).await?;
    let sql = format!(
        "update messages set conversation_id = $3 where workspace_id = $1 and conversation_id = $2 and id in {}",
        listed(tx.get_database_backend(), 4)
    );
    run(tx, &sql, binds![scope.ws(), id, to, text_list(&ids)]).await?;
    let left = "select id as value from messages where workspace_id = $1 and conversation_id = $2 limit 1";
    if scalar::<String>(tx, left, binds![scope.ws(), id]).await?.is_none() {
        return Err(Error::Conflict(
            "nothing would be left in this conversation. Choose fewer messages".into(),
        ));
    }
    move_words(tx, scope, to, &ids).await?;
    let sql = "update conversations set unread = unread - $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, unread]).await?;
    refresh(tx, scope, id).await?;
    refresh(tx, scope, to).await
}

/// The messages that are meant, oldest first.
async fn said(tx: &Tx, scope: &Scope, id: &ConversationId, part: Part<'_>) -> Result<Vec<Said>> {
    let columns = "select m.id, m.channel, m.sender_id, m.direction, m.from_address, m.to_key, m.subject from messages m
                   where m.workspace_id = $1 and m.conversation_id = $2";
    match part {
        Part::From(message) => {
            let sql = format!(
                "{columns} and (m.created_at, m.id) >= (select f.created_at, f.id from messages f
                   where f.workspace_id = $1 and f.conversation_id = $2 and f.id = $3) order by m.created_at, m.id"
            );
            rows(tx, &sql, binds![scope.ws(), id, message]).await
        }
        Part::Chosen(messages) => {
            let sql = format!(
                "{columns} and m.id in {} order by m.created_at, m.id",
                listed(tx.get_database_backend(), 3)
            );
            let list = text_list(messages.iter().map(MessageId::as_str));
            rows(tx, &sql, binds![scope.ws(), id, list]).await
        }
    }
}

/// Under which address the first message was written: one of those whose messages are in the conversation.
async fn under(tx: &Tx, scope: &Scope, thread: &Thread, first: &Said) -> Result<Way> {
    let sql = format!(
        "select {WAY} from conversations k
               where k.workspace_id = $1 and k.split_from_id is null
                 and (k.id = $2 or k.merged_into_id = $2
                      or k.id in (select s.split_from_id from conversations s where s.workspace_id = $1 and (s.id = $2 or s.merged_into_id = $2)))
               order by k.id"
    );
    let ways: Vec<Way> = rows(tx, &sql, binds![scope.ws(), &thread.id]).await?;
    let is_exact = |way: &Way| match first.direction.as_str() {
        "out" => way.address_key == first.to_key,
        _ => way.address.eq_ignore_ascii_case(&first.from_address),
    };
    let is_it = |way: &Way| way.channel == first.channel && way.sender_id == first.sender_id;
    let mut found: Vec<Way> = ways.into_iter().filter(is_it).collect();
    let at = found.iter().position(is_exact).unwrap_or(0);
    if found.is_empty() {
        return Err(Error::NotFound("conversation under this address"));
    }
    Ok(found.swap_remove(at))
}
