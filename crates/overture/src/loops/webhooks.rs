//! Webhooks are told. Each endpoint with something due has a task of its own, so that one that hangs holds up
//! nobody else; every try is recorded when it ends.

use super::Stop;
use crate::{app::App, error::Result, webhooks::call};
use domain::ids::{WebhookId, WorkspaceId};
use futures::StreamExt;
use serde_json::json;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use store::{Scope, delivery, webhook};
use tokio::task::JoinSet;

/// Most requests to one endpoint at a time.
const AT_ONCE: usize = 8;
/// Most deliveries in one claim: they are all under way at once, so that none waits out its lease.
const BATCH: i64 = AT_ONCE as i64;
/// Most endpoints of this node at a time.
const ENDPOINTS: usize = 64;

/// Runs until `stop`, then waits for what is in flight.
pub async fn dispatch(app: Arc<App>, mut stop: Stop) {
    let busy: Arc<Mutex<HashSet<WebhookId>>> = Arc::default();
    let mut tasks = JoinSet::new();
    while !*stop.borrow() {
        match delivery::waiting(&app.db, app.clock.now()).await {
            Ok(waiting) => {
                for (workspace, id) in waiting {
                    let mut at_work = busy.lock().unwrap_or_else(PoisonError::into_inner);
                    if at_work.len() < ENDPOINTS && at_work.insert(id.clone()) {
                        drop(at_work);
                        tasks.spawn(serve(app.clone(), workspace, id, busy.clone(), stop.clone()));
                    }
                }
            }
            Err(error) => tracing::error!(%error, "the webhooks loop cannot see its work and goes on"),
        }
        while tasks.try_join_next().is_some() {}
        tokio::select! {
            () = app.wake.webhooks.notified() => {}
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => {}
        }
    }
    while tasks.join_next().await.is_some() {}
}

async fn serve(
    app: Arc<App>,
    workspace: WorkspaceId,
    id: WebhookId,
    busy: Arc<Mutex<HashSet<WebhookId>>>,
    stop: Stop,
) {
    while !*stop.borrow() {
        match round(&app, &workspace, &id).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(webhook = %id, %error, "deliveries of a webhook failed to be made or recorded");
                break;
            }
        }
    }
    busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
}

/// Delivers what is due now for one endpoint, some at a time. Returns how many were tried.
pub async fn round(app: &Arc<App>, workspace: &WorkspaceId, id: &WebhookId) -> Result<usize> {
    let scope = Scope::system(workspace.clone());
    let to = match webhook::get(&app.db, &scope, id).await {
        Ok(found) if found.status == "active" => found,
        Ok(_) | Err(store::Error::NotFound(_)) => return Ok(0),
        Err(error) => return Err(error.into()),
    };
    let due = delivery::claim(&app.db, id, &app.node, app.config.lease_ms, BATCH, app.clock.now()).await?;
    let tried = due.len();
    let calls = futures::stream::iter(due).map(|due| call::deliver(app, &to, due));
    let mut done = calls.buffer_unordered(AT_ONCE).ready_chunks(AT_ONCE);
    while let Some(outcomes) = done.next().await {
        let off = delivery::record(&app.db, &app.node, id, &outcomes, app.clock.now()).await?;
        if let Some(problem) = off {
            tracing::warn!(webhook = %id, problem, "a webhook was switched off");
        }
    }
    if tried > 0 {
        app.tell(workspace, "webhooks:updated", json!({ "webhook_id": id }));
    }
    Ok(tried)
}

/// Everything that is due now, for whoever runs no loops. Returns how many tries were made.
pub async fn drain(app: &Arc<App>) -> Result<usize> {
    let mut tried = 0;
    for (workspace, id) in delivery::waiting(&app.db, app.clock.now()).await? {
        tried += round(app, &workspace, &id).await?;
    }
    Ok(tried)
}
