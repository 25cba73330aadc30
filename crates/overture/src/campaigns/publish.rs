//! Publishing the draft of a campaign: what becomes of those who are under way, and doing it.
//!
//! Everybody travels one version and keeps it until they are taken over, so nobody is stranded. What somebody was
//! written in another version they are not written again (`loops::steps`).

use super::{
    One, changed, senders,
    versions::{Parts, graph_of_version, newer, require_open},
};
use crate::{
    error::{Error, Result},
    funnels::{known, require_valid},
    tool::Ctx,
};
use domain::{
    CampaignStatus,
    funnel::{Change, Fate, Graph, Problem, Proposal, compare, proposal, validate_in},
    ids::CampaignId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, hash_map::Entry};
use store::{
    Tx,
    campaign::{
        self,
        versions::{self, Group, NewVersion, Outcome, Place},
    },
};

/// Most places that are decided one by one.
const MAX_CHOICES: usize = 10_000;

/// What becomes of those who stand on a changed step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    /// They go on in the new version.
    Move,
    /// They go on as drawn when they came.
    Stay,
    /// The campaign is over for them.
    End,
}

/// People on a step that is not as it was.
#[derive(Serialize, JsonSchema)]
struct Affected {
    /// The version that they travel.
    version: i64,
    /// Key of the step.
    node: String,
    /// Its name in that version.
    name: String,
    fate: Fate,
    /// How many stand there.
    people: i64,
    /// Of these, whose message waits or is leaving.
    waiting: i64,
    /// What is best for them, if nothing else is said.
    proposed: Verdict,
    /// Where they would go on, if they move.
    to: Option<String>,
}

/// What publishing would do.
#[derive(Serialize, JsonSchema)]
pub(super) struct Plan {
    /// The change of the draft that was looked at.
    edit: i64,
    /// The number that the new version gets.
    version: i64,
    /// What differs from what the campaign runs on.
    changes: Vec<Change>,
    /// What is wrong with the draft. It is published only without errors.
    problems: Vec<Problem>,
    /// How many stand on steps that are as they were. They go over with the new version.
    untouched: i64,
    /// Everybody else.
    places: Vec<Affected>,
}

pub(super) async fn check(ctx: Ctx, input: One) -> Result<Plan> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let draft = versions::draft(&ctx.app.db, &ctx.scope, &input.id).await?;
    let now = crate::courses::graph_of(&ctx.app, &input.id).await?;
    let new: Graph = match &draft.graph {
        Some(graph) => serde_json::from_str(graph)?,
        None => now.clone(),
    };
    let places = versions::places(&ctx.app.db, &ctx.scope, &input.id).await?;
    let crossings = crossings(&ctx, &input.id, &new, places).await?;
    let untouched = crossings.iter().filter(|c| c.proposal.fate.is_none()).map(|c| c.place.people).sum();
    Ok(Plan {
        edit: draft.edit,
        version: draft.version + 1,
        changes: compare(&now, &new),
        problems: validate_in(&new, &known(&ctx).await?),
        untouched,
        places: crossings.into_iter().filter_map(Crossing::affected).collect(),
    })
}

fn no_draft() -> Error {
    Error::conflict("campaign.no_draft", "Nothing has been changed since the last version")
}

/// A place, and how those who stand there get into the new version.
struct Crossing {
    place: Place,
    name: String,
    proposal: Proposal,
}

impl Crossing {
    fn affected(self) -> Option<Affected> {
        let proposed = if self.proposal.to.is_some() { Verdict::Move } else { Verdict::Stay };
        Some(Affected {
            fate: self.proposal.fate?,
            version: self.place.version,
            node: self.place.node_key,
            name: self.name,
            people: self.place.people,
            waiting: self.place.waiting,
            proposed,
            to: self.proposal.to,
        })
    }
}

async fn crossings(ctx: &Ctx, id: &CampaignId, new: &Graph, places: Vec<Place>) -> Result<Vec<Crossing>> {
    let mut graphs: HashMap<i64, Graph> = HashMap::new();
    let mut crossings = Vec::with_capacity(places.len());
    for place in places {
        let old = match graphs.entry(place.version) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(graph_of_version(ctx, id, place.version).await?),
        };
        let name = old.node(&place.node_key).map(|node| node.name.clone()).filter(|name| !name.is_empty());
        crossings.push(Crossing {
            name: name.unwrap_or_else(|| place.node_key.clone()),
            proposal: proposal(old, new, &place.node_key),
            place,
        });
    }
    Ok(crossings)
}

/// What is to become of those who stand on one step.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// The version that they travel.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    version: i64,
    /// Key of the step.
    node: String,
    /// What becomes of them.
    #[serde(rename = "do")]
    verdict: Verdict,
    /// Key of the step in the new version where they go on, where it is another than the proposed one.
    to: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Publish {
    id: CampaignId,
    /// The change of the draft that is published. Refused where somebody has changed it since.
    #[schemars(range(min = 0, max = 2_147_483_647))]
    edit: Option<i64>,
    /// What it is about, for those who read the list of versions.
    #[serde(default)]
    #[schemars(length(max = 500))]
    note: String,
    /// For people on changed steps; what is proposed where nothing is said.
    #[serde(default)]
    choices: Vec<Choice>,
}

