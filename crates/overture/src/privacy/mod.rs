//! What somebody may ask of whoever stores something about them: all of it, and that it be gone.

mod raw;

use crate::shape::{anything, instant, integer, list_of, map, object, of, or_null, page, text};
use crate::{
    app::App,
    error::{Error, Result},
    imports::forget,
    tool::{Access, Ctx, Tool},
    tries::in_tries,
};
use base64::{Engine, engine::general_purpose::STANDARD as B64};
use domain::ids::{ContactId, ErasureId, InboundEventId};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use store::{
    At, Scope, contact,
    erasure::{self, Erasure, Raw},
    inbound_event::InboundEvent,
    suppression,
};

/// Raw events that came so long before the search began are found by it, in milliseconds: nodes' clocks differ.
const OVERLAP_MS: i64 = 60_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "contact_erase",
            "POST /contacts/{id}/erase",
            Access::Admin,
            "Erase everything about one person for good.",
            erase_tool,
        )
        .gives(shape),
        Tool::new(
            "contact_export",
            "GET /contacts/{id}/export",
            Access::Admin,
            "Everything that is stored about one person, to hand it to them.",
            export,
        )
        .gives(export_shape)
        .revealing(),
        Tool::new(
            "erasure_get",
            "GET /erasures/{id}",
            Access::Admin,
            "Read the certificate of an erasure.",
            certificate,
        )
        .gives(shape),
        Tool::new(
            "erasure_list",
            "GET /erasures",
            Access::Admin,
            "List certificates of erasures, newest first.",
            list,
        )
        .gives(|| page(shape())),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Of {
    id: ContactId,
}

async fn export(ctx: Ctx, input: Of) -> Result<Value> {
    everything(&ctx.app, &ctx.scope, &input.id).await
}

/// Everything that is stored about one person.
pub async fn everything(app: &Arc<App>, scope: &Scope, id: &ContactId) -> Result<Value> {
    let addresses = erasure::addresses_of(&app.db, scope, id).await?;
    let rows = erasure::everything(&app.db, scope, id, &addresses).await?;
    let mut all = Map::new();
    all.insert("id".into(), json!(id));
    all.insert("exported_at".into(), json!(At(app.clock.now())));
    for (name, rows) in rows {
        all.insert(name.into(), rows.into_iter().map(readable).collect());
    }
    let mut events = Vec::new();
    for_raw_events(app, scope, &addresses, |raw| events.push(shown(&raw))).await?;
    all.insert("raw_events".into(), Value::Array(events));
    all.insert("rejected_rows".into(), json!(forget::find(app, scope, &addresses).await?));
    Ok(Value::Object(all))
}

/// Instants as people write them, and nothing of how the work is shared out.
fn readable(row: Value) -> Value {
    const OURS: [&str; 9] = [
        "claimed_by",
        "claimed_at",
        "lease_until",
        "settle_at",
        "dedupe_key",
        "due_at",
        "policy",
        "needs_decision",
        "merged_from",
    ];
    let Value::Object(fields) = row else { return row };
    let readable = |(name, value): (String, Value)| {
        let is_instant = name == "at" || name.ends_with("_at");
        let value = match value.as_i64().filter(|_| is_instant) {
            Some(ms) => json!(At(ms)),
            None => value,
        };
        (name, value)
    };
    fields.into_iter().filter(|(name, _)| !OURS.contains(&name.as_str())).map(readable).collect()
}

fn shown(raw: &Raw) -> Value {
    let body = match std::str::from_utf8(&raw.body) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": B64.encode(&raw.body) }),
    };
    json!({ "id": raw.id, "source": raw.source, "received_at": raw.received_at, "body": body })
}

