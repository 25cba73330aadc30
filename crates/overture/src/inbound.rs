//! What a stored event means: an answer, a receipt, a bounce. One transaction per event, so that it is
//! applied once or not at all.

use crate::{app::App, courses::snippet, error::Error};
use domain::{
    Channel, ExitReason,
    health::Harm,
    identity,
    ids::{ContactId, ConversationId, InboundEventId, MessageId},
    inbound::{Keyword, ReplyKind, absence, classify_email, lexicon, sms_keyword},
    message::{Event, Status},
    schedule::{self, TimeOfDay},
};
use providers::{
    Class, Complaint,
    graph::Item,
    inbound::{
        Bounce, Delivery, Inbound, InboundChoice, InboundEcho, InboundMessage, InboundStatus,
        InboundWatermark,
    },
};
use serde_json::json;
use std::sync::Arc;
use store::{
    Scope, Tx, assignment,
    campaign::health::{self, Of, Paused},
    contact, conversation,
    conversation::Open,
    enrollment, event,
    event::NewEvent,
    inbound_event::{self, InboundEvent},
    merge,
    message::{self, NewInbound, Sent},
    notification, outbox,
    sender::Sender,
    suppression,
};

/// When somebody who was away is written to again, in minutes of their day.
const MORNING: u16 = 9 * 60;

/// Why an event was not applied.
#[derive(Debug)]
pub enum Trouble {
    /// It never will be; a person may look at it.
    Dead(String),
    /// It may be the next time.
    Later(Error),
    /// Another node has just received the same message in another event. Nothing of this one is kept; when it is
    /// looked at again, it is a copy.
    Overtaken,
}

impl<E: Into<Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Trouble::Later(error.into())
    }
}

type Outcome<T = ()> = Result<T, Trouble>;

/// What to tell the pages after the commit.
enum News {
    Message(ConversationId, MessageId),
    Status(ConversationId, MessageId, Status),
}

/// Applies one event.
pub async fn handle(app: &Arc<App>, event: &InboundEvent) -> Outcome {
    let (Some(workspace), Some(sender)) = (&event.workspace_id, &event.sender_id) else {
        return Err(Trouble::Dead("It names no sender of ours".into()));
    };
    let scope = Scope::system(workspace.clone());
    let sender = store::sender::get(&app.db, &scope, sender).await?;
    let now = app.clock.now();
    if let Some(parts) = parts(event, &sender) {
        return take_apart(app, event, &parts, now).await;
    }
    let meanings = read(event, &sender).map_err(|fail| Trouble::Dead(fail.message))?;
    let tx = app.db.begin().await?;
    if !inbound_event::handled(&tx, &event.id, now).await? {
        return Ok(());
    }
    let mut news = Vec::new();
    let mut paused = Paused::default();
    for meaning in meanings {
        let told = match meaning {
            Inbound::Message(m) => {
                let from = address_key(m.channel, &m.from);
                suppression::recognise(&tx, &scope, [from.as_str()], &app.keys, now).await?;
                answer(&tx, &scope, &sender, event, m, now, &mut paused).await?
            }
            Inbound::Status(s) => receipt(&tx, &scope, &sender, s, now, &mut paused).await?,
            Inbound::Echo(e) => echo(&tx, &scope, &sender, &e, now).await?,
            Inbound::Watermark(w) => {
                news.extend(watermark(&tx, &scope, &sender, &w, now).await?);
                None
            }
            Inbound::Choice(c) => {
                choice(&tx, &scope, &sender, &c, now).await?;
                None
            }
            Inbound::Template(t) => {
                crate::approved::told(&tx, &scope, &t, now).await?;
                None
            }
            Inbound::Bounce(b) => bounce(&tx, &scope, b, now, &mut paused).await?,
            Inbound::Complaint(c) => complaint(&tx, &scope, c, now, &mut paused).await?,
        };
        news.extend(told);
    }
    app.commit(tx).await?;
    announce(app, &scope, news);
    tell_paused(app, &scope, &paused);
    Ok(())
}

