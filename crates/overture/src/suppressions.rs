//! Who must not be written to.

use crate::shape::{integer, of, with};
use crate::{
    app::App,
    error::{Error, Result},
    messages::Address,
    tool::{Access, Ctx, Tool},
};
use domain::{Channel, ExitReason, health::Harm, ids::SuppressionId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    Page, Scope,
    campaign::health::{self, Of},
    enrollment, event,
    event::NewEvent,
    outbox::Candidate,
    sender::Sender,
    suppression::{self, Suppression},
};

pub mod file;
mod rows;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "suppression_create",
            "POST /suppressions",
            Access::Write,
            "Never write to an address again.",
            create,
        )
        .gives(|| with(of::<Suppression>(), [("in_flight", integer()), ("withdrawn", integer())])),
        Tool::new(
            "suppression_delete",
            "DELETE /suppressions/{id}",
            Access::Admin,
            "Allow writing to an address again.",
            delete,
        ),
        Tool::new(
            "suppression_list",
            "GET /suppressions",
            Access::Read,
            "List suppressed addresses, newest first.",
            list,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Only the entries of this address, as people write it.
    value: Option<String>,
    /// Entries per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Page<Suppression>> {
    let key = match &input.value {
        Some(text) => {
            let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
            let by = if text.contains('@') { Channel::Email } else { Channel::Sms };
            // What is no address is on no list.
            Some(Address::parse(by, text, &country).map_or_else(|_| text.clone(), |address| address.key))
        }
        None => None,
    };
    Ok(suppression::page(&ctx.app.db, &ctx.scope, key.as_deref(), input.limit, input.cursor.as_deref())
        .await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// A channel, or `all`.
    channel: String,
    /// The address.
    value: String,
    /// Why, in words.
    #[serde(default)]
    reason: Option<String>,
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    let channel: Option<Channel> = match input.channel.as_str() {
        "all" => None,
        text => Some(text.parse().map_err(|_| {
            Error::field("channel.unknown", "channel", "Name a channel such as email or sms, or all")
        })?),
    };
    let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
    let by = channel.unwrap_or(if input.value.contains('@') { Channel::Email } else { Channel::Sms });
    let address = Address::parse(by, &input.value, &country)?;
    let reason = input.reason.filter(|r| !r.trim().is_empty()).unwrap_or_else(|| "Added by hand".into());
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    let effect =
        suppression::add(&tx, &ctx.scope, &input.channel, &address.key, None, &reason, "member", now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    let stored = suppression::find(&ctx.app.db, &ctx.scope, &input.channel, &address.key).await?;
    let mut value = serde_json::to_value(stored)?;
    value["in_flight"] = json!(effect.in_flight);
    value["withdrawn"] = json!(effect.withdrawn);
    Ok(value)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: SuppressionId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Suppression> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let gone = suppression::delete(&tx, &ctx.scope, &input.id).await?;
    // Allowed by hand, it is not recognised as erased any more.
    if gone.channel == "all" {
        suppression::reveal(&tx, &ctx.scope, &gone.value, &ctx.app.keys).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(gone)
}

/// The provider refused a message because the recipient opted out there (Twilio 21610).
pub async fn by_provider(app: &Arc<App>, scope: &Scope, sender: &Sender, message: &Candidate) -> Result<()> {
    let to = Address::parse(sender.channel, &message.to_address, "US")?;
    let tx = app.db.begin().await?;
    let reason = "The recipient opted out at the carrier";
    suppression::add(
        &tx,
        scope,
        sender.channel.as_str(),
        &to.key,
        Some(&sender.id),
        reason,
        "provider",
        app.clock.now(),
    )
    .await?;
    app.commit(tx).await?;
    app.tell(&scope.workspace, "contacts:updated", json!({}));
    Ok(())
}

/// The recipient's side says that there is no such address: it bounced before it was taken.
pub async fn dead_address(
    app: &Arc<App>,
    scope: &Scope,
    sender: &Sender,
    message: &Candidate,
    why: &str,
) -> Result<()> {
    let to = Address::parse(sender.channel, &message.to_address, "US")?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let of = Of { campaign: message.campaign_id.as_ref(), sender: &sender.id, had_left: false };
    let paused = health::harmed(&tx, scope, of, Harm::Bounced, now).await?;
    if let Some(contact) = &message.contact_id {
        enrollment::end_for_contact(&tx, scope, contact, ExitReason::Bounced, now).await?;
    }
    let reason = "The address does not exist (bounced)";
    suppression::add(&tx, scope, sender.channel.as_str(), &to.key, None, reason, "provider", now).await?;
    let bounced = NewEvent {
        kind: "bounced",
        message_id: Some(message.id.to_string()),
        enrollment_id: message.enrollment_id.as_ref().map(ToString::to_string),
        campaign_id: message.campaign_id.as_ref().map(ToString::to_string),
        contact_id: message.contact_id.as_ref().map(ToString::to_string),
        node_key: message.node_key.clone(),
        data: Some(why.to_owned()),
    };
    event::write(&tx, scope, &[bounced], now).await?;
    app.commit(tx).await?;
    app.tell(&scope.workspace, "contacts:updated", json!({}));
    crate::inbound::tell_paused(app, scope, &paused);
    Ok(())
}
