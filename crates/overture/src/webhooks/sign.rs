//! Signatures as Standard Webhooks prescribes them: HMAC-SHA256 over id, time and body.

use crate::keys::random;
use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::STANDARD as B64};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A new secret: 32 random bytes.
pub fn secret() -> String {
    format!("whsec_{}", B64.encode(random::<32>()))
}

/// The value of `webhook-signature`: one signature per secret, the newest first.
pub fn signatures(secrets: &[String], id: &str, seconds: i64, body: &str) -> Result<String> {
    let all: Vec<String> =
        secrets.iter().map(|secret| signature(secret, id, seconds, body)).collect::<Result<_>>()?;
    Ok(all.join(" "))
}

fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> Result<String> {
    let key = secret.strip_prefix("whsec_").context("a webhook's secret begins with whsec_")?;
    let key = B64.decode(key).context("a webhook's secret is base64")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).context("HMAC takes keys of any length")?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Ok(format!("v1,{}", B64.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification_is_signed_alike() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let (id, at, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signatures(std::slice::from_ref(&secret), id, at, body).unwrap(), expected);
        let both = signatures(&[super::secret(), secret], id, at, body).unwrap();
        assert_eq!(both.split(' ').nth(1), Some(expected));
    }

    #[test]
    fn a_secret_is_new_each_time_and_of_32_bytes() {
        let (one, two) = (secret(), secret());
        assert_ne!(one, two);
        assert_eq!(B64.decode(one.strip_prefix("whsec_").unwrap()).unwrap().len(), 32);
    }
}
