//! Answers that are being typed, one for each member and conversation. Nobody has said that they are to be sent: what
//! waits for an approval is a message, and lies elsewhere.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, rows, run, scalar},
};
use domain::ids::{ConversationId, MemberId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// What a member is typing.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct ReplyDraft {
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// Who.
    pub member_id: MemberId,
    /// Their name.
    pub member_name: Option<String>,
    /// What.
    pub text: String,
    /// Rises with each change.
    pub version: i64,
    /// Since when it is like this.
    pub updated_at: At,
}

/// What is being typed in a conversation, the newest first.
pub async fn list(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<Vec<ReplyDraft>> {
    let sql = format!(
        "select d.conversation_id, d.member_id, u.name as member_name, d.body as text, d.version, d.updated_at
         from reply_drafts d join conversations v on v.id = d.conversation_id
           left join members a on a.id = d.member_id left join users u on u.id = a.user_id
         where d.workspace_id = $1 and d.conversation_id = $2 and {} order by d.updated_at desc, d.member_id limit 100",
        is_theirs("v.owner_id", 3)
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), conversation, scope.whose()]).await
}

/// Keeps what a member typed on top of version `over`, where 0 is nothing; the version that it became. A text of
/// nothing takes the draft away. [`Error::Conflict`] where it has become another one meanwhile, or was sent: nothing is
/// overwritten that the writer has not seen.
pub async fn keep(
    tx: &Tx,
    scope: &Scope,
    conversation: &ConversationId,
    member: &MemberId,
    text: &str,
    over: i64,
    now: i64,
) -> Result<i64> {
    let of = || binds![scope.ws(), conversation, member, text, over, now];
    let changed: Option<i64> = if over == 0 {
        let sql =
            "insert into reply_drafts (workspace_id, conversation_id, member_id, body, version, updated_at)
                   values ($1, $2, $3, $4, $5 + 1, $6) on conflict do nothing returning version as value";
        if text.is_empty() {
            scalar(tx, NOTHING, of()[..3].to_vec()).await?
        } else {
            scalar(tx, sql, of()).await?
        }
    } else if text.is_empty() {
        let sql = "delete from reply_drafts where workspace_id = $1 and conversation_id = $2 and member_id = $3 and version = $4
                   returning cast(0 as bigint) as value";
        scalar(tx, sql, binds![scope.ws(), conversation, member, over]).await?
    } else {
        let sql = "update reply_drafts set body = $4, version = version + 1, updated_at = $6
                   where workspace_id = $1 and conversation_id = $2 and member_id = $3 and version = $5
                   returning version as value";
        scalar(tx, sql, of()).await?
    };
    changed.ok_or_else(|| {
        Error::Conflict(
            "this answer was changed in another window meanwhile. Look at it there, or here again".into(),
        )
    })
}

/// 0 where the member types nothing.
const NOTHING: &str = "select cast(0 as bigint) as value where not exists (select 1 from reply_drafts
    where workspace_id = $1 and conversation_id = $2 and member_id = $3)";

/// The member's answer is on its way.
pub async fn sent(tx: &Tx, scope: &Scope, conversation: &ConversationId) -> Result<()> {
    let Some(member) = &scope.member else { return Ok(()) };
    let sql = "delete from reply_drafts where workspace_id = $1 and conversation_id = $2 and member_id = $3";
    run(tx, sql, binds![scope.ws(), conversation, member]).await?;
    Ok(())
}
