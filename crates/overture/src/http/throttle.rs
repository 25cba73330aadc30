//! How often somebody may try to sign in.
//!
//! Three limits, each a bucket that an attempt fills and time empties: of one address at one account, which is what
//! a person who mistypes meets; of one address at all accounts; and of one account from everywhere. The last would
//! let a stranger lock somebody out, so it does not count addresses from which that person has signed in before.
//!
//! An attempt counts before its password is looked at, or a thousand at once would all be the first; who gets in
//! is given theirs back. Several nodes count together, where they share Redis (`exchange`).
//!
//! The codes of an authenticator app have a limit of their own by account, a slow one: six digits can be guessed by
//! whoever knows the password and has weeks. Who does not know it never comes that far.

use super::buckets::Buckets;
use crate::error::{Error, Kind, Result};
use std::time::Duration;
use tokio::time::Instant;

/// The buckets of this node.
pub struct SignIns {
    here: Buckets,
    address: Buckets,
    account: Buckets,
    codes: Buckets,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            here: Buckets::new("sign-in here", 6, Duration::from_secs(15)),
            address: Buckets::new("sign-in address", 40, Duration::from_secs(5)),
            account: Buckets::new("sign-in account", 30, Duration::from_secs(30)),
            // A day of guessing finds one of the three codes that are good with a chance of 1 in 2,000.
            codes: Buckets::new("codes", 15, Duration::from_secs(600)),
        }
    }
}

/// An attempt that counts.
#[must_use = "who gets in is to be given the attempt back"]
pub struct Attempt {
    address: String,
    account: String,
    known: bool,
}

/// An address has no space in it.
fn pair(address: &str, account: &str) -> String {
    format!("{address} {account}")
}

impl SignIns {
    /// All of them.
    pub fn buckets(&self) -> [&Buckets; 4] {
        [&self.here, &self.address, &self.account, &self.codes]
    }

    /// Counts one attempt. `known` where the account has signed in from this address before.
    pub fn attempt(&self, address: &str, account: &str, known: bool) -> Result<Attempt> {
        self.attempt_at(address, account, known, Instant::now())
    }

    fn attempt_at(&self, address: &str, account: &str, known: bool, now: Instant) -> Result<Attempt> {
        // A stranger draws the names: what is remembered of them is bounded.
        let account: String = account.chars().take(254).collect();
        let attempt = Attempt { address: address.to_owned(), account, known };
        let pair = pair(address, &attempt.account);
        let mut wait = self.here.fill(pair, now).max(self.address.fill(attempt.address.clone(), now));
        if !known {
            wait = wait.max(self.account.fill(attempt.account.clone(), now));
        }
        wait.map_or(Ok(attempt), |wait| Err(wait_for(wait)))
    }

    /// Counts one code of an authenticator app.
    pub fn code(&self, account: &str) -> Result<()> {
        self.codes.fill(account.to_owned(), Instant::now()).map_or(Ok(()), |wait| Err(wait_for(wait)))
    }

    /// The code was right.
    pub fn code_succeeded(&self, account: &str) {
        self.codes.take_back(account, Instant::now());
    }

    /// The password was right.
    pub fn succeeded(&self, attempt: Attempt) {
        let (Attempt { address, account, known }, now) = (attempt, Instant::now());
        self.address.take_back(&address, now);
        if !known {
            self.account.take_back(&account, now);
        }
        self.here.take_back(&pair(&address, &account), now);
    }
}

fn wait_for(wait: Duration) -> Error {
    let seconds = wait.as_secs() + 1;
    let message = format!("Too many attempts to sign in. Try again in {seconds} seconds");
    Error::new(Kind::RateLimited, "login.throttled", message).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RITA: &str = "rita@example.com";

    #[test]
    fn a_stranger_is_slowed_down_and_locks_nobody_out() {
        let (sign_ins, start) = (SignIns::default(), Instant::now());
        let tries = |address: &str, known, now| {
            (0..100).take_while(|_| sign_ins.attempt_at(address, RITA, known, now).is_ok()).count()
        };
        assert_eq!(tries("203.0.113.1", false, start), 6);
        assert_eq!(tries("203.0.113.1", false, start + Duration::from_secs(31)), 2);
        let others: usize = (2..60).map(|n| tries(&format!("203.0.113.{n}"), false, start)).sum();
        // Those that were refused elsewhere have counted too.
        assert!((15..=24).contains(&others), "{others}");
        assert_eq!(tries("198.51.100.7", false, start), 0, "the account rests");
        assert_eq!(tries("198.51.100.8", true, start), 6, "and its owner comes in from where they always do");
    }

    #[test]
    fn one_address_does_not_try_all_accounts() {
        let (sign_ins, start) = (SignIns::default(), Instant::now());
        let of = |n: usize, now| sign_ins.attempt_at("203.0.113.1", &format!("{n}@example.com"), false, now);
        assert_eq!((0..100).take_while(|n| of(*n, start).is_ok()).count(), 40);
        let refused = sign_ins.attempt_at("203.0.113.1", RITA, true, start).err().unwrap();
        assert_eq!((refused.kind, refused.name), (Kind::RateLimited, "login.throttled"));
        assert!(of(101, start + Duration::from_secs(5)).is_ok());
    }

    #[test]
    fn codes_are_guessed_slowly_and_by_account() {
        let sign_ins = SignIns::default();
        assert_eq!((0..100).take_while(|_| sign_ins.code(RITA).is_ok()).count(), 15);
        assert_eq!(sign_ins.code(RITA).err().unwrap().name, "login.throttled");
        assert!(sign_ins.code("another").is_ok());
        sign_ins.code_succeeded(RITA);
        assert!(sign_ins.code(RITA).is_ok());
    }

    #[test]
    fn who_gets_in_has_not_tried() {
        let sign_ins = SignIns::default();
        for known in [false, true] {
            for _ in 0..200 {
                let attempt =
                    sign_ins.attempt("203.0.113.1", RITA, known).unwrap_or_else(|error| panic!("{error}"));
                sign_ins.succeeded(attempt);
            }
        }
    }
}