/// Tells the pages what paused by itself.
pub fn tell_paused(app: &App, scope: &Scope, paused: &Paused) {
    if let Some(campaign) = &paused.campaign {
        app.tell(&scope.workspace, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    if paused.sender.is_some() {
        app.tell(&scope.workspace, "stats:updated", json!({}));
    }
}

/// Counts what happened to a message that had left.
pub async fn harmed(tx: &Tx, scope: &Scope, sent: &Sent, harm: Harm, now: i64) -> store::Result<Paused> {
    let of = Of { campaign: sent.campaign_id.as_ref(), sender: &sent.sender_id, had_left: true };
    health::harmed(tx, scope, of, harm, now).await
}

/// What a webhook of Meta holds, where it is more than one thing: one that cannot be applied yet must not hold up the
/// others.
fn parts(event: &InboundEvent, sender: &Sender) -> Option<Vec<Item>> {
    let parts = match event.source.as_str() {
        "whatsapp" => providers::whatsapp::split(&event.body, &sender.address),
        "messenger" => providers::messenger::split(&event.body, &sender.address),
        _ => return None,
    };
    (parts.len() > 1).then_some(parts)
}

/// Puts the parts in the place of the whole.
async fn take_apart(app: &Arc<App>, event: &InboundEvent, parts: &[Item], now: i64) -> Outcome {
    let of = event.sender_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts: Vec<(InboundEventId, String, Vec<u8>)> = parts
        .iter()
        .map(|part| {
            // Ids of a platform may hold somebody's number; what is left of an erased event is its key.
            let key = format!("{of}:{}", crate::http::webhooks::digest(part.key.as_bytes()));
            (store::new_id(InboundEventId::from_uuid), key, part.body.clone())
        })
        .collect();
    let tx = app.db.begin().await?;
    if inbound_event::handled(&tx, &event.id, now).await? {
        inbound_event::store_parts(&tx, event, &parts).await?;
        app.commit(tx).await?;
        app.wake.inbound.notify_one();
    }
    Ok(())
}

fn read(event: &InboundEvent, sender: &Sender) -> Result<Vec<Inbound>, providers::Fail> {
    let params = || form_urlencoded::parse(&event.body).into_owned().collect::<Vec<(String, String)>>();
    let headers: serde_json::Value = serde_json::from_str(&event.headers).unwrap_or_default();
    match event.source.as_str() {
        "twilio.message" => providers::twilio::inbound(&params()),
        "twilio.status" => providers::twilio::status(&params(), headers["m"].as_str()),
        "slybroadcast" => providers::slybroadcast::parse(&params(), headers["m"].as_str()),
        "email" => providers::mime::parse(&event.body),
        "whatsapp" => providers::whatsapp::parse(&event.body, &sender.address),
        "messenger" => providers::messenger::parse(&event.body, &sender.address),
        "bonzo" => providers::bonzo::parse(&event.body, &crate::http::webhooks::digest(&event.body)),
        "tiktok" => providers::tiktok::parse(&event.body, &sender.address),
        other => Err(providers::Fail::new(Class::Permanent, format!("Nobody reads events of {other}"))),
    }
}

fn announce(app: &Arc<App>, scope: &Scope, news: Vec<News>) {
    if news.is_empty() {
        return;
    }
    for item in news {
        match item {
            News::Message(conversation, message) => {
                app.tell(
                    &scope.workspace,
                    "new:message",
                    json!({ "conversation_id": conversation, "message_id": message }),
                );
                app.tell_conversation(&scope.workspace, &conversation);
            }
            News::Status(conversation, message, status) => {
                let event = match status {
                    Status::Delivered => "message:delivered",
                    Status::Read => "message:read",
                    Status::Failed => "message:failed",
                    _ => "message:sent",
                };
                app.tell(
                    &scope.workspace,
                    event,
                    json!({ "conversation_id": conversation, "message_id": message, "status": status }),
                );
            }
        }
    }
    app.tell(&scope.workspace, "stats:updated", json!({}));
    app.wake.steps.notify_one();
    app.wake.outbox.notify_one();
}

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
        return Ok(message::last_sent_to(tx, scope, &sender.id, from_key).await?);
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

fn address_key(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email => identity::email(address).map_or_else(|_| address.trim().to_lowercase(), |e| e.key),
        Channel::Whatsapp => identity::whatsapp(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
        Channel::Messenger | Channel::Tiktok => address.trim().to_owned(),
        _ => identity::phone(address, "US").unwrap_or_else(|_| address.trim().to_owned()),
    }
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

async fn answer(
    tx: &Tx,
    scope: &Scope,
    sender: &Sender,
    event: &InboundEvent,
    m: InboundMessage,
    now: i64,
    paused: &mut Paused,
) -> Outcome<Option<News>> {
    let from_key = address_key(m.channel, &m.from);
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
        address: m.from.clone(),
        // An answer from another address of the same person stays in the thread it answers.
        address_key: sent.as_ref().map_or_else(|| from_key.clone(), |s| s.to_key.clone()),
        subject: m.subject.clone(),
        snippet: snippet(&m.text),
        campaign_id: None,
    };
    // The names in e-mails stay with their addresses.
    let their_name = m.from_name.as_deref().filter(|name| m.channel != Channel::Email && !name.is_empty());
    let conversation_id =
        conversation::receive(tx, scope, &open, Some(kind.as_str()), their_name, now).await?;
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

/// A delivery report. Late evidence of sending settles doubt (reliability.md section 2, step 8).
async fn receipt(
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
async fn watermark(
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
async fn echo(tx: &Tx, scope: &Scope, sender: &Sender, e: &InboundEcho, now: i64) -> Outcome<Option<News>> {
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
async fn choice(tx: &Tx, scope: &Scope, sender: &Sender, c: &InboundChoice, now: i64) -> Outcome {
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
async fn complaint(
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
async fn bounce(tx: &Tx, scope: &Scope, b: Bounce, now: i64, paused: &mut Paused) -> Outcome<Option<News>> {
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

/// The addresses that a raw mail was sent to, normalised and without `+tag`. Reads headers only.
pub fn recipients(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut found = Vec::new();
    let mut wanted = false;
    for line in text.lines() {
        if line.is_empty() {
            break;
        }
        if !line.starts_with([' ', '\t']) {
            let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            wanted = matches!(name.as_str(), "to" | "cc" | "delivered-to" | "x-original-to" | "envelope-to");
        }
        if wanted {
            let words = line.split(|c: char| {
                c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | ':' | '(' | ')')
            });
            found.extend(words.filter(|w| w.contains('@')).filter_map(without_tag));
        }
        if found.len() >= 50 {
            break;
        }
    }
    found
}

fn without_tag(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let plain = format!("{}@{domain}", local.split('+').next()?);
    identity::email(&plain).ok().map(|e| e.key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipients_are_read_from_folded_headers_without_their_tags() {
        let raw = b"From: a@b.c\r\nTo: \"Sales, Nordlys\" <Hello+r-msg_1@Demo.example>,\r\n other@x.org\r\nSubject: to: no@no.no\r\n\r\nTo: body@b.org\r\n";
        assert_eq!(recipients(raw), ["hello@demo.example", "other@x.org"]);
        assert!(recipients(b"").is_empty());
        assert!(recipients(&[0xff, 0xfe, 0x00]).is_empty());
    }
}
