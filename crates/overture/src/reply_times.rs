//! Reply times: within how much business time the workspace wants to answer, and how well it does.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    reply_times::{ChannelTimes, ReplyTimes},
    schedule::{self, SendWindow},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    At,
    reply_times::{self, Kept},
    workspace,
};

/// The numbers are of so many milliseconds.
const REPORTED_MS: i64 = 30 * 24 * 3_600_000;
/// Most moments that are asked for at once.
const MOST: usize = 10;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "reply_times_get",
            "GET /reply-times",
            Access::Read,
            "Read within how much business time answers are wanted.",
            get,
        ),
        Tool::new(
            "reply_times_preview",
            "POST /reply-times/preview",
            Access::Read,
            "Work out when answers would be due, without changing anything.",
            preview,
        ),
        Tool::new(
            "reply_times_report",
            "GET /reply-times/report",
            Access::Read,
            "How well the workspace answered in the last 30 days.",
            report,
        ),
        Tool::new(
            "reply_times_update",
            "PATCH /reply-times",
            Access::Admin,
            "Change within how much business time answers are wanted.",
            update,
        )
        .comparing(
            "reply_times_get",
            &[
                "is_on",
                "windows",
                "time_zone",
                "rests_on_holidays",
                "first_minutes",
                "later_minutes",
                "hot_minutes",
                "channels",
            ],
        ),
    ]
}

async fn get(ctx: Ctx, _: Nothing) -> Result<ReplyTimes> {
    Ok(reply_times::get(&ctx.app.db, &ctx.scope).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// Whether the workspace wants to be told when an answer is late.
    is_on: bool,
    /// The hours that count; none at all are all hours.
    #[schemars(length(max = 20))]
    windows: Vec<SendWindow>,
    /// On which clock, as an IANA name such as `Europe/Oslo`; left out, the workspace's.
    time_zone: Option<String>,
    /// Whether the workspace's holidays do not count.
    rests_on_holidays: bool,
    /// Minutes of business time to the first answer in a conversation.
    #[schemars(range(min = 1, max = 43200))]
    first_minutes: u32,
    /// Minutes of business time to every later answer.
    #[schemars(range(min = 1, max = 43200))]
    later_minutes: u32,
    /// Minutes where somebody is interested, if that is sooner; left out, they wait as long as others.
    #[schemars(range(min = 1, max = 43200))]
    hot_minutes: Option<u32>,
    /// Channels with times of their own, each once.
    #[schemars(length(max = 7))]
    channels: Vec<ChannelTimes>,
}

impl Update {
    fn read(self) -> Result<ReplyTimes> {
        let times = ReplyTimes {
            is_on: self.is_on,
            windows: self.windows,
            time_zone: self.time_zone.map(|zone| zone.trim().to_owned()).filter(|zone| !zone.is_empty()),
            rests_on_holidays: self.rests_on_holidays,
            first_minutes: self.first_minutes,
            later_minutes: self.later_minutes,
            hot_minutes: self.hot_minutes,
            channels: self.channels,
        };
        match times.wrong() {
            Some((field, message)) => Err(Error::field("reply_times.invalid", field, message)),
            None => Ok(times),
        }
    }
}

async fn update(ctx: Ctx, input: Update) -> Result<ReplyTimes> {
    let times = input.read()?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    reply_times::set(&tx, &ctx.scope, &times, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.clocks.notify_one();
    Ok(times)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Preview {
    /// What would be wanted.
    times: Update,
    /// Moments at which somebody might write, on the clock that counts: `2026-11-27T16:30`. 1 to 10.
    #[schemars(length(min = 1, max = 10))]
    moments: Vec<String>,
}

/// When an answer would be due.
#[derive(Serialize, JsonSchema)]
struct Due {
    /// When somebody writes.
    came_at: At,
    /// When the first answer is due; null where these hours do not open for years.
    first_due_at: Option<At>,
    /// When a later answer is due.
    later_due_at: Option<At>,
    /// When an answer to somebody who is interested is due, if that is sooner.
    hot_due_at: Option<At>,
}

/// When answers would be due.
#[derive(Serialize, JsonSchema)]
struct Previewed {
    /// The clock that counts, as an IANA name.
    time_zone: String,
    /// One for each moment.
    data: Vec<Due>,
}

async fn preview(ctx: Ctx, input: Preview) -> Result<Previewed> {
    if input.moments.is_empty() || input.moments.len() > MOST {
        return Err(Error::field("reply_times.moments", "moments", format!("Name 1 to {MOST} moments")));
    }
    let times = input.times.read()?;
    let home = workspace::get(&ctx.app.db, &ctx.scope).await?;
    let clock = times.clock(&home.time_zone, &home.holidays());
    let mut data = Vec::new();
    for text in &input.moments {
        let came_at = schedule::instant_of(clock.zone(), text).ok_or_else(|| {
            Error::field("reply_times.moments", "moments", "Write moments such as 2026-11-27T16:30")
        })?;
        let after = |minutes: u32| clock.after(came_at, minutes).map(At);
        let hot = times.hot_minutes.filter(|hot| *hot < times.first_minutes.max(times.later_minutes));
        data.push(Due {
            came_at: At(came_at),
            first_due_at: after(times.first_minutes),
            later_due_at: after(times.later_minutes),
            hot_due_at: hot.and_then(after),
        });
    }
    let zone = clock.zone().iana_name().unwrap_or("UTC").to_owned();
    Ok(Previewed { time_zone: zone, data })
}

async fn report(ctx: Ctx, _: Nothing) -> Result<Kept> {
    let since = ctx.app.clock.now() - REPORTED_MS;
    Ok(reply_times::kept(&ctx.app.db, &ctx.scope, since).await?)
}
