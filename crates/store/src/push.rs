//! Browsers that members want to hear in by Web Push, and the keys by which push services know this installation. A
//! browser is heard in for as long as the session that it was entered in: whoever signs out, is signed out, goes to
//! another workspace or may no longer come in, hears no more.

use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, row, run, scalar},
};
use domain::ids::{MemberId, PushId, SessionId};
use sea_orm::FromQueryResult;

/// The one row of the keys.
pub const KEYS: &str = "vapid";

/// The keys of the installation: the public one, and the secret one sealed. `None` where there are none yet.
pub async fn keys(db: &Db) -> Result<Option<(String, String)>> {
    #[derive(FromQueryResult)]
    struct Held {
        public_key: String,
        secret: String,
    }
    let found: Option<Held> =
        row(&db.read, "select public_key, secret from push_keys where id = $1", binds![KEYS]).await?;
    Ok(found.map(|held| (held.public_key, held.secret)))
}

/// Keeps new keys, unless another node was faster.
pub async fn keep_keys(db: &Db, public_key: &str, sealed: &str, now: i64) -> Result<()> {
    let sql = "insert into push_keys (id, public_key, secret, created_at) values ($1, $2, $3, $4) on conflict (id) do nothing";
    run(&db.write, sql, binds![KEYS, public_key, sealed, now]).await?;
    Ok(())
}

/// A browser.
pub struct New<'a> {
    /// Id.
    pub id: &'a PushId,
    /// The session that it is signed in with.
    pub session: &'a SessionId,
    /// A keyed hash of its endpoint.
    pub print: &'a str,
    /// Endpoint and keys, sealed.
    pub secret: &'a str,
}

/// The scope's member wants to hear in this browser; whoever heard in it before, or in it under another endpoint, does
/// no more. `tx` is across workspaces: a browser has one member.
pub async fn subscribe(tx: &Tx, scope: &Scope, member: &MemberId, new: &New<'_>, now: i64) -> Result<()> {
    let gone = "delete from push_subscriptions where print = $1 or session_id = $2";
    run(tx, gone, binds![new.print, new.session]).await?;
    run(
        tx,
        "insert into push_subscriptions (id, workspace_id, member_id, session_id, print, secret, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        binds![new.id, scope.ws(), member, new.session, new.print, new.secret, now],
    )
    .await?;
    Ok(())
}

/// How many browsers the scope's member hears in, and whether that of a session is among them.
pub async fn heard_in(db: &Db, scope: &Scope, session: Option<&SessionId>) -> Result<(i64, bool)> {
    let member = scope.member.as_ref().map_or("", MemberId::as_str);
    let sql = "select count(*) as value from push_subscriptions where workspace_id = $1 and member_id = $2";
    let all: Option<i64> = scalar(&db.reader(scope), sql, binds![scope.ws(), member]).await?;
    let sql = format!("{sql} and session_id = $3");
    let session = session.map_or("", SessionId::as_str);
    let here: Option<i64> = scalar(&db.reader(scope), &sql, binds![scope.ws(), member, session]).await?;
    Ok((all.unwrap_or(0), here.unwrap_or(0) > 0))
}

/// The sealed endpoint and keys of a browser whose session is good at `real_now`.
pub async fn secret(db: &Db, scope: &Scope, id: &PushId, real_now: i64) -> Result<Option<String>> {
    let sql = "select p.secret as value from push_subscriptions p join sessions s on s.id = p.session_id
                 join members m on m.workspace_id = p.workspace_id and m.id = p.member_id
               where p.workspace_id = $1 and p.id = $2 and s.member_id = p.member_id and s.revoked_at is null
                 and s.expires_at > $3 and m.disabled_at is null";
    scalar(&db.read, sql, binds![scope.ws(), id, real_now]).await
}

/// A browser is gone: its push service does not know it any more.
pub async fn forget(db: &Db, scope: &Scope, id: &PushId) -> Result<()> {
    let tx = db.begin().await?;
    let lines = "delete from notices where workspace_id = $1 and subscription_id = $2";
    run(&tx, lines, binds![scope.ws(), id]).await?;
    run(&tx, "delete from push_subscriptions where workspace_id = $1 and id = $2", binds![scope.ws(), id])
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The browser of a session hears no more.
pub async fn leave(tx: &Tx, session: &SessionId) -> Result<u64> {
    run(tx, "delete from push_subscriptions where session_id = $1", binds![session]).await
}

/// Nor do those of a user's sessions that have ended.
pub(crate) async fn leave_ended_of(tx: &Tx, user: &domain::ids::UserId) -> Result<()> {
    let sql = "delete from push_subscriptions
               where session_id in (select s.id from sessions s where s.user_id = $1 and s.revoked_at is not null)";
    run(tx, sql, binds![user]).await?;
    Ok(())
}

/// A member hears no more, anywhere, in no way.
pub(crate) async fn leave_all_of(tx: &Tx, scope: &Scope, member: &MemberId) -> Result<()> {
    let sql = "delete from push_subscriptions where workspace_id = $1 and member_id = $2";
    run(tx, sql, binds![scope.ws(), member]).await?;
    crate::notice::drop_all_of(tx, scope, member).await
}

/// Removes the browsers of sessions that are over, and what they were to hear.
pub async fn forget_ended(db: &Db, real_now: i64) -> Result<()> {
    let gone = "delete from push_subscriptions where not exists
                  (select 1 from sessions s where s.id = push_subscriptions.session_id and s.revoked_at is null and s.expires_at > $1)";
    run(&db.write, gone, binds![real_now]).await?;
    let lines = "delete from notices where way = 'push' and not exists
                   (select 1 from push_subscriptions p where p.workspace_id = notices.workspace_id and p.id = notices.subscription_id)";
    run(&db.write, lines, vec![]).await?;
    Ok(())
}
