//! Saved mappings: what the columns of a file became, under a name, or as a header was used last.

use crate::{
    Db, Result, Scope, Tx,
    error::Error,
    sql::{At, binds, row, rows, run, scalar},
};
use domain::ids::MappingId;
use sea_orm::FromQueryResult;

/// Most headers of which the last use is remembered; the one that was used longest ago goes first.
const REMEMBERED: i64 = 500;

/// A saved mapping.
#[derive(Debug, Clone, FromQueryResult)]
pub struct SavedMapping {
    /// Id.
    pub id: MappingId,
    /// Name; none for how a header was used last.
    pub name: Option<String>,
    /// Of the header that it was made with.
    pub fingerprint: String,
    /// What the columns became and the rules beside, as JSON.
    pub rules: String,
    /// When it was made or used last.
    pub used_at: At,
}

/// What is to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Id, if there is none in its place yet.
    pub id: &'a MappingId,
    /// Of the header.
    pub fingerprint: &'a str,
    /// As JSON.
    pub rules: &'a str,
}

const SELECT: &str = "select id, name, fingerprint, rules, used_at from saved_mappings";

fn named(name: &str) -> String {
    format!("name:{}", name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase())
}

fn last(fingerprint: &str) -> String {
    format!("last:{fingerprint}")
}

/// The named ones, by name.
pub async fn list(db: &Db, scope: &Scope) -> Result<Vec<SavedMapping>> {
    let sql = format!("{SELECT} where workspace_id = $1 and name is not null order by slot limit 500");
    rows(&db.reader(scope), &sql, binds![scope.ws()]).await
}

/// How many have a name.
pub async fn count(db: &Db, scope: &Scope) -> Result<i64> {
    let sql = "select count(*) as value from saved_mappings where workspace_id = $1 and name is not null";
    Ok(scalar(&db.reader(scope), sql, binds![scope.ws()]).await?.unwrap_or(0))
}

/// How a header was used last.
pub async fn last_of(db: &Db, scope: &Scope, fingerprint: &str) -> Result<Option<SavedMapping>> {
    let sql = format!("{SELECT} where workspace_id = $1 and slot = $2");
    row(&db.reader(scope), &sql, binds![scope.ws(), last(fingerprint)]).await
}

/// A named one.
pub async fn get(db: &Db, scope: &Scope, id: &MappingId) -> Result<SavedMapping> {
    let sql = format!("{SELECT} where workspace_id = $1 and id = $2 and name is not null");
    row(&db.reader(scope), &sql, binds![scope.ws(), id]).await?.ok_or(Error::NotFound("saved mapping"))
}

/// Remembers how a header was used, in the place of how it was used before.
pub async fn remember(tx: &Tx, scope: &Scope, kept: Kept<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into saved_mappings (id, workspace_id, slot, fingerprint, rules, created_by, created_at, used_at)
         values ($2, $1, $3, $4, $5, $6, $7, $7)
         on conflict (workspace_id, slot) do update set rules = excluded.rules, used_at = excluded.used_at",
        binds![
            scope.ws(),
            kept.id,
            last(kept.fingerprint),
            kept.fingerprint,
            kept.rules,
            scope.member.clone(),
            now
        ],
    )
    .await?;
    run(
        tx,
        "delete from saved_mappings where workspace_id = $1 and name is null and id in (
           select id from saved_mappings where workspace_id = $1 and name is null
           order by used_at desc, id desc limit 1000 offset $2)",
        binds![scope.ws(), REMEMBERED],
    )
    .await?;
    Ok(())
}

/// Saves one under a name. One with this name is [`Error::Exists`].
pub async fn create(tx: &Tx, scope: &Scope, name: &str, kept: Kept<'_>, now: i64) -> Result<()> {
    run(
        tx,
        "insert into saved_mappings (id, workspace_id, slot, name, fingerprint, rules, created_by, created_at, used_at)
         values ($2, $1, $3, $4, $5, $6, $7, $8, $8)",
        binds![
            scope.ws(),
            kept.id,
            named(name),
            name.trim(),
            kept.fingerprint,
            kept.rules,
            scope.member.clone(),
            now
        ],
    )
    .await?;
    Ok(())
}

/// Gives one another name. One with this name is [`Error::Exists`].
pub async fn rename(tx: &Tx, scope: &Scope, id: &MappingId, name: &str) -> Result<()> {
    let sql = "update saved_mappings set slot = $3, name = $4 where workspace_id = $1 and id = $2 and name is not null";
    let changed = run(tx, sql, binds![scope.ws(), id, named(name), name.trim()]).await?;
    if changed == 0 { Err(Error::NotFound("saved mapping")) } else { Ok(()) }
}

/// Removes a named one.
pub async fn delete(tx: &Tx, scope: &Scope, id: &MappingId) -> Result<()> {
    let sql = "delete from saved_mappings where workspace_id = $1 and id = $2 and name is not null";
    if run(tx, sql, binds![scope.ws(), id]).await? == 0 {
        return Err(Error::NotFound("saved mapping"));
    }
    Ok(())
}
