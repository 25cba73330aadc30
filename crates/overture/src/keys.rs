//! The installation's keys: made on first start, kept in a file of mode 0600 beside the database, never
//! in it. From the one secret all others are derived by name, so that a signature for one purpose is
//! worth nothing for another.

use anyhow::{Context, Result, bail};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::{io::Write, path::Path};

/// The keys of one installation.
#[derive(Clone)]
pub struct Keys {
    secret: [u8; 32],
}

impl Keys {
    /// Reads the key file, or makes one where there is none.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Self::create(path);
        }
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the key file {}", path.display()))?;
        let Ok(Ok(secret)) = B64.decode(text.trim()).map(<[u8; 32]>::try_from) else {
            bail!(
                "{} is not a key file: it must hold 32 bytes in base64. Restore it from your backup; without it stored credentials cannot be read",
                path.display()
            );
        };
        Ok(Self { secret })
    }

    fn create(path: &Path) -> Result<Self> {
        let keys = Self { secret: random() };
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                file.write_all(B64.encode(keys.secret).as_bytes())?;
                file.sync_all()?;
                Ok(keys)
            }
            // Another node of the same folder was first.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::open(path),
            Err(error) => Err(error).with_context(|| format!("cannot write the key file {}", path.display())),
        }
    }

    fn mac(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(data);
        mac.finalize().into_bytes().into()
    }

    /// A signature over `data` for one purpose, 128 bits, URL-safe.
    pub fn sign(&self, purpose: &str, data: &str) -> String {
        B64.encode(&self.mac(purpose, data.as_bytes())[..16])
    }

    /// Whether a signature is ours, in constant time.
    pub fn is_signed(&self, purpose: &str, data: &str, signature: &str) -> bool {
        let ours = self.sign(purpose, data);
        subtle::ConstantTimeEq::ct_eq(ours.as_bytes(), signature.as_bytes()).into()
    }

    /// Encrypts a secret for one place (XChaCha20-Poly1305; the place is authenticated, so that a value
    /// moved to another row does not decrypt).
    pub fn seal(&self, place: &str, plain: &str) -> Result<String> {
        let cipher = XChaCha20Poly1305::new(&self.mac("seal", b"").into());
        let nonce: [u8; 24] = random();
        let payload = Payload { msg: plain.as_bytes(), aad: place.as_bytes() };
        let sealed = cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| anyhow::anyhow!("encryption failed"))?;
        Ok(format!("v1.{}", B64.encode([&nonce[..], &sealed].concat())))
    }

    /// Decrypts what [`seal`](Self::seal) made for the same place.
    pub fn unseal(&self, place: &str, sealed: &str) -> Result<String> {
        let bytes = B64.decode(sealed.strip_prefix("v1.").context("a secret of an unknown version")?)?;
        if bytes.len() < 24 {
            bail!("a stored secret is cut short");
        }
        let (nonce, body) = bytes.split_at(24);
        let cipher = XChaCha20Poly1305::new(&self.mac("seal", b"").into());
        let nonce: [u8; 24] = nonce.try_into()?;
        let plain = cipher
            .decrypt(&XNonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| {
                anyhow::anyhow!(
                    "a stored secret does not decrypt: the key file is not the one it was made with"
                )
            })?;
        Ok(String::from_utf8(plain)?)
    }
}

impl store::suppression::Fingerprint for Keys {
    fn of(&self, workspace: &domain::ids::WorkspaceId, value_key: &str) -> String {
        B64.encode(self.mac("suppression", format!("{workspace}\0{value_key}").as_bytes()))
    }
}

/// Random bytes from the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A token of 256 random bits, URL-safe.
pub fn token() -> String {
    B64.encode(random::<32>())
}

/// The SHA-256 of some bytes.
pub fn digest(bytes: &[u8]) -> String {
    B64.encode(Sha256::digest(bytes))
}

/// How a token of 256 random bits is stored.
pub fn token_hash(token: &str) -> String {
    B64.encode(Sha256::digest(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_decrypt_only_in_their_place_and_signatures_only_for_their_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::open(&path).unwrap();
        let again = Keys::open(&path).unwrap();
        let sealed = keys.seal("senders/1", "token").unwrap();
        assert!(!sealed.contains("token"));
        assert_eq!(again.unseal("senders/1", &sealed).unwrap(), "token");
        assert!(keys.unseal("senders/2", &sealed).is_err());
        assert!(keys.unseal("senders/1", "v1.AAAA").is_err());
        let signature = keys.sign("open", "msg_1");
        assert!(again.is_signed("open", "msg_1", &signature));
        assert!(!again.is_signed("click", "msg_1", &signature));
        #[cfg(unix)]
        assert_eq!(
            std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions()) & 0o777,
            0o600
        );
    }

    #[test]
    fn a_damaged_key_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, "garbage").unwrap();
        let error = Keys::open(&path).err().unwrap().to_string();
        assert!(error.contains("is not a key file"), "{error}");
    }
}
