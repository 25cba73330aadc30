//! `import contacts FILE`: the same import as in the browser, in this process.

use super::{Common, admin};
use crate::{
    app::App,
    imports::{self, Rules, sniff::sniff},
    tool::Ctx,
};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use domain::{JobStatus, ids::ImportId, import::guess_field};
use std::{collections::BTreeMap, path::PathBuf, process::ExitCode, sync::Arc};
use store::{
    Scope,
    import::{self, Import, OnMatch, Upload},
};

/// `import`
#[derive(Args)]
pub struct ImportCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Import people from a CSV file
    Contacts(ImportArgs),
}

/// Flags of `import contacts`.
#[derive(Args)]
struct ImportArgs {
    #[command(flatten)]
    common: Common,
    /// The file
    file: PathBuf,
    /// Column=field, separated by commas; guessed from the header without it
    #[arg(long, value_delimiter = ',')]
    map: Vec<String>,
    /// Country of phone numbers without a country code
    #[arg(long)]
    default_country: Option<String>,
    /// What happens when a row meets a contact that exists: skip, fill or overwrite
    #[arg(long, default_value = "fill")]
    on_match: String,
    /// Write the rejected rows to this file
    #[arg(long)]
    errors: Option<PathBuf>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Runs it. Exit code 5 when rows were rejected.
pub async fn run(command: ImportCommand) -> Result<ExitCode> {
    let What::Contacts(args) = command.what;
    let app = admin::offline(&args.common).await?;
    let workspaces = store::workspace::all(&app.db).await?;
    let Some(workspace) = workspaces.first() else {
        bail!(
            "there is no workspace yet: start `overture serve` and follow its setup link, or run `overture admin create`"
        );
    };
    let scope = Scope::system(workspace.id.clone());
    let done = import_file(&app, &scope, &args).await?;
    if let Some(target) = &args.errors
        && done.failed > 0
    {
        std::fs::copy(imports::rejected_path(&app, &done.id), target)
            .with_context(|| format!("cannot write {}", target.display()))?;
    }
    if args.json {
        println!("{}", imports::view(&done).map_err(|e| anyhow::anyhow!("{e}"))?);
    } else {
        println!(
            "{} rows: {} created, {} updated, {} unchanged, {} skipped, {} rejected",
            done.rows_read, done.created, done.updated, done.unchanged, done.skipped, done.failed
        );
    }
    if let Some(error) = &done.error {
        bail!("{error}");
    }
    Ok(if done.failed > 0 { ExitCode::from(5) } else { ExitCode::SUCCESS })
}

async fn import_file(app: &Arc<App>, scope: &Scope, args: &ImportArgs) -> Result<Import> {
    let sniffed = sniff(&args.file)
        .map_err(|problem| anyhow::anyhow!("{}: {}", args.file.display(), problem.message))?;
    let mut mapping: BTreeMap<String, String> = BTreeMap::new();
    for pair in &args.map {
        let (column, field) =
            pair.split_once('=').with_context(|| format!("--map {pair:?} must look like Column=field"))?;
        mapping.insert(column.to_owned(), field.to_owned());
    }
    if mapping.is_empty() {
        for (index, column) in sniffed.columns.iter().enumerate() {
            let cells: Vec<&str> =
                sniffed.preview.iter().filter_map(|row| row.get(index)).map(String::as_str).collect();
            if let Some((field, _)) = guess_field(column, &cells)
                && !mapping.values().any(|taken| taken == field.as_str())
            {
                mapping.insert(column.clone(), field.to_string());
            }
        }
        eprintln!(
            "Columns: {}",
            mapping.iter().map(|(c, f)| format!("{c} -> {f}")).collect::<Vec<_>>().join(", ")
        );
    }
    let on_match = match args.on_match.as_str() {
        "skip" => OnMatch::Skip,
        "fill" => OnMatch::Fill,
        "overwrite" => OnMatch::Overwrite,
        other => bail!("--on-match is {other:?}; it can be skip, fill or overwrite"),
    };
    let rules = Rules { mapping, default_country: args.default_country.clone(), on_match };
    let id = store::new_id(ImportId::from_uuid);
    let path = imports::upload_path(app, &id);
    std::fs::create_dir_all(path.parent().context("the files folder has no parent")?)?;
    // A link, not a copy, where the file system allows: the file may be large.
    if std::fs::hard_link(&args.file, &path).is_err() {
        std::fs::copy(&args.file, &path)?;
    }
    let name =
        args.file.file_name().map_or_else(|| "contacts.csv".into(), |n| n.to_string_lossy().into_owned());
    let tx = app.db.begin().await?;
    let about = serde_json::to_string(&sniffed)?;
    let upload = Upload {
        id: &id,
        file_name: &name,
        bytes: i64::try_from(sniffed.bytes).unwrap_or(i64::MAX),
        sniffed: &about,
    };
    import::create(&tx, scope, upload, app.clock.now()).await?;
    tx.commit().await?;
    work(app, scope, &id, &rules).await
}

/// Queues the job and works it off here, unless a running server takes it first.
pub async fn work(app: &Arc<App>, scope: &Scope, id: &ImportId, rules: &Rules) -> Result<Import> {
    let ctx = Ctx { app: app.clone(), scope: scope.clone(), role: "admin".into() };
    let job_id = imports::begin(&ctx, id, rules).await.map_err(|e| anyhow::anyhow!("{}", e.message))?;
    loop {
        match store::job::claim(&app.db, &app.node, crate::loops::LEASE_MS, app.clock.now()).await? {
            Some(job) if job.id == job_id => {
                imports::run::run(app, job, &app.node).await.map_err(|e| anyhow::anyhow!("{e}"))?;
            }
            Some(other) => {
                store::job::retry(
                    &app.db,
                    &other.id,
                    &app.node,
                    "given back by a command",
                    app.clock.now() + 1_000,
                )
                .await?
            }
            None => tokio::time::sleep(std::time::Duration::from_millis(200)).await,
        }
        let state = store::job::get(&app.db, scope, &job_id).await?;
        let read = import::get(&app.db, scope, id).await?;
        eprintln!("{} rows read", read.rows_read);
        if !matches!(state.status, JobStatus::Queued | JobStatus::Processing) {
            return Ok(read);
        }
    }
}
