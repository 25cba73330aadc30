//! Contacts that a bulk action deleted are there again, as they were: with what was theirs and is still there, their
//! threads, their campaigns where they stood, and what was queued.
//!
//! Who has an e-mail address that is somebody else's by now is left alone. What moved on without them stays as it is: a
//! thread that was given to another contact, a campaign, tag or field that is gone. Who wrote to us meanwhile comes back
//! with the campaigns ended by that answer.

use super::{
    delete::{Image, Row, TABLES, read, text},
    undo::Kept,
};
use crate::{
    Result, Scope, Tx, company, contact, contact_address, contact_set, enrollment,
    search::{self, Kind},
    sql::{binds, items, listed, rows, run, scalars, text_list},
    webhook::{self, OVER},
};
use domain::{ExitReason, guard::DEFAULT_LATENESS_MS, ids::ContactId, inbound::ReplyKind};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// One that comes back, and when it went.
struct Back {
    id: String,
    image: Image,
    gone_at: i64,
}

/// Brings those of them back whom `theirs` may see and whose address is free. Returns them.
pub(super) async fn bring_back(tx: &Tx, theirs: &Scope, kept: &[Kept], now: i64) -> Result<Vec<String>> {
    let scope = &Scope::system(theirs.workspace.clone());
    let mut all = Vec::with_capacity(kept.len());
    for kept in kept {
        let image = read(kept.before.as_deref())?;
        if theirs.may_see(text(&image.contact, "owner_id")) {
            all.push(Back { id: kept.contact_id.clone(), image, gone_at: kept.written_at });
        }
    }
    let taken = taken(tx, scope, &all).await?;
    all.retain(|back| text(&back.image.contact, "email_key").is_none_or(|key| !taken.contains(key)));
    name_companies(tx, scope, &mut all).await?;
    let contacts: Vec<&Row> = all.iter().map(|back| &back.image.contact).collect();
    restore(tx, "contacts", &contacts).await?;
    // Somebody who came at the same moment may have got the address after all.
    let there = present(tx, scope, "contacts", all.iter().map(|back| back.id.as_str()).collect()).await?;
    all.retain(|back| there.contains(&back.id));
    for (table, named) in TABLES {
        let rows: Vec<&Row> = all.iter().filter_map(|back| back.image.rows.get(table)).flatten().collect();
        restore(tx, table, &still_named(tx, scope, rows, named).await?).await?;
    }
    let merges: Vec<&Row> = all.iter().flat_map(|back| &back.image.merges).collect();
    restore(tx, "merges", &merges).await?;
    threads(tx, scope, &all).await?;
    messages(tx, scope, &all, now).await?;
    go_on(tx, scope, &all, now).await?;
    targets(tx, scope, &all).await?;
    answered(tx, scope, &all, now).await?;
    let ids: Vec<String> = all.into_iter().map(|back| back.id).collect();
    search::write(tx, scope, Kind::Contact, ids.iter().map(String::as_str)).await?;
    contact_set::changed(tx, scope, ids.iter().map(String::as_str)).await?;
    Ok(ids)
}

/// Those of their e-mail addresses that somebody has by now, as their own or as a further one. Nobody else can get one
/// until the end of the transaction.
async fn taken(tx: &Tx, scope: &Scope, all: &[Back]) -> Result<BTreeSet<String>> {
    let keys: BTreeSet<&str> = all.iter().filter_map(|back| text(&back.image.contact, "email_key")).collect();
    for key in &keys {
        contact_address::hold(tx, scope, key).await?;
    }
    let among = listed(tx.get_database_backend(), 2);
    let sql = format!(
        "select email_key as value from contacts where workspace_id = $1 and email_key in {among}
         union select value_key from contact_addresses where workspace_id = $1 and kind = 'email' and value_key in {among}"
    );
    Ok(scalars::<String>(tx, &sql, binds![scope.ws(), text_list(keys)]).await?.into_iter().collect())
}

/// Those of these ids that a table still has.
async fn present(tx: &Tx, scope: &Scope, table: &str, ids: BTreeSet<&str>) -> Result<BTreeSet<String>> {
    // Of a profile that is going, the scores go in slices: none is put behind them.
    let alive = if table == "icp_profiles" { " and t.gone_at is null" } else { "" };
    let sql = format!(
        "select t.id as value from {} as among cross join {table} t where t.id = among.v and t.workspace_id = $1{alive}",
        listed(tx.get_database_backend(), 2)
    );
    Ok(scalars::<String>(tx, &sql, binds![scope.ws(), text_list(ids)]).await?.into_iter().collect())
}

