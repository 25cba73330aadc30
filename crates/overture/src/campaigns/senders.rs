//! The accounts that a campaign sends from.

use crate::{
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    Channel,
    funnel::Graph,
    ids::{CampaignId, SenderId},
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashSet;
use store::{campaign::senders::NewSeat, sender};

/// Most senders of a campaign.
const MOST: usize = 100;

/// An account that a campaign sends from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Which.
    pub sender_id: SenderId,
    /// Its share of the people beside the other accounts on its channel; all the same where it is left out.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 100))]
    pub weight: i64,
}

const fn one() -> i64 {
    1
}

/// The senders as they were given; on a channel on which the graph writes and none was given, the workspace's first.
pub async fn seats(ctx: &Ctx, graph: &Graph, given: &[Given]) -> Result<Vec<NewSeat>> {
    if given.len() > MOST {
        let message = format!("A campaign has at most {MOST} senders");
        return Err(Error::field("senders.too_many", "senders", message));
    }
    let known = sender::list(&ctx.app.db, &ctx.scope).await?;
    let mut seats = Vec::with_capacity(given.len());
    let mut seen = HashSet::new();
    for Given { sender_id, weight } in given {
        if !(1..=100).contains(weight) {
            return Err(Error::field("sender.weight", "senders", "A weight is a number from 1 to 100"));
        }
        let Some(sender) = known.iter().find(|sender| sender.id == *sender_id) else {
            return Err(Error::field("sender.unknown", "senders", format!("There is no sender {sender_id}")));
        };
        if sender.channel == Channel::Telegram {
            let message = "On Telegram each message leaves from the account of its contact's owner. Take this sender out";
            return Err(Error::field("sender.relayed", "senders", message));
        }
        if !seen.insert(sender_id) {
            let message = format!("{} is named twice", sender.address);
            return Err(Error::field("sender.twice", "senders", message));
        }
        seats.push(NewSeat { sender_id: sender_id.clone(), channel: sender.channel, weight: *weight });
    }
    fill(graph, &known, &mut seats);
    Ok(seats)
}

/// The senders of a campaign, for another one.
pub async fn as_they_are(ctx: &Ctx, id: &CampaignId) -> Result<Vec<NewSeat>> {
    let found = store::campaign::senders::of_campaigns(&ctx.app.db, &ctx.scope, [id.as_str()]).await?;
    let seat = |seat: store::campaign::senders::Seat| NewSeat {
        sender_id: seat.sender_id,
        channel: seat.channel,
        weight: seat.weight,
    };
    Ok(found.into_values().flatten().map(seat).collect())
}

/// Adds the first sender of the workspace on each channel on which the graph writes and nobody sends. Returns whether
/// there was one to add.
pub fn fill(graph: &Graph, known: &[sender::Sender], seats: &mut Vec<NewSeat>) -> bool {
    let before = seats.len();
    for channel in graph.channels() {
        if channel == Channel::Telegram || seats.iter().any(|seat| seat.channel == channel) {
            continue;
        }
        if let Some(first) = known.iter().find(|sender| sender.channel == channel) {
            seats.push(NewSeat { sender_id: first.id.clone(), channel, weight: 1 });
        }
    }
    seats.len() > before
}
