//! The workspace's settings and the switches of its sending.

use crate::shape::{instant, integer, list_of, object, of, one_of, or_null, text, truth};
use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    Channel,
    health::Thresholds,
    quiet::QuietHours,
    schedule::{Holiday, MAX_HOLIDAYS},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::workspace;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "sending_resume",
            "POST /sending/resume",
            Access::Admin,
            "Let the workspace send again.",
            resume,
        )
        .gives(|| object([("stopped_at", or_null(instant()))])),
        Tool::new(
            "sending_stop",
            "POST /sending/stop",
            Access::Write,
            "Stop all sending of the workspace at once.",
            stop,
        )
        .gives(|| object([("stopped_at", or_null(instant()))])),
        Tool::new("settings_get", "GET /settings", Access::Read, "Read the workspace's settings.", get)
            .gives(shape),
        Tool::new(
            "settings_send_mode",
            "POST /settings/send-mode",
            Access::Admin,
            "Switch between sandbox and live.",
            set_mode,
        )
        .comparing("settings_get", &["send_mode"])
        .gives(shape),
        Tool::new(
            "settings_update",
            "PATCH /settings",
            Access::Admin,
            "Change the workspace's settings.",
            update,
        )
        .comparing(
            "settings_get",
            &[
                "name",
                "time_zone",
                "default_country",
                "visibility",
                "consent_channels",
                "holidays",
                "undo_seconds",
                "thresholds",
                "quiet_hours",
            ],
        )
        .gives(shape),
    ]
}

