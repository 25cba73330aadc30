//! Campaigns: a run of one funnel version, with its own copy of the graph.

pub mod crowd;
pub mod execution;
pub mod following;
pub mod health;
pub mod late;
pub mod overlay;
pub mod senders;
pub mod splits;
pub mod versions;

use self::versions::{NewVersion, Outcome, Stored};
use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, Filter, binds, clamp, cursor, row, rows, run, split_cursor},
    webhook, workspace,
};
use domain::{
    CampaignStatus,
    approval::Approval,
    guard::Lateness,
    ids::{CampaignId, FunnelId, MemberId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;

/// A campaign.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Campaign {
    /// Id.
    pub id: CampaignId,
    /// Name.
    pub name: String,
    /// Where it stands.
    pub status: CampaignStatus,
    /// Whose it is.
    pub owner_id: Option<MemberId>,
    /// The funnel it copied.
    pub funnel_id: Option<FunnelId>,
    /// Its name.
    pub funnel_name: Option<String>,
    /// The version it copied.
    pub funnel_version: i64,
    /// JSON: who is to be enrolled.
    pub audience: String,
    /// JSON: when messages may leave.
    pub windows: String,
    /// What becomes of a message that comes due too late.
    pub lateness: Lateness,
    /// 1 where it ends for all of a company once one of them has answered.
    pub ends_company: i64,
    /// 1 where it takes in whoever comes to its segment, list or tag later.
    pub follows: i64,
    /// 1 where it sends on holidays too.
    pub on_holidays: i64,
    /// Which of its messages somebody looks over.
    pub approval: Approval,
    /// 1 where it leaves those alone who are in another campaign that is running.
    pub exclusive: i64,
    /// Days that must lie between what another campaign wrote to somebody and the first message of this one.
    pub gap_days: Option<i64>,
    /// JSON of [`domain::occasion::Occasion`]: what it invites to.
    pub event: Option<String>,
    /// Most messages a local day, over all its senders.
    pub daily_cap: Option<i64>,
    /// How late a message may be, in milliseconds.
    pub lateness_ms: Option<i64>,
    /// Why it was paused by a rule.
    pub problem: Option<String>,
    /// The version of its graph that newcomers travel.
    pub version: i64,
    /// 1 where a draft of the next one is there.
    pub drafted: i64,
    /// Creation.
    pub created_at: At,
    /// Start.
    pub started_at: Option<At>,
    /// End.
    pub completed_at: Option<At>,
}

const SELECT: &str = "select p.id, p.name, p.status, p.owner_id, p.funnel_id, f.name as funnel_name, p.funnel_version, p.audience, p.windows,
    p.lateness, p.ends_company, p.follows, p.on_holidays, p.approval, p.exclusive, p.gap_days, p.event, p.daily_cap, p.lateness_ms, p.problem, p.version, cast(case when p.draft is null then 0 else 1 end as bigint) as drafted,
    p.created_at, p.started_at, p.completed_at
  from campaigns p left join funnels f on f.id = p.funnel_id";

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    status: Option<CampaignStatus>,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Campaign>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = Filter::of(scope, "p.workspace_id");
    filter.own(scope, "p.owner_id");
    if let Some(status) = status {
        filter.and("p.status = ?", binds![status]);
    }
    filter.and("(p.created_at, p.id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by p.created_at desc, p.id desc limit ${n}", filter.sql);
    let found: Vec<Campaign> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |c| cursor(c.created_at.0, c.id.as_str())))
}

/// One campaign.
pub async fn get(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Campaign> {
    let sql = format!("{SELECT} where p.workspace_id = $1 and p.id = $2 and {}", is_theirs("p.owner_id", 3));
    row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()])
        .await?
        .ok_or(Error::NotFound("campaign"))
}

