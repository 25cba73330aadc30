//! Addresses that must not be written to. Consulted by the claim itself.

use crate::{
    Db, Page, Result, Scope, Tx,
    contact::have_address,
    error::Error,
    sql::{At, binds, clamp, cursor, items, new_id, row, rows, run, scalar, split_cursor, text_list},
    webhook::{self, Ears, Fact, OVER},
    workspace,
};
use domain::{
    Channel,
    ids::{SenderId, SuppressionId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};

pub use many::{Added, NewEntry, add_all};

mod many;

/// One suppressed address.
#[derive(Debug, Clone, FromQueryResult, Serialize, schemars::JsonSchema)]
pub struct Suppression {
    /// Id.
    pub id: SuppressionId,
    /// A channel, or `all`.
    pub channel: String,
    /// The normalised address.
    pub value: String,
    /// Set when the opt-out concerns one sender only.
    pub sender_id: Option<String>,
    /// Why.
    pub reason: String,
    /// Where it came from.
    pub source: String,
    /// Since when.
    pub created_at: At,
}

const COLUMNS: &str =
    "id, channel, value_key as value, nullif(sender_id, '') as sender_id, reason, source, created_at";

/// What happened to messages that were under way to the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Effect {
    /// Queued messages that will not be sent.
    pub withdrawn: u64,
    /// Messages that the provider may be hearing right now.
    pub in_flight: i64,
}

/// Suppresses an address. Queued messages to it are withdrawn, its running enrollments end.
/// `channel` may be `all`; `sender` confines it to one sender.
#[expect(clippy::too_many_arguments, reason = "the columns of one entry, each named at the call")]
pub async fn add(
    tx: &Tx,
    scope: &Scope,
    channel: &str,
    value_key: &str,
    sender: Option<&SenderId>,
    reason: &str,
    source: &str,
    now: i64,
) -> Result<Effect> {
    workspace::guards_changed(tx, scope).await?;
    let sender_id = sender.map(|s| s.to_string()).unwrap_or_default();
    let new = run(
        tx,
        "insert into suppressions (id, workspace_id, channel, value_key, sender_id, reason, source, author_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $9, $8) on conflict (workspace_id, channel, value_key, sender_id) do nothing",
        binds![new_id(SuppressionId::from_uuid), scope.ws(), channel, value_key, sender_id.as_str(), reason, source, now, scope.member.clone()],
    )
    .await?;
    let reach =
        "workspace_id = $1 and to_key = $2 and ($3 = 'all' or channel = $3) and ($4 = '' or sender_id = $4)";
    let withdrawn = run(
        tx,
        &format!("update messages set status = 'suppressed', error_code = 'suppressed', error_text = $5 where {reach} and (status = 'queued' or status in ('draft', 'approved') and enrollment_id is not null)"),
        binds![scope.ws(), value_key, channel, sender_id.as_str(), reason],
    )
    .await?;
    let in_flight = scalar(
        tx,
        &format!("select count(*) as value from messages where {reach} and status = 'sending'"),
        binds![scope.ws(), value_key, channel, sender_id.as_str()],
    )
    .await?
    .unwrap_or(0);
    let sql = format!(
        "update enrollments set status = 'exited', reason = 'opted_out', due_at = null, completed_at = $3
         where workspace_id = $1 and status in ('active', 'waiting', 'paused') and contact_id in {} returning {OVER}",
        have_address()
    );
    let over: Vec<webhook::Over> = rows(tx, &sql, binds![scope.ws(), value_key, now]).await?;
    webhook::tell_over(tx, &over, now).await?;
    if new == 1 {
        tell(tx, scope, channel, value_key, &sender_id, source, now).await?;
    }
    Ok(Effect { withdrawn, in_flight })
}

/// Tells webhooks, of each contact with the address. The address itself is not told.
async fn tell(
    tx: &Tx,
    scope: &Scope,
    channel: &str,
    value_key: &str,
    sender_id: &str,
    source: &str,
    now: i64,
) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Theirs {
        id: String,
    }
    let ears = Ears::of(tx, [&scope.workspace]).await?;
    if !ears.want("contact.suppressed") {
        return Ok(());
    }
    let whose: Vec<Theirs> = rows(
        tx,
        &format!("select id from contacts where workspace_id = $1 and id in {}", have_address()),
        binds![scope.ws(), value_key],
    )
    .await?;
    let fact = |contact: Option<String>| Fact {
        workspace: scope.workspace.clone(),
        kind: "contact.suppressed",
        message: None,
        data: serde_json::json!({
            "contact_id": contact, "channel": channel, "source": source,
            "sender_id": (!sender_id.is_empty()).then_some(sender_id),
        }),
        contact,
    };
    let mut facts: Vec<Fact> = whose.into_iter().map(|t| fact(Some(t.id))).collect();
    if facts.is_empty() {
        facts.push(fact(None));
    }
    ears.tell(tx, &facts, now).await
}

/// Tells an address that was erased from all others: a keyed hash, so that a list of them tells nothing.
pub trait Fingerprint: Send + Sync {
    /// Of an address as it is compared, in one workspace.
    fn of(&self, workspace: &WorkspaceId, value_key: &str) -> String;
}

