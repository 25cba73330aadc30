//! Fields that a workspace defines for its contacts: in settings, on each contact, in the rules of segments.

use crate::{
    contacts::Gone,
    error::{Error, FieldError, Kind, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    custom_field::{FieldKind, MAX_CHOICES, MAX_FIELDS, Value, is_key, key, key_of},
    ids::CustomFieldId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    At,
    custom_field::{self, CustomField},
    icp, segment,
};

/// Most different values of a field that may get another kind.
const MAX_DIFFERENT: i64 = 2_000;
/// Most characters of a name.
const MAX_NAME: usize = 60;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new(
            "field_create",
            "POST /custom-fields",
            Access::Manage,
            "Define a field for contacts.",
            create,
        ),
        Tool::new(
            "field_delete",
            "DELETE /custom-fields/{id}",
            Access::Manage,
            "Remove a field with all its values.",
            delete,
        ),
        Tool::new("field_list", "GET /custom-fields", Access::Read, "List the fields of contacts.", list),
        Tool::new(
            "field_update",
            "PATCH /custom-fields/{id}",
            Access::Manage,
            "Rename a field, move it, or change what it holds, where all its values fit.",
            update,
        )
        .comparing("field_list", &["name", "kind", "choices", "position"]),
    ]
}

/// A field as it is shown.
#[derive(Serialize, JsonSchema)]
struct View {
    id: CustomFieldId,
    /// By which programs, files and rules name it.
    key: String,
    name: String,
    kind: FieldKind,
    choices: Vec<String>,
    position: i64,
    /// How many contacts have a value.
    contacts: i64,
    created_at: At,
}

#[derive(Serialize, JsonSchema)]
struct Fields {
    data: Vec<View>,
    next_cursor: Option<String>,
}

async fn view(ctx: &Ctx, field: CustomField) -> Result<View> {
    let contacts = custom_field::used(&ctx.app.db, &ctx.scope, &field.id).await?;
    Ok(shown(field, contacts))
}

fn shown(field: CustomField, contacts: i64) -> View {
    let choices = field.choices();
    let CustomField { id, key, name, kind, position, created_at, .. } = field;
    View { id, key, name, kind, choices, position, contacts, created_at }
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Fields> {
    let used = custom_field::all_used(&ctx.app.db, &ctx.scope).await?;
    let fields = custom_field::list(&ctx.app.db, &ctx.scope).await?;
    let of = |field: &CustomField| used.get(field.id.as_str()).copied().unwrap_or(0);
    let data = fields.into_iter().map(|field| {
        let contacts = of(&field);
        shown(field, contacts)
    });
    Ok(Fields { data: data.collect(), next_cursor: None })
}

fn checked_name(name: &str) -> Result<String> {
    let name = domain::template::one_line(name.trim());
    if name.is_empty() || name.chars().count() > MAX_NAME {
        let message = format!("Write a name of at most {MAX_NAME} characters");
        return Err(Error::field("field.name", "name", message));
    }
    Ok(name)
}

/// The choices as they are kept: each once, none empty.
fn checked_choices(kind: FieldKind, choices: Option<Vec<String>>) -> Result<Vec<String>> {
    let refuse = |message: String| Err(Error::field("field.choices", "choices", message));
    let choices = choices.unwrap_or_default();
    if kind != FieldKind::Choice {
        return if choices.is_empty() {
            Ok(choices)
        } else {
            refuse(format!("A field of the kind {kind} has no choices"))
        };
    }
    let mut seen = BTreeSet::new();
    let choices: Vec<String> = choices
        .iter()
        .map(|choice| domain::template::one_line(choice.trim()))
        .filter(|choice| !choice.is_empty() && seen.insert(key(choice)))
        .collect();
    if choices.is_empty() || choices.len() > MAX_CHOICES {
        return refuse(format!("Write 1 to {MAX_CHOICES} choices"));
    }
    if choices.iter().any(|choice| choice.chars().count() > 200) {
        return refuse("Write at most 200 characters per choice".into());
    }
    Ok(choices)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    /// Letters of ASCII, digits and `_`; made from the name where it is left out. It never changes.
    key: Option<String>,
    kind: FieldKind,
    /// Of the kind `choice`.
    choices: Option<Vec<String>>,
}

async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let name = checked_name(&input.name)?;
    let key = input.key.unwrap_or_else(|| key_of(&name));
    if !is_key(&key) {
        let message =
            "Write a key of small letters, digits and _, beginning with a letter, such as company_size";
        return Err(Error::field("field.key", "key", message));
    }
    let choices = checked_choices(input.kind, input.choices)?;
    if custom_field::list(&ctx.app.db, &ctx.scope).await?.len() as i64 >= MAX_FIELDS {
        return Err(Error::conflict(
            "field.too_many",
            format!("A workspace has at most {MAX_FIELDS} fields"),
        ));
    }
    let id = store::new_id(CustomFieldId::from_uuid);
    let mut field = CustomField::new(id, key, name, input.kind, ctx.app.clock.now());
    field.set_choices(&choices);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    custom_field::create(&tx, &ctx.scope, &field).await.map_err(|error| match error {
        store::Error::Exists => {
            let mut error = Error::conflict("field.exists", "Another field has this key");
            error
                .fields
                .push(FieldError { field: "key".into(), message: "Another field has this key".into() });
            error
        }
        other => other.into(),
    })?;
    ctx.app.commit(tx).await?;
    view(&ctx, custom_field::get(&ctx.app.db, &ctx.scope, &field.id).await?).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: CustomFieldId,
    name: Option<String>,
    kind: Option<FieldKind>,
    choices: Option<Vec<String>>,
    /// Its place among the others, the smallest first.
    position: Option<i64>,
}

