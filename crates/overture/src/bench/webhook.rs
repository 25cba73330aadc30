//! Texts that come in: signature checked, stored so that a power cut does not take them, answered.
//!
//! The server is a process of its own, once with the role `web`, which does nothing else, and once with all its loops
//! running, which apply what was stored meanwhile. Who asks runs on the same cores.

use super::{
    cores,
    import::{Place, place},
    load::{self, Much, Outcome, Target},
    send,
    server::{Postgres, Server},
};
use crate::{clock::boot_ms, outside};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use store::{Db, Scope, inbound_event};

/// The token that the texts are signed with.
const TOKEN: &str = "perf-auth-token";
/// For so long is watched how what was stored is applied, in milliseconds.
const APPLIED_MS: i64 = 15_000;

/// What is asked of the benchmark.
pub(super) struct Asked {
    pub contacts: u64,
    pub connections: u64,
    pub seconds: u64,
    pub rounds: u64,
    /// Other servers that take the same forms, asked in turn with ours.
    pub beside: Vec<String>,
    /// The server that is measured; this build without it.
    pub binary: Option<PathBuf>,
    pub database: Option<String>,
}

/// Fills a workspace with contacts, lets them write, and prints what it took.
pub(super) async fn run(asked: Asked) -> Result<()> {
    super::in_folder(async |folder| measure(&asked, folder).await).await
}

struct Bench<'a> {
    asked: &'a Asked,
    folder: &'a Path,
    db: Db,
    postgres: Option<Postgres>,
    to: String,
    from: Arc<Vec<String>>,
    /// Differs from run to run, so that a PostgreSQL may be used again.
    seed: u64,
}

async fn measure(asked: &Asked, folder: &Path) -> Result<()> {
    let place = place(asked.contacts, asked.database.clone(), folder).await?;
    place.fill().await?;
    let seed = u64::try_from(place.app.real_ms())?;
    let (to, from) = (number(&place, seed).await?, Arc::new(numbers(&place.file)?));
    let db = place.app.db.clone();
    let postgres = Postgres::find(&db).await?;
    let name = send::name(&place.app);
    println!(
        "webhook, {name}: {} contacts, {} connections, {} s each; {} cores, shared with who asks",
        asked.contacts,
        asked.connections,
        asked.seconds,
        cores()
    );
    let mut bench = Bench { asked, folder, db, postgres, to, from, seed };
    bench.stored().await?;
    bench.applied().await?;
    println!(
        "  asked on two cores: twice the 3,860/s of Fastify with one statement (p99 95 ms), not below the 7,950/s of Fastify \
         with group commit (p99 28 ms), and on SQLite at most 100 us of CPU each"
    );
    Ok(())
}

