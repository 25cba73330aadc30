//! Conversations: one thread with one contact on one channel of one sender.

mod block;
mod counts;
mod merge;
mod place;
mod renumber;
mod search;
mod split;
mod unmerge;
mod work;

pub use block::{block, unblock};
pub use counts::{Counts, counts, sum_up};
pub use merge::{Merged, merge, merged_into};
pub(crate) use place::BETWEEN;
pub use place::{follow, follow_all};
pub use renumber::{Renumbered, contact_under, is_under, renumber};
pub use search::Found;
pub use split::{Part, split};
pub(crate) use unmerge::require_untangled;
pub use unmerge::unmerge;
pub use work::{assign, rest, wake_due};

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    reply_clock,
    scope::is_theirs,
    sql::{
        At, COUNTED, Filter, Total, binds, clamp, cursor, is_one_of, items, row, rows, run, scalar,
        split_cursor, text_list,
    },
};
use domain::{
    Channel,
    ids::{CampaignId, CompanyId, ContactId, ConversationId, LabelId, MemberId, SenderId},
};
use place::Coming;
use sea_orm::{ConnectionTrait, FromQueryResult};
use search::Sought;
use serde::Serialize;

/// A thread as the inbox lists it.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Conversation {
    /// Id.
    pub id: ConversationId,
    /// With whom; null while unmatched.
    pub contact_id: Option<ContactId>,
    /// Their name, else their address.
    pub contact_name: String,
    /// On which channel.
    pub channel: Channel,
    /// From which of our senders.
    pub sender_id: SenderId,
    /// Their address.
    pub address: String,
    /// Subject of the thread, for e-mail.
    pub subject: Option<String>,
    /// `open`, `snoozed` or `done`.
    pub status: String,
    /// Who is to answer: who was asked to, else the owner of the contact.
    pub assignee_id: Option<MemberId>,
    /// Their name.
    pub assignee_name: Option<String>,
    /// Of a snoozed one: when it comes back.
    pub snoozed_until: Option<At>,
    /// Since when the person is blocked; null where they are not.
    pub blocked_at: Option<At>,
    /// Since when they wait for an answer, where the workspace keeps reply times; null where they do not.
    pub owed_since: Option<At>,
    /// When that answer is due.
    pub due_at: Option<At>,
    /// Since when it is late; null where it is not.
    pub late_at: Option<At>,
    /// Where it was split off from, or what that was merged into; null where it was not.
    pub split_from_id: Option<ConversationId>,
    /// The words that it carries.
    #[sea_orm(skip)]
    pub label_ids: Vec<LabelId>,
    /// Inbound messages nobody has opened.
    pub unread: i64,
    /// First words of the last message.
    pub last_snippet: String,
    /// Which way the last message went.
    pub last_direction: String,
    /// When.
    pub last_at: At,
    /// Class of the last answer.
    pub kind: Option<String>,
    /// The campaign that wrote last.
    pub campaign_id: Option<CampaignId>,
    /// Its name.
    pub campaign_name: Option<String>,
    /// Where words were looked for: the newest message that has them; null where the person is called so.
    #[sea_orm(skip)]
    pub found: Option<Found>,
}

const SELECT: &str = "select v.id, v.contact_id,
    coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), v.their_name, v.address) as contact_name,
    v.channel, v.sender_id, v.address, v.subject, v.status, v.unread, v.last_snippet, v.last_direction, v.last_at,
    v.last_kind as kind, v.campaign_id, p.name as campaign_name,
    coalesce(v.assignee_id, v.owner_id) as assignee_id, u.name as assignee_name,
    case when v.status = 'snoozed' then v.snoozed_until end as snoozed_until, v.blocked_at,
    case when v.status = 'open' and v.blocked_at is null then v.owed_since end as owed_since,
    case when v.status = 'open' and v.blocked_at is null then v.due_at end as due_at,
    case when v.status = 'open' and v.blocked_at is null then v.late_at end as late_at,
    (select coalesce(f.merged_into_id, f.id) from conversations f where f.workspace_id = v.workspace_id and f.id = v.split_from_id) as split_from_id
  from conversations v left join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id left join campaigns p on p.id = v.campaign_id
    left join members a on a.id = coalesce(v.assignee_id, v.owner_id) left join users u on u.id = a.user_id";

