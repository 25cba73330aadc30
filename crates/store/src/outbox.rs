//! The way out of a message: claim and record (reliability.md section 2). What happens to those of which nobody
//! can say whether they left is in [`crate::doubt`].
//!
//! A claim takes a batch of one sender's due messages in one transaction: it holds the workspace's row
//! shared against every change of a guard, asks the rules about each message, and sets `sending` in one
//! statement that checks the guards of the database once more. Every later write is a compare-and-set
//! on owner and attempt, so that a node that slept cannot overwrite what came after it.

use crate::{
    Db, Result, Scope, Tx, consent, rest,
    send_count::{self, Counter, Counts},
    sender::{self, Sender},
    sql::{
        At, binds, int, is_one_of, items, now_ms, row, rows, run, scalar, skip_locked, text_list,
        walk_in_order,
    },
    webhook::{self, Ears, Fact, OVER},
    workspace::{self, Workspace},
};
use domain::guard::Lateness;
use domain::ids::{CampaignId, ContactId, ConversationId, EnrollmentId, MessageId, SenderId, WorkspaceId};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use serde::Serialize;
use std::collections::BTreeMap;

/// A due message with everything the guards look at.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Candidate {
    /// Id, our reference at the provider.
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
    /// Our address.
    pub from_address: String,
    /// Their address.
    pub to_address: String,
    /// The same as it is compared.
    pub to_key: String,
    /// Subject.
    pub subject: Option<String>,
    /// Text.
    pub body: String,
    /// Message-ID.
    pub rfc_message_id: Option<String>,
    /// Message-ID that it answers.
    pub in_reply_to: Option<String>,
    /// Message-IDs of the thread.
    pub reference_ids: Option<String>,
    /// Attempts so far; after a claim, the number of this one.
    pub attempt: i64,
    /// How many of them count for nothing.
    pub spared: i64,
    /// Not before.
    pub not_before: i64,
    /// When it came due.
    pub due_at: i64,
    /// Creation, which is also its Date.
    pub created_at: At,
    /// State of its campaign.
    pub campaign_status: Option<domain::CampaignStatus>,
    /// Send windows of its campaign as JSON.
    pub windows: Option<String>,
    /// How late it may be, in milliseconds.
    pub lateness_ms: Option<i64>,
    /// What becomes of it when it is late.
    pub lateness: Option<Lateness>,
    /// Since when a person is asked whether it is still to leave.
    pub late_since: Option<i64>,
    /// 1 where its campaign sends on holidays too.
    pub on_holidays: Option<i64>,
    /// Most messages a local day of its campaign.
    pub campaign_cap: Option<i64>,
    /// State of its enrollment.
    pub enrollment_status: Option<domain::EnrollmentStatus>,
    /// Why the enrollment ended.
    pub enrollment_reason: Option<String>,
    /// The contact's zone.
    pub contact_zone: Option<String>,
    /// Why the address is suppressed.
    pub suppressed: Option<String>,
    /// Whether the person is blocked.
    pub is_blocked: bool,
    /// On which channel.
    pub channel: domain::Channel,
    /// Whether the contact agreed to it.
    pub is_agreed: bool,
    /// The member who wrote it; a campaign's message has none.
    pub author_id: Option<String>,
    /// The approved template that is sent instead of the text, as JSON.
    pub approved: Option<String>,
    /// When they last wrote in this conversation, on channels that have a window.
    pub last_inbound: Option<i64>,
    /// How many messages before this one wait for their answer, on channels that limit it.
    pub unanswered: i64,
    /// Why its template may not be sent at the moment.
    pub template_problem: Option<String>,
}

/// What the rules say about a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Send it now.
    Go,
    /// Not yet. With an instant it waits until then.
    Hold(Option<i64>),
    /// A person is asked whether it is still to leave.
    Ask,
    /// Never: `suppressed`, `cancelled`, `expired` or `failed`, with code and plain words.
    Drop(domain::message::Status, &'static str, String),
}

