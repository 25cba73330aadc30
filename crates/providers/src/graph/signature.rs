//! `X-Hub-Signature-256`: an HMAC over the raw bytes of the body, and the handshake that Meta opens with.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Whether Meta signed these bytes with this app's secret. They must be the bytes as they came: Meta escapes
/// letters and slashes in its JSON, so that reading and writing it again gives others.
///
/// An empty secret verifies nothing: everybody could sign with it.
pub fn verify(app_secret: &str, raw_body: &[u8], signature: &str) -> bool {
    !app_secret.is_empty()
        && bool::from(sign(app_secret, raw_body).as_bytes().ct_eq(signature.trim().as_bytes()))
}

/// The header that Meta sends with these bytes.
pub fn sign(app_secret: &str, raw_body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(raw_body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

/// What Meta asks when somebody enters the address of a webhook in its console.
#[derive(Debug, Clone, Default, serde::Deserialize, schemars::JsonSchema)]
pub struct Handshake {
    /// `subscribe`.
    #[serde(rename = "hub.mode")]
    pub mode: Option<String>,
    /// The token that was entered beside the address.
    #[serde(rename = "hub.verify_token")]
    pub verify_token: Option<String>,
    /// What we have to answer with.
    #[serde(rename = "hub.challenge")]
    pub challenge: Option<String>,
}

impl Handshake {
    /// The challenge to answer with, if the token is one of ours.
    pub fn answer(&self, tokens: &[String]) -> Option<&str> {
        let given = self.verify_token.as_deref()?.as_bytes();
        let is_ours = tokens.iter().any(|ours| !ours.is_empty() && bool::from(ours.as_bytes().ct_eq(given)));
        let challenge = self.challenge.as_deref().filter(|text| text.len() <= 1_000)?;
        (is_ours && self.mode.as_deref() == Some("subscribe")).then_some(challenge)
    }
}
