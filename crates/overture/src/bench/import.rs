//! The import: from a file of contacts to rows in the database, with its peak memory.

use super::{cores, cpu_ms, peak_memory_mib};
use crate::{
    app::App,
    cli::import::work,
    clock::{Clock, boot_ms},
    config::{Config, Flags},
    http::limits::Allowed,
    imports::{
        Rules,
        about::{About, examine},
        upload_path,
    },
    keys::Keys,
    outside::{Outside, Sandbox},
};
use anyhow::{Context, Result, ensure};
use domain::ids::{ImportId, WorkspaceId};
use std::{
    fmt::Write as _,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};
use store::{
    Db, Scope,
    contact::{self, Query},
    workspace,
};

/// Imports a file of `rows` contacts, which it makes first, and prints what it took.
pub async fn run(rows: u64, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(rows, database, folder).await).await
}

/// A workspace on a fresh database, and a file of contacts for it.
pub(super) struct Place {
    pub app: std::sync::Arc<App>,
    pub scope: Scope,
    pub file: PathBuf,
}

/// Makes a place in a folder.
pub(super) async fn place(rows: u64, database: Option<String>, folder: &Path) -> Result<Place> {
    let file = folder.join("contacts.csv");
    contacts(&file, rows)?;
    let app = product(database, folder).await?;
    let workspace = store::new_id(WorkspaceId::from_uuid);
    let tx = app.db.begin().await?;
    workspace::create(&tx, &workspace, "Bench", "UTC", "US", app.clock.now()).await?;
    app.commit(tx).await?;
    Ok(Place { app, scope: Scope::system(workspace), file })
}

/// The product on a database in a folder, or on a PostgreSQL.
pub(super) async fn product(database: Option<String>, folder: &Path) -> Result<std::sync::Arc<App>> {
    let mut config = Config::load(&Flags { data_dir: Some(folder.to_owned()), ..Flags::default() })?;
    // Nobody is slowed down: what is measured is the work.
    let most = 10_000_000;
    config.limits = Allowed { strangers: most, member: most, key: most, expensive: most };
    let store_config = match &database {
        Some(url) => store::Config::Postgres {
            url: url.clone(),
            max_connections: 4,
            idle_in_transaction: config.idle_in_transaction(),
        },
        None => store::Config::Sqlite { path: folder.join("overture.db"), sync_full: true },
    };
    let db = Db::open(&store_config).await?;
    let door = Sandbox {
        http: String::new(),
        smtp: ([127, 0, 0, 1], 0).into(),
        account_sid: String::new(),
        auth_token: String::new(),
        email_secret: String::new(),
        meta_token: String::new(),
        meta_secret: String::new(),
    };
    let keys = Keys::open(&folder.join("keys"))?;
    Ok(App::new(config, db, Clock::new(1.0), keys, Outside::new(door, Duration::from_secs(10)), false))
}

impl Place {
    /// Imports the file; how it ended, and what was seen of the file and when.
    pub(super) async fn fill(&self) -> Result<(store::import::Import, About, i64)> {
        let Self { app, scope, file } = self;
        let id = store::new_id(ImportId::from_uuid);
        let upload = upload_path(app, &id);
        std::fs::create_dir_all(upload.parent().context("the folder of uploads has a parent")?)?;
        std::fs::copy(file, &upload)?;
        let about = tokio::task::spawn_blocking(move || examine(&upload)).await??;
        let examined = boot_ms();
        let rules = Rules::guessed(&about).settled(&about, "US")?;
        let done = work(app, scope, &id, file, &about, &rules).await?;
        Ok((done, about, examined))
    }
}

async fn measure(rows: u64, database: Option<String>, folder: &Path) -> Result<()> {
    let place = place(rows, database, folder).await?;
    let (app, file) = (&place.app, &place.file);
    let (before, cpu) = (boot_ms(), cpu_ms());
    let (done, about, examined) = place.fill().await?;
    let (ended, cpu) = (boot_ms(), cpu_ms().zip(cpu).map_or(0, |(end, start)| end - start));
    let seconds = (ended - before).max(1) as f64 / 1000.0;
    let name = if app.db.is_postgres() { "PostgreSQL" } else { "SQLite (synchronous=FULL)" };
    println!(
        "import, {name}: {} rows ({:.0} MB) in {seconds:.2} s, {:.2} s of it to examine the file = {:.0} rows/s, {:.1} us of CPU each; \
         {} created, {} updated, {} unchanged, {} rejected; peak memory {:.0} MiB; {} cores",
        done.rows_read,
        about.file.bytes as f64 / 1e6,
        (examined - before) as f64 / 1000.0,
        done.rows_read as f64 / seconds,
        cpu as f64 * 1000.0 / done.rows_read.max(1) as f64,
        done.created,
        done.updated,
        done.unchanged,
        done.failed,
        peak_memory_mib().unwrap_or_default(),
        cores()
    );
    counted(&place, rows, &done).await?;
    if let Some(seconds) = bare(file, folder)? {
        println!(
            "for comparison: sqlite3 .import of the same file into a table without an index takes {seconds:.2} s"
        );
    }
    Ok(())
}

