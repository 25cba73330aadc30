//! Relayers: the devices of members that carry messages for them (W06, G04). Each has a key of its own, which belongs to
//! one member's one device and opens nothing but `/api/relayer/`: who takes it from a laptop gets that member's messages
//! until it is revoked, and nobody else's.

use crate::{
    api_keys,
    app::App,
    error::{Error, Kind, Result},
    keys, outside,
    shape::{instant, object, of, or_null, page, text, truth},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    Channel,
    ids::{ApiKeyId, ContactId, MemberId},
    limits,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{
    At, Scope, Sight,
    api_key::{self, ApiKey, KeyKind},
    sender::Sender,
};

/// A relayer that was heard of within this time is at work, in milliseconds. It asks every few seconds, and its last
/// visit is written down to the minute.
pub const ACTIVE_MS: i64 = 120_000;

/// Most messages a day that leave from a member's own account unless somebody says otherwise: who writes to more
/// strangers is soon taken for one who should be stopped.
const DAILY_CAP: i64 = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "relayer_create",
            "POST /relayers",
            Access::Write,
            "Make the key of a device of yours that carries messages; its text is shown once.",
            create,
        )
        .gives(|| object([("id", of::<ApiKeyId>()), ("name", text()), ("key", text()), ("employee_id", text())])),
        Tool::new(
            "relayer_list",
            "GET /relayers",
            Access::Read,
            "List the devices that carry messages for you, and when each was last heard of; an admin sees everybody's.",
            list,
        )
        .gives(|| page(shape())),
        Tool::new(
            "relayer_pair",
            "POST /relayers/pairing",
            Access::Write,
            "Make a code that a device of yours trades for its key, once and within ten minutes.",
            pair,
        )
        .revealing()
        .gives(|| object([("code", text()), ("expires_at", instant()), ("employee_id", text())])),
        Tool::new(
            "relayer_revoke",
            "DELETE /relayers/{id}",
            Access::Write,
            "Shut a device out at once; an admin anybody's.",
            revoke,
        )
        .gives(|| object([("id", of::<ApiKeyId>())])),
    ]
}

/// The account that a device carries for the owner of a contact, else for the member who asks.
pub async fn account_for(ctx: &Ctx, contact: Option<&ContactId>) -> Result<Sender> {
    let owner = match contact {
        Some(id) => store::contact::get(&ctx.app.db, &ctx.scope, id).await?.owner_id,
        None => None,
    };
    let member = owner.or_else(|| ctx.scope.member.clone()).ok_or_else(|| {
        Error::field(
            "message.no_sender",
            "contact_id",
            "Say whose contact this is: it leaves from their account",
        )
    })?;
    account_of(&ctx.app, &ctx.scope, &member).await
}

/// Makes sure that each member of a workspace who may come in has an account on Telegram.
pub async fn open_accounts(app: &App, scope: &Scope) -> Result<()> {
    for member in
        store::member::all(&app.db, scope).await?.iter().filter(|member| member.disabled_at.is_none())
    {
        account_of(app, scope, &member.id).await?;
    }
    Ok(())
}

/// A member's account on Telegram, which is there from the first time that somebody asks for it.
async fn account_of(app: &App, scope: &Scope, member: &MemberId) -> Result<Sender> {
    if let Some(there) = store::relay::account(&app.db, scope, member, Channel::Telegram).await? {
        return Ok(there);
    }
    let own = store::member::get(&app.db, scope, member).await?;
    let mut new = Sender {
        rate_per_minute: limits::of(Channel::Telegram).per_minute,
        daily_cap: Some(DAILY_CAP),
        member_id: Some(member.clone()),
        ..Sender::new(&scope.workspace, Channel::Telegram, "relayer", &own.name, &own.handle)
    };
    new.credentials = app.keys.seal(&outside::place(new.id.as_str()), "{}")?;
    let tx = app.db.begin_for(scope).await?;
    match store::sender::save(&tx, scope, &new, member.as_str(), app.clock.now()).await {
        Ok(()) => app.commit(tx).await?,
        // Somebody else asked in the same moment.
        Err(store::Error::Exists) => drop(tx),
        Err(error) => return Err(error.into()),
    }
    store::relay::account(&app.db, scope, member, Channel::Telegram)
        .await?
        .ok_or_else(|| Error::not_found("sender"))
}

