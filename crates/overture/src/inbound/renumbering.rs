//! Somebody took their account on a platform along to another number: the contact, their conversations, what waits for
//! them and what they asked for go along. What was said stays where it is, under the number it was said to.
//!
//! The same news again, older news after newer ones, and a message that comes late from the former number change nothing
//! of that: the former number stays with its contact, and remembers since when it is one.

use super::{Outcome, Trouble};
use crate::error::Error;
use domain::{
    AddressKind, Channel,
    address::Address,
    ids::{ContactId, ConversationId},
};
use providers::inbound::{InboundMessage, InboundRenumbering};
use store::{
    Scope, Tx, contact, contact_address,
    conversation::{self, Renumbered},
    event::{self, NewEvent},
    former_address::{self, Former},
    suppression,
};

/// Applies it; the conversations that go on under the new number.
pub(super) async fn apply(
    tx: &Tx,
    scope: &Scope,
    r: &InboundRenumbering,
    now: i64,
) -> Outcome<Vec<ConversationId>> {
    let Some(kind) = AddressKind::of_channel(r.channel) else { return Ok(vec![]) };
    let at = r.at_ms.unwrap_or(now);
    // In one order, whichever way somebody goes.
    for key in [(&r.from).min(&r.to), (&r.from).max(&r.to)] {
        contact_address::hold(tx, scope, key).await?;
    }
    let is_known = former_address::find(tx, scope, kind, &r.from).await?.is_some();
    // They went on from there meanwhile, or came back to where they had been.
    let is_older = former_address::find(tx, scope, kind, &r.to).await?.is_some_and(|gone| gone.since >= at);
    if is_known || is_older {
        return Ok(vec![]);
    }
    let way = Renumbered { channel: r.channel, from: &r.from, to: &r.to };
    let theirs = match conversation::contact_under(tx, scope, r.channel, &r.from).await? {
        Some(contact) => Some(contact),
        None => contact::by_address(tx, scope, &r.from).await?,
    };
    let has_thread = conversation::is_under(tx, scope, r.channel, &r.from).await?;
    if theirs.is_none() && !has_thread {
        if conversation::is_under(tx, scope, r.channel, &r.to).await? {
            return Ok(vec![]);
        }
        // What made them known, or an older change, may still be on its way.
        let why = "Nobody here has the number that was changed";
        return Err(Trouble::Later(Error::conflict("number.unknown", why)));
    }
    let holder = contact_address::holder(tx, scope, kind, &r.to).await?.map(|holder| holder.id);
    let at_new = match holder {
        Some(holder) => Some(holder),
        None => contact::by_address(tx, scope, &r.to).await?,
    };
    if let (Some(contact), Some(other)) = (&theirs, &at_new)
        && contact != other
    {
        // Whether two contacts are one person is for people to say.
        let text = format!(
            "{} moved from {} to {}, which another contact has. If they are one person, merge them",
            r.channel.name(),
            r.from,
            r.to
        );
        suppression::carry(tx, scope, r.channel.as_str(), &r.from, &r.to, now).await?;
        former_address::mark(tx, scope, contact, kind, &r.from, at).await?;
        note(tx, scope, contact, text, now).await?;
        return Ok(vec![]);
    }
    suppression::carry(tx, scope, r.channel.as_str(), &r.from, &r.to, now).await?;
    if let Some(contact) = &theirs {
        let new = Address { value: r.to.clone(), key: r.to.clone() };
        former_address::replace(tx, scope, contact, kind, Former { key: &r.from, since: at }, &new).await?;
        note(
            tx,
            scope,
            contact,
            format!("{} number changed from {} to {}", r.channel.name(), r.from, r.to),
            now,
        )
        .await?;
    }
    Ok(conversation::renumber(tx, scope, &way, theirs.as_ref().or(at_new.as_ref()), now).await?)
}

async fn note(tx: &Tx, scope: &Scope, contact: &ContactId, text: String, now: i64) -> store::Result<()> {
    let fact = NewEvent {
        kind: "number_changed",
        contact_id: Some(contact.to_string()),
        data: Some(text),
        ..NewEvent::default()
    };
    event::write(tx, scope, &[fact], now).await
}

/// Where a message comes from that somebody wrote before they changed their number, and that arrives after the news of
/// it. Whoever writes from that number later is somebody else.
pub(super) async fn now_called(
    tx: &Tx,
    scope: &Scope,
    m: &InboundMessage,
    key: String,
) -> store::Result<String> {
    let Some(kind) = AddressKind::of_channel(m.channel) else { return Ok(key) };
    let Some(written_at) = m.date_ms else { return Ok(key) };
    let Some(former) = former_address::find(tx, scope, kind, &key).await? else { return Ok(key) };
    Ok(former.now.filter(|_| written_at <= former.since).unwrap_or(key))
}

/// Whether whoever was written to at this number has left it: what they answer belongs to where they are now.
pub(super) async fn is_left(tx: &Tx, scope: &Scope, key: &str) -> store::Result<bool> {
    Ok(former_address::find(tx, scope, AddressKind::Whatsapp, key).await?.is_some()
        || !conversation::is_under(tx, scope, Channel::Whatsapp, key).await?)
}
