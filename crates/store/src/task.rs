//! What people are to do in campaigns.
//!
//! A task is written in the transaction in which somebody comes to its node, once per visit. Done or skipped, its
//! enrollment comes due; whoever did so by mistake has a moment to take it back, before the campaign goes on.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    event::{self, NewEvent},
    sql::{At, Filter, binds, clamp, cursor, items, row, rows, run, scalar, split_cursor, text_list},
};
use domain::{
    funnel::{TaskKind, TaskOutcome},
    ids::{CampaignId, ContactId, EnrollmentId, MemberId, TaskId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// A task to be written.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Whom it is about.
    pub contact_id: ContactId,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// Who waits for it.
    pub enrollment_id: EnrollmentId,
    /// At which node.
    pub node_key: String,
    /// Since when.
    pub arrived_at: i64,
    /// What is to be done.
    pub kind: TaskKind,
    /// In one line.
    pub title: String,
    /// What else there is to know.
    pub instructions: String,
    /// When it should be done.
    pub due_at: i64,
    /// When its contact goes on without it.
    pub until_at: Option<i64>,
}

/// Writes tasks; one that is there already for its visit stays as it is.
pub async fn open(tx: &Tx, tasks: &[NewTask], now: i64) -> Result<()> {
    if tasks.is_empty() {
        return Ok(());
    }
    let list: Vec<Json> = tasks
        .iter()
        .map(|t| {
            json!({
                "id": crate::new_id(TaskId::from_uuid), "workspace_id": t.workspace_id, "contact_id": t.contact_id,
                "campaign_id": t.campaign_id, "enrollment_id": t.enrollment_id, "node_key": t.node_key,
                "arrived_at": t.arrived_at, "kind": t.kind, "title": t.title, "instructions": t.instructions,
                "due_at": t.due_at, "until_at": t.until_at,
            })
        })
        .collect();
    let words = [
        "id",
        "workspace_id",
        "contact_id",
        "campaign_id",
        "enrollment_id",
        "node_key",
        "kind",
        "title",
        "instructions",
    ];
    let texts: Vec<String> = words.iter().map(|name| format!("item.value->>'{name}'")).collect();
    let numbers = ["arrived_at", "due_at", "until_at"];
    let instants: Vec<String> = numbers.iter().map(|name| crate::sql::int(name)).collect();
    let sql = format!(
        "insert into tasks ({}, {}, created_at) select {}, {}, $2 from {} where true
         on conflict (workspace_id, enrollment_id, node_key, arrived_at) do nothing",
        words.join(", "),
        numbers.join(", "),
        texts.join(", "),
        instants.join(", "),
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![Json::Array(list).to_string(), now]).await?;
    Ok(())
}

/// A task that is over, for those who decide where its enrollment goes.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Over {
    /// Whose.
    pub enrollment_id: EnrollmentId,
    /// At which node.
    pub node_key: String,
    /// Since when they had stood there.
    pub arrived_at: i64,
    /// How it ended.
    pub status: TaskOutcome,
}

/// The tasks of enrollments that are over, oldest first.
pub async fn over(tx: &Tx, workspace: &WorkspaceId, enrollments: &[&str]) -> Result<Vec<Over>> {
    let sql = format!(
        "select enrollment_id, node_key, arrived_at, status from tasks
         where workspace_id = $1 and enrollment_id in {} and status in ('done', 'skipped') order by arrived_at",
        crate::sql::listed(tx.get_database_backend(), 2)
    );
    rows(tx, &sql, binds![workspace, text_list(enrollments)]).await
}

/// A task as it is shown.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Task {
    /// Id.
    pub id: TaskId,
    /// What is to be done.
    pub kind: TaskKind,
    /// In one line.
    pub title: String,
    /// What else there is to know.
    pub instructions: String,
    /// When it should be done.
    pub due_at: At,
    /// When its contact goes on without it.
    pub until_at: Option<At>,
    /// `open`, `done` or `skipped`.
    pub status: String,
    /// Whom it is about.
    pub contact_id: ContactId,
    /// Their name.
    pub contact_name: String,
    /// Their account.
    pub company: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// Whose contact it is.
    pub owner_id: Option<MemberId>,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// Its name.
    pub campaign_name: String,
    /// When it was done or skipped.
    pub done_at: Option<At>,
    /// Since when it is there.
    pub created_at: At,
}

