//! Messages as people see them, and the ways they come into being. Their way out is in [`crate::outbox`].

mod waiting;

pub(crate) use waiting::show_last;
pub use waiting::{Unseen, answered_first, recall, unseen, wait};

use crate::{
    Db, Page, Result, Scope, Tx,
    conversation::BETWEEN,
    error::Error,
    scope::is_theirs,
    sql::{At, Filter, binds, clamp, cursor, items, row, rows, run, scalar, split_cursor},
};
use domain::{
    Channel,
    ids::{CampaignId, ContactId, ConversationId, EnrollmentId, MessageId, SenderId},
    message::{Direction, Event, Policy, Status},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;

/// One message in or out.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Message {
    /// Id.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// With whom.
    pub contact_id: Option<ContactId>,
    /// Which way.
    pub direction: Direction,
    /// On which channel.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// Class of an answer.
    pub kind: Option<String>,
    /// Subject, for e-mail.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// From which address.
    pub from_address: String,
    /// To which address.
    pub to_address: String,
    /// The sender account.
    pub sender_id: SenderId,
    /// The member who wrote it.
    pub author_id: Option<String>,
    /// Their name.
    pub author_name: Option<String>,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// The node it came from.
    pub node_key: Option<String>,
    /// How many times it was attempted.
    pub attempt: i64,
    /// What the provider calls it.
    pub provider_message_id: Option<String>,
    /// Not to be sent before.
    pub not_before: At,
    /// When a person said that it should leave; null where at once.
    pub scheduled_for: Option<At>,
    /// 1 where an answer withdraws it, else 0.
    pub unless_answered: i64,
    /// Creation.
    pub created_at: At,
    /// The provider took it.
    pub sent_at: Option<At>,
    /// It arrived.
    pub delivered_at: Option<At>,
    /// It was opened.
    pub opened_at: Option<At>,
    /// A link in it was clicked.
    pub clicked_at: Option<At>,
    /// It failed.
    pub failed_at: Option<At>,
    /// The provider's code.
    pub error_code: Option<String>,
    /// Our class of it.
    pub error_class: Option<String>,
    /// In plain words.
    pub error_text: Option<String>,
    /// 1 when only a person can decide what became of it.
    pub needs_decision: i64,
    /// What whoever wrote it by hand called it, to know it again; null for all others.
    pub client_id: Option<String>,
}

const SELECT: &str = "select m.id, m.conversation_id, m.contact_id, m.direction, m.channel, m.status, m.kind, m.subject, m.body as text,
    m.from_address, m.to_address, m.sender_id, m.author_id, u.name as author_name, m.campaign_id, m.node_key, m.attempt,
    m.provider_message_id, m.not_before, m.scheduled_for, m.unless_answered, m.created_at, m.sent_at, m.delivered_at, m.opened_at, m.clicked_at, m.failed_at,
    m.error_code, m.error_class, m.error_text, m.needs_decision,
    case when m.dedupe_key like 'client:%' then substr(m.dedupe_key, 8) end as client_id
  from messages m left join members a on a.id = m.author_id left join users u on u.id = a.user_id";

/// Whose a message is: its conversation's.
const OWNER: &str = "(select o.owner_id from conversations o where o.id = m.conversation_id)";

/// Which messages.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of one thread.
    pub conversation: Option<ConversationId>,
    /// In one state.
    pub status: Option<Status>,
    /// One way.
    pub direction: Option<Direction>,
}

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    query: &Query,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Message>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut filter = Filter::of(scope, "m.workspace_id");
    filter.own(scope, OWNER);
    if let Some(conversation) = &query.conversation {
        filter.and("m.conversation_id = ?", binds![conversation]);
    }
    if let Some(status) = query.status {
        filter.and("m.status = ?", binds![status]);
        // For the partial index of states.
        if status != domain::message::Status::Sending {
            filter.and("m.status <> 'sending'", vec![]);
        }
    }
    if let Some(direction) = query.direction {
        filter.and("m.direction = ?", binds![direction]);
    }
    filter.and("(m.created_at, m.id) < (?, ?)", binds![at, id]);
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by m.created_at desc, m.id desc limit ${n}", filter.sql);
    let found: Vec<Message> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |m| cursor(m.created_at.0, m.id.as_str())))
}

