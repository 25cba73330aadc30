//! `serve` and `demo`.

use super::{Common, log};
use crate::{
    app::App,
    clock::Clock,
    config::{Config, SandboxAddress},
    http,
    keys::Keys,
    loops,
    outside::{Outside, Sandbox},
    people::{self, Founder},
    samples,
};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use store::{Db, Scope, Sight};
use tokio::{net::TcpListener, sync::watch};

/// What a node does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Web and work.
    All,
    /// Web only.
    Web,
    /// Work only.
    Worker,
}

/// Flags of `serve`.
#[derive(Args, Clone)]
pub struct ServeArgs {
    #[command(flatten)]
    common: Common,
    /// Write the address to this file once the server listens
    #[arg(long)]
    port_file: Option<PathBuf>,
    /// Print one line of JSON instead of the banner
    #[arg(long)]
    json: bool,
    /// Let the product's clock run this many times as fast
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// What this node does
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

/// Flags of `demo`.
#[derive(Args, Clone)]
pub struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Same seed, same story
    #[arg(long, default_value_t = 11)]
    seed: u64,
}

/// E-mail of the demo's admin.
pub const DEMO_EMAIL: &str = "demo@overture.example";
/// Password of the demo's admin.
pub const DEMO_PASSWORD: &str = "overture-demo";

/// `overture serve`
pub async fn serve(args: ServeArgs) -> Result<ExitCode> {
    log("warn");
    let config = args.common.load()?;
    node(args, config, None).await
}

/// `overture demo`
pub async fn demo(args: DemoArgs) -> Result<ExitCode> {
    log("warn");
    let mut config = args.serve.common.load()?;
    // The variable and the file belong to an installation, or to another program: a demo writes its people
    // and campaigns only into a database that its own command line names, and has no other nodes.
    config.database_url.clone_from(&args.serve.common.database);
    config.redis = None;
    config.media = None;
    let mut own = None;
    if args.serve.common.data_dir.is_none() {
        let folder = std::env::temp_dir().join(format!("overture-demo-{}", std::process::id()));
        config.data_dir = folder.clone();
        own = Some(folder);
    }
    let outcome = node(args.serve, config, Some(args.seed)).await;
    if let Some(folder) = own
        && let Err(error) = std::fs::remove_dir_all(&folder)
    {
        eprintln!("overture: the demo's data stays in {}: {error}", folder.display());
    }
    outcome
}

/// Opens database and keys of a configuration.
pub async fn open(config: &Config) -> Result<(Db, Keys)> {
    std::fs::create_dir_all(config.data_dir.join("files"))
        .with_context(|| format!("cannot create the data folder {}", config.data_dir.display()))?;
    let keys = match &config.keys {
        Some(given) => Keys::given(&given.0).context("OVERTURE_KEYS cannot be used")?,
        None => Keys::open(&config.data_dir.join("keys"))?,
    };
    let database = match &config.database_url {
        Some(url) => store::Config::Postgres {
            url: url.clone(),
            max_connections: config.database_connections,
            idle_in_transaction: config.idle_in_transaction(),
        },
        None => store::Config::Sqlite { path: config.data_dir.join("overture.db"), sync_full: sync_full() },
    };
    let db = Db::open(&database).await?;
    if db.is_postgres() && !db.is_walled() {
        tracing::warn!(
            "row-level security is off: the database's user may not create the role overture_app. Let an administrator of PostgreSQL run: create role overture_app nologin nosuperuser nobypassrls; grant overture_app to the user of database.url; then start again"
        );
    }
    Ok((db, keys))
}

/// Every commit is synced; only the power-cut test may plant the opposite.
fn sync_full() -> bool {
    #[cfg(feature = "planted-bugs")]
    if crate::planted("sync_normal") {
        return false;
    }
    true
}

/// The sandbox: the one that runs elsewhere, or one of our own.
async fn sandbox_of(config: &Config, seed: u64, speed: f64) -> Result<(Sandbox, Option<sandbox::Sandbox>)> {
    let options = sandbox::Options { seed, speed, ..sandbox::Options::default() };
    let door = |http: String, smtp| Sandbox {
        http,
        smtp,
        account_sid: options.account_sid.clone(),
        auth_token: options.auth_token.clone(),
        email_secret: options.email_secret.clone(),
        meta_token: options.meta_token.clone(),
        meta_secret: options.meta_secret.clone(),
    };
    if let Some(SandboxAddress { http, smtp }) = &config.sandbox {
        return Ok((door(http.clone(), *smtp), None));
    }
    let running = sandbox::start(options.clone()).await.context("the sandbox could not start")?;
    Ok((door(running.http_url(), running.smtp_addr), Some(running)))
}

