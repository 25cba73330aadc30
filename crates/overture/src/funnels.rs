//! Funnels: template graphs and their versions.

use crate::{
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    funnel::{Custom, Graph, Hook, Known, Problem, Severity, validate_in},
    ids::{FunnelId, WebhookId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{At, custom_field, funnel, webhook};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("funnel_create", "POST /funnels", Access::Write, "Create a funnel.", create),
        Tool::new("funnel_get", "GET /funnels/{id}", Access::Read, "Read one funnel with its graph.", get),
        Tool::new("funnel_list", "GET /funnels", Access::Read, "List funnels by name.", list),
        Tool::new("funnel_update", "PUT /funnels/{id}", Access::Write, "Add a version to a funnel.", update),
        Tool::new(
            "funnel_validate",
            "POST /funnels/validate",
            Access::Read,
            "Say what is wrong with a graph.",
            check,
        ),
        Tool::new(
            "funnel_webhooks",
            "GET /funnels/webhooks",
            Access::Read,
            "List the webhooks that a step can tell, by name.",
            webhooks,
        ),
    ]
}

/// A webhook as those see it who draw funnels: its address may have a secret in it.
#[derive(Serialize, JsonSchema)]
struct Choice {
    id: WebhookId,
    /// What it is, in its owner's words, else the host that listens.
    name: String,
    /// Whether it is told anything.
    active: bool,
    /// Whether it is told who the contact is; else only ids.
    include_content: bool,
}

#[derive(Serialize, JsonSchema)]
struct Choices {
    data: Vec<Choice>,
    next_cursor: Option<String>,
}

async fn webhooks(ctx: Ctx, _: Nothing) -> Result<Choices> {
    let choice = |hook: webhook::Webhook| {
        let host = hook.url.split("://").nth(1).and_then(|rest| rest.split(['/', '?', '#']).next());
        let host = host.map(|host| host.rsplit('@').next().unwrap_or(host).to_owned());
        Choice {
            name: Some(hook.description).filter(|words| !words.is_empty()).or(host).unwrap_or_default(),
            active: hook.status == "active",
            include_content: hook.include_content == 1,
            id: hook.id,
        }
    };
    let data = webhook::all(&ctx.app.db, &ctx.scope).await?.into_iter().map(choice).collect();
    Ok(Choices { data, next_cursor: None })
}

/// A funnel in the library.
#[derive(Serialize, JsonSchema)]
pub struct View {
    id: FunnelId,
    name: String,
    description: String,
    version: i64,
    node_count: usize,
    channels: Vec<domain::Channel>,
    created_at: At,
    updated_at: At,
    #[serde(skip_serializing_if = "Option::is_none")]
    graph: Option<Graph>,
}

