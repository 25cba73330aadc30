//! What the inbox is filled with: conversations of a past, long and short, open and done, read and unread.

use super::{Asked, ask};
use crate::tool::Ctx;
use anyhow::{Context, Result, ensure};
use domain::{
    Channel,
    ids::{ContactId, ConversationId, MessageId},
};
use serde_json::{Value, json};
use store::{
    past::{self, Said, Thread},
    sender::Sender,
};

/// Conversations that are written in one transaction: a page of contacts.
const BATCH: usize = 200;
/// Messages that the thread has more than others whose pages are measured.
const LONG: u64 = 1_000;
/// After so many transactions SQLite's log goes into the database. Here no loop does that, and whoever reads in a log of
/// a gigabyte finds nothing soon.
pub(super) const ROUNDS_TO_CHECKPOINT: u64 = 50;
const MINUTE: i64 = 60_000;

/// What was written.
pub(super) struct Written {
    pub messages: u64,
    /// The long thread.
    pub thread: ConversationId,
}

/// A conversation with as many contacts as asked for.
pub(super) async fn fill(ctx: &Ctx, sender: &Sender, asked: &Asked) -> Result<Written> {
    let each = (asked.messages / asked.conversations.max(1)).max(2);
    let (mut cursor, mut n, mut written, mut thread) = (Value::Null, 0, 0, None);
    let now = ctx.app.clock.now();
    while n < asked.conversations {
        let page =
            ask(ctx, "contact_list", json!({ "limit": BATCH, "cursor": cursor, "total": false })).await?;
        let people = page["data"].as_array().context("a page has rows")?;
        let left = usize::try_from(asked.conversations - n)?;
        let (mut threads, mut said) = (Vec::new(), Vec::new());
        for person in people.iter().take(left) {
            let contact: ContactId = person["id"].as_str().unwrap_or_default().parse()?;
            let more = if n == 0 { LONG } else { 0 };
            // As many are short as long.
            let length = (if n.is_multiple_of(2) { each / 2 } else { each + each.div_ceil(2) }) + more;
            let at = now - i64::try_from(asked.conversations - n)? * MINUTE;
            let one = talk(ctx, sender, contact, n, at, length, &mut said)?;
            thread.get_or_insert_with(|| one.id.clone());
            threads.push(one);
            n += 1;
        }
        let tx = ctx.app.db.begin().await?;
        past::write(&tx, &ctx.scope, &threads, &said).await?;
        ctx.app.commit(tx).await?;
        written += said.len() as u64;
        if (n / BATCH as u64).is_multiple_of(ROUNDS_TO_CHECKPOINT) {
            ctx.app.db.checkpoint().await?;
        }
        cursor = page["next_cursor"].clone();
        ensure!(
            !cursor.is_null() || n >= asked.conversations,
            "there are contacts for {n} conversations only"
        );
    }
    Ok(Written { messages: written, thread: thread.context("there is somebody")? })
}

/// One conversation: what we wrote, and they last.
fn talk(
    ctx: &Ctx,
    sender: &Sender,
    contact: ContactId,
    n: u64,
    last_at: i64,
    length: u64,
    said: &mut Vec<Said>,
) -> Result<Thread> {
    let id = store::new_id(ConversationId::from_uuid);
    let address = format!("+1{:010}", 2_000_000_000 + n);
    for k in 0..length {
        let left = length - 1 - k;
        let is_theirs = left.is_multiple_of(2);
        let (from, to) = if is_theirs { (&address, &sender.address) } else { (&sender.address, &address) };
        said.push(Said {
            id: store::new_id(MessageId::from_uuid),
            conversation_id: id.clone(),
            contact_id: contact.clone(),
            sender_id: sender.id.clone(),
            channel: Channel::Sms,
            direction: if is_theirs { "in" } else { "out" },
            from: from.clone(),
            to: to.clone(),
            body: text(n, k),
            at: last_at - i64::try_from(left)? * 60 * MINUTE,
        });
    }
    Ok(Thread {
        id,
        contact_id: contact,
        assignee_id: ctx.scope.member.clone().filter(|_| n.is_multiple_of(10)),
        channel: Channel::Sms,
        sender_id: sender.id.clone(),
        address,
        status: if n.is_multiple_of(5) { "done" } else { "open" },
        unread: i64::from(!n.is_multiple_of(3)),
        snippet: text(n, length - 1),
        last_direction: "in",
        last_at,
    })
}

/// Words that every message has, that one of a hundred has, one of fifty, and those of one conversation.
fn text(n: u64, k: u64) -> String {
    format!(
        "Hello, ticket{n} is about topic{} and part{} of what we talked about; can somebody look at it?",
        (n + k) % 100,
        (n + k * 7) % 50
    )
}
