//! `import contacts FILE`: the same import as in the browser, in this process. If the process dies, the next server
//! on the same data goes on where it stopped.

use super::{Common, admin};
use crate::{
    app::App,
    contact_sets,
    imports::{
        self, Rules, SetRef,
        about::{self, About},
        convert::Format,
        people::{ImportConsent, OwnerRef},
        trial::trial,
        view::view,
    },
};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use domain::{
    Channel,
    ids::{ImportId, JobId},
    import::{MatchBy, WithoutKey},
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};
use store::{
    At, Scope, custom_field,
    import::{self, Import, OnMatch, Upload},
    job, member,
    workspace::{self, Workspace},
};
use tempfile::TempDir;

/// `import`
#[derive(Args)]
pub struct ImportCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Import people from a CSV file, an Excel workbook or an address book (vCard)
    Contacts(ImportArgs),
}

/// Flags of `import contacts`.
#[derive(Args)]
pub struct ImportArgs {
    #[command(flatten)]
    common: Common,
    /// The file
    file: PathBuf,
    /// The sheet of a workbook; without it the first one that anything stands in
    #[arg(long)]
    sheet: Option<String>,
    /// Column=field, separated by commas, instead of what the header and the values suggest
    #[arg(long, value_delimiter = ',')]
    map: Vec<String>,
    /// ISO country of phone numbers without a country code; the workspace's without it
    #[arg(long)]
    default_country: Option<String>,
    /// What finds the contact of a row
    #[arg(long = "match", value_enum, default_value_t = Key::EmailThenPhone)]
    match_by: Key,
    /// What happens to a row that does not have it, where that is one field alone
    #[arg(long, value_enum, default_value_t = Keyless::Create)]
    without_key: Keyless,
    /// What happens when a row meets a contact that exists
    #[arg(long, value_enum, default_value_t = Match::Fill)]
    on_match: Match,
    /// Column=skip, fill or overwrite, separated by commas: what happens with its values instead
    #[arg(long, value_delimiter = ',')]
    on_match_column: Vec<String>,
    /// A column whose values are left out where they cannot be used, instead of refusing their rows; may be given
    /// several times
    #[arg(long)]
    leave_out: Vec<String>,
    /// A tag for every contact that a row makes or meets; may be given several times
    #[arg(long)]
    tag: Vec<String>,
    /// Id of the list that these contacts are put on
    #[arg(long)]
    list: Option<String>,
    /// E-mail address of the member that new contacts are given to; given several times, they take turns
    #[arg(long)]
    owner: Vec<String>,
    /// A channel on which the people of the file agreed to be written to; may be given several times
    #[arg(long, requires = "consent_source")]
    consent_channel: Vec<Channel>,
    /// Where that comes from: a form, an event, a call
    #[arg(long, requires = "consent_channel")]
    consent_source: Option<String>,
    /// When they said so, as 2026-05-31T14:00:00Z; now without it
    #[arg(long, requires = "consent_channel")]
    consent_at: Option<String>,
    /// Write the rejected rows to this file
    #[arg(long)]
    errors: Option<PathBuf>,
    /// Only say what would be rejected; the database is not touched
    #[arg(long)]
    dry_run: bool,
    /// Id of the workspace, where there is more than one
    #[arg(long)]
    workspace: Option<String>,
    /// Print the outcome as one line of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Match {
    /// The contact stays as it is
    Skip,
    /// What is empty is set
    Fill,
    /// Everything that the row has is set
    Overwrite,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Key {
    /// The e-mail address; of a row without one the phone number
    EmailThenPhone,
    /// The e-mail address alone
    Email,
    /// The phone number alone
    Phone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Keyless {
    /// It makes a new contact
    Create,
    /// It is rejected
    Reject,
}

/// A file that can be read as CSV.
struct Source {
    /// As the person calls it.
    file: PathBuf,
    /// What is read.
    csv: PathBuf,
    about: About,
    /// Holds what was made of another kind of file, until it has been read.
    _folder: TempDir,
}

/// Runs it. Exit code 5 when rows were rejected.
pub async fn run(command: ImportCommand) -> Result<ExitCode> {
    let What::Contacts(args) = command.what;
    let source = look(args.file.clone(), args.sheet.clone()).await?;
    let origin = &source.about.origin;
    if let Some(sheet) = &origin.sheet {
        eprintln!("Sheet “{sheet}”{}", others(sheet, &origin.sheets));
    }
    for note in &origin.notes {
        eprintln!("{note}");
    }
    let rules = rules(&args, &source.about)?;
    for (column, field) in &rules.mapping {
        eprintln!("{column} -> {field}");
    }
    let failed = if args.dry_run {
        try_out(&args, &source, rules).await?
    } else {
        import(&args, &source, rules).await?
    };
    Ok(if failed > 0 { ExitCode::from(5) } else { ExitCode::SUCCESS })
}

fn others(sheet: &str, all: &[String]) -> String {
    let others: Vec<&str> = all.iter().map(String::as_str).filter(|name| *name != sheet).collect();
    if others.is_empty() {
        return String::new();
    }
    format!("; there are also {} (--sheet)", others.join(", "))
}

async fn look(file: PathBuf, sheet: Option<String>) -> Result<Source> {
    let folder = tempfile::tempdir().context("cannot make a folder for temporary files")?;
    let (from, made) = (file.clone(), folder.path().join("contacts.csv"));
    let read = tokio::task::spawn_blocking(move || {
        let about = about::take_in(&from, &made, sheet.as_deref());
        about.map(|about| {
            let csv = if about.format() == Format::Csv { from } else { made };
            (csv, about)
        })
    });
    let (csv, about) = read.await?.map_err(|problem| anyhow::anyhow!("{}: {problem}", file.display()))?;
    Ok(Source { file, csv, about, _folder: folder })
}

/// What the file suggests, with what was asked for over it.
fn rules(args: &ImportArgs, about: &About) -> Result<Rules> {
    let mut rules = Rules::guessed(about);
    let mut asked = BTreeMap::new();
    for pair in &args.map {
        let (column, field) =
            pair.rsplit_once('=').with_context(|| format!("--map {pair:?} must look like Column=field"))?;
        if asked.insert(column.to_owned(), field.to_owned()).is_some() {
            bail!("--map names the column {column:?} twice; keep one");
        }
    }
    rules.mapping.retain(|_, field| !asked.values().any(|taken| taken == field));
    rules.mapping.extend(asked);
    rules.default_country = args.default_country.clone();
    rules.match_by = match args.match_by {
        Key::EmailThenPhone => MatchBy::EmailThenPhone,
        Key::Email => MatchBy::Email,
        Key::Phone => MatchBy::Phone,
    };
    rules.without_key = match args.without_key {
        Keyless::Create => WithoutKey::Create,
        Keyless::Reject => WithoutKey::Reject,
    };
    rules.on_match = args.on_match.into();
    for pair in &args.on_match_column {
        let rule = pair
            .rsplit_once('=')
            .and_then(|(column, rule)| Some((column, Match::from_str(rule, true).ok()?)));
        let (column, rule) = rule.with_context(|| {
            format!("--on-match-column {pair:?} must look like Column=skip, fill or overwrite")
        })?;
        rules.on_match_columns.insert(column.to_owned(), rule.into());
    }
    rules.leave_out.clone_from(&args.leave_out);
    Ok(rules)
}

impl From<Match> for OnMatch {
    fn from(chosen: Match) -> Self {
        match chosen {
            Match::Skip => OnMatch::Skip,
            Match::Fill => OnMatch::Fill,
            Match::Overwrite => OnMatch::Overwrite,
        }
    }
}

/// The problems of a mapping, each on a line of its own.
fn told(error: crate::error::Error) -> anyhow::Error {
    let lines: Vec<String> =
        error.fields.iter().map(|field| format!("  {}: {}", field.field, field.message)).collect();
    // The only problem is in the message already.
    match lines.len() {
        0 => anyhow::anyhow!("{error}"),
        1 => anyhow::anyhow!("{}", error.message),
        _ => anyhow::anyhow!("{}\n{}", error.message, lines.join("\n")),
    }
}

async fn try_out(args: &ImportArgs, source: &Source, rules: Rules) -> Result<i64> {
    let about = &source.about;
    let rules = rules.settled(about, "US").map_err(told)?;
    let outcome = trial(&source.csv, about, &rules, args.errors.clone()).await.map_err(told)?;
    if args.json {
        let (read, accepted, failed) = (outcome.read, outcome.accepted, outcome.failed);
        println!(
            "{}",
            json!({ "dry_run": true, "rows_read": read, "accepted": accepted, "failed": failed, "causes": outcome.causes })
        );
    } else {
        table(&[
            ("rows", outcome.read),
            ("would be accepted", outcome.accepted),
            ("would be rejected", outcome.failed),
        ]);
        reasons(outcome.causes.iter().map(|(cause, count)| (cause.as_str(), *count)));
    }
    Ok(outcome.failed)
}

async fn import(args: &ImportArgs, source: &Source, rules: Rules) -> Result<i64> {
    let about = &source.about;
    let app = admin::offline(&args.common).await?;
    let workspace = workspace_of(&app, args.workspace.as_deref()).await?;
    let scope = Scope::system(workspace.id.clone());
    let fields = custom_field::list(&app.db, &scope).await?;
    let mut rules = rules.with_custom(fields).settled(about, &workspace.default_country).map_err(told)?;
    if let Some(list) = &args.list {
        rules.list = Some(contact_sets::list_named(&app.db, &scope, list).await.map_err(told)?);
    }
    rules.owners = owners(&app, &scope, &args.owner).await?;
    rules.consent =
        consent(args)?.map(|consent| consent.settled(app.clock.now())).transpose().map_err(told)?;
    let tags = contact_sets::checked_tags(&args.tag).map_err(told)?;
    let tx = app.db.begin().await?;
    for name in tags {
        let id = contact_sets::ensure_tag(&tx, &scope, &name, app.clock.now()).await.map_err(told)?;
        rules.tags.push(SetRef { id, name });
    }
    app.commit(tx).await?;
    let id = take_in(&app, &source.csv).await?;
    let done = work(&app, &scope, &id, &source.file, about, &rules).await?;
    if let Some(target) = &args.errors
        && done.rejected_bytes > 0
    {
        let from = imports::rejected_path(&app, &id);
        std::fs::copy(from, target).with_context(|| format!("cannot write {}", target.display()))?;
    }
    let (failed, error) = (done.failed, done.error.clone());
    let shown = view(&app, done).map_err(told)?;
    if args.json {
        println!("{}", serde_json::to_string(&shown)?);
    } else {
        table(&[
            ("rows", shown.rows_read),
            ("created", shown.created),
            ("updated", shown.updated),
            ("unchanged", shown.unchanged),
            ("skipped", shown.skipped),
            ("rejected", shown.failed),
            ("of the others suppressed", shown.suppressed),
        ]);
        reasons(shown.causes.iter().map(|cause| (cause.cause.as_str(), cause.count)));
    }
    if failed > 0 && args.errors.is_none() {
        eprintln!("The rejected rows are in {}", imports::rejected_path(&app, &id).display());
    }
    match error {
        Some(error) => bail!("{error}"),
        None => Ok(failed),
    }
}

/// The members with these addresses.
async fn owners(app: &App, scope: &Scope, addresses: &[String]) -> Result<Vec<OwnerRef>> {
    let everybody = member::all(&app.db, scope).await?;
    let mut owners: Vec<OwnerRef> = Vec::new();
    for address in addresses {
        let found = everybody
            .iter()
            .find(|member| member.disabled_at.is_none() && member.email.eq_ignore_ascii_case(address.trim()));
        let member = found.with_context(|| {
            let all: Vec<&str> = everybody
                .iter()
                .filter(|member| member.disabled_at.is_none())
                .map(|member| member.email.as_str())
                .collect();
            format!("--owner {address:?} is nobody who may come in; choose among {}", all.join(", "))
        })?;
        if owners.iter().all(|owner| owner.id != member.id) {
            owners.push(OwnerRef { id: member.id.clone(), name: member.name.clone() });
        }
    }
    Ok(owners)
}

/// What the people of the file agreed to.
fn consent(args: &ImportArgs) -> Result<Option<ImportConsent>> {
    let Some(source) = &args.consent_source else { return Ok(None) };
    let at = args.consent_at.as_deref().map(|text| {
        let at = serde_json::from_value::<At>(json!(text));
        at.with_context(|| format!("--consent-at {text:?} must look like 2026-05-31T14:00:00Z"))
    });
    Ok(Some(ImportConsent {
        channels: args.consent_channel.clone(),
        source: source.clone(),
        at: at.transpose()?,
    }))
}

async fn workspace_of(app: &App, wanted: Option<&str>) -> Result<Workspace> {
    let mut all = workspace::all(&app.db).await?;
    match wanted {
        Some(id) => all.into_iter().find(|w| w.id.as_str() == id).with_context(|| format!("there is no workspace {id}")),
        None if all.len() > 1 => {
            let lines: Vec<String> = all.iter().map(|w| format!("  {}  {}", w.id, w.name)).collect();
            bail!("there are several workspaces; choose one with --workspace:\n{}", lines.join("\n"))
        }
        None => all.pop().context(
            "there is no workspace yet: start `overture serve` and follow its setup link, or run `overture admin create`",
        ),
    }
}

/// Copies the file to where every node finds it.
async fn take_in(app: &App, file: &Path) -> Result<ImportId> {
    let id = store::new_id(ImportId::from_uuid);
    let (from, to) = (file.to_owned(), imports::upload_path(app, &id));
    let copied = tokio::task::spawn_blocking(move || {
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::copy(from, &to)?;
        std::fs::File::open(to)?.sync_all()
    });
    copied.await?.context("cannot copy the file into the data folder")?;
    Ok(id)
}

/// Runs the import under a job that is this process's own from the start.
pub async fn work(
    app: &Arc<App>,
    scope: &Scope,
    id: &ImportId,
    file: &Path,
    about: &About,
    rules: &Rules,
) -> Result<Import> {
    let file_name =
        file.file_name().map_or_else(|| "contacts.csv".into(), |name| name.to_string_lossy().into_owned());
    let (sniffed, mapping) = (serde_json::to_string(about)?, serde_json::to_string(rules)?);
    // Of the file as it was brought, whatever was made of it.
    let bytes = std::fs::metadata(file).map_or(about.file.bytes, |file| file.len());
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    let job = store::new_id(JobId::from_uuid);
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    import::create(&tx, scope, Upload { id, file_name: &file_name, bytes, sniffed: &sniffed }, now).await?;
    let claim = import::Claim { job: &job, worker: &app.node, lease_ms: app.config.lease_ms };
    import::start_claimed(&tx, scope, id, &mapping, claim, now).await?;
    app.commit(tx).await?;
    let job = job::get(&app.db, scope, &job).await?;
    let running = imports::run::run(app, job, &app.node);
    tokio::pin!(running);
    let mut shown = false;
    loop {
        tokio::select! {
            outcome = &mut running => {
                outcome.map_err(told)?;
                break;
            }
            () = tokio::time::sleep(Duration::from_millis(500)) => {
                shown |= progress(&import::get(&app.db, scope, id).await?, about.rows)?;
            }
        }
    }
    if shown {
        eprintln!();
    }
    Ok(import::get(&app.db, scope, id).await?)
}

/// One line that is written over, where somebody looks.
fn progress(import: &Import, total: i64) -> Result<bool> {
    let mut err = std::io::stderr();
    if err.is_terminal() {
        write!(err, "\r{} of {total} rows", import.rows_read)?;
        err.flush()?;
    } else {
        writeln!(err, "{} of {total} rows", import.rows_read)?;
    }
    Ok(err.is_terminal())
}

fn table(lines: &[(&str, i64)]) {
    for (name, count) in lines {
        println!("{count:>12}  {name}");
    }
}

fn reasons<'a>(causes: impl Iterator<Item = (&'a str, i64)>) {
    for (cause, count) in causes {
        println!("{count:>12}  rejected: {cause}");
    }
}
