//! Signing in with an account elsewhere: OpenID Connect, the code flow with PKCE. Of an identity token everything is
//! checked that the standard asks for (OpenID Connect Core 1.0, 3.1.3.7), and the address must be verified.

use crate::{
    config::Google,
    error::{Error, Kind, Result},
    keys::token,
};
use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, Jwk, JwkSet},
};
use providers::Http;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// What the issuer says of itself, and its keys, are asked for again after this time,
const KEPT: Duration = Duration::from_secs(3600);
/// and earlier where a token is signed with a key that we do not know, but not more often than this.
const SELDOM: Duration = Duration::from_secs(60);

/// Secrets of one attempt, which only the browser that began it has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attempt {
    /// Comes back with the code.
    pub state: String,
    /// Comes back in the identity token.
    pub nonce: String,
    /// Proves at the exchange that the code was asked for here.
    pub verifier: String,
}

impl Attempt {
    /// A new one.
    pub fn draw() -> Self {
        Self { state: token(), nonce: token(), verifier: token() }
    }
}

/// Who somebody is, according to the issuer.
#[derive(Debug, Clone)]
pub struct Person {
    /// Who says so.
    pub issuer: String,
    /// Their name there, which never changes.
    pub subject: String,
    /// Their address, verified.
    pub email: String,
    /// Their full name, if it is told.
    pub name: Option<String>,
}

/// An issuer.
pub struct Provider {
    config: Google,
    http: Http,
    known: Mutex<Option<Arc<Known>>>,
}

struct Known {
    at: Instant,
    says: Discovery,
    keys: JwkSet,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

fn unreachable(error: anyhow::Error) -> Error {
    let message = "Google does not answer. Try again, or sign in with your password";
    Error::new(Kind::Upstream, "google.unreachable", message).because(error)
}

/// A token that does not prove what it says, or an answer that does not belong to the question.
pub fn refused(why: &'static str) -> Error {
    let message = "The answer of Google does not fit. Begin again";
    Error::new(Kind::Forbidden, "google.refused", message).because(anyhow::anyhow!(why))
}

impl Provider {
    /// As configured. Nothing is asked yet.
    pub fn new(config: Google) -> Self {
        Self { config, http: Http::new(), known: Mutex::default() }
    }

    /// Who it is.
    pub fn issuer(&self) -> &str {
        self.config.issuer.trim_end_matches('/')
    }

    async fn known(&self, at_most: Duration) -> Result<Arc<Known>> {
        let mut held = self.known.lock().await;
        if let Some(known) = held.as_ref().filter(|known| known.at.elapsed() < at_most) {
            return Ok(known.clone());
        }
        let known = Arc::new(self.ask().await.map_err(unreachable)?);
        *held = Some(known.clone());
        Ok(known)
    }

    async fn ask(&self) -> anyhow::Result<Known> {
        let says: Discovery =
            self.read(&format!("{}/.well-known/openid-configuration", self.issuer())).await?;
        anyhow::ensure!(
            says.issuer == self.issuer(),
            "the discovery document of {} is that of {}",
            self.issuer(),
            says.issuer
        );
        let keys = self.read(&says.jwks_uri).await?;
        Ok(Known { at: Instant::now(), says, keys })
    }

    async fn read<T: serde::de::DeserializeOwned>(&self, url: &str) -> anyhow::Result<T> {
        let answer = self.http.client().get(url).send().await?.error_for_status()?;
        answer.json().await.with_context(|| format!("{url} answers something else than expected"))
    }

    /// Where to send the browser.
    pub async fn door(&self, attempt: &Attempt, back_to: &str) -> Result<String> {
        let known = self.known(KEPT).await?;
        let challenge = B64.encode(Sha256::digest(attempt.verifier.as_bytes()));
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", back_to)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("prompt", "select_account")
            .finish();
        let endpoint = &known.says.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{joint}{query}"))
    }

