//! Configuration: flag, then `OVERTURE_SECTION__KEY`, then `overture.toml`, then the default.
//! The one place that reads the environment.

mod mail;
mod media;

pub use mail::Mail;

use crate::{
    http::limits::Allowed,
    media::{Bucket, Settings},
};
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
    /// How often anybody may ask.
    pub limits: Allowed,
    /// Through what several nodes share how often anybody asks; without it each counts for itself.
    pub redis: Option<Redis>,
    /// Keys that come through the environment in place of the key file of the data folder.
    pub keys: Option<GivenKeys>,
    /// Where files, keys and SQLite live.
    pub data_dir: PathBuf,
    /// An outside world that runs elsewhere; `None` starts the built-in sandbox.
    pub sandbox: Option<SandboxAddress>,
    /// How long a claim lasts, in real milliseconds.
    pub lease_ms: i64,
    /// Overrides every channel's settle window, in real milliseconds.
    pub settle_ms: Option<i64>,
    /// How long a sender rests at first whose provider does not answer, in milliseconds of the product's clock.
    pub rest_ms: i64,
    /// Networks of our own that addresses entered by members may lead to.
    pub egress_private: Vec<IpNet>,
    /// Ports beside 80 and 443 that such addresses may name.
    pub egress_ports: Vec<u16>,
    /// Total time for one call of a provider, in real milliseconds; less than half the lease.
    pub provider_timeout_ms: u64,
    /// The DNS server that the check of a domain asks; `None` asks those of the operating system.
    pub dns_resolver: Option<SocketAddr>,
    /// What a monitor shows to read `/metrics`; without it there is no such page.
    pub metrics_token: Option<MetricsToken>,
    /// Where people sign in with their Google account; `None` where nothing is configured.
    pub google: Option<Google>,
    /// The bucket that recordings are kept in; `None` keeps them in the data folder.
    pub media: Option<Bucket>,
    /// The mail server for mail of the product to its own members; `None` where nothing is configured.
    pub mail: Option<Mail>,
}

/// An OpenID Connect issuer, Google unless another one is named.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Google {
    /// Its address.
    #[serde(default = "google")]
    pub issuer: String,
    /// How it knows us.
    pub client_id: String,
    /// What proves that it is us.
    pub client_secret: String,
    /// Organisations (`hd`) whose accounts may sign in; none named: all.
    #[serde(default)]
    pub allowed_domains: Vec<String>,
}

fn google() -> String {
    "https://accounts.google.com".into()
}

impl std::fmt::Debug for Google {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the secret.
        f.debug_struct("Google").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a monitor shows.
#[derive(Clone, Deserialize)]
pub struct MetricsToken(pub String);

impl std::fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsToken")
    }
}

/// The text of a key file, as a variable holds it.
#[derive(Clone)]
pub struct GivenKeys(pub String);

impl std::fmt::Debug for GivenKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GivenKeys")
    }
}

/// A Redis server. It shows itself without its password.
#[derive(Clone)]
pub struct Redis(redis::Client);

impl Redis {
    /// From an address: `redis://[user:password@]host[:port][/database]`, or `redis+unix:///path`.
    pub fn parse(url: &str) -> Result<Self> {
        // The error of the parser is not told: what it did not understand may be the password.
        match redis::Client::open(url) {
            Ok(client) => Ok(Self(client)),
            Err(_) if url.starts_with("rediss:") => bail!(
                "redis.url begins with rediss://, and Overture speaks to Redis without TLS. Reach it through a network of your own, or a tunnel, with redis://"
            ),
            Err(_) => {
                bail!("redis.url is no address of a Redis server; it must look like redis://127.0.0.1:6379")
            }
        }
    }

    /// To connect to it.
    pub fn client(&self) -> redis::Client {
        self.0.clone()
    }
}

impl std::fmt::Display for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.get_connection_info().addr().fmt(f)
    }
}

