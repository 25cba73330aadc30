//! Webhooks: programs of others that are told what happens, signed, until they have heard it.

pub mod call;
mod deliveries;
mod sign;

use crate::shape::{instant, integer, list_of, object, of, or_null, page, text, truth, with};
use crate::{
    app::App,
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    ids::WebhookId,
    webhook::{BOTH_SECRETS_MS, KINDS, TEST},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    At, delivery,
    webhook::{self, Fact, Webhook},
};

/// Most of one workspace.
const MOST: usize = 20;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let mut tools = vec![
        Tool::new(
            "webhook_create",
            "POST /webhooks",
            Access::Admin,
            "Have a program told what happens; its secret is shown this once.",
            create,
        )
        .gives(|| with(shape(), [("secret", text())])),
        Tool::new(
            "webhook_delete",
            "DELETE /webhooks/{id}",
            Access::Admin,
            "Tell a program nothing any more, and forget what it was told.",
            delete,
        )
        .gives(|| object([("id", of::<WebhookId>())])),
        Tool::new("webhook_get", "GET /webhooks/{id}", Access::Admin, "Read one webhook.", get).gives(shape),
        Tool::new(
            "webhook_list",
            "GET /webhooks",
            Access::Admin,
            "List webhooks with their health, and what they can be told.",
            list,
        )
        .gives(|| with(page(shape()), [("kinds", list_of(object([("kind", text()), ("about", text())])))])),
        Tool::new(
            "webhook_rotate",
            "POST /webhooks/{id}/rotate",
            Access::Admin,
            "Make a new secret, shown this once; the old one signs as well for a day.",
            rotate,
        )
        .gives(|| with(shape(), [("secret", text())])),
        Tool::new(
            "webhook_test",
            "POST /webhooks/{id}/test",
            Access::Admin,
            "Tell a webhook something to see whether it hears.",
            test,
        )
        .expensive(),
        Tool::new(
            "webhook_update",
            "PATCH /webhooks/{id}",
            Access::Admin,
            "Change what a webhook is told, where, or whether at all.",
            update,
        )
        // Its address may have a secret in it.
        .comparing("webhook_get", &["kinds", "include_content", "status"])
        .gives(shape),
    ];
    tools.extend(deliveries::tools());
    tools
}

fn shown(app: &App, w: &Webhook, open: &[delivery::Open]) -> Result<Value> {
    let kinds: Vec<String> = serde_json::from_str(&w.kinds)?;
    let count = |status: &str| {
        open.iter().find(|o| o.webhook_id == w.id && o.status == status).map_or(0, |o| o.count)
    };
    Ok(json!({
        "id": w.id, "url": w.url, "description": w.description, "kinds": kinds, "include_content": w.include_content == 1,
        "active": w.status == "active", "problem": w.problem, "failing_since": w.failing_since,
        "succeeded_at": w.succeeded_at, "failed_at": w.failed_at, "pending": count("pending"), "failed": count("failed"),
        "old_secret_until": w.old_secret_until.filter(|until| until.0 > app.real_ms()), "created_at": w.created_at,
    }))
}

