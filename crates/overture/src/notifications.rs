//! What a member is told of, what they want to hear of, how and when. Open pages learn of it with the event that says what
//! happened; [`crate::push`] and [`crate::member_mail`] say it where no page is open.

use crate::{
    error::{Error, Result},
    member_mail::MailGoes,
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    ids::NotificationId,
    schedule::{self, Hours, SendWindow},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    notice::Line,
    notification::{self, Choices, Kind, Notification},
};

/// Most lines that are named at once.
const MOST: usize = 200;
/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// All weekdays.
const WEEK: [u8; 7] = [1, 2, 3, 4, 5, 6, 7];

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "notification_choices",
            "GET /notifications/choices",
            Access::Read,
            "What you want to hear of, how, and when it is quiet.",
            choices,
        ),
        Tool::new(
            "notification_choose",
            "PATCH /notifications/choices",
            Access::Write,
            "Choose what you want to hear of, how, and when it is quiet.",
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
    /// Whether you chose that it is quiet now.
    is_quiet: bool,
}

async fn list(ctx: Ctx, input: List) -> Result<Told> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = notification::page(db, scope, input.unseen, input.limit, input.cursor.as_deref()).await?;
    let chosen = notification::choices(db, scope).await?;
    let zone = store::workspace::get(db, scope).await?.time_zone;
    let is_quiet = quiet_until(&chosen, &zone, ctx.app.clock.now()).is_some();
    let unseen = notification::unseen(db, scope).await?;
    Ok(Told { data: page.data, next_cursor: page.next_cursor, unseen, is_quiet })
}

/// Where somebody chose that it is quiet now: until when. `zone` is the workspace's.
pub(crate) fn quiet_until(chosen: &Choices, zone: &str, now: i64) -> Option<i64> {
    let (from, until) = chosen.quiet?;
    let days = chosen.quiet_days.as_deref().unwrap_or(&WEEK);
    let window = SendWindow::new(days, u16::try_from(from).ok()?, u16::try_from(until).ok()?).ok()?;
    let quiet = Hours { windows: vec![window], holidays: vec![] };
    schedule::closes_at(&quiet, &schedule::zone_for(chosen.time_zone.as_deref(), None, zone), now)
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
    /// What is not listed in the app.
    muted: Vec<Kind>,
    /// What comes by push, in the browsers where you switched it on.
    push: Vec<Kind>,
    /// What comes by e-mail.
    mail: Vec<Kind>,
    /// From when it is quiet, in minutes of your day; null: never.
    quiet_from: Option<i64>,
    /// Until when.
    quiet_until: Option<i64>,
    /// The weekdays on which the quiet hours begin; Monday is 1.
    quiet_days: Vec<u8>,
    /// Your time zone; null: the workspace's.
    time_zone: Option<String>,
    /// Where e-mail goes: to you, to the sandbox while the workspace is in sandbox mode, or nowhere because no mail
    /// server is set up.
    mail_goes: MailGoes,
}

async fn choices(ctx: Ctx, _: Nothing) -> Result<Chosen> {
    let chosen = notification::choices(&ctx.app.db, &ctx.scope).await?;
    let (quiet_from, quiet_until) = chosen.quiet.unzip();
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    Ok(Chosen {
        push: Kind::ALL.into_iter().filter(|kind| !chosen.push_muted.contains(kind)).collect(),
        muted: chosen.muted,
        mail: chosen.mailed,
        quiet_from,
        quiet_until,
        quiet_days: chosen.quiet_days.unwrap_or(WEEK.to_vec()),
        time_zone: chosen.time_zone,
        mail_goes: crate::member_mail::goes(&ctx.app, &workspace),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choose {
    /// What is not listed in the app.
    muted: Vec<Kind>,
    /// What comes by push; left out: as it is.
    push: Option<Vec<Kind>>,
    /// What comes by e-mail; left out: as it is.
    mail: Option<Vec<Kind>>,
    /// From when it is quiet, in minutes of your day, 0 to 1439; left out: never.
    quiet_from: Option<i64>,
    /// Until when, 0 to 1439; before `quiet_from` it is on the next day.
    quiet_until: Option<i64>,
    /// The weekdays on which the quiet hours begin, Monday is 1; left out: as it is.
    quiet_days: Option<Vec<u8>>,
    /// Your time zone, such as Europe/Oslo; empty: the workspace's; left out: as it is.
    time_zone: Option<String>,
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
    let before = notification::choices(&ctx.app.db, &ctx.scope).await?;
    let time_zone = match input.time_zone.as_deref().map(str::trim) {
        None => before.time_zone,
        Some("") => None,
        Some(zone) if schedule::zone(zone).is_some() => Some(zone.to_owned()),
        Some(_) => {
            let message = "This is not an IANA time zone such as Europe/Oslo";
            return Err(Error::field("notification.zone_invalid", "time_zone", message));
        }
    };
    let chosen = Choices {
        muted: sorted(input.muted),
        push_muted: match input.push {
            None => before.push_muted,
            Some(wanted) => Kind::ALL.into_iter().filter(|kind| !wanted.contains(kind)).collect(),
        },
        mailed: input.mail.map_or(before.mailed, sorted),
        quiet,
        quiet_days: match input.quiet_days {
            None => before.quiet_days,
            Some(days) => Some(weekdays(days)?),
        },
        time_zone,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    notification::choose(&tx, &ctx.scope, &chosen).await?;
    ctx.app.commit(tx).await?;
    choices(ctx, Nothing {}).await
}

fn sorted(mut kinds: Vec<Kind>) -> Vec<Kind> {
    kinds.sort_by_key(|kind| kind.as_str());
    kinds.dedup();
    kinds
}

fn weekdays(mut days: Vec<u8>) -> Result<Vec<u8>> {
    days.sort_unstable();
    days.dedup();
    if days.is_empty() || days.iter().any(|day| !WEEK.contains(day)) {
        let message = "Name at least one weekday, from 1 for Monday to 7 for Sunday";
        return Err(Error::field("notification.quiet_days", "quiet_days", message));
    }
    Ok(days)
}

/// What happened, in a sentence, as the list of the app has it too.
pub(crate) fn sentence(line: &Line) -> String {
    let actor = line.actor_name.as_deref().unwrap_or("Somebody");
    let whom = line.contact_name.as_deref();
    let often = if line.times > 1 { format!(", {} times", line.times) } else { String::new() };
    match line.kind.as_str() {
        "mention" => format!("{actor} mentioned you about {}{often}", whom.unwrap_or("somebody")),
        "assigned" => format!("{actor} asked you to answer {}", whom.unwrap_or("somebody")),
        "approval" if line.times == 1 => "A message waits for your yes".into(),
        "approval" => format!("{} messages wait for your yes", line.times),
        "late" => format!("{} waits for your answer, which is late", whom.unwrap_or("Somebody")),
        _ => format!("{} wrote{often}", whom.unwrap_or("Somebody")),
    }
}

/// Where it leads, in the app.
pub(crate) fn path(line: &Line) -> String {
    match &line.conversation_id {
        Some(id) => format!("/inbox/all/{id}"),
        None => "/queue".into(),
    }
}
