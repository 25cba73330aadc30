//! What a push service carries: encrypted for one browser (RFC 8291), and signed as coming from this installation
//! (RFC 8292, VAPID). The service learns who we are and whom it is for, never what it says.

use crate::keys::random;
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use p256::{
    PublicKey, SecretKey,
    ecdsa::{Signature, SigningKey, signature::Signer as _},
    elliptic_curve::sec1::ToEncodedPoint,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;
use web_push_native::Auth;

/// How long a signature is good, in seconds: RFC 8292 allows a day, and clocks differ.
const GOOD_S: i64 = 12 * 3_600;
/// Every text is filled up to a multiple of this many bytes, so that its length says little.
const STEP: usize = 256;

/// A browser, as it described itself.
#[derive(Serialize, Deserialize)]
pub struct Browser {
    /// Where its push service takes what is for it.
    pub endpoint: String,
    /// Its public key, base64url of the point.
    pub p256dh: String,
    /// Its secret, base64url of 16 bytes.
    pub auth: String,
}

impl Browser {
    fn keys(&self) -> Result<(PublicKey, Auth)> {
        let bytes =
            |text: &str| B64.decode(text.trim_end_matches('=')).context("a key of a browser is base64url");
        let public =
            PublicKey::from_sec1_bytes(&bytes(&self.p256dh)?).context("a browser's key is a point")?;
        let auth = <[u8; 16]>::try_from(bytes(&self.auth)?);
        Ok((public, Auth::from(auth.ok().context("a browser's secret has 16 bytes")?)))
    }

    /// Whether its keys are some.
    pub fn check(&self) -> Result<()> {
        self.keys().map(drop)
    }

    /// Encrypts a JSON text for this browser alone (`aes128gcm`).
    pub fn seal(&self, json: &str) -> Result<Vec<u8>> {
        let (public, auth) = self.keys()?;
        let mut text = json.as_bytes().to_vec();
        // Blanks after a JSON text say nothing.
        text.resize(text.len().div_ceil(STEP) * STEP, b' ');
        web_push_native::encrypt(text, &public, &auth).context("encrypting for a browser")
    }
}

/// Signs as this installation.
pub struct Signer {
    secret: SecretKey,
    /// Base64url of the point, as browsers and push services take it.
    pub public_key: String,
}

impl Signer {
    /// New keys.
    pub fn draw() -> Self {
        // Almost every number of 256 bits is a key.
        loop {
            if let Ok(signer) = Self::of(&random::<32>()) {
                return signer;
            }
        }
    }

    /// Keys from the bytes of the secret one.
    pub fn of(secret: &[u8]) -> Result<Self> {
        let secret =
            SecretKey::from_slice(secret).context("the secret key of this installation for push is none")?;
        let public_key = B64.encode(secret.public_key().to_encoded_point(false).as_bytes());
        Ok(Self { secret, public_key })
    }

    /// The bytes of the secret key.
    pub fn secret(&self) -> Vec<u8> {
        self.secret.to_bytes().to_vec()
    }

    /// The value of `Authorization` for an endpoint. `now_s` is real time in seconds; `contact` is where the operator of a
    /// push service finds us.
    pub fn authorization(&self, endpoint: &Url, now_s: i64, contact: &str) -> Result<String> {
        let claims = json!({
            "aud": endpoint.origin().ascii_serialization(), "exp": now_s + GOOD_S, "sub": contact,
        });
        let part = |value: &serde_json::Value| B64.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({ "typ": "JWT", "alg": "ES256" })), part(&claims));
        let signature: Signature = SigningKey::from(&self.secret).sign(signed.as_bytes());
        Ok(format!("vapid t={signed}.{}, k={}", B64.encode(signature.to_bytes()), self.public_key))
    }
}
