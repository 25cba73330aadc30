//! In which conversation a message lies. Under each of our senders and each address of theirs there is one; where that
//! was merged into another, what is written lands there, and an answer to a message that was split off lands beside it.

use super::{Open, block, merge::Thread};
use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{binds, listed, row, rows, run, scalar, scalars, text_list},
};
use domain::{
    Channel,
    ids::{ConversationId, MemberId, SenderId},
};
use sea_orm::FromQueryResult;

/// The conversations in which messages between the sender `$2` and the address `$3` may lie.
pub(crate) const BETWEEN: &str =
    "(select coalesce(k.merged_into_id, k.id) from conversations k where k.workspace_id = $1 and k.sender_id = $2 and k.address_key = $3
      union select coalesce(s.merged_into_id, s.id) from conversations k join conversations s on s.workspace_id = k.workspace_id and s.split_from_id = k.id
            where k.workspace_id = $1 and k.sender_id = $2 and k.address_key = $3)";

/// An address under which messages are written. The names of its columns are [`WAY`].
#[derive(FromQueryResult)]
pub(super) struct Way {
    pub(super) id: ConversationId,
    pub(super) channel: Channel,
    pub(super) sender_id: SenderId,
    pub(super) address: String,
    pub(super) address_key: String,
}

pub(super) const WAY: &str = "k.id, k.channel, k.sender_id, k.address, k.address_key";

/// Where a conversation is found now: itself, or what it was merged into.
pub async fn follow(db: &Db, scope: &Scope, id: &ConversationId) -> Result<ConversationId> {
    let sql = "select merged_into_id as value from conversations where workspace_id = $1 and id = $2 and merged_into_id is not null";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), id]).await?.unwrap_or_else(|| id.clone()))
}

/// The same of several, each once, in order.
pub async fn follow_all(db: &Db, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<ConversationId>> {
    #[derive(FromQueryResult)]
    struct Went {
        id: ConversationId,
        merged_into_id: ConversationId,
    }
    let sql = format!(
        "select id, merged_into_id from conversations where workspace_id = $1 and merged_into_id is not null and id in {}",
        listed(db.backend(), 2)
    );
    let list = text_list(ids.iter().map(ConversationId::as_str));
    let went: Vec<Went> = rows(&db.reader(scope), &sql, binds![scope.ws(), list]).await?;
    let now = |id: &ConversationId| {
        let moved = went.iter().find(|one| one.id == *id);
        moved.map_or_else(|| id.clone(), |one| one.merged_into_id.clone())
    };
    let mut found: Vec<ConversationId> = ids.iter().map(now).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// What comes in with a message.
pub(super) struct Coming<'a> {
    pub(super) open: &'a Open,
    pub(super) kind: Option<&'a str>,
    pub(super) their_name: Option<&'a str>,
    pub(super) now: i64,
}

/// The conversation of the message that is answered, if that was split off.
pub(super) async fn split_off(
    tx: &Tx,
    scope: &Scope,
    answered: Option<&ConversationId>,
) -> Result<Option<ConversationId>> {
    let Some(id) = answered else { return Ok(None) };
    let sql = "select coalesce(merged_into_id, id) as value from conversations
               where workspace_id = $1 and id = $2 and split_from_id is not null";
    scalar(tx, sql, binds![scope.ws(), id]).await
}

/// An inbound message lands in this conversation. `false` where it was merged meanwhile.
pub(super) async fn come_into(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    what: &Coming<'_>,
) -> Result<bool> {
    let Coming { open, kind, their_name, now } = what;
    let sql = "update conversations set
                 contact_id = coalesce(contact_id, $3),
                 owner_id = coalesce(owner_id, (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = $3)),
                 status = case when status = 'snoozed' and wakes_on_answer = 0 then 'snoozed' else 'open' end,
                 unread = unread + 1, inbound = 1, last_snippet = $4, last_direction = 'in', last_kind = $5, last_at = $6,
                 their_name = coalesce($7, their_name)
               where workspace_id = $1 and id = $2 and merged_into_id is null";
    let values = binds![
        scope.ws(),
        id,
        open.contact_id.clone(),
        open.snippet.as_str(),
        kind.map(str::to_owned),
        *now,
        their_name.map(str::to_owned)
    ];
    if run(tx, sql, values).await? == 0 {
        return Ok(false);
    }
    block::keep(tx, scope, id).await?;
    Ok(true)
}

/// Where the conversation under an address went that was merged.
pub(super) async fn went(tx: &Tx, scope: &Scope, open: &Open) -> Result<ConversationId> {
    let sql = "select merged_into_id as value from conversations
               where workspace_id = $1 and channel = $2 and sender_id = $3 and address_key = $4 and merged_into_id is not null";
    let values = binds![scope.ws(), open.channel, &open.sender_id, open.address_key.as_str()];
    scalar(tx, sql, values).await?.ok_or(Error::NotFound("conversation"))
}

/// An outbound message lands in this conversation, which `moves` up with it unless it is a draft. Whose it is; `None`
/// where there is none such, or it was merged.
pub(super) async fn go_into(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    open: &Open,
    moves: bool,
    now: i64,
) -> Result<Option<Option<MemberId>>> {
    #[derive(FromQueryResult)]
    struct Whose {
        owner_id: Option<MemberId>,
    }
    let (set, values) = match moves {
        true => (
            "last_snippet = $3, last_direction = 'out', last_at = $4, campaign_id = coalesce($5, campaign_id)",
            binds![scope.ws(), id, open.snippet.as_str(), now, open.campaign_id.clone()],
        ),
        // It stays where it is, but is held.
        false => ("last_at = last_at", binds![scope.ws(), id]),
    };
    let sql = format!(
        "update conversations set {set} where workspace_id = $1 and id = $2 and merged_into_id is null returning owner_id"
    );
    Ok(row::<Whose>(tx, &sql, values).await?.map(|whose| whose.owner_id))
}

/// What the list shows of a conversation, after messages came or went.
pub(super) async fn refresh(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    crate::message::show_last(tx, scope, id).await?;
    let newest = "where m.workspace_id = $1 and m.conversation_id = $2";
    let order = "order by m.created_at desc, m.id desc limit 1";
    let sql = format!(
        "update conversations set
           inbound = case when exists (select 1 from messages m {newest} and m.direction = 'in') then 1 else 0 end,
           last_kind = (select m.kind from messages m {newest} and m.direction = 'in' {order}),
           campaign_id = (select m.campaign_id from messages m {newest} and m.direction = 'out' and m.campaign_id is not null
                            and m.status not in ('cancelled', 'draft', 'rejected') {order})
         where workspace_id = $1 and id = $2"
    );
    run(tx, &sql, binds![scope.ws(), id]).await?;
    Ok(())
}

/// The messages that nobody has read: the newest of those that came in.
pub(super) async fn unread_in(tx: &Tx, scope: &Scope, thread: &Thread) -> Result<Vec<String>> {
    let sql = "select m.id as value from messages m where m.workspace_id = $1 and m.conversation_id = $2 and m.direction = 'in'
               order by m.created_at desc, m.id desc limit $3";
    scalars(tx, sql, binds![scope.ws(), &thread.id, thread.unread]).await
}
