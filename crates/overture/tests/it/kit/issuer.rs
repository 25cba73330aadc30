//! A real OpenID provider, in a process of its own.

use overture::config::Google;
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// The program `oidc-provider-mock`; `cargo xtask test` installs it and sets this.
const PROGRAM: &str = "OVERTURE_TEST_OIDC";

pub struct Issuer {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Issuer {
    /// `None`, said aloud, where there is none on this machine; on CI there is one.
    pub fn start() -> Option<Self> {
        let Ok(program) = std::env::var(PROGRAM) else {
            assert!(
                std::env::var("CI").is_err(),
                "{PROGRAM} must be set in CI: nothing may be skipped there"
            );
            eprintln!("SKIPPED: {PROGRAM} is not set, so signing in with Google was not tested");
            return None;
        };
        let mut command = Command::new(&program);
        command.args(["--port", "0", "--host", "127.0.0.1"]).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = |line: String| {
            let (_, rest) = line.split_once("running on http://")?;
            Some(rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect::<String>())
        };
        let address = lines.find_map(address).expect("it says where it listens");
        // It would stop at a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls_config())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Some(Self { child, url: format!("http://{address}"), http })
    }

    /// What the product is told of it.
    pub fn config(&self, domains: &[&str]) -> Google {
        Google {
            issuer: self.url.clone(),
            client_id: "overture".into(),
            client_secret: "hush".into(),
            allowed_domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        }
    }

    /// An account there.
    pub async fn account(&self, subject: &str, claims: &Value) {
        let url = format!("{}/users/{subject}", self.url);
        let done = self.http.put(url).json(claims).send().await.unwrap();
        assert!(done.status().is_success(), "{}", done.text().await.unwrap());
    }

    /// Somebody signs in there where the product sent them; the query that they come back with.
    pub async fn sign_in(&self, door: &str, subject: &str) -> String {
        self.answer(door, &[("sub", subject)]).await
    }

    /// Somebody thinks better of it.
    pub async fn cancel(&self, door: &str) -> String {
        self.answer(door, &[("action", "deny")]).await
    }

    async fn answer(&self, door: &str, form: &[(&str, &str)]) -> String {
        assert!(door.starts_with(&self.url), "{door}");
        let answer = self.http.post(door).form(form).send().await.unwrap();
        let back = answer.headers()["location"].to_str().unwrap();
        let (to, query) = back.split_once('?').unwrap();
        assert_eq!(to, format!("{}/api/auth/google/callback", super::PUBLIC_URL));
        query.to_owned()
    }
}

fn rustls_config() -> rustls::ClientConfig {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    builder.unwrap().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
}