async fn node(args: ServeArgs, config: Config, demo: Option<u64>) -> Result<ExitCode> {
    let (db, keys) = open(&config).await?;
    let (door, running) = sandbox_of(&config, demo.unwrap_or(1), args.speed).await?;
    let sandbox_url = door.http.clone();
    let sandbox_smtp = door.smtp;
    let outside = Outside::new(door, Duration::from_millis(config.provider_timeout_ms));
    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "cannot listen on {}. Another program may have the port; choose one with --listen 127.0.0.1:0",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let clock = clock_of(&db, args.speed, demo.is_some()).await?;
    let app = App::new(config, db, clock, keys, outside, demo.is_some());
    app.set_address(address);
    if let Some(running) = &running {
        running.set_webhook_base(&format!("http://{address}"))?;
    }
    app.media.check(&app.node).await.context("recordings cannot be kept where [media] says")?;
    crate::restored::notice(&app).await?;
    if demo.is_some() {
        furnish(&app).await?;
    }
    let setup = people::setup_link(&app).await?;
    let _presence = app.db.appear(&app.node).await?;
    let (tell_stop, stop) = watch::channel(false);
    let work = (args.role != Role::Web).then(|| loops::start(&app, &stop));
    announce(&args, &app, address, setup.as_deref(), (&sandbox_url, sandbox_smtp), demo.is_some())?;
    let mut quitting = stop.clone();
    let watching = tokio::spawn(http::session::watch(app.clone(), stop.clone()));
    let sharing = tokio::spawn(http::exchange::share(app.clone(), stop.clone()));
    let service = http::router(app.clone()).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        if quitting.wait_for(|stop| *stop).await.is_err() {
            tracing::debug!("the stop signal is gone");
        }
    });
    let server = tokio::spawn(server.into_future());
    wait_for_signal().await?;
    tell_stop.send(true).context("the loops are gone")?;
    watching.await.context("the watch over sessions panicked")?;
    sharing.await.context("the exchange of limits panicked")?;
    shut_down(&app, work, server, running).await
}

/// A clock that ran fast before a restart goes on from where it was: what happened stays in the past.
async fn clock_of(db: &Db, speed: f64, demo: bool) -> Result<Clock> {
    let clock = Clock::new(speed);
    if !demo && speed <= 1.0 {
        return Ok(clock);
    }
    let latest = store::event::latest_at(db).await?.unwrap_or(0);
    Ok(if latest > clock.now() { Clock::from(latest, speed) } else { clock })
}

async fn shut_down(
    app: &Arc<App>,
    work: Option<tokio::task::JoinSet<()>>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    running: Option<sandbox::Sandbox>,
) -> Result<ExitCode> {
    app.hub.close().await;
    let finish = async {
        if let Some(mut work) = work {
            while work.join_next().await.is_some() {}
        }
        server.await
    };
    tokio::select! {
        ended = tokio::time::timeout(Duration::from_secs(25), finish) => match ended {
            Ok(ended) => ended??,
            Err(_) => tracing::warn!("not everything ended in time; what was being sent will be settled after the next start"),
        },
        second = wait_for_signal() => second?,
    }
    if let Some(running) = running {
        running.shutdown().await;
    }
    crate::restored::live(app, true).await?;
    app.db.clone().close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Gives a fresh demo its workspace, people and campaigns.
async fn furnish(app: &Arc<App>) -> Result<()> {
    if store::user::count(&app.db).await? > 0 {
        return Ok(());
    }
    let founder = Founder {
        name: "Dana Demo".into(),
        email: DEMO_EMAIL.into(),
        password: DEMO_PASSWORD.into(),
        workspace: "Overture demo".into(),
        time_zone: "America/New_York".into(),
        default_country: "US".into(),
    };
    let (workspace, member) = people::found(app, founder).await?;
    samples::fill(app, &Scope::member(workspace, member, Sight::Workspace)).await?;
    Ok(())
}

fn announce(
    args: &ServeArgs,
    app: &App,
    address: std::net::SocketAddr,
    setup: Option<&str>,
    (sandbox, smtp): (&str, std::net::SocketAddr),
    demo: bool,
) -> Result<()> {
    let login = demo.then(|| json!({ "email": DEMO_EMAIL, "password": DEMO_PASSWORD }));
    let url = format!("http://{address}");
    if let Some(path) = &args.port_file {
        // Written beside and renamed: whoever waits for the file never reads half of it.
        let beside = path.with_extension("tmp");
        std::fs::write(&beside, format!("{address}\n"))?;
        std::fs::rename(&beside, path)?;
    }
    if args.json {
        println!(
            "{}",
            json!({ "address": url, "login": login, "setup_url": setup, "sandbox": sandbox, "sandbox_smtp": smtp, "pid": std::process::id() })
        );
        return Ok(());
    }
    let database = if app.db.is_postgres() {
        "PostgreSQL".to_owned()
    } else {
        format!("SQLite in {}", app.config.data_dir.display())
    };
    println!("Overture {}   {database}   clock x{}", env!("CARGO_PKG_VERSION"), args.speed);
    println!("  Web      {url}");
    println!("  API      {url}/api/openapi.json");
    println!(
        "  Sandbox  {sandbox}/_sandbox/state   (nothing reaches a real person until an admin switches to live)"
    );
    if demo {
        println!("\n  Sign in with {DEMO_EMAIL} and {DEMO_PASSWORD}");
        println!(
            "  Watch Home: within a minute e-mails and texts leave, people open, click, answer, bounce and opt out."
        );
        println!(
            "  Then import a CSV file under Contacts, start a campaign on it, and answer somebody from the Inbox."
        );
    }
    if let Some(link) = setup {
        println!("\n  First run: create the first admin (link valid for 30 minutes)\n  {link}");
    }
    println!("\n  Stop with Ctrl-C.");
    Ok(())
}

async fn wait_for_signal() -> Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => {}
            ended = tokio::signal::ctrl_c() => ended?,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
