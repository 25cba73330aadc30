//! The product's own work: each loop claims what is due, does it, writes it, and sleeps until it is woken
//! or a second has passed. Any number of nodes may run any of them.

pub mod backoff;
pub mod clocks;
pub mod flights;
pub mod inbound;
pub mod jobs;
pub mod notices;
pub mod outbox;
pub mod polls;
pub mod reconcile;
pub mod rests;
pub mod steps;
pub mod upkeep;
pub mod webhooks;

use crate::app::App;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio::{sync::Notify, task::JoinSet};

/// Told once, when the node shuts down.
pub type Stop = watch::Receiver<bool>;

/// Starts every loop. They end when `stop` turns true; what is in flight is finished first.
pub fn start(app: &Arc<App>, stop: &Stop) -> JoinSet<()> {
    let mut loops = JoinSet::new();
    loops.spawn(outbox::dispatch(app.clone(), stop.clone()));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "steps",
        |a| &a.wake.steps,
        Duration::from_secs(1),
        steps::run,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "inbound",
        |a| &a.wake.inbound,
        Duration::from_secs(1),
        inbound::run,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "jobs",
        |a| &a.wake.jobs,
        Duration::from_secs(1),
        jobs::run,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "segments",
        |a| &a.wake.segments,
        Duration::from_secs(1),
        crate::segments::keep_up,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "search",
        |_| &NEVER,
        Duration::from_secs(1),
        crate::search::keep_up,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "clocks",
        |a| &a.wake.clocks,
        Duration::from_secs(1),
        clocks::run,
    ));
    loops.spawn(webhooks::dispatch(app.clone(), stop.clone()));
    loops.spawn(notices::dispatch(app.clone(), stop.clone()));
    let pace = Duration::from_millis(u64::try_from(app.config.lease_ms / 4).unwrap_or(1000).clamp(100, 1000));
    loops.spawn(every(app.clone(), stop.clone(), "reconcile", |_| &NEVER, pace, reconcile::run));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "stops",
        |_| &NEVER,
        Duration::from_millis(200),
        read_stops,
    ));
    loops.spawn(every(app.clone(), stop.clone(), "polls", |_| &NEVER, Duration::from_secs(5), polls::run));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "templates",
        |_| &NEVER,
        Duration::from_secs(1),
        crate::approved::run,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "access",
        |_| &NEVER,
        Duration::from_secs(5),
        crate::access::run,
    ));
    loops.spawn(every(
        app.clone(),
        stop.clone(),
        "upkeep",
        |_| &NEVER,
        Duration::from_millis(500),
        upkeep::run,
    ));
    let restored = (Duration::from_secs(1), Duration::from_secs(60));
    loops.spawn(every(app.clone(), stop.clone(), "notes", |_| &NEVER, restored.0, crate::restored::sync));
    loops.spawn(every(app.clone(), stop.clone(), "life", |_| &NEVER, restored.1, crate::restored::beat));
    let hour = Duration::from_secs(3_600);
    loops.spawn(every(app.clone(), stop.clone(), "forget", |_| &NEVER, hour, upkeep::forget));
    loops
}

async fn read_stops(app: Arc<App>) -> crate::error::Result<bool> {
    app.stops.read(&app).await.map(|()| false)
}

/// For loops that nothing wakes.
static NEVER: Notify = Notify::const_new();

/// Runs `work` again at once while it finds something, else when woken or after `rest`.
async fn every<F, Fut>(
    app: Arc<App>,
    mut stop: Stop,
    name: &'static str,
    wake: fn(&App) -> &Notify,
    rest: Duration,
    work: F,
) where
    F: Fn(Arc<App>) -> Fut,
    Fut: Future<Output = crate::error::Result<bool>>,
{
    while !*stop.borrow() {
        let more = match work(app.clone()).await {
            Ok(more) => more,
            Err(error) => {
                tracing::error!(%error, "the {name} loop failed and goes on");
                false
            }
        };
        if more {
            tokio::task::yield_now().await;
            continue;
        }
        tokio::select! {
            () = wake(&app).notified() => {}
            () = tokio::time::sleep(rest) => {}
            _ = stop.changed() => {}
        }
    }
}
