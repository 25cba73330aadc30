//! Spoken texts. What was said in which voice is made once; whoever needs it meanwhile waits. The bytes are files,
//! here is what is known of them.

use crate::{
    Db, Result, Scope, Tx,
    sql::{binds, listed, new_id, now_ms, row, rows, run, text_list},
};
use domain::ids::{MessageId, RecordingId, WorkspaceId};
use sea_orm::FromQueryResult;

/// A recording that can be heard.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Recording {
    /// Id, also the name of its file.
    pub id: RecordingId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// How long it lasts, in milliseconds.
    pub duration_ms: i64,
}

/// Who makes a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// It is there.
    Ready(Recording),
    /// The caller does, under this id.
    Ours(RecordingId),
    /// Another node does just now.
    Busy,
}

const COLUMNS: &str = "id, workspace_id, duration_ms";

/// Finds the recording of a text, or takes it on for so many real milliseconds; and notes that a message is heard
/// with it.
pub async fn claim(
    db: &Db,
    scope: &Scope,
    text_key: &str,
    message: &MessageId,
    lease_ms: i64,
    now: i64,
) -> Result<Claim> {
    let tx = db.begin_for(scope).await?;
    let id = new_id(RecordingId::from_uuid);
    let clock = now_ms(db.backend());
    let sql = format!(
        "insert into recordings (id, workspace_id, text_key, lease_until, created_at, used_at)
         values ($2, $1, $3, {clock} + $4, $5, $5) on conflict (workspace_id, text_key) do nothing"
    );
    let is_new = run(&tx, &sql, binds![scope.ws(), &id, text_key, lease_ms, now]).await? == 1;
    let claim =
        if is_new { Claim::Ours(id) } else { of_another(&tx, db, scope, text_key, lease_ms, now).await? };
    let used = match &claim {
        Claim::Ready(recording) => Some(&recording.id),
        Claim::Ours(id) => Some(id),
        Claim::Busy => None,
    };
    if let Some(used) = used {
        let sql = "insert into recording_uses (workspace_id, message_id, recording_id) values ($1, $2, $3)
           on conflict (workspace_id, message_id) do update set recording_id = excluded.recording_id";
        run(&tx, sql, binds![scope.ws(), message, used]).await?;
    }
    tx.commit().await?;
    Ok(claim)
}

/// The same of a text that somebody has had spoken, or has begun to.
async fn of_another(
    tx: &Tx,
    db: &Db,
    scope: &Scope,
    text_key: &str,
    lease_ms: i64,
    now: i64,
) -> Result<Claim> {
    let sql = format!(
        "update recordings set used_at = $3 where workspace_id = $1 and text_key = $2 and is_ready = 1 returning {COLUMNS}"
    );
    if let Some(ready) = row::<Recording>(tx, &sql, binds![scope.ws(), text_key, now]).await? {
        return Ok(Claim::Ready(ready));
    }
    #[derive(FromQueryResult)]
    struct Taken {
        id: RecordingId,
    }
    let clock = now_ms(db.backend());
    let sql = format!(
        "update recordings set lease_until = {clock} + $3, used_at = $4
         where workspace_id = $1 and text_key = $2 and is_ready = 0 and lease_until < {clock} returning id"
    );
    let taken = row::<Taken>(tx, &sql, binds![scope.ws(), text_key, lease_ms, now]).await?;
    Ok(taken.map_or(Claim::Busy, |taken| Claim::Ours(taken.id)))
}

/// Its file is written.
pub async fn made(db: &Db, scope: &Scope, id: &RecordingId, bytes: i64, duration_ms: i64) -> Result<()> {
    let tx = db.begin_for(scope).await?;
    let sql = "update recordings set is_ready = 1, lease_until = 0, bytes = $3, duration_ms = $4
       where workspace_id = $1 and id = $2 and gone_at is null";
    run(&tx, sql, binds![scope.ws(), id, bytes, duration_ms]).await?;
    tx.commit().await?;
    Ok(())
}

/// It could not be made: whoever comes next may try at once.
pub async fn give_back(db: &Db, scope: &Scope, id: &RecordingId) -> Result<()> {
    let tx = db.begin_for(scope).await?;
    let sql = "update recordings set lease_until = 0 where workspace_id = $1 and id = $2 and is_ready = 0";
    run(&tx, sql, binds![scope.ws(), id]).await?;
    tx.commit().await?;
    Ok(())
}

/// The recordings that messages are heard with, of those that are made.
pub async fn of_messages(
    db: &Db,
    scope: &Scope,
    messages: &[MessageId],
) -> Result<Vec<(MessageId, RecordingId)>> {
    #[derive(FromQueryResult)]
    struct Use {
        message_id: MessageId,
        id: RecordingId,
    }
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select u.message_id, r.id from recording_uses u
           join recordings r on r.workspace_id = u.workspace_id and r.id = u.recording_id
         where u.workspace_id = $1 and u.message_id in {} and r.is_ready = 1 and r.gone_at is null",
        listed(db.backend(), 2)
    );
    let list = text_list(messages.iter().map(MessageId::as_str));
    let found: Vec<Use> = rows(&db.reader(scope), &sql, binds![scope.ws(), list]).await?;
    Ok(found.into_iter().map(|one| (one.message_id, one.id)).collect())
}

/// A recording whatever its workspace, for who shows a signed address of it.
pub async fn by_id(db: &Db, id: &RecordingId) -> Result<Option<Recording>> {
    let sql = format!("select {COLUMNS} from recordings where id = $1 and is_ready = 1 and gone_at is null");
    row(&db.read, &sql, binds![id]).await
}

/// Recordings of any workspace whose files are to be deleted.
pub async fn gone(db: &Db, limit: i64) -> Result<Vec<Recording>> {
    let sql = format!("select {COLUMNS} from recordings where gone_at is not null order by gone_at limit $1");
    rows(&db.read, &sql, binds![limit]).await
}

/// The file of one of them is deleted.
pub async fn deleted(db: &Db, id: &RecordingId) -> Result<()> {
    run(&db.write, "delete from recordings where id = $1 and gone_at is not null", binds![id]).await?;
    Ok(())
}

/// Lets go of what was last used before an instant, in every workspace.
pub async fn forget(db: &Db, before: i64, now: i64) -> Result<u64> {
    let tx = db.begin().await?;
    let sql = "delete from recording_uses where exists (select 1 from recordings r
       where r.workspace_id = recording_uses.workspace_id and r.id = recording_uses.recording_id
         and r.gone_at is null and r.used_at < $1)";
    run(&tx, sql, binds![before]).await?;
    let sql = "update recordings set gone_at = $2, text_key = id where gone_at is null and used_at < $1";
    let forgotten = run(&tx, sql, binds![before, now]).await?;
    tx.commit().await?;
    Ok(forgotten)
}
