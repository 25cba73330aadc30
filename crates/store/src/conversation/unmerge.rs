//! A merge of conversations taken back: each has again what it had, and what came since under its address.

use super::{
    merge::{Image, Thread, hold, image_of, move_words},
    place::{WAY, Way, refresh, unread_in},
};
use crate::{
    Result, Scope, Tx,
    error::Error,
    sql::{binds, listed, rows, run, scalars, text_list},
};
use domain::ids::ConversationId;
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Takes `other` out of `id` again. [`Error::NotFound`] where it is no part of it.
pub async fn unmerge(tx: &Tx, scope: &Scope, id: &ConversationId, other: &ConversationId) -> Result<()> {
    let [stays, goes] = hold(tx, scope, [id, other]).await?;
    if goes.merged_into_id.as_ref() != Some(id) {
        return Err(Error::NotFound("merge of these conversations"));
    }
    let (image, at) = image_of(tx, scope, id, other).await?;
    let fresh = unread_in(tx, scope, &stays).await?;
    let back = lead_back(tx, scope, &stays, &goes, &image).await?;
    let mut messages = listed_back(tx, scope, "messages", &stays, &goes, &image.messages).await?;
    let later = later_ones(tx, scope, &stays, &goes, &back, at).await?;
    let answered = later.iter().any(|one| one.is_inbound != 0);
    let since = later.iter().filter(|one| one.is_inbound != 0).count() as i64;
    messages.extend(later.into_iter().map(|one| one.id));
    move_words(tx, scope, other, &messages).await?;
    listed_back(tx, scope, "notes", &stays, &goes, &image.notes).await?;
    listed_back(tx, scope, "notifications", &stays, &goes, &image.notifications).await?;
    let backend = tx.get_database_backend();
    let of = |list: &[String]| binds![scope.ws(), id, other, text_list(list)];
    let sql = format!(
        "update mentions set conversation_id = $3 where workspace_id = $1 and conversation_id = $2 and note_id in {}",
        listed(backend, 4)
    );
    run(tx, &sql, of(&image.notes)).await?;
    let sql = format!(
        "update reply_drafts set conversation_id = $3 where workspace_id = $1 and conversation_id = $2 and member_id in {}",
        listed(backend, 4)
    );
    run(tx, &sql, of(&image.drafts)).await?;
    labels_back(tx, scope, &stays, &goes, &image).await?;
    // As many stay unread as are. Where somebody has read it since, those are unread that came after that.
    let unread = match image.unread + since {
        all if all <= stays.unread => all,
        _ => fresh.iter().filter(|one| messages.contains(one)).count() as i64,
    };
    let status = if answered { "open" } else { image.status.as_str() };
    let sql = "update conversations set status = $3, snoozed_until = $4, wakes_on_answer = $5, unread = $6, merged_into_id = null
               where workspace_id = $1 and id = $2";
    let until = image.snoozed_until.filter(|_| status == "snoozed");
    run(tx, sql, binds![scope.ws(), other, status, until, image.wakes_on_answer, unread]).await?;
    let sql = "update conversations set unread = unread - $3,
                 assignee_id = case when assignee_id = $4 then null else assignee_id end
               where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, unread, image.assignee.clone()]).await?;
    refresh(tx, scope, id).await?;
    refresh(tx, scope, other).await?;
    let sql = "delete from conversation_merges where workspace_id = $1 and other_id = $2";
    run(tx, sql, binds![scope.ws(), other]).await?;
    Ok(())
}

