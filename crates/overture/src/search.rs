//! The search box: one question over contacts, companies, targets, conversations and campaigns.

use crate::{
    api_keys,
    app::App,
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use domain::identity;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use store::search::{self, Limits, Results};

/// Most letters of a question.
const MAX_LETTERS: usize = 200;
/// Results of each kind, when the caller does not say how many.
const EACH: i64 = 8;

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![Tool::new(
        "search_find",
        "GET /search",
        Access::Read,
        "Find contacts, companies, targets, conversations and campaigns by words, of which the last may only be begun, or by a whole address. A name may be mistyped.",
        find,
    )]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Words, of which the last may only be begun, or an e-mail address or phone number.
    #[schemars(length(max = 200))]
    q: String,
    /// Most results of each kind, 1 to 20; 8 when left out.
    limit: Option<i64>,
}

/// A program that comes in with a key finds what it may read.
async fn find(ctx: Ctx, input: Asked) -> Result<Results> {
    if input.q.chars().count() > MAX_LETTERS {
        let message = format!("Search for at most {MAX_LETTERS} letters");
        return Err(Error::field("search.too_long", "q", message));
    }
    let may = |noun| api_keys::require(&ctx, noun, Access::Read).is_ok();
    let limits = Limits {
        each: usize::try_from(input.limit.unwrap_or(EACH).clamp(1, 20)).unwrap_or(1),
        contacts: may("contact"),
        companies: may("company"),
        targets: may("target"),
        conversations: may("conversation"),
        campaigns: may("campaign"),
    };
    let address = address(&ctx, &input.q).await?;
    Ok(search::find(&ctx.app.db, &ctx.scope, &input.q, address.as_deref(), limits).await?)
}

/// What was typed as an address is compared, where it is a whole one.
pub(crate) async fn address(ctx: &Ctx, text: &str) -> Result<Option<String>> {
    if let Ok(email) = identity::email(text.trim()) {
        return Ok(Some(email.key));
    }
    if text.chars().filter(char::is_ascii_digit).count() < 5 {
        return Ok(None);
    }
    let country = store::workspace::get(&ctx.app.db, &ctx.scope).await?.default_country;
    Ok(identity::phone(text.trim(), &country).ok())
}

/// One round of the loop that reads the words of what imports, campaigns and people wrote. Returns whether there is more.
pub async fn keep_up(app: Arc<App>) -> Result<bool> {
    Ok(search::keep_up(&app.db).await?)
}
