//! Two conversations with one person that are made one: what was said, noted, labelled and typed in both stands in one,
//! and the other leads there. What moved is remembered by its ids, so that it can be taken apart again.

use super::place::refresh;
use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run, scalar, scalars},
};
use domain::{
    Channel,
    conversation::{Standing, is_counted},
    ids::{ContactId, ConversationId, MemberId, MessageId, SenderId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// A conversation as it is held while its messages move.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Thread {
    pub(super) id: ConversationId,
    pub(super) contact_id: Option<ContactId>,
    pub(super) owner_id: Option<MemberId>,
    pub(super) status: String,
    pub(super) snoozed_until: Option<i64>,
    pub(super) wakes_on_answer: i64,
    pub(super) assignee_id: Option<MemberId>,
    pub(super) unread: i64,
    pub(super) merged_into_id: Option<ConversationId>,
    pub(super) split_from_id: Option<ConversationId>,
}

impl Thread {
    pub(super) fn standing(&self) -> Standing {
        Standing::read(&self.status, self.snoozed_until, self.wakes_on_answer != 0)
    }
}

/// What a merge moved, by ids, and how the other stood before.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Image {
    pub(super) status: String,
    pub(super) snoozed_until: Option<i64>,
    pub(super) wakes_on_answer: i64,
    pub(super) unread: i64,
    /// Who was asked to answer in the other, where nobody was in the first.
    pub(super) assignee: Option<MemberId>,
    pub(super) messages: Vec<String>,
    pub(super) notes: Vec<String>,
    pub(super) notifications: Vec<String>,
    /// The members who were typing in the other.
    pub(super) drafts: Vec<String>,
    pub(super) labels: Vec<String>,
    /// Those that the first got by it.
    pub(super) added: Vec<String>,
    /// What had been merged into the other before.
    pub(super) rows: Vec<ConversationId>,
}

/// What was merged into a conversation.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Merged {
    /// The conversation that it was.
    pub id: ConversationId,
    /// On which channel.
    pub channel: Channel,
    /// With which address of theirs.
    pub address: String,
    /// From which of our senders.
    pub sender_name: String,
    /// When.
    pub at: At,
}

/// Holds conversations until the end of the transaction, in the order of their ids. [`Error::NotFound`] where one is not
/// there, not for the scope's eyes, or merged.
pub(super) async fn hold(tx: &Tx, scope: &Scope, ids: [&ConversationId; 2]) -> Result<[Thread; 2]> {
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for update" };
    let sql = format!(
        "select id, contact_id, owner_id, status, snoozed_until, wakes_on_answer,
           assignee_id, unread, merged_into_id, split_from_id
         from conversations where workspace_id = $1 and id in ($2, $3) order by id{lock}"
    );
    let both: Vec<Thread> = rows(tx, &sql, binds![scope.ws(), ids[0], ids[1]]).await?;
    let find = |id: &ConversationId| {
        let found = both.iter().find(|one| one.id == *id);
        let seen = found.filter(|one| scope.may_see(one.owner_id.as_ref().map(MemberId::as_str)));
        seen.cloned().ok_or(Error::NotFound("conversation"))
    };
    Ok([find(ids[0])?, find(ids[1])?])
}

/// Makes `other` a part of `id`. [`Error::Conflict`] where they are not with one person, or may not be one.
pub async fn merge(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    other: &ConversationId,
    now: i64,
) -> Result<()> {
    let [stays, goes] = hold(tx, scope, [id, other]).await?;
    if stays.merged_into_id.is_some() || goes.merged_into_id.is_some() {
        return Err(Error::NotFound("conversation"));
    }
    require_one_person(&stays, &goes)?;
    require_apart(tx, scope, id, other).await?;
    let image = absorb(tx, scope, &stays, &goes, now).await?;
    let sql = "insert into conversation_merges (workspace_id, other_id, into_id, image, member_id, at) values ($1, $2, $3, $4, $5, $6)";
    let image = serde_json::to_string(&image)?;
    run(tx, sql, binds![scope.ws(), other, id, image, scope.member.clone(), now]).await?;
    Ok(())
}

