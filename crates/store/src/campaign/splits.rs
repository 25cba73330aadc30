//! Splits of campaigns: who got which variant, how many of them answered, and which one has won.
//!
//! That somebody has a variant is an event of theirs, so it goes where they go and is forgotten with them. The winner is
//! a row of the campaign, written by compare-and-set: however many nodes look at a contest, one of them decides it.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    event::{self, NewEvent},
    sql::{At, binds, items, listed, rows, run, text_list},
};
use domain::{
    contest::Arm,
    ids::{CampaignId, EnrollmentId, MemberId, WorkspaceId},
    inbound::ReplyKind,
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

/// The event by which somebody has a variant by chance.
pub const BY_CHANCE: &str = "variant";
/// The event by which somebody has a variant because it had won.
pub const AS_WINNER: &str = "variant_won";
/// The event by which a variant wins.
pub const DECIDED: &str = "split_decided";

/// A variant that somebody was given.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Given {
    /// Who.
    pub enrollment_id: EnrollmentId,
    /// At which split.
    pub node_key: String,
    /// Which.
    pub variant: String,
}

/// What these were given before, oldest first.
pub async fn given(tx: &Tx, workspace: &WorkspaceId, enrollments: &[&str]) -> Result<Vec<Given>> {
    let sql = format!(
        "select enrollment_id, node_key, data as variant from events
         where workspace_id = $1 and enrollment_id in {} and kind in ('{BY_CHANCE}', '{AS_WINNER}')
           and node_key is not null and data is not null order by at, id",
        listed(tx.get_database_backend(), 2)
    );
    rows(tx, &sql, binds![workspace, text_list(enrollments)]).await
}

/// How a contest stands.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Split {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// Key of the split.
    pub node_key: String,
    /// How often somebody looked.
    pub looks: i64,
    /// When the next look is; `None` where nobody is to look.
    pub look_at: Option<At>,
    /// The variant that has won.
    pub winner: Option<String>,
    /// Since when.
    pub decided_at: Option<At>,
    /// Who said so; `None` where it was the numbers.
    pub decided_by: Option<MemberId>,
    /// JSON of what the numbers were then.
    pub numbers: Option<String>,
    /// 1 where a person took the decision back.
    pub is_held: i64,
}

const SELECT: &str = "select workspace_id, campaign_id, node_key, looks, look_at, winner, decided_at, decided_by, numbers, is_held
  from campaign_splits";

/// Those of these campaigns, as the transaction sees them.
pub async fn of_campaigns(tx: &Tx, workspace: &WorkspaceId, ids: &[&str]) -> Result<Vec<Split>> {
    let sql = format!(
        "{SELECT} where workspace_id = $1 and campaign_id in {}",
        listed(tx.get_database_backend(), 2)
    );
    rows(tx, &sql, binds![workspace, text_list(ids)]).await
}

/// Those of a campaign.
pub async fn all(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<Split>> {
    let sql = format!("{SELECT} where workspace_id = $1 and campaign_id = $2");
    rows(&db.reader(scope), &sql, binds![scope.ws(), id]).await
}

/// Has these splits looked at from now on, where nobody looks yet, nothing has won, and nobody took it back.
pub async fn watch(tx: &Tx, splits: &BTreeSet<(WorkspaceId, CampaignId, String)>, now: i64) -> Result<()> {
    if splits.is_empty() {
        return Ok(());
    }
    // In one order, so that two that write at once never wait for one another.
    let list: Vec<Json> = splits.iter().map(|(w, c, n)| json!({ "w": w, "c": c, "n": n })).collect();
    let sql = format!(
        "insert into campaign_splits (workspace_id, campaign_id, node_key, look_at)
         select item.value->>'w', item.value->>'c', item.value->>'n', $1 from {} where true
         on conflict (campaign_id, node_key) do update set look_at = excluded.look_at
           where campaign_splits.look_at is null and campaign_splits.winner is null and campaign_splits.is_held = 0",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![now, Json::Array(list).to_string()]).await?;
    Ok(())
}

/// The contests of campaigns that run and are to be looked at, in whatever workspace, the longest overdue first.
pub async fn due(db: &Db, now: i64) -> Result<Vec<Split>> {
    let sql = "select s.workspace_id, s.campaign_id, s.node_key, s.looks, s.look_at, s.winner, s.decided_at, s.decided_by,
           s.numbers, s.is_held
         from campaign_splits s join campaigns p on p.id = s.campaign_id
         where s.look_at <= $1 and p.status = 'active' order by s.look_at, s.campaign_id, s.node_key limit 20";
    rows(&db.read, sql, binds![now]).await
}

/// How a variant did.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Tally {
    /// Which.
    pub variant: String,
    /// People whom chance gave it.
    pub people: i64,
    /// Those to whom a message behind the split has left long enough ago.
    pub written: i64,
    /// Those of them who gave an answer that counts after that.
    pub answered: i64,
    /// People who have it because it had won. They are in none of the other numbers: they were not drawn by chance.
    pub as_winner: i64,
}

impl Tally {
    /// What a contest is decided by.
    pub fn arm(&self) -> Arm {
        let number = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Arm { written: number(self.written), answered: number(self.answered) }
    }
}

/// How the variants of a split did, in whatever version of the campaign. Of somebody who was given several, since one
/// was taken out of the split, the last counts. Who was written to after `before` is not counted as written yet.
pub async fn tallies(
    db: &Db,
    scope: &Scope,
    id: &CampaignId,
    node: &str,
    answers: &[ReplyKind],
    before: i64,
) -> Result<Vec<Tally>> {
    let reader = db.reader(scope);
    let counted: Vec<String> = answers.iter().map(|kind| format!("'{kind}'")).collect();
    let sql = format!(
        "select g.variant, sum(g.drawn) as people, sum(case when g.written_at <= $4 then g.drawn else 0 end) as written,
           sum(case when g.drawn = 1 and g.written_at <= $4 and exists (select 1 from events r where r.enrollment_id = g.enrollment_id
                and r.kind = 'replied' and r.workspace_id = $1 and r.at >= g.written_at and r.data in ({counted}))
             then 1 else 0 end) as answered,
           sum(1 - g.drawn) as as_winner
         from (select v.data as variant, v.enrollment_id, case when v.kind = '{BY_CHANCE}' then 1 else 0 end as drawn,
             (select min(s.at) from events s where s.enrollment_id = v.enrollment_id and s.kind = 'sent'
                and s.workspace_id = $1 and s.at >= v.at) as written_at
           from events v
           where v.workspace_id = $1 and v.campaign_id = $2 and v.kind in ('{BY_CHANCE}', '{AS_WINNER}') and v.node_key = $3
             and not exists (select 1 from events l where l.enrollment_id = v.enrollment_id
                and l.kind in ('{BY_CHANCE}', '{AS_WINNER}') and l.workspace_id = $1 and l.node_key = $3
                and (l.at, l.id) > (v.at, v.id))) g
         where g.variant is not null group by g.variant order by g.variant",
        counted = if counted.is_empty() { "''".to_owned() } else { counted.join(", ") },
    );
    rows(&reader, &sql, binds![scope.ws(), id, node, before]).await
}

/// Somebody looked, or it was too early to: when the next look is. With `counts` it was a look.
pub async fn looked(tx: &Tx, split: &Split, counts: bool, next: Option<i64>) -> Result<()> {
    let sql = "update campaign_splits set looks = looks + $5, look_at = $6
         where workspace_id = $1 and campaign_id = $2 and node_key = $3 and looks = $4 and winner is null and is_held = 0";
    let of = binds![
        &split.workspace_id,
        &split.campaign_id,
        split.node_key.as_str(),
        split.looks,
        i64::from(counts),
        next
    ];
    run(tx, sql, of).await?;
    Ok(())
}

/// A winner as it is written down.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// At which split.
    pub node: &'a str,
    /// Which variant.
    pub winner: &'a str,
    /// JSON of the numbers.
    pub numbers: &'a str,
}

