//! The programs under test, and the ones that the tests need: where they are, how they are started, and how
//! a process is stopped in its tracks.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// How long a program may take from its start to its port file, on a machine with other work to do.
const START_LIMIT: Duration = Duration::from_secs(30);
/// Lines of a failed program's output that are worth reading.
const LAST_LINES: usize = 25;

/// The binaries of this run.
#[derive(Debug, Clone, clap::Args)]
pub struct Programs {
    /// The `overture` binary; default: the one beside this program.
    #[arg(long, env = "OVERTURE_BIN")]
    overture: Option<PathBuf>,
    /// An `overture` binary with the feature `planted-bugs`.
    #[arg(long, env = "OVERTURE_BUGGY_BIN")]
    buggy: Option<PathBuf>,
    /// The `sandbox` binary; default: the one beside this program.
    #[arg(long, env = "SANDBOX_BIN")]
    sandbox: Option<PathBuf>,
    /// A PostgreSQL server on which databases may be created, e.g. postgres://postgres@127.0.0.1:5433/postgres.
    #[arg(long, env = "OVERTURE_TEST_POSTGRES")]
    pub postgres: Option<String>,
}

impl Programs {
    /// The product, as it is released or with planted bugs.
    pub fn overture(&self, bug: Option<&str>) -> Result<PathBuf> {
        match bug {
            None => find(self.overture.as_deref(), "overture", "OVERTURE_BIN"),
            Some(bug) => self.buggy.clone().with_context(|| {
                format!(
                    "cannot plant {bug}: OVERTURE_BUGGY_BIN is not set; \
                     build one with `cargo build -p overture --features planted-bugs`"
                )
            }),
        }
    }

    /// May bugs be planted in this run?
    pub fn has_bugs(&self) -> bool {
        self.buggy.is_some()
    }

    /// The stand-in for Twilio.
    pub fn sandbox(&self) -> Result<PathBuf> {
        find(self.sandbox.as_deref(), "sandbox", "SANDBOX_BIN")
    }
}

fn find(given: Option<&Path>, name: &str, variable: &str) -> Result<PathBuf> {
    let path = match given {
        Some(path) => path.to_owned(),
        None => std::env::current_exe().context("finding this program's own path")?.with_file_name(name),
    };
    if !path.is_file() {
        bail!(
            "there is no program {}; build it with `cargo build -p {name}` or set {variable}",
            path.display()
        );
    }
    path.canonicalize().with_context(|| format!("resolving {}", path.display()))
}

