//! Reads marked conversations anew: what is owed in each, by what was said in it and by what its workspace wants.

use crate::{
    Db, Result,
    sql::{binds, int, items, listed, rows, run, scalar, skip_locked, text_list},
};
use domain::{
    Channel,
    ids::{ConversationId, MessageId, WorkspaceId},
    inbound::ReplyKind,
    reply_times::{Answered, Came, Clock, ReplyTimes, Said, Story, What, tell},
    schedule::Holiday,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

/// Marks that are read in one transaction.
const SLICE: i64 = 500;
/// Of a conversation, so many of the newest messages are read.
const NEWEST: i64 = 100;

/// What a round found.
#[derive(Debug, Default)]
pub struct Settled {
    /// The conversations of which something is shown differently now.
    pub changed: Vec<(WorkspaceId, ConversationId)>,
    /// Whether there may be more.
    pub is_more: bool,
}

#[derive(FromQueryResult)]
struct Mark {
    n: i64,
    conversation_id: ConversationId,
}

#[derive(FromQueryResult)]
struct Thread {
    id: ConversationId,
    workspace_id: WorkspaceId,
    status: String,
    channel: Channel,
    blocked_at: Option<i64>,
    owed_since: Option<i64>,
    due_at: Option<i64>,
    late_at: Option<i64>,
    told_since: Option<i64>,
}

#[derive(FromQueryResult)]
struct Wanted {
    workspace_id: WorkspaceId,
    times: String,
    on_since: i64,
    changed_at: i64,
    time_zone: String,
    holidays: String,
}

#[derive(FromQueryResult)]
struct Line {
    id: MessageId,
    conversation_id: ConversationId,
    direction: String,
    kind: Option<String>,
    at: i64,
    sent_at: Option<i64>,
    member_id: Option<String>,
    set_aside_at: Option<i64>,
    woke_at: Option<i64>,
}

/// How a conversation is to stand.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Stand {
    id: ConversationId,
    owed_since: Option<i64>,
    due_at: Option<i64>,
    late_at: Option<i64>,
    told_since: Option<i64>,
}

/// An answer, for the numbers.
#[derive(Serialize)]
struct Given {
    workspace_id: WorkspaceId,
    message_id: MessageId,
    member_id: Option<String>,
    channel: Channel,
    is_first: i64,
    owed_since: i64,
    due_at: Option<i64>,
    answered_at: i64,
    waited_ms: i64,
}

/// Reads the next marked conversations anew. What another node is at work on stays marked.
pub async fn settle(db: &Db) -> Result<Settled> {
    let waiting = "select n as value from clock_marks limit 1";
    if scalar::<i64>(&db.read, waiting, vec![]).await?.is_none() {
        return Ok(Settled::default());
    }
    let tx = db.begin().await?;
    let backend = tx.get_database_backend();
    let sql = format!(
        "select k.n, k.conversation_id from clock_marks k order by k.n limit $1{}",
        skip_locked(backend, "k")
    );
    let marks: Vec<Mark> = rows(&tx, &sql, binds![SLICE]).await?;
    let ids: BTreeSet<&str> = marks.iter().map(|mark| mark.conversation_id.as_str()).collect();
    let list = text_list(&ids);
    let sql = format!(
        "select v.id, v.workspace_id, v.status, v.channel, v.blocked_at, v.owed_since, v.due_at, v.late_at, v.told_since
         from conversations v where v.id in {} order by v.id{}",
        listed(backend, 1),
        skip_locked(backend, "v")
    );
    let threads: Vec<Thread> = rows(&tx, &sql, binds![list.as_str()]).await?;
    let wanted = wanted(&tx, &threads).await?;
    let kept: Vec<&Thread> =
        threads.iter().filter(|thread| wanted.contains_key(&thread.workspace_id)).collect();
    let mut stories = stories(&tx, &kept).await?;
    let (mut stands, mut given) = (Vec::new(), Vec::new());
    for thread in &threads {
        let story = stories.remove(&thread.id).unwrap_or_default();
        let stand = match wanted.get(&thread.workspace_id) {
            Some(wanted) => {
                let clock = wanted.times.clock(&wanted.time_zone, &wanted.holidays);
                let recent = story.answered.iter().filter(|answer| answer.at >= wanted.on_since);
                given.extend(recent.map(|answer| line_of(thread, answer, &clock)));
                stand(thread, &story, &clock, wanted.changed_at)
            }
            None => nothing_owed(thread),
        };
        if stand != stands_now(thread) {
            stands.push(stand);
        }
    }
    write(&tx, &stands, &given).await?;
    forget(&tx, &marks, &ids, &threads).await?;
    tx.commit().await?;
    let workspaces: HashMap<&ConversationId, &WorkspaceId> =
        threads.iter().map(|thread| (&thread.id, &thread.workspace_id)).collect();
    let changed = stands
        .into_iter()
        .filter_map(|stand| Some((WorkspaceId::clone(workspaces.get(&stand.id)?), stand.id)));
    // A round that could take none of them, because another node has them, is the last for now.
    Ok(Settled { changed: changed.collect(), is_more: marks.len() as i64 == SLICE && !threads.is_empty() })
}