/// One message.
pub async fn get(db: &Db, scope: &Scope, id: &MessageId) -> Result<Message> {
    let sql = format!("{SELECT} where m.workspace_id = $1 and m.id = $2 and {}", is_theirs(OWNER, 3));
    row(&db.reader(scope), &sql, binds![scope.ws(), id, scope.whose()])
        .await?
        .ok_or(Error::NotFound("message"))
}

/// The message with this dedupe key: the answer to a repeated request.
pub async fn by_dedupe_key(db: &Db, scope: &Scope, key: &str) -> Result<Option<Message>> {
    row(
        &db.reader(scope),
        &format!("{SELECT} where m.workspace_id = $1 and m.dedupe_key = $2 and {}", is_theirs(OWNER, 3)),
        binds![scope.ws(), key, scope.whose()],
    )
    .await
}

/// An outbound message to be queued.
#[derive(Debug, Clone, Serialize)]
pub struct NewOutbound {
    /// Id, which is also our reference at the provider.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// For which campaign.
    pub campaign_id: Option<CampaignId>,
    /// For which enrollment.
    pub enrollment_id: Option<EnrollmentId>,
    /// From which node.
    pub node_key: Option<String>,
    /// From which account.
    pub sender_id: SenderId,
    /// On which channel.
    pub channel: Channel,
    /// What may be done in doubt.
    pub policy: Policy,
    /// The same key never gives a second message.
    pub dedupe_key: String,
    /// Our address.
    pub from_address: String,
    /// Their address.
    pub to_address: String,
    /// Their address, normalised.
    pub to_key: String,
    /// Subject.
    pub subject: Option<String>,
    /// Text, merged.
    pub body: String,
    /// The template that is sent instead, as JSON of `domain::message::ApprovedTemplate`; the text is what people see
    /// of it here.
    pub approved: Option<String>,
    /// Message-ID without brackets, for e-mail.
    pub rfc_message_id: Option<String>,
    /// Message-ID that it answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread, blank-separated.
    pub reference_ids: Option<String>,
    /// Not to be sent before.
    pub not_before: i64,
    /// When it came due, for the lateness policy.
    pub due_at: i64,
    /// The member who wrote it.
    pub author_id: Option<String>,
}

/// Queues messages. Returns the ids that are new: a repeated dedupe key gives none.
pub async fn queue(tx: &Tx, scope: &Scope, new: &[NewOutbound], now: i64) -> Result<Vec<MessageId>> {
    insert(tx, scope, new, Status::Queued, now).await
}

/// Writes messages that wait for somebody to approve them. Returns the ids that are new.
pub async fn draft(tx: &Tx, scope: &Scope, new: &[NewOutbound], now: i64) -> Result<Vec<MessageId>> {
    let ids = insert(tx, scope, new, Status::Draft, now).await?;
    if !ids.is_empty() {
        let list = crate::sql::text_list(ids.iter().map(MessageId::as_str));
        crate::notification::drafted(tx, scope, &list, now).await?;
    }
    Ok(ids)
}

async fn insert(
    tx: &Tx,
    scope: &Scope,
    new: &[NewOutbound],
    status: Status,
    now: i64,
) -> Result<Vec<MessageId>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: MessageId,
    }
    let texts = [
        "id",
        "conversation_id",
        "contact_id",
        "campaign_id",
        "enrollment_id",
        "node_key",
        "sender_id",
        "channel",
        "policy",
        "dedupe_key",
        "from_address",
        "to_address",
        "to_key",
        "subject",
        "body",
        "approved",
        "rfc_message_id",
        "in_reply_to",
        "reference_ids",
        "author_id",
    ];
    let values: Vec<String> = texts.iter().map(|c| format!("item.value->>'{c}'")).collect();
    let drafted = if status == Status::Draft { "$3" } else { "cast(null as bigint)" };
    let sql = format!(
        "insert into messages (workspace_id, direction, status, created_at, drafted_at, not_before, due_at, {})
         select $1, 'out', '{status}', $3, {drafted}, {}, {}, {} from {} where true
         on conflict (workspace_id, dedupe_key) do nothing returning id",
        texts.join(", "),
        crate::sql::int("not_before"),
        crate::sql::int("due_at"),
        values.join(", "),
        items(tx.get_database_backend(), 2)
    );
    let found: Vec<Id> = rows(tx, &sql, binds![scope.ws(), serde_json::to_string(new)?, now]).await?;
    let found: Vec<MessageId> = found.into_iter().map(|f| f.id).collect();
    crate::search::note_messages(tx, scope, &found).await?;
    Ok(found)
}

