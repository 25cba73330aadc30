//! Campaigns: created from a funnel version, checked, started, watched.

mod audience;
mod check;
pub mod execute;
pub mod following;
mod health;
mod late;
mod numbers;
mod people;
mod publish;
mod rules;
mod senders;
pub mod splits;
mod versions;

pub use audience::Audience;

use crate::shape::{anything, instant, integer, list_of, object, of, or_null, page, text, truth, with};
use crate::{
    contacts::Gone,
    error::{Error, Result},
    funnels::require_valid,
    tool::{Access, Ctx, Tool, given},
};
use domain::{
    CampaignStatus,
    approval::Approval,
    funnel::{self, Graph},
    guard::Lateness,
    ids::{CampaignId, FunnelId},
    occasion::Occasion,
    schedule::SendWindow,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    At, Scope,
    campaign::{self, Campaign, senders::Seat},
    enrollment::{self, Start},
    member,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let mut tools = own_tools();
    tools.extend(execute::tools());
    tools.extend(versions::tools());
    tools
}

fn own_tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "campaign_archive",
            "POST /campaigns/{id}/archive",
            Access::Write,
            "Put a campaign away.",
            archive,
        )
        .gives(shape),
        Tool::new(
            "campaign_check",
            "GET /campaigns/{id}/check",
            Access::Read,
            "Whether a campaign can start, line by line.",
            check::run,
        )
        .gives(check::shape),
        Tool::new(
            "campaign_clone",
            "POST /campaigns/{id}/clone",
            Access::Write,
            "Make a draft with the same steps, audience and settings.",
            clone,
        )
        .gives(shape),
        Tool::new(
            "campaign_create",
            "POST /campaigns",
            Access::Write,
            "Create a campaign from a funnel.",
            create,
        )
        .gives(shape),
        Tool::new(
            "campaign_delete",
            "DELETE /campaigns/{id}",
            Access::Admin,
            "Delete a campaign that never sent.",
            delete,
        ),
        Tool::new(
            "campaign_enroll",
            "POST /campaigns/{id}/people",
            Access::Send,
            "Add people to a campaign that runs.",
            people::enroll,
        ),
        Tool::new(
            "campaign_funnel",
            "GET /campaigns/{id}/funnel",
            Access::Read,
            "A campaign's graph with live numbers.",
            numbers::funnel,
        )
        .gives(numbers::shape),
        Tool::new(
            "campaign_get",
            "GET /campaigns/{id}",
            Access::Read,
            "Read one campaign with its numbers.",
            get,
        )
        .gives(shape),
        Tool::new(
            "campaign_health",
            "GET /campaigns/{id}/health",
            Access::Read,
            "What went wrong with a campaign's messages since it was last let go on, and when it would pause by itself.",
            health::look,
        ),
        Tool::new(
            "campaign_late",
            "POST /campaigns/{id}/late",
            Access::Send,
            "Say what becomes of messages that came due too late: send or skip them.",
            late::decide,
        ),
        Tool::new("campaign_list", "GET /campaigns", Access::Read, "List campaigns, newest first.", list)
            .gives(|| page(shape())),
        Tool::new(
            "campaign_overlay",
            "GET /campaigns/{id}/overlay",
            Access::Read,
            "How many people of a campaign an overlay has at each step.",
            numbers::overlay,
        ),
        Tool::new(
            "campaign_pause",
            "POST /campaigns/{id}/pause",
            Access::Write,
            "Pause a campaign where it is.",
            pause,
        )
        .gives(shape),
        Tool::new(
            "campaign_people",
            "GET /campaigns/{id}/people",
            Access::Read,
            "The people of a campaign and where they stand.",
            people::list,
        )
        .gives(|| page(people::shape())),
        Tool::new(
            "campaign_remove",
            "POST /campaigns/{id}/people/remove",
            Access::Write,
            "Take people out of a campaign; what waits for them is withdrawn.",
            people::remove,
        ),
        Tool::new(
            "campaign_resume",
            "POST /campaigns/{id}/resume",
            Access::Send,
            "Resume a paused campaign.",
            resume,
        )
        .gives(shape),
        Tool::new(
            "campaign_split_choose",
            "POST /campaigns/{id}/splits/choose",
            Access::Write,
            "Say which variant of a split everybody gets who comes to it from now on.",
            splits::choose,
        ),
        Tool::new(
            "campaign_split_list",
            "GET /campaigns/{id}/splits",
            Access::Read,
            "How the variants of a campaign's splits do, and which have won.",
            splits::list,
        ),
        Tool::new(
            "campaign_split_reopen",
            "POST /campaigns/{id}/splits/reopen",
            Access::Write,
            "Take back which variant of a split has won, so that chance parts people again.",
            splits::reopen,
        ),
        Tool::new(
            "campaign_start",
            "POST /campaigns/{id}/start",
            Access::Send,
            "Enroll the audience and start.",
            start,
        )
        .gives(shape),
        Tool::new(
            "campaign_update",
            "PATCH /campaigns/{id}",
            Access::Write,
            "Change name, hours, senders, caps or audience.",
            update,
        )
        .comparing(
            "campaign_get",
            &[
                "name",
                "windows",
                "on_holidays",
                "daily_cap",
                "lateness",
                "continuous",
                "ends_for_company",
                "senders",
            ],
        )
        .gives(shape),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Only in this state.
    status: Option<CampaignStatus>,
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: List) -> Result<Value> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = campaign::page(db, scope, input.status, input.limit, input.cursor.as_deref()).await?;
    let ids = page.data.iter().map(|row| row.id.as_str());
    let mut senders = campaign::senders::of_campaigns(db, scope, ids).await?;
    let mut data = Vec::with_capacity(page.data.len());
    for row in page.data {
        let seats = senders.remove(&row.id).unwrap_or_default();
        data.push(view(&ctx, row, &seats).await?);
    }
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

