//! Messages that a person looks over before they leave: the send queue.
//!
//! A draft is a row of `messages` that began as one (`drafted_at`). It moves along the table of
//! [`domain::message::Status::after`], each move a compare-and-set on the state and the revision that its reader saw.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    sql::{At, Filter, binds, clamp, cursor, row, rows, run, scalar, split_cursor},
    webhook::{self, OVER},
};
use domain::{
    Channel, ExitReason,
    ids::{CampaignId, ContactId, ConversationId, EnrollmentId, MemberId, MessageId, SenderId},
    message::{Event, Status},
};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// A draft as the queue shows it.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Draft {
    /// Id of the message.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// Their name, else their address.
    pub contact_name: String,
    /// Where they work.
    pub company: Option<String>,
    /// What they do there.
    pub title: Option<String>,
    /// On which channel.
    pub channel: Channel,
    /// Where it stands.
    pub status: Status,
    /// Subject, for e-mail.
    pub subject: Option<String>,
    /// The text.
    pub text: String,
    /// What it said before somebody changed it.
    pub original_text: Option<String>,
    /// The subject before somebody changed it.
    pub original_subject: Option<String>,
    /// To which address.
    pub to_address: String,
    /// From which account.
    pub sender_id: SenderId,
    /// Its name.
    pub sender_name: String,
    /// The member whose own device carries it.
    pub carrier_id: Option<MemberId>,
    /// Handle of the member whose draft it is.
    pub employee_id: Option<String>,
    /// The member whose draft it is.
    pub owner_id: Option<MemberId>,
    /// Their name.
    pub owner_name: Option<String>,
    /// The member who wrote it; none for one that a campaign wrote.
    pub author_id: Option<String>,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// Its name.
    pub campaign_name: Option<String>,
    /// The enrollment that waits for it.
    #[serde(skip)]
    pub enrollment_id: Option<EnrollmentId>,
    /// Not to be sent before.
    pub not_before: At,
    /// Since when it is there.
    pub created_at: At,
    /// When somebody said yes.
    pub approved_at: Option<At>,
    /// When it left, as far as anybody knows.
    pub sent_at: Option<At>,
    /// When it failed.
    pub failed_at: Option<At>,
    /// Why it failed, in a word.
    pub error_code: Option<String>,
    /// Why it failed, in plain words.
    pub error_text: Option<String>,
    /// Why somebody said no.
    pub reject_reason: Option<String>,
    /// Counts its changes: what is approved is the text that was read.
    pub revision: i64,
    /// How often it was tried since it was approved.
    pub tries: i64,
    /// When something else was last written to them here.
    #[serde(skip)]
    pub written_at: Option<At>,
}

const SELECT: &str = "select m.id, m.conversation_id, m.contact_id,
      coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), m.to_address) as contact_name,
      c.company, c.title, m.channel, m.status, m.subject, m.body as text, m.original_text, m.original_subject, m.to_address,
      m.sender_id, s.name as sender_name, s.member_id as carrier_id, o.handle as employee_id, v.owner_id, u.name as owner_name,
      m.author_id, m.campaign_id, p.name as campaign_name, m.enrollment_id, m.not_before, m.created_at, m.approved_at, m.sent_at,
      m.failed_at, m.error_code, m.error_text, m.reject_reason, m.revision, m.tries,
      (select max(e.created_at) from messages e where e.workspace_id = m.workspace_id and e.conversation_id = m.conversation_id
         and e.direction = 'out' and e.id <> m.id and e.status not in ('rejected', 'cancelled', 'suppressed', 'expired', 'failed'))
        as written_at
    from messages m join conversations v on v.id = m.conversation_id join senders s on s.id = m.sender_id
      left join members o on o.id = v.owner_id left join users u on u.id = o.user_id
      left join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
      left join campaigns p on p.id = m.campaign_id";

/// A part of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// To be looked over, oldest first.
    #[default]
    Review,
    /// Put off until a time.
    Held,
    /// Approved, and on their way.
    Approved,
    /// Definitely not sent.
    Failed,
    /// Nobody knows whether they left.
    Uncertain,
    /// Left.
    Sent,
    /// Somebody said no.
    Rejected,
    /// All of them.
    All,
}

impl View {
    /// The condition; `$now` is the instant that holds are measured by.
    fn clause(self) -> (&'static str, bool) {
        match self {
            View::Review => ("m.status = 'draft' and m.not_before <= ?", true),
            View::Held => ("m.status = 'draft' and m.not_before > ?", true),
            View::Approved => ("m.status in ('approved', 'queued', 'sending')", false),
            View::Failed => ("m.status in ('failed', 'suppressed', 'expired', 'cancelled')", false),
            View::Uncertain => ("m.status = 'uncertain' and m.status <> 'sending'", false),
            View::Sent => ("m.status in ('sent', 'delivered', 'read')", false),
            View::Rejected => ("m.status = 'rejected'", false),
            View::All => ("1 = 1", false),
        }
    }

