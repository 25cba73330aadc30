//! Segments: sets of contacts that are computed from a rule and kept up as people change.

use crate::{
    app::App,
    contact_sets::{Paged, checked_name, require_room, taken},
    contacts::Gone,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, NameCursor, Tool},
};
use domain::{
    ids::SegmentId,
    segment::{Defined, Rule},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};
use store::{
    At,
    contact::{self, Contact, Query},
    contact_set::{self, ContactSet, SetKind},
    custom_field, segment,
};

/// Most segments of a workspace: every change of a contact is held against each of them.
const MAX_SEGMENTS: i64 = 200;
/// Contacts that a preview shows.
const SAMPLE: i64 = 5;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("segment_create", "POST /segments", Access::Write, "Create a segment from a rule.", create),
        Tool::new(
            "segment_delete",
            "DELETE /segments/{id}",
            Access::Manage,
            "Remove a segment; its contacts stay.",
            delete,
        ),
        Tool::new("segment_get", "GET /segments/{id}", Access::Read, "Read one segment.", get),
        Tool::new("segment_list", "GET /segments", Access::Read, "List segments by name.", list),
        Tool::new(
            "segment_preview",
            "POST /segments/preview",
            Access::Read,
            "How many contacts a rule finds, and some of them.",
            preview,
        ),
        Tool::new(
            "segment_update",
            "PATCH /segments/{id}",
            Access::Write,
            "Rename a segment, or give it another rule.",
            update,
        )
        .comparing("segment_get", &["name"]),
    ]
}

/// A segment as it is shown.
#[derive(Serialize, JsonSchema)]
struct View {
    id: String,
    name: String,
    rule: Rule,
    /// How many contacts are in it, of those that may be seen.
    contacts: i64,
    /// Whether all contacts have been asked. While not, the number still moves.
    is_ready: bool,
    created_at: At,
    updated_at: At,
}

fn view(set: ContactSet) -> Result<View> {
    let ContactSet { id, name, rule, walk_after, ready_at, contacts, created_at, updated_at } = set;
    let rule = serde_json::from_str(rule.as_deref().unwrap_or("null"))?;
    Ok(View {
        id,
        name,
        rule,
        contacts,
        is_ready: ready_at.is_some() && walk_after.is_none(),
        created_at,
        updated_at,
    })
}

#[derive(Serialize, JsonSchema)]
struct Views {
    data: Vec<View>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Views> {
    let search = input.search.unwrap_or_default();
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = contact_set::page(
        db,
        scope,
        SetKind::Segment,
        &search,
        input.limit,
        input.cursor.as_ref().map(NameCursor::as_str),
    )
    .await?;
    let data = page.data.into_iter().map(view).collect::<Result<_>>()?;
    Ok(Views { data, next_cursor: page.next_cursor })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: SegmentId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    view(contact_set::get(&ctx.app.db, &ctx.scope, SetKind::Segment, input.id.as_str()).await?)
}

/// Refuses a rule that cannot be asked, with every mistake and where it is.
pub(crate) async fn check(ctx: &Ctx, rule: &Rule) -> Result<()> {
    let fields = custom_field::list(&ctx.app.db, &ctx.scope).await?;
    let fields: BTreeMap<&str, _> = fields.iter().map(|f| (f.key.as_str(), (f.kind, f.choices()))).collect();
    let defined = |key: &str| {
        fields.get(key).map(|(kind, choices)| Defined { kind: *kind, choices: choices.as_slice() })
    };
    let problems = rule.problems(&defined);
    if problems.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(Kind::Invalid, "rule.invalid", "The rule cannot be used");
    error.fields = problems.into_iter().map(|p| FieldError { field: p.path, message: p.message }).collect();
    Err(error)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    rule: Rule,
}

async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let name = checked_name(&input.name)?;
    check(&ctx, &input.rule).await?;
    require_room(&ctx, SetKind::Segment, MAX_SEGMENTS).await?;
    let id = store::new_id(SegmentId::from_uuid);
    let rule = serde_json::to_string(&input.rule)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    contact_set::create(&tx, &ctx.scope, SetKind::Segment, id.as_str(), &name, Some(&rule), now)
        .await
        .map_err(|error| taken(error, "segment"))?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    get(ctx, One { id }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: SegmentId,
    name: Option<String>,
    rule: Option<Rule>,
}

async fn update(ctx: Ctx, input: Update) -> Result<View> {
    let name = input.name.as_deref().map(checked_name).transpose()?;
    if let Some(rule) = &input.rule {
        check(&ctx, rule).await?;
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let (id, now) = (input.id.as_str(), ctx.app.clock.now());
    if let Some(name) = name {
        contact_set::rename(&tx, &ctx.scope, SetKind::Segment, id, &name, now)
            .await
            .map_err(|error| taken(error, "segment"))?;
    }
    if let Some(rule) = &input.rule {
        segment::set_rule(&tx, &ctx.scope, id, &serde_json::to_string(rule)?, now).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    get(ctx, One { id: input.id }).await
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    contact_set::delete(&tx, &ctx.scope, SetKind::Segment, input.id.as_str()).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Preview {
    rule: Rule,
}

/// What a rule finds now.
#[derive(Serialize, JsonSchema)]
struct Found {
    /// How many contacts, of those that may be seen.
    contacts: i64,
    /// The newest of them.
    sample: Vec<Contact>,
}

async fn preview(ctx: Ctx, input: Preview) -> Result<Found> {
    check(&ctx, &input.rule).await?;
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let rule = segment::compile(db, scope, &input.rule, ctx.app.clock.now()).await?;
    let query = Query { rule: Some(rule), ..Query::default() };
    let contacts = contact::count(db, scope, &query).await?;
    let sample = contact::page(db, scope, &query, Some(SAMPLE), None).await?.data;
    Ok(Found { contacts, sample })
}

/// One round of the loop that keeps segments up to date. Returns whether there is more to do at once.
pub async fn keep_up(app: Arc<App>) -> Result<bool> {
    let round = segment::keep_up(&app.db, app.clock.now()).await?;
    for workspace in &round.changed {
        app.tell(workspace, "segments:updated", json!({}));
    }
    Ok(round.is_more)
}
