//! Messages that may have left and may not (reliability.md section 2, step 6): swept from nodes that fell
//! silent, looked up after a rest, settled by evidence or by a person.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    outbox::left,
    restored::{self, QUEUED, RETOLD},
    sql::{binds, items, now_ms, rows, run, scalar, skip_locked, text_list},
    webhook::{Ears, Fact},
};
use domain::{
    Channel,
    ids::{ConversationId, MessageId, SenderId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// Claims whose owner did not report in time become `uncertain`: it may have sent them. Doubt rests from then on,
/// but only where the owner is gone; one that lives, and perhaps stands still in the middle of a request, holds
/// them until it reports or lets go. `settle_ms` is the rest of a channel, in real milliseconds.
pub async fn sweep(
    db: &Db,
    settle_ms: impl Fn(Channel) -> i64,
    now: i64,
) -> Result<Vec<(WorkspaceId, ConversationId, MessageId)>> {
    #[derive(FromQueryResult)]
    struct Swept {
        id: MessageId,
        conversation_id: ConversationId,
        workspace_id: WorkspaceId,
        contact_id: Option<String>,
        campaign_id: Option<String>,
        enrollment_id: Option<String>,
        node_key: Option<String>,
    }
    #[derive(FromQueryResult)]
    struct Owner {
        name: Option<String>,
    }
    let clock = now_ms(db.backend());
    let sql = format!(
        "select claimed_by as name from messages where status = 'sending' and lease_until < {clock}
         union select claimed_by from messages where status = 'uncertain' and lease_until > 0"
    );
    let owners: Vec<Owner> = rows(&db.read, &sql, vec![]).await?;
    if owners.is_empty() {
        return Ok(vec![]);
    }
    let mut gone = Vec::new();
    for owner in owners.into_iter().filter_map(|owner| owner.name) {
        if !db.is_alive(&owner).await? {
            gone.push(owner);
        }
    }
    let tx = db.begin().await?;
    let sql = format!(
        "update messages set status = 'uncertain', settle_at = 0, error_class = 'unknown',
           error_text = 'The server that was sending this message did not say what became of it'
         where id in (select m.id from messages m where m.status = 'sending' and m.lease_until < {clock}{})
         returning id, conversation_id, workspace_id, contact_id, campaign_id, enrollment_id, node_key",
        // A node that froze in the middle of a transaction must not keep the others from the rest.
        skip_locked(db.backend(), "m")
    );
    let swept: Vec<Swept> = rows(&tx, &sql, vec![]).await?;
    let ears = Ears::of(&tx, swept.iter().map(|m| &m.workspace_id)).await?;
    let fact = |m: &Swept| Fact {
        workspace: m.workspace_id.clone(),
        kind: "message.uncertain",
        contact: m.contact_id.clone(),
        message: Some(m.id.to_string()),
        data: serde_json::json!({
            "message_id": m.id, "contact_id": m.contact_id, "campaign_id": m.campaign_id, "enrollment_id": m.enrollment_id,
            "node_key": m.node_key,
        }),
    };
    ears.tell(&tx, &swept.iter().map(fact).collect::<Vec<_>>(), now).await?;
    if !gone.is_empty() {
        let of_them = format!("claimed_by in (select item.value->>'v' from {})", items(db.backend(), 1));
        let_go(&tx, &settle_ms, &of_them, binds![text_list(gone)]).await?;
    }
    tx.commit().await?;
    Ok(swept.into_iter().map(|s| (s.workspace_id, s.conversation_id, s.id)).collect())
}

/// Nobody can begin to send these any more: their doubt rests from now on, and ends in a look-up.
async fn let_go(
    tx: &Tx,
    settle_ms: &impl Fn(Channel) -> i64,
    which: &str,
    values: Vec<sea_orm::Value>,
) -> Result<u64> {
    let backend = tx.get_database_backend();
    let cases: Vec<String> =
        Channel::ALL.iter().map(|c| format!("when '{c}' then {}", settle_ms(*c))).collect();
    let sql = format!(
        "update messages set lease_until = 0, needs_decision = 0, settle_at = {} + case channel {} else 600000 end
         where id in (select m.id from messages m where m.status = 'uncertain' and m.lease_until > 0 and m.{which}{})",
        now_ms(backend),
        cases.join(" "),
        skip_locked(backend, "m")
    );
    run(tx, &sql, values).await
}

/// Lets go of the messages that others swept from this node and that it is not sending any more. `under_way` are
/// those that it may still send; it must not grow meanwhile. For claims whose outcome could not be written.
pub async fn release(
    db: &Db,
    owner: &str,
    under_way: impl IntoIterator<Item = MessageId>,
    settle_ms: impl Fn(Channel) -> i64,
) -> Result<u64> {
    let tx = db.begin().await?;
    let which =
        format!("claimed_by = $2 and m.id not in (select item.value->>'v' from {})", items(db.backend(), 1));
    let under_way = text_list(under_way.into_iter().map(|id| id.to_string()));
    let released = let_go(&tx, &settle_ms, &which, binds![under_way, owner]).await?;
    tx.commit().await?;
    Ok(released)
}

/// Whether others have swept messages from this node.
pub async fn was_swept(db: &Db, owner: &str) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from messages where status = 'uncertain' and lease_until > 0 and claimed_by = $1 limit 1";
    let found: Option<i64> = scalar(&db.read, sql, binds![owner]).await?;
    Ok(found.is_some())
}

/// What a node that lives has held for so long without a word is for a person to decide, who may know more.
pub async fn give_up_waiting(db: &Db, silence_ms: i64) -> Result<()> {
    let clock = now_ms(db.backend());
    let held = format!(
        "status = 'uncertain' and lease_until > 0 and lease_until < {clock} - $1 and needs_decision = 0"
    );
    let sql = format!("select cast(1 as bigint) as value from messages where {held} limit 1");
    let found: Option<i64> = scalar(&db.read, &sql, binds![silence_ms]).await?;
    if found.is_some() {
        run(&db.write, &format!("update messages set needs_decision = 1 where {held}"), binds![silence_ms])
            .await?;
    }
    Ok(())
}

/// An uncertain message whose settle window is over.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Doubtful {
    /// Id.
    pub id: MessageId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its sender.
    pub sender_id: SenderId,
    /// What may be done about it.
    pub policy: domain::message::Policy,
    /// Which attempt is in doubt.
    pub attempt: i64,
    /// Our address.
    pub from_address: String,
    /// Their address.
    pub to_address: String,
    /// The text, to be recognised by.
    pub body: String,
    /// Message-ID.
    pub rfc_message_id: Option<String>,
    /// When the claim was made, in real milliseconds.
    pub claimed_at: i64,
    /// It was written again after a backup was restored: if it has left already, then under another id.
    pub is_retold: bool,
}

