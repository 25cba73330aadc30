//! The running product held against its own API description by Schemathesis: what is in `contract/`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::count::{Counts, Runner, read};
use crate::{packages, run, tree};

/// Nobody is slowed down during the run.
const LIMITS: [&str; 4] = [
    "OVERTURE_LIMITS__STRANGERS_PER_15_MINUTES",
    "OVERTURE_LIMITS__MEMBER_PER_MINUTE",
    "OVERTURE_LIMITS__KEY_PER_MINUTE",
    "OVERTURE_LIMITS__EXPENSIVE_PER_MINUTE",
];
const PASSWORD: &str = "correct horse battery";

/// Starts the server on this database (none: SQLite), makes its first admin, and lets Schemathesis ask. `clean` takes
/// the settings of other programs out of a command's environment.
pub fn check(name: &str, database: Option<&str>, clean: impl Fn(Command) -> Command) -> Result<Counts> {
    let Some(program) = packages::schemathesis() else { bail!("Schemathesis is not installed") };
    let folder = tree::built("debug").join(format!("contract-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    let mut server = Server::start(&folder, database, &clean)?;
    let admin = Admin::of(&server)?;
    let (output, report) = (folder.join("output.txt"), folder.join("junit.xml"));
    let schema = format!("http://{}/api/openapi.json", server.address);
    // One worker: CPython 3.11 now and then fails to parse in two threads at once (python/cpython#106905).
    let mut ask =
        clean(run::command(program, &["run", &schema, "--no-color", "--continue-on-failure", "--workers=1"]));
    ask.arg("--report-junit-path").arg(&report);
    ask.current_dir(tree::root().join("crates/xtask/contract"));
    // Python would leave a folder beside the hooks.
    ask.env("PYTHONDONTWRITEBYTECODE", "1");
    for (name, value) in &admin.settings {
        ask.env(name, value);
    }
    let file = File::create(&output).context("creating the file of what Schemathesis says")?;
    let mut ask = run::within(crate::test::CONTRACT_LIMIT, ask);
    ask.stdout(file.try_clone().context("sharing that file")?).stderr(file);
    let status = ask.status().context("starting Schemathesis")?;
    let said = fs::read_to_string(&output).context("reading what Schemathesis said")?;
    println!("{}", worth_reading(&said, status.success()));
    println!("all of it: {}", output.display());
    if let Some(status) = server.process.try_wait().context("looking after the server")? {
        bail!("the server ended in the middle of it, {status}: see {}", folder.join("log").display());
    }
    let junit = fs::read_to_string(&report).context("Schemathesis wrote no report")?;
    let mut counts =
        read(Runner::JUnit, &junit).context("there is no count in the report of Schemathesis")?;
    if !status.success() {
        counts.failed = counts.failed.max(1);
    }
    Ok(counts)
}

/// The failures with what leads to them, or the summary alone.
fn worth_reading(said: &str, succeeded: bool) -> &str {
    let from = |mark: &str| said.find(mark).map(|at| said[..at].rfind('\n').map_or(0, |line| line + 1));
    let start = if succeeded { None } else { from(" FAILURES ").or_else(|| from(" ERRORS ")) };
    start.or_else(|| from(" SUMMARY ")).map_or(said, |at| &said[at..])
}

struct Server {
    process: Child,
    address: String,
    token: String,
}

impl Server {
    fn start(folder: &Path, database: Option<&str>, clean: impl Fn(Command) -> Command) -> Result<Server> {
        let port: PathBuf = folder.join("address");
        let mut serve = run::command(tree::built("debug").join("overture"), &["serve", "--json"]);
        serve.args(["--listen", "127.0.0.1:0"]).arg("--port-file").arg(&port);
        serve.arg("--data-dir").arg(folder.join("data"));
        let mut serve = clean(serve);
        for limit in LIMITS {
            serve.env(limit, "1000000000");
        }
        if let Some(url) = database {
            serve.env("OVERTURE_DATABASE__URL", url);
        }
        let log = File::create(folder.join("log")).context("creating the server's log")?;
        let mut process = serve.stdout(Stdio::piped()).stderr(log).spawn().context("starting the server")?;
        let stdout = process.stdout.take().context("the server has no output")?;
        // From here on it ends with this value.
        let mut server = Server { process, address: String::new(), token: String::new() };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).context("reading what the server announces")?;
        let announced: Value = serde_json::from_str(&line)
            .with_context(|| format!("the server did not start: see {}", folder.join("log").display()))?;
        let setup = announced["setup_url"].as_str().unwrap_or_default();
        server.token = setup.split_once("token=").context("the server announced no setup link")?.1.to_owned();
        server.address = fs::read_to_string(&port).context("reading the address")?.trim().to_owned();
        Ok(server)
    }

    /// Asks for JSON; the answer, and the session that it gives.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &Value) -> Result<(Value, String)> {
        let mut stream = TcpStream::connect(&self.address).context("connecting to the server")?;
        let (body, host) = (body.to_string(), &self.address);
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        )
        .context("writing to the server")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("reading the server's answer")?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of its headers")?;
        if !head.starts_with("HTTP/1.1 200 ") {
            bail!("{method} {path} was refused: {head}\n{body}");
        }
        let session = head.lines().find_map(|line| line.strip_prefix("set-cookie: overture_session="));
        let session = session.and_then(|cookie| cookie.split(';').next()).unwrap_or_default();
        Ok((
            serde_json::from_str(body).context("the answer is not JSON")?,
            format!("overture_session={session}"),
        ))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        if let Err(error) = ended {
            eprintln!("xtask: ending the server: {error}");
        }
    }
}