/// An inbound message to be stored.
#[derive(Debug, Clone)]
pub struct NewInbound {
    /// Id.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// From whom, where known.
    pub contact_id: Option<ContactId>,
    /// The campaign it answers.
    pub campaign_id: Option<CampaignId>,
    /// The enrollment it answers.
    pub enrollment_id: Option<EnrollmentId>,
    /// The node whose message it answers.
    pub node_key: Option<String>,
    /// To which of our accounts.
    pub sender_id: SenderId,
    /// On which channel.
    pub channel: Channel,
    /// The same key never gives a second message.
    pub dedupe_key: String,
    /// Their address.
    pub from_address: String,
    /// Our address.
    pub to_address: String,
    /// Their address, normalised.
    pub to_key: String,
    /// Class of the answer.
    pub kind: String,
    /// Subject.
    pub subject: Option<String>,
    /// Text.
    pub body: String,
    /// Message-ID, for e-mail.
    pub rfc_message_id: Option<String>,
    /// Message-ID that it answers.
    pub in_reply_to: Option<String>,
    /// What the provider calls it.
    pub provider_message_id: Option<String>,
}

/// Stores an inbound message; `false` when it is there already.
pub async fn receive(tx: &Tx, scope: &Scope, m: &NewInbound, now: i64) -> Result<bool> {
    let changed = run(
        tx,
        "insert into messages (id, workspace_id, conversation_id, contact_id, campaign_id, enrollment_id, node_key, sender_id, channel,
           direction, status, policy, kind, dedupe_key, from_address, to_address, to_key, subject, body, rfc_message_id, in_reply_to,
           provider_message_id, created_at)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $9, 'in', 'received', 'at_most_once', $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         on conflict (workspace_id, dedupe_key) do nothing",
        binds![
            scope.ws(),
            &m.id,
            &m.conversation_id,
            m.contact_id.clone(),
            m.campaign_id.clone(),
            m.enrollment_id.clone(),
            m.node_key.clone(),
            &m.sender_id,
            m.channel,
            m.kind.as_str(),
            m.dedupe_key.as_str(),
            m.from_address.as_str(),
            m.to_address.as_str(),
            m.to_key.as_str(),
            m.subject.clone(),
            m.body.as_str(),
            m.rfc_message_id.clone(),
            m.in_reply_to.clone(),
            m.provider_message_id.clone(),
            now
        ],
    )
    .await?;
    if changed == 1 {
        crate::search::note_messages(tx, scope, std::slice::from_ref(&m.id)).await?;
    }
    Ok(changed == 1)
}

/// Whether an inbound message with this key is stored already.
pub async fn is_known(tx: &Tx, scope: &Scope, dedupe_key: &str) -> Result<bool> {
    let one: Option<i64> = scalar(
        tx,
        "select cast(1 as bigint) as value from messages where workspace_id = $1 and dedupe_key = $2",
        binds![scope.ws(), dedupe_key],
    )
    .await?;
    Ok(one.is_some())
}

/// What evidence about an outbound message needs to know of it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Sent {
    /// Id.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// For which campaign.
    pub campaign_id: Option<CampaignId>,
    /// For which enrollment.
    pub enrollment_id: Option<EnrollmentId>,
    /// From which node.
    pub node_key: Option<String>,
    /// From which account.
    pub sender_id: SenderId,
    /// On which channel.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// Their normalised address.
    pub to_key: String,
    /// Message-ID.
    pub rfc_message_id: Option<String>,
    /// First opening.
    pub opened_at: Option<At>,
    /// First click.
    pub clicked_at: Option<At>,
    /// The text.
    pub body: String,
}

const SENT: &str = "select m.id, m.conversation_id, m.contact_id, m.campaign_id, m.enrollment_id, m.node_key, m.sender_id, m.channel,
    m.status, m.to_key, m.rfc_message_id, m.opened_at, m.clicked_at, m.body from messages m where m.workspace_id = $1 and m.direction = 'out'";