/// What was published.
#[derive(Serialize, JsonSchema)]
pub(super) struct Published {
    /// The new version.
    version: i64,
    #[serde(flatten)]
    outcome: Outcome,
}

pub(super) async fn publish(ctx: Ctx, input: Publish) -> Result<Published> {
    if input.note.chars().count() > 500 {
        return Err(Error::field("note.too_long", "note", "Write no more than 500 characters"));
    }
    if input.choices.len() > MAX_CHOICES {
        let text = format!("Decide on no more than {MAX_CHOICES} steps; the others go as is proposed");
        return Err(Error::field("choices.too_many", "choices", text));
    }
    let (app, scope, id) = (&ctx.app, &ctx.scope, &input.id);
    campaign::get(&app.db, scope, id).await?;
    let draft = versions::draft(&app.db, scope, id).await?.graph.ok_or_else(no_draft)?;
    let new: Graph = serde_json::from_str(&draft)?;
    require_valid(&ctx, &new).await?;
    let parts = Parts::of(&new)?;
    let now = app.clock.now();
    let tx = app.db.begin_for(scope).await?;
    let held = versions::hold(&tx, scope, id).await?;
    require_open(held.status)?;
    if held.draft.as_deref() != Some(draft.as_str()) || input.edit.is_some_and(|edit| edit != held.edit) {
        return Err(newer());
    }
    add_senders(&ctx, &tx, id, &new, held.status).await?;
    let places = versions::places_held(&tx, scope, id).await?;
    let crossings = crossings(&ctx, id, &new, places).await?;
    require_known(&input.choices, &new)?;
    let number = held.version + 1;
    let mut outcome = Outcome::default();
    for crossing in &crossings {
        let group = Group { campaign: id, place: &crossing.place, to: number };
        cross(&ctx, &tx, group, crossing, &input.choices, &mut outcome, now).await?;
    }
    let (_, before) = campaign::graph(&app.db, id).await?;
    let version = NewVersion { number, stored: parts.stored(), note: input.note.trim(), outcome };
    versions::publish(&tx, scope, id, version, &before, now).await?;
    app.commit(tx).await?;
    changed(&ctx, id);
    Ok(Published { version: number, outcome })
}

fn require_known(choices: &[Choice], new: &Graph) -> Result<()> {
    let unknown = choices.iter().filter_map(|choice| choice.to.as_deref()).find(|to| new.node(to).is_none());
    match unknown {
        None => Ok(()),
        Some(to) => {
            let text = format!("The new version has no step {to:?} to go on at");
            Err(Error::field("choices.unknown_step", "choices", text))
        }
    }
}

/// A step on a channel that the campaign did not write on needs a sender; the first one is taken.
async fn add_senders(ctx: &Ctx, tx: &Tx, id: &CampaignId, new: &Graph, status: CampaignStatus) -> Result<()> {
    let known = store::sender::list(&ctx.app.db, &ctx.scope).await?;
    let mut seats = senders::as_they_are(ctx, id).await?;
    let is_new = senders::fill(new, &known, &mut seats);
    let lacking =
        new.channels().into_iter().find(|channel| seats.iter().all(|seat| seat.channel != *channel));
    if let Some(channel) = lacking
        && status != CampaignStatus::Draft
    {
        let text = format!(
            "A step writes on {}, and no sender for it is connected. Connect one first",
            channel.name()
        );
        return Err(Error::conflict("campaign.no_sender", text));
    }
    if is_new {
        campaign::senders::set(tx, &ctx.scope, id, &seats, ctx.app.clock.now()).await?;
    }
    Ok(())
}

/// Does with the people of one place what was decided.
async fn cross(
    ctx: &Ctx,
    tx: &Tx,
    group: Group<'_>,
    crossing: &Crossing,
    choices: &[Choice],
    outcome: &mut Outcome,
    now: i64,
) -> Result<()> {
    let scope = &ctx.scope;
    let place = &crossing.place;
    let Some(fate) = crossing.proposal.fate else {
        outcome.moved += versions::take_over(tx, scope, group).await?;
        return Ok(());
    };
    let choice =
        choices.iter().find(|choice| choice.version == place.version && choice.node == place.node_key);
    let to = choice.and_then(|choice| choice.to.as_deref()).or(crossing.proposal.to.as_deref());
    let verdict = choice.map_or(Verdict::Move, |choice| choice.verdict);
    let changed = match (verdict, to) {
        (Verdict::End, _) => {
            let ended = versions::end(tx, scope, group, now).await?;
            outcome.ended += ended;
            ended
        }
        (Verdict::Stay, _) | (Verdict::Move, None) => 0,
        (Verdict::Move, Some(to)) => {
            let moved = match fate {
                _ if to != place.node_key => versions::relocate(tx, scope, group, to, now).await?,
                Fate::Changed => versions::take_over_changed(tx, scope, group, now).await?,
                _ => versions::take_over(tx, scope, group).await?,
            };
            outcome.moved += moved;
            moved
        }
    };
    outcome.stayed += place.people - changed;
    Ok(())
}