/// Everything that lies in `goes` lies in `stays` from now on, and `goes` leads there. Both are held. What moved.
pub(super) async fn absorb(tx: &Tx, scope: &Scope, stays: &Thread, goes: &Thread, now: i64) -> Result<Image> {
    let image = move_all(tx, scope, stays, goes, now).await?;
    let united = stays.standing().with(goes.standing());
    let (until, wakes) = match united {
        Standing::Snoozed { until, wakes } => (Some(until), i64::from(wakes)),
        Standing::Open | Standing::Done => (None, 1),
    };
    let assignee = stays.assignee_id.clone().or(goes.assignee_id.clone());
    let sql = "update conversations set status = $3, snoozed_until = $4, wakes_on_answer = $5, assignee_id = $6, unread = $7
               where workspace_id = $1 and id = $2";
    let unread = stays.unread + goes.unread;
    run(tx, sql, binds![scope.ws(), &stays.id, united.as_str(), until, wakes, assignee, unread]).await?;
    refresh(tx, scope, &stays.id).await?;
    // Out of every list, but under its address.
    let sql = "update conversations set status = 'merged', snoozed_until = null, unread = 0, inbound = 0, merged_into_id = $3
               where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), &goes.id, &stays.id]).await?;
    Ok(image)
}

fn require_one_person(stays: &Thread, goes: &Thread) -> Result<()> {
    let why = match (&stays.contact_id, &goes.contact_id) {
        (Some(one), Some(other)) if one == other => return Ok(()),
        (Some(_), Some(_)) => {
            "these conversations are with two contacts. If they are one person, merge the contacts first"
        }
        _ => "nobody knows yet who one of these is with. Say whose it is first, then merge them",
    };
    Err(Error::Conflict(why.into()))
}

/// What may be written to one address and what to another is counted apart.
async fn require_apart(tx: &Tx, scope: &Scope, id: &ConversationId, other: &ConversationId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Way {
        channel: Channel,
        sender_id: SenderId,
    }
    let sql = "select channel, sender_id from conversations
               where workspace_id = $1 and (id in ($2, $3) or merged_into_id in ($2, $3)) and split_from_id is null";
    let ways: Vec<Way> = rows(tx, sql, binds![scope.ws(), id, other]).await?;
    let mut met = HashSet::new();
    for way in ways.into_iter().filter(|way| is_counted(way.channel)) {
        let name = way.channel.name();
        if !met.insert((way.channel, way.sender_id)) {
            let why = format!(
                "these are two addresses that write to one of your {name} accounts. {name} counts for each by itself how much may be written, so they stay apart"
            );
            return Err(Error::Conflict(why));
        }
    }
    Ok(())
}

