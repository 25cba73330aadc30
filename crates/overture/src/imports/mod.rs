//! Imports: a file becomes contacts, with one outcome per row (I14).
//!
//! A file is uploaded, made a CSV file if it is none (`convert`) and examined (`about`), its columns are mapped (`rules`), and a job (`run`) writes it in
//! chunks. What is counted is what the database did; rejected rows come back as a file (`rejected`). For 30 days it
//! can be undone (`undo`).

pub mod about;
pub mod check;
pub mod convert;
pub mod forget;
mod judge;
pub mod people;
pub mod reader;
mod rejected;
mod rules;
pub mod run;
mod saved;
pub mod sniff;
mod sorted;
pub mod source;
pub mod trial;
pub mod undo;
pub mod view;
mod window;

pub use rules::{Choices, MAX_TAGS, Rules, SetRef};

use crate::{
    app::App,
    contact_sets,
    error::{Error, Result},
    tool::{Access, Ctx, Tool},
};
use about::About;
use domain::{
    JobStatus,
    ids::{ImportId, JobId, ListId, MemberId},
    import::{MatchBy, WithoutKey},
};
use people::ImportConsent;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf};
use store::{
    Page, custom_field,
    import::{self, OnMatch},
    job,
};
use view::{View, view};

/// The feature's tools.
pub fn tools() -> Vec<Tool> {
    let (read, write) = (Access::Read, Access::Write);
    vec![
        Tool::new(
            "import_cancel",
            "POST /imports/{id}/cancel",
            write,
            "Stop an import; what is written stays.",
            cancel,
        ),
        Tool::new(
            "import_check",
            "POST /imports/{id}/check",
            write,
            "Find out what an import would do, over all rows; nothing is written to contacts.",
            check::ask,
        ),
        Tool::new("import_get", "GET /imports/{id}", read, "Read one import with its progress.", get),
        Tool::new(
            "import_mappings",
            "GET /imports/{id}/mappings",
            read,
            "List what the columns of an import could become: as last time, and by saved mappings.",
            saved::fitting,
        ),
        Tool::new("import_list", "GET /imports", read, "List imports, newest first.", list),
        Tool::new(
            "import_start",
            "POST /imports/{id}/start",
            write,
            "Map the columns and start an import.",
            start,
        ),
        Tool::new(
            "import_undo",
            "POST /imports/{id}/undo",
            write,
            "Undo an import: contacts that it made go, those that it changed get their values back. Who was changed since, is in a campaign or has messages stays.",
            undo::ask,
        ),
        Tool::new("mapping_create", "POST /mappings", write, "Save a mapping under a name.", saved::create),
        Tool::new("mapping_delete", "DELETE /mappings/{id}", write, "Delete a saved mapping.", saved::delete),
        Tool::new("mapping_list", "GET /mappings", read, "List saved mappings by name.", saved::list),
        Tool::new("mapping_update", "PATCH /mappings/{id}", write, "Rename a saved mapping.", saved::rename),
    ]
}

/// The folder of uploads and of rejected rows.
pub fn folder(app: &App) -> PathBuf {
    app.files().join("imports")
}

/// Where an uploaded file lies, as long as its import needs it.
pub fn upload_path(app: &App, id: &ImportId) -> PathBuf {
    folder(app).join(format!("{id}.upload"))
}

/// Where the rejected rows of an import lie.
pub fn rejected_path(app: &App, id: &ImportId) -> PathBuf {
    folder(app).join(format!("{id}.rejected.csv"))
}

/// Removes the upload of an import that has ended. It holds addresses of people, and may be large.
async fn forget_upload(app: &App, id: &ImportId) {
    let path = upload_path(app, id);
    match tokio::fs::remove_file(&path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "the upload of an ended import could not be removed");
        }
        _ => {}
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Paged {
    /// Rows per page, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(ctx: Ctx, input: Paged) -> Result<Page<View>> {
    let page = import::page(&ctx.app.db, &ctx.scope, input.limit, input.cursor.as_deref()).await?;
    let data = page.data.into_iter().map(|import| view(&ctx.app, import)).collect::<Result<Vec<_>>>()?;
    Ok(Page { data, next_cursor: page.next_cursor })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// Id of the import.
    id: ImportId,
}

