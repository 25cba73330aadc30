//! Saved mappings: what the columns of a file became, for the next file with such columns. The last use of every
//! header is remembered by itself; others are saved under a name.

use super::{
    about::About,
    rules::{Choices, Rules, SetRef, email_then_phone, made_anyway},
};
use crate::{
    contact_sets,
    contacts::Gone,
    error::{Error, Result},
    tool::{Ctx, Nothing},
};
use domain::{
    ids::{ImportId, ListId, MappingId},
    import::{MatchBy, WithoutKey, fingerprint, header_key},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::{
    At, Scope, Tx,
    contact_set::{self, SetKind},
    custom_field,
    import::{self, OnMatch},
    saved_mapping::{self, Kept, SavedMapping},
};

/// Most mappings that have a name.
const MAX_NAMED: i64 = 100;
const MAX_NAME: usize = 60;

/// What is kept of the rules of an import.
#[derive(Serialize, Deserialize)]
struct Saved {
    /// Column name to field, as it was chosen.
    mapping: BTreeMap<String, String>,
    default_country: Option<String>,
    #[serde(default = "email_then_phone")]
    match_by: MatchBy,
    #[serde(default = "made_anyway")]
    without_key: WithoutKey,
    on_match: OnMatch,
    #[serde(default)]
    on_match_columns: BTreeMap<String, OnMatch>,
    #[serde(default)]
    leave_out: Vec<String>,
    /// Names of the custom fields by key, to say which of them are gone.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default)]
    tags: Vec<SetRef>,
    #[serde(default)]
    list: Option<SetRef>,
}

impl Saved {
    fn of(rules: &Rules) -> Self {
        // Whose the contacts become and what they agreed to is said anew of every file.
        let Rules {
            mapping,
            default_country,
            match_by,
            without_key,
            on_match,
            on_match_columns,
            leave_out,
            custom,
            tags,
            list,
            owners: _,
            consent: _,
        } = rules.clone();
        let fields = custom.into_iter().map(|field| (field.key, field.name)).collect();
        Self {
            mapping,
            default_country,
            match_by,
            without_key,
            on_match,
            on_match_columns,
            leave_out,
            fields,
            tags,
            list,
        }
    }
}

/// The name of a header under which its last use is found.
fn fingerprint_of(about: &About) -> String {
    let digest = Sha256::digest(fingerprint(&about.file.columns));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps how the columns of a file were used. A column that was left out is kept as that.
pub(super) async fn remember(tx: &Tx, scope: &Scope, about: &About, rules: &Rules, now: i64) -> Result<()> {
    let (id, print) = (store::new_id(MappingId::from_uuid), fingerprint_of(about));
    let json = serde_json::to_string(&Saved::of(rules))?;
    let kept = Kept { id: &id, fingerprint: &print, rules: &json };
    Ok(saved_mapping::remember(tx, scope, kept, now).await?)
}

/// A mapping as it fits the columns of a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Fitting {
    /// Id; the one of how such a file was used last cannot be renamed or deleted.
    id: MappingId,
    /// Name; null for how such a file was used last.
    name: Option<String>,
    /// When it was used or saved.
    used_at: At,
    /// It was made with exactly these columns.
    is_same_header: bool,
    /// Column name to field.
    mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code.
    default_country: Option<String>,
    /// What finds the contact of a row.
    match_by: MatchBy,
    /// What happens to a row that does not have it.
    without_key: WithoutKey,
    /// What happens when a row meets a contact that exists.
    on_match: OnMatch,
    /// Column name to what happens instead with its value.
    on_match_columns: BTreeMap<String, OnMatch>,
    /// Names of columns whose values are left out where they cannot be used.
    leave_out: Vec<String>,
    /// Names of tags.
    tags: Vec<String>,
    /// Id of the list.
    list_id: Option<String>,
    /// What is gone since, and what is not in the file; sentences.
    notes: Vec<String>,
}

/// Mappings for an import.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Fittings {
    /// As a file with these columns was used last comes first, then those that fit most columns.
    data: Vec<Fitting>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    /// Id of the import.
    id: ImportId,
}

