//! What a person says became of a message of which nobody else knows.

use super::view;
use crate::{
    error::{Error, Result},
    tool::Ctx,
};
use domain::{
    ids::MessageId,
    message::{Event, Status},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    Scope, Tx,
    doubt::{self, Settled},
    message, outbox,
};

/// What a person says became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Decision {
    /// It was sent.
    Sent,
    /// Send it again.
    Resend,
    /// Let it be.
    Drop,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// Id of the message.
    id: MessageId,
    /// What became of it.
    decision: Decision,
}

/// `POST /messages/{id}/decide`
pub(super) async fn run(ctx: Ctx, input: Decide) -> Result<serde_json::Value> {
    message::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    if !settle(&tx, &ctx.scope, &input.id, input.decision, now).await? {
        return Err(Error::conflict(
            "message.not_uncertain",
            "This message is not in doubt any more. Look at it again",
        ));
    }
    ctx.app.commit(tx).await?;
    ctx.app.wake.outbox.notify_one();
    ctx.app.wake.steps.notify_one();
    let message = message::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    ctx.app.tell(
        &ctx.scope.workspace,
        "message:updated",
        json!({ "conversation_id": message.conversation_id, "message_id": message.id }),
    );
    view(&ctx, message).await
}

/// Does as a person said. `false` where the message is not in doubt any more, and nothing was done.
pub(super) async fn settle(
    tx: &Tx,
    scope: &Scope,
    id: &MessageId,
    decision: Decision,
    now: i64,
) -> Result<bool> {
    let settled = match decision {
        Decision::Sent => Settled::Sent(String::new()),
        Decision::Resend => Settled::Absent,
        Decision::Drop => {
            let sent = message::sent_by_id(tx, scope, id.as_str())
                .await?
                .ok_or_else(|| Error::not_found("message"))?;
            let is_uncertain = sent.status == Status::Uncertain;
            if is_uncertain {
                message::apply(tx, scope, &sent, Event::Cancel, None, None, now).await?;
                outbox::go_on(tx, &sent, now).await?;
            }
            return Ok(is_uncertain);
        }
    };
    Ok(doubt::settle_in(tx, scope, id, None, &settled, now).await?)
}
