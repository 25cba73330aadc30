//! The send queue: messages that a person looks over before they leave.
//!
//! A draft says with every answer what stands against it, from the same rules that decide when it leaves
//! (`drafts::checks`). Approved, it goes the way of every other message; on Telegram the device of its owner comes for it.

mod checks;
mod many;

use crate::{
    error::{Error, Kind, Result},
    messages::{self, Letter},
    relayers,
    tool::{Access, Ctx, Tool},
};
use domain::{
    Channel,
    draft::Check,
    ids::{CampaignId, ContactId, MemberId, MessageId, SenderId},
    message::Status,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    At,
    draft::{self, Afterwards, Draft, Edit, Held, Wanted},
};

/// Longest time in which an approval can be taken back, in seconds.
const MAX_UNDO: i64 = 60;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "draft_approve",
            "POST /drafts/{id}/approve",
            Access::Send,
            "Say yes to a draft: it leaves as soon as the rules allow. One that failed is tried again.",
            approve,
        ),
        Tool::new(
            "draft_approve_many",
            "POST /drafts/approve",
            Access::Send,
            "Say yes to several drafts; what should not leave as it is stays where it is, with the reason.",
            many::approve,
        )
        .refuses(&[404]),
        Tool::new(
            "draft_create",
            "POST /drafts",
            Access::Write,
            "Write a message that waits until somebody approves it.",
            create,
        ),
        Tool::new("draft_get", "GET /drafts/{id}", Access::Read, "Read one draft with its checks.", get),
        Tool::new(
            "draft_list",
            "GET /drafts",
            Access::Read,
            "List the send queue: what waits for approval, or what became of it.",
            list,
        ),
        Tool::new(
            "draft_reject",
            "POST /drafts/{id}/reject",
            Access::Write,
            "Say no to a draft, with a reason.",
            reject,
        ),
        Tool::new(
            "draft_reopen",
            "POST /drafts/{id}/reopen",
            Access::Write,
            "Take an approval or a rejection back, as long as the message is not on its way.",
            reopen,
        ),
        Tool::new(
            "draft_update",
            "PATCH /drafts/{id}",
            Access::Write,
            "Change the text of a draft, or hold it until a time.",
            update,
        )
        .comparing("draft_get", &["subject", "not_before"]),
    ]
}

/// A draft with what there is to know about it.
#[derive(Serialize, JsonSchema)]
struct View {
    #[serde(flatten)]
    draft: Draft,
    /// Their name on Telegram, with the @ before it.
    contact_handle: Option<String>,
    /// When its device said that it was sent.
    prepared_at: Option<At>,
    /// What stands against it, the weightiest first; empty when it is ready.
    checks: Vec<Check>,
    /// When it would leave, as far as the rules can tell; null where something stands in its way for good.
    send_at: Option<At>,
}

async fn views(ctx: &Ctx, drafts: Vec<Draft>) -> Result<Vec<View>> {
    let mut checked = checks::of(ctx, &drafts).await?;
    let view = |draft: Draft| {
        let checked = checked.remove(&draft.id).unwrap_or_default();
        let on_telegram = draft.channel == Channel::Telegram;
        View {
            contact_handle: on_telegram.then(|| draft.to_address.clone()),
            prepared_at: draft.sent_at.filter(|_| on_telegram),
            checks: checked.checks,
            send_at: checked.send_at.map(At),
            draft,
        }
    };
    Ok(drafts.into_iter().map(view).collect())
}

async fn one(ctx: &Ctx, id: &MessageId) -> Result<View> {
    let found = draft::get(&ctx.app.db, &ctx.scope, id).await?;
    views(ctx, vec![found]).await?.pop().ok_or_else(|| Error::not_found("draft"))
}

/// Tells the pages, and answers with the draft as it is now.
async fn changed(ctx: &Ctx, id: &MessageId) -> Result<View> {
    let view = one(ctx, id).await?;
    tell(ctx, &view.draft);
    Ok(view)
}

