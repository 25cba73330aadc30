//! Tags and lists: sets of contacts of which people decide what is in them.

use crate::{
    campaigns::Audience,
    contacts::Gone,
    custom_fields::in_use,
    error::{Error, FieldError, Result},
    imports::{MAX_TAGS, SetRef},
    tool::{Access, Ctx, NameCursor, Tool},
};
use domain::ids::{ListId, TagId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use store::{
    At, contact,
    contact_set::{self, ContactSet, SetKind},
    segment,
};

/// Most tags, and most lists, of a workspace.
const MAX_SETS: i64 = 5_000;
/// Contacts that are put into a set in one transaction.
const SLICE: i64 = 20_000;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("tag_list", "GET /tags", Access::Read, "List tags by name.", |ctx, input| {
            page(ctx, SetKind::Tag, input)
        }),
        Tool::new("tag_create", "POST /tags", Access::Write, "Create a tag.", |ctx, input| {
            create(ctx, SetKind::Tag, input)
        }),
        Tool::new("tag_update", "PATCH /tags/{id}", Access::Write, "Rename a tag.", rename::<TagId>),
        Tool::new(
            "tag_delete",
            "DELETE /tags/{id}",
            Access::Manage,
            "Remove a tag from all contacts, for good.",
            delete::<TagId>,
        ),
        Tool::new(
            "tag_add",
            "POST /tags/{id}/contacts",
            Access::Write,
            "Put a tag on contacts.",
            add::<TagId>,
        ),
        Tool::new(
            "tag_remove",
            "POST /tags/{id}/contacts/remove",
            Access::Write,
            "Take a tag off contacts.",
            remove::<TagId>,
        ),
        Tool::new("list_list", "GET /lists", Access::Read, "List the lists by name.", |ctx, input| {
            page(ctx, SetKind::List, input)
        }),
        Tool::new("list_create", "POST /lists", Access::Write, "Create a list.", |ctx, input| {
            create(ctx, SetKind::List, input)
        }),
        Tool::new("list_update", "PATCH /lists/{id}", Access::Write, "Rename a list.", rename::<ListId>),
        Tool::new(
            "list_delete",
            "DELETE /lists/{id}",
            Access::Manage,
            "Remove a list; its contacts stay.",
            delete::<ListId>,
        ),
        Tool::new(
            "list_add",
            "POST /lists/{id}/contacts",
            Access::Write,
            "Put contacts on a list.",
            add::<ListId>,
        ),
        Tool::new(
            "list_remove",
            "POST /lists/{id}/contacts/remove",
            Access::Write,
            "Take contacts off a list.",
            remove::<ListId>,
        ),
    ]
}

/// The id of a tag or of a list.
trait SetId: DeserializeOwned + JsonSchema + std::fmt::Display + Send + Sync + 'static {
    const KIND: SetKind;
}

impl SetId for TagId {
    const KIND: SetKind = SetKind::Tag;
}

impl SetId for ListId {
    const KIND: SetKind = SetKind::List;
}

/// A tag or a list.
#[derive(Serialize, JsonSchema)]
struct View {
    id: String,
    name: String,
    /// How many contacts are in it, of those that may be seen.
    contacts: i64,
    created_at: At,
    updated_at: At,
}

impl From<ContactSet> for View {
    fn from(set: ContactSet) -> Self {
        let ContactSet { id, name, contacts, created_at, updated_at, .. } = set;
        Self { id, name, contacts, created_at, updated_at }
    }
}

/// What a list of sets is narrowed to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paged {
    /// Part of the name.
    pub(crate) search: Option<String>,
    pub(crate) limit: Option<i64>,
    /// `next_cursor` of the page before: the name that it ended with.
    pub(crate) cursor: Option<NameCursor>,
}

#[derive(Serialize, JsonSchema)]
struct Views {
    data: Vec<View>,
    next_cursor: Option<String>,
}

async fn page(ctx: Ctx, kind: SetKind, input: Paged) -> Result<Views> {
    let search = input.search.unwrap_or_default();
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let page = contact_set::page(
        db,
        scope,
        kind,
        &search,
        input.limit,
        input.cursor.as_ref().map(NameCursor::as_str),
    )
    .await?;
    Ok(Views { data: page.data.into_iter().map(View::from).collect(), next_cursor: page.next_cursor })
}

/// A name of a set that can be used.
pub(crate) fn checked_name(name: &str) -> Result<String> {
    let name = domain::template::one_line(name.trim());
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::field("set.name", "name", "Write a name of 1 to 100 characters"));
    }
    Ok(name)
}

/// The names of tags that an import puts on its contacts.
pub(crate) fn checked_tags(names: &[String]) -> Result<Vec<String>> {
    let refuse = |message: String| Err(Error::field("set.name", "tags", message));
    if names.len() > MAX_TAGS {
        return refuse(format!("Choose at most {MAX_TAGS} tags"));
    }
    let mut checked: Vec<String> = Vec::new();
    for name in names {
        let Ok(name) = checked_name(name) else {
            return refuse("Write tags with names of 1 to 100 characters".to_owned());
        };
        if !checked.iter().any(|other| other.to_lowercase() == name.to_lowercase()) {
            checked.push(name);
        }
    }
    Ok(checked)
}

