//! A device with a passkey, as far as a site sees it (WebAuthn level 3): a key pair that answers questions.

use super::PUBLIC_URL;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A P-256 key made for these tests: private (PKCS#8), and the two halves of the public one.
const PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxlyOhUlJ6ZLgzRggkxcgZIaoJDGKmg76UwedD6M5FDehRANCAAR_8SWaiX5uyMZVVemx0ztFexAHeoCJLMezVtkOkyLURNmw1HtViJgRMjfOO5Wz9Ec7FOVZZ1aZd8zpOPaoOBs7";
const X: &str = "f_Elmol-bsjGVVXpsdM7RXsQB3qAiSzHs1bZDpMi1EQ";
const Y: &str = "2bDUe1WImBEyN847lbP0RzsU5VlnVpl3zOk49qg4Gzs";

/// Somebody is there, and it is their owner.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const WITH_KEY: u8 = 64;

/// A device; each field can be made to lie.
#[derive(Clone)]
pub struct Device {
    /// Name of the key pair.
    pub credential: Vec<u8>,
    /// The page that asked.
    pub origin: String,
    /// The site that the key pair is for.
    pub site: String,
    /// It has made sure who holds it.
    pub verified: bool,
    /// Whose key pair it is.
    pub owner: String,
    /// The signature fits.
    pub honest: bool,
}

impl Device {
    pub fn new(number: u8, owner: &str) -> Self {
        Self {
            credential: vec![number; 16],
            origin: PUBLIC_URL.into(),
            site: "overture.test".into(),
            verified: true,
            owner: owner.into(),
            honest: true,
        }
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        json!({ "type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let flags = flags | PRESENT | if self.verified { VERIFIED } else { 0 };
        [&Sha256::digest(self.site.as_bytes())[..], &[flags], &[0; 4]].concat()
    }

    /// Makes a key pair for the site that asks.
    pub fn make(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.create", options);
        let (x, y) = (B64.decode(X).unwrap(), B64.decode(Y).unwrap());
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y} in CBOR.
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], &x, &[0x22, 0x58, 32], &y].concat();
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let data = [&self.data(WITH_KEY)[..], &[0; 16], &length, &self.credential, &key].concat();
        let length = u8::try_from(data.len()).unwrap();
        let attestation = [&b"\xa3cfmtdnonegattStmt\xa0hauthData\x58"[..], &[length], &data].concat();
        json!({
            "id": B64.encode(&self.credential), "rawId": B64.encode(&self.credential), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": B64.encode(client_data), "attestationObject": B64.encode(attestation), "transports": [],
            },
        })
    }

    /// Shows that it has the key pair.
    pub fn answer(&self, options: &Value) -> Value {
        let client_data = self.client_data("webauthn.get", options);
        let mut data = self.data(0);
        let signed = [&data[..], &Sha256::digest(client_data.as_bytes())].concat();
        let key = EncodingKey::from_ec_der(&B64.decode(PRIVATE).unwrap());
        let raw = jsonwebtoken::crypto::sign(&signed, &key, Algorithm::ES256).unwrap();
        if !self.honest {
            // What was signed said that nobody had come yet.
            data[36] = 1;
        }
        json!({
            "id": B64.encode(&self.credential), "rawId": B64.encode(&self.credential), "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": B64.encode(client_data), "authenticatorData": B64.encode(data),
                "signature": B64.encode(der(&B64.decode(raw).unwrap())), "userHandle": B64.encode(&self.owner),
            },
        })
    }
}

/// The two halves of a signature as DER has them.
fn der(raw: &[u8]) -> Vec<u8> {
    let number = |half: &[u8]| {
        let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = digits.first().is_some_and(|byte| *byte > 127).then_some(0);
        let digits: Vec<u8> = sign.into_iter().chain(digits).collect();
        [&[2, u8::try_from(digits.len()).unwrap()][..], &digits].concat()
    };
    let both = [number(&raw[..32]), number(&raw[32..])].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()][..], &both].concat()
}
