//! Small regular work: completed campaigns, checkpoints.

use crate::{app::App, error::Result};
use serde_json::json;
use std::sync::Arc;

/// One round.
pub async fn run(app: Arc<App>) -> Result<bool> {
    for (workspace, campaign) in store::campaign::complete_finished(&app.db, app.clock.now()).await? {
        app.tell(&workspace, "campaign:updated", json!({ "campaign_id": campaign }));
    }
    app.db.checkpoint().await?;
    Ok(false)
}
