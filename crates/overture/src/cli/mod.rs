//! The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 5 some rows were rejected.

mod admin;
mod call;
pub mod import;
mod keys;
mod person;
mod relay;
mod serve;
mod workspace;

use crate::config::{Config, Flags};
use clap::{Args, Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Contacts in, campaigns out, every answer in one inbox.
#[derive(Parser)]
#[command(name = "overture", version, about, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the web interface, the API and the workers
    Serve(serve::ServeArgs),
    /// Run with a sample workspace and the sandbox as the outside world
    Demo(serve::DemoArgs),
    /// Import data from a file
    Import(Box<import::ImportCommand>),
    /// Create members and look after the data
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Look after the keys that stored secrets are sealed with
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Carry your own approved Telegram messages from this device
    #[command(subcommand)]
    Relay(relay::RelayCommand),
    /// Bring the database up to date
    Migrate(Common),
    /// Ask a running node whether it is well
    Health(Common),
    /// Print the OpenAPI document
    Openapi,
    /// Measure speed and memory on this machine
    Bench(crate::bench::BenchArgs),
}

/// Flags that every command understands.
#[derive(Args, Clone, Default)]
pub struct Common {
    /// Where HTTP listens
    #[arg(long)]
    pub listen: Option<String>,
    /// Folder of the database, keys and files
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// postgres:// URL; SQLite in the data folder without it
    #[arg(long)]
    pub database: Option<String>,
    /// How the outside world reaches this server
    #[arg(long)]
    pub public_url: Option<String>,
    /// Configuration file
    #[arg(long)]
    pub config: Option<PathBuf>,
}

impl Common {
    /// The configuration with these flags over it.
    pub fn load(&self) -> anyhow::Result<Config> {
        Config::load(&Flags {
            listen: self.listen.clone(),
            data_dir: self.data_dir.clone(),
            database: self.database.clone(),
            public_url: self.public_url.clone(),
            file: self.config.clone(),
        })
    }
}

/// Runs a command.
pub fn run(cli: Cli) -> ExitCode {
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider was installed before");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::serve(args).await,
            Command::Demo(args) => serve::demo(args).await,
            Command::Import(args) => import::run(*args).await,
            Command::Admin(command) => admin::run(command).await,
            Command::Keys(command) => keys::run(command).await,
            Command::Relay(command) => relay::run(command).await,
            Command::Migrate(common) => admin::migrate(&common).await,
            Command::Health(common) => admin::health(&common).await,
            Command::Openapi => {
                println!(
                    "{}",
                    serde_json::to_string_pretty(&crate::http::openapi::document(&crate::tools::all()))?
                );
                Ok(ExitCode::SUCCESS)
            }
            Command::Bench(args) => crate::bench::run(args).await,
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    outcome.unwrap_or_else(|error| fail(&error))
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("overture: {error:#}");
    ExitCode::FAILURE
}

/// Logs to standard error: readable on a terminal, JSON elsewhere.
pub fn log(default: &str) {
    use std::io::IsTerminal;
    let filter = tracing_subscriber::EnvFilter::try_from_env("OVERTURE_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(format!("{default},overture=info,relayer=info,sandbox=warn"))
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = if std::io::stderr().is_terminal() { builder.try_init() } else { builder.json().try_init() };
    if set.is_err() {
        tracing::debug!("logging was set up before");
    }
}
