//! A mailbox that is read from its beginning: every mail stored, then applied.
//!
//! The mail server is Debian's Dovecot 2.3, started for this with a mailbox of its own (`apt-get install dovecot-imapd`).

use super::{
    cores, cpu_ms,
    import::{Place, place},
    peak_memory_mib, send,
};
use crate::{app::App, clock::boot_ms, loops, senders::account};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::{
    fmt::Write as _,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use store::{Scope, inbound_event};
use tokio::io::AsyncReadExt;

const PASSWORD: &str = "bench";
/// Runs the server until its standard input closes, which happens however this process ends.
const SUPERVISOR: &str = r#"trap : INT HUP TERM
"$@" </dev/null >/dev/null 2>&1 &
server=$!
cat >/dev/null
kill -TERM "$server" 2>/dev/null
wait "$server""#;
/// Contacts of whom some write.
const CONTACTS: u64 = 10_000;

/// Fills a mailbox with so many mails, reads it, and prints what it took.
pub async fn run(mails: u64, apply: u64, database: Option<String>) -> Result<()> {
    super::in_folder(async |folder| measure(mails, apply, database, folder).await).await
}

async fn measure(mails: u64, apply: u64, database: Option<String>, folder: &Path) -> Result<()> {
    let server = Dovecot::start(&folder.join("server"), mails).await?;
    let ours = folder.join("ours");
    std::fs::create_dir_all(&ours)?;
    let place = place(CONTACTS, database, &ours).await?;
    place.fill().await?;
    let app = &place.app;
    let before = boot_ms();
    let credentials = server.credentials();
    let alone = through(&credentials).await?;
    println!(
        "IMAP, {}: a mailbox of {mails} mails in Dovecot; {} cores, shared with the server",
        send::name(app),
        cores()
    );
    say("read, and nothing done with them", alone, before, None);
    mailbox(&place, &credentials).await?;
    let (before, cpu) = (boot_ms(), cpu_ms());
    while loops::polls::run(app.clone()).await? {}
    let stored = u64::try_from(inbound_event::waiting(&app.db).await?)?;
    ensure!(stored == mails, "of {mails} mails {stored} are stored");
    say("read and stored", stored, before, cpu);
    println!("  peak memory so far {:.0} MiB", peak_memory_mib().unwrap_or_default());
    applied(app, mails.min(apply)).await?;
    println!("  peak memory {:.0} MiB", peak_memory_mib().unwrap_or_default());
    println!("  asked: 2,000 mails/s or what the server gives, in bounded memory");
    Ok(())
}

fn say(what: &str, count: u64, before: i64, cpu: Option<i64>) {
    let seconds = (boot_ms() - before).max(1) as f64 / 1000.0;
    let cost = cpu_ms().zip(cpu).map_or_else(String::new, |(now, then)| {
        format!(", {:.0} us of CPU each (the server not)", (now - then) as f64 * 1000.0 / count.max(1) as f64)
    });
    println!("  {what:<38} {count} in {seconds:.2} s = {:.0} mails/s{cost}", count as f64 / seconds);
}

/// Reads the mailbox to its end; how many mails there were.
async fn through(credentials: &Value) -> Result<u64> {
    let (mut cursor, mut count) = ("0:0".to_owned(), 0);
    loop {
        let found = providers::imap::poll(credentials, Some(&cursor)).await?;
        count += found.messages.len() as u64;
        cursor = found.cursor;
        if !found.more {
            return Ok(count);
        }
    }
}

/// Applies so many of what is stored.
async fn applied(app: &Arc<App>, wanted: u64) -> Result<()> {
    let (before, cpu) = (boot_ms(), cpu_ms());
    let first = inbound_event::waiting(&app.db).await?;
    let mut left = first;
    while u64::try_from(first - left)? < wanted && loops::inbound::run(app.clone()).await? {
        left = inbound_event::waiting(&app.db).await?;
    }
    left = inbound_event::waiting(&app.db).await?;
    say("applied: conversations, messages", u64::try_from(first - left)?, before, cpu);
    Ok(())
}

/// A sender whose mailbox is read from its first mail on, in a workspace in earnest.
async fn mailbox(place: &Place, credentials: &Value) -> Result<()> {
    let (app, scope) = (&place.app, &place.scope);
    let unique = crate::keys::token();
    let address = format!("{}@bench.test", unique[..12].replace(['-', '_'], "x").to_lowercase());
    let mut sender = send::unlimited(app, scope, domain::Channel::Email, "smtp", &address)?;
    account::set_mailbox(app, &mut sender, Some(credentials))?;
    let tx = app.db.begin().await?;
    store::sender::save(&tx, scope, &sender, &address, app.clock.now()).await?;
    store::sender::set_poll_cursor(&tx, &sender.id, (None, "0:0"), None).await?;
    store::workspace::set_send_mode(&tx, &Scope::system(scope.workspace.clone()), "live").await?;
    app.commit(tx).await?;
    Ok(())
}

/// The server; it ends with this value.
struct Dovecot {
    child: Child,
    port: u16,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            eprintln!("Dovecot does not end: {error}");
        }
    }
}