/// The credentials of the run.
struct Admin {
    settings: Vec<(&'static str, String)>,
}

impl Admin {
    fn of(server: &Server) -> Result<Admin> {
        let email = "rita@acme.example";
        let founder = json!({
            "token": server.token, "name": "Rita", "email": email, "password": PASSWORD, "workspace": "Acme",
        });
        let (_, cookie) = server.ask("POST", "/api/setup", "", &founder)?;
        let log_in = json!({ "email": email, "password": PASSWORD });
        let (_, other) = server.ask("POST", "/api/auth/login", "", &log_in)?;
        let csrf = |cookie: &str| -> Result<String> {
            let (given, _) =
                server.ask("GET", "/api/csrf-token", &format!("Cookie: {cookie}\r\n"), &json!({}))?;
            Ok(given["token"].as_str().unwrap_or_default().to_owned())
        };
        let (csrf, other_csrf) = (csrf(&cookie)?, csrf(&other)?);
        let headers = format!("Cookie: {cookie}\r\nX-CSRF-Token: {csrf}\r\n");
        let new = json!({ "name": "Schemathesis", "scopes": ["*"] });
        let (key, _) = server.ask("POST", "/api/api-keys", &headers, &new)?;
        let key = key["key"].as_str().context("there is no key in the answer")?.to_owned();
        let settings = vec![
            ("OVERTURE_KEY", key),
            ("OVERTURE_COOKIE", cookie),
            ("OVERTURE_CSRF", csrf),
            ("OVERTURE_OTHER_COOKIE", other),
            ("OVERTURE_OTHER_CSRF", other_csrf),
        ];
        Ok(Admin { settings })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_shown_and_otherwise_the_summary() {
        let said = "noise\n=== FAILURES ===\nbad\n=== SUMMARY ===\nall\n";
        assert_eq!(worth_reading(said, false), "=== FAILURES ===\nbad\n=== SUMMARY ===\nall\n");
        assert_eq!(worth_reading(said, true), "=== SUMMARY ===\nall\n");
        assert_eq!(worth_reading("Schema error", false), "Schema error");
    }
}
