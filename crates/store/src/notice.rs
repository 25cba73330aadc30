//! What members are still to hear outside of the page: a line for each of their browsers, and one for their mail. It is
//! written in the transaction of what happened, taken under a lease, marked as leaving before anything leaves, and gone
//! when it was said. What was leaving when its node died may have been said: it is not said again, and stays where it
//! always was, in the list of the app.

use crate::{
    Db, Result, Scope, Tx,
    notification::{Choices, Kind},
    sql::{At, Filter, binds, listed, now_ms, rows, run, skip_locked, text_list},
};
use domain::ids::{ConversationId, MemberId, NoticeId, PushId, WorkspaceId};
use sea_orm::{ConnectionTrait, FromQueryResult};

/// How long mail waits for more of it, in milliseconds.
pub const GATHER_MS: i64 = 3 * 60_000;

/// A line for each browser and for the mail of members who are not the actor and chose to hear of it so. `from` gives
/// `member_id` and `times`; its own values begin at `$7`.
pub(crate) async fn write(
    tx: &Tx,
    scope: &Scope,
    kind: Kind,
    from: &str,
    (conversation, actor, now): (&str, Option<&MemberId>, i64),
    more: Vec<sea_orm::Value>,
) -> Result<()> {
    let word = kind.as_str();
    let chosen =
        "select 1 from notification_choices c where c.workspace_id = $1 and c.member_id = t.member_id";
    let by_push = (
        "push",
        "s.id",
        "join push_subscriptions s on s.workspace_id = $1 and s.member_id = t.member_id",
        format!("not exists ({chosen} and c.push_muted like '%\"{word}\"%')"),
        0,
    );
    let by_mail =
        ("mail", "''", "", format!("exists ({chosen} and c.mailed like '%\"{word}\"%')"), GATHER_MS);
    for (way, browser, join, wanted, wait) in [by_push, by_mail] {
        // Many are told at once: the last letters of the id count them.
        let sql = format!(
            "insert into notices (id, workspace_id, member_id, way, subscription_id, kind, conversation_id, actor_id, times, at, due_at)
             select $2 || substr(cast(10000 + row_number() over (order by t.member_id, {browser}) as text), 2), $1, t.member_id, '{way}',
               {browser}, $3, $4, $5, t.times, $6, $6 + {wait}
             from ({from}) t join members p on p.workspace_id = $1 and p.id = t.member_id and p.disabled_at is null {join}
             where t.member_id <> coalesce($5, '') and {wanted}
             on conflict (workspace_id, member_id, way, subscription_id, kind, conversation_id) where status = 'waiting'
             do update set times = notices.times + excluded.times, at = excluded.at, actor_id = excluded.actor_id"
        );
        let id = crate::new_id(NoticeId::from_uuid);
        let id = id.as_str().get(..id.as_str().len() - 4).unwrap_or_default().to_owned();
        let mut values = binds![scope.ws(), id, word, conversation, actor.map(ToString::to_string), now];
        values.extend(more.clone());
        run(tx, &sql, values).await?;
    }
    Ok(())
}

/// Drops what waits and was seen in the app since it happened.
pub(crate) async fn drop_seen(tx: &Tx, scope: &Scope, member: &str, now: i64) -> Result<()> {
    let sql = "delete from notices where workspace_id = $1 and member_id = $2 and status = 'waiting' and at <= $3
                 and exists (select 1 from notifications n where n.workspace_id = $1 and n.member_id = $2 and n.seen_at = $3
                               and n.kind = notices.kind and n.conversation_id = notices.conversation_id)";
    run(tx, sql, binds![scope.ws(), member, now]).await?;
    Ok(())
}

/// Drops what waits of a conversation that its member has opened.
pub(crate) async fn drop_in(
    tx: &Tx,
    scope: &Scope,
    member: &str,
    conversation: &ConversationId,
) -> Result<()> {
    let sql = "delete from notices where workspace_id = $1 and member_id = $2 and conversation_id = $3 and status = 'waiting'";
    run(tx, sql, binds![scope.ws(), member, conversation]).await?;
    Ok(())
}

/// Drops what waits to be said in a way that is not chosen any more.
pub(crate) async fn drop_unwanted(tx: &Tx, scope: &Scope, member: &str, choices: &Choices) -> Result<()> {
    let words = |kinds: &[Kind]| text_list(kinds.iter().map(|kind| kind.as_str()));
    let backend = tx.get_database_backend();
    let sql = format!(
        "delete from notices where workspace_id = $1 and member_id = $2 and status = 'waiting'
           and ((way = 'push' and kind in {}) or (way = 'mail' and kind not in {}))",
        listed(backend, 3),
        listed(backend, 4)
    );
    let values = binds![scope.ws(), member, words(&choices.push_muted), words(&choices.mailed)];
    run(tx, &sql, values).await?;
    Ok(())
}