/// The outbound message with our id.
pub async fn sent_by_id(conn: &Tx, scope: &Scope, id: &str) -> Result<Option<Sent>> {
    row(conn, &format!("{SENT} and m.id = $2"), binds![scope.ws(), id]).await
}

/// The outbound message that the provider calls so.
pub async fn sent_by_provider_id(conn: &Tx, scope: &Scope, id: &str) -> Result<Option<Sent>> {
    row(conn, &format!("{SENT} and m.provider_message_id = $2 limit 1"), binds![scope.ws(), id]).await
}

/// The newest outbound message among these Message-IDs.
pub async fn sent_by_rfc_ids(conn: &Tx, scope: &Scope, ids: &[String]) -> Result<Option<Sent>> {
    let sql = format!(
        "{SENT} and m.rfc_message_id in (select item.value->>'v' from {}) order by m.created_at desc, m.id desc limit 1",
        items(conn.get_database_backend(), 2)
    );
    row(conn, &sql, binds![scope.ws(), crate::sql::text_list(ids)]).await
}

/// The newest outbound message to an address, from one sender.
pub async fn last_sent_to(conn: &Tx, scope: &Scope, sender: &SenderId, key: &str) -> Result<Option<Sent>> {
    let sql = format!(
        "{SENT} and m.conversation_id in {BETWEEN}
         and m.sender_id = $2 and m.to_key = $3 and m.status in ('sent', 'delivered', 'read', 'sending', 'uncertain') order by m.created_at desc, m.id desc limit 1"
    );
    row(conn, &sql, binds![scope.ws(), sender, key]).await
}

/// The newest message from one sender in the conversation under an address, whichever address it was sent to then.
pub async fn last_sent_under(conn: &Tx, scope: &Scope, sender: &SenderId, key: &str) -> Result<Option<Sent>> {
    let sql = format!(
        "{SENT} and m.conversation_id in {BETWEEN}
         and m.sender_id = $2 and m.direction = 'out' and m.status in ('sent', 'delivered', 'read', 'sending', 'uncertain') order by m.created_at desc, m.id desc limit 1"
    );
    row(conn, &sql, binds![scope.ws(), sender, key]).await
}

/// The messages from one sender to an address that had left by an instant of the outside's clock, in milliseconds, and
/// have got no further than `sent` or `delivered`. Newest first, as many as a person reads at once.
pub async fn left_by(
    conn: &Tx,
    scope: &Scope,
    sender: &SenderId,
    key: &str,
    before_ms: i64,
) -> Result<Vec<Sent>> {
    let sql = format!(
        "{SENT} and m.conversation_id in {BETWEEN}
         and m.sender_id = $2 and m.to_key = $3 and m.status in ('sent', 'delivered') and m.claimed_at <= $4 order by m.created_at desc, m.id desc limit 200"
    );
    rows(conn, &sql, binds![scope.ws(), sender, key, before_ms]).await
}

/// When somebody last wrote to one of our senders.
pub async fn last_inbound_from(
    db: &Db,
    scope: &Scope,
    channel: Channel,
    sender: &SenderId,
    key: &str,
) -> Result<Option<i64>> {
    let sql = "select i.created_at as value from messages i where i.workspace_id = $1 and i.direction = 'in'
                 and i.channel = $2 and i.sender_id = $3
                 and i.conversation_id = (select coalesce(v.merged_into_id, v.id) from conversations v where v.workspace_id = $1
                                            and v.channel = $2 and v.sender_id = $3 and v.address_key = $4)
               order by i.created_at desc limit 1";
    scalar(&db.reader(scope), sql, binds![scope.ws(), channel, sender, key]).await
}

/// SQL that counts what waits for an answer on a channel of a sender in the conversation of `m`: what left, and what still
/// may. Ids grow with time, so that it can be bounded by one.
pub(crate) fn unanswered(m: &str) -> String {
    format!(
        "select count(*) from messages o where o.workspace_id = {m}.workspace_id and o.conversation_id = {m}.conversation_id
           and o.channel = {m}.channel and o.sender_id = {m}.sender_id and o.direction = 'out' and o.status in ('queued', 'sending', 'sent', 'delivered', 'read', 'uncertain')
           and o.id > coalesce((select max(i.id) from messages i where i.workspace_id = {m}.workspace_id
                                 and i.conversation_id = {m}.conversation_id and i.channel = {m}.channel
                                 and i.sender_id = {m}.sender_id and i.direction = 'in'), '')"
    )
}