/// Whether a task's contact still waits for it.
const STANDS: &str =
    "exists (select 1 from enrollments e where e.workspace_id = t.workspace_id and e.id = t.enrollment_id
    and e.node_key = t.node_key and e.arrived_at = t.arrived_at and e.status in ('active', 'paused'))";

const SELECT: &str = "select t.id, t.kind, t.title, t.instructions, t.due_at, t.until_at, t.status, t.contact_id,
      coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone, '') as contact_name,
      c.company, c.phone, c.email, c.owner_id, t.campaign_id, p.name as campaign_name, t.done_at, t.created_at
    from tasks t join contacts c on c.workspace_id = t.workspace_id and c.id = t.contact_id
      join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id";

/// Which tasks are meant.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<TaskKind>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// About this contact.
    pub contact: Option<ContactId>,
    /// Of this member's contacts.
    pub owner: Option<MemberId>,
}

fn narrowed(scope: &Scope, wanted: &Wanted) -> Filter {
    let mut filter = Filter::of(scope, "t.workspace_id");
    filter.own(scope, "c.owner_id");
    if let Some(kind) = wanted.kind {
        filter.and("t.kind = ?", binds![kind]);
    }
    if let Some(campaign) = &wanted.campaign {
        filter.and("t.campaign_id = ?", binds![campaign]);
    }
    if let Some(contact) = &wanted.contact {
        filter.and("t.contact_id = ?", binds![contact]);
    }
    if let Some(owner) = &wanted.owner {
        filter.and("c.owner_id = ?", binds![owner]);
    }
    filter
}

fn open_filter(scope: &Scope, wanted: &Wanted) -> Filter {
    let mut filter = narrowed(scope, wanted);
    filter.and(&format!("t.status = 'open' and p.status in ('active', 'paused') and {STANDS}"), vec![]);
    filter
}

/// The tasks that are to be done, by when they are due.
pub async fn to_do(
    db: &Db,
    scope: &Scope,
    wanted: &Wanted,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Task>> {
    let limit = clamp(limit);
    let mut filter = open_filter(scope, wanted);
    if after.is_some() {
        let (at, id) = split_cursor(after)?;
        filter.and("(t.due_at, t.id) > (?, ?)", binds![at, id]);
    }
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by t.due_at, t.id limit ${n}", filter.sql);
    let found: Vec<Task> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |t| cursor(t.due_at.0, t.id.as_str())))
}

/// The tasks that are done or skipped, the last one first.
pub async fn done(
    db: &Db,
    scope: &Scope,
    wanted: &Wanted,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Task>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = narrowed(scope, wanted);
    filter.and("t.status <> 'open' and (t.done_at, t.id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by t.done_at desc, t.id desc limit ${n}", filter.sql);
    let found: Vec<Task> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |t| cursor(t.done_at.map_or(0, |at| at.0), t.id.as_str())))
}

/// How many are to be done, and how many of these by `now`.
pub async fn counts(db: &Db, scope: &Scope, now: i64) -> Result<(i64, i64)> {
    #[derive(FromQueryResult)]
    struct Counted {
        open: i64,
        due: i64,
    }
    let mut filter = open_filter(scope, &Wanted::default());
    let n = filter.next();
    filter.values.push(now.into());
    let sql = format!(
        "select count(*) as open, cast(coalesce(sum(case when t.due_at <= ${n} then 1 else 0 end), 0) as bigint) as due
         from tasks t join contacts c on c.workspace_id = t.workspace_id and c.id = t.contact_id
           join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id where {}",
        filter.sql
    );
    let found: Option<Counted> = row(&db.reader(scope), &sql, filter.values).await?;
    Ok(found.map_or((0, 0), |counted| (counted.open, counted.due)))
}