/// A campaign with its numbers.
async fn view(ctx: &Ctx, c: Campaign, senders: &[Seat]) -> Result<Value> {
    let counts = numbers::counts(ctx, &c.id).await?;
    let next = match c.status {
        CampaignStatus::Active => campaign::next_due(&ctx.app.db, &c.id).await?,
        _ => None,
    };
    let late = match c.lateness {
        Lateness::Ask => campaign::late::count(&ctx.app.db, &ctx.scope, &c.id).await?,
        Lateness::Skip | Lateness::Send => 0,
    };
    let to_review = store::draft::of_campaign(&ctx.app.db, &ctx.scope, &c.id).await?;
    Ok(json!({
        "lateness": c.lateness, "late": late, "to_review": to_review, "continuous": c.follows == 1, "ends_for_company": c.ends_company == 1,
        "id": c.id, "name": c.name, "status": c.status, "funnel_id": c.funnel_id, "funnel_name": c.funnel_name,
        "funnel_version": c.funnel_version, "owner_id": c.owner_id, "audience": serde_json::from_str::<Value>(&c.audience)?,
        "windows": serde_json::from_str::<Value>(&c.windows)?, "on_holidays": c.on_holidays == 1, "daily_cap": c.daily_cap,
        "approval": c.approval, "exclusive": c.exclusive == 1, "gap_days": c.gap_days, "event": rules::occasion(&c)?,
        "senders": senders,
        "problem": c.problem, "version": c.version, "has_draft": c.drafted == 1, "created_at": c.created_at, "started_at": c.started_at, "completed_at": c.completed_at,
        "counts": counts, "next_due_at": next,
    }))
}

/// One campaign.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// Id of the campaign.
    pub id: CampaignId,
}

async fn get(ctx: Ctx, input: One) -> Result<Value> {
    let row = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let mut senders = campaign::senders::of_campaigns(&ctx.app.db, &ctx.scope, [row.id.as_str()]).await?;
    let seats = senders.remove(&row.id).unwrap_or_default();
    view(&ctx, row, &seats).await
}