    /// Whether the oldest stands at the top: what waits for somebody.
    fn is_oldest_first(self) -> bool {
        matches!(self, View::Review | View::Held)
    }
}

/// Which drafts are meant.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Part of the queue.
    pub view: View,
    /// On this channel.
    pub channel: Option<Channel>,
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// To this contact.
    pub contact: Option<ContactId>,
    /// Of this member.
    pub owner: Option<MemberId>,
}

fn of_scope(scope: &Scope) -> Filter {
    let mut filter = Filter::of(scope, "m.workspace_id");
    filter.own(scope, "v.owner_id");
    filter.and("m.drafted_at is not null", vec![]);
    filter
}

/// A page of the queue: what waits oldest first, everything else newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    wanted: &Wanted,
    now: i64,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Draft>> {
    let limit = clamp(limit);
    let mut filter = of_scope(scope);
    let (clause, asks_now) = wanted.view.clause();
    filter.and(clause, if asks_now { binds![now] } else { vec![] });
    if let Some(channel) = wanted.channel {
        filter.and("m.channel = ?", binds![channel]);
    }
    if let Some(campaign) = &wanted.campaign {
        filter.and("m.campaign_id = ?", binds![campaign]);
    }
    if let Some(contact) = &wanted.contact {
        filter.and("m.contact_id = ?", binds![contact]);
    }
    if let Some(owner) = &wanted.owner {
        filter.and("v.owner_id = ?", binds![owner]);
    }
    let oldest_first = wanted.view.is_oldest_first();
    if after.is_some() {
        let (at, id) = split_cursor(after)?;
        let beyond = if oldest_first { ">" } else { "<" };
        filter.and(&format!("(m.created_at, m.id) {beyond} (?, ?)"), binds![at, id]);
    }
    let way = if oldest_first { "asc" } else { "desc" };
    let n = filter.next();
    filter.values.push((limit + 1).into());
    let sql = format!("{SELECT} where {} order by m.created_at {way}, m.id {way} limit ${n}", filter.sql);
    let found: Vec<Draft> = rows(&db.reader(scope), &sql, filter.values).await?;
    Ok(Page::cut(found, limit, |d| cursor(d.created_at.0, d.id.as_str())))
}

/// How many stand in the parts of the queue that ask for somebody.
#[derive(Debug, Clone, Default, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Counts {
    /// To be looked over.
    pub review: i64,
    /// Put off.
    pub held: i64,
    /// Approved, and not gone yet.
    pub approved: i64,
    /// Definitely not sent.
    pub failed: i64,
    /// In doubt.
    pub uncertain: i64,
}

/// Counts the queue.
pub async fn counts(db: &Db, scope: &Scope, now: i64) -> Result<Counts> {
    let mut filter = of_scope(scope);
    filter.and("m.status in ('draft', 'approved', 'queued', 'sending', 'failed', 'uncertain')", vec![]);
    let n = filter.next();
    filter.values.push(now.into());
    let many = |which: &str| format!("cast(coalesce(sum(case when {which} then 1 else 0 end), 0) as bigint)");
    let sql = format!(
        "select {} as review, {} as held, {} as approved, {} as failed, {} as uncertain
         from messages m join conversations v on v.id = m.conversation_id where {}",
        many(&format!("m.status = 'draft' and m.not_before <= ${n}")),
        many(&format!("m.status = 'draft' and m.not_before > ${n}")),
        many("m.status in ('approved', 'queued', 'sending')"),
        many("m.status = 'failed'"),
        many("m.status = 'uncertain'"),
        filter.sql
    );
    Ok(row(&db.reader(scope), &sql, filter.values).await?.unwrap_or_default())
}

/// How many messages of a campaign wait for somebody to look them over.
pub async fn of_campaign(db: &Db, scope: &Scope, campaign: &CampaignId) -> Result<i64> {
    let mut filter = of_scope(scope);
    filter.and("m.status = 'draft' and m.campaign_id = ?", binds![campaign]);
    let sql = format!(
        "select count(*) as value from messages m join conversations v on v.id = m.conversation_id where {}",
        filter.sql
    );
    Ok(scalar(&db.reader(scope), &sql, filter.values).await?.unwrap_or(0))
}