struct Wishes {
    times: ReplyTimes,
    on_since: i64,
    changed_at: i64,
    time_zone: String,
    holidays: Vec<Holiday>,
}

/// What the workspaces want that keep reply times.
async fn wanted(tx: &DatabaseTransaction, threads: &[Thread]) -> Result<HashMap<WorkspaceId, Wishes>> {
    let ids: BTreeSet<&str> = threads.iter().map(|thread| thread.workspace_id.as_str()).collect();
    let sql = format!(
        "select r.workspace_id, r.times, r.on_since, r.changed_at, w.time_zone, w.holidays
         from reply_times r join workspaces w on w.id = r.workspace_id
         where r.on_since is not null and r.workspace_id in {}",
        listed(tx.get_database_backend(), 1)
    );
    let found: Vec<Wanted> = rows(tx, &sql, binds![text_list(&ids)]).await?;
    let read = |found: Wanted| {
        let wishes = Wishes {
            times: serde_json::from_str(&found.times)?,
            on_since: found.on_since,
            changed_at: found.changed_at,
            time_zone: found.time_zone,
            holidays: serde_json::from_str(&found.holidays)?,
        };
        Ok((found.workspace_id, wishes))
    };
    found.into_iter().map(read).collect()
}

/// Who waited for whom in each of them.
async fn stories(tx: &DatabaseTransaction, threads: &[&Thread]) -> Result<HashMap<ConversationId, Story>> {
    if threads.is_empty() {
        return Ok(HashMap::new());
    }
    let backend = tx.get_database_backend();
    let spaces: BTreeSet<&str> = threads.iter().map(|thread| thread.workspace_id.as_str()).collect();
    // What machines wrote is left out, and of ours what no person wrote or said yes to, or what has not left.
    let sql = format!(
        "select id, conversation_id, direction, kind, at, sent_at, member_id, set_aside_at, woke_at from (
           select m.id, m.conversation_id, m.direction, m.kind, m.sent_at, coalesce(m.approved_by, m.author_id) as member_id,
             m.set_aside_at, m.woke_at, case when m.direction = 'in' then m.created_at else coalesce(m.approved_at, m.created_at) end as at,
             row_number() over (partition by m.conversation_id order by m.created_at desc, m.id desc) as nth
           from messages m
           where m.workspace_id in {} and m.conversation_id in {}
             and (m.direction = 'in' and coalesce(m.kind, 'answer') not in ('out_of_office', 'auto_reply', 'bounce')
                  or m.direction = 'out' and m.sent_at is not null and m.campaign_id is null and m.enrollment_id is null
                     and (m.author_id is not null or m.approved_by is not null))) newest
         where nth <= $3",
        listed(backend, 1),
        listed(backend, 2)
    );
    let list = text_list(threads.iter().map(|thread| thread.id.as_str()));
    let lines: Vec<Line> = rows(tx, &sql, binds![text_list(&spaces), list, NEWEST]).await?;
    let mut said: HashMap<ConversationId, Vec<Said>> = HashMap::new();
    for line in lines {
        let what = match (line.direction.as_str(), line.kind.as_deref().and_then(|kind| kind.parse().ok())) {
            ("in", Some(ReplyKind::Unsubscribe)) => What::OptedOut,
            ("in", kind) => What::Came(Came {
                id: line.id,
                is_hot: kind == Some(ReplyKind::Positive),
                set_aside_at: line.set_aside_at,
                woke_at: line.woke_at,
            }),
            _ => What::Answered { sent_at: line.sent_at.unwrap_or(line.at), by: line.member_id },
        };
        said.entry(line.conversation_id).or_default().push(Said { at: line.at, what });
    }
    let told = said.into_iter().map(|(id, said)| {
        let is_whole = (said.len() as i64) < NEWEST;
        (id, tell(said, is_whole))
    });
    Ok(told.collect())
}

