//! A real OpenID provider, in a process of its own.

use super::beside::Beside;
use overture::config::Google;
use serde_json::Value;

/// The program `oidc-provider-mock`; `cargo xtask test` installs it and sets this.
const PROGRAM: &str = "OVERTURE_TEST_OIDC";

pub struct Issuer {
    server: Beside,
    http: reqwest::Client,
}

impl Issuer {
    /// `None`, said aloud, where there is none on this machine; on CI there is one.
    pub fn start() -> Option<Self> {
        let server = Beside::start(PROGRAM, "signing in with Google")?;
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(rustls_config())
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Some(Self { server, http })
    }

    /// What the product is told of it.
    pub fn config(&self, domains: &[&str]) -> Google {
        Google {
            issuer: self.server.url.clone(),
            client_id: "overture".into(),
            client_secret: "hush".into(),
            allowed_domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        }
    }

    /// An account there.
    pub async fn account(&self, subject: &str, claims: &Value) {
        let url = format!("{}/users/{subject}", self.server.url);
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
        assert!(door.starts_with(&self.server.url), "{door}");
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
