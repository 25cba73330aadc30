//! Ideal customer profiles, and who fits them how well.
//!
//! Scores are stored, so that lists and segments can ask for them, and kept up by the loop of segments: each contact of
//! which something changed is scored again a moment later; after another profile, an import or another kind of a custom
//! field all contacts are walked in slices, each a short transaction that also writes how far it is.

mod facts;
mod scores;

pub use facts::{Person, newest, one};
pub use scores::{Change, Stored, all_of, changes, of_contact};
pub(crate) use scores::{Scorer, best_of, walk};

use crate::{
    Db, Result, Scope, Tx, custom_field,
    error::Error,
    scope::is_theirs,
    sql::{At, binds, row, rows, run, scalar},
};
use domain::{
    custom_field::FieldKind,
    icp::Criterion,
    ids::{ContactId, IcpProfileId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeMap;

/// A profile.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Profile {
    /// Id.
    pub id: IcpProfileId,
    /// Name.
    pub name: String,
    /// 1 for the one that is meant where none is named.
    pub is_default: i64,
    /// Of its criteria.
    pub version: i64,
    /// Its criteria, a JSON list.
    pub criteria: String,
    /// All contacts are being scored anew: behind this one it goes on.
    pub walk_after: Option<String>,
    /// When everybody had a score for the first time.
    pub ready_at: Option<At>,
    /// Creation.
    pub created_at: At,
    /// Last change.
    pub updated_at: At,
}

impl Profile {
    /// Its criteria.
    pub fn criteria(&self) -> Result<Vec<Criterion>> {
        Ok(serde_json::from_str(&self.criteria)?)
    }
}

const SELECT: &str = "select i.id, i.name, i.is_default, i.version, v.criteria, i.walk_after, i.ready_at, i.created_at, i.updated_at
    from icp_profiles i join icp_versions v on v.profile_id = i.id and v.version = i.version";

/// All of a workspace, the default one first, then by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<Profile>> {
    list_in(&db.reader(scope), scope).await
}

async fn list_in(conn: &impl ConnectionTrait, scope: &Scope) -> Result<Vec<Profile>> {
    let sql = format!(
        "{SELECT} where i.workspace_id = $1 and i.gone_at is null order by i.is_default desc, i.name_key"
    );
    rows(conn, &sql, binds![scope.ws()]).await
}

/// One.
pub async fn get(db: &Db, scope: &Scope, id: &IcpProfileId) -> Result<Profile> {
    let sql = format!("{SELECT} where i.workspace_id = $1 and i.id = $2 and i.gone_at is null");
    row(&db.reader(scope), &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("ICP profile"))
}

/// How names are compared.
fn name_key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Creates a profile; the first one is the default one. One with this name is [`Error::Exists`].
pub async fn create(
    tx: &Tx,
    scope: &Scope,
    id: &IcpProfileId,
    name: &str,
    criteria: &[Criterion],
    now: i64,
) -> Result<()> {
    run(
        tx,
        "insert into icp_profiles (id, workspace_id, name, name_key, is_default, version, walk_after, created_by, created_at, updated_at)
         select $2, $1, $3, $4, case when exists (select 1 from icp_profiles d where d.workspace_id = $1 and d.is_default = 1)
           then 0 else 1 end, 1, '', $5, $6, $6",
        binds![scope.ws(), id, name.trim(), name_key(name), scope.member.clone(), now],
    )
    .await?;
    write_version(tx, scope, id, 1, criteria, now).await
}

async fn write_version(
    tx: &Tx,
    scope: &Scope,
    id: &IcpProfileId,
    version: i64,
    criteria: &[Criterion],
    now: i64,
) -> Result<()> {
    let sql = "insert into icp_versions (workspace_id, profile_id, version, criteria, at) values ($1, $2, $3, $4, $5)";
    run(tx, sql, binds![scope.ws(), id, version, serde_json::to_string(criteria)?, now]).await?;
    Ok(())
}

/// Gives a profile another name. One with this name is [`Error::Exists`].
pub async fn rename(tx: &Tx, scope: &Scope, id: &IcpProfileId, name: &str, now: i64) -> Result<()> {
    let sql = "update icp_profiles set name = $3, name_key = $4, updated_at = $5
               where workspace_id = $1 and id = $2 and gone_at is null";
    found(run(tx, sql, binds![scope.ws(), id, name.trim(), name_key(name), now]).await?)
}

/// Gives a profile other criteria: everybody is scored anew.
pub async fn set_criteria(
    tx: &Tx,
    scope: &Scope,
    id: &IcpProfileId,
    criteria: &[Criterion],
    now: i64,
) -> Result<()> {
    let sql = "update icp_profiles set version = version + 1, walk_after = '', updated_at = $3
               where workspace_id = $1 and id = $2 and gone_at is null";
    found(run(tx, sql, binds![scope.ws(), id, now]).await?)?;
    let sql = "select version as value from icp_profiles where workspace_id = $1 and id = $2";
    let version: i64 =
        scalar(tx, sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("ICP profile"))?;
    write_version(tx, scope, id, version, criteria, now).await
}