/// What stands before the fingerprint of an erased address in the place of an address.
const ERASED: &str = "erased:";
const ERASED_REASON: &str = "Erased on request";

/// Whether what stands in the place of an address is the fingerprint of an erased one.
pub fn is_concealed(value: &str) -> bool {
    value.starts_with(ERASED)
}

fn concealed(scope: &Scope, prints: &dyn Fingerprint, key: &str) -> String {
    format!("{ERASED}{}", prints.of(&scope.workspace, key))
}

/// Puts the fingerprints of addresses in the place of whatever the list says of them. Returns how many there are.
pub(crate) async fn conceal(
    tx: &Tx,
    scope: &Scope,
    keys: &[String],
    prints: &dyn Fingerprint,
    now: i64,
) -> Result<u64> {
    let sql = format!(
        "delete from suppressions where workspace_id = $1 and value_key in (select item.value->>'v' from {})",
        items(tx.get_database_backend(), 2)
    );
    run(tx, &sql, binds![scope.ws(), text_list(keys)]).await?;
    for key in keys {
        insert(tx, scope, &concealed(scope, prints, key), now).await?;
    }
    // Somebody else may share a phone number with them; it stays suppressed where it can be seen.
    let sql = format!(
        "select distinct item.value->>'v' as key from {} where exists (select 1 from contacts c where c.workspace_id = $1
           and (c.email_key = item.value->>'v' or c.phone = item.value->>'v'))
           or exists (select 1 from contact_addresses a where a.workspace_id = $1 and a.kind in ('email', 'phone', 'whatsapp', 'messenger')
                        and a.value_key = item.value->>'v')",
        items(tx.get_database_backend(), 2)
    );
    let shared: Vec<Key> = rows(tx, &sql, binds![scope.ws(), text_list(keys)]).await?;
    for key in shared {
        insert(tx, scope, &key.key, now).await?;
    }
    Ok(keys.len() as u64)
}

#[derive(FromQueryResult)]
struct Key {
    key: String,
}

async fn insert(tx: &Tx, scope: &Scope, value_key: &str, now: i64) -> Result<()> {
    run(
        tx,
        "insert into suppressions (id, workspace_id, channel, value_key, reason, source, created_at)
         values ($1, $2, 'all', $3, $4, 'erasure', $5) on conflict (workspace_id, channel, value_key, sender_id) do nothing",
        binds![new_id(SuppressionId::from_uuid), scope.ws(), value_key, ERASED_REASON, now],
    )
    .await?;
    Ok(())
}

/// Which of these addresses were erased. They have come back, so they are written on the list as they are, for
/// everything that looks there. Without any erased address it costs one look into an index.
pub async fn recognise<'a>(
    tx: &Tx,
    scope: &Scope,
    keys: impl IntoIterator<Item = &'a str>,
    prints: &dyn Fingerprint,
    now: i64,
) -> Result<BTreeSet<String>> {
    let any = "select cast(1 as bigint) as value from suppressions
               where workspace_id = $1 and channel = 'all' and value_key >= 'erased:' and value_key < 'erased;' limit 1";
    if scalar::<i64>(tx, any, binds![scope.ws()]).await?.is_none() {
        return Ok(BTreeSet::new());
    }
    let by_print: HashMap<String, &str> =
        keys.into_iter().map(|key| (concealed(scope, prints, key), key)).collect();
    let sql = format!(
        "select value_key as key from suppressions where workspace_id = $1 and channel = 'all'
           and value_key in (select item.value->>'v' from {})",
        items(tx.get_database_backend(), 2)
    );
    let hits: Vec<Key> = rows(tx, &sql, binds![scope.ws(), text_list(by_print.keys())]).await?;
    let mut erased = BTreeSet::new();
    for hit in hits {
        if let Some(key) = by_print.get(&hit.key) {
            insert(tx, scope, key, now).await?;
            erased.insert((*key).to_owned());
        }
    }
    Ok(erased)
}

/// Which of these addresses are on the list, on whatever channel, or were erased; nothing is written down.
pub async fn hits<'a>(
    db: &Db,
    scope: &Scope,
    keys: impl IntoIterator<Item = &'a str>,
    prints: &dyn Fingerprint,
) -> Result<BTreeSet<String>> {
    let any = "select cast(1 as bigint) as value from suppressions where workspace_id = $1 limit 1";
    if scalar::<i64>(&db.read, any, binds![scope.ws()]).await?.is_none() {
        return Ok(BTreeSet::new());
    }
    let by_key: HashMap<String, &str> = keys
        .into_iter()
        .flat_map(|key| [(key.to_owned(), key), (concealed(scope, prints, key), key)])
        .collect();
    let sql = format!(
        "select distinct value_key as key from suppressions where workspace_id = $1
           and value_key in (select item.value->>'v' from {})",
        items(db.backend(), 2)
    );
    let found: Vec<Key> = rows(&db.read, &sql, binds![scope.ws(), text_list(by_key.keys())]).await?;
    Ok(found.iter().filter_map(|hit| by_key.get(&hit.key)).map(|key| (*key).to_owned()).collect())
}

