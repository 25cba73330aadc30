//! Blocking the person of a conversation: what they write is kept and shown in one place only, and nothing is sent to
//! them until somebody changes their mind. What waits for that is not late because of it.

use crate::{
    Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{binds, row, rows, run, scalar},
    workspace,
};
use domain::ids::{ContactId, ConversationId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

/// What is said of the campaigns of somebody who is blocked.
const DETAIL: &str = "They are blocked: nothing is sent until somebody unblocks them";

#[derive(FromQueryResult)]
struct Person {
    contact_id: Option<ContactId>,
    channel: String,
    address_key: String,
}

#[derive(FromQueryResult)]
struct Of {
    id: ConversationId,
}

/// Blocks whoever a conversation is with: the contact with all their conversations, or the address of a stranger.
/// Returns the conversations that this changes.
pub async fn block(tx: &Tx, scope: &Scope, id: &ConversationId, now: i64) -> Result<Vec<ConversationId>> {
    let person = person(tx, scope, id).await?;
    // Whoever takes an answer in holds the conversation first, then the contact.
    let mut changed = mark(tx, scope, &person, Some(now)).await?;
    if let Some(contact) = &person.contact_id {
        hold(tx, scope, contact).await?;
        let sql =
            "update contacts set blocked_at = coalesce(blocked_at, $3) where workspace_id = $1 and id = $2";
        run(tx, sql, binds![scope.ws(), contact, now]).await?;
        // Those that were opened meanwhile.
        changed.extend(mark(tx, scope, &person, Some(now)).await?);
        let sql = "update enrollments set reason = 'blocked', detail = $3
                   where workspace_id = $1 and contact_id = $2 and status in ('active', 'waiting')";
        run(tx, sql, binds![scope.ws(), contact, DETAIL]).await?;
    }
    workspace::guards_changed(tx, scope).await?;
    Ok(changed)
}

/// Takes it back: every conversation is again where it was, and what waited leaves from now on.
pub async fn unblock(tx: &Tx, scope: &Scope, id: &ConversationId, now: i64) -> Result<Vec<ConversationId>> {
    let person = person(tx, scope, id).await?;
    let mut changed = mark(tx, scope, &person, None).await?;
    if let Some(contact) = &person.contact_id {
        hold(tx, scope, contact).await?;
        let sql = "update contacts set blocked_at = null where workspace_id = $1 and id = $2";
        run(tx, sql, binds![scope.ws(), contact]).await?;
        changed.extend(mark(tx, scope, &person, None).await?);
        let sql = "update enrollments set reason = null, detail = null
                   where workspace_id = $1 and contact_id = $2 and reason = 'blocked' and status in ('active', 'waiting')";
        run(tx, sql, binds![scope.ws(), contact]).await?;
    }
    workspace::guards_changed(tx, scope).await?;
    for id in &changed {
        let sql = "update messages set due_at = $3
                   where workspace_id = $1 and conversation_id = $2 and status = 'queued' and due_at < $3";
        run(tx, sql, binds![scope.ws(), id, now]).await?;
    }
    Ok(changed)
}

async fn person(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<Person> {
    let sql = format!(
        "select contact_id, channel, address_key from conversations where workspace_id = $1 and id = $2 and {}",
        is_theirs("owner_id", 3)
    );
    row(tx, &sql, binds![scope.ws(), id, scope.whose()]).await?.ok_or(Error::NotFound("conversation"))
}

/// Whoever is just opening a conversation with them is waited for, and waits.
async fn hold(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<()> {
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for update" };
    let sql = format!("select id as value from contacts where workspace_id = $1 and id = $2{lock}");
    scalar::<ContactId>(tx, &sql, binds![scope.ws(), contact]).await?;
    Ok(())
}

/// Marks their conversations, or takes the mark off.
async fn mark(tx: &Tx, scope: &Scope, person: &Person, at: Option<i64>) -> Result<Vec<ConversationId>> {
    let theirs = match &person.contact_id {
        Some(_) => "contact_id = $3",
        None => {
            "contact_id is null and channel = $4 and address_key = $3
             and sender_id in (select s.id from senders s where s.workspace_id = $1)"
        }
    };
    let differs = if at.is_some() { "null" } else { "not null" };
    let sql = format!(
        "update conversations set blocked_at = $2 where workspace_id = $1 and blocked_at is {differs} and {theirs} returning id"
    );
    let mut values = binds![scope.ws(), at];
    match &person.contact_id {
        Some(contact) => values.extend(binds![contact]),
        None => values.extend(binds![person.address_key.as_str(), person.channel.as_str()]),
    }
    Ok(rows::<Of>(tx, &sql, values).await?.into_iter().map(|of| of.id).collect())
}

/// A conversation in which somebody has just written is blocked where its person is.
pub(super) async fn keep(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    let sql = "update conversations set blocked_at = last_at
               where workspace_id = $1 and id = $2 and blocked_at is null and (
                 exists (select 1 from contacts c where c.workspace_id = $1 and c.id = conversations.contact_id
                           and c.blocked_at is not null)
                 or contact_id is null and exists (
                   select 1 from senders s join conversations o on o.workspace_id = s.workspace_id and o.sender_id = s.id
                   where s.workspace_id = $1 and o.channel = conversations.channel and o.address_key = conversations.address_key
                     and o.contact_id is null and o.blocked_at is not null))";
    run(tx, sql, binds![scope.ws(), id]).await?;
    Ok(())
}
