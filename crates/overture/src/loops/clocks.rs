//! What conversations wait for: marked ones are read anew, and what has become late is told to whoever is to answer.

use crate::{app::App, error::Result};
use std::sync::Arc;
use store::reply_clock;

/// One round. Returns whether there may be more.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let settled = reply_clock::settle(&app.db).await?;
    tell(&app, &settled.changed);
    if settled.is_more {
        return Ok(true);
    }
    let (late, is_more) = reply_clock::mark_late(&app.db, app.clock.now()).await?;
    tell(&app, &late);
    Ok(is_more)
}

fn tell(app: &App, changed: &[(domain::ids::WorkspaceId, domain::ids::ConversationId)]) {
    for (workspace, conversation) in changed {
        app.tell_conversation(workspace, conversation);
    }
}
