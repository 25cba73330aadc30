//! What went wrong with the messages of a campaign, and within what that may be.

use super::One;
use crate::{error::Result, tool::Ctx};
use domain::health::{Harm, Thresholds};
use schemars::JsonSchema;
use serde::Serialize;
use store::{
    At,
    campaign::{
        self,
        health::{self, Harmed},
    },
};

/// Most messages that are shown of one kind.
const SHOWN: i64 = 50;

/// Messages that left, or were tried, and what became of some.
#[derive(Serialize, JsonSchema)]
pub(super) struct Health {
    /// Since when it is counted: the start of the campaign, or when somebody last let it go on.
    since: Option<At>,
    /// Messages since then.
    tried: i64,
    /// What is counted, each with its threshold.
    counts: Vec<Count>,
    /// The newest messages that are counted.
    messages: Vec<Harmed>,
}

#[derive(Serialize, JsonSchema)]
struct Count {
    harm: Harm,
    messages: i64,
    /// Most of 10,000 messages.
    most_per_10000: i64,
    /// Fewer messages than this say nothing.
    sample: i64,
    /// Whether that is too many.
    is_passed: bool,
}

pub(super) async fn look(ctx: Ctx, input: One) -> Result<Health> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    campaign::get(db, scope, &input.id).await?;
    let thresholds: Thresholds = store::workspace::get(db, scope).await?.thresholds();
    let watched = health::watched(db, scope, &input.id).await?;
    let since = watched.watched_at.or(watched.started_at);
    let messages = match since {
        Some(since) => health::newest_harmed(db, scope, &input.id, since.0, SHOWN).await?,
        None => Vec::new(),
    };
    let count = |harm: Harm| {
        let harmed = match harm {
            Harm::Bounced => watched.bounces,
            Harm::Complained => watched.complaints,
            Harm::OptedOut => watched.opt_outs,
        };
        let threshold = thresholds.of(harm);
        Count {
            harm,
            messages: harmed,
            most_per_10000: threshold.most_per_10000,
            sample: threshold.sample,
            is_passed: threshold.is_passed(harmed, watched.tried),
        }
    };
    Ok(Health {
        since,
        tried: watched.tried,
        counts: [Harm::Bounced, Harm::Complained, Harm::OptedOut].into_iter().map(count).collect(),
        messages,
    })
}