/// A command that inherits nothing which could change what the program does, not even a configuration file in
/// the folder that this program was started in.
pub fn clean_command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir(std::env::temp_dir()).kill_on_drop(true).stdin(Stdio::null());
    for name in ["PATH", "HOME", "TMPDIR", "RUST_LOG", "RUST_BACKTRACE"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

/// A server under our hands: a child that tells its address in a port file.
pub struct Server {
    child: Child,
    port_file: PathBuf,
    log: PathBuf,
}

impl Server {
    /// Starts `command`, to which the port file must be known already, with all output appended to `log`.
    pub fn start(command: &mut Command, port_file: PathBuf, log: PathBuf) -> Result<Server> {
        if port_file.exists() {
            std::fs::remove_file(&port_file).with_context(|| format!("removing {}", port_file.display()))?;
        }
        let output = File::options().create(true).append(true).open(&log);
        let output = output.with_context(|| format!("opening {}", log.display()))?;
        let errors = output.try_clone().context("sharing the log file")?;
        let child = command.stdout(output).stderr(errors).spawn();
        let child = child.with_context(|| format!("starting {:?}", command.as_std().get_program()))?;
        Ok(Server { child, port_file, log })
    }

    /// Its process id.
    pub fn pid(&self) -> Result<u32> {
        self.child.id().context("the server has ended")
    }

    /// Waits for the port file, and returns the base URL.
    pub async fn address(&mut self) -> Result<String> {
        let start = Instant::now();
        loop {
            if let Some(address) = self.port_file_says()? {
                return Ok(address);
            }
            self.still_runs()?;
            if start.elapsed() > START_LIMIT {
                bail!("no port file after {START_LIMIT:?}; its last words:\n{}", last_lines(&self.log));
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Fails where the program has ended by itself.
    pub fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait().context("asking after a child")? {
            Some(status) => {
                bail!("a server ended by itself, {status}; its last words:\n{}", last_lines(&self.log))
            }
            None => Ok(()),
        }
    }

    /// The base URL in the port file, which may be half written.
    fn port_file_says(&self) -> Result<Option<String>> {
        let text = match std::fs::read_to_string(&self.port_file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", self.port_file.display())),
        };
        let Some(line) = text.lines().next().filter(|_| text.ends_with('\n')) else { return Ok(None) };
        let address = address_in(line);
        address.map(Some).with_context(|| format!("{} has no address: {text}", self.port_file.display()))
    }

    /// What the line of JSON in the port file says under a name.
    pub fn told(&self, name: &str) -> Result<String> {
        let text = std::fs::read_to_string(&self.port_file);
        let text = text.with_context(|| format!("reading {}", self.port_file.display()))?;
        let line: Value = serde_json::from_str(text.trim()).context("the port file is no line of JSON")?;
        line[name].as_str().map(str::to_owned).with_context(|| format!("the port file has no {name}: {text}"))
    }

    /// kill -9, and waits until it is gone.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("killing a server")
    }

    /// SIGSTOP: the process stands still, its sockets stay open.
    pub fn pause(&self) -> Result<()> {
        self.signal(libc::SIGSTOP)
    }

    /// SIGCONT.
    pub fn resume(&self) -> Result<()> {
        self.signal(libc::SIGCONT)
    }

    #[expect(unsafe_code, reason = "the standard library sends no signal but SIGKILL")]
    fn signal(&self, signal: i32) -> Result<()> {
        let id = self.child.id().context("the server has ended")?;
        let id = i32::try_from(id).context("a process id beyond i32")?;
        // SAFETY: `kill` reads its two numbers only; the child is not reaped, so the id is its own.
        match unsafe { libc::kill(id, signal) } {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()).context("signalling a server"),
        }
    }
}

/// A port, a host and port, a URL, or a line of JSON with one of those under `http`, `address` or `port`.
fn address_in(line: &str) -> Option<String> {
    if let Ok(fields @ Value::Object(_)) = serde_json::from_str::<Value>(line) {
        let field =
            ["http", "address", "port"].iter().map(|name| &fields[*name]).find(|field| !field.is_null())?;
        return address_in(&field.as_str().map_or_else(|| field.to_string(), str::to_owned));
    }
    let line = line.trim().trim_start_matches("http://").trim_end_matches('/');
    match line.parse::<u16>() {
        Ok(port) => Some(format!("http://127.0.0.1:{port}")),
        Err(_) => line.parse::<std::net::SocketAddr>().ok().map(|address| format!("http://{address}")),
    }
}

/// The end of a log, for an error message.
pub fn last_lines(log: &Path) -> String {
    let Ok(file) = File::open(log) else { return format!("(no log at {})", log.display()) };
    let mut lines = VecDeque::new();
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
    Vec::from(lines).join("\n")
}

/// Runs a command to its end and returns what it printed.
pub async fn output_of(command: &mut Command, what: &str) -> Result<String> {
    let output = command.stdout(Stdio::piped()).stderr(Stdio::piped()).output().await;
    let output = output.with_context(|| format!("starting {what}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{what} failed, {}: {}{}", output.status, String::from_utf8_lossy(&output.stderr), text);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn addresses_in_all_their_forms() {
        let here = Some("http://127.0.0.1:8025".to_owned());
        let lines = [
            "8025",
            "127.0.0.1:8025",
            "http://127.0.0.1:8025/",
            r#"{"http":"127.0.0.1:8025","smtp":"127.0.0.1:2525"}"#,
            r#"{"address":"http://127.0.0.1:8025","pid":7}"#,
            r#"{"port":8025}"#,
        ];
        for line in lines {
            assert_eq!(address_in(line), here, "{line}");
        }
        assert_eq!(address_in("soon"), None);
    }
}
