//! One contact in one campaign, moving from node to node.
//!
//! A worker takes a batch of due enrollments inside the transaction that also writes what follows from
//! them: the rows stay locked until then, other workers skip them, and a worker that dies leaves no
//! trace. So a step either happened with its message or did not happen.

use crate::{
    Db, Page, Result, Scope, Tx, campaign,
    contact::{self, MergeData},
    contact_set,
    error::Error,
    event::{self, Known},
    sql::{
        At, Filter, binds, clamp, cursor, int, items, listed, rows, run, scalar, skip_locked, split_cursor,
        text_list,
    },
    webhook::{self, OVER},
};
use domain::{
    EnrollmentStatus,
    ids::{CampaignId, ContactId, EnrollmentId, MessageId, SenderId, WorkspaceId},
    overlay::Overlay,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A due enrollment.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Due {
    /// Id.
    pub id: EnrollmentId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its campaign.
    pub campaign_id: CampaignId,
    /// Who.
    pub contact_id: ContactId,
    /// The node it stands on.
    pub node_key: String,
    /// Since when.
    pub arrived_at: i64,
    /// How many messages it has been written.
    pub visit: i64,
    /// 1 when the message of the node it stands on has been written.
    pub wrote: i64,
    /// When it came due.
    pub due_at: i64,
    /// The version of the campaign's graph that it travels.
    pub version: i64,
    /// How often it was taken over into another.
    pub moves: i64,
    /// Where a backup was restored and they may be further than it knows: the time of the backup, by the machines' clock.
    pub unsure_since: Option<i64>,
}

/// Everything that deciding about a batch needs.
pub struct Batch {
    /// The due enrollments.
    pub due: Vec<Due>,
    /// Their contacts.
    pub contacts: Vec<MergeData>,
    /// What is known of them.
    pub events: Vec<Known>,
}

/// Nobody moves while their workspace is held for a restored backup: what was written meanwhile could not be told from
/// what was there.
const NOT_HELD: &str =
    "not exists (select 1 from workspaces w where w.id = p.workspace_id and w.restored_at is not null)";

/// Takes due enrollments of active campaigns, oldest first, locked for this transaction.
pub async fn take_due(tx: &Tx, now: i64, limit: i64) -> Result<Batch> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "select e.id, e.workspace_id, e.campaign_id, e.contact_id, e.node_key, e.arrived_at, e.visit, e.wrote, e.due_at, e.version, e.moves, e.unsure_since
         from enrollments e join campaigns p on p.id = e.campaign_id
         where e.due_at <= $1 and p.status = 'active' and e.status = 'active' and {NOT_HELD}
         order by e.due_at, e.id limit $2{}",
        skip_locked(backend, "e")
    );
    let due: Vec<Due> = rows(tx, &sql, binds![now, limit]).await?;
    batch_of(tx, due).await
}

/// Takes those of a campaign that runs, if they are due and no other worker has them, locked for this transaction.
pub async fn take_these(
    tx: &Tx,
    scope: &Scope,
    campaign: &CampaignId,
    ids: &[&EnrollmentId],
    now: i64,
) -> Result<Batch> {
    let backend = tx.get_database_backend();
    let sql = format!(
        "select e.id, e.workspace_id, e.campaign_id, e.contact_id, e.node_key, e.arrived_at, e.visit, e.wrote, e.due_at, e.version, e.moves, e.unsure_since
         from enrollments e join campaigns p on p.id = e.campaign_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.due_at <= $3 and p.status = 'active' and e.status = 'active'
           and {NOT_HELD} and e.id in {} order by e.id{}",
        listed(backend, 4),
        skip_locked(backend, "e")
    );
    let ids = text_list(ids.iter().map(|id| id.as_str()));
    let due: Vec<Due> = rows(tx, &sql, binds![scope.ws(), campaign, now, ids]).await?;
    batch_of(tx, due).await
}

