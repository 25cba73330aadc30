//! Background work as people see it (H06).

use crate::shape::{anything, number, of, or_null, page, with};
use crate::{
    error::Result,
    tool::{Access, Ctx, Tool},
};
use domain::ids::JobId;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use store::job::{self, Job};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    vec![
        Tool::new("job_cancel", "POST /jobs/{id}/cancel", Access::Write, "Ask a job to stop.", cancel)
            .gives(shape),
        Tool::new("job_get", "GET /jobs/{id}", Access::Read, "Read one job.", get).gives(shape),
        Tool::new("job_list", "GET /jobs", Access::Read, "List jobs, newest first.", list)
            .gives(|| page(shape())),
        Tool::new(
            "job_retry",
            "POST /jobs/{id}/retry",
            Access::Write,
            "Try a job again that was given up.",
            retry,
        )
        .gives(shape),
    ]
}

/// A job with its progress from 0 to 1 and its result as JSON.
pub fn view(job: &Job) -> Result<Value> {
    let mut value = serde_json::to_value(job)?;
    value["progress"] =
        json!(if job.total > 0 { (job.done as f64 / job.total as f64).min(1.0) } else { 0.0 });
    let parameters: Value = serde_json::from_str(&job.parameters)?;
    value["import_id"] = parameters["import_id"].clone();
    value["bulk_action_id"] = parameters["bulk_action_id"].clone();
    value["campaign_id"] = parameters["campaign_id"].clone();
    value["result"] = job.result.as_deref().map_or(Ok(Value::Null), serde_json::from_str)?;
    Ok(value)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    limit: Option<i64>,
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Value> {
    let page = job::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?;
    let data = page.data.iter().map(view).collect::<Result<Vec<_>>>()?;
    Ok(json!({ "data": data, "next_cursor": page.next_cursor }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    id: JobId,
}

async fn get(ctx: Ctx, input: One) -> Result<Value> {
    view(&job::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

async fn cancel(ctx: Ctx, input: One) -> Result<Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let job = job::cancel(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    view(&job)
}

/// Nothing that a job has done is done again: it goes on where it stood.
async fn retry(ctx: Ctx, input: One) -> Result<Value> {
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let job = job::revive(&tx, &ctx.scope, &input.id, ctx.app.clock.now()).await?;
    ctx.app.commit(tx).await?;
    ctx.app.wake.jobs.notify_one();
    ctx.app.tell(
        &ctx.scope.workspace,
        "job.queued",
        json!({ "job_id": job.id, "kind": job.kind, "status": job.status }),
    );
    view(&job)
}

/// What a job looks like.
pub fn shape() -> Value {
    with(
        of::<Job>(),
        [
            ("progress", number()),
            ("import_id", or_null(of::<domain::ids::ImportId>())),
            ("bulk_action_id", or_null(of::<domain::ids::BulkActionId>())),
            ("campaign_id", or_null(of::<domain::ids::CampaignId>())),
            ("result", or_null(anything())),
        ],
    )
}
