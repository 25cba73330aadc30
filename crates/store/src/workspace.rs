//! Tenants, the switches that stop their sending, and the few values of the installation itself.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run, scalar},
};
use domain::{health::Thresholds, ids::WorkspaceId, quiet::QuietHours};
use sea_orm::{DbBackend, FromQueryResult};

/// A tenant.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Workspace {
    /// Id.
    pub id: WorkspaceId,
    /// Name shown to its members.
    pub name: String,
    /// IANA zone for rules where contact and sender have none.
    pub time_zone: String,
    /// ISO country for phone numbers without one.
    pub default_country: String,
    /// `sandbox` or `live`.
    pub send_mode: String,
    /// Set while all sending is stopped.
    pub stopped_at: Option<At>,
    /// Why it is stopped.
    pub stop_reason: Option<String>,
    /// Since when it is stopped because the database seems to be a copy of an earlier time.
    pub restored_at: Option<At>,
    /// `private`: a rep sees what they own; `shared`: everything.
    pub visibility: String,
    /// Channels on which campaigns write only to those who agreed, as a JSON list.
    pub consent_channels: String,
    /// Days on which campaigns rest, as a JSON list.
    pub holidays: String,
    /// How long an answer can be taken back, in seconds.
    pub undo_seconds: i64,
    /// When texts of campaigns keep calling hours in the United States, and whether those of states count.
    pub quiet_hours: QuietHours,
    /// When campaigns and senders pause by themselves, as JSON; `None` as usual.
    pub thresholds: Option<String>,
    /// Creation.
    pub created_at: At,
}

impl Workspace {
    /// When campaigns and senders pause by themselves.
    pub fn thresholds(&self) -> Thresholds {
        self.thresholds.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The channels on which campaigns write only to those who agreed.
    pub fn consent_channels(&self) -> Vec<domain::Channel> {
        serde_json::from_str(&self.consent_channels).unwrap_or_default()
    }

    /// Days on which campaigns rest.
    pub fn holidays(&self) -> Vec<domain::schedule::Holiday> {
        serde_json::from_str(&self.holidays).unwrap_or_default()
    }
}

const COLUMNS: &str =
    "id, name, time_zone, default_country, send_mode, stopped_at, stop_reason, restored_at, visibility, consent_channels,
    holidays, undo_seconds, quiet_hours, thresholds, created_at";

/// Creates a tenant.
pub async fn create(
    tx: &Tx,
    id: &WorkspaceId,
    name: &str,
    time_zone: &str,
    default_country: &str,
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into workspaces (id, name, time_zone, default_country, created_at) values ($1, $2, $3, $4, $5)",
        binds![id, name, time_zone, default_country, now],
    )
    .await?;
    Ok(())
}

/// The sealed app at Google that the workspace asks for consent with.
pub async fn google_app(db: &Db, scope: &Scope) -> Result<Option<String>> {
    #[derive(FromQueryResult)]
    struct App {
        google_app: Option<String>,
    }
    let sql = "select google_app from workspaces where id = $1";
    let found: Option<App> = row(&db.reader(scope), sql, binds![scope.ws()]).await?;
    Ok(found.and_then(|found| found.google_app))
}

/// Puts another sealed app in its place, or none.
pub async fn set_google_app(tx: &Tx, scope: &Scope, sealed: Option<&str>) -> Result<()> {
    let sql = "update workspaces set google_app = $2 where id = $1";
    run(tx, sql, binds![scope.ws(), sealed.map(str::to_owned)]).await?;
    Ok(())
}

/// The scope's workspace.
pub async fn get(db: &Db, scope: &Scope) -> Result<Workspace> {
    row(&db.reader(scope), &format!("select {COLUMNS} from workspaces where id = $1"), binds![scope.ws()])
        .await?
        .ok_or(Error::NotFound("workspace"))
}

