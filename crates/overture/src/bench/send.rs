//! The send loop, from queued to recorded as sent: claims, guards, one HTTP call each, outcomes.

use super::{cores, cpu_ms, peak_memory_mib};
use crate::{
    app::App,
    clock::{Clock, boot_ms},
    config::{Config, Flags},
    keys::Keys,
    loops,
    outside::{self, Outside, Sandbox},
    people::{self, Founder},
};
use anyhow::{Result, ensure};
use axum::{Router, http::StatusCode, routing::post};
use domain::{
    Channel,
    ids::{ConversationId, MessageId, SenderId},
    message::Policy,
};
use serde_json::json;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::{Db, Scope, Sight, conversation::Open, message::NewOutbound, sender::Sender};

/// Sends `count` messages and prints what it took.
pub async fn run(count: u32, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(count, database, folder).await).await
}

async fn measure(count: u32, database: Option<String>, folder: &std::path::Path) -> Result<()> {
    let (sink, heard) = sink().await?;
    let door = Sandbox {
        http: sink.clone(),
        smtp: ([127, 0, 0, 1], 0).into(),
        account_sid: "ACbench".into(),
        auth_token: "bench".into(),
        email_secret: "bench".into(),
        meta_token: "bench".into(),
        meta_secret: "bench".into(),
    };
    let app = product(database, folder, door).await?;
    let (scope, sender) = workspace(&app).await?;
    fill(&app, &scope, &sender, count).await?;
    let took = leave(&app, &scope, count, Duration::from_millis(5), || heard.load(Ordering::Relaxed)).await?;
    println!(
        "send loop, {}: {count} messages in {:.2} s = {:.0} messages/s; {:.0} us of CPU each (sink included, PostgreSQL not); heard by the sink: {}; peak memory {:.0} MiB; {} cores",
        name(&app),
        took.seconds,
        f64::from(count) / took.seconds,
        took.cpu_us / f64::from(count),
        heard.load(Ordering::Relaxed),
        peak_memory_mib().unwrap_or_default(),
        cores()
    );
    Ok(())
}

pub(super) fn name(app: &App) -> &'static str {
    if app.db.is_postgres() { "PostgreSQL" } else { "SQLite (synchronous=FULL)" }
}

/// The product on a fresh database, with a door to the outside.
pub(super) async fn product(
    database: Option<String>,
    folder: &std::path::Path,
    door: Sandbox,
) -> Result<Arc<App>> {
    let mut config = Config::load(&Flags { data_dir: Some(folder.to_owned()), ..Flags::default() })?;
    config.database_url = None;
    let store_config = match &database {
        Some(url) => store::Config::Postgres {
            url: url.clone(),
            max_connections: 16,
            idle_in_transaction: config.idle_in_transaction(),
        },
        None => store::Config::Sqlite { path: folder.join("bench.db"), sync_full: true },
    };
    let db = Db::open(&store_config).await?;
    let keys = Keys::open(&folder.join("keys"))?;
    let app = App::new(config, db, Clock::new(1.0), keys, Outside::new(door, Duration::from_secs(10)), false);
    app.stops.read(&app).await?;
    Ok(app)
}

/// What it took.
pub(super) struct Took {
    pub seconds: f64,
    /// Processor time of this process.
    pub cpu_us: f64,
}

/// Lets the loops run until so many messages have left and are recorded. `heard` is asked every so often how many the
/// other side has got; counting what is queued could cost more than sending it.
pub(super) async fn leave(
    app: &Arc<App>,
    scope: &Scope,
    count: u32,
    every: Duration,
    heard: impl Fn() -> u64,
) -> Result<Took> {
    let (tell, stop) = tokio::sync::watch::channel(false);
    let (before, cpu) = (boot_ms(), cpu_ms());
    let mut work = loops::start(app, &stop);
    let mut last = (0, boot_ms());
    while last.0 < u64::from(count) {
        tokio::time::sleep(every).await;
        match heard() {
            more if more > last.0 => last = (more, boot_ms()),
            _ => ensure!(boot_ms() - last.1 < 30_000, "nothing has left for 30 seconds"),
        }
    }
    loop {
        let now = store::stats::now(&app.db, scope).await?;
        if now.queued == 0 && now.sending == 0 {
            break;
        }
        tokio::time::sleep(every).await;
    }
    let (ms, cpu) = ((boot_ms() - before).max(1), cpu_ms().zip(cpu).map_or(0, |(end, start)| end - start));
    tell.send(true)?;
    while work.join_next().await.is_some() {}
    Ok(Took { seconds: ms as f64 / 1000.0, cpu_us: cpu as f64 * 1000.0 })
}

