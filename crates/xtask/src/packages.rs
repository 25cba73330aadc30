//! The programs that the tests need beside Rust and Node: installed where that is possible, else named.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{postgres, run, tree};

/// Another program may hold the package lists for a while.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(15);
/// Debian's packages start servers of their own at once, which nobody asked for: these files, which are there
/// only during the installation, say no. The first is for PostgreSQL, the second, a program, for all.
const NO_SERVER: [(&str, &str, u32); 2] = [
    ("/etc/postgresql-common/createcluster.d/overture-xtask.conf", "create_main_cluster = false\n", 0o644),
    ("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755),
];

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

/// The IMAP server that the providers' tests read a mailbox of.
pub fn dovecot() -> Option<&'static Path> {
    Some(Path::new("/usr/sbin/dovecot")).filter(|file| file.is_file())
}

/// The server that nodes share their limits through.
pub fn redis() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join("redis-server")).find(|file| file.is_file())
}

/// What is installed for the tests of signing in with Google: a real OpenID provider, written in Python. Later
/// versions want a newer Python than Debian 12 has, and its library a certain generation of another.
const OIDC: [&str; 2] = ["oidc-provider-mock==0.3.4", "authlib<2"];

fn oidc_folder() -> PathBuf {
    tree::cache().join("oidc-provider-mock-0.3.4")
}

/// The OpenID provider for the tests.
pub fn oidc() -> Option<PathBuf> {
    Some(oidc_folder().join("bin/oidc-provider-mock")).filter(|file| file.is_file())
}

/// What is installed for the tests of recordings in a bucket: an S3-compatible store that checks keys and signatures.
/// Its server wants more than the package asks for, and its own list of extras brings every service of Amazon.
const S3: [&str; 5] = ["moto==5.2.5", "flask<4", "flask-cors<7", "PyYAML<7", "py-partiql-parser<0.7"];

fn s3_folder() -> PathBuf {
    tree::cache().join("moto-5.2.5")
}

/// The S3-compatible store for the tests.
pub fn s3() -> Option<PathBuf> {
    Some(s3_folder().join("bin/moto_server")).filter(|file| file.is_file())
}

/// What holds the product against its API description.
const SCHEMATHESIS: [&str; 1] = ["schemathesis==4.32.5"];

fn schemathesis_folder() -> PathBuf {
    tree::cache().join("schemathesis-4.32.5")
}

/// The program that asks for everything that the API description tells of.
pub fn schemathesis() -> Option<PathBuf> {
    Some(schemathesis_folder().join("bin/st")).filter(|file| file.is_file())
}

/// What looks for secrets in the sources.
const DETECT_SECRETS: [&str; 1] = ["detect-secrets==1.5.0"];

fn detect_secrets_folder() -> PathBuf {
    tree::cache().join("detect-secrets-1.5.0")
}

/// The program that fails where one of the files that it is given holds a secret.
pub fn detect_secrets() -> Option<PathBuf> {
    Some(detect_secrets_folder().join("bin/detect-secrets-hook")).filter(|file| file.is_file())
}

/// Can Python make a folder of its own for what it installs?
pub fn has_venv() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import ensurepip, venv"]).stderr(std::process::Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Installs the OpenID provider from PyPI into a folder of the cache.
pub fn install_oidc() -> Result<()> {
    install_python(&oidc_folder(), &OIDC).context("installing the OpenID provider from PyPI")
}

/// Installs the S3-compatible store from PyPI into a folder of the cache.
pub fn install_s3() -> Result<()> {
    install_python(&s3_folder(), &S3).context("installing an S3-compatible store from PyPI")
}

/// Installs Schemathesis from PyPI into a folder of the cache.
pub fn install_schemathesis() -> Result<()> {
    install_python(&schemathesis_folder(), &SCHEMATHESIS).context("installing Schemathesis from PyPI")
}

/// Installs detect-secrets from PyPI into a folder of the cache.
pub fn install_detect_secrets() -> Result<()> {
    install_python(&detect_secrets_folder(), &DETECT_SECRETS).context("installing detect-secrets from PyPI")
}

fn install_python(folder: &Path, packages: &[&str]) -> Result<()> {
    let name = folder.to_string_lossy().into_owned();
    run::run(&mut run::command("python3", &["-m", "venv", "--clear", &name]))?;
    let pip = folder.join("bin/pip");
    patiently(|| run::run(run::command(&pip, &["install", "--quiet"]).args(packages)))
}

/// The packages of Debian that are missing for the parts that will run.
pub fn missing(for_rust: bool, for_postgres: bool, for_e2e: bool, for_contract: bool) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if for_postgres && postgres::programs().is_none() {
        missing.push("postgresql");
    }
    if for_rust && dovecot().is_none() {
        missing.push("dovecot-imapd");
    }
    if for_rust && redis().is_none() {
        missing.push("redis-server");
    }
    let lacks_python = (for_rust || for_e2e) && oidc().is_none()
        || for_rust && (detect_secrets().is_none() || s3().is_none())
        || for_contract && schemathesis().is_none();
    if lacks_python && !has_venv() {
        missing.push("python3-venv");
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
    let serves = |package: &&str| matches!(*package, "postgresql" | "dovecot-imapd" | "redis-server");
    let _no_server = packages.iter().any(serves).then(NoServer::new).transpose()?;
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

/// The files that it has made, and will remove.
struct NoServer(Vec<&'static Path>);

impl NoServer {
    fn new() -> Result<NoServer> {
        let mut made = NoServer(Vec::new());
        for (name, text, mode) in NO_SERVER {
            let file = Path::new(name);
            // A policy of this machine stays as it is.
            if file.exists() {
                continue;
            }
            if let Some(folder) = file.parent() {
                fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
            }
            made.0.push(file);
            fs::write(file, text).with_context(|| format!("writing {name}"))?;
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(file, permissions).with_context(|| format!("changing {name}"))?;
        }
        Ok(made)
    }
}

impl Drop for NoServer {
    fn drop(&mut self) {
        for file in &self.0 {
            if let Err(error) = fs::remove_file(file) {
                eprintln!("xtask: removing {}: {error}", file.display());
            }
        }
    }
}
