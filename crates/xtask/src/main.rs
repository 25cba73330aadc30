//! The commands of this repository: `cargo xtask demo`, `cargo xtask test` and their parts.

mod bench;
mod contract;
mod count;
mod demo;
mod lint;
mod packages;
mod postgres;
mod report;
mod run;
mod sbom;
mod shots;
mod test;
mod tree;
mod web;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::report::Report;

const HELP: &str = "\
cargo xtask demo [OPTIONS OF overture demo]
    Build the web UI and the release binary, and start the demo with fresh data on http://127.0.0.1:3000.
cargo xtask test [--only rust|web|contract|e2e|chaos[,...]] [--quick] [NAME OF A RUST TEST ...]
    Run everything there is to test. --quick leaves out Schemathesis, the browser, the kill loop and the
    slow lints.
cargo xtask lint
    Formatting, lints, types, documentation, licences, secrets, what the program is made of.
cargo xtask bench [OPTIONS OF overture bench]
    Measure the release binary; without options everything, on SQLite and PostgreSQL.
cargo xtask gen
    Write the API description that the program gives of itself to web/src/api/openapi.json.
cargo xtask sbom [FILE]
    Write what the program is made of (CycloneDX, JSON); default: beside the build products.
cargo xtask pg
    Run a throwaway PostgreSQL until ctrl-c; its URL is the first line.
cargo xtask shots [FOLDER]
    Take the pictures of the README from a running demo; default: docs/img.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = arguments.split_first().map_or(("help", &[][..]), |(first, rest)| (first, rest));
    let outcome = match command {
        "demo" => demo::demo(rest).map(|()| true),
        "test" => test::test(rest),
        "lint" => lint_all(),
        "bench" => bench::bench(rest).map(|()| true),
        "gen" => generate().map(|()| true),
        "shots" => shots::shots(rest).map(|()| true),
        "sbom" => {
            sbom::write(rest.first().map(Path::new)).map(|path| println!("{}", path.display())).map(|()| true)
        }
        "pg" => pg().map(|()| true),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(true)
        }
        other => {
            eprint!("xtask: there is no command {other:?}\n\n{HELP}");
            Ok(false)
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn lint_all() -> Result<bool> {
    let mut report = Report::new();
    report.act("web: npm install", web::install);
    lint::web(&mut report);
    web::ensure_dist()?;
    lint::rust(&mut report);
    lint::rust_thorough(&mut report);
    Ok(report.finish())
}

/// Writes the API description where the web application reads it.
fn generate() -> Result<()> {
    web::ensure_dist()?;
    run::run(&mut run::cargo(&["build", "-p", "overture"]))?;
    let file = gen_openapi_file();
    fs::write(&file, openapi()?).with_context(|| format!("writing {}", file.display()))
}

/// Where the API description is kept.
fn gen_openapi_file() -> PathBuf {
    tree::web().join("src/api/openapi.json")
}

/// What the program that was built last says of its API.
fn openapi() -> Result<String> {
    let output = run::command(tree::built("debug").join("overture"), &["openapi"]).output();
    let output = output.context("starting overture openapi")?;
    if !output.status.success() {
        bail!("overture openapi failed, {}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("reading the API description")?;
    serde_json::from_str::<serde_json::Value>(&text).context("the API description is not JSON")?;
    Ok(text)
}

/// Runs a throwaway PostgreSQL until ctrl-c.
fn pg() -> Result<()> {
    let server = postgres::Postgres::start(postgres::Place::Disk)?;
    println!("{}", server.url);
    eprintln!("PostgreSQL runs until ctrl-c, then it is gone. For the tests:");
    eprintln!("  export OVERTURE_TEST_POSTGRES={}", server.url);
    loop {
        std::thread::park();
    }
}