fn view(row: funnel::Funnel, with_graph: bool) -> Result<View> {
    let graph: Graph = serde_json::from_str(&row.graph)?;
    Ok(View {
        id: row.id,
        name: row.name,
        description: row.description,
        version: row.version,
        node_count: graph.nodes.len(),
        channels: graph.channels(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        graph: with_graph.then_some(graph),
    })
}

#[derive(Serialize, JsonSchema)]
struct Funnels {
    data: Vec<View>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Funnels> {
    let rows = funnel::list(&ctx.app.db, &ctx.scope).await?;
    let data = rows.into_iter().map(|row| view(row, true)).collect::<Result<_>>()?;
    Ok(Funnels { data, next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct One {
    pub(crate) id: FunnelId,
}

/// One funnel.
pub(crate) async fn get(ctx: Ctx, input: One) -> Result<View> {
    view(funnel::get(&ctx.app.db, &ctx.scope, &input.id).await?, true)
}

/// What a funnel may name in this workspace.
pub async fn known(ctx: &Ctx) -> Result<Known> {
    let fields = custom_field::list(&ctx.app.db, &ctx.scope).await?;
    let custom = |field: custom_field::CustomField| Custom {
        choices: field.choices(),
        key: field.key,
        kind: field.kind,
    };
    let webhooks = webhook::all(&ctx.app.db, &ctx.scope).await?;
    Ok(Known {
        customs: fields.into_iter().map(custom).collect(),
        webhooks: webhooks
            .into_iter()
            .map(|hook| Hook { is_on: hook.status == "active", id: hook.id })
            .collect(),
        templates: crate::approved::of_workspace(ctx).await?,
    })
}

/// Refuses a graph that a campaign could not run on.
pub async fn require_valid(ctx: &Ctx, graph: &Graph) -> Result<()> {
    let known = known(ctx).await?;
    let problems: Vec<Problem> =
        validate_in(graph, &known).into_iter().filter(|p| p.severity == Severity::Error).collect();
    let Some(first) = problems.first() else { return Ok(()) };
    let mut error = Error::new(
        Kind::Invalid,
        "funnel.invalid",
        format!("The funnel cannot run: {} {}", first.message, first.fix),
    );
    error.fields = problems
        .iter()
        .map(|p| FieldError {
            field: format!("graph.nodes.{}", p.node.as_deref().unwrap_or("*")),
            message: format!("{} {}", p.message, p.fix),
        })
        .collect();
    Err(error)
}

fn require_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(Error::field("name.invalid", "name", "Write a name of 1 to 200 characters"));
    }
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Create {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    pub(crate) graph: Graph,
}

/// Makes a funnel.
pub(crate) async fn create(ctx: Ctx, input: Create) -> Result<View> {
    require_name(&input.name)?;
    require_valid(&ctx, &input.graph).await?;
    let id = store::new_id(FunnelId::from_uuid);
    let graph = serde_json::to_string(&input.graph)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    funnel::create(
        &tx,
        &ctx.scope,
        &id,
        input.name.trim(),
        input.description.trim(),
        &graph,
        ctx.app.clock.now(),
    )
    .await?;
    ctx.app.commit(tx).await?;
    get(ctx, One { id }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Update {
    pub(crate) id: FunnelId,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) graph: Graph,
    /// The version that was changed. Refused where somebody else has saved a newer one since.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub(crate) version: Option<i64>,
}

/// Adds a version, unless nothing changes.
pub(crate) async fn update(ctx: Ctx, input: Update) -> Result<View> {
    if let Some(name) = &input.name {
        require_name(name)?;
    }
    require_valid(&ctx, &input.graph).await?;
    let stored = funnel::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if is_unchanged(&stored, &input)? {
        return view(stored, true);
    }
    let graph = serde_json::to_string(&input.graph)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    let change = funnel::Change {
        of: input.version,
        name: input.name.as_deref(),
        description: input.description.as_deref(),
        graph: &graph,
    };
    if funnel::update(&tx, &ctx.scope, &input.id, change, now).await?.is_none() {
        return Err(Error::conflict(
            "funnel.newer",
            "Somebody has saved a newer version of this funnel. Load it, or save yours as another funnel",
        ));
    }
    ctx.app.commit(tx).await?;
    get(ctx, One { id: input.id }).await
}

/// Whether the newest version is this very one already.
fn is_unchanged(stored: &funnel::Funnel, input: &Update) -> Result<bool> {
    let same = |new: &Option<String>, old: &str| new.as_deref().is_none_or(|new| new == old);
    Ok(input.version.is_none_or(|version| version == stored.version)
        && same(&input.name, &stored.name)
        && same(&input.description, &stored.description)
        && serde_json::from_str::<Graph>(&stored.graph)? == input.graph)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Check {
    graph: Graph,
}

#[derive(Serialize, JsonSchema)]
struct Checked {
    problems: Vec<Problem>,
}

async fn check(ctx: Ctx, input: Check) -> Result<Checked> {
    Ok(Checked { problems: validate_in(&input.graph, &known(&ctx).await?) })
}
