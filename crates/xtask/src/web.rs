//! The web application: its dependencies and its build, done again only where its sources have changed.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{run, tree};

/// What no build result depends on.
const IGNORED: [&str; 4] = ["node_modules", "dist", "e2e", ".gitignore"];

/// An `npm` command in the web folder.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = run::command("npm", arguments);
    command.current_dir(tree::web());
    command
}

/// Says what is missing where Node is too old or absent.
pub fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output();
    let Ok(output) = output else {
        bail!(
            "there is no Node.js on this machine; install version 20.19 or later with npm (https://nodejs.org)"
        )
    };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match parse_version(&version) {
        Some(found) if found >= (20, 19) => Ok(()),
        _ => bail!("Node.js 20.19 or later is needed; this machine has {version:?}"),
    }
}

fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// Installs the dependencies as locked, unless that has been done for this lock.
pub fn install() -> Result<()> {
    check_node()?;
    let web = tree::web();
    let wanted = hash_of(&[web.join("package.json"), web.join("package-lock.json")])?;
    if stamped("install").as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    // Not `npm ci`: it refuses a lock that leaves out optional packages of other platforms. Packages run no programs of
    // their own here; `web/.npmrc` says the same to whoever types it.
    run::run(&mut npm(&["install", "--no-audit", "--no-fund", "--ignore-scripts"]))?;
    stamp("install", &wanted)
}

/// Builds `web/dist`, unless that has been done for these sources.
pub fn build() -> Result<()> {
    let wanted = hash_of(&sources(&tree::web())?)?;
    let is_built = tree::web().join("dist/index.html").is_file();
    if is_built && stamped("build").as_deref() == Some(wanted.as_str()) {
        return Ok(());
    }
    run::run(&mut npm(&["run", "build"]))?;
    stamp("build", &wanted)
}

/// The binary embeds `web/dist`, so the folder must be there when it is compiled, even without a build.
pub fn ensure_dist() -> Result<()> {
    fs::create_dir_all(tree::web().join("dist")).context("creating web/dist")
}

fn stamp_file(name: &str) -> PathBuf {
    tree::web().join("node_modules/.cache/overture").join(name)
}

fn stamped(name: &str) -> Option<String> {
    fs::read_to_string(stamp_file(name)).ok()
}

fn stamp(name: &str, text: &str) -> Result<()> {
    let file = stamp_file(name);
    let folder = file.parent().context("a stamp without a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))
}

/// All files below a folder that a build may read, in a fixed order.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("reading {}", folder.display()))?;
            if IGNORED.iter().any(|ignored| entry.file_name() == *ignored) {
                continue;
            }
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

/// One hash over names and contents; a file that is not there counts as empty.
fn hash_of(files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        match fs::read(file) {
            Ok(bytes) => bytes.hash(&mut hasher),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(|| format!("reading {}", file.display())),
        }
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert!(parse_version("v9.99.0") < Some((20, 19)));
        assert_eq!(parse_version("nonsense"), None);
    }

    #[test]
    fn a_hash_follows_names_and_contents() {
        let folder = std::env::temp_dir().join(format!("overture-xtask-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        fs::write(folder.join("a.ts"), "one").unwrap();
        fs::write(folder.join("node_modules/b.js"), "ignored").unwrap();
        let files = sources(&folder).unwrap();
        assert_eq!(files, [folder.join("a.ts")]);
        let before = hash_of(&files).unwrap();
        assert_eq!(before, hash_of(&files).unwrap());
        fs::write(folder.join("a.ts"), "two").unwrap();
        assert_ne!(before, hash_of(&files).unwrap());
        fs::remove_dir_all(&folder).unwrap();
        hash_of(&files).unwrap();
    }
}
