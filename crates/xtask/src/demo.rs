//! `cargo xtask demo`: from a fresh clone to a running demo.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{run, tree, web};

/// Demo data lies in folders of this name with the process id after it.
const PREFIX: &str = "overture-demo-";

/// Builds the web UI and the release binary.
pub fn build_release() -> Result<PathBuf> {
    web::install()?;
    web::build()?;
    run::run(&mut run::cargo(&["build", "--release", "-p", "overture"]))?;
    Ok(tree::built("release").join("overture"))
}

/// Becomes `overture demo`, so that ctrl-c and signals reach it directly.
pub fn demo(arguments: &[String]) -> Result<()> {
    let program = build_release()?;
    let mut command = Command::new(&program);
    command.arg("demo").args(arguments);
    let chosen = arguments.iter().any(|word| word == "--data-dir" || word.starts_with("--data-dir="));
    if !chosen {
        remove_old(&std::env::temp_dir());
        command.arg("--data-dir").arg(fresh_folder(&std::env::temp_dir())?);
    }
    let error = command.exec();
    bail!("starting {}: {error}", program.display())
}

/// The program keeps the process id that the folder is named after, since it takes this process over.
fn fresh_folder(parent: &Path) -> Result<PathBuf> {
    let folder = parent.join(format!("{PREFIX}{}", std::process::id()));
    fs::create_dir(&folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder)
}

/// Removes what demos that have ended left behind.
fn remove_old(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|id| id.parse().ok());
        if owner.is_some_and(|owner| !is_alive(owner)) {
            // Another user's folder stays; that is nobody's loss.
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

fn is_alive(process: u32) -> bool {
    let mut ps = Command::new("ps");
    ps.args(["-p", &process.to_string()]);
    // In doubt it lives: its folder is not ours to remove.
    ps.output().map_or(true, |output| output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_ended_demos_are_removed() {
        let parent = std::env::temp_dir().join(format!("overture-xtask-demo-{}", std::process::id()));
        let ended = parent.join(format!("{PREFIX}{}", u32::MAX));
        let other = parent.join(format!("{PREFIX}mine"));
        fs::create_dir_all(&ended).unwrap();
        fs::create_dir_all(&other).unwrap();
        let running = fresh_folder(&parent).unwrap();
        remove_old(&parent);
        assert_eq!([ended.exists(), other.exists(), running.exists()], [false, true, true]);
        fs::remove_dir_all(&parent).unwrap();
    }
}
