//! The inbox over HTTP at full load: its list with filters, its threads, and the search in what was written.

mod fill;

use super::{
    cores, cpu_ms,
    import::{Place, place, product},
    peak_memory_mib, send,
};
use crate::{app::App, clock::boot_ms, http, tool::Ctx};
use anyhow::{Context, Result, ensure};
use domain::ids::ConversationId;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Scope, Sight};

/// Who ask at the same time, each over a connection of their own.
const ASKING: usize = 16;
/// How long each question is asked, in milliseconds.
const MS: i64 = 4_000;

/// What is asked of the benchmark.
pub(super) struct Asked {
    pub conversations: u64,
    pub messages: u64,
    /// Where what is filled is kept, and found the next time.
    pub folder: Option<PathBuf>,
    pub database: Option<String>,
}

/// Fills an inbox with so many conversations and messages, asks, and prints how long the answers took.
pub async fn run(asked: Asked) -> Result<()> {
    if let Some(folder) = asked.folder.clone() {
        std::fs::create_dir_all(&folder)?;
        return measure(asked, &folder).await;
    }
    super::in_folder(async |folder| measure(asked, folder).await).await
}

/// An inbox that is filled.
struct Filled {
    app: Arc<App>,
    scope: Scope,
    thread: ConversationId,
}

fn ctx(app: &Arc<App>, scope: &Scope) -> Ctx {
    Ctx {
        app: app.clone(),
        scope: scope.clone(),
        role: "admin".into(),
        key: None,
        session: None,
        console: true,
        address: None,
    }
}

/// Fills an inbox, and notes in the folder whose it is.
async fn filled(asked: &Asked, folder: &Path) -> Result<Filled> {
    let note = folder.join("inbox.json");
    if note.exists() {
        let known: Value = serde_json::from_slice(&std::fs::read(&note)?)?;
        let text =
            |name: &str| known[name].as_str().with_context(|| format!("{} has no {name}", note.display()));
        let app = product(asked.database.clone(), folder).await?;
        let scope = Scope::member(text("workspace")?.parse()?, text("member")?.parse()?, Sight::Workspace);
        return Ok(Filled { app, scope, thread: text("thread")?.parse()? });
    }
    // Of the rows of the file 6 of 100 are no new person.
    let rows = asked.conversations + asked.conversations / 10 + 100;
    let place = place(rows, asked.database.clone(), folder).await?;
    let (scope, sender) = send::workspace(&place.app).await?;
    let place = Place { scope, ..place };
    place.fill().await?;
    let ctx = ctx(&place.app, &place.scope);
    let before = boot_ms();
    let fill::Written { messages, thread } = fill::fill(&ctx, &sender, asked).await?;
    say("written", messages, before);
    let before = boot_ms();
    let mut rounds = 0;
    while crate::search::keep_up(place.app.clone()).await? {
        rounds += 1;
        if rounds % fill::ROUNDS_TO_CHECKPOINT == 0 {
            place.app.db.checkpoint().await?;
        }
    }
    say("words read", messages, before);
    place.app.db.checkpoint().await?;
    let member = place.scope.member.as_ref().context("a member has founded it")?;
    let known = json!({ "workspace": place.scope.workspace, "member": member, "thread": thread });
    std::fs::write(&note, known.to_string())?;
    Ok(Filled { app: place.app, scope: place.scope, thread })
}