/// Creates a draft with its own copy of a graph, which is its first version.
pub async fn create(tx: &Tx, scope: &Scope, c: &Campaign, stored: Stored<'_>) -> Result<()> {
    run(
        tx,
        "insert into campaigns (id, workspace_id, owner_id, name, funnel_id, funnel_version, status, audience, windows,
           daily_cap, lateness_ms, created_at, on_holidays, lateness, follows, ends_company, approval, exclusive, gap_days, event)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        binds![
            scope.ws(),
            &c.id,
            c.owner_id.clone(),
            c.name.as_str(),
            c.funnel_id.clone(),
            c.funnel_version,
            c.status,
            c.audience.as_str(),
            c.windows.as_str(),
            c.daily_cap,
            c.lateness_ms,
            c.created_at,
            c.on_holidays,
            c.lateness,
            c.follows,
            c.ends_company,
            c.approval,
            c.exclusive,
            c.gap_days,
            c.event.clone()
        ],
    )
    .await?;
    let first = NewVersion { number: 1, stored, note: "", outcome: Outcome::default() };
    versions::add(tx, scope, &c.id, first, c.created_at.0).await?;
    versions::write_parts(tx, scope, &c.id, stored, &[]).await
}

/// Changes what a person may change of a campaign. Windows and senders count from the next message on.
pub async fn update(tx: &Tx, scope: &Scope, c: &Campaign, now: i64) -> Result<()> {
    let changed = run(
        tx,
        "update campaigns set name = $3, windows = $4, daily_cap = $5, lateness_ms = $6, audience = $7, on_holidays = $8, lateness = $9,
           followed_at = case when $10 = 1 and follows = 0 then $11 else followed_at end, follows = $10, ends_company = $12,
           approval = $13, exclusive = $14, gap_days = $15, event = $16
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            &c.id,
            c.name.as_str(),
            c.windows.as_str(),
            c.daily_cap,
            c.lateness_ms,
            c.audience.as_str(),
            c.on_holidays,
            c.lateness,
            c.follows,
            now,
            c.ends_company,
            c.approval,
            c.exclusive,
            c.gap_days,
            c.event.clone()
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("campaign"));
    }
    // What waits for an old window or an old cap is looked at again; what waits after a failure goes on waiting.
    run(
        tx,
        "update messages set not_before = $3 where workspace_id = $1 and campaign_id = $2 and status = 'queued'
           and not_before > $3 and error_class is null and late_since is null",
        binds![scope.ws(), &c.id, now],
    )
    .await?;
    workspace::guards_changed(tx, scope).await
}