async fn get(ctx: Ctx, _: Nothing) -> Result<Value> {
    let w = workspace::get(&ctx.app.db, &ctx.scope).await?;
    Ok(json!({
        "id": w.id, "name": w.name, "time_zone": w.time_zone, "default_country": w.default_country, "send_mode": w.send_mode,
        "visibility": w.visibility, "consent_channels": w.consent_channels(), "holidays": w.holidays(),
        "undo_seconds": w.undo_seconds, "thresholds": w.thresholds(), "quiet_hours": w.quiet_hours,
        "stopped_at": w.stopped_at, "stop_reason": w.stop_reason, "sending_stopped": w.stopped_at.is_some(), "sending_restored": w.restored_at.is_some(),
        "sandbox_url": ctx.app.outside.sandbox.http, "public_url": ctx.app.public_url(),
    }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    name: Option<String>,
    time_zone: Option<String>,
    default_country: Option<String>,
    /// What a rep sees: `private`, what they own; `shared`, everything.
    visibility: Option<Visibility>,
    /// Channels on which campaigns write only to those who agreed (`consent_record`).
    consent_channels: Option<Vec<Channel>>,
    /// Days on which campaigns rest, wherever somebody is.
    holidays: Option<Vec<Holiday>>,
    /// How long an answer from the inbox can be taken back, in seconds: 0 (not at all), 5, 10, 20 or 30.
    undo_seconds: Option<i64>,
    /// When campaigns and senders pause by themselves: bounces 1 to 10 % of at least 20 to 1,000 messages, complaints 0.1
    /// to 1 % of at least 50, opt-outs 1 to 50 % of at least 50.
    thresholds: Option<Thresholds>,
    /// When texts of campaigns keep calling hours in the United States, and whether the narrower hours of states count.
    quiet_hours: Option<QuietHours>,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Visibility {
    Private,
    Shared,
}

impl Visibility {
    const fn word(self) -> &'static str {
        match self {
            Visibility::Private => "private",
            Visibility::Shared => "shared",
        }
    }
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let w = workspace::get(&ctx.app.db, &ctx.scope).await?;
    let is_other_time =
        input.holidays.is_some() || input.time_zone.as_ref().is_some_and(|zone| *zone != w.time_zone);
    let name = input.name.unwrap_or(w.name);
    let zone = input.time_zone.unwrap_or(w.time_zone);
    let country = input.default_country.unwrap_or(w.default_country).to_uppercase();
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(Error::field("workspace.name_invalid", "name", "Write a name of 1 to 200 characters"));
    }
    if domain::schedule::zone(&zone).is_none() {
        return Err(Error::field(
            "workspace.zone_invalid",
            "time_zone",
            "This is not an IANA time zone such as Europe/Oslo",
        ));
    }
    if !domain::identity::is_country(&country) {
        return Err(Error::field(
            "workspace.country_invalid",
            "default_country",
            "This is not an ISO country code such as NO",
        ));
    }
    if input.undo_seconds.is_some_and(|seconds| ![0, 5, 10, 20, 30].contains(&seconds)) {
        let message = "Choose 0, 5, 10, 20 or 30 seconds";
        return Err(Error::field("workspace.undo_invalid", "undo_seconds", message));
    }
    if let Some((field, message)) = input.thresholds.and_then(|thresholds| thresholds.wrong()) {
        return Err(Error::field("workspace.thresholds_invalid", field, message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if let Some(thresholds) = &input.thresholds {
        workspace::set_thresholds(&tx, &ctx.scope, thresholds).await?;
    }
    if let Some(quiet) = input.quiet_hours {
        workspace::set_quiet_hours(&tx, &ctx.scope, quiet, ctx.app.clock.now()).await?;
    }
    if let Some(seconds) = input.undo_seconds {
        workspace::set_undo(&tx, &ctx.scope, seconds).await?;
    }
    let visibility = input.visibility.map_or(w.visibility, |visibility| visibility.word().into());
    workspace::update(&tx, &ctx.scope, name.trim(), &zone, &country, &visibility).await?;
    if let Some(mut channels) = input.consent_channels {
        channels.sort_unstable();
        channels.dedup();
        workspace::set_consent_channels(&tx, &ctx.scope, &channels, ctx.app.clock.now()).await?;
    }
    if let Some(holidays) = input.holidays {
        workspace::set_holidays(&tx, &ctx.scope, &in_order(holidays)?, ctx.app.clock.now()).await?;
    }
    if is_other_time {
        store::reply_times::look_again(&tx, &ctx.scope, ctx.app.clock.now()).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.clocks.notify_one();
    ctx.app.wake.steps.notify_one();
    ctx.app.wake.outbox.notify_one();
    crate::http::session::cut_those_that_ended(&ctx.app).await?;
    get(ctx, Nothing {}).await
}

/// Each day once, the earliest first.
fn in_order(mut holidays: Vec<Holiday>) -> Result<Vec<Holiday>> {
    if holidays.iter().any(|holiday| holiday.name.chars().count() > 100) {
        let message = "The name of a holiday has at most 100 characters";
        return Err(Error::field("holidays.name", "holidays", message));
    }
    holidays.sort();
    holidays.dedup_by(|later, earlier| later.day == earlier.day);
    if holidays.len() > MAX_HOLIDAYS {
        let message = format!("Keep at most {MAX_HOLIDAYS} holidays; those that are over can go");
        return Err(Error::field("holidays.too_many", "holidays", message));
    }
    Ok(holidays)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mode {
    /// `sandbox` or `live`.
    mode: SendMode,
    /// To go live: the name of the workspace, typed.
    #[serde(default)]
    confirm: String,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SendMode {
    Sandbox,
    Live,
}

async fn set_mode(ctx: Ctx, input: Mode) -> Result<Value> {
    let w = workspace::get(&ctx.app.db, &ctx.scope).await?;
    let mode = match input.mode {
        SendMode::Sandbox => "sandbox",
        SendMode::Live if ctx.app.demo => {
            return Err(Error::conflict(
                "demo.stays_sandbox",
                "The demo never leaves the sandbox. Start `overture serve` for real senders",
            ));
        }
        SendMode::Live if input.confirm.trim() != w.name => {
            return Err(Error::field(
                "confirm.wrong",
                "confirm",
                "Type the name of the workspace to switch to live sending",
            ));
        }
        SendMode::Live => "live",
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    workspace::set_send_mode(&tx, &ctx.scope, mode).await?;
    ctx.app.commit(tx).await?;
    get(ctx, Nothing {}).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    /// Why, for the record.
    #[serde(default)]
    reason: Option<String>,
}

async fn stop(ctx: Ctx, input: Stop) -> Result<Value> {
    let now = ctx.app.clock.now();
    ctx.app.stops.stop(&ctx.scope.workspace);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    workspace::stop(&tx, &ctx.scope, input.reason.as_deref().unwrap_or("Stopped by a member"), now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({ "sending_stopped": true }));
    Ok(json!({ "stopped_at": domain::time::rfc3339(now) }))
}

async fn resume(ctx: Ctx, _: Nothing) -> Result<Value> {
    if store::restored::get(&ctx.app.db, &ctx.scope).await?.is_some() {
        return Err(Error::conflict(
            "sending.restored",
            "A backup seems to have been restored. Say first what becomes of messages that may have left already",
        ));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    workspace::resume(&tx, &ctx.scope, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.stops.read(&ctx.app).await?;
    ctx.app.wake.outbox.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({ "sending_stopped": false }));
    Ok(json!({ "stopped_at": null }))
}

fn shape() -> Value {
    object([
        ("id", of::<domain::ids::WorkspaceId>()),
        ("name", text()),
        ("time_zone", text()),
        ("default_country", text()),
        ("send_mode", one_of(&["sandbox", "live"])),
        ("visibility", one_of(&["private", "shared"])),
        ("consent_channels", list_of(of::<Channel>())),
        ("holidays", list_of(of::<Holiday>())),
        ("undo_seconds", integer()),
        ("thresholds", of::<Thresholds>()),
        ("quiet_hours", of::<QuietHours>()),
        ("stopped_at", or_null(instant())),
        ("stop_reason", or_null(text())),
        ("sending_stopped", truth()),
        ("sending_restored", truth()),
        ("sandbox_url", text()),
        ("public_url", text()),
    ])
}
