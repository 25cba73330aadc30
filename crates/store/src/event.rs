//! Facts about messages and enrollments. Append-only.

use crate::{
    Db, Result, Scope, Tx,
    sql::{At, binds, items, new_id, rows, run, text_list},
    webhook::{Ears, Fact},
};
use domain::{
    condition::Happening,
    ids::{EnrollmentId, EventId},
    inbound::ReplyKind,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use std::collections::BTreeSet;

/// A fact to be written.
#[derive(Debug, Clone, Default, Serialize)]
pub struct NewEvent {
    /// `sent`, `delivered`, `opened`, `clicked`, `replied`, `bounced`, `opted_out`, …
    pub kind: &'static str,
    /// The message it is about.
    pub message_id: Option<String>,
    /// The enrollment it is about.
    pub enrollment_id: Option<String>,
    /// The campaign it counts for.
    pub campaign_id: Option<String>,
    /// The contact it is about.
    pub contact_id: Option<String>,
    /// The node that the message came from.
    pub node_key: Option<String>,
    /// Words, where the kind needs some.
    pub data: Option<String>,
}

/// Writes facts, all at one instant.
pub async fn write(tx: &Tx, scope: &Scope, events: &[NewEvent], now: i64) -> Result<()> {
    write_quietly(tx, scope, events, now).await?;
    let contacts = events.iter().filter_map(|event| event.contact_id.as_deref());
    crate::contact_set::changed(tx, scope, contacts).await?;
    tell(tx, scope, events, now).await
}

/// The same without telling webhooks and segments.
pub(crate) async fn write_quietly(tx: &Tx, scope: &Scope, events: &[NewEvent], now: i64) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let list: Vec<serde_json::Value> = events
        .iter()
        .map(|e| {
            let mut value = serde_json::to_value(e).unwrap_or_default();
            value["id"] = new_id(EventId::from_uuid).as_str().into();
            value
        })
        .collect();
    let field = |name: &str| format!("item.value->>'{name}'");
    let columns =
        ["id", "kind", "message_id", "enrollment_id", "campaign_id", "contact_id", "node_key", "data"];
    let values: Vec<String> = columns.iter().map(|c| field(c)).collect();
    run(
        tx,
        &format!(
            "insert into events (workspace_id, at, {}) select $1, $3, {} from {}",
            columns.join(", "),
            values.join(", "),
            items(tx.get_database_backend(), 2)
        ),
        binds![scope.ws(), serde_json::Value::Array(list).to_string(), now],
    )
    .await?;
    end_waits(tx, scope, events, now).await
}

/// Makes due who waits for one of these events (domain::funnel::Wait). That a message was sent is not waited for:
/// whoever stands behind it has been sent it.
async fn end_waits(tx: &Tx, scope: &Scope, events: &[NewEvent], now: i64) -> Result<()> {
    let awaited = |event: &&NewEvent| {
        Happening::ALL.iter().any(|kind| *kind != Happening::Sent && kind.as_str() == event.kind)
    };
    let list: BTreeSet<(&str, &str)> = events
        .iter()
        .filter(awaited)
        .filter_map(|event| Some((event.enrollment_id.as_deref()?, event.kind)))
        .collect();
    if list.is_empty() {
        return Ok(());
    }
    let list: Vec<serde_json::Value> =
        list.into_iter().map(|(id, kind)| serde_json::json!({ "id": id, "kind": kind })).collect();
    let list = serde_json::Value::Array(list).to_string();
    let backend = tx.get_database_backend();
    if backend != DbBackend::Sqlite {
        // Somebody may be on the way to the wait in a transaction that cannot see the event. Once the row is free, what
        // they wait for can be seen here; and if the row was free, they see the event.
        let sql = format!(
            "select 1 from enrollments where workspace_id = $1 and id in (select item.value->>'id' from {})
             order by id for no key update",
            items(backend, 2)
        );
        run(tx, &sql, binds![scope.ws(), list.as_str()]).await?;
    }
    let sql = format!(
        "update enrollments set due_at = $2 from {} where enrollments.id = item.value->>'id' and enrollments.workspace_id = $1
           and awaits = item.value->>'kind' and status = 'active' and due_at > $2",
        items(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), now, list]).await?;
    Ok(())
}