/// Lets changes to the workspace's team happen one after the other, until the transaction ends.
pub(crate) async fn lock_for_team(tx: &Tx, scope: &Scope) -> Result<()> {
    let lock = match sea_orm::ConnectionTrait::get_database_backend(tx) {
        // There is one writer.
        DbBackend::Sqlite => "",
        _ => " for no key update",
    };
    let sql = format!("select id as value from workspaces where id = $1{lock}");
    let found: Option<String> = scalar(tx, &sql, binds![scope.ws()]).await?;
    found.map(drop).ok_or(Error::NotFound("workspace"))
}

/// Every tenant, for the product's own loops.
pub async fn all(db: &Db) -> Result<Vec<Workspace>> {
    rows(&db.read, &format!("select {COLUMNS} from workspaces order by id"), vec![]).await
}

/// Changes name, zone, country or who sees what.
pub async fn update(
    tx: &Tx,
    scope: &Scope,
    name: &str,
    time_zone: &str,
    default_country: &str,
    visibility: &str,
) -> Result<()> {
    run(
        tx,
        "update workspaces set name = $2, time_zone = $3, default_country = $4, visibility = $5 where id = $1",
        binds![scope.ws(), name, time_zone, default_country, visibility],
    )
    .await?;
    Ok(())
}

/// Sets for how long an answer can be taken back.
pub async fn set_undo(tx: &Tx, scope: &Scope, seconds: i64) -> Result<()> {
    run(tx, "update workspaces set undo_seconds = $2 where id = $1", binds![scope.ws(), seconds]).await?;
    Ok(())
}