/// The id of the tag with this name, made where there is none.
pub(crate) async fn ensure_tag(tx: &store::Tx, scope: &store::Scope, name: &str, now: i64) -> Result<String> {
    let id = store::new_id(TagId::from_uuid).to_string();
    Ok(contact_set::ensure(tx, scope, SetKind::Tag, &id, name, now).await?)
}

/// The list with this id, as an import names it.
pub(crate) async fn list_named(db: &store::Db, scope: &store::Scope, id: &str) -> Result<SetRef> {
    match contact_set::get(db, scope, SetKind::List, id).await {
        Ok(list) => Ok(SetRef { id: list.id, name: list.name }),
        Err(store::Error::NotFound(_)) => Err(Error::field(
            "import.no_list",
            "list_id",
            "There is no such list any more. Choose another one",
        )),
        Err(error) => Err(error.into()),
    }
}

/// A name that is taken, as the field that it is in.
pub(crate) fn taken(error: store::Error, noun: &str) -> Error {
    if !matches!(error, store::Error::Exists) {
        return error.into();
    }
    let message = format!("Another {noun} has this name");
    let mut error = Error::conflict("set.exists", message.clone());
    error.fields.push(FieldError { field: "name".into(), message });
    error
}

/// Refuses more sets of a kind than anybody can find their way in.
pub(crate) async fn require_room(ctx: &Ctx, kind: SetKind, most: i64) -> Result<()> {
    if contact_set::count(&ctx.app.db, &ctx.scope, kind).await? >= most {
        let message = format!("A workspace has at most {most} {}s. Delete some first", kind.as_str());
        return Err(Error::conflict("set.too_many", message));
    }
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
}

async fn create(ctx: Ctx, kind: SetKind, input: Create) -> Result<View> {
    let name = checked_name(&input.name)?;
    require_room(&ctx, kind, MAX_SETS).await?;
    let id = match kind {
        SetKind::Tag => store::new_id(TagId::from_uuid).to_string(),
        _ => store::new_id(ListId::from_uuid).to_string(),
    };
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let now = ctx.app.clock.now();
    contact_set::create(&tx, &ctx.scope, kind, &id, &name, None, now)
        .await
        .map_err(|error| taken(error, kind.as_str()))?;
    ctx.app.commit(tx).await?;
    Ok(contact_set::get(&ctx.app.db, &ctx.scope, kind, &id).await?.into())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rename<I> {
    id: I,
    name: String,
}

async fn rename<I: SetId>(ctx: Ctx, input: Rename<I>) -> Result<View> {
    let (name, id) = (checked_name(&input.name)?, input.id.to_string());
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    contact_set::rename(&tx, &ctx.scope, I::KIND, &id, &name, ctx.app.clock.now())
        .await
        .map_err(|error| taken(error, I::KIND.as_str()))?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(contact_set::get(&ctx.app.db, &ctx.scope, I::KIND, &id).await?.into())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One<I> {
    id: I,
}

async fn delete<I: SetId>(ctx: Ctx, input: One<I>) -> Result<Gone> {
    let id = input.id.to_string();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    in_use(I::KIND.as_str(), "Segments", &segment::that_name(&tx, &ctx.scope, &id).await?)?;
    contact_set::delete(&tx, &ctx.scope, I::KIND, &id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(Gone { id, deleted: true })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change<I> {
    id: I,
    /// Which contacts.
    who: Audience,
}

/// How many contacts were put in or taken out.
#[derive(Serialize, JsonSchema)]
struct Changed {
    changed: u64,
}

async fn add<I: SetId>(ctx: Ctx, input: Change<I>) -> Result<Changed> {
    change::<I>(ctx, input, true).await
}

async fn remove<I: SetId>(ctx: Ctx, input: Change<I>) -> Result<Changed> {
    change::<I>(ctx, input, false).await
}

/// In slices, so that nobody else who writes waits for long. Cut short, it can be asked for again.
async fn change<I: SetId>(ctx: Ctx, input: Change<I>, is_added: bool) -> Result<Changed> {
    let id = input.id.to_string();
    contact_set::get(&ctx.app.db, &ctx.scope, I::KIND, &id).await?;
    let mut query = input.who.query(&ctx).await?;
    let (mut changed, mut after) = (0, String::new());
    loop {
        let upto = contact::slice(&ctx.app.db, &ctx.scope, &query, &after, SLICE).await?;
        query.between = Some((after, upto.clone().unwrap_or_else(|| "~".into())));
        let tx = ctx.app.db.begin_for(&ctx.scope).await?;
        changed += if is_added {
            contact_set::add(&tx, &ctx.scope, &id, &query, ctx.app.clock.now()).await?
        } else {
            contact_set::remove(&tx, &ctx.scope, &id, &query).await?
        };
        ctx.app.commit(tx).await?;
        query.between = None;
        match upto {
            Some(last) => after = last,
            None => break,
        }
    }
    if changed > 0 {
        ctx.app.wake.segments.notify_one();
        ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    }
    Ok(Changed { changed })
}
