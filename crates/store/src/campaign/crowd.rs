//! What other campaigns do with the same people: who is in another one, and when one last wrote to them.

use crate::{
    Result, Tx,
    sql::{binds, listed, rows, text_list},
};
use domain::ids::{CampaignId, ContactId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::HashMap;

/// What is known of one person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Crowd {
    /// Another campaign that has written to them is not over for them.
    pub is_elsewhere: bool,
    /// When another campaign last wrote to them; `now` where a message of one waits to leave.
    pub written_at: Option<i64>,
}

/// Holds of an enrollment `o` that is under way in a campaign that is.
pub(crate) const UNDER_WAY: &str = "o.status in ('active', 'waiting', 'paused')
    and exists (select 1 from campaigns q where q.id = o.campaign_id and q.status in ('active', 'paused'))";

/// What other campaigns than this one do with these people; who is not named is left alone by all of them. What was
/// written before `since` is not looked at.
pub async fn around(
    tx: &Tx,
    workspace: &WorkspaceId,
    campaign: &CampaignId,
    contacts: &[&str],
    since: i64,
    now: i64,
) -> Result<HashMap<ContactId, Crowd>> {
    #[derive(FromQueryResult)]
    struct Elsewhere {
        contact_id: ContactId,
        waits: i64,
    }
    #[derive(FromQueryResult)]
    struct Last {
        contact_id: ContactId,
        at: i64,
    }
    let backend = tx.get_database_backend();
    let list = text_list(contacts.iter());
    let sql = format!(
        "select o.contact_id, cast(max(case when o.status = 'waiting' then 1 else 0 end) as bigint) as waits from enrollments o
         where o.workspace_id = $1 and o.contact_id in {} and o.campaign_id <> $2 and o.visit > 0 and {UNDER_WAY}
         group by o.contact_id",
        listed(backend, 3)
    );
    let mut crowd: HashMap<ContactId, Crowd> = HashMap::new();
    for found in rows::<Elsewhere>(tx, &sql, binds![workspace, campaign, list.clone()]).await? {
        let of = crowd.entry(found.contact_id).or_default();
        of.is_elsewhere = true;
        of.written_at = (found.waits > 0).then_some(now);
    }
    let sql = format!(
        "select e.contact_id, max(e.at) as at from events e
         where e.workspace_id = $1 and e.contact_id in {} and e.at >= $4 and e.kind = 'sent'
           and e.campaign_id is not null and e.campaign_id <> $2 group by e.contact_id",
        listed(backend, 3)
    );
    for last in rows::<Last>(tx, &sql, binds![workspace, campaign, list, since]).await? {
        let of = crowd.entry(last.contact_id).or_default();
        of.written_at = of.written_at.max(Some(last.at));
    }
    Ok(crowd)
}
