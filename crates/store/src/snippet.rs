//! Reusable texts.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::{Channel, ids::SnippetId};
use sea_orm::FromQueryResult;
use serde::Serialize;

/// A reusable text for one channel, with merge tags.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Snippet {
    /// Id.
    pub id: SnippetId,
    /// Name in the library.
    pub name: String,
    /// The channel it is written for.
    pub channel: Channel,
    /// Subject line, for e-mail.
    pub subject: Option<String>,
    /// The text.
    pub body: String,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

/// All snippets of the workspace by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Snippet>> {
    rows(
        &db.reader(scope),
        "select id, name, channel, subject, body, created_at, updated_at from snippets where workspace_id = $1 order by name, id limit 500",
        binds![scope.ws()],
    )
    .await
}

/// One snippet.
pub async fn get(db: &Db, scope: &Scope, id: &SnippetId) -> Result<Snippet> {
    row(
        &db.reader(scope),
        "select id, name, channel, subject, body, created_at, updated_at from snippets where workspace_id = $1 and id = $2",
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("snippet"))
}

/// Creates or overwrites a snippet.
pub async fn save(tx: &Tx, scope: &Scope, s: &Snippet) -> Result<()> {
    run(
        tx,
        "insert into snippets (id, workspace_id, name, channel, subject, body, created_at, updated_at)
         values ($2, $1, $3, $4, $5, $6, $7, $8)
         on conflict (id) do update set name = excluded.name, channel = excluded.channel, subject = excluded.subject,
           body = excluded.body, updated_at = excluded.updated_at where snippets.workspace_id = $1",
        binds![scope.ws(), &s.id, s.name.as_str(), s.channel, s.subject.clone(), s.body.as_str(), s.created_at, s.updated_at],
    )
    .await?;
    Ok(())
}

/// Removes a snippet.
pub async fn delete(tx: &Tx, scope: &Scope, id: &SnippetId) -> Result<()> {
    match run(tx, "delete from snippets where workspace_id = $1 and id = $2", binds![scope.ws(), id]).await? {
        0 => Err(Error::NotFound("snippet")),
        _ => Ok(()),
    }
}