/// A batch whose intent to send is committed.
#[derive(Debug)]
pub struct Claim {
    /// Whose messages.
    pub workspace: Workspace,
    /// From which account.
    pub sender: Sender,
    /// To be sent now.
    pub messages: Vec<Candidate>,
    /// Withdrawn by the rules, with their conversations.
    pub dropped: Vec<(MessageId, ConversationId)>,
    /// How many were put off to a later time.
    pub put_off: usize,
    /// The provider did not answer lately: what becomes of the one message is to show whether it does again.
    pub is_probe: bool,
    /// How many times in a row it did not.
    pub failures: i64,
    /// How often messages of this sender were claimed until now: see [`crate::restored`].
    pub claims: i64,
}

/// How a claim is limited.
#[derive(Clone)]
pub struct Terms<'a> {
    /// The node and boot that claims.
    pub owner: &'a str,
    /// How long the claim lasts, in real milliseconds.
    pub lease_ms: i64,
    /// Most messages at once.
    pub limit: i64,
    /// For how long the others wait for one that is to show whether a provider answers again, on the product's clock.
    pub probe_ms: i64,
    /// The product's clock.
    pub now: i64,
    /// Recognises addresses that were erased.
    pub prints: &'a dyn crate::suppression::Fingerprint,
}

/// The due messages of the sender `$1` at `$2`, at most `$3`.
const CANDIDATES: &str = "select m.id, m.conversation_id, m.contact_id, m.campaign_id, m.enrollment_id, m.node_key, m.from_address,
    m.to_address, m.to_key, m.subject, m.body, m.rfc_message_id, m.in_reply_to, m.reference_ids, m.attempt, m.spared, m.not_before, m.due_at, m.created_at,
    p.status as campaign_status, p.windows, p.lateness_ms, p.lateness, m.late_since, p.on_holidays, p.daily_cap as campaign_cap, e.status as enrollment_status, e.reason as enrollment_reason,
    c.time_zone as contact_zone,
    (select s.reason from suppressions s where s.workspace_id = m.workspace_id and s.value_key = m.to_key
       and s.channel in (m.channel, 'all') and s.sender_id in ('', m.sender_id) limit 1) as suppressed,
    BLOCKED as is_blocked,
    m.channel, AGREED as is_agreed, m.author_id, m.approved, cast(null as text) as template_problem,
    case when m.channel in (WINDOWED) then (select i.created_at from messages i where i.workspace_id = m.workspace_id
       and i.conversation_id = m.conversation_id and i.channel = m.channel and i.sender_id = m.sender_id and i.direction = 'in' order by i.created_at desc limit 1) end as last_inbound,
    case when m.channel in (COUNTED) then (UNANSWERED and o.id < m.id) else 0 end as unanswered
  from messages m left join campaigns p on p.id = m.campaign_id left join enrollments e on e.id = m.enrollment_id
    left join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
  where m.sender_id = $1 and m.status = 'queued' and m.not_before <= $2 and (m.campaign_id is null or p.status = 'active') and not BLOCKED
  order by m.not_before, m.id limit $3";

/// Whether the person of a message is blocked.
const BLOCKED: &str = "(c.blocked_at is not null or exists (select 1 from conversations v where v.id = m.conversation_id and v.blocked_at is not null))";

fn candidates() -> String {
    let windowed =
        domain::Channel::ALL.iter().filter(|channel| domain::limits::of(**channel).window_ms.is_some());
    let windowed: Vec<String> = windowed.map(|channel| format!("'{channel}'")).collect();
    let counted =
        domain::Channel::ALL.iter().filter(|channel| domain::limits::of(**channel).unanswered.is_some());
    let counted: Vec<String> = counted.map(|channel| format!("'{channel}'")).collect();
    CANDIDATES
        .replace("BLOCKED", BLOCKED)
        .replace("AGREED", &consent::is_given("m.workspace_id", "m.contact_id", "m.channel", 2))
        .replace("WINDOWED", &windowed.join(", "))
        .replace("COUNTED", &counted.join(", "))
        .replace("UNANSWERED", &crate::message::unanswered("m"))
}

