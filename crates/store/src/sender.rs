//! The accounts that messages leave from.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{binds, row, rows, run, scalar},
};
use domain::{
    Channel,
    ids::{MemberId, SenderId, WorkspaceId},
};
use sea_orm::FromQueryResult;

/// A mailbox, a phone number, a page.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Sender {
    /// Id.
    pub id: SenderId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The channel it serves.
    pub channel: Channel,
    /// Provider id.
    pub provider: String,
    /// Name that recipients see.
    pub name: String,
    /// The address itself.
    pub address: String,
    /// Encrypted JSON.
    pub credentials: String,
    /// Encrypted JSON of the mailbox that answers are read from.
    pub mailbox: Option<String>,
    /// `active`, `paused` or `broken`.
    pub status: String,
    /// Why it is broken, in plain words.
    pub problem: Option<String>,
    /// Most messages a minute.
    pub rate_per_minute: Option<i64>,
    /// Most messages an hour.
    pub hourly_cap: Option<i64>,
    /// Most messages a local day.
    pub daily_cap: Option<i64>,
    /// Most messages an hour to one recipient domain.
    pub domain_cap: Option<i64>,
    /// 1 where the pauses between messages differ.
    pub jitter: i64,
    /// While it is warmed up: messages on the first day.
    pub ramp_start: Option<i64>,
    /// While it is warmed up: how many more on each further day.
    pub ramp_step: Option<i64>,
    /// Since when it is warmed up.
    pub ramp_since: Option<i64>,
    /// The local day (yyyymmdd) that `sent_today` counts.
    pub day: i64,
    /// Messages claimed on that day.
    pub sent_today: i64,
    /// Earliest instant of the next message under the rate.
    pub next_slot_at: i64,
    /// Where the mailbox poller stands.
    pub poll_cursor: Option<String>,
    /// When its mailbox was last read to its end, in real milliseconds.
    pub synced_at: Option<i64>,
    /// The member whose own device carries its messages; `None` where a provider does.
    pub member_id: Option<MemberId>,
}

impl Sender {
    /// One that has not been stored yet: active, without limits, and without credentials, which are sealed to its id.
    pub fn new(workspace: &WorkspaceId, channel: Channel, provider: &str, name: &str, address: &str) -> Self {
        Self {
            id: crate::new_id(SenderId::from_uuid),
            workspace_id: workspace.clone(),
            channel,
            provider: provider.to_owned(),
            name: name.to_owned(),
            address: address.to_owned(),
            credentials: String::new(),
            mailbox: None,
            status: "active".into(),
            problem: None,
            rate_per_minute: None,
            hourly_cap: None,
            daily_cap: None,
            domain_cap: None,
            jitter: 0,
            ramp_start: None,
            ramp_step: None,
            ramp_since: None,
            day: 0,
            sent_today: 0,
            next_slot_at: 0,
            poll_cursor: None,
            synced_at: None,
            member_id: None,
        }
    }
}

pub(crate) const COLUMNS: &str =
    "id, workspace_id, channel, provider, name, address, credentials, mailbox, status, problem,
    rate_per_minute, hourly_cap, daily_cap, domain_cap, jitter, ramp_start, ramp_step, ramp_since,
    day, sent_today, next_slot_at, poll_cursor, synced_at, member_id";

/// All senders of the workspace.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Sender>> {
    rows(
        &db.reader(scope),
        &format!("select {COLUMNS} from senders where workspace_id = $1 order by channel, id limit 500"),
        binds![scope.ws()],
    )
    .await
}

/// Whether any workspace has an account with this normalised address. Looks across tenants.
pub async fn is_taken(tx: &Tx, channel: Channel, address_key: &str) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from senders where channel = $1 and address_key = $2";
    let found: Option<i64> = scalar(tx, sql, binds![channel, address_key]).await?;
    Ok(found.is_some())
}

/// One sender.
pub async fn get(db: &Db, scope: &Scope, id: &SenderId) -> Result<Sender> {
    row(
        &db.reader(scope),
        &format!("select {COLUMNS} from senders where workspace_id = $1 and id = $2"),
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("sender"))
}

/// The sender with this address on this channel, in whatever workspace: a webhook names only the address.
pub async fn by_address(db: &Db, channel: Channel, address_key: &str) -> Result<Option<Sender>> {
    row(
        &db.read,
        &format!("select {COLUMNS} from senders where channel = $1 and address_key = $2"),
        binds![channel, address_key],
    )
    .await
}

