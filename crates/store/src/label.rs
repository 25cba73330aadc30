//! Labels: words with a colour that conversations carry.

use crate::{
    Db, Result, Scope, Tx,
    conversation::Conversation,
    error::Error,
    sql::{At, binds, listed, rows, run, scalar, text_list},
};
use domain::ids::{ConversationId, LabelId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// A word that conversations carry.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Label {
    /// Id.
    pub id: LabelId,
    /// The word.
    pub name: String,
    /// Name of its colour.
    pub color: String,
    /// How many conversations carry it that are not done, of those that may be seen.
    pub open: i64,
    /// How many carry it, of those that may be seen.
    pub conversations: i64,
    /// Creation.
    pub created_at: At,
}

fn name_key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// All labels of the workspace by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Label>> {
    let sql = "select l.id, l.name, l.color, l.created_at,
          (select count(*) from conversation_labels k join conversations v on v.id = k.conversation_id
           where k.workspace_id = $1 and k.label_id = l.id and v.workspace_id = $1 and v.status <> 'done' and v.blocked_at is null
             and (cast($2 as text) is null or v.owner_id = $2)) as open,
          (select count(*) from conversation_labels k join conversations v on v.id = k.conversation_id
           where k.workspace_id = $1 and k.label_id = l.id and v.workspace_id = $1
             and (cast($2 as text) is null or v.owner_id = $2)) as conversations
        from labels l where l.workspace_id = $1 order by l.name_key, l.id";
    rows(&db.reader(scope), sql, binds![scope.ws(), scope.whose()]).await
}

/// Makes a label. Another one with this name is [`Error::Exists`].
pub async fn create(tx: &Tx, scope: &Scope, id: &LabelId, name: &str, color: &str, now: i64) -> Result<()> {
    run(
        tx,
        "insert into labels (id, workspace_id, name, name_key, color, created_at) values ($2, $1, $3, $4, $5, $6)",
        binds![scope.ws(), id, name, name_key(name), color, now],
    )
    .await?;
    Ok(())
}

/// Changes a label. Another one with this name is [`Error::Exists`].
pub async fn update(
    tx: &Tx,
    scope: &Scope,
    id: &LabelId,
    name: Option<&str>,
    color: Option<&str>,
) -> Result<()> {
    let sql = "update labels set name = coalesce($3, name), name_key = coalesce($4, name_key), color = coalesce($5, color)
               where workspace_id = $1 and id = $2";
    match run(tx, sql, binds![scope.ws(), id, name, name.map(name_key), color]).await? {
        0 => Err(Error::NotFound("label")),
        _ => Ok(()),
    }
}

/// Removes a label from everything that carries it, and itself.
pub async fn delete(tx: &Tx, scope: &Scope, id: &LabelId) -> Result<()> {
    let of = || binds![scope.ws(), id];
    run(tx, "delete from conversation_labels where workspace_id = $1 and label_id = $2", of()).await?;
    match run(tx, "delete from labels where workspace_id = $1 and id = $2", of()).await? {
        0 => Err(Error::NotFound("label")),
        _ => Ok(()),
    }
}

/// Puts a label on everything that carries another one, which is removed.
pub async fn merge(tx: &Tx, scope: &Scope, id: &LabelId, into: &LabelId) -> Result<()> {
    let there = "select id as value from labels where workspace_id = $1 and id = $2";
    if scalar::<String>(tx, there, binds![scope.ws(), into]).await?.is_none() {
        return Err(Error::NotFound("label"));
    }
    run(
        tx,
        "insert into conversation_labels (workspace_id, conversation_id, label_id)
         select $1, k.conversation_id, $3 from conversation_labels k where k.workspace_id = $1 and k.label_id = $2
         on conflict do nothing",
        binds![scope.ws(), id, into],
    )
    .await?;
    delete(tx, scope, id).await
}

/// Puts a label on a conversation; one that is there stays.
pub async fn put(tx: &Tx, scope: &Scope, conversation: &ConversationId, label: &LabelId) -> Result<()> {
    run(
        tx,
        "insert into conversation_labels (workspace_id, conversation_id, label_id) values ($1, $2, $3) on conflict do nothing",
        binds![scope.ws(), conversation, label],
    )
    .await?;
    Ok(())
}

/// Takes a label off a conversation.
pub async fn take(tx: &Tx, scope: &Scope, conversation: &ConversationId, label: &LabelId) -> Result<()> {
    run(
        tx,
        "delete from conversation_labels where workspace_id = $1 and conversation_id = $2 and label_id = $3",
        binds![scope.ws(), conversation, label],
    )
    .await?;
    Ok(())
}

/// Fills in which labels each conversation carries.
pub(crate) async fn put_on(db: &Db, scope: &Scope, conversations: &mut [Conversation]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Carried {
        conversation_id: ConversationId,
        label_id: LabelId,
    }
    if conversations.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "select l.conversation_id, l.label_id from {} as among cross join conversation_labels l
         where l.workspace_id = $1 and l.conversation_id = among.v order by l.label_id",
        listed(db.backend(), 2)
    );
    let ids = text_list(conversations.iter().map(|c| c.id.as_str()));
    let carried: Vec<Carried> = rows(&db.reader(scope), &sql, binds![scope.ws(), ids]).await?;
    for Carried { conversation_id, label_id } in carried {
        if let Some(of) = conversations.iter_mut().find(|c| c.id == conversation_id) {
            of.label_ids.push(label_id);
        }
    }
    Ok(())
}