    /// Who came back, for the code they brought.
    pub async fn person(&self, attempt: &Attempt, code: &str, back_to: &str) -> Result<Person> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let known = self.known(KEPT).await?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back_to),
            ("client_id", &self.config.client_id),
            ("client_secret", &self.config.client_secret),
            ("code_verifier", &attempt.verifier),
        ];
        let answer = self.http.client().post(&known.says.token_endpoint).form(&form).send().await;
        let answer = answer.map_err(|error| unreachable(error.into()))?;
        if answer.status().is_client_error() {
            return Err(refused("the code is not good, or not any more"));
        }
        let answer = answer.error_for_status().map_err(|error| unreachable(error.into()))?;
        let tokens: Tokens = answer.json().await.map_err(|error| unreachable(error.into()))?;
        let keys = self.keys_for(&tokens.id_token, known).await?;
        check(&self.config, self.issuer(), &keys.keys, &tokens.id_token, &attempt.nonce)
    }

    async fn keys_for(&self, id_token: &str, known: Arc<Known>) -> Result<Arc<Known>> {
        let kid = decode_header(id_token).ok().and_then(|header| header.kid);
        match kid {
            Some(kid) if known.keys.find(&kid).is_none() => self.known(SELDOM).await,
            _ => Ok(known),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: bool,
    hd: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    Many(Vec<String>),
    One(serde::de::IgnoredAny),
}

/// The one algorithm that a key may be used with: never the one that the token names.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    match &key.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(_) => Some(Algorithm::ES256),
        _ => None,
    }
}