async fn move_all(tx: &Tx, scope: &Scope, stays: &Thread, goes: &Thread, now: i64) -> Result<Image> {
    let of = || binds![scope.ws(), &goes.id, &stays.id];
    let to = |table: &str| {
        format!("update {table} set conversation_id = $3 where workspace_id = $1 and conversation_id = $2")
    };
    let messages = scalars(tx, &format!("{} returning id as value", to("messages")), of()).await?;
    move_words(tx, scope, &stays.id, &messages).await?;
    run(tx, &to("message_words"), of()).await?;
    let notes = scalars(tx, &format!("{} returning id as value", to("notes")), of()).await?;
    run(tx, &to("mentions"), of()).await?;
    // Of what was told twice, one is enough.
    let seen = "update notifications set seen_at = $4 where workspace_id = $1 and conversation_id = $2 and seen_at is null
                  and exists (select 1 from notifications t where t.workspace_id = $1 and t.conversation_id = $3
                                and t.member_id = notifications.member_id and t.kind = notifications.kind and t.seen_at is null)";
    run(tx, seen, binds![scope.ws(), &goes.id, &stays.id, now]).await?;
    let notifications = scalars(tx, &format!("{} returning id as value", to("notifications")), of()).await?;
    // What is still to be said of it is said of the thread that stays, or is said there anyway.
    run(tx, "delete from notices where workspace_id = $1 and conversation_id = $2 and status = 'waiting' and exists
               (select 1 from notices o where o.workspace_id = $1 and o.conversation_id = $3 and o.status = 'waiting' and o.way = notices.way
                  and o.member_id = notices.member_id and o.subscription_id = notices.subscription_id and o.kind = notices.kind)", of()).await?;
    run(tx, &to("notices"), of()).await?;
    let (labels, added) = move_labels(tx, scope, stays, goes).await?;
    let rest = "update conversations set merged_into_id = $3 where workspace_id = $1 and merged_into_id = $2 returning id as value";
    let led = scalars(tx, rest, of()).await?;
    let lead = "update conversation_merges set into_id = $3 where workspace_id = $1 and into_id = $2";
    run(tx, lead, of()).await?;
    Ok(Image {
        status: goes.status.clone(),
        snoozed_until: goes.snoozed_until,
        wakes_on_answer: goes.wakes_on_answer,
        unread: goes.unread,
        assignee: goes.assignee_id.clone().filter(|_| stays.assignee_id.is_none()),
        messages,
        notes,
        notifications,
        drafts: move_drafts(tx, scope, stays, goes).await?,
        labels,
        added,
        rows: led,
    })
}

/// Messages that moved are found where they are: those of which the words are being read right now, too.
pub(super) async fn move_words(tx: &Tx, scope: &Scope, to: &ConversationId, ids: &[String]) -> Result<()> {
    let sql = format!(
        "update message_words set conversation_id = $2 where workspace_id = $1 and message_id in {}",
        crate::sql::listed(tx.get_database_backend(), 3)
    );
    run(tx, &sql, binds![scope.ws(), to, crate::sql::text_list(ids)]).await?;
    let ids: Vec<MessageId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    crate::search::note_messages(tx, scope, &ids).await
}

/// The labels of the one that goes, and those of them that the other had not.
async fn move_labels(
    tx: &Tx,
    scope: &Scope,
    stays: &Thread,
    goes: &Thread,
) -> Result<(Vec<String>, Vec<String>)> {
    let put = "insert into conversation_labels (workspace_id, conversation_id, label_id)
               select $1, $3, k.label_id from conversation_labels k where k.workspace_id = $1 and k.conversation_id = $2
               on conflict do nothing returning label_id as value";
    let added = scalars(tx, put, binds![scope.ws(), &goes.id, &stays.id]).await?;
    let take = "delete from conversation_labels where workspace_id = $1 and conversation_id = $2 returning label_id as value";
    Ok((scalars(tx, take, binds![scope.ws(), &goes.id]).await?, added))
}

/// What members are typing goes along; who types in both has it in one text.
async fn move_drafts(tx: &Tx, scope: &Scope, stays: &Thread, goes: &Thread) -> Result<Vec<String>> {
    let of = || binds![scope.ws(), &goes.id, &stays.id];
    let alone =
        "update reply_drafts set conversation_id = $3 where workspace_id = $1 and conversation_id = $2
                   and not exists (select 1 from reply_drafts t where t.workspace_id = $1 and t.conversation_id = $3
                                     and t.member_id = reply_drafts.member_id)
                 returning member_id as value";
    let drafts = scalars(tx, alone, of()).await?;
    let both = "update reply_drafts set version = version + 1, body = body || '\n\n' ||
                  (select t.body from reply_drafts t where t.workspace_id = $1 and t.conversation_id = $2 and t.member_id = reply_drafts.member_id)
                where workspace_id = $1 and conversation_id = $3
                  and exists (select 1 from reply_drafts t where t.workspace_id = $1 and t.conversation_id = $2
                                and t.member_id = reply_drafts.member_id)";
    run(tx, both, of()).await?;
    let sql = "delete from reply_drafts where workspace_id = $1 and conversation_id = $2";
    run(tx, sql, binds![scope.ws(), &goes.id]).await?;
    Ok(drafts)
}

/// What was merged into a conversation, the newest first.
pub async fn merged_into(db: &Db, scope: &Scope, id: &ConversationId) -> Result<Vec<Merged>> {
    let sql = "select v.id, v.channel, v.address, s.name as sender_name, g.at
               from conversation_merges g join conversations v on v.workspace_id = g.workspace_id and v.id = g.other_id
                 join senders s on s.id = v.sender_id
               where g.workspace_id = $1 and g.into_id = $2 order by g.at desc, v.id desc limit 50";
    rows(&db.reader(scope), sql, binds![scope.ws(), id]).await
}

/// What it takes to undo a merge, and when it was.
pub(super) async fn image_of(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    other: &ConversationId,
) -> Result<(Image, i64)> {
    #[derive(FromQueryResult)]
    struct Kept {
        image: String,
        at: i64,
    }
    let sql = "select image, at from conversation_merges where workspace_id = $1 and other_id = $2 and into_id = $3";
    let kept: Kept = row(tx, sql, binds![scope.ws(), other, id])
        .await?
        .ok_or(Error::NotFound("merge of these conversations"))?;
    Ok((serde_json::from_str(&kept.image)?, kept.at))
}

/// Whether a contact has a conversation that is merged into one of somebody else: their contacts were one then.
pub(crate) async fn tangled(tx: &Tx, scope: &Scope, contacts: [&ContactId; 2]) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from conversations k
                 join conversations v on v.workspace_id = k.workspace_id and v.id = k.merged_into_id
               where k.workspace_id = $1 and k.contact_id in ($2, $3) and v.contact_id is not null and v.contact_id <> k.contact_id limit 1";
    Ok(scalar::<i64>(tx, sql, binds![scope.ws(), contacts[0], contacts[1]]).await?.is_some())
}
