//! The graphs of a campaign: those it has run on, the draft of the next, and how people are taken over.
//!
//! A version never changes and everybody travels one, so whoever is not taken over goes on as drawn when they came.
//! Who is taken over is decided in `domain::funnel::change` and by whoever publishes; here it is written.

use super::EdgeRow;
use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, listed, row, rows, run, scalar, text_list},
    webhook::{self, OVER},
    workspace,
};
use domain::{
    CampaignStatus, ExitReason,
    ids::{CampaignId, EnrollmentId, MemberId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use std::collections::HashMap;

/// The states of those who are under way.
const UNDER_WAY: &str = "('active', 'waiting', 'paused')";

/// A graph as it is stored: whole, and in its parts.
#[derive(Debug, Clone, Copy)]
pub struct Stored<'a> {
    /// All of it as JSON.
    pub graph: &'a str,
    /// Key and JSON of every node.
    pub nodes: &'a [(String, String)],
    /// From, to and condition of every edge.
    pub edges: &'a [(String, String, Option<String>)],
}

/// A version in a list.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Version {
    /// Its number.
    pub version: i64,
    /// What its author says about it.
    pub note: String,
    /// Who published it; nobody where it is as old as the campaign and that had no owner.
    pub author_id: Option<MemberId>,
    /// When.
    pub published_at: At,
    /// How many people it took over.
    pub moved: i64,
    /// How many stayed with the version that they were in.
    pub stayed: i64,
    /// How many came to their end with it.
    pub ended: i64,
    /// How many are under way in it now.
    pub people: i64,
}

/// Newest first, the last 200.
pub async fn list(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Version>> {
    let sql = format!(
        "select v.version, v.note, v.author_id, v.published_at, v.moved, v.stayed, v.ended,
           (select count(*) from enrollments e where e.workspace_id = $1 and e.campaign_id = $2 and e.version = v.version
              and e.status in {UNDER_WAY}) as people
         from campaign_versions v where v.workspace_id = $1 and v.campaign_id = $2 order by v.version desc limit 200"
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), id]).await
}

/// The graph of a version as JSON, in whatever workspace.
pub async fn version(db: &Db, id: &CampaignId, version: i64) -> Result<Option<String>> {
    scalar(
        &db.read,
        "select graph as value from campaign_versions where campaign_id = $1 and version = $2",
        binds![id, version],
    )
    .await
}

/// A version with its graph.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Whole {
    /// Its number.
    pub version: i64,
    /// The graph as JSON.
    pub graph: String,
}

/// What newcomers travel, in whatever workspace.
pub async fn current(db: &Db, id: &CampaignId) -> Result<Option<Whole>> {
    row(
        &db.read,
        "select v.version, v.graph from campaigns p
         join campaign_versions v on v.campaign_id = p.id and v.version = p.version where p.id = $1",
        binds![id],
    )
    .await
}

/// The graph that is being drawn.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Draft {
    /// As JSON; `None` where nothing is.
    pub graph: Option<String>,
    /// Counts the changes.
    pub edit: i64,
    /// Who changed it last.
    pub author_id: Option<MemberId>,
    /// When.
    pub changed_at: Option<At>,
    /// What the campaign runs on.
    pub version: i64,
}

/// See [`Draft`].
pub async fn draft(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Draft> {
    row(
        &db.reader(scope),
        "select draft as graph, draft_edit as edit, draft_by as author_id, draft_at as changed_at, version
         from campaigns where workspace_id = $1 and id = $2",
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("campaign"))
}

/// Stores the draft, or takes it away. Returns the number of the change; `None` where another than `of` was the last.
pub async fn save_draft(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    graph: Option<&str>,
    of: Option<i64>,
    now: i64,
) -> Result<Option<i64>> {
    let edit: i64 = scalar(
        tx,
        "update campaigns set draft = $3, draft_edit = draft_edit + 1, draft_by = $4, draft_at = $5
         where workspace_id = $1 and id = $2 returning draft_edit as value",
        binds![scope.ws(), id, graph.map(str::to_owned), scope.member.clone(), now],
    )
    .await?
    .ok_or(Error::NotFound("campaign"))?;
    // The row is locked from here on: of two who changed the same, one is the first.
    Ok(of.is_none_or(|of| of == edit - 1).then_some(edit))
}

/// What is to be published, once nobody can move any more.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Held {
    /// Where the campaign stands.
    pub status: CampaignStatus,
    /// What it runs on.
    pub version: i64,
    /// The draft.
    pub draft: Option<String>,
    /// The number of its last change.
    pub edit: i64,
}

