//! What became of what we sent: receipts, copies, bounces, complaints.

use super::{News, Outcome, Trouble, address_key, harmed};
use crate::error::Error;
use domain::{
    ExitReason,
    health::Harm,
    message::{Event, Status},
};
use providers::{
    Class, Complaint,
    inbound::{Bounce, Delivery, InboundChoice, InboundEcho, InboundStatus, InboundWatermark},
};
use store::{
    Scope, Tx,
    campaign::health::Paused,
    contact, enrollment, event,
    event::NewEvent,
    message::{self, Sent},
    outbox,
    sender::Sender,
    suppression,
};

/// Somebody has a message of which nobody knew whether it left: so it did.
pub async fn arrived(tx: &Tx, scope: &Scope, sent: &Sent, now: i64) -> store::Result<()> {
    if sent.status != Status::Uncertain {
        return Ok(());
    }
    if message::apply(tx, scope, sent, Event::Sent, None, None, now).await?.is_some() {
        outbox::left(tx, scope, sent, now).await?;
    }
    Ok(())
}

/// A delivery report. Late evidence of sending settles doubt (reliability.md section 2, step 8).
pub(super) async fn receipt(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    s: InboundStatus,
    now: i64,
    paused: &mut Paused,
) -> Outcome<Option<News>> {
    let mut sent = None;
    if let Some(ours) = &s.our_message_id {
        sent = message::sent_by_id(tx, scope, ours).await?;
    }
    if sent.is_none() {
        sent = message::sent_by_provider_id(tx, scope, &s.provider_message_id).await?;
    }
    // It may have overtaken our own record of the send: it is looked at again.
    let Some(sent) = sent.filter(|m| m.sender_id == sender.id) else {
        return Err(Trouble::Later(Error::conflict(
            "receipt.unknown",
            "It is about a message that we do not know",
        )));
    };
    let change = match s.status {
        Delivery::Accepted | Delivery::Sent => Event::Sent,
        Delivery::Delivered => Event::Delivered,
        Delivery::Read => Event::Read,
        Delivery::Failed => Event::Undelivered,
    };
    // Handing over comes before failing: whichever of the two arrives first, failing is the later news.
    if change == Event::Sent && sent.status == Status::Failed {
        return Ok(None);
    }
    let class = s.class.map(|c| c.to_string()).unwrap_or_default();
    let code = s.code.clone().unwrap_or_default();
    let text = match &s.said {
        Some(said) if code.is_empty() => format!("It could not be delivered: {said}"),
        Some(said) => format!("It could not be delivered: {said} (code {code})"),
        None => format!("The carrier could not deliver it (code {code})"),
    };
    let error = (change == Event::Undelivered).then_some((code.as_str(), class.as_str(), text.as_str()));
    let Some(next) =
        message::apply(tx, scope, &sent, change, Some(&s.provider_message_id), error, now).await?
    else {
        return Ok(None);
    };
    if next.has_left() && !sent.status.has_left() {
        outbox::left(tx, scope, &sent, now).await?;
    }
    let kind = match change {
        Event::Delivered => Some("delivered"),
        Event::Read => Some("read"),
        Event::Undelivered => Some("failed"),
        _ => None,
    };
    if let Some(kind) = kind {
        event::write(tx, scope, &[NewEvent { kind, ..outbox::facts_of(&sent) }], now).await?;
    }
    if change == Event::Undelivered {
        *paused = undelivered(tx, scope, &sent, s.class, now).await?;
    }
    Ok(Some(News::Status(sent.conversation_id.clone(), sent.id.clone(), next)))
}

/// Everything up to an instant arrived or was read. What is in doubt stays in doubt: nobody named it. Our clock and the
/// platform's differ by less than a second.
pub(super) async fn watermark(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    w: &InboundWatermark,
    now: i64,
) -> Outcome<Vec<News>> {
    let change = match w.status {
        Delivery::Delivered => Event::Delivered,
        Delivery::Read => Event::Read,
        Delivery::Accepted | Delivery::Sent | Delivery::Failed => return Ok(Vec::new()),
    };
    let kind = if change == Event::Read { "read" } else { "delivered" };
    let key = address_key(w.channel, &w.from);
    let mut news = Vec::new();
    for sent in message::left_by(tx, scope, &sender.id, &key, w.before_ms.saturating_add(1_000)).await? {
        if let Some(next) = message::apply(tx, scope, &sent, change, None, None, now).await? {
            event::write(tx, scope, &[NewEvent { kind, ..outbox::facts_of(&sent) }], now).await?;
            news.push(News::Status(sent.conversation_id.clone(), sent.id.clone(), next));
        }
    }
    Ok(news)
}

/// A copy of what left our account. One that we know of is old news; one that says what exactly one message in doubt says
/// was that message; any other was typed elsewhere.
pub(super) async fn echo(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    e: &InboundEcho,
    now: i64,
) -> Outcome<Option<News>> {
    if message::sent_by_provider_id(tx, scope, &e.provider_message_id).await?.is_some() {
        return Ok(None);
    }
    let key = address_key(e.channel, &e.to);
    let perhaps = message::perhaps_sent(tx, scope, &sender.id, &key, &e.text).await?;
    let [sent] = &perhaps[..] else { return Ok(None) };
    if sent.status != Status::Uncertain {
        // The answer to our own request is on its way: it is looked at again.
        let later = Error::conflict("echo.early", "It is a copy of a message that is being sent");
        return Err(Trouble::Later(later));
    }
    let id = Some(e.provider_message_id.as_str());
    let Some(next) = message::apply(tx, scope, sent, Event::Sent, id, None, now).await? else {
        return Ok(None);
    };
    outbox::left(tx, scope, sent, now).await?;
    Ok(Some(News::Status(sent.conversation_id.clone(), sent.id.clone(), next)))
}