async fn batch_of(tx: &Tx, due: Vec<Due>) -> Result<Batch> {
    let backend = tx.get_database_backend();
    if due.is_empty() {
        return Ok(Batch { due, contacts: vec![], events: vec![] });
    }
    let who: BTreeSet<(&str, &str)> =
        due.iter().map(|d| (d.workspace_id.as_str(), d.contact_id.as_str())).collect();
    let who: Vec<Json> = who.into_iter().map(|(workspace, id)| json!({ "w": workspace, "id": id })).collect();
    let sql = format!(
        "select {} from {} join contacts c on c.workspace_id = item.value->>'w' and c.id = item.value->>'id'",
        contact::MERGE_COLUMNS,
        items(backend, 1)
    );
    let contacts = rows(tx, &sql, binds![Json::Array(who).to_string()]).await?;
    let events = event::of_enrollments(tx, due.iter().map(|d| d.id.as_str())).await?;
    Ok(Batch { due, contacts, events })
}

/// Where an enrollment goes.
#[derive(Debug, Clone, Serialize)]
pub struct Move {
    /// Which.
    pub id: EnrollmentId,
    /// The node it stands on now.
    pub node_key: String,
    /// Since when.
    pub arrived_at: i64,
    /// Its state.
    pub status: EnrollmentStatus,
    /// When it is due again.
    pub due_at: Option<i64>,
    /// The kind of event that makes it due before that.
    pub awaits: Option<&'static str>,
    /// How many messages it has been written.
    pub visit: i64,
    /// 1 when the message of the node it stands on has been written.
    pub wrote: i64,
    /// Why it ended or is held.
    pub reason: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// When it ended.
    pub completed_at: Option<i64>,
}

/// Writes where a batch goes. Compare-and-set on `active`: one that ended in between stays ended.
pub async fn apply(tx: &Tx, moves: &[Move]) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update enrollments set node_key = item.value->>'node_key', arrived_at = {arrived}, status = item.value->>'status',
           due_at = {due}, awaits = item.value->>'awaits', visit = {visit}, wrote = {wrote}, reason = item.value->>'reason', detail = item.value->>'detail', completed_at = {completed}
         from {items} where enrollments.id = item.value->>'id' and enrollments.status = 'active'",
        arrived = int("arrived_at"),
        due = int("due_at"),
        visit = int("visit"),
        wrote = int("wrote"),
        completed = int("completed_at"),
        items = items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![serde_json::to_string(moves)?]).await?;
    tell_ended(tx, moves).await
}

/// Tells webhooks which of a batch are over.
async fn tell_ended(tx: &Tx, moves: &[Move]) -> Result<()> {
    let ended: Vec<&Move> = moves.iter().filter(|m| m.completed_at.is_some()).collect();
    let Some(now) = ended.first().and_then(|m| m.completed_at) else { return Ok(()) };
    if webhook::nobody_listens(tx).await? {
        return Ok(());
    }
    let sql = format!(
        "select {OVER} from enrollments where id in (select item.value->>'v' from {}) and completed_at = $2",
        items(tx.get_database_backend(), 1)
    );
    let over: Vec<webhook::Over> =
        rows(tx, &sql, binds![text_list(ended.iter().map(|m| m.id.as_str())), now]).await?;
    webhook::tell_over(tx, &over, now).await
}

/// The status that a contact gets.
#[derive(Debug, Clone, Serialize)]
pub struct StatusChange {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Who.
    pub contact_id: ContactId,
    /// The status.
    pub status: String,
}

/// Sets the status of contacts as stage nodes say.
pub async fn set_contact_status(tx: &Tx, changes: &[StatusChange], now: i64) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update contacts set status = item.value->>'status',
           updated_at = case when contacts.updated_at < $2 then $2 else contacts.updated_at + 1 end from {}
         where contacts.workspace_id = item.value->>'workspace_id' and contacts.id = item.value->>'contact_id'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![serde_json::to_string(changes)?, now]).await?;
    let mut whose: BTreeMap<&str, (&WorkspaceId, Vec<&str>)> = BTreeMap::new();
    for change in changes {
        let of = whose.entry(change.workspace_id.as_str()).or_insert((&change.workspace_id, Vec::new()));
        of.1.push(change.contact_id.as_str());
    }
    for (workspace, contacts) in whose.into_values() {
        contact_set::changed(tx, &Scope::system(workspace.clone()), contacts).await?;
    }
    Ok(())
}