/// The sender with this id in whatever workspace: a webhook address names it.
pub async fn by_id(db: &Db, id: &SenderId) -> Result<Option<Sender>> {
    row(&db.read, &format!("select {COLUMNS} from senders where id = $1"), binds![id]).await
}

/// Senders of all workspaces that have queued messages due now, for the dispatcher. Asked by each one's first: of "whether
/// any exist" PostgreSQL may make a list of all that wait.
pub async fn with_work(db: &Db, now: i64) -> Result<Vec<SenderId>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: SenderId,
    }
    let found: Vec<Id> = rows(
        &db.read,
        "select s.id from senders s join workspaces w on w.id = s.workspace_id
         where s.status = 'active' and s.member_id is null and w.stopped_at is null and s.next_slot_at <= $1
           and not exists (select 1 from sender_rests r where r.sender_id = s.id and r.until_at > $1)
           and (select m.not_before from messages m where m.sender_id = s.id and m.status = 'queued' and m.not_before <= $1
                order by m.not_before limit 1) is not null
         order by s.id",
        binds![now],
    )
    .await?;
    Ok(found.into_iter().map(|f| f.id).collect())
}

/// Senders of all workspaces whose mailbox is polled, for the poller. A mailbox is the outside: while its
/// workspace is in sandbox mode nobody reads it, but for those that the sandbox has a stand-in for.
pub async fn polled(db: &Db) -> Result<Vec<Sender>> {
    rows(
        &db.read,
        &format!(
            "select {COLUMNS} from senders where channel = 'email' and status = 'active' and (provider = 'gmail' or (mailbox is not null
               and workspace_id in (select w.id from workspaces w where w.send_mode = 'live'))) order by id"
        ),
        vec![],
    )
    .await
}

/// Remembers how far a mailbox was read, and when to its end. `from` is where it stood before: of two nodes that read the
/// same stretch, the slower one must not set the other back.
pub async fn set_poll_cursor(
    tx: &Tx,
    id: &SenderId,
    (from, to): (Option<&str>, &str),
    synced_at: Option<i64>,
) -> Result<()> {
    run(
        tx,
        "update senders set poll_cursor = $3, synced_at = coalesce($4, synced_at)
         where id = $1 and coalesce(poll_cursor, '') = $2",
        binds![id, from.unwrap_or_default(), to, synced_at],
    )
    .await?;
    Ok(())
}

/// Marks a sender broken, with the reason, if it still signs in with these sealed credentials: what a provider says of
/// older ones says nothing of it. Returns whether it did.
pub async fn break_down(tx: &Tx, scope: &Scope, s: &Sender, problem: &str) -> Result<bool> {
    let changed = run(
        tx,
        "update senders set status = 'broken', problem = $4 where workspace_id = $1 and id = $2 and credentials = $3",
        binds![scope.ws(), &s.id, s.credentials.as_str(), problem],
    )
    .await?;
    if changed > 0 {
        crate::workspace::guards_changed(tx, scope).await?;
    }
    Ok(changed > 0)
}

/// Creates or overwrites a sender. Under other limits it is looked at again at once.
pub async fn save(tx: &Tx, scope: &Scope, s: &Sender, address_key: &str, now: i64) -> Result<()> {
    write(tx, scope, s, address_key, now, false).await
}

/// Overwrites a sender but for its credentials, which may have been renewed since it was read.
pub async fn save_settings(tx: &Tx, scope: &Scope, s: &Sender, address_key: &str, now: i64) -> Result<()> {
    write(tx, scope, s, address_key, now, true).await
}

/// Puts other sealed credentials in the place of these; false where it has others by now.
pub async fn swap_credentials(
    tx: &Tx,
    scope: &Scope,
    id: &SenderId,
    (before, after): (&str, &str),
) -> Result<bool> {
    let sql = "update senders set credentials = $4 where workspace_id = $1 and id = $2 and credentials = $3";
    Ok(run(tx, sql, binds![scope.ws(), id, before, after]).await? > 0)
}

