//! The words that conversations may carry.

use crate::{
    contacts::Gone,
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::ids::LabelId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::label::{self, Label};

/// Most labels of one workspace: a list that people still read.
const MOST: usize = 200;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("label_create", "POST /labels", Access::Write, "Make a label for conversations.", create),
        Tool::new(
            "label_delete",
            "DELETE /labels/{id}",
            Access::Manage,
            "Remove a label; its conversations stay.",
            delete,
        ),
        Tool::new("label_list", "GET /labels", Access::Read, "List the labels of conversations.", list),
        Tool::new(
            "label_merge",
            "POST /labels/{id}/merge",
            Access::Manage,
            "Put another label on everything that carries this one, and remove this one.",
            merge,
        ),
        Tool::new("label_update", "PATCH /labels/{id}", Access::Write, "Change a label.", update),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Labels {
    data: Vec<Label>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Labels> {
    Ok(Labels { data: label::list(&ctx.app.db, &ctx.scope).await?, next_cursor: None })
}

/// The colours, all of which can be told apart and read in both themes.
#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Color {
    #[default]
    Grey,
    Plum,
    Blue,
    Teal,
    Green,
    Amber,
    Red,
}

impl Color {
    const fn word(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Plum => "plum",
            Self::Blue => "blue",
            Self::Teal => "teal",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// 1 to 40 characters.
    name: String,
    #[serde(default)]
    color: Color,
}

fn checked(name: &str) -> Result<String> {
    let name = domain::template::one_line(name.trim());
    if name.is_empty() || name.chars().count() > 40 {
        return Err(Error::field("label.name_invalid", "name", "Write a name of 1 to 40 characters"));
    }
    Ok(name)
}

async fn create(ctx: Ctx, input: Create) -> Result<Label> {
    let name = checked(&input.name)?;
    if label::list(&ctx.app.db, &ctx.scope).await?.len() >= MOST {
        let message = format!("A workspace has at most {MOST} labels. Remove one first");
        return Err(Error::conflict("label.too_many", message));
    }
    let id = store::new_id(LabelId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::create(&tx, &ctx.scope, &id, &name, input.color.word(), ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// Id of the label.
    id: LabelId,
    /// 1 to 40 characters.
    name: Option<String>,
    color: Option<Color>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Label> {
    let name = input.name.as_deref().map(checked).transpose()?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::update(&tx, &ctx.scope, &input.id, name.as_deref(), input.color.map(Color::word)).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.id).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the label.
    id: LabelId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    ctx.app.tell(&ctx.scope.workspace, "conversation:updated", json!({}));
    Ok(Gone { id: input.id.to_string(), deleted: true })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Merge {
    /// Id of the label that goes.
    id: LabelId,
    /// The one that stays.
    into_id: LabelId,
}

async fn merge(ctx: Ctx, input: Merge) -> Result<Label> {
    if input.id == input.into_id {
        return Err(Error::field("label.same", "into_id", "Choose another label than the one that goes"));
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    label::merge(&tx, &ctx.scope, &input.id, &input.into_id).await?;
    ctx.app.commit(tx).await?;
    changed(&ctx, &input.into_id).await
}

async fn changed(ctx: &Ctx, id: &LabelId) -> Result<Label> {
    ctx.app.tell(&ctx.scope.workspace, "conversation:updated", json!({}));
    let all = label::list(&ctx.app.db, &ctx.scope).await?;
    all.into_iter().find(|label| label.id == *id).ok_or_else(|| Error::not_found("label"))
}