/// Drops everything that a member was still to hear.
pub(crate) async fn drop_all_of(tx: &Tx, scope: &Scope, member: &MemberId) -> Result<()> {
    run(tx, "delete from notices where workspace_id = $1 and member_id = $2", binds![scope.ws(), member])
        .await?;
    Ok(())
}

/// A line that was taken.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Due {
    /// Id.
    pub id: NoticeId,
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Who is to hear it.
    pub member_id: MemberId,
    /// The browser; empty for mail.
    pub subscription_id: String,
    /// How often it was tried, with this time.
    pub tries: i64,
}

impl Due {
    /// The browser, if it is for one.
    pub fn browser(&self) -> Option<PushId> {
        self.subscription_id.parse().ok()
    }
}

/// Whether any browser is to hear something now: asked all the time, and mostly there is nothing.
pub async fn is_push_due(db: &Db, now: i64) -> Result<bool> {
    let sql = "select cast(1 as bigint) as value from notices where way = 'push' and status = 'waiting' and due_at <= $1 limit 1";
    Ok(crate::sql::scalar::<i64>(&db.read, sql, binds![now]).await?.is_some())
}

/// Takes lines for browsers that are due, oldest first, under a lease (real milliseconds).
pub async fn claim_push(db: &Db, owner: &str, lease_ms: i64, limit: i64, now: i64) -> Result<Vec<Due>> {
    let which = format!(
        "select n.id from notices n where n.way = 'push' and n.status = 'waiting' and n.due_at <= $3 order by n.due_at, n.id limit $4{}",
        skip_locked(db.backend(), "n")
    );
    claim(db, &which, binds![owner, lease_ms, now, limit]).await
}

/// Members, of whatever workspace, whose mail is due.
pub async fn with_mail(db: &Db, limit: i64, now: i64) -> Result<Vec<(WorkspaceId, MemberId)>> {
    #[derive(FromQueryResult)]
    struct Found {
        workspace_id: WorkspaceId,
        member_id: MemberId,
    }
    let sql = "select workspace_id, member_id from notices where way = 'mail' and status = 'waiting' and due_at <= $1
               group by workspace_id, member_id order by min(due_at) limit $2";
    let found: Vec<Found> = rows(&db.read, sql, binds![now, limit]).await?;
    Ok(found.into_iter().map(|f| (f.workspace_id, f.member_id)).collect())
}

/// Takes all that waits for a member's mail, due or not: what is said, is said together.
pub async fn claim_mail(db: &Db, scope: &Scope, owner: &str, lease_ms: i64) -> Result<Vec<Due>> {
    let which = format!(
        "select n.id from notices n where n.workspace_id = $3 and n.member_id = $4 and n.way = 'mail' and n.status = 'waiting'
         order by n.due_at, n.id limit 200{}",
        skip_locked(db.backend(), "n")
    );
    let member = scope.member.as_ref().map_or("", MemberId::as_str);
    claim(db, &which, binds![owner, lease_ms, scope.ws(), member]).await
}

async fn claim(db: &Db, which: &str, values: Vec<sea_orm::Value>) -> Result<Vec<Due>> {
    let clock = now_ms(db.backend());
    let tx = db.begin().await?;
    let sql = format!(
        "update notices set status = 'claimed', claimed_by = $1, locked_until = {clock} + $2, tries = tries + 1
         where id in ({which}) returning id, workspace_id, member_id, subscription_id, tries"
    );
    let mut found: Vec<Due> = rows(&tx, &sql, values).await?;
    tx.commit().await?;
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(found)
}

fn named(ids: &[NoticeId]) -> String {
    text_list(ids.iter().map(NoticeId::as_str))
}

/// What is about to leave. False where not all of it is `owner`'s any more: then nothing may leave.
pub async fn begin(db: &Db, owner: &str, ids: &[NoticeId]) -> Result<bool> {
    let tx = db.begin().await?;
    let sql = format!(
        "update notices set status = 'leaving' where id in {} and status = 'claimed' and claimed_by = $2 and locked_until > {}",
        listed(db.backend(), 1),
        now_ms(db.backend())
    );
    let mine = run(&tx, &sql, binds![named(ids), owner]).await?;
    if mine != ids.len() as u64 {
        tx.rollback().await?;
        return Ok(false);
    }
    tx.commit().await?;
    Ok(true)
}

