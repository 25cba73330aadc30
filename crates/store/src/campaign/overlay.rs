//! Whom a campaign has at its steps, counted and listed by the same words of SQL: a number is as long as its list.

use crate::{
    Db, Result, Scope,
    sql::{Filter, binds, rows},
};
use domain::{ids::CampaignId, overlay::Overlay};
use sea_orm::FromQueryResult;

/// How many people an overlay has at a step.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult, serde::Serialize, schemars::JsonSchema)]
pub struct AtNode {
    /// Key of the step.
    pub node: String,
    /// How many people.
    pub people: i64,
}

/// The enrollments that an overlay has, each with its step, in the columns `enrollment_id` and `node_key`. `$1` is the
/// workspace; every `?` is the campaign.
fn places(overlay: Overlay) -> String {
    let there = |states: &str| {
        format!(
            "select o.id as enrollment_id, o.node_key from enrollments o
             where o.workspace_id = $1 and o.campaign_id = ? and o.status in ({states})"
        )
    };
    let told = |kinds: &str, more: &str| {
        format!(
            "select v.enrollment_id, v.node_key from events v
             where v.workspace_id = $1 and v.campaign_id = ? and v.kind in ({kinds}) and v.enrollment_id is not null
               and v.node_key is not null{more} group by v.enrollment_id, v.node_key"
        )
    };
    match overlay {
        Overlay::Here => there("'active', 'waiting', 'paused'"),
        Overlay::Sent => told("'sent'", ""),
        Overlay::Opened => told("'opened', 'clicked'", ""),
        Overlay::Replied => told("'replied'", ""),
        Overlay::Trouble => {
            format!("{} union {}", there("'paused', 'failed'"), told("'failed', 'bounced'", ""))
        }
        Overlay::Won => told(
            "'sent'",
            " and exists (select 1 from events y where y.workspace_id = $1 and y.enrollment_id = v.enrollment_id
               and y.kind = 'replied' and y.data = 'positive' and y.at >= v.at)",
        ),
    }
}

/// How many people it has at each step, of those that whoever asks may see.
pub async fn count(db: &Db, scope: &Scope, id: &CampaignId, overlay: Overlay) -> Result<Vec<AtNode>> {
    let mut filter = Filter::of(scope, "e.workspace_id");
    filter.own(scope, "c.owner_id");
    filter.and("e.campaign_id = ?", binds![id]);
    let at = filter.next();
    filter.values.extend(binds![id]);
    let sql = format!(
        "select p.node_key as node, count(*) as people from ({}) p join enrollments e on e.id = p.enrollment_id
           join contacts c on c.workspace_id = e.workspace_id and c.id = e.contact_id
         where {} group by p.node_key order by p.node_key",
        places(overlay).replace('?', &format!("${at}")),
        filter.sql
    );
    rows(&db.reader(scope), &sql, filter.values).await
}

/// Narrows a list of the enrollments `e` of a campaign to those that an overlay has, at one step or at any.
pub(crate) fn narrow(filter: &mut Filter, id: &CampaignId, overlay: Overlay, node: Option<&str>) {
    let places = places(overlay);
    let mut values: Vec<sea_orm::Value> = places.matches('?').map(|_| id.into()).collect();
    let at_node = if node.is_some() { " where p.node_key = ?" } else { "" };
    values.extend(node.map(Into::into));
    filter.and(&format!("e.id in (select p.enrollment_id from ({places}) p{at_node})"), values);
}