/// Which part of the inbox.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum View {
    /// Answered and not done.
    #[default]
    Open,
    /// With messages nobody has opened.
    Unread,
    /// Open, and mine to answer.
    Mine,
    /// Open, and nobody's to answer.
    Unassigned,
    /// Open, with an answer that is late; the latest first.
    Late,
    /// Put away until a moment.
    Snoozed,
    /// With notes in which I am mentioned.
    Mentions,
    /// Done.
    Done,
    /// From people we do not know.
    Unmatched,
    /// With a message that waits for a decision.
    Uncertain,
    /// With people who are blocked. No other part has these.
    Blocked,
    /// Everything.
    All,
}

impl View {
    /// Its condition; each `?` is the member who asks.
    fn clause(self) -> &'static str {
        match self {
            View::Mine => "v.status = 'open' and v.inbound = 1 and coalesce(v.assignee_id, v.owner_id) = ?",
            View::Unassigned => {
                "v.status = 'open' and v.inbound = 1 and v.assignee_id is null and v.owner_id is null"
            }
            View::Late => "v.status = 'open' and v.inbound = 1 and v.late_at is not null",
            View::Snoozed => "v.status = 'snoozed'",
            View::Mentions => {
                "v.id in (select t.conversation_id from mentions t where t.workspace_id = $1 and t.member_id = ?)"
            }
            View::Open => "v.status = 'open' and v.inbound = 1",
            View::Unread => "v.status = 'open' and v.inbound = 1 and v.unread > 0",
            View::Done => "v.status = 'done' and v.inbound = 1",
            View::Unmatched => "v.status = 'open' and v.inbound = 1 and v.contact_id is null",
            View::Uncertain => {
                // The second condition lets SQLite see that the partial index of states serves.
                "v.id in (select conversation_id from messages where workspace_id = $1 and status = 'uncertain' and status <> 'sending')"
            }
            View::Blocked => "v.blocked_at is not null",
            // All are. It is the condition of the index of all.
            View::All => "v.inbound >= 0",
        }
    }
}

/// What the inbox is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Part of the inbox.
    pub view: View,
    /// One channel.
    pub channel: Option<Channel>,
    /// One contact.
    pub contact: Option<ContactId>,
    /// The people of one company.
    pub company: Option<CompanyId>,
    /// Words of messages or of the person, of which the last may only be begun.
    pub search: Option<String>,
    /// What was typed as the search, where it is a whole address, normalised.
    pub address: Option<String>,
    /// With one label.
    pub label: Option<LabelId>,
    /// For one member to answer.
    pub assignee: Option<MemberId>,
    /// Written to by one campaign last.
    pub campaign: Option<CampaignId>,
}

/// Newest first; what is late, the longest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Conversation>> {
    let limit = clamp(limit);
    let Some((mut filter, sought)) = narrowed(db, scope, query).await? else {
        return Ok(Page { data: vec![], next_cursor: None });
    };
    let is_by_due = query.view == View::Late;
    let order = match is_by_due {
        true => {
            let (at, id) = after.map_or(Ok((i64::MIN, String::new())), |after| split_cursor(Some(after)))?;
            filter.and("(v.due_at, v.id) > (?, ?)", binds![at, id]);
            "v.due_at, v.id".to_owned()
        }
        false => {
            let (at, id) = split_cursor(after)?;
            filter.and("(v.last_at, v.id) < (?, ?)", binds![at, id]);
            format!("{} desc, v.id desc", sought.as_ref().map_or("v.last_at", Sought::last_at))
        }
    };
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by {order} limit ${n}", filter.sql);
    let mut found: Vec<Conversation> = rows(&db.reader(scope), &sql, filter.values).await?;
    crate::label::put_on(db, scope, &mut found).await?;
    if let Some(sought) = &sought {
        search::put_on(db, scope, sought, &mut found).await?;
    }
    let at = |c: &Conversation| if is_by_due { c.due_at.map_or(0, |due| due.0) } else { c.last_at.0 };
    Ok(Page::cut(found, limit, |c| cursor(at(c), c.id.as_str())))
}