/// One draft.
pub async fn get(db: &Db, scope: &Scope, id: &MessageId) -> Result<Draft> {
    let mut filter = of_scope(scope);
    filter.and("m.id = ?", binds![id]);
    let sql = format!("{SELECT} where {}", filter.sql);
    row(&db.reader(scope), &sql, filter.values).await?.ok_or(Error::NotFound("draft"))
}

/// A draft as it is while it is being changed.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Held {
    /// Where it stands.
    pub status: Status,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// The text.
    pub body: String,
    /// Subject, for e-mail.
    pub subject: Option<String>,
    /// On which channel.
    pub channel: Channel,
    /// Not to be sent before.
    pub not_before: i64,
    /// Counts its changes.
    pub revision: i64,
    /// The enrollment that waits for it.
    pub enrollment_id: Option<EnrollmentId>,
    /// The member whose own device carries it.
    pub carrier_id: Option<MemberId>,
}

/// Looks at a draft inside a transaction. [`Error::Conflict`] where its reader saw another revision.
pub async fn held(tx: &Tx, scope: &Scope, id: &MessageId, revision: Option<i64>) -> Result<Held> {
    let mut filter = of_scope(scope);
    filter.and("m.id = ?", binds![id]);
    let sql = format!(
        "select m.status, m.conversation_id, m.body, m.subject, m.channel, m.not_before, m.revision, m.enrollment_id,
           s.member_id as carrier_id
         from messages m join conversations v on v.id = m.conversation_id join senders s on s.id = m.sender_id where {}",
        filter.sql
    );
    let held: Held = row(tx, &sql, filter.values).await?.ok_or(Error::NotFound("draft"))?;
    match revision {
        Some(seen) if seen != held.revision => {
            Err(Error::Conflict("this draft was changed since you read it. Look at it again".into()))
        }
        _ => Ok(held),
    }
}

impl Held {
    fn after(&self, event: Event) -> Result<Status> {
        self.status.after(event).map_err(|_| {
            let message = match (self.status, event) {
                (Status::Uncertain, _) => {
                    "nobody knows yet whether this message left. Say what became of it first".to_owned()
                }
                (Status::Queued | Status::Sending, Event::Reopen) => {
                    "this message is on its way already".to_owned()
                }
                (status, _) => format!("this message is {status} already"),
            };
            Error::Conflict(message)
        })
    }
}

/// `set` begins with a comma, its values with `$6`.
async fn change(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    held: &Held,
    next: Status,
    set: &str,
    values: Vec<sea_orm::Value>,
) -> Result<()> {
    let sql = format!(
        "update messages set status = $5, revision = revision + 1{set}
         where workspace_id = $1 and id = $2 and status = $3 and revision = $4 and drafted_at is not null"
    );
    let mut all = binds![scope.ws(), id, held.status, held.revision, next];
    all.extend(values);
    match run(tx, &sql, all).await? {
        0 => Err(Error::Conflict("this draft was changed in this moment. Look at it again".into())),
        _ => Ok(()),
    }
}

/// Says yes: it may leave from `not_before` on. What had failed is tried again, and its enrollment waits for it again.
pub async fn approve(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    held: &Held,
    not_before: i64,
    now: i64,
) -> Result<()> {
    let next = held.after(Event::Approve)?;
    let set = ", approved_at = $6, approved_by = $7, not_before = $8, due_at = $8, tries = 0, sent_at = null,
         failed_at = null, error_code = null, error_class = null, error_text = null, reject_reason = null";
    change(tx, scope, id, held, next, set, binds![now, scope.member.clone(), not_before]).await?;
    if let (Status::Failed, Some(enrollment)) = (held.status, &held.enrollment_id) {
        let sql =
            "update enrollments set status = 'waiting', reason = null, detail = null, completed_at = null
                   where workspace_id = $1 and id = $2 and status = 'failed' and reason = 'send_failed'";
        run(tx, sql, binds![scope.ws(), enrollment]).await?;
        resume(tx, scope, enrollment).await?;
    }
    Ok(())
}

/// A campaign that was over, since everybody in it was, goes on for somebody who is in it again.
async fn resume(tx: &Tx, scope: &Scope, enrollment: &EnrollmentId) -> Result<()> {
    let sql = "update campaigns set status = 'active', completed_at = null
               where workspace_id = $1 and status = 'completed'
                 and id = (select e.campaign_id from enrollments e where e.workspace_id = $1 and e.id = $2 and e.status = 'waiting')";
    run(tx, sql, binds![scope.ws(), enrollment]).await?;
    Ok(())
}

/// What becomes of somebody in a campaign whose message is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Afterwards {
    /// The campaign ends for them.
    #[default]
    Leave,
    /// They go on without this message.
    GoOn,
}

