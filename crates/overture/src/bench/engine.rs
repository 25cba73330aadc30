//! The engine: from people who are due to their messages recorded as sent, against a sink that answers at once and
//! costs nothing, so that what is measured is ours: reading, rules, texts, guards, claims and commits.

use super::{
    cores, cpu_ms,
    import::{Place, place},
    peak_memory_mib,
};
use crate::{
    campaigns::{self, Audience, Create},
    clock::boot_ms,
    loops,
    tool::Ctx,
};
use anyhow::{Result, ensure};
use async_trait::async_trait;
use domain::{
    Channel,
    ids::{FunnelId, SenderId},
};
use providers::{Api, Fail, Found, Gate, Outgoing, Receipt};
use serde_json::{Value, json};
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{contact::Query, sender::Sender};

/// Runs a campaign of two steps for as many people as a file of `people` rows gives, beside `waiting` enrollments that
/// are not due, and prints what it took.
pub async fn run(people: u64, waiting: u64, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(people, waiting, database, folder).await).await
}

async fn measure(people: u64, waiting: u64, database: Option<String>, folder: &Path) -> Result<()> {
    let place = place(people.max(waiting), database, folder).await?;
    place.fill().await?;
    let app = &place.app;
    app.stops.read(app).await?;
    let ctx = Ctx {
        app: app.clone(),
        scope: place.scope.clone(),
        role: "admin".into(),
        key: None,
        session: None,
        console: true,
        address: None,
    };
    let (sender, sink) = sender(&place).await?;
    app.outside.take_in_place(&store::workspace::get(&app.db, &place.scope).await?, &sender, sink.clone());
    if waiting > 0 {
        let first = json!({ "key": "w", "type": "wait", "name": "", "config": { "seconds": 30 * 86_400 } });
        begin(&ctx, "Waiting", vec![first, text("t", "Hello")], all(&place, waiting).await?).await?;
        while loops::steps::run(app.clone()).await? {}
    }
    let audience = all(&place, people).await?;
    let query = Query { ids: audience.contact_ids.clone(), ..Query::default() };
    let unreachable = store::contact::missing(&app.db, &place.scope, &query, "contact.email").await?;
    let before = boot_ms();
    let enrolled = begin(&ctx, "Two steps", vec![text("one", ONE), text("two", TWO)], audience).await?;
    let start_ms = boot_ms() - before;
    // A few rows of the file have no address: their steps are skipped.
    let expected = 2 * (enrolled - u64::try_from(unreachable)?);
    let (tell, stop) = tokio::sync::watch::channel(false);
    let (before, cpu) = (boot_ms(), cpu_ms());
    let mut work = loops::start(app, &stop);
    let mut first_ms = None;
    let mut last = (0, boot_ms());
    while last.0 < expected {
        tokio::time::sleep(Duration::from_millis(5)).await;
        match sink.taken.load(Ordering::Relaxed) {
            more if more > last.0 => {
                first_ms.get_or_insert(boot_ms() - before);
                last = (more, boot_ms());
            }
            _ => ensure!(
                boot_ms() - last.1 < 60_000,
                "nothing has left for a minute: {} of {expected} messages did",
                last.0
            ),
        }
    }
    loop {
        let now = store::stats::now(&app.db, &place.scope).await?;
        if now.queued == 0 && now.sending == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (ms, cpu) = ((boot_ms() - before).max(1), cpu_ms().zip(cpu).map_or(0, |(end, start)| end - start));
    tell.send(true)?;
    while work.join_next().await.is_some() {}
    ensure!(sink.taken.load(Ordering::Relaxed) == expected, "a message left twice");
    let name = if app.db.is_postgres() { "PostgreSQL" } else { "SQLite (synchronous=FULL)" };
    println!(
        "engine, {name}: {enrolled} people, two steps, {waiting} others waiting: enrolled in {:.2} s, first message {:.2} s after that, \
         all recorded in {:.2} s = {:.0} messages/s; {:.0} us of CPU each (PostgreSQL not included); peak memory {:.0} MiB; {} cores",
        start_ms as f64 / 1000.0,
        first_ms.unwrap_or_default() as f64 / 1000.0,
        ms as f64 / 1000.0,
        expected as f64 * 1000.0 / ms as f64,
        cpu as f64 * 1000.0 / expected.max(1) as f64,
        peak_memory_mib().unwrap_or_default(),
        cores()
    );
    Ok(())
}

const ONE: &str = "Hi {{ contact.first_name | default(\"there\") }}, we help teams in {{ contact.city | default(\"your city\") }} \
                   to answer faster. Would a short call next week suit you?";
const TWO: &str = "Hi {{ contact.first_name | default(\"there\") }}, did my note about {{ contact.company | default(\"your company\") }} \
                   reach you? A yes or a no is enough.";

fn text(key: &str, body: &str) -> Value {
    json!({ "key": key, "type": "email_send", "name": key, "config": { "subject": format!("About {key}"), "body": body } })
}

/// The first so many contacts; all of them where there are no more.
async fn all(place: &Place, most: u64) -> Result<Audience> {
    let total = store::contact::count(&place.app.db, &place.scope, &Query::default()).await?;
    if u64::try_from(total)? <= most {
        return Ok(Audience { all: Some(true), ..Audience::default() });
    }
    let most = i64::try_from(most)?;
    let found =
        store::contact::newest_merge_data(&place.app.db, &place.scope, &Query::default(), most).await?;
    let ids = found.into_iter().map(|contact| contact.id).collect();
    Ok(Audience { contact_ids: Some(ids), ..Audience::default() })
}

async fn begin(ctx: &Ctx, name: &str, nodes: Vec<Value>, audience: Audience) -> Result<u64> {
    let edges: Vec<Value> =
        nodes.windows(2).map(|two| json!({ "from": two[0]["key"], "to": two[1]["key"] })).collect();
    let body = json!({ "name": name, "graph": { "nodes": nodes, "edges": edges } });
    let call = ctx.app.registry.call(ctx.clone(), "funnel_create", body).await;
    let funnel = call.map_err(|error| anyhow::anyhow!("{error}"))?;
    let funnel_id: FunnelId = serde_json::from_value(funnel["id"].clone())?;
    let create = Create {
        name: name.into(),
        funnel_id,
        audience,
        windows: vec![],
        on_holidays: false,
        lateness: domain::guard::Lateness::Skip,
        continuous: false,
        ends_for_company: false,
        daily_cap: None,
        approval: domain::approval::Approval::None,
        exclusive: false,
        gap_days: None,
        event: None,
        senders: vec![],
    };
    let id = campaigns::make(ctx, create).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    campaigns::begin(ctx, &id).await.map_err(|error| anyhow::anyhow!("{error}"))
}

async fn sender(place: &Place) -> Result<(Sender, Arc<Sink>)> {
    let address = format!("{}@bench.example", store::new_id(SenderId::from_uuid).as_str());
    let new = super::send::unlimited(&place.app, &place.scope, Channel::Email, "smtp", &address)?;
    let tx = place.app.db.begin().await?;
    store::sender::save(&tx, &place.scope, &new, &address, place.app.clock.now()).await?;
    tx.commit().await?;
    Ok((new, Arc::new(Sink { taken: AtomicU64::new(0) })))
}

/// A provider that takes everything at once.
struct Sink {
    taken: AtomicU64,
}

#[async_trait]
impl Api for Sink {
    async fn check(&self) -> Result<(), Fail> {
        Ok(())
    }

    async fn send(&self, message: &Outgoing, _: Arc<dyn Gate>) -> Result<Receipt, Fail> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        Ok(Receipt { provider_message_id: message.message_id.clone() })
    }

    async fn find(&self, _: &Outgoing, _: i64) -> Result<Found, Fail> {
        Ok(Found::CannotKnow)
    }
}
