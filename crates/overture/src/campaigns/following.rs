//! Campaigns that take in whoever comes to their tag, list or segment while they run.

use super::Audience;
use crate::{
    app::App,
    error::{Error, Result},
};
use domain::{CampaignStatus, funnel};
use serde_json::json;
use std::sync::Arc;
use store::{
    Scope,
    campaign::{self, following::Following},
    enrollment, member,
};

/// How often a campaign looks, in milliseconds.
const EVERY_MS: i64 = 5_000;
/// How much further back it looks than the last time: somebody may come in a transaction that ends later than it began.
const OVERLAP_MS: i64 = 30_000;

/// 1 where a campaign follows, which it can where its audience is a tag, list or segment and nothing else.
pub fn require(follows: bool, audience: &Audience) -> Result<i64> {
    if follows && audience.set_id.is_none() {
        let message = "Only a campaign for a tag, list or segment takes in whoever comes to it later";
        return Err(Error::field("campaign.follows_nothing", "continuous", message));
    }
    Ok(i64::from(follows))
}

/// One round: whoever came to what a running campaign follows is enrolled.
pub async fn run(app: &Arc<App>) -> Result<()> {
    let now = app.clock.now();
    for one in campaign::following::all(&app.db, now - EVERY_MS).await? {
        let audience: Audience = serde_json::from_str(&one.audience)?;
        let since = one.followed_at - OVERLAP_MS;
        let anybody = match &audience.set_id {
            Some(set) => campaign::following::anybody(&app.db, &one, set.as_str(), since).await?,
            None => false,
        };
        if anybody {
            enroll(app, &one, &audience, since, now).await?;
        } else {
            let tx = app.db.begin().await?;
            campaign::following::followed(&tx, &one, now).await?;
            app.commit(tx).await?;
        }
    }
    Ok(())
}

async fn enroll(app: &Arc<App>, one: &Following, audience: &Audience, since: i64, now: i64) -> Result<()> {
    let Some(set) = &audience.set_id else { return Ok(()) };
    let system = Scope::system(one.workspace_id.clone());
    let reach = match &one.owner_id {
        Some(owner) => member::scope_of(&app.db, &one.workspace_id, owner).await?,
        None => system.clone(),
    };
    let (version, graph) = crate::courses::current_of(app, &one.id).await?;
    let tx = app.db.begin().await?;
    // Whoever pauses or ends it meanwhile is first.
    if campaign::hold(&tx, &system, &one.id).await? != CampaignStatus::Active {
        return Ok(());
    }
    if let Some(start) = funnel::start(&graph) {
        let start = enrollment::Start { version, node: &start.key };
        let new = campaign::following::enroll(&tx, &reach, &one.id, set.as_str(), since, start, now).await?;
        tracing::debug!(campaign = %one.id, new, "people came to what a campaign follows");
    }
    campaign::following::followed(&tx, one, now).await?;
    app.commit(tx).await?;
    app.tell(&one.workspace_id, "campaign:updated", json!({ "campaign_id": one.id }));
    app.wake.steps.notify_one();
    Ok(())
}