/// Takes doubtful messages to be looked up, under a lease of `lease_ms` real milliseconds.
pub async fn take_doubtful(db: &Db, limit: i64, lease_ms: i64) -> Result<Vec<Doubtful>> {
    let clock = now_ms(db.backend());
    let due: Option<i64> = scalar(
        &db.read,
        &format!("select cast(1 as bigint) as value from messages where status = 'uncertain' and settle_at < {clock} and lease_until = 0 and needs_decision = 0 limit 1"),
        vec![],
    )
    .await?;
    if due.is_none() {
        return Ok(vec![]);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "update messages set settle_at = {clock} + $2 where id in
           (select m.id from messages m where m.status = 'uncertain' and m.settle_at < {clock} and m.lease_until = 0 and m.needs_decision = 0
            order by m.settle_at limit $1{})
         returning id, workspace_id, sender_id, policy, attempt, from_address, to_address, body, rfc_message_id, coalesce(claimed_at, 0) as claimed_at,
           coalesce(error_code, '') = '{RETOLD}' as is_retold",
        skip_locked(db.backend(), "m")
    );
    let found = rows(&tx, &sql, binds![limit, lease_ms]).await?;
    tx.commit().await?;
    Ok(found)
}

/// What looking up a doubtful message came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// The provider has it, under this id.
    Sent(String),
    /// The provider proved that it never had it.
    Absent,
    /// Only a person can tell.
    Unknowable,
}

/// Settles doubtful messages in one transaction, each fenced by its attempt. Returns how many were still in doubt.
pub async fn settle(db: &Db, settled: &[(&Doubtful, Settled)], now: i64) -> Result<usize> {
    if settled.is_empty() {
        return Ok(0);
    }
    let mut still = 0;
    let tx = db.begin().await?;
    for (doubtful, settled) in settled {
        let scope = Scope::system(doubtful.workspace_id.clone());
        let attempt = Some(doubtful.attempt);
        still += usize::from(settle_in(&tx, &scope, &doubtful.id, attempt, settled, now).await?);
    }
    tx.commit().await?;
    Ok(still)
}

/// [`settle`] inside a transaction; a person's decision has no attempt to fence by.
pub async fn settle_in(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    attempt: Option<i64>,
    settled: &Settled,
    now: i64,
) -> Result<bool> {
    let (status, provider_id, decide) = match settled {
        Settled::Sent(provider_id) => ("sent", Some(provider_id.clone()).filter(|p| !p.is_empty()), 0),
        Settled::Absent => ("queued", None, 0),
        Settled::Unknowable => ("uncertain", None, 1),
    };
    // Since when only a person can tell: whoever decides about many decides about what they were told of.
    let clock = now_ms(tx.get_database_backend());
    let changed = run(
        tx,
        &format!(
            "update messages set status = $4, provider_message_id = coalesce($5, provider_message_id), needs_decision = $6,
               sent_at = case when $4 = 'sent' then $7 else sent_at end, not_before = case when $4 = 'queued' then $7 else not_before end,
               due_at = case when $4 = 'queued' and coalesce(error_code, '') <> $8 then $7 else due_at end,
               settle_at = case when $6 = 1 then {clock} else settle_at end
             where workspace_id = $1 and id = $2 and status = 'uncertain' and ($3 = -1 or attempt = $3)"
        ),
        binds![scope.ws(), id, attempt.unwrap_or(-1), status, provider_id, decide as i64, now, QUEUED],
    )
    .await?;
    if changed == 1 && matches!(settled, Settled::Absent) {
        restored::is_sure(tx, scope, id).await?;
    }
    if changed == 1 && matches!(settled, Settled::Sent(_)) {
        let sent =
            crate::message::sent_by_id(tx, scope, id.as_str()).await?.ok_or(Error::NotFound("message"))?;
        left(tx, scope, &sent, now).await?;
    }
    Ok(changed == 1)
}
