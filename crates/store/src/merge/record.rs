//! What is known of merges: who is whom now, and until when they can be taken apart.

use crate::{
    Db, Page, Result, Scope, Tx,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, clamp, cursor, row, rows, run, scalar, split_cursor},
};
use domain::ids::{ContactId, MemberId, MergeId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;

/// Who a contact is now: the one that it was folded into, and so on; itself where it was not.
pub async fn follow(conn: &impl ConnectionTrait, scope: &Scope, id: &ContactId) -> Result<ContactId> {
    let sql = "select survivor_id as value from merges where workspace_id = $1 and other_id = $2 and undone_at is null";
    let mut now = id.clone();
    // Nobody is folded into who was folded into them: the way ends.
    while let Some(next) = scalar::<ContactId>(conn, sql, binds![scope.ws(), &now]).await? {
        now = next;
    }
    Ok(now)
}

/// [`follow`] outside a transaction.
pub async fn survivor(db: &Db, scope: &Scope, id: &ContactId) -> Result<ContactId> {
    follow(&db.reader(scope), scope, id).await
}

/// Forgets the merges of a contact that is going for good, with those of whoever was folded into it, what webhooks were
/// told of them and what imports and bulk actions keep of them.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, id: &ContactId) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Other {
        other_id: String,
        is_folded: bool,
    }
    let mut gone = 0;
    let mut folded = vec![id.to_string()];
    while let Some(survivor) = folded.pop() {
        let sql = "delete from merges where workspace_id = $1 and survivor_id = $2
                   returning other_id, undone_at is null as is_folded";
        for Other { other_id, is_folded } in rows::<Other>(tx, sql, binds![scope.ws(), survivor]).await? {
            gone += 1;
            // Of a merge that was undone, the other is somebody else.
            if !is_folded {
                continue;
            }
            let theirs = "select id from deliveries where workspace_id = $1 and contact_id = $2";
            for sql in [
                format!(
                    "delete from delivery_attempts where workspace_id = $1 and delivery_id in ({theirs})"
                ),
                "delete from deliveries where workspace_id = $1 and contact_id = $2".to_owned(),
                "delete from import_changes where workspace_id = $1 and contact_id = $2".to_owned(),
                "delete from bulk_changes where workspace_id = $1 and contact_id = $2".to_owned(),
            ] {
                run(tx, &sql, binds![scope.ws(), other_id.as_str()]).await?;
            }
            folded.push(other_id);
        }
    }
    Ok(gone)
}

/// A merge in a list.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Merge {
    /// Id.
    pub id: MergeId,
    /// Who stayed.
    pub survivor_id: ContactId,
    /// Their name.
    pub survivor_name: String,
    /// Who was folded into them; undone, it is a contact again.
    pub other_id: ContactId,
    /// Who did it.
    pub member_id: Option<MemberId>,
    /// When.
    pub at: At,
    /// When it was undone.
    pub undone_at: Option<At>,
    /// Until when it can be undone; null if it cannot.
    pub undo_until: Option<At>,
}

const SELECT: &str = "select m.id, m.survivor_id, m.other_id, m.member_id, m.at, m.undone_at,
    coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''), c.email, c.phone, '') as survivor_name,
    case when m.image is not null and m.undone_at is null and m.at > $2 then m.at + $3 end as undo_until
  from merges m left join contacts c on c.workspace_id = m.workspace_id and c.id = m.survivor_id";

/// Newest first.
pub async fn page(
    db: &Db,
    scope: &Scope,
    limit: Option<i64>,
    after: Option<&str>,
    now: i64,
) -> Result<Page<Merge>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let sql = format!(
        "{SELECT} where m.workspace_id = $1 and (m.at, m.id) < ($4, $5) and {} order by m.at desc, m.id desc limit $6",
        is_theirs("c.owner_id", 7)
    );
    let kept = domain::merge::UNDO_MS;
    let values = binds![scope.ws(), now - kept, kept, at, id, limit + 1, scope.whose()];
    let found: Vec<Merge> = rows(&db.reader(scope), &sql, values).await?;
    Ok(Page::cut(found, limit, |m| cursor(m.at.0, m.id.as_str())))
}

/// One merge.
pub async fn get(db: &Db, scope: &Scope, id: &MergeId, now: i64) -> Result<Merge> {
    let sql = format!("{SELECT} where m.workspace_id = $1 and m.id = $4 and {}", is_theirs("c.owner_id", 5));
    let kept = domain::merge::UNDO_MS;
    row(&db.reader(scope), &sql, binds![scope.ws(), now - kept, kept, id, scope.whose()])
        .await?
        .ok_or(Error::NotFound("merge"))
}

/// Forgets what it would take to undo merges before `before`, in all workspaces; who became whom stays known.
pub async fn purge(db: &Db, before: i64) -> Result<u64> {
    let tx = db.begin().await?;
    run(&tx, "delete from merges where undone_at is not null and at < $1", binds![before]).await?;
    let gone = run(&tx, "update merges set image = null where image is not null and at < $1", binds![before])
        .await?;
    tx.commit().await?;
    Ok(gone)
}