/// Checks an identity token: signed by a key of the issuer, for us, in time, and in answer to `nonce`.
pub fn check(config: &Google, issuer: &str, keys: &JwkSet, id_token: &str, nonce: &str) -> Result<Person> {
    let header = decode_header(id_token).map_err(|_| refused("this is not a signed token"))?;
    let key = match &header.kid {
        Some(kid) => keys.find(kid),
        None => keys.keys.first().filter(|_| keys.keys.len() == 1),
    };
    let key = key.ok_or_else(|| refused("the token is signed with a key that is not the issuer's"))?;
    let algorithm = algorithm(key).ok_or_else(|| refused("a key of an unknown kind"))?;
    let mut validation = Validation::new(algorithm);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_audience(&[&config.client_id]);
    validation.set_issuer(&[issuer]);
    validation.validate_nbf = true;
    let key = DecodingKey::from_jwk(key).map_err(|_| refused("the issuer's key cannot be used"))?;
    let claims = decode::<Claims>(id_token, &key, &validation)
        .map_err(|error| refused("the token does not hold").because(error))?
        .claims;
    let alone = match &claims.aud {
        Audience::Many(many) => many.len() == 1 || claims.azp.is_some(),
        Audience::One(_) => true,
    };
    if !alone || claims.azp.as_ref().is_some_and(|azp| *azp != config.client_id) {
        return Err(refused("the token was made for somebody else"));
    }
    let given = claims.nonce.unwrap_or_default();
    if !bool::from(subtle::ConstantTimeEq::ct_eq(given.as_bytes(), nonce.as_bytes())) {
        return Err(refused("the token answers another question"));
    }
    let Some(email) = claims.email.filter(|_| claims.email_verified) else {
        let message = "The e-mail address of this Google account is not verified. Verify it there first";
        return Err(Error::new(Kind::Forbidden, "google.unverified", message));
    };
    if !config.allowed_domains.is_empty() {
        let domain = claims.hd.unwrap_or_default().to_lowercase();
        if !config.allowed_domains.iter().any(|allowed| allowed.to_lowercase() == domain) {
            let message = "Google accounts of this organisation may not sign in here";
            return Err(Error::new(Kind::Forbidden, "google.domain", message));
        }
    }
    Ok(Person { issuer: claims.iss, subject: claims.sub, email, name: claims.name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    /// A key made for these tests: private (PKCS#8), and the two halves of the public one.
    const PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxlyOhUlJ6ZLgzRggkxcgZIaoJDGKmg76UwedD6M5FDehRANCAAR_8SWaiX5uyMZVVemx0ztFexAHeoCJLMezVtkOkyLURNmw1HtViJgRMjfOO5Wz9Ec7FOVZZ1aZd8zpOPaoOBs7";
    const X: &str = "f_Elmol-bsjGVVXpsdM7RXsQB3qAiSzHs1bZDpMi1EQ";
    const Y: &str = "2bDUe1WImBEyN847lbP0RzsU5VlnVpl3zOk49qg4Gzs";
    const ISSUER: &str = "https://issuer.example";

    fn keys() -> JwkSet {
        let key = json!({ "kty": "EC", "crv": "P-256", "kid": "one", "alg": "ES256", "use": "sig", "x": X, "y": Y });
        serde_json::from_value(json!({ "keys": [key] })).unwrap()
    }

    fn config(domains: &[&str]) -> Google {
        Google {
            issuer: ISSUER.into(),
            client_id: "we".into(),
            client_secret: "hush".into(),
            allowed_domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
        }
    }

    /// Good claims with some of them changed, or with `null` taken away.
    fn claims(changed: Value) -> Value {
        #[expect(clippy::disallowed_methods, reason = "tokens are checked against the machine's clock")]
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let mut claims = json!({
            "iss": ISSUER, "sub": "1234", "aud": "we", "exp": now + 600, "iat": now, "nonce": "n0nce",
            "email": "ines@acme.example", "email_verified": true, "hd": "acme.example", "name": "Ines",
        });
        for (name, value) in changed.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                Value::String(text) if text == "long ago" => claims[name] = json!(now - 600),
                Value::String(text) if text == "soon" => claims[name] = json!(now + 600),
                value => claims[name] = value.clone(),
            }
        }
        claims
    }

    fn signed(header: &Header, claims: &Value) -> String {
        let key = B64.decode(PRIVATE).unwrap();
        encode(header, claims, &EncodingKey::from_ec_der(&key)).unwrap()
    }

    fn header() -> Header {
        Header { kid: Some("one".into()), ..Header::new(Algorithm::ES256) }
    }

    fn judged(token: &str, domains: &[&str]) -> Result<String, &'static str> {
        check(&config(domains), ISSUER, &keys(), token, "n0nce")
            .map(|person| person.subject)
            .map_err(|error| error.name)
    }

    #[test]
    fn only_a_token_that_holds_says_who_somebody_is() {
        for (changed, expected) in [
            (json!({}), Ok("1234")),
            (json!({ "aud": ["we"] }), Ok("1234")),
            (json!({ "aud": ["we", "they"], "azp": "we" }), Ok("1234")),
            (json!({ "aud": ["we", "they"] }), Err("google.refused")),
            (json!({ "aud": ["we", "they"], "azp": "they" }), Err("google.refused")),
            (json!({ "aud": "they" }), Err("google.refused")),
            (json!({ "aud": null }), Err("google.refused")),
            (json!({ "azp": "they" }), Err("google.refused")),
            (json!({ "iss": "https://evil.example" }), Err("google.refused")),
            (json!({ "iss": null }), Err("google.refused")),
            (json!({ "exp": "long ago" }), Err("google.refused")),
            (json!({ "exp": null }), Err("google.refused")),
            (json!({ "nbf": "soon" }), Err("google.refused")),
            (json!({ "sub": null }), Err("google.refused")),
            (json!({ "nonce": "another" }), Err("google.refused")),
            (json!({ "nonce": null }), Err("google.refused")),
            (json!({ "email_verified": false }), Err("google.unverified")),
            (json!({ "email_verified": null }), Err("google.unverified")),
            (json!({ "email": null }), Err("google.unverified")),
        ] {
            let judged = judged(&signed(&header(), &claims(changed.clone())), &[]);
            assert_eq!(judged.as_deref().map_err(|name| *name), expected, "{changed}");
        }
    }

    #[test]
    fn only_organisations_that_are_named_come_in() {
        for (changed, expected) in [
            (json!({}), Ok("1234")),
            (json!({ "hd": "ACME.example" }), Ok("1234")),
            (json!({ "hd": "evil.example" }), Err("google.domain")),
            // An address says nothing about who gave the account.
            (json!({ "hd": null, "email": "ines@acme.example" }), Err("google.domain")),
        ] {
            let judged =
                judged(&signed(&header(), &claims(changed.clone())), &["other.example", "acme.example"]);
            assert_eq!(judged.as_deref().map_err(|name| *name), expected, "{changed}");
        }
    }

    #[test]
    fn the_signature_is_the_issuers() {
        let good = signed(&header(), &claims(json!({})));
        let (head, rest) = good.split_once('.').unwrap();
        let (body, signature) = rest.split_once('.').unwrap();
        let none = B64.encode(br#"{"alg":"none","typ":"JWT","kid":"one"}"#);
        let symmetric = Header { kid: Some("one".into()), ..Header::new(Algorithm::HS256) };
        // The public key taken for a shared secret.
        let confused =
            encode(&symmetric, &claims(json!({})), &EncodingKey::from_secret(&B64.decode(X).unwrap()))
                .unwrap();
        let forged = B64.encode(claims(json!({ "sub": "5678" })).to_string());
        for token in [
            format!("{none}.{body}."),
            format!("{none}.{body}.{signature}"),
            format!("{head}.{body}."),
            format!("{head}.{forged}.{signature}"),
            confused,
            signed(&Header { kid: Some("two".into()), ..header() }, &claims(json!({}))),
            String::new(),
            "nonsense".into(),
        ] {
            assert_eq!(judged(&token, &[]), Err("google.refused"), "{token}");
        }
        assert_eq!(judged(&good, &[]).as_deref(), Ok("1234"));
    }
}
