//! A throwaway PostgreSQL for tests: its own data folder, its own free port, gone when this program ends.
//!
//! It never looks for, nor touches, a server that is already there.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::tree;

/// Tries with another port, since a free port can be taken between the look and the start.
const TRIES: u32 = 3;
/// How long a server may take until it answers, on a machine with other work to do.
const START_LIMIT: Duration = Duration::from_secs(60);
/// The supervisor: it runs the server until its standard input closes, which happens however this program
/// ends (a return, ctrl-c, kill -9), and leaves nothing behind. Arguments: folder, server and its options.
const SUPERVISOR: &str = r#"
trap '' INT HUP TERM
folder=$1
shift
cd / || exit 1
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// A running server. Dropping it stops the server and removes its files.
pub struct Postgres {
    supervisor: Child,
    /// Where to connect, as a superuser who may create databases.
    pub url: String,
}

/// Where a server keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the disk: everything is as in production.
    Disk,
    /// In memory where there is plenty: a database for each of a thousand tests, made and dropped, is hundreds of files
    /// each, which takes some file systems longer than the tests. No test here pulls the plug of a PostgreSQL.
    Memory,
}

/// A memory file system of Linux.
const MEMORY: &str = "/dev/shm";
/// What has to be free in it, in KB: a run uses some 2 GB.
const MEMORY_KB: u64 = 6 * 1024 * 1024;

/// A user that the server may run as: PostgreSQL refuses to run as root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Account {
    user: u32,
    group: u32,
}

impl Postgres {
    /// Creates a data folder and starts a server on it.
    pub fn start(place: Place) -> Result<Postgres> {
        let programs = programs().context(
            "there is no PostgreSQL server on this machine; install one \
             (Debian: apt-get install postgresql; macOS: brew install postgresql)",
        )?;
        let account = unprivileged()?;
        let mut attempt = 1;
        loop {
            match start_once(&programs, account, place) {
                Err(error) if attempt < TRIES => eprintln!("xtask: {error:#}; trying another port"),
                outcome => return outcome,
            }
            attempt += 1;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            eprintln!("xtask: waiting for PostgreSQL to stop: {error}");
        }
    }
}

/// The folder with `initdb` and `postgres`: the newest of Debian's, else the first of PATH.
pub fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for entry in fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten() {
        let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
        found.push((version, entry.path().join("bin")));
    }
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let newest_first = found.into_iter().rev().map(|(_, folder)| folder);
    newest_first
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn start_once(programs: &Path, account: Option<Account>, place: Place) -> Result<Postgres> {
    let folder = new_folder(account, place)?;
    let started = start_in(&folder, programs, account);
    if started.is_err() {
        // The supervisor may have removed it already.
        fs::remove_dir_all(&folder).ok();
    }
    started
}

