//! What webhooks were told: to look at, and to tell again.

use super::call;
use crate::shape::{integer, object, of};
use crate::{
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::ids::{DeliveryId, WebhookId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    At, Page,
    delivery::{self, Attempt, Delivery},
    webhook,
};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "delivery_get",
            "GET /deliveries/{id}",
            Access::Admin,
            "Read one delivery of a webhook with its request and all its tries.",
            get,
        ),
        Tool::new(
            "delivery_list",
            "GET /webhooks/{id}/deliveries",
            Access::Admin,
            "List what a webhook was told, newest first.",
            list,
        ),
        Tool::new(
            "delivery_redeliver",
            "POST /deliveries/{id}/redeliver",
            Access::Admin,
            "Tell a webhook once more, under the same id.",
            redeliver,
        ),
        Tool::new(
            "webhook_recover",
            "POST /webhooks/{id}/recover",
            Access::Admin,
            "Tell a webhook everything once more that failed since an instant.",
            recover,
        )
        .gives(|| object([("id", of::<WebhookId>()), ("redelivered", integer())])),
    ]
}

/// Which deliveries.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Pending,
    Delivered,
    Failed,
}

impl Status {
    const fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Delivered => "delivered",
            Status::Failed => "failed",
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// The webhook.
    id: WebhookId,
    status: Option<Status>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: List) -> Result<Page<Delivery>> {
    webhook::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let status = input.status.map(Status::word);
    Ok(delivery::page(&ctx.app.db, &ctx.scope, &input.id, status, input.limit, input.cursor.as_deref())
        .await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: DeliveryId,
}

/// A delivery with everything that is known of it.
#[derive(Serialize, JsonSchema)]
struct Whole {
    #[serde(flatten)]
    delivery: Delivery,
    /// The body of the request as it would be made now.
    request: String,
    /// Newest first.
    attempts: Vec<Attempt>,
}

async fn get(ctx: Ctx, input: One) -> Result<Whole> {
    let found = delivery::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let to = webhook::get(&ctx.app.db, &ctx.scope, &found.webhook_id).await?;
    let message = found.message_id.as_ref();
    let request =
        call::body(&ctx.app, &ctx.scope, &to, &found.kind, found.created_at, &found.data, message).await?;
    let attempts = delivery::attempts(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(Whole { delivery: found, request, attempts })
}

async fn redeliver(ctx: Ctx, input: One) -> Result<Delivery> {
    let found = delivery::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    super::require_active(&webhook::get(&ctx.app.db, &ctx.scope, &found.webhook_id).await?)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    delivery::redeliver(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.webhooks.notify_one();
    Ok(delivery::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Recover {
    /// The webhook.
    id: WebhookId,
    /// What happened before it is left alone.
    since: At,
}

async fn recover(ctx: Ctx, input: Recover) -> Result<Value> {
    super::require_active(&webhook::get(&ctx.app.db, &ctx.scope, &input.id).await?)?;
    let now = ctx.app.clock.now();
    if input.since.0 > now {
        return Err(Error::field("webhook.since_ahead", "since", "Choose an instant that is past"));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let again = delivery::redeliver_failed(&tx, &ctx.scope, &input.id, input.since.0, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.webhooks.notify_one();
    Ok(json!({ "id": input.id, "redelivered": again }))
}
