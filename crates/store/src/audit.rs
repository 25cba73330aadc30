//! Who did what to what. Append-only.

use crate::{
    Result, Scope, Tx,
    sql::{binds, new_id, run},
};
use domain::ids::AuditId;

/// Writes a line in the transaction of the deed itself.
pub async fn write(
    tx: &Tx,
    scope: &Scope,
    action: &str,
    subject: &str,
    data: &serde_json::Value,
    now: i64,
) -> Result<()> {
    let actor = scope.member.as_ref().map(|m| m.to_string());
    run(
        tx,
        "insert into audit (id, workspace_id, actor, action, subject, data, at) values ($1, $2, $3, $4, $5, $6, $7)",
        binds![new_id(AuditId::from_uuid), scope.ws(), actor, action, subject, data.to_string(), now],
    )
    .await?;
    Ok(())
}