/// The re-check inside the claim statement: everything that the database itself can answer.
///
/// The status is no plain column here: PostgreSQL, which may believe that little is queued, would read the whole index of
/// the queue for the few ids.
const RECHECK: &str = "status || '' = 'queued'
    and not exists (select 1 from workspaces w where w.id = messages.workspace_id and w.stopped_at is not null)
    and not exists (select 1 from suppressions s where s.workspace_id = messages.workspace_id and s.value_key = messages.to_key
          and s.channel in (messages.channel, 'all') and s.sender_id in ('', messages.sender_id))
    and not exists (select 1 from conversations v where v.id = messages.conversation_id and v.blocked_at is not null)
    and not exists (select 1 from campaigns p where p.id = messages.campaign_id and p.status <> 'active')
    and (enrollment_id is null or exists (select 1 from enrollments e where e.id = messages.enrollment_id
          and e.status not in ('exited', 'completed', 'failed')))";

/// Claims up to `limit` due messages of a sender. `pace` says how many may go and where the next slot is; `caps` names
/// the counters under which a candidate falls; `rule` judges each, knowing what they have counted. `None` when the
/// sender is gone, not active, stopped or another node has it.
pub async fn claim(
    db: &Db,
    sender: &SenderId,
    terms: Terms<'_>,
    pace: impl Fn(&Workspace, &Sender) -> i64,
    caps: impl Fn(&Workspace, &Sender, &Candidate) -> Vec<Counter>,
    mut rule: impl FnMut(&Workspace, &Sender, &Candidate, &Counts) -> Ruling,
    settle: impl FnOnce(&Workspace, &mut Sender, i64),
) -> Result<Option<Claim>> {
    let backend = db.backend();
    let tx = db.begin().await?;
    let sql = format!(
        "select {} from senders s where s.id = $1 and s.status = 'active'{}",
        sender::COLUMNS,
        skip_locked(backend, "s")
    );
    let Some(mut account) = row::<Sender>(&tx, &sql, binds![sender]).await? else { return Ok(None) };
    let Some(workspace) = workspace::hold_guards(&tx, &account.workspace_id).await? else { return Ok(None) };
    let scope = Scope::system(account.workspace_id.clone());
    let (rested, is_probe, failures) = rest::lets(&tx, &scope, &account, terms.now).await?;
    let allowed = pace(&workspace, &account).min(terms.limit).min(rested);
    if workspace.stopped_at.is_some() || allowed <= 0 {
        return Ok(None);
    }
    walk_in_order(&tx).await?;
    let sql = format!("{}{}", candidates(), skip_locked(backend, "m"));
    let mut candidates: Vec<Candidate> = rows(&tx, &sql, binds![sender, terms.now, allowed]).await?;
    if is_probe {
        // It waited for its connection: that does not make it late.
        candidates.iter_mut().for_each(|candidate| candidate.due_at = candidate.due_at.max(terms.now));
    }
    crate::approved::mind(&tx, &scope, &account.id, &workspace.send_mode, &mut candidates).await?;
    let keys = candidates.iter().map(|c| c.to_key.as_str());
    let erased = crate::suppression::recognise(&tx, &scope, keys, terms.prints, terms.now).await?;
    let capped = candidates.iter().flat_map(|c| caps(&workspace, &account, c));
    let mut counts = send_count::hold(&tx, &scope, capped).await?;
    let (mut go, mut held, mut asked, mut drops) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for mut candidate in candidates {
        if candidate.suppressed.is_none() && erased.contains(&candidate.to_key) {
            candidate.suppressed = Some("Erased on request".into());
        }
        match rule(&workspace, &account, &candidate, &counts) {
            Ruling::Go => {
                for counter in caps(&workspace, &account, &candidate) {
                    *counts.entry(counter).or_default() += 1;
                }
                go.push(candidate);
            }
            Ruling::Hold(Some(until)) => held.push(serde_json::json!({ "id": candidate.id, "until": until })),
            Ruling::Hold(None) => {}
            Ruling::Ask => asked.push(candidate.id),
            Ruling::Drop(status, code, text) => drops.push((candidate, status, code, text)),
        }
    }
    let put_off = held.len() + asked.len();
    hold(&tx, held).await?;
    ask(&tx, asked, terms.now).await?;
    drop_all(&tx, &scope, &drops, terms.now).await?;
    let messages = set_sending(&tx, backend, go, &terms).await?;
    let mut claims = 0;
    if !messages.is_empty() {
        settle(&workspace, &mut account, messages.len() as i64);
        let mut used = Counts::new();
        for counter in messages.iter().flat_map(|message| caps(&workspace, &account, message)) {
            *used.entry(counter).or_default() += 1;
        }
        send_count::add(&tx, &scope, &used).await?;
        if is_probe {
            rest::trying(&tx, &scope, sender, terms.now + terms.probe_ms).await?;
        }
        let sql = "update senders set day = $2, sent_today = $3, next_slot_at = $4, tried = tried + $5, claims = claims + 1
             where id = $1 returning claims as value";
        let values =
            binds![sender, account.day, account.sent_today, account.next_slot_at, messages.len() as i64];
        claims = scalar(&tx, sql, values).await?.unwrap_or(0);
    }
    tx.commit().await?;
    let dropped = drops.into_iter().map(|(c, ..)| (c.id, c.conversation_id)).collect();
    Ok(Some(Claim { workspace, sender: account, messages, dropped, put_off, is_probe, failures, claims }))
}