/// Whether one of these addresses was erased; nothing is written down.
pub async fn is_erased(tx: &Tx, scope: &Scope, keys: &[String], prints: &dyn Fingerprint) -> Result<bool> {
    let sql = format!(
        "select cast(1 as bigint) as value from suppressions where workspace_id = $1 and channel = 'all'
           and value_key in (select item.value->>'v' from {}) limit 1",
        items(tx.get_database_backend(), 2)
    );
    let concealed = keys.iter().map(|key| concealed(scope, prints, key));
    Ok(scalar::<i64>(tx, &sql, binds![scope.ws(), text_list(concealed)]).await?.is_some())
}

/// What is said of one address on a channel, or on all, holds for another one from now on as well: the same person is
/// behind it. Nothing that is said of the other is changed.
pub async fn carry(tx: &Tx, scope: &Scope, channel: &str, from: &str, to: &str, now: i64) -> Result<()> {
    workspace::guards_changed(tx, scope).await?;
    let sql = format!(
        "select {COLUMNS} from suppressions where workspace_id = $1 and value_key = $2 and channel in ($3, 'all') order by id"
    );
    let said: Vec<Suppression> = rows(tx, &sql, binds![scope.ws(), from, channel]).await?;
    for one in said {
        run(
            tx,
            "insert into suppressions (id, workspace_id, channel, value_key, sender_id, reason, source, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (workspace_id, channel, value_key, sender_id) do nothing",
            binds![new_id(SuppressionId::from_uuid), scope.ws(), one.channel, to, one.sender_id.unwrap_or_default(), one.reason, one.source, now],
        )
        .await?;
    }
    Ok(())
}

/// Forgets that an address was erased: somebody allows writing to it again.
pub async fn reveal(tx: &Tx, scope: &Scope, value_key: &str, prints: &dyn Fingerprint) -> Result<u64> {
    lift(tx, scope, "all", &concealed(scope, prints, value_key), None).await
}

/// Lifts the suppression of one address on one channel, for one sender where one is named (START).
pub async fn lift(
    tx: &Tx,
    scope: &Scope,
    channel: &str,
    value_key: &str,
    sender: Option<&SenderId>,
) -> Result<u64> {
    let sender_id = sender.map(|s| s.to_string()).unwrap_or_default();
    run(
        tx,
        "delete from suppressions where workspace_id = $1 and channel = $2 and value_key = $3 and sender_id = $4",
        binds![scope.ws(), channel, value_key, sender_id],
    )
    .await
}

/// Removes one entry.
pub async fn delete(tx: &Tx, scope: &Scope, id: &SuppressionId) -> Result<Suppression> {
    row(
        tx,
        "delete from suppressions where workspace_id = $1 and id = $2
         returning id, channel, value_key as value, nullif(sender_id, '') as sender_id, reason, source, created_at",
        binds![scope.ws(), id],
    )
    .await?
    .ok_or(Error::NotFound("suppression"))
}

/// One entry by what it says.
pub async fn find(db: &Db, scope: &Scope, channel: &str, value_key: &str) -> Result<Option<Suppression>> {
    row(
        &db.reader(scope),
        &format!("select {COLUMNS} from suppressions where workspace_id = $1 and value_key = $2 and channel in ($3, 'all') order by id limit 1"),
        binds![scope.ws(), value_key, channel],
    )
    .await
}

/// Newest first; those of one address only, where its key is given.
pub async fn page(
    db: &Db,
    scope: &Scope,
    value_key: Option<&str>,
    limit: Option<i64>,
    after: Option<&str>,
) -> Result<Page<Suppression>> {
    let (limit, (at, id)) = (clamp(limit), split_cursor(after)?);
    let mut values = binds![scope.ws(), at, id, limit + 1, scope.whose()];
    // The index has the channel before the address.
    let channels: Vec<String> = Channel::ALL.iter().map(|channel| format!("'{channel}'")).collect();
    let only = value_key.map(|key| {
        values.push(key.into());
        format!("and channel in ('all', {}) and value_key = $6", channels.join(", "))
    });
    let only = only.unwrap_or_default();
    let found: Vec<Suppression> = rows(
        &db.reader(scope),
        &format!(
            "select {COLUMNS} from suppressions s where workspace_id = $1 and (created_at, id) < ($2, $3) {only}
               and (cast($5 as text) is null or author_id = $5
                    or exists (select 1 from contacts c where c.workspace_id = $1 and c.email_key = s.value_key and c.owner_id = $5)
                    or exists (select 1 from contacts c where c.workspace_id = $1 and c.phone = s.value_key and c.owner_id = $5)
                    or exists (select 1 from contact_addresses a join contacts c on c.workspace_id = a.workspace_id and c.id = a.contact_id
                               where a.workspace_id = $1 and a.kind in ('email', 'phone', 'whatsapp', 'messenger') and a.value_key = s.value_key and c.owner_id = $5))
             order by created_at desc, id desc limit $4"
        ),
        values,
    )
    .await?;
    Ok(Page::cut(found, limit, |s| cursor(s.created_at.0, s.id.as_str())))
}
