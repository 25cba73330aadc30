//! Where things are: the checkout, the build products, the programs of this machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The root of the checkout that this program was built from.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The web application.
pub fn web() -> PathBuf {
    root().join("web")
}

/// Where Cargo puts what it builds for `profile` (`debug` or `release`).
pub fn built(profile: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    // Cargo reads a relative path from where it is started, and xtask starts it at the root.
    root().join(target).join(profile)
}

/// A folder for tools and stamps that outlives checkouts.
pub fn cache() -> PathBuf {
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into()));
    base.unwrap_or_else(|| home().join(".cache")).join("overture")
}

/// Is a program of this name in PATH?
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Does this program run as root?
pub fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Does this run on a continuous-integration machine, where nothing may be skipped?
pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}