pub(super) async fn fitting(ctx: Ctx, input: Of) -> Result<Fittings> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let found = import::get(db, scope, &input.id).await?;
    let about: About = serde_json::from_str(&found.sniffed)?;
    let print = fingerprint_of(&about);
    let fields = custom_field::list(db, scope).await?;
    let keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    let named = saved_mapping::list(db, scope).await?;
    let last = saved_mapping::last_of(db, scope, &print).await?;
    let mut data = Vec::new();
    for saved in last.into_iter().chain(named) {
        data.push(fit(&ctx, saved, &about.file.columns, &print, &keys).await?);
    }
    // A stable order: the names stay sorted among equals.
    data.sort_by_key(|fitting| (fitting.name.is_some(), std::cmp::Reverse(fitting.mapping.len())));
    data.retain(|fitting| fitting.name.is_none() || !fitting.mapping.is_empty());
    Ok(Fittings { data })
}

/// A saved mapping for these columns, without what is gone.
async fn fit(
    ctx: &Ctx,
    saved: SavedMapping,
    columns: &[String],
    print: &str,
    keys: &[&str],
) -> Result<Fitting> {
    let kept: Saved = serde_json::from_str(&saved.rules)?;
    let mut notes = Vec::new();
    let mut by_key: BTreeMap<String, (&String, &String)> =
        kept.mapping.iter().map(|(column, target)| (header_key(column), (column, target))).collect();
    let mut mapping = BTreeMap::new();
    for column in columns {
        let Some((_, target)) = by_key.remove(&header_key(column)) else { continue };
        match target.strip_prefix("custom.") {
            Some(key) if !keys.contains(&key) => {
                let name = kept.fields.get(key).map_or(key, String::as_str);
                notes.push(format!("The field “{name}” is gone; {column} is left out."));
            }
            _ => drop(mapping.insert(column.clone(), target.clone())),
        }
    }
    let missing: Vec<&str> = by_key
        .values()
        .filter(|(_, target)| target.as_str() != "ignore")
        .map(|(column, _)| column.as_str())
        .collect();
    if !missing.is_empty() {
        notes.push(format!("Not in this file: {}.", missing.join(", ")));
    }
    let left_out: Vec<String> = kept.leave_out.iter().map(|column| header_key(column)).collect();
    let own_rules: BTreeMap<String, OnMatch> =
        kept.on_match_columns.iter().map(|(column, rule)| (header_key(column), *rule)).collect();
    let own_rule = |column: &str| own_rules.get(&header_key(column)).copied();
    let is_left_out = |column: &str| left_out.contains(&header_key(column));
    let mut tags = Vec::new();
    for tag in kept.tags {
        match set(ctx, SetKind::Tag, &tag).await? {
            Some(name) => tags.push(name),
            None => notes.push(format!("The tag “{}” is gone.", tag.name)),
        }
    }
    let mut list_id = None;
    if let Some(list) = kept.list {
        match set(ctx, SetKind::List, &list).await? {
            Some(_) => list_id = Some(list.id),
            None => notes.push(format!("The list “{}” is gone.", list.name)),
        }
    }
    Ok(Fitting {
        id: saved.id,
        name: saved.name,
        used_at: saved.used_at,
        is_same_header: saved.fingerprint == print,
        mapping,
        default_country: kept.default_country,
        match_by: kept.match_by,
        without_key: kept.without_key,
        on_match: kept.on_match,
        on_match_columns: columns
            .iter()
            .filter_map(|column| Some((column.clone(), own_rule(column)?)))
            .collect(),
        leave_out: columns.iter().filter(|column| is_left_out(column)).cloned().collect(),
        tags,
        list_id,
        notes,
    })
}

