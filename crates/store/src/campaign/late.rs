//! Messages of a campaign that came due too late and wait for a person to say what becomes of them.

use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, listed, rows, run, scalar, text_list},
};
use domain::ids::{CampaignId, EnrollmentId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// How many there are.
pub async fn count(db: &Db, scope: &Scope, id: &CampaignId) -> Result<i64> {
    let sql = "select count(*) as value from messages
         where workspace_id = $1 and campaign_id = $2 and late_since is not null and status = 'queued'";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), id]).await?.unwrap_or(0))
}

/// They leave all the same. Returns how many.
pub async fn send(tx: &Tx, scope: &Scope, id: &CampaignId, now: i64) -> Result<u64> {
    let sql = "update messages set late_since = null, due_at = $3, not_before = $3
         where workspace_id = $1 and campaign_id = $2 and late_since is not null and status = 'queued'";
    run(tx, sql, binds![scope.ws(), id, now]).await
}

/// They do not leave, and their people go on with the next step. Returns how many.
pub async fn skip(tx: &Tx, scope: &Scope, id: &CampaignId, now: i64) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Whose {
        enrollment_id: Option<EnrollmentId>,
    }
    let sql = "update messages set status = 'expired', late_since = null, error_code = 'message.late',
           error_text = 'It came due too late, and somebody decided that it is not sent'
         where workspace_id = $1 and campaign_id = $2 and late_since is not null and status = 'queued'
         returning enrollment_id";
    let theirs: Vec<Whose> = rows(tx, sql, binds![scope.ws(), id]).await?;
    let sql = format!(
        "update enrollments set status = 'active', due_at = $2, detail = 'A late message was skipped'
         where workspace_id = $1 and status = 'waiting' and id in {}",
        listed(tx.get_database_backend(), 3)
    );
    let ids =
        text_list(theirs.iter().filter_map(|whose| whose.enrollment_id.as_ref()).map(EnrollmentId::as_str));
    run(tx, &sql, binds![scope.ws(), now, ids]).await?;
    Ok(theirs.len() as u64)
}