async fn hold(tx: &Tx, held: Vec<serde_json::Value>) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update messages set not_before = {} from {} where messages.id = item.value->>'id' and messages.status = 'queued'",
        int("until"),
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![serde_json::Value::Array(held).to_string()]).await?;
    Ok(())
}

/// When a message is to leave of which a person has to say whether it is: far beyond all that is due.
const ON_WORD: i64 = 253_000_000_000_000;

async fn ask(tx: &Tx, asked: Vec<MessageId>, now: i64) -> Result<()> {
    if asked.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update messages set late_since = $2, not_before = $3 where id in (select item.value->>'v' from {}) and status = 'queued'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![text_list(asked.iter().map(|id| id.as_str())), now, ON_WORD]).await?;
    Ok(())
}

async fn drop_all(
    tx: &Tx,
    scope: &Scope,
    drops: &[(Candidate, domain::message::Status, &'static str, String)],
    now: i64,
) -> Result<()> {
    for (message, status, code, text) in drops {
        run(
            tx,
            "update messages set status = $2, error_code = $3, error_text = $4,
               error_class = case when $2 = 'failed' then 'window' else error_class end,
               failed_at = case when $2 = 'failed' then $5 else failed_at end
             where id = $1 and status = 'queued'",
            binds![&message.id, *status, *code, text.as_str(), now],
        )
        .await?;
        if *status == domain::message::Status::Failed {
            let fact = crate::event::NewEvent {
                kind: "failed",
                message_id: Some(message.id.to_string()),
                enrollment_id: message.enrollment_id.as_ref().map(ToString::to_string),
                campaign_id: message.campaign_id.as_ref().map(ToString::to_string),
                contact_id: message.contact_id.as_ref().map(ToString::to_string),
                node_key: message.node_key.clone(),
                data: Some(text.clone()),
            };
            crate::event::write(tx, scope, &[fact], now).await?;
        }
        if let Some(enrollment) = &message.enrollment_id {
            end_waiting(tx, enrollment, *status, text, now).await?;
        }
    }
    Ok(())
}

/// An enrollment that waited for a message which will never leave does not wait for ever: a late message
/// is skipped and the funnel goes on, a suppressed address ends it.
async fn end_waiting(
    tx: &Tx,
    enrollment: &EnrollmentId,
    status: domain::message::Status,
    text: &str,
    now: i64,
) -> Result<()> {
    if status == domain::message::Status::Expired {
        let sql = "update enrollments set status = 'active', due_at = $2, detail = $3 where id = $1 and status = 'waiting'";
        run(tx, sql, binds![enrollment, now, text]).await?;
        return Ok(());
    }
    if status == domain::message::Status::Failed {
        let sql = format!(
            "update enrollments set status = 'failed', reason = 'send_failed', detail = $3, due_at = null, completed_at = $2
             where id = $1 and status = 'waiting' returning {OVER}"
        );
        let over: Vec<webhook::Over> = rows(tx, &sql, binds![enrollment, now, text]).await?;
        return webhook::tell_over(tx, &over, now).await;
    }
    let sql = format!(
        "update enrollments set status = 'exited', reason = coalesce(reason, 'opted_out'), detail = $3, due_at = null, completed_at = $2
         where id = $1 and status = 'waiting' returning {OVER}"
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![enrollment, now, text]).await?;
    webhook::tell_over(tx, &over, now).await
}

/// The claim statement.
async fn set_sending(
    tx: &Tx,
    backend: DbBackend,
    go: Vec<Candidate>,
    terms: &Terms<'_>,
) -> Result<Vec<Candidate>> {
    #[derive(FromQueryResult)]
    struct Won {
        id: MessageId,
        attempt: i64,
    }
    if go.is_empty() {
        return Ok(go);
    }
    let clock = now_ms(backend);
    let sql = format!(
        "update messages set status = 'sending', claimed_by = $2, claimed_at = {clock}, lease_until = {clock} + $3, attempt = attempt + 1,
           error_code = null, error_class = null, error_text = null
         where id {} and {RECHECK} returning id, attempt",
        is_one_of(backend, 1)
    );
    let ids = text_list(go.iter().map(|c| c.id.as_str()));
    let won: Vec<Won> = rows(tx, &sql, binds![ids, terms.owner, terms.lease_ms]).await?;
    let mut attempts: std::collections::HashMap<MessageId, i64> =
        won.into_iter().map(|w| (w.id, w.attempt)).collect();
    Ok(go
        .into_iter()
        .filter_map(|mut candidate| {
            candidate.attempt = attempts.remove(&candidate.id)?;
            Some(candidate)
        })
        .collect())
}

/// What became of a claimed message.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// The message.
    pub id: MessageId,
    /// Its workspace.
    #[serde(skip)]
    pub workspace_id: WorkspaceId,
    /// The claim's attempt: the fence.
    pub attempt: i64,
    /// 1 where the attempt counts for nothing: it was not tried, or it was its connection that was.
    pub spared: i64,
    /// The new status: `sent`, `failed`, `queued` (retry or given back) or `uncertain`.
    pub status: domain::message::Status,
    /// What the provider calls it.
    pub provider_message_id: Option<String>,
    /// When to try again.
    pub not_before: Option<i64>,
    /// How long doubt rests, in real milliseconds.
    pub settle_ms: i64,
    /// The provider's code.
    pub code: Option<String>,
    /// Our class of it.
    pub class: Option<String>,
    /// In plain words.
    pub text: Option<String>,
    /// For the event.
    pub contact_id: Option<ContactId>,
    /// For the event.
    pub campaign_id: Option<CampaignId>,
    /// For the event, and to let it go on.
    pub enrollment_id: Option<EnrollmentId>,
    /// For the event.
    pub node_key: Option<String>,
    /// Id of the event.
    pub event_id: domain::ids::EventId,
}

/// Records a batch of outcomes in one transaction. Returns the messages that were still ours.
pub async fn record(db: &Db, owner: &str, outcomes: &[Outcome], now: i64) -> Result<Vec<MessageId>> {
    #[derive(FromQueryResult)]
    struct Mine {
        id: MessageId,
    }
    if outcomes.is_empty() {
        return Ok(vec![]);
    }
    let backend = db.backend();
    let clock = now_ms(backend);
    let list = serde_json::to_string(outcomes)?;
    let tx = db.begin().await?;
    let sql = format!(
        "update messages set status = item.value->>'status',
           provider_message_id = coalesce(item.value->>'provider_message_id', messages.provider_message_id),
           sent_at = case when item.value->>'status' = 'sent' then $3 else messages.sent_at end,
           failed_at = case when item.value->>'status' = 'failed' then $3 else messages.failed_at end,
           not_before = coalesce({not_before}, messages.not_before), spared = messages.spared + {spared},
           settle_at = {clock} + {settle}, lease_until = 0, needs_decision = 0,
           error_code = item.value->>'code', error_class = item.value->>'class', error_text = item.value->>'text'
         from {items}
         where messages.id = item.value->>'id' and messages.attempt = {attempt} and messages.claimed_by = $2
           and messages.status in ('sending', 'uncertain')
         returning messages.id",
        not_before = int("not_before"),
        settle = int("settle_ms"),
        spared = int("spared"),
        attempt = int("attempt"),
        items = items(backend, 1),
    );
    let mine: Vec<Mine> = rows(&tx, &sql, binds![list.as_str(), owner, now]).await?;
    let mine: std::collections::HashSet<MessageId> = mine.into_iter().map(|m| m.id).collect();
    let kept: Vec<&Outcome> = outcomes.iter().filter(|o| mine.contains(&o.id)).collect();
    let told: Vec<&Outcome> =
        kept.iter().copied().filter(|o| o.status != domain::message::Status::Queued).collect();
    write_events(&tx, &told, now).await?;
    move_enrollments(&tx, &told, now).await?;
    tx.commit().await?;
    Ok(mine.into_iter().collect())
}

async fn write_events(tx: &Tx, told: &[&Outcome], now: i64) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into events (id, workspace_id, kind, message_id, enrollment_id, campaign_id, contact_id, node_key, data, at)
         select item.value->>'event_id', m.workspace_id, item.value->>'status', m.id, item.value->>'enrollment_id', item.value->>'campaign_id',
           item.value->>'contact_id', item.value->>'node_key', item.value->>'text', $2
         from {} join messages m on m.id = item.value->>'id'",
        items(tx.get_database_backend(), 1)
    );
    run(tx, &sql, binds![serde_json::to_string(told)?, now]).await?;
    let mut of_workspace: BTreeMap<&str, (&Outcome, Vec<&str>)> = BTreeMap::new();
    for outcome in told {
        let (_, contacts) = of_workspace
            .entry(outcome.workspace_id.as_str())
            .or_insert_with(|| (outcome, Vec::with_capacity(told.len())));
        contacts.extend(outcome.contact_id.as_ref().map(|id| id.as_str()));
    }
    for (outcome, contacts) in of_workspace.into_values() {
        crate::contact_set::changed(tx, &Scope::system(outcome.workspace_id.clone()), contacts).await?;
    }
    tell(tx, told, now).await
}

