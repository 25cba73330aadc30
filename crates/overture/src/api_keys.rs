//! API keys: how programs come in on behalf of a member (W05, W06, G04).
//!
//! A key is `ovk_<public part>_<secret part>`. It may do what its member may do, and of that only what its scopes name.
//! Its text is shown once; stored are the public part, to find it, and an Argon2id hash of the whole. That hash is
//! looked at when a node meets the key for the first time, and then remembered as a digest in memory alone. The keys of
//! relayers (`ovr_…`) are made and looked at in the same way.

use crate::shape::{instant, list_of, object, of, or_null, page, text, truth};
use crate::{
    error::{Error, Kind, Result},
    keys::{self, token},
    passwords,
    tool::{Access, Ctx, Nothing, Tool, scope_of},
};
use domain::ids::{ApiKeyId, MemberId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{
    At,
    api_key::{self, ApiKey, KeyKind, NewApiKey},
};

/// How the text of a key begins, so that people and scanners know one when they see it.
const fn start(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Api => "ovk_",
        KeyKind::Relayer => "ovr_",
    }
}

/// Characters of the public part.
const PREFIX: usize = 12;
/// Longest life that can be asked for, in days.
const LONGEST_DAYS: i64 = 3650;
const DAY_MS: i64 = 24 * 3_600_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "key_create",
            "POST /api-keys",
            Access::Write,
            "Make an API key of your own; its text is shown once.",
            create,
        )
        .gives(made_shape),
        Tool::new(
            "key_list",
            "GET /api-keys",
            Access::Read,
            "List your API keys; an admin sees everybody's.",
            list,
        )
        .gives(|| page(shape())),
        Tool::new(
            "key_revoke",
            "DELETE /api-keys/{id}",
            Access::Write,
            "Make an API key useless at once; an admin anybody's.",
            revoke,
        )
        .gives(|| object([("id", of::<ApiKeyId>())])),
        Tool::new(
            "key_scopes",
            "GET /api-keys/scopes",
            Access::Read,
            "List what API keys can be allowed to do.",
            scopes,
        )
        .gives(|| page(object([("scope", text()), ("about", list_of(text()))]))),
    ]
}

/// The public part of a key's text, where it has the form of one.
pub fn prefix(kind: KeyKind, text: &str) -> Option<&str> {
    let (prefix, secret) = text.strip_prefix(start(kind))?.split_once('_')?;
    let is_word = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (prefix.len() == PREFIX && secret.len() == 43 && is_word(prefix) && is_word(secret)).then_some(prefix)
}

/// Whether the scopes of a key allow what needs `asked`, for example `contact:read`. `contact:*` allows everything
/// with contacts, `*:read` reads everything, `*` allows what the member may do.
pub fn allow(scopes: &str, asked: &str) -> bool {
    let Some((noun, access)) = asked.split_once(':') else { return false };
    scopes.split(' ').any(|scope| match scope.split_once(':') {
        None => scope == "*",
        Some((n, a)) => (n == "*" || n == noun) && (a == "*" || a == access),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// What it is for.
    name: String,
    /// What it may do: `contact:read`, `contact:*`, `*:read`, or `*` for all that you may do.
    scopes: Vec<String>,
    /// After so many days it is useless; left out, it never is.
    expires_in_days: Option<i64>,
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    ctx.person()?;
    let scopes = checked(&ctx, &input.scopes)?;
    let now = ctx.app.real_ms();
    let expires_at = match input.expires_in_days {
        None => None,
        Some(days @ 1..=LONGEST_DAYS) => Some(now + days * DAY_MS),
        Some(_) => {
            let message = format!("Write a number of days from 1 to {LONGEST_DAYS}, or leave it out");
            return Err(Error::field("key.life_invalid", "expires_in_days", message));
        }
    };
    let made = make(&ctx, KeyKind::Api, &input.name, &scopes, expires_at).await?;
    Ok(json!({
        "id": made.id, "name": made.name, "key": made.text, "prefix": made.prefix, "scopes": words(&scopes),
        "expires_at": expires_at.map(At),
    }))
}

/// A key that was just made.
pub struct Made {
    /// Id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// All of it, this once.
    pub text: String,
    /// Its public part.
    pub prefix: String,
}

/// Makes a key of the member who asks.
pub async fn make(
    ctx: &Ctx,
    kind: KeyKind,
    name: &str,
    scopes: &str,
    expires_at: Option<i64>,
) -> Result<Made> {
    let name = name_of(name)?;
    let id = store::new_id(ApiKeyId::from_uuid);
    let prefix: String = token().chars().filter(char::is_ascii_alphanumeric).take(PREFIX).collect();
    let text = format!("{}{prefix}_{}", start(kind), token());
    let hash = passwords::hash(text.clone()).await?;
    let new = NewApiKey { id: &id, kind, name: &name, prefix: &prefix, hash: &hash, scopes, expires_at };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    api_key::create(&tx, &ctx.scope, new, ctx.app.real_ms()).await?;
    ctx.app.commit(tx).await?;
    Ok(Made { name, id, text, prefix })
}

/// What a key, or a device, is called.
pub fn name_of(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("key.name_invalid", "name", "Write a name of 1 to 100 characters"));
    }
    Ok(name.to_owned())
}