async fn for_raw_events(
    app: &App,
    scope: &Scope,
    addresses: &[String],
    mut found: impl FnMut(Raw),
) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = erasure::raw_events(&app.db, scope, &after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        page.into_iter().filter(|event| raw::names(event, addresses)).for_each(&mut found);
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Erase {
    id: ContactId,
    /// The person's name as it is shown, or an address of theirs: so that nobody is erased by mistake.
    confirm: String,
}

async fn erase_tool(ctx: Ctx, input: Erase) -> Result<Value> {
    let person = contact::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let given = input.confirm.trim().to_lowercase();
    let known = [Some(person.full_name), person.email, person.phone];
    if given.is_empty() || !known.into_iter().flatten().any(|text| text.trim().to_lowercase() == given) {
        let message = "Write the person's name or address as it is shown";
        return Err(Error::field("contact.not_confirmed", "confirm", message));
    }
    erase(&ctx.app, &ctx.scope, &input.id).await
}

/// Erases one person; the certificate.
pub async fn erase(app: &Arc<App>, scope: &Scope, id: &ContactId) -> Result<Value> {
    app.db.shred(true).await?;
    let erased = forget_all(app, scope, id).await;
    app.db.shred(false).await?;
    let done = erased?;
    if let Err(error) = crate::recordings::sweep(app).await {
        tracing::error!(%error, "what was spoken for somebody who was erased is still there; it is deleted as soon as its store answers");
    }
    app.tell(&scope.workspace, "contacts:updated", json!({ "contact_id": id }));
    app.tell(&scope.workspace, "conversation:updated", json!({}));
    app.tell(&scope.workspace, "stats:updated", json!({}));
    view(&erasure::get(&app.db, scope, &done).await?)
}

async fn forget_all(app: &Arc<App>, scope: &Scope, id: &ContactId) -> Result<ErasureId> {
    let addresses = erasure::addresses_of(&app.db, scope, id).await?;
    let removed = forget::remove(app, scope, &addresses).await?;
    in_tries("an erasure", || attempt(app, scope, id, &addresses, &removed)).await
}

async fn attempt(
    app: &Arc<App>,
    scope: &Scope,
    id: &ContactId,
    addresses: &[String],
    removed: &forget::Removed,
) -> Result<ErasureId> {
    let since = app.clock.now() - OVERLAP_MS;
    // Reading what may be much needs no lock; what comes meanwhile is looked at inside.
    let mut theirs: Vec<InboundEventId> = Vec::new();
    for_raw_events(app, scope, addresses, |raw| theirs.push(raw.id)).await?;
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let late = erasure::raw_events_since(&tx, scope, since).await?;
    theirs.extend(late.into_iter().filter(|event| raw::names(event, addresses)).map(|event| event.id));
    theirs.sort();
    theirs.dedup();
    let mut counts = erasure::erase(&tx, scope, id, &theirs, &app.keys, now).await?;
    counts.insert("rejected_rows", removed.rejected);
    counts.insert("preview_rows", removed.previews);
    let done = erasure::certify(&tx, scope, id, &counts, now).await?;
    app.commit(tx).await?;
    Ok(done)
}

/// Whether a raw event that nothing came of is about somebody who was erased. Then its contents are taken away
/// instead of being kept for a person to look at.
pub async fn dropped(app: &Arc<App>, event: &InboundEvent) -> Result<bool> {
    let Some(workspace) = &event.workspace_id else { return Ok(false) };
    let scope = Scope::system(workspace.clone());
    let named = raw::addresses(&event.source, &event.body);
    let tx = app.db.begin().await?;
    if !suppression::is_erased(&tx, &scope, &named, &app.keys).await? {
        return Ok(false);
    }
    erasure::forget_raw(&tx, &scope, std::slice::from_ref(&event.id), app.clock.now()).await?;
    app.commit(tx).await?;
    Ok(true)
}

fn view(e: &Erasure) -> Result<Value> {
    let counts: Value = serde_json::from_str(&e.counts)?;
    let by = match (&e.member_id, &e.member_name) {
        (Some(id), Some(name)) => json!({ "id": id, "name": name }),
        _ => Value::Null,
    };
    Ok(json!({ "id": e.id, "at": e.at, "by": by, "contact_id": e.contact_id, "erased": counts }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: ErasureId,
}

async fn certificate(ctx: Ctx, input: One) -> Result<Value> {
    view(&erasure::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Value> {
    let page = erasure::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?;
    let data = page.data.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

fn shape() -> Value {
    object([
        ("id", of::<ErasureId>()),
        ("at", instant()),
        ("by", or_null(object([("id", of::<domain::ids::MemberId>()), ("name", text())]))),
        ("contact_id", of::<ContactId>()),
        ("erased", map(integer())),
    ])
}

/// Tables as they are stored, beside what is named here.
fn export_shape() -> Value {
    let body = object([("text?", text()), ("base64?", text())]);
    let raw = object([("id", text()), ("source", text()), ("received_at", instant()), ("body", body)]);
    json!({
        "type": "object",
        "required": ["id", "exported_at", "raw_events", "rejected_rows"],
        "properties": { "id": of::<ContactId>(), "exported_at": instant(), "raw_events": list_of(raw), "rejected_rows": { "type": "array" } },
        "additionalProperties": { "type": "array", "items": anything() },
    })
}