/// How many messages in a conversation wait for an answer.
pub async fn unanswered_in(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<i64> {
    let of = "(select v.workspace_id, v.id as conversation_id, v.channel, v.sender_id from conversations v
               where v.workspace_id = $1 and v.id = $2) as m";
    let sql = format!("select ({}) as value from {of}", unanswered("m"));
    let found = scalar::<i64>(&db.reader(scope), &sql, binds![scope.ws(), conversation]).await?;
    Ok(found.unwrap_or(0))
}

/// The messages from one sender to an address that may have been sent and say this: of those in doubt or under way at
/// most two, since two are as many as too many.
pub async fn perhaps_sent(
    conn: &Tx,
    scope: &Scope,
    sender: &SenderId,
    key: &str,
    text: &str,
) -> Result<Vec<Sent>> {
    let sql = format!(
        "{SENT} and m.conversation_id in {BETWEEN}
         and m.sender_id = $2 and m.to_key = $3 and m.status in ('sending', 'uncertain') and m.body = $4 order by m.id limit 2"
    );
    rows(conn, &sql, binds![scope.ws(), sender, key, text]).await
}

/// When somebody last wrote in a conversation, on its own channel and to its own sender.
pub async fn last_inbound(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<Option<i64>> {
    let sql =
        "select i.created_at as value from messages i join conversations v on v.id = i.conversation_id
               where i.workspace_id = $1 and i.conversation_id = $2 and i.channel = v.channel and i.sender_id = v.sender_id
                 and i.direction = 'in' order by i.created_at desc limit 1";
    scalar(&db.reader(scope), sql, binds![scope.ws(), conversation]).await
}

/// The workspace that an outbound message belongs to: tracking links and callbacks carry only its id.
pub async fn workspace_of(db: &Db, id: &MessageId) -> Result<Option<domain::ids::WorkspaceId>> {
    scalar(&db.read, "select workspace_id as value from messages where id = $1", binds![id]).await
}

/// Moves an outbound message along its table, compare-and-set. `None` when the event changes nothing.
pub async fn apply(
    tx: &Tx,
    scope: &Scope,
    sent: &Sent,
    event: Event,
    provider_id: Option<&str>,
    error: Option<(&str, &str, &str)>,
    now: i64,
) -> Result<Option<Status>> {
    let Ok(next) = sent.status.after(event) else { return Ok(None) };
    if next == sent.status {
        return Ok(None);
    }
    let (code, class, text) = error
        .map_or((None, None, None), |(c, k, t)| (Some(c.to_owned()), Some(k.to_owned()), Some(t.to_owned())));
    let changed = run(
        tx,
        "update messages set status = $4, needs_decision = 0,
           provider_message_id = coalesce(provider_message_id, $5),
           sent_at = case when $4 in ('sent', 'delivered', 'read') then coalesce(sent_at, $9) else sent_at end,
           delivered_at = case when $4 in ('delivered', 'read') then coalesce(delivered_at, $9) else delivered_at end,
           failed_at = case when $4 = 'failed' then coalesce(failed_at, $9) else failed_at end,
           error_code = $6, error_class = $7, error_text = $8
         where workspace_id = $1 and id = $2 and status = $3",
        binds![scope.ws(), &sent.id, sent.status, next, provider_id.map(str::to_owned), code, class, text, now],
    )
    .await?;
    if changed == 0 {
        return Err(Error::Conflict("the message changed in between".into()));
    }
    Ok(Some(next))
}

/// Notes the first opening or click. `false` when it was noted before.
pub async fn note_engagement(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    column: Engagement,
    now: i64,
) -> Result<bool> {
    let column = match column {
        Engagement::Opened => "opened_at",
        Engagement::Clicked => "clicked_at",
    };
    let changed = run(
        tx,
        &format!(
            "update messages set {column} = $3 where workspace_id = $1 and id = $2 and {column} is null"
        ),
        binds![scope.ws(), id, now],
    )
    .await?;
    Ok(changed == 1)
}

/// What a recipient did with an e-mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engagement {
    /// Its images were loaded.
    Opened,
    /// A link was followed.
    Clicked,
}

