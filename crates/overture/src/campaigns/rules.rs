//! What a campaign asks of people and leaves alone: approval, other campaigns, and the event that it invites to.

use crate::{
    error::{Error, Result},
    relayers,
    tool::Ctx,
};
use domain::{Channel, approval::Approval, funnel::Graph, occasion::Occasion};
use store::campaign::Campaign;

/// What a campaign asks where nothing is said.
pub const fn nobody_asked() -> Approval {
    Approval::None
}

/// A gap that a campaign can keep, in days.
pub fn require_gap(days: Option<i64>) -> Result<Option<i64>> {
    match days {
        Some(days) if !(1..=365).contains(&days) => {
            let message = "Write a number of days from 1 to 365";
            Err(Error::field("campaign.gap_invalid", "gap_days", message))
        }
        days => Ok(days),
    }
}

/// An event in the form in which it is kept.
pub fn require_occasion(occasion: Option<&Occasion>) -> Result<Option<String>> {
    let Some(occasion) = occasion else { return Ok(None) };
    if let Some((field, message)) = occasion.wrong() {
        return Err(Error::field("campaign.event_invalid", field, message));
    }
    Ok(Some(serde_json::to_string(occasion)?))
}

/// The event of a campaign.
pub fn occasion(campaign: &Campaign) -> Result<Option<Occasion>> {
    Ok(campaign.event.as_deref().map(serde_json::from_str).transpose()?)
}

/// Makes sure that whoever may own one of its people has an account on Telegram to be written to from, where the graph
/// writes there.
pub async fn open_accounts(ctx: &Ctx, graph: &Graph) -> Result<()> {
    if graph.channels().contains(&Channel::Telegram) {
        relayers::open_accounts(&ctx.app, &ctx.scope).await?;
    }
    Ok(())
}
