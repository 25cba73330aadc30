//! Ideal customer profiles (E17): what somebody is worth, and why.

use crate::{
    contact_sets::checked_name,
    contacts::Gone,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    icp::{self as rule, Criterion, Reason},
    ids::{ContactId, IcpProfileId},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use store::{
    At,
    contact::{self, Contact, Query},
    icp::{self, Band, Change, Person, Profile},
};

/// Most profiles of a workspace: every change of a contact is scored by each of them.
const MAX_PROFILES: i64 = 20;
/// The newest contacts, so many, are scored by a preview.
const LOOKED_AT: i64 = 2_000;
/// Contacts that a preview shows.
const SAMPLE: usize = 5;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "contact_icp",
            "GET /contacts/{id}/icp",
            Access::Read,
            "How well a contact fits each ICP profile, why, and how that changed.",
            of_contact,
        )
        .following(),
        Tool::new(
            "icp_preview",
            "POST /icp-profiles/preview",
            Access::Read,
            "How the newest contacts would score by these criteria.",
            preview,
        ),
        Tool::new(
            "icp_profile_create",
            "POST /icp-profiles",
            Access::Manage,
            "Create an ICP profile; everybody is scored in the background.",
            create,
        ),
        Tool::new(
            "icp_profile_delete",
            "DELETE /icp-profiles/{id}",
            Access::Manage,
            "Remove an ICP profile with its scores.",
            delete,
        ),
        Tool::new("icp_profile_get", "GET /icp-profiles/{id}", Access::Read, "Read one ICP profile.", get),
        Tool::new(
            "icp_profile_list",
            "GET /icp-profiles",
            Access::Read,
            "List ICP profiles, the default one first.",
            list,
        ),
        Tool::new(
            "icp_profile_update",
            "PATCH /icp-profiles/{id}",
            Access::Manage,
            "Change an ICP profile; with other criteria everybody is scored anew.",
            update,
        )
        .comparing("icp_profile_get", &["name", "is_default", "version"]),
    ]
}

/// How many contacts fit how well.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Bands {
    /// 75 to 100 points.
    strong: i64,
    /// 50 to 74.
    good: i64,
    /// 25 to 49.
    weak: i64,
    /// 0 to 24.
    poor: i64,
}

impl Bands {
    fn add(&mut self, score: i64, contacts: i64) {
        *match score {
            75.. => &mut self.strong,
            50.. => &mut self.good,
            25.. => &mut self.weak,
            _ => &mut self.poor,
        } += contacts;
    }
}

/// A profile as it is shown.
#[derive(Serialize, JsonSchema)]
struct View {
    id: IcpProfileId,
    name: String,
    /// Whether it is meant where none is named: in the rules of segments.
    is_default: bool,
    /// Rises with every change of the criteria.
    version: i64,
    criteria: Vec<Criterion>,
    /// The most points that somebody can have.
    possible: i64,
    /// Whether everybody is scored. While not, the numbers still move.
    is_ready: bool,
    /// Of the contacts that may be seen.
    bands: Bands,
    created_at: At,
    updated_at: At,
}

fn view(profile: Profile, all: &[Band]) -> Result<View> {
    let criteria = profile.criteria()?;
    let mut bands = Bands::default();
    for band in all.iter().filter(|band| band.profile_id == profile.id) {
        bands.add(band.low, band.contacts);
    }
    Ok(View {
        possible: criteria.iter().map(|criterion| criterion.weight.max(0)).sum(),
        is_ready: profile.ready_at.is_some() && profile.walk_after.is_none(),
        id: profile.id,
        name: profile.name,
        is_default: profile.is_default == 1,
        version: profile.version,
        criteria,
        bands,
        created_at: profile.created_at,
        updated_at: profile.updated_at,
    })
}