/// How many conversations there are of those that [`page`] shows.
pub async fn count(db: &Db, scope: &Scope, query: &Query) -> Result<Total> {
    let Some((filter, _)) = narrowed(db, scope, query).await? else {
        return Ok(Total { total: 0, total_is_capped: false });
    };
    let matching = format!("conversations v where {}", filter.sql);
    Total::count(&db.reader(scope), &matching, filter.values, COUNTED).await
}

/// What the inbox is narrowed to, with the words that are looked for; `None` where nothing can be found.
async fn narrowed(db: &Db, scope: &Scope, query: &Query) -> Result<Option<(Filter, Option<Sought>)>> {
    let mut sought = None;
    if let Some(text) = query.search.as_deref().filter(|text| !text.trim().is_empty()) {
        sought = search::sought(db, scope, text, query.address.as_deref()).await?;
        if sought.is_none() {
            return Ok(None);
        }
    }
    let workspace = sought.as_ref().map_or("v.workspace_id", |sought| sought.workspace(db.backend()));
    let mut filter = Filter::of(scope, workspace);
    filter.own(scope, "v.owner_id");
    let clause = query.view.clause();
    let me = scope.member.as_ref().map(ToString::to_string);
    filter.and(clause, vec![me.into(); clause.matches('?').count()]);
    filter.and("v.merged_into_id is null", vec![]);
    // The story of one person is told whole.
    if query.view != View::Blocked && query.contact.is_none() {
        filter.and("v.blocked_at is null", vec![]);
    }
    if let Some(channel) = query.channel {
        filter.and("v.channel = ?", binds![channel]);
    }
    if let Some(contact) = &query.contact {
        filter.and("v.contact_id = ?", binds![contact]);
    }
    if let Some(company) = &query.company {
        let people =
            "v.contact_id in (select p.id from contacts p where p.workspace_id = $1 and p.company_id = ?)";
        filter.and(people, binds![company]);
    }
    if let Some(label) = &query.label {
        let carries = "exists (select 1 from conversation_labels k
            where k.workspace_id = $1 and k.conversation_id = v.id and k.label_id = ?)";
        filter.and(carries, binds![label]);
    }
    if let Some(member) = &query.assignee {
        filter.and("coalesce(v.assignee_id, v.owner_id) = ?", binds![member]);
    }
    if let Some(campaign) = &query.campaign {
        filter.and("v.campaign_id = ?", binds![campaign]);
    }
    if let Some(sought) = &sought {
        sought.narrow(&mut filter, scope, db.backend());
    }
    Ok(Some((filter, sought)))
}

/// One conversation; of one that was merged, what it was merged into.
pub async fn get(db: &Db, scope: &Scope, id: &ConversationId) -> Result<Conversation> {
    let sql = format!(
        "{SELECT} where v.workspace_id = $1 and v.id = (select coalesce(k.merged_into_id, k.id) from conversations k where k.workspace_id = $1 and k.id = $2) and {}",
        is_theirs("v.owner_id", 3)
    );
    let found = row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()]).await?;
    let mut found: Conversation = found.ok_or(Error::NotFound("conversation"))?;
    crate::label::put_on(db, scope, std::slice::from_mut(&mut found)).await?;
    Ok(found)
}

