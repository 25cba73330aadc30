//! Saying yes to several drafts at once.

use super::{approve_one, checks, tell, undo_ms};
use crate::{
    error::{Error, Result},
    tool::Ctx,
};
use domain::{draft::Weight, ids::MessageId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::draft::{self, Edit};

/// Most drafts at once.
const MOST: usize = 200;

/// Which drafts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Many {
    /// Ids of the drafts, at most 200.
    ids: Vec<MessageId>,
    /// How many the person said yes to: another number than there are ids is a mistake.
    count: i64,
    /// For so many seconds, 0 to 60, nobody is handed them and the approval can be taken back.
    undo_seconds: Option<i64>,
}

/// One that stays where it is.
#[derive(Serialize, JsonSchema)]
struct Refused {
    id: MessageId,
    /// Why, for a person.
    message: String,
}

/// What became of them.
#[derive(Serialize, JsonSchema)]
pub struct Approved {
    /// Those that were approved.
    approved: Vec<MessageId>,
    /// Those that stay where they are.
    refused: Vec<Refused>,
}

/// Approves each in a transaction of its own.
pub async fn approve(ctx: Ctx, input: Many) -> Result<Approved> {
    let undo_ms = undo_ms(&ctx, input.undo_seconds)?;
    if input.ids.is_empty() || input.ids.len() > MOST {
        return Err(Error::field("draft.ids_invalid", "ids", format!("Name 1 to {MOST} drafts")));
    }
    if i64::try_from(input.ids.len()).ok() != Some(input.count) {
        let message = format!("There are {} ids, and yes was said to {}", input.ids.len(), input.count);
        return Err(Error::field("draft.count_wrong", "count", message));
    }
    let mut drafts = Vec::with_capacity(input.ids.len());
    for id in &input.ids {
        drafts.push(draft::get(&ctx.app.db, &ctx.scope, id).await?);
    }
    let mut checked = checks::of(&ctx, &drafts).await?;
    let mut done = Approved { approved: vec![], refused: vec![] };
    for draft in drafts {
        let checks = checked.remove(&draft.id).unwrap_or_default().checks;
        let stop = checks.into_iter().find(|check| check.weight == Weight::Stop);
        let outcome = match stop {
            Some(check) => Err(check.text),
            None => approve_one(&ctx, &draft.id, Some(draft.revision), &Edit::default(), undo_ms)
                .await
                .map_err(|error| error.message),
        };
        match outcome {
            Ok(()) => {
                tell(&ctx, &draft);
                done.approved.push(draft.id);
            }
            Err(message) => done.refused.push(Refused { id: draft.id, message }),
        }
    }
    Ok(done)
}
