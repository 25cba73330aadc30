//! Consent to read and to send somebody's mail: OAuth 2.0, the code flow with PKCE (RFC 6749, 7636), as Google does it for
//! web applications.

use super::base_of;
use crate::{
    Class, Fail, Http,
    http::{bounded_body, retry_after_ms, transport},
};
use reqwest::StatusCode;
use serde::Deserialize;
use std::fmt;

/// To send as the account, and to read what comes in. Neither lets us change or delete anything.
pub const SCOPES: [&str; 2] =
    ["https://www.googleapis.com/auth/gmail.send", "https://www.googleapis.com/auth/gmail.readonly"];

/// Bytes of an answer that are read; Google's own are a kilobyte or two.
const MAX_ANSWER: usize = 64 * 1024;

/// The app at Google that asks for consent.
#[derive(Clone)]
pub struct App {
    /// `….apps.googleusercontent.com`
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Another address of all of Google, for a proxy or a test server.
    pub base_url: Option<String>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// A way to consent that somebody is sent on.
#[derive(Debug)]
pub struct Errand<'a> {
    /// Where Google sends them back to.
    pub redirect: &'a str,
    /// Comes back with them.
    pub state: &'a str,
    /// base64url of the SHA-256 of the verifier.
    pub challenge: &'a str,
    /// The account that is meant, where one is.
    pub address: Option<&'a str>,
}

/// What Google gave for a code or for a refresh token.
#[derive(Clone, Deserialize)]
pub struct Granted {
    /// Opens the API for a while.
    pub access_token: String,
    /// For so many seconds.
    #[serde(default)]
    pub expires_in: u64,
    /// Gives further access tokens; only at the first consent, or when it was asked for again.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// What was consented to, separated by blanks: people may untick some of it.
    #[serde(default)]
    pub scope: String,
}

impl Granted {
    /// Whether everything was consented to that we need.
    pub fn is_enough(&self) -> bool {
        SCOPES.iter().all(|needed| self.scope.split(' ').any(|scope| scope == *needed))
    }
}

impl fmt::Debug for Granted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl App {
    fn at(&self, google: &str, path: &str) -> Result<String, Fail> {
        Ok(format!("{}{path}", base_of(self.base_url.as_deref().unwrap_or(google))?))
    }

    /// Where the API is, without a slash at its end.
    pub fn api(&self) -> Result<String, Fail> {
        self.at("https://gmail.googleapis.com", "/gmail/v1/users/me")
    }

    /// Where to send the browser. `prompt=consent` and `access_type=offline`: only so there is a refresh token each time.
    pub fn door(&self, errand: &Errand<'_>) -> Result<String, Fail> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", errand.redirect)
            .append_pair("scope", &SCOPES.join(" "))
            .append_pair("state", errand.state)
            .append_pair("code_challenge", errand.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent")
            .append_pair("include_granted_scopes", "true");
        if let Some(address) = errand.address {
            query.append_pair("login_hint", address);
        }
        Ok(format!("{}?{}", self.at("https://accounts.google.com", "/o/oauth2/v2/auth")?, query.finish()))
    }

    /// Tokens for the code that somebody brought back.
    pub async fn exchange(
        &self,
        http: &Http,
        code: &str,
        verifier: &str,
        redirect: &str,
    ) -> Result<Granted, Fail> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", redirect),
        ];
        self.ask(http, &form).await
    }

    /// A fresh access token. Google keeps the older ones good: two nodes that ask at the same time do no harm.
    pub async fn refresh(&self, http: &Http, refresh_token: &str) -> Result<Granted, Fail> {
        self.ask(http, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    async fn ask(&self, http: &Http, form: &[(&str, &str)]) -> Result<Granted, Fail> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .append_pair("client_id", &self.client_id)
            .append_pair("client_secret", &self.client_secret)
            .finish();
        let request = http
            .client()
            .post(self.at("https://oauth2.googleapis.com", "/token")?)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body);
        let lost =
            || Fail::new(Class::Retry, "Google gave no usable answer when we signed in; it is tried again.");
        let response =
            request.send().await.map_err(|error| match transport("Google", &error.without_url()) {
                fail if fail.class == Class::Unknown => lost(),
                fail => fail,
            })?;
        let (status, retry_after_ms) = (response.status(), retry_after_ms(response.headers()));
        let body = bounded_body(response, MAX_ANSWER).await.unwrap_or_default();
        if status.is_success() {
            let granted = serde_json::from_slice::<Granted>(&body).ok();
            return granted.filter(|granted| is_token(&granted.access_token)).ok_or_else(lost);
        }
        Err(Fail { retry_after_ms, ..refused(status, &body) })
    }
}

