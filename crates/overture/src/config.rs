//! Configuration: flag, then `OVERTURE_SECTION__KEY`, then `overture.toml`, then the default.
//! The one place that reads the environment.

use anyhow::{Context, Result, bail};
use ipnet::IpNet;
use serde::Deserialize;
use std::{net::SocketAddr, path::PathBuf, time::Duration};

/// What a node needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP listens.
    pub listen: SocketAddr,
    /// How the outside world reaches us: links, callbacks and webhook signatures are made with it.
    pub public_url: Option<String>,
    /// Origins (`https://app.example`) whose pages may use the API, beside our own.
    pub allowed_origins: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Database URL; `None` is SQLite in the data folder.
    pub database_url: Option<String>,
    /// Most PostgreSQL connections of this node.
    pub database_connections: u32,
    /// Where files, keys and SQLite live.
    pub data_dir: PathBuf,
    /// An outside world that runs elsewhere; `None` starts the built-in sandbox.
    pub sandbox: Option<SandboxAddress>,
    /// How long a claim lasts, in real milliseconds.
    pub lease_ms: i64,
    /// Overrides every channel's settle window, in real milliseconds.
    pub settle_ms: Option<i64>,
    /// Networks of our own that addresses entered by members may lead to.
    pub egress_private: Vec<IpNet>,
    /// Ports beside 80 and 443 that such addresses may name.
    pub egress_ports: Vec<u16>,
    /// Total time for one call of a provider, in real milliseconds; less than half the lease.
    pub provider_timeout_ms: u64,
}

/// A sandbox that runs in another process.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxAddress {
    /// `http://127.0.0.1:port`
    pub http: String,
    /// `127.0.0.1:port`
    pub smtp: SocketAddr,
}

