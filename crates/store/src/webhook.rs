//! Programs of others that are told what happens, and the telling: deliveries are written in the transaction of the
//! fact that causes them ([`crate::delivery`] is their queue).

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, items, row, rows, run, text_list},
};
use domain::ids::{DeliveryId, WebhookId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// An endpoint.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Webhook {
    /// Id.
    pub id: WebhookId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Where it listens.
    pub url: String,
    /// What it is, in its owner's words.
    pub description: String,
    /// What it is told, a JSON list.
    pub kinds: String,
    /// Whether it is told what messages say.
    pub include_content: i64,
    /// What deliveries are signed with, sealed.
    pub secret: String,
    /// The secret before that, sealed.
    pub old_secret: Option<String>,
    /// So long the old one signs as well; real time.
    pub old_secret_until: Option<At>,
    /// `active` or `off`.
    pub status: String,
    /// Why it was switched off, if not by a member.
    pub problem: Option<String>,
    /// Since when nothing has worked.
    pub failing_since: Option<At>,
    /// The last delivery that worked.
    pub succeeded_at: Option<At>,
    /// The last that did not.
    pub failed_at: Option<At>,
    /// Creation.
    pub created_at: At,
}

const COLUMNS: &str =
    "id, workspace_id, url, description, kinds, include_content, secret, old_secret, old_secret_until,
    status, problem, failing_since, succeeded_at, failed_at, created_at";

/// All of a workspace, oldest first.
pub async fn all(db: &Db, scope: &Scope) -> Result<Vec<Webhook>> {
    let sql = format!("select {COLUMNS} from webhooks where workspace_id = $1 order by id");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// One.
pub async fn get(db: &Db, scope: &Scope, id: &WebhookId) -> Result<Webhook> {
    row(
        &db.reader(scope),
        &format!("select {COLUMNS} from webhooks where workspace_id = $1 and id = $2"),
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("webhook"))
}

/// Adds one.
pub async fn create(tx: &Tx, scope: &Scope, w: &Webhook) -> Result<()> {
    run(
        tx,
        "insert into webhooks (id, workspace_id, url, description, kinds, include_content, secret, status, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        binds![
            &w.id,
            scope.ws(),
            w.url.as_str(),
            w.description.as_str(),
            w.kinds.as_str(),
            w.include_content,
            w.secret.as_str(),
            w.status.as_str(),
            w.created_at
        ],
    )
    .await?;
    Ok(())
}

/// Changes what a member may change. Switched on, it begins with a clean record.
pub async fn update(tx: &Tx, scope: &Scope, w: &Webhook) -> Result<()> {
    let changed = run(
        tx,
        "update webhooks set url = $3, description = $4, kinds = $5, include_content = $6, status = $7,
           problem = case when $7 = 'active' then null else problem end,
           failing_since = case when $7 = 'active' and status <> 'active' then null else failing_since end
         where workspace_id = $1 and id = $2",
        binds![
            scope.ws(),
            &w.id,
            w.url.as_str(),
            w.description.as_str(),
            w.kinds.as_str(),
            w.include_content,
            w.status.as_str()
        ],
    )
    .await?;
    found(changed)
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::NotFound("webhook")) } else { Ok(()) }
}

/// Sets a new secret; the one before it signs as well until `until`.
pub async fn rotate(tx: &Tx, scope: &Scope, id: &WebhookId, secret: &str, until: i64) -> Result<()> {
    let sql = "update webhooks set old_secret = secret, old_secret_until = $4, secret = $3 where workspace_id = $1 and id = $2";
    found(run(tx, sql, binds![scope.ws(), id, secret, until]).await?)
}

/// Takes one away with everything that it was or was to be told.
pub async fn delete(tx: &Tx, scope: &Scope, id: &WebhookId) -> Result<()> {
    let of = || binds![scope.ws(), id];
    let theirs = "select id from deliveries where workspace_id = $1 and webhook_id = $2";
    let sql = format!("delete from delivery_attempts where workspace_id = $1 and delivery_id in ({theirs})");
    run(tx, &sql, of()).await?;
    run(tx, "delete from deliveries where workspace_id = $1 and webhook_id = $2", of()).await?;
    found(run(tx, "delete from webhooks where workspace_id = $1 and id = $2", of()).await?)
}

/// Something that happened, as it is told.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Where.
    pub workspace: WorkspaceId,
    /// One of [`domain::webhook::KINDS`].
    pub kind: &'static str,
    /// Whom it is about.
    pub contact: Option<String>,
    /// The message it is about.
    pub message: Option<String>,
    /// Ids, and few words.
    pub data: Value,
}

#[derive(FromQueryResult)]
struct Ear {
    id: WebhookId,
    workspace_id: WorkspaceId,
    kinds: String,
}

/// The endpoints that listen in some workspaces. Without any, asking is all that a fact costs.
pub(crate) struct Ears(Vec<(Ear, BTreeSet<String>)>);