/// Who the server runs as: this user, or nobody where this is root.
fn account() -> Result<(String, u32, String, u32)> {
    let me = std::fs::metadata("/proc/self")?.uid();
    let wanted = |fields: &[&str]| if me == 0 { fields[0] == "nobody" } else { fields[2] == me.to_string() };
    let find = |file: &str, wanted: &dyn Fn(&[&str]) -> bool| -> Result<Vec<String>> {
        let text = std::fs::read_to_string(file)?;
        let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = lines.find(|fields| fields.len() > 2 && wanted(fields));
        Ok(found
            .with_context(|| format!("{file} lacks an account"))?
            .into_iter()
            .map(str::to_owned)
            .collect())
    };
    let user = find("/etc/passwd", &wanted)?;
    let gid = user.get(3).cloned().unwrap_or_default();
    let group = find("/etc/group", &|fields| fields[2] == gid)?;
    Ok((user[0].clone(), user[2].parse()?, group[0].clone(), gid.parse()?))
}

impl Dovecot {
    async fn start(folder: &Path, mails: u64) -> Result<Self> {
        let program = Path::new("/usr/sbin/dovecot");
        ensure!(program.is_file(), "there is no Dovecot here (Debian: apt-get install dovecot-imapd)");
        let (user, uid, group, gid) = account()?;
        for inner in ["", "mail", "mail/cur", "mail/new", "mail/tmp"] {
            std::fs::create_dir_all(folder.join(inner))?;
            chown(folder.join(inner), Some(uid), Some(gid))?;
        }
        let new = folder.join("mail/cur");
        tokio::task::spawn_blocking(move || fill(&new, mails, (uid, gid))).await??;
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let conf = folder.join("dovecot.conf");
        std::fs::write(folder.join("users"), format!("rep:{{PLAIN}}{PASSWORD}\n"))?;
        std::fs::write(&conf, configuration(folder, (&user, uid), (&group, gid), port))?;
        chown(folder.join("users"), Some(uid), Some(gid))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "overture-dovecot"]).arg(program).args(["-F", "-c"]).arg(&conf);
        command.current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if std::fs::metadata("/proc/self")?.uid() == 0 {
            command.gid(gid).uid(uid);
        }
        let server = Self { child: command.spawn()?, port };
        let before = boot_ms();
        while boot_ms() - before < 20_000 {
            let mut hello = [0; 4];
            if let Ok(mut stream) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await
                && stream.read_exact(&mut hello).await.is_ok()
                && &hello == b"* OK"
            {
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("Dovecot does not greet: {}", std::fs::read_to_string(folder.join("log")).unwrap_or_default())
    }

    fn credentials(&self) -> Value {
        json!({
            "host": "127.0.0.1", "port": self.port, "username": "rep", "password": PASSWORD, "security": "none"
        })
    }
}

/// Mails as people write them, of some two thousand bytes.
fn fill(folder: &Path, mails: u64, (uid, gid): (u32, u32)) -> Result<()> {
    let mut raw = String::new();
    for n in 0..mails {
        raw.clear();
        write!(
            raw,
            "Return-Path: <person{n}@people.example>\r\nDelivered-To: rep@bench.test\r\nMessage-ID: <n{n}@people.example>\r\n\
             Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nFrom: Person {n} <person{n}@people.example>\r\nTo: rep@bench.test\r\n\
             Subject: About topic {}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
            n % 100
        )?;
        for line in 0..20 {
            write!(
                raw,
                "This is line {line} of what person {n} wrote about topic {}, at some length.\r\n",
                n % 100
            )?;
        }
        let path = folder.join(format!("{}.M{n}P1.bench:2,", 1_700_000_000 + n));
        std::fs::write(&path, &raw)?;
        chown(&path, Some(uid), Some(gid))?;
    }
    Ok(())
}

fn configuration(folder: &Path, (user, uid): (&str, u32), (group, gid): (&str, u32), port: u16) -> String {
    let folder = folder.display();
    format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"
    )
}
