//! A funnel rehearsed, before anybody gets anything: who would get what and when, and what would keep it back. The rules
//! are `domain::simulate`; here the person, the hours and the texts come together.

use crate::{
    courses, custom_fields,
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::{
    Channel, consent,
    funnel::Graph,
    ids::{CampaignId, ContactId, FunnelId},
    occasion::{self, EventType, Occasion},
    schedule::{self, SendWindow, TimeOfDay},
    simulate::{self, Outcome, Person, Reach, Scenario, Setting, Stage, Summary},
    template::FIELDS,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{
    campaign,
    contact::{self, MergeData},
    funnel, suppression,
};

/// Most people of a rehearsal whose story is told, and not only counted.
const TOLD: usize = 20;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![Tool::new(
        "funnel_simulate",
        "POST /funnels/simulate",
        Access::Read,
        "Rehearse a funnel with a contact or with made-up people.",
        run,
    )]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Simulate {
    /// The graph as it is drawn; or give `funnel_id` or `campaign_id`.
    graph: Option<Graph>,
    /// The funnel, in its newest version.
    funnel_id: Option<FunnelId>,
    /// The campaign: its graph, its hours, and chance as it will be for its people.
    campaign_id: Option<CampaignId>,
    /// The contact; made-up people where it is left out.
    contact_id: Option<ContactId>,
    /// How many made-up people; one where it is left out.
    #[schemars(range(min = 1, max = 1000))]
    people: Option<usize>,
    /// The hours in which messages may leave; those of the campaign, or any hour, where they are left out.
    windows: Option<Vec<SendWindow>>,
    /// When it begins, in milliseconds since the epoch; now where it is left out.
    #[schemars(range(min = 0, max = 4_102_444_800_000_i64))]
    starts_ms: Option<i64>,
    /// What people do with what they get; nothing where it is left out.
    #[serde(default)]
    scenario: Scenario,
}

/// What happens to one person.
#[derive(Serialize, JsonSchema)]
struct Told {
    name: String,
    /// The zone whose clock counts for them.
    time_zone: Option<String>,
    outcome: Outcome,
    /// The step where it ends.
    at: Option<String>,
    ended_ms: i64,
    entries: Vec<simulate::Entry>,
}

/// A rehearsal.
#[derive(Serialize, JsonSchema)]
struct Rehearsal {
    starts_ms: i64,
    summary: Summary,
    /// The first of them, with all that happens to them.
    stories: Vec<Told>,
}

async fn run(ctx: Ctx, input: Simulate) -> Result<Rehearsal> {
    let count = input.people.unwrap_or(1);
    if !(1..=simulate::MAX_PEOPLE).contains(&count) {
        let message = format!("Rehearse with 1 to {} people", simulate::MAX_PEOPLE);
        return Err(Error::field("people.invalid", "people", message));
    }
    let (graph, of_campaign) = graph_of(&ctx, &input).await?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let (windows, on_holidays) =
        of_campaign.as_ref().map_or((None, true), |c| (Some(c.windows.as_str()), c.on_holidays == 1));
    let mut hours = crate::guard::hours_of(&workspace, windows, on_holidays);
    if let Some(windows) = input.windows {
        hours.windows = windows;
    }
    let start = input.starts_ms.unwrap_or_else(|| ctx.app.clock.now());
    let name = of_campaign.as_ref().map_or("Campaign", |campaign| campaign.name.as_str());
    let occasion = match of_campaign.as_ref().and_then(|campaign| campaign.event.as_deref()) {
        Some(event) => serde_json::from_str(event)?,
        None => sample_occasion(start),
    };
    let dates = [(occasion::DATE.to_owned(), occasion.date)].into();
    let setting = Setting { start, hours, values: stand_ins(name, &occasion), dates };
    let seed = of_campaign.map_or_else(|| "rehearsal".to_owned(), |campaign| campaign.id.to_string());
    let people = match &input.contact_id {
        Some(id) => vec![real(&ctx, id, &seed, &graph, &workspace).await?],
        None => made_up(&ctx, count, input.scenario.seed).await?,
    };
    // A thousand people through a thousand nodes keep a thread busy for a moment.
    let rehearsal = tokio::task::spawn_blocking(move || rehearse(&graph, &setting, &input.scenario, &people));
    rehearsal.await.map_err(|error| Error::from(anyhow::anyhow!("the rehearsal stopped: {error}")))
}

fn rehearse(graph: &Graph, setting: &Setting, scenario: &Scenario, people: &[Person]) -> Rehearsal {
    let stage = Stage::new(graph, setting, scenario);
    let all: Vec<simulate::Story> = people.iter().map(|person| stage.play(person)).collect();
    let summary = simulate::summary(graph, &all);
    let tell = |(person, story): (&Person, simulate::Story)| Told {
        name: person.name.clone(),
        time_zone: person.zone.as_ref().and_then(|zone| zone.iana_name()).map(str::to_owned),
        outcome: story.outcome,
        at: story.at,
        ended_ms: story.ended_at,
        entries: story.entries,
    };
    let stories = people.iter().zip(all).take(TOLD).map(tell).collect();
    Rehearsal { starts_ms: setting.start, summary, stories }
}

async fn graph_of(ctx: &Ctx, input: &Simulate) -> Result<(Graph, Option<campaign::Campaign>)> {
    let graph = match (&input.graph, &input.funnel_id, &input.campaign_id) {
        (Some(graph), None, None) => (graph.clone(), None),
        (None, Some(id), None) => {
            let row = funnel::get(&ctx.app.db, &ctx.scope, id).await?;
            (serde_json::from_str(&row.graph)?, None)
        }
        (None, None, Some(id)) => {
            let row = campaign::get(&ctx.app.db, &ctx.scope, id).await?;
            (courses::graph_of(&ctx.app, id).await?, Some(row))
        }
        _ => {
            let message = "Give exactly one of `graph`, `funnel_id` and `campaign_id`";
            return Err(Error::field("simulate.what", "graph", message));
        }
    };
    // What cannot run is not rehearsed: the problems are told as they are when it is saved.
    crate::funnels::require_valid(ctx, &graph.0).await?;
    Ok(graph)
}

/// What stands in a text for values that only a campaign has.
pub(crate) fn stand_ins(campaign: &str, occasion: &Occasion) -> BTreeMap<String, String> {
    let of_event = FIELDS.iter().filter_map(|(field, _)| Some(((*field).to_owned(), occasion.field(field)?)));
    let values = [
        ("sender.name", "Your sender"),
        ("sender.address", "sender@example.com"),
        ("campaign.name", campaign),
        ("unsubscribe_url", "https://example.com/unsubscribe"),
    ];
    values.map(|(field, value)| (field.to_owned(), value.to_owned())).into_iter().chain(of_event).collect()
}

/// An event a month from now, for texts that name one while there is no campaign yet that invites to it.
pub(crate) fn sample_occasion(now: i64) -> Occasion {
    let today = schedule::local_date(&jiff::tz::TimeZone::UTC, now);
    Occasion {
        name: "Your event".into(),
        kind: EventType::InPerson,
        date: today.checked_add(jiff::Span::new().days(30)).unwrap_or(today),
        time: TimeOfDay::new(18 * 60),
        time_zone: None,
        place: Some("Where it takes place".into()),
    }
}

async fn made_up(ctx: &Ctx, count: usize, seed: u32) -> Result<Vec<Person>> {
    let customs = custom_fields::keys(ctx).await?;
    let mut people = simulate::people::synthetic(count, seed);
    for person in &mut people {
        for key in &customs {
            person.fields.insert(format!("{}{key}", domain::template::CUSTOM), "sample".into());
        }
    }
    Ok(people)
}

/// A contact as a campaign would find it.
async fn real(
    ctx: &Ctx,
    id: &ContactId,
    seed: &str,
    graph: &Graph,
    workspace: &store::workspace::Workspace,
) -> Result<Person> {
    let db = &ctx.app.db;
    // Only who may see the contact.
    contact::get(db, &ctx.scope, id).await?;
    let mut data = contact::merge_data(db, &ctx.scope, id).await?;
    let tx = db.begin_for(&ctx.scope).await?;
    contact::load_custom(&tx, &ctx.scope.workspace, &mut [&mut data]).await?;
    contact::load_platforms(&tx, &ctx.scope.workspace, &mut [&mut data]).await?;
    let asked_for = workspace.consent_channels();
    let mut reach = BTreeMap::new();
    for channel in graph.channels() {
        let Some((address, key)) = courses::address_of(&data, channel) else { continue };
        let suppressed = suppression::find(db, &ctx.scope, channel.as_str(), &key).await?;
        let consent_missing =
            consent::is_needed(&asked_for, channel, true) && !agreed(ctx, &tx, channel, id).await?;
        let suppressed = suppressed.map(|entry| entry.reason);
        reach.insert(channel, Reach { address, suppressed, consent_missing });
    }
    drop(tx);
    let name = data.field("contact.full_name").or_else(|| data.email.clone()).or_else(|| data.phone.clone());
    Ok(Person {
        seed: format!("{seed} {id}"),
        name: name.unwrap_or_else(|| "This contact".into()),
        zone: Some(schedule::zone_for(data.time_zone.as_deref(), None, &workspace.time_zone)),
        fields: fields_of(&data),
        reach,
    })
}

async fn agreed(ctx: &Ctx, tx: &store::Tx, channel: Channel, id: &ContactId) -> Result<bool> {
    let now = ctx.app.clock.now();
    let given = store::consent::given(tx, &ctx.scope.workspace, channel, [id.as_str()], now).await?;
    Ok(given.contains(id))
}

pub(crate) fn fields_of(data: &MergeData) -> BTreeMap<String, String> {
    let mut fields = crate::loops::steps::fields_of(data);
    let custom =
        |(key, value): (&String, &String)| (format!("{}{key}", domain::template::CUSTOM), value.clone());
    fields.extend(data.custom.iter().map(custom));
    fields
}