impl Bench<'_> {
    async fn server(&self, role: &str) -> Result<Server> {
        let binary = match &self.asked.binary {
            Some(binary) => binary.clone(),
            None => std::env::current_exe()?,
        };
        Server::start(&binary, self.folder, self.asked.database.as_deref(), role).await
    }

    fn target(&self, server: &Server) -> Target {
        let path = "/api/twilio/inbound-sms".to_owned();
        Target {
            address: server.address,
            url: format!("http://{}{path}", server.address),
            path,
            token: TOKEN.into(),
            to: self.to.clone(),
            from: self.from.clone(),
        }
    }

    fn much(&mut self) -> Much {
        self.seed += 1;
        Much {
            connections: self.asked.connections,
            warm: Duration::from_secs(2),
            counted: Duration::from_secs(self.asked.seconds),
            seed: self.seed,
        }
    }

    /// Rounds of a server that only stores, in turn with the others.
    async fn stored(&mut self) -> Result<()> {
        let server = self.server("web").await?;
        for _ in 0..self.asked.rounds.max(1) {
            let (much, cpu) = (self.much(), self.cpu(&server));
            let outcome = load::texts(self.target(&server), much).await?;
            self.say("stored and answered", &outcome, Some((self.cpu(&server), cpu)));
            self.is_all_there(much.seed, &outcome).await?;
            for url in &self.asked.beside {
                let much = Much { seed: much.seed + (1 << 40), ..much };
                self.say(url, &load::texts(beside(url)?, much).await?, None);
            }
        }
        println!("  resident memory of the server {:.0} MiB", server.resident_mib()?);
        server.end().await
    }

    /// One round of a server that applies them as well, and how fast it does that when nothing else is to be done.
    async fn applied(&mut self) -> Result<()> {
        let server = self.server("all").await?;
        let (much, cpu) = (self.much(), self.cpu(&server));
        let first = inbound_event::waiting(&self.db).await?;
        let outcome = load::texts(self.target(&server), much).await?;
        self.say("the same, and applied beside it", &outcome, Some((self.cpu(&server), cpu)));
        self.is_all_there(much.seed, &outcome).await?;
        let (waiting, before, cpu) = (inbound_event::waiting(&self.db).await?, boot_ms(), self.cpu(&server));
        println!(
            "  {} of {} were applied meanwhile",
            first + i64::try_from(outcome.different)? - waiting,
            outcome.different
        );
        let mut left = waiting;
        while left > 0 && boot_ms() - before < APPLIED_MS {
            tokio::time::sleep(Duration::from_millis(200)).await;
            left = inbound_event::waiting(&self.db).await?;
        }
        let (applied, seconds) =
            ((waiting - left).max(1) as f64, (boot_ms() - before).max(1) as f64 / 1000.0);
        let [ours, its] = [0, 1].map(|i| (self.cpu(&server)[i] - cpu[i]) as f64 * 1000.0 / applied);
        println!(
            "  {applied:.0} of them applied in {seconds:.1} s when nothing else is to be done = {:.0}/s, {ours:.0} + {its:.0} us of CPU each; \
             resident memory of the server {:.0} MiB",
            applied / seconds,
            server.resident_mib()?
        );
        server.end().await
    }

    /// Processor time so far of the server and of PostgreSQL, in milliseconds.
    fn cpu(&self, server: &Server) -> [i64; 2] {
        [server.cpu_ms(), self.postgres.as_ref().map_or(0, Postgres::cpu_ms)]
    }

    /// Fails where something was answered and is not stored, or is stored twice.
    async fn is_all_there(&self, seed: u64, outcome: &Outcome) -> Result<()> {
        let begin = &load::sid(seed, 0, 0)[..14];
        let stored = inbound_event::keys(&self.db).await?.iter().filter(|key| key.starts_with(begin)).count();
        // A text that was on its way when the time was over is stored as well.
        let most = outcome.different + self.asked.connections;
        ensure!(
            (outcome.different..=most).contains(&(stored as u64)),
            "{} different texts were answered and {stored} are stored",
            outcome.different
        );
        Ok(())
    }

    fn say(&self, what: &str, outcome: &Outcome, cpu: Option<([i64; 2], [i64; 2])>) {
        let refused =
            if outcome.refused > 0 { format!("   {} refused", outcome.refused) } else { String::new() };
        let cost = cpu.map_or_else(String::new, |(now, then)| match each(now, then, outcome) {
            [server, _] if self.postgres.is_none() => format!("   {server:>4.0} us of CPU each"),
            [server, database] => {
                format!("   {server:>4.0} + {database:.0} us of CPU each (server + database)")
            }
        });
        println!(
            "  {what:<38} {:>6.0}/s   p50 {:>6.1} ms   p99 {:>6.1} ms   longest {:>6.1} ms{cost}{refused}",
            outcome.rate,
            outcome.within(0.5),
            outcome.within(0.99),
            outcome.within(1.0)
        );
    }
}

/// Microseconds a request.
fn each(now: [i64; 2], then: [i64; 2], outcome: &Outcome) -> [f64; 2] {
    let requests = (outcome.answered + outcome.refused).max(1) as f64;
    [0, 1].map(|i| (now[i] - then[i]) as f64 * 1000.0 / requests)
}

/// A server that takes the same form at another URL, signed for the name it was written for, from people with the numbers
/// that it has.
fn beside(url: &str) -> Result<Target> {
    let parsed = url::Url::parse(url).with_context(|| format!("{url} is no URL"))?;
    let address = parsed.socket_addrs(|| None)?.first().copied().context("the URL has no address")?;
    Ok(Target {
        address,
        path: parsed.path().to_owned(),
        url: format!("http://perf.local{}", parsed.path()),
        token: TOKEN.into(),
        to: "+15550001111".into(),
        from: Arc::new((0..200_000u64).map(|i| format!("+1{}", 2_000_000_000 + i * 7)).collect()),
    })
}

/// A number of the workspace that is in earnest, with a token of its own; its account is nowhere.
async fn number(place: &Place, seed: u64) -> Result<String> {
    let (app, scope) = (&place.app, &place.scope);
    let to = format!("+1{}", 2_120_000_000 + seed % 10_000_000);
    let mut sender = send::unlimited(app, scope, domain::Channel::Sms, "twilio", &to)?;
    let account = json!({ "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": TOKEN });
    sender.credentials = app.keys.seal(&outside::place(sender.id.as_str()), &account.to_string())?;
    let tx = app.db.begin().await?;
    store::sender::save(&tx, scope, &sender, &to, app.clock.now()).await?;
    store::workspace::set_send_mode(&tx, &Scope::system(scope.workspace.clone()), "live").await?;
    app.commit(tx).await?;
    Ok(to)
}

/// The numbers in a file of contacts.
fn numbers(file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file)?;
    let numbers = text.lines().filter_map(|line| line.split_once(",+1 ("));
    let numbers = numbers.filter_map(|(_, rest)| rest.split(',').next());
    Ok(numbers.map(|rest| format!("+1{}", rest.replace(|c: char| !c.is_ascii_digit(), ""))).collect())
}