/// It was said, or is not to be said any more.
pub async fn done(db: &Db, owner: &str, ids: &[NoticeId]) -> Result<()> {
    let sql = format!("delete from notices where id in {} and claimed_by = $2", listed(db.backend(), 1));
    run(&db.write, &sql, binds![named(ids), owner]).await?;
    Ok(())
}

/// It was surely not said, and is tried again at `due_at`. Where the same happened again meanwhile, that line says it.
pub async fn give_back(db: &Db, owner: &str, ids: &[NoticeId], due_at: i64) -> Result<()> {
    let list = listed(db.backend(), 1);
    let tx = db.begin().await?;
    let sql = format!("delete from notices where id in {list} and claimed_by = $2 and {TOLD_BY_ANOTHER}");
    run(&tx, &sql, binds![named(ids), owner]).await?;
    let sql = format!(
        "update notices set status = 'waiting', claimed_by = null, locked_until = 0, due_at = $3
         where id in {list} and claimed_by = $2 and status <> 'waiting'"
    );
    run(&tx, &sql, binds![named(ids), owner, due_at]).await?;
    tx.commit().await?;
    Ok(())
}

const TOLD_BY_ANOTHER: &str = "exists (select 1 from notices o where o.workspace_id = notices.workspace_id
    and o.member_id = notices.member_id and o.way = notices.way and o.subscription_id = notices.subscription_id
    and o.kind = notices.kind and o.conversation_id = notices.conversation_id and o.status = 'waiting')";

/// After nodes that died: what was taken waits again, what was leaving is not said again. Returns how much that is.
pub async fn settle(db: &Db) -> Result<u64> {
    let late = format!("locked_until < {}", now_ms(db.backend()));
    let tx = db.begin().await?;
    let gone = run(&tx, &format!("delete from notices where status = 'leaving' and {late}"), vec![]).await?;
    let sql = format!("delete from notices where status = 'claimed' and {late} and {TOLD_BY_ANOTHER}");
    run(&tx, &sql, vec![]).await?;
    let sql = format!(
        "update notices set status = 'waiting', claimed_by = null, locked_until = 0 where status = 'claimed' and {late}"
    );
    run(&tx, &sql, vec![]).await?;
    tx.commit().await?;
    Ok(gone)
}

/// Whether any node holds a line, so that [`settle`] may find one.
pub async fn is_held(db: &Db) -> Result<bool> {
    let sql = format!(
        "select cast(1 as bigint) as value from notices where status <> 'waiting' and locked_until < {} limit 1",
        now_ms(db.backend())
    );
    Ok(crate::sql::scalar::<i64>(&db.read, &sql, vec![]).await?.is_some())
}

/// What a line says.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Line {
    /// Id.
    pub id: NoticeId,
    /// [`Kind`], as it is stored.
    pub kind: String,
    /// Where it leads; null for the send queue.
    pub conversation_id: Option<ConversationId>,
    /// With whom that is.
    pub contact_name: Option<String>,
    /// What was said there last.
    pub snippet: Option<String>,
    /// The colleague who caused it.
    pub actor_name: Option<String>,
    /// How often.
    pub times: i64,
    /// When, the last time.
    pub at: At,
}

/// What these lines say to the scope's member, oldest first. What they may not see any more is left out.
pub async fn lines(db: &Db, scope: &Scope, ids: &[NoticeId]) -> Result<Vec<Line>> {
    let mut filter = Filter::of(scope, "n.workspace_id");
    filter.and("n.member_id = ?", binds![scope.member.as_ref().map_or("", MemberId::as_str)]);
    filter.and("v.blocked_at is null", vec![]);
    filter.and("(n.conversation_id = '' or v.id is not null)", vec![]);
    if let Some(me) = scope.only() {
        filter.and("(n.conversation_id = '' or v.owner_id = ?)", binds![me]);
    }
    let n = filter.next();
    filter.values.push(named(ids).into());
    let sql = format!(
        "select n.id, n.kind, nullif(n.conversation_id, '') as conversation_id, v.last_snippet as snippet, u.name as actor_name,
           coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), v.their_name, v.address) as contact_name,
           n.times, n.at
         from notices n
           left join conversations v on v.workspace_id = n.workspace_id and v.id = n.conversation_id
           left join contacts c on c.workspace_id = v.workspace_id and c.id = v.contact_id
           left join members a on a.workspace_id = n.workspace_id and a.id = n.actor_id left join users u on u.id = a.user_id
         where {} and n.id in {} order by n.at, n.id",
        filter.sql,
        listed(db.backend(), n)
    );
    rows(&db.reader(scope), &sql, filter.values).await
}