/// Tells webhooks.
async fn tell(tx: &Tx, scope: &Scope, events: &[NewEvent], now: i64) -> Result<()> {
    let ears = Ears::of(tx, [&scope.workspace]).await?;
    if ears.none() {
        return Ok(());
    }
    let fact = |e: &NewEvent| {
        let mut data = serde_json::to_value(e).ok()?;
        // Its place is the kind of what is told.
        data.as_object_mut()?.remove("kind");
        // What a server said may name the address; an answer's kind is one word.
        let words = data.as_object_mut()?.remove("data")?;
        if e.kind == "received" {
            data["reply"] = words;
        }
        Some(Fact {
            workspace: scope.workspace.clone(),
            kind: domain::webhook::of_event(e.kind)?,
            contact: e.contact_id.clone(),
            message: e.message_id.clone(),
            data,
        })
    };
    let facts: Vec<Fact> = events.iter().filter_map(fact).collect();
    ears.tell(tx, &facts, now).await
}

/// What is known of an enrollment: kinds and the nodes they belong to.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Known {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// The kind of fact.
    pub kind: String,
    /// The node that the message came from.
    pub node_key: Option<String>,
}

/// The facts of a batch of enrollments, for conditions.
pub(crate) async fn of_enrollments(tx: &Tx, ids: impl IntoIterator<Item = &str>) -> Result<Vec<Known>> {
    let sql = format!(
        "select distinct enrollment_id, kind, node_key from events
         where enrollment_id in (select item.value->>'v' from {})",
        items(tx.get_database_backend(), 1)
    );
    rows(tx, &sql, binds![text_list(ids)]).await
}

/// A line of the live feed.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Activity {
    /// Event id.
    pub id: String,
    /// When.
    pub at: At,
    /// What.
    pub kind: String,
    /// Subject or first words.
    pub text: Option<String>,
    /// Channel of the message.
    pub channel: Option<String>,
    /// Who.
    pub contact_id: Option<String>,
    /// Their name.
    pub contact_name: Option<String>,
    /// Conversation to open.
    pub conversation_id: Option<String>,
    /// Campaign it belongs to.
    pub campaign_id: Option<String>,
}

/// A condition that tells what one message caused once, and leaves out what nobody did: the variant of a split that
/// somebody has. A person's answer is written down as `received`,
/// as `replied` and, where it asks for it, as `opted_out`, because each is counted on its own; a reader
/// wants the last of them.
pub(crate) fn told_once() -> String {
    let people: Vec<String> =
        ReplyKind::ALL.iter().filter(|k| k.is_person()).map(|k| format!("'{k}'")).collect();
    format!(
        "kind not in ('variant', 'variant_won') and not (kind = 'received' and coalesce(data, '') in ({})) and not (kind = 'replied' and coalesce(data, '') = '{}')",
        people.join(", "),
        ReplyKind::Unsubscribe
    )
}

/// Whether something of this kind was noted of a message.
pub async fn is_noted(tx: &Tx, scope: &Scope, message: &domain::ids::MessageId, kind: &str) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from messages m join events v
           on v.workspace_id = m.workspace_id and v.contact_id = m.contact_id and v.message_id = m.id
         where m.workspace_id = $1 and m.id = $2 and v.kind = $3 limit 1";
    let found: Option<i64> = crate::sql::scalar(tx, sql, binds![scope.ws(), message, kind]).await?;
    Ok(found.is_some())
}

/// The newest facts of the workspace, each told once.
pub async fn recent(db: &Db, scope: &Scope, limit: i64) -> Result<Vec<Activity>> {
    let sql = format!(
        "select v.id, v.at, v.kind, coalesce(m.subject, substr(m.body, 1, 120), v.data) as text, m.channel, v.contact_id,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone,
             case when m.direction = 'out' then m.to_address else m.from_address end) as contact_name,
           m.conversation_id, v.campaign_id
         from (select * from events where workspace_id = $1 and {} and {} order by at desc, id desc limit $2) v
           left join messages m on m.id = v.message_id
           left join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
         order by v.at desc, v.id desc",
        told_once(),
        crate::stats::concerns(3)
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), limit, scope.whose()]).await
}

/// The newest instant that any fact carries, in whatever workspace: where a clock that ran fast goes on
/// after a restart.
pub async fn latest_at(db: &Db) -> Result<Option<i64>> {
    crate::sql::scalar(&db.read, "select max(at) as value from events", vec![]).await.map(Option::flatten)
}
