//! What people write to us: which message it answers, whose it is, and what follows from it.

use super::{
    News, Outcome, Trouble, address_key, arrived, harmed,
    renumbering::{is_left, now_called},
};
use crate::courses::snippet;
use domain::{
    Channel, ExitReason,
    health::Harm,
    ids::{ContactId, ConversationId, MessageId},
    inbound::{Keyword, ReplyKind, absence, classify_email, lexicon, sms_keyword},
    schedule::{self, TimeOfDay},
};
use providers::inbound::InboundMessage;
use store::{
    Scope, Tx, assignment,
    campaign::health::Paused,
    contact, conversation,
    conversation::Open,
    enrollment, event,
    event::NewEvent,
    inbound_event::InboundEvent,
    merge,
    message::{self, NewInbound, Sent},
    notification,
    sender::Sender,
    suppression,
};

/// When somebody who was away is written to again, in minutes of their day.
const MORNING: u16 = 9 * 60;

/// The outbound message that an inbound one answers: by References, else by our address tag, else the last
/// one to that address from this sender. Who names a message has got it, which settles a doubt about it; the
/// last one to an address is only a guess.
async fn answered(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    m: &InboundMessage,
    from_key: &str,
    now: i64,
) -> Outcome<Option<Sent>> {
    if m.channel != Channel::Email {
        // A platform names the message by its own id of it.
        if let Some(id) = &m.in_reply_to
            && let Some(sent) = message::sent_by_provider_id(tx, scope, id).await?
            && sent.sender_id == sender.id
        {
            arrived(tx, scope, &sent, now).await?;
            return Ok(Some(sent));
        }
        if let Some(sent) = message::last_sent_to(tx, scope, &sender.id, from_key).await? {
            return Ok(Some(sent));
        }
        // Whoever has a new number since was written to at the former one.
        return Ok(match m.channel {
            Channel::Whatsapp => message::last_sent_under(tx, scope, &sender.id, from_key).await?,
            _ => None,
        });
    }
    let mut ids: Vec<String> = m.references.clone();
    ids.extend(m.in_reply_to.clone());
    let ids: Vec<String> = ids.into_iter().map(|id| id.trim_matches(['<', '>', ' ']).to_owned()).collect();
    if !ids.is_empty()
        && let Some(sent) = message::sent_by_rfc_ids(tx, scope, &ids).await?
    {
        arrived(tx, scope, &sent, now).await?;
        return Ok(Some(sent));
    }
    if let Some(tag) = &m.our_tag
        && let Some(sent) = message::sent_by_id(tx, scope, tag).await?
    {
        arrived(tx, scope, &sent, now).await?;
        return Ok(Some(sent));
    }
    Ok(message::last_sent_to(tx, scope, &sender.id, from_key).await?)
}

/// Whether a STOP is said to the one number or page that it was sent to, and a START takes it back.
const fn has_keywords(channel: Channel) -> bool {
    matches!(channel, Channel::Sms | Channel::Whatsapp | Channel::Messenger | Channel::Tiktok)
}

fn kind_of(m: &InboundMessage) -> ReplyKind {
    match m.channel {
        Channel::Email => {
            classify_email(&|name| m.header(name), m.subject.as_deref().unwrap_or_default(), &m.text)
        }
        _ => match sms_keyword(&m.text) {
            Some(Keyword::Stop) => ReplyKind::Unsubscribe,
            Some(Keyword::Start | Keyword::Help) => ReplyKind::Answer,
            None => lexicon(&m.text),
        },
    }
}

