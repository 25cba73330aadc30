//! What a member is told of: that they are mentioned or asked to answer, that one of their people wrote, that something
//! waits for their yes. What happens again before they looked is one line that says how often.

use crate::{
    Db, Page, Result, Scope, Tx,
    sql::{
        At, Filter, binds, clamp, cursor, is_one_of, listed, row, rows, run, scalar, split_cursor, text_list,
    },
};
use domain::ids::{ConversationId, MemberId, NotificationId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};

/// What somebody can be told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A note mentions them.
    Mention,
    /// They were asked to answer.
    Assigned,
    /// Somebody wrote whom they are to answer.
    Reply,
    /// Messages to their people wait for a yes.
    Approval,
    /// Somebody whom they are to answer has waited longer than the workspace wants.
    Late,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Mention, Kind::Assigned, Kind::Reply, Kind::Approval, Kind::Late];

    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Mention => "mention",
            Kind::Assigned => "assigned",
            Kind::Reply => "reply",
            Kind::Approval => "approval",
            Kind::Late => "late",
        }
    }
}

/// One line of what somebody was told.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Notification {
    /// Id.
    pub id: NotificationId,
    /// `mention`, `assigned`, `reply`, `approval` or `late`.
    pub kind: String,
    /// The conversation it is about; null for the send queue.
    pub conversation_id: Option<ConversationId>,
    /// With whom that is.
    pub contact_name: Option<String>,
    /// What was said there last.
    pub snippet: Option<String>,
    /// The colleague who caused it.
    pub actor_name: Option<String>,
    /// How often it happened before it was seen.
    pub times: i64,
    /// When, the last time.
    pub at: At,
    /// When it was seen.
    pub seen_at: Option<At>,
}

/// `insert … select member from …`, for members who are not the actor and want to hear of it: in the app, and by each
/// of the ways that they chose.
async fn tell(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    from: &str,
    (conversation, actor, now): (&str, Option<&MemberId>, i64),
    more: Vec<sea_orm::Value>,
) -> Result<()> {
    // Many members are told at once: the last letters of the id count them.
    let sql = format!(
        "insert into notifications (id, workspace_id, member_id, kind, conversation_id, actor_id, times, at)
         select $2 || substr(cast(10000 + row_number() over (order by t.member_id) as text), 2), $1, t.member_id, $3, $4, $5, t.times, $6 from ({from}) t
         where t.member_id is not null and t.member_id <> coalesce($5, '')
           and not exists (select 1 from notification_choices c where c.workspace_id = $1 and c.member_id = t.member_id
                             and c.muted like '%\"{}\"%')
         on conflict (workspace_id, member_id, kind, conversation_id) where seen_at is null
         do update set times = notifications.times + excluded.times, at = excluded.at, actor_id = excluded.actor_id",
        kind.as_str()
    );
    let id = crate::new_id(NotificationId::from_uuid);
    let id = id.as_str().get(..id.as_str().len() - 4).unwrap_or_default().to_owned();
    let mut values = binds![scope.ws(), id, kind.as_str(), conversation, actor.map(ToString::to_string), now];
    values.extend(more.clone());
    run(tx, &sql, values).await?;
    crate::notice::write(tx, scope, kind, from, (conversation, actor, now), more).await
}

/// A note mentions members.
pub(crate) async fn mentioned(
    tx: &Tx,
    scope: &Scope,
    conversation: &ConversationId,
    members: &[MemberId],
    now: i64,
) -> Result<()> {
    let from = format!(
        "select m.id as member_id, 1 as times from members m where m.workspace_id = $1 and m.id in {}",
        listed(tx.get_database_backend(), 7)
    );
    let list = text_list(members.iter().map(MemberId::as_str));
    let about = (conversation.as_str(), scope.member.as_ref(), now);
    tell(tx, scope, Kind::Mention, &from, about, binds![list]).await
}

/// A member was asked to answer.
pub(crate) async fn assigned(
    tx: &Tx,
    scope: &Scope,
    conversation: &ConversationId,
    member: &MemberId,
    now: i64,
) -> Result<()> {
    let from = "select m.id as member_id, 1 as times from members m where m.workspace_id = $1 and m.id = $7";
    let about = (conversation.as_str(), scope.member.as_ref(), now);
    tell(tx, scope, Kind::Assigned, from, about, binds![member]).await
}