/// All profiles: there are few.
#[derive(Serialize, JsonSchema)]
struct Views {
    data: Vec<View>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Views> {
    let bands = icp::bands(&ctx.app.db, &ctx.scope).await?;
    let profiles = icp::list(&ctx.app.db, &ctx.scope).await?;
    Ok(Views { data: profiles.into_iter().map(|profile| view(profile, &bands)).collect::<Result<_>>()? })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: IcpProfileId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    let profile = icp::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    view(profile, &icp::bands(&ctx.app.db, &ctx.scope).await?)
}

/// Refuses criteria that cannot be asked, with every mistake and where it is.
async fn check(ctx: &Ctx, criteria: &[Criterion]) -> Result<()> {
    let kinds = icp::kinds(&ctx.app.db, &ctx.scope).await?;
    let problems = rule::problems(criteria, &|key| kinds.get(key).copied());
    if problems.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Kind::Invalid, "icp.invalid", "The criteria cannot be used");
    error.fields = problems.into_iter().map(|p| FieldError { field: p.path, message: p.message }).collect();
    Err(error)
}

/// The criteria as they are kept.
fn tidied(mut criteria: Vec<Criterion>) -> Vec<Criterion> {
    for criterion in &mut criteria {
        criterion.label = domain::template::one_line(criterion.label.trim());
        for value in &mut criterion.values {
            *value = domain::template::one_line(value.trim());
        }
    }
    criteria
}