async fn get(ctx: Ctx, input: One) -> Result<View> {
    view(&ctx.app, import::get(&ctx.app.db, &ctx.scope, &input.id).await?)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// Id of the import.
    id: ImportId,
    /// Column name to field, `custom.key` for a custom one; `ignore` or nothing leaves a column out.
    mapping: BTreeMap<String, String>,
    /// ISO country of phone numbers without a country code; the workspace's when left out.
    default_country: Option<String>,
    /// What finds the contact of a row; `email_then_phone` when left out.
    match_by: Option<MatchBy>,
    /// What happens to a row that does not have it, where that is one field alone; `create` when left out.
    without_key: Option<WithoutKey>,
    /// What happens when a row meets a contact that exists; `fill` when left out.
    on_match: Option<OnMatch>,
    /// Column name to what happens instead of `on_match` with its value, when a row meets a contact that exists.
    #[serde(default)]
    on_match_columns: BTreeMap<String, OnMatch>,
    /// Names of columns whose values are left out where they cannot be used, instead of refusing their rows.
    #[serde(default)]
    leave_out: Vec<String>,
    /// Names of tags that every contact gets which a row makes or meets; new ones are made.
    #[serde(default)]
    tags: Vec<String>,
    /// Id of the list that these contacts are put on.
    list_id: Option<ListId>,
    /// Ids of the members that the new contacts are given to, in turn where there are several; who imports when left out.
    /// A rep can only have themselves.
    #[serde(default)]
    owner_ids: Vec<MemberId>,
    /// What the people of the file agreed to. Written down for every contact that a row makes or meets and that is not
    /// left alone, never for one who took it back or is on the suppression list.
    consent: Option<ImportConsent>,
}

async fn start(ctx: Ctx, input: Start) -> Result<View> {
    let found = import::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let about: About = serde_json::from_str(&found.sniffed)?;
    let workspace = store::workspace::get(&ctx.app.db, &ctx.scope).await?;
    let Start { mapping, default_country, on_match, on_match_columns, leave_out, tags, list_id, .. } = input;
    let choices = Choices {
        mapping,
        default_country,
        match_by: input.match_by.unwrap_or_else(rules::email_then_phone),
        without_key: input.without_key.unwrap_or_else(rules::made_anyway),
        on_match: on_match.unwrap_or(OnMatch::Fill),
        on_match_columns,
        leave_out,
    };
    let mut rules = Rules::chosen(choices)
        .with_custom(custom_field::list(&ctx.app.db, &ctx.scope).await?)
        .settled(&about, &workspace.default_country)?;
    let now = ctx.app.clock.now();
    rules.owners = people::owners(&ctx, &input.owner_ids).await?;
    rules.consent = input.consent.map(|consent| consent.settled(now)).transpose()?;
    if let Some(id) = list_id {
        rules.list = Some(contact_sets::list_named(&ctx.app.db, &ctx.scope, id.as_str()).await?);
    }
    let tags = contact_sets::checked_tags(&tags)?;
    let job = store::new_id(JobId::from_uuid);
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    for name in tags {
        let id = contact_sets::ensure_tag(&tx, &ctx.scope, &name, now).await?;
        rules.tags.push(SetRef { id, name });
    }
    job::enqueue(&tx, &ctx.scope, &job, "import", &json!({ "import_id": found.id }), now).await?;
    import::start(&tx, &ctx.scope, &found.id, &serde_json::to_string(&rules)?, &job, now).await?;
    saved::remember(&tx, &ctx.scope, &about, &rules, now).await?;
    ctx.app.commit(tx).await?;
    let data = json!({ "job_id": job, "kind": "import", "import_id": found.id, "progress": 0.0 });
    ctx.app.tell(&ctx.scope.workspace, "job.queued", data);
    ctx.app.wake.jobs.notify_one();
    view(&ctx.app, import::get(&ctx.app.db, &ctx.scope, &found.id).await?)
}

async fn cancel(ctx: Ctx, input: One) -> Result<View> {
    let found = import::get(&ctx.app.db, &ctx.scope, &input.id).await?;
    let now = ctx.app.clock.now();
    let tx = ctx.app.db.begin_for(&ctx.scope).await?;
    let has_ended = match (found.status.as_str(), &found.job_id) {
        ("uploaded", _) => true,
        ("running", Some(job)) => {
            job::cancel(&tx, &ctx.scope, job, now).await?.status == JobStatus::Cancelled
        }
        _ => {
            return Err(Error::conflict("import.over", "This import is over. It can be undone for 30 days"));
        }
    };
    if has_ended {
        import::finish(&tx, &ctx.scope, &found.id, "cancelled", None, now).await?;
    }
    ctx.app.commit(tx).await?;
    if has_ended {
        forget_upload(&ctx.app, &found.id).await;
    }
    view(&ctx.app, import::get(&ctx.app.db, &ctx.scope, &found.id).await?)
}
