//! What members' own devices carry: the account that it leaves from, and what a device says became of a message.

use crate::{
    Db, Result, Scope, Tx,
    sender::{self, Sender},
    sql::{At, binds, listed, row, rows, run, scalar, text_list},
};
use domain::{
    Channel,
    ids::{CampaignId, ContactId, ConversationId, EnrollmentId, MemberId, MessageId, SenderId, WorkspaceId},
    message::Status,
};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// The relayed account of a member on a channel.
pub async fn account(db: &Db, scope: &Scope, member: &MemberId, channel: Channel) -> Result<Option<Sender>> {
    let sql = format!(
        "select {} from senders where workspace_id = $1 and member_id = $2 and channel = $3",
        sender::COLUMNS
    );
    row(&db.reader(scope), &sql, binds![scope.ws(), member, channel]).await
}

/// The relayed accounts of all members on a channel, by member.
pub async fn accounts(db: &Db, scope: &Scope, channel: Channel) -> Result<HashMap<MemberId, Sender>> {
    #[derive(FromQueryResult)]
    struct Whose {
        member_id: MemberId,
        id: SenderId,
    }
    let sql = "select member_id, id from senders where workspace_id = $1 and channel = $2 and member_id is not null";
    let whose: Vec<Whose> = rows(&db.reader(scope), sql, binds![scope.ws(), channel]).await?;
    let sql = format!(
        "select {} from senders where workspace_id = $1 and channel = $2 and member_id is not null",
        sender::COLUMNS
    );
    let accounts: Vec<Sender> = rows(&db.reader(scope), &sql, binds![scope.ws(), channel]).await?;
    let mut accounts: HashMap<SenderId, Sender> =
        accounts.into_iter().map(|it| (it.id.clone(), it)).collect();
    Ok(whose.into_iter().filter_map(|it| Some((it.member_id, accounts.remove(&it.id)?))).collect())
}

/// A message that a device speaks of.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Carried {
    /// Id.
    pub id: MessageId,
    /// Its thread.
    pub conversation_id: ConversationId,
    /// To whom.
    pub contact_id: Option<ContactId>,
    /// For which campaign.
    pub campaign_id: Option<CampaignId>,
    /// For which enrollment.
    pub enrollment_id: Option<EnrollmentId>,
    /// From which node.
    pub node_key: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// Which device was handed it last.
    pub claimed_by: Option<String>,
    /// How often it was handed out: the fence of a lease.
    pub attempt: i64,
    /// How often it was tried since it was approved.
    pub tries: i64,
    /// When it left.
    pub sent_at: Option<At>,
}

/// The message with this id, if it leaves from an account of this member.
pub async fn carried(db: &Db, scope: &Scope, member: &MemberId, id: &str) -> Result<Option<Carried>> {
    row(
        &db.reader(scope),
        "select m.id, m.conversation_id, m.contact_id, m.campaign_id, m.enrollment_id, m.node_key, m.status, m.claimed_by,
           m.attempt, m.tries, m.sent_at
         from messages m join senders s on s.id = m.sender_id
         where m.workspace_id = $1 and m.id = $2 and m.direction = 'out' and s.member_id = $3",
        binds![scope.ws(), id, member],
    )
    .await
}

/// Counts one more try of a message that a device still holds. `None` where it does not any more.
pub async fn count_try(
    db: &Db,
    scope: &Scope,
    id: &MessageId,
    owner: &str,
    attempt: i64,
) -> Result<Option<i64>> {
    scalar(
        &db.write,
        "update messages set tries = tries + 1 where workspace_id = $1 and id = $2 and claimed_by = $3 and attempt = $4
           and status in ('sending', 'uncertain') returning tries as value",
        binds![scope.ws(), id, owner, attempt],
    )
    .await
}

/// How many approved messages wait for a device.
pub async fn waiting(db: &Db, scope: &Scope, sender: &SenderId) -> Result<i64> {
    let sql = "select count(*) as value from messages where workspace_id = $1 and sender_id = $2 and status in ('approved', 'queued')";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws(), sender]).await?.unwrap_or(0))
}

/// What the people are called whom messages are for, by message.
pub async fn names(db: &Db, scope: &Scope, messages: &[&str]) -> Result<HashMap<String, String>> {
    #[derive(FromQueryResult)]
    struct Named {
        id: String,
        name: String,
    }
    let sql = format!(
        "select m.id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) as name
         from {} as among cross join messages m join contacts c on c.workspace_id = m.workspace_id and c.id = m.contact_id
         where m.workspace_id = $1 and m.id = among.v",
        listed(db.backend(), 2)
    );
    let found: Vec<Named> =
        rows(&db.reader(scope), &sql, binds![scope.ws(), text_list(messages.iter())]).await?;
    Ok(found.into_iter().filter(|it| !it.name.is_empty()).map(|it| (it.id, it.name)).collect())
}

/// For whom a pairing code was made.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Code {
    /// In which workspace.
    pub workspace_id: WorkspaceId,
    /// Who made it.
    pub member_id: MemberId,
    /// For which device.
    pub name: String,
}

/// Keeps a code, and forgets those whose time is over and older ones of the same member.
pub async fn keep_code(
    tx: &Tx,
    scope: &Scope,
    digest: &str,
    name: &str,
    expires_at: i64,
    now: i64,
) -> Result<()> {
    let sql = "delete from relayer_codes where workspace_id = $1 and (member_id = $2 or expires_at < $3)";
    run(tx, sql, binds![scope.ws(), scope.member.clone(), now]).await?;
    run(
        tx,
        "insert into relayer_codes (digest, workspace_id, member_id, name, expires_at, created_at) values ($1, $2, $3, $4, $5, $6)",
        binds![digest, scope.ws(), scope.member.clone(), name, expires_at, now],
    )
    .await?;
    Ok(())
}

/// Takes a code, once, of a member who may come in. In whatever workspace: whoever has it knows nothing else.
pub async fn take_code(tx: &Tx, digest: &str, now: i64) -> Result<Option<Code>> {
    row(
        tx,
        "delete from relayer_codes where digest = $1 and expires_at > $2
           and exists (select 1 from members m where m.id = relayer_codes.member_id and m.disabled_at is null)
         returning workspace_id, member_id, name",
        binds![digest, now],
    )
    .await
}