/// The keys of the workspace's fields, which merge tags may name.
pub async fn keys(ctx: &Ctx) -> Result<Vec<String>> {
    let fields = custom_field::list(&ctx.app.db, &ctx.scope).await?;
    Ok(fields.into_iter().map(|field| field.key).collect())
}

async fn update(ctx: Ctx, input: Update) -> Result<View> {
    let mut field = custom_field::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    if let Some(name) = &input.name {
        field.name = checked_name(name)?;
    }
    field.position = input.position.unwrap_or(field.position);
    let is_read_anew = input.kind.is_some_and(|kind| kind != field.kind) || input.choices.is_some();
    field.kind = input.kind.unwrap_or(field.kind);
    if is_read_anew {
        let kept = (field.kind == FieldKind::Choice).then(|| field.choices());
        field.set_choices(&checked_choices(field.kind, input.choices.or(kept))?);
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    custom_field::update(&tx, &ctx.scope, &field).await?;
    if is_read_anew {
        read_anew(&ctx, &tx, &field).await?;
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.segments.notify_one();
    view(&ctx, field).await
}

/// Reads every value as what the field holds now. Where one does not fit, nothing changes.
async fn read_anew(ctx: &Ctx, tx: &store::Tx, field: &CustomField) -> Result<()> {
    let values = custom_field::different(tx, &ctx.scope, &field.id, MAX_DIFFERENT + 1).await?;
    if values.len() as i64 > MAX_DIFFERENT {
        let message = format!(
            "The field has more than {MAX_DIFFERENT} different values. Make a new field of the other kind instead"
        );
        return Err(Error::conflict("field.too_many_values", message));
    }
    let choices = field.choices();
    let (mut good, mut bad, mut contacts) = (Vec::new(), Vec::new(), 0);
    for (text, count) in &values {
        match field.kind.read(text, &choices) {
            Ok(Some(value)) => good.push((text, value)),
            Ok(None) | Err(_) => {
                contacts += count;
                bad.push(text.as_str());
            }
        }
    }
    if !bad.is_empty() {
        let shown: Vec<&str> = bad.iter().take(5).copied().collect();
        let message = format!(
            "{contacts} contacts have a value that does not fit, for example {}. Change these first",
            shown.join(", ")
        );
        return Err(Error::conflict("field.values_do_not_fit", message));
    }
    for (text, value) in good {
        custom_field::rewrite(tx, &ctx.scope, &field.id, text, &value).await?;
    }
    icp::walk_all(tx, &ctx.scope).await?;
    segment::walk_all(tx, &ctx.scope).await?;
    Ok(())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: CustomFieldId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let field = custom_field::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    in_use("field", "Segments", &segment::that_name(&tx, &ctx.scope, &field.key).await?)?;
    in_use("field", "ICP profiles", &icp::that_name(&tx, &ctx.scope, &field.key).await?)?;
    custom_field::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "contacts:updated", json!({}));
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

/// Refuses to take away what `who` ask for, by their names.
pub(crate) fn in_use(noun: &str, who: &str, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("{who} ask for this {noun}: {}. Change them first", names.join(", "));
    Err(Error::conflict("in_use", message))
}

/// Values of custom fields as a caller gives them, by key; null and an empty text clear one.
pub(crate) type Given = BTreeMap<String, Option<String>>;

/// Reads them, each by the kind of its field.
pub(crate) async fn read(ctx: &Ctx, given: &Given) -> Result<Vec<(CustomFieldId, Option<Value>)>> {
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let fields = custom_field::list(&ctx.app.db, &ctx.scope).await?;
    let (mut values, mut problems) = (Vec::new(), Vec::new());
    for (key, text) in given {
        let read = match fields.iter().find(|field| field.key == *key) {
            Some(field) => field
                .kind
                .read(text.as_deref().unwrap_or_default(), &field.choices())
                .map(|value| (field.id.clone(), value)),
            None => Err("There is no such field. Define it in the settings first".to_owned()),
        };
        match read {
            Ok(value) => values.push(value),
            Err(message) => problems.push(FieldError { field: format!("custom.{key}"), message }),
        }
    }
    if problems.is_empty() {
        return Ok(values);
    }
    let mut error = Error::new(Kind::Invalid, "contact.invalid", "Some fields of the contact cannot be used");
    error.fields = problems;
    Err(error)
}
