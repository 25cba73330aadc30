//! What becomes of messages that came due too late in a campaign that asks.

use super::changed;
use crate::{error::Result, tool::Ctx};
use domain::ids::CampaignId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::campaign::{self, late};

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Decision {
    /// They leave all the same.
    Send,
    /// They do not leave; their people go on with the next step.
    Skip,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    id: CampaignId,
    /// What becomes of all that wait.
    decision: Decision,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Decided {
    /// How many messages it was about.
    messages: u64,
}

pub(super) async fn decide(ctx: Ctx, input: Decide) -> Result<Decided> {
    let c = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let messages = match input.decision {
        Decision::Send => late::send(&tx, &ctx.scope, &c.id, now).await?,
        Decision::Skip => late::skip(&tx, &ctx.scope, &c.id, now).await?,
    };
    ctx.app.commit(tx).await?;
    changed(&ctx, &c.id);
    Ok(Decided { messages })
}