fn tell(ctx: &Ctx, draft: &Draft) {
    let data =
        json!({ "conversation_id": draft.conversation_id, "message_id": draft.id, "status": draft.status });
    ctx.app.tell(&ctx.scope.workspace, "drafts:updated", data);
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct List {
    /// Which part of the queue; what is to be reviewed where it is left out.
    #[serde(default)]
    view: draft::View,
    /// Only on this channel.
    channel: Option<Channel>,
    /// Only of this campaign.
    campaign_id: Option<CampaignId>,
    /// Only to this contact.
    contact_id: Option<ContactId>,
    /// Only of this member.
    owner_id: Option<MemberId>,
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Drafts {
    data: Vec<View>,
    next_cursor: Option<String>,
    /// How many there are in all, however the list is narrowed.
    counts: draft::Counts,
}

async fn list(ctx: Ctx, input: List) -> Result<Drafts> {
    let List { view, channel, campaign_id, contact_id, owner_id, limit, cursor } = input;
    let wanted = Wanted { view, channel, campaign: campaign_id, contact: contact_id, owner: owner_id };
    let now = ctx.app.clock.now();
    let page = draft::page(&ctx.app.db, &ctx.scope, &wanted, now, limit, cursor.as_deref()).await?;
    let counts = draft::counts(&ctx.app.db, &ctx.scope, now).await?;
    Ok(Drafts { data: views(&ctx, page.data).await?, next_cursor: page.next_cursor, counts })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the draft.
    id: MessageId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    one(&ctx, &input.id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Drawn by the caller and kept until the answer: the same id never gives a second draft.
    client_id: Option<String>,
    /// On which channel; Telegram where it is left out.
    channel: Option<Channel>,
    /// To which contact.
    contact_id: Option<ContactId>,
    /// Or to which address.
    to: Option<String>,
    /// Or to which name on Telegram.
    contact_handle: Option<String>,
    /// From which account; where it is left out, on Telegram that of the contact's owner, else the first on the channel.
    sender_id: Option<SenderId>,
    /// Subject, for e-mail.
    subject: Option<String>,
    /// The text.
    text: String,
    /// Not to be looked over, and not to be sent, before.
    not_before: Option<At>,
}

async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let channel = input.channel.unwrap_or(Channel::Telegram);
    let key = match &input.client_id {
        Some(id) => messages::client_key(id)?,
        None => format!("draft:{}", store::new_id(MessageId::from_uuid)),
    };
    let to = input.to.or(input.contact_handle);
    let (contact_id, to) =
        messages::recipient(&ctx, channel, input.contact_id.as_ref(), to.as_deref()).await?;
    let sender = match (channel, &input.sender_id) {
        (Channel::Telegram, None) => relayers::account_for(&ctx, contact_id.as_ref()).await?,
        (_, id) => messages::sender_for(&ctx, channel, id.as_ref()).await?,
    };
    let text = input.text.clone();
    let letter = Letter {
        key,
        sender,
        contact_id,
        to,
        subject: input.subject,
        text: input.text,
        approved: None,
        thread: None,
        answers: None,
        leaving: messages::Leaving::default(),
    };
    let not_before = input.not_before.map_or_else(|| ctx.app.clock.now(), |at| at.0);
    let (written, is_new) = messages::write_draft(&ctx, letter, not_before).await?;
    if !is_new && written.text != text {
        let message = "This client_id was used for another text. Draw a new one";
        return Err(Error::conflict("draft.client_id_reused", message).number(4003));
    }
    changed(&ctx, &written.id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// Id of the draft.
    id: MessageId,
    /// The text.
    text: Option<String>,
    /// Subject, for e-mail.
    subject: Option<String>,
    /// Not to be looked over, and not to be sent, before.
    not_before: Option<At>,
    /// The revision that was read; another one is a conflict.
    revision: Option<i64>,
}

async fn update(ctx: Ctx, input: Update) -> Result<View> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let held = draft::held(&tx, &ctx.scope, &input.id, input.revision).await?;
    let edit = Edit { text: input.text, subject: input.subject, not_before: input.not_before.map(|at| at.0) };
    messages::require_fit(
        held.channel,
        edit.subject.as_deref().or(held.subject.as_deref()),
        edit.text.as_deref().unwrap_or(&held.body),
    )?;
    draft::edit(&tx, &ctx.scope, &input.id, &held, &edit).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Approve {
    /// Id of the draft.
    id: MessageId,
    /// The text, where it was changed in the same breath.
    text: Option<String>,
    /// The subject, where it was changed in the same breath.
    subject: Option<String>,
    /// Not to be sent before.
    not_before: Option<At>,
    /// For so many seconds, 0 to 60, nobody is handed it and the approval can be taken back; 0 where it is left out.
    undo_seconds: Option<i64>,
    /// The revision that was read; another one is a conflict.
    revision: Option<i64>,
}

async fn approve(ctx: Ctx, input: Approve) -> Result<View> {
    let undo_ms = undo_ms(&ctx, input.undo_seconds)?;
    let edit = Edit { text: input.text, subject: input.subject, not_before: input.not_before.map(|at| at.0) };
    approve_one(&ctx, &input.id, input.revision, &edit, undo_ms).await?;
    changed(&ctx, &input.id).await
}

/// The time in which an approval can be taken back, in milliseconds of the product's clock.
fn undo_ms(ctx: &Ctx, seconds: Option<i64>) -> Result<i64> {
    match seconds.unwrap_or(0) {
        n @ 0..=MAX_UNDO => Ok((n as f64 * 1_000.0 * ctx.app.clock.speed()) as i64),
        _ => {
            let message = format!("Write a number of seconds from 0 to {MAX_UNDO}");
            Err(Error::field("draft.undo_invalid", "undo_seconds", message))
        }
    }
}

/// Approves one draft in a transaction of its own.
async fn approve_one(
    ctx: &Ctx,
    id: &MessageId,
    revision: Option<i64>,
    edit: &Edit,
    undo_ms: i64,
) -> Result<()> {
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let mut held = draft::held(&tx, &ctx.scope, id, revision).await?;
    require_carrier(ctx, &held)?;
    if edit.text.is_some() || edit.subject.is_some() {
        draft::edit(&tx, &ctx.scope, id, &held, edit).await?;
        held = draft::held(&tx, &ctx.scope, id, None).await?;
    }
    require_ready(&held)?;
    let not_before = edit.not_before.unwrap_or(held.not_before).max(now + undo_ms);
    draft::approve(&tx, &ctx.scope, id, &held, not_before, now).await?;
    let words = crate::courses::snippet(&held.body);
    store::conversation::wrote(&tx, &ctx.scope, &held.conversation_id, &words, now).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    Ok(())
}

/// A rep says yes only to what leaves from their own account.
fn require_carrier(ctx: &Ctx, held: &Held) -> Result<()> {
    let is_theirs = held.carrier_id.is_none() || held.carrier_id == ctx.scope.member;
    if is_theirs || ctx.role != "rep" {
        return Ok(());
    }
    let message = "This draft leaves from a colleague's own account: they, or a manager, approve it";
    Err(Error::new(Kind::Forbidden, "draft.of_colleague", message).number(1004))
}

/// Refuses to approve a text that should reach nobody.
fn require_ready(held: &Held) -> Result<()> {
    let checks = domain::draft::of_text(held.channel, held.subject.as_deref(), &held.body);
    match checks.into_iter().find(|check| check.weight == domain::draft::Weight::Stop) {
        Some(check) if matches!(held.status, Status::Draft | Status::Failed) => {
            Err(Error::field("draft.unfit", "text", format!("{} Edit the draft first", check.text)))
        }
        _ => Ok(()),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reject {
    /// Id of the draft.
    id: MessageId,
    /// Why, in at most 500 characters.
    reason: String,
    /// What becomes of them in the campaign that wrote it: it ends for them where this is left out.
    #[serde(default)]
    afterwards: Afterwards,
    /// For so many seconds, 0 to 60, the campaign does not go on and the rejection can be taken back; 0 where it is left
    /// out.
    undo_seconds: Option<i64>,
    /// The revision that was read; another one is a conflict.
    revision: Option<i64>,
}

async fn reject(ctx: Ctx, input: Reject) -> Result<View> {
    let reason = domain::template::one_line(input.reason.trim());
    if reason.is_empty() || reason.chars().count() > 500 {
        let message = "Say in 1 to 500 characters why it should not leave";
        return Err(Error::field("draft.reason_invalid", "reason", message));
    }
    let now = ctx.app.clock.now();
    let from = now + undo_ms(&ctx, input.undo_seconds)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let held = draft::held(&tx, &ctx.scope, &input.id, input.revision).await?;
    draft::reject(&tx, &ctx.scope, &input.id, &held, &reason, (input.afterwards, from, now)).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.steps.notify_one();
    changed(&ctx, &input.id).await
}

async fn reopen(ctx: Ctx, input: One) -> Result<View> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let held = draft::held(&tx, &ctx.scope, &input.id, None).await?;
    draft::reopen(&tx, &ctx.scope, &input.id, &held, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}
