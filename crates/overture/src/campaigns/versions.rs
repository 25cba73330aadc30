//! The versions of a campaign's graph: what it ran on, and the draft of the next.

use super::{One, changed, publish};
use crate::{
    error::{Error, Result},
    funnels::known,
    tool::{Access, Ctx, Tool},
};
use domain::{
    CampaignStatus,
    funnel::{Change, Graph, Problem, compare, validate_in},
    ids::{CampaignId, MemberId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    At,
    campaign::{
        self,
        versions::{self, Stored, Version},
    },
};

pub(super) fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "campaign_draft",
            "GET /campaigns/{id}/draft",
            Access::Read,
            "The steps of a campaign as they are being changed.",
            get,
        ),
        Tool::new(
            "campaign_draft_check",
            "GET /campaigns/{id}/draft/check",
            Access::Read,
            "What publishing the changed steps would do to the people of a campaign.",
            publish::check,
        ),
        Tool::new(
            "campaign_draft_discard",
            "DELETE /campaigns/{id}/draft",
            Access::Write,
            "Give up changes to the steps of a campaign.",
            discard,
        ),
        Tool::new(
            "campaign_draft_save",
            "PUT /campaigns/{id}/draft",
            Access::Write,
            "Change the steps of a campaign, without anybody noticing yet.",
            save,
        ),
        Tool::new(
            "campaign_publish",
            "POST /campaigns/{id}/publish",
            Access::Send,
            "Let a campaign run on its changed steps.",
            publish::publish,
        ),
        Tool::new(
            "campaign_restore",
            "POST /campaigns/{id}/versions/{version}/restore",
            Access::Write,
            "Take the steps of an earlier version of a campaign as its draft.",
            restore,
        ),
        Tool::new(
            "campaign_version",
            "GET /campaigns/{id}/versions/{version}",
            Access::Read,
            "The steps of a version of a campaign, and what it changed.",
            one,
        ),
        Tool::new(
            "campaign_versions",
            "GET /campaigns/{id}/versions",
            Access::Read,
            "The versions of a campaign's steps, newest first.",
            list,
        ),
    ]
}

/// A graph in the shape in which the database keeps it.
pub(super) struct Parts {
    graph: String,
    nodes: Vec<(String, String)>,
    edges: Vec<(String, String, Option<String>)>,
}

impl Parts {
    pub(super) fn of(graph: &Graph) -> Result<Self> {
        let nodes = graph.nodes.iter().map(|node| Ok((node.key.clone(), serde_json::to_string(node)?)));
        let edges = graph.edges.iter().map(|edge| {
            let condition = edge.condition.as_ref().map(serde_json::to_string).transpose()?;
            Ok((edge.from.clone(), edge.to.clone(), condition))
        });
        Ok(Self {
            graph: serde_json::to_string(graph)?,
            nodes: nodes.collect::<Result<_>>()?,
            edges: edges.collect::<Result<_>>()?,
        })
    }

    pub(super) fn stored(&self) -> Stored<'_> {
        Stored { graph: &self.graph, nodes: &self.nodes, edges: &self.edges }
    }
}

/// The steps as they are being changed; those that it runs on where nobody changes any.
#[derive(Serialize, JsonSchema)]
struct Draft {
    /// Whether there is a draft.
    is_draft: bool,
    /// Counts the changes; name it when you save, and nobody's change is lost.
    edit: i64,
    /// The version that the campaign runs on.
    version: i64,
    /// Who changed it last.
    author_id: Option<MemberId>,
    /// When.
    changed_at: Option<At>,
    graph: Graph,
    /// What differs from what the campaign runs on.
    changes: Vec<Change>,
    problems: Vec<Problem>,
}

async fn draft_of(ctx: &Ctx, id: &CampaignId) -> Result<Draft> {
    let draft = versions::draft(&ctx.app.db, &ctx.scope, id).await?;
    let now = crate::courses::graph_of(&ctx.app, id).await?;
    let is_draft = draft.graph.is_some();
    let graph: Graph = match &draft.graph {
        Some(graph) => serde_json::from_str(graph)?,
        None => now.clone(),
    };
    Ok(Draft {
        is_draft,
        edit: draft.edit,
        version: draft.version,
        author_id: draft.author_id,
        changed_at: draft.changed_at,
        changes: compare(&now, &graph),
        problems: validate_in(&graph, &known(ctx).await?),
        graph,
    })
}