/// What a new campaign needs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// Its name.
    pub name: String,
    /// The funnel; its newest version is copied.
    #[serde(alias = "templateId")]
    pub funnel_id: FunnelId,
    /// Who is to be enrolled.
    pub audience: Audience,
    /// When messages may leave, in each recipient's zone; none is always.
    #[serde(default)]
    pub windows: Vec<SendWindow>,
    /// Whether it sends on the workspace's holidays too.
    #[serde(default)]
    pub on_holidays: bool,
    /// What becomes of a message that comes due more than two hours late, because sending was not running.
    #[serde(default)]
    pub lateness: Lateness,
    /// Whether it takes in whoever comes to its tag, list or segment while it runs.
    #[serde(default)]
    pub continuous: bool,
    /// Whether it ends for all of a company once one of them has answered.
    #[serde(default)]
    pub ends_for_company: bool,
    /// Most messages a local day, over all its senders.
    #[serde(default)]
    pub daily_cap: Option<i64>,
    /// Which of its messages somebody looks over before they leave: `none`, the `first` to each person, or `all`. A step
    /// may say otherwise of its own; what leaves on Telegram is looked over unless its step says that it is not.
    #[serde(default = "rules::nobody_asked")]
    pub approval: Approval,
    /// Whether it leaves those alone who are in another campaign that is running.
    #[serde(default)]
    pub exclusive: bool,
    /// Days, 1 to 365, that must lie between what another campaign wrote to somebody and its first message to them.
    #[serde(default)]
    pub gap_days: Option<i64>,
    /// What it invites to. Texts name it by `event.name`, `event.date` and so on, and steps wait for `event.date`.
    #[serde(default)]
    pub event: Option<Occasion>,
    /// The accounts that it sends from. Several on one channel share its people. On a channel that is left out it is
    /// the workspace's first.
    #[serde(default)]
    pub senders: Vec<senders::Given>,
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    let id = make(&ctx, input).await?;
    get(ctx, One { id }).await
}