/// Says no. The campaign that wrote it ends for its person, or goes on from `from`.
pub async fn reject(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    held: &Held,
    reason: &str,
    (afterwards, from, now): (Afterwards, i64, i64),
) -> Result<()> {
    let next = held.after(Event::Reject)?;
    change(tx, scope, id, held, next, ", reject_reason = $6", binds![reason]).await?;
    let Some(enrollment) = &held.enrollment_id else { return Ok(()) };
    match afterwards {
        Afterwards::Leave => {
            let sql = format!(
                "update enrollments set status = 'exited', reason = $3, detail = $4, due_at = null, completed_at = $5
                 where workspace_id = $1 and id = $2 and status = 'waiting' returning {OVER}"
            );
            let values = binds![scope.ws(), enrollment, ExitReason::Rejected, reason, now];
            let over: Vec<webhook::Over> = rows(tx, &sql, values).await?;
            webhook::tell_over(tx, &over, now).await
        }
        Afterwards::GoOn => {
            let sql = "update enrollments set status = 'active', due_at = $3, detail = $4
                       where workspace_id = $1 and id = $2 and status = 'waiting'";
            run(tx, sql, binds![scope.ws(), enrollment, from, reason]).await?;
            Ok(())
        }
    }
}

/// Takes an approval or a rejection back, while nobody has been handed the message and its campaign has not gone on
/// without it.
pub async fn reopen(tx: &Tx, scope: &Scope, id: &MessageId, held: &Held, not_before: i64) -> Result<()> {
    let next = held.after(Event::Reopen)?;
    if let (Status::Rejected, Some(enrollment)) = (held.status, &held.enrollment_id) {
        let sql = "update enrollments set status = 'waiting', reason = null, detail = null, due_at = null, completed_at = null
                   where workspace_id = $1 and id = $2 and wrote = 1
                     and (status = 'exited' and reason = 'rejected' or status = 'active')
                     and node_key = (select m.node_key from messages m where m.workspace_id = $1 and m.id = $3)";
        if run(tx, sql, binds![scope.ws(), enrollment, id]).await? == 0 {
            return Err(Error::Conflict("its campaign has gone on without this message".into()));
        }
        resume(tx, scope, enrollment).await?;
    }
    let set = ", approved_at = null, approved_by = null, reject_reason = null, not_before = $6";
    change(tx, scope, id, held, next, set, binds![not_before]).await
}

/// What is written anew in a draft.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The text.
    pub text: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// Not to be sent before, and not to be looked over before.
    pub not_before: Option<i64>,
}

/// Writes on a draft; what it said at first is kept.
pub async fn edit(tx: &Tx, scope: &Scope, id: &MessageId, held: &Held, edit: &Edit) -> Result<()> {
    if !domain::draft::may_edit(held.status) {
        return Err(Error::Conflict(format!(
            "this message is {} and cannot be changed any more",
            held.status
        )));
    }
    let text = edit.text.clone().unwrap_or_else(|| held.body.clone());
    let subject = edit.subject.clone().or_else(|| held.subject.clone());
    let is_new = text != held.body || subject != held.subject;
    let set = ", original_text = case when $9 = 1 then coalesce(original_text, body) else original_text end,
         original_subject = case when $9 = 1 then coalesce(original_subject, subject) else original_subject end,
         body = $6, subject = $7, not_before = $8";
    let not_before = edit.not_before.unwrap_or(held.not_before);
    let values = binds![text, subject, not_before, i64::from(is_new)];
    change(tx, scope, id, held, held.status, set, values).await?;
    if is_new {
        crate::search::note_messages(tx, scope, std::slice::from_ref(id)).await?;
    }
    Ok(())
}

/// Hands approved messages whose time has come to their senders. Returns how many. Looks across tenants; what members'
/// own devices carry is handed over when they ask for it.
pub async fn promote(db: &Db, now: i64) -> Result<u64> {
    let due = "m.status = 'approved' and m.not_before <= $1
         and exists (select 1 from senders s where s.id = m.sender_id and s.member_id is null)";
    let sql = format!("select cast(1 as bigint) as value from messages m where {due} limit 1");
    let found: Option<i64> = crate::sql::scalar(&db.read, &sql, binds![now]).await?;
    if found.is_none() {
        return Ok(0);
    }
    let sql = format!(
        "update messages set status = 'queued' where status = 'approved' and id in (select m.id from messages m where {due})"
    );
    run(&db.write, &sql, binds![now]).await
}

/// The same for the messages of one sender.
pub async fn promote_of(db: &Db, sender: &SenderId, now: i64) -> Result<u64> {
    let sql = "update messages set status = 'queued' where sender_id = $1 and status = 'approved' and not_before <= $2";
    run(&db.write, sql, binds![sender, now]).await
}