/// What may stand in a header.
fn is_token(token: &str) -> bool {
    (1..=8_192).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What a refusal of the token endpoint means (RFC 6749, 5.2, and Google's own words). Nothing was being sent.
fn refused(status: StatusCode, body: &[u8]) -> Fail {
    #[derive(Deserialize)]
    struct Said {
        error: String,
    }
    let said = serde_json::from_slice::<Said>(body).map(|said| said.error).unwrap_or_default();
    let (class, message) = match (said.as_str(), status.as_u16()) {
        ("invalid_grant", _) => (
            Class::Reauth,
            "Google no longer accepts this connection: it was revoked, the password changed, or it ran out. \
             Reconnect the account. Until then its messages wait.",
        ),
        ("invalid_client" | "deleted_client" | "unauthorized_client", _) => (
            Class::Config,
            "Google does not know the app that this account was connected with, or its secret is another one now. \
             Correct the Google app in the settings.",
        ),
        ("admin_policy_enforced" | "org_internal" | "access_denied", _) => (
            Class::Config,
            "The administrator of this Google Workspace does not allow the app. Ask them to allow it, then reconnect.",
        ),
        ("rate_limit_exceeded" | "slow_down", _) | (_, 429) => {
            (Class::Throttle, "Google asks us to sign in less often; it is tried again later.")
        }
        ("temporarily_unavailable" | "server_error" | "internal_failure", _) | (_, 408 | 500..=599) => {
            (Class::Retry, "Google cannot sign us in just now; it is tried again.")
        }
        _ => (
            Class::Config,
            "Google refused to sign us in. Check the Google app in the settings and reconnect.",
        ),
    };
    let code = if said.is_empty() || said.len() > 60 { status.as_u16().to_string() } else { said };
    Fail::new(class, message).with_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_every_refusal_of_a_token() {
        for (status, said, class) in [
            (400, "invalid_grant", Class::Reauth),
            (401, "invalid_client", Class::Config),
            (401, "deleted_client", Class::Config),
            (400, "unauthorized_client", Class::Config),
            (400, "admin_policy_enforced", Class::Config),
            (403, "org_internal", Class::Config),
            (403, "rate_limit_exceeded", Class::Throttle),
            (429, "", Class::Throttle),
            (503, "temporarily_unavailable", Class::Retry),
            (500, "", Class::Retry),
            (502, "<html>", Class::Retry),
            (400, "invalid_request", Class::Config),
            (302, "", Class::Config),
        ] {
            let body = serde_json::json!({ "error": said, "error_description": "of ada@people.example" })
                .to_string();
            let fail = refused(StatusCode::from_u16(status).unwrap(), body.as_bytes());
            assert_eq!(fail.class, class, "{status} {said}");
            assert!(!fail.message.contains("ada@"));
        }
    }

    #[test]
    fn both_scopes_are_needed() {
        let granted = |scope: &str| Granted {
            access_token: "t".into(),
            expires_in: 1,
            refresh_token: None,
            scope: scope.into(),
        };
        assert!(granted(&format!("openid {} {}", SCOPES[1], SCOPES[0])).is_enough());
        assert!(!granted(SCOPES[0]).is_enough());
        assert!(!granted("https://www.googleapis.com/auth/gmail.sendx").is_enough());
    }

    #[test]
    fn the_door_asks_for_what_keeps_working() {
        let app = App { client_id: "id".into(), client_secret: "s3cret".into(), base_url: None };
        let errand =
            Errand { redirect: "https://o.example/b", state: "st", challenge: "ch", address: Some("a@b.c") };
        let door = app.door(&errand).unwrap();
        assert!(
            door.starts_with("https://accounts.google.com/o/oauth2/v2/auth?response_type=code&"),
            "{door}"
        );
        for part in [
            "access_type=offline",
            "prompt=consent",
            "code_challenge=ch&code_challenge_method=S256",
            "state=st",
            "login_hint=a%40b.c",
            "redirect_uri=https%3A%2F%2Fo.example%2Fb",
        ] {
            assert!(door.contains(part), "{part}: {door}");
        }
        assert!(!door.contains("s3cret") && !format!("{app:?}").contains("s3cret"));
        let wrong = App { base_url: Some("file:///etc".into()), ..app };
        assert_eq!(wrong.door(&errand).unwrap_err().class, Class::Config);
    }
}
