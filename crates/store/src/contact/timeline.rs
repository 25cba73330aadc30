//! What happened with a contact.

use crate::{
    Db, Page, Result, Scope,
    sql::{At, binds, clamp, cursor, rows, split_cursor},
};
use domain::ids::ContactId;
use sea_orm::FromQueryResult;
use serde::Serialize;

/// Lines of a contact's history, newest first.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct TimelineEntry {
    /// Id of the event.
    pub id: String,
    /// When.
    pub at: At,
    /// What: the event kind.
    pub kind: String,
    /// In words: subject or first line of the message.
    pub text: Option<String>,
    /// Channel of the message.
    pub channel: Option<String>,
    /// Which way.
    pub direction: Option<String>,
    /// State of the message now.
    pub state: Option<String>,
    /// Conversation to open.
    pub conversation_id: Option<String>,
    /// Campaign it belongs to.
    pub campaign_id: Option<String>,
}

/// What happened with a contact, newest first.
pub async fn timeline(
    db: &Db,
    scope: &Scope,
    id: &ContactId,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<TimelineEntry>> {
    let (limit, (at, event)) = (clamp(limit), split_cursor(after)?);
    let sql = format!(
        "select v.id, v.at, v.kind, coalesce(m.subject, substr(m.body, 1, 120), v.data) as text, m.channel, m.direction,
           m.status as state, m.conversation_id, v.campaign_id
         from (select * from events where workspace_id = $1 and contact_id = $2 and (at, id) < ($3, $4) and {}
               order by at desc, id desc limit $5) v
           left join messages m on m.id = v.message_id
         order by v.at desc, v.id desc",
        crate::event::told_once()
    );
    let found: Vec<TimelineEntry> =
        rows(&db.reader(scope), &sql, binds![scope.ws(), id, at, event, limit + 1]).await?;
    Ok(Page::cut(found, limit, |e| cursor(e.at.0, &e.id)))
}