/// What a tag or a list is called now; nothing when it is gone.
async fn set(ctx: &Ctx, kind: SetKind, kept: &SetRef) -> Result<Option<String>> {
    match contact_set::get(&ctx.app.db, &ctx.scope, kind, &kept.id).await {
        Ok(found) => Ok(Some(found.name)),
        Err(store::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A saved mapping.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct View {
    /// Id.
    id: MappingId,
    /// Name.
    name: String,
    /// Column name to field.
    mapping: BTreeMap<String, String>,
    /// When it was saved.
    used_at: At,
}

fn view(saved: SavedMapping) -> Result<View> {
    let SavedMapping { id, name, rules, used_at, .. } = saved;
    let Saved { mapping, .. } = serde_json::from_str(&rules)?;
    Ok(View { id, name: name.unwrap_or_default(), mapping, used_at })
}

/// Saved mappings.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Views {
    data: Vec<View>,
    next_cursor: Option<String>,
}

pub(super) async fn list(ctx: Ctx, _: Nothing) -> Result<Views> {
    let all = saved_mapping::list(&ctx.app.db, &ctx.scope).await?;
    Ok(Views { data: all.into_iter().map(view).collect::<Result<_>>()?, next_cursor: None })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Create {
    /// Name, 1 to 60 characters.
    name: String,
    /// Id of an import whose columns are mapped.
    import_id: ImportId,
    /// Column name to field, `custom.key` for a custom one; `ignore` or nothing leaves a column out.
    mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code.
    default_country: Option<String>,
    /// What finds the contact of a row; `email_then_phone` when left out.
    match_by: Option<MatchBy>,
    /// What happens to a row that does not have it, where that is one field alone; `create` when left out.
    without_key: Option<WithoutKey>,
    /// What happens when a row meets a contact that exists; `fill` when left out.
    on_match: Option<OnMatch>,
    /// Column name to what happens instead of `on_match` with its value.
    #[serde(default)]
    on_match_columns: BTreeMap<String, OnMatch>,
    /// Names of columns whose values are left out where they cannot be used.
    #[serde(default)]
    leave_out: Vec<String>,
    /// Names of tags. One that does not exist is made.
    #[serde(default)]
    tags: Vec<String>,
    /// Id of the list.
    list_id: Option<ListId>,
}

pub(super) async fn create(ctx: Ctx, input: Create) -> Result<View> {
    let (db, scope) = (&ctx.app.db, &ctx.scope);
    let name = checked(&input.name)?;
    let found = import::get(db, scope, &input.import_id).await?;
    let about: About = serde_json::from_str(&found.sniffed)?;
    let workspace = store::workspace::get(db, scope).await?;
    let Create { mapping, default_country, on_match_columns, leave_out, .. } = input;
    let choices = Choices {
        mapping,
        default_country,
        match_by: input.match_by.unwrap_or_else(email_then_phone),
        without_key: input.without_key.unwrap_or_else(made_anyway),
        on_match: input.on_match.unwrap_or(OnMatch::Fill),
        on_match_columns,
        leave_out,
    };
    let mut rules = Rules::chosen(choices)
        .with_custom(custom_field::list(db, scope).await?)
        .settled(&about, &workspace.default_country)?;
    if saved_mapping::count(db, scope).await? >= MAX_NAMED {
        let message = "There are 100 saved mappings already. Delete one that nobody needs";
        return Err(Error::field("mapping.too_many", "name", message));
    }
    if let Some(id) = input.list_id {
        rules.list = Some(contact_sets::list_named(db, scope, id.as_str()).await?);
    }
    let (id, print, now) = (store::new_id(MappingId::from_uuid), fingerprint_of(&about), ctx.app.clock.now());
    let tags = contact_sets::checked_tags(&input.tags)?;
    let tx = db.begin_for(scope).await?;
    for name in tags {
        let id = contact_sets::ensure_tag(&tx, scope, &name, now).await?;
        rules.tags.push(SetRef { id, name });
    }
    let json = serde_json::to_string(&Saved::of(&rules))?;
    let kept = Kept { id: &id, fingerprint: &print, rules: &json };
    saved_mapping::create(&tx, scope, &name, kept, now).await.map_err(taken)?;
    ctx.app.commit(tx).await?;
    view(saved_mapping::get(db, scope, &id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    /// Id.
    id: MappingId,
    /// Name, 1 to 60 characters.
    name: String,
}

pub(super) async fn rename(ctx: Ctx, input: Rename) -> Result<View> {
    let name = checked(&input.name)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    saved_mapping::rename(&tx, &ctx.scope, &input.id, &name).await.map_err(taken)?;
    ctx.app.commit(tx).await?;
    view(saved_mapping::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    /// Id.
    id: MappingId,
}

pub(super) async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    saved_mapping::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

fn checked(name: &str) -> Result<String> {
    let name = domain::template::one_line(name.trim());
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Error::field("mapping.name", "name", "Write a name of 1 to 60 characters"));
    }
    Ok(name)
}

fn taken(error: store::Error) -> Error {
    contact_sets::taken(error, "saved mapping")
}