/// Tells webhooks.
async fn tell(tx: &Tx, told: &[&Outcome], now: i64) -> Result<()> {
    let ears = Ears::of(tx, told.iter().map(|o| &o.workspace_id)).await?;
    if ears.none() {
        return Ok(());
    }
    let fact = |o: &&Outcome| {
        Some(Fact {
            workspace: o.workspace_id.clone(),
            kind: domain::webhook::of_event(o.status.as_str())?,
            contact: o.contact_id.as_ref().map(ToString::to_string),
            message: Some(o.id.to_string()),
            data: serde_json::json!({
                "message_id": o.id, "contact_id": o.contact_id, "campaign_id": o.campaign_id, "enrollment_id": o.enrollment_id,
                "node_key": o.node_key,
            }),
        })
    };
    let facts: Vec<Fact> = told.iter().filter_map(fact).collect();
    ears.tell(tx, &facts, now).await
}

/// Those whose message left go on; those whose message definitely failed end.
async fn move_enrollments(tx: &Tx, told: &[&Outcome], now: i64) -> Result<()> {
    let of = |status| -> Vec<&str> {
        told.iter()
            .filter(|o| o.status == status)
            .filter_map(|o| o.enrollment_id.as_ref())
            .map(|e| e.as_str())
            .collect()
    };
    let left = of(domain::message::Status::Sent);
    let backend = tx.get_database_backend();
    if !left.is_empty() {
        let sql = format!(
            "update enrollments set status = 'active', due_at = $2 where status = 'waiting' and id in (select item.value->>'v' from {})",
            items(backend, 1)
        );
        run(tx, &sql, binds![text_list(left), now]).await?;
    }
    let failed = of(domain::message::Status::Failed);
    if !failed.is_empty() {
        let sql = format!(
            "update enrollments set status = 'failed', reason = 'send_failed', due_at = null, completed_at = $2
             where status = 'waiting' and id in (select item.value->>'v' from {}) returning {OVER}",
            items(backend, 1)
        );
        let over: Vec<webhook::Over> = rows(tx, &sql, binds![text_list(failed), now]).await?;
        webhook::tell_over(tx, &over, now).await?;
    }
    Ok(())
}