/// When campaigns and senders pause by themselves, inside a transaction.
pub(crate) async fn thresholds(tx: &Tx, scope: &Scope) -> Result<Thresholds> {
    #[derive(FromQueryResult)]
    struct Kept {
        thresholds: Option<String>,
    }
    let sql = "select thresholds from workspaces where id = $1";
    let kept: Option<Kept> = row(tx, sql, binds![scope.ws()]).await?;
    let text = kept.and_then(|kept| kept.thresholds);
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Sets when texts keep calling hours. What waits for another hour is looked at again.
pub async fn set_quiet_hours(tx: &Tx, scope: &Scope, quiet: QuietHours, now: i64) -> Result<()> {
    let sql = "update workspaces set quiet_hours = $2, guard_version = guard_version + 1 where id = $1";
    run(tx, sql, binds![scope.ws(), quiet]).await?;
    let sql = "update messages set not_before = $2 where workspace_id = $1 and status = 'queued' and channel in ('sms', 'voicemail')
           and not_before > $2 and campaign_id is not null and error_class is null and late_since is null";
    run(tx, sql, binds![scope.ws(), now]).await?;
    Ok(())
}

/// Sets when campaigns and senders pause by themselves, from the next message on that goes wrong.
pub async fn set_thresholds(tx: &Tx, scope: &Scope, thresholds: &Thresholds) -> Result<()> {
    let sql = "update workspaces set thresholds = $2 where id = $1";
    run(tx, sql, binds![scope.ws(), serde_json::to_string(thresholds)?]).await?;
    Ok(())
}

/// Sets the channels on which campaigns write only to those who agreed. Who waited for a consent that is asked for no
/// more goes on.
pub async fn set_consent_channels(
    tx: &Tx,
    scope: &Scope,
    channels: &[domain::Channel],
    now: i64,
) -> Result<()> {
    run(
        tx,
        "update workspaces set consent_channels = $2, guard_version = guard_version + 1 where id = $1",
        binds![scope.ws(), serde_json::to_string(channels)?],
    )
    .await?;
    run(
        tx,
        "update enrollments set status = 'active', due_at = $2, reason = null, detail = null
         where workspace_id = $1 and status = 'paused' and reason = 'no_consent'",
        binds![scope.ws(), now],
    )
    .await?;
    Ok(())
}

/// Sets the days on which campaigns rest. What waits for another hour is looked at again.
pub async fn set_holidays(
    tx: &Tx,
    scope: &Scope,
    holidays: &[domain::schedule::Holiday],
    now: i64,
) -> Result<()> {
    run(
        tx,
        "update workspaces set holidays = $2, guard_version = guard_version + 1 where id = $1",
        binds![scope.ws(), serde_json::to_string(holidays)?],
    )
    .await?;
    run(
        tx,
        "update messages set not_before = $2 where workspace_id = $1 and status = 'queued' and campaign_id is not null
           and not_before > $2 and error_class is null and late_since is null",
        binds![scope.ws(), now],
    )
    .await?;
    Ok(())
}

/// Switches between `sandbox` and `live`.
pub async fn set_send_mode(tx: &Tx, scope: &Scope, mode: &str) -> Result<()> {
    run(
        tx,
        "update workspaces set send_mode = $2, guard_version = guard_version + 1 where id = $1",
        binds![scope.ws(), mode],
    )
    .await?;
    Ok(())
}

/// Stops all sending of the workspace; claims that started earlier end first.
pub async fn stop(tx: &Tx, scope: &Scope, reason: &str, now: i64) -> Result<()> {
    run(
        tx,
        "update workspaces set stopped_at = $2, stop_reason = $3, guard_version = guard_version + 1 where id = $1",
        binds![scope.ws(), now, reason],
    )
    .await?;
    Ok(())
}

/// Lets sending go on. What waited because of the stop is not late because of it.
pub async fn resume(tx: &Tx, scope: &Scope, now: i64) -> Result<()> {
    run(
        tx,
        "update messages set due_at = $2 where workspace_id = $1 and status = 'queued' and due_at < $2",
        binds![scope.ws(), now],
    )
    .await?;
    run(
        tx,
        "update workspaces set stopped_at = null, stop_reason = null, guard_version = guard_version + 1 where id = $1",
        binds![scope.ws()],
    )
    .await?;
    Ok(())
}

/// Whether sending is stopped, read fresh: asked once more right before bytes leave.
pub async fn is_stopped(db: &Db, id: &WorkspaceId) -> Result<bool> {
    let stopped: Option<i64> = scalar(
        &db.read,
        "select count(*) as value from workspaces where id = $1 and stopped_at is not null",
        binds![id],
    )
    .await?;
    Ok(stopped != Some(0))
}

/// Called in every transaction that changes what the send guards look at. It takes the workspace's row,
/// which each claim holds shared: so a claim either ended before this commit or sees it.
pub(crate) async fn guards_changed(tx: &Tx, scope: &Scope) -> Result<()> {
    run(tx, "update workspaces set guard_version = guard_version + 1 where id = $1", binds![scope.ws()])
        .await?;
    Ok(())
}

/// The claim's half of [`guards_changed`].
pub(crate) async fn hold_guards(tx: &Tx, id: &WorkspaceId) -> Result<Option<Workspace>> {
    let lock = match sea_orm::ConnectionTrait::get_database_backend(tx) {
        DbBackend::Postgres => " for share",
        _ => "",
    };
    row(tx, &format!("select {COLUMNS} from workspaces where id = $1{lock}"), binds![id]).await
}

/// A value of the installation, such as the hash of the setup token.
pub async fn instance_value(db: &Db, name: &str) -> Result<Option<String>> {
    scalar(&db.read, "select value from instance where name = $1", binds![name]).await
}

/// Removes a value of the installation; `false` when somebody else was first.
pub async fn take_instance_value(tx: &Tx, name: &str) -> Result<bool> {
    Ok(run(tx, "delete from instance where name = $1", binds![name]).await? == 1)
}

/// Sets a value of the installation; `None` removes it.
pub async fn set_instance_value(tx: &Tx, name: &str, value: Option<&str>) -> Result<()> {
    match value {
        Some(value) => {
            run(
                tx,
                "insert into instance (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
                binds![name, value],
            )
            .await?
        }
        None => run(tx, "delete from instance where name = $1", binds![name]).await?,
    };
    Ok(())
}