fn shape() -> Value {
    object([
        ("id", of::<ApiKeyId>()),
        ("name", text()),
        ("prefix", text()),
        ("member_id", of::<MemberId>()),
        ("member_name", text()),
        ("yours", truth()),
        ("created_at", instant()),
        ("last_seen_at", or_null(instant())),
        ("active", truth()),
    ])
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Which device it is for.
    name: String,
}

async fn create(ctx: Ctx, input: Create) -> Result<Value> {
    let member = ctx.person()?.clone();
    let made = api_keys::make(&ctx, KeyKind::Relayer, &input.name, "", None).await?;
    let own = store::member::get(&ctx.app.db, &ctx.scope, &member).await?;
    Ok(json!({ "id": made.id, "name": made.name, "key": made.text, "employee_id": own.handle }))
}

/// How long a pairing code is good for, in real milliseconds.
const CODE_MS: i64 = 10 * 60_000;
/// Letters and digits of a code that nobody takes for one another.
const CODE_LETTERS: &[u8] = b"ABCDEFGHJKMNPQRSTUVWXYZ23456789";
/// Letters in a code: more than anybody could try within its time.
const CODE_LENGTH: usize = 12;

async fn pair(ctx: Ctx, input: Create) -> Result<Value> {
    let member = ctx.person()?.clone();
    let name = api_keys::name_of(&input.name)?;
    let code: String = keys::token()
        .bytes()
        .filter(u8::is_ascii_alphanumeric)
        .filter_map(|byte| CODE_LETTERS.get(usize::from(byte) % 32).copied())
        .map(char::from)
        .take(CODE_LENGTH)
        .collect();
    let now = ctx.app.real_ms();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    store::relay::keep_code(&tx, &ctx.scope, &digest(&code), &name, now + CODE_MS, now).await?;
    ctx.app.commit(tx).await?;
    let own = store::member::get(&ctx.app.db, &ctx.scope, &member).await?;
    let parts: Vec<String> =
        code.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into()).collect();
    Ok(json!({ "code": parts.join("-"), "expires_at": At(now + CODE_MS), "employee_id": own.handle }))
}

fn digest(code: &str) -> String {
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    keys::token_hash(&format!("relayer code {}", letters.to_uppercase()))
}

/// The code of a device that wants its key.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// As it was shown; hyphens and small letters do not matter.
    code: String,
}

/// Trades a code for the key of a device, once.
pub async fn trade(app: &Arc<App>, input: &Code) -> Result<Value> {
    let wrong = || {
        let message = "This code is not valid: it was mistyped, used already, or its ten minutes are over. Make another one";
        Error::new(Kind::Unauthenticated, "relayer.code_invalid", message)
    };
    let tx = app.db.begin().await?;
    let code = store::relay::take_code(&tx, &digest(&input.code), app.real_ms()).await?.ok_or_else(wrong)?;
    app.commit(tx).await?;
    let ctx = Ctx {
        app: app.clone(),
        scope: Scope::member(code.workspace_id, code.member_id.clone(), Sight::Own),
        role: "rep".into(),
        key: None,
        session: None,
        console: false,
        address: None,
    };
    let made = api_keys::make(&ctx, KeyKind::Relayer, &code.name, "", None).await?;
    let own = store::member::get(&app.db, &ctx.scope, &code.member_id).await?;
    Ok(json!({ "key": made.text, "employee_id": own.handle, "device": made.name }))
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Value> {
    let active_since = ctx.app.real_ms() - ACTIVE_MS;
    let line = |key: ApiKey| {
        json!({
            "id": key.id, "name": key.name, "prefix": api_keys::shown_prefix(KeyKind::Relayer, &key.prefix),
            "member_id": key.member_id, "member_name": key.member_name,
            "yours": Some(&key.member_id) == ctx.scope.member.as_ref(), "created_at": key.created_at,
            "last_seen_at": key.last_used_at, "active": key.last_used_at.is_some_and(|at| at.0 >= active_since),
        })
    };
    let keys = api_key::all(&ctx.app.db, &ctx.scope, KeyKind::Relayer, api_keys::whose(&ctx)).await?;
    Ok(json!({ "data": keys.into_iter().map(line).collect::<Vec<_>>(), "next_cursor": null }))
}

async fn revoke(ctx: Ctx, input: api_keys::Revoke) -> Result<Value> {
    api_keys::end(&ctx, KeyKind::Relayer, &input.id).await
}
