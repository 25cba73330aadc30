//! Campaigns that take in whoever comes to their segment, list or tag while they run.

use crate::{
    Db, Result, Scope, Tx, contact, enrollment,
    sql::{binds, rows, run, scalar},
};
use domain::ids::{CampaignId, MemberId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// A campaign that follows a set.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Following {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Which.
    pub id: CampaignId,
    /// Whose it is.
    pub owner_id: Option<MemberId>,
    /// JSON: who is to be enrolled.
    pub audience: String,
    /// Who had come by then is in it.
    pub followed_at: i64,
}

/// The running campaigns of all workspaces that have not looked since `before`.
pub async fn all(db: &Db, before: i64) -> Result<Vec<Following>> {
    rows(
        &db.read,
        "select workspace_id, id, owner_id, audience, coalesce(followed_at, 0) as followed_at from campaigns
         where follows = 1 and status = 'active' and coalesce(followed_at, 0) <= $1 order by followed_at, id limit 100",
        binds![before],
    )
    .await
}

/// Whether somebody came to a set since then who is not in the campaign.
pub async fn anybody(db: &Db, one: &Following, set: &str, since: i64) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from set_members m where m.workspace_id = $1 and m.set_id = $2 and m.at >= $3
         and not exists (select 1 from enrollments e where e.campaign_id = $4 and e.contact_id = m.contact_id) limit 1";
    let found: Option<i64> = scalar(&db.read, sql, binds![&one.workspace_id, set, since, &one.id]).await?;
    Ok(found.is_some())
}

/// Enrolls whoever came to a set since then, of those that the owner of the campaign sees. Returns how many.
pub async fn enroll(
    tx: &Tx,
    reach: &Scope,
    id: &CampaignId,
    set: &str,
    since: i64,
    start: enrollment::Start<'_>,
    now: i64,
) -> Result<u64> {
    let newcomers = contact::Query { came_to: Some((set.to_owned(), since)), ..contact::Query::default() };
    enrollment::enroll(tx, reach, id, &newcomers, start, now).await
}

/// Who had come by `now` is in it.
pub async fn followed(tx: &Tx, one: &Following, now: i64) -> Result<()> {
    let sql = "update campaigns set followed_at = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![&one.workspace_id, &one.id, now]).await?;
    Ok(())
}

/// From when on a campaign that starts follows its set.
pub async fn begin(tx: &impl ConnectionTrait, scope: &Scope, id: &CampaignId, now: i64) -> Result<()> {
    let sql = "update campaigns set followed_at = $3 where workspace_id = $1 and id = $2 and follows = 1";
    run(tx, sql, binds![scope.ws(), id, now]).await?;
    Ok(())
}