/// The scopes in one text, each known and none twice.
fn checked(ctx: &Ctx, asked: &[String]) -> Result<String> {
    let known = all_scopes(ctx);
    let mut scopes: Vec<&str> = asked.iter().map(|scope| scope.trim()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let is_known = |scope: &&str| {
        let covers = |one: &String| allow(scope, one);
        // They are kept with blanks between them.
        !scope.contains(char::is_whitespace) && (*scope == "*" || known.iter().any(covers))
    };
    if let Some(unknown) = scopes.iter().find(|scope| !is_known(scope)) {
        let message = format!("There is no scope {unknown:?}. GET /api/api-keys/scopes lists them");
        return Err(Error::field("key.scope_unknown", "scopes", message));
    }
    if scopes.is_empty() {
        return Err(Error::field("key.scopes_empty", "scopes", "Say what the key may do"));
    }
    Ok(scopes.join(" "))
}

fn all_scopes(ctx: &Ctx) -> Vec<String> {
    let mut scopes: Vec<String> = ctx.app.registry.iter().map(Tool::scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

async fn scopes(ctx: Ctx, _: Nothing) -> Result<Value> {
    let known: Vec<Value> = all_scopes(&ctx)
        .iter()
        .map(|scope| {
            let about: Vec<&str> = ctx
                .app
                .registry
                .iter()
                .filter(|tool| tool.scope() == *scope)
                .map(|tool| tool.about)
                .collect();
            json!({ "scope": scope, "about": about })
        })
        .collect();
    Ok(json!({ "data": known, "next_cursor": null }))
}

fn words(scopes: &str) -> Vec<&str> {
    scopes.split(' ').collect()
}

/// How a key is told from others without its secret.
pub fn shown_prefix(kind: KeyKind, prefix: &str) -> String {
    format!("{}{prefix}", start(kind))
}

/// Whose keys somebody may see and revoke: an admin everybody's.
pub fn whose(ctx: &Ctx) -> Option<&MemberId> {
    ctx.scope.member.as_ref().filter(|_| ctx.role != "admin")
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Value> {
    let now = ctx.app.real_ms();
    let line = |key: ApiKey| {
        json!({
            "id": key.id, "name": key.name, "prefix": shown_prefix(KeyKind::Api, &key.prefix), "scopes": words(&key.scopes),
            "member_id": key.member_id, "member_name": key.member_name,
            "yours": Some(&key.member_id) == ctx.scope.member.as_ref(), "created_at": key.created_at,
            "expires_at": key.expires_at, "expired": key.expires_at.is_some_and(|at| at.0 <= now),
            "last_used_at": key.last_used_at,
        })
    };
    let keys = api_key::all(&ctx.app.db, &ctx.scope, KeyKind::Api, whose(&ctx)).await?;
    Ok(json!({ "data": keys.into_iter().map(line).collect::<Vec<_>>(), "next_cursor": null }))
}

/// Which key is to end.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// Id of the key.
    pub id: ApiKeyId,
}

async fn revoke(ctx: Ctx, input: Revoke) -> Result<Value> {
    end(&ctx, KeyKind::Api, &input.id).await
}

/// Makes a key useless: one's own, or for an admin anybody's.
pub async fn end(ctx: &Ctx, kind: KeyKind, id: &ApiKeyId) -> Result<Value> {
    ctx.person()?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    api_key::revoke(&tx, &ctx.scope, kind, id, whose(ctx), ctx.app.real_ms()).await?;
    ctx.app.commit(tx).await?;
    Ok(json!({ "id": id }))
}

/// The scope for what is no tool: the noun and how far it reaches.
pub fn require(ctx: &Ctx, noun: &str, access: Access) -> Result<()> {
    match &ctx.key {
        None => Ok(()),
        Some(key) => require_scope(key, &scope_of(noun, access)),
    }
}

/// Refuses what the key of a program does not allow.
pub fn require_scope(key: &Key, asked: &str) -> Result<()> {
    if allow(&key.scopes, asked) {
        return Ok(());
    }
    let message = format!("The API key {:?} lacks the scope {asked}", key.name);
    Err(Error::new(Kind::Forbidden, "key.scope_missing", message).number(1004))
}

/// The key that a program came in with.
#[derive(Debug)]
pub struct Key {
    /// Id.
    pub id: ApiKeyId,
    /// What it is called.
    pub name: String,
    /// Scopes, separated by blanks.
    pub scopes: String,
}

/// How the text of a key is remembered in memory.
pub fn digest(text: &str) -> String {
    keys::token_hash(text)
}

fn made_shape() -> Value {
    object([
        ("id", of::<ApiKeyId>()),
        ("name", text()),
        ("key", text()),
        ("prefix", text()),
        ("scopes", list_of(text())),
        ("expires_at", or_null(instant())),
    ])
}

fn shape() -> Value {
    object([
        ("id", of::<ApiKeyId>()),
        ("name", text()),
        ("prefix", text()),
        ("scopes", list_of(text())),
        ("member_id", of::<domain::ids::MemberId>()),
        ("member_name", text()),
        ("yours", truth()),
        ("created_at", instant()),
        ("expires_at", or_null(instant())),
        ("expired", truth()),
        ("last_used_at", or_null(instant())),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_allow_what_they_name_and_no_more() {
        for (scopes, asked, allowed) in [
            ("contact:read", "contact:read", true),
            ("contact:read", "contact:write", false),
            ("contact:read", "contacts:read", false),
            ("contact:*", "contact:write", true),
            ("contact:*", "campaign:write", false),
            ("*:read", "campaign:read", true),
            ("*:read", "campaign:send", false),
            ("campaign:read message:send", "message:send", true),
            ("campaign:read message:send", "message:read", false),
            ("*", "sender:admin", true),
            ("", "contact:read", false),
            ("*", "nonsense", false),
        ] {
            assert_eq!(allow(scopes, asked), allowed, "{scopes:?} {asked}");
        }
    }

    #[test]
    fn only_what_looks_like_a_key_is_looked_up() {
        let secret = "s".repeat(43);
        let text = format!("ovk_abcdefghijkl_{secret}");
        assert_eq!(prefix(KeyKind::Api, &text), Some("abcdefghijkl"));
        assert_eq!(prefix(KeyKind::Relayer, &text), None);
        for wrong in [
            "",
            "ovk_",
            "ovk_abc_def",
            &format!("ovk_abcdefghijkl_{secret}x"),
            &format!("ovk_abcdefghij'l_{secret}"),
            &format!("xvk_abcdefghijkl_{secret}"),
        ] {
            assert_eq!(prefix(KeyKind::Api, wrong), None, "{wrong}");
        }
    }
}
