//! Messages: written by people, decided on in doubt, explained.

mod address;
mod deciding;
pub(crate) mod undecided;

pub use address::Address;

use crate::shape::{of, or_null, page, text, truth, with};
use crate::{
    courses::{rfc_message_id, snippet},
    error::{Error, Result},
    guard,
    live::Audience,
    recordings,
    tool::{Access, Ctx, Tool},
};
use domain::{
    AddressKind, Channel,
    ids::{ContactId, ConversationId, MessageId, SenderId},
    limits::{self, Starts},
    message::{ApprovedTemplate, Direction, Policy, Status},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use store::{
    Page, Tx, consent, contact,
    conversation::{self, Open},
    message::{self, Message, NewOutbound},
    reply_draft,
    sender::{self, Sender},
};

/// Longest text, in bytes: what a carrier or mailbox would still take.
const MAX_TEXT: usize = 256 * 1024;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "message_create",
            "POST /messages",
            Access::Send,
            "Write one message to a contact or address.",
            create,
        )
        .gives(shape),
        Tool::new(
            "message_decide",
            "POST /messages/{id}/decide",
            Access::Send,
            "Say what became of an uncertain message.",
            deciding::run,
        )
        .gives(shape),
        Tool::new(
            "message_decide_many",
            "POST /messages/decide",
            Access::Send,
            "Say what became of all uncertain messages of a campaign, sender or channel. Those that are sent again may come twice.",
            undecided::ask,
        ),
        Tool::new("message_get", "GET /messages/{id}", Access::Read, "Read one message.", get).gives(shape),
        Tool::new("message_list", "GET /messages", Access::Read, "List messages, newest first.", list)
            .gives(|| page(shape())),
        Tool::new(
            "message_undecided",
            "GET /messages/undecided",
            Access::Read,
            "Count the uncertain messages that only a person can settle.",
            undecided::look,
        ),
        Tool::new(
            "message_recall",
            "POST /messages/{id}/recall",
            Access::Write,
            "Take back a message that has not left.",
            recall,
        )
        .gives(shape),
    ]
}

/// Why a message failed.
#[derive(Serialize, JsonSchema)]
struct Failure {
    code: Option<String>,
    class: Option<String>,
    message: String,
}

/// Dresses a message for the pages.
pub async fn view(ctx: &Ctx, message: Message) -> Result<serde_json::Value> {
    let mut beside = Beside::of(ctx, std::slice::from_ref(&message)).await?;
    dressed(message, &mut beside)
}

/// What is not in the messages of a page themselves, asked for once for all of them.
struct Beside {
    held: HashMap<MessageId, domain::guard::Reason>,
    recordings: HashMap<MessageId, String>,
}

impl Beside {
    async fn of(ctx: &Ctx, messages: &[Message]) -> Result<Self> {
        let spoken = messages
            .iter()
            .filter(|message| (message.channel, message.direction) == (Channel::Voicemail, Direction::Out));
        let spoken: Vec<MessageId> = spoken.map(|message| message.id.clone()).collect();
        Ok(Self {
            held: held(ctx, messages).await?,
            recordings: recordings::heard(&ctx.app, &ctx.scope, &spoken).await?,
        })
    }
}

/// Why each of them that is queued has not left.
async fn held(ctx: &Ctx, messages: &[Message]) -> Result<HashMap<MessageId, domain::guard::Reason>> {
    let queued = messages.iter().filter(|message| message.status == Status::Queued);
    let queued: Vec<_> = queued.map(|message| (message.id.clone(), message.sender_id.clone())).collect();
    guard::whys(&ctx.app, &ctx.scope, &queued).await
}

fn dressed(message: Message, beside: &mut Beside) -> Result<serde_json::Value> {
    let why = beside.held.remove(&message.id);
    let recording = beside.recordings.remove(&message.id);
    let error = message.error_text.clone().map(|text| Failure {
        code: message.error_code.clone(),
        class: message.error_class.clone(),
        message: text,
    });
    let needs_a_decision = message.needs_decision == 1;
    // By what the other side would know it: what a person looks for in a mail log or a console.
    let reference = match (message.status, message.channel) {
        (Status::Uncertain, Channel::Email) => Some(rfc_message_id(&message.id, &message.from_address)),
        (Status::Uncertain, _) => Some(message.id.to_string()),
        _ => None,
    };
    let mut value = serde_json::to_value(&message)?;
    let beside = json!({
        "error": error, "why": why, "needs_decision": needs_a_decision, "reference": reference, "html": null,
        "recording_url": recording,
    });
    if let (Some(value), serde_json::Value::Object(beside)) = (value.as_object_mut(), beside) {
        value.extend(beside);
    }
    Ok(value)
}

