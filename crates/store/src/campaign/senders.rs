//! The senders of a campaign. On each channel they share its people; who is next is `domain::rotation`.

use crate::{
    Db, Result, Scope, Tx,
    sender::{self, Sender},
    sql::{binds, int, items, listed, rows, run, text_list},
};
use domain::{
    Channel,
    ids::{CampaignId, EnrollmentId, SenderId, WorkspaceId},
    rotation,
};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use std::collections::HashMap;

/// A sender of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult, serde::Serialize, schemars::JsonSchema)]
pub struct Seat {
    #[serde(skip)]
    campaign_id: CampaignId,
    /// Which.
    pub sender_id: SenderId,
    /// Its channel.
    pub channel: Channel,
    /// Its share beside those of the others on the channel, 1 to 100.
    pub weight: i64,
    /// How many people it was given.
    pub assigned: i64,
}

const SEATS: &str =
    "select s.campaign_id, s.sender_id, s.channel, s.weight, s.assigned from campaign_senders s";

/// The senders of some campaigns, by campaign, in their order.
pub async fn of_campaigns(
    db: &Db,
    scope: &Scope,
    ids: impl IntoIterator<Item = &str>,
) -> Result<HashMap<CampaignId, Vec<Seat>>> {
    let sql = format!(
        "{SEATS} where s.workspace_id = $1 and s.campaign_id in {} order by s.position, s.sender_id",
        listed(db.backend(), 2)
    );
    let mut all: HashMap<CampaignId, Vec<Seat>> = HashMap::new();
    for seat in rows::<Seat>(&db.reader(scope), &sql, binds![scope.ws(), text_list(ids)]).await? {
        all.entry(seat.campaign_id.clone()).or_default().push(seat);
    }
    Ok(all)
}

/// The senders of a campaign with their accounts.
pub async fn pool(db: &Db, scope: &Scope, id: &CampaignId) -> Result<Vec<(Seat, Sender)>> {
    let seats = of_campaigns(db, scope, [id.as_str()]).await?.remove(id).unwrap_or_default();
    let sql = format!(
        "select {} from senders where workspace_id = $1 and id in
           (select s.sender_id from campaign_senders s where s.workspace_id = $1 and s.campaign_id = $2)",
        sender::COLUMNS
    );
    let accounts: Vec<Sender> = rows(&db.reader(scope), &sql, binds![scope.ws(), id]).await?;
    let mut accounts: HashMap<SenderId, Sender> = accounts.into_iter().map(|s| (s.id.clone(), s)).collect();
    Ok(seats.into_iter().filter_map(|seat| accounts.remove(&seat.sender_id).map(|s| (seat, s))).collect())
}

/// A sender as a person gives it to a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSeat {
    /// Which.
    pub sender_id: SenderId,
    /// Its channel.
    pub channel: Channel,
    /// Its share, 1 to 100.
    pub weight: i64,
}

/// Makes these the senders of a campaign. Who comes to others takes a share of those who come from now on. What waits
/// to leave from one that goes is withdrawn, and written anew from one that stays.
pub async fn set(tx: &Tx, scope: &Scope, id: &CampaignId, seats: &[NewSeat], now: i64) -> Result<()> {
    let backend = tx.get_database_backend();
    crate::workspace::guards_changed(tx, scope).await?;
    let lock = if backend == DbBackend::Sqlite { "" } else { " for update" };
    let sql = format!("{SEATS} where s.workspace_id = $1 and s.campaign_id = $2 order by s.sender_id{lock}");
    let old: Vec<Seat> = rows(tx, &sql, binds![scope.ws(), id]).await?;
    let kept = |seat: &&Seat| seats.iter().any(|new| new.sender_id == seat.sender_id);
    let gone: Vec<&Seat> = old.iter().filter(|seat| !kept(seat)).collect();
    withdraw(tx, scope, id, &gone, now).await?;
    let sql = "delete from campaign_senders where workspace_id = $1 and campaign_id = $2";
    run(tx, sql, binds![scope.ws(), id]).await?;
    for (position, new) in seats.iter().enumerate() {
        let others: Vec<rotation::Seat> = old
            .iter()
            .filter(|seat| seat.channel == new.channel && kept(seat))
            .map(|seat| rotation::Seat { weight: seat.weight, assigned: seat.assigned, is_active: true })
            .collect();
        let before = old.iter().find(|seat| seat.sender_id == new.sender_id);
        // With other shares than before everybody starts from what their new share of the past would have been.
        let assigned = match before {
            Some(seat) if seat.weight == new.weight => seat.assigned,
            _ => rotation::fair_start(new.weight, &others),
        };
        run(
            tx,
            "insert into campaign_senders (workspace_id, campaign_id, sender_id, channel, position, weight, assigned)
             values ($1, $2, $3, $4, $5, $6, $7)",
            binds![scope.ws(), id, &new.sender_id, new.channel, position as i64, new.weight, assigned],
        )
        .await?;
    }
    Ok(())
}

/// Withdraws what waits to leave from senders that no longer serve a campaign; its people are looked at again.
async fn withdraw(tx: &Tx, scope: &Scope, id: &CampaignId, gone: &[&Seat], now: i64) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Whose {
        enrollment_id: EnrollmentId,
    }
    if gone.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let sql = format!(
        "update messages set status = 'cancelled', error_code = 'sender_changed',
           error_text = 'The campaign no longer sends from this account; the message is written anew'
         where workspace_id = $1 and campaign_id = $2 and status in ('queued', 'draft', 'approved') and sender_id in {}
           and enrollment_id in (select e.id from enrollments e where e.campaign_id = $2 and e.status = 'waiting')
         returning enrollment_id",
        listed(backend, 3)
    );
    let gone = text_list(gone.iter().map(|seat| seat.sender_id.as_str()));
    let theirs: Vec<Whose> = rows(tx, &sql, binds![scope.ws(), id, gone]).await?;
    let sql = format!(
        "update enrollments set status = 'active', wrote = 0, due_at = $2
         where workspace_id = $1 and status = 'waiting' and id in {}",
        listed(backend, 3)
    );
    let theirs = text_list(theirs.iter().map(|whose| whose.enrollment_id.as_str()));
    run(tx, &sql, binds![scope.ws(), now, theirs]).await?;
    Ok(())
}

/// How many people of which campaign a sender was given.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Given {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Its sender.
    pub sender_id: SenderId,
    /// How many.
    pub people: i64,
}

/// Counts whom senders were given. The list is in one order for all, so that two that count never wait for one another.
pub async fn count(tx: &Tx, workspace: &WorkspaceId, given: &[Given]) -> Result<()> {
    if given.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update campaign_senders set assigned = campaign_senders.assigned + {} from {}
         where campaign_senders.workspace_id = $2 and campaign_senders.campaign_id = item.value->>'campaign_id'
           and campaign_senders.sender_id = item.value->>'sender_id'",
        int("people"),
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![serde_json::to_string(given)?, workspace]).await?;
    Ok(())
}