/// One task.
pub async fn get(db: &Db, scope: &Scope, id: &TaskId) -> Result<Task> {
    let mut filter = narrowed(scope, &Wanted::default());
    filter.and("t.id = ?", binds![id]);
    let sql = format!("{SELECT} where {}", filter.sql);
    row(&db.reader(scope), &sql, filter.values).await?.ok_or(Error::NotFound("task"))
}

#[derive(FromQueryResult)]
struct Held {
    contact_id: String,
    campaign_id: String,
    enrollment_id: String,
    node_key: String,
    arrived_at: i64,
    until_at: Option<i64>,
    title: String,
    status: String,
}

/// The task with its enrollment held, in the order in which steps hold them: `false` where it has moved on.
async fn hold(tx: &Tx, scope: &Scope, id: &TaskId) -> Result<(Held, bool)> {
    let sql = "select contact_id, campaign_id, enrollment_id, node_key, arrived_at, until_at, title, status from tasks
               where workspace_id = $1 and id = $2";
    let held: Held = row(tx, sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("task"))?;
    let lock = if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for no key update" };
    let stands = format!(
        "select id as value from enrollments where workspace_id = $1 and id = $2 and node_key = $3 and arrived_at = $4
           and status in ('active', 'paused'){lock}"
    );
    let values = binds![scope.ws(), held.enrollment_id.as_str(), held.node_key.as_str(), held.arrived_at];
    let stands = scalar::<String>(tx, &stands, values).await?.is_some();
    Ok((held, stands))
}

/// Ends an open task. Its contact goes on at `goes_on_at`. One that is over, or that nobody waits for any more, is
/// [`Error::Conflict`].
pub async fn close(
    tx: &Tx,
    scope: &Scope,
    id: &TaskId,
    outcome: TaskOutcome,
    goes_on_at: i64,
    now: i64,
) -> Result<()> {
    let (held, stands) = hold(tx, scope, id).await?;
    if !stands {
        return Err(Error::Conflict("nobody waits for this task any more: the campaign has gone on".into()));
    }
    let sql = "update tasks set status = $3, done_at = $4, done_by = $5 where workspace_id = $1 and id = $2 and status = 'open'";
    if run(tx, sql, binds![scope.ws(), id, outcome, now, scope.member.clone()]).await? == 0 {
        return Err(Error::Conflict(format!("this task is {} already", held.status)));
    }
    let sql = "update enrollments set due_at = $3 where workspace_id = $1 and id = $2 and status = 'active'";
    run(tx, sql, binds![scope.ws(), held.enrollment_id.as_str(), goes_on_at]).await?;
    let kind = match outcome {
        TaskOutcome::Done => "task_done",
        TaskOutcome::Skipped => "task_skipped",
    };
    event::write(tx, scope, &[held.fact(kind)], now).await
}

/// Opens a task again, before its campaign has gone on; after that it is [`Error::Conflict`].
pub async fn reopen(tx: &Tx, scope: &Scope, id: &TaskId, now: i64) -> Result<()> {
    let (held, stands) = hold(tx, scope, id).await?;
    if !stands {
        return Err(Error::Conflict(
            "the campaign has gone on from this task, so it cannot be opened again".into(),
        ));
    }
    let sql = "update tasks set status = 'open', done_at = null, done_by = null
               where workspace_id = $1 and id = $2 and status <> 'open'";
    if run(tx, sql, binds![scope.ws(), id]).await? == 0 {
        return Err(Error::Conflict("this task is open".into()));
    }
    let sql = "update enrollments set due_at = $3 where workspace_id = $1 and id = $2 and status = 'active'";
    run(tx, sql, binds![scope.ws(), held.enrollment_id.as_str(), held.until_at]).await?;
    event::write(tx, scope, &[held.fact("task_reopened")], now).await
}

impl Held {
    fn fact(&self, kind: &'static str) -> NewEvent {
        NewEvent {
            kind,
            message_id: None,
            enrollment_id: Some(self.enrollment_id.clone()),
            campaign_id: Some(self.campaign_id.clone()),
            contact_id: Some(self.contact_id.clone()),
            node_key: Some(self.node_key.clone()),
            data: Some(self.title.clone()),
        }
    }
}
