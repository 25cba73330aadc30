//! `overture relay`: the rep's own device (crate `relayer`).

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use relayer::{
    account::{Account, Home},
    carry::{self, Carrier},
    driver::{Driver, DryRun, FakeTelegram, TelegramDesktop},
    journal::Journal,
    server::Server,
};
use std::{path::PathBuf, process::ExitCode, time::Duration};

/// What a device does.
#[derive(Subcommand)]
pub enum RelayCommand {
    /// Trade the code that Settings, Relayers shows for this device's key
    Pair(Pair),
    /// Carry messages until somebody ends it
    Run(Run),
    /// Whose device this is, and whether the server knows it
    Status(Place),
    /// Try whether this device could send, without sending anything
    Test(Run),
}

/// Where this device keeps its key and its journal.
#[derive(Args)]
pub struct Place {
    /// Folder of the key and the journal
    #[arg(long, env = "OVERTURE_RELAY_DIR")]
    dir: Option<PathBuf>,
}

impl Place {
    fn home(&self) -> Result<Home> {
        let folder = match &self.dir {
            Some(folder) => folder.clone(),
            None => match std::env::home_dir() {
                Some(home) => home.join(".overture-relay"),
                None => bail!("there is no home folder; say with --dir where this device keeps its key"),
            },
        };
        Home::open(&folder)
    }

    fn account(&self) -> Result<Account> {
        match self.home()?.account()? {
            Some(account) => Ok(account),
            None => bail!(
                "this device is not paired. Make a code under Settings, Relayers, then: overture relay pair --server https://… CODE"
            ),
        }
    }
}

/// How a device gets its key.
#[derive(Args)]
pub struct Pair {
    #[command(flatten)]
    place: Place,
    /// Address of the server
    #[arg(long)]
    server: String,
    /// The code; with --employee-id instead the key that was shown
    #[arg(env = "RELAYER_API_KEY", hide_env_values = true)]
    code: String,
    /// Employee id, where a key is given and no code
    #[arg(long, env = "EMPLOYEE_ID")]
    employee_id: Option<String>,
}

/// How messages are sent.
#[derive(Args)]
pub struct Run {
    #[command(flatten)]
    place: Place,
    /// `telegram-desktop`, `dry-run`, or `fake:FILE`
    #[arg(long, default_value = "telegram-desktop")]
    driver: String,
    /// Seconds between two questions to the server
    #[arg(long, default_value_t = 2.0)]
    poll: f64,
}

impl Run {
    fn driver(&self) -> Result<Box<dyn Driver>> {
        Ok(match self.driver.split_once(':').unwrap_or((&self.driver, "")) {
            ("telegram-desktop", "") => Box::new(TelegramDesktop),
            ("dry-run", "") => Box::new(DryRun),
            ("fake", chats) if !chats.is_empty() => {
                Box::new(FakeTelegram { chats: chats.into(), pause: Duration::from_millis(5) })
            }
            _ => bail!(
                "there is no driver {:?}; there are telegram-desktop, dry-run and fake:FILE",
                self.driver
            ),
        })
    }
}

/// Runs one of them.
pub async fn run(command: RelayCommand) -> Result<ExitCode> {
    match command {
        RelayCommand::Pair(pair) => paired(pair).await?,
        RelayCommand::Run(run) => {
            super::log("warn");
            let home = run.place.home()?;
            let account = run.place.account()?;
            let _alone = home.lock()?;
            let driver = run.driver()?;
            tracing::info!(server = %account.server, employee = %account.employee_id, driver = driver.name(), "relaying");
            let poll = Duration::from_secs_f64(run.poll.clamp(0.01, 3_600.0));
            let journal = Journal::open(&home.journal())?;
            Carrier { server: Server::new(account), driver, journal, poll }.run().await?;
        }
        RelayCommand::Status(place) => {
            let account = place.account()?;
            let journal = Journal::open(&place.home()?.journal())?;
            println!("Server       {}", account.server);
            println!("Employee id  {}", account.employee_id);
            println!("Not told yet {}", journal.pending().len());
            match Server::new(account).heartbeat().await {
                Ok(known) => println!("Known as     {:?}, server time {}", known.device, known.server_time),
                Err(fault) => {
                    println!("{fault}");
                    return Ok(ExitCode::FAILURE);
                }
            }
        }
        RelayCommand::Test(run) => {
            let driver = run.driver()?;
            match driver.check().await {
                Ok(text) => println!("{}: {text}", driver.name()),
                Err(why) => bail!("{} cannot send from here: {why}", driver.name()),
            }
            Server::new(run.place.account()?).heartbeat().await?;
            println!("The server knows this device.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn paired(pair: Pair) -> Result<()> {
    carry::require_safe(&pair.server)?;
    let account = match pair.employee_id {
        Some(employee_id) => {
            Account { server: pair.server, key: pair.code, employee_id, device: String::new() }
        }
        None => {
            let paired = Server::pair(&pair.server, &pair.code).await?;
            Account {
                server: pair.server,
                key: paired.key,
                employee_id: paired.employee_id,
                device: paired.device,
            }
        }
    };
    let known = Server::new(account.clone()).heartbeat().await?;
    pair.place.home()?.save(&account)?;
    println!(
        "{:?} now carries the messages of {}. Start it with: overture relay run",
        known.device, known.employee_id
    );
    Ok(())
}