pub(super) async fn answer(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    event: &InboundEvent,
    m: InboundMessage,
    now: i64,
    paused: &mut Paused,
) -> Outcome<Option<News>> {
    let written_from = address_key(m.channel, &m.from);
    let from_key = now_called(tx, scope, &m, written_from.clone()).await?;
    if from_key == address_key(m.channel, &sender.address) {
        return Err(Trouble::Dead(
            "It comes from our own address; taking it for an answer would make a loop".into(),
        ));
    }
    let dedupe_key = dedupe_key(event, &m);
    #[cfg(feature = "planted-bugs")]
    let dedupe_key =
        if crate::planted("check_then_insert") { format!("{dedupe_key}:{}", event.id) } else { dedupe_key };
    if message::is_known(tx, scope, &dedupe_key).await? {
        // Meta packs the same message into another webhook when it tries again; TikTok dates it anew.
        if matches!(m.channel, Channel::Whatsapp | Channel::Messenger | Channel::Tiktok) {
            return Ok(None);
        }
        return Err(Trouble::Dead(
            "A message with the same id and other content was received before; the first is kept".into(),
        ));
    }
    let kind = kind_of(&m);
    let sent = answered(tx, scope, sender, &m, &from_key, now).await?;
    let contact_id = match sent.as_ref().and_then(|s| s.contact_id.clone()) {
        Some(id) => Some(id),
        None => contact::by_address(tx, scope, &from_key).await?,
    };
    let open = Open {
        id: store::new_id(ConversationId::from_uuid),
        contact_id: contact_id.clone(),
        channel: m.channel,
        sender_id: sent.as_ref().map_or_else(|| sender.id.clone(), |s| s.sender_id.clone()),
        address: if from_key == written_from { m.from.clone() } else { from_key.clone() },
        // An answer from another address of the same person stays in the thread it answers.
        address_key: match &sent {
            // What it answers was sent to a number that they have left.
            Some(s)
                if m.channel == Channel::Whatsapp
                    && s.to_key != from_key
                    && is_left(tx, scope, &s.to_key).await? =>
            {
                from_key.clone()
            }
            Some(s) => s.to_key.clone(),
            None => from_key.clone(),
        },
        subject: m.subject.clone(),
        snippet: snippet(&m.text),
        campaign_id: None,
    };
    // The names in e-mails stay with their addresses.
    let their_name = m.from_name.as_deref().filter(|name| m.channel != Channel::Email && !name.is_empty());
    let thread = sent.as_ref().map(|s| &s.conversation_id);
    let conversation_id =
        conversation::receive(tx, scope, &open, thread, Some(kind.as_str()), their_name, now).await?;
    // Whoever was folded into another meanwhile: the thread was waited for, so this is how it is now.
    let contact_id = match contact_id {
        Some(id) => Some(merge::follow(tx, scope, &id).await?),
        None => None,
    };
    let new = NewInbound {
        id: store::new_id(MessageId::from_uuid),
        conversation_id: conversation_id.clone(),
        contact_id: contact_id.clone(),
        campaign_id: sent.as_ref().and_then(|s| s.campaign_id.clone()),
        enrollment_id: sent.as_ref().and_then(|s| s.enrollment_id.clone()),
        node_key: sent.as_ref().and_then(|s| s.node_key.clone()),
        sender_id: open.sender_id.clone(),
        channel: m.channel,
        dedupe_key,
        from_address: m.from.clone(),
        to_address: sender.address.clone(),
        to_key: address_key(m.channel, &sender.address),
        kind: kind.to_string(),
        subject: m.subject.clone(),
        body: m.text.clone(),
        rfc_message_id: (m.channel == Channel::Email)
            .then(|| m.provider_message_id.trim_matches(['<', '>']).to_owned()),
        in_reply_to: m.in_reply_to.clone(),
        provider_message_id: Some(m.provider_message_id.clone()),
    };
    if !message::receive(tx, scope, &new, now).await? {
        return Err(Trouble::Overtaken);
    }
    let withdrawn = message::answered_first(tx, scope, &conversation_id).await?;
    tracing::debug!(count = withdrawn.len(), "answers that waited were withdrawn");
    let facts = |what: &'static str| NewEvent {
        kind: what,
        message_id: Some(new.id.to_string()),
        enrollment_id: new.enrollment_id.as_ref().map(ToString::to_string),
        campaign_id: new.campaign_id.as_ref().map(ToString::to_string),
        contact_id: contact_id.as_ref().map(ToString::to_string),
        node_key: new.node_key.clone(),
        data: Some(kind.to_string()),
    };
    let mut events = vec![facts("received")];
    if kind.is_person() {
        events.push(facts("replied"));
        notification::answered(tx, scope, &conversation_id, now).await?;
        assignment::take(tx, scope, &conversation_id, now).await?;
    }
    if kind == ReplyKind::Unsubscribe {
        events.push(facts("opted_out"));
    }
    event::write(tx, scope, &events, now).await?;
    if let (ReplyKind::Unsubscribe, Some(sent)) = (kind, &sent) {
        *paused = harmed(tx, scope, sent, Harm::OptedOut, now).await?;
    }
    consequences(tx, scope, &open, &m, kind, contact_id.as_ref(), now).await?;
    Ok(Some(News::Message(conversation_id, new.id)))
}

