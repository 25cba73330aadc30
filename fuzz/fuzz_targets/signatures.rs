//! Signatures and signed tokens of others: one that was made up never holds, ours does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use overture::{config::Google, http::webhooks, openid};
use providers::twilio;

const SECRET: &str = "twelve tuning forks";

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (shown, body) = text.split_once('\n').unwrap_or((&text, ""));
    assert!(!webhooks::is_signed(SECRET, body.as_bytes(), shown), "nobody knows the secret");
    let params: Vec<(String, String)> = body
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let url = "https://overture.test/api/twilio/inbound-sms";
    assert!(!twilio::verify(SECRET, url, &params, shown));
    assert!(!twilio::verify_sha256(SECRET, url, &params, shown));
    assert!(!twilio::verify_body(SECRET, shown, body.as_bytes(), shown));
    assert!(twilio::verify(SECRET, url, &params, &twilio::sign(SECRET, url, &params)));
    identity_token(shown);
});

/// An identity token of an issuer whose only key is that of RFC 7515, A.3.
fn identity_token(token: &str) {
    let keys = serde_json::json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "kid": "1", "alg": "ES256", "use": "sig",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }] });
    let keys = serde_json::from_value(keys).expect("this is a set of keys");
    let config = Google {
        issuer: "https://issuer.test".into(),
        client_id: "overture".into(),
        client_secret: "hush".into(),
        allowed_domains: vec![],
    };
    assert!(openid::check(&config, "https://issuer.test", &keys, token, "nonce").is_err());
}