/// Counts passages over edges, by position.
pub async fn count_passed(tx: &Tx, passed: &[(CampaignId, i64, i64)]) -> Result<()> {
    for (campaign, position, times) in passed {
        run(
            tx,
            "update campaign_edges set passed = passed + $3 where campaign_id = $1 and position = $2",
            binds![campaign, *position, *times],
        )
        .await?;
    }
    Ok(())
}

/// Looks again at those of a campaign who wait for a day, which may be another one now.
pub async fn look_at_dates_again(tx: &Tx, scope: &Scope, campaign: &CampaignId, now: i64) -> Result<()> {
    let sql = "update enrollments set due_at = $3
               where workspace_id = $1 and campaign_id = $2 and status = 'active' and awaits = 'date'";
    run(tx, sql, binds![scope.ws(), campaign, now]).await?;
    Ok(())
}

/// The earliest instant at which any enrollment of an active campaign is due.
pub async fn next_due(db: &Db) -> Result<Option<i64>> {
    scalar(
        &db.read,
        "select min(e.due_at) as value from enrollments e join campaigns p on p.id = e.campaign_id
         where e.due_at is not null and p.status = 'active'",
        vec![],
    )
    .await
    .map(Option::flatten)
}

/// Ends the running enrollments of a contact: they answered, opted out, or their address is dead.
/// Queued messages of those enrollments are withdrawn.
pub async fn end_for_contact(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    reason: domain::ExitReason,
    now: i64,
) -> Result<Vec<Ended>> {
    crate::workspace::guards_changed(tx, scope).await?;
    let sql = format!(
        "update enrollments set status = 'exited', reason = $3, due_at = null, completed_at = $4
         where workspace_id = $1 and contact_id = $2 and status in ('active', 'waiting', 'paused') returning {OVER}"
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![scope.ws(), contact, reason, now]).await?;
    webhook::tell_over(tx, &over, now).await?;
    let ended: Vec<Ended> = over.iter().map(webhook::Over::ended).collect::<Result<_>>()?;
    for enrollment in &ended {
        run(
            tx,
            "update messages set status = 'cancelled', error_code = 'enrollment_ended', error_text = $2 where enrollment_id = $1 and status in ('queued', 'draft', 'approved')",
            binds![&enrollment.id, format!("The campaign ended for this contact: {}", reason.as_str().replace('_', " "))],
        )
        .await?;
    }
    Ok(ended)
}

/// Ends those of the same company in these campaigns, where the campaign is to end for all of a company. Returns them.
pub async fn end_for_colleagues(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    answered: &[Ended],
    now: i64,
) -> Result<Vec<Ended>> {
    let mut all = Vec::new();
    for Ended { campaign_id, .. } in answered {
        let sql = "select e.contact_id from enrollments e join campaigns p on p.id = e.campaign_id
               join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
             where e.workspace_id = $1 and e.campaign_id = $2 and p.ends_company = 1
               and e.status in ('active', 'waiting', 'paused') and e.contact_id <> $3
               and c.company_id = (select me.company_id from contacts me where me.workspace_id = $1 and me.id = $3)
             order by e.contact_id";
        #[derive(FromQueryResult)]
        struct Colleague {
            contact_id: ContactId,
        }
        let found: Vec<Colleague> = rows(tx, sql, binds![scope.ws(), campaign_id, contact]).await?;
        let colleagues: Vec<ContactId> = found.into_iter().map(|colleague| colleague.contact_id).collect();
        if !colleagues.is_empty() {
            let reason = domain::ExitReason::ColleagueReplied;
            all.extend(end_in_campaign(tx, scope, campaign_id, &colleagues, reason, now).await?);
        }
    }
    Ok(all)
}

/// Lets nothing of any campaign happen to a contact before an instant, since they are away until then. Who waits longer
/// anyhow goes on waiting; what is queued leaves then, and is not late because of it.
pub async fn rest_until(tx: &Tx, scope: &Scope, contact: &ContactId, until: i64, detail: &str) -> Result<()> {
    crate::workspace::guards_changed(tx, scope).await?;
    run(
        tx,
        "update messages set not_before = $3, due_at = case when due_at < $3 then $3 else due_at end
         where workspace_id = $1 and status = 'queued' and not_before < $3 and enrollment_id in
           (select id from enrollments where workspace_id = $1 and contact_id = $2 and status = 'waiting')",
        binds![scope.ws(), contact, until],
    )
    .await?;
    run(
        tx,
        "update enrollments set due_at = case when due_at is null then null when due_at < $3 then $3 else due_at end,
           reason = 'away', detail = $4
         where workspace_id = $1 and contact_id = $2 and status in ('active', 'waiting')",
        binds![scope.ws(), contact, until, detail],
    )
    .await?;
    Ok(())
}

