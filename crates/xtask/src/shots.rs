//! `cargo xtask shots`: the pictures of the README, taken of a running demo.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::{demo, packages, run, tree};

/// How long a demo may take until it listens.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Starts a demo on a free port, drives a browser through it, and stops it.
pub fn shots(arguments: &[String]) -> Result<()> {
    let folder = arguments.first().map_or_else(|| tree::root().join("docs/img"), PathBuf::from);
    let browser = packages::browser().context("there is no Chromium (Debian: apt-get install chromium)")?;
    let program = demo::build_release()?;
    let port_file = std::env::temp_dir().join(format!("overture-shots-{}", std::process::id()));
    let mut command = Command::new(&program);
    command
        .args(["demo", "--seed", "11", "--json", "--listen", "127.0.0.1:0", "--port-file"])
        .arg(&port_file);
    command.env_remove("DATABASE_URL").stdin(Stdio::null()).stdout(Stdio::null());
    let running = Running(command.spawn().with_context(|| format!("starting {}", program.display()))?);
    let address = address(&port_file)?;
    let mut node = run::command("node", &["crates/xtask/shots.mjs", &address]);
    let outcome = run::run(node.arg(&folder).env("CHROMIUM", browser));
    drop(running);
    std::fs::remove_file(&port_file).with_context(|| format!("removing {}", port_file.display()))?;
    outcome
}

fn address(port_file: &std::path::Path) -> Result<String> {
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        match std::fs::read_to_string(port_file) {
            Ok(text) if text.ends_with('\n') => return Ok(format!("http://{}", text.trim())),
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    bail!("the demo did not listen within {} s", START_LIMIT.as_secs())
}

/// A demo that is asked to stop when nobody needs it any more, so that it removes its data.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        if !asked.is_ok_and(|status| status.success()) {
            eprintln!("xtask: the demo had stopped already");
        }
        if let Err(error) = self.0.wait() {
            eprintln!("xtask: waiting for the demo to stop: {error}");
        }
    }
}
