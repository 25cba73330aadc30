//! The accounts that messages leave from.

use crate::{
    app::App,
    error::{Error, Result},
    messages::Address,
    outside,
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{Channel, ids::SenderId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use store::{
    Scope,
    sender::{self, Sender},
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "sender_check",
            "POST /senders/{id}/check",
            Access::Write,
            "Try whether a sender can connect.",
            check,
        ),
        Tool::new("sender_create", "POST /senders", Access::Admin, "Add a sender.", create),
        Tool::new("sender_list", "GET /senders", Access::Read, "List senders with their state.", list),
        Tool::new(
            "sender_update",
            "PATCH /senders/{id}",
            Access::Admin,
            "Change, pause or resume a sender.",
            update,
        ),
    ]
}

fn view(app: &App, s: &Sender, queued: i64) -> Value {
    let webhook = match s.channel {
        Channel::Email => format!("{}/webhooks/email?sender={}", app.public_url(), s.id),
        _ => format!("{}/api/twilio/inbound-sms", app.public_url()),
    };
    json!({
        "id": s.id, "channel": s.channel, "provider": s.provider, "name": s.name, "address": s.address, "status": s.status,
        "problem": s.problem, "rate_per_minute": s.rate_per_minute, "daily_cap": s.daily_cap, "sent_today": s.sent_today,
        "queued": queued, "webhook_url": webhook,
    })
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Value> {
    let queued: HashMap<SenderId, i64> =
        sender::queue_lengths(&ctx.app.db, &ctx.scope).await?.into_iter().collect();
    let senders = sender::list(&ctx.app.db, &ctx.scope).await?;
    let data: Vec<Value> =
        senders.iter().map(|s| view(&ctx.app, s, queued.get(&s.id).copied().unwrap_or(0))).collect();
    Ok(json!({ "data": data, "next_cursor": null }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// `smtp` or `twilio`.
    provider: String,
    /// Name that recipients see.
    name: String,
    /// E-mail address or phone number.
    address: String,
    /// What the provider needs; see its schema. Stored encrypted, never shown again.
    #[serde(default)]
    credentials: Value,
    /// Mailbox to read answers from (host, port, username, password, security).
    imap: Option<Value>,
    /// Most messages a minute.
    rate_per_minute: Option<i64>,
    /// Most messages a local day.
    daily_cap: Option<i64>,
}

fn limit(field: &'static str, value: Option<i64>) -> Result<Option<i64>> {
    match value {
        Some(n) if !(1..=1_000_000).contains(&n) => {
            Err(Error::field("sender.limit_invalid", field, "Write a number from 1 to 1,000,000"))
        }
        other => Ok(other),
    }
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    let provider = providers::by_id(&input.provider).ok_or_else(|| {
        let known: Vec<&str> = providers::all().iter().map(|p| p.id).collect();
        Error::field(
            "provider.unknown",
            "provider",
            format!("There is no provider {:?}; there are {}", input.provider, known.join(", ")),
        )
    })?;
    let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
    let address = Address::parse(provider.channel, &input.address, &country)?;
    let id = store::new_id(SenderId::from_uuid);
    let mut settings = json!({});
    if let Some(imap) = &input.imap {
        settings["imap"] = ctx.app.keys.seal(&format!("senders/{id}/imap"), &imap.to_string())?.into();
    }
    let new = Sender {
        credentials: ctx.app.keys.seal(&outside::place(id.as_str()), &input.credentials.to_string())?,
        id: id.clone(),
        workspace_id: ctx.scope.workspace.clone(),
        channel: provider.channel,
        provider: provider.id.to_owned(),
        name: input.name.trim().to_owned(),
        address: address.display,
        settings: settings.to_string(),
        status: "active".into(),
        problem: None,
        rate_per_minute: limit("rate_per_minute", input.rate_per_minute)?,
        daily_cap: limit("daily_cap", input.daily_cap)?,
        day: 0,
        sent_today: 0,
        next_slot_at: 0,
        poll_cursor: None,
    };
    let tx = ctx.app.db.begin().await?;
    sender::save(&tx, &ctx.scope, &new, &address.key, ctx.app.clock.now()).await.map_err(
        |error| match error {
            store::Error::Exists => {
                Error::conflict("sender.exists", "There is a sender with this address already")
            }
            other => other.into(),
        },
    )?;
    ctx.app.commit(tx).await?;
    Ok(view(&ctx.app, &new, 0))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: SenderId,
    name: Option<String>,
    /// `active` or `paused`.
    status: Option<String>,
    /// New credentials.
    credentials: Option<Value>,
    rate_per_minute: Option<i64>,
    daily_cap: Option<i64>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let mut s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    s.name = input.name.map_or(s.name, |n| n.trim().to_owned());
    s.rate_per_minute = limit("rate_per_minute", input.rate_per_minute)?.or(s.rate_per_minute);
    s.daily_cap = limit("daily_cap", input.daily_cap)?.or(s.daily_cap);
    if let Some(credentials) = &input.credentials {
        s.credentials = ctx.app.keys.seal(&outside::place(s.id.as_str()), &credentials.to_string())?;
    }
    match input.status.as_deref() {
        None => {}
        Some("active") => (s.status, s.problem) = ("active".into(), None),
        Some("paused") => s.status = "paused".into(),
        Some(_) => {
            return Err(Error::field("sender.status_invalid", "status", "A sender can be active or paused"));
        }
    }
    let key = Address::parse(s.channel, &s.address, "US")?.key;
    let tx = ctx.app.db.begin().await?;
    sender::save(&tx, &ctx.scope, &s, &key, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    Ok(view(&ctx.app, &s, 0))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: SenderId,
}

async fn check(ctx: Ctx, input: One) -> Result<Value> {
    let s = sender::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let outcome = match ctx.app.outside.api(&ctx.app.keys, &workspace, &s) {
        Ok(api) => api.check().await,
        Err(fail) => Err(fail),
    };
    let problem = outcome.err().map(|fail| fail.message);
    if problem.is_none() && s.status == "broken" {
        let tx = ctx.app.db.begin().await?;
        sender::set_status(&tx, &ctx.scope, &s.id, "active", None, ctx.app.clock.now()).await?;
        ctx.app.commit(tx).await?;
        ctx.app.wake.outbox.notify_one();
    }
    Ok(json!({ "id": s.id, "ok": problem.is_none(), "problem": problem }))
}

/// The provider refuses the account itself: its messages wait until somebody mends it.
pub async fn mark_broken(app: &Arc<App>, scope: &Scope, id: &SenderId, problem: &str) -> Result<()> {
    let tx = app.db.begin().await?;
    sender::set_status(&tx, scope, id, "broken", Some(problem), app.clock.now()).await?;
    app.commit(tx).await?;
    app.tell(&scope.workspace, "stats:updated", json!({ "sender_id": id }));
    Ok(())
}