/// A page of dressed messages.
pub async fn views(ctx: &Ctx, page: Page<Message>) -> Result<serde_json::Value> {
    let mut beside = Beside::of(ctx, &page.data).await?;
    let data = page.data.into_iter().map(|message| dressed(message, &mut beside));
    let data = data.collect::<Result<Vec<_>>>()?;
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Only in this state.
    status: Option<Status>,
    /// Only this way.
    direction: Option<Direction>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: List) -> Result<serde_json::Value> {
    let query = message::Query { conversation: None, status: input.status, direction: input.direction };
    let page = message::page(&ctx.app.db, &ctx.scope, &query, input.limit, input.cursor.as_deref()).await?;
    views(&ctx, page).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the message.
    id: MessageId,
}

async fn get(ctx: Ctx, input: One) -> Result<serde_json::Value> {
    let message = message::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    view(&ctx, message).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Drawn by the caller and kept until the answer: the same id never gives a second message.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{8,64}$"))]
    client_id: String,
    /// On which channel.
    channel: Channel,
    /// From which account; the workspace's first on the channel when left out.
    sender_id: Option<SenderId>,
    /// To which contact.
    contact_id: Option<ContactId>,
    /// Or to which address.
    to: Option<String>,
    /// Subject, for e-mail.
    subject: Option<String>,
    /// The text; with a template, what it says.
    text: String,
    /// An approved template to send instead of the text: what may begin a conversation on WhatsApp.
    template: Option<ApprovedTemplate>,
}

async fn create(ctx: Ctx, input: Create) -> Result<serde_json::Value> {
    let key = client_key(&input.client_id)?;
    if let Some(same) = message::by_dedupe_key(&ctx.app.db, &ctx.scope, &key).await? {
        return same_again(&ctx, same, &input.text).await;
    }
    let sender = sender_for(&ctx, input.channel, input.sender_id.as_ref()).await?;
    let (contact_id, to) =
        recipient(&ctx, input.channel, input.contact_id.as_ref(), input.to.as_deref()).await?;
    let approved = template(input.channel, input.template)?;
    if let Some(approved) = &approved {
        crate::approved::require_usable(&ctx, &sender, approved).await?;
    }
    let last = match limits::of(input.channel).window_ms {
        Some(_) => {
            message::last_inbound_from(&ctx.app.db, &ctx.scope, input.channel, &sender.id, &to.key).await?
        }
        None => None,
    };
    require_open(input.channel, last, ctx.app.clock.now(), approved.as_ref())?;
    let letter = Letter {
        key,
        sender,
        contact_id,
        to,
        subject: input.subject,
        text: input.text,
        approved,
        thread: None,
        answers: None,
        leaving: Leaving::default(),
    };
    write(&ctx, letter).await
}

/// A template, where the channel has any.
fn template(channel: Channel, given: Option<ApprovedTemplate>) -> Result<Option<ApprovedTemplate>> {
    let Some(mut given) = given else { return Ok(None) };
    // Where its values belong is the platform's to say.
    given.places.clear();
    if limits::of(channel).starts != Starts::Template {
        let message = format!("There are no approved templates for {}", channel.messages());
        return Err(Error::field("message.template_needless", "template", message));
    }
    match given.wrong() {
        Some(wrong) => Err(Error::field("message.template_invalid", "template", wrong)),
        None => Ok(Some(given)),
    }
}

/// Refuses what a person writes outside the channel's window (2004). The guard asks again when it leaves.
pub fn require_open(
    channel: Channel,
    last_inbound: Option<i64>,
    now: i64,
    approved: Option<&ApprovedTemplate>,
) -> Result<()> {
    let window = limits::window(channel, last_inbound, now);
    match limits::why_closed(channel, window, true) {
        Some(why) if approved.is_none() => {
            Err(Error::conflict("channel.window_closed", why.trim_end_matches('.')).number(2004))
        }
        _ => Ok(()),
    }
}