/// Several conversations, in the order of their ids. Who is not there, or not for the scope's eyes, is left out.
pub async fn several(db: &Db, scope: &Scope, ids: &[ConversationId]) -> Result<Vec<Conversation>> {
    let sql = format!(
        "{SELECT} where v.workspace_id || '' = $1 and v.id {} and {} order by v.id",
        is_one_of(db.backend(), 2),
        is_theirs("v.owner_id", 3)
    );
    let list = text_list(ids.iter().map(ConversationId::as_str));
    rows(&db.reader(scope), &sql, binds![scope.ws(), list, scope.whose()]).await
}

/// A thread to be found or opened for a message that is about to be written.
#[derive(Debug, Clone, Serialize)]
pub struct Open {
    /// Id to use if it is new.
    pub id: ConversationId,
    /// With whom, where known.
    pub contact_id: Option<ContactId>,
    /// On which channel.
    pub channel: Channel,
    /// From which sender.
    pub sender_id: SenderId,
    /// Their address as written.
    pub address: String,
    /// Their address, normalised.
    pub address_key: String,
    /// Subject, for e-mail.
    pub subject: Option<String>,
    /// First words of the message.
    pub snippet: String,
    /// The campaign that writes.
    pub campaign_id: Option<CampaignId>,
}

/// What more is set in a thread that is there already.
const MOVES: &str = ", last_snippet = excluded.last_snippet,
           last_direction = 'out', last_at = excluded.last_at,
           campaign_id = coalesce(excluded.campaign_id, conversations.campaign_id)";

/// Finds or opens threads for outbound messages and moves them to the top. No two may share sender and
/// address. Returns `(sender, address key) -> id`. [`Error::Conflict`] where a thread is not
/// for the scope's eyes.
pub async fn ensure(
    tx: &Tx,
    scope: &Scope,
    open: &[Open],
    now: i64,
) -> Result<Vec<(SenderId, String, ConversationId)>> {
    find_or_open(tx, scope, open, now, true).await
}

/// The same for drafts, which nobody has said yes to: a thread that is there stays where it is in the inbox.
pub async fn ensure_for_drafts(
    tx: &Tx,
    scope: &Scope,
    open: &[Open],
    now: i64,
) -> Result<Vec<(SenderId, String, ConversationId)>> {
    find_or_open(tx, scope, open, now, false).await
}

/// Moves a thread to the top for a draft that was approved.
pub async fn wrote(tx: &Tx, scope: &Scope, id: &ConversationId, snippet: &str, now: i64) -> Result<()> {
    change(
        tx,
        "update conversations set last_snippet = $3, last_direction = 'out', last_at = $4 where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, snippet, now],
    )
    .await
}

/// `moves` says whether a thread that is there already comes to the top.
async fn find_or_open(
    tx: &Tx,
    scope: &Scope,
    open: &[Open],
    now: i64,
    moves: bool,
) -> Result<Vec<(SenderId, String, ConversationId)>> {
    #[derive(FromQueryResult)]
    struct Found {
        id: ConversationId,
        owner_id: Option<MemberId>,
        sender_id: SenderId,
        address_key: String,
    }
    let more = if moves { MOVES } else { "" };
    let sql = format!(
        "insert into conversations (id, workspace_id, contact_id, owner_id, channel, sender_id, address, address_key, subject,
           status, last_snippet, last_direction, campaign_id, last_at, created_at, blocked_at)
         select item.value->>'id', $1, item.value->>'contact_id',
           case when item.value->>'contact_id' is null then $4
                else (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = item.value->>'contact_id') end,
           item.value->>'channel', item.value->>'sender_id',
           item.value->>'address', item.value->>'address_key', item.value->>'subject', 'open', item.value->>'snippet', 'out',
           item.value->>'campaign_id', $3, $3,
           (select c.blocked_at from contacts c where c.workspace_id = $1 and c.id = item.value->>'contact_id')
         from {} where true
         on conflict (workspace_id, channel, sender_id, address_key) do update set
           contact_id = coalesce(conversations.contact_id, excluded.contact_id),
           owner_id = coalesce(conversations.owner_id, excluded.owner_id){more}
         where conversations.merged_into_id is null
         returning id, owner_id, sender_id, address_key",
        items(tx.get_database_backend(), 2)
    );
    let values = binds![scope.ws(), serde_json::to_string(open)?, now, scope.member.clone()];
    let mut found: Vec<Found> = rows(tx, &sql, values).await?;
    if found.len() < open.len() {
        let is_there = |one: &&Open| {
            found.iter().any(|f| f.sender_id == one.sender_id && f.address_key == one.address_key)
        };
        let merged: Vec<&Open> = open.iter().filter(|one| !is_there(one)).collect();
        for one in merged {
            let id = place::went(tx, scope, one).await?;
            let owner = place::go_into(tx, scope, &id, one, moves, now).await?;
            let owner_id = owner.ok_or(Error::NotFound("conversation"))?;
            let (sender_id, address_key) = (one.sender_id.clone(), one.address_key.clone());
            found.push(Found { id, owner_id, sender_id, address_key });
        }
    }
    require_theirs(scope, found.iter().map(|f| f.owner_id.as_ref()))?;
    Ok(found.into_iter().map(|f| (f.sender_id, f.address_key, f.id)).collect())
}

