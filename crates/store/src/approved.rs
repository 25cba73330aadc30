//! Texts that a platform approves before they may be sent, as the accounts of our senders have them there. A sender
//! whose account was never read has none that we know of: nothing is said against what it sends then.

use crate::{
    Db, Result, Scope, Tx,
    outbox::Candidate,
    sql::{At, binds, int, items, row, rows, run, scalar},
};
use domain::{
    approved::{self, Known, Layout, Standing},
    ids::{SenderId, WorkspaceId},
    message::ApprovedTemplate,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value, json};

/// A sender's account at the platform.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Account {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Which sender's.
    pub sender_id: SenderId,
    /// Its id at the platform; empty where nobody has entered it.
    pub account: String,
    /// When its templates were read last.
    pub synced_at: Option<At>,
    /// Why they could not be read.
    pub problem: Option<String>,
}

const ACCOUNT: &str = "workspace_id, sender_id, account, synced_at, problem";

/// A template.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Template {
    /// The account that has it.
    pub account: String,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What it is for, in the platform's word.
    pub category: String,
    /// Where it stands.
    pub standing: Standing,
    /// Why, in the platform's words.
    pub reason: Option<String>,
    /// How people like it, in the platform's word.
    pub quality: Option<String>,
    /// What it consists of, as JSON of [`Layout`].
    pub layout: String,
    /// When it was last another one, or stood elsewhere.
    pub changed_at: At,
}

const TEMPLATE: &str = "account, name, language, category, standing, reason, quality, layout, changed_at";

impl Template {
    /// What it consists of.
    pub fn layout(&self) -> Layout {
        serde_json::from_str(&self.layout).unwrap_or_default()
    }

    /// As the rules see it.
    pub fn known(&self) -> Known {
        Known {
            name: self.name.clone(),
            language: self.language.clone(),
            standing: self.standing,
            reason: self.reason.clone(),
            layout: self.layout(),
        }
    }
}

/// The accounts of all senders of a workspace in this mode.
pub async fn accounts(db: &Db, scope: &Scope, mode: &str) -> Result<Vec<Account>> {
    let sql = format!(
        "select {ACCOUNT} from template_accounts where workspace_id = $1 and mode = $2 order by sender_id"
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), mode]).await
}

/// All templates of a workspace's accounts in this mode, by name.
pub async fn list(db: &Db, scope: &Scope, mode: &str) -> Result<Vec<Template>> {
    let sql = format!(
        "select {TEMPLATE} from approved_templates where workspace_id = $1 and account in (select a.account
           from template_accounts a where a.workspace_id = $1 and a.mode = $2) order by name, language, account"
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), mode]).await
}

/// The templates that a sender may name; `None` where its account was never read.
async fn of_sender(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    sender: &SenderId,
    mode: &str,
) -> Result<Option<Vec<Template>>> {
    let account: Option<String> = scalar(
        conn,
        "select account as value from template_accounts
         where workspace_id = $1 and sender_id = $2 and mode = $3 and synced_at is not null",
        binds![scope.ws(), sender, mode],
    )
    .await?;
    let Some(account) = account else { return Ok(None) };
    let sql = format!(
        "select {TEMPLATE} from approved_templates where workspace_id = $1 and account = $2 order by name, language"
    );
    rows(conn, &sql, binds![scope.ws(), account]).await.map(Some)
}

/// The same as the rules see them, outside a transaction.
pub async fn known(db: &Db, scope: &Scope, sender: &SenderId, mode: &str) -> Result<Option<Vec<Known>>> {
    let all = of_sender(&db.reader(scope), scope, sender, mode).await?;
    Ok(all.map(|all| all.iter().map(Template::known).collect()))
}

