//! What a campaign has done so far, in whole and per node.

use super::One;
use crate::shape::{integer, list_of, object, text, with};
use crate::{error::Result, tool::Ctx};
use domain::{EnrollmentStatus, ids::CampaignId, overlay::Overlay};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use store::campaign::{self, Tally, overlay::AtNode};

/// Totals of a campaign.
pub async fn counts(ctx: &Ctx, id: &CampaignId) -> Result<Value> {
    let people = campaign::enrollment_counts(&ctx.app.db, &ctx.scope, id).await?;
    let facts = total(campaign::facts_by_node(&ctx.app.db, &ctx.scope, id).await?);
    let unsettled = total(campaign::unsettled_by_node(&ctx.app.db, &ctx.scope, id).await?);
    let fact = |kind: &str| facts.get(kind).copied().unwrap_or(0);
    let rest = |status: &str| unsettled.get(status).copied().unwrap_or(0);
    let mut counts = serde_json::to_value(people)?;
    for kind in ["sent", "delivered", "opened", "clicked", "replied", "bounced", "opted_out", "failed"] {
        counts[if kind == "failed" { "failed_messages" } else { kind }] = json!(fact(kind));
    }
    counts["queued"] = json!(rest("queued") + rest("sending"));
    counts["uncertain"] = json!(rest("uncertain"));
    Ok(counts)
}

fn total(tallies: Vec<Tally>) -> HashMap<String, i64> {
    let mut sums = HashMap::new();
    for tally in tallies {
        *sums.entry(tally.what).or_default() += tally.times;
    }
    sums
}

fn by_node(tallies: Vec<Tally>) -> HashMap<(String, String), i64> {
    tallies.into_iter().filter_map(|t| Some(((t.node_key?, t.what), t.times))).collect()
}

/// The graph with live numbers on nodes and edges.
pub async fn funnel(ctx: Ctx, input: One) -> Result<Value> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let (nodes, edges) = campaign::graph(&ctx.app.db, &input.id).await?;
    let people = by_node(campaign::people_by_node(&ctx.app.db, &ctx.scope, &input.id).await?);
    let facts = by_node(campaign::facts_by_node(&ctx.app.db, &ctx.scope, &input.id).await?);
    let unsettled = by_node(campaign::unsettled_by_node(&ctx.app.db, &ctx.scope, &input.id).await?);
    let of = |map: &HashMap<(String, String), i64>, key: &str, what: &str| {
        map.get(&(key.to_owned(), what.to_owned())).copied().unwrap_or(0)
    };
    let mut drawn = Vec::with_capacity(nodes.len());
    for row in &nodes {
        let key = row.node_key.as_str();
        let mut node: Value = serde_json::from_str(&row.node)?;
        let under_way = [EnrollmentStatus::Active, EnrollmentStatus::Waiting, EnrollmentStatus::Paused];
        node["here"] = json!(under_way.iter().map(|s| of(&people, key, s.as_str())).sum::<i64>());
        node["ended_here"] =
            json!(of(&people, key, "completed") + of(&people, key, "exited") + of(&people, key, "failed"));
        node["held"] = json!(of(&people, key, "paused"));
        for kind in ["sent", "delivered", "opened", "clicked", "replied", "bounced", "failed"] {
            node[kind] = json!(of(&facts, key, kind));
        }
        node["queued"] = json!(of(&unsettled, key, "queued") + of(&unsettled, key, "sending"));
        node["uncertain"] = json!(of(&unsettled, key, "uncertain"));
        drawn.push(node);
    }
    let mut ways = Vec::with_capacity(edges.len());
    for edge in &edges {
        let condition: Option<Value> = edge.condition.as_deref().map(serde_json::from_str).transpose()?;
        ways.push(json!({ "from": edge.from_key, "to": edge.to_key, "condition": condition, "passed": edge.passed }));
    }
    Ok(json!({ "nodes": drawn, "edges": ways }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Over {
    id: CampaignId,
    /// Whom it counts: `here`, `sent`, `opened`, `replied`, `trouble` or `won`.
    of: Overlay,
}

/// People at the steps of a campaign.
#[derive(Serialize, JsonSchema)]
pub struct Counted {
    /// Steps without anybody are left out.
    data: Vec<AtNode>,
}

/// How many people an overlay has at each step: as many as `campaign_people` lists for it.
pub async fn overlay(ctx: Ctx, input: Over) -> Result<Counted> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let data = campaign::overlay::count(&ctx.app.db, &ctx.scope, &input.id, input.of).await?;
    Ok(Counted { data })
}

/// What the graph with its numbers answers. A node is as in the funnel, with these beside it.
pub fn shape() -> Value {
    let numbers = [
        "here",
        "ended_here",
        "held",
        "sent",
        "delivered",
        "opened",
        "clicked",
        "replied",
        "bounced",
        "failed",
        "queued",
        "uncertain",
    ];
    let named = json!({ "type": "object", "properties": { "key": text(), "name": text(), "type": text() }, "required": ["key", "name", "type"] });
    let node = numbers.iter().fold(named, |node, name| with(node, [(*name, integer())]));
    let edge = object([("from", text()), ("to", text()), ("condition", json!({})), ("passed", integer())]);
    object([("nodes", list_of(node)), ("edges", list_of(edge))])
}
