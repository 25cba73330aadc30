//! The installation's keys. They are made on first start and kept in a file of mode 0600 beside the database, never in
//! it. From a key others are derived by purpose, so that a signature for one is worth nothing for another.
//!
//! A stored secret is encrypted with a key of its own, and that one with the newest key of the file, whose id stands
//! in the text. So a key is replaced ([`rotation`]) without looking at a single secret, and what was sealed or signed
//! with an earlier key is good for as long as the file holds it.

mod ring;
pub mod rotation;
mod sealed;

use anyhow::Result;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use hmac::{Hmac, KeyInit, Mac};
use ring::{Ring, Stamp};
use sha2::{Digest, Sha256};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

pub use sealed::key_of;

/// How often the file is looked at: another process may have put a key into it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The keys of one installation.
#[derive(Clone)]
pub struct Keys {
    place: Place,
    held: Arc<Mutex<Held>>,
}

#[derive(Clone)]
enum Place {
    File(PathBuf),
    Environment,
}

struct Held {
    ring: Arc<Ring>,
    stamp: Option<Stamp>,
    looked: Instant,
}

impl Keys {
    /// Reads the key file, or makes one where there is none.
    pub fn open(path: &Path) -> Result<Self> {
        let stamp = Stamp::of(path);
        let ring = if path.exists() { Ring::read(path)? } else { Ring::create(path)? };
        Ok(Self::holding(Place::File(path.to_owned()), ring, stamp))
    }

    /// Takes the keys from the text of a key file, for installations whose secrets come through the environment, where
    /// a comma may stand for the end of a line.
    pub fn given(text: &str) -> Result<Self> {
        Ok(Self::holding(Place::Environment, Ring::parse(&text.replace(',', "\n"))?, None))
    }

    fn holding(place: Place, ring: Ring, stamp: Option<Stamp>) -> Self {
        let held = Held { ring: Arc::new(ring), stamp, looked: Instant::now() };
        Self { place, held: Arc::new(Mutex::new(held)) }
    }

    /// The keys as they are now, at most a second late.
    fn ring(&self) -> Arc<Ring> {
        self.ring_looked_at(LOOK_EVERY)
    }

    /// The same, for who has met a key that is not here: it may just have come.
    fn newest_ring(&self) -> Arc<Ring> {
        self.ring_looked_at(Duration::ZERO)
    }

    fn ring_looked_at(&self, every: Duration) -> Arc<Ring> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Place::File(path) = &self.place
            && held.looked.elapsed() >= every
        {
            held.looked = Instant::now();
            let stamp = Stamp::of(path);
            if stamp != held.stamp {
                held.stamp = stamp;
                match Ring::read(path) {
                    Ok(ring) => held.ring = Arc::new(ring),
                    Err(error) => {
                        tracing::error!(
                            error = format!("{error:#}"),
                            "the key file has changed and cannot be used; the keys before are kept"
                        )
                    }
                }
            }
        }
        held.ring.clone()
    }

    /// A signature over `data` for one purpose, 128 bits, URL-safe, with the newest key.
    pub fn sign(&self, purpose: &str, data: &str) -> String {
        signature(&self.ring().current().secret, purpose, data)
    }

    /// The signatures that are good: one with each key, the newest first.
    pub fn signatures(&self, purpose: &str, data: &str) -> Vec<String> {
        let ring = self.newest_ring();
        ring.newest_first().map(|key| signature(&key.secret, purpose, data)).collect()
    }

    /// Whether a signature is ours, in constant time.
    pub fn is_signed(&self, purpose: &str, data: &str, signature: &str) -> bool {
        let good = |ours: &String| -> bool { ours.as_bytes().ct_eq(signature.as_bytes()).into() };
        good(&self.sign(purpose, data)) || self.signatures(purpose, data).iter().any(good)
    }

    /// A keyed hash under which something is found again: the same for ever, whatever keys come and go.
    pub fn print(&self, purpose: &str, data: &str) -> String {
        B64.encode(mac(&self.ring().prints, purpose, data.as_bytes()))
    }

    /// Encrypts a secret for one place (XChaCha20-Poly1305; the place is authenticated, so that a value
    /// moved to another row does not decrypt).
    pub fn seal(&self, place: &str, plain: &str) -> Result<String> {
        sealed::seal(self.ring().current(), place, plain)
    }

    /// Decrypts what [`seal`](Self::seal) made for the same place.
    pub fn unseal(&self, place: &str, text: &str) -> Result<String> {
        sealed::unseal(|id| self.find(id), place, text)
    }

    /// A key by its id.
    fn find(&self, id: &str) -> Option<ring::Key> {
        let here = self.ring().find(id).cloned();
        here.or_else(|| self.newest_ring().find(id).cloned())
    }
}