/// Says of each message that is a template why it may not be sent at the moment, and gives those that may be the places
/// of their values.
pub(crate) async fn mind(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    sender: &SenderId,
    mode: &str,
    candidates: &mut [Candidate],
) -> Result<()> {
    if candidates.iter().all(|candidate| candidate.approved.is_none()) {
        return Ok(());
    }
    let Some(all) = of_sender(conn, scope, sender, mode).await? else { return Ok(()) };
    let all: Vec<Known> = all.iter().map(Template::known).collect();
    for candidate in candidates {
        let named: Option<ApprovedTemplate> =
            candidate.approved.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let Some(mut named) = named else { continue };
        let layout = approved::find(&all, &named).map(|found| &found.layout);
        candidate.template_problem = approved::refusal(&all, &named)
            .or_else(|| layout.and_then(|layout| approved::wrong_values(layout, &named.values)));
        if let Some(layout) = layout {
            named.places = layout.places.clone();
            candidate.approved = Some(json!(named).to_string());
        }
    }
    Ok(())
}

/// The same for who asks why they have not left.
pub async fn mind_these(
    db: &Db,
    scope: &Scope,
    sender: &SenderId,
    mode: &str,
    candidates: &mut [Candidate],
) -> Result<()> {
    mind(&db.reader(scope), scope, sender, mode, candidates).await
}

/// A sender belongs to this account; another one than before, or a new one, is read at once.
pub async fn belongs(tx: &Tx, scope: &Scope, sender: &SenderId, mode: &str, account: &str) -> Result<()> {
    let sql = "insert into template_accounts (workspace_id, sender_id, mode, account) values ($1, $2, $3, $4)
       on conflict (workspace_id, sender_id, mode) do update set account = excluded.account, due_at = 0, synced_at = null,
         problem = null where template_accounts.account <> excluded.account";
    run(tx, sql, binds![scope.ws(), sender, mode, account]).await?;
    Ok(())
}

/// Whatever belongs to this account is read at once.
pub async fn stale(tx: &Tx, scope: &Scope, account: &str) -> Result<bool> {
    let sql = "update template_accounts set due_at = 0 where workspace_id = $1 and account = $2";
    Ok(run(tx, sql, binds![scope.ws(), account]).await? > 0)
}

/// The sender of whichever workspace whose account this is: a webhook names the account.
pub async fn senders_of(db: &Db, account: &str) -> Result<Vec<SenderId>> {
    #[derive(FromQueryResult)]
    struct Id {
        sender_id: SenderId,
    }
    let sql = "select sender_id from template_accounts where account = $1 order by sender_id limit 50";
    let found: Vec<Id> = rows(&db.read, sql, binds![account]).await?;
    Ok(found.into_iter().map(|id| id.sender_id).collect())
}

/// A sender whose templates are to be read.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Due {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Which sender.
    pub sender_id: SenderId,
}

/// Active senders on WhatsApp whose templates are due, or that were never asked which account they belong to in the
/// mode that their workspace is in.
pub async fn due(db: &Db, now: i64) -> Result<Vec<Due>> {
    let sql =
        "select s.workspace_id, s.id as sender_id from senders s join workspaces w on w.id = s.workspace_id
       left join template_accounts a on a.workspace_id = s.workspace_id and a.sender_id = s.id
         and a.mode = case when w.send_mode = 'live' then 'live' else 'sandbox' end
       where s.provider = 'whatsapp' and s.status = 'active' and (a.sender_id is null or a.due_at <= $1)
       order by s.id limit 20";
    rows(&db.read, sql, binds![now]).await
}

/// Takes the reading of an account until `until`, so that no other node does the same; false where one has it.
pub async fn take(
    db: &Db,
    scope: &Scope,
    sender: &SenderId,
    mode: &str,
    (now, until): (i64, i64),
) -> Result<bool> {
    let sql = "update template_accounts set due_at = $5
       where workspace_id = $1 and sender_id = $2 and mode = $3 and due_at <= $4";
    Ok(run(&db.write, sql, binds![scope.ws(), sender, mode, now, until]).await? > 0)
}

