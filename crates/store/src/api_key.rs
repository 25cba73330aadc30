//! API keys: how programs of a member come in, and the devices that carry messages for one (relayers). They are found across tenants, by the public part of their text; of the
//! secret part only a hash is here.

use crate::{
    Db, Result, Scope, Sight, Tx,
    error::Error,
    sql::{At, binds, row, rows, run},
};
use domain::ids::{ApiKeyId, MemberId, WorkspaceId};
use sea_orm::FromQueryResult;
use std::collections::HashMap;

/// What a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// The API, as far as its scopes name it.
    Api,
    /// What a relayer does for its member, and nothing else.
    Relayer,
}

impl KeyKind {
    /// How it is stored.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relayer => "relayer",
        }
    }
}

/// A key that is good, with the member whose program it lets in.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Grant {
    /// Id of the key.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// Argon2id hash of its text.
    pub hash: String,
    /// Scopes, separated by blanks.
    pub scopes: String,
    /// Its end, in real milliseconds.
    pub expires_at: Option<At>,
    /// When a program last came in with it, to a minute.
    pub last_used_at: Option<At>,
    /// In which workspace.
    pub workspace_id: WorkspaceId,
    /// As whom.
    pub member_id: MemberId,
    /// The member's handle.
    pub handle: String,
    /// The member's role.
    pub role: String,
    /// Who sees what in the workspace.
    pub visibility: String,
}

impl Grant {
    /// What its program may see and do things as.
    pub fn scope(&self) -> Scope {
        let sight = Sight::of(&self.role, &self.visibility);
        Scope::member(self.workspace_id.clone(), self.member_id.clone(), sight)
    }
}

/// The key with this public part, if it is not revoked and its member may come in. Whether its time is over, and
/// whether the secret part fits, is for the caller to see.
pub async fn by_prefix(db: &Db, kind: KeyKind, prefix: &str) -> Result<Option<Grant>> {
    row(
        &db.read,
        "select k.id, k.name, k.hash, k.scopes, k.expires_at, k.last_used_at, k.workspace_id, k.member_id, m.handle, m.role, w.visibility
         from api_keys k join members m on m.id = k.member_id join workspaces w on w.id = k.workspace_id
         where k.prefix = $1 and k.kind = $2 and k.revoked_at is null and m.disabled_at is null",
        binds![prefix, kind.word()],
    )
    .await
}

/// A program has come in with it.
pub async fn used(db: &Db, id: &ApiKeyId, now: i64) -> Result<()> {
    let sql = "update api_keys set last_used_at = $2 where id = $1 and coalesce(last_used_at, 0) < $2";
    run(&db.write, sql, binds![id, now]).await?;
    Ok(())
}

/// A key as its list shows it.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ApiKey {
    /// Id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// The public part of its text.
    pub prefix: String,
    /// Scopes, separated by blanks.
    pub scopes: String,
    /// Whose it is.
    pub member_id: MemberId,
    /// Their name.
    pub member_name: String,
    /// Creation, in real milliseconds.
    pub created_at: At,
    /// Its end, in real milliseconds.
    pub expires_at: Option<At>,
    /// When a program last came in with it, to a minute.
    pub last_used_at: Option<At>,
}

/// What a new key says.
pub struct NewApiKey<'a> {
    /// Id.
    pub id: &'a ApiKeyId,
    /// What it opens.
    pub kind: KeyKind,
    /// What it is called.
    pub name: &'a str,
    /// The public part of its text.
    pub prefix: &'a str,
    /// Argon2id hash of its text.
    pub hash: &'a str,
    /// Scopes, separated by blanks.
    pub scopes: &'a str,
    /// Its end, in real milliseconds.
    pub expires_at: Option<i64>,
}

/// Makes a key of the scope's member.
pub async fn create(tx: &Tx, scope: &Scope, new: NewApiKey<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into api_keys (id, workspace_id, member_id, kind, name, prefix, hash, scopes, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        binds![
            new.id,
            scope.ws(),
            scope.member.clone(),
            new.kind.word(),
            new.name,
            new.prefix,
            new.hash,
            new.scopes,
            new.expires_at,
            now
        ],
    )
    .await?;
    Ok(())
}

/// Keys of a kind that are not revoked, newest first; those of one member, or of the whole workspace. There are as many
/// as a company has programs: one page.
pub async fn all(db: &Db, scope: &Scope, kind: KeyKind, of: Option<&MemberId>) -> Result<Vec<ApiKey>> {
    rows(
        &db.reader(scope),
        "select k.id, k.name, k.prefix, k.scopes, k.member_id, u.name as member_name, k.created_at, k.expires_at, k.last_used_at
         from api_keys k join members m on m.id = k.member_id join users u on u.id = m.user_id
         where k.workspace_id = $1 and k.revoked_at is null and (cast($2 as text) is null or k.member_id = $2)
           and k.kind = $3 order by k.id desc",
        binds![scope.ws(), of.map(ToString::to_string), kind.word()],
    )
    .await
}

/// Makes a key useless, for good; one of a member, or anybody's in the workspace.
pub async fn revoke(
    tx: &Tx,
    scope: &Scope,
    kind: KeyKind,
    id: &ApiKeyId,
    of: Option<&MemberId>,
    now: i64,
) -> Result<()> {
    let sql = "update api_keys set revoked_at = $4
         where workspace_id = $1 and id = $2 and (cast($3 as text) is null or member_id = $3) and revoked_at is null
           and kind = $5";
    match run(tx, sql, binds![scope.ws(), id, of.map(ToString::to_string), now, kind.word()]).await? {
        0 => Err(Error::NotFound("API key")),
        _ => Ok(()),
    }
}

#[derive(FromQueryResult)]
struct Devices {
    member_id: MemberId,
    count: i64,
}

/// How many relayers of each member have been heard of since an instant.
pub async fn active_relayers(db: &Db, scope: &Scope, since: i64) -> Result<HashMap<MemberId, i64>> {
    let sql = "select member_id, count(*) as count from api_keys
         where workspace_id = $1 and kind = 'relayer' and revoked_at is null and last_used_at >= $2 group by member_id";
    let all: Vec<Devices> = rows(&db.reader(scope), sql, binds![scope.ws(), since]).await?;
    Ok(all.into_iter().map(|it| (it.member_id, it.count)).collect())
}