/// Those of the rows of which what they name is still there.
async fn still_named<'a>(
    tx: &Tx,
    scope: &Scope,
    rows: Vec<&'a Row>,
    named: Option<(&str, &str)>,
) -> Result<Vec<&'a Row>> {
    let Some((column, table)) = named.filter(|_| !rows.is_empty()) else { return Ok(rows) };
    let there = present(tx, scope, table, rows.iter().filter_map(|row| text(row, column)).collect()).await?;
    Ok(rows.into_iter().filter(|row| text(row, column).is_some_and(|id| there.contains(id))).collect())
}

/// A company may be called something else by now, or be gone.
async fn name_companies(tx: &Tx, scope: &Scope, all: &mut [Back]) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Company {
        id: String,
        name: String,
    }
    let ids: BTreeSet<&str> = all.iter().filter_map(|back| text(&back.image.contact, "company_id")).collect();
    let sql = format!(
        "select t.id, t.name from {} as among cross join companies t where t.id = among.v and t.workspace_id = $1",
        listed(tx.get_database_backend(), 2)
    );
    let found: Vec<Company> = rows(tx, &sql, binds![scope.ws(), text_list(ids)]).await?;
    let names: BTreeMap<String, String> =
        found.into_iter().map(|company| (company.id, company.name)).collect();
    for back in all {
        let row = &mut back.image.contact;
        let Some(id) = text(row, "company_id") else { continue };
        match names.get(id) {
            Some(name) if text(row, "company").map(company::key) != Some(company::key(name)) => {
                row.insert("company".into(), name.as_str().into());
            }
            Some(_) => {}
            None => {
                row.insert("company".into(), Json::Null);
                row.insert("company_id".into(), Json::Null);
            }
        }
    }
    Ok(())
}

/// Writes rows as they were, except where one with the same key is there.
async fn restore(tx: &Tx, table: &str, all: &[&Row]) -> Result<()> {
    // Rows of different steps of the schema have different columns.
    let mut alike: BTreeMap<Vec<&str>, Vec<&Row>> = BTreeMap::new();
    for row in all {
        alike.entry(row.keys().map(String::as_str).collect()).or_default().push(row);
    }
    for (columns, rows) in alike {
        let names = columns.join(", ");
        let sql = if tx.get_database_backend() == DbBackend::Sqlite {
            let values: Vec<String> =
                columns.iter().map(|column| format!("item.value->>'{column}'")).collect();
            format!("select {} from {} where true", values.join(", "), items(DbBackend::Sqlite, 1))
        } else {
            format!("select {names} from jsonb_populate_recordset(null::{table}, cast($1 as jsonb))")
        };
        let sql = format!("insert into {table} ({names}) {sql} on conflict do nothing");
        run(tx, &sql, binds![serde_json::to_string(&rows)?]).await?;
    }
    Ok(())
}

/// Their threads are theirs again, unless another contact has them; with what came in them meanwhile.
async fn threads(tx: &Tx, scope: &Scope, all: &[Back]) -> Result<()> {
    let list = all.iter().flat_map(|back| {
        back.image.threads.iter().map(|thread| json!({ "w": scope.ws(), "i": thread, "c": back.id }))
    });
    let list = Json::Array(list.collect()).to_string();
    let from = items(tx.get_database_backend(), 1);
    let sql = format!(
        "update conversations as v set contact_id = item.value->>'c' from {from}
         where v.workspace_id = item.value->>'w' and v.id = item.value->>'i' and v.contact_id is null"
    );
    run(tx, &sql, binds![list.as_str()]).await?;
    let sql = format!(
        "update messages as m set contact_id = item.value->>'c' from {from}
         where m.workspace_id = item.value->>'w' and m.conversation_id = item.value->>'i' and m.contact_id is null
           and exists (select 1 from conversations v where v.id = m.conversation_id and v.contact_id = item.value->>'c')"
    );
    run(tx, &sql, binds![list]).await?;
    Ok(())
}

