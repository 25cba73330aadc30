//! Answers that wait in the queue: for the moment in which they can be taken back, or for a time that somebody chose.
//! They leave as every other message does; here is only what happens to them before.

use crate::{
    Result, Scope, Tx,
    sql::{binds, row, rows, run, scalar},
};
use domain::ids::{ConversationId, MessageId};
use sea_orm::FromQueryResult;

/// Says of a message that was queued in this transaction for when it is, and whether an answer withdraws it.
pub async fn wait(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    scheduled_for: Option<i64>,
    unless_answered: bool,
) -> Result<()> {
    let sql =
        "update messages set scheduled_for = $3, unless_answered = $4 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, scheduled_for, i64::from(unless_answered)]).await?;
    Ok(())
}

/// Takes back what a person wrote and has not left; its text. `None` where it is under way, or has ended.
pub async fn recall(tx: &Tx, scope: &Scope, id: &MessageId) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct Taken {
        conversation_id: ConversationId,
        body: String,
    }
    let sql = "update messages set status = 'cancelled', error_code = 'message.recalled', error_text = 'Taken back before it left'
               where workspace_id = $1 and id = $2 and status = 'queued' and author_id is not null and campaign_id is null
                 and enrollment_id is null
               returning conversation_id, body";
    let Some(taken) = row::<Taken>(tx, sql, binds![scope.ws(), id]).await? else { return Ok(None) };
    show_last(tx, scope, &taken.conversation_id).await?;
    Ok(Some(taken.body))
}

/// The list shows what was said last, not what was taken back.
pub(crate) async fn show_last(tx: &Tx, scope: &Scope, conversation: &ConversationId) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Last {
        body: String,
        direction: String,
        created_at: i64,
    }
    let sql = "select body, direction, created_at from messages
               where workspace_id = $1 and conversation_id = $2 and status not in ('cancelled', 'draft', 'rejected')
               order by created_at desc, id desc limit 1";
    let Some(last) = row::<Last>(tx, sql, binds![scope.ws(), conversation]).await? else { return Ok(()) };
    let words = last.body.split_whitespace().collect::<Vec<_>>().join(" ");
    let snippet: String = words.chars().take(120).collect();
    let sql = "update conversations set last_snippet = $3, last_direction = $4, last_at = $5
               where workspace_id = $1 and id = $2";
    let values = binds![scope.ws(), conversation, snippet, last.direction, last.created_at];
    run(tx, sql, values).await?;
    Ok(())
}

/// They wrote: what was to leave only if they did not is withdrawn. Which it was.
pub async fn answered_first(tx: &Tx, scope: &Scope, conversation: &ConversationId) -> Result<Vec<MessageId>> {
    #[derive(FromQueryResult)]
    struct Withdrawn {
        id: MessageId,
    }
    let sql = "update messages set status = 'cancelled', error_code = 'message.answered_first',
                 error_text = 'They wrote before it was to leave'
               where workspace_id = $1 and conversation_id = $2 and status = 'queued' and unless_answered = 1 returning id";
    let withdrawn: Vec<Withdrawn> = rows(tx, sql, binds![scope.ws(), conversation]).await?;
    Ok(withdrawn.into_iter().map(|message| message.id).collect())
}

/// A colleague's answer that the scope's member had not seen when they wrote theirs.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Unseen {
    /// Who answered.
    pub name: Option<String>,
    /// When.
    pub created_at: i64,
}

/// What a colleague has said in a conversation since the message `seen`. Asked in the transaction that holds the
/// conversation, so that of two who answer at once the second is told.
pub async fn unseen(
    tx: &Tx,
    scope: &Scope,
    conversation: &ConversationId,
    seen: &MessageId,
) -> Result<Option<Unseen>> {
    let at = "select created_at as value from messages where workspace_id = $1 and conversation_id = $2 and id = $3";
    let at: Option<i64> = scalar(tx, at, binds![scope.ws(), conversation, seen]).await?;
    let sql = "select u.name, m.created_at from messages m join members a on a.id = m.author_id join users u on u.id = a.user_id
               where m.workspace_id = $1 and m.conversation_id = $2 and m.direction = 'out' and m.author_id <> $3
                 and m.status not in ('cancelled', 'draft', 'rejected') and (m.created_at, m.id) > ($4, $5)
               order by m.created_at desc, m.id desc limit 1";
    let me = scope.member.as_ref().map_or_else(String::new, ToString::to_string);
    row(tx, sql, binds![scope.ws(), conversation, me, at.unwrap_or(0), seen]).await
}