impl std::fmt::Debug for Redis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({self})")
    }
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
    redis: RedisTable,
    files: Files,
    sandbox: Option<SandboxAddress>,
    send: Send,
    limits: Limits,
    google: Option<Google>,
    egress: Egress,
    dns: Dns,
    mail: MailTable,
    media: Settings,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MailTable {
    url: Option<String>,
    from: Option<String>,
}

impl std::fmt::Debug for MailTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailTable")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Dns {
    resolver: Option<SocketAddr>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Limits {
    strangers_per_15_minutes: Option<u32>,
    member_per_minute: Option<u32>,
    key_per_minute: Option<u32>,
    expensive_per_minute: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RedisTable {
    url: Option<String>,
}

impl std::fmt::Debug for RedisTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RedisTable")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Server {
    listen: Option<String>,
    public_url: Option<String>,
    allowed_origins: Option<Vec<String>>,
    trusted_proxies: Option<Vec<IpNet>>,
    metrics_token: Option<MetricsToken>,
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
    rest_ms: Option<i64>,
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
            limits: limits(env, &file.limits)?,
            redis: env("OVERTURE_REDIS__URL")
                .or_else(|| env("REDIS_URL"))
                .or(file.redis.url)
                .filter(|url| !url.is_empty())
                .map(|url| Redis::parse(&url))
                .transpose()?,
            keys: env("OVERTURE_KEYS").map(GivenKeys),
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
            rest_ms: number(env, "OVERTURE_SEND__REST_MS")?
                .or(file.send.rest_ms)
                .unwrap_or(domain::breaker::REST_MS)
                .max(1),
            dns_resolver: match env("OVERTURE_DNS__RESOLVER") {
                Some(text) => Some(text.parse().with_context(|| {
                    format!("OVERTURE_DNS__RESOLVER is {text:?}; it must look like 192.0.2.53:53")
                })?),
                None => file.dns.resolver,
            },
            metrics_token: metrics_token(env, file.server.metrics_token)?,
            google: issuer(env, file.google)?,
            mail: match (
                env("OVERTURE_MAIL__URL").or(file.mail.url).filter(|url| !url.is_empty()),
                env("OVERTURE_MAIL__FROM").or(file.mail.from),
            ) {
                (None, _) => None,
                (Some(url), Some(from)) => Some(Mail::parse(&url, &from)?),
                (Some(_), None) => bail!("mail.url and mail.from belong together"),
            },
            media: media::bucket(env, file.media)?,
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

fn metrics_token(
    env: &dyn Fn(&str) -> Option<String>,
    in_file: Option<MetricsToken>,
) -> Result<Option<MetricsToken>> {
    let token = env("OVERTURE_SERVER__METRICS_TOKEN").map(MetricsToken).or(in_file);
    if token.as_ref().is_some_and(|token| token.0.len() < 16) {
        bail!("server.metrics_token is too short: 16 characters or more, so that nobody guesses it");
    }
    Ok(token)
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

fn limits(env: &dyn Fn(&str) -> Option<String>, file: &Limits) -> Result<Allowed> {
    let limit = |name: &str, in_file: Option<u32>, default: u32| -> Result<u32> {
        let told = number(env, name)?.map(u32::try_from).transpose();
        Ok(told.with_context(|| format!("{name} is out of range"))?.or(in_file).unwrap_or(default))
    };
    let usual = Allowed::default();
    Ok(Allowed {
        strangers: limit(
            "OVERTURE_LIMITS__STRANGERS_PER_15_MINUTES",
            file.strangers_per_15_minutes,
            usual.strangers,
        )?,
        member: limit("OVERTURE_LIMITS__MEMBER_PER_MINUTE", file.member_per_minute, usual.member)?,
        key: limit("OVERTURE_LIMITS__KEY_PER_MINUTE", file.key_per_minute, usual.key)?,
        expensive: limit(
            "OVERTURE_LIMITS__EXPENSIVE_PER_MINUTE",
            file.expensive_per_minute,
            usual.expensive,
        )?,
    })
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

fn issuer(env: &dyn Fn(&str) -> Option<String>, file: Option<Google>) -> Result<Option<Google>> {
    let value = |name: &str| env(&format!("OVERTURE_GOOGLE__{name}"));
    let (id, secret) = (value("CLIENT_ID"), value("CLIENT_SECRET"));
    let found = match (file, id, secret) {
        (None, None, None) => return Ok(None),
        (None, Some(client_id), Some(client_secret)) => {
            Google { issuer: google(), client_id, client_secret, allowed_domains: vec![] }
        }
        (None, ..) => bail!("google.client_id and google.client_secret belong together"),
        (Some(file), id, secret) => Google {
            client_id: id.unwrap_or(file.client_id),
            client_secret: secret.unwrap_or(file.client_secret),
            ..file
        },
    };
    let list = |text: String| text.split(',').map(|domain| domain.trim().to_owned()).collect();
    let found = Google {
        issuer: value("ISSUER").unwrap_or(found.issuer),
        allowed_domains: value("ALLOWED_DOMAINS").map_or(found.allowed_domains, list),
        ..found
    };
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    if !found.issuer.starts_with("https://") && !here.iter().any(|local| found.issuer.starts_with(local)) {
        bail!("google.issuer is {:?}; it must begin with https://", found.issuer);
    }
    Ok(Some(found))
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
    fn redis_is_named_by_either_variable_or_the_file_and_keeps_its_password_to_itself() {
        let load = |set: &[(&str, &str)]| {
            let env = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, url)| (*url).to_owned());
            Config::from(&Flags::default(), &env)
        };
        assert!(load(&[]).unwrap().redis.is_none());
        let ours = ("OVERTURE_REDIS__URL", "redis://me:hush@cache.test:6380/2");
        let config = load(&[("REDIS_URL", "redis://elsewhere.test"), ours]).unwrap();
        assert_eq!(config.redis.as_ref().unwrap().to_string(), "cache.test:6380");
        let shown = format!("{config:?}");
        assert!(shown.contains("cache.test:6380") && !shown.contains("hush"), "{shown}");
        let alias = load(&[("REDIS_URL", "redis+unix:///run/redis.sock")]).unwrap();
        assert_eq!(alias.redis.unwrap().to_string(), "/run/redis.sock");
        for (wrong, word) in [
            ("rediss://:hush@cache.test", "TLS"),
            ("redis://:hush@cache.test:port", "redis://127.0.0.1:6379"),
            ("cache:hush", "redis://127.0.0.1:6379"),
        ] {
            let refused = format!("{:#}", load(&[("REDIS_URL", wrong)]).unwrap_err());
            assert!(refused.contains(word) && !refused.contains("hush"), "{refused}");
        }
    }

    #[test]
    fn an_issuer_is_whole_or_not_there() {
        let load = |set: &[(&str, &str)]| {
            let env = |name: &str| {
                let name = name.strip_prefix("OVERTURE_GOOGLE__")?;
                set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            };
            Config::from(&Flags::default(), &env).map(|config| config.google)
        };
        assert!(load(&[]).unwrap().is_none());
        assert!(load(&[("CLIENT_ID", "we")]).is_err());
        let both = [("CLIENT_ID", "we"), ("CLIENT_SECRET", "hush")];
        let google = load(&both).unwrap().unwrap();
        assert_eq!(google.issuer, "https://accounts.google.com");
        assert!(!format!("{google:?}").contains("hush"), "{google:?}");
        let with = |more| load(&[both[0], both[1], more]);
        let domains = with(("ALLOWED_DOMAINS", "a.example, b.example")).unwrap().unwrap().allowed_domains;
        assert_eq!(domains, ["a.example", "b.example"]);
        assert!(with(("ISSUER", "http://evil.example")).is_err());
        assert!(with(("ISSUER", "http://127.0.0.1:9400")).is_ok());
    }

    #[test]
    fn a_mail_server_without_whom_mail_comes_from_is_half_a_setting() {
        let half = |name: &str| (name == "OVERTURE_MAIL__URL").then(|| "smtp://mail.x.example".into());
        assert!(Config::from(&Flags::default(), &half).is_err());
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
