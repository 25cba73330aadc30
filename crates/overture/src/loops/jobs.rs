//! Background jobs, one after the other on each node. A job whose worker died is taken over when its
//! lease ends and goes on from its last committed step.

use crate::{app::App, error::Result};
use domain::{JobStatus, retry};
use std::sync::Arc;
use store::{
    Scope,
    job::{self, Job},
};

/// One job.
pub async fn run(app: Arc<App>) -> Result<bool> {
    let Some(job) = job::claim(&app.db, &app.node, app.config.lease_ms, app.clock.now()).await? else {
        return Ok(false);
    };
    work(&app, job).await?;
    Ok(true)
}

/// Does a job that this node has claimed. One that fails is tried again later, or given up.
pub async fn work(app: &Arc<App>, job: Job) -> Result<()> {
    let outcome = match job.kind.as_str() {
        "bulk" | "bulk_undo" => crate::bulk_actions::run::run(app, job.clone(), &app.node).await,
        crate::campaigns::execute::KIND => {
            crate::campaigns::execute::run::run(app, job.clone(), &app.node).await
        }
        "import" => crate::imports::run::run(app, job.clone(), &app.node).await,
        "import_check" => crate::imports::check::run(app, job.clone(), &app.node).await,
        "import_undo" => crate::imports::undo::run(app, job.clone(), &app.node).await,
        crate::messages::undecided::KIND => {
            crate::messages::undecided::run(app, job.clone(), &app.node).await
        }
        other => Err(anyhow::anyhow!("there is no job of the kind {other}").into()),
    };
    if let Err(error) = outcome {
        tracing::error!(%error, job = %job.id, kind = job.kind, "a job failed");
        let attempt = u32::try_from(job.attempt).unwrap_or(u32::MAX);
        if attempt < retry::MAX_ATTEMPTS {
            let due = app.clock.now() + retry::delay_ms(attempt, None, 0.5);
            job::retry(&app.db, &job.id, &app.node, &error.message, due).await?;
        } else {
            let tx = app.db.begin().await?;
            job::finish(
                &tx,
                &job.id,
                &app.node,
                JobStatus::Dead,
                None,
                Some(&error.message),
                app.clock.now(),
            )
            .await?;
            app.commit(tx).await?;
        }
        let scope = Scope::system(job.workspace_id.clone());
        let now = job::get(&app.db, &scope, &job.id).await?;
        app.tell(
            &job.workspace_id,
            "job.failed",
            serde_json::json!({ "job_id": job.id, "kind": job.kind, "status": now.status }),
        );
    }
    Ok(())
}