/// Keeps the campaign and everybody under way in it as they are until the end of the transaction.
///
/// PostgreSQL: the engine writes messages that refer to the campaign while it holds enrollments, so the campaign's row
/// is locked in the way that lets it, and the people after it.
pub async fn hold(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<Held> {
    workspace::guards_changed(tx, scope).await?;
    let is_postgres = tx.get_database_backend() != DbBackend::Sqlite;
    let lock = if is_postgres { " for no key update" } else { "" };
    let sql = format!(
        "select status, version, draft, draft_edit as edit from campaigns where workspace_id = $1 and id = $2{lock}"
    );
    let held: Held = row(tx, &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("campaign"))?;
    if is_postgres {
        let sql = format!(
            "select count(*) as value from (select id from enrollments where workspace_id = $1 and campaign_id = $2
               and status in {UNDER_WAY} order by id for update) people"
        );
        scalar::<i64>(tx, &sql, binds![scope.ws(), id]).await?;
    }
    Ok(held)
}

/// Those who stand on one node of one version.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Place {
    /// The version that they travel.
    pub version: i64,
    /// Where they stand.
    pub node_key: String,
    /// How many.
    pub people: i64,
    /// Of these, whose message there waits or is leaving.
    pub waiting: i64,
}

const PLACES: &str =
    "select version, node_key, count(*) as people, count(case when status = 'waiting' then 1 end) as waiting
     from enrollments where workspace_id = $1 and campaign_id = $2 and status in ('active', 'waiting', 'paused')
     group by version, node_key order by version, node_key";

/// Where everybody under way stands.
pub async fn places(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Place>> {
    rows(&db.reader(scope), PLACES, binds![scope.ws(), id]).await
}

/// The same once nobody can move any more ([`hold`]).
pub async fn places_held(tx: &Tx, scope: &Scope, id: &CampaignId) -> Result<Vec<Place>> {
    rows(tx, PLACES, binds![scope.ws(), id]).await
}

/// The people of a place, and the version that they are taken over into.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// Where they stand.
    pub place: &'a Place,
    /// The new version.
    pub to: i64,
}

impl Group<'_> {
    fn binds(&self, scope: &Scope) -> Vec<sea_orm::Value> {
        binds![scope.ws(), self.campaign, self.place.version, self.place.node_key.as_str(), self.to]
    }
}

const OF_GROUP: &str = "workspace_id = $1 and campaign_id = $2 and version = $3 and node_key = $4";

/// Takes people over who stay on a node that is as it was.
pub async fn take_over(tx: &Tx, scope: &Scope, group: Group<'_>) -> Result<i64> {
    let sql = format!(
        "update enrollments set version = $5, moves = moves + 1 where {OF_GROUP} and status in {UNDER_WAY}"
    );
    Ok(run(tx, &sql, group.binds(scope)).await? as i64)
}

/// Takes back what waits to be sent from a place. Returns whose it was: a message that is leaving leaves.
async fn withdraw(tx: &Tx, scope: &Scope, group: Group<'_>, text: &str) -> Result<Vec<EnrollmentId>> {
    #[derive(FromQueryResult)]
    struct Whose {
        enrollment_id: EnrollmentId,
    }
    let sql = format!(
        "update messages set status = 'cancelled', error_code = 'step_changed', error_text = $5
         where workspace_id = $1 and status in ('queued', 'draft', 'approved') and enrollment_id in
           (select id from enrollments where {OF_GROUP} and status = 'waiting') returning enrollment_id"
    );
    let mut values = group.binds(scope);
    values.pop();
    values.push(text.into());
    let found: Vec<Whose> = rows(tx, &sql, values).await?;
    Ok(found.into_iter().map(|whose| whose.enrollment_id).collect())
}

/// Takes people over who stay on a node that does something else now. What waited to leave is withdrawn and written
/// anew, what is leaving counts; who rests there, or was held for want of a value, is looked at again at once.
pub async fn take_over_changed(tx: &Tx, scope: &Scope, group: Group<'_>, now: i64) -> Result<i64> {
    let theirs = withdraw(tx, scope, group, "The step was changed before it left").await?;
    let sql = format!(
        "update enrollments set status = 'active', wrote = 0, due_at = $2 where workspace_id = $1 and id in {}",
        listed(tx.get_database_backend(), 3)
    );
    run(tx, &sql, binds![scope.ws(), now, text_list(theirs.iter().map(EnrollmentId::as_str))]).await?;
    let again = "status = 'active' or (status = 'paused' and reason in ('missing_value', 'no_address'))";
    let sql = format!(
        "update enrollments set version = $5, moves = moves + 1,
           due_at = case when {again} then $6 else due_at end,
           reason = case when {again} then null else reason end,
           detail = case when {again} then null else detail end,
           status = case when {again} then 'active' else status end
         where {OF_GROUP} and status in {UNDER_WAY}"
    );
    let mut values = group.binds(scope);
    values.push(now.into());
    Ok(run(tx, &sql, values).await? as i64)
}