/// Ends the running enrollments of these contacts in one campaign, and withdraws what is queued for them there.
pub async fn end_in_campaign(
    tx: &Tx,
    scope: &Scope,
    campaign: &CampaignId,
    contacts: &[ContactId],
    reason: domain::ExitReason,
    now: i64,
) -> Result<Vec<Ended>> {
    crate::workspace::guards_changed(tx, scope).await?;
    let backend = tx.get_database_backend();
    let sql = format!(
        "update enrollments set status = 'exited', reason = $3, due_at = null, completed_at = $4
         where workspace_id = $1 and campaign_id = $2 and contact_id in {} and status in ('active', 'waiting', 'paused')
         returning {OVER}",
        listed(backend, 5)
    );
    let list = text_list(contacts.iter().map(ContactId::as_str));
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![scope.ws(), campaign, reason, now, list]).await?;
    webhook::tell_over(tx, &over, now).await?;
    let ended: Vec<Ended> = over.iter().map(webhook::Over::ended).collect::<Result<_>>()?;
    let sql = format!(
        "update messages set status = 'cancelled', error_code = 'enrollment_ended', error_text = $2
         where workspace_id = $1 and enrollment_id in {} and status in ('queued', 'draft', 'approved')",
        listed(backend, 3)
    );
    let text = match reason {
        domain::ExitReason::ColleagueReplied => "Somebody else of their company answered",
        _ => "They were taken out of the campaign",
    };
    let list = text_list(ended.iter().map(|enrollment| enrollment.id.as_str()));
    run(tx, &sql, binds![scope.ws(), text, list]).await?;
    Ok(ended)
}

/// An enrollment that was ended.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Ended {
    /// Which.
    pub id: EnrollmentId,
    /// In which campaign.
    pub campaign_id: CampaignId,
}

/// A person in a campaign, for its list.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Person {
    /// Id of the enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub contact_id: ContactId,
    /// Their name.
    pub contact_name: String,
    /// Their address.
    pub email: Option<String>,
    /// Where they stand.
    pub status: EnrollmentStatus,
    /// On which node.
    pub node_key: String,
    /// When something happens next.
    pub due_at: Option<At>,
    /// Why they ended or are held.
    pub reason: Option<String>,
    /// In words.
    pub detail: Option<String>,
    /// Their message that waits, if any.
    pub queued_message_id: Option<MessageId>,
    /// Who is to send that.
    #[serde(skip)]
    pub queued_sender_id: Option<SenderId>,
    /// When they came in.
    pub enrolled_at: At,
}

/// Which people of a campaign are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Whom<'a> {
    /// Only in this state.
    pub status: Option<EnrollmentStatus>,
    /// Only at this step: who stands there, or with an overlay whom that has there.
    pub node: Option<&'a str>,
    /// Only those that it has.
    pub overlay: Option<Overlay>,
}

/// The people of a campaign.
pub async fn people(
    db: &Db,
    scope: &Scope,
    campaign: &CampaignId,
    whom: Whom<'_>,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Person>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let Whom { status, node, overlay } = whom;
    let mut filter = Filter::of(scope, "e.workspace_id");
    filter.own(scope, "c.owner_id");
    filter.and("e.campaign_id = ?", binds![campaign]);
    if let Some(status) = status {
        filter.and("e.status = ?", binds![status]);
    }
    match (overlay, node) {
        (Some(overlay), node) => campaign::overlay::narrow(&mut filter, campaign, overlay, node),
        (None, Some(node)) => filter.and("e.node_key = ?", binds![node]),
        (None, None) => {}
    }
    filter.and("(e.enrolled_at, e.id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!(
        "select e.id as enrollment_id, e.contact_id,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone, '') as contact_name,
           c.email, e.status, e.node_key, e.due_at, e.reason, e.detail, e.enrolled_at,
           m.id as queued_message_id, m.sender_id as queued_sender_id
         from enrollments e join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
         left join messages m on m.id =
           (select q.id from messages q where q.enrollment_id = e.id and q.status = 'queued' limit 1) where {} order by e.enrolled_at desc, e.id desc limit ${n}",
        filter.sql
    );
    let found: Vec<Person> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |p| cursor(p.enrolled_at.0, p.enrollment_id.as_str())))
}

