//! Passwords: how they are stored, and which are good enough.

use crate::{
    error::{Error, Result},
    keys::token,
};
use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use std::sync::OnceLock;

/// Characters of the shortest password (OWASP ASVS 5, 6.2.1 asks for eight).
const SHORTEST: usize = 10;
/// Characters of the longest: more is no safer, and hashing it is work for a stranger to give us.
const LONGEST: usize = 256;

/// Argon2id, t=3, m=64 MiB (OWASP ASVS 5, section 11.4).
fn hasher() -> Argon2<'static> {
    let params = Params::new(65_536, 3, 1, None).expect("these parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Two hashes at a time, whatever arrives: each takes 64 MiB and a core.
static TURNS: tokio::sync::Semaphore = tokio::sync::Semaphore::const_new(2);

/// Hashes a password off the async threads.
pub async fn hash(password: String) -> Result<String> {
    let _turn = TURNS.acquire().await.map_err(anyhow::Error::from)?;
    let hashed = tokio::task::spawn_blocking(move || {
        hasher().hash_password(password.as_bytes()).map(|h| h.to_string()).map_err(|e| anyhow::anyhow!("{e}"))
    });
    Ok(hashed.await.map_err(anyhow::Error::from)??)
}

/// Whether a password fits; a hash of another system (bcrypt) is understood too. Without a hash the same work is done against one that fits nothing.
pub async fn verify(hash: Option<String>, password: String) -> Result<bool> {
    if password.chars().count() > LONGEST {
        return Ok(false);
    }
    let _turn = TURNS.acquire().await.map_err(anyhow::Error::from)?;
    let verified = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let text = hash.unwrap_or_else(|| nobody().to_owned());
        let argon2 = |text: &str| {
            PasswordHash::new(text)
                .is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok())
        };
        if is_bcrypt(&text) {
            // The usual work is done as well: how long it takes does not tell whose hash is old.
            let fits = bcrypt::verify(&password, &text).unwrap_or(false);
            return argon2(nobody()) | fits;
        }
        known && argon2(&text)
    });
    Ok(verified.await.map_err(anyhow::Error::from)?)
}

/// A hash that nothing fits.
fn nobody() -> &'static str {
    static NOBODY: OnceLock<String> = OnceLock::new();
    NOBODY
        .get_or_init(|| hasher().hash_password(token().as_bytes()).map(|h| h.to_string()).unwrap_or_default())
}

fn is_bcrypt(hash: &str) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|start| hash.starts_with(start))
}

/// Whether a hash is weaker than those made now, and is to be replaced when its password is known (G08).
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$")
}

/// Refuses a new password that is too short, or that a guesser with lists of leaked passwords tries early.
/// `about` are words that such a guesser knows: the address, the name, the workspace.
pub fn check(password: &str, about: &[&str]) -> Result<()> {
    let length = password.chars().count();
    if length < SHORTEST {
        let message = format!("Choose a password of at least {SHORTEST} characters");
        return Err(Error::field("member.password_short", "password", message));
    }
    if length > LONGEST {
        let message = format!("Choose a password of at most {LONGEST} characters");
        return Err(Error::field("member.password_long", "password", message));
    }
    let words = about.iter().flat_map(|text| text.split(['@', '.', ' ']));
    let about: Vec<&str> = about.iter().copied().chain(words).collect();
    if zxcvbn::zxcvbn(password, &about).score() < zxcvbn::Score::Two {
        let message = "This password is among those that are tried first. Choose one that is harder to guess, for example four random words";
        return Err(Error::field("member.password_known", "password", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_passwords_are_refused_and_phrases_are_not() {
        let about = ["rita.rep@example.com", "Rita Rep"];
        let name = |password| check(password, &about).err().map(|error| error.name);
        assert_eq!(name("short"), Some("member.password_short"));
        for known in ["password123", "qwertyuiop", "1234567890", "rita.rep@example.com", "aaaaaaaaaaaa"] {
            assert_eq!(name(known), Some("member.password_known"), "{known}");
        }
        for good in ["overture-demo", "correct horse battery", "Tr0ub4dor&3-and", "žluťoučký kůň"] {
            assert_eq!(name(good), None, "{good}");
        }
        assert_eq!(name(&"long words ".repeat(30)), Some("member.password_long"));
    }
}