/// What the platform has of an account, in place of what we knew. Messages that waited for one of its templates are
/// looked at again.
pub async fn replace(tx: &Tx, scope: &Scope, account: &str, all: &[Template], now: i64) -> Result<()> {
    let list: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({
                "name": one.name, "language": one.language, "category": one.category, "standing": one.standing,
                "reason": one.reason, "quality": one.quality, "layout": one.layout, "at": now,
            })
        })
        .collect();
    let list = Value::Array(list).to_string();
    let from = items(tx.get_database_backend(), 3);
    let sql = format!(
        "insert into approved_templates (workspace_id, account, name, language, category, standing, reason, quality, layout, changed_at)
         select $1, $2, item.value->>'name', item.value->>'language', item.value->>'category', item.value->>'standing',
           item.value->>'reason', item.value->>'quality', item.value->>'layout', {} from {from} where true
         on conflict (workspace_id, account, name, language) do update set category = excluded.category,
           standing = excluded.standing, reason = excluded.reason, quality = excluded.quality, layout = excluded.layout,
           changed_at = case when approved_templates.standing <> excluded.standing
             or approved_templates.layout <> excluded.layout then excluded.changed_at else approved_templates.changed_at end",
        int("at")
    );
    run(tx, &sql, binds![scope.ws(), account, list.as_str()]).await?;
    let sql = format!(
        "delete from approved_templates where workspace_id = $1 and account = $2 and not exists (select 1 from {from}
           where item.value->>'name' = approved_templates.name and item.value->>'language' = approved_templates.language)"
    );
    run(tx, &sql, binds![scope.ws(), account, list.as_str()]).await?;
    look_again(tx, scope, account, now).await
}

/// News about one template. Returns whether we know it.
pub async fn stands(
    tx: &Tx,
    scope: &Scope,
    (account, name, language): (&str, &str, &str),
    (standing, reason): (Standing, Option<&str>),
    now: i64,
) -> Result<bool> {
    let sql = "update approved_templates set standing = $5, reason = $6, changed_at = $7
       where workspace_id = $1 and account = $2 and name = $3 and language = $4";
    let changed =
        run(tx, sql, binds![scope.ws(), account, name, language, standing, reason.map(str::to_owned), now]);
    let changed = changed.await? > 0;
    look_again(tx, scope, account, now).await?;
    Ok(changed)
}

/// Messages that wait a quarter of an hour for their template are looked at now.
async fn look_again(tx: &Tx, scope: &Scope, account: &str, now: i64) -> Result<()> {
    let sql = "update messages set not_before = $3 where workspace_id = $1 and status = 'queued' and approved is not null
         and late_since is null and due_at <= $3 and not_before > $3 and not_before <= $4
         and sender_id in (select a.sender_id from template_accounts a where a.workspace_id = $1 and a.account = $2)";
    let soon = now.saturating_add(domain::guard::TEMPLATE_AGAIN_MS);
    run(tx, sql, binds![scope.ws(), account, now, soon]).await?;
    Ok(())
}

/// How the reading of a sender's account went.
pub async fn synced(
    tx: &Tx,
    scope: &Scope,
    sender: &SenderId,
    mode: &str,
    (problem, next): (Option<&str>, i64),
    now: i64,
) -> Result<()> {
    let sql = "update template_accounts set problem = $4, due_at = $5,
         synced_at = case when $4 is null then $6 else synced_at end
       where workspace_id = $1 and sender_id = $2 and mode = $3";
    run(tx, sql, binds![scope.ws(), sender, mode, problem.map(str::to_owned), next, now]).await?;
    Ok(())
}

/// The account of one sender in this mode.
pub async fn account(db: &Db, scope: &Scope, sender: &SenderId, mode: &str) -> Result<Option<Account>> {
    let sql = format!(
        "select {ACCOUNT} from template_accounts where workspace_id = $1 and sender_id = $2 and mode = $3"
    );
    row(&db.reader(scope), &sql, binds![scope.ws(), sender, mode]).await
}
