//! Two contacts that are one person: one stays, the other is folded into it, and for a while that can be undone.
//!
//! A merge is one transaction that takes its locks in the order in which work on a person takes them (guards,
//! enrollments, contacts, threads). What moves as a whole is marked with the merge; a merge of a merge puts its mark
//! before the others, so that undoing the last one uncovers the one before.

mod duplicates;
mod fields;
mod image;
mod record;
mod undo;

pub use duplicates::{Group, Reason, duplicates};
pub(crate) use record::forget;
pub use record::{Merge, follow, get, page, purge, survivor};
pub use undo::undo;

use crate::{
    Result, Scope, Tx, company,
    error::Error,
    event::{self, NewEvent},
    search::{self, Kind},
    sql::{binds, rows, run, scalar},
    webhook::{self, OVER},
    workspace,
};
use domain::{
    ids::{ContactId, MergeId},
    merge::{Standing, is_further},
};
use fields::{fill, filled, keep_own};
use image::{Image, Kept, Row, number, text};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, JsonValue};

/// ` for update` where there are other writers.
fn locked(tx: &Tx) -> &'static str {
    if tx.get_database_backend() == DbBackend::Sqlite { "" } else { " for update" }
}

async fn whole(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Row>> {
    let found: Vec<JsonValue> = rows(tx, sql, values).await?;
    Ok(found
        .into_iter()
        .filter_map(|row| if let JsonValue::Object(row) = row { Some(row) } else { None })
        .collect())
}

/// Folds `other` into `survivor`. [`Error::NotFound`] if one of them is gone, also when somebody else has just merged
/// them; [`Error::Conflict`] while a message to the other is being sent.
pub async fn merge(
    tx: &Tx,
    scope: &Scope,
    id: &MergeId,
    survivor: &ContactId,
    other: &ContactId,
    now: i64,
) -> Result<()> {
    let of = || binds![scope.ws(), survivor, other];
    let lock = locked(tx);
    // The survivor may get the company of the other.
    company::settled(tx, scope).await?;
    workspace::guards_changed(tx, scope).await?;
    let sql = format!(
        "select id from enrollments where workspace_id = $1 and contact_id in ($2, $3) order by id{lock}"
    );
    whole(tx, &sql, of()).await?;
    let sql = format!("select * from contacts where workspace_id = $1 and id in ($2, $3) order by id{lock}");
    let both = whole(tx, &sql, of()).await?;
    let find = |id: &ContactId| {
        let is_theirs = |row: &&Row| scope.may_see(text(row, "owner_id"));
        let found = both.iter().find(|row| text(row, "id") == Some(id.as_str())).filter(is_theirs);
        found.cloned().ok_or(Error::NotFound("contact"))
    };
    let (stays, goes) = (find(survivor)?, find(other)?);
    let sql = "select count(*) as value from messages where workspace_id = $1 and contact_id = $2 and status = 'sending'";
    if scalar::<i64>(tx, sql, binds![scope.ws(), other]).await?.unwrap_or(0) > 0 {
        let text = "a message to this person is being sent right now. Try again in a minute";
        return Err(Error::Conflict(text.into()));
    }
    let ended = end_collisions(tx, scope, survivor, other, now).await?;
    move_marked(tx, scope, id, survivor, other).await?;
    let custom = move_custom(tx, scope, survivor, other).await?;
    let sets = move_sets(tx, scope, survivor, other).await?;
    // The survivor is scored anew by what it is now; so is the other, should it come back.
    crate::icp::forget(tx, scope, other).await?;
    let filled = filled(&stays, &goes);
    let phone = filled.iter().find(|f| f.column == "phone").and_then(|f| f.value.as_deref());
    let addresses = move_addresses(tx, scope, survivor, other, phone.or(text(&stays, "phone"))).await?;
    run(tx, "delete from contacts where workspace_id = $1 and id = $2", binds![scope.ws(), other]).await?;
    fill(tx, scope, survivor, &filled, now).await?;
    let blocks = keep_blocked(tx, scope, survivor, &stays, &goes).await?;
    own_threads(tx, scope, survivor).await?;
    let made = keep_own(tx, scope, survivor, &stays, &goes, now).await?;
    let name = |row: &Row| {
        let names: Vec<&str> = ["first_name", "last_name"].iter().filter_map(|c| text(row, c)).collect();
        let named = (!names.is_empty()).then(|| names.join(" "));
        named.or_else(|| text(row, "email").or(text(row, "phone")).map(str::to_owned))
    };
    let told = name(&goes);
    let image = Image {
        updated_at: number(&stays, "updated_at"),
        merged_at: now,
        other: goes,
        filled,
        addresses,
        made,
        custom,
        sets,
        ended,
        blocks,
    };
    run(
        tx,
        "insert into merges (id, workspace_id, survivor_id, other_id, image, member_id, at) values ($1, $2, $3, $4, $5, $6, $7)",
        binds![id, scope.ws(), survivor, other, serde_json::to_string(&image)?, scope.member.clone(), now],
    )
    .await?;
    let fact = NewEvent {
        kind: "merged",
        contact_id: Some(survivor.to_string()),
        data: told,
        ..NewEvent::default()
    };
    event::write(tx, scope, &[fact], now).await?;
    search::write(tx, scope, Kind::Contact, [survivor.as_str(), other.as_str()]).await?;
    // Steps that waited for what the other knew go on.
    let sql = "update enrollments set status = 'active', due_at = $3, reason = null, detail = null
         where workspace_id = $1 and contact_id = $2 and status = 'paused' and reason in ('missing_value', 'no_address', 'no_consent')";
    run(tx, sql, binds![scope.ws(), survivor, now]).await?;
    let data = serde_json::json!({ "contact_id": survivor, "merged_id": other, "merge_id": id });
    webhook::tell(tx, scope, "contact.merged", Some(survivor.to_string()), data, now).await
}

/// Where both are in one campaign, one run of it goes on. Returns the rows of the others, which are gone: what they had
/// queued is cancelled, and what is in doubt can never be queued again, since the claim asks for the enrollment.
async fn end_collisions(
    tx: &Tx,
    scope: &Scope,
    survivor: &ContactId,
    other: &ContactId,
    now: i64,
) -> Result<Vec<Row>> {
    let run_of = |contact: &'static str| {
        format!(
            "select e.* from enrollments e where e.workspace_id = $1 and e.contact_id = {contact} and exists
               (select 1 from enrollments x where x.campaign_id = e.campaign_id and x.contact_id in ($2, $3) and x.id <> e.id)
             order by e.campaign_id"
        )
    };
    let of = || binds![scope.ws(), survivor, other];
    let mine = whole(tx, &run_of("$2"), of()).await?;
    let theirs = whole(tx, &run_of("$3"), of()).await?;
    let mut ended = Vec::new();
    for (mine, theirs) in mine.into_iter().zip(theirs) {
        let goes =
            if is_further(standing(tx, &theirs).await?, standing(tx, &mine).await?) { mine } else { theirs };
        let id = text(&goes, "id").unwrap_or_default().to_owned();
        run(
            tx,
            "update messages set status = 'cancelled', error_code = 'merged', error_text = 'Somebody else in the campaign turned out to be the same person'
             where enrollment_id = $1 and status in ('queued', 'draft', 'approved')",
            binds![id.as_str()],
        )
        .await?;
        let sql = format!(
            "update enrollments set status = 'exited', reason = 'removed', due_at = null, completed_at = $2
             where id = $1 and status in ('active', 'waiting', 'paused') returning {OVER}"
        );
        let over: Vec<webhook::Over> = rows(tx, &sql, binds![id.as_str(), now]).await?;
        webhook::tell_over(tx, &over, now).await?;
        run(tx, "delete from enrollments where id = $1", binds![id.as_str()]).await?;
        ended.push(goes);
    }
    Ok(ended)
}