impl Ears {
    /// Asks once for all workspaces of a transaction.
    pub(crate) async fn of<'a>(
        tx: &Tx,
        workspaces: impl IntoIterator<Item = &'a WorkspaceId>,
    ) -> Result<Self> {
        let workspaces: BTreeSet<&str> = workspaces.into_iter().map(WorkspaceId::as_str).collect();
        let select = "select id, workspace_id, kinds from webhooks where status = 'active' and workspace_id";
        let ears: Vec<Ear> = match workspaces.len() {
            0 => vec![],
            1 => rows(tx, &format!("{select} = $1"), binds![*workspaces.first().unwrap_or(&"")]).await?,
            _ => {
                let list = items(tx.get_database_backend(), 1);
                let sql = format!("{select} in (select item.value->>'v' from {list})");
                rows(tx, &sql, binds![text_list(workspaces)]).await?
            }
        };
        let with_kinds =
            |ear: Ear| Ok((serde_json::from_str(&ear.kinds)?, ear)).map(|(kinds, ear)| (ear, kinds));
        Ok(Self(ears.into_iter().map(with_kinds).collect::<Result<_>>()?))
    }

    /// Whether anybody wants to hear of a kind.
    pub(crate) fn want(&self, kind: &str) -> bool {
        self.0.iter().any(|(_, kinds)| kinds.contains(kind))
    }

    /// Whether nobody listens at all.
    pub(crate) fn none(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes a delivery for everybody who wants to hear of a fact.
    pub(crate) async fn tell(&self, tx: &Tx, facts: &[Fact], now: i64) -> Result<()> {
        let mut list: Vec<Value> = Vec::new();
        for fact in facts {
            let listening = self
                .0
                .iter()
                .filter(|(ear, kinds)| ear.workspace_id == fact.workspace && kinds.contains(fact.kind));
            list.extend(listening.map(|(ear, _)| line(&ear.id, fact)));
        }
        write(tx, list, now).await
    }
}

fn line(webhook: &WebhookId, fact: &Fact) -> Value {
    json!({
        "id": crate::new_id(DeliveryId::from_uuid), "workspace_id": fact.workspace, "webhook_id": webhook, "kind": fact.kind,
        "contact_id": fact.contact, "message_id": fact.message, "data": fact.data.to_string(),
    })
}

async fn write(tx: &Tx, list: Vec<Value>, now: i64) -> Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let columns = ["id", "workspace_id", "webhook_id", "kind", "contact_id", "message_id", "data"];
    let values: Vec<String> = columns.iter().map(|c| format!("item.value->>'{c}'")).collect();
    let sql = format!(
        "insert into deliveries ({}, due_at, created_at) select {}, $2, $2 from {}",
        columns.join(", "),
        values.join(", "),
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![Value::Array(list).to_string(), now]).await?;
    Ok(())
}

/// Tells one endpoint something, whatever it asked for.
pub async fn tell_one(tx: &Tx, webhook: &WebhookId, fact: &Fact, now: i64) -> Result<DeliveryId> {
    let line = line(webhook, fact);
    let id = serde_json::from_value(line["id"].clone())?;
    write(tx, vec![line], now).await?;
    Ok(id)
}

/// Tells named endpoints, whatever they asked for; of what is told to one that is off, or gone, nothing is kept.
pub async fn tell_named(tx: &Tx, told: &[(WebhookId, Fact)], now: i64) -> Result<()> {
    let ears = Ears::of(tx, told.iter().map(|(_, fact)| &fact.workspace)).await?;
    let is_on = |id: &WebhookId, fact: &Fact| {
        ears.0.iter().any(|(ear, _)| ear.id == *id && ear.workspace_id == fact.workspace)
    };
    let heard = told.iter().filter(|(id, fact)| is_on(id, fact));
    write(tx, heard.map(|(id, fact)| line(id, fact)).collect(), now).await
}

/// Tells the endpoints of one workspace one thing.
pub(crate) async fn tell(
    tx: &Tx,
    scope: &Scope,
    kind: &'static str,
    contact: Option<String>,
    data: Value,
    now: i64,
) -> Result<()> {
    let ears = Ears::of(tx, [&scope.workspace]).await?;
    if !ears.want(kind) {
        return Ok(());
    }
    let fact = Fact { workspace: scope.workspace.clone(), kind, contact, message: None, data };
    ears.tell(tx, &[fact], now).await
}

/// An enrollment that is over.
#[derive(Debug, Clone, FromQueryResult, Serialize)]
pub(crate) struct Over {
    #[serde(rename = "enrollment_id")]
    id: String,
    #[serde(skip)]
    workspace_id: WorkspaceId,
    campaign_id: String,
    contact_id: String,
    status: String,
    reason: Option<String>,
}

impl Over {
    pub(crate) fn ended(&self) -> Result<crate::enrollment::Ended> {
        let unreadable = |_| Error::Conflict("an enrollment with an id that is none".into());
        Ok(crate::enrollment::Ended {
            id: self.id.parse().map_err(unreadable)?,
            campaign_id: self.campaign_id.parse().map_err(unreadable)?,
        })
    }
}

/// Whether there is no endpoint at all, in whatever workspace.
pub(crate) async fn nobody_listens(tx: &Tx) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from webhooks where status = 'active' limit 1";
    Ok(crate::sql::scalar::<i64>(tx, sql, vec![]).await?.is_none())
}

/// What a statement on enrollments returns for [`tell_over`].
pub(crate) const OVER: &str = "enrollments.id, enrollments.workspace_id, enrollments.campaign_id,
    enrollments.contact_id, enrollments.status, enrollments.reason";

/// Tells that enrollments are over.
pub(crate) async fn tell_over(tx: &Tx, over: &[Over], now: i64) -> Result<()> {
    if over.is_empty() {
        return Ok(());
    }
    let ears = Ears::of(tx, over.iter().map(|o| &o.workspace_id)).await?;
    if ears.none() {
        return Ok(());
    }
    let fact = |o: &Over| {
        Ok(Fact {
            workspace: o.workspace_id.clone(),
            kind: if o.status == "completed" { "enrollment.completed" } else { "enrollment.exited" },
            contact: Some(o.contact_id.clone()),
            message: None,
            data: serde_json::to_value(o)?,
        })
    };
    let facts = over.iter().map(fact).collect::<Result<Vec<_>>>()?;
    ears.tell(tx, &facts, now).await
}