/// Fails where the import does not account for every row of the file, or the database holds another number of contacts.
async fn counted(place: &Place, rows: u64, done: &store::import::Import) -> Result<()> {
    let told = done.created + done.updated + done.unchanged + done.skipped + done.failed;
    ensure!(
        u64::try_from(done.rows_read).is_ok_and(|read| read == rows) && told == done.rows_read,
        "of {rows} rows {} were read, and {told} are accounted for",
        done.rows_read
    );
    let held = contact::count(&place.app.db, &place.scope, &Query::default()).await?;
    ensure!(held == done.created, "{} contacts were created, and the database holds {held}", done.created);
    println!("every row is accounted for, and the database holds {held} contacts");
    Ok(())
}

/// How long the command line program of SQLite takes, `None` where it is not installed.
fn bare(file: &Path, folder: &Path) -> Result<Option<f64>> {
    let script = format!(".mode csv\n.import '{}' contacts\n", file.display());
    let before = boot_ms();
    let mut child = match std::process::Command::new("sqlite3")
        .arg(folder.join("bare.db"))
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
    {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context("sqlite3 does not start"),
    };
    child.stdin.take().context("sqlite3 has a standard input")?.write_all(script.as_bytes())?;
    child.wait()?;
    Ok(Some((boot_ms() - before) as f64 / 1000.0))
}

const FIRST: [&str; 16] = [
    "Ada",
    "Grace",
    "Linus",
    "Alan",
    "Barbara",
    "Ken",
    "Margaret",
    "Dennis",
    "Frances",
    "Edsger",
    "Zo\u{eb}",
    "Jos\u{e9}",
    "S\u{f8}ren",
    "Ana\u{ef}s",
    "Nguy\u{1ec5}n",
    "Li",
];
const LAST: [&str; 16] = [
    "Lovelace",
    "Hopper",
    "Torvalds",
    "Turing",
    "Liskov",
    "Thompson",
    "Hamilton",
    "Ritchie",
    "Allen",
    "Dijkstra",
    "M\u{fc}ller",
    "O'Brien",
    "Garc\u{ed}a",
    "\"Smith, Jr.\"",
    "Nakamura",
    "Wang",
];
const TITLE: [&str; 8] = [
    "VP Sales",
    "\"Head of \"\"Growth\"\"\"",
    "CTO",
    "\"Founder, CEO\"",
    "Account Executive",
    "SDR",
    "Director of Operations",
    "",
];
const CITY: [(&str, &str); 8] = [
    ("Austin", "America/Chicago"),
    ("Berlin", "Europe/Berlin"),
    ("Oslo", "Europe/Oslo"),
    ("Lyon", "Europe/Paris"),
    ("S\u{e3}o Paulo", "America/Sao_Paulo"),
    ("Tokyo", "Asia/Tokyo"),
    ("\"Washington, DC\"", "America/New_York"),
    ("Nairobi", "Africa/Nairobi"),
];

/// A file of contacts, the same bytes every time: 9 columns, 5 % repeat an earlier address in capitals, 1 % are bad.
fn contacts(path: &PathBuf, rows: u64) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    out.write_all(b"email,first_name,last_name,company,domain,phone,title,city,tz\n")?;
    let mut dice = Dice(20_270_101);
    let mut seen: Vec<String> = Vec::new();
    let mut line = String::new();
    for i in 0..rows {
        let (kind, company) = (dice.below(100), dice.below(60_000));
        let (first, last, (city, zone)) = (dice.pick(&FIRST), dice.pick(&LAST), dice.pick(&CITY));
        let letter = first.chars().next().filter(char::is_ascii).unwrap_or('x').to_ascii_lowercase();
        let mut email = format!("{letter}{i}@company{company}.example.com");
        if kind < 5 && !seen.is_empty() {
            email = dice.pick(&seen).to_uppercase();
        } else if seen.len() < 50_000 {
            seen.push(email.clone());
        } else if let Some(place) = usize::try_from(dice.below(50_000)).ok().and_then(|at| seen.get_mut(at)) {
            place.clone_from(&email);
        }
        let bad = if kind == 99 { dice.below(4) } else { 4 };
        match bad {
            0 => email = email.replace('@', " at "),
            1 => email.clear(),
            _ => {}
        }
        let company_name = if company % 5 == 0 {
            format!("\"Company {company}, Inc.\"")
        } else {
            format!("Company {company}")
        };
        line.clear();
        write!(line, "{email},{first},{last},{company_name},company{company}.example.com,")?;
        match bad {
            2 => line.push_str("123"),
            _ => {
                // Area codes and exchanges as the North American plan has them.
                let (area, exchange) = (
                    200 + dice.below(8) * 100 + dice.below(90),
                    200 + dice.below(8) * 100 + 12 + dice.below(88),
                );
                let area = if area % 100 == 11 { area + 1 } else { area };
                write!(line, "+1 ({area}) {exchange}-{:04}", dice.below(10_000))?;
            }
        }
        if bad != 3 {
            write!(line, ",{},{city},{zone}", dice.pick(&TITLE))?;
        }
        line.push('\n');
        out.write_all(line.as_bytes())?;
    }
    out.flush()?;
    Ok(())
}

/// SplitMix64: the same numbers on every machine.
pub(super) struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.below(of.len() as u64) as usize;
        &of[at]
    }
}