/// Makes a profile the one that is meant where none is named.
pub async fn make_default(tx: &Tx, scope: &Scope, id: &IcpProfileId, now: i64) -> Result<()> {
    let off = "update icp_profiles set is_default = 0, updated_at = $3
               where workspace_id = $1 and is_default = 1 and id <> $2";
    run(tx, off, binds![scope.ws(), id, now]).await?;
    let on = "update icp_profiles set is_default = 1, updated_at = $3
              where workspace_id = $1 and id = $2 and gone_at is null";
    found(run(tx, on, binds![scope.ws(), id, now]).await?)?;
    ask_segments(tx, scope).await
}

/// Removes a profile. Its scores go with it, a little later; the oldest other one becomes the default one if this was.
pub async fn delete(tx: &Tx, scope: &Scope, id: &IcpProfileId, now: i64) -> Result<()> {
    let sql = "update icp_profiles set gone_at = $3, walk_after = '', is_default = 0, name_key = id
               where workspace_id = $1 and id = $2 and gone_at is null";
    found(run(tx, sql, binds![scope.ws(), id, now]).await?)?;
    let next = "update icp_profiles set is_default = 1 where workspace_id = $1 and id =
          (select min(i.id) from icp_profiles i where i.workspace_id = $1 and i.gone_at is null)
        and not exists (select 1 from icp_profiles d where d.workspace_id = $1 and d.is_default = 1)";
    run(tx, next, binds![scope.ws()]).await?;
    ask_segments(tx, scope).await
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 { Err(Error::NotFound("ICP profile")) } else { Ok(()) }
}

/// How many profiles a workspace has.
pub async fn count(tx: &Tx, scope: &Scope) -> Result<i64> {
    let sql = "select count(*) as value from icp_profiles where workspace_id = $1 and gone_at is null";
    Ok(scalar(tx, sql, binds![scope.ws()]).await?.unwrap_or(0))
}

/// All contacts are scored again, after many changed at once.
pub async fn walk_all(tx: &Tx, scope: &Scope) -> Result<()> {
    run(tx, "update icp_profiles set walk_after = '' where workspace_id = $1", binds![scope.ws()]).await?;
    Ok(())
}

/// Forgets how well a contact fitted: it is going.
pub(crate) async fn forget(tx: &Tx, scope: &Scope, contact: &ContactId) -> Result<()> {
    for table in ["icp_scores", "icp_changes"] {
        let sql = format!("delete from {table} where workspace_id = $1 and contact_id = $2");
        run(tx, &sql, binds![scope.ws(), contact]).await?;
    }
    Ok(())
}

/// The segments whose rule asks for scores ask everybody again.
async fn ask_segments(tx: &Tx, scope: &Scope) -> Result<()> {
    let sql = "update contact_sets set walk_after = ''
               where workspace_id = $1 and kind = 'segment' and rule like '%\"icp_score\"%'";
    run(tx, sql, binds![scope.ws()]).await?;
    Ok(())
}

/// The profiles that ask for a custom field, by its key: their names.
pub async fn that_name(tx: &Tx, scope: &Scope, key: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for profile in list_in(tx, scope).await? {
        if domain::icp::names(&profile.criteria()?, key) {
            names.push(profile.name);
        }
    }
    Ok(names)
}

/// The kinds of the custom fields of a workspace, by key.
pub async fn kinds(db: &Db, scope: &Scope) -> Result<BTreeMap<String, FieldKind>> {
    kinds_in(&db.reader(scope), scope).await
}

async fn kinds_in(conn: &impl ConnectionTrait, scope: &Scope) -> Result<BTreeMap<String, FieldKind>> {
    let fields = custom_field::list_in(conn, scope).await?;
    Ok(fields.into_iter().map(|field| (field.key, field.kind)).collect())
}

/// How many contacts have which score.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Band {
    /// Of which profile.
    pub profile_id: IcpProfileId,
    /// The lowest score of the band: 0, 25, 50 or 75.
    pub low: i64,
    /// How many, of those that may be seen.
    pub contacts: i64,
}

/// How the scores of all profiles are spread, of the contacts that may be seen.
pub async fn bands(db: &Db, scope: &Scope) -> Result<Vec<Band>> {
    let sql = format!(
        "select s.profile_id, cast(case when s.score >= 75 then 75 when s.score >= 50 then 50 when s.score >= 25 then 25 else 0 end as bigint) as low,
           count(*) as contacts
         from icp_scores s where s.workspace_id = $1 and (cast($2 as text) is null or s.contact_id in
           (select c.id from contacts c where c.workspace_id = $1 and {}))
         group by s.profile_id, low",
        is_theirs("c.owner_id", 2)
    );
    rows(&db.reader(scope), &sql, binds![scope.ws(), scope.whose()]).await
}