/// The numbers decide, if nobody looked, decided or took it back since `split` was read. Whether they did.
pub async fn decide(tx: &Tx, split: &Split, winner: &str, numbers: &str, now: i64) -> Result<bool> {
    let sql = "update campaign_splits set winner = $5, decided_at = $6, decided_by = null, numbers = $7, looks = looks + 1, look_at = null
         where workspace_id = $1 and campaign_id = $2 and node_key = $3 and looks = $4 and winner is null and is_held = 0
           and look_at is not null";
    let of = binds![
        &split.workspace_id,
        &split.campaign_id,
        split.node_key.as_str(),
        split.looks,
        winner,
        now,
        numbers
    ];
    let is_decided = run(tx, sql, of).await? == 1;
    if is_decided {
        let decision = Decision { node: &split.node_key, winner, numbers };
        note(tx, &Scope::system(split.workspace_id.clone()), &split.campaign_id, decision, now).await?;
    }
    Ok(is_decided)
}

/// A person decides, whatever was decided before.
pub async fn decide_by_hand(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    decision: Decision<'_>,
    now: i64,
) -> Result<()> {
    let sql = "insert into campaign_splits (workspace_id, campaign_id, node_key, winner, decided_at, decided_by, numbers)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (campaign_id, node_key) do update set winner = excluded.winner, decided_at = excluded.decided_at,
           decided_by = excluded.decided_by, numbers = excluded.numbers, look_at = null, is_held = 0";
    let by = scope.member.clone();
    let Decision { node, winner, numbers } = decision;
    run(tx, sql, binds![scope.ws(), id, node, winner, now, by, numbers]).await?;
    note(tx, scope, id, decision, now).await
}

/// Takes the decision back, and lets the numbers decide again or not. Looks count on: what was seen was seen.
pub async fn reopen(
    tx: &Tx,
    scope: &Scope,
    id: &CampaignId,
    node: &str,
    lets_numbers: bool,
    now: i64,
) -> Result<()> {
    let sql =
        "update campaign_splits set winner = null, decided_at = null, decided_by = null, numbers = null,
           is_held = $4, look_at = $5 where workspace_id = $1 and campaign_id = $2 and node_key = $3";
    let look_at = lets_numbers.then_some(now);
    match run(tx, sql, binds![scope.ws(), id, node, i64::from(!lets_numbers), look_at]).await? {
        0 => Err(Error::NotFound("decision")),
        _ => Ok(()),
    }
}

/// Writes a decision down as a fact of the campaign.
async fn note(tx: &Tx, scope: &Scope, id: &CampaignId, decision: Decision<'_>, now: i64) -> Result<()> {
    let fact = NewEvent {
        kind: DECIDED,
        campaign_id: Some(id.to_string()),
        node_key: Some(decision.node.to_owned()),
        data: Some(decision.numbers.to_owned()),
        ..NewEvent::default()
    };
    event::write_quietly(tx, scope, &[fact], now).await
}