async fn get(ctx: Ctx, input: One) -> Result<Draft> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    draft_of(&ctx, &input.id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Save {
    id: CampaignId,
    graph: Graph,
    /// The number of the change that this one follows. Refused where somebody else has saved one since.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    edit: Option<i64>,
}

/// A draft may have problems; publishing asks for a sound one.
async fn save(ctx: Ctx, input: Save) -> Result<Draft> {
    keep(&ctx, &input.id, Some(&input.graph), input.edit).await?;
    draft_of(&ctx, &input.id).await
}

async fn discard(ctx: Ctx, input: One) -> Result<Draft> {
    keep(&ctx, &input.id, None, None).await?;
    draft_of(&ctx, &input.id).await
}

async fn keep(ctx: &Ctx, id: &CampaignId, graph: Option<&Graph>, of: Option<i64>) -> Result<()> {
    let c = campaign::get(&ctx.app.db, &ctx.scope, id).await?;
    require_open(c.status)?;
    let graph = graph.map(serde_json::to_string).transpose()?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    if versions::save_draft(&tx, &ctx.scope, id, graph.as_deref(), of, now).await?.is_none() {
        return Err(newer());
    }
    ctx.app.commit(tx).await?;
    changed(ctx, id);
    Ok(())
}

pub(super) fn newer() -> Error {
    Error::conflict(
        "campaign.draft_newer",
        "Somebody has changed the steps of this campaign since. Load theirs, or save yours as a funnel",
    )
}

/// Steps of what is over are not changed any more.
pub(super) fn require_open(status: CampaignStatus) -> Result<()> {
    if matches!(status, CampaignStatus::Completed | CampaignStatus::Archived) {
        let text = format!("The campaign is {status}. Duplicate it to go on with other steps");
        return Err(Error::conflict("campaign.over", text));
    }
    Ok(())
}

#[derive(Serialize, JsonSchema)]
struct Versions {
    data: Vec<Version>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, input: One) -> Result<Versions> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    Ok(Versions { data: versions::list(&ctx.app.db, &ctx.scope, &input.id).await?, next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Numbered {
    id: CampaignId,
    /// Number of the version.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    version: i64,
    /// The version to compare with; the one before it where it is left out.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    with: Option<i64>,
}

#[derive(Serialize, JsonSchema)]
struct Shown {
    version: i64,
    graph: Graph,
    /// The version it is compared with; none where it is the first.
    with: Option<i64>,
    /// The graph of that.
    before: Option<Graph>,
    /// What it changed.
    changes: Vec<Change>,
}

async fn one(ctx: Ctx, input: Numbered) -> Result<Shown> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = graph_of_version(&ctx, &input.id, input.version).await?;
    let with = input.with.or_else(|| (input.version > 1).then(|| input.version - 1));
    let before = match with {
        Some(version) => Some(graph_of_version(&ctx, &input.id, version).await?),
        None => None,
    };
    let changes = before.as_ref().map(|before| compare(before, &graph)).unwrap_or_default();
    Ok(Shown { version: input.version, graph, with, before, changes })
}

pub(super) async fn graph_of_version(ctx: &Ctx, id: &CampaignId, version: i64) -> Result<Graph> {
    let graph = versions::version(&ctx.app.db, id, version).await?;
    Ok(serde_json::from_str(&graph.ok_or(store::Error::NotFound("version"))?)?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Restore {
    id: CampaignId,
    /// Number of the version.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    version: i64,
    /// The number of the last change of the draft that this one takes the place of.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    edit: Option<i64>,
}

/// A way back is a way on: it is published like any other draft, and people are asked about.
async fn restore(ctx: Ctx, input: Restore) -> Result<Draft> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = graph_of_version(&ctx, &input.id, input.version).await?;
    keep(&ctx, &input.id, Some(&graph), input.edit).await?;
    draft_of(&ctx, &input.id).await
}
