//! Running other programs: what they print goes straight through, and is kept for whoever counts.

use std::ffi::OsStr;
use std::io::{IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::tree;

/// How long the output of a finished program is waited for: a process it left behind may hold the pipe.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// Beyond this much output only the end is kept; every count stands at the end.
const KEPT: usize = 8 << 20;

/// A command that starts at the root of the checkout.
pub fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(tree::root()).stdin(Stdio::null());
    // What Cargo told this program about its own package would be a changed environment to build scripts,
    // and they and all that depends on them would be built again.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_about_our_package) {
            command.env_remove(name);
        }
    }
    command
}

fn is_about_our_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_MANIFEST_LINKS"].contains(&name)
}

/// `cargo`, the same one that runs this program.
pub fn cargo(arguments: &[&str]) -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments)
}

/// Runs a command to its end with its output untouched; fails where it fails.
pub fn run(command: &mut Command) -> Result<()> {
    announce(command);
    let status = command.status().with_context(|| format!("starting {}", name_of(command)))?;
    if !status.success() {
        bail!("{} failed, {status}", name_of(command));
    }
    Ok(())
}

/// Runs a command to its end, prints what it prints while it runs, and returns that as well.
pub fn tee(command: &mut Command) -> Result<(ExitStatus, String)> {
    announce(command);
    if std::io::stdout().is_terminal() {
        command.env("CARGO_TERM_COLOR", "always").env("FORCE_COLOR", "1");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("starting {}", name_of(command)))?;
    let kept = Arc::new(Mutex::new(Vec::new()));
    let (done, all_read) = channel();
    let streams = [
        child.stdout.take().map(|from| pass_on(from, std::io::stdout(), &kept, &done)),
        child.stderr.take().map(|from| pass_on(from, std::io::stderr(), &kept, &done)),
    ];
    drop(done);
    let status = child.wait().with_context(|| format!("waiting for {}", name_of(command)))?;
    for _ in streams.iter().flatten() {
        if all_read.recv_timeout(LAST_WORDS).is_err() {
            eprintln!("xtask: {} ended, but a process it started still holds its output", name_of(command));
            break;
        }
    }
    let output = String::from_utf8_lossy(&lock(&kept)).into_owned();
    Ok((status, output))
}

fn pass_on(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    kept: &Arc<Mutex<Vec<u8>>>,
    done: &Sender<()>,
) {
    let (kept, done) = (Arc::clone(kept), done.clone());
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 8192];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..length];
            // Nobody may be reading our own output any more; the count still matters.
            to.write_all(bytes).and_then(|()| to.flush()).ok();
            let mut kept = lock(&kept);
            kept.extend_from_slice(bytes);
            if kept.len() > 2 * KEPT {
                let surplus = kept.len() - KEPT;
                kept.drain(..surplus);
            }
        }
        done.send(()).ok();
    });
}

fn lock(kept: &Mutex<Vec<u8>>) -> std::sync::MutexGuard<'_, Vec<u8>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bounds a command's time where nobody watches: on CI. (By hand, ctrl-c must reach the command itself.)
pub fn within(limit: Duration, command: Command) -> Command {
    if !tree::is_ci() || !tree::has("timeout") {
        return command;
    }
    let mut bounded = Command::new("timeout");
    bounded.arg("--kill-after=10").arg(limit.as_secs().to_string());
    bounded.arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    if let Some(folder) = command.get_current_dir() {
        bounded.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bounded.env(name, value),
            None => bounded.env_remove(name),
        };
    }
    bounded
}

fn announce(command: &Command) {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    eprintln!("> {} {}", name_of(command), arguments.join(" "));
}

fn name_of(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_of_both_streams_is_kept_with_the_status() {
        let (status, output) = tee(&mut command("sh", &["-c", "echo one; echo two >&2; exit 3"])).unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(output.contains("one\n") && output.contains("two\n"), "{output:?}");
    }

    #[test]
    fn a_process_left_behind_does_not_hold_us_up() {
        let start = std::time::Instant::now();
        let (status, output) = tee(&mut command("sh", &["-c", "echo done; sleep 60 & exit 0"])).unwrap();
        assert!(status.success());
        assert_eq!(output, "done\n");
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = tee(&mut command("no-such-program", &[])).unwrap_err();
        assert!(format!("{error:#}").contains("starting no-such-program"), "{error:#}");
    }
}
