//! Macros: what members do again and again in conversations, as one thing.

mod run;

use crate::{
    contacts::Gone,
    custom_fields,
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{
    ids::MacroId,
    macros::{Step, problem},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    At,
    macros::{self, Macro},
};

/// Longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let own = vec![
        Tool::new("macro_create", "POST /macros", Access::Write, "Create a macro.", create),
        Tool::new("macro_delete", "DELETE /macros/{id}", Access::Write, "Delete a macro.", delete),
        Tool::new("macro_list", "GET /macros", Access::Read, "List macros by name.", list),
        Tool::new("macro_update", "PATCH /macros/{id}", Access::Write, "Change a macro.", update),
    ];
    own.into_iter().chain(run::tools()).collect()
}

#[derive(Serialize, JsonSchema)]
struct Macros {
    data: Vec<Macro>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Macros> {
    Ok(Macros { data: macros::list(&ctx.app.db, &ctx.scope).await?, next_cursor: None })
}

async fn save(ctx: &Ctx, one: &Macro) -> Result<()> {
    if one.name.is_empty() || one.name.chars().count() > LONGEST_NAME {
        return Err(Error::field("macro.name_invalid", "name", "Give it a name of 1 to 100 characters"));
    }
    if let Some(what) = problem(&one.steps) {
        return Err(Error::field("macro.steps_invalid", "steps", what));
    }
    let customs = custom_fields::keys(ctx).await?;
    for step in &one.steps {
        match step {
            Step::Reply { text } => crate::snippets::require_template("steps", text, &customs)?,
            Step::Snooze { until } => drop(crate::conversations::moment_of(ctx, "steps", until).await?),
            _ => {}
        }
    }
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    macros::save(&tx, &ctx.scope, one).await.map_err(|error| match error {
        store::Error::Exists => {
            Error::field("macro.name_taken", "name", "There is a macro with this name. Choose another one")
        }
        other => other.into(),
    })?;
    ctx.app.commit(tx).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    /// Name, 1 to 100 characters.
    name: String,
    /// What is done, in this order, 1 to 10 steps.
    steps: Vec<Step>,
}

async fn create(ctx: Ctx, input: Create) -> Result<Macro> {
    let now = At(ctx.app.clock.now());
    let one = Macro {
        id: store::new_id(MacroId::from_uuid),
        name: input.name.trim().to_owned(),
        steps: input.steps,
        created_at: now,
        updated_at: now,
    };
    save(&ctx, &one).await?;
    Ok(one)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    /// Id of the macro.
    id: MacroId,
    /// Name, 1 to 100 characters.
    name: Option<String>,
    /// All its steps.
    steps: Option<Vec<Step>>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Macro> {
    let mut one = macros::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    one.name = input.name.map_or(one.name, |name| name.trim().to_owned());
    one.steps = input.steps.unwrap_or(one.steps);
    one.updated_at = At(ctx.app.clock.now());
    save(&ctx, &one).await?;
    Ok(one)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the macro.
    id: MacroId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    macros::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}
