//! Whose turn it is: a conversation that is nobody's goes to a member by itself, where the workspace wants that.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    notification,
    sql::{binds, listed, row, rows, run, scalar, text_list},
};
use domain::ids::{ConversationId, MemberId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};

/// How conversations that are nobody's find somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// They wait for somebody to take them.
    #[default]
    Off,
    /// Each member in their turn.
    Turns,
    /// Whoever has the fewest open ones; of several, whose turn is the longest ago.
    Load,
}

impl Mode {
    const fn as_str(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Turns => "turns",
            Mode::Load => "load",
        }
    }

    fn named(word: &str) -> Self {
        [Mode::Turns, Mode::Load].into_iter().find(|mode| mode.as_str() == word).unwrap_or_default()
    }
}

/// What the workspace wants.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Assignment {
    /// How.
    pub mode: Mode,
    /// Among whom; who is away or may no longer come in gets none.
    pub member_ids: Vec<MemberId>,
}

#[derive(FromQueryResult)]
struct Someone {
    id: MemberId,
}

/// What the workspace wants.
pub async fn get(db: &Db, scope: &Scope) -> Result<Assignment> {
    let conn = db.reader(scope);
    let mode: Option<String> =
        scalar(&conn, "select mode as value from assignments where workspace_id = $1", binds![scope.ws()])
            .await?;
    let sql = "select id from members where workspace_id = $1 and takes_turns = 1 order by id";
    let members: Vec<Someone> = rows(&conn, sql, binds![scope.ws()]).await?;
    Ok(Assignment {
        mode: mode.as_deref().map(Mode::named).unwrap_or_default(),
        member_ids: members.into_iter().map(|member| member.id).collect(),
    })
}

/// Changes it.
pub async fn set(tx: &Tx, scope: &Scope, mode: Mode, members: &[MemberId]) -> Result<()> {
    let sql = "insert into assignments (workspace_id, mode, turn) values ($1, $2, 0)
               on conflict (workspace_id) do update set mode = excluded.mode";
    run(tx, sql, binds![scope.ws(), mode.as_str()]).await?;
    let sql = format!(
        "update members set takes_turns = case when id in {} then 1 else 0 end where workspace_id = $1",
        listed(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), text_list(members.iter().map(MemberId::as_str))]).await?;
    Ok(())
}

/// Keeps the turns as they are until the transaction ends. Before a member is held, never after.
pub async fn hold(tx: &Tx, scope: &Scope) -> Result<()> {
    run(tx, "update assignments set turn = turn where workspace_id = $1", binds![scope.ws()]).await?;
    Ok(())
}

/// Gives a conversation that is nobody's, or of somebody who is away, to whose turn it is. The row of the workspace's
/// turns is held before anybody is chosen: two nodes that do this at once choose one after the other.
pub async fn take(
    tx: &Tx,
    scope: &Scope,
    conversation: &ConversationId,
    now: i64,
) -> Result<Option<MemberId>> {
    #[derive(FromQueryResult)]
    struct Turn {
        mode: String,
        turn: i64,
    }
    #[derive(FromQueryResult)]
    struct Next {
        id: MemberId,
        sees_all: bool,
    }
    let sql = "update assignments set turn = turn + 1 where workspace_id = $1 and mode <> 'off' and exists (
                 select 1 from conversations v where v.workspace_id = $1 and v.id = $2 and v.status = 'open' and v.inbound = 1
                   and v.blocked_at is null and v.assignee_id is null and (v.owner_id is null or exists (
                     select 1 from members o where o.workspace_id = $1 and o.id = v.owner_id
                       and (o.away_since is not null or o.disabled_at is not null))))
               returning mode, turn";
    let Some(turn) = row::<Turn>(tx, sql, binds![scope.ws(), conversation]).await? else { return Ok(None) };
    let order = match Mode::named(&turn.mode) {
        Mode::Load => {
            "(select count(*) from conversations v where v.workspace_id = $1 and v.assignee_id = m.id
                and v.status = 'open' and v.inbound = 1 and v.blocked_at is null)
             + (select count(*) from conversations v where v.workspace_id = $1 and v.owner_id = m.id and v.assignee_id is null
                  and v.status = 'open' and v.inbound = 1 and v.blocked_at is null), m.last_turn, m.id"
        }
        _ => "m.last_turn, m.id",
    };
    // Who sees only their own would not see a contact of nobody's; a stranger becomes theirs.
    let sql = format!(
        "select m.id, (m.role <> 'rep' or w.visibility = 'shared') as sees_all
         from members m join workspaces w on w.id = m.workspace_id
         where m.workspace_id = $1 and m.takes_turns = 1 and m.away_since is null and m.disabled_at is null
           and (m.role <> 'rep' or w.visibility = 'shared'
                or exists (select 1 from conversations v where v.workspace_id = $1 and v.id = $2 and v.contact_id is null))
         order by {order} limit 1"
    );
    let Some(next) = row::<Next>(tx, &sql, binds![scope.ws(), conversation]).await? else { return Ok(None) };
    let sql = "update members set last_turn = $3 where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), &next.id, turn.turn]).await?;
    let sql = "update conversations set assignee_id = $3, owner_id = case when $4 = 0 and contact_id is null then $3 else owner_id end
               where workspace_id = $1 and id = $2";
    run(tx, sql, binds![scope.ws(), conversation, &next.id, i64::from(next.sees_all)]).await?;
    notification::assigned(tx, scope, conversation, &next.id, now).await?;
    Ok(Some(next.id))
}

/// Marks a member as away, or as back. [`Error::NotFound`] for one of another workspace.
pub async fn set_away(tx: &Tx, scope: &Scope, member: &MemberId, away: bool, now: i64) -> Result<()> {
    let sql = "update members set away_since = case when $3 = 1 then coalesce(away_since, $4) end
               where workspace_id = $1 and id = $2";
    match run(tx, sql, binds![scope.ws(), member, i64::from(away), now]).await? {
        0 => Err(Error::NotFound("member")),
        _ => Ok(()),
    }
}

/// What became of what waited for somebody who has gone.
#[derive(Debug, Default)]
pub struct HandedRound {
    /// Which conversations they were.
    pub conversations: Vec<ConversationId>,
    /// How many of them found somebody else; the others are nobody's again, or their owner's.
    pub taken: usize,
}

/// What waits for an answer of somebody who has gone is nobody's again, and goes to those whose turn it is.
pub async fn hand_round(tx: &Tx, scope: &Scope, member: &MemberId, now: i64) -> Result<HandedRound> {
    #[derive(FromQueryResult)]
    struct Theirs {
        id: ConversationId,
    }
    let sql = "update conversations set assignee_id = null, owner_id = case when contact_id is null then null else owner_id end
               where workspace_id = $1 and status = 'open' and inbound = 1 and last_direction = 'in' and blocked_at is null
                 and (assignee_id = $2 or assignee_id is null and owner_id = $2) returning id";
    let theirs: Vec<Theirs> = rows(tx, sql, binds![scope.ws(), member]).await?;
    let mut theirs: Vec<ConversationId> = theirs.into_iter().map(|theirs| theirs.id).collect();
    // Those that have waited longest come first.
    theirs.sort();
    let mut taken = 0;
    for conversation in &theirs {
        taken += usize::from(take(tx, scope, conversation, now).await?.is_some());
    }
    Ok(HandedRound { conversations: theirs, taken })
}
