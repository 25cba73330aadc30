//! Debian's Dovecot 2.3 as a throwaway server: an unprivileged user, a free port, its own configuration and
//! its own Maildir, all in one folder that goes with it.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Tries with another port, since a free port can be taken between the look and the start.
const TRIES: u32 = 3;
const START_LIMIT: Duration = Duration::from_secs(20);
pub const PASSWORD: &str = "pass word\"";
/// Runs the server until its standard input closes, which happens however the test ends. Arguments: folder,
/// server and its options.
const SUPERVISOR: &str = r#"
trap : INT HUP TERM
folder=$1
shift
"$@" </dev/null >"$folder/out" 2>&1 &
server=$!
cat >/dev/null
kill -TERM "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// Who the server runs as: never root.
struct Account {
    user: String,
    group: String,
    uid: u32,
    gid: u32,
}

pub struct Dovecot {
    supervisor: Child,
    folder: PathBuf,
    account: Account,
    port: u16,
    mails: u32,
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        if let Err(error) = self.supervisor.wait() {
            eprintln!("waiting for Dovecot to stop: {error}");
        }
    }
}

impl Dovecot {
    /// `None`, said aloud, where there is none on this machine; on CI there is one.
    pub fn start() -> Option<Self> {
        let Some(program) = Some(Path::new("/usr/sbin/dovecot")).filter(|program| program.is_file()) else {
            #[expect(clippy::disallowed_methods, reason = "whether something may be left out")]
            let strict = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!strict, "with CI=true nothing may be skipped: install dovecot-imapd");
            eprintln!(
                "SKIPPED a real IMAP server: Dovecot is not installed (Debian: apt-get install dovecot-imapd)"
            );
            return None;
        };
        let version = Command::new(program).arg("--version").output().unwrap();
        let version = String::from_utf8(version.stdout).unwrap();
        assert!(version.starts_with("2.3."), "this test configures Dovecot 2.3, and here is {version}");
        let mut problem = String::new();
        for _ in 0..TRIES {
            match Self::start_once(program) {
                Ok(server) => return Some(server),
                Err(error) => problem = error,
            }
        }
        panic!("Dovecot did not start: {problem}");
    }

    fn start_once(program: &Path) -> Result<Self, String> {
        let account = unprivileged();
        // Short, since Unix sockets lie in it, and outside of root's home, where nobody else may go.
        let folder = tempfile::Builder::new().prefix("ov-imap-").tempdir_in("/tmp").unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let greeting = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        for (name, text) in [
            ("cert.pem", pem("CERTIFICATE", certified.cert.der())),
            ("key.pem", pem("PRIVATE KEY", &certified.signing_key.serialize_der())),
            ("users", format!("rep:{{PLAIN}}{PASSWORD}\n")),
            ("dovecot.conf", configuration(&folder, &account, port, &greeting)),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        for inner in ["", "mail", "mail/cur", "mail/new", "mail/tmp", "cert.pem", "key.pem", "users"] {
            let path = folder.join(inner);
            if !path.exists() {
                fs::create_dir(&path).unwrap();
            }
            let mode = if path.is_dir() { 0o700 } else { 0o600 };
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            own(&path, &account);
        }
        own(&folder.join("dovecot.conf"), &account);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SUPERVISOR, "overture-dovecot"]).arg(&folder).arg(program);
        command.args(["-F", "-c"]).arg(folder.join("dovecot.conf")).current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        if is_root() {
            command.gid(account.gid).uid(account.uid);
        }
        let server = Self { supervisor: command.spawn().unwrap(), folder, account, port, mails: 0 };
        server.ready(&greeting).map(|()| server)
    }

    /// Ready is what greets as this very server does.
    fn ready(&self, greeting: &str) -> Result<(), String> {
        let start = now();
        while start.elapsed() < START_LIMIT {
            let mut line = String::new();
            if let Ok(stream) = TcpStream::connect(("127.0.0.1", self.port)) {
                BufReader::new(stream).read_line(&mut line).ok();
            }
            if line.contains(greeting) {
                return Ok(());
            }
            let said = self.said();
            if said.contains("Fatal:") || said.contains("failed: Address already in use") {
                return Err(said);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(format!("not ready in time: {}", self.said()))
    }

    /// Its output and its log.
    fn said(&self) -> String {
        ["out", "log"].map(|name| fs::read_to_string(self.folder.join(name)).unwrap_or_default()).concat()
    }

    pub fn credentials(&self) -> Value {
        json!({"host": "127.0.0.1", "port": self.port, "username": "rep", "password": PASSWORD, "security": "none"})
    }

    /// A mail as a mail server delivers it: written aside, then named.
    pub fn deliver(&mut self, raw: &[u8]) {
        self.mails += 1;
        let name = format!("{}.M{}P1.test", 1_700_000_000 + self.mails, self.mails);
        let (aside, here) =
            (self.folder.join("mail/tmp").join(&name), self.folder.join("mail/new").join(&name));
        fs::write(&aside, raw).unwrap();
        own(&aside, &self.account);
        fs::rename(aside, here).unwrap();
    }

    /// The mailbox as after a restored backup: the same mails, all ids anew.
    pub fn renumber(&self, validity: u32) {
        for file in fs::read_dir(self.folder.join("mail")).unwrap().map(|file| file.unwrap().path()) {
            if file.is_file() {
                fs::remove_file(file).unwrap();
            }
        }
        let list = self.folder.join("mail/dovecot-uidlist");
        fs::write(&list, format!("3 V{validity} N1 G00112233445566778899aabbccddeeff\n")).unwrap();
        own(&list, &self.account);
    }

    /// What another program is told about the mailbox, word by word.
    pub fn status(&self, items: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let password = PASSWORD.replace('"', "\\\"");
        write!(stream, "a LOGIN rep \"{password}\"\r\nb STATUS INBOX ({items})\r\nc LOGOUT\r\n").unwrap();
        let found = lines.find_map(|line| line.ok().filter(|line| line.starts_with("* STATUS")));
        found.unwrap_or_else(|| panic!("no status: {}", self.said()))
    }
}

fn configuration(folder: &Path, account: &Account, port: u16, greeting: &str) -> String {
    let (folder, Account { user, group, uid, gid }) = (folder.display(), account);
    format!(
        "base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
login_greeting = {greeting}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
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

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

/// This user, or nobody where this is root.
fn unprivileged() -> Account {
    let me = fs::metadata("/proc/self").unwrap();
    let named = |file: &str, wanted: &dyn Fn(&[&str]) -> bool| -> Vec<String> {
        let text = fs::read_to_string(file).unwrap();
        let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let found = lines.find(|fields| fields.len() > 2 && wanted(fields));
        let found = found.unwrap_or_else(|| panic!("{file} lacks an account to run as"));
        found.into_iter().map(str::to_owned).collect()
    };
    let uid = me.uid().to_string();
    let account =
        named("/etc/passwd", &|fields| if is_root() { fields[0] == "nobody" } else { fields[2] == uid });
    let group = named("/etc/group", &|fields| fields[2] == account[3]);
    Account {
        user: account[0].clone(),
        group: group[0].clone(),
        uid: account[2].parse().unwrap(),
        gid: account[3].parse().unwrap(),
    }
}

fn own(path: &Path, account: &Account) {
    chown(path, Some(account.uid), Some(account.gid)).unwrap();
}

#[expect(clippy::disallowed_methods, reason = "a server's start has a limit in real time")]
fn now() -> Instant {
    Instant::now()
}