/// Takes people over to another node, as if they had just come there. Whose message is leaving stays behind. Returns how
/// many went.
pub async fn relocate(tx: &Tx, scope: &Scope, group: Group<'_>, node: &str, now: i64) -> Result<i64> {
    let theirs = withdraw(tx, scope, group, "The step was taken out before it left").await?;
    let mut values = group.binds(scope);
    values.extend(binds![now, node, text_list(theirs.iter().map(EnrollmentId::as_str))]);
    let sql = format!(
        "update enrollments set version = $5, moves = moves + 1, node_key = $7, arrived_at = $6, due_at = $6, wrote = 0,
           status = 'active', awaits = null, reason = null, detail = null
         where {OF_GROUP} and (status in ('active', 'paused') or (status = 'waiting' and id in {}))",
        listed(tx.get_database_backend(), 8)
    );
    Ok(run(tx, &sql, values).await? as i64)
}

/// Ends people where they stand. Whose message is leaving stays behind. Returns how many ended.
pub async fn end(tx: &Tx, scope: &Scope, group: Group<'_>, now: i64) -> Result<i64> {
    let theirs = withdraw(tx, scope, group, "The step was taken out before it left").await?;
    let mut values = group.binds(scope);
    values.pop();
    values.extend(binds![ExitReason::Removed, now, text_list(theirs.iter().map(EnrollmentId::as_str))]);
    let sql = format!(
        "update enrollments set status = 'exited', reason = $5, due_at = null, completed_at = $6
         where {OF_GROUP} and (status in ('active', 'paused') or (status = 'waiting' and id in {})) returning {OVER}",
        listed(tx.get_database_backend(), 7)
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, values).await?;
    webhook::tell_over(tx, &over, now).await?;
    Ok(over.len() as i64)
}

/// What publishing did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Outcome {
    /// How many people travel the new version.
    pub moved: i64,
    /// How many go on in the version that they were in.
    pub stayed: i64,
    /// How many came to their end.
    pub ended: i64,
}

/// A version as it is published.
#[derive(Debug, Clone, Copy)]
pub struct NewVersion<'a> {
    /// Its number.
    pub number: i64,
    /// The graph.
    pub stored: Stored<'a>,
    /// What is said about it.
    pub note: &'a str,
    /// What it did.
    pub outcome: Outcome,
}

/// Makes a version the one that newcomers travel; the draft is used up.
pub async fn publish(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    new: NewVersion<'_>,
    before: &[EdgeRow],
    now: i64,
) -> Result<()> {
    add(tx, scope, id, new, now).await?;
    for table in ["campaign_edges", "campaign_nodes"] {
        let sql = format!("delete from {table} where workspace_id = $1 and campaign_id = $2");
        run(tx, &sql, binds![scope.ws(), id]).await?;
    }
    write_parts(tx, scope, id, new.stored, before).await?;
    let sql = "update campaigns set version = $3, draft = null, draft_edit = draft_edit + 1, draft_by = null, draft_at = null
               where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), id, new.number]).await?;
    Ok(())
}

/// Stores a version.
pub(super) async fn add(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    new: NewVersion<'_>,
    now: i64,
) -> Result<()> {
    let Outcome { moved, stayed, ended } = new.outcome;
    run(
        tx,
        "insert into campaign_versions (workspace_id, campaign_id, version, graph, note, author_id, published_at, moved, stayed, ended)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        binds![
            scope.ws(),
            id,
            new.number,
            new.stored.graph,
            new.note,
            scope.member.clone(),
            now,
            moved,
            stayed,
            ended
        ],
    )
    .await?;
    Ok(())
}

/// Stores the parts of a graph. A way that was there before goes on counting who passed it.
pub(super) async fn write_parts(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    stored: Stored<'_>,
    before: &[EdgeRow],
) -> Result<()> {
    for (position, (key, node)) in stored.nodes.iter().enumerate() {
        run(
            tx,
            "insert into campaign_nodes (workspace_id, campaign_id, node_key, position, node) values ($1, $2, $3, $4, $5)",
            binds![scope.ws(), id, key.as_str(), position as i64, node.as_str()],
        )
        .await?;
    }
    let mut passed: HashMap<(&str, &str), i64> = HashMap::new();
    for edge in before {
        *passed.entry((edge.from_key.as_str(), edge.to_key.as_str())).or_default() += edge.passed;
    }
    for (position, (from, to, condition)) in stored.edges.iter().enumerate() {
        let so_far = passed.remove(&(from.as_str(), to.as_str())).unwrap_or(0);
        run(
            tx,
            "insert into campaign_edges (workspace_id, campaign_id, position, from_key, to_key, condition, passed)
             values ($1, $2, $3, $4, $5, $6, $7)",
            binds![
                scope.ws(),
                id,
                position as i64,
                from.as_str(),
                to.as_str(),
                condition.clone(),
                so_far
            ],
        )
        .await?;
    }
    Ok(())
}
