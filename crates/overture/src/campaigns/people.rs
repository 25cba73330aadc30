//! The people of a campaign: where they stand, who comes in later, and who is taken out.

use super::{Audience, changed, reach};
use crate::{
    error::{Error, Result},
    shape::{object, of, or_null, text, with},
    tool::Ctx,
};
use domain::{
    CampaignStatus, EnrollmentStatus, ExitReason, funnel,
    ids::{CampaignId, ContactId, MessageId, SenderId},
    overlay::Overlay,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{campaign, enrollment};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct People {
    id: CampaignId,
    /// Only in this state.
    status: Option<EnrollmentStatus>,
    /// Only on this node; with an overlay whom that has there.
    node: Option<String>,
    /// Only those whom this counts: `here`, `sent`, `opened`, `replied`, `trouble` or `won`.
    overlay: Option<Overlay>,
    limit: Option<i64>,
    cursor: Option<String>,
}

pub(super) async fn list(ctx: Ctx, input: People) -> Result<Value> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = crate::courses::graph_of(&ctx.app, &input.id).await?;
    let node = input.node.as_deref().filter(|n| !n.is_empty());
    let page = enrollment::people(
        &ctx.app.db,
        &ctx.scope,
        &input.id,
        enrollment::Whom { status: input.status, node, overlay: input.overlay },
        input.limit,
        input.cursor.as_deref(),
    )
    .await?;
    let waits =
        |person: &enrollment::Person| person.queued_message_id.clone().zip(person.queued_sender_id.clone());
    let queued: Vec<(MessageId, SenderId)> = page.data.iter().filter_map(waits).collect();
    let mut reasons = crate::guard::whys(&ctx.app, &ctx.scope, &queued).await?;
    let mut data = Vec::with_capacity(page.data.len());
    for person in &page.data {
        let why = match (&person.queued_message_id, &person.detail) {
            (Some(id), _) => reasons.remove(id).map(|reason| json!(reason)),
            (None, Some(detail)) => Some(json!({ "code": person.reason, "text": detail })),
            (None, None) => None,
        };
        let mut value = serde_json::to_value(person)?;
        value["node_name"] = json!(graph.node(&person.node_key).map(|n| n.name.clone()));
        value["why"] = json!(why);
        data.push(value);
    }
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Enroll {
    id: CampaignId,
    /// Who comes in.
    audience: Audience,
    /// Whether those of them come in again whom somebody took out; they begin at the first step, and may get what they had
    /// before once more.
    #[serde(default)]
    again: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Enrolled {
    /// How many came in. Whoever is in it already, or was, stays where they are, but for those who were taken out and
    /// come in `again`.
    enrolled: u64,
}

/// They begin at the first step.
pub(super) async fn enroll(ctx: Ctx, input: Enroll) -> Result<Enrolled> {
    let c = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let who = input.audience.query(&ctx).await?;
    let (version, graph) = crate::courses::current_of(&ctx.app, &c.id).await?;
    let start = funnel::start(&graph)
        .ok_or_else(|| Error::conflict("campaign.not_ready", "The funnel has no start"))?;
    let start = enrollment::Start { version, node: &start.key };
    let reach = reach(&ctx, &c).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let status = campaign::hold(&tx, &ctx.scope, &c.id).await?;
    if !matches!(status, CampaignStatus::Active | CampaignStatus::Paused) {
        let text = format!("The campaign is {status}. Only one that runs or is paused takes people in");
        return Err(Error::conflict("campaign.not_running", text));
    }
    let now = ctx.app.clock.now();
    let mut enrolled = enrollment::enroll(&tx, &reach, &c.id, &who, start, now).await?;
    if input.again {
        enrolled += enrollment::enroll_again(&tx, &reach, &c.id, &who, start, now).await?;
    }
    ctx.app.commit(tx).await?;
    changed(&ctx, &c.id);
    Ok(Enrolled { enrolled })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Remove {
    id: CampaignId,
    /// Who.
    #[schemars(length(min = 1, max = 1_000))]
    contact_ids: Vec<ContactId>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Removed {
    /// How many were taken out. Whoever had come to an end stays as they are.
    removed: usize,
}

/// They do not come in again unless a person says so. A message that is leaving leaves.
pub(super) async fn remove(ctx: Ctx, input: Remove) -> Result<Removed> {
    if input.contact_ids.is_empty() || input.contact_ids.len() > 1_000 {
        return Err(Error::field("contacts.number", "contact_ids", "Name 1 to 1,000 contacts"));
    }
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let ended = enrollment::end_in_campaign(
        &tx,
        &ctx.scope,
        &input.id,
        &input.contact_ids,
        ExitReason::Removed,
        ctx.app.clock.now(),
    )
    .await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id);
    Ok(Removed { removed: ended.len() })
}

pub(super) fn shape() -> Value {
    let why = object([("code", or_null(text())), ("text", text())]);
    with(of::<enrollment::Person>(), [("node_name", or_null(text())), ("why", or_null(why))])
}