/// Moves the thread to the top in which somebody answers, or `for_draft` leaves it where it is: itself, wherever else
/// messages to the same address lie. `None` where it was merged meanwhile.
pub async fn answer_in(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    open: &Open,
    for_draft: bool,
    now: i64,
) -> Result<Option<ConversationId>> {
    let Some(owner) = place::go_into(tx, scope, id, open, !for_draft, now).await? else { return Ok(None) };
    require_theirs(scope, std::iter::once(owner.as_ref()))?;
    Ok(Some(id.clone()))
}

/// Who sees only their own writes to nobody else's people.
fn require_theirs<'a>(scope: &Scope, mut owners: impl Iterator<Item = Option<&'a MemberId>>) -> Result<()> {
    match scope.only() {
        Some(me) if owners.any(|owner| owner != Some(me)) => Err(Error::Conflict(
            "somebody else in the workspace writes with this person. A manager can hand them over to you"
                .into(),
        )),
        _ => Ok(()),
    }
}

/// Finds or opens the thread of an inbound message: unread goes up, a done thread opens again, and so does a snoozed one
/// unless somebody said that it is to rest in any case. `their_name` is what
/// somebody calls themselves on a platform, for the time in which nobody knows who they are; `answered`, the thread of the
/// message that it answers.
pub async fn receive(
    tx: &Tx,
    scope: &Scope,
    open: &Open,
    answered: Option<&ConversationId>,
    kind: Option<&str>,
    their_name: Option<&str>,
    now: i64,
) -> Result<ConversationId> {
    let what = Coming { open, kind, their_name, now };
    if let Some(id) = place::split_off(tx, scope, answered).await?
        && place::come_into(tx, scope, &id, &what).await?
    {
        return Ok(id);
    }
    let id: Option<ConversationId> = scalar(
        tx,
        "insert into conversations (id, workspace_id, contact_id, owner_id, channel, sender_id, address, address_key, subject, status,
           unread, inbound, last_snippet, last_direction, last_kind, last_at, created_at, their_name)
         values ($2, $1, $3, (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = $3), $4, $5, $6, $7, $8, 'open',
           1, 1, $9, 'in', $10, $11, $11, $12)
         on conflict (workspace_id, channel, sender_id, address_key) do update set
           contact_id = coalesce(conversations.contact_id, excluded.contact_id),
           owner_id = coalesce(conversations.owner_id, excluded.owner_id),
           status = case when conversations.status = 'snoozed' and conversations.wakes_on_answer = 0 then 'snoozed' else 'open' end,
           unread = conversations.unread + 1, inbound = 1, last_snippet = excluded.last_snippet,
           last_direction = 'in', last_kind = excluded.last_kind, last_at = excluded.last_at,
           their_name = coalesce(excluded.their_name, conversations.their_name)
         where conversations.merged_into_id is null
         returning id as value",
        binds![
            scope.ws(),
            &open.id,
            open.contact_id.clone(),
            open.channel,
            &open.sender_id,
            open.address.as_str(),
            open.address_key.as_str(),
            open.subject.clone(),
            open.snippet.as_str(),
            kind.map(str::to_owned),
            now,
            their_name.map(str::to_owned)
        ],
    )
    .await?;
    if let Some(id) = id {
        block::keep(tx, scope, &id).await?;
        return Ok(id);
    }
    let id = place::went(tx, scope, open).await?;
    match place::come_into(tx, scope, &id, &what).await? {
        true => Ok(id),
        false => Err(Error::NotFound("conversation")),
    }
}