/// The dedupe key of a message that a person wrote.
pub fn client_key(client_id: &str) -> Result<String> {
    let fits = (8..=64).contains(&client_id.len())
        && client_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !fits {
        let message =
            "client_id must be 8 to 64 letters, digits, hyphens or underscores, drawn anew for each message";
        return Err(Error::field("message.client_id_invalid", "client_id", message));
    }
    Ok(format!("client:{client_id}"))
}

/// The answer to a repeated request; another text under the same id is a mistake of the caller.
pub async fn same_again(ctx: &Ctx, same: Message, text: &str) -> Result<serde_json::Value> {
    if same.text != text {
        let message = "This client_id was used for a message with another text. Draw a new one";
        return Err(Error::conflict("message.client_id_reused", message).number(4003));
    }
    view(ctx, same).await
}

/// The account that a message leaves from. Nobody writes from a colleague's own.
pub async fn sender_for(ctx: &Ctx, channel: Channel, id: Option<&SenderId>) -> Result<Sender> {
    let fits = |s: &Sender| s.member_id.is_none() || s.member_id == ctx.scope.member;
    let found = match id {
        Some(id) => Some(sender::get(&ctx.app.db, &ctx.scope, id).await?),
        None => {
            sender::list(&ctx.app.db, &ctx.scope).await?.into_iter().find(|s| s.channel == channel && fits(s))
        }
    };
    found.filter(|s| s.channel == channel && fits(s)).ok_or_else(|| {
        Error::field(
            "message.no_sender",
            "sender_id",
            format!("There is no sender for {}. Add one under Settings, Senders", channel.messages()),
        )
    })
}

/// Whom a message is for, and at which address.
pub async fn recipient(
    ctx: &Ctx,
    channel: Channel,
    contact_id: Option<&ContactId>,
    to: Option<&str>,
) -> Result<(Option<ContactId>, Address)> {
    let given = match (contact_id, to) {
        (Some(id), None) => {
            let person = contact::get(&ctx.app.db, &ctx.scope, id).await?;
            let on_platform = AddressKind::of_channel(channel)
                .and_then(|kind| {
                    let is_used = |further: &&store::contact_address::Further| {
                        further.kind == kind && further.source != store::former_address::FORMER
                    };
                    person.addresses.iter().filter(is_used).min_by_key(|further| further.created_at.0)
                })
                .map(|further| further.value.clone());
            let (address, lacks) = match channel {
                Channel::Email => (person.email, "This contact has no e-mail address"),
                Channel::Whatsapp => {
                    (on_platform.or(person.phone), "This contact has no WhatsApp or phone number")
                }
                Channel::Messenger => {
                    (on_platform, "This contact has no Messenger id: they have to write to the page first")
                }
                // A name there cannot be written to, only the conversation that they began.
                Channel::Tiktok => {
                    (None, "On TikTok only they can begin: answer in the conversation that they wrote in")
                }
                Channel::Telegram => (on_platform, "This contact has no name on Telegram"),
                _ => (person.phone, "This contact has no phone number"),
            };
            address.ok_or_else(|| Error::field("message.no_address", "contact_id", lacks))?
        }
        (None, Some(to)) => to.to_owned(),
        _ => return Err(Error::field("message.recipient", "to", "Name either contact_id or to")),
    };
    let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
    let to = Address::parse(channel, &given, &country)?;
    let contact_id = match contact_id {
        Some(id) => Some(id.clone()),
        None => known(ctx, channel, &to.key).await?,
    };
    Ok((contact_id, to))
}

/// The contact whose address it is. On Telegram a name says nothing by itself: another platform has the same one.
async fn known(ctx: &Ctx, channel: Channel, key: &str) -> Result<Option<ContactId>> {
    if channel == Channel::Telegram {
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        let holder = store::contact_address::holder(&tx, &ctx.scope, AddressKind::Telegram, key).await?;
        ctx.app.commit(tx).await?;
        return Ok(holder.map(|holder| holder.id));
    }
    Ok(contact::find(&ctx.app.db, &ctx.scope, key).await?)
}

/// A message that a person writes.
pub struct Letter {
    /// Dedupe key.
    pub key: String,
    /// From which account.
    pub sender: Sender,
    /// To which contact, where known.
    pub contact_id: Option<ContactId>,
    /// To which address.
    pub to: Address,
    /// Subject, for e-mail.
    pub subject: Option<String>,
    /// Text.
    pub text: String,
    /// The template that is sent instead.
    pub approved: Option<ApprovedTemplate>,
    /// Message-IDs of the thread that it answers, oldest first.
    pub answers: Option<Vec<String>>,
    /// The conversation in which it is an answer; else the one under its address.
    pub thread: Option<ConversationId>,
    /// When it may leave, and what keeps it.
    pub leaving: Leaving,
}

