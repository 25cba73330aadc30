//! Numbers for the home page (H21).

use crate::shape::{instant, integer, list_of, object, of, with};
use crate::{
    error::Result,
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::schedule;
use serde_json::{Value, json};
use std::collections::HashMap;
use store::{event, stats};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "stats_get",
            "GET /stats",
            Access::Read,
            "Numbers of the workspace: what waits, what happened.",
            get,
        )
        .gives(shape),
    ]
}

const HOUR: i64 = 3_600_000;

async fn get(ctx: Ctx, _: Nothing) -> Result<Value> {
    let db = &ctx.app.db;
    let workspace = store::workspace::get(db, &ctx.scope).await?;
    let zone = schedule::zone_for(None, None, &workspace.time_zone);
    let now = ctx.app.clock.now();
    let standing = stats::now(db, &ctx.scope).await?;
    let facts: HashMap<String, i64> =
        stats::facts(db, &ctx.scope, 0).await?.into_iter().map(|k| (k.kind, k.times)).collect();
    let fact = |kind: &str| facts.get(kind).copied().unwrap_or(0);
    let this_hour = now - now.rem_euclid(HOUR);
    let hours: Vec<i64> = (0..=24).map(|i| this_hour - (23 - i) * HOUR).collect();
    let days = days(&zone, now);
    let by_hour = chart(&ctx, &hours, "at").await?;
    let by_day = chart(&ctx, &days, "day").await?;
    let today = by_day.last().and_then(|d| d["sent"].as_i64()).unwrap_or(0);
    Ok(json!({
        "contacts": standing.contacts, "campaigns_active": standing.campaigns_active, "waiting_replies": standing.waiting_replies,
        "queued": standing.queued, "sending": standing.sending, "uncertain": standing.uncertain, "enrolled": standing.enrolled,
        "jobs": standing.jobs, "sent_today": today, "messaged": fact("sent"), "delivered": fact("delivered"), "opened": fact("opened"),
        "clicked": fact("clicked"), "replied": fact("replied"), "bounced": fact("bounced"), "opted_out": fact("opted_out"),
        "respondedPos": stats::positive(db, &ctx.scope).await?,
        "by_hour": by_hour, "messages_by_day": by_day, "messagesByDay": by_day,
        "recent": event::recent(db, &ctx.scope, 20).await?,
    }))
}

/// The last thirty local days, as bounds; the last is tomorrow's midnight.
fn days(zone: &jiff::tz::TimeZone, now: i64) -> Vec<i64> {
    let mut bounds = vec![schedule::next_day(zone, now)];
    for _ in 0..30 {
        let last = bounds[bounds.len() - 1];
        // Any instant of the day before lies less than 26 hours back, whatever daylight saving does.
        let mut start = schedule::daily_at(zone, last - 1, 0);
        if start >= last {
            start = last - 24 * HOUR;
        }
        bounds.push(start);
    }
    bounds.reverse();
    bounds
}

async fn chart(ctx: &Ctx, bounds: &[i64], name: &str) -> Result<Vec<Value>> {
    let mut bars: Vec<Value> = bounds[..bounds.len() - 1]
        .iter()
        .map(|at| {
            let mut bar = json!({ "sent": 0, "received": 0 });
            bar[name] = domain::time::rfc3339(*at).into();
            bar
        })
        .collect();
    for bucket in stats::buckets(&ctx.app.db, &ctx.scope, bounds).await? {
        if let Some(bar) = usize::try_from(bucket.place).ok().and_then(|i| bars.get_mut(i)) {
            bar[bucket.kind.as_str()] = bucket.times.into();
        }
    }
    Ok(bars)
}

fn shape() -> Value {
    let bar = |name| object([("sent", integer()), ("received", integer()), (name, instant())]);
    let numbers = [
        "contacts",
        "campaigns_active",
        "waiting_replies",
        "queued",
        "sending",
        "uncertain",
        "enrolled",
        "jobs",
        "sent_today",
        "messaged",
        "delivered",
        "opened",
        "clicked",
        "replied",
        "bounced",
        "opted_out",
        "respondedPos",
    ];
    let charts = object([
        ("by_hour", list_of(bar("at"))),
        ("messages_by_day", list_of(bar("day"))),
        ("messagesByDay", list_of(bar("day"))),
        ("recent", list_of(of::<event::Activity>())),
    ]);
    numbers.iter().fold(charts, |shape, name| with(shape, [(*name, integer())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_are_thirty_days_across_daylight_saving() {
        for zone in ["America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "UTC"] {
            let zone = jiff::tz::TimeZone::get(zone).unwrap();
            for now in [1_773_500_000_000, 1_777_500_000_000, 1_793_500_000_000] {
                let bounds = days(&zone, now);
                assert_eq!(bounds.len(), 31);
                assert!(
                    bounds.windows(2).all(|w| (22 * HOUR..=26 * HOUR).contains(&(w[1] - w[0]))),
                    "{bounds:?}"
                );
                assert!(bounds[29] <= now && now < bounds[30]);
            }
        }
    }
}
