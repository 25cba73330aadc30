//! The inbox.

mod block;
mod drafts;
mod many;
mod merge;
mod work;

use crate::shape::{integer, list_of, object, of, or_null, page, text, truth, with};
use crate::{
    error::{Error, Result},
    messages::{self, Address, Leaving, Letter},
    tool::{Access, Ctx, Tool},
};
use domain::{
    AddressKind, Channel,
    ids::{CampaignId, CompanyId, ContactId, ConversationId, LabelId, MemberId, MessageId},
    inbound::ReplyKind,
    limits::{self, Window},
};
pub(crate) use work::moment_of;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{
    At, Total, Tx, contact, contact_address,
    conversation::{self, Conversation, Counts, Query, View},
    enrollment, message, note, notification, sender,
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    [threads(), block::tools(), drafts::tools(), many::tools(), merge::tools(), work::tools()]
        .into_iter()
        .flatten()
        .collect()
}

fn threads() -> Vec<Tool> {
    vec![
        Tool::new(
            "conversation_count",
            "GET /conversations/count",
            Access::Read,
            "Count the conversations that match, up to 10,000.",
            count,
        ),
        Tool::new(
            "conversation_done",
            "POST /conversations/{id}/done",
            Access::Write,
            "Put a conversation away.",
            done,
        ),
        Tool::new(
            "conversation_get",
            "GET /conversations/{id}",
            Access::Read,
            "Read one conversation with its contact.",
            get,
        )
        .gives(shape),
        Tool::new(
            "conversation_link",
            "POST /conversations/{id}/link",
            Access::Write,
            "Tie an unmatched conversation to a contact.",
            link,
        ),
        Tool::new(
            "conversation_list",
            "GET /conversations",
            Access::Read,
            "List conversations, newest first.",
            list,
        ),
        Tool::new(
            "conversation_messages",
            "GET /conversations/{id}/messages",
            Access::Read,
            "Messages of a conversation, newest first.",
            thread,
        )
        .gives(|| page(messages::shape())),
        Tool::new(
            "conversation_read",
            "POST /conversations/{id}/read",
            Access::Write,
            "Mark a conversation read.",
            read,
        ),
        Tool::new(
            "conversation_reopen",
            "POST /conversations/{id}/reopen",
            Access::Write,
            "Open a conversation again.",
            reopen,
        ),
        Tool::new(
            "conversation_reply",
            "POST /conversations/{id}/reply",
            Access::Send,
            "Answer in a conversation.",
            reply,
        )
        .gives(messages::shape),
        Tool::new(
            "conversation_unread",
            "POST /conversations/{id}/unread",
            Access::Write,
            "Mark a conversation unread.",
            unread,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Which part of the inbox.
    #[serde(default)]
    view: View,
    /// Only this channel.
    channel: Option<Channel>,
    /// Only this contact.
    contact_id: Option<ContactId>,
    /// Only people of this company.
    company_id: Option<CompanyId>,
    /// Only with this label.
    label_id: Option<LabelId>,
    /// Only for this member to answer.
    assignee_id: Option<MemberId>,
    /// Only where this campaign wrote last.
    campaign_id: Option<CampaignId>,
    /// Words of messages or of the person, of which the last may only be begun, or a whole address.
    search: Option<String>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Inbox {
    data: Vec<Conversation>,
    next_cursor: Option<String>,
    counts: Counts,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Narrowed {
    /// Which part of the inbox.
    #[serde(default)]
    view: View,
    /// Only this channel.
    channel: Option<Channel>,
    /// Only with this label.
    label_id: Option<LabelId>,
    /// Only for this member to answer.
    assignee_id: Option<MemberId>,
    /// Only where this campaign wrote last.
    campaign_id: Option<CampaignId>,
    /// Words of messages or of the person, of which the last may only be begun, or a whole address.
    search: Option<String>,
}

/// How much a saved view holds.
async fn count(ctx: Ctx, input: Narrowed) -> Result<Total> {
    let query = Query {
        view: input.view,
        channel: input.channel,
        address: address(&ctx, input.search.as_deref()).await?,
        search: input.search,
        label: input.label_id,
        assignee: input.assignee_id,
        campaign: input.campaign_id,
        ..Query::default()
    };
    Ok(conversation::count(&ctx.app.db, &ctx.scope, &query).await?)
}

/// What was searched for, where it is a whole address.
async fn address(ctx: &Ctx, search: Option<&str>) -> Result<Option<String>> {
    match search {
        Some(text) => crate::search::address(ctx, text).await,
        None => Ok(None),
    }
}

async fn list(ctx: Ctx, input: List) -> Result<Inbox> {
    let address = address(&ctx, input.search.as_deref()).await?;
    let query = Query {
        view: input.view,
        channel: input.channel,
        contact: input.contact_id,
        company: input.company_id,
        search: input.search,
        address,
        label: input.label_id,
        assignee: input.assignee_id,
        campaign: input.campaign_id,
    };
    let page =
        conversation::page(&ctx.app.db, &ctx.scope, &query, input.limit, input.cursor.as_deref()).await?;
    let counts = conversation::counts(&ctx.app.db, &ctx.scope).await?;
    Ok(Inbox { data: page.data, next_cursor: page.next_cursor, counts })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the conversation.
    id: ConversationId,
}

async fn get(ctx: Ctx, input: One) -> Result<Value> {
    let found = conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let mut value = serde_json::to_value(&found)?;
    let (mut person, mut campaign) = (None, None);
    if let Some(id) = &found.contact_id {
        person = Some(contact::get(&ctx.app.db, &ctx.scope, id).await?);
        campaign = enrollment::latest_of(&ctx.app.db, &ctx.scope, id).await?;
    }
    let account = sender::get(&ctx.app.db, &ctx.scope, &found.sender_id).await?;
    let campaign = match campaign {
        None => None,
        Some(c) => {
            let graph = crate::courses::graph_of(&ctx.app, &c.campaign_id).await?;
            Some(json!({
                "id": c.campaign_id, "name": c.name, "status": c.status, "enrollment_status": c.enrollment_status, "reason": c.reason,
                "node_name": graph.node(&c.node_key).map(|n| n.name.clone()),
            }))
        }
    };
    value["contact"] = serde_json::to_value(person)?;
    value["campaign"] = json!(campaign);
    value["sender"] = json!({
        "id": account.id, "name": account.name, "address": account.address, "channel": account.channel, "status": account.status,
    });
    let last = match limits::of(found.channel).window_ms {
        Some(_) => message::last_inbound(&ctx.app.db, &ctx.scope, &found.id).await?,
        None => None,
    };
    value["rules"] = rules(found.channel, last, ctx.app.clock.now());
    value["merged"] = json!(conversation::merged_into(&ctx.app.db, &ctx.scope, &found.id).await?);
    value["mentioned"] = json!(note::waits(&ctx.app.db, &ctx.scope, &found.id).await?);
    if let Some(why) = too_many(&ctx, &found).await? {
        value["rules"]["closed"] = json!(why);
    }
    if found.blocked_at.is_some() {
        value["rules"]["closed"] = json!(format!("{}.", block::WHY));
    }
    Ok(value)
}

/// Why nothing more may be written before they answer, on channels that count it.
async fn too_many(ctx: &Ctx, found: &Conversation) -> Result<Option<String>> {
    let Some(most) = limits::of(found.channel).unanswered else { return Ok(None) };
    let waiting = message::unanswered_in(&ctx.app.db, &ctx.scope, &found.id).await?;
    Ok((waiting >= most).then(|| limits::why_unanswered(found.channel, most)))
}

/// What the composer needs to know of a channel.
fn rules(channel: Channel, last_inbound: Option<i64>, now: i64) -> Value {
    let limits = limits::of(channel);
    let window = limits::window(channel, last_inbound, now);
    let closed = limits::why_closed(channel, window, true);
    let note = match (channel, window) {
        (Channel::Email, _) => "Sent as a reply in the same e-mail thread".to_owned(),
        (Channel::Sms, _) => "Sent as a text message; long texts go out in several parts".to_owned(),
        (Channel::Voicemail, _) => "Spoken, and dropped between 8:00 and 21:00 where they are".to_owned(),
        (_, Window::PersonOnly(_)) => {
            format!("Sent as a person's answer on {}: campaigns may not write any more", channel.name())
        }
        // The page says the channel anyway.
        _ => String::new(),
    };
    let until = match window {
        Window::Open(until) | Window::PersonOnly(until) => Some(At(until)),
        Window::Always | Window::Closed(_) => None,
    };
    json!({
        "max_length": limits.max_length, "segments": limits.segments, "note": note, "open_until": until, "closed": closed,
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Thread {
    /// Id of the conversation.
    id: ConversationId,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn thread(ctx: Ctx, input: Thread) -> Result<Value> {
    let found = conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let query = message::Query { conversation: Some(found.id), ..Default::default() };
    let page = message::page(&ctx.app.db, &ctx.scope, &query, input.limit, input.cursor.as_deref()).await?;
    messages::views(&ctx, page).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reply {
    /// Id of the conversation.
    id: ConversationId,
    /// The text.
    text: String,
    /// Drawn by the caller: the same id never gives a second message.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{8,64}$"))]
    client_id: String,
    /// Whether it is held for as long as the workspace lets answers be taken back (`message_recall`).
    #[serde(default)]
    undoable: bool,
    /// When it is to leave instead of now: an RFC 3339 instant, or words on the workspace's clock such as `tomorrow 9am`.
    send_at: Option<String>,
    /// Whether it is withdrawn if they write before it leaves.
    #[serde(default)]
    unless_answered: bool,
    /// The last message that the writer has seen. Where a colleague has answered since, nothing is sent and that is told.
    seen_message_id: Option<MessageId>,
}

/// When an answer may leave.
async fn leaving(ctx: &Ctx, input: &Reply) -> Result<Leaving> {
    let now = ctx.app.clock.now();
    let scheduled_for = match &input.send_at {
        Some(text) => Some(work::moment_of(ctx, "send_at", text).await?),
        None => None,
    };
    let mut not_before = scheduled_for;
    if scheduled_for.is_none() && input.undoable {
        let seconds = store::workspace::get(&ctx.app.db, &ctx.scope).await?.undo_seconds;
        // People have that long by their own clocks, however fast the product's runs.
        not_before = (seconds > 0).then_some(now + (seconds as f64 * 1_000.0 * ctx.app.clock.speed()) as i64);
    }
    Ok(Leaving {
        not_before,
        scheduled_for,
        unless_answered: input.unless_answered,
        seen: input.seen_message_id.clone(),
        is_answer: true,
    })
}

/// Answers as a person does who can take it back for a while. The message.
pub(crate) async fn answer(
    ctx: &Ctx,
    id: &ConversationId,
    text: String,
    client_id: String,
) -> Result<MessageId> {
    let input = Reply {
        id: id.clone(),
        text,
        client_id,
        undoable: true,
        send_at: None,
        unless_answered: false,
        seen_message_id: None,
    };
    let written = reply(ctx.clone(), input).await?;
    let id = written["id"].as_str().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Error::not_found("message"))
}

async fn reply(ctx: Ctx, input: Reply) -> Result<Value> {
    let key = messages::client_key(&input.client_id)?;
    let found = conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if let Some(same) = message::by_dedupe_key(&ctx.app.db, &ctx.scope, &key).await? {
        return messages::same_again(&ctx, same, &input.text).await;
    }
    block::require_open(&found)?;
    let last = message::last_inbound(&ctx.app.db, &ctx.scope, &found.id).await?;
    let leaving = leaving(&ctx, &input).await?;
    messages::require_open(found.channel, last, leaving.not_before.unwrap_or(ctx.app.clock.now()), None)?;
    if let Some(why) = too_many(&ctx, &found).await? {
        return Err(Error::conflict("channel.unanswered", why.trim_end_matches('.')).number(2004));
    }
    let account = sender::get(&ctx.app.db, &ctx.scope, &found.sender_id).await?;
    let to = Address::parse(found.channel, &found.address, "US")?;
    if let Some(s) =
        store::suppression::find(&ctx.app.db, &ctx.scope, found.channel.as_str(), &to.key).await?
    {
        let message = format!(
            "This address must not be written to: {}. Lift it under Settings, Suppression, if they asked you to",
            s.reason
        );
        return Err(Error::conflict("address.suppressed", message));
    }
    let (mut subject, mut answers) = (None, None);
    if found.channel == Channel::Email {
        let first = found.subject.clone().unwrap_or_else(|| "Your message".into());
        subject = Some(if first.to_lowercase().starts_with("re:") { first } else { format!("Re: {first}") });
        answers = Some(message::rfc_ids_of(&ctx.app.db, &ctx.scope, &found.id).await?);
    }
    let letter = Letter {
        key,
        sender: account,
        contact_id: found.contact_id,
        to,
        subject,
        text: input.text,
        approved: None,
        answers,
        thread: Some(found.id),
        leaving,
    };
    messages::write(&ctx, letter).await
}

async fn change(ctx: Ctx, id: ConversationId, status: Option<&str>) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    match status {
        Some(status) => conversation::set_status(&tx, &ctx.scope, &id, status, ctx.app.clock.now()).await?,
        None => {
            conversation::mark_read(&tx, &ctx.scope, &id).await?;
            note::seen(&tx, &ctx.scope, &id, ctx.app.clock.now()).await?;
            notification::see_in(&tx, &ctx.scope, &id, ctx.app.clock.now()).await?;
        }
    }
    ctx.app.commit(tx).await?;
    ctx.app.tell_conversation(&ctx.scope.workspace, &id);
    Ok(conversation::get(&ctx.app.db, &ctx.scope, &id).await?)
}

async fn done(ctx: Ctx, input: One) -> Result<Conversation> {
    change(ctx, input.id, Some("done")).await
}

async fn reopen(ctx: Ctx, input: One) -> Result<Conversation> {
    change(ctx, input.id, Some("open")).await
}

async fn read(ctx: Ctx, input: One) -> Result<Conversation> {
    change(ctx, input.id, None).await
}

async fn unread(ctx: Ctx, input: One) -> Result<Conversation> {
    let id = conversation::follow(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    conversation::mark_unread(&tx, &ctx.scope, &id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell_conversation(&ctx.scope.workspace, &id);
    Ok(conversation::get(&ctx.app.db, &ctx.scope, &id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Link {
    /// Id of the conversation.
    id: ConversationId,
    /// Who it is.
    contact_id: ContactId,
}

/// What was said moves to the contact, and counts as if it had been known at once who said it: who answered
/// leaves their campaigns.
async fn link(ctx: Ctx, input: Link) -> Result<Conversation> {
    let now = ctx.app.clock.now();
    let found = conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    conversation::link(&tx, &ctx.scope, &found.id, &input.contact_id).await?;
    let kind = found.kind.as_deref().and_then(|kind| kind.parse::<ReplyKind>().ok());
    if let Some(kind) = kind.filter(|kind| kind.is_person()) {
        crate::inbound::answered_by(&tx, &ctx.scope, &input.contact_id, kind, now).await?;
    }
    remember_address(&ctx, &tx, &found, &input.contact_id, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell_conversation(&ctx.scope.workspace, &found.id);
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({ "contact_id": input.contact_id }));
    ctx.app.tell(&ctx.scope.workspace, "stats:updated", json!({}));
    Ok(conversation::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

/// Who somebody is on a platform belongs to the contact from now on, so that the next conversation finds them.
async fn remember_address(
    ctx: &Ctx,
    tx: &Tx,
    found: &Conversation,
    contact: &ContactId,
    now: i64,
) -> Result<()> {
    // On TikTok the address is the conversation, which keeps its contact anyway; a contact's is a name.
    if found.channel == Channel::Tiktok {
        return Ok(());
    }
    let Some(kind) = AddressKind::of_channel(found.channel) else { return Ok(()) };
    let Ok(address) = domain::address::read(kind, &found.address, "US") else { return Ok(()) };
    if contact::by_address(tx, &ctx.scope, &address.key).await?.is_some() {
        return Ok(());
    }
    if contact_address::holder(tx, &ctx.scope, kind, &address.key).await?.is_none() {
        contact_address::add(tx, &ctx.scope, contact, kind, &address, "member", now).await?;
    }
    Ok(())
}

fn shape() -> Value {
    let campaign = object([
        ("id", of::<domain::ids::CampaignId>()),
        ("name", text()),
        ("status", of::<domain::CampaignStatus>()),
        ("enrollment_status", of::<domain::EnrollmentStatus>()),
        ("reason", or_null(text())),
        ("node_name", or_null(text())),
    ]);
    let sender = object([
        ("id", of::<domain::ids::SenderId>()),
        ("name", text()),
        ("address", text()),
        ("channel", of::<Channel>()),
        ("status", text()),
    ]);
    let rules = object([
        ("max_length", integer()),
        ("segments", truth()),
        ("note", text()),
        ("open_until", or_null(of::<At>())),
        ("closed", or_null(text())),
    ]);
    with(
        of::<Conversation>(),
        [
            ("contact", or_null(of::<contact::Contact>())),
            ("campaign", or_null(campaign)),
            ("sender", sender),
            ("rules", rules),
            ("merged", list_of(of::<conversation::Merged>())),
            ("mentioned", truth()),
        ],
    )
}
