//! Keeping scores up, and reading them.

use super::{Person, facts::load, kinds_in};
use crate::{
    Db, Result, Scope, Tx,
    segment::{Who, lock},
    sql::{At, binds, int, items, listed, new_ids, row, rows, run, scalar, text_list},
};
use domain::{
    custom_field::FieldKind,
    icp::{Criterion, Score},
    ids::{ContactId, IcpProfileId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeMap;

/// Contacts that are walked in one transaction.
const SLICE: i64 = 2_000;
/// Changes of a score that are kept, of each contact and profile.
const KEPT: i64 = 50;

#[derive(FromQueryResult)]
struct Held {
    id: IcpProfileId,
    version: i64,
    criteria: String,
}

/// The profiles of a workspace, held: whoever computes scores is alone, so that an older answer is never written over a
/// newer one.
async fn held(tx: &Tx, scope: &Scope) -> Result<Vec<Held>> {
    let sql = format!(
        "select i.id, i.version, (select v.criteria from icp_versions v where v.profile_id = i.id and v.version = i.version) as criteria
         from icp_profiles i where i.workspace_id = $1 and i.gone_at is null order by i.id{}",
        lock(tx, " of i")
    );
    rows(tx, &sql, binds![scope.ws()]).await
}

/// What holds the profiles for the rest of the transaction, to score some contacts by.
pub(crate) struct Scorer {
    profiles: Vec<Held>,
}

impl Scorer {
    /// Takes hold of the profiles. Before it is read which contacts changed: whoever computes is alone.
    pub(crate) async fn hold(tx: &Tx, scope: &Scope) -> Result<Self> {
        Ok(Self { profiles: held(tx, scope).await? })
    }

    /// Scores these contacts by every profile. Returns whether any score became another.
    pub(crate) async fn score(&self, tx: &Tx, scope: &Scope, who: &Who, now: i64) -> Result<bool> {
        if self.profiles.is_empty() {
            return Ok(false);
        }
        let (people, kinds) = (load(tx, scope, who).await?, kinds_in(tx, scope).await?);
        let mut has_changed = false;
        for profile in &self.profiles {
            has_changed |= write(tx, scope, profile, &kinds, &people, who, now).await?;
        }
        Ok(has_changed)
    }
}

#[derive(FromQueryResult)]
struct Present {
    contact_id: String,
    score: i64,
}

/// Writes what became another score. Returns whether any did.
async fn write(
    tx: &Tx,
    scope: &Scope,
    profile: &Held,
    kinds: &BTreeMap<String, FieldKind>,
    people: &[Person],
    who: &Who,
    now: i64,
) -> Result<bool> {
    let backend = tx.get_database_backend();
    let criteria: Vec<Criterion> = serde_json::from_str(&profile.criteria)?;
    let sql = format!(
        "select contact_id, score from icp_scores where workspace_id = $1 and profile_id = $2 and {}",
        who.condition(backend, "contact_id", 3)
    );
    let mut values = binds![scope.ws(), &profile.id];
    values.extend(who.values());
    let present: Vec<Present> = rows(tx, &sql, values).await?;
    let mut present: BTreeMap<String, i64> =
        present.into_iter().map(|row| (row.contact_id, row.score)).collect();
    let (mut written, mut changes) = (Vec::new(), Vec::new());
    for (person, id) in people.iter().zip(new_ids(|uuid| uuid.simple().to_string())) {
        let Score { score, met } = person.score(&criteria, kinds);
        let before = present.remove(person.id.as_str());
        if before == Some(score) {
            continue;
        }
        written.push(serde_json::json!({ "c": person.id, "s": score }));
        if let Some(before) = before {
            let met: Vec<String> = met.iter().map(ToString::to_string).collect();
            changes.push(
                serde_json::json!({ "i": id, "c": person.id, "b": before, "s": score, "m": met.join("."), "v": person.id }),
            );
        }
    }
    let is_changed = !written.is_empty() || !present.is_empty();
    // Of contacts that are gone.
    let gone = format!(
        "delete from icp_scores where workspace_id = $1 and profile_id = $2 and contact_id in {}",
        listed(backend, 3)
    );
    if !present.is_empty() {
        run(tx, &gone, binds![scope.ws(), &profile.id, text_list(present.keys())]).await?;
    }
    if !written.is_empty() {
        let sql = format!(
            "insert into icp_scores (workspace_id, profile_id, contact_id, score, at)
             select $1, $2, c.id, {}, $4 from {} join contacts c on c.workspace_id = $1 and c.id = item.value->>'c' where true
             on conflict (workspace_id, profile_id, contact_id) do update set score = excluded.score, at = excluded.at",
            int("s"),
            items(backend, 3)
        );
        let list = serde_json::Value::Array(written).to_string();
        run(tx, &sql, binds![scope.ws(), &profile.id, list, now]).await?;
    }
    remember(tx, scope, profile, changes, now).await?;
    Ok(is_changed)
}

/// Writes the history, and forgets what is too old of it.
async fn remember(
    tx: &Tx,
    scope: &Scope,
    profile: &Held,
    changes: Vec<serde_json::Value>,
    now: i64,
) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let backend = tx.get_database_backend();
    let list = serde_json::Value::Array(changes).to_string();
    let sql = format!(
        "insert into icp_changes (id, workspace_id, profile_id, contact_id, before, score, met, version, at)
         select item.value->>'i', $1, $2, c.id, {}, {}, item.value->>'m', $4, $5
         from {} join contacts c on c.workspace_id = $1 and c.id = item.value->>'c'",
        int("b"),
        int("s"),
        items(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), &profile.id, list.as_str(), profile.version, now]).await?;
    let sql = format!(
        "delete from icp_changes where id in (select r.id from
           (select h.id, row_number() over (partition by h.contact_id order by h.id desc) as place from icp_changes h
            where h.workspace_id = $1 and h.profile_id = $2 and h.contact_id in {}) r
         where r.place > $4)",
        listed(backend, 3)
    );
    run(tx, &sql, binds![scope.ws(), &profile.id, list, KEPT]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Walk {
    id: IcpProfileId,
    workspace_id: WorkspaceId,
    version: i64,
    criteria: String,
    walk_after: String,
    is_default: i64,
    gone_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Scores the next contacts for a profile that all contacts are asked about anew. Returns where, if there was any.
pub(crate) async fn walk(db: &Db, now: i64) -> Result<Option<WorkspaceId>> {
    let pending = "select id as value from icp_profiles where walk_after is not null limit 1";
    if scalar::<String>(&db.read, pending, vec![]).await?.is_none() {
        return Ok(None);
    }
    let tx = db.begin().await?;
    let sql = format!(
        "select i.id, i.workspace_id, i.version, i.walk_after, i.is_default, i.gone_at,
           (select v.criteria from icp_versions v where v.profile_id = i.id and v.version = i.version) as criteria
         from icp_profiles i where i.walk_after is not null order by i.id limit 1{}",
        lock(&tx, " of i skip locked")
    );
    let Some(found) = row::<Walk>(&tx, &sql, vec![]).await? else { return Ok(None) };
    let scope = Scope::system(found.workspace_id.clone());
    if found.gone_at.is_some() {
        sweep(&tx, &scope, &found.id).await?;
        tx.commit().await?;
        return Ok(Some(scope.workspace));
    }
    let sql = "select c.id from contacts c where c.workspace_id = $1 and c.id > $2 order by c.id limit $3";
    let slice: Vec<Id> = rows(&tx, sql, binds![scope.ws(), found.walk_after.as_str(), SLICE]).await?;
    let is_last = (slice.len() as i64) < SLICE;
    // Behind the last contact there may be scores of some that are gone.
    let upto =
        if is_last { "~".to_owned() } else { slice.last().map(|row| row.id.clone()).unwrap_or_default() };
    let who = Who::Between(found.walk_after, upto.clone());
    let profile = Held { id: found.id, version: found.version, criteria: found.criteria };
    let (people, kinds) = (load(&tx, &scope, &who).await?, kinds_in(&tx, &scope).await?);
    write(&tx, &scope, &profile, &kinds, &people, &who, now).await?;
    run(
        &tx,
        "update icp_profiles set walk_after = cast($3 as text),
           ready_at = case when cast($3 as text) is null then coalesce(ready_at, $4) else ready_at end
         where workspace_id = $1 and id = $2",
        binds![scope.ws(), &profile.id, (!is_last).then_some(upto), now],
    )
    .await?;
    if is_last && found.is_default == 1 {
        super::ask_segments(&tx, &scope).await?;
    }
    tx.commit().await?;
    Ok(Some(scope.workspace))
}

/// Takes away a part of what a removed profile has left, and in the end the profile.
async fn sweep(tx: &Tx, scope: &Scope, id: &IcpProfileId) -> Result<()> {
    let mut swept = 0;
    for (table, key) in [("icp_scores", "contact_id"), ("icp_changes", "id")] {
        let sql = format!(
            "delete from {table} where workspace_id = $1 and profile_id = $2 and {key} in
               (select x.{key} from {table} x where x.workspace_id = $1 and x.profile_id = $2 limit $3)"
        );
        swept += run(tx, &sql, binds![scope.ws(), id, SLICE]).await?;
    }
    if swept == 0 {
        for sql in [
            "delete from icp_versions where workspace_id = $1 and profile_id = $2",
            "delete from icp_profiles where workspace_id = $1 and id = $2",
        ] {
            run(tx, sql, binds![scope.ws(), id]).await?;
        }
    }
    Ok(())
}

/// A score as it is stored.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Stored {
    /// Of which profile.
    pub profile_id: IcpProfileId,
    /// From 0 to 100.
    pub score: i64,
    /// Since when it is this.
    pub at: At,
}

/// The scores of one contact.
pub async fn of_contact(db: &Db, scope: &Scope, id: &ContactId) -> Result<Vec<Stored>> {
    let sql = "select profile_id, score, at from icp_scores where workspace_id = $1 and contact_id = $2";
    rows(&db.reader(scope), sql, binds![scope.ws(), id]).await
}

/// A score that became another.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Change {
    /// Of which profile.
    pub profile_id: IcpProfileId,
    /// What it was.
    pub before: i64,
    /// What it became.
    pub score: i64,
    /// The places of the criteria that were met then, as `0.2.5`.
    pub met: String,
    /// The criteria as they were then, a JSON list.
    pub criteria: String,
    /// When.
    pub at: At,
}