fn taken(error: store::Error) -> Error {
    match error {
        store::Error::Exists => {
            let mut error = Error::conflict("icp.exists", "An ICP profile with this name exists already");
            error
                .fields
                .push(FieldError { field: "name".into(), message: "Another profile has this name".into() });
            error
        }
        other => other.into(),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    /// 1 to 30 questions, each worth points.
    criteria: Vec<Criterion>,
}

async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let name = checked_name(&input.name)?;
    let criteria = tidied(input.criteria);
    check(&ctx, &criteria).await?;
    let id = store::new_id(IcpProfileId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if icp::count(&tx, &ctx.scope).await? >= MAX_PROFILES {
        let message = format!("There are {MAX_PROFILES} ICP profiles already. Remove one first");
        return Err(Error::conflict("icp.too_many", message));
    }
    icp::create(&tx, &ctx.scope, &id, &name, &criteria, ctx.app.clock.now()).await.map_err(taken)?;
    ctx.app.commit(tx).await?;
    changed(&ctx);
    get(ctx, One { id }).await
}

fn changed(ctx: &Ctx) {
    ctx.app.wake.segments.notify_one();
    ctx.app.tell(&ctx.scope.workspace, "segments:updated", json!({}));
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: IcpProfileId,
    name: Option<String>,
    /// 1 to 30 questions, each worth points.
    criteria: Option<Vec<Criterion>>,
    /// `true` makes it the one that is meant where none is named.
    is_default: Option<bool>,
}

async fn update(ctx: Ctx, input: Update) -> Result<View> {
    let name = input.name.as_deref().map(checked_name).transpose()?;
    let criteria = input.criteria.map(tidied);
    if let Some(criteria) = &criteria {
        check(&ctx, criteria).await?;
    }
    if input.is_default == Some(false) && icp::get(&ctx.app.db, &ctx.scope, &input.id).await?.is_default == 1
    {
        let message = "One profile is the default one. Make another one that instead";
        return Err(Error::field("icp.default", "is_default", message));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    if let Some(name) = name {
        icp::rename(&tx, &ctx.scope, &input.id, &name, now).await.map_err(taken)?;
    }
    if let Some(criteria) = &criteria {
        icp::set_criteria(&tx, &ctx.scope, &input.id, criteria, now).await?;
    }
    if input.is_default == Some(true) {
        icp::make_default(&tx, &ctx.scope, &input.id, now).await?;
    }
    ctx.app.commit(tx).await?;
    changed(&ctx);
    get(ctx, One { id: input.id }).await
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    icp::delete(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx);
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Preview {
    /// 1 to 30 questions, each worth points.
    criteria: Vec<Criterion>,
}

/// Somebody with what they would get.
#[derive(Serialize, JsonSchema)]
struct Scored {
    contact: Contact,
    score: i64,
    reasons: Vec<Reason>,
}

/// What criteria would make of the newest contacts.
#[derive(Serialize, JsonSchema)]
struct Found {
    /// How many contacts there are, of those that may be seen.
    contacts: i64,
    /// How many of them were looked at: the newest.
    looked_at: i64,
    bands: Bands,
    /// Who fits best of these.
    best: Vec<Scored>,
    /// How many of these meet each criterion, in the order of the criteria.
    met: Vec<i64>,
}

async fn preview(ctx: Ctx, input: Preview) -> Result<Found> {
    let criteria = tidied(input.criteria);
    check(&ctx, &criteria).await?;
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let kinds = icp::kinds(db, scope).await?;
    let people = icp::newest(db, scope, LOOKED_AT).await?;
    let (mut bands, mut met) = (Bands::default(), vec![0; criteria.len()]);
    let mut scored: Vec<(i64, Vec<usize>, Person)> = Vec::with_capacity(people.len());
    for person in people {
        let got = person.score(&criteria, &kinds);
        bands.add(got.score, 1);
        for at in &got.met {
            met.get_mut(*at).into_iter().for_each(|count| *count += 1);
        }
        scored.push((got.score, got.met, person));
    }
    let looked_at = i64::try_from(scored.len()).unwrap_or(i64::MAX);
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| b.2.id.cmp(&a.2.id)));
    scored.truncate(SAMPLE);
    let ids = scored.iter().map(|(_, _, person)| person.id.clone()).collect();
    let query = Query { ids: Some(ids), ..Query::default() };
    let shown = contact::page(db, scope, &query, None, None).await?.data;
    let mut shown: BTreeMap<ContactId, Contact> =
        shown.into_iter().map(|contact| (contact.id.clone(), contact)).collect();
    let best = scored
        .into_iter()
        .filter_map(|(score, met, person)| {
            Some(Scored {
                contact: shown.remove(&person.id)?,
                score,
                reasons: rule::reasons(&criteria, &met),
            })
        })
        .collect();
    let contacts = contact::count(db, scope, &Query::default()).await?;
    Ok(Found { contacts, looked_at, bands, best, met })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Of {
    /// Id of the contact.
    id: ContactId,
}

/// How a score was before it became what it is.
#[derive(Serialize, JsonSchema)]
struct Past {
    at: At,
    before: i64,
    score: i64,
    /// What was met then.
    reasons: Vec<Reason>,
}

/// How well a contact fits one profile.
#[derive(Serialize, JsonSchema)]
struct Fit {
    profile_id: IcpProfileId,
    name: String,
    is_default: bool,
    /// From 0 to 100, by what is known now.
    score: i64,
    /// Each criterion in order, with what it brought.
    reasons: Vec<Reason>,
    /// Since when the score is this; null where it is only now being worked out.
    since: Option<At>,
    /// How it changed, newest first: at most fifty times.
    history: Vec<Past>,
}

#[derive(Serialize, JsonSchema)]
struct Fits {
    data: Vec<Fit>,
}

async fn of_contact(ctx: Ctx, input: Of) -> Result<Fits> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    // What is shown is worked out anew: it costs little for one person, and is never late.
    let person = icp::one(db, scope, &input.id).await?;
    let kinds = icp::kinds(db, scope).await?;
    let stored = icp::of_contact(db, scope, &input.id).await?;
    let mut past: BTreeMap<IcpProfileId, Vec<Past>> = BTreeMap::new();
    for change in icp::changes(db, scope, &input.id).await? {
        past.entry(change.profile_id.clone()).or_default().push(told(change)?);
    }
    let mut data = Vec::new();
    for profile in icp::list(db, scope).await? {
        let criteria = profile.criteria()?;
        let got = person.score(&criteria, &kinds);
        let kept = stored.iter().find(|kept| kept.profile_id == profile.id && kept.score == got.score);
        data.push(Fit {
            score: got.score,
            reasons: rule::reasons(&criteria, &got.met),
            since: kept.map(|kept| kept.at),
            history: past.remove(&profile.id).unwrap_or_default(),
            is_default: profile.is_default == 1,
            name: profile.name,
            profile_id: profile.id,
        });
    }
    Ok(Fits { data })
}

fn told(change: Change) -> Result<Past> {
    let criteria: Vec<Criterion> = serde_json::from_str(&change.criteria)?;
    let met: Vec<usize> = change.met.split('.').filter_map(|at| at.parse().ok()).collect();
    let mut reasons = rule::reasons(&criteria, &met);
    reasons.retain(|reason| reason.is_met);
    Ok(Past { at: change.at, before: change.before, score: change.score, reasons })
}