/// The provider's own id where it has one; the same mail delivered to two mailboxes is two messages.
fn dedupe_key(event: &InboundEvent, m: &InboundMessage) -> String {
    let mailbox = event.sender_id.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("in:{mailbox}:{}", m.provider_message_id)
}

/// An answer ends the campaign for its writer; an opt-out is obeyed at once.
async fn consequences(
    tx: &Tx,
    scope: &Scope,
    open: &Open,
    m: &InboundMessage,
    kind: ReplyKind,
    contact: Option<&ContactId>,
    now: i64,
) -> Outcome {
    if kind == ReplyKind::Unsubscribe {
        // A STOP is said to one number; an e-mail opt-out to whoever writes from this workspace.
        let only = has_keywords(m.channel).then_some(&open.sender_id);
        let reason =
            format!("Opted out by answering \"{}\"", snippet(&m.text).chars().take(40).collect::<String>());
        suppression::add(tx, scope, m.channel.as_str(), &open.address_key, only, &reason, "reply", now)
            .await?;
    } else if has_keywords(m.channel) && sms_keyword(&m.text) == Some(Keyword::Start) {
        suppression::lift(tx, scope, m.channel.as_str(), &open.address_key, Some(&open.sender_id)).await?;
    }
    match contact {
        Some(contact) if kind.is_person() => answered_by(tx, scope, contact, kind, now).await?,
        Some(contact) if kind == ReplyKind::OutOfOffice => away(tx, scope, contact, &m.text, now).await?,
        _ => {}
    }
    Ok(())
}

/// A machine says until when somebody is away: nothing is written to them before the morning on which they are back.
async fn away(tx: &Tx, scope: &Scope, contact: &ContactId, note: &str, now: i64) -> store::Result<()> {
    let (own, home) = contact::zones(tx, scope, contact).await?;
    let zone = schedule::zone_for(own.as_deref(), None, &home);
    let today = schedule::local_date(&zone, now);
    let Some(back) = absence::back_on(note, today) else { return Ok(()) };
    let morning = TimeOfDay::new(MORNING).and_then(|time| schedule::at(&zone, back, time));
    let Some(morning) = morning else { return Ok(()) };
    let detail =
        format!("Away; their automatic answer says that they are back on {}", back.strftime("%-d %B %Y"));
    enrollment::rest_until(tx, scope, contact, morning, &detail).await
}

/// A person wrote to us: their campaigns end, and somebody has to look at them.
pub async fn answered_by(
    tx: &Tx,
    scope: &Scope,
    contact: &ContactId,
    kind: ReplyKind,
    now: i64,
) -> store::Result<()> {
    let (reason, status) = match kind {
        ReplyKind::Unsubscribe => (ExitReason::OptedOut, "Do Not Contact"),
        _ => (ExitReason::Replied, "Needs BDR"),
    };
    let ended = enrollment::end_for_contact(tx, scope, contact, reason, now).await?;
    if reason == ExitReason::Replied {
        enrollment::end_for_colleagues(tx, scope, contact, &ended, now).await?;
    }
    contact::set_status(tx, scope, contact, status, now).await
}
