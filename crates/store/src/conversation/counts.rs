//! How many conversations the parts of the inbox hold, without looking at any of them.
//!
//! Triggers write down what moves a conversation from one part to another, in the transaction that moves it; a loop sums
//! that up. So the numbers are always those of the moment, and cost what there are members, not conversations.

use crate::{
    Db, Result, Scope,
    scope::is_theirs,
    sql::{binds, int, items, row, rows, run, skip_locked},
};
use sea_orm::FromQueryResult;
use serde::Serialize;
use std::collections::BTreeMap;

/// Most changes that are summed up in one transaction.
const SLICE: i64 = 5_000;

/// How many conversations each part of the inbox holds.
#[derive(Debug, Clone, Copy, Default, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Counts {
    /// Open.
    pub open: i64,
    /// Unread.
    pub unread: i64,
    /// Mine to answer.
    pub mine: i64,
    /// Nobody's to answer.
    pub unassigned: i64,
    /// With an answer that is late.
    pub late: i64,
    /// Put away until a moment.
    pub snoozed: i64,
    /// With a mention of me that I have not seen.
    pub mentions: i64,
    /// Done.
    pub done: i64,
    /// From strangers.
    pub unmatched: i64,
    /// Waiting for a decision.
    pub uncertain: i64,
    /// With people who are blocked.
    pub blocked: i64,
}

/// The counts of the inbox's parts. `<> 'sending'` lets SQLite see that the partial index of states serves. `|| ''` lets no
/// index have the conversations in order: SQLite would else look at every message of the workspace, so as to count those
/// that differ without remembering them.
pub async fn counts(db: &Db, scope: &Scope) -> Result<Counts> {
    let sum = |which: &str| format!("cast(coalesce(sum(case when {which} then n else 0 end), 0) as bigint)");
    let sql = format!(
        "select {} as open, {} as unread, {} as mine, {} as unassigned, {} as late, {} as done, {} as unmatched,
           (select count(*) from conversations z where z.workspace_id = $1 and z.status = 'snoozed' and z.blocked_at is null
              and (cast($2 as text) is null or z.owner_id = $2)) as snoozed,
           (select count(*) from conversations z where z.workspace_id = $1 and z.blocked_at is not null and z.merged_into_id is null
              and (cast($2 as text) is null or z.owner_id = $2)) as blocked,
           (select count(distinct t.conversation_id) from mentions t where t.workspace_id = $1 and t.member_id = $3 and t.seen_at is null
              and exists (select 1 from conversations v where v.id = t.conversation_id and v.blocked_at is null
                            and (cast($2 as text) is null or v.owner_id = $2))) as mentions,
           (select count(distinct m.conversation_id || '') from messages m
            where m.workspace_id = $1 and m.status = 'uncertain' and m.status <> 'sending'
              and exists (select 1 from conversations v where v.id = m.conversation_id and v.blocked_at is null
                            and (cast($2 as text) is null or v.owner_id = $2))) as uncertain
         from (select owner_id, assignee_id, status, is_unread, is_late, is_unmatched, n from inbox_counts where workspace_id = $1
               union all
               select owner_id, assignee_id, status, is_unread, is_late, is_unmatched, n from inbox_changes where workspace_id = $1) as sums
         where {}",
        sum("status = 'open'"),
        sum("status = 'open' and is_unread = 1"),
        sum("status = 'open' and $3 <> '' and case when assignee_id = '' then owner_id else assignee_id end = $3"),
        sum("status = 'open' and assignee_id = '' and owner_id = ''"),
        sum("status = 'open' and is_late = 1"),
        sum("status = 'done'"),
        sum("status = 'open' and is_unmatched = 1"),
        is_theirs("owner_id", 2)
    );
    let me = scope.member.as_ref().map_or_else(String::new, ToString::to_string);
    let found: Option<Counts> = row(&db.reader(scope), &sql, binds![scope.ws(), scope.whose(), me]).await?;
    Ok(found.unwrap_or_default())
}

/// What was written down, as it is summed up.
#[derive(FromQueryResult)]
struct Change {
    id: i64,
    workspace_id: String,
    owner_id: String,
    assignee_id: String,
    status: String,
    is_unread: i64,
    is_late: i64,
    is_unmatched: i64,
    n: i64,
}

/// Sums up what changed lately, of all workspaces. Another node does the same with other lines. `true` when there may be
/// more.
pub async fn sum_up(db: &Db) -> Result<bool> {
    let waiting = "select id as value from inbox_changes limit 1";
    if crate::sql::scalar::<i64>(&db.read, waiting, vec![]).await?.is_none() {
        return Ok(false);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "select c.id, c.workspace_id, c.owner_id, c.assignee_id, c.status, c.is_unread, c.is_late, c.is_unmatched, c.n
         from inbox_changes c order by c.id limit $1{}",
        skip_locked(db.backend(), "c")
    );
    let changes: Vec<Change> = rows(&tx, &sql, binds![SLICE]).await?;
    // In the order of the key: two nodes must not wait for one another in a ring.
    let mut sums = BTreeMap::new();
    for c in &changes {
        let key = (
            c.workspace_id.as_str(),
            c.owner_id.as_str(),
            c.assignee_id.as_str(),
            c.status.as_str(),
            [c.is_unread, c.is_late, c.is_unmatched],
        );
        *sums.entry(key).or_insert(0i64) += c.n;
    }
    sums.retain(|_, n| *n != 0);
    let list = sums.iter().map(|((workspace, owner, assignee, status, [unread, late, unmatched]), n)| {
        serde_json::json!({
            "workspace": workspace, "owner": owner, "assignee": assignee, "status": status,
            "unread": unread, "late": late, "unmatched": unmatched, "n": n,
        })
    });
    let list = serde_json::Value::Array(list.collect()).to_string();
    let sql = format!(
        "insert into inbox_counts (workspace_id, owner_id, assignee_id, status, is_unread, is_late, is_unmatched, n)
         select item.value->>'workspace', item.value->>'owner', item.value->>'assignee', item.value->>'status', {}, {}, {}, {}
         from {} where true
         on conflict (workspace_id, owner_id, assignee_id, status, is_unread, is_late, is_unmatched)
         do update set n = inbox_counts.n + excluded.n",
        int("unread"),
        int("late"),
        int("unmatched"),
        int("n"),
        items(db.backend(), 1)
    );
    run(&tx, &sql, binds![list]).await?;
    let ids = serde_json::Value::Array(changes.iter().map(|c| c.id.into()).collect()).to_string();
    let ids_of = match db.backend() {
        sea_orm::DbBackend::Sqlite => "(select value from json_each($1))",
        _ => "(select cast(v as bigint) from jsonb_array_elements_text(cast($1 as jsonb)) as t(v))",
    };
    run(&tx, &format!("delete from inbox_changes where id in {ids_of}"), binds![ids]).await?;
    tx.commit().await?;
    Ok(changes.len() as i64 == SLICE)
}