/// Somebody wrote: whoever is to answer is told.
pub async fn answered(tx: &Tx, scope: &Scope, conversation: &ConversationId, now: i64) -> Result<()> {
    let from = "select coalesce(v.assignee_id, v.owner_id) as member_id, 1 as times from conversations v
                where v.workspace_id = $1 and v.id = $7 and v.blocked_at is null";
    let about = (conversation.as_str(), None, now);
    tell(tx, scope, Kind::Reply, from, about, binds![conversation]).await
}

/// An answer is late: whoever is to give it is told.
pub(crate) async fn late(tx: &Tx, scope: &Scope, conversation: &ConversationId, now: i64) -> Result<()> {
    let from = "select coalesce(v.assignee_id, v.owner_id) as member_id, 1 as times from conversations v
                where v.workspace_id = $1 and v.id = $7 and v.blocked_at is null";
    tell(tx, scope, Kind::Late, from, (conversation.as_str(), None, now), binds![conversation]).await
}

/// Messages wait for a yes: whoever owns their people is told, once for all of them.
pub(crate) async fn drafted(tx: &Tx, scope: &Scope, messages: &str, now: i64) -> Result<()> {
    let from = format!(
        "select v.owner_id as member_id, count(*) as times from messages d join conversations v on v.id = d.conversation_id
         where d.workspace_id || '' = $1 and v.workspace_id || '' = $1 and d.id {} group by v.owner_id",
        is_one_of(tx.get_database_backend(), 7)
    );
    tell(tx, scope, Kind::Approval, &from, ("", scope.member.as_ref(), now), binds![messages]).await
}

fn me(scope: &Scope) -> String {
    scope.member.as_ref().map_or_else(String::new, ToString::to_string)
}

/// What the scope's member was told, newest first. What they may not see any more is left out.
pub async fn page(
    db: &Db,
    scope: &Scope,
    unseen: bool,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Notification>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = Filter::of(scope, "n.workspace_id");
    filter.and("n.member_id = ?", binds![me(scope)]);
    filter.and("(n.at, n.id) < (?, ?)", binds![at, id]);
    if unseen {
        filter.and("n.seen_at is null", vec![]);
    }
    // Of who is blocked nobody hears, until they are not.
    filter.and("v.blocked_at is null", vec![]);
    if let Some(me) = scope.only() {
        filter.and("(n.conversation_id = '' or v.owner_id = ?)", binds![me]);
    }
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!(
        "select n.id, n.kind, nullif(n.conversation_id, '') as conversation_id, v.last_snippet as snippet, u.name as actor_name,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), v.their_name, v.address) as contact_name,
           n.times, n.at, n.seen_at
         from notifications n
           left join conversations v on v.workspace_id = n.workspace_id and v.id = n.conversation_id
           left join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
           left join members a on a.id = n.actor_id left join users u on u.id = a.user_id
         where {} order by n.at desc, n.id desc limit ${n}",
        filter.sql
    );
    let found: Vec<Notification> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |n| cursor(n.at.0, n.id.as_str())))
}

/// How many lines the scope's member has not seen.
pub async fn unseen(db: &Db, scope: &Scope) -> Result<i64> {
    let sql = "select count(*) as value from notifications n where n.workspace_id = $1 and n.member_id = $2 and n.seen_at is null
                 and not exists (select 1 from conversations b where b.workspace_id = $1 and b.id = n.conversation_id
                                   and b.blocked_at is not null)
                 and (cast($3 as text) is null or n.conversation_id = ''
                      or exists (select 1 from conversations v where v.workspace_id = $1 and v.id = n.conversation_id and v.owner_id = $3))";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), me(scope), scope.whose()]).await?.unwrap_or(0))
}

