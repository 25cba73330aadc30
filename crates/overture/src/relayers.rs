//! Relayers: the devices of members that carry messages for them (W06, G04). Each has a key of its own, which belongs to
//! one member's one device and opens nothing but `/api/relayer/`: who takes it from a laptop gets that member's messages
//! until it is revoked, and nobody else's.

use crate::{
    api_keys,
    error::Result,
    shape::{instant, object, of, or_null, page, text, truth},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::ids::{ApiKeyId, MemberId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::api_key::{self, ApiKey, KeyKind};

/// A relayer that was heard of within this time is at work, in milliseconds. It asks every few seconds, and its last
/// visit is written down to the minute.
pub const ACTIVE_MS: i64 = 120_000;

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
        .gives(object([("id", of::<ApiKeyId>()), ("name", text()), ("key", text()), ("employee_id", text())])),
        Tool::new(
            "relayer_list",
            "GET /relayers",
            Access::Read,
            "List the devices that carry messages for you, and when each was last heard of; an admin sees everybody's.",
            list,
        )
        .gives(page(shape())),
        Tool::new(
            "relayer_revoke",
            "DELETE /relayers/{id}",
            Access::Write,
            "Shut a device out at once; an admin anybody's.",
            revoke,
        )
        .gives(object([("id", of::<ApiKeyId>())])),
    ]
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
