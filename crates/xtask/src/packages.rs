//! The programs that the tests need beside Rust and Node: installed where that is possible, else named.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{postgres, run, tree};

/// Another program may hold the package lists for a while.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(15);
/// Debian's package starts a server of its own at once, which nobody asked for: this file, which is there
/// only during the installation, says no.
const NO_SERVER: &str = "/etc/postgresql-common/createcluster.d/overture-xtask.conf";

/// Names that the browser goes by.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The browser for the end-to-end tests.
pub fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    BROWSERS
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|file| file.is_file())
}

/// The packages of Debian that are missing for the parts that will run.
pub fn missing(for_rust: bool, for_e2e: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if for_rust && postgres::programs().is_none() {
        missing.push("postgresql");
    }
    if for_e2e && browser().is_none() {
        missing.push("chromium");
    }
    // Without any font a browser draws no letters at all.
    if for_e2e && cfg!(target_os = "linux") && !has_fonts(Path::new("/usr/share/fonts")) {
        missing.push("fonts-liberation");
    }
    missing
}

fn has_fonts(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| match path.extension().and_then(|end| end.to_str()) {
        Some("ttf" | "otf" | "ttc") => true,
        _ => path.is_dir() && has_fonts(&path),
    })
}

/// Why packages cannot be installed here, and what to type instead.
pub fn obstacle(packages: &[&str]) -> Option<String> {
    if !tree::has("apt-get") {
        return Some(format!(
            "this machine has no apt-get; install what Debian calls {}",
            packages.join(" and ")
        ));
    }
    let line = format!("sudo apt-get install {}", packages.join(" "));
    (!tree::is_root()).then(|| format!("not root; install by hand: {line}"))
}

/// Installs Debian packages. Needs root and apt-get.
pub fn install(packages: &[&str]) -> Result<()> {
    let _no_server = packages.contains(&"postgresql").then(NoServer::new).transpose()?;
    patiently(|| run::run(&mut apt(&["update"])))?;
    patiently(|| {
        let mut install = apt(&["install", "--yes", "--no-install-recommends"]);
        run::run(install.args(packages))
    })
    .with_context(|| format!("installing {}", packages.join(" and ")))
}

fn apt(arguments: &[&str]) -> Command {
    let mut command = run::command("apt-get", &["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]);
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn patiently(act: impl Fn() -> Result<()>) -> Result<()> {
    for _ in 1..TRIES {
        match act() {
            Ok(()) => return Ok(()),
            Err(error) => eprintln!("xtask: {error:#}; once more in {} s", PAUSE.as_secs()),
        }
        std::thread::sleep(PAUSE);
    }
    act()
}

struct NoServer;

impl NoServer {
    fn new() -> Result<NoServer> {
        let file = Path::new(NO_SERVER);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        fs::write(file, "create_main_cluster = false\n").with_context(|| format!("writing {NO_SERVER}"))?;
        Ok(NoServer)
    }
}

impl Drop for NoServer {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(NO_SERVER) {
            eprintln!("xtask: removing {NO_SERVER}: {error}");
        }
    }
}
