//! `cargo xtask demo`: from a fresh clone to a running demo.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{run, tree, web};

/// Builds the web UI and the release binary.
pub fn build_release() -> Result<PathBuf> {
    web::install()?;
    web::build()?;
    run::run(&mut run::cargo(&["build", "--release", "-p", "overture"]))?;
    Ok(tree::built("release").join("overture"))
}

/// Becomes `overture demo`, so that ctrl-c and signals reach it directly. Without `--data-dir` it makes a
/// fresh folder itself, and removes it at the end.
pub fn demo(arguments: &[String]) -> Result<()> {
    let program = build_release()?;
    let mut command = Command::new(&program);
    command.arg("demo").args(arguments);
    let error = command.exec();
    bail!("starting {}: {error}", program.display())
}