/// Their messages are theirs again, and what was withdrawn stands where it stood. What a person wrote by hand is not sent
/// when it is too late to be meant: of a campaign's messages its own rule of lateness decides that.
async fn messages(tx: &Tx, scope: &Scope, all: &[Back], now: i64) -> Result<()> {
    let runs = all.iter().flat_map(|back| back.image.messages.iter().filter_map(|m| m.enrollment.as_deref()));
    let runs = present(tx, scope, "enrollments", runs.collect()).await?;
    let list = all.iter().flat_map(|back| {
        back.image.messages.iter().map(|message| {
            let run = message.enrollment.as_ref().filter(|id| runs.contains(*id));
            let is_meant = match &message.enrollment {
                Some(_) => run.is_some(),
                None => {
                    now - back.gone_at <= DEFAULT_LATENESS_MS || message.status.as_deref() != Some("queued")
                }
            };
            let status = message.status.as_ref().filter(|_| is_meant);
            json!({ "w": scope.ws(), "i": message.id, "c": back.id, "e": run, "s": status })
        })
    });
    let list = Json::Array(list.collect()).to_string();
    let was = "m.status = 'cancelled' and m.error_text = $2 and item.value->>'s' is not null";
    let sql = format!(
        "update messages as m set contact_id = item.value->>'c', enrollment_id = item.value->>'e',
           error_text = case when {was} then null else m.error_text end,
           status = case when {was} then item.value->>'s' else m.status end
         from {}
         where m.workspace_id = item.value->>'w' and m.id = item.value->>'i'
           and (m.contact_id is null or m.contact_id = item.value->>'c')
           and exists (select 1 from conversations v where v.id = m.conversation_id
                         and (v.contact_id is null or v.contact_id = item.value->>'c'))",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![list, contact::DELETED]).await?;
    Ok(())
}

/// What was on its way when they went has left or failed without anybody to tell: their campaigns go on, or end, as they
/// would have.
async fn go_on(tx: &Tx, scope: &Scope, all: &[Back], now: i64) -> Result<()> {
    let them = listed(tx.get_database_backend(), 2);
    let ids = text_list(all.iter().map(|back| back.id.as_str()));
    let last =
        "(select m.status from messages m where m.enrollment_id = enrollments.id order by m.id desc limit 1)";
    let waits = format!("workspace_id = $1 and contact_id in {them} and status = 'waiting' and {last}");
    let sql = format!(
        "update enrollments set status = 'active', due_at = $3 where {waits} in ('sent', 'delivered', 'read')"
    );
    run(tx, &sql, binds![scope.ws(), ids.as_str(), now]).await?;
    let sql = format!(
        "update enrollments set status = 'failed', reason = 'send_failed', due_at = null, completed_at = $3
         where {waits} = 'failed' returning {OVER}"
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![scope.ws(), ids, now]).await?;
    webhook::tell_over(tx, &over, now).await
}

/// Targets that had become them have again, unless somebody has done something with them since.
async fn targets(tx: &Tx, scope: &Scope, all: &[Back]) -> Result<()> {
    let list = all.iter().flat_map(|back| {
        let of =
            |(id, state): &(String, String)| json!({ "w": scope.ws(), "i": id, "s": state, "c": back.id });
        back.image.targets.iter().map(of)
    });
    let list: Vec<Json> = list.collect();
    if list.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update targets as t set contact_id = item.value->>'c', state = item.value->>'s' from {}
         where t.workspace_id = item.value->>'w' and t.id = item.value->>'i' and t.contact_id is null and t.state = 'dropped'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![Json::Array(list).to_string()]).await?;
    Ok(())
}

/// Who wrote to us while they were gone has answered: their campaigns end, as they would have.
async fn answered(tx: &Tx, scope: &Scope, all: &[Back], now: i64) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Answer {
        contact_id: ContactId,
        kind: Option<ReplyKind>,
        created_at: i64,
    }
    let first = all.iter().map(|back| back.gone_at).min().unwrap_or(now);
    let sql = format!(
        "select v.contact_id, m.kind, m.created_at from conversations v
           join messages m on m.workspace_id = $1 and m.conversation_id = v.id and m.created_at >= $3 and m.direction = 'in'
         where v.workspace_id = $1 and v.contact_id in {} order by m.created_at desc, m.id desc",
        listed(tx.get_database_backend(), 2)
    );
    let ids = text_list(all.iter().map(|back| back.id.as_str()));
    let answers: Vec<Answer> = rows(tx, &sql, binds![scope.ws(), ids, first]).await?;
    let gone: BTreeMap<&str, i64> = all.iter().map(|back| (back.id.as_str(), back.gone_at)).collect();
    let mut done = BTreeSet::new();
    for answer in answers {
        let since = gone.get(answer.contact_id.as_str()).is_some_and(|at| answer.created_at >= *at);
        if since && answer.kind.is_some_and(ReplyKind::is_person) && done.insert(answer.contact_id.clone()) {
            enrollment::end_for_contact(tx, scope, &answer.contact_id, ExitReason::Replied, now).await?;
        }
    }
    Ok(())
}