/// Somebody told the platform that they want no more of our messages, or want them again.
pub(super) async fn choice(tx: &Tx, scope: &Scope, sender: &Sender, c: &InboundChoice, now: i64) -> Outcome {
    let (channel, key) = (c.channel.as_str(), address_key(c.channel, &c.from));
    if c.wants {
        suppression::lift(tx, scope, channel, &key, Some(&sender.id)).await?;
    } else {
        let reason = format!("Switched off our messages in {}", c.channel.name());
        suppression::add(tx, scope, channel, &key, Some(&sender.id), &reason, "provider", now).await?;
    }
    Ok(())
}

/// What a failed delivery says about the address.
async fn undelivered(tx: &Tx, scope: &Scope, sent: &Sent, class: Option<Class>, now: i64) -> Outcome<Paused> {
    let reason = match class {
        Some(Class::OptOut) => "The recipient opted out at the carrier",
        Some(Class::BadRecipient) => "The address does not exist",
        _ => return Ok(Paused::default()),
    };
    let only = (class == Some(Class::OptOut)).then_some(&sent.sender_id);
    let harm = if class == Some(Class::OptOut) { Harm::OptedOut } else { Harm::Bounced };
    event::write(
        tx,
        scope,
        &[NewEvent { kind: harm.as_str(), data: Some(reason.to_owned()), ..outbox::facts_of(sent) }],
        now,
    )
    .await?;
    let paused = harmed(tx, scope, sent, harm, now).await?;
    if let Some(contact) = &sent.contact_id {
        let why = if class == Some(Class::OptOut) { ExitReason::OptedOut } else { ExitReason::Bounced };
        enrollment::end_for_contact(tx, scope, contact, why, now).await?;
    }
    suppression::add(tx, scope, sent.channel.as_str(), &sent.to_key, only, reason, "carrier", now).await?;
    Ok(paused)
}

/// The message of ours that a report is about: only what names one counts.
async fn named(
    tx: &Tx,
    scope: &Scope,
    ids: [&Option<String>; 2],
    rfc_id: Option<&String>,
) -> Outcome<Option<Sent>> {
    for id in ids.into_iter().flatten() {
        if let Some(sent) = message::sent_by_id(tx, scope, id).await? {
            return Ok(Some(sent));
        }
    }
    let Some(id) = rfc_id else { return Ok(None) };
    Ok(message::sent_by_rfc_ids(tx, scope, &[id.trim_matches(['<', '>']).to_owned()]).await?)
}

/// Somebody marked a mail of ours as spam, or asked by their provider for no more. It arrived: nothing came back.
pub(super) async fn complaint(
    tx: &Tx,
    scope: &Scope,
    c: Complaint,
    now: i64,
    paused: &mut Paused,
) -> Outcome<Option<News>> {
    let ids = [&c.our_tag, &c.envelope_id];
    let Some(sent) = named(tx, scope, ids, c.rfc_message_id.as_ref()).await? else {
        return Err(Trouble::Dead("A complaint that names none of our messages".into()));
    };
    arrived(tx, scope, &sent, now).await?;
    let (harm, reason) = match c.is_opt_out {
        true => (Harm::OptedOut, "Asked their mail provider for no more of our mails"),
        false => (Harm::Complained, "Marked a mail of ours as spam"),
    };
    // Whoever reports the same mail twice has complained once.
    if !event::is_noted(tx, scope, &sent.id, harm.as_str()).await? {
        let fact = NewEvent { kind: harm.as_str(), data: Some(reason.to_owned()), ..outbox::facts_of(&sent) };
        event::write(tx, scope, &[fact], now).await?;
        *paused = harmed(tx, scope, &sent, harm, now).await?;
    }
    if let Some(contact) = &sent.contact_id {
        enrollment::end_for_contact(tx, scope, contact, ExitReason::OptedOut, now).await?;
        contact::set_status(tx, scope, contact, "Do Not Contact", now).await?;
    }
    suppression::add(tx, scope, "email", &sent.to_key, None, reason, "complaint", now).await?;
    Ok(None)
}

/// A message that came back (RFC 3464). Only one that names a message of ours counts.
pub(super) async fn bounce(
    tx: &Tx,
    scope: &Scope,
    b: Bounce,
    now: i64,
    paused: &mut Paused,
) -> Outcome<Option<News>> {
    let ids = [&b.our_tag, &b.envelope_id];
    let Some(sent) = named(tx, scope, ids, b.rfc_message_id.as_ref()).await? else {
        return Err(Trouble::Dead("A bounce that names none of our messages".into()));
    };
    if !b.permanent {
        return Ok(None);
    }
    let code = b.code.clone().unwrap_or_default();
    let text = format!(
        "Returned by the recipient's server: {}",
        b.diagnostic.as_deref().unwrap_or("no reason given")
    );
    let class = b.class.to_string();
    let Some(next) =
        message::apply(tx, scope, &sent, Event::Undelivered, None, Some((&code, &class, &text)), now).await?
    else {
        return Ok(None);
    };
    let fact = NewEvent { kind: "bounced", data: Some(text.clone()), ..outbox::facts_of(&sent) };
    event::write(tx, scope, &[fact], now).await?;
    *paused = harmed(tx, scope, &sent, Harm::Bounced, now).await?;
    if let Some(contact) = &sent.contact_id {
        enrollment::end_for_contact(tx, scope, contact, ExitReason::Bounced, now).await?;
    }
    suppression::add(
        tx,
        scope,
        "email",
        &sent.to_key,
        None,
        "The address does not exist (bounced)",
        "bounce",
        now,
    )
    .await?;
    Ok(Some(News::Status(sent.conversation_id.clone(), sent.id.clone(), next)))
}