/// The state of a campaign, which stays what it is until the end of the transaction.
pub async fn hold(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<CampaignStatus> {
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for update" };
    let sql = format!("select status as value from campaigns where workspace_id = $1 and id = $2{lock}");
    crate::sql::scalar(tx, &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("campaign"))
}

/// Moves a campaign from one of `from` to `to`; [`Error::Conflict`] when it is elsewhere.
pub async fn set_status(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    from: &[CampaignStatus],
    to: CampaignStatus,
    now: i64,
) -> Result<()> {
    workspace::guards_changed(tx, scope).await?;
    let list: Vec<String> = from.iter().map(|s| format!("'{s}'")).collect();
    let changed = run(
        tx,
        &format!(
            "update campaigns set status = $3, problem = null,
               started_at = case when $3 = 'active' then coalesce(started_at, $4) else started_at end,
               completed_at = case when $3 = 'completed' then $4 else completed_at end
             where workspace_id = $1 and id = $2 and status in ({})",
            list.join(", ")
        ),
        binds![scope.ws(), id, to, now],
    )
    .await?;
    if changed == 0 {
        let is: Option<String> = crate::sql::scalar(
            tx,
            "select status as value from campaigns where workspace_id = $1 and id = $2",
            binds![scope.ws(), id],
        )
        .await?;
        return match is {
            None => Err(Error::NotFound("campaign")),
            Some(is) => Err(Error::Conflict(format!("the campaign is {is}, so it cannot become {to}"))),
        };
    }
    let kind = match to {
        CampaignStatus::Active => "campaign.started",
        CampaignStatus::Paused => "campaign.paused",
        CampaignStatus::Completed => "campaign.completed",
        _ => return Ok(()),
    };
    webhook::tell(tx, scope, kind, None, serde_json::json!({ "campaign_id": id }), now).await
}

/// Completes active campaigns in which every enrollment is over. Returns them.
pub async fn complete_finished(db: &Db, now: i64) -> Result<Vec<(domain::ids::WorkspaceId, CampaignId)>> {
    #[derive(FromQueryResult)]
    struct Done {
        id: CampaignId,
        workspace_id: domain::ids::WorkspaceId,
    }
    let over = "status = 'active' and follows = 0 and exists (select 1 from enrollments e where e.campaign_id = campaigns.id)
        and not exists (select 1 from enrollments e where e.workspace_id = campaigns.workspace_id and e.campaign_id = campaigns.id
                        and e.status in ('active', 'waiting', 'paused'))";
    let any: Option<i64> = crate::sql::scalar(
        &db.read,
        &format!("select cast(1 as bigint) as value from campaigns where {over} limit 1"),
        vec![],
    )
    .await?;
    if any.is_none() {
        return Ok(vec![]);
    }
    let tx = db.begin().await?;
    let done: Vec<Done> = rows(
        &tx,
        &format!("update campaigns set status = 'completed', completed_at = $1 where {over} returning id, workspace_id"),
        binds![now],
    )
    .await?;
    for campaign in &done {
        let scope = Scope::system(campaign.workspace_id.clone());
        let data = serde_json::json!({ "campaign_id": campaign.id });
        webhook::tell(&tx, &scope, "campaign.completed", None, data, now).await?;
    }
    tx.commit().await?;
    Ok(done.into_iter().map(|d| (d.workspace_id, d.id)).collect())
}

/// Removes a campaign that never sent anything.
pub async fn delete(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<()> {
    let here: Option<i64> = crate::sql::scalar(
        tx,
        "select cast(1 as bigint) as value from campaigns where workspace_id = $1 and id = $2",
        binds![scope.ws(), id],
    )
    .await?;
    here.ok_or(Error::NotFound("campaign"))?;
    let sent: Option<i64> =
        crate::sql::scalar(tx, "select cast(1 as bigint) as value from messages where workspace_id = $1 and campaign_id = $2 limit 1", binds![scope.ws(), id])
            .await?;
    if sent.is_some() {
        return Err(Error::Conflict("this campaign has messages; archive it instead".into()));
    }
    for table in [
        "campaign_senders",
        "campaign_splits",
        "tasks",
        "enrollments",
        "campaign_edges",
        "campaign_nodes",
        "campaign_versions",
    ] {
        run(
            tx,
            &format!("delete from {table} where workspace_id = $1 and campaign_id = $2"),
            binds![scope.ws(), id],
        )
        .await?;
    }
    match run(
        tx,
        "delete from campaigns where workspace_id = $1 and id = $2 and status in ('draft', 'archived')",
        binds![scope.ws(), id],
    )
    .await?
    {
        0 => Err(Error::Conflict("only a draft or archived campaign can be deleted".into())),
        _ => Ok(()),
    }
}

/// A node of a campaign's own graph, as JSON.
#[derive(Debug, Clone, FromQueryResult)]
pub struct NodeRow {
    /// Its key.
    pub node_key: String,
    /// The node as JSON.
    pub node: String,
}

/// An edge of a campaign's own graph.
#[derive(Debug, Clone, FromQueryResult)]
pub struct EdgeRow {
    /// Its place in the order of evaluation.
    pub position: i64,
    /// From which node.
    pub from_key: String,
    /// To which node.
    pub to_key: String,
    /// Condition as JSON.
    pub condition: Option<String>,
    /// How many passed over it.
    pub passed: i64,
}

/// A campaign's own graph.
pub async fn graph(db: &Db, id: &CampaignId) -> Result<(Vec<NodeRow>, Vec<EdgeRow>)> {
    let nodes = rows(
        &db.read,
        "select node_key, node from campaign_nodes where campaign_id = $1 order by position",
        binds![id],
    )
    .await?;
    let edges = rows(
        &db.read,
        "select position, from_key, to_key, condition, passed from campaign_edges where campaign_id = $1 order by position",
        binds![id],
    )
    .await?;
    Ok((nodes, edges))
}

/// What the engine needs of a running campaign besides its graph, in whatever workspace.
pub async fn for_engine(db: &Db, id: &CampaignId) -> Result<Option<Campaign>> {
    row(&db.read, &format!("{SELECT} where p.id = $1"), binds![id]).await
}

/// Numbers of a campaign.
#[derive(Debug, Clone, Copy, Default, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Counts {
    /// People ever enrolled.
    pub enrolled: i64,
    /// To be evaluated.
    pub active: i64,
    /// Waiting for a message to leave.
    pub waiting: i64,
    /// Held.
    pub paused: i64,
    /// Reached an exit.
    pub completed: i64,
    /// Left early.
    pub exited: i64,
    /// Cannot go on.
    pub failed: i64,
}

/// The enrollments of a campaign by state.
pub async fn enrollment_counts(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Counts> {
    #[derive(FromQueryResult)]
    struct By {
        status: domain::EnrollmentStatus,
        people: i64,
    }
    let found: Vec<By> = rows(
        &db.reader(scope),
        "select status, count(*) as people from enrollments where workspace_id = $1 and campaign_id = $2 group by status",
        binds![scope.ws(), id],
    )
    .await?;
    let mut counts = Counts::default();
    for by in found {
        counts.enrolled += by.people;
        *match by.status {
            domain::EnrollmentStatus::Active => &mut counts.active,
            domain::EnrollmentStatus::Waiting => &mut counts.waiting,
            domain::EnrollmentStatus::Paused => &mut counts.paused,
            domain::EnrollmentStatus::Completed => &mut counts.completed,
            domain::EnrollmentStatus::Exited => &mut counts.exited,
            domain::EnrollmentStatus::Failed => &mut counts.failed,
        } += by.people;
    }
    Ok(counts)
}

/// How many people stand on a node, or how often something happened there.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Tally {
    /// The node; null for facts without one.
    pub node_key: Option<String>,
    /// State or kind of fact.
    pub what: String,
    /// How many.
    pub times: i64,
}

/// People per node, of those still under way.
pub async fn people_by_node(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Tally>> {
    rows(
        &db.reader(scope),
        "select node_key, status as what, count(*) as times from enrollments where workspace_id = $1 and campaign_id = $2
         group by node_key, status",
        binds![scope.ws(), id],
    )
    .await
}

/// Facts per node: distinct messages that were sent, delivered, opened, …
pub async fn facts_by_node(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Tally>> {
    rows(
        &db.reader(scope),
        "select node_key, kind as what, count(*) as times from events where workspace_id = $1 and campaign_id = $2 group by node_key, kind",
        binds![scope.ws(), id],
    )
    .await
}

/// Messages per node that are not settled.
pub async fn unsettled_by_node(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Tally>> {
    rows(
        &db.reader(scope),
        "select node_key, status as what, count(*) as times from messages
         where workspace_id = $1 and status in ('queued', 'sending', 'uncertain') and campaign_id = $2 group by node_key, status",
        binds![scope.ws(), id],
    )
    .await
}

/// When the campaign does something next.
pub async fn next_due(db: &Db, id: &CampaignId) -> Result<Option<At>> {
    crate::sql::scalar::<Option<At>>(
        &db.read,
        "select min(due_at) as value from enrollments where campaign_id = $1 and due_at is not null",
        binds![id],
    )
    .await
    .map(Option::flatten)
}

/// What was queued in a campaign that was paused is not late because of the pause: its due time moves to
/// the resumption. Called right before the campaign becomes active again.
pub async fn release(tx: &Tx, scope: &Scope, id: &CampaignId, now: i64) -> Result<()> {
    run(
        tx,
        "update messages set due_at = $3 where workspace_id = $1 and campaign_id = $2 and status = 'queued' and due_at < $3",
        binds![scope.ws(), id, now],
    )
    .await?;
    health::forget(tx, scope, id, now).await
}