/// The Message-ID and references that a follow-up in the same enrollment answers.
pub async fn thread_of(
    tx: &Tx,
    ids: &[&str],
) -> Result<Vec<(EnrollmentId, String, Option<String>, Option<String>)>> {
    #[derive(FromQueryResult)]
    struct Last {
        enrollment_id: EnrollmentId,
        rfc_message_id: String,
        reference_ids: Option<String>,
        subject: Option<String>,
    }
    let sql = format!(
        "select m.enrollment_id, m.rfc_message_id, m.reference_ids, m.subject from messages m
         where m.enrollment_id in (select item.value->>'v' from {}) and m.channel = 'email' and m.rfc_message_id is not null
           and m.direction = 'out' and m.status <> 'cancelled' order by m.created_at, m.id",
        items(tx.get_database_backend(), 1)
    );
    let found: Vec<Last> = rows(tx, &sql, binds![crate::sql::text_list(ids)]).await?;
    Ok(found.into_iter().map(|l| (l.enrollment_id, l.rfc_message_id, l.reference_ids, l.subject)).collect())
}

/// From which sender somebody was last written in these enrollments, by channel: their follow-ups come from the same.
pub async fn senders_of(tx: &Tx, ids: &[&str]) -> Result<Vec<(EnrollmentId, Channel, SenderId)>> {
    #[derive(FromQueryResult)]
    struct Wrote {
        enrollment_id: EnrollmentId,
        channel: Channel,
        sender_id: SenderId,
    }
    let sql = format!(
        "select m.enrollment_id, m.channel, m.sender_id from messages m
         where m.enrollment_id in (select item.value->>'v' from {}) and m.direction = 'out' and m.status <> 'cancelled'
         order by m.created_at, m.id",
        items(tx.get_database_backend(), 1)
    );
    let found: Vec<Wrote> = rows(tx, &sql, binds![crate::sql::text_list(ids)]).await?;
    Ok(found.into_iter().map(|wrote| (wrote.enrollment_id, wrote.channel, wrote.sender_id)).collect())
}

/// The nodes whose message was written to somebody in these enrollments, and not withdrawn.
pub async fn nodes_written(tx: &Tx, ids: &[&str]) -> Result<Vec<(EnrollmentId, String)>> {
    #[derive(FromQueryResult)]
    struct Written {
        enrollment_id: EnrollmentId,
        node_key: String,
    }
    let sql = format!(
        "select distinct m.enrollment_id, m.node_key from messages m
         where m.enrollment_id in (select item.value->>'v' from {}) and m.node_key is not null and m.status <> 'cancelled'",
        items(tx.get_database_backend(), 1)
    );
    let found: Vec<Written> = rows(tx, &sql, binds![crate::sql::text_list(ids)]).await?;
    Ok(found.into_iter().map(|written| (written.enrollment_id, written.node_key)).collect())
}

/// The Message-IDs of a conversation, oldest first, for a reply's References header.
pub async fn rfc_ids_of(db: &Db, scope: &Scope, conversation: &ConversationId) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Id {
        rfc_message_id: String,
    }
    let found: Vec<Id> = rows(
        &db.reader(scope),
        "select rfc_message_id from messages where workspace_id = $1 and conversation_id = $2 and rfc_message_id is not null
         order by created_at desc, id desc limit 20",
        binds![scope.ws(), conversation],
    )
    .await?;
    Ok(found.into_iter().rev().map(|f| f.rfc_message_id).collect())
}

/// The ids of all messages, for the power-cut test's ledger.
pub async fn all_ids(db: &Db) -> Result<Vec<String>> {
    ids(db, "select id from messages").await
}

/// The ids of the messages that a node would send now or later, for the power-cut test's ledger.
pub async fn queued_ids(db: &Db) -> Result<Vec<String>> {
    ids(db, "select id from messages where direction = 'out' and status = 'queued'").await
}

async fn ids(db: &Db, sql: &str) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: String,
    }
    let found: Vec<Id> = rows(&db.read, sql, vec![]).await?;
    Ok(found.into_iter().map(|f| f.id).collect())
}