/// When a letter may leave, and what keeps it.
#[derive(Default)]
pub struct Leaving {
    /// Until when it can be taken back, or the time that was chosen; at once where it is `None`.
    pub not_before: Option<i64>,
    /// The time that was chosen.
    pub scheduled_for: Option<i64>,
    /// Whether an answer withdraws it.
    pub unless_answered: bool,
    /// The last message that its writer has seen: what a colleague has said since is told instead of sending.
    pub seen: Option<MessageId>,
    /// Whether it ends what its writer was typing in the conversation.
    pub is_answer: bool,
}

/// Queues a letter: intent and thread in one transaction.
pub async fn write(ctx: &Ctx, letter: Letter) -> Result<serde_json::Value> {
    let text = letter.text.clone();
    let (written, is_new) = put(ctx, letter, None).await?;
    if !is_new {
        return same_again(ctx, written, &text).await;
    }
    view(ctx, written).await
}

/// Keeps a letter as a draft that is looked over from an instant on. The message, and whether it is new.
pub async fn write_draft(ctx: &Ctx, letter: Letter, not_before: i64) -> Result<(Message, bool)> {
    put(ctx, letter, Some(not_before)).await
}

async fn put(ctx: &Ctx, letter: Letter, draft: Option<i64>) -> Result<(Message, bool)> {
    let subject = letter.subject.as_deref().map(domain::template::one_line).filter(|s| !s.trim().is_empty());
    require_fit(letter.sender.channel, subject.as_deref(), &letter.text)?;
    let now = ctx.app.clock.now();
    require_consent(ctx, &letter, now).await?;
    let id = store::new_id(MessageId::from_uuid);
    let open = Open {
        id: store::new_id(ConversationId::from_uuid),
        contact_id: letter.contact_id.clone(),
        channel: letter.sender.channel,
        sender_id: letter.sender.id.clone(),
        address: letter.to.display.clone(),
        address_key: letter.to.key.clone(),
        subject: subject.clone(),
        snippet: snippet(&letter.text),
        campaign_id: None,
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let conversation_id = placed(&tx, ctx, letter.thread.as_ref(), open, draft.is_some(), now).await?;
    if let Some(seen) = &letter.leaving.seen {
        require_seen(&tx, ctx, &conversation_id, seen, now).await?;
    }
    let new = NewOutbound {
        conversation_id: conversation_id.clone(),
        contact_id: letter.contact_id,
        campaign_id: None,
        enrollment_id: None,
        node_key: None,
        sender_id: letter.sender.id.clone(),
        channel: letter.sender.channel,
        policy: Policy::AtMostOnce,
        dedupe_key: letter.key.clone(),
        from_address: letter.sender.address.clone(),
        to_address: letter.to.display,
        to_key: letter.to.key,
        subject,
        body: letter.text.clone(),
        approved: letter.approved.as_ref().map(serde_json::to_string).transpose()?,
        rfc_message_id: (letter.sender.channel == Channel::Email)
            .then(|| rfc_message_id(&id, &letter.sender.address)),
        in_reply_to: letter.answers.as_ref().and_then(|a| a.last().cloned()),
        reference_ids: letter.answers.map(|a| a.join(" ")),
        not_before: draft.or(letter.leaving.not_before).unwrap_or(now),
        due_at: letter.leaving.not_before.unwrap_or(now),
        author_id: ctx.scope.member.as_ref().map(ToString::to_string),
        id,
    };
    let new = match draft {
        None => message::queue(&tx, &ctx.scope, &[new], now).await?,
        Some(_) => message::draft(&tx, &ctx.scope, &[new], now).await?,
    };
    let Leaving { scheduled_for, unless_answered, is_answer, .. } = letter.leaving;
    if let Some(id) = new.first().filter(|_| scheduled_for.is_some() || unless_answered) {
        message::wait(&tx, &ctx.scope, id, scheduled_for, unless_answered).await?;
    }
    if is_answer {
        reply_draft::sent(&tx, &ctx.scope, &conversation_id).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    ctx.app.tell_conversation(&ctx.scope.workspace, &conversation_id);
    if is_answer {
        let room = Audience::conversation(conversation_id.as_str());
        let data = json!({ "conversation_id": conversation_id, "member_id": ctx.scope.member });
        ctx.app.hub.publish(&room, "draft:updated", &data);
    }
    let written = message::by_dedupe_key(&ctx.app.db, &ctx.scope, &letter.key)
        .await?
        .ok_or_else(|| Error::not_found("message"))?;
    Ok((written, !new.is_empty()))
}

/// The conversation in which a letter stands: the one that it answers, else the one under its address.
async fn placed(
    tx: &Tx,
    ctx: &Ctx,
    thread: Option<&ConversationId>,
    open: Open,
    is_draft: bool,
    now: i64,
) -> Result<ConversationId> {
    if let Some(id) = thread
        && let Some(id) = conversation::answer_in(tx, &ctx.scope, id, &open, is_draft, now).await?
    {
        return Ok(id);
    }
    let threads = match is_draft {
        false => conversation::ensure(tx, &ctx.scope, &[open], now).await?,
        true => conversation::ensure_for_drafts(tx, &ctx.scope, &[open], now).await?,
    };
    threads.into_iter().map(|(.., id)| id).next().ok_or_else(|| Error::not_found("conversation"))
}

/// Refuses what no channel, or not this one, would take.
pub fn require_fit(channel: Channel, subject: Option<&str>, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.len() > MAX_TEXT {
        return Err(Error::field("message.text_invalid", "text", "Write a text of at most 256 KB"));
    }
    if channel == Channel::Email && subject.is_none_or(|subject| subject.trim().is_empty()) {
        return Err(Error::field("message.subject_missing", "subject", "An e-mail needs a subject"));
    }
    let (length, longest) = (text.chars().count(), limits::of(channel).max_length);
    if channel != Channel::Email && length > longest {
        let message =
            format!("A message on this channel has at most {longest} characters; this one has {length}");
        return Err(Error::field("message.text_too_long", "text", message));
    }
    Ok(())
}

/// Refuses to talk over a colleague who has answered since: the writer looks at it first.
async fn require_seen(
    tx: &Tx,
    ctx: &Ctx,
    conversation: &ConversationId,
    seen: &MessageId,
    now: i64,
) -> Result<()> {
    let Some(unseen) = message::unseen(tx, &ctx.scope, conversation, seen).await? else { return Ok(()) };
    let who = unseen.name.unwrap_or_else(|| "A colleague".into());
    let when = match (now - unseen.created_at) / 1_000 {
        ..5 => "just now".to_owned(),
        seconds @ 5..120 => format!("{seconds} seconds ago"),
        seconds => format!("{} minutes ago", seconds / 60),
    };
    let message = format!("{who} answered {when}. Look at it, then send yours all the same or let it be");
    Err(Error::conflict("conversation.colleague_answered", message))
}

async fn recall(ctx: Ctx, input: One) -> Result<serde_json::Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if message::recall(&tx, &ctx.scope, &input.id).await?.is_none() {
        let message = "It cannot be taken back any more: it is on its way, or has ended otherwise";
        return Err(Error::conflict("message.not_waiting", message));
    }
    ctx.app.commit(tx).await?;
    let taken = message::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let named = json!({ "conversation_id": taken.conversation_id, "message_id": taken.id });
    ctx.app.tell(&ctx.scope.workspace, "message:updated", named);
    view(&ctx, taken).await
}

/// Refuses what the law takes for a call where nobody has written down that they agreed to it. The guard asks again when
/// it leaves.
async fn require_consent(ctx: &Ctx, letter: &Letter, now: i64) -> Result<()> {
    let channel = letter.sender.channel;
    if !limits::of(channel).is_call {
        return Ok(());
    }
    if let Some(contact) = &letter.contact_id
        && consent::is_given_by(&ctx.app.db, &ctx.scope, contact, channel, now).await?
    {
        return Ok(());
    }
    let what = channel.messages();
    let message = format!(
        "They have not agreed to get {what}. The law takes a spoken message for a call: write their consent down on the contact first"
    );
    Err(Error::conflict("consent.missing", message).number(4002))
}

/// A dressed message.
pub fn shape() -> serde_json::Value {
    with(
        of::<Message>(),
        [
            ("error", or_null(of::<Failure>())),
            ("why", or_null(of::<domain::guard::Reason>())),
            ("needs_decision", truth()),
            ("reference", or_null(text())),
            ("html", json!({ "type": "null" })),
            ("recording_url", or_null(text())),
        ],
    )
}
