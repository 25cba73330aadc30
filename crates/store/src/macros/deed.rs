//! What a macro does to one conversation beside answering, and how that is taken back.

use crate::{
    Result, Scope, Tx, conversation,
    error::Error,
    label, message, note,
    sql::{binds, new_id, row, run, scalar},
};
use domain::{
    ids::{ConversationId, LabelId, MemberId, MessageId, NoteId},
    macros::Step,
};
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};

/// Where a conversation stands.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult, Serialize, Deserialize)]
pub struct State {
    status: String,
    snoozed_until: Option<i64>,
    wakes_on_answer: i64,
    assignee_id: Option<MemberId>,
    /// A stranger becomes the own of whoever is asked and sees only their own.
    owner_id: Option<MemberId>,
}

impl State {
    fn whose(&self) -> [Option<&MemberId>; 2] {
        [self.assignee_id.as_ref(), self.owner_id.as_ref()]
    }
}

/// What was done to one conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Deed {
    /// Which.
    pub conversation_id: ConversationId,
    /// The answer, where there is one.
    pub message_id: Option<MessageId>,
    before: State,
    after: State,
    put: Vec<LabelId>,
    taken: Vec<LabelId>,
    notes: Vec<NoteId>,
}

/// What the words of the steps mean now.
#[derive(Debug, Clone, Copy)]
pub struct Meaning {
    /// Until when a snoozed one rests.
    pub until: i64,
    /// Whether whoever is asked sees only their own.
    pub theirs_only: bool,
}

async fn state(tx: &Tx, scope: &Scope, id: &ConversationId) -> Result<State> {
    let sql = "select status, snoozed_until, wakes_on_answer, assignee_id, owner_id from conversations
               where workspace_id = $1 and id = $2 and merged_into_id is null";
    row(tx, sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("conversation"))
}

async fn carries(tx: &Tx, scope: &Scope, id: &ConversationId, label: &LabelId) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from conversation_labels
               where workspace_id = $1 and conversation_id = $2 and label_id = $3";
    Ok(scalar::<i64>(tx, sql, binds![scope.ws(), id, label]).await?.is_some())
}

/// Does the steps in their order; answering is not among what is done here.
pub async fn act(
    tx: &Tx,
    scope: &Scope,
    id: &ConversationId,
    steps: &[Step],
    meaning: Meaning,
    now: i64,
) -> Result<Deed> {
    let before = state(tx, scope, id).await?;
    let (mut put, mut taken, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Reply { .. } => {}
            Step::Note { text } => {
                let note = new_id(NoteId::from_uuid);
                note::create(tx, scope, &note, id, text.trim(), &[], now).await?;
                notes.push(note);
            }
            Step::Label { label_id } => {
                if !carries(tx, scope, id, label_id).await? {
                    label::put(tx, scope, id, label_id).await?;
                    put.push(label_id.clone());
                }
            }
            Step::Unlabel { label_id } => {
                if carries(tx, scope, id, label_id).await? {
                    label::take(tx, scope, id, label_id).await?;
                    taken.push(label_id.clone());
                }
            }
            Step::Assign { assignee_id } => {
                let who = assignee_id.as_ref();
                conversation::assign(tx, scope, id, who, meaning.theirs_only, now).await?;
            }
            Step::Snooze { .. } => conversation::rest(tx, scope, id, meaning.until, true, now).await?,
            Step::Done => conversation::set_status(tx, scope, id, "done", now).await?,
        }
    }
    let after = state(tx, scope, id).await?;
    Ok(Deed { conversation_id: id.clone(), message_id: None, before, after, put, taken, notes })
}

/// Takes it back, but for what somebody changed since. `false` where the answer has left.
pub async fn undo(tx: &Tx, scope: &Scope, deed: &Deed, at: i64) -> Result<bool> {
    let mut is_whole = true;
    if let Some(message) = &deed.message_id {
        is_whole = message::recall(tx, scope, message).await?.is_some();
    }
    // It may have been merged, or erased.
    let found =
        "select coalesce(merged_into_id, id) as value from conversations where workspace_id = $1 and id = $2";
    let found: Option<ConversationId> = scalar(tx, found, binds![scope.ws(), &deed.conversation_id]).await?;
    let Some(id) = found else { return Ok(is_whole) };
    for label in &deed.put {
        label::take(tx, scope, &id, label).await?;
    }
    for label in &deed.taken {
        let sql = "insert into conversation_labels (workspace_id, conversation_id, label_id)
                   select $1, $2, l.id from labels l where l.workspace_id = $1 and l.id = $3 on conflict do nothing";
        run(tx, sql, binds![scope.ws(), &id, label]).await?;
    }
    for note in &deed.notes {
        match note::delete(tx, scope, note).await {
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let (before, after, now) = (&deed.before, &deed.after, state(tx, scope, &id).await?);
    let is_as_left = now.status == after.status && now.snoozed_until == after.snoozed_until;
    if before.status != after.status && is_as_left {
        if before.status == "open" {
            conversation::set_status(tx, scope, &id, "open", at).await?;
        } else {
            let sql = "update conversations set status = $3, snoozed_until = $4, wakes_on_answer = $5 where workspace_id = $1 and id = $2";
            let status = before.status.as_str();
            run(tx, sql, binds![scope.ws(), &id, status, before.snoozed_until, before.wakes_on_answer])
                .await?;
        }
    }
    if before.whose() != after.whose() && now.whose() == after.whose() {
        let sql =
            "update conversations set assignee_id = $3, owner_id = $4 where workspace_id = $1 and id = $2";
        let values = binds![scope.ws(), &id, before.assignee_id.clone(), before.owner_id.clone()];
        run(tx, sql, values).await?;
    }
    Ok(is_whole)
}
