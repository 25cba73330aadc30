//! Who of a campaign a person's word "send the next step now" is about: looked at in slices, by contact.

use crate::{
    Db, Result, Scope, Tx,
    scope::is_theirs,
    sql::{binds, listed, rows, run, scalar, text_list},
};
use domain::{
    Channel, EnrollmentStatus,
    ids::{CampaignId, ContactId, EnrollmentId, MessageId, SenderId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Somebody of the campaign, as they stand.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Standing {
    /// The enrollment.
    pub id: EnrollmentId,
    /// Who.
    pub contact_id: ContactId,
    /// Its state.
    pub status: EnrollmentStatus,
    /// Why it is held or over.
    pub reason: Option<String>,
    /// When something happens next.
    pub due_at: Option<i64>,
    /// The node they stand on.
    pub node_key: String,
}

/// A message of theirs that has not left yet.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Waiting {
    /// The message.
    pub id: MessageId,
    /// Whose.
    pub enrollment_id: EnrollmentId,
    /// From which account.
    pub sender_id: SenderId,
    /// On which channel.
    pub channel: Channel,
    /// Where it stands.
    pub status: domain::message::Status,
}

/// Whom it is about.
#[derive(Debug, Clone, Copy)]
pub struct Whom<'a> {
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// Only these; `None` for all who are under way.
    pub named: Option<&'a [ContactId]>,
    /// The contact behind which it goes on.
    pub after: &'a str,
    /// The last contact that it reaches.
    pub upto: &'a str,
}

/// The last contact of a campaign, and how many are under way that this scope sees.
pub async fn extent(db: &Db, scope: &Scope, campaign: &CampaignId) -> Result<(String, i64)> {
    #[derive(FromQueryResult)]
    struct Extent {
        upto: Option<String>,
        people: i64,
    }
    let sql = format!(
        "select max(e.contact_id) as upto, count(*) as people
         from enrollments e join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.status in ('active', 'waiting', 'paused') and {}",
        is_theirs("c.owner_id", 3)
    );
    let found: Option<Extent> =
        crate::sql::row(&db.reader(scope), &sql, binds![scope.ws(), campaign, scope.whose()]).await?;
    Ok(found.map_or_else(Default::default, |extent| (extent.upto.unwrap_or_default(), extent.people)))
}

/// How many of these contacts are in a campaign, in whatever state.
pub async fn among(db: &Db, scope: &Scope, campaign: &CampaignId, named: &[ContactId]) -> Result<i64> {
    let sql = format!(
        "select count(*) as value from enrollments where workspace_id = $1 and campaign_id = $2 and contact_id in {}",
        listed(db.backend(), 3)
    );
    let named = text_list(named.iter().map(ContactId::as_str));
    Ok(scalar(&db.reader(scope), &sql, binds![scope.ws(), campaign, named]).await?.unwrap_or(0))
}

/// The next of them, in the order of contacts.
pub async fn slice(tx: &Tx, scope: &Scope, whom: Whom<'_>, limit: i64) -> Result<Vec<Standing>> {
    let who = match whom.named {
        Some(_) => format!("e.contact_id in {}", listed(tx.get_database_backend(), 7)),
        None => "e.status in ('active', 'waiting', 'paused') and cast($7 as text) = '[]'".to_owned(),
    };
    let sql = format!(
        "select e.id, e.contact_id, e.status, e.reason, e.due_at, e.node_key
         from enrollments e join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
         where e.workspace_id = $1 and e.campaign_id = $2 and e.contact_id > $3 and e.contact_id <= $4 and {}
           and {who}
         order by e.contact_id limit $6",
        is_theirs("c.owner_id", 5)
    );
    let named = text_list(whom.named.unwrap_or_default().iter().map(ContactId::as_str));
    rows(tx, &sql, binds![scope.ws(), whom.campaign, whom.after, whom.upto, scope.whose(), limit, named])
        .await
}

/// What these have that has not left.
pub async fn waiting(tx: &Tx, scope: &Scope, ids: &[&EnrollmentId]) -> Result<Vec<Waiting>> {
    let sql = format!(
        "select m.id, m.enrollment_id, m.sender_id, m.channel, m.status from messages m
         where m.workspace_id = $1 and m.enrollment_id in {} and m.status in ('queued', 'draft', 'approved', 'sending', 'uncertain')",
        listed(tx.get_database_backend(), 2)
    );
    let ids = text_list(ids.iter().map(|id| id.as_str()));
    rows(tx, &sql, binds![scope.ws(), ids]).await
}

/// Lets those try again who are held for want of a value, an address or consent: what was missing may be there now.
pub async fn try_again(tx: &Tx, scope: &Scope, ids: &[&EnrollmentId], now: i64) -> Result<()> {
    let sql = format!(
        "update enrollments set status = 'active', due_at = $2
         where workspace_id = $1 and status = 'paused' and reason in ('missing_value', 'no_address', 'no_consent') and id in {}",
        listed(tx.get_database_backend(), 3)
    );
    let ids = text_list(ids.iter().map(|id| id.as_str()));
    run(tx, &sql, binds![scope.ws(), now, ids]).await?;
    Ok(())
}
