//! A real Redis, in a process of its own, that can be killed and started again.

use overture::config;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

/// The program `redis-server`; `cargo xtask test` sets this.
const PROGRAM: &str = "OVERTURE_TEST_REDIS";

pub struct Redis {
    program: String,
    folder: tempfile::TempDir,
    child: Option<Child>,
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Redis {
    /// `None`, said aloud, where there is none on this machine; on CI there is one.
    pub fn start() -> Option<Self> {
        let Ok(program) = std::env::var(PROGRAM) else {
            assert!(
                std::env::var("CI").is_err(),
                "{PROGRAM} must be set in CI: nothing may be skipped there"
            );
            eprintln!("SKIPPED: {PROGRAM} is not set, so limits shared through Redis were not tested");
            return None;
        };
        let mut redis = Self { program, folder: tempfile::tempdir().unwrap(), child: None };
        redis.start_again();
        Some(redis)
    }

    /// With an empty memory.
    pub fn start_again(&mut self) {
        let mut command = Command::new(&self.program);
        // No port that another program could take in the meantime.
        command.args(["--port", "0", "--unixsocket"]).arg(self.socket());
        command
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"])
            .arg("--dir")
            .arg(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.program));
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        lines.find(|line| line.contains("ready to accept connections")).expect("it says when it is ready");
        // It would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.child = Some(child);
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    /// How a node is told of it.
    pub fn address(&self) -> config::Redis {
        config::Redis::parse(&format!("redis+unix://{}", self.socket().display())).unwrap()
    }

    /// Every key, and for how many more milliseconds it is kept.
    pub async fn keys(&self) -> Vec<(String, i64)> {
        let mut connection = self.address().client().get_multiplexed_async_connection().await.unwrap();
        let names: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
        let mut keys = Vec::new();
        for name in names {
            let left = redis::cmd("PTTL").arg(&name).query_async(&mut connection).await.unwrap();
            keys.push((name, left));
        }
        keys
    }
}
