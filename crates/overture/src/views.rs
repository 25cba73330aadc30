//! Saved views: what a list of contacts, companies or conversations showed, under a name. Whoever opens one sees with it what they may
//! see anyway: a view is no more than an address.

use crate::{
    contact_sets::checked_name,
    contacts::Gone,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::ids::{MemberId, ViewId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    At,
    saved_view::{self, Fields, SavedView},
};

/// Most views of a member.
const MAX_VIEWS: i64 = 200;
/// Longest address, in characters: a rule of a segment fits.
const MAX_QUERY: usize = 20_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "view_create",
            "POST /views",
            Access::Write,
            "Save what a list shows under a name.",
            create,
        ),
        Tool::new("view_delete", "DELETE /views/{id}", Access::Write, "Delete a saved view.", delete)
            .refuses(&[403]),
        Tool::new("view_get", "GET /views/{id}", Access::Read, "Read one saved view.", get),
        Tool::new(
            "view_list",
            "GET /views",
            Access::Read,
            "List saved views by name: one's own, and those that are shared.",
            list,
        ),
        Tool::new(
            "view_update",
            "PATCH /views/{id}",
            Access::Write,
            "Change a saved view. One that somebody else shared is for managers to change.",
            update,
        )
        .refuses(&[403]),
    ]
}

/// The list that a view is of.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ViewPage {
    Contacts,
    Companies,
    Inbox,
}

impl ViewPage {
    fn as_str(self) -> &'static str {
        match self {
            ViewPage::Contacts => "contacts",
            ViewPage::Companies => "companies",
            ViewPage::Inbox => "inbox",
        }
    }
}

/// A saved view as it is shown.
#[derive(Serialize, JsonSchema)]
struct View {
    id: ViewId,
    name: String,
    /// The list: `contacts`, `companies`, `inbox`.
    page: String,
    /// What stands behind the question mark of the list's address.
    query: String,
    /// Whether everybody in the workspace sees it.
    is_shared: bool,
    /// Whether it stands at the edge of every page, for those who see it.
    is_pinned: bool,
    /// Whose it is.
    member_id: MemberId,
    /// Whether whoever asks may change it.
    can_change: bool,
    created_at: At,
    updated_at: At,
}

/// One's own, and what is shared with those who look after it.
fn can_change(ctx: &Ctx, view: &SavedView) -> bool {
    ctx.scope.member.as_ref() == Some(&view.member_id)
        || view.is_shared == 1 && matches!(ctx.role.as_str(), "admin" | "manager")
}

fn shown(ctx: &Ctx, view: SavedView) -> View {
    let can_change = can_change(ctx, &view);
    let SavedView { id, member_id, page, name, query, is_shared, is_pinned, created_at, updated_at } = view;
    let (is_shared, is_pinned) = (is_shared == 1, is_pinned == 1);
    View { id, name, page, query, is_shared, is_pinned, member_id, can_change, created_at, updated_at }
}

#[derive(Serialize, JsonSchema)]
struct Views {
    data: Vec<View>,
    /// Always null: they come as one page.
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Views> {
    let found = saved_view::list(&ctx.app.db, &ctx.scope).await?;
    Ok(Views { data: found.into_iter().map(|view| shown(&ctx, view)).collect(), next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the view.
    id: ViewId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    Ok(shown(&ctx, saved_view::get(&ctx.app.db, &ctx.scope, &input.id).await?))
}

fn checked_query(query: &str) -> Result<String> {
    let query = query.trim().trim_start_matches('?');
    if query.chars().count() > MAX_QUERY || query.chars().any(|c| c.is_control() || c == '#') {
        let message = format!(
            "Give what stands behind the question mark of the list's address, at most {MAX_QUERY} characters"
        );
        return Err(Error::field("view.query", "query", message));
    }
    Ok(query.to_owned())
}

fn taken(error: store::Error) -> Error {
    if !matches!(error, store::Error::Exists) {
        return error.into();
    }
    let message = "Another view of this list has this name".to_owned();
    let mut error = Error::conflict("view.exists", message.clone());
    error.fields.push(FieldError { field: "name".into(), message });
    error
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Name, 1 to 100 characters.
    name: String,
    /// The list that it is of.
    page: ViewPage,
    /// What stands behind the question mark of the list's address: filters, order, columns.
    query: String,
    /// Whether everybody in the workspace sees it; only its owner, where nothing is said.
    is_shared: Option<bool>,
    /// Whether it stands at the edge of every page.
    is_pinned: Option<bool>,
}

async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let (name, query) = (checked_name(&input.name)?, checked_query(&input.query)?);
    let Some(member) = &ctx.scope.member else {
        return Err(Error::new(Kind::Forbidden, "member.needed", "A view belongs to a member"));
    };
    if saved_view::count(&ctx.app.db, &ctx.scope, member).await? >= MAX_VIEWS {
        let message = format!("A member has at most {MAX_VIEWS} views. Delete some first");
        return Err(Error::conflict("view.too_many", message));
    }
    let id = store::new_id(ViewId::from_uuid);
    let fields = Fields {
        name: &name,
        query: &query,
        is_shared: input.is_shared.unwrap_or(false),
        is_pinned: input.is_pinned.unwrap_or(false),
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    saved_view::create(&tx, &ctx.scope, &id, member, input.page.as_str(), fields, now)
        .await
        .map_err(taken)?;
    ctx.app.commit(tx).await?;
    get(ctx, One { id }).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// Id of the view.
    id: ViewId,
    /// Name, 1 to 100 characters.
    name: Option<String>,
    /// What stands behind the question mark of the list's address.
    query: Option<String>,
    /// Whether everybody in the workspace sees it.
    is_shared: Option<bool>,
    /// Whether it stands at the edge of every page.
    is_pinned: Option<bool>,
}

/// The view, if whoever asks may change it.
async fn changeable(ctx: &Ctx, id: &ViewId) -> Result<SavedView> {
    let view = saved_view::get(&ctx.app.db, &ctx.scope, id).await?;
    if can_change(ctx, &view) {
        return Ok(view);
    }
    let message = "Only whoever shared this view, a manager or an admin changes it. Save it under another name: that one is yours";
    Err(Error::new(Kind::Forbidden, "view.not_yours", message))
}

async fn update(ctx: Ctx, input: Update) -> Result<View> {
    let present = changeable(&ctx, &input.id).await?;
    let name = input.name.as_deref().map(checked_name).transpose()?.unwrap_or(present.name);
    let query = input.query.as_deref().map(checked_query).transpose()?.unwrap_or(present.query);
    let fields = Fields {
        name: &name,
        query: &query,
        is_shared: input.is_shared.unwrap_or(present.is_shared == 1),
        is_pinned: input.is_pinned.unwrap_or(present.is_pinned == 1),
    };
    let is_gone_from_sight = !fields.is_shared && ctx.scope.member.as_ref() != Some(&present.member_id);
    let before = shown(&ctx, SavedView { is_shared: 0, name: name.clone(), query: query.clone(), ..present });
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    saved_view::update(&tx, &ctx.scope, &input.id, fields, ctx.app.clock.now()).await.map_err(taken)?;
    ctx.app.commit(tx).await?;
    // Whoever took somebody's view back from the others sees it no more.
    if is_gone_from_sight { Ok(before) } else { get(ctx, One { id: input.id }).await }
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    changeable(&ctx, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    saved_view::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}