/// A Twilio that answers at once.
async fn sink() -> Result<(String, Arc<AtomicU64>)> {
    let heard: Arc<AtomicU64> = Arc::default();
    let counter = heard.clone();
    let answer = move |body: axum::body::Bytes| {
        let n = counter.fetch_add(1, Ordering::Relaxed);
        let size = body.len();
        async move {
            let sid = format!("SM{n:032x}");
            (
                StatusCode::CREATED,
                axum::Json(json!({ "sid": sid, "status": "queued", "num_segments": "1", "size": size })),
            )
        }
    };
    let router = Router::new().route("/2010-04-01/Accounts/{account}/Messages.json", post(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("the sink ended: {error}");
        }
    });
    Ok((url, heard))
}

pub(super) async fn workspace(app: &Arc<App>) -> Result<(Scope, Sender)> {
    let unique = crate::keys::token();
    let founder = Founder {
        name: "Bench".into(),
        email: format!("{}@bench.example", &unique[..12].replace(['-', '_'], "x")),
        password: "benchmark-only".into(),
        workspace: "Bench".into(),
        time_zone: "UTC".into(),
        default_country: "US".into(),
    };
    let (workspace, member) =
        people::found(app, founder).await.map_err(|e| anyhow::anyhow!("{}", e.message))?;
    let scope = Scope::member(workspace, member, Sight::Workspace);
    let address = format!("MG{}", store::new_id(SenderId::from_uuid).as_str());
    let new = unlimited(app, &scope, Channel::Sms, "twilio", &address)?;
    let tx = app.db.begin().await?;
    store::sender::save(&tx, &scope, &new, &new.address, app.clock.now()).await?;
    tx.commit().await?;
    Ok((scope, new))
}

/// A sender without any limit.
pub(super) fn unlimited(
    app: &App,
    scope: &Scope,
    channel: Channel,
    provider: &str,
    address: &str,
) -> Result<Sender> {
    let mut new = Sender::new(&scope.workspace, channel, provider, "Bench", address);
    new.credentials = app.keys.seal(&outside::place(new.id.as_str()), "{}")?;
    Ok(new)
}

pub(super) async fn fill(app: &Arc<App>, scope: &Scope, sender: &Sender, count: u32) -> Result<()> {
    for batch in (0..count).collect::<Vec<_>>().chunks(1000) {
        let now = app.clock.now();
        let address = |n: u32| match sender.channel {
            Channel::Email => format!("person{n}@example{}.test", n % 1_000),
            _ => format!("+1{:010}", 2_000_000_000 + u64::from(n)),
        };
        let is_mail = sender.channel == Channel::Email;
        let open: Vec<Open> = batch
            .iter()
            .map(|n| Open {
                id: store::new_id(ConversationId::from_uuid),
                contact_id: None,
                channel: sender.channel,
                sender_id: sender.id.clone(),
                address: address(*n),
                address_key: address(*n),
                subject: None,
                snippet: "Hello".into(),
                campaign_id: None,
            })
            .collect();
        let messages: Vec<NewOutbound> = open
            .iter()
            .map(|o| NewOutbound {
                id: store::new_id(MessageId::from_uuid),
                conversation_id: o.id.clone(),
                contact_id: None,
                campaign_id: None,
                enrollment_id: None,
                node_key: None,
                sender_id: sender.id.clone(),
                channel: sender.channel,
                policy: Policy::AtMostOnce,
                dedupe_key: format!("bench:{}", o.address),
                from_address: sender.address.clone(),
                to_address: o.address.clone(),
                to_key: o.address_key.clone(),
                subject: is_mail.then(|| "About next week".to_owned()),
                body: format!(
                    "Hi {}, a text of about the length that people send in campaigns. Reply STOP to opt out.",
                    o.address
                ),
                approved: None,
                rfc_message_id: is_mail.then(|| format!("{}@bench.test", o.id)),
                in_reply_to: None,
                reference_ids: None,
                not_before: now,
                due_at: now,
                author_id: None,
            })
            .collect();
        let tx = app.db.begin().await?;
        store::conversation::ensure(&tx, scope, &open, now).await?;
        store::message::queue(&tx, scope, &messages, now).await?;
        tx.commit().await?;
    }
    Ok(())
}
