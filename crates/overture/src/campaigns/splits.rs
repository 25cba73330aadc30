//! Splits of a campaign: how their variants do, and which of them has won. The engine looks by itself where the split
//! asks for it; a person may decide at any time, and take any decision back.

use super::{One, changed};
use crate::{
    app::App,
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    contest::{self, Needs, Standing, Verdict, Z_95},
    funnel::{Action, Graph, Node, Variant, Winner, usual_answers},
    ids::{CampaignId, MemberId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    At, Scope,
    campaign::{
        self,
        splits::{self, Decision, Split, Tally},
    },
};

/// How long nobody looks again, in milliseconds; for every person in the split a millisecond more, since a look counts
/// them all.
const EVERY_MS: i64 = 60_000;
/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// How the variants of a split do.
#[derive(Serialize, JsonSchema)]
pub(super) struct Contest {
    /// Key of the split.
    node: String,
    /// What it is called.
    name: String,
    /// When one of them has won, as the split says; `null` where only a person decides.
    rule: Option<Winner>,
    /// The variants, in the order of the split.
    variants: Vec<Line>,
    /// Which is ahead by now, and how sure that is; `null` where none is.
    standing: Option<Standing>,
    /// What the next look takes; `null` where nobody looks.
    needs: Option<Needs>,
    /// How often the engine has looked.
    looks: i64,
    /// Whether the engine looks by itself.
    is_watched: bool,
    /// Whether a person took a decision back, so that the engine leaves it alone.
    is_held: bool,
    /// The decision, `null` while there is none.
    decision: Option<Decided>,
}

/// One variant. A person counts once, however often they were written to.
#[derive(Serialize, JsonSchema)]
struct Line {
    /// Its key.
    key: String,
    /// Its weight.
    weight: u32,
    /// People whom chance gave it.
    people: i64,
    /// Those to whom a message behind the split has left so long ago that they have had their time to answer.
    written: i64,
    /// Those of them who gave an answer that counts after that.
    answered: i64,
    /// The share that answered, 0 to 1.
    rate: f64,
    /// The interval that the true share lies in with 95 %: its lower end.
    low: f64,
    /// Its upper end.
    high: f64,
    /// People who have it because it had won; they are in none of the other numbers.
    as_winner: i64,
}

/// A winner.
#[derive(Serialize, JsonSchema)]
struct Decided {
    /// Key of the variant.
    winner: String,
    /// Since when everybody who comes goes its way.
    at: Option<At>,
    /// Who decided; `null` where it was the numbers.
    by: Option<MemberId>,
    /// The numbers as they were then.
    numbers: Value,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Contests {
    /// The splits of the version that newcomers travel, in its order.
    data: Vec<Contest>,
}

/// The splits of a graph.
fn splits_of(graph: &Graph) -> impl Iterator<Item = (&Node, &[Variant], Option<&Winner>)> {
    graph.nodes.iter().filter_map(|node| match &node.action {
        Action::Split { variants, winner } => Some((node, variants.as_slice(), winner.as_ref())),
        _ => None,
    })
}

/// The numbers of each variant in the order of the split, also of those that nobody has.
async fn tallies(
    app: &App,
    scope: &Scope,
    id: &CampaignId,
    node: &Node,
    variants: &[Variant],
    rule: Option<&Winner>,
) -> Result<Vec<(Variant, Tally)>> {
    let answers = rule.map_or_else(usual_answers, |rule| rule.answers.clone());
    let hours = rule.map_or(0, |rule| i64::from(rule.answer_hours));
    let before = app.clock.now() - hours * HOUR_MS;
    let found = splits::tallies(&app.db, scope, id, &node.key, &answers, before).await?;
    let of = |variant: &Variant| {
        let none = Tally { variant: variant.key.clone(), people: 0, written: 0, answered: 0, as_winner: 0 };
        let tally = found.iter().find(|tally| tally.variant == variant.key).cloned().unwrap_or(none);
        (variant.clone(), tally)
    };
    Ok(variants.iter().map(of).collect())
}

/// Those that take part: a variant that chance gives to nobody does not.
fn in_contest(tallies: &[(Variant, Tally)]) -> Vec<&(Variant, Tally)> {
    tallies.iter().filter(|(variant, _)| variant.weight > 0).collect()
}

/// Who is ahead, by its place among all variants.
fn standing(tallies: &[(Variant, Tally)]) -> Option<Standing> {
    let contest = in_contest(tallies);
    let arms: Vec<_> = contest.iter().map(|(_, tally)| tally.arm()).collect();
    let found = contest::standing(&arms)?;
    let best = contest.get(found.best).map(|(variant, _)| &variant.key)?;
    let best = tallies.iter().position(|(variant, _)| variant.key == *best)?;
    Some(Standing { best, ..found })
}

/// What is written down with a decision.
fn numbers(tallies: &[(Variant, Tally)], winner: &str, by_hand: bool, needs: Option<Needs>) -> String {
    let lines: Vec<Value> = tallies
        .iter()
        .map(|(variant, t)| json!({ "key": variant.key, "people": t.people, "written": t.written, "answered": t.answered }))
        .collect();
    let certainty = standing(tallies).map(|standing| standing.certainty);
    json!({ "winner": winner, "by_hand": by_hand, "certainty": certainty, "needs": needs, "variants": lines })
        .to_string()
}

pub(super) async fn list(ctx: Ctx, input: One) -> Result<Contests> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = crate::courses::graph_of(&ctx.app, &input.id).await?;
    let known = splits::all(&ctx.app.db, &ctx.scope, &input.id).await?;
    let mut data = Vec::new();
    for (node, variants, rule) in splits_of(&graph) {
        let split = known.iter().find(|split| split.node_key == node.key);
        let tallies = tallies(&ctx.app, &ctx.scope, &input.id, node, variants, rule).await?;
        data.push(contest_of(node, rule, split, &tallies)?);
    }
    Ok(Contests { data })
}

fn contest_of(
    node: &Node,
    rule: Option<&Winner>,
    split: Option<&Split>,
    tallies: &[(Variant, Tally)],
) -> Result<Contest> {
    let line = |(variant, tally): &(Variant, Tally)| {
        let (arm, Tally { people, written, answered, as_winner, .. }) = (tally.arm(), tally);
        let (low, high) = arm.interval(Z_95);
        let (people, written, answered, as_winner) = (*people, *written, *answered, *as_winner);
        let (key, weight, rate) = (variant.key.clone(), variant.weight, arm.rate());
        Line { key, weight, people, written, answered, rate, low, high, as_winner }
    };
    let (looks, is_held) = split.map_or((0, false), |split| (split.looks, split.is_held == 1));
    let winner = split.and_then(|split| Some((split, split.winner.clone()?)));
    let decision = match winner {
        Some((split, winner)) => Some(Decided {
            winner,
            at: split.decided_at,
            by: split.decided_by.clone(),
            numbers: split.numbers.as_deref().map(serde_json::from_str).transpose()?.unwrap_or(Value::Null),
        }),
        None => None,
    };
    let is_watched = rule.is_some() && decision.is_none() && !is_held;
    let needs = rule
        .filter(|_| is_watched)
        .map(|rule| contest::needs(rule, u32::try_from(looks).unwrap_or(u32::MAX)));
    Ok(Contest {
        node: node.key.clone(),
        name: node.name.clone(),
        rule: rule.cloned(),
        variants: tallies.iter().map(line).collect(),
        standing: standing(tallies),
        needs,
        looks,
        is_watched,
        is_held,
        decision,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choose {
    id: CampaignId,
    /// Key of the split.
    node: String,
    /// Key of the variant that everybody gets who comes later. Who has another one keeps it.
    variant: String,
}

/// A person says which variant has won.
pub(super) async fn choose(ctx: Ctx, input: Choose) -> Result<Contests> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = crate::courses::graph_of(&ctx.app, &input.id).await?;
    let (node, variants, rule) = split_named(&graph, &input.node)?;
    if !variants.iter().any(|variant| variant.key == input.variant) {
        let offered: Vec<&str> = variants.iter().map(|variant| variant.key.as_str()).collect();
        let message = format!("The split has no such variant. It has {}", offered.join(", "));
        return Err(Error::field("split.no_variant", "variant", message));
    }
    let tallies = tallies(&ctx.app, &ctx.scope, &input.id, node, variants, rule).await?;
    let numbers = numbers(&tallies, &input.variant, true, None);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let decision = Decision { node: &node.key, winner: &input.variant, numbers: &numbers };
    splits::decide_by_hand(&tx, &ctx.scope, &input.id, decision, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id);
    list(ctx, One { id: input.id }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reopen {
    id: CampaignId,
    /// Key of the split.
    node: String,
    /// Whether the engine may decide again, where the split asks for it. Otherwise it leaves it to a person.
    #[serde(default)]
    automatic: bool,
}

/// Takes a decision back: chance parts people again. Who came to the winner meanwhile stays there.
pub(super) async fn reopen(ctx: Ctx, input: Reopen) -> Result<Contests> {
    campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = crate::courses::graph_of(&ctx.app, &input.id).await?;
    let (_, _, rule) = split_named(&graph, &input.node)?;
    if input.automatic && rule.is_none() {
        let message = "The split looks for no winner. Say in its step what one takes, and publish that first";
        return Err(Error::field("split.no_rule", "automatic", message));
    }
    let (id, now) = (&input.id, ctx.app.clock.now());
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    splits::reopen(&tx, &ctx.scope, id, &input.node, input.automatic, now).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, id);
    list(ctx, One { id: input.id }).await
}

fn split_named<'a>(graph: &'a Graph, key: &str) -> Result<(&'a Node, &'a [Variant], Option<&'a Winner>)> {
    splits_of(graph).find(|(node, ..)| node.key == key).ok_or_else(|| {
        Error::field(
            "split.unknown",
            "node",
            "The campaign has no split with this key in the version that runs",
        )
    })
}

/// One round: every contest that is to be looked at. Several nodes may look at one; one of them decides it.
pub async fn run(app: &Arc<App>) -> Result<()> {
    let now = app.clock.now();
    for split in splits::due(&app.db, now).await? {
        look(app, &split, now).await?;
    }
    Ok(())
}

/// Looks at one contest, as it was read.
pub async fn look(app: &Arc<App>, split: &Split, now: i64) -> Result<()> {
    let scope = Scope::system(split.workspace_id.clone());
    let graph = crate::courses::graph_of(app, &split.campaign_id).await?;
    let rule = splits_of(&graph)
        .find(|(node, ..)| node.key == split.node_key)
        .and_then(|(node, variants, rule)| Some((node, variants, rule?)));
    let Some((node, variants, rule)) = rule else {
        // A version without it was published. Whoever passes it in a later one has it looked at again.
        let tx = app.db.begin().await?;
        splits::looked(&tx, split, false, None).await?;
        return app.commit(tx).await;
    };
    // Counted before anything is held: it takes a while where many people are.
    let tallies = tallies(app, &scope, &split.campaign_id, node, variants, Some(rule)).await?;
    let looks = u32::try_from(split.looks).unwrap_or(u32::MAX);
    let contest = in_contest(&tallies);
    let arms: Vec<_> = contest.iter().map(|(_, tally)| tally.arm()).collect();
    let people: i64 = tallies.iter().map(|(_, tally)| tally.people).sum();
    let next = Some(now.saturating_add(EVERY_MS).saturating_add(people));
    let tx = app.db.begin().await?;
    match contest::look(rule, looks, &arms) {
        Verdict::TooEarly => splits::looked(&tx, split, false, next).await?,
        Verdict::Open(_) => splits::looked(&tx, split, true, next).await?,
        Verdict::Won(standing) => {
            let Some((winner, _)) = contest.get(standing.best) else { return Ok(()) };
            let needs = Some(contest::needs(rule, looks));
            let numbers = numbers(&tallies, &winner.key, false, needs);
            if splits::decide(&tx, split, &winner.key, &numbers, now).await? {
                tracing::info!(campaign = %split.campaign_id, split = %split.node_key, winner = %winner.key, "a variant has won");
            }
        }
    }
    app.commit(tx).await?;
    app.tell(&split.workspace_id, "campaign:updated", json!({ "campaign_id": split.campaign_id }));
    Ok(())
}
