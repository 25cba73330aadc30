//! Small regular work: completed campaigns, conversations that come back, numbers of the inbox, seals of the audit log, checkpoints, what nobody will ask about any more.

use crate::{app::App, error::Result, http::idempotency::KEPT_MS};
use serde_json::json;
use std::sync::Arc;

/// Ended sessions are kept for so long, in real milliseconds.
const SESSIONS_KEPT_MS: i64 = 30 * 24 * 3_600_000;
/// What was seen is listed for so long, in milliseconds.
const SEEN_KEPT_MS: i64 = 90 * 24 * 3_600_000;

/// One round.
pub async fn run(app: Arc<App>) -> Result<bool> {
    for (workspace, campaign) in store::campaign::complete_finished(&app.db, app.clock.now()).await? {
        app.tell(&workspace, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    crate::campaigns::following::run(&app).await?;
    crate::campaigns::splits::run(&app).await?;
    for (workspace, conversation) in store::conversation::wake_due(&app.db, app.clock.now()).await? {
        app.tell_conversation(&workspace, &conversation);
    }
    let more = store::conversation::sum_up(&app.db).await?;
    let sealed = crate::audit::seal(&app).await?;
    app.db.checkpoint().await?;
    Ok(sealed || more)
}

/// Forgets what nobody will ask about any more.
pub async fn forget(app: Arc<App>) -> Result<bool> {
    store::session::forget(&app.db, app.real_ms() - SESSIONS_KEPT_MS).await?;
    store::idempotency::forget(&app.db, app.real_ms() - KEPT_MS).await?;
    store::second_step::forget(&app.db, app.real_ms()).await?;
    store::passkey::forget(&app.db, app.real_ms()).await?;
    store::import::undo::forget(&app.db, app.clock.now() - domain::import::UNDO_MS).await?;
    store::bulk::forget(&app.db, app.clock.now() - domain::bulk::UNDO_MS).await?;
    store::macros::forget(&app.db, app.clock.now() - domain::macros::UNDO_MS).await?;
    store::merge::purge(&app.db, app.clock.now() - domain::merge::UNDO_MS).await?;
    store::send_count::sweep(&app.db, app.clock.now()).await?;
    store::push::forget_ended(&app.db, app.real_ms()).await?;
    store::notification::forget_seen(&app.db, app.clock.now() - SEEN_KEPT_MS).await?;
    let old = store::delivery::forget(&app.db, app.clock.now() - domain::webhook::KEPT_MS).await?;
    // Last: where the files are may not answer.
    crate::recordings::forget(&app).await?;
    Ok(old > 0)
}
