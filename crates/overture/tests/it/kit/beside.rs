//! A server written by others in Python, in a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// One that runs until this is dropped.
pub struct Beside {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Beside {
    /// Starts the program that `variable` names, on a port of its choice; `None`, said aloud, where there is none on this
    /// machine, so that `what` was not tested. On CI there is one.
    pub fn start(variable: &str, what: &str) -> Option<Self> {
        let Ok(program) = std::env::var(variable) else {
            assert!(
                std::env::var("CI").is_err(),
                "{variable} must be set in CI: nothing may be skipped there"
            );
            eprintln!("SKIPPED: {variable} is not set, so {what} was not tested");
            return None;
        };
        let mut command = Command::new(&program);
        command.args(["--port", "0", "--host", "127.0.0.1"]).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = |line: String| {
            let (_, rest) = line.split_once("unning on http://")?;
            Some(rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect::<String>())
        };
        let address = lines.find_map(address).expect("it says where it listens");
        // It would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { child, url: format!("http://{address}") })
    }

    /// It is gone.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
