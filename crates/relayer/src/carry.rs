//! The work: ask, send, tell, every two seconds.

use crate::{
    clock::boot_ms,
    driver::{Driver, DryRun, Fail},
    journal::{Entry, Journal, Step},
    server::{Fault, Lent, Server, Word},
};
use anyhow::{Result, bail};
use std::time::Duration;

/// How often the server is asked.
pub const POLL: Duration = Duration::from_secs(2);
/// Longest wait for a server that cannot be reached.
const LONGEST: Duration = Duration::from_secs(60);
/// Messages that are lent at once: few, since they are sent one after the other and a lease is short.
const AT_ONCE: usize = 3;

/// A relayer at work.
pub struct Carrier {
    /// The server.
    pub server: Server,
    /// How messages are sent.
    pub driver: Box<dyn Driver>,
    /// What was begun.
    pub journal: Journal,
    /// How often the server is asked.
    pub poll: Duration,
}

impl Carrier {
    /// Runs until somebody ends it.
    pub async fn run(&mut self) -> Result<()> {
        let mut wait = self.poll;
        let mut was_away = false;
        loop {
            match self.round().await {
                Ok(()) => {
                    if was_away {
                        tracing::info!("the server is there again");
                    }
                    (wait, was_away) = (self.poll, false);
                }
                Err(Stop::Away(why)) => {
                    wait = if was_away { (wait * 2).min(LONGEST) } else { self.poll };
                    was_away = true;
                    let seconds = wait.as_secs_f32();
                    tracing::warn!("{why}; trying again in {seconds:.0} s");
                }
                Err(Stop::Ended(error)) => return Err(error),
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// One round: what the server does not know yet, then what is new.
    pub async fn round(&mut self) -> Result<(), Stop> {
        self.settle().await?;
        let asked = boot_ms();
        let lent = self.server.approved(AT_ONCE).await?;
        for message in &lent {
            self.note(message, Step::Taken, None)?;
        }
        for message in lent {
            self.carry(&message, asked).await?;
            self.settle_one(&message.id).await?;
        }
        Ok(())
    }

    /// Tells the server what it does not know. What was begun before a crash is told as it stands in the journal.
    async fn settle(&mut self) -> Result<(), Stop> {
        let pending: Vec<Entry> = self.journal.pending().to_vec();
        for entry in pending {
            self.tell(entry).await?;
        }
        Ok(())
    }

    async fn settle_one(&mut self, id: &str) -> Result<(), Stop> {
        let entry = self.journal.pending().iter().find(|entry| entry.id == id).cloned();
        match entry {
            Some(entry) => self.tell(entry).await,
            None => Ok(()),
        }
    }

    async fn tell(&mut self, entry: Entry) -> Result<(), Stop> {
        let (id, lease) = (&entry.id, &entry.lease);
        let why = entry.why.as_deref().unwrap_or_default();
        let told = match entry.step {
            Step::Sent => self.server.prepared(id, lease).await,
            Step::Pressing => {
                let why = "The relayer was ended while it was sending: it may have left";
                self.server.failed(id, lease, Word::Unknown, why).await
            }
            Step::Taken => self.server.failed(id, lease, Word::NotBegun, why).await,
            Step::Failed => self.server.failed(id, lease, Word::Failed, why).await,
            Step::Told => Ok(()),
        };
        match told {
            Ok(()) => {}
            // The server has an opinion of its own; what it knows cannot be mended from here.
            Err(Fault::Refused(404 | 409, why)) => tracing::warn!(message = %id, "{why}"),
            Err(other) => return Err(other.into()),
        }
        self.journal.write(Entry { step: Step::Told, why: None, ..entry }).map_err(Stop::Ended)
    }

    /// Sends one message, and notes how far it got.
    async fn carry(&mut self, message: &Lent, asked: i64) -> Result<(), Stop> {
        // Past the middle of its lease somebody else may soon decide about it.
        let is_late = || boot_ms() - asked > message.lease_seconds * 500;
        if is_late() {
            return Ok(());
        }
        let practice = DryRun;
        let driver: &dyn Driver = match (message.sandbox, self.driver.is_practice()) {
            (true, false) => &practice,
            (false, true) => {
                let why = format!(
                    "the workspace is live, and the driver {} only practises. Nothing was sent",
                    self.driver.name()
                );
                self.settle().await?;
                return Err(Stop::Ended(anyhow::anyhow!(why)));
            }
            _ => self.driver.as_ref(),
        };
        if let Err(why) = driver.prepare(message).await {
            tracing::warn!(message = %message.id, "not sent: {why}");
            return note(&mut self.journal, message, Step::Failed, Some(why));
        }
        if is_late() {
            return Ok(());
        }
        note(&mut self.journal, message, Step::Pressing, None)?;
        match driver.press(message).await {
            Ok(()) => note(&mut self.journal, message, Step::Sent, None),
            Err(Fail::NotSent(why)) => note(&mut self.journal, message, Step::Failed, Some(why)),
            Err(Fail::Unknown(why)) => {
                tracing::warn!(message = %message.id, "it may have left: {why}");
                Ok(())
            }
        }
    }

    fn note(&mut self, message: &Lent, step: Step, why: Option<String>) -> Result<(), Stop> {
        note(&mut self.journal, message, step, why)
    }
}

fn note(journal: &mut Journal, message: &Lent, step: Step, why: Option<String>) -> Result<(), Stop> {
    let entry = Entry { id: message.id.clone(), lease: message.lease.clone(), step, why };
    journal.write(entry).map_err(Stop::Ended)
}

/// Why a round ended early.
#[derive(Debug)]
pub enum Stop {
    /// The server cannot be reached: later.
    Away(String),
    /// There is nothing more to be done.
    Ended(anyhow::Error),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Unreachable(_) => Stop::Away(fault.to_string()),
            Fault::Refused(401 | 403, _) => {
                Stop::Ended(anyhow::anyhow!("{fault}. Pair this device again, under Settings, Relayers"))
            }
            Fault::Refused(..) => Stop::Away(fault.to_string()),
        }
    }
}

/// Refuses a server address that would show the key to whoever listens.
pub fn require_safe(server: &str) -> Result<()> {
    let url = url::Url::parse(server)?;
    let host = url.host_str().unwrap_or_default();
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => bail!("{server} is not safe: the key would travel in the clear. Use https"),
    }
}