fn start_in(folder: &Path, programs: &Path, account: Option<Account>) -> Result<Postgres> {
    let password = password()?;
    let password_file = folder.join("password");
    fs::write(&password_file, &password).context("writing the password file")?;
    own(&password_file, account, 0o600)?;

    let data = folder.join("data");
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.args([
        "--auth=password",
        "--username=overture",
        "--encoding=UTF8",
        "--locale=C",
        "--no-instructions",
    ]);
    initdb.arg("--pwfile").arg(&password_file).arg("-D").arg(&data);
    let output = as_account(&mut initdb, account).current_dir("/").output().context("starting initdb")?;
    if !output.status.success() {
        bail!("initdb failed, {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }

    let port = free_port()?;
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(SUPERVISOR).arg("overture-postgres").arg(folder);
    command.arg(programs.join("postgres")).arg("-D").arg(&data);
    command.arg("-p").arg(port.to_string()).arg("-k").arg(folder);
    command.args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300"]);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Its own process group, so that ctrl-c reaches this program first and the server after it.
    let child = as_account(&mut command, account).process_group(0).spawn().context("starting the server")?;
    let url = format!("postgres://overture:{password}@127.0.0.1:{port}/postgres");
    let server = Postgres { supervisor: child, url };
    wait_until_ready(folder)?;
    Ok(server)
}

/// Ready is what this very server writes: its pid file says so in its last line. A probe of the port could
/// be answered by another server that took the port a moment before.
fn wait_until_ready(folder: &Path) -> Result<()> {
    let start = Instant::now();
    let log = || last_lines(&fs::read_to_string(folder.join("log")).unwrap_or_default());
    while start.elapsed() < START_LIMIT {
        let state = fs::read_to_string(folder.join("data/postmaster.pid"));
        if state.as_ref().is_ok_and(|text| text.lines().last().is_some_and(|line| line.trim() == "ready")) {
            return Ok(());
        }
        if state.is_err() && log().contains("FATAL:") {
            bail!("PostgreSQL did not start: {}", log());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    bail!("PostgreSQL was not ready within {} s: {}", START_LIMIT.as_secs(), log())
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}

/// The account to run the server as; none where this program is not root and can run it itself.
fn unprivileged() -> Result<Option<Account>> {
    if !tree::is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    let account = account_in(&users, "postgres").or_else(|| account_in(&users, "nobody"));
    let account = account.context(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor nobody to run it",
    )?;
    Ok(Some(account))
}

fn account_in(passwd: &str, name: &str) -> Option<Account> {
    let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let (user, group) = (fields.next()?, fields.next()?);
    Some(Account { user: user.parse().ok()?, group: group.parse().ok()? })
}

fn as_account(command: &mut Command, account: Option<Account>) -> &mut Command {
    match account {
        // Setting the user from root also drops the supplementary groups.
        Some(account) => command.gid(account.group).uid(account.user),
        None => command,
    }
}

/// A folder of our own that its server can reach, and whose path is short enough for a Unix socket.
fn new_folder(account: Option<Account>, place: Place) -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let parent = match account {
        _ if place == Place::Memory && free_kb(MEMORY) >= MEMORY_KB => PathBuf::from(MEMORY),
        // TMPDIR may lie in root's home, where nobody else may go.
        Some(_) => PathBuf::from("/tmp"),
        None => std::env::temp_dir(),
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = parent.join(format!("overture-pg-{}-{number}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
    own(&folder, account, 0o700)?;
    Ok(folder)
}

/// What is free in a file system, in KB; nothing where there is none.
fn free_kb(folder: &str) -> u64 {
    let told = Command::new("df").args(["-Pk", folder]).output();
    told.map_or(0, |told| available(&String::from_utf8_lossy(&told.stdout)))
}

/// The fourth column of the second line, as POSIX has it.
fn available(told: &str) -> u64 {
    let line = told.lines().nth(1).unwrap_or_default();
    line.split_whitespace().nth(3).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

fn own(path: &Path, account: Option<Account>, mode: u32) -> Result<()> {
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(path, permissions).with_context(|| format!("protecting {}", path.display()))?;
    if let Some(account) = account {
        let changed = chown(path, Some(account.user), Some(account.group));
        changed.with_context(|| format!("giving {} to the server's user", path.display()))?;
    }
    Ok(())
}

/// A port that nobody listens on now. It may be gone a moment later, hence the tries.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr().context("reading the free port")?.port())
}

/// Other users of this machine shall not get in.
fn password() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 12];
    let mut source = fs::File::open("/dev/urandom").context("opening /dev/urandom")?;
    source.read_exact(&mut bytes).context("reading /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:PostgreSQL,,,:/var/lib:/bin/bash\n";
        assert_eq!(account_in(passwd, "postgres"), Some(Account { user: 101, group: 104 }));
        assert_eq!(account_in(passwd, "post"), None);
        assert_eq!(account_in("broken:x:a:b", "broken"), None);
    }

    #[test]
    fn what_is_free_is_read_from_df() {
        let told = "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 24644384 1044 24643340 1% /dev/shm\n";
        assert_eq!(available(told), 24_643_340);
        assert_eq!(available("df: /dev/shm: No such file or directory\n"), 0);
    }

    #[test]
    fn passwords_differ_and_need_no_quoting() {
        let (one, two) = (password().unwrap(), password().unwrap());
        assert_ne!(one, two);
        assert!(one.chars().all(|c| c.is_ascii_hexdigit()), "{one}");
    }
}