async fn standing(tx: &Tx, enrollment: &Row) -> Result<Standing> {
    let id = text(enrollment, "id").unwrap_or_default();
    let sql = "select count(*) as value from messages where enrollment_id = $1 and direction = 'out'
                 and (sent_at is not null or status in ('sending', 'uncertain'))";
    let left: i64 = scalar(tx, sql, binds![id]).await?.unwrap_or(0);
    let status = text(enrollment, "status").unwrap_or_default();
    Ok(Standing::new(status, text(enrollment, "reason"), left, number(enrollment, "visit")))
}

/// Moves what carries the mark of the merge.
async fn move_marked(
    tx: &Tx,
    scope: &Scope,
    id: &MergeId,
    survivor: &ContactId,
    other: &ContactId,
) -> Result<()> {
    let mark = "contact_id = $2, merged_from = $4 || coalesce(' ' || merged_from, '')";
    let of = || binds![scope.ws(), survivor, other, id];
    // There is no index of messages by contact: they lie in their threads, are written by their enrollments, have events,
    // or wait to be sent to one of their addresses.
    let messages = format!(
        "update messages set {mark} where workspace_id = $1 and contact_id = $3 and (
           conversation_id in (select v.id from conversations v where v.workspace_id = $1 and v.contact_id = $3)
           or enrollment_id in (select e.id from enrollments e where e.workspace_id = $1 and e.contact_id = $3)
           or id in (select x.message_id from events x where x.workspace_id = $1 and x.contact_id = $3 and x.message_id is not null)
           or status in ('queued', 'draft', 'approved') and to_key in (select c.email_key from contacts c where c.workspace_id = $1 and c.id = $3
               union all select c.phone from contacts c where c.workspace_id = $1 and c.id = $3))"
    );
    run(tx, &messages, of()).await?;
    for table in ["events", "enrollments", "conversations", "consents", "targets", "tasks"] {
        run(tx, &format!("update {table} set {mark} where workspace_id = $1 and contact_id = $3"), of())
            .await?;
    }
    Ok(())
}