async fn shown_now(ctx: &Ctx, id: &WebhookId) -> Result<Value> {
    let w = webhook::get(&ctx.app.db, &ctx.scope, id).await?;
    shown(&ctx.app, &w, &delivery::open(&ctx.app.db, &ctx.scope).await?)
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Value> {
    let open = delivery::open(&ctx.app.db, &ctx.scope).await?;
    let all = webhook::all(&ctx.app.db, &ctx.scope).await?;
    let data = all.iter().map(|w| shown(&ctx.app, w, &open)).collect::<Result<Vec<_>>>()?;
    let kinds: Vec<Value> =
        KINDS.iter().map(|(kind, about)| json!({ "kind": kind, "about": about })).collect();
    Ok(json!({ "data": data, "next_cursor": null, "kinds": kinds }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: WebhookId,
}

async fn get(ctx: Ctx, input: One) -> Result<Value> {
    shown_now(&ctx, &input.id).await
}

fn check_url(app: &App, text: &str) -> Result<String> {
    match app.egress.check(text) {
        Ok(url) => Ok(url.to_string()),
        Err(refused) => Err(Error::field("webhook.url_refused", "url", refused.0)),
    }
}

fn check_description(text: &str) -> Result<String> {
    if text.chars().count() > 200 {
        let message = "Write at most 200 characters";
        return Err(Error::field("webhook.description_invalid", "description", message));
    }
    Ok(domain::template::one_line(text.trim()))
}

/// The list in our order, each once.
fn check_kinds(given: &[String]) -> Result<String> {
    if let Some(unknown) = given.iter().find(|kind| !KINDS.iter().any(|(known, _)| known == kind)) {
        let message = format!("There is no kind called {unknown:?}; webhook_list names them all");
        return Err(Error::field("webhook.kind_unknown", "kinds", message));
    }
    if given.is_empty() {
        return Err(Error::field("webhook.kinds_empty", "kinds", "Choose at least one thing to be told"));
    }
    let chosen: Vec<&str> =
        KINDS.iter().map(|(kind, _)| *kind).filter(|kind| given.iter().any(|g| g == kind)).collect();
    Ok(serde_json::to_string(&chosen)?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Where it listens: http or https.
    url: String,
    /// What it is, for people.
    #[serde(default)]
    description: String,
    /// What it is told; `webhook_list` names the kinds.
    kinds: Vec<String>,
    /// Whether it is told addresses and texts of messages; else only ids.
    #[serde(default)]
    include_content: bool,
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    if webhook::all(&ctx.app.db, &ctx.scope).await?.len() >= MOST {
        let message = format!("A workspace has at most {MOST} webhooks. Delete one that is not needed");
        return Err(Error::conflict("webhook.too_many", message));
    }
    let (id, secret) = (store::new_id(WebhookId::from_uuid), sign::secret());
    let new = Webhook {
        url: check_url(&ctx.app, &input.url)?,
        description: check_description(&input.description)?,
        kinds: check_kinds(&input.kinds)?,
        include_content: i64::from(input.include_content),
        secret: ctx.app.keys.seal(&call::place(id.as_str()), &secret)?,
        workspace_id: ctx.scope.workspace.clone(),
        old_secret: None,
        old_secret_until: None,
        status: "active".into(),
        problem: None,
        failing_since: None,
        succeeded_at: None,
        failed_at: None,
        created_at: At(ctx.app.clock.now()),
        id,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    webhook::create(&tx, &ctx.scope, &new).await?;
    ctx.app.commit(tx).await?;
    let mut made = shown(&ctx.app, &new, &[])?;
    made["secret"] = secret.into();
    Ok(made)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: WebhookId,
    url: Option<String>,
    description: Option<String>,
    kinds: Option<Vec<String>>,
    include_content: Option<bool>,
    /// Whether it is told anything. What happens while it is off is not told later.
    active: Option<bool>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let mut w = webhook::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if let Some(url) = &input.url {
        w.url = check_url(&ctx.app, url)?;
    }
    if let Some(text) = &input.description {
        w.description = check_description(text)?;
    }
    if let Some(kinds) = &input.kinds {
        w.kinds = check_kinds(kinds)?;
    }
    if let Some(content) = input.include_content {
        w.include_content = i64::from(content);
    }
    if let Some(active) = input.active {
        w.status = if active { "active" } else { "off" }.into();
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    webhook::update(&tx, &ctx.scope, &w).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.webhooks.notify_one();
    shown_now(&ctx, &input.id).await
}

async fn delete(ctx: Ctx, input: One) -> Result<Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    webhook::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(json!({ "id": input.id }))
}

async fn rotate(ctx: Ctx, input: One) -> Result<Value> {
    let secret = sign::secret();
    let sealed = ctx.app.keys.seal(&call::place(input.id.as_str()), &secret)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    webhook::rotate(&tx, &ctx.scope, &input.id, &sealed, ctx.app.real_ms() + BOTH_SECRETS_MS).await?;
    ctx.app.commit(tx).await?;
    let mut changed = shown_now(&ctx, &input.id).await?;
    changed["secret"] = secret.into();
    Ok(changed)
}

fn require_active(w: &Webhook) -> Result<()> {
    if w.status == "active" {
        return Ok(());
    }
    Err(Error::conflict("webhook.off", "This webhook is switched off. Switch it on first"))
}

async fn test(ctx: Ctx, input: One) -> Result<delivery::Delivery> {
    let w = webhook::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    require_active(&w)?;
    let fact = Fact {
        workspace: ctx.scope.workspace.clone(),
        kind: TEST,
        contact: None,
        message: None,
        data: json!({ "webhook_id": w.id }),
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let id = webhook::tell_one(&tx, &w.id, &fact, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.webhooks.notify_one();
    Ok(delivery::get(&ctx.app.db, &ctx.scope, &id).await?)
}

fn shape() -> Value {
    object([
        ("id", of::<WebhookId>()),
        ("url", text()),
        ("description", text()),
        ("kinds", list_of(text())),
        ("include_content", truth()),
        ("active", truth()),
        ("problem", or_null(text())),
        ("failing_since", or_null(instant())),
        ("succeeded_at", or_null(instant())),
        ("failed_at", or_null(instant())),
        ("pending", integer()),
        ("failed", integer()),
        ("old_secret_until", or_null(instant())),
        ("created_at", instant()),
    ])
}