async fn write(
    tx: &Tx,
    scope: &Scope,
    s: &Sender,
    address_key: &str,
    now: i64,
    keeps_credentials: bool,
) -> Result<()> {
    let changed = run(
        tx,
        "insert into senders (id, workspace_id, channel, provider, name, address, address_key, credentials, mailbox, status,
           problem, rate_per_minute, daily_cap, created_at, hourly_cap, domain_cap, jitter, ramp_start, ramp_step, ramp_since, member_id)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         on conflict (id) do update set name = excluded.name, address = excluded.address, address_key = excluded.address_key,
           credentials = case when $22 = 1 then senders.credentials else excluded.credentials end, mailbox = excluded.mailbox, status = excluded.status, problem = excluded.problem,
           rate_per_minute = excluded.rate_per_minute, daily_cap = excluded.daily_cap, hourly_cap = excluded.hourly_cap,
           domain_cap = excluded.domain_cap, jitter = excluded.jitter, ramp_start = excluded.ramp_start,
           ramp_step = excluded.ramp_step, ramp_since = excluded.ramp_since,
           next_slot_at = case when senders.next_slot_at > $14 and (
             coalesce(senders.rate_per_minute, 0) <> coalesce(excluded.rate_per_minute, 0)
             or coalesce(senders.hourly_cap, 0) <> coalesce(excluded.hourly_cap, 0)
             or coalesce(senders.daily_cap, 0) <> coalesce(excluded.daily_cap, 0)
             or coalesce(senders.ramp_since, 0) <> coalesce(excluded.ramp_since, 0)
           ) then $14 else senders.next_slot_at end
         where senders.workspace_id = $1",
        binds![
            scope.ws(),
            &s.id,
            s.channel,
            s.provider.as_str(),
            s.name.as_str(),
            s.address.as_str(),
            address_key,
            s.credentials.as_str(),
            s.mailbox.as_deref(),
            s.status.as_str(),
            s.problem.clone(),
            s.rate_per_minute,
            s.daily_cap,
            now,
            s.hourly_cap,
            s.domain_cap,
            s.jitter,
            s.ramp_start,
            s.ramp_step,
            s.ramp_since,
            s.member_id.clone(),
            i64::from(keeps_credentials)
        ],
    )
    .await?;
    if changed == 0 {
        return Err(Error::NotFound("sender"));
    }
    if s.status == "active" {
        release(tx, scope, &s.id, now).await?;
    }
    crate::workspace::guards_changed(tx, scope).await
}

/// What waited for a sender that was paused or broken is not late because of it.
pub(crate) async fn release(tx: &Tx, scope: &Scope, id: &SenderId, now: i64) -> Result<()> {
    run(
        tx,
        "update messages set due_at = $3 where workspace_id = $1 and sender_id = $2 and status = 'queued' and due_at < $3",
        binds![scope.ws(), id, now],
    )
    .await?;
    Ok(())
}

/// Marks a sender broken, with the reason, or active again.
pub async fn set_status(
    tx: &Tx,
    scope: &Scope,
    id: &SenderId,
    status: &str,
    problem: Option<&str>,
    now: i64,
) -> Result<()> {
    if status == "active" {
        release(tx, scope, id, now).await?;
    }
    run(
        tx,
        "update senders set status = $3, problem = $4 where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, status, problem.map(str::to_owned)],
    )
    .await?;
    crate::workspace::guards_changed(tx, scope).await
}

/// The provider wants nothing of this sender before `until`.
pub async fn slow_down(db: &Db, scope: &Scope, id: &SenderId, until: i64) -> Result<()> {
    let tx = db.begin().await?;
    let sql =
        "update senders set next_slot_at = $3 where workspace_id = $1 and id = $2 and next_slot_at < $3";
    run(&tx, sql, binds![scope.ws(), id, until]).await?;
    tx.commit().await?;
    Ok(())
}

/// Messages waiting per sender.
pub async fn queue_lengths(db: &Db, scope: &Scope) -> Result<Vec<(SenderId, i64)>> {
    #[derive(FromQueryResult)]
    struct Length {
        sender_id: SenderId,
        queued: i64,
    }
    let found: Vec<Length> = rows(
        &db.reader(scope),
        "select sender_id, count(*) as queued from messages where workspace_id = $1 and status = 'queued' group by sender_id",
        binds![scope.ws()],
    )
    .await?;
    Ok(found.into_iter().map(|f| (f.sender_id, f.queued)).collect())
}