fn stands_now(thread: &Thread) -> Stand {
    Stand {
        id: thread.id.clone(),
        owed_since: thread.owed_since,
        due_at: thread.due_at,
        late_at: thread.late_at,
        told_since: thread.told_since,
    }
}

/// Of what members were told is kept: who closes a conversation and opens it again is not told a second time.
fn nothing_owed(thread: &Thread) -> Stand {
    Stand {
        id: thread.id.clone(),
        owed_since: None,
        due_at: None,
        late_at: None,
        told_since: thread.told_since,
    }
}

fn stand(thread: &Thread, story: &Story, clock: &Clock<'_>, changed_at: i64) -> Stand {
    let is_running = thread.status == "open" && thread.blocked_at.is_none();
    let Some(owed) = story.owed.as_ref().filter(|_| is_running) else { return nothing_owed(thread) };
    let due_at = clock.due(owed, thread.channel);
    let is_same = thread.owed_since == Some(owed.since) && thread.due_at == due_at;
    // What was late before anybody could know it is no news.
    let was_late = due_at.is_some_and(|due| due <= changed_at);
    Stand {
        id: thread.id.clone(),
        owed_since: Some(owed.since),
        due_at,
        late_at: thread.late_at.filter(|_| is_same),
        told_since: if was_late { Some(owed.since) } else { thread.told_since },
    }
}

fn line_of(thread: &Thread, answer: &Answered, clock: &Clock<'_>) -> Given {
    Given {
        workspace_id: thread.workspace_id.clone(),
        message_id: answer.owed.message.clone(),
        member_id: answer.by.clone(),
        channel: thread.channel,
        is_first: i64::from(answer.owed.is_first),
        owed_since: answer.owed.since,
        due_at: clock.due(&answer.owed, thread.channel),
        answered_at: answer.at,
        waited_ms: clock.waited(answer.owed.from, answer.at),
    }
}

async fn write(tx: &DatabaseTransaction, stands: &[Stand], given: &[Given]) -> Result<()> {
    let backend = tx.get_database_backend();
    if !stands.is_empty() {
        let sql = format!(
            "update conversations set owed_since = {}, due_at = {}, late_at = {}, told_since = {} from {}
             where conversations.id = item.value->>'id'",
            int("owed_since"),
            int("due_at"),
            int("late_at"),
            int("told_since"),
            items(backend, 1)
        );
        run(tx, &sql, binds![serde_json::to_string(stands)?]).await?;
    }
    if !given.is_empty() {
        let sql = format!(
            "insert into answer_times (workspace_id, message_id, member_id, channel, is_first, owed_since, due_at, answered_at, waited_ms)
             select item.value->>'workspace_id', item.value->>'message_id', item.value->>'member_id', item.value->>'channel',
               {}, {}, {}, {}, {} from {} where true
             on conflict (workspace_id, message_id) do nothing",
            int("is_first"),
            int("owed_since"),
            int("due_at"),
            int("answered_at"),
            int("waited_ms"),
            items(backend, 1)
        );
        run(tx, &sql, binds![serde_json::to_string(given)?]).await?;
    }
    Ok(())
}

/// Takes the marks away of what was read, and of what is no more.
async fn forget(
    tx: &DatabaseTransaction,
    marks: &[Mark],
    ids: &BTreeSet<&str>,
    threads: &[Thread],
) -> Result<()> {
    let backend = tx.get_database_backend();
    let mut read: BTreeSet<&str> = threads.iter().map(|thread| thread.id.as_str()).collect();
    let missing: Vec<&str> = ids.iter().copied().filter(|id| !read.contains(id)).collect();
    let still: Vec<ConversationId> = match missing.is_empty() {
        true => Vec::new(),
        false => {
            let sql = format!("select id as value from conversations where id in {}", listed(backend, 1));
            crate::sql::scalars(tx, &sql, binds![text_list(&missing)]).await?
        }
    };
    read.extend(missing.into_iter().filter(|id| !still.iter().any(|one| one.as_str() == *id)));
    let done: Vec<String> = marks
        .iter()
        .filter(|mark| read.contains(mark.conversation_id.as_str()))
        .map(|mark| mark.n.to_string())
        .collect();
    let sql = format!(
        "delete from clock_marks where n in (select cast(t.v as bigint) from {} t)",
        listed(backend, 1)
    );
    run(tx, &sql, binds![text_list(&done)]).await?;
    Ok(())
}
