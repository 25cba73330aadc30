//! A campaign that writes to too many addresses that do not work pauses by itself (`domain::campaign::Health`).

use super::set_status;
use crate::{
    Result, Scope, Tx,
    error::Error,
    sql::{binds, row, run, scalar},
};
use domain::{CampaignStatus, campaign::Health, ids::CampaignId};
use sea_orm::FromQueryResult;

/// Notes that a message came back, and pauses the campaign where that makes too many. Returns whether it did.
pub async fn came_back(tx: &Tx, scope: &Scope, id: &CampaignId, now: i64) -> Result<bool> {
    #[derive(FromQueryResult)]
    struct Counted {
        bounces: i64,
        sent_before: i64,
    }
    let counted: Option<Counted> = row(
        tx,
        "update campaigns set bounces = bounces + 1 where workspace_id = $1 and id = $2 and status = 'active'
         returning bounces, sent_before",
        binds![scope.ws(), id],
    )
    .await?;
    let Some(Counted { bounces, sent_before }) = counted else { return Ok(false) };
    if !Health::is_looked_at(bounces) {
        return Ok(false);
    }
    let health = Health { sent: sent(tx, scope, id).await? - sent_before, bounces };
    let Some(problem) = health.problem() else { return Ok(false) };
    match set_status(tx, scope, id, &[CampaignStatus::Active], CampaignStatus::Paused, now).await {
        Err(Error::Conflict(_)) => return Ok(false),
        other => other?,
    }
    let sql = "update campaigns set problem = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, problem]).await?;
    Ok(true)
}

/// Begins to count anew: whoever resumes a campaign has seen why it paused.
pub(super) async fn forget(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<()> {
    let sent = sent(tx, scope, id).await?;
    let sql = "update campaigns set bounces = 0, sent_before = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, sent]).await?;
    Ok(())
}

async fn sent(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<i64> {
    let sql =
        "select count(*) as value from events where workspace_id = $1 and campaign_id = $2 and kind = 'sent'";
    Ok(scalar(tx, sql, binds![scope.ws(), id]).await?.unwrap_or(0))
}
