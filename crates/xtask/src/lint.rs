//! Everything that reads the code without running it.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::report::Report;
use crate::{run, tree, web};

/// The version of cargo-deny that CI installs.
const DENY_VERSION: &str = "0.20.2";

/// Formatting and lints of the Rust code.
pub fn rust(report: &mut Report) {
    report.check("rustfmt", run::cargo(&["fmt", "--all", "--check"]));
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
    report.check("clippy", run::cargo(&clippy));
}

/// Documentation, licences and sources of the dependencies: slower, and seldom wrong.
pub fn rust_thorough(report: &mut Report) {
    let mut doc = run::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items", "--quiet"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    report.check("rustdoc", doc);
    deny(report);
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