/// Creates a draft with its own copy of the funnel's newest version.
pub async fn make(ctx: &Ctx, input: Create) -> Result<CampaignId> {
    require_name(&input.name)?;
    input.audience.query(ctx).await?;
    let row = store::funnel::get(&ctx.app.db, &ctx.scope, &input.funnel_id).await?;
    let graph: Graph = serde_json::from_str(&row.graph)?;
    require_valid(ctx, &graph).await?;
    let seats = senders::seats(ctx, &graph, &input.senders).await?;
    let draft = Campaign {
        id: store::new_id(CampaignId::from_uuid),
        name: input.name.trim().to_owned(),
        status: CampaignStatus::Draft,
        owner_id: ctx.scope.member.clone(),
        funnel_id: Some(row.id),
        funnel_name: None,
        funnel_version: row.version,
        audience: serde_json::to_string(&input.audience)?,
        windows: serde_json::to_string(&input.windows)?,
        lateness: input.lateness,
        follows: following::require(input.continuous, &input.audience)?,
        ends_company: i64::from(input.ends_for_company),
        on_holidays: i64::from(input.on_holidays),
        approval: input.approval,
        exclusive: i64::from(input.exclusive),
        gap_days: rules::require_gap(input.gap_days)?,
        event: rules::require_occasion(input.event.as_ref())?,
        daily_cap: require_cap(input.daily_cap)?,
        lateness_ms: Some(domain::guard::DEFAULT_LATENESS_MS),
        problem: None,
        version: 1,
        drafted: 0,
        created_at: At(ctx.app.clock.now()),
        started_at: None,
        completed_at: None,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::create(&tx, &ctx.scope, &draft, versions::Parts::of(&graph)?.stored()).await?;
    campaign::senders::set(&tx, &ctx.scope, &draft.id, &seats, draft.created_at.0).await?;
    ctx.app.commit(tx).await?;
    Ok(draft.id)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cloning {
    id: CampaignId,
    /// Name of the new one; `Copy of …` where it is left out.
    name: Option<String>,
}

/// The steps are those of the campaign, not of the funnel as it is now.
async fn clone(ctx: Ctx, input: Cloning) -> Result<Value> {
    let was = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let name = input.name.unwrap_or_else(|| format!("Copy of {}", was.name).chars().take(200).collect());
    require_name(&name)?;
    let graph = crate::courses::graph_of(&ctx.app, &was.id).await?;
    let draft = Campaign {
        id: store::new_id(CampaignId::from_uuid),
        name: name.trim().to_owned(),
        status: CampaignStatus::Draft,
        owner_id: ctx.scope.member.clone(),
        problem: None,
        version: 1,
        drafted: 0,
        created_at: At(ctx.app.clock.now()),
        started_at: None,
        completed_at: None,
        ..was
    };
    let seats = senders::as_they_are(&ctx, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::create(&tx, &ctx.scope, &draft, versions::Parts::of(&graph)?.stored()).await?;
    campaign::senders::set(&tx, &ctx.scope, &draft.id, &seats, draft.created_at.0).await?;
    ctx.app.commit(tx).await?;
    get(ctx, One { id: draft.id }).await
}

fn require_name(name: &str) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err(Error::field("name.invalid", "name", "Write a name of 1 to 200 characters"));
    }
    Ok(())
}

fn require_cap(cap: Option<i64>) -> Result<Option<i64>> {
    match cap {
        Some(cap) if !(1..=1_000_000).contains(&cap) => {
            Err(Error::field("campaign.cap_invalid", "daily_cap", "Write a number from 1 to 1,000,000"))
        }
        cap => Ok(cap),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: CampaignId,
    name: Option<String>,
    audience: Option<Audience>,
    windows: Option<Vec<SendWindow>>,
    on_holidays: Option<bool>,
    /// What becomes of a message that comes due too late from now on.
    lateness: Option<Lateness>,
    /// Whether it takes in whoever comes to its tag, list or segment from now on.
    continuous: Option<bool>,
    /// Whether it ends for all of a company once one of them has answered.
    ends_for_company: Option<bool>,
    /// Most messages a local day, over all its senders; `null` sets no limit.
    #[serde(default, deserialize_with = "given")]
    daily_cap: Option<Option<i64>>,
    /// Which of its messages somebody looks over from now on.
    approval: Option<Approval>,
    /// Whether it leaves those alone who are in another campaign that is running.
    exclusive: Option<bool>,
    /// Days that must lie between what another campaign wrote to somebody and its first message; `null` asks for none.
    #[serde(default, deserialize_with = "given")]
    gap_days: Option<Option<i64>>,
    /// What it invites to; `null` for nothing. Who waits for its day waits for the new one.
    #[serde(default, deserialize_with = "given")]
    event: Option<Option<Occasion>>,
    /// The accounts that it sends from from now on.
    senders: Option<Vec<senders::Given>>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Value> {
    let mut c = campaign::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let graph = crate::courses::graph_of(&ctx.app, &c.id).await?;
    if let Some(name) = input.name {
        require_name(&name)?;
        c.name = name.trim().to_owned();
    }
    if let Some(audience) = input.audience {
        audience.query(&ctx).await?;
        c.audience = serde_json::to_string(&audience)?;
    }
    if let Some(windows) = input.windows {
        c.windows = serde_json::to_string(&windows)?;
    }
    if let Some(lateness) = input.lateness {
        c.lateness = lateness;
    }
    let audience: Audience = serde_json::from_str(&c.audience)?;
    c.follows = following::require(input.continuous.unwrap_or(c.follows == 1), &audience)?;
    if let Some(ends) = input.ends_for_company {
        c.ends_company = i64::from(ends);
    }
    if let Some(on) = input.on_holidays {
        c.on_holidays = i64::from(on);
    }
    if let Some(cap) = input.daily_cap {
        c.daily_cap = require_cap(cap)?;
    }
    c.approval = input.approval.unwrap_or(c.approval);
    c.exclusive = input.exclusive.map_or(c.exclusive, i64::from);
    if let Some(gap) = input.gap_days {
        c.gap_days = rules::require_gap(gap)?;
    }
    let event = c.event.clone();
    if let Some(occasion) = input.event {
        c.event = rules::require_occasion(occasion.as_ref())?;
    }
    let seats = match &input.senders {
        Some(given) => Some(senders::seats(&ctx, &graph, given).await?),
        None => None,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::update(&tx, &ctx.scope, &c, ctx.app.clock.now()).await?;
    if c.event != event {
        enrollment::look_at_dates_again(&tx, &ctx.scope, &c.id, ctx.app.clock.now()).await?;
    }
    if let Some(seats) = seats {
        campaign::senders::set(&tx, &ctx.scope, &c.id, &seats, ctx.app.clock.now()).await?;
    }
    ctx.app.commit(tx).await?;
    changed(&ctx, &c.id);
    get(ctx, One { id: c.id }).await
}

fn changed(ctx: &Ctx, id: &CampaignId) {
    ctx.app.tell(&ctx.scope.workspace, "campaign:updated", json!({ "campaign_id": id }));
    ctx.app.wake.steps.notify_one();
    ctx.app.wake.outbox.notify_one();
}

async fn start(ctx: Ctx, input: One) -> Result<Value> {
    begin(&ctx, &input.id).await?;
    get(ctx, input).await
}

/// Enrolls the audience and starts, in one transaction.
pub async fn begin(ctx: &Ctx, id: &CampaignId) -> Result<u64> {
    let c = campaign::get(&ctx.app.db, &ctx.scope, id).await?;
    let checked = check::report(ctx, &c).await?;
    if let Some(line) = checked.first_error() {
        return Err(Error::conflict("campaign.not_ready", format!("The campaign cannot start: {line}")));
    }
    let audience: Audience = serde_json::from_str(&c.audience)?;
    let (version, graph) = crate::courses::current_of(&ctx.app, id).await?;
    let start = funnel::start(&graph)
        .ok_or_else(|| Error::conflict("campaign.not_ready", "The funnel has no start"))?;
    let now = ctx.app.clock.now();
    let who = audience.query(ctx).await?;
    rules::open_accounts(ctx, &graph).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::set_status(
        &tx,
        &ctx.scope,
        id,
        &[CampaignStatus::Draft, CampaignStatus::Scheduled],
        CampaignStatus::Active,
        now,
    )
    .await?;
    let reach = reach(ctx, &c).await?;
    let enrolled =
        enrollment::enroll(&tx, &reach, id, &who, Start { version, node: &start.key }, now).await?;
    campaign::following::begin(&tx, &ctx.scope, id, now).await?;
    ctx.app.commit(tx).await?;
    changed(ctx, id);
    Ok(enrolled)
}

/// Whose contacts a campaign may enroll: those that its owner sees, whoever starts it.
pub(crate) async fn reach(ctx: &Ctx, c: &Campaign) -> Result<Scope> {
    match &c.owner_id {
        Some(owner) => Ok(member::scope_of(&ctx.app.db, &ctx.scope.workspace, owner).await?),
        None => Ok(ctx.scope.clone()),
    }
}

async fn to(ctx: Ctx, id: CampaignId, from: &[CampaignStatus], to: CampaignStatus) -> Result<Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::set_status(&tx, &ctx.scope, &id, from, to, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id);
    get(ctx, One { id }).await
}

async fn pause(ctx: Ctx, input: One) -> Result<Value> {
    to(ctx, input.id, &[CampaignStatus::Active], CampaignStatus::Paused).await
}

async fn resume(ctx: Ctx, input: One) -> Result<Value> {
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::release(&tx, &ctx.scope, &input.id, now).await?;
    ctx.app.commit(tx).await?;
    to(ctx, input.id, &[CampaignStatus::Paused], CampaignStatus::Active).await
}

async fn archive(ctx: Ctx, input: One) -> Result<Value> {
    let from =
        [CampaignStatus::Draft, CampaignStatus::Scheduled, CampaignStatus::Paused, CampaignStatus::Completed];
    to(ctx, input.id, &from, CampaignStatus::Archived).await
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    campaign::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

fn shape() -> Value {
    let counted =
        ["sent", "delivered", "opened", "clicked", "replied", "bounced", "opted_out", "failed_messages"];
    let counts = counted
        .iter()
        .chain(&["queued", "uncertain"])
        .fold(of::<campaign::Counts>(), |counts, name| with(counts, [(*name, integer())]));
    object([
        ("id", of::<CampaignId>()),
        ("name", text()),
        ("status", of::<CampaignStatus>()),
        ("funnel_id", of::<FunnelId>()),
        ("funnel_name", text()),
        ("funnel_version", integer()),
        ("owner_id", of::<domain::ids::MemberId>()),
        ("audience", anything()),
        ("windows", list_of(anything())),
        ("on_holidays", truth()),
        ("approval", of::<Approval>()),
        ("exclusive", truth()),
        ("gap_days", or_null(integer())),
        ("event", or_null(of::<Occasion>())),
        ("lateness", of::<Lateness>()),
        ("late", integer()),
        ("to_review", integer()),
        ("continuous", truth()),
        ("ends_for_company", truth()),
        ("daily_cap", or_null(integer())),
        ("senders", list_of(of::<Seat>())),
        ("problem", or_null(text())),
        ("version", integer()),
        ("has_draft", truth()),
        ("created_at", instant()),
        ("started_at", or_null(instant())),
        ("completed_at", or_null(instant())),
        ("counts", counts),
        ("next_due_at", or_null(instant())),
    ])
}