/// How the scores of one contact changed, newest first.
pub async fn changes(db: &Db, scope: &Scope, id: &ContactId) -> Result<Vec<Change>> {
    let sql = "select h.profile_id, h.before, h.score, h.met, v.criteria, h.at
         from icp_changes h join icp_versions v on v.profile_id = h.profile_id and v.version = h.version
         where h.workspace_id = $1 and h.contact_id = $2 order by h.id desc";
    rows(&db.reader(scope), sql, binds![scope.ws(), id]).await
}

/// Of these contacts, the score of the profile that each fits best, by the id of the contact.
pub(crate) async fn best_of(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    contacts: impl IntoIterator<Item = &str>,
) -> Result<BTreeMap<String, i64>> {
    let sql = format!(
        "select f.contact_id, max(f.score) as score from icp_scores f
         where f.workspace_id = $1 and f.contact_id in {}
           and f.profile_id in (select i.id from icp_profiles i where i.workspace_id = $1 and i.gone_at is null)
         group by f.contact_id",
        listed(conn.get_database_backend(), 2)
    );
    let found: Vec<Present> = rows(conn, &sql, binds![scope.ws(), text_list(contacts)]).await?;
    Ok(found.into_iter().map(|one| (one.contact_id, one.score)).collect())
}

/// The scores of contacts by every profile that there is, as (contact, profile, score).
pub async fn all_of<'a>(
    tx: &Tx,
    workspace: &WorkspaceId,
    contacts: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<(String, String, i64)>> {
    #[derive(FromQueryResult)]
    struct Scored {
        contact_id: String,
        profile_id: String,
        score: i64,
    }
    let sql = format!(
        "select f.contact_id, f.profile_id, f.score from icp_scores f
         where f.workspace_id = $1 and f.contact_id in {}
           and f.profile_id in (select i.id from icp_profiles i where i.workspace_id = $1 and i.gone_at is null)",
        listed(tx.get_database_backend(), 2)
    );
    let found: Vec<Scored> = rows(tx, &sql, binds![workspace, text_list(contacts)]).await?;
    Ok(found.into_iter().map(|one| (one.contact_id, one.profile_id, one.score)).collect())
}
