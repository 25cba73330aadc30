//! Reusable texts with merge tags.

use crate::{
    contacts::Gone,
    custom_fields,
    error::{Error, Result},
    tool::{Access, Ctx, Nothing, Tool},
};
use domain::{Channel, ids::SnippetId, template::Template};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{
    At,
    snippet::{self, Snippet},
};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("snippet_create", "POST /snippets", Access::Write, "Create a snippet.", create),
        Tool::new("snippet_delete", "DELETE /snippets/{id}", Access::Write, "Delete a snippet.", delete),
        Tool::new("snippet_list", "GET /snippets", Access::Read, "List snippets by name.", list),
        Tool::new("snippet_update", "PATCH /snippets/{id}", Access::Write, "Change a snippet.", update),
    ]
}

#[derive(Serialize, JsonSchema)]
struct Snippets {
    data: Vec<Snippet>,
    next_cursor: Option<String>,
}

async fn list(ctx: Ctx, _: Nothing) -> Result<Snippets> {
    Ok(Snippets { data: snippet::list(&ctx.app.db, &ctx.scope).await?, next_cursor: None })
}

/// Checks the merge tags of a text.
pub(crate) fn require_template(field: &str, text: &str, customs: &[String]) -> Result<()> {
    Template::parse_for(text, customs).map(drop).map_err(|error| {
        let hint = error.suggestion.as_deref().map(|s| format!(". Did you mean {s}?")).unwrap_or_default();
        Error::field(
            "template.invalid",
            field,
            format!("Line {}, column {}: {}{hint}", error.line, error.column, error.message),
        )
    })
}

fn check(s: &Snippet, customs: &[String]) -> Result<()> {
    if s.name.trim().is_empty() || s.body.trim().is_empty() {
        return Err(Error::field("snippet.empty", "body", "A snippet needs a name and a text"));
    }
    require_template("body", &s.body, customs)?;
    require_template("subject", s.subject.as_deref().unwrap_or_default(), customs)
}

async fn save(ctx: &Ctx, s: &Snippet) -> Result<()> {
    check(s, &custom_fields::keys(ctx).await?)?;
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    snippet::save(&tx, &ctx.scope, s).await?;
    ctx.app.commit(tx).await
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Create {
    name: String,
    channel: Channel,
    subject: Option<String>,
    body: String,
}

async fn create(ctx: Ctx, input: Create) -> Result<Snippet> {
    let now = At(ctx.app.clock.now());
    let s = Snippet {
        id: store::new_id(SnippetId::from_uuid),
        name: input.name,
        channel: input.channel,
        subject: input.subject,
        body: input.body,
        created_at: now,
        updated_at: now,
    };
    save(&ctx, &s).await?;
    Ok(s)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Update {
    id: SnippetId,
    name: Option<String>,
    subject: Option<String>,
    body: Option<String>,
}

async fn update(ctx: Ctx, input: Update) -> Result<Snippet> {
    let mut s = snippet::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    s.name = input.name.unwrap_or(s.name);
    s.subject = input.subject.or(s.subject);
    s.body = input.body.unwrap_or(s.body);
    s.updated_at = At(ctx.app.clock.now());
    save(&ctx, &s).await?;
    Ok(s)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: SnippetId,
}

async fn delete(ctx: Ctx, input: One) -> Result<Gone> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    snippet::delete(&tx, &ctx.scope, &input.id).await?;
    ctx.app.commit(tx).await?;
    Ok(Gone { id: input.id.to_string(), deleted: true })
}