async fn measure(asked: Asked, folder: &Path) -> Result<()> {
    let Filled { app, scope, thread } = filled(&asked, folder).await?;
    while store::conversation::sum_up(&app.db).await? {}
    let name = if app.db.is_postgres() { "PostgreSQL" } else { "SQLite (synchronous=FULL)" };
    println!(
        "inbox, {name}: {} conversations, {} messages; {} cores",
        asked.conversations,
        asked.messages,
        cores()
    );
    let unique = crate::keys::token();
    let made = json!({ "name": format!("bench {}", &unique[..8]), "scopes": ["*:read"] });
    let key = ask(&ctx(&app, &scope), "key_create", made).await?;
    let key = key["key"].as_str().context("a key is shown once")?.to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let base = format!("http://{}/api/conversations", listener.local_addr()?);
    let service = http::router(app.clone()).into_make_service_with_connect_info::<std::net::SocketAddr>();
    let server = tokio::spawn(axum::serve(listener, service).into_future());
    println!("  {ASKING} ask at once, {} s each; client and server in one process", MS / 1000);
    for (what, path) in [
        ("list: open", "?view=open".to_owned()),
        ("list: unread, by text message", "?view=unread&channel=sms".into()),
        ("list: mine", "?view=mine".into()),
        ("list: unassigned", "?view=unassigned".into()),
        ("list: unmatched", "?view=unmatched".into()),
        ("list: open, another channel", "?view=open&channel=whatsapp".into()),
        ("list: done", "?view=done".into()),
        ("list: all", "?view=all".into()),
        ("thread: its newest 50", format!("/{thread}/messages?limit=50")),
        ("search: a word in every message", "?view=all&search=hello".into()),
        ("search: a word in one of a hundred", "?view=all&search=topic42".into()),
        ("search: two words", "?view=all&search=topic42+part7".into()),
        ("search: the beginning of a word", "?view=all&search=hel".into()),
        ("search: a word of one conversation", "?view=all&search=ticket1234".into()),
        ("search: what nobody wrote", "?view=all&search=zeppelin".into()),
    ] {
        load(what, format!("{base}{path}"), &key).await?;
    }
    server.abort();
    println!("  peak memory {:.0} MiB", peak_memory_mib().unwrap_or_default());
    println!(
        "  asked on two cores: lists within 15 ms, threads 10 ms, search 40 ms (99 of 100); at full load 2.5 times the 1,780 lists/s of \
         Fastify on SQLite and 1.5 times on PostgreSQL"
    );
    Ok(())
}

fn say(what: &str, count: u64, before: i64) {
    let seconds = (boot_ms() - before).max(1) as f64 / 1000.0;
    println!("  {what:<38} {seconds:>8.1} s = {:.0} messages/s", count as f64 / seconds);
}

async fn ask(ctx: &Ctx, tool: &str, input: Value) -> Result<Value> {
    ctx.app.registry.call(ctx.clone(), tool, input).await.map_err(|error| anyhow::anyhow!("{tool}: {error}"))
}

#[expect(clippy::disallowed_methods, reason = "a measurement in parts of a millisecond")]
fn instant() -> Instant {
    Instant::now()
}

#[expect(clippy::disallowed_methods, reason = "it asks the server in this process")]
fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(60)).build()?)
}

/// Asks as often as it is answered, and prints how often that was, how long it took, and what it cost.
async fn load(what: &str, url: String, key: &str) -> Result<()> {
    let url: Arc<str> = url.into();
    let (until, cpu) = (boot_ms() + MS, cpu_ms());
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..ASKING {
        let (url, key) = (url.clone(), key.to_owned());
        let client = client()?;
        asking.spawn(async move {
            let mut times = Vec::new();
            while boot_ms() < until {
                let before = instant();
                let answer = client.get(&*url).bearer_auth(&key).send().await?;
                let status = answer.status();
                let bytes = answer.bytes().await?;
                ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&bytes));
                times.push(before.elapsed().as_secs_f64() * 1000.0);
            }
            anyhow::Ok(times)
        });
    }
    let mut times: Vec<f64> = Vec::new();
    while let Some(done) = asking.join_next().await {
        times.extend(done??);
    }
    let cpu = cpu_ms().zip(cpu).map_or(0, |(end, start)| end - start);
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "  {what:<38} {:>6.0}/s   p50 {:>8.2} ms   p99 {:>8.2} ms   {:>6.0} us of CPU",
        times.len() as f64 * 1000.0 / MS as f64,
        at(0.5),
        at(0.99),
        cpu as f64 * 1000.0 / times.len().max(1) as f64
    );
    Ok(())
}
