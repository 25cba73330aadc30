//! The text of a stored secret: `v1.<id of the key>.<its own key, encrypted>.<the secret, encrypted>`.

use super::{mac, random, ring::Key};
use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};

const VERSION: &str = "v1";
const NONCE: usize = 24;

/// The id of the key that a stored secret is sealed with.
pub fn key_of(text: &str) -> Option<&str> {
    Some(parts(text)?.0)
}

fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let mut parts = text.split('.');
    let (version, id, wrapped, body) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (version == VERSION && parts.next().is_none()).then_some((id, wrapped, body))
}

/// Encrypts a secret with a new key of its own, and that one with `key`.
pub fn seal(key: &Key, place: &str, plain: &str) -> Result<String> {
    let own: [u8; 32] = random();
    let body = encrypt(&own, place, plain.as_bytes())?;
    Ok(format!("{VERSION}.{}.{}.{body}", key.id, wrap(key, place, &own)?))
}

/// Decrypts a secret with the key that its text names.
pub fn unseal(find: impl Fn(&str) -> Option<Key>, place: &str, text: &str) -> Result<String> {
    let (own, body) = open(find, place, text)?;
    let plain = decrypt(&own, place, body)?;
    Ok(String::from_utf8(plain)?)
}

/// The same secret under another key; the secret itself stays encrypted.
pub fn rewrap(find: impl Fn(&str) -> Option<Key>, key: &Key, place: &str, text: &str) -> Result<String> {
    let (own, body) = open(find, place, text)?;
    Ok(format!("{VERSION}.{}.{}.{body}", key.id, wrap(key, place, &own)?))
}

fn open<'a>(find: impl Fn(&str) -> Option<Key>, place: &str, text: &'a str) -> Result<([u8; 32], &'a str)> {
    let (id, wrapped, body) = parts(text).context("a stored secret is of no form that is known here")?;
    let key = find(id).with_context(|| {
        format!("a stored secret was made with the key {id}, which the key file does not hold. Restore the file from your backup, or copy it from the node that has it")
    })?;
    let own = decrypt(&wrapping(&key), &around(place), wrapped)?;
    let Ok(own) = <[u8; 32]>::try_from(own) else { bail!("a stored secret is cut short") };
    Ok((own, body))
}

fn wrap(key: &Key, place: &str, own: &[u8; 32]) -> Result<String> {
    encrypt(&wrapping(key), &around(place), own)
}

fn wrapping(key: &Key) -> [u8; 32] {
    mac(&key.secret, "seal", b"")
}

/// What a secret's own key is authenticated with: never the same as the secret's place.
fn around(place: &str) -> String {
    format!("{place}\0key")
}

fn encrypt(secret: &[u8; 32], place: &str, plain: &[u8]) -> Result<String> {
    let nonce: [u8; NONCE] = random();
    let payload = Payload { msg: plain, aad: place.as_bytes() };
    let sealed = XChaCha20Poly1305::new(secret.into())
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| anyhow::anyhow!("encryption failed"))?;
    Ok(B64.encode([&nonce[..], &sealed].concat()))
}

fn decrypt(secret: &[u8; 32], place: &str, text: &str) -> Result<Vec<u8>> {
    let bytes = B64.decode(text).context("a stored secret is not base64")?;
    let Some((nonce, body)) = bytes.split_first_chunk::<NONCE>() else {
        bail!("a stored secret is cut short")
    };
    XChaCha20Poly1305::new(secret.into())
        .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: place.as_bytes() })
        .map_err(|_| {
            anyhow::anyhow!("a stored secret does not decrypt: it was changed, or belongs to another place")
        })
}