/// What had been merged into the other leads there again. The addresses that are the other's.
async fn lead_back(
    tx: &Tx,
    scope: &Scope,
    stays: &Thread,
    goes: &Thread,
    image: &Image,
) -> Result<Vec<ConversationId>> {
    let sql = format!(
        "update conversations set merged_into_id = $3 where workspace_id = $1 and merged_into_id = $2 and id in {} returning id as value",
        listed(tx.get_database_backend(), 4)
    );
    let list = text_list(image.rows.iter().map(ConversationId::as_str));
    let mut ids: Vec<ConversationId> =
        scalars(tx, &sql, binds![scope.ws(), &stays.id, &goes.id, list]).await?;
    let sql = format!(
        "update conversation_merges set into_id = $3 where workspace_id = $1 and into_id = $2 and other_id in {}",
        listed(tx.get_database_backend(), 4)
    );
    let list = text_list(ids.iter().map(ConversationId::as_str));
    run(tx, &sql, binds![scope.ws(), &stays.id, &goes.id, list]).await?;
    if goes.split_from_id.is_none() {
        ids.push(goes.id.clone());
    }
    Ok(ids)
}

/// What is remembered and still there goes back. Which it was.
async fn listed_back(
    tx: &Tx,
    scope: &Scope,
    table: &str,
    stays: &Thread,
    goes: &Thread,
    ids: &[String],
) -> Result<Vec<String>> {
    let sql = format!(
        "update {table} set conversation_id = $3 where workspace_id = $1 and conversation_id = $2 and id in {} returning id as value",
        listed(tx.get_database_backend(), 4)
    );
    scalars(tx, &sql, binds![scope.ws(), &stays.id, &goes.id, text_list(ids)]).await
}

/// What was written since the merge.
#[derive(FromQueryResult)]
struct Later {
    id: String,
    is_inbound: i64,
}

/// What was written since under an address of the other goes there. An answer from an address that nobody has goes back
/// only where no address that stays has the same channel and sender.
async fn later_ones(
    tx: &Tx,
    scope: &Scope,
    stays: &Thread,
    goes: &Thread,
    back: &[ConversationId],
    since: i64,
) -> Result<Vec<Later>> {
    let sql = format!(
        "select {WAY} from conversations k
         where k.workspace_id = $1 and (k.id in ($2, $3) or k.merged_into_id in ($2, $3)) and k.split_from_id is null"
    );
    let ways: Vec<Way> = rows(tx, &sql, binds![scope.ws(), &stays.id, &goes.id]).await?;
    let (go, stay): (Vec<Way>, Vec<Way>) = ways.into_iter().partition(|way| back.contains(&way.id));
    let mut moved = Vec::new();
    for way in go {
        let is_shared = stay.iter().any(|one| one.channel == way.channel && one.sender_id == way.sender_id);
        let sql = "update messages set conversation_id = $3 where workspace_id = $1 and conversation_id = $2
                     and channel = $4 and sender_id = $5 and created_at >= $6
                     and (direction = 'out' and to_key = $7 or direction = 'in' and ($9 = 0 or lower(from_address) = lower($8)))
                   returning id, cast(case when direction = 'in' then 1 else 0 end as bigint) as is_inbound";
        let values = binds![
            scope.ws(),
            &stays.id,
            &goes.id,
            way.channel,
            &way.sender_id,
            since,
            way.address_key.as_str(),
            way.address.as_str(),
            i64::from(is_shared)
        ];
        moved.extend(rows::<Later>(tx, sql, values).await?);
    }
    Ok(moved)
}

async fn labels_back(tx: &Tx, scope: &Scope, stays: &Thread, goes: &Thread, image: &Image) -> Result<()> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "insert into conversation_labels (workspace_id, conversation_id, label_id)
         select $1, $2, l.id from labels l where l.workspace_id = $1 and l.id in {} on conflict do nothing",
        listed(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), &goes.id, text_list(&image.labels)]).await?;
    let sql = format!(
        "delete from conversation_labels where workspace_id = $1 and conversation_id = $2 and label_id in {}",
        listed(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), &stays.id, text_list(&image.added)]).await?;
    Ok(())
}

/// Refuses to take two contacts apart whose conversations are one.
pub(crate) async fn require_untangled(
    tx: &Tx,
    scope: &Scope,
    contacts: [&domain::ids::ContactId; 2],
) -> Result<()> {
    match super::merge::tangled(tx, scope, contacts).await? {
        true => Err(Error::Conflict(
            "conversations of these two were merged since. Take those apart first, in the inbox".into(),
        )),
        false => Ok(()),
    }
}