fn mac(secret: &[u8; 32], purpose: &str, data: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(data);
    mac.finalize().into_bytes().into()
}

fn signature(secret: &[u8; 32], purpose: &str, data: &str) -> String {
    B64.encode(&mac(secret, purpose, data.as_bytes())[..16])
}

impl store::suppression::Fingerprint for Keys {
    fn of(&self, workspace: &domain::ids::WorkspaceId, value_key: &str) -> String {
        self.print("suppression", &format!("{workspace}\0{value_key}"))
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
        for broken in
            ["", "v1", "v1.AAAA", "v1.a.b.c", "v9.a.b.c", &sealed[..sealed.len() - 1], &format!("{sealed}.x")]
        {
            assert!(keys.unseal("senders/1", broken).is_err(), "{broken:?}");
        }
        let signature = keys.sign("open", "msg_1");
        assert!(again.is_signed("open", "msg_1", &signature));
        assert!(!again.is_signed("click", "msg_1", &signature));
    }

    #[test]
    fn a_new_key_is_used_at_once_and_what_the_one_before_made_stays_good() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let (server, command) = (Keys::open(&path).unwrap(), Keys::open(&path).unwrap());
        let (old, signed, print) =
            (server.seal("a", "secret").unwrap(), server.sign("leave", "1"), server.print("person", "x"));
        let id = command.add().unwrap();
        let new = command.seal("a", "secret").unwrap();
        assert_eq!(key_of(&new), Some(id.as_str()));
        assert_ne!(key_of(&old), key_of(&new));
        // The running server has not been told: it meets the new key and finds it in the file.
        assert_eq!(server.unseal("a", &new).unwrap(), "secret");
        assert!(server.is_signed("leave", "1", &command.sign("leave", "1")));
        for keys in [&server, &command, &Keys::open(&path).unwrap()] {
            assert_eq!(keys.unseal("a", &old).unwrap(), "secret");
            assert!(keys.is_signed("leave", "1", &signed));
            assert_eq!(keys.print("person", "x"), print);
        }
        let first = key_of(&old).unwrap();
        let moved = command.rewrap("a", &old).unwrap().expect("it was wrapped with the key before");
        assert_eq!(command.rewrap("a", &moved).unwrap(), None);
        command.remove(first).unwrap();
        assert_eq!(server.unseal("a", &moved).unwrap(), "secret");
        assert!(Keys::open(&path).unwrap().unseal("a", &old).unwrap_err().to_string().contains(first));
        assert!(!command.is_signed("leave", "1", &signed));
        assert!(command.remove(&id).is_err(), "the only key goes nowhere");
    }

    #[test]
    fn a_key_file_that_is_broken_while_the_server_runs_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let keys = Keys::open(&path).unwrap();
        let sealed = keys.seal("a", "secret").unwrap();
        std::fs::write(&path, "garbage").unwrap();
        assert_eq!(keys.newest_ring().current().id, key_of(&sealed).unwrap());
        assert_eq!(keys.unseal("a", &sealed).unwrap(), "secret");
    }

    #[test]
    fn keys_from_the_environment_are_the_same_keys_and_cannot_be_replaced_here() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let file = Keys::open(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let given = Keys::given(&lines.join(",")).unwrap();
        assert_eq!(given.unseal("a", &file.seal("a", "secret").unwrap()).unwrap(), "secret");
        assert!(given.add().unwrap_err().to_string().contains("environment"));
    }
}
