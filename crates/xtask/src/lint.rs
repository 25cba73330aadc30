//! Everything that reads the code without running it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::report::Report;
use crate::{packages, run, sbom, tree, web};

/// The version of cargo-deny that CI installs.
const DENY_VERSION: &str = "0.20.2";

/// Formatting and lints of the Rust code.
pub fn rust(report: &mut Report) {
    report.check("rustfmt", run::cargo(&["fmt", "--all", "--check"]));
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    report.check("clippy", run::cargo(&clippy));
}

/// Rules of detect-secrets that guess at random text, words and addresses, of which tests are full. What is left knows
/// the shapes of the tokens of real services, of private keys and of passwords in URLs.
const GUESSES: [&str; 4] =
    ["Base64HighEntropyString", "HexHighEntropyString", "KeywordDetector", "IPPublicDetector"];
/// What looks like a secret and is none, as a regular expression for each: numbers of accounts at Twilio that nobody has
/// (they are names, the tokens are elsewhere; one is of the examples that Twilio publishes), and passwords of examples.
const NO_SECRETS: [&str; 3] =
    ["^AC0{31}[01]$", "^AC(a{32}|0123456789abcdef0123456789abcdef)$", "^(secret|hush)$"];

/// Documentation, licences and sources of the dependencies, secrets in the sources: slower, and seldom wrong.
pub fn rust_thorough(report: &mut Report) {
    let mut doc = run::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    report.check("rustdoc", doc);
    deny(report);
    secrets(report);
    report.act("what the program is made of", || sbom::write(None));
}

/// Looks for tokens, keys and passwords in everything that is committed.
fn secrets(report: &mut Report) {
    if tree::is_ci() && packages::detect_secrets().is_none() {
        report.act("install detect-secrets", packages::install_detect_secrets);
    }
    let Some(program) = packages::detect_secrets() else {
        return report.skip("secrets", "detect-secrets is not installed; `cargo xtask test` installs it");
    };
    let Some(files) = report.act("list what is committed", committed) else { return };
    // Without asking the services whether a token is good.
    let mut scan = run::command(program, &["--no-verify"]);
    scan.args(GUESSES.iter().flat_map(|rule| ["--disable-plugin", rule]));
    scan.args(NO_SECRETS.iter().flat_map(|text| ["--exclude-secrets", text])).args(files);
    report.check("secrets", scan);
}

fn committed() -> Result<Vec<String>> {
    let listed = run::command("git", &["ls-files", "-z"]).output()?;
    if !listed.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&listed.stderr).trim());
    }
    let names = String::from_utf8(listed.stdout)?;
    Ok(names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

fn deny(report: &mut Report) {
    let program = if tree::is_ci() {
        let Some(program) = report.act("install cargo-deny", install_deny) else { return };
        program
    } else {
        match installed_deny() {
            Some(program) => program,
            None => return report.skip("cargo-deny", "not installed: cargo install --locked cargo-deny"),
        }
    };
    // No advisories: their database comes from the network, and a check that depends on the day it runs
    // would fail a change that has nothing to do with it. SECURITY.md says how to run them.
    let arguments = ["--workspace", "check", "licenses", "bans", "sources"];
    report.check("cargo-deny", run::command(program, &arguments));
}

fn installed_deny() -> Option<PathBuf> {
    let ours = tree::cache().join("tools/bin/cargo-deny");
    if ours.is_file() {
        return Some(ours);
    }
    tree::has("cargo-deny").then(|| PathBuf::from("cargo-deny"))
}

fn install_deny() -> Result<PathBuf> {
    if let Some(program) = installed_deny() {
        return Ok(program);
    }
    let root = tree::cache().join("tools");
    // Unoptimised: it runs for a second, and its release profile takes minutes to build.
    let words = ["install", "--locked", "--quiet", "--debug", "--version", DENY_VERSION, "--root"];
    let mut install = run::cargo(&words);
    // Its own build folder, removed by cargo: the products are of no use to anything else.
    install.arg(&root).arg("cargo-deny").env_remove("CARGO_TARGET_DIR");
    run::run(&mut install)?;
    match installed_deny() {
        Some(program) => Ok(program),
        None => bail!("cargo installed cargo-deny, but it is not below {}", root.display()),
    }
}

/// Formatting, lints and types of the web application.
pub fn web(report: &mut Report) {
    report.check("web: biome, tsc", web::npm(&["run", "check"]));
}
