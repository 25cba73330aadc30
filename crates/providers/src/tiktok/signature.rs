//! `Tiktok-Signature: t=<unix seconds>,s=<hex>`: an HMAC over the instant and the raw bytes of the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How old or how early a signature may be, in seconds. What is repeated within it is recognised by its body.
const TOLERANCE: i64 = 300;

/// Whether TikTok signed these bytes with this app's secret, within the tolerance of `now_ms` (milliseconds since the
/// epoch). They must be the bytes as they came. An empty secret verifies nothing: everybody could sign with it.
pub fn verify(app_secret: &str, raw_body: &[u8], header: &str, now_ms: i64) -> bool {
    if app_secret.is_empty() {
        return false;
    }
    let part = |name: &str| {
        let mut parts = header.split(',').filter_map(|part| part.trim().split_once('='));
        parts.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let (Some(at), Some(given)) = (part("t"), part("s")) else { return false };
    let Ok(at) = at.parse::<i64>() else { return false };
    let is_fresh = (now_ms / 1_000).saturating_sub(at).saturating_abs() <= TOLERANCE;
    is_fresh && bool::from(mac(app_secret, raw_body, at).as_bytes().ct_eq(given.as_bytes()))
}

/// The header that TikTok sends with these bytes at that second.
pub fn sign(app_secret: &str, raw_body: &[u8], at: i64) -> String {
    format!("t={at},s={}", mac(app_secret, raw_body, at))
}

fn mac(app_secret: &str, raw_body: &[u8], at: i64) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(raw_body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