/// What follows when it becomes known, from whatever side, that a message left: the fact, and the
/// enrollment goes on.
pub async fn left(tx: &Tx, scope: &Scope, sent: &crate::message::Sent, now: i64) -> Result<()> {
    let event = crate::event::NewEvent { kind: "sent", ..facts_of(sent) };
    crate::event::write(tx, scope, &[event], now).await?;
    go_on(tx, sent, now).await
}

/// The enrollment that waited for a message goes on.
pub async fn go_on(tx: &Tx, sent: &crate::message::Sent, now: i64) -> Result<()> {
    if let Some(enrollment) = &sent.enrollment_id {
        run(
            tx,
            "update enrollments set status = 'active', due_at = $2 where id = $1 and status = 'waiting'",
            binds![enrollment, now],
        )
        .await?;
    }
    Ok(())
}

/// The ids that every event about a message carries.
pub fn facts_of(sent: &crate::message::Sent) -> crate::event::NewEvent {
    crate::event::NewEvent {
        kind: "",
        message_id: Some(sent.id.to_string()),
        enrollment_id: sent.enrollment_id.as_ref().map(ToString::to_string),
        campaign_id: sent.campaign_id.as_ref().map(ToString::to_string),
        contact_id: sent.contact_id.as_ref().map(ToString::to_string),
        node_key: sent.node_key.clone(),
        data: None,
    }
}

/// The facts that decide why messages have not left or will not, for people who ask.
pub async fn candidates_among(
    db: &Db,
    scope: &Scope,
    ids: &[&MessageId],
    now: i64,
) -> Result<Vec<Candidate>> {
    let all = candidates();
    let (head, _) = all.split_once("where m.sender_id = $1").ok_or(crate::Error::NotFound("message"))?;
    let ids = text_list(ids.iter().map(|id| id.as_str()));
    let among = crate::sql::is_one_of(db.backend(), 3);
    // Not by the workspace, all of which SQLite would read.
    let sql = format!("{head}where m.workspace_id || '' = $1 and m.id {among}");
    rows(&db.reader(scope), &sql, binds![scope.ws(), now, ids]).await
}

/// Requeues everything in `sending`: a planted bug that the kill loop must catch.
#[cfg(feature = "planted-bugs")]
pub async fn requeue_all(db: &Db) -> Result<u64> {
    let tx = db.begin().await?;
    let changed = run(
        &tx,
        "update messages set status = 'queued', lease_until = 0 where status in ('sending', 'uncertain')",
        vec![],
    )
    .await?;
    tx.commit().await?;
    Ok(changed)
}