/// The file, every key optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    server: Server,
    database: Database,
    files: Files,
    sandbox: Option<SandboxAddress>,
    send: Send,
    egress: Egress,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Server {
    listen: Option<String>,
    public_url: Option<String>,
    allowed_origins: Option<Vec<String>>,
    trusted_proxies: Option<Vec<IpNet>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Database {
    url: Option<String>,
    max_connections: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Files {
    dir: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Send {
    lease_ms: Option<i64>,
    settle_ms: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Egress {
    allow_private: Option<Vec<IpNet>>,
    allow_ports: Option<Vec<u16>>,
}

/// What the command line may override.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--listen`
    pub listen: Option<String>,
    /// `--data-dir`
    pub data_dir: Option<PathBuf>,
    /// `--database`
    pub database: Option<String>,
    /// `--public-url`
    pub public_url: Option<String>,
    /// `--config`
    pub file: Option<PathBuf>,
}

impl Config {
    /// Puts the sources together.
    pub fn load(flags: &Flags) -> Result<Self> {
        Self::from(flags, &env)
    }

    fn from(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let file = read_file(flags, env)?;
        let port = env("PORT").map(|port| format!("127.0.0.1:{port}"));
        let listen = flags
            .listen
            .clone()
            .or_else(|| env("OVERTURE_SERVER__LISTEN"))
            .or(file.server.listen)
            .or(port)
            .unwrap_or_else(|| "127.0.0.1:3000".into());
        let lease_ms = number(env, "OVERTURE_SEND__LEASE_MS")?.or(file.send.lease_ms).unwrap_or(30_000);
        if lease_ms < 200 {
            bail!("send.lease_ms must be at least 200");
        }
        Ok(Self {
            listen: listen
                .parse()
                .with_context(|| format!("server.listen is {listen:?}; it must look like 127.0.0.1:3000"))?,
            public_url: flags
                .public_url
                .clone()
                .or_else(|| env("OVERTURE_SERVER__PUBLIC_URL"))
                .or(file.server.public_url),
            allowed_origins: match env("OVERTURE_SERVER__ALLOWED_ORIGINS") {
                Some(list) => list.split(',').map(|origin| origin.trim().to_owned()).collect(),
                None => file.server.allowed_origins.unwrap_or_default(),
            },
            trusted_proxies: match env("OVERTURE_SERVER__TRUSTED_PROXIES") {
                Some(list) => networks("OVERTURE_SERVER__TRUSTED_PROXIES", &list)?,
                None => file.server.trusted_proxies.unwrap_or_default(),
            },
            database_url: flags
                .database
                .clone()
                .or_else(|| env("OVERTURE_DATABASE__URL"))
                .or_else(|| env("DATABASE_URL"))
                .or(file.database.url)
                .filter(|url| !url.is_empty()),
            database_connections: file.database.max_connections.unwrap_or(16),
            data_dir: flags
                .data_dir
                .clone()
                .or_else(|| env("OVERTURE_FILES__DIR").map(PathBuf::from))
                .or(file.files.dir)
                .unwrap_or_else(|| PathBuf::from("overture-data")),
            sandbox: sandbox(env, file.sandbox)?,
            lease_ms,
            settle_ms: number(env, "OVERTURE_SEND__SETTLE_MS")?.or(file.send.settle_ms),
            egress_private: match env("OVERTURE_EGRESS__ALLOW_PRIVATE") {
                Some(list) => networks("OVERTURE_EGRESS__ALLOW_PRIVATE", &list)?,
                None => file.egress.allow_private.unwrap_or_default(),
            },
            egress_ports: match env("OVERTURE_EGRESS__ALLOW_PORTS") {
                Some(list) => ports(&list)?,
                None => file.egress.allow_ports.unwrap_or_default(),
            },
            provider_timeout_ms: u64::try_from((lease_ms * 2 / 5).min(10_000)).unwrap_or(10_000),
        })
    }
}

impl Config {
    /// How long PostgreSQL waits for the next statement of a transaction: less than the lease, so that what a
    /// stopped node holds is free when another may take it over.
    pub fn idle_in_transaction(&self) -> Duration {
        Duration::from_millis((self.lease_ms.unsigned_abs() / 2).clamp(500, 15_000))
    }
}

fn env(name: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn number(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Result<Option<i64>> {
    env(name)
        .map(|text| text.parse().with_context(|| format!("{name} is {text:?}; it must be a whole number")))
        .transpose()
}

fn networks(name: &str, list: &str) -> Result<Vec<IpNet>> {
    let net = |text: &str| {
        let (net, address) = (text.parse::<IpNet>().ok(), text.parse::<std::net::IpAddr>().ok());
        net.or(address.map(IpNet::from)).with_context(|| {
            format!("{name} has {text:?}; write networks such as 10.0.0.0/8, with commas between")
        })
    };
    list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(net).collect()
}

fn ports(list: &str) -> Result<Vec<u16>> {
    let port = |text: &str| {
        text.parse().with_context(|| {
            format!(
                "OVERTURE_EGRESS__ALLOW_PORTS has {text:?}; write ports such as 8443, with commas between"
            )
        })
    };
    list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(port).collect()
}

fn sandbox(
    env: &dyn Fn(&str) -> Option<String>,
    file: Option<SandboxAddress>,
) -> Result<Option<SandboxAddress>> {
    match (env("OVERTURE_SANDBOX__HTTP"), env("OVERTURE_SANDBOX__SMTP")) {
        (Some(http), Some(smtp)) => {
            let smtp = smtp.parse().with_context(|| {
                format!("OVERTURE_SANDBOX__SMTP is {smtp:?}; it must look like 127.0.0.1:2525")
            })?;
            Ok(Some(SandboxAddress { http, smtp }))
        }
        _ => Ok(file),
    }
}

fn read_file(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Result<File> {
    let named = flags.file.clone().or_else(|| env("OVERTURE_CONFIG").map(PathBuf::from));
    let path = named.clone().unwrap_or_else(|| PathBuf::from("overture.toml"));
    match std::fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).with_context(|| format!("cannot use {}", path.display())),
        Err(_) if named.is_none() => Ok(File::default()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_the_environment_which_beats_the_default() {
        let env = |name: &str| match name {
            "OVERTURE_SERVER__LISTEN" => Some("127.0.0.1:4000".into()),
            "DATABASE_URL" => Some("postgres://x".into()),
            _ => None,
        };
        let config = Config::from(&Flags::default(), &env).unwrap();
        assert_eq!(config.listen.port(), 4000);
        assert_eq!(config.database_url.as_deref(), Some("postgres://x"));
        let flags = Flags { listen: Some("127.0.0.1:5000".into()), ..Flags::default() };
        assert_eq!(Config::from(&flags, &env).unwrap().listen.port(), 5000);
        assert!(
            Config::from(&flags, &|name| (name == "OVERTURE_SEND__LEASE_MS").then(|| "soon".into())).is_err()
        );
    }

    #[test]
    fn private_networks_and_ports_are_named_in_the_file_or_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o.toml");
        std::fs::write(&path, "[egress]\nallow_private = [\"10.1.2.0/24\"]\nallow_ports = [8443]\n").unwrap();
        let flags = Flags { file: Some(path), ..Flags::default() };
        let config = Config::from(&flags, &|_| None).unwrap();
        assert_eq!(config.egress_private, ["10.1.2.0/24".parse().unwrap()]);
        assert_eq!(config.egress_ports, [8443]);
        let env = |name: &str| match name {
            "OVERTURE_EGRESS__ALLOW_PRIVATE" => Some("127.0.0.1, fd00::/8".into()),
            "OVERTURE_EGRESS__ALLOW_PORTS" => Some("8080,9000".into()),
            _ => None,
        };
        let config = Config::from(&flags, &env).unwrap();
        assert_eq!(config.egress_private, ["127.0.0.1/32".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert_eq!(config.egress_ports, [8080, 9000]);
        let wrong = |name: &str| (name == "OVERTURE_EGRESS__ALLOW_PORTS").then(|| "http".into());
        assert!(Config::from(&flags, &wrong).is_err());
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("o.toml");
        std::fs::write(&path, "[server]\nlisten_on = \"x\"\n").unwrap();
        let flags = Flags { file: Some(path), ..Flags::default() };
        let error = format!("{:#}", Config::from(&flags, &|_| None).unwrap_err());
        assert!(error.contains("listen_on"), "{error}");
    }
}