/// Who was blocked stays so under the survivor's name. Returns whether the survivor is blocked by it.
async fn keep_blocked(tx: &Tx, scope: &Scope, survivor: &ContactId, stays: &Row, goes: &Row) -> Result<bool> {
    let since = number(goes, "blocked_at");
    if since == 0 || number(stays, "blocked_at") > 0 {
        return Ok(false);
    }
    let sql = "update contacts set blocked_at = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), survivor, since]).await?;
    Ok(true)
}

/// Threads are their contact's owner's, and blocked where the contact is.
async fn own_threads(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<()> {
    let sql = "update conversations set owner_id = (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = $2),
                 blocked_at = (select c.blocked_at from contacts c where c.workspace_id = $1 and c.id = $2)
               where workspace_id = $1 and contact_id = $2";
    run(tx, sql, binds![scope.ws(), contact]).await?;
    Ok(())
}

async fn move_custom(tx: &Tx, scope: &Scope, survivor: &ContactId, other: &ContactId) -> Result<Vec<Kept>> {
    let sql = "select * from custom_values where workspace_id = $1 and contact_id = $2 order by field_id";
    let theirs = whole(tx, sql, binds![scope.ws(), other]).await?;
    let sql = "insert into custom_values (workspace_id, contact_id, field_id, value, value_key, number)
               select workspace_id, $2, field_id, value, value_key, number from custom_values
               where workspace_id = $1 and contact_id = $3
               on conflict do nothing returning field_id as id";
    let moved = ids(tx, sql, binds![scope.ws(), survivor, other]).await?;
    run(
        tx,
        "delete from custom_values where workspace_id = $1 and contact_id = $2",
        binds![scope.ws(), other],
    )
    .await?;
    Ok(kept(theirs, "field_id", &moved))
}

/// Tags and lists are joined; what is in a segment is computed.
async fn move_sets(tx: &Tx, scope: &Scope, survivor: &ContactId, other: &ContactId) -> Result<Vec<Kept>> {
    let sql = "select * from set_members where workspace_id = $1 and contact_id = $2 order by set_id";
    let theirs = whole(tx, sql, binds![scope.ws(), other]).await?;
    let sql = "insert into set_members (workspace_id, set_id, contact_id, at)
               select m.workspace_id, m.set_id, $2, m.at from set_members m join contact_sets s on s.id = m.set_id and s.kind <> 'segment'
               where m.workspace_id = $1 and m.contact_id = $3
               on conflict do nothing returning set_id as id";
    let moved = ids(tx, sql, binds![scope.ws(), survivor, other]).await?;
    run(tx, "delete from set_members where workspace_id = $1 and contact_id = $2", binds![scope.ws(), other])
        .await?;
    Ok(kept(theirs, "set_id", &moved))
}

async fn ids(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: String,
    }
    Ok(rows::<Id>(tx, sql, values).await?.into_iter().map(|found| found.id).collect())
}

fn kept(theirs: Vec<Row>, column: &str, moved: &[String]) -> Vec<Kept> {
    let is_moved = |row: &Row| moved.iter().any(|id| text(row, column) == Some(id.as_str()));
    theirs.into_iter().map(|row| Kept { moved: is_moved(&row), row }).collect()
}

/// Further addresses. A number that is the survivor's own is no further one of theirs.
async fn move_addresses(
    tx: &Tx,
    scope: &Scope,
    survivor: &ContactId,
    other: &ContactId,
    phone: Option<&str>,
) -> Result<Vec<Kept>> {
    let sql = "select * from contact_addresses where workspace_id = $1 and contact_id = $2 order by kind, value_key";
    let theirs = whole(tx, sql, binds![scope.ws(), other]).await?;
    let sql = "delete from contact_addresses where workspace_id = $1 and contact_id = $2 and kind = 'phone' and value_key = $3";
    run(tx, sql, binds![scope.ws(), other, phone.map(str::to_owned)]).await?;
    let sql = "update contact_addresses set contact_id = $2 where workspace_id = $1 and contact_id = $3";
    run(tx, sql, binds![scope.ws(), survivor, other]).await?;
    let is_own = |row: &Row| text(row, "kind") == Some("phone") && text(row, "value_key") == phone;
    Ok(theirs.into_iter().map(|row| Kept { moved: !is_own(&row), row }).collect())
}