/// Where newcomers begin.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The version of the campaign's graph.
    pub version: i64,
    /// The first node of it.
    pub node: &'a str,
}

/// Enrolls every contact of an audience that is not enrolled yet, where the campaign wants it so without those who are
/// in another one. Returns how many are new.
pub async fn enroll(
    tx: &Tx,
    scope: &Scope,
    campaign: &CampaignId,
    audience: &contact::Query,
    start: Start<'_>,
    now: i64,
) -> Result<u64> {
    let mut filter = audience.filter(scope, tx.get_database_backend());
    let base = filter.values.len();
    filter.values.extend(binds![campaign, start.node, now, start.version]);
    // The id is made of the campaign's first half (when) and the contact's second (who): one statement can
    // draw a million of them, and asking twice gives the same.
    let sql = format!(
        "insert into enrollments (id, workspace_id, campaign_id, contact_id, status, node_key, arrived_at, due_at, enrolled_at, version)
         select 'enr_' || substr(${}, 5, 13) || substr(c.id, 18, 13), $1, ${}, c.id, 'active', ${}, ${}, ${}, ${}, ${}
         from contacts c where {}
           and (not exists (select 1 from campaigns p where p.id = ${} and p.exclusive = 1)
             or not exists (select 1 from enrollments o where o.workspace_id = $1 and o.contact_id = c.id
                  and o.campaign_id <> ${} and {}))
         on conflict (campaign_id, contact_id) do nothing",
        base + 1,
        base + 1,
        base + 2,
        base + 3,
        base + 3,
        base + 3,
        base + 4,
        filter.sql,
        base + 1,
        base + 1,
        campaign::crowd::UNDER_WAY
    );
    match run(tx, &sql, filter.values).await {
        Err(Error::Exists) => Err(Error::Conflict("these people are being enrolled already".into())),
        other => other,
    }
}

/// Lets those of an audience begin again whom somebody took out of a campaign. Whoever answered, opted out or came to an
/// end stays as they are. Returns how many.
pub async fn enroll_again(
    tx: &Tx,
    scope: &Scope,
    campaign: &CampaignId,
    audience: &contact::Query,
    start: Start<'_>,
    now: i64,
) -> Result<u64> {
    let mut filter = audience.filter(scope, tx.get_database_backend());
    let base = filter.values.len();
    filter.values.extend(binds![campaign, start.node, now, start.version]);
    let (id, node, at, version) = (base + 1, base + 2, base + 3, base + 4);
    let sql = format!(
        "update enrollments set status = 'active', node_key = ${node}, arrived_at = ${at}, due_at = ${at}, enrolled_at = ${at},
           version = ${version}, wrote = 0, awaits = null, reason = null, detail = null, completed_at = null
         where workspace_id = $1 and campaign_id = ${id} and status = 'exited' and reason = 'removed'
           and contact_id in (select c.id from contacts c where {})",
        filter.sql
    );
    run(tx, &sql, filter.values).await
}

/// The enrollment of a contact that ran last, for the inbox's side panel.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Latest {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Its name.
    pub name: String,
    /// Its state.
    pub status: domain::CampaignStatus,
    /// Node it stands on.
    pub node_key: String,
    /// State of the enrollment.
    pub enrollment_status: EnrollmentStatus,
    /// Why it ended.
    pub reason: Option<String>,
}

/// See [`Latest`].
pub async fn latest_of(db: &Db, scope: &Scope, contact: &ContactId) -> Result<Option<Latest>> {
    crate::sql::row(
        &db.reader(scope),
        "select p.id as campaign_id, p.name, p.status, e.node_key, e.status as enrollment_status, e.reason
         from enrollments e join campaigns p on p.id = e.campaign_id
         where e.workspace_id = $1 and e.contact_id = $2 order by e.enrolled_at desc, e.id desc limit 1",
        binds![scope.ws(), contact],
    )
    .await
}