/// Opens or closes a conversation.
pub async fn set_status(tx: &Tx, scope: &Scope, id: &ConversationId, status: &str, now: i64) -> Result<()> {
    match status {
        "open" => reply_clock::bring_back(tx, scope, id).await?,
        _ => reply_clock::set_aside(tx, scope, id, now).await?,
    }
    change(
        tx,
        "update conversations set status = $3, snoozed_until = null where workspace_id = $1 and id = $2",
        binds![scope.ws(), id, status],
    )
    .await?;
    let kind = if status == "done" { "conversation.done" } else { "conversation.reopened" };
    let of = "select contact_id as value from conversations where workspace_id = $1 and id = $2";
    let contact: Option<Option<String>> = scalar(tx, of, binds![scope.ws(), id]).await?;
    let contact = contact.flatten();
    let data = serde_json::json!({ "conversation_id": id, "contact_id": contact });
    crate::webhook::tell(tx, scope, kind, contact, data, now).await
}

/// Somebody has read it.
pub async fn mark_read(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    change(
        tx,
        "update conversations set unread = 0 where workspace_id = $1 and id = $2",
        binds![scope.ws(), id],
    )
    .await
}

/// Somebody wants to see it as new again.
pub async fn mark_unread(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<()> {
    let sql = "update conversations set unread = 1 where workspace_id = $1 and id = $2 and unread = 0";
    run(tx, sql, binds![scope.ws(), id]).await?;
    Ok(())
}

/// Ties an unmatched conversation and its messages to a contact. It is blocked from then on where the contact is.
pub async fn link(tx: &Tx, scope: &Scope, id: &ConversationId, contact: &ContactId) -> Result<()> {
    let found: Option<i64> = scalar(
        tx,
        "select cast(1 as bigint) as value from contacts where workspace_id = $1 and id = $2",
        binds![scope.ws(), contact],
    )
    .await?;
    found.ok_or(Error::NotFound("contact"))?;
    run(
        tx,
        "update messages set contact_id = $3 where workspace_id = $1 and conversation_id = $2",
        binds![scope.ws(), id, contact],
    )
    .await?;
    // What happened goes along, so that it stands in the contact's story. The first message bounds the search.
    run(
        tx,
        "update events set contact_id = $3 where workspace_id = $1
           and at >= (select min(m.created_at) from messages m where m.workspace_id = $1 and m.conversation_id = $2)
           and message_id in (select m.id from messages m where m.workspace_id = $1 and m.conversation_id = $2)",
        binds![scope.ws(), id, contact],
    )
    .await?;
    change(
        tx,
        "update conversations set contact_id = $3,
           owner_id = (select c.owner_id from contacts c where c.workspace_id = $1 and c.id = $3), assignee_id = null,
           blocked_at = (select c.blocked_at from contacts c where c.workspace_id = $1 and c.id = $3)
         where workspace_id = $1 and (id = $2 or merged_into_id = $2)",
        binds![scope.ws(), id, contact],
    )
    .await
}

async fn change(tx: &Tx, sql: &str, values: Vec<sea_orm::Value>) -> Result<()> {
    match run(tx, sql, values).await? {
        0 => Err(Error::NotFound("conversation")),
        _ => Ok(()),
    }
}
