//! What a member is told of, and what they want to hear of. Browsers learn of it with the event that says what happened.

use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{ids::NotificationId, schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::notification::{self, Choices, Kind, Notification};

/// Most lines that are named at once.
const MOST: usize = 200;
/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "notification_choices",
            "GET /notifications/choices",
            Access::Read,
            "What you want to hear of, and when the page is quiet.",
            choices,
        ),
        Tool::new(
            "notification_choose",
            "PATCH /notifications/choices",
            Access::Write,
            "Choose what you want to hear of, and when the page is quiet.",
            choose,
        )
        .refuses(&[403]),
        Tool::new(
            "notification_list",
            "GET /notifications",
            Access::Read,
            "What you were told, newest first.",
            list,
        ),
        Tool::new(
            "notification_see",
            "POST /notifications/seen",
            Access::Write,
            "Mark what you were told as seen: some of it, or all.",
            see,
        )
        .refuses(&[404]),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Only what was not seen.
    #[serde(default)]
    unseen: bool,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Told {
    data: Vec<Notification>,
    next_cursor: Option<String>,
    /// How many lines were not seen.
    unseen: i64,
    /// Whether you chose that the page is quiet now.
    is_quiet: bool,
}

async fn list(ctx: Ctx, input: List) -> Result<Told> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = notification::page(db, scope, input.unseen, input.limit, input.cursor.as_deref()).await?;
    let chosen = notification::choices(db, scope).await?;
    let is_quiet = match chosen.quiet {
        None => false,
        Some(quiet) => {
            let zone = store::workspace::get(db, scope).await?.time_zone;
            let zone = schedule::zone_for(None, None, &zone);
            is_within(quiet, i64::from(schedule::local_minute(&zone, ctx.app.clock.now())))
        }
    };
    let unseen = notification::unseen(db, scope).await?;
    Ok(Told { data: page.data, next_cursor: page.next_cursor, unseen, is_quiet })
}

/// Whether a minute lies in hours that may begin on the evening before.
fn is_within((from, until): (i64, i64), minute: i64) -> bool {
    if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct See {
    /// Which lines, 1 to 200; all of them where it is left out.
    ids: Option<Vec<NotificationId>>,
}

#[derive(Serialize, JsonSchema)]
struct Seen {
    /// How many lines were not seen before.
    seen: u64,
}

async fn see(ctx: Ctx, input: See) -> Result<Seen> {
    if input.ids.as_ref().is_some_and(|ids| ids.is_empty() || ids.len() > MOST) {
        let message = format!("Name 1 to {MOST} of them, or none for all");
        return Err(Error::field("notification.too_many", "ids", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let seen = notification::see(&tx, &ctx.scope, input.ids.as_deref(), ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    Ok(Seen { seen })
}

/// What a member chose, as it is shown.
#[derive(Serialize, JsonSchema)]
struct Chosen {
    /// What you do not want to hear of.
    muted: Vec<Kind>,
    /// From when the page is quiet, in minutes of the workspace's day; null: never.
    quiet_from: Option<i64>,
    /// Until when.
    quiet_until: Option<i64>,
}

async fn choices(ctx: Ctx, _: Nothing) -> Result<Chosen> {
    let Choices { muted, quiet } = notification::choices(&ctx.app.db, &ctx.scope).await?;
    let (quiet_from, quiet_until) = quiet.unzip();
    Ok(Chosen { muted, quiet_from, quiet_until })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choose {
    /// What you do not want to hear of.
    muted: Vec<Kind>,
    /// From when the page is quiet, in minutes of the workspace's day, 0 to 1439; left out: never.
    quiet_from: Option<i64>,
    /// Until when, 0 to 1439; before `quiet_from` it is on the next day.
    quiet_until: Option<i64>,
}

async fn choose(ctx: Ctx, input: Choose) -> Result<Chosen> {
    if ctx.scope.member.is_none() {
        return Err(Error::new(
            crate::error::Kind::Forbidden,
            "member.needed",
            "Notifications belong to a member",
        ));
    }
    let quiet = match (input.quiet_from, input.quiet_until) {
        (None, None) => None,
        (Some(from), Some(until))
            if (0..DAY).contains(&from) && (0..DAY).contains(&until) && from != until =>
        {
            Some((from, until))
        }
        _ => {
            let message = "Give both, in minutes from 0 to 1439, and not the same one twice";
            return Err(Error::field("notification.quiet", "quiet_until", message));
        }
    };
    let mut muted = input.muted;
    muted.sort_by_key(|kind| kind.as_str());
    muted.dedup();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    notification::choose(&tx, &ctx.scope, &Choices { muted, quiet }).await?;
    ctx.app.commit(tx).await?;
    choices(ctx, Nothing {}).await
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn quiet_hours_may_last_over_midnight() {
        for (quiet, minute, expected) in [
            ((60, 120), 60, true),
            ((60, 120), 120, false),
            ((1_200, 420), 1_300, true),
            ((1_200, 420), 0, true),
            ((1_200, 420), 419, true),
            ((1_200, 420), 420, false),
        ] {
            assert_eq!(is_within(quiet, minute), expected, "{quiet:?} at {minute}");
        }
    }
}
