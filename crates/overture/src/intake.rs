//! Group commit for webhooks: whatever gathers while one commit runs goes into the next, so that many
//! answers share one sync to disk and a single one waits for nobody. The answer 2xx is given only after
//! the commit; when too much waits, the provider is told to come again.

use crate::error::{Error, Kind, Result};
use store::{Db, inbound_event::NewInboundEvent};
use tokio::sync::{mpsc, oneshot};

/// Most events in one commit.
const BATCH: usize = 512;
/// Most events that may wait; beyond it providers get 503 and redeliver.
const WAITING: usize = 4096;

struct Item {
    event: NewInboundEvent,
    done: oneshot::Sender<Result<(), String>>,
}

/// The door through which raw events enter the database.
pub struct Intake(mpsc::Sender<Item>);

impl Intake {
    /// Starts the writer.
    pub fn start(db: Db) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        tokio::spawn(write(db, receiver));
        Self(sender)
    }

    /// Returns when the event is durable, whether it is new or a repeat.
    pub async fn store(&self, event: NewInboundEvent) -> Result<()> {
        let (done, stored) = oneshot::channel();
        self.0.try_send(Item { event, done }).map_err(|_| busy())?;
        match stored.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(text)) => Err(busy().because(anyhow::anyhow!(text))),
            Err(_) => Err(busy()),
        }
    }
}

fn busy() -> Error {
    Error::new(
        Kind::Unavailable,
        "intake.unavailable",
        "The event could not be stored just now. Deliver it again",
    )
}

async fn write(db: Db, mut waiting: mpsc::Receiver<Item>) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let (events, answers): (Vec<_>, Vec<_>) = batch.drain(..).map(|i| (i.event, i.done)).unzip();
        #[cfg(feature = "planted-bugs")]
        if crate::planted("ack_before_commit") {
            for done in answers {
                done.send(Ok(())).ok();
            }
            tokio::time::sleep(std::time::Duration::from_millis(30)).await;
            store::inbound_event::store(&db, &events).await.ok();
            continue;
        }
        let outcome = store::inbound_event::store(&db, &events).await.map(drop).map_err(|e| e.to_string());
        if let Err(error) = &outcome {
            tracing::error!(%error, events = events.len(), "inbound events could not be stored");
        }
        for done in answers {
            if done.send(outcome.clone()).is_err() {
                tracing::debug!("a caller left before its event was stored");
            }
        }
    }
}