/// The scope's member has seen these; all of them where none is named. Returns how many are seen now.
pub async fn see(tx: &Tx, scope: &Scope, ids: Option<&[NotificationId]>, now: i64) -> Result<u64> {
    let mut sql = "update notifications set seen_at = $3 where workspace_id = $1 and member_id = $2 and seen_at is null".to_owned();
    let mut values = binds![scope.ws(), me(scope), now];
    if let Some(ids) = ids {
        sql += &format!(" and id in {}", listed(tx.get_database_backend(), 4));
        values.push(text_list(ids.iter().map(NotificationId::as_str)).into());
    }
    let seen = run(tx, &sql, values).await?;
    crate::notice::drop_seen(tx, scope, &me(scope), now).await?;
    Ok(seen)
}

/// The scope's member has opened a conversation.
pub async fn see_in(tx: &Tx, scope: &Scope, conversation: &ConversationId, now: i64) -> Result<()> {
    let sql = "update notifications set seen_at = $4
               where workspace_id = $1 and member_id = $2 and conversation_id = $3 and seen_at is null";
    run(tx, sql, binds![scope.ws(), me(scope), conversation, now]).await?;
    crate::notice::drop_in(tx, scope, &me(scope), conversation).await
}

/// Removes what was seen before an instant, in every workspace. Returns how much.
pub async fn forget_seen(db: &Db, before: i64) -> Result<u64> {
    run(&db.write, "delete from notifications where seen_at < $1", binds![before]).await
}

/// What a member wants to hear of, how, and when not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// What is not listed in the app.
    pub muted: Vec<Kind>,
    /// What does not come by push.
    pub push_muted: Vec<Kind>,
    /// What comes by e-mail.
    pub mailed: Vec<Kind>,
    /// From and until when it is quiet, in minutes of the day; null: never.
    pub quiet: Option<(i64, i64)>,
    /// The weekdays on which the quiet hours begin (Monday is 1); null: all.
    pub quiet_days: Option<Vec<u8>>,
    /// On whose clock; null: the workspace's.
    pub time_zone: Option<String>,
}

/// What the scope's member chose.
pub async fn choices(db: &Db, scope: &Scope) -> Result<Choices> {
    #[derive(FromQueryResult)]
    struct Row {
        muted: String,
        push_muted: String,
        mailed: String,
        quiet_from: Option<i64>,
        quiet_until: Option<i64>,
        quiet_days: Option<String>,
        time_zone: Option<String>,
    }
    let sql = "select muted, push_muted, mailed, quiet_from, quiet_until, quiet_days, time_zone from notification_choices
               where workspace_id = $1 and member_id = $2";
    let found: Option<Row> = row(&db.reader(scope), sql, binds![scope.ws(), me(scope)]).await?;
    let Some(found) = found else { return Ok(Choices::default()) };
    Ok(Choices {
        muted: serde_json::from_str(&found.muted)?,
        push_muted: serde_json::from_str(&found.push_muted)?,
        mailed: serde_json::from_str(&found.mailed)?,
        quiet: found.quiet_from.zip(found.quiet_until),
        quiet_days: found.quiet_days.map(|days| serde_json::from_str(&days)).transpose()?,
        time_zone: found.time_zone,
    })
}

/// Keeps what the scope's member chose. What waits to be said in a way that is not chosen any more is dropped.
pub async fn choose(tx: &Tx, scope: &Scope, choices: &Choices) -> Result<()> {
    let (from, until) = choices.quiet.unzip();
    let days = choices.quiet_days.as_ref().map(serde_json::to_string).transpose()?;
    run(
        tx,
        "insert into notification_choices
           (workspace_id, member_id, muted, push_muted, mailed, quiet_from, quiet_until, quiet_days, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (workspace_id, member_id) do update set muted = excluded.muted, push_muted = excluded.push_muted,
           mailed = excluded.mailed, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
           quiet_days = excluded.quiet_days, time_zone = excluded.time_zone",
        binds![
            scope.ws(),
            me(scope),
            serde_json::to_string(&choices.muted)?,
            serde_json::to_string(&choices.push_muted)?,
            serde_json::to_string(&choices.mailed)?,
            from,
            until,
            days,
            choices.time_zone.clone()
        ],
    )
    .await?;
    crate::notice::drop_unwanted(tx, scope, &me(scope), choices).await
}
